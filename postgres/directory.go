package postgres

import (
	"context"
	"fmt"
	"sync"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
	"marshrut/engine"
	"marshrut/routemaps/calendar"
)

// defaultCalendar is used where neither performer nor map names one.
const defaultCalendar = "ru"

// people caches the directory and the calendars: they are read in every step and change seldom. A step reads their version
// number in its own transaction and reloads them when it is another one.
type people struct {
	mu        sync.Mutex
	directory *engine.Directory
	calendars *engine.Calendars
}

// at gives directory and calendars of the version, reading them when the cached ones are of another.
func (p *people) at(ctx context.Context, q querier, version int64) (*engine.Directory, *engine.Calendars, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.directory != nil && p.directory.Version == version {
		return p.directory, p.calendars, nil
	}
	directory, err := readDirectory(ctx, q, version)
	if err != nil {
		return nil, nil, err
	}
	calendars, err := readCalendars(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	p.directory, p.calendars = directory, calendars
	return directory, calendars, nil
}

func readDirectory(ctx context.Context, q querier, version int64) (*engine.Directory, error) {
	d := &engine.Directory{
		Version: version,
		Users:   map[uuid.UUID]*crm.User{}, Logins: map[string]*crm.User{},
		Departments: map[uuid.UUID]*crm.Department{}, Keys: map[string]*crm.Department{},
		Offices: map[uuid.UUID]*crm.Office{}, Absences: map[uuid.UUID][]crm.Absence{},
	}
	rows, err := q.Query(ctx, `select u.id, u.login, u.roles, u.department_id, u.active, `+grantedColumns+` from users u`)
	if err != nil {
		return nil, fmt.Errorf("read the users: %w", err)
	}
	users, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*crm.User, error) {
		var u crm.User
		err := row.Scan(&u.ID, &u.Login, &u.Roles, (*zeronull.UUID)(&u.DepartmentID), &u.Active, &u.Granted.Rights, &u.Granted.Visibility)
		return &u, err
	})
	if err != nil {
		return nil, fmt.Errorf("read the users: %w", err)
	}
	for _, u := range users {
		d.Users[u.ID], d.Logins[u.Login] = u, u
	}
	if err := readOrganisation(ctx, q, d); err != nil {
		return nil, err
	}
	if err := readAbsences(ctx, q, d); err != nil {
		return nil, err
	}
	settings, err := readSettings(ctx, q, "")
	if err != nil {
		return nil, err
	}
	d.Off = settings.Off
	return d, nil
}

// readOrganisation fills in departments and offices.
func readOrganisation(ctx context.Context, q querier, d *engine.Directory) error {
	departments, err := listDepartments(ctx, q)
	if err != nil {
		return err
	}
	for i := range departments {
		d.Departments[departments[i].ID] = &departments[i]
		if departments[i].Active {
			d.Keys[departments[i].Key] = &departments[i]
		}
	}
	offices, err := listOffices(ctx, q)
	if err != nil {
		return err
	}
	for i := range offices {
		d.Offices[offices[i].ID] = &offices[i]
	}
	return nil
}

// readCalendars gives the shipped calendars and the company's own, which replace shipped ones of the same id.
func readCalendars(ctx context.Context, q querier) (*engine.Calendars, error) {
	shipped, err := calendar.Shipped()
	if err != nil {
		return nil, fmt.Errorf("read the shipped calendars: %w", err)
	}
	c := &engine.Calendars{ByID: map[string]*calendar.Calendar{}, Default: calendar.Default()}
	for _, one := range shipped {
		c.ByID[one.ID()] = one
	}
	rows, err := q.Query(ctx, "select id, source from "+ownCalendars)
	if err != nil {
		return nil, fmt.Errorf("read the calendars: %w", err)
	}
	own, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*calendar.Calendar, error) {
		var id, source string
		if err := row.Scan(&id, &source); err != nil {
			return nil, err
		}
		return calendar.Parse(id, []byte(source))
	})
	if err != nil {
		return nil, fmt.Errorf("read the calendars: %w", err)
	}
	for _, one := range own {
		c.ByID[one.ID()] = one
	}
	if chosen, ok := c.ByID[defaultCalendar]; ok {
		c.Default = chosen
	}
	return c, nil
}
