package server

import (
	"context"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

// interactionView is a call, a meeting or a message, planned or done.
type interactionView struct {
	ID            uuid.UUID             `json:"id" format:"uuid"`
	CaseID        uuid.UUID             `json:"case_id,omitzero" format:"uuid"`
	ClientID      uuid.UUID             `json:"client_id,omitzero" format:"uuid"`
	ContactID     uuid.UUID             `json:"contact_id,omitzero" format:"uuid"`
	Kind          crm.InteractionKind   `json:"kind" enum:"call,meeting,email,sms,calendar,other"`
	Direction     string                `json:"direction,omitempty" enum:"in,out"`
	Status        crm.InteractionStatus `json:"status" enum:"planned,completed,cancelled"`
	At            time.Time             `json:"at"`
	Topic         string                `json:"topic"`
	Content       string                `json:"content,omitempty"`
	ResponsibleID uuid.UUID             `json:"responsible_id,omitzero" format:"uuid"`
	Version       int                   `json:"version"`
	CreatedAt     time.Time             `json:"created_at"`
	CreatedBy     uuid.UUID             `json:"created_by,omitzero" format:"uuid"`
}

func viewInteraction(i *crm.Interaction) interactionView {
	return interactionView{
		ID: i.ID, CaseID: i.CaseID, ClientID: i.ClientID, ContactID: i.ContactID, Kind: i.Kind, Direction: i.Direction,
		Status: i.Status, At: i.At, Topic: i.Topic, Content: i.Content, ResponsibleID: i.ResponsibleID, Version: i.Version,
		CreatedAt: i.CreatedAt, CreatedBy: i.CreatedBy,
	}
}

type interactionFilter struct {
	PageInput
	Case        string                `query:"case" doc:"Id of a case" maxLength:"36"`
	Client      string                `query:"client" doc:"Id of a client" maxLength:"36"`
	Responsible string                `query:"responsible" doc:"Id of a user, or me" maxLength:"36"`
	Kind        crm.InteractionKind   `query:"kind" enum:"call,meeting,email,sms,calendar,other"`
	Status      crm.InteractionStatus `query:"status" enum:"planned,completed,cancelled"`
}

func (s *Server) listInteractions(ctx context.Context, in *interactionFilter) (*listOutput[interactionView], error) {
	after, err := in.cursor()
	if err != nil {
		return nil, err
	}
	f := crm.InteractionFilter{Kind: in.Kind, Status: in.Status, After: after, Limit: in.limit()}
	if f.CaseID, err = idParameter("case", in.Case); err != nil {
		return nil, err
	}
	if f.ClientID, err = idParameter("client", in.Client); err != nil {
		return nil, err
	}
	if f.Responsible, err = userParameter(ctx, "responsible", in.Responsible); err != nil {
		return nil, err
	}
	page, err := s.services.Interactions.ListInteractions(ctx, f)
	if err != nil {
		return nil, err
	}
	return pageOf(page, viewInteraction)
}

// InteractionPath names an interaction.
type InteractionPath struct {
	ID string `path:"id" doc:"Id of the interaction"`
}

type interactionOutput struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     interactionView
}

func showInteraction(i *crm.Interaction) *interactionOutput {
	return &interactionOutput{ETag: etag(i.Version), Body: viewInteraction(i)}
}

func (s *Server) getInteraction(ctx context.Context, in *InteractionPath) (*interactionOutput, error) {
	id, err := idOf(in.ID, "interaction_not_found")
	if err != nil {
		return nil, err
	}
	i, err := s.services.Interactions.Interaction(ctx, id)
	if err != nil {
		return nil, err
	}
	return showInteraction(i), nil
}

