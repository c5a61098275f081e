package server

import (
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/routemaps"
)

// switchBlocks switches off all blocks but those named, as the administrator, whatever is open.
func (r *rig) switchBlocks(on ...crm.Block) *answer {
	r.t.Helper()
	blocks := map[string]bool{}
	for _, b := range crm.Blocks() {
		blocks[string(b)] = false
	}
	for _, b := range on {
		blocks[string(b)] = true
	}
	return r.do(request{
		as: "admin", method: put, path: "/settings", headers: map[string]string{"If-Match": "*"},
		body: map[string]any{"blocks": blocks, "confirm": crm.Blocks()},
	}).want(http.StatusOK)
}

// ofBlocks are the secrets that belong to blocks, with a claim.
func (r *rig) ofBlocks() map[string][]string {
	r.t.Helper()
	all := r.secrets()
	claim := r.do(request{as: "manager", method: post, path: "/claims", body: map[string]any{
		"client_id": all["clients"][0], "topic": secretWord + " брак", "source": "site",
		"date": "2026-03-01", "description": "Треснул корпус",
	}}).want(http.StatusCreated)
	all["cases"] = append(all["cases"], claim.text("case.id"), claim.text("case.number"))
	all["tasks"] = append(all["tasks"][:1], claim.text("next_tasks.0.id"))
	all["files"] = []string{all["files"][0], all["files"][3]}
	for _, open := range []string{"clients", "contacts", "legal-entities", "imports"} {
		all[open] = nil
	}
	return all
}

// TestR22_ABlockThatIsOffIsNotThere: its records answer like none on every route, and no list, count, search, board or report tells of
// them; switched on again, everything is as it was.
func TestR22_ABlockThatIsOffIsNotThere(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	client := r.do(request{as: "manager", method: post, path: "/clients", body: map[string]any{"name": "Соседи"}}).want(http.StatusCreated).text("id")
	interest := r.do(request{as: "manager", method: post, path: "/interests", body: map[string]any{
		"client_id": client, "topic": "Станки", "source": "site",
	}}).want(http.StatusCreated)
	ids := r.ofBlocks()
	r.do(request{as: "manager", method: post, path: "/cases/" + ids["cases"][0] + "/comments", body: map[string]any{
		"kind": "note", "text": "@director, посмотрите",
	}}).want(http.StatusCreated)
	mentions := func() string {
		return r.do(request{as: "director", method: get, path: "/me/mentions"}).want(http.StatusOK).contents()
	}
	named := mentions()
	before := r.askLists("director")
	r.switchBlocks()
	after := r.askLists("director")
	for path, answer := range after {
		if strings.HasPrefix(path, "/audit") {
			continue // what was done is kept, whatever is switched off since
		}
		for _, word := range []string{"станок", "пресс", "шкаф", "брак"} {
			if strings.Contains(answer, secretWord+" "+word) {
				t.Errorf("%s tells of a record of a block that is off: %s", path, answer)
			}
		}
		for first, some := range ids {
			for _, id := range some {
				if strings.Contains(answer, id) {
					t.Errorf("%s has one of %s of a block that is off: %s", path, first, answer)
				}
			}
		}
	}
	if got := mentions(); got == named || !strings.Contains(got, `"items":[]`) {
		t.Errorf("mentions tell of a case of a block that is off: %s", got)
	}
	for _, path := range []string{"/deals", "/claims", "/interactions"} {
		if !strings.Contains(after[path], `"items":[]`) || strings.Contains(before[path], `"items":[]`) {
			t.Errorf("%s: %s, before %s", path, after[path], before[path])
		}
	}
	if !strings.Contains(after["/interests"], interest.text("case.id")) || !strings.Contains(after["/tasks"], `"items"`) {
		t.Errorf("interests are no block: %s", after["/interests"])
	}
	for _, path := range []string{"/boards/typical-sale", "/route-maps/typical-sale", "/reports/funnel?map=typical-sale"} {
		if !strings.HasPrefix(after[path], "404 ") || !strings.HasPrefix(before[path], "200 ") {
			t.Errorf("%s: %s, before %s", path, after[path], before[path])
		}
	}
	if tried := r.tryHidden(ids, "director", "admin"); tried < 200 {
		t.Errorf("only %d requests were tried", tried)
	}
	r.switchBlocks(crm.Blocks()...)
	if got := mentions(); got != named {
		t.Errorf("mentions were %s and are, all switched on again, %s", named, got)
	}
	for path, answer := range r.askLists("director") {
		if answer != before[path] && !strings.HasPrefix(path, "/audit") && !strings.HasPrefix(path, "/settings") {
			t.Errorf("%s was\n%s\nand is, all switched on again,\n%s", path, before[path], answer)
		}
	}
}

