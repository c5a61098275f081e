package server

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func (r *rig) act(as, path string, body any) *answer {
	r.t.Helper()
	return r.do(request{as: as, method: post, path: path, body: body, headers: map[string]string{"If-Match": "*"}})
}

func TestR60_AClosedCaseIsReopenedByAHead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	caseID, _ := r.deal()
	path := "/cases/" + caseID
	planned := r.act("manager", "/interactions", map[string]any{
		"kind": "call", "status": "planned", "at": "2026-03-04T10:00:00Z", "topic": "Позвонить", "case_id": caseID,
	}).want(http.StatusCreated)
	r.act("director", path+"/reopen", map[string]any{"reason": "x"}).problem(http.StatusConflict, "case_open")
	r.act("manager", path+"/close", map[string]any{"outcome": "lost", "fields": map[string]any{"reason": "price"}}).want(http.StatusOK)

	r.act("manager", path+"/reopen", map[string]any{"reason": "Клиент вернулся"}).problem(http.StatusForbidden, "only_a_head")
	r.act("director", path+"/reopen", map[string]any{"reason": " "}).problem(http.StatusUnprocessableEntity, "validation_failed")
	p := r.act("director", path+"/reopen", map[string]any{"reason": "x", "stage": "gone"}).problem(http.StatusUnprocessableEntity, "unknown_stage")
	require.Equal(t, "/stage", p.Errors[0].Pointer)

	again := r.act("director", path+"/reopen", map[string]any{"reason": "Клиент вернулся"}).want(http.StatusOK)
	require.Equal(t, "open", again.text("case.status"))
	require.Nil(t, again.at("case.closed_at"))
	require.Nil(t, again.at("case.fields.reason"), "it has not been lost")
	require.Equal(t, "primary-contact", again.text("case.stage"))
	require.Len(t, again.at("next_tasks"), 1)
	register := r.do(request{as: "manager", method: get, path: "/interactions?register=true&case=" + caseID}).want(http.StatusOK)
	require.Equal(t, planned.text("id"), register.text("items.0.id"), "what was planned is in the register again")
	feed := string(r.do(request{as: "manager", method: get, path: path + "/feed"}).want(http.StatusOK).body)
	require.Contains(t, feed, "Имя director reopened the case. Reason: Клиент вернулся.")
	r.act("manager", "/tasks/"+again.text("next_tasks.0.id")+"/complete", map[string]any{"outcome": "lost", "fields": map[string]any{"reason": "price"}}).want(http.StatusOK)
}

func TestR60_R34_AManualDealComesBackByHand(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	caseID, _ := r.deal()
	r.act("manager", "/deals/"+caseID+"/switch-to-manual", map[string]any{"reason": "Особый случай"}).want(http.StatusOK)
	r.act("manager", "/deals/"+caseID+"/close", map[string]any{"result": "lost", "reason": "price"}).want(http.StatusOK)
	again := r.act("admin", "/cases/"+caseID+"/reopen", map[string]any{"reason": "Ошибка", "stage": "primary-contact"}).want(http.StatusOK)
	require.Equal(t, "manual", again.text("case.mode"))
	require.Nil(t, again.at("next_tasks"))
}

func TestR60_ADealWithoutStagesIsReopened(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	made := r.act("manager", "/deals", map[string]any{"topic": "Разовая продажа", "kind": "no_stages"}).want(http.StatusCreated)
	id := made.text("case.id")
	r.act("manager", "/deals/"+id+"/close", map[string]any{"result": "won", "fields": map[string]any{"amount": "10.00"}}).want(http.StatusOK)
	r.act("director", "/cases/"+id+"/reopen", map[string]any{"reason": "x", "stage": "offer"}).problem(http.StatusConflict, "no_route")
	again := r.act("director", "/cases/"+id+"/reopen", map[string]any{"reason": "Возврат"}).want(http.StatusOK)
	require.Equal(t, "open", again.text("case.status"))
	r.act("manager", "/deals/"+id+"/close", map[string]any{"result": "lost", "reason": "price"}).want(http.StatusOK)
}

func TestR60_R36_AClaimKeepsTheResultsOfItsReview(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	made := r.act("manager", "/claims", map[string]any{
		"client": map[string]any{"name": "ООО Лампа"}, "topic": "Брак", "source": "site", "fields": map[string]any{"description": "Не горит", "reason": "quality", "date": "2026-03-01"},
	}).want(http.StatusCreated)
	id := made.text("case.id")
	r.do(request{as: "manager", method: patch, path: "/cases/" + id, body: map[string]any{"fields": map[string]any{"results_of_review": "Заменили"}}, headers: map[string]string{"If-Match": "*"}}).want(http.StatusOK)
	r.act("director", "/cases/"+id+"/cancel", map[string]any{"reason": "Дубль"}).want(http.StatusOK)
	again := r.act("director", "/cases/"+id+"/reopen", map[string]any{"reason": "Не дубль"}).want(http.StatusOK)
	require.Equal(t, "under_review", again.text("case.result"))
	require.Equal(t, "Заменили", again.text("case.fields.results_of_review"))
}

func TestR65_DeadlinesAreMovedByWhoDirectsTheCase(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	caseID, taskID := r.deal()
	path := "/tasks/" + taskID
	body := map[string]any{"due_at": "2026-03-20T12:00:00Z", "reason": "Клиент в отпуске"}
	r.do(request{as: "manager", method: post, path: path + "/deadline", body: body}).problem(http.StatusPreconditionRequired, "if_match_required")
	r.do(request{as: "manager", method: post, path: path + "/deadline", body: body, headers: map[string]string{"If-Match": `"9"`}}).problem(http.StatusPreconditionFailed, "stale")
	r.act("manager2", path+"/deadline", body).problem(http.StatusForbidden, "not_your_case")
	past := r.act("manager", path+"/deadline", map[string]any{"due_at": "2026-03-01T12:00:00Z", "reason": "x"}).problem(http.StatusUnprocessableEntity, "due_past")
	require.Equal(t, "/due_at", past.Errors[0].Pointer)
	r.act("manager", path+"/deadline", map[string]any{"due_at": "2026-03-20T12:00:00Z"}).problem(http.StatusUnprocessableEntity, "validation_failed")

	r.act("manager", path+"/deadline", body).want(http.StatusOK)
	require.Equal(t, "2026-03-20T12:00:00Z", r.do(request{as: "manager", method: get, path: path}).text("due_at"))
	r.act("director", "/cases/"+caseID+"/deadline", body).want(http.StatusOK)
	require.Equal(t, "2026-03-20T12:00:00Z", r.do(request{as: "manager", method: get, path: "/cases/" + caseID}).text("due_at"))
	r.act("director", "/cases/"+caseID+"/deadline", map[string]any{"due_at": nil, "reason": "Без срока"}).want(http.StatusOK)
	require.Nil(t, r.do(request{as: "manager", method: get, path: "/cases/" + caseID}).at("due_at"))
	feed := string(r.do(request{as: "manager", method: get, path: "/cases/" + caseID + "/feed"}).want(http.StatusOK).body)
	require.Contains(t, feed, "Reason: Клиент в отпуске.")
	require.Contains(t, feed, "moved the case's deadline from 20 Mar 2026 15:00 MSK to none. Reason: Без срока.")
}
