package server

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

// contactView is a person at a client (R44).
type contactView struct {
	ID         uuid.UUID           `json:"id" format:"uuid"`
	ClientID   uuid.UUID           `json:"client_id" format:"uuid"`
	ClientName string              `json:"client_name,omitempty" doc:"In lists"`
	Name       string              `json:"name"`
	Position   string              `json:"position,omitempty"`
	BirthDate  string              `json:"birth_date,omitempty" format:"date"`
	Source     string              `json:"source,omitempty" doc:"How he learned of us: one of GET /acquisition-sources"`
	Details    []crm.ContactDetail `json:"details"`
	Attributes map[string]any      `json:"attributes" doc:"Own attributes by key (R45)"`
	MergedInto uuid.UUID           `json:"merged_into,omitzero" format:"uuid" doc:"The contact that took this one in: look there"`
	Version    int                 `json:"version"`
	CreatedAt  time.Time           `json:"created_at"`
	CreatedBy  uuid.UUID           `json:"created_by,omitzero" format:"uuid"`
}

func viewContact(c *crm.Contact) contactView {
	v := contactView{
		ID: c.ID, ClientID: c.ClientID, Name: c.Name, Position: c.Position, Source: c.Source, Details: c.Details, Attributes: c.Attributes,
		MergedInto: c.MergedInto, Version: c.Version, CreatedAt: c.CreatedAt, CreatedBy: c.CreatedBy,
	}
	if c.BirthDate != nil {
		v.BirthDate = c.BirthDate.Format(time.DateOnly)
	}
	if v.Attributes == nil {
		v.Attributes = map[string]any{}
	}
	if v.Details == nil {
		v.Details = []crm.ContactDetail{}
	}
	return v
}

func viewListedContact(c *crm.ContactOfClient) contactView {
	v := viewContact(&c.Contact)
	v.ClientName = c.ClientName
	return v
}

// ContactsInput is what lists of contacts take.
type ContactsInput struct {
	PageInput
	AttributesInput
	Q      string `query:"q" doc:"Looked for in names, positions, numbers and addresses, with typing mistakes forgiven; the answer is the best first and has no next page" maxLength:"200"`
	Client string `query:"client" doc:"Id of a client" maxLength:"36"`
	Source string `query:"source" doc:"Key of one of GET /acquisition-sources" maxLength:"200"`
}

// contactsAsked reads which contacts a list is of.
func (s *Server) contactsAsked(ctx context.Context, in *ContactsInput) (crm.ContactFilter, error) {
	f := crm.ContactFilter{Source: in.Source, Limit: in.limit()}
	var err error
	if f.After, err = in.cursor(); err != nil {
		return f, err
	}
	if f.ClientID, err = idParameter("client", in.Client); err != nil {
		return f, err
	}
	f.Attributes, err = s.attributes(ctx, in.AttributesInput, crm.AttributeOfContact)
	return f, err
}

