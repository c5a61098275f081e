package dispatch_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"marshrut/crm"
	"marshrut/dispatch"
	"marshrut/workflows"
)

// leftovers is a store of what did not come through; what is recorded disappears from it.
type leftovers struct {
	mu          sync.Mutex
	cases       []dispatch.Case
	commands    []dispatch.PendingCommand
	before      []time.Time
	limits      []int
	lost        []dispatch.Case
	damaged     map[uuid.UUID]bool // cases that cannot be described
	stuck       []crm.Notification
	sweeps      int
	untold      int           // cases that were not told of a changed calendar
	most        int           // commands at a time
	uncorrected int           // clients without the zone that their region was corrected to
	corrected   chan struct{} // closed once there are none
	empty       chan struct{} // closed once nothing is left
}

func (l *leftovers) UnstartedCases(_ context.Context, before time.Time, limit int) (dispatch.Found[dispatch.Case], error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.before, l.limits = append(l.before, before), append(l.limits, limit)
	return l.found(l.cases, limit), nil
}

func (l *leftovers) UnacknowledgedCommands(_ context.Context, _ time.Time, limit int) (dispatch.Found[dispatch.PendingCommand], error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	commands := slices.Clone(l.commands[:min(limit, len(l.commands))])
	return dispatch.Found[dispatch.PendingCommand]{Items: commands, Rows: len(commands)}, nil
}

func (l *leftovers) MarkStarted(_ context.Context, ids []uuid.UUID) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cases = slices.DeleteFunc(l.cases, func(c dispatch.Case) bool { return slices.Contains(ids, c.ID) })
	l.look()
	return nil
}

func (l *leftovers) Acknowledge(_ context.Context, ids []uuid.UUID) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.commands = slices.DeleteFunc(l.commands, func(c dispatch.PendingCommand) bool { return slices.Contains(ids, c.ID) })
	l.look()
	return nil
}

func (l *leftovers) TakeLostCases(_ context.Context, _, _, _ time.Duration, limit int) (dispatch.Found[dispatch.Case], error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	taken := l.found(l.lost, limit)
	l.lost = l.lost[taken.Rows:]
	return taken, nil
}

func (l *leftovers) TakeStuckNotifications(_ context.Context, _ time.Duration, limit int) ([]crm.Notification, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweeps++
	taken := slices.Clone(l.stuck[:min(limit, len(l.stuck))])
	l.stuck = l.stuck[len(taken):]
	return taken, nil
}

// RecountDues leaves a command for each of the next cases.
func (l *leftovers) RecountDues(_ context.Context, _ time.Duration, limit int) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	told := min(limit, l.untold)
	l.untold -= told
	for range told {
		l.commands = append(l.commands, dispatch.PendingCommand{ID: uuid.Must(uuid.NewV7()), Case: appeal()})
	}
	l.most = max(l.most, len(l.commands))
	return told, nil
}

// CorrectZones corrects the next clients of a region.
func (l *leftovers) CorrectZones(_ context.Context, limit int) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	corrected := min(limit, l.uncorrected)
	l.uncorrected -= corrected
	if corrected > 0 && l.uncorrected == 0 {
		close(l.corrected)
	}
	return corrected, nil
}

// found is a page of cases, without those that cannot be described.
func (l *leftovers) found(all []dispatch.Case, limit int) dispatch.Found[dispatch.Case] {
	rows := slices.Clone(all[:min(limit, len(all))])
	n := len(rows)
	return dispatch.Found[dispatch.Case]{
		Items: slices.DeleteFunc(rows, func(c dispatch.Case) bool { return l.damaged[c.ID] }), Rows: n,
	}
}

func (l *leftovers) look() {
	if len(l.cases)+len(l.commands)+l.untold == 0 {
		close(l.empty)
	}
}

// leave makes so many cases, each with a command.
func leave(n int) *leftovers {
	l := &leftovers{empty: make(chan struct{})}
	for i := range n {
		c := appeal()
		c.ID, c.Number = uuid.Must(uuid.NewV7()), fmt.Sprintf("A-%06d", i)
		l.cases = append(l.cases, c)
		l.commands = append(l.commands, dispatch.PendingCommand{ID: uuid.Must(uuid.NewV7()), Case: c})
	}
	return l
}

// wire stands for the Dispatcher.
type wire struct {
	mu       sync.Mutex
	started  map[uuid.UUID]int
	sent     map[uuid.UUID]int
	revived  map[uuid.UUID]int
	again    []uuid.UUID       // cases started again
	resent   map[uuid.UUID]int // the attempts they were sent again after
	onResend func()
	onStart  func(c dispatch.Case) error
	onSend   func(c dispatch.Case, command uuid.UUID) error
	attempts int
}

