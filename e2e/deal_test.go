package e2e

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	sdk "go.temporal.io/sdk/client"

	"marshrut/crm"
	"marshrut/routemaps"
	"marshrut/workflows"
)

const day = 24 * time.Hour

func date(in time.Duration) string { return time.Now().Add(in).Format(time.DateOnly) }

func at(in time.Duration) string { return time.Now().Add(in).UTC().Format(time.RFC3339) }

// contact adds a contact of the case's client.
func (p *person) contact(t *testing.T, clientID string) string {
	t.Helper()
	var made struct{ ID string }
	p.call(t, http.MethodPost, "/contacts", object{"client_id": clientID, "name": privateName("Контакт")}).into(t, http.StatusCreated, &made)
	return made.ID
}

func TestR31_R32_TypicalSaleWalksItsStages(t *testing.T) {
	t.Parallel()
	c := newClient()
	seller := as(manager)
	made := seller.open(t, "deals", c, object{"kind": "process"})
	id := made.Case.ID
	require.Equal(t, "process", made.Case.Mode)

	again := seller.complete(t, made.task(t, "primary-contact"), "no-answer", object{"planned_call": object{"kind": "call", "at": at(day)}})
	require.True(t, again.task(t, "primary-contact").Cyclic)
	met := seller.complete(t, again.task(t, "primary-contact"), "made", object{
		"interaction": object{"kind": "meeting", "at": at(-time.Hour), "topic": privateName("встреча"), "content": privateName("разговор")},
	})

	// R32: while the process controls the deal, nobody else moves or closes it.
	seller.refused(t, http.StatusConflict, "not_manual", "/deals/"+id+"/move", object{"stage": "offer"})
	seller.refused(t, http.StatusConflict, "not_manual", "/deals/"+id+"/close", object{"result": "won"})
	seller.refused(t, http.StatusConflict, "already_process", "/deals/"+id+"/switch-to-process", object{})

	qualification := met.task(t, "qualification")
	missing := seller.refused(t, http.StatusUnprocessableEntity, "validation_failed", "/tasks/"+qualification.ID+"/complete", object{"outcome": "qualified"})
	var pointers []string
	for _, field := range missing.Errors {
		pointers = append(pointers, field.Pointer+" "+field.Code)
	}
	require.ElementsMatch(t, []string{"/fields/demand required", "/fields/potential required", "/fields/decision_maker required"}, pointers)
	offer := seller.complete(t, qualification, "qualified", object{
		"demand":    []object{{"name": privateName("товар"), "quantity": "3", "price": "33.10"}},
		"potential": "99.30", "decision_maker": seller.contact(t, made.Case.ClientID),
	}).task(t, "offer")
	sent := seller.complete(t, offer, "sent", object{
		"file": seller.upload(t, id, "Предложение.txt", privateName("предложение")), "amount": "99.30", "valid_until": date(30 * day),
	})
	terms := seller.complete(t, sent.task(t, "presentation"), "skipped", object{"comment": privateName("пропуск")}).task(t, "terms")
	order := seller.complete(t, terms, "agreed", object{"price": "99.30", "payment": "предоплата", "delivery": privateName("адрес")}).task(t, "order")
	obligations := seller.complete(t, order, "placed", object{"number": "З-7", "amount": "99.30"}).task(t, "obligations-confirmed")
	monitored := seller.complete(t, obligations, "confirmed", object{"obligation": "payment", "ship_date": date(7 * day)}).task(t, "obligations-monitored")
	partly := seller.complete(t, monitored, "partly", object{"remainder": "9.30", "date": date(9 * day)}).task(t, "obligations-monitored")
	won := seller.complete(t, partly, "fulfilled", object{"amount": "99.30", "documents": seller.upload(t, id, "Акт.txt", "акт")})
	require.Equal(t, []string{"positive", "won"}, []string{won.Case.Status, won.Case.Result})

	require.Equal(t, []string{"offer-sent client sent", "order-completed client sent", "order-placed client sent"}, seller.ledger(t, id))
	require.Equal(t, []string{"Заказ № З-7 выполнен", "Заказ № З-7 оформлен", "Коммерческое предложение № " + made.Case.Number}, subjects(t, c.email))
	completed(t, made.Case.WorkflowID)
}

