package routemaps

import (
	"slices"
	"strings"
)

// sequence is a row of stages that lead to one another: those of a map, or those of a branch.
type sequence struct {
	m      *Map
	stages []Stage
	branch string // its id; empty: the map's own stages
	index  map[string]int
}

func newSequence(m *Map, stages []Stage, branch string) sequence {
	index := make(map[string]int, len(stages))
	for i := range stages {
		index[stages[i].ID] = i
	}
	return sequence{m: m, stages: stages, branch: branch, index: index}
}

// end stands in the graph of a sequence for the end of the case, or of the branch.
const end = ""

// after is the stage that the file has behind stage i, or the end of a branch; ok is false behind a map's last stage.
func (sc sequence) after(i int) (to string, ok bool) {
	switch {
	case i+1 < len(sc.stages):
		return sc.stages[i+1].ID, true
	case sc.branch != "":
		return end, true
	}
	return end, false
}

// ways lists where a case can go from stage i: ids of stages, or end.
func (sc sequence) ways(i int) []string {
	to := sc.ownWays(i)
	if w := sc.stages[i].Wait; w != nil && w.Timeout != nil {
		to = append(to, target(w.Timeout.To))
	}
	return to
}

// ownWays is ways without the timeout of a wait.
func (sc sequence) ownWays(i int) []string {
	s := &sc.stages[i]
	var to []string
	for j := range s.Outcomes {
		if o := &s.Outcomes[j]; o.Finish != FinishNone {
			to = append(to, end)
		} else {
			to = append(to, target(o.To))
		}
	}
	if next, ok := sc.after(i); ok && goesOnByItself(s) {
		to = append(to, next)
	}
	return to
}

func target(to string) string {
	if to == ToJoin {
		return end
	}
	return to
}

// goesOnByItself tells whether a stage can go on without any of its outcomes, to the next stage of the file.
func goesOnByItself(s *Stage) bool {
	if s.Kind == StageTask || s.Kind == StageChoice || hasDefault(s.Outcomes) {
		return false
	}
	var cases []string
	for _, o := range s.Outcomes {
		if o.When == nil {
			cases = append(cases, o.Case...)
		}
	}
	return !slices.Contains(cases, string(FinishPositive)) || !slices.Contains(cases, string(FinishNegative))
}

// checkSound checks that every stage of a scope can be reached and left, and that nothing runs for ever by itself.
func (c *inspection) checkSound(sc sequence) {
	for i := range sc.stages {
		s := &sc.stages[i]
		for j := range s.Branches {
			c.checkSound(newSequence(sc.m, s.Branches[j].Stages, s.Branches[j].ID))
		}
		c.checkLeft(sc, i)
	}
	c.checkReachable(sc)
	c.checkEnds(sc)
	c.checkCycles(sc)
}

// checkLeft reports stages that cannot be left, or cannot be left surely.
func (c *inspection) checkLeft(sc sequence, i int) {
	s := &sc.stages[i]
	_, hasNext := sc.after(i)
	switch {
	case s.Kind == StageTask && len(s.Outcomes) == 0 && sc.branch != "":
		c.refuse(s.Pos, "", "branch_cannot_join", "give the stage an outcome", "the branch %s cannot reach its join: %s has no outcomes", sc.branch, s.ID)
	case s.Kind == StageTask && len(s.Outcomes) == 0:
		c.warn(s.Pos, "", "negotiations", "give it outcomes if that is not meant", "%s has no outcomes: its cases count as negotiations under way", s.ID)
	case goesOnByItself(s) && !hasNext:
		c.refuse(s.Pos, "outcomes", "leads_nowhere", "let its last outcome have neither when nor case, and finish",
			"the stage %s is the last one and may be left by none of its outcomes", s.ID)
	}
}

// checkReachable reports the stages that no way leads to.
func (c *inspection) checkReachable(sc sequence) {
	reached := make([]bool, len(sc.stages))
	todo := []int{0}
	for len(todo) > 0 {
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if i >= len(reached) || reached[i] {
			continue
		}
		reached[i] = true
		for _, to := range sc.ways(i) {
			if j, ok := sc.index[to]; ok {
				todo = append(todo, j)
			}
		}
	}
	for i, ok := range reached {
		if !ok {
			s := &sc.stages[i]
			c.refuse(s.Pos, "id", "unreachable", "lead an outcome to it (to: "+s.ID+"), or delete it", "no outcome leads to the stage %s", s.ID)
		}
	}
}

