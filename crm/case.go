package crm

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Case is the umbrella of appeals, deals, interests and claims (карточка).
type Case struct {
	ID            uuid.UUID
	Kind          Kind
	Number        string // "A-000123"
	ClientID      uuid.UUID
	ContactID     uuid.UUID // with whom at the client the case is; zero: with nobody in particular
	ResponsibleID uuid.UUID
	Topic         string
	Source        string
	Fields        map[string]any // values of the map's fields, as JSON decodes them
	Attributes    map[string]any // own attributes (R45), by key

	MapID      string // empty: a deal without stages
	MapVersion int
	Mode       Mode
	Status     Status
	Outcome    string // the outcome that closed it
	Stage      string // the outermost
	StageSince *time.Time
	State      json.RawMessage // routemaps.State
	Seq        int             // number of its last transition
	WakeAt     *time.Time
	DueAt      *time.Time
	Overdue    bool

	Manual *ManualMode // nil: never switched
	Parent uuid.UUID   // the case it was made from

	InteractionID uuid.UUID // the interaction it was made from

	Version        int
	CreatedAt      time.Time
	CreatedBy      uuid.UUID
	ClosedAt       *time.Time
	LastActivityAt time.Time
}

// ManualMode says when, by whom and why a case left its process for good (R34).
type ManualMode struct {
	At     time.Time
	By     uuid.UUID
	Reason string
}

// WorkflowID is the readable id of the case's workflow: "appeal/A-000123".
func (c *Case) WorkflowID() string { return string(c.Kind) + "/" + c.Number }

// NewCase is what a case is made of.
type NewCase struct {
	ID            uuid.UUID
	Kind          Kind
	ClientID      uuid.UUID // or Client, made in the same transaction; neither: a case without a client (a deal may be)
	Client        *NewClient
	ContactID     uuid.UUID // with whom the case is, of the client, who is his where none is given; zero: nobody in particular
	ResponsibleID uuid.UUID // zero: whoever makes it
	MapID         string    // empty with NoStages only
	NoStages      bool      // a deal without stages (R31)
	Stage         string    // manual maps: where to begin; empty: the first stage
	Topic         string
	Source        string
	Fields        map[string]any
	Attributes    map[string]any    // own attributes (R45)
	Parent        uuid.UUID         // its client, topic and source, and fields that mean the same, are carried over where none are given
	InteractionID uuid.UUID         // the interaction it is made from: client and responsible are copied where none are given (R30)
	First         *FirstInteraction // by which the request came; recorded with the case
	Participants  []CaseParticipant
	ByRoute       bool // an outcome asks for it: that its map is available was the designer's choice (R38)
	By            uuid.UUID
	At            time.Time
	// IdempotencyKey and BodyHash make a repeated request return the case it made.
	IdempotencyKey string
	BodyHash       []byte
}

// FirstInteraction is the interaction by which a request came, completed, about the case that is made of it (R1, R41).
type FirstInteraction struct {
	ID        uuid.UUID // zero: a new one is put here
	Kind      InteractionKind
	Direction string // "in", "out" or empty
	At        time.Time
	Content   string
	ContactID uuid.UUID // of the client; he takes part in the case
}

// NewClient is a client made in passing, with a case.
type NewClient struct {
	Client
	Anyway bool // though there are clients that it may be
}

// CommandKind is what a command wants.
type CommandKind string

// The kinds of command. Each is decided by one Advance.
const (
	CommandComplete       CommandKind = "complete"         // a task, with an outcome
	CommandSwitchToManual CommandKind = "switch_to_manual" // R34
	CommandMove           CommandKind = "move"             // manual mode
	CommandClose          CommandKind = "close"            // manual mode, or a map-level outcome by hand
	CommandCancel         CommandKind = "cancel"
	CommandRetry          CommandKind = "retry" // a failed stage
	CommandEvent          CommandKind = "event" // an outside event (R11)
	CommandFactsChanged   CommandKind = "facts_changed"
	CommandReopen         CommandKind = "reopen"         // R60
	CommandSetDue         CommandKind = "set_due"        // a deadline by hand (R65)
	CommandRecomputeDues  CommandKind = "recompute_dues" // a business calendar has changed (R43)
)

