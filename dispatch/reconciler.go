package dispatch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"marshrut/crm"
	"marshrut/workflows"
)

// Store finds what was committed to Postgres but did not come through to Temporal: a process was killed between the two, or
// Temporal was away.
type Store interface {
	AckStore
	// UnstartedCases lists cases with a route that were created before the given time and are not marked as started, oldest
	// first.
	UnstartedCases(ctx context.Context, before time.Time, limit int) (Found[Case], error)
	// UnacknowledgedCommands lists commands that came before the given time and are not acknowledged, oldest first.
	UnacknowledgedCommands(ctx context.Context, before time.Time, limit int) (Found[PendingCommand], error)
	// TakeLostCases gives open cases that no workflow can be at work on, and marks them, so that they do not come again before
	// rest has passed: their wake time passed longer ago than overslept, or nobody has worked for longer than idle on a webhook
	// that a stage waits for, or told the stage of its end.
	TakeLostCases(ctx context.Context, overslept, idle, rest time.Duration, limit int) (Found[Case], error)
	// TakeStuckNotifications gives notifications that are not final and on which nobody has worked for so long, and marks them,
	// so that they do not come again before the same time has passed once more: "send again" did not come through to Temporal,
	// or the workflow that delivered them was terminated.
	TakeStuckNotifications(ctx context.Context, idle time.Duration, limit int) ([]crm.Notification, error)
	// RecountDues leaves commands for the next open cases that have to count their deadlines anew, because a business calendar
	// has changed, and answers for how many; none before settle has passed since the change was noticed.
	RecountDues(ctx context.Context, settle time.Duration, limit int) (int, error)
	// CorrectZones gives the next clients of a region the time zone that it was corrected to, and answers how many.
	CorrectZones(ctx context.Context, limit int) (int, error)
}

// Found is what a store finds.
type Found[T any] struct {
	Items []T
	// Rows is how many rows there were: more than Items where some cannot be sent, which must not look like the end of the list.
	Rows int
}

// PendingCommand is a command that is not acknowledged.
type PendingCommand struct {
	ID   uuid.UUID
	Case Case
}

// Sender is the part of Dispatcher that the reconciler needs.
type Sender interface {
	Start(ctx context.Context, c Case) error
	Send(ctx context.Context, c Case, command uuid.UUID) (workflows.CommandReply, error)
	Revive(ctx context.Context, c Case, command uuid.UUID) (workflows.CommandReply, error)
	Restart(ctx context.Context, c Case) error
	Resend(ctx context.Context, notification uuid.UUID, attempt int) error
}

const (
	firstLimit = 100              // how many rows a pass takes at first
	lastLimit  = 10_000           // and at most
	together   = 8                // how many are sent at a time
	sendTime   = 10 * time.Second // how long one is waited for
	maxBackoff = time.Minute
	// lostAfter is when a case that has not woken is taken for having lost its workflow, as when an operator terminated it. A
	// busy workflow is not much later than its timer.
	lostAfter = 5 * time.Minute
	// restFor is how long a case rests that was started again and still does not wake.
	restFor = 30 * time.Minute
	// stuckAfter is when a notification that is not final is taken for forgotten: longer than the longest pause between two
	// attempts together with an attempt.
	stuckAfter = 15 * time.Minute
	// settleFor is longer than a step takes that began with a calendar as it was.
	settleFor = 10 * time.Second
	// recountAtOnce is how many cases a pass tells that a calendar has changed: few enough that the next pass has sent them
	// before somebody's own command has waited for long.
	recountAtOnce = 500
	// correctAtOnce is how many clients are given a region's time zone in one transaction, correctBatches how often in one pass: few
	// enough that nobody waits for his own change, and that the rest of the pass is not late.
	correctAtOnce, correctBatches = 500, 10
)

// Reconciler sends again what did not come through. Several may run in several processes: whatever they send twice counts
// once.
type Reconciler struct {
	Store    Store
	Sender   Sender
	Log      *slog.Logger
	Clock    crm.Clock
	Interval time.Duration // between two passes; default 5 s
	Grace    time.Duration // rows younger than this are left to the requests that wrote them; default 10 s
	Sweep    time.Duration // between two searches for what was begun and forgotten; default 1 min

	limit int
	swept time.Time
}

