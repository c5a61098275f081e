package routemaps

import (
	"testing"
	"time"

	"marshrut/crm"
)

// twoStages is a map of a process with limits.
func twoStages() *Map {
	first, second := task("first", done("second")), task("second", positive("good"))
	second.TimeLimit = limit("1 day")
	second.OnEntry = []Rule{mail("entered")}
	return &Map{
		TimeLimit: limit("3 days"), Settings: Settings{ManualMode: Allowed}, Outcomes: []Outcome{negative("lost")},
		Stages: []Stage{first, second},
	}
}

func TestR60_AClosedCaseGoesOnWhereItEnded(t *testing.T) {
	c := started(t, twoStages())
	c.refused(RefusedNotClosed, Event{Kind: OnReopen})
	c.choose("first", "second")
	c.now = at(96 * time.Hour)
	c.do(Event{Kind: OnTimer})
	c.choose("second", "good")
	if !c.s.Status.Closed() || !c.s.Overdue {
		t.Fatalf("state %s", encode(t, c.s))
	}
	c.refused(RefusedUnknownStage, Event{Kind: OnReopen, Stage: "gone"})
	c.do(Event{Kind: OnReopen})
	c.want("move_due due 03-09 10:00", "enter_stage second#2 due 03-07 10:00", "notify second#2 entered letter",
		"open_task second#2 role:r due 03-07 10:00")
	if c.s.Status != crm.StatusOpen || c.s.Outcome != "" || c.s.Ended != "" || c.s.Overdue {
		t.Fatalf("state %s", encode(t, c.s))
	}
	c.wantWake(at(120 * time.Hour)) // the stage's limit counts from now
	if due := at(96*time.Hour + 72*time.Hour); !c.s.Due.Equal(due) {
		t.Errorf("the case is due %v, want %v", c.s.Due, due)
	}
	c.choose("second", "good")
	c.do(Event{Kind: OnReopen, Stage: "first"})
	c.wantAt("first#2")
}

func TestR60_R34_AManualCaseComesBackInManualMode(t *testing.T) {
	c := started(t, twoStages())
	c.do(Event{Kind: OnSwitchManual})
	c.do(Event{Kind: OnClose, Result: crm.StatusNegative})
	c.do(Event{Kind: OnReopen})
	c.want("enter_stage first#2")
	if c.s.Mode != crm.ModeManual || len(c.s.Open()) > 0 || c.s.Due != nil {
		t.Fatalf("state %s", encode(t, c.s))
	}
	c.do(Event{Kind: OnMove, Stage: "second"})
	c.do(Event{Kind: OnCancel})
	c.do(Event{Kind: OnReopen})
	c.wantAt("second#2")
}

func TestR65_ADeadlineIsMovedByHand(t *testing.T) {
	c := started(t, twoStages())
	c.choose("first", "second")
	later, past := at(50*time.Hour), at(-time.Hour)
	c.refused(RefusedDuePast, Event{Kind: OnSetDue, Path: "second", Visit: 1, Due: &past})
	c.refused(RefusedUnknownTask, Event{Kind: OnSetDue, Path: "first", Visit: 1, Due: &later})
	c.later(25 * time.Hour)
	c.want("overdue second#1")
	c.do(Event{Kind: OnSetDue, Path: "second", Visit: 1, Due: &later})
	c.want("move_due second#1 due 03-04 12:00")
	if c.s.At.Overdue {
		t.Error("it is overdue still")
	}
	c.do(Event{Kind: OnRecomputeDues})
	c.want()
	c.wantWake(later)
	c.later(25 * time.Hour)
	c.want("overdue second#1")

	c.do(Event{Kind: OnSetDue})
	c.want("move_due")
	if c.s.Due != nil {
		t.Errorf("the case is due %v still", c.s.Due)
	}
	c.do(Event{Kind: OnRecomputeDues})
	c.want()
	c.do(Event{Kind: OnSwitchManual})
	c.refused(RefusedManualMode, Event{Kind: OnSetDue, Due: &later})
}
