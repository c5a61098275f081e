package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"marshrut/crm"
)

// What else than a condition stands for times in figureConditions.
const (
	nowPlace     = "@now"
	plannedPlace = "@planned_after"
)

// figureConditions tell of the rows that a report counts which of them a column counts: cases c, of a funnel stages s of cases, of
// standards tasks t of cases. Reports count by them, and their cases are listed by them, so that the two agree.
var figureConditions = map[crm.ReportName]map[string]string{
	crm.ReportFunnel: {
		"entered": "true", "passed": "s.passed", "here": "not s.passed and s.result is null", "returned": "not s.passed and s.result = 'returned'",
		"lost": "not s.passed and s.result = 'lost'", "cancelled": "not s.passed and s.result = 'cancelled'",
		"left": "not s.passed and s.result is not null",
	},
	crm.ReportOutcomes: {"cases": "true"},
	crm.ReportControl: {
		"open": "true", "overdue": "c.overdue",
		"unplanned": "c.id not in (" + plannedFor("case_id") + " union all " + plannedFor("deal_id") + ")",
	},
	crm.ReportLosses:   {"cases": "true"},
	crm.ReportClaims:   {"under_review": "c.status = 'open'", "satisfied": "c.status = 'positive'", "not_satisfied": "c.status = 'negative'", "cancelled": "c.status = 'cancelled'"},
	crm.ReportChannels: {"cases": "true", "deals": "c.kind = 'deal'", "won": "c.kind = 'deal' and c.status = 'positive'"},
	crm.ReportDemand:   {"cases": "true", "won": "c.status = 'positive'"},
	crm.ReportStandards: {
		"tasks": "true", "limited": "t.due_at is not null", "in_time": "t.status = 'completed' and t.closed_at <= t.due_at",
		"late": "t.status = 'completed' and t.closed_at > t.due_at", "overdue": "t.status = 'open' and t.due_at < " + nowPlace,
	},
	crm.ReportPotential: {"cases": "true", "unknown": "c.potential is null"},
}

// plannedFor are the cases, in the column, that something still to come is planned for: as what it is recorded in, or as the deal of its
// chain (R25).
func plannedFor(column string) string {
	return "select " + column + " from interactions where status = 'planned' and " + column + " is not null and at > " + plannedPlace
}

// figureRows tell by what a row of a report is known, as texts.
var figureRows = map[crm.ReportName]map[string]string{
	crm.ReportFunnel:   {"stage": "s.stage"},
	crm.ReportOutcomes: {"stage": "o.stage", "outcome": "o.outcome", "kind": "o.kind"},
	crm.ReportLosses: {
		"reason":     "coalesce(c.fields->>'reason', '')",
		"competitor": "coalesce(client_now(" + idField("competitor") + "), " + idField("competitor") + ")::text",
	},
	crm.ReportClaims: {
		"reason": "coalesce(c.fields->>'reason', '')", "department_at_fault": "(" + idField("department_at_fault") + ")::text",
		"employee_at_fault": "(" + idField("employee_at_fault") + ")::text",
	},
	crm.ReportStandards: {"map": "c.map_id", "stage": "t.path", "purpose": "coalesce(c.fields->>'purpose', '')"},
}

// figure is the condition of a column of a report. Where nobody keeps interactions, no case lacks one (R22).
func (w *where) figure(ctx context.Context, report crm.ReportName, column string, now time.Time) string {
	condition := figureConditions[report][column]
	if strings.Contains(condition, plannedPlace) && crm.SightOf(ctx).Lacks(crm.BlockInteractions) {
		return "false"
	}
	if strings.Contains(condition, nowPlace) {
		condition = strings.ReplaceAll(condition, nowPlace, w.arg(now))
	}
	if strings.Contains(condition, plannedPlace) {
		condition = strings.ReplaceAll(condition, plannedPlace, w.arg(crm.PlannedAfter(now)))
	}
	return condition
}

