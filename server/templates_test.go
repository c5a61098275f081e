package server

import (
	"context"
	"net/http"
	"reflect"
	"testing"

	"github.com/google/uuid"

	"marshrut/crm"
)

// faulty are templates that are never right.
type faulty struct{ stored }

func (faulty) fault() error {
	return &crm.Error{Kind: crm.KindUnprocessed, Code: "template_invalid", Fields: []crm.FieldError{{
		Pointer: "/text", Code: "template_invalid", Line: 3,
		Text: &crm.Text{EN: "unknown variable .X", RU: "неизвестная переменная .X"}, Hint: &crm.Text{EN: "try .Y", RU: "возьмите .Y"},
	}}}
}

// PutTemplate refuses.
func (f faulty) PutTemplate(context.Context, crm.Template) (*crm.Template, error) {
	return nil, f.fault()
}

// PreviewTemplate refuses.
func (f faulty) PreviewTemplate(context.Context, crm.Template, uuid.UUID) (*crm.RenderedTemplate, error) {
	return nil, f.fault()
}

func TestR39_AFaultOfATemplateComesWithLineAndCause(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(s *Services) { s.Templates = faulty{stored{s.Templates.(stored).DB}} })
	r.speaksRussian("director")
	text := map[string]any{"lang": "ru", "channel": "email", "subject": "s", "text": "{{.X}}"}
	put := r.do(request{as: "admin", method: http.MethodPut, path: "/templates/note", body: text, headers: map[string]string{"If-None-Match": "*"}}).problem(http.StatusUnprocessableEntity, "template_invalid")
	want := []ProblemField{{Pointer: "/text", Code: "template_invalid", Detail: "unknown variable .X", Line: 3, Hint: "try .Y"}}
	if !reflect.DeepEqual(put.Errors, want) {
		t.Errorf("stored: %+v", put)
	}
	shown := r.do(request{as: "director", method: post, path: "/templates/note/preview", body: map[string]any{"template": text}}).
		problem(http.StatusUnprocessableEntity, "template_invalid")
	if len(shown.Errors) != 1 || shown.Errors[0].Pointer != "/template/text" || shown.Errors[0].Detail != "неизвестная переменная .X" || shown.Errors[0].Hint != "возьмите .Y" {
		t.Errorf("previewed: %+v", shown)
	}
}
