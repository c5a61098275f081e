package server

import (
	"maps"
	"net/http"
	"testing"
	"time"
)

// wrongAt wants a 422 for the field.
func (a *answer) wrongAt(pointer, code string) {
	a.t.Helper()
	p := a.problem(http.StatusUnprocessableEntity, "validation_failed")
	if len(p.Errors) == 0 || p.Errors[0].Pointer != pointer || p.Errors[0].Code != code {
		a.t.Errorf("told %+v, want %s at %s", p.Errors, code, pointer)
	}
}

func TestR24_R25_AChainIsWithOneClient(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a, b := r.client(), r.client()
	of := func(client string, more map[string]any) map[string]any {
		body := map[string]any{"client_id": client, "alone": true}
		maps.Copy(body, more)
		return body
	}
	first, other := r.called(of(a, nil)).text("id"), r.called(of(b, nil)).text("id")
	after := map[string]any{"subject_id": first}
	r.changeInteraction(other, after).wrongAt("/subject_id", "other_client")
	body := of(b, after)
	body["kind"], body["at"] = "call", r.now.now().Add(-time.Hour)
	r.do(request{as: "manager", method: post, path: "/interactions", body: body}).wrongAt("/subject_id", "other_client")

	// Somebody unknown yet goes with any; he is not a way for the deal of one client to another's interactions.
	stranger := r.called(map[string]any{"participants": []any{map[string]any{"name": "Кто-то"}}}).text("id")
	r.changeInteraction(stranger, after).want(http.StatusOK)
	r.changeInteraction(other, map[string]any{"subject_id": stranger}).want(http.StatusOK)
	deal := r.do(request{as: "manager", method: post, path: "/deals", body: map[string]any{"client_id": a, "topic": "Поставка", "source": "Звонок"}}).want(http.StatusCreated).text("case.id")
	r.changeInteraction(first, map[string]any{"deal_id": deal}).want(http.StatusOK)
	for id, want := range map[string]any{first: deal, stranger: deal, other: nil} {
		if got := r.do(request{as: "manager", method: get, path: "/interactions/" + id}).want(http.StatusOK); got.at("deal_id") != want {
			t.Errorf("the deal is not %v: %s", want, got.body)
		}
	}
	late := r.called(of(b, nil)).text("id")
	r.changeInteraction(late, map[string]any{"subject_id": stranger}).wrongAt("/subject_id", "other_client") // the chain's deal is another client's

	next := r.called(of(a, after)).text("id")
	r.changeInteraction(next, map[string]any{"client_id": b, "deal_id": nil}).wrongAt("/client_id", "other_client")
	r.changeInteraction(next, map[string]any{"client_id": b, "deal_id": nil, "subject_id": nil}).want(http.StatusOK)
}

// plannedCall plans a call in two hours, to be reminded of an hour before.
func (r *rig) plannedCall() string {
	r.t.Helper()
	return r.do(request{as: "manager", method: post, path: "/interactions", body: map[string]any{
		"kind": "call", "status": "planned", "at": r.now.now().Add(2 * time.Hour), "remind_at": r.now.now().Add(time.Hour),
		"participants": []any{map[string]any{"name": "Кто-то"}},
	}}).want(http.StatusCreated).text("id")
}

func TestR4_ARestoredInteractionHasItsReminder(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	soon, late := r.plannedCall(), r.plannedCall()
	for _, id := range []string{soon, late} {
		r.changeInteraction(id, map[string]any{"status": "cancelled"}).want(http.StatusOK)
	}
	r.changeInteraction(soon, map[string]any{"remind_at": r.now.now().Add(time.Hour / 2)}).wrongAt("/remind_at", "not_asked")
	if back := r.changeInteraction(soon, map[string]any{"status": "planned"}).want(http.StatusOK); back.text("remind_at") != r.now.now().Add(time.Hour).Format(time.RFC3339Nano) {
		t.Errorf("restored %s", back.body)
	}
	r.now.pass(90 * time.Minute)
	if back := r.changeInteraction(late, map[string]any{"status": "planned"}).want(http.StatusOK); back.at("remind_at") != nil {
		t.Errorf("restored after the time of its reminder: %s", back.body)
	}
}

func TestR4_R28_DoneBeforeItsTime(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.plannedCall()
	r.changeInteraction(id, map[string]any{"status": "completed", "at": r.now.now().Add(time.Hour)}).wrongAt("/at", "in_the_future")
	done := r.changeInteraction(id, map[string]any{"status": "completed", "result": "ок"}).want(http.StatusOK)
	if done.text("at") != r.now.now().Format(time.RFC3339Nano) || done.at("remind_at") != nil {
		t.Errorf("done %s", done.body)
	}
	r.changeInteraction(id, map[string]any{"remind_at": r.now.now().Add(time.Hour)}).want(http.StatusOK) // its review may be put off
	if seen := r.changeInteraction(id, map[string]any{"reviewed": true}).want(http.StatusOK); seen.at("remind_at") != nil {
		t.Errorf("reviewed %s", seen.body)
	}
	r.changeInteraction(id, map[string]any{"remind_at": r.now.now().Add(time.Hour)}).wrongAt("/remind_at", "not_asked")
}

