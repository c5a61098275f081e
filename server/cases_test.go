package server

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"marshrut/crm"
)

// TestR37_R52_AnAppealThroughTheAPI goes from acceptance to the end as its users do.
func TestR37_R52_AnAppealThroughTheAPI(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := r.do(request{as: "dispatcher", method: post, path: "/appeals", body: map[string]any{
		"client": map[string]any{"name": "Анна", "email": "anna@example.org", "phone": "+7 900 000-00-00", "kind": "individual"},
		"topic":  "Где мой заказ?", "source": "site",
	}}).want(http.StatusCreated)
	caseID, number := a.text("case.id"), a.text("case.number")
	if a.header.Get("Location") != apiPrefix+"/cases/"+caseID || a.header.Get("ETag") != etag(1) || number != "A-000001" {
		t.Errorf("Location %s, ETag %s, number %s", a.header.Get("Location"), a.header.Get("ETag"), number)
	}
	if a.text("case.workflow_id") != "appeal/A-000001" || a.text("case.stage") != "classification" || a.text("case.mode") != "process" {
		t.Errorf("case %s", a.body)
	}

	// The dispatcher's inbox has the task, with all that is needed to complete it.
	inbox := r.do(request{as: "dispatcher", method: get, path: "/tasks"}).want(http.StatusOK)
	if inbox.text("items.0.name") != "Classification" || inbox.text("items.0.names.ru") != "Классификация" || inbox.text("items.0.performer.role") != "dispatcher" {
		t.Errorf("inbox %s", inbox.body)
	}
	if inbox.text("items.0.case.client_name") != "Анна" || inbox.text("items.0.outcomes.0.id") != "hand-over" {
		t.Errorf("inbox %s", inbox.body)
	}
	form := inbox.at("items.0.outcomes.0.form").([]any)
	if len(form) != 2 || inbox.text("items.0.outcomes.0.form.0.type") != "purpose" || inbox.text("items.0.outcomes.0.form.0.name") != "Purpose" {
		t.Errorf("form %v", form)
	}
	if empty := r.do(request{as: "manager", method: get, path: "/tasks"}); len(empty.at("items").([]any)) != 0 {
		t.Errorf("the manager sees another's pool: %s", empty.body)
	}

	taskID := inbox.text("items.0.id")
	r.do(request{as: "manager", method: post, path: "/tasks/" + taskID + "/complete", body: map[string]any{"outcome": "hand-over"}}).
		problem(http.StatusForbidden, "not_your_task")
	p := r.do(request{as: "dispatcher", method: post, path: "/tasks/" + taskID + "/complete", body: map[string]any{
		"outcome": "hand-over", "fields": map[string]any{"purpose": "nonsense"},
	}}).problem(http.StatusUnprocessableEntity, "validation_failed")
	if len(p.Errors) != 2 || p.Errors[0].Pointer != "/fields/performer" || p.Errors[1].Code != "not_an_option" {
		t.Errorf("errors %+v", p.Errors)
	}

	done := r.do(request{as: "dispatcher", method: post, path: "/tasks/" + taskID + "/complete", body: map[string]any{
		"outcome": "hand-over", "fields": map[string]any{"purpose": "question", "performer": r.users["manager"].ID},
	}}).want(http.StatusOK)
	if done.text("case.stage") != "processing" || done.text("next_tasks.0.performer.user_id") != r.users["manager"].ID.String() {
		t.Errorf("answer %s", done.body)
	}
	// Who comes second with something else learns who was first.
	late := r.do(request{as: "director", method: post, path: "/tasks/" + taskID + "/complete", body: map[string]any{
		"outcome": "spam-duplicate", "fields": map[string]any{"reason": "other"},
	}}).problem(http.StatusConflict, "task_completed")
	if late.Detail != "By Имя dispatcher, with the outcome “Hand over”." || late.Params["outcome"] != "hand-over" || late.Params["by"] != r.users["dispatcher"].ID.String() {
		t.Errorf("problem %+v", late)
	}

	why := r.do(request{as: "manager", method: get, path: "/cases/" + number + "/why"}).want(http.StatusOK)
	if why.text("waiting_for.0.kind") != "task" || !strings.HasPrefix(why.text("waiting_for.0.text"), "“Processing” waits for: Имя manager, until ") {
		t.Errorf("why: %s", why.body)
	}
	route := r.do(request{as: "manager", method: get, path: "/cases/" + number + "/route"}).want(http.StatusOK)
	if route.text("stages.0.state") != "done" || route.text("stages.1.state") != "current" || route.text("stages.1.performer.name") != "Имя manager" {
		t.Errorf("route: %s", route.body)
	}
	svg := r.do(request{as: "manager", method: get, path: "/cases/" + number + "/route.svg"}).want(http.StatusOK)
	if svg.header.Get("Content-Type") != "image/svg+xml" || !strings.Contains(string(svg.body), "<svg") || !strings.Contains(string(svg.body), "Processing") {
		t.Errorf("picture %.200s", svg.body)
	}

	end := r.do(request{as: "manager", method: post, path: "/tasks/" + done.text("next_tasks.0.id") + "/complete", body: map[string]any{
		"outcome": "resolved", "fields": map[string]any{"result": "Заказ в пути"},
	}}).want(http.StatusOK)
	if end.text("case.status") != "positive" || end.text("case.outcome") != "resolved" {
		t.Errorf("end: %s", end.body)
	}
	notifications := r.do(request{as: "manager", method: get, path: "/cases/" + number + "/notifications"}).want(http.StatusOK)
	if got := notifications.text("items.0.template") + " " + notifications.text("items.1.template"); got != "appeal-accepted appeal-closed" {
		t.Errorf("notifications %s", got)
	}
	feed := r.do(request{as: "manager", method: get, path: "/cases/" + number + "/feed?limit=2"}).want(http.StatusOK)
	if feed.text("items.0.kind") != "created" || feed.text("next") == "" {
		t.Errorf("feed: %s", feed.body)
	}
	if after := r.do(request{as: "manager", method: get, path: "/cases/" + number + "/why"}); len(after.at("waiting_for").([]any)) != 0 {
		t.Errorf("a closed case waits: %s", after.body)
	}
	r.do(request{as: "director", method: post, path: "/cases/" + number + "/cancel", body: map[string]any{"reason": "x"}}).
		problem(http.StatusConflict, "case_closed")
}

