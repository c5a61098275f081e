package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
)

// Feed lists a case's history, oldest first (R5).
func (db *DB) Feed(ctx context.Context, f crm.FeedFilter) (crm.Page[crm.FeedEntry], error) {
	var w where
	w.equalID("case_id", f.CaseID)
	if f.After != nil {
		w.plain("(at, id) > (" + w.arg(f.After.At) + ", " + w.arg(f.After.ID) + ")")
	}
	rows, err := db.pool.Query(ctx, "select id, case_id, at, kind, actor_id, data from feed"+w.sql()+" order by at, id limit "+w.arg(f.Limit+1), w.args...)
	if err != nil {
		return crm.Page[crm.FeedEntry]{}, fmt.Errorf("read a feed: %w", err)
	}
	items, err := collectRows(rows, "read a feed", func(row pgx.Row) (*crm.FeedEntry, error) {
		var e crm.FeedEntry
		err := row.Scan(&e.ID, &e.CaseID, &e.At, &e.Kind, (*zeronull.UUID)(&e.ActorID), &e.Data)
		return &e, err
	})
	if err != nil {
		return crm.Page[crm.FeedEntry]{}, err
	}
	return cut(items, f.Limit, func(e *crm.FeedEntry) crm.Cursor { return crm.Cursor{At: &e.At, ID: e.ID} }), nil
}
