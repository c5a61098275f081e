package server

import (
	"context"
	"net/http"
	"reflect"
	"slices"
	"sync"
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

func TestR39_VariablesAreToldAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.speaksRussian("designer")
	var got List[templateVariableView]
	r.do(request{as: "designer", method: get, path: "/templates/not-there-yet/variables"}).want(http.StatusOK).into(&got)
	want := []templateVariableView{{Name: "Number", Insert: "{{.Number}}", What: "номер карточки"}, {Name: "Contact", Insert: "{{.Contact}}", What: "имя", PersonalData: true}}
	if !reflect.DeepEqual(got.Items, want) {
		t.Errorf("got %+v", got.Items)
	}
	r.do(request{as: "designer", method: get, path: "/templates/Not%20a%20key/variables"}).problem(http.StatusNotFound, "template_not_found")
}

// TestR39_ATemplateIsDeleted language by language, by those who may write it, as they have read it.
func TestR39_ATemplateIsDeleted(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	text := map[string]any{"lang": "ru", "channel": "email", "subject": "s", "text": "t"}
	r.do(request{as: "designer", method: put, path: "/templates/note", body: text, headers: map[string]string{"If-None-Match": "*"}}).want(http.StatusOK)
	gone := func(as, query, match string) *answer {
		headers := map[string]string{}
		if match != "" {
			headers["If-Match"] = match
		}
		return r.do(request{as: as, method: remove, path: "/templates/note" + query, headers: headers})
	}
	gone("manager", "?lang=ru", `"1"`).problem(http.StatusForbidden, "not_allowed")
	gone("designer", "", `"1"`).problem(http.StatusUnprocessableEntity, "validation_failed")
	gone("designer", "?lang=fr", `"1"`).problem(http.StatusUnprocessableEntity, "validation_failed")
	gone("designer", "?lang=ru", "").problem(http.StatusPreconditionRequired, "if_match_required")
	gone("designer", "?lang=ru", `"2"`).problem(http.StatusPreconditionFailed, "stale")
	gone("designer", "?lang=en", `"1"`).problem(http.StatusNotFound, "template_not_found")
	gone("designer", "?lang=ru", `"1"`).want(http.StatusNoContent)
	gone("designer", "?lang=ru", `"1"`).problem(http.StatusNotFound, "template_not_found")
	gone("designer", "?lang=ru", "*").problem(http.StatusNotFound, "template_not_found")
	r.do(request{as: "manager", path: "/templates/note"}).problem(http.StatusNotFound, "template_not_found")
	told := r.do(request{as: "admin", path: "/audit?table=templates"}).want(http.StatusOK)
	if told.at("items.0.after.deleted") != true || told.text("items.0.actor_id") != r.users["designer"].ID.String() {
		t.Errorf("%s", told.body)
	}
}

// shipping are templates of which one comes with the program.
type shipping struct{ stored }

// Template gives what is stored, or else what is shipped.
func (s shipping) Template(ctx context.Context, key string) ([]crm.Template, error) {
	all, err := s.StoredTemplates(ctx, key)
	if err == nil && len(all) == 0 {
		all = []crm.Template{{Key: key, Lang: crm.RU, Channel: "email", Subject: "s", Text: "t", Shipped: &crm.TemplateText{Text: "t"}}}
	}
	return all, err
}

// TestR39_R43_WhatIsShippedIsReplacedOnce: of several who have read the shipped calendar or text, one replaces it; the others, and whoever comes
// later, are told that it is not what they have read.
func TestR39_R43_WhatIsShippedIsReplacedOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(s *Services) { s.Templates = shipping{s.Templates.(stored)} })
	for path, body := range map[string]map[string]any{
		"/calendars/ru":   {"source": "id: ru\nname: {en: Office, ru: Офис}\ntime_zone: Asia/Omsk\nweek:\n  monday: [\"08:00-20:00\"]\n"},
		"/templates/note": {"lang": "ru", "channel": "email", "subject": "s", "text": "t"},
	} {
		replace := func() int {
			return r.do(request{as: "director", method: put, path: path, body: body, headers: map[string]string{"If-Match": `"0"`}}).status
		}
		statuses := make([]int, 4)
		var all sync.WaitGroup
		for k := range statuses {
			all.Go(func() { statuses[k] = replace() })
		}
		all.Wait()
		slices.Sort(statuses)
		if want := []int{http.StatusOK, http.StatusPreconditionFailed, http.StatusPreconditionFailed, http.StatusPreconditionFailed}; !slices.Equal(statuses, want) {
			t.Errorf("%s: %d", path, statuses)
		}
		if late := replace(); late != http.StatusPreconditionFailed {
			t.Errorf("%s later: %d", path, late)
		}
	}
}
