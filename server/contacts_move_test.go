package server

import (
	"net/http"
	"strings"
	"testing"
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
