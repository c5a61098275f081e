package postgres

import (
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"

	"marshrut/crm"
)

// where collects the conditions of a list, each value as a parameter.
type where struct {
	conditions []string
	args       []any
}

// arg adds a parameter and gives its placeholder.
func (w *where) arg(value any) string {
	w.args = append(w.args, value)
	return fmt.Sprintf("$%d", len(w.args))
}

// add adds a condition in which %s (or %[1]s) stands for the value's placeholder.
func (w *where) add(condition string, value any) {
	w.conditions = append(w.conditions, fmt.Sprintf(condition, w.arg(value)))
}

// plain adds a condition without a value.
func (w *where) plain(condition string) { w.conditions = append(w.conditions, condition) }

// equal narrows to a value, unless it is empty.
func (w *where) equal(column, value string) {
	if value != "" {
		w.add(column+" = %s", value)
	}
}

// equalID narrows to an id, unless it is zero.
func (w *where) equalID(column string, id uuid.UUID) {
	if id != uuid.Nil {
		w.add(column+" = %s", id)
	}
}

// sql is the where clause, or nothing.
func (w *where) sql() string {
	if len(w.conditions) == 0 {
		return ""
	}
	return " where " + strings.Join(w.conditions, " and ")
}

// cut makes a page of rows that were asked for with one more than its limit, which tells whether there is a next one.
func cut[T any](items []T, limit int, cursor func(*T) crm.Cursor) crm.Page[T] {
	if len(items) <= limit {
		return crm.Page[T]{Items: items}
	}
	items = items[:limit]
	next := cursor(&items[limit-1])
	return crm.Page[T]{Items: items, Next: &next}
}

// zeroInt reads a null as 0; pgx has this for fixed sizes only.
type zeroInt int

// ScanInt64 implements pgtype.Int64Scanner.
func (z *zeroInt) ScanInt64(value pgtype.Int8) error {
	*z = zeroInt(value.Int64)
	return nil
}
