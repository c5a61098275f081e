package server

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/routemaps"
	"marshrut/routemaps/maptest"
)

// mapTestsView is the text of a map's tests. A map without any has them too: of version 0 and empty.
type mapTestsView struct {
	Map       string         `json:"map" example:"appeal"`
	Version   int            `json:"version" doc:"0: as they come with the program, or none yet"`
	Origin    origin         `json:"origin" enum:"shipped,changed,own,none" doc:"shipped: as they come with the program; changed: the company's, in the place of the shipped ones; own: the company's alone; none: nobody has written any yet"`
	Source    string         `json:"source" doc:"YAML; empty where there are none"`
	Errors    []ProblemField `json:"errors" doc:"What keeps them from being run, with its line: a text that is not finished is kept as well"`
	UpdatedAt *time.Time     `json:"updated_at,omitempty"`
	UpdatedBy uuid.UUID      `json:"updated_by,omitzero" format:"uuid"`
}

func viewMapTests(t *crm.RouteMapTests) mapTestsView {
	v := mapTestsView{Map: t.MapID, Version: t.Version, Origin: originOf(t.Version, t.Shipped), Source: t.Source, Errors: []ProblemField{}, UpdatedBy: t.UpdatedBy}
	if t.Source == "" {
		v.Origin = "none"
		return v
	}
	if !t.UpdatedAt.IsZero() {
		v.UpdatedAt = &t.UpdatedAt
	}
	if wrong, ok := errors.AsType[*routemaps.Error](maptest.Check("tests", []byte(t.Source))); ok {
		v.Errors = append(v.Errors, testsField("/source", wrong))
	}
	return v
}

// testsField tells what keeps tests from being run, in English as their own words are.
func testsField(pointer string, wrong *routemaps.Error) ProblemField {
	return ProblemField{Pointer: pointer, Code: wrong.Code, Detail: wrong.Message, Hint: wrong.Hint, Line: wrong.Line, Column: wrong.Column, worded: true}
}

type mapTestsOutput struct {
	ETag string `header:"ETag"`
	Body mapTestsView
}

func showMapTests(t *crm.RouteMapTests) *mapTestsOutput {
	return &mapTestsOutput{ETag: etag(t.Version), Body: viewMapTests(t)}
}

func (s *Server) getMapTests(ctx context.Context, in *MapPath) (*mapTestsOutput, error) {
	t, err := s.services.Maps.RouteMapTests(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return showMapTests(t), nil
}

type putMapTestsInput struct {
	MapPath
	MatchInput
	Body struct {
		Source string `json:"source" minLength:"1" maxLength:"500000" doc:"The tests, YAML. What cannot be run yet is kept and told; the tests of another map are refused"`
	}
}

// putMapTests keeps what is not finished, too: whoever stops in the middle of a test goes on with it elsewhere, or shows it to a
// colleague, and nothing but a designer's look at the tests depends on them. Another map's tests are a mistake whatever else they say.
func (s *Server) putMapTests(ctx context.Context, in *putMapTestsInput) (*mapTestsOutput, error) {
	version, err := s.mapTestsVersion(ctx, in.MapPath, in.MatchInput)
	if err != nil {
		return nil, err
	}
	if named, line := maptest.Tested([]byte(in.Body.Source)); named != "" && named != in.ID {
		return nil, s.othersTests(ctx, in.ID, named, line)
	}
	stored, err := s.services.Maps.PutRouteMapTests(ctx, crm.RouteMapTests{MapID: in.ID, Version: version, Source: in.Body.Source, UpdatedBy: userOf(ctx).ID})
	if err != nil {
		return nil, err
	}
	return showMapTests(stored), nil
}

func (s *Server) othersTests(ctx context.Context, id, named string, line int) error {
	if _, err := s.services.Maps.RouteMap(ctx, id); err != nil {
		return err
	}
	const code = "tests_of_another_map"
	params := map[string]string{"map": id, "named": named}
	refused := failed(http.StatusUnprocessableEntity, code).field(ProblemField{Pointer: "/source", Code: code, Line: line, Column: 1, params: params})
	return refused.with("map", id).with("named", named)
}

type deleteMapTestsInput struct {
	MapPath
	MatchInput
}

func (s *Server) deleteMapTests(ctx context.Context, in *deleteMapTestsInput) (*struct{}, error) {
	version, err := s.mapTestsVersion(ctx, in.MapPath, in.MatchInput)
	if err != nil {
		return nil, err
	}
	return nil, s.services.Maps.DeleteRouteMapTests(ctx, crm.RouteMapTests{MapID: in.ID, Version: version, UpdatedBy: userOf(ctx).ID})
}

func (s *Server) mapTestsVersion(ctx context.Context, path MapPath, match MatchInput) (int, error) {
	return versionOf(ctx, match, path.ID, s.services.Maps.RouteMapTests, func(t *crm.RouteMapTests) int { return t.Version })
}
