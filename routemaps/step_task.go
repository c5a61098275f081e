package routemaps

import "marshrut/crm"

// outcome completes a task, or ends a map, by the outcome somebody chose.
func (s *step) outcome() *Refusal {
	if s.event.Path == "" {
		return s.closeByOutcome()
	}
	t := s.find(s.event.Path, s.event.Visit)
	if t == nil || t.pos.Performer == nil {
		return refuse(RefusedUnknownTask, "there is no such open task: it has been completed or withdrawn")
	}
	o, frame, ok := choosable(t, s.event.Outcome)
	if !ok {
		return refuse(RefusedUnknownOutcome, "the task has no such outcome")
	}
	if refusal := s.checkChoice(t, o); refusal != nil {
		return refusal
	}
	if frame != nil {
		s.give(o)
		s.completeTask(t, o.ID)
		s.endByOutcome(frame, o)
		return nil
	}
	w, trouble := t.wayOf(o)
	if trouble != nil {
		return refuse(RefusedUnknownStage, "%s", trouble.detail)
	}
	s.give(o)
	s.complete(t, w)
	return nil
}

// choosable finds an outcome by which a task may be completed: the stage's own, or that of a map around it, the nearest
// first. For a map's own the frame that it ends is given too.
func choosable(t *marker, id string) (o *Outcome, frame *scope, ok bool) {
	if o, ok := t.stage.Outcome(id); ok {
		return o, nil, true
	}
	for in := t.in; ; in = frame.around.in {
		frame = in.frame()
		if o, ok := frame.m.Outcome(id); ok {
			return o, frame, true
		}
		if frame.around == nil {
			return nil, nil, false
		}
	}
}

func (s *step) checkChoice(t *marker, o *Outcome) *Refusal {
	if refusal := s.checkOffered(o); refusal != nil {
		return refusal
	}
	if refusal := s.checkForm(o); refusal != nil {
		return refusal
	}
	if o.Pause == "" || !o.Cyclic(t.stage.ID) {
		return nil
	}
	return s.checkPause(o)
}

// checkPause refuses a pause without an end. The pause begins when the outcome renews its stage.
func (s *step) checkPause(o *Outcome) *Refusal {
	if s.event.Until == nil {
		item, shown := s.formItem(o, o.Pause)
		if shown && item.Required {
			return refuse(RefusedUntilMissing, "the outcome %s pauses the clock: it needs the time until when", o.ID)
		}
		return nil
	}
	until := moment(*s.event.Until)
	if !inCalendarYears(until) || !until.After(s.now) {
		return refuse(RefusedUntilPast, "the clock can be paused only until a later time")
	}
	s.pauseUntil = &until
	return nil
}

// complete completes a task by an outcome of its stage.
func (s *step) complete(t *marker, w way) {
	s.completeTask(t, w.outcomeID())
	s.take(t, w)
}

// endByOutcome ends a map by one of its own outcomes. What is open in it is withdrawn and no rules fire.
func (s *step) endByOutcome(frame *scope, o *Outcome) {
	root := frame.marker()
	s.withdraw(root, WithdrawnStage, o.ID)
	s.createCase(root, o)
	s.endMap(frame, o, root.path)
}

// trigger is an outside event (R11). Clocks that wait for it go on, then waits, then the tasks that were open when it came:
// a stage that the event itself opens does not react to it.
func (s *step) trigger() *Refusal {
	switch s.event.Trigger {
	case EventInboundEmail, EventCall, EventPayment, EventDocument, EventWebhook:
	default:
		return refuse(RefusedBadEvent, "the outside event is unknown")
	}
	before := markers(s.m, &s.state)
	for _, t := range before {
		if t.pos.Paused != nil {
			s.resume(t)
		}
	}
	s.testWaits()
	for _, t := range before {
		if t.current() && t.pos.Performer != nil {
			s.react(t)
		}
	}
	return nil
}

// react fires the first trigger of a task's stage that matches the event.
func (s *step) react(t *marker) {
	for i := range t.stage.OnEvent {
		trigger := &t.stage.OnEvent[i]
		if trigger.Event != s.event.Trigger || !s.matches(t, trigger) {
			continue
		}
		// An event is one event, however many stages it moves.
		if trigger.Outcome != "" && !s.consumed && s.available(trigger.Event) {
			s.consumed = true
			s.use(trigger.Event)
		}
		s.pull(t, trigger)
		return
	}
}

// takeEarly fires the first trigger of a stage just entered whose event came before and was not used.
func (s *step) takeEarly(t *marker) {
	for i := range t.stage.OnEvent {
		trigger := &t.stage.OnEvent[i]
		if trigger.Early && s.moves <= maxMoves && s.available(trigger.Event) && s.matches(t, trigger) {
			s.use(trigger.Event)
			s.pull(t, trigger)
			return
		}
	}
}

