package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"

	"marshrut/activities"
	"marshrut/audit"
	"marshrut/cases"
	"marshrut/crm"
	"marshrut/dispatch"
	"marshrut/imports"
	"marshrut/migrations"
	"marshrut/notify"
	"marshrut/openid"
	"marshrut/postgres"
	"marshrut/reminders"
	"marshrut/routemaps"
	"marshrut/server"
	"marshrut/webhooks"
	"marshrut/worker"
)

// App is the program's parts over one database and one Temporal. Open makes it; Close gives everything back.
type App struct {
	Settings Settings
	DB       *postgres.DB

	log      *slog.Logger
	temporal client.Client
	library  *notify.Library
	mail     *notify.Config
	mailer   *notify.Mailer
	sms      notify.SMSSender
	metrics  *prometheus.Registry
}

// Open connects to the database and prepares everything else. Temporal is not waited for: without it reads and plain
// changes work, and what needs it says so.
func Open(ctx context.Context, s Settings, log *slog.Logger) (*App, error) {
	library, err := notify.Shipped()
	if err != nil {
		return nil, fmt.Errorf("read the shipped templates: %w", err)
	}
	a := &App{Settings: s, log: log, library: library, metrics: prometheus.NewRegistry()}
	if err := a.openNotify(); err != nil {
		return nil, err
	}
	emails, sms := TemplateKeys(library)
	a.DB, err = postgres.Open(ctx, s.DatabaseURL, postgres.Options{
		MaxConns: s.Connections, Lang: crm.Lang(s.Lang), BaseURL: s.BaseURL, EmailTemplates: emails, SMSTemplates: sms,
		Tracer: s.Tracer,
	})
	if err != nil {
		return nil, err
	}
	options := TemporalOptions(s.Temporal)
	options.Logger = sdklog.NewStructuredLogger(log)
	if a.temporal, err = client.NewLazyClient(options); err != nil {
		a.DB.Close()
		return nil, fmt.Errorf("prepare the Temporal client: %w", err)
	}
	return a, nil
}

func (a *App) openNotify() error {
	if a.Settings.SMTPURL != "" {
		config, err := notify.ParseSMTPURL(a.Settings.SMTPURL)
		if err != nil {
			return fmt.Errorf("MARSHRUT_SMTP_URL: %w", err)
		}
		if a.mailer, err = notify.NewMailer(config); err != nil {
			return fmt.Errorf("MARSHRUT_SMTP_URL: %w", err)
		}
		a.mail = &config
	}
	if a.Settings.SMSURL != "" {
		sender, err := notify.NewHTTPSMS(a.Settings.SMSURL, a.Settings.SMSToken)
		if err != nil {
			return fmt.Errorf("MARSHRUT_SMS_URL: %w", err)
		}
		a.sms = sender
	}
	return nil
}

// TemplateKeys are the keys of a library's templates that route maps can name, by channel.
func TemplateKeys(library *notify.Library) (emails, sms []string) {
	for _, key := range library.Keys() {
		if notify.ForStaff(key) {
			continue
		}
		if info, ok := library.Info(key); ok && info.Channel == notify.SMSChannel {
			sms = append(sms, key)
		} else {
			emails = append(emails, key)
		}
	}
	return emails, sms
}

// Close gives connections back.
func (a *App) Close() {
	a.temporal.Close()
	if a.mailer != nil {
		a.mailer.Close()
	}
	a.DB.Close()
}

// Migrate brings the database up to date and publishes the shipped maps and those of MARSHRUT_ROUTEMAPS. It answers how
// many migrations were applied.
func (a *App) Migrate(ctx context.Context) (int, error) {
	applied, err := migrations.Up(ctx, a.DB.Pool())
	if err != nil {
		return applied, err
	}
	if err := a.publish(ctx, routemaps.Shipped()); err != nil {
		return applied, fmt.Errorf("publish the shipped route maps: %w", err)
	}
	if a.Settings.RouteMaps == "" {
		return applied, nil
	}
	if err := a.publish(ctx, os.DirFS(a.Settings.RouteMaps)); err != nil {
		return applied, fmt.Errorf("publish the route maps of MARSHRUT_ROUTEMAPS: %w", err)
	}
	return applied, nil
}

