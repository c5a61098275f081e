package audit

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// stuck seals, and cannot export: at first it fails, and then it does not come back.
type stuck struct{ seals, exports atomic.Int64 }

func (s *stuck) SealAudit(context.Context, *Keys) (int, error) {
	s.seals.Add(1)
	return 0, nil
}

func (s *stuck) ExportAudit(ctx context.Context, _ *Exporter) (int, error) {
	if s.exports.Add(1) == 1 {
		return 0, errors.New("the disk is full")
	}
	<-ctx.Done()
	return 0, ctx.Err()
}

func TestSealingDoesNotWaitForExports(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &stuck{}
		ctx, stop := context.WithCancel(t.Context())
		over := make(chan struct{})
		go func() {
			defer close(over)
			(&Keeper{Store: store, Heads: "heads", Log: slog.New(slog.DiscardHandler)}).Run(ctx)
		}()
		time.Sleep(10*time.Minute + time.Millisecond) //nolint:forbidigo // of the bubble: nobody waits
		stop()
		<-over
		require.EqualValues(t, 2, store.exports.Load())
		require.EqualValues(t, 1200, store.seals.Load(), "twice a second")
	})
}
