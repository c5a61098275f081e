package webhooks_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"marshrut/audit"
	"marshrut/crm"
	"marshrut/postgres"
	"marshrut/postgres/postgrestest"
	"marshrut/webhooks"
)

var server *postgrestest.Server

func TestMain(m *testing.M) { os.Exit(postgrestest.Main(m, &server)) }

const simpleMap = `id: simple
process: deal
name: {en: Simple, ru: Простая}
control: process
stages:
  - id: work
    name: {en: Work, ru: Работа}
    performer: responsible
    outcomes:
      - {id: done, name: {en: Done, ru: Готово}, finish: positive}
`

// call is one that a receiver got.
type call struct {
	header http.Header
	body   []byte
}

// receiver is another system.
type receiver struct {
	*httptest.Server

	mu     sync.Mutex
	status int // what it answers
	calls  []call
}

func newReceiver(t *testing.T, status int) *receiver {
	t.Helper()
	r := &receiver{status: status}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.calls = append(r.calls, call{header: request.Header.Clone(), body: body})
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(r.status)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) answers(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

func (r *receiver) got() []call {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.calls)
}

// company is a database with a clock, a user and a map.
type company struct {
	*postgres.DB
	*postgres.Webhooks

	t    *testing.T
	keys *audit.Keys
	user *crm.User

	mu sync.Mutex
	at time.Time
}

func (c *company) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *company) pass(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(by)
}

