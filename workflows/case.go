package workflows

import (
	"fmt"

	"github.com/google/uuid"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"marshrut/activities"
)

// Case runs one case along its route map until the case is closed and its notifications are final. It is registered under
// the types of CaseType.
//
// Cancelling the workflow in Temporal does nothing: a case is cancelled by a command, which leaves a trace in its feed. A
// terminated workflow starts again with the case's next command.
func Case(ctx workflow.Context, in Input) error {
	if in.Case == uuid.Nil {
		return temporal.NewNonRetryableApplicationError("the workflow's input names no case", "NoCase", nil)
	}
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	r := caseRun{in: in, order: workflow.NewMutex(ctx), started: map[uuid.UUID]bool{}}
	if err := r.setup(ctx); err != nil {
		return err
	}
	return r.run(ctx)
}

// caseRun is one run of a case's workflow. Everything but the answers of Advance to commands and deliveries happens in the
// main coroutine, in run: the others put the answer into view, set changed and leave the rest to it. So several answers that
// come within one workflow task cost one upsert and one timer.
type caseRun struct {
	in      Input
	order   workflow.Mutex           // one Advance at a time; held from setup until the first answer
	view    activities.AdvanceResult // the last answer
	changed bool                     // view, or room for a delivery, came since run last looked

	timer wakeTimer
	fired firing

	lateShow wakeTimer // of a closed case whose last notifications are on their way
	shown    bool      // the end is in the search attributes

	started  map[uuid.UUID]bool // notifications whose delivery this run has begun
	inFlight int
}

// setup registers the command handler before anything blocks, so that no Update finds a workflow that does not know it. It
// leaves order locked: commands wait until the first answer is there.
func (r *caseRun) setup(ctx workflow.Context) error {
	if err := r.order.Lock(ctx); err != nil {
		return fmt.Errorf("lock the order of events: %w", err)
	}
	err := workflow.SetUpdateHandlerWithOptions(ctx, UpdateCommand, r.command, workflow.UpdateHandlerOptions{
		Validator:   validateCommand,
		Description: "Decides the command with the given id and moves the case.",
	})
	if err != nil {
		return fmt.Errorf("register the command handler: %w", err)
	}
	return nil
}

func (r *caseRun) run(ctx workflow.Context) error {
	r.begin(ctx)
	r.order.Unlock()

	deliveries, cancelDeliveries := workflow.WithCancel(ctx)
	defer cancelDeliveries()
	for {
		r.settle(ctx, deliveries)
		err := workflow.Await(ctx, func() bool {
			return r.changed || r.over() || r.timer.ready() || r.showIsDue() || suggested(ctx)
		})
		switch {
		case err != nil:
			return err
		case r.changed, r.showIsDue():
			// settle first: the timer and the end may have moved
		case r.over():
			if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) }); err != nil {
				return err
			}
			if r.over() {
				return nil
			}
		case suggested(ctx):
			cancelDeliveries()
			return r.renew(ctx)
		default:
			r.wake(ctx)
		}
	}
}

// begin finds out where the case stands: as the input says, or else by asking. A position that is no longer true does no
// harm: the next event is answered with the true one (AdvanceResult.Behind), and so is the timer, which is set in the past
// then. That of a closed case is asked for all the same: a run that would end at once has to hear its commands first.
func (r *caseRun) begin(ctx workflow.Context) {
	if position := r.in.Position; position != nil && !position.Closed {
		r.view, r.changed = *position, true
		return
	}
	r.untilAnswered(ctx, func() error {
		_, err := r.advance(ctx, activities.AdvanceRequest{EventID: "sync", Kind: activities.EventSync})
		return err
	})
}

// settle brings everything the workflow shows and holds in line with the last answer.
func (r *caseRun) settle(ctx, deliveries workflow.Context) {
	r.changed = false
	r.setTimer(ctx)
	r.startDeliveries(deliveries)
	workflow.SetCurrentDetails(ctx, r.view.Details)
	if !r.mayShowLater(ctx) {
		r.upsert(ctx)
	}
}

// over tells whether nothing is left to do: the case is closed and no notification is on its way.
func (r *caseRun) over() bool { return r.view.Closed && r.inFlight == 0 && !r.changed }

// suggested tells whether the history has grown so long that the run should be continued as new.
func suggested(ctx workflow.Context) bool { return workflow.GetInfo(ctx).GetContinueAsNewSuggested() }

// renew ends the run and continues it with an empty history. The next run asks Postgres where the case stands, so nothing
// is carried over, and what the case was started with is left out. The deliveries' context is cancelled already and no more are begun: one that waits for its next attempt
// ends at once and is begun again by the next run; one that is at work is waited for, at most for its timeout. Commands that
// come meanwhile are decided; what they change is shown by the next run.
func (r *caseRun) renew(ctx workflow.Context) error {
	err := workflow.Await(ctx, func() bool { return r.inFlight == 0 && workflow.AllHandlersFinished(ctx) })
	if err != nil {
		return err
	}
	next := r.in
	next.Position = nil
	return workflow.NewContinueAsNewError(ctx, workflow.GetInfo(ctx).WorkflowType.Name, next)
}

