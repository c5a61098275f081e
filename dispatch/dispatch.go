// Package dispatch brings work to the workflows: it starts cases, sends commands to them, and sees to it that nothing which
// was committed to Postgres is left lying (Reconciler).
package dispatch

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"marshrut/activities"
	"marshrut/crm"
	"marshrut/workflows"
)

// ErrNoWorkflow says that no workflow of the case is running: it was never started, it has ended with its case, or an
// operator terminated it. A caller whose case is open calls Revive; for a closed one the answer is that it is closed.
var ErrNoWorkflow = errors.New("no workflow of the case is running")

// ErrPending says that the command is on its way, but its result was not there in time. The command stays unacknowledged,
// so the reconciler brings it to its end.
var ErrPending = errors.New("the command has not been decided in time")

// CodeUnavailable is the code of the crm.Error for a Temporal that cannot be reached. What failed with it may be repeated.
const CodeUnavailable = "temporal_unavailable"

// Temporal is the part of client.Client that dispatch needs.
type Temporal interface {
	ExecuteWorkflow(ctx context.Context, options client.StartWorkflowOptions, workflow any, args ...any) (client.WorkflowRun, error)
	UpdateWorkflow(ctx context.Context, options client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error)
	UpdateWithStartWorkflow(ctx context.Context, options client.UpdateWithStartWorkflowOptions) (client.WorkflowUpdateHandle, error)
	NewWithStartWorkflowOperation(options client.StartWorkflowOptions, workflow any, args ...any) client.WithStartWorkflowOperation
	CheckHealth(ctx context.Context, request *client.CheckHealthRequest) (*client.CheckHealthResponse, error)
}

// Case is what Temporal is told of a case. It names no client: everything in it can be read in Temporal UI.
type Case struct {
	ID      uuid.UUID
	Kind    crm.Kind
	Number  string // "A-000123"
	Map     string
	Version int
	SHA256  string // of the map version's source
	// Position is where the case stands, as Advance says; needed to start a workflow.
	Position activities.AdvanceResult
	Summary  string // empty: number, map and version
}

// Options of a Dispatcher.
type Options struct {
	// BaseURL is where the web page is found, for the link from Temporal UI to the case; empty: no link.
	BaseURL string
	// EagerStart lets a worker in this very process take a new case's first task with the answer to its start. Only for a
	// worker made with the same client, and never together with worker versioning.
	EagerStart bool
	// Patience is how long a call waits before it checks whether Temporal can be reached at all. Default 1 s.
	Patience time.Duration
}

// Dispatcher is Temporal's client for cases. It is safe for concurrent use.
type Dispatcher struct {
	temporal Temporal
	options  Options
}

// New gives a Dispatcher.
func New(t Temporal, options Options) *Dispatcher {
	if options.Patience <= 0 {
		options.Patience = time.Second
	}
	options.BaseURL = strings.TrimRight(options.BaseURL, "/")
	return &Dispatcher{temporal: t, options: options}
}

// Start starts a case's workflow. A case whose workflow is running, or has ended by itself, is left alone, so Start may be
// repeated. Errors: CodeUnavailable, ErrPending when ctx ended first.
func (d *Dispatcher) Start(ctx context.Context, c Case) error {
	options := d.startOptions(c)
	options.EnableEagerStart = d.options.EagerStart
	return d.start(ctx, c, options)
}

// Restart starts the workflow of an open case again that should be running and seems to be gone. One that is running is left
// alone; one that has ended, however it did, makes room: the case is open, and Postgres decides. Errors: as Start.
func (d *Dispatcher) Restart(ctx context.Context, c Case) error {
	options := d.startOptions(c)
	options.WorkflowIDReusePolicy = enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
	return d.start(ctx, c, options)
}

func (d *Dispatcher) start(ctx context.Context, c Case, options client.StartWorkflowOptions) error {
	return d.call(ctx, func(ctx context.Context) error {
		if _, err := d.temporal.ExecuteWorkflow(ctx, options, workflows.CaseType(c.Kind), input(c)); err != nil {
			return fmt.Errorf("start workflow %s: %w", options.ID, err)
		}
		return nil
	})
}

// Send brings a command to its case and waits for what becomes of it, at most as long as ctx lasts. The same command may be
// sent again at any time. Errors: ErrNoWorkflow, ErrPending, CodeUnavailable.
func (d *Dispatcher) Send(ctx context.Context, c Case, command uuid.UUID) (workflows.CommandReply, error) {
	var reply workflows.CommandReply
	err := d.call(ctx, func(ctx context.Context) error {
		handle, err := d.temporal.UpdateWorkflow(ctx, updateOptions(c, command))
		if err == nil {
			err = handle.Get(ctx, &reply)
		}
		if err != nil {
			return fmt.Errorf("send command %s to %s: %w", command, workflows.CaseID(c.Kind, c.Number), err)
		}
		return nil
	})
	return reply, err
}

// Revive brings a command to a case whose workflow is not running, and starts it. It is also for a workflow that has
// completed although its case is open, as after Postgres was restored from a backup; a case that is closed refuses the
// command and its workflow ends again. Errors: ErrPending, CodeUnavailable.
func (d *Dispatcher) Revive(ctx context.Context, c Case, command uuid.UUID) (workflows.CommandReply, error) {
	var reply workflows.CommandReply
	err := d.call(ctx, func(ctx context.Context) error {
		options := d.startOptions(c)
		options.WorkflowIDReusePolicy = enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
		handle, err := d.temporal.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
			StartWorkflowOperation: d.temporal.NewWithStartWorkflowOperation(options, workflows.CaseType(c.Kind), input(c)),
			UpdateOptions:          updateOptions(c, command),
		})
		if err == nil {
			err = handle.Get(ctx, &reply)
		}
		if err != nil {
			return fmt.Errorf("revive %s with command %s: %w", options.ID, command, err)
		}
		return nil
	})
	return reply, err
}