func TestR31_WhatHasNoProcessCannotGoBackToOne(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	free := r.do(request{as: "manager", method: post, path: "/deals", body: `{"topic":"x","kind":"no_stages"}`}).want(http.StatusCreated).text("case.id")
	r.do(request{as: "manager", method: post, path: "/deals/" + free + "/switch-to-process"}).problem(http.StatusConflict, "no_route")
	appeal, _ := r.appeal()
	r.do(request{as: "manager", method: post, path: "/deals/" + appeal + "/switch-to-process"}).problem(http.StatusNotFound, "deal_not_found")
}

// TestR42_TheRouteNamesTheFieldsOfTheCase: what its map asks for and what its kind has, but not what a step or the case itself keeps.
func TestR42_TheRouteNamesTheFieldsOfTheCase(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	led, _ := r.deal()
	free := r.do(request{as: "manager", method: post, path: "/deals", body: `{"topic":"x","kind":"no_stages"}`}).want(http.StatusCreated).text("case.id")
	for id, own := range map[string]string{led: "obligation", free: ""} {
		fields := map[string]string{}
		route := r.do(request{as: "manager", method: get, path: "/cases/" + id + "/route"}).want(http.StatusOK)
		for _, field := range route.at("fields").([]any) {
			one := field.(map[string]any)
			fields[one["field"].(string)] = one["type"].(string)
		}
		if fields["potential"] != "money" || fields["channel"] != "channel" || own != "" && fields[own] != "choice" {
			t.Errorf("fields %v of %s", fields, route.body)
		}
		for _, not := range []string{"topic", "source", "client", "interaction", "planned_call"} {
			if _, told := fields[not]; told {
				t.Errorf("%s is among the fields: %s", not, route.body)
			}
		}
	}
}

