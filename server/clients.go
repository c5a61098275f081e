package server

import (
	"context"
	"net/mail"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

// clientView is a client as the API shows it.
type clientView struct {
	ID        uuid.UUID           `json:"id" format:"uuid"`
	Kind      crm.ClientKind      `json:"kind" enum:"company,individual"`
	Name      string              `json:"name"`
	Status    crm.ClientStatus    `json:"status" enum:"potential,active"`
	Lang      crm.Lang            `json:"lang" enum:"ru,en" doc:"The language it is written to in"`
	TimeZone  string              `json:"time_zone" example:"Asia/Omsk"`
	Source    string              `json:"source,omitempty"`
	OwnerID   uuid.UUID           `json:"owner_id,omitzero" format:"uuid" doc:"Client ownership"`
	Details   []crm.ContactDetail `json:"details"`
	Version   int                 `json:"version"`
	CreatedAt time.Time           `json:"created_at"`
	CreatedBy uuid.UUID           `json:"created_by,omitzero" format:"uuid"`
}

func viewClient(c *crm.Client) clientView {
	v := clientView{
		ID: c.ID, Kind: c.Kind, Name: c.Name, Status: c.Status, Lang: c.Lang, TimeZone: c.TimeZone, Source: c.Source,
		OwnerID: c.OwnerID, Details: c.Details, Version: c.Version, CreatedAt: c.CreatedAt, CreatedBy: c.CreatedBy,
	}
	if v.Details == nil {
		v.Details = []crm.ContactDetail{}
	}
	return v
}

// detailBody is a contact detail as it is sent.
type detailBody struct {
	Kind  crm.DetailKind `json:"kind" enum:"email,mailing,mobile,phone,other" doc:"Letters go to a client's email and a contact's mailing address, SMS to a contact's mobile (R40)"`
	Value string         `json:"value" minLength:"1" maxLength:"300"`
}

// details checks addresses: a letter to a wrong one is found out too late.
func details(sent []detailBody) ([]crm.ContactDetail, error) {
	all := make([]crm.ContactDetail, 0, len(sent))
	for i, d := range sent {
		value := crm.OneLine(d.Value)
		at := "/details/" + strconv.Itoa(i) + "/value"
		switch {
		case value == "":
			return nil, invalid(at, codeRequired)
		case (d.Kind == crm.DetailEmail || d.Kind == crm.DetailMailing) && !mailAddress(value):
			return nil, invalid(at, "expected_email")
		case (d.Kind == crm.DetailMobile || d.Kind == crm.DetailPhone) && !phoneNumber(value):
			return nil, invalid(at, "expected_phone")
		}
		all = append(all, crm.ContactDetail{Kind: d.Kind, Value: value})
	}
	return all, nil
}

// mailAddress tells whether the text is a bare address, without a name or a comment.
func mailAddress(text string) bool {
	address, err := mail.ParseAddress(text)
	return err == nil && address.Address == text && strings.Contains(text, ".") && !strings.ContainsAny(text, "\r\n ")
}

// phoneNumber tells whether the text can be a number: digits with the usual marks between them.
func phoneNumber(text string) bool {
	digits := 0
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case !strings.ContainsRune("+-(). #,доб", r):
			return false
		}
	}
	return digits >= 3 && digits <= 20
}

func timeZone(name string) error {
	if _, err := time.LoadLocation(name); err != nil || name == "Local" || name == "" {
		return invalid("/time_zone", "unknown_time_zone")
	}
	return nil
}

type clientFilter struct {
	PageInput
	Q string `query:"q" doc:"Looked for in names and contact details" maxLength:"200"`
}

func (s *Server) listClients(ctx context.Context, in *clientFilter) (*listOutput[clientView], error) {
	after, err := in.cursor()
	if err != nil {
		return nil, err
	}
	page, err := s.services.Clients.ListClients(ctx, crm.ClientFilter{Query: strings.TrimSpace(in.Q), After: after, Limit: in.limit()})
	if err != nil {
		return nil, err
	}
	return pageOf(page, viewClient)
}

// ClientPath names a client.
type ClientPath struct {
	ID string `path:"id" doc:"Id of the client"`
}

type clientOutput struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     clientView
}

func showClient(c *crm.Client) *clientOutput {
	return &clientOutput{ETag: etag(c.Version), Body: viewClient(c)}
}

func (s *Server) getClient(ctx context.Context, in *ClientPath) (*clientOutput, error) {
	id, err := idOf(in.ID, "client_not_found")
	if err != nil {
		return nil, err
	}
	c, err := s.services.Clients.Client(ctx, id)
	if err != nil {
		return nil, err
	}
	return showClient(c), nil
}

