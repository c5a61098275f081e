package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

const (
	// authPause is how long no sign-in is tried after one was refused: a queue of mails must not lock the account.
	authPause = 30 * time.Second
	// mailsPerConnection bounds the use of one connection; many servers cut it after a hundred messages.
	mailsPerConnection = 100
	// quitTimeout bounds the good-bye to a connection no longer needed.
	quitTimeout = time.Second
)

// Mailer sends mail through one SMTP server over a pool of connections. It is safe for concurrent use.
type Mailer struct {
	config Config
	tls    *tls.Config
	slots  chan struct{} // one token for each connection that may be in use
	closed chan struct{}

	mu          sync.Mutex
	idle        []*session // the most recently used last
	reaper      *time.Timer
	authRefused time.Time
	isClosed    bool
}

// NewMailer checks the config and returns a Mailer; it does not connect yet. Close it when done.
func NewMailer(c Config) (*Mailer, error) {
	if c.Host == "" || c.Port == 0 {
		return nil, errors.New("mail server: host and port are required")
	}
	if c.Pool <= 0 {
		c.Pool = DefaultPool
	}
	if c.Timeout <= 0 {
		c.Timeout = DefaultTimeout
	}
	if c.IdleTimeout <= 0 {
		c.IdleTimeout = DefaultIdleTimeout
	}
	if c.StartTLS == "" {
		c.StartTLS = StartTLSRequired
	}
	if c.LocalName == "" {
		c.LocalName = localName()
	}
	roots, err := rootCAs(c)
	if err != nil {
		return nil, err
	}
	return &Mailer{
		config: c,
		tls:    &tls.Config{ServerName: c.Host, RootCAs: roots, MinVersion: tls.VersionTLS12},
		slots:  make(chan struct{}, c.Pool),
		closed: make(chan struct{}),
	}, nil
}

func localName() string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "localhost"
	}
	return name
}

func rootCAs(c Config) (*x509.CertPool, error) {
	if c.CAFile == "" {
		return c.RootCAs, nil
	}
	pem, err := os.ReadFile(c.CAFile)
	if err != nil {
		return nil, fmt.Errorf("mail server: read certificate authorities: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("mail server: %s holds no PEM certificate", c.CAFile)
	}
	return pool, nil
}

// Send hands one mail to the server. nil means that the server has accepted it; every other result is a
// [*DeliveryError]. It returns by the context's deadline, and by the config's timeout without one.
func (m *Mailer) Send(ctx context.Context, mail Mail) error {
	env, err := compose(mail, m.config.From)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, m.config.Timeout)
	defer cancel()
	if err := m.acquire(ctx); err != nil {
		return err
	}
	defer func() { <-m.slots }()
	s, err := m.session(ctx)
	if err != nil {
		return err
	}
	err = s.send(ctx, env)
	m.put(s)
	return err
}

func (m *Mailer) acquire(ctx context.Context) error {
	select {
	case <-m.closed:
		return deliveryError(Retry, CodeMailerClosed, "")
	default:
	}
	select {
	case m.slots <- struct{}{}:
		return nil
	case <-m.closed:
		return deliveryError(Retry, CodeMailerClosed, "")
	case <-ctx.Done():
		return deliveryError(Retry, CodePoolBusy, "")
	}
}

// session returns a connection ready for a message: one from the pool that still answers, or a new one. An unused
// connection may have been cut by the server or by a router at any time; RSET finds out before anything is sent.
func (m *Mailer) session(ctx context.Context) (*session, error) {
	for {
		s := m.takeIdle()
		if s == nil {
			return m.dial(ctx)
		}
		if s.reset(ctx) {
			return s, nil
		}
		s.close()
	}
}

func (m *Mailer) takeIdle() *session {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.idle) == 0 {
		return nil
	}
	last := len(m.idle) - 1
	s := m.idle[last]
	m.idle = m.idle[:last]
	return s
}

// put takes a connection back into the pool, or closes it when it cannot be used again.
func (m *Mailer) put(s *session) {
	m.mu.Lock()
	keep := !s.broken && s.sent < mailsPerConnection && !m.isClosed
	if keep {
		s.idleSince = time.Now()
		m.idle = append(m.idle, s)
		if m.reaper == nil {
			m.reaper = time.AfterFunc(m.config.IdleTimeout, m.reap)
		}
	}
	m.mu.Unlock()
	switch {
	case keep:
	case s.broken:
		s.close()
	default:
		s.quit()
	}
}

// reap closes connections nobody has used for the idle timeout, and comes again while there are others.
func (m *Mailer) reap() {
	m.mu.Lock()
	var old []*session
	for len(m.idle) > 0 && time.Since(m.idle[0].idleSince) >= m.config.IdleTimeout {
		old = append(old, m.idle[0])
		m.idle = m.idle[1:]
	}
	m.reaper = nil
	if len(m.idle) > 0 && !m.isClosed {
		m.reaper = time.AfterFunc(m.config.IdleTimeout-time.Since(m.idle[0].idleSince), m.reap)
	}
	m.mu.Unlock()
	for _, s := range old {
		s.quit()
	}
}

// Close says good-bye on unused connections and lets running sends finish; later ones are refused with class Retry.
func (m *Mailer) Close() {
	m.mu.Lock()
	if m.isClosed {
		m.mu.Unlock()
		return
	}
	m.isClosed = true
	close(m.closed)
	if m.reaper != nil {
		m.reaper.Stop()
	}
	idle := m.idle
	m.idle = nil
	m.mu.Unlock()
	for _, s := range idle {
		s.quit()
	}
}

// authPaused reports whether a sign-in was refused so recently that none is tried.
func (m *Mailer) authPaused() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return !m.authRefused.IsZero() && time.Since(m.authRefused) < authPause
}

func (m *Mailer) noteAuthRefused() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.authRefused = time.Now()
}
