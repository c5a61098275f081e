package postgres_test

import (
	"context"
	"testing"

	"marshrut/activities"
	"marshrut/crm"
	"marshrut/postgres"
)

func TestR37_AppealFromIntakeToTheEnd(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	c := of.create(crm.NewCase{Kind: crm.Appeal})
	if c.Number != "A-000001" || c.Stage != "classification" || c.Seq != 1 || c.MapID != "appeal" {
		t.Fatalf("a new appeal is %+v", c)
	}
	first := of.open(c)
	if first.Role != crm.RoleDispatcher || first.DueAt == nil {
		t.Fatalf("the first task is %+v, want one of the dispatchers with a deadline", first.Task)
	}
	done := of.complete(c, of.dispatcher, "hand-over", map[string]any{"purpose": "question", "performer": of.manager.ID.String()})
	if done.Status != crm.CommandApplied {
		t.Fatalf("handing over was %s: %v", done.Status, done.Refusal)
	}
	second := of.open(c)
	if second.UserID != of.manager.ID || second.Path != "processing" {
		t.Fatalf("the second task is %+v, want the manager's", second.Task)
	}
	done = of.complete(c, of.manager, "resolved", map[string]any{"result": "Ответили клиенту"})
	if done.Status != crm.CommandApplied {
		t.Fatalf("resolving was %s: %v", done.Status, done.Refusal)
	}
	c = of.reload(c)
	if c.Status != crm.StatusPositive || c.ClosedAt == nil || c.Outcome != "resolved" {
		t.Fatalf("the appeal ended as %+v", c)
	}
	want := "created stage_entered task_completed stage_entered task_completed closed"
	if got := of.feedKinds(c); got != want {
		t.Errorf("the feed tells %q, want %q", got, want)
	}
	ledger, err := of.Notifications(context.Background(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(ledger) != 2 || ledger[0].Template != "appeal-accepted" || ledger[1].Template != "appeal-closed" {
		t.Fatalf("the ledger holds %+v", ledger)
	}
	view := of.advance(activities.AdvanceRequest{Case: c.ID, EventID: "sync", Kind: activities.EventSync})
	if !view.Closed || len(view.Pending) != 2 || view.Wake != nil {
		t.Errorf("the workflow is told %+v", view)
	}
}
