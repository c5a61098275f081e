package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
)

// letter is a message the mailbox has got.
type letter struct {
	ID, Subject string
	MessageID   string `json:"message_id"`
	Text, HTML  string
	Headers     []struct{ Name, Value string }
	Files       []struct{ Name string }
}

// letters are the messages to an address, oldest first.
func letters(t *testing.T, address string) []letter {
	t.Helper()
	var list struct{ Items []letter }
	fetch(t, "http://"+system.env["MARSHRUT_MAILBOX_ADDR"]+"/mail/api/messages?limit=1000&to="+url.QueryEscape(address), &list)
	slices.Reverse(list.Items)
	return list.Items
}

// subjects are those of the letters to an address, in alphabetical order.
func subjects(t *testing.T, address string) []string {
	t.Helper()
	all := []string{}
	for _, l := range letters(t, address) {
		all = append(all, l.Subject)
	}
	slices.Sort(all)
	return all
}

// open reads a letter.
func (l letter) open(t *testing.T) letter {
	t.Helper()
	var whole letter
	fetch(t, "http://"+system.env["MARSHRUT_MAILBOX_ADDR"]+"/mail/api/messages/"+l.ID, &whole)
	return whole
}

func fetch(t *testing.T, address string, into any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode, "%s: %s", address, text)
	require.NoError(t, json.Unmarshal(text, into), "%s: %s", address, text)
}

// workflowStatus is the status of the latest run.
func workflowStatus(t *testing.T, id string) enumspb.WorkflowExecutionStatus {
	t.Helper()
	d, err := system.temporal.DescribeWorkflowExecution(t.Context(), id, "")
	require.NoError(t, err)
	return d.GetWorkflowExecutionInfo().GetStatus()
}

// completed waits until the case's workflow has completed.
func completed(t *testing.T, id string) {
	t.Helper()
	until(t, id+" is completed in Temporal", func() bool {
		status := workflowStatus(t, id)
		require.Contains(t, []enumspb.WorkflowExecutionStatus{
			enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED,
			enumspb.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW,
		}, status)
		return status == enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED
	})
}

// runs are the histories of a workflow's runs, oldest first.
func runs(t *testing.T, id string) []*historypb.History {
	t.Helper()
	d, err := system.temporal.DescribeWorkflowExecution(t.Context(), id, "")
	require.NoError(t, err)
	var all []*historypb.History
	for run := d.GetWorkflowExecutionInfo().GetExecution().GetRunId(); run != ""; {
		history := &historypb.History{}
		events := system.temporal.GetWorkflowHistory(t.Context(), id, run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for events.HasNext() {
			event, err := events.Next()
			require.NoError(t, err)
			history.Events = append(history.Events, event)
		}
		all = append(all, history)
		run = history.GetEvents()[0].GetWorkflowExecutionStartedEventAttributes().GetContinuedExecutionRunId()
	}
	slices.Reverse(all)
	return all
}

func count(history *historypb.History, event enumspb.EventType) int {
	n := 0
	for _, e := range history.GetEvents() {
		if e.GetEventType() == event {
			n++
		}
	}
	return n
}

// number asks the database for a number.
func number(t *testing.T, sql string, args ...any) int {
	t.Helper()
	var n int
	require.NoError(t, system.db.QueryRow(t.Context(), sql, args...).Scan(&n))
	return n
}
