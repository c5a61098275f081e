package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"marshrut/crm"
)

// CreateToken stores a token. Where one of its id is there already, that is known and the error token_shown: its secret cannot
// be had again.
func (db *DB) CreateToken(ctx context.Context, t crm.Token) (made, known *crm.Token, err error) {
	if t.ID, err = idOr(t.ID); err != nil {
		return nil, nil, err
	}
	t.CreatedAt = db.now()
	tag, err := db.exec(ctx, `insert into tokens (hash, id, user_id, kind, name, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (id) do nothing`, t.Hash, t.ID, t.UserID, t.Kind, t.Name, t.CreatedAt, t.ExpiresAt)
	if err != nil {
		return nil, nil, fmt.Errorf("store a token: %w", err)
	}
	if tag.RowsAffected() == 1 {
		return &t, nil, nil
	}
	known, err = scanToken(db.pool.QueryRow(ctx, "select "+tokenColumns+" from tokens where id = $1", t.ID))
	if err != nil {
		return nil, nil, fmt.Errorf("read the token of a key: %w", err)
	}
	return nil, known, crm.Errorf(crm.KindConflict, "token_shown", "this token was made already, and its secret is shown only once")
}

// tokenColumns are all but the hash.
const tokenColumns = "id, user_id, kind, name, created_at, expires_at" //nolint:gosec // names of columns

func scanToken(row pgx.Row) (*crm.Token, error) {
	var t crm.Token
	err := row.Scan(&t.ID, &t.UserID, &t.Kind, &t.Name, &t.CreatedAt, &t.ExpiresAt)
	return &t, err
}

// Tokens lists a user's tokens for programs that are still good, the oldest first, without their hashes.
func (db *DB) Tokens(ctx context.Context, user uuid.UUID) ([]crm.Token, error) {
	rows, err := db.pool.Query(ctx, "select "+tokenColumns+` from tokens
		where user_id = $1 and kind = 'api' and revoked_at is null and expires_at > $2 order by created_at, id`, user, db.now())
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	return collectRows(rows, "list tokens", scanToken)
}

// RevokeTokenOf ends a user's token for a program; crm.KindNotFound when he has none of this id. It may be repeated.
func (db *DB) RevokeTokenOf(ctx context.Context, user, id uuid.UUID) error {
	tag, err := db.exec(ctx, `update tokens set revoked_at = coalesce(revoked_at, $3)
		where id = $1 and user_id = $2 and kind = 'api'`, id, user, db.now())
	if err != nil {
		return fmt.Errorf("revoke a token: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return crm.Errorf(crm.KindNotFound, "token_not_found", "no such token")
	}
	return nil
}

// TokenUser finds the active user of a valid token; crm.KindNotFound when it is unknown, expired or revoked, or its user is
// not active.
func (db *DB) TokenUser(ctx context.Context, hash []byte, at time.Time) (*crm.User, error) {
	var u crm.User
	var version int64
	err := db.pool.QueryRow(ctx, "select "+userColumns+`, (select version from directory_version) from users u join tokens t on t.user_id = u.id
		where t.hash = $1 and t.revoked_at is null and t.expires_at > $2 and u.active`, hash, at).Scan(append(userTargets(&u), &version)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, crm.Errorf(crm.KindNotFound, "token_not_found", "no such token")
	}
	if err != nil {
		return nil, fmt.Errorf("read a token: %w", err)
	}
	directory, _, err := db.people.at(ctx, db.pool, version)
	if err != nil {
		return nil, err
	}
	u.StandsInFor = directory.StandsInFor(u.ID, at)
	return &u, nil
}

// RevokeToken ends a token; an unknown one is as good as ended.
func (db *DB) RevokeToken(ctx context.Context, hash []byte) error {
	if _, err := db.exec(ctx, "update tokens set revoked_at = $2 where hash = $1 and revoked_at is null", hash, db.now()); err != nil {
		return fmt.Errorf("revoke a token: %w", err)
	}
	return nil
}
