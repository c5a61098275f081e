package server

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"regexp"
	"strings"

	"github.com/google/uuid"

	"marshrut/addressbook"
	"marshrut/crm"
	"marshrut/routemaps"
)

// NewCase is what all kinds of case are made of.
type NewCase struct {
	ClientID      uuid.UUID         `json:"client_id,omitzero" format:"uuid" doc:"An existing client; or give client"`
	Client        *inlineClient     `json:"client,omitempty" doc:"A client made together with the case"`
	ContactID     uuid.UUID         `json:"contact_id,omitzero" format:"uuid" doc:"With whom the case is: a contact of the client, which is his where none is given (R44)"`
	Map           string            `json:"map,omitempty" maxLength:"200" doc:"Id of an active route map; without it the usual one of the kind is taken"`
	Topic         string            `json:"topic,omitempty" maxLength:"1000"`
	Source        string            `json:"source,omitempty" maxLength:"200" doc:"Where the client came from"`
	Fields        map[string]any    `json:"fields,omitempty" doc:"Values of the map's intake form; null: not filled in"`
	Attributes    map[string]any    `json:"attributes,omitempty" doc:"Own attributes by key (R45); null: none"`
	ResponsibleID uuid.UUID         `json:"responsible_id,omitzero" format:"uuid" doc:"Without it: whoever makes the case"`
	ParentID      uuid.UUID         `json:"parent_id,omitzero" format:"uuid" doc:"The case it follows from: what is not given here is carried over from it (client, topic, source, and fields that mean the same)"`
	InteractionID uuid.UUID         `json:"interaction_id,omitzero" format:"uuid" doc:"The interaction it is made from: client, topic and responsible are copied where they are not given"`
	Participants  []ParticipantBody `json:"participants,omitempty" maxItems:"50" doc:"Who else takes part"`
}

// SaleBody is what deals and interests have besides (R30); each is a field of the case too.
type SaleBody struct {
	Potential   string     `json:"potential,omitempty" maxLength:"20" doc:"Amount that the sale may bring" example:"150000.00"`
	Currency    string     `json:"currency,omitempty" pattern:"^[A-Z]{3}$" patternDescription:"currency" doc:"ISO 4217; without it, the map's or RUB"`
	Probability *float64   `json:"probability,omitempty" minimum:"0" maximum:"100" doc:"Per cent"`
	Demand      []lineBody `json:"demand,omitempty" maxItems:"500" doc:"What the client wants to buy"`
	Channel     string     `json:"channel,omitempty" maxLength:"63" doc:"By which channel he came: a key of GET /reference-lists/channel"`
}

type lineBody struct {
	Name     string `json:"name" minLength:"1" maxLength:"500"`
	Quantity string `json:"quantity,omitempty" maxLength:"24"`
	Unit     string `json:"unit,omitempty" maxLength:"40"`
	Price    string `json:"price,omitempty" maxLength:"20"`
}

// ClaimBody is what claims have besides (R36); each is a field of the case too.
type ClaimBody struct {
	Date              string    `json:"date,omitempty" format:"date" doc:"When it happened or was claimed"`
	Description       string    `json:"description,omitempty" maxLength:"20000"`
	Reason            string    `json:"reason,omitempty" maxLength:"200" doc:"A key of GET /reference-lists/claim_reason"`
	DepartmentAtFault uuid.UUID `json:"department_at_fault,omitzero" format:"uuid"`
	EmployeeAtFault   uuid.UUID `json:"employee_at_fault,omitzero" format:"uuid"`
}

type inlineClient struct {
	Kind  string   `json:"kind,omitempty" enum:"company,individual" doc:"company, unless said otherwise"`
	Name  string   `json:"name" minLength:"1" maxLength:"300"`
	Email string   `json:"email,omitempty" maxLength:"254"`
	Phone string   `json:"phone,omitempty" maxLength:"40"`
	Lang  crm.Lang `json:"lang,omitempty" enum:"ru,en" doc:"The language it is written to in"`

	Attributes   map[string]any `json:"attributes,omitempty" doc:"Own attributes of the client by key (R45); null: none"`
	CreateAnyway bool           `json:"create_anyway,omitempty" doc:"Though there are clients that it may be"`
}

