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

// answersKept is how long an answer is there for a repeated request.
const answersKept = 7 * 24 * time.Hour

// abandoned is when a request that claimed a key and never answered is taken for lost with its server.
const abandoned = time.Minute

// BeginRequest claims the key. It gives the stored answer of an earlier request, or nil and the time of the claim when this
// one is to do the work. idempotency_key_reused: the body was another; idempotency_in_progress: the first is at work.
func (db *DB) BeginRequest(ctx context.Context, user uuid.UUID, key string, bodyHash []byte) (*crm.Answer, time.Time, error) {
	now := db.now()
	// Each request takes a few of the oldest answers with it, so that the table needs nobody to clean it.
	_, err := db.pool.Exec(ctx, `delete from idempotency where ctid = any(array(
		select ctid from idempotency where created_at < $1 order by created_at limit 10 for update skip locked))`, now.Add(-answersKept))
	if err != nil {
		return nil, now, fmt.Errorf("forget old answers: %w", err)
	}
	tag, err := db.pool.Exec(ctx, `insert into idempotency as i (user_id, key, body_hash, created_at) values ($1, $2, $3, $4)
		on conflict (user_id, key) do update set created_at = excluded.created_at
			where i.status is null and i.created_at < $5 and i.body_hash = excluded.body_hash`, user, key, bodyHash, now, now.Add(-abandoned))
	if err != nil {
		return nil, now, fmt.Errorf("claim an idempotency key: %w", err)
	}
	if tag.RowsAffected() == 1 {
		return nil, now, nil // no earlier answer: the caller does the work
	}
	var answer crm.Answer
	var status *int
	var hash []byte
	err = db.pool.QueryRow(ctx, "select body_hash, status, headers, body from idempotency where user_id = $1 and key = $2", user, key).
		Scan(&hash, &status, &answer.Headers, &answer.Body)
	switch {
	case errors.Is(err, pgx.ErrNoRows), err == nil && status == nil && bytes.Equal(hash, bodyHash):
		return nil, now, crm.Errorf(crm.KindConflict, "idempotency_in_progress", "the first request with this Idempotency-Key is still at work")
	case err != nil:
		return nil, now, fmt.Errorf("read an idempotency key: %w", err)
	case !bytes.Equal(hash, bodyHash):
		return nil, now, keyReused()
	}
	answer.Status = *status
	return &answer, now, nil
}

// FinishRequest stores the answer; nil gives the key back, as nothing was done. The time of the claim is a fence: a request
// that was so late that its key has gone to another one changes nothing.
func (db *DB) FinishRequest(ctx context.Context, user uuid.UUID, key string, claimed time.Time, answer *crm.Answer) error {
	var err error
	if answer == nil {
		_, err = db.pool.Exec(ctx, "delete from idempotency where user_id = $1 and key = $2 and created_at = $3 and status is null",
			user, key, claimed)
	} else {
		_, err = db.pool.Exec(ctx, `update idempotency set status = $4, headers = $5, body = $6
			where user_id = $1 and key = $2 and created_at = $3 and status is null`,
			user, key, claimed, answer.Status, answer.Headers, answer.Body)
	}
	if err != nil {
		return fmt.Errorf("finish an idempotency key: %w", err)
	}
	return nil
}
