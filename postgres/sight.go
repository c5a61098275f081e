package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"marshrut/crm"
)

// SightOf is what the user sees: nil is everything. He is a viewer himself, and so are his roles and his department, whose pools he
// takes from; with the department's visibility also everybody of the departments he is in or heads, and of those below. Of a block that
// is switched off nobody sees anything (R22).
func (db *DB) SightOf(ctx context.Context, u *crm.User) (*crm.Sight, error) {
	switch {
	case u.Granted.Visibility == crm.SeesAll && len(u.Off) == 0:
		return nil, nil //nolint:nilnil // seeing everything is an answer
	case u.Granted.Visibility == crm.SeesAll:
		return &crm.Sight{All: true, Off: u.Off}, nil
	}
	const own = `select $1::uuid union select everybody() union select $2::uuid where $2 is not null union select role_viewer(k) from unnest($3::text[]) k`
	const department = own + `
		union select id from places
		union select id from people
		union select role_viewer(k) from people, unnest(roles) k where active`
	sql := own
	if u.Granted.Visibility == crm.SeesDepartment {
		sql = `with places (id) as (select distinct department_tree(d.id) from departments d where d.id = $2 or d.head_id = $1),
			people as (select id, roles, active from users where department_id in (select id from places))
			` + department
	}
	rows, err := db.pool.Query(ctx, sql, u.ID, nullID(u.DepartmentID), u.Roles)
	if err != nil {
		return nil, fmt.Errorf("read what a user sees: %w", err)
	}
	viewers, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("read what a user sees: %w", err)
	}
	// Whoever stands in for somebody absent sees what he sees.
	return &crm.Sight{Viewers: append(viewers, u.StandsInFor...), Off: u.Off}, nil
}

// SeenBy is SightOf for work that goes on by itself on behalf of the user, who is read for it as he is now.
func (db *DB) SeenBy(ctx context.Context, user uuid.UUID) (*crm.Sight, error) {
	u, err := db.User(ctx, user)
	if err != nil {
		return nil, err
	}
	directory, err := db.directory(ctx, db.pool)
	if err != nil {
		return nil, err
	}
	u.StandsInFor, u.Off = directory.StandsInFor(u.ID, db.now()), directory.Off
	return db.SightOf(ctx, u)
}

// sight is what the work of ctx may see, as conditions of a query.
type sight struct {
	*crm.Sight

	of      *where
	viewers string // their parameter, once it is asked for
}

// sight is nil for those who see everything: they pay nothing.
func (w *where) sight(ctx context.Context) *sight {
	s := crm.SightOf(ctx)
	if s == nil {
		return nil
	}
	return &sight{Sight: s, of: w}
}

// parameter is that of the viewers. A query must not have one that it does not use.
func (s *sight) parameter() string {
	if s.viewers == "" {
		s.viewers = s.of.arg(s.Viewers)
	}
	return s.viewers
}

// seen narrows a list to the records of a kind that the work of ctx may see; column holds their ids.
func (w *where) seen(ctx context.Context, card crm.CardKind, column string) {
	if s := w.sight(ctx); s != nil {
		w.plain(s.record(card, column))
	}
}

// seenFound narrows what a search has found, f, to what the work of ctx may see.
func (w *where) seenFound(ctx context.Context) string {
	s := w.sight(ctx)
	if s == nil {
		return ""
	}
	return " where case f.kind when 'case' then " + s.record(crm.CardCase, "f.id") + " when 'client' then " + s.record(crm.CardClient, "f.id") +
		" else " + s.record(crm.CardClient, "(select k.client_id from contacts k where k.id = f.id)") + " end"
}

// andSeen is what seen adds, to go on after another condition with.
func (w *where) andSeen(ctx context.Context, card crm.CardKind, column string) string {
	s := w.sight(ctx)
	if s == nil {
		return ""
	}
	return " and " + s.record(card, column)
}

