package server

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

// program makes a token of the user with these scopes; it signs in as name.
func (r *rig) program(name, of string, scopes ...string) *answer {
	r.t.Helper()
	body := map[string]any{"name": name}
	if len(scopes) > 0 {
		body["scopes"] = scopes
	}
	made := r.do(request{as: of, method: post, path: "/me/tokens", body: body}).want(http.StatusCreated)
	r.token[name] = made.text("token")
	return made
}

// TestATokenDoesWhatItsScopesSay walks every route with tokens of the administrator, who has every right.
func TestATokenDoesWhatItsScopesSay(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, scopes := range [][]string{{"read"}, {"work"}, {"read", "design"}, {"administer", "export"}} {
		name := strings.Join(scopes, "+")
		r.program(name, "admin", scopes...)
		for route, known := range r.routes {
			if known.who == public {
				continue
			}
			method, pattern, _ := strings.Cut(route, " ")
			a := r.do(request{as: name, method: method, path: "//" + strings.TrimPrefix(concrete(pattern), "/")})
			var p Problem
			if a.status == http.StatusForbidden {
				a.into(&p)
			}
			want := ""
			switch {
			case known.who == everyone && !onlyReads(method):
				want = "beyond_scopes"
			case known.who != everyone && !slices.Contains(scopes, string(known.who)):
				want = "not_allowed"
			}
			if p.Code != want && (want != "" || p.Code == "beyond_scopes" || p.Code == "not_allowed") {
				t.Errorf("%s may %s: %d %q, want %q", name, route, a.status, p.Code, want)
			}
		}
	}
}

func TestATokenNeverDoesMoreThanItsUser(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.do(request{as: "manager", method: post, path: "/me/tokens", body: map[string]any{"name": "x", "scopes": []string{"read", "administer"}}}).
		problem(http.StatusUnprocessableEntity, "validation_failed")
	if p.Errors[0].Pointer != "/scopes/1" || p.Errors[0].Code != "not_your_right" {
		t.Errorf("errors %+v", p.Errors)
	}
	for _, wrong := range []any{[]string{}, []string{"fly"}} {
		r.do(request{as: "manager", method: post, path: "/me/tokens", body: map[string]any{"name": "x", "scopes": wrong}}).problem(http.StatusUnprocessableEntity, "validation_failed")
	}
	made := r.program("designing", "director", "design", "work")
	if made.text("scopes.0") != "read" || len(made.at("scopes").([]any)) != 3 {
		t.Errorf("made %s", made.body)
	}
	list := request{as: "designing", method: put, path: "/reference-lists/channel/pigeon", body: `{"name":{"ru":"Голубь"}}`, headers: map[string]string{"If-None-Match": "*"}}
	if got := r.do(list); got.status >= http.StatusBadRequest {
		t.Errorf("the director's program: %s", got.body)
	}
	change := request{as: "admin", method: patch, path: "/users/" + r.users["director"].ID.String(), body: `{"roles":["manager"]}`, headers: map[string]string{"If-Match": "*"}}
	r.do(change).want(http.StatusOK)
	r.do(list).problem(http.StatusForbidden, "not_allowed")
}

