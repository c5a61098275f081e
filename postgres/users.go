package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
)

const userColumns = `u.id, u.login, u.name, u.email, u.phone, u.lang, u.time_zone, u.department_id, u.roles, u.active, u.signature,
	u.muted, u.digest, u.digest_at, u.quiet_from, u.quiet_to, u.version, u.created_at, ` + grantedColumns

// grantedColumns are what the roles of a user u give together.
const grantedColumns = `array(select distinct g from roles r cross join unnest(r.rights) g where r.key = any(u.roles)),
	coalesce((select r.visibility from roles r where r.key = any(u.roles) order by array_position('{all,department}'::text[], r.visibility) limit 1), 'own')`

func userTargets(u *crm.User) []any {
	return []any{
		&u.ID, &u.Login, &u.Name, &u.Email, &u.Phone, &u.Lang, &u.TimeZone, (*zeronull.UUID)(&u.DepartmentID), &u.Roles,
		&u.Active, &u.Signature, &u.Muted, &u.Digest, &u.DigestAt, (*zeronull.Text)(&u.QuietFrom), (*zeronull.Text)(&u.QuietTo), &u.Version, &u.CreatedAt, &u.Granted.Rights, &u.Granted.Visibility,
	}
}

func scanUser(row pgx.Row) (*crm.User, error) {
	var u crm.User
	err := row.Scan(userTargets(&u)...)
	return &u, err
}

// fitWorker refuses, at the pointer, to give something to somebody who is not there, does not work here, or only reads; zero: nobody. It
// holds him until the end of a transaction, so that his account does not end at this moment.
func fitWorker(ctx context.Context, q querier, pointer string, id uuid.UUID) error {
	if id == uuid.Nil {
		return nil
	}
	u, err := scanUser(q.QueryRow(ctx, "select "+userColumns+" from users u where u.id = $1 for key share of u", id))
	if errors.Is(err, pgx.ErrNoRows) {
		return invalidField(pointer, "not_found")
	}
	if err != nil {
		return fmt.Errorf("look for whom something is given to: %w", err)
	}
	if code := u.WhyNotWork(); code != "" {
		return invalidField(pointer, code)
	}
	return nil
}

func userNotFound() *crm.Error { return crm.Errorf(crm.KindNotFound, "user_not_found", "no such user") }

// User reads a user; crm.KindNotFound when there is none.
func (db *DB) User(ctx context.Context, id uuid.UUID) (*crm.User, error) {
	u, err := scanUser(db.pool.QueryRow(ctx, "select "+userColumns+" from users u where u.id = $1", id))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, userNotFound()
	}
	if err != nil {
		return nil, fmt.Errorf("read a user: %w", err)
	}
	return u, nil
}

// UserNames are the names of users by their ids; those that are not there are left out.
func (db *DB) UserNames(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]string, error) {
	rows, err := db.pool.Query(ctx, "select id, name from users where id = any($1)", ids)
	if err != nil {
		return nil, fmt.Errorf("read users' names: %w", err)
	}
	names := map[uuid.UUID]string{}
	var id uuid.UUID
	var name string
	_, err = pgx.ForEachRow(rows, []any{&id, &name}, func() error {
		names[id] = name
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read users' names: %w", err)
	}
	return names, nil
}

// ListUsers lists everybody by name.
func (db *DB) ListUsers(ctx context.Context) ([]crm.User, error) {
	rows, err := db.pool.Query(ctx, "select "+userColumns+" from users u order by u.name, u.id")
	if err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	return collectRows(rows, "list users", scanUser)
}

// collectRows reads a list; what says what was being done.
func collectRows[T any](rows pgx.Rows, what string, scan func(pgx.Row) (*T, error)) ([]T, error) {
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (T, error) {
		value, err := scan(row)
		if err != nil {
			var zero T
			return zero, err
		}
		return *value, nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return list, nil
}

// Credentials finds a user by login; crm.KindNotFound when there is none.
func (db *DB) Credentials(ctx context.Context, login string) (*crm.Credentials, error) {
	c := crm.Credentials{User: &crm.User{}}
	err := db.pool.QueryRow(ctx, "select "+userColumns+", u.password_hash from users u where u.login = $1", login).
		Scan(append(userTargets(c.User), &c.PasswordHash)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, userNotFound()
	}
	if err != nil {
		return nil, fmt.Errorf("read a user's credentials: %w", err)
	}
	return &c, nil
}

// CreateUser refuses a taken login with login_taken, and a department or a role that does not exist.
func (db *DB) CreateUser(ctx context.Context, u crm.User, passwordHash string) (*crm.User, error) {
	id, err := idOr(u.ID)
	if err != nil {
		return nil, err
	}
	if u.Roles == nil {
		u.Roles = []string{}
	}
	u.ID = id
	var made *crm.User
	err = db.inTx(ctx, func(tx pgx.Tx) error {
		if err := rolesExist(ctx, tx, u.Roles); err != nil {
			return err
		}
		made, err = db.insertUser(ctx, tx, &u, passwordHash)
		return err
	})
	return made, err
}

func (db *DB) insertUser(ctx context.Context, tx pgx.Tx, u *crm.User, passwordHash string) (*crm.User, error) {
	made, err := scanUser(tx.QueryRow(ctx, `insert into users as u
			(id, login, name, email, phone, lang, time_zone, department_id, roles, password_hash, active, created_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		on conflict (id) do nothing returning `+userColumns,
		u.ID, u.Login, u.Name, u.Email, u.Phone, u.Lang, u.TimeZone, nullID(u.DepartmentID), u.Roles, passwordHash, u.Active, db.now()))
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return lockUser(ctx, tx, u.ID)
	case violates(err, "users_login_key"):
		return nil, crm.Errorf(crm.KindConflict, "login_taken", "somebody has this login already")
	case violates(err, "users_login_check"):
		return nil, invalidField("/login", "bad_login")
	case violates(err, "users_department_id_fkey"):
		return nil, invalidField("/department_id", "not_found")
	case violates(err, "users_department_active"):
		return nil, invalidField("/department_id", "out_of_use")
	case err != nil:
		return nil, fmt.Errorf("make a user: %w", err)
	}
	return made, nil
}

// invalidField is the answer to a field whose value only the database can tell to be wrong.
func invalidField(pointer, code string) *crm.Error {
	return &crm.Error{
		Kind: crm.KindUnprocessed, Code: "validation_failed", Detail: "a value is wrong",
		Fields: []crm.FieldError{{Pointer: pointer, Code: code}},
	}
}
