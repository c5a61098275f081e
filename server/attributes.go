package server

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"marshrut/crm"
)

// attributeView is an own attribute of clients, contacts or a kind of case (R45).
type attributeView struct {
	Subject    crm.AttributeSubject  `json:"subject" enum:"client,contact,appeal,deal,interest,claim"`
	Key        string                `json:"key" example:"segment"`
	Type       crm.AttributeType     `json:"type" enum:"text,number,date,flag,choice"`
	Name       string                `json:"name"`
	Names      crm.Text              `json:"names"`
	Options    []attributeOptionView `json:"options,omitempty" doc:"Of a choice"`
	Required   bool                  `json:"required"`
	Searchable bool                  `json:"searchable"`
	Archived   bool                  `json:"archived" doc:"Not offered any more; values stay, and conditions of maps go on reading them"`
	Position   int                   `json:"position"`
	Version    int                   `json:"version"`
}

type attributeOptionView struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Names    crm.Text `json:"names"`
	Archived bool     `json:"archived,omitempty" doc:"Cannot be chosen any more"`
}

func viewAttribute(lang crm.Lang, a *crm.Attribute) attributeView {
	v := attributeView{
		Subject: a.Subject, Key: a.Key, Type: a.Type, Name: a.Name.In(lang), Names: a.Name, Required: a.Required, Searchable: a.Searchable,
		Archived: a.Archived, Position: a.Position, Version: a.Version,
	}
	for _, o := range a.Options {
		v.Options = append(v.Options, attributeOptionView{ID: o.ID, Name: o.Name.In(lang), Names: o.Name, Archived: o.Archived})
	}
	return v
}

type attributeFilter struct {
	Subject crm.AttributeSubject `query:"subject" enum:"client,contact,appeal,deal,interest,claim"`
}

func (s *Server) listAttributes(ctx context.Context, in *attributeFilter) (*listOutput[attributeView], error) {
	all, err := s.services.Clients.Attributes(ctx, in.Subject)
	if err != nil {
		return nil, err
	}
	return listOf(all, func(a *crm.Attribute) attributeView { return viewAttribute(langOf(ctx), a) }), nil
}

type putAttributeInput struct {
	Subject crm.AttributeSubject `path:"subject" enum:"client,contact,appeal,deal,interest,claim"`
	Key     string               `path:"key" maxLength:"63" doc:"snake_case"`
	PutInput
	Body struct {
		Type       crm.AttributeType     `json:"type" enum:"text,number,date,flag,choice" doc:"It stays what it is"`
		Name       textBody              `json:"name"`
		Options    []attributeOptionBody `json:"options,omitempty" maxItems:"200" doc:"Of a choice, all of them; none can be left out later, only archived"`
		Required   bool                  `json:"required,omitempty" doc:"A new record has to have it"`
		Searchable bool                  `json:"searchable,omitempty" doc:"Texts and choices: the record is found by it"`
		Archived   bool                  `json:"archived,omitempty"`
		Position   int                   `json:"position,omitempty" minimum:"0" maximum:"10000"`
	}
}

type attributeOptionBody struct {
	ID       string   `json:"id" maxLength:"63" doc:"kebab-case"`
	Name     textBody `json:"name"`
	Archived bool     `json:"archived,omitempty"`
}

type attributeOutput struct {
	ETag string `header:"ETag"`
	Body attributeView
}

var attributeKey = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// putAttribute adds an attribute with “If-None-Match: *” and changes one with If-Match.
func (s *Server) putAttribute(ctx context.Context, in *putAttributeInput) (*attributeOutput, error) {
	a, err := in.attribute()
	if err != nil {
		return nil, err
	}
	version, err := itemVersion(in.PutInput, func() ([]crm.Attribute, error) { return s.services.Clients.Attributes(ctx, in.Subject) },
		func(one *crm.Attribute) bool { return one.Key == in.Key }, func(one *crm.Attribute) int { return one.Version })
	if err != nil {
		return nil, err
	}
	put, err := s.services.Clients.PutAttribute(ctx, *a, version)
	if err != nil {
		return nil, err
	}
	return &attributeOutput{ETag: etag(put.Version), Body: viewAttribute(langOf(ctx), put)}, nil
}

