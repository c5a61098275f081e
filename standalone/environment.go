package main

import "net"

// environment is what the application finds when it starts.
type environment struct {
	// Listener is open on Addr, the address of the page and the API.
	Listener    net.Listener
	Addr        string
	Data        string
	DatabaseURL string
	// TemporalAddress and TemporalNamespace are where its workflows run.
	TemporalAddress   string
	TemporalNamespace string
	SMTPURL           string
	SMSURL            string
	RouteMaps         string
	// MailboxURL is the page with the mail and SMS sent, empty when both go elsewhere.
	MailboxURL string
	// TemporalUIURL is where operators watch workflows.
	TemporalUIURL string
	console       *console
}

// variables are what other programs need to use what runs here: first the settings of `marshrut server` and `marshrut
// worker`, then where the rest is.
func (e environment) variables(s settings) []variable {
	return []variable{
		{"DATABASE_URL", e.DatabaseURL},
		{"TEMPORAL_ADDRESS", e.TemporalAddress},
		{"TEMPORAL_NAMESPACE", e.TemporalNamespace},
		{"MARSHRUT_ADDR", e.Addr},
		{"MARSHRUT_SMTP_URL", e.SMTPURL},
		{"MARSHRUT_SMS_URL", e.SMSURL},
		{"MARSHRUT_ROUTEMAPS", e.RouteMaps},
		{"MARSHRUT_KEYS", keysPath(e.Data)},
		{"MARSHRUT_AUDIT_HEADS", headsPath(e.Data)},
		{"MARSHRUT_TEMPORAL_ADDR", s.TemporalAddr},
		{"MARSHRUT_UI_ADDR", s.UIAddr},
		{"MARSHRUT_MAIL_ADDR", s.MailAddr},
		{"MARSHRUT_MAILBOX_ADDR", s.MailboxAddr},
	}
}

// announce tells where everything is.
func (e environment) announce(infraOnly bool) {
	e.console.line("")
	if !infraOnly {
		e.console.line("  Marshrut     http://%s", dialable(e.Listener.Addr()))
		e.console.line("  API          http://%s/docs", dialable(e.Listener.Addr()))
		e.console.line("  Sign in as   %s", logins())
	}
	e.console.line("  Temporal UI  %s", e.TemporalUIURL)
	if e.MailboxURL != "" {
		e.console.line("  Mail, SMS    %s", e.MailboxURL)
	}
	e.console.line("  Temporal     %s, namespace %s", e.TemporalAddress, e.TemporalNamespace)
	e.console.line("  Environment  %s", envPath(e.Data))
	if infraOnly {
		e.console.line("\nRun the application with it:\n  set -a; . %s; set +a\n  marshrut migrate && marshrut server", quote(envPath(e.Data)))
	}
	e.console.line("")
}
