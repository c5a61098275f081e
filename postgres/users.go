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

const userColumns = `u.id, u.login, u.name, u.email, u.phone, u.lang, u.time_zone, u.department_id, u.roles, u.active, u.created_at`

func userTargets(u *crm.User) []any {
	return []any{
		&u.ID, &u.Login, &u.Name, &u.Email, &u.Phone, &u.Lang, &u.TimeZone, (*zeronull.UUID)(&u.DepartmentID), &u.Roles, &u.Active,
		&u.CreatedAt,
	}
}

func userNotFound() *crm.Error { return crm.Errorf(crm.KindNotFound, "user_not_found", "no such user") }

// User reads a user; crm.KindNotFound when there is none.
func (db *DB) User(ctx context.Context, id uuid.UUID) (*crm.User, error) {
	return oneUser(db.pool.QueryRow(ctx, "select "+userColumns+" from users u where u.id = $1", id))
}

func oneUser(row pgx.Row) (*crm.User, error) {
	var u crm.User
	err := row.Scan(userTargets(&u)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, userNotFound()
	}
	if err != nil {
		return nil, fmt.Errorf("read a user: %w", err)
	}
	return &u, nil
}

// ListUsers lists all users by login, inactive ones too.
func (db *DB) ListUsers(ctx context.Context) ([]crm.User, error) {
	rows, err := db.pool.Query(ctx, "select "+userColumns+" from users u order by u.login")
	if err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	users, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (crm.User, error) {
		var u crm.User
		err := row.Scan(userTargets(&u)...)
		return u, err
	})
	if err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	return users, nil
}

// Credentials finds a user by login; crm.KindNotFound when there is none.
func (db *DB) Credentials(ctx context.Context, login string) (*crm.Credentials, error) {
	c := crm.Credentials{User: &crm.User{}}
	targets := append(userTargets(c.User), &c.PasswordHash)
	err := db.pool.QueryRow(ctx, "select "+userColumns+", u.password_hash from users u where u.login = $1", login).Scan(targets...)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, userNotFound()
	}
	if err != nil {
		return nil, fmt.Errorf("read credentials: %w", err)
	}
	return &c, nil
}

// CreateUser adds a user. An empty hash: he cannot sign in with a password. A login in use is login_taken.
func (db *DB) CreateUser(ctx context.Context, u crm.User, passwordHash string) (*crm.User, error) {
	id, err := newID()
	if err != nil {
		return nil, err
	}
	u.ID, u.CreatedAt = id, db.now()
	_, err = db.pool.Exec(ctx, `insert into users (id, login, name, email, phone, lang, time_zone, department_id, roles, password_hash, active, created_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, coalesce($9, '{}'::text[]), $10, $11, $12)`,
		u.ID, u.Login, u.Name, u.Email, u.Phone, u.Lang, u.TimeZone, nullID(u.DepartmentID), u.Roles, passwordHash, u.Active, u.CreatedAt)
	switch {
	case violates(err, "users_login_key"):
		return nil, conflictOn("login_taken", "/login", "the login is in use")
	case violates(err, "users_login_check"):
		return nil, wrongField("/login", "wrong_form", "not a login")
	case violates(err, "users_department_id_fkey"):
		return nil, wrongField("/department_id", "not_found", "no such department")
	case err != nil:
		return nil, fmt.Errorf("add a user: %w", err)
	}
	return &u, nil
}

// conflictOn refuses a value that another record has already.
func conflictOn(code, pointer, detail string) *crm.Error {
	e := crm.Errorf(crm.KindConflict, code, "%s", detail)
	e.Fields = []crm.FieldError{{Pointer: pointer, Code: code, Detail: detail}}
	return e
}

// wrongField refuses one value.
func wrongField(pointer, code, detail string) *crm.Error {
	return &crm.Error{
		Kind: crm.KindUnprocessed, Code: "validation_failed", Detail: detail,
		Fields: []crm.FieldError{{Pointer: pointer, Code: code, Detail: detail}},
	}
}

const departmentColumns = `id, key, name, head_id, coalesce(calendar, ''), created_at`

// ListDepartments lists all departments by key.
func (db *DB) ListDepartments(ctx context.Context) ([]crm.Department, error) {
	rows, err := db.pool.Query(ctx, "select "+departmentColumns+" from departments order by key")
	if err != nil {
		return nil, fmt.Errorf("list departments: %w", err)
	}
	departments, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (crm.Department, error) {
		var d crm.Department
		err := row.Scan(&d.ID, &d.Key, &d.Name, (*zeronull.UUID)(&d.HeadID), &d.Calendar, &d.CreatedAt)
		return d, err
	})
	if err != nil {
		return nil, fmt.Errorf("list departments: %w", err)
	}
	return departments, nil
}

// CreateDepartment adds a department. A key in use is department_key_taken.
func (db *DB) CreateDepartment(ctx context.Context, d crm.Department) (*crm.Department, error) {
	id, err := newID()
	if err != nil {
		return nil, err
	}
	d.ID, d.CreatedAt = id, db.now()
	_, err = db.pool.Exec(ctx, `insert into departments (id, key, name, head_id, calendar, created_at) values ($1, $2, $3, $4, nullif($5, ''), $6)`,
		d.ID, d.Key, d.Name, nullID(d.HeadID), d.Calendar, d.CreatedAt)
	switch {
	case violates(err, "departments_key_key"):
		return nil, conflictOn("department_key_taken", "/key", "the key is in use")
	case violates(err, "departments_key_check"):
		return nil, wrongField("/key", "wrong_form", "not a key")
	case violates(err, "departments_head_id_fkey"):
		return nil, wrongField("/head_id", "not_found", "no such user")
	case err != nil:
		return nil, fmt.Errorf("add a department: %w", err)
	}
	return &d, nil
}
