package engine

import (
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/routemaps"
)

// Input is the one thing that happened; exactly one of its pointers or flags is set.
type Input struct {
	At        time.Time
	Start     *crm.NewCase
	Command   *crm.Command
	Timer     bool
	Delivered *crm.Notification // one that a stage waits for, final
	// Missing are the references of the command's form (see Form) that do not exist. Own are those of the case's own client, by a
	// card that was merged into his.
	Missing, Own map[string]bool
}

// Decide makes the change that the input means. It never fails: a "no" is Change.Refusal.
func Decide(s *Snapshot, in Input) *Change {
	if c := in.Command; c != nil && c.Scopes != nil {
		narrowed := *s
		narrowed.Directory, s = s.Directory.Narrowed(c.UserID, c.Scopes), &narrowed
	}
	d := &decision{snapshot: s, in: in, change: &Change{State: s.state(), Fields: cloneFields(s.Case.Fields)}}
	if refusal := d.decide(); refusal != nil {
		return &Change{Refusal: refusal}
	}
	if !s.Case.Status.Closed() && d.change.State.Status.Closed() {
		d.change.Register = AtEnd(s.Map)
	}
	if s.Case.Status.Closed() && d.change.State.Status == crm.StatusOpen {
		d.change.Register = RegisterBack
	}
	return d.change
}

func (d *decision) decide() *crm.Error {
	if refusal := d.mayCommand(); refusal != nil {
		return refusal
	}
	if task, ok := d.plainTask(); ok {
		return d.completePlain(task)
	}
	if task, ok := d.plainDue(); ok {
		return d.setPlainDue(task)
	}
	if incident, ok := d.notice(); ok {
		d.dismiss(incident)
		return nil
	}
	if d.snapshot.Map == nil {
		return d.stageless()
	}
	event, refusal := d.event()
	if refusal != nil {
		return refusal
	}
	return d.step(event)
}

// decision is one Decide at work.
type decision struct {
	snapshot *Snapshot
	in       Input
	change   *Change
	task     *crm.Task      // the one completed
	form     map[string]any // its values, for the feed
	owner    *routemaps.Map // whose form it is; nil: the case's map
	pause    string         // the field that says until when its outcome pauses
}

// state is the case's route as stored; postgres has already refused one that cannot be read.
func (s *Snapshot) state() routemaps.State {
	if s.Map == nil {
		return routemaps.State{Mode: crm.ModeNone, Status: s.Case.Status}
	}
	if s.Case.State == nil {
		return routemaps.State{}
	}
	state, err := routemaps.DecodeState(s.Case.State)
	if err != nil {
		// A state from the future, or a damaged one: Step refuses it as bad_state.
		return routemaps.State{Format: -1}
	}
	return state
}

func (d *decision) event() (routemaps.Event, *crm.Error) {
	switch {
	case d.in.Start != nil:
		return d.start()
	case d.in.Command != nil:
		d.change.Activity = d.in.Command.Kind != crm.CommandFactsChanged && d.in.Command.Kind != crm.CommandRecomputeDues
		return d.command()
	case d.in.Delivered != nil:
		return d.delivered(), nil
	default:
		return routemaps.Event{Kind: routemaps.OnTimer, At: d.in.At}, nil
	}
}

func (d *decision) start() (routemaps.Event, *crm.Error) {
	d.change.Activity = true
	form, refusal := d.readForm(d.snapshot.Map.Intake, d.in.Start.Fields, formKnows{
		clientField: d.in.Start.ClientID != uuid.Nil || d.in.Start.Client != nil,
		topicField:  d.in.Start.Topic != "",
		sourceField: d.in.Start.Source != "",
	})
	if refusal != nil {
		return routemaps.Event{}, refusal
	}
	d.apply(form)
	d.keepCurrency()
	d.feed("created", map[string]any{"map": d.snapshot.Map.ID, "topic": d.in.Start.Topic, "source": d.in.Start.Source})
	return routemaps.Event{Kind: routemaps.OnStart, At: d.in.At, Stage: d.in.Start.Stage}, nil
}

