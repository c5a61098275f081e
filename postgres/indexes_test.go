package postgres_test

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"marshrut/audit"
	"marshrut/crm"
	"marshrut/postgres"
)

// lastQuery remembers the last question to the database, of those with the part.
type lastQuery struct {
	part string
	sql  string
	args []any
}

// TraceQueryStart remembers.
func (q *lastQuery) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	if strings.Contains(data.SQL, q.part) {
		q.sql, q.args = data.SQL, data.Args
	}
	return ctx
}

// TraceQueryEnd does nothing.
func (*lastQuery) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func TestListsAreReadAlongTheirIndexes(t *testing.T) {
	t.Parallel()
	asked := &lastQuery{}
	of := newOffice(t, postgres.Options{Tracer: asked, MaxConns: 1})
	ctx := context.Background()
	of.exec("set enable_seqscan = off") // the tables are empty: only what cannot be done along an index is done without
	of.exec("set enable_bitmapscan = off")
	plan := func() string {
		rows, err := of.Pool().Query(ctx, "explain "+asked.sql, asked.args...)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(lines, "\n")
	}
	if _, err := of.ListInteractions(ctx, crm.InteractionFilter{Limit: 50}); err != nil {
		t.Fatal(err)
	}
	if got := plan(); !strings.Contains(got, "interactions_at") || strings.Contains(got, "Sort") {
		t.Errorf("all interactions:\n%s", got)
	}
	for _, status := range []crm.TaskStatus{crm.TaskCompleted, crm.TaskWithdrawn} {
		for index, performer := range map[string]*crm.User{"tasks_closed ": nil, "tasks_closed_user ": of.manager, "tasks_closed_taken ": of.manager} {
			if _, err := of.ListTasks(ctx, crm.TaskFilter{Status: status, Performer: performer, Limit: 50}); err != nil {
				t.Fatal(err)
			}
			if got := plan(); !strings.Contains(got, index) {
				t.Errorf("%s tasks want %s:\n%s", status, index, got)
			}
		}
	}
}

// TestR15_NarrowedListsAreReadAlongIndexes: what one may see is looked up by the keys of the viewers' tables, whatever the list.
func TestR15_NarrowedListsAreReadAlongIndexes(t *testing.T) {
	t.Parallel()
	asked := &lastQuery{}
	of := newOffice(t, postgres.Options{Tracer: asked, MaxConns: 1})
	ctx := of.seeing(of.manager, crm.SeesOwn)
	of.exec("set enable_seqscan = off")
	for name, list := range map[string]func() error{
		"cases": func() error {
			_, err := of.CountCases(ctx, crm.CaseFilter{Status: crm.StatusOpen}, 100)
			return err
		},
		"clients": func() error {
			_, err := of.ListClients(ctx, crm.ClientFilter{Limit: 50})
			return err
		},
		"interactions": func() error {
			_, err := of.ListInteractions(ctx, crm.InteractionFilter{Limit: 50})
			return err
		},
		"tasks": func() error {
			_, err := of.ListTasks(ctx, crm.TaskFilter{Status: crm.TaskOpen, Limit: 50})
			return err
		},
	} {
		if err := list(); err != nil {
			t.Fatal(err)
		}
		rows, err := of.Pool().Query(ctx, "explain "+asked.sql, asked.args...)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		if plan := strings.Join(lines, "\n"); strings.Contains(plan, "Seq Scan") || !strings.Contains(plan, "_viewers") {
			t.Errorf("%s:\n%s", name, plan)
		}
	}
}

// TestTheAuditOfAClientIsReadAlongIndexes, and not the whole of it, which is all that was ever done.
func TestTheAuditOfAClientIsReadAlongIndexes(t *testing.T) {
	t.Parallel()
	asked := &lastQuery{part: "from audit a where"}
	of := newOffice(t, postgres.Options{Tracer: asked, MaxConns: 1})
	keys, err := audit.RandomKeys()
	if err != nil {
		t.Fatal(err)
	}
	of.exec("set enable_seqscan = off")
	if _, err := postgres.NewAuditor(of.DB, keys).PersonalData(t.Context(), of.client); err != nil {
		t.Fatal(err)
	}
	rows, err := of.Pool().Query(t.Context(), "explain "+asked.sql, asked.args...)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	plan := strings.Join(lines, "\n")
	for _, index := range []string{"audit_client", "audit_case", "client_history_contact"} {
		if !strings.Contains(plan, index) {
			t.Errorf("%s is not used:\n%s", index, plan)
		}
	}
	if strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "hashed SubPlan") {
		t.Errorf("the audit is read whole:\n%s", plan)
	}
}

// TestTheVersionsOfOpenCasesAreLookedUpOneByOne: with very many open cases none of them is read to learn by which versions of maps they go.
func TestTheVersionsOfOpenCasesAreLookedUpOneByOne(t *testing.T) {
	t.Parallel()
	asked := &lastQuery{part: "from route_map_versions v where v.map_id"}
	of := newOffice(t, postgres.Options{Tracer: asked, MaxConns: 1})
	of.exec("set enable_seqscan = off")
	of.exec("set enable_hashjoin = off")
	of.exec("set enable_mergejoin = off")
	of.putTemplate("own-text", crm.RU, 0)
	if err := of.deleteTemplate("own-text", crm.RU, 1, nil); err != nil {
		t.Fatal(err)
	}
	rows, err := of.Pool().Query(t.Context(), "explain "+asked.sql, asked.args...)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	if plan := strings.Join(lines, "\n"); strings.Contains(plan, "Seq Scan") || !strings.Contains(plan, "cases_open_versions") {
		t.Errorf("the plan:\n%s", plan)
	}
}
