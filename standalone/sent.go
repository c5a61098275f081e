package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"marshrut/postgres/pgserver/datafolder"
	"marshrut/standalone/mailbox"
	"marshrut/standalone/smsbox"
	"marshrut/standalone/webpage"
)

const (
	mailPath = "/mail/"
	smsPath  = "/sms/"

	readTimeout = 30 * time.Second
)

// sentBox is the mailbox and the SMS simulator, with the pages on which what was sent is read. Either is left out when
// its messages go elsewhere.
type sentBox struct {
	stores []interface{ Close() error }
	smtp   *mailbox.SMTP
	web    *http.Server
	failed chan error
}

// startSentBox opens what the settings ask for and fills in env where it is reached.
func startSentBox(folder *datafolder.Folder, p ports, env *environment, log *slog.Logger) (*sentBox, error) {
	b := &sentBox{failed: make(chan error, 2)}
	mux := http.NewServeMux()
	withMail, withSMS := env.SMTPURL == "", env.SMSURL == ""
	var tabs []webpage.Tab
	if withMail {
		tabs = append(tabs, mailbox.Tab(mailPath))
	}
	if withSMS {
		tabs = append(tabs, smsbox.Tab(smsPath))
	}
	site := webpage.New(tabs...)
	site.Register(mux)
	if len(tabs) == 0 {
		return b, nil
	}
	if withMail {
		if err := b.openMail(folder, p.mail, env, mux, site, log); err != nil {
			return nil, errors.Join(err, b.stop(context.Background()))
		}
	}
	if withSMS {
		if err := b.openSMS(folder, p.mailbox, env, mux, site); err != nil {
			return nil, errors.Join(err, b.stop(context.Background()))
		}
	}
	env.MailboxURL = "http://" + dialable(p.mailbox.Addr())
	b.web = &http.Server{
		// Another site's page open in the same browser must not delete what is here.
		Handler:     http.NewCrossOriginProtection().Handler(mux),
		ReadTimeout: readTimeout,
		ErrorLog:    slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	go func() {
		if err := b.web.Serve(p.mailbox); !errors.Is(err, http.ErrServerClosed) {
			b.failed <- err
		}
	}()
	return b, nil
}

func (b *sentBox) openMail(folder *datafolder.Folder, listener net.Listener, env *environment,
	mux *http.ServeMux, site *webpage.Site, log *slog.Logger,
) error {
	dir, err := folder.Sub("mail")
	if err != nil {
		return err
	}
	store, err := mailbox.Open(dir)
	if err != nil {
		return err
	}
	b.stores = append(b.stores, store)
	if err := mailbox.Register(mux, mailPath, site, store); err != nil {
		return err
	}
	b.smtp = mailbox.NewSMTP(store, log)
	go func() {
		if err := b.smtp.Serve(listener); err != nil {
			b.failed <- err
		}
	}()
	env.SMTPURL = "smtp://" + dialable(listener.Addr()) + "?" + url.Values{"from": {"Marshrut <marshrut@localhost>"}}.Encode()
	return nil
}

func (b *sentBox) openSMS(folder *datafolder.Folder, listener net.Listener, env *environment,
	mux *http.ServeMux, site *webpage.Site,
) error {
	dir, err := folder.Sub("sms")
	if err != nil {
		return err
	}
	store, err := smsbox.Open(dir)
	if err != nil {
		return err
	}
	b.stores = append(b.stores, store)
	if err := smsbox.Register(mux, smsPath, site, store, ""); err != nil {
		return err
	}
	// The simulator takes a message once however often its id arrives.
	env.SMSURL = "http://" + dialable(listener.Addr()) + smsPath + "messages?idempotent=1"
	return nil
}

func (b *sentBox) stop(ctx context.Context) error {
	var errs []error
	if b.smtp != nil {
		errs = append(errs, b.smtp.Close())
	}
	if b.web != nil {
		errs = append(errs, b.web.Shutdown(ctx))
	}
	for _, store := range b.stores {
		errs = append(errs, store.Close())
	}
	return errors.Join(errs...)
}
