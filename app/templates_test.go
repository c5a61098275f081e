package app

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"marshrut/activities"
	"marshrut/crm"
	"marshrut/notify"
)

func TestR39_AFaultOfATemplateIsToldWithItsPlace(t *testing.T) {
	t.Parallel()
	_, err := parse(crm.Template{Key: "note", Lang: crm.RU, Channel: "email", Subject: "{{.Nubmer}}", Text: "one\n{{.Passwort}}"})
	answer, ok := crm.AsError(err)
	if !ok || answer.Code != codeTemplateInvalid || len(answer.Fields) != 2 {
		t.Fatalf("got %v", err)
	}
	for _, f := range answer.Fields {
		switch f.Pointer {
		case "/subject":
			if f.Line != 1 || *f.Text != (crm.Text{EN: "unknown variable .Nubmer", RU: "неизвестная переменная .Nubmer"}) ||
				*f.Hint != (crm.Text{EN: "did you mean .Number?", RU: "может быть, .Number?"}) {
				t.Errorf("the subject: %+v %v %v", f, f.Text, f.Hint)
			}
		case "/text":
			if f.Line != 2 || f.Text.RU != "неизвестная переменная .Passwort" {
				t.Errorf("the text: %+v %v", f, f.Text)
			}
		default:
			t.Errorf("a fault at %s", f.Pointer)
		}
	}
	_, err = parse(crm.Template{Key: "Bad Key", Lang: crm.RU, Channel: "email", Subject: "s", Text: "t"})
	if answer, ok := crm.AsError(err); !ok || len(answer.Fields) != 1 || answer.Fields[0].Pointer != "" || answer.Fields[0].Text == nil {
		t.Errorf("a fault of no part: %+v", err)
	}
}

// TestR39_VariablesOfATemplate are those its text may use, each with what it is in both languages.
func TestR39_VariablesOfATemplate(t *testing.T) {
	t.Parallel()
	texts := &templates{}
	for _, key := range []string{"appeal-accepted", "staff-task", "staff-digest"} {
		for _, v := range texts.TemplateVariables(key) {
			if _, err := parse(crm.Template{Key: key, Lang: crm.RU, Channel: "email", Subject: "s", Text: "{{." + v.Name + "}}"}); err != nil || v.What.EN == "" || v.What.RU == "" {
				t.Errorf("%s: %+v, %v", key, v, err)
			}
		}
	}
	if len(texts.TemplateVariables("staff-digest")) >= len(texts.TemplateVariables("staff-task")) {
		t.Error("a digest shows as much as a letter about one notice")
	}
}

// TestLettersToStaffArePreviewed with sample values, and for no case: they are about what somebody is told.
func TestLettersToStaffArePreviewed(t *testing.T) {
	t.Parallel()
	library, err := notify.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	texts := &templates{writer: &activities.Writer{Shipped: library}}
	text := crm.Template{Key: "staff-mention", Lang: crm.RU, Channel: "email", Subject: "Вас зовёт {{.Person}}", Text: "{{.About}}"}
	shown, err := texts.PreviewTemplate(t.Context(), text, uuid.Nil)
	if err != nil || shown.Subject != "Вас зовёт Иван Соколов" {
		t.Errorf("%+v, %v", shown, err)
	}
	_, err = texts.PreviewTemplate(t.Context(), text, uuid.New())
	if answer, ok := crm.AsError(err); !ok || len(answer.Fields) != 1 || answer.Fields[0].Pointer != "/case_id" {
		t.Errorf("got %v", err)
	}
	text.Channel = "sms"
	if _, err := texts.PutTemplate(t.Context(), text); err == nil {
		t.Error("a letter became an SMS")
	}
	text.Key, text.Channel = "staff-mentoin", "email"
	_, err = texts.PutTemplate(t.Context(), text)
	answer, ok := crm.AsError(err)
	if !ok || len(answer.Fields) != 1 || answer.Fields[0].Text.RU != "письма сотрудникам с именем staff-mentoin нет" ||
		answer.Fields[0].Hint.EN != "known are staff-assignment, staff-digest, staff-mention, staff-overdue, staff-reminder, staff-substitution, staff-task" {
		t.Errorf("a letter that nobody gets: %+v", answer)
	}
	text.Key, text.Text = "staff-task", "{{.Items}}"
	_, err = texts.PutTemplate(t.Context(), text)
	if answer, ok := crm.AsError(err); !ok || len(answer.Fields) != 1 || answer.Fields[0].Pointer != "/text" || answer.Fields[0].Text.EN != "unknown variable .Items" {
		t.Errorf("the items of a digest in another letter: %v", err)
	}
	emails, _ := TemplateKeys(library)
	if slices.ContainsFunc(emails, notify.ForStaff) {
		t.Errorf("route maps can name %v", emails)
	}
}
