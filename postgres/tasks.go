package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
	"marshrut/engine"
	"marshrut/routemaps"
)

const taskItemColumns = taskColumns + `, coalesce(c.kind, ''), coalesce(c.number, ''), coalesce(c.topic, ''), c.client_id, coalesce(k.name, ''), c.responsible_id, c.map_id,
	c.map_version, c.fields, k.without`

const taskItemFrom = ` from tasks t left join cases c on c.id = t.case_id left join clients k on k.id = c.client_id`

func scanTaskItem(row pgx.Row) (*crm.TaskItem, error) {
	var t crm.TaskItem
	err := row.Scan(append(taskTargets(&t.Task), &t.Case.Kind, &t.Case.Number, &t.Case.Topic, (*zeronull.UUID)(&t.Case.ClientID),
		&t.Case.ClientName, (*zeronull.UUID)(&t.Case.ResponsibleID), (*zeronull.Text)(&t.Case.MapID), (*zeroInt)(&t.Case.MapVersion),
		&t.Case.Fields, &t.Case.Without)...)
	return &t, err
}

// Task reads a task; crm.KindNotFound when there is none.
func (db *DB) Task(ctx context.Context, id uuid.UUID) (*crm.TaskItem, error) {
	return readTask(ctx, db.pool, id)
}

func readTask(ctx context.Context, q querier, id uuid.UUID) (*crm.TaskItem, error) {
	t, err := scanTaskItem(q.QueryRow(ctx, "select "+taskItemColumns+taskItemFrom+" where t.id = $1", id))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, crm.Errorf(crm.KindNotFound, "task_not_found", "no such task")
	}
	if err != nil {
		return nil, fmt.Errorf("read a task: %w", err)
	}
	return t, nil
}

// ListTasks lists tasks, due first. A performer's list is put together from one page of each way a task can be his, so
// that every part is read along its own index, however many tasks others have.
func (db *DB) ListTasks(ctx context.Context, f crm.TaskFilter) (crm.Page[crm.TaskItem], error) {
	w := &where{}
	limit := w.arg(f.Limit + 1)
	if f.Performer == nil && f.Desk == uuid.Nil && f.Status == crm.TaskOpen && f.CaseID == uuid.Nil {
		few, err := db.seesFew(ctx, crm.CardCase)
		if err != nil {
			return crm.Page[crm.TaskItem]{}, err
		}
		if few {
			everything := crm.WithSight(ctx, nil) // what is seen is said by the ways
			return db.tasksIn(ctx, w, w.sight(ctx).ownTasks(), taskConditions(everything, w, &f, db.now()), f, limit)
		}
	}
	common := taskConditions(ctx, w, &f, db.now())
	ways := performerConditions(w, f.Performer)
	if f.Desk != uuid.Nil {
		ways = deskConditions(w.arg(f.Desk))
	}
	return db.tasksIn(ctx, w, ways, common, f, limit)
}

// tasksIn lists tasks, due first, that meet the common conditions and those of one of the parts at least.
func (db *DB) tasksIn(ctx context.Context, w *where, of [][]string, common []string, f crm.TaskFilter, limit string) (crm.Page[crm.TaskItem], error) {
	var parts []string
	for _, mine := range of {
		for _, after := range afterTask(w, f.After) {
			part := where{conditions: append(slices.Clone(common), mine...)}
			part.conditions = append(part.conditions, after...)
			parts = append(parts, "(select t.id from tasks t"+part.sql()+" order by t.due_at, t.id limit "+limit+")")
		}
	}
	if len(parts) == 0 {
		return crm.Page[crm.TaskItem]{}, nil
	}
	sql := "select " + taskItemColumns + taskItemFrom + " where t.id in (" + strings.Join(parts, " union all ") +
		") order by t.due_at, t.id limit " + limit
	rows, err := db.pool.Query(ctx, sql, w.args...)
	if err != nil {
		return crm.Page[crm.TaskItem]{}, fmt.Errorf("list tasks: %w", err)
	}
	items, err := collectRows(rows, "list tasks", scanTaskItem)
	if err != nil {
		return crm.Page[crm.TaskItem]{}, err
	}
	return cut(items, f.Limit, func(t *crm.TaskItem) crm.Cursor { return crm.Cursor{At: t.DueAt, ID: t.ID} }), nil
}

