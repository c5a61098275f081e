package server

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"marshrut/crm"
)

func TestProblemDocuments(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	cases := []struct {
		name    string
		request request
		status  int
		code    string
		// of the first error; a parameter begins with "?"
		pointer, field string
	}{
		{"unknown route", request{method: get, path: "/nothing"}, 404, "unknown_route", "", ""},
		{"method", request{method: remove, path: "/clients"}, 405, "method_not_allowed", "", ""},
		{"not signed in", request{method: get, path: "/me"}, 401, "not_signed_in", "", ""},
		{"wrong scheme", request{method: get, path: "/me", headers: map[string]string{"Authorization": "Basic eDp4"}}, 401, "not_signed_in", "", ""},
		{"unknown token", request{method: get, path: "/me", headers: map[string]string{"Authorization": "Bearer x"}}, 401, "session_expired", "", ""},
		{"not json", request{as: "manager", method: post, path: "/clients", body: "{\n  \"name\": x}"}, 400, "malformed_json", "", ""},
		{"two values", request{as: "manager", method: post, path: "/clients", body: `{"name":"x"} {}`}, 400, "malformed_json", "", ""},
		{"no body", request{as: "manager", method: post, path: "/clients"}, 400, "body_required", "", ""},
		{"name twice", request{as: "manager", method: post, path: "/clients", body: `{"name":"x","name":"y"}`}, 400, "malformed_body", "/name", "repeated_field"},
		{"nested name twice", request{as: "manager", method: post, path: "/appeals", body: `{"fields":{"a/b":[{"x":1,"x":2}]}}`}, 400, "malformed_body", "/fields/a~1b/0/x", "repeated_field"},
		{"deep", request{as: "manager", method: post, path: "/clients", body: strings.Repeat("[", 100) + strings.Repeat("]", 100)}, 400, "nested_too_deeply", "", ""},
		{"nul", request{as: "manager", method: post, path: "/clients", body: `{"name":"a\u0000b"}`}, 400, "invalid_text", "/name", "invalid_text"},
		{"utf-8", request{as: "manager", method: post, path: "/clients", body: "{\"name\":\"\xff\"}"}, 400, "invalid_text", "", ""},
		{"unknown field", request{as: "manager", method: post, path: "/clients", body: `{"name":"x","surname":"y"}`}, 422, "validation_failed", "/surname", "unknown_field"},
		{"unknown field with a dot", request{as: "manager", method: post, path: "/clients", body: `{"name":"x","a.b":"y"}`}, 422, "validation_failed", "/a.b", "unknown_field"},
		{"case of a field", request{as: "manager", method: post, path: "/clients", body: `{"name":"x","Kind":"company"}`}, 422, "validation_failed", "/Kind", "unknown_field"},
		{"nested unknown field", request{as: "manager", method: post, path: "/clients", body: `{"name":"x","details":[{"kind":"email","value":"a@b.c"},{"kind":"email","value":"a@b.c","x":1}]}`}, 422, "validation_failed", "/details/1/x", "unknown_field"},
		{"missing field", request{as: "manager", method: post, path: "/clients", body: `{}`}, 422, "validation_failed", "/name", "required"},
		{"nested missing field", request{as: "manager", method: post, path: "/appeals", body: `{"client":{"email":"a@b.c"}}`}, 422, "validation_failed", "/client/name", "required"},
		{"type", request{as: "manager", method: post, path: "/clients", body: `{"name":1}`}, 422, "validation_failed", "/name", "expected_text"},
		{"option", request{as: "manager", method: post, path: "/clients", body: `{"name":"x","kind":"planet"}`}, 422, "validation_failed", "/kind", "expected_one_of"},
		{"length", request{as: "manager", method: post, path: "/clients", body: `{"name":"` + strings.Repeat("я", 301) + `"}`}, 422, "validation_failed", "/name", "too_long"},
		{"blank", request{as: "manager", method: post, path: "/clients", body: `{"name":"  "}`}, 422, "validation_failed", "/name", "required"},
		{"id in a body", request{as: "manager", method: post, path: "/contacts", body: `{"client_id":"7","name":"x"}`}, 422, "validation_failed", "/client_id", "expected_id"},
		{"id of nothing in a body", request{as: "manager", method: post, path: "/contacts", body: `{"client_id":"` + uuid.NewString() + `","name":"x"}`}, 422, "validation_failed", "/client_id", "not_found"},
		{"address", request{as: "manager", method: post, path: "/clients", body: `{"name":"x","details":[{"kind":"email","value":"Anna <a@b.c>"}]}`}, 422, "validation_failed", "/details/0/value", "expected_email"},
		{"address with a line break", request{as: "manager", method: post, path: "/clients", body: `{"name":"x","details":[{"kind":"email","value":"a@b.c\r\nBcc: d@e.f"}]}`}, 422, "validation_failed", "/details/0/value", "expected_email"},
		{"number", request{as: "manager", method: post, path: "/clients", body: `{"name":"x","details":[{"kind":"mobile","value":"call me"}]}`}, 422, "validation_failed", "/details/0/value", "expected_phone"},
		{"time zone", request{as: "manager", method: post, path: "/clients", body: `{"name":"x","time_zone":"Mars/Olympus"}`}, 422, "validation_failed", "/time_zone", "unknown_time_zone"},
		{"content type", request{as: "manager", method: post, path: "/clients", body: "name=x", headers: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}}, 415, "unsupported_media_type", "", ""},
		{"text as json", request{as: "manager", method: post, path: "/clients", body: `{"name":"x"}`, headers: map[string]string{"Content-Type": "text/plain"}}, 415, "unsupported_media_type", "", ""},
		{"another JSON", request{as: "manager", method: post, path: "/clients", body: `{"name":"x","name":"y"}`, headers: map[string]string{"Content-Type": "application/x+json"}}, 415, "unsupported_media_type", "", ""},
		{"too large", request{as: "manager", method: post, path: "/clients", body: `{"name":"` + strings.Repeat("x", maxBody) + `"}`}, 413, "body_too_large", "", ""},
		{"not an id in the path", request{as: "manager", method: get, path: "/clients/7"}, 404, "client_not_found", "", ""},
		{"nobody's id in the path", request{as: "manager", method: get, path: "/clients/" + uuid.NewString()}, 404, "client_not_found", "", ""},
		{"unknown number", request{as: "manager", method: get, path: "/cases/A-999999"}, 404, "case_not_found", "", ""},
		{"nul in the path", request{as: "manager", method: get, path: "/route-maps/%00"}, 400, "invalid_text", "", ""},
		{"unknown parameter", request{as: "manager", method: get, path: "/clients?surname=x"}, 422, "validation_failed", "?surname", "unknown_parameter"},
		{"parameter's type", request{as: "manager", method: get, path: "/clients?limit=x"}, 422, "validation_failed", "?limit", "expected_integer"},
		{"parameter's range", request{as: "manager", method: get, path: "/clients?limit=201"}, 422, "validation_failed", "?limit", "too_great"},
		{"parameter's option", request{as: "manager", method: get, path: "/tasks?status=lost"}, 422, "validation_failed", "?status", "expected_one_of"},
		{"parameter's id", request{as: "manager", method: get, path: "/tasks?case=7"}, 422, "validation_failed", "?case", "expected_id"},
		{"parameter twice", request{as: "manager", method: get, path: "/clients?q=a&q=b"}, 400, "malformed_query", "?q", "repeated_parameter"},
		{"query's escapes", request{as: "manager", method: get, path: "/clients?q=%zz"}, 400, "malformed_query", "", ""},
		{"query's text", request{as: "manager", method: get, path: "/clients?q=%ff"}, 400, "invalid_text", "", ""},
		{"cursor", request{as: "manager", method: get, path: "/clients?after=x"}, 400, "invalid_cursor", "?after", "invalid_cursor"},
		{"rights", request{as: "auditor", method: post, path: "/clients", body: `{"name":"x"}`}, 403, "not_allowed", "", ""},
		{"rights before the body", request{as: "auditor", method: post, path: "/clients", body: `{`}, 403, "not_allowed", "", ""},
		{"key", request{as: "manager", method: post, path: "/clients", body: `{"name":"x"}`, headers: map[string]string{"Idempotency-Key": "auto:x"}}, 400, "invalid_idempotency_key", "", ""},
		{"key's length", request{as: "manager", method: post, path: "/clients", body: `{"name":"x"}`, headers: map[string]string{"Idempotency-Key": strings.Repeat("k", 201)}}, 400, "invalid_idempotency_key", "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := r.do(c.request)
			a.t = t
			p := a.problem(c.status, c.code)
			if c.field == "" {
				return
			}
			if len(p.Errors) == 0 {
				t.Fatalf("no errors: %s", a.body)
			}
			e := p.Errors[0]
			place := e.Pointer
			if e.Parameter != "" {
				place = "?" + e.Parameter
			}
			if place != c.pointer || e.Code != c.field || e.Detail == "" {
				t.Errorf("error %+v, want %s at %s", e, c.field, c.pointer)
			}
		})
	}
}

