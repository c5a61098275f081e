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

// TakeLostCases gives open cases whose wake time passed so long ago that no workflow can have come for it, and marks them as
// started, so that they do not come again before rest has passed, whatever keeps them.
func (db *DB) TakeLostCases(ctx context.Context, overslept, rest time.Duration, limit int) ([]crm.Case, error) {
	rows, err := db.pool.Query(ctx, `update cases c set workflow_started_at = now() where c.id = any(array(
			select id from cases
			where status = 'open' and wake_at < now() - $1::interval and workflow_started_at < now() - $2::interval
			order by wake_at limit $3 for update skip locked))
		returning `+caseColumns, overslept, rest, limit)
	if err != nil {
		return nil, fmt.Errorf("take cases that have not woken: %w", err)
	}
	return collectRows(rows, "take cases that have not woken", scanCase)
}
