package routemaps

import "testing"

func triggered(st Stage, triggers ...Trigger) Stage {
	st.OnEvent = triggers
	return st
}

func TestR11_TriggerLeavesTheStage(t *testing.T) {
	pay := Trigger{ID: "a/on_event/1", Event: EventPayment, When: condition("amount >= 100"), Rules: []Rule{mail("paid")}, Outcome: "paid"}
	paid := done("paid")
	paid.Form = []FormItem{{Field: "performer", Required: true}}
	st := triggered(task("a", paid), pay, Trigger{ID: "a/on_event/2", Event: EventPayment, Rules: []Rule{mail("partly")}})
	st.OnCompletion = []Rule{mail("completed")}
	c := started(t, &Map{Stages: []Stage{st, triggered(task("b", positive("done")), Trigger{ID: "b/1", Event: EventPayment, Outcome: "done"})}})

	c.receive(EventCall)
	c.want()
	c.receive(EventPayment)
	c.want("notify a#1 partly letter") // the first that matches, only
	c.f.Values["amount"] = 100.0
	c.receive(EventPayment) // the form is not asked, and b does not react to the event that opened it
	c.want(
		"notify a#1 paid letter", "complete_task a#1 paid", "notify a#1 completed letter", "leave_stage a#1 paid",
		"enter_stage b#1", "open_task b#1 role:r",
	)
	c.receive(EventPayment)
	c.want("complete_task b#1 done", "leave_stage b#1 done", "finish done positive")
}

func TestR11_EventThatCameEarlyCountsWhereTheMapSaysSo(t *testing.T) {
	early := Trigger{ID: "b/1", Event: EventPayment, Outcome: "paid", Early: true}
	late := Trigger{ID: "c/1", Event: EventPayment, Outcome: "paid"}
	m := &Map{Stages: []Stage{
		task("a", done("on")),
		triggered(task("b", done("paid"), to("back", "a")), early),
		triggered(task("c", positive("paid"), to("back", "a")), late),
	}}
	c := started(t, m)
	c.receive(EventPayment)
	c.want()
	c.choose("a", "on")
	c.want(
		"complete_task a#1 on", "leave_stage a#1 on", "enter_stage b#1", "open_task b#1 role:r",
		"complete_task b#1 paid", "leave_stage b#1 paid", "enter_stage c#1", "open_task c#1 role:r",
	)
	c.choose("c", "back")
	c.choose("a", "on")
	c.wantAt("b#2") // the event has been used
}

func TestR11_EarlyTriggerWithoutOutcomeFiresOnce(t *testing.T) {
	m := &Map{Stages: []Stage{
		task("a", done("on")),
		triggered(task("b", to("back", "a"), positive("done")), Trigger{ID: "b/1", Event: EventCall, Rules: []Rule{mail("called")}, Early: true}),
	}}
	c := started(t, m)
	c.receive(EventCall)
	c.choose("a", "on")
	c.want("complete_task a#1 on", "leave_stage a#1 on", "enter_stage b#1", "open_task b#1 role:r", "notify b#1 called letter")
	c.choose("b", "back")
	c.choose("a", "on")
	c.want("complete_task a#2 on", "leave_stage a#2 on", "enter_stage b#2", "open_task b#2 role:r")
}

func TestTriggersOfAllBranchesReactToOneEvent(t *testing.T) {
	branch := func(id string) Branch {
		return Branch{ID: id, Stages: []Stage{triggered(task("t", done("got")), Trigger{ID: id, Event: EventDocument, Outcome: "got"})}}
	}
	parallel := func(join Join) *Map {
		return &Map{Stages: []Stage{
			{ID: "p", Kind: StageParallel, Join: join, Branches: []Branch{branch("x"), branch("y")}},
			triggered(task("b", positive("done")), Trigger{ID: "b/1", Event: EventDocument, Outcome: "done", Early: true}),
		}}
	}
	c := started(t, parallel(JoinAll))
	c.receive(EventDocument)
	c.want(
		"complete_task p/x/t#1 got", "leave_stage p/x/t#1 got",
		"complete_task p/y/t#1 got", "leave_stage p/y/t#1 got", "leave_stage p#1",
		"enter_stage b#1", "open_task b#1 role:r",
	)
	c = started(t, parallel(JoinAny))
	c.receive(EventDocument)
	c.want(
		"complete_task p/x/t#1 got", "leave_stage p/x/t#1 got", "withdraw_task p/y/t#1 branch", "leave_stage p/y/t#1", "leave_stage p#1",
		"enter_stage b#1", "open_task b#1 role:r",
	)
	if c.s.Consumed[EventDocument] != 1 {
		t.Fatalf("consumed %v", c.s.Consumed)
	}
}

