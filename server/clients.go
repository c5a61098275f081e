package server

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"marshrut/addressbook"
	"marshrut/crm"
)

// clientView is a client as the API shows it.
type clientView struct {
	ID            uuid.UUID           `json:"id" format:"uuid"`
	Kind          crm.ClientKind      `json:"kind" enum:"company,individual"`
	Name          string              `json:"name"`
	Status        crm.ClientStatus    `json:"status" enum:"potential,active"`
	Lang          crm.Lang            `json:"lang" enum:"ru,en" doc:"The language it is written to in"`
	Region        string              `json:"region,omitempty" example:"RU-OMS" doc:"One of GET /regions"`
	TimeZone      string              `json:"time_zone" example:"Asia/Omsk"`
	LocalTime     string              `json:"local_time" format:"date-time" doc:"What time it is at the client's now (R8)"`
	Source        string              `json:"source,omitempty" doc:"How it learned of us: one of GET /acquisition-sources"`
	OwnerID       uuid.UUID           `json:"owner_id,omitzero" format:"uuid" doc:"Client ownership"`
	Details       []crm.ContactDetail `json:"details"`
	LegalEntities []legalEntityView   `json:"legal_entities" doc:"The main one first (R64)"`
	Attributes    map[string]any      `json:"attributes" doc:"Own attributes by key (R45)"`
	Without       []crm.Block         `json:"without" doc:"What is not kept of this client (R22)"`
	MergedInto    uuid.UUID           `json:"merged_into,omitzero" format:"uuid" doc:"The client that took this one in: look there"`
	Version       int                 `json:"version"`
	CreatedAt     time.Time           `json:"created_at"`
	CreatedBy     uuid.UUID           `json:"created_by,omitzero" format:"uuid"`
	ErasedAt      *time.Time          `json:"erased_at,omitempty" doc:"When all that was personal to it was taken away"`
}

// timeAt is what time it is at the client's now (R8).
func (s *Server) timeAt(c *crm.Client) string {
	return c.LocalTime(s.clock()).Truncate(time.Second).Format(time.RFC3339)
}

func (s *Server) viewClient(c *crm.Client) clientView {
	v := clientView{
		ID: c.ID, Kind: c.Kind, Name: c.Name, Status: c.Status, Lang: c.Lang, Region: c.Region, TimeZone: c.TimeZone,
		LocalTime: s.timeAt(c), Source: c.Source, OwnerID: c.OwnerID, Details: c.Details,
		LegalEntities: []legalEntityView{}, Attributes: c.Attributes, Without: c.Without, MergedInto: c.MergedInto, Version: c.Version, ErasedAt: c.ErasedAt,
		CreatedAt: c.CreatedAt, CreatedBy: c.CreatedBy,
	}
	for i := range c.LegalEntities {
		v.LegalEntities = append(v.LegalEntities, viewLegalEntity(&c.LegalEntities[i]))
	}
	if v.Details == nil {
		v.Details = []crm.ContactDetail{}
	}
	if v.Attributes == nil {
		v.Attributes = map[string]any{}
	}
	if v.Without == nil {
		v.Without = []crm.Block{}
	}
	return v
}

// detailBody is a contact detail as it is sent.
type detailBody struct {
	Kind    crm.DetailKind     `json:"kind" enum:"email,mailing,mobile,phone,fax,legal_address,postal_address,actual_address,messenger,site,other" doc:"Letters go to a client's email and a contact's mailing address, SMS to a contact's mobile (R40)"`
	Value   string             `json:"value,omitempty" maxLength:"300" doc:"As people write it. Of a postal address it may be left out where its parts are given"`
	Address *crm.PostalAddress `json:"address,omitempty" doc:"The parts of a postal address"`
	// What an answer shows may be sent back as it is; it is read out of the value anew.
	Number    string `json:"number,omitempty" maxLength:"20" doc:"Read out of the value: in E.164; what is sent is not looked at"`
	Extension string `json:"extension,omitempty" maxLength:"10" doc:"Read out of the value; what is sent is not looked at"`
}

// details checks contact details: that a number or an address is wrong is found out too late otherwise.
func details(sent []detailBody) ([]crm.ContactDetail, error) {
	all := make([]crm.ContactDetail, 0, len(sent))
	for i, d := range sent {
		normal, code := addressbook.Normal(crm.ContactDetail{Kind: d.Kind, Value: d.Value, Address: d.Address})
		if code != "" {
			return nil, invalid("/details/"+strconv.Itoa(i)+"/value", code)
		}
		all = append(all, normal)
	}
	return all, nil
}

func timeZone(name string) error {
	if !crm.IsTimeZone(name) {
		return invalid("/time_zone", "unknown_time_zone")
	}
	return nil
}

