package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
)

// What is planned for a case is recorded in it, or in the chain of which it is the deal (R25).

// caseItemColumns are what scanCaseItem reads, in its order, from cases c joined as caseItemJoins says.
const caseItemColumns = caseColumns + `, k.name, ` + zoneOfClient + `, u.name, n.id, n.kind, n.at, n.topic, ` + negotiating + `, c.potential::text, c.currency, c.probability::text`

const caseItemJoins = ` left join clients k on k.id = c.client_id left join users u on u.id = c.responsible_id
	left join lateral (select i.id, i.kind, i.at, i.topic from (
		(select i.id, i.kind, i.at, i.topic from interactions i where i.case_id = c.id and i.status = 'planned' order by i.at, i.id limit 1)
		union all
		(select i.id, i.kind, i.at, i.topic from interactions i where c.kind = 'deal' and i.deal_id = c.id and i.status = 'planned' order by i.at, i.id limit 1)
	) i order by i.at, i.id limit 1) n on true`

func scanCaseItem(row pgx.Row) (*crm.CaseItem, error) {
	var item crm.CaseItem
	var next crm.NextInteraction
	var at *time.Time
	c, err := scanCase(withMore{row, []any{
		(*zeronull.Text)(&item.ClientName), (*zeronull.Text)(&item.ClientTimeZone), (*zeronull.Text)(&item.ResponsibleName), (*zeronull.UUID)(&next.ID), (*zeronull.Text)(&next.Kind),
		&at, (*zeronull.Text)(&next.Topic), &item.Negotiating, (*zeronull.Text)(&item.Potential), &item.Currency, (*zeronull.Text)(&item.Probability),
	}})
	if err != nil {
		return nil, err
	}
	item.Case = *c
	if at != nil {
		next.At = *at
		item.Next = &next
	}
	return &item, nil
}

// withMore is a row with columns after those that its reader knows.
type withMore struct {
	row  pgx.Row
	more []any
}

// Scan reads all of them.
func (r withMore) Scan(targets ...any) error { return r.row.Scan(append(targets, r.more...)...) }

// orderOf is what cases c are ordered by.
var orderOf = map[crm.CaseSort]string{
	crm.SortCreated: "c.created_at", crm.SortActivity: "c.last_activity_at", crm.SortDue: "c.due_at", crm.SortAmount: "c.potential",
	crm.SortPlanned: `least((select min(i.at) from interactions i where i.case_id = c.id and i.status = 'planned'),
		case c.kind when 'deal' then (select min(i.at) from interactions i where i.deal_id = c.id and i.status = 'planned') end)`,
}

// ListCases lists cases in the order asked for. A list of all is put together from one page of each kind and status, so that
// every part is read along its own index, however many cases there are.
func (db *DB) ListCases(ctx context.Context, f crm.CaseFilter) (crm.Page[crm.CaseItem], error) {
	sight := crm.SightOf(ctx)
	if f.Sort == "" || f.Sort == crm.SortPlanned && sight.Lacks(crm.BlockInteractions) {
		f.Sort = crm.SortCreated
	}
	if !keepKinds(sight, &f) {
		return crm.Page[crm.CaseItem]{}, nil
	}
	w := &where{}
	limit := w.arg(f.Limit + 1)
	order := caseOrder{by: orderOf[f.Sort], nullable: f.Sort.Nullable(), descending: f.Sort.Descending() != f.Reverse}
	common := caseConditions(ctx, w, &f, db.now())
	begins, within := order.after(w, f.After), order.within
	if few(&f) && order.nullable && f.After == nil {
		begins, within = [][]string{nil}, order.across // they are sorted anyway: what they are ordered by is looked up once
	}
	var parts []string
	for _, some := range kindsAndStatuses(w, &f) {
		for _, after := range begins {
			part := where{conditions: slices.Concat(common, some, after)}
			parts = append(parts, "(select c.id, "+order.by+" as place from cases c"+part.sql()+" order by "+within(order.by)+" limit "+limit+")")
		}
	}
	if len(parts) == 0 {
		return crm.Page[crm.CaseItem]{}, nil // of no kind or status that there is
	}
	sql := "select " + caseItemColumns + " from (select c.id, c.place from (" + strings.Join(parts, " union all ") + ") c order by " + order.across("c.place") +
		" limit " + limit + ") page join cases c on c.id = page.id" + caseItemJoins + " order by " + order.across("page.place")
	rows, err := db.pool.Query(ctx, sql, w.args...)
	if err != nil {
		return crm.Page[crm.CaseItem]{}, fmt.Errorf("list cases: %w", err)
	}
	items, err := collectRows(rows, "list cases", scanCaseItem)
	if err != nil {
		return crm.Page[crm.CaseItem]{}, err
	}
	return cut(items, f.Limit, func(i *crm.CaseItem) crm.Cursor { return caseCursor(i, f.Sort) }), nil
}

