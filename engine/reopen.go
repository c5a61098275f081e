package engine

import (
	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/routemaps"
)

// MayReopen tells whether the user may open a closed case again (R60): the head of its responsible's department may, and those
// who lead; its responsible himself may not.
func MayReopen(directory *Directory, c *crm.Case, by uuid.UUID) bool {
	user, ok := directory.Users[by]
	if !ok || !user.Active {
		return false
	}
	return user.Leads() || directory.Heads(by, c.ResponsibleID)
}

// mayReopen refuses an open case, and a reopening without a reason.
func (d *decision) mayReopen() *crm.Error {
	switch {
	case !d.snapshot.Case.Status.Closed():
		return crm.Errorf(crm.KindConflict, routemaps.RefusedNotClosed, "the case is open")
	case crm.Blank(d.in.Command.Payload.Reason):
		return fieldRequired("/reason")
	}
	return nil
}

// reopen is R60. What was said about the end of a sale is forgotten, as it has not ended; the results of a claim's review stay
// (R36), and so does the client with whomever the end has given it to (R18).
func (d *decision) reopen() (routemaps.Event, *crm.Error) {
	if refusal := d.mayReopen(); refusal != nil {
		return routemaps.Event{}, refusal
	}
	d.forgetTheEnd()
	payload := d.in.Command.Payload
	d.feed("reopened", map[string]any{"reason": payload.Reason})
	d.takeOver()
	return routemaps.Event{Kind: routemaps.OnReopen, At: d.in.At, Stage: payload.Stage}, nil
}

func (d *decision) reopenStageless() *crm.Error {
	if refusal := d.mayReopen(); refusal != nil {
		return refusal
	}
	if d.in.Command.Payload.Stage != "" {
		return crm.Errorf(crm.KindConflict, "no_route", "a deal without stages has no route")
	}
	d.forgetTheEnd()
	d.change.Activity = true
	d.change.Event = routemaps.Event{Kind: routemaps.OnReopen, At: d.in.At}
	d.change.State.Status, d.change.State.Outcome = crm.StatusOpen, ""
	d.feed("reopened", map[string]any{"reason": d.in.Command.Payload.Reason})
	d.takeOver()
	return nil
}

// takeOver makes whoever opens the case again its responsible where the one it had has left: what is open lies with somebody who
// works here (R61).
func (d *decision) takeOver() {
	c := *d.snapshot.Case
	if c.ResponsibleID == uuid.Nil || d.works(c.ResponsibleID) {
		return
	}
	by := d.in.Command.UserID
	d.feed("changed", map[string]any{"changes": map[string]any{"responsible": map[string]any{"from": c.ResponsibleID, "to": by}}})
	c.ResponsibleID, d.change.Responsible = by, by
	snapshot := *d.snapshot
	snapshot.Case, d.snapshot = &c, &snapshot
}

func (d *decision) forgetTheEnd() {
	if d.snapshot.Case.Kind == crm.Claim {
		return
	}
	_, closing := kindFields(d.snapshot.Case.Kind)
	for i := range closing {
		delete(d.change.Fields, closing[i].ID)
	}
}

// setDue moves a deadline by hand (R65), with a reason: a task's, or the case's own. Who directs the case may.
func (d *decision) setDue() (routemaps.Event, *crm.Error) {
	payload := d.in.Command.Payload
	event := routemaps.Event{Kind: routemaps.OnSetDue, At: d.in.At, Due: payload.DueAt}
	if crm.Blank(payload.Reason) {
		return event, fieldRequired("/reason")
	}
	if payload.TaskID == uuid.Nil {
		if refusal := freshVersion(payload.Version, d.snapshot.Case.Version); refusal != nil {
			return event, refusal
		}
		d.feed("due_moved", map[string]any{"from": d.snapshot.Case.DueAt, "to": payload.DueAt, "reason": payload.Reason})
		return event, nil
	}
	task, refusal := d.findTask(payload.TaskID)
	if refusal != nil {
		return event, refusal
	}
	if refusal := freshVersion(payload.Version, task.Version); refusal != nil {
		return event, refusal
	}
	event.Path, event.Visit = task.Path, task.Visit
	d.feedDue(task)
	return event, nil
}

func (d *decision) feedDue(task *crm.Task) {
	payload := d.in.Command.Payload
	data := map[string]any{
		"task_id": task.ID, "path": task.Path, "visit": task.Visit, "from": task.DueAt, "to": payload.DueAt, "reason": payload.Reason,
	}
	if task.Name != nil {
		data["name"] = task.Name
	}
	d.feed("due_moved", data)
}

// freshVersion refuses a change of what is not any more as its maker saw it.
func freshVersion(seen, is int) *crm.Error {
	if seen == is {
		return nil
	}
	return crm.Errorf(crm.KindStale, "stale", "it was changed by somebody else")
}

// plainDue is the task of a set_due command when it is not a stage's: the route knows nothing of it.
func (d *decision) plainDue() (*crm.Task, bool) {
	if d.in.Command == nil || d.in.Command.Kind != crm.CommandSetDue {
		return nil, false
	}
	for i := range d.snapshot.Tasks {
		if task := &d.snapshot.Tasks[i]; task.ID == d.in.Command.Payload.TaskID {
			return task, task.Kind != TaskOfStage && !task.Own()
		}
	}
	return nil, false
}

func (d *decision) setPlainDue(task *crm.Task) *crm.Error {
	payload := d.in.Command.Payload
	if crm.Blank(payload.Reason) {
		return fieldRequired("/reason")
	}
	if _, refusal := d.findTask(task.ID); refusal != nil {
		return refusal
	}
	if refusal := freshVersion(payload.Version, task.Version); refusal != nil {
		return refusal
	}
	if payload.DueAt != nil && !payload.DueAt.After(d.in.At) {
		refusal := crm.Errorf(crm.KindUnprocessed, routemaps.RefusedDuePast, "a deadline can be moved only to a later time than now")
		refusal.Fields = []crm.FieldError{{Pointer: "/due_at", Code: routemaps.RefusedDuePast}}
		return refusal
	}
	d.change.Activity = true
	d.change.Event = routemaps.Event{Kind: routemaps.OnSetDue, At: d.in.At, Path: task.Path, Visit: task.Visit, Due: payload.DueAt}
	d.change.MoveDue = append(d.change.MoveDue, TaskDue{ID: task.ID, Due: payload.DueAt})
	d.feedDue(task)
	return nil
}