// browser signs in with a password from this address and program; it signs in as name afterwards.
func (r *rig) browser(name, login, agent string) *answer {
	r.t.Helper()
	made := r.do(request{method: post, path: "/sessions", body: map[string]any{"login": login, "password": password}, headers: map[string]string{"User-Agent": agent}}).want(http.StatusCreated)
	r.token[name] = made.text("token")
	return made
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.browser("laptop", "manager", "Firefox")
	r.now.pass(time.Hour)
	r.browser("phone", "manager", "Chrome")
	r.browser("other", "manager2", "Safari")
	listed := r.do(request{as: "laptop", method: get, path: "/me/sessions", headers: map[string]string{"User-Agent": "Firefox 2"}}).want(http.StatusOK)
	all := listed.at("items").([]any)
	if len(all) != 2 || listed.at("items.0.current") != true || listed.at("items.1.current") != false || listed.text("items.1.agent") != "Chrome" || listed.text("items.1.address") == "" {
		t.Fatalf("listed %s", listed.body)
	}
	again := r.do(request{as: "laptop", method: get, path: "/me/sessions"}).want(http.StatusOK)
	if used := again.text("items.0.last_used_at"); used != r.now.now().Format(time.RFC3339) || again.text("items.0.agent") != "Firefox 2" {
		t.Errorf("after an hour: %s", again.body)
	}
	phone := listed.text("items.1.id")
	r.do(request{as: "other", method: remove, path: "/me/sessions/" + phone}).problem(http.StatusNotFound, "session_not_found")
	r.do(request{as: "laptop", method: remove, path: "/me/sessions/" + phone}).want(http.StatusNoContent)
	r.do(request{as: "phone", method: get, path: "/me"}).problem(http.StatusUnauthorized, "session_expired")
	r.browser("phone", "manager", "Chrome")
	r.do(request{as: "laptop", method: remove, path: "/me/sessions"}).want(http.StatusNoContent)
	r.do(request{as: "phone", method: get, path: "/me"}).problem(http.StatusUnauthorized, "session_expired")
	r.do(request{as: "laptop", method: get, path: "/me"}).want(http.StatusOK)
}

func TestAnAdministratorEndsWhatOthersAreSignedInWith(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	path := "/users/" + r.users["manager"].ID.String()
	r.browser("laptop", "manager", "Firefox")
	r.browser("phone", "manager", "Chrome")
	shop := r.program("shop", "manager").text("id")
	for _, what := range []string{"/sessions", "/tokens"} {
		r.do(request{as: "director", method: get, path: path + what}).problem(http.StatusForbidden, "not_allowed")
		r.do(request{as: "admin", method: get, path: "/users/019aa000-0000-7000-8000-000000000000" + what}).problem(http.StatusNotFound, "user_not_found")
	}
	sessions := r.do(request{as: "admin", method: get, path: path + "/sessions"}).want(http.StatusOK)
	r.do(request{as: "admin", method: remove, path: path + "/sessions/" + sessions.text("items.0.id")}).want(http.StatusNoContent)
	r.do(request{as: "laptop", method: get, path: "/me"}).problem(http.StatusUnauthorized, "session_expired")
	r.do(request{as: "phone", method: get, path: "/me"}).want(http.StatusOK)
	r.do(request{as: "admin", method: remove, path: path + "/sessions"}).want(http.StatusNoContent)
	r.do(request{as: "phone", method: get, path: "/me"}).problem(http.StatusUnauthorized, "session_expired")
	r.do(request{as: "shop", method: get, path: "/me"}).want(http.StatusOK)
	r.do(request{as: "admin", method: remove, path: path + "/tokens/" + shop}).want(http.StatusNoContent)
	r.do(request{as: "shop", method: get, path: "/me"}).problem(http.StatusUnauthorized, "session_expired")
}

