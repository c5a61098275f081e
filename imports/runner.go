package imports

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

// Store keeps imports and their rows.
type Store interface {
	// RunningImports lists the imports at work, the oldest first.
	RunningImports(ctx context.Context) ([]crm.Import, error)
	// PendingImportRows lists rows that nothing has become of yet, in their order.
	PendingImportRows(ctx context.Context, id uuid.UUID, limit int) ([]crm.ImportRow, error)
	// ApplyImportRow makes the record of a row and notes what became of it, in one transaction; a row with errors is noted as
	// failed. A row that somebody else is at, or that is not pending any more, is let alone.
	ApplyImportRow(ctx context.Context, of *crm.Import, n int, record crm.ImportRecord, wrong []crm.CellError) error
	// SeenBy is what the user sees; nil: everything.
	SeenBy(ctx context.Context, user uuid.UUID) (*crm.Sight, error)
	// FinishImport ends an import that has no pending rows.
	FinishImport(ctx context.Context, id uuid.UUID) error
	Reader
}

// Reader reads what rows may name.
type Reader interface {
	Regions(ctx context.Context) ([]crm.Region, error)
	AcquisitionSources(ctx context.Context) ([]crm.AcquisitionSource, error)
	Attributes(ctx context.Context, subject crm.AttributeSubject) ([]crm.Attribute, error)
	ListUsers(ctx context.Context) ([]crm.User, error)
}

// KnownFrom reads what the rows of a table may name.
func KnownFrom(ctx context.Context, from Reader, of crm.AttributeSubject) (*Known, error) {
	var known Known
	var err error
	if known.Regions, err = from.Regions(ctx); err != nil {
		return nil, fmt.Errorf("read what a table may name: %w", err)
	}
	if known.Sources, err = from.AcquisitionSources(ctx); err != nil {
		return nil, fmt.Errorf("read what a table may name: %w", err)
	}
	if known.Attributes, err = from.Attributes(ctx, of); err != nil {
		return nil, fmt.Errorf("read what a table may name: %w", err)
	}
	if of != crm.AttributeOfClient {
		return &known, nil
	}
	if known.Users, err = from.ListUsers(ctx); err != nil {
		return nil, fmt.Errorf("read what a table may name: %w", err)
	}
	return &known, nil
}

const (
	page       = 100 // rows that are read at a time
	interval   = time.Second
	maxBackoff = 30 * time.Second
)

// Runner works on imports. Any number of programs may run one at once; each row is one transaction, so that a crash leaves
// none half done.
type Runner struct {
	Store Store
	Log   *slog.Logger
	Clock crm.Clock
}

// Run works until ctx ends; it never gives up by itself.
func (r *Runner) Run(ctx context.Context) {
	wait := interval
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		wait = interval
		if err := r.Pass(ctx); err != nil && ctx.Err() == nil {
			wait = maxBackoff
			r.Log.WarnContext(ctx, "an import could not go on", "error", crm.Scrub(err), "next_try_in", wait)
		}
	}
}

// Pass works on all imports until none has a row left. One that fails does not keep the others from going on.
func (r *Runner) Pass(ctx context.Context) error {
	running, err := r.Store.RunningImports(ctx)
	if err != nil {
		return fmt.Errorf("list imports: %w", err)
	}
	var failures []error
	for i := range running {
		if err := r.work(ctx, &running[i]); err != nil {
			failures = append(failures, fmt.Errorf("import %s: %w", running[i].ID, err))
		}
	}
	return errors.Join(failures...)
}

// work applies an import's rows, page by page. A page that leaves rows to others, or was stopped, ends the pass.
func (r *Runner) work(ctx context.Context, of *crm.Import) error {
	ctx = crm.WithOrigin(ctx, &crm.Origin{User: of.CreatedBy, Program: "import"})
	known, err := KnownFrom(ctx, r.Store, of.Of)
	if err != nil {
		return err
	}
	last := 0
	for {
		rows, err := r.Store.PendingImportRows(ctx, of.ID, page)
		if err != nil {
			return fmt.Errorf("read the rows of an import: %w", err)
		}
		if len(rows) == 0 {
			return r.finish(ctx, of)
		}
		if rows[0].N == last {
			return nil // somebody else is at it, or the import was stopped
		}
		last = rows[0].N
		// A row names records as a request does: what its author does not see by now is not there for it either.
		sight, err := r.Store.SeenBy(ctx, of.CreatedBy)
		if err != nil {
			return fmt.Errorf("read what the author of an import sees: %w", err)
		}
		seeing := crm.WithSight(ctx, sight)
		for i := range rows {
			record, wrong := Read(of.Of, of.Mapping, rows[i].Cells, known, r.Clock())
			if err := r.Store.ApplyImportRow(seeing, of, rows[i].N, record, wrong); err != nil {
				return fmt.Errorf("import a row: %w", err)
			}
		}
	}
}

func (r *Runner) finish(ctx context.Context, of *crm.Import) error {
	if err := r.Store.FinishImport(ctx, of.ID); err != nil {
		return fmt.Errorf("end an import: %w", err)
	}
	return nil
}
