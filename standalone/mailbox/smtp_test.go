package mailbox

import (
	"errors"
	"log/slog"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

func serve(t *testing.T, options ...Option) (*Store, string) {
	t.Helper()
	store := openStore(t, t.TempDir())
	server := NewSMTP(store, slog.New(slog.DiscardHandler), options...)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		if err := errors.Join(server.Close(), <-served); err != nil {
			t.Error(err)
		}
	})
	return store, listener.Addr().String()
}

func dial(t *testing.T, address string) *smtp.Client {
	t.Helper()
	client, err := smtp.Dial(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

func TestSMTPTakesMailForAnybody(t *testing.T) {
	store, address := serve(t)
	client := dial(t, address)
	if err := client.Auth(sasl.NewPlainClient("", "any", "thing")); err != nil {
		t.Fatalf("sign in: %v", err)
	}
	for range 2 { // on one connection
		if err := client.SendMail("crm@example.com", []string{"a@example.com", "скрытая@пример.рф"}, strings.NewReader(string(mixed()))); err != nil {
			t.Fatal(err)
		}
	}
	list := store.List(Query{})
	if len(list) != 2 {
		t.Fatalf("%d messages, want 2", len(list))
	}
	got := list[0]
	if got.Sender != "crm@example.com" || !slices.Equal(got.Recipients, []string{"a@example.com", "скрытая@пример.рф"}) ||
		got.From != "Маршрут <crm@example.com>" || got.To != "client@example.com" || got.Subject != "Документы" ||
		got.MessageID != "<1@example.com>" || got.Attachments != 3 || got.Size < len(mixed())-10 {
		t.Errorf("got %+v", got)
	}
}

func TestSMTPRefusesWhatIsTooLarge(t *testing.T) {
	store, address := serve(t)
	client := dial(t, address)
	err := client.Mail("a@example.com", &smtp.MailOptions{Size: maxMessage + 1})
	var refused *smtp.SMTPError
	if !errors.As(err, &refused) || refused.Code != 552 {
		t.Errorf("got %v, want 552", err)
	}
	if got := len(store.List(Query{})); got != 0 {
		t.Errorf("%d messages are kept", got)
	}
}

func TestSMTPBehaviours(t *testing.T) {
	store, address := serve(t, WithBehaviour(func(to string) Behaviour {
		switch name, _, _ := strings.Cut(to, "@"); name {
		case "refuse":
			return Behaviour{Refuse: &smtp.SMTPError{Code: 550, Message: "no such user"}}
		case "busy":
			return Behaviour{RefuseMessage: &smtp.SMTPError{Code: 451, Message: "later"}}
		case "drop":
			return Behaviour{Drop: true}
		case "silent":
			return Behaviour{Silent: true}
		}
		return Behaviour{}
	}))
	for to, want := range map[string]struct {
		code int // 0: no answer at all
		kept int
	}{"refuse": {550, 0}, "busy": {451, 0}, "drop": {0, 1}, "silent": {0, 1}, "other": {250, 1}} {
		t.Run(to, func(t *testing.T) {
			client := dial(t, address)
			client.SubmissionTimeout, client.CommandTimeout = 300*time.Millisecond, 5*time.Second
			err := client.SendMail("a@example.com", []string{to + "@example.com"}, strings.NewReader("Subject: x\r\n\r\ny\r\n"))
			code := 0
			if refused := new(smtp.SMTPError); errors.As(err, &refused) {
				code = refused.Code
			} else if err == nil {
				code = 250
			}
			if code != want.code {
				t.Errorf("answered %d (%v), want %d", code, err, want.code)
			}
			if got := len(store.List(Query{To: to})); got != want.kept {
				t.Errorf("%d messages kept, want %d", got, want.kept)
			}
		})
	}
}
