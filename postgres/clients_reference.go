package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"marshrut/crm"
)

const regionColumns = "key, name, time_zone, archived, version"

func scanRegion(row pgx.Row) (*crm.Region, error) {
	var r crm.Region
	err := row.Scan(&r.Key, &r.Name, &r.TimeZone, &r.Archived, &r.Version)
	return &r, err
}

// Regions lists the regions, archived ones too, by key.
func (db *DB) Regions(ctx context.Context) ([]crm.Region, error) {
	rows, err := db.pool.Query(ctx, "select "+regionColumns+" from regions order by key")
	if err != nil {
		return nil, fmt.Errorf("list regions: %w", err)
	}
	return collectRows(rows, "list regions", scanRegion)
}

// PutRegion adds a region or changes it. version is the one that was read, 0 for a new region; crm.KindStale when there is
// another. A corrected time zone is its clients' too, where they have the old one (R8): who was given a zone of his own keeps it.
func (db *DB) PutRegion(ctx context.Context, r crm.Region, version int, by uuid.UUID) (*crm.Region, error) {
	var put *crm.Region
	err := db.inOrder(ctx, func(tx pgx.Tx) error {
		if version == 0 {
			var err error
			put, err = scanRegion(tx.QueryRow(ctx, `insert into regions (key, name, time_zone, archived) values ($1, $2, $3, $4)
				on conflict do nothing returning `+regionColumns, r.Key, r.Name, r.TimeZone, r.Archived))
			return staleItem(err, "add a region")
		}
		before, err := scanRegion(tx.QueryRow(ctx, "select "+regionColumns+" from regions where key = $1 and version = $2 for no key update", r.Key, version))
		if err != nil {
			return staleItem(err, "lock a region")
		}
		put, err = scanRegion(tx.QueryRow(ctx, `update regions set name = $2, time_zone = $3, archived = $4, version = version + 1
			where key = $1 returning `+regionColumns, r.Key, r.Name, r.TimeZone, r.Archived))
		if err != nil {
			return fmt.Errorf("change a region: %w", err)
		}
		return db.correctZones(ctx, tx, put, before.TimeZone, by)
	})
	if err != nil {
		return nil, err
	}
	return put, nil
}

// correctZones gives the region's zone to its clients who have the one that it had, and tells their histories.
func (db *DB) correctZones(ctx context.Context, tx pgx.Tx, r *crm.Region, was string, by uuid.UUID) error {
	if r.TimeZone == was {
		return nil
	}
	rows, err := tx.Query(ctx, `update clients set time_zone = $3, version = version + 1 where id in (
			select id from clients where region = $1 and time_zone = $2 order by id for no key update)
		returning id`, r.Key, was, r.TimeZone)
	if err != nil {
		return fmt.Errorf("correct the time zone of a region's clients: %w", err)
	}
	corrected, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return fmt.Errorf("correct the time zone of a region's clients: %w", err)
	}
	lines := make([]uuid.UUID, len(corrected))
	for i := range lines {
		if lines[i], err = newID(); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `insert into client_history (id, client_id, at, kind, actor_id, data)
		select id, client_id, $1, 'changed', $2, $3 from unnest($4::uuid[], $5::uuid[]) x (id, client_id)`,
		db.now(), nullID(by), map[string]any{"fields": map[string]any{"time_zone": map[string]any{"from": was, "to": r.TimeZone}}}, lines, corrected)
	if err != nil {
		return fmt.Errorf("tell the histories of a region's clients: %w", err)
	}
	return nil
}

// staleItem is the answer when the item of the version asked for is not there, or when a new one is there already.
func staleItem(err error, doing string) error {
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return crm.Errorf(crm.KindStale, "stale", "the item was changed by somebody else")
	case err != nil:
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

const sourceColumns = "key, name, archived, version"

func scanSource(row pgx.Row) (*crm.AcquisitionSource, error) {
	var s crm.AcquisitionSource
	err := row.Scan(&s.Key, &s.Name, &s.Archived, &s.Version)
	return &s, err
}

// AcquisitionSources lists the sources, archived ones too, by key.
func (db *DB) AcquisitionSources(ctx context.Context) ([]crm.AcquisitionSource, error) {
	rows, err := db.pool.Query(ctx, "select "+sourceColumns+" from acquisition_sources order by key")
	if err != nil {
		return nil, fmt.Errorf("list acquisition sources: %w", err)
	}
	return collectRows(rows, "list acquisition sources", scanSource)
}

// PutAcquisitionSource adds a source or changes it. version is the one that was read, 0 for a new source; crm.KindStale when
// there is another.
func (db *DB) PutAcquisitionSource(ctx context.Context, s crm.AcquisitionSource, version int) (*crm.AcquisitionSource, error) {
	var row pgx.Row
	if version == 0 {
		row = db.changedRow(ctx, `insert into acquisition_sources (key, name, archived) values ($1, $2, $3)
			on conflict do nothing returning `+sourceColumns, s.Key, s.Name, s.Archived)
	} else {
		row = db.changedRow(ctx, `update acquisition_sources set name = $2, archived = $3, version = version + 1
			where key = $1 and version = $4 returning `+sourceColumns, s.Key, s.Name, s.Archived, version)
	}
	put, err := scanSource(row)
	if err := staleItem(err, "write an acquisition source"); err != nil {
		return nil, err
	}
	return put, nil
}