// publish publishes a folder of maps. Maps may name each other, so those that cannot be published yet are tried again after
// the others, as long as any comes through.
func (a *App) publish(ctx context.Context, folder fs.FS) error {
	waiting, err := routemaps.Files(folder)
	if err != nil {
		return err
	}
	for len(waiting) > 0 {
		var left []string
		var wrong error
		for _, name := range waiting {
			if err := a.publishFile(ctx, folder, name); err != nil {
				left, wrong = append(left, name), errors.Join(wrong, fmt.Errorf("%s: %w", name, err))
			}
		}
		if len(left) == len(waiting) {
			return wrong
		}
		waiting = left
	}
	return nil
}

func (a *App) publishFile(ctx context.Context, folder fs.FS, name string) error {
	source, err := fs.ReadFile(folder, name)
	if err != nil {
		return fmt.Errorf("read a route map: %w", err)
	}
	version, fresh, err := a.DB.PublishRouteMap(ctx, source, uuid.Nil)
	if err != nil {
		return err
	}
	if fresh {
		a.log.InfoContext(ctx, "route map published", "map", version.MapID, "version", version.Version)
	}
	return nil
}

// RunServer serves the API on the listener until ctx ends. eager: a worker runs in this process too.
func (a *App) RunServer(ctx context.Context, listener net.Listener, eager bool) error {
	keys, err := a.keys()
	if err != nil {
		return err
	}
	dispatcher := dispatch.New(a.temporal, dispatch.Options{BaseURL: a.Settings.BaseURL, EagerStart: eager && a.Settings.Worker.Deployment == ""})
	acker := dispatch.NewAcker(a.DB, a.log)
	service := cases.New(a.DB, dispatcher, acker, a.log)
	api, err := server.New(a.serverConfig(), a.services(service, keys))
	if err != nil {
		return fmt.Errorf("put the server together: %w", err)
	}
	reconciling, stopReconciling := context.WithCancel(ctx)
	reconciled := make(chan struct{})
	go func() {
		defer close(reconciled)
		reconciler := dispatch.Reconciler{Store: service, Sender: dispatcher, Log: a.log, Interval: 2 * time.Second, Grace: 5 * time.Second}
		reconciler.Run(reconciling)
	}()
	rung := make(chan struct{})
	go func() {
		defer close(rung)
		a.ringer().Run(reconciling)
	}()
	imported := make(chan struct{})
	go func() {
		defer close(imported)
		(&imports.Runner{Store: a.DB, Log: a.log, Clock: time.Now}).Run(reconciling)
	}()
	told := make(chan struct{})
	go func() {
		defer close(told)
		(&webhooks.Teller{Store: postgres.NewWebhooks(a.DB, keys), Log: a.log, Clock: time.Now}).Run(reconciling)
	}()
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		a.keeper(ctx, keys).Run(reconciling)
	}()
	err = api.Run(ctx, listener)
	stopReconciling()
	<-reconciled
	<-rung
	<-imported
	<-told
	<-kept
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return errors.Join(err, acker.Close(closing))
}

// ringer gives reminders (R28).
func (a *App) ringer() *reminders.Ringer {
	r := &reminders.Ringer{Store: a.DB, Domain: a.Settings.messageDomain(a.mail), BaseURL: a.Settings.BaseURL, Brand: a.writer().Brand, Log: a.log, Clock: time.Now}
	if a.mailer != nil {
		r.Mailer = a.mailer
	}
	return r
}

func (a *App) serverConfig() server.Config {
	return server.Config{
		Log: a.log, Version: a.Settings.Version, SecureCookies: a.Settings.Secure, TrustedProxies: a.Settings.Proxies, Metrics: a.metrics, Pool: a.poolStats, Figures: a.DB.Figures,
		About: server.About{TemporalUI: a.Settings.TemporalUI, Namespace: cmp.Or(a.Settings.Temporal.Namespace, client.DefaultNamespace), Mailbox: a.Settings.Mailbox, Demo: a.Settings.Demo},
		ReasonText: func(code string, lang crm.Lang) string {
			return notify.ReasonText(notify.ReasonCode(code), string(lang))
		},
		ProviderName: a.Settings.OIDCName, ProviderRoles: a.Settings.OIDCRoles,
		Away: postgres.Away,
	}
}

