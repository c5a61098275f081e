package routemaps

import (
	"strings"
	"time"

	"marshrut/crm"
)

// StageState says where a stage lies on the way of a case.
type StageState string

// The states of a stage.
const (
	StageDone    StageState = "done"    // the case has been there
	StageCurrent StageState = "current" // the case is there
	StageAhead   StageState = "ahead"   // the case has not been there, and may never be
)

// StageView is one top-level stage of a map with what a case's state says of it. Of a parallel or route stage it also
// tells what is most urgent inside.
type StageView struct {
	ID        string     `json:"id"`
	Name      crm.Text   `json:"name"`
	Kind      StageKind  `json:"kind"`
	State     StageState `json:"state"`
	Visits    int        `json:"visits"`               // how often the case entered it, cyclic outcomes included
	Performer *Performer `json:"performer,omitempty"`  // of the open task, inside the first one; nil: nobody has a task there
	Entered   *time.Time `json:"entered,omitempty"`    // of the current stage
	Due       *time.Time `json:"due,omitempty"`        // the first of the stage's own and those inside; nil: none, or its clock is paused
	Overdue   bool       `json:"overdue,omitempty"`    // the stage's own due has passed, or one inside
	Paused    *time.Time `json:"paused,omitempty"`     // the clock of the stage, or of one inside, stands still until then
	Failed    string     `json:"failed,omitempty"`     // code of the incident that holds the stage, or the first one inside
	OpenTasks int        `json:"open_tasks,omitempty"` // more than one in parallel branches
}

// Progress lists the top-level stages of m in their order, with where the case of state s stands.
func Progress(m *Map, s State) []StageView {
	views := make([]StageView, len(m.Stages))
	for i := range m.Stages {
		st := &m.Stages[i]
		v := &views[i]
		*v = StageView{ID: st.ID, Name: st.Name, Kind: st.Kind, State: StageAhead, Visits: s.Visits[st.ID]}
		switch {
		case s.At != nil && s.At.Stage == st.ID:
			v.State = StageCurrent
			v.Entered = copyOf(&s.At.Entered)
			s.positions(v.add)
		case v.Visits > 0:
			v.State = StageDone
		}
	}
	return views
}

// add takes into account a position of the current stage: its own, which comes first, or one inside it.
func (v *StageView) add(path string, p *Position) {
	inside := strings.Contains(path, pathSeparator)
	if p.Performer != nil {
		v.OpenTasks++
		if v.Performer == nil {
			v.Performer = copyOf(p.Performer)
		}
	}
	if inside && p.Due != nil && (v.Due == nil || p.Due.Before(*v.Due)) || !inside {
		v.Due = copyOf(p.Due)
	}
	if p.Paused != nil && v.Paused == nil {
		v.Paused = copyOf(&p.Paused.Until)
	}
	if v.Failed == "" {
		v.Failed = p.Failed
	}
	v.Overdue = v.Overdue || p.Overdue
}
