package reminders_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/notify"
	"marshrut/postgres"
	"marshrut/postgres/postgrestest"
	"marshrut/reminders"
)

var server *postgrestest.Server

func TestMain(m *testing.M) { os.Exit(postgrestest.Main(m, &server)) }

// desk is a user with a clock, and the letters that were sent to him.
type desk struct {
	*postgres.DB
	t    *testing.T
	user *crm.User

	mu    sync.Mutex
	at    time.Time
	sent  []notify.Mail
	fails error
	meets func(mail notify.Mail) error // what becomes of a letter, where not every one meets the same; nil: fails
}

func (d *desk) now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.at
}

func (d *desk) pass(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at = d.at.Add(by)
}

// Send keeps the letter, or fails.
func (d *desk) Send(_ context.Context, mail notify.Mail) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	err := d.fails
	if d.meets != nil {
		err = d.meets(mail)
	}
	if err != nil {
		return err
	}
	d.sent = append(d.sent, mail)
	return nil
}

func (d *desk) letters() []notify.Mail {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.sent
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, at: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	d.DB = server.New(t, postgres.Options{Clock: d.now, MaxConns: 6})
	var err error
	d.user, err = d.CreateUser(t.Context(), crm.User{
		Login: "manager", Name: "Имя", Email: "manager@office.example", Lang: crm.RU, TimeZone: "Asia/Omsk", Roles: []string{crm.RoleManager}, Active: true,
	}, "")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// plan plans a call in two hours, with a reminder in one.
func (d *desk) plan() *crm.Interaction {
	d.t.Helper()
	remind := d.now().Add(time.Hour)
	i, err := d.CreateInteraction(d.t.Context(), crm.Interaction{
		Kind: crm.InteractionCall, Status: crm.InteractionPlanned, At: d.now().Add(2 * time.Hour), Topic: "Перезвонить", RemindAt: &remind,
		ResponsibleID: d.user.ID, CreatedBy: d.user.ID,
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return i
}

func (d *desk) change(i *crm.Interaction, p crm.InteractionPatch) *crm.Interaction {
	d.t.Helper()
	changed, err := d.PatchInteraction(d.t.Context(), i.ID, postgres.AnyVersion, p, d.user.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	return changed
}

func (d *desk) ringer() *reminders.Ringer {
	return &reminders.Ringer{Store: d.DB, Mailer: d, Domain: "office.example", Log: slog.New(slog.DiscardHandler), Clock: d.now}
}

// ring gives what is due and tells how many notices there are then.
func (d *desk) ring() int {
	d.t.Helper()
	if err := d.ringer().Pass(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
	return len(d.notices())
}

func (d *desk) notices() []crm.Notice {
	d.t.Helper()
	page, err := d.Notices(d.t.Context(), crm.NoticeFilter{UserID: d.user.ID, Limit: 100})
	if err != nil {
		d.t.Fatal(err)
	}
	return page.Items
}

func TestR28_AReminderIsGivenOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	i := d.plan()
	if d.ring() != 0 {
		t.Error("it was given before its time")
	}
	d.pass(time.Hour)
	for range 3 {
		if got := d.ring(); got != 1 {
			t.Fatalf("%d notices", got)
		}
	}
	n := d.notices()[0]
	if n.InteractionID != i.ID || n.Interaction.Topic != "Перезвонить" || n.Email != crm.LetterSent || n.ReadAt != nil {
		t.Errorf("the notice %+v", n)
	}
	letters := d.letters()
	if len(letters) != 1 || letters[0].To.Email != "manager@office.example" || letters[0].Subject != "Напоминание: звонок, 02.03.2026 17:00" || !strings.Contains(letters[0].Text, "Перезвонить") {
		t.Errorf("letters %+v", letters)
	}
	if read, err := d.ReadNotices(t.Context(), d.user.ID, nil); err != nil || read != 1 {
		t.Errorf("%d marked as read: %v", read, err)
	}
}

func TestR28_AReminderMovesAndGoesWithItsInteraction(t *testing.T) {
	t.Parallel()
	later, hour := 24*time.Hour, time.Hour
	completed, cancelled, planned, yes := crm.InteractionCompleted, crm.InteractionCancelled, crm.InteractionPlanned, true
	for name, c := range map[string]struct {
		change func(d *desk, i *crm.Interaction)
		after  time.Duration
		want   int
	}{
		"the interaction is put off: not yet": {func(d *desk, i *crm.Interaction) { at := i.At.Add(later); d.change(i, crm.InteractionPatch{At: &at}) }, later, 0},
		"the interaction is put off":          {func(d *desk, i *crm.Interaction) { at := i.At.Add(later); d.change(i, crm.InteractionPatch{At: &at}) }, later + hour, 1},
		"the reminder itself is moved": {func(d *desk, i *crm.Interaction) {
			at := d.now().Add(later)
			to := &at
			d.change(i, crm.InteractionPatch{RemindAt: &to})
		}, hour, 0},
		"given, then put off: given again": {func(d *desk, i *crm.Interaction) {
			d.pass(hour)
			d.ring()
			at := i.At.Add(later)
			d.change(i, crm.InteractionPatch{At: &at})
		}, later, 2},
		"taken off": {func(d *desk, i *crm.Interaction) {
			var none *time.Time
			d.change(i, crm.InteractionPatch{RemindAt: &none})
		}, later, 0},
		"cancelled": {func(d *desk, i *crm.Interaction) { d.change(i, crm.InteractionPatch{Status: &cancelled}) }, later, 0},
		"completed": {func(d *desk, i *crm.Interaction) {
			at := d.now()
			d.change(i, crm.InteractionPatch{Status: &completed, At: &at})
		}, later, 0},
		"reviewed": {func(d *desk, i *crm.Interaction) { d.change(i, crm.InteractionPatch{Reviewed: &yes}) }, later, 0},
		"restored with it": {func(d *desk, i *crm.Interaction) {
			d.change(i, crm.InteractionPatch{Status: &cancelled})
			d.change(i, crm.InteractionPatch{Status: &planned})
		}, later, 1},
		"only edited": {func(d *desk, i *crm.Interaction) {
			topic := "Другая"
			d.change(i, crm.InteractionPatch{Topic: &topic})
		}, later, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			c.change(d, d.plan())
			d.pass(c.after)
			if got := d.ring(); got != c.want {
				t.Errorf("%d notices, want %d", got, c.want)
			}
		})
	}
}

// TestR28_ProgramsThatGiveAtOnceGiveOnce lets several work on the same due reminders.
func TestR28_ProgramsThatGiveAtOnceGiveOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const count = 40
	for range count {
		d.plan()
	}
	d.pass(time.Hour)
	done := make(chan error)
	for range 4 {
		go func() { done <- d.ringer().Pass(context.Background()) }()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if got := d.ring(); got != count {
		t.Errorf("%d notices, want %d", got, count)
	}
	seen := map[string]bool{}
	for _, letter := range d.letters() {
		if seen[letter.MessageID] {
			t.Errorf("%s was sent twice", letter.MessageID)
		}
		seen[letter.MessageID] = true
	}
	if len(seen) != count {
		t.Errorf("%d letters, want %d", len(seen), count)
	}
}

// TestR28_ABrokenOffGivingIsTakenUpAgain: a program that is lost in the middle leaves nothing marked and nothing given.
func TestR28_ABrokenOffGivingIsTakenUpAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.plan()
	d.pass(time.Hour)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.ringer().Pass(gone); err == nil {
		t.Error("nothing was broken off")
	}
	if got := d.ring(); got != 1 {
		t.Errorf("%d notices", got)
	}
}

func TestR28_LettersThatDoNotGo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fails  error
		status crm.LetterStatus
		then   crm.LetterStatus // once the mail server works again
	}{
		"not now": {&notify.DeliveryError{Class: notify.Retry}, crm.LetterPending, crm.LetterSent},
		"never":   {&notify.DeliveryError{Class: notify.Permanent}, crm.LetterFailed, crm.LetterFailed},
		"maybe":   {&notify.DeliveryError{Class: notify.Unknown}, crm.LetterUnknown, crm.LetterUnknown},
		"strange": {errors.New("broken"), crm.LetterUnknown, crm.LetterUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.plan()
			d.pass(time.Hour)
			d.fails = c.fails
			d.ring()
			if got := d.notices()[0].Email; got != c.status {
				t.Errorf("the letter is %s, want %s", got, c.status)
			}
			d.fails = nil
			d.pass(time.Hour)
			d.ring()
			if got := d.notices()[0].Email; got != c.then {
				t.Errorf("then it is %s, want %s", got, c.then)
			}
		})
	}
	// A letter whose program was lost while it was sent may have arrived.
	d := newDesk(t)
	d.plan()
	d.pass(time.Hour)
	if _, err := d.GiveReminders(t.Context(), 10); err != nil {
		t.Fatal(err)
	}
	if taken, err := d.ClaimNoticeLetter(t.Context(), time.Minute); err != nil || taken == nil {
		t.Fatalf("%v taken, %v", taken, err)
	}
	d.pass(time.Hour)
	d.ring()
	if got := d.notices()[0].Email; got != crm.LetterUnknown || len(d.letters()) != 0 {
		t.Errorf("the letter is %s, %d were sent", got, len(d.letters()))
	}
}

