package routemaps

import "marshrut/crm"

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

// cancel ends a case that should not have been, in either mode.
func (s *step) cancel() {
	t := top(s.m, &s.state).marker()
	s.withdraw(t, WithdrawnCancel, "")
	s.finish(crm.StatusCancelled, "", t.path)
}
