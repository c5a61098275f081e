package server

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestR61_HandingOverByTheAPI(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	caseID, taskID := r.deal()
	manager, manager2 := r.users["manager"].ID.String(), r.users["manager2"].ID.String()
	path := "/users/" + manager

	work := r.do(request{as: "director", method: get, path: path + "/open-work"}).want(http.StatusOK)
	require.EqualValues(t, 1, work.at("cases"))
	require.EqualValues(t, 1, work.at("tasks"))
	user := r.do(request{as: "admin", method: get, path: path}).want(http.StatusOK)
	end := func() *answer {
		return r.do(request{as: "admin", method: patch, path: path, body: `{"active":false}`, headers: map[string]string{"If-Match": user.header.Get("ETag")}})
	}
	p := end().problem(http.StatusConflict, "user_has_open_work")
	require.Equal(t, "1", p.Params["cases"])
	require.Contains(t, p.Detail, "open cases: 1")

	hand := func(as string, body map[string]any) *answer {
		return r.do(request{as: as, method: post, path: path + "/handover", body: body})
	}
	to := []any{map[string]any{"user_id": manager2}}
	hand("manager", map[string]any{"to": to}).problem(http.StatusForbidden, "not_allowed")
	hand("director", map[string]any{}).problem(http.StatusUnprocessableEntity, "validation_failed")
	hand("director", map[string]any{"by_kind": map[string]any{"desks": to}}).problem(http.StatusUnprocessableEntity, "validation_failed")
	hand("director", map[string]any{"to": to, "deactivate": true}).problem(http.StatusForbidden, "not_allowed")

	seen := hand("director", map[string]any{"to": to, "preview": true}).want(http.StatusOK)
	require.EqualValues(t, 1, seen.at("by_user."+manager2+".cases"))
	require.Equal(t, manager, r.do(request{as: "manager", method: get, path: "/cases/" + caseID}).text("responsible_id"))

	done := hand("director", map[string]any{"to": to, "reason": "Увольнение"}).want(http.StatusOK)
	require.EqualValues(t, 1, done.at("handed.tasks"))
	require.EqualValues(t, 0, done.at("left.tasks"))
	require.Equal(t, manager2, r.do(request{as: "manager2", method: get, path: "/tasks/" + taskID}).text("performer.user_id"))
	feed := string(r.do(request{as: "director", method: get, path: "/cases/" + caseID + "/feed"}).want(http.StatusOK).body)
	require.Contains(t, feed, "Имя director handed over from Имя manager to Имя manager2: the case itself, tasks: 1.")

	end().want(http.StatusOK)
	r.do(request{as: "manager", method: get, path: "/me"}).problem(http.StatusUnauthorized, "session_expired")
}

func TestR61_TheLastAdministratorStays(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	path := "/users/" + r.users["admin"].ID.String()
	change := func(body string) *answer {
		return r.do(request{as: "admin", method: patch, path: path, body: body, headers: map[string]string{"If-Match": "*"}})
	}
	change(`{"active":false}`).problem(http.StatusConflict, "own_account")
	change(`{"roles":["manager"]}`).problem(http.StatusConflict, "own_account")
	changed := change(`{"name":"Анна Орлова","department_id":null,"roles":["manager","admin"]}`).want(http.StatusOK)
	require.Equal(t, []any{"admin", "manager"}, changed.at("roles"))
	change(`{"time_zone":"Mars"}`).problem(http.StatusUnprocessableEntity, "validation_failed")
	change(`{"email":"not an address"}`).problem(http.StatusUnprocessableEntity, "validation_failed")
}
