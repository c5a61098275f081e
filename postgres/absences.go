package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
	"marshrut/engine"
)

const absenceColumns = `a.id, a.user_id, a.starts_at, a.ends_at, a.tasks_to, a.substitute_id, a.cancelled_at, a.version, a.created_at, a.created_by`

func scanAbsence(row pgx.Row) (*crm.Absence, error) {
	var a crm.Absence
	err := row.Scan(&a.ID, &a.UserID, &a.StartsAt, &a.EndsAt, &a.TasksTo, (*zeronull.UUID)(&a.SubstituteID), &a.CancelledAt, &a.Version,
		&a.CreatedAt, (*zeronull.UUID)(&a.CreatedBy))
	return &a, err
}

func absenceNotFound() *crm.Error {
	return crm.Errorf(crm.KindNotFound, "absence_not_found", "no such absence")
}

// readAbsences fills in the absences that have not ended, or may not have by the program's clock, which is not the database's.
func readAbsences(ctx context.Context, q querier, d *engine.Directory) error {
	rows, err := q.Query(ctx, "select "+absenceColumns+" from absences a where a.cancelled_at is null and a.ends_at > now() - interval '1 year' order by a.starts_at")
	if err != nil {
		return fmt.Errorf("read the absences: %w", err)
	}
	all, err := collectRows(rows, "read the absences", scanAbsence)
	if err != nil {
		return err
	}
	for i := range all {
		d.Absences[all[i].UserID] = append(d.Absences[all[i].UserID], all[i])
	}
	return nil
}

// Absences lists the absences that have not ended, the first to end first.
func (db *DB) Absences(ctx context.Context, f crm.AbsenceFilter) (crm.Page[crm.Absence], error) {
	w := where{conditions: []string{"a.cancelled_at is null"}}
	w.add("a.ends_at > %s", db.now())
	w.equalID("a.user_id", f.UserID)
	if f.After != nil && f.After.At != nil {
		w.plain("(a.ends_at, a.id) > (" + w.arg(*f.After.At) + ", " + w.arg(f.After.ID) + ")")
	}
	rows, err := db.pool.Query(ctx, "select "+absenceColumns+" from absences a"+w.sql()+" order by a.ends_at, a.id limit "+w.arg(f.Limit+1), w.args...)
	if err != nil {
		return crm.Page[crm.Absence]{}, fmt.Errorf("list absences: %w", err)
	}
	items, err := collectRows(rows, "list absences", scanAbsence)
	if err != nil {
		return crm.Page[crm.Absence]{}, err
	}
	return cut(items, f.Limit, func(a *crm.Absence) crm.Cursor { return crm.Cursor{At: &a.EndsAt, ID: a.ID} }), nil
}

// Absence reads an absence; crm.KindNotFound when there is none.
func (db *DB) Absence(ctx context.Context, id uuid.UUID) (*crm.Absence, error) {
	return readAbsence(ctx, db.pool, id, "")
}

func readAbsence(ctx context.Context, q querier, id uuid.UUID, lock string) (*crm.Absence, error) {
	a, err := scanAbsence(q.QueryRow(ctx, "select "+absenceColumns+" from absences a where a.id = $1 "+lock, id))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, absenceNotFound()
	}
	if err != nil {
		return nil, fmt.Errorf("read an absence: %w", err)
	}
	return a, nil
}

