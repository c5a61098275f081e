package routemaps

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"marshrut/crm"
)

// outcomePlace is where outcomes stand.
type outcomePlace struct {
	mapLevel bool
	kind     StageKind // of the stage
}

// outcomes reads the outcomes of a stage or of the map.
func (l *loader) outcomes(o *object, at outcomePlace) []Outcome {
	var all []Outcome
	nodes := o.strictList("outcomes", "outcomes: [{id: ..., name: {en: ..., ru: ...}}]")
	for _, n := range capped(l, o.pos("outcomes"), "outcomes", maxOutcomes, nodes) {
		oc, ok := l.outcome(n, at)
		if !ok {
			continue
		}
		if _, twice := findOutcome(all, oc.ID); twice && oc.ID != "" {
			l.error(l.placeOf(oc.Pos, "id"), "duplicate_id", "each outcome of a stage has an id of its own", "the outcome %s stands twice", quote(oc.ID))
		}
		all = append(all, oc)
	}
	return all
}

func (l *loader) outcome(n *node, at outcomePlace) (Outcome, bool) {
	o := l.object(n, "the outcome", "id", "name", "comment", "require", "ask", "to", "finish", "when", "case", "pause", "create")
	if o == nil {
		return Outcome{}, false
	}
	oc := Outcome{ID: o.id("id"), Comment: o.prose("comment"), Pos: n.pos}
	if oc.ID != "" {
		o.what = "the outcome " + oc.ID
	}
	if at.mapLevel || at.kind == StageTask {
		oc.Name = o.name()
		oc.Form = l.outcomeForm(o)
		oc.Pause = l.fieldKey(o, "pause")
		l.refuse(o, "only a choice and a nested map have cases", "case")
	} else {
		oc.Name = o.nameIfAny("name")
		l.refuse(o, "only the outcomes of a task have a form", "require", "ask", "pause")
		oc.Case = l.cases(o)
	}
	oc.Finish = word(o, "finish", FinishNone, FinishPositive, FinishNegative)
	if t := o.get("to"); t != nil {
		oc.To = l.id(t, o.what+"'s to")
	}
	if oc.To != "" && oc.Finish != FinishNone {
		l.error(o.pos("to"), "to_and_finish", "leave out one of them", "%s both leads on and finishes", o.what)
	}
	if at.mapLevel && o.get("finish") == nil {
		l.error(o.n.pos, "map_outcome_must_finish", "finish: positive or finish: negative", "%s of the map does not finish the case", o.what)
	}
	oc.When = l.condition(o, "when", Field{Type: FieldFlag}, l.scope)
	oc.Create = l.createCase(o)
	return oc, true
}

// refuse reports keys that have no meaning where they stand.
func (l *loader) refuse(o *object, hint string, keys ...string) {
	for _, key := range keys {
		if n := o.get(key); n != nil {
			l.error(n.pos, "key_not_here", hint, "%s cannot have %s", o.what, key)
		}
	}
}

func (l *loader) outcomeForm(o *object) []FormItem {
	form := append(l.form(o, "require", true), l.form(o, "ask", false)...)
	seen := map[string]bool{}
	for _, item := range form {
		if seen[item.Field] {
			l.error(o.pos("require"), "duplicate_id", "leave it out once", "%s asks for %s twice", o.what, item.Field)
		}
		seen[item.Field] = true
	}
	return capped(l, o.n.pos, "form fields", maxItems, form)
}

// form reads a list of form items: ids, or {field, when}; outside of outcomes also whether they are required.
func (l *loader) form(o *object, key string, required bool) []FormItem {
	var items []FormItem
	for i, n := range o.strictList(key, key+": [amount, comment]") {
		l.places[place{owner: o.n.pos, key: key + "/" + strconv.Itoa(i)}] = n.pos
		item := FormItem{Required: required}
		if n.kind == mappingNode {
			keys := []string{"field", "when"}
			if key == "intake" {
				keys = append(keys, "required")
			}
			f := l.object(n, "the form item", keys...)
			f.need("field", "field: amount")
			item.Field = l.fieldKey(f, "field")
			item.When = l.condition(f, "when", Field{Type: FieldFlag}, l.scope)
			item.Required = required || key == "intake" && f.flag("required")
		} else {
			item.Field = l.fieldID(n)
		}
		if item.Field != "" {
			items = append(items, item)
		}
	}
	return items
}

// fieldKey takes the value of a key as the id of a known field.
func (l *loader) fieldKey(o *object, key string) string {
	n := o.get(key)
	if n == nil {
		return ""
	}
	return l.fieldID(n)
}

func (l *loader) fieldID(n *node) string {
	id, ok := l.scalar(n, "the field")
	if !ok {
		return ""
	}
	if slices.Contains(l.broken, id) {
		return ""
	}
	if _, known := l.scope.fields[id]; !known || id == ConditionNow || id == ConditionOutcome {
		hint := nearest(id, l.fieldIDs())
		if hint != "" {
			hint = "did you mean " + hint + "?"
		} else {
			hint = "declare it under fields"
		}
		l.error(n.pos, "unknown_field", hint, "the field %s is unknown", quote(id))
		return ""
	}
	l.use(id)
	return id
}

func (l *loader) fieldIDs() []string {
	ids := slices.Sorted(maps.Keys(l.scope.fields))
	return slices.DeleteFunc(ids, func(id string) bool { return id == ConditionNow || id == ConditionOutcome })
}

// cases reads the values for which an outcome of a choice or of a nested map is taken.
func (l *loader) cases(o *object) []string {
	var all []string
	for _, n := range capped(l, o.pos("case"), "cases", maxOptions, o.list("case")) {
		if value, ok := l.scalar(n, o.what+"'s case"); ok {
			all = append(all, value)
		}
	}
	return all
}

func (l *loader) createCase(o *object) *CreateCase {
	n := o.get("create")
	if n == nil {
		return nil
	}
	c := l.object(n, "create", "process", "map")
	if c == nil || c.need("process", "process: interest") == nil || c.need("map", "map: new-clients") == nil {
		return nil
	}
	return &CreateCase{Process: word(c, "process", "", crm.Kinds()...), Map: c.id("map")}
}

// condition compiles the value of a key as an expression for target.
func (l *loader) condition(o *object, key string, target Field, scope *conditionScope) *Condition {
	n := o.get(key)
	if n == nil {
		return nil
	}
	if n.kind != scalarNode {
		l.wrongKind(n, o.what+"'s "+key, "an expression", `in quotes where it begins with a bracket or holds a colon`)
		return nil
	}
	c, err := scope.compile(n.text, target, n.textPos)
	if err != nil && slices.ContainsFunc(l.broken, func(field string) bool { return strings.Contains(n.text, field) }) {
		return nil
	}
	if err != nil {
		err.File = l.file
		l.errs = append(l.errs, err)
		return nil
	}
	for _, id := range c.Reads() {
		l.use(id)
	}
	return c
}
