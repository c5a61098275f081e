package routemaps

import (
	"fmt"
	"time"

	"marshrut/crm"
	"marshrut/routemaps/calendar"
)

// maxMoves is how many stages one event may pass through before the map is taken to run in a circle. A sound map has no
// circle without a person or a timer in it.
const maxMoves = 1000

// Step is what happens to a case in state s when e occurs: the new state and what is to be done about it, in order.
// It is a pure function: it reads no clock and changes none of its arguments; the same arguments give the same results.
//
// The error is always a *Refusal: the event is not allowed, the state stays as it is and there are no effects. What goes
// wrong within an allowed event is an incident: the stage keeps the code in Position.Failed until a retry event passes.
//
// Step trusts that m is sound, see Load; of a map that is not, it makes incidents, and never an endless run.
func Step(m *Map, s State, e Event, f Facts) (State, []Effect, error) {
	if refusal := s.check(m); refusal != nil {
		return s, nil, refusal
	}
	run := step{m: m, state: s.clone(), event: e, facts: f, now: moment(e.At)}
	if refusal := run.do(); refusal != nil {
		return s, nil, refusal
	}
	return run.state, run.effects, nil
}

// step is one run of Step.
type step struct {
	m     *Map
	state State // a copy of its own
	event Event
	facts Facts
	now   time.Time

	effects  []Effect
	values   map[string]any // the facts' values with those set in this step; made when first needed
	moves    int            // stages entered or renewed so far
	consumed bool           // the trigger event that came has been used
	retrying bool           // a failure is told even if it is the one already known

	pauseUntil *time.Time // the outcome that was chosen pauses the clock of the stage that it renews
}

func (s *step) do() *Refusal {
	if refusal := s.admit(); refusal != nil {
		return refusal
	}
	if refusal := s.handle(); refusal != nil {
		return refusal
	}
	s.settle()
	return nil
}

// admit refuses events that the case cannot have in its mode and status.
func (s *step) admit() *Refusal {
	kind := s.event.Kind
	started := s.state.Status != ""
	switch {
	case !inCalendarYears(s.event.At):
		return refuse(RefusedBadEvent, "the event's time is missing or outside the years %d to %d", calendar.FirstYear, calendar.LastYear)
	case !started && kind != OnStart:
		return refuse(RefusedNotStarted, "the case has not been started")
	case started && s.state.Status.Closed() && kind != OnReopen:
		return refuse(RefusedClosed, "the case is closed")
	case started && !s.state.Status.Closed() && kind == OnReopen:
		return refuse(RefusedNotClosed, "the case is open")
	case started && kind == OnStart:
		return refuse(RefusedAlreadyStarted, "the case has been started before")
	case s.state.Mode == crm.ModeManual && !allowedInManualMode(kind):
		return refuse(RefusedManualMode, "the case is in manual mode: it can be moved, closed and cancelled")
	}
	return nil
}

func allowedInManualMode(kind EventKind) bool {
	switch kind {
	case OnMove, OnClose, OnCancel, OnTimer, OnReopen:
		return true
	case OnStart, OnOutcome, OnTrigger, OnFactsChanged, OnDelivered, OnFailed, OnRetry, OnSwitchManual, OnRecomputeDues, OnSetDue:
		return false
	}
	return false
}

func (s *step) handle() *Refusal { //nolint:cyclop // one line for each kind of event
	switch s.event.Kind {
	case OnStart:
		return s.start()
	case OnOutcome:
		return s.outcome()
	case OnTrigger:
		return s.trigger()
	case OnTimer:
		s.timer()
		return nil
	case OnFactsChanged:
		return nil // settle tests the waits, after every event
	case OnDelivered:
		return s.delivered()
	case OnFailed:
		return s.failed()
	case OnRetry:
		return s.retry()
	case OnSwitchManual:
		return s.switchToManual()
	case OnMove:
		return s.move()
	case OnClose:
		return s.close()
	case OnCancel:
		s.cancel()
		return nil
	case OnRecomputeDues:
		s.recomputeDues()
		return nil
	case OnSetDue:
		return s.setDue()
	case OnReopen:
		return s.reopen()
	}
	return refuse(RefusedBadEvent, "the kind of event is unknown")
}

// settle brings to rest what an event has set going besides its own stage: waits whose facts have come, and the case's clock.
func (s *step) settle() {
	if s.state.Mode == crm.ModeProcess {
		s.testWaits()
		s.settleCaseClock()
	}
}

