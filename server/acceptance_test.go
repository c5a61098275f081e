package server

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"marshrut/crm"
)

// ways are what the wizard offers somebody: "interest: new-clients; appeal: appeal; lost:".
func (r *rig) ways(as string) string {
	r.t.Helper()
	a := r.do(request{as: as, method: get, path: "/acceptance"}).want(http.StatusOK)
	var ways []string
	for _, one := range a.at("items").([]any) {
		way := one.(map[string]any)
		var maps []string
		for _, m := range way["maps"].([]any) {
			maps = append(maps, m.(map[string]any)["id"].(string))
		}
		ways = append(ways, strings.TrimSpace(way["as"].(string)+" "+strings.Join(maps, " ")))
	}
	return strings.Join(ways, ", ")
}

// TestR38_R41_TheWizardOffersWhatOneMayChoose: by the map's type, its mark for the wizard, its state, and whom it is for; and
// what it does not offer cannot be chosen.
func TestR38_R41_TheWizardOffersWhatOneMayChoose(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if got := r.ways("dispatcher"); got != "interest new-clients, appeal appeal, lost" {
		t.Errorf("as it comes: %s", got)
	}
	source := r.do(request{as: "designer", method: get, path: "/route-maps/appeal/versions/1"}).text("source")
	publish := func(id string, change ...string) {
		body := strings.NewReplacer(append([]string{"id: appeal\n", "id: " + id + "\n"}, change...)...).Replace(source)
		r.do(request{as: "designer", method: post, path: "/route-maps", body: map[string]any{"source": body}}).want(http.StatusCreated)
	}
	publish("complaint")
	publish("dependent", "independent: true", "independent: false")
	publish("internal", "acceptance_wizard: true", "acceptance_wizard: false")
	publish("sketch", "group:", "state: draft\ngroup:")
	if got := r.ways("dispatcher"); got != "interest new-clients, appeal appeal complaint, lost" {
		t.Errorf("with maps of all sorts: %s", got)
	}
	patch := func(id string, body map[string]any) {
		r.do(request{as: "designer", method: patch, path: "/route-maps/" + id, body: body, headers: map[string]string{"If-Match": "*"}}).want(http.StatusOK)
	}
	accept := func(as, id string) *answer {
		return r.do(request{as: as, method: post, path: "/acceptance", body: map[string]any{
			"as": "appeal", "map": id, "client": map[string]any{"name": "Анна", "create_anyway": true}, "kind": "call", "topic": "Вопрос", "source": "site",
		}})
	}
	patch("complaint", map[string]any{"available_to": map[string]any{"users": []string{"manager"}}})
	patch("appeal", map[string]any{"state": "archived"})
	if got := r.ways("dispatcher"); got != "interest new-clients, lost" {
		t.Errorf("for another, and archived: %s", got)
	}
	if got := r.ways("manager"); got != "interest new-clients, appeal complaint, lost" {
		t.Errorf("for whom it is: %s", got)
	}
	accept("manager", "complaint").want(http.StatusCreated)
	accept("manager", "").want(http.StatusCreated)
	for as, ids := range map[string][]string{"dispatcher": {"complaint", ""}, "manager": {"appeal", "dependent", "internal", "sketch", "new-clients", "none"}} {
		for _, id := range ids {
			if p := accept(as, id).problem(http.StatusUnprocessableEntity, "validation_failed"); p.Errors[0].Pointer != "/map" || p.Errors[0].Code != "map_not_available" {
				t.Errorf("%s, %q: %+v", as, id, p.Errors)
			}
		}
	}
	// Every other way to make a case knows state and availability too.
	for _, id := range []string{"complaint", "appeal", "sketch"} {
		r.do(request{as: "dispatcher", method: post, path: "/appeals", body: map[string]any{
			"client": map[string]any{"name": "Анна", "create_anyway": true}, "map": id, "topic": "Вопрос", "source": "site",
		}}).problem(http.StatusUnprocessableEntity, "map_not_available")
	}
}

