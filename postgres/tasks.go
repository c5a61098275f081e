package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
	"marshrut/routemaps"
)

// taskCaseColumns are what a task's reader needs of its case, after taskColumns.
const taskCaseColumns = `c.kind, c.number, c.topic, c.client_id, coalesce(k.name, ''), c.responsible_id, c.map_id, c.map_version, c.fields`

const taskCaseJoin = ` join cases c on c.id = t.case_id left join clients k on k.id = c.client_id`

func scanTaskItem(row pgx.CollectableRow) (crm.TaskItem, error) {
	var t crm.TaskItem
	targets := append(taskTargets(&t.Task), &t.Case.Kind, &t.Case.Number, &t.Case.Topic, (*zeronull.UUID)(&t.Case.ClientID),
		&t.Case.ClientName, (*zeronull.UUID)(&t.Case.ResponsibleID), (*zeronull.Text)(&t.Case.MapID), (*zeroInt)(&t.Case.MapVersion), &t.Case.Fields)
	err := row.Scan(targets...)
	return t, err
}

func taskNotFound() *crm.Error { return crm.Errorf(crm.KindNotFound, "task_not_found", "no such task") }

// Task reads a task with what its reader needs of the case; crm.KindNotFound when there is none.
func (db *DB) Task(ctx context.Context, id uuid.UUID) (*crm.TaskItem, error) {
	return readTask(ctx, db.pool, id)
}

func readTask(ctx context.Context, q querier, id uuid.UUID) (*crm.TaskItem, error) {
	rows, err := q.Query(ctx, "select "+taskColumns+", "+taskCaseColumns+" from tasks t"+taskCaseJoin+" where t.id = $1", id)
	if err != nil {
		return nil, fmt.Errorf("read a task: %w", err)
	}
	task, err := pgx.CollectExactlyOneRow(rows, scanTaskItem)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, taskNotFound()
	}
	if err != nil {
		return nil, fmt.Errorf("read a task: %w", err)
	}
	return &task, nil
}

// ListTasks lists tasks, due first, those without a deadline last. A user's list is put together from the heads of what is
// addressed to him, what he took, and each of his pools: every part comes sorted from an index of its own, so that the
// first page costs the same among a thousand open tasks and a million.
func (db *DB) ListTasks(ctx context.Context, f crm.TaskFilter) (crm.Page[crm.TaskItem], error) {
	w := &where{}
	limit := w.arg(f.Limit + 1)
	common := db.taskConditions(w, &f)
	var parts []string
	for _, source := range taskSources(w, f.Performer) {
		for _, after := range afterTask(w, f.After) {
			conditions := strings.Join(append(append([]string{}, common...), nonEmpty(source, after)...), " and ")
			if conditions != "" {
				conditions = " where " + conditions
			}
			parts = append(parts, "(select "+taskColumns+" from tasks t"+conditions+" order by t.due_at, t.id limit "+limit+")")
		}
	}
	sql := "select " + taskColumns + ", " + taskCaseColumns + " from (" + strings.Join(parts, " union all ") + ") t" + taskCaseJoin +
		" order by t.due_at, t.id limit " + limit
	rows, err := db.pool.Query(ctx, sql, w.args...)
	if err != nil {
		return crm.Page[crm.TaskItem]{}, fmt.Errorf("list tasks: %w", err)
	}
	items, err := pgx.CollectRows(rows, scanTaskItem)
	if err != nil {
		return crm.Page[crm.TaskItem]{}, fmt.Errorf("list tasks: %w", err)
	}
	return cut(items, f.Limit, func(t *crm.TaskItem) crm.Cursor { return crm.Cursor{At: t.DueAt, ID: t.ID} }), nil
}

func (db *DB) taskConditions(w *where, f *crm.TaskFilter) []string {
	var conditions []string
	if f.Status == crm.TaskOpen {
		conditions = append(conditions, "t.status = 'open'") // a constant, so that the planner sees the partial indexes fit
	} else if f.Status != "" {
		conditions = append(conditions, "t.status = "+w.arg(f.Status))
	}
	if f.CaseID != uuid.Nil {
		conditions = append(conditions, "t.case_id = "+w.arg(f.CaseID))
	}
	if f.Overdue {
		conditions = append(conditions, "(t.overdue or t.status = 'open' and t.due_at < "+w.arg(db.now())+")")
	}
	return conditions
}

