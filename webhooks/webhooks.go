// Package webhooks tells other systems of what happens to cases, at least once. What is to be told lies in Postgres: any number of
// programs may run this at once, and a crash loses nothing.
package webhooks

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/notify"
)

// Store keeps webhooks and what they are to be told.
type Store interface {
	// TellWebhooks makes deliveries of what has happened, and answers the most that it read for one webhook.
	TellWebhooks(ctx context.Context, limit int) (int, error)
	// DueWebhooks are those that have deliveries to be tried now.
	DueWebhooks(ctx context.Context) ([]uuid.UUID, error)
	// ClaimWebhookDeliveries takes up due deliveries of a webhook; what is not finished until lease has passed is due again.
	ClaimWebhookDeliveries(ctx context.Context, webhook uuid.UUID, limit int, lease time.Duration) ([]crm.WebhookCall, error)
	// FinishWebhookDelivery stores what an attempt came to.
	FinishWebhookDelivery(ctx context.Context, d *crm.WebhookDelivery, o crm.WebhookOutcome) error
	// PruneWebhookDeliveries removes deliveries that ended before a time, and tells how many there were.
	PruneWebhookDeliveries(ctx context.Context, before time.Time, limit int) (int, error)
}

const (
	callTime   = 10 * time.Second // how long an endpoint may take to answer
	lease      = 2 * time.Minute  // after which a delivery that was taken up must have been broken off
	atOnce     = 4                // calls of one webhook beside each other
	page       = 1000             // how many changes are read at a time
	maxBackoff = time.Minute
	pruneEvery = 10 * time.Minute
	keepFor    = 30 * 24 * time.Hour // how long deliveries that have ended are shown
)

// Teller tells webhooks what has happened. Each has calls of its own, so that one that does not answer holds up no other.
type Teller struct {
	Store    Store
	Log      *slog.Logger
	Clock    crm.Clock
	Interval time.Duration // between two looks; default 1 s

	caller notify.HookCaller
	work   sync.WaitGroup
	mu     sync.Mutex
	busy   map[uuid.UUID]bool // webhooks that are being called
	pruned time.Time
}

// Run works until ctx ends, and waits for calls that are at work; it never gives up by itself.
func (t *Teller) Run(ctx context.Context) {
	if t.Interval <= 0 {
		t.Interval = time.Second
	}
	defer t.Wait()
	wait := t.Interval
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		wait = t.Interval
		if err := t.Pass(ctx); err != nil && ctx.Err() == nil {
			wait = maxBackoff
			t.Log.WarnContext(ctx, "webhooks could not be told", "error", crm.Scrub(err), "next_try_in", wait)
		}
	}
}

// Wait waits for calls that are at work.
func (t *Teller) Wait() { t.work.Wait() }

// Pass makes deliveries of what has happened, and begins to call those webhooks that have any due and are not being called yet.
func (t *Teller) Pass(ctx context.Context) error {
	for read := page; read >= page; {
		var err error
		if read, err = t.Store.TellWebhooks(ctx, page); err != nil {
			return fmt.Errorf("tell webhooks: %w", err)
		}
	}
	if err := t.prune(ctx); err != nil {
		return err
	}
	due, err := t.Store.DueWebhooks(ctx)
	if err != nil {
		return fmt.Errorf("look for webhooks to call: %w", err)
	}
	for _, id := range due {
		if !t.begin(id) {
			continue
		}
		t.work.Go(func() {
			defer t.end(id)
			if err := t.call(ctx, id); err != nil && ctx.Err() == nil {
				t.Log.WarnContext(ctx, "a webhook could not be called", "webhook_id", id, "error", crm.Scrub(err))
			}
		})
	}
	return nil
}

func (t *Teller) prune(ctx context.Context) error {
	now := t.Clock()
	if now.Sub(t.pruned) < pruneEvery {
		return nil
	}
	for gone := page; gone >= page; {
		var err error
		if gone, err = t.Store.PruneWebhookDeliveries(ctx, now.Add(-keepFor), page); err != nil {
			return fmt.Errorf("tidy deliveries to webhooks: %w", err)
		}
	}
	t.pruned = now
	return nil
}

