package routemaps

import (
	"time"

	"marshrut/crm"
	"marshrut/routemaps/calendar"
)

// StateFormat is the version of State's JSON form that this build writes. Older ones are read.
const StateFormat = 1

// State is where a case stands on its map: all that Step needs to remember. It holds ids and times, never a text or a
// value of a client. Its zero value is a case not yet started.
type State struct {
	Format int        `json:"format"`
	Mode   crm.Mode   `json:"mode"`
	Status crm.Status `json:"status"`
	// At is the position on the map's top level; nil before the start and after the end. In manual mode it is a bare stage.
	At *Position `json:"at,omitempty"`
	// Ended names the stage the case ended at, and Outcome the outcome it ended with (empty when cancelled or closed by hand).
	Ended   string `json:"ended,omitempty"`
	Outcome string `json:"outcome,omitempty"`
	// Visits counts entries of a stage by path, renewals included: path and visit name a task for ever.
	Visits map[string]int `json:"visits,omitempty"`
	// Given holds the performer (user id) last given in the form of an outcome, by the outcome's id.
	Given map[string]string `json:"given,omitempty"`
	// Consumed counts outside events already used by waits and early triggers.
	Consumed map[EventName]int `json:"consumed,omitempty"`

	Started time.Time  `json:"started,omitzero"`  // the case's own time limit counts from then
	Due     *time.Time `json:"due,omitempty"`     // the case's own time limit; nil: none, or the clock is paused
	DueSet  bool       `json:"due_set,omitempty"` // by hand: no calendar changes it
	Overdue bool       `json:"overdue,omitempty"`
	Paused  *Pause     `json:"paused,omitempty"`  // the case's clock: it stands still while that of any stage does
	Resumed *Pause     `json:"resumed,omitempty"` // the last pause, once over: Due counts from its Until
	IdleAt  *time.Time `json:"idle_at,omitempty"`
}

// Position is a token on a stage.
type Position struct {
	Stage   string     `json:"stage"`
	Visit   int        `json:"visit"`
	Entered time.Time  `json:"entered"`
	Due     *time.Time `json:"due,omitempty"`     // nil: no limit, or the clock is paused
	DueSet  bool       `json:"due_set,omitempty"` // by hand: no calendar changes it
	Overdue bool       `json:"overdue,omitempty"` // on_overdue has fired for this visit
	Paused  *Pause     `json:"paused,omitempty"`
	Resumed *Pause     `json:"resumed,omitempty"` // the last pause, once over: Due counts from its Until
	Wake    *time.Time `json:"wake,omitempty"`    // a wait stage goes on then
	Timeout *time.Time `json:"timeout,omitempty"` // a wait stage gives up then
	// Failed is the code of an incident that keeps the stage from going on; a retry event tries again.
	Failed  string `json:"failed,omitempty"`
	Pending bool   `json:"pending,omitempty"` // an action stage waits for its webhook's delivery
	// Done: the stage has done what it is for, and only its way on has failed; a retry must not do it again.
	Done bool `json:"done,omitempty"`
	// Result is how the nested map of a route stage ended; empty while it has not.
	Result   Finish     `json:"result,omitempty"`
	Branches []BranchAt `json:"branches,omitempty"` // of a parallel stage
	Nested   *Position  `json:"nested,omitempty"`   // of a route stage: the position in the nested map
	// Performer is whom the stage's open task is addressed to; nil: there is no open task.
	Performer *Performer `json:"performer,omitempty"`
}

// BranchAt is where one branch of a parallel stage stands; At is nil once it has reached its end.
type BranchAt struct {
	ID string    `json:"id"`
	At *Position `json:"at,omitempty"`
}

// Pause is a clock that stands still until a time, or until then did; after it Left remains.
type Pause struct {
	Until   time.Time     `json:"until"`
	Left    time.Duration `json:"left"`    // nanoseconds
	Working bool          `json:"working"` // Left counts working time
}

// EventKind is what happened to a case.
type EventKind string