// CreateAbsence plans an absence: one's own, or that of somebody whom by heads or may act for. absent_already: he is absent then.
// One of this id is given as it is.
func (db *DB) CreateAbsence(ctx context.Context, a crm.Absence, by uuid.UUID) (*crm.Absence, error) {
	id, err := idOr(a.ID)
	if err != nil {
		return nil, err
	}
	var made *crm.Absence
	err = db.inTx(ctx, func(tx pgx.Tx) error {
		known, err := readAbsence(ctx, tx, id, "")
		if err == nil {
			made = known
			return nil
		}
		if refusal, ok := crm.AsError(err); !ok || refusal.Kind != crm.KindNotFound {
			return err
		}
		if err := db.mayBeAbsent(ctx, tx, &a, by); err != nil {
			return err
		}
		made, err = scanAbsence(tx.QueryRow(ctx, `insert into absences as a (id, user_id, starts_at, ends_at, tasks_to, substitute_id, created_at, created_by)
			values ($1, $2, $3, $4, $5, $6, $7, $8) returning `+absenceColumns,
			id, a.UserID, a.StartsAt, a.EndsAt, a.TasksTo, nullID(a.SubstituteID), db.now(), nullID(by)))
		return absenceError(err)
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

func absenceError(err error) error {
	switch {
	case violates(err, "absences_user_id_tstzrange_excl"):
		return crm.Errorf(crm.KindConflict, "absent_already", "there is an absence at that time already")
	case err != nil:
		return fmt.Errorf("write an absence: %w", err)
	}
	return nil
}

// PatchAbsence changes an absence of this version that has not ended; crm.KindStale when it has another. What has begun keeps its
// beginning.
func (db *DB) PatchAbsence(ctx context.Context, id uuid.UUID, version int, p crm.AbsencePatch, by uuid.UUID) (*crm.Absence, error) {
	return db.changeAbsence(ctx, id, version, by, func(tx pgx.Tx, a *crm.Absence) error {
		if p.StartsAt != nil && !a.StartsAt.After(db.now()) && !p.StartsAt.Equal(a.StartsAt) {
			return crm.Errorf(crm.KindConflict, "absence_has_begun", "the absence has begun")
		}
		p.Apply(a)
		return db.mayBeAbsent(ctx, tx, a, by)
	})
}

// EndAbsence cancels an absence that has not begun, and ends one that has.
func (db *DB) EndAbsence(ctx context.Context, id uuid.UUID, version int, by uuid.UUID) (*crm.Absence, error) {
	return db.changeAbsence(ctx, id, version, by, func(_ pgx.Tx, a *crm.Absence) error {
		now := db.now()
		if a.StartsAt.Before(now) {
			a.EndsAt = now
		} else {
			a.CancelledAt = &now
		}
		return nil
	})
}

func (db *DB) changeAbsence(ctx context.Context, id uuid.UUID, version int, by uuid.UUID, change func(tx pgx.Tx, a *crm.Absence) error) (*crm.Absence, error) {
	var changed *crm.Absence
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		a, err := readAbsence(ctx, tx, id, "for no key update")
		if err != nil {
			return err
		}
		directory, err := db.directory(ctx, tx)
		if err != nil {
			return err
		}
		switch {
		case !engine.MayPlanAbsence(directory, a.UserID, by):
			return notYourAbsence()
		case a.Version != version:
			return stale()
		case a.CancelledAt != nil, !a.EndsAt.After(db.now()):
			return crm.Errorf(crm.KindConflict, "absence_is_over", "the absence is over or cancelled")
		}
		if err := change(tx, a); err != nil {
			return err
		}
		changed, err = scanAbsence(tx.QueryRow(ctx, `update absences a set starts_at = $2, ends_at = $3, tasks_to = $4, substitute_id = $5, cancelled_at = $6,
				told_at = case when a.substitute_id is distinct from $5 then null else a.told_at end, version = version + 1
			where id = $1 returning `+absenceColumns, id, a.StartsAt, a.EndsAt, a.TasksTo, nullID(a.SubstituteID), a.CancelledAt))
		return absenceError(err)
	})
	if err != nil {
		return nil, err
	}
	return changed, nil
}

func notYourAbsence() *crm.Error {
	return crm.Errorf(crm.KindForbidden, "not_your_absence", "only he himself, a head of his and those who lead may do this")
}

// mayBeAbsent refuses an absence that cannot be, and one that by may not plan.
func (db *DB) mayBeAbsent(ctx context.Context, tx pgx.Tx, a *crm.Absence, by uuid.UUID) error {
	directory, err := db.directory(ctx, tx)
	if err != nil {
		return err
	}
	if user, ok := directory.Users[a.UserID]; !ok || !user.Active {
		return invalidField("/user_id", "user_not_active")
	}
	if !engine.MayPlanAbsence(directory, a.UserID, by) {
		return notYourAbsence()
	}
	if refusal := a.Check(db.now()); refusal != nil {
		return refusal
	}
	if a.SubstituteID == uuid.Nil {
		return nil
	}
	return fitOwner(directory, "/substitute_id", a.SubstituteID)
}

// Unattended lists the open tasks that nobody would do now, due first: those in the pool of a role or of a department of which
// nobody is there, and those on the desk of somebody absent whom nobody covers, but for his personal ones.
func (db *DB) Unattended(ctx context.Context, f crm.TaskFilter) (crm.Page[crm.TaskItem], error) {
	directory, err := db.directory(ctx, db.pool)
	if err != nil {
		return crm.Page[crm.TaskItem]{}, err
	}
	roles, err := db.rolesWithTasks(ctx)
	if err != nil {
		return crm.Page[crm.TaskItem]{}, err
	}
	w := &where{}
	limit := w.arg(f.Limit + 1)
	common := []string{"t.status = 'open'"}
	if s := w.sight(ctx); s != nil {
		common = append(common, s.task())
	}
	desks := emptyPools(w, directory, roles, db.now())
	for _, absent := range directory.Uncovered(db.now()) {
		for _, desk := range deskConditions(w.arg(absent)) {
			desks = append(desks, append(desk, "t.kind <> 'personal'"))
		}
	}
	return db.tasksIn(ctx, w, desks, common, f, limit)
}

// emptyPools are the conditions of pools of which nobody is there.
func emptyPools(w *where, directory *engine.Directory, roles []string, now time.Time) [][]string {
	var pools [][]string
	for _, role := range roles {
		if !directory.AnyoneThere(directory.WithRole(role), now) {
			pools = append(pools, []string{"t.role = " + w.arg(role), "t.taken_by is null"})
		}
	}
	for id := range directory.Departments {
		if !directory.AnyoneThere(directory.InDepartment(id), now) {
			pools = append(pools, []string{"t.department_id = " + w.arg(id), "t.taken_by is null"})
		}
	}
	return pools
}

// rolesWithTasks are the roles whose pools hold open tasks. It goes through their index from one role to the next.
func (db *DB) rolesWithTasks(ctx context.Context) ([]string, error) {
	rows, err := db.pool.Query(ctx, `with recursive r (role) as (
			select min(role) from tasks where status = 'open' and taken_by is null and role is not null
			union all
			select (select min(t.role) from tasks t where t.status = 'open' and t.taken_by is null and t.role is not null and t.role > r.role)
			from r where r.role is not null)
		select role from r where role is not null`)
	if err != nil {
		return nil, fmt.Errorf("list the roles that have tasks: %w", err)
	}
	roles, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("list the roles that have tasks: %w", err)
	}
	return slices.Compact(roles), nil
}