func newCompany(t *testing.T) *company {
	t.Helper()
	c := &company{t: t, at: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	c.DB = server.New(t, postgres.Options{Clock: c.now, MaxConns: 12})
	var err error
	c.keys, err = audit.RandomKeys()
	require.NoError(t, err)
	c.Webhooks = postgres.NewWebhooks(c.DB, c.keys)
	c.user, err = c.CreateUser(t.Context(), crm.User{Login: "manager", Name: "Имя", Lang: crm.RU, TimeZone: "Asia/Omsk", Roles: []string{crm.RoleManager}, Active: true}, "")
	require.NoError(t, err)
	_, _, err = c.PublishRouteMap(t.Context(), []byte(simpleMap), uuid.Nil)
	require.NoError(t, err)
	return c
}

// hook makes a webhook.
func (c *company) hook(url string, kinds ...string) (*crm.Webhook, []byte) {
	c.t.Helper()
	w, secret, err := c.CreateWebhook(c.t.Context(), crm.Webhook{Name: "Склад", URL: url, Kinds: kinds, Enabled: true, CreatedBy: c.user.ID})
	require.NoError(c.t, err)
	return w, secret
}

// open opens a case.
func (c *company) open() *crm.Case {
	c.t.Helper()
	made, _, err := c.CreateCase(c.t.Context(), crm.NewCase{Kind: crm.Deal, MapID: "simple", ResponsibleID: c.user.ID, By: c.user.ID, Topic: "Секретная тема", Source: "site"})
	require.NoError(c.t, err)
	return made
}

func (c *company) teller() *webhooks.Teller {
	return &webhooks.Teller{Store: c.Webhooks, Log: slog.New(slog.DiscardHandler), Clock: c.now}
}

// until lets a teller work until something is so: what other transactions of the cluster are about to commit is waited for.
func (c *company) until(what string, so func() bool) {
	c.t.Helper()
	teller := c.teller()
	require.Eventually(c.t, func() bool {
		require.NoError(c.t, teller.Pass(c.t.Context()))
		teller.Wait()
		return so()
	}, time.Minute, 5*time.Millisecond, what)
}

func (c *company) deliveries(w *crm.Webhook) []crm.WebhookDelivery {
	c.t.Helper()
	page, err := c.WebhookDeliveries(c.t.Context(), crm.WebhookDeliveryFilter{WebhookID: w.ID, Limit: 100})
	require.NoError(c.t, err)
	return page.Items
}

func TestWebhooksTellOfCasesAndSignWhatTheySay(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	before := c.open()
	to := newReceiver(t, http.StatusNoContent)
	w, secret := c.hook(to.URL+"/hook", "created", "stage_entered")
	made := c.open()
	c.until("both are told", func() bool {
		told := 0
		for _, got := range to.got() {
			if !json.Valid(got.body) {
				return false
			}
			if containsID(got.body, made.ID) {
				told++
			}
		}
		return told == 2
	})
	kinds := map[string]bool{}
	for _, got := range to.got() {
		require.NotContains(t, string(got.body), "Секретная", "nothing that anybody wrote")
		var said struct {
			ID      uuid.UUID
			Kind    string
			At      time.Time
			EntryID uuid.UUID `json:"entry_id"`
			Case    struct {
				ID   uuid.UUID
				Kind crm.Kind
			}
		}
		require.NoError(t, json.Unmarshal(got.body, &said))
		require.Equal(t, said.ID.String(), got.header.Get("Idempotency-Key"))
		require.Equal(t, said.ID.String(), got.header.Get("Webhook-Id"))
		require.Equal(t, webhooks.Sign(secret, said.ID.String(), got.header.Get("Webhook-Timestamp"), got.body), got.header.Get("Webhook-Signature"))
		require.NotEqual(t, before.ID, said.Case.ID, "what happened before the webhook was made is not told")
		require.Equal(t, crm.Deal, said.Case.Kind)
		require.Equal(t, c.now(), said.At)
		require.NotZero(t, said.EntryID)
		kinds[said.Kind] = true
	}
	require.Equal(t, map[string]bool{"created": true, "stage_entered": true}, kinds, "and no task_created, which nobody asked for")
	for _, d := range c.deliveries(w) {
		require.Equal(t, crm.WebhookDelivered, d.Status)
		require.Equal(t, http.StatusNoContent, d.Answer)
		require.Equal(t, 1, d.Attempt)
	}
	require.Len(t, to.got(), 2, "each once")
}

func containsID(body []byte, id uuid.UUID) bool {
	var said struct{ Case struct{ ID uuid.UUID } }
	return json.Unmarshal(body, &said) == nil && said.Case.ID == id
}

// TestASignatureIsTheOneOfTheStandard is the example of the Standard Webhooks' own libraries.
func TestASignatureIsTheOneOfTheStandard(t *testing.T) {
	t.Parallel()
	secret, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	require.NoError(t, err)
	got := webhooks.Sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`))
	require.Equal(t, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", got)
}

func TestADeadWebhookIsTriedWithGrowingPausesAndGivenUpAndHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	dead, well := newReceiver(t, http.StatusServiceUnavailable), newReceiver(t, http.StatusOK)
	failing, _ := c.hook(dead.URL, "created")
	other, _ := c.hook(well.URL, "created")
	c.open()
	c.until("the other is told", func() bool { return len(well.got()) == 1 && len(dead.got()) == 1 })
	require.Equal(t, crm.WebhookDelivered, c.deliveries(other)[0].Status)
	first := c.deliveries(failing)[0]
	require.Equal(t, crm.WebhookPending, first.Status)
	require.Equal(t, http.StatusServiceUnavailable, first.Answer)
	require.Equal(t, crm.WebhookRefused, first.Problem)
	require.Equal(t, c.now().Add(30*time.Second), *first.NextAt)

	teller := c.teller()
	look := func() {
		t.Helper()
		require.NoError(t, teller.Pass(t.Context()))
		teller.Wait()
	}
	look()
	require.Len(t, dead.got(), 1, "its time has not come")
	var pauses []time.Duration
	for c.deliveries(failing)[0].Status == crm.WebhookPending {
		next := c.deliveries(failing)[0].NextAt
		pauses = append(pauses, next.Sub(c.now()))
		c.pass(next.Sub(c.now()))
		look()
	}
	require.True(t, slices.IsSorted(pauses), "%v", pauses)
	require.Equal(t, 4*time.Hour, pauses[len(pauses)-1])
	given := c.deliveries(failing)[0]
	require.Equal(t, crm.WebhookFailed, given.Status)
	require.Equal(t, 15, given.Attempt)
	require.NotNil(t, given.FinishedAt)
	c.pass(24 * time.Hour)
	look()
	require.Len(t, dead.got(), 15, "it is over")

	// Somebody repairs it and asks for it to be tried again: the patience is whole then.
	_, err := c.RetryWebhookDelivery(t.Context(), failing.ID, given.ID)
	require.NoError(t, err)
	look()
	require.Equal(t, c.now().Add(30*time.Second), *c.deliveries(failing)[0].NextAt)
	dead.answers(http.StatusOK)
	_, err = c.RetryWebhookDelivery(t.Context(), failing.ID, given.ID)
	require.NoError(t, err)
	look()
	require.Equal(t, crm.WebhookDelivered, c.deliveries(failing)[0].Status)
	require.Len(t, well.got(), 1)
	keys := map[string]bool{}
	for _, got := range dead.got() {
		keys[got.header.Get("Idempotency-Key")] = true
	}
	require.Len(t, keys, 1, "the other side can tell that it is one thing")
	_, err = c.RetryWebhookDelivery(t.Context(), failing.ID, given.ID)
	require.ErrorContains(t, err, "arrived")
}

func TestARedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	to := newReceiver(t, http.StatusTemporaryRedirect)
	w, _ := c.hook(to.URL, "created")
	d, err := c.TestWebhook(t.Context(), w.ID, uuid.Nil)
	require.NoError(t, err)
	c.until("it was tried", func() bool { return len(to.got()) > 0 })
	require.Len(t, to.got(), 1)
	again, err := c.WebhookDelivery(t.Context(), w.ID, d.ID)
	require.NoError(t, err)
	require.Equal(t, http.StatusTemporaryRedirect, again.Answer)
	require.Equal(t, crm.WebhookRefused, again.Problem)
}

func TestWhatACrashLeftIsDeliveredOnceItsLeaseIsOver(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	to := newReceiver(t, http.StatusOK)
	w, _ := c.hook(to.URL, "created")
	_, err := c.TestWebhook(t.Context(), w.ID, uuid.Nil)
	require.NoError(t, err)
	lost, err := c.ClaimWebhookDeliveries(t.Context(), w.ID, 4, 2*time.Minute)
	require.NoError(t, err)
	require.Len(t, lost, 1)
	other, err := c.ClaimWebhookDeliveries(t.Context(), w.ID, 4, 2*time.Minute)
	require.NoError(t, err)
	require.Empty(t, other, "one at a time")
	c.pass(3 * time.Minute)
	c.until("it is delivered", func() bool { return len(to.got()) == 1 })
	require.Equal(t, 2, c.deliveries(w)[0].Attempt)
	// The program that was thought to have gone finishes: what has followed stands.
	require.NoError(t, c.FinishWebhookDelivery(t.Context(), &lost[0].Delivery, crm.WebhookOutcome{Problem: crm.WebhookUnreachable}))
	require.Equal(t, crm.WebhookDelivered, c.deliveries(w)[0].Status)
}

func TestAWebhookThatIsOffIsToldNothingButTests(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	to, sentinel := newReceiver(t, http.StatusOK), newReceiver(t, http.StatusOK)
	w, _ := c.hook(to.URL, "created")
	c.hook(sentinel.URL, "created")
	off, on := false, true
	w, err := c.PatchWebhook(t.Context(), w.ID, w.Version, crm.WebhookPatch{Enabled: &off})
	require.NoError(t, err)
	missed := c.open()
	c.until("the other hears of it", func() bool { return len(sentinel.got()) == 1 })
	_, err = c.TestWebhook(t.Context(), w.ID, uuid.Nil)
	require.NoError(t, err)
	c.until("the test goes", func() bool { return len(to.got()) == 1 })
	require.Contains(t, string(to.got()[0].body), `"kind":"test"`)
	require.NotContains(t, string(to.got()[0].body), "case")
	w, err = c.PatchWebhook(t.Context(), w.ID, w.Version, crm.WebhookPatch{Enabled: &on})
	require.NoError(t, err)
	made := c.open()
	c.until("it hears of what follows", func() bool {
		return slices.ContainsFunc(to.got(), func(got call) bool { return containsID(got.body, made.ID) })
	})
	for _, got := range to.got() {
		require.False(t, containsID(got.body, missed.ID), "what happened meanwhile is not told")
	}
	require.Len(t, c.deliveries(w), 2)
}

func TestTwoProgramsTellEachThingOnce(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	to := newReceiver(t, http.StatusOK)
	w, _ := c.hook(to.URL, "created")
	const cases = 8
	ctx, stop := context.WithCancel(t.Context())
	var both sync.WaitGroup
	for range 2 {
		teller := c.teller()
		teller.Interval = time.Millisecond
		both.Go(func() { teller.Run(ctx) })
	}
	for range cases {
		c.open()
	}
	require.Eventually(t, func() bool { return len(to.got()) >= cases }, time.Minute, 5*time.Millisecond)
	stop()
	both.Wait()
	require.Len(t, to.got(), cases)
	require.Len(t, c.deliveries(w), cases)
}

func TestWhatAWebhookHasNotSeenIsNotPruned(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	to := newReceiver(t, http.StatusOK)
	c.hook(to.URL, "created")
	made := c.open()
	require.NoError(t, c.PruneChanges(t.Context(), time.Now().Add(time.Hour)))
	c.until("it is told all the same", func() bool {
		return slices.ContainsFunc(to.got(), func(got call) bool { return containsID(got.body, made.ID) })
	})
}

func TestDeliveriesThatHaveEndedAreKeptForAMonth(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	to := newReceiver(t, http.StatusOK)
	w, _ := c.hook(to.URL, "created")
	_, err := c.TestWebhook(t.Context(), w.ID, uuid.Nil)
	require.NoError(t, err)
	c.until("it is delivered", func() bool { return len(to.got()) == 1 })
	c.pass(29 * 24 * time.Hour)
	require.NoError(t, c.teller().Pass(t.Context()))
	require.Len(t, c.deliveries(w), 1)
	c.pass(2 * 24 * time.Hour)
	require.NoError(t, c.teller().Pass(t.Context()))
	require.Empty(t, c.deliveries(w))
}
