package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const password = "right horse battery"

// The people of the company.
const (
	admin           = "admin"
	director        = "director"
	dispatcher      = "dispatcher"
	otherDispatcher = "dispatcher-two"
	manager         = "manager"
	otherManager    = "manager-two"
	englishManager  = "manager-three"
)

// person is somebody signed in.
type person struct {
	login string
	id    string
	name  string
	email string
	lang  string
	token string
}

func as(login string) *person { return system.people[login] }

// hire makes the company's people: the first by the command line, the others through the API.
func (r *rig) hire(ctx context.Context) error {
	out, err := r.marshrut(ctx, password+"\n", "user", "add", admin, "--name", privateName("Админ"), "--email", "admin@"+privateDomain, "--role", "admin")
	if err != nil {
		return fmt.Errorf("add the first user: %w\n%s", err, out)
	}
	if err := r.signIn(ctx, admin); err != nil {
		return err
	}
	roles := map[string]string{
		director: "director", dispatcher: "dispatcher", otherDispatcher: "dispatcher", manager: "manager", otherManager: "manager",
		englishManager: "manager",
	}
	for _, login := range slices.Sorted(maps.Keys(roles)) {
		a, err := r.people[admin].try(ctx, http.MethodPost, "/users", object{
			"login": login, "name": privateName(login), "password": password, "email": login + "@" + privateDomain, "roles": []string{roles[login]},
			"lang": map[bool]string{true: "en", false: "ru"}[login == englishManager],
		})
		if err != nil {
			return err
		}
		if a.status != http.StatusCreated {
			return fmt.Errorf("add %s: %d %s", login, a.status, a.body)
		}
		if err := r.signIn(ctx, login); err != nil {
			return err
		}
	}
	return nil
}

func (r *rig) signIn(ctx context.Context, login string) error {
	p := &person{login: login}
	r.people[login] = p
	a, err := p.try(ctx, http.MethodPost, "/sessions", object{"login": login, "password": password})
	if err != nil {
		return err
	}
	var session struct {
		Token string
		User  struct{ ID, Name, Email, Lang string }
	}
	if err := json.Unmarshal(a.body, &session); err != nil || session.Token == "" {
		return fmt.Errorf("sign in as %s: %d %s", login, a.status, a.body)
	}
	p.id, p.name, p.email, p.lang, p.token = session.User.ID, session.User.Name, session.User.Email, session.User.Lang, session.Token
	return nil
}

// object is a JSON object to be sent.
type object = map[string]any

// api is where the API begins.
const api = "/api/v1"

// page is the address of a path of the server.
func page(path string) string { return "http://" + system.env["MARSHRUT_ADDR"] + path }

// answer is what the API answered.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// header is a header of a request.
type header struct{ name, value string }

// key is the header that makes a request safe to repeat.
func key(value string) header { return header{"Idempotency-Key", value} }

