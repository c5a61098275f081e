package postgres

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
)

// ChangesHead is the place before everything that is still to come.
func (db *DB) ChangesHead(ctx context.Context) (crm.Position, error) {
	var horizon string
	if err := db.pool.QueryRow(ctx, "select pg_snapshot_xmin(pg_current_snapshot())::text").Scan(&horizon); err != nil {
		return crm.Position{}, fmt.Errorf("find the head of the change log: %w", err)
	}
	return positionOf(horizon)
}

func positionOf(xid string) (crm.Position, error) {
	transaction, err := strconv.ParseUint(xid, 10, 63)
	if err != nil {
		return crm.Position{}, fmt.Errorf("read a transaction's id: %w", err)
	}
	return crm.Position{Transaction: transaction}, nil
}

// ChangesAfter reads the changes that follow a position, limit at most. Those of transactions that are not older than every one
// at work wait for the next time, so that none can appear behind what has been read.
func (db *DB) ChangesAfter(ctx context.Context, after crm.Position, limit int) (*crm.ChangeBatch, error) {
	batch := &crm.ChangeBatch{}
	err := pgx.BeginTxFunc(ctx, db.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		var horizon string
		err := tx.QueryRow(ctx, `select pg_snapshot_xmin(pg_current_snapshot())::text,
				xid >= $1::text::xid8 or pg_snapshot_xmin(pg_current_snapshot()) < $1::text::xid8 from changes_pruned`,
			strconv.FormatUint(after.Transaction, 10)).Scan(&horizon, &batch.Lost)
		if err != nil {
			return fmt.Errorf("find the head of the change log: %w", err)
		}
		if batch.Through, err = positionOf(horizon); err != nil || batch.Lost {
			return err
		}
		rows, err := tx.Query(ctx, `select c.xid::text, c.id, c.at, c.topic, c.ref_id, c.case_id, c.user_ids, c.role, c.department_id
			from changes c where (c.xid, c.id) > ($1::text::xid8, $2) and c.xid < $3::text::xid8 order by c.xid, c.id limit $4`,
			strconv.FormatUint(after.Transaction, 10), after.Number, horizon, limit)
		if err != nil {
			return fmt.Errorf("read the change log: %w", err)
		}
		if batch.Changes, err = collectRows(rows, "read the change log", scanChange); err != nil {
			return err
		}
		if len(batch.Changes) == limit {
			batch.Through = batch.Changes[limit-1].Position
		}
		return nil
	})
	return batch, err
}

func scanChange(row pgx.Row) (*crm.ChangeRecord, error) {
	var c crm.ChangeRecord
	var xid string
	var number int64
	err := row.Scan(&xid, &number, &c.At, &c.Topic, &c.RefID, (*zeronull.UUID)(&c.CaseID), &c.UserIDs, (*zeronull.Text)(&c.Role),
		(*zeronull.UUID)(&c.DepartmentID))
	if err != nil {
		return nil, err
	}
	c.Position, err = positionOf(xid)
	c.Position.Number = number
	return &c, err
}

// PruneChanges removes changes older than the time given, and remembers up to where. What a webhook has not looked at yet stays.
func (db *DB) PruneChanges(ctx context.Context, before time.Time) error {
	_, err := db.pool.Exec(ctx, `with gone as (delete from changes where at < $1 and xid < all (select told_xid from webhooks where enabled) returning xid)
		update changes_pruned p set xid = g.xid from (select max(xid) as xid from gone) g where g.xid > p.xid`, before)
	if err != nil {
		return fmt.Errorf("remove old changes: %w", err)
	}
	return nil
}