func (d *decision) delivered() routemaps.Event {
	n := d.in.Delivered
	event := routemaps.Event{Kind: routemaps.OnDelivered, At: d.in.At, Path: n.Path, Visit: n.Visit}
	if n.Status != crm.NotificationSent {
		event.Kind, event.Code = routemaps.OnFailed, "webhook_"+string(n.Status)
	}
	return event
}

func (d *decision) command() (routemaps.Event, *crm.Error) { //nolint:cyclop // one line for each kind of command
	if kind := d.in.Command.Kind; d.snapshot.Case.Status.Closed() && kind != crm.CommandComplete && kind != crm.CommandReopen {
		return routemaps.Event{}, caseClosed(d.snapshot.Case)
	}
	switch c := d.in.Command; c.Kind {
	case crm.CommandComplete:
		return d.complete()
	case crm.CommandSwitchToManual:
		return d.switchToManual()
	case crm.CommandMove:
		return d.move()
	case crm.CommandClose:
		return d.close()
	case crm.CommandCancel:
		return d.cancel()
	case crm.CommandRetry:
		return d.retry()
	case crm.CommandReopen:
		return d.reopen()
	case crm.CommandSetDue:
		return d.setDue()
	case crm.CommandEvent:
		d.feed("event", map[string]any{"event": c.Payload.Event})
		return routemaps.Event{Kind: routemaps.OnTrigger, At: d.in.At, Trigger: routemaps.EventName(c.Payload.Event)}, nil
	case crm.CommandFactsChanged:
		return routemaps.Event{Kind: routemaps.OnFactsChanged, At: d.in.At}, nil
	case crm.CommandRecomputeDues:
		return routemaps.Event{Kind: routemaps.OnRecomputeDues, At: d.in.At}, nil
	default:
		return routemaps.Event{}, crm.Errorf(crm.KindInvalid, "unknown_command", "no command is called %q", c.Kind)
	}
}

func (d *decision) complete() (routemaps.Event, *crm.Error) {
	command := d.in.Command
	task, refusal := d.findTask(command.Payload.TaskID)
	if refusal != nil {
		return routemaps.Event{}, refusal
	}
	if refusal := d.mayNot(task); refusal != nil {
		return routemaps.Event{}, refusal
	}
	outcome, refusal := d.findOutcome(task.Path, command.Payload.Outcome)
	if refusal != nil {
		return routemaps.Event{}, refusal
	}
	d.owner = d.snapshot.Map.OwnerAt(task.Path, outcome)
	form, refusal := d.readForm(outcome.Form, command.Payload.Fields, nil)
	if refusal != nil {
		return routemaps.Event{}, refusal
	}
	if refusal := d.requirePlanning(outcome, form); refusal != nil {
		return routemaps.Event{}, refusal
	}
	d.apply(form)
	d.task, d.form, d.pause = task, form.values, outcome.Pause
	if form.plans() {
		d.planned()
	}
	return routemaps.Event{
		Kind: routemaps.OnOutcome, At: d.in.At, Path: task.Path, Visit: task.Visit, Outcome: outcome.ID,
		Performer: form.performer(), Until: form.time(outcome.Pause),
	}, nil
}

// findTask finds the command's task while it is open. Otherwise it says who was first, or why the task is gone.
func (d *decision) findTask(id uuid.UUID) (*crm.Task, *crm.Error) {
	for i := range d.snapshot.Tasks {
		task := &d.snapshot.Tasks[i]
		if task.ID != id || task.Own() {
			continue
		}
		if refusal := StillOpen(d.snapshot.Map, task); refusal != nil {
			return nil, refusal
		}
		return task, nil
	}
	return nil, crm.Errorf(crm.KindNotFound, "task_not_found", "no such task in this case")
}

