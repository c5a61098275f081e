package workflows_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/temporal"

	"marshrut/activities"
	"marshrut/crm"
)

// board stands for Postgres in this package's tests: it keeps one case as Advance does, idempotent by event id, and the
// notifications' ledger as Deliver does. What a command does to the case is given with it.
type board struct {
	mu      sync.Mutex
	view    activities.AdvanceResult
	known   map[string]string // event id → refusal
	applied []string          // event ids in the order they were applied

	moves  map[uuid.UUID]move
	onWake move // what an overdue wake time does; nil: it is not due any more

	asked     []activities.AdvanceRequest
	failures  int                                                               // so many of the next Advances fail before they look at anything
	deliver   func(id uuid.UUID, attempt int) (activities.DeliverResult, error) // nil: sent
	attempts  map[uuid.UUID]int
	delivered []uuid.UUID
}

// move changes the case, or answers the code of a refusal and changes nothing.
type move func(view *activities.AdvanceResult) (refused string)

func newBoard() *board {
	return &board{
		view: activities.AdvanceResult{
			Seq: 1, Map: "appeal", MapVersion: 3, Status: crm.StatusOpen, Mode: crm.ModeProcess,
			Stage: "classification", Performer: "role:dispatcher", Details: "| classification |",
		},
		known: map[string]string{}, moves: map[uuid.UUID]move{}, attempts: map[uuid.UUID]int{},
	}
}

// on adds a command and answers its id.
func (b *board) on(m move) uuid.UUID {
	b.mu.Lock()
	defer b.mu.Unlock()
	id := uuid.Must(uuid.NewV7())
	b.moves[id] = m
	return id
}

// commit applies an event as a worker does that is killed before it can tell its workflow.
func (b *board) commit(eventID string, m move) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, known := b.known[eventID]; !known {
		b.apply(eventID, m)
	}
}

func (b *board) apply(eventID string, m move) {
	next := b.view
	next.Pending = slices.Clone(b.view.Pending)
	refused := m(&next)
	b.known[eventID] = refused
	if refused == "" {
		next.Seq++
		b.view = next
		b.applied = append(b.applied, eventID)
	}
}

// Advance takes one step, as the activity of this name promises.
func (b *board) Advance(_ context.Context, request activities.AdvanceRequest) (activities.AdvanceResult, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = append(b.asked, request)
	if request.Case == uuid.Nil {
		return activities.AdvanceResult{}, temporal.NewNonRetryableApplicationError("the request names no case", "NotFound", nil)
	}
	if b.failures > 0 {
		b.failures--
		return activities.AdvanceResult{}, errors.New("no connection to the database")
	}
	refused, known := b.known[request.EventID]
	switch {
	case known, request.Kind == activities.EventSync:
	case request.Seq != b.view.Seq:
		view := b.answer()
		view.Behind = true
		return view, nil
	case request.Kind == activities.EventCommand:
		m, ok := b.moves[request.Ref]
		if !ok {
			m = refuse("command_not_found")
		}
		b.apply(request.EventID, m)
		refused = b.known[request.EventID]
	case request.Kind == activities.EventTimer:
		if b.onWake != nil && b.view.Wake != nil && !request.At.Before(*b.view.Wake) {
			b.apply(request.EventID, b.onWake)
		}
	case request.Kind == activities.EventDelivered:
		b.apply(request.EventID, func(view *activities.AdvanceResult) string {
			view.Stage = "after-delivery"
			return ""
		})
	}
	view := b.answer()
	view.Refused = refused
	return view, nil
}

func (b *board) answer() activities.AdvanceResult {
	view := b.view
	view.Pending = slices.Clone(view.Pending)
	return view
}

// Deliver sends one notification, as the activity of this name promises.
func (b *board) Deliver(_ context.Context, request activities.DeliverRequest) (activities.DeliverResult, error) {
	b.mu.Lock()
	b.attempts[request.Notification]++
	attempt, deliver := b.attempts[request.Notification], b.deliver
	b.mu.Unlock()
	result := activities.DeliverResult{Status: "sent"}
	if deliver != nil {
		var err error
		if result, err = deliver(request.Notification, attempt); err != nil {
			return result, err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.delivered = append(b.delivered, request.Notification)
	b.view.Pending = slices.DeleteFunc(b.view.Pending, func(id uuid.UUID) bool { return id == request.Notification })
	return result, nil
}

// timers lists the event ids of the timers that Advance was asked about.
func (b *board) timers() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var ids []string
	for _, request := range b.asked {
		if request.Kind == activities.EventTimer {
			ids = append(ids, request.EventID)
		}
	}
	return ids
}

// Moves of the cases under test.

func to(stage string) move {
	return func(view *activities.AdvanceResult) string {
		view.Stage, view.Details = stage, "| "+stage+" |"
		return ""
	}
}

func refuse(code string) move {
	return func(*activities.AdvanceResult) string { return code }
}

func finish(view *activities.AdvanceResult) string {
	view.Status, view.Closed, view.Stage, view.Performer, view.Wake, view.Due = crm.StatusPositive, true, "", "", nil, nil
	return ""
}

func reopen(view *activities.AdvanceResult) string {
	view.Status, view.Closed = crm.StatusOpen, false
	return ""
}

func wakeAt(at time.Time) move {
	return func(view *activities.AdvanceResult) string {
		view.Wake = &at
		return ""
	}
}

func notify(ids ...uuid.UUID) move {
	return func(view *activities.AdvanceResult) string {
		view.Pending = append(view.Pending, ids...)
		return ""
	}
}

func both(first, second move) move {
	return func(view *activities.AdvanceResult) string {
		if refused := first(view); refused != "" {
			return refused
		}
		return second(view)
	}
}
