package workflows_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"marshrut/activities"
	"marshrut/crm"
	"marshrut/workflows"
)

// The scenarios of this file run on a real Temporal server, at TEMPORAL_ADDRESS. With MARSHRUT_RECORD_HISTORIES set they also
// write the histories that TestEveryRecordedHistoryReplays reads; see testdata/history/README.md.

// live is a case on a real Temporal server.
type live struct {
	t      *testing.T
	client client.Client
	board  *board
	kind   crm.Kind
	input  workflows.Input
	id     string
	queue  string
}

func newLive(t *testing.T, kind crm.Kind, b *board) *live {
	t.Helper()
	address := os.Getenv("TEMPORAL_ADDRESS")
	if address == "" {
		t.Skip("TEMPORAL_ADDRESS is not set: there is no Temporal server to run on")
	}
	quiet := log.NewStructuredLogger(slog.New(slog.DiscardHandler))
	c, err := client.Dial(client.Options{HostPort: address, Namespace: os.Getenv("TEMPORAL_NAMESPACE"), Identity: "test", Logger: quiet})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	id := uuid.Must(uuid.NewV7())
	return &live{
		t: t, client: c, board: b, kind: kind,
		input: workflows.Input{Case: id, Map: b.view.Map, Version: b.view.MapVersion, SHA256: strings.Repeat("ab", 32)},
		id:    workflows.CaseID(kind, kind.NumberPrefix()+"-"+id.String()), queue: "test-" + id.String(),
	}
}

// work runs a worker until the test ends.
func (l *live) work() {
	l.t.Helper()
	w := worker.New(l.client, l.queue, worker.Options{DisableRegistrationAliasing: true})
	register(w)
	w.RegisterActivityWithOptions(l.board.Advance, activity.RegisterOptions{Name: activities.AdvanceName})
	w.RegisterActivityWithOptions(l.board.Deliver, activity.RegisterOptions{Name: activities.DeliverName})
	require.NoError(l.t, w.Start())
	l.t.Cleanup(w.Stop)
}

// register registers the workflows as the product's worker does.
func register(r worker.WorkflowRegistry) {
	for _, kind := range crm.Kinds() {
		r.RegisterWorkflowWithOptions(workflows.Case, workflow.RegisterOptions{Name: workflows.CaseType(kind)})
	}
	r.RegisterWorkflowWithOptions(workflows.Delivery, workflow.RegisterOptions{Name: workflows.DeliveryType})
}

// start starts the case with its position, as the product does.
func (l *live) start() {
	l.t.Helper()
	view := l.board.answer()
	l.input.Position = &view
	_, err := l.client.ExecuteWorkflow(l.t.Context(), client.StartWorkflowOptions{
		ID: l.id, TaskQueue: l.queue, WorkflowTaskTimeout: workflows.TaskTimeout,
		StaticSummary: "a case under test", TypedSearchAttributes: workflows.AttributesOf(view).SearchAttributes(),
	}, workflows.CaseType(l.kind), l.input)
	require.NoError(l.t, err)
}

// send sends a command and waits for its answer.
func (l *live) send(command uuid.UUID) workflows.CommandReply {
	l.t.Helper()
	reply, err := l.try(command)
	require.NoError(l.t, err)
	return reply
}

func (l *live) try(command uuid.UUID) (workflows.CommandReply, error) {
	ctx, cancel := context.WithTimeout(l.t.Context(), time.Minute)
	defer cancel()
	var reply workflows.CommandReply
	handle, err := l.client.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: l.id, UpdateID: command.String(), UpdateName: workflows.UpdateCommand, Args: []any{command.String()},
		WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err == nil {
		err = handle.Get(ctx, &reply)
	}
	return reply, err
}

// until waits for something to become true of the board.
func (l *live) until(what string, is func() bool) {
	l.t.Helper()
	require.Eventually(l.t, func() bool {
		l.board.mu.Lock()
		defer l.board.mu.Unlock()
		return is()
	}, time.Minute, 5*time.Millisecond, what)
}

// untilEvents waits until the history holds so many events of a type.
func (l *live) untilEvents(event enumspb.EventType, n int) {
	l.t.Helper()
	require.Eventually(l.t, func() bool { return count(l.history(""), event) >= n }, time.Minute, 20*time.Millisecond, event.String())
}

// end waits until the case's workflow is completed.
func (l *live) end() {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), time.Minute)
	defer cancel()
	require.NoError(l.t, l.client.GetWorkflow(ctx, l.id, "").Get(ctx, nil))
}

func (l *live) history(run string) *historypb.History {
	l.t.Helper()
	history := &historypb.History{}
	events := l.client.GetWorkflowHistory(l.t.Context(), l.id, run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		require.NoError(l.t, err)
		history.Events = append(history.Events, event)
	}
	return history
}

