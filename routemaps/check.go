package routemaps

import (
	"slices"
	"strings"

	"marshrut/crm"
)

// Known is what exists outside the map that it may name. A nil list is not checked.
type Known struct {
	EmailTemplates []string // keys
	SMSTemplates   []string // keys
	Users          []string // logins
	Roles          []string
	Departments    []string // keys
	Offices        []string // keys
	Calendars      []string // ids
	Attributes     []KnownAttribute
	// Maps finds a map that an outcome's create names; nil: not checked.
	Maps func(id string) (*Map, bool)
}

// KnownAttribute is an own attribute (R45) that fields of maps may read.
type KnownAttribute struct {
	Subject crm.AttributeSubject
	Key     string
	Type    FieldType
	Options []string // ids
}

// Warning is something legal in a map that its author should look at.
type Warning Error

// String gives "file:line:column: message (hint)".
func (w Warning) String() string { return (*Error)(&w).Error() }

// Check proves a map sound, or says where it is not: a map that controls its cases has every stage reachable, an end
// reachable from every stage, no branch that cannot join, no cycle that runs without a person or a timer, and names
// nothing unknown. Nested maps are to be linked before and checked on their own.
func Check(m *Map, known Known) (Errors, []Warning) {
	c := &inspection{m: m, known: known}
	c.checkNames()
	for i := range m.Outcomes {
		c.checkOutcome(&m.Outcomes[i], nil)
	}
	c.checkScope(m.Stages, false)
	c.checkFields()
	if m.Control == ControlManual {
		c.checkManual()
	} else {
		c.checkSound(newSequence(m, m.Stages, ""))
	}
	return c.errs.sorted(), c.sortedWarnings()
}

// inspection is one run of Check.
type inspection struct {
	m        *Map
	known    Known
	errs     Errors
	warnings Errors
}

// refuse notes an error at the value of a key of the mapping at owner; an empty key is the mapping itself.
func (c *inspection) refuse(owner Pos, key, code, hint, format string, args ...any) {
	c.errs = append(c.errs, c.m.error(c.m.at(owner, key), code, hint, format, args...))
}

func (c *inspection) warn(owner Pos, key, code, hint, format string, args ...any) {
	c.warnings = append(c.warnings, c.m.error(c.m.at(owner, key), code, hint, format, args...))
}

func (c *inspection) sortedWarnings() []Warning {
	var all []Warning
	for _, w := range c.warnings.sorted() {
		all = append(all, Warning(*w))
	}
	return all
}

// top is where the mapping of the whole file stands.
func (c *inspection) top() Pos { return c.m.at(Pos{}, wholeFile) }

// exists refuses a name that is not among the known ones.
func (c *inspection) exists(owner Pos, key, what, name string, known []string) {
	if known == nil || name == "" || slices.Contains(known, name) {
		return
	}
	hint := suggest(name, known)
	if hint == "" {
		hint = "create it first, or correct the name"
	}
	c.refuse(owner, key, "unknown_"+what, hint, "the %s %s is unknown", what, quote(name))
}

// resultsField is what a claim does not end without (R36): a flag or a number would always seem to be filled in.
const resultsField = "results_of_review"

// checkNames checks what the map itself names.
func (c *inspection) checkNames() {
	m, top := c.m, c.top()
	c.exists(top, "calendar", "calendar", m.Calendar, c.known.Calendars)
	available := top
	if p := m.at(top, "available_to"); p != top {
		available = p
	}
	for _, name := range m.AvailableTo.Offices {
		c.exists(available, "offices", "office", name, c.known.Offices)
	}
	for _, name := range m.AvailableTo.Departments {
		c.exists(available, "departments", "department", name, c.known.Departments)
	}
	for _, name := range m.AvailableTo.Users {
		c.exists(available, "users", "user", name, c.known.Users)
	}
	c.checkRules(m.OnOverdue)
	if m.OnIdle != nil {
		c.checkRules(m.OnIdle.Rules)
	}
	if m.Settings.ManualMode == Allowed && m.Process != crm.Deal {
		c.warn(m.at(top, "settings"), "manual_mode", "manual_mode_deals_only", "leave it out", "only deals can be switched to manual mode")
	}
	if f, ok := m.Field(resultsField); ok && m.Process == crm.Claim && f.Type != FieldText && f.Type != FieldLongText {
		c.refuse(f.Pos, "type", "results_type", "type: long_text", "the results of a claim's review are not a text")
	}
	c.checkProse(top, "comment", m.Comment)
	if len(m.OnOverdue) > 0 && m.TimeLimit == nil && !slices.ContainsFunc(slices.Collect(m.allStages()), func(s *Stage) bool { return s.TimeLimit != nil }) {
		c.warn(top, "on_overdue", "never_overdue", "give the map or a stage a time_limit", "on_overdue never fires: nothing has a time limit")
	}
}

