package crm

import (
	"context"
	"slices"

	"github.com/google/uuid"
)

// Sight is what somebody who does not see everything sees: the records that have one of his viewers. A viewer is a user or a
// department by its id, a role by an id made of its key, or the zero id, which is everybody's.
type Sight struct{ Viewers []uuid.UUID }

type sightKey struct{}

// WithSight is ctx for work on behalf of somebody who sees no more than that. Reading gives nothing else then: other records are as
// good as not there.
func WithSight(ctx context.Context, s *Sight) context.Context {
	return context.WithValue(ctx, sightKey{}, s)
}

// SightOf is what the work of ctx may see; nil: everything, as the program itself does.
func SightOf(ctx context.Context) *Sight {
	s, _ := ctx.Value(sightKey{}).(*Sight)
	return s
}

// Sees tells whether a record of these viewers is seen; nil sees every record.
func (s *Sight) Sees(viewers ...uuid.UUID) bool {
	return s == nil || slices.ContainsFunc(viewers, func(v uuid.UUID) bool { return slices.Contains(s.Viewers, v) })
}
