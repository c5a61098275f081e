package server

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"marshrut/addressbook"
	"marshrut/crm"
)

// The directories that somebody met in an interaction can be entered in (R29).
const (
	asPartner    = "partner"    // a company, among the clients
	asContact    = "contact"    // a person at the interaction's client
	asIndividual = "individual" // a person who is a client himself
)

type fromInteractionInput struct {
	InteractionPath
	Body struct {
		As          string    `json:"as" enum:"partner,contact,individual" doc:"The directory: a company, a person at a client, or a person who is a client himself"`
		Participant *int      `json:"participant,omitempty" minimum:"0" maximum:"99" doc:"Which participant it is, from 0: his name and detail are taken, and the new record takes his place"`
		Name        string    `json:"name,omitempty" maxLength:"300" doc:"Without it: the participant's"`
		ClientID    uuid.UUID `json:"client_id,omitzero" format:"uuid" doc:"Of a contact: the client, where the interaction has none"`
		Position    string    `json:"position,omitempty" maxLength:"300" doc:"Of a contact"`
		Email       string    `json:"email,omitempty" maxLength:"300"`
		Phone       string    `json:"phone,omitempty" maxLength:"50"`

		Attributes   map[string]any `json:"attributes,omitempty" doc:"Own attributes of the new record (R45); null: none"`
		CreateAnyway bool           `json:"create_anyway,omitempty" doc:"Of a client: though there are clients that it may be"`
	}
}

// fillTries bounds how often the interaction is read again because somebody else has changed it.
const fillTries = 5

// createFromInteraction makes a client or a contact of somebody met in an interaction, and fills the interaction in from it
// (R29). A repeated request finds what it has made and goes on from there.
func (s *Server) createFromInteraction(ctx context.Context, in *fromInteractionInput) (*interactionOutput, error) {
	id, err := idOf(in.ID, "interaction_not_found")
	if err != nil {
		return nil, err
	}
	i, err := s.services.Interactions.Interaction(ctx, id)
	if err != nil {
		return nil, err
	}
	met, err := in.met(i)
	if err != nil {
		return nil, err
	}
	made, err := s.enter(ctx, in.Body.As, i, met)
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		patch, err := made.fill(i, met)
		if err != nil {
			return nil, err
		}
		filled, err := s.services.Interactions.PatchInteraction(ctx, id, i.Version, patch, userOf(ctx).ID)
		if known, ok := crm.AsError(err); ok && known.Kind == crm.KindStale && try < fillTries {
			if i, err = s.services.Interactions.Interaction(ctx, id); err == nil {
				continue
			}
		}
		if err != nil {
			return nil, err
		}
		return showInteraction(filled), nil
	}
}

// met is who was met in an interaction.
type met struct {
	name, position string
	client         uuid.UUID
	details        []crm.ContactDetail
	attributes     map[string]any
	anyway         bool             // though there are clients that it may be
	participant    *crm.Participant // nil: none of them
}

// met reads whom the request means. What the interaction has already is not made again.
func (in *fromInteractionInput) met(i *crm.Interaction) (*met, error) {
	b := &in.Body
	m := &met{name: crm.OneLine(b.Name), position: crm.OneLine(b.Position), client: i.ClientID, attributes: b.Attributes, anyway: b.CreateAnyway}
	if b.As == asContact && m.client == uuid.Nil {
		m.client = b.ClientID
	}
	if b.Participant != nil {
		if *b.Participant >= len(i.Participants) || i.Participants[*b.Participant].Name == "" {
			return nil, invalid("/participant", "no_such_participant")
		}
		p := i.Participants[*b.Participant]
		m.participant, m.name = &p, cmp.Or(m.name, p.Name)
		if code := m.add(p.DetailKind, p.Detail); code != "" {
			return nil, invalid("/participant", code)
		}
	}
	if code := m.add(in.emailKind(), strings.TrimSpace(b.Email)); code != "" {
		return nil, invalid("/email", code)
	}
	if code := m.add(in.phoneKind(), strings.TrimSpace(b.Phone)); code != "" {
		return nil, invalid("/phone", code)
	}
	return m, in.fits(i, m)
}

