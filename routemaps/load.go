package routemaps

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"marshrut/crm"
)

// Limits of a map.
const (
	maxStages   = 2_000 // in all, those of branches and of nested maps included
	maxOutcomes = 50    // of one stage, or of the map
	maxRules    = 50    // of one event of one stage
	maxFields   = 200   // declared
	maxItems    = 50    // of one form
	maxOptions  = 200   // of one choice
	maxBranches = 50    // of one parallel stage
	maxEntries  = 1_000 // entries of one list of availability
	maxFrames   = 5     // nested maps inside one another
)

// Load reads a route map from YAML. file names the source in messages. It checks the form: keys, types, ids, texts,
// durations, expressions; whether the map is sound is the business of Check, and nested maps are joined to it by Link.
//
// The error is Errors, each with line and column. The keys of the format:
//
//	map:      id process control independent name group comment state acceptance_wizard available_to time_limit calendar
//	          settings fields intake outcomes on_overdue on_idle stages
//	settings: next_interaction close_others_interactions client_ownership_on_finish manual_mode
//	field:    a type, or {type, name, options}; options are [{id, name}] or {id: name}
//	stage:    id kind name instructions on_entry on_completion, and by kind
//	          task: performer time_limit on_overdue on_event outcomes
//	          choice: switch outcomes · parallel: join branches time_limit on_overdue outcomes
//	          route: map time_limit on_overdue outcomes · action: action outcomes · wait: wait time_limit on_overdue outcomes
//	branch:   id name stages
//	outcome:  id name comment require ask to finish when case pause create
//	form:     an id, or {field, when}, of intake also {field, required, when}
//	rule:     email to when · sms to when · webhook when · set value when · create_task when
//	trigger:  event when early outcome rules
//	wait:     for | until | event | when, and timeout {after, to}
func Load(file string, src []byte) (*Map, error) {
	l := &loader{file: file, m: &Map{File: file, Source: slices.Clone(src)}, places: map[place]Pos{}}
	root, err := parseYAML(src)
	if err != nil {
		err.File = file
		return nil, Errors{err}
	}
	l.readMap(root)
	if len(l.errs) > 0 {
		return nil, l.errs.sorted()
	}
	l.m.places = l.places
	l.m.SHA256 = contentHash(l.m)
	return l.m, nil
}

// LoadAll loads every map of a folder, *.yaml without the *_test.yaml, and links them with one another. The error is
// Errors, those of all files together, or what reading the folder gave.
func LoadAll(folder fs.FS) (map[string]*Map, error) {
	files, err := Files(folder)
	if err != nil {
		return nil, err
	}
	loaded := map[string]*Map{}
	var errs Errors
	for _, file := range files {
		m, err := loadFile(folder, file)
		problems, refused := errors.AsType[Errors](err)
		switch {
		case refused:
			errs = append(errs, problems...)
		case err != nil:
			return nil, err
		case loaded[m.ID] != nil:
			errs = append(errs, m.error(m.at(Pos{Line: 1, Column: 1}, "id"), "duplicate_id", "each map has an id of its own",
				"the map %s is already in %s", quote(m.ID), loaded[m.ID].File))
		default:
			loaded[m.ID] = m
		}
	}
	errs = append(errs, linkAll(loaded)...)
	if len(errs) > 0 {
		return nil, errs.sorted()
	}
	return loaded, nil
}

func isMapFile(name string) bool {
	ext := path.Ext(name)
	return (ext == ".yaml" || ext == ".yml") && !strings.HasSuffix(strings.TrimSuffix(name, ext), "_test")
}

func loadFile(folder fs.FS, name string) (*Map, error) {
	file, err := folder.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read route map: %w", err)
	}
	defer file.Close()
	src, err := ReadSource(file, name)
	if err != nil {
		return nil, err
	}
	return Load(name, src)
}

