package server

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"marshrut/crm"
)

func (r *rig) signInAs(login, secret string) *answer {
	r.t.Helper()
	return r.do(request{method: post, path: "/sessions", body: map[string]string{"login": login, "password": secret}})
}

func TestSignInAndOut(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := r.signInAs(" Manager ", password).want(http.StatusCreated)
	if a.text("user.login") != "manager" || strings.Contains(string(a.body), "argon2id") {
		t.Errorf("answer %s", a.body)
	}
	cookie := a.header.Get("Set-Cookie")
	for _, part := range []string{cookieName + "=" + a.text("token"), "HttpOnly", "SameSite=Lax", "Path=/", "Expires="} {
		if !strings.Contains(cookie, part) {
			t.Errorf("cookie %q lacks %s", cookie, part)
		}
	}
	if strings.Contains(cookie, "Secure") {
		t.Errorf("cookie %q would not come back over plain HTTP", cookie)
	}
	r.token["session"] = a.text("token")
	r.do(request{as: "session", method: get, path: "/me"}).want(http.StatusOK)
	r.do(request{method: get, path: "/me", headers: map[string]string{"Cookie": cookieName + "=" + a.text("token")}}).want(http.StatusOK)

	out := r.do(request{as: "session", method: remove, path: "/sessions/current"}).want(http.StatusNoContent)
	if !strings.Contains(out.header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("the cookie stays: %q", out.header.Get("Set-Cookie"))
	}
	r.do(request{as: "session", method: get, path: "/me"}).problem(http.StatusUnauthorized, "session_expired")
}

func TestSessionsEndByThemselves(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.token["session"] = r.signInAs("manager", password).want(http.StatusCreated).text("token")
	r.now.pass(sessionLife - time.Minute)
	r.do(request{as: "session", method: get, path: "/me"}).want(http.StatusOK)
	r.now.pass(time.Minute)
	r.do(request{as: "session", method: get, path: "/me"}).problem(http.StatusUnauthorized, "session_expired")
}

// stuckAudit does not come to an end before it is let go.
type stuckAudit struct {
	Audit
	going chan struct{}
}

func (a *stuckAudit) RecordEvent(ctx context.Context, e crm.AuditEvent) error {
	<-a.going
	return a.Audit.RecordEvent(ctx, e)
}

// TestEveryWrongSignInTakesAsLong: each is compared with a hash of the same cost, and waits for nothing else that only some have.
func TestEveryWrongSignInTakesAsLong(t *testing.T) {
	t.Parallel()
	stuck := &stuckAudit{going: make(chan struct{})}
	r := newRig(t, func(s *Services) { stuck.Audit, s.Audit = s.Audit, stuck })
	r.exec("update users set active = false where login = 'manager2'")
	r.exec("update users set password_hash = '' where login = 'auditor'")
	logins := []string{"manager", "nobody", "manager2", "auditor"}
	cost := func(hash string) string { return strings.Join(strings.Split(hash, "$")[:4], "$") }
	if cost(r.nobodysHash()) != cost(HashPassword("x")) {
		t.Errorf("nobody's hash costs %s, a user's %s", cost(r.nobodysHash()), cost(HashPassword("x")))
	}
	for _, login := range logins {
		asked := r.asked.n.Load()
		r.signInAs(login, "wrong").problem(http.StatusUnauthorized, "wrong_login_or_password") // the audit is stuck meanwhile
		if n := r.asked.n.Load() - asked; n != 1 {
			t.Errorf("%s: the database is asked %d times", login, n)
		}
	}
	for range cap(r.passwords.slots) {
		r.passwords.slots <- struct{}{}
	}
	for _, login := range logins {
		q := r.httpRequest(request{method: post, path: "/sessions", body: map[string]string{"login": login, "password": "wrong"}})
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		if a := r.send(q.WithContext(ctx)); a.status == http.StatusUnauthorized {
			t.Errorf("%s is refused without a hash", login)
		}
		cancel()
	}
	close(stuck.going)
	r.atWork.Wait()
	noted := r.do(request{as: "director", method: get, path: "/audit?action=sign_in_failed"}).want(http.StatusOK)
	if n := len(noted.at("items").([]any)); n != 3 {
		t.Errorf("%d failures are in the audit: %s", n, noted.body)
	}
}