// validateCommand looks at the message's shape only: whether the command may be carried out is for Advance to decide.
func validateCommand(_ workflow.Context, id string) error {
	if parsed, err := uuid.Parse(id); err != nil || parsed.String() != id {
		return temporal.NewNonRetryableApplicationError("the argument must be a command's id: a UUID in lower case", "BadCommandID", nil)
	}
	return nil
}

// command handles the Update of that name. It answers what Advance answers; it fails only for what can never succeed, since
// a failed Update is never tried again under its id.
func (r *caseRun) command(ctx workflow.Context, id string) (CommandReply, error) {
	ref, err := uuid.Parse(id)
	if err != nil {
		return CommandReply{}, temporal.NewNonRetryableApplicationError("the argument is no UUID", "BadCommandID", nil)
	}
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	result, err := r.inOrder(ctx, activities.AdvanceRequest{EventID: "command/" + id, Kind: activities.EventCommand, Ref: ref})
	if err != nil {
		return CommandReply{}, err
	}
	return CommandReply{Seq: result.Seq, Refused: result.Refused, Again: result.Again}, nil
}

// inOrder advances the case once the events before this one are through.
func (r *caseRun) inOrder(ctx workflow.Context, request activities.AdvanceRequest) (activities.AdvanceResult, error) {
	if err := r.order.Lock(ctx); err != nil {
		return activities.AdvanceResult{}, err
	}
	defer r.order.Unlock()
	return r.advance(ctx, request)
}

// advance brings an event to Postgres and adopts the answer, again and again while Postgres is ahead. The caller holds order.
func (r *caseRun) advance(ctx workflow.Context, request activities.AdvanceRequest) (activities.AdvanceResult, error) {
	ctx = withAdvanceOptions(ctx, request.EventID)
	for {
		request.Case, request.Seq = r.in.Case, r.view.Seq
		var result activities.AdvanceResult
		if err := workflow.ExecuteLocalActivity(ctx, activities.AdvanceName, request).Get(ctx, &result); err != nil {
			return activities.AdvanceResult{}, err
		}
		r.view, r.changed = result, true
		if !result.Behind {
			return result, nil
		}
		if result.Seq == request.Seq {
			// Two runs at work on one case, or a fault in Advance: do not spin.
			_ = workflow.Sleep(ctx, patience)
		}
	}
}

// untilAnswered repeats an advance that nobody outside waits for and that must not be lost. Passing causes are retried by the
// local activity itself; what arrives here is a fault that needs a correction of the program or the data, so it is logged and
// tried again at leisure.
func (r *caseRun) untilAnswered(ctx workflow.Context, advance func() error) {
	for {
		err := advance()
		if err == nil {
			return
		}
		workflow.GetLogger(ctx).Error("Advance failed; it is asked again in a minute", "case", r.in.Case, "error", err)
		_ = workflow.Sleep(ctx, impatience)
	}
}

// mayShowLater tells whether the search attributes can wait: a case is closed, and its last notifications are on their way.
// Mostly they arrive at once, the workflow ends, and the attributes go into the record of its end, which saves Temporal
// a write that costs about as much as a step of the case. Where they take longer, operators see the end after lateness.
func (r *caseRun) mayShowLater(ctx workflow.Context) bool {
	if !r.view.Closed {
		r.forgetTheEnd()
		return false
	}
	if r.inFlight == 0 {
		return false
	}
	if r.lateShow.future == nil {
		timerCtx, cancel := workflow.WithCancel(ctx)
		r.lateShow = wakeTimer{
			future: workflow.NewTimerWithOptions(timerCtx, lateness, workflow.TimerOptions{Summary: "show the end"}),
			cancel: cancel,
		}
	}
	return !r.lateShow.ready()
}

// forgetTheEnd is for a case that is open: where it had been closed before (it was reopened, or a backup was restored), its
// next end is shown like a first one.
func (r *caseRun) forgetTheEnd() {
	if r.lateShow.cancel != nil {
		r.lateShow.cancel()
	}
	r.lateShow, r.shown = wakeTimer{}, false
}

// showIsDue tells whether what was to be shown later has waited long enough.
func (r *caseRun) showIsDue() bool { return r.view.Closed && r.lateShow.ready() && !r.shown }

// upsert brings the search attributes (R53) in line with the last answer; an event where something has changed.
func (r *caseRun) upsert(ctx workflow.Context) {
	r.shown = r.view.Closed
	updates := AttributesOf(r.view).changes(workflow.GetTypedSearchAttributes(ctx))
	if len(updates) == 0 {
		return
	}
	if err := workflow.UpsertTypedSearchAttributes(ctx, updates...); err != nil {
		workflow.GetLogger(ctx).Error("search attributes were not written", "case", r.in.Case, "error", err)
	}
}
