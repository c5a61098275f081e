package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"marshrut/activities"
)

// wakeTimer is a timer that run waits for; the zero value is none.
type wakeTimer struct {
	at     time.Time // of the timer of the case's wake time
	future workflow.Future
	cancel workflow.CancelFunc
}

func (t wakeTimer) ready() bool { return t.future != nil && t.future.IsReady() }

// firing remembers the timer that fired last, and how often in a row it did so without moving the case.
type firing struct {
	at    time.Time
	seq   int
	times int
}

// setTimer holds the timer to the wake time of the last answer. An unchanged wake time leaves it running: a timer costs two
// events.
func (r *caseRun) setTimer(ctx workflow.Context) {
	var at time.Time
	if r.view.Wake != nil && !r.view.Closed {
		at = *r.view.Wake
	}
	if r.timer.at.Equal(at) {
		return
	}
	r.dropTimer()
	if at.IsZero() {
		return
	}
	timerCtx, cancel := workflow.WithCancel(ctx)
	r.timer = wakeTimer{
		at:     at,
		future: workflow.NewTimerWithOptions(timerCtx, r.delay(ctx, at), workflow.TimerOptions{Summary: "wake at " + at.UTC().Format(time.RFC3339)}),
		cancel: cancel,
	}
}

func (r *caseRun) dropTimer() {
	if r.timer.cancel != nil {
		r.timer.cancel()
	}
	r.timer = wakeTimer{}
}

// delay is the time from now until a wake time, in whole milliseconds and never too short. Where Advance names the time again
// for which the timer has just fired, it is at least a second, doubled with each firing that moved nothing: whatever the
// reason, a case never turns into a hot loop.
func (r *caseRun) delay(ctx workflow.Context, at time.Time) time.Duration {
	delay := at.Sub(workflow.Now(ctx))
	if part := delay % time.Millisecond; part > 0 {
		delay += time.Millisecond - part
	}
	if at.Equal(r.fired.at) {
		again := min(patience<<min(r.fired.times-1, 10), impatience)
		delay = max(delay, again)
	}
	return delay
}

// wake brings the wake time to Postgres, which rereads what is due.
func (r *caseRun) wake(ctx workflow.Context) {
	at, seq := r.timer.at, r.view.Seq
	r.dropTimer()
	if !at.Equal(r.fired.at) || seq != r.fired.seq {
		r.fired = firing{at: at, seq: seq}
	}
	r.fired.times++

	request := activities.AdvanceRequest{
		EventID: fmt.Sprintf("timer/%d/%d", seq, at.UnixMicro()),
		Kind:    activities.EventTimer,
		At:      at,
	}
	if now := workflow.Now(ctx); now.After(at) {
		request.At = now
	}
	r.untilAnswered(ctx, func() error {
		_, err := r.inOrder(ctx, request)
		return err
	})
}
