package server

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/routemaps"
	"marshrut/routemaps/render"
)

// mapView is a route map: what belongs to it, and what its newest version says.
type mapView struct {
	ID               string           `json:"id" example:"appeal"`
	Process          crm.Kind         `json:"process" enum:"appeal,deal,interest,claim"`
	Name             string           `json:"name"`
	Names            crm.Text         `json:"names"`
	Group            string           `json:"group,omitempty"`
	Comment          string           `json:"comment,omitempty"`
	Control          string           `json:"control" enum:"process,manual" doc:"Who moves its cases (R31, R32)"`
	Independent      bool             `json:"independent" doc:"Its cases do not stand under an interest (R38)"`
	AcceptanceWizard bool             `json:"acceptance_wizard" doc:"Offered when a request is accepted (R38)"`
	ManualMode       string           `json:"manual_mode" enum:"allowed,forbidden" doc:"May its cases be switched to manual mode (R34)"`
	State            string           `json:"state" enum:"draft,active,archived" doc:"Only active ones can be chosen for new cases (R38)"`
	AvailableTo      crm.Availability `json:"available_to" doc:"Who may choose it; empty: everyone (R38)"`
	Version          int              `json:"version" doc:"The newest one"`
	Origin           origin           `json:"origin" enum:"shipped,changed,own" doc:"shipped: as it comes with the program or from its folder; changed: it came so, and the company has published a newer version; own: the company's alone"`
	Revision         int              `json:"revision" doc:"The number in its ETag: raised by each change and each new version"`
	UpdatedAt        time.Time        `json:"updated_at"`
	Intake           []itemView       `json:"intake" doc:"What is asked when a case is made"`
	Stages           []mapStageView   `json:"stages"`
}

type mapStageView struct {
	ID           string        `json:"id"`
	Name         string        `json:"name"`
	Names        crm.Text      `json:"names"`
	Kind         string        `json:"kind" enum:"task,choice,parallel,route,action,wait"`
	Instructions string        `json:"instructions,omitempty"`
	Outcomes     []outcomeView `json:"outcomes"`
}

func viewMap(record *crm.RouteMap, m *routemaps.Map, lang crm.Lang) mapView {
	v := mapView{
		ID: record.ID, Process: record.Process, Name: m.Name.In(lang), Names: m.Name, Group: m.Group.In(lang),
		Comment: m.Comment.In(lang), Control: string(m.Control), Independent: m.Independent, AcceptanceWizard: m.AcceptanceWizard,
		ManualMode: string(m.Settings.ManualMode), State: record.State, AvailableTo: record.AvailableTo, Version: record.Latest,
		Revision: record.Revision, UpdatedAt: record.UpdatedAt, Intake: viewForm(m, m.Intake, lang), Stages: make([]mapStageView, 0, len(m.Stages)),
	}
	switch {
	case !record.Shipped:
		v.Origin = "own"
	case record.Replaced:
		v.Origin = "changed"
	default:
		v.Origin = "shipped"
	}
	for i := range m.Stages {
		stage := &m.Stages[i]
		shown := mapStageView{
			ID: stage.ID, Name: stage.Name.In(lang), Names: stage.Name, Kind: string(stage.Kind),
			Instructions: stage.Instructions.In(lang), Outcomes: make([]outcomeView, 0, len(stage.Outcomes)),
		}
		for j := range stage.Outcomes {
			shown.Outcomes = append(shown.Outcomes, viewOutcome(m, stage, &stage.Outcomes[j], lang))
		}
		v.Stages = append(v.Stages, shown)
	}
	return v
}

type mapFilter struct {
	Process crm.Kind           `query:"process" enum:"appeal,deal,interest,claim"`
	State   routemaps.MapState `query:"state" enum:"draft,active,archived"`
}

func (s *Server) listRouteMaps(ctx context.Context, in *mapFilter) (*listOutput[mapView], error) {
	records, err := s.services.Maps.RouteMaps(ctx)
	if err != nil {
		return nil, err
	}
	out := &listOutput[mapView]{Body: List[mapView]{Items: []mapView{}}}
	for i := range records {
		r := &records[i]
		if in.Process != "" && r.Process != in.Process || in.State != "" && r.State != string(in.State) {
			continue
		}
		m, err := s.services.Maps.Map(ctx, r.ID, r.Latest)
		if err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, viewMap(r, m, langOf(ctx)))
	}
	return out, nil
}

// MapPath names a route map.
type MapPath struct {
	ID string `path:"id" doc:"Id of the route map" example:"appeal"`
}

