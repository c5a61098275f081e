package notify_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"maps"
	"math/big"
	"net"
	netmail "net/mail"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"marshrut/notify"
)

// The replies of go-smtp by which tests name the moment of a session.
const (
	atGreeting = "220 mail.test"
	atHello    = "250-Hello"
	atMail     = "250 2.0.0 Roger"
	atRcpt     = "250 2.0.0 I'll make sure"
	atData     = "354 "
	atEnd      = "250 2.0.0 OK: queued"
	atReset    = "250 2.0.0 Session reset"
)

// trouble is what happens instead of a reply: another reply, a cut connection, or silence.
type trouble struct {
	at    string
	reply string // "" with drop false: silence until the test ends
	drop  bool
}

// mailServer is a real SMTP server on a port of its own.
type mailServer struct {
	t         *testing.T
	addr      string
	ca        *x509.CertPool
	caFile    string
	mechanism string
	stopped   chan struct{}
	silent    chan struct{} // gets a value when the server falls silent on a client
	stall     bool          // never read a message's body

	mu       sync.Mutex
	troubles []trouble
	dialled  int
	resets   int
	authed   []string // mechanisms that let somebody in
	attempts int      // AUTH commands begun
	open     map[net.Conn]bool
	mails    []received
}

type received struct {
	from, to string
	raw      []byte
}

type serverOption func(*mailServer, *smtp.Server)

func startServer(t *testing.T, options ...serverOption) *mailServer {
	t.Helper()
	s := &mailServer{t: t, stopped: make(chan struct{}), silent: make(chan struct{}, 1), open: map[net.Conn]bool{}}
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &mailSession{server: s, conn: c}, nil
	}))
	server.Domain = "mail.test"
	server.ErrorLog = log.New(io.Discard, "", 0)
	server.MaxLineLength = 4000
	for _, option := range options {
		option(s, server)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = listener.Addr().String()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(&countingListener{Listener: listener, server: s})
	}()
	t.Cleanup(func() {
		close(s.stopped)
		_ = server.Close()
		_ = listener.Close() // Close misses a listener that Serve has not yet taken up
		<-done
	})
	return s
}

func (s *mailServer) config() notify.Config {
	host, port, _ := net.SplitHostPort(s.addr)
	number, _ := strconv.Atoi(port)
	return notify.Config{
		Host: host, Port: number, StartTLS: notify.StartTLSOff, RootCAs: s.ca, LocalName: "crm.test",
		From: notify.Address{Name: "Ромашка", Email: "crm@example.com"},
	}
}

func (s *mailServer) mailer(change ...func(*notify.Config)) *notify.Mailer {
	s.t.Helper()
	config := s.config()
	for _, c := range change {
		c(&config)
	}
	mailer, err := notify.NewMailer(config)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(mailer.Close)
	return mailer
}

func (s *mailServer) trouble(list ...trouble) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.troubles = list
}

func (s *mailServer) received() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]received(nil), s.mails...)
}

func (s *mailServer) connections() (dialled, open int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dialled, len(s.open)
}

// cutAll closes every connection from the server's side, as a server does with idle ones.
func (s *mailServer) cutAll() {
	s.mu.Lock()
	conns := slices.Collect(maps.Keys(s.open))
	s.mu.Unlock()
	for _, c := range conns {
		_ = c.Close()
	}
}

// fallSilent says so to the test and waits for its end.
func (s *mailServer) fallSilent() {
	select {
	case s.silent <- struct{}{}:
	default:
	}
	<-s.stopped
}

// impatient returns a context that ends as soon as the server falls silent: a deadline that passes at that moment.
func (s *mailServer) impatient() context.Context {
	ctx, cancel := context.WithCancel(s.t.Context())
	go func() {
		select {
		case <-s.silent:
		case <-s.stopped:
		}
		cancel()
	}()
	return ctx
}

func (s *mailServer) find(line []byte) (trouble, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if bytes.HasPrefix(line, []byte(atReset)) {
		s.resets++
	}
	for _, t := range s.troubles {
		if bytes.HasPrefix(line, []byte(t.at)) {
			return t, true
		}
	}
	return trouble{}, false
}

type countingListener struct {
	net.Listener
	server *mailServer
}

func (l *countingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.server.mu.Lock()
	l.server.dialled++
	conn := &troubledConn{Conn: c, server: l.server}
	l.server.open[conn] = true
	l.server.mu.Unlock()
	return conn, nil
}

// troubledConn changes what the server says at the moments the test has named.
type troubledConn struct {
	net.Conn
	server *mailServer
}

func (c *troubledConn) Write(p []byte) (int, error) {
	t, ok := c.server.find(p)
	switch {
	case !ok:
		return c.Conn.Write(p)
	case t.drop:
		_ = c.Close()
		return 0, io.ErrClosedPipe
	case t.reply == "":
		c.server.fallSilent()
		return 0, io.ErrClosedPipe
	default:
		if _, err := io.WriteString(c.Conn, t.reply+"\r\n"); err != nil {
			return 0, err
		}
		return len(p), nil
	}
}

func (c *troubledConn) Close() error {
	c.server.mu.Lock()
	delete(c.server.open, c)
	c.server.mu.Unlock()
	return c.Conn.Close()
}