// Resend delivers a notification by a workflow of its own: one that is to be sent again after the given attempt, or one whose
// case has no workflow. It may be repeated: the ledger, not the workflow's id, keeps a message from going twice. Errors: as
// Start.
func (d *Dispatcher) Resend(ctx context.Context, notification uuid.UUID, attempt int) error {
	options := client.StartWorkflowOptions{
		ID:                       workflows.DeliveryID(notification, attempt),
		TaskQueue:                workflows.TaskQueue,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		StaticSummary:            "notification " + notification.String(),
	}
	return d.call(ctx, func(ctx context.Context) error {
		_, err := d.temporal.ExecuteWorkflow(ctx, options, workflows.DeliveryType, workflows.DeliveryInput{Notification: notification})
		if err != nil {
			return fmt.Errorf("start workflow %s: %w", options.ID, err)
		}
		return nil
	})
}

func (d *Dispatcher) startOptions(c Case) client.StartWorkflowOptions {
	options := client.StartWorkflowOptions{
		ID:                       workflows.CaseID(c.Kind, c.Number),
		TaskQueue:                workflows.TaskQueue,
		WorkflowTaskTimeout:      workflows.TaskTimeout,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY,
		StaticSummary:            summary(c),
		// So that the workflow need not write what is known already.
		TypedSearchAttributes: workflows.AttributesOf(c.Position).SearchAttributes(),
	}
	if d.options.BaseURL != "" {
		options.StaticDetails = fmt.Sprintf("[%s](%s/cases/%s)", c.Number, d.options.BaseURL, c.ID)
	}
	return options
}

func updateOptions(c Case, command uuid.UUID) client.UpdateWorkflowOptions {
	return client.UpdateWorkflowOptions{
		UpdateID:     command.String(),
		WorkflowID:   workflows.CaseID(c.Kind, c.Number),
		UpdateName:   workflows.UpdateCommand,
		Args:         []any{command.String()},
		WaitForStage: client.WorkflowUpdateStageCompleted,
	}
}

func input(c Case) workflows.Input {
	return workflows.Input{Case: c.ID, Map: c.Map, Version: c.Version, SHA256: c.SHA256, Position: &c.Position}
}

// summaryLimit is how many bytes of a summary Temporal shows.
const summaryLimit = 200

func summary(c Case) string {
	s := c.Summary
	if s == "" {
		s = fmt.Sprintf("%s · %s v%d", c.Number, c.Map, c.Version)
	}
	for len(s) > summaryLimit {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s
}

// errUnreachable is why a call was given up before its time.
var errUnreachable = errors.New("no connection to Temporal")

// call makes a call to Temporal and says in the project's words how it failed. The SDK goes on trying an unreachable server
// until ctx ends; so that "Temporal is down" does not look like "it takes long", a call without an answer after a while has
// Temporal's health checked, and is given up if there is none.
func (d *Dispatcher) call(ctx context.Context, do func(context.Context) error) error {
	callCtx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	check := time.AfterFunc(d.options.Patience, func() {
		if !d.reachable(callCtx) {
			cancel(errUnreachable)
		}
	})
	defer check.Stop()

	err := do(callCtx)
	if err == nil {
		return nil
	}
	return explain(err, context.Cause(callCtx))
}

// reachable tells whether there is a connection to Temporal. A check that takes long proves nothing: the machine may be busy.
func (d *Dispatcher) reachable(ctx context.Context) bool {
	checkCtx, cancel := context.WithTimeout(ctx, d.options.Patience)
	defer cancel()
	_, err := d.temporal.CheckHealth(checkCtx, &client.CheckHealthRequest{})
	var down *serviceerror.Unavailable
	return !errors.As(err, &down)
}

// explain maps a failed call to what callers know. cause is why its context ended, nil if it did not.
func explain(err, cause error) error {
	if errors.Is(cause, errUnreachable) {
		return unavailable(cause)
	}
	var (
		notFound    *serviceerror.NotFound
		down        *serviceerror.Unavailable
		exhausted   *serviceerror.ResourceExhausted
		notReady    *serviceerror.WorkflowNotReady
		noNamespace *serviceerror.NamespaceNotFound
		timeout     *client.WorkflowUpdateServiceTimeoutOrCanceledError
		deadline    *serviceerror.DeadlineExceeded
		failed      *temporal.ApplicationError
	)
	switch {
	case errors.As(err, &noNamespace), errors.As(err, &down), errors.As(err, &exhausted), errors.As(err, &notReady):
		return unavailable(err)
	case errors.As(err, &notFound):
		return fmt.Errorf("%w (%w)", ErrNoWorkflow, err)
	case errors.As(err, &failed) && failed.Type() == acceptedThenEnded:
		return fmt.Errorf("%w (%w)", ErrNoWorkflow, err)
	case cause != nil, errors.As(err, &timeout), errors.As(err, &deadline), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w (%w)", ErrPending, err)
	}
	return err
}

// acceptedThenEnded is the type of the failure that Temporal itself gives an Update whose workflow was terminated while it
// was at work.
const acceptedThenEnded = "AcceptedUpdateCompletedWorkflow"

// unavailable keeps the cause beside the answer for callers: one for logs, the other for them.
func unavailable(err error) error {
	return fmt.Errorf("%w (%w)", crm.Errorf(crm.KindUnavailable, CodeUnavailable, "Temporal cannot be reached; try again"), err)
}
