package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"marshrut/crm"
)

// CreateToken stores a token and drops those of the same user that have expired.
func (db *DB) CreateToken(ctx context.Context, t crm.Token) error {
	batch := &pgx.Batch{}
	batch.Queue("delete from tokens where user_id = $1 and expires_at < $2", t.UserID, db.now())
	batch.Queue(`insert into tokens (hash, user_id, kind, name, created_at, expires_at) values ($1, $2, $3, $4, $5, $6)`,
		t.Hash, t.UserID, t.Kind, t.Name, db.now(), t.ExpiresAt)
	if err := db.pool.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("store a token: %w", err)
	}
	return nil
}

// TokenUser finds the active user of a valid token; crm.KindNotFound when it is unknown, expired or revoked, or its user is
// not active.
func (db *DB) TokenUser(ctx context.Context, hash []byte, at time.Time) (*crm.User, error) {
	return oneUser(db.pool.QueryRow(ctx, "select "+userColumns+` from tokens t join users u on u.id = t.user_id
		where t.hash = $1 and t.expires_at > $2 and t.revoked_at is null and u.active`, hash, at))
}

// RevokeToken ends a token. One that has ended already stays so.
func (db *DB) RevokeToken(ctx context.Context, hash []byte) error {
	if _, err := db.pool.Exec(ctx, "update tokens set revoked_at = $2 where hash = $1 and revoked_at is null", hash, db.now()); err != nil {
		return fmt.Errorf("revoke a token: %w", err)
	}
	return nil
}
