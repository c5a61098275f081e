package main

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"marshrut/crm"
	"marshrut/postgres"
	"marshrut/postgres/postgrestest"
)

var databases *postgrestest.Server

func TestMain(m *testing.M) { os.Exit(postgrestest.Main(m, &databases)) }

// asked remembers the questions to the database.
type asked struct{ queries []pgx.TraceQueryStartData }

// TraceQueryStart remembers.
func (a *asked) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	a.queries = append(a.queries, data)
	return ctx
}

// TraceQueryEnd does nothing.
func (*asked) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TraceBatchStart does nothing.
func (*asked) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return ctx
}

// TraceBatchQuery remembers.
func (a *asked) TraceBatchQuery(_ context.Context, _ *pgx.Conn, data pgx.TraceBatchQueryData) {
	a.queries = append(a.queries, pgx.TraceQueryStartData{SQL: data.SQL, Args: data.Args})
}

// TraceBatchEnd does nothing.
func (*asked) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// planNode is what is looked at of a plan.
type planNode struct {
	Node     string     `json:"Node Type"`
	Relation string     `json:"Relation Name"`
	Hit      int        `json:"Shared Hit Blocks"`
	Read     int        `json:"Shared Read Blocks"`
	Plans    []planNode `json:"Plans"`
}

// scans are the tables that a plan reads from end to end.
func (n *planNode) scans() []string {
	var found []string
	if n.Node == "Seq Scan" {
		found = append(found, n.Relation)
	}
	for i := range n.Plans {
		found = append(found, n.Plans[i].scans()...)
	}
	return found
}

// TestR13_R47_PagesAmongManyReadAFewBlocks: every page goes along its index, and what it reads does not grow with the tables.
func TestR13_R47_PagesAmongManyReadAFewBlocks(t *testing.T) {
	t.Parallel()
	const tasks = 40_000 // with 10,000 cases, 12,000 clients and 120,000 lines of feeds
	ctx, seen := context.Background(), &asked{}
	db := databases.New(t, postgres.Options{Tracer: seen, MaxConns: 1})
	user, err := db.CreateUser(ctx, crm.User{Login: "bench", Name: "bench", Lang: crm.RU, TimeZone: "Europe/Moscow", Roles: []string{crm.RoleDispatcher, crm.RoleManager}, Active: true}, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := fill(ctx, db, user.ID, tasks, t.Logf); err != nil {
		t.Fatal(err)
	}
	many := []string{"tasks", "cases", "clients", "contact_details", "feed", "case_stages"}
	for _, page := range []struct {
		name   string
		blocks int // at most
		read   func() (int, error)
	}{
		{"inbox", 1500, func() (int, error) {
			p, err := db.ListTasks(ctx, crm.TaskFilter{Performer: user, Status: crm.TaskOpen, Limit: 50})
			return len(p.Items), err
		}},
		{"board column", 700, func() (int, error) {
			p, err := db.BoardCards(ctx, crm.BoardFilter{Cases: crm.CaseFilter{Kinds: []crm.Kind{crm.Interest}, MapID: "new-clients"}, Stages: []string{"invoice"}, Cards: 50})
			return len(p.Items), err
		}},
		{"feed of a case", 150, func() (int, error) {
			h, err := db.History(ctx, crm.HistoryFilter{CaseID: uuid.MustParse(scaleID('8', 1)), Newest: true, Limit: 50})
			if err != nil {
				return 0, err
			}
			return len(h.Entries), nil
		}},
		{"clients by name", 350, func() (int, error) {
			p, err := db.ListClients(ctx, crm.ClientFilter{Limit: 50})
			return len(p.Items), err
		}},
		{"client by a phone number", 100, func() (int, error) {
			found, err := db.SearchClients(ctx, "+7 900 000-00-77", crm.ClientFilter{Limit: 50})
			return len(found), err
		}},
	} {
		seen.queries = nil
		shown, err := page.read()
		if err != nil || shown == 0 {
			t.Errorf("%s: %d shown, %v", page.name, shown, err)
			continue
		}
		blocks := 0
		for _, query := range slices.Clone(seen.queries) {
			if !strings.HasPrefix(strings.TrimSpace(query.SQL), "select") && !strings.HasPrefix(query.SQL, "with") || strings.Contains(query.SQL, "set_config") {
				continue
			}
			plan := explain(t, db, query)
			blocks += plan.Hit + plan.Read
			for _, table := range plan.scans() {
				if slices.Contains(many, table) {
					t.Errorf("%s reads all of %s:\n%s", page.name, table, query.SQL)
				}
			}
		}
		t.Logf("%s: %d blocks", page.name, blocks)
		if blocks == 0 || blocks > page.blocks {
			t.Errorf("%s reads %d blocks, at most %d are allowed", page.name, blocks, page.blocks)
		}
	}
}

func explain(t *testing.T, db *postgres.DB, query pgx.TraceQueryStartData) planNode {
	t.Helper()
	var text []byte
	if err := db.Pool().QueryRow(context.Background(), "explain (analyze, buffers, format json) "+query.SQL, query.Args...).Scan(&text); err != nil {
		t.Fatalf("explain %s: %v", query.SQL, err)
	}
	var plans []struct{ Plan planNode }
	if err := json.Unmarshal(text, &plans); err != nil || len(plans) != 1 {
		t.Fatalf("read a plan: %v", err)
	}
	return plans[0].Plan
}