func TestR28_WhoHasLeftIsNotReminded(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.plan()
	if _, err := d.Pool().Exec(t.Context(), "update users set active = false"); err != nil {
		t.Fatal(err)
	}
	d.pass(time.Hour)
	if got := d.ring(); got != 0 {
		t.Errorf("%d notices", got)
	}
	if _, err := d.ReadNotices(t.Context(), uuid.New(), nil); err != nil {
		t.Error(err)
	}
}

// TestR28_OneMailboxHoldsUpNobodyElse: what a mailbox does not take now is tried for half a day, the other letters go at once.
func TestR28_OneMailboxHoldsUpNobodyElse(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	first, full := "", 0
	d.meets = func(mail notify.Mail) error {
		if first == "" {
			first = mail.MessageID
		}
		if mail.MessageID != first {
			return nil
		}
		full++
		return &notify.DeliveryError{Class: notify.Retry, Code: notify.CodeDeferred}
	}
	d.plan()
	d.plan()
	d.pass(time.Hour)
	ringer := d.ringer()
	ring := func() {
		t.Helper()
		if err := ringer.Pass(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	ring()
	if sent := d.letters(); len(sent) != 1 || sent[0].MessageID == first {
		t.Fatalf("sent: %+v", sent)
	}
	ring()
	if full != 1 {
		t.Errorf("the mailbox was asked %d times at once", full)
	}
	for range 24 {
		d.pass(time.Hour)
		ring()
	}
	statuses := map[crm.LetterStatus]int{}
	for _, n := range d.notices() {
		statuses[n.Email]++
	}
	if statuses[crm.LetterFailed] != 1 || statuses[crm.LetterSent] != 1 || full < 10 || full > 20 {
		t.Errorf("%v after %d tries", statuses, full)
	}
}

// TestR28_ALetterThatBreaksTheConnectionGoesBehindTheOthers: they are sent when the server has had its rest.
func TestR28_ALetterThatBreaksTheConnectionGoesBehindTheOthers(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	first := ""
	d.meets = func(mail notify.Mail) error {
		if first == "" {
			first = mail.MessageID
		}
		if mail.MessageID == first {
			return &notify.DeliveryError{Class: notify.Retry, Code: notify.CodeConnectionLost}
		}
		return nil
	}
	d.plan()
	d.plan()
	d.pass(time.Hour)
	ringer := d.ringer()
	for want := range 2 {
		if err := ringer.Pass(t.Context()); err != nil {
			t.Fatal(err)
		}
		if sent := len(d.letters()); sent != want {
			t.Fatalf("%d letters were sent, want %d", sent, want)
		}
		d.pass(time.Minute)
	}
}

// TestR28_ALostProgramTakesOneLetterWithIt: what it has not handed to the mail server goes later.
func TestR28_ALostProgramTakesOneLetterWithIt(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for range 3 {
		d.plan()
	}
	d.pass(time.Hour)
	lost := errors.New("the program is lost")
	func() {
		defer func() {
			if recover() != lost { //nolint:errorlint // it is this one
				t.Error("nothing was lost")
			}
		}()
		d.meets = func(notify.Mail) error { panic(lost) }
		_ = d.ringer().Pass(t.Context())
	}()
	d.meets = nil
	d.pass(time.Hour)
	d.ring()
	if sent := len(d.letters()); sent != 2 {
		t.Errorf("%d letters were sent, want the 2 that were not being sent", sent)
	}
}
