package dispatch_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"marshrut/activities"
	"marshrut/crm"
	"marshrut/dispatch"
	"marshrut/workflows"
)

// A real client against an address where nobody listens.
func TestTemporalThatIsNotThereIsUnavailable(t *testing.T) {
	t.Parallel()
	c, err := client.NewLazyClient(client.Options{HostPort: "127.0.0.1:1", Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	d := dispatch.New(c, dispatch.Options{Patience: 50 * time.Millisecond})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()

	unavailable(t, d.Start(ctx, appeal()))
	_, err = d.Send(ctx, appeal(), uuid.Must(uuid.NewV7()))
	unavailable(t, err)
	_, err = d.Revive(ctx, appeal(), uuid.Must(uuid.NewV7()))
	unavailable(t, err)
	unavailable(t, d.Resend(ctx, uuid.Must(uuid.NewV7()), 1))
	require.NoError(t, ctx.Err(), "it was found out before the caller's time was over")
}

// The connection to a real Temporal server breaks.
func TestLiveTemporalThatGoesAwayIsUnavailable(t *testing.T) {
	t.Parallel()
	address, cut := breakable(t, temporalAddress(t))
	c, err := client.Dial(client.Options{
		HostPort: address, Namespace: os.Getenv("TEMPORAL_NAMESPACE"), Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	d := dispatch.New(c, dispatch.Options{Patience: 100 * time.Millisecond})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()

	theCase := appeal()
	theCase.Number = "A-" + uuid.NewString()
	_, err = d.Send(ctx, theCase, uuid.Must(uuid.NewV7()))
	require.ErrorIs(t, err, dispatch.ErrNoWorkflow)
	cut()
	_, err = d.Send(ctx, theCase, uuid.Must(uuid.NewV7()))
	unavailable(t, err)
	unavailable(t, d.Start(ctx, theCase))
	require.NoError(t, ctx.Err(), "it was found out before the caller's time was over")
}

// breakable forwards connections until cut is called.
func breakable(t *testing.T, to string) (address string, cut func()) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var mu sync.Mutex
	open := []io.Closer{listener}
	cut = func() {
		mu.Lock()
		defer mu.Unlock()
		for _, c := range open {
			c.Close()
		}
	}
	t.Cleanup(cut)
	go func() {
		for {
			in, err := listener.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to)
			if err != nil {
				in.Close()
				continue
			}
			mu.Lock()
			open = append(open, in, out)
			mu.Unlock()
			go func() { _, _ = io.Copy(out, in) }()
			go func() { _, _ = io.Copy(in, out) }()
		}
	}()
	return listener.Addr().String(), cut
}

func temporalAddress(t *testing.T) string {
	t.Helper()
	address := os.Getenv("TEMPORAL_ADDRESS")
	if address == "" {
		t.Skip("TEMPORAL_ADDRESS is not set: there is no Temporal server to run on")
	}
	return address
}

// closing is a Postgres in which the first command closes the case and every other is refused.
type closing struct {
	mu     sync.Mutex
	closed map[uuid.UUID]string // case → event that closed it
}

func (c *closing) Advance(_ context.Context, request activities.AdvanceRequest) (activities.AdvanceResult, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	view := activities.AdvanceResult{
		Seq: 1, Map: "appeal", MapVersion: 3, Status: crm.StatusOpen, Mode: crm.ModeProcess, Stage: "classification", Performer: "role:dispatcher",
	}
	by, closed := c.closed[request.Case]
	if request.Kind == activities.EventCommand && !closed {
		by, closed = request.EventID, true
		c.closed[request.Case] = by
	}
	if closed {
		view.Seq, view.Closed, view.Status = 2, true, crm.StatusPositive
	}
	if request.Kind == activities.EventCommand && by != request.EventID {
		view.Refused = "case_closed"
	}
	return view, nil
}

// On a real Temporal server: what a case goes through between its start and a command that comes too late.
func TestLiveDispatcher(t *testing.T) {
	t.Parallel()
	c, err := client.Dial(client.Options{
		HostPort: temporalAddress(t), Namespace: os.Getenv("TEMPORAL_NAMESPACE"), Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	d := dispatch.New(c, dispatch.Options{BaseURL: "http://127.0.0.1:8080"})
	theCase := appeal()
	theCase.ID = uuid.Must(uuid.NewV7())
	theCase.Number = "A-" + theCase.ID.String()
	command, late := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())

	_, err = d.Send(t.Context(), theCase, command)
	require.ErrorIs(t, err, dispatch.ErrNoWorkflow, "not started yet")
	require.NoError(t, d.Start(t.Context(), theCase))
	require.NoError(t, d.Start(t.Context(), theCase), "it may be repeated")
	short, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err = d.Send(short, theCase, command)
	require.ErrorIs(t, err, dispatch.ErrPending, "nobody works yet")

	w := worker.New(c, workflows.TaskQueue, worker.Options{DisableRegistrationAliasing: true})
	w.RegisterWorkflowWithOptions(workflows.Case, workflow.RegisterOptions{Name: workflows.CaseType(crm.Appeal)})
	w.RegisterActivityWithOptions((&closing{closed: map[uuid.UUID]string{}}).Advance, activity.RegisterOptions{Name: activities.AdvanceName})
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)

	ctx, cancelAll := context.WithTimeout(t.Context(), time.Minute)
	defer cancelAll()
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			reply, err := d.Send(ctx, theCase, command)
			if err != nil || reply != (workflows.CommandReply{Seq: 2}) {
				t.Errorf("the same command answered %+v, %v", reply, err)
			}
		})
	}
	group.Wait()
	require.NoError(t, c.GetWorkflow(ctx, workflows.CaseID(theCase.Kind, theCase.Number), "").Get(ctx, nil))

	require.NoError(t, d.Start(ctx, theCase), "a closed case is left alone")
	_, err = d.Send(ctx, theCase, late)
	require.ErrorIs(t, err, dispatch.ErrNoWorkflow, "so it is closed still")
	reply, err := d.Revive(ctx, theCase, late)
	require.NoError(t, err)
	require.Equal(t, "case_closed", reply.Refused)
	require.NoError(t, c.GetWorkflow(ctx, workflows.CaseID(theCase.Kind, theCase.Number), "").Get(ctx, nil), "and it has ended again")
}
