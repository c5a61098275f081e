package postgres_test

import (
	"context"
	"testing"
	"time"

	"marshrut/crm"
	"marshrut/postgres"
)

// plan plans a call for the case.
func (of *office) plan(c *crm.Case, at time.Time) *crm.Interaction {
	of.t.Helper()
	i, err := of.CreateInteraction(context.Background(), crm.Interaction{
		CaseID: c.ID, Kind: crm.InteractionCall, Status: crm.InteractionPlanned, At: at, CreatedBy: of.manager.ID,
	})
	if err != nil {
		of.t.Fatal(err)
	}
	return i
}

func TestR2_APlanThatWasMissedPlansNothing(t *testing.T) {
	t.Parallel()
	clock := newRecordsClock()
	of := newOffice(t, postgres.Options{Clock: clock.now})
	c := of.create(crm.NewCase{Kind: crm.Interest, By: of.manager.ID})
	contact, err := of.CreateContact(context.Background(), crm.Contact{ClientID: of.client, Name: "Мария Кузнецова"})
	if err != nil {
		t.Fatal(err)
	}
	form := map[string]any{"contact": contact.ID.String(), "need": "Чай"}
	of.plan(c, clock.now().Add(time.Hour))
	clock.pass(2 * time.Hour)
	if missed := of.complete(c, of.manager, "interested", form); missed.Refusal == nil || missed.Refusal.Code != "interaction_not_planned" {
		t.Fatalf("with a plan that lies behind the step was %s: %v", missed.Status, missed.Refusal)
	}
	of.plan(c, clock.now().Add(time.Hour))
	if done := of.complete(c, of.manager, "interested", form); done.Status != crm.CommandApplied {
		t.Errorf("with a plan the step was %s: %v", done.Status, done.Refusal)
	}
}

func TestR32_AContactThatIsOnlyPlannedHasNotBeenMade(t *testing.T) {
	t.Parallel()
	clock := newRecordsClock()
	of := newOffice(t, postgres.Options{Clock: clock.now})
	c := of.create(crm.NewCase{Kind: crm.Deal, By: of.manager.ID})
	call := of.plan(c, clock.now().Add(time.Hour))
	form := map[string]any{"interaction": call.ID.String()}
	early := of.complete(c, of.manager, "made", form)
	if early.Refusal == nil || len(early.Refusal.Fields) != 1 || early.Refusal.Fields[0].Code != "no_such_interaction" {
		t.Fatalf("a planned call was taken for one that was made: %s %v", early.Status, early.Refusal)
	}
	clock.pass(time.Hour)
	completed := crm.InteractionCompleted
	if _, err := of.PatchInteraction(context.Background(), call.ID, 1, crm.InteractionPatch{Status: &completed}, of.manager.ID); err != nil {
		t.Fatal(err)
	}
	if made := of.complete(c, of.manager, "made", form); made.Status != crm.CommandApplied {
		t.Errorf("the call that was made: %s %v", made.Status, made.Refusal)
	}
}
