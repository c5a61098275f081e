package routemaps

import (
	"errors"
	"time"

	"marshrut/routemaps/calendar"
)

var errNoCalendar = errors.New("there is no calendar")

// after is when a limit that starts at from runs out on the calendar of the performer (R43).
func (s *step) after(from time.Time, limit calendar.Duration, p *Performer) (time.Time, error) {
	c := s.facts.CalendarOf(p)
	if c == nil {
		return time.Time{}, errNoCalendar
	}
	due, err := c.Add(from, limit)
	return moment(due), err
}

// startClock sets the deadline of a stage that is entered or renewed.
func (s *step) startClock(t *marker) {
	if limit := t.stage.TimeLimit; limit != nil {
		due, err := s.after(s.now, *limit, t.pos.Performer)
		t.pos.Due = s.orNoDue(t, due, err)
	}
}

func (s *step) startCaseClock() {
	due, err := s.after(s.now, *s.m.TimeLimit, nil)
	s.state.Due = s.orNoDue(nil, due, err)
	s.emit(Effect{Kind: EffectMoveDue, Due: copyOf(s.state.Due)})
}

// orNoDue is the due worked out, or none, with an incident, when it could not be.
func (s *step) orNoDue(t *marker, due time.Time, err error) *time.Time {
	if err != nil {
		s.emitFor(t, Effect{Kind: EffectOpenIncident, Code: IncidentNoDue, Detail: err.Error()})
		return nil
	}
	return &due
}

// pause stops the clock of a stage until a time. The case's clock follows, see settleCaseClock.
func (s *step) pause(t *marker, until time.Time) {
	pause := s.stopped(until, t.pos.Due, t.stage.TimeLimit, t.pos.Performer)
	t.pos.Due, t.pos.Paused = nil, &pause
}

// stopped is a clock that is stopped now with what is left of its limit.
func (s *step) stopped(until time.Time, due *time.Time, limit *calendar.Duration, p *Performer) Pause {
	pause := Pause{Until: until}
	if c := s.facts.CalendarOf(p); c != nil && due != nil {
		pause.Working = limit != nil && limit.Working // without a limit the deadline was set by hand
		pause.Left = c.Left(s.now, *due, pause.Working)
	}
	return pause
}

// resume lets the clock of a stage go on: from the end of the pause, even if the timer comes late, or from now.
func (s *step) resume(t *marker) {
	resumed := *t.pos.Paused
	t.pos.Paused = nil
	if t.stage.TimeLimit == nil {
		return
	}
	resumed.Until = earlier(resumed.Until, s.now)
	t.pos.Resumed = &resumed
	due, err := s.dueAfterPause(resumed, t.pos.Performer)
	t.pos.Due = s.orNoDue(t, due, err)
	s.emitAt(t, Effect{Kind: EffectMoveDue, Due: copyOf(t.pos.Due)})
}

func (s *step) dueAfterPause(resumed Pause, p *Performer) (time.Time, error) {
	c := s.facts.CalendarOf(p)
	if c == nil {
		return time.Time{}, errNoCalendar
	}
	return moment(c.AddTime(resumed.Until, resumed.Left, resumed.Working)), nil
}

// settleCaseClock keeps the case's clock standing still exactly while that of any of its stages does.
func (s *step) settleCaseClock() {
	until, paused := s.state.pausedUntil()
	switch {
	case paused && s.state.Paused != nil:
		s.state.Paused.Until = until
	case paused && s.state.Due != nil && !s.state.Overdue:
		pause := s.stopped(until, s.state.Due, s.m.TimeLimit, nil)
		s.state.Due, s.state.Paused = nil, &pause
		s.emit(Effect{Kind: EffectMoveDue})
	case !paused && s.state.Paused != nil:
		resumed := *s.state.Paused
		resumed.Until = earlier(resumed.Until, s.now)
		s.state.Paused, s.state.Resumed = nil, &resumed
		due, err := s.dueAfterPause(resumed, nil)
		s.state.Due = s.orNoDue(nil, due, err)
		s.emit(Effect{Kind: EffectMoveDue, Due: copyOf(s.state.Due)})
	}
}

// pausedUntil is when the last of the stages' paused clocks goes on; false when none is paused.
func (s State) pausedUntil() (until time.Time, paused bool) {
	s.positions(func(_ string, p *Position) {
		if p.Paused != nil && (!paused || p.Paused.Until.After(until)) {
			until, paused = p.Paused.Until, true
		}
	})
	return until, paused
}

