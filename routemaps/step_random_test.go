package routemaps

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"marshrut/crm"
	"marshrut/routemaps/calendar"
)

// chooser is a source of choices: a seeded generator, or a fuzzer's bytes.
type chooser interface {
	IntN(n int) int // 0 to n-1
}

// byteChooser takes choices from bytes, and the first one of each once they are used up.
type byteChooser struct{ data []byte }

func (b *byteChooser) IntN(n int) int {
	if len(b.data) == 0 {
		return 0
	}
	v := int(b.data[0])
	b.data = b.data[1:]
	if n > 256 && len(b.data) > 0 {
		v = v<<8 | int(b.data[0])
		b.data = b.data[1:]
	}
	return v % n
}

func pick[T any](c chooser, all ...T) T { return all[c.IntN(len(all))] }

func chance(c chooser, percent int) bool { return c.IntN(100) >= 100-percent }

// mapMaker makes random sound maps: every stage leads to an end, and no circle is without a person or a timer.
type mapMaker struct {
	chooser
	parts *mapParts
	maps  int // so far
	left  int // stages it may still make
}

// mapParts are compiled conditions and calendars, too dear to be made for each map.
type mapParts struct {
	conditions []*Condition // one of them can fail
	numbers    []*Condition
	flags      []*Condition
	calendars  []*calendar.Calendar
}

func newMapParts() *mapParts {
	short, err := calendar.New(calendar.Definition{
		ID: "short", Name: calendar.Text{En: "Short", Ru: "Короткий"}, TimeZone: "Europe/Moscow",
		Week: calendar.WeekHours{Tuesday: []string{"10:00-12:00", "13:00-15:00"}, Saturday: []string{"00:00-24:00"}},
	})
	if err != nil {
		panic(err)
	}
	return &mapParts{
		conditions: []*Condition{
			condition("ok"), condition("not ok"), condition("amount > 50"), condition("amount <= 50 and ok"),
			condition(`kind == "x" or kind == "y"`), condition("when + hours(amount * amount) > now"),
		},
		numbers:   []*Condition{compiled("amount + 1", FieldNumber), compiled("abs(amount - 60)", FieldNumber)},
		flags:     []*Condition{compiled("not ok", FieldFlag), compiled("amount > 50", FieldFlag)},
		calendars: []*calendar.Calendar{calendar.Default(), short},
	}
}

func (g *mapMaker) newMap(depth int) *Map {
	g.maps++
	m := &Map{ID: "m" + strconv.Itoa(g.maps), Control: ControlProcess, nested: map[string]*Map{}}
	if chance(g, 60) {
		m.Settings.ManualMode = Allowed
	}
	if chance(g, 40) {
		m.TimeLimit = g.limit()
	}
	if chance(g, 40) {
		m.OnOverdue = g.rules(m.ID + "/overdue")
	}
	if chance(g, 25) {
		m.OnIdle = &OnIdle{After: *g.limit(), Rules: g.rules(m.ID + "/idle")}
	}
	for i := range g.IntN(3) {
		o := Outcome{ID: "out" + strconv.Itoa(i), Finish: pick(g, FinishPositive, FinishNegative)}
		g.decorate(&o)
		m.Outcomes = append(m.Outcomes, o)
	}
	m.Stages = g.stages(m, 2+g.IntN(5), depth, false)
	return m
}

// stages makes a sequence. Whatever leads back leads there from a task.
func (g *mapMaker) stages(m *Map, n, depth int, branch bool) []Stage {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = "s" + strconv.Itoa(i)
	}
	stages := make([]Stage, n)
	for i := range stages {
		g.left--
		stages[i] = g.stage(m, ids, i, depth, branch)
	}
	return stages
}

