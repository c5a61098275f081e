package server

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

// templateView is a template in one language.
type templateView struct {
	Key       string     `json:"key" example:"appeal-accepted"`
	Title     string     `json:"title,omitempty" doc:"What it is for; of a template that comes with the program"`
	Lang      crm.Lang   `json:"lang" enum:"ru,en"`
	Version   int        `json:"version" doc:"0: as shipped with the program"`
	Origin    origin     `json:"origin" enum:"shipped,changed,own" doc:"shipped: as it comes with the program; changed: the company's, in the place of the shipped one; own: the company's alone"`
	Channel   string     `json:"channel" enum:"email,sms"`
	Subject   string     `json:"subject,omitempty" doc:"Of an e-mail"`
	Text      string     `json:"text" doc:"The plain part of an e-mail, or the SMS"`
	HTML      string     `json:"html,omitempty" doc:"Of an e-mail; without it, it goes as plain text"`
	CreatedAt *time.Time `json:"created_at,omitempty"`
	CreatedBy uuid.UUID  `json:"created_by,omitzero" format:"uuid"`

	Shipped *shippedText `json:"shipped,omitempty" doc:"Of a changed one: what comes with the program, and is sent again when the company's own is deleted"`
}

// shippedText is what a template says that comes with the program.
type shippedText struct {
	Subject string `json:"subject,omitempty"`
	Text    string `json:"text"`
	HTML    string `json:"html,omitempty"`
}

func viewTemplate(ctx context.Context, t *crm.Template) templateView {
	v := templateView{
		Key: t.Key, Title: t.Title.In(langOf(ctx)), Lang: t.Lang, Version: t.Version, Origin: originOf(t.Version, t.Shipped != nil), Channel: t.Channel,
		Subject: t.Subject, Text: t.Text, HTML: t.HTML, CreatedBy: t.CreatedBy,
	}
	if t.Version > 0 && t.Shipped != nil {
		v.Shipped = &shippedText{Subject: t.Shipped.Subject, Text: t.Shipped.Text, HTML: t.Shipped.HTML}
	}
	if !t.CreatedAt.IsZero() {
		v.CreatedAt = &t.CreatedAt
	}
	return v
}

func (s *Server) listTemplates(ctx context.Context, _ *struct{}) (*listOutput[templateView], error) {
	all, err := s.services.Templates.ListTemplates(ctx)
	if err != nil {
		return nil, err
	}
	return listOf(all, func(t *crm.Template) templateView { return viewTemplate(ctx, t) }), nil
}

// TemplatePath names a template.
type TemplatePath struct {
	Key string `path:"key" doc:"Key of the template, as rules name it" example:"appeal-accepted"`
}

// templateKey is how templates are named: as in route maps, where they are checked against it.
var templateKey = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

func (p TemplatePath) check() error {
	if !templateKey.MatchString(p.Key) || len(p.Key) > 100 {
		return failed(http.StatusNotFound, "template_not_found")
	}
	return nil
}

func (s *Server) getTemplate(ctx context.Context, in *TemplatePath) (*listOutput[templateView], error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	all, err := s.services.Templates.Template(ctx, in.Key)
	if err != nil {
		return nil, err
	}
	return listOf(all, func(t *crm.Template) templateView { return viewTemplate(ctx, t) }), nil
}

type templateVariableView struct {
	Name         string `json:"name" example:"Number"`
	Insert       string `json:"insert" example:"{{.Number}}" doc:"As it is written in a text"`
	What         string `json:"what" doc:"What it shows"`
	PersonalData bool   `json:"personal_data" doc:"Of a person: a name, a telephone, an address"`
}

// listTemplateVariables is what whoever writes a text may put into it, also into one of a key that is not there yet.
func (s *Server) listTemplateVariables(ctx context.Context, in *TemplatePath) (*listOutput[templateVariableView], error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	return listOf(s.services.Templates.TemplateVariables(in.Key), func(v *crm.TemplateVariable) templateVariableView {
		return templateVariableView{Name: v.Name, Insert: "{{." + v.Name + "}}", What: v.What.In(langOf(ctx)), PersonalData: v.PersonalData}
	}), nil
}

// templateBody is the text of a template in one language.
type templateBody struct {
	Lang    crm.Lang `json:"lang" enum:"ru,en"`
	Channel string   `json:"channel" enum:"email,sms"`
	Subject string   `json:"subject,omitempty" maxLength:"500"`
	Text    string   `json:"text" minLength:"1" maxLength:"100000"`
	HTML    string   `json:"html,omitempty" maxLength:"500000"`
}

type putTemplateInput struct {
	TemplatePath
	IfMatch     string `header:"If-Match" doc:"The version of the text in this language as an ETag, \"0\" for a shipped one; for one that is there"`
	IfNoneMatch string `header:"If-None-Match" doc:"*: there is no text in this language yet" enum:"*"`
	Body        templateBody
}

type templateOutput struct {
	ETag string `header:"ETag"`
	Body templateView
}