type newClientInput struct {
	Body struct {
		Kind     crm.ClientKind   `json:"kind,omitempty" enum:"company,individual" default:"company"`
		Name     string           `json:"name" minLength:"1" maxLength:"300"`
		Status   crm.ClientStatus `json:"status,omitempty" enum:"potential,active" default:"potential"`
		Lang     crm.Lang         `json:"lang,omitempty" enum:"ru,en" default:"ru"`
		TimeZone string           `json:"time_zone,omitempty" maxLength:"64" default:"Europe/Moscow"`
		Source   string           `json:"source,omitempty" maxLength:"200"`
		OwnerID  uuid.UUID        `json:"owner_id,omitzero" format:"uuid"`
		Details  []detailBody     `json:"details,omitempty" maxItems:"50"`
	}
}

func (s *Server) createClient(ctx context.Context, in *newClientInput) (*clientOutput, error) {
	b := &in.Body
	name := crm.OneLine(b.Name)
	if name == "" {
		return nil, invalid("/name", codeRequired)
	}
	if err := timeZone(b.TimeZone); err != nil {
		return nil, err
	}
	all, err := details(b.Details)
	if err != nil {
		return nil, err
	}
	c, err := s.services.Clients.CreateClient(ctx, crm.Client{
		ID: recordID(ctx), Kind: b.Kind, Name: name, Status: b.Status, Lang: b.Lang, TimeZone: b.TimeZone, Source: crm.OneLine(b.Source),
		OwnerID: b.OwnerID, Details: all, CreatedBy: userOf(ctx).ID,
	})
	if err != nil {
		return nil, err
	}
	out := showClient(c)
	out.Location = apiPrefix + "/clients/" + c.ID.String()
	return out, nil
}

type patchClientInput struct {
	ClientPath
	MatchInput
	Body struct {
		Kind     *crm.ClientKind   `json:"kind,omitempty" enum:"company,individual"`
		Name     *string           `json:"name,omitempty" minLength:"1" maxLength:"300"`
		Status   *crm.ClientStatus `json:"status,omitempty" enum:"potential,active"`
		Lang     *crm.Lang         `json:"lang,omitempty" enum:"ru,en"`
		TimeZone *string           `json:"time_zone,omitempty" maxLength:"64"`
		Source   *string           `json:"source,omitempty" maxLength:"200"`
		OwnerID  *uuid.UUID        `json:"owner_id,omitempty" format:"uuid"`
		Details  *[]detailBody     `json:"details,omitempty" maxItems:"50" doc:"All of them: they take the place of those before"`
	}
}

func (s *Server) patchClient(ctx context.Context, in *patchClientInput) (*clientOutput, error) {
	id, err := idOf(in.ID, "client_not_found")
	if err != nil {
		return nil, err
	}
	version, err := in.version(func() (int, error) {
		c, err := s.services.Clients.Client(ctx, id)
		if err != nil {
			return 0, err
		}
		return c.Version, nil
	})
	if err != nil {
		return nil, err
	}
	b := &in.Body
	p := crm.ClientPatch{Kind: b.Kind, Status: b.Status, Lang: b.Lang, TimeZone: b.TimeZone, Source: trimmed(b.Source), OwnerID: b.OwnerID}
	if p.Name, err = nameOf(b.Name); err != nil {
		return nil, err
	}
	if b.TimeZone != nil {
		if err := timeZone(*b.TimeZone); err != nil {
			return nil, err
		}
	}
	if p.Details, err = detailsOf(b.Details); err != nil {
		return nil, err
	}
	c, err := s.services.Clients.PatchClient(ctx, id, version, p, userOf(ctx).ID)
	if err != nil {
		return nil, err
	}
	return showClient(c), nil
}

// trimmed is a text of one line to be changed; nil stays nil.
func trimmed(text *string) *string {
	if text == nil {
		return nil
	}
	t := crm.OneLine(*text)
	return &t
}

// nameOf is trimmed for a name, which cannot be blank.
func nameOf(name *string) (*string, error) {
	name = trimmed(name)
	if name != nil && *name == "" {
		return nil, invalid("/name", codeRequired)
	}
	return name, nil
}

func detailsOf(sent *[]detailBody) (*[]crm.ContactDetail, error) {
	if sent == nil {
		return nil, nil //nolint:nilnil // nothing sent, nothing to change
	}
	all, err := details(*sent)
	if err != nil {
		return nil, err
	}
	return &all, nil
}

