package engine

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/routemaps"
)

// The kinds of task besides a stage's.
const (
	TaskOfStage = "stage"
	TaskOfRule  = "rule"
	TaskOfPlan  = "plan" // R2: "plan the next step", opened when the route moved by itself
)

// effect turns one effect of the step into rows.
func (d *decision) effect(e *routemaps.Effect) {
	ref := TaskRef{Path: e.Path, Visit: e.Visit}
	switch e.Kind {
	case routemaps.EffectEnterStage:
		d.feed("stage_entered", map[string]any{"path": e.Path, "visit": e.Visit})
	case routemaps.EffectLeaveStage:
		// Entering the next one, or the end, tells it.
	case routemaps.EffectOpenTask:
		d.openTask(e)
	case routemaps.EffectCompleteTask:
		d.completeTask(e)
	case routemaps.EffectWithdrawTask:
		d.withdrawTask(e)
	case routemaps.EffectMoveDue:
		d.change.MoveDue = append(d.change.MoveDue, TaskDue{TaskRef: ref, Due: e.Due})
	case routemaps.EffectOverdue:
		d.overdue(e)
	case routemaps.EffectNotify, routemaps.EffectWebhook, routemaps.EffectSetField, routemaps.EffectCreateTask, routemaps.EffectCreateCase:
		d.doing(e)
	case routemaps.EffectOpenIncident:
		d.openIncident(e)
	case routemaps.EffectCloseIncident:
		d.change.EndIncident = append(d.change.EndIncident, ref)
		d.feed("incident_resolved", map[string]any{"path": e.Path})
	case routemaps.EffectManual:
		d.withdrawPlain(routemaps.WithdrawnManual)
		d.feed("manual_mode", map[string]any{"reason": d.change.Manual.Reason})
	case routemaps.EffectFinish:
		d.withdrawPlain(d.withdrawnFor(routemaps.WithdrawnStage))
		d.feed("closed", map[string]any{"status": e.Status, "outcome": e.Outcome, "fields": d.formUnlessTask()})
	}
}

func (d *decision) withdrawTask(e *routemaps.Effect) {
	ref, reason := TaskRef{Path: e.Path, Visit: e.Visit}, d.withdrawnFor(e.Reason)
	d.change.Withdraw = append(d.change.Withdraw, TaskEnd{TaskRef: ref, Reason: reason})
	d.feed("task_withdrawn", map[string]any{"path": e.Path, "visit": e.Visit, "reason": reason})
	if e.Reason == routemaps.WithdrawnManual {
		d.tellWithdrawn(ref)
	}
}

func (d *decision) overdue(e *routemaps.Effect) {
	d.change.Overdue = append(d.change.Overdue, TaskRef{Path: e.Path, Visit: e.Visit})
	d.feed("overdue", map[string]any{"path": e.Path, "visit": e.Visit})
	for i := range d.snapshot.Tasks {
		if t := &d.snapshot.Tasks[i]; t.Status == crm.TaskOpen && t.Kind == TaskOfStage && t.Path == e.Path && t.Visit == e.Visit {
			d.namePerformer("overdue", t)
		}
	}
}

// withdrawnFor tells tasks that were left with their stage from those that went with the case.
func (d *decision) withdrawnFor(reason string) string {
	if reason == routemaps.WithdrawnStage && d.change.State.Status.Closed() {
		return routemaps.WithdrawnClosed
	}
	return reason
}

// namePerformer adds to the stage's line of this step, if there is one, who had its task then: history does not change when
// the task is handed on.
func (d *decision) namePerformer(kind string, t *crm.Task) {
	for i := range d.change.Feed {
		line := &d.change.Feed[i]
		if line.Kind == kind && line.Data["path"] == t.Path && line.Data["visit"] == t.Visit {
			line.Performer = &crm.FeedPerformer{UserID: cmp.Or(t.TakenBy, t.UserID), Role: t.Role, DepartmentID: t.DepartmentID}
			line.Data = inPlace(line.Data, t.InPlaceOf)
		}
	}
}

