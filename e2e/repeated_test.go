package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// together sends the same request many times at once and gives the answers, status and body without the request's id.
func together(t *testing.T, times int, send func(n int) (answer, error)) []string {
	t.Helper()
	answers, errs := make([]string, times), make([]error, times)
	var group sync.WaitGroup
	ready := make(chan struct{})
	for n := range times {
		group.Go(func() {
			<-ready
			a, err := send(n)
			answers[n], errs[n] = essence(a), err
		})
	}
	close(ready)
	group.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	return answers
}

// essence is what an answer says of the command: its status, the command, the case's stage and the tasks opened.
func essence(a answer) string {
	var s step
	if err := json.Unmarshal(a.body, &s); err != nil {
		return fmt.Sprintf("%d %s", a.status, a.body)
	}
	text := fmt.Sprintf("%d %s %s %d %s", a.status, s.Command.ID, s.Command.Status, s.Command.Seq, s.Case.ID)
	for _, task := range s.NextTasks {
		text += " " + task.ID
	}
	return text
}

// oneAnswer requires all answers to be one and the same success.
func oneAnswer(t *testing.T, answers []string) {
	t.Helper()
	slices.Sort(answers)
	require.Len(t, slices.Compact(answers), 1, "one answer to all")
	require.Contains(t, answers[0], "200 ")
}

// completions counts how often a stage of a case was completed, in Postgres.
func completions(t *testing.T, caseID, path string) int {
	t.Helper()
	return number(t, "select count(*) from feed where case_id = $1 and kind = 'task_completed' and data->>'path' = $2", caseID, path)
}

func TestR52_FiftyIdenticalCompletions(t *testing.T) {
	t.Parallel()
	for name, headers := range map[string][]header{"without a key": nil, "with a key": {key("fifty")}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClient()
			made := as(manager).open(t, "appeals", c, nil)
			id, first := made.Case.ID, made.task(t, "classification")
			request := object{"outcome": "hand-over", "fields": object{"purpose": "question", "performer": as(manager).id}}
			send := func(int) (answer, error) {
				return as(dispatcher).try(t.Context(), http.MethodPost, "/tasks/"+first.ID+"/complete", request, headers...)
			}
			answers := together(t, 50, send)
			oneAnswer(t, answers)
			require.Equal(t, 1, completions(t, id, "classification"))
			require.Equal(t, 2, number(t, "select count(*) from transitions where case_id = $1", id))
			require.Equal(t, 2, number(t, "select count(*) from tasks where case_id = $1", id))

			// The same answer still, when the case has gone on and ended.
			processing := as(manager).tasks(t, id, "open")[0]
			as(manager).complete(t, processing, "resolved", object{"result": privateName("готово")})
			completed(t, made.Case.WorkflowID)
			later, err := send(0)
			require.NoError(t, err)
			require.Equal(t, answers[0], essence(later))
			require.Equal(t, []string{"appeal-accepted client sent", "appeal-closed client sent"}, as(manager).ledger(t, id))
			require.Len(t, letters(t, c.email), 2)
		})
	}
}

func TestR52_KeyWithAnotherBodyIsRefused(t *testing.T) {
	t.Parallel()
	made := as(manager).open(t, "appeals", newClient(), nil)
	task := made.task(t, "classification")
	once := key("one thing " + made.Case.ID)
	as(dispatcher).complete(t, task, "hand-over", object{"purpose": "question", "performer": as(manager).id}, once)
	as(dispatcher).refused(t, http.StatusUnprocessableEntity, "idempotency_key_reused", "/tasks/"+task.ID+"/complete",
		object{"outcome": "hand-over", "fields": object{"purpose": "other", "performer": as(manager).id}}, once)
}

func TestR52_OneOfTwoPerformersWins(t *testing.T) {
	t.Parallel()
	made := as(manager).open(t, "appeals", newClient(), nil)
	id, task := made.Case.ID, made.task(t, "classification")
	people := []*person{as(dispatcher), as(otherDispatcher)}
	results := make([]answer, len(people))
	together(t, len(people), func(n int) (answer, error) {
		var err error
		results[n], err = people[n].try(t.Context(), http.MethodPost, "/tasks/"+task.ID+"/complete",
			object{"outcome": "hand-over", "fields": object{"purpose": "question", "performer": as(manager).id}})
		return results[n], err
	})
	winner := slices.IndexFunc(results, func(a answer) bool { return a.status == http.StatusOK })
	require.GreaterOrEqual(t, winner, 0, "%s %s", results[0].body, results[1].body)
	lost := results[1-winner].problem(t)
	require.Equal(t, []any{http.StatusConflict, "task_completed"}, []any{lost.Status, lost.Code})
	require.Equal(t, people[winner].id, lost.Params["by"])
	require.Contains(t, lost.Detail, people[winner].name, "the answer says who did it")
	require.Equal(t, 1, completions(t, id, "classification"))
	require.Equal(t, people[winner].id, people[winner].tasks(t, id, "completed")[0].ClosedBy)
}

func TestR52_AcrossContinueAsNew(t *testing.T) {
	t.Parallel()
	made := as(manager).open(t, "appeals", newClient(), nil)
	id := made.Case.ID
	task := as(dispatcher).complete(t, made.task(t, "classification"), "hand-over", object{"purpose": "question", "performer": as(manager).id}).task(t, "processing")
	type request struct {
		path string
		body object
		said string
	}
	var sent []request
	// Enough steps for three runs; each request comes several times at once, those at the end of a run too.
	for n := range 2 * eventsPerRun / 7 {
		r := request{path: "/tasks/" + task.ID + "/complete", body: object{
			"outcome": "continue", "fields": object{"answer": privateName(fmt.Sprint("ответ ", n)), "next_interaction": object{"kind": "call", "at": at(day)}},
		}}
		answers := together(t, 3, func(int) (answer, error) { return as(manager).try(t.Context(), http.MethodPost, r.path, r.body) })
		oneAnswer(t, answers)
		r.said = answers[0]
		sent = append(sent, r)
		task = as(manager).tasks(t, id, "open")[0]
	}
	require.GreaterOrEqual(t, len(runs(t, made.Case.WorkflowID)), 2, "the workflow has been continued as new")
	// What an earlier run has decided is answered as then, and done once.
	for _, r := range sent {
		again := as(manager).call(t, http.MethodPost, r.path, r.body)
		require.Equal(t, r.said, essence(again))
	}
	require.Equal(t, len(sent), completions(t, id, "processing"))
	as(manager).complete(t, task, "resolved", object{"result": privateName("всё")})
	completed(t, made.Case.WorkflowID)
}
