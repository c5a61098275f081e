package postgres_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"marshrut/activities"
	"marshrut/crm"
	"marshrut/postgres"
)

// listening is a map whose only stage lets a call, a letter, a colleague's document and a payment move the interest on.
const listening = `
id: listening
process: interest
name: {en: Listening, ru: Слушает}
stages:
  - id: first
    name: {en: First, ru: Первый}
    performer: responsible
    on_event:
      - {event: call, outcome: called}
      - {event: inbound_email, outcome: called}
      - {event: document, outcome: called}
      - {event: payment, outcome: called}
    outcomes:
      - {id: called, name: {en: Called, ru: Позвонили}, to: second}
  - id: second
    name: {en: Second, ru: Второй}
    performer: responsible
    outcomes:
      - {id: done, name: {en: Done, ru: Готово}, finish: positive}
      - {id: no, name: {en: No, ru: Нет}, finish: negative}
`

func (of *office) publish(source string) {
	of.t.Helper()
	if _, _, err := of.PublishRouteMap(context.Background(), []byte(source), uuid.Nil); err != nil {
		of.t.Fatal(err)
	}
}

// bring brings to the route what records have left for it, as the program does, and answers how much that was.
func (of *office) bring(c *crm.Case) int {
	of.t.Helper()
	waiting, err := of.UnacknowledgedOf(context.Background(), c.ID)
	if err != nil {
		of.t.Fatal(err)
	}
	waiting = slices.DeleteFunc(waiting, func(c crm.Command) bool { return !c.OfRecord() })
	for _, command := range waiting {
		of.advance(activities.AdvanceRequest{Case: c.ID, EventID: "command/" + command.ID.String(), Kind: activities.EventCommand, Ref: command.ID})
	}
	return len(waiting)
}

func TestR11_RecordsMoveTheInterestOn(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	of.publish(listening)
	ctx := context.Background()
	interaction := func(kind crm.InteractionKind, direction string, status crm.InteractionStatus) func(c *crm.Case) error {
		return func(c *crm.Case) error {
			at := of.now().Add(-time.Minute)
			if status == crm.InteractionPlanned {
				at = of.now().Add(time.Hour)
			}
			_, err := of.CreateInteraction(ctx, crm.Interaction{
				CaseID: c.ID, Kind: kind, Direction: direction, Status: status, At: at, Topic: "Вопрос", CreatedBy: of.manager.ID,
			})
			return err
		}
	}
	file := func(by *crm.User) func(c *crm.Case) error {
		return func(c *crm.Case) error {
			_, err := of.CreateFile(ctx, crm.File{Card: crm.Card{Kind: crm.CardCase, ID: c.ID}, Name: "договор.pdf", MediaType: "application/pdf", CreatedBy: by.ID}, []byte("%PDF"))
			return err
		}
	}
	for name, test := range map[string]struct {
		record func(c *crm.Case) error
		moves  bool
	}{
		"an incoming call":       {interaction(crm.InteractionCall, "in", crm.InteractionCompleted), true},
		"an incoming letter":     {interaction(crm.InteractionEmail, "in", crm.InteractionCompleted), true},
		"a call of ours":         {interaction(crm.InteractionCall, "out", crm.InteractionCompleted), false},
		"a planned call":         {interaction(crm.InteractionCall, "in", crm.InteractionPlanned), false},
		"a meeting":              {interaction(crm.InteractionMeeting, "in", crm.InteractionCompleted), false},
		"a colleague's document": {file(of.director), true},
		"the responsible's own":  {file(of.manager), false},
		"a payment":              {func(c *crm.Case) error { _, err := of.pay(c, "100.50"); return err }, true},
		"an amount that is nothing": {func(c *crm.Case) error {
			_, err := of.pay(c, "0.00")
			wantCode(t, err, crm.KindUnprocessed, "/amount", "not_an_amount")
			return nil
		}, false},
	} {
		c := of.create(crm.NewCase{Kind: crm.Interest, MapID: "listening", ResponsibleID: of.manager.ID})
		if err := test.record(c); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if told := of.bring(c); (told == 1) != test.moves || told > 1 {
			t.Errorf("%s: the route was told %d times", name, told)
		}
		if got, want := of.reload(c).Stage, map[bool]string{true: "second", false: "first"}[test.moves]; got != want {
			t.Errorf("%s: the case stands at %s, want %s", name, got, want)
		}
		if test.moves && of.open(c).UserID != of.manager.ID {
			t.Errorf("%s: the responsible has no task of the new stage", name)
		}
	}
}

// pay records a payment for the case.
func (of *office) pay(c *crm.Case, amount string) (*crm.Payment, error) {
	return of.CreatePayment(context.Background(), crm.Payment{
		CaseID: c.ID, Amount: amount, Currency: "RUB", PaidOn: of.now().Truncate(24 * time.Hour), CreatedBy: of.manager.ID,
	})
}