// StillOpen refuses a closed task of a case on this map: saying who was first and what came of it, or why it is gone.
func StillOpen(m *routemaps.Map, task *crm.Task) *crm.Error {
	switch {
	case task.Status == crm.TaskOpen:
		return nil
	case task.Status == crm.TaskCompleted:
		return crm.Errorf(crm.KindConflict, "task_completed", "the task was completed already").
			With("by", task.ClosedBy.String()).Naming("outcome", task.Outcome, outcomeName(m, task))
	case task.WithdrawnReason == routemaps.WithdrawnManual:
		return crm.Errorf(crm.KindConflict, "task_withdrawn_manual", "the task was withdrawn: the case is in manual mode")
	case task.WithdrawnReason == routemaps.WithdrawnClosed:
		return crm.Errorf(crm.KindConflict, "task_withdrawn_closed", "the task was withdrawn: the case was closed")
	case task.WithdrawnReason == routemaps.WithdrawnCancel:
		return crm.Errorf(crm.KindConflict, "task_withdrawn_cancelled", "the task was withdrawn: the case was cancelled")
	}
	return crm.Errorf(crm.KindConflict, "task_withdrawn", "the task was withdrawn").With("reason", task.WithdrawnReason)
}

// outcomeName is what the task was completed with, as its stage calls it; empty: it has no name.
func outcomeName(m *routemaps.Map, task *crm.Task) crm.Text {
	if task.Kind != TaskOfStage {
		return plainOutcomes[task.Outcome]
	}
	if m == nil {
		return crm.Text{}
	}
	all := m.OutcomesAt(task.Path)
	for i := range m.Outcomes {
		all = append(all, &m.Outcomes[i])
	}
	for _, outcome := range all {
		if outcome.ID == task.Outcome {
			return outcome.Name
		}
	}
	return crm.Text{}
}

// mayNot refuses who may not complete the task: somebody else has taken it, or it is not addressed to him at all.
func (d *decision) mayNot(task *crm.Task) *crm.Error {
	if d.mayComplete(task) {
		return nil
	}
	if task.TakenBy != uuid.Nil && d.inPool(task) {
		return crm.Errorf(crm.KindConflict, "task_taken", "the task was taken by somebody else").With("by", task.TakenBy.String())
	}
	return crm.Errorf(crm.KindForbidden, "not_your_task", "the task is addressed to somebody else")
}

// inPool tells whether the task was addressed to a role or a department of the user's.
func (d *decision) inPool(task *crm.Task) bool {
	user, ok := d.user()
	return ok && inPool(user, task)
}

func inPool(user *crm.User, task *crm.Task) bool {
	return task.Role != "" && user.Has(task.Role) || task.DepartmentID != uuid.Nil && user.DepartmentID == task.DepartmentID
}

// mayComplete: whom the task is addressed to, who took it, who stands in for one of them, anyone of its pool, and those who lead.
func (d *decision) mayComplete(task *crm.Task) bool {
	user, ok := d.user()
	if !ok {
		return false
	}
	switch {
	case user.Leads(), task.UserID == user.ID, task.TakenBy == user.ID, d.standsIn(task.TakenBy), d.standsIn(task.UserID) && task.TakenBy == uuid.Nil:
		return true
	}
	return task.TakenBy == uuid.Nil && d.inPool(task)
}

// mayDirect: the responsible, his head of department, and those who lead.
func (d *decision) mayDirect() bool {
	return MayDirect(d.snapshot.Directory, d.snapshot.Case, d.in.Command.UserID)
}

// mayCommand refuses who is not what the command asks for to the case, before anything is said of the case's state. Whoever completes a
// task is looked at with the task.
func (d *decision) mayCommand() *crm.Error {
	if d.in.Command == nil {
		return nil
	}
	switch d.in.Command.Kind {
	case crm.CommandSwitchToManual, crm.CommandMove, crm.CommandClose, crm.CommandCancel, crm.CommandRetry, crm.CommandSetDue:
		if !d.mayDirect() {
			return notYours()
		}
	case crm.CommandReopen:
		if !MayReopen(d.snapshot.Directory, d.snapshot.Case, d.in.Command.UserID) {
			return crm.Errorf(crm.KindForbidden, "only_a_head", "only the head of the responsible's department or a director may do this")
		}
	case crm.CommandComplete, crm.CommandEvent, crm.CommandFactsChanged, crm.CommandRecomputeDues:
	}
	return nil
}

