package dispatch_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/mocks"
	"go.temporal.io/sdk/temporal"

	"marshrut/activities"
	"marshrut/crm"
	"marshrut/dispatch"
	"marshrut/workflows"
)

func appeal() dispatch.Case {
	due := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	return dispatch.Case{
		ID: uuid.MustParse("0190a000-0000-7000-8000-000000000001"), Kind: crm.Appeal, Number: "A-000123",
		Map: "appeal", Version: 3, SHA256: "abc", Position: activities.AdvanceResult{
			Seq: 1, Map: "appeal", MapVersion: 3, Stage: "classification", Status: crm.StatusOpen, Performer: "role:dispatcher",
			Mode: crm.ModeProcess, Due: &due,
		},
	}
}

// theTemporal gives a mock and the Dispatcher on it.
func theTemporal(t *testing.T, options dispatch.Options) (*mocks.Client, *dispatch.Dispatcher) {
	t.Helper()
	m := &mocks.Client{}
	m.Test(t)
	t.Cleanup(func() { m.AssertExpectations(t) })
	return m, dispatch.New(m, options)
}

// replied gives the handle of an Update that has returned.
func replied(reply workflows.CommandReply, err error) *mocks.WorkflowUpdateHandle {
	handle := &mocks.WorkflowUpdateHandle{}
	handle.On("Get", mock.Anything, mock.Anything).Run(func(args mock.Arguments) {
		*args.Get(1).(*workflows.CommandReply) = reply
	}).Return(err)
	return handle
}

func TestR53_StartGivesOperatorsAReadableWorkflow(t *testing.T) {
	t.Parallel()
	m, d := theTemporal(t, dispatch.Options{BaseURL: "https://crm.example/"})
	var options client.StartWorkflowOptions
	position := appeal().Position
	m.On("ExecuteWorkflow", mock.Anything, mock.Anything, "Appeal", workflows.Input{
		Case: appeal().ID, Map: "appeal", Version: 3, SHA256: "abc", Position: &position,
	}).Run(func(args mock.Arguments) { options = args.Get(1).(client.StartWorkflowOptions) }).Return(nil, nil)

	require.NoError(t, d.Start(t.Context(), appeal()))
	require.Equal(t, "appeal/A-000123", options.ID)
	require.Equal(t, "A-000123 · appeal v3", options.StaticSummary)
	require.Equal(t, "[A-000123](https://crm.example/cases/0190a000-0000-7000-8000-000000000001)", options.StaticDetails)
	require.Equal(t, workflows.Attributes{
		Map: "appeal", MapVersion: 3, Stage: "classification", Status: "open", Performer: "role:dispatcher", Mode: "process", Due: *position.Due,
	}.SearchAttributes(), options.TypedSearchAttributes)
	require.Equal(t, enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING, options.WorkflowIDConflictPolicy)
	require.Equal(t, enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY, options.WorkflowIDReusePolicy)
	require.False(t, options.WorkflowExecutionErrorWhenAlreadyStarted)
	require.False(t, options.EnableEagerStart)
}

func TestSummaryIsNeverLongerThanTemporalShows(t *testing.T) {
	t.Parallel()
	for _, summary := range []string{strings.Repeat("я", 150), "a" + strings.Repeat("я", 150), strings.Repeat("x", 200)} {
		m, d := theTemporal(t, dispatch.Options{})
		m.On("ExecuteWorkflow", mock.Anything, mock.MatchedBy(func(o client.StartWorkflowOptions) bool {
			return len(o.StaticSummary) >= 199 && len(o.StaticSummary) <= 200 && utf8.ValidString(o.StaticSummary) && o.StaticDetails == ""
		}), mock.Anything, mock.Anything).Return(nil, nil)
		c := appeal()
		c.Summary = summary
		require.NoError(t, d.Start(t.Context(), c))
	}
}

