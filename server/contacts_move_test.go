package server

import (
	"net/http"
	"strings"
	"testing"

	"marshrut/crm"
)

// TestR44_R65_AContactEnteredAtTheWrongClientIsCorrected: both cards tell it; with whom something is recorded stays.
func TestR44_R65_AContactEnteredAtTheWrongClientIsCorrected(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	wrong, right := r.client(), r.client()
	contact := r.act("manager", "/contacts", map[string]any{"client_id": wrong, "name": "Мария"}).want(http.StatusCreated).text("id")
	move := func(to any) *answer {
		return r.do(request{as: "manager", method: patch, path: "/contacts/" + contact, headers: map[string]string{"If-Match": "*"}, body: map[string]any{"client_id": to}})
	}
	move(r.users["manager"].ID).wrongAt("/client_id", "not_found")
	move(nil).wrongAt("/client_id", "null_not_allowed")
	if moved := move(right).want(http.StatusOK); moved.text("client_id") != right {
		t.Errorf("corrected %s", moved.body)
	}
	for client, kind := range map[string]string{wrong: `"contact_left"`, right: `"contact_added"`} {
		history := string(r.do(request{as: "manager", method: get, path: "/clients/" + client + "/history"}).want(http.StatusOK).body)
		if !strings.Contains(history, kind) || !strings.Contains(history, contact) {
			t.Errorf("no %s in %s", kind, history)
		}
	}
	if history := r.do(request{as: "manager", method: get, path: "/clients/" + right + "/history"}).want(http.StatusOK); strings.Contains(string(history.body), "contact_changed") {
		t.Errorf("a change of nothing is told in %s", history.body)
	}
	for client, want := range map[string]int{wrong: 0, right: 1} {
		if listed := r.do(request{as: "manager", method: get, path: "/contacts?client=" + client}).want(http.StatusOK); len(listed.at("items").([]any)) != want {
			t.Errorf("%s has %s", client, listed.body)
		}
	}
	// Who was merged into him goes along: the same person is at one client.
	twin := r.act("manager", "/contacts", map[string]any{"client_id": right, "name": "Мария П."}).want(http.StatusCreated).text("id")
	r.act("manager", "/contacts/"+contact+"/merge", map[string]any{"from": twin}).want(http.StatusOK)
	move(wrong).want(http.StatusOK)
	if left := r.act("manager", "/contacts/"+twin+"/unmerge", nil).want(http.StatusOK); left.text("client_id") != wrong {
		t.Errorf("the twin is left at another client: %s", left.body)
	}
	move(right).want(http.StatusOK)
	r.called(map[string]any{"client_id": right, "alone": true, "participants": []any{map[string]any{"contact_id": contact}}})
	move(wrong).problem(http.StatusConflict, "contact_has_records")
	move(right).want(http.StatusOK) // it is there
	merged := r.client()
	r.act("manager", "/clients/"+right+"/merge", map[string]any{"from": merged}).want(http.StatusOK)
	move(merged).problem(http.StatusConflict, "client_merged")
}

// TestR15_WhereAContactWentIsNotToldOfAHiddenClient: whoever sees one of the two clients hears that he came or left, and not which the
// other one is.
func TestR15_WhereAContactWentIsNotToldOfAHiddenClient(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.narrow(crm.RoleDispatcher, crm.SeesOwn)
	seen, hidden := r.client(), r.client()
	contact := r.act("manager", "/contacts", map[string]any{"client_id": seen, "name": "Мария"}).want(http.StatusCreated).text("id")
	for _, to := range []string{hidden, seen} {
		r.do(request{as: "manager", method: patch, path: "/contacts/" + contact, headers: map[string]string{"If-Match": "*"}, body: map[string]any{"client_id": to}}).want(http.StatusOK)
	}
	history := func(as string) string {
		return string(r.do(request{as: as, method: get, path: "/clients/" + seen + "/history"}).want(http.StatusOK).body)
	}
	if told := history("dispatcher"); strings.Count(told, hidden) != 2 {
		t.Errorf("who sees both clients is told %s", told)
	}
	if _, err := r.db.Pool().Exec(t.Context(), "update clients set owner_id = $2 where id = $1", hidden, r.users["director"].ID); err != nil {
		t.Fatal(err)
	}
	if told := history("dispatcher"); strings.Contains(told, hidden) || !strings.Contains(told, `"contact_left"`) {
		t.Errorf("who does not see the other client is told %s", told)
	}
}
