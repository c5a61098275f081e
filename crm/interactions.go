package crm

import (
	"time"

	"github.com/google/uuid"
)

// Interaction is a call, a meeting or a message with a client, planned or done (взаимодействие).
type Interaction struct {
	ID            uuid.UUID
	CaseID        uuid.UUID // zero: of no case. R24: the subject, where no other interaction is
	ClientID      uuid.UUID
	ContactID     uuid.UUID
	Kind          InteractionKind
	Direction     string // "in", "out" or empty
	Status        InteractionStatus
	At            time.Time
	EndsAt        *time.Time
	Topic         string
	Content       string
	Result        string // what came of it
	Participants  []Participant
	SubjectID     uuid.UUID // R24: the interaction that this one is about; zero: the case is, or nothing
	ChainID       uuid.UUID // the first interaction of the chain; zero: this one, or no chain
	DealID        uuid.UUID // R25
	Lost          bool      // R1, R41: seen to be lost when it was accepted, so that no Interest is made
	LostReason    string    // key of the list of LossReasons; of one that is not lost, empty
	Alone         bool      // told when it is made, and not kept: it is not recorded in the client's interest (R22)
	ResponsibleID uuid.UUID // R27: may be nobody yet
	// R28: when it is to be looked at, when to remind of it, and who has looked.
	ReviewAfter *time.Time
	RemindAt    *time.Time
	RemindedAt  *time.Time // the reminder of RemindAt has been given
	ReviewedAt  *time.Time
	ReviewedBy  uuid.UUID
	// OffRegisterAt is when the end of its case took it out of the register of planned events (R17).
	OffRegisterAt *time.Time
	Negotiating   bool // its case is one of negotiations under way (R21)
	CreatedAt     time.Time
	CreatedBy     uuid.UUID // the author
	Version       int
}

// ChainKey is the id that the interactions of one chain share.
func (i *Interaction) ChainKey() uuid.UUID {
	if i.ChainID != uuid.Nil {
		return i.ChainID
	}
	return i.ID
}

// Home is the case that the interaction lives in: its feed tells of it, its route learns of it, and its end takes it out of the
// register. Without a case that is its deal (R25); zero: it is of none.
func (i *Interaction) Home() uuid.UUID {
	if i.CaseID != uuid.Nil {
		return i.CaseID
	}
	return i.DealID
}

// Participant is who takes part in an interaction (R23, R46): exactly one of the ids, or the name of somebody who is in no
// directory.
type Participant struct {
	UserID    uuid.UUID
	ContactID uuid.UUID
	ClientID  uuid.UUID
	Name      string
	// DetailKind and Detail are the address or number he was reached by; both empty: not recorded.
	DetailKind DetailKind
	Detail     string
}

// Named tells whether the participant is exactly one of a user, a contact, a client and a free name.
func (p *Participant) Named() bool {
	named := 0
	for _, set := range []bool{p.UserID != uuid.Nil, p.ContactID != uuid.Nil, p.ClientID != uuid.Nil, p.Name != ""} {
		if set {
			named++
		}
	}
	return named == 1
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

// tooLate is the code of a time that has not been yet.
const tooLate = "in_the_future"

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
		return tooLate
	}
	return ""
}

// PlannedAfter is the time after which a planned interaction is still to come, and counts for rule R2.
func PlannedAfter(now time.Time) time.Time { return now.Add(-interactionTolerance) }

// InteractionPatch is what changes of an interaction; nil: stays. A zero id, or a time that points to nil, empties the field.
type InteractionPatch struct {
	CaseID        *uuid.UUID
	ClientID      *uuid.UUID
	ContactID     *uuid.UUID
	Kind          *InteractionKind
	Direction     *string
	Status        *InteractionStatus
	At            *time.Time
	EndsAt        **time.Time
	Topic         *string
	Content       *string
	Result        *string
	Participants  *[]Participant
	SubjectID     *uuid.UUID
	DealID        *uuid.UUID
	ResponsibleID *uuid.UUID
	ReviewAfter   **time.Time
	RemindAt      **time.Time
	Reviewed      *bool
}

// The words for what a change of an interaction was, as the feed tells it.
const (
	ChangePlanned     = "planned"
	ChangeCompleted   = "completed"
	ChangeCancelled   = "cancelled"
	ChangeRestored    = "restored" // R4
	ChangeRescheduled = "rescheduled"
	ChangeReviewed    = "reviewed"
	ChangeEdited      = "edited"
	ChangeMoved       = "moved" // to another case, or to none, as the one it was in tells it
)

