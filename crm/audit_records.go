package crm

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"
)

// AuditEntry is one change as the audit keeps it.
type AuditEntry struct {
	N         int64 // in the order they were sealed in
	Chain     string
	Seq       int64 // in its chain
	Hash      []byte
	At        time.Time
	ActorID   uuid.UUID // zero: the program itself
	Address   string
	RequestID string
	Program   string
	Table     string
	Action    string // insert, update, delete, or what happened besides
	CaseID    uuid.UUID
	ClientID  uuid.UUID
	RecordID  string // id or key in its table
	// Before and After are columns by name; of an update only those that have changed.
	Before, After map[string]json.RawMessage
	// Erased: what was personal can be read by nobody any more.
	Erased bool
}

// AuditFilter narrows the audit; zero values do not.
type AuditFilter struct {
	CaseID, ClientID, ActorID uuid.UUID
	Table, Action, RecordID   string
	From, Until               *time.Time // at or after; before
	Before                    int64      // N of the last entry of the page before: older ones follow; 0: the newest
	Limit                     int        // at least 1
}

// AuditEvent is something that happens without a record that changes: a sign-in that failed, an export.
type AuditEvent struct {
	Table    string // what it is about
	Action   string
	RecordID uuid.UUID         // zero: none
	ClientID uuid.UUID         // zero: none
	Facts    map[string]string // without anything personal
}

// Story is everything that is recorded of a case.
type Story struct {
	Case    Case
	Records map[string][]json.RawMessage // rows by table
	Entries []AuditEntry                 // oldest first
}

// PersonalData is everything that is held on a client.
type PersonalData struct {
	At      time.Time
	Client  uuid.UUID
	Records map[string][]json.RawMessage // rows by table
	Entries []AuditEntry                 // oldest first
	Files   []AttachedFile
}

// Erasure is a request to erase a client.
type Erasure struct {
	ClientID     uuid.UUID
	By           uuid.UUID
	Reason       string
	Confirmation string // the client's name, as it is on the card
	// LastAt is when a client was erased last that is in a database from before; zero: it is erased for the first time, or because of what
	// has come since. It needs no confirmation any more.
	LastAt time.Time
}

// ErasedClient is a card of which everything personal has been taken away, and when that was done last.
type ErasedClient struct {
	ID uuid.UUID `json:"client_id"`
	At time.Time `json:"erased_at"`
}

// Erased is what an erasure has done.
type Erased struct {
	At     time.Time
	Counts map[string]int64 // rows by table
}
