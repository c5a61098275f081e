package postgres

import (
	"fmt"
	"slices"

	"marshrut/activities"
	"marshrut/routemaps"
)

// queueWithdrawals takes back the webhooks of stages that wait for them no longer, because the case has left them by another
// way: it was cancelled or closed, went to manual mode, or a deadline, an event or another branch was first. One that is
// not at work is skipped at once; the attempt at work is the last one (see FinishNotification).
func (w *writer) queueWithdrawals() error {
	if len(w.c.State) == 0 {
		return nil
	}
	before, err := routemaps.DecodeState(w.c.State)
	if err != nil {
		return fmt.Errorf("decode a state: %w", err)
	}
	after := w.change.State.Awaiting()
	for _, ref := range before.Awaiting() {
		if slices.Contains(after, ref) {
			continue
		}
		line, err := newID()
		if err != nil {
			return err
		}
		w.batch.Queue(`with withdrawn as (
				update notifications set withdrawn = true, status = case status when 'pending' then 'skipped' else status end,
					reason = case status when 'pending' then $4 else reason end,
					detail = case status when 'pending' then '' else detail end,
					next_try_at = null, finished_at = case status when 'pending' then $5::timestamptz end
				where case_id = $1 and path = $2 and visit = $3 and await and status in ('pending', 'sending')
				returning `+notificationColumns+`
			)
			`+tellDelivery("$6", "withdrawn"),
			w.c.ID, ref.Path, ref.Visit, activities.ReasonStageLeft, w.at, line)
	}
	return nil
}