// taskSources are the conditions of the parts that make up a user's list; no task is in two of them.
func taskSources(w *where, u *crm.User) []string {
	if u == nil {
		return []string{""}
	}
	me := w.arg(u.ID)
	sources := []string{"t.user_id = " + me, "t.taken_by = " + me + " and t.user_id is distinct from " + me}
	for _, role := range u.Roles {
		sources = append(sources, "t.role = "+w.arg(role)+" and t.taken_by is null")
	}
	if u.DepartmentID != uuid.Nil {
		sources = append(sources, "t.department_id = "+w.arg(u.DepartmentID)+" and t.taken_by is null")
	}
	return sources
}

// afterTask are the conditions of the parts that follow a cursor: those due later, and those without a deadline. Two parts
// instead of an "or" let each begin in its index where the page begins.
func afterTask(w *where, after *crm.Cursor) []string {
	switch {
	case after == nil:
		return []string{""}
	case after.At == nil:
		return []string{"t.due_at is null and t.id > " + w.arg(after.ID)}
	}
	return []string{"(t.due_at, t.id) > (" + w.arg(*after.At) + ", " + w.arg(after.ID) + ")", "t.due_at is null"}
}

func nonEmpty(texts ...string) []string {
	var kept []string
	for _, text := range texts {
		if text != "" {
			kept = append(kept, text)
		}
	}
	return kept
}

// CaseWithTasks reads a case and the tasks that its transition seq opened; seq 0: all open ones.
func (db *DB) CaseWithTasks(ctx context.Context, caseID uuid.UUID, seq int) (*crm.Case, []crm.TaskItem, error) {
	batch := &pgx.Batch{}
	batch.Queue("select "+caseColumns+" from cases c where c.id = $1", caseID)
	batch.Queue("select "+taskColumns+", "+taskCaseColumns+" from tasks t"+taskCaseJoin+`
		where t.case_id = $1 and case when $2 = 0 then t.status = 'open' else t.opened_seq = $2 end order by t.due_at, t.id`, caseID, seq)
	results := db.pool.SendBatch(ctx, batch)
	c, tasks, err := scanCaseWithTasks(results)
	if closeErr := results.Close(); err == nil && closeErr != nil {
		err = fmt.Errorf("read a case and its tasks: %w", closeErr)
	}
	return c, tasks, err
}

func scanCaseWithTasks(results pgx.BatchResults) (*crm.Case, []crm.TaskItem, error) {
	c, err := scanCase(results.QueryRow())
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil, caseNotFound()
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read a case: %w", err)
	}
	rows, err := results.Query()
	if err != nil {
		return nil, nil, fmt.Errorf("read a case's tasks: %w", err)
	}
	tasks, err := pgx.CollectRows(rows, scanTaskItem)
	if err != nil {
		return nil, nil, fmt.Errorf("read a case's tasks: %w", err)
	}
	return c, tasks, nil
}

// TakeTask takes a task out of a pool; task_taken when another was quicker. Taking it twice is taking it once.
func (db *DB) TakeTask(ctx context.Context, id uuid.UUID, by *crm.User) (*crm.TaskItem, error) {
	return db.changeTask(ctx, id, func(tx pgx.Tx, t *crm.TaskItem) (string, map[string]any, error) {
		switch {
		case t.TakenBy == by.ID:
			return "", nil, nil
		case t.TakenBy != uuid.Nil:
			return "", nil, crm.Errorf(crm.KindConflict, "task_taken", "somebody else has taken the task").With("by", t.TakenBy.String())
		case t.UserID != uuid.Nil:
			return "", nil, crm.Errorf(crm.KindConflict, "task_not_in_pool", "the task is addressed to one person")
		case !inPool(&t.Task, by) && !by.Leads():
			return "", nil, notYourTask()
		}
		t.TakenBy = by.ID
		_, err := tx.Exec(ctx, "update tasks set taken_by = $2, version = version + 1 where id = $1", id, by.ID)
		return "task_taken", nil, err
	}, by.ID)
}

// ReleaseTask gives a task back to its pool. Those who lead may do so for others.
func (db *DB) ReleaseTask(ctx context.Context, id uuid.UUID, by *crm.User) (*crm.TaskItem, error) {
	return db.changeTask(ctx, id, func(tx pgx.Tx, t *crm.TaskItem) (string, map[string]any, error) {
		switch {
		case t.TakenBy == uuid.Nil:
			return "", nil, crm.Errorf(crm.KindConflict, "task_not_taken", "nobody has taken the task")
		case t.TakenBy != by.ID && !by.Leads():
			return "", nil, notYourTask()
		}
		t.TakenBy = uuid.Nil
		_, err := tx.Exec(ctx, "update tasks set taken_by = null, version = version + 1 where id = $1", id)
		return "task_released", nil, err
	}, by.ID)
}

