package maptest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"marshrut/crm"
	"marshrut/routemaps"
	"marshrut/routemaps/calendar"
)

// MaxChoices is how many choices one rehearsal may have.
const MaxChoices = 200

// Example stands for a value that a form requires and a rehearsal was not given, where any text will do.
const Example = "example"

// Codes of Wrong besides those of routemaps.Refusal.
const (
	WrongField   = "unknown_field"
	WrongValue   = "wrong_value"
	WrongEvent   = "bad_event"
	WrongTime    = "time_out_of_range"
	WrongTooLong = "dry_run_too_long"
	WrongNothing = "dry_run_waits_for_nothing"
	WrongTooMany = "too_many"
)

// Rehearsal is a case that goes its way on a map without being one: nothing is kept, sent or waited for.
type Rehearsal struct {
	State  routemaps.State
	At     time.Time
	Values map[string]any // of the fields, in the form that conditions read
	Story  []Moment
}

// Moment is what one event did.
type Moment struct {
	Choice  int // which of the choices it came of, from 0; -1: the start
	At      time.Time
	Effects []routemaps.Effect
}

// Choice is one thing that happens in a rehearsal; exactly one of its parts is given.
type Choice struct {
	Complete *Completion
	Event    routemaps.EventName // an outside event
	Pass     bool                // time passes until something is due
	Wait     *calendar.Duration  // so much time passes
	Set      map[string]any      // fields of the case
	// Stages whose webhook arrives or finally fails, or that are tried again, by path.
	Delivered, Failed, Retry string
	Move                     string // manual maps: to which stage
	Close                    string // an outcome of the map, "won" or "lost"
	Cancel                   bool
}

// Completion is a task completed with an outcome. What its form requires and Fields lack is filled in with examples.
type Completion struct {
	Path, Outcome string
	Fields        map[string]any
}

// Wrong says which choice of a rehearsal cannot be, and why.
type Wrong struct { //nolint:errname // as routemaps.Refusal: an answer
	Choice int    // -1: the start
	Field  string // empty: the choice itself
	Code   string // one of routemaps' refusals, or of the codes above
}

// Error names the choice and the code.
func (w *Wrong) Error() string { return fmt.Sprintf("choice %d: %s %s", w.Choice, w.Code, w.Field) }

// Rehearse lets a case begin on m, which is linked and sound, at a time with the given fields, and then each of the choices happen. It
// is pure: the same arguments give the same rehearsal. The error is a *Wrong, or the context's.
func Rehearse(ctx context.Context, m *routemaps.Map, cal *calendar.Calendar, at time.Time, fields map[string]any, choices []Choice) (*Rehearsal, error) {
	if len(choices) > MaxChoices {
		return nil, &Wrong{Choice: MaxChoices, Code: WrongTooMany}
	}
	r := &rehearser{runner: runner{m: m, calendar: cal, tried: map[string]bool{}, late: ctx.Err, now: at, facts: routemaps.Facts{
		Calendar: cal, Values: map[string]any{}, Received: map[routemaps.EventName]int{}, LastActivity: at,
	}}}
	r.choice = -1
	if err := r.start(fields); err != nil {
		return nil, err
	}
	for i := range choices {
		r.choice = i
		if !choices[i].Pass && choices[i].Wait == nil {
			r.facts.LastActivity = r.now
		}
		if err := r.happen(&choices[i]); err != nil {
			return nil, err
		}
	}
	return &Rehearsal{State: r.state, At: r.now, Values: r.facts.Values, Story: r.story}, nil
}

// Offers tells whether an outcome of a task can be chosen as the rehearsal stands.
func (r *Rehearsal) Offers(o *routemaps.Outcome) bool {
	if o.When == nil {
		return true
	}
	values := maps.Clone(r.Values)
	values[routemaps.ConditionNow] = r.At
	holds, err := o.When.Bool(values)
	return err == nil && holds
}

// rehearser is a runner that keeps the story and fills in forms.
type rehearser struct {
	runner
	choice int
	story  []Moment
}

func (r *rehearser) start(fields map[string]any) error {
	if err := r.set(r.m, fields); err != nil {
		return err
	}
	r.fill(r.m, r.m.Intake)
	return r.event(routemaps.Event{Kind: routemaps.OnStart})
}

func (r *rehearser) happen(c *Choice) error {
	switch {
	case c.Complete != nil:
		return r.complete(c.Complete)
	case c.Event != "":
		return r.outside(c.Event)
	case c.Pass:
		return r.pass()
	case c.Wait != nil:
		return r.wait(*c.Wait)
	case c.Set != nil:
		if err := r.set(r.m, c.Set); err != nil {
			return err
		}
		return r.event(routemaps.Event{Kind: routemaps.OnFactsChanged})
	case c.Delivered != "":
		return r.event(r.about(routemaps.OnDelivered, c.Delivered))
	case c.Failed != "":
		return r.event(r.about(routemaps.OnFailed, c.Failed))
	case c.Retry != "":
		return r.event(r.about(routemaps.OnRetry, c.Retry))
	case c.Move != "":
		return r.event(routemaps.Event{Kind: routemaps.OnMove, Stage: c.Move})
	case c.Close != "":
		return r.event(r.closing(c.Close))
	case c.Cancel:
		return r.event(routemaps.Event{Kind: routemaps.OnCancel})
	}
	return r.wrong("", WrongEvent)
}

func (r *rehearser) wrong(field, code string) error {
	return &Wrong{Choice: r.choice, Field: field, Code: code}
}

