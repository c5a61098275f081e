package postgres

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
)

// amountOf is what a case is worth: the amount agreed on, or the potential one.
const amountOf = `coalesce(case when c.fields->>'amount' ~ '^[0-9]{1,13}(\.[0-9]{1,2})?$' then (c.fields->>'amount')::numeric end, c.potential)`

// idField reads a field of cases c that maps may declare as something else than the record it names in reports: null then.
func idField(field string) string {
	return "case when c.fields->>'" + field + "' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then (c.fields->>'" + field + "')::uuid end"
}

// lineNumber is idField for a number of a line l of the demand.
func lineNumber(field string) string {
	return "case when l.line->>'" + field + `' ~ '^[0-9]{1,15}(\.[0-9]{1,9})?$' then (l.line->>'` + field + "')::numeric end"
}

// Funnel counts what became of the cases that came to the stages of a map in the period (R14, R35). version 0: all of them.
// Cases under negotiation are left out (R21). The stages come in no order: the map has it; groups are in that of their keys.
func (db *DB) Funnel(ctx context.Context, mapID string, version int, f crm.ReportFilter) ([]crm.FunnelStage, error) {
	w := funnelOf(ctx, mapID, version, &f)
	by := w.dividedBy(&f, "s.came_at")
	columns := make([]string, 0, len(funnelColumns))
	for _, column := range funnelColumns {
		columns = append(columns, "count(*) filter (where "+figureConditions[crm.ReportFunnel][column]+")")
	}
	return reporting(ctx, db, "count a funnel", "select g.*, "+by.name+" from (select "+by.key+" as key, s.stage, "+strings.Join(columns, ", ")+`,
			percentile_disc(0.5) within group (order by s.spent) filter (where s.result is not null),
			percentile_disc(0.9) within group (order by s.spent) filter (where s.result is not null)
		from case_stages s`+by.join("s.case_id")+w.sql()+" group by 1, 2) g order by 1, 2", w.args, func(row pgx.Row) (*crm.FunnelStage, error) {
		var s crm.FunnelStage
		var median, p90 zeroInt
		err := row.Scan(&s.Key, &s.Stage, &s.Entered, &s.Passed, &s.Here, &s.Returned, &s.Lost, &s.Cancelled, &median, &p90, &s.Name)
		s.Median, s.P90 = time.Duration(median)*time.Second, time.Duration(p90)*time.Second
		return &s, err
	})
}

// funnelColumns are in the order in which a funnel's rows are read.
var funnelColumns = []string{"entered", "passed", "here", "returned", "lost", "cancelled"}

// funnelOf are the stages s that a funnel counts.
func funnelOf(ctx context.Context, mapID string, version int, f *crm.ReportFilter) where {
	return ofMap(ctx, "s", "came_at", mapID, version, f)
}

// ofMap are the rows of a table, called by this name, that cases of the map (of all its versions: 0) wrote in the report's period.
func ofMap(ctx context.Context, table, at, mapID string, version int, f *crm.ReportFilter) where {
	var w where
	w.add(table+".map_id = %s", mapID)
	if version != 0 {
		w.add(table+".map_version = %s", version)
	}
	w.add(table+"."+at+" >= %s", f.From)
	w.add(table+"."+at+" < %s", f.To)
	w.narrowCasesOf(ctx, table+".case_id", f)
	return w
}

// narrowCasesOf narrows rows that name a case to those whose cases a report counts. The few under negotiation are taken off
// (R21), so that a report of everything reads nothing of the many others.
func (w *where) narrowCasesOf(ctx context.Context, caseID string, f *crm.ReportFilter) {
	w.plain(caseID + " not in (select c.id from cases c where " + atNegotiations + ")")
	cases := where{args: w.args}
	cases.narrowCases(ctx, f)
	w.args = cases.args
	if len(cases.conditions) > 0 {
		w.plain(caseID + " in (select c.id from cases c" + cases.sql() + ")")
	}
}

// division is what the rows of a report are divided by.
type division struct {
	key   string // of a row; a text, and empty where there is none
	cases bool   // it is the case's, or its responsible's
	name  string // of the group g with that key; a text in both languages, or null
}