// taskConditions are those that every part has. The status is written out: with a parameter the planner could not tell that
// the indexes of open or of closed tasks fit.
func taskConditions(ctx context.Context, w *where, f *crm.TaskFilter, now time.Time) []string {
	var conditions []string
	if s := w.sight(ctx); s != nil && f.Performer == nil {
		conditions = append(conditions, s.task())
	} else if s != nil {
		conditions = append(conditions, s.deskTask())
	}
	switch f.Status {
	case "":
	case crm.TaskOpen:
		conditions = append(conditions, "t.status = 'open'")
	case crm.TaskCompleted:
		conditions = append(conditions, "t.status = 'completed'")
	default:
		conditions = append(conditions, "t.status = 'withdrawn'")
	}
	conditions = append(conditions, placeOfTask(w, f)...)
	if f.Overdue {
		conditions = append(conditions, w.overdueTask(now))
	}
	if len(f.Kinds) > 0 {
		conditions = append(conditions, "t.kind = any("+w.arg(f.Kinds)+")")
	}
	if f.Author != uuid.Nil {
		conditions = append(conditions, "t.author_id = "+w.arg(f.Author))
	}
	if f.Performer == nil && f.Author == uuid.Nil && f.CaseID == uuid.Nil {
		conditions = append(conditions, "(t.kind <> 'personal' or t.case_id is not null)") // what one keeps for oneself is no part of everybody's list
	}
	return conditions
}

// placeOfTask are the conditions of a case, a client and a pool that tasks t are narrowed to.
func placeOfTask(w *where, f *crm.TaskFilter) []string {
	var conditions []string
	if f.CaseID != uuid.Nil {
		conditions = append(conditions, "t.case_id = "+w.arg(f.CaseID))
	}
	if f.Pool != "" {
		conditions = append(conditions, "t.role = "+w.arg(f.Pool), "t.taken_by is null")
	}
	if f.ClientID != uuid.Nil {
		conditions = append(conditions, "t.case_id in (select id from cases where client_id = "+w.arg(f.ClientID)+")")
	}
	return conditions
}

// overdueTask tells of a task t whether it is overdue. The route marks its own tasks; nobody comes for those of people's own.
func (w *where) overdueTask(now time.Time) string {
	return "(t.overdue or t.kind in ('personal', 'assignment') and t.status = 'open' and t.due_at < " + w.arg(now) + ")"
}

// performerConditions are the ways a task can be a user's; everybody's tasks have one without conditions. No task is a
// user's in two ways.
func performerConditions(w *where, u *crm.User) [][]string {
	if u == nil {
		return [][]string{nil}
	}
	ways := deskConditions(w.arg(u.ID))
	for _, absent := range u.StandsInFor {
		for _, way := range deskConditions(w.arg(absent)) {
			ways = append(ways, append(way, "t.kind <> 'personal'"))
		}
	}
	for _, role := range u.Roles {
		ways = append(ways, []string{"t.role = " + w.arg(role), "t.taken_by is null"})
	}
	if u.DepartmentID != uuid.Nil {
		ways = append(ways, []string{"t.department_id = " + w.arg(u.DepartmentID), "t.taken_by is null"})
	}
	return ways
}

// deskConditions are the ways a task can lie on a user's desk.
func deskConditions(user string) [][]string {
	return [][]string{{"t.user_id = " + user, "t.taken_by is null"}, {"t.taken_by = " + user}}
}

// afterTask are the parts that follow the cursor: what is due later, then what has no deadline. Two parts instead of an
// "or" let each begin in its index where the page begins.
func afterTask(w *where, after *crm.Cursor) [][]string {
	switch {
	case after == nil:
		return [][]string{nil}
	case after.At == nil:
		return [][]string{{"t.due_at is null", "t.id > " + w.arg(after.ID)}}
	}
	return [][]string{{"(t.due_at, t.id) > (" + w.arg(*after.At) + ", " + w.arg(after.ID) + ")"}, {"t.due_at is null"}}
}

