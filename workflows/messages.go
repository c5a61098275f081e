// Package workflows keeps cases moving. One interpreter, Case, runs every appeal, deal, interest and claim, whatever its
// route map: it orders what happens to a case, holds its next wake time and the deliveries of its notifications, and asks
// Advance for each step. Postgres decides; what a workflow knows is a copy of Advance's last answer, so a run that is lost,
// reset or continued as new loses nothing (see docs/architecture.md).
//
// Histories carry ids, keys and times only: nothing of a client is ever in an input, a summary, a search attribute or a failure.
package workflows

import (
	"strconv"
	"time"

	"github.com/google/uuid"

	"marshrut/activities"
	"marshrut/crm"
)

// TaskQueue is the queue every worker of Marshrut serves.
const TaskQueue = "marshrut"

// UpdateCommand is the name of the Update that brings a command to its case: its argument is the command's id as text, its
// answer a CommandReply.
const UpdateCommand = "command"

// DeliveryType is the workflow type that delivers one notification by itself.
const DeliveryType = "Delivery"

// InterpreterVersion counts the versions of Case's code that replay differently. While there is one, no run records it: a
// GetVersion call would cost each case two events for nothing.
//
// Whoever changes what Case does with the same events (the order of its commands, a new timer, another activity) puts
// workflow.GetVersion(ctx, "interpreter", workflow.DefaultVersion, 2) once at the top of Case, keeps the old path beside the
// new one, raises this constant and records histories of the new version beside those in testdata/history, which stay.
// That promise begins with the first release: until then no case runs that has to go on, and version 1 is recorded anew.
const InterpreterVersion = 1

// TaskTimeout is how long a worker may keep a workflow task of a case. It bounds two things: how long a case waits when its
// worker is killed, and how long a failing Advance is tried again inside the task before its retries become timers.
const TaskTimeout = 5 * time.Second

// Input is what a case's workflow is started with.
type Input struct {
	Case    uuid.UUID `json:"case"`
	Map     string    `json:"map"`
	Version int       `json:"version"`
	SHA256  string    `json:"sha256"` // of the map version's source
	// Position is where the case stood just before the start; nil: Advance is asked.
	Position *activities.AdvanceResult `json:"position,omitempty"`
}

// CommandReply is what became of a command.
type CommandReply struct {
	Seq     int    `json:"seq"`               // the case's last transition after the command
	Refused string `json:"refused,omitempty"` // the code of a final "no"; its text is in the command's row
	Again   bool   `json:"again,omitempty"`   // it had been decided before, so Seq may be beyond its own transition
}

// DeliveryInput is what a Delivery workflow is started with.
type DeliveryInput struct {
	Notification uuid.UUID `json:"notification"`
}

// CaseType is the workflow type of a kind of case: "Appeal" for an appeal. It is empty for an unknown kind.
func CaseType(kind crm.Kind) string {
	switch kind {
	case crm.Appeal:
		return "Appeal"
	case crm.Deal:
		return "Deal"
	case crm.Interest:
		return "Interest"
	case crm.Claim:
		return "Claim"
	}
	return ""
}

// CaseID is the workflow id of a case, readable for operators (R53): "appeal/A-000123".
func CaseID(kind crm.Kind, number string) string { return string(kind) + "/" + number }

// DeliveryID is the id of the workflow that delivers a notification after its given attempt; sending the same notification
// again twice at a time is thereby one workflow.
func DeliveryID(notification uuid.UUID, attempt int) string {
	return "delivery/" + notification.String() + "/" + strconv.Itoa(attempt)
}
