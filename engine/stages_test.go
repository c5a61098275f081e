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
