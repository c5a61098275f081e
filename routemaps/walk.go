package routemaps

import (
	"slices"
	"strings"
	"time"
)

// pathSeparator joins the ids of a path: "parallel/branch/stage", "route/stage".
const pathSeparator = "/"

// Place is one stage where a case stands: an outer one, or one in a branch or nested map of it.
type Place struct {
	Ref
	Map      *Map // the map whose stage it is: the case's own or a nested one
	Stage    *Stage
	Position *Position
}

// Frame is one map that a case is in: its own (Path empty), or the nested one of the route stage at Path.
type Frame struct {
	Path string
	Map  *Map
	At   *Position
}

// Current lists where the case stands: each stage before those in its branches or nested map, branches in the order
// of the map. It is empty before the start and after the end. The positions are those of s, to be read only.
func Current(m *Map, s State) []Place {
	var places []Place
	for _, t := range markers(m, &s) {
		places = append(places, Place{Ref: t.ref(), Map: t.in.m, Stage: t.stage, Position: t.pos})
	}
	return places
}

// Frames lists the maps the case is in, the outermost first. It is empty before the start and after the end.
func Frames(m *Map, s State) []Frame {
	if s.At == nil {
		return nil
	}
	frames := []Frame{{Map: m, At: s.At}}
	for _, t := range markers(m, &s) {
		if nested, ok := t.in.m.Nested(t.stage.Route); ok && t.pos.Nested != nil {
			frames = append(frames, Frame{Path: t.path, Map: nested, At: t.pos.Nested})
		}
	}
	return frames
}

// Open lists the open tasks, in the order of Current.
func (s State) Open() []Ref {
	var open []Ref
	s.positions(func(path string, p *Position) {
		if p.Performer != nil {
			open = append(open, Ref{Path: path, Visit: p.Visit})
		}
	})
	return open
}

// Awaiting lists the stages that wait for the delivery of their webhook, in the order of Current.
func (s State) Awaiting() []Ref {
	var awaiting []Ref
	s.positions(func(path string, p *Position) {
		if p.Pending {
			awaiting = append(awaiting, Ref{Path: path, Visit: p.Visit})
		}
	})
	return awaiting
}

// BoardStage is the stage that boards and lists show for the case: the outermost one it stands at, or ended at.
func (s State) BoardStage() string {
	if s.At == nil {
		return s.Ended
	}
	return s.At.Stage
}

// NextWake is when a timer event will have something to do; false when no timer is needed.
func (s State) NextWake() (time.Time, bool) {
	next, ok := earliest(s.alarms())
	return next.at, ok
}

// StageAt finds a stage by its path, in branches and nested maps too, whether a case stands there or not.
func (m *Map) StageAt(path string) (*Stage, bool) {
	stages := m.stagesAt(path)
	if len(stages) == 0 {
		return nil, false
	}
	return stages[len(stages)-1].stage, true
}

// OutcomesAt lists the outcomes that may be chosen in a task at the path: the stage's own, then the map-level ones of
// the nested map it is in, then those of the maps around it. Where ids are the same, the nearest one counts. Whether an
// outcome with a condition is offered now is told by its When.
func (m *Map) OutcomesAt(path string) []*Outcome {
	stages := m.stagesAt(path)
	if len(stages) == 0 {
		return nil
	}
	var all []*Outcome
	add := func(outcomes []Outcome) {
		for i := range outcomes {
			same := func(o *Outcome) bool { return o.ID == outcomes[i].ID }
			if !slices.ContainsFunc(all, same) {
				all = append(all, &outcomes[i])
			}
		}
	}
	slices.Reverse(stages)
	add(stages[0].stage.Outcomes)
	for i, at := range stages {
		if i == 0 || at.m != stages[i-1].m {
			add(at.m.Outcomes)
		}
	}
	return all
}

// OwnerAt is the map whose outcome o is, one of OutcomesAt(path): the fields of its form are that map's.
func (m *Map) OwnerAt(path string, o *Outcome) *Map {
	stages := m.stagesAt(path)
	slices.Reverse(stages)
	for i, at := range stages {
		if found, ok := at.m.Outcome(o.ID); ok && found == o {
			return at.m
		}
		if found, ok := at.stage.Outcome(o.ID); i == 0 && ok && found == o {
			return at.m
		}
	}
	return m
}

