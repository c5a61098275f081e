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

// OutcomeKind tells where an outcome led, as reports mark it (R20).
type OutcomeKind string

// The kinds of outcome.
const (
	OutcomeOn       OutcomeKind = "on"       // to another stage
	OutcomeCyclic   OutcomeKind = "cyclic"   // to the same one
	OutcomePositive OutcomeKind = "positive" // to an end
	OutcomeNegative OutcomeKind = "negative"
)

// StageOutcome is an outcome that a step took at a stage (R20).
type StageOutcome struct {
	Path    string
	Outcome string
	Kind    OutcomeKind
}

// StageOutcomes are the outcomes that a step took, in their order, each once for its stage: whether a task was completed with it
// or the stage was left by it.
func StageOutcomes(m *routemaps.Map, effects []routemaps.Effect) []StageOutcome {
	var taken []StageOutcome
	for i := range effects {
		e := &effects[i]
		if e.Outcome == "" || e.Kind != routemaps.EffectCompleteTask && e.Kind != routemaps.EffectLeaveStage {
			continue
		}
		one := StageOutcome{Path: e.Path, Outcome: e.Outcome, Kind: kindOf(m, e, effects[i+1:])}
		if !slices.ContainsFunc(taken, func(t StageOutcome) bool { return t.Path == one.Path && t.Outcome == one.Outcome }) {
			taken = append(taken, one)
		}
	}
	return taken
}

// kindOf tells by the map where an outcome led; where the map has none of this id (a case was closed by hand), by how it ended.
func kindOf(m *routemaps.Map, e *routemaps.Effect, next []routemaps.Effect) OutcomeKind {
	id := e.Path[strings.LastIndexByte(e.Path, '/')+1:]
	for _, o := range m.OutcomesAt(e.Path) {
		switch {
		case o.ID != e.Outcome:
		case o.Cyclic(id):
			return OutcomeCyclic
		case o.Finish == routemaps.FinishPositive:
			return OutcomePositive
		case o.Finish == routemaps.FinishNegative:
			return OutcomeNegative
		default:
			return OutcomeOn
		}
	}
	for i := range next {
		switch {
		case next[i].Kind != routemaps.EffectFinish:
		case next[i].Status == crm.StatusPositive:
			return OutcomePositive
		case next[i].Status == crm.StatusNegative:
			return OutcomeNegative
		}
	}
	return OutcomeOn
}
