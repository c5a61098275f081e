package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"marshrut/crm"
)

const roleColumns = "key, name, rights, visibility, shipped, version"

func scanRole(row pgx.Row) (*crm.Role, error) {
	var r crm.Role
	err := row.Scan(&r.Key, &r.Name, &r.Rights, &r.Visibility, &r.Shipped, &r.Version)
	r.Rights = crm.OrderedRights(r.Rights)
	return &r, err
}

func roleNotFound() *crm.Error { return crm.Errorf(crm.KindNotFound, "role_not_found", "no such role") }

// ListRoles lists the shipped roles, then the company's own, by key.
func (db *DB) ListRoles(ctx context.Context) ([]crm.Role, error) {
	rows, err := db.pool.Query(ctx, "select "+roleColumns+" from roles order by not shipped, key")
	if err != nil {
		return nil, fmt.Errorf("list roles: %w", err)
	}
	return collectRows(rows, "list roles", scanRole)
}

// Role reads a role; crm.KindNotFound when there is none.
func (db *DB) Role(ctx context.Context, key string) (*crm.Role, error) {
	return readRole(ctx, db.pool, key)
}

func readRole(ctx context.Context, q querier, key string) (*crm.Role, error) {
	r, err := scanRole(q.QueryRow(ctx, "select "+roleColumns+" from roles where key = $1", key))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, roleNotFound()
	}
	if err != nil {
		return nil, fmt.Errorf("read a role: %w", err)
	}
	return r, nil
}

// PutRole changes a role of this version, or adds one with version 0; crm.KindStale when it has another version, or is there
// already. own_account: nobody takes his own right to administer away; last_admin: somebody has to keep it; user_has_open_work:
// somebody with work would only read from now on (R61).
func (db *DB) PutRole(ctx context.Context, r crm.Role, by uuid.UUID) (*crm.Role, error) {
	var put *crm.Role
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		if err := lockRoles(ctx, tx); err != nil {
			return err
		}
		before, err := holders(ctx, tx, r.Key)
		if err != nil {
			return err
		}
		if put, err = writeRole(ctx, tx, &r); err != nil {
			return err
		}
		return db.holdersMayRest(ctx, tx, before, by)
	})
	if err != nil {
		return nil, err
	}
	return put, nil
}

// holdersMayRest refuses what leaves somebody's work lying, or nobody to administer, among those whose role has been changed.
func (db *DB) holdersMayRest(ctx context.Context, tx pgx.Tx, before []crm.User, by uuid.UUID) error {
	administered := false
	for i := range before {
		now, err := lockUser(ctx, tx, before[i].ID)
		if err != nil {
			return err
		}
		if err := db.mayRest(ctx, tx, &before[i], now, by); err != nil {
			return err
		}
		administered = administered || administers(&before[i])
	}
	if !administered {
		return nil
	}
	return somebodyAdministers(ctx, tx)
}

// lockRoles lets one at a time change who may do what, so that two administrators cannot take each other's rights away at once.
func lockRoles(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, "lock table roles in share row exclusive mode"); err != nil {
		return fmt.Errorf("lock the roles: %w", err)
	}
	return nil
}

// holders are the active users of a role, in the order of their ids, held as they are until the end.
func holders(ctx context.Context, tx pgx.Tx, key string) ([]crm.User, error) {
	rows, err := tx.Query(ctx, "select "+userColumns+" from users u where u.active and u.roles @> array[$1] order by u.id for update", key)
	if err != nil {
		return nil, fmt.Errorf("list the users of a role: %w", err)
	}
	return collectRows(rows, "list the users of a role", scanUser)
}

func writeRole(ctx context.Context, tx pgx.Tx, r *crm.Role) (*crm.Role, error) {
	sql := `update roles set name = $2, rights = $3, visibility = $4, version = version + 1 where key = $1 and version = $5 returning ` + roleColumns
	if r.Version == 0 {
		sql = `insert into roles (key, name, rights, visibility, version) values ($1, $2, $3, $4, $5 + 1) on conflict do nothing returning ` + roleColumns
	}
	rights := r.Rights
	if rights == nil {
		rights = []crm.Right{}
	}
	written, err := scanRole(tx.QueryRow(ctx, sql, r.Key, r.Name, rights, r.Visibility, r.Version))
	if errors.Is(err, pgx.ErrNoRows) {
		if _, err := readRole(ctx, tx, r.Key); err != nil {
			return nil, err
		}
		return nil, stale()
	}
	if err != nil {
		return nil, fmt.Errorf("write a role: %w", err)
	}
	return written, nil
}

// somebodyAdministers refuses to let the last administrator go.
func somebodyAdministers(ctx context.Context, tx pgx.Tx) error {
	var found bool
	err := tx.QueryRow(ctx, `select exists (select from users u join roles r on r.key = any(u.roles)
		where u.active and 'administer' = any(r.rights))`).Scan(&found)
	if err != nil {
		return fmt.Errorf("look for an administrator: %w", err)
	}
	if !found {
		return crm.Errorf(crm.KindConflict, "last_admin", "nobody else administers")
	}
	return nil
}

// DeleteRole deletes a company's own role of this version. shipped_role: the program's own stay; role_in_use: somebody has it, or
// an open task is addressed to it.
func (db *DB) DeleteRole(ctx context.Context, key string, version int) error {
	return db.inTx(ctx, func(tx pgx.Tx) error {
		if err := lockRoles(ctx, tx); err != nil {
			return err
		}
		// Whoever is being given the role holds it until he has it.
		r, err := scanRole(tx.QueryRow(ctx, "select "+roleColumns+" from roles where key = $1 for update", key))
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return roleNotFound()
		case err != nil:
			return fmt.Errorf("lock a role: %w", err)
		case r.Shipped:
			return crm.Errorf(crm.KindConflict, "shipped_role", "the role comes with the program")
		case r.Version != version:
			return stale()
		}
		var used bool
		err = tx.QueryRow(ctx, `select exists (select from users where $1 = any(roles))
			or exists (select from tasks where role = $1 and status = 'open' and taken_by is null)`, key).Scan(&used)
		if err != nil {
			return fmt.Errorf("look who has a role: %w", err)
		}
		if used {
			return crm.Errorf(crm.KindConflict, "role_in_use", "somebody has the role, or a task waits for it")
		}
		if _, err := tx.Exec(ctx, "delete from roles where key = $1", key); err != nil {
			return fmt.Errorf("delete a role: %w", err)
		}
		return nil
	})
}

// rolesExist refuses keys that no role has, and keeps the roles until the end: none is deleted, or takes
// the right to work from its users, while somebody gets it.
func rolesExist(ctx context.Context, tx pgx.Tx, keys []string) error {
	rows, err := tx.Query(ctx, "select key from roles where key = any($1) order by key for share", keys)
	if err != nil {
		return fmt.Errorf("look for roles: %w", err)
	}
	known, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("look for roles: %w", err)
	}
	for i, key := range keys {
		if !slices.Contains(known, key) {
			return invalidField("/roles/"+strconv.Itoa(i), "unknown_role")
		}
	}
	return nil
}