func TestProblemsInTheCallersLanguage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	russian := func(a *answer) bool {
		p := a.problem(404, "unknown_route")
		return strings.Contains(p.Title, "ничего нет")
	}
	for header, want := range map[string]bool{
		"": true, "ru": true, "en": false, "en-GB,ru;q=0.5": false, "de, ru;q=0.9, en;q=0.8": true, "fr": true, "en;q=0, ru;q=0.1": true, "en;q=x": true,
	} {
		a := r.do(request{method: get, path: "/nothing", headers: map[string]string{"Accept-Language": header}})
		if got := russian(a); got != want {
			t.Errorf("Accept-Language %q: Russian is %v", header, got)
		}
	}
	// The language of a user counts for more than his browser's.
	p := r.do(request{method: get, path: "/clients/7", headers: map[string]string{
		"Accept-Language": "ru", "Cookie": cookieName + "=" + r.token["manager"],
	}}).problem(404, "client_not_found")
	if p.Title != "There is no such client" {
		t.Errorf("title %q", p.Title)
	}
}

// brokenUsers fails in ways that callers must not see.
type brokenUsers struct{ Users }

// ListUsers fails with what a database says.
func (brokenUsers) ListUsers(context.Context) ([]crm.User, error) {
	return nil, errors.New(`relation "secret_table" does not exist`)
}

