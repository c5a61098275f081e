package workflows_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"marshrut/activities"
	"marshrut/crm"
	"marshrut/workflows"
)

// start is when the scenarios begin: a Monday.
var start = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// scenario is one run of a case's workflow with time skipped.
type scenario struct {
	t     *testing.T
	env   *testsuite.TestWorkflowEnvironment
	board *board
	input workflows.Input

	timersStarted, timersFired, timersCancelled int
}

func newScenario(t *testing.T, b *board) *scenario {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	s := &scenario{
		t: t, env: suite.NewTestWorkflowEnvironment(), board: b,
		input: workflows.Input{Case: uuid.Must(uuid.NewV7()), Map: "appeal", Version: 3, SHA256: "abc"},
	}
	s.env.SetStartTime(start)
	s.env.RegisterWorkflowWithOptions(workflows.Case, workflow.RegisterOptions{Name: "Appeal"})
	s.env.RegisterActivityWithOptions(b.Advance, activity.RegisterOptions{Name: activities.AdvanceName})
	s.env.RegisterActivityWithOptions(b.Deliver, activity.RegisterOptions{Name: activities.DeliverName})
	s.env.SetOnTimerScheduledListener(func(string, time.Duration) { s.timersStarted++ })
	s.env.SetOnTimerFiredListener(func(string) { s.timersFired++ })
	s.env.SetOnTimerCanceledListener(func(string) { s.timersCancelled++ })
	return s
}

// at does something so long after the start.
func (s *scenario) at(after time.Duration, do func()) { s.env.RegisterDelayedCallback(do, after) }

// sendAt sends a command so long after the start. What became of it is there once the run is over.
func (s *scenario) sendAt(after time.Duration, command uuid.UUID) *sent {
	return s.sendText(after, command.String(), command.String())
}

func (s *scenario) sendText(after time.Duration, updateID, text string) *sent {
	result := new(sent)
	s.at(after, func() {
		s.env.UpdateWorkflow(workflows.UpdateCommand, updateID, result, text)
	})
	return result
}

func (s *scenario) run() {
	s.t.Helper()
	s.env.ExecuteWorkflow("Appeal", s.input)
	require.True(s.t, s.env.IsWorkflowCompleted(), "the workflow is still running")
}

// sent is what became of an Update.
type sent struct {
	accepted, completed bool
	rejected, failed    error
	reply               workflows.CommandReply
	onAccept, onReply   func()
}

func (s *sent) Accept() {
	s.accepted = true
	if s.onAccept != nil {
		s.onAccept()
	}
}

func (s *sent) Reject(err error) { s.rejected = err }

func (s *sent) Complete(success any, err error) {
	s.completed, s.failed = true, err
	if reply, ok := success.(workflows.CommandReply); ok {
		s.reply = reply
	}
	if s.onReply != nil {
		s.onReply()
	}
}

func TestCaseGoesFromStartToEnd(t *testing.T) {
	t.Parallel()
	b := newBoard()
	accepted, closed := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	b.view.Pending = []uuid.UUID{accepted}
	s := newScenario(t, b)
	handOver := s.sendAt(time.Hour, b.on(to("processing")))
	resolved := s.sendAt(48*time.Hour, b.on(both(notify(closed), finish)))
	s.run()

	require.NoError(t, s.env.GetWorkflowError())
	require.Equal(t, workflows.CommandReply{Seq: 2}, handOver.reply)
	require.Equal(t, workflows.CommandReply{Seq: 3}, resolved.reply)
	require.Equal(t, []uuid.UUID{accepted, closed}, b.delivered)
	require.Equal(t, activities.AdvanceRequest{Case: s.input.Case, EventID: "sync", Kind: activities.EventSync}, b.asked[0])
	require.Len(t, b.asked, 3, "one Advance for the start and one for each command")
}