// TestR22_WhatIsOffIsNotMade: by no way of making it, and the refusal says why.
func TestR22_WhatIsOffIsNotMade(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	client := r.do(request{as: "manager", method: post, path: "/clients", body: map[string]any{
		"name": "Соседи", "details": []map[string]string{{"kind": "email", "value": "info@neighbours.example"}},
	}}).want(http.StatusCreated).text("id")
	interest := r.do(request{as: "manager", method: post, path: "/interests", body: map[string]any{"client_id": client, "topic": "Станки", "source": "site"}}).
		want(http.StatusCreated).text("case.id")
	r.switchBlocks()
	for path, body := range map[string]map[string]any{
		"/deals":                          {"client_id": client, "topic": "x", "source": "site", "kind": "process"},
		"/claims":                         {"client_id": client, "topic": "x", "source": "site", "date": "2026-03-01", "description": "x"},
		"/interactions":                   {"client_id": client, "kind": "call", "status": "completed", "at": r.now.now()},
		"/acceptance":                     {"as": "lost", "client": map[string]any{"name": "Кто-то"}, "kind": "call", "topic": "x", "lost_reason": "price"},
		"/cases/" + interest + "/letters": {"to": "info@neighbours.example", "subject": "x", "text": "x"},
	} {
		r.do(request{as: "manager", method: post, path: path, body: body}).problem(http.StatusConflict, "block_off")
	}
	var n int
	if err := r.db.Pool().QueryRow(t.Context(), "select (select count(*) from cases where kind in ('deal', 'claim')) + (select count(*) from interactions)").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d made, %v", n, err)
	}
}

// TestR22_AcceptedWithoutAnInteraction: the wizard offers no "lost", and a case comes without the interaction by which it came.
func TestR22_AcceptedWithoutAnInteraction(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.switchBlocks(crm.BlockDeals, crm.BlockClaims)
	offered := string(r.do(request{as: "manager", method: get, path: "/acceptance"}).want(http.StatusOK).body)
	if strings.Contains(offered, `"as":"lost"`) || !strings.Contains(offered, `"as":"interest"`) {
		t.Errorf("%s", offered)
	}
	body := map[string]any{"as": "interest", "client": map[string]any{"name": "Анна"}, "kind": "call", "topic": "Станки", "source": "site"}
	made := r.do(request{as: "manager", method: post, path: "/acceptance", body: body}).want(http.StatusCreated)
	if strings.Contains(string(made.body), `"interaction":`) {
		t.Errorf("%s", made.body)
	}
	body["content"], body["client"] = "Что сказано", map[string]any{"name": "Пётр"}
	r.do(request{as: "manager", method: post, path: "/acceptance", body: body}).problem(http.StatusConflict, "block_off")
}

