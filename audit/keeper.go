package audit

import (
	"context"
	"fmt"
	"log/slog"
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

// Keeper seals changes soon after they were made, and exports the heads of their chains. Any number of programs may run it at
// once over one database: one of them is at work at a time.
type Keeper struct {
	Store Store
	Keys  *Keys
	Heads string // the folder of exported heads; empty: none are exported
	Log   *slog.Logger
	Clock crm.Clock

	exported time.Time
}

// Run works until ctx ends; it never gives up by itself.
func (k *Keeper) Run(ctx context.Context) {
	wait := sealEvery
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		wait = sealEvery
		if err := k.Pass(ctx); err != nil && ctx.Err() == nil {
			wait = maxBackoff
			k.Log.WarnContext(ctx, "the audit could not be kept", "error", crm.Scrub(err), "next_try_in", wait)
		}
	}
}

// Pass seals everything that waits, and exports heads when a minute has passed since the last time.
func (k *Keeper) Pass(ctx context.Context) error {
	for {
		sealed, err := k.Store.SealAudit(ctx, k.Keys)
		if err != nil {
			return fmt.Errorf("seal changes: %w", err)
		}
		if sealed == 0 {
			break
		}
	}
	if k.Heads == "" || k.Clock().Sub(k.exported) < exportEvery {
		return nil
	}
	if _, err := k.Store.ExportAudit(ctx, &Exporter{Folder: k.Heads, Keys: k.Keys}); err != nil {
		return fmt.Errorf("export heads: %w", err)
	}
	k.exported = k.Clock()
	return nil
}
