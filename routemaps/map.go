package routemaps

import (
	"marshrut/crm"
	"marshrut/routemaps/calendar"
)

// Map is a compiled route map: loaded, checked, its conditions compiled and its nested maps linked. It is immutable and
// safe for concurrent use. Load makes it from YAML; nothing else should.
type Map struct {
	ID          string
	Process     crm.Kind
	Control     Control
	Independent bool // R38: the case does not stand under an Interest
	Name        crm.Text
	Group       crm.Text // empty: in no group
	Comment     crm.Text

	// InitialState and AvailableTo are initial values: both belong to the map, not to a version of it (R38).
	InitialState     MapState
	AvailableTo      Availability
	AcceptanceWizard bool // R38, R41

	TimeLimit *calendar.Duration // for the whole case (R16); nil: none
	Calendar  string             // id of the business calendar; empty: the performer's or the default one
	Settings  Settings
	Fields    []Field    // what forms ask and conditions read, in the order of the file; the standard fields used are included
	Intake    []FormItem // asked when a case is made
	Outcomes  []Outcome  // map-level: possible from any stage; each finishes the case

	OnOverdue []Rule  // fired for every overdue stage, and for the case when its own limit passes (R43)
	OnIdle    *OnIdle // nil: none
	Stages    []Stage

	SHA256 string // hex, of the canonical content; the same content is no new version
	Source []byte // the YAML it was loaded from
	File   string // as named to Load, for messages

	nested map[string]*Map // linked maps by id, direct ones only
	places map[place]Pos   // where the values of the file's mappings stand, for messages; empty for a map not loaded
}

// Control says who moves the cases of a map.
type Control string

// The controls of a map.
const (
	ControlProcess Control = "process" // the map does (R32)
	ControlManual  Control = "manual"  // people do, to any stage (R31); no tasks, no rules but OnIdle
)

// MapState says whether new cases may choose a map (R38).
type MapState string

// The states of a map.
const (
	MapDraft    MapState = "draft"
	MapActive   MapState = "active"
	MapArchived MapState = "archived"
)

// Availability lists who may choose a map for a new case (R38); all empty: everyone. Entries are ids or keys.
type Availability struct {
	Offices     []string `json:"offices,omitempty"`
	Departments []string `json:"departments,omitempty"`
	Users       []string `json:"users,omitempty"`
}

// Settings are a map's rules of work.
type Settings struct {
	NextInteraction         Planning   // R2
	CloseOthersInteractions Permission // R17
	ClientOwnershipOnFinish Ownership  // R18
	ManualMode              Permission // R34: may a case of this map be switched to manual mode
}

// Planning says whether the next interaction must be planned before a user's step (R2).
type Planning string

// The kinds of planning.
const (
	PlanningRecommended Planning = "recommended"
	PlanningMandatory   Planning = "mandatory"
)

// Permission is allowed or forbidden.
type Permission string

// The permissions.
const (
	Allowed   Permission = "allowed"
	Forbidden Permission = "forbidden"
)

// Ownership says what becomes of client ownership on the final interaction (R18).
type Ownership string

// The ownerships.
const (
	OwnershipNone   Ownership = "none"
	OwnershipShared Ownership = "shared"
)

// FieldType is the type of a field's value.
type FieldType string

// The types of field. In JSON: text, choice, user, department, client, contact, competitor, interaction, file as strings
// (the last seven carry an id); number, money and percent as decimal strings or numbers; date "2006-01-02"; datetime RFC 3339;
// flag true or false; planned_interaction an object {kind, at, topic, content}; lines an array of {name, quantity, unit, price}.
const (
	FieldText               FieldType = "text"
	FieldLongText           FieldType = "long_text"
	FieldNumber             FieldType = "number"
	FieldMoney              FieldType = "money"   // not negative unless the field says so; in Field.Currency
	FieldPercent            FieldType = "percent" // 0 to 100
	FieldDate               FieldType = "date"
	FieldDateTime           FieldType = "datetime"
	FieldFlag               FieldType = "flag"
	FieldChoice             FieldType = "choice"
	FieldUser               FieldType = "user"
	FieldDepartment         FieldType = "department"
	FieldClient             FieldType = "client"
	FieldContact            FieldType = "contact"
	FieldCompetitor         FieldType = "competitor"
	FieldInteraction        FieldType = "interaction"         // selected by id, or registered: {kind, at, topic, content}
	FieldPlannedInteraction FieldType = "planned_interaction" // plans an interaction with the step
	FieldFile               FieldType = "file"                // id of a file attached to the case
	FieldLines              FieldType = "lines"               // demand: goods or services asked for
	FieldLossReason         FieldType = "loss_reason"         // key of the company's list of reasons why deals are lost (R30)
	FieldClaimReason        FieldType = "claim_reason"        // the same of claims (R36)
	FieldChannel            FieldType = "channel"             // key of the list of channels that clients come by (R30)
	FieldPurpose            FieldType = "purpose"             // key of the list of what appeals are about (R37)
	FieldCurrency           FieldType = "currency_code"       // ISO 4217
)