// doing turns what a rule or an outcome does besides moving the case into rows.
func (d *decision) doing(e *routemaps.Effect) {
	switch e.Kind { //nolint:exhaustive // the others are effect's
	case routemaps.EffectNotify:
		d.notify(e)
	case routemaps.EffectWebhook:
		d.addNotification(e, "webhook")
	case routemaps.EffectSetField:
		d.change.Fields[e.Field] = d.storedFact(e.Field, e.Value)
	case routemaps.EffectCreateTask:
		d.ruleTask(e)
	case routemaps.EffectCreateCase:
		d.createCase(e)
	}
}

// feed adds a line of history. The clock's and the route's own doings have no actor.
func (d *decision) feed(kind string, data map[string]any) {
	d.change.Feed = append(d.change.Feed, crm.FeedEntry{CaseID: d.snapshot.Case.ID, At: d.in.At, Kind: kind, ActorID: d.actor(), Data: data})
}

func (d *decision) actor() uuid.UUID {
	switch {
	case d.in.Command != nil:
		return d.in.Command.UserID
	case d.in.Start != nil:
		return d.in.Start.By
	}
	return uuid.Nil
}

// formUnlessTask keeps a form's values out of the closing line when the task's own line has them.
func (d *decision) formUnlessTask() map[string]any {
	if d.task != nil {
		return nil
	}
	return d.form
}

func (d *decision) openTask(e *routemaps.Effect) {
	task := crm.Task{
		CaseID: d.snapshot.Case.ID, Path: e.Path, Visit: e.Visit, Kind: TaskOfStage, Status: crm.TaskOpen,
		Cyclic: e.Cyclic, DueAt: e.Due, OpenedAt: d.in.At,
	}
	d.address(&task, e.Performer)
	d.keepDesk(&task)
	d.standIn(&task)
	d.change.Open = append(d.change.Open, task)
	d.namePerformer("stage_entered", &task)
}

// keepDesk leaves a renewed task with whoever had taken it or been given it, unless the form named somebody else (R20).
func (d *decision) keepDesk(task *crm.Task) {
	if !task.Cyclic || d.task == nil || d.task.Path != task.Path || d.form["performer"] != nil {
		return
	}
	holder := d.task.TakenBy
	if holder == uuid.Nil {
		holder = d.task.UserID
	}
	if !d.works(holder) {
		return
	}
	task.UserID, task.Role, task.DepartmentID, task.TakenBy = d.task.UserID, d.task.Role, d.task.DepartmentID, d.task.TakenBy
	task.AsResponsible = d.task.AsResponsible
}

// withdrawPlain takes the tasks that rules made off the desks when their case leaves its process or ends.
func (d *decision) withdrawPlain(reason string) {
	for i := range d.snapshot.Tasks {
		task := &d.snapshot.Tasks[i]
		done := slices.ContainsFunc(d.change.Complete, func(end TaskEnd) bool { return end.ID == task.ID })
		if task.Kind == TaskOfStage || task.Status != crm.TaskOpen || done {
			continue
		}
		d.change.Withdraw = append(d.change.Withdraw, TaskEnd{ID: task.ID, Reason: reason})
		d.feed("task_withdrawn", map[string]any{"name": task.Name, "reason": reason})
	}
}

func (d *decision) ruleTask(e *routemaps.Effect) {
	task := crm.Task{
		CaseID: d.snapshot.Case.ID, Path: e.Path, Visit: e.Visit, Kind: TaskOfRule, Name: &e.Task.Name,
		Status: crm.TaskOpen, DueAt: e.Due, OpenedAt: d.in.At,
	}
	d.address(&task, e.Performer)
	d.standIn(&task)
	d.change.Open = append(d.change.Open, task)
	data := map[string]any{"name": map[string]string{"en": e.Task.Name.EN, "ru": e.Task.Name.RU}}
	d.feed("task_created", inPlace(data, task.InPlaceOf))
}