// callable tells whether the text is a phone number.
func callable(text string) bool {
	_, _, ok := addressbook.Phone(text)
	return ok
}

// knownSource is sourceKey that refuses what names none.
func (s *Server) knownSource(ctx context.Context, text string) (string, error) {
	key, err := s.sourceKey(ctx, text)
	if err == nil && key == "" && crm.OneLine(text) != "" {
		return "", invalid("/source", "not_found")
	}
	return key, err
}

// sourceKey is the key of the acquisition source that is meant: by its key or by its name in either language; empty: none is.
func (s *Server) sourceKey(ctx context.Context, text string) (string, error) {
	text = crm.OneLine(text)
	if text == "" {
		return "", nil
	}
	sources, err := s.services.Clients.AcquisitionSources(ctx)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(sources, func(one crm.AcquisitionSource) bool {
		return !one.Archived && (one.Key == text || strings.EqualFold(one.Name.RU, text) || strings.EqualFold(one.Name.EN, text))
	})
	if i < 0 {
		return "", nil
	}
	return sources[i].Key, nil
}

// ClientsInput is what lists of clients take.
type ClientsInput struct {
	PageInput
	AttributesInput
	Q      string           `query:"q" doc:"Looked for in names, contacts, numbers, addresses and legal entities, with typing mistakes forgiven; the answer is the best first and has no next page" maxLength:"200"`
	Kind   crm.ClientKind   `query:"kind" enum:"company,individual"`
	Status crm.ClientStatus `query:"status" enum:"potential,active"`
	Region string           `query:"region" maxLength:"10"`
	Source string           `query:"source" maxLength:"200"`
	Owner  string           `query:"owner" maxLength:"36" doc:"Id of a user, or me"`
	Map    string           `query:"map" maxLength:"63" doc:"With an open case of this route map"`
	Stage  string           `query:"stage" maxLength:"63" doc:"Of which one stands at this stage: a stage of GET /clients/stages (R16)"`
}

// clientsAsked reads which clients a list is of.
func (s *Server) clientsAsked(ctx context.Context, in *ClientsInput) (crm.ClientFilter, error) {
	f := crm.ClientFilter{Kind: in.Kind, Status: in.Status, Region: in.Region, Source: in.Source, MapID: in.Map, Stage: in.Stage, Limit: in.limit()}
	var err error
	if f.After, err = in.cursor(); err != nil {
		return f, err
	}
	if f.Owner, err = userParameter(ctx, "owner", in.Owner); err != nil {
		return f, err
	}
	if in.Stage != "" && in.Map == "" {
		return f, wrongParameter("map", codeRequired)
	}
	f.Attributes, err = s.attributes(ctx, in.AttributesInput, crm.AttributeOfClient)
	return f, err
}

