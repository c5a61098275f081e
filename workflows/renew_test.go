package workflows_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"marshrut/activities"
	"marshrut/workflows"
)

// suggest says that the history is long enough.
func (s *scenario) suggest() { s.env.SetContinueAsNewSuggested(true) }

// renewed checks that a run was continued as new, and gives the next one.
func (s *scenario) renewed() *scenario {
	s.t.Helper()
	var again *workflow.ContinueAsNewError
	require.ErrorAs(s.t, s.env.GetWorkflowError(), &again)
	require.Equal(s.t, "Appeal", again.WorkflowType.Name)
	next := newScenario(s.t, s.board)
	next.input = s.input
	next.env.SetStartTime(s.env.Now())
	return next
}

func TestLongHistoryIsContinuedAsNewAndNothingIsLostOrDoubled(t *testing.T) {
	t.Parallel()
	b := newBoard()
	wake := start.Add(100 * time.Hour)
	b.view.Wake = &wake
	s := newScenario(t, b)
	first, second := b.on(to("processing")), b.on(to("checking"))
	one, two := s.sendAt(time.Hour, first), s.sendAt(time.Hour, second) // in flight together
	one.onAccept = s.suggest
	s.run()
	next := s.renewed()

	require.Equal(t, workflows.CommandReply{Seq: 2}, one.reply)
	require.Equal(t, workflows.CommandReply{Seq: 3}, two.reply)

	// Temporal knows an Update's id within a run only: the same commands come to the next run as if they were new.
	oneAgain, twoAgain := next.sendAt(0, first), next.sendAt(time.Minute, second)
	b.onWake = finish
	next.run()

	require.NoError(t, next.env.GetWorkflowError())
	require.Equal(t, workflows.CommandReply{Seq: 3}, oneAgain.reply)
	require.Equal(t, workflows.CommandReply{Seq: 3}, twoAgain.reply)
	require.Len(t, b.applied, 3, "two commands and the wake time, each once")
	require.WithinDuration(t, wake, next.env.Now(), time.Second, "the wake time is kept")
}

func TestContinuingAsNewDoesNotWaitForTheNextAttemptOfADelivery(t *testing.T) {
	t.Parallel()
	b := newBoard()
	mail := uuid.Must(uuid.NewV7())
	b.view.Pending = []uuid.UUID{mail}
	refused := true
	b.deliver = func(uuid.UUID, int) (activities.DeliverResult, error) {
		b.mu.Lock()
		defer b.mu.Unlock()
		if refused {
			return activities.DeliverResult{}, errors.New("421 try again later")
		}
		return activities.DeliverResult{Status: "sent"}, nil
	}
	s := newScenario(t, b)
	s.at(10*time.Minute, s.suggest)
	s.run()
	next := s.renewed()
	require.Empty(t, b.delivered)

	refused = false
	next.sendAt(time.Minute, b.on(finish))
	next.run()
	require.NoError(t, next.env.GetWorkflowError())
	require.Equal(t, []uuid.UUID{mail}, b.delivered)
}

func TestNoDeliveryBeginsWhileTheRunDrains(t *testing.T) {
	t.Parallel()
	b := newBoard()
	mail := uuid.Must(uuid.NewV7())
	s := newScenario(t, b)
	s.sendAt(time.Minute, b.on(notify(mail))).onAccept = s.suggest
	s.run()
	next := s.renewed()
	require.Empty(t, b.attempts)

	next.sendAt(time.Minute, b.on(finish))
	next.run()
	require.NoError(t, next.env.GetWorkflowError())
	require.Equal(t, []uuid.UUID{mail}, b.delivered)
}

// Random cases: whatever comes in whatever order, with lost answers and runs continued as new, each command counts once and
// each notification is delivered.
func TestNothingIsLostOrDoubledInRandomCases(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		randomCase(t, seed)
	}
}

func randomCase(t *testing.T, seed uint64) {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 1))
	b := newBoard()
	b.onWake = func(view *activities.AdvanceResult) string { view.Wake = nil; return "" }
	var mails, commands []uuid.UUID
	s := newScenario(t, b)
	for run := range 3 {
		from := s.env.Now()
		for range 12 {
			after := time.Duration(random.IntN(3600)) * time.Second
			switch random.IntN(5) {
			case 0: // a command
				id := b.on(to("processing"))
				commands = append(commands, id)
				s.sendAt(after, id)
			case 1: // a command with a notification and a wake time
				mail := uuid.Must(uuid.NewV7())
				mails = append(mails, mail)
				id := b.on(both(notify(mail), wakeAt(from.Add(after+time.Duration(random.IntN(7200))*time.Second))))
				commands = append(commands, id)
				s.sendAt(after, id)
			case 2: // a command whose answer is lost; the reconciler sends it again
				id := b.on(to("lost"))
				commands = append(commands, id)
				s.at(after, func() { b.commit("command/"+id.String(), to("lost")) })
				s.sendAt(after+10*time.Second, id)
			case 3: // one that was there before
				if len(commands) > 0 {
					id := commands[random.IntN(len(commands))]
					s.sendText(after, id.String()+"/again", id.String())
				}
			case 4: // Postgres away for a while
				s.at(after, func() { b.mu.Lock(); b.failures += random.IntN(6); b.mu.Unlock() })
			}
		}
		if run < 2 {
			s.at(time.Hour, s.suggest)
			s.run()
			s = s.renewed()
			continue
		}
		s.sendAt(4*time.Hour, b.on(finish))
		s.run()
	}
	require.NoError(t, s.env.GetWorkflowError(), "seed %d", seed)
	applied := map[string]int{}
	for _, id := range b.applied {
		applied[id]++
	}
	for _, id := range commands {
		require.Equal(t, 1, applied["command/"+id.String()], "seed %d", seed)
	}
	slices.SortFunc(b.delivered, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	require.ElementsMatch(t, mails, slices.Compact(b.delivered), "seed %d", seed)
}