func TestSendAnswersWhatBecameOfTheCommand(t *testing.T) {
	t.Parallel()
	command := uuid.Must(uuid.NewV7())
	m, d := theTemporal(t, dispatch.Options{})
	m.On("UpdateWorkflow", mock.Anything, client.UpdateWorkflowOptions{
		UpdateID: command.String(), WorkflowID: "appeal/A-000123", UpdateName: "command",
		Args: []any{command.String()}, WaitForStage: client.WorkflowUpdateStageCompleted,
	}).Return(replied(workflows.CommandReply{Seq: 4, Refused: "task_closed"}, nil), nil)

	reply, err := d.Send(t.Context(), appeal(), command)
	require.NoError(t, err)
	require.Equal(t, workflows.CommandReply{Seq: 4, Refused: "task_closed"}, reply)
}

func TestSendSaysInTheProjectsWordsWhatWentWrong(t *testing.T) {
	t.Parallel()
	terminated := temporal.NewNonRetryableApplicationError("Workflow Update failed because the Workflow completed", "AcceptedUpdateCompletedWorkflow", nil)
	for name, test := range map[string]struct {
		err  error
		want func(*testing.T, error)
	}{
		"closed or never started": {serviceerror.NewNotFound("workflow not found"), is(dispatch.ErrNoWorkflow)},
		"terminated meanwhile":    {terminated, is(dispatch.ErrNoWorkflow)},
		"update timed out":        {client.NewWorkflowUpdateServiceTimeoutOrCanceledError(context.DeadlineExceeded), is(dispatch.ErrPending)},
		"deadline of the server":  {serviceerror.NewDeadlineExceeded("deadline"), is(dispatch.ErrPending)},
		"server gone":             {serviceerror.NewUnavailable("connection refused"), unavailable},
		"server overloaded":       {serviceerror.NewResourceExhausted(enumspb.RESOURCE_EXHAUSTED_CAUSE_RPS_LIMIT, "rps"), unavailable},
		"workflow task failed":    {serviceerror.NewWorkflowNotReady("task failed"), unavailable},
		"no namespace yet":        {serviceerror.NewNamespaceNotFound("default"), unavailable},
		"anything else": {serviceerror.NewInvalidArgument("no such search attribute"), func(t *testing.T, err error) {
			t.Helper()
			_, known := crm.AsError(err)
			require.False(t, known)
			require.NotErrorIs(t, err, dispatch.ErrPending)
			require.NotErrorIs(t, err, dispatch.ErrNoWorkflow)
			require.ErrorContains(t, err, "appeal/A-000123")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, d := theTemporal(t, dispatch.Options{})
			m.On("UpdateWorkflow", mock.Anything, mock.Anything).Return(nil, test.err)
			_, err := d.Send(t.Context(), appeal(), uuid.Must(uuid.NewV7()))
			test.want(t, err)
		})
		t.Run(name+", after it was accepted", func(t *testing.T) {
			t.Parallel()
			m, d := theTemporal(t, dispatch.Options{})
			m.On("UpdateWorkflow", mock.Anything, mock.Anything).Return(replied(workflows.CommandReply{}, test.err), nil)
			_, err := d.Send(t.Context(), appeal(), uuid.Must(uuid.NewV7()))
			test.want(t, err)
		})
	}
}

func is(want error) func(*testing.T, error) {
	return func(t *testing.T, err error) {
		t.Helper()
		require.ErrorIs(t, err, want)
	}
}

func unavailable(t *testing.T, err error) {
	t.Helper()
	answer, ok := crm.AsError(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, crm.KindUnavailable, answer.Kind)
	require.Equal(t, dispatch.CodeUnavailable, answer.Code)
}

// The SDK tries an unreachable server again until the caller's time is over; the caller should not wait for that.
func TestTemporalThatIsDownIsFoundOutBeforeTheCallersTimeIsOver(t *testing.T) {
	t.Parallel()
	m, d := theTemporal(t, dispatch.Options{Patience: time.Millisecond})
	untilGivenUp(m)
	m.On("CheckHealth", mock.Anything, mock.Anything).Return(nil, fmt.Errorf("health check error: %w", serviceerror.NewUnavailable("connection refused")))

	_, err := d.Send(t.Context(), appeal(), uuid.Must(uuid.NewV7()))
	unavailable(t, err)
}

