// Package app puts the parts of Marshrut together: from settings it makes the server and the worker, as many of each as
// wanted, or both in one process.
package app

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/caarlos0/env/v11"
	"github.com/jackc/pgx/v5"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"

	"marshrut/crm"
	"marshrut/notify"
	"marshrut/server"
	"marshrut/worker"
)

// Settings are what the environment says. Temporal's own are those of its SDK (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE,
// TEMPORAL_API_KEY, TEMPORAL_TLS…), read unchanged.
type Settings struct {
	Addr        string       `env:"MARSHRUT_ADDR"        envDefault:"127.0.0.1:8080"` // where the API listens
	BaseURL     string       `env:"MARSHRUT_BASE_URL"`                                // where people reach it; empty: http://Addr
	DatabaseURL string       `env:"DATABASE_URL"`
	Connections int32        `env:"MARSHRUT_DB_CONNECTIONS" envDefault:"20"` // of this process, and steps taken at a time
	SMTPURL     string       `env:"MARSHRUT_SMTP_URL"`                       // empty: no e-mail goes out
	SMSURL      string       `env:"MARSHRUT_SMS_URL"`                        // empty: no SMS goes out
	SMSToken    string       `env:"MARSHRUT_SMS_TOKEN"`
	RouteMaps   string       `env:"MARSHRUT_ROUTEMAPS"`   // folder of maps published at the start
	Keys        string       `env:"MARSHRUT_KEYS"`        // folder with the keys of the audit
	AuditHeads  string       `env:"MARSHRUT_AUDIT_HEADS"` // folder that signed heads of the audit are written to; empty: none are
	Company     string       `env:"MARSHRUT_COMPANY"    envDefault:"Marshrut"`
	Colour      string       `env:"MARSHRUT_COLOUR"`                     // of letters, #rrggbb
	Lang        string       `env:"MARSHRUT_LANG"       envDefault:"ru"` // of what operators read in Temporal UI
	Secure      bool         `env:"MARSHRUT_SECURE_COOKIES"`             // behind HTTPS: send cookies over HTTPS only
	Proxies     []string     `env:"MARSHRUT_TRUSTED_PROXIES"`            // addresses whose X-Forwarded-For is believed
	OIDCIssuer  string       `env:"MARSHRUT_OIDC_ISSUER"`                // of an OpenID Connect provider; empty: one signs in with a password
	OIDCClient  string       `env:"MARSHRUT_OIDC_CLIENT_ID"`             // as whom it knows us
	OIDCSecret  string       `env:"MARSHRUT_OIDC_CLIENT_SECRET"`
	OIDCName    string       `env:"MARSHRUT_OIDC_NAME" envDefault:"OpenID Connect"` // what people know it as
	OIDCRoles   []string     `env:"MARSHRUT_OIDC_CREATE_ROLES"`                     // of users made when they first sign in; empty: none are made
	TemporalUI  string       `env:"MARSHRUT_TEMPORAL_UI_URL"`                       // for links
	Demo        *server.Demo // users to try things out with, shown to everybody; nil: none
	Mailbox     string       `env:"MARSHRUT_MAILBOX_URL"` // for links

	Tracer   pgx.QueryTracer `env:"-"` // sees every question to the database, for measurements; nil: none
	Worker   worker.Options
	Temporal client.Options // by envconfig
	Version  string         // of the program
}

// ReadSettings reads the environment. Errors name the variable that is wrong.
func ReadSettings() (Settings, error) {
	s, err := ParseSettings()
	if err != nil {
		return Settings{}, err
	}
	if err := s.Check(); err != nil {
		return Settings{}, err
	}
	return s, nil
}

// ParseSettings reads the environment without checking it, for a program that sets some of it itself.
func ParseSettings() (Settings, error) {
	var s Settings
	if err := env.Parse(&s); err != nil {
		return Settings{}, fmt.Errorf("read the settings: %w", err)
	}
	options, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return Settings{}, fmt.Errorf("read the TEMPORAL_… settings: %w", err)
	}
	s.Temporal = options
	return s, nil
}

// Check says what is wrong with the settings, by the variable's name.
func (s *Settings) Check() error {
	if s.DatabaseURL == "" {
		return errors.New("DATABASE_URL is not set: name a Postgres database, as postgres://user:password@host:5432/marshrut")
	}
	if lang := crm.Lang(s.Lang); lang != crm.RU && lang != crm.EN {
		return fmt.Errorf("MARSHRUT_LANG is %q: it must be ru or en", s.Lang)
	}
	if s.Connections < 2 {
		return fmt.Errorf("MARSHRUT_DB_CONNECTIONS is %d: at least 2 are needed", s.Connections)
	}
	if s.BaseURL == "" {
		s.BaseURL = "http://" + s.Addr
	}
	base, err := url.Parse(s.BaseURL)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return errors.New("MARSHRUT_BASE_URL must have the form https://host")
	}
	s.BaseURL = strings.TrimRight(s.BaseURL, "/")
	return s.checkProvider()
}

// checkProvider wants the provider of sign-ins reached over HTTPS, unless it is on this machine.
func (s *Settings) checkProvider() error {
	if s.OIDCIssuer == "" {
		if s.OIDCClient != "" || s.OIDCSecret != "" || len(s.OIDCRoles) > 0 {
			return errors.New("MARSHRUT_OIDC_ISSUER is not set, and other MARSHRUT_OIDC_… settings are")
		}
		return nil
	}
	issuer, err := url.Parse(s.OIDCIssuer)
	if err != nil || issuer.Host == "" || issuer.Scheme != "https" && (issuer.Scheme != "http" || !onThisMachine(issuer.Hostname())) {
		return errors.New("MARSHRUT_OIDC_ISSUER must have the form https://host")
	}
	if s.OIDCClient == "" {
		return errors.New("MARSHRUT_OIDC_CLIENT_ID is not set: the provider gives it when Marshrut is registered there")
	}
	return nil
}

func onThisMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// messageDomain is the right side of message ids: the mail's own domain, or that of the pages.
func (s *Settings) messageDomain(mail *notify.Config) string {
	if mail != nil {
		if _, domain, ok := strings.Cut(mail.From.Email, "@"); ok {
			return domain
		}
	}
	if base, err := url.Parse(s.BaseURL); err == nil && base.Hostname() != "" {
		return base.Hostname()
	}
	return "localhost"
}

// TemporalOptions are the client's options with what suits the server's place: to one on this machine nothing is compressed,
// which costs more than it saves there.
func TemporalOptions(options client.Options) client.Options {
	host, _, err := net.SplitHostPort(options.HostPort)
	if err == nil && onThisMachine(host) {
		options.ConnectionOptions.GrpcCompression = &client.GrpcCompressionNone{}
	}
	return options
}
