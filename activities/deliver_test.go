package activities

import (
	"errors"
	"strings"
	"testing"
	"time"

	"marshrut/crm"
	"marshrut/notify"
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
