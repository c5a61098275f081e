package workflows_test

import (
	"errors"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"marshrut/activities"
	"marshrut/workflows"
)

func TestDeliveryByItselfAnswersTheFinalState(t *testing.T) {
	t.Parallel()
	b := newBoard()
	b.deliver = func(_ uuid.UUID, attempt int) (activities.DeliverResult, error) {
		if attempt < 3 {
			return activities.DeliverResult{}, errors.New("421 try again later")
		}
		return activities.DeliverResult{Status: "failed", Reason: "rejected"}, nil
	}
	mail := uuid.Must(uuid.NewV7())
	env := deliveryOf(b, workflows.DeliveryInput{Notification: mail})
	require.NoError(t, env.GetWorkflowError())
	var result activities.DeliverResult
	require.NoError(t, env.GetWorkflowResult(&result))
	require.Equal(t, activities.DeliverResult{Status: "failed", Reason: "rejected"}, result)
	require.Equal(t, 3, b.attempts[mail])
}

func TestDeliveryOfNothingFails(t *testing.T) {
	t.Parallel()
	require.ErrorContains(t, deliveryOf(newBoard(), workflows.DeliveryInput{}).GetWorkflowError(), "names no notification")
}

func deliveryOf(b *board, in workflows.DeliveryInput) *testsuite.TestWorkflowEnvironment {
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	env.RegisterWorkflowWithOptions(workflows.Delivery, workflow.RegisterOptions{Name: workflows.DeliveryType})
	env.RegisterActivityWithOptions(b.Deliver, activity.RegisterOptions{Name: activities.DeliverName})
	env.ExecuteWorkflow(workflows.DeliveryType, in)
	return env
}
