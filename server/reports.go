package server

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/routemaps"
)

// ReportInput is what narrows every report.
type ReportInput struct {
	From        string   `query:"from" format:"date" doc:"The first day, in the caller's time zone; without it the first of this month"`
	To          string   `query:"to" format:"date" doc:"The last day; without it today"`
	Responsible string   `query:"responsible" maxLength:"36" doc:"Id of a user, me, or none; those who do not lead see only their own and their departments'"`
	Department  string   `query:"department" format:"uuid" doc:"Of the responsibles, with all below it; without it, a head of departments sees those"`
	Kind        crm.Kind `query:"kind" enum:"appeal,deal,interest,claim"`
	Source      string   `query:"source" maxLength:"200" doc:"-: not known"`
	Channel     string   `query:"channel" maxLength:"63" doc:"-: not known"`
}

// periodView is the period of a report, as it was understood.
type periodView struct {
	From string `json:"from" format:"date"`
	To   string `json:"to" format:"date" doc:"The last day that is counted"`
}

// nobodyResponsible asks for what has no responsible (R27).
const nobodyResponsible = "none"

// reportFilter reads what narrows a report. Who has no right to others' reports reads what is his own or of the departments he heads.
func (s *Server) reportFilter(ctx context.Context, in *ReportInput) (crm.ReportFilter, periodView, error) {
	f := crm.ReportFilter{Kind: in.Kind, Source: in.Source, Channel: in.Channel}
	user := userOf(ctx)
	zone := zoneOf(user.TimeZone)
	today := s.clock().In(zone)
	first, err := dayParameter("from", in.From, zone, time.Date(today.Year(), today.Month(), 1, 0, 0, 0, 0, zone))
	if err != nil {
		return f, periodView{}, err
	}
	last, err := dayParameter("to", in.To, zone, time.Date(today.Year(), today.Month(), today.Day(), 0, 0, 0, 0, zone))
	if err != nil {
		return f, periodView{}, err
	}
	if last.Before(first) {
		return f, periodView{}, wrongParameter("to", "ends_before_it_begins")
	}
	f.From, f.To, f.Zone = first, last.AddDate(0, 0, 1), zone.String()
	if in.Responsible == nobodyResponsible {
		f.Unassigned = true
	} else if f.ResponsibleID, err = userParameter(ctx, "responsible", in.Responsible); err != nil {
		return f, periodView{}, err
	}
	department, err := idParameter("department", in.Department)
	if err != nil {
		return f, periodView{}, err
	}
	if department != uuid.Nil {
		if f.Departments, err = s.departmentsBelow(ctx, department); err != nil {
			return f, periodView{}, err
		}
	}
	if !user.Can(crm.RightReport) || user.Granted.Visibility != crm.SeesAll {
		if err := s.narrowToOwn(ctx, &f); err != nil {
			return f, periodView{}, err
		}
	}
	return f, periodView{From: first.Format(time.DateOnly), To: last.Format(time.DateOnly)}, nil
}

// narrowToOwn leaves what one who does not lead the company may see: what is his own, and what is of the people of the
// departments that he heads, all below them included.
func (s *Server) narrowToOwn(ctx context.Context, f *crm.ReportFilter) error {
	user := userOf(ctx)
	if f.ResponsibleID == user.ID {
		return nil
	}
	if f.Unassigned {
		return failed(http.StatusForbidden, "not_allowed")
	}
	all, err := s.services.Organisation.ListDepartments(ctx)
	if err != nil {
		return err
	}
	headed := crm.Headed(all, user.ID)
	asked := f.Departments
	if len(asked) == 0 {
		f.Departments = headed
	}
	switch {
	case len(headed) == 0 && f.ResponsibleID == uuid.Nil:
		f.ResponsibleID = user.ID
		return nil
	case len(headed) == 0 || len(asked) > 0 && !containsAll(headed, asked):
		return failed(http.StatusForbidden, "not_allowed")
	case f.ResponsibleID == uuid.Nil:
		return nil
	}
	responsible, err := s.services.Users.User(ctx, f.ResponsibleID)
	if known, ok := crm.AsError(err); ok && known.Kind == crm.KindNotFound || err == nil && !slices.Contains(headed, responsible.DepartmentID) {
		return failed(http.StatusForbidden, "not_allowed")
	}
	return err
}

