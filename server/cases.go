package server

import (
	"cmp"
	"context"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

// CaseView is a case as the API shows it.
type CaseView struct {
	ID             uuid.UUID      `json:"id" format:"uuid"`
	Kind           crm.Kind       `json:"kind" enum:"appeal,deal,interest,claim"`
	Number         string         `json:"number" example:"A-000123"`
	Topic          string         `json:"topic"`
	Source         string         `json:"source,omitempty"`
	ClientID       uuid.UUID      `json:"client_id,omitzero" format:"uuid"`
	ClientName     string         `json:"client_name,omitempty" doc:"In lists and where one case is read"`
	ClientTime     string         `json:"client_time,omitempty" format:"date-time" doc:"What time it is at the client's now (R8); where its name is"`
	ContactID      uuid.UUID      `json:"contact_id,omitzero" format:"uuid" doc:"With whom at the client the case is"`
	ResponsibleID  uuid.UUID      `json:"responsible_id,omitzero" format:"uuid"`
	Fields         map[string]any `json:"fields" doc:"Values of the route map's fields"`
	Attributes     map[string]any `json:"attributes" doc:"Own attributes by key (R45)"`
	Map            *mapRef        `json:"map,omitempty" doc:"Missing: a deal without stages"`
	Mode           crm.Mode       `json:"mode" enum:"process,manual,none" doc:"Who moves it: its process, people, or nobody"`
	Status         crm.Status     `json:"status" enum:"open,positive,negative,cancelled"`
	Result         string         `json:"result,omitempty" enum:"won,lost,under_review,satisfied,not_satisfied" doc:"The status in words of deals and claims"`
	Outcome        string         `json:"outcome,omitempty" doc:"The outcome that ended it"`
	Stage          string         `json:"stage,omitempty" doc:"Id of the outermost stage it is at"`
	StageSince     *time.Time     `json:"stage_since,omitempty"`
	DueAt          *time.Time     `json:"due_at,omitempty" doc:"The case's own deadline"`
	Overdue        bool           `json:"overdue"`
	Manual         *manualView    `json:"manual,omitempty" doc:"When and why it left its process for good (R34)"`
	ParentID       uuid.UUID      `json:"parent_id,omitzero" format:"uuid" doc:"The case it was made from"`
	InteractionID  uuid.UUID      `json:"interaction_id,omitzero" format:"uuid" doc:"The interaction it was made from"`
	Sale           *saleView      `json:"sale,omitempty" doc:"Figures of a deal or an interest (R30), out of its fields"`
	Negotiations   bool           `json:"negotiations" doc:"Negotiations under way: no outcome leads on from its stage, and reports leave it out (R21)"`
	WorkflowID     string         `json:"workflow_id,omitempty" doc:"Of its workflow in Temporal" example:"appeal/A-000123"`
	Version        int            `json:"version"`
	CreatedAt      time.Time      `json:"created_at"`
	CreatedBy      uuid.UUID      `json:"created_by,omitzero" format:"uuid"`
	ClosedAt       *time.Time     `json:"closed_at,omitempty"`
	LastActivityAt time.Time      `json:"last_activity_at"`
}

type mapRef struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
}

type manualView struct {
	At     time.Time `json:"at"`
	By     uuid.UUID `json:"by" format:"uuid"`
	Reason string    `json:"reason"`
}

func viewCase(c *crm.Case) CaseView {
	v := CaseView{
		ID: c.ID, Kind: c.Kind, Number: c.Number, Topic: c.Topic, Source: c.Source, ClientID: c.ClientID, ContactID: c.ContactID,
		ResponsibleID: c.ResponsibleID, Fields: c.Fields, Attributes: c.Attributes, Mode: c.Mode, Status: c.Status, Result: resultOf(c),
		Outcome: c.Outcome, Stage: c.Stage, StageSince: c.StageSince, DueAt: c.DueAt, Overdue: c.Overdue, ParentID: c.Parent, InteractionID: c.InteractionID,
		Version: c.Version, CreatedAt: c.CreatedAt, CreatedBy: c.CreatedBy, ClosedAt: c.ClosedAt, LastActivityAt: c.LastActivityAt,
	}
	if v.Fields == nil {
		v.Fields = map[string]any{}
	}
	if v.Attributes == nil {
		v.Attributes = map[string]any{}
	}
	viewSale(&v, c)
	if c.MapID != "" {
		v.Map = &mapRef{ID: c.MapID, Version: c.MapVersion}
		v.WorkflowID = c.WorkflowID()
	}
	if c.Manual != nil {
		v.Manual = &manualView{At: c.Manual.At, By: c.Manual.By, Reason: c.Manual.Reason}
	}
	return v
}

