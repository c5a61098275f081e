// Package render draws route maps, and where a case stands on them: as a picture, as a Markdown table, as Mermaid text.
package render

import (
	"fmt"
	"strings"
	"time"

	"marshrut/crm"
	"marshrut/routemaps"
	"marshrut/routemaps/calendar"
)

// Row is one stage of a map with what a case's state says of it: a row of the route map view (R33).
type Row struct {
	Path   string // as in effects and tasks: "stage", "parallel/branch/stage", "route/stage"
	Depth  int    // 0 on the map's own top level
	Stage  *routemaps.Stage
	Branch *routemaps.Branch // the branch it stands in; nil outside
	Mark   routemaps.StageState
	Visit  int // how often the case entered it, cyclic outcomes included

	Performer *routemaps.Performer // whom the task is addressed to, or, where the case is not, whom the map names; nil: nobody
	Due       *time.Time           // nil: no limit, the clock is paused, or the case is not there
	Overdue   bool
	Paused    *time.Time // the clock stands still until then
	Failed    string     // code of the incident that holds the stage
}

// Rows lists the stages of m in the order of the file, those of branches and of entered nested routes after the
// stage they belong to, with where the case of state s stands. A nil state is a case not yet started.
func Rows(m *routemaps.Map, s *routemaps.State) []Row {
	if s == nil {
		s = &routemaps.State{}
	}
	w := progressWalk{state: s}
	w.stages(m, m.Stages, s.At, "", nil, 0)
	return w.rows
}

type progressWalk struct {
	state *routemaps.State
	rows  []Row
}

func (w *progressWalk) stages(m *routemaps.Map, stages []routemaps.Stage, at *routemaps.Position, prefix string, branch *routemaps.Branch, depth int) {
	for i := range stages {
		st := &stages[i]
		here := at
		if at != nil && at.Stage != st.ID {
			here = nil
		}
		path := prefix + st.ID
		w.rows = append(w.rows, w.row(st, here, path, branch, depth))
		for b := range st.Branches {
			w.stages(m, st.Branches[b].Stages, branchAt(here, st.Branches[b].ID), path+"/"+st.Branches[b].ID+"/", &st.Branches[b], depth+1)
		}
		if nested, ok := m.Nested(st.Route); ok && st.Kind == routemaps.StageRoute && here != nil && here.Nested != nil {
			w.stages(nested, nested.Stages, here.Nested, path+"/", nil, depth+1)
		}
	}
}

func (w *progressWalk) row(st *routemaps.Stage, here *routemaps.Position, path string, branch *routemaps.Branch, depth int) Row {
	row := Row{
		Path: path, Depth: depth, Stage: st, Branch: branch,
		Mark: routemaps.StageAhead, Visit: w.state.Visits[path], Performer: st.Performer,
	}
	switch {
	case here != nil:
		row.Mark = routemaps.StageCurrent
		row.Due, row.Overdue, row.Failed = here.Due, here.Overdue, here.Failed
		if here.Performer != nil {
			row.Performer = here.Performer
		}
		if here.Paused != nil {
			row.Paused = &here.Paused.Until
		}
	case row.Visit > 0:
		row.Mark = routemaps.StageDone
	}
	return row
}

// branchAt is the position in a branch of the parallel stage p stands at; nil when it has none there.
func branchAt(p *routemaps.Position, id string) *routemaps.Position {
	if p == nil {
		return nil
	}
	for i := range p.Branches {
		if p.Branches[i].ID == id {
			return p.Branches[i].At
		}
	}
	return nil
}

// Option changes how a map is rendered.
type Option func(*renderer)

// WithPerformers names performers: name returns how to show p, or "" where the map's own words will do. Without it
// users are shown by login, and users known only by id just as "employee".
func WithPerformers(name func(p routemaps.Performer) string) Option {
	return func(r *renderer) { r.performer = name }
}

// WithLocation shows times in loc; without it they are in UTC.
func WithLocation(loc *time.Location) Option {
	return func(r *renderer) {
		if loc != nil {
			r.location = loc
		}
	}
}

// renderer is what all renderings share: the language and how people and times are shown.
type renderer struct {
	lang      crm.Lang
	m         *routemaps.Map
	performer func(routemaps.Performer) string
	location  *time.Location
}