// TestR31_R32_R34_ManualMode: no hand moves a process-controlled deal; after the switch hands do, and there is no way back.
func TestR31_R32_R34_ManualMode(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id, taskID := r.deal()
	command := func(as, what string, body map[string]any) *answer {
		return r.do(request{as: as, method: post, path: "/deals/" + id + "/" + what, body: body})
	}
	command("manager", "move", map[string]any{"stage": "offer"}).problem(http.StatusConflict, "not_manual")
	command("manager", "switch-to-process", map[string]any{}).problem(http.StatusConflict, "already_process")
	command("manager2", "switch-to-manual", map[string]any{"reason": "x"}).problem(http.StatusForbidden, "not_your_case")
	command("manager", "switch-to-manual", map[string]any{}).problem(http.StatusUnprocessableEntity, "validation_failed")

	switched := command("manager", "switch-to-manual", map[string]any{"reason": "Нетипичная сделка"}).want(http.StatusOK)
	if switched.text("case.mode") != "manual" || switched.text("case.manual.reason") != "Нетипичная сделка" || switched.text("case.manual.by") != r.users["manager"].ID.String() {
		t.Errorf("answer %s", switched.body)
	}
	r.do(request{as: "manager", method: post, path: "/tasks/" + taskID + "/complete", body: map[string]any{"outcome": "no-answer"}}).
		problem(http.StatusConflict, "task_withdrawn_manual")
	command("manager", "switch-to-process", nil).problem(http.StatusConflict, "manual_is_final")
	for _, stage := range []string{"order", "primary-contact", "terms"} {
		if moved := command("manager", "move", map[string]any{"stage": stage}).want(http.StatusOK); moved.text("case.stage") != stage {
			t.Errorf("moved to %s: %s", stage, moved.body)
		}
	}
	// Whoever says from where moves it only while it is there.
	command("manager", "move", map[string]any{"stage": "offer", "from": "order"}).problem(http.StatusConflict, "moved_meanwhile")
	if moved := command("manager", "move", map[string]any{"stage": "offer", "from": "terms"}).want(http.StatusOK); moved.text("case.stage") != "offer" {
		t.Errorf("moved from terms: %s", moved.body)
	}
	command("manager", "move", map[string]any{"stage": "nowhere"}).problem(http.StatusUnprocessableEntity, "unknown_stage")
	if why := r.do(request{as: "manager", method: get, path: "/cases/" + id + "/why"}).want(http.StatusOK); why.text("waiting_for.0.kind") != "person" {
		t.Errorf("why: %s", why.body)
	}
	if route := r.do(request{as: "manager", method: get, path: "/cases/" + id + "/route"}).want(http.StatusOK); route.at("may_move") != true || route.text("manual.reason") == "" {
		t.Errorf("route: %s", route.body)
	}
	free := command("manager", "close", map[string]any{"result": "won"}).problem(http.StatusUnprocessableEntity, "validation_failed")
	if len(free.Errors) != 1 || free.Errors[0].Pointer != "/fields/amount" {
		t.Errorf("won for nothing: %+v", free.Errors)
	}
	won := command("manager", "close", map[string]any{"result": "won", "fields": map[string]any{"amount": "100.50"}}).want(http.StatusOK)
	if won.text("case.result") != "won" {
		t.Errorf("answer %s", won.body)
	}
	command("manager", "move", map[string]any{"stage": "order"}).problem(http.StatusConflict, "case_closed")

	appeal, _ := r.appeal()
	r.do(request{as: "manager", method: post, path: "/deals/" + appeal + "/move", body: map[string]any{"stage": "x"}}).problem(http.StatusNotFound, "deal_not_found")
}

// TestR30_ALostDealSaysWhy from the case card, at any stage of its process.
func TestR30_ALostDealSaysWhy(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id, task := r.deal()
	r.do(request{as: "manager", method: post, path: "/cases/" + id + "/close", body: map[string]any{"outcome": "lost"}}).
		problem(http.StatusUnprocessableEntity, "validation_failed")
	r.do(request{as: "manager", method: post, path: "/deals/" + id + "/close", body: map[string]any{"result": "lost"}}).
		problem(http.StatusUnprocessableEntity, "validation_failed")
	lost := r.do(request{as: "manager", method: post, path: "/cases/" + id + "/close", body: map[string]any{
		"outcome": "lost", "fields": map[string]any{"reason": "price"},
	}}).want(http.StatusOK)
	if lost.text("case.result") != "lost" || lost.text("case.outcome") != "lost" || lost.text("case.fields.reason") != "price" {
		t.Errorf("answer %s", lost.body)
	}
	// Whoever still had its task in front of him learns that it is over, not that it went on.
	r.do(request{as: "manager", method: post, path: "/tasks/" + task + "/delegate", body: map[string]any{"user_id": r.users["director"].ID}}).
		problem(http.StatusConflict, "task_withdrawn_closed")
}