// try sends a request. A body of bytes goes as it is, anything else as JSON.
func (p *person) try(ctx context.Context, method, path string, body any, headers ...header) (answer, error) {
	var content io.Reader = http.NoBody
	switch b := body.(type) {
	case nil:
	case []byte:
		content = bytes.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			return answer{}, err
		}
		content = bytes.NewReader(text)
	}
	if !strings.HasPrefix(path, api) {
		path = api + path
	}
	request, err := http.NewRequestWithContext(ctx, method, page(path), content)
	if err != nil {
		return answer{}, err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if p.token != "" {
		request.Header.Set("Authorization", "Bearer "+p.token)
	}
	for _, h := range headers {
		request.Header.Set(h.name, h.value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return answer{status: response.StatusCode, header: response.Header, body: text}, err
}

// call sends a request that must be answered.
func (p *person) call(t *testing.T, method, path string, body any, headers ...header) answer {
	t.Helper()
	a, err := p.try(t.Context(), method, path, body, headers...)
	require.NoError(t, err, "%s %s", method, path)
	return a
}

func (p *person) get(t *testing.T, path string, into any) {
	t.Helper()
	p.call(t, http.MethodGet, path, nil).into(t, http.StatusOK, into)
}

// post sends a request and reads the answer of a step.
func (p *person) post(t *testing.T, path string, body any, headers ...header) step {
	t.Helper()
	a := p.call(t, http.MethodPost, path, body, headers...)
	require.Contains(t, []int{http.StatusOK, http.StatusCreated}, a.status, "POST %s: %s", path, a.body)
	var s step
	require.NoError(t, json.Unmarshal(a.body, &s))
	return s
}

// refused sends a request that must be refused with a problem of this status and code.
func (p *person) refused(t *testing.T, status int, code, path string, body any, headers ...header) problem {
	t.Helper()
	a := p.call(t, http.MethodPost, path, body, headers...)
	found := a.problem(t)
	require.Equal(t, []any{status, code}, []any{a.status, found.Code}, "%s: %s", path, a.body)
	return found
}

func (a answer) into(t *testing.T, status int, into any) {
	t.Helper()
	require.Equal(t, status, a.status, "%s", a.body)
	require.NoError(t, json.Unmarshal(a.body, into), "%s", a.body)
}

// problem is a problem document.
type problem struct {
	Title, Detail, Code, Type string
	Status                    int
	Params                    map[string]string
	Errors                    []struct{ Pointer, Parameter, Code, Detail string }
}

func (a answer) problem(t *testing.T) problem {
	t.Helper()
	require.Equal(t, "application/problem+json", a.header.Get("Content-Type"), "%d %s", a.status, a.body)
	var p problem
	require.NoError(t, json.Unmarshal(a.body, &p), "%s", a.body)
	require.Equal(t, a.status, p.Status)
	require.NotEmpty(t, p.Code)
	require.NotEmpty(t, p.Title)
	return p
}

// step is what a command or a creation answers.
type step struct {
	Case      caseDoc
	NextTasks []taskDoc `json:"next_tasks"`
	Command   struct {
		ID, Status string
		Seq        int
	}
}

// task is the only task the step has opened.
func (s step) task(t *testing.T, stage string) taskDoc {
	t.Helper()
	require.Len(t, s.NextTasks, 1)
	require.Equal(t, stage, s.NextTasks[0].Stage)
	return s.NextTasks[0]
}

type caseDoc struct {
	ID, Kind, Number, Mode, Status, Result, Outcome, Stage string
	WorkflowID                                             string `json:"workflow_id"`
	ClientID                                               string `json:"client_id"`
	Fields                                                 object
	Manual                                                 *struct{ By, Reason string }
}

type taskDoc struct {
	ID, Stage, Kind, Name, Status, Outcome string
	CaseID                                 string `json:"case_id"`
	ClosedBy                               string `json:"closed_by"`
	Withdrawn                              string `json:"withdrawn_reason"`
	Cyclic, Overdue                        bool
	DueAt                                  time.Time `json:"due_at"`
	Performer                              struct {
		UserID string `json:"user_id"`
		Role   string
	}
	Outcomes []struct {
		ID, Scope, To, Finish string
		Cyclic                bool
		Form                  []struct {
			Field, Type string
			Required    bool
		}
	}
}

// tasks are a case's tasks in somebody's eyes; status may be empty.
func (p *person) tasks(t *testing.T, caseID, status string) []taskDoc {
	t.Helper()
	var list struct{ Items []taskDoc }
	p.get(t, "/tasks?case="+caseID+"&status="+status, &list)
	return list.Items
}

// complete completes a task and must succeed.
func (p *person) complete(t *testing.T, task taskDoc, outcome string, fields object, headers ...header) step {
	t.Helper()
	return p.post(t, "/tasks/"+task.ID+"/complete", object{"outcome": outcome, "fields": fields}, headers...)
}

type feedLine struct {
	Kind    string
	ActorID string `json:"actor_id"`
	At      time.Time
	Data    object
}

// story is a case's feed in short: what happened, and where.
func (p *person) story(t *testing.T, caseID string) []string {
	t.Helper()
	var list struct{ Items []feedLine }
	p.get(t, "/cases/"+caseID+"/feed?limit=200", &list)
	var story []string
	for i, line := range list.Items {
		if i > 0 {
			require.False(t, line.At.Before(list.Items[i-1].At), "the feed is in order")
		}
		words := []string{line.Kind}
		for _, name := range []string{"path", "outcome", "status"} {
			if text, ok := line.Data[name].(string); ok && text != "" {
				words = append(words, text)
			}
		}
		story = append(story, strings.Join(words, " "))
	}
	return story
}

type notificationDoc struct {
	ID, Template, Recipient, Status, Reason string
	ReasonText                              string `json:"reason_text"`
	Attempts                                int
}

func (p *person) notifications(t *testing.T, caseID string) []notificationDoc {
	t.Helper()
	var list struct{ Items []notificationDoc }
	p.get(t, "/cases/"+caseID+"/notifications", &list)
	return list.Items
}

// ledger waits until every notification of a case is final and gives them as "template recipient status".
func (p *person) ledger(t *testing.T, caseID string) []string {
	t.Helper()
	var lines []string
	until(t, "every notification is final", func() bool {
		lines = nil
		for _, n := range p.notifications(t, caseID) {
			if n.Status == "pending" || n.Status == "sending" {
				return false
			}
			lines = append(lines, n.Template+" "+n.Recipient+" "+n.Status)
		}
		return true
	})
	slices.Sort(lines)
	return lines
}

// upload attaches a file to a case and answers its id.
func (p *person) upload(t *testing.T, caseID, name, content string) string {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", name)
	require.NoError(t, err)
	_, err = part.Write([]byte(content))
	require.NoError(t, err)
	require.NoError(t, form.Close())
	var file struct{ ID string }
	p.call(t, http.MethodPost, "/cases/"+caseID+"/files", body.Bytes(), header{"Content-Type", form.FormDataContentType()}).
		into(t, http.StatusCreated, &file)
	return file.ID
}

// What nobody but the company may read. Every name, address, phone and text that the tests make up has one of these in it, so
// that a search for them finds a leak of any test.
const (
	privateWord   = "Тайнов"
	privateDomain = "private.example"
	privatePhone  = "+7916555"
)

func privateName(of string) string { return privateWord + " " + of }

var clients atomic.Int64

// client is a client made up for a test.
type client struct{ name, email, phone string }

func newClient() client {
	n := clients.Add(1)
	return client{
		name: privateName(fmt.Sprintf("Клиент %d", n)), email: fmt.Sprintf("client-%d@%s", n, privateDomain), phone: fmt.Sprintf("%s%04d", privatePhone, n),
	}
}

func (c client) body() object {
	b := object{"name": c.name, "phone": c.phone, "create_anyway": true} // the names of all of them are alike
	if c.email != "" {
		b["email"] = c.email
	}
	return b
}

// open makes a case for the client: appeals, deals, interests or claims.
func (p *person) open(t *testing.T, kind string, c client, more object) step {
	t.Helper()
	body := object{"client": c.body(), "topic": privateName("тема"), "source": "Сайт"}
	maps.Copy(body, more)
	return p.post(t, "/"+kind, body)
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
