package server

import (
	"context"
	"regexp"
	"strconv"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

// legalEntityView is a legal entity of a client (R64).
type legalEntityView struct {
	ID        uuid.UUID `json:"id" format:"uuid"`
	ClientID  uuid.UUID `json:"client_id" format:"uuid"`
	Name      string    `json:"name"`
	INN       string    `json:"inn,omitempty"`
	KPP       string    `json:"kpp,omitempty"`
	Main      bool      `json:"main"`
	Version   int       `json:"version"`
	CreatedAt time.Time `json:"created_at"`
}

func viewLegalEntity(e *crm.LegalEntity) legalEntityView {
	return legalEntityView{
		ID: e.ID, ClientID: e.ClientID, Name: e.Name, INN: e.INN, KPP: e.KPP, Main: e.Main, Version: e.Version, CreatedAt: e.CreatedAt,
	}
}

// legalEntityBody is a legal entity as it is sent.
type legalEntityBody struct {
	Name string `json:"name" minLength:"1" maxLength:"300"`
	INN  string `json:"inn,omitempty" maxLength:"20" doc:"10 digits of a company or 12 of a person, with right check digits"`
	KPP  string `json:"kpp,omitempty" maxLength:"20"`
	Main bool   `json:"main,omitempty" doc:"The first one is it anyway"`
}

// legalEntity checks one as it is sent; pointer is where it stands in the body.
func legalEntity(b *legalEntityBody, pointer string) (crm.LegalEntity, error) {
	e := crm.LegalEntity{Name: crm.OneLine(b.Name), INN: crm.OneLine(b.INN), KPP: crm.OneLine(b.KPP), Main: b.Main}
	if e.Name == "" {
		return e, invalid(pointer+"/name", codeRequired)
	}
	if wrong := crm.CheckLegalEntity(&e); wrong != nil {
		return e, invalid(pointer+wrong[0].Pointer, wrong[0].Code)
	}
	return e, nil
}

func legalEntities(sent []legalEntityBody) ([]crm.LegalEntity, error) {
	all := make([]crm.LegalEntity, 0, len(sent))
	for i := range sent {
		e, err := legalEntity(&sent[i], "/legal_entities/"+strconv.Itoa(i))
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

type newLegalEntityInput struct {
	ClientPath
	Body legalEntityBody
}

type legalEntityOutput struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     legalEntityView
}

func (s *Server) createLegalEntity(ctx context.Context, in *newLegalEntityInput) (*legalEntityOutput, error) {
	client, err := idOf(in.ID, "client_not_found")
	if err != nil {
		return nil, err
	}
	e, err := legalEntity(&in.Body, "")
	if err != nil {
		return nil, err
	}
	e.ID, e.ClientID = recordID(ctx), client
	made, err := s.services.Clients.CreateLegalEntity(ctx, e, userOf(ctx).ID)
	if err != nil {
		return nil, err
	}
	return &legalEntityOutput{ETag: etag(made.Version), Location: apiPrefix + "/legal-entities/" + made.ID.String(), Body: viewLegalEntity(made)}, nil
}

// LegalEntityPath names a legal entity.
type LegalEntityPath struct {
	ID string `path:"id" doc:"Id of the legal entity"`
}

func (s *Server) getLegalEntity(ctx context.Context, in *LegalEntityPath) (*legalEntityOutput, error) {
	id, err := idOf(in.ID, "legal_entity_not_found")
	if err != nil {
		return nil, err
	}
	e, err := s.services.Clients.LegalEntity(ctx, id)
	if err != nil {
		return nil, err
	}
	return &legalEntityOutput{ETag: etag(e.Version), Body: viewLegalEntity(e)}, nil
}

type patchLegalEntityInput struct {
	LegalEntityPath
	MatchInput
	Body struct {
		Name *string `json:"name,omitempty" minLength:"1" maxLength:"300"`
		INN  *string `json:"inn,omitempty" maxLength:"20"`
		KPP  *string `json:"kpp,omitempty" maxLength:"20"`
		Main *bool   `json:"main,omitempty" enum:"true" doc:"Makes it the main one in the place of another"`
	}
}

// entityVersion is the version to be changed, as If-Match says.
func (s *Server) entityVersion(ctx context.Context, m MatchInput, id uuid.UUID) (int, error) {
	return versionOf(ctx, m, id, s.services.Clients.LegalEntity, func(e *crm.LegalEntity) int { return e.Version })
}

func (s *Server) patchLegalEntity(ctx context.Context, in *patchLegalEntityInput) (*legalEntityOutput, error) {
	id, err := idOf(in.ID, "legal_entity_not_found")
	if err != nil {
		return nil, err
	}
	version, err := s.entityVersion(ctx, in.MatchInput, id)
	if err != nil {
		return nil, err
	}
	p := crm.LegalEntityPatch{INN: trimmed(in.Body.INN), KPP: trimmed(in.Body.KPP), Main: in.Body.Main}
	if p.Name, err = nameOf(in.Body.Name); err != nil {
		return nil, err
	}
	e, err := s.services.Clients.PatchLegalEntity(ctx, id, version, p, userOf(ctx).ID)
	if err != nil {
		return nil, err
	}
	return &legalEntityOutput{ETag: etag(e.Version), Body: viewLegalEntity(e)}, nil
}

type deleteLegalEntityInput struct {
	LegalEntityPath
	MatchInput
}

func (s *Server) deleteLegalEntity(ctx context.Context, in *deleteLegalEntityInput) (*struct{}, error) {
	id, err := idOf(in.ID, "legal_entity_not_found")
	if err != nil {
		return nil, err
	}
	version, err := s.entityVersion(ctx, in.MatchInput, id)
	if err != nil {
		return nil, err
	}
	return nil, s.services.Clients.DeleteLegalEntity(ctx, id, version, userOf(ctx).ID)
}

// regionView is a region with its time zone (R8).
type regionView struct {
	Key      string   `json:"key" example:"RU-OMS"`
	Name     crm.Text `json:"name"`
	TimeZone string   `json:"time_zone" example:"Asia/Omsk"`
	Archived bool     `json:"archived,omitempty" doc:"Not offered any more"`
	// Correcting ends by itself.
	Correcting bool `json:"correcting,omitempty" doc:"Its zone was corrected, and the histories of its clients are still being told; what is shown of them is right already"`
	Version    int  `json:"version"`
}

func viewRegion(r *crm.Region) regionView {
	return regionView{Key: r.Key, Name: r.Name, TimeZone: r.TimeZone, Archived: r.Archived, Correcting: r.Correcting, Version: r.Version}
}

func (s *Server) listRegions(ctx context.Context, _ *struct{}) (*listOutput[regionView], error) {
	regions, err := s.services.Clients.Regions(ctx)
	if err != nil {
		return nil, err
	}
	return listOf(regions, viewRegion), nil
}

type putRegionInput struct {
	PutInput
	Key  string `path:"key" doc:"As in ISO 3166-2: two capital letters, and for a part of a country a hyphen and one to three letters or digits" example:"RU-OMS"`
	Body struct {
		Name     textBody `json:"name"`
		TimeZone string   `json:"time_zone" maxLength:"64" doc:"Its clients have it at once, unless they were given one of their own (R8)"`
		Archived bool     `json:"archived,omitempty"`
	}
}

var regionKey = regexp.MustCompile(`^[A-Z]{2}(-[A-Z0-9]{1,3})?$`)

type regionOutput struct {
	ETag string `header:"ETag"`
	Body regionView
}

// putRegion adds a region with “If-None-Match: *” and changes one with If-Match.
func (s *Server) putRegion(ctx context.Context, in *putRegionInput) (*regionOutput, error) {
	r := crm.Region{Key: in.Key, Name: in.Body.Name.text(), TimeZone: in.Body.TimeZone, Archived: in.Body.Archived}
	err := allInvalid(refusedIf(r.Name.Empty(), "/name", codeRequired), keyError(r.Key, regionKey, "not_a_region_key"), timeZone(r.TimeZone))
	if err != nil {
		return nil, err
	}
	version, err := itemVersion(in.PutInput, func() ([]crm.Region, error) { return s.services.Clients.Regions(ctx) },
		func(one *crm.Region) bool { return one.Key == r.Key }, func(one *crm.Region) int { return one.Version })
	if err != nil {
		return nil, err
	}
	stored, err := s.services.Clients.PutRegion(ctx, r, version, userOf(ctx).ID)
	if err != nil {
		return nil, err
	}
	return &regionOutput{ETag: etag(stored.Version), Body: viewRegion(stored)}, nil
}

// sourceView is an acquisition source.
type sourceView struct {
	Key      string   `json:"key" example:"exhibition"`
	Name     crm.Text `json:"name"`
	Archived bool     `json:"archived,omitempty" doc:"Not offered any more"`
	Version  int      `json:"version"`
}

func viewSource(a *crm.AcquisitionSource) sourceView {
	return sourceView{Key: a.Key, Name: a.Name, Archived: a.Archived, Version: a.Version}
}

func (s *Server) listSources(ctx context.Context, _ *struct{}) (*listOutput[sourceView], error) {
	sources, err := s.services.Clients.AcquisitionSources(ctx)
	if err != nil {
		return nil, err
	}
	return listOf(sources, viewSource), nil
}

type putSourceInput struct {
	PutInput
	Key  string `path:"key" minLength:"1" maxLength:"200"`
	Body struct {
		Name     textBody `json:"name"`
		Archived bool     `json:"archived,omitempty"`
	}
}

type sourceOutput struct {
	ETag string `header:"ETag"`
	Body sourceView
}

// putSource adds a source with “If-None-Match: *” and changes one with If-Match.
func (s *Server) putSource(ctx context.Context, in *putSourceInput) (*sourceOutput, error) {
	a := crm.AcquisitionSource{Key: crm.OneLine(in.Key), Name: in.Body.Name.text(), Archived: in.Body.Archived}
	if err := allInvalid(refusedIf(a.Name.Empty(), "/name", codeRequired), refusedIf(a.Key == "", "/key", codeRequired)); err != nil {
		return nil, err
	}
	version, err := itemVersion(in.PutInput, func() ([]crm.AcquisitionSource, error) { return s.services.Clients.AcquisitionSources(ctx) },
		func(one *crm.AcquisitionSource) bool { return one.Key == a.Key }, func(one *crm.AcquisitionSource) int { return one.Version })
	if err != nil {
		return nil, err
	}
	stored, err := s.services.Clients.PutAcquisitionSource(ctx, a, version)
	if err != nil {
		return nil, err
	}
	return &sourceOutput{ETag: etag(stored.Version), Body: viewSource(stored)}, nil
}