func TestCaseStartedWithItsPositionDoesNotAskForIt(t *testing.T) {
	t.Parallel()
	b := newBoard()
	accepted := uuid.Must(uuid.NewV7())
	b.view.Pending = []uuid.UUID{accepted}
	s := newScenario(t, b)
	position := b.answer()
	s.input.Position = &position
	early, late := s.sendAt(0, b.on(to("processing"))), s.sendAt(time.Hour, b.on(finish))
	s.run()

	require.NoError(t, s.env.GetWorkflowError())
	require.Equal(t, workflows.CommandReply{Seq: 2}, early.reply)
	require.Equal(t, workflows.CommandReply{Seq: 3}, late.reply)
	require.Equal(t, []uuid.UUID{accepted}, b.delivered)
	require.Len(t, b.asked, 2, "one Advance for each command")
}

func TestPositionThatIsNoLongerTrueHealsWithTheNextEvent(t *testing.T) {
	t.Parallel()
	b := newBoard()
	s := newScenario(t, b)
	position := b.answer()
	wake := start.Add(-time.Hour)
	position.Wake = &wake // long past, and Postgres knows of none
	s.input.Position = &position
	b.commit("elsewhere", to("processing"))
	command := s.sendAt(time.Hour, b.on(finish))
	s.run()

	require.NoError(t, s.env.GetWorkflowError())
	require.Equal(t, workflows.CommandReply{Seq: 3}, command.reply)
	require.Equal(t, activities.EventTimer, b.asked[0].Kind)
	require.Equal(t, 2, b.asked[1].Seq, "the timer's second question is asked from where the case stands")
}

// A run that took a closed case's position would end before it heard the command it was started with.
func TestClosedCaseIsAskedForAllTheSame(t *testing.T) {
	t.Parallel()
	b := newBoard()
	s := newScenario(t, b)
	b.commit("elsewhere", finish)
	position := b.answer()
	s.input.Position = &position
	s.run()

	require.NoError(t, s.env.GetWorkflowError())
	require.Len(t, b.asked, 1)
	require.Equal(t, activities.EventSync, b.asked[0].Kind)
}

// R53: operators see that a case is closed, while its last mail is still on its way.
func TestR53_EndIsShownWhileTheLastNotificationsTakeLong(t *testing.T) {
	t.Parallel()
	b := newBoard()
	closed := uuid.Must(uuid.NewV7())
	b.deliver = func(_ uuid.UUID, attempt int) (activities.DeliverResult, error) {
		if attempt < 4 {
			return activities.DeliverResult{}, errors.New("the mail server is away")
		}
		return activities.DeliverResult{Status: "sent"}, nil
	}
	s := newScenario(t, b)
	var shown []time.Duration
	s.env.OnUpsertTypedSearchAttributes(mock.Anything).Run(func(mock.Arguments) {
		shown = append(shown, s.env.Now().Sub(start))
	}).Return(nil)
	s.sendAt(time.Hour, b.on(both(notify(closed), finish)))
	s.run()

	require.NoError(t, s.env.GetWorkflowError())
	require.Equal(t, []uuid.UUID{closed}, b.delivered)
	require.Len(t, shown, 2, "where it stood at first, and its end")
	require.WithinDuration(t, start.Add(time.Hour+10*time.Second), start.Add(shown[1]), time.Second)
}

