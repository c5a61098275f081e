package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/audit"
	"marshrut/crm"
)

// Webhooks keeps the systems that are told of what happens to cases. Their secrets are wrapped by a key outside the database, like
// every data key, and replaced with them when that one is.
type Webhooks struct {
	db   *DB
	keys *audit.Keys
}

// NewWebhooks puts a database and its keys together.
func NewWebhooks(db *DB, keys *audit.Keys) *Webhooks { return &Webhooks{db: db, keys: keys} }

// webhookCount bounds how many deliveries are counted for a list.
const webhookCount = 1000

const webhookColumns = `w.id, w.name, w.url, w.kinds, w.enabled, w.created_at, w.created_by, w.version,
	(select count(*) from (select from webhook_deliveries d where d.webhook_id = w.id and d.status = 'pending' limit 1001) d),
	(select count(*) from (select from webhook_deliveries d where d.webhook_id = w.id and d.status = 'failed' limit 1001) d)`

func scanWebhook(row pgx.Row) (*crm.Webhook, error) {
	var w crm.Webhook
	err := row.Scan(&w.ID, &w.Name, &w.URL, &w.Kinds, &w.Enabled, &w.CreatedAt, (*zeronull.UUID)(&w.CreatedBy), &w.Version, &w.Waiting.N, &w.Failed.N)
	for _, count := range []*crm.Count{&w.Waiting, &w.Failed} {
		if count.N > webhookCount {
			*count = crm.Count{N: webhookCount, More: true}
		}
	}
	return &w, err
}

func webhookNotFound() *crm.Error {
	return crm.Errorf(crm.KindNotFound, "webhook_not_found", "no such webhook")
}

// ListWebhooks lists all webhooks by name.
func (h *Webhooks) ListWebhooks(ctx context.Context) ([]crm.Webhook, error) {
	rows, err := h.db.pool.Query(ctx, "select "+webhookColumns+" from webhooks w order by lower(w.name), w.id")
	if err != nil {
		return nil, fmt.Errorf("list webhooks: %w", err)
	}
	return collectRows(rows, "list webhooks", scanWebhook)
}

// Webhook reads a webhook; crm.KindNotFound when there is none.
func (h *Webhooks) Webhook(ctx context.Context, id uuid.UUID) (*crm.Webhook, error) {
	return readWebhook(ctx, h.db.pool, id, "")
}

func readWebhook(ctx context.Context, q querier, id uuid.UUID, tail string) (*crm.Webhook, error) {
	w, err := scanWebhook(q.QueryRow(ctx, "select "+webhookColumns+" from webhooks w where w.id = $1 "+tail, id))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, webhookNotFound()
	}
	if err != nil {
		return nil, fmt.Errorf("read a webhook: %w", err)
	}
	return w, nil
}

// lockWebhook reads a webhook of this version until the end of the transaction; crm.KindStale when it has another.
func lockWebhook(ctx context.Context, tx pgx.Tx, id uuid.UUID, version int) (*crm.Webhook, error) {
	w, err := readWebhook(ctx, tx, id, "for update of w")
	if err == nil && w.Version != version {
		return nil, stale()
	}
	return w, err
}

// orderedKinds gives each of the kinds once, in their order; unknown ones are left out.
func orderedKinds(kinds []string) []string {
	return slices.DeleteFunc(crm.WebhookKinds(), func(kind string) bool { return !slices.Contains(kinds, kind) })
}

// CreateWebhook makes a webhook, which is told of what happens from then on, and its secret. One that its id has made already is answered
// with webhook_secret_shown; too_many_webhooks: there are crm.MaxWebhooks.
func (h *Webhooks) CreateWebhook(ctx context.Context, w crm.Webhook) (*crm.Webhook, []byte, error) {
	id, err := idOr(w.ID)
	if err != nil {
		return nil, nil, err
	}
	var made *crm.Webhook
	var secret audit.DataKey
	err = h.db.inTx(ctx, func(tx pgx.Tx) error {
		var there bool
		var count int
		// One after the other, so that two do not both become the last that there may be.
		if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock(hashtextextended('webhooks', 0))"); err != nil {
			return fmt.Errorf("wait for other webhooks: %w", err)
		}
		if err := tx.QueryRow(ctx, "select count(*), coalesce(bool_or(id = $1), false) from webhooks", id).Scan(&count, &there); err != nil {
			return fmt.Errorf("count webhooks: %w", err)
		}
		switch {
		case there:
			return crm.Errorf(crm.KindConflict, "webhook_secret_shown", "this webhook was made already, and its secret is shown only once")
		case count >= crm.MaxWebhooks:
			return crm.Errorf(crm.KindConflict, "too_many_webhooks", "no more webhooks are possible")
		}
		var secretID uuid.UUID
		if secretID, secret, err = h.newSecret(ctx, tx); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `insert into webhooks (id, name, url, kinds, enabled, secret_id, created_at, created_by, told_xid)
			values ($1, $2, $3, $4, $5, $6, $7, $8, pg_current_xact_id())`,
			id, w.Name, w.URL, orderedKinds(w.Kinds), w.Enabled, secretID, h.db.now(), nullID(w.CreatedBy))
		if err != nil {
			return fmt.Errorf("make a webhook: %w", err)
		}
		made, err = readWebhook(ctx, tx, id, "")
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return made, secret, nil
}

