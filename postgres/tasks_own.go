package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
)

// CreateTask makes a personal task or an assignment (R10) and tells the feed of its case, if it has one. A task of this id
// is given as it is.
func (db *DB) CreateTask(ctx context.Context, n crm.NewTask) (*crm.TaskItem, error) {
	id, err := idOr(n.ID)
	if err != nil {
		return nil, err
	}
	t := crm.Task{
		ID: id, CaseID: n.CaseID, Kind: n.Kind, Status: crm.TaskOpen, UserID: n.By, AuthorID: n.By, Title: n.Title,
		Description: n.Description, DueAt: n.DueAt, RemindAt: n.RemindAt, OpenedAt: db.now(),
	}
	if n.Kind == crm.TaskAssignment {
		t.UserID, t.AssigneeID, t.Phase, t.Controlled = n.AssigneeID, n.AssigneeID, crm.PhaseNew, n.Controlled
	}
	var made *crm.TaskItem
	err = db.inTx(ctx, func(tx pgx.Tx) error {
		if err := db.lockCaseOf(ctx, tx, t.CaseID, "/case_id"); err != nil {
			return err
		}
		if err := db.mayDo(ctx, tx, t.UserID); err != nil {
			return err
		}
		inserted, err := insertOwnTask(ctx, tx, &t)
		if err != nil {
			return err
		}
		if inserted {
			if err := db.tellTask(ctx, tx, &t, "created", n.By, map[string]any{"to": t.AssigneeID}); err != nil {
				return err
			}
		}
		made, err = readTask(ctx, tx, id)
		return err
	})
	return made, err
}