// R60: a case that is open again while the last notifications of its first end are on their way goes on, and its second end
// is shown late like the first one.
func TestR60_CaseThatIsOpenAgainGoesOnWhileTheNotificationsOfItsEndAreOnTheirWay(t *testing.T) {
	t.Parallel()
	for name, after := range map[string]time.Duration{
		"before the end was shown": time.Second, "just as it is shown": 10 * time.Second, "after the end was shown": time.Minute,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBoard()
			b.deliver = func(_ uuid.UUID, attempt int) (activities.DeliverResult, error) {
				if attempt < 9 {
					return activities.DeliverResult{}, errors.New("the mail server is away")
				}
				return activities.DeliverResult{Status: "sent"}, nil
			}
			s := newScenario(t, b)
			var statuses []crm.Status
			var shown []time.Duration
			s.env.OnUpsertTypedSearchAttributes(mock.Anything).Run(func(mock.Arguments) {
				statuses, shown = append(statuses, b.answer().Status), append(shown, s.env.Now().Sub(start))
			}).Return(nil)
			s.sendAt(time.Hour, b.on(both(notify(uuid.Must(uuid.NewV7())), finish)))
			reopened := s.sendAt(time.Hour+after, b.on(both(reopen, to("processing"))))
			onward := s.sendAt(time.Hour+3*time.Minute, b.on(to("checking")))
			s.sendAt(time.Hour+5*time.Minute, b.on(finish))
			s.run()

			require.NoError(t, s.env.GetWorkflowError())
			require.Equal(t, workflows.CommandReply{Seq: 3}, reopened.reply)
			require.Equal(t, workflows.CommandReply{Seq: 4}, onward.reply)
			require.Equal(t, crm.StatusPositive, statuses[len(statuses)-1])
			require.WithinDuration(t, start.Add(time.Hour+5*time.Minute+10*time.Second), start.Add(shown[len(shown)-1]), time.Second)
		})
	}
}

// R60: a closed case's workflow has ended; the run that its reopening starts hears the command before it ends, and goes on.
func TestR60_ANewRunOfAClosedCaseHearsThatItIsReopened(t *testing.T) {
	t.Parallel()
	b := newBoard()
	b.view.Closed, b.view.Status = true, crm.StatusPositive
	s := newScenario(t, b)
	reopened := s.sendAt(0, b.on(both(reopen, to("processing"))))
	end := s.sendAt(time.Hour, b.on(finish))
	s.run()

	require.NoError(t, s.env.GetWorkflowError())
	require.Equal(t, workflows.CommandReply{Seq: 2}, reopened.reply)
	require.Equal(t, workflows.CommandReply{Seq: 3}, end.reply)
	require.WithinDuration(t, start.Add(time.Hour), s.env.Now(), time.Second)
}

// A restored backup knows nothing of a case's end.
func TestCaseWhoseEndIsWithdrawnByARestoredBackupGoesOn(t *testing.T) {
	t.Parallel()
	b := newBoard()
	b.deliver = func(_ uuid.UUID, attempt int) (activities.DeliverResult, error) {
		if attempt < 9 {
			return activities.DeliverResult{}, errors.New("the mail server is away")
		}
		return activities.DeliverResult{Status: "sent"}, nil
	}
	s := newScenario(t, b)
	var backup activities.AdvanceResult
	s.at(30*time.Minute, func() { backup = b.answer() })
	s.sendAt(time.Hour, b.on(both(notify(uuid.Must(uuid.NewV7())), finish)))
	s.at(time.Hour+time.Minute, func() { b.mu.Lock(); b.view = backup; b.mu.Unlock() })
	onward := s.sendAt(time.Hour+2*time.Minute, b.on(to("processing")))
	end := s.sendAt(time.Hour+3*time.Minute, b.on(finish))
	s.run()

	require.NoError(t, s.env.GetWorkflowError())
	require.Equal(t, workflows.CommandReply{Seq: 2}, onward.reply)
	require.Equal(t, workflows.CommandReply{Seq: 3}, end.reply)
}

func TestCommandBeforeTheFirstAnswerWaitsForIt(t *testing.T) {
	t.Parallel()
	b := newBoard()
	s := newScenario(t, b)
	early := s.sendAt(0, b.on(finish))
	s.run()

	require.NoError(t, s.env.GetWorkflowError())
	require.Equal(t, workflows.CommandReply{Seq: 2}, early.reply)
	require.Equal(t, activities.EventSync, b.asked[0].Kind)
	require.Len(t, b.asked, 2)
	require.Equal(t, 1, b.asked[1].Seq)
}