// ForInteraction tells whether a field of the type plans, registers or names an interaction.
func (t FieldType) ForInteraction() bool {
	return t == FieldInteraction || t == FieldPlannedInteraction
}

// NamesRecord tells whether a field of the type holds the id of a client, a contact, an interaction or a file: of something that is
// not everybody's to see.
func (t FieldType) NamesRecord() bool {
	switch t {
	case FieldClient, FieldContact, FieldCompetitor, FieldInteraction, FieldPlannedInteraction, FieldFile:
		return true
	default:
		return false
	}
}

// Field is a value of a case that forms ask for and conditions read.
type Field struct {
	ID      string
	Type    FieldType
	Name    crm.Text
	Options []Option // of a choice
	// Kind is what an interaction has to be (R32); empty: any kind.
	Kind crm.InteractionKind
	// Currency is what money is counted in, an ISO 4217 code; of lines, their prices.
	Currency string
	Negative bool // money: may be less than nothing, as a correction
	// Attribute is the own attribute (R45) that the field reads, "client.segment" or "case.priority"; empty: the field is the case's.
	// Such a field is read only.
	Attribute string
	Pos       Pos
}

// Option is one value of a choice.
type Option struct {
	ID   string   `json:"id"`
	Name crm.Text `json:"name"`
}

// FormItem is a field in a form. Without When it is always shown.
type FormItem struct {
	Field    string
	Required bool       // required where shown
	When     *Condition // reads the form's own values too
}

// StageKind is what a stage does.
type StageKind string

// The kinds of stage.
const (
	StageTask     StageKind = "task"     // work for a performer; left by his outcome or a trigger
	StageChoice   StageKind = "choice"   // left at once, by the first outcome whose condition holds
	StageParallel StageKind = "parallel" // branches, joined all or any
	StageRoute    StageKind = "route"    // a nested map, a frame in the state
	StageAction   StageKind = "action"   // does something by itself and goes on
	StageWait     StageKind = "wait"     // until a time, or for an event
)

// Stage is one step of a route map (этап).
type Stage struct {
	ID           string
	Kind         StageKind
	Name         crm.Text
	Instructions crm.Text           // what to do (R19)
	Performer    *Performer         // of a task
	TimeLimit    *calendar.Duration // R19, R43; nil: none. On a parallel or route stage it spans the whole of it.
	OnEntry      []Rule
	OnCompletion []Rule
	OnOverdue    []Rule
	OnEvent      []Trigger
	Outcomes     []Outcome // of a task; of a choice (each with When or Case, the last may have neither); of a parallel or route stage: how it goes on

	Switch   string   // choice: the field whose value the outcomes' Case name; empty: conditions
	Join     Join     // parallel
	Branches []Branch // parallel
	Route    string   // route: id of the nested map
	Action   *Rule    // action
	Wait     *Wait    // wait

	Pos Pos
}

// Join says when a parallel stage is left.
type Join string

// The joins.
const (
	JoinAll Join = "all" // when every branch has reached its end
	JoinAny Join = "any" // when the first one has; the others are withdrawn in the same step
)

// Branch is one branch of a parallel stage: a sequence of stages of its own. Outcomes inside lead to stages of the same
// branch, or to its end (To == ToJoin); they cannot finish the case.
type Branch struct {
	ID     string
	Name   crm.Text
	Stages []Stage
	Pos    Pos
}

// ToJoin is the target of an outcome that ends its branch.
const ToJoin = "join"

// Finish is how an outcome ends the case (in a nested map: the nested route).
type Finish string

// The finishes; empty: the outcome does not end the case.
const (
	FinishNone     Finish = ""
	FinishPositive Finish = "positive"
	FinishNegative Finish = "negative"
)

// Outcome is a named way to leave a stage (R20). Exactly one of To and Finish is set after loading: an outcome without
// either leads to the next stage in the file, at the end of a branch to its join.
type Outcome struct {
	ID      string
	Name    crm.Text
	Comment crm.Text
	Form    []FormItem
	To      string // stage of the same scope, or ToJoin
	Finish  Finish
	When    *Condition // choice, parallel, route: taken when it holds. Task: offered only while it holds.
	Case    []string   // choice with Switch: values; route: "positive" or "negative"
	Pause   string     // datetime field of Form: until then the clocks of stage and case stand still (cyclic outcomes only)
	Create  *CreateCase
	Pos     Pos
}

// Cyclic tells whether the outcome leads back to its own stage (R20): it renews task and deadline and fires no rules.
func (o *Outcome) Cyclic(stage string) bool { return o.Finish == FinishNone && o.To == stage }

// CreateCase makes another case of the same client when an outcome is chosen; the two are linked.
type CreateCase struct {
	Process crm.Kind
	Map     string
}

// PerformerKind says how a task's performer is named.
type PerformerKind string