func newRenderer(m *routemaps.Map, lang crm.Lang, options []Option) *renderer {
	r := &renderer{lang: lang, m: m, location: time.UTC}
	for _, o := range options {
		o(r)
	}
	return r
}

func (r *renderer) text(t crm.Text) string { return oneLine(t.In(r.lang)) }

// say picks the words of the language.
func (r *renderer) say(en, ru string) string { return crm.Text{EN: en, RU: ru}.In(r.lang) }

func (r *renderer) stageName(st *routemaps.Stage) string {
	if name := r.text(st.Name); name != "" {
		return name
	}
	return st.ID
}

func (r *renderer) outcomeName(o *routemaps.Outcome) string {
	if name := r.text(o.Name); name != "" {
		return name
	}
	return o.ID
}

// performerText is who performs, in words: "Dispatcher", "given at “Hand over”". outcomes are searched for the outcome
// that gave the performer.
func (r *renderer) performerText(p *routemaps.Performer) string {
	if p == nil {
		return ""
	}
	if r.performer != nil {
		if name := oneLine(r.performer(*p)); name != "" {
			return name
		}
	}
	switch p.Kind {
	case routemaps.PerformResponsible:
		return r.say("Responsible", "Ответственный")
	case routemaps.PerformHead:
		return r.say("Head of department", "Руководитель отдела")
	case routemaps.PerformRole:
		return r.roleText(p.Key)
	case routemaps.PerformDepartment:
		return r.say("Department: ", "Отдел: ") + p.Key
	case routemaps.PerformFrom:
		return r.givenText(p.Key)
	case routemaps.PerformUserID:
		return r.say("Employee", "Сотрудник")
	case routemaps.PerformUser:
	}
	return p.Key
}

func (r *renderer) roleText(role string) string {
	switch role {
	case crm.RoleAdmin:
		return r.say("Administrator", "Администратор")
	case crm.RoleDirector:
		return r.say("Director", "Директор")
	case crm.RoleHead:
		return r.say("Head of department", "Руководитель отдела")
	case crm.RoleDispatcher:
		return r.say("Dispatcher", "Диспетчер")
	case crm.RoleManager:
		return r.say("Manager", "Менеджер")
	case crm.RoleDesigner:
		return r.say("Process designer", "Проектировщик процессов")
	case crm.RoleAuditor:
		return r.say("Auditor", "Аудитор")
	}
	return role
}

func (r *renderer) givenText(outcome string) string {
	name := outcome
	if o := outcomeAnywhere(r.m.Stages, outcome); o != nil {
		name = r.outcomeName(o)
	}
	return fmt.Sprintf(r.say("Given at “%s”", "Указан при «%s»"), name)
}

func outcomeAnywhere(stages []routemaps.Stage, id string) *routemaps.Outcome {
	for i := range stages {
		if o, ok := stages[i].Outcome(id); ok {
			return o
		}
		for b := range stages[i].Branches {
			if o := outcomeAnywhere(stages[i].Branches[b].Stages, id); o != nil {
				return o
			}
		}
	}
	return nil
}

// timeText is a time as people write it: "2 Mar 2026, 18:00", «02.03.2026 18:00».
func (r *renderer) timeText(t time.Time) string {
	return t.In(r.location).Format(r.say("2 Jan 2006, 15:04", "02.01.2006 15:04"))
}

// durationText is a time limit in words: "2 working hours", «2 рабочих часа».
func (r *renderer) durationText(d calendar.Duration) string {
	if r.lang == crm.EN {
		return d.String()
	}
	words := russianUnit(d.Unit)
	form := russianPlural(d.N)
	text := fmt.Sprint(d.N, " ")
	if d.Working {
		text += [3]string{"рабочий ", "рабочих ", "рабочих "}[form]
	}
	return text + words[form]
}

func russianUnit(u calendar.Unit) [3]string {
	switch u {
	case calendar.Minute:
		return [3]string{"минута", "минуты", "минут"}
	case calendar.Hour:
		return [3]string{"час", "часа", "часов"}
	case calendar.Week:
		return [3]string{"неделя", "недели", "недель"}
	case calendar.Day:
	}
	return [3]string{"день", "дня", "дней"}
}

