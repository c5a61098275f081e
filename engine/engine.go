// Package engine decides what one event means for a case's records: from a snapshot read under the case's lock it makes
// the change to be written in the same transaction. It is pure, like routemaps.Step, which it calls; it adds what the
// route itself does not know: who may act, the values of forms, people, planning, the feed and the ledger.
package engine

import (
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/routemaps"
	"marshrut/routemaps/calendar"
)

// Snapshot is what was read of a case under its lock.
type Snapshot struct {
	Case      *crm.Case
	Map       *routemaps.Map // nil: a deal without stages
	Tasks     []crm.Task     // the open ones, and the one a command is about
	Incidents []crm.Incident
	Received  map[routemaps.EventName]int
	Planned   int         // planned interactions of the case that are still to come
	Contacts  []uuid.UUID // of its client
	// ClientAttributes are the client's own attributes (R45), as crm.Client has them; those of the case are in Case.
	ClientAttributes map[string]any
	Without          []crm.Block // of the client: what is not kept of it (R22)
	Directory        *Directory
	Calendars        *Calendars
}

// Change is what an accepted event writes; Refusal alone is a final "no".
type Change struct {
	Refusal *crm.Error

	State        routemaps.State
	Event        routemaps.Event
	Facts        routemaps.Facts
	Effects      []routemaps.Effect
	Stages       []StageMove
	Outcomes     []StageOutcome
	Fields       map[string]any // of the case, all of them
	Manual       *crm.ManualMode
	Responsible  uuid.UUID       // who has the case from now on; zero: as before
	Feed         []crm.FeedEntry // without ids
	Open         []crm.Task      // without ids
	Complete     []TaskEnd
	Withdraw     []TaskEnd
	MoveDue      []TaskDue
	Overdue      []TaskRef
	Notify       []crm.Notification // without ids
	OpenIncident []crm.Incident     // without ids
	EndIncident  []TaskRef
	Dismiss      []uuid.UUID   // incidents for information only
	Interactions []Interaction // planned or registered in the form
	Selected     []uuid.UUID   // interactions that the form names: they are the case's from now on
	Create       []crm.NewCase
	Register     Register // what leaves the register of planned events (R17)
	Activity     bool     // somebody did something: it was not the clock
}

// MaxContacts is how many contacts of a client one rule can tell; a snapshot with more has one more, so that what is left
// out is not left out in silence.
const MaxContacts = 1000

// PlannedOutcome is what a task to plan the next step is completed with when an interaction is planned.
const PlannedOutcome = "planned"

// plainOutcomes are the names of what tasks that are not of the route are completed with.
var plainOutcomes = map[string]crm.Text{
	crm.OutcomeDone: {EN: "done", RU: "выполнено"},
	PlannedOutcome:  {EN: "planned", RU: "запланировано"},
}

// Keeps tells whether the block is kept of the case's client (R22): by the company, and of him.
func (s *Snapshot) Keeps(block crm.Block) bool {
	return !slices.Contains(s.Directory.Off, block) && !slices.Contains(s.Without, block)
}

// wantsPlan tells whether the map wants the next interaction planned (R2). The rule rests where no interactions are kept (R22).
func (s *Snapshot) wantsPlan() bool {
	return s.Map != nil && s.Map.Settings.NextInteraction == routemaps.PlanningMandatory && s.Keeps(crm.BlockInteractions)
}

// RequirePlan is R2: where the map wants the next interaction planned, a user's saving or advancing of a case that its
// process leads is refused while none is. Of the snapshot it reads the map, what is planned, and what is kept.
func RequirePlan(s *Snapshot) *crm.Error {
	if !s.wantsPlan() || s.Planned > 0 {
		return nil
	}
	return crm.Errorf(crm.KindConflict, "interaction_not_planned", "plan the next interaction with the client first")
}

// TaskRef names a stage's task.
type TaskRef struct {
	Path  string
	Visit int
}

// TaskEnd is the end of a task.
type TaskEnd struct {
	TaskRef
	ID      uuid.UUID // of a task that is not a stage's; zero: the stage's task of the TaskRef
	By      uuid.UUID // zero: the route
	Outcome string    // of a completed one
	Reason  string    // of a withdrawn one
}

