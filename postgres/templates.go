package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
	"marshrut/routemaps"
)

// ownTemplates are the newest versions of the company's own texts that are not deleted.
const ownTemplates = `(select distinct on (key, lang) * from templates order by key, lang, version desc) own where not deleted`

const templateColumns = `key, lang, version, deleted, channel, subject, body_text, body_html, created_at, created_by`

func scanTemplate(row pgx.Row) (*crm.Template, error) {
	var t crm.Template
	err := row.Scan(&t.Key, &t.Lang, &t.Version, &t.Deleted, &t.Channel, &t.Subject, &t.Text, &t.HTML, &t.CreatedAt, (*zeronull.UUID)(&t.CreatedBy))
	return &t, err
}

// StoredTemplates gives the newest version of the company's own templates in each language; an empty key: of all.
func (db *DB) StoredTemplates(ctx context.Context, key string) ([]crm.Template, error) {
	rows, err := db.pool.Query(ctx, "select "+templateColumns+" from "+ownTemplates+" and ($1 = '' or key = $1) order by key, lang", key)
	if err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	return collectRows(rows, "read templates", scanTemplate)
}

// StoreTemplate stores a text as the template's next version in its language, after the one that the caller has read: t.Version, 0
// for the shipped text or none; crm.KindStale when there is a later one by now. A template keeps its channel: /channel is refused otherwise.
func (db *DB) StoreTemplate(ctx context.Context, t crm.Template) (*crm.Template, error) {
	var stored *crm.Template
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		newest, err := lockedTemplate(ctx, tx, t.Key, t.Lang)
		if err != nil {
			return err
		}
		if inForce(newest.Version, newest.Deleted) != t.Version {
			return stale()
		}
		if err := keepChannel(ctx, tx, &t); err != nil {
			return err
		}
		t.Version, t.Deleted = newest.Version+1, false
		stored, err = db.storeTemplate(ctx, tx, &t)
		return err
	})
	return stored, err
}

// lockedTemplate lets one at a time change templates, and gives the company's text as it was last written or deleted; of version 0 when
// it never was.
func lockedTemplate(ctx context.Context, tx pgx.Tx, key string, lang crm.Lang) (*crm.Template, error) {
	if _, err := tx.Exec(ctx, "lock table templates in share row exclusive mode"); err != nil {
		return nil, fmt.Errorf("lock the templates: %w", err)
	}
	newest, err := scanTemplate(tx.QueryRow(ctx, "select "+templateColumns+" from templates where key = $1 and lang = $2 order by version desc limit 1", key, lang))
	if errors.Is(err, pgx.ErrNoRows) {
		return &crm.Template{Key: key, Lang: lang}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read a template: %w", err)
	}
	return newest, nil
}

// keepChannel refuses a text for another channel than the template has ever had, in either language: maps name it for that one.
func keepChannel(ctx context.Context, tx pgx.Tx, t *crm.Template) error {
	var channel string
	err := tx.QueryRow(ctx, "select channel from templates where key = $1 and channel <> $2 limit 1", t.Key, t.Channel).Scan(&channel)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read a template's channel: %w", err)
	}
	refused := invalidField("/channel", "other_channel")
	refused.Fields[0].Params = map[string]string{"value": channel}
	return refused
}

func (db *DB) storeTemplate(ctx context.Context, tx pgx.Tx, t *crm.Template) (*crm.Template, error) {
	stored, err := scanTemplate(tx.QueryRow(ctx, `insert into templates (key, lang, version, deleted, channel, subject, body_text, body_html, created_at, created_by)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning `+templateColumns,
		t.Key, t.Lang, t.Version, t.Deleted, t.Channel, t.Subject, t.Text, t.HTML, db.now(), nullID(t.CreatedBy)))
	if err != nil {
		return nil, fmt.Errorf("store a template: %w", err)
	}
	return stored, nil
}

// DeleteTemplate deletes the company's own text of version t.Version in t.Lang: the shipped one, where t.Shipped says that there is one,
// goes out again. Its versions stay. template_not_found: there is no text in this language; no_own_template: only the shipped one;
// crm.KindStale: it has another version; template_in_use: it is the template's last, and a map or a notification on its way names it.
func (db *DB) DeleteTemplate(ctx context.Context, t crm.Template) error {
	return db.inTx(ctx, func(tx pgx.Tx) error {
		if err := lockRouteMaps(ctx, tx); err != nil {
			return err
		}
		own, err := lockedTemplate(ctx, tx, t.Key, t.Lang)
		if err != nil {
			return err
		}
		switch inForce(own.Version, own.Deleted) {
		case 0:
			if t.Shipped != nil {
				return crm.Errorf(crm.KindNotFound, "no_own_template", "the text comes with the program")
			}
			return crm.Errorf(crm.KindNotFound, "template_not_found", "no such template")
		case t.Version:
		default:
			return stale()
		}
		if t.Shipped == nil {
			if err := db.templateUnused(ctx, tx, own); err != nil {
				return err
			}
		}
		own.Version, own.Deleted, own.CreatedBy = own.Version+1, true, t.CreatedBy
		_, err = db.storeTemplate(ctx, tx, own)
		return err
	})
}

// templateUnused refuses to let the last text of a template go that maps or notifications on their way name: while there is one in the
// other language for the same channel, that one is sent.
func (db *DB) templateUnused(ctx context.Context, tx pgx.Tx, t *crm.Template) error {
	var other, waiting bool
	err := tx.QueryRow(ctx, "select exists (select from "+ownTemplates+` and key = $1 and lang <> $2 and channel = $3),
		exists (select from notifications where template = $1 and status in ('pending', 'sending'))`, t.Key, t.Lang, t.Channel).Scan(&other, &waiting)
	if err != nil {
		return fmt.Errorf("look for what is written by a template: %w", err)
	}
	if other {
		return nil
	}
	named, err := db.mapsThat(ctx, tx, func(m *routemaps.Map) bool { return m.NamesTemplate(t.Key) })
	if err != nil {
		return err
	}
	if len(named) == 0 && !waiting {
		return nil
	}
	return crm.Errorf(crm.KindConflict, "template_in_use", "maps or notifications on their way name the template").With("maps", listed(named))
}
