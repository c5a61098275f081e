package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
)

const contactColumns = `p.id, p.client_id, p.name, p.position, p.version, p.created_at, p.created_by,
	coalesce((select jsonb_agg(jsonb_build_object('kind', d.kind, 'value', d.value) order by d.position)
		from contact_details d where d.contact_id = p.id), '[]')`

func contactTargets(c *crm.Contact) []any {
	return []any{&c.ID, &c.ClientID, &c.Name, &c.Position, &c.Version, &c.CreatedAt, (*zeronull.UUID)(&c.CreatedBy), &c.Details}
}

func contactNotFound() *crm.Error {
	return crm.Errorf(crm.KindNotFound, "contact_not_found", "no such contact")
}

// Contact reads a contact; crm.KindNotFound when there is none.
func (db *DB) Contact(ctx context.Context, id uuid.UUID) (*crm.Contact, error) {
	var c crm.Contact
	err := db.pool.QueryRow(ctx, "select "+contactColumns+" from contacts p where p.id = $1", id).Scan(contactTargets(&c)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, contactNotFound()
	}
	if err != nil {
		return nil, fmt.Errorf("read a contact: %w", err)
	}
	return &c, nil
}

// ListContacts lists contacts, oldest first.
func (db *DB) ListContacts(ctx context.Context, f crm.ContactFilter) (crm.Page[crm.Contact], error) {
	w := where{}
	w.equalID("p.client_id", f.ClientID)
	if f.After != nil {
		w.add("p.id > %s", f.After.ID)
	}
	rows, err := db.pool.Query(ctx, "select "+contactColumns+" from contacts p"+w.sql()+" order by p.id limit "+w.arg(f.Limit+1), w.args...)
	if err != nil {
		return crm.Page[crm.Contact]{}, fmt.Errorf("list contacts: %w", err)
	}
	items, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (crm.Contact, error) {
		var c crm.Contact
		err := row.Scan(contactTargets(&c)...)
		return c, err
	})
	if err != nil {
		return crm.Page[crm.Contact]{}, fmt.Errorf("list contacts: %w", err)
	}
	return cut(items, f.Limit, func(c *crm.Contact) crm.Cursor { return crm.Cursor{ID: c.ID} }), nil
}

// CreateContact adds a contact of a client with its details.
func (db *DB) CreateContact(ctx context.Context, c crm.Contact) (*crm.Contact, error) {
	id, err := newID()
	if err != nil {
		return nil, err
	}
	c.ID, c.CreatedAt, c.Version = id, db.now(), 1
	batch := &pgx.Batch{}
	batch.Queue(`insert into contacts (id, client_id, name, position, created_at, created_by) values ($1, $2, $3, $4, $5, $6)`,
		c.ID, c.ClientID, c.Name, c.Position, c.CreatedAt, nullID(c.CreatedBy))
	if err := queueDetails(batch, "contact_id", c.ID, c.Details); err != nil {
		return nil, err
	}
	if err := db.pool.SendBatch(ctx, batch).Close(); err != nil {
		return nil, clientRefusal(err, "add a contact")
	}
	return &c, nil
}

// PatchContact changes a contact of this version; crm.KindStale when it has another.
func (db *DB) PatchContact(ctx context.Context, id uuid.UUID, version int, p crm.ContactPatch, _ uuid.UUID) (*crm.Contact, error) {
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		if err := lockVersion(ctx, tx, "contacts", id, version, contactNotFound()); err != nil {
			return err
		}
		batch := &pgx.Batch{}
		batch.Queue("update contacts set name = coalesce($2, name), position = coalesce($3, position), version = version + 1 where id = $1",
			id, p.Name, p.Position)
		if err := queueReplaceDetails(batch, "contact_id", id, p.Details); err != nil {
			return err
		}
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return fmt.Errorf("change a contact: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return db.Contact(ctx, id)
}
