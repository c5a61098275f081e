package crm

import (
	"time"

	"github.com/google/uuid"
)

// Page is a part of a list, in the list's order.
type Page[T any] struct {
	Items []T
	Next  *Cursor // where the next page begins; nil: this is the last one
}

// Cursor is the last row of a page: the next one begins after it. Which parts are set depends on the list's order; the ID
// always is, so that rows of the same time or name keep their order.
type Cursor struct {
	At   *time.Time `json:"at,omitempty"`
	Text string     `json:"text,omitempty"`
	ID   uuid.UUID  `json:"id"`
}

// CasePatch is what changes of a case outside its route (R65); nil: stays.
type CasePatch struct {
	Topic         *string
	Source        *string
	ClientID      *uuid.UUID     // another one; what was recorded with the former one stays with it
	ContactID     *uuid.UUID     // of the client; zero: nobody
	ResponsibleID *uuid.UUID     // re-addresses the open tasks addressed to the former one (R62)
	Fields        map[string]any // merged into the case's; a nil value removes one
	Attributes    map[string]any // own attributes, merged as well
}

// TaskFilter says which tasks are listed: due first, those without a deadline last.
type TaskFilter struct {
	// Performer narrows to the work of one user: addressed to him, taken by him, or lying untaken in a pool of one of his
	// roles or of his department. Nil: everybody's.
	Performer *User
	// Desk and Pool narrow everybody's work to what lies with one user, addressed to him or taken by him, or untaken in the pool of a
	// role. With neither: wherever it lies.
	Desk     uuid.UUID
	Pool     string     // the key of a role
	ClientID uuid.UUID  // of cases of his
	Status   TaskStatus // empty: all
	CaseID   uuid.UUID
	Kinds    []string  // only those; empty: all
	Author   uuid.UUID // personal tasks and assignments of his
	Overdue  bool      // only those
	After    *Cursor   // At (nil: no deadline), ID
	Limit    int       // at least 1
}

// TaskItem is a task with what lists show of its case.
type TaskItem struct {
	Task
	Case TaskCase
}

// TaskCase is what a task's reader needs of its case.
type TaskCase struct {
	Kind          Kind
	Number        string
	Topic         string
	ClientID      uuid.UUID
	ClientName    string
	ResponsibleID uuid.UUID
	MapID         string
	MapVersion    int
	Fields        map[string]any
	Without       []Block // what is not kept of its client (R22)
}

// ClientFilter says which clients are listed, by name. Zero fields do not narrow.
type ClientFilter struct {
	Kind       ClientKind
	Status     ClientStatus
	Region     string
	Source     string
	Owner      uuid.UUID
	Attributes map[string]any // own attributes with exactly these values
	MapID      string         // with an open case of the route map
	Stage      string         // which stands at this stage (R16)
	Whole      bool           // of a search: every card that its words lead to is looked at, however many there are
	After      *Cursor        // Text: the name in lower case; ID
	Limit      int
}

// ContactFilter says which contacts are listed, by name.
type ContactFilter struct {
	ClientID   uuid.UUID
	Source     string         // key of an acquisition source
	Attributes map[string]any // own attributes with exactly these values
	Whole      bool           // of a search: none of those found is left out
	After      *Cursor        // Text, ID
	Limit      int
}

// InteractionFilter says which interactions are listed, in the order of their times. Zero fields do not narrow.
type InteractionFilter struct {
	CaseID        uuid.UUID
	ClientID      uuid.UUID // with this client, or with it or one of its contacts taking part (R47)
	ContactID     uuid.UUID // with this contact, or with him taking part
	DealID        uuid.UUID
	ChainID       uuid.UUID // of the chain with this key
	Responsible   uuid.UUID
	Department    uuid.UUID // of the responsible
	Unassigned    bool      // without a responsible (R27)
	Author        uuid.UUID
	Kinds         []InteractionKind // only those; empty: all
	Status        InteractionStatus
	Register      bool // the register of planned events: planned, and not taken out of it (R17)
	Reviewed      *bool
	ReviewDue     *time.Time // not reviewed, and to be looked at by this time (R28)
	Lost          bool       // only those lost at acceptance (R41)
	LostReason    string     // with Lost: for this reason; empty: for any
	Negotiating   *bool      // of cases that are negotiations under way (R21), or of others and of none
	From, Through *time.Time // From ≤ time < Through
	Newest        bool       // newest first
	After         *Cursor    // At, ID
	Limit         int
}

// OutsideEvent is something another system tells about a case (R11).
type OutsideEvent struct {
	CaseID     uuid.UUID
	Name       string         // one of routemaps.EventName
	ExternalID string         // of the other system; the same one twice counts once. Empty: none.
	Data       map[string]any // what came with it
	By         uuid.UUID
	// IdempotencyKey and BodyHash make a repeated request return the command it made.
	IdempotencyKey string
	BodyHash       []byte
}
