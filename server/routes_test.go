package server

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"marshrut/crm"
)

// TestEveryRouteIsInTheTableOfRights walks what gin really serves: a route that nobody gave an access to fails, and so does
// an access without its route.
func TestEveryRouteIsInTheTableOfRights(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	served := map[string]bool{}
	for _, route := range r.engine.Routes() {
		name := route.Method + " " + route.Path
		served[name] = true
		if r.routes[name].who == nobody {
			t.Errorf("%s has no access in the table", name)
		}
	}
	for name := range r.routes {
		if !served[name] {
			t.Errorf("%s is in the table and not served", name)
		}
	}
	if len(served) < 60 {
		t.Errorf("only %d routes are served", len(served))
	}
}

// TestEveryPathSaysWhatItsIDsAre: a path with an id that the table of paths does not know could show what is hidden.
func TestEveryPathSaysWhatItsIDsAre(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	used := map[string]bool{}
	for name := range r.routes {
		_, path, _ := strings.Cut(name, " "+apiPrefix+"/")
		first, rest, _ := strings.Cut(path, "/")
		if !strings.Contains(rest, ":") {
			continue
		}
		if used[first] = true; paths[first] == "" {
			t.Errorf("%s names a record by an id: say in paths (routes.go) whether those of %q are hidden, own or open", name, first)
		}
	}
	for first := range paths {
		if !used[first] {
			t.Errorf("no route has an id after %q, which is in paths", first)
		}
	}
}

// TestRightsOfEveryRoute asks every route as everybody: who is not allowed gets 401 or 403 before anything else is looked
// at, who is allowed never does for his role.
func TestRightsOfEveryRoute(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for name, route := range r.routes {
		method, pattern, _ := strings.Cut(name, " ")
		path := "//" + strings.TrimPrefix(concrete(pattern), "/")
		if name == "DELETE /api/v1/sessions/current" {
			continue // it ends the tokens that the others need
		}
		if got := r.do(request{method: method, path: path}).status; (got == http.StatusUnauthorized) != (route.who != public) {
			if name != "POST /api/v1/sessions" {
				t.Errorf("%s without signing in: %d, access %s", name, got, route.who)
			}
		}
		if route.who == public {
			continue
		}
		for _, role := range crm.Roles() {
			a := r.do(request{as: role, method: method, path: path})
			var p Problem
			if a.status == http.StatusForbidden {
				a.into(&p)
			}
			allowed := route.who.allows(r.users[role])
			if refused := p.Code == "not_allowed"; refused == allowed || allowed && (a.status == http.StatusForbidden || a.status >= http.StatusInternalServerError) {
				t.Errorf("%s as %s: status %d %s, allowed %v", name, role, a.status, p.Code, allowed)
			}
		}
	}
}

// TestAnInactiveUserMayDoNothing, whatever he may still sign requests with.
func TestAnInactiveUserMayDoNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.exec("update users set active = false where login = 'admin'")
	for name, route := range r.routes {
		method, pattern, _ := strings.Cut(name, " ")
		if route.who == public {
			continue
		}
		r.do(request{as: "admin", method: method, path: "//" + strings.TrimPrefix(concrete(pattern), "/")}).problem(http.StatusUnauthorized, "session_expired")
	}
}

// concrete puts ids that do not exist into a pattern.
func concrete(pattern string) string {
	parts := strings.Split(pattern, "/")
	for i, part := range parts {
		switch part {
		case ":id":
			parts[i] = uuid.NewString()
		case ":key":
			parts[i] = "no-such-template"
		case ":version":
			parts[i] = "1"
		case ":file":
			parts[i] = "swagger-ui.css"
		}
	}
	return strings.Join(parts, "/")
}

// TestR15_RolesMeanWhatTheySay is the table of shipped roles written out once more, so that a change of one is seen in the other.
func TestR15_RolesMeanWhatTheySay(t *testing.T) {
	t.Parallel()
	want := map[string][]access{
		crm.RoleAdmin:      {everyone, workers, designers, leaders, admins, exporters},
		crm.RoleDirector:   {everyone, workers, designers, leaders, exporters},
		crm.RoleHead:       {everyone, workers, exporters},
		crm.RoleDispatcher: {everyone, workers, exporters}, crm.RoleManager: {everyone, workers, exporters},
		crm.RoleDesigner: {everyone, workers, designers, exporters}, crm.RoleAuditor: {everyone, exporters}, "accountant": {everyone},
	}
	as := func(roles ...string) *crm.User {
		return &crm.User{Roles: roles, Granted: crm.Grant(crm.ShippedRoles(), roles...)}
	}
	for role, allowed := range want {
		for _, a := range []access{nobody, public, everyone, workers, designers, leaders, admins, exporters} {
			if expected := a == public || slices.Contains(allowed, a); a.allows(as(role)) != expected {
				t.Errorf("%s: %s is %v", role, a, !expected)
			}
		}
	}
	if workers.allows(&crm.User{}) {
		t.Error("a user without a role may change things")
	}
	if !workers.allows(as(crm.RoleAuditor, crm.RoleManager)) {
		t.Error("an auditor who is a manager too may not work")
	}
}

