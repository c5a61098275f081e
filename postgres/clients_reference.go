package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
)

const regionColumns = "key, name, time_zone, archived, version, exists (select from zone_corrections z where z.region = key)"

func scanRegion(row pgx.Row) (*crm.Region, error) {
	var r crm.Region
	err := row.Scan(&r.Key, &r.Name, &r.TimeZone, &r.Archived, &r.Version, &r.Correcting)
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
// another. A corrected time zone is its clients' at once (R8), and CorrectZones tells their histories: who was given a zone of his own
// keeps it.
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
		if put.TimeZone == before.TimeZone {
			return nil
		}
		put.Correcting = true
		_, err = tx.Exec(ctx, `insert into zone_corrections (region, by_id, began_at) values ($1, $2, $3)
			on conflict (region) do update set by_id = excluded.by_id, began_at = excluded.began_at`, r.Key, nullID(by), db.now())
		if err != nil {
			return fmt.Errorf("note that a region's time zone is corrected: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return put, nil
}

// CorrectZones gives the clients of a region whose time zone was corrected their copy of it, at most limit of them, and answers how
// many (R8). Each gets a line of his history and another version in the same transaction, so a pass that is broken off goes on where
// it was. A client who is being changed is left for the next call.
func (db *DB) CorrectZones(ctx context.Context, limit int) (int, error) {
	var under bool
	if err := db.pool.QueryRow(ctx, "select exists (select from zone_corrections)").Scan(&under); err != nil {
		return 0, fmt.Errorf("look whether time zones were corrected: %w", err)
	}
	if !under {
		return 0, nil
	}
	corrected := 0
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		c, err := scanCorrection(tx.QueryRow(ctx, `select r.key, r.time_zone, z.by_id from zone_corrections z join regions r on r.key = z.region
			order by z.began_at, z.region limit 1 for share of r skip locked for update of z skip locked`))
		if c == nil || err != nil {
			return err
		}
		corrected, err = db.correctSome(ctx, tx, c, limit)
		return err
	})
	return corrected, err
}

// zoneCorrection is a region that has another time zone now, and who corrected it.
type zoneCorrection struct {
	region, zone string
	by           uuid.UUID
}

// scanCorrection gives nil where there is none.
func scanCorrection(row pgx.Row) (*zoneCorrection, error) {
	var c zoneCorrection
	err := row.Scan(&c.region, &c.zone, (*zeronull.UUID)(&c.by))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // none is an answer
	}
	if err != nil {
		return nil, fmt.Errorf("read which time zone was corrected: %w", err)
	}
	return &c, nil
}

// correctSome corrects the next clients of a region, those with the same old zone. Where there are none, the region is done with.
func (db *DB) correctSome(ctx context.Context, tx pgx.Tx, c *zoneCorrection, limit int) (int, error) {
	var first, last *string
	err := tx.QueryRow(ctx, "select min(time_zone), max(time_zone) from clients where region = $1 and not own_zone", c.region).Scan(&first, &last)
	if err != nil {
		return 0, fmt.Errorf("look whose time zone is to be corrected: %w", err)
	}
	was := first
	if was != nil && *was == c.zone {
		was = last
	}
	if was == nil || *was == c.zone {
		if _, err := tx.Exec(ctx, "delete from zone_corrections where region = $1", c.region); err != nil {
			return 0, fmt.Errorf("note that a region's clients have its time zone: %w", err)
		}
		return 0, nil
	}
	rows, err := tx.Query(ctx, `select id from clients where region = $1 and time_zone = $2 and not own_zone limit $3 for no key update skip locked`,
		c.region, *was, limit)
	if err != nil {
		return 0, fmt.Errorf("take a region's clients: %w", err)
	}
	clients, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return 0, fmt.Errorf("take a region's clients: %w", err)
	}
	return len(clients), db.giveZone(ctx, tx, c, *was, clients)
}

// giveZone corrects the zone of locked clients, and tells their histories.
func (db *DB) giveZone(ctx context.Context, tx pgx.Tx, c *zoneCorrection, was string, clients []uuid.UUID) error {
	if _, err := tx.Exec(ctx, "update clients set time_zone = $2, version = version + 1 where id = any($1)", clients, c.zone); err != nil {
		return fmt.Errorf("correct the time zone of a region's clients: %w", err)
	}
	lines := make([]uuid.UUID, len(clients))
	for i := range lines {
		var err error
		if lines[i], err = newID(); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `insert into client_history (id, client_id, at, kind, actor_id, data)
		select id, client_id, $1, 'changed', $2, $3 from unnest($4::uuid[], $5::uuid[]) x (id, client_id)`,
		db.now(), nullID(c.by), map[string]any{"fields": map[string]any{"time_zone": map[string]any{"from": was, "to": c.zone}}}, lines, clients)
	if err != nil {
		return fmt.Errorf("tell the histories of a region's clients: %w", err)
	}
	return nil
}

// inRegionsZone gives a locked client as he is by the zone that his region has until the end of the transaction, and corrects his copy
// of it where the pass has not come to him yet: so his history tells of that before what is to be changed now.
func (db *DB) inRegionsZone(ctx context.Context, tx pgx.Tx, k *crm.Client) (*crm.Client, error) {
	c := zoneCorrection{region: k.Region}
	err := tx.QueryRow(ctx, "select time_zone from regions where key = $1 for share", k.Region).Scan(&c.zone)
	if errors.Is(err, pgx.ErrNoRows) {
		return k, nil
	}
	if err != nil {
		return nil, fmt.Errorf("hold a client's region: %w", err)
	}
	var own bool
	var was string
	// Asked for only now, so that it is of the zone that was waited for.
	err = tx.QueryRow(ctx, `select k.own_zone, k.time_zone, z.by_id from clients k left join zone_corrections z on z.region = k.region where k.id = $1`, k.ID).
		Scan(&own, &was, (*zeronull.UUID)(&c.by))
	if err != nil {
		return nil, fmt.Errorf("look whether a client's time zone is to be corrected: %w", err)
	}
	if !own && was != c.zone {
		if err := db.giveZone(ctx, tx, &c, was, []uuid.UUID{k.ID}); err != nil {
			return nil, err
		}
	}
	return readClient(ctx, tx, k.ID, "")
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