func TestRefusalIsAnAnswerAndTheCaseGoesOn(t *testing.T) {
	t.Parallel()
	b := newBoard()
	s := newScenario(t, b)
	no := s.sendAt(time.Minute, b.on(refuse("task_closed")))
	unknown := s.sendAt(2*time.Minute, uuid.Must(uuid.NewV7()))
	end := s.sendAt(time.Hour, b.on(finish))
	s.run()

	require.NoError(t, s.env.GetWorkflowError())
	require.NoError(t, no.failed)
	require.Equal(t, workflows.CommandReply{Seq: 1, Refused: "task_closed"}, no.reply)
	require.Equal(t, workflows.CommandReply{Seq: 1, Refused: "command_not_found"}, unknown.reply)
	require.Equal(t, workflows.CommandReply{Seq: 2}, end.reply)
}

func TestUpdateOfTheWrongShapeIsRejected(t *testing.T) {
	t.Parallel()
	b := newBoard()
	s := newScenario(t, b)
	id := uuid.Must(uuid.NewV7())
	bad := map[string]*sent{}
	for i, text := range []string{"", "complete", "Иванов", "{" + id.String() + "}", "urn:uuid:" + id.String(), id.String()[:35]} {
		bad[text] = s.sendText(time.Minute, fmt.Sprintf("bad-%d", i), text)
	}
	s.sendAt(time.Hour, b.on(finish))
	s.run()

	require.NoError(t, s.env.GetWorkflowError())
	for text, result := range bad {
		require.False(t, result.accepted, text)
		var failure *temporal.ApplicationError
		require.ErrorAs(t, result.rejected, &failure, text)
		require.Equal(t, "BadCommandID", failure.Type())
		require.NotContains(t, result.rejected.Error(), "Иванов", "a failure repeats nothing of what was sent")
	}
	require.Len(t, b.asked, 2, "Advance was asked about none of them")
}

// A worker that is killed between Advance's commit and the end of its workflow task leaves Postgres one transition ahead.
func TestCaseThatIsBehindPostgresCatchesUp(t *testing.T) {
	t.Parallel()
	b := newBoard()
	s := newScenario(t, b)
	lost, mail := b.on(to("processing")), uuid.Must(uuid.NewV7())
	s.at(time.Hour, func() {
		b.commit("command/"+lost.String(), both(to("processing"), both(notify(mail), wakeAt(start.Add(5*time.Hour)))))
	})
	b.onWake = both(wakeAt(start.Add(1000*time.Hour)), to("overdue"))
	next := s.sendAt(2*time.Hour, b.on(to("checking")))
	again := s.sendAt(3*time.Hour, lost)
	end := s.sendAt(10*time.Hour, b.on(finish))
	s.run()

	require.NoError(t, s.env.GetWorkflowError())
	require.Equal(t, workflows.CommandReply{Seq: 3}, next.reply)
	require.Equal(t, workflows.CommandReply{Seq: 3}, again.reply, "known, not applied again")
	require.Equal(t, []uuid.UUID{mail}, b.delivered, "what the lost answer had pending is delivered")
	require.Equal(t, workflows.CommandReply{Seq: 5}, end.reply)
	require.Equal(t, []string{fmt.Sprintf("timer/3/%d", start.Add(5*time.Hour).UnixMicro())}, b.timers())
	require.Len(t, b.applied, 4)
}

func TestCaseWhoseAdvanceIsAlwaysBehindDoesNotSpin(t *testing.T) {
	t.Parallel()
	b := newBoard()
	s := newScenario(t, b)
	asked := 0
	s.env.OnActivity(activities.AdvanceName, mock.Anything, mock.Anything).Return(
		func(_ context.Context, request activities.AdvanceRequest) (activities.AdvanceResult, error) {
			asked++
			if request.Kind == activities.EventSync {
				return b.view, nil
			}
			result := b.view
			result.Behind = asked < 12
			result.Closed = !result.Behind
			return result, nil
		})
	s.sendAt(time.Minute, uuid.Must(uuid.NewV7()))
	s.run()

	require.NoError(t, s.env.GetWorkflowError())
	require.Equal(t, 10, s.timersFired, "a second between any two questions")
}

