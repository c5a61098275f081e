package app

import (
	"testing"

	"marshrut/crm"
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
