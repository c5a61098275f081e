package scale

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"marshrut/crm"
	"marshrut/postgres"
	"marshrut/postgres/postgrestest"
	"marshrut/routemaps"
)

var server *postgrestest.Server

func TestMain(m *testing.M) { os.Exit(postgrestest.Main(m, &server)) }

// asked remembers what the database was asked.
type asked struct{ queries []pgx.QueuedQuery }

// lists are the questions but for those that begin, end or set up a transaction.
func (a *asked) lists() []pgx.QueuedQuery {
	return slices.DeleteFunc(slices.Clone(a.queries), func(q pgx.QueuedQuery) bool { return len(q.SQL) < 60 })
}

// TraceQueryStart remembers a question.
func (a *asked) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	a.queries = append(a.queries, pgx.QueuedQuery{SQL: data.SQL, Arguments: data.Args})
	return ctx
}

// TraceQueryEnd does nothing.
func (*asked) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TraceBatchStart remembers questions that are sent together.
func (a *asked) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	for _, query := range data.Batch.QueuedQueries {
		a.queries = append(a.queries, *query)
	}
	return ctx
}

// TraceBatchQuery does nothing.
func (*asked) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd does nothing.
func (*asked) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// company is a filled database.
type company struct {
	*postgres.DB
	t     *testing.T
	asked *asked
	me    *crm.User
}

