package server

import (
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/oauth2-proxy/mockoidc"

	"marshrut/crm"
	"marshrut/openid"
)

// providerRig is a rig with an OpenID Connect provider beside it.
type providerRig struct {
	*rig
	provider *mockoidc.MockOIDC
}

func newProviderRig(t *testing.T) *providerRig {
	t.Helper()
	provider, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = provider.Shutdown() })
	return &providerRig{provider: provider, rig: newRig(t, func(s *Services) {
		s.Provider = openid.New(openid.Config{
			Issuer: provider.Issuer(), ClientID: provider.ClientID, ClientSecret: provider.ClientSecret,
			RedirectURL: "https://marshrut.example" + SignInBackPath, Log: slog.New(slog.DiscardHandler),
		})
	})}
}

// begin goes to sign in, and gives the way back that the provider shows the browser, and the browser's cookie.
func (r *providerRig) begin(who mockoidc.User) (back, cookie string) {
	r.t.Helper()
	r.provider.QueueUser(who)
	sent := r.do(request{method: get, path: "/sessions/oidc?return_to=/cases/A-000001"}).want(http.StatusFound)
	cookie, _, _ = strings.Cut(sent.header.Get("Set-Cookie"), ";")
	for _, part := range []string{"HttpOnly", "SameSite=Lax", "Path=/api/v1/sessions/oidc"} {
		if !strings.Contains(sent.header.Get("Set-Cookie"), part) {
			r.t.Errorf("the cookie is %s", sent.header.Get("Set-Cookie"))
		}
	}
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	q, err := http.NewRequestWithContext(r.t.Context(), get, sent.header.Get("Location"), nil)
	if err != nil {
		r.t.Fatal(err)
	}
	answered, err := browser.Do(q)
	if err != nil {
		r.t.Fatal(err)
	}
	_ = answered.Body.Close()
	to, err := answered.Location()
	if err != nil {
		r.t.Fatalf("the provider answers %d: %v", answered.StatusCode, err)
	}
	return to.RequestURI(), cookie
}

// comeBack follows the way back with a cookie.
func (r *providerRig) comeBack(back, cookie string) *answer {
	r.t.Helper()
	return r.do(request{method: get, path: "//" + strings.TrimPrefix(back, "/"), headers: map[string]string{"Cookie": cookie, "User-Agent": "Firefox"}})
}

// signIn does it all; the answer is the last one.
func (r *providerRig) signIn(who mockoidc.User) *answer {
	r.t.Helper()
	return r.comeBack(r.begin(who))
}

// signedInAs is the login that an answer's cookie is of.
func (r *providerRig) signedInAs(a *answer) string {
	r.t.Helper()
	cookies := a.want(http.StatusFound).header.Values("Set-Cookie")
	if a.header.Get("Location") != "/cases/A-000001" || len(cookies) != 2 || !strings.Contains(cookies[1], "Max-Age=0") {
		r.t.Errorf("sent to %s with %v", a.header.Get("Location"), cookies)
	}
	value, _, _ := strings.Cut(cookies[0], ";")
	_, r.token["browser"], _ = strings.Cut(value, "=")
	return r.do(request{as: "browser", method: get, path: "/me"}).want(http.StatusOK).text("login")
}

func (r *providerRig) give(login, body string) {
	r.t.Helper()
	r.do(request{as: "admin", method: patch, path: "/users/" + r.users[login].ID.String(), body: body, headers: map[string]string{"If-Match": "*"}}).want(http.StatusOK)
}

func TestSigningInWithAProvider(t *testing.T) {
	t.Parallel()
	r := newProviderRig(t)
	r.give("manager", `{"email":"Anna@example.com"}`)
	anna := &mockoidc.MockUser{Subject: "anna", Email: "anna@example.com", EmailVerified: true}
	if ways := r.do(request{method: get, path: "/sessions/ways"}).want(http.StatusOK); ways.text("oidc") != "/api/v1/sessions/oidc" {
		t.Errorf("the ways %s", ways.body)
	}
	r.signIn(&mockoidc.MockUser{Subject: "anna", Email: "anna@example.com"}).problem(http.StatusForbidden, "identity_unknown")
	if login := r.signedInAs(r.signIn(anna)); login != "manager" {
		t.Errorf("signed in as %s", login)
	}
	if listed := r.do(request{as: "browser", method: get, path: "/me/sessions"}).want(http.StatusOK); listed.text("items.0.agent") != "Firefox" {
		t.Errorf("the sessions %s", listed.body)
	}
	// It is her from now on, whatever her e-mail is; whoever has her e-mail there is not.
	if login := r.signedInAs(r.signIn(&mockoidc.MockUser{Subject: "anna", Email: "else@example.com", EmailVerified: true})); login != "manager" {
		t.Errorf("signed in as %s", login)
	}
	r.signIn(&mockoidc.MockUser{Subject: "another", Email: "anna@example.com", EmailVerified: true}).problem(http.StatusForbidden, "identity_unknown")
	r.signIn(&mockoidc.MockUser{Subject: "stranger", Email: "stranger@example.com", EmailVerified: true}).problem(http.StatusForbidden, "identity_unknown")
	r.give("manager", `{"active":false}`)
	r.do(request{as: "browser", method: get, path: "/me"}).problem(http.StatusUnauthorized, "session_expired")
	r.signIn(anna).problem(http.StatusForbidden, "identity_unknown")
}

