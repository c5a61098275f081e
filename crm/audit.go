package crm

import (
	"context"

	"github.com/google/uuid"
)

// Origin says who makes a change, and by what way it comes: the audit keeps it with the change.
type Origin struct {
	User      uuid.UUID // zero: the program itself
	Scopes    *[]Right  // what his token leaves him of his rights; nil: all that he has
	Address   string    // of the computer the request came from
	RequestID string
	Program   string // the part of the program that makes the change; empty: not said
}

type originKey struct{}

// WithOrigin is ctx for work that comes from there. What is filled in later at the address counts as well.
func WithOrigin(ctx context.Context, o *Origin) context.Context {
	return context.WithValue(ctx, originKey{}, o)
}

// OriginOf is where the work of ctx comes from; zero when nobody has said.
func OriginOf(ctx context.Context) Origin {
	if o, ok := ctx.Value(originKey{}).(*Origin); ok {
		return *o
	}
	return Origin{}
}