func TestR7_R65_ACorrectedClientHidesNothingOfTheCase(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id, _ := r.appeal()
	planned := r.do(request{as: "manager", method: post, path: "/interactions", body: map[string]any{
		"kind": "call", "status": "planned", "at": r.now.now().Add(2 * time.Hour), "case_id": id,
	}}).want(http.StatusCreated).text("id")
	held := r.called(map[string]any{"case_id": id}).text("id")
	r.do(request{as: "dispatcher", method: patch, path: "/cases/" + id, headers: map[string]string{"If-Match": "*"}, body: map[string]any{"client_id": r.client()}}).
		want(http.StatusOK)
	feed := r.do(request{as: "manager", method: get, path: "/cases/" + id + "/feed?client=true"}).want(http.StatusOK)
	if feed.text("planned.0.id") != planned {
		t.Errorf("planned %s", feed.body)
	}
	found := 0
	for _, one := range feed.at("items").([]any) {
		if one.(map[string]any)["id"] == held {
			found++
		}
	}
	if found != 1 {
		t.Errorf("%d times what was held: %s", found, feed.body)
	}
	// The next one after it is with the client that the case has now.
	next := r.called(map[string]any{"subject_id": held}).text("client_id")
	if next == feed.text("planned.0.client_id") || next == "" {
		t.Errorf("the next is with %q", next)
	}
}

func TestNullIsRefusedWhereNoneIsKnown(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id, _ := r.appeal()
	anyVersion := map[string]string{"If-Match": "*"}
	for _, field := range []string{"region", "name", "source"} {
		r.do(request{as: "manager", method: patch, path: "/clients/" + r.client(), headers: anyVersion, body: map[string]any{field: nil}}).
			wrongAt("/"+field, "null_not_allowed")
	}
	r.do(request{as: "manager", method: patch, path: "/cases/" + id, headers: anyVersion, body: map[string]any{"topic": nil}}).wrongAt("/topic", "null_not_allowed")
	call := r.called(map[string]any{"case_id": id}).text("id")
	for _, field := range []string{"at", "kind"} {
		r.changeInteraction(call, map[string]any{field: nil}).wrongAt("/"+field, "null_not_allowed")
	}
	r.changeInteraction(call, map[string]any{"participants": []any{map[string]any{"name": nil}}}).wrongAt("/participants/0/name", "null_not_allowed")
	r.changeInteraction(call, map[string]any{"ends_at": nil, "responsible_id": nil}).want(http.StatusOK) // emptied
}

func TestWrongFieldsAreToldWithTheirPlaces(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	client := r.client()
	nobody := "00000000-0000-4000-8000-000000000001"
	send := func(path string, body map[string]any) *answer {
		return r.do(request{as: "manager", method: post, path: path, body: body})
	}
	deal := func(more map[string]any) map[string]any {
		body := map[string]any{"client_id": client, "topic": "Станок", "source": "site"}
		maps.Copy(body, more)
		return body
	}
	send("/deals", deal(map[string]any{"stage": "offer"})).wrongAt("/stage", "not_asked")
	send("/deals", deal(map[string]any{"stage": "offer", "kind": "no_stages"})).wrongAt("/stage", "not_asked")
	send("/deals", deal(map[string]any{"participants": []any{map[string]any{"role": "observer"}}})).wrongAt("/participants/0", "one_party")
	for _, field := range []string{"deal_id", "case_id"} {
		send("/interactions", map[string]any{"kind": "call", "at": r.now.now(), field: nobody}).wrongAt("/"+field, "not_found")
		r.changeInteraction(r.called(map[string]any{"client_id": client}).text("id"), map[string]any{field: nobody}).wrongAt("/"+field, "not_found")
	}
	// The same name again: what is wrong is told before who it may be.
	send("/clients", map[string]any{"name": "ООО Ромашка", "owner_id": nobody}).wrongAt("/owner_id", "not_found")
	send("/clients", map[string]any{"name": "ООО Ромашка"}).problem(http.StatusConflict, "possible_duplicates")
	gone := r.hire("leaver", "manager")
	if _, err := r.db.Pool().Exec(t.Context(), "update users set active = false where id = $1", gone.ID); err != nil {
		t.Fatal(err)
	}
	send("/clients", map[string]any{"name": "ООО Василёк", "owner_id": gone.ID}).wrongAt("/owner_id", "user_not_active")
}