func TestR11_ARecordIsToldOnceHoweverOftenItComes(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	of.publish(listening)
	c := of.create(crm.NewCase{Kind: crm.Interest, MapID: "listening", ResponsibleID: of.manager.ID})
	payment := crm.Payment{
		ID: uuid.Must(uuid.NewV7()), CaseID: c.ID, Amount: "100", Currency: "RUB", PaidOn: of.now().Truncate(24 * time.Hour), CreatedBy: of.manager.ID,
	}
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() {
			if made, err := of.CreatePayment(context.Background(), payment); err != nil || made.ID != payment.ID {
				t.Errorf("%+v, %v", made, err)
			}
		})
	}
	group.Wait()
	if told := of.bring(c); told != 1 {
		t.Errorf("the route was told %d times", told)
	}
	if n := of.count("select count(*) from payments"); n != 1 {
		t.Errorf("%d payments are recorded", n)
	}
}

func TestR11_R60_WhatComesToAClosedCaseCountsOnceItIsReopened(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	of.publish(listening)
	c := of.create(crm.NewCase{Kind: crm.Interest, MapID: "listening", By: of.manager.ID})
	of.applied(crm.Command{CaseID: c.ID, UserID: of.manager.ID, Kind: crm.CommandCancel, Payload: crm.CommandPayload{Reason: "Ошибка"}})
	if _, err := of.pay(c, "10"); err != nil {
		t.Fatal(err)
	}
	if n := of.bring(c); n != 0 {
		t.Errorf("a closed case is told of %d things", n)
	}
	if n := of.count("select count(*) from case_events where name = 'payment'"); n != 1 {
		t.Errorf("%d payments are kept for its route", n)
	}
}

func TestR11_RoutesThatDoNotListenAreNotTold(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	appeal := of.create(crm.NewCase{Kind: crm.Appeal, ResponsibleID: of.manager.ID})
	if _, err := of.pay(appeal, "100"); err != nil {
		t.Fatal(err)
	}
	if told := of.bring(appeal); told != 0 {
		t.Errorf("a map without triggers was told %d times", told)
	}
}

// toPayment brings an interest of new-clients from its beginning to where its payment is waited for; the call is planned meanwhile.
func (of *office) toPayment(c *crm.Case) (call *crm.Interaction) {
	of.t.Helper()
	ctx := context.Background()
	call = of.plan(c, of.now().Add(time.Hour))
	contact, err := of.CreateContact(ctx, crm.Contact{ClientID: of.client, Name: "Мария Кузнецова"})
	if err != nil {
		of.t.Fatal(err)
	}
	file, err := of.CreateFile(ctx, crm.File{Card: crm.Card{Kind: crm.CardCase, ID: c.ID}, Name: "offer.pdf", MediaType: "application/pdf", CreatedBy: of.manager.ID}, []byte("offer"))
	if err != nil {
		of.t.Fatal(err)
	}
	for _, step := range []struct {
		outcome string
		fields  map[string]any
	}{
		{"interested", map[string]any{"contact": contact.ID.String(), "need": "Чай"}},
		{"accepted", map[string]any{"file": file.ID.String(), "amount": "100"}},
		{"issued", map[string]any{"number": "7", "amount": "100", "due": "2030-01-01"}},
	} {
		if done := of.complete(c, of.manager, step.outcome, step.fields); done.Status != crm.CommandApplied {
			of.t.Fatalf("%s was %s: %v", step.outcome, done.Status, done.Refusal)
		}
	}
	return call
}

// TestR11_APaymentThatComesEarlyCountsWhenItsStageIsEntered, and the task of the stage that is passed at once is over with it.
func TestR11_APaymentThatComesEarlyCountsWhenItsStageIsEntered(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	c := of.create(crm.NewCase{Kind: crm.Interest, MapID: "new-clients", By: of.manager.ID, ResponsibleID: of.manager.ID})
	payment, err := of.pay(c, "12500.50")
	if err != nil {
		t.Fatal(err)
	}
	if payment.Amount != "12500.50" || of.bring(c) != 1 || of.reload(c).Stage != "acquaintance" {
		t.Errorf("%+v, and the case is at %s", payment, of.reload(c).Stage)
	}
	of.toPayment(c)
	if stage := of.reload(c).Stage; stage != "shipment" {
		t.Errorf("the case is at %s", stage)
	}
	if task := of.open(c); task.Path != "shipment" {
		t.Errorf("the open task is %s's", task.Path)
	}
	if n := of.count("select count(*) from tasks where path = 'payment' and status = 'completed'"); n != 1 {
		t.Errorf("%d completed tasks of the payment", n)
	}
}

func TestR11_APaymentWithdrawnBeforeItsStageDoesNotCount(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	c := of.create(crm.NewCase{Kind: crm.Interest, MapID: "new-clients", By: of.manager.ID, ResponsibleID: of.manager.ID})
	payment, err := of.pay(c, "10")
	if err != nil {
		t.Fatal(err)
	}
	of.bring(c)
	if _, err := of.WithdrawPayment(context.Background(), payment.ID, of.manager.ID); err != nil {
		t.Fatal(err)
	}
	of.toPayment(c)
	if stage := of.reload(c).Stage; stage != "payment" {
		t.Errorf("the case is at %s", stage)
	}
}