// MayDirect tells whether the user may close, cancel, move, switch or hand over the case: its responsible may, the head of
// his department, and those who lead.
func MayDirect(directory *Directory, c *crm.Case, by uuid.UUID) bool {
	user, ok := directory.Users[by]
	if !ok || !user.Active {
		return false
	}
	if user.Leads() || user.ID == c.ResponsibleID {
		return true
	}
	return directory.Heads(by, c.ResponsibleID)
}

// MayWork tells whether the user may add to the case's course at a time: who may direct it, and whom one of its open tasks is for,
// be it in the place of somebody absent.
func MayWork(directory *Directory, c *crm.Case, open []crm.Task, by uuid.UUID, at time.Time) bool {
	if MayDirect(directory, c, by) {
		return true
	}
	user, ok := directory.Users[by]
	desks := append(directory.StandsInFor(by, at), by)
	return ok && user.Active && slices.ContainsFunc(open, func(t crm.Task) bool {
		return slices.Contains(desks, t.UserID) || slices.Contains(desks, t.TakenBy) || inPool(user, &t)
	})
}

// MayOwn tells whether the user can be responsible for cases and do tasks: he works here, and not only reads.
func MayOwn(directory *Directory, id uuid.UUID) bool { return WhyNotOwn(directory, id) == "" }

// WhyNotOwn is the code of what keeps the user from being responsible for anything: user_not_active, which nobody is either, or
// user_reads_only; empty: nothing.
func WhyNotOwn(directory *Directory, id uuid.UUID) string {
	user, ok := directory.Users[id]
	if !ok {
		return "user_not_active"
	}
	return user.WhyNotWork()
}

func (d *decision) user() (*crm.User, bool) {
	user, ok := d.snapshot.Directory.Users[d.in.Command.UserID]
	return user, ok && user.Active
}

func (d *decision) findOutcome(path, id string) (*routemaps.Outcome, *crm.Error) {
	for _, outcome := range d.snapshot.Map.OutcomesAt(path) {
		if outcome.ID == id {
			return outcome, nil
		}
	}
	return nil, &crm.Error{
		Kind: crm.KindUnprocessed, Code: "unknown_outcome", Detail: "the stage has no such outcome",
		Fields: []crm.FieldError{{Pointer: "/outcome", Code: "unknown_outcome"}},
	}
}

// requirePlanning is R2: while the map wants the next interaction planned, a user's step that does not end the case is
// refused when none is planned and the form plans none.
func (d *decision) requirePlanning(outcome *routemaps.Outcome, form *form) *crm.Error {
	if outcome.Finish != routemaps.FinishNone || form.plans() {
		return nil
	}
	return RequirePlan(d.snapshot)
}

func (d *decision) switchToManual() (routemaps.Event, *crm.Error) {
	if crm.Blank(d.in.Command.Payload.Reason) {
		return routemaps.Event{}, fieldRequired("/reason")
	}
	d.change.Manual = &crm.ManualMode{At: d.in.At, By: d.in.Command.UserID, Reason: d.in.Command.Payload.Reason}
	return routemaps.Event{Kind: routemaps.OnSwitchManual, At: d.in.At}, nil
}

func (d *decision) move() (routemaps.Event, *crm.Error) {
	if d.in.Command.Payload.Stage == "" {
		return routemaps.Event{}, fieldRequired("/stage")
	}
	if from := d.in.Command.Payload.From; from != "" && from != d.snapshot.Case.Stage {
		return routemaps.Event{}, crm.Errorf(crm.KindConflict, "moved_meanwhile", "the case is not at the stage it is to be moved from").With("stage", d.snapshot.Case.Stage)
	}
	return routemaps.Event{Kind: routemaps.OnMove, At: d.in.At, Stage: d.in.Command.Payload.Stage}, nil
}

