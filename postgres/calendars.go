package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
	"marshrut/routemaps/calendar"
)

const calendarColumns = `id, version, source, created_at, created_by`

func scanCalendar(row pgx.Row) (*crm.Calendar, error) {
	var c crm.Calendar
	err := row.Scan(&c.ID, &c.Version, &c.Source, &c.CreatedAt, (*zeronull.UUID)(&c.CreatedBy))
	return &c, err
}

// Calendars gives the business calendars in force, by id: the company's own, and of the shipped ones those that no own one
// replaces (R43).
func (db *DB) Calendars(ctx context.Context) ([]crm.Calendar, error) {
	rows, err := db.pool.Query(ctx, `select distinct on (id) `+calendarColumns+` from calendars order by id, version desc`)
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
		records[i] = crm.Calendar{ID: one.ID(), Source: string(source)}
	}
	return records, nil
}

// CalendarVersions gives all versions of a calendar, newest first; the shipped one is the oldest. calendar_not_found: there
// is none.
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
		return nil, crm.Errorf(crm.KindNotFound, "calendar_not_found", "no such calendar")
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
		if _, err := tx.Exec(ctx, "lock table calendars in share row exclusive mode"); err != nil {
			return fmt.Errorf("lock the calendars: %w", err)
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

func (db *DB) putCalendar(ctx context.Context, tx pgx.Tx, c crm.Calendar) (*crm.Calendar, error) {
	rows, err := tx.Query(ctx, `select `+calendarColumns+` from calendars where id = $1 order by version desc limit 1`, c.ID)
	if err != nil {
		return nil, fmt.Errorf("read a calendar: %w", err)
	}
	current, err := collectRows(rows, "read a calendar", scanCalendar)
	if err != nil {
		return nil, err
	}
	if len(current) == 0 {
		current = []crm.Calendar{{ID: c.ID}}
	}
	switch {
	case current[0].Version != c.Version:
		return nil, stale()
	case current[0].Source == c.Source:
		return &current[0], nil
	}
	stored, err := scanCalendar(tx.QueryRow(ctx, `insert into calendars (id, version, source, created_at, created_by)
		values ($1, $2, $3, $4, $5) returning `+calendarColumns, c.ID, c.Version+1, c.Source, db.now(), nullID(c.CreatedBy)))
	if err != nil {
		return nil, fmt.Errorf("store a calendar: %w", err)
	}
	return stored, nil
}
