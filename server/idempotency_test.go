package server

import (
	"bytes"
	"context"
	"net/http"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

func keyed(as, path, key string, body any) request {
	return request{as: as, method: post, path: path, body: body, headers: map[string]string{"Idempotency-Key": key}}
}

func TestARepeatedPOSTIsAnsweredTheSame(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	first := r.do(keyed("manager", "/clients", "k1", `{"name":"Ромашка","kind":"company"}`)).want(http.StatusCreated)
	// The same meaning in other words is the same request.
	again := r.do(keyed("manager", "/clients", "k1", "{ \"kind\": \"company\",\n \"name\": \"\\u0420омашка\" }")).want(http.StatusCreated)
	if !bytes.Equal(again.body, first.body) {
		t.Errorf("first %s, then %s", first.body, again.body)
	}
	for _, name := range kept {
		if again.header.Get(name) != first.header.Get(name) {
			t.Errorf("%s: first %q, then %q", name, first.header.Get(name), again.header.Get(name))
		}
	}
	if again.header.Get("Idempotency-Replayed") != "true" || first.header.Get("Idempotency-Replayed") != "" {
		t.Error("the repetition is not marked")
	}
	r.do(keyed("manager", "/clients", "k1", `{"name":"Лютик"}`)).problem(http.StatusUnprocessableEntity, "idempotency_key_reused")
	r.do(keyed("manager", "/contacts", "k1", `{"name":"Ромашка","kind":"company"}`)).problem(http.StatusUnprocessableEntity, "idempotency_key_reused")
	// Somebody else's key is another key.
	other := r.do(keyed("director", "/clients", "k1", `{"name":"Ромашка","kind":"company","create_anyway":true}`)).want(http.StatusCreated)
	if other.text("id") == first.text("id") {
		t.Error("two users share a key")
	}
	if n := len(r.do(request{as: "manager", method: get, path: "/clients"}).at("items").([]any)); n != 2 {
		t.Errorf("%d clients, want 2", n)
	}
}

func TestAKeyIsOfOneQuery(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	read := func(query string) *answer {
		q := keyed("manager", "/imports?"+query, "k", "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\nName\nAnna\n\r\n--b--\r\n")
		q.headers["Content-Type"] = "multipart/form-data; boundary=b"
		return r.do(q)
	}
	first := read("of=client").want(http.StatusCreated)
	if again := read("of=client").want(http.StatusCreated); again.text("id") != first.text("id") {
		t.Errorf("first %s, then %s", first.body, again.body)
	}
	read("of=contact").problem(http.StatusUnprocessableEntity, "idempotency_key_reused")
}

func TestARefusalIsRepeatedToo(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	body := map[string]any{"key": "sales", "name": map[string]any{"en": "Sales"}}
	r.do(request{as: "admin", method: post, path: "/departments", body: body}).want(http.StatusCreated)
	first := r.do(keyed("admin", "/departments", "k", body))
	first.problem(http.StatusConflict, "department_key_taken")
	again := r.do(keyed("admin", "/departments", "k", body))
	again.problem(http.StatusConflict, "department_key_taken")
	if !bytes.Equal(first.body, again.body) {
		t.Errorf("first %s, then %s", first.body, again.body)
	}
}

// A request that was never carried out does not use its key up.
func TestACorrectedRequestMayUseTheSameKey(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.do(keyed("manager", "/clients", "k", `{"name":" "}`)).problem(http.StatusUnprocessableEntity, "validation_failed")
	r.do(keyed("manager", "/clients", "k", `{"nome":"Ромашка"}`)).problem(http.StatusUnprocessableEntity, "validation_failed")
	first := r.do(keyed("manager", "/clients", "k", `{"name":"Ромашка"}`)).want(http.StatusCreated)
	r.do(keyed("manager", "/clients", "k", `{"name":" "}`)).problem(http.StatusUnprocessableEntity, "idempotency_key_reused")
	if again := r.do(keyed("manager", "/clients", "k", `{"name":"Ромашка"}`)).want(http.StatusCreated); again.text("id") != first.text("id") {
		t.Error("the corrected request was carried out twice")
	}
}

// slowClients makes clients when it is told to.
type slowClients struct {
	Clients
	begun, proceed chan struct{}
	panics         bool
}

// CreateUniqueClient waits.
func (s *slowClients) CreateUniqueClient(ctx context.Context, c crm.Client) (*crm.Client, []crm.Duplicate, error) {
	s.begun <- struct{}{}
	<-s.proceed
	if s.panics {
		panic("on purpose")
	}
	return s.Clients.CreateUniqueClient(ctx, c)
}

func TestTwoAtOnceWithOneKey(t *testing.T) {
	t.Parallel()
	slow := &slowClients{begun: make(chan struct{}), proceed: make(chan struct{})}
	r := newRig(t, func(s *Services) { slow.Clients, s.Clients = s.Clients, slow })
	q := keyed("manager", "/clients", "k", `{"name":"Ромашка"}`)
	var first *answer
	var done sync.WaitGroup
	done.Go(func() { first = r.do(q) })
	<-slow.begun
	r.do(q).problem(http.StatusConflict, "idempotency_in_progress")
	close(slow.proceed)
	done.Wait()
	if second := r.do(q).want(http.StatusCreated); !bytes.Equal(second.body, first.body) {
		t.Errorf("first %s, then %s", first.body, second.body)
	}
}

// TestAnotherBodyNeverGetsTheRecordOfAForgottenKey: once its answer is forgotten, a key tells nothing about another request.
func TestAnotherBodyNeverGetsTheRecordOfAForgottenKey(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	first := r.do(keyed("manager", "/clients", "k", `{"name":"Ромашка"}`)).want(http.StatusCreated)
	r.now.pass(8 * 24 * time.Hour)
	r.do(request{as: "manager", method: post, path: "/clients", body: `{"name":"Василёк"}`, headers: map[string]string{"Idempotency-Key": "other"}}).want(http.StatusCreated)
	if again := r.do(keyed("manager", "/clients", "k", `{"name":"Ромашка"}`)).want(http.StatusCreated); again.text("id") != first.text("id") {
		t.Errorf("the same request made %s, before %s", again.body, first.body)
	}
	r.now.pass(8 * 24 * time.Hour)
	r.do(request{as: "manager", method: post, path: "/clients", body: `{"name":"Мак"}`, headers: map[string]string{"Idempotency-Key": "third"}}).want(http.StatusCreated)
	other := r.do(keyed("manager", "/clients", "k", `{"name":"Лютик"}`)).want(http.StatusCreated)
	if other.text("id") == first.text("id") || other.text("name") != "Лютик" {
		t.Errorf("another request got %s", other.body)
	}
}

func TestAFailureLeavesTheKeyFree(t *testing.T) {
	t.Parallel()
	slow := &slowClients{begun: make(chan struct{}, 9), proceed: make(chan struct{}), panics: true}
	close(slow.proceed)
	r := newRig(t, func(s *Services) { slow.Clients, s.Clients = s.Clients, slow })
	q := keyed("manager", "/clients", "k", `{"name":"Ромашка"}`)
	r.do(q).problem(http.StatusInternalServerError, codeInternal)
	slow.panics = false
	r.do(q).want(http.StatusCreated)
}

// TestR52_FiftyIdenticalCompletions: one effect, one answer, with a key and without.
func TestR52_FiftyIdenticalCompletions(t *testing.T) {
	t.Parallel()
	for name, headers := range map[string]map[string]string{"with a key": {"Idempotency-Key": "k"}, "without": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			caseID, taskID := r.appeal()
			answers := make([]*answer, 50)
			var all sync.WaitGroup
			for i := range answers {
				all.Go(func() {
					answers[i] = r.do(request{as: "dispatcher", method: post, path: "/tasks/" + taskID + "/complete", headers: headers, body: map[string]any{
						"outcome": "hand-over", "fields": map[string]any{"purpose": "question", "performer": r.users["manager"].ID},
					}})
				})
			}
			all.Wait()
			for _, a := range answers {
				a.want(http.StatusOK)
				if !bytes.Equal(a.body, answers[0].body) {
					t.Fatalf("two answers: %s and %s", a.body, answers[0].body)
				}
			}
			if stage := answers[0].text("next_tasks.0.stage"); stage != "processing" {
				t.Errorf("the next task is of %s", stage)
			}
			tasks := r.do(request{as: "manager", method: get, path: "/tasks?performer=all&case=" + caseID}).at("items").([]any)
			if len(tasks) != 2 {
				t.Errorf("%d tasks, want 2", len(tasks))
			}
			// Later the answer tells of the same step, though the case has gone on.
			next := answers[0].text("next_tasks.0.id")
			r.do(request{as: "manager", method: post, path: "/tasks/" + next + "/complete", body: map[string]any{
				"outcome": "resolved", "fields": map[string]any{"result": "Ответили"},
			}}).want(http.StatusOK)
			late := r.do(request{as: "dispatcher", method: post, path: "/tasks/" + taskID + "/complete", headers: headers, body: map[string]any{
				"outcome": "hand-over", "fields": map[string]any{"purpose": "question", "performer": r.users["manager"].ID},
			}}).want(http.StatusOK)
			if late.text("next_tasks.0.id") != next || late.text("command.id") != answers[0].text("command.id") {
				t.Errorf("the late answer tells of another step: %s", late.body)
			}
		})
	}
}

