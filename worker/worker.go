// Package worker registers the workflows and activities of Marshrut with a Temporal worker, and nothing else.
package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"marshrut/activities"
	"marshrut/crm"
	"marshrut/workflows"
)

// Activities is what the workflows have done outside themselves.
type Activities interface {
	Advance(ctx context.Context, request activities.AdvanceRequest) (activities.AdvanceResult, error)
	Deliver(ctx context.Context, request activities.DeliverRequest) (activities.DeliverResult, error)
}

// Options tune a worker. What is zero takes its default.
type Options struct {
	// Connections is the size of the worker's database pool. At most so many steps of cases are taken at a time: more would
	// wait for a connection and run into their timeout. Default 10.
	Connections int
	// Deliveries is how many notifications are sent at a time, whatever their cases. Default 20.
	Deliveries int
	// Pollers is how many requests for work wait at Temporal, for workflow tasks and for deliveries each. At least 2; default 4.
	Pollers int
	// CachedCases is how many open cases are kept in memory between two events, for all workers of the process; a case that
	// is not is read again from its history. About 30 KB each. Default 5000.
	CachedCases int
	// StopTimeout is how long Stop waits for steps and deliveries at work. Default 10 s.
	StopTimeout time.Duration

	// Deployment and BuildID, given together, turn worker versioning on: cases then move to the newest build that Temporal is
	// told to route to (AUTO_UPGRADE). Not to be combined with dispatch.Options.EagerStart, which ignores versions.
	Deployment string `env:"TEMPORAL_DEPLOYMENT_NAME"`
	BuildID    string `env:"TEMPORAL_WORKER_BUILD_ID"`

	// OnFatalError is told why a running worker gave up; it may be nil.
	OnFatalError func(error)
}

// New gives a worker that serves the queue workflows.TaskQueue once it is started. It fails for options that contradict each
// other.
func New(c client.Client, options Options, a Activities) (worker.Worker, error) {
	if err := options.complete(); err != nil {
		return nil, err
	}
	worker.SetStickyWorkflowCacheSize(options.CachedCases)
	w := worker.New(c, workflows.TaskQueue, options.sdk())
	for _, kind := range crm.Kinds() {
		w.RegisterWorkflowWithOptions(workflows.Case, workflow.RegisterOptions{Name: workflows.CaseType(kind)})
	}
	w.RegisterWorkflowWithOptions(workflows.Delivery, workflow.RegisterOptions{Name: workflows.DeliveryType})
	w.RegisterActivityWithOptions(a.Advance, activity.RegisterOptions{Name: activities.AdvanceName})
	w.RegisterActivityWithOptions(a.Deliver, activity.RegisterOptions{Name: activities.DeliverName})
	return w, nil
}

// complete puts the defaults in and checks the rest.
func (o *Options) complete() error {
	for _, setting := range []struct {
		value    *int
		fallback int
	}{{&o.Connections, 10}, {&o.Deliveries, 20}, {&o.Pollers, 4}, {&o.CachedCases, 5000}} {
		if *setting.value == 0 {
			*setting.value = setting.fallback
		}
	}
	if o.StopTimeout == 0 {
		o.StopTimeout = 10 * time.Second
	}
	switch {
	case o.Connections < 1 || o.Deliveries < 1 || o.CachedCases < 1 || o.StopTimeout < 0:
		return errors.New("worker: Connections, Deliveries, CachedCases and StopTimeout must be positive")
	case o.Pollers < 2:
		return fmt.Errorf("worker: Pollers is %d; at least 2 are needed, one for the cached cases and one for the others", o.Pollers)
	case (o.Deployment == "") != (o.BuildID == ""):
		return errors.New("worker: TEMPORAL_DEPLOYMENT_NAME and TEMPORAL_WORKER_BUILD_ID must be set together")
	}
	return nil
}

func (o *Options) sdk() worker.Options {
	s := worker.Options{
		MaxConcurrentLocalActivityExecutionSize: o.Connections,
		MaxConcurrentActivityExecutionSize:      o.Deliveries,
		MaxConcurrentWorkflowTaskPollers:        o.Pollers,
		MaxConcurrentActivityTaskPollers:        o.Pollers,
		WorkerStopTimeout:                       o.StopTimeout,
		WorkflowPanicPolicy:                     worker.BlockWorkflow, // a bad release must not end cases: it blocks them until the next one
		DisableRegistrationAliasing:             true,
		OnFatalError:                            o.OnFatalError,
	}
	if o.Deployment != "" {
		s.DeploymentOptions = worker.DeploymentOptions{
			UseVersioning:             true,
			Version:                   worker.WorkerDeploymentVersion{DeploymentName: o.Deployment, BuildID: o.BuildID},
			DefaultVersioningBehavior: workflow.VersioningBehaviorAutoUpgrade,
		}
	}
	return s
}