// keepKinds takes the kinds whose blocks are switched off out of a filter (R22), so that its parts are read along the indexes of those
// that are left; false: of what it asks for there is none.
func keepKinds(sight *crm.Sight, f *crm.CaseFilter) bool {
	off := sight.KindsOff()
	if len(off) == 0 {
		return true
	}
	asked := f.Kinds
	if len(asked) == 0 {
		asked = allKinds
	}
	f.Kinds = slices.DeleteFunc(slices.Clone(asked), func(k crm.Kind) bool { return slices.Contains(off, k) })
	return len(f.Kinds) > 0
}

// CountCases counts those that the filter is for, up to a bound.
func (db *DB) CountCases(ctx context.Context, f crm.CaseFilter, bound int) (crm.Count, error) {
	if !keepKinds(crm.SightOf(ctx), &f) {
		return crm.Count{}, nil
	}
	w := &where{}
	w.conditions = append(caseConditions(ctx, w, &f, db.now()), kindAndStatus(w, &f)...)
	var n int
	sql := "select count(*) from (select from cases c" + w.sql() + " limit " + w.arg(bound+1) + ") counted"
	if err := db.pool.QueryRow(ctx, sql, w.args...).Scan(&n); err != nil {
		return crm.Count{}, fmt.Errorf("count cases: %w", err)
	}
	return crm.Count{N: min(n, bound), More: n > bound}, nil
}

// caseOrder is an order of cases c; what has nothing to be ordered by comes last.
type caseOrder struct {
	by         string
	nullable   bool
	descending bool
}

// within is the order of one part: as an index has it, or backwards. A part has either all to be ordered by, or nothing.
func (o caseOrder) within(by string) string {
	if o.descending {
		return by + " desc, c.id desc"
	}
	return by + ", c.id"
}

// across is the order of all parts together.
func (o caseOrder) across(by string) string {
	if o.descending {
		return by + " desc nulls last, c.id desc"
	}
	return by + ", c.id"
}

// after are the parts that follow the cursor: what comes later in the order, then what has nothing to be ordered by. Two
// parts instead of an "or" let each begin in its index where the page begins.
func (o caseOrder) after(w *where, after *crm.Cursor) [][]string {
	sign := ">"
	if o.descending {
		sign = "<"
	}
	none := []string{o.by + " is null"}
	switch {
	case after == nil && !o.nullable:
		return [][]string{nil}
	case after == nil:
		return [][]string{{o.by + " is not null"}, none}
	case after.At == nil && after.Text == "":
		return [][]string{append(none, "c.id "+sign+" "+w.arg(after.ID))}
	}
	var place string
	if after.At != nil {
		place = w.arg(*after.At)
	} else {
		place = w.arg(after.Text) + "::text::numeric"
	}
	later := []string{"(" + o.by + ", c.id) " + sign + " (" + place + ", " + w.arg(after.ID) + ")"}
	if !o.nullable {
		return [][]string{later}
	}
	return [][]string{later, none}
}

func caseCursor(i *crm.CaseItem, sort crm.CaseSort) crm.Cursor {
	cursor := crm.Cursor{ID: i.ID}
	switch sort {
	case crm.SortActivity:
		cursor.At = &i.LastActivityAt
	case crm.SortDue:
		cursor.At = i.DueAt
	case crm.SortAmount:
		cursor.Text = i.Potential
	case crm.SortPlanned:
		if i.Next != nil {
			cursor.At = &i.Next.At
		}
	default:
		cursor.At = &i.CreatedAt
	}
	return cursor
}

var (
	allKinds    = []crm.Kind{crm.Appeal, crm.Deal, crm.Interest, crm.Claim}
	allStatuses = []crm.Status{crm.StatusOpen, crm.StatusPositive, crm.StatusNegative, crm.StatusCancelled}
)

// kindsAndStatuses are the parts of a list: one for each kind and status, as the indexes have them. A list that is short by
// what else it is narrowed to is one part. Both are written out: with parameters the planner could not tell which indexes fit.
func kindsAndStatuses(w *where, f *crm.CaseFilter) [][]string {
	var parts [][]string
	for _, kind := range allKinds {
		for _, status := range allStatuses {
			if (len(f.Kinds) == 0 || slices.Contains(f.Kinds, kind)) && (f.Status == "" || f.Status == status) {
				parts = append(parts, []string{"c.kind = '" + string(kind) + "'", "c.status = '" + string(status) + "'"})
			}
		}
	}
	if len(parts) > 1 && few(f) {
		return [][]string{kindAndStatus(w, f)}
	}
	return parts
}

// few tells whether the filter is for cases of one person, client or search: there are few of them.
func few(f *crm.CaseFilter) bool {
	return f.Responsible != uuid.Nil || f.Client != uuid.Nil || f.Participant != uuid.Nil || f.Contact != uuid.Nil || f.Parent != uuid.Nil ||
		f.Query != "" || len(f.Numbers) > 0
}