func TestAdvanceIsRetriedAndNeverFailsACommand(t *testing.T) {
	t.Parallel()
	b := newBoard()
	s := newScenario(t, b)
	s.at(time.Hour, func() { b.mu.Lock(); b.failures = 25; b.mu.Unlock() })
	end := s.sendAt(time.Hour+time.Minute, b.on(finish))
	s.run()

	require.NoError(t, s.env.GetWorkflowError())
	require.NoError(t, end.failed)
	require.Equal(t, workflows.CommandReply{Seq: 2}, end.reply)
	require.Len(t, b.asked, 1+25+1)
}

func TestWakeTimeMovesTheTimer(t *testing.T) {
	t.Parallel()
	b := newBoard()
	first, second := start.Add(24*time.Hour), start.Add(48*time.Hour)
	b.view.Wake = &first
	b.onWake = finish
	s := newScenario(t, b)
	s.sendAt(time.Hour, b.on(to("same-deadline")))
	s.sendAt(2*time.Hour, b.on(wakeAt(second)))
	s.run()

	require.NoError(t, s.env.GetWorkflowError())
	require.Equal(t, []string{fmt.Sprintf("timer/3/%d", second.UnixMicro())}, b.timers(), "the first timer never fired")
	require.Equal(t, 1, s.timersCancelled)
	require.Equal(t, 2, s.timersStarted, "an unchanged wake time leaves the timer alone")
	require.WithinDuration(t, second, s.env.Now(), time.Second)
}

func TestWakeTimeTakenAwayStopsTheTimer(t *testing.T) {
	t.Parallel()
	b := newBoard()
	wake := start.Add(24 * time.Hour)
	b.view.Wake = &wake
	s := newScenario(t, b)
	s.sendAt(time.Hour, b.on(func(view *activities.AdvanceResult) string { view.Wake = nil; return "" }))
	s.sendAt(72*time.Hour, b.on(finish))
	s.run()

	require.NoError(t, s.env.GetWorkflowError())
	require.Empty(t, b.timers())
	require.Equal(t, 1, s.timersCancelled)
}

func TestWakeTimeInThePastIsTakenAtOnce(t *testing.T) {
	t.Parallel()
	b := newBoard()
	past := start.Add(-time.Hour)
	b.view.Wake = &past
	b.onWake = finish
	s := newScenario(t, b)
	s.run()

	require.NoError(t, s.env.GetWorkflowError())
	require.Len(t, b.timers(), 1)
	require.Zero(t, s.timersStarted, "a time that has come needs no timer")
	require.False(t, b.asked[1].At.Before(start))
}

func TestWakeTimeThatStaysInThePastIsNoHotLoop(t *testing.T) {
	t.Parallel()
	b := newBoard()
	past := start.Add(-time.Hour)
	b.view.Wake = &past // and nothing is ever due
	s := newScenario(t, b)
	s.sendAt(time.Hour, b.on(finish))
	s.run()

	require.NoError(t, s.env.GetWorkflowError())
	// 1 + 2 + 4 + ... + 32 s, then once a minute.
	require.InDelta(t, 66, len(b.timers()), 2)
}

// Several deadlines may fall on one instant, each a step of its own.
func TestWakeTimeThatComesBackAfterAStepIsTakenAgainASecondLater(t *testing.T) {
	t.Parallel()
	b := newBoard()
	wake := start.Add(time.Hour)
	b.view.Wake = &wake
	b.onWake = func(view *activities.AdvanceResult) string {
		if view.Seq == 4 {
			return finish(view)
		}
		return ""
	}
	s := newScenario(t, b)
	s.run()

	require.NoError(t, s.env.GetWorkflowError())
	micro := wake.UnixMicro()
	require.Equal(t, []string{
		fmt.Sprintf("timer/1/%d", micro), fmt.Sprintf("timer/2/%d", micro), fmt.Sprintf("timer/3/%d", micro), fmt.Sprintf("timer/4/%d", micro),
	}, b.timers())
	require.WithinDuration(t, wake.Add(3*time.Second), s.env.Now(), 100*time.Millisecond)
}