// checkProse warns of a text that exists in one language only.
func (c *inspection) checkProse(owner Pos, key string, t crm.Text) {
	switch {
	case t.Empty():
	case t.EN == "":
		c.warn(owner, key, "missing_translation", "write {en: ..., ru: ...}", "the %s is missing in English", key)
	case t.RU == "":
		c.warn(owner, key, "missing_translation", "write {en: ..., ru: ...}", "the %s is missing in Russian", key)
	}
}

// checkScope checks the stages of the map or of a branch one by one, and what is inside them.
func (c *inspection) checkScope(stages []Stage, inBranch bool) {
	targets := make([]string, 0, len(stages)+1)
	seen := map[string]bool{}
	for i := range stages {
		s := &stages[i]
		if seen[s.ID] {
			c.refuse(s.Pos, "id", "duplicate_id", "each stage has an id of its own", "the stage %s stands twice", quote(s.ID))
		}
		seen[s.ID] = true
		targets = append(targets, s.ID)
	}
	if inBranch {
		targets = append(targets, ToJoin)
	}
	for i := range stages {
		c.checkStage(&stages[i], targets, inBranch)
	}
}

func (c *inspection) checkStage(s *Stage, targets []string, inBranch bool) {
	c.checkProse(s.Pos, "instructions", s.Instructions)
	c.checkRules(s.OnEntry)
	c.checkRules(s.OnCompletion)
	c.checkRules(s.OnOverdue)
	if len(s.OnOverdue) > 0 && s.TimeLimit == nil {
		c.warn(s.Pos, "on_overdue", "never_overdue", "give the stage a time_limit", "on_overdue of %s never fires: it has no time limit", s.ID)
	}
	for i := range s.Outcomes {
		o := &s.Outcomes[i]
		c.checkOutcome(o, s)
		c.checkTarget(o.Pos, "to", o.To, targets)
		if inBranch && o.Finish != FinishNone {
			c.refuse(o.Pos, "finish", "finish_in_branch", "lead to join, and finish after the parallel stage",
				"the outcome %s finishes the case from inside a branch", o.ID)
		}
		if _, twice := c.m.Outcome(o.ID); twice {
			c.refuse(o.Pos, "id", "duplicate_id", "choose another id", "the outcome %s of %s has the id of an outcome of the map", quote(o.ID), s.ID)
		}
	}
	c.checkKind(s, targets)
}

func (c *inspection) checkTarget(owner Pos, key, to string, targets []string) {
	if to == "" || slices.Contains(targets, to) {
		return
	}
	hint := suggest(to, targets)
	if to == ToJoin {
		hint = "only the stages of a branch lead to its join"
	} else if _, elsewhere := c.m.Stage(to); elsewhere {
		hint = "an outcome inside a branch leads to a stage of the same branch, or to join"
	}
	c.refuse(owner, key, "unknown_stage", hint, "there is no stage %s here", quote(to))
}

// checkKind checks what stages of one kind have.
func (c *inspection) checkKind(s *Stage, targets []string) {
	switch s.Kind {
	case StageTask:
		c.checkTask(s)
	case StageChoice:
		c.checkChoice(s)
	case StageParallel:
		for i := range s.Branches {
			c.checkScope(s.Branches[i].Stages, true)
		}
		c.checkOrder(s)
	case StageRoute:
		c.checkRoute(s)
	case StageAction:
		if s.Action != nil {
			c.checkRules([]Rule{*s.Action})
		}
		c.checkOrder(s)
	case StageWait:
		c.checkWait(s, targets)
		c.checkOrder(s)
	}
}

