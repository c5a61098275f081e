package server

import (
	"net/http"
	"testing"
	"time"
)

// TestR13_R41_WorkplacesThroughTheAPI: an accepted appeal is in my affairs, my tasks and all tasks; my sales show what is
// planned next.
func TestR13_R41_WorkplacesThroughTheAPI(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	appeal, task := r.appeal()
	get := func(as, path string) *answer {
		return r.do(request{as: as, method: get, path: path}).want(http.StatusOK)
	}
	if a := get("dispatcher", "/agenda"); a.text("items.0.kind") != "appeal" || a.text("items.0.appeal.id") != appeal || a.text("items.0.appeal.client_name") != "Анна" {
		t.Errorf("my affairs: %s", a.body)
	}
	for _, path := range []string{"/tasks", "/tasks?performer=all"} {
		if a := get("dispatcher", path); a.text("items.0.id") != task {
			t.Errorf("%s: %s", path, a.body)
		}
	}
	if a := get("manager2", "/agenda?user="+r.users["dispatcher"].ID.String()); a.text("items.0.appeal.id") != appeal {
		t.Errorf("a colleague's affairs: %s", a.body)
	}

	begin := func(kind, topic string) string {
		return r.do(request{as: "manager", method: post, path: "/" + kind, body: map[string]any{
			"client_id": r.client(), "topic": topic, "source": "site",
		}}).want(http.StatusCreated).text("case.id")
	}
	begin("deals", "unplanned")
	deal, interest := begin("deals", "deal"), begin("interests", "interest")
	plan := func(caseID, topic string, in time.Duration) {
		r.do(request{as: "manager", method: post, path: "/interactions", body: map[string]any{
			"case_id": caseID, "kind": "meeting", "status": "planned", "at": r.now.now().Add(in).Format(time.RFC3339), "topic": topic,
		}}).want(http.StatusCreated)
	}
	plan(deal, "later", 5*time.Hour)
	plan(deal, "Встреча", 3*time.Hour)
	plan(interest, "Показ", time.Hour)
	sales := get("manager", "/sales?limit=2&count=true")
	if sales.text("items.0.topic") != "interest" || sales.text("items.1.next_interaction.topic") != "Встреча" || sales.at("found.count") != 3.0 {
		t.Errorf("my sales: %s", sales.body)
	}
	if rest := get("manager", "/sales?limit=2&after="+sales.text("next")); rest.text("items.0.topic") != "unplanned" || rest.at("next") != nil {
		t.Errorf("the rest of my sales: %s", rest.body)
	}
	if a := get("manager", "/sales?kind=interest&sort=activity"); len(a.at("items").([]any)) != 1 {
		t.Errorf("my interests: %s", a.body)
	}
	if a := get("manager2", "/sales"); len(a.at("items").([]any)) != 0 {
		t.Errorf("another's sales: %s", a.body)
	}
	from, to := r.now.now().Add(2*time.Hour).Format(time.RFC3339), r.now.now().Add(4*time.Hour).Format(time.RFC3339)
	if a := get("manager", "/agenda?from="+from+"&to="+to); len(a.at("items").([]any)) != 1 || a.text("items.0.interaction.topic") != "Встреча" {
		t.Errorf("two hours: %s", a.body)
	}
	for path, code := range map[string]string{
		"/agenda?from=x": "validation_failed", "/agenda?user=x": "validation_failed", "/sales?kind=claim": "validation_failed", "/sales?sort=due&after=x": "invalid_cursor",
		"/agenda?after=" + sales.text("next") + "x": "invalid_cursor",
	} {
		status := http.StatusUnprocessableEntity
		if code == "invalid_cursor" {
			status = http.StatusBadRequest
		}
		r.do(request{as: "manager", method: "GET", path: path}).problem(status, code)
	}
}
