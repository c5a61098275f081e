package dispatch_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"marshrut/dispatch"
)

// ledger records what is written to it.
type ledger struct {
	mu       sync.Mutex
	started  []uuid.UUID
	commands []uuid.UUID
	writes   int
	down     bool
	wrote    chan struct{} // gets one for each write
}

func newLedger() *ledger { return &ledger{wrote: make(chan struct{}, 10_000)} }

func (l *ledger) MarkStarted(_ context.Context, ids []uuid.UUID) error {
	return l.write(&l.started, ids)
}

func (l *ledger) Acknowledge(_ context.Context, ids []uuid.UUID) error {
	return l.write(&l.commands, ids)
}

func (l *ledger) write(to *[]uuid.UUID, ids []uuid.UUID) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer func() { l.wrote <- struct{}{} }()
	if l.down {
		return errors.New("the database is away")
	}
	l.writes++
	*to = append(*to, ids...)
	return nil
}

func (l *ledger) set(down bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down = down
}

func ids(n int) []uuid.UUID {
	all := make([]uuid.UUID, n)
	for i := range all {
		all[i] = uuid.Must(uuid.NewV7())
	}
	return all
}

func TestAckerWritesInBulk(t *testing.T) {
	t.Parallel()
	store := newLedger()
	acker := dispatch.NewAcker(store, slog.New(slog.DiscardHandler))
	commands, cases := ids(1000), ids(7)
	var group sync.WaitGroup
	for batch := range slices.Chunk(commands, 100) {
		group.Go(func() {
			for _, id := range batch {
				acker.Acknowledge(id)
			}
		})
	}
	for _, id := range cases {
		acker.Started(id)
	}
	group.Wait()
	require.NoError(t, acker.Close(t.Context()))
	require.ElementsMatch(t, commands, store.commands)
	require.ElementsMatch(t, cases, store.started)
	require.Less(t, store.writes, 100)
	require.NoError(t, acker.Close(t.Context()), "closing twice is harmless")
}

func TestAckerWritesWithoutBeingClosed(t *testing.T) {
	t.Parallel()
	store := newLedger()
	acker := dispatch.NewAcker(store, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { require.NoError(t, acker.Close(context.WithoutCancel(t.Context()))) })
	acker.Acknowledge(uuid.Must(uuid.NewV7()))
	receive(t, store.wrote)
}

func TestAckerKeepsWhatTheDatabaseDidNotTake(t *testing.T) {
	t.Parallel()
	store := newLedger()
	store.set(true)
	acker := dispatch.NewAcker(store, slog.New(slog.DiscardHandler))
	commands := ids(300)
	for _, id := range commands {
		acker.Acknowledge(id)
	}
	receive(t, store.wrote)
	require.ErrorContains(t, closeShortly(t, acker), "the database is away")
	store.set(false)
	require.NoError(t, acker.Close(t.Context()))
	require.ElementsMatch(t, commands, store.commands)
}

func closeShortly(t *testing.T, acker *dispatch.Acker) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	return acker.Close(ctx)
}

func receive(t *testing.T, from <-chan struct{}) {
	t.Helper()
	select {
	case <-from:
	case <-time.After(10 * time.Second):
		require.FailNow(t, "nothing happened in ten seconds")
	}
}
