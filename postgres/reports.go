package postgres

import (
	"context"
	"fmt"
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
// Cases under negotiation are left out (R21). The stages come in no order: the map has it.
func (db *DB) Funnel(ctx context.Context, mapID string, version int, f crm.ReportFilter) ([]crm.FunnelStage, error) {
	var w where
	w.add("s.map_id = %s", mapID)
	if version != 0 {
		w.add("s.map_version = %s", version)
	}
	w.add("s.came_at >= %s", f.From)
	w.add("s.came_at < %s", f.To)
	// The few under negotiation are taken off, so that a funnel of everything reads nothing of the many others.
	w.plain("s.case_id not in (select c.id from cases c where " + atNegotiations + ")")
	cases := where{args: w.args}
	cases.narrowCases(ctx, &f)
	w.args = cases.args
	if len(cases.conditions) > 0 {
		w.plain("s.case_id in (select c.id from cases c" + cases.sql() + ")")
	}
	rows, err := db.pool.Query(ctx, `select s.stage, count(*), count(*) filter (where s.passed),
			count(*) filter (where not s.passed and s.result is null), count(*) filter (where not s.passed and s.result = 'returned'),
			count(*) filter (where not s.passed and s.result = 'lost'), count(*) filter (where not s.passed and s.result = 'cancelled'),
			percentile_disc(0.5) within group (order by s.spent) filter (where s.result is not null),
			percentile_disc(0.9) within group (order by s.spent) filter (where s.result is not null)
		from case_stages s`+w.sql()+" group by s.stage", w.args...)
	if err != nil {
		return nil, fmt.Errorf("count a funnel: %w", err)
	}
	return collectRows(rows, "count a funnel", func(row pgx.Row) (*crm.FunnelStage, error) {
		var s crm.FunnelStage
		var median, p90 zeroInt
		err := row.Scan(&s.Stage, &s.Entered, &s.Passed, &s.Here, &s.Returned, &s.Lost, &s.Cancelled, &median, &p90)
		s.Median, s.P90 = time.Duration(median)*time.Second, time.Duration(p90)*time.Second
		return &s, err
	})
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
	w.equalID("c.responsible_id", f.ResponsibleID)
	w.ofDepartments("c.responsible_id", f.Departments)
	w.narrowKind(f)
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
	w.equal("c.source", f.Source)
	w.equal("c.channel", f.Channel)
}

// Control counts what every responsible has on his hands now, who has most cases first (R14). The filter's period is not
// looked at.
func (db *DB) Control(ctx context.Context, f crm.ReportFilter) ([]crm.ControlRow, error) {
	w := where{conditions: []string{"c.status = 'open'"}}
	w.narrowReport(ctx, &f)
	// What somebody took is his; what nobody took is of whom it is addressed to.
	addressed := where{args: w.args, conditions: []string{"t.status = 'open' and t.taken_by is null and t.user_id is not null"}}
	addressed.narrowDesks(ctx, "t.user_id", &f)
	taken := where{args: addressed.args, conditions: []string{"t.status = 'open' and t.taken_by is not null"}}
	taken.narrowDesks(ctx, "t.taken_by", &f)
	overdue := taken.overdueTask(db.now())
	return reporting(ctx, db, "count the managers' work", `with load as (
			select c.responsible_id as person, count(*) as open, count(*) filter (where c.overdue) as overdue,
				count(*) filter (where `+unplanned(ctx)+`) as unplanned,
				min(c.last_activity_at) as touched
			from cases c`+w.sql()+` group by 1),
		desks as (select person, sum(tasks)::bigint as tasks, sum(overdue)::bigint as overdue from (
			select t.user_id as person, count(*) as tasks, count(*) filter (where `+overdue+`) as overdue from tasks t`+addressed.sql()+` group by 1
			union all select t.taken_by, count(*), count(*) filter (where `+overdue+`) from tasks t`+taken.sql()+` group by 1) ways group by 1)
		select coalesce(l.person, d.person), coalesce(u.name, ''), coalesce(l.open, 0), coalesce(l.overdue, 0), coalesce(l.unplanned, 0), l.touched,
			coalesce(d.tasks, 0), coalesce(d.overdue, 0)
		from load l full join desks d on d.person = l.person left join users u on u.id = coalesce(l.person, d.person)
		order by 3 desc, 7 desc, 1`, taken.args, func(row pgx.Row) (*crm.ControlRow, error) {
		var r crm.ControlRow
		err := row.Scan((*zeronull.UUID)(&r.ResponsibleID), &r.Responsible, &r.Open, &r.Overdue, &r.Unplanned, &r.OldestTouch, &r.Tasks, &r.OverdueTasks)
		return &r, err
	})
}

// unplanned is the condition that nothing is planned for the case c. Where nobody keeps interactions, no case lacks one (R22).
func unplanned(ctx context.Context) string {
	if crm.SightOf(ctx).Lacks(crm.BlockInteractions) {
		return "false"
	}
	return "c.id not in (select case_id from interactions where status = 'planned' and off_register_at is null and case_id is not null)"
}

// narrowDesks narrows tasks t on the desks of the people in a column to those that the filter asks for. One of no case is of no kind.
func (w *where) narrowDesks(ctx context.Context, person string, f *crm.ReportFilter) {
	if s := w.sight(ctx); s != nil {
		w.plain(s.task())
	}
	w.equalID(person, f.ResponsibleID)
	w.ofDepartments(person, f.Departments)
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
	w := where{conditions: []string{"c.status = 'negative' and c.kind in ('deal', 'interest')"}}
	w.add("c.closed_at >= %s", f.From)
	w.add("c.closed_at < %s", f.To)
	w.narrowReport(ctx, &f)
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

// lostRequests are the interactions i that requests lost in the period came by. None of them is of a kind, a channel or a source.
func lostRequests(ctx context.Context, f *crm.ReportFilter, args []any) where {
	w := where{args: args, conditions: []string{"i.lost and i.status <> 'cancelled'"}}
	if f.Kind != "" || f.Channel != "" || f.Source != "" {
		w.plain("false")
	}
	w.add("i.at >= %s", f.From)
	w.add("i.at < %s", f.To)
	w.seen(ctx, crm.CardInteraction, "i.id")
	w.equalID("i.responsible_id", f.ResponsibleID)
	w.ofDepartments("i.responsible_id", f.Departments)
	return w
}

// amounts gathers sums by currency.
const amounts = `coalesce(jsonb_agg(jsonb_build_object('Currency', currency, 'Sum', amount::text) order by currency) filter (where amount is not null), '[]')`

// Claims counts the claims made in the period by reason and who was at fault (R36).
func (db *DB) Claims(ctx context.Context, f crm.ReportFilter) ([]crm.ClaimRow, error) {
	w := where{conditions: []string{"c.kind = 'claim'"}}
	w.add("c.created_at >= %s", f.From)
	w.add("c.created_at < %s", f.To)
	w.narrowReport(ctx, &f)
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
	w := where{conditions: []string{"c.kind in ('deal', 'interest', 'appeal')"}}
	w.add("c.created_at >= %s", f.From)
	w.add("c.created_at < %s", f.To)
	w.narrowReport(ctx, &f)
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
	w := where{conditions: []string{"c.kind in ('deal', 'interest') and jsonb_typeof(c.fields->'demand') = 'array'"}}
	w.add("c.created_at >= %s", f.From)
	w.add("c.created_at < %s", f.To)
	w.narrowReport(ctx, &f)
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
	w := where{conditions: []string{"t.kind = 'stage' and t.status <> 'withdrawn' and c.kind = 'appeal'"}}
	w.add("t.opened_at >= %s", f.From)
	w.add("t.opened_at < %s", f.To)
	w.narrowReport(ctx, &f)
	at := w.arg(now)
	rows, err := db.pool.Query(ctx, `select c.map_id, t.path, coalesce(c.fields->>'purpose', ''), count(*), count(t.due_at),
			count(*) filter (where t.status = 'completed' and t.closed_at <= t.due_at), count(*) filter (where t.status = 'completed' and t.closed_at > t.due_at),
			count(*) filter (where t.status = 'open' and t.due_at < `+at+`),
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
