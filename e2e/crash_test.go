package e2e

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
)

// The tests of this file kill programs, so that none of them runs beside others: they have no t.Parallel.

// insist repeats a request, as a client does that was told to come back, until it is done. Only what says so may be repeated:
// no connection, 202, 503.
func (p *person) insist(t *testing.T, path string, body any, once header) answer {
	t.Helper()
	var done answer
	until(t, path+" is done", func() bool {
		a, err := p.try(t.Context(), http.MethodPost, path, body, once)
		switch {
		case err != nil, a.status == http.StatusAccepted:
			return false
		case a.status == http.StatusServiceUnavailable:
			a.problem(t)
			require.NotEmpty(t, a.header.Get("Retry-After"))
			return false
		}
		require.Contains(t, []int{http.StatusOK, http.StatusCreated}, a.status, "%s", a.body)
		done = a
		return true
	})
	return done
}

// appealInTrouble is an appeal that must end as any other, whatever happens on the way.
type appealInTrouble struct {
	client client
	made   step
}

func troubled(t *testing.T) *appealInTrouble {
	t.Helper()
	a := &appealInTrouble{client: newClient()}
	a.made = as(manager).open(t, "appeals", a.client, nil)
	return a
}

func (a *appealInTrouble) id() string { return a.made.Case.ID }

// handOver and resolve are its two completions.
func (a *appealInTrouble) handOver(t *testing.T) (path string, body object) {
	t.Helper()
	task := as(dispatcher).tasks(t, a.id(), "open")[0]
	return "/tasks/" + task.ID + "/complete", object{"outcome": "hand-over", "fields": object{"purpose": "question", "performer": as(manager).id}}
}

func (a *appealInTrouble) resolve(t *testing.T) (path string, body object) {
	t.Helper()
	task := as(manager).tasks(t, a.id(), "open")[0]
	return "/tasks/" + task.ID + "/complete", object{"outcome": "resolved", "fields": object{"result": privateName("всё хорошо")}}
}

// endsAsAnyOther requires what an appeal without trouble comes to: nothing forgotten, nothing twice.
func (a *appealInTrouble) endsAsAnyOther(t *testing.T) {
	t.Helper()
	n := a.made.Case.Number
	completed(t, a.made.Case.WorkflowID)
	require.Equal(t, []string{"appeal-accepted client sent", "appeal-closed client sent"}, as(manager).ledger(t, a.id()))
	require.Equal(t, []string{"Обращение № " + n + " закрыто", "Обращение № " + n + " принято"}, subjects(t, a.client.email))
	ids := map[string]bool{}
	for _, l := range letters(t, a.client.email) {
		ids[l.MessageID] = true
	}
	require.Len(t, ids, 2)
	var story []string
	for _, line := range as(manager).story(t, a.id()) {
		if line != "notification sent" {
			story = append(story, line)
		}
	}
	require.Equal(t, []string{
		"created", "stage_entered classification",
		"task_completed classification hand-over", "stage_entered processing",
		"task_completed processing resolved", "closed resolved positive",
	}, story)
	require.Equal(t, 3, number(t, "select count(*) from transitions where case_id = $1", a.id()))
	require.Equal(t, 2, number(t, "select count(*) from tasks where case_id = $1 and status = 'completed'", a.id()))
	require.Equal(t, 0, number(t, "select count(*) from tasks where case_id = $1 and status <> 'completed'", a.id()))
	until(t, "every command is acknowledged", func() bool {
		return number(t, "select count(*) from commands where case_id = $1 and (acknowledged_at is null or status <> 'applied')", a.id()) == 0
	})
}

func TestR50_WorkerKilledBetweenEveryTwoSteps(t *testing.T) {
	// Nobody works while the appeal is accepted.
	require.NoError(t, system.worker.kill())
	a := troubled(t)
	require.Len(t, as(dispatcher).tasks(t, a.id(), "open"), 1, "the dispatcher can read the task already")
	require.NoError(t, system.worker.start())
	require.Equal(t, []string{"appeal-accepted client sent"}, as(manager).ledger(t, a.id()))

	path, body := a.handOver(t)
	a.killAfterCommit(t, as(dispatcher), path, body, 2)

	// Nobody works while nothing happens.
	require.NoError(t, system.worker.kill())
	require.NoError(t, system.worker.start())

	path, body = a.resolve(t)
	a.killAfterCommit(t, as(manager), path, body, 3)
	a.endsAsAnyOther(t)
}

