package engine_test

import (
	"slices"
	"testing"

	"marshrut/crm"
	"marshrut/engine"
	"marshrut/routemaps"
)

func TestR35_StageMovesOfAStep(t *testing.T) {
	t.Parallel()
	m := &routemaps.Map{Stages: []routemaps.Stage{{ID: "first"}, {ID: "second"}, {ID: "third"}}}
	enter := func(path string) routemaps.Effect {
		return routemaps.Effect{Kind: routemaps.EffectEnterStage, Path: path}
	}
	leave := func(path string) routemaps.Effect {
		return routemaps.Effect{Kind: routemaps.EffectLeaveStage, Path: path}
	}
	end := func(status crm.Status) routemaps.Effect {
		return routemaps.Effect{Kind: routemaps.EffectFinish, Status: status}
	}
	again := enter("first")
	again.Cyclic = true
	for name, c := range map[string]struct {
		effects []routemaps.Effect
		want    []engine.StageMove
	}{
		"a case begins":      {[]routemaps.Effect{enter("first")}, []engine.StageMove{{Stage: "first"}}},
		"on":                 {[]routemaps.Effect{leave("first"), enter("third")}, []engine.StageMove{{"first", engine.StagePassed}, {Stage: "third"}}},
		"back":               {[]routemaps.Effect{leave("third"), enter("second")}, []engine.StageMove{{"third", engine.StageReturned}, {Stage: "second"}}},
		"won":                {[]routemaps.Effect{leave("third"), end(crm.StatusPositive)}, []engine.StageMove{{"third", engine.StagePassed}}},
		"lost":               {[]routemaps.Effect{leave("first"), end(crm.StatusNegative)}, []engine.StageMove{{"first", engine.StageLost}}},
		"cancelled":          {[]routemaps.Effect{leave("first"), end(crm.StatusCancelled)}, []engine.StageMove{{"first", engine.StageCancelled}}},
		"begins anew":        {[]routemaps.Effect{again}, nil},
		"inside":             {[]routemaps.Effect{leave("second/a"), enter("second/b")}, nil},
		"out of a branch":    {[]routemaps.Effect{leave("second/a"), leave("second"), enter("third")}, []engine.StageMove{{"second", engine.StagePassed}, {Stage: "third"}}},
		"through, at once":   {[]routemaps.Effect{leave("first"), enter("second"), leave("second"), enter("third")}, []engine.StageMove{{"first", engine.StagePassed}, {Stage: "second"}, {"second", engine.StagePassed}, {Stage: "third"}}},
		"nothing has moved":  {nil, nil},
		"lost from a branch": {[]routemaps.Effect{leave("second/a"), leave("second"), end(crm.StatusNegative)}, []engine.StageMove{{"second", engine.StageLost}}},
	} {
		if got := engine.StageMoves(m, c.effects); !slices.Equal(got, c.want) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestR20_OutcomesOfAStep(t *testing.T) {
	t.Parallel()
	m := &routemaps.Map{
		Stages: []routemaps.Stage{
			{ID: "first", Outcomes: []routemaps.Outcome{{ID: "again", To: "first"}, {ID: "on", To: "second"}, {ID: "won", Finish: routemaps.FinishPositive}}},
			{ID: "second"},
		},
		Outcomes: []routemaps.Outcome{{ID: "lost", Finish: routemaps.FinishNegative}},
	}
	task := func(path, outcome string) routemaps.Effect {
		return routemaps.Effect{Kind: routemaps.EffectCompleteTask, Path: path, Outcome: outcome}
	}
	leave := func(path, outcome string) routemaps.Effect {
		return routemaps.Effect{Kind: routemaps.EffectLeaveStage, Path: path, Outcome: outcome}
	}
	end := func(status crm.Status) routemaps.Effect {
		return routemaps.Effect{Kind: routemaps.EffectFinish, Status: status}
	}
	for name, c := range map[string]struct {
		effects []routemaps.Effect
		want    []engine.StageOutcome
	}{
		"on, and told twice":  {[]routemaps.Effect{task("first", "on"), leave("first", "on")}, []engine.StageOutcome{{"first", "on", engine.OutcomeOn}}},
		"cyclic":              {[]routemaps.Effect{task("first", "again")}, []engine.StageOutcome{{"first", "again", engine.OutcomeCyclic}}},
		"won":                 {[]routemaps.Effect{task("first", "won"), end(crm.StatusPositive)}, []engine.StageOutcome{{"first", "won", engine.OutcomePositive}}},
		"of the map":          {[]routemaps.Effect{leave("second", "lost"), end(crm.StatusNegative)}, []engine.StageOutcome{{"second", "lost", engine.OutcomeNegative}}},
		"by hand":             {[]routemaps.Effect{leave("second", "sold"), end(crm.StatusPositive)}, []engine.StageOutcome{{"second", "sold", engine.OutcomePositive}}},
		"given up by hand":    {[]routemaps.Effect{leave("second", "gone"), end(crm.StatusNegative)}, []engine.StageOutcome{{"second", "gone", engine.OutcomeNegative}}},
		"moved by hand":       {[]routemaps.Effect{leave("first", "")}, nil},
		"of a former version": {[]routemaps.Effect{task("gone", "away")}, []engine.StageOutcome{{"gone", "away", engine.OutcomeOn}}},
	} {
		if got := engine.StageOutcomes(m, c.effects); !slices.Equal(got, c.want) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}