func (s *Server) listContacts(ctx context.Context, in *ContactsInput) (*listOutput[contactView], error) {
	f, err := s.contactsAsked(ctx, in)
	if err != nil {
		return nil, err
	}
	if text := strings.TrimSpace(in.Q); text != "" {
		if f.After != nil {
			return nil, failed(http.StatusBadRequest, "invalid_cursor").field(ProblemField{Parameter: "after", Code: "invalid_cursor"})
		}
		found, err := s.services.Clients.SearchContacts(ctx, text, f)
		if err != nil {
			return nil, err
		}
		return listOf(found, viewListedContact), nil
	}
	page, err := s.services.Clients.ListContacts(ctx, f)
	if err != nil {
		return nil, err
	}
	return pageOf(page, viewListedContact)
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

// contact reads the contact of a path.
func (s *Server) contact(ctx context.Context, in *ContactPath) (*crm.Contact, error) {
	id, err := idOf(in.ID, "contact_not_found")
	if err != nil {
		return nil, err
	}
	return s.services.Clients.Contact(ctx, id) //nolint:wrapcheck // it says what was being done
}

func (s *Server) getContact(ctx context.Context, in *ContactPath) (*contactOutput, error) {
	c, err := s.contact(ctx, in)
	if err != nil {
		return nil, err
	}
	return showContact(c), nil
}

// contactDuplicateView is a contact that may be the same as another one.
type contactDuplicateView struct {
	Contact contactView `json:"contact"`
	Reasons []string    `json:"reasons" doc:"What they have in common: phone, email, name"`
}

func (s *Server) listContactDuplicates(ctx context.Context, in *ContactPath) (*listOutput[contactDuplicateView], error) {
	c, err := s.contact(ctx, in)
	if err != nil {
		return nil, err
	}
	found, err := s.services.Clients.DuplicatesOfContact(ctx, c)
	if err != nil {
		return nil, err
	}
	return listOf(found, func(d *crm.ContactDuplicate) contactDuplicateView {
		return contactDuplicateView{Contact: viewContact(&d.Contact), Reasons: d.Reasons}
	}), nil
}

type contactHistoryInput struct {
	ContactPath
	PageInput
}

func (s *Server) contactHistory(ctx context.Context, in *contactHistoryInput) (*listOutput[clientChangeView], error) {
	c, err := s.contact(ctx, &in.ContactPath)
	if err != nil {
		return nil, err
	}
	return historyOf(in.PageInput, func(after *crm.Cursor, limit int) (crm.Page[crm.ClientChange], error) {
		return s.services.Clients.ContactHistory(ctx, c.ID, after, limit)
	})
}

type newContactInput struct {
	Body struct {
		ClientID  uuid.UUID    `json:"client_id" format:"uuid"`
		Name      string       `json:"name" minLength:"1" maxLength:"300"`
		Position  string       `json:"position,omitempty" maxLength:"200"`
		BirthDate string       `json:"birth_date,omitempty" format:"date"`
		Source    string       `json:"source,omitempty" maxLength:"200" doc:"Key or name of one of GET /acquisition-sources"`
		Details   []detailBody `json:"details,omitempty" maxItems:"50"`

		Attributes map[string]any `json:"attributes,omitempty" doc:"Own attributes by key (R45); null: none"`
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
	source, err := s.knownSource(ctx, in.Body.Source)
	if err != nil {
		return nil, err
	}
	born, err := s.birthDate(in.Body.BirthDate)
	if err != nil {
		return nil, err
	}
	c, err := s.services.Clients.CreateContact(ctx, crm.Contact{
		ID: recordID(ctx), ClientID: in.Body.ClientID, Name: name, Position: crm.OneLine(in.Body.Position), BirthDate: born, Source: source,
		Details: all, Attributes: in.Body.Attributes, CreatedBy: userOf(ctx).ID,
	})
	if err != nil {
		return nil, err
	}
	out := showContact(c)
	out.Location = apiPrefix + "/contacts/" + c.ID.String()
	return out, nil
}

// birthDate reads a day that has been; empty: not known.
func (s *Server) birthDate(text string) (*time.Time, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // no date is not an error
	}
	day, err := time.Parse(time.DateOnly, text)
	switch {
	case err != nil:
		return nil, invalid("/birth_date", "expected_date")
	case day.Year() < 1850:
		return nil, invalid("/birth_date", "time_out_of_range")
	case day.After(s.clock()):
		return nil, invalid("/birth_date", "in_the_future")
	}
	return &day, nil
}

type patchContactInput struct {
	ContactPath
	MatchInput
	Body struct {
		ClientID  *uuid.UUID    `json:"client_id,omitempty" format:"uuid" doc:"Another client; while nothing is recorded with the contact"`
		Name      *string       `json:"name,omitempty" minLength:"1" maxLength:"300"`
		Position  *string       `json:"position,omitempty" maxLength:"200"`
		BirthDate *string       `json:"birth_date,omitempty" maxLength:"10" doc:"A date; empty: not known"`
		Source    *string       `json:"source,omitempty" maxLength:"200"`
		Details   *[]detailBody `json:"details,omitempty" maxItems:"50" doc:"All of them: they take the place of those before"`

		Attributes map[string]any `json:"attributes,omitempty" doc:"Merged into the contact's own attributes; null removes a value (R45)"`
	}
}

func (s *Server) patchContact(ctx context.Context, in *patchContactInput) (*contactOutput, error) {
	id, err := idOf(in.ID, "contact_not_found")
	if err != nil {
		return nil, err
	}
	version, err := versionOf(ctx, in.MatchInput, id, s.services.Clients.Contact, func(c *crm.Contact) int { return c.Version })
	if err != nil {
		return nil, err
	}
	p := crm.ContactPatch{ClientID: in.Body.ClientID, Position: trimmed(in.Body.Position)}
	if in.Body.Attributes != nil {
		p.Attributes = &in.Body.Attributes
	}
	if p.Name, err = nameOf(in.Body.Name); err != nil {
		return nil, err
	}
	if p.Details, err = detailsOf(in.Body.Details); err != nil {
		return nil, err
	}
	if p.Source, err = s.sourceOf(ctx, in.Body.Source); err != nil {
		return nil, err
	}
	if in.Body.BirthDate != nil {
		born, err := s.birthDate(*in.Body.BirthDate)
		if err != nil {
			return nil, err
		}
		p.BirthDate = &born
	}
	c, err := s.services.Clients.PatchContact(ctx, id, version, p, userOf(ctx).ID)
	if err != nil {
		return nil, err
	}
	return showContact(c), nil
}