// client is the card that is made of it; source: the key of its acquisition source, where that is known.
func (b *inlineClient) client(source string) (*crm.NewClient, error) {
	c := &crm.NewClient{Anyway: b.CreateAnyway, Client: crm.Client{
		Kind: cmp.Or(crm.ClientKind(b.Kind), crm.ClientCompany), Name: crm.OneLine(b.Name), Lang: b.Lang, Source: source, Attributes: b.Attributes,
	}}
	if c.Name == "" {
		return nil, invalid("/client/name", codeRequired)
	}
	for _, one := range []struct {
		pointer string
		detail  crm.ContactDetail
	}{
		{"/client/email", crm.ContactDetail{Kind: crm.DetailEmail, Value: b.Email}},
		{"/client/phone", crm.ContactDetail{Kind: crm.DetailMobile, Value: b.Phone}},
	} {
		if strings.TrimSpace(one.detail.Value) == "" {
			continue
		}
		detail, code := addressbook.Normal(one.detail)
		if code != "" {
			return nil, invalid(one.pointer, code)
		}
		c.Details = append(c.Details, detail)
	}
	return c, nil
}

type newCaseInput struct {
	Body NewCase
}

type newInterestInput struct {
	Body struct {
		NewCase
		SaleBody
	}
}

type newClaimInput struct {
	Body struct {
		NewCase
		ClaimBody
	}
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
		SaleBody
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
	Case      CaseView   `json:"case"`
	NextTasks []taskView `json:"next_tasks" doc:"The tasks this has opened"`
}

func (s *Server) createAppeal(ctx context.Context, in *newCaseInput) (*newCaseOutput, error) {
	c, err := s.caseOf(ctx, crm.Appeal, &in.Body)
	if err != nil {
		return nil, err
	}
	return s.create(ctx, c)
}

func (s *Server) createInterest(ctx context.Context, in *newInterestInput) (*newCaseOutput, error) {
	c, err := s.caseOf(ctx, crm.Interest, &in.Body.NewCase)
	if err != nil {
		return nil, err
	}
	places, err := in.Body.into(&c)
	if err != nil {
		return nil, err
	}
	out, err := s.create(ctx, c)
	return out, asSent(err, places, in.Body.Fields)
}

func (s *Server) createClaim(ctx context.Context, in *newClaimInput) (*newCaseOutput, error) {
	c, err := s.caseOf(ctx, crm.Claim, &in.Body.NewCase)
	if err != nil {
		return nil, err
	}
	places, err := in.Body.into(&c)
	if err != nil {
		return nil, err
	}
	out, err := s.create(ctx, c)
	return out, asSent(err, places, in.Body.Fields)
}

// into puts the values that are given among the case's fields, and tells where in the body each field came from.
func (b *SaleBody) into(c *crm.NewCase) (map[string]string, error) {
	given := map[string]any{"potential": b.Potential, "currency": b.Currency, "channel": b.Channel}
	if b.Probability != nil {
		given["probability"] = *b.Probability
	}
	if len(b.Demand) > 0 {
		lines := make([]any, len(b.Demand))
		for i, line := range b.Demand {
			lines[i] = map[string]any{"name": line.Name, "quantity": line.Quantity, "unit": line.Unit, "price": line.Price}
		}
		given["demand"] = lines
	}
	return addFields(c, given)
}

func (b *ClaimBody) into(c *crm.NewCase) (map[string]string, error) {
	given := map[string]any{"date": b.Date, "description": b.Description, "reason": b.Reason}
	for name, id := range map[string]uuid.UUID{"department_at_fault": b.DepartmentAtFault, "employee_at_fault": b.EmployeeAtFault} {
		if id != uuid.Nil {
			given[name] = id.String()
		}
	}
	return addFields(c, given)
}

// addFields adds the values that are not empty to the case's fields; none may be given in both places.
func addFields(c *crm.NewCase, given map[string]any) (map[string]string, error) {
	fields, places := maps.Clone(c.Fields), map[string]string{}
	if fields == nil {
		fields = map[string]any{}
	}
	for name, value := range given {
		if value == "" {
			continue
		}
		if _, twice := fields[name]; twice {
			return nil, invalid("/"+name, "given_twice")
		}
		fields[name], places["/fields/"+name] = value, "/"+name
	}
	c.Fields = fields
	return places, nil
}

