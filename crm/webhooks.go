package crm

import (
	"net/netip"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
)

// MaxWebhooks bounds how many webhooks a company has, so that reading what has happened once for each of them stays cheap.
const MaxWebhooks = 50

// WebhookTest is the kind of a delivery that was asked for to try a webhook: nothing has happened.
const WebhookTest = "test"

// WebhookKinds lists what of the feeds of cases another system can be told of. They are kinds of entries of the feed.
func WebhookKinds() []string {
	return []string{
		"created", "stage_entered", "task_created", "task_completed", "task_withdrawn", "overdue", "due_moved", "changed", "manual_mode", "closed", "reopened",
		"interaction", "interaction_changed", "comment", "note", "file", "payment", "payment_withdrawn", "notification", "incident", "incident_resolved",
	}
}

// Webhook tells another system of what happens to cases.
type Webhook struct {
	ID        uuid.UUID
	Name      string
	URL       string   // see HookURL
	Kinds     []string // of WebhookKinds, each once, in their order
	Enabled   bool     // while it is not, nothing that happens is told, and what was to be delivered waits
	CreatedAt time.Time
	CreatedBy uuid.UUID
	Version   int
	Waiting   Count // deliveries that are still to be made, counted up to BoardBound
	Failed    Count // deliveries that were given up, counted likewise
}

// WebhookPatch is what changes of a webhook; nil: stays.
type WebhookPatch struct {
	Name    *string
	URL     *string
	Kinds   []string
	Enabled *bool
}

// WebhookStatus is what became of a delivery.
type WebhookStatus string

// The statuses of a delivery to a webhook.
const (
	WebhookPending   WebhookStatus = "pending" // to be tried at NextAt
	WebhookDelivered WebhookStatus = "delivered"
	WebhookFailed    WebhookStatus = "failed" // given up; somebody may ask for it to be tried again
)

// WebhookDelivery is one thing that has happened, as one webhook is told of it.
type WebhookDelivery struct {
	ID         uuid.UUID // the same at every attempt
	WebhookID  uuid.UUID
	Kind       string    // of WebhookKinds, or WebhookTest
	EntryID    uuid.UUID // of the feed; zero: it is a test
	CaseID     uuid.UUID // zero: it is a test
	CaseKind   Kind
	HappenedAt time.Time
	Status     WebhookStatus
	Attempt    int        // how often it was tried
	GivenUp    int        // of these, before it was given up the last time
	Answer     int        // HTTP status of the last attempt; 0: there was no answer
	Problem    string     // code of why the last attempt failed; empty: it did not, or there was none
	NextAt     *time.Time // when it is tried next; nil: it is not
	CreatedAt  time.Time
	FinishedAt *time.Time
}

// The patience with an endpoint: 30 seconds, and each pause twice the one before up to four hours, about a day in all.
const (
	maxWebhookAttempts  = 15
	firstWebhookPause   = 30 * time.Second
	longestWebhookPause = 4 * time.Hour
)

// NextTry tells how long a delivery rests after an attempt that failed; false: it is given up.
func (d *WebhookDelivery) NextTry() (time.Duration, bool) {
	tried := d.Attempt - d.GivenUp
	if tried >= maxWebhookAttempts {
		return 0, false
	}
	pause := firstWebhookPause
	for range tried - 1 {
		pause = min(2*pause, longestWebhookPause)
	}
	return pause, true
}

// WebhookCall is a delivery that has been taken up: where it goes, and the secret it is signed with.
type WebhookCall struct {
	Delivery WebhookDelivery
	URL      string
	Secret   []byte
}

// WebhookOutcome is what an attempt came to.
type WebhookOutcome struct {
	Answer  int    // HTTP status; 0: there was no answer
	Problem string // code; empty: it was delivered
}

// The problems of attempts to deliver.
const (
	WebhookUnreachable = "webhook_unreachable"
	WebhookRefused     = "webhook_refused" // it answered with something else than success
)

// WebhookDeliveryFilter says which deliveries of a webhook are listed, newest first.
type WebhookDeliveryFilter struct {
	WebhookID uuid.UUID
	Status    WebhookStatus // empty: all
	After     *Cursor       // At, ID
	Limit     int           // at least 1
}

// HookURL tells whether a text is an address that other systems may be called at, by route maps and webhooks alike: nothing travels
// unencrypted over a network, so http is for the machine itself; and it carries no password, since it is read by many.
func HookURL(text string) HookURLProblem {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "" || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) || r == ' ' }):
		return HookURLNone
	case u.User != nil:
		return HookURLPassword
	case u.Scheme != "https" && (u.Scheme != "http" || !onThisMachine(u.Hostname())):
		return HookURLPlain
	}
	return HookURLFine
}

// HookURLProblem is why an address cannot be called.
type HookURLProblem string

// The problems of addresses.
const (
	HookURLFine     HookURLProblem = ""
	HookURLNone     HookURLProblem = "no_address"
	HookURLPassword HookURLProblem = "has_password"
	HookURLPlain    HookURLProblem = "not_https"
)

func onThisMachine(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