// event lets an event happen now, and writes down what it did.
func (r *rehearser) event(e routemaps.Event) error {
	if r.late() != nil {
		return r.wrong("", WrongTooLong)
	}
	r.effects, r.refused = nil, nil
	r.apply(e)
	if r.refused != nil {
		return r.wrong("", r.refused.Code)
	}
	if len(r.effects) > 0 {
		r.story = append(r.story, Moment{Choice: r.choice, At: r.now, Effects: r.effects})
	}
	return nil
}

func (r *rehearser) outside(name routemaps.EventName) error {
	if !slices.Contains(eventNames(), name) {
		return r.wrong("", WrongEvent)
	}
	r.facts.Received = maps.Clone(r.facts.Received)
	r.facts.Received[name]++
	return r.event(routemaps.Event{Kind: routemaps.OnTrigger, Trigger: name})
}

// complete completes a task, its form filled in. A value that is not possible changes nothing.
func (r *rehearser) complete(c *Completion) error {
	event := r.about(routemaps.OnOutcome, c.Path)
	event.Outcome = c.Outcome
	o, owner := r.outcome(c.Path, c.Outcome)
	if o == nil {
		return r.wrong("", routemaps.RefusedUnknownOutcome)
	}
	if err := r.set(owner, c.Fields); err != nil {
		return err
	}
	if _, now := c.Fields[o.Pause]; !now {
		delete(r.facts.Values, o.Pause) // until when one pauses is said anew each time
	}
	r.fill(owner, o.Form)
	if performer, ok := r.facts.Values["performer"].(string); ok && asks(o.Form, "performer") {
		event.Performer = performer
	}
	if until, ok := r.facts.Values[o.Pause].(time.Time); ok {
		event.Until = &until
	}
	return r.event(event)
}

func asks(form []routemaps.FormItem, field string) bool {
	return slices.ContainsFunc(form, func(i routemaps.FormItem) bool { return i.Field == field })
}

// set puts given values into the facts, in the form that conditions read; nil clears a field.
func (r *rehearser) set(owner *routemaps.Map, fields map[string]any) error {
	values := maps.Clone(r.facts.Values)
	for _, id := range slices.Sorted(maps.Keys(fields)) {
		field, ok := r.field(owner, id)
		if !ok {
			return r.wrong(id, WrongField)
		}
		value, err := convert(field, fields[id])
		if err != nil {
			return r.wrong(id, WrongValue)
		}
		if value == nil {
			delete(values, id)
			continue
		}
		values[id] = value
	}
	r.facts.Values = values
	return nil
}

func (r *rehearser) field(owner *routemaps.Map, id string) (*routemaps.Field, bool) {
	if field, ok := owner.Field(id); ok {
		return field, true
	}
	return r.m.AnyField(id)
}

// fill puts examples where a form requires something and nothing was given.
func (r *rehearser) fill(owner *routemaps.Map, form []routemaps.FormItem) {
	values := maps.Clone(r.facts.Values)
	for i := range form {
		item := &form[i]
		if !item.Required || values[item.Field] != nil || !r.isShown(item, values) {
			continue
		}
		if field, ok := r.field(owner, item.Field); ok {
			values[item.Field] = exampleOf(field, r.now)
		}
	}
	r.facts.Values = values
}

// isShown tells whether a form asks for the item; one whose condition cannot be evaluated is asked for.
func (r *rehearser) isShown(item *routemaps.FormItem, values map[string]any) bool {
	if item.When == nil {
		return true
	}
	known := maps.Clone(values)
	known[routemaps.ConditionNow] = r.now
	shown, err := item.When.Bool(known)
	return err != nil || shown
}

// exampleOf is a value that a field might have.
func exampleOf(f *routemaps.Field, now time.Time) any {
	switch f.Type {
	case routemaps.FieldNumber, routemaps.FieldMoney, routemaps.FieldPercent:
		return 1.0
	case routemaps.FieldFlag:
		return true
	case routemaps.FieldDate:
		return now.AddDate(0, 0, 1).Truncate(24 * time.Hour)
	case routemaps.FieldDateTime:
		return now.AddDate(0, 0, 1)
	case routemaps.FieldChoice:
		if len(f.Options) > 0 {
			return f.Options[0].ID
		}
	default:
	}
	return Example
}

func (r *rehearser) closing(how string) routemaps.Event {
	event := routemaps.Event{Kind: routemaps.OnClose, Outcome: how}
	switch how {
	case "won":
		event.Outcome, event.Result = "", crm.StatusPositive
	case "lost":
		if _, known := r.m.Outcome(how); !known {
			event.Outcome, event.Result = "", crm.StatusNegative
		}
	}
	return event
}

// pass lets time pass until the case wants to be woken.
func (r *rehearser) pass() error {
	at, ok := r.state.NextWake()
	if !ok {
		return r.wrong("", WrongNothing)
	}
	return r.until(at)
}

func (r *rehearser) wait(d calendar.Duration) error {
	until, err := r.calendar.Add(r.now, d)
	if err != nil {
		return r.wrong("", WrongTime)
	}
	return r.until(until)
}

// until lets time pass; the case is woken at each moment that it has asked for.
func (r *rehearser) until(until time.Time) error {
	for range maxRehearsedWakes {
		at, ok := r.state.NextWake()
		if !ok || at.After(until) {
			r.now = until
			return nil
		}
		if at.After(r.now) {
			r.now = at
		}
		if err := r.event(routemaps.Event{Kind: routemaps.OnTimer}); err != nil {
			return err
		}
		if next, again := r.state.NextWake(); again && !next.After(at) {
			return r.wrong("", WrongTooLong)
		}
	}
	return r.wrong("", WrongTooLong)
}

// maxRehearsedWakes bounds how often time stops on one choice.
const maxRehearsedWakes = 500
