package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
)

// TestR60_AClosedCaseGoesOnInANewRun: its workflow has ended with it; the head's command starts another under the same id, which
// goes on where the case stands.
func TestR60_AClosedCaseGoesOnInANewRun(t *testing.T) {
	t.Parallel()
	made := as(dispatcher).open(t, "appeals", newClient(), nil)
	id, workflow := made.Case.ID, made.Case.WorkflowID
	handed := as(dispatcher).complete(t, made.task(t, "classification"), "hand-over", object{"purpose": "other", "performer": as(manager).id})
	as(manager).complete(t, handed.task(t, "processing"), "resolved", object{"result": privateName("итог")})
	completed(t, workflow)

	as(manager).refused(t, http.StatusForbidden, "only_a_head", "/cases/"+id+"/reopen", object{"reason": privateName("передумал")})
	again := as(director).post(t, "/cases/"+id+"/reopen", object{"reason": privateName("клиент вернулся")}, key("reopen "+id))
	require.Equal(t, []string{"open", "processing"}, []string{again.Case.Status, again.Case.Stage})
	task := again.task(t, "processing")
	require.Equal(t, as(manager).id, task.Performer.UserID, "the performer given at the hand-over")
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, workflowStatus(t, workflow))
	repeated := as(director).post(t, "/cases/"+id+"/reopen", object{"reason": privateName("клиент вернулся")}, key("reopen "+id))
	require.Equal(t, again.Command.ID, repeated.Command.ID)

	closed := as(manager).complete(t, task, "resolved", object{"result": privateName("теперь точно")})
	require.Equal(t, "positive", closed.Case.Status)
	completed(t, workflow)
	require.Equal(t, []string{"appeal-accepted client sent", "appeal-closed client sent", "appeal-closed client sent"}, as(manager).ledger(t, id))
}

// TestR65_ADeadlineMovedByHandMovesTheTimer: the workflow hears of it, and what is late is told at the new time.
func TestR65_ADeadlineMovedByHandMovesTheTimer(t *testing.T) {
	t.Parallel()
	made := as(manager).open(t, "interests", newClient(), object{"map": "new-clients"})
	task := made.task(t, "acquaintance")
	soon := time.Now().Add(2 * time.Second).UTC().Truncate(time.Second)
	body := object{"due_at": soon.Format(time.RFC3339), "reason": privateName("срочно")}
	as(manager).post(t, "/tasks/"+task.ID+"/deadline", body, header{"If-Match", "*"})
	until(t, "the task is overdue at its new time", func() bool {
		open := as(manager).tasks(t, made.Case.ID, "open")
		return len(open) == 1 && open[0].Overdue && open[0].DueAt.Equal(soon)
	})
	later := object{"due_at": at(day), "reason": privateName("ждём")}
	as(manager).post(t, "/tasks/"+task.ID+"/deadline", later, header{"If-Match", "*"})
	require.False(t, as(manager).tasks(t, made.Case.ID, "open")[0].Overdue)
}

// listening is a map whose stage is left when the client calls.
const listening = `
id: listening
process: interest
name: {en: Listening, ru: Слушает}
stages:
  - id: first
    name: {en: First, ru: Первый}
    performer: responsible
    on_event: [{event: call, outcome: called}]
    outcomes:
      - {id: called, name: {en: Called, ru: Позвонили}, to: second}
  - id: second
    name: {en: Second, ru: Второй}
    performer: responsible
    outcomes:
      - {id: done, name: {en: Done, ru: Готово}, finish: positive}
      - {id: no, name: {en: No, ru: Нет}, finish: negative}
`