// TestR22_WithoutInteractionsNobodyIsAskedForOne: neither a form nor rule R2 wants one, of the company and of one client alike.
func TestR22_WithoutInteractionsNobodyIsAskedForOne(t *testing.T) {
	t.Parallel()
	for name, without := range map[string][]crm.Block{"company": {}, "client": {crm.BlockInteractions}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			client := r.do(request{as: "manager", method: post, path: "/clients", body: map[string]any{"name": "Соседи", "without": without}}).
				want(http.StatusCreated).text("id")
			if len(without) == 0 {
				r.switchBlocks(crm.BlockDeals)
			}
			made := r.do(request{as: "manager", method: post, path: "/deals", body: map[string]any{
				"client_id": client, "topic": "x", "source": "site", "kind": "process",
			}}).want(http.StatusCreated)
			task := made.text("next_tasks.0.id")
			if form := string(r.do(request{as: "manager", method: get, path: "/tasks/" + task}).want(http.StatusOK).body); strings.Contains(form, `interaction"`) {
				t.Errorf("%s", form)
			}
			complete := func(fields map[string]any) *answer {
				return r.do(request{as: "manager", method: post, path: "/tasks/" + task + "/complete", body: map[string]any{"outcome": "made", "fields": fields}})
			}
			wrong := complete(map[string]any{"interaction": map[string]any{"kind": "call", "at": r.now.now()}}).problem(http.StatusUnprocessableEntity, "validation_failed")
			if len(wrong.Errors) != 1 || wrong.Errors[0].Code != "not_asked" {
				t.Errorf("%+v", wrong.Errors)
			}
			complete(map[string]any{}).want(http.StatusOK)

			// New clients' cases want the next interaction planned (R2).
			planned := r.do(request{as: "manager", method: post, path: "/interests", body: map[string]any{
				"client_id": client, "topic": "x", "source": "site", "map": "new-clients",
			}}).want(http.StatusCreated)
			r.do(request{
				as: "manager", method: patch, path: "/cases/" + planned.text("case.id"), body: map[string]any{"topic": "y"}, headers: map[string]string{"If-Match": "*"},
			}).want(http.StatusOK)
		})
	}
}

// TestR22_SwitchingOffIsConfirmed: open work is told by its counts, and goes only when its block is named; who may not change the settings
// reads them, without the counts.
func TestR22_SwitchingOffIsConfirmed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.ofBlocks()
	read := r.do(request{as: "manager", method: get, path: "/settings"}).want(http.StatusOK)
	if strings.Contains(string(read.body), "open") || read.header.Get("ETag") != `"1"` {
		t.Errorf("%s %s", read.header.Get("ETag"), read.body)
	}
	off := func(as, match string, confirm ...string) *answer {
		return r.do(request{
			as: as, method: put, path: "/settings", headers: map[string]string{"If-Match": match},
			body: map[string]any{"blocks": map[string]bool{"interactions": true, "deals": false, "claims": false}, "confirm": append([]string{}, confirm...)},
		})
	}
	off("director", `"1"`).problem(http.StatusForbidden, "not_allowed")
	off("admin", "").problem(http.StatusPreconditionRequired, "if_match_required")
	refused := off("admin", `"1"`, "claims").problem(http.StatusConflict, "blocks_in_use")
	if len(refused.Errors) != 1 || refused.Errors[0].Pointer != "/blocks/deals" || !strings.Contains(refused.Errors[0].Detail, "Open cases: 2, open tasks: 1, planned interactions: 1.") {
		t.Errorf("%+v", refused.Errors)
	}
	done := off("admin", `"1"`, "deals", "claims").want(http.StatusOK)
	for _, told := range []string{`"deals":{"open_cases":{"count":2,"more":false},"open_tasks":{"count":1`, `"claims":{"open_cases":{"count":1`, `"deals":false`} {
		if !strings.Contains(string(done.body), told) {
			t.Errorf("%s is not in %s", told, done.body)
		}
	}
	off("admin", `"1"`, "deals", "claims").problem(http.StatusPreconditionFailed, "stale")
	off("admin", `"2"`).want(http.StatusOK) // what is off already needs no word
	r.do(request{
		as: "admin", method: put, path: "/settings", headers: map[string]string{"If-Match": `"2"`},
		body: map[string]any{"blocks": map[string]bool{"interactions": true}},
	}).problem(http.StatusUnprocessableEntity, "validation_failed")
}

// TestR22_AStreamTellsNothingOfABlockThatIsOff from the next change on.
func TestR22_AStreamTellsNothingOfABlockThatIsOff(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ids := r.ofBlocks()
	r.switchBlocks()
	ctx := withCall(t.Context(), &call{server: r.Server, secret: "secret of director"})
	st := &stream{server: r.Server, wanted: &wanted{}}
	told, err := st.seen(ctx, []crm.ChangeRecord{
		{Topic: crm.TopicInteractions, RefID: uuid.MustParse(ids["interactions"][0]), At: time.Now()},
		{Topic: crm.TopicFeed, RefID: uuid.New(), CaseID: uuid.MustParse(ids["deals"][0])},
	})
	if err != nil || len(told) != 0 {
		t.Errorf("%+v, %v", told, err)
	}
}