// dividedBy gives what a report is divided by; at is the time that days, weeks and months are of.
func (w *where) dividedBy(f *crm.ReportFilter, at string) division {
	switch f.By {
	case crm.ByDay, crm.ByWeek, crm.ByMonth:
		zone := w.arg(f.Zone)
		return division{key: "to_char(date_trunc('" + string(f.By) + "', " + at + ", " + zone + ") at time zone " + zone + ", 'YYYY-MM-DD')", name: "null::jsonb"}
	case crm.ByVersion:
		return division{key: "s.map_version::text", name: "null::jsonb"}
	case crm.ByResponsible:
		return division{key: "coalesce(c.responsible_id::text, '')", cases: true, name: "(select jsonb_build_object('en', name, 'ru', name) from users where id = nullif(g.key, '')::uuid)"}
	case crm.ByDepartment:
		return division{
			key:   "coalesce((select u.department_id::text from users u where u.id = c.responsible_id), '')",
			cases: true, name: "(select name from departments where id = nullif(g.key, '')::uuid)",
		}
	case crm.BySource:
		return division{key: "c.source", cases: true, name: "(select name from acquisition_sources where key = g.key)"}
	case crm.ByChannel:
		return division{key: "coalesce(c.channel, '')", cases: true, name: "(select name from reference_items where list = 'channel' and key = g.key)"}
	case crm.ByStage:
		return division{key: "coalesce(c.map_id || '/' || c.stage, '')", cases: true, name: "null::jsonb"}
	}
	return division{key: "''", name: "null::jsonb"}
}

// join adds the cases c to rows that name theirs, where the division is by them.
func (d division) join(caseID string) string {
	if !d.cases {
		return ""
	}
	return " join cases c on c.id = " + caseID
}

// Outcomes counts the outcomes that were taken at the stages of a map in the period (R20), the most frequent of each stage first.
// version 0: all of them.
func (db *DB) Outcomes(ctx context.Context, mapID string, version int, f crm.ReportFilter) ([]crm.OutcomeRow, error) {
	w := outcomesOf(ctx, mapID, version, &f)
	return reporting(ctx, db, "count outcomes", "select o.stage, o.outcome, o.kind, count(*), count(distinct o.case_id) from stage_outcomes o"+w.sql()+
		" group by 1, 2, 3 order by 1, 4 desc, 2, 3", w.args, func(row pgx.Row) (*crm.OutcomeRow, error) {
		var r crm.OutcomeRow
		err := row.Scan(&r.Stage, &r.Outcome, &r.Kind, &r.Times, &r.Cases)
		return &r, err
	})
}

// outcomesOf are the outcomes o that a report counts.
func outcomesOf(ctx context.Context, mapID string, version int, f *crm.ReportFilter) where {
	return ofMap(ctx, "o", "at", mapID, version, f)
}

// Potential adds up what the open deals and interests may bring (R30), weighted by their probabilities too; one without a
// probability weighs nothing, as on boards. The filter's period is not looked at.
func (db *DB) Potential(ctx context.Context, f crm.ReportFilter) ([]crm.PotentialRow, error) {
	w := potentialOf(ctx, &f)
	by := w.dividedBy(&f, "c.created_at")
	return reporting(ctx, db, "add up potentials", `with parts as (select `+by.key+` as key, c.currency, count(*) as n, count(c.potential) as known,
			sum(c.potential) as potential, round(coalesce(sum(c.potential * c.probability), 0) / 100, 2) as weighted from cases c`+w.sql()+` group by 1, 2),
		g as (select key, sum(n)::bigint as n, sum(n - known)::bigint as unknown,
			coalesce(jsonb_agg(jsonb_build_object('Currency', currency, 'Potential', potential::text, 'Weighted', weighted::text) order by currency)
				filter (where known > 0), '[]') as sums from parts group by 1)
		select g.key, `+by.name+`, g.n, g.unknown, g.sums from g order by 3 desc, 1`, w.args, func(row pgx.Row) (*crm.PotentialRow, error) {
		var r crm.PotentialRow
		err := row.Scan(&r.Key, &r.Name, &r.Cases, &r.Unknown, &r.Sums)
		return &r, err
	})
}

// potentialOf are the cases c that may still bring something.
func potentialOf(ctx context.Context, f *crm.ReportFilter) where {
	w := where{conditions: []string{"c.status = 'open' and c.kind in ('deal', 'interest')"}}
	w.narrowReport(ctx, f)
	return w
}

