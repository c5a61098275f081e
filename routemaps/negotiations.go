package routemaps

import (
	"slices"

	"marshrut/crm"
)

// Negotiations is R21: an open case of the map that its process leads stands at a stage from which no outcome leads on. A nil
// map has none.
func (m *Map) Negotiations(c *crm.Case) bool {
	if m == nil || c.Status.Closed() || c.Mode != crm.ModeProcess {
		return false
	}
	return slices.Contains(m.NegotiationStages(), c.Stage)
}

// NegotiationStages are the stages of a map without outcomes of their own: only a person's work ends at them, so that there
// is no way on (R21). In a map that people control any stage leads to any, and none is meant.
func (m *Map) NegotiationStages() []string {
	if m.Control == ControlManual {
		return nil
	}
	var stages []string
	for i := range m.Stages {
		if stage := &m.Stages[i]; stage.Kind == StageTask && len(stage.Outcomes) == 0 {
			stages = append(stages, stage.ID)
		}
	}
	return stages
}