// TestR11_ACallThatIsRecordedMovesTheInterestOn: once, and gives its responsible the next stage's task.
func TestR11_ACallThatIsRecordedMovesTheInterestOn(t *testing.T) {
	t.Parallel()
	a := as(admin).call(t, http.MethodPost, "/route-maps", object{"source": listening})
	require.Equal(t, http.StatusCreated, a.status, "%s", a.body)
	made := as(manager).open(t, "interests", newClient(), object{"map": "listening"})
	made.task(t, "first")
	call := object{
		"kind": "call", "direction": "in", "at": at(-time.Minute), "topic": privateName("звонок"), "case_id": made.Case.ID,
	}
	for range 2 {
		a := as(manager).call(t, http.MethodPost, "/interactions", call, key("call "+made.Case.ID))
		require.Equal(t, http.StatusCreated, a.status, "%s", a.body)
	}
	until(t, "the call has moved the interest on", func() bool {
		open := as(manager).tasks(t, made.Case.ID, "open")
		return len(open) == 1 && open[0].Stage == "second" && open[0].Performer.UserID == as(manager).id
	})
	require.Equal(t, 1, number(t, "select count(*) from transitions where case_id = $1 and kind = 'trigger'", made.Case.ID))
}

// TestR63_ALetterFromACase goes out from its author's own address, with his signature and a file, and an answer to it belongs to
// the same thread.
func TestR63_ALetterFromACase(t *testing.T) {
	t.Parallel()
	c, seller := newClient(), as(otherManager)
	made := seller.open(t, "deals", c, object{"kind": "process"})
	path := "/cases/" + made.Case.ID + "/letters"
	signature := privateName("с уважением")
	a := seller.call(t, http.MethodPatch, "/me", object{"signature": signature}, header{"If-Match", "*"})
	require.Equal(t, http.StatusOK, a.status, "%s", a.body)
	price := seller.upload(t, made.Case.ID, "price.txt", "ten")

	var first, second struct{ ID string }
	subject := privateName("предложение") + " " + made.Case.Number
	seller.call(t, http.MethodPost, path, object{"to": c.email, "subject": subject, "text": privateName("письмо"), "file_ids": []string{price}}).
		into(t, http.StatusCreated, &first)
	seller.call(t, http.MethodPost, path, object{"to": c.email, "subject": subject, "text": privateName("ещё"), "reply_to": first.ID}).
		into(t, http.StatusCreated, &second)
	var came []letter
	until(t, "both letters are in the client's mailbox", func() bool {
		came = nil
		for _, l := range letters(t, c.email) {
			if l.Subject == subject {
				came = append(came, l.open(t))
			}
		}
		return len(came) == 2
	})
	one, two := came[0], came[1]
	if one.field("In-Reply-To") != "" {
		one, two = two, one
	}
	require.Contains(t, one.field("From"), seller.email)
	require.Contains(t, one.Text, "-- \r\n"+signature)
	require.Len(t, one.Files, 1)
	require.Equal(t, "price.txt", one.Files[0].Name)
	require.NotEmpty(t, one.field("Message-ID"))
	require.Equal(t, one.field("Message-ID"), two.field("In-Reply-To"))
	require.Equal(t, one.field("Message-ID"), two.field("References"))
	require.NotEqual(t, one.field("Message-ID"), two.field("Message-ID"))
}

// field is a header field of a letter that has been opened.
func (l letter) field(name string) string {
	for _, h := range l.Headers {
		if strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}

// TestR66_ANewTaskIsInTheMailbox: whoever a task comes to finds a letter, once, and a notice on his page.
func TestR66_ANewTaskIsInTheMailbox(t *testing.T) {
	t.Parallel()
	made := as(manager).open(t, "appeals", newClient(), nil)
	task := as(dispatcher).tasks(t, made.Case.ID, "open")[0]
	as(dispatcher).complete(t, task, "hand-over", object{"purpose": "question", "performer": as(otherManager).id})
	subject := "Новая задача: Отработка, " + made.Case.Number
	found := func() []letter {
		var about []letter
		for _, l := range letters(t, as(otherManager).email) {
			if strings.HasSuffix(l.Subject, ", "+made.Case.Number) {
				about = append(about, l)
			}
		}
		return about
	}
	until(t, "the performer has the letter", func() bool { return len(found()) > 0 })
	require.Len(t, found(), 1)
	require.Equal(t, subject, found()[0].Subject)
	require.Contains(t, found()[0].open(t).Text, made.Case.Number)
}
