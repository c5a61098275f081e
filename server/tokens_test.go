package server

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestATokenForAProgram(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	made := r.do(request{as: "manager", method: post, path: "/me/tokens", body: map[string]any{"name": " Shop "}}).want(http.StatusCreated)
	r.token["shop"] = made.text("token")
	if len(r.token["shop"]) < 40 || made.text("name") != "Shop" {
		t.Errorf("made %s", made.body)
	}
	if login := r.do(request{as: "shop", method: get, path: "/me"}).want(http.StatusOK).text("login"); login != "manager" {
		t.Errorf("the program is signed in as %s", login)
	}
	listed := r.do(request{as: "manager", method: get, path: "/me/tokens"}).want(http.StatusOK)
	if strings.Contains(string(listed.body), r.token["shop"]) || !strings.Contains(string(listed.body), made.text("id")) {
		t.Errorf("listed %s", listed.body)
	}
	// Nobody else sees it or ends it.
	if other := r.do(request{as: "director", method: get, path: "/me/tokens"}).want(http.StatusOK); strings.Contains(string(other.body), made.text("id")) {
		t.Errorf("somebody else's tokens: %s", other.body)
	}
	one := request{as: "director", method: remove, path: "/me/tokens/" + made.text("id")}
	r.do(one).problem(http.StatusNotFound, "token_not_found")
	one.as = "manager"
	r.do(one).want(http.StatusNoContent)
	r.do(request{as: "shop", method: get, path: "/me"}).problem(http.StatusUnauthorized, "session_expired")
	if left := r.do(request{as: "manager", method: get, path: "/me/tokens"}); strings.Contains(string(left.body), made.text("id")) {
		t.Errorf("an ended token is listed: %s", left.body)
	}
}

func TestATokenEndsWhenItWasAskedTo(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ask := func(body map[string]any) *answer {
		return r.do(request{as: "manager", method: post, path: "/me/tokens", body: body})
	}
	ask(map[string]any{"name": "x", "expires_at": r.now.now()}).problem(http.StatusUnprocessableEntity, "validation_failed")
	ask(map[string]any{"name": "  "}).problem(http.StatusUnprocessableEntity, "validation_failed")
	r.token["shop"] = ask(map[string]any{"name": "x", "expires_at": r.now.now().Add(time.Hour)}).want(http.StatusCreated).text("token")
	r.do(request{as: "shop", method: get, path: "/me"}).want(http.StatusOK)
	r.now.pass(time.Hour)
	r.do(request{as: "shop", method: get, path: "/me"}).problem(http.StatusUnauthorized, "session_expired")
}

// TestNothingIsKeptOfAPassword: a hash of a body with a password in it could be guessed by trying.
func TestNothingIsKeptOfAPassword(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	body := map[string]any{"login": "anna", "name": "Анна", "roles": []string{"manager"}, "password": "a long secret"}
	first := r.do(keyed("admin", "/users", "k", body)).want(http.StatusCreated)
	if again := r.do(keyed("admin", "/users", "k", body)).want(http.StatusCreated); again.text("id") != first.text("id") {
		t.Errorf("two users of one key: %s and %s", first.body, again.body)
	}
	body["login"] = "vera"
	r.do(keyed("admin", "/users", "k", body)).problem(http.StatusUnprocessableEntity, "idempotency_key_reused")
	var kept int
	if err := r.db.Pool().QueryRow(t.Context(), "select count(*) from idempotency").Scan(&kept); err != nil || kept != 0 {
		t.Errorf("%d rows are kept of requests with a password, %v", kept, err)
	}
}

// TestASecretIsKeptNowhere looks for what was answered in every table that keeps something of requests.
func TestASecretIsKeptNowhere(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	q := keyed("manager", "/me/tokens", "k", map[string]any{"name": "Shop"})
	secret := r.do(q).want(http.StatusCreated).text("token")
	r.do(q).problem(http.StatusConflict, "token_shown")
	for _, other := range []map[string]any{{"name": "Till"}, {"name": "Shop", "expires_at": r.now.now().Add(time.Hour)}} {
		r.do(keyed("manager", "/me/tokens", "k", other)).problem(http.StatusUnprocessableEntity, "idempotency_key_reused")
	}
	if listed := r.do(request{as: "manager", method: get, path: "/me/tokens"}); strings.Count(string(listed.body), `"Shop"`) != 1 {
		t.Errorf("asked twice with one key: %s", listed.body)
	}
	var kept int
	err := r.db.Pool().QueryRow(t.Context(), `select (select count(*) from idempotency)
		+ (select count(*) from tokens where strpos(tokens::text, $1) > 0)`, secret).Scan(&kept)
	if err != nil || kept != 0 {
		t.Errorf("%d rows keep something of the request, %v", kept, err)
	}
	if strings.Contains(r.log.String(), secret) {
		t.Error("the log has the secret")
	}
}