func TestR50_WorkerKilledWhileItIsAsked(t *testing.T) {
	a := troubled(t)
	require.Equal(t, []string{"appeal-accepted client sent"}, as(manager).ledger(t, a.id()))
	// The request comes while nobody works, and is answered that it is at work.
	require.NoError(t, system.worker.kill())
	path, body := a.handOver(t)
	once := key("asked " + a.id())
	waiting := as(dispatcher).call(t, http.MethodPost, path, body, once)
	require.Equal(t, http.StatusAccepted, waiting.status, "%s", waiting.body)
	require.Contains(t, waiting.header.Get("Location"), "/api/v1/commands/")
	require.NoError(t, system.worker.start())
	// Whoever does not repeat it finds it done all the same.
	until(t, "the command is applied", func() bool {
		var command struct{ Status string }
		as(dispatcher).get(t, waiting.header.Get("Location"), &command)
		return command.Status == "applied"
	})
	as(dispatcher).insist(t, path, body, once)
	path, body = a.resolve(t)
	as(manager).insist(t, path, body, key("resolve "+a.id()))
	a.endsAsAnyOther(t)
}

// killAfterCommit kills the worker at the one moment that hurts: Advance's transaction is with Postgres, the worker never hears
// that it was committed, and Temporal's history knows nothing of it.
func (a *appealInTrouble) killAfterCommit(t *testing.T, p *person, path string, body object, seq int) {
	t.Helper()
	updates := a.updates(t)
	// The task's row is held, so that Advance waits with its last statements on the way. "No key", so that who writes what refers to
	// the task, a notice of it say, does not wait too and is not taken for Advance.
	held, err := system.db.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = held.Rollback(context.WithoutCancel(t.Context())) }()
	var holder int
	require.NoError(t, held.QueryRow(t.Context(), "select pg_backend_pid() from tasks where case_id = $1 and status = 'open' for no key update", a.id()).Scan(&holder))
	// Whatever fails here, the tests after this one have a worker.
	defer func() {
		if system.worker.over() {
			require.NoError(t, system.worker.start())
		}
	}()
	once := key(path)
	answered := make(chan error, 1)
	go func() {
		_, err := p.try(context.WithoutCancel(t.Context()), http.MethodPost, path, body, once)
		answered <- err
	}()
	until(t, "Advance waits for the row", func() bool {
		// Of this row alone: others may wait for locks of their own.
		return number(t, "select count(*) from pg_stat_activity where $1 = any (pg_blocking_pids(pid))", holder) == 1
	})
	require.NoError(t, system.worker.kill())
	require.NoError(t, held.Commit(t.Context()))
	until(t, "the transition is committed", func() bool {
		return number(t, "select seq from cases where id = $1", a.id()) == seq
	})
	require.Equal(t, updates, a.updates(t), "Temporal must not know of it, or this test proves nothing")
	require.NoError(t, system.worker.start())
	require.NoError(t, <-answered)
	p.insist(t, path, body, once)
	require.Equal(t, seq, number(t, "select seq from cases where id = $1", a.id()))
}

// updates counts the commands that are in the history.
func (a *appealInTrouble) updates(t *testing.T) int {
	t.Helper()
	n := 0
	for _, history := range runs(t, a.made.Case.WorkflowID) {
		n += count(history, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED)
	}
	return n
}

func TestR50_ServerKilledBetweenCaseAndWorkflow(t *testing.T) {
	c := newClient()
	body := object{"client": c.body(), "topic": privateName("тема"), "source": "Сайт"}
	once := key("accepted once")
	// Temporal stands still, so that the case is there and its workflow is not when the server dies.
	before := number(t, "select count(*) from cases")
	require.NoError(t, system.infra.cmd.Process.Signal(syscall.SIGSTOP))
	answered := make(chan error, 1)
	go func() {
		_, err := as(manager).try(context.WithoutCancel(t.Context()), http.MethodPost, "/appeals", body, once)
		answered <- err
	}()
	until(t, "the case is committed", func() bool { return number(t, "select count(*) from cases") == before+1 })
	require.NoError(t, system.server.kill())
	require.Error(t, <-answered)
	require.NoError(t, system.infra.cmd.Process.Signal(syscall.SIGCONT))
	require.NoError(t, system.startServer(t.Context()))

	a := &appealInTrouble{client: c}
	into := as(manager).insist(t, "/appeals", body, once)
	into.into(t, http.StatusCreated, &a.made)
	require.Equal(t, before+1, number(t, "select count(*) from cases"), "the repeated request has made no second case")
	until(t, "the reconciler has started the workflow", func() bool {
		_, err := system.temporal.DescribeWorkflowExecution(t.Context(), a.made.Case.WorkflowID, "")
		return err == nil
	})
	path, complete := a.handOver(t)
	as(dispatcher).insist(t, path, complete, key(path))
	path, complete = a.resolve(t)
	as(manager).insist(t, path, complete, key(path))
	a.endsAsAnyOther(t)
}