// CaseWithTasks reads a case and the tasks that its transition seq opened, closed ones too, so that a repeated request
// shows the same ones; seq 0: all open ones. It takes one round trip.
func (db *DB) CaseWithTasks(ctx context.Context, id uuid.UUID, seq int) (*crm.Case, []crm.TaskItem, error) {
	batch := &pgx.Batch{}
	batch.Queue("select "+caseColumns+" from cases c where c.id = $1", id)
	batch.Queue("select "+taskItemColumns+taskItemFrom+` where t.case_id = $1 and case when $2 = 0 then t.status = 'open' else t.opened_seq = $2 end
		order by t.due_at, t.id`, id, seq)
	results := db.pool.SendBatch(ctx, batch)
	defer func() { _ = results.Close() }()
	c, err := scanCase(results.QueryRow())
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil, caseNotFound()
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read a case: %w", err)
	}
	tasks, err := collect(results, scanTaskItem)
	if err != nil {
		return nil, nil, fmt.Errorf("read a case's tasks: %w", err)
	}
	return c, tasks, nil
}

// TakeTask takes a task out of a pool; task_taken when another was quicker, task_completed or
// task_withdrawn when it is not open.
func (db *DB) TakeTask(ctx context.Context, id uuid.UUID, by *crm.User) (*crm.TaskItem, error) {
	return db.changeTask(ctx, id, by, "task_taken", func(t *crm.TaskItem) (assignment, error) {
		switch {
		case t.TakenBy == by.ID || t.UserID == by.ID:
			return assignment{}, errUnchanged
		case t.UserID != uuid.Nil, t.Role != "" && !by.Has(t.Role) && !by.Leads(),
			t.DepartmentID != uuid.Nil && t.DepartmentID != by.DepartmentID && !by.Leads():
			return assignment{}, crm.Errorf(crm.KindForbidden, "not_your_task", "the task is addressed to somebody else")
		case t.TakenBy != uuid.Nil:
			return assignment{}, crm.Errorf(crm.KindConflict, "task_taken", "the task was taken by somebody else").With("by", t.TakenBy.String())
		}
		return assignment{takenBy: by.ID, userID: t.UserID, role: t.Role, department: t.DepartmentID}, nil
	})
}

// ReleaseTask gives a task back to its pool; not_your_task when somebody else took it (those who lead may release for others), task_not_taken when nobody did.
func (db *DB) ReleaseTask(ctx context.Context, id uuid.UUID, by *crm.User) (*crm.TaskItem, error) {
	return db.changeTask(ctx, id, by, "task_released", func(t *crm.TaskItem) (assignment, error) {
		switch {
		case t.TakenBy != uuid.Nil && t.TakenBy != by.ID && !by.Leads() && !slices.Contains(by.StandsInFor, t.TakenBy):
			return assignment{}, crm.Errorf(crm.KindForbidden, "not_your_task", "somebody else has taken the task")
		case t.TakenBy == uuid.Nil && !liesWith(t, by) && !by.Leads():
			return assignment{}, crm.Errorf(crm.KindForbidden, "not_your_task", "the task is addressed to somebody else")
		case t.TakenBy == uuid.Nil:
			return assignment{}, crm.Errorf(crm.KindConflict, "task_not_taken", "nobody has taken the task")
		}
		return assignment{userID: t.UserID, role: t.Role, department: t.DepartmentID}, nil
	})
}

// DelegateTask addresses a task to another user; user_not_active or user_reads_only when he cannot work.
func (db *DB) DelegateTask(ctx context.Context, id, to uuid.UUID, by *crm.User) (*crm.TaskItem, error) {
	user, err := db.User(ctx, to)
	if e, ok := crm.AsError(err); ok && e.Kind == crm.KindNotFound {
		return nil, invalidField("/user_id", "not_found")
	}
	if err != nil {
		return nil, err
	}
	if code := user.WhyNotWork(); code != "" {
		return nil, invalidField("/user_id", code)
	}
	directory, err := db.directory(ctx, db.pool)
	if err != nil {
		return nil, err
	}
	return db.changeTask(ctx, id, by, "task_delegated", func(t *crm.TaskItem) (assignment, error) {
		if !liesWith(t, by) && !engine.MayDirect(directory, &crm.Case{ResponsibleID: t.Case.ResponsibleID}, by.ID) {
			return assignment{}, crm.Errorf(crm.KindForbidden, "not_your_task", "the task is addressed to somebody else")
		}
		if t.UserID == to || t.TakenBy == to {
			return assignment{}, errUnchanged
		}
		if t.Role != "" || t.DepartmentID != uuid.Nil {
			// As if he had taken it: he may give it back to the pool it came from.
			return assignment{takenBy: to, role: t.Role, department: t.DepartmentID}, nil
		}
		return assignment{userID: to}, nil
	})
}

