package server

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"

	"marshrut/activities"
)

func TestR13_ListsOfCasesThroughTheAPI(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	client := r.client()
	deal := func(topic, potential string) string {
		return r.do(request{as: "manager", method: post, path: "/deals", body: map[string]any{
			"client_id": client, "topic": topic, "source": "site", "kind": "no_stages", "potential": potential,
		}}).want(http.StatusCreated).text("case.id")
	}
	deal("a", "100.00")
	second := deal("b", "300.00")
	deal("c", "200.00")
	r.appeal()
	r.do(request{as: "manager", method: post, path: "/interactions", body: map[string]any{
		"case_id": second, "kind": "call", "status": "planned", "at": r.now.now().Add(time.Hour).Format(time.RFC3339), "topic": "Созвон",
	}}).want(http.StatusCreated)
	list := func(query string) *answer {
		return r.do(request{as: "manager", method: get, path: "/cases" + query}).want(http.StatusOK)
	}
	first := list("?kind=deal,interest&sort=amount&limit=2&count=true&responsible=me")
	if first.text("items.0.topic") != "b" || first.text("items.1.topic") != "c" || first.at("found.count") != 3.0 || first.at("found.more") != false {
		t.Errorf("the dearest deals: %s", first.body)
	}
	if first.text("items.0.client_name") != "ООО Ромашка" || first.text("items.0.responsible_name") != r.users["manager"].Name ||
		first.text("items.0.next_interaction.topic") != "Созвон" || first.at("items.0.negotiations") != false || first.text("items.0.sale.potential") != "300.00" {
		t.Errorf("a deal in a list: %s", first.body)
	}
	next := list("?kind=deal,interest&sort=amount&limit=2&responsible=me&after=" + first.text("next"))
	if items := next.at("items").([]any); len(items) != 1 || next.text("items.0.topic") != "a" || next.at("found") != nil {
		t.Errorf("the next page: %s", next.body)
	}
	for query, want := range map[string]int{"?map=appeal&version=1": 1, "?map=appeal&version=2": 0, "?map=appeal": 1} {
		if got := list(query); len(got.at("items").([]any)) != want {
			t.Errorf("%s: %s, want %d", query, got.body, want)
		}
	}
	if got := list("?unplanned=true&kind=deal&q=b"); len(got.at("items").([]any)) != 0 {
		t.Errorf("b has a plan: %s", got.body)
	}
	r.do(request{as: "manager", method: get, path: "/cases?after=" + first.text("next")}).problem(http.StatusBadRequest, "invalid_cursor")
	for i, query := range []string{
		"?kind=order", "?sort=planned", "?department=x", "?created_from=yesterday", "?closed_to=1800-01-01T00:00:00Z", "?currency=rub", "?negotiations=maybe",
		"?participant=you", "?contact=1", "?parent=D-000001", "?mode=fast", "?version=0",
	} {
		if p := r.do(request{as: "manager", method: get, path: "/cases" + query}).problem(http.StatusUnprocessableEntity, "validation_failed"); len(p.Errors) != 1 || p.Errors[0].Parameter == "" {
			t.Errorf("%s: %s", strconv.Itoa(i)+query, p.Detail)
		}
	}
}

// TestR43_OverdueAppealsAreListed: once a timer has found the limits passed, lists of cases and of tasks can be narrowed to them.
func TestR43_OverdueAppealsAreListed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	late, task := r.appeal()
	r.now.pass(30 * 24 * time.Hour)
	r.appeal() // in time
	timer := activities.AdvanceRequest{Case: uuid.MustParse(late), EventID: "timer/1", Kind: activities.EventTimer, At: r.now.now(), Seq: 1}
	if result, err := r.db.Advance(t.Context(), timer); err != nil || result.Behind {
		t.Fatalf("the timer: %+v, %v", result, err)
	}
	for path, want := range map[string]string{"/appeals?overdue=true": late, "/cases?overdue=true&sort=due": late, "/tasks?overdue=true": task} {
		a := r.do(request{as: "dispatcher", method: get, path: path}).want(http.StatusOK)
		if items := a.at("items").([]any); len(items) != 1 || a.text("items.0.id") != want {
			t.Errorf("%s: %s", path, a.body)
		}
	}
}