// record replays a run's history and, when asked to, keeps it for the releases to come.
func (l *live) record(feature, run string) *historypb.History {
	l.t.Helper()
	history := l.history(run)
	replayer := worker.NewWorkflowReplayer()
	register(replayer)
	replayed, ok := proto.Clone(history).(*historypb.History) // a replay writes into the history it is given
	require.True(l.t, ok)
	require.NoError(l.t, replayer.ReplayWorkflowHistory(log.NewStructuredLogger(slog.New(slog.DiscardHandler)), replayed), feature)
	if os.Getenv("MARSHRUT_RECORD_HISTORIES") == "" {
		return history
	}
	text, err := protojson.MarshalOptions{Multiline: true, Indent: " "}.Marshal(history)
	require.NoError(l.t, err)
	name := fmt.Sprintf("v%d-%s.json", workflows.InterpreterVersion, feature)
	require.NoError(l.t, os.WriteFile(filepath.Join("testdata", "history", name), append(text, '\n'), 0o644))
	return history
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

func TestLiveAppealFromStartToEnd(t *testing.T) {
	t.Parallel()
	b := newBoard()
	accepted, closed := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	first, second := time.Now().Add(2*time.Hour), time.Now().Add(120*time.Hour)
	b.view.Pending, b.view.Wake, b.view.Due = []uuid.UUID{accepted}, &first, &second
	l := newLive(t, crm.Appeal, b)
	l.start()
	l.work()
	l.untilEvents(enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED, 1)
	require.Equal(t, workflows.CommandReply{Seq: 2}, l.send(b.on(both(to("processing"), wakeAt(second)))))
	require.Equal(t, workflows.CommandReply{Seq: 3}, l.send(b.on(both(notify(closed), finish))))
	l.end()
	_, err := l.try(b.on(refuse("case_closed")))
	require.Error(t, err, "a workflow that has ended takes no commands")

	requireBudget(t, l.record("appeal", ""), 2, 2, 3)
	require.Equal(t, []uuid.UUID{accepted, closed}, b.delivered)
}

func TestLiveOverdueStage(t *testing.T) {
	t.Parallel()
	b := newBoard()
	wake, next := time.Now().Add(time.Second), time.Now().Add(time.Hour)
	mail := uuid.Must(uuid.NewV7())
	b.view.Wake = &wake
	b.onWake = both(notify(mail), wakeAt(next))
	l := newLive(t, crm.Interest, b)
	l.start()
	l.work()
	l.untilEvents(enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED, 1)
	l.send(b.on(finish))
	l.end()

	history := l.record("overdue", "")
	require.Equal(t, 1, count(history, enumspb.EVENT_TYPE_TIMER_FIRED))
	require.Equal(t, 1, count(history, enumspb.EVENT_TYPE_TIMER_CANCELED))
	require.Len(t, b.timers(), 1)
}

func TestLiveSwitchToManual(t *testing.T) {
	t.Parallel()
	b := newBoard()
	wake := time.Now().Add(time.Hour)
	b.view.Wake, b.view.Due, b.view.Map = &wake, &wake, "typical-sale"
	l := newLive(t, crm.Deal, b)
	l.start()
	l.work()
	require.Equal(t, "not_manual", l.send(b.on(refuse("not_manual"))).Refused)
	l.send(b.on(func(view *activities.AdvanceResult) string {
		view.Mode, view.Wake, view.Due, view.Performer = crm.ModeManual, nil, nil, ""
		return ""
	}))
	l.send(b.on(to("closing")))
	l.send(b.on(to("commercial-proposal")))
	l.send(b.on(finish))
	l.end()

	history := l.record("switch-to-manual", "")
	require.Equal(t, 1, count(history, enumspb.EVENT_TYPE_TIMER_CANCELED))
	require.Equal(t, 4, count(history, enumspb.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES), "none for the refusal")
}

func TestLiveDeliveryIsRetried(t *testing.T) {
	t.Parallel()
	b := newBoard()
	mail := uuid.Must(uuid.NewV7())
	b.view.Pending = []uuid.UUID{mail}
	b.deliver = func(_ uuid.UUID, attempt int) (activities.DeliverResult, error) {
		if attempt == 1 {
			return activities.DeliverResult{}, errors.New("421 try again later")
		}
		return activities.DeliverResult{Status: "sent"}, nil
	}
	l := newLive(t, crm.Claim, b)
	l.start()
	l.work()
	l.until("the first attempt", func() bool { return b.attempts[mail] == 1 })
	l.send(b.on(finish))
	l.end()

	l.record("delivery-retry", "")
	require.Equal(t, 2, b.attempts[mail])
}

func TestLiveAwaitedDelivery(t *testing.T) {
	t.Parallel()
	b := newBoard()
	webhook := uuid.Must(uuid.NewV7())
	b.deliver = func(uuid.UUID, int) (activities.DeliverResult, error) {
		return activities.DeliverResult{Status: "sent", Await: true}, nil
	}
	l := newLive(t, crm.Deal, b)
	l.start()
	l.work()
	l.send(b.on(notify(webhook)))
	l.until("the stage is told", func() bool { return b.view.Stage == "after-delivery" })
	l.send(b.on(finish))
	l.end()

	l.record("awaited-delivery", "")
}

// Tried on a real server: what Postgres has and the history has not is adopted, and nothing is applied twice.
func TestLiveCaseThatIsBehindPostgres(t *testing.T) {
	t.Parallel()
	b := newBoard()
	l := newLive(t, crm.Appeal, b)
	l.start()
	l.work()
	lost, mail := b.on(to("processing")), uuid.Must(uuid.NewV7())
	l.untilEvents(enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, 1)
	b.commit("command/"+lost.String(), both(to("processing"), notify(mail)))
	require.Equal(t, workflows.CommandReply{Seq: 3}, l.send(b.on(to("checking"))))
	require.Equal(t, workflows.CommandReply{Seq: 3}, l.send(lost))
	l.send(b.on(finish))
	l.end()

	l.record("behind", "")
	require.Equal(t, []uuid.UUID{mail}, b.delivered)
}

func TestLivePostgresAway(t *testing.T) {
	t.Parallel()
	b := newBoard()
	l := newLive(t, crm.Appeal, b)
	l.start()
	l.work()
	l.untilEvents(enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, 1)
	end := b.on(finish)
	b.mu.Lock()
	b.failures = 7 // the last wait is longer than a workflow task and becomes a timer
	b.mu.Unlock()
	require.Equal(t, workflows.CommandReply{Seq: 2}, l.send(end))
	l.end()

	history := l.record("postgres-away", "")
	require.Equal(t, 1, count(history, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED))
	require.NotZero(t, count(history, enumspb.EVENT_TYPE_TIMER_FIRED))
}

func TestLiveCancellationIsIgnored(t *testing.T) {
	t.Parallel()
	b := newBoard()
	wake := time.Now().Add(2 * time.Second)
	b.view.Wake = &wake
	b.onWake = func(view *activities.AdvanceResult) string { view.Wake = nil; return to("overdue")(view) }
	l := newLive(t, crm.Appeal, b)
	l.start()
	l.work()
	l.untilEvents(enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, 1)
	require.NoError(t, l.client.CancelWorkflow(t.Context(), l.id, ""))
	l.send(b.on(to("processing")))
	l.until("the wake time", func() bool { return b.view.Stage == "overdue" })
	l.send(b.on(finish))
	l.end()

	l.record("cancellation", "")
}

// The server suggests it after 4,096 events, or as many as its limit.historyCount.suggestContinueAsNew says.
func TestLiveContinueAsNew(t *testing.T) {
	t.Parallel()
	b := newBoard()
	begun, release := make(chan struct{}), make(chan struct{})
	atWork, waiting := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	b.view.Pending = []uuid.UUID{atWork, waiting}
	b.deliver = func(id uuid.UUID, attempt int) (activities.DeliverResult, error) {
		switch {
		case id == waiting && attempt < 3: // between two attempts when the run is continued
			return activities.DeliverResult{}, errors.New("421 try again later")
		case id == atWork:
			close(begun)
			<-release
		}
		return activities.DeliverResult{Status: "sent"}, nil
	}
	l := newLive(t, crm.Appeal, b)
	l.start()
	l.work()
	<-begun
	first := l.run()

	var commands []uuid.UUID
	var mu sync.Mutex
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for l.run() == first {
				command := b.on(to("processing"))
				if _, err := l.try(command); err != nil {
					t.Errorf("command %s: %v", command, err)
					return
				}
				mu.Lock()
				commands = append(commands, command)
				if len(commands) == 30 {
					close(release)
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	for _, command := range commands[max(0, len(commands)-20):] { // known to the first run only
		l.send(command)
	}
	l.send(b.on(finish))
	l.end()

	applied := map[string]int{}
	for _, id := range b.applied {
		applied[id]++
	}
	for _, command := range commands {
		require.Equal(t, 1, applied["command/"+command.String()])
	}
	require.Equal(t, 1, b.attempts[atWork], "a delivery at work is waited for")
	require.ElementsMatch(t, []uuid.UUID{atWork, waiting}, b.delivered)
	require.NotZero(t, count(l.history(first), enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW))
	if len(commands) < 500 { // a history of the default limit is too big to keep
		l.record("continue-as-new", first)
	}
}

// run is the id of the case's latest run.
func (l *live) run() string {
	description, err := l.client.DescribeWorkflowExecution(l.t.Context(), l.id, "")
	if err != nil {
		l.t.Error(err)
		return ""
	}
	return description.GetWorkflowExecutionInfo().GetExecution().GetRunId()
}

func TestLiveDeliveryByItself(t *testing.T) {
	t.Parallel()
	b := newBoard()
	l := newLive(t, crm.Appeal, b)
	l.work()
	mail := uuid.Must(uuid.NewV7())
	l.id = workflows.DeliveryID(mail, 1)
	run, err := l.client.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: l.id, TaskQueue: l.queue},
		workflows.DeliveryType, workflows.DeliveryInput{Notification: mail})
	require.NoError(t, err)
	var result activities.DeliverResult
	require.NoError(t, run.Get(t.Context(), &result))
	require.Equal(t, "sent", result.Status)

	l.record("delivery", "")
}
