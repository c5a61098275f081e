package crm

import (
	"time"

	"github.com/google/uuid"
)

// AgendaFilter says what of a user's agenda is listed, in the order of time.
type AgendaFilter struct {
	User          uuid.UUID
	From, Through *time.Time // From ≤ time < Through; nil: what has been left lying, too, or what is far ahead
	After         *Cursor    // At, ID: the Place of the last item
	Limit         int        // at least 1
}

// AgendaItem is what a user has before him at a time: a planned interaction, or an open appeal (R13, R41). Exactly one of the
// two is set.
type AgendaItem struct {
	At          time.Time // of the interaction; of an appeal, when the user's task on it is due, or else the appeal itself
	Place       uuid.UUID // among items of the same time
	Interaction *Interaction
	Appeal      *CaseItem
}
