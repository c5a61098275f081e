package server

import (
	"context"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

// ParticipantBody is who is to take part.
type ParticipantBody struct {
	ClientID  uuid.UUID           `json:"client_id,omitzero" format:"uuid" doc:"One of the three"`
	ContactID uuid.UUID           `json:"contact_id,omitzero" format:"uuid"`
	UserID    uuid.UUID           `json:"user_id,omitzero" format:"uuid"`
	Role      crm.ParticipantRole `json:"role" enum:"customer,competitor,partner,supplier,expert,decision-maker,observer,colleague,other" doc:"A competitor is a client, a colleague a user"`
	Comment   string              `json:"comment,omitempty" maxLength:"1000"`
}

func (b *ParticipantBody) participant() crm.CaseParticipant {
	return crm.CaseParticipant{ClientID: b.ClientID, ContactID: b.ContactID, UserID: b.UserID, Role: b.Role, Comment: crm.OneLine(b.Comment)}
}

// caseParticipantView is who takes part in a case.
type caseParticipantView struct {
	ParticipantBody
	ID        uuid.UUID `json:"id" format:"uuid"`
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"created_at"`
	CreatedBy uuid.UUID `json:"created_by,omitzero" format:"uuid"`
}

func viewCaseParticipant(p *crm.CaseParticipant) caseParticipantView {
	return caseParticipantView{
		ParticipantBody: ParticipantBody{ClientID: p.ClientID, ContactID: p.ContactID, UserID: p.UserID, Role: p.Role, Comment: p.Comment},
		ID:              p.ID, Name: p.Name, CreatedAt: p.CreatedAt, CreatedBy: p.CreatedBy,
	}
}

func (s *Server) listParticipants(ctx context.Context, in *CaseInput) (*listOutput[caseParticipantView], error) {
	c, err := s.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	all, err := s.services.Cases.Participants(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	return listOf(all, viewCaseParticipant), nil
}

type newParticipantInput struct {
	CaseInput
	Body ParticipantBody
}

type participantOutput struct {
	Body caseParticipantView
}

func (s *Server) addParticipant(ctx context.Context, in *newParticipantInput) (*participantOutput, error) {
	c, err := s.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	p := in.Body.participant()
	p.CaseID, p.CreatedBy = c.ID, userOf(ctx).ID
	added, err := s.services.Cases.AddParticipant(ctx, p)
	if err != nil {
		return nil, err
	}
	return &participantOutput{Body: viewCaseParticipant(added)}, nil
}

type participantPath struct {
	CaseInput
	Participant string `path:"participant" doc:"Id of the participation"`
}

func (s *Server) removeParticipant(ctx context.Context, in *participantPath) (*struct{}, error) {
	c, err := s.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	id, err := idOf(in.Participant, "participant_not_found")
	if err != nil {
		return nil, err
	}
	return nil, s.services.Cases.RemoveParticipant(ctx, c.ID, id, userOf(ctx).ID)
}

type clientOwnerView struct {
	UserID uuid.UUID `json:"user_id" format:"uuid"`
	CaseID uuid.UUID `json:"case_id,omitzero" format:"uuid" doc:"Whose end shared the client"`
	Since  time.Time `json:"since"`
	First  bool      `json:"first" doc:"The client is his"`
}

type clientOwnersPath struct {
	ID string `path:"id" doc:"Id of the client"`
}

func (s *Server) listClientOwners(ctx context.Context, in *clientOwnersPath) (*listOutput[clientOwnerView], error) {
	id, err := idOf(in.ID, "client_not_found")
	if err != nil {
		return nil, err
	}
	if _, err := s.services.Clients.Client(ctx, id); err != nil {
		return nil, err
	}
	owners, err := s.services.Cases.ClientOwners(ctx, id)
	if err != nil {
		return nil, err
	}
	return listOf(owners, func(o *crm.ClientOwner) clientOwnerView {
		return clientOwnerView{UserID: o.UserID, CaseID: o.CaseID, Since: o.Since, First: o.First}
	}), nil
}

// referenceItemView is one thing to choose of a reference list.
type referenceItemView struct {
	Key      string   `json:"key" example:"price"`
	Name     string   `json:"name"`
	Names    crm.Text `json:"names"`
	Position int      `json:"position"`
	Active   bool     `json:"active" doc:"Can be chosen"`
	// PerformerID is of purposes only.
	PerformerID uuid.UUID `json:"performer_id,omitzero" format:"uuid" doc:"Who deals with appeals of this purpose: they are handed to him unless somebody else is named (R37)"`
	Version     int       `json:"version"`
}

func viewReferenceItem(lang crm.Lang, i *crm.ReferenceItem) referenceItemView {
	return referenceItemView{Key: i.Key, Name: i.Name.In(lang), Names: i.Name, Position: i.Position, Active: i.Active, PerformerID: i.PerformerID, Version: i.Version}
}

// ReferenceListPath names a reference list.
type ReferenceListPath struct {
	List crm.ReferenceList `path:"list" enum:"loss_reason,claim_reason,channel,purpose"`
}

func (s *Server) listReferenceItems(ctx context.Context, in *ReferenceListPath) (*listOutput[referenceItemView], error) {
	items, err := s.services.Cases.ReferenceItems(ctx, in.List)
	if err != nil {
		return nil, err
	}
	return listOf(items, func(i *crm.ReferenceItem) referenceItemView { return viewReferenceItem(langOf(ctx), i) }), nil
}

type referenceItemInput struct {
	ReferenceListPath
	PutInput
	Key  string `path:"key" maxLength:"63" doc:"kebab-case"`
	Body struct {
		Name     textBody `json:"name"`
		Position int      `json:"position,omitempty" minimum:"0" maximum:"10000"`
		Active   *bool    `json:"active,omitempty" doc:"true, unless said otherwise"`
		// PerformerID is of purposes only.
		PerformerID uuid.UUID `json:"performer_id,omitzero" format:"uuid" doc:"Of a purpose: who deals with its appeals (R37)"`
	}
}

type referenceItemOutput struct {
	ETag string `header:"ETag"`
	Body referenceItemView
}

// putReferenceItem adds an item with “If-None-Match: *” and changes one with If-Match.
func (s *Server) putReferenceItem(ctx context.Context, in *referenceItemInput) (*referenceItemOutput, error) {
	name := in.Body.Name.text()
	err := allInvalid(
		refusedIf(name.Empty(), "/name", codeRequired),
		keyError(in.Key, keyForm, "wrong_form"),
		refusedIf(in.Body.PerformerID != uuid.Nil && in.List != crm.Purposes, "/performer_id", "not_asked"),
	)
	if err != nil {
		return nil, err
	}
	version, err := itemVersion(in.PutInput, func() ([]crm.ReferenceItem, error) { return s.services.Cases.ReferenceItems(ctx, in.List) },
		func(one *crm.ReferenceItem) bool { return one.Key == in.Key }, func(one *crm.ReferenceItem) int { return one.Version })
	if err != nil {
		return nil, err
	}
	put, err := s.services.Cases.PutReferenceItem(ctx, crm.ReferenceItem{
		List: in.List, Key: in.Key, Name: name, Position: in.Body.Position, Active: in.Body.Active == nil || *in.Body.Active, PerformerID: in.Body.PerformerID,
	}, version)
	if err != nil {
		return nil, err
	}
	return &referenceItemOutput{ETag: etag(put.Version), Body: viewReferenceItem(langOf(ctx), put)}, nil
}
