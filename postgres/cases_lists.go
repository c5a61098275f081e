package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
)

const referenceItemColumns = "list, key, name, position, active, version, performer_id"

func scanReferenceItem(row pgx.Row) (*crm.ReferenceItem, error) {
	var i crm.ReferenceItem
	err := row.Scan(&i.List, &i.Key, &i.Name, &i.Position, &i.Active, &i.Version, (*zeronull.UUID)(&i.PerformerID))
	return &i, err
}

// listedQuery tells whether the key (@id) is in use in a reference list.
func listedQuery(list crm.ReferenceList) string {
	return "select exists (select from reference_items where list = '" + string(list) + "' and key = @id and active)"
}

// ReferenceItems lists what there is to choose of a list, in its order, what is out of use included.
func (db *DB) ReferenceItems(ctx context.Context, list crm.ReferenceList) ([]crm.ReferenceItem, error) {
	rows, err := db.pool.Query(ctx, "select "+referenceItemColumns+" from reference_items where list = $1 order by position, key", list)
	if err != nil {
		return nil, fmt.Errorf("read a reference list: %w", err)
	}
	return collectRows(rows, "read a reference list", scanReferenceItem)
}

// keysInUse are those that can be chosen of a list, in its order.
func keysInUse(ctx context.Context, q querier, list crm.ReferenceList) ([]string, error) {
	rows, err := q.Query(ctx, "select key from reference_items where list = $1 and active order by position, key", list)
	if err != nil {
		return nil, fmt.Errorf("read what is in use of a reference list: %w", err)
	}
	keys, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("read what is in use of a reference list: %w", err)
	}
	return keys, nil
}

// fitPerformer refuses a new performer of a purpose who does not work here. The one it has stays: he may come back to work.
func (db *DB) fitPerformer(ctx context.Context, i *crm.ReferenceItem) error {
	var has bool
	err := db.pool.QueryRow(ctx, "select exists (select from reference_items where list = $1 and key = $2 and performer_id = $3)",
		i.List, i.Key, nullID(i.PerformerID)).Scan(&has)
	if err != nil {
		return fmt.Errorf("look for the performer of a purpose: %w", err)
	}
	if has {
		return nil
	}
	return fitWorker(ctx, db.pool, "/performer_id", i.PerformerID)
}

// PutReferenceItem adds an item to its list or changes it. version is the one that was read, 0 for a new item; crm.KindStale
// when there is another.
func (db *DB) PutReferenceItem(ctx context.Context, i crm.ReferenceItem, version int) (*crm.ReferenceItem, error) {
	if err := db.fitPerformer(ctx, &i); err != nil {
		return nil, err
	}
	var row pgx.Row
	if version == 0 {
		row = db.changedRow(ctx, `insert into reference_items (list, key, name, position, active, performer_id) values ($1, $2, $3, $4, $5, $6)
			on conflict do nothing returning `+referenceItemColumns, i.List, i.Key, i.Name, i.Position, i.Active, nullID(i.PerformerID))
	} else {
		row = db.changedRow(ctx, `update reference_items set name = $3, position = $4, active = $5, performer_id = $6, version = version + 1
			where list = $1 and key = $2 and version = $7 returning `+referenceItemColumns, i.List, i.Key, i.Name, i.Position, i.Active, nullID(i.PerformerID), version)
	}
	put, err := scanReferenceItem(row)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, crm.Errorf(crm.KindStale, "stale", "the item was changed by somebody else")
	case violates(err, "reference_items_key_check"):
		return nil, invalidField("/key", "wrong_form")
	case violates(err, "reference_items_performer_id_fkey"):
		return nil, invalidField("/performer_id", "not_found")
	case err != nil:
		return nil, fmt.Errorf("write an item of a reference list: %w", err)
	}
	return put, nil
}