func (in *fromInteractionInput) fits(i *crm.Interaction, m *met) error {
	switch {
	case m.name == "":
		return invalid("/name", codeRequired)
	case in.Body.ClientID != uuid.Nil && (in.Body.As != asContact || in.Body.ClientID != m.client):
		return invalid("/client_id", "not_asked")
	case in.Body.As == asContact && m.client == uuid.Nil:
		return invalid("/client_id", codeRequired)
	case in.Body.As == asContact && i.ContactID != uuid.Nil && m.participant == nil:
		return crm.Errorf(crm.KindConflict, "interaction_has_contact", "the interaction has a contact already")
	case in.Body.As != asContact && i.ClientID != uuid.Nil && m.participant == nil:
		return crm.Errorf(crm.KindConflict, "interaction_has_client", "the interaction has a client already")
	}
	return nil
}

// emailKind: letters go to a client's e-mail, and to a contact's mailing address (R40).
func (in *fromInteractionInput) emailKind() crm.DetailKind {
	if in.Body.As == asContact {
		return crm.DetailMailing
	}
	return crm.DetailEmail
}

// phoneKind: SMS go to a contact's mobile (R40).
func (in *fromInteractionInput) phoneKind() crm.DetailKind {
	if in.Body.As == asContact {
		return crm.DetailMobile
	}
	return crm.DetailPhone
}

// add takes a detail that is given; the code says what is wrong with it.
func (m *met) add(kind crm.DetailKind, value string) (code string) {
	if value == "" {
		return ""
	}
	detail, code := addressbook.Normal(crm.ContactDetail{Kind: kind, Value: value})
	m.details = append(m.details, detail)
	return code
}

// entered is the new record.
type entered struct{ client, contact uuid.UUID }

// enter makes the record in its directory. Its id follows from the interaction and the name, so that the same request, broken
// off in between, makes it once.
func (s *Server) enter(ctx context.Context, as string, i *crm.Interaction, m *met) (*entered, error) {
	by := userOf(ctx)
	id := uuid.NewSHA1(i.ID, []byte(as+"\n"+m.name))
	if as == asContact {
		c, err := s.services.Clients.CreateContact(ctx, crm.Contact{
			ID: id, ClientID: m.client, Name: m.name, Position: m.position, Details: m.details, Attributes: m.attributes, CreatedBy: by.ID,
		})
		if err != nil {
			return nil, err
		}
		return &entered{client: c.ClientID, contact: c.ID}, nil
	}
	kind := crm.ClientCompany
	if as == asIndividual {
		kind = crm.ClientIndividual
	}
	c, err := s.makeClient(ctx, crm.Client{
		ID: id, Kind: kind, Name: m.name, Status: crm.ClientPotential, Lang: by.Lang, TimeZone: by.TimeZone, Details: m.details,
		Attributes: m.attributes, CreatedBy: by.ID,
	}, m.anyway)
	if err != nil {
		return nil, err
	}
	return &entered{client: c.ID}, nil
}

// fill is what the interaction takes from the new record: what it has already stays. The participants may have been changed
// since he was met; stale: he is none of them any more.
func (e *entered) fill(i *crm.Interaction, m *met) (crm.InteractionPatch, error) {
	var p crm.InteractionPatch
	if i.ClientID == uuid.Nil {
		p.ClientID = &e.client
	}
	if i.ContactID == uuid.Nil && e.contact != uuid.Nil && (i.ClientID == uuid.Nil || i.ClientID == e.client) {
		p.ContactID = &e.contact
	}
	if m.participant == nil {
		return p, nil
	}
	place := slices.Index(i.Participants, *m.participant)
	if place < 0 {
		return p, crm.Errorf(crm.KindConflict, "participant_changed", "the participant was changed by somebody else")
	}
	all := slices.Clone(i.Participants)
	one := &all[place]
	one.Name, one.ContactID = "", e.contact
	if e.contact == uuid.Nil {
		one.ClientID = e.client
	}
	p.Participants = &all
	return p, nil
}