func TestR30_DealIsLostWithAReasonFromAnyStage(t *testing.T) {
	t.Parallel()
	seller := as(manager)
	made := seller.open(t, "deals", newClient(), object{"kind": "process"})
	closing := "/cases/" + made.Case.ID + "/close"
	seller.refused(t, http.StatusUnprocessableEntity, "validation_failed", closing, object{"outcome": "lost"})
	seller.refused(t, http.StatusUnprocessableEntity, "validation_failed", closing, object{"outcome": "lost", "fields": object{"reason": "competitor"}})
	lost := seller.post(t, closing, object{"outcome": "lost", "fields": object{"reason": "price"}})
	require.Equal(t, []string{"negative", "lost"}, []string{lost.Case.Status, lost.Case.Result})
	require.Equal(t, "withdrawn", seller.tasks(t, made.Case.ID, "")[0].Status)
	completed(t, made.Case.WorkflowID)
}

func TestR31_R34_ManualModeIsForGood(t *testing.T) {
	t.Parallel()
	c := newClient()
	seller := as(otherManager)
	made := seller.open(t, "deals", c, object{"kind": "process"})
	deal := "/deals/" + made.Case.ID
	task := made.task(t, "primary-contact")

	seller.refused(t, http.StatusUnprocessableEntity, "validation_failed", deal+"/switch-to-manual", object{})
	as(manager).refused(t, http.StatusForbidden, "not_your_case", deal+"/switch-to-manual", object{"reason": "чужая"})
	switched := seller.post(t, deal+"/switch-to-manual", object{"reason": privateName("причина")})
	require.Equal(t, "manual", switched.Case.Mode)
	require.Equal(t, privateName("причина"), switched.Case.Manual.Reason)

	// Its task is withdrawn, and the performer is told.
	withdrawn := seller.tasks(t, made.Case.ID, "withdrawn")
	require.Len(t, withdrawn, 1)
	require.Equal(t, []string{task.ID, "manual"}, []string{withdrawn[0].ID, withdrawn[0].Withdrawn})
	seller.refused(t, http.StatusConflict, "task_withdrawn_manual", "/tasks/"+task.ID+"/complete", object{"outcome": "made"})
	require.Equal(t, []string{"manual-mode-withdrawn user:" + seller.id + " sent"}, seller.ledger(t, made.Case.ID))
	told := "Задача отозвана: № " + made.Case.Number + ", этап «Первичный контакт»"
	require.Contains(t, subjects(t, seller.email), told)

	// It moves freely, ahead and back.
	for _, stage := range []string{"order", "qualification", "obligations-monitored", "offer"} {
		moved := seller.post(t, deal+"/move", object{"stage": stage})
		require.Equal(t, stage, moved.Case.Stage)
		require.Empty(t, moved.NextTasks)
	}
	seller.refused(t, http.StatusConflict, "same_stage", deal+"/move", object{"stage": "offer"})
	seller.refused(t, http.StatusUnprocessableEntity, "unknown_stage", deal+"/move", object{"stage": "nowhere"})

	stillManual := func() {
		t.Helper()
		seller.refused(t, http.StatusConflict, "manual_is_final", deal+"/switch-to-process", object{})
		seller.refused(t, http.StatusConflict, "manual_mode", deal+"/switch-to-manual", object{"reason": "ещё раз"})
		refusedByTheWorkflow(t, made.Case, seller.id, crm.CommandSwitchToManual, "manual_mode")
		refusedByTheDatabase(t, made.Case.ID)
		refusedByTheStep(t, made.Case.ID)
		var now caseDoc
		seller.get(t, "/cases/"+made.Case.ID, &now)
		require.Equal(t, "manual", now.Mode)
	}
	stillManual()

	reset(t, made.Case.WorkflowID)
	stillManual()
	moved := seller.post(t, deal+"/move", object{"stage": "terms"})
	require.Equal(t, []string{"manual", "terms"}, []string{moved.Case.Mode, moved.Case.Stage})

	seller.refused(t, http.StatusUnprocessableEntity, "validation_failed", deal+"/close", object{"result": "lost"})
	lost := seller.post(t, deal+"/close", object{"result": "lost", "reason": "no-budget"})
	require.Equal(t, []string{"negative", "lost", "no-budget"}, []string{lost.Case.Status, lost.Case.Result, lost.Case.Fields["reason"].(string)})
	completed(t, made.Case.WorkflowID)
	require.Len(t, seller.ledger(t, made.Case.ID), 1)
	require.Equal(t, 1, occurrences(subjects(t, seller.email), told), "no mail went out twice")
	require.Empty(t, letters(t, c.email))
}

func occurrences(all []string, of string) int {
	n := 0
	for _, one := range all {
		if one == of {
			n++
		}
	}
	return n
}