// newCompany fills a twentieth of the full sizes: the planner chooses as it does among all of it.
func newCompany(t *testing.T) *company {
	t.Helper()
	c := &company{t: t, asked: &asked{}}
	c.DB = server.New(t, postgres.Options{Tracer: c.asked, MaxConns: 1, EmailTemplates: []string{
		"appeal-accepted", "appeal-closed", "overdue", "offer-sent", "order-placed", "order-completed", "deal-idle", "invoice-issued", "payment-received", "order-shipped",
	}})
	ctx := t.Context()
	for _, name := range []string{"new-clients", "appeal", "free-sale", "typical-sale"} {
		source, err := fs.ReadFile(routemaps.Shipped(), name+".yaml")
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := c.PublishRouteMap(ctx, source, uuid.Nil); err != nil {
			t.Fatalf("publish %s: %v", name, err)
		}
	}
	var err error
	c.me, err = c.CreateUser(ctx, crm.User{
		Login: "me", Name: "Я", Lang: crm.RU, TimeZone: "Europe/Moscow", Roles: []string{crm.RoleManager, crm.RoleDispatcher}, Active: true,
	}, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := Fill(ctx, c.Pool(), Full().Part(20), c.me.ID, time.Now(), t.Logf); err != nil {
		t.Fatal(err)
	}
	return c
}

// node is a part of a plan, as Postgres tells it.
type node struct {
	Type     string  `json:"Node Type"`
	Relation string  `json:"Relation Name"`
	Index    string  `json:"Index Name"`
	Hit      int     `json:"Shared Hit Blocks"`
	Read     int     `json:"Shared Read Blocks"`
	Rows     float64 `json:"Actual Rows"`
	Spilled  int     `json:"Temp Written Blocks"`
	Plans    []node
}

// plan runs a question and gives what was done for it.
func (c *company) plan(query pgx.QueuedQuery) (node, string) {
	c.t.Helper()
	var text string
	err := c.Pool().QueryRow(context.Background(), "explain (analyze, buffers, format json) "+query.SQL, query.Arguments...).Scan(&text)
	if err != nil {
		c.t.Fatalf("%s: %v", query.SQL, err)
	}
	var plans []struct{ Plan node }
	if err := json.Unmarshal([]byte(text), &plans); err != nil {
		c.t.Fatal(err)
	}
	return plans[0].Plan, text
}

// big are the tables that no list may read whole.
var big = []string{"tasks", "cases", "clients", "contacts", "contact_details", "interactions", "feed", "case_stages", "stage_outcomes", "search_words"}

// whole are the big tables that a plan reads whole, and the indexes it reads along.
func (n *node) reads() (whole, indexes []string) {
	if n.Type == "Seq Scan" && slices.Contains(big, n.Relation) {
		whole = append(whole, n.Relation)
	}
	if n.Index != "" {
		indexes = append(indexes, n.Index)
	}
	for i := range n.Plans {
		w, x := n.Plans[i].reads()
		whole, indexes = append(whole, w...), append(indexes, x...)
	}
	return whole, indexes
}

// most is the largest number of a table's rows that one part of a plan reads.
func (n *node) most(table string) float64 {
	rows := 0.0
	if n.Relation == table {
		rows = n.Rows
	}
	for i := range n.Plans {
		rows = max(rows, n.Plans[i].most(table))
	}
	return rows
}

// TestListsReadWhatTheyShow: whatever is listed is read along an index, and in about as many blocks however much there is
// besides.
func TestListsReadWhatTheyShow(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	ctx := t.Context()
	list := func(f crm.CaseFilter) func() error {
		return func() error {
			f.Limit = 50
			page, err := c.ListCases(ctx, f)
			return someOf(len(page.Items), err)
		}
	}
	tasks := func(f crm.TaskFilter) func() error {
		return func() error {
			f.Limit, f.Status = 50, crm.TaskOpen
			page, err := c.ListTasks(ctx, f)
			return someOf(len(page.Items), err)
		}
	}
	interactions := func(f crm.InteractionFilter) func() error {
		return func() error {
			f.Limit = 50
			page, err := c.ListInteractions(ctx, f)
			return someOf(len(page.Items), err)
		}
	}
	search := func(text string) func() error {
		return func() error {
			found, err := c.SearchClients(ctx, text, crm.ClientFilter{Limit: 50})
			return someOf(len(found), err)
		}
	}
	sales := crm.CaseFilter{Kinds: []crm.Kind{crm.Deal}, MapID: "typical-sale"}
	busy := Full().Part(20).BusyCase(1)
	for name, q := range map[string]struct {
		ask    func() error
		index  string // one of those that are read; empty: any
		blocks int    // at most, of each question
	}{
		"inbox":         {tasks(crm.TaskFilter{Performer: c.me}), "tasks_user", 1500},
		"all tasks":     {tasks(crm.TaskFilter{}), "tasks_open", 600},
		"newest cases":  {list(crm.CaseFilter{}), "cases_by_creation", 3000},
		"deals by due":  {list(crm.CaseFilter{Kinds: []crm.Kind{crm.Deal}, Status: crm.StatusOpen, Sort: crm.SortDue}), "cases_by_due", 900},
		"dearest deals": {list(crm.CaseFilter{Kinds: []crm.Kind{crm.Deal}, Status: crm.StatusOpen, Sort: crm.SortAmount}), "cases_by_amount", 900},
		"longest idle":  {list(crm.CaseFilter{Kinds: []crm.Kind{crm.Interest}, Status: crm.StatusOpen, Sort: crm.SortActivity, Reverse: true}), "cases_by_activity", 900},
		"overdue":       {list(crm.CaseFilter{Overdue: true, Sort: crm.SortDue, Status: crm.StatusOpen}), "", 2000},
		"unplanned":     {list(crm.CaseFilter{Kinds: []crm.Kind{crm.Deal}, Status: crm.StatusOpen, Unplanned: true}), "interactions_planned", 1500},
		"my sales":      {list(crm.CaseFilter{Kinds: []crm.Kind{crm.Deal, crm.Interest}, Status: crm.StatusOpen, Responsible: c.me.ID, Sort: crm.SortPlanned}), "", 1500},
		"case search":   {list(crm.CaseFilter{Query: "D-10000"}), "", 1500},
		"by channel":    {list(crm.CaseFilter{Channel: "phone", Status: crm.StatusOpen}), "", 3000},
		"a column": {func() error {
			page, err := c.BoardCards(ctx, crm.BoardFilter{Cases: sales, Stages: []string{"offer"}, Cards: 50})
			return someOf(len(page.Items), err)
		}, "cases_board", 900},
		"a board": {func() error {
			columns, err := c.Board(ctx, crm.BoardFilter{Cases: sales, Stages: []string{"qualification", "offer", "order"}, Cards: 20})
			return someOf(len(columns[1].Cards.Items), err)
		}, "cases_board", 1500},
		"a board's stages": {func() error {
			stages, err := c.BoardStages(ctx, crm.Deal, "typical-sale")
			return someOf(len(stages), err)
		}, "cases_board", 60},
		"feed": {func() error {
			h, err := c.History(ctx, crm.HistoryFilter{CaseID: busy, Limit: 50})
			return someOf(len(h.Entries), err)
		}, "", 400},
		"clients": {func() error {
			page, err := c.ListClients(ctx, crm.ClientFilter{Limit: 50})
			return someOf(len(page.Items), err)
		}, "clients_listed", 400},
		"client search":       {search("Ромашкастрой Самара"), "clients_words", 1500},
		"client search, typo": {search("Рамашкастрой"), "search_words_near", 1500},
		"common word":         {search("Москва"), "clients_words", 800},
		"common word, typo":   {search("Масква"), "clients_words", 800},
		"legal form":          {search("ООО"), "clients_words", 800},
		"one letter":          {search("а"), "clients_name_key", 1800},
		"switched layout":     {search("Hjvfirfcnhjq"), "search_words_near", 1500},
		"number search":       {search("+7 900 000-1"), "contact_details_key", 600},
		"last digits":         {search("0000123"), "contact_details_end", 600},
		"domain search":       {search("client.example"), "contact_details_domain", 1500},
		"interactions":        {interactions(crm.InteractionFilter{Newest: true}), "interactions_at", 600},
		"calls":               {interactions(crm.InteractionFilter{Kinds: []crm.InteractionKind{crm.InteractionCall}, Newest: true}), "", 600},
		"my register":         {interactions(crm.InteractionFilter{Responsible: c.me.ID, Register: true}), "interactions_register_own", 600},
	} {
		c.asked.queries = nil
		if err := q.ask(); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var indexes []string
		for _, query := range c.asked.lists() {
			plan, text := c.plan(query)
			whole, along := plan.reads()
			indexes = append(indexes, along...)
			if blocks := plan.Hit + plan.Read; len(whole) > 0 || blocks > q.blocks {
				t.Errorf("%s: reads %d blocks, %v whole\n%s", name, blocks, whole, text)
			} else {
				t.Logf("%s: %d blocks", name, blocks)
			}
		}
		if q.index != "" && !slices.Contains(indexes, q.index) {
			t.Errorf("%s: reads along %v, want %s", name, indexes, q.index)
		}
	}
	c.looksAtFewCards()
}

// TestReportsOfAYearReadTheirIndexes: what a report counts is held by an index, and it is grouped in memory.
func TestReportsOfAYearReadTheirIndexes(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	ctx := t.Context()
	if _, err := c.Pool().Exec(ctx, "set work_mem = '64MB'; set random_page_cost = 1.1"); err != nil { // as a report sets them for itself
		t.Fatal(err)
	}
	year := crm.ReportFilter{From: time.Now().AddDate(-1, 0, 0), To: time.Now()}
	for name, report := range map[string]struct {
		ask     func() (int, error)
		indexes []string // all of which are read
		without []string // tables of which no row is read
	}{
		"funnel":      {func() (int, error) { rows, err := c.Funnel(ctx, "new-clients", 0, year); return len(rows), err }, []string{"case_stages_funnel"}, nil},
		"control":     {func() (int, error) { rows, err := c.Control(ctx, year); return len(rows), err }, []string{"cases_responsible", "interactions_planned"}, []string{"interactions"}},
		"outcomes":    {func() (int, error) { rows, err := c.Outcomes(ctx, "new-clients", 1, year); return len(rows), err }, []string{"stage_outcomes_report"}, []string{"stage_outcomes"}},
		"one version": {func() (int, error) { rows, err := c.Funnel(ctx, "new-clients", 1, year); return len(rows), err }, []string{"case_stages_funnel"}, []string{"case_stages"}},
		"losses":      {func() (int, error) { rows, err := c.Losses(ctx, year); return len(rows), err }, []string{"cases_closed"}, nil},
		"channels":    {func() (int, error) { rows, err := c.Channels(ctx, year); return len(rows), err }, []string{"cases_reported"}, nil},
		"standards":   {func() (int, error) { rows, err := c.Standards(ctx, year, time.Now()); return len(rows), err }, nil, nil},
		"communication": {func() (int, error) {
			rows, err := c.Communication(ctx, crm.CommunicationFilter{ReportFilter: year})
			return len(rows), err
		}, nil, nil},
	} {
		c.asked.queries = nil
		if n, err := report.ask(); err != nil || n == 0 {
			t.Errorf("%s: %d rows, %v", name, n, err)
			continue
		}
		for _, query := range c.asked.lists() {
			if !strings.Contains(query.SQL, "count(") {
				continue
			}
			plan, text := c.plan(query)
			_, indexes := plan.reads()
			for _, index := range report.indexes {
				if !slices.Contains(indexes, index) {
					t.Errorf("%s reads along %v, want %s\n%s", name, indexes, index, text)
				}
			}
			for _, table := range report.without {
				if plan.readsRowsOf(table) {
					t.Errorf("%s reads rows of %s\n%s", name, table, text)
				}
			}
			if plan.Spilled > 0 {
				t.Errorf("%s: the disk is used for grouping\n%s", name, text)
			}
		}
	}
}

// TestColumnReadsItsCards: a column's cards come in the order of the index, and the rest of the column is not looked at, though
// that would be few blocks too.
func TestColumnReadsItsCards(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	const shown = 20
	c.asked.queries = nil
	page, err := c.BoardCards(t.Context(), crm.BoardFilter{
		Cases: crm.CaseFilter{Kinds: []crm.Kind{crm.Deal}, MapID: "typical-sale"}, Stages: []string{"offer"}, Cards: shown,
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Items) != shown || page.Next == nil {
		t.Fatalf("%d cards and next %v: the column is to have more than it shows", len(page.Items), page.Next)
	}
	for _, query := range c.asked.lists() {
		if plan, text := c.plan(query); plan.most("cases") > shown+1 {
			t.Errorf("reads %.0f cases to show %d\n%s", plan.most("cases"), shown, text)
		}
		if anew := c.plannedAnew(query.SQL); anew != 0 {
			t.Errorf("planned %d times for its stage: that takes longer than the answer", anew)
		}
	}
}

// plannedAnew tells how often a question was planned for the values it asks for, instead of once for all.
func (c *company) plannedAnew(sql string) (times int) {
	c.t.Helper()
	err := c.Pool().QueryRow(c.t.Context(), "select custom_plans from pg_prepared_statements where statement = $1", sql).Scan(&times)
	if err != nil {
		c.t.Fatalf("%s: %v", sql, err)
	}
	return times
}

// looksAtFewCards checks that of the very many clients who have a word so many are read as are enough to be ranked, a few times that at
// most.
func (c *company) looksAtFewCards() {
	c.t.Helper()
	const most = 300 // where fifty are enough, and the next part has four times as many
	for text, form := range map[string]string{"ООО": "ООО %", "ЗАО": "ЗАО %", "ПААО": "ПАО %"} {
		var have int
		if err := c.Pool().QueryRow(c.t.Context(), "select count(*) from clients where name like $1", form).Scan(&have); err != nil {
			c.t.Fatal(err)
		}
		c.asked.queries = nil
		found, err := c.SearchClients(c.t.Context(), text, crm.ClientFilter{Limit: 20})
		if err != nil || len(found) != 20 || have < 3*most {
			c.t.Errorf("%q, which %d have, finds %d, %v", text, have, len(found), err)
		}
		for _, query := range c.asked.lists() {
			if plan, tree := c.plan(query); plan.most("clients") > most {
				c.t.Errorf("%q: %.0f clients are read of %d\n%s", text, plan.most("clients"), have, tree)
			}
		}
	}
}

// readsRowsOf tells whether rows of a table are read, and not an index alone.
func (n *node) readsRowsOf(table string) bool {
	if n.Relation == table && n.Type != "Index Only Scan" {
		return true
	}
	return slices.ContainsFunc(n.Plans, func(part node) bool { return part.readsRowsOf(table) })
}

// someOf refuses an empty list: nothing would be measured.
var errNothing = errors.New("nothing is listed")

func someOf(n int, err error) error {
	if err == nil && n == 0 {
		return errNothing
	}
	return err
}
