package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"marshrut/crm"
)

// How long answers are kept, and when a request that has not been answered is given up: its process has died, as no
// request takes that long.
const (
	answersKept   = 7 * 24 * time.Hour
	requestGiveUp = 2 * time.Minute
)

// BeginRequest claims an Idempotency-Key. It gives the stored answer of an earlier request, or nil when this one is to do
// the work. idempotency_key_reused: the body was another; idempotency_in_progress: the first is at work.
func (db *DB) BeginRequest(ctx context.Context, user uuid.UUID, key string, bodyHash []byte) (*crm.Answer, error) {
	now := db.now()
	batch := &pgx.Batch{}
	// Each new key takes a few of the oldest with it, so that the table needs no cleaner.
	batch.Queue(`delete from idempotency where (user_id, key) in (
		select user_id, key from idempotency where created_at < $1 order by created_at limit 10 for update skip locked)`, now.Add(-answersKept))
	batch.Queue(`insert into idempotency (user_id, key, body_hash, created_at) values ($1, $2, $3, $4)
		on conflict (user_id, key) do update set created_at = excluded.created_at
			where idempotency.status is null and idempotency.created_at < $5 and idempotency.body_hash = excluded.body_hash
		returning true`, user, key, bodyHash, now, now.Add(-requestGiveUp))
	batch.Queue("select body_hash, status, headers, body from idempotency where user_id = $1 and key = $2", user, key)
	results := db.pool.SendBatch(ctx, batch)
	answer, err := scanAnswer(results, bodyHash)
	if closeErr := results.Close(); err == nil && closeErr != nil {
		err = fmt.Errorf("claim an idempotency key: %w", closeErr)
	}
	return answer, err
}

func scanAnswer(results pgx.BatchResults, bodyHash []byte) (*crm.Answer, error) {
	if _, err := results.Exec(); err != nil {
		return nil, fmt.Errorf("forget old answers: %w", err)
	}
	claimed := false
	if err := results.QueryRow().Scan(&claimed); err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("claim an idempotency key: %w", err)
	}
	var stored []byte
	var status *int
	var answer crm.Answer
	if err := results.QueryRow().Scan(&stored, &status, &answer.Headers, &answer.Body); err != nil {
		return nil, fmt.Errorf("read a stored answer: %w", err)
	}
	switch {
	case claimed:
		return nil, nil //nolint:nilnil // no answer yet: the work is the caller's
	case !bytes.Equal(stored, bodyHash):
		return nil, keyReused()
	case status == nil:
		return nil, crm.Errorf(crm.KindConflict, "idempotency_in_progress", "the first request with this Idempotency-Key is still at work")
	}
	answer.Status = *status
	return &answer, nil
}

// FinishRequest stores the answer; nil gives the key back, as nothing was done.
func (db *DB) FinishRequest(ctx context.Context, user uuid.UUID, key string, answer *crm.Answer) error {
	var err error
	if answer == nil {
		_, err = db.pool.Exec(ctx, "delete from idempotency where user_id = $1 and key = $2 and status is null", user, key)
	} else {
		_, err = db.pool.Exec(ctx, `update idempotency set status = $3, headers = $4, body = $5
			where user_id = $1 and key = $2 and status is null`, user, key, answer.Status, answer.Headers, answer.Body)
	}
	if err != nil {
		return fmt.Errorf("store an answer: %w", err)
	}
	return nil
}
