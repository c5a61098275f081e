package routemaps_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"marshrut/crm"
	"marshrut/routemaps"
)

func TestR21_Negotiations(t *testing.T) {
	t.Parallel()
	outcome := []routemaps.Outcome{{ID: "done"}}
	m := &routemaps.Map{Control: routemaps.ControlProcess, Stages: []routemaps.Stage{
		{ID: "talks", Kind: routemaps.StageTask}, {ID: "offer", Kind: routemaps.StageTask, Outcomes: outcome}, {ID: "wait", Kind: routemaps.StageWait},
	}}
	byHand := *m
	byHand.Control = routemaps.ControlManual
	open := crm.Case{Status: crm.StatusOpen, Mode: crm.ModeProcess, Stage: "talks"}
	with := func(change func(*crm.Case)) *crm.Case {
		c := open
		change(&c)
		return &c
	}
	require.True(t, m.Negotiations(&open))
	for name, no := range map[string]bool{
		"an outcome leads on":            m.Negotiations(with(func(c *crm.Case) { c.Stage = "offer" })),
		"the stage goes on by itself":    m.Negotiations(with(func(c *crm.Case) { c.Stage = "wait" })),
		"closed":                         m.Negotiations(with(func(c *crm.Case) { c.Status = crm.StatusPositive })),
		"in manual mode":                 m.Negotiations(with(func(c *crm.Case) { c.Mode = crm.ModeManual })),
		"on a map that people control":   byHand.Negotiations(&open),
		"without stages there is no map": (*routemaps.Map)(nil).Negotiations(&open),
	} {
		require.False(t, no, name)
	}
}