func containsAll(all, some []uuid.UUID) bool {
	return !slices.ContainsFunc(some, func(id uuid.UUID) bool { return !slices.Contains(all, id) })
}

// departmentsBelow are a department and all below it.
func (s *Server) departmentsBelow(ctx context.Context, id uuid.UUID) ([]uuid.UUID, error) {
	all, err := s.services.Organisation.ListDepartments(ctx)
	if err != nil {
		return nil, err
	}
	if found := crm.Below(all, id); found != nil {
		return found, nil
	}
	return []uuid.UUID{id}, nil // of one that does not exist there is nothing
}

// dayParameter reads a day of a query in a time zone; empty: the day it has without it.
func dayParameter(name, text string, zone *time.Location, without time.Time) (time.Time, error) {
	if text == "" {
		return without, nil
	}
	day, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil || sensibleTime("", day) != nil {
		return time.Time{}, wrongParameter(name, "expected_date")
	}
	return day, nil
}

func wrongParameter(name, code string) error {
	return failed(http.StatusUnprocessableEntity, "validation_failed").field(ProblemField{Parameter: name, Code: code})
}

// amountView is a sum of money.
type amountView struct {
	Currency string `json:"currency" example:"RUB"`
	Amount   string `json:"amount" example:"125000.00"`
}

func viewAmounts(amounts []crm.Amount) []amountView {
	views := make([]amountView, 0, len(amounts))
	for _, a := range amounts {
		views = append(views, amountView{Currency: a.Currency, Amount: a.Sum})
	}
	return views
}

// seconds is a duration as reports show it.
func seconds(d time.Duration) int64 { return int64(d / time.Second) }

// named is a name of a list, or the key that has none.
func named(ctx context.Context, name *crm.Text, key string) string {
	if name == nil {
		return key
	}
	return name.In(langOf(ctx))
}

// FunnelInput names a map, for what is counted at its stages.
type FunnelInput struct {
	ReportInput
	Map     string `query:"map" required:"true" maxLength:"63" example:"typical-sale" doc:"Id of a route map"`
	Version int    `query:"version" minimum:"0" doc:"One version of it; 0: all"`
}

// DividedFunnelInput is what a funnel takes.
type DividedFunnelInput struct {
	FunnelInput
	By crm.Dimension `query:"by" enum:"day,week,month,responsible,department,source,channel,version" doc:"A funnel for each of these; times are when cases came to a stage, responsible is who it is now"`
}

// FunnelStageView counts each case once: entered is the sum of passed, here, returned, lost and cancelled.
type FunnelStageView struct {
	ID            string  `json:"id"`
	Name          string  `json:"name"`
	Entered       int     `json:"entered" doc:"Cases that came to the stage for the first time in the period"`
	Passed        int     `json:"passed" doc:"Of them: went on at least once, or were won there"`
	Here          int     `json:"here" doc:"Stand there now"`
	Left          int     `json:"left" doc:"Did not go on: returned, lost and cancelled"`
	Returned      int     `json:"returned" doc:"Went back"`
	Lost          int     `json:"lost"`
	Cancelled     int     `json:"cancelled"`
	Conversion    float64 `json:"conversion" minimum:"0" maximum:"1" doc:"passed / entered"`
	MedianSeconds int64   `json:"median_seconds" doc:"Time spent at the stage in all, of those that have left it"`
	P90Seconds    int64   `json:"p90_seconds"`
}

type funnelBody struct {
	Map    string            `json:"map"`
	Name   string            `json:"name"`
	Period periodView        `json:"period"`
	Stages []FunnelStageView `json:"stages" doc:"In the order of the map; those that newer versions no longer have come last"`
	By     crm.Dimension     `json:"by,omitempty"`
	Groups []funnelGroupView `json:"groups,omitempty" doc:"Of a request with by; each with all stages"`
}

