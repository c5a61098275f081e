package routemaps

import "time"

// await lets a wait stage go on if what it waits for has come, and otherwise sets its timers.
func (s *step) await(t *marker) {
	over, trouble := t.pos.Done, (*incident)(nil)
	if !over {
		over, trouble = s.waitOver(t)
	}
	switch {
	case trouble != nil:
		s.fail(t, *trouble)
	case over:
		s.goOn(t)
	default:
		s.pass(t)
	}
}

// waitOver tells whether what the stage waits for has come, and uses up the event that was waited for.
func (s *step) waitOver(t *marker) (bool, *incident) {
	w := t.stage.Wait
	if w == nil {
		return true, nil
	}
	if trouble := s.setTimeout(t); trouble != nil {
		return false, trouble
	}
	if w.For != nil || w.Until != "" {
		trouble := s.setWake(t)
		return trouble == nil && !t.pos.Wake.After(s.now), trouble
	}
	if w.Event != "" && !s.available(w.Event) {
		return false, nil
	}
	holds, err := s.holds(w.When, "")
	if err != nil {
		return false, conditionFailed(err)
	}
	if holds && w.Event != "" {
		s.use(w.Event)
	}
	return holds, nil
}

// setWake sets when the stage goes on. The field it waits for is read each time: a changed one moves the wait.
func (s *step) setWake(t *marker) *incident {
	w := t.stage.Wait
	if w.Until != "" {
		until, trouble := s.fieldTime(w.Until)
		if trouble == nil {
			t.pos.Wake = &until
		}
		return trouble
	}
	if t.pos.Wake != nil {
		return nil
	}
	wake, err := s.after(t.pos.Entered, *w.For, nil)
	if err != nil {
		return &incident{code: IncidentNoTime, detail: err.Error()}
	}
	t.pos.Wake = &wake
	return nil
}

func (s *step) setTimeout(t *marker) *incident {
	timeout := t.stage.Wait.Timeout
	if timeout == nil || t.pos.Timeout != nil {
		return nil
	}
	if _, trouble := t.wayOf(&Outcome{To: timeout.To}); trouble != nil {
		return trouble
	}
	at, err := s.after(t.pos.Entered, timeout.After, nil)
	if err != nil {
		return &incident{code: IncidentNoTime, detail: err.Error()}
	}
	t.pos.Timeout = &at
	return nil
}

func (s *step) fieldTime(field string) (time.Time, *incident) {
	value := s.known()[field]
	if !given(value) {
		return time.Time{}, &incident{code: IncidentNoTime, detail: "the field " + field + ", the time to wait until, is empty"}
	}
	v, err := timeValue(value)
	at, ok := v.(time.Time)
	if err != nil || !ok || !inCalendarYears(at) {
		return time.Time{}, &incident{code: IncidentNoTime, detail: "the field " + field + " holds no time that can be waited for"}
	}
	return moment(at), nil
}

// giveUp leaves a wait stage whose time to wait is over.
func (s *step) giveUp(t *marker) {
	w, trouble := t.wayOf(&Outcome{To: t.stage.Wait.Timeout.To})
	if trouble != nil {
		s.fail(t, *trouble)
		return
	}
	s.pass(t)
	s.take(t, w)
}

// testWaits lets every wait go on whose facts have come, until none does: one may set what another waits for.
func (s *step) testWaits() {
	for moved := true; moved && s.moves <= maxMoves; {
		moved = false
		for _, t := range markers(s.m, &s.state) {
			if t.stage.Kind == StageWait && t.current() {
				s.await(t)
				moved = moved || !t.current()
			}
		}
	}
}

// recomputeWait works out anew when a wait stage goes on, or gives up, on a calendar that has changed.
func (s *step) recomputeWait(t *marker) {
	if t.stage.Kind != StageWait || t.stage.Wait == nil {
		return
	}
	if t.stage.Wait.For != nil {
		t.pos.Wake = nil
	}
	t.pos.Timeout = nil
}