// TestR30_LostToACompetitor: who it was lost to is asked for when it was lost to somebody, and is not the client himself.
func TestR30_LostToACompetitor(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id, _ := r.deal()
	own := r.do(request{as: "manager", method: get, path: "/cases/" + id}).text("client_id")
	rival := r.do(request{as: "manager", method: post, path: "/clients", body: map[string]any{"name": "Лютик"}}).want(http.StatusCreated).text("id")
	nobody := "019aa000-0000-7000-8000-000000000000"
	lose := func(id string, body map[string]any) *answer {
		body["result"] = "lost"
		return r.do(request{as: "manager", method: post, path: "/deals/" + id + "/close", body: body})
	}
	free := r.do(request{as: "manager", method: post, path: "/deals", body: map[string]any{"client_id": own, "topic": "x", "kind": "no_stages"}}).
		want(http.StatusCreated).text("case.id")
	for _, c := range []struct {
		id            string
		body          map[string]any
		pointer, code string
	}{
		{id, map[string]any{"reason": "competitor"}, "/competitor_id", "required"},
		{id, map[string]any{"reason": "competitor", "competitor_id": own}, "/competitor_id", "own_client"},
		{id, map[string]any{"reason": "competitor", "competitor_id": nobody}, "/competitor_id", "not_found"},
		{id, map[string]any{"reason": "price", "competitor_id": rival}, "/competitor_id", "not_asked"},
		{id, map[string]any{"reason": "price", "fields": map[string]any{"competitor": rival}}, "/fields/competitor", "not_asked"},
		{id, map[string]any{"reason": "weather"}, "/reason", "not_an_option"},
		{free, map[string]any{"reason": "price", "competitor_id": own}, "/competitor_id", "own_client"},
		{free, map[string]any{"reason": "price", "competitor_id": nobody}, "/competitor_id", "not_found"},
	} {
		p := lose(c.id, c.body).problem(http.StatusUnprocessableEntity, "validation_failed")
		if len(p.Errors) != 1 || p.Errors[0].Pointer != c.pointer || p.Errors[0].Code != c.code {
			t.Errorf("%v: %+v, want %s at %s", c.body, p.Errors, c.code, c.pointer)
		}
	}
	won := r.do(request{as: "manager", method: post, path: "/deals/" + free + "/close", body: map[string]any{"result": "won", "competitor_id": rival}}).
		problem(http.StatusUnprocessableEntity, "validation_failed")
	if len(won.Errors) != 1 || won.Errors[0].Pointer != "/competitor_id" {
		t.Errorf("won from a competitor: %+v", won.Errors)
	}
	for _, deal := range []string{id, free} {
		if lost := lose(deal, map[string]any{"reason": "competitor", "competitor_id": rival}).want(http.StatusOK); lost.text("case.fields.competitor") != rival {
			t.Errorf("answer %s", lost.body)
		}
	}
}

// TestR31_ADealWithoutStagesIsCheckedAsWell as one on a map: its fields and its responsible.
func TestR31_ADealWithoutStagesIsCheckedAsWell(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for body, want := range map[string]string{
		`{"topic":"x","kind":"no_stages","fields":{"nonsense":1}}`:                                     "/fields/nonsense unknown_field",
		`{"topic":"x","kind":"no_stages","fields":{"amount":"-1"}}`:                                    "/fields/amount negative_amount",
		`{"topic":"x","kind":"no_stages","fields":{"contact":"019aa000-0000-7000-8000-000000000000"}}`: "/fields/contact not_found",
		`{"topic":"x","kind":"no_stages","responsible_id":"` + r.users["auditor"].ID.String() + `"}`:   "/responsible_id user_reads_only",
	} {
		p := r.do(request{as: "director", method: post, path: "/deals", body: body}).problem(http.StatusUnprocessableEntity, "validation_failed")
		if len(p.Errors) != 1 || p.Errors[0].Pointer+" "+p.Errors[0].Code != want {
			t.Errorf("%s: %+v, want %s", body, p.Errors, want)
		}
	}
}