// poolStats is how the connections to the database are used.
func (a *App) poolStats() server.PoolStats {
	s := a.DB.Pool().Stat()
	return server.PoolStats{
		Max: int(s.MaxConns()), Open: int(s.TotalConns()), Idle: int(s.IdleConns()), InUse: int(s.AcquiredConns()),
		Waits: s.EmptyAcquireCount(), Waited: s.EmptyAcquireWaitTime(),
	}
}

func (a *App) services(service *cases.Service, keys *audit.Keys) server.Services {
	all := server.Services{
		Routes: service, Cases: caseRecords{DB: a.DB, service: service}, Tasks: a.DB, Maps: a.DB, Notifications: a.DB, Clients: a.DB, Imports: a.DB,
		Interactions: a.DB, Notices: a.DB, Changes: a.DB, Files: a.DB, Payments: a.DB, Letters: service, Reports: a.DB, Templates: &templates{db: a.DB, writer: a.writer()}, Calendars: a.DB, Users: a.DB, Organisation: a.DB, Settings: a.DB, Absences: a.DB, Tokens: a.DB, Filters: a.DB, Webhooks: postgres.NewWebhooks(a.DB, keys), Mailboxes: a.DB, Mail: a.mailServer(), Answers: a.DB, Audit: postgres.NewAuditor(a.DB, keys),
		Health: []server.HealthCheck{
			{Name: "postgres", Check: a.DB.Ping},
			{Name: "temporal", Check: a.temporalHealth},
		},
	}
	if a.Settings.OIDCIssuer != "" {
		all.Provider = openid.New(openid.Config{
			Issuer: a.Settings.OIDCIssuer, ClientID: a.Settings.OIDCClient, ClientSecret: a.Settings.OIDCSecret,
			RedirectURL: a.Settings.BaseURL + server.SignInBackPath, SignedOutURL: a.Settings.BaseURL + "/", Log: a.log,
		})
	}
	return all
}

func (a *App) temporalHealth(ctx context.Context) error {
	if _, err := a.temporal.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
		return fmt.Errorf("ask Temporal: %w", err)
	}
	return nil
}

// caseRecords are the records of cases, with changes told to their routes.
type caseRecords struct {
	*postgres.DB
	service *cases.Service
}

// PatchCase changes a case and tells its route.
func (c caseRecords) PatchCase(ctx context.Context, id uuid.UUID, version int, p crm.CasePatch, by uuid.UUID) (*crm.Case, error) {
	return c.service.PatchCase(ctx, id, version, p, by)
}

// RunWorker carries out cases until ctx ends. It waits for Temporal as long as it takes.
func (a *App) RunWorker(ctx context.Context) error {
	options := a.Settings.Worker
	options.Connections = int(a.Settings.Connections)
	fatal := make(chan error, 1)
	options.OnFatalError = func(err error) { fatal <- err }
	if err := a.awaitTemporal(ctx); err != nil {
		return nil // only the end of ctx ends the waiting: the program is stopping
	}
	w, err := worker.New(a.temporal, options, a.activities())
	if err != nil {
		return err
	}
	if err := w.Start(); err != nil {
		return fmt.Errorf("start the worker: %w", err)
	}
	defer w.Stop()
	select {
	case <-ctx.Done():
		return nil
	case err := <-fatal:
		return fmt.Errorf("the worker gave up: %w", err)
	}
}

// awaitTemporal waits until Temporal answers; it fails only when ctx ends.
func (a *App) awaitTemporal(ctx context.Context) error {
	const pause = 2 * time.Second
	for {
		check, cancel := context.WithTimeout(ctx, pause)
		err := a.temporalHealth(check)
		cancel()
		if err == nil {
			return nil
		}
		a.log.WarnContext(ctx, "Temporal does not answer yet; the worker waits", "error", err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

func (a *App) activities() *activities.Activities {
	acts := &activities.Activities{Store: a.DB, SMS: a.sms, Hooks: activities.NewHooks(), Writer: a.writer(), Log: a.log}
	if a.mailer != nil {
		acts.Mailer = a.mailer
	}
	return acts
}

func (a *App) writer() *activities.Writer {
	return &activities.Writer{
		Maps: a.DB, Shipped: a.library, Brand: notify.Brand{Company: a.Settings.Company, Colour: a.Settings.Colour},
		BaseURL: a.Settings.BaseURL, Domain: a.Settings.messageDomain(a.mail),
	}
}
