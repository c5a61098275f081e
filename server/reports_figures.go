package server

import (
	"context"
	"net/http"
	"strings"

	"marshrut/crm"
)

// notThere asks for the rows of a report that have no value; no key and no id is like it.
const notThere = crm.NotKnown

// rowOf says by its columns which row of a report is meant, from pairs of names and values. An empty value narrows nothing.
func rowOf(pairs ...string) map[string]string {
	row := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		switch name, value := pairs[i], pairs[i+1]; value {
		case "":
		case notThere:
			row[name] = ""
		default:
			row[name] = value
		}
	}
	return row
}

// figureAsked is what a report is narrowed by, and the page of the list behind a figure of it.
func (s *Server) figureAsked(ctx context.Context, in *ReportInput, page PageInput) (crm.ReportFilter, *crm.Cursor, error) {
	f, _, err := s.reportFilter(ctx, in)
	if err != nil {
		return f, nil, err
	}
	after, err := page.cursor()
	return f, after, err
}

// showFigure answers with a page of the cases behind a figure. The filter is as narrow as the report's own, so that the list shows
// nobody more than its figure counts.
func (s *Server) showFigure(ctx context.Context, in *ReportInput, page PageInput, f crm.ReportFigure) (*listOutput[CaseItemView], error) {
	filter, after, err := s.figureAsked(ctx, in, page)
	if err != nil {
		return nil, err
	}
	filter.By = f.Filter.By
	f.Filter, f.After, f.Limit = filter, after, page.limit()
	found, err := s.services.Reports.ReportCases(ctx, f)
	if err != nil {
		return nil, err
	}
	return pageOf(found, s.viewCaseItem)
}

type funnelFigureInput struct {
	DividedFunnelInput
	PageInput
	Stage  string `query:"stage" required:"true" maxLength:"200"`
	Group  string `query:"group" maxLength:"200" doc:"Key of a group, of a funnel with by; -: not known"`
	Figure string `query:"figure" enum:"entered,passed,here,left,returned,lost,cancelled" default:"entered"`
}

func (s *Server) funnelCases(ctx context.Context, in *funnelFigureInput) (*listOutput[CaseItemView], error) {
	if in.Group != "" && in.By == "" {
		return nil, wrongParameter("by", "required")
	}
	f := crm.ReportFigure{
		Report: crm.ReportFunnel, MapID: in.Map, Version: in.Version, Row: rowOf("stage", in.Stage, "group", in.Group), Column: in.Figure,
		Filter: crm.ReportFilter{By: in.By},
	}
	return s.showFigure(ctx, &in.ReportInput, in.PageInput, f)
}

type outcomeFigureInput struct {
	FunnelInput
	PageInput
	Stage   string `query:"stage" required:"true" maxLength:"400" doc:"Its path"`
	Outcome string `query:"outcome" maxLength:"200"`
	Kind    string `query:"leads" enum:"on,cyclic,positive,negative" doc:"Where the outcome led"`
}

func (s *Server) outcomeCases(ctx context.Context, in *outcomeFigureInput) (*listOutput[CaseItemView], error) {
	return s.showFigure(ctx, &in.ReportInput, in.PageInput, crm.ReportFigure{
		Report: crm.ReportOutcomes, MapID: in.Map, Version: in.Version, Row: rowOf("stage", in.Stage, "outcome", in.Outcome, "kind", in.Kind), Column: "cases",
	})
}

type controlFigureInput struct {
	ReportInput
	PageInput
	Figure string `query:"figure" enum:"open,overdue,unplanned" default:"open"`
}

func (s *Server) controlCases(ctx context.Context, in *controlFigureInput) (*listOutput[CaseItemView], error) {
	return s.showFigure(ctx, &in.ReportInput, in.PageInput, crm.ReportFigure{Report: crm.ReportControl, Column: in.Figure})
}

type controlTasksInput struct {
	ReportInput
	PageInput
	Overdue bool `query:"overdue" doc:"Only those"`
}

// controlTasks are the tasks on the desks of people, as the report counts them.
func (s *Server) controlTasks(ctx context.Context, in *controlTasksInput) (*listOutput[taskView], error) {
	f, after, err := s.figureAsked(ctx, &in.ReportInput, in.PageInput)
	if err != nil {
		return nil, err
	}
	page, err := s.services.Reports.DeskTasks(ctx, f, in.Overdue, after, in.limit())
	if err != nil {
		return nil, err
	}
	return s.showTasks(ctx, page)
}

type lossFigureInput struct {
	ReportInput
	PageInput
	Reason     string `query:"reason" maxLength:"200" doc:"Key; -: none was given"`
	Competitor string `query:"competitor" maxLength:"36" doc:"Id of a client; -: none is named"`
}

func (s *Server) lossCases(ctx context.Context, in *lossFigureInput) (*listOutput[CaseItemView], error) {
	row := rowOf("reason", in.Reason, "competitor", in.Competitor)
	return s.showFigure(ctx, &in.ReportInput, in.PageInput, crm.ReportFigure{Report: crm.ReportLosses, Row: row, Column: "cases"})
}