func (c *inspection) checkTask(s *Stage) {
	if s.Performer != nil {
		c.checkPerformer(s.Pos, *s.Performer)
	}
	if c.m.Control == ControlProcess && s.Performer == nil {
		c.refuse(s.Pos, "", "performer_missing", performerHint, "the stage %s has no performer", s.ID)
	}
	for i := range s.OnEvent {
		t := &s.OnEvent[i]
		c.checkRules(t.Rules)
		if t.Outcome == "" {
			continue
		}
		o, ok := s.Outcome(t.Outcome)
		switch {
		case !ok:
			c.refuse(t.Pos, "outcome", "unknown_outcome", suggest(t.Outcome, outcomeIDs(s.Outcomes)), "the stage %s has no outcome %s", s.ID, quote(t.Outcome))
		case o.Pause != "":
			c.refuse(t.Pos, "outcome", "trigger_pauses", "nobody is there to say until when", "a trigger cannot choose the outcome %s, which pauses", o.ID)
		}
	}
	offered := func(o Outcome) bool { return o.When == nil }
	if len(s.Outcomes) > 0 && !slices.ContainsFunc(s.Outcomes, offered) && !slices.ContainsFunc(c.m.Outcomes, offered) {
		c.warn(s.Pos, "outcomes", "no_certain_outcome", "leave one without when", "every outcome of %s has a condition: where none holds, nobody can go on", s.ID)
	}
}

func outcomeIDs(outcomes []Outcome) []string {
	ids := make([]string, len(outcomes))
	for i, o := range outcomes {
		ids[i] = o.ID
	}
	return ids
}

// checkOutcome checks what an outcome has, of a stage or, where s is nil, of the map.
func (c *inspection) checkOutcome(o *Outcome, s *Stage) {
	c.checkProse(o.Pos, "comment", o.Comment)
	for _, item := range o.Form {
		f, ok := c.m.Field(item.Field)
		switch {
		case !ok:
			c.refuse(o.Pos, "require", "unknown_field", "declare it under fields", "the field %s is unknown", quote(item.Field))
		case f.ID == performerField && f.Type != FieldUser:
			c.refuse(f.Pos, "type", "performer_type", "type: user", "the field performer is not a user")
		}
	}
	if o.Pause != "" {
		c.checkPause(o, s)
	}
	if o.Create != nil {
		c.checkCreate(o)
	}
}

func (c *inspection) checkPause(o *Outcome, s *Stage) {
	f, ok := c.m.Field(o.Pause)
	switch {
	case s == nil || !o.Cyclic(s.ID):
		c.refuse(o.Pos, "pause", "pause_not_cyclic", "only an outcome that leads back to its own stage pauses it", "the outcome %s pauses but leads on", o.ID)
	case !ok || f.Type != FieldDateTime:
		c.refuse(o.Pos, "pause", "pause_type", "pause: until, a field of the type datetime", "the field %s is not a datetime", quote(o.Pause))
	case !slices.ContainsFunc(o.Form, func(i FormItem) bool { return i.Field == o.Pause && i.Required && i.When == nil }):
		c.refuse(o.Pos, "pause", "pause_not_asked", "require: ["+o.Pause+"]", "the outcome %s pauses until %s but does not require it", o.ID, o.Pause)
	}
}

func (c *inspection) checkCreate(o *Outcome) {
	if c.known.Maps == nil {
		return
	}
	at := c.m.at(o.Pos, "create")
	target, ok := c.known.Maps(o.Create.Map)
	switch {
	case !ok:
		c.refuse(at, "map", "unknown_map", "publish it first, or correct the id", "the map %s is unknown", quote(o.Create.Map))
	case target.Process != o.Create.Process:
		c.refuse(at, "process", "create_process", "process: "+string(target.Process), "the map %s is of the process %s", o.Create.Map, target.Process)
	default:
		c.checkSupplied(at, target)
	}
}

// checkSupplied refuses to make a case whose intake asks for more than the one that makes it can give: nobody is there to
// fill a form in.
func (c *inspection) checkSupplied(at Pos, target *Map) {
	for _, item := range target.Intake {
		if !item.Required || slices.Contains([]string{"client", "topic", "source"}, item.Field) {
			continue
		}
		if item.When != nil {
			if asked, err := item.When.Bool(map[string]any{}); err != nil || !asked {
				continue
			}
		}
		c.refuse(at, "map", "create_intake", "a map whose intake requires client, topic and source only",
			"the map %s requires %s at intake, which nobody gives here", target.ID, item.Field)
	}
}

func (c *inspection) checkPerformer(owner Pos, p Performer) {
	at := c.m.at(owner, "performer")
	switch p.Kind {
	case PerformUser:
		c.exists(at, "user", "user", p.Key, c.known.Users)
	case PerformRole:
		c.exists(at, "role", "role", p.Key, c.known.Roles)
	case PerformDepartment:
		c.exists(at, "department", "department", p.Key, c.known.Departments)
	case PerformFrom:
		c.checkFrom(at, p.Key)
	case PerformUserID, PerformResponsible, PerformHead:
	}
}

