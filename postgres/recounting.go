package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
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
	of        recounted
}

// recounted is whose deadlines a round counts anew: those of all cases, or only of what these users and the pools of these
// departments perform.
type recounted struct {
	everybody          bool
	users, departments []uuid.UUID
}

func (o *recounted) nobody() bool { return !o.everybody && len(o.users)+len(o.departments) == 0 }

// with adds those of a round that is not over.
func (o *recounted) with(before recounted) {
	o.everybody = o.everybody || before.everybody
	o.users, o.departments = append(o.users, before.users...), append(o.departments, before.departments...)
}

// lists are the columns of the round: nil for everybody.
func (o *recounted) lists() (users, departments []uuid.UUID) {
	if o.everybody {
		return nil, nil
	}
	return orNoIDs(o.users), orNoIDs(o.departments)
}

func (r *recounting) underWay() bool { return r.round != nil && r.endedAt == nil }

// RecountDues has the open deadlines counted anew when a business calendar has changed, be it by PutCalendar or with the
// program (R43); when somebody, or a department, works by another one now, only those of what he performs. A call leaves a command for each of the next cases, at most limit of them, and answers how many; the route
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
	err := tx.QueryRow(ctx, `select calendars, round, began_at, told_to, ended_at, users, departments, users is null from recounting for update`).
		Scan(&r.calendars, &r.round, &r.beganAt, &r.toldTo, &r.endedAt, &r.of.users, &r.of.departments, &r.of.everybody)
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
	changed, err := whoseChanged(r.calendars, digests)
	if err != nil {
		return nil, err
	}
	if !changed.nobody() {
		id, err := newID()
		if err != nil {
			return nil, err
		}
		if r.underWay() {
			changed.with(r.of)
		}
		now := db.now()
		r.round, r.beganAt, r.toldTo, r.endedAt, r.of = &id, &now, nil, nil, changed
	}
	users, departments := r.of.lists()
	_, err = tx.Exec(ctx, `update recounting set calendars = $1, round = $2, began_at = $3, told_to = $4, ended_at = $5, users = $6, departments = $7`,
		digests, r.round, r.beganAt, r.toldTo, r.endedAt, users, departments)
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
		noted[notedDepartment+id.String()] = of[id]
	}
	for id, user := range directory.Users {
		noted[notedUser+id.String()] = of[user.DepartmentID]
	}
	return nil
}

// What comes before the id of whoever works by a calendar, where the id of a calendar would be.
const (
	notedDepartment = "department/"
	notedUser       = "user/"
)

// whoseChanged tells whose deadlines are to be counted anew. A calendar that says something else may be anybody's.
func whoseChanged(before, after map[string]string) (recounted, error) {
	var changed recounted
	for noted, digest := range before {
		if after[noted] == digest {
			continue
		}
		list := &changed.users
		text, whose := strings.CutPrefix(noted, notedUser)
		if !whose {
			list = &changed.departments
			text, whose = strings.CutPrefix(noted, notedDepartment)
		}
		if !whose {
			changed.everybody = true
			continue
		}
		id, err := uuid.Parse(text)
		if err != nil {
			return changed, fmt.Errorf("read who worked by a calendar: %w", err)
		}
		*list = append(*list, id)
	}
	return changed, nil
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

// recountedWindow is how many open cases a call looks at for each that it may tell, so that a round of few goes through the many
// others in calls that end soon.
const recountedWindow = 20

// tellRecount leaves a command for each of the round's next cases: those that wait for a time, and those whose time could not
// be counted.
func (db *DB) tellRecount(ctx context.Context, tx pgx.Tx, r *recounting, limit int) (int, error) {
	cases, lookedTo, last, err := nextRecounted(ctx, tx, r, limit)
	if err != nil {
		return 0, err
	}
	if err := db.leaveRecounts(ctx, tx, *r.round, cases); err != nil {
		return 0, err
	}
	toldTo, endedAt := r.toldTo, (*time.Time)(nil)
	if lookedTo != nil {
		toldTo = lookedTo
	}
	if last {
		now := db.now()
		endedAt = &now
	}
	if _, err := tx.Exec(ctx, "update recounting set told_to = $1, ended_at = $2", toldTo, endedAt); err != nil {
		return 0, fmt.Errorf("note how far deadlines are counted anew: %w", err)
	}
	return len(cases), nil
}

// nextRecounted lists the round's next cases, tells to which case it has looked (nil: there are no more), and whether that was the
// last one. Who performs a stage is read from the case's state: the deadline stays on his calendar, whoever has the task by now.
func nextRecounted(ctx context.Context, tx pgx.Tx, r *recounting, limit int) (cases []uuid.UUID, lookedTo *uuid.UUID, last bool, err error) {
	of, err := performersOf(ctx, tx, &r.of)
	if err != nil {
		return nil, nil, false, err
	}
	var looked int
	err = tx.QueryRow(ctx, `with looked as materialized (select c.id, c.wake_at, c.state, c.responsible_id from cases c
			where c.status = 'open' and c.mode = 'process' and ($1::uuid is null or c.id > $1) order by c.id limit $2),
		told as (select c.id from looked c
			where (c.wake_at is not null or exists (select from incidents i where i.case_id = c.id and i.resolved_at is null and i.code = any($3)))
				and ($4 or exists (select from jsonb_path_query(c.state, '$.**.performer') p
					where (p->>'kind') || ':' || (p->>'key') = any($5)
						or p->>'kind' = $6 and c.responsible_id = any($7) or p->>'kind' = $8 and c.responsible_id = any($9)))
			order by c.id limit $10)
		select (select array_agg(id order by id) from told), (select id from looked order by id desc limit 1), (select count(*) from looked)`,
		r.toldTo, limit*recountedWindow, []string{routemaps.IncidentNoDue, routemaps.IncidentNoTime}, r.of.everybody, of.named,
		routemaps.PerformResponsible, of.responsible, routemaps.PerformHead, of.led, limit).Scan(&cases, &lookedTo, &looked)
	if err != nil {
		return nil, nil, false, fmt.Errorf("list cases with deadlines: %w", err)
	}
	if len(cases) == limit {
		return cases, &cases[limit-1], false, nil
	}
	return cases, lookedTo, looked < limit*recountedWindow, nil
}

// performers are people and departments as routes name them.
type performers struct {
	named            []string    // as the performer of a stage, "user:manager"
	responsible, led []uuid.UUID // of cases that name their responsible, or his head
}

// performersOf are those of a round: nobody in particular when it is everybody's.
func performersOf(ctx context.Context, tx pgx.Tx, of *recounted) (performers, error) {
	found := performers{named: []string{}, responsible: orNoIDs(of.users), led: orNoIDs(of.users)}
	if of.everybody {
		return found, nil
	}
	directory, err := readDirectory(ctx, tx, 0)
	if err != nil {
		return found, err
	}
	for _, id := range of.departments {
		if department := directory.Departments[id]; department != nil {
			found.named = append(found.named, routemaps.Performer{Kind: routemaps.PerformDepartment, Key: department.Key}.String())
		}
	}
	for _, id := range of.users {
		found.named = append(found.named, routemaps.Performer{Kind: routemaps.PerformUserID, Key: id.String()}.String())
		if user := directory.Users[id]; user != nil {
			found.named = append(found.named, routemaps.Performer{Kind: routemaps.PerformUser, Key: user.Login}.String())
		}
	}
	for id := range directory.Users {
		if head, ok := directory.HeadOf(id); ok && slices.Contains(of.users, head) {
			found.led = append(found.led, id)
		}
	}
	return found, nil
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
