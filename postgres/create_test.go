package postgres_test

import (
	"context"
	"encoding/json"
	"testing"

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
		found.Details = ""
		if got, want := encode(t, position), encode(t, found); got != want {
			t.Errorf("%s: made at\n%s, found at\n%s", kind, got, want)
		}
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