func TestDeliveryIsRetriedUntilItIsFinalAndTheCaseEndsAfterIt(t *testing.T) {
	t.Parallel()
	b := newBoard()
	mail := uuid.Must(uuid.NewV7())
	b.deliver = func(_ uuid.UUID, attempt int) (activities.DeliverResult, error) {
		if attempt < 9 { // the SDK's test suite gives up after ten attempts
			return activities.DeliverResult{}, errors.New("421 try again later")
		}
		return activities.DeliverResult{Status: "failed", Reason: "expired"}, nil
	}
	s := newScenario(t, b)
	end := s.sendAt(time.Minute, b.on(both(notify(mail), finish)))
	late := s.sendAt(10*time.Minute, b.on(refuse("case_closed")))
	s.run()

	require.NoError(t, s.env.GetWorkflowError())
	require.Equal(t, workflows.CommandReply{Seq: 2}, end.reply, "a notification never delays a case")
	require.Equal(t, "case_closed", late.reply.Refused, "while it delivers, a closed case still answers")
	require.Equal(t, 9, b.attempts[mail])
	// 5 + 10 + ... + 320 s, then ten minutes.
	require.WithinDuration(t, start.Add(time.Minute+635*time.Second+10*time.Minute), s.env.Now(), 5*time.Second)
}

func TestCaseEndsAfterTheCommandsThatCameWithItsLast(t *testing.T) {
	t.Parallel()
	b := newBoard()
	s := newScenario(t, b)
	last := s.sendAt(time.Minute, b.on(finish))
	late := []*sent{s.sendAt(time.Minute, b.on(refuse("case_closed"))), s.sendAt(time.Minute, b.on(refuse("case_closed")))}
	s.run()

	require.NoError(t, s.env.GetWorkflowError())
	require.Equal(t, workflows.CommandReply{Seq: 2}, last.reply)
	for _, command := range late {
		require.Equal(t, workflows.CommandReply{Seq: 2, Refused: "case_closed"}, command.reply)
	}
}

func TestClosedCaseHasNoTimer(t *testing.T) {
	t.Parallel()
	b := newBoard()
	wake := start.Add(time.Minute)
	b.view.Wake = &wake
	b.deliver = func(_ uuid.UUID, attempt int) (activities.DeliverResult, error) {
		if attempt < 9 {
			return activities.DeliverResult{}, errors.New("421 try again later")
		}
		return activities.DeliverResult{Status: "sent"}, nil
	}
	s := newScenario(t, b)
	s.sendAt(time.Second, b.on(both(notify(uuid.Must(uuid.NewV7())), both(finish, wakeAt(wake)))))
	s.run()

	require.NoError(t, s.env.GetWorkflowError())
	require.Empty(t, b.timers())
	require.Equal(t, 1, s.timersCancelled)
}

func TestEachNotificationIsDeliveredOncePerRun(t *testing.T) {
	t.Parallel()
	b := newBoard()
	mails := make([]uuid.UUID, 37)
	for i := range mails {
		mails[i] = uuid.Must(uuid.NewV7())
	}
	b.view.Pending = slices.Clone(mails)
	s := newScenario(t, b)
	for i := range 5 {
		// A step whose answer still names them all: its transaction was before their deliveries.
		s.sendAt(time.Duration(i+1)*time.Minute, b.on(func(view *activities.AdvanceResult) string {
			view.Pending = slices.Clone(mails)
			return ""
		}))
	}
	s.sendAt(time.Hour, b.on(finish))
	s.run()

	require.NoError(t, s.env.GetWorkflowError())
	require.ElementsMatch(t, mails, b.delivered)
}