// templateIn is a template's text in a language.
func (s *Server) templateIn(ctx context.Context, key string, lang crm.Lang) (*crm.Template, error) {
	all, err := s.services.Templates.Template(ctx, key)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].Lang == lang {
			return &all[i], nil
		}
	}
	return nil, crm.Errorf(crm.KindNotFound, "template_not_found", "no such template in this language")
}

func (s *Server) templateVersionIn(ctx context.Context, key string, lang crm.Lang) (int, error) {
	t, err := s.templateIn(ctx, key, lang)
	if err != nil {
		return 0, err
	}
	return t.Version, nil
}

// templateVersion is the version of the text that is replaced, 0 where there is none yet.
func (s *Server) templateVersion(ctx context.Context, in *putTemplateInput) (int, error) {
	current := func() (int, error) { return s.templateVersionIn(ctx, in.Key, in.Body.Lang) }
	return in.asked().shippedVersion(current)
}

func (in *putTemplateInput) asked() PutInput {
	return PutInput{IfMatch: in.IfMatch, IfNoneMatch: in.IfNoneMatch}
}

func (in *putTemplateInput) insists() bool { return in.asked().insists() }

type deleteTemplateInput struct {
	TemplatePath
	MatchInput
	Lang crm.Lang `query:"lang" required:"true" enum:"ru,en" doc:"Which language's text"`
}

func (s *Server) deleteTemplate(ctx context.Context, in *deleteTemplateInput) (*struct{}, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	version, err := in.version(func() (int, error) { return s.templateVersionIn(ctx, in.Key, in.Lang) })
	if err != nil {
		return nil, err
	}
	return nil, s.services.Templates.DeleteTemplate(ctx, crm.Template{Key: in.Key, Lang: in.Lang, Version: version, CreatedBy: userOf(ctx).ID})
}

func (s *Server) putTemplate(ctx context.Context, in *putTemplateInput) (*templateOutput, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	if in.Body.Channel == "email" && in.Body.Subject == "" {
		return nil, invalid("/subject", codeRequired)
	}
	version, err := s.templateVersion(ctx, in)
	if err != nil {
		return nil, err
	}
	text := templateOf(in.Key, &in.Body, userOf(ctx).ID)
	text.Version = version
	t, err := s.services.Templates.PutTemplate(ctx, text)
	if err != nil {
		return nil, err
	}
	return &templateOutput{ETag: etag(t.Version), Body: viewTemplate(ctx, t)}, nil
}

func templateOf(key string, b *templateBody, by uuid.UUID) crm.Template {
	return crm.Template{Key: key, Lang: b.Lang, Channel: b.Channel, Subject: b.Subject, Text: b.Text, HTML: b.HTML, CreatedBy: by}
}

type previewInput struct {
	TemplatePath
	Body struct {
		Lang     crm.Lang      `json:"lang,omitempty" enum:"ru,en" doc:"Without it: the caller's"`
		Template *templateBody `json:"template,omitempty" doc:"A text not stored yet; without it, the stored one"`
		CaseID   uuid.UUID     `json:"case_id,omitzero" format:"uuid" doc:"Whose values to put in; without it, samples"`
	}
}

type previewOutput struct {
	Body struct {
		Subject string `json:"subject,omitempty"`
		Text    string `json:"text"`
		HTML    string `json:"html,omitempty"`
		Parts   int    `json:"sms_parts,omitempty" doc:"Of an SMS: how many messages a provider makes of it and charges; 10 at most go"`
	}
}

func (s *Server) previewTemplate(ctx context.Context, in *previewInput) (*previewOutput, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	t, err := s.templateToShow(ctx, in)
	if err != nil {
		return nil, err
	}
	rendered, err := s.services.Templates.PreviewTemplate(ctx, t, in.Body.CaseID)
	if wrong, ok := crm.AsError(err); ok && in.Body.Template != nil {
		return nil, inside("/template", wrong)
	}
	if err != nil {
		return nil, err
	}
	out := &previewOutput{}
	out.Body.Subject, out.Body.Text, out.Body.HTML = rendered.Subject, rendered.Text, rendered.HTML
	out.Body.Parts = rendered.Parts
	return out, nil
}

// inside moves what an error says of a part to where that part is in the request.
func inside(part string, e *crm.Error) *crm.Error {
	moved := *e
	moved.Fields = slices.Clone(e.Fields)
	for i := range moved.Fields {
		moved.Fields[i].Pointer = part + moved.Fields[i].Pointer
	}
	return &moved
}

func (s *Server) templateToShow(ctx context.Context, in *previewInput) (crm.Template, error) {
	if in.Body.Template != nil {
		return templateOf(in.Key, in.Body.Template, userOf(ctx).ID), nil
	}
	lang := in.Body.Lang
	if lang == "" {
		lang = langOf(ctx)
	}
	t, err := s.templateIn(ctx, in.Key, lang)
	if err != nil {
		return crm.Template{}, err
	}
	return *t, nil
}
