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

func TestR11_EventsAreToldByWhoWorksOnTheCase(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	c := of.create(crm.NewCase{Kind: crm.Appeal, ResponsibleID: of.manager.ID})
	tell := func(by *crm.User) error {
		_, err := of.InsertEvent(context.Background(), crm.OutsideEvent{CaseID: c.ID, Name: "call", ExternalID: by.Login, By: by.ID})
		return err
	}
	for _, by := range []*crm.User{of.manager, of.director, of.dispatcher} { // responsible, head, and in the pool of the open task
		if err := tell(by); err != nil {
			t.Errorf("%s: %v", by.Login, err)
		}
	}
	wantCode(t, tell(of.other), crm.KindForbidden, "", "not_on_the_case")
	if n := of.count("select count(*) from case_events"); n != 3 {
		t.Errorf("%d events are stored, want 3", n)
	}
}

func TestR11_AClosedCaseTakesNoEvents(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	c := of.create(crm.NewCase{Kind: crm.Appeal})
	early := crm.OutsideEvent{CaseID: c.ID, Name: "payment", ExternalID: "1", By: of.dispatcher.ID}
	first, err := of.InsertEvent(context.Background(), early)
	if err != nil {
		t.Fatal(err)
	}
	of.exec("update tasks set status = 'withdrawn'")
	of.exec("update cases set status = 'positive', closed_at = now()")
	_, err = of.InsertEvent(context.Background(), crm.OutsideEvent{CaseID: c.ID, Name: "payment", ExternalID: "2", By: of.dispatcher.ID})
	wantCode(t, err, crm.KindConflict, "", "case_closed")
	if again, err := of.InsertEvent(context.Background(), early); err != nil || again.ID != first.ID {
		t.Errorf("an event told before is answered %+v, %v", again, err)
	}
	if n := of.count("select (select count(*) from case_events) + (select count(*) from commands where kind = 'event')"); n != 2 {
		t.Errorf("%d rows of events and their commands, want those of the first alone", n)
	}
}

// count is the number a query answers.
func (of *office) count(sql string) int {
	of.t.Helper()
	var n int
	if err := of.Pool().QueryRow(context.Background(), sql).Scan(&n); err != nil {
		of.t.Fatal(err)
	}
	return n
}