// The kinds of event.
const (
	OnStart         EventKind = "start"
	OnOutcome       EventKind = "outcome"          // a task's outcome (own or map-level) was chosen
	OnTrigger       EventKind = "trigger"          // an outside event
	OnTimer         EventKind = "timer"            // it is At; everything due by then happens
	OnFactsChanged  EventKind = "facts_changed"    // what conditions read has changed
	OnDelivered     EventKind = "delivered"        // an action stage's webhook was delivered
	OnFailed        EventKind = "failed"           // an action stage's webhook has finally failed
	OnRetry         EventKind = "retry"            // try a failed stage again
	OnSwitchManual  EventKind = "switch_to_manual" // R34
	OnMove          EventKind = "move"             // manual mode only
	OnClose         EventKind = "close"            // manual mode only, or map-level outcome by hand: Outcome or Result says how
	OnCancel        EventKind = "cancel"
	OnRecomputeDues EventKind = "recompute_dues" // a calendar has changed
	OnSetDue        EventKind = "set_due"        // a deadline is moved by hand (R65)
	OnReopen        EventKind = "reopen"         // a closed case goes on (R60)
)

// Event is one thing that happened to a case. The time is in it: Step has no clock.
type Event struct {
	Kind EventKind `json:"kind"`
	At   time.Time `json:"at"`

	// Path and Visit name the task or stage the event is for (outcome, delivered, failed, retry). OnOutcome with an empty
	// path chooses a map-level outcome for the case as a whole.
	Path    string `json:"path,omitempty"`
	Visit   int    `json:"visit,omitempty"`
	Outcome string `json:"outcome,omitempty"`
	// Performer is the user id given in the outcome's form.
	Performer string `json:"performer,omitempty"`
	// Until is the value of the outcome's pause field.
	Until *time.Time `json:"until,omitempty"`

	Trigger EventName  `json:"trigger,omitempty"`
	Stage   string     `json:"stage,omitempty"`  // move: to which; start of a manual case: at which, empty for the first; reopen: at which, empty for the one it ended at
	Due     *time.Time `json:"due,omitempty"`    // set_due: nil takes the deadline away; with an empty path the case's own is meant
	Result  crm.Status `json:"result,omitempty"` // close: positive or negative
	Code    string     `json:"code,omitempty"`   // failed: the incident's code
}

// Facts are what a step reads besides state and event. They are recorded with the transition.
type Facts struct {
	// Values are the declared fields' values by field id: string, float64, bool, time.Time; a missing one counts as its
	// type's zero value.
	Values map[string]any `json:"values,omitempty"`
	// Received counts the outside events the case has had, this one included.
	Received map[EventName]int `json:"received,omitempty"`
	// LastActivity is when somebody last did something on the case.
	LastActivity time.Time `json:"last_activity,omitzero"`
	// Calendar is the one for stages without a performer and for the case; Performers' own come first (by Performer.String()).
	Calendar           *calendar.Calendar            `json:"-"`
	PerformerCalendars map[string]*calendar.Calendar `json:"-"`
}

// EffectKind is what a step wants done.
type EffectKind string

// The kinds of effect.
const (
	// EffectEnterStage is for the feed and reports. Cyclic: a stage that opens no task itself begins anew.
	EffectEnterStage    EffectKind = "enter_stage"    // Path, Visit, Due, Cyclic
	EffectLeaveStage    EffectKind = "leave_stage"    // Path, Visit, Outcome; once for each stage entered, not for renewals
	EffectOpenTask      EffectKind = "open_task"      // Path, Visit, Performer, Due, Cyclic
	EffectCompleteTask  EffectKind = "complete_task"  // Path, Visit, Outcome
	EffectWithdrawTask  EffectKind = "withdraw_task"  // Path, Visit, Reason
	EffectMoveDue       EffectKind = "move_due"       // Path, Visit, Due (nil: paused); Path empty: the case's own
	EffectOverdue       EffectKind = "overdue"        // Path, Visit; Path empty: the case's own limit
	EffectNotify        EffectKind = "notify"         // Rule, Channel, Template, To, Path, Visit
	EffectWebhook       EffectKind = "webhook"        // Rule, URL, Path, Visit; Await: the stage waits for it
	EffectSetField      EffectKind = "set_field"      // Rule, Field, Value, Path, Visit
	EffectCreateTask    EffectKind = "create_task"    // Rule, Task, Performer, Due, Path, Visit
	EffectCreateCase    EffectKind = "create_case"    // Create
	EffectOpenIncident  EffectKind = "open_incident"  // Path, Visit, Code, Detail; Rule, when a rule failed
	EffectCloseIncident EffectKind = "close_incident" // Path, Visit
	EffectManual        EffectKind = "manual"         // the case went to manual mode: its clocks have stopped
	EffectFinish        EffectKind = "finish"         // Status, Outcome, Path (the outermost stage it ended at); last, and all clocks have stopped
)