func (g *mapMaker) stage(m *Map, ids []string, i, depth int, branch bool) Stage {
	st := Stage{ID: ids[i], Kind: g.kind(depth)}
	ahead := g.ahead(ids, i, branch)
	if chance(g, 30) {
		st.OnEntry = g.rules(st.ID + "/entry")
	}
	if chance(g, 30) {
		st.OnCompletion = g.rules(st.ID + "/completion")
	}
	if chance(g, 30) {
		st.TimeLimit, st.OnOverdue = g.limit(), g.rules(st.ID+"/overdue")
	}
	switch st.Kind {
	case StageTask:
		g.task(&st, ids[:i], ahead)
	case StageChoice:
		g.choice(&st, ahead)
	case StageParallel:
		st.Join = pick(g, JoinAll, JoinAny)
		for b := range 1 + g.IntN(3) {
			st.Branches = append(st.Branches, Branch{ID: "b" + strconv.Itoa(b), Stages: g.stages(m, 1+g.IntN(2), depth-1, true)})
		}
		st.Outcomes = g.ways(ahead)
	case StageRoute:
		nested := g.newMap(depth - 1)
		m.nested[nested.ID], st.Route = nested, nested.ID
		st.Outcomes = g.ways(ahead)
		if chance(g, 50) {
			o := ahead()
			o.ID, o.Case = "bad", []string{string(FinishNegative)}
			st.Outcomes = append(st.Outcomes, o)
		}
	case StageAction:
		rule := g.rule(st.ID + "/action")
		st.Action, st.Outcomes = &rule, g.ways(ahead)
	case StageWait:
		st.Wait, st.Outcomes = g.wait(st.ID, ahead), g.ways(ahead)
	}
	return st
}

func (g *mapMaker) kind(depth int) StageKind {
	if depth <= 0 || g.left <= 0 {
		return pick(g, StageTask, StageTask, StageTask, StageChoice, StageAction, StageWait)
	}
	return pick(g, StageTask, StageTask, StageTask, StageChoice, StageParallel, StageParallel, StageRoute, StageAction, StageWait)
}

// ahead makes outcomes that lead towards the end of the sequence from its stage i.
func (g *mapMaker) ahead(ids []string, i int, branch bool) func() Outcome {
	return func() Outcome {
		switch {
		case i+1 < len(ids) && chance(g, 90):
			return Outcome{To: ids[i+1+g.IntN(min(2, len(ids)-i-1))]}
		case branch:
			return Outcome{To: ToJoin}
		}
		return Outcome{Finish: pick(g, FinishPositive, FinishNegative)}
	}
}

// ways makes the outcomes of a stage that goes on by itself; the last one always applies.
func (g *mapMaker) ways(ahead func() Outcome) []Outcome {
	var all []Outcome
	for i := range g.IntN(2) {
		o := ahead()
		o.ID, o.When = "w"+strconv.Itoa(i), g.condition()
		all = append(all, o)
	}
	o := ahead()
	o.ID = "else"
	return append(all, o)
}

func (g *mapMaker) task(st *Stage, behind []string, ahead func() Outcome) {
	st.Performer = pick(g, nil, by(PerformRole, "r"), by(PerformFrom, "o0"), by(PerformHead, ""))
	for i := range 1 + g.IntN(2) {
		o := ahead()
		o.ID = "o" + strconv.Itoa(i)
		g.decorate(&o)
		if i == 0 {
			o.When = nil
		}
		st.Outcomes = append(st.Outcomes, o)
	}
	if chance(g, 50) {
		o := Outcome{ID: "again", To: st.ID}
		if chance(g, 60) {
			o.Pause, o.Form = "when", []FormItem{{Field: "when", Required: chance(g, 50)}}
		}
		st.Outcomes = append(st.Outcomes, o)
	}
	if len(behind) > 0 && chance(g, 30) {
		st.Outcomes = append(st.Outcomes, Outcome{ID: "back", To: pick(g, behind...)})
	}
	for i := range g.IntN(3) {
		t := Trigger{ID: fmt.Sprintf("%s/on_event/%d", st.ID, i), Event: g.event(), Early: chance(g, 40), Rules: g.rules(st.ID + "/event")}
		if chance(g, 30) {
			t.When = g.condition()
		}
		if chance(g, 60) {
			t.Outcome = pick(g, st.Outcomes...).ID
		}
		st.OnEvent = append(st.OnEvent, t)
	}
}

