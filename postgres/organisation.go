package postgres

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
)

const (
	officeColumns     = `id, key, name, time_zone, calendar, active, version, created_at`
	departmentColumns = `id, key, name, head_id, parent_id, office_id, calendar, active, version, created_at`
)

func scanOffice(row pgx.Row) (*crm.Office, error) {
	var o crm.Office
	err := row.Scan(&o.ID, &o.Key, &o.Name, &o.TimeZone, (*zeronull.Text)(&o.Calendar), &o.Active, &o.Version, &o.CreatedAt)
	return &o, err
}

func scanDepartment(row pgx.Row) (*crm.Department, error) {
	var d crm.Department
	err := row.Scan(&d.ID, &d.Key, &d.Name, (*zeronull.UUID)(&d.HeadID), (*zeronull.UUID)(&d.ParentID), (*zeronull.UUID)(&d.OfficeID),
		(*zeronull.Text)(&d.Calendar), &d.Active, &d.Version, &d.CreatedAt)
	return &d, err
}

func officeNotFound() *crm.Error {
	return crm.Errorf(crm.KindNotFound, "office_not_found", "no such office")
}

func departmentNotFound() *crm.Error {
	return crm.Errorf(crm.KindNotFound, "department_not_found", "no such department")
}

// ListOffices lists the offices by key, those out of use too.
func (db *DB) ListOffices(ctx context.Context) ([]crm.Office, error) {
	return listOffices(ctx, db.pool)
}

func listOffices(ctx context.Context, q querier) ([]crm.Office, error) {
	rows, err := q.Query(ctx, "select "+officeColumns+" from offices order by key")
	if err != nil {
		return nil, fmt.Errorf("list offices: %w", err)
	}
	return collectRows(rows, "list offices", scanOffice)
}

// Office reads an office; crm.KindNotFound when there is none.
func (db *DB) Office(ctx context.Context, id uuid.UUID) (*crm.Office, error) {
	return readOffice(ctx, db.pool, id)
}

func readOffice(ctx context.Context, q querier, id uuid.UUID) (*crm.Office, error) {
	o, err := scanOffice(q.QueryRow(ctx, "select "+officeColumns+" from offices where id = $1", id))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, officeNotFound()
	}
	if err != nil {
		return nil, fmt.Errorf("read an office: %w", err)
	}
	return o, nil
}

// ListDepartments lists the departments by key, those out of use too.
func (db *DB) ListDepartments(ctx context.Context) ([]crm.Department, error) {
	return listDepartments(ctx, db.pool)
}

func listDepartments(ctx context.Context, q querier) ([]crm.Department, error) {
	rows, err := q.Query(ctx, "select "+departmentColumns+" from departments order by key")
	if err != nil {
		return nil, fmt.Errorf("list departments: %w", err)
	}
	return collectRows(rows, "list departments", scanDepartment)
}

// Department reads a department; crm.KindNotFound when there is none.
func (db *DB) Department(ctx context.Context, id uuid.UUID) (*crm.Department, error) {
	return readDepartment(ctx, db.pool, id)
}

func readDepartment(ctx context.Context, q querier, id uuid.UUID) (*crm.Department, error) {
	d, err := scanDepartment(q.QueryRow(ctx, "select "+departmentColumns+" from departments where id = $1", id))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, departmentNotFound()
	}
	if err != nil {
		return nil, fmt.Errorf("read a department: %w", err)
	}
	return d, nil
}

// inOrganisation changes offices and departments: one change at a time, so that two moves beside each other do not make a
// circle of the tree. What calendars people worked by until then is noted first, for RecountDues.
func (db *DB) inOrganisation(ctx context.Context, change func(tx pgx.Tx) error) error {
	return db.inTx(ctx, func(tx pgx.Tx) error {
		if err := db.lockOrganisation(ctx, tx); err != nil {
			return err
		}
		return change(tx)
	})
}

func (db *DB) lockOrganisation(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock(hashtextextended('organisation', 0))"); err != nil {
		return fmt.Errorf("wait for the organisation: %w", err)
	}
	_, err := db.noteCalendars(ctx, tx)
	return err
}

