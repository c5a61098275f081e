package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"marshrut/activities"
	"marshrut/crm"
	"marshrut/postgres"
)

// hookMap waits for another system at once: alone, and beside a person who may be quicker.
const hookMap = `id: hook
process: deal
control: process
name: {en: Hook, ru: Вызов}
state: active
settings: {manual_mode: allowed}
outcomes:
  - {id: dropped, name: {en: Dropped, ru: Не нужно}, finish: negative}
stages:
  - id: both
    kind: parallel
    name: {en: Both, ru: Оба}
    join: any
    branches:
      - id: system
        name: {en: System, ru: Система}
        stages:
          - id: order
            kind: action
            name: {en: Order, ru: Заказ}
            action: {webhook: "https://other.example/orders"}
      - id: person
        name: {en: Person, ru: Человек}
        stages:
          - id: phone
            name: {en: Phone, ru: Звонок}
            performer: responsible
            outcomes:
              - {id: ordered, name: {en: Ordered, ru: Заказано}, to: join}
  - id: after
    name: {en: After, ru: После}
    performer: responsible
    outcomes:
      - {id: done, name: {en: Done, ru: Готово}, finish: positive}
`

func TestR51_AWebhookIsWithdrawnWithItsStage(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	if _, _, err := of.PublishRouteMap(context.Background(), []byte(hookMap), uuid.Nil); err != nil {
		t.Fatal(err)
	}
	ways := map[string]func(c *crm.Case) crm.Command{
		"cancelled": func(*crm.Case) crm.Command {
			return crm.Command{Kind: crm.CommandCancel, Payload: crm.CommandPayload{Reason: "x"}}
		},
		"closed": func(*crm.Case) crm.Command {
			return crm.Command{Kind: crm.CommandClose, Payload: crm.CommandPayload{Outcome: "dropped"}}
		},
		"manual": func(*crm.Case) crm.Command {
			return crm.Command{Kind: crm.CommandSwitchToManual, Payload: crm.CommandPayload{Reason: "x"}}
		},
		"other branch": func(c *crm.Case) crm.Command {
			return crm.Command{Kind: crm.CommandComplete, Payload: crm.CommandPayload{TaskID: of.open(c).ID, Outcome: "ordered"}}
		},
	}
	for name, leave := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, atWork := range []bool{false, true} {
				c := of.create(crm.NewCase{Kind: crm.Deal, MapID: "hook", By: of.manager.ID})
				n := of.hook(c)
				of.refuse(n.ID)
				var claimed *crm.Notification
				if atWork {
					claimed = of.claim(n.ID)
				}
				command := leave(c)
				command.CaseID, command.UserID = c.ID, of.manager.ID
				if done := of.submit(command); done.Status != crm.CommandApplied {
					t.Fatalf("the command was %s: %v", done.Status, done.Refusal)
				}
				if atWork {
					if n = of.hook(c); n.Status != crm.NotificationSending {
						t.Fatalf("the attempt at work was broken off: %+v", n)
					}
					claimed.Status, claimed.Reason = crm.NotificationPending, "webhook_unreachable"
					if err := of.FinishNotification(context.Background(), claimed); err != nil {
						t.Fatal(err)
					}
				}
				n = of.hook(c)
				if n.Status != crm.NotificationSkipped || n.Reason != activities.ReasonStageLeft || n.FinishedAt == nil || n.NextTryAt != nil {
					t.Errorf("at work %v: the webhook is %+v", atWork, n)
				}
				if _, mine, err := of.ClaimNotification(context.Background(), n.ID, time.Minute); mine || err != nil {
					t.Errorf("another attempt was begun: %v", err)
				}
				of.told(c, "skipped", activities.ReasonStageLeft)
			}
		})
	}
}

func TestR51_AWebhookThatWentOutStaysSent(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	if _, _, err := of.PublishRouteMap(context.Background(), []byte(hookMap), uuid.Nil); err != nil {
		t.Fatal(err)
	}
	c := of.create(crm.NewCase{Kind: crm.Deal, MapID: "hook", By: of.manager.ID})
	claimed := of.claim(of.hook(c).ID)
	cancel := crm.Command{CaseID: c.ID, UserID: of.manager.ID, Kind: crm.CommandCancel, Payload: crm.CommandPayload{Reason: "x"}}
	if done := of.submit(cancel); done.Status != crm.CommandApplied {
		t.Fatalf("the command was %s: %v", done.Status, done.Refusal)
	}
	claimed.Status = crm.NotificationSent
	if err := of.FinishNotification(context.Background(), claimed); err != nil {
		t.Fatal(err)
	}
	if n := of.hook(c); n.Status != crm.NotificationSent || n.Reason != "" || n.FinishedAt == nil {
		t.Errorf("the webhook is %+v", n)
	}
}