func (t *Teller) begin(id uuid.UUID) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.busy == nil {
		t.busy, t.caller = map[uuid.UUID]bool{}, notify.NewHookCaller(callTime)
	}
	if t.busy[id] {
		return false
	}
	t.busy[id] = true
	return true
}

func (t *Teller) end(id uuid.UUID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.busy, id)
}

// call delivers what is due to a webhook, some at a time, until nothing is due or something is not taken: the rest is for the next
// pass, so that an endpoint that does not answer is not called without a break.
func (t *Teller) call(ctx context.Context, id uuid.UUID) error {
	for ctx.Err() == nil {
		calls, err := t.Store.ClaimWebhookDeliveries(ctx, id, atOnce, lease)
		if err != nil {
			return fmt.Errorf("take up deliveries: %w", err)
		}
		taken := make([]bool, len(calls))
		failed := make([]error, len(calls))
		var beside sync.WaitGroup
		for i := range calls {
			beside.Go(func() { taken[i], failed[i] = t.deliver(ctx, &calls[i]) })
		}
		beside.Wait()
		if err := errors.Join(failed...); err != nil {
			return err
		}
		for _, ok := range taken {
			if !ok {
				return nil
			}
		}
		if len(calls) < atOnce {
			return nil
		}
	}
	return nil
}

// deliver makes one attempt and stores what it came to, even when the program is about to end.
func (t *Teller) deliver(ctx context.Context, call *crm.WebhookCall) (bool, error) {
	body, err := bodyOf(&call.Delivery)
	if err != nil {
		return false, err
	}
	id := call.Delivery.ID.String()
	at := strconv.FormatInt(t.Clock().Unix(), 10)
	status, err := t.caller.Post(ctx, notify.HookCall{URL: call.URL, Key: id, Body: body, Headers: map[string]string{
		"Webhook-Id": id, "Webhook-Timestamp": at, "Webhook-Signature": Sign(call.Secret, id, at, body),
	}})
	if err != nil && ctx.Err() != nil {
		return false, nil //nolint:nilerr // the program ends: the delivery is due again when its lease is over
	}
	outcome := crm.WebhookOutcome{Answer: status}
	switch {
	case err != nil:
		outcome.Problem = crm.WebhookUnreachable
	case status < 200 || status >= 300:
		outcome.Problem = crm.WebhookRefused
	}
	if err := t.Store.FinishWebhookDelivery(context.WithoutCancel(ctx), &call.Delivery, outcome); err != nil {
		return false, fmt.Errorf("finish a delivery: %w", err)
	}
	return outcome.Problem == "", nil
}

// told is what a webhook is told: kinds, ids and times, for the other side to ask the API about.
type told struct {
	ID   uuid.UUID `json:"id"`   // the same at every attempt
	Kind string    `json:"kind"` // of crm.WebhookKinds, or test
	At   time.Time `json:"at"`   // when it happened
	// Of a test there is neither.
	Case  *toldCase  `json:"case,omitempty"`
	Entry *uuid.UUID `json:"entry_id,omitempty"` // of the case's feed
}

type toldCase struct {
	ID   uuid.UUID `json:"id"`
	Kind crm.Kind  `json:"kind"`
}

func bodyOf(d *crm.WebhookDelivery) ([]byte, error) {
	t := told{ID: d.ID, Kind: d.Kind, At: d.HappenedAt.UTC()}
	if d.Kind != crm.WebhookTest {
		t.Case, t.Entry = &toldCase{ID: d.CaseID, Kind: d.CaseKind}, &d.EntryID
	}
	body, err := json.Marshal(t)
	if err != nil {
		return nil, fmt.Errorf("encode a webhook's body: %w", err)
	}
	return body, nil
}

// Sign is the signature of a call, as the Standard Webhooks have it: HMAC-SHA256 of id, time in Unix seconds and body, joined by dots.
func Sign(secret []byte, id, at string, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(id + "." + at + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
