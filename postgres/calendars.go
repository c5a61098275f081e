package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
	"marshrut/routemaps"
	"marshrut/routemaps/calendar"
)

const calendarColumns = `id, version, deleted, source, created_at, created_by`

// ownCalendars are the newest versions of the company's own calendars that are not deleted.
const ownCalendars = `(select distinct on (id) * from calendars order by id, version desc) own where not deleted`

func scanCalendar(row pgx.Row) (*crm.Calendar, error) {
	var c crm.Calendar
	err := row.Scan(&c.ID, &c.Version, &c.Deleted, &c.Source, &c.CreatedAt, (*zeronull.UUID)(&c.CreatedBy))
	c.Shipped = slices.Contains(shippedCalendars, c.ID)
	return &c, err
}

// Calendars gives the business calendars in force, by id: the company's own, and of the shipped ones those that no own one
// replaces (R43).
func (db *DB) Calendars(ctx context.Context) ([]crm.Calendar, error) {
	rows, err := db.pool.Query(ctx, "select "+calendarColumns+" from "+ownCalendars)
	if err != nil {
		return nil, fmt.Errorf("read the calendars: %w", err)
	}
	all, err := collectRows(rows, "read the calendars", scanCalendar)
	if err != nil {
		return nil, err
	}
	shipped, err := shippedCalendarRecords()
	if err != nil {
		return nil, err
	}
	for _, one := range shipped {
		if !slices.ContainsFunc(all, func(own crm.Calendar) bool { return own.ID == one.ID }) {
			all = append(all, one)
		}
	}
	slices.SortFunc(all, func(a, b crm.Calendar) int { return strings.Compare(a.ID, b.ID) })
	return all, nil
}

// shippedCalendarRecords are the calendars that come with the program, as version 0.
func shippedCalendarRecords() ([]crm.Calendar, error) {
	shipped, err := calendar.Shipped()
	if err != nil {
		return nil, fmt.Errorf("read the shipped calendars: %w", err)
	}
	records := make([]crm.Calendar, len(shipped))
	for i, one := range shipped {
		source, err := one.YAML()
		if err != nil {
			return nil, err
		}
		records[i] = crm.Calendar{ID: one.ID(), Shipped: true, Source: string(source)}
	}
	return records, nil
}

// Calendar gives the calendar of this id that is in force: the company's own, or the shipped one. calendar_not_found: there is neither.
func (db *DB) Calendar(ctx context.Context, id string) (*crm.Calendar, error) {
	versions, err := db.CalendarVersions(ctx, id)
	if err != nil {
		return nil, err
	}
	newest, oldest := &versions[0], &versions[len(versions)-1]
	switch {
	case !newest.Deleted:
		return newest, nil
	case oldest.Version == 0:
		return oldest, nil
	}
	return nil, calendarNotFound()
}

func calendarNotFound() *crm.Error {
	return crm.Errorf(crm.KindNotFound, "calendar_not_found", "no such calendar")
}

// CalendarVersions gives all versions of a calendar, newest first, with those that deleted it; the shipped one is the oldest.
// calendar_not_found: there has never been one.
func (db *DB) CalendarVersions(ctx context.Context, id string) ([]crm.Calendar, error) {
	rows, err := db.pool.Query(ctx, `select `+calendarColumns+` from calendars where id = $1 order by version desc`, id)
	if err != nil {
		return nil, fmt.Errorf("read a calendar's versions: %w", err)
	}
	versions, err := collectRows(rows, "read a calendar's versions", scanCalendar)
	if err != nil {
		return nil, err
	}
	shipped, err := shippedCalendarRecords()
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(shipped, func(c crm.Calendar) bool { return c.ID == id }); i >= 0 {
		versions = append(versions, shipped[i])
	}
	if len(versions) == 0 {
		return nil, calendarNotFound()
	}
	return versions, nil
}

// PutCalendar stores the source as the next version of the calendar, whose version the caller has read; crm.KindStale when
// it has another by now. Version 0 is a shipped calendar, or one that there is not yet. The same source as before makes no
// version. RecountDues then counts open deadlines anew. What is wrong with the source is a calendar.Errors, and
// calendar_id_differs where it is another calendar's.
func (db *DB) PutCalendar(ctx context.Context, id string, source []byte, version int, by uuid.UUID) (*crm.Calendar, error) {
	parsed, err := calendar.Parse("", source)
	if err != nil {
		return nil, err
	}
	if parsed.ID() != id {
		return nil, &crm.Error{
			Kind: crm.KindUnprocessed, Code: "calendar_id_differs", Detail: "the source is another calendar's",
			Fields: []crm.FieldError{{Pointer: "/source", Code: "calendar_id_differs"}},
		}
	}
	var stored *crm.Calendar
	err = db.inTx(ctx, func(tx pgx.Tx) error {
		if err := lockCalendars(ctx, tx); err != nil {
			return err
		}
		// What is in force until now may be so new that nobody has noted it: without a note its change would go unseen.
		if _, err := db.noteCalendars(ctx, tx); err != nil {
			return err
		}
		stored, err = db.putCalendar(ctx, tx, crm.Calendar{ID: id, Source: string(source), Version: version, CreatedBy: by})
		return err
	})
	return stored, err
}