func TestR50_PostgresKilled(t *testing.T) {
	a := troubled(t)
	require.Equal(t, []string{"appeal-accepted client sent"}, as(manager).ledger(t, a.id()))
	path, body := a.handOver(t)
	killPostgres(t)
	as(dispatcher).insist(t, path, body, key(path))
	awaitPostgres(t)
	path, body = a.resolve(t)
	killPostgres(t)
	as(manager).insist(t, path, body, key(path))
	awaitPostgres(t)
	a.endsAsAnyOther(t)
}

func TestR50_TemporalKilled(t *testing.T) {
	a := troubled(t)
	require.Equal(t, []string{"appeal-accepted client sent"}, as(manager).ledger(t, a.id()))
	path, body := a.handOver(t)
	require.NoError(t, system.infra.kill())
	// R50: without Temporal the route waits, and everything else works.
	unavailable := as(dispatcher).call(t, http.MethodPost, path, body, key(path))
	require.Equal(t, http.StatusServiceUnavailable, unavailable.status, "%s", unavailable.body)
	require.Equal(t, "temporal_unavailable", unavailable.problem(t).Code)
	require.NotEmpty(t, unavailable.header.Get("Retry-After"))
	require.Len(t, as(dispatcher).tasks(t, a.id(), "open"), 1)
	until(t, "the server says that it is not ready", func() bool { return statusOf(t, "/readyz") == http.StatusServiceUnavailable })
	require.Equal(t, http.StatusOK, statusOf(t, "/livez"))
	other := troubled(t)
	require.Equal(t, "classification", other.made.Case.Stage, "a case is accepted all the same")
	require.NoError(t, system.startInfra(t.Context()))
	as(dispatcher).insist(t, path, body, key(path))
	path, body = other.handOver(t)
	as(dispatcher).insist(t, path, body, key(path))

	// A letter on its way when the power goes is in doubt, and that is another story.
	require.Equal(t, []string{"appeal-accepted client sent"}, as(manager).ledger(t, other.id()))

	// Everything at once: the power is gone.
	path, body = a.resolve(t)
	require.NoError(t, system.infra.kill())
	killPostgres(t)
	require.NoError(t, system.startInfra(t.Context()))
	awaitPostgres(t)
	as(manager).insist(t, path, body, key(path))
	path, body = other.resolve(t)
	as(manager).insist(t, path, body, key(path))
	a.endsAsAnyOther(t)
	other.endsAsAnyOther(t)
}

// statusOf is what a page answers.
func statusOf(t *testing.T, path string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, page(path), http.NoBody)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	response.Body.Close()
	return response.StatusCode
}

// killPostgres kills the server's first process; the others end when they notice.
func killPostgres(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(system.folder, "data", "postgres", "data", "postmaster.pid"))
	require.NoError(t, err)
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	until(t, "Postgres is gone", func() bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) || newPostmaster(t, first) })
}

// newPostmaster tells whether another server runs already.
func newPostmaster(t *testing.T, old string) bool {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(system.folder, "data", "postgres", "data", "postmaster.pid"))
	first, _, _ := strings.Cut(string(text), "\n")
	return err == nil && first != old
}

// awaitPostgres waits until Postgres answers, and forgets the connections to the one before.
func awaitPostgres(t *testing.T) {
	t.Helper()
	until(t, "Postgres answers", func() bool {
		conn, err := pgx.Connect(t.Context(), system.env["DATABASE_URL"])
		if err != nil {
			return false
		}
		return conn.Close(t.Context()) == nil
	})
	system.db.Reset()
}
