package crm

import (
	"time"

	"github.com/google/uuid"
)

// CaseSort is the order of a list of cases.
type CaseSort string

// The orders of a list of cases. Cases without a deadline, an amount or a plan come last, whichever way round the order is.
const (
	SortCreated  CaseSort = "created"  // the default
	SortActivity CaseSort = "activity" // when something last happened to them
	SortDue      CaseSort = "due"      // their own deadlines
	SortAmount   CaseSort = "amount"   // potential amounts, whatever their currencies
	SortPlanned  CaseSort = "planned"  // the next planned interaction; only of one responsible's cases
)

// Timed tells whether the order is by a time.
func (s CaseSort) Timed() bool { return s != SortAmount }

// Nullable tells whether a case may have nothing to be ordered by.
func (s CaseSort) Nullable() bool { return s == SortDue || s == SortAmount || s == SortPlanned }

// Descending tells whether the order usually begins with the greatest.
func (s CaseSort) Descending() bool { return s == SortCreated || s == SortActivity || s == SortAmount }

// CaseFilter says which cases are listed, and in what order. Zero fields do not narrow.
type CaseFilter struct {
	Kinds       []Kind
	Status      Status
	Mode        Mode
	MapID       string
	MapVersion  int
	Stage       string
	Responsible uuid.UUID
	Department  uuid.UUID // of the responsible
	Participant uuid.UUID // a user, a client or a contact that takes part
	Client      uuid.UUID
	Contact     uuid.UUID // that takes part in them or in their interactions
	Parent      uuid.UUID // made from this case
	Source      string
	Channel     string
	Currency    string
	Attributes  map[string]any // own attributes with exactly these values (R45)
	Numbers     []string       // exactly these
	Query       string         // a number or its beginning; words of topic or client's name
	Overdue     bool
	Unplanned   bool  // without an interaction that is planned and still to come (R2)
	Negotiating *bool // R21: negotiations under way, or not

	// From ≤ time < Through.
	CreatedFrom, CreatedThrough *time.Time
	ClosedFrom, ClosedThrough   *time.Time

	Sort    CaseSort // empty: SortCreated
	Reverse bool     // the other way round than usual
	After   *Cursor  // At, or Text for SortAmount; neither: among those that have nothing to be ordered by. ID
	Limit   int      // at least 1
}

// CaseItem is a case with what lists and boards show beside it.
type CaseItem struct {
	Case
	ClientName      string
	ClientTimeZone  string // IANA name (R8)
	ResponsibleName string
	Next            *NextInteraction // planned and soonest, overdue ones too; nil: none
	Negotiating     bool             // R21
	Potential       string           // amount that it may bring, decimal; empty: not known
	Currency        string           // of Potential
	Probability     string           // per cent, decimal; empty: not known
}

// NextInteraction is the planned interaction of a case that comes next.
type NextInteraction struct {
	ID    uuid.UUID
	Kind  InteractionKind
	At    time.Time
	Topic string
}

// Count is how many there are, counted up to a bound.
type Count struct {
	N    int
	More bool // there are more than N
}
