package postgres_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"marshrut/activities"
	"marshrut/crm"
	"marshrut/postgres"
)

// notification is the only one of a case.
func (of *office) notification(c *crm.Case) crm.Notification {
	of.t.Helper()
	all, err := of.Notifications(context.Background(), c.ID)
	if err != nil || len(all) != 1 {
		of.t.Fatalf("%d notifications, want 1: %v", len(all), err)
	}
	return all[0]
}

func TestANotificationThatNobodyDeliversIsTakenOnce(t *testing.T) {
	t.Parallel()
	const idle = 15 * time.Minute
	for name, prepare := range map[string]struct {
		sql  string
		want bool
	}{
		"reopened and forgotten":         {"status = 'pending', attempt = 2, created_at = now() - interval '2 h', claimed_at = now() - interval '1 h'", true},
		"begun by a lost workflow":       {"status = 'sending', attempt = 1, created_at = now() - interval '2 h', claimed_at = now() - interval '1 h'", true},
		"never begun":                    {"created_at = now() - interval '1 h'", true},
		"new":                            {"created_at = now()", false},
		"between two attempts":           {"attempt = 3, created_at = now() - interval '2 h', claimed_at = now() - interval '10 min'", false},
		"awaited by a stage":             {"await = true, created_at = now() - interval '2 h'", false},
		"sent":                           {"status = 'sent', created_at = now() - interval '2 h'", false},
		"failed, and nobody wants again": {"status = 'failed', created_at = now() - interval '2 h'", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			of := newOffice(t, postgres.Options{})
			n := of.notification(of.create(crm.NewCase{Kind: crm.Appeal}))
			of.exec("update notifications set " + prepare.sql)
			take := func() []uuid.UUID {
				taken, err := of.TakeStuckNotifications(context.Background(), idle, 10)
				if err != nil {
					t.Fatal(err)
				}
				ids := []uuid.UUID{}
				for i := range taken {
					ids = append(ids, taken[i].ID)
				}
				return ids
			}
			if got := take(); (len(got) == 1) != prepare.want || prepare.want && got[0] != n.ID {
				t.Errorf("taken %v, want it taken: %v", got, prepare.want)
			}
			if got := take(); len(got) != 0 {
				t.Errorf("taken at once again: %v", got)
			}
		})
	}
}

func TestACaseThatHasNotWokenIsTakenOnce(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]struct {
		sql  string
		want bool
	}{
		"overslept":                  {"wake_at = now() - interval '6 min', workflow_started_at = now() - interval '1 day'", true},
		"a little late":              {"wake_at = now() - interval '4 min', workflow_started_at = now() - interval '1 day'", false},
		"ahead":                      {"wake_at = now() + interval '1 h', workflow_started_at = now() - interval '1 day'", false},
		"with nothing to wake for":   {"wake_at = null, workflow_started_at = now() - interval '1 day'", false},
		"started again a moment ago": {"wake_at = now() - interval '6 h', workflow_started_at = now() - interval '20 min'", false},
		"never started":              {"wake_at = now() - interval '6 h', workflow_started_at = null", false},
		"closed":                     {"wake_at = now() - interval '6 h', workflow_started_at = now() - interval '1 day', status = 'positive', closed_at = now()", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			of := newOffice(t, postgres.Options{})
			c := of.create(crm.NewCase{Kind: crm.Appeal})
			of.exec("update cases set " + prepare.sql)
			take := func() []crm.Case {
				taken, err := of.TakeLostCases(context.Background(), 5*time.Minute, 15*time.Minute, 30*time.Minute, 10)
				if err != nil {
					t.Fatal(err)
				}
				return taken
			}
			if got := take(); (len(got) == 1) != prepare.want || prepare.want && got[0].ID != c.ID {
				t.Errorf("taken %v, want it taken: %v", got, prepare.want)
			}
			if got := take(); len(got) != 0 {
				t.Errorf("taken at once again: %v", got)
			}
		})
	}
}