// refusedByTheWorkflow writes a command past the API and brings it to the workflow by an Update of its own.
func refusedByTheWorkflow(t *testing.T, c caseDoc, user string, kind crm.CommandKind, code string) {
	t.Helper()
	var command string
	require.NoError(t, system.db.QueryRow(t.Context(), `insert into commands (id, case_id, user_id, idempotency_key, body_hash, kind, payload)
		values (gen_random_uuid(), $1, $2, gen_random_uuid()::text, '', $3, '{"reason": "мимо API"}') returning id`, c.ID, user, kind).Scan(&command))
	handle, err := system.temporal.UpdateWorkflow(t.Context(), sdk.UpdateWorkflowOptions{
		WorkflowID: c.WorkflowID, UpdateName: workflows.UpdateCommand, UpdateID: command, Args: []any{command},
		WaitForStage: sdk.WorkflowUpdateStageCompleted,
	})
	require.NoError(t, err)
	var reply workflows.CommandReply
	require.NoError(t, handle.Get(t.Context(), &reply))
	require.Equal(t, code, reply.Refused)
}

// refusedByTheDatabase tries what the program never does.
func refusedByTheDatabase(t *testing.T, id string) {
	t.Helper()
	for _, sql := range []string{
		"update cases set mode = 'process' where id = $1",
		"update cases set mode = 'none', map_id = null, map_version = null where id = $1",
		"update cases set manual_at = null where id = $1",
		"update cases set manual_at = now() where id = $1",
	} {
		_, err := system.db.Exec(t.Context(), sql, id)
		var refused *pgconn.PgError
		require.ErrorAs(t, err, &refused, sql)
		require.Equal(t, "cases_manual_is_final", refused.ConstraintName, sql)
	}
}

// refusedByTheStep gives the case's own state and map to the pure step, with everything a process-controlled case takes.
func refusedByTheStep(t *testing.T, id string) {
	t.Helper()
	var stored []byte
	var source string
	require.NoError(t, system.db.QueryRow(t.Context(), `select c.state, v.source from cases c
		join route_map_versions v on v.map_id = c.map_id and v.version = c.map_version where c.id = $1`, id).Scan(&stored, &source))
	state, err := routemaps.DecodeState(stored)
	require.NoError(t, err)
	m, err := routemaps.Load("typical-sale.yaml", []byte(source))
	require.NoError(t, err)
	now := time.Now()
	for _, event := range []routemaps.Event{
		{Kind: routemaps.OnStart, At: now},
		{Kind: routemaps.OnSwitchManual, At: now},
		{Kind: routemaps.OnTimer, At: now},
		{Kind: routemaps.OnOutcome, At: now, Path: "primary-contact", Visit: 1, Outcome: "made"},
		{Kind: routemaps.OnTrigger, At: now, Trigger: "payment"},
		{Kind: routemaps.OnFactsChanged, At: now},
	} {
		next, effects, err := routemaps.Step(m, state, event, routemaps.Facts{})
		require.Equal(t, crm.ModeManual, next.Mode, event.Kind)
		require.Empty(t, effects, event.Kind)
		if slices.Contains([]routemaps.EventKind{routemaps.OnStart, routemaps.OnSwitchManual, routemaps.OnOutcome}, event.Kind) {
			require.Error(t, err, event.Kind)
		}
	}
}

// reset does what an operator may do in Temporal UI: the workflow begins anew, from its first workflow task.
func reset(t *testing.T, id string) {
	t.Helper()
	all := runs(t, id)
	last := all[len(all)-1]
	for _, event := range last.GetEvents() {
		if event.GetEventType() != enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
			continue
		}
		d, err := system.temporal.DescribeWorkflowExecution(t.Context(), id, "")
		require.NoError(t, err)
		answer, err := system.temporal.ResetWorkflowExecution(t.Context(), &workflowservice.ResetWorkflowExecutionRequest{
			Namespace:         system.env["TEMPORAL_NAMESPACE"],
			WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: id, RunId: d.GetWorkflowExecutionInfo().GetExecution().GetRunId()},
			Reason:            "a test", RequestId: t.Name(), WorkflowTaskFinishEventId: event.GetEventId(),
		})
		require.NoError(t, err)
		now, err := system.temporal.DescribeWorkflowExecution(t.Context(), id, "")
		require.NoError(t, err)
		require.Equal(t, answer.GetRunId(), now.GetWorkflowExecutionInfo().GetExecution().GetRunId())
		return
	}
	t.Fatal("the workflow has completed no workflow task")
}
