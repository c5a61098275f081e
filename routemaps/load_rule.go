package routemaps

import (
	"slices"
	"strings"

	"marshrut/crm"
)

// rules reads the rules behind a key; path begins their ids.
func (l *loader) rules(o *object, key, path string, scope *conditionScope) []Rule {
	var rules []Rule
	nodes := o.strictList(key, key+": [{email: ..., to: client}]")
	for i, n := range capped(l, o.pos(key), "rules", maxRules, nodes) {
		if r, ok := l.rule(n, itemPath(path, i), scope); ok {
			rules = append(rules, r)
		}
	}
	return rules
}

// ruleKeys are the keys that rules of a kind have.
func ruleKeys(kind RuleKind) []string {
	switch kind {
	case RuleEmail, RuleSMS:
		return []string{string(kind), "to", "when"}
	case RuleSetField:
		return []string{string(kind), "value", "when"}
	case RuleWebhook, RuleCreateTask:
		return []string{string(kind), "when"}
	}
	return nil
}

func ruleKinds() []RuleKind {
	return []RuleKind{RuleEmail, RuleSMS, RuleWebhook, RuleSetField, RuleCreateTask}
}

func (l *loader) rule(n *node, id string, scope *conditionScope) (Rule, bool) {
	var all, kinds, named []string
	for _, kind := range ruleKinds() {
		kinds = append(kinds, string(kind))
		for _, key := range ruleKeys(kind) {
			if !slices.Contains(all, key) {
				all = append(all, key)
			}
		}
	}
	o := l.object(n, "the rule", all...)
	if o == nil {
		return Rule{}, false
	}
	for _, kind := range kinds {
		if o.get(kind) != nil {
			named = append(named, kind)
		}
	}
	if len(named) != 1 {
		l.error(n.pos, "rule_does_what", "exactly one of "+strings.Join(kinds, ", "), "the rule does %d things", len(named))
		return Rule{}, false
	}
	r := Rule{ID: id, Kind: RuleKind(named[0]), Pos: n.pos}
	o.what = "the " + named[0] + " rule"
	for _, e := range n.entries {
		if slices.Contains(all, e.key) && !slices.Contains(ruleKeys(r.Kind), e.key) {
			l.error(e.keyPos, "key_not_here", "keys: "+strings.Join(ruleKeys(r.Kind), ", "), "%s has no %s", o.what, e.key)
		}
	}
	l.readRule(o, &r, scope)
	r.When = l.condition(o, "when", Field{Type: FieldFlag}, scope)
	return r, true
}

// readRule reads what a rule of its kind needs.
func (l *loader) readRule(o *object, r *Rule, scope *conditionScope) {
	switch r.Kind {
	case RuleEmail, RuleSMS:
		r.Template = o.id(string(r.Kind))
		if o.need("to", "to: client") != nil {
			r.To = l.recipients(o)
		}
	case RuleWebhook:
		r.URL = l.webhookURL(o)
	case RuleSetField:
		r.Field = l.fieldKey(o, "set")
		if o.need("value", `value: amount * 2; a text stands in two kinds of quotes: '"text"'`) != nil && r.Field != "" {
			r.Value = l.condition(o, "value", l.scope.fields[r.Field], scope)
		}
	case RuleCreateTask:
		r.Task = l.ruleTask(o)
	}
}

func (l *loader) ruleTask(o *object) *RuleTask {
	t := l.object(o.get("create_task"), "create_task", "name", "performer", "time_limit")
	if t == nil {
		return nil
	}
	task := &RuleTask{Name: t.name(), Performer: Performer{Kind: PerformResponsible}, TimeLimit: t.duration("time_limit")}
	if p := l.performerKey(t, "performer"); p != nil {
		task.Performer = *p
	}
	return task
}

// action reads what an action stage does.
func (l *loader) action(o *object, id string) *Rule {
	n := o.need("action", "action: {email: ..., to: client}")
	if n == nil {
		return nil
	}
	r, ok := l.rule(n, id, l.scope)
	if !ok {
		return nil
	}
	return &r
}

// webhookURL reads an address that a webhook may go to (crm.HookURL).
func (l *loader) webhookURL(o *object) string {
	n := o.get("webhook")
	text, ok := l.scalar(n, "the webhook")
	if !ok {
		return ""
	}
	const hint = "webhook: https://example.com/hook"
	problem := crm.HookURL(text)
	if len(text) > maxText || strings.ContainsFunc(text, invisible) {
		problem = crm.HookURLNone
	}
	switch problem {
	case crm.HookURLNone:
		l.error(n.pos, "bad_url", hint, "the webhook is not an address")
	case crm.HookURLPassword:
		l.error(n.pos, "bad_url", "keep passwords out of maps", "the webhook's address holds a password")
	case crm.HookURLPlain:
		l.error(n.pos, "bad_url", hint+"; http only to the machine itself", "the webhook's address does not begin with https")
	case crm.HookURLFine:
		return text
	}
	return ""
}