type mailSession struct {
	server   *mailServer
	conn     *smtp.Conn
	from, to string
}

func (m *mailSession) Reset()        { m.from, m.to = "", "" }
func (m *mailSession) Logout() error { return nil }

func (m *mailSession) Mail(from string, _ *smtp.MailOptions) error {
	m.from = from
	return nil
}

func (m *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	m.to = to
	return nil
}

func (m *mailSession) Data(r io.Reader) error {
	if m.server.stall {
		m.server.fallSilent()
		return errors.New("stopped")
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m.server.mu.Lock()
	defer m.server.mu.Unlock()
	m.server.mails = append(m.server.mails, received{m.from, m.to, raw})
	return nil
}

const (
	rightUser     = "crm"
	rightPassword = "correct horse"
)

// authSession is a session of a server that wants to know who is calling.
type authSession struct{ *mailSession }

func (a authSession) AuthMechanisms() []string { return []string{a.server.mechanism} }

func (a authSession) Auth(mechanism string) (sasl.Server, error) {
	a.server.mu.Lock()
	a.server.attempts++
	a.server.mu.Unlock()
	switch mechanism {
	case "PLAIN":
		return sasl.NewPlainServer(func(_, user, password string) error { return a.check(mechanism, user, password) }), nil
	case "LOGIN":
		return &loginServer{check: func(user, password string) error { return a.check(mechanism, user, password) }}, nil
	case "CRAM-MD5":
		return &cramServer{accept: func() error { return a.check(mechanism, rightUser, rightPassword) }}, nil
	default:
		return nil, smtp.ErrAuthUnknownMechanism
	}
}

func (a authSession) check(mechanism, user, password string) error {
	if user != rightUser || password != rightPassword {
		return smtp.ErrAuthFailed
	}
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	a.server.authed = append(a.server.authed, mechanism)
	return nil
}

type loginServer struct {
	check func(user, password string) error
	said  []string
	begun bool
}

func (l *loginServer) Next(response []byte) ([]byte, bool, error) {
	if l.begun {
		l.said = append(l.said, string(response))
	}
	l.begun = true
	switch len(l.said) {
	case 0:
		return []byte("Username:"), false, nil
	case 1:
		return []byte("Password:"), false, nil
	default:
		return nil, true, l.check(l.said[0], l.said[1])
	}
}

type cramServer struct {
	accept func() error
	begun  bool
}

const cramChallenge = "<1896.697170952@mail.test>"

func (c *cramServer) Next(response []byte) ([]byte, bool, error) {
	if !c.begun {
		c.begun = true
		return []byte(cramChallenge), false, nil
	}
	mac := hmac.New(md5.New, []byte(rightPassword))
	mac.Write([]byte(cramChallenge))
	if string(response) != rightUser+" "+hex.EncodeToString(mac.Sum(nil)) {
		return nil, false, smtp.ErrAuthFailed
	}
	return nil, true, c.accept()
}

func withAuth(mechanism string) serverOption {
	return func(s *mailServer, server *smtp.Server) {
		s.mechanism = mechanism
		server.AllowInsecureAuth = true
		server.Backend = smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
			return authSession{&mailSession{server: s, conn: c}}, nil
		})
	}
}

// withTLS gives the server a certificate of its own making; its authority is in s.ca and s.caFile.
func withTLS(s *mailServer, server *smtp.Server) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "mail.test"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		s.t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		s.t.Fatal(err)
	}
	s.ca = x509.NewCertPool()
	s.ca.AddCert(certificate)
	s.caFile = filepath.Join(s.t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(s.caFile, block, 0o600); err != nil {
		s.t.Fatal(err)
	}
	server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

func stalling(s *mailServer, _ *smtp.Server) { s.stall = true }

func withSMTPUTF8(_ *mailServer, server *smtp.Server) { server.EnableSMTPUTF8 = true }

// letter is a mail that nothing is wrong with.
func letter() notify.Mail {
	return notify.Mail{
		MessageID: "<n-17@example.com>",
		To:        notify.Address{Name: "Анна Петрова", Email: "anna@client.example"},
		Subject:   "Обращение № A-000123 принято",
		Text:      "Здравствуйте!\n\nМы приняли обращение.\n.\nточка в начале строки\n",
		HTML:      "<p>Мы приняли обращение.</p>",
		Lang:      "ru",
	}
}

func parseMail(t *testing.T, raw []byte) *netmail.Message {
	t.Helper()
	message, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("the mail cannot be parsed: %v\n%s", err, raw)
	}
	return message
}

// waitFor waits for what another goroutine will do in its own time.
func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-deadline.C:
			t.Fatalf("waited in vain: %s", what)
		case <-tick.C:
		}
	}
}

func hasClass(t *testing.T, err error, class notify.Class, code notify.ReasonCode) {
	t.Helper()
	var failure *notify.DeliveryError
	if !errors.As(err, &failure) {
		t.Fatalf("got %v, want a DeliveryError", err)
	}
	if failure.Class != class || failure.Code != code {
		t.Errorf("got %s %s (%s), want %s %s", failure.Class, failure.Code, failure.Reason, class, code)
	}
	if !strings.HasPrefix(failure.Reason, string(failure.Code)) {
		t.Errorf("reason %q does not begin with the code %s", failure.Reason, failure.Code)
	}
}
