package audit

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"marshrut/crm"
)

// Store keeps the audit.
type Store interface {
	// SealAudit seals changes that wait for it, at most a batch, and tells how many.
	SealAudit(ctx context.Context, keys *Keys) (int, error)
	// ExportAudit writes the heads of the chains that have grown since the last export, and tells how many.
	ExportAudit(ctx context.Context, x *Exporter) (int, error)
}

const (
	sealEvery   = 500 * time.Millisecond
	exportEvery = time.Minute
	maxBackoff  = time.Minute
)

// Keeper seals changes soon after they were made, and exports the heads of their chains; neither waits for the other. Any number of
// programs may run it at once over one database: one of them is at work at a time.
type Keeper struct {
	Store Store
	Keys  *Keys
	Heads string // the folder of exported heads; empty: none are exported
	Log   *slog.Logger
}

// Run works until ctx ends; it never gives up by itself.
func (k *Keeper) Run(ctx context.Context) {
	var both sync.WaitGroup
	both.Go(func() { k.repeat(ctx, sealEvery, k.seal) })
	if k.Heads != "" {
		both.Go(func() { k.repeat(ctx, exportEvery, k.export) })
	}
	both.Wait()
}

// repeat does something again and again; after a failure a minute passes.
func (k *Keeper) repeat(ctx context.Context, every time.Duration, do func(context.Context) error) {
	wait := sealEvery
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		wait = every
		if err := do(ctx); err != nil && ctx.Err() == nil {
			wait = maxBackoff
			k.Log.WarnContext(ctx, "the audit could not be kept", "error", crm.Scrub(err), "next_try_in", wait)
		}
	}
}

// seal seals everything that waits.
func (k *Keeper) seal(ctx context.Context) error {
	for {
		sealed, err := k.Store.SealAudit(ctx, k.Keys)
		if err != nil {
			return fmt.Errorf("seal changes: %w", err)
		}
		if sealed == 0 {
			return nil
		}
	}
}

func (k *Keeper) export(ctx context.Context) error {
	if _, err := k.Store.ExportAudit(ctx, &Exporter{Folder: k.Heads, Keys: k.Keys}); err != nil {
		return fmt.Errorf("export heads: %w", err)
	}
	return nil
}
