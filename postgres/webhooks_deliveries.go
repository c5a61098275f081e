package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
)

const webhookDeliveryColumns = `d.id, d.webhook_id, d.kind, d.entry_id, d.case_id, d.case_kind, d.happened_at, d.status, d.attempt, d.given_up, d.answer,
	d.problem, d.next_at, d.created_at, d.finished_at`

func webhookDeliveryTargets(d *crm.WebhookDelivery) []any {
	return []any{
		&d.ID, &d.WebhookID, &d.Kind, (*zeronull.UUID)(&d.EntryID), (*zeronull.UUID)(&d.CaseID), (*zeronull.Text)(&d.CaseKind), &d.HappenedAt, &d.Status,
		&d.Attempt, &d.GivenUp, (*zeroInt)(&d.Answer), &d.Problem, &d.NextAt, &d.CreatedAt, &d.FinishedAt,
	}
}

func scanWebhookDelivery(row pgx.Row) (*crm.WebhookDelivery, error) {
	var d crm.WebhookDelivery
	err := row.Scan(webhookDeliveryTargets(&d)...)
	return &d, err
}

func webhookDeliveryNotFound() *crm.Error {
	return crm.Errorf(crm.KindNotFound, "webhook_delivery_not_found", "no such delivery of the webhook")
}

// WebhookDeliveries lists what a webhook was or is to be told, newest first.
func (h *Webhooks) WebhookDeliveries(ctx context.Context, f crm.WebhookDeliveryFilter) (crm.Page[crm.WebhookDelivery], error) {
	w := where{}
	w.add("d.webhook_id = %s", f.WebhookID)
	w.equal("d.status", string(f.Status))
	if f.After != nil && f.After.At != nil {
		w.plain("(d.created_at, d.id) < (" + w.arg(*f.After.At) + ", " + w.arg(f.After.ID) + ")")
	}
	rows, err := h.db.pool.Query(ctx, "select "+webhookDeliveryColumns+" from webhook_deliveries d"+w.sql()+" order by d.created_at desc, d.id desc limit "+w.arg(f.Limit+1), w.args...)
	if err != nil {
		return crm.Page[crm.WebhookDelivery]{}, fmt.Errorf("list deliveries of a webhook: %w", err)
	}
	all, err := collectRows(rows, "list deliveries of a webhook", scanWebhookDelivery)
	if err != nil {
		return crm.Page[crm.WebhookDelivery]{}, err
	}
	return cut(all, f.Limit, func(d *crm.WebhookDelivery) crm.Cursor { return crm.Cursor{At: &d.CreatedAt, ID: d.ID} }), nil
}

// WebhookDelivery reads a delivery of a webhook; crm.KindNotFound when it has none of this id.
func (h *Webhooks) WebhookDelivery(ctx context.Context, webhook, id uuid.UUID) (*crm.WebhookDelivery, error) {
	return oneWebhookDelivery(h.db.pool.QueryRow(ctx, "select "+webhookDeliveryColumns+" from webhook_deliveries d where d.id = $2 and d.webhook_id = $1", webhook, id))
}

func oneWebhookDelivery(row pgx.Row) (*crm.WebhookDelivery, error) {
	d, err := scanWebhookDelivery(row)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, webhookDeliveryNotFound()
	}
	if err != nil {
		return nil, fmt.Errorf("read a delivery of a webhook: %w", err)
	}
	return d, nil
}

