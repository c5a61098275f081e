package activities

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"marshrut/crm"
	"marshrut/notify"
	"marshrut/routemaps"
)

func TestR40_AFaultyTemplateIsNamedInTheLedger(t *testing.T) {
	t.Parallel()
	shipped, err := notify.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	w := &Writer{Shipped: shipped}
	delivery := &crm.Delivery{Templates: []crm.Template{{Key: "own-note", Lang: crm.RU, Channel: "email", Subject: "s", Text: "a\n{{.Nubmer}}"}}}
	for template, says := range map[string]string{
		"own-note":          "line 2: unknown variable .Nubmer",
		"apeal-accepted":    `did you mean "appeal-accepted"?`,
		"order-shipped-sms": "is for sms",
	} {
		n := &crm.Notification{Template: template, Channel: "email"}
		_, err := w.Write(t.Context(), n, delivery)
		settle(n, badTemplate{err})
		if n.Status != crm.NotificationFailed || n.Reason != "template_failed" || !strings.Contains(n.Detail, says) {
			t.Errorf("%s: %+v", template, n)
		}
	}
}

func TestPausesGrow(t *testing.T) {
	t.Parallel()
	for attempt, pause := range map[int]time.Duration{
		1: 5 * time.Second, 2: 10 * time.Second, 7: 320 * time.Second, 8: 10 * time.Minute, 40: 10 * time.Minute,
	} {
		if got := Pause(attempt); got != pause {
			t.Errorf("after attempt %d: %v, want %v", attempt, got, pause)
		}
	}
}

func TestWhatIsNotKnownIsTriedAgain(t *testing.T) {
	t.Parallel()
	n := &crm.Notification{Channel: "webhook", Attempt: maxHookAttempts - 1}
	settle(n, errors.New("ann@example.org is away"))
	if n.Status != crm.NotificationPending || n.Reason != string(notify.CodeNotSent) || n.Detail != "" {
		t.Errorf("%+v", n)
	}
	n.Attempt++
	settle(n, errors.New("x"))
	if n.Status != crm.NotificationFailed {
		t.Errorf("the last attempt: %+v", n)
	}
}

// Who asks for it to be sent again, gets all its attempts again.
func TestWhatIsSentAgainIsTriedAsOftenAsBefore(t *testing.T) {
	t.Parallel()
	n := &crm.Notification{Channel: "email", Attempt: maxAttempts + 1, GivenUp: maxAttempts}
	settle(n, errors.New("x"))
	if n.Status != crm.NotificationPending {
		t.Errorf("after one try: %+v", n)
	}
	n.Attempt = 2 * maxAttempts
	settle(n, errors.New("x"))
	if n.Status != crm.NotificationFailed {
		t.Errorf("after the last: %+v", n)
	}
}

func TestR39_AMessageNamesPerformersInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	department := crm.DeliveryPerformer{Department: crm.Text{EN: "Sales", RU: "Отдел продаж"}}
	for name, test := range map[string]struct {
		performer crm.DeliveryPerformer
		en, ru    string
	}{
		"role":            {crm.DeliveryPerformer{Role: "lawyer", RoleName: crm.Text{EN: "Lawyer", RU: "Юрист"}}, "Lawyer", "Юрист"},
		"deleted role":    {crm.DeliveryPerformer{Role: "lawyer"}, "lawyer", "lawyer"},
		"department":      {department, "Sales", "Отдел продаж"},
		"without English": {crm.DeliveryPerformer{Department: crm.Text{RU: "Склад"}}, "Склад", "Склад"},
		"who took it":     {crm.DeliveryPerformer{Person: crm.DeliveryUser{Name: "Анна"}, Role: crm.RoleManager}, "Анна", "Анна"},
	} {
		w := &Writer{Maps: noMaps{}}
		for lang, want := range map[crm.Lang]string{crm.EN: test.en, crm.RU: test.ru} {
			if got := w.Data(t.Context(), &crm.Notification{}, &crm.Delivery{Performer: test.performer}, lang); got.Performer != want {
				t.Errorf("%s in %s: %q, want %q", name, lang, got.Performer, want)
			}
		}
	}
}

// noMaps has none.
type noMaps struct{}

// Map finds nothing.
func (noMaps) Map(context.Context, string, int) (*routemaps.Map, error) {
	return nil, errors.New("no map")
}

