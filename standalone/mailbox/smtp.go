package mailbox

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

const (
	// maxMessage is the largest message taken, in bytes; mail servers at large take about as much.
	maxMessage    = 25 << 20
	maxRecipients = 1000
	smtpTimeout   = 5 * time.Minute
)

// Behaviour is how a server treats mail to one recipient, for tests of what a sender does about it. The zero value takes
// the mail.
type Behaviour struct {
	// Refuse answers the recipient's address.
	Refuse *smtp.SMTPError
	// RefuseMessage answers the whole message, which is not kept.
	RefuseMessage *smtp.SMTPError
	// Silent takes the whole message and never answers; the message is kept.
	Silent bool
	// Drop takes the whole message and cuts the connection instead of answering; the message is kept.
	Drop bool
}

// SMTP is a mail server that puts what it gets into a store. It takes mail for anybody, and any name and password.
type SMTP struct {
	store    *Store
	server   *smtp.Server
	behave   func(to string) Behaviour
	stopping chan struct{}
}

// Option changes how a mail server behaves.
type Option func(*SMTP)

// WithBehaviour makes the server treat recipients as behave says. It is meant for tests.
func WithBehaviour(behave func(to string) Behaviour) Option {
	return func(s *SMTP) { s.behave = behave }
}

// NewSMTP makes a mail server; Serve starts it.
func NewSMTP(store *Store, log *slog.Logger, options ...Option) *SMTP {
	s := &SMTP{store: store, behave: func(string) Behaviour { return Behaviour{} }, stopping: make(chan struct{})}
	for _, option := range options {
		option(s)
	}
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &session{smtp: s, conn: c}, nil }))
	server.Domain = "localhost"
	server.MaxMessageBytes = maxMessage
	server.MaxRecipients = maxRecipients
	server.ReadTimeout, server.WriteTimeout = smtpTimeout, smtpTimeout
	// Mail never leaves this machine's memory and disk; there is nothing to keep secret on the way.
	server.AllowInsecureAuth = true
	server.EnableSMTPUTF8 = true
	server.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelDebug)
	s.server = server
	return s
}

// Serve takes mail until Close; then it returns nil.
func (s *SMTP) Serve(listener net.Listener) error {
	if err := s.server.Serve(listener); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
		return fmt.Errorf("take mail: %w", err)
	}
	return nil
}

// Close stops taking mail and cuts the connections: senders keep theirs open for the next message, so none would end by
// itself.
func (s *SMTP) Close() error {
	close(s.stopping)
	if err := s.server.Close(); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
		return fmt.Errorf("stop taking mail: %w", err)
	}
	return nil
}

// session is one sender's connection.
type session struct {
	smtp       *SMTP
	conn       *smtp.Conn
	sender     string
	recipients []string
}

// AuthMechanisms offers what senders are commonly set up for.
func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

// Auth lets everybody in.
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, _, _ string) error { return nil }), nil
}

// Mail begins a message.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.sender = from
	return nil
}

// Rcpt adds a recipient.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if refuse := s.smtp.behave(to).Refuse; refuse != nil {
		return refuse
	}
	s.recipients = append(s.recipients, to)
	return nil
}

// Data takes the message itself.
func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	behaviour := s.behaviour()
	if behaviour.RefuseMessage != nil {
		return behaviour.RefuseMessage
	}
	if _, err := s.smtp.store.Add(s.sender, slices.Clone(s.recipients), raw); err != nil {
		return &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 3, 1}, Message: strings.ReplaceAll(err.Error(), "\n", " ")}
	}
	if behaviour.Drop {
		return s.conn.Close()
	}
	if behaviour.Silent {
		<-s.smtp.stopping
	}
	return nil
}

// behaviour puts together what is to happen for the message's recipients.
func (s *session) behaviour() Behaviour {
	var sum Behaviour
	for _, to := range s.recipients {
		one := s.smtp.behave(to)
		if one.RefuseMessage != nil {
			sum.RefuseMessage = one.RefuseMessage
		}
		sum.Silent = sum.Silent || one.Silent
		sum.Drop = sum.Drop || one.Drop
	}
	return sum
}

// Reset forgets a message under way.
func (s *session) Reset() { s.sender, s.recipients = "", nil }

// Logout ends the session.
func (s *session) Logout() error { return nil }