func TestAnEMailOfSeveralTellsNobodyApart(t *testing.T) {
	t.Parallel()
	r := newProviderRig(t)
	r.give("manager", `{"email":"office@example.com"}`)
	r.give("manager2", `{"email":"office@example.com"}`)
	r.signIn(&mockoidc.MockUser{Subject: "x", Email: "office@example.com", EmailVerified: true}).problem(http.StatusForbidden, "identity_unknown")
}

// TestOnlyTheBrowserThatWasSentComesBack: links, codes and cookies of others are good for nothing.
func TestOnlyTheBrowserThatWasSentComesBack(t *testing.T) {
	t.Parallel()
	r := newProviderRig(t)
	r.give("manager", `{"email":"anna@example.com"}`)
	anna := &mockoidc.MockUser{Subject: "anna", Email: "anna@example.com", EmailVerified: true}
	back, cookie := r.begin(anna)
	_, of := r.begin(anna)
	for _, wrong := range []string{"", of, "marshrut_sign_in=e30", "marshrut_sign_in=%"} {
		r.comeBack(back, wrong).problem(http.StatusBadRequest, "sign_in_attempt_unknown")
	}
	way, err := url.Parse(back)
	if err != nil {
		t.Fatal(err)
	}
	r.comeBack(way.Path+"?error=access_denied&state="+way.Query().Get("state"), cookie).problem(http.StatusForbidden, "sign_in_elsewhere_refused")
	r.comeBack(way.Path+"?state="+way.Query().Get("state"), cookie).problem(http.StatusForbidden, "sign_in_elsewhere_failed")
	r.comeBack(way.Path+"?code=made-up&state="+way.Query().Get("state"), cookie).problem(http.StatusForbidden, "sign_in_elsewhere_failed")
	r.comeBack(back, cookie).want(http.StatusFound)
	r.comeBack(back, cookie).problem(http.StatusForbidden, "sign_in_elsewhere_failed")
	for name, change := range map[string]func(*signInAttempt){
		"the nonce": func(a *signInAttempt) { a.Nonce = "another" }, "the verifier": func(a *signInAttempt) { a.Verifier = newSecret() },
	} {
		back, cookie := r.begin(anna)
		if got := r.comeBack(back, altered(t, cookie, change)); got.status != http.StatusForbidden {
			t.Errorf("with another %s: %s", name, got.body)
		}
	}
	for _, to := range []string{"https://evil.example", "//evil.example", `/\evil.example`, "cases"} {
		r.do(request{method: get, path: "/sessions/oidc?return_to=" + url.QueryEscape(to)}).problem(http.StatusUnprocessableEntity, "validation_failed")
	}
}

// altered is a cookie that its owner has changed.
func altered(t *testing.T, cookie string, change func(*signInAttempt)) string {
	t.Helper()
	name, value, _ := strings.Cut(cookie, "=")
	text, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil {
		t.Fatal(err)
	}
	var a signInAttempt
	if err := json.Unmarshal(text, &a); err != nil {
		t.Fatal(err)
	}
	change(&a)
	if text, err = json.Marshal(a); err != nil {
		t.Fatal(err)
	}
	return name + "=" + base64.RawURLEncoding.EncodeToString(text)
}

