package crm

import (
	"context"
	"slices"

	"github.com/google/uuid"
)

// Sight is what somebody sees who does not see everything: of what the company keeps (R22), the records that have one of his viewers. A
// viewer is a user or a department by its id, a role by an id made of its key, or the zero id, which is everybody's.
type Sight struct {
	All     bool // he sees records whoever their viewers are
	Viewers []uuid.UUID
	Off     []Block // blocks that are switched off: nobody sees what is theirs
}

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
	return s == nil || s.All || slices.ContainsFunc(viewers, func(v uuid.UUID) bool { return slices.Contains(s.Viewers, v) })
}

// Lacks tells whether the block is switched off.
func (s *Sight) Lacks(b Block) bool { return s != nil && slices.Contains(s.Off, b) }

// KindsOff are the kinds of case of which nothing is seen.
func (s *Sight) KindsOff() []Kind {
	if s == nil {
		return nil
	}
	return KindsOff(s.Off)
}