func (g *mapMaker) decorate(o *Outcome) {
	if chance(g, 20) {
		o.When = g.condition()
	}
	if chance(g, 20) {
		o.Form = []FormItem{{Field: performerField, Required: chance(g, 50), When: pick(g, nil, g.condition())}}
	}
	if chance(g, 10) {
		o.Create = &CreateCase{Process: crm.Claim, Map: "claim"}
	}
}

func (g *mapMaker) choice(st *Stage, ahead func() Outcome) {
	if chance(g, 30) {
		st.Switch = pick(g, "kind", "ok", "amount")
		o := ahead()
		o.ID, o.Case = "case", []string{"x", "true", "60"}
		st.Outcomes = append(st.Outcomes, o)
	}
	st.Outcomes = append(st.Outcomes, g.ways(ahead)...)
	if last := len(st.Outcomes) - 1; last > 0 && chance(g, 20) {
		st.Outcomes = st.Outcomes[:last] // none may hold: an incident
	}
}

func (g *mapMaker) wait(id string, ahead func() Outcome) *Wait {
	w := &Wait{}
	switch g.IntN(4) {
	case 0:
		w.For = g.limit()
	case 1:
		w.Until = "when"
	case 2:
		w.Event = g.event()
		if chance(g, 30) {
			w.When = g.condition()
		}
	default:
		w.When = g.condition()
	}
	if o := ahead(); o.Finish == FinishNone && chance(g, 40) {
		w.Timeout = &Timeout{After: *g.limit(), To: o.To}
		if w.For == nil && chance(g, 20) { // with a length it might never be over
			w.Timeout.To = id
		}
	}
	return w
}

func (g *mapMaker) rules(id string) []Rule {
	var rules []Rule
	for i := range g.IntN(3) {
		r := g.rule(id + "/" + strconv.Itoa(i))
		if chance(g, 30) {
			r.When = g.condition()
		}
		rules = append(rules, r)
	}
	return rules
}

func (g *mapMaker) rule(id string) Rule {
	switch g.IntN(6) {
	case 0:
		return Rule{ID: id, Kind: RuleWebhook, URL: "https://example.com/hook"}
	case 1:
		return Rule{ID: id, Kind: RuleSetField, Field: "amount", Value: pick(g, g.parts.numbers...)}
	case 2:
		return Rule{ID: id, Kind: RuleSetField, Field: "ok", Value: pick(g, g.parts.flags...)}
	case 3:
		return Rule{ID: id, Kind: RuleCreateTask, Task: &RuleTask{Performer: *by(PerformFrom, "o0"), TimeLimit: pick(g, nil, g.limit())}}
	case 4:
		return Rule{ID: id, Kind: RuleSMS, Template: "short", To: []Recipient{{Kind: ToClient}}}
	}
	return mail(id)
}

func (g *mapMaker) condition() *Condition { return pick(g, g.parts.conditions...) }

func (g *mapMaker) event() EventName { return pick(g, EventPayment, EventPayment, EventCall) }

func (g *mapMaker) limit() *calendar.Duration {
	return &calendar.Duration{N: 1 + g.IntN(12), Unit: pick(g, calendar.Minute, calendar.Hour, calendar.Day), Working: chance(g, 50)}
}

// life makes random events for a case and random facts around it.
type life struct {
	chooser
	parts *mapParts
	m     *Map
	now   time.Time
	facts Facts
}

func newLife(c chooser, parts *mapParts, m *Map) *life {
	return &life{chooser: c, parts: parts, m: m, now: t0, facts: Facts{
		Values: map[string]any{}, Received: map[EventName]int{}, Calendar: parts.calendars[0], LastActivity: t0,
	}}
}