func TestAtMostTenDeliveriesOfACaseAreAtWork(t *testing.T) {
	t.Parallel()
	b := newBoard()
	var atWork, most int
	release := make(chan struct{})
	b.deliver = func(uuid.UUID, int) (activities.DeliverResult, error) {
		b.mu.Lock()
		atWork++
		most = max(most, atWork)
		if atWork == 10 && most == 10 {
			select {
			case <-release:
			default:
				close(release)
			}
		}
		b.mu.Unlock()
		<-release
		b.mu.Lock()
		atWork--
		b.mu.Unlock()
		return activities.DeliverResult{Status: "sent"}, nil
	}
	mails := make([]uuid.UUID, 25)
	for i := range mails {
		mails[i] = uuid.Must(uuid.NewV7())
	}
	b.view.Pending = slices.Clone(mails)
	s := newScenario(t, b)
	s.sendAt(time.Hour, b.on(finish))
	s.run()

	require.NoError(t, s.env.GetWorkflowError())
	require.ElementsMatch(t, mails, b.delivered)
	require.Equal(t, 10, most)
}

func TestAwaitedDeliveryIsBroughtToTheStage(t *testing.T) {
	t.Parallel()
	b := newBoard()
	webhook := uuid.Must(uuid.NewV7())
	b.deliver = func(uuid.UUID, int) (activities.DeliverResult, error) {
		return activities.DeliverResult{Status: "sent", Await: true}, nil
	}
	s := newScenario(t, b)
	s.sendAt(time.Minute, b.on(notify(webhook)))
	s.sendAt(time.Hour, b.on(finish))
	s.run()

	require.NoError(t, s.env.GetWorkflowError())
	require.Contains(t, b.applied, "delivered/"+webhook.String())
	i := slices.IndexFunc(b.asked, func(r activities.AdvanceRequest) bool { return r.Kind == activities.EventDelivered })
	require.Equal(t, activities.AdvanceRequest{
		Case: s.input.Case, EventID: "delivered/" + webhook.String(), Kind: activities.EventDelivered, Ref: webhook, Seq: 2,
	}, b.asked[i])
}

func TestDeliveryThatCannotSucceedDoesNotHoldTheCase(t *testing.T) {
	t.Parallel()
	b := newBoard()
	b.deliver = func(uuid.UUID, int) (activities.DeliverResult, error) {
		return activities.DeliverResult{}, temporal.NewNonRetryableApplicationError("no such notification", "NotFound", nil)
	}
	b.view.Pending = []uuid.UUID{uuid.Must(uuid.NewV7())}
	s := newScenario(t, b)
	s.sendAt(time.Hour, b.on(finish))
	s.run()

	require.NoError(t, s.env.GetWorkflowError())
}

func TestCancellingTheWorkflowLeavesTheCaseAlone(t *testing.T) {
	t.Parallel()
	b := newBoard()
	wake := start.Add(3 * time.Hour)
	b.view.Wake = &wake
	b.onWake = to("overdue")
	s := newScenario(t, b)
	s.at(time.Minute, s.env.CancelWorkflow)
	s.sendAt(time.Hour, b.on(to("processing")))
	s.at(4*time.Hour, func() { b.mu.Lock(); b.view.Wake = nil; b.mu.Unlock() })
	s.sendAt(5*time.Hour, b.on(finish))
	s.run()

	require.NoError(t, s.env.GetWorkflowError())
	require.NotEmpty(t, b.timers())
	require.Equal(t, crm.StatusPositive, b.view.Status)
}

func TestWorkflowWithoutACaseFails(t *testing.T) {
	t.Parallel()
	s := newScenario(t, newBoard())
	s.input = workflows.Input{}
	s.run()

	require.ErrorContains(t, s.env.GetWorkflowError(), "names no case")
}