// Effect is one thing a step wants done in the transaction that stores its state. Effects are in the order they happened.
type Effect struct {
	Kind      EffectKind  `json:"kind"`
	Path      string      `json:"path,omitempty"`
	Visit     int         `json:"visit,omitempty"`
	Outcome   string      `json:"outcome,omitempty"`
	Performer *Performer  `json:"performer,omitempty"` // resolved: never PerformFrom
	Due       *time.Time  `json:"due,omitempty"`
	Cyclic    bool        `json:"cyclic,omitempty"`
	Reason    string      `json:"reason,omitempty"`
	Rule      string      `json:"rule,omitempty"`
	Channel   RuleKind    `json:"channel,omitempty"`
	Template  string      `json:"template,omitempty"`
	To        []Recipient `json:"to,omitempty"`
	URL       string      `json:"url,omitempty"`
	Await     bool        `json:"await,omitempty"`
	Field     string      `json:"field,omitempty"`
	Value     any         `json:"value,omitempty"`
	Task      *RuleTask   `json:"task,omitempty"`
	Create    *CreateCase `json:"create,omitempty"`
	Code      string      `json:"code,omitempty"`
	Detail    string      `json:"detail,omitempty"` // English, without values of fields
	Status    crm.Status  `json:"status,omitempty"`
}

// Reasons of withdrawn tasks.
const (
	WithdrawnBranch = "branch" // another branch of a parallel stage won
	WithdrawnStage  = "stage"  // the stage was left by a trigger, a map-level outcome or the end of the case
	WithdrawnClosed = "closed" // the case ended
	WithdrawnManual = "manual" // the case went to manual mode
	WithdrawnCancel = "cancelled"
)

// Codes of the incidents that Step opens. Rule and calendar incidents are for information and keep no stage from going on;
// the code of a failed webhook comes with the event.
const (
	IncidentRuleFailed      = "rule_failed"      // a rule's expression cannot be evaluated; the rule was left out
	IncidentNoDue           = "no_due"           // a time limit cannot be counted on its calendar; there is no deadline
	IncidentConditionFailed = "condition_failed" // the stage's expression cannot be evaluated
	IncidentNoOutcome       = "no_outcome"       // no outcome's condition holds, and there is no next stage
	IncidentTooManyMoves    = "too_many_moves"   // the map ran on by itself for too long
	IncidentNoTime          = "no_time"          // the time that a wait stage waits for is not given or cannot be counted
	IncidentUnknownTarget   = "unknown_target"   // the stage or map that the way leads to does not exist
	IncidentWebhookFailed   = "webhook_failed"   // the webhook's delivery failed, and nobody said how
)

// Ref names a task, or a visit of a stage, for ever.
type Ref struct {
	Path  string `json:"path"`
	Visit int    `json:"visit"`
}

// String is the performer as a key: "role:dispatcher", "user:0190…", "responsible".
func (p Performer) String() string {
	if p.Key == "" {
		return string(p.Kind)
	}
	return string(p.Kind) + ":" + p.Key
}

// CalendarOf is the calendar that a performer's time limits are counted in.
func (f *Facts) CalendarOf(p *Performer) *calendar.Calendar {
	if p != nil {
		if c, ok := f.PerformerCalendars[p.String()]; ok {
			return c
		}
	}
	return f.Calendar
}
