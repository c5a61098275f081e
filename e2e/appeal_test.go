package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
)

func TestR37_R39_R50_R51_AppealFromPostToTheClosingMail(t *testing.T) {
	t.Parallel()
	c := newClient()
	made := as(manager).open(t, "appeals", c, nil)
	id, n := made.Case.ID, made.Case.Number
	require.Equal(t, []string{"appeal", "open", "classification"}, []string{made.Case.Kind, made.Case.Status, made.Case.Stage})
	require.Regexp(t, `^A-\d{6}$`, n)

	inbox := as(dispatcher).tasks(t, id, "open")
	require.Len(t, inbox, 1)
	require.Equal(t, "Классификация", inbox[0].Name)
	require.Empty(t, as(otherManager).tasks(t, id, "open"), "nobody else has it in his inbox")
	until(t, "the client has the acceptance mail", func() bool { return len(letters(t, c.email)) == 1 })
	accepted := letters(t, c.email)[0].open(t)
	require.Equal(t, "Обращение № "+n+" принято", accepted.Subject)
	require.Contains(t, accepted.Text, n)
	require.Contains(t, accepted.HTML, n)
	require.Equal(t, []string{"appeal-accepted client sent"}, as(manager).ledger(t, id))

	handed := as(dispatcher).complete(t, inbox[0], "hand-over", object{"purpose": "question", "performer": as(manager).id})
	processing := handed.task(t, "processing")
	require.Equal(t, as(manager).id, processing.Performer.UserID)
	require.Empty(t, as(dispatcher).tasks(t, id, "open"))
	require.Equal(t, processing.ID, as(manager).tasks(t, id, "open")[0].ID)

	closed := as(manager).complete(t, processing, "resolved", object{"result": privateName("ответ")})
	require.Equal(t, []string{"positive", "resolved"}, []string{closed.Case.Status, closed.Case.Outcome})
	require.Empty(t, closed.NextTasks)
	until(t, "the client has the closing mail", func() bool { return len(letters(t, c.email)) == 2 })
	require.Equal(t, "Обращение № "+n+" закрыто", letters(t, c.email)[1].Subject)
	require.Equal(t, []string{"appeal-accepted client sent", "appeal-closed client sent"}, as(manager).ledger(t, id))

	require.Equal(t, []string{
		"created", "stage_entered classification", "notification sent",
		"task_completed classification hand-over", "stage_entered processing",
		"task_completed processing resolved", "closed resolved positive", "notification sent",
	}, as(manager).story(t, id))

	require.Equal(t, "appeal/"+n, made.Case.WorkflowID)
	completed(t, made.Case.WorkflowID)
	histories := runs(t, made.Case.WorkflowID)
	require.Len(t, histories, 1)
	history := histories[0]
	timers := count(history, enumspb.EVENT_TYPE_TIMER_STARTED)
	budget := 8 + 7*2 + 6*2 + 2*timers
	t.Logf("%d events, %d timers; the budget is %d", len(history.GetEvents()), timers, budget)
	require.LessOrEqual(t, len(history.GetEvents()), budget)
}

func TestR40_ClientWithoutEmail(t *testing.T) {
	t.Parallel()
	c := newClient()
	c.email = ""
	made := as(manager).open(t, "appeals", c, nil)
	id := made.Case.ID
	handed := as(dispatcher).complete(t, made.task(t, "classification"), "hand-over", object{"purpose": "other", "performer": as(manager).id})
	closed := as(manager).complete(t, handed.task(t, "processing"), "resolved", object{"result": privateName("итог")})
	require.Equal(t, "positive", closed.Case.Status)
	require.Equal(t, []string{"appeal-accepted client skipped", "appeal-closed client skipped"}, as(manager).ledger(t, id))
	for _, n := range as(manager).notifications(t, id) {
		require.Equal(t, "no_email", n.Reason)
		require.NotEmpty(t, n.ReasonText)
	}
	completed(t, made.Case.WorkflowID)
}
