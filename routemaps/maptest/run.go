package maptest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"marshrut/crm"
	"marshrut/routemaps"
	"marshrut/routemaps/calendar"
)

// maxWakes bounds how often time stops on one step.
const maxWakes = 10_000

// RefusedFieldsMissing is the code a test expects where a completed task's form lacks a required field.
const RefusedFieldsMissing = "fields_missing"

// Report is what came of a file of tests.
type Report struct {
	File    string
	Map     string
	Results []Result
	// Untried lists the outcomes of the map that no test has chosen: "stage: outcome", or the outcome alone for
	// map-level ones.
	Untried []string
}

// Result is what came of one test.
type Result struct {
	Name     string
	Line     int
	Failures []Failure // none: passed
}

// Failure is one thing that was not as expected.
type Failure struct {
	Line    int
	Message string // English: what was expected and what came
}

// Passed tells whether all tests did.
func (r *Report) Passed() bool {
	return !slices.ContainsFunc(r.Results, func(one Result) bool { return len(one.Failures) > 0 })
}

// Run runs the tests in src. file names it in messages, find gives the maps by id, linked; calendars are by id, and a
// test counts on the one its file names, else on the map's, else on calendar.DefaultID. The error is a *routemaps.Error
// with file, line and column, or the context's; a failed test is no error.
func Run(ctx context.Context, file string, src []byte, find func(id string) (*routemaps.Map, bool), calendars map[string]*calendar.Calendar) (*Report, error) {
	f, err := parse(file, src)
	if err != nil {
		return nil, err
	}
	m, ok := find(f.Map)
	if !ok {
		return nil, fileError(file, "the map %q that is to be tested does not exist", f.Map)
	}
	cal, err := chooseCalendar(file, f, m, calendars)
	if err != nil {
		return nil, err
	}
	report := &Report{File: file, Map: m.ID}
	tried := map[string]bool{}
	for i := range f.Tests {
		r := &runner{m: m, calendar: cal, tried: tried, facts: routemaps.Facts{Calendar: cal}, late: ctx.Err}
		report.Results = append(report.Results, r.test(&f.Tests[i]))
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("run the tests: %w", err)
		}
	}
	report.Untried = untried(m.Stages, "", tried)
	for i := range m.Outcomes {
		if !tried[m.Outcomes[i].ID] {
			report.Untried = append(report.Untried, m.Outcomes[i].ID)
		}
	}
	return report, nil
}

func chooseCalendar(file string, f *testFile, m *routemaps.Map, calendars map[string]*calendar.Calendar) (*calendar.Calendar, error) {
	for _, id := range []string{f.Calendar, m.Calendar, calendar.DefaultID} {
		if id == "" {
			continue
		}
		if c, ok := calendars[id]; ok {
			return c, nil
		}
		return nil, fileError(file, "the calendar %q does not exist", id)
	}
	return nil, fileError(file, "there is no calendar to count on")
}

func fileError(file, format string, args ...any) error {
	return &routemaps.Error{File: file, Line: 1, Column: 1, Code: "test_file", Message: fmt.Sprintf(format, args...)}
}

func untried(stages []routemaps.Stage, prefix string, tried map[string]bool) []string {
	var all []string
	for i := range stages {
		st := &stages[i]
		for k := range st.Outcomes {
			if path := prefix + st.ID; !tried[path+": "+st.Outcomes[k].ID] {
				all = append(all, path+": "+st.Outcomes[k].ID)
			}
		}
		for b := range st.Branches {
			all = append(all, untried(st.Branches[b].Stages, prefix+st.ID+"/"+st.Branches[b].ID+"/", tried)...)
		}
	}
	return all
}

// runner is one case on its way.
type runner struct {
	m        *routemaps.Map
	calendar *calendar.Calendar
	tried    map[string]bool
	late     func() error // is there time left

	now     time.Time
	state   routemaps.State
	facts   routemaps.Facts
	effects []routemaps.Effect // of the step being run
	refused *routemaps.Refusal // how the step was refused; nil: it was not
	result  Result
}

