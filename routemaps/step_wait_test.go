package routemaps

import (
	"slices"
	"testing"
	"time"
)

func waitFor(id string, w Wait) Stage { return Stage{ID: id, Kind: StageWait, Wait: &w} }

func TestWaitForALengthOfTime(t *testing.T) {
	c := started(t, &Map{Stages: []Stage{waitFor("w", Wait{For: limit("4 working hours")}), task("a", positive("done"))}})
	c.want("enter_stage w#1")
	c.wantWake(at(4 * time.Hour))
	c.later(time.Hour)
	c.want()
	c.later(3 * time.Hour)
	c.want("leave_stage w#1", "enter_stage a#1", "open_task a#1 role:r")
}

func TestWaitUntilATimeThatMoves(t *testing.T) {
	m := &Map{Stages: []Stage{waitFor("w", Wait{Until: "when"}), task("a", positive("done"))}}
	c := newCase(t, m)
	c.f.Values["when"] = at(24 * time.Hour)
	c.do(Event{Kind: OnStart})
	c.wantWake(at(24 * time.Hour))
	c.set("when", "2026-03-02T12:00:00Z") // the JSON form
	c.want()
	c.wantWake(at(2 * time.Hour))
	c.f.Values["when"] = at(5 * time.Hour)
	c.later(2 * time.Hour) // the field has moved without an event: the timer reads it again
	c.want()
	c.wantWake(at(5 * time.Hour))
	c.set("when", at(-time.Hour))
	c.want("leave_stage w#1", "enter_stage a#1", "open_task a#1 role:r")

	for _, value := range []any{t0, at(-time.Hour)} {
		c = newCase(t, m)
		c.f.Values["when"] = value
		c.do(Event{Kind: OnStart})
		c.wantAt("a#1")
	}
}

func TestWaitUntilNoUsableTimeIsAnIncident(t *testing.T) {
	c := started(t, &Map{Stages: []Stage{waitFor("w", Wait{Until: "when"}), task("a", positive("done"))}})
	c.want("enter_stage w#1", "open_incident w#1 no_time")
	c.set("when", "soon")
	c.want() // the same incident is not told twice
	c.do(Event{Kind: OnRetry, Path: "w", Visit: 1})
	c.want("open_incident w#1 no_time")
	c.set("when", time.Date(30_000, 1, 1, 0, 0, 0, 0, time.UTC))
	c.want()
	c.set("when", at(time.Hour))
	c.want("close_incident w#1 no_time")
	c.wantWake(at(time.Hour))
	c.set("when", "")
	c.want("open_incident w#1 no_time")
	if wake, ok := c.s.NextWake(); ok {
		t.Fatalf("a failed wait wants to wake at %v", wake)
	}
}

func TestWaitForALengthThatCannotBeCounted(t *testing.T) {
	m := &Map{Stages: []Stage{
		waitFor("w", Wait{For: limit("1 hour"), Timeout: &Timeout{After: *limit("1 day"), To: "a"}}),
		waitFor("v", Wait{For: limit("1 hour")}),
		task("a", positive("done")),
	}}
	c := newCase(t, m)
	calendar := c.f.Calendar
	c.f.Calendar = nil
	c.do(Event{Kind: OnStart})
	c.want("enter_stage w#1", "open_incident w#1 no_time")
	c.f.Calendar = calendar
	c.do(Event{Kind: OnRetry, Path: "w", Visit: 1})
	c.want("close_incident w#1 no_time")
	c.f.Calendar = nil
	c.later(time.Hour)
	c.want("leave_stage w#1", "enter_stage v#1", "open_incident v#1 no_time")
}

func TestR11_WaitForAnEventThatMayHaveComeEarly(t *testing.T) {
	m := &Map{Stages: []Stage{
		task("a", done("on")),
		waitFor("w", Wait{Event: EventPayment}),
		waitFor("v", Wait{Event: EventPayment, When: condition("amount > 5")}),
		task("b", positive("done")),
	}}
	c := started(t, m)
	c.receive(EventPayment)
	c.want()
	c.receive(EventCall)
	c.choose("a", "on")
	c.want("complete_task a#1 on", "leave_stage a#1 on", "enter_stage w#1", "leave_stage w#1", "enter_stage v#1")
	c.receive(EventPayment)
	c.want() // its condition does not hold yet: the event is kept
	c.set("amount", 6.0)
	c.want("leave_stage v#1", "enter_stage b#1", "open_task b#1 role:r")
	if c.s.Consumed[EventPayment] != 2 {
		t.Fatalf("consumed %v", c.s.Consumed)
	}
}