// address puts the task on somebody's desk. Whoever cannot be found (a leaver, a missing head) is replaced by the
// responsible, and he by the directors' pool: a task is never lost from sight. What lies with the responsible as such goes to
// the next one with the case (R62).
func (d *decision) address(task *crm.Task, p *routemaps.Performer) {
	if p == nil {
		p = &routemaps.Performer{Kind: routemaps.PerformResponsible}
	}
	directory := d.snapshot.Directory
	switch p.Kind {
	case routemaps.PerformRole:
		task.Role = p.Key
		return
	case routemaps.PerformDepartment:
		if department, ok := directory.Keys[p.Key]; ok {
			task.DepartmentID = department.ID
			return
		}
	case routemaps.PerformUser:
		if user, ok := directory.Logins[p.Key]; ok && user.Active {
			task.UserID = user.ID
			return
		}
	case routemaps.PerformUserID, routemaps.PerformFrom:
		if id, err := uuid.Parse(p.Key); err == nil && d.works(id) {
			task.UserID = id
			return
		}
	case routemaps.PerformHead:
		if head, ok := directory.HeadOf(d.snapshot.Case.ResponsibleID); ok {
			task.UserID = head
			return
		}
		task.Role = crm.RoleDirector
		return
	case routemaps.PerformResponsible:
	}
	task.AsResponsible = true
	if d.works(d.snapshot.Case.ResponsibleID) {
		task.UserID = d.snapshot.Case.ResponsibleID
		return
	}
	task.Role = crm.RoleDirector
}

func (d *decision) works(id uuid.UUID) bool {
	user, ok := d.snapshot.Directory.Users[id]
	return ok && user.Active
}

func (d *decision) completeTask(e *routemaps.Effect) {
	end := TaskEnd{TaskRef: TaskRef{Path: e.Path, Visit: e.Visit}, By: d.actor(), Outcome: e.Outcome}
	d.change.Complete = append(d.change.Complete, end)
	data := map[string]any{"path": e.Path, "visit": e.Visit, "outcome": e.Outcome, "fields": d.form}
	if d.task != nil && d.task.Path == e.Path && d.task.Visit == e.Visit {
		data = inPlace(data, d.inPlaceOf(d.task))
	}
	d.feed("task_completed", data)
}

func (d *decision) openIncident(e *routemaps.Effect) {
	d.change.OpenIncident = append(d.change.OpenIncident, crm.Incident{
		CaseID: d.snapshot.Case.ID, Path: e.Path, Visit: e.Visit, Code: e.Code, Detail: e.Detail,
		Blocking: e.Code != routemaps.IncidentRuleFailed && e.Code != routemaps.IncidentNoDue, OpenedAt: d.in.At,
	})
	d.feed("incident", map[string]any{"path": e.Path, "code": e.Code})
}

func (d *decision) createCase(e *routemaps.Effect) {
	d.change.Create = append(d.change.Create, crm.NewCase{
		Kind: e.Create.Process, MapID: e.Create.Map, ClientID: d.snapshot.Case.ClientID,
		ResponsibleID: d.snapshot.Case.ResponsibleID, Topic: d.snapshot.Case.Topic, Source: d.snapshot.Case.Source,
		Parent: d.snapshot.Case.ID, ByRoute: true, By: d.actor(), At: d.in.At,
	})
}

// planNextStep is R2 for automatic moves: they are never refused, but leave a task to plan the next interaction. So does the
// reopening of a case: a head orders it, and somebody else has to plan.
func (d *decision) planNextStep(event routemaps.Event) {
	automatic := event.Kind == routemaps.OnTrigger || event.Kind == routemaps.OnTimer || event.Kind == routemaps.OnDelivered ||
		event.Kind == routemaps.OnReopen
	if !automatic || d.change.State.Mode != crm.ModeProcess || !d.snapshot.wantsPlan() || d.snapshot.Planned > 0 ||
		d.change.State.Status.Closed() || !d.moved() || d.hasPlanTask() {
		return
	}
	task := crm.Task{
		CaseID: d.snapshot.Case.ID, Kind: TaskOfPlan, Status: crm.TaskOpen, OpenedAt: d.in.At,
		Name: &crm.Text{EN: "Plan the next step with the client", RU: "Запланировать следующий шаг с клиентом"},
	}
	d.address(&task, nil)
	d.standIn(&task)
	d.change.Open = append(d.change.Open, task)
}