// record is the condition that the record of a kind whose id the column holds is seen; there is none without an id.
func (s *sight) record(card crm.CardKind, column string) string {
	if card == crm.CardInteraction && s.Lacks(crm.BlockInteractions) {
		return "false"
	}
	condition := column + " is not null"
	if !s.All {
		condition = fmt.Sprintf("exists (select from %[1]s_viewers seen where seen.%[1]s_id = %[2]s and seen.viewer = any(%[3]s))", viewed[card], column, s.parameter())
	}
	if card == crm.CardCase && len(s.KindsOff()) > 0 {
		condition += " and " + s.keptCase(column)
	}
	return condition
}

// viewed are the beginnings of the names of the viewers' tables.
var viewed = map[crm.CardKind]string{crm.CardCase: "case", crm.CardClient: "client", crm.CardInteraction: "interaction"}

// fewSeen is up to how many records of a kind are read one by one, by whoever does not see everybody's, and put into order then. Who sees
// more reads a list in its order, and comes upon what he sees soon enough.
const fewSeen = 10_000

// seesFew tells whether the work of ctx sees few records of a kind.
func (db *DB) seesFew(ctx context.Context, card crm.CardKind) (bool, error) {
	s := crm.SightOf(ctx)
	if s == nil || s.All {
		return false, nil
	}
	var few bool
	err := db.pool.QueryRow(ctx, fmt.Sprintf("select count(*) <= $2 from (select from %s_viewers where viewer = any($1) limit $2 + 1) v", viewed[card]),
		s.Viewers, fewSeen).Scan(&few)
	if err != nil {
		return false, fmt.Errorf("count what a user sees: %w", err)
	}
	return few, nil
}

// seenInteractions is seen for the list of interactions i of which a page is read: the planner is told whether few are seen, which it
// cannot know.
func (db *DB) seenInteractions(ctx context.Context, w *where) error {
	s := w.sight(ctx)
	if s == nil || s.All || s.Lacks(crm.BlockInteractions) {
		w.seen(ctx, crm.CardInteraction, "i.id")
		return nil
	}
	few, err := db.seesFew(ctx, crm.CardInteraction)
	if err != nil {
		return err
	}
	if few {
		w.plain("i.id = any(" + s.all(crm.CardInteraction) + ")")
		return nil
	}
	w.plain("(select true from interaction_viewers seen where seen.interaction_id = i.id and seen.viewer = any(" + s.parameter() + ") limit 1)")
	return nil
}

// all are the ids of all records of a kind that have one of the viewers.
func (s *sight) all(card crm.CardKind) string {
	return fmt.Sprintf("array(select distinct %[1]s_id from %[1]s_viewers where viewer = any(%[2]s))", viewed[card], s.parameter())
}

// ownTasks are the ways in which a task t may be seen, by whoever sees few cases: with its case, or as one of its people, where it is of
// none.
func (s *sight) ownTasks() [][]string {
	ways := [][]string{{"t.case_id = any(" + s.all(crm.CardCase) + ")", s.deskTask()}}
	for _, person := range []string{"t.user_id", "t.author_id", "t.assignee_id"} {
		ways = append(ways, []string{"t.case_id is null", person + " = any(" + s.parameter() + ")"})
	}
	return ways
}

// keptCase is the condition that the case whose id the column holds is of no block that is switched off. A subquery that gives a
// value is asked row by row, along the key: the planner cannot make a reading of all cases of it, as of "exists".
func (s *sight) keptCase(column string) string {
	kind := "(select kept.kind from cases kept where kept.id = " + column + ")"
	if column == "c.id" {
		kind = "c.kind" // c is the case itself, here as everywhere
	}
	quoted := make([]string, 0, len(s.KindsOff()))
	for _, k := range s.KindsOff() {
		quoted = append(quoted, "'"+string(k)+"'")
	}
	return kind + " not in (" + strings.Join(quoted, ", ") + ")"
}

