package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"marshrut/crm"
	"marshrut/engine"
	"marshrut/routemaps"
	"marshrut/routemaps/calendar"
)

// recounting is the row of the table of that name: which calendars the open deadlines were last counted with, and how far the
// round is that counts them anew.
type recounting struct {
	calendars map[string]string // digests by id, and the calendar's id by "department/ID" and "user/ID"
	round     *uuid.UUID
	beganAt   *time.Time
	toldTo    *uuid.UUID
	endedAt   *time.Time
}

func (r *recounting) underWay() bool { return r.round != nil && r.endedAt == nil }

// RecountDues has the open deadlines counted anew when a business calendar has changed, be it by PutCalendar or with the
// program (R43). A call leaves a command for each of the next cases, at most limit of them, and answers how many; the route
// of each works out its deadlines when it gets there. The cases and how far the round has come are written in one
// transaction, so a round goes on after a crash where it was, and tells no case twice. Another change begins the round anew.
// A round tells nobody before settle has passed, so that steps and new cases are through that began with the old calendars.
func (db *DB) RecountDues(ctx context.Context, settle time.Duration, limit int) (int, error) {
	var version int64
	var underWay bool
	err := db.pool.QueryRow(ctx, `select d.version, r.round is not null and r.ended_at is null from directory_version d, recounting r`).
		Scan(&version, &underWay)
	if err != nil {
		return 0, fmt.Errorf("look whether a calendar has changed: %w", err)
	}
	if version == db.noted.Load() && !underWay {
		return 0, nil
	}
	told := 0
	err = db.inTx(ctx, func(tx pgx.Tx) error {
		r, err := db.noteCalendars(ctx, tx)
		if err != nil || !r.underWay() || db.now().Before(r.beganAt.Add(settle)) {
			return err
		}
		told, err = db.tellRecount(ctx, tx, r, limit)
		return err
	})
	if err != nil {
		return 0, err
	}
	db.noted.Store(version)
	return told, nil
}

// noteCalendars compares the calendars in force, and who works by which, with those the deadlines were counted with. What is
// new changes no deadline; what has changed, or is gone, begins a round.
func (db *DB) noteCalendars(ctx context.Context, tx pgx.Tx) (*recounting, error) {
	var r recounting
	err := tx.QueryRow(ctx, `select calendars, round, began_at, told_to, ended_at from recounting for update`).
		Scan(&r.calendars, &r.round, &r.beganAt, &r.toldTo, &r.endedAt)
	if err != nil {
		return nil, fmt.Errorf("read how far deadlines are counted anew: %w", err)
	}
	inForce, err := readCalendars(ctx, tx)
	if err != nil {
		return nil, err
	}
	digests, err := digestsOf(inForce)
	if err != nil {
		return nil, err
	}
	if err := whoWorksByWhich(ctx, tx, digests); err != nil {
		return nil, err
	}
	if maps.Equal(digests, r.calendars) {
		return &r, nil
	}
	if anyChanged(r.calendars, digests) {
		id, err := newID()
		if err != nil {
			return nil, err
		}
		now := db.now()
		r.round, r.beganAt, r.toldTo, r.endedAt = &id, &now, nil, nil
	}
	_, err = tx.Exec(ctx, `update recounting set calendars = $1, round = $2, began_at = $3, told_to = $4, ended_at = $5`,
		digests, r.round, r.beganAt, r.toldTo, r.endedAt)
	if err != nil {
		return nil, fmt.Errorf("note the calendars: %w", err)
	}
	return &r, nil
}

// whoWorksByWhich adds the calendar of each department and user: a task of a department's pool and one of a user's are counted
// with it, so a move to another office, or another calendar of one, moves deadlines as a changed calendar does.
func whoWorksByWhich(ctx context.Context, tx pgx.Tx, noted map[string]string) error {
	directory, err := readDirectory(ctx, tx, 0)
	if err != nil {
		return err
	}
	of := make(map[uuid.UUID]string, len(directory.Departments))
	for id := range directory.Departments {
		of[id] = directory.CalendarOf(id)
		noted["department/"+id.String()] = of[id]
	}
	for id, user := range directory.Users {
		noted["user/"+id.String()] = of[user.DepartmentID]
	}
	return nil
}

func anyChanged(before, after map[string]string) bool {
	for id, digest := range before {
		if after[id] != digest {
			return true
		}
	}
	return false
}

func digestsOf(c *engine.Calendars) (map[string]string, error) {
	digests := map[string]string{}
	for id, one := range c.ByID {
		digest, err := digestOf(one)
		if err != nil {
			return nil, err
		}
		digests[id] = digest
	}
	return digests, nil
}

// digestOf is of what a calendar counts by: its name is not part of it.
func digestOf(c *calendar.Calendar) (string, error) {
	definition := c.Definition()
	definition.Name = calendar.Text{}
	encoded, err := json.Marshal(definition)
	if err != nil {
		return "", fmt.Errorf("encode a calendar: %w", err)
	}
	sum := sha256.Sum256(encoded)
	return hex.EncodeToString(sum[:]), nil
}

// tellRecount leaves a command for each of the round's next cases: those that wait for a time, and those whose time could not
// be counted.
func (db *DB) tellRecount(ctx context.Context, tx pgx.Tx, r *recounting, limit int) (int, error) {
	rows, err := tx.Query(ctx, `select c.id from cases c
		where c.status = 'open' and c.mode = 'process' and ($1::uuid is null or c.id > $1)
			and (c.wake_at is not null or exists (select from incidents i
				where i.case_id = c.id and i.resolved_at is null and i.code = any($3)))
		order by c.id limit $2`, r.toldTo, limit, []string{routemaps.IncidentNoDue, routemaps.IncidentNoTime})
	if err != nil {
		return 0, fmt.Errorf("list cases with deadlines: %w", err)
	}
	cases, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return 0, fmt.Errorf("list cases with deadlines: %w", err)
	}
	if err := db.leaveRecounts(ctx, tx, *r.round, cases); err != nil {
		return 0, err
	}
	toldTo, endedAt := r.toldTo, (*time.Time)(nil)
	if len(cases) > 0 {
		toldTo = &cases[len(cases)-1]
	}
	if len(cases) < limit {
		now := db.now()
		endedAt = &now
	}
	if _, err := tx.Exec(ctx, "update recounting set told_to = $1, ended_at = $2", toldTo, endedAt); err != nil {
		return 0, fmt.Errorf("note how far deadlines are counted anew: %w", err)
	}
	return len(cases), nil
}

func (db *DB) leaveRecounts(ctx context.Context, tx pgx.Tx, round uuid.UUID, cases []uuid.UUID) error {
	ids := make([]uuid.UUID, len(cases))
	for i := range ids {
		var err error
		if ids[i], err = newID(); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `insert into commands (id, case_id, idempotency_key, body_hash, kind, payload, created_at)
		select told.id, told.case_id, $3 || told.case_id, '', $4, '{}', $5 from unnest($1::uuid[], $2::uuid[]) told (id, case_id)`,
		ids, cases, crm.RecomputeKey+round.String()+":", crm.CommandRecomputeDues, db.now())
	if err != nil {
		return fmt.Errorf("tell cases that deadlines are counted anew: %w", err)
	}
	return nil
}