func TestOneEventLetsOneWaitGoOn(t *testing.T) {
	branch := func(id string) Branch {
		return Branch{ID: id, Stages: []Stage{waitFor("w", Wait{Event: EventDocument})}}
	}
	c := started(t, &Map{Stages: []Stage{
		{ID: "p", Kind: StageParallel, Join: JoinAll, Branches: []Branch{branch("x"), branch("y")}},
		task("b", positive("done")),
	}})
	c.receive(EventDocument)
	c.want("leave_stage p/x/w#1")
	c.receive(EventDocument)
	c.want("leave_stage p/y/w#1", "leave_stage p#1", "enter_stage b#1", "open_task b#1 role:r")
}

func TestWaitForAConditionIsTestedOnEveryEvent(t *testing.T) {
	worker := task("t", to("again", "t"), done("on"))
	m := &Map{Stages: []Stage{
		{ID: "p", Kind: StageParallel, Join: JoinAll, Branches: []Branch{
			{ID: "x", Stages: []Stage{waitFor("w", Wait{When: condition("ok")}), {ID: "s", Kind: StageAction, Action: new(setRule("s", "amount", "amount + 5", FieldNumber))}}},
			{ID: "y", Stages: []Stage{waitFor("v", Wait{When: condition("amount >= 5")})}},
			{ID: "z", Stages: []Stage{worker}},
		}},
		task("b", positive("done")),
	}}
	c := started(t, m)
	c.f.Values["ok"] = true
	c.choose("p/z/t", "again") // a field of the form made it true
	c.want(
		"complete_task p/z/t#1 again", "open_task p/z/t#2 role:r cyclic",
		"leave_stage p/x/w#1", "enter_stage p/x/s#1", "set_field p/x/s#1 s amount = 5", "leave_stage p/x/s#1",
		"leave_stage p/y/v#1",
	)
	c.wantAt("p#1", "p/z/t#2")

	slices.Reverse(m.Stages[0].Branches) // the one that waits for the other comes first
	c = started(t, m)
	c.set("ok", true)
	c.wantAt("p#1", "p/z/t#1")
	slices.Reverse(m.Stages[0].Branches)

	c = newCase(t, m)
	c.f.Values["ok"] = "?"
	c.do(Event{Kind: OnStart})
	c.wantAt("p#1", "p/x/w#1", "p/y/v#1", "p/z/t#1")
	c.set("ok", true)
	c.want(
		"close_incident p/x/w#1 condition_failed",
		"leave_stage p/x/w#1", "enter_stage p/x/s#1", "set_field p/x/s#1 s amount = 5", "leave_stage p/x/s#1",
		"leave_stage p/y/v#1",
	)
}

func TestWaitGivesUpAfterItsTimeout(t *testing.T) {
	m := func(to string) *Map {
		return &Map{Outcomes: []Outcome{negative("stop")}, Stages: []Stage{
			waitFor("w", Wait{Event: EventPayment, Timeout: &Timeout{After: *limit("2 days"), To: to}}),
			task("a", positive("done")), task("late", negative("done")),
		}}
	}
	c := started(t, m("late"))
	c.wantWake(at(48 * time.Hour))
	c.later(48 * time.Hour)
	c.want("leave_stage w#1", "enter_stage late#1", "open_task late#1 role:r")

	c = started(t, m("w")) // again and again
	c.later(50 * time.Hour)
	c.want("enter_stage w#2 cyclic")
	c.wantWake(at(98 * time.Hour))
	c.receive(EventPayment)
	c.wantAt("a#1")

	c = started(t, m("nowhere"))
	if c.s.At.Failed != IncidentUnknownTarget {
		t.Fatalf("state %s", encode(t, c.s))
	}

	c = started(t, m("late"))
	c.f.Values["ok"] = true
	c.do(Event{Kind: OnRecomputeDues})
	c.wantWake(at(48 * time.Hour))
}

func TestTimeoutSavesAFailedWait(t *testing.T) {
	m := &Map{Stages: []Stage{
		waitFor("w", Wait{When: condition("amount > 1"), Timeout: &Timeout{After: *limit("2 days"), To: "a"}}),
		task("a", positive("done")),
	}}
	c := newCase(t, m)
	c.f.Values["amount"] = "?"
	c.do(Event{Kind: OnStart})
	c.want("enter_stage w#1", "open_incident w#1 condition_failed")
	c.later(48 * time.Hour)
	c.want("close_incident w#1 condition_failed", "leave_stage w#1", "enter_stage a#1", "open_task a#1 role:r")
}

func TestBranchOfWaitsAndTimeoutToTheJoin(t *testing.T) {
	w := waitFor("w", Wait{Event: EventPayment, Timeout: &Timeout{After: *limit("1 hour"), To: ToJoin}})
	c := started(t, &Map{Stages: []Stage{
		{ID: "p", Kind: StageParallel, Join: JoinAll, Branches: []Branch{{ID: "x", Stages: []Stage{w, task("t", done("on"))}}}},
		task("b", positive("done")),
	}})
	c.later(time.Hour)
	c.want("leave_stage p/x/w#1", "leave_stage p#1", "enter_stage b#1", "open_task b#1 role:r")
}
