package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"marshrut/activities"
	"marshrut/audit"
	"marshrut/crm"
	"marshrut/postgres"
	"marshrut/postgres/postgrestest"
	"marshrut/routemaps"
)

var database *postgrestest.Server

func TestMain(m *testing.M) { os.Exit(postgrestest.Main(m, &database)) }

// password is everybody's in the tests.
const password = "correct horse"

// rig is the server over a real database. Commands are decided at once, in the place of a workflow.
type rig struct {
	*Server
	t     *testing.T
	db    *postgres.DB
	log   *logBuffer
	users map[string]*crm.User
	token map[string]string // by login
	now   *clock
	asked *questions
}

// questions counts what the database is asked.
type questions struct{ n atomic.Int64 }

// TraceQueryStart counts a question.
func (q *questions) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	q.n.Add(1)
	return ctx
}

// TraceQueryEnd does nothing.
func (*questions) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// logBuffer is a log that tests read while requests write it.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write appends.
func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// newRig gives a server with a small company: an administrator, a director, a dispatcher, two managers, a process designer
// and an auditor, whose logins are their roles.
func newRig(t *testing.T, change ...func(*Services)) *rig {
	t.Helper()
	now := &clock{at: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	asked := &questions{}
	db := database.New(t, postgres.Options{Clock: now.now, EmailTemplates: shippedTemplates, Tracer: asked})
	r := &rig{t: t, db: db, asked: asked, log: &logBuffer{}, users: map[string]*crm.User{}, token: map[string]string{}, now: now}
	for _, name := range []string{"new-clients", "appeal", "claim", "free-sale", "typical-sale"} {
		source, err := fs.ReadFile(routemaps.Shipped(), name+".yaml")
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := db.PublishRouteMap(t.Context(), source, uuid.Nil); err != nil {
			t.Fatalf("publish %s: %v", name, err)
		}
	}
	keys, err := audit.RandomKeys()
	if err != nil {
		t.Fatal(err)
	}
	services := Services{
		Routes: direct{db, t}, Cases: db, Tasks: db, Maps: db, Notifications: db, Clients: db, Imports: db, Interactions: db, Notices: db, Changes: db, Files: db, Payments: db, Letters: db, Reports: db,
		Audit: postgres.NewAuditor(db, keys), Templates: stored{db}, Calendars: db, Users: db, Organisation: db, Settings: db, Absences: db, Tokens: db, Filters: db, Webhooks: postgres.NewWebhooks(db, keys), Mailboxes: db, Mail: &mailServer{}, Answers: db,
		Health: []HealthCheck{{Name: "postgres", Check: db.Ping}},
	}
	for _, c := range change {
		c(&services)
	}
	r.Server, err = New(Config{
		Log:   slog.New(slog.NewJSONHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Clock: now.now, Version: "test", Metrics: prometheus.NewRegistry(), Figures: db.Figures,
		Pool: func() PoolStats {
			s := db.Pool().Stat()
			return PoolStats{
				Max: int(s.MaxConns()), Open: int(s.TotalConns()), Idle: int(s.IdleConns()), InUse: int(s.AcquiredConns()),
				Waits: s.EmptyAcquireCount(), Waited: s.EmptyAcquireWaitTime(),
			}
		},
	}, services)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.atWork.Wait)
	for _, role := range append(crm.Roles(), "manager2") {
		r.hire(role, strings.TrimSuffix(role, "2"))
	}
	return r
}

// shippedTemplates are the templates that the shipped maps name.
var shippedTemplates = []string{
	"appeal-accepted", "appeal-closed", "overdue", "offer-sent", "order-placed", "order-completed", "deal-idle",
	"invoice-issued", "payment-received", "order-shipped", "claim-registered", "claim-decision",
}

// passwordHash is password's, made once: hashing is slow on purpose.
var passwordHash = sync.OnceValue(func() string { return HashPassword(password) })

func (r *rig) hire(login string, roles ...string) *crm.User {
	r.t.Helper()
	ctx := context.Background()
	u, err := r.db.CreateUser(ctx, crm.User{
		Login: login, Name: "Имя " + login, Lang: crm.EN, TimeZone: "Europe/Moscow", Roles: roles, Active: true,
	}, passwordHash())
	if err != nil {
		r.t.Fatal(err)
	}
	secret := "secret of " + login
	_, _, err = r.db.CreateToken(ctx, crm.Token{Hash: hashSecret(secret), UserID: u.ID, Kind: crm.TokenAPI, ExpiresAt: r.now.now().Add(1000 * time.Hour)})
	if err != nil {
		r.t.Fatal(err)
	}
	r.users[login], r.token[login] = u, secret
	return u
}

// direct decides commands at once.
type direct struct {
	*postgres.DB
	t *testing.T
}

// Submit stores and decides.
func (d direct) Submit(ctx context.Context, c crm.Command) (crm.Command, error) {
	stored, _, err := d.InsertCommand(ctx, c)
	if err != nil {
		return crm.Command{}, err
	}
	return d.decide(ctx, stored)
}

// SubmitEvent stores and decides.
func (d direct) SubmitEvent(ctx context.Context, e crm.OutsideEvent) (crm.Command, error) {
	stored, err := d.InsertEvent(ctx, e)
	if err != nil {
		return crm.Command{}, err
	}
	return d.decide(ctx, stored)
}

func (d direct) decide(ctx context.Context, c *crm.Command) (crm.Command, error) {
	request := activities.AdvanceRequest{Case: c.CaseID, EventID: "command/" + c.ID.String(), Kind: activities.EventCommand, Ref: c.ID}
	for {
		result, err := d.Advance(ctx, request)
		if err != nil {
			return crm.Command{}, err
		}
		if !result.Behind {
			break
		}
		request.Seq = result.Seq
	}
	decided, err := d.Command(ctx, c.ID)
	if err != nil {
		return crm.Command{}, err
	}
	return *decided, nil
}

// Tell decides what records have left for the case's route.
func (d direct) Tell(ctx context.Context, caseID uuid.UUID) {
	waiting, err := d.UnacknowledgedOf(ctx, caseID)
	for i := range waiting {
		if err == nil && waiting[i].OfRecord() {
			_, err = d.decide(ctx, &waiting[i])
		}
	}
	if err != nil {
		d.t.Error("tell the route:", err)
	}
}

// Resend makes a notification pending again.
func (d direct) Resend(ctx context.Context, id, by uuid.UUID) (*crm.Notification, error) {
	return d.ReopenNotification(ctx, id, by)
}

// stored are the templates of the database alone; the program adds those it comes with.
type stored struct{ *postgres.DB }

// ListTemplates lists all.
func (s stored) ListTemplates(ctx context.Context) ([]crm.Template, error) {
	return s.StoredTemplates(ctx, "")
}

// Template finds one.
func (s stored) Template(ctx context.Context, key string) ([]crm.Template, error) {
	all, err := s.StoredTemplates(ctx, key)
	if err == nil && len(all) == 0 {
		return nil, crm.Errorf(crm.KindNotFound, "template_not_found", "no such template")
	}
	return all, err
}

// PutTemplate stores one.
func (s stored) PutTemplate(ctx context.Context, t crm.Template) (*crm.Template, error) {
	return s.StoreTemplate(ctx, t)
}

// TemplateVariables are two.
func (stored) TemplateVariables(string) []crm.TemplateVariable {
	return []crm.TemplateVariable{{Name: "Number", What: crm.Text{EN: "number of the case", RU: "номер карточки"}}, {Name: "Contact", What: crm.Text{EN: "name", RU: "имя"}, PersonalData: true}}
}

// PreviewTemplate shows the text as it is.
func (stored) PreviewTemplate(_ context.Context, t crm.Template, _ uuid.UUID) (*crm.RenderedTemplate, error) {
	return &crm.RenderedTemplate{Subject: t.Subject, Text: t.Text, HTML: t.HTML}, nil
}

// request is one request of a test.
type request struct {
	as      string // login; empty: nobody
	method  string
	path    string // under /api/v1, unless it begins with "//": then from the root
	body    any    // a string is sent as it is; anything else as JSON
	headers map[string]string
}

// answer is what came back.
type answer struct {
	t      *testing.T
	what   string
	status int
	header http.Header
	body   []byte
}

func (r *rig) do(q request) *answer {
	r.t.Helper()
	return r.send(r.httpRequest(q))
}

func (r *rig) send(req *http.Request) *answer {
	r.t.Helper()
	if req.Method == get && req.URL.Path == apiPrefix+"/events" {
		// A stream ends only with its reader.
		ctx, cancel := context.WithTimeout(req.Context(), 100*time.Millisecond)
		defer cancel()
		req = req.WithContext(ctx)
	}
	recorder := httptest.NewRecorder()
	r.ServeHTTP(recorder, req)
	return &answer{
		t: r.t, what: req.Method + " " + req.URL.Path, status: recorder.Code, header: recorder.Header(), body: recorder.Body.Bytes(),
	}
}

func (r *rig) httpRequest(q request) *http.Request {
	r.t.Helper()
	path := apiPrefix + q.path
	if root, ok := strings.CutPrefix(q.path, "//"); ok {
		path = "/" + root
	}
	var body io.Reader
	switch b := q.body.(type) {
	case nil:
	case string:
		body = strings.NewReader(b)
	case []byte:
		body = bytes.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			r.t.Fatal(err)
		}
		body = bytes.NewReader(text)
	}
	req := httptest.NewRequest(q.method, path, body)
	if q.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if q.as != "" {
		req.Header.Set("Authorization", "Bearer "+r.token[q.as])
	}
	for name, value := range q.headers {
		req.Header.Set(name, value)
	}
	return req
}