// contactView is a person at a client (R44).
type contactView struct {
	ID        uuid.UUID           `json:"id" format:"uuid"`
	ClientID  uuid.UUID           `json:"client_id" format:"uuid"`
	Name      string              `json:"name"`
	Position  string              `json:"position,omitempty"`
	Details   []crm.ContactDetail `json:"details"`
	Version   int                 `json:"version"`
	CreatedAt time.Time           `json:"created_at"`
	CreatedBy uuid.UUID           `json:"created_by,omitzero" format:"uuid"`
}

func viewContact(c *crm.Contact) contactView {
	v := contactView{
		ID: c.ID, ClientID: c.ClientID, Name: c.Name, Position: c.Position, Details: c.Details, Version: c.Version,
		CreatedAt: c.CreatedAt, CreatedBy: c.CreatedBy,
	}
	if v.Details == nil {
		v.Details = []crm.ContactDetail{}
	}
	return v
}

type contactFilter struct {
	PageInput
	Client string `query:"client" doc:"Id of a client" maxLength:"36"`
}

func (s *Server) listContacts(ctx context.Context, in *contactFilter) (*listOutput[contactView], error) {
	after, err := in.cursor()
	if err != nil {
		return nil, err
	}
	client, err := idParameter("client", in.Client)
	if err != nil {
		return nil, err
	}
	page, err := s.services.Clients.ListContacts(ctx, crm.ContactFilter{ClientID: client, After: after, Limit: in.limit()})
	if err != nil {
		return nil, err
	}
	return pageOf(page, viewContact)
}

// ContactPath names a contact.
type ContactPath struct {
	ID string `path:"id" doc:"Id of the contact"`
}

type contactOutput struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     contactView
}

func showContact(c *crm.Contact) *contactOutput {
	return &contactOutput{ETag: etag(c.Version), Body: viewContact(c)}
}

func (s *Server) getContact(ctx context.Context, in *ContactPath) (*contactOutput, error) {
	id, err := idOf(in.ID, "contact_not_found")
	if err != nil {
		return nil, err
	}
	c, err := s.services.Clients.Contact(ctx, id)
	if err != nil {
		return nil, err
	}
	return showContact(c), nil
}

type newContactInput struct {
	Body struct {
		ClientID uuid.UUID    `json:"client_id" format:"uuid"`
		Name     string       `json:"name" minLength:"1" maxLength:"300"`
		Position string       `json:"position,omitempty" maxLength:"200"`
		Details  []detailBody `json:"details,omitempty" maxItems:"50"`
	}
}

func (s *Server) createContact(ctx context.Context, in *newContactInput) (*contactOutput, error) {
	name := crm.OneLine(in.Body.Name)
	if name == "" {
		return nil, invalid("/name", codeRequired)
	}
	all, err := details(in.Body.Details)
	if err != nil {
		return nil, err
	}
	c, err := s.services.Clients.CreateContact(ctx, crm.Contact{
		ID: recordID(ctx), ClientID: in.Body.ClientID, Name: name, Position: crm.OneLine(in.Body.Position), Details: all, CreatedBy: userOf(ctx).ID,
	})
	if err != nil {
		return nil, err
	}
	out := showContact(c)
	out.Location = apiPrefix + "/contacts/" + c.ID.String()
	return out, nil
}

type patchContactInput struct {
	ContactPath
	MatchInput
	Body struct {
		Name     *string       `json:"name,omitempty" minLength:"1" maxLength:"300"`
		Position *string       `json:"position,omitempty" maxLength:"200"`
		Details  *[]detailBody `json:"details,omitempty" maxItems:"50" doc:"All of them: they take the place of those before"`
	}
}

func (s *Server) patchContact(ctx context.Context, in *patchContactInput) (*contactOutput, error) {
	id, err := idOf(in.ID, "contact_not_found")
	if err != nil {
		return nil, err
	}
	version, err := in.version(func() (int, error) {
		c, err := s.services.Clients.Contact(ctx, id)
		if err != nil {
			return 0, err
		}
		return c.Version, nil
	})
	if err != nil {
		return nil, err
	}
	p := crm.ContactPatch{Position: trimmed(in.Body.Position)}
	if p.Name, err = nameOf(in.Body.Name); err != nil {
		return nil, err
	}
	if p.Details, err = detailsOf(in.Body.Details); err != nil {
		return nil, err
	}
	c, err := s.services.Clients.PatchContact(ctx, id, version, p, userOf(ctx).ID)
	if err != nil {
		return nil, err
	}
	return showContact(c), nil
}
