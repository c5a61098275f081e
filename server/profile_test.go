package server

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func (r *rig) patchMe(as, match, body string) *answer {
	r.t.Helper()
	return r.do(request{as: as, method: patch, path: "/me", body: body, headers: map[string]string{"If-Match": match}})
}

func TestR66_OnesOwnProfile(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	me := r.do(request{as: "manager", method: get, path: "/me"}).want(http.StatusOK)
	require.Equal(t, []any{}, me.at("muted"))

	r.patchMe("manager", "", `{"lang":"ru"}`).problem(http.StatusPreconditionRequired, "if_match_required")
	changed := r.patchMe("manager", me.header.Get("ETag"),
		`{"lang":"ru","time_zone":"Asia/Omsk","signature":" С уважением,\nИван ","muted":["reminder","overdue","reminder"]}`).want(http.StatusOK)
	require.Equal(t, "С уважением,\nИван", changed.text("signature"))
	require.Equal(t, []any{"overdue", "reminder"}, changed.at("muted"))
	require.Equal(t, changed.body, r.do(request{as: "manager", method: get, path: "/me"}).want(http.StatusOK).body)
	r.patchMe("manager", me.header.Get("ETag"), `{"lang":"en"}`).problem(http.StatusPreconditionFailed, "stale")

	for pointer, body := range map[string]string{
		"/digest/1": `{"digest":["task","everything"]}`, "/digest_at": `{"digest_at":"9:00"}`, "/quiet_from": `{"quiet_from":"x","quiet_to":"08:00"}`,
		"/quiet_to": `{"quiet_from":"20:00"}`,
		"/muted/0":  `{"muted":["everything"]}`, "/time_zone": `{"time_zone":"Mars"}`, "/phone": `{"phone":"x"}`,
		"/old_password": `{"password":"another horse"}`, "/password": `{"old_password":"correct horse"}`,
	} {
		p := r.patchMe("manager", "*", body).problem(http.StatusUnprocessableEntity, "validation_failed")
		require.Equal(t, pointer, p.Errors[0].Pointer)
	}
	r.patchMe("manager", "*", `{"roles":["admin"]}`).problem(http.StatusUnprocessableEntity, "validation_failed")
}

func TestR66_WhenOnesLettersCome(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	me := r.do(request{as: "manager", method: get, path: "/me"}).want(http.StatusOK)
	require.Equal(t, []any{[]any{}, "09:00"}, []any{me.at("digest"), me.at("digest_at")})
	changed := r.patchMe("manager", `"1"`, `{"digest":["task","mention"],"digest_at":"18:30","quiet_from":"20:00","quiet_to":"08:00"}`).want(http.StatusOK)
	require.Equal(t, []any{[]any{"mention", "task"}, "18:30", "20:00", "08:00"},
		[]any{changed.at("digest"), changed.at("digest_at"), changed.at("quiet_from"), changed.at("quiet_to")})
	muted := r.patchMe("manager", `"2"`, `{"muted":["substitution"]}`).want(http.StatusOK)
	require.Equal(t, "18:30", muted.text("digest_at"), "what is not sent stays")
	without := r.patchMe("manager", `"3"`, `{"quiet_from":null,"quiet_to":null}`).want(http.StatusOK)
	require.Nil(t, without.at("quiet_from"))
	require.Equal(t, []any{"substitution"}, without.at("muted"))
}

func TestR66_ANewPasswordEndsAllOtherSessions(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	signIn := func(password string) *answer {
		return r.do(request{method: post, path: "/sessions", body: map[string]string{"login": "manager", "password": password}})
	}
	r.token["here"], r.token["elsewhere"] = signIn(password).want(http.StatusCreated).text("token"), signIn(password).want(http.StatusCreated).text("token")

	p := r.patchMe("here", "*", `{"password":"another horse","old_password":"wrong horse"}`).problem(http.StatusUnprocessableEntity, "validation_failed")
	require.Equal(t, "/old_password", p.Errors[0].Pointer)
	require.Equal(t, "wrong_password", p.Errors[0].Code)
	r.do(request{as: "elsewhere", method: get, path: "/me"}).want(http.StatusOK)

	r.patchMe("here", "*", `{"password":"another horse","old_password":"correct horse"}`).want(http.StatusOK)
	r.do(request{as: "here", method: get, path: "/me"}).want(http.StatusOK)
	r.do(request{as: "elsewhere", method: get, path: "/me"}).problem(http.StatusUnauthorized, "session_expired")
	r.do(request{as: "manager", method: get, path: "/me"}).want(http.StatusOK) // a program's token goes on
	signIn(password).problem(http.StatusUnauthorized, "wrong_login_or_password")
	signIn("another horse").want(http.StatusCreated)
	require.NotContains(t, r.log.String(), "another horse")
}

func TestR66_APasswordIsNotGuessedFromAnOpenPage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for range maxAttempts {
		r.patchMe("manager", "*", `{"password":"another horse","old_password":"wrong horse"}`).problem(http.StatusUnprocessableEntity, "validation_failed")
	}
	r.patchMe("manager", "*", `{"password":"another horse","old_password":"correct horse"}`).problem(http.StatusTooManyRequests, "too_many_attempts")
}