func newWire() *wire {
	return &wire{started: map[uuid.UUID]int{}, sent: map[uuid.UUID]int{}, revived: map[uuid.UUID]int{}, resent: map[uuid.UUID]int{}}
}

func (w *wire) Start(_ context.Context, c dispatch.Case) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.attempts++
	if w.onStart != nil {
		if err := w.onStart(c); err != nil {
			return err
		}
	}
	w.started[c.ID]++
	return nil
}

func (w *wire) Send(_ context.Context, c dispatch.Case, command uuid.UUID) (workflows.CommandReply, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.attempts++
	if w.onSend != nil {
		if err := w.onSend(c, command); err != nil {
			return workflows.CommandReply{}, err
		}
	}
	w.sent[command]++
	return workflows.CommandReply{}, nil
}

func (w *wire) Revive(_ context.Context, _ dispatch.Case, command uuid.UUID) (workflows.CommandReply, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.revived[command]++
	return workflows.CommandReply{}, nil
}

func (w *wire) Restart(_ context.Context, c dispatch.Case) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.again = append(w.again, c.ID)
	if c.Number == "broken" {
		return errors.New("it cannot be started")
	}
	return nil
}

func (w *wire) Resend(_ context.Context, notification uuid.UUID, attempt int) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.resent[notification] = attempt
	if w.onResend != nil {
		w.onResend()
	}
	return nil
}

func reconcile(t *testing.T, l *leftovers, w *wire, log *slog.Logger) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := dispatch.Reconciler{
		Store: l, Sender: w, Log: log, Interval: time.Millisecond, Grace: time.Minute,
		Clock: func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) },
	}
	done := make(chan struct{})
	go func() { defer close(done); r.Run(ctx) }()
	return func() { cancel(); <-done }
}

func TestR43_CasesOfAChangedCalendarAreToldABatchAtATime(t *testing.T) {
	t.Parallel()
	l, w := leave(0), newWire()
	l.untold = 1200
	stop := reconcile(t, l, w, slog.New(slog.DiscardHandler))
	receive(t, l.empty)
	stop()
	require.Len(t, w.sent, 1200)
	require.Equal(t, 500, l.most, "no batch before the one before it has been sent")
}

// TestR8_ACorrectedZoneReachesAllClients, also while Temporal cannot be reached: it has no part in that.
func TestR8_ACorrectedZoneReachesAllClients(t *testing.T) {
	t.Parallel()
	l, w := leave(0), newWire()
	l.uncorrected = 12_345
	stuck := leave(1)
	stuck.uncorrected = 12_345
	w.onStart = func(dispatch.Case) error {
		return crm.Errorf(crm.KindUnavailable, dispatch.CodeUnavailable, "down")
	}
	for _, one := range []*leftovers{l, stuck} {
		one.corrected = make(chan struct{})
		stop := reconcile(t, one, w, slog.New(slog.DiscardHandler))
		receive(t, one.corrected)
		stop()
	}
}

func TestReconcilerSendsWhatWasLeftLying(t *testing.T) {
	t.Parallel()
	l, w := leave(250), newWire()
	cases, commands := slices.Clone(l.cases), slices.Clone(l.commands)
	stop := reconcile(t, l, w, slog.New(slog.DiscardHandler))
	receive(t, l.empty)
	stop()

	require.Len(t, w.started, 250)
	require.Len(t, w.sent, 250)
	for i := range cases {
		require.Equal(t, 1, w.started[cases[i].ID])
		require.Equal(t, 1, w.sent[commands[i].ID])
	}
	require.Equal(t, time.Date(2026, 11, 23, 11, 59, 0, 0, time.UTC), l.before[0], "what is young is left to its own request")
}

func TestReconcilerRevivesACaseWithoutAWorkflow(t *testing.T) {
	t.Parallel()
	l, w := leave(1), newWire()
	l.cases = nil
	w.onSend = func(dispatch.Case, uuid.UUID) error { return fmt.Errorf("send: %w", dispatch.ErrNoWorkflow) }
	command := l.commands[0].ID
	stop := reconcile(t, l, w, slog.New(slog.DiscardHandler))
	receive(t, l.empty)
	stop()

	require.Equal(t, 1, w.revived[command])
}

