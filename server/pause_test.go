package server

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"marshrut/activities"
)

// TestR37_WhyTellsOfAPause: while the client is waited for, /why says so and until when; afterwards the feed does.
func TestR37_WhyTellsOfAPause(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id, taskID := r.appeal()
	handed := r.do(request{as: "dispatcher", method: post, path: "/tasks/" + taskID + "/complete", body: map[string]any{
		"outcome": "hand-over", "fields": map[string]any{"purpose": "question", "performer": r.users["manager"].ID},
	}}).want(http.StatusOK)
	until := r.now.now().Add(48 * time.Hour)
	r.do(request{as: "manager", method: post, path: "/tasks/" + handed.text("next_tasks.0.id") + "/complete", body: map[string]any{
		"outcome": "awaiting-client", "fields": map[string]any{"until": until.Format(time.RFC3339)},
	}}).want(http.StatusOK)
	why := r.do(request{as: "manager", method: get, path: "/cases/" + id + "/why"}).want(http.StatusOK)
	if why.text("waiting_for.0.kind") != "pause" || why.text("waiting_for.0.until") != until.Format(time.RFC3339) || why.text("waiting_for.1.kind") != "task" {
		t.Errorf("why: %s", why.body)
	}
	if text := why.text("waiting_for.0.text"); !strings.HasPrefix(text, "“Processing” waits for the client until 4 Mar 2026 12:00 MSK") {
		t.Errorf("why: %s", text)
	}
	r.now.pass(48 * time.Hour)
	timer := activities.AdvanceRequest{Case: uuid.MustParse(id), EventID: "timer/1", Kind: activities.EventTimer, At: r.now.now(), Seq: 3}
	if result, err := r.db.Advance(t.Context(), timer); err != nil || result.Behind {
		t.Fatalf("the pause's end: %+v, %v", result, err)
	}
	if why := r.do(request{as: "manager", method: get, path: "/cases/" + id + "/why"}).want(http.StatusOK); why.text("waiting_for.0.kind") != "task" {
		t.Errorf("why, after the pause: %s", why.body)
	}
	told := r.feedTexts("manager", id)
	if !slices.Contains(told, "The pause of “Processing” is over: its time limit runs again.") {
		t.Errorf("the feed:\n%s", strings.Join(told, "\n"))
	}
}