// russianPlural chooses between the forms of 1, 2–4 and 5 and more.
func russianPlural(n int) int {
	switch {
	case n%100 >= 11 && n%100 <= 14:
		return 2
	case n%10 == 1:
		return 0
	case n%10 >= 2 && n%10 <= 4:
		return 1
	}
	return 2
}

// dueText is what is to be said of a stage's time: the due time where the case stands, else the time limit.
func (r *renderer) dueText(row *Row) string {
	switch {
	case row.Paused != nil:
		return r.say("paused until ", "пауза до ") + r.timeText(*row.Paused)
	case row.Due != nil && row.Overdue:
		return r.say("overdue since ", "просрочено с ") + r.timeText(*row.Due)
	case row.Due != nil:
		return r.say("due ", "до ") + r.timeText(*row.Due)
	case row.Mark != routemaps.StageCurrent && row.Stage.TimeLimit != nil:
		return r.durationText(*row.Stage.TimeLimit)
	}
	return ""
}

// link is a way from one stage to another, or out of the scope.
type link struct {
	outcome *routemaps.Outcome // nil: the stage just goes on, or gives up waiting
	label   string
	to      string // id of a stage of the same scope, or ToJoin; empty with finish
	finish  routemaps.Finish
	trigger bool // an outside event takes it too
	timeout bool
	free    bool // in a manual map: just the next in the file
}

// linksOf lists the ways out of the i-th stage of a scope, in the order of the file.
func (r *renderer) linksOf(stages []routemaps.Stage, i int, last string) []link {
	st := &stages[i]
	links := make([]link, 0, len(st.Outcomes)+2)
	for k := range st.Outcomes {
		o := &st.Outcomes[k]
		links = append(links, link{outcome: o, label: r.outcomeName(o), to: o.To, finish: o.Finish, trigger: triggersOutcome(st, o.ID)})
	}
	next := last
	if i+1 < len(stages) {
		next = stages[i+1].ID
	}
	if next != "" && goesOnByItself(st) {
		label := ""
		if len(links) > 0 {
			label = r.say("otherwise", "иначе")
		}
		links = append(links, link{label: label, to: next})
	}
	if r.m.Control == routemaps.ControlManual && next != "" && len(links) == 0 {
		links = append(links, link{to: next, free: true})
	}
	if st.Wait != nil && st.Wait.Timeout != nil {
		label := r.say("no answer in ", "нет события: ") + r.durationText(st.Wait.Timeout.After)
		links = append(links, link{label: label, to: st.Wait.Timeout.To, timeout: true})
	}
	return links
}

func triggersOutcome(st *routemaps.Stage, outcome string) bool {
	for i := range st.OnEvent {
		if st.OnEvent[i].Outcome == outcome {
			return true
		}
	}
	return false
}

// goesOnByItself tells whether a stage may lead to the next one in the file without an outcome saying so.
func goesOnByItself(st *routemaps.Stage) bool {
	switch st.Kind {
	case routemaps.StageTask, routemaps.StageChoice:
		return false
	case routemaps.StageParallel, routemaps.StageRoute, routemaps.StageAction, routemaps.StageWait:
	}
	cases := map[string]bool{}
	for i := range st.Outcomes {
		o := &st.Outcomes[i]
		if o.When == nil && len(o.Case) == 0 {
			return false
		}
		for _, c := range o.Case {
			cases[c] = true
		}
	}
	return !cases[string(routemaps.FinishPositive)] || !cases[string(routemaps.FinishNegative)]
}

// oneLine makes a text safe to stand on one line: line breaks and control characters become spaces, runs of spaces one.
func oneLine(s string) string {
	clean := strings.Map(func(c rune) rune {
		switch {
		case c < ' ' || c >= 0x7f && c <= 0x9f || c == '\u2028' || c == '\u2029':
			return ' '
		case c >= '\u202a' && c <= '\u202e', c >= '\u2066' && c <= '\u2069': // could turn the line round
			return -1
		case c == '\ufffe' || c == '\uffff': // no characters of XML
			return -1
		}
		return c
	}, strings.ToValidUTF8(s, "\ufffd"))
	return strings.Join(strings.Fields(clean), " ")
}