func lockCalendars(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, "lock table calendars in share row exclusive mode"); err != nil {
		return fmt.Errorf("lock the calendars: %w", err)
	}
	return nil
}

func (db *DB) putCalendar(ctx context.Context, tx pgx.Tx, c crm.Calendar) (*crm.Calendar, error) {
	newest, err := newestCalendar(ctx, tx, c.ID)
	if err != nil {
		return nil, err
	}
	switch {
	case inForce(newest.Version, newest.Deleted) != c.Version:
		return nil, stale()
	case c.Version > 0 && newest.Source == c.Source:
		return newest, nil
	}
	c.Version = newest.Version + 1
	return db.storeCalendar(ctx, tx, &c)
}

// newestCalendar is the company's own calendar as it was last written or deleted; of version 0 when it never was.
func newestCalendar(ctx context.Context, tx pgx.Tx, id string) (*crm.Calendar, error) {
	newest, err := scanCalendar(tx.QueryRow(ctx, `select `+calendarColumns+` from calendars where id = $1 order by version desc limit 1`, id))
	if errors.Is(err, pgx.ErrNoRows) {
		return &crm.Calendar{ID: id}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read a calendar: %w", err)
	}
	return newest, nil
}

// inForce is the version that is read where this is the newest: 0, as of what is shipped, where the company's own is deleted.
func inForce(newest int, deleted bool) int {
	if deleted {
		return 0
	}
	return newest
}

func (db *DB) storeCalendar(ctx context.Context, tx pgx.Tx, c *crm.Calendar) (*crm.Calendar, error) {
	stored, err := scanCalendar(tx.QueryRow(ctx, `insert into calendars (id, version, deleted, source, created_at, created_by)
		values ($1, $2, $3, $4, $5, $6) returning `+calendarColumns, c.ID, c.Version, c.Deleted, c.Source, db.now(), nullID(c.CreatedBy)))
	if err != nil {
		return nil, fmt.Errorf("store a calendar: %w", err)
	}
	return stored, nil
}

// DeleteCalendar deletes the company's own calendar of this version: a shipped one of the same id counts again, and RecountDues counts
// open deadlines anew. Its versions stay. calendar_not_found: there is none; no_own_calendar: only the shipped one; crm.KindStale: it
// has another version; calendar_in_use: an office, a department or a map names it, and nothing would take its place.
func (db *DB) DeleteCalendar(ctx context.Context, id string, version int, by uuid.UUID) error {
	return db.inTx(ctx, func(tx pgx.Tx) error {
		// Whoever publishes a map, writes a calendar or changes an office waits, so that none of them names what goes.
		for _, lock := range []func(context.Context, pgx.Tx) error{lockRouteMaps, lockCalendars, db.lockOrganisation} {
			if err := lock(ctx, tx); err != nil {
				return err
			}
		}
		own, err := newestCalendar(ctx, tx, id)
		if err != nil {
			return err
		}
		switch inForce(own.Version, own.Deleted) {
		case 0:
			if slices.Contains(shippedCalendars, id) {
				return crm.Errorf(crm.KindNotFound, "no_own_calendar", "the calendar comes with the program")
			}
			return calendarNotFound()
		case version:
		default:
			return stale()
		}
		if !own.Shipped {
			if err := db.calendarUnused(ctx, tx, id); err != nil {
				return err
			}
		}
		own.Version, own.Deleted, own.CreatedBy = own.Version+1, true, by
		_, err = db.storeCalendar(ctx, tx, own)
		return err
	})
}

// calendarUnused refuses to let go what offices, departments or maps name, those out of use too: they may come back.
func (db *DB) calendarUnused(ctx context.Context, tx pgx.Tx, id string) error {
	var offices, departments []string
	err := tx.QueryRow(ctx, `select array(select key from offices where calendar = $1 order by key),
		array(select key from departments where calendar = $1 order by key)`, id).Scan(&offices, &departments)
	if err != nil {
		return fmt.Errorf("look for what is on a calendar: %w", err)
	}
	named, err := db.mapsThat(ctx, tx, func(m *routemaps.Map) bool { return m.Calendar == id })
	if err != nil {
		return err
	}
	if len(offices)+len(departments)+len(named) == 0 {
		return nil
	}
	return crm.Errorf(crm.KindConflict, "calendar_in_use", "something is counted on the calendar").
		With("offices", listed(offices)).With("departments", listed(departments)).With("maps", listed(named))
}

// listed are keys as texts name them.
func listed(keys []string) string { return cmp.Or(strings.Join(keys, ", "), "—") }
