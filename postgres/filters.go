package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"marshrut/crm"
)

const filterColumns = "f.id, f.user_id, f.list, f.name, f.query, f.created_at"

func scanFilter(row pgx.Row) (*crm.SavedFilter, error) {
	var f crm.SavedFilter
	err := row.Scan(&f.ID, &f.UserID, &f.List, &f.Name, &f.Query, &f.CreatedAt)
	return &f, err
}

// SavedFilters lists the filters of a list that a user keeps, by name.
func (db *DB) SavedFilters(ctx context.Context, user uuid.UUID, list crm.FilteredList) ([]crm.SavedFilter, error) {
	rows, err := db.pool.Query(ctx, "select "+filterColumns+" from saved_filters f where f.user_id = $1 and f.list = $2 order by lower(f.name), f.id", user, list)
	if err != nil {
		return nil, fmt.Errorf("list saved filters: %w", err)
	}
	return collectRows(rows, "list saved filters", scanFilter)
}

// SaveFilter keeps a filter. Where the user has another one of its name, it is refused with saved_filter_exists, or with replace written
// over; too_many_saved_filters: there are crm.MaxSavedFilters. The same filter once more is the one that there is.
func (db *DB) SaveFilter(ctx context.Context, f crm.SavedFilter, replace bool) (*crm.SavedFilter, error) {
	var err error
	if f.ID, err = idOr(f.ID); err != nil {
		return nil, err
	}
	var saved *crm.SavedFilter
	err = db.inTx(ctx, func(tx pgx.Tx) error {
		// One at a time of a person, so that none goes over the limit.
		if _, err := tx.Exec(ctx, "select from users where id = $1 for no key update", f.UserID); err != nil {
			return fmt.Errorf("lock the owner of saved filters: %w", err)
		}
		var others int
		if err := tx.QueryRow(ctx, "select count(*) from saved_filters where user_id = $1 and list = $2 and name <> $3", f.UserID, f.List, f.Name).Scan(&others); err != nil {
			return fmt.Errorf("count saved filters: %w", err)
		}
		if others >= crm.MaxSavedFilters {
			return crm.Errorf(crm.KindConflict, "too_many_saved_filters", "no more filters of a list are kept")
		}
		var err error
		saved, err = scanFilter(tx.QueryRow(ctx, `insert into saved_filters as f (id, user_id, list, name, query, created_at) values ($1, $2, $3, $4, $5, $6)
			on conflict (user_id, list, name) do update set query = excluded.query where $7 or f.query = excluded.query
			returning `+filterColumns, f.ID, f.UserID, f.List, f.Name, f.Query, db.now(), replace))
		if errors.Is(err, pgx.ErrNoRows) {
			return crm.Errorf(crm.KindConflict, "saved_filter_exists", "another filter of this list has this name")
		}
		if err != nil {
			return fmt.Errorf("keep a filter: %w", err)
		}
		return nil
	})
	return saved, err
}

// DeleteSavedFilter removes a filter of a user; crm.KindNotFound when he has none of this id.
func (db *DB) DeleteSavedFilter(ctx context.Context, user, id uuid.UUID) error {
	tag, err := db.exec(ctx, "delete from saved_filters where id = $1 and user_id = $2", id, user)
	if err != nil {
		return fmt.Errorf("delete a saved filter: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return crm.Errorf(crm.KindNotFound, "saved_filter_not_found", "no such filter")
	}
	return nil
}