// want checks the status.
func (a *answer) want(status int) *answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: status %d, want %d: %s", a.what, a.status, status, a.body)
	}
	return a
}

// problem checks that the answer is a problem document of this status and code.
func (a *answer) problem(status int, code string) Problem {
	a.t.Helper()
	a.want(status)
	if kind := a.header.Get("Content-Type"); kind != problemType {
		a.t.Fatalf("%s: content type %q, want %q", a.what, kind, problemType)
	}
	var p Problem
	a.into(&p)
	if p.Code != code {
		a.t.Fatalf("%s: code %q, want %q: %s", a.what, p.Code, code, a.body)
	}
	if p.Title == "" || p.Status != status || p.Type != "/problems#"+code {
		a.t.Fatalf("%s: not a whole problem document: %s", a.what, a.body)
	}
	return p
}

func (a *answer) into(v any) {
	a.t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		a.t.Fatalf("%s: read the answer: %v: %s", a.what, err, a.body)
	}
}

// at finds a value in the JSON answer by a path such as "case.id" or "items.0.name".
func (a *answer) at(path string) any {
	a.t.Helper()
	var value any
	a.into(&value)
	for part := range strings.SplitSeq(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[part]
		case []any:
			var i int
			if _, err := fmt.Sscan(part, &i); err != nil || i >= len(v) {
				a.t.Fatalf("%s: nothing at %s: %s", a.what, path, a.body)
			}
			value = v[i]
		default:
			a.t.Fatalf("%s: nothing at %s: %s", a.what, path, a.body)
		}
	}
	return value
}