// A stage that waits for a webhook has no wake time: its workflow is missed by the webhook.
func TestACaseWhoseWebhookNobodyWorksOnIsTakenOnce(t *testing.T) { //nolint:tparallel // one after another: what one takes, the others lack
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	if _, _, err := of.PublishRouteMap(context.Background(), []byte(hookMap), uuid.Nil); err != nil {
		t.Fatal(err)
	}
	ago := func(column, age string) string { return column + " = now() - interval '" + age + "'" }
	for name, prepare := range map[string]struct {
		sql  string
		want bool
	}{
		"never begun":                  {ago("created_at", "16 min"), true},
		"new":                          {ago("created_at", "14 min"), false},
		"between two attempts":         {"attempt = 7, " + ago("created_at", "1 h") + ", " + ago("claimed_at", "5 min"), false},
		"forgotten after an attempt":   {"attempt = 7, " + ago("created_at", "1 h") + ", " + ago("claimed_at", "16 min"), true},
		"begun by a lost workflow":     {"status = 'sending', " + ago("created_at", "1 h") + ", " + ago("claimed_at", "16 min"), true},
		"over, and the stage not told": {"status = 'sent', " + ago("created_at", "1 h") + ", " + ago("finished_at", "16 min"), true},
		"over a moment ago":            {"status = 'sent', " + ago("created_at", "1 h") + ", " + ago("finished_at", "5 s"), false},
		"over, and the stage told":     {"told = true, status = 'sent', " + ago("created_at", "1 h") + ", " + ago("finished_at", "16 min"), false},
		"withdrawn with its stage":     {"withdrawn = true, status = 'skipped', " + ago("created_at", "1 h") + ", " + ago("finished_at", "16 min"), false},
		"one that no stage waits for":  {"await = false, " + ago("created_at", "16 min"), false},
	} {
		t.Run(name, func(t *testing.T) {
			c := of.create(crm.NewCase{Kind: crm.Deal, MapID: "hook", By: of.manager.ID})
			of.exec("update cases set workflow_started_at = now() - interval '1 day', wake_at = null where id = '" + c.ID.String() + "'")
			of.exec("update notifications set " + prepare.sql + " where channel = 'webhook' and case_id = '" + c.ID.String() + "'")
			take := func() bool {
				taken, err := of.TakeLostCases(context.Background(), 5*time.Minute, 15*time.Minute, 30*time.Minute, 10)
				if err != nil {
					t.Fatal(err)
				}
				return slices.ContainsFunc(taken, func(got crm.Case) bool { return got.ID == c.ID })
			}
			if got := take(); got != prepare.want {
				t.Errorf("taken %v, want %v", got, prepare.want)
			}
			if take() {
				t.Error("taken at once again")
			}
		})
	}
}

// The worker may die between a webhook's end and the step that tells its stage: the next look at the case finds it.
func TestAWebhooksEndIsNotLostToItsStage(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	if _, _, err := of.PublishRouteMap(ctx, []byte(hookMap), uuid.Nil); err != nil {
		t.Fatal(err)
	}
	finish := func(n *crm.Notification) {
		n.Status = crm.NotificationSent
		if err := of.FinishNotification(ctx, n); err != nil {
			t.Fatal(err)
		}
	}
	pending := func(c *crm.Case) []uuid.UUID {
		return of.advance(activities.AdvanceRequest{Case: c.ID, EventID: "sync", Kind: activities.EventSync}).Pending
	}
	c := of.create(crm.NewCase{Kind: crm.Deal, MapID: "hook", By: of.manager.ID})
	hook := of.hook(c)
	finish(of.claim(hook.ID))
	if got := pending(c); !slices.Equal(got, []uuid.UUID{hook.ID}) {
		t.Errorf("delivered and not told: pending %v, want %s", got, hook.ID)
	}
	of.advance(activities.AdvanceRequest{
		Case: c.ID, EventID: "delivered/" + hook.ID.String(), Kind: activities.EventDelivered, Ref: hook.ID, Seq: c.Seq,
	})
	if got := pending(c); len(got) != 0 {
		t.Errorf("the stage is told: pending %v", got)
	}

	left := of.create(crm.NewCase{Kind: crm.Deal, MapID: "hook", By: of.manager.ID})
	attempt := of.claim(of.hook(left).ID)
	if done := of.complete(left, of.manager, "ordered", nil); done.Status != crm.CommandApplied {
		t.Fatalf("completing: %v", done.Refusal)
	}
	finish(attempt)
	if got := pending(left); len(got) != 0 {
		t.Errorf("no stage waits any more: pending %v", got)
	}
}

// A worker whose clock is an hour off neither takes another's attempt for lost nor mistakes it for its own.
func TestClaimsGoByTheDatabasesClock(t *testing.T) {
	t.Parallel()
	clock := newRecordsClock() // it stands still, months away
	of := newOffice(t, postgres.Options{Clock: clock.now})
	n := of.notification(of.create(crm.NewCase{Kind: crm.Appeal}))
	claim := func() (*crm.Notification, bool) {
		claimed, mine, err := of.ClaimNotification(context.Background(), n.ID, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		return claimed, mine
	}
	if first, mine := claim(); !mine || first.Attempt != 1 || time.Since(*first.ClaimedAt).Abs() > time.Minute {
		t.Errorf("claimed %+v, mine %v", first, mine)
	}
	if second, mine := claim(); mine || second.Status != crm.NotificationSending {
		t.Errorf("claimed twice in the same moment: %+v", second)
	}
	clock.pass(time.Hour)
	if later, mine := claim(); mine || later.Status != crm.NotificationSending {
		t.Errorf("an attempt at work was taken for lost: %+v", later)
	}
	of.exec("update notifications set claimed_at = now() - interval '2 min'")
	if lost, mine := claim(); mine || lost.Status != crm.NotificationUnknown || lost.Reason != "worker_lost" {
		t.Errorf("a lost attempt: %+v, mine %v", lost, mine)
	}
}
