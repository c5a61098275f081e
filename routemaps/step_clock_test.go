package routemaps

import (
	"testing"
	"time"

	"marshrut/routemaps/calendar"
)

func TestR43_OverdueIsToldOnceAVisit(t *testing.T) {
	st := task("a", to("again", "a"), positive("done"))
	st.TimeLimit = limit("2 working hours")
	st.OnOverdue = []Rule{mail("stage"), mailWhen("never", "ok")}
	c := started(t, &Map{TimeLimit: limit("1 working day"), OnOverdue: []Rule{mail("map")}, Stages: []Stage{st}})
	c.wantWake(at(2 * time.Hour))
	c.later(time.Hour)
	c.want()
	c.later(time.Hour)
	c.want("overdue a#1", "notify a#1 stage letter", "notify a#1 map letter")
	c.later(time.Hour)
	c.want()
	c.wantWake(at(24 * time.Hour))
	c.later(21 * time.Hour)
	c.want("overdue", "notify map letter")
	if !c.s.Overdue || !c.s.At.Overdue {
		t.Fatalf("state %+v", c.s)
	}
	if wake, ok := c.s.NextWake(); ok {
		t.Fatalf("nothing is left to come, but the case wants to wake at %v", wake)
	}
	c.choose("a", "again")
	c.later(3 * time.Hour)
	c.want("overdue a#2", "notify a#2 stage letter", "notify a#2 map letter")
}

