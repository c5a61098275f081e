package maptest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"marshrut/routemaps"
)

// setFields puts a test's values into the facts, in the form that conditions read. owner is the map whose form they are. It tells whether it could.
func (r *runner) setFields(line int, owner *routemaps.Map, fields map[string]any) bool {
	values := maps.Clone(r.facts.Values)
	for _, id := range slices.Sorted(maps.Keys(fields)) {
		field, ok := owner.Field(id)
		if !ok {
			field, ok = r.m.AnyField(id)
		}
		if !ok {
			r.fail(line, "the map %s has no field %q", r.m.ID, id)
			return false
		}
		value, err := convert(field, fields[id])
		if err != nil {
			r.fail(line, "field %s: %v", id, err)
			return false
		}
		if value == nil {
			delete(values, id)
			continue
		}
		values[id] = value
	}
	r.facts.Values = values
	return true
}

// convert brings a value of the file to the form that facts have; nil clears the field.
func convert(f *routemaps.Field, value any) (any, error) {
	if value == nil {
		return nil, nil //nolint:nilnil // no value is a value here
	}
	switch f.Type {
	case routemaps.FieldNumber, routemaps.FieldMoney, routemaps.FieldPercent:
		return toNumber(value)
	case routemaps.FieldFlag:
		if flag, ok := value.(bool); ok {
			return flag, nil
		}
		return nil, fmt.Errorf("%v is not true or false", value)
	case routemaps.FieldDate:
		return toTime(value, time.DateOnly, "2026-03-02")
	case routemaps.FieldDateTime:
		return toTime(value, time.RFC3339, "2026-03-02T10:00:00+03:00")
	case routemaps.FieldChoice:
		isIt := func(o routemaps.Option) bool { return o.ID == value }
		if len(f.Options) > 0 && !slices.ContainsFunc(f.Options, isIt) {
			return nil, fmt.Errorf("%v is not one of its options", value)
		}
		return value, nil
	case routemaps.FieldText, routemaps.FieldLongText, routemaps.FieldUser, routemaps.FieldDepartment, routemaps.FieldClient,
		routemaps.FieldContact, routemaps.FieldCompetitor, routemaps.FieldFile, routemaps.FieldLossReason, routemaps.FieldClaimReason,
		routemaps.FieldChannel, routemaps.FieldPurpose, routemaps.FieldCurrency:
		return fmt.Sprint(value), nil
	case routemaps.FieldInteraction, routemaps.FieldPlannedInteraction, routemaps.FieldLines:
	}
	return value, nil
}

func toNumber(value any) (any, error) {
	number, err := strconv.ParseFloat(fmt.Sprint(value), 64)
	if err != nil {
		return nil, fmt.Errorf("%v is no number", value)
	}
	return number, nil
}

func toTime(value any, layout, example string) (any, error) {
	if at, ok := value.(time.Time); ok {
		return at, nil
	}
	at, err := time.Parse(layout, fmt.Sprint(value))
	if err != nil {
		return nil, fmt.Errorf("%v is not written like %s", value, example)
	}
	return at, nil
}

// fillIn gives the event what the outcome's form carries for Step itself, and returns the required fields that are empty.
func (r *runner) fillIn(line int, e *routemaps.Event, o *routemaps.Outcome, fields map[string]any) (missing []string) {
	if o == nil {
		return nil
	}
	for _, id := range slices.Sorted(maps.Keys(fields)) {
		if !slices.ContainsFunc(o.Form, func(i routemaps.FormItem) bool { return i.Field == id }) {
			r.fail(line, "the form of %s does not ask for %s", o.ID, id)
		}
	}
	if _, given := fields["performer"]; given {
		e.Performer = fmt.Sprint(fields["performer"])
	}
	if until, ok := r.facts.Values[o.Pause].(time.Time); ok && fields[o.Pause] != nil {
		e.Until = &until
	}
	for i := range o.Form {
		item := &o.Form[i]
		if item.Required && r.shown(line, item) && fields[item.Field] == nil {
			missing = append(missing, item.Field)
		}
	}
	return missing
}

// shown tells whether a form shows the item with the values given so far.
func (r *runner) shown(line int, item *routemaps.FormItem) bool {
	if item.When == nil {
		return true
	}
	values := maps.Clone(r.facts.Values)
	values[routemaps.ConditionNow] = r.now
	shown, err := item.When.Bool(values)
	if err != nil {
		r.fail(line, "the condition of %s: %v", item.Field, err)
	}
	return shown
}