func TestACaseIsMadeOncePerKey(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	body := map[string]any{"client": map[string]any{"name": "Анна"}, "topic": "Вопрос", "source": "site"}
	first := r.do(keyed("dispatcher", "/appeals", "k", body)).want(http.StatusCreated)
	again := r.do(keyed("dispatcher", "/appeals", "k", body)).want(http.StatusCreated)
	if !bytes.Equal(first.body, again.body) || first.header.Get("Location") != again.header.Get("Location") {
		t.Errorf("first %s, then %s", first.body, again.body)
	}
	body["topic"] = "Другой"
	r.do(keyed("dispatcher", "/appeals", "k", body)).problem(http.StatusUnprocessableEntity, "idempotency_key_reused")
	r.do(keyed("dispatcher", "/interests", "k", body)).problem(http.StatusUnprocessableEntity, "idempotency_key_reused")
}

// waiting leaves every command undecided, as when no worker is there.
type waiting struct{ direct }

// Submit stores and does not decide.
func (w waiting) Submit(ctx context.Context, c crm.Command) (crm.Command, error) {
	stored, _, err := w.InsertCommand(ctx, c)
	if err != nil {
		return crm.Command{}, err
	}
	return *stored, nil
}

// absent is a Temporal that cannot be reached.
type absent struct{ direct }