// recomputeDues works out anew, on a calendar that has changed, the deadlines that are still to come.
func (s *step) recomputeDues() {
	for _, t := range markers(s.m, &s.state) {
		s.recomputeWait(t)
		if t.stage.TimeLimit == nil || t.pos.DueSet || t.pos.Paused != nil || t.pos.Overdue {
			continue
		}
		due, err := s.recomputed(t.pos.Entered, *t.stage.TimeLimit, t.pos.Resumed, t.pos.Performer)
		if err != nil {
			s.orNoDue(t, due, err)
		} else if changed(t.pos.Due, due) {
			t.pos.Due = &due
			s.emitAt(t, Effect{Kind: EffectMoveDue, Due: copyOf(&due)})
		}
	}
	if s.m.TimeLimit == nil || s.state.DueSet || s.state.Paused != nil || s.state.Overdue {
		return
	}
	due, err := s.recomputed(s.state.Started, *s.m.TimeLimit, s.state.Resumed, nil)
	if err != nil {
		s.orNoDue(nil, due, err)
	} else if changed(s.state.Due, due) {
		s.state.Due = &due
		s.emit(Effect{Kind: EffectMoveDue, Due: copyOf(&due)})
	}
}

func (s *step) recomputed(from time.Time, limit calendar.Duration, resumed *Pause, p *Performer) (time.Time, error) {
	if resumed != nil {
		return s.dueAfterPause(*resumed, p)
	}
	return s.after(from, limit, p)
}

func changed(old *time.Time, due time.Time) bool { return old == nil || !old.Equal(due) }

// setIdle sets when the case will have been idle for too long.
func (s *step) setIdle(from time.Time) {
	due, err := s.after(from, s.m.OnIdle.After, nil)
	s.state.IdleAt = s.orNoDue(nil, due, err)
}

// alarm is something that a timer does.
type alarm struct {
	at   time.Time
	kind alarmKind
	ref  Ref // of the stage; empty: the case
}

// alarmKind orders alarms of the same time.
type alarmKind int

const (
	alarmResume alarmKind = iota
	alarmOverdue
	alarmCaseOverdue
	alarmWake
	alarmTimeout
	alarmIdle
)

// alarms lists everything that a timer is set for, outer stages first. It needs no map.
func (s State) alarms() []alarm {
	var list []alarm
	add := func(at *time.Time, kind alarmKind, ref Ref) {
		if at != nil {
			list = append(list, alarm{at: *at, kind: kind, ref: ref})
		}
	}
	s.positions(func(path string, p *Position) {
		ref := Ref{Path: path, Visit: p.Visit}
		if p.Paused != nil {
			add(&p.Paused.Until, alarmResume, ref)
		}
		if !p.Overdue {
			add(p.Due, alarmOverdue, ref)
		}
		if p.Failed == "" { // a failed stage waits for a retry; only giving up is still open to it
			add(p.Wake, alarmWake, ref)
		}
		add(p.Timeout, alarmTimeout, ref)
	})
	if !s.Overdue {
		add(s.Due, alarmCaseOverdue, Ref{})
	}
	add(s.IdleAt, alarmIdle, Ref{})
	return list
}

// earliest is the first alarm to go off; of several at once the one whose kind comes first, outer stages before inner.
func earliest(list []alarm) (first alarm, ok bool) {
	for i, a := range list {
		if i == 0 || a.at.Before(first.at) || a.at.Equal(first.at) && a.kind < first.kind {
			first = a
		}
	}
	return first, len(list) > 0
}

// timer does everything that is due by now, in the order in which it fell due. Each alarm that has gone off is gone, or
// set to a later time, so that no timer is ever set for the past.
func (s *step) timer() {
	for {
		next, ok := earliest(s.state.alarms())
		if !ok || next.at.After(s.now) {
			return
		}
		s.ring(next)
		s.settle()
	}
}

func (s *step) ring(a alarm) {
	t := s.find(a.ref.Path, a.ref.Visit)
	switch a.kind {
	case alarmResume:
		s.resume(t)
	case alarmOverdue:
		t.pos.Overdue = true
		s.emitAt(t, Effect{Kind: EffectOverdue})
		s.fire(t, t.stage.OnOverdue, "")
		s.fire(t, overdueRules(t.in), "")
	case alarmCaseOverdue:
		s.state.Overdue = true
		s.emit(Effect{Kind: EffectOverdue})
		s.fire(nil, s.m.OnOverdue, "")
	case alarmWake:
		s.await(t)
	case alarmTimeout:
		s.giveUp(t)
	case alarmIdle:
		s.idle()
	}
}

// idle fires the rules for a case on which nothing has happened, or waits on if something has. It goes on doing so.
func (s *step) idle() {
	if s.m.OnIdle == nil {
		s.state.IdleAt = nil
		return
	}
	last := moment(s.facts.LastActivity)
	if last.After(s.state.Started) {
		s.setIdle(last)
		if s.state.IdleAt == nil || s.state.IdleAt.After(s.now) {
			return
		}
	}
	s.fire(nil, s.m.OnIdle.Rules, "")
	s.setIdle(s.now)
}

// earlier is the earlier of two times.
func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
