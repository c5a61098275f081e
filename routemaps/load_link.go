package routemaps

import (
	"fmt"
	"slices"
	"strings"
)

// Link joins a map with those its route stages name, and those with theirs. find gives a loaded map by id, or reports
// that there is none (nil: there are none); maps it gives that are linked already stay as they are. A map must be linked before it is used by
// several goroutines. The error is Errors: a map that does not exist, maps that contain one another, more than five inside one another or 2,000 stages in all, and a
// nested map of another process or one that people move by hand.
func Link(m *Map, find func(id string) (*Map, bool)) error {
	if find == nil {
		find = func(string) (*Map, bool) { return nil, false }
	}
	l := linker{find: find, sizes: map[*Map]size{}}
	l.link(m, []string{m.ID})
	if len(l.errs) > 0 {
		return l.errs.sorted()
	}
	return nil
}

// size is how large a map is together with its nested ones.
type size struct{ stages, frames int }

type linker struct {
	find  func(id string) (*Map, bool)
	sizes map[*Map]size
	errs  Errors
}

// link links m, which stands at the end of chain, and returns its size.
func (l *linker) link(m *Map, chain []string) size {
	if s, done := l.sizes[m]; done {
		return s
	}
	nested := map[string]*Map{}
	total := size{frames: 1}
	for s := range m.allStages() {
		total.stages++
		if s.Kind != StageRoute {
			continue
		}
		at := m.at(s.Pos, "map")
		n, ok := l.nested(m, at, s.Route, chain, len(chain) > 1)
		if !ok {
			continue
		}
		nested[s.Route] = n
		inner := l.link(n, append(slices.Clone(chain), n.ID))
		total.stages += inner.stages
		total.frames = max(total.frames, inner.frames+1)
		if total.stages > maxStages || total.frames > maxFrames+1 {
			l.errs = append(l.errs, m.error(at, "too_many", fmt.Sprintf("at most %d stages in all and %d maps inside one another", maxStages, maxFrames),
				"with the nested map %s the map is too large", quote(s.Route)))
			break
		}
	}
	if len(chain) == 1 || m.nested == nil {
		m.nested = nested
	}
	l.sizes[m] = total
	return total
}

// nested finds the map that a route stage names and checks that it may stand there. A map linked before keeps its own.
func (l *linker) nested(m *Map, at Pos, id string, chain []string, keep bool) (*Map, bool) {
	if slices.Contains(chain, id) {
		l.errs = append(l.errs, m.error(at, "recursive_map", "a map cannot contain itself", "the nested maps form a circle: %s",
			strings.Join(append(chain, id), " → ")))
		return nil, false
	}
	n, ok := m.Nested(id)
	if !keep || !ok {
		n, ok = l.find(id)
	}
	if !ok {
		l.errs = append(l.errs, m.error(at, "unknown_map", "publish it first, or correct the id", "the map %s is unknown", quote(id)))
		return nil, false
	}
	switch {
	case n.Control != ControlProcess:
		l.errs = append(l.errs, m.error(at, "nested_map_manual", "only maps with control: process can be nested", "the map %s is moved by hand", quote(id)))
	case n.Process != m.Process:
		l.errs = append(l.errs, m.error(at, "nested_map_process", "a nested map describes the same process",
			"the map %s is of the process %s, this one of %s", quote(id), n.Process, m.Process))
	}
	return n, true
}

// allStages goes through every stage of the map, those of branches included, in the order of the file.
func (m *Map) allStages() func(yield func(*Stage) bool) {
	return func(yield func(*Stage) bool) { walkStages(m.Stages, yield) }
}

func walkStages(stages []Stage, yield func(*Stage) bool) bool {
	for i := range stages {
		if !yield(&stages[i]) {
			return false
		}
		for j := range stages[i].Branches {
			if !walkStages(stages[i].Branches[j].Stages, yield) {
				return false
			}
		}
	}
	return true
}
