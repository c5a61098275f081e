package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
)

// An interaction stays with the case and the deal it came to first. Whoever may not see these, and makes others of it, is shown it with his
// own: that it stays where it is would tell him that something is there (R15).

// madeCase and madeDeal are the first case seen that was made from the interaction i, or as an interest from another of its chain, and
// the first such deal of the chain; %s is the condition that the case c is seen.
const (
	madeOfChain = `c.interaction_id in (select x.id from interactions x where x.id = coalesce(i.chain_id, i.id)
		union all select x.id from interactions x where x.chain_id = coalesce(i.chain_id, i.id))
		and (c.client_id = i.client_id) is not false%s`
	madeCase = `(select c.id from cases c where (c.interaction_id = i.id or c.kind = 'interest') and ` + madeOfChain + ` order by c.created_at, c.id limit 1)`
	madeDeal = `(select c.id from cases c where c.kind = 'deal' and ` + madeOfChain + ` order by c.created_at, c.id limit 1)`
)

// showMade puts such cases in the places of those that the work of ctx may not see.
func (db *DB) showMade(ctx context.Context, items []crm.Interaction) error {
	if crm.SightOf(ctx) == nil {
		return nil
	}
	var of []uuid.UUID
	for k := range items {
		of = append(of, items[k].CaseID, items[k].DealID)
	}
	hidden, err := db.Hidden(ctx, of)
	if err != nil || len(hidden) == 0 {
		return err
	}
	var ids []uuid.UUID
	for k := range items {
		if slices.Contains(hidden, items[k].CaseID) || slices.Contains(hidden, items[k].DealID) {
			ids = append(ids, items[k].ID)
		}
	}
	w := where{args: []any{ids}}
	seen := w.andSeen(ctx, crm.CardCase, "c.id")
	rows, err := db.pool.Query(ctx, "select i.id, "+fmt.Sprintf(madeCase, seen)+", "+fmt.Sprintf(madeDeal, seen)+" from interactions i where i.id = any($1)", w.args...)
	if err != nil {
		return fmt.Errorf("look for cases made from interactions: %w", err)
	}
	var id, made, deal uuid.UUID
	_, err = pgx.ForEachRow(rows, []any{&id, (*zeronull.UUID)(&made), (*zeronull.UUID)(&deal)}, func() error {
		i := &items[slices.IndexFunc(items, func(i crm.Interaction) bool { return i.ID == id })]
		if slices.Contains(hidden, i.CaseID) {
			i.CaseID = made
		}
		if slices.Contains(hidden, i.DealID) {
			i.DealID = deal
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("look for cases made from interactions: %w", err)
	}
	return nil
}

// The columns of interactions i that hold the ids of cases.
const (
	caseColumn = "i.case_id"
	dealColumn = "i.deal_id"
)

// narrowToCase narrows a list of interactions i to those of a case and of a deal, as showMade shows them.
func (db *DB) narrowToCase(ctx context.Context, w *where, f *crm.InteractionFilter) error {
	for _, of := range []struct {
		column string
		id     uuid.UUID
	}{{caseColumn, f.CaseID}, {dealColumn, f.DealID}} {
		kept, err := keptElsewhere(ctx, db.pool, of.id, of.column)
		if err != nil {
			return err
		}
		if len(kept) == 0 {
			w.equalID(of.column, of.id)
			continue
		}
		w.plain("(" + of.column + " = " + w.arg(of.id) + " or i.id = any(" + w.arg(kept) + "))")
	}
	return nil
}

// keptElsewhere are the interactions that showMade shows with a case, in one of the columns, though they are kept with one that the work of
// ctx may not see.
func keptElsewhere(ctx context.Context, q querier, id uuid.UUID, columns ...string) ([]uuid.UUID, error) {
	if id == uuid.Nil || crm.SightOf(ctx) == nil {
		return nil, nil
	}
	w := where{args: []any{id}}
	seen := w.andSeen(ctx, crm.CardCase, "c.id")
	ways := make([]string, 0, len(columns))
	for _, column := range columns {
		shown := map[string]string{caseColumn: madeCase, dealColumn: madeDeal}[column]
		ways = append(ways, fmt.Sprintf("%[1]s <> $1 and not exists (select from cases c where c.id = %[1]s%[2]s) and %[3]s = $1", column, seen, fmt.Sprintf(shown, seen)))
	}
	rows, err := q.Query(ctx, `select i.id from cases k join interactions origin on origin.id = k.interaction_id
		join interactions i on i.id = coalesce(origin.chain_id, origin.id) or i.chain_id = coalesce(origin.chain_id, origin.id)
		where k.id = $1 and (`+strings.Join(ways, " or ")+")", w.args...)
	if err != nil {
		return nil, fmt.Errorf("look for interactions that a case was made from: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("look for interactions that a case was made from: %w", err)
	}
	return ids, nil
}