func (d *decision) moved() bool {
	for i := range d.change.Effects {
		if d.change.Effects[i].Kind == routemaps.EffectEnterStage {
			return true
		}
	}
	return false
}

func (d *decision) hasPlanTask() bool {
	for i := range d.snapshot.Tasks {
		if d.snapshot.Tasks[i].Kind == TaskOfPlan && d.snapshot.Tasks[i].Status == crm.TaskOpen {
			return true
		}
	}
	return false
}

// notify writes a ledger row for everyone the rule means; where there is nobody, one that says so (R40).
func (d *decision) notify(e *routemaps.Effect) {
	for i := range e.To {
		recipients := d.recipients(e, &e.To[i])
		if len(recipients) == 0 {
			recipients = []string{"none:" + recipientKey(&e.To[i])}
		}
		for _, recipient := range recipients {
			d.addNotification(e, recipient)
		}
	}
}

func recipientKey(r *routemaps.Recipient) string {
	if r.Key == "" {
		return string(r.Kind)
	}
	return string(r.Kind) + ":" + r.Key
}

func (d *decision) addNotification(e *routemaps.Effect, recipient string) {
	channel := string(e.Channel)
	if e.Kind == routemaps.EffectWebhook {
		channel = "webhook"
	}
	for i := range d.change.Notify {
		n := &d.change.Notify[i]
		if n.Rule == e.Rule && n.Recipient == recipient && n.Path == e.Path && n.Visit == e.Visit {
			return // one person in two roles of a rule is told once
		}
	}
	d.change.Notify = append(d.change.Notify, crm.Notification{
		CaseID: d.snapshot.Case.ID, Rule: e.Rule, Path: e.Path, Visit: e.Visit, Channel: channel, Template: e.Template,
		URL: e.URL, Recipient: recipient, Await: e.Await, Status: crm.NotificationPending, CreatedAt: d.in.At,
	})
}

func (d *decision) recipients(e *routemaps.Effect, r *routemaps.Recipient) []string {
	directory := d.snapshot.Directory
	switch r.Kind {
	case routemaps.ToClient:
		return []string{"client"}
	case routemaps.ToContacts:
		return d.contacts(e)
	case routemaps.ToPerformer:
		return userKeys(d.performersAt(e))
	case routemaps.ToResponsible:
		return userKeys(d.known(d.snapshot.Case.ResponsibleID))
	case routemaps.ToHead:
		return userKeys(d.headsAt(e))
	case routemaps.ToUser:
		if user, ok := directory.Logins[r.Key]; ok {
			return userKeys(d.known(user.ID))
		}
	case routemaps.ToRole:
		return userKeys(directory.WithRole(r.Key))
	}
	return nil
}

// contacts are those of the client; of too many the first ones, with an incident that says so.
func (d *decision) contacts(e *routemaps.Effect) []string {
	told := d.snapshot.Contacts
	if len(told) > MaxContacts {
		told = told[:MaxContacts]
		d.change.OpenIncident = append(d.change.OpenIncident, crm.Incident{
			CaseID: d.snapshot.Case.ID, Path: e.Path, Visit: e.Visit, Code: "too_many_contacts",
			Detail: fmt.Sprintf("only the first %d contacts of the client were told by %s", MaxContacts, e.Rule), OpenedAt: d.in.At,
		})
		d.feed("incident", map[string]any{"path": e.Path, "code": "too_many_contacts"})
	}
	keys := make([]string, len(told))
	for i, id := range told {
		keys[i] = "contact:" + id.String()
	}
	return keys
}