// TestR1_R41_ARequestIsAccepted as an interest or an appeal with its first interaction, in one request.
func TestR1_R41_ARequestIsAccepted(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	client := r.client()
	contact := r.do(request{as: "manager", method: post, path: "/contacts", body: map[string]any{"client_id": client, "name": "Пётр"}}).want(http.StatusCreated).text("id")
	body := map[string]any{"as": "interest", "contact_id": contact, "kind": "call", "topic": "Станки", "content": "Спросил цену", "source": "site"}
	send := func(key string) *answer {
		return r.do(request{as: "manager", method: post, path: "/acceptance", body: body, headers: map[string]string{"Idempotency-Key": key}})
	}
	first := send("one").want(http.StatusCreated)
	id := first.text("case.id")
	if first.text("case.kind") != "interest" || first.text("case.client_id") != client || first.text("interaction.case_id") != id || first.text("interaction.direction") != "in" ||
		first.text("interaction.status") != "completed" || first.text("interaction.contact_id") != contact || first.text("interaction.content") != "Спросил цену" ||
		first.text("next_tasks.0.stage") != "acquaintance" {
		t.Errorf("accepted: %s", first.body)
	}
	if again := send("one").want(http.StatusCreated); again.text("case.id") != id || again.text("interaction.id") != first.text("interaction.id") {
		t.Errorf("the same once more: %s", again.body)
	}
	feed := r.do(request{as: "manager", method: get, path: "/cases/" + id + "/feed?groups=interactions"}).want(http.StatusOK)
	if items := feed.at("items").([]any); len(items) != 1 {
		t.Errorf("the feed of interactions: %s", feed.body)
	}
	if parts := r.do(request{as: "manager", method: get, path: "/cases/" + id + "/participants"}).want(http.StatusOK); parts.text("items.0.contact_id") != contact {
		t.Errorf("who takes part: %s", parts.body)
	}
	body = map[string]any{"as": "appeal", "client": map[string]any{"name": "Ольга", "phone": "+7 900 000-00-01"}, "kind": "email", "topic": "Где заказ?", "source": "site"}
	appeal := send("two").want(http.StatusCreated)
	if appeal.text("case.kind") != "appeal" || appeal.text("interaction.client_id") != appeal.text("case.client_id") || appeal.text("interaction.kind") != "email" {
		t.Errorf("an appeal: %s", appeal.body)
	}
	if a := r.do(request{as: "manager", method: get, path: "/agenda"}).want(http.StatusOK); a.text("items.0.appeal.id") != appeal.text("case.id") {
		t.Errorf("my affairs: %s", a.body)
	}
}

