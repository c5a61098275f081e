package routemaps

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"marshrut/crm"
	"marshrut/routemaps/calendar"
)

// t0 is a Monday morning, an hour after the default calendar's day has begun.
var t0 = time.Date(2026, time.March, 2, 10, 0, 0, 0, time.UTC)

func at(offset time.Duration) time.Time { return t0.Add(offset) }

// testCase walks one case through Step.
type testCase struct {
	t       *testing.T
	m       *Map
	s       State
	f       Facts
	now     time.Time
	effects []Effect // of the last event
}

func newCase(t *testing.T, m *Map) *testCase {
	t.Helper()
	return &testCase{t: t, m: link(m), now: t0, f: Facts{Values: map[string]any{}, Received: map[EventName]int{}, Calendar: calendar.Default()}}
}

// started starts a case.
func started(t *testing.T, m *Map) *testCase {
	t.Helper()
	c := newCase(t, m)
	c.do(Event{Kind: OnStart})
	return c
}

// do makes an event happen now; it must be accepted.
func (c *testCase) do(e Event) {
	c.t.Helper()
	e.At = c.now
	s, effects, err := Step(c.m, c.s, e, c.f)
	if err != nil {
		c.t.Fatalf("%s was refused: %v", e.Kind, err)
	}
	if err := s.Validate(c.m); err != nil {
		c.t.Fatalf("%s led to an invalid state: %v", e.Kind, err)
	}
	c.s, c.effects = s, effects
}

// choose completes the open task at the path.
func (c *testCase) choose(path, outcome string) {
	c.t.Helper()
	c.do(Event{Kind: OnOutcome, Path: path, Visit: c.s.Visits[path], Outcome: outcome})
}

// later lets time pass and the timer ring.
func (c *testCase) later(d time.Duration) {
	c.t.Helper()
	c.now = c.now.Add(d)
	c.do(Event{Kind: OnTimer})
}

func (c *testCase) receive(event EventName) {
	c.t.Helper()
	c.f.Received[event]++
	c.do(Event{Kind: OnTrigger, Trigger: event})
}

func (c *testCase) set(field string, value any) {
	c.t.Helper()
	c.f.Values[field] = value
	c.do(Event{Kind: OnFactsChanged})
}

// refused makes an event happen that must be refused with the code, leaving the state alone.
func (c *testCase) refused(code string, e Event) {
	c.t.Helper()
	e.At = c.now
	before := encode(c.t, c.s)
	s, effects, err := Step(c.m, c.s, e, c.f)
	var refusal *Refusal
	if !errors.As(err, &refusal) {
		c.t.Fatalf("%s was not refused with %s but gave error %v, effects %v", e.Kind, code, err, short(effects))
	}
	if refusal.Code != code {
		c.t.Fatalf("%s was refused with %v, want %s", e.Kind, refusal, code)
	}
	if len(effects) > 0 || encode(c.t, s) != before {
		c.t.Fatalf("%s was refused but changed the case: %v", e.Kind, short(effects))
	}
}