// Run works until ctx ends; it never gives up by itself.
func (r *Reconciler) Run(ctx context.Context) {
	r.complete()
	wait := r.Interval
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		err := r.pass(ctx)
		if err == nil {
			err = r.recount(ctx)
		}
		if err == nil {
			err = r.sweep(ctx)
		}
		err = errors.Join(err, r.correct(ctx)) // it needs no Temporal
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			wait = min(2*wait, maxBackoff)
			r.Log.WarnContext(ctx, "what is left lying could not be sent again", "error", crm.Scrub(err), "next_try_in", wait)
		default:
			wait = r.Interval
		}
	}
}

func (r *Reconciler) complete() {
	if r.Interval <= 0 {
		r.Interval = 5 * time.Second
	}
	if r.Grace <= 0 {
		r.Grace = 10 * time.Second
	}
	if r.Sweep <= 0 {
		r.Sweep = time.Minute
	}
	if r.Clock == nil {
		r.Clock = time.Now
	}
	if r.Log == nil {
		r.Log = slog.Default()
	}
	r.limit = firstLimit
}

// pass sends what is left lying, until nothing is left or nothing more gets through. It fails when the database or Temporal
// cannot be reached.
func (r *Reconciler) pass(ctx context.Context) error {
	before := r.Clock().Add(-r.Grace)
	for {
		found, through, err := r.page(ctx, before)
		if err != nil {
			return err
		}
		if found < r.limit {
			r.limit = firstLimit
			return nil
		}
		if through == 0 {
			// The oldest are stuck: look behind them the next time.
			r.limit = min(2*r.limit, lastLimit)
			return nil
		}
	}
}

// recount leaves commands for the next cases of a changed calendar. Only after a pass that got through: so no more of them wait
// than can be sent.
func (r *Reconciler) recount(ctx context.Context) error {
	told, err := r.Store.RecountDues(ctx, settleFor, recountAtOnce)
	if err != nil {
		return fmt.Errorf("have deadlines counted anew: %w", err)
	}
	if told > 0 {
		r.Log.InfoContext(ctx, "a business calendar has changed: cases count their deadlines anew", "cases", told)
	}
	return nil
}

// correct gives clients the time zone that their region was corrected to (R8).
func (r *Reconciler) correct(ctx context.Context) error {
	told := 0
	for range correctBatches {
		corrected, err := r.Store.CorrectZones(ctx, correctAtOnce)
		if err != nil {
			return fmt.Errorf("correct the time zones of a region's clients: %w", err)
		}
		if told += corrected; corrected == 0 {
			break
		}
	}
	if told > 0 {
		r.Log.InfoContext(ctx, "a region's time zone was corrected: its clients' histories are told", "clients", told)
	}
	return nil
}

// sweep takes up, now and then, what was begun and then forgotten. What it takes is marked first and rests, whatever becomes
// of it: so a row that is kept from going on makes no loop and keeps no other row waiting.
func (r *Reconciler) sweep(ctx context.Context) error {
	now := r.Clock()
	if now.Sub(r.swept) < r.Sweep {
		return nil
	}
	for _, some := range []func(context.Context) (int, error){r.restartLost, r.resendStuck} {
		for found := firstLimit; found == firstLimit; {
			var err error
			if found, err = some(ctx); err != nil {
				return err
			}
		}
	}
	r.swept = now
	return nil
}

func (r *Reconciler) restartLost(ctx context.Context) (int, error) {
	lost, err := r.Store.TakeLostCases(ctx, lostAfter, stuckAfter, restFor, firstLimit)
	if err != nil {
		return 0, fmt.Errorf("list cases that nobody is at work on: %w", err)
	}
	_, err = r.each(ctx, len(lost.Items), func(ctx context.Context, i int) (uuid.UUID, error) {
		c := lost.Items[i]
		if err := r.Sender.Restart(ctx, c); err != nil {
			return c.ID, err
		}
		r.Log.WarnContext(ctx, "nobody seemed to be at work on a case: its workflow was started again, unless it was running", "case", c.ID)
		return c.ID, nil
	})
	return lost.Rows, err
}

