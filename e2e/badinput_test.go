package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// operation is what the description says of one route.
type operation struct {
	method, path string
	ID           string `json:"operationId"`
	Parameters   []struct{ Name, In string }
	RequestBody  *struct {
		Content map[string]any
	}
}

func operations(t *testing.T) []operation {
	t.Helper()
	var description struct {
		Paths map[string]map[string]operation
	}
	fetch(t, page("/openapi.json"), &description)
	var all []operation
	for path, methods := range description.Paths {
		for method, o := range methods {
			o.method, o.path = strings.ToUpper(method), path
			all = append(all, o)
		}
	}
	slices.SortFunc(all, func(a, b operation) int { return strings.Compare(a.ID, b.ID) })
	require.Greater(t, len(all), 50)
	return all
}

// badRequest is one malformed request.
type badRequest struct {
	what    string
	path    string
	body    any
	headers []header
}

const nobody = "00000000-0000-4000-8000-000000000000"

// badRequests are requests of a route of which none may do anything: ids says what stands for the {parts} of its path.
func badRequests(o operation, ids map[string]string) []badRequest {
	fill := func(value string) string {
		path := o.path
		for _, p := range o.Parameters {
			if p.In == "path" {
				path = strings.ReplaceAll(path, "{"+p.Name+"}", value)
			}
		}
		return path
	}
	var all []badRequest
	if fill("") != o.path {
		for name, value := range map[string]string{
			"no id": "not-an-id", "an unknown id": nobody, "NUL": "%00", "broken UTF-8": "%ff%fe", "quotes": url.PathEscape(`'";--`),
			"a long id": strings.Repeat("9", 3000), "a path": url.PathEscape("../../etc/passwd"), "Cyrillic": url.PathEscape("Ключ"),
			"a huge number": "A-99999999999999999999",
		} {
			all = append(all, badRequest{what: name, path: fill(value), body: bodyFor(o, object{})})
		}
	}
	path := o.path
	for part, id := range ids {
		path = strings.ReplaceAll(path, part, id)
	}
	for name, query := range badQueries(o) {
		all = append(all, badRequest{what: "query " + name, path: path + "?" + query, body: bodyFor(o, object{})})
	}
	if o.RequestBody == nil {
		return all
	}
	for name, body := range badBodies() {
		all = append(all, badRequest{what: "body " + name, path: path, body: []byte(body)})
	}
	for _, kind := range []string{"text/plain", "application/xml", "multipart/form-data", "application/json; charset=koi8-r", ";;", "multipart/form-data; boundary=x"} {
		all = append(all, badRequest{what: "type " + kind, path: path, body: []byte("{"), headers: []header{{"Content-Type", kind}}})
	}
	return append(all,
		badRequest{what: "a long key", path: path, body: []byte("["), headers: []header{key(strings.Repeat("k", 1000))}},
		badRequest{what: "encoding", path: path, body: []byte("{"), headers: []header{{"Content-Encoding", "gzip"}}},
		badRequest{what: "If-Match", path: path, body: []byte("{"), headers: []header{{"If-Match", "\"\x7f"}}},
	)
}

func bodyFor(o operation, body object) any {
	if o.RequestBody == nil {
		return nil
	}
	return body
}

func badQueries(o operation) map[string]string {
	all := map[string]string{}
	for _, p := range o.Parameters {
		if p.In != "query" {
			continue
		}
		all[p.Name+" NUL"] = p.Name + "=%00"
		all[p.Name+" broken"] = p.Name + "=%ff%fe"
		all[p.Name+" long"] = p.Name + "=" + strings.Repeat("x", 3000)
		all[p.Name+" negative"] = p.Name + "=-1"
		all[p.Name+" twice"] = p.Name + "=a&" + p.Name + "=b"
	}
	return all
}

func badBodies() map[string]string {
	long := strings.Repeat("я", 2<<20)
	bodies := map[string]string{
		"empty": "", "no JSON": "{", "an array": "[]", "a text": `"text"`, "a number": "1e999", "null": "null", "two": "{}{}", "a comma": `{"a":1,}`,
		"an unknown field": `{"surely_unknown": 1}`, "duplicates": `{"surely_unknown":1,"surely_unknown":2}`,
		"depth": strings.Repeat(`{"a":`, 20_000) + "1" + strings.Repeat("}", 20_000), "an array's depth": strings.Repeat("[", 50_000),
		"huge": `{"name":"` + long + `"}`, "broken UTF-8": "{\"name\":\"\xff\xfe\"}", "a lone surrogate": `{"surely_unknown":"\ud800"}`, "BOM": "\ufeff{}x",
	}
	// The names that bodies have somewhere, each with values of every wrong sort.
	names := []string{
		"name", "login", "password", "email", "client_id", "client", "fields", "outcome", "stage", "reason", "result", "user_id", "at", "kind",
		"event", "data", "source", "key", "roles", "details", "values", "available_to", "incident_id", "case_id", "status", "subject", "texts",
	}
	for _, value := range []string{`1`, `-1.5`, `true`, `null`, `[]`, `{}`, `""`, `"\u0000"`, `"a\u0000b"`, `[1]`, `{"a":"\u0000"}`, `"` + nobody + `x"`} {
		fields := make([]string, len(names))
		for i, name := range names {
			fields[i] = fmt.Sprintf("%q:%s", name, value)
		}
		bodies["all "+value] = "{" + strings.Join(fields, ",") + "}"
	}
	return bodies
}

