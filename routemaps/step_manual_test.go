package routemaps

import (
	"testing"
	"time"

	"marshrut/crm"
)

// freeSale is a map that people control.
func freeSale() *Map {
	won := positive("won")
	won.When = condition("amount > 0")
	first := task("new", done("on"))
	first.OnEntry, first.TimeLimit = []Rule{mail("never")}, limit("1 day")
	return &Map{
		Control: ControlManual, TimeLimit: limit("2 days"), Outcomes: []Outcome{won},
		OnIdle: &OnIdle{After: *limit("5 days"), Rules: []Rule{mail("idle")}},
		Stages: []Stage{first, task("work"), task("offer")},
	}
}

func TestR31_ManualCasesMoveToAnyStage(t *testing.T) {
	c := newCase(t, freeSale())
	c.refused(RefusedUnknownStage, Event{Kind: OnStart, Stage: "gone"})
	c.do(Event{Kind: OnStart})
	c.want("enter_stage new#1")
	if c.s.Mode != crm.ModeManual || len(c.s.Open()) > 0 {
		t.Fatalf("state %+v", c.s)
	}
	c.do(Event{Kind: OnMove, Stage: "offer"})
	c.want("leave_stage new#1", "enter_stage offer#1")
	c.do(Event{Kind: OnMove, Stage: "new"})
	c.want("leave_stage offer#1", "enter_stage new#2")
	c.refused(RefusedSameStage, Event{Kind: OnMove, Stage: "new"})
	c.refused(RefusedUnknownStage, Event{Kind: OnMove, Stage: "gone"})
	c.wantWake(at(5 * 24 * time.Hour))
	c.later(5 * 24 * time.Hour)
	c.want("notify idle letter")

	c.refused(RefusedOutcomeNotOpen, Event{Kind: OnClose, Outcome: "won"})
	c.refused(RefusedUnknownOutcome, Event{Kind: OnClose, Outcome: "on"})
	c.refused(RefusedBadEvent, Event{Kind: OnClose, Result: crm.StatusCancelled})
	c.refused(RefusedBadEvent, Event{Kind: OnClose})
	c.f.Values["amount"] = 1
	c.do(Event{Kind: OnClose, Outcome: "won"})
	c.want("leave_stage new#2 won", "finish won positive")
	c.refused(RefusedClosed, Event{Kind: OnMove, Stage: "work"})
}

func TestR31_ManualCaseStartsAtAStageOfChoiceAndIsClosedByHand(t *testing.T) {
	c := newCase(t, freeSale())
	c.do(Event{Kind: OnStart, Stage: "work"})
	c.want("enter_stage work#1")
	c.do(Event{Kind: OnClose, Result: crm.StatusNegative})
	c.want("leave_stage work#1", "finish negative")
	if c.s.Ended != "work" || c.s.Outcome != "" || c.s.Status != crm.StatusNegative {
		t.Fatalf("state %+v", c.s)
	}
}

func TestR31_ManualCaseCanBeCancelled(t *testing.T) {
	c := started(t, freeSale())
	c.do(Event{Kind: OnCancel})
	c.want("leave_stage new#1", "finish cancelled")
}

func TestR32_ProcessControlledCasesCannotBeMovedByHand(t *testing.T) {
	c := started(t, &Map{Stages: []Stage{task("a", done("on")), task("b", positive("done"))}})
	c.refused(RefusedNotManual, Event{Kind: OnMove, Stage: "b"})
	c.refused(RefusedNotManual, Event{Kind: OnClose, Result: crm.StatusPositive})
	c.refused(RefusedNotManual, Event{Kind: OnClose})
	c.refused(RefusedUnknownOutcome, Event{Kind: OnClose, Outcome: "on"})
	c.refused(RefusedManualForbidden, Event{Kind: OnSwitchManual})
}

func TestR34_SwitchToManualIsForGood(t *testing.T) {
	inner := task("t", done("on"))
	inner.TimeLimit, inner.OnCompletion = limit("1 day"), []Rule{mail("never")}
	m := &Map{
		TimeLimit: limit("2 days"), Settings: Settings{ManualMode: Allowed}, Outcomes: []Outcome{negative("lost")},
		OnIdle: &OnIdle{After: *limit("5 days"), Rules: []Rule{mail("idle")}},
		Stages: []Stage{
			{ID: "p", Kind: StageParallel, Join: JoinAll, TimeLimit: limit("1 day"), OnCompletion: []Rule{mail("never")}, Branches: []Branch{
				{ID: "x", Stages: []Stage{inner}},
				{ID: "y", Stages: []Stage{waitFor("w", Wait{For: limit("1 hour")})}},
				{ID: "z", Stages: []Stage{{ID: "c", Kind: StageChoice}}},
			}},
			task("end", positive("done")),
		},
	}
	c := started(t, m)
	c.do(Event{Kind: OnSwitchManual})
	c.want(
		"withdraw_task p/x/t#1 manual", "leave_stage p/x/t#1",
		"leave_stage p/y/w#1",
		"close_incident p/z/c#1 no_outcome", "leave_stage p/z/c#1",
		"manual p#1",
	)
	c.wantAt("p#1")
	c.wantWake(at(5 * 24 * time.Hour)) // only the idle clock is left
	if c.s.Due != nil || len(c.s.Open()) > 0 || !c.s.At.bare() {
		t.Fatalf("state %s", encode(t, c.s))
	}
	for _, e := range []Event{
		{Kind: OnSwitchManual},
		{Kind: OnOutcome, Path: "p/x/t", Visit: 1, Outcome: "on"},
		{Kind: OnOutcome, Outcome: "lost"},
		{Kind: OnTrigger, Trigger: EventCall},
		{Kind: OnFactsChanged},
		{Kind: OnRetry, Path: "p/z/c", Visit: 1},
		{Kind: OnDelivered, Path: "p", Visit: 1},
		{Kind: OnFailed, Path: "p", Visit: 1},
		{Kind: OnRecomputeDues},
	} {
		c.refused(RefusedManualMode, e)
	}
	c.refused(RefusedAlreadyStarted, Event{Kind: OnStart})
	c.later(48 * time.Hour)
	c.want()
	c.do(Event{Kind: OnMove, Stage: "end"})
	c.want("leave_stage p#1", "enter_stage end#1")
	c.do(Event{Kind: OnMove, Stage: "p"})
	c.want("leave_stage end#1", "enter_stage p#2")
	c.wantAt("p#2")
	c.do(Event{Kind: OnClose, Result: crm.StatusPositive})
	c.want("leave_stage p#2", "finish positive")
	c.refused(RefusedClosed, Event{Kind: OnSwitchManual})
}
