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
	"time"

	"marshrut/crm"
	"marshrut/openid"
	"marshrut/openid/openidtest"
)

// providerRig is a rig with an OpenID Connect provider beside it.
type providerRig struct {
	*rig
	provider *openidtest.Provider
}

const marshrutExample = "https://marshrut.example"

func newProviderRig(t *testing.T, people ...openidtest.Person) *providerRig {
	t.Helper()
	provider := openidtest.Start(t, marshrutExample, SignInBackPath, openidtest.Mood{People: people})
	var r *rig
	r = newRig(t, func(s *Services) {
		s.Provider = openid.New(openid.Config{
			Issuer: provider.Issuer, ClientID: openidtest.ClientID, ClientSecret: openidtest.ClientSecret,
			RedirectURL: marshrutExample + SignInBackPath, SignedOutURL: marshrutExample + "/", Log: slog.New(slog.DiscardHandler),
			Clock: func() time.Time { return r.now.now() },
		})
	})
	return &providerRig{provider: provider, rig: r}
}

// begin goes to sign in, and gives the way back that the provider shows the browser, and the browser's cookie.
func (r *providerRig) begin(subject string) (back, cookie string) {
	r.t.Helper()
	sent := r.do(request{method: get, path: "/sessions/oidc?return_to=/cases/A-000001"}).want(http.StatusFound)
	cookie, _, _ = strings.Cut(sent.header.Get("Set-Cookie"), ";")
	for _, part := range []string{"HttpOnly", "SameSite=Lax", "Path=/api/v1/sessions/oidc"} {
		if !strings.Contains(sent.header.Get("Set-Cookie"), part) {
			r.t.Errorf("the cookie is %s", sent.header.Get("Set-Cookie"))
		}
	}
	browser := openidtest.NewBrowser(r.t)
	if asked := browser.Visit(sent.header.Get("Location")); asked.Status != http.StatusOK {
		r.t.Fatalf("the provider does not ask who it is: %d %s", asked.Status, asked.Page)
	}
	signed := browser.SignIn(sent.header.Get("Location"), subject)
	if signed.To == nil {
		r.t.Fatalf("the provider answers %d %s", signed.Status, signed.Page)
	}
	return signed.To.RequestURI(), cookie
}

// comeBack follows the way back with a cookie.
func (r *providerRig) comeBack(back, cookie string) *answer {
	r.t.Helper()
	return r.do(request{method: get, path: "//" + strings.TrimPrefix(back, "/"), headers: map[string]string{"Cookie": cookie, "User-Agent": "Firefox"}})
}

// signIn does it all; the answer is the last one.
func (r *providerRig) signIn(subject string) *answer {
	r.t.Helper()
	return r.comeBack(r.begin(subject))
}