// Submit fails.
func (absent) Submit(context.Context, crm.Command) (crm.Command, error) {
	return crm.Command{}, crm.Errorf(crm.KindUnavailable, "temporal_unavailable", "Temporal does not answer")
}

func TestUndecidedCommands(t *testing.T) {
	t.Parallel()
	var d direct
	r := newRig(t, func(s *Services) { d = s.Routes.(direct); s.Routes = waiting{d} })
	_, taskID := r.appeal()
	q := keyed("dispatcher", "/tasks/"+taskID+"/complete", "k", map[string]any{
		"outcome": "spam-duplicate", "fields": map[string]any{"reason": "other"},
	})
	a := r.do(q).want(http.StatusAccepted)
	location := a.header.Get("Location")
	if a.text("command.status") != "received" || location != apiPrefix+"/commands/"+a.text("command.id") {
		t.Errorf("answer %s, Location %s", a.body, location)
	}
	ask := request{as: "dispatcher", method: get, path: location[len(apiPrefix):]}
	if status := r.do(ask).want(http.StatusOK).text("status"); status != "received" {
		t.Errorf("status %s", status)
	}
	command, err := r.db.Command(t.Context(), uuid.MustParse(a.text("command.id")))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.decide(t.Context(), command); err != nil {
		t.Fatal(err)
	}
	decided := r.do(ask).want(http.StatusOK)
	if status := decided.text("status"); status == "received" {
		t.Errorf("status %s", status)
	}
}

func TestWithoutTemporal(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(s *Services) {
		s.Routes = absent{s.Routes.(direct)}
		s.Health = append(s.Health, HealthCheck{Name: "temporal", Check: func(context.Context) error { return context.DeadlineExceeded }})
	})
	caseID, taskID := r.appeal()
	a := r.do(request{as: "dispatcher", method: post, path: "/tasks/" + taskID + "/complete", body: map[string]any{"outcome": "spam-duplicate"}})
	a.problem(http.StatusServiceUnavailable, "temporal_unavailable")
	if a.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	// Reading and plain changes go on.
	r.do(request{as: "manager", method: get, path: "/cases/" + caseID}).want(http.StatusOK)
	r.do(request{as: "dispatcher", method: post, path: "/tasks/" + taskID + "/take"}).want(http.StatusOK)
	ready := r.do(request{method: get, path: "//readyz"}).want(http.StatusServiceUnavailable)
	if ready.text("checks.postgres") != "ok" || ready.text("checks.temporal") != "unavailable" {
		t.Errorf("readyz: %s", ready.body)
	}
	r.do(request{method: get, path: "//livez"}).want(http.StatusOK)
}