type funnelGroupView struct {
	GroupView
	Stages []FunnelStageView `json:"stages"`
}

// GroupView is a part of a report that is divided.
type GroupView struct {
	Key  string `json:"key" doc:"An id, a key, the first day of a time, or a version; empty: not known"`
	Name string `json:"name"`
}

type reportOutput[V any] struct{ Body V }

// reportMap is the version of a map at whose stages a report counts; where none is named, the newest.
func (s *Server) reportMap(ctx context.Context, in *FunnelInput) (*routemaps.Map, error) {
	record, err := s.services.Maps.RouteMap(ctx, in.Map)
	if err != nil {
		return nil, err
	}
	return s.services.Maps.Map(ctx, record.ID, cmp.Or(in.Version, record.Latest))
}

// funnel is the sales funnel over a map's stages (R14, R35). What is under negotiation is left out (R21), and so are stages
// where nobody works.
func (s *Server) funnel(ctx context.Context, in *DividedFunnelInput) (*reportOutput[funnelBody], error) {
	f, period, err := s.reportFilter(ctx, &in.ReportInput)
	if err != nil {
		return nil, err
	}
	m, err := s.reportMap(ctx, &in.FunnelInput)
	if err != nil {
		return nil, err
	}
	lang := langOf(ctx)
	body := funnelBody{Map: m.ID, Name: m.Name.In(lang), Period: period, By: in.By, Stages: []FunnelStageView{}}
	f.By = in.By
	counted, err := s.services.Reports.Funnel(ctx, in.Map, in.Version, f)
	if err != nil {
		return nil, err
	}
	if in.By == "" {
		body.Stages, counted = funnelStages(m, counted, lang), nil
	}
	for len(counted) > 0 {
		end := slices.IndexFunc(counted, func(c crm.FunnelStage) bool { return c.Key != counted[0].Key })
		if end < 0 {
			end = len(counted)
		}
		group := GroupView{Key: counted[0].Key, Name: named(ctx, counted[0].Name, counted[0].Key)}
		body.Groups = append(body.Groups, funnelGroupView{GroupView: group, Stages: funnelStages(m, slices.Clone(counted[:end]), lang)})
		counted = counted[end:]
	}
	return &reportOutput[funnelBody]{Body: body}, nil
}

func funnelStages(m *routemaps.Map, counted []crm.FunnelStage, lang crm.Lang) []FunnelStageView {
	views := []FunnelStageView{}
	talks := m.NegotiationStages()
	for i := range m.Stages {
		stage := &m.Stages[i]
		at := slices.IndexFunc(counted, func(c crm.FunnelStage) bool { return c.Stage == stage.ID })
		row := crm.FunnelStage{Stage: stage.ID}
		if at >= 0 {
			row = counted[at]
			counted = slices.Delete(counted, at, at+1)
		}
		if stage.Kind == routemaps.StageChoice || stage.Kind == routemaps.StageAction || slices.Contains(talks, stage.ID) {
			continue
		}
		views = append(views, viewFunnelStage(&row, stage.Name.In(lang)))
	}
	slices.SortFunc(counted, func(a, b crm.FunnelStage) int { return cmp.Compare(a.Stage, b.Stage) })
	for i := range counted {
		views = append(views, viewFunnelStage(&counted[i], counted[i].Stage))
	}
	return views
}

func viewFunnelStage(c *crm.FunnelStage, name string) FunnelStageView {
	return FunnelStageView{
		ID: c.Stage, Name: name, Entered: c.Entered, Passed: c.Passed, Here: c.Here, Left: c.Left(), Returned: c.Returned, Lost: c.Lost, Cancelled: c.Cancelled,
		Conversion: c.Conversion(), MedianSeconds: seconds(c.Median), P90Seconds: seconds(c.P90),
	}
}