// TestR1_R41_WhatIsLostIsOnlyRecorded: no case, no card; and nothing is left of what is refused.
func TestR1_R41_WhatIsLostIsOnlyRecorded(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	send := func(body map[string]any) *answer {
		return r.do(request{as: "manager", method: post, path: "/acceptance", body: body})
	}
	lost := map[string]any{"as": "lost", "client": map[string]any{"name": "Прохожий", "phone": "+7 900 000-00-02"}, "kind": "call", "topic": "Не туда", "content": "Ошибся номером", "lost_reason": "no-need"}
	made := send(lost).want(http.StatusCreated)
	if made.at("case") != nil || made.at("interaction.lost") != true || made.text("interaction.participants.0.name") != "Прохожий" || made.text("interaction.lost_reason") != "no-need" {
		t.Errorf("lost: %s", made.body)
	}
	department := func(key string) string {
		return r.do(request{as: "admin", method: post, path: "/departments", body: map[string]any{"key": key, "name": map[string]string{"ru": key}}}).want(http.StatusCreated).text("id")
	}
	ours, others := department("ours"), department("others")
	r.do(request{as: "admin", method: patch, path: "/users/" + r.users["manager"].ID.String(), headers: map[string]string{"If-Match": "*"}, body: map[string]any{"department_id": ours}}).want(http.StatusOK)
	for query, want := range map[string]int{"lost=true&department=" + ours: 1, "lost=true&department=" + others: 0, "lost_reason=" + made.text("interaction.lost_reason"): 1, "lost=true&lost_reason=other": 0, "lost_reason=nonsense": 0} {
		if got := r.do(request{as: "manager", method: get, path: "/interactions?" + query}).want(http.StatusOK).at("items").([]any); len(got) != want {
			t.Errorf("%s: %d, want %d", query, len(got), want)
		}
	}
	if list := r.do(request{as: "manager", method: get, path: "/interactions?lost=true"}).want(http.StatusOK); list.text("items.0.id") != made.text("interaction.id") {
		t.Errorf("the list of what was lost: %s", list.body)
	}
	with := func(changes map[string]any) map[string]any {
		body := map[string]any{"as": "interest", "client": map[string]any{"name": "Вера"}, "kind": "call", "topic": "Станки", "source": "site"}
		for key, value := range changes {
			body[key] = value
			if value == nil {
				delete(body, key)
			}
		}
		return body
	}
	stranger := r.do(request{as: "manager", method: post, path: "/contacts", body: map[string]any{"client_id": r.client(), "name": "Чужой"}}).want(http.StatusCreated).text("id")
	count := func() (n int) {
		err := r.db.Pool().QueryRow(t.Context(), "select (select count(*) from cases) + (select count(*) from interactions) + (select count(*) from clients)").Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := count()
	for _, c := range []struct {
		pointer, code string
		body          map[string]any
	}{
		{"/lost_reason", "not_asked", with(map[string]any{"lost_reason": "x"})},
		{"/at", "in_the_future", with(map[string]any{"at": r.now.now().Add(time.Hour).Format(time.RFC3339)})},
		{"/at", "time_out_of_range", with(map[string]any{"at": "0001-01-01T00:00:00Z"})},
		{"/client_id", "required", with(map[string]any{"client": nil})},
		{"/client/name", "required", with(map[string]any{"client": map[string]any{"name": " "}})},
		{"/contact_id", "other_client", with(map[string]any{"contact_id": stranger})},
		{"/contact_id", "not_found", with(map[string]any{"client": nil, "contact_id": r.users["manager"].ID})},
		{"/source", "required", with(map[string]any{"source": ""})},
		{"/map", "not_asked", with(map[string]any{"as": "lost", "source": nil, "map": "appeal"})},
		{"/fields", "not_asked", with(map[string]any{"as": "lost", "source": nil, "fields": map[string]any{"a": 1}})},
		{"/source", "not_asked", with(map[string]any{"as": "lost"})},
		{"/lost_reason", "required", with(map[string]any{"as": "lost", "source": nil, "lost_reason": "\u200b"})},
		{"/client_id", "required", with(map[string]any{"as": "lost", "source": nil, "client": nil})},
		{"/client/name", "required", with(map[string]any{"as": "lost", "source": nil, "client": map[string]any{"name": " "}})},
		{"/client", "client_given_twice", with(map[string]any{"as": "lost", "source": nil, "client_id": stranger})},
	} {
		p := send(c.body).problem(http.StatusUnprocessableEntity, "validation_failed")
		if len(p.Errors) != 1 || p.Errors[0].Pointer != c.pointer || p.Errors[0].Code != c.code {
			t.Errorf("%v: %+v, want %s %s", c.body, p.Errors, c.pointer, c.code)
		}
	}
	if after := count(); after != before {
		t.Errorf("%d records before, %d after", before, after)
	}
	r.do(request{as: crm.RoleAuditor, method: post, path: "/acceptance", body: lost}).problem(http.StatusForbidden, "not_allowed")
}

// TestR41_ARequestIsLostForAReasonOfTheList, as a deal is: both doors name what is possible, and what was put out of use stays
// where it was chosen.
func TestR41_ARequestIsLostForAReasonOfTheList(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	accept := func(reason string) *answer {
		return r.do(request{as: "manager", method: post, path: "/acceptance", body: map[string]any{
			"as": "lost", "client": map[string]any{"name": "Прохожий"}, "kind": "call", "topic": "Станки", "lost_reason": reason,
		}})
	}
	record := func(reason string) *answer {
		return r.do(request{as: "manager", method: post, path: "/interactions", body: map[string]any{
			"participants": []any{map[string]any{"name": "Прохожий"}}, "kind": "call", "at": r.now.now(), "lost": true, "lost_reason": reason,
		}})
	}
	refused := func(a *answer, without string) {
		t.Helper()
		p := a.problem(http.StatusUnprocessableEntity, "validation_failed")
		if len(p.Errors) != 1 || p.Errors[0].Pointer != "/lost_reason" || p.Errors[0].Code != "expected_one_of" || !strings.Contains(p.Errors[0].Detail, "price, terms, product") ||
			without != "" && strings.Contains(p.Errors[0].Detail, without) {
			t.Errorf("refused: %+v", p.Errors)
		}
	}
	reasons := func() (keys []string) {
		for _, way := range r.do(request{as: "manager", method: get, path: "/acceptance"}).want(http.StatusOK).at("items").([]any) {
			offered, _ := way.(map[string]any)["reasons"].([]any)
			for _, one := range offered {
				keys = append(keys, one.(map[string]any)["key"].(string))
			}
		}
		return keys
	}
	first := accept("no-need").want(http.StatusCreated)
	second := record("no-need").want(http.StatusCreated)
	if got := reasons(); len(got) != 8 || got[5] != "no-need" {
		t.Errorf("offered: %v", got)
	}
	item := request{
		as: "designer", method: put, path: "/reference-lists/loss_reason/no-need", headers: map[string]string{"If-Match": "*"},
		body: map[string]any{"name": map[string]string{"en": "No need", "ru": "Не нужно"}, "position": 6, "active": false},
	}
	r.do(item).want(http.StatusOK)
	if got := reasons(); len(got) != 7 || slices.Contains(got, "no-need") {
		t.Errorf("still offered: %v", got)
	}
	for _, door := range []func(string) *answer{accept, record} {
		refused(door("Ошибся номером"), "")
		refused(door("quality"), "") // of another list
		refused(door("no-need"), "no-need")
	}
	for _, id := range []string{first.text("interaction.id"), second.text("id")} {
		if kept := r.changeInteraction(id, map[string]any{"content": "Ошибся номером"}).want(http.StatusOK); kept.text("lost_reason") != "no-need" {
			t.Errorf("of one recorded before: %s", kept.body)
		}
	}
	losses := r.report("director", "losses", "items")
	if rows := losses.at("items").([]any); len(rows) != 1 || losses.text("items.0.reason") != "no-need" || losses.text("items.0.name") != "No need" ||
		losses.at("items.0.requests") != 2.0 || losses.at("items.0.cases") != 0.0 {
		t.Errorf("losses: %s", losses.body)
	}
}
