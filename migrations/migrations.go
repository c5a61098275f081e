// Package migrations holds the database's schema as numbered SQL files, and brings a database up to date with them.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed *.sql
var files embed.FS

// Up applies the migrations that are missing and returns how many. Several programs may call it at once: a lock of the
// database lets one work while the others wait.
func Up(ctx context.Context, pool *pgxpool.Pool) (int, error) {
	db := stdlib.OpenDBFromPool(pool)
	defer func() { _ = db.Close() }()
	provider, err := newProvider(db)
	if err != nil {
		return 0, err
	}
	done, err := provider.Up(ctx)
	if err != nil {
		return len(done), fmt.Errorf("migrate the database: %w", err)
	}
	return len(done), nil
}

// grants let a role run the program, and no more: what is recorded it can only add to.
var grants = []string{
	"grant usage on schema public to %s",
	"grant select, insert, update, delete on all tables in schema public to %s",
	"grant usage, select on all sequences in schema public to %s",
	"revoke insert, update, delete on goose_db_version from %s",
	"revoke update, delete on audit, transitions, comment_versions, task_history, route_map_versions from %s",
	"grant update (event, facts, effects) on transitions to %s", // to take away what is personal, which a trigger watches
	"grant update (text) on comment_versions to %s",
	"grant update (data) on task_history to %s",
	"revoke insert, update on audit_pending from %s", // triggers write it, with the rights of its owner
	"revoke delete on data_keys from %s",
}

// Grant gives a role the rights that the server and the worker need, so that they need not run as the owner of the tables.
func Grant(ctx context.Context, pool *pgxpool.Pool, role string) error {
	for _, grant := range grants {
		if _, err := pool.Exec(ctx, fmt.Sprintf(grant, pgx.Identifier{role}.Sanitize())); err != nil {
			return fmt.Errorf("give the role %s its rights: %w", role, err)
		}
	}
	return nil
}

func newProvider(db *sql.DB) (*goose.Provider, error) {
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, fmt.Errorf("prepare the migration lock: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithSessionLocker(locker))
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	return provider, nil
}
