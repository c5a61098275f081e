package postgres_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"marshrut/audit"
	"marshrut/crm"
	"marshrut/postgres"
)

// hooks are the webhooks of an office with keys of its own.
func (of *office) hooks() *postgres.Webhooks {
	of.t.Helper()
	keys, err := audit.RandomKeys()
	require.NoError(of.t, err)
	return postgres.NewWebhooks(of.DB, keys)
}

func warehouse() crm.Webhook {
	return crm.Webhook{Name: "Склад", URL: "https://warehouse.example/hook", Kinds: []string{"closed", "created", "closed"}, Enabled: true}
}

func TestWebhooksAreKeptByTheirVersions(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	hooks, ctx := of.hooks(), t.Context()
	w, secret, err := hooks.CreateWebhook(ctx, warehouse())
	require.NoError(t, err)
	require.Len(t, secret, 32)
	require.Equal(t, []string{"created", "closed"}, w.Kinds, "each once, in their order")
	again := *w
	_, _, err = hooks.CreateWebhook(ctx, again)
	require.True(t, isCode(err, "webhook_secret_shown"), "%v", err)
	url := "http://localhost:9000/hook"
	changed, err := hooks.PatchWebhook(ctx, w.ID, 1, crm.WebhookPatch{URL: &url, Kinds: []string{"payment"}})
	require.NoError(t, err)
	require.Equal(t, 2, changed.Version)
	require.Equal(t, []string{"payment"}, changed.Kinds)
	require.Equal(t, "Склад", changed.Name)
	for name, change := range map[string]func() error{
		"patch":  func() error { _, err := hooks.PatchWebhook(ctx, w.ID, 1, crm.WebhookPatch{URL: &url}); return err },
		"secret": func() error { _, _, err := hooks.RenewWebhookSecret(ctx, w.ID, 1); return err },
		"delete": func() error { return hooks.DeleteWebhook(ctx, w.ID, 1) },
	} {
		require.True(t, isCode(change(), "stale"), name)
	}
	renewed, other, err := hooks.RenewWebhookSecret(ctx, w.ID, 2)
	require.NoError(t, err)
	require.NotEqual(t, secret, other)
	require.Equal(t, 1, of.count("select count(*) from data_keys where destroyed_at is not null"), "nobody can read the former one any more")
	require.NoError(t, hooks.DeleteWebhook(ctx, w.ID, renewed.Version))
	_, err = hooks.Webhook(ctx, w.ID)
	require.True(t, isCode(err, "webhook_not_found"))
	require.Equal(t, 2, of.count("select count(*) from data_keys where destroyed_at is not null"))

	told := of.unsealed("webhooks")
	require.Len(t, told, 4, "made, changed, another secret, deleted")
	for i := range told {
		require.NotContains(t, string(told[i].beforeText)+string(told[i].afterText), "told_xid")
	}
}

func isCode(err error, code string) bool {
	known, ok := errors.AsType[*crm.Error](err)
	return ok && known.Code == code
}

func TestWebhooksAreBoundedInNumber(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	hooks := of.hooks()
	for range crm.MaxWebhooks - 1 {
		_, _, err := hooks.CreateWebhook(t.Context(), warehouse())
		require.NoError(t, err)
	}
	var both sync.WaitGroup
	failures := make([]error, 2)
	for i := range failures {
		both.Go(func() { _, _, failures[i] = hooks.CreateWebhook(t.Context(), warehouse()) })
	}
	both.Wait()
	require.Equal(t, crm.MaxWebhooks, of.count("select count(*) from webhooks"))
	require.True(t, isCode(errors.Join(failures...), "too_many_webhooks"))
}

// TestTheSecretsOfWebhooksFollowTheMasterKey: they are wrapped anew with all data keys, and stay what they are.
func TestTheSecretsOfWebhooksFollowTheMasterKey(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	folder := filepath.Join(t.TempDir(), "keys")
	require.NoError(t, audit.CreateKeys(folder))
	keys, err := audit.LoadKeys(folder)
	require.NoError(t, err)
	w, secret, err := postgres.NewWebhooks(of.DB, keys).CreateWebhook(t.Context(), warehouse())
	require.NoError(t, err)
	require.NoError(t, audit.ReplaceMaster(folder))
	keys, err = audit.LoadKeys(folder)
	require.NoError(t, err)
	_, err = of.RewrapDataKeys(t.Context(), keys)
	require.NoError(t, err)
	require.NoError(t, os.Remove(filepath.Join(folder, "master-old.key")))
	keys, err = audit.LoadKeys(folder)
	require.NoError(t, err)
	hooks := postgres.NewWebhooks(of.DB, keys)
	_, err = hooks.TestWebhook(t.Context(), w.ID, uuid.Nil)
	require.NoError(t, err)
	calls, err := hooks.ClaimWebhookDeliveries(t.Context(), w.ID, 1, 0)
	require.NoError(t, err)
	require.Equal(t, secret, calls[0].Secret)
}

// TestWebhooksAreToldAlongIndexes: however much has happened, and however much was delivered, what is new and what is due is looked up.
func TestWebhooksAreToldAlongIndexes(t *testing.T) {
	t.Parallel()
	asked := &lastQuery{}
	of := newOffice(t, postgres.Options{Tracer: asked, MaxConns: 1})
	hooks, ctx := of.hooks(), t.Context()
	w, _, err := hooks.CreateWebhook(ctx, warehouse())
	require.NoError(t, err)
	d, err := hooks.TestWebhook(ctx, w.ID, uuid.Nil)
	require.NoError(t, err)
	of.exec("set enable_seqscan = off") // the tables are small: only what cannot be done along an index is done without
	of.exec("set enable_bitmapscan = off")
	for part, look := range map[string]struct {
		index string
		work  func() error
	}{
		"from webhooks w where w.enabled and (":  {"changes_pkey", func() error { _, err := hooks.TellWebhooks(ctx, 10); return err }},
		"exists (select from webhook_deliveries": {"webhook_deliveries_due", func() error { _, err := hooks.DueWebhooks(ctx); return err }},
		"update webhook_deliveries d set attempt": {"webhook_deliveries_due", func() error {
			_, err := hooks.ClaimWebhookDeliveries(ctx, w.ID, 4, 0)
			return err
		}},
		"order by d.created_at desc": {"webhook_deliveries_newest", func() error {
			_, err := hooks.WebhookDeliveries(ctx, crm.WebhookDeliveryFilter{WebhookID: w.ID, After: &crm.Cursor{At: &d.CreatedAt, ID: d.ID}, Limit: 10})
			return err
		}},
		"delete from webhook_deliveries": {"webhook_deliveries_finished", func() error {
			_, err := hooks.PruneWebhookDeliveries(ctx, d.CreatedAt, 10)
			return err
		}},
	} {
		asked.part, asked.sql = part, ""
		require.NoError(t, look.work())
		asked.part = "nothing is asked like this"
		rows, err := of.Pool().Query(ctx, "explain "+asked.sql, asked.args...)
		require.NoError(t, err)
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		plan := strings.Join(lines, "\n")
		require.Contains(t, plan, look.index, part)
		require.NotContains(t, plan, "Seq Scan on changes", part)
		require.NotContains(t, plan, "Seq Scan on webhook_deliveries", part)
	}
}
