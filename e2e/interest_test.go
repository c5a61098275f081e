package e2e

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestR20_R2_R43_InterestIsPlannedRenewedAndRefused(t *testing.T) {
	t.Parallel()
	seller := as(manager)
	made := seller.open(t, "interests", newClient(), object{"map": "new-clients"})
	id, task := made.Case.ID, made.task(t, "acquaintance")

	// R43, R20: the cyclic outcome wants the next call planned, and renews task and deadline.
	missing := seller.refused(t, http.StatusUnprocessableEntity, "validation_failed", "/tasks/"+task.ID+"/complete", object{"outcome": "not-reached"})
	require.Equal(t, "/fields/planned_call", missing.Errors[0].Pointer)
	past := object{"outcome": "not-reached", "fields": object{"planned_call": object{"kind": "call", "at": at(-time.Hour)}}}
	require.Equal(t, "in_the_past", seller.refused(t, http.StatusUnprocessableEntity, "validation_failed", "/tasks/"+task.ID+"/complete", past).Errors[0].Code)
	// R2: nothing is planned yet, so that no outcome which goes on is taken.
	interested := object{"contact": seller.contact(t, made.Case.ClientID), "need": privateName("потребность")}
	seller.refused(t, http.StatusConflict, "interaction_not_planned", "/tasks/"+task.ID+"/complete", object{"outcome": "interested", "fields": interested})
	again := seller.complete(t, task, "not-reached", object{
		"planned_call": object{"kind": "call", "at": at(day), "topic": privateName("звонок")},
	}).task(t, "acquaintance")
	require.True(t, again.Cyclic)
	require.True(t, again.DueAt.After(task.DueAt), "the deadline is renewed")
	require.Equal(t, 1, number(t, "select count(*) from interactions where case_id = $1 and status = 'planned' and kind = 'call'", id))

	offer := seller.complete(t, again, "interested", interested).task(t, "commercial-offer")
	renewed := seller.complete(t, offer, "revise", object{"comment": privateName("доработка")}).task(t, "commercial-offer")
	require.True(t, renewed.Cyclic)
	refused := seller.post(t, "/cases/"+id+"/close", object{"outcome": "refused", "fields": object{"reason": privateName("отказ")}})
	require.Equal(t, []string{"negative", "refused"}, []string{refused.Case.Status, refused.Case.Outcome})
	completed(t, made.Case.WorkflowID)

	// The first stage has a negative end of its own, which needs nothing planned.
	other := seller.open(t, "interests", newClient(), object{"map": "new-clients"})
	ended := seller.complete(t, other.task(t, "acquaintance"), "not-interested", object{"reason": privateName("не нужно")})
	require.Equal(t, []string{"negative", "not-interested"}, []string{ended.Case.Status, ended.Case.Outcome})
	completed(t, other.Case.WorkflowID)
}

// The shortest time limit there is takes a minute: this test waits beside the others.
func TestR20_R43_OverdueStageIsToldToItsPerformer(t *testing.T) {
	t.Parallel()
	shipped, err := os.ReadFile("../routemaps/new-clients.yaml")
	require.NoError(t, err)
	quick := strings.NewReplacer("id: new-clients\n", "id: new-clients-in-a-hurry\n", "time_limit: 2 days", "time_limit: 1 minute").Replace(string(shipped))
	a := as(admin).call(t, http.MethodPost, "/route-maps", object{"source": quick})
	require.Equal(t, http.StatusCreated, a.status, "%s", a.body)

	seller := as(otherManager)
	made := seller.open(t, "interests", newClient(), object{"map": "new-clients-in-a-hurry"})
	task := made.task(t, "acquaintance")
	require.WithinDuration(t, time.Now().Add(time.Minute), task.DueAt, 10*time.Second)
	overdue := "Просрочено: № " + made.Case.Number + ", этап «Знакомство с клиентом»"
	patient(t, 2*time.Minute, "the performer is told that the stage is overdue", func() bool {
		return occurrences(subjects(t, seller.email), overdue) == 1
	})
	require.False(t, time.Now().Before(task.DueAt), "not before its time")
	late := seller.tasks(t, made.Case.ID, "open")
	require.Len(t, late, 1)
	require.Equal(t, []any{task.ID, true}, []any{late[0].ID, late[0].Overdue})
	require.Contains(t, seller.story(t, made.Case.ID), "overdue acquaintance")

	// It can be completed all the same, and ends as any other.
	ended := seller.complete(t, late[0], "not-interested", object{"reason": privateName("поздно")})
	require.Equal(t, "negative", ended.Case.Status)
	completed(t, made.Case.WorkflowID)
	require.Equal(t, 1, occurrences(subjects(t, seller.email), overdue))
}
