package main

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"marshrut/workflows"
)

// The baseline: what Temporal itself costs for the work of an appeal. Two Updates in place of the two completions, three
// local activities in place of the three Advances, two regular activities in place of the two deliveries; none of them does
// anything. Whatever an appeal costs more is Marshrut's.
const (
	bareQueue  = "bench-bare"
	bareUpdate = "complete"
	bareType   = "Bare"
)

// bareWorkflow is the baseline's workflow.
func bareWorkflow(ctx workflow.Context) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	done, delivering := 0, 0
	deliver := func() {
		delivering++
		workflow.Go(ctx, func(ctx workflow.Context) {
			defer func() { delivering-- }()
			_ = workflow.ExecuteActivity(ctx, bareDeliver).Get(ctx, nil) // it never fails
		})
	}
	err := workflow.SetUpdateHandler(ctx, bareUpdate, func(ctx workflow.Context) error {
		if err := advanceBare(ctx); err != nil {
			return err
		}
		done++
		return nil
	})
	if err != nil {
		return fmt.Errorf("register the Update: %w", err)
	}
	if err := advanceBare(ctx); err != nil {
		return err
	}
	deliver()
	if err := workflow.Await(ctx, func() bool { return done == 2 }); err != nil {
		return err
	}
	deliver()
	return workflow.Await(ctx, func() bool { return delivering == 0 && workflow.AllHandlersFinished(ctx) })
}

func advanceBare(ctx workflow.Context) error {
	ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: 5 * time.Second})
	return workflow.ExecuteLocalActivity(ctx, bareAdvance).Get(ctx, nil)
}

func bareAdvance(context.Context) error { return nil }

func bareDeliver(context.Context) error { return nil }

// bare runs the baseline.
type bare struct {
	client client.Client
	worker worker.Worker
}

// startBare starts the baseline's worker, tuned as the product's is.
func startBare(options client.Options) (*bare, error) {
	c, err := client.Dial(options)
	if err != nil {
		return nil, fmt.Errorf("connect to Temporal: %w", err)
	}
	w := worker.New(c, bareQueue, worker.Options{
		MaxConcurrentLocalActivityExecutionSize: connections, MaxConcurrentActivityExecutionSize: connections,
		MaxConcurrentWorkflowTaskPollers: 4, MaxConcurrentActivityTaskPollers: 4,
	})
	w.RegisterWorkflowWithOptions(bareWorkflow, workflow.RegisterOptions{Name: bareType})
	w.RegisterActivity(bareAdvance)
	w.RegisterActivity(bareDeliver)
	if err := w.Start(); err != nil {
		c.Close()
		return nil, fmt.Errorf("start the baseline's worker: %w", err)
	}
	return &bare{client: c, worker: w}, nil
}

func (b *bare) close() {
	b.worker.Stop()
	b.client.Close()
}

// bareCase is one run of the baseline.
type bareCase struct {
	bare *bare
	run  client.WorkflowRun
}

func (b *bare) begin(ctx context.Context) (runner, error) {
	run, err := b.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		TaskQueue: bareQueue, WorkflowTaskTimeout: workflows.TaskTimeout, EnableEagerStart: true,
	}, bareType)
	if err != nil {
		return nil, fmt.Errorf("start a bare workflow: %w", err)
	}
	return &bareCase{bare: b, run: run}, nil
}

func (c *bareCase) complete(ctx context.Context) error {
	handle, err := c.bare.client.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: c.run.GetID(), UpdateName: bareUpdate, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err == nil {
		err = handle.Get(ctx, nil)
	}
	if err != nil {
		return fmt.Errorf("update a bare workflow: %w", err)
	}
	return nil
}

func (c *bareCase) end(ctx context.Context) error {
	if err := c.run.Get(ctx, nil); err != nil {
		return fmt.Errorf("wait for a bare workflow: %w", err)
	}
	return nil
}
