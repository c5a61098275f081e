package notify

import (
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// StartTLS says how a plain SMTP connection becomes a secure one.
type StartTLS string

const (
	StartTLSRequired      StartTLS = "required"      // no mail is sent without it
	StartTLSOpportunistic StartTLS = "opportunistic" // used when the server offers it; never to send a password in clear
	StartTLSOff           StartTLS = "off"
)

// Defaults of [Config].
const (
	DefaultPool        = 4
	DefaultTimeout     = 45 * time.Second
	DefaultIdleTimeout = 30 * time.Second
)

// Config is how to reach the mail server.
type Config struct {
	Host        string
	Port        int
	ImplicitTLS bool     // TLS from the first byte (smtps)
	StartTLS    StartTLS // ignored with ImplicitTLS
	Username    string   // empty: no sign-in
	Password    string
	From        Address        // the envelope's sender when a mail names none, and shown as sender likewise
	Pool        int            // connections open at once at most; 0: DefaultPool
	Timeout     time.Duration  // of one Send, when its context allows longer; 0: DefaultTimeout
	IdleTimeout time.Duration  // an unused connection is closed after it; 0: DefaultIdleTimeout
	LocalName   string         // said in EHLO; empty: the machine's host name
	CAFile      string         // PEM file of certificate authorities to trust besides the system's
	RootCAs     *x509.CertPool // to trust instead of the system's; for programs that hold them in memory
}

// LogValue keeps the password out of logs.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// String describes the server without the password.
func (c Config) String() string {
	scheme := "smtp"
	if c.ImplicitTLS {
		scheme = "smtps"
	}
	u := url.URL{Scheme: scheme, Host: net.JoinHostPort(c.Host, strconv.Itoa(c.Port))}
	if c.Username != "" {
		u.User = url.UserPassword(c.Username, "xxxxx")
	}
	return u.String()
}

var smtpParameters = []string{"starttls", "from", "pool", "timeout", "idle", "helo", "ca"}

// ParseSMTPURL reads the setting MARSHRUT_SMTP_URL:
//
//	smtp://user:password@host:port?starttls=required|opportunistic|off&from=Company%20<crm@example.com>&pool=4
//	smtps://user:password@host:port
//
// Further parameters: timeout and idle (durations such as 30s), helo, ca (a PEM file). Without a port it is 465 for
// smtps, 587 for smtp with a user and 25 without. Without starttls it is required when there is a user and the
// server is another machine, opportunistic otherwise. Errors never repeat the URL, which holds a password.
func ParseSMTPURL(text string) (Config, error) {
	u, err := url.Parse(text)
	if err != nil {
		return Config{}, errors.New("SMTP URL cannot be read: write smtp://user:password@host:port and percent-encode " +
			"special characters of the password")
	}
	if u.Scheme != "smtp" && u.Scheme != "smtps" {
		return Config{}, errors.New("SMTP URL must begin with smtp:// or smtps://")
	}
	if u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.Fragment != "" {
		return Config{}, errors.New("SMTP URL must have the form smtp://user:password@host:port?parameters")
	}
	c := Config{Host: u.Hostname(), ImplicitTLS: u.Scheme == "smtps"}
	c.Username = u.User.Username()
	c.Password, _ = u.User.Password()
	if (c.Username == "") != (c.Password == "") {
		return Config{}, errors.New("SMTP URL must have both a user and a password, or neither")
	}
	if c.Port, err = smtpPort(u); err != nil {
		return Config{}, err
	}
	if err := c.readParameters(u); err != nil {
		return Config{}, err
	}
	return c, nil
}

func smtpPort(u *url.URL) (int, error) {
	switch {
	case u.Port() != "":
		port, err := strconv.Atoi(u.Port())
		if err != nil || port < 1 || port > 65535 {
			return 0, errors.New("SMTP URL: the port must be a number from 1 to 65535")
		}
		return port, nil
	case u.Scheme == "smtps":
		return 465, nil
	case u.User != nil:
		return 587, nil
	default:
		return 25, nil
	}
}

func (c *Config) readParameters(u *url.URL) error {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return errors.New("SMTP URL: the parameters after ? cannot be read")
	}
	for name, values := range query {
		if !slices.Contains(smtpParameters, name) {
			return fmt.Errorf("SMTP URL: unknown parameter %q; known are %s", name, strings.Join(smtpParameters, ", "))
		}
		if len(values) > 1 {
			return fmt.Errorf("SMTP URL: parameter %q is given twice", name)
		}
	}
	c.LocalName, c.CAFile = query.Get("helo"), query.Get("ca")
	if c.StartTLS, err = c.startTLS(query.Get("starttls")); err != nil {
		return err
	}
	if from := query.Get("from"); from != "" {
		if c.From, err = ParseAddress(from); err != nil {
			return fmt.Errorf("SMTP URL: parameter from: %w", err)
		}
	}
	if c.Timeout, err = duration(query, "timeout"); err != nil {
		return err
	}
	if c.IdleTimeout, err = duration(query, "idle"); err != nil {
		return err
	}
	if pool := query.Get("pool"); pool != "" {
		if c.Pool, err = strconv.Atoi(pool); err != nil || c.Pool < 1 || c.Pool > 100 {
			return errors.New("SMTP URL: pool must be a number from 1 to 100")
		}
	}
	return nil
}

func (c *Config) startTLS(value string) (StartTLS, error) {
	switch mode := StartTLS(value); {
	case mode != "" && c.ImplicitTLS:
		return "", errors.New("SMTP URL: starttls does not go with smtps://, which is secure from the start")
	case c.ImplicitTLS:
		return "", nil
	case mode == StartTLSOff && c.Username != "" && !isLoopback(c.Host):
		return "", errors.New("SMTP URL: starttls=off would send the password in clear; use required, or smtps://")
	case mode == StartTLSRequired, mode == StartTLSOpportunistic, mode == StartTLSOff:
		return mode, nil
	case mode != "":
		return "", fmt.Errorf("SMTP URL: starttls is %q; it must be required, opportunistic or off", value)
	case c.Username != "" && !isLoopback(c.Host):
		return StartTLSRequired, nil
	default:
		return StartTLSOpportunistic, nil
	}
}

func duration(query url.Values, name string) (time.Duration, error) {
	text := query.Get(name)
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("SMTP URL: %s must be a duration such as 30s", name)
	}
	return d, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}