// event makes an event that is likely to be allowed, or, now and then, one that is not.
func (l *life) event(s State) Event {
	e := l.anyEvent(s)
	if e.Kind != OnTimer {
		l.pass()
	}
	e.At = l.now
	return e
}

// pass lets some time pass.
func (l *life) pass() {
	l.now = l.now.Add(time.Duration(l.IntN(1000)) * pick(l, time.Microsecond, time.Second, time.Minute))
}

func (l *life) anyEvent(s State) Event {
	if s.Status == "" {
		return Event{Kind: OnStart}
	}
	if s.Status.Closed() && chance(l, 50) {
		return Event{Kind: OnReopen, Stage: pick(l, "", "", "gone", pick(l, l.m.Stages...).ID)}
	}
	switch n := l.IntN(100); {
	case n < 45:
		return l.outcomeEvent(s)
	case n < 60:
		return l.timerEvent(s)
	case n < 70:
		l.changeFacts()
		return Event{Kind: OnFactsChanged}
	case n < 78:
		return l.triggerEvent()
	case n < 90:
		return l.stageEvent(s)
	case n < 93:
		l.facts.Calendar = pick(l, l.parts.calendars...)
		return Event{Kind: OnRecomputeDues}
	case n < 95:
		return l.dueEvent(s)
	}
	return l.rareEvent()
}

func (l *life) outcomeEvent(s State) Event {
	open := s.Open()
	if len(open) == 0 {
		return l.timerEvent(s)
	}
	ref := pick(l, open...)
	e := Event{Kind: OnOutcome, Path: ref.Path, Visit: ref.Visit, Outcome: "gone"}
	if all := l.m.OutcomesAt(ref.Path); len(all) > 0 && chance(l, 98) {
		st, _ := l.m.StageAt(ref.Path)
		e.Outcome = all[l.IntN(len(all))].ID
		if _, own := st.Outcome(e.Outcome); !own && len(st.Outcomes) > 0 && chance(l, 90) {
			e.Outcome = pick(l, st.Outcomes...).ID
		}
	}
	if chance(l, 80) {
		e.Performer = pick(l, "u1", "u2")
	}
	if chance(l, 80) {
		until := l.now.Add(time.Duration(l.IntN(100)+17) * time.Hour)
		e.Until = &until
	}
	return e
}

// dueEvent moves a deadline: a task's or the case's, now and then into the past.
func (l *life) dueEvent(s State) Event {
	e := Event{Kind: OnSetDue}
	if open := s.Open(); len(open) > 0 && chance(l, 70) {
		ref := pick(l, open...)
		e.Path, e.Visit = ref.Path, ref.Visit
	}
	if chance(l, 80) {
		due := l.now.Add(time.Duration(l.IntN(200)-10) * time.Hour)
		e.Due = &due
	}
	return e
}

// timerEvent rings when the case wants it to, a little early or a little late.
func (l *life) timerEvent(s State) Event {
	if wake, ok := s.NextWake(); ok && wake.After(l.now) && chance(l, 90) {
		l.now = wake
	}
	if chance(l, 30) {
		l.pass()
	}
	return Event{Kind: OnTimer}
}

func (l *life) triggerEvent() Event {
	event := pick(l, EventPayment, EventCall, EventWebhook)
	l.facts.Received[event]++
	return Event{Kind: OnTrigger, Trigger: event}
}

// stageEvent is one for a stage that waits for it, or a timer where there is none.
func (l *life) stageEvent(s State) Event {
	var waiting []Event
	for _, p := range Current(l.m, s) {
		e := Event{Path: p.Path, Visit: p.Visit}
		switch {
		case p.Position.Pending:
			e.Kind = pick(l, OnDelivered, OnDelivered, OnFailed)
		case p.Position.Failed != "":
			l.changeFacts()
			e.Kind = OnRetry
		default:
			continue
		}
		waiting = append(waiting, e)
	}
	if len(waiting) == 0 {
		return l.timerEvent(s)
	}
	return pick(l, waiting...)
}