// reportBody is a report that is one table.
type reportBody[V any] struct {
	Period *periodView `json:"period,omitempty" doc:"Missing: it tells how things are now"`
	Items  []V         `json:"items"`
}

// tableOf shows the rows of a report.
func tableOf[R, V any](period *periodView, rows []R, view func(*R) V) *reportOutput[reportBody[V]] {
	out := &reportOutput[reportBody[V]]{Body: reportBody[V]{Period: period, Items: make([]V, 0, len(rows))}}
	for i := range rows {
		out.Body.Items = append(out.Body.Items, view(&rows[i]))
	}
	return out
}

type controlView struct {
	ResponsibleID uuid.UUID  `json:"responsible_id,omitzero" format:"uuid" doc:"Missing: nobody is responsible"`
	Responsible   string     `json:"responsible"`
	Open          int        `json:"open" doc:"Cases"`
	Overdue       int        `json:"overdue" doc:"Of them"`
	Unplanned     int        `json:"unplanned" doc:"Of them: no interaction is planned that is still to come"`
	OldestTouch   *time.Time `json:"oldest_touch,omitempty" doc:"When the case untouched for the longest time was touched last"`
	LastTouch     *time.Time `json:"last_touch,omitempty" doc:"When any of the cases was touched last"`
	Tasks         int        `json:"tasks" doc:"Open tasks on his desk"`
	OverdueTasks  int        `json:"overdue_tasks"`
}

// control is what managers have on their hands (R14).
func (s *Server) control(ctx context.Context, in *ReportInput) (*reportOutput[reportBody[controlView]], error) {
	f, _, err := s.reportFilter(ctx, in)
	if err != nil {
		return nil, err
	}
	rows, err := s.services.Reports.Control(ctx, f)
	if err != nil {
		return nil, err
	}
	return tableOf(nil, rows, func(r *crm.ControlRow) controlView {
		return controlView{
			ResponsibleID: r.ResponsibleID, Responsible: r.Responsible, Open: r.Open, Overdue: r.Overdue, Unplanned: r.Unplanned,
			OldestTouch: r.OldestTouch, LastTouch: r.LastTouch, Tasks: r.Tasks, OverdueTasks: r.OverdueTasks,
		}
	}), nil
}

type lossView struct {
	Reason       string       `json:"reason,omitempty" doc:"Key; missing: none was given"`
	Name         string       `json:"name,omitempty"`
	CompetitorID uuid.UUID    `json:"competitor_id,omitzero" format:"uuid"`
	Competitor   string       `json:"competitor,omitempty"`
	Cases        int          `json:"cases" doc:"Deals and interests"`
	Requests     int          `json:"requests" doc:"Lost at acceptance, without a case (R41); none where kind, source or channel are asked for, as these have none"`
	Potential    []amountView `json:"potential" doc:"Of the cases"`
}

// losses are lost deals and interests by reason and competitor (R30), and requests lost at acceptance by reason (R41).
func (s *Server) losses(ctx context.Context, in *ReportInput) (*reportOutput[reportBody[lossView]], error) {
	f, period, err := s.reportFilter(ctx, in)
	if err != nil {
		return nil, err
	}
	rows, err := s.services.Reports.Losses(ctx, f)
	if err != nil {
		return nil, err
	}
	return tableOf(&period, rows, func(r *crm.LossRow) lossView {
		return lossView{
			Reason: r.Reason, Name: named(ctx, r.ReasonName, r.Reason), CompetitorID: r.CompetitorID, Competitor: r.Competitor,
			Cases: r.Cases, Requests: r.Requests, Potential: viewAmounts(r.Potential),
		}
	}), nil
}

