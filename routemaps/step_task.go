package routemaps

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