func (s *Server) createDeal(ctx context.Context, in *newDealInput) (*newCaseOutput, error) {
	c, err := s.caseOf(ctx, crm.Deal, &in.Body.NewCase)
	if err != nil {
		return nil, err
	}
	c.Stage = in.Body.Stage
	places, err := in.Body.into(&c)
	if err != nil {
		return nil, err
	}
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
	out, err := s.create(ctx, c)
	return out, asSent(err, places, in.Body.Fields)
}

// caseOf is the case that a body asks for. Its source may be any text; one that names an acquisition source is kept as its key,
// and is the source of a client made with the case.
func (s *Server) caseOf(ctx context.Context, kind crm.Kind, body *NewCase) (crm.NewCase, error) {
	if crm.SightOf(ctx).Lacks(crm.BlockOf(kind)) {
		return crm.NewCase{}, failed(http.StatusConflict, "block_off")
	}
	c := crm.NewCase{
		Kind: kind, ClientID: body.ClientID, ContactID: body.ContactID, MapID: body.Map, Topic: crm.OneLine(body.Topic),
		Fields: body.Fields, Attributes: body.Attributes, ResponsibleID: body.ResponsibleID, Parent: body.ParentID, InteractionID: body.InteractionID,
	}
	for i := range body.Participants {
		c.Participants = append(c.Participants, body.Participants[i].participant())
	}
	key, err := s.sourceKey(ctx, body.Source)
	if err != nil {
		return c, err
	}
	c.Source = cmp.Or(key, crm.OneLine(body.Source))
	if body.Client != nil {
		if body.ClientID != uuid.Nil {
			return c, invalid("/client", "client_given_twice")
		}
		c.Client, err = body.Client.client(key)
	}
	return c, err
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

// allInvalid is one refusal of all the fields that were refused, so that whoever fills in a form learns of them together; nil where
// none was. What is refused for another reason is told alone.
func allInvalid(refusals ...error) error {
	all := failed(http.StatusUnprocessableEntity, "validation_failed")
	for _, err := range refusals {
		if err == nil {
			continue
		}
		refusal, ok := errors.AsType[*requestError](err)
		if !ok || len(refusal.fields) == 0 {
			return err
		}
		all.fields = append(all.fields, refusal.fields...)
	}
	if len(all.fields) == 0 {
		return nil
	}
	return all
}

// refusedIf is invalid where something is wrong, and nil where nothing is.
func refusedIf(wrong bool, pointer, code string) error {
	if !wrong {
		return nil
	}
	return invalid(pointer, code)
}

// keyError refuses the key of a new record that is not of its form; code says what is.
func keyError(key string, form *regexp.Regexp, code string) error {
	if strings.TrimSpace(key) == "" {
		return invalid("/key", codeRequired)
	}
	return refusedIf(!form.MatchString(key), "/key", code)
}

func (s *Server) create(ctx context.Context, c crm.NewCase) (*newCaseOutput, error) {
	if err := checkParties(&c); err != nil {
		return nil, err
	}
	call := callOf(ctx)
	c.By, c.At, c.IdempotencyKey, c.BodyHash = call.user.ID, s.clock(), call.key, call.hash
	made, _, err := s.services.Routes.CreateCase(ctx, c)
	if duplicates, ok := errors.AsType[*crm.DuplicatesError](err); ok {
		return nil, possibleDuplicates(langOf(ctx), duplicates.Known)
	}
	if err != nil {
		return nil, err
	}
	// The tasks of transition 1, so that a repetition shows the same ones.
	shown, tasks, err := s.services.Tasks.CaseWithTasks(ctx, made.ID, 1)
	if err != nil {
		return nil, err
	}
	out := &newCaseOutput{Location: apiPrefix + "/cases/" + made.ID.String(), ETag: etag(shown.Version)}
	if out.Body.Case, err = s.viewCaseHere(ctx, shown); err != nil {
		return nil, err
	}
	out.Body.NextTasks, err = s.viewTasks(ctx, tasks)
	return out, err
}

// checkParties wants a client everywhere; only a deal may do without one (R22).
func checkParties(c *crm.NewCase) error {
	if c.Client == nil && c.ClientID == uuid.Nil && c.ContactID == uuid.Nil && c.Kind != crm.Deal && c.Parent == uuid.Nil && c.InteractionID == uuid.Nil {
		return invalid("/client_id", codeRequired)
	}
	return nil
}