// liesWith tells whether the task lies on the user's desk, or untaken in a pool of his.
func liesWith(t *crm.TaskItem, by *crm.User) bool {
	switch {
	case t.UserID == by.ID, t.TakenBy == by.ID, standsIn(t, by) != uuid.Nil:
		return true
	case t.TakenBy != uuid.Nil:
		return false
	}
	return t.Role != "" && by.Has(t.Role) || t.DepartmentID != uuid.Nil && t.DepartmentID == by.DepartmentID
}

// standsIn is in whose place the user has the task on his desk; zero: in nobody's.
func standsIn(t *crm.TaskItem, by *crm.User) uuid.UUID {
	for _, absent := range []uuid.UUID{t.TakenBy, t.UserID} {
		if absent != uuid.Nil && slices.Contains(by.StandsInFor, absent) {
			return absent
		}
	}
	return uuid.Nil
}

// assignment is on whose desk a task lies.
type assignment struct {
	userID, takenBy, department uuid.UUID
	role                        string
}

// errUnchanged says that a task is already as asked.
var errUnchanged = errors.New("the task is so already")

// changeTask moves an open task to another desk, under the case's lock like every change of tasks, and tells the feed.
func (db *DB) changeTask(ctx context.Context, id uuid.UUID, by *crm.User, kind string, decide func(*crm.TaskItem) (assignment, error)) (*crm.TaskItem, error) {
	var changed *crm.TaskItem
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		found, err := readTask(ctx, tx, id)
		if err != nil {
			return err
		}
		if found.Own() {
			return crm.Errorf(crm.KindConflict, "own_task", "a personal task or an assignment is in no pool")
		}
		c, err := lockCase(ctx, tx, found.CaseID)
		if err != nil {
			return err
		}
		// Only now is it sure to be what it is.
		if changed, err = readTask(ctx, tx, id); err != nil {
			return err
		}
		to, err := decide(changed)
		if refusal, ok := crm.AsError(err); ok && refusal.Kind == crm.KindForbidden {
			return err // whose it is comes before how it stands
		}
		if err := db.stillOpen(ctx, tx, c, &changed.Task); err != nil {
			return err
		}
		if errors.Is(err, errUnchanged) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := db.writeAssignment(ctx, tx, changed, to, kind, by); err != nil {
			return err
		}
		changed, err = readTask(ctx, tx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return changed, nil
}

// stillOpen refuses a closed task as completing it would.
func (db *DB) stillOpen(ctx context.Context, q querier, c *crm.Case, t *crm.Task) error {
	var m *routemaps.Map
	if c.MapID != "" {
		var err error
		if m, err = db.mapVersion(ctx, q, c.MapID, c.MapVersion); err != nil {
			return err
		}
	}
	if refusal := engine.StillOpen(m, t); refusal != nil {
		return refusal
	}
	return nil
}

func (db *DB) writeAssignment(ctx context.Context, tx pgx.Tx, t *crm.TaskItem, to assignment, kind string, by *crm.User) error {
	now := db.now()
	batch := &pgx.Batch{}
	batch.Queue(`update tasks set user_id = $2, taken_by = $3, role = nullif($4, ''), department_id = $5, as_responsible = false, in_place_of = null,
		version = version + 1 where id = $1`,
		t.ID, nullID(to.userID), nullID(to.takenBy), to.role, nullID(to.department))
	batch.Queue("update cases set last_activity_at = $2 where id = $1", t.CaseID, now)
	data := map[string]any{"task_id": t.ID, "path": t.Path, "visit": t.Visit}
	if kind == "task_delegated" {
		data["to"] = to.userID
		if to.takenBy != uuid.Nil {
			data["to"] = to.takenBy
		}
	}
	if absent := standsIn(t, by); absent != uuid.Nil {
		data["in_place_of"] = absent
	}
	if err := queueFeed(batch, []crm.FeedEntry{{CaseID: t.CaseID, At: now, Kind: kind, ActorID: by.ID, Data: data}}, 0); err != nil {
		return err
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("move a task to another desk: %w", err)
	}
	return nil
}