// signedInAs is the login that an answer's cookie is of.
func (r *providerRig) signedInAs(a *answer) string {
	r.t.Helper()
	cookies := a.want(http.StatusFound).header.Values("Set-Cookie")
	if a.header.Get("Location") != "/cases/A-000001" || len(cookies) != 3 || !strings.Contains(cookies[1], "Max-Age=0") {
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
	unverified := openidtest.Person{Subject: "anna", Claims: map[string]any{"email": "anna@example.com"}}
	r := newProviderRig(t, unverified)
	r.give("manager", `{"email":"Anna@example.com"}`)
	if ways := r.do(request{method: get, path: "/sessions/ways"}).want(http.StatusOK); ways.text("oidc") != "/api/v1/sessions/oidc" {
		t.Errorf("the ways %s", ways.body)
	}
	r.signIn("anna").problem(http.StatusForbidden, "identity_unknown")
	r.provider.Become(openidtest.Mood{People: []openidtest.Person{
		openidtest.Known("anna", "anna@example.com"), openidtest.Known("another", "anna@example.com"), openidtest.Known("stranger", "stranger@example.com"),
	}})
	if login := r.signedInAs(r.signIn("anna")); login != "manager" {
		t.Errorf("signed in as %s", login)
	}
	if listed := r.do(request{as: "browser", method: get, path: "/me/sessions"}).want(http.StatusOK); listed.text("items.0.agent") != "Firefox" {
		t.Errorf("the sessions %s", listed.body)
	}
	r.signIn("another").problem(http.StatusForbidden, "identity_unknown")
	r.signIn("stranger").problem(http.StatusForbidden, "identity_unknown")
	// It is her from now on, whatever her e-mail is; whoever has her e-mail there is not.
	r.provider.Become(openidtest.Mood{People: []openidtest.Person{openidtest.Known("anna", "else@example.com")}})
	if login := r.signedInAs(r.signIn("anna")); login != "manager" {
		t.Errorf("signed in as %s", login)
	}
	r.give("manager", `{"active":false}`)
	r.do(request{as: "browser", method: get, path: "/me"}).problem(http.StatusUnauthorized, "session_expired")
	r.signIn("anna").problem(http.StatusForbidden, "identity_unknown")
}

func TestAnEMailOfSeveralTellsNobodyApart(t *testing.T) {
	t.Parallel()
	r := newProviderRig(t, openidtest.Known("x", "office@example.com"))
	r.give("manager", `{"email":"office@example.com"}`)
	r.give("manager2", `{"email":"office@example.com"}`)
	r.signIn("x").problem(http.StatusForbidden, "identity_unknown")
}

// TestClaimsThatTheIDTokenLacksAreAskedFor at the provider, which must be speaking of the same person.
func TestClaimsThatTheIDTokenLacksAreAskedFor(t *testing.T) {
	t.Parallel()
	r := newProviderRig(t)
	r.give("manager", `{"email":"anna@example.com"}`)
	people := []openidtest.Person{openidtest.Known("anna", "anna@example.com")}
	for name, told := range map[string]map[string]any{"of another": {"sub": "another"}, "of nobody": {"sub": nil}} {
		r.provider.Become(openidtest.Mood{People: people, Thin: true, UserInfo: told})
		if got := r.signIn("anna"); got.status != http.StatusForbidden {
			t.Errorf("an answer %s: %d %s", name, got.status, got.body)
		}
	}
	r.provider.Become(openidtest.Mood{People: people, Thin: true, UserInfo: map[string]any{"email_verified": "false"}})
	r.signIn("anna").problem(http.StatusForbidden, "identity_unknown")
	r.provider.Become(openidtest.Mood{People: people, Thin: true, UserInfo: map[string]any{"email_verified": "true"}})
	if login := r.signedInAs(r.signIn("anna")); login != "manager" {
		t.Errorf("signed in as %s", login)
	}
}

// TestAnIDTokenThatIsNotGoodSignsNobodyIn, whatever is wrong with it.
func TestAnIDTokenThatIsNotGoodSignsNobodyIn(t *testing.T) {
	t.Parallel()
	r := newProviderRig(t)
	r.give("manager", `{"email":"anna@example.com"}`)
	people := []openidtest.Person{openidtest.Known("anna", "anna@example.com")}
	past := time.Now().Add(-time.Hour).Unix()
	for name, m := range map[string]openidtest.Mood{
		"another audience": {Claims: map[string]any{"aud": []string{"another"}}}, "no audience": {Claims: map[string]any{"aud": nil}},
		"another issuer": {Claims: map[string]any{"iss": "https://id.example.com"}}, "expired": {Claims: map[string]any{"exp": past}},
		"no end": {Claims: map[string]any{"exp": nil}}, "another nonce": {Claims: map[string]any{"nonce": "another"}},
		"no nonce": {Claims: map[string]any{"nonce": nil}}, "another's key": {ForeignKey: true},
	} {
		m.People = people
		r.provider.Become(m)
		r.now.pass(10 * time.Minute) // so many failures from one address are throttled
		if got := r.signIn("anna"); got.status != http.StatusForbidden || !strings.Contains(string(got.body), "sign_in_elsewhere_failed") {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	r.provider.Become(openidtest.Mood{People: people})
	if login := r.signedInAs(r.signIn("anna")); login != "manager" {
		t.Errorf("signed in as %s", login)
	}
}

func TestKeysOfTheProviderChange(t *testing.T) {
	t.Parallel()
	r := newProviderRig(t, openidtest.Known("anna", "anna@example.com"))
	r.give("manager", `{"email":"anna@example.com"}`)
	for range 4 { // of which the first are published no more
		if login := r.signedInAs(r.signIn("anna")); login != "manager" {
			t.Errorf("signed in as %s", login)
		}
		r.provider.Rotate()
	}
	r.provider.Stop()
	r.provider.Return() // with keys of which nobody has heard
	if login := r.signedInAs(r.signIn("anna")); login != "manager" {
		t.Errorf("signed in as %s", login)
	}
}

// TestOnlyTheBrowserThatWasSentComesBack: links, codes and cookies of others are good for nothing.
func TestOnlyTheBrowserThatWasSentComesBack(t *testing.T) {
	t.Parallel()
	r := newProviderRig(t, openidtest.Known("anna", "anna@example.com"))
	r.give("manager", `{"email":"anna@example.com"}`)
	back, cookie := r.begin("anna")
	_, of := r.begin("anna")
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
		back, cookie := r.begin("anna")
		if got := r.comeBack(back, altered(t, cookie, change)); got.status != http.StatusForbidden {
			t.Errorf("with another %s: %s", name, got.body)
		}
	}
	for _, to := range []string{"https://evil.example", "//evil.example", `/\evil.example`, "cases", "/" + strings.Repeat("x", 500)} {
		p := r.do(request{method: get, path: "/sessions/oidc?return_to=" + url.QueryEscape(to)}).problem(http.StatusUnprocessableEntity, "return_to_elsewhere")
		if len(p.Errors) != 1 || p.Errors[0].Parameter != "return_to" {
			t.Errorf("%+v", p.Errors)
		}
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
	r := newProviderRig(t, openidtest.Known("vera", "Vera@example.com"), openidtest.Known("other", "vera@example.com"),
		openidtest.Person{Subject: "unverified", Claims: map[string]any{"email": "unverified@example.com"}})
	r.config.ProviderRoles = []string{crm.RoleAuditor}
	for range 2 {
		if login := r.signedInAs(r.signIn("vera")); login != "vera@example.com" {
			t.Errorf("signed in as %s", login)
		}
	}
	me := r.do(request{as: "browser", method: get, path: "/me"}).want(http.StatusOK)
	if roles := me.at("roles").([]any); len(roles) != 1 || roles[0] != crm.RoleAuditor {
		t.Errorf("she has %v", roles)
	}
	r.signInAs("vera@example.com", "").problem(http.StatusUnprocessableEntity, "validation_failed")
	r.signInAs("vera@example.com", "a long secret").problem(http.StatusUnauthorized, "wrong_login_or_password")
	r.signIn("other").problem(http.StatusForbidden, "identity_unknown")
	r.signIn("unverified").problem(http.StatusForbidden, "identity_unknown")
}

func TestAnAdministratorLinksIdentities(t *testing.T) {
	t.Parallel()
	r := newProviderRig(t, openidtest.Person{Subject: "anna"})
	path := "/users/" + r.users["manager"].ID.String() + "/identities"
	body := map[string]any{"issuer": r.provider.Issuer, "subject": "anna"}
	made := r.do(keyed("admin", path, "k", body)).want(http.StatusCreated)
	if again := r.do(keyed("admin", path, "k", body)).want(http.StatusCreated); again.text("id") != made.text("id") {
		t.Errorf("again %s", again.body)
	}
	r.do(request{as: "admin", method: post, path: "/users/" + r.users["director"].ID.String() + "/identities", body: body}).problem(http.StatusConflict, "identity_taken")
	r.do(request{as: "admin", method: post, path: path, body: map[string]any{"issuer": r.provider.Issuer, "subject": "other"}}).problem(http.StatusConflict, "identity_taken")
	if login := r.signedInAs(r.signIn("anna")); login != "manager" {
		t.Errorf("signed in as %s", login)
	}
	if listed := r.do(request{as: "admin", method: get, path: path}).want(http.StatusOK); listed.text("items.0.subject") != "anna" {
		t.Errorf("listed %s", listed.body)
	}
	r.do(request{as: "admin", method: remove, path: "/users/" + r.users["director"].ID.String() + "/identities/" + made.text("id")}).problem(http.StatusNotFound, "identity_not_found")
	r.do(request{as: "admin", method: remove, path: path + "/" + made.text("id")}).want(http.StatusNoContent)
	r.do(request{as: "browser", method: get, path: "/me"}).problem(http.StatusUnauthorized, "session_expired")
	r.signIn("anna").problem(http.StatusForbidden, "identity_unknown")
}

func TestAProviderThatIsAway(t *testing.T) {
	t.Parallel()
	r := newProviderRig(t, openidtest.Known("anna", "anna@example.com"))
	back, cookie := r.begin("anna")
	r.provider.Stop()
	r.comeBack(back, cookie).problem(http.StatusServiceUnavailable, "provider_away")
	r.now.pass(2 * time.Minute)
	r.do(request{method: get, path: "/sessions/oidc"}).problem(http.StatusServiceUnavailable, "provider_away")
	r.signInAs("manager", password).want(http.StatusCreated)
	r.provider.Return()
	r.now.pass(10 * time.Second)
	r.do(request{method: get, path: "/sessions/oidc"}).want(http.StatusFound)
	none := newRig(t)
	for _, path := range []string{"/sessions/oidc", "/sessions/oidc/callback?state=x&code=x", "/sessions/oidc/sign-out"} {
		none.do(request{method: get, path: path}).problem(http.StatusNotFound, "sign_in_elsewhere_off")
	}
	if ways := none.do(request{method: get, path: "/sessions/ways"}); ways.at("oidc") != nil || ways.at("oidc_sign_out") != nil {
		t.Errorf("the ways %s", ways.body)
	}
	starting := newRig(t, func(s *Services) {
		s.Provider = openid.New(openid.Config{Issuer: "http://127.0.0.1:1", ClientID: "x", Log: slog.New(slog.DiscardHandler)})
	})
	for range 2 {
		starting.do(request{method: get, path: "/sessions/oidc"}).problem(http.StatusServiceUnavailable, "provider_away")
	}
	if to := starting.do(request{method: get, path: "/sessions/oidc/sign-out"}).want(http.StatusFound).header.Get("Location"); to != "/" {
		t.Errorf("signing out where nobody answers leads to %s", to)
	}
}

// TestAPersonIsShownAPage when signing in with the provider does not work, with the ways to go on; a program gets the problem.
func TestAPersonIsShownAPage(t *testing.T) {
	t.Parallel()
	r := newProviderRig(t, openidtest.Known("stranger", "<b>@example.com"))
	back, cookie := r.begin("stranger")
	for lang, words := range map[string][]string{
		"ru": {"<html lang=\"ru\">", "<h1>Вас здесь не знают</h1>", `href="/api/v1/sessions/oidc?return_to=%2Fcases%2FA-000001"`, `href="/">Войти по логину и паролю`},
		"en": {"<html lang=\"en\">", "<h1>You are not known here</h1>", `href="/">Sign in with login and password`, "identity_unknown"},
	} {
		back, cookie := back, cookie
		if lang == "en" {
			back, cookie = r.begin("stranger") // a code is good once
		}
		page := r.do(request{method: get, path: "//" + strings.TrimPrefix(back, "/"), headers: map[string]string{
			"Cookie": cookie, "Accept": "text/html,*/*;q=0.8", "Accept-Language": lang,
		}}).want(http.StatusForbidden)
		if kind := page.header.Get("Content-Type"); kind != "text/html; charset=utf-8" || page.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", lang, page.header)
		}
		for _, word := range words {
			if !strings.Contains(string(page.body), word) {
				t.Errorf("%s: no %s in\n%s", lang, word, page.body)
			}
		}
	}
	r.provider.Stop()
	away := r.do(request{method: get, path: "//" + strings.TrimPrefix(back, "/"), headers: map[string]string{"Cookie": cookie, "Accept": "text/html"}})
	away.want(http.StatusServiceUnavailable)
	if !strings.Contains(string(away.body), "Поставщик не отвечает") {
		t.Errorf("%s", away.body)
	}
}

// TestASignInThatFailedGoesOnWhereItWasTo: whoever tries again comes to the page that he wanted, and nowhere else.
func TestASignInThatFailedGoesOnWhereItWasTo(t *testing.T) {
	t.Parallel()
	r := newProviderRig(t, openidtest.Known("anna", "anna@example.com"))
	page := func(path, cookie string, status int) string {
		t.Helper()
		return string(r.do(request{method: get, path: path, headers: map[string]string{"Accept": "text/html", "Accept-Language": "ru", "Cookie": cookie}}).want(status).body)
	}
	again := func(shown, to string) {
		t.Helper()
		if !strings.Contains(shown, `<a href="/api/v1/sessions/oidc`+to+`">Попробовать ещё раз`) {
			t.Errorf("no %q in %s", to, shown)
		}
	}
	const wanted = "?return_to=" + "%2Fcases%2FA-000001%3Fa%3D%26"
	cookie, _, _ := strings.Cut(r.do(request{method: get, path: "/sessions/oidc" + wanted}).want(http.StatusFound).header.Get("Set-Cookie"), ";")
	again(page("/sessions/oidc/callback?error=access_denied&state=other", cookie, http.StatusBadRequest), wanted)
	again(page("/sessions/oidc/callback?state=x", "", http.StatusBadRequest), "")
	foreign := altered(t, cookie, func(a *signInAttempt) { a.ReturnTo = "//evil.example" })
	again(page("/sessions/oidc/callback?state=x", foreign, http.StatusBadRequest), "")

	told := page("/sessions/oidc?return_to=//evil.example", "", http.StatusUnprocessableEntity)
	again(told, "")
	if !strings.Contains(told, "Неверная ссылка для входа") || strings.Contains(told, "evil") {
		t.Errorf("%s", told)
	}
	r.provider.Stop()
	fresh := newRig(t, func(s *Services) {
		s.Provider = openid.New(openid.Config{Issuer: r.provider.Issuer, ClientID: openidtest.ClientID, Log: slog.New(slog.DiscardHandler)})
	})
	r = &providerRig{rig: fresh, provider: r.provider}
	again(page("/sessions/oidc"+wanted, "", http.StatusServiceUnavailable), wanted)
}

// TestSigningOutAtTheProviderToo: it knows by its own ID token who it is, asks nobody, and sends the browser back.
func TestSigningOutAtTheProviderToo(t *testing.T) {
	t.Parallel()
	r := newProviderRig(t, openidtest.Known("anna", "anna@example.com"))
	r.give("manager", `{"email":"anna@example.com"}`)
	if ways := r.do(request{method: get, path: "/sessions/ways"}); ways.text("oidc_sign_out") != "/api/v1/sessions/oidc/sign-out" {
		t.Errorf("the ways %s", ways.body)
	}
	browser := openidtest.NewBrowser(t)
	sent := r.do(request{method: get, path: "/sessions/oidc"}).want(http.StatusFound)
	back := browser.SignIn(sent.header.Get("Location"), "anna").To
	cookie, _, _ := strings.Cut(sent.header.Get("Set-Cookie"), ";")
	kept := r.comeBack(back.RequestURI(), cookie).want(http.StatusFound).header.Values("Set-Cookie")[2]
	if !strings.HasPrefix(kept, "marshrut_sign_out=") || !strings.Contains(kept, "HttpOnly") || !strings.Contains(kept, "Path=/api/v1/sessions/oidc;") {
		t.Errorf("kept for signing out: %s", kept)
	}
	// Who is signed in there is not asked again.
	if browser.Visit(sent.header.Get("Location")).To == nil {
		t.Error("the provider has forgotten who is there")
	}
	cookie, _, _ = strings.Cut(kept, ";")
	for _, headers := range []map[string]string{{"Cookie": cookie}, nil} {
		out := r.do(request{method: get, path: "/sessions/oidc/sign-out", headers: headers}).want(http.StatusFound)
		if cleared := out.header.Get("Set-Cookie"); !strings.Contains(cleared, "Max-Age=0") {
			t.Errorf("the cookie stays: %s", cleared)
		}
		if hint := strings.Contains(out.header.Get("Location"), "id_token_hint="); hint != (headers != nil) {
			t.Errorf("with %v sent to %s", headers, out.header.Get("Location"))
		}
		if there := browser.Visit(out.header.Get("Location")); there.To == nil || there.To.String() != marshrutExample+"/" {
			t.Errorf("the provider answers %d and sends the browser to %v", there.Status, there.To)
		}
	}
	if to := browser.Visit(sent.header.Get("Location")).To; to != nil {
		t.Errorf("the provider still knows who is there, and sends the browser to %s", to)
	}
	r.provider.Stop()
	r.provider.Return()
	r.provider.Become(openidtest.Mood{NoSignOut: true})
	forgetful := newRig(t, func(s *Services) {
		s.Provider = openid.New(openid.Config{Issuer: r.provider.Issuer, ClientID: openidtest.ClientID, Log: slog.New(slog.DiscardHandler)})
	})
	if to := forgetful.do(request{method: get, path: "/sessions/oidc/sign-out"}).want(http.StatusFound).header.Get("Location"); to != "/" {
		t.Errorf("where one cannot sign out leads to %s", to)
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