// checkFrom checks that an outcome really gives a performer.
func (c *inspection) checkFrom(at Pos, id string) {
	var ids []string
	for s := range c.m.allStages() {
		ids = append(ids, outcomeIDs(s.Outcomes)...)
		o, ok := s.Outcome(id)
		if ok && slices.ContainsFunc(o.Form, func(i FormItem) bool { return i.Field == performerField && i.Required && i.When == nil }) {
			return
		}
	}
	if slices.Contains(ids, id) {
		c.refuse(at, "from", "performer_not_asked", "require: [performer]", "the outcome %s does not require a performer", quote(id))
		return
	}
	hint := suggest(id, ids)
	if hint == "" {
		hint = "from names an outcome of another stage of this map"
	}
	c.refuse(at, "from", "unknown_outcome", hint, "the performer comes from the outcome %s, which is in no stage", quote(id))
}

func (c *inspection) checkRules(rules []Rule) {
	for i := range rules {
		r := &rules[i]
		switch r.Kind {
		case RuleEmail:
			c.exists(r.Pos, "email", "template", r.Template, c.known.EmailTemplates)
		case RuleSMS:
			c.exists(r.Pos, "sms", "template", r.Template, c.known.SMSTemplates)
		case RuleCreateTask:
			if r.Task != nil {
				c.checkPerformer(c.m.at(r.Pos, "create_task"), r.Task.Performer)
			}
		case RuleWebhook, RuleSetField:
		}
		for _, to := range r.To {
			switch to.Kind {
			case ToUser:
				c.exists(r.Pos, "to", "user", to.Key, c.known.Users)
			case ToRole:
				c.exists(r.Pos, "to", "role", to.Key, c.known.Roles)
			case ToClient, ToContacts, ToPerformer, ToResponsible, ToHead:
			}
		}
	}
}

// checkChoice checks the outcomes of a choice: each reachable, together complete.
func (c *inspection) checkChoice(s *Stage) {
	if len(s.Outcomes) == 0 {
		c.refuse(s.Pos, "", "choice_without_outcomes", "outcomes: [{id: ..., when: ..., to: ...}]", "the choice %s has no outcomes", s.ID)
		return
	}
	for i := range s.Outcomes {
		if o := &s.Outcomes[i]; s.Switch == "" && o.Case != nil {
			c.refuse(o.Pos, "case", "case_without_switch", "switch: the field whose value is meant, or when: an expression",
				"the choice %s has cases but no switch", s.ID)
		}
	}
	c.checkOrder(s)
	if s.Switch != "" {
		c.checkSwitch(s)
	} else if !hasDefault(s.Outcomes) {
		c.warn(s.Pos, "outcomes", "choice_without_default", "let the last outcome have no when",
			"where no condition holds, the case stops at %s and waits for an administrator", s.ID)
	}
}

// checkOrder refuses what stands behind an outcome that is always taken. Cases are looked at first, wherever they stand.
func (c *inspection) checkOrder(s *Stage) {
	var always *Outcome
	for i := range s.Outcomes {
		o := &s.Outcomes[i]
		switch {
		case o.Case != nil:
		case always != nil:
			c.refuse(o.Pos, "", "never_taken", "the outcome without when and case comes last", "the outcome %s is never taken: %s before it always is", o.ID, always.ID)
		case o.When == nil:
			always = o
		}
	}
}

func hasDefault(outcomes []Outcome) bool {
	return slices.ContainsFunc(outcomes, func(o Outcome) bool { return o.When == nil && o.Case == nil })
}

// checkSwitch checks the cases of a choice against the values that its field can have.
func (c *inspection) checkSwitch(s *Stage) {
	f, ok := c.m.Field(s.Switch)
	var values []string
	switch {
	case !ok:
		c.refuse(s.Pos, "switch", "unknown_field", "declare it under fields", "the field %s is unknown", quote(s.Switch))
		return
	case f.Type == FieldChoice:
		for _, o := range f.Options {
			values = append(values, o.ID)
		}
	case f.Type == FieldFlag:
		values = []string{"true", "false"}
	default:
		c.refuse(s.Pos, "switch", "switch_type", "a field of the type choice or flag; for others use when", "the field %s of type %s cannot be switched on", f.ID, f.Type)
		return
	}
	missing := c.checkCases(s, values, "an option of "+f.ID)
	switch {
	case hasDefault(s.Outcomes):
	case len(missing) > 0:
		c.warn(s.Pos, "outcomes", "switch_incomplete", "add an outcome for it, or a last one without case", "no outcome of %s is for %s", s.ID, quote(missing[0]))
	default:
		c.warn(s.Pos, "outcomes", "switch_incomplete", "add a last outcome without case", "no outcome of %s is for an empty %s", s.ID, f.ID)
	}
}