// matches tells whether a trigger applies: its own condition holds, and so does that of the outcome it takes.
func (s *step) matches(t *marker, trigger *Trigger) bool {
	conditions := []*Condition{trigger.When}
	if o, ok := t.stage.Outcome(trigger.Outcome); ok {
		conditions = append(conditions, o.When)
	}
	for _, c := range conditions {
		holds, err := s.holds(c, "")
		if err != nil {
			s.ruleFailed(t, trigger.ID, err.Error())
		}
		if !holds {
			return false
		}
	}
	return true
}

// pull does what a trigger is for. Its outcome is taken without the form.
func (s *step) pull(t *marker, trigger *Trigger) {
	s.fire(t, trigger.Rules, "")
	if trigger.Outcome == "" {
		return
	}
	o, ok := t.stage.Outcome(trigger.Outcome)
	trouble := &incident{code: IncidentUnknownTarget, detail: "the trigger's outcome does not exist"}
	var w way
	if ok {
		w, trouble = t.wayOf(o)
	}
	if trouble != nil {
		s.ruleFailed(t, trigger.ID, trouble.detail)
		return
	}
	s.complete(t, w)
}

// startManual puts a case on a map that people control (R31) at the stage of their choice.
func (s *step) startManual() *Refusal {
	st := &s.m.Stages[0]
	if s.event.Stage != "" {
		found, ok := s.m.Stage(s.event.Stage)
		if !ok {
			return refuse(RefusedUnknownStage, "the map has no such stage")
		}
		st = found
	}
	s.begin(crm.ModeManual)
	s.enterBare(st)
	return nil
}

// enterBare puts the case on a stage without doing what the stage is for.
func (s *step) enterBare(st *Stage) {
	s.state.Visits[st.ID]++
	s.state.At = &Position{Stage: st.ID, Visit: s.state.Visits[st.ID], Entered: s.now}
	s.emit(Effect{Kind: EffectEnterStage, Path: st.ID, Visit: s.state.At.Visit})
}

// leaveBare takes the case off the stage it stands at in manual mode.
func (s *step) leaveBare(outcome string) {
	s.emit(Effect{Kind: EffectLeaveStage, Path: s.state.At.Stage, Visit: s.state.At.Visit, Outcome: outcome})
}

// switchToManual takes the case from its map's control for good (R34): tasks and clocks end, no rules fire.
func (s *step) switchToManual() *Refusal {
	if s.m.Settings.ManualMode != Allowed {
		return refuse(RefusedManualForbidden, "the map does not allow manual mode")
	}
	t := top(s.m, &s.state).marker()
	s.withdrawOpen(t, WithdrawnManual)
	s.state.At = &Position{Stage: t.pos.Stage, Visit: t.pos.Visit, Entered: t.pos.Entered}
	s.state.Mode = crm.ModeManual
	s.state.Due, s.state.Paused, s.state.Resumed = nil, nil, nil
	s.emit(Effect{Kind: EffectManual, Path: t.path, Visit: t.pos.Visit})
	return nil
}

// move moves a case by hand, back or ahead (R31).
func (s *step) move() *Refusal {
	if s.state.Mode != crm.ModeManual {
		return refuse(RefusedNotManual, "the map controls the case: it cannot be moved by hand")
	}
	st, ok := s.m.Stage(s.event.Stage)
	switch {
	case !ok:
		return refuse(RefusedUnknownStage, "the map has no such stage")
	case st.ID == s.state.At.Stage:
		return refuse(RefusedSameStage, "the case is at that stage")
	}
	s.leaveBare("")
	s.enterBare(st)
	return nil
}

// close ends a case by hand: by an outcome of the map, or, in manual mode, just positive or negative.
func (s *step) close() *Refusal {
	result := s.event.Result
	switch {
	case s.event.Outcome != "" && result != "":
		return refuse(RefusedBadEvent, "a case is closed by an outcome or by a result, not by both")
	case s.event.Outcome != "":
		return s.closeByOutcome()
	case s.state.Mode != crm.ModeManual:
		return refuse(RefusedNotManual, "the map controls the case: it can be closed only by an outcome of the map")
	case result != crm.StatusPositive && result != crm.StatusNegative:
		return refuse(RefusedBadEvent, "a case is closed positive or negative")
	}
	s.leaveBare("")
	s.finish(result, "", s.state.At.Stage)
	return nil
}

// closeByOutcome ends the case by a map-level outcome chosen on its card rather than in a task.
func (s *step) closeByOutcome() *Refusal {
	o, ok := s.m.Outcome(s.event.Outcome)
	if !ok {
		return refuse(RefusedUnknownOutcome, "the map has no such outcome")
	}
	if refusal := s.checkOffered(o); refusal != nil {
		return refusal
	}
	if refusal := s.checkForm(o); refusal != nil {
		return refusal
	}
	s.give(o)
	s.endByOutcome(top(s.m, &s.state), o)
	return nil
}

// cancel ends a case that should not have been, in either mode.
func (s *step) cancel() {
	t := top(s.m, &s.state).marker()
	s.withdraw(t, WithdrawnCancel, "")
	s.finish(crm.StatusCancelled, "", t.path)
}
