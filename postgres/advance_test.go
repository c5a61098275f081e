package postgres_test

import (
	"context"
	"testing"

	"marshrut/activities"
	"marshrut/crm"
	"marshrut/postgres"
)

func TestR37_AppealFromIntakeToTheEnd(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	c := of.create(crm.NewCase{Kind: crm.Appeal})
	if c.Number != "A-000001" || c.Stage != "classification" || c.Seq != 1 || c.MapID != "appeal" {
		t.Fatalf("a new appeal is %+v", c)
	}
	first := of.open(c)
	if first.Role != crm.RoleDispatcher || first.DueAt == nil {
		t.Fatalf("the first task is %+v, want one of the dispatchers with a deadline", first.Task)
	}
	done := of.complete(c, of.dispatcher, "hand-over", map[string]any{"purpose": "question", "performer": of.manager.ID.String()})
	if done.Status != crm.CommandApplied {
		t.Fatalf("handing over was %s: %v", done.Status, done.Refusal)
	}
	second := of.open(c)
	if second.UserID != of.manager.ID || second.Path != "processing" {
		t.Fatalf("the second task is %+v, want the manager's", second.Task)
	}
	done = of.complete(c, of.manager, "resolved", map[string]any{"result": "Ответили клиенту"})
	if done.Status != crm.CommandApplied {
		t.Fatalf("resolving was %s: %v", done.Status, done.Refusal)
	}
	c = of.reload(c)
	if c.Status != crm.StatusPositive || c.ClosedAt == nil || c.Outcome != "resolved" {
		t.Fatalf("the appeal ended as %+v", c)
	}
	want := "created stage_entered task_completed stage_entered task_completed closed"
	if got := of.feedKinds(c); got != want {
		t.Errorf("the feed tells %q, want %q", got, want)
	}
	ledger, err := of.Notifications(context.Background(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(ledger) != 2 || ledger[0].Template != "appeal-accepted" || ledger[1].Template != "appeal-closed" {
		t.Fatalf("the ledger holds %+v", ledger)
	}
	view := of.advance(activities.AdvanceRequest{Case: c.ID, EventID: "sync", Kind: activities.EventSync})
	if !view.Closed || len(view.Pending) != 2 || view.Wake != nil {
		t.Errorf("the workflow is told %+v", view)
	}
}

func TestR34_ManualModeIsFinalInTheDatabase(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	c := of.create(crm.NewCase{Kind: crm.Deal, By: of.manager.ID})
	task := of.open(c)
	refused := of.submit(crm.Command{CaseID: c.ID, UserID: of.manager.ID, Kind: crm.CommandMove, Payload: crm.CommandPayload{Stage: "offer"}})
	if refused.Status != crm.CommandRefused || refused.Refusal.Code != "not_manual" {
		t.Fatalf("a move while the process controls was %s: %v", refused.Status, refused.Refusal)
	}
	switched := of.submit(crm.Command{
		CaseID: c.ID, UserID: of.manager.ID, Kind: crm.CommandSwitchToManual, Payload: crm.CommandPayload{Reason: "Клиент просит иначе"},
	})
	if switched.Status != crm.CommandApplied {
		t.Fatalf("the switch was %s: %v", switched.Status, switched.Refusal)
	}
	c = of.reload(c)
	if c.Mode != crm.ModeManual || c.Manual == nil || c.Manual.By != of.manager.ID || c.WakeAt != nil {
		t.Fatalf("after the switch the deal is %+v", c)
	}
	late := of.submit(crm.Command{CaseID: c.ID, UserID: of.manager.ID, Kind: crm.CommandComplete, Payload: crm.CommandPayload{TaskID: task.ID, Outcome: "made"}})
	if late.Status != crm.CommandRefused || late.Refusal.Code != "task_withdrawn_manual" || late.Refusal.Kind != crm.KindConflict {
		t.Errorf("completing a withdrawn task was %s: %v", late.Status, late.Refusal)
	}
	for _, stage := range []string{"order", "primary-contact"} {
		if moved := of.submit(crm.Command{CaseID: c.ID, UserID: of.manager.ID, Kind: crm.CommandMove, Payload: crm.CommandPayload{Stage: stage}}); moved.Status != crm.CommandApplied {
			t.Errorf("the move to %s was %s: %v", stage, moved.Status, moved.Refusal)
		}
	}
	again := of.submit(crm.Command{CaseID: c.ID, UserID: of.manager.ID, Kind: crm.CommandSwitchToManual, Payload: crm.CommandPayload{Reason: "ещё раз"}})
	if again.Status != crm.CommandRefused {
		t.Errorf("a second switch was %s", again.Status)
	}
	for _, back := range []string{
		"update cases set mode = 'process' where id = $1", "update cases set manual_at = null where id = $1",
		"update cases set manual_at = now() where id = $1", "update cases set mode = 'process', manual_at = null where id = $1",
		"update cases set manual_reason = 'по-другому' where id = $1", "update cases set manual_reason = null where id = $1",
		"update cases set manual_by = null where id = $1", "update cases set manual_by = (select id from users where login = 'director') where id = $1",
	} {
		if _, err := of.Pool().Exec(context.Background(), back, c.ID); err == nil {
			t.Errorf("the database lets %q pass", back)
		}
	}
	ledger, err := of.Notifications(context.Background(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(ledger) != 1 || ledger[0].Template != "manual-mode-withdrawn" || ledger[0].Recipient != "user:"+of.manager.ID.String() {
		t.Errorf("the withdrawn task's performer is told by %+v", ledger)
	}
}

func TestAdvanceIsIdempotentByEvent(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	c := of.create(crm.NewCase{Kind: crm.Appeal})
	done := of.complete(c, of.dispatcher, "hand-over", map[string]any{"purpose": "question", "performer": of.manager.ID.String()})
	request := activities.AdvanceRequest{
		Case: c.ID, EventID: "command/" + done.ID.String(), Kind: activities.EventCommand, Ref: done.ID, Seq: 1,
	}
	first, second := of.advance(request), of.advance(request)
	if first.Seq != 2 || second.Seq != 2 || first.Stage != "processing" {
		t.Fatalf("a known event gives %+v and %+v", first, second)
	}
	var transitions int
	if err := of.Pool().QueryRow(context.Background(), "select count(*) from transitions where case_id = $1", c.ID).Scan(&transitions); err != nil {
		t.Fatal(err)
	}
	if transitions != 2 {
		t.Errorf("%d transitions, want 2", transitions)
	}
}

func TestAdvanceTellsAWorkflowThatItIsBehind(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	c := of.create(crm.NewCase{Kind: crm.Appeal})
	of.complete(c, of.dispatcher, "hand-over", map[string]any{"purpose": "question", "performer": of.manager.ID.String()})
	stored, _, err := of.InsertCommand(context.Background(), crm.Command{
		CaseID: c.ID, UserID: of.manager.ID, Kind: crm.CommandComplete, IdempotencyKey: "k",
		Payload: crm.CommandPayload{TaskID: of.open(c).ID, Outcome: "resolved", Fields: map[string]any{"result": "Готово"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	request := activities.AdvanceRequest{Case: c.ID, EventID: "command/" + stored.ID.String(), Kind: activities.EventCommand, Ref: stored.ID, Seq: 1}
	behind, err := of.Advance(context.Background(), request)
	if err != nil {
		t.Fatal(err)
	}
	if !behind.Behind || behind.Seq != 2 || len(behind.Pending) != 1 || behind.Wake == nil {
		t.Fatalf("a workflow at 1 is told %+v", behind)
	}
	if got := of.reload(c); got.Seq != 2 {
		t.Fatalf("the event was looked at: the case is at %d", got.Seq)
	}
	request.Seq = behind.Seq
	if result := of.advance(request); !result.Closed || result.Seq != 3 {
		t.Errorf("asked again it says %+v", result)
	}
}

func TestRefusalsAreStoredAndAnsweredAgain(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	c := of.create(crm.NewCase{Kind: crm.Appeal})
	task := of.open(c)
	command := crm.Command{
		CaseID: c.ID, UserID: of.manager.ID, Kind: crm.CommandComplete, IdempotencyKey: "same", BodyHash: []byte("1"),
		Payload: crm.CommandPayload{TaskID: task.ID, Outcome: "hand-over"},
	}
	first := of.submit(command)
	if first.Status != crm.CommandRefused || first.Refusal.Code != "not_your_task" || first.Refusal.Kind != crm.KindForbidden {
		t.Fatalf("somebody else's task: %s %v", first.Status, first.Refusal)
	}
	again := of.submit(command)
	if again.ID != first.ID || again.Refusal.Code != first.Refusal.Code {
		t.Errorf("the same key gives %+v", again)
	}
	command.BodyHash = []byte("2")
	if _, _, err := of.InsertCommand(context.Background(), command); err == nil {
		t.Error("a key used with another body is accepted")
	} else if e, ok := crm.AsError(err); !ok || e.Code != "idempotency_key_reused" {
		t.Errorf("a key used with another body: %v", err)
	}
}

func TestAnAutomaticKeyDoesNotOutliveARefusal(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	c := of.create(crm.NewCase{Kind: crm.Appeal})
	command := crm.Command{
		CaseID: c.ID, UserID: of.dispatcher.ID, Kind: crm.CommandComplete, IdempotencyKey: crm.AutomaticKey("x"), BodyHash: []byte("1"),
		Payload: crm.CommandPayload{TaskID: of.open(c).ID, Outcome: "reject"},
	}
	first := of.submit(command)
	second, _, err := of.InsertCommand(context.Background(), command)
	if err != nil {
		t.Fatal(err)
	}
	if first.Status != crm.CommandRefused || second.ID == first.ID || second.Status != crm.CommandReceived {
		t.Errorf("refused first (%s), then %+v", first.Status, second)
	}
}

func TestR2_AStepWithoutAPlannedInteractionIsRefused(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	c := of.create(crm.NewCase{Kind: crm.Interest, By: of.manager.ID})
	contact, err := of.CreateContact(context.Background(), crm.Contact{ClientID: of.client, Name: "Мария Кузнецова"})
	if err != nil {
		t.Fatal(err)
	}
	form := map[string]any{"contact": contact.ID.String(), "need": "Чай"}
	refused := of.complete(c, of.manager, "interested", form)
	if refused.Status != crm.CommandRefused || refused.Refusal.Code != "interaction_not_planned" {
		t.Fatalf("without a plan the step was %s: %v", refused.Status, refused.Refusal)
	}
	_, err = of.CreateInteraction(context.Background(), crm.Interaction{
		CaseID: c.ID, Kind: crm.InteractionCall, Status: crm.InteractionPlanned, At: of.now().AddDate(0, 0, 1), Topic: "Предложение",
	})
	if err != nil {
		t.Fatal(err)
	}
	if done := of.complete(c, of.manager, "interested", form); done.Status != crm.CommandApplied {
		t.Errorf("with a plan the step was %s: %v", done.Status, done.Refusal)
	}
	if ended := of.complete(c, of.manager, "refused", map[string]any{"reason": "price"}); ended.Status != crm.CommandApplied {
		t.Errorf("the end needs no plan, and was %s: %v", ended.Status, ended.Refusal)
	}
}

func TestR20_ACyclicOutcomeRenewsTheTaskAndPlansTheCall(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	c := of.create(crm.NewCase{Kind: crm.Interest, By: of.manager.ID})
	before := of.open(c)
	call := map[string]any{"kind": "call", "at": of.now().AddDate(0, 0, 1).Format("2006-01-02T15:04:05Z07:00"), "topic": "Перезвонить"}
	done := of.complete(c, of.manager, "not-reached", map[string]any{"planned_call": call})
	if done.Status != crm.CommandApplied {
		t.Fatalf("the cyclic outcome was %s: %v", done.Status, done.Refusal)
	}
	after := of.open(c)
	if after.ID == before.ID || !after.Cyclic || after.Visit != 2 || after.UserID != of.manager.ID {
		t.Errorf("the renewed task is %+v", after.Task)
	}
	planned, err := of.ListInteractions(context.Background(), crm.InteractionFilter{CaseID: c.ID, Status: crm.InteractionPlanned, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	if len(planned.Items) != 1 || planned.Items[0].Topic != "Перезвонить" || planned.Items[0].ClientID != of.client {
		t.Errorf("the planned call is %+v", planned.Items)
	}
}

func TestR43_AnOverdueStageIsMarkedAndEscalated(t *testing.T) {
	t.Parallel()
	late := newRecordsClock()
	of := newOffice(t, postgres.Options{Clock: late.now})
	c := of.create(crm.NewCase{Kind: crm.Appeal})
	due := of.open(c).DueAt
	late.pass(due.Sub(late.now()) + 1)
	view := of.advance(activities.AdvanceRequest{Case: c.ID, EventID: "timer/1", Kind: activities.EventTimer, At: *due})
	task := of.open(c)
	if !task.Overdue || view.Seq != 2 {
		t.Fatalf("past its deadline the task is %+v, the case at %d", task.Task, view.Seq)
	}
	ledger, err := of.Notifications(context.Background(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	for _, n := range ledger[1:] {
		if n.Template != "overdue" {
			t.Errorf("an overdue stage sends %s", n.Template)
		}
		told[n.Recipient] = true
	}
	if len(told) != 2 || !told["user:"+of.dispatcher.ID.String()] || !told["user:"+of.director.ID.String()] {
		t.Errorf("told were %v, want the performer and the head of department", told)
	}
	if again := of.advance(activities.AdvanceRequest{Case: c.ID, EventID: "timer/2", Kind: activities.EventTimer, At: *due}); again.Seq != 2 {
		t.Errorf("a timer with nothing due moved the case to %d", again.Seq)
	}
}

func TestR31_ADealWithoutStagesHasNoRoute(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	c := of.create(crm.NewCase{Kind: crm.Deal, NoStages: true, By: of.manager.ID})
	if c.Mode != crm.ModeNone || c.MapID != "" {
		t.Fatalf("a deal without stages is %+v", c)
	}
	lost := crm.Command{CaseID: c.ID, UserID: of.manager.ID, Kind: crm.CommandClose, Payload: crm.CommandPayload{Result: crm.StatusNegative}}
	if refused := of.submit(lost); refused.Status != crm.CommandRefused {
		t.Errorf("lost without a reason was %s", refused.Status)
	}
	lost.Payload.Fields = map[string]any{"reason": "price"}
	if done := of.submit(lost); done.Status != crm.CommandApplied {
		t.Fatalf("lost with a reason was %s: %v", done.Status, done.Refusal)
	}
	if c = of.reload(c); c.Status != crm.StatusNegative || c.ClosedAt == nil || c.Mode != crm.ModeNone {
		t.Errorf("the lost deal is %+v", c)
	}
}

func TestCreateCaseTwiceWithOneKeyMakesOne(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	n := crm.NewCase{
		Kind: crm.Appeal, ClientID: of.client, Topic: "Вопрос", Source: "site", By: of.dispatcher.ID, IdempotencyKey: "k", BodyHash: []byte("1"),
	}
	type made struct {
		c     *crm.Case
		fresh bool
		err   error
	}
	answers := make(chan made)
	const requests = 8
	for range requests {
		go func() {
			c, fresh, err := of.CreateCase(context.Background(), n)
			answers <- made{c, fresh, err}
		}()
	}
	fresh := 0
	numbers := map[string]bool{}
	for range requests {
		a := <-answers
		if a.err != nil {
			t.Errorf("create: %v", a.err)
			continue
		}
		numbers[a.c.Number] = true
		if a.fresh {
			fresh++
		}
	}
	if fresh != 1 || len(numbers) != 1 {
		t.Errorf("%d cases were made: %v", fresh, numbers)
	}
}

func TestTransitionsAndVersionsCannotBeChanged(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	of.create(crm.NewCase{Kind: crm.Appeal})
	for _, change := range []string{
		"update transitions set kind = 'x'", "delete from transitions", "update route_map_versions set source = ''", "delete from route_map_versions",
	} {
		if _, err := of.Pool().Exec(context.Background(), change); err == nil {
			t.Errorf("the database lets %q pass", change)
		}
	}
}