// close ends a case by a map-level outcome (lost from any stage), or, in manual mode, as won or lost.
func (d *decision) close() (routemaps.Event, *crm.Error) {
	payload := d.in.Command.Payload
	event := routemaps.Event{Kind: routemaps.OnClose, At: d.in.At, Outcome: payload.Outcome, Result: payload.Result}
	if event.Outcome == "" {
		event.Outcome = d.outcomeFor(payload.Result)
	}
	if event.Outcome == "" {
		if event.Result != crm.StatusPositive && event.Result != crm.StatusNegative {
			return routemaps.Event{}, fieldRequired("/result")
		}
		if d.snapshot.Case.Mode != crm.ModeManual {
			return event, nil // refused by Step, whatever the form says (R32)
		}
		return event, d.closeByHand(payload)
	}
	outcome, ok := d.snapshot.Map.Outcome(event.Outcome)
	if !ok {
		return routemaps.Event{}, &crm.Error{
			Kind: crm.KindUnprocessed, Code: "unknown_outcome", Detail: "the map has no such outcome for the case as a whole",
			Fields: []crm.FieldError{{Pointer: "/outcome", Code: "unknown_outcome"}},
		}
	}
	event.Result = "" // the outcome says how it ends
	form, refusal := d.readForm(outcome.Form, payload.Fields, nil)
	if refusal != nil {
		return routemaps.Event{}, refusal
	}
	d.apply(form)
	d.form = form.values
	return event, nil
}

// outcomeFor is the map-level outcome that ends a case as asked, so that its form (the loss reason, R30) is not gone round.
func (d *decision) outcomeFor(result crm.Status) string {
	for i := range d.snapshot.Map.Outcomes {
		if string(d.snapshot.Map.Outcomes[i].Finish) == string(result) {
			return d.snapshot.Map.Outcomes[i].ID
		}
	}
	return ""
}

// closeByHand takes the values a case is closed with where no outcome of the map has a form for them.
func (d *decision) closeByHand(payload crm.CommandPayload) *crm.Error {
	known := *d.snapshot
	known.Map = withStandardFields(known.Case.Kind, known.Map)
	form, refusal := CheckFields(&known, payload.Fields, d.in)
	if refusal != nil {
		return refusal
	}
	if refusal := d.checkResult(payload.Result, form); refusal != nil {
		return refusal
	}
	d.form = form
	maps.Copy(d.change.Fields, form)
	return nil
}

// checkResult is R30 for cases that are closed without a form: a lost one has a reason, a deal is won for an amount, and nobody
// loses what was won.
func (d *decision) checkResult(result crm.Status, form map[string]any) *crm.Error {
	amount, given := form["amount"]
	if !given {
		amount = d.snapshot.Case.Fields["amount"]
	}
	switch {
	case result == crm.StatusNegative && !isFilled(form["reason"]):
		return fieldRequired("/fields/reason")
	case result == crm.StatusPositive && isFilled(form["competitor"]):
		return &crm.Error{
			Kind: crm.KindUnprocessed, Code: "validation_failed", Detail: "a deal that was won was lost to nobody",
			Fields: []crm.FieldError{{Pointer: "/fields/competitor", Code: "not_asked"}},
		}
	case result == crm.StatusPositive && d.snapshot.Case.Kind == crm.Deal && !isFilled(amount):
		return fieldRequired("/fields/amount")
	}
	return nil
}

func (d *decision) cancel() (routemaps.Event, *crm.Error) {
	if crm.Blank(d.in.Command.Payload.Reason) {
		return routemaps.Event{}, fieldRequired("/reason")
	}
	d.form = map[string]any{"reason": d.in.Command.Payload.Reason}
	return routemaps.Event{Kind: routemaps.OnCancel, At: d.in.At}, nil
}

