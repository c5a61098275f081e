package postgres

import (
	"context"
	"fmt"
	"time"

	"marshrut/crm"
)

// TakeStuckNotifications gives notifications that are not final and on which nobody has worked for so long, and marks them
// as handed over to a workflow of their own. Those that a stage waits for are left to their case's workflow: only it can
// tell the stage.
func (db *DB) TakeStuckNotifications(ctx context.Context, idle time.Duration, limit int) ([]crm.Notification, error) {
	rows, err := db.pool.Query(ctx, `update notifications set handed_at = now() where id = any(array(
			select id from notifications
			where status in ('pending', 'sending') and not await and greatest(created_at, claimed_at, handed_at) < now() - $1::interval
			order by id limit $2 for update skip locked))
		returning `+notificationColumns, idle, limit)
	if err != nil {
		return nil, fmt.Errorf("take stuck notifications: %w", err)
	}
	return collectRows(rows, "take stuck notifications", scanNotification)
}

// TakeLostCases gives open cases that no workflow can be at work on, and marks them as started, so that they do not come again
// before rest has passed, whatever keeps them: the wake time passed longer ago than overslept, or a stage waits for a webhook
// on which nobody has worked for longer than idle, or of whose end the stage was not told.
func (db *DB) TakeLostCases(ctx context.Context, overslept, idle, rest time.Duration, limit int) ([]crm.Case, error) {
	rows, err := db.pool.Query(ctx, `with lost as (
			(select id from cases
				where status = 'open' and wake_at < now() - $1::interval and workflow_started_at < now() - $3::interval
				order by wake_at limit $4)
			union all
			(select c.id from notifications n join cases c on c.id = n.case_id
				where n.await and not n.withdrawn and not n.told and n.created_at < now() - $2::interval
				and greatest(n.claimed_at, n.finished_at, n.created_at) < now() - $2::interval
				and c.status = 'open' and c.workflow_started_at < now() - $3::interval
				order by n.created_at limit $4)
		)
		update cases c set workflow_started_at = now() where c.id = any(array(
			select id from cases where id in (select id from lost) and workflow_started_at < now() - $3::interval
			limit $4 for update skip locked))
		returning `+caseColumns, overslept, idle, rest, limit)
	if err != nil {
		return nil, fmt.Errorf("take cases that nobody is at work on: %w", err)
	}
	return collectRows(rows, "take cases that nobody is at work on", scanCase)
}
