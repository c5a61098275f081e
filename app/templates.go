package app

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/google/uuid"

	"marshrut/activities"
	"marshrut/crm"
	"marshrut/notify"
	"marshrut/postgres"
)

// templates are the texts of notifications: the shipped ones, and the company's own in their place.
type templates struct {
	db     *postgres.DB
	writer *activities.Writer
}

// ListTemplates gives the newest version of every template in every language.
func (t *templates) ListTemplates(ctx context.Context) ([]crm.Template, error) {
	return t.list(ctx, "")
}

// Template gives the newest version in each language it exists in.
func (t *templates) Template(ctx context.Context, key string) ([]crm.Template, error) {
	list, err := t.list(ctx, key)
	if err == nil && len(list) == 0 {
		return nil, crm.Errorf(crm.KindNotFound, "template_not_found", "no such template")
	}
	return list, err
}

func (t *templates) list(ctx context.Context, key string) ([]crm.Template, error) {
	all, err := t.db.StoredTemplates(ctx, key)
	if err != nil {
		return nil, err
	}
	for _, s := range t.writer.Shipped.Sources() {
		if key != "" && key != s.Key {
			continue
		}
		shipped := textOf(s)
		if i := slices.IndexFunc(all, func(o crm.Template) bool { return o.Key == s.Key && string(o.Lang) == s.Lang }); i >= 0 {
			all[i].Shipped = shipped
			continue
		}
		all = append(all, crm.Template{
			Key: s.Key, Lang: crm.Lang(s.Lang), Channel: string(s.Channel), Subject: s.Subject, Text: s.Text, HTML: s.HTML, Shipped: shipped,
		})
	}
	for i := range all {
		all[i].Title = t.title(all[i].Key)
	}
	slices.SortFunc(all, func(a, b crm.Template) int {
		if a.Key == b.Key {
			return slices.Compare([]byte(a.Lang), []byte(b.Lang))
		}
		return slices.Compare([]byte(a.Key), []byte(b.Key))
	})
	return all, nil
}

// PutTemplate stores the version after text.Version; crm.KindStale when there is a later one, crm.KindUnprocessed with the field when
// it does not compile.
func (t *templates) PutTemplate(ctx context.Context, text crm.Template) (*crm.Template, error) {
	if fault := t.unfit(text); fault != nil {
		return nil, invalid(fault)
	}
	if _, err := parse(text); err != nil {
		return nil, err
	}
	stored, err := t.db.StoreTemplate(ctx, text)
	if err != nil {
		return nil, err
	}
	stored.Shipped, stored.Title = t.shipped(text.Key, text.Lang), t.title(text.Key)
	return stored, nil
}

// unfit tells what a shipped template does not let the company's own text be: of another channel, or one more letter to those who work
// here, which nothing would ever send. Nil: it fits.
func (t *templates) unfit(text crm.Template) *notify.SourceError {
	fault := func(part, problem, hint string) *notify.SourceError {
		return &notify.SourceError{Key: text.Key, Lang: string(text.Lang), Part: part, Problem: problem, Hint: hint}
	}
	info, shipped := t.writer.Shipped.Info(text.Key)
	switch {
	case shipped && string(info.Channel) != text.Channel:
		return fault("channel", "the template is for "+string(info.Channel), "use another key for another channel")
	case !shipped && notify.ForStaff(text.Key):
		known := slices.DeleteFunc(t.writer.Shipped.Keys(), func(key string) bool { return !notify.ForStaff(key) })
		return fault("", "there is no letter to those who work here called "+text.Key, "known are "+strings.Join(known, ", "))
	}
	return nil
}

// DeleteTemplate deletes the company's own text of this version in text.Lang, which goes back to the shipped one where there is one;
// crm.KindNotFound, crm.KindStale, template_in_use.
func (t *templates) DeleteTemplate(ctx context.Context, text crm.Template) error {
	text.Shipped = t.shipped(text.Key, text.Lang)
	return t.db.DeleteTemplate(ctx, text)
}

// shipped is what comes with the program; nil: nothing does.
func (t *templates) shipped(key string, lang crm.Lang) *crm.TemplateText {
	for _, s := range t.writer.Shipped.Sources() {
		if s.Key == key && s.Lang == string(lang) {
			return textOf(s)
		}
	}
	return nil
}

// title is what a template is for; empty: it did not come with the program.
func (t *templates) title(key string) crm.Text {
	info, _ := t.writer.Shipped.Info(key)
	return crm.Text{EN: info.Title["en"], RU: info.Title["ru"]}
}

