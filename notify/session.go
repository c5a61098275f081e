package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/wneessen/go-mail/smtp"
)

// resetTimeout bounds the check of a pooled connection, so that one swallowed by a router costs no more of the
// deadline than this.
const resetTimeout = 2 * time.Second

// session is one connection to the server, used by one goroutine at a time.
//
// It drives go-mail's SMTP commands one by one instead of using go-mail's Client: only so is it known whether the final
// dot had been written when something failed, which is the line between Retry and Unknown.
type session struct {
	conn      net.Conn // the TCP connection, under any TLS; deadlines are set here
	client    *smtp.Client
	sent      int       // messages handed over
	broken    bool      // the dialogue is out of step or the connection gone
	idleSince time.Time // when it was put into the pool
}

// dial connects, secures the connection and signs in.
func (m *Mailer) dial(ctx context.Context) (*session, error) {
	if m.config.Username != "" && m.authPaused() {
		return nil, deliveryError(Retry, CodeAuthRefused, "refused a moment ago, not tried again yet")
	}
	address := net.JoinHostPort(m.config.Host, strconv.Itoa(m.config.Port))
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, dialFailure(err)
	}
	s := &session{conn: conn}
	release := s.bind(ctx, 0)
	err = m.open(ctx, s)
	release()
	if err == nil && s.broken {
		err = deliveryError(Retry, CodeTimeout, "connecting")
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func dialFailure(err error) *DeliveryError {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		return deliveryError(Retry, CodeConnectFailed, "host name not found")
	case isTimeout(err):
		return deliveryError(Retry, CodeTimeout, "connecting")
	case errors.Is(err, syscall.ECONNREFUSED):
		return deliveryError(Retry, CodeConnectFailed, "connection refused")
	default:
		return deliveryError(Retry, CodeConnectFailed, "")
	}
}

// open brings a fresh TCP connection to the point where MAIL may be said.
func (m *Mailer) open(ctx context.Context, s *session) error {
	conn := s.conn
	if m.config.ImplicitTLS {
		secure := tls.Client(conn, m.tls)
		if err := secure.HandshakeContext(ctx); err != nil {
			return smtpFailure(stepTLS, err)
		}
		conn = secure
	}
	client, err := smtp.NewClient(conn, m.config.Host)
	if err != nil {
		return smtpFailure(stepGreeting, err)
	}
	s.client = client
	// SMTPUTF8 is asked for only where an address needs it: not every server on the way supports it.
	client.SkipSMTPUTF8(true)
	if err := client.Hello(m.config.LocalName); err != nil {
		return smtpFailure(stepHello, err)
	}
	if err := m.startTLS(client); err != nil {
		return err
	}
	return m.signIn(client)
}

func (m *Mailer) startTLS(client *smtp.Client) error {
	if m.config.ImplicitTLS || m.config.StartTLS == StartTLSOff {
		return nil
	}
	offered, _ := client.Extension("STARTTLS")
	switch {
	case offered:
		if err := client.StartTLS(m.tls); err != nil {
			return smtpFailure(stepTLS, err)
		}
		return nil
	case m.config.StartTLS == StartTLSRequired:
		return deliveryError(Retry, CodeTLSUnavailable, "")
	default:
		return nil
	}
}

func (m *Mailer) signIn(client *smtp.Client) error {
	if m.config.Username == "" {
		return nil
	}
	_, secure := client.TLSConnectionState()
	offered, _ := client.Extension("AUTH")
	_, list := client.Extension("AUTH")
	auth := m.mechanism(list, secure || isLoopback(m.config.Host))
	if !offered || auth == nil {
		return deliveryError(Retry, CodeAuthUnavailable, "")
	}
	err := client.Auth(auth)
	if err == nil {
		return nil
	}
	var reply *textproto.Error
	if errors.As(err, &reply) && reply.Code >= 500 {
		m.noteAuthRefused()
	}
	return smtpFailure(stepAuth, err)
}