func userKeys(ids []uuid.UUID) []string {
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = "user:" + id.String()
	}
	return keys
}

func (d *decision) known(id uuid.UUID) []uuid.UUID {
	if d.works(id) {
		return []uuid.UUID{id}
	}
	return nil
}

// performersAt are the people whose desk the stage's task lies on; without a task, the responsible.
func (d *decision) performersAt(e *routemaps.Effect) []uuid.UUID {
	if task := d.taskAt(e); task != nil {
		return d.performersOf(task)
	}
	return d.known(d.snapshot.Case.ResponsibleID)
}

// taskAt is the stage's task, as it is after the step; nil: there is none.
func (d *decision) taskAt(e *routemaps.Effect) *crm.Task {
	for i := len(d.change.Open) - 1; i >= 0; i-- {
		if task := &d.change.Open[i]; task.Path == e.Path && task.Visit == e.Visit && task.Kind == TaskOfStage {
			return task
		}
	}
	return d.openTaskAt(TaskRef{Path: e.Path, Visit: e.Visit})
}

func (d *decision) openTaskAt(ref TaskRef) *crm.Task {
	for i := range d.snapshot.Tasks {
		if task := &d.snapshot.Tasks[i]; task.Kind == TaskOfStage && task.Path == ref.Path && task.Visit == ref.Visit {
			return task
		}
	}
	return nil
}

func (d *decision) performersOf(task *crm.Task) []uuid.UUID {
	return Doers(d.snapshot.Directory, task, d.in.At)
}

// headsAt is R43's escalation: the heads of those who have the task, or of the responsible, or whoever stands in for an absent head;
// without any, the directors, those who are there first.
func (d *decision) headsAt(e *routemaps.Effect) []uuid.UUID {
	directory, at := d.snapshot.Directory, d.in.At
	var people []uuid.UUID
	if task := d.taskAt(e); task != nil {
		people = addressees(directory, task, at)
	}
	var heads []uuid.UUID
	for _, id := range append(people, d.snapshot.Case.ResponsibleID) {
		if head, ok := directory.HeadOf(id); ok {
			heads = directory.present(directory.there(head, at), at)
			break
		}
	}
	directors := directory.WithRole(crm.RoleDirector)
	for _, others := range [][]uuid.UUID{directory.present(directors, at), directors} {
		if len(heads) == 0 {
			heads = others
		}
	}
	return heads
}

// tellWithdrawn tells a task's performers that the case went to manual mode and they need not do it (R34).
func (d *decision) tellWithdrawn(ref TaskRef) {
	task := d.openTaskAt(ref)
	if task == nil {
		return
	}
	e := routemaps.Effect{
		Kind: routemaps.EffectNotify, Rule: "manual-mode/" + strconv.Itoa(len(d.change.Withdraw)), Channel: routemaps.RuleEmail,
		Template: "manual-mode-withdrawn", Path: ref.Path, Visit: ref.Visit,
	}
	for _, key := range userKeys(d.performersOf(task)) {
		d.addNotification(&e, key)
	}
}

// pausedAt are the stages whose clocks stand still.
func pausedAt(m *routemaps.Map, state *routemaps.State) map[routemaps.Ref]bool {
	paused := map[routemaps.Ref]bool{}
	for _, place := range routemaps.Current(m, *state) {
		if place.Position.Paused != nil {
			paused[place.Ref] = true
		}
	}
	return paused
}

// tellResumed tells of the stages whose pause is over: the work on them, and its time limit, go on.
func (d *decision) tellResumed(before map[routemaps.Ref]bool) {
	if len(before) == 0 {
		return
	}
	for _, place := range routemaps.Current(d.snapshot.Map, d.change.State) {
		if before[place.Ref] && place.Position.Paused == nil {
			d.feed("pause_ended", map[string]any{"path": place.Path, "visit": place.Position.Visit})
		}
	}
}