// TestR37_APurposeHandsTheAppealOver to the one who deals with it, unless another is named; who does not work here is handed nothing.
func TestR37_APurposeHandsTheAppealOver(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	expert := r.hire("expert", crm.RoleManager)
	name := map[string]any{"name": map[string]any{"en": "Guarantee", "ru": "Гарантия"}, "performer_id": expert.ID}
	item := r.do(request{as: "designer", method: put, path: "/reference-lists/purpose/guarantee", body: name, headers: map[string]string{"If-None-Match": "*"}}).
		want(http.StatusOK)
	if item.text("performer_id") != expert.ID.String() {
		t.Errorf("%s", item.body)
	}
	hand := func(fields map[string]any) *answer {
		_, task := r.appeal()
		return r.do(request{as: "dispatcher", method: post, path: "/tasks/" + task + "/complete", body: map[string]any{"outcome": "hand-over", "fields": fields}})
	}
	if got := hand(map[string]any{"purpose": "guarantee"}).want(http.StatusOK).text("next_tasks.0.performer.user_id"); got != expert.ID.String() {
		t.Errorf("handed to %s", got)
	}
	manager := r.users["manager"].ID
	if got := hand(map[string]any{"purpose": "guarantee", "performer": manager}).want(http.StatusOK).text("next_tasks.0.performer.user_id"); got != manager.String() {
		t.Errorf("another was named, and it was handed to %s", got)
	}
	without := func() {
		t.Helper()
		p := hand(map[string]any{"purpose": "guarantee"}).problem(http.StatusUnprocessableEntity, "validation_failed")
		if len(p.Errors) != 1 || p.Errors[0].Pointer != "/fields/performer" || p.Errors[0].Code != "required" {
			t.Errorf("%+v", p.Errors)
		}
	}
	r.exec("update users set roles = '{auditor}' where id = $1", expert.ID)
	without()
	delete(name, "performer_id")
	r.do(request{as: "designer", method: put, path: "/reference-lists/purpose/guarantee", body: name, headers: map[string]string{"If-Match": item.header.Get("ETag")}}).
		want(http.StatusOK)
	without()

	name["performer_id"] = uuid.New()
	wrong := r.do(request{as: "designer", method: put, path: "/reference-lists/purpose/repair", body: name, headers: map[string]string{"If-None-Match": "*"}}).
		problem(http.StatusUnprocessableEntity, "validation_failed")
	if wrong.Errors[0].Pointer != "/performer_id" || wrong.Errors[0].Code != "not_found" {
		t.Errorf("%+v", wrong.Errors)
	}
	name["performer_id"] = expert.ID
	r.do(request{as: "designer", method: put, path: "/reference-lists/channel/radio", body: name, headers: map[string]string{"If-None-Match": "*"}}).
		problem(http.StatusUnprocessableEntity, "validation_failed")
}

// TestR37_TheFormSaysWhenAPerformerIsRequired: of a map whose purposes name none he is required for certain.
func TestR37_TheFormSaysWhenAPerformerIsRequired(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	form := func() string {
		_, task := r.appeal()
		asked := r.do(request{as: "dispatcher", method: get, path: "/tasks/" + task}).want(http.StatusOK)
		if asked.text("outcomes.0.form.0.field") != "purpose" || asked.at("outcomes.0.form.0.required") != true || asked.text("outcomes.0.form.1.field") != "performer" {
			t.Errorf("%s", asked.body)
		}
		unless, _ := asked.at("outcomes.0.form.1").(map[string]any)["required_unless"].(string)
		return fmt.Sprintf("%v %s", asked.at("outcomes.0.form.1.required"), unless)
	}
	if got := form(); got != "false purpose" {
		t.Errorf("of the company's purposes: %s", got)
	}
	source, err := fs.ReadFile(routemaps.Shipped(), "appeal.yaml")
	if err != nil {
		t.Fatal(err)
	}
	own := strings.Replace(string(source), "type: purpose", "type: choice\n    options: [{id: rent, name: {en: Rent, ru: Аренда}}]", 1)
	r.do(request{as: "designer", method: post, path: "/route-maps", body: map[string]any{"source": own}}).want(http.StatusCreated)
	if got := form(); got != "true " {
		t.Errorf("of the map's own: %s", got)
	}
}