// narrowReport narrows cases c to those that a report counts, without those under negotiation (R21); its period is not looked at.
// The few under negotiation are taken off, so that a report reads nothing of the many others but what its index holds.
func (w *where) narrowReport(ctx context.Context, f *crm.ReportFilter) {
	w.narrowCases(ctx, f)
	w.plain("c.id not in (select c.id from cases c where " + atNegotiations + ")")
}

// reporting reads rows of a report that goes through a year. Grouping has room in memory, and what an index holds is read from it
// rather than from the wide rows of a table.
func reporting[T any](ctx context.Context, db *DB, doing, sql string, args []any, scan func(pgx.Row) (*T, error)) ([]T, error) {
	var list []T
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select set_config('work_mem', '64MB', true), set_config('random_page_cost', '1.1', true)"); err != nil {
			return fmt.Errorf("%s: %w", doing, err)
		}
		rows, err := tx.Query(ctx, sql, args...)
		if err != nil {
			return fmt.Errorf("%s: %w", doing, err)
		}
		list, err = collectRows(rows, doing, scan)
		return err
	})
	return list, err
}

// narrowCases narrows cases c to those the filter asks for.
func (w *where) narrowCases(ctx context.Context, f *crm.ReportFilter) {
	w.seen(ctx, crm.CardCase, "c.id")
	w.ofPeople("c.responsible_id", f)
	w.narrowKind(f)
}

// ofPeople narrows by who is responsible.
func (w *where) ofPeople(responsible string, f *crm.ReportFilter) {
	w.equalID(responsible, f.ResponsibleID)
	w.ofDepartments(responsible, f.Departments)
	if f.Unassigned {
		w.plain(responsible + " is null")
	}
}

// ofDepartments narrows to the users of departments; none: to nobody in particular.
func (w *where) ofDepartments(user string, departments []uuid.UUID) {
	if len(departments) > 0 {
		w.add(user+" in (select id from users where department_id = any(%s))", departments)
	}
}

// narrowKind narrows cases c to those of the kind that the filter asks for and that came as it asks, whoever is responsible.
func (w *where) narrowKind(f *crm.ReportFilter) {
	w.equal("c.kind", string(f.Kind))
	w.known("c.source", "c.source = ''", f.Source)
	w.known("c.channel", "c.channel is null", f.Channel)
}

// known narrows to a value, unless it is empty, or to what has none.
func (w *where) known(column, none, value string) {
	if value == crm.NotKnown {
		w.plain(none)
		return
	}
	w.equal(column, value)
}

// Control counts what every responsible has on his hands now, who has most cases first (R14). The filter's period is not
// looked at.
func (db *DB) Control(ctx context.Context, f crm.ReportFilter) ([]crm.ControlRow, error) {
	w := controlOf(ctx, &f)
	unplanned := w.figure(ctx, crm.ReportControl, "unplanned", db.now())
	d := desksOf(ctx, &f, w.args)
	overdue := d.taken.overdueTask(db.now())
	return reporting(ctx, db, "count the managers' work", `with load as (
			select c.responsible_id as person, count(*) as open, count(*) filter (where c.overdue) as overdue,
				count(*) filter (where `+unplanned+`) as unplanned, min(c.last_activity_at) as oldest, max(c.last_activity_at) as last
			from cases c`+w.sql()+` group by 1),
		desks as (select person, sum(tasks)::bigint as tasks, sum(overdue)::bigint as overdue from (
			select t.user_id as person, count(*) as tasks, count(*) filter (where `+overdue+`) as overdue from tasks t`+d.addressed.sql()+` group by 1
			union all select t.taken_by, count(*), count(*) filter (where `+overdue+`) from tasks t`+d.taken.sql()+` group by 1) ways group by 1)
		select coalesce(l.person, d.person), coalesce(u.name, ''), coalesce(l.open, 0), coalesce(l.overdue, 0), coalesce(l.unplanned, 0), l.oldest, l.last,
			coalesce(d.tasks, 0), coalesce(d.overdue, 0)
		from load l full join desks d on d.person = l.person left join users u on u.id = coalesce(l.person, d.person)
		order by 3 desc, 8 desc, 1`, d.taken.args, func(row pgx.Row) (*crm.ControlRow, error) {
		var r crm.ControlRow
		err := row.Scan((*zeronull.UUID)(&r.ResponsibleID), &r.Responsible, &r.Open, &r.Overdue, &r.Unplanned, &r.OldestTouch, &r.LastTouch, &r.Tasks, &r.OverdueTasks)
		return &r, err
	})
}

