package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
)

const templateColumns = `key, lang, version, channel, subject, body_text, body_html, created_at, created_by`

// ListTemplates gives the newest version of every template written here, in every language. Those that come with the
// program and were never changed are not among them.
func (db *DB) ListTemplates(ctx context.Context) ([]crm.Template, error) {
	return db.readTemplates(ctx, "")
}

// Template gives the newest version written here in each language; none when the template was never changed.
func (db *DB) Template(ctx context.Context, key string) ([]crm.Template, error) {
	return db.readTemplates(ctx, key)
}

func (db *DB) readTemplates(ctx context.Context, key string) ([]crm.Template, error) {
	w := where{}
	w.equal("key", key)
	rows, err := db.pool.Query(ctx, "select distinct on (key, lang) "+templateColumns+" from templates"+w.sql()+" order by key, lang, version desc", w.args...)
	if err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	templates, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (crm.Template, error) {
		var t crm.Template
		err := row.Scan(&t.Key, &t.Lang, &t.Version, &t.Channel, &t.Subject, &t.Text, &t.HTML, &t.CreatedAt, (*zeronull.UUID)(&t.CreatedBy))
		return t, err
	})
	if err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	return templates, nil
}

// PutTemplate stores the next version of a template. Whether it compiles is checked before.
func (db *DB) PutTemplate(ctx context.Context, t crm.Template) (*crm.Template, error) {
	t.CreatedAt = db.now()
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		// Two at once get numbers one after the other.
		if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock(hashtext('template ' || $1 || ' ' || $2))", t.Key, t.Lang); err != nil {
			return fmt.Errorf("lock a template: %w", err)
		}
		err := tx.QueryRow(ctx, `insert into templates (key, lang, version, channel, subject, body_text, body_html, created_at, created_by)
			select $1, $2, coalesce(max(version), 0) + 1, $3, $4, $5, $6, $7, $8 from templates where key = $1 and lang = $2
			returning version`, t.Key, t.Lang, t.Channel, t.Subject, t.Text, t.HTML, t.CreatedAt, nullID(t.CreatedBy)).Scan(&t.Version)
		if err != nil {
			return fmt.Errorf("store a template: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &t, nil
}