// TestEvilRequestsNeverCauseA500 sends every route what no client should: each answer is a problem document that has a text,
// or a success, and never a fault of ours.
func TestEvilRequestsNeverCauseA500(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	caseID, taskID := r.appeal()
	ids := []string{"x", "%00", "A-000001", uuid.NewString(), caseID, taskID}
	moreIDs := []string{"..", "%D0%BA%FF", strings.Repeat("9", 400), "-1", "'; drop table cases; --"}
	bodies := []string{
		"", "{", "[]", "null", "1", `"x"`, "{}", `{"a":1,"a":2}`, `{"topic":"\u0000"}`, "{\"topic\":\"\xff\"}", `{"fields":{"x":1e400}}`,
		`{"client_id":"x","topic":[],"fields":[]}`, `{"outcome":"hand-over","fields":{"purpose":{"a":[1]},"performer":"x"}}`,
		`{"outcome":"` + strings.Repeat("я", 300) + `"}`, `{"login":"` + strings.Repeat("a", 100) + `","password":"\n"}`,
		`{"source":"id: [\n- &a [*a]"}`, `{"user_id":"00000000-0000-0000-0000-000000000000"}`, `{"at":"9999999-01-01T00:00:00Z","kind":"call"}`,
		`{"kind":"call","at":"0000-01-01T00:00:00Z","client_id":"` + uuid.NewString() + `"}`, strings.Repeat("[", 10_000),
		`{"reason":"x","stage":"x","result":"won"}`, `{"event":"payment","external_id":"e","data":{"a":{"b":null}}}`,
		`{"name":"x","details":[{"kind":"email","value":"a@b@c"}]}`, `{"key":"","name":{}}`, `{"topic":"\ud800"}`,
	}
	queries := []string{"", "?limit=0", "?limit=99999999999999999999", "?after=%21", "?q=%00", "?q=%ff", "?q=%25%5C_", "?x=1", "?limit=1&limit=2", "?case=x&status=y", "?%zz", "?after=eyJpZCI6IjEifQ"}
	succeeded := 0
	try := func(method, path, body string) {
		a := r.do(request{as: "admin", method: method, path: path, body: body, headers: map[string]string{"If-Match": "*"}})
		if a.status >= http.StatusInternalServerError {
			t.Errorf("%s %s %.60q: %d %s", method, path, body, a.status, a.body)
		}
		if a.status < http.StatusBadRequest {
			succeeded++
			return
		}
		var p Problem
		a.into(&p)
		if _, known := r.texts.find(crm.EN, p.Code); !known || p.Detail == "" {
			t.Errorf("%s %s %.60q: no text for %q: %s", method, path, body, p.Code, a.body)
		}
	}
	for name := range r.routes {
		method, pattern, _ := strings.Cut(name, " ")
		if !strings.HasPrefix(pattern, apiPrefix) || pattern == apiPrefix+"/sessions/current" || pattern == apiPrefix+"/sessions" {
			continue
		}
		before, doneBefore := r.rows(), succeeded
		tried := ids
		if method == get {
			tried = slices.Concat(ids, moreIDs)
		}
		for _, id := range tried {
			path := "//" + strings.TrimPrefix(strings.NewReplacer(":id", escaped(id), ":key", escaped(id), ":version", escaped(id)).Replace(pattern), "/")
			if method == get {
				try(method, path, "")
				continue
			}
			for _, body := range bodies {
				try(method, path, body)
			}
			if !strings.Contains(pattern, ":") {
				break
			}
		}
		if method == get {
			for _, query := range queries {
				try(method, "//"+strings.TrimPrefix(concrete(pattern), "/")+query, "")
			}
		}
		if after := r.rows(); succeeded == doneBefore && after != before {
			t.Errorf("%s: every request was refused, and yet there are %d records instead of %d", name, after, before)
		}
	}
}

// rows counts the records. Commands are left out: they are kept when they are refused, too.
func (r *rig) rows() int {
	r.t.Helper()
	var n int
	err := r.db.Pool().QueryRow(r.t.Context(), `select (select count(*) from cases) + (select count(*) from tasks) + (select count(*) from clients)
		+ (select count(*) from contacts) + (select count(*) from contact_details) + (select count(*) from interactions)
		+ (select count(*) from legal_entities) + (select count(*) from regions) + (select count(*) from acquisition_sources)
		+ (select count(*) from client_history) + (select count(*) from files) + (select count(*) from templates) + (select count(*) from route_map_versions)
		+ (select count(*) from users) + (select count(*) from departments) + (select count(*) from feed)
		+ (select count(*) from transitions) + (select count(*) from notifications) + (select count(*) from case_events)`).Scan(&n)
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}

// escaped leaves percent escapes as they are and makes the rest fit into a request line.
func escaped(id string) string {
	return strings.NewReplacer(" ", "%20", "'", "%27", ";", "%3B").Replace(id)
}

func TestHEADAndOPTIONS(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	ask := func(method, path string) *http.Response {
		req, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+r.token["manager"])
		response, err := server.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := response.Body.Close(); err != nil {
			t.Fatal(err)
		}
		return response
	}
	if got := ask(http.MethodHead, "/api/v1/me"); got.StatusCode != http.StatusOK || got.ContentLength <= 0 {
		t.Errorf("HEAD: %d, %d bytes announced", got.StatusCode, got.ContentLength)
	}
	if got := ask(http.MethodHead, "/api/v1/nothing"); got.StatusCode != http.StatusNotFound {
		t.Errorf("HEAD of nothing: %d", got.StatusCode)
	}
	got := ask(http.MethodOptions, "/api/v1/clients")
	if got.StatusCode != http.StatusNoContent || got.Header.Get("Allow") != "GET, POST, HEAD, OPTIONS" && got.Header.Get("Allow") != "POST, GET, HEAD, OPTIONS" {
		t.Errorf("OPTIONS: %d, Allow %q", got.StatusCode, got.Header.Get("Allow"))
	}
	got = ask(http.MethodPut, "/api/v1/clients")
	if got.StatusCode != http.StatusMethodNotAllowed || !strings.Contains(got.Header.Get("Allow"), "POST") {
		t.Errorf("PUT: %d, Allow %q", got.StatusCode, got.Header.Get("Allow"))
	}
}