func TestR31_KindsOfDeal(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	client := r.client()
	begin := func(body map[string]any) *answer {
		body["client_id"], body["topic"], body["source"] = client, "Станок", "site"
		return r.do(request{as: "manager", method: post, path: "/deals", body: body})
	}
	for _, c := range []struct {
		body      map[string]any
		mode, mp  string
		stageless bool
	}{
		{map[string]any{}, "process", "typical-sale", false},
		{map[string]any{"kind": "process"}, "process", "typical-sale", false},
		{map[string]any{"kind": "manual"}, "manual", "free-sale", false},
		{map[string]any{"map": "free-sale"}, "manual", "free-sale", false},
		{map[string]any{"kind": "manual", "stage": "agreement"}, "manual", "free-sale", false},
		{map[string]any{"kind": "no_stages"}, "none", "", true},
	} {
		a := begin(c.body).want(http.StatusCreated)
		if a.text("case.mode") != c.mode {
			t.Errorf("%v: mode %s", c.body, a.text("case.mode"))
		}
		if !c.stageless && a.text("case.map.id") != c.mp {
			t.Errorf("%v: map %s", c.body, a.text("case.map.id"))
		}
		if stage, ok := c.body["stage"]; ok && a.text("case.stage") != stage {
			t.Errorf("%v: stage %s", c.body, a.text("case.stage"))
		}
	}
	begin(map[string]any{"kind": "process", "map": "free-sale"}).problem(http.StatusUnprocessableEntity, "validation_failed")
	if p := begin(map[string]any{"kind": "manual", "map": "typical-sale"}).problem(http.StatusUnprocessableEntity, "validation_failed"); p.Errors[0].Code != "map_of_another_kind" {
		t.Errorf("errors %+v", p.Errors)
	}
	begin(map[string]any{"kind": "no_stages", "map": "typical-sale"}).problem(http.StatusUnprocessableEntity, "validation_failed")
	begin(map[string]any{"map": "appeal"}).problem(http.StatusUnprocessableEntity, "map_not_available")

	// A deal without stages ends as it is; its route cannot be drawn.
	id := begin(map[string]any{"kind": "no_stages"}).want(http.StatusCreated).text("case.id")
	r.do(request{as: "manager", method: get, path: "/cases/" + id + "/route.svg"}).problem(http.StatusConflict, "no_route")
	if n := len(r.do(request{as: "manager", method: get, path: "/cases/" + id + "/route"}).want(http.StatusOK).at("stages").([]any)); n != 0 {
		t.Errorf("%d stages", n)
	}
	for body, pointer := range map[string]string{`{"result":"won"}`: "/fields/amount", `{"result":"lost"}`: "/reason", `{"result":"lost","reason":" \u200b"}`: "/reason"} {
		p := r.act("manager", "/deals/"+id+"/close", body).problem(http.StatusUnprocessableEntity, "validation_failed")
		if len(p.Errors) != 1 || p.Errors[0].Pointer != pointer {
			t.Errorf("%s: %+v", body, p.Errors)
		}
	}
	r.act("manager", "/deals/"+id+"/close", `{"result":"won","fields":{"amount":"10.50"}}`).want(http.StatusOK)
}

func TestACaseNeedsItsParties(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for body, pointer := range map[string]string{
		`{"topic":"x","source":"s"}`: "/client_id",
		`{"client_id":"` + r.client() + `","client":{"name":"x"},"topic":"x","source":"s"}`:                        "/client",
		`{"client":{"name":" "},"topic":"x","source":"s"}`:                                                         "/client/name",
		`{"client":{"name":"x","email":"x"},"topic":"x","source":"s"}`:                                             "/client/email",
		`{"client":{"name":"x"},"topic":" ","source":"s"}`:                                                         "/topic",
		`{"client":{"name":"x"},"topic":"x"}`:                                                                      "/source",
		`{"client_id":"019aa000-0000-7000-8000-000000000000","topic":"x","source":"s"}`:                            "/client_id",
		`{"client":{"name":"x"},"responsible_id":"019aa000-0000-7000-8000-000000000000","topic":"x","source":"s"}`: "/responsible_id",
	} {
		p := r.do(request{as: "dispatcher", method: post, path: "/appeals", body: body}).problem(http.StatusUnprocessableEntity, "validation_failed")
		if len(p.Errors) != 1 || p.Errors[0].Pointer != pointer {
			t.Errorf("%s: %+v", body, p.Errors)
		}
	}
	r.do(request{as: "dispatcher", method: post, path: "/deals", body: `{"topic":"x","kind":"no_stages"}`}).want(http.StatusCreated)
}