func (s *Server) listClients(ctx context.Context, in *ClientsInput) (*listOutput[clientView], error) {
	f, err := s.clientsAsked(ctx, in)
	if err != nil {
		return nil, err
	}
	if text := strings.TrimSpace(in.Q); text != "" {
		if f.After != nil {
			return nil, failed(http.StatusBadRequest, "invalid_cursor").field(ProblemField{Parameter: "after", Code: "invalid_cursor"})
		}
		found, err := s.services.Clients.SearchClients(ctx, text, f)
		if err != nil {
			return nil, err
		}
		return listOf(found, s.viewClient), nil
	}
	page, err := s.services.Clients.ListClients(ctx, f)
	if err != nil {
		return nil, err
	}
	return pageOf(page, s.viewClient)
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

func (s *Server) showClient(c *crm.Client) *clientOutput {
	return &clientOutput{ETag: etag(c.Version), Body: s.viewClient(c)}
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
	return s.showClient(c), nil
}

type newClientInput struct {
	Body struct {
		Kind          crm.ClientKind    `json:"kind,omitempty" enum:"company,individual" default:"company"`
		Name          string            `json:"name" minLength:"1" maxLength:"300"`
		Status        crm.ClientStatus  `json:"status,omitempty" enum:"potential,active" default:"potential"`
		Lang          crm.Lang          `json:"lang,omitempty" enum:"ru,en" default:"ru"`
		Region        string            `json:"region,omitempty" maxLength:"10" doc:"One of GET /regions"`
		TimeZone      string            `json:"time_zone,omitempty" maxLength:"64" doc:"The region's where it is left out; without a region Europe/Moscow"`
		Source        string            `json:"source,omitempty" maxLength:"200" doc:"Key or name of one of GET /acquisition-sources"`
		OwnerID       uuid.UUID         `json:"owner_id,omitzero" format:"uuid"`
		Details       []detailBody      `json:"details,omitempty" maxItems:"50"`
		LegalEntities []legalEntityBody `json:"legal_entities,omitempty" maxItems:"20" doc:"The first one is the main one (R64)"`
		Without       []crm.Block       `json:"without,omitempty" maxItems:"3" enum:"interactions,deals,claims"`
		Attributes    map[string]any    `json:"attributes,omitempty" doc:"Own attributes by key (R45); null: none"`
		CreateAnyway  bool              `json:"create_anyway,omitempty" doc:"Though there are clients that it may be"`
	}
}

func (s *Server) createClient(ctx context.Context, in *newClientInput) (*clientOutput, error) {
	b := &in.Body
	c := crm.Client{
		ID: recordID(ctx), Kind: b.Kind, Name: crm.OneLine(b.Name), Status: b.Status, Lang: b.Lang, Region: b.Region, TimeZone: b.TimeZone,
		OwnerID: b.OwnerID, Without: b.Without, Attributes: b.Attributes, CreatedBy: userOf(ctx).ID,
	}
	if c.Name == "" {
		return nil, invalid("/name", codeRequired)
	}
	if c.TimeZone != "" {
		if err := timeZone(c.TimeZone); err != nil {
			return nil, err
		}
	}
	var err error
	if c.Source, err = s.knownSource(ctx, b.Source); err != nil {
		return nil, err
	}
	if c.Details, err = details(b.Details); err != nil {
		return nil, err
	}
	if c.LegalEntities, err = legalEntities(b.LegalEntities); err != nil {
		return nil, err
	}
	made, err := s.makeClient(ctx, c, b.CreateAnyway)
	if err != nil {
		return nil, err
	}
	out := s.showClient(made)
	out.Location = apiPrefix + "/clients/" + made.ID.String()
	return out, nil
}

func (s *Server) makeClient(ctx context.Context, c crm.Client, anyway bool) (*crm.Client, error) {
	if anyway {
		return s.services.Clients.CreateClient(ctx, c)
	}
	made, known, err := s.services.Clients.CreateUniqueClient(ctx, c)
	if err != nil {
		return nil, err
	}
	if len(known) > 0 {
		return nil, possibleDuplicates(langOf(ctx), known)
	}
	return made, nil
}

// possibleDuplicates names the clients that a new one may be.
func possibleDuplicates(lang crm.Lang, known []crm.Duplicate) error {
	e := failed(http.StatusConflict, "possible_duplicates").with("count", strconv.Itoa(len(known)))
	for i := range known {
		e.field(ProblemField{
			Code: "possible_duplicate", Record: apiPrefix + "/clients/" + known[i].Client.ID.String(),
			params: map[string]string{"name": known[i].Client.Name, "reasons": inCommon(lang, known[i].Reasons)},
		})
	}
	return e
}

// What two clients can have in common is called so. Names need only be alike.
var duplicateTexts = map[string]crm.Text{
	"phone": {EN: "the same phone", RU: "тот же телефон"},
	"email": {EN: "the same email", RU: "та же почта"},
	"inn":   {EN: "the same INN", RU: "тот же ИНН"},
	"name":  {EN: "a similar name", RU: "похожее название"},
}

func inCommon(lang crm.Lang, reasons []string) string {
	words := make([]string, 0, len(reasons))
	for _, reason := range reasons {
		words = append(words, duplicateTexts[reason].In(lang))
	}
	return strings.Join(words, ", ")
}

// duplicateView is a client that may be the same as another one.
type duplicateView struct {
	Client  *clientView `json:"client,omitempty" doc:"Missing: there is one, which the caller may not see"`
	Reasons []string    `json:"reasons" doc:"What they have in common: phone, email, inn, name"`
}

func (s *Server) listDuplicates(ctx context.Context, in *ClientPath) (*listOutput[duplicateView], error) {
	id, err := idOf(in.ID, "client_not_found")
	if err != nil {
		return nil, err
	}
	c, err := s.services.Clients.Client(ctx, id)
	if err != nil {
		return nil, err
	}
	found, err := s.services.Clients.Duplicates(ctx, c)
	if err != nil {
		return nil, err
	}
	return listOf(found, func(d *crm.Duplicate) duplicateView {
		v := duplicateView{Reasons: d.Reasons}
		if d.Client.ID != uuid.Nil {
			client := s.viewClient(&d.Client)
			v.Client = &client
		}
		return v
	}), nil
}

type patchClientInput struct {
	ClientPath
	MatchInput
	Body struct {
		Kind     *crm.ClientKind   `json:"kind,omitempty" enum:"company,individual"`
		Name     *string           `json:"name,omitempty" minLength:"1" maxLength:"300"`
		Status   *crm.ClientStatus `json:"status,omitempty" enum:"potential,active"`
		Lang     *crm.Lang         `json:"lang,omitempty" enum:"ru,en"`
		Region   *string           `json:"region,omitempty" maxLength:"10" doc:"Brings its time zone with it, unless one is given; empty: not known"`
		TimeZone *string           `json:"time_zone,omitempty" maxLength:"64"`
		Source   *string           `json:"source,omitempty" maxLength:"200"`
		OwnerID  *uuid.UUID        `json:"owner_id,omitempty" format:"uuid"`
		Details  *[]detailBody     `json:"details,omitempty" maxItems:"50" doc:"All of them: they take the place of those before"`
		Without  *[]crm.Block      `json:"without,omitempty" maxItems:"3" enum:"interactions,deals,claims" doc:"All that is not kept of this client (R22)"`

		Attributes map[string]any `json:"attributes,omitempty" doc:"Merged into the client's own attributes; null removes a value (R45)"`
	}
}

func (s *Server) patchClient(ctx context.Context, in *patchClientInput) (*clientOutput, error) {
	id, err := idOf(in.ID, "client_not_found")
	if err != nil {
		return nil, err
	}
	version, err := versionOf(ctx, in.MatchInput, id, s.services.Clients.Client, func(c *crm.Client) int { return c.Version })
	if err != nil {
		return nil, err
	}
	p, err := s.clientPatch(ctx, in)
	if err != nil {
		return nil, err
	}
	c, err := s.services.Clients.PatchClient(ctx, id, version, p, userOf(ctx).ID)
	if err != nil {
		return nil, err
	}
	if p.Attributes != nil {
		s.tellClientsCases(ctx, id)
	}
	return s.showClient(c), nil
}

func (s *Server) clientPatch(ctx context.Context, in *patchClientInput) (crm.ClientPatch, error) {
	b := &in.Body
	p := crm.ClientPatch{
		Kind: b.Kind, Status: b.Status, Lang: b.Lang, Region: trimmed(b.Region), TimeZone: b.TimeZone, OwnerID: b.OwnerID, Without: b.Without,
	}
	if b.Attributes != nil {
		p.Attributes = &b.Attributes
	}
	var err error
	if p.Name, err = nameOf(b.Name); err != nil {
		return p, err
	}
	if b.TimeZone != nil {
		if err := timeZone(*b.TimeZone); err != nil {
			return p, err
		}
	}
	if p.Source, err = s.sourceOf(ctx, b.Source); err != nil {
		return p, err
	}
	p.Details, err = detailsOf(b.Details)
	return p, err
}

// sourceOf is knownSource for what may be left as it is.
func (s *Server) sourceOf(ctx context.Context, text *string) (*string, error) {
	if text == nil {
		return nil, nil //nolint:nilnil // nothing sent, nothing to change
	}
	key, err := s.knownSource(ctx, *text)
	return &key, err
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

// clientChangeView is a line of the history of a client's card.
type clientChangeView struct {
	ID      uuid.UUID      `json:"id" format:"uuid"`
	At      time.Time      `json:"at"`
	Kind    string         `json:"kind" example:"changed"`
	ActorID uuid.UUID      `json:"actor_id,omitzero" format:"uuid"`
	Data    map[string]any `json:"data" doc:"Of a change: fields, each with from and to"`
}

type clientHistoryInput struct {
	ClientPath
	PageInput
}

func (s *Server) clientHistory(ctx context.Context, in *clientHistoryInput) (*listOutput[clientChangeView], error) {
	id, err := idOf(in.ID, "client_not_found")
	if err != nil {
		return nil, err
	}
	if _, err := s.services.Clients.Client(ctx, id); err != nil {
		return nil, err
	}
	return historyOf(in.PageInput, func(after *crm.Cursor, limit int) (crm.Page[crm.ClientChange], error) {
		return s.services.Clients.ClientHistory(ctx, id, after, limit)
	})
}

// historyOf answers with a page of the history of a card.
func historyOf(in PageInput, read func(after *crm.Cursor, limit int) (crm.Page[crm.ClientChange], error)) (*listOutput[clientChangeView], error) {
	after, err := in.cursor()
	if err != nil {
		return nil, err
	}
	if after != nil && after.At == nil {
		return nil, failed(http.StatusBadRequest, "invalid_cursor").field(ProblemField{Parameter: "after", Code: "invalid_cursor"})
	}
	page, err := read(after, in.limit())
	if err != nil {
		return nil, err
	}
	return pageOf(page, func(c *crm.ClientChange) clientChangeView {
		return clientChangeView{ID: c.ID, At: c.At, Kind: c.Kind, ActorID: c.ActorID, Data: c.Data}
	})
}