type mapOutput struct {
	ETag string `header:"ETag"`
	Body mapView
}

func (s *Server) getRouteMap(ctx context.Context, in *MapPath) (*mapOutput, error) {
	record, err := s.services.Maps.RouteMap(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return s.showMap(ctx, record)
}

func (s *Server) showMap(ctx context.Context, record *crm.RouteMap) (*mapOutput, error) {
	m, err := s.services.Maps.Map(ctx, record.ID, record.Latest)
	if err != nil {
		return nil, err
	}
	return &mapOutput{ETag: etag(record.Revision), Body: viewMap(record, m, langOf(ctx))}, nil
}

// versionView is a published version of a route map.
type versionView struct {
	Map         string    `json:"map"`
	Version     int       `json:"version"`
	SHA256      string    `json:"sha256"`
	PublishedAt time.Time `json:"published_at"`
	PublishedBy uuid.UUID `json:"published_by,omitzero" format:"uuid" doc:"Missing: it came with the program or from its folder"`
	Source      string    `json:"source,omitempty" doc:"The YAML as published; lists leave it out"`

	Diagram *render.Diagram `json:"diagram,omitempty" doc:"To be drawn; lists leave it out"`
}

func viewVersion(v *crm.RouteMapVersion) versionView {
	return versionView{Map: v.MapID, Version: v.Version, SHA256: v.SHA256, PublishedAt: v.PublishedAt, PublishedBy: v.PublishedBy}
}

func (s *Server) listRouteMapVersions(ctx context.Context, in *MapPath) (*listOutput[versionView], error) {
	versions, err := s.services.Maps.RouteMapVersions(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return listOf(versions, viewVersion), nil
}

type versionInput struct {
	MapPath
	Version string `path:"version" doc:"Number of the version" example:"1"`
}

type versionOutput struct {
	Status   int
	Location string `header:"Location"`
	Body     versionView
}

func (s *Server) getRouteMapVersion(ctx context.Context, in *versionInput) (*versionOutput, error) {
	number, err := strconv.ParseInt(in.Version, 10, 32)
	if err != nil || number < 1 {
		return nil, failed(http.StatusNotFound, "route_map_not_found")
	}
	v, err := s.services.Maps.RouteMapVersion(ctx, in.ID, int(number))
	if err != nil {
		return nil, err
	}
	m, err := s.services.Maps.Map(ctx, v.MapID, v.Version)
	if err != nil {
		return nil, err
	}
	diagram, err := s.draw(ctx, m)
	if err != nil {
		return nil, err
	}
	out := &versionOutput{Status: http.StatusOK, Body: viewVersion(v)}
	out.Body.Source, out.Body.Diagram = string(v.Source), diagram
	return out, nil
}

// draw makes the diagram of a map, with the company's own roles by their names.
func (s *Server) draw(ctx context.Context, m *routemaps.Map) (*render.Diagram, error) {
	name, err := s.nameOf(ctx)
	if err != nil {
		return nil, err
	}
	diagram := render.Draw(m, langOf(ctx), render.WithPerformers(name))
	return &diagram, nil
}

// mapCasesView is how many open cases stand at a stage of a version.
type mapCasesView struct {
	Version int    `json:"version"`
	Stage   string `json:"stage" doc:"Id of the outermost stage, which that version has"`
	Cases   int    `json:"cases" doc:"Of those that the caller may see"`
}

type mapCasesOutput struct {
	Body struct {
		Items []mapCasesView `json:"items" doc:"The newest version first"`
		More  bool           `json:"more" doc:"There are more than 10000: as many were counted, and the numbers are at least these"`
	}
}

func (s *Server) listMapCases(ctx context.Context, in *MapPath) (*mapCasesOutput, error) {
	record, err := s.services.Maps.RouteMap(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	counts, more, err := s.services.Maps.MapCases(ctx, record.Process, record.ID)
	if err != nil {
		return nil, err
	}
	out := &mapCasesOutput{}
	out.Body.Items, out.Body.More = make([]mapCasesView, 0, len(counts)), more
	for _, c := range counts {
		out.Body.Items = append(out.Body.Items, mapCasesView(c))
	}
	return out, nil
}

type sourceInput struct {
	Body struct {
		Source string `json:"source" minLength:"1" maxLength:"500000" doc:"The route map's YAML"`
	}
}

type publishInput struct {
	Body struct {
		Source string `json:"source" minLength:"1" maxLength:"500000" doc:"The route map's YAML"`
		After  *int   `json:"after,omitempty" minimum:"0" doc:"The version that the text was made from, 0 for a new map: refused as stale when another one is the newest"`
	}
}

// publishRouteMap answers 201 for a new version and 200 when the content is published already.
func (s *Server) publishRouteMap(ctx context.Context, in *publishInput) (*versionOutput, error) {
	v, fresh, err := s.publish(ctx, in)
	if wrong, ok := errors.AsType[routemaps.Errors](err); ok {
		return nil, mapErrors(wrong, langOf(ctx))
	}
	if err != nil {
		return nil, err
	}
	out := &versionOutput{Status: http.StatusOK, Body: viewVersion(v)}
	if fresh {
		out.Status = http.StatusCreated
		out.Location = apiPrefix + "/route-maps/" + v.MapID + "/versions/" + strconv.Itoa(v.Version)
	}
	return out, nil
}

func (s *Server) publish(ctx context.Context, in *publishInput) (*crm.RouteMapVersion, bool, error) {
	source, by := []byte(in.Body.Source), userOf(ctx).ID
	if in.Body.After == nil {
		return s.services.Maps.PublishRouteMap(ctx, source, by)
	}
	return s.services.Maps.PublishRouteMapAfter(ctx, source, by, *in.Body.After)
}

// mapErrors is the answer to a route map that cannot be published: every error with its place in the text.
func mapErrors(wrong routemaps.Errors, lang crm.Lang) error {
	e := failed(http.StatusUnprocessableEntity, "route_map_invalid").with("count", strconv.Itoa(len(wrong)))
	for _, one := range wrong {
		e.fields = append(e.fields, lintField(one, lang))
	}
	return e
}

type lintOutput struct {
	Body struct {
		Valid    bool           `json:"valid"`
		ID       string         `json:"id,omitempty"`
		Errors   []ProblemField `json:"errors"`
		Warnings []ProblemField `json:"warnings" doc:"Legal, but worth a look"`

		Process crm.Kind        `json:"process,omitempty" enum:"appeal,deal,interest,claim"`
		Control string          `json:"control,omitempty" enum:"process,manual"`
		Intake  []itemView      `json:"intake,omitempty" doc:"What is asked when a case is made"`
		Diagram *render.Diagram `json:"diagram,omitempty" doc:"To be drawn; missing while the text cannot be read as a map"`
	}
}

func (s *Server) lintRouteMap(ctx context.Context, in *sourceInput) (*lintOutput, error) {
	m, warnings, wrong, err := s.services.Maps.LintRouteMap(ctx, []byte(in.Body.Source))
	if err != nil {
		return nil, err
	}
	out := &lintOutput{}
	out.Body.Valid = len(wrong) == 0
	if m != nil {
		out.Body.ID, out.Body.Process, out.Body.Control = m.ID, m.Process, string(m.Control)
		out.Body.Intake = viewForm(m, m.Intake, langOf(ctx))
		if out.Body.Diagram, err = s.draw(ctx, m); err != nil {
			return nil, err
		}
	}
	out.Body.Errors, out.Body.Warnings = make([]ProblemField, 0, len(wrong)), make([]ProblemField, 0, len(warnings))
	for _, e := range wrong {
		out.Body.Errors = append(out.Body.Errors, lintField(e, langOf(ctx)))
	}
	for i := range warnings {
		out.Body.Warnings = append(out.Body.Warnings, lintField((*routemaps.Error)(&warnings[i]), langOf(ctx)))
	}
	return out, nil
}

func lintField(e *routemaps.Error, lang crm.Lang) ProblemField {
	message, hint := e.Texts(lang)
	return ProblemField{Pointer: "/source", Code: e.Code, Detail: message, Line: e.Line, Column: e.Column, Hint: hint, worded: true}
}

type patchMapInput struct {
	MapPath
	MatchInput
	Body struct {
		State       *string           `json:"state,omitempty" enum:"draft,active,archived"`
		AvailableTo *crm.Availability `json:"available_to,omitempty" doc:"Ids, keys or logins; empty lists: everyone"`
	}
}

func (s *Server) patchRouteMap(ctx context.Context, in *patchMapInput) (*mapOutput, error) {
	revision, err := in.version(func() (int, error) {
		record, err := s.services.Maps.RouteMap(ctx, in.ID)
		if err != nil {
			return 0, err
		}
		return record.Revision, nil
	})
	if err != nil {
		return nil, err
	}
	record, err := s.services.Maps.PatchRouteMap(ctx, in.ID, revision, crm.RouteMapPatch{State: in.Body.State, AvailableTo: in.Body.AvailableTo})
	if err != nil {
		return nil, err
	}
	return s.showMap(ctx, record)
}
