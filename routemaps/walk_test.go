package routemaps

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// deepMap has a nested map in a branch.
func deepMap() *Map {
	return nest(&Map{
		Outcomes: []Outcome{negative("lost"), negative("give-up")},
		Stages: []Stage{
			task("a", done("on")),
			{ID: "p", Kind: StageParallel, Join: JoinAll, TimeLimit: limit("3 days"), Branches: []Branch{
				{ID: "x", Stages: []Stage{{ID: "r", Kind: StageRoute, Route: "sub"}}},
				{ID: "y", Stages: []Stage{task("b", done("on"))}},
			}},
			task("end", positive("done")),
		},
	}, nestedMap())
}

func TestStageAtFindsStagesByPath(t *testing.T) {
	m := link(deepMap())
	for path, want := range map[string]string{"a": "a", "p/x/r": "r", "p/x/r/a": "a", "p/x/r/p/y/b": "b", "p/y/b": "b"} {
		st, ok := m.StageAt(path)
		if !ok || st.ID != want {
			t.Errorf("%s: found %v", path, st)
		}
	}
	for _, path := range []string{"", "/", "z", "a/b", "p/x", "p/x/", "p/z/b", "p/x/r/z", "p/x/r/", "a/"} {
		if st, ok := m.StageAt(path); ok {
			t.Errorf("%q: found %s", path, st.ID)
		}
		if all := m.OutcomesAt(path); all != nil {
			t.Errorf("%q has outcomes", path)
		}
	}
	broken := link(&Map{Stages: []Stage{{ID: "r", Kind: StageRoute, Route: "gone"}}})
	if _, ok := broken.StageAt("r/a"); ok {
		t.Error("found a stage of a map that is not there")
	}
}

func TestOutcomesAtListsTheNearestFirst(t *testing.T) {
	m := link(deepMap())
	for path, want := range map[string]string{
		"a":           "on lost give-up",
		"p/y/b":       "on lost give-up",
		"p/x/r/a":     "on no give-up lost",
		"p/x/r/p/y/b": "on give-up lost",
	} {
		var ids []string
		for _, o := range m.OutcomesAt(path) {
			ids = append(ids, o.ID)
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	nested := m.nested["sub"]
	if all := m.OutcomesAt("p/x/r/a"); all[2] != &nested.Outcomes[0] {
		t.Error("give-up is not that of the nested map")
	}
	for i, owner := range []*Map{nested, nested, nested, m} {
		if all := m.OutcomesAt("p/x/r/a"); m.OwnerAt("p/x/r/a", all[i]) != owner {
			t.Errorf("%s is of the wrong map", all[i].ID)
		}
	}
	nested.Fields = append(nested.Fields, Field{ID: "inner_only"})
	if _, found := m.AnyField("inner_only"); !found {
		t.Error("a field of the nested map is not found")
	}
	if _, found := m.AnyField("nowhere"); found {
		t.Error("found a field that nobody declares")
	}
}

func TestWhereACaseStands(t *testing.T) {
	c := newCase(t, deepMap())
	if c.s.BoardStage() != "" || Current(c.m, c.s) != nil || Frames(c.m, c.s) != nil || c.s.Open() != nil {
		t.Fatal("a case that was not started stands somewhere")
	}
	c.do(Event{Kind: OnStart})
	c.choose("a", "on")
	c.wantAt("p#1", "p/x/r#1", "p/x/r/a#1", "p/y/b#1")
	if open, want := c.s.Open(), []Ref{{"p/x/r/a", 1}, {"p/y/b", 1}}; !reflect.DeepEqual(open, want) {
		t.Errorf("open tasks %v, want %v", open, want)
	}
	places := Current(c.m, c.s)
	if inner := places[2]; inner.Map.ID != "sub" || inner.Stage != &inner.Map.Stages[0] || inner.Position.Stage != "a" {
		t.Errorf("inner place %+v", inner)
	}
	frames := Frames(c.m, c.s)
	if len(frames) != 2 || frames[0].Path != "" || frames[0].Map != c.m || frames[1].Path != "p/x/r" || frames[1].Map.ID != "sub" {
		t.Errorf("frames %+v", frames)
	}
	if c.s.BoardStage() != "p" {
		t.Errorf("board stage %s", c.s.BoardStage())
	}
}

func TestProgressShowsTheMostUrgentInside(t *testing.T) {
	m := deepMap()
	m.Stages[1].Branches[1].Stages[0].TimeLimit = limit("2 days")
	m.Stages[1].Branches[1].Stages[0].Outcomes = append(m.Stages[1].Branches[1].Stages[0].Outcomes, Outcome{ID: "wait", To: "b", Pause: "when"})
	c := started(t, m)
	for _, v := range Progress(c.m, State{}) {
		if v.State != StageAhead || v.Visits != 0 {
			t.Errorf("view %+v", v)
		}
	}
	c.now = at(time.Hour)
	c.choose("a", "on")
	views := Progress(c.m, c.s)
	if len(views) != 3 || views[0].State != StageDone || views[0].Visits != 1 || views[0].Performer != nil || views[2].State != StageAhead {
		t.Fatalf("views %+v", views)
	}
	p := views[1]
	if p.State != StageCurrent || p.OpenTasks != 2 || p.Performer.String() != "role:r" || !p.Due.Equal(at(49*time.Hour)) || !p.Entered.Equal(at(time.Hour)) || p.Overdue || p.Failed != "" || p.Paused != nil {
		t.Fatalf("view %+v", p)
	}
	c.pauseUntil("p/y/b", at(60*time.Hour))
	p = Progress(c.m, c.s)[1]
	if !p.Due.Equal(at(73*time.Hour)) || p.Paused == nil || !p.Paused.Equal(at(60*time.Hour)) {
		t.Fatalf("view %+v", p)
	}
	c.later(150 * time.Hour)
	if p = Progress(c.m, c.s)[1]; !p.Overdue {
		t.Fatalf("view %+v", p)
	}
	c.do(Event{Kind: OnClose, Outcome: "lost"})
	if views := Progress(c.m, c.s); views[1].State != StageDone || views[2].State != StageAhead {
		t.Fatalf("views %+v", views)
	}

	c = started(t, &Map{Stages: []Stage{{ID: "pick", Kind: StageChoice}, task("a", positive("done"))}})
	if v := Progress(c.m, c.s)[0]; v.Failed != IncidentNoOutcome {
		t.Fatalf("view %+v", v)
	}
}

// TestR39_NamesTemplateLooksEverywhere: at each place of a map that sends something, and in nested maps.
func TestR39_NamesTemplateLooksEverywhere(t *testing.T) {
	send := func(key string) []Rule { return []Rule{{Kind: RuleEmail, Template: key}} }
	inner := nestedMap()
	inner.Stages[0].OnEntry = send("nested")
	m := deepMap()
	m.nested[inner.ID] = inner
	m.OnOverdue, m.OnIdle = send("overdue"), &OnIdle{Rules: send("idle")}
	m.Stages[0].OnEntry, m.Stages[0].OnCompletion, m.Stages[0].OnOverdue = send("entry"), send("completion"), send("late")
	m.Stages[0].OnEvent = []Trigger{{Rules: send("event")}}
	m.Stages[1].Branches[1].Stages[0].Action = &send("action")[0]
	for _, key := range []string{"overdue", "idle", "entry", "completion", "late", "event", "action", "nested"} {
		if !m.NamesTemplate(key) {
			t.Errorf("%s is not found", key)
		}
	}
	if m.NamesTemplate("other") {
		t.Error("a template that no rule sends is found")
	}
}
