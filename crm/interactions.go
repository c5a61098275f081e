package crm

import (
	"time"

	"github.com/google/uuid"
)

// Interaction is a call, a meeting or a message with a client, planned or done (взаимодействие).
type Interaction struct {
	ID            uuid.UUID
	CaseID        uuid.UUID // zero: of no case
	ClientID      uuid.UUID
	ContactID     uuid.UUID
	Kind          InteractionKind
	Direction     string // "in", "out" or empty
	Status        InteractionStatus
	At            time.Time
	Topic         string
	Content       string
	ResponsibleID uuid.UUID
	CreatedAt     time.Time
	CreatedBy     uuid.UUID
	Version       int
}

// InteractionKind is the sort of an interaction (R46).
type InteractionKind string

// The kinds of interaction.
const (
	InteractionCall     InteractionKind = "call"
	InteractionMeeting  InteractionKind = "meeting"
	InteractionEmail    InteractionKind = "email"
	InteractionSMS      InteractionKind = "sms"
	InteractionCalendar InteractionKind = "calendar"
	InteractionOther    InteractionKind = "other"
)

// InteractionStatus is where an interaction stands. A cancelled one can be planned again (R4).
type InteractionStatus string

// The statuses of an interaction.
const (
	InteractionPlanned   InteractionStatus = "planned"
	InteractionCompleted InteractionStatus = "completed"
	InteractionCancelled InteractionStatus = "cancelled"
)

// interactionTolerance is how far the clocks of those who record interactions may be from ours.
const interactionTolerance = time.Minute

// InteractionKinds lists the kinds of interaction.
func InteractionKinds() []InteractionKind {
	return []InteractionKind{
		InteractionCall, InteractionMeeting, InteractionEmail, InteractionSMS, InteractionCalendar, InteractionOther,
	}
}

// TimeProblem is the code of what is wrong with an interaction of this status being at that time: a planned one is still to
// come, a completed one has been. Empty: nothing is.
func (s InteractionStatus) TimeProblem(at, now time.Time) string {
	switch {
	case s == InteractionPlanned && !at.After(PlannedAfter(now)):
		return "in_the_past"
	case s == InteractionCompleted && at.After(now.Add(interactionTolerance)):
		return "in_the_future"
	}
	return ""
}

// PlannedAfter is the time after which a planned interaction is still to come, and counts for rule R2.
func PlannedAfter(now time.Time) time.Time { return now.Add(-interactionTolerance) }

// InteractionPatch is what changes of an interaction; nil: stays.
type InteractionPatch struct {
	ContactID     *uuid.UUID
	Kind          *InteractionKind
	Direction     *string
	Status        *InteractionStatus
	At            *time.Time
	Topic         *string
	Content       *string
	ResponsibleID *uuid.UUID
}