type claimsView struct {
	Reason       string    `json:"reason,omitempty" doc:"Key; missing: not known yet"`
	Name         string    `json:"name,omitempty"`
	DepartmentID uuid.UUID `json:"department_id,omitzero" format:"uuid" doc:"At fault"`
	Department   string    `json:"department,omitempty"`
	UserID       uuid.UUID `json:"user_id,omitzero" format:"uuid" doc:"At fault"`
	User         string    `json:"user,omitempty"`
	UnderReview  int       `json:"under_review"`
	Satisfied    int       `json:"satisfied"`
	NotSatisfied int       `json:"not_satisfied"`
	Cancelled    int       `json:"cancelled"`
}

// claims are counted by reason and by whose fault they were (R36).
func (s *Server) claims(ctx context.Context, in *ReportInput) (*reportOutput[reportBody[claimsView]], error) {
	f, period, err := s.reportFilter(ctx, in)
	if err != nil {
		return nil, err
	}
	rows, err := s.services.Reports.Claims(ctx, f)
	if err != nil {
		return nil, err
	}
	return tableOf(&period, rows, func(r *crm.ClaimRow) claimsView {
		return claimsView{
			Reason: r.Reason, Name: named(ctx, r.ReasonName, r.Reason), DepartmentID: r.DepartmentID, Department: named(ctx, r.Department, ""),
			UserID: r.UserID, User: r.User, UnderReview: r.UnderReview, Satisfied: r.Satisfied, NotSatisfied: r.NotSatisfied, Cancelled: r.Cancelled,
		}
	}), nil
}

type channelView struct {
	Channel     string       `json:"channel,omitempty" doc:"Key; missing: not known"`
	ChannelName string       `json:"channel_name,omitempty"`
	Source      string       `json:"source,omitempty" doc:"Acquisition source; missing: not known"`
	SourceName  string       `json:"source_name,omitempty"`
	Cases       int          `json:"cases" doc:"Deals, interests and appeals"`
	Clients     int          `json:"clients" doc:"Different ones"`
	Deals       int          `json:"deals"`
	Won         int          `json:"won" doc:"Of the deals, whenever that was"`
	Amounts     []amountView `json:"amounts" doc:"Of the won deals"`
}

// channels are how clients and deals came (R30).
func (s *Server) channels(ctx context.Context, in *ReportInput) (*reportOutput[reportBody[channelView]], error) {
	f, period, err := s.reportFilter(ctx, in)
	if err != nil {
		return nil, err
	}
	rows, err := s.services.Reports.Channels(ctx, f)
	if err != nil {
		return nil, err
	}
	return tableOf(&period, rows, func(r *crm.ChannelRow) channelView {
		return channelView{
			Channel: r.Channel, ChannelName: named(ctx, r.ChannelName, r.Channel), Source: r.Source, SourceName: named(ctx, r.SourceName, r.Source),
			Cases: r.Cases, Clients: r.Clients, Deals: r.Deals, Won: r.Won, Amounts: viewAmounts(r.Amounts),
		}
	}), nil
}

// maxDemand is how many different things the report of demand names.
const maxDemand = 1000

type demandView struct {
	Name     string       `json:"name"`
	Cases    int          `json:"cases"`
	Won      int          `json:"won" doc:"Of them"`
	Quantity string       `json:"quantity"`
	Amounts  []amountView `json:"amounts" doc:"Quantity × price of the lines that have a price"`
}

// demand is what clients asked for in the first place (R30).
func (s *Server) demand(ctx context.Context, in *ReportInput) (*reportOutput[reportBody[demandView]], error) {
	f, period, err := s.reportFilter(ctx, in)
	if err != nil {
		return nil, err
	}
	rows, err := s.services.Reports.Demand(ctx, f, maxDemand)
	if err != nil {
		return nil, err
	}
	return tableOf(&period, rows, func(r *crm.DemandRow) demandView {
		return demandView{Name: r.Name, Cases: r.Cases, Won: r.Won, Quantity: r.Quantity, Amounts: viewAmounts(r.Amounts)}
	}), nil
}

