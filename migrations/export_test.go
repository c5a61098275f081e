package migrations

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// Down undoes every migration, the last one first, and returns how many: nothing is left of the data.
func Down(ctx context.Context, pool *pgxpool.Pool) (int, error) {
	db := stdlib.OpenDBFromPool(pool)
	defer func() { _ = db.Close() }()
	provider, err := newProvider(db)
	if err != nil {
		return 0, err
	}
	undone, err := provider.DownTo(ctx, 0)
	if err != nil {
		return len(undone), fmt.Errorf("undo the migrations: %w", err)
	}
	return len(undone), nil
}