// Apply makes the interaction what the patch says, and tells what sort of change that is. It checks nothing. What hangs on
// the time moves with it: the end, and a reminder for which no time of its own is given (R28). A reminder is gone once the
// interaction is completed or reviewed, unless this patch sets it. That of a cancelled one rests: restored (R4), the interaction
// has it again, if its time is still to come. One that is completed before the time planned for it has been now.
func (i *Interaction) Apply(p *InteractionPatch, by uuid.UUID, now time.Time) string {
	before := *i
	take(&i.CaseID, p.CaseID)
	take(&i.ClientID, p.ClientID)
	take(&i.ContactID, p.ContactID)
	take(&i.Kind, p.Kind)
	take(&i.Direction, p.Direction)
	take(&i.Status, p.Status)
	take(&i.Topic, p.Topic)
	take(&i.Content, p.Content)
	take(&i.Result, p.Result)
	take(&i.Participants, p.Participants)
	take(&i.SubjectID, p.SubjectID)
	take(&i.DealID, p.DealID)
	take(&i.ResponsibleID, p.ResponsibleID)
	i.applyTimes(p, now)
	if p.Reviewed != nil && *p.Reviewed != (i.ReviewedAt != nil) {
		i.ReviewedAt, i.ReviewedBy = nil, uuid.Nil
		if *p.Reviewed {
			i.ReviewedAt, i.ReviewedBy = &now, by
		}
	}
	change := before.changeTo(i)
	switch change {
	case ChangeRestored:
		i.OffRegisterAt = nil
		if i.RemindAt != nil && i.RemindedAt == nil && !i.RemindAt.After(now) {
			i.remind(nil)
		}
	case ChangeCancelled:
		i.OffRegisterAt = nil
	case ChangeCompleted:
		i.OffRegisterAt = nil
		i.remind(sent(p.RemindAt))
	case ChangeReviewed:
		i.remind(sent(p.RemindAt))
	}
	return change
}

func (i *Interaction) applyTimes(p *InteractionPatch, now time.Time) {
	switch {
	case p.At != nil:
		i.moveBy(p.At.Sub(i.At), now)
	case p.Status != nil && i.Status.TimeProblem(i.At, now) == tooLate:
		i.moveBy(now.Sub(i.At), now)
	}
	take(&i.EndsAt, p.EndsAt)
	take(&i.ReviewAfter, p.ReviewAfter)
	if p.RemindAt != nil {
		i.remind(*p.RemindAt)
	}
}

// moveBy puts the interaction off, with its end and its reminder. A reminder that has been given is given again only where the
// new time of it is still to come.
func (i *Interaction) moveBy(d time.Duration, now time.Time) {
	i.At = i.At.Add(d)
	if i.EndsAt != nil {
		end := i.EndsAt.Add(d)
		i.EndsAt = &end
	}
	if i.RemindAt == nil {
		return
	}
	if remind := i.RemindAt.Add(d); i.RemindedAt == nil || remind.After(now) {
		i.remind(&remind)
	}
}

// remind sets when to remind of the interaction; the same time again is no other reminder.
func (i *Interaction) remind(at *time.Time) {
	if at != nil && i.RemindAt != nil && at.Equal(*i.RemindAt) {
		return
	}
	i.RemindAt, i.RemindedAt = at, nil
}

// sent is the time that a patch gives a field; nil: none.
func sent(at **time.Time) *time.Time {
	if at == nil {
		return nil
	}
	return *at
}

// Remindable tells whether somebody is still to be reminded of the interaction: not of one that is cancelled or has been looked at.
func (i *Interaction) Remindable() bool {
	return i.Status != InteractionCancelled && i.ReviewedAt == nil
}

// changeTo names the change.
func (i *Interaction) changeTo(after *Interaction) string {
	switch {
	case i.Status != after.Status && after.Status == InteractionCompleted:
		return ChangeCompleted
	case i.Status != after.Status && after.Status == InteractionCancelled:
		return ChangeCancelled
	case i.Status != after.Status:
		return ChangeRestored
	case !i.At.Equal(after.At):
		return ChangeRescheduled
	case i.ReviewedAt == nil && after.ReviewedAt != nil:
		return ChangeReviewed
	}
	return ChangeEdited
}

func take[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}