// checkEnds reports the stages from which the case, or the branch, never ends.
func (c *inspection) checkEnds(sc sequence) {
	if sc.branch == "" && len(c.m.Outcomes) > 0 {
		return // the map's own outcomes end a case from every stage
	}
	ends := sc.leadingToEnd(sc.ways, func(i int) bool {
		return sc.stages[i].Kind == StageTask && len(sc.stages[i].Outcomes) == 0
	})
	for i, ok := range ends {
		s := &sc.stages[i]
		switch {
		case ok || sc.stages[i].Kind == StageChoice && len(s.Outcomes) == 0:
		case sc.branch != "":
			c.refuse(s.Pos, "id", "branch_cannot_join", "lead an outcome to join", "the branch %s cannot reach its join from the stage %s", sc.branch, s.ID)
		default:
			c.refuse(s.Pos, "id", "no_end", "let an outcome finish: positive or negative", "no end can be reached from the stage %s", s.ID)
		}
	}
}

// leadingToEnd tells for each stage whether ways leads from it to the end; those for which sure holds do so anyway.
func (sc sequence) leadingToEnd(ways func(i int) []string, sure func(i int) bool) []bool {
	from := make([][]int, len(sc.stages)) // by stage: those that lead to it
	leads := make([]bool, len(sc.stages))
	var todo []int
	for i := range sc.stages {
		isEnd := sure(i)
		for _, to := range ways(i) {
			if j, ok := sc.index[to]; ok {
				from[j] = append(from[j], i)
			}
			isEnd = isEnd || to == end
		}
		if isEnd {
			todo = append(todo, i)
		}
	}
	for len(todo) > 0 {
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if !leads[i] {
			leads[i] = true
			todo = append(todo, from[i]...)
		}
	}
	return leads
}

// checkCycles reports a cycle of stages that pass without a person, a timer or an event of the outside.
func (c *inspection) checkCycles(sc sequence) {
	const (
		unseen = iota
		open
		done
	)
	state := make([]int, len(sc.stages))
	instant := make([]bool, len(sc.stages))
	for i := range sc.stages {
		instant[i] = passesAtOnce(sc.m, &sc.stages[i])
	}
	var path []int
	var visit func(i int)
	visit = func(i int) {
		state[i] = open
		path = append(path, i)
		for _, to := range sc.ownWays(i) {
			j, ok := sc.index[to]
			switch {
			case !ok || !instant[j]:
			case state[j] == open:
				c.reportCycle(sc, path[slices.Index(path, j):])
			case state[j] == unseen:
				visit(j)
			}
		}
		path = path[:len(path)-1]
		state[i] = done
	}
	for i := range sc.stages {
		if instant[i] && state[i] == unseen {
			visit(i)
		}
	}
}

func (c *inspection) reportCycle(sc sequence, cycle []int) {
	first := &sc.stages[slices.Min(cycle)]
	names := make([]string, 0, len(cycle)+1)
	for _, i := range append(slices.Clone(cycle), cycle[0]) {
		names = append(names, sc.stages[i].ID)
	}
	if len(names) > maxListed {
		names = append(names[:maxListed], "…")
	}
	c.refuse(first.Pos, "id", "endless_cycle", "put a task, or a wait for a length of time, into it",
		"these stages run in a circle with nobody to stop them: %s", strings.Join(names, " → "))
}

// passesAtOnce tells whether a case can pass a stage within the step that enters it.
func passesAtOnce(m *Map, s *Stage) bool {
	switch s.Kind {
	case StageChoice:
		return true
	case StageAction:
		return s.Action == nil || s.Action.Kind != RuleWebhook
	case StageWait: // an event is used up by the pass, and a length of time is never over at once
		return s.Wait != nil && s.Wait.For == nil && s.Wait.Event == ""
	case StageParallel:
		passes := func(b Branch) bool {
			return newSequence(m, b.Stages, b.ID).passesAtOnce()
		}
		if s.Join == JoinAny {
			return slices.ContainsFunc(s.Branches, passes)
		}
		return !slices.ContainsFunc(s.Branches, func(b Branch) bool { return !passes(b) })
	case StageRoute:
		n, ok := m.Nested(s.Route)
		return ok && newSequence(n, n.Stages, "").passesAtOnce()
	case StageTask:
	}
	return false
}

// passesAtOnce tells whether a case can go from the first stage of a scope to its end within one step.
func (sc sequence) passesAtOnce() bool {
	if len(sc.stages) == 0 {
		return true
	}
	leads := sc.leadingToEnd(func(i int) []string {
		if !passesAtOnce(sc.m, &sc.stages[i]) {
			return nil
		}
		return sc.ownWays(i)
	}, func(int) bool { return false })
	return leads[0]
}
