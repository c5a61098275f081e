package engine

import (
	"slices"
	"strings"

	"marshrut/crm"
	"marshrut/routemaps"
)

// StageResult is how a case left a stage, as funnels count it (R35).
type StageResult string

// The ways to leave a stage.
const (
	StagePassed    StageResult = "passed"    // to a stage ahead, or to a positive end
	StageReturned  StageResult = "returned"  // back to an earlier one
	StageLost      StageResult = "lost"      // the case ended negative there
	StageCancelled StageResult = "cancelled" // the case was cancelled there
)

// StageMove is a case's coming to an outermost stage of its map, or its leaving it.
type StageMove struct {
	Stage  string
	Result StageResult // of a leave; empty: the case comes
}

// StageMoves are the moves between the outermost stages of a case's map that a step made, in their order. What begins anew at
// its stage has not left it (R20).
func StageMoves(m *routemaps.Map, effects []routemaps.Effect) []StageMove {
	var moves []StageMove
	for i := range effects {
		e := &effects[i]
		switch {
		case strings.Contains(e.Path, "/"):
		case e.Kind == routemaps.EffectEnterStage && !e.Cyclic:
			moves = append(moves, StageMove{Stage: e.Path})
		case e.Kind == routemaps.EffectLeaveStage:
			moves = append(moves, StageMove{Stage: e.Path, Result: resultOf(m, e.Path, effects[i+1:])})
		}
	}
	return moves
}

// resultOf tells by what a step did next how it left a stage.
func resultOf(m *routemaps.Map, stage string, next []routemaps.Effect) StageResult {
	order := func(id string) int {
		return slices.IndexFunc(m.Stages, func(s routemaps.Stage) bool { return s.ID == id })
	}
	for i := range next {
		e := &next[i]
		switch {
		case e.Kind == routemaps.EffectFinish && e.Status == crm.StatusNegative:
			return StageLost
		case e.Kind == routemaps.EffectFinish && e.Status == crm.StatusCancelled:
			return StageCancelled
		case e.Kind == routemaps.EffectEnterStage && !strings.Contains(e.Path, "/") && order(e.Path) < order(stage):
			return StageReturned
		case e.Kind == routemaps.EffectEnterStage && !strings.Contains(e.Path, "/"):
			return StagePassed
		}
	}
	return StagePassed // to a positive end
}
