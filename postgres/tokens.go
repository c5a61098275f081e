package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
)

// CreateToken stores a token. Where one of its id is there already, that is known and the error token_shown: its secret cannot
// be had again.
func (db *DB) CreateToken(ctx context.Context, t crm.Token) (made, known *crm.Token, err error) {
	if t.ID, err = idOr(t.ID); err != nil {
		return nil, nil, err
	}
	t.CreatedAt = db.now()
	tag, err := db.exec(ctx, `insert into tokens (hash, id, user_id, kind, name, scopes, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8)
		on conflict (id) do nothing`, t.Hash, t.ID, t.UserID, t.Kind, t.Name, t.Scopes, t.CreatedAt, t.ExpiresAt)
	if err != nil {
		return nil, nil, fmt.Errorf("store a token: %w", err)
	}
	if tag.RowsAffected() == 1 {
		return &t, nil, nil
	}
	known, err = scanToken(db.pool.QueryRow(ctx, "select "+tokenColumns+tokenTable+" where t.id = $1", t.ID))
	if err != nil {
		return nil, nil, fmt.Errorf("read the token of a key: %w", err)
	}
	return nil, known, crm.Errorf(crm.KindConflict, "token_shown", "this token was made already, and its secret is shown only once")
}

// tokenColumns are all but the hash.
const tokenColumns = "t.id, t.user_id, t.kind, t.name, t.scopes, t.created_at, t.expires_at, l.at, l.address, l.agent" //nolint:gosec // names of columns

const tokenTable = " from tokens t left join token_uses l on l.token_id = t.id" //nolint:gosec // names of tables

// tokenTargets are what tokenColumns are read into; done puts the parts together.
func tokenTargets(t *crm.Token) (targets []any, done func()) {
	var at *time.Time
	var address, agent zeronull.Text
	return []any{&t.ID, &t.UserID, &t.Kind, &t.Name, &t.Scopes, &t.CreatedAt, &t.ExpiresAt, &at, &address, &agent}, func() {
		if at != nil {
			t.LastUse = &crm.TokenUse{At: *at, Address: string(address), Agent: string(agent)}
		}
	}
}

func scanToken(row pgx.Row) (*crm.Token, error) {
	var t crm.Token
	targets, done := tokenTargets(&t)
	err := row.Scan(targets...)
	done()
	return &t, err
}

// Tokens lists a user's tokens of a kind that are still good, the oldest first, without their hashes.
func (db *DB) Tokens(ctx context.Context, user uuid.UUID, kind crm.TokenKind) ([]crm.Token, error) {
	rows, err := db.pool.Query(ctx, "select "+tokenColumns+tokenTable+`
		where t.user_id = $1 and t.kind = $2 and t.revoked_at is null and t.expires_at > $3 order by t.created_at, t.id`, user, kind, db.now())
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	return collectRows(rows, "list tokens", scanToken)
}

// RevokeTokenOf ends a user's token of a kind; crm.KindNotFound when he has none of this id. It may be repeated.
func (db *DB) RevokeTokenOf(ctx context.Context, user uuid.UUID, kind crm.TokenKind, id uuid.UUID) error {
	tag, err := db.exec(ctx, `update tokens set revoked_at = coalesce(revoked_at, $4)
		where id = $1 and user_id = $2 and kind = $3`, id, user, kind, db.now())
	if err != nil {
		return fmt.Errorf("revoke a token: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return tokenNotFound()
	}
	return nil
}

func tokenNotFound() *crm.Error {
	return crm.Errorf(crm.KindNotFound, "token_not_found", "no such token")
}

// TokenUser finds a valid token and its active user; crm.KindNotFound when it is unknown, expired or revoked, or its user is
// not active.
func (db *DB) TokenUser(ctx context.Context, hash []byte, at time.Time) (*crm.User, *crm.Token, error) {
	var u crm.User
	var t crm.Token
	var version int64
	targets, done := tokenTargets(&t)
	err := db.pool.QueryRow(ctx, "select "+userColumns+", (select version from directory_version), "+tokenColumns+tokenTable+` join users u on u.id = t.user_id
		where t.hash = $1 and t.revoked_at is null and t.expires_at > $2 and u.active`, hash, at).Scan(append(append(userTargets(&u), &version), targets...)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil, tokenNotFound()
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read a token: %w", err)
	}
	done()
	directory, _, err := db.people.at(ctx, db.pool, version)
	if err != nil {
		return nil, nil, err
	}
	u.StandsInFor, u.Off = directory.StandsInFor(u.ID, at), directory.Off
	return &u, &t, nil
}

// NoteTokenUse writes down from where a token was used.
func (db *DB) NoteTokenUse(ctx context.Context, token uuid.UUID, use crm.TokenUse) error {
	_, err := db.exec(ctx, `insert into token_uses (token_id, at, address, agent) values ($1, $2, $3, $4)
		on conflict (token_id) do update set at = excluded.at, address = excluded.address, agent = excluded.agent
			where token_uses.at <= excluded.at`, token, use.At, use.Address, use.Agent)
	if err != nil {
		return fmt.Errorf("note the use of a token: %w", err)
	}
	return nil
}

// RevokeToken ends a token; an unknown one is as good as ended.
func (db *DB) RevokeToken(ctx context.Context, hash []byte) error {
	if _, err := db.exec(ctx, "update tokens set revoked_at = $2 where hash = $1 and revoked_at is null", hash, db.now()); err != nil {
		return fmt.Errorf("revoke a token: %w", err)
	}
	return nil
}
