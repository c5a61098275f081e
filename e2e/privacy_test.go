package e2e

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

func TestNoPersonalDataInHistories(t *testing.T) {
	t.Parallel()
	// A case of each way through: letters, contacts, texts in forms, a reason, a withdrawn task, a letter sent again.
	c := newClient()
	appeal := as(manager).open(t, "appeals", c, nil)
	handed := as(dispatcher).complete(t, appeal.task(t, "classification"), "hand-over", object{"purpose": "complaint", "performer": as(manager).id})
	next := object{"answer": privateName("ответ"), "next_interaction": object{"kind": "call", "at": at(day), "topic": privateName("звонок")}}
	again := as(manager).complete(t, handed.task(t, "processing"), "continue", next)
	as(manager).complete(t, again.task(t, "processing"), "declined", object{"reason": privateName("причина"), "answer": privateName("отказ")})
	deal := as(manager).open(t, "deals", newClient(), object{"kind": "process"})
	as(manager).complete(t, deal.task(t, "primary-contact"), "made", object{
		"interaction": object{"kind": "call", "at": at(-day), "topic": privateName("разговор"), "content": privateName("о чём")},
	})
	as(manager).post(t, "/deals/"+deal.Case.ID+"/switch-to-manual", object{"reason": privateName("почему")})
	as(manager).post(t, "/deals/"+deal.Case.ID+"/close", object{"result": "lost", "reason": "price"})
	claim := as(manager).open(t, "claims", newClient(), nil)
	as(manager).post(t, "/cases/"+claim.Case.ID+"/cancel", object{"reason": privateName("ошибка")})
	for _, made := range []step{appeal, deal, claim} {
		completed(t, made.Case.WorkflowID)
	}

	executions := everyExecution(t, appeal.Case.WorkflowID, deal.Case.WorkflowID, claim.Case.WorkflowID)
	events := 0
	for _, e := range executions {
		id, run := e.GetExecution().GetWorkflowId(), e.GetExecution().GetRunId()
		holdsNothingPrivate(t, id+" as listed", e)
		described, err := system.temporal.DescribeWorkflowExecution(t.Context(), id, run)
		require.NoError(t, err)
		holdsNothingPrivate(t, id+" as described", described)
		history := system.temporal.GetWorkflowHistory(t.Context(), id, run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for history.HasNext() {
			event, err := history.Next()
			require.NoError(t, err)
			holdsNothingPrivate(t, fmt.Sprint(id, " event ", event.GetEventId(), " ", event.GetEventType()), event)
			events++
		}
	}
	t.Logf("%d events of %d runs", events, len(executions))
	require.Greater(t, events, 50)

	// Nor do the programs' logs hold any of it.
	for _, p := range []*process{system.server, system.worker} {
		text, err := os.ReadFile(p.logFile())
		require.NoError(t, err)
		require.NotEmpty(t, text)
		nothingPrivate(t, "the log of "+p.name, text)
	}
}

// everyExecution lists all runs there are, once those named are among them.
func everyExecution(t *testing.T, ids ...string) []*workflowpb.WorkflowExecutionInfo {
	t.Helper()
	var all []*workflowpb.WorkflowExecutionInfo
	until(t, "Temporal lists the workflows", func() bool {
		all = nil
		found := map[string]bool{}
		var page []byte
		for {
			answer, err := system.temporal.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{PageSize: 500, NextPageToken: page})
			require.NoError(t, err)
			for _, e := range answer.GetExecutions() {
				all = append(all, e)
				found[e.GetExecution().GetWorkflowId()] = true
			}
			if page = answer.GetNextPageToken(); len(page) == 0 {
				break
			}
		}
		for _, id := range ids {
			if !found[id] {
				return false
			}
		}
		return true
	})
	return all
}

// holdsNothingPrivate searches a message as its bytes and as JSON.
func holdsNothingPrivate(t *testing.T, what string, message proto.Message) {
	t.Helper()
	raw, err := proto.Marshal(message)
	require.NoError(t, err)
	nothingPrivate(t, what, raw)
	text, err := protojson.Marshal(message)
	require.NoError(t, err)
	nothingPrivate(t, what, text)
}

func nothingPrivate(t *testing.T, what string, text []byte) {
	t.Helper()
	escaped := fmt.Sprintf("%+q", privateWord) // as JSON may write it
	for _, private := range []string{privateWord, escaped[1 : len(escaped)-1], privateDomain, privatePhone, password} {
		if bytes.Contains(text, []byte(private)) {
			t.Errorf("%s holds %q", what, private)
		}
	}
}