// CreateOffice refuses a taken key with office_key_taken, and a calendar that does not exist.
func (db *DB) CreateOffice(ctx context.Context, o crm.Office) (*crm.Office, error) {
	id, err := idOr(o.ID)
	if err != nil {
		return nil, err
	}
	var made *crm.Office
	err = db.inOrganisation(ctx, func(tx pgx.Tx) error {
		if err := fitCalendar(ctx, tx, o.Calendar); err != nil {
			return err
		}
		made, err = scanOffice(tx.QueryRow(ctx, `insert into offices (id, key, name, time_zone, calendar, created_at)
			values ($1, $2, $3, $4, nullif($5, ''), $6) on conflict (id) do nothing returning `+officeColumns,
			id, o.Key, o.Name, o.TimeZone, o.Calendar, db.now()))
		if errors.Is(err, pgx.ErrNoRows) {
			made, err = readOffice(ctx, tx, id)
		}
		return err
	})
	switch {
	case violates(err, "offices_key_key"):
		return nil, crm.Errorf(crm.KindConflict, "office_key_taken", "there is an office of this key already")
	case violates(err, "offices_key_check"):
		return nil, invalidField("/key", "bad_key")
	case err != nil:
		return nil, fmt.Errorf("make an office: %w", err)
	}
	return made, nil
}

