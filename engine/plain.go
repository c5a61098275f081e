package engine

import (
	"maps"

	"marshrut/crm"
	"marshrut/routemaps"
)

// maxOutcomeKey bounds what a task that is not of the route may be completed with.
const maxOutcomeKey = 63

// plainTask is the task of a complete command when it is not of the route: made by a rule, or to plan the next step.
// Completing it moves nothing, so it may be done in a closed case too.
func (d *decision) plainTask() (*crm.Task, bool) {
	if d.in.Command == nil || d.in.Command.Kind != crm.CommandComplete {
		return nil, false
	}
	for i := range d.snapshot.Tasks {
		task := &d.snapshot.Tasks[i]
		if task.ID == d.in.Command.Payload.TaskID {
			return task, task.Kind != TaskOfStage && !task.Own()
		}
	}
	return nil, false
}

func (d *decision) completePlain(task *crm.Task) *crm.Error {
	if _, refusal := d.findTask(task.ID); refusal != nil {
		return refusal
	}
	if refusal := d.mayNot(task); refusal != nil {
		return refusal
	}
	if task.Kind == TaskOfPlan {
		if refusal := RequirePlan(d.snapshot); refusal != nil {
			return refusal
		}
	}
	outcome := d.in.Command.Payload.Outcome
	if outcome == "" {
		outcome = crm.OutcomeDone
	}
	if len(outcome) > maxOutcomeKey || len(d.in.Command.Payload.Fields) > 0 {
		return crm.Errorf(crm.KindUnprocessed, "unknown_outcome", "a task that is not of the route has no outcomes and no form: leave both out")
	}
	d.change.Activity = true
	d.change.Event = routemaps.Event{Kind: "task_done", At: d.in.At, Outcome: outcome}
	d.change.Complete = append(d.change.Complete, TaskEnd{ID: task.ID, By: d.in.Command.UserID, Outcome: outcome})
	data := map[string]any{"path": task.Path, "visit": task.Visit, "outcome": outcome, "name": task.Name}
	d.feed("task_completed", inPlace(data, d.inPlaceOf(task)))
	return nil
}

// planned completes the tasks that asked for a plan: here it is.
func (d *decision) planned() {
	for i := range d.snapshot.Tasks {
		task := &d.snapshot.Tasks[i]
		if task.Kind != TaskOfPlan || task.Status != crm.TaskOpen {
			continue
		}
		d.change.Complete = append(d.change.Complete, TaskEnd{ID: task.ID, By: d.actor(), Outcome: PlannedOutcome})
		d.feed("task_completed", map[string]any{"path": task.Path, "visit": task.Visit, "outcome": PlannedOutcome, "name": task.Name})
	}
}

// notice is the incident of a retry command when it keeps no stage from going on: there is nothing to try again.
func (d *decision) notice() (*crm.Incident, bool) {
	if d.in.Command == nil || d.in.Command.Kind != crm.CommandRetry {
		return nil, false
	}
	for i := range d.snapshot.Incidents {
		incident := &d.snapshot.Incidents[i]
		if incident.ID == d.in.Command.Payload.IncidentID {
			return incident, !incident.Blocking && incident.ResolvedAt == nil
		}
	}
	return nil, false
}

// dismiss resolves an incident that was for information only.
func (d *decision) dismiss(incident *crm.Incident) {
	d.change.Event = routemaps.Event{Kind: "incident_dismissed", At: d.in.At, Path: incident.Path, Visit: incident.Visit}
	d.change.Dismiss = append(d.change.Dismiss, incident.ID)
	d.feed("incident_dismissed", map[string]any{"path": incident.Path, "code": incident.Code})
}

// stageless decides for a deal without stages (R31): it can be closed and cancelled, and that is all.
func (d *decision) stageless() *crm.Error {
	c := d.in.Command
	switch {
	case c == nil:
		return crm.Errorf(crm.KindConflict, "no_route", "a deal without stages has no route")
	case c.Kind == crm.CommandReopen:
		return d.reopenStageless()
	case d.snapshot.Case.Status.Closed():
		return caseClosed(d.snapshot.Case)
	case c.Kind == crm.CommandEvent:
		d.change.Activity = true
		d.change.Event = routemaps.Event{Kind: routemaps.OnTrigger, At: d.in.At, Trigger: routemaps.EventName(c.Payload.Event)}
		d.feed("event", map[string]any{"event": c.Payload.Event})
		return nil
	case c.Kind != crm.CommandClose && c.Kind != crm.CommandCancel:
		return crm.Errorf(crm.KindConflict, "no_route", "a deal without stages has no route")
	}
	return d.closeStageless(c)
}

func (d *decision) closeStageless(c *crm.Command) *crm.Error {
	event := routemaps.Event{Kind: routemaps.OnClose, At: d.in.At, Result: c.Payload.Result}
	form, refusal := CheckFields(d.snapshot, c.Payload.Fields, d.in)
	if refusal != nil {
		return refusal
	}
	switch {
	case c.Kind == crm.CommandCancel:
		event.Kind, event.Result = routemaps.OnCancel, crm.StatusCancelled
		if crm.Blank(c.Payload.Reason) {
			return fieldRequired("/reason")
		}
		form["reason"] = c.Payload.Reason
	case event.Result != crm.StatusPositive && event.Result != crm.StatusNegative:
		return fieldRequired("/result")
	default:
		if refusal := d.checkResult(event.Result, form); refusal != nil {
			return refusal
		}
	}
	maps.Copy(d.change.Fields, form)
	d.change.Activity, d.change.Event, d.change.State.Status = true, event, event.Result
	d.feed("closed", map[string]any{"status": event.Result, "fields": form})
	return nil
}
