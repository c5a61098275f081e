package postgres_test

import (
	"context"
	"testing"

	"marshrut/activities"
	"marshrut/crm"
	"marshrut/postgres"
)

func TestACommandComesWithItsCaseAndIsDecidedOnce(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	c := of.create(crm.NewCase{Kind: crm.Appeal})
	stored, target, err := of.InsertCommand(context.Background(), crm.Command{
		CaseID: c.ID, UserID: of.dispatcher.ID, Kind: crm.CommandComplete, IdempotencyKey: "once",
		Payload: crm.CommandPayload{TaskID: of.open(c).ID, Outcome: "hand-over", Fields: map[string]any{"purpose": "question", "performer": of.manager.ID.String()}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if target == nil || target.ID != c.ID || target.Number != c.Number || target.Mode != crm.ModeProcess {
		t.Fatalf("with the command comes the case %+v", target)
	}
	request := activities.AdvanceRequest{
		Case: c.ID, EventID: "command/" + stored.ID.String(), Kind: activities.EventCommand, Ref: stored.ID, Seq: 1,
	}
	first := of.advance(request)
	if first.Again || first.Seq != 2 || first.Refused != "" {
		t.Fatalf("the command was answered %+v", first)
	}
	of.complete(c, of.manager, "resolved", map[string]any{"result": "Ответили клиенту"})
	again := of.advance(request)
	if !again.Again || again.Seq != 3 {
		t.Errorf("asked again: %+v, want the case's latest transition and that it was decided before", again)
	}
	if sync := of.advance(activities.AdvanceRequest{Case: c.ID, EventID: "sync", Kind: activities.EventSync}); sync.Again {
		t.Error("a look at the case counts as a repeated event")
	}
}