// want checks what the last event wanted done, in the short form of short.
func (c *testCase) want(want ...string) {
	c.t.Helper()
	got := short(c.effects)
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		c.t.Fatalf("effects:\n  %s\nwant:\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// wantAt checks where the case stands, "path#visit" each.
func (c *testCase) wantAt(want ...string) {
	c.t.Helper()
	var got []string
	for _, p := range Current(c.m, c.s) {
		got = append(got, fmt.Sprintf("%s#%d", p.Path, p.Visit))
	}
	if !reflect.DeepEqual(got, want) {
		c.t.Fatalf("the case stands at %v, want %v", got, want)
	}
}

func (c *testCase) wantWake(want time.Time) {
	c.t.Helper()
	if got, ok := c.s.NextWake(); !ok || !got.Equal(want) {
		c.t.Fatalf("next wake is %v %v, want %v", got, ok, want)
	}
}

func encode(t *testing.T, s State) string {
	t.Helper()
	data, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// short writes effects one a line: "open_task a#1 role:x due 03-02 18:00".
func short(effects []Effect) []string {
	lines := make([]string, len(effects))
	for i, e := range effects {
		lines[i] = shortEffect(e)
	}
	return lines
}

func shortEffect(e Effect) string {
	text := string(e.Kind)
	add := func(format string, args ...any) { text += " " + fmt.Sprintf(format, args...) }
	if e.Path != "" && e.Visit > 0 {
		add("%s#%d", e.Path, e.Visit)
	}
	if e.Performer != nil {
		add("%s", *e.Performer)
	}
	if e.Due != nil {
		add("due %s", e.Due.Format("01-02 15:04"))
	}
	if e.Cyclic {
		add("cyclic")
	}
	if e.Await {
		add("await")
	}
	for _, word := range []string{e.Rule, e.Template, e.Outcome, e.Reason, e.Field, e.Code, string(e.Status)} {
		if word != "" {
			add("%s", word)
		}
	}
	if e.Value != nil {
		add("= %v", e.Value)
	}
	if e.Create != nil {
		add("%s %s", e.Create.Process, e.Create.Map)
	}
	return text
}

// link sets what Load would: the way of outcomes that say none, and ids of rules.
func link(m *Map) *Map {
	if m.ID == "" {
		m.ID = "test"
	}
	if m.Control == "" {
		m.Control = ControlProcess
	}
	linkStages(m.Stages, "")
	return m
}

func linkStages(stages []Stage, last string) {
	for i := range stages {
		st := &stages[i]
		if st.Kind == "" {
			st.Kind = StageTask
		}
		next := last
		if i+1 < len(stages) {
			next = stages[i+1].ID
		}
		for j := range st.Outcomes {
			if o := &st.Outcomes[j]; o.To == "" && o.Finish == FinishNone {
				o.To = next
			}
		}
		for j := range st.Branches {
			linkStages(st.Branches[j].Stages, ToJoin)
		}
	}
}

// nest makes the maps nested ones of m, by their ids.
func nest(m *Map, nested ...*Map) *Map {
	m.nested = map[string]*Map{}
	for _, n := range nested {
		m.nested[n.ID] = link(n)
	}
	return m
}

var testFields = []Field{
	{ID: "ok", Type: FieldFlag},
	{ID: "amount", Type: FieldNumber},
	{ID: "kind", Type: FieldText},
	{ID: "when", Type: FieldDateTime},
}

func condition(source string) *Condition { return compiled(source, FieldFlag) }

func compiled(source string, want FieldType) *Condition {
	c, err := CompileCondition(source, testFields, want, Pos{Line: 1, Column: 1})
	if err != nil {
		panic(err)
	}
	return c
}

func mail(id string) Rule { return Rule{ID: id, Kind: RuleEmail, Template: "letter"} }

func mailWhen(id, source string) Rule {
	r := mail(id)
	r.When = condition(source)
	return r
}

func setRule(id, field, source string, typ FieldType) Rule {
	return Rule{ID: id, Kind: RuleSetField, Field: field, Value: compiled(source, typ)}
}

func limit(text string) *calendar.Duration {
	d, err := calendar.ParseDuration(text)
	if err != nil {
		panic(err)
	}
	return &d
}

func by(kind PerformerKind, key string) *Performer { return &Performer{Kind: kind, Key: key} }

func done(id string) Outcome      { return Outcome{ID: id} }
func to(id, stage string) Outcome { return Outcome{ID: id, To: stage} }
func positive(id string) Outcome  { return Outcome{ID: id, Finish: FinishPositive} }
func negative(id string) Outcome  { return Outcome{ID: id, Finish: FinishNegative} }

func task(id string, outcomes ...Outcome) Stage {
	return Stage{ID: id, Kind: StageTask, Performer: by(PerformRole, "r"), Outcomes: outcomes}
}

func TestStartEntersTheFirstStage(t *testing.T) {
	first := task("a", done("next"))
	first.TimeLimit = limit("2 working hours")
	first.OnEntry = []Rule{mail("a/on_entry/1"), mailWhen("a/on_entry/2", "ok"), mailWhen("a/on_entry/3", "not ok")}
	c := newCase(t, &Map{TimeLimit: limit("5 working days"), Stages: []Stage{first, task("b", positive("done"))}})
	c.refused(RefusedNotStarted, Event{Kind: OnTimer})
	c.refused(RefusedBadEvent, Event{Kind: OnStart, Stage: "b"})

	c.do(Event{Kind: OnStart})
	c.want(
		"move_due due 03-09 10:00",
		"enter_stage a#1 due 03-02 12:00",
		"notify a#1 a/on_entry/1 letter",
		"notify a#1 a/on_entry/3 letter",
		"open_task a#1 role:r due 03-02 12:00",
	)
	c.wantWake(at(2 * time.Hour))
	if c.s.Mode != crm.ModeProcess || c.s.Status != crm.StatusOpen || c.s.BoardStage() != "a" {
		t.Fatalf("state %+v", c.s)
	}
	if open := c.s.Open(); len(open) != 1 || open[0] != (Ref{Path: "a", Visit: 1}) {
		t.Fatalf("open tasks %v", open)
	}
	c.refused(RefusedAlreadyStarted, Event{Kind: OnStart})
}

func TestR20_OutcomesContinueOrFinish(t *testing.T) {
	m := func() *Map {
		return &Map{Stages: []Stage{
			task("a", done("on"), to("skip", "c"), negative("lost")),
			task("b", done("on"), to("back", "a")),
			task("c", positive("won")),
		}}
	}
	c := started(t, m())
	c.choose("a", "on")
	c.want("complete_task a#1 on", "leave_stage a#1 on", "enter_stage b#1", "open_task b#1 role:r")
	c.choose("b", "back")
	c.wantAt("a#2")
	c.refused(RefusedUnknownTask, Event{Kind: OnOutcome, Path: "a", Visit: 1, Outcome: "on"})
	c.choose("a", "skip")
	c.wantAt("c#1")
	c.choose("c", "won")
	c.want("complete_task c#1 won", "leave_stage c#1 won", "finish won positive")
	if c.s.Status != crm.StatusPositive || c.s.Outcome != "won" || c.s.Ended != "c" || c.s.BoardStage() != "c" {
		t.Fatalf("state %+v", c.s)
	}
	if wake, ok := c.s.NextWake(); ok {
		t.Fatalf("a closed case wants to wake at %v", wake)
	}
	c.refused(RefusedClosed, Event{Kind: OnOutcome, Path: "c", Visit: 1, Outcome: "won"})
	c.refused(RefusedClosed, Event{Kind: OnCancel})
	c.refused(RefusedClosed, Event{Kind: OnStart})

	c = started(t, m())
	c.refused(RefusedUnknownOutcome, Event{Kind: OnOutcome, Path: "a", Visit: 1, Outcome: "won"})
	c.refused(RefusedUnknownTask, Event{Kind: OnOutcome, Path: "b", Visit: 1, Outcome: "on"})
	c.choose("a", "lost")
	if c.s.Status != crm.StatusNegative {
		t.Fatalf("status %s", c.s.Status)
	}
}

func TestR39_CyclicOutcomeRenewsTaskAndDeadlineAndFiresNothing(t *testing.T) {
	st := task("a", to("again", "a"), positive("done"))
	st.TimeLimit = limit("2 hours")
	st.OnEntry, st.OnCompletion, st.OnOverdue = []Rule{mail("entry")}, []Rule{mail("completion")}, []Rule{mail("overdue")}
	c := started(t, &Map{Stages: []Stage{st}})
	c.later(3 * time.Hour)
	c.want("overdue a#1", "notify a#1 overdue letter")

	c.choose("a", "again")
	c.want("complete_task a#1 again", "open_task a#2 role:r due 03-02 15:00 cyclic")
	c.later(3 * time.Hour)
	c.want("overdue a#2", "notify a#2 overdue letter")

	c.choose("a", "done")
	c.want("complete_task a#2 done", "notify a#2 completion letter", "leave_stage a#2 done", "finish done positive")
}

func TestR39_OnCompletionKnowsTheOutcome(t *testing.T) {
	st := task("a", positive("yes"), negative("no"))
	st.OnCompletion = []Rule{mailWhen("good", `outcome == "yes"`), mailWhen("bad", `outcome == "no"`)}
	c := started(t, &Map{Stages: []Stage{st}})
	c.choose("a", "no")
	c.want("complete_task a#1 no", "notify a#1 bad letter", "leave_stage a#1 no", "finish no negative")
}

func TestR21_StageWithoutOutcomesIsLeftOnlyByTheMap(t *testing.T) {
	c := started(t, &Map{Outcomes: []Outcome{negative("lost")}, Stages: []Stage{task("a")}})
	if _, ok := c.s.NextWake(); ok {
		t.Fatal("nothing is due")
	}
	c.refused(RefusedUnknownOutcome, Event{Kind: OnOutcome, Path: "a", Visit: 1, Outcome: "done"})
	c.choose("a", "lost")
	c.want("complete_task a#1 lost", "leave_stage a#1 lost", "finish lost negative")
}

func TestMapLevelOutcomeWithdrawsTheRestAndFiresNothing(t *testing.T) {
	left, right := task("l", done("on")), task("r", done("on"))
	left.OnCompletion = []Rule{mail("l")}
	lost := negative("lost")
	lost.Create = &CreateCase{Process: crm.Claim, Map: "claim"}
	both := Stage{
		ID: "both", Kind: StageParallel, Join: JoinAll, OnCompletion: []Rule{mail("both")},
		Branches: []Branch{{ID: "x", Stages: []Stage{left}}, {ID: "y", Stages: []Stage{right}}},
	}
	m := &Map{Outcomes: []Outcome{lost}, Stages: []Stage{both, task("end", positive("won"))}}

	c := started(t, m)
	c.choose("both/x/l", "lost")
	c.want(
		"complete_task both/x/l#1 lost",
		"leave_stage both/x/l#1",
		"withdraw_task both/y/r#1 stage",
		"leave_stage both/y/r#1",
		"leave_stage both#1 lost",
		"create_case both#1 lost claim claim",
		"finish lost negative",
	)

	c = started(t, m)
	c.do(Event{Kind: OnClose, Outcome: "lost"})
	c.want(
		"withdraw_task both/x/l#1 stage", "leave_stage both/x/l#1",
		"withdraw_task both/y/r#1 stage", "leave_stage both/y/r#1",
		"leave_stage both#1 lost", "create_case both#1 lost claim claim", "finish lost negative",
	)

	c = started(t, m)
	c.do(Event{Kind: OnOutcome, Outcome: "lost"})
	if c.s.Status != crm.StatusNegative || c.s.Ended != "both" {
		t.Fatalf("state %+v", c.s)
	}
}

func TestOutcomeOfferedOnlyWhileItsConditionHolds(t *testing.T) {
	big := positive("big")
	big.When = condition("amount > 100")
	broken := negative("broken")
	broken.When = condition("when - hours(amount) > when")
	c := started(t, &Map{Outcomes: []Outcome{broken}, Stages: []Stage{task("a", big)}})
	e := Event{Kind: OnOutcome, Path: "a", Visit: 1, Outcome: "big"}
	c.refused(RefusedOutcomeNotOpen, e)
	c.f.Values["amount"] = "not a number"
	c.refused(RefusedOutcomeNotOpen, e)
	e.Outcome = "broken"
	c.refused(RefusedOutcomeNotOpen, e)
	c.refused(RefusedOutcomeNotOpen, Event{Kind: OnClose, Outcome: "broken"})
	c.f.Values["amount"] = 101.0
	c.choose("a", "big")
}

func TestPerformerIsGivenInTheForm(t *testing.T) {
	hand := done("hand")
	hand.Form = []FormItem{{Field: "performer", Required: true}}
	again := to("again", "b")
	again.Form = []FormItem{{Field: "performer"}}
	b := task("b", again, positive("done"))
	b.Performer = by(PerformFrom, "hand")
	d := task("d", positive("done"))
	d.Performer = by(PerformFrom, "never")
	c := started(t, &Map{Stages: []Stage{task("a", hand, to("skip", "d")), b, d}})
	c.refused(RefusedPerformerMissing, Event{Kind: OnOutcome, Path: "a", Visit: 1, Outcome: "hand"})
	c.do(Event{Kind: OnOutcome, Path: "a", Visit: 1, Outcome: "hand", Performer: "u1"})
	c.want("complete_task a#1 hand", "leave_stage a#1 hand", "enter_stage b#1", "open_task b#1 user_id:u1")
	if c.s.Given["hand"] != "u1" {
		t.Fatalf("given %v", c.s.Given)
	}
	c.choose("b", "again") // the form's performer is optional
	c.want("complete_task b#1 again", "open_task b#2 user_id:u1 cyclic")

	c = started(t, c.m)
	c.do(Event{Kind: OnOutcome, Path: "a", Visit: 1, Outcome: "skip", Performer: "u1"})
	c.want("complete_task a#1 skip", "leave_stage a#1 skip", "enter_stage d#1", "open_task d#1 responsible")
	if len(c.s.Given) > 0 {
		t.Fatalf("the form of skip asks for no performer, but %v was given", c.s.Given)
	}
}

func TestRequiredPerformerOnlyWhereTheFormShowsIt(t *testing.T) {
	hand := positive("hand")
	hand.Form = []FormItem{{Field: "performer", Required: true, When: condition("ok")}}
	c := started(t, &Map{Stages: []Stage{task("a", hand)}})
	c.f.Values["ok"] = true
	c.refused(RefusedPerformerMissing, Event{Kind: OnOutcome, Path: "a", Visit: 1, Outcome: "hand"})
	c.f.Values["ok"] = false
	c.choose("a", "hand")
}

func TestOutcomeCreatesACaseBeforeTheFinish(t *testing.T) {
	sale := positive("sale")
	sale.Create = &CreateCase{Process: crm.Interest, Map: "new-clients"}
	more := to("more", "a")
	more.Create = &CreateCase{Process: crm.Claim, Map: "claim"}
	c := started(t, &Map{Stages: []Stage{task("a", more, sale)}})
	c.choose("a", "more")
	c.want("complete_task a#1 more", "create_case a#1 more claim claim", "open_task a#2 role:r cyclic")
	c.choose("a", "sale")
	c.want("complete_task a#2 sale", "leave_stage a#2 sale", "create_case a#2 sale interest new-clients", "finish sale positive")
}

func TestChoiceTakesTheFirstOutcomeThatHolds(t *testing.T) {
	when := func(o Outcome, source string) Outcome {
		o.When = condition(source)
		return o
	}
	m := &Map{Stages: []Stage{
		{ID: "pick", Kind: StageChoice, Outcomes: []Outcome{when(to("x", "a"), "amount > 10"), when(to("y", "b"), "amount > 5")}},
		task("a", positive("done")),
		task("b", positive("done")),
	}}
	c := newCase(t, m)
	c.f.Values["amount"] = 11
	c.do(Event{Kind: OnStart})
	c.want("enter_stage pick#1", "leave_stage pick#1 x", "enter_stage a#1", "open_task a#1 role:r")

	c = newCase(t, m)
	c.f.Values["amount"] = "7.50"
	c.do(Event{Kind: OnStart})
	c.wantAt("b#1")

	c = newCase(t, m)
	c.do(Event{Kind: OnStart})
	c.want("enter_stage pick#1", "open_incident pick#1 no_outcome")
	c.refused(RefusedNothingFailed, Event{Kind: OnRetry, Path: "pick", Visit: 2})
	c.do(Event{Kind: OnRetry, Path: "pick", Visit: 1})
	c.want("open_incident pick#1 no_outcome")
	c.set("amount", 6.0) // choices never wait
	c.want()
	c.do(Event{Kind: OnRetry, Path: "pick", Visit: 1})
	c.want("close_incident pick#1 no_outcome", "leave_stage pick#1 y", "enter_stage b#1", "open_task b#1 role:r")
	c.refused(RefusedNothingFailed, Event{Kind: OnRetry, Path: "b", Visit: 1})
}

func TestChoiceSwitchesOnAValue(t *testing.T) {
	m := &Map{Stages: []Stage{
		{ID: "pick", Kind: StageChoice, Switch: "kind", Outcomes: []Outcome{
			{ID: "x", To: "a", Case: []string{"one", "two"}},
			{ID: "else", To: "b"},
			{ID: "late", To: "c", Case: []string{"three"}},
		}},
		task("a", positive("done")), task("b", positive("done")), task("c", positive("done")),
	}}
	for value, want := range map[string]string{"two": "a#1", "three": "c#1", "other": "b#1", "": "b#1"} {
		c := newCase(t, m)
		if value != "" {
			c.f.Values["kind"] = value
		}
		c.do(Event{Kind: OnStart})
		c.wantAt(want)
	}
}

func TestConditionThatFailsHoldsTheStage(t *testing.T) {
	m := &Map{Stages: []Stage{
		{ID: "pick", Kind: StageChoice, Outcomes: []Outcome{{ID: "x", To: "a", When: condition("amount > 1")}, {ID: "else", To: "a"}}},
		task("a", positive("done")),
	}}
	c := newCase(t, m)
	c.f.Values["amount"] = []any{"secret"}
	c.do(Event{Kind: OnStart})
	c.want("enter_stage pick#1", "open_incident pick#1 condition_failed")
	if detail := c.effects[1].Detail; detail == "" || strings.Contains(detail, "secret") {
		t.Fatalf("detail %q", detail)
	}
	c.f.Values["amount"] = 2
	c.do(Event{Kind: OnRetry, Path: "pick", Visit: 1})
	c.wantAt("a#1")
}

func TestRuleThatFailsIsLeftOut(t *testing.T) {
	st := task("a", positive("done"))
	st.OnEntry = []Rule{
		mailWhen("bad", "amount > 1"),
		setRule("worse", "kind", `amount > 1 ? "x" : "y"`, FieldText),
		{ID: "none", Kind: RuleSetField, Field: "kind"},
		mail("good"),
	}
	c := newCase(t, &Map{Stages: []Stage{st}})
	c.f.Values["amount"] = "?"
	c.do(Event{Kind: OnStart})
	c.want(
		"enter_stage a#1",
		"open_incident a#1 bad rule_failed",
		"open_incident a#1 worse rule_failed",
		"open_incident a#1 none rule_failed",
		"notify a#1 good letter",
		"open_task a#1 role:r",
	)
	c.refused(RefusedNothingFailed, Event{Kind: OnRetry, Path: "a", Visit: 1})
}

func TestFieldsSetAreReadLaterInTheSameStep(t *testing.T) {
	st := task("a", done("on"))
	st.OnCompletion = []Rule{setRule("a/1", "amount", `outcome == "on" ? amount + 1 : 0.0`, FieldNumber), mailWhen("a/2", "amount == 1")}
	m := &Map{Stages: []Stage{
		st,
		{ID: "set", Kind: StageAction, Action: new(setRule("set/1", "ok", "amount == 1", FieldFlag))},
		{ID: "pick", Kind: StageChoice, Outcomes: []Outcome{{ID: "y", Finish: FinishPositive, When: condition("ok")}, {ID: "n", Finish: FinishNegative}}},
	}}
	c := started(t, m)
	c.choose("a", "on")
	c.want(
		"complete_task a#1 on",
		"set_field a#1 a/1 amount = 1",
		"notify a#1 a/2 letter",
		"leave_stage a#1 on",
		"enter_stage set#1",
		"set_field set#1 set/1 ok = true",
		"leave_stage set#1",
		"enter_stage pick#1",
		"leave_stage pick#1 y",
		"finish y positive",
	)
	if len(c.f.Values) > 0 {
		t.Fatalf("Step changed the facts: %v", c.f.Values)
	}
}

func TestR11_RuleCreatesATask(t *testing.T) {
	st := task("a", positive("done"))
	st.OnEntry = []Rule{{
		ID: "a/1", Kind: RuleCreateTask,
		Task: &RuleTask{Performer: Performer{Kind: PerformFrom, Key: "hand"}, TimeLimit: limit("1 hour")},
	}}
	c := newCase(t, &Map{Stages: []Stage{st}})
	c.do(Event{Kind: OnStart})
	c.want("enter_stage a#1", "create_task a#1 responsible due 03-02 11:00 a/1", "open_task a#1 role:r")
	if c.effects[1].Task.Performer.Kind != PerformResponsible {
		t.Fatalf("task %+v", c.effects[1].Task)
	}
}

func TestActionsGoOnByThemselves(t *testing.T) {
	skipped := mailWhen("no", "ok")
	m := &Map{Stages: []Stage{
		{ID: "mail", Kind: StageAction, Action: new(mail("mail/1"))},
		{ID: "skip", Kind: StageAction, Action: &skipped},
		{ID: "hook", Kind: StageAction, Action: &Rule{ID: "hook/1", Kind: RuleWebhook, URL: "https://example.com"}, TimeLimit: limit("1 hour")},
		{ID: "end", Kind: StageAction, Action: new(mail("end/1")), Outcomes: []Outcome{positive("done")}},
	}}
	c := started(t, m)
	c.want(
		"enter_stage mail#1", "notify mail#1 mail/1 letter", "leave_stage mail#1",
		"enter_stage skip#1", "leave_stage skip#1",
		"enter_stage hook#1 due 03-02 11:00", "webhook hook#1 await hook/1",
	)
	c.refused(RefusedNothingFailed, Event{Kind: OnRetry, Path: "hook", Visit: 1})
	c.refused(RefusedUnknownTask, Event{Kind: OnDelivered, Path: "hook", Visit: 2})
	c.later(2 * time.Hour)
	c.want("overdue hook#1")

	c.do(Event{Kind: OnFailed, Path: "hook", Visit: 1, Code: "http_500"})
	c.want("open_incident hook#1 http_500")
	c.refused(RefusedUnknownTask, Event{Kind: OnDelivered, Path: "hook", Visit: 1})
	c.do(Event{Kind: OnRetry, Path: "hook", Visit: 1})
	c.want("webhook hook#1 await hook/1")
	c.refused(RefusedNothingFailed, Event{Kind: OnRetry, Path: "hook", Visit: 1})
	c.do(Event{Kind: OnFailed, Path: "hook", Visit: 1, Code: "http_500"})
	c.want("open_incident hook#1 http_500")
	c.do(Event{Kind: OnRetry, Path: "hook", Visit: 1})
	c.do(Event{Kind: OnFailed, Path: "hook", Visit: 1})
	c.want("close_incident hook#1 http_500", "open_incident hook#1 webhook_failed")
	c.do(Event{Kind: OnRetry, Path: "hook", Visit: 1})
	c.do(Event{Kind: OnDelivered, Path: "hook", Visit: 1})
	c.want("close_incident hook#1 webhook_failed", "leave_stage hook#1", "enter_stage end#1", "notify end#1 end/1 letter", "leave_stage end#1 done", "finish done positive")
}

func TestRetryDoesNotRepeatWhatWasDone(t *testing.T) {
	m := &Map{Stages: []Stage{
		{ID: "mail", Kind: StageAction, Action: new(mail("mail/1")), Outcomes: []Outcome{{ID: "x", Finish: FinishPositive, When: condition("amount > 1")}}},
	}}
	c := newCase(t, m)
	c.f.Values["amount"] = "?"
	c.do(Event{Kind: OnStart})
	c.want("enter_stage mail#1", "notify mail#1 mail/1 letter", "open_incident mail#1 condition_failed")
	c.f.Values["amount"] = 0
	c.do(Event{Kind: OnRetry, Path: "mail", Visit: 1})
	c.want("close_incident mail#1 condition_failed", "open_incident mail#1 no_outcome")
	c.f.Values["amount"] = 2
	c.do(Event{Kind: OnRetry, Path: "mail", Visit: 1})
	c.want("close_incident mail#1 no_outcome", "leave_stage mail#1 x", "finish x positive")
}

func TestCircleIsStopped(t *testing.T) {
	m := &Map{Outcomes: []Outcome{negative("stop")}, Stages: []Stage{
		{ID: "a", Kind: StageAction, Action: new(mail("a/1"))},
		{ID: "b", Kind: StageChoice, Outcomes: []Outcome{to("back", "a")}},
	}}
	c := started(t, m)
	last := c.effects[len(c.effects)-1]
	if last.Code != IncidentTooManyMoves || len(Current(c.m, c.s)) != 1 {
		t.Fatalf("last effect %s", shortEffect(last))
	}
	c.do(Event{Kind: OnRetry, Path: last.Path, Visit: last.Visit})
	if last := c.effects[len(c.effects)-1]; last.Code != IncidentTooManyMoves {
		t.Fatalf("last effect %s", shortEffect(last))
	}
	c.do(Event{Kind: OnClose, Outcome: "stop"})
	if last := c.effects[len(c.effects)-1]; last.Kind != EffectFinish {
		t.Fatalf("last effect %s", shortEffect(last))
	}
}

func TestMapInItselfIsStopped(t *testing.T) {
	m := &Map{ID: "m", Stages: []Stage{{ID: "again", Kind: StageRoute, Route: "m"}}}
	nest(m, m)
	c := started(t, m)
	if last := c.effects[len(c.effects)-1]; last.Code != IncidentTooManyMoves {
		t.Fatalf("last effect %s", shortEffect(last))
	}
}

func TestCancelEndsAnyCase(t *testing.T) {
	st := task("a", positive("done"))
	st.OnCompletion = []Rule{mail("no")}
	c := started(t, &Map{TimeLimit: limit("1 day"), Stages: []Stage{st}})
	c.do(Event{Kind: OnCancel})
	c.want("withdraw_task a#1 cancelled", "leave_stage a#1", "finish cancelled")
	if c.s.Status != crm.StatusCancelled || c.s.Ended != "a" {
		t.Fatalf("state %+v", c.s)
	}
}

func TestBadEventsAreRefused(t *testing.T) {
	c := started(t, &Map{Stages: []Stage{task("a", positive("done"))}})
	for _, e := range []Event{
		{Kind: "dance"},
		{Kind: OnTrigger},
		{Kind: OnTrigger, Trigger: "earthquake"},
		{Kind: OnClose, Outcome: "done", Result: crm.StatusPositive},
	} {
		c.refused(RefusedBadEvent, e)
	}
	c.refused(RefusedUnknownTask, Event{Kind: OnFailed, Path: "a", Visit: 1})
	c.refused(RefusedUnknownOutcome, Event{Kind: OnOutcome})
	c.now = time.Time{}
	c.refused(RefusedBadEvent, Event{Kind: OnTimer})
	c.now = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)
	c.refused(RefusedBadEvent, Event{Kind: OnTimer})

	c = newCase(t, &Map{})
	c.refused(RefusedUnknownStage, Event{Kind: OnStart})
}
