package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
)

const templateColumns = `key, lang, version, channel, subject, body_text, body_html, created_at, created_by`

func scanTemplate(row pgx.Row) (*crm.Template, error) {
	var t crm.Template
	err := row.Scan(&t.Key, &t.Lang, &t.Version, &t.Channel, &t.Subject, &t.Text, &t.HTML, &t.CreatedAt, (*zeronull.UUID)(&t.CreatedBy))
	return &t, err
}

// StoredTemplates gives the newest version of the company's own templates in each language; an empty key: of all.
func (db *DB) StoredTemplates(ctx context.Context, key string) ([]crm.Template, error) {
	rows, err := db.pool.Query(ctx, `select distinct on (key, lang) `+templateColumns+` from templates where $1 = '' or key = $1
		order by key, lang, version desc`, key)
	if err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	return collectRows(rows, "read templates", scanTemplate)
}

// StoreTemplate stores a text as the template's next version in its language, after the one that the caller has read: t.Version, 0
// for the shipped text or none; crm.KindStale when there is a later one by now.
func (db *DB) StoreTemplate(ctx context.Context, t crm.Template) (*crm.Template, error) {
	var stored *crm.Template
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "lock table templates in share row exclusive mode"); err != nil {
			return fmt.Errorf("lock the templates: %w", err)
		}
		var version int
		err := tx.QueryRow(ctx, "select coalesce(max(version), 0) from templates where key = $1 and lang = $2", t.Key, t.Lang).Scan(&version)
		if err != nil {
			return fmt.Errorf("read a template's version: %w", err)
		}
		if version != t.Version {
			return stale()
		}
		stored, err = scanTemplate(tx.QueryRow(ctx, `insert into templates (key, lang, version, channel, subject, body_text, body_html, created_at, created_by)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning `+templateColumns,
			t.Key, t.Lang, version+1, t.Channel, t.Subject, t.Text, t.HTML, db.now(), nullID(t.CreatedBy)))
		if err != nil {
			return fmt.Errorf("store a template: %w", err)
		}
		return nil
	})
	return stored, err
}
