package routemaps

import (
	"testing"

	"marshrut/crm"
)

func branches(join Join, all ...Branch) Stage {
	return Stage{ID: "p", Kind: StageParallel, Join: join, Branches: all, OnEntry: []Rule{mail("p/entry")}, OnCompletion: []Rule{mail("p/completion")}}
}

func TestParallelJoinedByAll(t *testing.T) {
	m := &Map{Stages: []Stage{
		branches(JoinAll, Branch{ID: "x", Stages: []Stage{task("a", done("on")), task("b", done("on"), to("out", ToJoin))}}, Branch{ID: "y", Stages: []Stage{task("a", done("on"))}}),
		task("end", positive("done")),
	}}
	c := newCase(t, m)
	c.do(Event{Kind: OnStart})
	c.want(
		"enter_stage p#1", "notify p#1 p/entry letter",
		"enter_stage p/x/a#1", "open_task p/x/a#1 role:r",
		"enter_stage p/y/a#1", "open_task p/y/a#1 role:r",
	)
	if c.s.BoardStage() != "p" {
		t.Fatalf("board stage %s", c.s.BoardStage())
	}
	c.choose("p/y/a", "on")
	c.want("complete_task p/y/a#1 on", "leave_stage p/y/a#1 on")
	c.choose("p/x/a", "on")
	c.wantAt("p#1", "p/x/b#1")
	c.choose("p/x/b", "out")
	c.want(
		"complete_task p/x/b#1 out", "leave_stage p/x/b#1 out",
		"notify p#1 p/completion letter", "leave_stage p#1", "enter_stage end#1", "open_task end#1 role:r",
	)
}

func TestParallelJoinedByAnyWithdrawsTheOthers(t *testing.T) {
	quick := Branch{ID: "q", Stages: []Stage{{ID: "s", Kind: StageAction, Action: new(mail("q/s"))}}}
	slow := Branch{ID: "s", Stages: []Stage{task("a", done("on"))}}
	end := task("end", positive("done"))

	c := started(t, &Map{Stages: []Stage{branches(JoinAny, slow, Branch{ID: "z", Stages: []Stage{task("a", done("on"))}}), end}})
	c.choose("p/z/a", "on")
	c.want(
		"complete_task p/z/a#1 on", "leave_stage p/z/a#1 on",
		"withdraw_task p/s/a#1 branch", "leave_stage p/s/a#1",
		"notify p#1 p/completion letter", "leave_stage p#1", "enter_stage end#1", "open_task end#1 role:r",
	)
	c.refused(RefusedUnknownTask, Event{Kind: OnOutcome, Path: "p/s/a", Visit: 1, Outcome: "on"})

	// The first branch ends while the parallel stage is being entered: the next one is not even begun.
	c = newCase(t, &Map{Stages: []Stage{branches(JoinAny, quick, slow), end}})
	c.do(Event{Kind: OnStart})
	c.want(
		"enter_stage p#1", "notify p#1 p/entry letter",
		"enter_stage p/q/s#1", "notify p/q/s#1 q/s letter", "leave_stage p/q/s#1",
		"notify p#1 p/completion letter", "leave_stage p#1", "enter_stage end#1", "open_task end#1 role:r",
	)
	// Joined by all, it has to wait for it.
	c = started(t, &Map{Stages: []Stage{branches(JoinAll, quick, slow, quick), end}})
	c.wantAt("p#1", "p/s/a#1")
	// A way on that fails does not begin it either.
	p := branches(JoinAny, quick, slow)
	p.Outcomes = []Outcome{{ID: "x", To: "end", When: condition("amount > 1")}}
	c = newCase(t, &Map{Stages: []Stage{p, end}})
	c.f.Values["amount"] = "?"
	c.do(Event{Kind: OnStart})
	c.wantAt("p#1")
	c.f.Values["amount"] = 2
	c.do(Event{Kind: OnRetry, Path: "p", Visit: 1})
	c.wantAt("end#1")
	// All at once.
	c = started(t, &Map{Stages: []Stage{branches(JoinAll, quick, quick), end}})
	c.wantAt("end#1")
}

func TestParallelGoesOnByItsOutcomes(t *testing.T) {
	p := branches(JoinAll, Branch{ID: "x", Stages: []Stage{task("a", done("on"))}})
	again := to("again", "p")
	again.When = condition(`kind == "again"`)
	stop := negative("stop")
	stop.When = condition(`kind == "stop"`)
	p.Outcomes = []Outcome{again, stop}
	m := &Map{Stages: []Stage{p, task("end", positive("done"))}}

	c := started(t, m)
	c.f.Values["kind"] = "again"
	c.choose("p/x/a", "on")
	c.want(
		"complete_task p/x/a#1 on", "leave_stage p/x/a#1 on",
		"enter_stage p#2 cyclic", "enter_stage p/x/a#2", "open_task p/x/a#2 role:r",
	)
	c.f.Values["kind"] = 7
	c.choose("p/x/a", "on")
	c.want("complete_task p/x/a#2 on", "leave_stage p/x/a#2 on", "open_incident p#2 condition_failed")
	c.wantAt("p#2")
	c.f.Values["kind"] = "stop"
	c.do(Event{Kind: OnRetry, Path: "p", Visit: 2})
	c.want("close_incident p#2 condition_failed", "notify p#2 p/completion letter", "leave_stage p#2 stop", "finish stop negative")
	if c.s.Ended != "p" {
		t.Fatalf("ended at %s", c.s.Ended)
	}

	c = started(t, m)
	c.choose("p/x/a", "on")
	c.wantAt("end#1") // none holds: what comes next
}