// ReportCases lists the cases behind a figure of a report, newest first: the very rows that the report counts there.
func (db *DB) ReportCases(ctx context.Context, f crm.ReportFigure) (crm.Page[crm.CaseItem], error) {
	if figureConditions[f.Report][f.Column] == "" {
		return crm.Page[crm.CaseItem]{}, fmt.Errorf("the report %s has no column %q", f.Report, f.Column)
	}
	w := figureWhere(ctx, &f)
	w.plain("(" + w.figure(ctx, f.Report, f.Column, db.now()) + ")")
	for _, name := range sortedNames(f.Row) {
		w.add("coalesce("+figureRows[f.Report][name]+", '') = %s", f.Row[name])
	}
	sql := "select c.id from cases c"
	switch f.Report { //nolint:exhaustive // the others count cases themselves
	case crm.ReportFunnel:
		sql = "select s.case_id from case_stages s join cases c on c.id = s.case_id"
	case crm.ReportOutcomes:
		sql = "select o.case_id from stage_outcomes o join cases c on c.id = o.case_id"
	case crm.ReportStandards:
		sql = "select t.case_id from tasks t join cases c on c.id = t.case_id"
	}
	sql += w.sql()
	page := where{args: w.args, conditions: []string{"c.id in (" + sql + ")"}}
	if f.After != nil {
		page.add("c.id < %s", f.After.ID)
	}
	rows, err := db.pool.Query(ctx, "select "+caseItemColumns+" from cases c"+caseItemJoins+page.sql()+" order by c.id desc limit "+page.arg(f.Limit+1), page.args...)
	if err != nil {
		return crm.Page[crm.CaseItem]{}, fmt.Errorf("list the cases of a figure: %w", err)
	}
	items, err := collectRows(rows, "list the cases of a figure", scanCaseItem)
	if err != nil {
		return crm.Page[crm.CaseItem]{}, err
	}
	return cut(items, f.Limit, func(i *crm.CaseItem) crm.Cursor { return crm.Cursor{ID: i.ID} }), nil
}

// ChannelClients lists the clients whom the report of channels counts, by name: those of its row that the filter's channel and source name.
func (db *DB) ChannelClients(ctx context.Context, f crm.ReportFilter, after *crm.Cursor, limit int) (crm.Page[crm.Client], error) {
	cases := createdOf(ctx, cameByChannel, &f)
	w := where{args: cases.args, conditions: []string{"k.id in (select c.client_id from cases c" + cases.sql() + ")"}}
	return db.clientsPage(ctx, w, after, limit)
}

// figureWhere are the rows that a report counts, of all its columns, in the group that is asked for.
func figureWhere(ctx context.Context, f *crm.ReportFigure) where {
	var w where
	at := "c.created_at"
	switch f.Report {
	case crm.ReportFunnel:
		w, at = funnelOf(ctx, f.MapID, f.Version, &f.Filter), "s.came_at"
	case crm.ReportOutcomes:
		w = outcomesOf(ctx, f.MapID, f.Version, &f.Filter)
	case crm.ReportControl:
		w = controlOf(ctx, &f.Filter)
	case crm.ReportLosses:
		w = lossesOf(ctx, &f.Filter)
	case crm.ReportClaims:
		w = createdOf(ctx, "c.kind = 'claim'", &f.Filter)
	case crm.ReportChannels:
		w = createdOf(ctx, cameByChannel, &f.Filter)
	case crm.ReportDemand:
		w = createdOf(ctx, withDemand, &f.Filter)
		if name, ok := f.Row["name"]; ok {
			w.add("exists (select from jsonb_array_elements(c.fields->'demand') as l (line) where fold(coalesce(l.line->>'name', '')) = fold(%s))", name)
		}
	case crm.ReportStandards:
		w = standardsOf(ctx, &f.Filter)
	case crm.ReportPotential:
		w = potentialOf(ctx, &f.Filter)
	}
	if group, ok := f.Row["group"]; ok {
		by := w.dividedBy(&f.Filter, at)
		w.add(by.key+" = %s", group)
	}
	return w
}

// sortedNames are the columns that figureRows has, in an order that is the same each time: a plan is then found again.
func sortedNames(row map[string]string) []string {
	names := make([]string, 0, len(row))
	for name := range row {
		if name != "group" && name != "name" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// CommunicationItems lists the interactions behind a figure of the report of communication, in the order of time. kind and
// direction are those of the row, or crm.AnyDirection; an empty kind: all of them.
func (db *DB) CommunicationItems(ctx context.Context, f crm.CommunicationFilter, kind crm.InteractionKind, direction string, after *crm.Cursor, limit int) (crm.Page[crm.Interaction], error) {
	w := communicationOf(ctx, &f)
	if kind != "" {
		w.add("i.kind = %s", kind)
	}
	if kind != "" && direction != crm.AnyDirection {
		w.add("i.direction = %s", direction)
	}
	if after != nil {
		at, id := w.arg(*after.At), w.arg(after.ID)
		w.plain("(i.at, i.id) > (" + at + ", " + id + ")")
	}
	rows, err := db.pool.Query(ctx, "select "+interactionColumns+" from interactions i"+w.sql()+" order by i.at, i.id limit "+w.arg(limit+1), w.args...)
	if err != nil {
		return crm.Page[crm.Interaction]{}, fmt.Errorf("list the interactions of a figure: %w", err)
	}
	items, err := collectRows(rows, "list the interactions of a figure", scanInteraction)
	if err != nil {
		return crm.Page[crm.Interaction]{}, err
	}
	page := cut(items, limit, func(i *crm.Interaction) crm.Cursor { return crm.Cursor{At: &i.At, ID: i.ID} })
	if len(page.Items) == 0 {
		return page, nil
	}
	return page, readParticipants(ctx, db.pool, page.Items)
}