// resultOf is the status in the words of the kind (R30, R36).
func resultOf(c *crm.Case) string {
	switch {
	case c.Kind == crm.Deal && c.Status == crm.StatusPositive:
		return "won"
	case c.Kind == crm.Deal && c.Status == crm.StatusNegative:
		return "lost"
	case c.Kind == crm.Claim && c.Status == crm.StatusOpen:
		return "under_review"
	case c.Kind == crm.Claim && c.Status == crm.StatusPositive:
		return "satisfied"
	case c.Kind == crm.Claim && c.Status == crm.StatusNegative:
		return "not_satisfied"
	}
	return ""
}

// CaseInput names a case by its id or its number.
type CaseInput struct {
	ID string `path:"id" doc:"Id or number of the case" example:"A-000123"`
}

var caseNumber = regexp.MustCompile(`^[ADIC]-[0-9]{6,12}$`)

// find reads the case of a path.
func (s *Server) find(ctx context.Context, text string) (*crm.Case, error) {
	if number := strings.ToUpper(text); caseNumber.MatchString(number) {
		return s.services.Cases.CaseByNumber(ctx, number)
	}
	id, err := idOf(text, "case_not_found")
	if err != nil {
		return nil, err
	}
	return s.services.Cases.Case(ctx, id)
}

type caseOutput struct {
	ETag string `header:"ETag"`
	Body CaseView
}

// showCase shows one case with its client's name and the time there.
func (s *Server) showCase(ctx context.Context, c *crm.Case) (*caseOutput, error) {
	v, err := s.viewCaseHere(ctx, c)
	if err != nil {
		return nil, err
	}
	if c.ClientID != uuid.Nil {
		client, err := s.services.Clients.Client(ctx, c.ClientID)
		if err != nil {
			return nil, err
		}
		v.ClientName, v.ClientTime = client.Name, s.timeAt(client)
	}
	return &caseOutput{ETag: etag(c.Version), Body: v}, nil
}

func (s *Server) getCase(ctx context.Context, in *CaseInput) (*caseOutput, error) {
	c, err := s.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return s.showCase(ctx, c)
}

// userParameter reads the id of a user, or "me".
func userParameter(ctx context.Context, name, text string) (uuid.UUID, error) {
	if text == "me" {
		return userOf(ctx).ID, nil
	}
	return idParameter(name, text)
}

type patchCaseInput struct {
	CaseInput
	MatchInput
	Body struct {
		Topic         *string             `json:"topic,omitempty" maxLength:"1000"`
		Source        *string             `json:"source,omitempty" maxLength:"200"`
		ClientID      *uuid.UUID          `json:"client_id,omitempty" format:"uuid" doc:"Another client; what was recorded with the former one stays with it"`
		ContactID     optional[uuid.UUID] `json:"contact_id,omitzero" format:"uuid" doc:"A contact of the client; null: nobody"`
		ResponsibleID *uuid.UUID          `json:"responsible_id,omitempty" format:"uuid" doc:"The open tasks addressed to the former responsible go with it (R62)"`
		Fields        map[string]any      `json:"fields,omitempty" doc:"Merged into the case's; null removes a value"`
		Attributes    map[string]any      `json:"attributes,omitempty" doc:"Own attributes (R45), merged as well; null removes a value"`
	}
}

func (s *Server) patchCase(ctx context.Context, in *patchCaseInput) (*caseOutput, error) {
	c, err := s.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	version, err := in.version(func() (int, error) { return c.Version, nil })
	if err != nil {
		return nil, err
	}
	source := trimmed(in.Body.Source)
	if source != nil {
		key, err := s.sourceKey(ctx, *source)
		if err != nil {
			return nil, err
		}
		*source = cmp.Or(key, *source)
	}
	c, err = s.services.Cases.PatchCase(ctx, c.ID, version, crm.CasePatch{
		Topic: trimmed(in.Body.Topic), Source: source, ClientID: in.Body.ClientID, ContactID: in.Body.ContactID.orZero(), ResponsibleID: in.Body.ResponsibleID, Fields: in.Body.Fields,
		Attributes: in.Body.Attributes,
	}, userOf(ctx).ID)
	if err != nil {
		return nil, err
	}
	return s.showCase(ctx, c)
}
