package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"marshrut/crm"
	"marshrut/routemaps"
)

const mapTestsColumns = "map_id, version, deleted, source, updated_at, updated_by"

func scanMapTests(row pgx.Row) (*crm.RouteMapTests, error) {
	var t crm.RouteMapTests
	err := row.Scan(&t.MapID, &t.Version, &t.Deleted, &t.Source, &t.UpdatedAt, &t.UpdatedBy)
	_, t.Shipped = routemaps.ShippedTests(t.MapID)
	return &t, err
}

// RouteMapTests gives the tests of a map that are in force: the company's own, those that come with the program as version 0, or an empty
// text; crm.KindNotFound when there is no such map.
func (db *DB) RouteMapTests(ctx context.Context, id string) (*crm.RouteMapTests, error) {
	if _, err := db.RouteMap(ctx, id); err != nil {
		return nil, err
	}
	newest, err := newestMapTests(ctx, db.pool, id)
	if err != nil {
		return nil, err
	}
	if inForce(newest.Version, newest.Deleted) > 0 {
		return newest, nil
	}
	source, shipped := routemaps.ShippedTests(id)
	return &crm.RouteMapTests{MapID: id, Shipped: shipped, Source: source}, nil
}

// newestMapTests are the company's own tests of a map as they were last written or deleted; of version 0 when they never were.
func newestMapTests(ctx context.Context, q querier, id string) (*crm.RouteMapTests, error) {
	newest, err := scanMapTests(q.QueryRow(ctx, "select "+mapTestsColumns+" from route_map_tests where map_id = $1", id))
	if errors.Is(err, pgx.ErrNoRows) {
		return &crm.RouteMapTests{MapID: id}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the tests of a route map: %w", err)
	}
	return newest, nil
}

// PutRouteMapTests stores t.Source as the tests of a map after those that the caller has read: t.Version, 0 for the shipped ones or
// none; crm.KindStale when there are others by now. The same text as before makes no version.
func (db *DB) PutRouteMapTests(ctx context.Context, t crm.RouteMapTests) (*crm.RouteMapTests, error) {
	var stored *crm.RouteMapTests
	err := db.changeMapTests(ctx, t.MapID, func(tx pgx.Tx, newest *crm.RouteMapTests) error {
		switch {
		case inForce(newest.Version, newest.Deleted) != t.Version:
			return stale()
		case t.Version > 0 && newest.Source == t.Source:
			stored = newest
			return nil
		}
		t.Version, t.Deleted = newest.Version+1, false
		var err error
		stored, err = db.storeMapTests(ctx, tx, &t)
		return err
	})
	return stored, err
}

// DeleteRouteMapTests deletes the company's own tests of version t.Version: those that come with the program, if any, are in force
// again. no_own_tests: there are none; crm.KindStale: they have another version.
func (db *DB) DeleteRouteMapTests(ctx context.Context, t crm.RouteMapTests) error {
	return db.changeMapTests(ctx, t.MapID, func(tx pgx.Tx, newest *crm.RouteMapTests) error {
		switch inForce(newest.Version, newest.Deleted) {
		case 0:
			return crm.Errorf(crm.KindNotFound, "no_own_tests", "the map has no tests of the company's own")
		case t.Version:
		default:
			return stale()
		}
		t.Version, t.Deleted, t.Source = newest.Version+1, true, newest.Source
		_, err := db.storeMapTests(ctx, tx, &t)
		return err
	})
}

// changeMapTests changes the tests of a map, one at a time.
func (db *DB) changeMapTests(ctx context.Context, id string, change func(pgx.Tx, *crm.RouteMapTests) error) error {
	if _, err := db.RouteMap(ctx, id); err != nil {
		return err
	}
	return db.inTx(ctx, func(tx pgx.Tx) error {
		// There may be no row of tests yet to be locked.
		if _, err := tx.Exec(ctx, "select from route_maps where id = $1 for no key update", id); err != nil {
			return fmt.Errorf("lock a route map: %w", err)
		}
		newest, err := newestMapTests(ctx, tx, id)
		if err != nil {
			return err
		}
		return change(tx, newest)
	})
}

func (db *DB) storeMapTests(ctx context.Context, tx pgx.Tx, t *crm.RouteMapTests) (*crm.RouteMapTests, error) {
	stored, err := scanMapTests(tx.QueryRow(ctx, `insert into route_map_tests (`+mapTestsColumns+`) values ($1, $2, $3, $4, $5, $6)
		on conflict (map_id) do update set version = excluded.version, deleted = excluded.deleted, source = excluded.source,
			updated_at = excluded.updated_at, updated_by = excluded.updated_by
		returning `+mapTestsColumns, t.MapID, t.Version, t.Deleted, t.Source, db.now(), t.UpdatedBy))
	if err != nil {
		return nil, fmt.Errorf("store the tests of a route map: %w", err)
	}
	return stored, nil
}