func TestOneEventIsUsedOnceHoweverManyStagesItMoves(t *testing.T) {
	branch := func(id string) Branch {
		return Branch{ID: id, Stages: []Stage{triggered(task("t", done("got")), Trigger{ID: id, Event: EventDocument, Outcome: "got"})}}
	}
	c := started(t, &Map{Stages: []Stage{
		task("a", done("on")),
		{ID: "p", Kind: StageParallel, Join: JoinAll, Branches: []Branch{branch("x"), branch("y")}},
		waitFor("w", Wait{Event: EventDocument}),
		task("b", positive("done")),
	}})
	c.receive(EventDocument) // nobody uses it
	c.choose("a", "on")
	c.receive(EventDocument)
	c.wantAt("b#1") // both branches used the second one, and the first was left for the wait
	if c.s.Consumed[EventDocument] != 2 {
		t.Fatalf("consumed %v", c.s.Consumed)
	}
}

func TestTriggerInANestedMap(t *testing.T) {
	m := nest(
		&Map{Stages: []Stage{{ID: "r", Kind: StageRoute, Route: "sub"}, task("end", positive("done"))}},
		&Map{ID: "sub", Stages: []Stage{triggered(task("s", positive("ok")), Trigger{ID: "s/1", Event: EventWebhook, Outcome: "ok"})}},
	)
	c := started(t, m)
	c.receive(EventWebhook)
	c.want("complete_task r/s#1 ok", "leave_stage r/s#1 ok", "leave_stage r#1", "enter_stage end#1", "open_task end#1 role:r")
}

func TestTriggerWhoseConditionFailsIsLeftOut(t *testing.T) {
	ok := positive("ok")
	ok.When = condition("ok")
	st := triggered(task("a", ok),
		Trigger{ID: "t1", Event: EventCall, When: condition("amount > 1"), Rules: []Rule{mail("no")}},
		Trigger{ID: "t2", Event: EventCall, Outcome: "ok"},
		Trigger{ID: "t3", Event: EventCall, Outcome: "gone"},
	)
	c := started(t, &Map{Stages: []Stage{st}})
	c.f.Values["amount"] = "?"
	c.receive(EventCall)
	c.want("open_incident a#1 t1 rule_failed", "open_incident a#1 t3 rule_failed")
	c.f.Values["ok"] = true
	c.receive(EventCall)
	c.want("open_incident a#1 t1 rule_failed", "complete_task a#1 ok", "leave_stage a#1 ok", "finish ok positive")
}

func TestWaitAndTriggerShareOneEvent(t *testing.T) {
	m := &Map{Stages: []Stage{
		{ID: "p", Kind: StageParallel, Join: JoinAll, Branches: []Branch{
			{ID: "x", Stages: []Stage{waitFor("w", Wait{Event: EventPayment}), triggered(task("t", done("paid")), Trigger{ID: "x", Event: EventPayment, Outcome: "paid"})}},
			{ID: "y", Stages: []Stage{triggered(task("t", done("paid")), Trigger{ID: "y", Event: EventPayment, Outcome: "paid"})}},
		}},
		waitFor("again", Wait{Event: EventPayment}),
		task("b", positive("done")),
	}}
	c := started(t, m)
	c.receive(EventPayment)
	c.want(
		"leave_stage p/x/w#1", "enter_stage p/x/t#1", "open_task p/x/t#1 role:r",
		"complete_task p/y/t#1 paid", "leave_stage p/y/t#1 paid",
	)
	c.choose("p/x/t", "paid")
	c.wantAt("again#1")
}
