package routemaps

import (
	"errors"
	"maps"
)

// fire does the rules that apply (R39). One that fails is left out, with an incident that does not hold the stage.
// outcome is what their conditions read as the outcome chosen.
func (s *step) fire(t *marker, rules []Rule, outcome string) {
	for i := range rules {
		rule := &rules[i]
		holds, err := s.holds(rule.When, outcome)
		if err == nil && holds {
			err = s.apply(t, rule, outcome)
		}
		if err != nil {
			s.ruleFailed(t, rule.ID, err.Error())
		}
	}
}

func (s *step) ruleFailed(t *marker, rule, detail string) {
	s.emitFor(t, Effect{Kind: EffectOpenIncident, Code: IncidentRuleFailed, Rule: rule, Detail: detail})
}

// emitFor emits an effect that is about a stage, or, without one, about the case.
func (s *step) emitFor(t *marker, e Effect) {
	if t == nil {
		s.emit(e)
		return
	}
	s.emitAt(t, e)
}

// apply does one rule for a stage, or, without one, for the case. The error is that of the rule's own expression.
func (s *step) apply(t *marker, rule *Rule, outcome string) error {
	switch rule.Kind {
	case RuleEmail, RuleSMS:
		s.emitFor(t, Effect{Kind: EffectNotify, Rule: rule.ID, Channel: rule.Kind, Template: rule.Template, To: rule.To})
	case RuleWebhook:
		await := t != nil && t.stage.Action == rule
		s.emitFor(t, Effect{Kind: EffectWebhook, Rule: rule.ID, URL: rule.URL, Await: await})
	case RuleSetField:
		return s.setField(t, rule, outcome)
	case RuleCreateTask:
		s.createTask(t, rule)
	}
	return nil
}

var errNoValue = errors.New("the rule has no value to set")

// setField sets a field for the conditions that follow, too.
func (s *step) setField(t *marker, rule *Rule, outcome string) error {
	if rule.Value == nil {
		return errNoValue
	}
	value, err := rule.Value.Value(s.env(outcome))
	if err != nil {
		return err
	}
	s.known()[rule.Field] = value
	s.emitFor(t, Effect{Kind: EffectSetField, Rule: rule.ID, Field: rule.Field, Value: value})
	return nil
}

func (s *step) createTask(t *marker, rule *Rule) {
	if rule.Task == nil {
		return
	}
	task := *rule.Task
	task.Performer = *s.resolve(&task.Performer)
	e := Effect{Kind: EffectCreateTask, Rule: rule.ID, Task: &task, Performer: copyOf(&task.Performer)}
	if task.TimeLimit != nil {
		due, err := s.after(s.now, *task.TimeLimit, &task.Performer)
		if err != nil {
			s.emitFor(t, Effect{Kind: EffectOpenIncident, Code: IncidentNoDue, Rule: rule.ID, Detail: err.Error()})
		} else {
			e.Due = &due
		}
	}
	s.emitFor(t, e)
}

// holds evaluates a condition; none always holds.
func (s *step) holds(c *Condition, outcome string) (bool, error) {
	if c == nil {
		return true, nil
	}
	return c.Bool(s.env(outcome))
}

// known is the facts' values together with those set in this step.
func (s *step) known() map[string]any {
	if s.values == nil {
		s.values = make(map[string]any, len(s.facts.Values)+2)
		maps.Copy(s.values, s.facts.Values)
		s.values[ConditionNow] = s.now
	}
	return s.values
}

// env is what a condition reads: the known values, and the outcome chosen where there is one.
func (s *step) env(outcome string) map[string]any {
	values := s.known()
	values[ConditionOutcome] = outcome
	return values
}

// available tells whether an outside event has come that no stage has used yet.
func (s *step) available(event EventName) bool {
	return s.facts.Received[event] > s.state.Consumed[event]
}

// use takes note that a stage has used up an outside event.
func (s *step) use(event EventName) {
	if s.state.Consumed == nil {
		s.state.Consumed = map[EventName]int{}
	}
	s.state.Consumed[event]++
}

// overdueRules are those of the nearest map around a stage that has any, so that a nested map need not repeat them (R43).
func overdueRules(in *scope) []Rule {
	for {
		frame := in.frame()
		if len(frame.m.OnOverdue) > 0 || frame.around == nil {
			return frame.m.OnOverdue
		}
		in = frame.around.in
	}
}

// formItem finds a field in an outcome's form that is shown now.
func (s *step) formItem(o *Outcome, field string) (item FormItem, shown bool) {
	for _, item := range o.Form {
		if item.Field != field {
			continue
		}
		// A form that cannot tell whether it shows the field shows it: asking too much is the lesser harm.
		holds, err := s.holds(item.When, "")
		if holds || err != nil {
			return item, true
		}
	}
	return FormItem{}, false
}

// performerField is the field of a form that names the next performer.
const performerField = "performer"

// checkForm refuses an outcome whose form lacks what Step itself needs; the rest of the form is the caller's to check.
func (s *step) checkForm(o *Outcome) *Refusal {
	item, shown := s.formItem(o, performerField)
	if shown && item.Required && s.event.Performer == "" {
		return refuse(RefusedPerformerMissing, "the outcome %s needs a performer for the next stage", o.ID)
	}
	return nil
}

// give remembers the performer given in the outcome's form.
func (s *step) give(o *Outcome) {
	if _, shown := s.formItem(o, performerField); !shown || s.event.Performer == "" {
		return
	}
	if s.state.Given == nil {
		s.state.Given = map[string]string{}
	}
	s.state.Given[o.ID] = s.event.Performer
}

// checkOffered refuses an outcome whose condition does not hold.
func (s *step) checkOffered(o *Outcome) *Refusal {
	holds, err := s.holds(o.When, "")
	switch {
	case err != nil:
		return refuse(RefusedOutcomeNotOpen, "the condition of the outcome %s cannot be evaluated", o.ID)
	case !holds:
		return refuse(RefusedOutcomeNotOpen, "the condition of the outcome %s does not hold", o.ID)
	}
	return nil
}