func (r *Reconciler) resendStuck(ctx context.Context) (int, error) {
	stuck, err := r.Store.TakeStuckNotifications(ctx, stuckAfter, firstLimit)
	if err != nil {
		return 0, fmt.Errorf("list notifications that nobody delivers: %w", err)
	}
	_, err = r.each(ctx, len(stuck), func(ctx context.Context, i int) (uuid.UUID, error) {
		n := &stuck[i]
		if err := r.Sender.Resend(ctx, n.ID, n.Attempt); err != nil {
			return n.ID, err
		}
		r.Log.InfoContext(ctx, "a notification's delivery was begun again by the reconciler", "notification", n.ID)
		return n.ID, nil
	})
	return len(stuck), err
}

// page takes the oldest cases and commands. It answers how many rows the longer of the two lists had, and how many got through.
func (r *Reconciler) page(ctx context.Context, before time.Time) (found, through int, err error) {
	cases, err := r.Store.UnstartedCases(ctx, before, r.limit)
	if err != nil {
		return 0, 0, fmt.Errorf("list cases without a workflow: %w", err)
	}
	started, err := r.each(ctx, len(cases.Items), func(ctx context.Context, i int) (uuid.UUID, error) { return r.start(ctx, cases.Items[i]) })
	if err := errors.Join(err, record(ctx, started, r.Store.MarkStarted)); err != nil {
		return 0, 0, err
	}
	commands, err := r.Store.UnacknowledgedCommands(ctx, before, r.limit)
	if err != nil {
		return 0, 0, fmt.Errorf("list commands without an acknowledgement: %w", err)
	}
	sent, err := r.each(ctx, len(commands.Items), func(ctx context.Context, i int) (uuid.UUID, error) { return r.send(ctx, commands.Items[i]) })
	if err := errors.Join(err, record(ctx, sent, r.Store.Acknowledge)); err != nil {
		return 0, 0, err
	}
	return max(cases.Rows, commands.Rows), len(started) + len(sent), nil
}

// record writes down what got through, also when the page was broken off.
func record(ctx context.Context, ids []uuid.UUID, write func(context.Context, []uuid.UUID) error) error {
	if len(ids) == 0 {
		return nil
	}
	if err := write(ctx, ids); err != nil {
		return fmt.Errorf("record what came through: %w", err)
	}
	return nil
}

func (r *Reconciler) start(ctx context.Context, c Case) (uuid.UUID, error) {
	if err := r.Sender.Start(ctx, c); err != nil {
		return c.ID, err
	}
	r.Log.InfoContext(ctx, "a case's workflow was started by the reconciler", "case", c.ID)
	return c.ID, nil
}

// send brings a command to its case; where no workflow is running, it starts one to decide the command, be it only to
// refuse it because the case is closed.
func (r *Reconciler) send(ctx context.Context, command PendingCommand) (uuid.UUID, error) {
	_, err := r.Sender.Send(ctx, command.Case, command.ID)
	if errors.Is(err, ErrNoWorkflow) {
		_, err = r.Sender.Revive(ctx, command.Case, command.ID)
	}
	if err != nil {
		return command.ID, err
	}
	r.Log.InfoContext(ctx, "a command was sent by the reconciler", "case", command.Case.ID, "command", command.ID)
	return command.ID, nil
}

// each sends items, some at a time, and answers the ids of those that got through. What keeps one item from getting through
// is logged and left for the next pass; that Temporal cannot be reached ends the page.
func (r *Reconciler) each(ctx context.Context, n int, send func(context.Context, int) (uuid.UUID, error)) ([]uuid.UUID, error) {
	ids, through := make([]uuid.UUID, n), make([]bool, n)
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(together)
	for i := range n {
		group.Go(func() error {
			if groupCtx.Err() != nil {
				return groupCtx.Err()
			}
			oneCtx, cancel := context.WithTimeout(groupCtx, sendTime)
			defer cancel()
			id, err := send(oneCtx, i)
			ids[i], through[i] = id, err == nil
			if answer, ok := crm.AsError(err); ok && answer.Code == CodeUnavailable {
				return err
			}
			if err != nil && groupCtx.Err() == nil {
				r.Log.WarnContext(ctx, "what is left lying did not come through", "id", id, "error", crm.Scrub(err))
			}
			return nil
		})
	}
	err := group.Wait()
	var got []uuid.UUID
	for i, ok := range through {
		if ok {
			got = append(got, ids[i])
		}
	}
	return got, err
}