type outcomeCountView struct {
	Stage     string  `json:"stage" doc:"Its path in the map"`
	StageName string  `json:"stage_name"`
	Outcome   string  `json:"outcome"`
	Name      string  `json:"name"`
	Kind      string  `json:"kind" enum:"on,cyclic,positive,negative" doc:"Where it led: to another stage, to the same one, or to an end"`
	Times     int     `json:"times"`
	Cases     int     `json:"cases" doc:"Different ones"`
	Share     float64 `json:"share" minimum:"0" maximum:"1" doc:"Of all outcomes of the stage"`
}

// outcomes counts the outcomes taken at a map's stages (R20).
func (s *Server) outcomes(ctx context.Context, in *FunnelInput) (*reportOutput[reportBody[outcomeCountView]], error) {
	f, period, err := s.reportFilter(ctx, &in.ReportInput)
	if err != nil {
		return nil, err
	}
	m, err := s.reportMap(ctx, in)
	if err != nil {
		return nil, err
	}
	rows, err := s.services.Reports.Outcomes(ctx, in.Map, in.Version, f)
	if err != nil {
		return nil, err
	}
	of, lang := map[string]int{}, langOf(ctx)
	for i := range rows {
		of[rows[i].Stage] += rows[i].Times
	}
	slices.SortStableFunc(rows, func(a, b crm.OutcomeRow) int { return cmp.Compare(placeOf(m, a.Stage), placeOf(m, b.Stage)) })
	return tableOf(&period, rows, func(r *crm.OutcomeRow) outcomeCountView {
		return outcomeCountView{
			Stage: r.Stage, StageName: stageName(lang, m, r.Stage), Outcome: r.Outcome, Name: outcomeName(lang, m, r), Kind: r.Kind,
			Times: r.Times, Cases: r.Cases, Share: float64(r.Times) / float64(of[r.Stage]),
		}
	}), nil
}

// placeOf is where a stage's outermost stage stands in its map; those that it no longer has come last.
func placeOf(m *routemaps.Map, path string) int {
	outermost, _, _ := strings.Cut(path, "/")
	if at := slices.IndexFunc(m.Stages, func(s routemaps.Stage) bool { return s.ID == outermost }); at >= 0 {
		return at
	}
	return len(m.Stages)
}

// outcomeName is the name of an outcome, or its id where the map no longer has it.
func outcomeName(lang crm.Lang, m *routemaps.Map, r *crm.OutcomeRow) string {
	for _, o := range m.OutcomesAt(r.Stage) {
		if o.ID == r.Outcome {
			return o.Name.In(lang)
		}
	}
	return r.Outcome
}

// PotentialInput is what the report of potentials takes.
type PotentialInput struct {
	ReportInput
	By crm.Dimension `query:"by" enum:"stage,responsible,department,source,channel" default:"stage"`
}

type potentialView struct {
	GroupView
	Cases   int       `json:"cases" doc:"Open deals and interests"`
	Unknown int       `json:"unknown" doc:"Of them: have no potential amount"`
	Sums    []sumView `json:"sums" doc:"What they may bring, and the same with each weighted by its probability"`
}

// potential is what open deals and interests may bring, and how probable that is (R30).
func (s *Server) potential(ctx context.Context, in *PotentialInput) (*reportOutput[reportBody[potentialView]], error) {
	f, _, err := s.reportFilter(ctx, &in.ReportInput)
	if err != nil {
		return nil, err
	}
	f.By = in.By
	rows, err := s.services.Reports.Potential(ctx, f)
	if err != nil {
		return nil, err
	}
	newest, err := s.newestMaps(ctx, stagesOf(rows, in.By))
	if err != nil {
		return nil, err
	}
	return tableOf(nil, rows, func(r *crm.PotentialRow) potentialView {
		v := potentialView{GroupView: GroupView{Key: r.Key, Name: named(ctx, r.Name, r.Key)}, Cases: r.Cases, Unknown: r.Unknown, Sums: []sumView{}}
		if id, stage, ok := strings.Cut(r.Key, "/"); ok && in.By == crm.ByStage {
			v.Name = newest[id].Name.In(langOf(ctx)) + ": " + stageName(langOf(ctx), newest[id], stage)
		}
		for _, sum := range r.Sums {
			v.Sums = append(v.Sums, sumView(sum))
		}
		return v
	}), nil
}

