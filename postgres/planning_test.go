package postgres_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"marshrut/activities"
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

func TestR2_SavingACaseWithoutAPlanIsRefused(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	c := of.create(crm.NewCase{Kind: crm.Interest, By: of.manager.ID})
	topic := "Другая тема"
	_, err := of.PatchCase(ctx, c.ID, c.Version, crm.CasePatch{Topic: &topic}, of.manager.ID)
	wantCode(t, err, crm.KindConflict, "", "interaction_not_planned")
	_, err = of.AddParticipant(ctx, crm.CaseParticipant{CaseID: c.ID, UserID: of.other.ID, Role: crm.ParticipantColleague, CreatedBy: of.manager.ID})
	wantCode(t, err, crm.KindConflict, "", "interaction_not_planned")
	if got := of.reload(c); got.Topic == topic || got.Version != c.Version {
		t.Errorf("a refused change was written: %+v", got)
	}
	of.plan(c, of.now().Add(time.Hour))
	if saved, err := of.PatchCase(ctx, c.ID, c.Version, crm.CasePatch{Topic: &topic}, of.manager.ID); err != nil || saved.Topic != topic {
		t.Errorf("with a plan: %+v, %v", saved, err)
	}
}

// planTask is an interest that an outside event has moved on, with the task to plan the next step.
func (of *office) planTask() (*crm.Case, crm.TaskItem) {
	of.t.Helper()
	ctx := context.Background()
	c := of.create(crm.NewCase{Kind: crm.Interest, By: of.manager.ID})
	// The plan lies ahead while the manager works, and is held when the payment comes.
	call := of.toPayment(c)
	cancelled := crm.InteractionCancelled
	if _, err := of.PatchInteraction(ctx, call.ID, 1, crm.InteractionPatch{Status: &cancelled}, of.manager.ID); err != nil {
		of.t.Fatal(err)
	}
	paid, err := of.InsertEvent(ctx, crm.OutsideEvent{CaseID: c.ID, Name: "payment", By: of.manager.ID, IdempotencyKey: uuid.NewString()})
	if err != nil {
		of.t.Fatal(err)
	}
	of.advance(activities.AdvanceRequest{Case: c.ID, EventID: "command/" + paid.ID.String(), Kind: activities.EventCommand, Ref: paid.ID})
	page, err := of.ListTasks(ctx, crm.TaskFilter{CaseID: c.ID, Status: crm.TaskOpen, Limit: 10})
	if err != nil {
		of.t.Fatal(err)
	}
	for _, task := range page.Items {
		if task.Kind == "plan" {
			return c, task
		}
	}
	of.t.Fatalf("no task asks for a plan: %+v", page.Items)
	return nil, crm.TaskItem{}
}

func (of *office) wantPlanned(id uuid.UUID) {
	of.t.Helper()
	task, err := of.Task(context.Background(), id)
	if err != nil {
		of.t.Fatal(err)
	}
	if task.Status != crm.TaskCompleted || task.Outcome != "planned" || task.ClosedBy != of.manager.ID || task.ClosedAt == nil {
		of.t.Errorf("the task to plan is %+v", task.Task)
	}
}

func TestR2_TheTaskToPlanEndsWithAPlan(t *testing.T) {
	t.Parallel()
	for name, plan := range map[string]func(of *office, c *crm.Case){
		"planned": func(of *office, c *crm.Case) { of.plan(c, of.now().Add(time.Hour)) },
		"restored": func(of *office, c *crm.Case) {
			page, err := of.ListInteractions(context.Background(), crm.InteractionFilter{CaseID: c.ID, Limit: 10})
			if err != nil || len(page.Items) != 1 {
				of.t.Fatalf("%+v, %v", page, err)
			}
			planned := crm.InteractionPlanned
			if _, err := of.PatchInteraction(context.Background(), page.Items[0].ID, 2, crm.InteractionPatch{Status: &planned}, of.manager.ID); err != nil {
				of.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			of := newOffice(t, postgres.Options{})
			c, task := of.planTask()
			byHand := of.submit(crm.Command{CaseID: c.ID, UserID: of.manager.ID, Kind: crm.CommandComplete, Payload: crm.CommandPayload{TaskID: task.ID}})
			if byHand.Refusal == nil || byHand.Refusal.Code != "interaction_not_planned" {
				t.Errorf("without a plan it was %s: %v", byHand.Status, byHand.Refusal)
			}
			plan(of, c)
			of.wantPlanned(task.ID)
			if kinds := of.feedKinds(c); !strings.HasSuffix(kinds, " task_completed") {
				t.Errorf("the feed tells %s", kinds)
			}
		})
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

func TestATaskIsAlwaysSomebodys(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	task := of.open(of.create(crm.NewCase{Kind: crm.Deal, By: of.manager.ID}))
	for _, nobody := range []string{"user_id = null", "role = 'director'"} {
		_, err := of.Pool().Exec(context.Background(), "update tasks set "+nobody+" where id = $1", task.ID)
		if err == nil || !strings.Contains(err.Error(), "tasks_check") {
			t.Errorf("%s: %v", nobody, err)
		}
	}
}

// TestR40_AllContactsOfAClientAreRead, by a case's first step and by those that follow.
func TestR40_AllContactsOfAClientAreRead(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	_, _, err := of.PublishRouteMap(ctx, []byte(`id: circular
process: appeal
name: {en: Circular, ru: Рассылка}
stages:
  - id: tell
    name: {en: Tell, ru: Сообщить}
    performer: responsible
    on_entry: [{email: appeal-accepted, to: contacts}]
    on_completion: [{email: appeal-closed, to: contacts}]
    outcomes: [{id: done, name: {en: Done, ru: Готово}, finish: positive}]
`), uuid.Nil)
	if err != nil {
		t.Fatal(err)
	}
	const count = 130
	_, err = of.Pool().Exec(ctx, "insert into contacts (id, client_id, name) select gen_random_uuid(), $1, 'К' || n from generate_series(1, $2) n", of.client, count)
	if err != nil {
		t.Fatal(err)
	}
	c := of.create(crm.NewCase{Kind: crm.Appeal, MapID: "circular", By: of.manager.ID})
	if done := of.complete(c, of.manager, "done", nil); done.Status != crm.CommandApplied {
		t.Fatal(done.Refusal)
	}
	ledger, err := of.Notifications(ctx, c.ID)
	if err != nil || len(ledger) != 2*count {
		t.Errorf("%d notifications, %v", len(ledger), err)
	}
}
