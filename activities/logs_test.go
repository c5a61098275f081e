package activities

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"marshrut/crm"
	"marshrut/notify"
)

// hostileServer answers one command of every session as told, naming the recipient in it.
func hostileServer(t *testing.T, command, reply string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var sessions sync.WaitGroup
	t.Cleanup(func() { _ = listener.Close(); sessions.Wait() })
	sessions.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			sessions.Go(func() { hostileSession(conn, command, reply) })
		}
	})
	return listener.Addr().String()
}

func hostileSession(conn net.Conn, command, reply string) {
	defer conn.Close()
	answers := map[string]string{"EHLO": "250 here", "DATA": "354 go on", ".": "250 taken", "QUIT": "221 bye"}
	answers[command] = reply
	fmt.Fprint(conn, "220 here\r\n")
	lines := bufio.NewScanner(conn)
	for body := false; lines.Scan(); {
		verb, _, _ := strings.Cut(lines.Text(), " ")
		if body && verb != "." {
			continue
		}
		body = verb == "DATA" && command != "DATA"
		answer, ok := answers[verb]
		if !ok {
			answer = "250 fine"
		}
		fmt.Fprint(conn, answer, "\r\n")
	}
}

// oneLetter is a store with one notification to a client.
type oneLetter struct {
	Store
	n        crm.Notification
	delivery *crm.Delivery
	err      error
}

func (o *oneLetter) ClaimNotification(context.Context, uuid.UUID, time.Duration) (*crm.Notification, bool, error) {
	n := o.n
	return &n, true, nil
}

func (o *oneLetter) FinishNotification(_ context.Context, n *crm.Notification) error {
	o.n = *n
	return nil
}

func (o *oneLetter) Delivery(context.Context, *crm.Notification) (*crm.Delivery, error) {
	return o.delivery, o.err
}

func (*oneLetter) SenderOf(context.Context, *crm.Notification) (crm.Sender, error) {
	return crm.Sender{}, nil
}

func (o *oneLetter) Advance(context.Context, AdvanceRequest) (AdvanceResult, error) {
	return AdvanceResult{}, o.err
}

const (
	secretAddress = "anna.karenina@station.example"
	secretName    = "Karenina"
)

// TestR51_NothingOfAClientIsLogged whatever mail servers and the database say of him.
func TestR51_NothingOfAClientIsLogged(t *testing.T) {
	t.Parallel()
	shipped, err := notify.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for command, reply := range map[string]string{
		"RCPT": "550 5.1.1 <" + secretAddress + "> " + secretName + " is unknown here",
		"MAIL": "451 mail to " + secretAddress + " is put off",
		"DATA": "554 " + secretName + " wants no mail",
		".":    "552 5.2.2 the mailbox of " + secretAddress + " is full",
	} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			config, err := notify.ParseSMTPURL("smtp://" + hostileServer(t, command, reply) + "?from=office@firm.example")
			if err != nil {
				t.Fatal(err)
			}
			mailer, err := notify.NewMailer(config)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { mailer.Close() })
			log := &bytes.Buffer{}
			store := letterTo(secretAddress)
			a := &Activities{
				Store: store, Mailer: mailer, Writer: &Writer{Shipped: shipped, Maps: noMaps{}, Domain: "firm.example"},
				Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
			}
			result, err := a.Deliver(t.Context(), DeliverRequest{})
			clean(t, log.String(), fmt.Sprint(result, err), store.n.Reason, store.n.Detail)
			if store.n.Status == crm.NotificationSent || store.n.Status == crm.NotificationSkipped || store.n.Reason == "" || log.Len() == 0 {
				t.Errorf("%+v, logged %q", store.n, log.String())
			}
		})
	}
	t.Run("database", func(t *testing.T) {
		t.Parallel()
		log := &bytes.Buffer{}
		store := letterTo(secretAddress)
		store.err = fmt.Errorf("read what a notification says: %w", &pgconn.PgError{
			Code: "22P02", Message: `invalid input syntax: "` + secretAddress + `"`, Detail: "Key (name)=(" + secretName + ") exists.",
		})
		a := &Activities{Store: store, Log: slog.New(slog.NewTextHandler(log, nil))}
		_, delivered := a.Deliver(t.Context(), DeliverRequest{})
		_, advanced := a.Advance(t.Context(), AdvanceRequest{})
		clean(t, log.String(), fmt.Sprint(delivered, advanced), store.n.Reason, store.n.Detail)
		if strings.Count(log.String(), "SQLSTATE 22P02") != 2 {
			t.Errorf("the log does not name the class: %s", log)
		}
	})
}

func letterTo(address string) *oneLetter {
	return &oneLetter{
		n: crm.Notification{ID: uuid.New(), Channel: "email", Template: "appeal-closed", Attempt: 1, Status: crm.NotificationSending},
		delivery: &crm.Delivery{Case: crm.Case{Number: "A-1"}, ClientName: secretName, Recipient: crm.DeliveryRecipient{
			Kind: "client", Name: secretName, Lang: crm.EN, Details: []crm.ContactDetail{{Kind: crm.DetailEmail, Value: address}},
		}},
	}
}

// clean checks that nothing of the client is in the texts.
func clean(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		for _, secret := range []string{secretAddress, secretName, "anna"} {
			if strings.Contains(strings.ToLower(text), strings.ToLower(secret)) {
				t.Errorf("%q is in %s", secret, text)
			}
		}
	}
}
