package postgres

import (
	"context"
	"errors"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"marshrut/crm"
)

// The triggers of the audit learn who makes a change from a setting of its transaction. It travels with the statements
// themselves, or with "begin", so that it takes no round trip.

const stampQuery = "select set_config('marshrut.origin', $1, true)"

// stampOf is the setting's value: user|address|request|program, of letters that need no quoting.
func stampOf(o crm.Origin) string {
	parts := []string{"", o.Address, o.RequestID, o.Program}
	if o.User != uuid.Nil {
		parts[0] = o.User.String()
	}
	for i := range parts {
		parts[i] = strings.Map(plainLetter, parts[i])
	}
	return strings.Join(parts, "|")
}

// plainLetter leaves out what has no place in an address, an id or a name.
func plainLetter(r rune) rune {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune(" .:_%-", r):
		return r
	}
	return -1
}

// beginStamped begins a transaction of ctx's origin. It goes without parameters, so that "begin" and the setting are one round trip.
func beginStamped(ctx context.Context) pgx.TxOptions {
	return pgx.TxOptions{BeginQuery: "begin; set local marshrut.origin = '" + stampOf(crm.OriginOf(ctx)) + "'"}
}

// stamped puts the origin before the statements of a batch, which are one transaction.
func stamped(o crm.Origin, batch *pgx.Batch) *pgx.Batch {
	all := &pgx.Batch{}
	all.Queue(stampQuery, stampOf(o))
	all.QueuedQueries = append(all.QueuedQueries, batch.QueuedQueries...)
	return all
}

// sendBatch carries out statements that change something, as one transaction. The results are those of the batch.
func (db *DB) sendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults {
	return pastStamp(db.pool.SendBatch(ctx, stamped(crm.OriginOf(ctx), batch)))
}

// exec carries out one statement that changes something.
func (db *DB) exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	batch := &pgx.Batch{}
	batch.Queue(sql, args...)
	results := db.sendBatch(ctx, batch)
	tag, err := results.Exec()
	if closeErr := results.Close(); err == nil {
		err = closeErr
	}
	return tag, err
}

// changedRow carries out one statement that changes something and answers with a row.
func (db *DB) changedRow(ctx context.Context, sql string, args ...any) pgx.Row {
	batch := &pgx.Batch{}
	batch.Queue(sql, args...)
	return &lastRow{db.sendBatch(ctx, batch)}
}

// lastRow is the row of a batch with one query; the batch ends with it.
type lastRow struct{ results pgx.BatchResults }

// Scan reads the row. It has been written only when Scan succeeds.
func (r *lastRow) Scan(targets ...any) error {
	err := r.results.QueryRow().Scan(targets...)
	closeErr := r.results.Close()
	if closeErr != nil && (err == nil || errors.Is(err, pgx.ErrNoRows)) {
		return closeErr
	}
	return err
}

// pastStamp goes to the first result that was asked for. What is wrong with the stamp shows in the next results too.
func pastStamp(results pgx.BatchResults) pgx.BatchResults {
	_, _ = results.Exec()
	return results
}
