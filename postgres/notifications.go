package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"marshrut/activities"
	"marshrut/crm"
)

// Notifications lists a case's ledger in the order it was written.
func (db *DB) Notifications(ctx context.Context, caseID uuid.UUID) ([]crm.Notification, error) {
	rows, err := db.pool.Query(ctx, "select "+notificationColumns+" from notifications where case_id = $1 order by id", caseID)
	if err != nil {
		return nil, fmt.Errorf("list notifications: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (crm.Notification, error) {
		n, err := scanNotification(row)
		return *n, err
	})
	if err != nil {
		return nil, fmt.Errorf("list notifications: %w", err)
	}
	return list, nil
}

// Notification reads one; crm.KindNotFound when there is none.
func (db *DB) Notification(ctx context.Context, id uuid.UUID) (*crm.Notification, error) {
	return oneNotification(db.pool.QueryRow(ctx, "select "+notificationColumns+" from notifications where id = $1", id))
}

func oneNotification(row pgx.Row) (*crm.Notification, error) {
	n, err := scanNotification(row)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, crm.Errorf(crm.KindNotFound, "notification_not_found", "no such notification")
	}
	if err != nil {
		return nil, fmt.Errorf("read a notification: %w", err)
	}
	return n, nil
}

// ClaimNotification takes a pending notification for one attempt to deliver it. The attempt's number is a fence: only the
// latest one may finish it. A claim older than stale was lost with its worker: whether the message went out nobody knows,
// so it becomes unknown, for a person to decide. The bool is false when there is nothing to do now: the notification is
// final, or another attempt is at work.
func (db *DB) ClaimNotification(ctx context.Context, id uuid.UUID, stale time.Duration) (*crm.Notification, bool, error) {
	line, err := newID()
	if err != nil {
		return nil, false, err
	}
	// Times are the database's: the clocks of two workers may differ by more than an attempt takes.
	var mine bool
	n, err := oneNotification(rowWith{also: &mine, Row: db.pool.QueryRow(ctx, `
		with lost as (
			update notifications set status = 'unknown', reason = 'worker_lost', finished_at = now()
			where id = $1 and status = 'sending' and claimed_at < now() - $2::interval
			returning `+notificationColumns+`
		), claimed as (
			update notifications set status = 'sending', attempt = attempt + 1, claimed_at = now(), next_try_at = null
			where id = $1 and status = 'pending'
			returning `+notificationColumns+`
		), told as (`+tellDelivery("$3", "lost")+`)
		select *, false from lost union all select *, true from claimed union all
		select `+notificationColumns+`, false from notifications
			where id = $1 and not exists (select from lost) and not exists (select from claimed)`,
		id, stale, line)})
	return n, mine, err
}

// rowWith is a row with one column more than its reader knows.
type rowWith struct {
	pgx.Row

	also any
}

// Scan reads the last column into also.
func (r rowWith) Scan(to ...any) error { return r.Row.Scan(append(to, r.also)...) }

// FinishNotification stores what an attempt came to: a final status, or pending for another attempt after the pause of
// activities.Pause. One that was withdrawn while it was at work gets no other attempt. The feed tells the final ones, in the
// same statement. An attempt that is no longer the latest changes nothing.
func (db *DB) FinishNotification(ctx context.Context, n *crm.Notification) error {
	now := db.now()
	var again *time.Time
	if !n.Status.Final() {
		next := now.Add(activities.Pause(n.Tries()))
		again = &next
	}
	line, err := newID()
	if err != nil {
		return err
	}
	_, err = db.pool.Exec(ctx, `
		with finished as (
			update notifications set
				status = case when withdrawn and $3 = 'pending' then 'skipped' else $3 end,
				reason = case when withdrawn and $3 = 'pending' then $8 else $4 end,
				detail = case when withdrawn and $3 = 'pending' then '' else $5 end,
				next_try_at = case when not withdrawn then $6::timestamptz end,
				finished_at = case when $3 <> 'pending' or withdrawn then $9::timestamptz end
			where id = $1 and attempt = $2 and status = 'sending'
			returning `+notificationColumns+`
		)
		`+tellDelivery("$7", "finished"),
		n.ID, n.Attempt, n.Status, n.Reason, n.Detail, again, line, activities.ReasonStageLeft, now)
	if err != nil {
		return fmt.Errorf("finish a notification: %w", err)
	}
	return nil
}