func TestR51_TheLedgerTellsTheNextTry(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	if _, _, err := of.PublishRouteMap(context.Background(), []byte(hookMap), uuid.Nil); err != nil {
		t.Fatal(err)
	}
	c := of.create(crm.NewCase{Kind: crm.Deal, MapID: "hook", By: of.manager.ID})
	before := of.now()
	of.refuse(of.hook(c).ID)
	of.refuse(of.hook(c).ID)
	n := of.hook(c)
	if n.NextTryAt == nil || n.NextTryAt.Before(before.Add(10*time.Second)) || n.NextTryAt.After(of.now().Add(10*time.Second)) {
		t.Errorf("after two attempts the webhook is %+v", n)
	}
	if n = of.claim(n.ID); n.NextTryAt != nil {
		t.Errorf("an attempt at work still has a next try: %v", n.NextTryAt)
	}
}

// hook is the only webhook of a case.
func (of *office) hook(c *crm.Case) *crm.Notification {
	of.t.Helper()
	all, err := of.Notifications(context.Background(), c.ID)
	if err != nil {
		of.t.Fatal(err)
	}
	var found *crm.Notification
	for i := range all {
		if all[i].Channel == "webhook" {
			if found != nil {
				of.t.Fatal("two webhooks")
			}
			found = &all[i]
		}
	}
	if found == nil {
		of.t.Fatal("no webhook")
	}
	return found
}

// claim begins an attempt.
func (of *office) claim(id uuid.UUID) *crm.Notification {
	of.t.Helper()
	n, mine, err := of.ClaimNotification(context.Background(), id, time.Minute)
	if err != nil || !mine {
		of.t.Fatalf("claim: mine %v, %v", mine, err)
	}
	return n
}

// refuse makes an attempt that the other side does not accept.
func (of *office) refuse(id uuid.UUID) {
	of.t.Helper()
	n := of.claim(id)
	n.Status, n.Reason = crm.NotificationPending, "webhook_unreachable"
	if err := of.FinishNotification(context.Background(), n); err != nil {
		of.t.Fatal(err)
	}
}

// told checks that the feed tells what became of a webhook.
func (of *office) told(c *crm.Case, status, reason string) {
	of.t.Helper()
	page, err := of.History(context.Background(), crm.HistoryFilter{CaseID: c.ID, Limit: 100})
	if err != nil {
		of.t.Fatal(err)
	}
	for _, entry := range page.Entries {
		if entry.Data["channel"] == "webhook" && entry.Data["status"] == status && entry.Data["reason"] == reason {
			return
		}
	}
	of.t.Errorf("the feed does not tell that the webhook is %s: %+v", status, page.Entries)
}

func TestR40_ADeliveryTellsWhoDoesTheTaskAndWhoHasLeft(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	c := of.create(crm.NewCase{Kind: crm.Appeal})
	n := &crm.Notification{CaseID: c.ID, Path: "classification", Visit: 1, Template: "overdue", Recipient: "user:" + of.manager.ID.String()}
	read := func() *crm.Delivery {
		t.Helper()
		d, err := of.Delivery(ctx, n)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	if d := read(); d.Performer != (crm.DeliveryPerformer{Role: crm.RoleDispatcher, RoleName: crm.Text{EN: "Dispatcher", RU: "Диспетчер"}}) || d.Recipient.Inactive || d.Recipient.Kind != "user" {
		t.Errorf("of a role's task: %+v %+v", d.Performer, d.Recipient)
	}
	if _, err := of.TakeTask(ctx, of.open(c).ID, of.dispatcher); err != nil {
		t.Fatal(err)
	}
	if d := read(); d.Performer.Person.Name != of.dispatcher.Name || d.Performer.Person.Email != of.dispatcher.Email {
		t.Errorf("of a taken task: %+v", d.Performer)
	}
	if _, err := of.Pool().Exec(ctx, "update tasks set taken_by = null, role = null, department_id = (select id from departments) where case_id = $1", c.ID); err != nil {
		t.Fatal(err)
	}
	if d := read(); d.Performer.Department != (crm.Text{EN: "Sales", RU: "Продажи"}) {
		t.Errorf("of a department's task: %+v", d.Performer)
	}
	if _, err := of.Pool().Exec(ctx, "update users set active = false where id = $1", of.manager.ID); err != nil {
		t.Fatal(err)
	}
	if d := read(); !d.Recipient.Inactive {
		t.Errorf("of one who has left: %+v", d.Recipient)
	}
}
