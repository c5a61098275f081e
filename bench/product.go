package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"golang.org/x/sync/errgroup"

	"marshrut/app"
	"marshrut/crm"
	"marshrut/server"
	"marshrut/workflows"
)

// connections is the size of the product's database pool, and of the baseline's local activities.
const connections = 20

const (
	benchLogin    = "bench"
	benchPassword = "bench"
)

// product is Marshrut in this process, used through its HTTP API.
type product struct {
	app    *app.App
	url    string
	token  string
	user   uuid.UUID
	client uuid.UUID // whom appeals come from
	http   *http.Client
	// temporal is for looking at histories and waiting for ends.
	temporal client.Client
	letters  *letters // that it sends
	stop     context.CancelFunc
	ended    chan error
}

// productOptions say what of the product is started.
type productOptions struct {
	database string
	env      map[string]string
	tracer   pgx.QueryTracer // nil: none
	worker   bool
	log      *slog.Logger
}

// startProduct prepares the database, starts server and worker and signs in.
func startProduct(ctx context.Context, o productOptions) (*product, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("find a free port: %w", err)
	}
	mail, err := takeLetters(ctx)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	settings, err := productSettings(listener, mail.url, o)
	if err != nil {
		return nil, errors.Join(err, mail.close(), listener.Close())
	}
	a, err := app.Open(ctx, settings, o.log)
	if err != nil {
		return nil, errors.Join(err, mail.close(), listener.Close())
	}
	p := &product{
		app: a, letters: mail, url: "http://" + listener.Addr().String() + "/api/v1", ended: make(chan error, 1),
		http: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 256}},
	}
	if err := p.people(ctx); err != nil {
		a.Close()
		return nil, errors.Join(err, mail.close(), listener.Close())
	}
	p.run(ctx, listener, o.worker)
	if err := p.connect(ctx, settings.Temporal); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

func productSettings(listener net.Listener, mail string, o productOptions) (app.Settings, error) {
	s, err := app.ParseSettings()
	if err != nil {
		return s, err
	}
	s.Addr, s.DatabaseURL, s.SMTPURL, s.SMSURL = listener.Addr().String(), o.database, mail, o.env["MARSHRUT_SMS_URL"]
	s.BaseURL, s.RouteMaps, s.Connections, s.Tracer = "", "", connections, o.tracer
	s.Keys, s.AuditHeads = o.env["MARSHRUT_KEYS"], o.env["MARSHRUT_AUDIT_HEADS"]
	s.Temporal = temporalOptions(o.env)
	err = s.Check()
	return s, err
}

func temporalOptions(env map[string]string) client.Options {
	return app.TemporalOptions(client.Options{HostPort: env["TEMPORAL_ADDRESS"], Namespace: env["TEMPORAL_NAMESPACE"], Logger: quiet{}})
}

// people brings the database up to date and puts in who works, and a client, unless they are there.
func (p *product) people(ctx context.Context) error {
	if _, err := p.app.Migrate(ctx); err != nil {
		return err
	}
	users, err := p.app.DB.ListUsers(ctx)
	if err != nil {
		return err
	}
	for i := range users {
		if users[i].Login == benchLogin {
			p.user = users[i].ID
		}
	}
	if p.user == uuid.Nil {
		user, err := p.app.DB.CreateUser(ctx, crm.User{
			Login: benchLogin, Name: benchLogin, Email: "bench@bench.example", Lang: crm.RU, TimeZone: "Europe/Moscow",
			Roles: []string{crm.RoleDispatcher, crm.RoleManager}, Active: true,
		}, server.HashPassword(benchPassword))
		if err != nil {
			return err
		}
		p.user = user.ID
	}
	made, err := p.app.DB.CreateClient(ctx, crm.Client{
		Kind: crm.ClientCompany, Name: "Bench", Lang: crm.RU, TimeZone: "Europe/Moscow", CreatedBy: p.user,
		Details: []crm.ContactDetail{{Kind: crm.DetailEmail, Value: "client@bench.example"}},
	})
	if err != nil {
		return err
	}
	p.client = made.ID
	return nil
}

// run serves until close.
func (p *product) run(ctx context.Context, listener net.Listener, alsoWorker bool) {
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	p.stop = stop
	group, running := errgroup.WithContext(running)
	group.Go(func() error { return p.app.RunServer(running, listener, alsoWorker) })
	if alsoWorker {
		group.Go(func() error { return p.app.RunWorker(running) })
	}
	go func() { p.ended <- group.Wait() }()
}