// stagesOf are the maps that a report by stages names.
func stagesOf(rows []crm.PotentialRow, by crm.Dimension) []string {
	var maps []string
	for i := range rows {
		if id, _, ok := strings.Cut(rows[i].Key, "/"); ok && by == crm.ByStage {
			maps = append(maps, id)
		}
	}
	return maps
}

type standardView struct {
	Map           string `json:"map"`
	Stage         string `json:"stage" doc:"Its path in the map"`
	Name          string `json:"name"`
	Purpose       string `json:"purpose,omitempty" doc:"Of the appeal; missing: not classified yet"`
	PurposeName   string `json:"purpose_name,omitempty" doc:"As the newest version of the map names it, or the list purpose"`
	Tasks         int    `json:"tasks"`
	Limited       int    `json:"limited" doc:"Of them: have a time limit"`
	InTime        int    `json:"in_time" doc:"Of the limited ones"`
	Late          int    `json:"late" doc:"Of the limited ones: done after it"`
	Overdue       int    `json:"overdue" doc:"Of the limited ones: open, and after it"`
	MedianSeconds int64  `json:"median_seconds" doc:"From opening to completion"`
	P90Seconds    int64  `json:"p90_seconds"`
}

// standards are appeals against their regulations (R43).
func (s *Server) standards(ctx context.Context, in *ReportInput) (*reportOutput[reportBody[standardView]], error) {
	f, period, err := s.reportFilter(ctx, in)
	if err != nil {
		return nil, err
	}
	rows, err := s.services.Reports.Standards(ctx, f, s.clock())
	if err != nil {
		return nil, err
	}
	named := make([]string, 0, len(rows))
	for i := range rows {
		named = append(named, rows[i].MapID)
	}
	newest, err := s.newestMaps(ctx, named)
	if err != nil {
		return nil, err
	}
	purposes, err := s.listedNames(ctx, crm.Purposes)
	if err != nil {
		return nil, err
	}
	return tableOf(&period, rows, func(r *crm.StandardRow) standardView {
		return standardView{
			Map: r.MapID, Stage: r.Stage, Name: stageName(langOf(ctx), newest[r.MapID], r.Stage), Purpose: r.Purpose,
			PurposeName: purposeName(langOf(ctx), newest[r.MapID], purposes, r.Purpose), Tasks: r.Tasks, Limited: r.Limited,
			InTime: r.InTime, Late: r.Late, Overdue: r.Overdue, MedianSeconds: seconds(r.Median), P90Seconds: seconds(r.P90),
		}
	}), nil
}

// newestMaps reads the newest version of each map that is named, once.
func (s *Server) newestMaps(ctx context.Context, ids []string) (map[string]*routemaps.Map, error) {
	newest := map[string]*routemaps.Map{}
	for _, id := range ids {
		if newest[id] != nil {
			continue
		}
		record, err := s.services.Maps.RouteMap(ctx, id)
		if err != nil {
			return nil, err
		}
		if newest[id], err = s.services.Maps.Map(ctx, id, record.Latest); err != nil {
			return nil, err
		}
	}
	return newest, nil
}

// purposeName is what a map calls a purpose of appeals that lists its own, or else the company; one that neither knows any more is named
// by its key.
func purposeName(lang crm.Lang, m *routemaps.Map, listed map[string]crm.Text, purpose string) string {
	if field, ok := m.Field("purpose"); ok {
		for _, option := range field.Options {
			if option.ID == purpose {
				return option.Name.In(lang)
			}
		}
	}
	return cmp.Or(listed[purpose].In(lang), purpose)
}

// stageName is the name of a stage, or its path where the map no longer has it.
func stageName(lang crm.Lang, m *routemaps.Map, path string) string {
	if stage, ok := m.StageAt(path); ok {
		return stage.Name.In(lang)
	}
	return path
}