// DelegateTask addresses a task to another user: those it is addressed to may, and those who lead.
func (db *DB) DelegateTask(ctx context.Context, id, to uuid.UUID, by *crm.User) (*crm.TaskItem, error) {
	return db.changeTask(ctx, id, func(tx pgx.Tx, t *crm.TaskItem) (string, map[string]any, error) {
		if t.UserID != by.ID && t.TakenBy != by.ID && !by.Leads() && (t.TakenBy != uuid.Nil || !inPool(&t.Task, by)) {
			return "", nil, notYourTask()
		}
		if t.UserID == to {
			return "", nil, nil
		}
		var active bool
		err := tx.QueryRow(ctx, "select active from users where id = $1 for share", to).Scan(&active)
		if errors.Is(err, pgx.ErrNoRows) {
			return "", nil, wrongField("/user_id", "not_found", "no such user")
		}
		if err != nil {
			return "", nil, err
		}
		if !active {
			return "", nil, wrongField("/user_id", "user_not_active", "the user is not active")
		}
		t.UserID, t.Role, t.DepartmentID, t.TakenBy = to, "", uuid.Nil, uuid.Nil
		_, err = tx.Exec(ctx, "update tasks set user_id = $2, role = null, department_id = null, taken_by = null, version = version + 1 where id = $1", id, to)
		return "task_delegated", map[string]any{"to": to}, err
	}, by.ID)
}

// changeTask changes an open task under its case's lock and tells the feed. change names the feed's entry; an empty name:
// nothing was to be done.
func (db *DB) changeTask(
	ctx context.Context, id uuid.UUID, change func(tx pgx.Tx, t *crm.TaskItem) (kind string, data map[string]any, err error), by uuid.UUID,
) (*crm.TaskItem, error) {
	var changed *crm.TaskItem
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select c.id from cases c join tasks t on t.case_id = c.id where t.id = $1 for update of c", id); err != nil {
			return fmt.Errorf("lock a task's case: %w", err)
		}
		t, err := readTask(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := openTask(&t.Task); err != nil {
			return err
		}
		changed = t
		kind, data, err := change(tx, t)
		if _, refused := crm.AsError(err); refused {
			return err
		}
		if err != nil {
			return fmt.Errorf("change a task: %w", err)
		}
		if kind == "" {
			return nil
		}
		t.Version++
		return db.tellTask(ctx, tx, t, kind, data, by)
	})
	if err != nil {
		return nil, err
	}
	return changed, nil
}

func (db *DB) tellTask(ctx context.Context, tx pgx.Tx, t *crm.TaskItem, kind string, data map[string]any, by uuid.UUID) error {
	told := map[string]any{"task_id": t.ID, "stage": t.Path}
	for name, value := range data {
		told[name] = value
	}
	batch := &pgx.Batch{}
	if err := queueFeed(batch, []crm.FeedEntry{{CaseID: t.CaseID, At: db.now(), Kind: kind, ActorID: by, Data: told}}, 0); err != nil {
		return err
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("tell the feed of a task: %w", err)
	}
	return nil
}

// openTask refuses a closed task, saying who was first or why it is gone.
func openTask(t *crm.Task) error {
	switch {
	case t.Status == crm.TaskOpen:
		return nil
	case t.Status == crm.TaskCompleted:
		return crm.Errorf(crm.KindConflict, "task_completed", "the task was completed already").
			With("by", t.ClosedBy.String()).With("outcome", t.Outcome)
	case t.WithdrawnReason == routemaps.WithdrawnManual:
		return crm.Errorf(crm.KindConflict, "task_withdrawn_manual", "the task was withdrawn: the case is in manual mode")
	}
	return crm.Errorf(crm.KindConflict, "task_withdrawn", "the task was withdrawn").With("reason", t.WithdrawnReason)
}

// inPool tells whether the task lies in a pool of the user.
func inPool(t *crm.Task, u *crm.User) bool {
	return t.Role != "" && u.Has(t.Role) || t.DepartmentID != uuid.Nil && t.DepartmentID == u.DepartmentID
}

func notYourTask() *crm.Error {
	return crm.Errorf(crm.KindForbidden, "not_your_task", "the task is addressed to somebody else")
}
