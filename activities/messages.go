// Package activities holds what the case workflow has done outside itself: Advance, which takes one step in Postgres, and
// Deliver, which sends one notification. Their messages carry ids, keys and times only: nothing of a client is ever in a
// workflow's history.
package activities

import (
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

// The names activities are registered under.
const (
	AdvanceName = "Advance"
	DeliverName = "Deliver"
)

// EventKind says what an Advance is asked about.
type EventKind string

// The kinds of event the workflow brings.
const (
	EventSync      EventKind = "sync"      // nothing happened: tell me where the case stands
	EventCommand   EventKind = "command"   // somebody's command, or an outside event; Ref is the command's id
	EventTimer     EventKind = "timer"     // the wake time has come
	EventDelivered EventKind = "delivered" // a notification that a stage waits for is final; Ref is its id
)

// AdvanceRequest asks for one step of a case.
type AdvanceRequest struct {
	Case    uuid.UUID `json:"case"`
	EventID string    `json:"event_id"` // unique per case: a known one returns its stored result
	Kind    EventKind `json:"kind"`
	Ref     uuid.UUID `json:"ref,omitzero"`
	At      time.Time `json:"at,omitzero"` // timer: the workflow's time, so that a worker's slow clock does not miss it
	Seq     int       `json:"seq"`         // the last transition the workflow knows of
}

// AdvanceResult is where the case stands in Postgres after the request, whatever it came to.
type AdvanceResult struct {
	// Behind: Postgres is ahead of the workflow (a worker died between commit and completion, or the workflow was reset).
	// The event was not looked at; the workflow adopts this view and asks again.
	Behind bool `json:"behind,omitempty"`
	// Refused is the code of a final "no" to the event; empty: applied, or known already.
	Refused string `json:"refused,omitempty"`
	// Again: the event had been decided before, so Seq may be beyond the transition that was its own.
	Again bool `json:"again,omitempty"`

	Seq     int         `json:"seq"`
	Wake    *time.Time  `json:"wake,omitempty"`
	Pending []uuid.UUID `json:"pending,omitempty"` // notifications that are not final
	Closed  bool        `json:"closed,omitempty"`

	Map        string     `json:"map,omitempty"`
	MapVersion int        `json:"map_version,omitempty"`
	Status     crm.Status `json:"status,omitempty"`
	Mode       crm.Mode   `json:"mode,omitempty"`
	Stage      string     `json:"stage,omitempty"`     // outermost
	Performer  string     `json:"performer,omitempty"` // "user:ID", "role:dispatcher", "department:ID"; several joined by a comma
	Due        *time.Time `json:"due,omitempty"`
	// Details is the route as a Markdown table, for Temporal UI (R53).
	Details string `json:"details,omitempty"`
}

// DeliverRequest asks to deliver one notification.
type DeliverRequest struct {
	Notification uuid.UUID `json:"notification"`
}

// DeliverResult is a notification's final state.
type DeliverResult struct {
	Status string `json:"status"` // sent, failed, unknown, skipped
	Reason string `json:"reason,omitempty"`
	Await  bool   `json:"await,omitempty"` // a stage waits for it: bring EventDelivered
}