type newInteractionInput struct {
	Body struct {
		CaseID        uuid.UUID             `json:"case_id,omitzero" format:"uuid"`
		ClientID      uuid.UUID             `json:"client_id,omitzero" format:"uuid" doc:"Without it: the case's client"`
		ContactID     uuid.UUID             `json:"contact_id,omitzero" format:"uuid"`
		Kind          crm.InteractionKind   `json:"kind" enum:"call,meeting,email,sms,calendar,other"`
		Direction     string                `json:"direction,omitempty" enum:"in,out"`
		Status        crm.InteractionStatus `json:"status,omitempty" enum:"planned,completed" default:"completed"`
		At            time.Time             `json:"at" doc:"When it was, or is planned"`
		Topic         string                `json:"topic,omitempty" maxLength:"500"`
		Content       string                `json:"content,omitempty" maxLength:"20000"`
		ResponsibleID uuid.UUID             `json:"responsible_id,omitzero" format:"uuid" doc:"Without it: whoever records it"`
	}
}

func (s *Server) createInteraction(ctx context.Context, in *newInteractionInput) (*interactionOutput, error) {
	b, by := &in.Body, userOf(ctx).ID
	if b.CaseID == uuid.Nil && b.ClientID == uuid.Nil {
		return nil, invalid("/client_id", codeRequired)
	}
	if err := sensibleTime("/at", b.At); err != nil {
		return nil, err
	}
	responsible := b.ResponsibleID
	if responsible == uuid.Nil {
		responsible = by
	}
	i, err := s.services.Interactions.CreateInteraction(ctx, crm.Interaction{
		ID: recordID(ctx), CaseID: b.CaseID, ClientID: b.ClientID, ContactID: b.ContactID, Kind: b.Kind, Direction: b.Direction, Status: b.Status,
		At: b.At, Topic: crm.OneLine(b.Topic), Content: b.Content, ResponsibleID: responsible, CreatedBy: by,
	})
	if err != nil {
		return nil, err
	}
	out := showInteraction(i)
	out.Location = apiPrefix + "/interactions/" + i.ID.String()
	return out, nil
}

// sensibleTime refuses years that are typing errors, and that Postgres may not hold.
func sensibleTime(pointer string, at time.Time) error {
	if at.Year() < 1900 || at.Year() > 2200 {
		return invalid(pointer, "time_out_of_range")
	}
	return nil
}

type patchInteractionInput struct {
	InteractionPath
	MatchInput
	Body struct {
		ContactID     *uuid.UUID             `json:"contact_id,omitempty" format:"uuid"`
		Kind          *crm.InteractionKind   `json:"kind,omitempty" enum:"call,meeting,email,sms,calendar,other"`
		Direction     *string                `json:"direction,omitempty" enum:"in,out"`
		Status        *crm.InteractionStatus `json:"status,omitempty" enum:"planned,completed,cancelled" doc:"Cancelled ones stay in the feed; planned restores one (R4)"`
		At            *time.Time             `json:"at,omitempty"`
		Topic         *string                `json:"topic,omitempty" maxLength:"500"`
		Content       *string                `json:"content,omitempty" maxLength:"20000"`
		ResponsibleID *uuid.UUID             `json:"responsible_id,omitempty" format:"uuid"`
	}
}

func (s *Server) patchInteraction(ctx context.Context, in *patchInteractionInput) (*interactionOutput, error) {
	id, err := idOf(in.ID, "interaction_not_found")
	if err != nil {
		return nil, err
	}
	version, err := in.version(func() (int, error) {
		i, err := s.services.Interactions.Interaction(ctx, id)
		if err != nil {
			return 0, err
		}
		return i.Version, nil
	})
	if err != nil {
		return nil, err
	}
	b := &in.Body
	if b.At != nil {
		if err := sensibleTime("/at", *b.At); err != nil {
			return nil, err
		}
	}
	i, err := s.services.Interactions.PatchInteraction(ctx, id, version, crm.InteractionPatch{
		ContactID: b.ContactID, Kind: b.Kind, Direction: b.Direction, Status: b.Status, At: b.At, Topic: trimmed(b.Topic),
		Content: b.Content, ResponsibleID: b.ResponsibleID,
	}, userOf(ctx).ID)
	if err != nil {
		return nil, err
	}
	return showInteraction(i), nil
}