func (h *Webhooks) newSecret(ctx context.Context, tx pgx.Tx) (uuid.UUID, audit.DataKey, error) {
	id, err := newID()
	if err != nil {
		return id, nil, err
	}
	secret := audit.NewDataKey()
	_, err = tx.Exec(ctx, "insert into data_keys (id, wrapped, master) values ($1, $2, $3)", id, h.keys.Wrap(id, secret), h.keys.MasterID())
	if err != nil {
		return id, nil, fmt.Errorf("store a webhook's secret: %w", err)
	}
	return id, secret, nil
}

// PatchWebhook changes a webhook of this version; crm.KindStale when it has another. One that is enabled again is told of what happens
// from then on, and what waited goes on.
func (h *Webhooks) PatchWebhook(ctx context.Context, id uuid.UUID, version int, p crm.WebhookPatch) (*crm.Webhook, error) {
	var changed *crm.Webhook
	err := h.db.inTx(ctx, func(tx pgx.Tx) error {
		w, err := lockWebhook(ctx, tx, id, version)
		if err != nil {
			return err
		}
		begins := p.Enabled != nil && *p.Enabled && !w.Enabled
		set(&w.Name, p.Name)
		set(&w.URL, p.URL)
		set(&w.Enabled, p.Enabled)
		if p.Kinds != nil {
			w.Kinds = orderedKinds(p.Kinds)
		}
		_, err = tx.Exec(ctx, `update webhooks set name = $2, url = $3, kinds = $4, enabled = $5, version = version + 1,
			told_xid = case when $6 then pg_current_xact_id() else told_xid end, told_id = case when $6 then 0 else told_id end
			where id = $1`, id, w.Name, w.URL, w.Kinds, w.Enabled, begins)
		if err != nil {
			return fmt.Errorf("change a webhook: %w", err)
		}
		changed, err = readWebhook(ctx, tx, id, "")
		return err
	})
	if err != nil {
		return nil, err
	}
	return changed, nil
}

// RenewWebhookSecret gives a webhook of this version another secret, and destroys the one before; crm.KindStale when it has another.
func (h *Webhooks) RenewWebhookSecret(ctx context.Context, id uuid.UUID, version int) (*crm.Webhook, []byte, error) {
	var changed *crm.Webhook
	var secret audit.DataKey
	err := h.db.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := lockWebhook(ctx, tx, id, version); err != nil {
			return err
		}
		secretID, anew, err := h.newSecret(ctx, tx)
		if err != nil {
			return err
		}
		secret = anew
		if err := h.destroySecret(ctx, tx, id); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "update webhooks set secret_id = $2, version = version + 1 where id = $1", id, secretID); err != nil {
			return fmt.Errorf("renew a webhook's secret: %w", err)
		}
		changed, err = readWebhook(ctx, tx, id, "")
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return changed, secret, nil
}

// destroySecret makes the secret that a webhook has unreadable for good.
func (h *Webhooks) destroySecret(ctx context.Context, tx pgx.Tx, id uuid.UUID) error {
	_, err := tx.Exec(ctx, "update data_keys k set wrapped = null, destroyed_at = $2 from webhooks w where w.id = $1 and k.id = w.secret_id", id, h.db.now())
	if err != nil {
		return fmt.Errorf("destroy a webhook's secret: %w", err)
	}
	return nil
}

// DeleteWebhook removes a webhook of this version with all its deliveries; crm.KindStale when it has another.
func (h *Webhooks) DeleteWebhook(ctx context.Context, id uuid.UUID, version int) error {
	return h.db.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := lockWebhook(ctx, tx, id, version); err != nil {
			return err
		}
		if err := h.destroySecret(ctx, tx, id); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "delete from webhooks where id = $1", id); err != nil {
			return fmt.Errorf("delete a webhook: %w", err)
		}
		return nil
	})
}
