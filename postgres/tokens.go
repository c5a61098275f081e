package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"marshrut/crm"
)

// CreateToken stores a token.
func (db *DB) CreateToken(ctx context.Context, t crm.Token) error {
	_, err := db.pool.Exec(ctx, `insert into tokens (hash, user_id, kind, name, created_at, expires_at) values ($1, $2, $3, $4, $5, $6)`,
		t.Hash, t.UserID, t.Kind, t.Name, db.now(), t.ExpiresAt)
	if err != nil {
		return fmt.Errorf("store a token: %w", err)
	}
	return nil
}

// TokenUser finds the active user of a valid token; crm.KindNotFound when it is unknown, expired or revoked, or its user is
// not active.
func (db *DB) TokenUser(ctx context.Context, hash []byte, at time.Time) (*crm.User, error) {
	u, err := scanUser(db.pool.QueryRow(ctx, "select "+userColumns+` from users u join tokens t on t.user_id = u.id
		where t.hash = $1 and t.revoked_at is null and t.expires_at > $2 and u.active`, hash, at))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, crm.Errorf(crm.KindNotFound, "token_not_found", "no such token")
	}
	if err != nil {
		return nil, fmt.Errorf("read a token: %w", err)
	}
	return u, nil
}

// RevokeToken ends a token; an unknown one is as good as ended.
func (db *DB) RevokeToken(ctx context.Context, hash []byte) error {
	if _, err := db.pool.Exec(ctx, "update tokens set revoked_at = $2 where hash = $1 and revoked_at is null", hash, db.now()); err != nil {
		return fmt.Errorf("revoke a token: %w", err)
	}
	return nil
}