func (a *answer) text(path string) string {
	a.t.Helper()
	text, ok := a.at(path).(string)
	if !ok {
		a.t.Fatalf("%s: no text at %s: %s", a.what, path, a.body)
	}
	return text
}

// client adds a client.
func (r *rig) client() string {
	r.t.Helper()
	return r.do(request{as: "manager", method: post, path: "/clients", body: map[string]any{
		"name": "ООО Ромашка", "details": []map[string]string{{"kind": "email", "value": "info@romashka.example"}}, "create_anyway": true,
	}}).want(http.StatusCreated).text("id")
}

// appeal accepts an appeal and gives its id and its task's.
func (r *rig) appeal() (caseID, taskID string) {
	r.t.Helper()
	a := r.do(request{as: "dispatcher", method: post, path: "/appeals", body: map[string]any{
		"client": map[string]any{"name": "Анна", "email": "anna@example.org", "create_anyway": true}, "topic": "Вопрос", "source": "site",
	}}).want(http.StatusCreated)
	return a.text("case.id"), a.text("next_tasks.0.id")
}

// deal begins a deal of the typical sale of the manager.
func (r *rig) deal() (caseID, taskID string) {
	r.t.Helper()
	a := r.do(request{as: "manager", method: post, path: "/deals", body: map[string]any{
		"client_id": r.client(), "topic": "Станок", "source": "site", "kind": "process",
	}}).want(http.StatusCreated)
	return a.text("case.id"), a.text("next_tasks.0.id")
}
