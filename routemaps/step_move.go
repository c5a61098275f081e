package routemaps

import (
	"fmt"
	"slices"

	"marshrut/crm"
)

// enter moves the scope's marker to a stage and does what the stage does on entry.
func (s *step) enter(in *scope, st *Stage) {
	t := s.place(in, st)
	s.emitAt(t, Effect{Kind: EffectEnterStage, Due: copyOf(t.pos.Due)})
	s.fire(t, st.OnEntry, "")
	s.run(t)
}

// place begins a new visit of a stage, with a new clock.
func (s *step) place(in *scope, st *Stage) *marker {
	s.moves++
	path := in.prefix + st.ID
	s.state.Visits[path]++
	pos := &Position{Stage: st.ID, Visit: s.state.Visits[path], Entered: s.now}
	*in.slot = pos
	t := &marker{in: in, stage: st, pos: pos, path: path}
	if st.Kind == StageTask {
		pos.Performer = s.resolve(st.Performer)
	}
	s.startClock(t)
	return t
}

// run does what the stage is for. A task waits for its performer; everything else goes on by itself when it can.
func (s *step) run(t *marker) {
	if t.stage.Kind != StageTask && s.moves > maxMoves {
		s.fail(t, incident{code: IncidentTooManyMoves, detail: fmt.Sprintf("more than %d stages passed without a person or a timer", maxMoves)})
		return
	}
	switch t.stage.Kind {
	case StageTask:
		s.openTask(t, false)
		s.takeEarly(t)
	case StageChoice:
		s.goOn(t)
	case StageParallel:
		s.split(t)
	case StageRoute:
		s.descend(t)
	case StageAction:
		s.act(t)
	case StageWait:
		s.await(t)
	}
}

func (s *step) openTask(t *marker, cyclic bool) {
	s.emitAt(t, Effect{Kind: EffectOpenTask, Performer: copyOf(t.pos.Performer), Due: copyOf(t.pos.Due), Cyclic: cyclic})
}

func (s *step) completeTask(t *marker, outcome string) {
	t.pos.Performer = nil
	s.emitAt(t, Effect{Kind: EffectCompleteTask, Outcome: outcome})
}

// resolve is whom a task goes to: "from" becomes the user given in that outcome's form, or, while nobody was, the
// case's responsible.
func (s *step) resolve(p *Performer) *Performer {
	if p == nil {
		return &Performer{Kind: PerformResponsible}
	}
	if p.Kind != PerformFrom {
		return copyOf(p)
	}
	if user := s.state.Given[p.Key]; user != "" {
		return &Performer{Kind: PerformUserID, Key: user}
	}
	return &Performer{Kind: PerformResponsible}
}

// split enters the branches of a parallel stage. The first may end at once and win, or even end the stage.
func (s *step) split(t *marker) {
	s.pass(t)
	t.pos.Branches = make([]BranchAt, len(t.stage.Branches))
	for i := range t.stage.Branches {
		t.pos.Branches[i].ID = t.stage.Branches[i].ID
	}
	t.splitting = true
	for _, branch := range t.branches() {
		if len(branch.stages) > 0 {
			s.enter(branch, &branch.stages[0])
		}
		if t.joined || !t.current() {
			return
		}
	}
	t.splitting = false
	s.joinAll(t)
}

// endBranch is called when a branch of t has reached its end.
func (s *step) endBranch(t *marker) {
	if t.stage.Join != JoinAny {
		s.joinAll(t)
		return
	}
	t.joined = true
	for _, other := range t.branches() {
		if loser := other.marker(); loser != nil {
			s.withdraw(loser, WithdrawnBranch, "")
		}
	}
	s.goOn(t)
}

func (s *step) joinAll(t *marker) {
	running := func(b BranchAt) bool { return b.At != nil }
	if !t.splitting && !slices.ContainsFunc(t.pos.Branches, running) {
		s.goOn(t)
	}
}

// descend enters the nested map of a route stage.
func (s *step) descend(t *marker) {
	nested, ok := t.in.m.Nested(t.stage.Route)
	if !ok || len(nested.Stages) == 0 {
		s.fail(t, incident{code: IncidentUnknownTarget, detail: "the nested map " + t.stage.Route + " does not exist or has no stages"})
		return
	}
	s.pass(t)
	s.enter(t.inner()[0], &nested.Stages[0])
}