// tellDelivery is the statement that tells the feed of the final ones among the notifications that another part of the
// statement gives. line is the new entry's id.
func tellDelivery(line, from string) string {
	return `insert into feed (id, case_id, at, kind, data)
		select ` + line + `, case_id, finished_at, 'notification', jsonb_build_object('notification_id', id, 'channel', channel,
			'template', template, 'recipient', recipient, 'status', status, 'reason', reason)
		from ` + from + ` where finished_at is not null`
}

// ReopenNotification makes a failed or unknown notification pending again, for a person who asks to send it again, with all
// its attempts before it; others are notification_not_resendable, also one that is pending and has been tried since.
func (db *DB) ReopenNotification(ctx context.Context, id, by uuid.UUID) (*crm.Notification, error) {
	var reopened *crm.Notification
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		n, err := oneNotification(tx.QueryRow(ctx, "select "+notificationColumns+" from notifications where id = $1 for update", id))
		if err != nil {
			return err
		}
		if n.Status == crm.NotificationPending && n.Attempt > 0 && n.Reason == "" && n.NextTryAt == nil && !n.Await {
			// Reopened before and not begun: asking for its delivery again is safe, since attempts are fenced.
			reopened = n
			return nil
		}
		if n.Status != crm.NotificationFailed && n.Status != crm.NotificationUnknown {
			return crm.Errorf(crm.KindConflict, "notification_not_resendable", "only a failed or uncertain notification can be sent again").
				With("status", string(n.Status))
		}
		if n.Await {
			return crm.Errorf(crm.KindConflict, "notification_awaited", "a stage waits for this webhook: retry its incident instead")
		}
		batch := &pgx.Batch{}
		// What was certainly not taken may have been refused for what it went from; what may have arrived comes again as it was.
		batch.Queue(`update notifications set status = 'pending', reason = '', detail = '', finished_at = null, given_up = attempt,
			sender = case when status = 'unknown' then sender end where id = $1`, id)
		if err := queueFeed(batch, []crm.FeedEntry{{
			CaseID: n.CaseID, At: db.now(), Kind: "notification_resent", ActorID: by,
			Data: map[string]any{"notification_id": n.ID, "template": n.Template},
		}}, 0); err != nil {
			return err
		}
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return fmt.Errorf("reopen a notification: %w", err)
		}
		n.Status, n.Reason, n.Detail, n.FinishedAt, n.GivenUp = crm.NotificationPending, "", "", nil, n.Attempt
		reopened = n
		return nil
	})
	return reopened, err
}

// Incidents lists a case's incidents, open ones and resolved ones, in the order they happened.
func (db *DB) Incidents(ctx context.Context, caseID uuid.UUID) ([]crm.Incident, error) {
	rows, err := db.pool.Query(ctx, "select "+incidentColumns+" from incidents where case_id = $1 order by id", caseID)
	if err != nil {
		return nil, fmt.Errorf("list incidents: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (crm.Incident, error) {
		i, err := scanIncident(row)
		return *i, err
	})
	if err != nil {
		return nil, fmt.Errorf("list incidents: %w", err)
	}
	return list, nil
}

// OpenIncidents lists the open incidents of all cases, oldest first.
func (db *DB) OpenIncidents(ctx context.Context, after *crm.Cursor, limit int) (crm.Page[crm.Incident], error) {
	var w where
	w.plain("resolved_at is null")
	w.seen(ctx, crm.CardCase, "incidents.case_id")
	if after != nil {
		w.add("id > %s", after.ID)
	}
	rows, err := db.pool.Query(ctx, "select "+incidentColumns+" from incidents"+w.sql()+" order by id limit "+w.arg(limit+1), w.args...)
	if err != nil {
		return crm.Page[crm.Incident]{}, fmt.Errorf("list open incidents: %w", err)
	}
	items, err := collectRows(rows, "list open incidents", scanIncident)
	if err != nil {
		return crm.Page[crm.Incident]{}, err
	}
	return cut(items, limit, func(i *crm.Incident) crm.Cursor { return crm.Cursor{ID: i.ID} }), nil
}
