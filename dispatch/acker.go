package dispatch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

const (
	ackEvery = 100 * time.Millisecond // the longest an acknowledgement waits for others
	ackRetry = 5 * time.Second        // the same after a write has failed
	ackBatch = 100                    // as many are written at once without waiting
	ackLimit = 10_000                 // of each sort; what comes while the database has been away for long is left to the reconciler
)

// AckStore records what has come through. Both methods may be given ids they have seen before.
type AckStore interface {
	// MarkStarted records that the workflows of these cases have been started.
	MarkStarted(ctx context.Context, cases []uuid.UUID) error
	// Acknowledge records that these commands have been decided and their Updates have returned.
	Acknowledge(ctx context.Context, commands []uuid.UUID) error
}

// Acker gathers acknowledgements and writes them in bulk, so that they cost a request no round trip. Losing some is
// harmless: the reconciler sends again what is not acknowledged, and it is found decided.
type Acker struct {
	store AckStore
	log   *slog.Logger
	kick  chan struct{}
	quit  chan struct{}
	done  chan struct{}
	close sync.Once

	mu       sync.Mutex
	started  []uuid.UUID
	commands []uuid.UUID
}

// NewAcker gives a working Acker; Close ends it.
func NewAcker(store AckStore, log *slog.Logger) *Acker {
	a := &Acker{
		store: store, log: log,
		kick: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{}),
	}
	go a.work()
	return a
}

// Started notes that a case's workflow has been started. It does not block.
func (a *Acker) Started(id uuid.UUID) { a.add(&a.started, id) }

// Acknowledge notes that a command's Update has returned. It does not block.
func (a *Acker) Acknowledge(id uuid.UUID) { a.add(&a.commands, id) }

// Close writes what has been gathered and ends the Acker. Nothing may be noted after it. It fails when the rest could not be
// written while ctx lasted.
func (a *Acker) Close(ctx context.Context) error {
	a.close.Do(func() { close(a.quit) })
	<-a.done
	if err := a.flush(ctx); err != nil {
		return fmt.Errorf("write the last acknowledgements: %w", err)
	}
	return nil
}

func (a *Acker) add(to *[]uuid.UUID, id uuid.UUID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(*to) >= ackLimit {
		return
	}
	*to = append(*to, id)
	if len(*to)%ackBatch == 0 {
		select {
		case a.kick <- struct{}{}:
		default: // kicked already
		}
	}
}

func (a *Acker) work() {
	defer close(a.done)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-a.quit:
			cancel() // Close writes the rest under its own deadline
		case <-ctx.Done():
		}
	}()
	tick := time.NewTicker(ackEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-a.kick:
		}
		if err := a.flush(ctx); err != nil && ctx.Err() == nil {
			a.log.WarnContext(ctx, "acknowledgements were not written and are tried again", "error", crm.Scrub(err))
			tick.Reset(ackRetry)
			continue
		}
		tick.Reset(ackEvery)
	}
}

// flush writes what has been gathered; what could not be written is kept for the next time.
func (a *Acker) flush(ctx context.Context) error {
	return errors.Join(
		a.write(ctx, "mark cases as started", &a.started, a.store.MarkStarted),
		a.write(ctx, "acknowledge commands", &a.commands, a.store.Acknowledge),
	)
}

func (a *Acker) write(ctx context.Context, what string, from *[]uuid.UUID, write func(context.Context, []uuid.UUID) error) error {
	a.mu.Lock()
	ids := *from
	*from = nil
	a.mu.Unlock()
	if len(ids) == 0 {
		return nil
	}
	if err := write(ctx, ids); err != nil {
		a.mu.Lock()
		*from = append(ids, *from...)
		a.mu.Unlock()
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
