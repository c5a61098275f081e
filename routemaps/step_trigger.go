package routemaps

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
		if t.pos.Performer != nil { // neither completed nor withdrawn meanwhile
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