func TestR62_R65_ChangingACase(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id, taskID := r.deal()
	change := func(match, body string) *answer {
		return r.do(request{as: "manager", method: patch, path: "/cases/" + id, body: body, headers: map[string]string{"If-Match": match}})
	}
	change("", `{"topic":"x"}`).problem(http.StatusPreconditionRequired, "if_match_required")
	for _, stale := range []string{`"99"`, `"x"`, "1", `"01"`, `""`} {
		change(stale, `{"topic":"x"}`).problem(http.StatusPreconditionFailed, "stale")
	}
	read := r.do(request{as: "manager", method: get, path: "/cases/" + id}).want(http.StatusOK)
	change(`W/"99"`, `{"topic":"x"}`).problem(http.StatusPreconditionFailed, "stale")
	changed := change("W/"+read.header.Get("ETag"), `{"topic":"Два станка","responsible_id":"`+r.users["manager2"].ID.String()+`"}`).want(http.StatusOK)
	if changed.text("topic") != "Два станка" || changed.header.Get("ETag") == read.header.Get("ETag") {
		t.Errorf("answer %s", changed.body)
	}
	r.do(request{as: "manager2", method: patch, path: "/cases/" + id, headers: map[string]string{"If-Match": read.header.Get("ETag")}, body: `{"topic":"Три"}`}).
		problem(http.StatusPreconditionFailed, "stale")
	change("*", `{"topic":"Четыре"}`).problem(http.StatusForbidden, "not_on_the_case")
	change("*", `{"fields":{"potential":"1"}}`).problem(http.StatusForbidden, "not_on_the_case")
	change("*", `{"attributes":{"tender":"x"}}`).problem(http.StatusForbidden, "not_on_the_case")
	r.do(request{as: "manager2", method: patch, path: "/cases/" + id, body: `{"topic":"Четыре"}`, headers: map[string]string{"If-Match": "*"}}).want(http.StatusOK)
	if to := r.do(request{as: "manager", method: get, path: "/tasks/" + taskID}).text("performer.user_id"); to != r.users["manager2"].ID.String() {
		t.Errorf("the task is still addressed to %s", to)
	}
}

// TestR65_WhatIntakeRequiresStays: a change cannot take away what the case could not have been made without.
func TestR65_WhatIntakeRequiresStays(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id, _ := r.deal()
	for body, pointer := range map[string]string{
		`{"topic":" "}`: "/topic", `{"source":""}`: "/source", `{"fields":{"client":null}}`: "/fields/client",
	} {
		p := r.do(request{as: "manager", method: patch, path: "/cases/" + id, body: body, headers: map[string]string{"If-Match": "*"}}).
			problem(http.StatusUnprocessableEntity, "validation_failed")
		if len(p.Errors) != 1 || p.Errors[0].Pointer != pointer || p.Errors[0].Code != "required" {
			t.Errorf("%s: %+v", body, p.Errors)
		}
	}
	free := r.do(request{as: "manager", method: post, path: "/deals", body: `{"topic":"x","kind":"no_stages"}`}).want(http.StatusCreated).text("case.id")
	r.do(request{as: "manager", method: patch, path: "/cases/" + free, body: `{"topic":""}`, headers: map[string]string{"If-Match": "*"}}).want(http.StatusOK)
}

// TestRefusalsOfTheRoutePointIntoTheBody: a pause that is over at its field, an unknown stage at where it was named.
func TestRefusalsOfTheRoutePointIntoTheBody(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	_, taskID := r.appeal()
	next := r.do(request{as: "dispatcher", method: post, path: "/tasks/" + taskID + "/complete", body: map[string]any{
		"outcome": "hand-over", "fields": map[string]any{"purpose": "question", "performer": r.users["manager"].ID},
	}}).want(http.StatusOK).text("next_tasks.0.id")
	p := r.do(request{as: "manager", method: post, path: "/tasks/" + next + "/complete", body: map[string]any{
		"outcome": "awaiting-client", "fields": map[string]any{"until": "2026-03-01T10:00:00Z"},
	}}).problem(http.StatusUnprocessableEntity, "until_past")
	if len(p.Errors) != 1 || p.Errors[0].Pointer != "/fields/until" {
		t.Errorf("errors %+v", p.Errors)
	}
	p = r.do(request{as: "manager", method: post, path: "/deals", body: map[string]any{
		"client_id": r.client(), "topic": "x", "source": "x", "kind": "manual", "stage": "nowhere",
	}}).problem(http.StatusUnprocessableEntity, "unknown_stage")
	if len(p.Errors) != 1 || p.Errors[0].Pointer != "/stage" {
		t.Errorf("errors %+v", p.Errors)
	}
}

