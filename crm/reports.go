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
	Unassigned  bool // only what nobody is responsible for
	Kind        Kind
	Source      string // how the case came: the acquisition source, or NotKnown
	Channel     string // by which channel it came, or NotKnown
	By          Dimension
	Zone        string // IANA name: whose days, weeks and months By means
}

// NotKnown narrows a report to what has no value where it is given instead of one. No key is like it.
const NotKnown = "-"

// Dimension is what a report is divided by; empty: nothing.
type Dimension string

// The dimensions. Times are those at which a case came to a stage.
const (
	ByDay         Dimension = "day"
	ByWeek        Dimension = "week" // from Monday
	ByMonth       Dimension = "month"
	ByResponsible Dimension = "responsible" // who is responsible now
	ByDepartment  Dimension = "department"  // of the responsible
	BySource      Dimension = "source"
	ByChannel     Dimension = "channel"
	ByVersion     Dimension = "version" // of the map
	ByStage       Dimension = "stage"   // at which a case stands
)

// Group is a part of a report that is divided.
type Group struct {
	Key  string // an id, a key, the first day, a version, or map/stage; empty: not known, or the report is not divided
	Name *Text  // nil: the key says it
}

// FunnelStage is one step of a sales funnel (R14, R35): what became of the cases that came to a stage in the period. Each case
// counts once at a stage: Entered is the sum of Passed, Here, Returned, Lost and Cancelled.
type FunnelStage struct {
	Group
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

// Left is how many did not go on: they went back, were lost or were cancelled.
func (s *FunnelStage) Left() int { return s.Returned + s.Lost + s.Cancelled }

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
	Unplanned     int       // of them: no interaction is planned that is still to come
	// OldestTouch is when the case that nobody has touched for the longest time was touched last.
	OldestTouch  *time.Time
	LastTouch    *time.Time // when any of his cases was touched last
	Tasks        int        // open tasks on his desk
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

// OutcomeRow counts how often an outcome was taken at a stage (R20).
type OutcomeRow struct {
	Stage   string // its path
	Outcome string
	Kind    string // where it led: on, cyclic, positive or negative
	Times   int
	Cases   int // different ones
}

// PotentialRow adds up what open deals and interests may bring (R30).
type PotentialRow struct {
	Group
	Cases   int
	Unknown int // of them: have no potential amount
	Sums    []BoardSum
}

// ReportName names a report whose figures can be opened as lists of cases.
type ReportName string

// The reports.
const (
	ReportFunnel    ReportName = "funnel"
	ReportOutcomes  ReportName = "outcomes"
	ReportControl   ReportName = "control"
	ReportLosses    ReportName = "losses"
	ReportClaims    ReportName = "claims"
	ReportChannels  ReportName = "channels"
	ReportDemand    ReportName = "demand"
	ReportStandards ReportName = "standards"
	ReportPotential ReportName = "potential"
)

// ReportFigure is one figure of a report: that of a row and a column.
type ReportFigure struct {
	Report ReportName
	Filter ReportFilter
	MapID  string // of a funnel or outcomes
	// Version is that of the map; 0: all.
	Version int
	// Row says which row, by its columns: a missing one narrows nothing, an empty value means rows that have none.
	Row    map[string]string
	Column string
	After  *Cursor // ID
	Limit  int     // at least 1
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

// AnyDirection stands for interactions in, out, and those of which that is not known.
const AnyDirection = "all"

// CommunicationFilter narrows a report of communication. Source, channel and kind of the ReportFilter are those of the
// interactions' cases.
type CommunicationFilter struct {
	ReportFilter
	ClientID uuid.UUID
	Step     CommunicationStep // empty: the period as a whole
}

// CommunicationRow counts the completed interactions of a kind and direction (R47).
type CommunicationRow struct {
	From      time.Time // of the step; of the period as a whole, its beginning
	Kind      InteractionKind
	Direction string // "in", "out" or empty
	Count     int
	Clients   int // different ones
}