func TestReconcilerSurvivesThatTemporalIsDown(t *testing.T) {
	t.Parallel()
	l, w := leave(50), newWire()
	calls := 0
	w.onStart = func(dispatch.Case) error {
		calls++
		if calls <= 5 {
			return crm.Errorf(crm.KindUnavailable, dispatch.CodeUnavailable, "down")
		}
		return nil
	}
	stop := reconcile(t, l, w, slog.New(slog.DiscardHandler))
	receive(t, l.empty)
	stop()

	require.Len(t, w.started, 50)
}

// The oldest hundred may be stuck for a reason of their own; the others must not wait for them.
func TestReconcilerLooksBehindWhatIsStuck(t *testing.T) {
	t.Parallel()
	l, w := leave(350), newWire()
	l.cases = nil
	stuck := map[uuid.UUID]bool{}
	for _, command := range l.commands[:300] {
		stuck[command.ID] = true
	}
	last := l.commands[349].ID
	through := make(chan struct{})
	w.onSend = func(_ dispatch.Case, command uuid.UUID) error {
		if stuck[command] {
			return dispatch.ErrPending
		}
		if command == last {
			close(through)
		}
		return nil
	}
	stop := reconcile(t, l, w, slog.New(slog.DiscardHandler))
	receive(t, through)
	stop()
	require.Equal(t, []int{100, 200, 400}, slices.Compact(l.limits)[:3])
}

// Neither must they wait for cases that cannot even be described.
func TestReconcilerLooksBehindWhatCannotBeDescribed(t *testing.T) {
	t.Parallel()
	l, w := leave(250), newWire()
	l.commands = nil
	l.damaged = map[uuid.UUID]bool{}
	for _, c := range l.cases[:120] {
		l.damaged[c.ID] = true
	}
	last := l.cases[249].ID
	through := make(chan struct{})
	w.onStart = func(c dispatch.Case) error {
		if c.ID == last {
			close(through)
		}
		return nil
	}
	stop := reconcile(t, l, w, slog.New(slog.DiscardHandler))
	receive(t, through)
	stop()
}

func TestReconcilerRestartsLostCasesBehindThoseThatCannotBeDescribed(t *testing.T) {
	t.Parallel()
	l, w := leave(250), newWire()
	l.lost, l.cases, l.commands = l.cases, nil, nil
	l.damaged = map[uuid.UUID]bool{}
	for _, c := range l.lost[:120] {
		l.damaged[c.ID] = true
	}
	l.stuck = []crm.Notification{{ID: uuid.Must(uuid.NewV7())}}
	all := make(chan struct{})
	w.onResend = func() { close(all) }
	stop := reconcile(t, l, w, slog.New(slog.DiscardHandler))
	receive(t, all)
	stop()
	require.Len(t, w.again, 130)
}

func TestReconcilerLogsIdsOnly(t *testing.T) {
	t.Parallel()
	l, w := leave(1), newWire()
	l.cases[0].Summary = "Пётр Иванов"
	l.commands[0].Case.Summary = "Пётр Иванов"
	first := true
	w.onStart = func(dispatch.Case) error {
		if first {
			first = false
			return dispatch.ErrPending
		}
		return nil
	}
	var text strings.Builder
	id := l.cases[0].ID
	stop := reconcile(t, l, w, slog.New(slog.NewTextHandler(&text, nil)))
	receive(t, l.empty)
	stop()
	require.Contains(t, text.String(), id.String())
	require.NotContains(t, text.String(), "Иванов")
}

func TestReconcilerTakesUpWhatWasForgotten(t *testing.T) {
	t.Parallel()
	l, w := leave(0), newWire()
	const forgotten = 130
	for i := range forgotten {
		l.stuck = append(l.stuck, crm.Notification{ID: uuid.Must(uuid.NewV7()), Attempt: i})
	}
	stuck := slices.Clone(l.stuck)
	for range forgotten {
		c := appeal()
		c.ID, c.Number = uuid.Must(uuid.NewV7()), "broken" // what fails keeps nothing else waiting
		l.lost = append(l.lost, c)
	}
	all := make(chan struct{})
	w.onResend = func() {
		if len(w.resent) == forgotten {
			close(all)
		}
	}
	stop := reconcile(t, l, w, slog.New(slog.DiscardHandler))
	receive(t, all)
	stop()
	for i := range stuck {
		require.Equal(t, stuck[i].Attempt, w.resent[stuck[i].ID])
	}
	require.Len(t, w.again, forgotten, "each is tried once")
	require.Equal(t, 2, l.sweeps, "until nothing is left, and then not before a minute has passed")
}
