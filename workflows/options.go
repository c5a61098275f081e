package workflows

import (
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

const (
	// maxDeliveries is how many notifications of one case are delivered at a time.
	maxDeliveries = 10
	// patience is the shortest time between two questions that got the same answer.
	patience = time.Second
	// impatience is the longest time between them.
	impatience = time.Minute

	// lateness is how long the search attributes of a closed case may wait for its last notifications.
	lateness = 10 * time.Second

	advanceTimeout = 5 * time.Second
	deliverTimeout = time.Minute // longer than the SMTP and HTTP deadlines of Deliver
	// forever stands for "no limit" where the SDK would take a missing limit for the timeout of one attempt.
	forever = 100 * 365 * 24 * time.Hour
)

// withAdvanceOptions prepares an Advance. It is retried without end, first inside the workflow task; waits longer than
// TaskTimeout become timers, so that a long outage of Postgres costs few events.
func withAdvanceOptions(ctx workflow.Context, eventID string) workflow.Context {
	return workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		ScheduleToCloseTimeout: forever,
		StartToCloseTimeout:    advanceTimeout,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval:    100 * time.Millisecond,
			BackoffCoefficient: 2,
			MaximumInterval:    30 * time.Second,
		},
		Summary: eventID,
	})
}

// withDeliverOptions prepares a Deliver. It is retried without end: the activity itself decides when a notification is final.
func withDeliverOptions(ctx workflow.Context, notification uuid.UUID) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: deliverTimeout,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval:    5 * time.Second,
			BackoffCoefficient: 2,
			MaximumInterval:    10 * time.Minute,
		},
		WaitForCancellation: true, // renew counts on it: no attempt is at work when it ends the run
		Summary:             "deliver " + notification.String(),
	})
}
