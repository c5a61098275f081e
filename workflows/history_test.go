package workflows_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
)

// recorded are the features of which every interpreter version has a history in testdata/history.
func recorded() []string {
	return []string{
		"appeal", "overdue", "switch-to-manual", "delivery-retry", "awaited-delivery", "behind", "postgres-away", "cancellation",
		"continue-as-new", "delivery",
	}
}

// Cases that run when a release is installed go on by replaying their histories: a change that does not replay would stop
// them all.
func TestEveryRecordedHistoryReplays(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", "history", "v*.json"))
	require.NoError(t, err)
	for _, feature := range recorded() {
		require.Contains(t, files, filepath.Join("testdata", "history", "v1-"+feature+".json"))
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			t.Parallel()
			replayer := worker.NewWorkflowReplayer()
			register(replayer)
			require.NoError(t, replayer.ReplayWorkflowHistory(log.NewStructuredLogger(slog.New(slog.DiscardHandler)), read(t, file)))
		})
	}
}

// Figures to hold: 8 events for an appeal, 7 for each task, 6 for each notification, 2 for each timer.
func TestAppealKeepsItsHistoryBudget(t *testing.T) {
	t.Parallel()
	requireBudget(t, read(t, filepath.Join("testdata", "history", "v1-appeal.json")), 2, 2, 3)
}

func requireBudget(t *testing.T, history *historypb.History, tasks, notifications, timers int) {
	t.Helper()
	require.Equal(t, tasks, count(history, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED))
	require.Equal(t, notifications, count(history, enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED))
	require.Equal(t, timers, count(history, enumspb.EVENT_TYPE_TIMER_STARTED))
	budget := 8 + 7*tasks + 6*notifications + 2*timers
	t.Logf("%d events, the budget is %d", len(history.GetEvents()), budget)
	require.LessOrEqual(t, len(history.GetEvents()), budget)
}

func read(t *testing.T, file string) *historypb.History {
	t.Helper()
	text, err := os.Open(file)
	require.NoError(t, err)
	defer text.Close()
	history, err := client.HistoryFromJSON(text, client.HistoryJSONOptions{})
	require.NoError(t, err)
	return history
}