// rowCounts counts the rows of every table, when what has been changed is in the audit.
func rowCounts(t *testing.T) map[string]int {
	t.Helper()
	until(t, "the audit is sealed", func() bool { return number(t, "select count(*) from audit_pending") == 0 })
	rows, err := system.db.Query(t.Context(), "select tablename from pg_tables where schemaname = 'public'")
	require.NoError(t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.Greater(t, len(tables), 20)
	counts := map[string]int{}
	for _, table := range tables {
		counts[table] = number(t, "select count(*) from "+pgx.Identifier{table}.Sanitize())
	}
	// A letter about a notice that stood there before may go out meanwhile.
	counts["changes"] = number(t, "select count(*) from changes where topic <> 'notices'")
	// That somebody tried to sign in, or asked for a list to take away, is in the audit, and nothing has changed by it.
	counts["audit"] = number(t, "select count(*) from audit where action in ('insert', 'update', 'delete')")
	return counts
}

// Not parallel: nothing else may write rows meanwhile.
func TestBadInputOnEveryRoute(t *testing.T) {
	// Something for the paths to name: what is malformed is then the rest of the request.
	c := newClient()
	made := as(manager).open(t, "appeals", c, nil)
	deal := as(manager).open(t, "deals", newClient(), object{"kind": "process"})
	as(manager).ledger(t, made.Case.ID)
	until(t, "the workflows are known to be started, and everybody has been told", func() bool {
		return number(t, "select count(*) from cases where workflow_started_at is null and mode <> 'none'") == 0 &&
			number(t, "select count(*) from notifications where status in ('pending', 'sending')") == 0 &&
			number(t, "select count(*) from notice_events") == 0
	})
	contact := as(manager).contact(t, made.Case.ClientID)
	ids := map[string]string{"{key}": "appeal-accepted", "{version}": "1"}
	before, sent := rowCounts(t), 0
	for _, o := range operations(t) {
		ids["{id}"] = pathID(o.path, made, deal, contact)
		for _, p := range []*person{as(admin), as(englishManager)} {
			for _, bad := range badRequests(o, ids) {
				checkRefusal(t, p, o, bad)
				sent++
			}
		}
	}
	t.Logf("%d requests", sent)
	for table, n := range rowCounts(t) {
		require.Equal(t, before[table], n, "rows of %s", table)
	}
	checkUnknownRoutes(t)
}

// pathID is something that exists for a path's {id}.
func pathID(path string, appeal, deal step, contact string) string {
	for prefix, id := range map[string]string{
		"/api/v1/cases": appeal.Case.ID, "/api/v1/deals": deal.Case.ID, "/api/v1/tasks": appeal.NextTasks[0].ID, "/api/v1/clients": appeal.Case.ClientID,
		"/api/v1/contacts": contact, "/api/v1/route-maps": "appeal", "/api/v1/users": as(manager).id,
	} {
		if strings.HasPrefix(path, prefix) {
			return id
		}
	}
	return nobody
}

// harmless are routes with an effect for which an empty or odd body is no bad input.
var harmless = []string{"sign-out", "take-task", "release-task"}

func checkRefusal(t *testing.T, p *person, o operation, bad badRequest) {
	t.Helper()
	if slices.Contains(harmless, o.ID) {
		return
	}
	name := fmt.Sprintf("%s %s as %s: %s", o.method, o.path, p.login, bad.what)
	a, err := p.try(t.Context(), o.method, bad.path, bad.body, append(slices.Clone(bad.headers), header{"Accept-Language", p.lang})...)
	if err != nil {
		// What cannot be sent has done nothing either; a connection cut off would be a crash.
		require.NotContains(t, err.Error(), "EOF", name)
		return
	}
	require.Less(t, a.status, 500, "%s: %s", name, a.body)
	if a.status < 400 {
		require.Contains(t, []string{http.MethodGet, http.MethodPatch}, o.method, "%s: %d %s", name, a.status, a.body)
		return
	}
	found := a.problem(t)
	russian := strings.ContainsFunc(found.Title, func(r rune) bool { return r >= 'А' && r <= 'я' })
	require.Equal(t, p.lang == "ru", russian, "%s: %s", name, a.body)
	require.NotRegexp(t, "pgx|SQLSTATE|pq:|huma|goroutine", string(a.body), name)
}

func checkUnknownRoutes(t *testing.T) {
	t.Helper()
	for path, want := range map[string]int{"/nothing": 404, "/cases/" + nobody + "/nothing": 404, "/appeals/": 404} {
		a := as(manager).call(t, http.MethodGet, path, nil)
		require.Equal(t, want, a.status, path)
		a.problem(t)
	}
	a := as(manager).call(t, http.MethodDelete, "/appeals", nil)
	require.Equal(t, http.StatusMethodNotAllowed, a.status)
	a.problem(t)
	stranger := &person{token: "no such token"}
	a = stranger.call(t, http.MethodGet, "/cases", nil)
	require.Equal(t, http.StatusUnauthorized, a.status)
	a.problem(t)
}