// TestUsesAreNotedSparingly: requests one after the other are no row each.
func TestUsesAreNotedSparingly(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	last := &crm.TokenUse{At: start, Address: "192.0.2.1"}
	for name, c := range map[string]struct {
		last *crm.TokenUse
		use  crm.TokenUse
		want bool
	}{
		"the first":          {nil, *last, true},
		"soon after":         {last, crm.TokenUse{At: start.Add(10*time.Minute - 1), Address: "192.0.2.1", Agent: "another"}, false},
		"a while after":      {last, crm.TokenUse{At: start.Add(10 * time.Minute), Address: "192.0.2.1"}, true},
		"from somewhere new": {last, crm.TokenUse{At: start, Address: "192.0.2.2"}, true},
	} {
		if got := c.use.Worth(c.last); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestNobodyIsSignedInByAnotherSite: a page elsewhere could else sign its visitor in as somebody who reads along.
func TestNobodyIsSignedInByAnotherSite(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	sign := func(headers map[string]string) *answer {
		return r.do(request{method: post, path: "/sessions", body: map[string]any{"login": "manager", "password": password}, headers: headers})
	}
	for _, headers := range []map[string]string{{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}} {
		sign(headers).problem(http.StatusForbidden, "cross_origin")
	}
	sign(map[string]string{"Sec-Fetch-Site": "same-origin"}).want(http.StatusCreated)
	sign(nil).want(http.StatusCreated)
}

// TestR15_AScopeHoldsWhereTheEngineDecides: a director's program without the right to lead is nobody's head, in a command and in plain
// changes.
func TestR15_AScopeHoldsWhereTheEngineDecides(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.program("working", "director", "work")
	r.program("leading", "director", "work", "lead")
	client := r.do(request{as: "manager", method: post, path: "/clients", body: map[string]any{"name": "x"}}).want(http.StatusCreated).text("id")
	deal := r.do(request{as: "manager", method: post, path: "/deals", body: map[string]any{
		"client_id": client, "topic": "x", "source": "site", "kind": "no_stages",
	}}).want(http.StatusCreated).text("case.id")
	try := func(as, method, path string, body any) *answer {
		return r.do(request{as: as, method: method, path: path, body: body, headers: map[string]string{"If-Match": "*"}})
	}
	absence := map[string]any{"user_id": r.users["manager"].ID, "starts_at": r.now.now().Add(time.Hour), "ends_at": r.now.now().Add(48 * time.Hour), "tasks_to": "head"}
	given := map[string]any{"responsible_id": r.users["manager2"].ID}
	event := map[string]any{"event": "call"}
	try("working", post, "/absences", absence).problem(http.StatusForbidden, "not_your_absence")
	try("working", patch, "/cases/"+deal, given).problem(http.StatusForbidden, "not_your_case")
	try("working", post, "/cases/"+deal+"/events", event).problem(http.StatusForbidden, "not_on_the_case")
	try("working", post, "/deals/"+deal+"/close", map[string]any{"result": "lost", "reason": "price"}).problem(http.StatusForbidden, "not_your_case")
	try("leading", post, "/absences", absence).want(http.StatusCreated)
	try("leading", patch, "/cases/"+deal, given).want(http.StatusOK)
	try("leading", post, "/deals/"+deal+"/close", map[string]any{"result": "lost", "reason": "price"}).want(http.StatusOK)
	reopen := map[string]any{"reason": "x"}
	try("working", post, "/cases/"+deal+"/reopen", reopen).problem(http.StatusForbidden, "only_a_head")
	try("leading", post, "/cases/"+deal+"/reopen", reopen).want(http.StatusOK)
}

// TestR66_AProgramChangesNothingOfItsUsersAccount: not by the paths of administrators either, whose right it has been given.
func TestR66_AProgramChangesNothingOfItsUsersAccount(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.program("administering", "admin", "administer")
	do := func(method, of, rest, body string) *answer {
		q := request{as: "administering", method: method, path: "/users/" + r.users[of].ID.String() + rest, headers: map[string]string{"If-Match": "*"}}
		if body != "" {
			q.body = body
		}
		return r.do(q)
	}
	none := "/" + uuid.NewString()
	for _, change := range []struct{ method, rest, body string }{
		{patch, "", `{"password":"another-long-password"}`},
		{patch, "", `{"name":"x"}`},
		{post, "/identities", `{"issuer":"https://id.example","subject":"x"}`},
		{remove, "/identities" + none, ""},
		{remove, "/sessions", ""},
		{remove, "/sessions" + none, ""},
		{remove, "/tokens" + none, ""},
	} {
		do(change.method, "admin", change.rest, change.body).problem(http.StatusForbidden, "beyond_scopes")
		if other := do(change.method, "manager", change.rest, change.body); other.status == http.StatusForbidden {
			t.Errorf("%s of a colleague's %q: %s", change.method, change.rest, other.body)
		}
	}
	do(get, "admin", "/sessions", "").want(http.StatusOK)
	r.do(request{as: "admin", method: patch, path: "/users/" + r.users["admin"].ID.String(), body: `{"name":"x"}`, headers: map[string]string{"If-Match": "*"}}).want(http.StatusOK)
}
