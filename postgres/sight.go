package postgres

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"marshrut/crm"
)

// SightOf is what the user sees: nil is everything. He is a viewer himself, and so are his roles and his department, whose pools he
// takes from; with the department's visibility also everybody of the departments he is in or heads, and of those below.
func (db *DB) SightOf(ctx context.Context, u *crm.User) (*crm.Sight, error) {
	if u.Granted.Visibility == crm.SeesAll {
		return nil, nil //nolint:nilnil // seeing everything is an answer
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
	return &crm.Sight{Viewers: append(viewers, u.StandsInFor...)}, nil
}

// seen narrows a list to the records of a kind that the work of ctx may see; column holds their ids. Whoever sees everything pays
// nothing.
func (w *where) seen(ctx context.Context, card crm.CardKind, column string) {
	if s := crm.SightOf(ctx); s != nil {
		w.plain(seenBy(card, column, w.arg(s.Viewers)))
	}
}

// seenFound narrows what a search has found, f, to what the work of ctx may see.
func (w *where) seenFound(ctx context.Context) string {
	s := crm.SightOf(ctx)
	if s == nil {
		return ""
	}
	viewers := w.arg(s.Viewers)
	return " where case f.kind when 'case' then " + seenBy(crm.CardCase, "f.id", viewers) + " when 'client' then " + seenBy(crm.CardClient, "f.id", viewers) +
		" else " + seenBy(crm.CardClient, "(select k.client_id from contacts k where k.id = f.id)", viewers) + " end"
}

// andSeen is what seen adds, to go on after another condition with.
func (w *where) andSeen(ctx context.Context, card crm.CardKind, column string) string {
	s := crm.SightOf(ctx)
	if s == nil {
		return ""
	}
	return " and " + seenBy(card, column, w.arg(s.Viewers))
}

// seenBy is the condition that the viewers, a parameter, see the record of a kind whose id the column holds.
func seenBy(card crm.CardKind, column, viewers string) string {
	table := map[crm.CardKind]string{crm.CardCase: "case", crm.CardClient: "client", crm.CardInteraction: "interaction"}[card]
	return fmt.Sprintf("exists (select from %[1]s_viewers seen where seen.%[1]s_id = %[2]s and seen.viewer = any(%[3]s))", table, column, viewers)
}

// seenTask is the condition that the viewers, a parameter, see the task t: with its case, or as one of its people.
func seenTask(viewers string) string {
	return "(" + seenBy(crm.CardCase, "t.case_id", viewers) + " or t.case_id is null and viewers_of(t) && " + viewers + ")"
}

// hiddenRecords finds, among ids of any kind, records that are there and not seen. What belongs to a card is seen with it.
const hiddenRecords = `select a.id from unnest($1::uuid[]) a (id) where
	exists (select from cases r where r.id = a.id and not %[1]s)
	or exists (select from clients r where r.id = a.id and not %[2]s)
	or exists (select from interactions r where r.id = a.id and not %[3]s)
	or exists (select from contacts r where r.id = a.id and not %[4]s)
	or exists (select from legal_entities r where r.id = a.id and not %[4]s)
	or exists (select from tasks t where t.id = a.id and not %[6]s)
	or exists (select from files r where r.id = a.id and not (%[4]s or %[5]s or %[7]s or %[8]s))
	or exists (select from comments r where r.id = a.id and not %[5]s)
	or exists (select from payments r where r.id = a.id and not %[5]s)
	or exists (select from letters r where r.id = a.id and not %[5]s)
	or exists (select from notifications r where r.id = a.id and not %[5]s)
	or exists (select from incidents r where r.id = a.id and not %[5]s)
	or exists (select from commands r where r.id = a.id and not %[5]s)
	or exists (select from imports r where r.id = a.id and r.created_by <> all($2))`

// Hidden gives those of the ids that are of records that the work of ctx may not see. Unknown ids are not among them.
func (db *DB) Hidden(ctx context.Context, ids []uuid.UUID) ([]uuid.UUID, error) {
	return hiddenAmong(ctx, db.pool, ids)
}

func hiddenAmong(ctx context.Context, q querier, ids []uuid.UUID) ([]uuid.UUID, error) {
	s := crm.SightOf(ctx)
	if s == nil || len(ids) == 0 {
		return nil, nil
	}
	sql := fmt.Sprintf(hiddenRecords, seenBy(crm.CardCase, "r.id", "$2"), seenBy(crm.CardClient, "r.id", "$2"),
		seenBy(crm.CardInteraction, "r.id", "$2"), seenBy(crm.CardClient, "r.client_id", "$2"), seenBy(crm.CardCase, "r.case_id", "$2"),
		seenTask("$2"), seenBy(crm.CardInteraction, "r.interaction_id", "$2"),
		seenBy(crm.CardClient, "(select k.client_id from contacts k where k.id = r.contact_id)", "$2"))
	rows, err := q.Query(ctx, sql, ids, s.Viewers)
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
	s := crm.SightOf(ctx)
	if s == nil {
		return false, nil
	}
	var hidden bool
	err := db.pool.QueryRow(ctx, "select exists (select from cases c where c.number = $1 and not "+seenBy(crm.CardCase, "c.id", "$2")+")",
		number, s.Viewers).Scan(&hidden)
	if err != nil {
		return false, fmt.Errorf("look for a case that is not seen: %w", err)
	}
	return hidden, nil
}