func textOf(s notify.Source) *crm.TemplateText {
	return &crm.TemplateText{Subject: s.Subject, Text: s.Text, HTML: s.HTML}
}

// TemplateVariables are what the template of a key may show, besides the fields of a case.
func (t *templates) TemplateVariables(key string) []crm.TemplateVariable {
	known := notify.VariablesOf(key)
	found := make([]crm.TemplateVariable, 0, len(known))
	for i := range known {
		v := &known[i]
		found = append(found, crm.TemplateVariable{Name: v.Name, What: crm.Text{EN: v.EN, RU: v.RU}, PersonalData: v.PersonalData})
	}
	return found
}

// PreviewTemplate renders a template, stored or not, for a case, or with sample values when caseID is zero.
func (t *templates) PreviewTemplate(ctx context.Context, text crm.Template, caseID uuid.UUID) (*crm.RenderedTemplate, error) {
	if fault := t.unfit(text); fault != nil {
		return nil, invalid(fault)
	}
	parsed, err := parse(text)
	if err != nil {
		return nil, err
	}
	data, err := t.previewData(ctx, text, caseID)
	if err != nil {
		return nil, err
	}
	rendered, err := parsed.Render(data)
	if err != nil {
		return nil, invalid(faults(err)...)
	}
	shown := &crm.RenderedTemplate{Subject: rendered.Subject, Text: rendered.Text, HTML: rendered.HTML}
	if parsed.Source().Channel == notify.SMSChannel {
		shown.Parts = notify.SMSParts(rendered.Text)
	}
	return shown, nil
}

func (t *templates) previewData(ctx context.Context, text crm.Template, caseID uuid.UUID) (notify.Data, error) {
	if notify.ForStaff(text.Key) {
		if caseID != uuid.Nil {
			return notify.Data{}, &crm.Error{
				Kind: crm.KindUnprocessed, Code: "validation_failed", Detail: "a letter to those who work here is of no case alone",
				Fields: []crm.FieldError{{Pointer: "/case_id", Code: "not_asked"}},
			}
		}
		data := notify.SampleNotice(string(text.Lang))
		data.Brand = t.writer.Brand
		return data, nil
	}
	if caseID == uuid.Nil {
		process := notify.AnyProcess
		if info, ok := t.writer.Shipped.Info(text.Key); ok {
			process = info.Process
		}
		data := notify.Sample(process, string(text.Lang))
		data.Brand = t.writer.Brand
		return data, nil
	}
	c, err := t.db.Case(ctx, caseID)
	if err != nil {
		return notify.Data{}, err
	}
	n := &crm.Notification{CaseID: c.ID, Path: c.Stage, Visit: 1, Template: text.Key, Recipient: "client", Channel: text.Channel}
	d, err := t.db.Delivery(ctx, n)
	if err != nil {
		return notify.Data{}, err
	}
	return t.writer.Data(ctx, n, d, text.Lang), nil
}

// parse checks a text and tells where it is wrong.
func parse(text crm.Template) (*notify.Template, error) {
	parsed, err := notify.Parse(notify.Source{
		Key: text.Key, Lang: string(text.Lang), Channel: notify.Channel(text.Channel), Subject: text.Subject, Text: text.Text, HTML: text.HTML,
	})
	if err == nil {
		return parsed, nil
	}
	return nil, invalid(faults(err)...)
}

// invalid tells what is wrong with a template, in both languages.
func invalid(faults ...*notify.SourceError) *crm.Error {
	answer := &crm.Error{Kind: crm.KindUnprocessed, Code: codeTemplateInvalid, Detail: "the template cannot be used as it is"}
	for _, fault := range faults {
		answer.Fields = append(answer.Fields, fieldError(fault))
	}
	return answer
}

const codeTemplateInvalid = "template_invalid"

func fieldError(fault *notify.SourceError) crm.FieldError {
	f := crm.FieldError{Code: codeTemplateInvalid, Detail: fault.Error(), Line: fault.Line}
	if fault.Part != "" {
		f.Pointer = "/" + fault.Part
	}
	problem, hint := fault.In(notify.Russian)
	f.Text = &crm.Text{EN: fault.Problem, RU: problem}
	if hint != "" {
		f.Hint = &crm.Text{EN: fault.Hint, RU: hint}
	}
	return f
}

func faults(err error) []*notify.SourceError {
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		joined = single{err}
	}
	var found []*notify.SourceError
	for _, one := range joined.Unwrap() {
		if fault, ok := errors.AsType[*notify.SourceError](one); ok {
			found = append(found, fault)
		}
	}
	return found
}

type single struct{ error }

func (s single) Unwrap() []error { return []error{s.error} }