func TestUsersAreMadeBySigningInOnlyWhereThatIsWanted(t *testing.T) {
	t.Parallel()
	r := newProviderRig(t)
	r.config.ProviderRoles = []string{crm.RoleAuditor}
	vera := &mockoidc.MockUser{Subject: "vera", Email: "Vera@example.com", EmailVerified: true}
	for range 2 {
		if login := r.signedInAs(r.signIn(vera)); login != "vera@example.com" {
			t.Errorf("signed in as %s", login)
		}
	}
	me := r.do(request{as: "browser", method: get, path: "/me"}).want(http.StatusOK)
	if roles := me.at("roles").([]any); len(roles) != 1 || roles[0] != crm.RoleAuditor {
		t.Errorf("she has %v", roles)
	}
	r.signInAs("vera@example.com", "").problem(http.StatusUnprocessableEntity, "validation_failed")
	r.signInAs("vera@example.com", "a long secret").problem(http.StatusUnauthorized, "wrong_login_or_password")
	r.signIn(&mockoidc.MockUser{Subject: "other", Email: "vera@example.com", EmailVerified: true}).problem(http.StatusForbidden, "identity_unknown")
	r.signIn(&mockoidc.MockUser{Subject: "unverified", Email: "unverified@example.com"}).problem(http.StatusForbidden, "identity_unknown")
}

func TestAnAdministratorLinksIdentities(t *testing.T) {
	t.Parallel()
	r := newProviderRig(t)
	path := "/users/" + r.users["manager"].ID.String() + "/identities"
	body := map[string]any{"issuer": r.provider.Issuer(), "subject": "anna"}
	made := r.do(keyed("admin", path, "k", body)).want(http.StatusCreated)
	if again := r.do(keyed("admin", path, "k", body)).want(http.StatusCreated); again.text("id") != made.text("id") {
		t.Errorf("again %s", again.body)
	}
	r.do(request{as: "admin", method: post, path: "/users/" + r.users["director"].ID.String() + "/identities", body: body}).problem(http.StatusConflict, "identity_taken")
	r.do(request{as: "admin", method: post, path: path, body: map[string]any{"issuer": r.provider.Issuer(), "subject": "other"}}).problem(http.StatusConflict, "identity_taken")
	anna := &mockoidc.MockUser{Subject: "anna"}
	if login := r.signedInAs(r.signIn(anna)); login != "manager" {
		t.Errorf("signed in as %s", login)
	}
	if listed := r.do(request{as: "admin", method: get, path: path}).want(http.StatusOK); listed.text("items.0.subject") != "anna" {
		t.Errorf("listed %s", listed.body)
	}
	r.do(request{as: "admin", method: remove, path: "/users/" + r.users["director"].ID.String() + "/identities/" + made.text("id")}).problem(http.StatusNotFound, "identity_not_found")
	r.do(request{as: "admin", method: remove, path: path + "/" + made.text("id")}).want(http.StatusNoContent)
	r.do(request{as: "browser", method: get, path: "/me"}).problem(http.StatusUnauthorized, "session_expired")
	r.signIn(anna).problem(http.StatusForbidden, "identity_unknown")
}

func TestAProviderThatIsAway(t *testing.T) {
	t.Parallel()
	r := newProviderRig(t)
	back, cookie := r.begin(mockoidc.DefaultUser())
	if err := r.provider.Shutdown(); err != nil {
		t.Fatal(err)
	}
	r.comeBack(back, cookie).problem(http.StatusServiceUnavailable, "provider_away")
	r.signInAs("manager", password).want(http.StatusCreated)
	none := newRig(t)
	for _, path := range []string{"/sessions/oidc", "/sessions/oidc/callback?state=x&code=x"} {
		none.do(request{method: get, path: path}).problem(http.StatusNotFound, "sign_in_elsewhere_off")
	}
	if ways := none.do(request{method: get, path: "/sessions/ways"}); ways.at("oidc") != nil {
		t.Errorf("the ways %s", ways.body)
	}
	starting := newRig(t, func(s *Services) {
		s.Provider = openid.New(openid.Config{Issuer: "http://127.0.0.1:1", ClientID: "x", Log: slog.New(slog.DiscardHandler)})
	})
	for range 2 {
		starting.do(request{method: get, path: "/sessions/oidc"}).problem(http.StatusServiceUnavailable, "provider_away")
	}
}

// TestTheChallengeGoesToTheProvider: PKCE with S256, a state and a nonce, all different each time.
func TestTheChallengeGoesToTheProvider(t *testing.T) {
	t.Parallel()
	r := newProviderRig(t)
	var seen []string
	for range 2 {
		to, err := url.Parse(r.do(request{method: get, path: "/sessions/oidc"}).want(http.StatusFound).header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		q := to.Query()
		if q.Get("code_challenge_method") != "S256" || q.Get("response_type") != "code" || !strings.Contains(q.Get("scope"), "openid") {
			t.Errorf("sent to %s", to)
		}
		seen = append(seen, q.Get("code_challenge"), q.Get("state"), q.Get("nonce"))
	}
	slices.Sort(seen)
	if len(slices.Compact(seen)) != 6 || seen[0] == "" {
		t.Errorf("%q", seen)
	}
}