// Reacts tells whether any stage of the map, or of a map nested in it, waits for the event or is triggered by it (R11).
func (m *Map) Reacts(event EventName) bool {
	for stage := range m.allStages() {
		if stage.Wait != nil && stage.Wait.Event == event {
			return true
		}
		if slices.ContainsFunc(stage.OnEvent, func(t Trigger) bool { return t.Event == event }) {
			return true
		}
		if nested, ok := m.Nested(stage.Route); ok && nested.Reacts(event) {
			return true
		}
	}
	return false
}

// Heeds tells whether the event does anything to a case in this state. Stages may come to wait for it or be triggered by it, see Reacts;
// and a clock that stands still until the client answers goes on with whatever comes from outside, which a colleague's document does not.
func (m *Map) Heeds(event EventName, s *State) bool {
	_, paused := s.pausedUntil()
	return paused && event != EventDocument || m.Reacts(event)
}

// Attributes are the fields that read own attributes (R45), those of nested maps included.
func (m *Map) Attributes() []*Field {
	var all []*Field
	for i := range m.Fields {
		if m.Fields[i].Attribute != "" {
			all = append(all, &m.Fields[i])
		}
	}
	for s := range m.allStages() {
		if nested, ok := m.Nested(s.Route); ok && s.Kind == StageRoute {
			all = append(all, nested.Attributes()...)
		}
	}
	return all
}

// ReadsOfClient tells whether the map has a field that reads the client's own attribute of this key.
func (m *Map) ReadsOfClient(key string) bool {
	return slices.ContainsFunc(m.Attributes(), func(f *Field) bool { return f.Attribute == "client."+key })
}

// AnyField finds a field of the map, or of a map nested in it: the values are the case's.
func (m *Map) AnyField(id string) (*Field, bool) {
	if found, ok := m.Field(id); ok {
		return found, true
	}
	for s := range m.allStages() {
		if nested, ok := m.Nested(s.Route); ok && s.Kind == StageRoute {
			if found, ok := nested.AnyField(id); ok {
				return found, true
			}
		}
	}
	return nil, false
}

// NamesTemplate tells whether a rule of the map, or of a map nested in it, sends the template of this key (R39).
func (m *Map) NamesTemplate(key string) bool {
	sends := func(rules []Rule) bool {
		return slices.ContainsFunc(rules, func(r Rule) bool { return r.Template == key })
	}
	if sends(m.OnOverdue) || m.OnIdle != nil && sends(m.OnIdle.Rules) {
		return true
	}
	for s := range m.allStages() {
		if slices.ContainsFunc(s.rules(), sends) {
			return true
		}
		if nested, ok := m.Nested(s.Route); ok && s.Kind == StageRoute && nested.NamesTemplate(key) {
			return true
		}
	}
	return false
}

// rules are those of the stage, as they are written: on entry, on completion, overdue, on each event, and its action.
func (s *Stage) rules() [][]Rule {
	all := [][]Rule{s.OnEntry, s.OnCompletion, s.OnOverdue}
	for i := range s.OnEvent {
		all = append(all, s.OnEvent[i].Rules)
	}
	if s.Action != nil {
		all = append(all, []Rule{*s.Action})
	}
	return all
}

// stageOf is a stage and the map that it belongs to.
type stageOf struct {
	m     *Map
	stage *Stage
}

// stagesAt lists the stages on the way to the path, the outermost first; nil when the path names none.
func (m *Map) stagesAt(path string) []stageOf {
	var found []stageOf
	stages := m.Stages
	ids := strings.Split(path, pathSeparator)
	for {
		st, ok := findStage(stages, ids[0])
		if !ok {
			return nil
		}
		found = append(found, stageOf{m: m, stage: st})
		ids = ids[1:]
		switch {
		case len(ids) == 0:
			return found
		case st.Kind == StageParallel && len(ids) > 1:
			branch := st.branch(ids[0])
			if branch == nil {
				return nil
			}
			stages, ids = branch.Stages, ids[1:]
		case st.Kind == StageRoute:
			nested, ok := m.Nested(st.Route)
			if !ok {
				return nil
			}
			m, stages = nested, nested.Stages
		default:
			return nil
		}
	}
}