// controlOf are the open cases c that managers have.
func controlOf(ctx context.Context, f *crm.ReportFilter) where {
	w := where{conditions: []string{"c.status = 'open'"}}
	w.narrowReport(ctx, f)
	return w
}

// desks are the open tasks t that lie with people: what somebody took is his; what nobody took is of whom it is addressed to.
type desks struct{ addressed, taken where }

// desksOf goes on with the arguments; all of them are in taken.
func desksOf(ctx context.Context, f *crm.ReportFilter, args []any) desks {
	d := desks{addressed: where{args: args, conditions: []string{"t.status = 'open' and t.taken_by is null and t.user_id is not null"}}}
	d.addressed.narrowDesks(ctx, "t.user_id", f)
	d.taken = where{args: d.addressed.args, conditions: []string{"t.status = 'open' and t.taken_by is not null"}}
	d.taken.narrowDesks(ctx, "t.taken_by", f)
	return d
}

// DeskTasks lists the tasks behind the figures of Control, due first: those on the desks of the people the filter asks for.
func (db *DB) DeskTasks(ctx context.Context, f crm.ReportFilter, overdue bool, after *crm.Cursor, limit int) (crm.Page[crm.TaskItem], error) {
	d := desksOf(ctx, &f, nil)
	var common []string
	if overdue {
		common = append(common, d.taken.overdueTask(db.now()))
	}
	page := crm.TaskFilter{After: after, Limit: limit}
	return db.tasksIn(ctx, &d.taken, [][]string{d.addressed.conditions, d.taken.conditions}, common, page, d.taken.arg(limit+1))
}

// narrowDesks narrows tasks t on the desks of the people in a column to those that the filter asks for. One of no case is of no kind.
func (w *where) narrowDesks(ctx context.Context, person string, f *crm.ReportFilter) {
	if s := w.sight(ctx); s != nil {
		w.plain(s.task())
	}
	w.ofPeople(person, f)
	of := where{args: w.args}
	of.narrowKind(f)
	if len(of.conditions) > 0 {
		w.args = of.args
		w.plain("t.case_id in (select c.id from cases c" + of.sql() + ")")
	}
}

// Losses counts the deals and interests that were lost in the period by reason and competitor (R30), and the requests lost at
// acceptance by reason (R41), the most frequent first. Competitors whose cards were merged are one.
func (db *DB) Losses(ctx context.Context, f crm.ReportFilter) ([]crm.LossRow, error) {
	w := lossesOf(ctx, &f)
	requests := lostRequests(ctx, &f, w.args)
	rows, err := db.pool.Query(ctx, `with c as (select coalesce(c.fields->>'reason', '') as reason, `+idField("competitor")+` as competitor,
			c.currency, c.potential as amount from cases c`+w.sql()+`),
		parts as (select reason, competitor, currency, count(*) as n, sum(amount) as amount from c group by 1, 2, 3),
		merged as (select reason, coalesce(client_now(competitor), competitor) as competitor, currency, sum(n) as n, 0 as requests, sum(amount) as amount
			from parts group by 1, 2, 3
			union all select i.lost_reason, null, null, 0, count(*), null from interactions i`+requests.sql()+` group by 1)
		select s.reason, i.name, s.competitor, coalesce(k.name, ''), s.n, s.requests, s.amounts
		from (select reason, competitor, sum(n)::bigint as n, sum(requests)::bigint as requests, `+amounts+` as amounts from merged group by 1, 2) s
		left join reference_items i on i.list = 'loss_reason' and i.key = s.reason
		left join clients k on k.id = s.competitor
		order by s.n + s.requests desc, s.reason, s.competitor`, requests.args...)
	if err != nil {
		return nil, fmt.Errorf("count losses: %w", err)
	}
	return collectRows(rows, "count losses", func(row pgx.Row) (*crm.LossRow, error) {
		var r crm.LossRow
		err := row.Scan(&r.Reason, &r.ReasonName, (*zeronull.UUID)(&r.CompetitorID), &r.Competitor, &r.Cases, &r.Requests, &r.Potential)
		return &r, err
	})
}

// lossesOf are the cases c that were lost.
func lossesOf(ctx context.Context, f *crm.ReportFilter) where {
	w := where{conditions: []string{"c.status = 'negative' and c.kind in ('deal', 'interest')"}}
	w.add("c.closed_at >= %s", f.From)
	w.add("c.closed_at < %s", f.To)
	w.narrowReport(ctx, f)
	return w
}