// TestR37_APurposeOutOfUseIsNotChosen, and a map's own choices go on.
func TestR37_APurposeOutOfUseIsNotChosen(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.do(request{as: "designer", method: put, path: "/reference-lists/purpose/question", headers: map[string]string{"If-Match": "*"}, body: map[string]any{
		"name": map[string]any{"en": "Question", "ru": "Вопрос"}, "active": false,
	}}).want(http.StatusOK)
	_, task := r.appeal()
	complete := func(task, purpose string) *answer {
		return r.do(request{as: "dispatcher", method: post, path: "/tasks/" + task + "/complete", body: map[string]any{
			"outcome": "hand-over", "fields": map[string]any{"purpose": purpose, "performer": r.users["manager"].ID},
		}})
	}
	complete(task, "question").problem(http.StatusUnprocessableEntity, "validation_failed")
	complete(task, "service").want(http.StatusOK)

	source, err := fs.ReadFile(routemaps.Shipped(), "appeal.yaml")
	if err != nil {
		t.Fatal(err)
	}
	own := strings.Replace(string(source), "type: purpose", "type: choice\n    options: [{id: rent, name: {en: Rent, ru: Аренда}}]", 1)
	r.do(request{as: "designer", method: post, path: "/route-maps", body: map[string]any{"source": own}}).want(http.StatusCreated)
	_, task = r.appeal()
	complete(task, "service").problem(http.StatusUnprocessableEntity, "validation_failed")
	complete(task, "rent").want(http.StatusOK)
}

// TestR38_AMapIsChangedAsItWasRead: neither a change nor a new version in between is written over.
func TestR38_AMapIsChangedAsItWasRead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	change := func(match string) *answer {
		return r.do(request{as: "designer", method: patch, path: "/route-maps/appeal", body: map[string]any{"state": "archived"}, headers: map[string]string{"If-Match": match}})
	}
	read := func() string {
		return r.do(request{as: "designer", method: get, path: "/route-maps/appeal"}).want(http.StatusOK).header.Get("ETag")
	}
	change("").problem(http.StatusPreconditionRequired, "if_match_required")
	first := read()
	done := change(first).want(http.StatusOK)
	if tag := done.header.Get("ETag"); tag == first || tag != read() {
		t.Errorf("%s after %s, read as %s", tag, first, read())
	}
	change(first).problem(http.StatusPreconditionFailed, "stale")
	before := read()
	source, err := fs.ReadFile(routemaps.Shipped(), "appeal.yaml")
	if err != nil {
		t.Fatal(err)
	}
	r.do(request{as: "designer", method: post, path: "/route-maps", body: map[string]any{"source": strings.Replace(string(source), "5 working days", "6 working days", 1)}}).
		want(http.StatusCreated)
	change(before).problem(http.StatusPreconditionFailed, "stale")
}

// TestR15_ARoleIsCalledByItsName in the feed, on the route and in what a case waits for: a shipped one that was renamed as well as one of
// the company's own.
func TestR15_ARoleIsCalledByItsName(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.do(request{as: "admin", method: put, path: "/roles/dispatcher", headers: map[string]string{"If-Match": "*"}, body: map[string]any{
		"name": map[string]any{"en": "Reception", "ru": "Приёмная"}, "rights": []string{"work"}, "visibility": "all",
	}}).want(http.StatusOK)
	id, _ := r.appeal()
	for _, path := range []string{"/feed", "/route", "/why"} {
		if told := string(r.do(request{as: "manager", method: get, path: "/cases/" + id + path}).want(http.StatusOK).body); !strings.Contains(told, "Reception") {
			t.Errorf("%s: %s", path, told)
		}
	}
}
