package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"marshrut/crm"
)

// line is the place of one entry of a feed.
type line struct {
	at          time.Time
	id          uuid.UUID
	interaction bool
}

// History lists the feed of a case or of a client, with the interactions that have been at their own times (R5, R7).
func (db *DB) History(ctx context.Context, f crm.HistoryFilter) (*crm.History, error) {
	lines, more, err := db.lines(ctx, &f)
	if err != nil {
		return nil, err
	}
	h := &crm.History{}
	if h.Entries, err = db.entries(ctx, lines); err != nil || len(lines) == 0 {
		return h, err
	}
	cursor := func(l line) *crm.Cursor { return &crm.Cursor{At: &l.at, ID: l.id} }
	if more || f.Before != nil {
		h.Next = cursor(lines[len(lines)-1])
	}
	if f.After != nil || more {
		h.Previous = cursor(lines[0])
	}
	// Of the two sides only the one that was read beyond is known to go on or to end.
	switch {
	case f.Before == nil && f.After == nil:
		h.Previous = nil
	case f.Before != nil && !more:
		h.Previous = nil
	}
	return h, nil
}

// lines finds the places of a page, in the order asked for, and whether there is more beyond it.
func (db *DB) lines(ctx context.Context, f *crm.HistoryFilter) ([]line, bool, error) {
	w := &where{}
	ascending := f.Newest == (f.Before != nil) // backwards is the other way round
	cursor := f.After
	if f.Before != nil {
		cursor = f.Before
	}
	kept, err := keptElsewhere(ctx, db.pool, f.CaseID, caseColumn, dealColumn)
	if err != nil {
		return nil, false, err
	}
	rows, err := db.pool.Query(ctx, linesQuery(ctx, w, f, ascending, cursor, kept), w.args...)
	if err != nil {
		return nil, false, fmt.Errorf("read a feed: %w", err)
	}
	lines, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (line, error) {
		var l line
		err := row.Scan(&l.at, &l.id, &l.interaction)
		return l, err
	})
	if err != nil {
		return nil, false, fmt.Errorf("read a feed: %w", err)
	}
	more := len(lines) > f.Limit
	if more {
		lines = lines[:f.Limit]
	}
	if f.Before != nil {
		slices.Reverse(lines)
	}
	return lines, more, nil
}

// linesQuery takes from each source no more than the page, along its index, and puts them together; kept is what keptElsewhere gives.
func linesQuery(ctx context.Context, w *where, f *crm.HistoryFilter, ascending bool, cursor *crm.Cursor, kept []uuid.UUID) string {
	sign, order := "<", " order by at desc, id desc"
	if ascending {
		sign, order = ">", " order by at, id"
	}
	limit := order + " limit " + w.arg(f.Limit+1)
	from := func(alias string) string {
		if cursor == nil {
			return ""
		}
		return fmt.Sprintf(" and (%[1]s.at, %[1]s.id) %[2]s (%[3]s, %[4]s)", alias, sign, w.arg(cursor.At), w.arg(cursor.ID))
	}
	// What was recorded as done is there itself.
	told := "not (f.kind = 'interaction' and f.data->>'status' = 'completed')" + groupsOf(w, f.Groups) + filtered(w, f, "f", "f.actor_id", "split_part(f.kind, '_', 1) = 'interaction' and f.data->>'kind'") + from("f")
	done := "i.status <> 'planned'" + kindsOf(f.Groups) + filtered(w, f, "i", "i.created_by", "i.kind") + from("i")
	if crm.SightOf(ctx).Lacks(crm.BlockInteractions) {
		told += " and split_part(f.kind, '_', 1) <> all(" + w.arg(crm.FeedGroups()[crm.FeedInteractions]) + ")"
		done += " and false"
	}
	var parts []string
	add := func(sql string) { parts = append(parts, "("+sql+limit+")") }
	if f.ClientID != uuid.Nil {
		client := w.arg(f.ClientID)
		add(`select l.at, l.id, false from cases c cross join lateral (select f.at, f.id from feed f where f.case_id = c.id and ` + told + limit + `) l
			where c.client_id = ` + client + w.andSeen(ctx, crm.CardCase, "c.id"))
		add("select i.at, i.id, true from interactions i where i.client_id = " + client + " and " + done + w.andSeen(ctx, crm.CardInteraction, "i.id"))
		others := "i.client_id is distinct from " + client + " and " + done + w.andSeen(ctx, crm.CardInteraction, "i.id")
		taking := "select i.at, i.id, true from interactions i where " + takingPart(client) + " and " + others
		if f.CaseID != uuid.Nil { // R65: what was recorded in the case before its client was corrected is in its history still
			of := w.arg(f.CaseID)
			add("select i.at, i.id, true from interactions i where i.case_id = " + of + " and " + others)
			add("select i.at, i.id, true from interactions i where i.deal_id = " + of + " and i.case_id is distinct from " + of + " and " + others)
			taking += " and i.case_id is distinct from " + of + " and i.deal_id is distinct from " + of
		}
		add(taking)
	} else {
		of := w.arg(f.CaseID)
		add("select f.at, f.id, false from feed f where f.case_id = " + of + " and " + told)
		add("select i.at, i.id, true from interactions i where i.case_id = " + of + " and " + done)
		// R25: the chain's interactions are of the deal too.
		add("select i.at, i.id, true from interactions i where i.deal_id = " + of + " and i.case_id is distinct from " + of + " and " + done)
		if len(kept) > 0 {
			add("select i.at, i.id, true from interactions i where i.id = any(" + w.arg(kept) + ") and " + done + w.andSeen(ctx, crm.CardInteraction, "i.id"))
		}
	}
	return "select at, id, interaction from (" + strings.Join(parts, " union all ") + ") as lines (at, id, interaction)" + limit
}