func (r *runner) test(t *test) Result {
	r.result = Result{Name: t.Name, Line: t.line}
	r.now = t.Start.At.Time
	if t.Start.At.IsZero() {
		r.fail(t.line, "the test does not say when it starts: add start: {at: ...}")
		return r.result
	}
	r.facts.Values = map[string]any{}
	r.facts.Received = map[routemaps.EventName]int{}
	r.facts.LastActivity = r.now
	if !r.setFields(t.Start.line, r.m, t.Start.Fields) {
		return r.result
	}
	r.apply(routemaps.Event{Kind: routemaps.OnStart, Stage: t.Start.Stage})
	r.check(t.Start.line, t.Start.Expect)
	for i := range t.Steps {
		if len(r.result.Failures) > 0 {
			break // what follows would only be noise
		}
		r.effects, r.refused = nil, nil
		s := &t.Steps[i]
		r.step(s)
		r.check(s.line, s.Expect)
	}
	return r.result
}

func (r *runner) fail(line int, format string, args ...any) {
	r.result.Failures = append(r.result.Failures, Failure{Line: line, Message: fmt.Sprintf(format, args...)})
}

func (r *runner) step(s *step) {
	switch {
	case s.Complete != nil:
		r.complete(s.line, s.Complete)
	case s.Event != "":
		r.event(s.line, routemaps.EventName(s.Event))
	case !s.Wait.IsZero():
		r.wait(s.line, s.Wait.Duration)
	case !s.Until.IsZero():
		r.skipTo(s.line, s.Until.Time)
	case s.Set != nil:
		if r.setFields(s.line, r.m, s.Set) {
			r.facts.LastActivity = r.now
			r.apply(routemaps.Event{Kind: routemaps.OnFactsChanged})
		}
	case s.Manual:
		r.apply(routemaps.Event{Kind: routemaps.OnSwitchManual})
	case s.Move != "":
		r.facts.LastActivity = r.now
		r.apply(routemaps.Event{Kind: routemaps.OnMove, Stage: s.Move})
	case s.Close != "":
		r.close(s.Close)
	case s.Cancel:
		r.apply(routemaps.Event{Kind: routemaps.OnCancel})
	case s.Delivered != "":
		r.apply(r.about(routemaps.OnDelivered, s.Delivered))
	case s.Failed != "":
		r.apply(r.about(routemaps.OnFailed, s.Failed))
	case s.Retry != "":
		r.apply(r.about(routemaps.OnRetry, s.Retry))
	}
}

// about is an event for the stage at a path, on its last visit.
func (r *runner) about(kind routemaps.EventKind, path string) routemaps.Event {
	return routemaps.Event{Kind: kind, Path: path, Visit: r.state.Visits[path]}
}

// apply lets an event happen now.
func (r *runner) apply(e routemaps.Event) {
	e.At = r.now
	state, effects, err := routemaps.Step(r.m, r.state, e, r.facts)
	if err != nil {
		if !errors.As(err, &r.refused) {
			r.refused = &routemaps.Refusal{Code: "error", Detail: err.Error()}
		}
		return
	}
	r.state = state
	r.effects = append(r.effects, effects...)
	for i := range effects {
		if effects[i].Kind == routemaps.EffectSetField {
			r.facts.Values[effects[i].Field] = effects[i].Value
		}
		r.try(&effects[i])
	}
}

// try notes which outcomes have been chosen.
func (r *runner) try(e *routemaps.Effect) {
	switch e.Kind {
	case routemaps.EffectLeaveStage, routemaps.EffectCompleteTask:
		r.tried[e.Path+": "+e.Outcome] = true
	case routemaps.EffectFinish:
		r.tried[e.Outcome] = true
	default:
	}
}

