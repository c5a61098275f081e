package routemaps

import (
	"time"

	"marshrut/crm"
)

// reopen puts a closed case back on a stage (R60): the one it ended at, or one of choice. It is entered like any other, with a
// new visit and its rules; the case's limits count anew. The mode stays: manual mode is for good (R34).
func (s *step) reopen() *Refusal {
	id := s.event.Stage
	if id == "" {
		id = s.state.Ended
	}
	st, ok := s.m.Stage(id)
	if !ok {
		return refuse(RefusedUnknownStage, "the map has no such stage")
	}
	s.state.Status, s.state.Outcome, s.state.Ended = crm.StatusOpen, "", ""
	s.state.Started, s.state.Overdue, s.state.DueSet, s.state.Resumed = s.now, false, false, nil
	if s.m.OnIdle != nil {
		s.setIdle(s.now)
	}
	if s.state.Mode == crm.ModeManual {
		s.enterBare(st)
		return nil
	}
	if s.m.TimeLimit != nil {
		s.startCaseClock()
	}
	s.enter(top(s.m, &s.state), st)
	return nil
}

// setDue moves a deadline by hand (R65): that of a stage's task, or, without a path, the case's own. From then on a change of
// the calendar leaves it alone. One that is later than now is not overdue any more, and may become so again.
func (s *step) setDue() *Refusal {
	if due := s.event.Due; due != nil && (!inCalendarYears(*due) || !moment(*due).After(s.now)) {
		return refuse(RefusedDuePast, "a deadline can be moved only to a later time than now")
	}
	due := copyOf(s.event.Due)
	if due != nil {
		*due = moment(*due)
	}
	if s.event.Path == "" {
		return s.setCaseDue(due)
	}
	t := s.find(s.event.Path, s.event.Visit)
	switch {
	case t == nil || t.pos.Performer == nil:
		return refuse(RefusedUnknownTask, "there is no such open task: it has been completed or withdrawn")
	case t.pos.Paused != nil:
		return refuse(RefusedPaused, "the clock stands still: there is no deadline to be moved until it goes on")
	}
	t.pos.Due, t.pos.DueSet, t.pos.Overdue = due, true, false
	s.emitAt(t, Effect{Kind: EffectMoveDue, Due: copyOf(due)})
	return nil
}

func (s *step) setCaseDue(due *time.Time) *Refusal {
	if s.state.Paused != nil {
		return refuse(RefusedPaused, "the clock stands still: there is no deadline to be moved until it goes on")
	}
	s.state.Due, s.state.DueSet, s.state.Overdue = due, true, false
	s.emit(Effect{Kind: EffectMoveDue, Due: copyOf(due)})
	return nil
}