func TestRunLetsTheLastRequestsFinish(t *testing.T) {
	t.Parallel()
	slow := &slowClients{begun: make(chan struct{}), proceed: make(chan struct{})}
	r := newRig(t, func(s *Services) { slow.Clients, s.Clients = s.Clients, slow })
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	listener := listen(t)
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx, listener) }()

	base := "http://" + listener.Addr().String()
	answered := make(chan int, 1)
	go func() {
		q := r.httpRequest(request{as: "manager", method: post, path: "/clients", body: `{"name":"Ромашка"}`})
		answered <- sendOver(t, base+q.URL.Path, q)
	}()
	<-slow.begun
	stop()
	waitFor(t, func() bool { return refused(base) })
	select {
	case err := <-ended:
		t.Fatalf("Run has not waited for the request: %v", err)
	default:
	}
	close(slow.proceed)
	if status := <-answered; status != http.StatusCreated {
		t.Errorf("the last request got %d", status)
	}
	if err := <-ended; err != nil {
		t.Errorf("Run: %v", err)
	}
}

// waitFor asks for a condition until it holds, for 10 seconds at most.
func waitFor(t *testing.T, condition func() bool) {
	t.Helper()
	patience, again := time.NewTimer(10*time.Second), time.NewTicker(5*time.Millisecond)
	defer patience.Stop()
	defer again.Stop()
	for !condition() {
		select {
		case <-again.C:
		case <-patience.C:
			t.Fatal("the condition has not come true")
		}
	}
}

// forgetful loses answers, as when the server dies between what a request does and its answer.
type forgetful struct{ Answers }

// FinishRequest forgets.
func (forgetful) FinishRequest(context.Context, uuid.UUID, string, time.Time, *crm.Answer) error {
	return nil
}

// localTime is what goes on at a client's while the rest of an answer stays (R8).
var localTime = regexp.MustCompile(`"local_time":"[^"]*",`)

func TestARepeatedPOSTMakesOneRecordEvenWhenItsAnswerIsLost(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(s *Services) { s.Answers = forgetful{s.Answers} })
	caseID, _ := r.appeal()
	client := r.client()
	upload := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.txt\"\r\n\r\nx\r\n--b--\r\n"
	for _, q := range []request{
		keyed("manager", "/clients", "k1", map[string]any{"name": "Лютик", "details": []any{map[string]any{"kind": "email", "value": "a@b.example"}}}),
		keyed("manager", "/contacts", "k2", map[string]any{"client_id": client, "name": "Анна", "details": []any{map[string]any{"kind": "mailing", "value": "a@b.example"}}}),
		keyed("manager", "/interactions", "k3", map[string]any{"case_id": caseID, "kind": "call", "status": "completed", "at": r.now.now()}),
		keyed("admin", "/users", "k4", map[string]any{"login": "anna", "name": "Анна", "roles": []string{"manager"}}),
		keyed("admin", "/departments", "k5", map[string]any{"key": "sales", "name": map[string]any{"en": "Sales"}}),
		{as: "manager", method: post, path: "/cases/" + caseID + "/files", body: upload, headers: map[string]string{"Idempotency-Key": "k6", "Content-Type": "multipart/form-data; boundary=b"}},
	} {
		first := r.do(q).want(http.StatusCreated)
		before := r.rows()
		r.now.pass(2 * time.Minute) // until the first request is given up
		again := r.do(q).want(http.StatusCreated)
		if was, is := localTime.ReplaceAll(first.body, nil), localTime.ReplaceAll(again.body, nil); !bytes.Equal(was, is) {
			t.Errorf("%s: first %s, then %s", q.path, was, is)
		}
		if after := r.rows(); after != before {
			t.Errorf("%s: the repetition has written %d records more", q.path, after-before)
		}
	}
}