func TestSlowHealthCheckProvesNothing(t *testing.T) {
	t.Parallel()
	m, d := theTemporal(t, dispatch.Options{Patience: time.Millisecond})
	untilGivenUp(m)
	ctx, cancel := context.WithCancel(t.Context())
	m.On("CheckHealth", mock.Anything, mock.Anything).
		Run(func(args mock.Arguments) { <-args.Get(0).(context.Context).Done(); cancel() }).
		Return(nil, serviceerror.NewDeadlineExceeded("deadline"))

	_, err := d.Send(ctx, appeal(), uuid.Must(uuid.NewV7()))
	require.ErrorIs(t, err, dispatch.ErrPending)
}

func TestCommandThatTakesLongIsPending(t *testing.T) {
	t.Parallel()
	m, d := theTemporal(t, dispatch.Options{Patience: time.Millisecond})
	untilGivenUp(m)
	ctx, cancel := context.WithCancel(t.Context())
	m.On("CheckHealth", mock.Anything, mock.Anything).
		Run(func(mock.Arguments) { cancel() }).
		Return(&client.CheckHealthResponse{}, nil)

	_, err := d.Send(ctx, appeal(), uuid.Must(uuid.NewV7()))
	require.ErrorIs(t, err, dispatch.ErrPending)
}

// untilGivenUp lets an Update take as long as its context lasts.
func untilGivenUp(m *mocks.Client) {
	m.On("UpdateWorkflow", mock.Anything, mock.Anything).
		Run(func(args mock.Arguments) { <-args.Get(0).(context.Context).Done() }).
		Return(nil, client.NewWorkflowUpdateServiceTimeoutOrCanceledError(context.DeadlineExceeded))
}

func TestReviveStartsAndDecidesInOneCall(t *testing.T) {
	t.Parallel()
	command := uuid.Must(uuid.NewV7())
	m, d := theTemporal(t, dispatch.Options{EagerStart: true})
	operation := startOperation{}
	m.On("NewWithStartWorkflowOperation", mock.MatchedBy(func(o client.StartWorkflowOptions) bool {
		return o.ID == "appeal/A-000123" && o.WorkflowIDReusePolicy == enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE &&
			o.WorkflowIDConflictPolicy == enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING &&
			!o.EnableEagerStart // Temporal refuses it here
	}), "Appeal", mock.Anything).Return(operation)
	m.On("UpdateWithStartWorkflow", mock.Anything, mock.MatchedBy(func(o client.UpdateWithStartWorkflowOptions) bool {
		return o.StartWorkflowOperation == operation && o.UpdateOptions.UpdateID == command.String()
	})).Return(replied(workflows.CommandReply{Seq: 9}, nil), nil)

	reply, err := d.Revive(t.Context(), appeal(), command)
	require.NoError(t, err)
	require.Equal(t, 9, reply.Seq)
}

// An operator's terminated workflow and one that completed before a backup was restored make room; a running one stays.
func TestRestartTakesThePlaceOfAnEndedWorkflow(t *testing.T) {
	t.Parallel()
	m, d := theTemporal(t, dispatch.Options{EagerStart: true})
	m.On("ExecuteWorkflow", mock.Anything, mock.MatchedBy(func(o client.StartWorkflowOptions) bool {
		return o.ID == "appeal/A-000123" && !o.EnableEagerStart &&
			o.WorkflowIDReusePolicy == enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE &&
			o.WorkflowIDConflictPolicy == enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING
	}), "Appeal", mock.Anything).Return(nil, nil)
	require.NoError(t, d.Restart(t.Context(), appeal()))
}

func TestResendIsOneWorkflowPerAttempt(t *testing.T) {
	t.Parallel()
	notification := uuid.Must(uuid.NewV7())
	m, d := theTemporal(t, dispatch.Options{})
	m.On("ExecuteWorkflow", mock.Anything, mock.MatchedBy(func(o client.StartWorkflowOptions) bool {
		return o.ID == "delivery/"+notification.String()+"/2" &&
			o.WorkflowIDConflictPolicy == enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING &&
			o.WorkflowIDReusePolicy == enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
	}), "Delivery", workflows.DeliveryInput{Notification: notification}).Return(nil, nil)

	require.NoError(t, d.Resend(t.Context(), notification, 2))
}

// startOperation stands for the start half of an update-with-start.
type startOperation struct {
	client.WithStartWorkflowOperation
}