// The kinds of performer.
const (
	PerformUser        PerformerKind = "user"        // Key: login
	PerformUserID      PerformerKind = "user_id"     // Key: id; what PerformFrom becomes once somebody was given
	PerformRole        PerformerKind = "role"        // Key: role; anyone of it may take the task
	PerformDepartment  PerformerKind = "department"  // Key: department's key
	PerformResponsible PerformerKind = "responsible" // the case's responsible
	PerformFrom        PerformerKind = "from"        // Key: outcome whose form gave the performer
	PerformHead        PerformerKind = "head_of_department"
)

// Performer names who is to do a task (исполнитель).
type Performer struct {
	Kind PerformerKind `json:"kind"`
	Key  string        `json:"key,omitempty"`
}

// RuleKind is what a rule does.
type RuleKind string

// The kinds of rule.
const (
	RuleEmail      RuleKind = "email"
	RuleSMS        RuleKind = "sms"
	RuleWebhook    RuleKind = "webhook"
	RuleSetField   RuleKind = "set"
	RuleCreateTask RuleKind = "create_task"
)

// Rule does something when a stage is entered, completed, overdue, or an event comes (R39).
type Rule struct {
	ID       string // unique within the map and stable within a version: "classification/on_entry/1"
	Kind     RuleKind
	Template string      // email, sms: key of the template
	To       []Recipient // email, sms
	URL      string      // webhook: https, or http to the local machine
	Field    string      // set
	Value    *Condition  // set: an expression of the field's type
	Task     *RuleTask   // create_task
	When     *Condition  // nil: always
	Pos      Pos
}

// RuleTask is the task a rule makes (R11).
type RuleTask struct {
	Name      crm.Text
	Performer Performer
	TimeLimit *calendar.Duration
}

// RecipientKind says whom a notification is for.
type RecipientKind string

// The kinds of recipient.
const (
	ToClient      RecipientKind = "client"
	ToContacts    RecipientKind = "contacts" // all contacts of the client who take part in the case
	ToPerformer   RecipientKind = "performer"
	ToResponsible RecipientKind = "responsible"
	ToHead        RecipientKind = "head_of_department"
	ToUser        RecipientKind = "user" // Key: login
	ToRole        RecipientKind = "role" // Key: role
)

// Recipient is whom a notification is for.
type Recipient struct {
	Kind RecipientKind `json:"kind"`
	Key  string        `json:"key,omitempty"`
}

// EventName is an outside event that a map can react to (R11).
type EventName string

// The outside events.
const (
	EventInboundEmail EventName = "inbound_email"
	EventCall         EventName = "call"
	EventPayment      EventName = "payment"
	EventDocument     EventName = "document"
	EventWebhook      EventName = "webhook"
)

// Trigger reacts to an outside event while its stage is current (R11): it does something, leaves the stage, or both.
type Trigger struct {
	ID      string
	Event   EventName
	When    *Condition
	Rules   []Rule
	Outcome string // outcome of the stage taken without its form; empty: the stage stays
	Early   bool   // an event not used by any stage before counts when the stage is entered
	Pos     Pos
}

// Wait is what a wait stage waits for; exactly one of For, Until and Event is set.
type Wait struct {
	For     *calendar.Duration
	Until   string // date or datetime field; a change of it moves the wait
	Event   EventName
	When    *Condition // with Event, or alone with none of the three: until it holds
	Timeout *Timeout
}

// Timeout leaves a wait stage when what it waits for did not come.
type Timeout struct {
	After calendar.Duration
	To    string
}

// OnIdle fires when nothing happened to a case for a while.
type OnIdle struct {
	After calendar.Duration
	Rules []Rule
}

// Pos is a place in a map's file; zero: none.
type Pos struct {
	Line, Column int
}

// Stage finds a stage of the map's own top level.
func (m *Map) Stage(id string) (*Stage, bool) { return findStage(m.Stages, id) }

// Nested is the linked map of a route stage.
func (m *Map) Nested(id string) (*Map, bool) {
	n, ok := m.nested[id]
	return n, ok
}

// Field finds a declared field.
func (m *Map) Field(id string) (*Field, bool) {
	for i := range m.Fields {
		if m.Fields[i].ID == id {
			return &m.Fields[i], true
		}
	}
	return nil, false
}

// Outcome finds a map-level outcome.
func (m *Map) Outcome(id string) (*Outcome, bool) { return findOutcome(m.Outcomes, id) }

// Outcome finds an outcome of the stage.
func (s *Stage) Outcome(id string) (*Outcome, bool) { return findOutcome(s.Outcomes, id) }

func findStage(stages []Stage, id string) (*Stage, bool) {
	for i := range stages {
		if stages[i].ID == id {
			return &stages[i], true
		}
	}
	return nil, false
}

func findOutcome(outcomes []Outcome, id string) (*Outcome, bool) {
	for i := range outcomes {
		if outcomes[i].ID == id {
			return &outcomes[i], true
		}
	}
	return nil, false
}