// PatchOffice changes an office of this version; crm.KindStale when it has another. office_in_use: departments are in it that
// are in use.
func (db *DB) PatchOffice(ctx context.Context, id uuid.UUID, version int, p crm.OfficePatch) (*crm.Office, error) {
	var changed *crm.Office
	err := db.inOrganisation(ctx, func(tx pgx.Tx) error {
		o, err := readOffice(ctx, tx, id)
		if err != nil {
			return err
		}
		if o.Version != version {
			return stale()
		}
		before := *o
		p.Apply(o)
		if o.Calendar != before.Calendar {
			if err := fitCalendar(ctx, tx, o.Calendar); err != nil {
				return err
			}
		}
		if before.Active && !o.Active {
			if err := officeEmpty(ctx, tx, id); err != nil {
				return err
			}
		}
		changed, err = scanOffice(tx.QueryRow(ctx, `update offices set name = $2, time_zone = $3, calendar = nullif($4, ''), active = $5,
			version = version + 1 where id = $1 returning `+officeColumns, id, o.Name, o.TimeZone, o.Calendar, o.Active))
		if err != nil {
			return fmt.Errorf("change an office: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return changed, nil
}

func officeEmpty(ctx context.Context, tx pgx.Tx, id uuid.UUID) error {
	var departments int
	err := tx.QueryRow(ctx, "select count(*) from departments where office_id = $1 and active", id).Scan(&departments)
	if err != nil {
		return fmt.Errorf("count an office's departments: %w", err)
	}
	if departments > 0 {
		return crm.Errorf(crm.KindConflict, "office_in_use", "departments are in the office").With("departments", strconv.Itoa(departments))
	}
	return nil
}

// CreateDepartment refuses a taken key with department_key_taken, and what it names and does not exist or is out of use.
func (db *DB) CreateDepartment(ctx context.Context, d crm.Department) (*crm.Department, error) {
	var err error
	if d.ID, err = idOr(d.ID); err != nil {
		return nil, err
	}
	d.Active = true
	var made *crm.Department
	err = db.inOrganisation(ctx, func(tx pgx.Tx) error {
		if err := fitDepartment(ctx, tx, &crm.Department{}, &d); err != nil {
			return err
		}
		made, err = scanDepartment(tx.QueryRow(ctx, `insert into departments (id, key, name, head_id, parent_id, office_id, calendar, created_at)
			values ($1, $2, $3, $4, $5, $6, nullif($7, ''), $8) on conflict (id) do nothing returning `+departmentColumns,
			d.ID, d.Key, d.Name, nullID(d.HeadID), nullID(d.ParentID), nullID(d.OfficeID), d.Calendar, db.now()))
		if errors.Is(err, pgx.ErrNoRows) {
			made, err = readDepartment(ctx, tx, d.ID)
		}
		return err
	})
	switch {
	case violates(err, "departments_key_key"):
		return nil, crm.Errorf(crm.KindConflict, "department_key_taken", "there is a department of this key already")
	case violates(err, "departments_key_check"):
		return nil, invalidField("/key", "bad_key")
	case err != nil:
		return nil, fmt.Errorf("make a department: %w", err)
	}
	return made, nil
}

// PatchDepartment changes a department of this version; crm.KindStale when it has another. department_cycle: it cannot be below
// itself. department_in_use: it is not put out of use while people, departments in use or open tasks of its pool are in it.
func (db *DB) PatchDepartment(ctx context.Context, id uuid.UUID, version int, p crm.DepartmentPatch) (*crm.Department, error) {
	var changed *crm.Department
	err := db.inOrganisation(ctx, func(tx pgx.Tx) error {
		// Whoever joins the department at this moment holds it.
		d, err := scanDepartment(tx.QueryRow(ctx, "select "+departmentColumns+" from departments where id = $1 for update", id))
		if errors.Is(err, pgx.ErrNoRows) {
			return departmentNotFound()
		}
		if err != nil {
			return fmt.Errorf("lock a department: %w", err)
		}
		if d.Version != version {
			return stale()
		}
		before := *d
		p.Apply(d)
		if err := fitDepartment(ctx, tx, &before, d); err != nil {
			return err
		}
		if before.Active && !d.Active {
			if err := departmentEmpty(ctx, tx, id); err != nil {
				return err
			}
		}
		changed, err = scanDepartment(tx.QueryRow(ctx, `update departments set name = $2, head_id = $3, parent_id = $4, office_id = $5,
			calendar = nullif($6, ''), active = $7, version = version + 1 where id = $1 returning `+departmentColumns,
			id, d.Name, nullID(d.HeadID), nullID(d.ParentID), nullID(d.OfficeID), d.Calendar, d.Active))
		if err != nil {
			return fmt.Errorf("change a department: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return changed, nil
}

// fitDepartment refuses what a department names and does not exist or is out of use, and a tree that would be a circle.
func fitDepartment(ctx context.Context, tx pgx.Tx, before, d *crm.Department) error {
	if d.Calendar != before.Calendar {
		if err := fitCalendar(ctx, tx, d.Calendar); err != nil {
			return err
		}
	}
	if d.HeadID != before.HeadID {
		if err := fitWorker(ctx, tx, "/head_id", d.HeadID); err != nil {
			return err
		}
	}
	if err := fitParent(ctx, tx, d); err != nil {
		return err
	}
	if d.OfficeID == uuid.Nil {
		return nil
	}
	office, err := readOffice(ctx, tx, d.OfficeID)
	switch known, ok := crm.AsError(err); {
	case ok && known.Kind == crm.KindNotFound:
		return invalidField("/office_id", "not_found")
	case err == nil && d.Active && !office.Active:
		return invalidField("/office_id", "out_of_use")
	}
	return err
}

func fitParent(ctx context.Context, tx pgx.Tx, d *crm.Department) error {
	if d.ParentID == uuid.Nil {
		return nil
	}
	all, err := listDepartments(ctx, tx)
	if err != nil {
		return err
	}
	tree := make(map[uuid.UUID]*crm.Department, len(all))
	for i := range all {
		tree[all[i].ID] = &all[i]
	}
	parent, ok := tree[d.ParentID]
	switch {
	case !ok:
		return invalidField("/parent_id", "not_found")
	case d.Active && !parent.Active:
		return invalidField("/parent_id", "out_of_use")
	}
	for _, above := range crm.Above(tree, d.ParentID) {
		if above.ID == d.ID {
			return invalidField("/parent_id", "department_cycle")
		}
	}
	return nil
}

// fitCalendar refuses a calendar that does not exist, and names those that do; whoever deletes one waits for the organisation, as its changes do.
func fitCalendar(ctx context.Context, q querier, id string) error {
	if id == "" {
		return nil
	}
	known, err := readCalendars(ctx, q)
	if err != nil {
		return err
	}
	if known.Find(id) != nil {
		return nil
	}
	refused := invalidField("/calendar", "expected_one_of")
	refused.Fields[0].Params = map[string]string{"value": strings.Join(slices.Sorted(maps.Keys(known.ByID)), ", ")}
	return refused
}

func departmentEmpty(ctx context.Context, tx pgx.Tx, id uuid.UUID) error {
	var users, departments, tasks int
	err := tx.QueryRow(ctx, `select (select count(*) from users where department_id = $1 and active),
		(select count(*) from departments where parent_id = $1 and active),
		(select count(*) from tasks where department_id = $1 and status = 'open')`, id).Scan(&users, &departments, &tasks)
	if err != nil {
		return fmt.Errorf("count what is in a department: %w", err)
	}
	if users+departments+tasks > 0 {
		return crm.Errorf(crm.KindConflict, "department_in_use", "somebody or something is in the department").
			With("users", strconv.Itoa(users)).With("departments", strconv.Itoa(departments)).With("tasks", strconv.Itoa(tasks))
	}
	return nil
}

// SetHead names the head of a department.
func (db *DB) SetHead(ctx context.Context, department, head uuid.UUID) error {
	d, err := db.Department(ctx, department)
	if err != nil {
		return err
	}
	_, err = db.PatchDepartment(ctx, department, d.Version, crm.DepartmentPatch{HeadID: &head})
	return err
}