// mechanism picks a way to sign in from the server's list; nil when none is usable. PLAIN and LOGIN show the password
// to whoever listens, so they need a secure connection.
func (m *Mailer) mechanism(list string, secure bool) smtp.Auth {
	offered := strings.Fields(strings.ToUpper(list))
	user, password := m.config.Username, m.config.Password
	switch {
	case slices.Contains(offered, "SCRAM-SHA-256"):
		return smtp.ScramSHA256Auth(user, password)
	case slices.Contains(offered, "PLAIN") && secure:
		return smtp.PlainAuth("", user, password, m.config.Host, true)
	case slices.Contains(offered, "LOGIN") && secure:
		return smtp.LoginAuth(user, password, m.config.Host, true)
	case slices.Contains(offered, "CRAM-MD5"):
		return smtp.CRAMMD5Auth(user, password)
	default:
		return nil
	}
}

// bind lets the context end whatever the connection is doing, no later than limit from now unless limit is 0. The
// returned function ends the bond; the session is broken when the context was faster.
func (s *session) bind(ctx context.Context, limit time.Duration) (release func()) {
	deadline, _ := ctx.Deadline()
	if limit > 0 && time.Until(deadline) > limit {
		deadline = time.Now().Add(limit)
	}
	if err := s.conn.SetDeadline(deadline); err != nil {
		s.broken = true
	}
	stop := context.AfterFunc(ctx, func() { _ = s.conn.SetDeadline(time.Unix(1, 0)) })
	return func() {
		if !stop() {
			s.broken = true
		}
	}
}

// send transmits one message. After an error the session says by broken whether it can be used again.
func (s *session) send(ctx context.Context, env envelope) error {
	release := s.bind(ctx, 0)
	defer release()
	failed := s.transmit(env)
	if failed == nil {
		s.sent++
		return nil
	}
	return failed
}

func (s *session) transmit(env envelope) error {
	if env.utf8 {
		if ok, _ := s.client.Extension("SMTPUTF8"); !ok {
			return deliveryError(Permanent, CodeAddressNotSupported, "")
		}
		s.client.SkipSMTPUTF8(false)
		defer s.client.SkipSMTPUTF8(true)
	}
	if err := s.client.Mail("<" + env.from + ">"); err != nil {
		return s.fail(stepMail, err)
	}
	if err := s.client.Rcpt("<" + env.to + ">"); err != nil {
		return s.fail(stepRcpt, err)
	}
	w, err := s.client.Data()
	if err != nil {
		return s.fail(stepData, err)
	}
	body, ok := w.(*smtp.DataCloser)
	if !ok {
		return s.fail(stepData, fmt.Errorf("unexpected writer %T", w))
	}
	if _, err := body.WriteCloser.Write(env.data); err != nil {
		return s.fail(stepBody, err)
	}
	// Closing the inner writer flushes the dot and says whether all of it was handed to the connection; go-mail's own
	// Close would hide that and read the reply in one go.
	if err := body.WriteCloser.Close(); err != nil {
		return s.fail(stepBody, err)
	}
	if _, _, err := s.client.Text.ReadResponse(2); err != nil {
		return s.fail(stepReply, err)
	}
	return nil
}

// fail classifies an error and keeps the session usable only after an orderly refusal.
func (s *session) fail(at step, err error) error {
	failure := smtpFailure(at, err)
	var reply *textproto.Error
	if !errors.As(err, &reply) || reply.Code < 400 || reply.Code > 599 || reply.Code == 421 {
		s.broken = true
	}
	return failure
}

// reset clears the server's memory of an earlier message and reports whether the connection is still alive.
func (s *session) reset(ctx context.Context) bool {
	release := s.bind(ctx, resetTimeout)
	err := s.client.Reset()
	release()
	return err == nil && !s.broken
}

// quit takes leave politely, but not for long.
func (s *session) quit() {
	_ = s.conn.SetDeadline(time.Now().Add(quitTimeout))
	_ = s.client.Quit()
	s.close()
}

func (s *session) close() { _ = s.conn.Close() }