// attribute reads the request.
func (in *putAttributeInput) attribute() (*crm.Attribute, error) {
	b := &in.Body
	a := &crm.Attribute{
		Subject: in.Subject, Key: in.Key, Type: b.Type, Name: b.Name.text(),
		Required: b.Required, Searchable: b.Searchable, Archived: b.Archived, Position: b.Position,
	}
	isChoice := b.Type == crm.AttributeChoice
	refusals := []error{
		refusedIf(a.Name.Empty(), "/name", codeRequired),
		keyError(in.Key, attributeKey, "wrong_attribute_key"),
		refusedIf(isChoice && len(b.Options) == 0, "/options", codeRequired),
		refusedIf(!isChoice && len(b.Options) > 0, "/options", "options_of_a_choice"),
		refusedIf(b.Searchable && !isChoice && b.Type != crm.AttributeText, "/searchable", "only_texts_are_searched"),
	}
	for i, o := range b.Options {
		pointer := "/options/" + strconv.Itoa(i)
		option := crm.AttributeOption{ID: o.ID, Name: o.Name.text(), Archived: o.Archived}
		same := func(other crm.AttributeOption) bool { return other.ID == o.ID }
		refusals = append(
			refusals,
			refusedIf(option.Name.Empty(), pointer+"/name", codeRequired),
			refusedIf(!keyForm.MatchString(o.ID), pointer+"/id", "wrong_form"),
			refusedIf(o.ID != "" && slices.ContainsFunc(a.Options, same), pointer+"/id", "repeated_item"),
		)
		a.Options = append(a.Options, option)
	}
	if err := allInvalid(refusals...); err != nil {
		return nil, err
	}
	return a, nil
}

// AttributesInput is what lists take that are narrowed by own attributes (R45).
type AttributesInput struct {
	Attributes string `query:"attributes" maxLength:"2000" doc:"Own attributes with exactly these values, as a JSON object" example:"{\"segment\": \"vip\"}"`
}

// attributes reads the filter; each value is to be one that an attribute of one of the subjects may have.
func (s *Server) attributes(ctx context.Context, in AttributesInput, subjects ...crm.AttributeSubject) (map[string]any, error) {
	if in.Attributes == "" {
		return nil, nil //nolint:nilnil // no filter is not an error
	}
	wrong := func(code string) error {
		return failed(http.StatusUnprocessableEntity, "validation_failed").field(ProblemField{Parameter: "attributes", Code: code})
	}
	var sent map[string]any
	if err := json.Unmarshal([]byte(in.Attributes), &sent); err != nil || !cleanText(in.Attributes) {
		return nil, wrong("expected_object")
	}
	defined, err := s.services.Clients.Attributes(ctx, "")
	if err != nil {
		return nil, err
	}
	for key, value := range sent {
		code := "unknown_attribute"
		for i := range defined {
			if a := &defined[i]; a.Key == key && slices.Contains(subjects, a.Subject) {
				if sent[key], code = a.Check(value, value); code == "" {
					break
				}
			}
		}
		if code != "" {
			return nil, wrong(code)
		}
	}
	return sent, nil
}

// ofKinds are the subjects that a list of cases of these kinds is about; no kinds: all of them.
func ofKinds(kinds []crm.Kind) []crm.AttributeSubject {
	if len(kinds) == 0 {
		kinds = crm.Kinds()
	}
	subjects := make([]crm.AttributeSubject, len(kinds))
	for i, kind := range kinds {
		subjects[i] = crm.AttributeOfCase(kind)
	}
	return subjects
}

// tellClientsCases brings a client's changed attributes to the routes of its cases that read them.
func (s *Server) tellClientsCases(ctx context.Context, client uuid.UUID) {
	cases, err := s.services.Clients.CasesToTell(ctx, client)
	if err != nil {
		return // they are left to the reconciler, which tells them anyway
	}
	for _, id := range cases {
		s.tellRoute(ctx, id)
	}
}