// filtered narrows lines to a time, to what one user did, and to interactions of some kinds (R6); actor and kind are their columns.
func filtered(w *where, f *crm.HistoryFilter, alias, actor, kind string) string {
	var narrowed strings.Builder
	if f.From != nil {
		narrowed.WriteString(" and " + alias + ".at >= " + w.arg(*f.From))
	}
	if f.Through != nil {
		narrowed.WriteString(" and " + alias + ".at < " + w.arg(*f.Through))
	}
	if f.Actor != uuid.Nil {
		narrowed.WriteString(" and " + actor + " = " + w.arg(f.Actor))
	}
	if len(f.Kinds) > 0 {
		narrowed.WriteString(" and " + kind + " = any(" + w.arg(f.Kinds) + ")")
	}
	return narrowed.String()
}

// groupsOf narrows entries to groups by the first words of their kinds.
func groupsOf(w *where, groups []crm.FeedGroup) string {
	if len(groups) == 0 {
		return ""
	}
	var wanted, known []string
	for group, words := range crm.FeedGroups() {
		known = append(known, words...)
		if slices.Contains(groups, group) {
			wanted = append(wanted, words...)
		}
	}
	condition := "split_part(f.kind, '_', 1) = any(" + w.arg(wanted) + ")"
	if slices.Contains(groups, crm.FeedChanges) {
		condition += " or not split_part(f.kind, '_', 1) = any(" + w.arg(known) + ")"
	}
	return " and (" + condition + ")"
}

// kindsOf narrows interactions to groups: e-mails and SMS are letters as well.
func kindsOf(groups []crm.FeedGroup) string {
	switch {
	case len(groups) == 0 || slices.Contains(groups, crm.FeedInteractions):
		return ""
	case slices.Contains(groups, crm.FeedLetters):
		return " and i.kind in ('email', 'sms')"
	}
	return " and false"
}

// entries reads what is at the places.
func (db *DB) entries(ctx context.Context, lines []line) ([]crm.FeedEntry, error) {
	var told, done []uuid.UUID
	for _, l := range lines {
		if l.interaction {
			done = append(done, l.id)
		} else {
			told = append(told, l.id)
		}
	}
	found := map[uuid.UUID]crm.FeedEntry{}
	rows, err := db.pool.Query(ctx, "select "+feedColumns+` from feed f
		left join tasks t on t.case_id = f.case_id and t.kind = 'stage' and t.path = f.data->>'path'
			and t.visit = (f.data->>'visit')::int where f.id = any($1)`, told)
	if err != nil {
		return nil, fmt.Errorf("read a feed: %w", err)
	}
	all, err := collectRows(rows, "read a feed", scanFeedEntry)
	if err != nil {
		return nil, err
	}
	for i := range all {
		found[all[i].ID] = all[i]
	}
	if err := db.doneEntries(ctx, done, found); err != nil {
		return nil, err
	}
	entries := make([]crm.FeedEntry, 0, len(lines))
	for _, l := range lines {
		entries = append(entries, found[l.id])
	}
	return db.seenEntries(ctx, entries)
}

// doneEntries makes entries of interactions that have been.
func (db *DB) doneEntries(ctx context.Context, ids []uuid.UUID, found map[uuid.UUID]crm.FeedEntry) error {
	rows, err := db.pool.Query(ctx, "select "+interactionColumns+" from interactions i where i.id = any($1)", ids)
	if err != nil {
		return fmt.Errorf("read the interactions of a feed: %w", err)
	}
	all, err := collectRows(rows, "read the interactions of a feed", scanInteraction)
	if err != nil {
		return err
	}
	if err := readParticipants(ctx, db.pool, all); err != nil {
		return err
	}
	if err := db.showMade(ctx, all); err != nil {
		return err
	}
	for k := range all {
		i := &all[k]
		found[i.ID] = crm.FeedEntry{
			ID: i.ID, CaseID: i.CaseID, At: i.At, Kind: "interaction", ActorID: i.CreatedBy, Interaction: i,
			Data: map[string]any{
				"interaction_id": i.ID.String(), "kind": string(i.Kind), "status": string(i.Status), "at": i.At.Format(time.RFC3339Nano), "topic": i.Topic,
			},
		}
	}
	return nil
}

// seenEntries leaves out the entries that tell of records that the work of ctx may not see, such as a case made from this one.
func (db *DB) seenEntries(ctx context.Context, entries []crm.FeedEntry) ([]crm.FeedEntry, error) {
	if crm.SightOf(ctx) == nil {
		return entries, nil
	}
	named := make([][]uuid.UUID, len(entries))
	for i := range entries {
		named[i] = namedIn(entries[i].Data)
	}
	hidden, err := db.Hidden(ctx, slices.Concat(named...))
	if err != nil || len(hidden) == 0 {
		return entries, err
	}
	var seen []crm.FeedEntry
	for i := range entries {
		if !slices.ContainsFunc(named[i], func(id uuid.UUID) bool { return slices.Contains(hidden, id) }) {
			seen = append(seen, entries[i])
		}
	}
	return seen, nil
}

// namedIn are the ids among the values of an entry's data.
func namedIn(value any) []uuid.UUID {
	var ids []uuid.UUID
	switch v := value.(type) {
	case string:
		if id, err := uuid.Parse(v); err == nil {
			ids = append(ids, id)
		}
	case []any:
		for _, one := range v {
			ids = append(ids, namedIn(one)...)
		}
	case map[string]any:
		for _, one := range v {
			ids = append(ids, namedIn(one)...)
		}
	}
	return ids
}
