package server

import (
	"net/http"
	"strings"
	"testing"
)

// TestFaultsOfAMapAreToldInTheCallersLanguage when it is checked and when it is published, and no choice is offered twice.
func TestFaultsOfAMapAreToldInTheCallersLanguage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.speaksRussian("director")
	r.do(request{
		as: "admin", method: put, path: "/roles/clerk", headers: map[string]string{"If-None-Match": "*"},
		body: map[string]any{"name": map[string]string{"en": "Clerk"}, "rights": []string{"work"}, "visibility": "all"},
	}).want(http.StatusOK)
	r.hire("clerk", "clerk")
	r.hire("clerk2", "clerk")
	if _, err := r.db.Pool().Exec(t.Context(), "update users set roles = array['designer'] where login = 'director'"); err != nil {
		t.Fatal(err)
	}
	source := strings.Replace(hookMap, "performer: responsible", "performer: {role: xyzzyxyzzy}", 1)
	lint := func(login string) *answer {
		return r.do(request{as: login, method: post, path: "/route-maps/lint", body: map[string]any{"source": source}}).want(http.StatusOK)
	}
	en, ru := lint("designer"), lint("director")
	if en.text("errors.0.detail") != `the role "xyzzyxyzzy" is unknown` || ru.text("errors.0.detail") != `неизвестно: роль "xyzzyxyzzy"` {
		t.Errorf("%s\n%s", en.body, ru.body)
	}
	const roles = "admin, auditor, clerk, designer, director, dispatcher, head, manager"
	if en.text("errors.0.hint") != "possible: "+roles || ru.text("errors.0.hint") != "возможны: "+roles {
		t.Errorf("%s\n%s", en.body, ru.body)
	}
	p := r.do(request{as: "director", method: post, path: "/route-maps", body: map[string]any{"source": source}}).
		problem(http.StatusUnprocessableEntity, "route_map_invalid")
	if len(p.Errors) != 1 || p.Errors[0].Detail != `неизвестно: роль "xyzzyxyzzy"` || p.Errors[0].Line == 0 {
		t.Errorf("published: %+v", p.Errors)
	}
	// A code that the catalogue knows for something else keeps what it says of the map.
	source = strings.Replace(hookMap, "finish: positive", "to: nowhere", 1)
	if got := lint("designer"); !strings.Contains(string(got.body), `"detail":"there is no stage \"nowhere\" here"`) {
		t.Errorf("an unknown stage: %s", got.body)
	}
}