// act does an action stage's rule. A webhook holds the stage until it is delivered.
func (s *step) act(t *marker) {
	rule := t.stage.Action
	if rule == nil {
		s.goOn(t)
		return
	}
	holds, err := s.holds(rule.When, "")
	switch {
	case err == nil && !holds:
		s.goOn(t)
		return
	case err == nil:
		err = s.apply(t, rule, "")
	}
	if err != nil {
		s.fail(t, *conditionFailed(err))
		return
	}
	if rule.Kind == RuleWebhook {
		t.pos.Pending = true
		return
	}
	s.goOn(t)
}

// way is where an outcome leads. Without an outcome it is simply what comes next.
type way struct {
	outcome *Outcome
	to      *Stage // nil: the end of the branch, or, with a Finish, of the map
}

func (w way) outcomeID() string {
	if w.outcome == nil {
		return ""
	}
	return w.outcome.ID
}

// goOn leaves a stage whose own work is over, by the first of its outcomes that applies, or else to what comes next.
func (s *step) goOn(t *marker) {
	w, trouble := s.wayOn(t)
	if trouble != nil {
		t.pos.Done = true
		s.fail(t, *trouble)
		return
	}
	s.pass(t)
	s.take(t, w)
}

func (s *step) wayOn(t *marker) (way, *incident) {
	o, found, err := s.firstOutcome(t)
	switch {
	case err != nil:
		return way{}, conditionFailed(err)
	case found:
		return t.wayOf(o)
	case t.stage.Kind == StageChoice:
		return way{}, &incident{code: IncidentNoOutcome, detail: "no outcome of the choice holds"}
	}
	return t.wayNext()
}

// firstOutcome picks the outcome by which a stage goes on by itself: one for the switched value or the nested map's
// result before one without Case, in the order of the map.
func (s *step) firstOutcome(t *marker) (o *Outcome, found bool, err error) {
	if value, switched := s.caseValue(t); switched {
		o, found, err = s.firstHolding(t.stage.Outcomes, func(o *Outcome) bool { return slices.Contains(o.Case, value) })
		if found || err != nil {
			return o, found, err
		}
	}
	return s.firstHolding(t.stage.Outcomes, func(o *Outcome) bool { return len(o.Case) == 0 })
}

// caseValue is what the Case of the stage's outcomes names, if it has a meaning there.
func (s *step) caseValue(t *marker) (string, bool) {
	switch {
	case t.stage.Kind == StageRoute:
		return string(t.pos.Result), true
	case t.stage.Kind == StageChoice && t.stage.Switch != "":
		value := s.known()[t.stage.Switch]
		if value == nil {
			return "", true
		}
		return fmt.Sprint(value), true
	}
	return "", false
}

func (s *step) firstHolding(outcomes []Outcome, fits func(*Outcome) bool) (o *Outcome, found bool, err error) {
	for i := range outcomes {
		if !fits(&outcomes[i]) {
			continue
		}
		holds, err := s.holds(outcomes[i].When, "")
		if holds || err != nil {
			return &outcomes[i], holds, err
		}
	}
	return nil, false, nil
}

// wayOf is where an outcome of the stage leads.
func (t *marker) wayOf(o *Outcome) (way, *incident) {
	if o.Finish != FinishNone || o.To == ToJoin && t.in.branch {
		return way{outcome: o}, nil
	}
	st, ok := findStage(t.in.stages, o.To)
	if !ok {
		return way{}, &incident{code: IncidentUnknownTarget, detail: "the outcome " + o.ID + " leads to a stage that does not exist"}
	}
	return way{outcome: o, to: st}, nil
}

// wayNext is where a stage goes on to when no outcome says.
func (t *marker) wayNext() (way, *incident) {
	next, ok := t.next()
	if !ok && !t.in.branch {
		return way{}, &incident{code: IncidentNoOutcome, detail: "no outcome applies, and there is no next stage"}
	}
	return way{to: next}, nil
}