func TestR43_LimitsOfOuterStagesAndOfThePerformersCalendar(t *testing.T) {
	inner := task("i", done("on"))
	inner.TimeLimit = limit("1 working hour")
	inner.Performer = by(PerformDepartment, "night")
	m := nest(&Map{
		OnOverdue: []Rule{mail("map")},
		Stages: []Stage{
			{
				ID: "p", Kind: StageParallel, Join: JoinAll, TimeLimit: limit("3 hours"), OnOverdue: []Rule{mail("p")},
				Branches: []Branch{{ID: "x", Stages: []Stage{inner, {ID: "r", Kind: StageRoute, Route: "sub", TimeLimit: limit("5 hours")}}}},
			},
			task("end", positive("done")),
		},
	}, &Map{ID: "sub", Outcomes: []Outcome{positive("ok")}, Stages: []Stage{{ID: "s", Performer: by(PerformHead, ""), TimeLimit: limit("2 hours")}}})
	night, err := calendar.New(calendar.Definition{
		ID: "night", Name: calendar.Text{En: "Night", Ru: "Ночь"}, TimeZone: "UTC", Week: calendar.WeekHours{Monday: []string{"22:00-24:00"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	c := newCase(t, m)
	c.f.PerformerCalendars = map[string]*calendar.Calendar{"department:night": night}
	c.do(Event{Kind: OnStart})
	c.want("enter_stage p#1 due 03-02 13:00", "enter_stage p/x/i#1 due 03-02 23:00", "open_task p/x/i#1 department:night due 03-02 23:00")
	c.choose("p/x/i", "on")
	c.wantAt("p#1", "p/x/r#1", "p/x/r/s#1")
	c.later(6 * time.Hour) // a timer that comes late tells everything, in the order it fell due, outer stages first
	c.want(
		"overdue p/x/r/s#1", "notify p/x/r/s#1 map letter",
		"overdue p#1", "notify p#1 p letter", "notify p#1 map letter",
		"overdue p/x/r#1", "notify p/x/r#1 map letter",
	)
}

func TestR43_NestedMapsOwnOverdueRulesComeFirst(t *testing.T) {
	m := nest(
		&Map{OnOverdue: []Rule{mail("outer")}, Stages: []Stage{{ID: "r", Kind: StageRoute, Route: "sub"}, task("end", positive("done"))}},
		&Map{ID: "sub", OnOverdue: []Rule{mail("inner")}, Stages: []Stage{{ID: "s", TimeLimit: limit("2 hours"), Outcomes: []Outcome{positive("ok")}}}},
	)
	c := started(t, m)
	c.later(2 * time.Hour)
	c.want("overdue r/s#1", "notify r/s#1 inner letter")
}

func TestLimitThatCannotBeCountedIsAnIncident(t *testing.T) {
	st := task("a", positive("done"))
	st.TimeLimit = limit("1 working day")
	c := newCase(t, &Map{TimeLimit: limit("1 day"), OnIdle: &OnIdle{After: *limit("1 day")}, Stages: []Stage{st}})
	c.f.Calendar = nil
	c.do(Event{Kind: OnStart})
	c.want("open_incident no_due", "open_incident no_due", "move_due", "open_incident a#1 no_due", "enter_stage a#1", "open_task a#1 role:r")
	c.f.Calendar = calendar.Default()
	c.do(Event{Kind: OnRecomputeDues})
	c.want("move_due a#1 due 03-03 10:00", "move_due due 03-03 10:00")
	c.f.Calendar = nil
	c.do(Event{Kind: OnRecomputeDues})
	c.want("open_incident a#1 no_due", "open_incident no_due")
	if c.s.Due == nil || c.s.At.Due == nil {
		t.Fatal("a due was lost")
	}
}

// pausing is a map whose stage "a" has 8 hours, of 3 days for the case, and an outcome that pauses both.
func pausing() *Map {
	wait := Outcome{ID: "wait", To: "a", Pause: "when", Form: []FormItem{{Field: "when", Required: true}}}
	st := task("a", wait, done("on"))
	st.TimeLimit = limit("8 hours")
	return &Map{TimeLimit: limit("3 days"), Outcomes: []Outcome{negative("lost")}, Stages: []Stage{st, task("b", positive("done"))}}
}

func (c *testCase) pauseUntil(path string, until time.Time) {
	c.t.Helper()
	c.do(Event{Kind: OnOutcome, Path: path, Visit: c.s.Visits[path], Outcome: "wait", Until: &until})
}

func TestPauseStopsTheClocksUntilItsEnd(t *testing.T) {
	c := started(t, pausing())
	e := Event{Kind: OnOutcome, Path: "a", Visit: 1, Outcome: "wait"}
	c.refused(RefusedUntilMissing, e)
	for _, until := range []time.Time{t0, t0.Add(-time.Hour), t0.AddDate(300, 0, 0)} {
		e.Until = &until
		c.refused(RefusedUntilPast, e)
	}
	c.now = at(2 * time.Hour)
	c.pauseUntil("a", at(48*time.Hour))
	c.want("complete_task a#1 wait", "open_task a#2 role:r cyclic", "move_due")
	c.wantWake(at(48 * time.Hour))
	if c.s.Due != nil || c.s.At.Due != nil || c.s.At.Paused == nil || c.s.Paused == nil {
		t.Fatalf("state %s", encode(t, c.s))
	}
	c.now = at(60 * time.Hour) // late: the clocks went on at the end of the pause, and one has run out meanwhile
	c.do(Event{Kind: OnTimer})
	c.want("move_due a#2 due 03-04 18:00", "move_due due 03-07 08:00", "overdue a#2")
	c.wantWake(at(118 * time.Hour))
}

func TestOverdueCaseIsNotPaused(t *testing.T) {
	c := started(t, pausing())
	c.later(73 * time.Hour)
	c.pauseUntil("a", at(100*time.Hour))
	c.want("complete_task a#1 wait", "open_task a#2 role:r cyclic")
	c.later(27 * time.Hour)
	c.want("move_due a#2 due 03-06 22:00")
}

func TestPauseEndsWhenTheTaskIsCompleted(t *testing.T) {
	c := started(t, pausing())
	c.pauseUntil("a", at(48*time.Hour))
	c.now = at(5 * time.Hour)
	c.choose("a", "on")
	c.want("complete_task a#2 on", "leave_stage a#2 on", "enter_stage b#1", "open_task b#1 role:r", "move_due due 03-05 15:00")
	if c.s.Paused != nil {
		t.Fatalf("the case is still paused: %+v", c.s.Paused)
	}
}

func TestPauseCanBeProlonged(t *testing.T) {
	c := started(t, pausing())
	c.pauseUntil("a", at(10*time.Hour))
	c.now = at(5 * time.Hour)
	c.pauseUntil("a", at(20*time.Hour))
	c.want("complete_task a#2 wait", "open_task a#3 role:r cyclic")
	c.wantWake(at(20 * time.Hour))
	c.later(15 * time.Hour)
	c.want("move_due a#3 due 03-03 14:00", "move_due due 03-06 06:00")
}

func TestPauseEndsWhenAnOutsideEventComes(t *testing.T) {
	c := started(t, pausing())
	c.pauseUntil("a", at(10*time.Hour))
	c.now = at(4 * time.Hour)
	c.receive(EventInboundEmail)
	c.want("move_due a#2 due 03-02 22:00", "move_due due 03-05 14:00")
}

func TestCaseClockStandsStillWhileAnyStageIsPaused(t *testing.T) {
	wait := Outcome{ID: "wait", To: "l", Pause: "when"}
	other := Outcome{ID: "wait", To: "r", Pause: "when"}
	m := &Map{TimeLimit: limit("1 day"), Stages: []Stage{
		{ID: "p", Kind: StageParallel, Join: JoinAny, Branches: []Branch{
			{ID: "x", Stages: []Stage{task("l", wait, done("on"))}},
			{ID: "y", Stages: []Stage{task("r", other, done("on"))}},
		}},
		task("end", positive("done")),
	}}
	c := started(t, m)
	c.pauseUntil("p/x/l", at(10*time.Hour))
	c.want("complete_task p/x/l#1 wait", "open_task p/x/l#2 role:r cyclic", "move_due")
	c.pauseUntil("p/y/r", at(20*time.Hour))
	c.want("complete_task p/y/r#1 wait", "open_task p/y/r#2 role:r cyclic")
	c.later(10 * time.Hour)
	c.want() // stages without a limit have no due to move, and the other is still paused
	c.wantWake(at(20 * time.Hour))
	c.now = at(12 * time.Hour)
	c.choose("p/x/l", "on") // the paused branch is withdrawn
	c.want(
		"complete_task p/x/l#2 on", "leave_stage p/x/l#2 on",
		"withdraw_task p/y/r#2 branch", "leave_stage p/y/r#2",
		"leave_stage p#1", "enter_stage end#1", "open_task end#1 role:r", "move_due due 03-03 22:00",
	)
}

func TestOptionalPauseMayBeLeftOut(t *testing.T) {
	wait := Outcome{ID: "wait", To: "a", Pause: "when", Form: []FormItem{{Field: "when"}}}
	c := started(t, &Map{Stages: []Stage{task("a", wait)}})
	c.choose("a", "wait")
	c.want("complete_task a#1 wait", "open_task a#2 role:r cyclic")
	if c.s.At.Paused != nil {
		t.Fatal("paused without an end")
	}
}

func TestRecomputedDuesKeepPausesAndWhatIsOverdue(t *testing.T) {
	short, err := calendar.New(calendar.Definition{
		ID: "short", Name: calendar.Text{En: "Short", Ru: "Короткий"}, TimeZone: "UTC",
		Week: calendar.WeekHours{Monday: []string{"09:00-11:00"}, Tuesday: []string{"09:00-11:00"}, Wednesday: []string{"09:00-11:00"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	wait := Outcome{ID: "wait", To: "a", Pause: "when"}
	st := task("a", wait, positive("done"))
	st.TimeLimit = limit("2 working hours")
	m := &Map{TimeLimit: limit("3 working hours"), Stages: []Stage{st}}

	c := started(t, m)
	c.do(Event{Kind: OnRecomputeDues})
	c.want()
	c.f.Calendar = short
	c.do(Event{Kind: OnRecomputeDues})
	c.want("move_due a#1 due 03-03 10:00", "move_due due 03-03 11:00")
	c.pauseUntil("a", at(23*time.Hour+30*time.Minute))
	c.do(Event{Kind: OnRecomputeDues})
	c.want()
	c.later(23*time.Hour + 30*time.Minute)
	c.want("move_due a#2 due 03-04 09:30", "move_due due 03-04 10:30")
	c.f.Calendar = calendar.Default()
	c.do(Event{Kind: OnRecomputeDues})
	c.want("move_due a#2 due 03-03 11:30", "move_due due 03-03 12:30")
	c.later(24 * time.Hour)
	c.want("overdue a#2", "overdue")
	c.f.Calendar = short
	c.do(Event{Kind: OnRecomputeDues})
	c.want()
}

func TestIdleCasesAreToldAgainAndAgain(t *testing.T) {
	m := &Map{OnIdle: &OnIdle{After: *limit("5 days"), Rules: []Rule{mail("idle")}}, Stages: []Stage{task("a", positive("done"))}}
	c := started(t, m)
	const day = 24 * time.Hour
	c.wantWake(at(5 * day))
	c.f.LastActivity = at(2 * day)
	c.later(5 * day)
	c.want()
	c.wantWake(at(7 * day))
	c.later(2 * day)
	c.want("notify idle letter")
	c.wantWake(at(12 * day))
	c.later(6 * day)
	c.want("notify idle letter")
	c.wantWake(at(18 * day))
	c.now = at(14 * day)
	c.choose("a", "done")
	if wake, ok := c.s.NextWake(); ok {
		t.Fatalf("a closed case wants to wake at %v", wake)
	}
}

func TestTimerIsAHint(t *testing.T) {
	st := task("a", positive("done"))
	st.TimeLimit = limit("2 hours")
	c := started(t, &Map{Stages: []Stage{st}})
	before := encode(t, c.s)
	c.later(time.Hour)
	c.want()
	if encode(t, c.s) != before {
		t.Fatal("a timer that came too early changed the case")
	}
}