func (l *life) rareEvent() Event {
	switch n := l.IntN(70); {
	case n < 4:
		return Event{Kind: OnSwitchManual}
	case n < 20:
		return Event{Kind: OnMove, Stage: pick(l, l.m.Stages...).ID}
	case n < 22:
		return Event{Kind: OnClose, Result: pick(l, crm.StatusPositive, crm.StatusNegative)}
	case n < 23:
		return Event{Kind: OnCancel}
	case n < 24 && len(l.m.Outcomes) > 0:
		return Event{Kind: OnClose, Outcome: pick(l, l.m.Outcomes...).ID, Performer: "u1"}
	case n < 30:
		return Event{Kind: OnStart}
	case n < 32:
		return Event{Kind: OnReopen}
	case n < 35:
		return Event{Kind: "nonsense"}
	case n < 45:
		return Event{Kind: pick(l, OnOutcome, OnDelivered, OnFailed, OnRetry), Path: "s0", Visit: l.IntN(3), Outcome: "o0"}
	}
	l.facts.LastActivity = l.now
	return Event{Kind: OnFactsChanged}
}

func (l *life) changeFacts() {
	values := map[string]any{}
	if chance(l, 80) {
		values["ok"] = chance(l, 50)
		values["amount"] = pick[any](l, 0, 20.5, 60.0, "70.10", 1e12)
		values["kind"] = pick(l, "", "x", "y", "z")
		values["when"] = l.now.Add(time.Duration(l.IntN(100)-30) * time.Hour)
	}
	if chance(l, 10) {
		values[pick(l, "ok", "amount", "kind", "when")] = []any{"wrong"}
	}
	l.facts.Values = values
}

// onward is an event that brings the case nearer to its end, the facts being all right; false when there is none.
func (l *life) onward(s State) (Event, bool) {
	l.now = l.now.Add(time.Second)
	l.goodFacts()
	places := Current(l.m, s)
	for _, p := range places {
		switch e := (Event{At: l.now, Path: p.Path, Visit: p.Visit}); {
		case p.Position.Pending:
			e.Kind = OnDelivered
			return e, true
		case p.Position.Failed != "":
			e.Kind = OnRetry
			return e, true
		}
	}
	var moves []Event
	for _, p := range places {
		moves = append(moves, l.forward(p)...)
	}
	if len(moves) == 0 {
		return Event{}, false
	}
	e := pick(l, moves...)
	if e.At.After(l.now) {
		l.now = e.At
	}
	e.At = l.now
	if e.Kind == OnTrigger {
		l.facts.Received[e.Trigger]++
	}
	return e, true
}

func (l *life) goodFacts() {
	l.facts.Values = map[string]any{
		"ok": chance(l, 50), "amount": pick[any](l, 20.0, 60.0, "70"), "kind": pick(l, "x", "z"), "when": l.now.Add(-time.Hour),
	}
}

// forward is what brings one place ahead: its task's outcome, or what it waits for.
func (l *life) forward(p Place) []Event {
	pos, wait := p.Position, p.Stage.Wait
	switch {
	case pos.Performer != nil:
		ahead := slices.DeleteFunc(slices.Clone(p.Stage.Outcomes), func(o Outcome) bool { return o.ID == "again" || o.ID == "back" })
		return []Event{{Kind: OnOutcome, Path: p.Path, Visit: p.Visit, Outcome: pick(l, ahead...).ID, Performer: "u1"}}
	case wait == nil:
		return nil
	case wait.Event != "":
		return []Event{{Kind: OnTrigger, Trigger: wait.Event}}
	case pos.Wake != nil:
		return []Event{{Kind: OnTimer, At: *pos.Wake}}
	}
	return []Event{{Kind: OnFactsChanged}}
}