// TaskDue is a moved deadline; Due nil: none.
type TaskDue struct {
	TaskRef
	ID  uuid.UUID // of a task that is not a stage's; zero: the stage's task of the TaskRef
	Due *time.Time
}

// Interaction is one planned or registered with a form.
type Interaction struct {
	Field   string // of the form; its value becomes the new id
	Kind    crm.InteractionKind
	Status  crm.InteractionStatus // planned or completed
	At      time.Time
	Topic   string
	Content string
}

// Directory is who works here, as of one version of the tables. Only what a step needs of people and departments is filled
// in: no names, no addresses.
type Directory struct {
	Version     int64
	Users       map[uuid.UUID]*crm.User
	Logins      map[string]*crm.User
	Departments map[uuid.UUID]*crm.Department
	Keys        map[string]*crm.Department // those in use
	Offices     map[uuid.UUID]*crm.Office
	Absences    map[uuid.UUID][]crm.Absence // that have not ended, by user
	Off         []crm.Block                 // that the company does without (R22)
}

// Narrowed is the directory in which the user may act for others only where these scopes let him; nil: as his roles do. That he works
// here, and can be given something, is no matter of a token.
func (d *Directory) Narrowed(user uuid.UUID, scopes *[]crm.Right) *Directory {
	known, ok := d.Users[user]
	if scopes == nil || !ok {
		return d
	}
	narrowed, now := *d, *known
	now.Granted.Rights = slices.DeleteFunc(slices.Clone(known.Granted.Rights), func(r crm.Right) bool {
		return r != crm.RightWork && !slices.Contains(*scopes, r)
	})
	narrowed.Users = maps.Clone(d.Users)
	narrowed.Users[user] = &now
	return &narrowed
}

// HeadOf is the nearest head above the user: of his department, else of one above it. A head who is not active, or is the user
// himself, is passed over.
func (d *Directory) HeadOf(id uuid.UUID) (uuid.UUID, bool) {
	for _, department := range d.above(id) {
		if head, ok := d.Users[department.HeadID]; ok && head.Active && head.ID != id {
			return head.ID, true
		}
	}
	return uuid.Nil, false
}

// Heads tells whether somebody else heads the user's department or one above it.
func (d *Directory) Heads(head, id uuid.UUID) bool {
	user, ok := d.Users[head]
	return ok && user.Active && head != id &&
		slices.ContainsFunc(d.above(id), func(department *crm.Department) bool { return department.HeadID == head })
}

// above are the user's department and those above it, the nearest first.
func (d *Directory) above(id uuid.UUID) []*crm.Department {
	user, ok := d.Users[id]
	if !ok {
		return nil
	}
	return crm.Above(d.Departments, user.DepartmentID)
}

// OfficeOf is the office where the user works, through his department (R38); nil: none.
func (d *Directory) OfficeOf(id uuid.UUID) *crm.Office {
	user, ok := d.Users[id]
	if !ok {
		return nil
	}
	return d.Offices[crm.OfficeOf(d.Departments, user.DepartmentID)]
}

// CalendarOf is the id of the calendar that the people of a department work by; empty: the map's or the default one.
func (d *Directory) CalendarOf(department uuid.UUID) string {
	return crm.CalendarOf(d.Departments, d.Offices, department)
}

// WithRole lists the active users of a role, in the order of their ids.
func (d *Directory) WithRole(role string) []uuid.UUID {
	var ids []uuid.UUID
	for id, user := range d.Users {
		if user.Active && user.Has(role) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, compareIDs)
	return ids
}

// InDepartment lists the active users of a department, in the order of their ids.
func (d *Directory) InDepartment(department uuid.UUID) []uuid.UUID {
	var ids []uuid.UUID
	for id, user := range d.Users {
		if user.Active && user.DepartmentID == department {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, compareIDs)
	return ids
}

func compareIDs(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) }

// Calendars are the business calendars by id, and the one used where nothing else is said.
type Calendars struct {
	ByID    map[string]*calendar.Calendar
	Default *calendar.Calendar
}

// Find is the calendar of an id, or nil.
func (c *Calendars) Find(id string) *calendar.Calendar { return c.ByID[id] }