func insertOwnTask(ctx context.Context, tx pgx.Tx, t *crm.Task) (bool, error) {
	var controlled *bool
	if t.Kind == crm.TaskAssignment {
		controlled = &t.Controlled
	}
	tag, err := tx.Exec(ctx, `insert into tasks (id, case_id, path, visit, kind, user_id, due_at, opened_seq, opened_at, title, description,
			author_id, assignee_id, phase, controlled, remind_at)
		values ($1, $2, '', 0, $3, $4, $5, 0, $6, $7, $8, $9, $10, nullif($11, ''), $12, $13) on conflict (id) do nothing`,
		t.ID, nullID(t.CaseID), t.Kind, t.UserID, t.DueAt, t.OpenedAt, t.Title, t.Description, t.AuthorID, nullID(t.AssigneeID),
		string(t.Phase), controlled, t.RemindAt)
	if err != nil {
		return false, fmt.Errorf("make a task: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

// lockCaseOf locks the case of a task, before the task, like every change of tasks; pointer is where a request names it.
func (db *DB) lockCaseOf(ctx context.Context, tx pgx.Tx, id uuid.UUID, pointer string) error {
	if id == uuid.Nil {
		return nil
	}
	_, err := lockCase(ctx, tx, id)
	if refusal, ok := crm.AsError(err); ok && refusal.Kind == crm.KindNotFound && pointer != "" {
		return invalidField(pointer, "not_found")
	}
	return err
}

// mayDo refuses a performer who does not work here.
func (db *DB) mayDo(ctx context.Context, tx pgx.Tx, id uuid.UUID) error {
	directory, err := db.directory(ctx, tx)
	if err != nil {
		return err
	}
	return fitOwner(directory, "/assignee_id", id)
}

// ActOnTask does what one can do with a personal task or an assignment; text is a report or a reason. task_of_the_route: it
// is neither. What crm.Task.Do refuses is refused. Doing again what one has done already changes nothing.
func (db *DB) ActOnTask(ctx context.Context, id uuid.UUID, action crm.TaskAction, text string, by *crm.User) (*crm.TaskItem, error) {
	return db.changeOwnTask(ctx, id, by.ID, func(tx pgx.Tx, t *crm.Task) (string, map[string]any, error) {
		if action == crm.TaskComplete && t.Status == crm.TaskCompleted && t.ClosedBy == by.ID {
			return "", nil, errUnchanged
		}
		if refusal := t.Do(action, by, text, db.now()); refusal != nil {
			return "", nil, refusal
		}
		if t.Status == crm.TaskOpen {
			if err := db.mayDo(ctx, tx, t.UserID); err != nil {
				return "", nil, err
			}
		}
		data := map[string]any{}
		if text != "" {
			data["text"] = text
		}
		return taskEvents[action], data, nil
	})
}

// taskEvents are what the history calls an action.
var taskEvents = map[crm.TaskAction]string{
	crm.TaskAccept: "accepted", crm.TaskComplete: "done", crm.TaskApprove: "approved", crm.TaskReturn: "returned",
	crm.TaskReopen: "reopened", crm.TaskCancel: "cancelled",
}

// PatchTask changes a personal task or an assignment of this version: its author may, and those who lead.
func (db *DB) PatchTask(ctx context.Context, id uuid.UUID, version int, p crm.TaskPatch, by *crm.User) (*crm.TaskItem, error) {
	return db.changeOwnTask(ctx, id, by.ID, func(tx pgx.Tx, t *crm.Task) (string, map[string]any, error) {
		switch {
		case t.Version != version:
			return "", nil, crm.Errorf(crm.KindStale, "stale", "the task was changed by somebody else")
		case t.AuthorID != by.ID && !by.Leads():
			return "", nil, crm.Errorf(crm.KindForbidden, "not_your_task", "the task is addressed to somebody else")
		case t.Status != crm.TaskOpen:
			return "", nil, crm.Errorf(crm.KindConflict, "action_not_possible", "the task is closed: open it again first")
		case t.Kind != crm.TaskAssignment && p.AssigneeID != nil:
			return "", nil, invalidField("/assignee_id", "not_asked") // a personal task is its author's
		}
		changes := patchTask(t, p, db.now())
		if len(changes) == 0 {
			return "", nil, errUnchanged
		}
		if changes["assignee"] != nil {
			if err := db.mayDo(ctx, tx, t.AssigneeID); err != nil {
				return "", nil, err
			}
		}
		return "changed", map[string]any{"changes": changes}, nil
	})
}

// patchTask applies the patch and tells what it changed, as {field: {from, to}}.
func patchTask(t *crm.Task, p crm.TaskPatch, now time.Time) map[string]any {
	changes := map[string]any{}
	text := func(name string, to *string, at *string) {
		if to != nil && *to != *at {
			changes[name] = map[string]any{"from": *at, "to": *to}
			*at = *to
		}
	}
	text("title", p.Title, &t.Title)
	text("description", p.Description, &t.Description)
	date := func(name string, to, at *time.Time, set func(*time.Time)) {
		if to == nil || at != nil && to.Equal(*at) || at == nil && to.IsZero() {
			return
		}
		change := map[string]any{"from": at, "to": to}
		if to.IsZero() {
			to, change["to"] = nil, nil
		}
		changes[name] = change
		set(to)
	}
	date("due_at", p.DueAt, t.DueAt, func(to *time.Time) { t.MoveDue(to, now) })
	date("remind_at", p.RemindAt, t.RemindAt, t.Remind)
	if p.AssigneeID != nil && *p.AssigneeID != t.AssigneeID {
		changes["assignee"] = map[string]any{"from": t.AssigneeID, "to": *p.AssigneeID}
		t.AssigneeID, t.UserID, t.Phase = *p.AssigneeID, *p.AssigneeID, crm.PhaseNew
	}
	return changes
}

// changeOwnTask changes a task of people's own under the locks of its case and itself. change gives what its history calls
// the change, or errUnchanged.
func (db *DB) changeOwnTask(ctx context.Context, id, by uuid.UUID, change func(pgx.Tx, *crm.Task) (string, map[string]any, error)) (*crm.TaskItem, error) {
	var changed *crm.TaskItem
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		found, err := readTask(ctx, tx, id)
		if err != nil {
			return err
		}
		if !found.Own() {
			return crm.Errorf(crm.KindConflict, "task_of_the_route", "the task belongs to its case's route")
		}
		if err := db.lockCaseOf(ctx, tx, found.CaseID, ""); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "select from tasks where id = $1 for update", id); err != nil {
			return fmt.Errorf("lock a task: %w", err)
		}
		// Only now is it sure to be what it is.
		if changed, err = readTask(ctx, tx, id); err != nil {
			return err
		}
		event, data, err := change(tx, &changed.Task)
		if err == errUnchanged { //nolint:errorlint // made here, wrapped nowhere
			return nil
		}
		if err != nil {
			return err
		}
		if err := writeOwnTask(ctx, tx, &changed.Task); err != nil {
			return err
		}
		if err := db.tellTask(ctx, tx, &changed.Task, event, by, data); err != nil {
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

func writeOwnTask(ctx context.Context, tx pgx.Tx, t *crm.Task) error {
	_, err := tx.Exec(ctx, `update tasks set status = $2, user_id = $3, due_at = $4, closed_at = $5, closed_by = $6, outcome = nullif($7, ''),
			withdrawn_reason = nullif($8, ''), title = $9, description = $10, assignee_id = $11, phase = nullif($12, ''), remind_at = $13,
			report = nullif($14, ''), return_reason = nullif($15, ''), reminded_at = $16, version = version + 1
		where id = $1`,
		t.ID, t.Status, t.UserID, t.DueAt, t.ClosedAt, nullID(t.ClosedBy), t.Outcome, t.WithdrawnReason, t.Title, t.Description,
		nullID(t.AssigneeID), string(t.Phase), t.RemindAt, t.Report, t.ReturnReason, t.RemindedAt)
	if err != nil {
		return fmt.Errorf("change a task: %w", err)
	}
	return nil
}

// tellTask writes the task's history, and tells its case.
func (db *DB) tellTask(ctx context.Context, tx pgx.Tx, t *crm.Task, event string, by uuid.UUID, data map[string]any) error {
	id, err := newID()
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "insert into task_history (id, task_id, at, actor_id, action, data) values ($1, $2, $3, $4, $5, $6)",
		id, t.ID, db.now(), nullID(by), event, data); err != nil {
		return fmt.Errorf("write a task's history: %w", err)
	}
	if t.CaseID == uuid.Nil {
		return nil
	}
	told := map[string]any{"task_id": t.ID, "kind": t.Kind, "title": t.Title}
	if t.AssigneeID != uuid.Nil {
		told["to"] = t.AssigneeID
	}
	if text, ok := data["text"]; ok {
		told["text"] = text
	}
	kind := "task_own_" + event
	if t.Kind == crm.TaskAssignment && event == "created" {
		kind = "assignment_given"
	}
	return db.tellCase(ctx, tx, t.CaseID, kind, by, told)
}

// TaskHistory lists what became of a personal task or an assignment, oldest first.
func (db *DB) TaskHistory(ctx context.Context, id uuid.UUID) ([]crm.TaskEvent, error) {
	rows, err := db.pool.Query(ctx, "select at, actor_id, action, data from task_history where task_id = $1 order by at, id", id)
	if err != nil {
		return nil, fmt.Errorf("read a task's history: %w", err)
	}
	return collectRows(rows, "read a task's history", func(row pgx.Row) (*crm.TaskEvent, error) {
		var e crm.TaskEvent
		err := row.Scan(&e.At, (*zeronull.UUID)(&e.ActorID), &e.Action, &e.Data)
		return &e, err
	})
}