// complete completes a task as a person would: with the outcome's form filled in.
func (r *runner) complete(line int, c *complete) {
	path, ok := r.taskPath(line, c.Stage)
	if !ok {
		return
	}
	event := r.about(routemaps.OnOutcome, path)
	event.Outcome = c.Outcome
	before := r.facts.Values
	o, owner := r.outcome(path, c.Outcome)
	if !r.setFields(line, owner, c.Fields) {
		return
	}
	missing := r.fillIn(line, &event, o, c.Fields)
	event.At = r.now
	if _, _, err := routemaps.Step(r.m, r.state, event, r.facts); err == nil && len(missing) > 0 {
		r.facts.Values = before
		r.refused = &routemaps.Refusal{Code: RefusedFieldsMissing, Detail: "the form requires " + strings.Join(missing, ", ")}
		return
	}
	r.facts.LastActivity = r.now
	r.apply(event)
	if r.refused != nil {
		r.facts.Values = before
	}
}

// outcome finds an outcome possible at the path and its map; without it, the case's map.
func (r *runner) outcome(path, id string) (*routemaps.Outcome, *routemaps.Map) {
	for _, o := range r.m.OutcomesAt(path) {
		if o.ID == id {
			return o, r.m.OwnerAt(path, o)
		}
	}
	return nil, r.m
}

func (r *runner) close(how string) {
	event := routemaps.Event{Kind: routemaps.OnClose}
	_, known := r.m.Outcome(how)
	switch {
	case known:
		event.Outcome = how
	case how == "won" || how == string(crm.StatusPositive):
		event.Result = crm.StatusPositive
	case how == "lost" || how == string(crm.StatusNegative):
		event.Result = crm.StatusNegative
	default:
		event.Outcome = how
	}
	r.apply(event)
}

func (r *runner) event(line int, name routemaps.EventName) {
	if !slices.Contains(eventNames(), name) {
		r.fail(line, "there is no event %q: the events are %v", name, eventNames())
		return
	}
	r.facts.Received = maps.Clone(r.facts.Received)
	r.facts.Received[name]++
	r.facts.LastActivity = r.now
	r.apply(routemaps.Event{Kind: routemaps.OnTrigger, Trigger: name})
}

func eventNames() []routemaps.EventName {
	return []routemaps.EventName{
		routemaps.EventInboundEmail, routemaps.EventCall, routemaps.EventPayment, routemaps.EventDocument, routemaps.EventWebhook,
	}
}

func (r *runner) wait(line int, d calendar.Duration) {
	until, err := r.calendar.Add(r.now, d)
	if err != nil {
		r.fail(line, "wait %s: %v", d, err)
		return
	}
	r.skipTo(line, until)
}

// skipTo lets time pass: the case is woken at each moment it has asked for.
func (r *runner) skipTo(line int, until time.Time) {
	if until.Before(r.now) {
		r.fail(line, "it is %s already: time cannot go back", r.now.Format(time.RFC3339))
		return
	}
	for range maxWakes {
		at, ok := r.state.NextWake()
		if !ok || at.After(until) || r.late() != nil {
			r.now = until
			return
		}
		if at.After(r.now) {
			r.now = at
		}
		r.apply(routemaps.Event{Kind: routemaps.OnTimer})
		if r.refused != nil {
			return
		}
		if next, again := r.state.NextWake(); again && !next.After(at) {
			r.fail(line, "the case asks to be woken at %s again and again", next.Format(time.RFC3339))
			return
		}
	}
	r.fail(line, "the case was woken more than %d times", maxWakes)
}

// taskPath finds the open task that a test means: by its path, by the last part of it, or, given nothing, the only one.
func (r *runner) taskPath(line int, stage string) (string, bool) {
	open := r.state.Open()
	if stage == "" {
		if len(open) == 1 {
			return open[0].Path, true
		}
		r.fail(line, "complete does not say which task: there are %d open", len(open))
		return "", false
	}
	var found []string
	for _, ref := range open {
		if ref.Path == stage {
			return stage, true
		}
		if strings.HasSuffix(ref.Path, "/"+stage) {
			found = append(found, ref.Path)
		}
	}
	if len(found) > 1 {
		r.fail(line, "several open tasks end in %q: %s", stage, strings.Join(found, ", "))
		return "", false
	}
	if len(found) == 1 {
		return found[0], true
	}
	return stage, true // not open: Step says what that means
}
