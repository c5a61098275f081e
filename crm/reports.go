package crm

import (
	"time"

	"github.com/google/uuid"
)

// ReportFilter narrows what a report counts. Zero values narrow nothing.
type ReportFilter struct {
	// From and To bound the period: From is in it, To is not.
	From, To      time.Time
	ResponsibleID uuid.UUID
	// Departments are those of the cases' responsibles, any of them; none: all.
	Departments []uuid.UUID
	Kind        Kind
	Source      string // how the case came: the acquisition source
	Channel     string // by which channel it came
}

// FunnelStage is one step of a sales funnel (R14, R35): what became of the cases that came to a stage in the period. Each case
// counts once at a stage: Entered is the sum of Passed, Here, Returned, Lost and Cancelled.
type FunnelStage struct {
	Stage     string
	Entered   int // came to the stage for the first time
	Passed    int // went on from it at least once, or were won there
	Here      int // stand at it and have not passed it before
	Returned  int // went back
	Lost      int
	Cancelled int
	// Median and P90 are of the time that cases spent at the stage in all, of those that have left it; 0 when none has.
	Median, P90 time.Duration
}

// Conversion is the share of the cases that came to the stage and passed it, from 0 to 1; 0 where none came.
func (s *FunnelStage) Conversion() float64 {
	if s.Entered == 0 {
		return 0
	}
	return float64(s.Passed) / float64(s.Entered)
}

// ControlRow is what a manager has on his hands now (R14).
type ControlRow struct {
	ResponsibleID uuid.UUID // zero: nobody is responsible
	Responsible   string    // his name
	Open          int       // cases
	Overdue       int       // of them
	Unplanned     int       // of them: no interaction is planned
	// OldestTouch is when the case that nobody has touched for the longest time was touched last.
	OldestTouch  *time.Time
	Tasks        int // open tasks on his desk
	OverdueTasks int
}

// Amount is a sum of money.
type Amount struct {
	Currency string // ISO 4217
	Sum      string // decimal, hundredths
}

// LossRow counts the deals and interests lost for a reason, or to a competitor (R30), and the requests lost at acceptance for the
// same reason (R41), which never became a case.
type LossRow struct {
	Reason       string    // key of the reference list or of the map's own options; empty: none was given
	ReasonName   *Text     // nil: the reference list has none of this key
	CompetitorID uuid.UUID // zero: not lost to a competitor, or to one who is not named
	Competitor   string    // the client's name
	Cases        int
	Requests     int
	Potential    []Amount // of the cases
}

// ClaimRow counts claims by what they are about and whose fault it was (R36).
type ClaimRow struct {
	Reason       string    // key of the reference list; empty: not known yet
	ReasonName   *Text     // nil: the reference list has none of this key
	DepartmentID uuid.UUID // at fault; zero: none is named
	Department   *Text     // its name
	UserID       uuid.UUID // at fault; zero: nobody is named
	User         string    // his name
	UnderReview  int
	Satisfied    int
	NotSatisfied int
	Cancelled    int
}

// ChannelRow counts what came by a channel from a source (R30): deals, interests and appeals.
type ChannelRow struct {
	Channel     string // key of the reference list; empty: not known
	ChannelName *Text  // nil: the reference list has none of this key
	Source      string // acquisition source, as the case has it; empty: not known
	SourceName  *Text  // nil: the list of sources has none of this key
	Cases       int
	Clients     int // different ones
	Deals       int // of the cases
	Won         int // of the deals
	Amounts     []Amount
}

// DemandRow adds up what clients asked for in the first place (R30): the lines of deals and interests.
type DemandRow struct {
	Name     string
	Cases    int
	Won      int // of them
	Quantity string
	Amounts  []Amount
}

// StandardRow tells how the work of a stage was done against its time limit (R43).
type StandardRow struct {
	MapID   string
	Stage   string // path of the stage
	Purpose string // of the appeal; empty: not classified yet
	Tasks   int
	Limited int // of them: had a time limit
	InTime  int // of the limited ones: done before it
	Late    int // of the limited ones: done after it
	Overdue int // of the limited ones: still open, and after it
	// Median and P90 are of the time from the task's opening to its completion; 0 when none was completed.
	Median, P90 time.Duration
}

// CommunicationStep is how a report of communication divides its period.
type CommunicationStep string

// The steps of a report of communication.
const (
	StepDay   CommunicationStep = "day"
	StepWeek  CommunicationStep = "week" // from Monday
	StepMonth CommunicationStep = "month"
)

// CommunicationFilter narrows a report of communication. Source, channel and kind of the ReportFilter are those of the
// interactions' cases.
type CommunicationFilter struct {
	ReportFilter
	ClientID uuid.UUID
	Step     CommunicationStep // empty: the period as a whole
	Zone     string            // IANA name: whose days they are
}

// CommunicationRow counts the completed interactions of a kind and direction (R47).
type CommunicationRow struct {
	From      time.Time // of the step; of the period as a whole, its beginning
	Kind      InteractionKind
	Direction string // "in", "out" or empty
	Count     int
	Clients   int // different ones
}