// checkCases checks that every case is one of the values and not taken before; it returns the values that no case surely takes.
func (c *inspection) checkCases(s *Stage, values []string, what string) (missing []string) {
	taken := map[string]bool{}
	for i := range s.Outcomes {
		o := &s.Outcomes[i]
		for _, value := range o.Case {
			switch {
			case !slices.Contains(values, value):
				c.refuse(o.Pos, "case", "unknown_case", suggest(value, values), "%s is not %s", quote(value), what)
			case taken[value]:
				c.refuse(o.Pos, "case", "never_taken", "leave it out once", "the case %s stands twice", quote(value))
			}
			taken[value] = taken[value] || o.When == nil
		}
	}
	return slices.DeleteFunc(slices.Clone(values), func(v string) bool { return taken[v] })
}

func (c *inspection) checkRoute(s *Stage) {
	c.checkCases(s, []string{string(FinishPositive), string(FinishNegative)}, "positive or negative")
	c.checkOrder(s)
	n, ok := c.m.Nested(s.Route)
	if !ok {
		if c.known.Maps != nil {
			c.refuse(s.Pos, "map", "unknown_map", "publish it first, or correct the id", "the map %s is unknown", quote(s.Route))
		}
		return
	}
	c.checkShared(s, n)
	for inner := range n.allStages() {
		for _, o := range inner.Outcomes {
			if _, same := c.m.Outcome(o.ID); same {
				c.warn(s.Pos, "map", "outcome_hidden", "the nested map's own is the one chosen there",
					"the nested map %s has an outcome %s, and so has this map", n.ID, quote(o.ID))
				return
			}
		}
	}
}

// checkShared refuses a nested map that takes a field of this one for something else: the value is the case's, one for both.
func (c *inspection) checkShared(s *Stage, n *Map) {
	for i := range n.Fields {
		theirs := &n.Fields[i]
		if ours, ok := c.m.Field(theirs.ID); ok && ours.Type != theirs.Type {
			c.refuse(s.Pos, "map", "field_differs", "give one of them another id, or both the same type",
				"the field %s is of the type %s here and of %s in the nested map %s", theirs.ID, ours.Type, theirs.Type, n.ID)
		}
	}
}

func (c *inspection) checkWait(s *Stage, targets []string) {
	w := s.Wait
	if w == nil {
		c.refuse(s.Pos, "", "wait_for_what", "wait: {for: 2 working days}", "the stage %s does not say what it waits for", s.ID)
		return
	}
	at := c.m.at(s.Pos, "wait")
	if w.Until != "" {
		if f, ok := c.m.Field(w.Until); !ok || f.Type != FieldDate && f.Type != FieldDateTime {
			c.refuse(at, "until", "wait_type", "a field of the type date or datetime", "the stage %s cannot wait until %s", s.ID, quote(w.Until))
		}
	}
	if w.Timeout != nil {
		c.checkTarget(c.m.at(at, "timeout"), "to", w.Timeout.To, targets)
	}
	if w.For == nil && w.Until == "" && w.Event == "" && w.When != nil && w.Timeout == nil {
		c.warn(s.Pos, "wait", "wait_without_timeout", "timeout: {after: 5 working days, to: ...}", "the stage %s may wait for ever", s.ID)
	}
}

// checkFields warns of fields that nobody asks for or nothing reads.
func (c *inspection) checkFields() {
	asked, read := map[string]bool{}, map[string]*Condition{}
	c.collectFields(asked, read)
	for i := range c.m.Fields {
		f := &c.m.Fields[i]
		cond, isRead := read[f.ID]
		switch {
		case f.Attribute != "":
			c.checkAttribute(f, asked[f.ID])
		case isRead && !asked[f.ID] && cond != nil:
			c.warn(cond.Pos, "", "field_never_asked", "ask for it in a form or at intake", "%s is read here, but no form of this map asks for it", f.ID)
		case !isRead && !asked[f.ID] && f.Pos != (Pos{}):
			c.warn(f.Pos, "", "field_unused", "leave it out, or ask for it in a form", "the field %s is not used", f.ID)
		}
	}
}

