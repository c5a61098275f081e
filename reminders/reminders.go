// Package reminders gives reminders of interactions (R28) and of people's own tasks (R10) when their time has come, tells people of
// new tasks, overdue ones, assignments, mentions and substitutions, and writes to those who want letters (R66). What is due lies in Postgres: any number of programs may run this at once, and a crash loses and doubles nothing.
package reminders

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/notify"
)

// Store keeps the reminders.
type Store interface {
	// GiveNotices tells people of new tasks, overdue ones, assignments, mentions and substitutions, once each, and tells how many
	// there were.
	GiveNotices(ctx context.Context, limit int) (int, error)
	// GiveReminders puts due reminders in front of their users, once each, and tells how many there were.
	GiveReminders(ctx context.Context, limit int) (int, error)
	// ClaimNoticeLetter takes up the letter that is due, nil for none; those broken off longer than stale ago become unknown.
	ClaimNoticeLetter(ctx context.Context, stale time.Duration) (*crm.NoticeLetter, error)
	// FinishNoticeLetter stores what became of a letter.
	FinishNoticeLetter(ctx context.Context, id uuid.UUID, status crm.LetterStatus) error
	// PutOffNoticeLetter lets a letter be tried again at a time; putOff is how often its mailbox has put it off by now.
	PutOffNoticeLetter(ctx context.Context, id uuid.UUID, until time.Time, putOff int) error
	// StoredTemplates gives the newest version of the company's own text of a key in each language.
	StoredTemplates(ctx context.Context, key string) ([]crm.Template, error)
	// PruneChanges removes what live pages can no longer ask for.
	PruneChanges(ctx context.Context, before time.Time) error
}

// Mailer sends letters.
type Mailer interface {
	Send(ctx context.Context, mail notify.Mail) error
}

const (
	page       = 100              // how many are taken at a time
	sendTime   = 30 * time.Second // how long sending a letter may take
	staleAfter = 5 * time.Minute  // when a letter that was taken up must have been broken off
	restAfter  = time.Minute      // how long letters rest when the mail server does not take them
	maxBackoff = time.Minute
	pruneEvery = 10 * time.Minute
	keepFor    = 24 * time.Hour // how long a live page may be away and go on without reading everything again
)

// Ringer gives reminders.
type Ringer struct {
	Store    Store
	Mailer   Mailer // nil: no letters
	Domain   string // the right side of message ids
	BaseURL  string // of the pages, for links; empty: no links
	Brand    notify.Brand
	Log      *slog.Logger
	Clock    crm.Clock
	Interval time.Duration // between two looks; default 1 s

	resting time.Time // until then no letters are sent
	pruned  time.Time
}

// Run works until ctx ends; it never gives up by itself.
func (r *Ringer) Run(ctx context.Context) {
	if r.Interval <= 0 {
		r.Interval = time.Second
	}
	wait := r.Interval
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		wait = r.Interval
		if err := r.Pass(ctx); err != nil && ctx.Err() == nil {
			wait = maxBackoff
			r.Log.WarnContext(ctx, "reminders could not be given", "error", crm.Scrub(err), "next_try_in", wait)
		}
	}
}

// Pass gives everything that is due now, and sends the letters about it.
func (r *Ringer) Pass(ctx context.Context) error {
	for what, give := range map[string]func(context.Context, int) (int, error){"reminders": r.Store.GiveReminders, "notices": r.Store.GiveNotices} {
		for given := page; given >= page; {
			var err error
			if given, err = give(ctx, page); err != nil {
				return fmt.Errorf("give %s: %w", what, err)
			}
		}
	}
	if r.Clock().Sub(r.pruned) >= pruneEvery {
		if err := r.Store.PruneChanges(ctx, r.Clock().Add(-keepFor)); err != nil {
			return fmt.Errorf("tidy the change log: %w", err)
		}
		r.pruned = r.Clock()
	}
	if r.Mailer == nil {
		return nil
	}
	return r.sendLetters(ctx)
}

// sendLetters sends what is due, one letter after the other, until a mail server that takes nothing makes all of them rest.
func (r *Ringer) sendLetters(ctx context.Context) error {
	for !r.Clock().Before(r.resting) {
		letter, err := r.Store.ClaimNoticeLetter(ctx, staleAfter)
		if err != nil {
			return fmt.Errorf("take up a letter: %w", err)
		}
		if letter == nil {
			return nil
		}
		if err := r.send(ctx, letter); err != nil {
			return fmt.Errorf("finish a letter: %w", err)
		}
	}
	return nil
}

// send gives the letter to the mail server and stores what became of it, even when the program is about to end.
func (r *Ringer) send(ctx context.Context, l *crm.NoticeLetter) error {
	sending, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	mail, err := r.write(sending, l)
	ctx = context.WithoutCancel(ctx)
	if err != nil {
		r.Log.WarnContext(ctx, "a letter could not be written", "notice_id", l.ID, "error", crm.Scrub(err))
		if _, faulty := errors.AsType[*notify.SourceError](err); faulty {
			return r.Store.FinishNoticeLetter(ctx, l.ID, crm.LetterFailed)
		}
		return r.Store.PutOffNoticeLetter(ctx, l.ID, r.Clock().Add(restAfter), l.PutOff) // its text could not be read
	}
	err = r.Mailer.Send(sending, mail)
	var failed *notify.DeliveryError
	switch {
	case err == nil:
		return r.Store.FinishNoticeLetter(ctx, l.ID, crm.LetterSent)
	case !errors.As(err, &failed) || failed.Class == notify.Unknown:
		return r.Store.FinishNoticeLetter(ctx, l.ID, crm.LetterUnknown)
	case failed.Class == notify.Permanent:
		return r.Store.FinishNoticeLetter(ctx, l.ID, crm.LetterFailed)
	case failed.Code == notify.CodeDeferred:
		return r.putOff(ctx, l)
	}
	// The server itself takes nothing now: all letters rest, and this one goes behind those that are due already, so that one
	// at which the server breaks off does not hold up the others for ever.
	r.resting = r.Clock().Add(restAfter)
	return r.Store.PutOffNoticeLetter(ctx, l.ID, r.resting, l.PutOff)
}

// putOff tries a letter later that its mailbox does not take now; it says nothing about those to others.
func (r *Ringer) putOff(ctx context.Context, l *crm.NoticeLetter) error {
	delay, again := l.NextTry()
	if !again {
		return r.Store.FinishNoticeLetter(ctx, l.ID, crm.LetterFailed)
	}
	return r.Store.PutOffNoticeLetter(ctx, l.ID, r.Clock().Add(delay), l.PutOff+1)
}