func (p *product) connect(ctx context.Context, options client.Options) error {
	var err error
	if p.temporal, err = client.Dial(options); err != nil {
		return fmt.Errorf("connect to Temporal: %w", err)
	}
	var session struct {
		Token string `json:"token"`
	}
	err = p.call(ctx, http.MethodPost, "/sessions", map[string]string{"login": benchLogin, "password": benchPassword}, &session)
	p.token = session.Token
	return err
}

// close stops everything that start has started.
func (p *product) close() error {
	p.stop()
	err := <-p.ended
	if p.temporal != nil {
		p.temporal.Close()
	}
	p.http.CloseIdleConnections()
	p.app.Close()
	return errors.Join(err, p.letters.close())
}

// repeats is how often a command that is still at work after the API's patience is asked for.
const repeats = 10

// call makes a request. One that is answered "at work" (202) is repeated, which is safe.
func (p *product) call(ctx context.Context, method, path string, body, answer any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode a request: %w", err)
	}
	for range repeats {
		status, text, err := p.send(ctx, method, path, encoded)
		switch {
		case err != nil:
			return fmt.Errorf("%s %s: %w", method, path, err)
		case status == http.StatusAccepted:
			continue
		case status >= http.StatusMultipleChoices:
			return fmt.Errorf("%s %s: HTTP %d: %s", method, path, status, text)
		}
		if err := json.Unmarshal(text, answer); err != nil {
			return fmt.Errorf("%s %s: read the answer: %w", method, path, err)
		}
		return nil
	}
	return fmt.Errorf("%s %s: not decided after %d repetitions", method, path, repeats)
}

func (p *product) send(ctx context.Context, method, path string, body []byte) (int, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, p.url+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	if p.token != "" {
		request.Header.Set("Authorization", "Bearer "+p.token)
	}
	response, err := p.http.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, text, err
}

// appeal is one appeal at work.
type appeal struct {
	product *product
	id      uuid.UUID
	number  string
	task    uuid.UUID
	step    int
}

// position is the part of an answer that tells what is next.
type position struct {
	Case struct {
		ID     uuid.UUID `json:"id"`
		Number string    `json:"number"`
	} `json:"case"`
	NextTasks []struct {
		ID uuid.UUID `json:"id"`
	} `json:"next_tasks"`
}

func (p *product) begin(ctx context.Context) (runner, error) { return p.appeal(ctx) }

func (p *product) appeal(ctx context.Context) (*appeal, error) {
	var made position
	body := map[string]any{"client_id": p.client, "topic": "Где мой заказ?", "source": "Сайт"}
	if err := p.call(ctx, http.MethodPost, "/appeals", body, &made); err != nil {
		return nil, err
	}
	if len(made.NextTasks) != 1 {
		return nil, fmt.Errorf("appeal %s has %d tasks at the start, not 1", made.Case.Number, len(made.NextTasks))
	}
	return &appeal{product: p, id: made.Case.ID, number: made.Case.Number, task: made.NextTasks[0].ID}, nil
}

// complete hands the appeal over; the second time it resolves it.
func (a *appeal) complete(ctx context.Context) error {
	body := map[string]any{"outcome": "hand-over", "fields": map[string]any{"purpose": "question", "performer": a.product.user}}
	if a.step == 1 {
		body = map[string]any{"outcome": "resolved", "fields": map[string]any{"result": "Заказ в пути"}}
	}
	var after position
	if err := a.product.call(ctx, http.MethodPost, "/tasks/"+a.task.String()+"/complete", body, &after); err != nil {
		return err
	}
	a.step++
	if a.step < completions {
		if len(after.NextTasks) != 1 {
			return fmt.Errorf("appeal %s has %d tasks after step %d, not 1", a.number, len(after.NextTasks), a.step)
		}
		a.task = after.NextTasks[0].ID
	}
	return nil
}

// end waits for the event that closes the workflow; asking for the workflow's result would have Temporal look up its run
// first, which the baseline knows.
func (a *appeal) end(ctx context.Context) error {
	events := a.product.temporal.GetWorkflowHistory(ctx, a.workflow(), "", true, enumspb.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT)
	last, err := events.Next()
	if err != nil {
		return fmt.Errorf("wait for the end of %s: %w", a.number, err)
	}
	if last.GetEventType() != enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED {
		return fmt.Errorf("%s ended as %s", a.number, last.GetEventType())
	}
	return nil
}

func (a *appeal) workflow() string { return workflows.CaseID(crm.Appeal, a.number) }

// quiet takes what the SDK says of its own accord.
type quiet struct{}

// Debug says nothing.
func (quiet) Debug(string, ...any) {}

// Info says nothing.
func (quiet) Info(string, ...any) {}

// Warn says nothing.
func (quiet) Warn(string, ...any) {}

// Error says nothing.
func (quiet) Error(string, ...any) {}
