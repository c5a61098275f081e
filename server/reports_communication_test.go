package server

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestR47_CommunicationIsCounted by kind, direction and time; what is planned, cancelled or another's is not.
func TestR47_CommunicationIsCounted(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	client := r.client()
	record := func(as, kind, direction, status string, at time.Time) string {
		body := map[string]any{"client_id": client, "kind": kind, "status": status, "at": at.Format(time.RFC3339), "topic": "x"}
		if direction != "" {
			body["direction"] = direction
		}
		return r.do(request{as: as, method: post, path: "/interactions", body: body}).want(http.StatusCreated).text("id")
	}
	now := r.now.now() // 2 March 2026
	record("manager", "call", "in", "completed", now.Add(-time.Hour))
	record("manager", "call", "in", "completed", now.AddDate(0, 0, -1))
	record("manager", "call", "out", "completed", now.Add(-time.Hour))
	record("manager2", "meeting", "out", "completed", now.AddDate(0, -1, 0))
	record("manager", "email", "out", "planned", now.Add(time.Hour))
	cancelled := record("manager", "sms", "out", "completed", now.Add(-time.Hour))
	r.do(request{as: "manager", method: patch, path: "/interactions/" + cancelled, body: map[string]any{"status": "cancelled"}, headers: map[string]string{"If-Match": "*"}}).want(http.StatusOK)
	rows := func(a *answer) string {
		var lines []string
		for _, one := range a.at("items").([]any) {
			row := one.(map[string]any)
			lines = append(lines, fmt.Sprintf("%s %s %s %v of %v", row["from"], row["kind"], row["direction"], row["count"], row["clients"]))
		}
		return strings.Join(lines, "; ")
	}
	for _, c := range []struct{ as, query, want string }{
		{"director", "?from=2026-01-01&to=2026-03-31", "2026-01-01 call in 2 of 1; 2026-01-01 call out 1 of 1; 2026-01-01 meeting out 1 of 1"},
		{"director", "?from=2026-01-01&to=2026-03-31&step=month", "2026-02-01 meeting out 1 of 1; 2026-03-01 call in 2 of 1; 2026-03-01 call out 1 of 1"},
		{"director", "", "2026-03-01 call in 2 of 1; 2026-03-01 call out 1 of 1"},
		{"director", "?step=day", "2026-03-01 call in 1 of 1; 2026-03-02 call in 1 of 1; 2026-03-02 call out 1 of 1"},
		{"manager2", "?from=2026-01-01", "2026-01-01 meeting out 1 of 1"},
		{"director", "?kind=deal", ""},
		{"auditor", "?from=2026-02-01&client=" + client + "&to=2026-02-28", "2026-02-01 meeting out 1 of 1"},
	} {
		got := rows(r.report(c.as, "communication"+c.query, "items"))
		if got != c.want {
			t.Errorf("%s %s: %s, want %s", c.as, c.query, got, c.want)
		}
	}
	unknown := record("manager", "meeting", "", "completed", now.Add(-time.Hour))
	for _, direction := range []string{"-", ""} { // a row has no direction where none is known: "-" asks for it, as everywhere
		list := r.do(request{as: "director", method: get, path: "/reports/communication/interactions?means=meeting&direction=" + direction}).want(http.StatusOK)
		if items := list.at("items").([]any); len(items) != 1 || list.text("items.0.id") != unknown {
			t.Errorf("direction %q: %s", direction, list.body)
		}
	}
	record("manager", "meeting", "in", "completed", now.Add(-2*time.Hour))
	known := len(r.do(request{as: "director", method: get, path: "/reports/communication/interactions?means=meeting&direction=out"}).want(http.StatusOK).at("items").([]any)) +
		len(r.do(request{as: "director", method: get, path: "/reports/communication/interactions?means=meeting&direction=in"}).want(http.StatusOK).at("items").([]any))
	if all := r.do(request{as: "director", method: get, path: "/reports/communication/interactions?means=meeting&direction=all"}).want(http.StatusOK).at("items").([]any); known == 0 || len(all) != known+1 {
		t.Errorf("of whatever direction: %d, of a known one: %d", len(all), known)
	}
	r.do(request{as: "director", method: get, path: "/reports/communication?step=year"}).problem(http.StatusUnprocessableEntity, "validation_failed")
	r.do(request{as: "manager", method: get, path: "/reports/communication?responsible=" + r.users["manager2"].ID.String()}).problem(http.StatusForbidden, "not_allowed")
}
