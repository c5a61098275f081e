package postgres

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"marshrut/crm"
)

// tasks gives every open task that is the leaver's, in whatever part, to others.
func (g *handing) tasks(ctx context.Context, tx pgx.Tx) error {
	rows, err := tx.Query(ctx, "select "+taskColumns+` from tasks t where t.id in (
			select id from tasks where user_id = $1 and status = 'open'
			union select id from tasks where taken_by = $1 and status = 'open'
			union select id from tasks where author_id = $1 and status = 'open'
			union select id from tasks where assignee_id = $1 and status = 'open')
		order by t.id for update`, g.h.FromID)
	if err != nil {
		return fmt.Errorf("lock the tasks of a handover: %w", err)
	}
	open, err := collectRows(rows, "lock the tasks of a handover", scanTask)
	if err != nil {
		return err
	}
	var routes routeTaskRows
	var own ownTaskRows
	for i := range open {
		t := &open[i]
		if t.CaseID != uuid.Nil && g.cases[t.CaseID] == nil {
			return errMoved
		}
		if !t.Own() {
			g.routeTask(t, &routes)
		} else if err := g.ownTask(t, &own); err != nil {
			return err
		}
	}
	g.queueRouteTasks(&routes)
	g.queueOwnTasks(&own)
	return nil
}

// routeTaskRows are tasks of routes, column by column.
type routeTaskRows struct {
	ids, tos      []uuid.UUID
	asResponsible []bool
}

// routeTask puts a task of a route on another desk. It stays the responsible's as such only where it goes with its case (R62).
func (g *handing) routeTask(t *crm.Task, rows *routeTaskRows) {
	to := g.give(crm.WorkTasks, t.ID, t.CaseID, t.CaseID)
	if to == uuid.Nil {
		return
	}
	c := g.cases[t.CaseID]
	rows.ids, rows.tos = append(rows.ids, t.ID), append(rows.tos, to)
	rows.asResponsible = append(rows.asResponsible, t.AsResponsible && c.to == to)
	if c.mode == crm.ModeProcess {
		g.tell[t.CaseID] = true
	}
}

func (g *handing) queueRouteTasks(rows *routeTaskRows) {
	if len(rows.ids) == 0 {
		return
	}
	g.batch.Queue(`update tasks t set user_id = case when t.user_id = $1 then x.to_id else t.user_id end,
			taken_by = case when t.taken_by = $1 then x.to_id else t.taken_by end, as_responsible = x.as_responsible, version = version + 1
		from unnest($2::uuid[], $3::uuid[], $4::boolean[]) x (id, to_id, as_responsible) where t.id = x.id`,
		g.h.FromID, rows.ids, rows.tos, rows.asResponsible)
}

// ownTaskRows are personal tasks and assignments as they are after the handover, column by column.
type ownTaskRows struct {
	ids, lines, users, authors []uuid.UUID
	assignees                  []*uuid.UUID
	data                       []map[string]any
}

// ownTask hands over a personal task, or the leaver's part in an assignment: to do it, or to look after it. One that he has
// given to himself goes as a whole.
func (g *handing) ownTask(t *crm.Task, rows *ownTaskRows) error {
	author, assignee, user := t.AuthorID, t.AssigneeID, t.UserID
	from := g.h.FromID
	hand := func(kind crm.WorkKind, part *uuid.UUID) {
		to := g.give(kind, t.ID, t.CaseID, t.CaseID)
		if to == uuid.Nil {
			return
		}
		*part = to
		if t.UserID == from {
			user = to
		}
	}
	switch {
	case t.Kind == crm.TaskPersonal:
		hand(crm.WorkPersonal, &author)
	case assignee == from:
		hand(crm.WorkAssignments, &assignee)
		if author == from {
			author = assignee
		}
	default:
		hand(crm.WorkGiven, &author)
	}
	if author == t.AuthorID && assignee == t.AssigneeID {
		return nil
	}
	line, err := newID()
	if err != nil {
		return err
	}
	rows.ids, rows.lines, rows.users = append(rows.ids, t.ID), append(rows.lines, line), append(rows.users, user)
	rows.authors, rows.assignees = append(rows.authors, author), append(rows.assignees, nullID(assignee))
	to := assignee
	if assignee == t.AssigneeID {
		to = author
	}
	rows.data = append(rows.data, map[string]any{"from": from, "to": to})
	return nil
}

// queueOwnTasks writes them with their histories. Who takes over an assignment has not accepted it yet.
func (g *handing) queueOwnTasks(rows *ownTaskRows) {
	if len(rows.ids) == 0 {
		return
	}
	g.batch.Queue(`update tasks t set user_id = x.user_id, author_id = x.author_id, assignee_id = x.assignee_id,
			phase = case when t.phase = 'accepted' and t.assignee_id <> x.assignee_id then 'new' else t.phase end, version = version + 1
		from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[]) x (id, user_id, author_id, assignee_id) where t.id = x.id`,
		rows.ids, rows.users, rows.authors, rows.assignees)
	g.batch.Queue(`insert into task_history (id, task_id, at, actor_id, action, data)
		select id, task_id, $1, $2, 'handed_over', data from unnest($3::uuid[], $4::uuid[], $5::jsonb[]) x (id, task_id, data)`,
		g.now, nullID(g.h.By), rows.lines, rows.ids, rows.data)
}
