package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"marshrut/app"
	"marshrut/server"
	"marshrut/standalone/demo"
)

// startApp starts the application on what is ready and waiting: migrations, demo data, worker and API. It returns when the
// application answers; stop ends it, and failed tells when it ended by itself.
func startApp(ctx context.Context, env environment, log *slog.Logger) (stop func(context.Context) error, failed <-chan error, err error) {
	settings, err := appSettings(env)
	if err != nil {
		return nil, nil, err
	}
	a, err := app.Open(ctx, settings, log)
	if err != nil {
		return nil, nil, err
	}
	if err := prepare(ctx, a); err != nil {
		a.Close()
		return nil, nil, err
	}
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	group, running := errgroup.WithContext(running)
	group.Go(func() error { return a.RunServer(running, env.Listener, true) })
	group.Go(func() error { return a.RunWorker(running) })
	ended := make(chan error, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		err := group.Wait()
		a.Close()
		if err != nil {
			ended <- err
		}
	}()
	stop = func(stopping context.Context) error {
		cancel()
		select {
		case <-done:
			return nil
		case <-stopping.Done():
			return errors.New("the application did not stop in time")
		}
	}
	if err := awaitAnswer(ctx, "http://"+dialable(env.Listener.Addr())+"/livez"); err != nil {
		return nil, nil, errors.Join(err, stop(ctx))
	}
	return stop, ended, nil
}

// appSettings are the environment's, with what this process runs itself in their place.
func appSettings(env environment) (app.Settings, error) {
	s, err := app.ParseSettings()
	if err != nil {
		return s, err
	}
	s.Addr, s.DatabaseURL, s.SMTPURL, s.SMSURL, s.RouteMaps = dialable(env.Listener.Addr()), env.DatabaseURL, env.SMTPURL, env.SMSURL, env.RouteMaps
	s.Version = app.Version()
	s.Temporal.HostPort, s.Temporal.Namespace = env.TemporalAddress, env.TemporalNamespace
	s.TemporalUI, s.Mailbox = env.TemporalUIURL, env.MailboxURL
	s.Demo = &server.Demo{Logins: demo.Logins(), Password: demo.Password}
	s.Keys, s.AuditHeads = keysPath(env.Data), headsPath(env.Data)
	if err := s.Check(); err != nil {
		return app.Settings{}, err
	}
	return s, nil
}

// prepare brings the database up to date and fills an empty one with the demo company.
func prepare(ctx context.Context, a *app.App) error {
	if _, err := a.Migrate(ctx); err != nil {
		return err
	}
	if err := demo.Fill(ctx, a.DB, server.HashPassword); err != nil {
		return fmt.Errorf("fill in the demo data: %w", err)
	}
	return nil
}

// awaitAnswer asks until there is an answer.
func awaitAnswer(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
		if err != nil {
			return fmt.Errorf("ask the application: %w", err)
		}
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return errors.New("the application does not answer")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// logins are shown once the application is ready.
func logins() string { return strings.Join(demo.Logins(), ", ") + "; password " + demo.Password }
