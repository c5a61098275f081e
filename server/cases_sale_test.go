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
	for field, wrong := range map[string]any{"channel": "telepathy", "potential": "a lot", "probability": 101, "currency": "usd"} {
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