// lostRequests are the interactions i that requests lost in the period came by. None of them is of a kind, a channel or a source.
func lostRequests(ctx context.Context, f *crm.ReportFilter, args []any) where {
	w := where{args: args, conditions: []string{"i.lost and i.status <> 'cancelled'"}}
	if f.Kind != "" || f.Channel != "" || f.Source != "" {
		w.plain("false")
	}
	w.add("i.at >= %s", f.From)
	w.add("i.at < %s", f.To)
	w.seen(ctx, crm.CardInteraction, "i.id")
	w.ofPeople("i.responsible_id", f)
	return w
}

// amounts gathers sums by currency.
const amounts = `coalesce(jsonb_agg(jsonb_build_object('Currency', currency, 'Sum', amount::text) order by currency) filter (where amount is not null), '[]')`

// What some reports count of the cases c that were made in their period.
const (
	cameByChannel = "c.kind in ('deal', 'interest', 'appeal')"
	withDemand    = "c.kind in ('deal', 'interest') and jsonb_typeof(c.fields->'demand') = 'array'"
)

// createdOf are the cases c of some kind that were made in the period.
func createdOf(ctx context.Context, kinds string, f *crm.ReportFilter) where {
	w := where{conditions: []string{kinds}}
	w.add("c.created_at >= %s", f.From)
	w.add("c.created_at < %s", f.To)
	w.narrowReport(ctx, f)
	return w
}

// Claims counts the claims made in the period by reason and who was at fault (R36).
func (db *DB) Claims(ctx context.Context, f crm.ReportFilter) ([]crm.ClaimRow, error) {
	w := createdOf(ctx, "c.kind = 'claim'", &f)
	rows, err := db.pool.Query(ctx, `select s.reason, i.name, s.department, d.name, s.person, coalesce(u.name, ''), s.open, s.positive, s.negative, s.cancelled
		from (select coalesce(c.fields->>'reason', '') as reason, `+idField("department_at_fault")+` as department,
				`+idField("employee_at_fault")+` as person, count(*) as n, count(*) filter (where c.status = 'open') as open,
				count(*) filter (where c.status = 'positive') as positive, count(*) filter (where c.status = 'negative') as negative,
				count(*) filter (where c.status = 'cancelled') as cancelled
			from cases c`+w.sql()+` group by 1, 2, 3) s
		left join reference_items i on i.list = 'claim_reason' and i.key = s.reason
		left join departments d on d.id = s.department left join users u on u.id = s.person
		order by s.n desc, s.reason, s.department, s.person`, w.args...)
	if err != nil {
		return nil, fmt.Errorf("count claims: %w", err)
	}
	return collectRows(rows, "count claims", func(row pgx.Row) (*crm.ClaimRow, error) {
		var r crm.ClaimRow
		err := row.Scan(&r.Reason, &r.ReasonName, (*zeronull.UUID)(&r.DepartmentID), &r.Department, (*zeronull.UUID)(&r.UserID), &r.User, &r.UnderReview, &r.Satisfied, &r.NotSatisfied, &r.Cancelled)
		return &r, err
	})
}

// Channels counts the deals, interests and appeals made in the period by channel and source, with the deals that were won of
// them, whenever that was (R30).
func (db *DB) Channels(ctx context.Context, f crm.ReportFilter) ([]crm.ChannelRow, error) {
	w := createdOf(ctx, cameByChannel, &f)
	won := where{args: w.args, conditions: append([]string{"c.kind = 'deal' and c.status = 'positive'"}, w.conditions...)}
	return reporting(ctx, db, "count channels", `with counted as (
			select coalesce(c.channel, '') as channel, c.source, c.client_id, count(*) as n, count(*) filter (where c.kind = 'deal') as deals,
				count(*) filter (where c.kind = 'deal' and c.status = 'positive') as won
			from cases c`+w.sql()+` group by 1, 2, 3),
		s as (select channel, source, sum(n)::bigint as n, count(client_id) as clients, sum(deals)::bigint as deals, sum(won)::bigint as won from counted group by 1, 2),
		won as (select channel, source, `+amounts+` as amounts from (
			select coalesce(c.channel, '') as channel, c.source, c.currency, sum(`+amountOf+`) as amount from cases c`+won.sql()+` group by 1, 2, 3) parts group by 1, 2)
		select s.channel, i.name, s.source, o.name, s.n, s.clients, s.deals, s.won, coalesce(w.amounts, '[]')
		from s left join won w on w.channel = s.channel and w.source = s.source
		left join reference_items i on i.list = 'channel' and i.key = s.channel left join acquisition_sources o on o.key = s.source
		order by s.n desc, s.channel, s.source`, won.args, func(row pgx.Row) (*crm.ChannelRow, error) {
		var r crm.ChannelRow
		err := row.Scan(&r.Channel, &r.ChannelName, &r.Source, &r.SourceName, &r.Cases, &r.Clients, &r.Deals, &r.Won, &r.Amounts)
		return &r, err
	})
}