const performerHint = "performer: responsible, head_of_department, {user: login}, {role: dispatcher}, {department: sales} or {from: outcome}"

// performerKey reads a performer: a word, or a mapping of one key.
func (l *loader) performerKey(o *object, key string) *Performer {
	n := o.get(key)
	if n == nil {
		return nil
	}
	if n.kind == scalarNode {
		switch kind := word(o, key, "", PerformResponsible, PerformHead); kind {
		case "":
			return nil
		default:
			return &Performer{Kind: kind}
		}
	}
	kinds := []string{string(PerformUser), string(PerformRole), string(PerformDepartment), string(PerformFrom)}
	p := l.object(n, "the performer", kinds...)
	if p == nil {
		return nil
	}
	if len(n.entries) != 1 {
		l.error(n.pos, "bad_performer", performerHint, "the performer is not one user, role or department")
		return nil
	}
	kind := n.entries[0].key
	if !slices.Contains(kinds, kind) {
		return nil // reported as an unknown key
	}
	if n.entries[0].value.null {
		l.error(n.pos, "bad_performer", performerHint, "the performer's %s is missing", kind)
		return nil
	}
	return &Performer{Kind: PerformerKind(kind), Key: l.key(n.entries[0].value, "the performer's "+kind)}
}

// recipients reads whom a notification is for: one or a list.
func (l *loader) recipients(o *object) []Recipient {
	var all []Recipient
	nodes := o.list("to")
	if len(nodes) == 0 {
		l.error(o.pos("to"), "missing_key", "to: client", "%s is for nobody", o.what)
	}
	for _, n := range capped(l, o.pos("to"), "recipients", maxRules, nodes) {
		r, ok := l.recipient(n)
		switch {
		case !ok:
		case slices.Contains(all, r):
			l.error(n.pos, "duplicate_id", "leave it out once", "a recipient stands twice")
		default:
			all = append(all, r)
		}
	}
	return all
}

func (l *loader) recipient(n *node) (Recipient, bool) {
	words := []string{string(ToClient), string(ToContacts), string(ToPerformer), string(ToResponsible), string(ToHead)}
	hint := "to: " + strings.Join(words, ", ") + ", {user: login} or {role: dispatcher}"
	if n.kind == scalarNode && !n.null {
		text, _ := l.scalar(n, "the recipient")
		if slices.Contains(words, text) {
			return Recipient{Kind: RecipientKind(text)}, true
		}
		if near := nearest(text, words); near != "" {
			hint = "did you mean " + near + "?"
		}
		l.error(n.pos, "unknown_word", hint, "%s is no recipient", quote(text))
		return Recipient{}, false
	}
	r := l.object(n, "the recipient", string(ToUser), string(ToRole))
	if r == nil {
		return Recipient{}, false
	}
	user, role := r.get(string(ToUser)), r.get(string(ToRole))
	switch {
	case user != nil && role == nil:
		return Recipient{Kind: ToUser, Key: l.key(user, "the recipient's user")}, true
	case role != nil && user == nil:
		return Recipient{Kind: ToRole, Key: l.key(role, "the recipient's role")}, true
	}
	l.error(n.pos, "unknown_word", hint, "the recipient is not one user or role")
	return Recipient{}, false
}

// triggers reads what a task does when outside events come.
func (l *loader) triggers(o *object, path string) []Trigger {
	var all []Trigger
	nodes := o.strictList("on_event", "on_event: [{event: payment, outcome: paid}]")
	for i, n := range capped(l, o.pos("on_event"), "triggers", maxRules, nodes) {
		t := l.object(n, "the trigger", "event", "when", "early", "outcome", "rules")
		if t == nil {
			continue
		}
		trigger := Trigger{ID: itemPath(path, i), Early: t.flag("early"), Pos: n.pos}
		if t.need("event", "event: payment") != nil {
			trigger.Event = word(t, "event", "", eventNames()...)
		}
		trigger.When = l.condition(t, "when", Field{Type: FieldFlag}, l.scope)
		trigger.Rules = l.rules(t, "rules", trigger.ID, l.scope)
		if oc := t.get("outcome"); oc != nil {
			trigger.Outcome = l.id(oc, "the trigger's outcome")
		} else if len(trigger.Rules) == 0 {
			l.error(n.pos, "missing_key", "outcome: paid, or rules: [...], or both", "the trigger does nothing")
		}
		all = append(all, trigger)
	}
	return all
}