func TestR39_TheClosingMailNamesWhoWorkedWithTheClient(t *testing.T) {
	t.Parallel()
	shipped, err := notify.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	w := &Writer{Shipped: shipped, Maps: closingMap{}}
	d := &crm.Delivery{
		Recipient:   crm.DeliveryRecipient{Kind: "client", Lang: crm.EN},
		Responsible: crm.DeliveryUser{Name: "Dispatcher", Email: "d@office.example"},
		Case:        crm.Case{Number: "A-1", Fields: map[string]any{"result": "Sent again", "answer": "We are looking into it"}},
	}
	n := &crm.Notification{Template: "appeal-closed", Channel: "email"}
	write := func() notify.Rendered {
		message, err := w.Write(t.Context(), n, d)
		if err != nil {
			t.Fatal(err)
		}
		return message
	}
	if text := write().Text; !strings.Contains(text, "Dispatcher, d@office.example") {
		t.Errorf("without a performer the responsible is named:\n%s", text)
	}
	d.Performer.Person = crm.DeliveryUser{Name: "Manager", Email: "m@office.example"}
	for part, text := range map[string]string{"text": write().Text, "html": write().HTML} {
		if !strings.Contains(text, "m@office.example") || strings.Contains(text, "Dispatcher") || !strings.Contains(text, "Sent again") ||
			strings.Contains(text, "looking into it") {
			t.Errorf("the %s:\n%s", part, text)
		}
	}
	delete(d.Case.Fields, "result")
	if text := write().Text; !strings.Contains(text, "We are looking into it") {
		t.Errorf("without a result the answer is told:\n%s", text)
	}
}

// closingMap has the fields of answers.
type closingMap struct{}

// Map is always the same.
func (closingMap) Map(context.Context, string, int) (*routemaps.Map, error) {
	return &routemaps.Map{Fields: []routemaps.Field{
		{ID: "result", Type: routemaps.FieldLongText}, {ID: "answer", Type: routemaps.FieldLongText},
	}}, nil
}

func TestR40_WhoHasLeftIsToldNothing(t *testing.T) {
	t.Parallel()
	a := &Activities{}
	d := &crm.Delivery{Recipient: crm.DeliveryRecipient{
		Kind: "user", Inactive: true, Details: []crm.ContactDetail{{Kind: crm.DetailEmail, Value: "gone@office.example"}},
	}}
	n := &crm.Notification{Channel: "email"}
	settle(n, a.mail(t.Context(), n, d))
	if n.Status != crm.NotificationSkipped || n.Reason != string(notify.CodeRecipientInactive) {
		t.Errorf("%+v", n)
	}
}

// TestR22_OfABlockThatIsOffOnlyClientsAreTold: what the company does not look at any more reaches nobody's desk, but its clients' cases
// go on.
func TestR22_OfABlockThatIsOffOnlyClientsAreTold(t *testing.T) {
	t.Parallel()
	a := &Activities{}
	for kind, reason := range map[string]notify.ReasonCode{"user": notify.CodeBlockOff, "client": notify.CodeNoMailServer} {
		d := &crm.Delivery{Off: true, Recipient: crm.DeliveryRecipient{
			Kind: kind, Details: []crm.ContactDetail{{Kind: crm.DetailEmail, Value: "one@office.example"}},
		}}
		n := &crm.Notification{Channel: "email"}
		settle(n, a.mail(t.Context(), n, d))
		if n.Reason != string(reason) {
			t.Errorf("%s: %+v", kind, n)
		}
	}
}

func TestR66_WhoWantsNoLettersAboutItGetsNone(t *testing.T) {
	t.Parallel()
	a := &Activities{}
	d := &crm.Delivery{Recipient: crm.DeliveryRecipient{
		Kind: "user", Muted: []string{"overdue"}, Details: []crm.ContactDetail{{Kind: crm.DetailEmail, Value: "here@office.example"}},
	}}
	muted, other := &crm.Notification{Channel: "email", Template: "overdue"}, &crm.Notification{Channel: "email", Template: "deal-idle"}
	settle(muted, a.mail(t.Context(), muted, d))
	settle(other, a.mail(t.Context(), other, d))
	if muted.Status != crm.NotificationSkipped || muted.Reason != string(notify.CodeRecipientMuted) {
		t.Errorf("%+v", muted)
	}
	if other.Reason != string(notify.CodeNoMailServer) {
		t.Errorf("what he did not mute got as far as %+v", other)
	}
}

func TestR39_ValuesAreWrittenAsTheReaderDoes(t *testing.T) {
	t.Parallel()
	moscow := time.FixedZone("MSK", 3*60*60)
	for name, test := range map[string]struct {
		field routemaps.Field
		value string
		en    string
		ru    string
	}{
		"money":            {routemaps.Field{Type: routemaps.FieldMoney, Currency: "RUB"}, "1234567.50", "RUB 1,234,567.50", "1\u00a0234\u00a0567,50\u00a0RUB"},
		"small":            {routemaps.Field{Type: routemaps.FieldMoney, Currency: "EUR"}, "-999", "EUR -999", "-999\u00a0EUR"},
		"without currency": {routemaps.Field{Type: routemaps.FieldMoney}, "1000", "1,000", "1\u00a0000"},
		"time": {
			routemaps.Field{Type: routemaps.FieldDateTime}, "2026-05-09T21:05:00Z", "10 May 2026, 00:05 (MSK)", "10 мая 2026 г., 00:05 (МСК)",
		},
	} {
		for lang, want := range map[crm.Lang]string{crm.EN: test.en, crm.RU: test.ru} {
			if got := fieldText(&test.field, test.value, lang, moscow); got != want {
				t.Errorf("%s in %s: %q, want %q", name, lang, got, want)
			}
		}
	}
}