type claimFigureInput struct {
	ReportInput
	PageInput
	Reason            string `query:"reason" maxLength:"200" doc:"Key; -: not known yet"`
	DepartmentAtFault string `query:"department_at_fault" maxLength:"36" doc:"Id; -: none is named"`
	EmployeeAtFault   string `query:"employee_at_fault" maxLength:"36" doc:"Id of a user; -: nobody is named"`
	Figure            string `query:"figure" enum:"under_review,satisfied,not_satisfied,cancelled" required:"true"`
}

func (s *Server) claimCases(ctx context.Context, in *claimFigureInput) (*listOutput[CaseItemView], error) {
	row := rowOf("reason", in.Reason, "department_at_fault", in.DepartmentAtFault, "employee_at_fault", in.EmployeeAtFault)
	return s.showFigure(ctx, &in.ReportInput, in.PageInput, crm.ReportFigure{Report: crm.ReportClaims, Row: row, Column: in.Figure})
}

type channelFigureInput struct {
	ReportInput
	PageInput
	Figure string `query:"figure" enum:"cases,deals,won" default:"cases"`
}

// channelCases are of the row that the report's own source and channel name.
func (s *Server) channelCases(ctx context.Context, in *channelFigureInput) (*listOutput[CaseItemView], error) {
	return s.showFigure(ctx, &in.ReportInput, in.PageInput, crm.ReportFigure{Report: crm.ReportChannels, Column: in.Figure})
}

type channelClientsInput struct {
	ReportInput
	PageInput
}

// channelClients are of the same row; a client who came in several ways is behind each of them.
func (s *Server) channelClients(ctx context.Context, in *channelClientsInput) (*listOutput[clientView], error) {
	f, after, err := s.figureAsked(ctx, &in.ReportInput, in.PageInput)
	if err != nil {
		return nil, err
	}
	page, err := s.services.Reports.ChannelClients(ctx, f, after, in.limit())
	if err != nil {
		return nil, err
	}
	return pageOf(page, s.viewClient)
}

type demandFigureInput struct {
	ReportInput
	PageInput
	Name   string `query:"name" maxLength:"1000" doc:"What was asked for, in small or capital letters"`
	Figure string `query:"figure" enum:"cases,won" default:"cases"`
}

func (s *Server) demandCases(ctx context.Context, in *demandFigureInput) (*listOutput[CaseItemView], error) {
	return s.showFigure(ctx, &in.ReportInput, in.PageInput, crm.ReportFigure{Report: crm.ReportDemand, Row: rowOf("name", in.Name), Column: in.Figure})
}

type standardFigureInput struct {
	ReportInput
	PageInput
	Map     string `query:"map" maxLength:"63"`
	Stage   string `query:"stage" maxLength:"400" doc:"Its path"`
	Purpose string `query:"purpose" maxLength:"200" doc:"-: not classified yet"`
	Figure  string `query:"figure" enum:"tasks,limited,in_time,late,overdue" default:"tasks"`
}

// standardCases are fewer than the tasks that the report counts where a case had several.
func (s *Server) standardCases(ctx context.Context, in *standardFigureInput) (*listOutput[CaseItemView], error) {
	row := rowOf("map", in.Map, "stage", in.Stage, "purpose", in.Purpose)
	return s.showFigure(ctx, &in.ReportInput, in.PageInput, crm.ReportFigure{Report: crm.ReportStandards, Row: row, Column: in.Figure})
}

type potentialFigureInput struct {
	PotentialInput
	PageInput
	Group  string `query:"group" maxLength:"300" doc:"Key of a row; -: not known"`
	Figure string `query:"figure" enum:"cases,unknown" default:"cases"`
}

func (s *Server) potentialCases(ctx context.Context, in *potentialFigureInput) (*listOutput[CaseItemView], error) {
	f := crm.ReportFigure{Report: crm.ReportPotential, Row: rowOf("group", in.Group), Column: in.Figure, Filter: crm.ReportFilter{By: in.By}}
	return s.showFigure(ctx, &in.ReportInput, in.PageInput, f)
}

type communicationFigureInput struct {
	ReportInput
	PageInput
	Client    string              `query:"client" maxLength:"36" doc:"Id of a client"`
	Means     crm.InteractionKind `query:"means" enum:"call,meeting,email,sms,calendar,other" doc:"Kind of the interactions; kind is that of their cases"`
	Direction string              `query:"direction" enum:"in,out,-,all" doc:"With means; -, or missing: those of which it is not known; all: in, out and those"`
}

func (s *Server) communicationItems(ctx context.Context, in *communicationFigureInput) (*listOutput[interactionView], error) {
	f, after, err := s.figureAsked(ctx, &in.ReportInput, in.PageInput)
	if err != nil {
		return nil, err
	}
	asked := crm.CommunicationFilter{ReportFilter: f}
	if asked.ClientID, err = idParameter("client", in.Client); err != nil {
		return nil, err
	}
	if after != nil && after.At == nil {
		return nil, failed(http.StatusBadRequest, "invalid_cursor").field(ProblemField{Parameter: "after", Code: "invalid_cursor"})
	}
	page, err := s.services.Reports.CommunicationItems(ctx, asked, in.Means, strings.TrimPrefix(in.Direction, notThere), after, in.limit())
	if err != nil {
		return nil, err
	}
	return pageOf(page, viewInteraction)
}