// TestWebhook lets a webhook be called at once with nothing but that it is a test, even one that is not enabled. The same id makes one
// delivery only.
func (h *Webhooks) TestWebhook(ctx context.Context, webhook, id uuid.UUID) (*crm.WebhookDelivery, error) {
	id, err := idOr(id)
	if err != nil {
		return nil, err
	}
	var made *crm.WebhookDelivery
	err = h.db.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := readWebhook(ctx, tx, webhook, "for key share of w"); err != nil {
			return err
		}
		now := h.db.now()
		_, err := tx.Exec(ctx, `insert into webhook_deliveries (id, webhook_id, kind, happened_at, next_at, created_at) values ($1, $2, $3, $4, $4, $4)
			on conflict (id) do nothing`, id, webhook, crm.WebhookTest, now)
		if err != nil {
			return fmt.Errorf("test a webhook: %w", err)
		}
		made, err = oneWebhookDelivery(tx.QueryRow(ctx, "select "+webhookDeliveryColumns+" from webhook_deliveries d where d.id = $1 and d.webhook_id = $2", id, webhook))
		return err
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

// RetryWebhookDelivery lets a delivery be tried at once, with the whole patience if it was given up. One that has arrived is
// delivery_not_repeatable.
func (h *Webhooks) RetryWebhookDelivery(ctx context.Context, webhook, id uuid.UUID) (*crm.WebhookDelivery, error) {
	var again *crm.WebhookDelivery
	err := h.db.inTx(ctx, func(tx pgx.Tx) error {
		d, err := oneWebhookDelivery(tx.QueryRow(ctx, "select "+webhookDeliveryColumns+" from webhook_deliveries d where d.id = $2 and d.webhook_id = $1 for update", webhook, id))
		if err != nil {
			return err
		}
		if d.Status == crm.WebhookDelivered {
			return crm.Errorf(crm.KindConflict, "delivery_not_repeatable", "the delivery has arrived")
		}
		again, err = oneWebhookDelivery(tx.QueryRow(ctx, `update webhook_deliveries d set status = 'pending', next_at = $2, finished_at = null,
			given_up = case when status = 'failed' then attempt else given_up end where id = $1 returning `+webhookDeliveryColumns, id, h.db.now()))
		return err
	})
	if err != nil {
		return nil, err
	}
	return again, nil
}

// horizon is a condition for transactions that are older than every one at work, so that none can appear behind what was read.
const horizon = "pg_snapshot_xmin(pg_current_snapshot())"

// ahead is a condition for webhooks whose place is still to come: the database was restored into another cluster.
const ahead = "told_xid >= pg_snapshot_xmax(pg_current_snapshot())"

// TellWebhooks makes deliveries of what has happened to cases since each webhook was told last, reading limit changes for each at most,
// and answers the most that it read for one. Making deliveries and moving the webhook's place is one transaction, and a webhook at
// which another program is working is passed over: so each thing is told once.
func (h *Webhooks) TellWebhooks(ctx context.Context, limit int) (int, error) {
	rows, err := h.db.pool.Query(ctx, `select w.id from webhooks w where w.enabled and (w.`+ahead+`
		or exists (select from changes c where (c.xid, c.id) > (w.told_xid, w.told_id) and c.xid < `+horizon+`)) order by w.id`)
	if err != nil {
		return 0, fmt.Errorf("look for webhooks to tell: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return 0, fmt.Errorf("look for webhooks to tell: %w", err)
	}
	most := 0
	for _, id := range ids {
		var read int
		err := h.db.inTx(ctx, func(tx pgx.Tx) error {
			var err error
			read, err = h.tell(ctx, tx, id, limit)
			return err
		})
		if err != nil {
			return most, err
		}
		most = max(most, read)
	}
	return most, nil
}

func (h *Webhooks) tell(ctx context.Context, tx pgx.Tx, id uuid.UUID, limit int) (int, error) {
	var xid string
	var number int64
	var kinds []string
	err := tx.QueryRow(ctx, `select (case when `+ahead+` then `+horizon+` else told_xid end)::text, case when `+ahead+` then 0 else told_id end, kinds
		from webhooks where id = $1 and enabled for update skip locked`, id).Scan(&xid, &number, &kinds)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil // somebody else tells it
	}
	if err != nil {
		return 0, fmt.Errorf("lock a webhook: %w", err)
	}
	var read int
	err = tx.QueryRow(ctx, `with happened as materialized (
			select c.xid, c.id, c.topic, c.ref_id from changes c where (c.xid, c.id) > ($2::text::xid8, $3) and c.xid < `+horizon+`
			order by c.xid, c.id limit $4),
		told as (
			insert into webhook_deliveries (id, webhook_id, kind, entry_id, case_id, case_kind, happened_at, next_at, created_at)
			select gen_random_uuid(), $1, f.kind, f.id, f.case_id, c.kind, f.at, $6, $6
			from happened h join feed f on f.id = h.ref_id join cases c on c.id = f.case_id
			where h.topic = 'feed' and f.kind = any($5) order by h.xid, h.id
			on conflict (webhook_id, entry_id) do nothing),
		moved as (
			update webhooks w set told_xid = l.xid, told_id = l.id
			from (select xid, id from happened union all select $2::text::xid8, $3::bigint order by xid desc, id desc limit 1) l where w.id = $1)
		select count(*) from happened`, id, xid, number, limit, kinds, h.db.now()).Scan(&read)
	if err != nil {
		return 0, fmt.Errorf("tell a webhook what has happened: %w", err)
	}
	return read, nil
}

// dueDelivery is a condition for deliveries d of a webhook w that are to be tried at $1: while it is not enabled, only tests are.
const dueDelivery = "d.webhook_id = w.id and d.status = 'pending' and d.next_at <= $1"

// DueWebhooks are the webhooks that have deliveries to be tried now.
func (h *Webhooks) DueWebhooks(ctx context.Context) ([]uuid.UUID, error) {
	rows, err := h.db.pool.Query(ctx, `select w.id from webhooks w where w.enabled and exists (select from webhook_deliveries d where `+dueDelivery+`)
		or exists (select from webhook_deliveries d where `+dueDelivery+` and d.kind = 'test') order by w.id`, h.db.now())
	if err != nil {
		return nil, fmt.Errorf("look for webhooks to call: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("look for webhooks to call: %w", err)
	}
	return ids, nil
}

// ClaimWebhookDeliveries takes up deliveries of a webhook that are due, limit at most, those that have waited longest first. What is
// not finished until lease has passed is due again: its program has gone.
func (h *Webhooks) ClaimWebhookDeliveries(ctx context.Context, webhook uuid.UUID, limit int, lease time.Duration) ([]crm.WebhookCall, error) {
	var calls []crm.WebhookCall
	err := h.db.inTx(ctx, func(tx pgx.Tx) error {
		calls = nil
		now := h.db.now()
		var enabled bool
		var call crm.WebhookCall
		var secret uuid.UUID
		var wrapped []byte
		err := tx.QueryRow(ctx, `select w.enabled, w.url, k.id, k.wrapped from webhooks w join data_keys k on k.id = w.secret_id where w.id = $1`,
			webhook).Scan(&enabled, &call.URL, &secret, &wrapped)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil // it was deleted
		}
		if err != nil {
			return fmt.Errorf("read a webhook to call: %w", err)
		}
		if call.Secret, err = h.keys.Unwrap(secret, wrapped); err != nil {
			return err
		}
		tests := map[bool]string{true: "", false: " and d.kind = 'test'"}[enabled]
		rows, err := tx.Query(ctx, `update webhook_deliveries d set attempt = attempt + 1, next_at = $4 where d.id in (
				select d.id from webhook_deliveries d, webhooks w where w.id = $2 and `+dueDelivery+tests+` order by d.next_at limit $3 for update of d skip locked)
			returning `+webhookDeliveryColumns, now, webhook, limit, now.Add(lease))
		if err != nil {
			return fmt.Errorf("take up deliveries of a webhook: %w", err)
		}
		deliveries, err := collectRows(rows, "take up deliveries of a webhook", scanWebhookDelivery)
		for i := range deliveries {
			one := call
			one.Delivery = deliveries[i]
			calls = append(calls, one)
		}
		return err
	})
	return calls, err
}

// FinishWebhookDelivery stores what an attempt came to. One that failed is tried again as long as there is patience for it. An attempt
// that another one has followed changes nothing.
func (h *Webhooks) FinishWebhookDelivery(ctx context.Context, d *crm.WebhookDelivery, o crm.WebhookOutcome) error {
	now := h.db.now()
	status, finished := crm.WebhookDelivered, &now
	var next *time.Time
	if o.Problem != "" {
		status = crm.WebhookFailed
		if pause, again := d.NextTry(); again {
			at := now.Add(pause)
			status, next, finished = crm.WebhookPending, &at, nil
		}
	}
	_, err := h.db.pool.Exec(ctx, `update webhook_deliveries set status = $3, answer = nullif($4, 0), problem = $5, next_at = $6, finished_at = $7
		where id = $1 and attempt = $2 and status = 'pending'`, d.ID, d.Attempt, status, o.Answer, o.Problem, next, finished)
	if err != nil {
		return fmt.Errorf("finish a delivery to a webhook: %w", err)
	}
	return nil
}

// PruneWebhookDeliveries removes deliveries that ended before a time, limit at most, and tells how many there were.
func (h *Webhooks) PruneWebhookDeliveries(ctx context.Context, before time.Time, limit int) (int, error) {
	tag, err := h.db.pool.Exec(ctx, `delete from webhook_deliveries where id in (
		select id from webhook_deliveries where finished_at < $1 order by finished_at limit $2 for update skip locked)`, before, limit)
	if err != nil {
		return 0, fmt.Errorf("remove old deliveries to webhooks: %w", err)
	}
	return int(tag.RowsAffected()), nil
}
