package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"marshrut/crm"
)

// Figures counts what is open and what is stuck, in one round trip along partial indexes.
func (db *DB) Figures(ctx context.Context) (*crm.Figures, error) {
	f := &crm.Figures{OpenCases: map[crm.Kind]int{}, Notifications: map[crm.NotificationStatus]int{}}
	for _, kind := range []crm.Kind{crm.Appeal, crm.Deal, crm.Interest, crm.Claim} {
		f.OpenCases[kind] = 0
	}
	for _, status := range []crm.NotificationStatus{crm.NotificationPending, crm.NotificationSending, crm.NotificationFailed, crm.NotificationUnknown} {
		f.Notifications[status] = 0
	}
	batch := &pgx.Batch{}
	batch.Queue("select kind, count(*) from cases where status = 'open' group by kind").Query(countsInto(f.OpenCases))
	batch.Queue("select status, count(*) from notifications where status in ('pending', 'sending') group by status").Query(countsInto(f.Notifications))
	batch.Queue("select status, count(*) from notifications where status in ('failed', 'unknown') group by status").Query(countsInto(f.Notifications))
	batch.Queue("select min(greatest(created_at, claimed_at)) from notifications where status in ('pending', 'sending')").QueryRow(func(row pgx.Row) error {
		return ageInto(&f.OldestUnderWay, row, db.now())
	})
	batch.Queue("select count(*) from incidents where resolved_at is null").QueryRow(func(row pgx.Row) error { return row.Scan(&f.OpenIncidents) })
	batch.Queue("select count(*), min(created_at) from commands where acknowledged_at is null").QueryRow(func(row pgx.Row) error {
		var oldest *time.Time
		if err := row.Scan(&f.UndecidedWaiting, &oldest); err != nil || oldest == nil {
			return err
		}
		f.LongestUndecided = max(0, db.now().Sub(*oldest))
		return nil
	})
	if err := db.pool.SendBatch(ctx, batch).Close(); err != nil {
		return nil, fmt.Errorf("count what is open: %w", err)
	}
	return f, nil
}

// ageInto reads how long ago a time is; none is no time ago.
func ageInto(age *time.Duration, row pgx.Row, now time.Time) error {
	var at *time.Time
	if err := row.Scan(&at); err != nil || at == nil {
		return err
	}
	*age = max(0, now.Sub(*at))
	return nil
}

func countsInto[K ~string](counts map[K]int) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		var key K
		var count int
		_, err := pgx.ForEachRow(rows, []any{&key, &count}, func() error {
			counts[key] = count
			return nil
		})
		return err
	}
}