// task is the condition that the task t is seen: with its case, or by its people.
func (s *sight) task() string {
	own := "t.case_id is null"
	if !s.All {
		own += " and viewers_of(t) && " + s.parameter()
	}
	return "(" + s.record(crm.CardCase, "t.case_id") + " or " + own + ")"
}

// deskTask is the condition that a task t on one's own desk is seen, whoever sees its case.
func (s *sight) deskTask() string {
	if len(s.KindsOff()) == 0 {
		return "true"
	}
	return "(t.case_id is null or " + s.keptCase("t.case_id") + ")"
}

// importOf is the condition that an import is seen, by whoever has made it.
func (s *sight) importOf(column string) string {
	if s.All {
		return "true"
	}
	return column + " = any(" + s.parameter() + ")"
}

// hiddenRecords finds, among ids of any kind, records that are there and not seen. What belongs to a card is seen with it.
const hiddenRecords = `select a.id from unnest($1::uuid[]) a (id) where
	exists (select from cases r where r.id = a.id and not (%[1]s))
	or exists (select from clients r where r.id = a.id and not (%[2]s))
	or exists (select from interactions r where r.id = a.id and not (%[3]s))
	or exists (select from contacts r where r.id = a.id and not (%[4]s))
	or exists (select from legal_entities r where r.id = a.id and not (%[4]s))
	or exists (select from tasks t where t.id = a.id and not (%[6]s))
	or exists (select from files r where r.id = a.id and not (%[4]s or %[5]s or %[7]s or %[8]s))
	or exists (select from comments r where r.id = a.id and not (%[5]s))
	or exists (select from payments r where r.id = a.id and not (%[5]s))
	or exists (select from letters r where r.id = a.id and not (%[5]s))
	or exists (select from notifications r where r.id = a.id and not (%[5]s))
	or exists (select from incidents r where r.id = a.id and not (%[5]s))
	or exists (select from commands r where r.id = a.id and not (%[5]s))
	or exists (select from imports r where r.id = a.id and not (%[9]s))`

// Hidden gives those of the ids that are of records that the work of ctx may not see. Unknown ids are not among them.
func (db *DB) Hidden(ctx context.Context, ids []uuid.UUID) ([]uuid.UUID, error) {
	return hiddenAmong(ctx, db.pool, ids)
}

func hiddenAmong(ctx context.Context, q querier, ids []uuid.UUID) ([]uuid.UUID, error) {
	w := where{args: []any{ids}}
	s := w.sight(ctx)
	if s == nil || len(ids) == 0 {
		return nil, nil
	}
	sql := fmt.Sprintf(hiddenRecords, s.record(crm.CardCase, "r.id"), s.record(crm.CardClient, "r.id"),
		s.record(crm.CardInteraction, "r.id"), s.record(crm.CardClient, "r.client_id"), s.record(crm.CardCase, "r.case_id"),
		s.task(), s.record(crm.CardInteraction, "r.interaction_id"),
		s.record(crm.CardClient, "(select k.client_id from contacts k where k.id = r.contact_id)"), s.importOf("r.created_by"))
	rows, err := q.Query(ctx, sql, w.args...)
	if err != nil {
		return nil, fmt.Errorf("look for records that are not seen: %w", err)
	}
	hidden, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("look for records that are not seen: %w", err)
	}
	return hidden, nil
}

// HiddenNumber tells whether a case of this number is there and the work of ctx may not see it.
func (db *DB) HiddenNumber(ctx context.Context, number string) (bool, error) {
	w := where{args: []any{number}}
	s := w.sight(ctx)
	if s == nil {
		return false, nil
	}
	var hidden bool
	err := db.pool.QueryRow(ctx, "select exists (select from cases c where c.number = $1 and not ("+s.record(crm.CardCase, "c.id")+"))", w.args...).Scan(&hidden)
	if err != nil {
		return false, fmt.Errorf("look for a case that is not seen: %w", err)
	}
	return hidden, nil
}