func TestR11_OutsideEventsCountOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id, _ := r.deal()
	tell := func(event, external string) *answer {
		return r.do(request{as: "manager", method: post, path: "/cases/" + id + "/events", body: map[string]any{"event": event, "external_id": external}})
	}
	first := tell("payment", "bank-7").want(http.StatusOK)
	again := tell("payment", "bank-7").want(http.StatusOK)
	if first.text("command.id") != again.text("command.id") {
		t.Errorf("told twice: %s and %s", first.body, again.body)
	}
	tell("payment", "bank-8").want(http.StatusOK)
	tell("earthquake", "").problem(http.StatusUnprocessableEntity, "validation_failed")
}

func TestTakingReleasingAndDelegating(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	second := r.hire("dispatcher2", crm.RoleDispatcher)
	caseID, taskID := r.appeal()
	act := func(as, what string, body any) *answer {
		return r.do(request{as: as, method: post, path: "/tasks/" + taskID + "/" + what, body: body})
	}
	act("manager", "take", nil).problem(http.StatusForbidden, "not_your_task")
	act("dispatcher", "release", nil).problem(http.StatusConflict, "task_not_taken")
	act("dispatcher", "take", nil).want(http.StatusOK)
	act("dispatcher", "take", nil).want(http.StatusOK)
	if p := act("dispatcher2", "take", nil).problem(http.StatusConflict, "task_taken"); !strings.Contains(p.Detail, "Имя dispatcher") {
		t.Errorf("problem %+v", p)
	}
	if items := r.do(request{as: "dispatcher2", method: get, path: "/tasks"}).at("items").([]any); len(items) != 0 {
		t.Error("a taken task is still in the pool")
	}
	if route := r.do(request{as: "manager", method: get, path: "/cases/" + caseID + "/route"}); route.text("stages.0.performer.name") != "Имя dispatcher" {
		t.Errorf("route %s", route.body)
	}
	act("dispatcher", "release", nil).want(http.StatusOK)
	act("dispatcher", "delegate", map[string]any{"user_id": "019aa000-0000-7000-8000-000000000000"}).problem(http.StatusUnprocessableEntity, "validation_failed")
	given := act("dispatcher", "delegate", map[string]any{"user_id": second.ID}).want(http.StatusOK)
	if given.text("taken_by") != second.ID.String() {
		t.Errorf("answer %s", given.body)
	}
	act("dispatcher", "take", nil).problem(http.StatusConflict, "task_taken")
	act("dispatcher2", "release", nil).want(http.StatusOK)
	act("dispatcher", "delegate", map[string]any{"user_id": second.ID}).want(http.StatusOK)
	act("dispatcher2", "complete", map[string]any{"outcome": "spam-duplicate", "fields": map[string]any{"reason": "other"}}).want(http.StatusOK)
	if p := act("dispatcher2", "take", nil).problem(http.StatusConflict, "task_completed"); !strings.Contains(p.Detail, "Spam, duplicate") {
		t.Errorf("%+v", p)
	}
}

func TestListsComeInPages(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for range 5 {
		r.appeal()
		r.now.pass(time.Minute)
	}
	r.deal()
	for path, want := range map[string]int{
		"/appeals?": 5, "/deals?": 1, "/cases?": 6, "/cases?kind=appeal&": 5, "/cases?status=open&map=appeal&stage=classification&": 5,
		"/cases?responsible=me&": 5, "/cases?q=станок&": 1, "/cases?q=A-00000&": 5, "/tasks?performer=all&": 6, "/tasks?": 5, "/clients?": 6, "/clients?q=Ромашка&": 1,
		"/clients?q=%25&": 0, "/interests?": 0,
	} {
		seen, next := map[string]bool{}, ""
		for pages := 0; ; pages++ {
			a := r.do(request{as: "dispatcher", method: get, path: path + "limit=2&after=" + next}).want(http.StatusOK)
			items := a.at("items").([]any)
			for _, item := range items {
				id := item.(map[string]any)["id"].(string)
				if seen[id] {
					t.Errorf("%s: %s comes twice", path, id)
				}
				seen[id] = true
			}
			cursor, more := a.at("next").(string)
			if !more {
				break
			}
			if next = cursor; len(items) != 2 || pages > 10 {
				t.Fatalf("%s: page %d of %d items", path, pages, len(items))
			}
		}
		if len(seen) != want {
			t.Errorf("%s: %d rows, want %d", path, len(seen), want)
		}
	}
}