func TestAPaymentRecordedByMistakeIsWithdrawnAndStays(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	c := of.create(crm.NewCase{Kind: crm.Interest, MapID: "new-clients", ResponsibleID: of.manager.ID})
	payment, err := of.pay(c, "100")
	if err != nil {
		t.Fatal(err)
	}
	_, err = of.WithdrawPayment(ctx, payment.ID, of.other.ID)
	wantCode(t, err, crm.KindForbidden, "", "not_on_the_case")
	for range 2 { // the second time changes nothing
		withdrawn, err := of.WithdrawPayment(ctx, payment.ID, of.manager.ID)
		if err != nil || withdrawn.WithdrawnBy != of.manager.ID || withdrawn.WithdrawnAt == nil {
			t.Fatalf("%+v, %v", withdrawn, err)
		}
	}
	list, err := of.Payments(ctx, c.ID)
	if err != nil || len(list) != 1 || list[0].WithdrawnAt == nil {
		t.Errorf("%+v, %v", list, err)
	}
	_, err = of.WithdrawPayment(ctx, uuid.New(), of.manager.ID)
	wantCode(t, err, crm.KindNotFound, "", "payment_not_found")
}

// TestR60_AManualDealThatIsReopenedHasNoTasks: its process asks for nothing any more, mandatory planning included (R34).
func TestR60_AManualDealThatIsReopenedHasNoTasks(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	of.publish(`
id: planned-by-hand
process: deal
control: manual
name: {en: By hand, ru: Вручную}
settings: {next_interaction: mandatory}
stages:
  - id: first
    name: {en: First, ru: Первый}
  - id: second
    name: {en: Second, ru: Второй}
`)
	c := of.create(crm.NewCase{Kind: crm.Deal, MapID: "planned-by-hand", By: of.manager.ID})
	of.applied(crm.Command{CaseID: c.ID, UserID: of.manager.ID, Kind: crm.CommandCancel, Payload: crm.CommandPayload{Reason: "Ошибка"}})
	of.applied(crm.Command{CaseID: c.ID, UserID: of.director.ID, Kind: crm.CommandReopen, Payload: crm.CommandPayload{Reason: "Передумали"}})
	if n := of.count("select count(*) from tasks"); n != 0 {
		t.Errorf("%d tasks", n)
	}
	if again := of.reload(c); again.Status != crm.StatusOpen || again.Mode != crm.ModeManual {
		t.Errorf("reopened as %s in mode %s", again.Status, again.Mode)
	}
}

// TestR37_WhatTheClientDoesEndsTheWaitForHim: the shipped map of appeals reacts to no event, but its clock stands still until the client
// answers, and his answer is recorded like any other.
func TestR37_WhatTheClientDoesEndsTheWaitForHim(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	record := func(kind crm.InteractionKind, direction string) func(c *crm.Case) error {
		return func(c *crm.Case) error {
			_, err := of.CreateInteraction(ctx, crm.Interaction{
				CaseID: c.ID, Kind: kind, Direction: direction, Status: crm.InteractionCompleted, At: of.now(), Topic: "Ответ", CreatedBy: of.manager.ID,
			})
			return err
		}
	}
	for name, test := range map[string]struct {
		record func(c *crm.Case) error
		ends   bool
	}{
		"his letter":      {record(crm.InteractionEmail, "in"), true},
		"his call":        {record(crm.InteractionCall, "in"), true},
		"his payment":     {func(c *crm.Case) error { _, err := of.pay(c, "100.50"); return err }, true},
		"a call of ours":  {record(crm.InteractionCall, "out"), false},
		"a meeting of us": {record(crm.InteractionMeeting, "in"), false},
		"a colleague's document": {func(c *crm.Case) error {
			_, err := of.CreateFile(ctx, crm.File{Card: crm.Card{Kind: crm.CardCase, ID: c.ID}, Name: "а.pdf", MediaType: "application/pdf", CreatedBy: of.director.ID}, []byte("%PDF"))
			return err
		}, false},
	} {
		c := of.create(crm.NewCase{Kind: crm.Appeal})
		of.complete(c, of.dispatcher, "hand-over", map[string]any{"purpose": "question", "performer": of.manager.ID.String()})
		if err := test.record(c); err != nil || of.bring(c) != 0 {
			t.Fatalf("%s, while nobody is waited for: %v", name, err)
		}
		of.complete(c, of.manager, "awaiting-client", map[string]any{"until": of.now().Add(48 * time.Hour).Format(time.RFC3339)})
		if task := of.open(c); task.DueAt != nil {
			t.Fatalf("the client is waited for, and the task is due %v", task.DueAt)
		}
		if err := test.record(c); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		told := of.bring(c)
		if due := of.open(c).DueAt; (told == 1) != test.ends || told > 1 || (due != nil) != test.ends {
			t.Errorf("%s: the route was told %d times, and the task is due %v", name, told, due)
		}
	}
}