// take leaves the stage by a way. A cyclic one renews it instead, without its rules (R20, R39).
func (s *step) take(t *marker, w way) {
	if w.outcome != nil && w.outcome.Cyclic(t.stage.ID) {
		s.createCase(t, w.outcome)
		s.renew(t)
		return
	}
	s.fire(t, t.stage.OnCompletion, w.outcomeID())
	s.leave(t, w.outcomeID())
	s.createCase(t, w.outcome)
	switch {
	case w.to != nil:
		s.enter(t.in, w.to)
	case w.outcome != nil && w.outcome.Finish != FinishNone:
		s.endMap(t.in.frame(), w.outcome, t.path)
	default:
		s.endBranch(t.in.around)
	}
}

// renew begins the stage anew with the next visit: a new deadline, no rules. A pause asked for by the event begins with it.
func (s *step) renew(t *marker) {
	again := s.place(t.in, t.stage)
	if t.stage.Kind != StageTask {
		s.emitAt(again, Effect{Kind: EffectEnterStage, Due: copyOf(again.pos.Due), Cyclic: true})
		s.run(again)
		return
	}
	if s.pauseUntil != nil {
		s.pause(again, *s.pauseUntil)
	}
	s.openTask(again, true)
}

func (s *step) leave(t *marker, outcome string) {
	*t.in.slot = nil
	s.emitAt(t, Effect{Kind: EffectLeaveStage, Outcome: outcome})
}

// withdraw leaves a stage that has not been completed, with all that is open in it, and fires no rules.
func (s *step) withdraw(t *marker, reason, outcome string) {
	s.withdrawOpen(t, reason)
	s.leave(t, outcome)
}

// withdrawOpen withdraws what is open in a stage, the stage itself staying.
func (s *step) withdrawOpen(t *marker, reason string) {
	for _, in := range t.inner() {
		if inner := in.marker(); inner != nil {
			s.withdraw(inner, reason, "")
		}
	}
	if t.pos.Performer != nil {
		t.pos.Performer = nil
		s.emitAt(t, Effect{Kind: EffectWithdrawTask, Reason: reason})
	}
	s.pass(t)
}

// createCase makes the other case that an outcome asks for.
func (s *step) createCase(t *marker, o *Outcome) {
	if o != nil && o.Create != nil {
		s.emitAt(t, Effect{Kind: EffectCreateCase, Outcome: o.ID, Create: copyOf(o.Create)})
	}
}

// endMap ends the map of a frame by an outcome chosen at path: the case's own map ends the case, a nested one lets its
// route stage go on.
func (s *step) endMap(frame *scope, o *Outcome, path string) {
	if rest := frame.marker(); rest != nil {
		s.withdraw(rest, WithdrawnStage, "")
	}
	if frame.around == nil {
		s.finish(statusOf(o.Finish), o.ID, outermost(path))
		return
	}
	frame.around.pos.Result = o.Finish
	s.goOn(frame.around)
}

func statusOf(f Finish) crm.Status {
	if f == FinishPositive {
		return crm.StatusPositive
	}
	return crm.StatusNegative
}

// finish closes the case. Its marker has been withdrawn.
func (s *step) finish(status crm.Status, outcome, stage string) {
	s.state.At = nil
	s.state.Status, s.state.Outcome, s.state.Ended = status, outcome, stage
	s.state.Due, s.state.Paused, s.state.IdleAt = nil, nil, nil
	s.emit(Effect{Kind: EffectFinish, Status: status, Outcome: outcome, Path: stage})
}

// incident is something that keeps a stage from going on.
type incident struct{ code, detail string }

func conditionFailed(err error) *incident {
	return &incident{code: IncidentConditionFailed, detail: err.Error()}
}

// fail holds the stage with an incident. One that is known already is told again only when a person tried again.
func (s *step) fail(t *marker, i incident) {
	if t.pos.Failed == i.code && !s.retrying {
		return
	}
	if t.pos.Failed != i.code {
		s.closeIncident(t)
	}
	t.pos.Failed = i.code
	s.emitAt(t, Effect{Kind: EffectOpenIncident, Code: i.code, Detail: i.detail})
}

// pass closes the incident of a stage that could go on, or is withdrawn.
func (s *step) pass(t *marker) {
	s.closeIncident(t)
	t.pos.Failed = ""
}

func (s *step) closeIncident(t *marker) {
	if t.pos.Failed != "" {
		s.emitAt(t, Effect{Kind: EffectCloseIncident, Code: t.pos.Failed})
	}
}

func copyOf[T any](p *T) *T {
	if p == nil {
		return nil
	}
	c := *p
	return &c
}