// checkAttribute checks a field that reads an own attribute: there is one, of the same type, and nothing of the map writes it.
func (c *inspection) checkAttribute(f *Field, asked bool) {
	if asked {
		c.refuse(f.Pos, "", "attribute_read_only", "ask for a field of its own", "the field %s reads an attribute and cannot be asked for or set", f.ID)
	}
	if c.known.Attributes == nil {
		return
	}
	of, key, _ := strings.Cut(f.Attribute, ".")
	subject := crm.AttributeSubject(of)
	if of == "case" {
		subject = crm.AttributeOfCase(c.m.Process)
	}
	var names []string
	for i := range c.known.Attributes {
		known := &c.known.Attributes[i]
		if known.Subject != subject {
			continue
		}
		if known.Key == key {
			c.checkAttributeType(f, known)
			return
		}
		names = append(names, of+"."+known.Key)
	}
	c.exists(f.Pos, "", "attribute", f.Attribute, append(names, ""))
}

func (c *inspection) checkAttributeType(f *Field, known *KnownAttribute) {
	if f.Type != known.Type {
		c.refuse(f.Pos, "", "attribute_type", "type: "+string(known.Type), "the attribute %s is not of the type %s", f.Attribute, f.Type)
		return
	}
	for _, o := range f.Options {
		c.exists(f.Pos, "", "option", o.ID, append(slices.Clone(known.Options), ""))
	}
}

// checkManual checks a map whose cases people move: it has stages to choose from and nothing that happens by itself.
func (c *inspection) checkManual() {
	for i := range c.m.Stages {
		s := &c.m.Stages[i]
		if s.Kind != StageTask {
			c.refuse(s.Pos, "kind", "manual_kind", "leave out kind, or control: process", "a map moved by hand has no stages of the kind %s", s.Kind)
		}
		unused := map[string]bool{
			"performer": s.Performer != nil, "time_limit": s.TimeLimit != nil, "on_entry": len(s.OnEntry) > 0,
			"on_completion": len(s.OnCompletion) > 0, "on_event": len(s.OnEvent) > 0, "outcomes": len(s.Outcomes) > 0,
		}
		for key, has := range unused {
			if has {
				c.warn(s.Pos, key, "manual_unused", "leave it out, or control: process", "%s of %s does nothing in a map moved by hand", key, s.ID)
			}
		}
	}
}

// conditionsOf lists everything in rules that reads fields.
func conditionsOf(rules []Rule) []*Condition {
	var all []*Condition
	for i := range rules {
		all = append(all, rules[i].When, rules[i].Value)
	}
	return all
}

// collectFields notes the fields that forms and rules fill, and those that are read, with the expression that does.
func (c *inspection) collectFields(asked map[string]bool, read map[string]*Condition) {
	ask := func(items []FormItem) (conditions []*Condition) {
		for _, item := range items {
			asked[item.Field] = true
			conditions = append(conditions, item.When)
		}
		return conditions
	}
	fill := func(rules []Rule) []*Condition {
		for i := range rules {
			if rules[i].Field != "" {
				asked[rules[i].Field] = true
			}
		}
		return conditionsOf(rules)
	}
	outcomes := func(all []Outcome) (conditions []*Condition) {
		for i := range all {
			conditions = append(append(conditions, all[i].When), ask(all[i].Form)...)
		}
		return conditions
	}
	conditions := slices.Concat(ask(c.m.Intake), outcomes(c.m.Outcomes), fill(c.m.OnOverdue))
	if c.m.OnIdle != nil {
		conditions = append(conditions, fill(c.m.OnIdle.Rules)...)
	}
	for s := range c.m.allStages() {
		conditions = append(conditions, slices.Concat(outcomes(s.Outcomes), fill(s.OnEntry), fill(s.OnCompletion), fill(s.OnOverdue))...)
		for i := range s.OnEvent {
			conditions = append(append(conditions, s.OnEvent[i].When), fill(s.OnEvent[i].Rules)...)
		}
		if s.Action != nil {
			conditions = append(conditions, fill([]Rule{*s.Action})...)
		}
		if s.Wait != nil {
			conditions = append(conditions, s.Wait.When)
			read[s.Wait.Until] = nil
		}
		read[s.Switch] = nil
	}
	for _, cond := range conditions {
		if cond == nil {
			continue
		}
		for _, id := range cond.Reads() {
			if _, before := read[id]; !before {
				read[id] = cond
			}
		}
	}
}