// Command is what somebody wants a case's route to do. Only its id passes through Temporal.
type Command struct {
	ID             uuid.UUID
	CaseID         uuid.UUID
	UserID         uuid.UUID // zero: the program itself
	Scopes         *[]Right  // what its user's token left him of his rights; nil: all that he has
	IdempotencyKey string
	BodyHash       []byte
	Kind           CommandKind
	Payload        CommandPayload
	CreatedAt      time.Time
	Status         CommandStatus
	Refusal        *Error // of a refused one
	Seq            int    // of its transition, when applied
	Address        string // whoever gave it came from there; empty: unknown
	RequestID      string // by which it came; empty: none
}

// CommandStatus is what became of a command.
type CommandStatus string

// The statuses of a command.
const (
	CommandReceived CommandStatus = "received"
	CommandApplied  CommandStatus = "applied"
	CommandRefused  CommandStatus = "refused"
)

// CommandPayload is a command's content; which parts are set depends on its kind.
type CommandPayload struct {
	TaskID     uuid.UUID      `json:"task_id,omitzero"`     // complete; set_due, zero for the case's own deadline
	Outcome    string         `json:"outcome,omitempty"`    // complete, close
	Fields     map[string]any `json:"fields,omitempty"`     // complete, close: the form's values
	Stage      string         `json:"stage,omitempty"`      // move; reopen, empty for the one it ended at
	From       string         `json:"from,omitempty"`       // move: the stage that its reader saw it at; empty: from wherever it stands
	Result     Status         `json:"result,omitempty"`     // close: positive or negative
	Reason     string         `json:"reason,omitempty"`     // switch_to_manual, cancel, reopen, set_due
	IncidentID uuid.UUID      `json:"incident_id,omitzero"` // retry
	DueAt      *time.Time     `json:"due_at,omitempty"`     // set_due; nil: no deadline
	Version    int            `json:"version,omitempty"`    // set_due: of the task or the case, as its reader saw it
	Event      string         `json:"event,omitempty"`      // event: its name
	EventID    uuid.UUID      `json:"event_id,omitzero"`    // event: case_events.id
}

// TaskStatus is where a task stands.
type TaskStatus string

// The statuses of a task.
const (
	TaskOpen      TaskStatus = "open"
	TaskCompleted TaskStatus = "completed"
	TaskWithdrawn TaskStatus = "withdrawn"
)

// Task is work put in front of a performer (задача).
type Task struct {
	ID              uuid.UUID
	CaseID          uuid.UUID // zero: a person's own task of no case
	Path            string    // of the stage
	Visit           int
	Kind            string // "stage"; "rule" for one made by a rule; "plan" (R2); TaskPersonal, TaskAssignment
	Name            *Text  // of a rule's task
	Status          TaskStatus
	UserID          uuid.UUID // addressed to one person,
	Role            string    // or to whoever has the role,
	DepartmentID    uuid.UUID // or to a department
	TakenBy         uuid.UUID
	InPlaceOf       uuid.UUID // whom it was addressed to, where he was absent and it went to another
	AsResponsible   bool      // addressed to whoever is responsible for the case: it goes with the case to the next one (R62)
	Cyclic          bool      // opened by a cyclic outcome (R20)
	DueAt           *time.Time
	Overdue         bool
	OpenedSeq       int
	OpenedAt        time.Time
	ClosedAt        *time.Time
	ClosedBy        uuid.UUID
	Outcome         string
	WithdrawnReason string
	Version         int

	// Of personal tasks and assignments only.
	Title        string
	Description  string
	AuthorID     uuid.UUID
	AssigneeID   uuid.UUID // who is to do an assignment, while it lies on its author's desk too
	Phase        TaskPhase // of an assignment
	Controlled   bool      // the author looks at the result
	RemindAt     *time.Time
	RemindedAt   *time.Time // the reminder of RemindAt has been given
	Report       string     // what the assignee says has been done
	ReturnReason string     // why it was given back or opened again, the last time
}

// NotificationStatus is what became of a notification.
type NotificationStatus string