func TestAnIPv6NetworkIsOneSender(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "2001:db8:1:2::1": "2001:db8:1:2::/64", "2001:db8:1:3::1": "2001:db8:1:3::/64",
		"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "::ffff:192.0.2.1", "fe80::1%eth0": "fe80::/64", "": "",
	} {
		if got := sender(address); got != want {
			t.Errorf("%s counts as %s, want %s", address, got, want)
		}
	}
	th, now := newThrottle(), time.Unix(1_000_000, 0)
	for i := range maxAttempts {
		key := throttleKey{login: "x", address: fmt.Sprintf("2001:db8::%d", i)}
		if wait := th.begin(key, now); wait != 0 {
			t.Fatalf("waits %v", wait)
		}
		th.end(key, false, true)
	}
	if th.begin(throttleKey{login: "x", address: "2001:db8::ffff"}, now) == 0 {
		t.Error("another address of the network begins anew")
	}
	if th.begin(throttleKey{login: "x", address: "2001:db8:0:1::1"}, now) != 0 {
		t.Error("another network is locked out")
	}
}

func TestUnknownLoginsLookLikeWrongPasswords(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	hashless, err := r.db.CreateUser(t.Context(), crm.User{
		Login: "program", Name: "Program", Lang: crm.EN, TimeZone: "UTC", Roles: []string{crm.RoleManager}, Active: true,
	}, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.db.Pool().Exec(t.Context(), "update users set active = false where login = 'manager2'"); err != nil {
		t.Fatal(err)
	}
	var first string
	for login, secret := range map[string]string{"manager": "wrong", "nobody": password, hashless.Login: password, "manager2": password, "no such login at all": "x"} {
		a := r.signInAs(login, secret)
		p := a.problem(http.StatusUnauthorized, "wrong_login_or_password")
		text := p.Title + p.Detail
		if first == "" {
			first = text
		}
		if text != first || a.header.Get("Set-Cookie") != "" {
			t.Errorf("%s is told %q, others %q", login, text, first)
		}
	}
}

func TestWrongPasswordsAreThrottledForTheirSenderOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	from := func(address, login, secret string) *answer {
		q := r.httpRequest(request{method: post, path: "/sessions", body: map[string]string{"login": login, "password": secret}})
		q.RemoteAddr = address + ":1234"
		q.Header.Set("X-Forwarded-For", "203.0.113.9") // nobody's word is taken for it
		return r.send(q)
	}
	for range maxAttempts {
		from("192.0.2.1", "manager", "wrong").problem(http.StatusUnauthorized, "wrong_login_or_password")
	}
	p := from("192.0.2.1", "manager", password)
	p.problem(http.StatusTooManyRequests, "too_many_attempts")
	if p.header.Get("Retry-After") != "301" {
		t.Errorf("Retry-After %q", p.header.Get("Retry-After"))
	}
	from("192.0.2.2", "manager", password).want(http.StatusCreated)
	from("192.0.2.1", "director", password).want(http.StatusCreated)
	r.now.pass(attemptWindow)
	from("192.0.2.1", "manager", password).want(http.StatusCreated)
	// Having signed in, the count begins anew.
	for range maxAttempts {
		from("192.0.2.1", "manager", "wrong").problem(http.StatusUnauthorized, "wrong_login_or_password")
	}
}

// TestAttemptsAtOnceAreNoWrongOnes: too many at a time wait for each other, a moment, and right ones are not counted.
func TestAttemptsAtOnceAreNoWrongOnes(t *testing.T) {
	t.Parallel()
	th, now, key := newThrottle(), time.Unix(1_000_000, 0), throttleKey{login: "x"}
	for range maxAttempts {
		if wait := th.begin(key, now); wait != 0 {
			t.Fatalf("waits %v", wait)
		}
	}
	if wait := th.begin(key, now); wait != whilePending {
		t.Errorf("one more than may try at a time waits %v", wait)
	}
	for range maxAttempts - 1 {
		th.end(key, true, false)
	}
	th.end(key, false, false) // the database was away
	for range maxAttempts {
		if wait := th.begin(key, now); wait != 0 {
			t.Fatalf("waits %v after right ones", wait)
		}
		th.end(key, false, true)
	}
	if wait := th.begin(key, now); wait != attemptWindow {
		t.Errorf("after wrong ones it waits %v", wait)
	}
}

