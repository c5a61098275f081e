package postgres_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"marshrut/crm"
	"marshrut/postgres"
)

func TestR13_R35_ABoardAddsUpItsColumns(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	begin := func(topic, stage string, fields map[string]any) *crm.Case {
		return of.create(crm.NewCase{Kind: crm.Deal, MapID: "free-sale", Stage: stage, Topic: topic, Source: "site", Fields: fields, By: of.manager.ID})
	}
	begin("a", "new", map[string]any{"potential": "100.10", "probability": "50"})
	begin("b", "new", map[string]any{"potential": "200", "probability": "33.33"})
	begin("c", "new", map[string]any{"potential": "1000", "currency": "EUR"})
	begin("d", "new", nil)
	lost := begin("e", "offer", map[string]any{"potential": "5"})
	of.exec("update cases set status = 'negative', closed_at = now() where id = $1", lost.ID)
	other := begin("f", "offer", nil)
	of.exec("update cases set responsible_id = $2 where id = $1", other.ID, of.other.ID)
	of.create(crm.NewCase{Kind: crm.Deal, Topic: "g", Source: "site", By: of.manager.ID}) // of another map

	held, err := of.BoardStages(ctx, crm.Deal, "free-sale")
	if err != nil || fmt.Sprint(held) != "[{new 1} {offer 1}]" {
		t.Fatalf("cases stand at %v, %v", held, err)
	}
	f := crm.BoardFilter{Cases: crm.CaseFilter{Kinds: []crm.Kind{crm.Deal}, MapID: "free-sale"}, Stages: []string{"offer", "new", "agreement"}, Cards: 3}
	columns, err := of.Board(ctx, f)
	if err != nil {
		t.Fatal(err)
	}
	shown := []string{}
	for _, c := range columns {
		topics := []string{}
		for i := range c.Cards.Items {
			topics = append(topics, c.Cards.Items[i].Topic)
		}
		shown = append(shown, fmt.Sprintf("%s %d %v %s more %v", c.Stage, c.Count.N, c.Sums, strings.Join(topics, ""), c.Cards.Next != nil))
	}
	want := "offer 1 [] f more false | new 4 [{EUR 1000.00 0.00} {RUB 300.10 116.71}] dcb more true | agreement 0 []  more false"
	if got := strings.Join(shown, " | "); got != want {
		t.Errorf("the board is %s, want %s", got, want)
	}
	f.Stages, f.After = []string{"new"}, columns[1].Cards.Next
	rest, err := of.BoardCards(ctx, f)
	if err != nil || len(rest.Items) != 1 || rest.Items[0].Topic != "a" || rest.Next != nil {
		t.Errorf("the next page is %+v, %v", rest, err)
	}
	f.Stages, f.After, f.Cases.Responsible = []string{"new", "offer"}, nil, of.other.ID
	columns, err = of.Board(ctx, f)
	if err != nil || columns[0].Count.N != 0 || len(columns[0].Cards.Items) != 0 || columns[1].Count.N != 1 {
		t.Errorf("the other's board is %+v, %v", columns, err)
	}
}

// TestABoardCountsToABound: the sums of a part would look like those of all.
func TestABoardCountsToABound(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	of.exec(`insert into cases (id, kind, number, client_id, map_id, map_version, mode, stage, fields)
		select gen_random_uuid(), 'deal', 'D-9' || n, $1, 'free-sale', 1, 'manual', 'new', '{"potential": "1"}' from generate_series(1, $2::int) n`, of.client, crm.BoardBound+1)
	columns, err := of.Board(context.Background(), crm.BoardFilter{
		Cases: crm.CaseFilter{Kinds: []crm.Kind{crm.Deal}, MapID: "free-sale"}, Stages: []string{"new"}, Cards: 1,
	})
	if err != nil || columns[0].Count != (crm.Count{N: crm.BoardBound, More: true}) || columns[0].Sums != nil || len(columns[0].Cards.Items) != 1 {
		t.Errorf("%+v, %v", columns, err)
	}
}

// TestProbabilitiesOfAnyFormAreRead: a stored value that is none must not hold up the case's row.
func TestProbabilitiesOfAnyFormAreRead(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	c := of.create(crm.NewCase{Kind: crm.Deal, NoStages: true, Topic: "a", By: of.manager.ID})
	for value, want := range map[string]string{
		`"100"`: "100.00", `"99.999"`: "100.00", `"100.1"`: "", `"1e9"`: "", `50`: "50.00", `"-1"`: "", `null`: "", `{"a": 1}`: "", `"999999999999"`: "",
	} {
		of.exec("update cases set fields = jsonb_build_object('probability', $2::jsonb) where id = $1", c.ID, value)
		page, err := of.ListCases(context.Background(), crm.CaseFilter{Limit: 1})
		if err != nil || page.Items[0].Probability != want {
			t.Errorf("%s is read as %q, %v, want %q", value, page.Items[0].Probability, err, want)
		}
	}
}