// The statuses of a notification: pending → sending → sent, failed, unknown or skipped.
const (
	NotificationPending NotificationStatus = "pending"
	NotificationSending NotificationStatus = "sending"
	NotificationSent    NotificationStatus = "sent"
	NotificationFailed  NotificationStatus = "failed"
	NotificationUnknown NotificationStatus = "unknown" // may have been accepted: a person decides whether to send again
	NotificationSkipped NotificationStatus = "skipped" // could not go; Reason says why (R40)
)

// Final tells whether nothing more will happen to the notification by itself.
func (s NotificationStatus) Final() bool {
	return s != NotificationPending && s != NotificationSending
}

// Notification is a row of the ledger (R39, R40, R51).
type Notification struct {
	ID         uuid.UUID
	CaseID     uuid.UUID
	Seq        int
	Rule       string
	Path       string
	Visit      int
	Channel    string // email, sms, webhook
	Template   string
	URL        string
	Recipient  string // "client", "contact:ID", "user:ID", "none:WHY", "webhook"
	Await      bool
	Status     NotificationStatus
	Reason     string
	Detail     string
	Attempt    int
	Sender     *Sender // what its letter goes from, fixed with the first attempt; nil: there was none yet, or it is another channel's
	GivenUp    int     // the attempt after which a person had it sent again; 0: none
	ClaimedAt  *time.Time
	NextTryAt  *time.Time // of one that was tried and waits for another attempt
	CreatedAt  time.Time
	FinishedAt *time.Time
}

// Tries is how many attempts there were since it was written or, if it has been, last sent again by a person.
func (n *Notification) Tries() int { return n.Attempt - n.GivenUp }

// Incident is something that failed and waits for a person (сбой).
type Incident struct {
	ID         uuid.UUID
	CaseID     uuid.UUID
	Path       string
	Visit      int
	Code       string
	Detail     string
	Blocking   bool // the route waits for a retry
	OpenedAt   time.Time
	ResolvedAt *time.Time
}

// FeedEntry is one line of a case's history (лента).
type FeedEntry struct {
	ID      uuid.UUID
	CaseID  uuid.UUID
	At      time.Time
	Kind    string
	ActorID uuid.UUID // zero: the route itself
	Data    map[string]any
	// Cause is what kind of event the transition that wrote it was about ("move", "outcome"); empty: no transition.
	Cause string
	// Performer is whom the task that it tells of is addressed to, or was when its stage was entered or overdue; nil: of none.
	Performer *FeedPerformer
	// Interaction is the interaction itself, of an entry that is one; nil: the entry tells of something else.
	Interaction *Interaction
}

// FeedPerformer is a person, a role or a department.
type FeedPerformer struct {
	UserID       uuid.UUID `json:"user_id,omitzero"`
	Role         string    `json:"role,omitempty"`
	DepartmentID uuid.UUID `json:"department_id,omitzero"`
}

// The beginnings of idempotency keys that the program makes by itself. Callers may not use them.
const (
	automaticKey = "auto:"    // made from a request's content, where the caller sent none
	OnceKey      = "once:"    // of a command that came without one and is not repeated
	EventKey     = "event:"   // of an outside event, with its id in the other system
	FactsKey     = "facts:"   // of the program's own facts-changed commands
	RecordKey    = "record:"  // of a record that a route reacts to (R11), with the record's id
	RecomputeKey = "dues:"    // of the program's own recompute-dues commands, with the round's id and the case's
	RefusedKey   = "refused:" // of a refused command whose automatic key is free again
)

// AutomaticKey makes the idempotency key of a request that came without one, from a hash of its content.
func AutomaticKey(hash string) string { return automaticKey + hash }

// OfRecord tells whether the command was left by a change of records or of a calendar, and no request waits for it.
func (c *Command) OfRecord() bool {
	return c.Kind == CommandFactsChanged || c.Kind == CommandRecomputeDues || strings.HasPrefix(c.IdempotencyKey, RecordKey)
}

// IsOwnKey tells whether the key is of a form that the program makes by itself.
func IsOwnKey(key string) bool {
	return slices.ContainsFunc([]string{automaticKey, OnceKey, EventKey, FactsKey, RecordKey, RecomputeKey, RefusedKey}, func(own string) bool {
		return strings.HasPrefix(key, own)
	})
}

// IsAutomaticKey tells whether AutomaticKey made the key.
func IsAutomaticKey(key string) bool { return strings.HasPrefix(key, automaticKey) }
