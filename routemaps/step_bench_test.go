package routemaps

import (
	"strconv"
	"testing"

	"marshrut/routemaps/calendar"
)

// longMap is a sequence of tasks, each with a time limit, rules and three outcomes.
func longMap(stages int) *Map {
	m := &Map{TimeLimit: limit("60 working days"), Outcomes: []Outcome{negative("lost")}, OnOverdue: []Rule{mail("overdue")}}
	for i := range stages {
		id := "stage-" + strconv.Itoa(i)
		st := task(id, done("on"), to("again", id), to("back", "stage-0"))
		if i == stages-1 {
			st.Outcomes[0] = positive("on")
		}
		st.TimeLimit = limit("2 working days")
		st.OnEntry, st.OnCompletion = []Rule{mail("entry")}, []Rule{mailWhen("completion", `outcome == "on"`)}
		m.Stages = append(m.Stages, st)
	}
	return link(m)
}

// BenchmarkStep completes the task in the middle of the map, over and over.
func BenchmarkStep(b *testing.B) {
	for _, stages := range []int{8, 200} {
		b.Run(strconv.Itoa(stages)+"_stages", func(b *testing.B) {
			m := longMap(stages)
			f := Facts{Values: map[string]any{"ok": true}, Calendar: calendar.Default()}
			s, _, err := Step(m, State{}, Event{Kind: OnStart, At: t0}, f)
			for i := 0; err == nil && i < stages/2; i++ {
				s, _, err = Step(m, s, Event{Kind: OnOutcome, At: t0, Path: s.At.Stage, Visit: s.At.Visit, Outcome: "on"}, f)
			}
			if err != nil {
				b.Fatal(err)
			}
			e := Event{Kind: OnOutcome, At: t0, Path: s.At.Stage, Visit: s.At.Visit, Outcome: "on"}
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := Step(m, s, e, f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