// brokenOrganisation fails as badly.
type brokenOrganisation struct{ Organisation }

// ListDepartments panics.
func (brokenOrganisation) ListDepartments(context.Context) ([]crm.Department, error) {
	panic("secret cause")
}

func TestInternalErrorsStayInside(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(s *Services) {
		s.Users, s.Organisation = brokenUsers{s.Users}, brokenOrganisation{s.Organisation}
	})
	for path, cause := range map[string]string{"/users": "request failed", "/departments": `"cause":"string"`} {
		a := r.do(request{as: "manager", method: get, path: path, headers: map[string]string{"X-Request-Id": "req-7"}})
		p := a.problem(http.StatusInternalServerError, codeInternal)
		if strings.Contains(string(a.body), "secret") || p.RequestID != "req-7" || !strings.Contains(p.Detail, "req-7") {
			t.Errorf("%s: %s", path, a.body)
		}
		if log := r.log.String(); !strings.Contains(log, cause) || !strings.Contains(log, `"request_id":"req-7"`) {
			t.Errorf("%s: the log does not tell of it: %s", path, log)
		}
		if strings.Contains(r.log.String(), "secret") {
			t.Errorf("%s: the log repeats what may be somebody's data", path)
		}
	}
	if !strings.Contains(r.log.String(), "goroutine") {
		t.Error("the panic's stack is not in the log")
	}
}

func TestTheLogHasNoValuesOfRequests(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.do(request{as: "manager", method: get, path: "/clients?q=Ромашкина"}).want(http.StatusOK)
	r.do(request{as: "manager", method: get, path: "/cases/A-123456"}).want(http.StatusNotFound)
	r.do(request{as: "manager", method: get, path: "/Ромашкина"}).want(http.StatusNotFound)
	r.do(request{method: post, path: "/sessions", body: map[string]string{"login": "Ромашкина", "password": "пароль"}}).want(http.StatusUnauthorized)
	r.client()
	log := r.log.String()
	for _, personal := range []string{"Ромашк", "%D0", "romashka", "A-123456", "пароль", r.token["manager"]} {
		if strings.Contains(log, personal) {
			t.Errorf("%q is in the log", personal)
		}
	}
	if !strings.Contains(log, `"route":"/api/v1/cases/:id"`) || !strings.Contains(log, `"user_id"`) {
		t.Errorf("the log lacks the routes or the users: %s", log)
	}
}

func TestOnlySafeRequestIDsAreTakenOver(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for sent, taken := range map[string]bool{"abc-1.2_3": true, "": false, "a b": false, "x\ny": false, strings.Repeat("x", 65): false} {
		a := r.do(request{method: get, path: "//livez", headers: map[string]string{"X-Request-Id": sent}}).want(http.StatusOK)
		if got := a.header.Get("X-Request-Id"); (got == sent) != taken || got == "" {
			t.Errorf("sent %q, got %q", sent, got)
		}
	}
}
