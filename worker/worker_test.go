package worker_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"marshrut/activities"
	"marshrut/worker"
)

type nothing struct{}

func (nothing) Advance(context.Context, activities.AdvanceRequest) (activities.AdvanceResult, error) {
	return activities.AdvanceResult{}, nil
}

func (nothing) Deliver(context.Context, activities.DeliverRequest) (activities.DeliverResult, error) {
	return activities.DeliverResult{}, nil
}

func TestWorkerTakesSensibleOptionsAndRefusesOthers(t *testing.T) {
	c, err := client.NewLazyClient(client.Options{})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	for name, test := range map[string]struct {
		options worker.Options
		wrong   string
	}{
		"defaults":            {options: worker.Options{}},
		"versions":            {options: worker.Options{Deployment: "marshrut", BuildID: "1.2.3"}},
		"half a version":      {worker.Options{BuildID: "1.2.3"}, "TEMPORAL_DEPLOYMENT_NAME"},
		"one poller":          {worker.Options{Pollers: 1}, "Pollers is 1"},
		"negative":            {worker.Options{Connections: -1}, "must be positive"},
		"no cache for cases":  {worker.Options{CachedCases: -1}, "must be positive"},
		"no time for a stop":  {worker.Options{StopTimeout: -1}, "must be positive"},
		"no room to deliver":  {worker.Options{Deliveries: -1}, "must be positive"},
		"no room for pollers": {worker.Options{Pollers: -1}, "Pollers is -1"},
	} {
		t.Run(name, func(t *testing.T) {
			w, err := worker.New(c, test.options, nothing{})
			if test.wrong != "" {
				require.ErrorContains(t, err, test.wrong)
				return
			}
			require.NoError(t, err)
			require.NotNil(t, w)
		})
	}
}