// ReadSource reads an open file, named so in messages, as far as the source of a map may be long. One that is longer, as a
// device is that never ends, is refused with Errors, and what says how long it is before it is read.
func ReadSource(file fs.File, name string) ([]byte, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if info.IsDir() {
		return nil, fmt.Errorf("read %s: it is a folder", name)
	}
	if info.Size() > maxSource {
		return nil, tooLarge(name, fmt.Sprintf("the file is %d bytes long, the most is %d", info.Size(), maxSource))
	}
	src, err := io.ReadAll(io.LimitReader(file, maxSource+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(src) > maxSource {
		return nil, tooLarge(name, fmt.Sprintf("the file is more than %d bytes long", maxSource))
	}
	return src, nil
}

func tooLarge(name, message string) Errors {
	return Errors{{File: name, Line: 1, Column: 1, Code: "too_large", Message: message, Hint: "split it into nested maps (kind: route)"}}
}

func linkAll(loaded map[string]*Map) Errors {
	var errs Errors
	for _, id := range slices.Sorted(maps.Keys(loaded)) {
		err := Link(loaded[id], func(id string) (*Map, bool) {
			m, ok := loaded[id]
			return m, ok
		})
		if problems, refused := errors.AsType[Errors](err); refused {
			errs = append(errs, problems...)
		}
	}
	return errs
}

// LoadChecked loads a map, links it and proves it sound. The error is Errors; a map that could be read and is unsound comes with
// them. The warnings are returned with a map only.
func LoadChecked(file string, src []byte, find func(id string) (*Map, bool), known Known) (*Map, []Warning, error) {
	m, err := Load(file, src)
	if err != nil {
		return nil, nil, err
	}
	if err := Link(m, find); err != nil {
		return nil, nil, err
	}
	errs, warnings := Check(m, known)
	if len(errs) > 0 {
		return m, warnings, errs
	}
	return m, warnings, nil
}

// place names a value of the file: the mapping it is in, and its key there ("to", or "require/0" for an item).
type place struct {
	owner Pos
	key   string
}

// wholeFile is the key under which the place of the file's own mapping is kept, without an owner.
const wholeFile = "map"

// at is where the value of a key of the mapping at owner stands; owner itself where that is not known.
func (m *Map) at(owner Pos, key string) Pos {
	if p, ok := m.places[place{owner: owner, key: key}]; ok {
		return p
	}
	return owner
}

// error makes an Error in the map's file.
func (m *Map) error(at Pos, code, hint, format string, args ...any) *Error {
	return &Error{File: m.File, Line: at.Line, Column: at.Column, Code: code, Message: fmt.Sprintf(format, args...), Hint: hint}
}

// loader turns the nodes of one file into a Map, collecting what is wrong.
type loader struct {
	file   string
	m      *Map
	errs   Errors
	places map[place]Pos
	stages int // counted so far

	scope  *conditionScope
	broken []string // fields whose declaration is wrong: what is said of expressions with them would only confuse
	used   []string // standard fields in the order of their first use
}

// error notes what is wrong at a place of the file.
func (l *loader) error(at Pos, code, hint, format string, args ...any) {
	l.errs = append(l.errs, &Error{
		File: l.file, Line: at.Line, Column: at.Column, Code: code, Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

// capped is the items of a list, cut where there are too many.
func capped[T any](l *loader, at Pos, what string, most int, items []T) []T {
	if len(items) <= most {
		return items
	}
	l.error(at, "too_many", fmt.Sprintf("at most %d", most), "%d %s", len(items), what)
	return items[:most]
}

// use notes that the map uses a field, so that a standard one becomes part of it.
func (l *loader) use(field string) {
	if !slices.Contains(l.used, field) {
		l.used = append(l.used, field)
	}
}

// readMap reads the whole file.
func (l *loader) readMap(root *node) {
	o := l.object(root, "the map", "id", "process", "control", "independent", "name", "group", "comment", "state", "acceptance_wizard",
		"available_to", "time_limit", "calendar", "settings", "fields", "intake", "outcomes", "on_overdue", "on_idle", "stages")
	if o == nil {
		return
	}
	l.places[place{key: wholeFile}] = root.pos
	m := l.m
	l.readHead(o)
	l.readFields(o)
	m.Intake = l.form(o, "intake", false)
	m.Outcomes = l.outcomes(o, outcomePlace{mapLevel: true})
	m.OnOverdue = l.rules(o, "on_overdue", "on_overdue", l.scope)
	m.OnIdle = l.onIdle(o)
	if n := o.need("stages", "stages: [{id: ..., name: {en: ..., ru: ...}, ...}]"); n != nil {
		m.Stages = l.readStages(o, scopePlace{what: "the map"})
		l.resolve(m.Stages, false)
	}
	l.addStandardFields()
}

// readHead reads what the map says about itself.
func (l *loader) readHead(o *object) {
	m := l.m
	m.ID = o.id("id")
	if o.need("process", "appeal, deal, interest or claim") != nil {
		m.Process = word(o, "process", "", crm.Kinds()...)
	}
	m.Control = word(o, "control", ControlProcess, ControlProcess, ControlManual)
	m.Independent = o.flag("independent")
	m.Name = o.name()
	m.Group = o.nameIfAny("group")
	m.Comment = o.prose("comment")
	m.InitialState = word(o, "state", MapActive, MapDraft, MapActive, MapArchived)
	m.AcceptanceWizard = o.flag("acceptance_wizard")
	m.AvailableTo = l.availability(o)
	m.TimeLimit = o.duration("time_limit")
	if n := o.get("calendar"); n != nil {
		m.Calendar = l.key(n, "the calendar")
	}
	m.Settings = l.settings(o)
}

func (l *loader) availability(o *object) Availability {
	n := o.get("available_to")
	if n == nil {
		return Availability{}
	}
	a := l.object(n, "available_to", "offices", "departments", "users")
	if a == nil {
		return Availability{}
	}
	return Availability{Offices: l.keys(a, "offices"), Departments: l.keys(a, "departments"), Users: l.keys(a, "users")}
}

func (l *loader) keys(o *object, key string) []string {
	var all []string
	for _, n := range capped(l, o.pos(key), key, maxEntries, o.strictList(key, "["+key+"]")) {
		all = append(all, l.key(n, o.what+"'s "+key))
	}
	return all
}

func (l *loader) settings(o *object) Settings {
	absent := Settings{
		NextInteraction: PlanningRecommended, CloseOthersInteractions: Allowed,
		ClientOwnershipOnFinish: OwnershipNone, ManualMode: Forbidden,
	}
	n := o.get("settings")
	if n == nil {
		return absent
	}
	s := l.object(n, "settings", "next_interaction", "close_others_interactions", "client_ownership_on_finish", "manual_mode")
	if s == nil {
		return absent
	}
	return Settings{
		NextInteraction:         word(s, "next_interaction", absent.NextInteraction, PlanningRecommended, PlanningMandatory),
		CloseOthersInteractions: word(s, "close_others_interactions", absent.CloseOthersInteractions, Allowed, Forbidden),
		ClientOwnershipOnFinish: word(s, "client_ownership_on_finish", absent.ClientOwnershipOnFinish, OwnershipNone, OwnershipShared),
		ManualMode:              word(s, "manual_mode", absent.ManualMode, Allowed, Forbidden),
	}
}

func (l *loader) onIdle(o *object) *OnIdle {
	n := o.get("on_idle")
	if n == nil {
		return nil
	}
	i := l.object(n, "on_idle", "after", "rules")
	if i == nil || i.need("after", "after: 5 working days") == nil {
		return nil
	}
	after := i.duration("after")
	rules := l.rules(i, "rules", "on_idle", l.scope)
	if len(rules) == 0 {
		l.error(i.n.pos, "missing_key", "rules: [{email: ..., to: responsible}]", "on_idle has no rules")
	}
	if after == nil {
		return nil
	}
	return &OnIdle{After: *after, Rules: rules}
}

// readFields reads the declared fields and makes the scope of the map's expressions: those and the standard ones.
func (l *loader) readFields(o *object) {
	standard := StandardFields()
	if n := o.get("fields"); n != nil {
		l.declareFields(n, standard)
	}
	known := slices.Clone(l.m.Fields)
	for _, f := range standard {
		if _, declared := l.m.Field(f.ID); !declared {
			known = append(known, f)
		}
	}
	l.scope = newConditionScope(known).withoutOutcome()
}

func (l *loader) declareFields(n *node, standard []Field) {
	if n.kind != mappingNode {
		l.wrongKind(n, "fields", "a mapping", "fields: {amount: money}")
		return
	}
	for _, e := range capped(l, n.pos, "fields", maxFields, n.entries) {
		var own Field
		if i := slices.IndexFunc(standard, func(f Field) bool { return f.ID == e.key }); i >= 0 {
			own = standard[i]
		}
		if problem := checkFieldID(e.key); problem != "" {
			l.error(e.keyPos, "bad_id", "small Latin letters, digits and underscores: ship_date", "the field's id %s %s", quote(e.key), problem)
			l.broken = append(l.broken, e.key)
			continue
		}
		before := len(l.errs)
		l.m.Fields = append(l.m.Fields, l.field(e, own))
		if len(l.errs) > before {
			l.broken = append(l.broken, e.key)
		}
	}
}

// checkFieldID says what is wrong with a field's id, which is also its name in expressions.
func checkFieldID(id string) string {
	switch {
	case !snakeID.MatchString(id) || len(id) > maxID:
		return "is not an id"
	case slices.Contains(reservedNames(), id):
		return "has a meaning of its own in expressions"
	}
	return ""
}

// reservedNames are the words of the expression language.
func reservedNames() []string {
	words := []string{
		"and", "or", "not", "in", "matches", "contains", "let", "if", "else", "true", "false", "nil",
		ConditionOutcome, ConditionNow, conditionHas,
	}
	return slices.AppendSeq(words, maps.Keys(conditionFunctions()))
}

// fieldTypes are the types that a declaration may name.
func fieldTypes() []FieldType {
	return []FieldType{
		FieldText, FieldLongText, FieldNumber, FieldMoney, FieldPercent, FieldDate, FieldDateTime, FieldFlag, FieldChoice, FieldUser, FieldDepartment,
		FieldClient, FieldContact, FieldCompetitor, FieldInteraction, FieldPlannedInteraction, FieldFile, FieldLines,
		FieldLossReason, FieldClaimReason, FieldChannel, FieldPurpose, FieldCurrency,
	}
}

// field reads the declaration of one field; standard is the standard field of that id, if there is one.
func (l *loader) field(e entry, standard Field) Field {
	f := Field{ID: e.key, Name: standard.Name, Pos: e.keyPos}
	what := "the field " + e.key
	var o *object
	if e.value.kind == scalarNode && !e.value.null {
		short := &node{kind: mappingNode, pos: e.value.pos, entries: []entry{{key: "type", keyPos: e.value.pos, value: e.value}}}
		o = &object{l: l, n: short, what: what}
	} else if o = l.object(e.value, what, "type", "name", "options", "kind", "currency", "negative", "attribute"); o == nil {
		return f
	}
	if o.need("type", "type: money") != nil {
		f.Type = word(o, "type", "", fieldTypes()...)
	}
	if o.get("name") != nil || f.Name.Empty() {
		if e.value.kind == scalarNode {
			l.error(e.value.pos, "missing_key", fmt.Sprintf("{type: %s, name: {en: ..., ru: ...}}", cmp.Or(string(f.Type), "text")), "%s needs a name", what)
			return f
		}
		f.Name = o.name()
	}
	f.Options = l.optionsOf(o, &f, standard)
	l.interactionKind(o, &f, standard)
	l.money(o, &f)
	l.attribute(o, &f)
	switch {
	case f.Type == FieldChoice && len(f.Options) == 0:
		l.error(o.n.pos, "missing_key", "options: [{id: ..., name: {en: ..., ru: ...}}]", "%s is a choice without options", what)
	case f.Type != FieldChoice && len(f.Options) > 0 && f.Type != "":
		l.error(o.pos("options"), "key_not_here", "type: choice", "%s is not a choice and cannot have options", what)
	}
	return f
}

// optionsOf are the options of a field: its own, or those that come with it.
func (l *loader) optionsOf(o *object, f *Field, standard Field) []Option {
	options := l.options(o, o.what)
	switch {
	case options != nil:
	case f.Type == standard.Type:
		return standard.Options
	case f.ID == purposeField && f.Type == FieldChoice:
		return firstPurposes()
	}
	return options
}

// interactionKind reads what kind of interaction a field takes.
func (l *loader) interactionKind(o *object, f *Field, standard Field) {
	isInteraction := f.Type == FieldInteraction || f.Type == FieldPlannedInteraction
	switch n := o.get("kind"); {
	case n == nil && f.Type == standard.Type:
		f.Kind = standard.Kind
	case n == nil:
	case isInteraction:
		f.Kind = word(o, "kind", "", crm.InteractionKinds()...)
	case f.Type != "":
		l.error(n.pos, "key_not_here", "type: interaction", "%s is not an interaction and cannot have a kind", o.what)
	}
}

// attributeForm is the subject of an own attribute and its key.
var attributeForm = regexp.MustCompile(`^(client|case)\.[a-z][a-z0-9_]{0,62}$`)

// attribute reads which own attribute a field stands for (R45).
func (l *loader) attribute(o *object, f *Field) {
	n := o.get("attribute")
	if n == nil {
		return
	}
	text, ok := l.scalar(n, o.what+"'s attribute")
	switch {
	case !ok:
	case !attributeForm.MatchString(text):
		l.error(n.pos, "bad_attribute", "client.segment or case.segment", "%s is no attribute", quote(text))
	case f.Type != "" && !slices.Contains(attributeTypes(), f.Type):
		l.error(n.pos, "bad_attribute_type", "types: text, number, date, flag, choice", "an attribute is not of the type %s", f.Type)
	default:
		f.Attribute = text
	}
}

// attributeTypes are the types that own attributes have.
func attributeTypes() []FieldType {
	return []FieldType{FieldText, FieldNumber, FieldDate, FieldFlag, FieldChoice}
}

// money reads what an amount is counted in, and whether it may be negative.
func (l *loader) money(o *object, f *Field) {
	if f.Type == FieldMoney || f.Type == FieldLines {
		f.Currency = DefaultCurrency
		if n := o.get("currency"); n != nil {
			f.Currency, _ = l.scalar(n, o.what+"'s currency")
			if !crm.Currency(f.Currency) {
				l.error(n.pos, "bad_currency", "three capital letters of ISO 4217: RUB, USD, CNY", "%s is no currency", quote(f.Currency))
			}
		}
	} else if f.Type != "" {
		l.refuse(o, "type: money", "currency")
	}
	if f.Type == FieldMoney {
		f.Negative = o.flag("negative")
	} else if f.Type != "" {
		l.refuse(o, "type: money; other numbers may be negative anyway", "negative")
	}
}

// options reads a choice's options: a list of {id, name}, or a mapping of ids to names.
func (l *loader) options(o *object, what string) []Option {
	n := o.get("options")
	if n == nil {
		return nil
	}
	var options []Option
	switch n.kind {
	case listNode:
		for _, item := range capped(l, n.pos, "options", maxOptions, n.items) {
			if i := l.object(item, "an option of "+what, "id", "name"); i != nil {
				options = l.addOption(options, Option{ID: i.id("id"), Name: i.name()}, item.pos)
			}
		}
	case mappingNode:
		for _, e := range capped(l, n.pos, "options", maxOptions, n.entries) {
			id := l.id(&node{pos: e.keyPos, text: e.key}, "the option")
			options = l.addOption(options, Option{ID: id, Name: l.name(e.value, "the option "+quote(e.key))}, e.keyPos)
		}
	case scalarNode:
		l.wrongKind(n, what+"'s options", "a list", "options: [{id: ..., name: {en: ..., ru: ...}}]")
	}
	return options
}

func (l *loader) addOption(options []Option, o Option, at Pos) []Option {
	if o.ID != "" && slices.ContainsFunc(options, func(other Option) bool { return other.ID == o.ID }) {
		l.error(at, "duplicate_id", "each option has an id of its own", "the option %s stands twice", quote(o.ID))
		return options
	}
	return append(options, o)
}

// addStandardFields adds the standard fields that the map uses to those it declares.
func (l *loader) addStandardFields() {
	standard := StandardFields()
	for _, id := range l.used {
		if _, declared := l.m.Field(id); declared {
			continue
		}
		if i := slices.IndexFunc(standard, func(f Field) bool { return f.ID == id }); i >= 0 {
			l.m.Fields = append(l.m.Fields, standard[i])
		}
	}
}