func kindAndStatus(w *where, f *crm.CaseFilter) []string {
	one := where{args: w.args}
	switch len(f.Kinds) {
	case 0:
	case 1: // so the order of an index that begins with the kind is of use
		one.add("c.kind = %s", f.Kinds[0])
	default:
		one.add("c.kind = any(%s)", f.Kinds)
	}
	if f.Status == crm.StatusOpen {
		one.plain("c.status = 'open'")
	} else {
		one.equal("c.status", string(f.Status))
	}
	w.args = one.args
	return one.conditions
}

// caseConditions are those that every part has.
func caseConditions(ctx context.Context, w *where, f *crm.CaseFilter, now time.Time) []string {
	c := where{args: w.args}
	c.seen(ctx, crm.CardCase, "c.id")
	c.equal("c.mode", string(f.Mode))
	c.equal("c.map_id", f.MapID)
	if f.MapVersion > 0 {
		c.add("c.map_version = %s", f.MapVersion)
	}
	c.equal("c.stage", f.Stage)
	c.equalID("c.responsible_id", f.Responsible)
	c.equalID("c.client_id", f.Client)
	c.equalID("c.parent_id", f.Parent)
	c.equal("c.source", f.Source)
	c.equal("c.channel", f.Channel)
	c.equal("c.currency", f.Currency)
	if len(f.Attributes) > 0 {
		c.add("c.attributes @> %s", f.Attributes)
	}
	c.caseRelations(f)
	c.caseTimes(f)
	if f.Overdue {
		c.plain("c.status = 'open' and c.overdue")
	}
	if f.Unplanned && crm.SightOf(ctx).Lacks(crm.BlockInteractions) {
		c.plain("false") // no case lacks what nobody keeps
	} else if f.Unplanned {
		c.add(`not exists (select from interactions i where i.case_id = c.id and i.status = 'planned' and i.at > %[1]s)
			and not exists (select from interactions i where i.deal_id = c.id and i.status = 'planned' and i.at > %[1]s)`, crm.PlannedAfter(now))
	}
	if f.Negotiating != nil && *f.Negotiating {
		c.plain(atNegotiations)
	}
	if f.Negotiating != nil && !*f.Negotiating {
		c.plain("not " + negotiating)
	}
	w.args = c.args
	return c.conditions
}

// caseRelations narrows by who and what cases have to do with.
func (w *where) caseRelations(f *crm.CaseFilter) {
	if f.Department != uuid.Nil {
		w.add("c.responsible_id in (select id from users where department_id in (select department_tree(%s)))", f.Department)
	}
	if f.Participant != uuid.Nil {
		w.add(`c.id in (select case_id from case_participants where user_id = %[1]s union all select case_id from case_participants where client_id = %[1]s
			union all select case_id from case_participants where contact_id = %[1]s)`, f.Participant)
	}
	if f.Contact != uuid.Nil {
		w.add(`c.id in (select case_id from case_participants where contact_id = %[1]s union all select case_id from interactions where contact_id = %[1]s
			union all select i.case_id from interaction_participants p join interactions i on i.id = p.interaction_id where p.contact_id = %[1]s)`, f.Contact)
	}
	if len(f.Numbers) > 0 {
		w.add("c.number = any(%s)", f.Numbers)
	}
	if f.Query != "" {
		w.caseQuery(f.Query)
	}
}

// queryBound bounds what a query finds in each of its ways; the list goes on no further.
const queryBound = "2000"

// caseQuery narrows to a number or what begins with it, or to words of the topic or of the client's name.
func (w *where) caseQuery(text string) {
	ways := []string{"select id from cases where number ~>=~ " + w.arg(strings.ToUpper(text)) + " and number ~<~ " + w.arg(strings.ToUpper(text)+"\U0010FFFF") + " limit " + queryBound}
	if number, is := crm.CaseNumber(text); is {
		ways = append(ways, "select id from cases where number = "+w.arg(number))
	}
	if words := queryWords(text); words != "" {
		query := "(to_tsquery('pg_catalog.russian', " + w.arg(words) + ") || to_tsquery('pg_catalog.english', " + w.arg(words) + "))"
		ways = append(ways, "select id from cases where words @@ "+query+" limit "+queryBound,
			"select o.id from (select id from clients where merged_into is null and words @@ "+query+" limit "+queryBound+") k join cases o on o.client_id = k.id limit "+queryBound)
	}
	w.plain("c.id in ((" + strings.Join(ways, ") union all (") + "))")
}

func (w *where) caseTimes(f *crm.CaseFilter) {
	for _, one := range []struct {
		condition string
		at        *time.Time
	}{
		{"c.created_at >= %s", f.CreatedFrom},
		{"c.created_at < %s", f.CreatedThrough},
		{"c.closed_at >= %s", f.ClosedFrom},
		{"c.closed_at < %s", f.ClosedThrough},
	} {
		if one.at != nil {
			w.add(one.condition, *one.at)
		}
	}
}
