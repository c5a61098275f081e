package workflows

import (
	"github.com/google/uuid"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"marshrut/activities"
)

// Delivery delivers one notification: one that is sent again, or one whose case has no workflow. It answers the
// notification's final state. A stage that waits for the notification is not told: that takes a command.
func Delivery(ctx workflow.Context, in DeliveryInput) (activities.DeliverResult, error) {
	if in.Notification == uuid.Nil {
		return activities.DeliverResult{}, temporal.NewNonRetryableApplicationError("the workflow's input names no notification", "NoNotification", nil)
	}
	return deliver(ctx, in.Notification)
}

// deliver runs Deliver until the notification is final.
func deliver(ctx workflow.Context, notification uuid.UUID) (activities.DeliverResult, error) {
	var result activities.DeliverResult
	err := workflow.ExecuteActivity(withDeliverOptions(ctx, notification), activities.DeliverName,
		activities.DeliverRequest{Notification: notification}).Get(ctx, &result)
	return result, err
}

// startDeliveries begins the delivery of what is pending and not begun by this run, as far as there is room.
func (r *caseRun) startDeliveries(ctx workflow.Context) {
	for _, id := range r.view.Pending {
		if r.inFlight == maxDeliveries {
			return
		}
		if r.started[id] {
			continue
		}
		r.started[id] = true
		r.inFlight++
		workflow.Go(ctx, func(ctx workflow.Context) {
			r.deliver(ctx, id)
			r.inFlight--
			r.changed = true
		})
	}
}

// deliver delivers one notification of the case and tells the stage that waits for it.
func (r *caseRun) deliver(ctx workflow.Context, notification uuid.UUID) {
	result, err := deliver(ctx, notification)
	if err != nil {
		// When the run is to be continued as new, ctx is cancelled and the next run begins the delivery again. Anything else is a
		// fault of the program; the ledger shows the notification as not final, and "send again" is there.
		if ctx.Err() == nil {
			workflow.GetLogger(ctx).Error("Deliver failed", "case", r.in.Case, "notification", notification, "error", err)
		}
		return
	}
	if !result.Await || r.view.Closed {
		return
	}
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	r.untilAnswered(ctx, func() error {
		_, err := r.inOrder(ctx, activities.AdvanceRequest{
			EventID: "delivered/" + notification.String(),
			Kind:    activities.EventDelivered,
			Ref:     notification,
		})
		return err
	})
}