func TestThrottleForgetsTheOldest(t *testing.T) {
	t.Parallel()
	th, now := newThrottle(), time.Unix(1_000_000, 0)
	for i := range maxThrottled + 10 {
		th.begin(throttleKey{login: strings.Repeat("x", i%7), address: time.Duration(i).String()}, now.Add(time.Duration(i)*time.Millisecond))
	}
	if len(th.attempts) > maxThrottled {
		t.Errorf("%d entries are kept", len(th.attempts))
	}
	th.begin(throttleKey{login: "new"}, now.Add(time.Hour))
	if len(th.attempts) != 1 {
		t.Errorf("%d entries are kept after their time", len(th.attempts))
	}
}

// TestCookiesNeedTheSameOrigin: another site cannot use a browser's cookie to change things.
func TestCookiesNeedTheSameOrigin(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	cookie := cookieName + "=" + r.signInAs("manager", password).want(http.StatusCreated).text("token")
	cases := []struct {
		name    string
		method  string
		headers map[string]string
		allowed bool
	}{
		{"page", post, map[string]string{"Sec-Fetch-Site": "same-origin"}, true},
		{"other site", post, map[string]string{"Sec-Fetch-Site": "cross-site"}, false},
		{"sister site", post, map[string]string{"Sec-Fetch-Site": "same-site"}, false},
		{"typed address", post, map[string]string{"Sec-Fetch-Site": "none"}, false},
		{"old browser", post, map[string]string{"Origin": "http://example.com"}, true},
		{"old browser elsewhere", post, map[string]string{"Origin": "http://evil.example"}, false},
		{"old browser, hidden", post, map[string]string{"Origin": "null"}, false},
		{"neither", post, nil, false},
		{"reading", get, map[string]string{"Sec-Fetch-Site": "cross-site"}, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			headers := map[string]string{"Cookie": cookie}
			maps.Copy(headers, c.headers)
			q := request{method: c.method, path: "/clients", headers: headers}
			if c.method == post {
				q.body = map[string]any{"name": "x", "create_anyway": true}
			}
			a := r.do(q)
			if (a.status < 300) != c.allowed {
				t.Errorf("%d: %s", a.status, a.body)
			}
			if !c.allowed {
				a.problem(http.StatusForbidden, "cross_origin")
			}
		})
	}
	// A token in a header is no browser's doing.
	r.do(request{as: "manager", method: post, path: "/clients", body: map[string]string{"name": "x"}, headers: map[string]string{"Sec-Fetch-Site": "cross-site"}}).want(http.StatusCreated)
}

func TestPasswordHashes(t *testing.T) {
	t.Parallel()
	p := newPasswords()
	for _, one := range []string{HashPassword("пароль"), HashPassword("пароль")} {
		if !strings.HasPrefix(one, "$argon2id$v=19$m=19456,t=2,p=1$") {
			t.Errorf("hash %s", one)
		}
		if ok, err := p.verify(t.Context(), "пароль", one); !ok || err != nil {
			t.Errorf("the password is not accepted: %v", err)
		}
		if ok, err := p.verify(t.Context(), "Пароль", one); ok || err != nil {
			t.Errorf("another password is accepted: %v", err)
		}
	}
	for _, broken := range []string{"", "x", "$argon2i$v=19$m=1,t=1,p=1$$", "$argon2id$v=19$m=19456,t=0,p=0$AAAA$AAAA", "$argon2id$v=18$m=1,t=1,p=1$AAAA$AAAA", "$argon2id$v=19$m=8,t=1,p=1$!$AAAA"} {
		if ok, err := p.verify(t.Context(), "x", broken); ok || err == nil {
			t.Errorf("%q: accepted %v, %v", broken, ok, err)
		}
	}
}
