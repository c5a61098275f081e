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