// start puts the case on its first stage.
func (s *step) start() *Refusal {
	if len(s.m.Stages) == 0 {
		return refuse(RefusedUnknownStage, "the map has no stages")
	}
	if s.m.Control == ControlManual {
		return s.startManual()
	}
	if s.event.Stage != "" {
		return refuse(RefusedBadEvent, "only a case in manual mode can start at a stage of choice")
	}
	s.begin(crm.ModeProcess)
	if s.m.TimeLimit != nil {
		s.startCaseClock()
	}
	s.enter(top(s.m, &s.state), &s.m.Stages[0])
	return nil
}

func (s *step) begin(mode crm.Mode) {
	s.state.Format = StateFormat
	s.state.Mode = mode
	s.state.Status = crm.StatusOpen
	s.state.Started = s.now
	s.state.Visits = map[string]int{}
	if s.m.OnIdle != nil {
		s.setIdle(s.now)
	}
}

// delivered lets an action stage go on whose webhook has arrived.
func (s *step) delivered() *Refusal {
	t := s.find(s.event.Path, s.event.Visit)
	if t == nil || !t.pos.Pending {
		return refuse(RefusedUnknownTask, "no stage waits for this delivery")
	}
	t.pos.Pending = false
	s.goOn(t)
	return nil
}

// failed holds an action stage whose webhook will not arrive.
func (s *step) failed() *Refusal {
	t := s.find(s.event.Path, s.event.Visit)
	if t == nil || !t.pos.Pending {
		return refuse(RefusedUnknownTask, "no stage waits for this delivery")
	}
	t.pos.Pending = false
	code := s.event.Code
	if code == "" {
		code = IncidentWebhookFailed
	}
	s.retrying = true
	s.fail(t, incident{code: code, detail: "the webhook could not be delivered"})
	return nil
}

// retry tries a failed stage again. The incident is closed once the stage has passed, for a webhook on its delivery.
func (s *step) retry() *Refusal {
	t := s.find(s.event.Path, s.event.Visit)
	if t == nil || t.pos.Failed == "" || t.pos.Pending {
		return refuse(RefusedNothingFailed, "no failed stage waits there for a retry")
	}
	s.retrying = true
	if t.pos.Done {
		s.goOn(t)
	} else {
		s.run(t)
	}
	s.retrying = false
	return nil
}

// find is the marker at a path, if it is still on this visit; nil if not.
func (s *step) find(path string, visit int) *marker {
	for _, t := range markers(s.m, &s.state) {
		if t.path == path && t.pos.Visit == visit {
			return t
		}
	}
	return nil
}

func (s *step) emit(e Effect) { s.effects = append(s.effects, e) }

// emitAt emits an effect that is about a stage.
func (s *step) emitAt(t *marker, e Effect) {
	e.Path, e.Visit = t.path, t.pos.Visit
	s.emit(e)
}

// moment is a time as states and effects carry it: as exact as Postgres keeps it.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func inCalendarYears(t time.Time) bool {
	year := t.UTC().Year()
	return year >= calendar.FirstYear && year <= calendar.LastYear
}

// Refusal is a final "no" to an event.
type Refusal struct { //nolint:errname // a refusal is an answer to an event, stored as one
	Code   string `json:"code"`   // one of the Refused codes
	Detail string `json:"detail"` // English, without values of fields
}

// Codes of refusals.
const (
	RefusedNotStarted       = "not_started"
	RefusedAlreadyStarted   = "already_started"
	RefusedClosed           = "case_closed"
	RefusedNotClosed        = "case_open" // only a closed case can be reopened
	RefusedDuePast          = "due_past"
	RefusedPaused           = "clock_paused"
	RefusedManualMode       = "manual_mode"         // the event is for cases that their map controls (R34)
	RefusedNotManual        = "not_manual"          // the map controls the case: people cannot move it (R32)
	RefusedManualForbidden  = "manual_forbidden"    // the map does not allow manual mode
	RefusedSameStage        = "same_stage"          // a move to the stage where the case is
	RefusedUnknownTask      = "unknown_task"        // not open: completed, withdrawn, or never there
	RefusedUnknownOutcome   = "unknown_outcome"     // neither the stage nor a map around it has the outcome
	RefusedOutcomeNotOpen   = "outcome_not_offered" // its condition does not hold
	RefusedUnknownStage     = "unknown_stage"
	RefusedPerformerMissing = "performer_missing" // the outcome's form must give the next performer
	RefusedUntilMissing     = "until_missing"     // the outcome pauses the clock and its form must say until when
	RefusedUntilPast        = "until_past"
	RefusedNothingFailed    = "nothing_failed"
	RefusedBadEvent         = "bad_event"
	RefusedBadState         = "bad_state" // of a newer program, or not of this map
)

// Error gives the code and the English detail.
func (r *Refusal) Error() string { return r.Code + ": " + r.Detail }

func refuse(code, format string, args ...any) *Refusal {
	return &Refusal{Code: code, Detail: fmt.Sprintf(format, args...)}
}
