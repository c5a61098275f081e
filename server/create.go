package server

import (
	"context"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/routemaps"
)

// NewCase is what all kinds of case are made of.
type NewCase struct {
	ClientID      uuid.UUID      `json:"client_id,omitzero" format:"uuid" doc:"An existing client; or give client"`
	Client        *inlineClient  `json:"client,omitempty" doc:"A client made together with the case"`
	Map           string         `json:"map,omitempty" maxLength:"200" doc:"Id of an active route map; without it the usual one of the kind is taken"`
	Topic         string         `json:"topic,omitempty" maxLength:"1000"`
	Source        string         `json:"source,omitempty" maxLength:"200" doc:"Where the client came from"`
	Fields        map[string]any `json:"fields,omitempty" doc:"Values of the map's intake form"`
	ResponsibleID uuid.UUID      `json:"responsible_id,omitzero" format:"uuid" doc:"Without it: whoever makes the case"`
	ParentID      uuid.UUID      `json:"parent_id,omitzero" format:"uuid" doc:"The case it follows from"`
}

type inlineClient struct {
	Kind  string   `json:"kind,omitempty" enum:"company,individual" doc:"company, unless said otherwise"`
	Name  string   `json:"name" minLength:"1" maxLength:"300"`
	Email string   `json:"email,omitempty" maxLength:"254"`
	Phone string   `json:"phone,omitempty" maxLength:"40"`
	Lang  crm.Lang `json:"lang,omitempty" enum:"ru,en" doc:"The language it is written to in"`
}

type newCaseInput struct {
	Body NewCase
}

// The kinds of deal (R31).
const (
	dealProcess  = "process"
	dealManual   = "manual"
	dealNoStages = "no_stages"
)

type newDealInput struct {
	Body struct {
		NewCase
		Kind  string `json:"kind,omitempty" enum:"process,manual,no_stages" doc:"Led by its process, moved by hand, or without stages (R31); as the map says, if one is given; else by its process"`
		Stage string `json:"stage,omitempty" maxLength:"200" doc:"Manual deals: where to begin; without it, at the first stage"`
	}
}

// newCaseOutput is a case just made, with the work it brings.
type newCaseOutput struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     caseWithTasks
}

type caseWithTasks struct {
	Case      caseView   `json:"case"`
	NextTasks []taskView `json:"next_tasks" doc:"The tasks this has opened"`
}

func (s *Server) createAppeal(ctx context.Context, in *newCaseInput) (*newCaseOutput, error) {
	return s.create(ctx, caseOf(crm.Appeal, &in.Body))
}

func (s *Server) createInterest(ctx context.Context, in *newCaseInput) (*newCaseOutput, error) {
	return s.create(ctx, caseOf(crm.Interest, &in.Body))
}

func (s *Server) createClaim(ctx context.Context, in *newCaseInput) (*newCaseOutput, error) {
	return s.create(ctx, caseOf(crm.Claim, &in.Body))
}

func (s *Server) createDeal(ctx context.Context, in *newDealInput) (*newCaseOutput, error) {
	c := caseOf(crm.Deal, &in.Body.NewCase)
	c.Stage = in.Body.Stage
	var err error
	switch in.Body.Kind {
	case dealNoStages:
		c.NoStages = true
		if c.MapID != "" {
			err = invalid("/map", "no_map_wanted")
		}
	case dealManual:
		c.MapID, err = s.mapFor(ctx, crm.Deal, c.MapID, routemaps.ControlManual)
	case dealProcess:
		c.MapID, err = s.mapFor(ctx, crm.Deal, c.MapID, routemaps.ControlProcess)
	}
	if err != nil {
		return nil, err
	}
	return s.create(ctx, c)
}

func caseOf(kind crm.Kind, body *NewCase) crm.NewCase {
	c := crm.NewCase{
		Kind: kind, ClientID: body.ClientID, MapID: body.Map, Topic: crm.OneLine(body.Topic), Source: crm.OneLine(body.Source),
		Fields: body.Fields, ResponsibleID: body.ResponsibleID, Parent: body.ParentID,
	}
	if body.Client != nil {
		c.Client = &crm.NewClient{
			Kind: body.Client.Kind, Name: crm.OneLine(body.Client.Name), Email: strings.TrimSpace(body.Client.Email),
			Phone: crm.OneLine(body.Client.Phone), Lang: body.Client.Lang,
		}
	}
	return c
}

// mapFor is the id of a map of this control: the one asked for, or the first active one. Whether the user may choose it
// is decided where the case is made.
func (s *Server) mapFor(ctx context.Context, kind crm.Kind, asked string, control routemaps.Control) (string, error) {
	maps, err := s.services.Maps.RouteMaps(ctx)
	if err != nil {
		return "", err
	}
	for i := range maps {
		if maps[i].Process != kind || asked != "" && maps[i].ID != asked || asked == "" && maps[i].State != string(routemaps.MapActive) {
			continue
		}
		m, err := s.services.Maps.Map(ctx, maps[i].ID, maps[i].Latest)
		if err != nil {
			return "", err
		}
		// The usual map of a process is chosen by its id where the case is made.
		if m.Control == control && asked == "" && control == routemaps.ControlProcess {
			return "", nil
		}
		if m.Control == control {
			return m.ID, nil
		}
		if asked != "" {
			return "", invalid("/map", "map_of_another_kind")
		}
	}
	return "", invalid("/map", "map_not_available")
}

// invalid refuses one field of a body.
func invalid(pointer, code string) error {
	return failed(http.StatusUnprocessableEntity, "validation_failed").field(ProblemField{Pointer: pointer, Code: code})
}

func (s *Server) create(ctx context.Context, c crm.NewCase) (*newCaseOutput, error) {
	if err := checkParties(&c); err != nil {
		return nil, err
	}
	call := callOf(ctx)
	c.By, c.At, c.IdempotencyKey, c.BodyHash = call.user.ID, s.clock(), call.key, call.hash
	if c.ResponsibleID == uuid.Nil {
		c.ResponsibleID = call.user.ID
	}
	made, _, err := s.services.Routes.CreateCase(ctx, c)
	if err != nil {
		return nil, err
	}
	// The tasks of transition 1, so that a repetition shows the same ones.
	shown, tasks, err := s.services.Tasks.CaseWithTasks(ctx, made.ID, 1)
	if err != nil {
		return nil, err
	}
	out := &newCaseOutput{Location: apiPrefix + "/cases/" + made.ID.String(), ETag: etag(shown.Version)}
	out.Body.Case = viewCase(shown)
	out.Body.NextTasks, err = s.viewTasks(ctx, tasks)
	return out, err
}

// checkParties wants a client everywhere; only a deal may do without one (R22).
func checkParties(c *crm.NewCase) error {
	switch {
	case c.Client != nil && c.ClientID != uuid.Nil:
		return invalid("/client", "client_given_twice")
	case c.Client == nil && c.ClientID == uuid.Nil && c.Kind != crm.Deal:
		return invalid("/client_id", codeRequired)
	case c.Client != nil && c.Client.Name == "":
		return invalid("/client/name", codeRequired)
	case c.Client != nil && c.Client.Email != "" && !mailAddress(c.Client.Email):
		return invalid("/client/email", "expected_email")
	}
	return nil
}
