package maptest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"marshrut/routemaps"
)

// check compares what is with what a test expects. A refusal that nobody expects is a failure, expectation or not.
func (r *runner) check(line int, e *expect) {
	if r.refused != nil && (e == nil || e.Refused == nil) {
		r.fail(line, "refused: %s", r.refused.Error())
		return
	}
	if e == nil {
		return
	}
	r.checkRefused(e)
	r.equal(e.line, "stage", e.Stage, r.state.BoardStage())
	r.equal(e.line, "status", e.Status, string(r.state.Status))
	r.equal(e.line, "mode", e.Mode, string(r.state.Mode))
	if e.Due != nil {
		r.checkTime(e.line, "due of the case", e.Due.Time, r.state.Due)
	}
	if e.Tasks != nil {
		r.checkTasks(e)
	}
	if e.Notifications != nil {
		r.checkNotifications(e)
	}
	r.list(e.line, "overdue", e.Overdue, r.collect(routemaps.EffectOverdue, func(f *routemaps.Effect) string { return pathOrCase(f.Path) }))
	r.list(e.line, "incidents", e.Incidents, r.collect(routemaps.EffectOpenIncident, func(f *routemaps.Effect) string { return f.Code }))
	if e.Created != nil {
		want := make([]string, len(*e.Created))
		for i, c := range *e.Created {
			want[i] = c.Process + " on " + c.Map
		}
		r.list(e.line, "created", &want, r.collect(routemaps.EffectCreateCase, func(f *routemaps.Effect) string {
			return string(f.Create.Process) + " on " + f.Create.Map
		}))
	}
	r.checkFields(e)
}

func pathOrCase(path string) string {
	if path == "" {
		return "case"
	}
	return path
}

func (r *runner) checkRefused(e *expect) {
	switch {
	case e.Refused == nil:
	case r.refused == nil:
		r.fail(e.line, "refused: expected %s, but it was accepted", *e.Refused)
	case r.refused.Code != *e.Refused:
		r.fail(e.line, "refused: expected %s, got %s", *e.Refused, r.refused.Error())
	}
}

func (r *runner) equal(line int, what string, want *string, got string) {
	if want != nil && *want != got {
		r.fail(line, "%s: expected %s, got %s", what, orNone(*want), orNone(got))
	}
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// collect makes a text of each effect of a kind.
func (r *runner) collect(kind routemaps.EffectKind, text func(*routemaps.Effect) string) []string {
	var all []string
	for i := range r.effects {
		if r.effects[i].Kind == kind {
			all = append(all, text(&r.effects[i]))
		}
	}
	return all
}

// list compares lists in order.
func (r *runner) list(line int, what string, want *[]string, got []string) {
	if want != nil && !slices.Equal(*want, got) {
		r.fail(line, "%s: expected %s, got %s", what, listText(*want), listText(got))
	}
}

func listText(all []string) string {
	if len(all) == 0 {
		return "none"
	}
	return strings.Join(all, "; ")
}

func (r *runner) checkTime(line int, what string, want time.Time, got *time.Time) {
	switch {
	case got == nil:
		r.fail(line, "%s: expected %s, got none", what, want.Format(time.RFC3339))
	case !got.Equal(want):
		r.fail(line, "%s: expected %s, got %s", what, want.Format(time.RFC3339), got.In(want.Location()).Format(time.RFC3339))
	}
}

// checkTasks compares the open tasks, in the order of the map.
func (r *runner) checkTasks(e *expect) {
	var open []routemaps.Place
	tasks := r.state.Open()
	for _, p := range routemaps.Current(r.m, r.state) {
		if slices.Contains(tasks, p.Ref) {
			open = append(open, p)
		}
	}
	if len(open) != len(*e.Tasks) {
		r.fail(e.line, "tasks: expected %d, got %d: %s", len(*e.Tasks), len(open), tasksText(open))
		return
	}
	for i, want := range *e.Tasks {
		got := open[i]
		what := fmt.Sprintf("task %d", i+1)
		r.equal(e.line, what+": stage", &want.Stage, got.Path)
		if want.Performer != "" && !isPerformer(want.Performer, got.Position.Performer) {
			r.fail(e.line, "%s: performer: expected %s, got %s", what, want.Performer, got.Position.Performer)
		}
		if !want.Due.IsZero() {
			r.checkTime(e.line, what+": due", want.Due.Time, got.Position.Due)
		}
	}
}

func tasksText(open []routemaps.Place) string {
	texts := make([]string, len(open))
	for i, p := range open {
		texts[i] = p.Path
	}
	return listText(texts)
}

// isPerformer compares a performer with how tests write one: "responsible", "role:director", or just a user.
func isPerformer(want string, p *routemaps.Performer) bool {
	if p == nil {
		return false
	}
	isUser := p.Kind == routemaps.PerformUser || p.Kind == routemaps.PerformUserID
	return want == p.String() || isUser && want == p.Key
}

// checkNotifications compares the mails and messages written in the step, in order.
func (r *runner) checkNotifications(e *expect) {
	var got []*routemaps.Effect
	for i := range r.effects {
		if r.effects[i].Kind == routemaps.EffectNotify {
			got = append(got, &r.effects[i])
		}
	}
	if len(got) != len(*e.Notifications) {
		texts := make([]string, len(got))
		for i, f := range got {
			texts[i] = f.Template
		}
		r.fail(e.line, "notifications: expected %d, got %d: %s", len(*e.Notifications), len(got), listText(texts))
		return
	}
	for i, want := range *e.Notifications {
		what := fmt.Sprintf("notification %d", i+1)
		r.equal(e.line, what+": template", &want.Template, got[i].Template)
		if want.To != nil && !slices.Equal(want.To, recipientTexts(got[i].To)) {
			r.fail(e.line, "%s: to: expected %s, got %s", what, listText(want.To), listText(recipientTexts(got[i].To)))
		}
	}
}

func recipientTexts(to []routemaps.Recipient) []string {
	texts := make([]string, len(to))
	for i, one := range to {
		texts[i] = string(one.Kind)
		if one.Key != "" {
			texts[i] += ":" + one.Key
		}
	}
	return texts
}

func (r *runner) checkFields(e *expect) {
	for _, id := range slices.Sorted(maps.Keys(e.Fields)) {
		want := e.Fields[id]
		f, ok := r.m.AnyField(id)
		if !ok {
			r.fail(e.line, "the map %s has no field %q", r.m.ID, id)
			continue
		}
		value, err := convert(f, want)
		if err != nil {
			r.fail(e.line, "field %s: %v", id, err)
			continue
		}
		if got := r.facts.Values[id]; fmt.Sprint(got) != fmt.Sprint(value) {
			r.fail(e.line, "field %s: expected %v, got %v", id, value, got)
		}
	}
}