func (s *Stage) branch(id string) *Branch {
	i := slices.IndexFunc(s.Branches, func(b Branch) bool { return b.ID == id })
	if i < 0 {
		return nil
	}
	return &s.Branches[i]
}

// positions visits every position of the state, outer ones first. It needs no map.
func (s State) positions(visit func(path string, p *Position)) {
	walkPositions(s.At, "", visit)
}

func walkPositions(p *Position, prefix string, visit func(path string, p *Position)) {
	if p == nil {
		return
	}
	path := prefix + p.Stage
	visit(path, p)
	for _, b := range p.Branches {
		walkPositions(b.At, path+pathSeparator+b.ID+pathSeparator, visit)
	}
	walkPositions(p.Nested, path+pathSeparator, visit)
}

// scope is a sequence of stages that one marker moves along: a map's top level, or a branch.
type scope struct {
	m      *Map // the case's map or a nested one
	stages []Stage
	branch bool
	slot   **Position // where the marker's position is kept
	around *marker    // the parallel or route stage that the scope is in; nil: the case's own map
	prefix string     // of the paths of its stages
}

// marker is one place where a case stands, with what is needed to move it from there.
type marker struct {
	in    *scope
	stage *Stage
	pos   *Position
	path  string

	splitting bool // of a parallel stage: its branches are being entered, the first may already have ended
	joined    bool // of a parallel stage joined by any: a branch has won
}

// top is the scope of the case's own map.
func top(m *Map, s *State) *scope { return &scope{m: m, stages: m.Stages, slot: &s.At} }

// markers lists every marker of the case, outer ones first.
func markers(m *Map, s *State) []*marker { return top(m, s).markers(nil) }

func (in *scope) markers(list []*marker) []*marker {
	t := in.marker()
	if t == nil {
		return list
	}
	list = append(list, t)
	for _, inner := range t.inner() {
		list = inner.markers(list)
	}
	return list
}

// marker is the scope's marker; nil when there is none.
func (in *scope) marker() *marker {
	pos := *in.slot
	if pos == nil {
		return nil
	}
	st, ok := findStage(in.stages, pos.Stage)
	if !ok {
		return nil
	}
	return &marker{in: in, stage: st, pos: pos, path: in.prefix + st.ID}
}

// frame is the top level of the map that the scope belongs to.
func (in *scope) frame() *scope {
	for in.branch {
		in = in.around.in
	}
	return in
}

// inner lists the scopes inside a parallel or route stage: branches once they are entered.
func (t *marker) inner() []*scope {
	switch t.stage.Kind {
	case StageParallel:
		return t.branches()
	case StageRoute:
		if nested, ok := t.in.m.Nested(t.stage.Route); ok {
			return []*scope{{m: nested, stages: nested.Stages, slot: &t.pos.Nested, around: t, prefix: t.path + pathSeparator}}
		}
	case StageTask, StageChoice, StageAction, StageWait:
	}
	return nil
}

func (t *marker) branches() []*scope {
	scopes := make([]*scope, 0, len(t.pos.Branches))
	for i := range t.pos.Branches {
		at := &t.pos.Branches[i]
		if b := t.stage.branch(at.ID); b != nil {
			prefix := t.path + pathSeparator + b.ID + pathSeparator
			scopes = append(scopes, &scope{m: t.in.m, stages: b.Stages, branch: true, slot: &at.At, around: t, prefix: prefix})
		}
	}
	return scopes
}

func (t *marker) ref() Ref { return Ref{Path: t.path, Visit: t.pos.Visit} }

// current tells whether the case still stands there: markers found before a move may have been left or withdrawn by it.
func (t *marker) current() bool {
	return *t.in.slot == t.pos && (t.in.around == nil || t.in.around.current())
}

// next is the stage after this one in its scope; false for the last one.
func (t *marker) next() (*Stage, bool) {
	for i := range t.in.stages[:len(t.in.stages)-1] {
		if &t.in.stages[i] == t.stage {
			return &t.in.stages[i+1], true
		}
	}
	return nil, false
}

// outermost is the id of the top-level stage on a path.
func outermost(path string) string {
	id, _, _ := strings.Cut(path, pathSeparator)
	return id
}
