package app

import (
	"context"
	"errors"
	"time"

	"marshrut/crm"
	"marshrut/notify"
)

// testTime is how long whoever tries a mailbox waits for the mail server.
const testTime = 20 * time.Second

// mailServer is the mail server of the settings, as the API knows it.
type mailServer struct {
	mailer *notify.Mailer // nil: none is set up
	from   notify.Address
	domain string // of message ids
}

func (a *App) mailServer() *mailServer {
	m := &mailServer{mailer: a.mailer, domain: a.Settings.messageDomain(a.mail)}
	if a.mail != nil {
		m.from = a.mail.From
	}
	return m
}

// Carries tells whether letters can carry the address.
func (*mailServer) Carries(address string) bool {
	_, err := notify.ParseEmail(address)
	return err == nil
}

// Configured is what letters go from that no mailbox is for.
func (m *mailServer) Configured() crm.Sender {
	return crm.Sender{Name: m.from.Name, Email: m.from.Email}
}

// SendTest sends a test letter, and says why it was not taken.
func (m *mailServer) SendTest(ctx context.Context, l crm.TestLetter) error {
	if m.mailer == nil {
		return crm.Errorf(crm.KindConflict, "mail_not_set_up", "no mail server is set up")
	}
	mail := notify.TestMail(notify.Address{Name: l.From.Name, Email: l.From.Email}, l.From.ReplyTo, string(l.Lang))
	mail.MessageID, mail.To = "<test-"+l.ID.String()+"@"+m.domain+">", notify.Address{Email: l.To}
	ctx, cancel := context.WithTimeout(ctx, testTime)
	defer cancel()
	return toldOf(m.mailer.Send(ctx, mail))
}

// toldOf says what the mail server said: the reason and its numbers, nothing else.
func toldOf(err error) error {
	if err == nil {
		return nil
	}
	code, reply := notify.CodeNotSent, ""
	if failed, ok := errors.AsType[*notify.DeliveryError](err); ok {
		code, reply = failed.Code, failed.Reply
	}
	reason := crm.Text{EN: notify.ReasonText(code, notify.English), RU: notify.ReasonText(code, notify.Russian)}
	if reply == "" {
		return crm.Errorf(crm.KindConflict, "letter_not_sent", "the letter was not sent").Naming("reason", string(code), reason)
	}
	return crm.Errorf(crm.KindConflict, "letter_refused", "the mail server refused the letter").Naming("reason", string(code), reason).With("reply", reply)
}
