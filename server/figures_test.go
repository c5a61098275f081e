package server

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"marshrut/crm"
)

func TestMetricsTellWhatIsOpenAndWhatIsStuck(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	shown := func() string { return string(r.do(request{method: get, path: "//metrics"}).want(http.StatusOK).body) }
	want := func(lines ...string) {
		t.Helper()
		body := shown()
		for _, line := range lines {
			if !strings.Contains(body, line+"\n") {
				t.Errorf("/metrics lacks %q", line)
			}
		}
	}
	want(`marshrut_open_cases{kind="appeal"} 0`, `marshrut_open_incidents 0`, `marshrut_undecided_command_oldest_seconds 0`)
	caseID, _ := r.appeal()
	r.deal()
	r.exec("update notifications set status = 'failed' where case_id = $1", caseID)
	r.exec(`insert into commands (id, case_id, idempotency_key, body_hash, kind, payload, created_at)
		values (gen_random_uuid(), $1, 'k', '', 'event', '{}', $2)`, caseID, r.now.now())
	want(`marshrut_open_cases{kind="appeal"} 0`) // counted a moment ago
	r.appeal()
	r.now.pass(figuresKept)
	want(`marshrut_open_cases{kind="appeal"} 2`, `marshrut_notification_oldest_seconds 15`, `marshrut_open_cases{kind="deal"} 1`, `marshrut_open_cases{kind="claim"} 0`,
		`marshrut_notifications{status="failed"} 1`, `marshrut_notifications{status="unknown"} 0`,
		`marshrut_undecided_commands 1`, `marshrut_undecided_command_oldest_seconds 15`)
}

func (r *rig) exec(sql string, args ...any) {
	r.t.Helper()
	if _, err := r.db.Pool().Exec(r.t.Context(), sql, args...); err != nil {
		r.t.Fatal(err)
	}
}

func TestMetricsDoWithoutTheDatabase(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	down := func(context.Context) (*crm.Figures, error) { return nil, errors.New("down") }
	s, err := New(Config{Log: slog.New(slog.DiscardHandler), Metrics: registry, Figures: down}, Services{})
	if err != nil {
		t.Fatal(err)
	}
	gathered, err := registry.Gather()
	if err != nil || len(gathered) == 0 || s == nil {
		t.Errorf("%d metrics, %v", len(gathered), err)
	}
	for _, family := range gathered {
		if family.GetName() == "marshrut_open_cases" {
			t.Error("there is a count of what could not be counted")
		}
	}
}
