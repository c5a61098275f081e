package postgres_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/google/uuid"

	"marshrut/activities"
	"marshrut/crm"
	"marshrut/postgres"
)

// A workflow started with another position than its first look at Postgres gives would write its search attributes twice.
func TestANewCaseStandsWhereAdvanceFindsIt(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	for _, kind := range []crm.Kind{crm.Appeal, crm.Deal, crm.Interest, crm.Claim} {
		c, position, created, err := of.CreateCaseAndPosition(context.Background(), crm.NewCase{
			Kind: kind, ClientID: of.client, By: of.manager.ID, Topic: "Вопрос", Source: "Сайт",
		})
		if err != nil || !created {
			t.Fatalf("%s: created %v, %v", kind, created, err)
		}
		found := of.advance(activities.AdvanceRequest{Case: c.ID, EventID: "sync", Kind: activities.EventSync})
		if found.Details == "" {
			t.Errorf("%s: Advance shows no route", kind)
		}
		if got, want := encode(t, position), encode(t, found); got != want {
			t.Errorf("%s: made at\n%s, found at\n%s", kind, got, want)
		}
	}
}

func TestACaseThatCannotBeMadeLeavesNothing(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	_, created, err := of.CreateCase(ctx, crm.NewCase{
		Kind: crm.Appeal, Client: &crm.NewClient{Client: crm.Client{
			Kind: crm.ClientCompany, Name: "Only half made", Details: []crm.ContactDetail{{Kind: crm.DetailEmail, Value: "half@made.example"}},
		}}, By: of.manager.ID,
		ResponsibleID: uuid.New(), Topic: "Вопрос", Source: "Сайт", IdempotencyKey: "half",
	})
	if e, ok := crm.AsError(err); created || !ok || e.Code != "validation_failed" {
		t.Fatalf("a case of nobody: created %v, %v", created, err)
	}
	var left int
	err = of.Pool().QueryRow(ctx, `select (select count(*) from clients where name = 'Only half made') + (select count(*) from cases)
		+ (select count(*) from tasks) + (select count(*) from commands)`).Scan(&left)
	if err != nil || left != 0 {
		t.Errorf("%d rows are left, %v", left, err)
	}
}

func encode(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestWhatIsRefusedUsesNoNumberUp(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	for name, refused := range map[string]crm.NewCase{
		"a client that does not exist":      {ClientID: uuid.New(), By: of.manager.ID, Topic: "Вопрос", Source: "Сайт"},
		"a parent that does not exist":      {ClientID: of.client, By: of.manager.ID, Topic: "Вопрос", Source: "Сайт", Parent: uuid.New()},
		"a responsible that does not exist": {ClientID: of.client, By: of.manager.ID, Topic: "Вопрос", Source: "Сайт", ResponsibleID: uuid.New()},
		"an intake form not filled in":      {ClientID: of.client, By: of.manager.ID},
		"a map that does not exist":         {ClientID: of.client, By: of.manager.ID, Topic: "Вопрос", Source: "Сайт", MapID: "no-such"},
	} {
		refused.Kind = crm.Appeal
		if _, _, err := of.CreateCase(context.Background(), refused); err == nil {
			t.Errorf("%s: the case is made", name)
		}
	}
	if c := of.create(crm.NewCase{Kind: crm.Appeal}); c.Number != "A-000001" {
		t.Errorf("the first case has number %s", c.Number)
	}
	of.exec("select setval('appeal_numbers', 999999)")
	if c := of.create(crm.NewCase{Kind: crm.Appeal}); c.Number != "A-1000000" {
		t.Errorf("the millionth case has number %s", c.Number)
	}
}
