package server

import (
	"maps"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestR30_TheFiguresOfADeal(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	body := func(change map[string]any) map[string]any {
		b := map[string]any{
			"client_id": r.client(), "topic": "Оргтехника", "source": "site", "kind": "process",
			"potential": "150000.00", "currency": "USD", "probability": 60, "channel": "exhibition",
			"demand": []map[string]string{{"name": "Принтер", "quantity": "2", "unit": "шт.", "price": "75000"}, {"name": "Установка"}},
		}
		maps.Copy(b, change)
		return b
	}
	made := r.do(request{as: "manager", method: post, path: "/deals", body: body(nil)}).want(http.StatusCreated)
	require.Equal(t, map[string]any{
		"potential": "150000.00", "currency": "USD", "probability": "60", "demand_sum": "150000.00", "channel": "exhibition",
	}, made.at("case.sale"))
	for field, wrong := range map[string]any{"channel": "telepathy", "potential": "a lot", "probability": 101, "currency": "UDS"} {
		p := r.do(request{as: "manager", method: post, path: "/deals", body: body(map[string]any{field: wrong})}).problem(http.StatusUnprocessableEntity, "validation_failed")
		require.Equal(t, "/"+field, p.Errors[0].Pointer)
	}
	p := r.do(request{as: "manager", method: post, path: "/deals", body: body(map[string]any{"fields": map[string]any{"potential": "1"}})}).problem(http.StatusUnprocessableEntity, "validation_failed")
	require.Equal(t, "given_twice", p.Errors[0].Code)

	stageless := r.do(request{as: "manager", method: post, path: "/deals", body: body(map[string]any{"kind": "no_stages"})}).want(http.StatusCreated)
	require.Equal(t, "150000.00", stageless.text("case.sale.demand_sum"))
}

func TestR36_AClaimFromADealOverTheAPI(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	deal, _ := r.deal()
	made := r.do(request{as: "manager", method: post, path: "/claims", body: map[string]any{
		"parent_id": deal, "date": "2026-03-01", "description": "Пришло разбитым", "reason": "quality", "employee_at_fault": r.users["manager2"].ID,
		"participants": []map[string]any{{"user_id": r.users["dispatcher"].ID, "role": "expert"}},
	}}).want(http.StatusCreated)
	require.Equal(t, "under_review", made.text("case.result"))
	require.Equal(t, "Станок", made.text("case.topic"), "the deal's")
	require.Equal(t, "quality", made.text("case.fields.reason"))
	parties := r.do(request{as: "auditor", method: get, path: "/cases/" + made.text("case.id") + "/participants"}).want(http.StatusOK)
	require.Equal(t, "expert", parties.text("items.0.role"))
	p := r.do(request{as: "manager", method: post, path: "/claims", body: map[string]any{"parent_id": deal, "reason": "weather"}}).problem(http.StatusUnprocessableEntity, "validation_failed")
	require.Equal(t, "/reason", p.Errors[0].Pointer)
	p = r.do(request{as: "manager", method: post, path: "/claims", body: map[string]any{"topic": "Х", "source": "site"}}).problem(http.StatusUnprocessableEntity, "validation_failed")
	require.Equal(t, "/client_id", p.Errors[0].Pointer)
}

func TestReferenceListsAreTheDesigners(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	item := request{as: "designer", method: put, path: "/reference-lists/loss_reason/too-late", body: map[string]any{"name": map[string]string{"en": "Too late", "ru": "Опоздали"}}}
	r.do(item).problem(http.StatusPreconditionRequired, "if_match_required")
	item.headers = map[string]string{"If-None-Match": "*"}
	added := r.do(item).want(http.StatusOK)
	r.do(item).problem(http.StatusPreconditionFailed, "stale")
	item.headers = map[string]string{"If-Match": added.header.Get("ETag")}
	item.body = map[string]any{"name": map[string]string{"ru": "Опоздали"}, "active": false}
	require.Equal(t, false, r.do(item).want(http.StatusOK).at("active"))
	item.as = "manager"
	r.do(item).problem(http.StatusForbidden, "not_allowed")
	r.do(request{as: "manager", method: get, path: "/reference-lists/weather"}).want(http.StatusUnprocessableEntity)
}

// TestR36_NoClaimEndsWithoutTheResultsOfItsReview, whichever of its two ends it comes to, by whatever way.
func TestR36_NoClaimEndsWithoutTheResultsOfItsReview(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.act("designer", "/route-maps", map[string]any{"source": `id: short-claim
process: claim
name: {en: Short claim, ru: Короткая претензия}
outcomes:
  - {id: accepted-at-once, name: {en: Accepted at once, ru: Принята сразу}, finish: positive}
  - {id: dismissed, name: {en: Dismissed, ru: Отклонена}, ask: [results_of_review], finish: negative}
stages:
  - id: decide
    name: {en: Decide, ru: Решить}
    performer: responsible
    outcomes:
      - {id: satisfied, name: {en: Satisfied, ru: Удовлетворена}, ask: [results_of_review], finish: positive}
      - {id: refused, name: {en: Refused, ru: Не удовлетворена}, finish: negative}
`}).want(http.StatusCreated)
	made := r.act("manager", "/claims", map[string]any{"client_id": r.client(), "map": "short-claim", "topic": "Брак", "source": "site"}).want(http.StatusCreated)
	id, path := made.text("case.id"), "/cases/"+made.text("case.id")
	change := func(value any) *answer {
		return r.do(request{as: "manager", method: patch, path: path, headers: map[string]string{"If-Match": "*"}, body: map[string]any{"fields": map[string]any{"results_of_review": value}}})
	}
	refused := func(as string) {
		t.Helper()
		task := r.do(request{as: as, method: get, path: "/tasks?status=open&case=" + id}).want(http.StatusOK).text("items.0.id")
		for _, results := range []any{nil, "", " \u200b\u00a0"} {
			fields := map[string]any{"results_of_review": results}
			r.act(as, "/tasks/"+task+"/complete", map[string]any{"outcome": "satisfied", "fields": fields}).wrongAt("/fields/results_of_review", "required")
			r.act(as, path+"/close", map[string]any{"outcome": "dismissed", "fields": fields}).wrongAt("/fields/results_of_review", "required")
		}
		r.act(as, "/tasks/"+task+"/complete", map[string]any{"outcome": "satisfied"}).wrongAt("/fields/results_of_review", "required")
		r.act(as, "/tasks/"+task+"/complete", map[string]any{"outcome": "refused"}).wrongAt("/fields/results_of_review", "required")
		r.act(as, path+"/close", map[string]any{"outcome": "accepted-at-once"}).wrongAt("/fields/results_of_review", "required")
		r.act(as, path+"/close", map[string]any{"outcome": "dismissed"}).wrongAt("/fields/results_of_review", "required")
		require.Equal(t, "under_review", r.do(request{as: as, path: path}).want(http.StatusOK).text("result"))
	}
	refused("manager")
	// What deals may do is not for claims.
	for way, body := range map[string]map[string]any{
		"close": {"result": "won"}, "move": {"stage": "decide"}, "switch-to-manual": {"reason": "x"},
	} {
		r.act("manager", "/deals/"+id+"/"+way, body).problem(http.StatusNotFound, "deal_not_found")
	}
	change(" ").want(http.StatusOK)
	refused("manager")
	change("Заменим").want(http.StatusOK)
	r.act("manager", path+"/close", map[string]any{"outcome": "accepted-at-once"}).want(http.StatusOK)
	change(nil).problem(http.StatusConflict, "case_closed")

	// Reopened it has its results still (R60); emptied, it ends with none.
	r.act("director", path+"/reopen", map[string]any{"reason": "Заменили не то"}).want(http.StatusOK)
	change(nil).want(http.StatusOK)
	refused("manager")
	// Whoever takes it over ends it no otherwise.
	r.act("director", "/users/"+r.users["manager"].ID.String()+"/handover", map[string]any{"to": []any{map[string]any{"user_id": r.users["manager2"].ID}}}).want(http.StatusOK)
	refused("manager2")
	done := r.act("manager2", path+"/close", map[string]any{"outcome": "dismissed", "fields": map[string]any{"results_of_review": "Наша вина не подтвердилась"}}).want(http.StatusOK)
	require.Equal(t, "not_satisfied", done.text("case.result"))
}