// Demand adds up the lines of the deals and interests made in the period, what was asked for most often first (R30). Names
// that differ in small and capital letters only are one.
func (db *DB) Demand(ctx context.Context, f crm.ReportFilter, limit int) ([]crm.DemandRow, error) {
	w := createdOf(ctx, withDemand, &f)
	rows, err := db.pool.Query(ctx, `with lines as (select c.id, c.status = 'positive' as won, c.currency, coalesce(l.line->>'name', '') as name,
			coalesce(`+lineNumber("quantity")+`, 1) as quantity, `+lineNumber("price")+` as price
			from cases c cross join jsonb_array_elements(c.fields->'demand') as l (line)`+w.sql()+`),
		sums as (select name, `+amounts+` as amounts from (
			select fold(name) as name, currency, round(sum(quantity * price), 2) as amount from lines group by 1, 2) parts group by 1)
		select min(l.name), count(distinct l.id), count(distinct l.id) filter (where l.won), sum(l.quantity)::text, s.amounts
		from lines l join sums s on s.name = fold(l.name)
		group by s.name, s.amounts order by 2 desc, 1 limit `+w.arg(limit), w.args...)
	if err != nil {
		return nil, fmt.Errorf("add up the demand: %w", err)
	}
	return collectRows(rows, "add up the demand", func(row pgx.Row) (*crm.DemandRow, error) {
		var r crm.DemandRow
		err := row.Scan(&r.Name, &r.Cases, &r.Won, &r.Quantity, &r.Amounts)
		return &r, err
	})
}

// Standards tells how the appeals' work that was opened in the period was done against its time limits, by stage and purpose
// (R43). now is what open work is measured by.
func (db *DB) Standards(ctx context.Context, f crm.ReportFilter, now time.Time) ([]crm.StandardRow, error) {
	w := standardsOf(ctx, &f)
	columns := make([]string, 0, len(standardColumns))
	for _, column := range standardColumns {
		columns = append(columns, "count(*) filter (where "+w.figure(ctx, crm.ReportStandards, column, now)+")")
	}
	rows, err := db.pool.Query(ctx, "select c.map_id, t.path, coalesce(c.fields->>'purpose', ''), "+strings.Join(columns, ", ")+`,
			percentile_disc(0.5) within group (order by extract(epoch from t.closed_at - t.opened_at)::bigint) filter (where t.status = 'completed'),
			percentile_disc(0.9) within group (order by extract(epoch from t.closed_at - t.opened_at)::bigint) filter (where t.status = 'completed')
		from tasks t join cases c on c.id = t.case_id`+w.sql()+` group by 1, 2, 3 order by 1, 2, 3`, w.args...)
	if err != nil {
		return nil, fmt.Errorf("count work against its standards: %w", err)
	}
	return collectRows(rows, "count work against its standards", func(row pgx.Row) (*crm.StandardRow, error) {
		var r crm.StandardRow
		var median, p90 zeroInt
		err := row.Scan(&r.MapID, &r.Stage, &r.Purpose, &r.Tasks, &r.Limited, &r.InTime, &r.Late, &r.Overdue, &median, &p90)
		r.Median, r.P90 = time.Duration(median)*time.Second, time.Duration(p90)*time.Second
		return &r, err
	})
}

// standardColumns are in the order in which a report's rows are read.
var standardColumns = []string{"tasks", "limited", "in_time", "late", "overdue"}

// standardsOf are the tasks t of the stages of appeals c.
func standardsOf(ctx context.Context, f *crm.ReportFilter) where {
	w := where{conditions: []string{"t.kind = 'stage' and t.status <> 'withdrawn' and c.kind = 'appeal'"}}
	w.add("t.opened_at >= %s", f.From)
	w.add("t.opened_at < %s", f.To)
	w.narrowReport(ctx, f)
	return w
}