// nestedMap has a stage of its own outcome, a map-level one, and parallel tasks.
func nestedMap() *Map {
	return &Map{
		ID: "sub", Outcomes: []Outcome{negative("give-up")},
		Stages: []Stage{
			task("a", done("on"), negative("no")),
			{ID: "p", Kind: StageParallel, Join: JoinAll, Branches: []Branch{
				{ID: "x", Stages: []Stage{task("b", done("on"))}},
				{ID: "y", Stages: []Stage{task("b", done("on"))}},
			}, Outcomes: []Outcome{positive("fine")}},
		},
	}
}

func outerMap(outcomes ...Outcome) *Map {
	return nest(&Map{
		Outcomes: []Outcome{negative("lost"), positive("give-up")},
		Stages: []Stage{
			{ID: "r", Kind: StageRoute, Route: "sub", Outcomes: outcomes, OnCompletion: []Rule{mailWhen("r/completion", `outcome != ""`)}},
			task("good", positive("done")), task("bad", negative("done")),
		},
	}, nestedMap())
}

func TestRouteGoesOnByTheNestedMapsResult(t *testing.T) {
	good := Outcome{ID: "well", To: "good", Case: []string{"positive"}}
	bad := Outcome{ID: "badly", To: "bad", Case: []string{"negative"}}
	other := Outcome{ID: "other", To: "bad"}

	c := started(t, outerMap(other, good, bad))
	c.choose("r/a", "on")
	c.wantAt("r#1", "r/p#1", "r/p/x/b#1", "r/p/y/b#1")
	c.choose("r/p/x/b", "on")
	c.choose("r/p/y/b", "on")
	c.want(
		"complete_task r/p/y/b#1 on", "leave_stage r/p/y/b#1 on", "leave_stage r/p#1 fine",
		"notify r#1 r/completion letter", "leave_stage r#1 well", "enter_stage good#1", "open_task good#1 role:r",
	)

	c = started(t, outerMap(other, good, bad))
	c.choose("r/a", "no")
	c.wantAt("bad#1")
	c = started(t, outerMap(good, other))
	c.choose("r/a", "no")
	c.wantAt("bad#1")
	c = started(t, outerMap(bad))
	c.choose("r/a", "on")
	c.choose("r/p/x/b", "on")
	c.choose("r/p/y/b", "on")
	c.wantAt("good#1") // no outcome for it: what comes next
}

func TestNestedMapLevelOutcomeEndsTheNestedMapOnly(t *testing.T) {
	c := started(t, outerMap(Outcome{ID: "badly", To: "bad", Case: []string{"negative"}}))
	c.choose("r/a", "on")
	c.choose("r/p/x/b", "give-up") // both maps have one: the nearest counts
	c.want(
		"complete_task r/p/x/b#1 give-up", "leave_stage r/p/x/b#1",
		"withdraw_task r/p/y/b#1 stage", "leave_stage r/p/y/b#1", "leave_stage r/p#1 give-up",
		"notify r#1 r/completion letter", "leave_stage r#1 badly", "enter_stage bad#1", "open_task bad#1 role:r",
	)
}

func TestOuterMapLevelOutcomeEndsTheCaseFromANestedTask(t *testing.T) {
	c := started(t, outerMap())
	c.choose("r/a", "on")
	c.choose("r/p/x/b", "lost")
	c.want(
		"complete_task r/p/x/b#1 lost", "leave_stage r/p/x/b#1",
		"withdraw_task r/p/y/b#1 stage", "leave_stage r/p/y/b#1", "leave_stage r/p#1", "leave_stage r#1 lost",
		"finish lost negative",
	)
	if c.s.Ended != "r" {
		t.Fatalf("ended at %s", c.s.Ended)
	}
}

func TestRouteThatCannotGoOnKeepsItsResult(t *testing.T) {
	well := Outcome{ID: "well", To: "good", Case: []string{"negative"}, When: condition("amount > 1")}
	c := started(t, outerMap(well, Outcome{ID: "no", To: "bad", Case: []string{"positive"}}))
	c.f.Values["amount"] = "?"
	c.choose("r/a", "no")
	c.want("complete_task r/a#1 no", "leave_stage r/a#1 no", "open_incident r#1 condition_failed")
	c.f.Values["amount"] = 2
	c.do(Event{Kind: OnRetry, Path: "r", Visit: 1})
	c.wantAt("good#1")
}

func TestRouteToAMapThatIsNotThere(t *testing.T) {
	c := started(t, &Map{Outcomes: []Outcome{negative("stop")}, Stages: []Stage{{ID: "r", Kind: StageRoute, Route: "gone"}}})
	if c.s.At.Failed != IncidentUnknownTarget {
		t.Fatalf("state %s", encode(t, c.s))
	}
	c.do(Event{Kind: OnClose, Outcome: "stop"})
	c.want("close_incident r#1 unknown_target", "leave_stage r#1 stop", "finish stop negative")
}

func TestRouteInABranchEndsItsBranch(t *testing.T) {
	m := nest(&Map{Stages: []Stage{
		{ID: "p", Kind: StageParallel, Join: JoinAny, Branches: []Branch{
			{ID: "x", Stages: []Stage{{ID: "r", Kind: StageRoute, Route: "sub"}}},
			{ID: "y", Stages: []Stage{task("b", done("on"))}},
		}},
		task("end", positive("done")),
	}}, nestedMap())
	c := started(t, m)
	c.choose("p/x/r/a", "no")
	c.want(
		"complete_task p/x/r/a#1 no", "leave_stage p/x/r/a#1 no", "leave_stage p/x/r#1",
		"withdraw_task p/y/b#1 branch", "leave_stage p/y/b#1", "leave_stage p#1",
		"enter_stage end#1", "open_task end#1 role:r",
	)
	if c.s.Status != crm.StatusOpen {
		t.Fatalf("status %s", c.s.Status)
	}
}