func (d *decision) retry() (routemaps.Event, *crm.Error) {
	for i := range d.snapshot.Incidents {
		incident := &d.snapshot.Incidents[i]
		if incident.ID == d.in.Command.Payload.IncidentID && incident.ResolvedAt == nil {
			return routemaps.Event{Kind: routemaps.OnRetry, At: d.in.At, Path: incident.Path, Visit: incident.Visit}, nil
		}
	}
	return routemaps.Event{}, crm.Errorf(crm.KindConflict, "nothing_failed", "no such open incident: it may be resolved already")
}

func (d *decision) step(event routemaps.Event) *crm.Error {
	facts := d.facts()
	paused := pausedAt(d.snapshot.Map, &d.change.State)
	state, effects, err := routemaps.Step(d.snapshot.Map, d.change.State, event, facts)
	if err != nil {
		return d.refusalOf(err)
	}
	if event.Kind == routemaps.OnRetry && failsAgain(event, effects) {
		return crm.Errorf(crm.KindConflict, "still_failing", "the stage failed again for the same reason: mend what the incident names first")
	}
	d.change.State, d.change.Event, d.change.Facts, d.change.Effects = state, event, facts, effects
	d.change.Stages, d.change.Outcomes = StageMoves(d.snapshot.Map, effects), StageOutcomes(d.snapshot.Map, effects)
	if event.Kind != routemaps.OnSwitchManual {
		d.tellResumed(paused)
	}
	d.tellRecount(event)
	for i := range effects {
		d.effect(&effects[i])
	}
	d.planNextStep(event)
	return d.requireResults()
}

// tellRecount says in the feed why deadlines have moved that nobody touched.
func (d *decision) tellRecount(event routemaps.Event) {
	if event.Kind == routemaps.OnRecomputeDues && len(d.change.Effects) > 0 {
		d.feed("dues_recounted", map[string]any{})
	}
}

// failsAgain tells whether a retry came to the same incident: it is then refused, and nothing is written, so that a retry
// succeeds only when the stage has passed.
func failsAgain(event routemaps.Event, effects []routemaps.Effect) bool {
	for i := range effects {
		if e := &effects[i]; e.Kind == routemaps.EffectOpenIncident && e.Path == event.Path && e.Visit == event.Visit {
			return true
		}
	}
	return false
}

// refusalOf gives Step's "no" the kind that the API answers with, and its place in the request.
func (d *decision) refusalOf(err error) *crm.Error {
	var refusal *routemaps.Refusal
	if !errors.As(err, &refusal) {
		return crm.Errorf(crm.KindConflict, "bad_event", "the route does not accept this")
	}
	var pointer string
	switch refusal.Code {
	case "case_closed":
		return caseClosed(d.snapshot.Case)
	case "unknown_outcome":
		pointer = "/outcome"
	case "unknown_stage":
		pointer = "/stage"
	case "due_past":
		pointer = "/due_at"
	case "until_missing", "until_past":
		pointer = "/fields/" + d.pause
	case "performer_missing":
		pointer = "/fields/performer"
	default:
		return crm.Errorf(crm.KindConflict, refusal.Code, "%s", refusal.Detail)
	}
	wrong := crm.Errorf(crm.KindUnprocessed, refusal.Code, "%s", refusal.Detail)
	wrong.Fields = []crm.FieldError{{Pointer: pointer, Code: refusal.Code}}
	return wrong
}

func caseClosed(c *crm.Case) *crm.Error {
	return crm.Errorf(crm.KindConflict, "case_closed", "the case is closed").With("status", string(c.Status))
}

func notYours() *crm.Error {
	return crm.Errorf(crm.KindForbidden, "not_your_case", "only the responsible, the head of his department or a director may do this")
}

func fieldRequired(pointer string) *crm.Error {
	return &crm.Error{
		Kind: crm.KindUnprocessed, Code: "validation_failed", Detail: "a value is missing",
		Fields: []crm.FieldError{{Pointer: pointer, Code: "required"}},
	}
}

func cloneFields(fields map[string]any) map[string]any {
	clone := make(map[string]any, len(fields))
	maps.Copy(clone, fields)
	return clone
}
