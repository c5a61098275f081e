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

// Contact details come as one JSON array with the row they belong to.
const (
	clientColumns = `k.id, k.kind, k.name, k.status, k.lang, k.time_zone, k.source, k.owner_id, k.version, k.created_at, k.created_by,
	(select coalesce(jsonb_agg(jsonb_build_object('kind', d.kind, 'value', d.value) order by d.position), '[]')
		from contact_details d where d.client_id = k.id)`
	contactColumns = `p.id, p.client_id, p.name, p.position, p.version, p.created_at, p.created_by,
	(select coalesce(jsonb_agg(jsonb_build_object('kind', d.kind, 'value', d.value) order by d.position), '[]')
		from contact_details d where d.contact_id = p.id)`
)

func scanClient(row pgx.Row) (*crm.Client, error) {
	var c crm.Client
	err := row.Scan(&c.ID, &c.Kind, &c.Name, &c.Status, &c.Lang, &c.TimeZone, &c.Source, (*zeronull.UUID)(&c.OwnerID), &c.Version,
		&c.CreatedAt, (*zeronull.UUID)(&c.CreatedBy), &c.Details)
	return &c, err
}

func scanContact(row pgx.Row) (*crm.Contact, error) {
	var c crm.Contact
	err := row.Scan(&c.ID, &c.ClientID, &c.Name, &c.Position, &c.Version, &c.CreatedAt, (*zeronull.UUID)(&c.CreatedBy), &c.Details)
	return &c, err
}

// Client reads a client; crm.KindNotFound when there is none.
func (db *DB) Client(ctx context.Context, id uuid.UUID) (*crm.Client, error) {
	return readClient(ctx, db.pool, id, "")
}

func readClient(ctx context.Context, q querier, id uuid.UUID, lock string) (*crm.Client, error) {
	c, err := scanClient(q.QueryRow(ctx, "select "+clientColumns+" from clients k where k.id = $1 "+lock, id))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, crm.Errorf(crm.KindNotFound, "client_not_found", "no such client")
	}
	if err != nil {
		return nil, fmt.Errorf("read a client: %w", err)
	}
	return c, nil
}

// ListClients lists clients by name.
func (db *DB) ListClients(ctx context.Context, f crm.ClientFilter) (crm.Page[crm.Client], error) {
	var w where
	if f.Query != "" {
		w.add(`(k.name ilike %[1]s or exists (select from contact_details d where d.client_id = k.id and d.value ilike %[1]s))`,
			"%"+escapeLike(f.Query)+"%")
	}
	if f.After != nil {
		w.plain("(lower(k.name), k.id) > (" + w.arg(f.After.Text) + ", " + w.arg(f.After.ID) + ")")
	}
	rows, err := db.pool.Query(ctx, "select "+clientColumns+", lower(k.name) from clients k"+w.sql()+
		" order by lower(k.name), k.id limit "+w.arg(f.Limit+1), w.args...)
	if err != nil {
		return crm.Page[crm.Client]{}, fmt.Errorf("list clients: %w", err)
	}
	type listed struct {
		crm.Client
		sort string
	}
	items, err := collectRows(rows, "list clients", func(row pgx.Row) (*listed, error) {
		var l listed
		c := &l.Client
		err := row.Scan(&c.ID, &c.Kind, &c.Name, &c.Status, &c.Lang, &c.TimeZone, &c.Source, (*zeronull.UUID)(&c.OwnerID), &c.Version,
			&c.CreatedAt, (*zeronull.UUID)(&c.CreatedBy), &c.Details, &l.sort)
		return &l, err
	})
	if err != nil {
		return crm.Page[crm.Client]{}, err
	}
	page := cut(items, f.Limit, func(l *listed) crm.Cursor { return crm.Cursor{Text: l.sort, ID: l.ID} })
	clients := make([]crm.Client, len(page.Items))
	for i := range page.Items {
		clients[i] = page.Items[i].Client
	}
	return crm.Page[crm.Client]{Items: clients, Next: page.Next}, nil
}

// CreateClient makes a client with its contact details.
func (db *DB) CreateClient(ctx context.Context, c crm.Client) (*crm.Client, error) {
	var err error
	if c.ID, err = idOr(c.ID); err != nil {
		return nil, err
	}
	if c.Status == "" {
		c.Status = crm.ClientPotential
	}
	var made *crm.Client
	err = db.inTx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `insert into clients (id, kind, name, status, lang, time_zone, source, owner_id, created_at, created_by)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (id) do nothing`,
			c.ID, c.Kind, c.Name, c.Status, c.Lang, c.TimeZone, c.Source, nullID(c.OwnerID), db.now(), nullID(c.CreatedBy))
		if err != nil {
			return clientRefused(err)
		}
		if tag.RowsAffected() == 1 {
			err = writeDetails(ctx, tx, "client_id", c.ID, c.Details)
		}
		if err != nil {
			return err
		}
		made, err = readClient(ctx, tx, c.ID, "")
		return err
	})
	return made, err
}

func clientRefused(err error) error {
	if violates(err, "clients_owner_id_fkey") {
		return invalidField("/owner_id", "not_found")
	}
	return fmt.Errorf("write a client: %w", err)
}

// PatchClient changes a client of this version; crm.KindStale when it has another.
func (db *DB) PatchClient(ctx context.Context, id uuid.UUID, version int, p crm.ClientPatch, _ uuid.UUID) (*crm.Client, error) {
	var patched *crm.Client
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		c, err := readClient(ctx, tx, id, "for update")
		if err != nil {
			return err
		}
		if c.Version != version {
			return stale()
		}
		if p == (crm.ClientPatch{}) {
			patched = c
			return nil
		}
		set(&c.Kind, p.Kind)
		set(&c.Name, p.Name)
		set(&c.Status, p.Status)
		set(&c.Lang, p.Lang)
		set(&c.TimeZone, p.TimeZone)
		set(&c.Source, p.Source)
		set(&c.OwnerID, p.OwnerID)
		_, err = tx.Exec(ctx, `update clients set kind = $2, name = $3, status = $4, lang = $5, time_zone = $6, source = $7, owner_id = $8,
			version = version + 1 where id = $1`, id, c.Kind, c.Name, c.Status, c.Lang, c.TimeZone, c.Source, nullID(c.OwnerID))
		if err != nil {
			return clientRefused(err)
		}
		if p.Details != nil {
			if err := replaceDetails(ctx, tx, "client_id", id, *p.Details); err != nil {
				return err
			}
		}
		patched, err = readClient(ctx, tx, id, "")
		return err
	})
	return patched, err
}

func stale() *crm.Error {
	return crm.Errorf(crm.KindStale, "stale", "the record was changed by somebody else")
}

// set takes a patch's value, where there is one.
func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func replaceDetails(ctx context.Context, tx pgx.Tx, owner string, id uuid.UUID, details []crm.ContactDetail) error {
	if _, err := tx.Exec(ctx, "delete from contact_details where "+owner+" = $1", id); err != nil {
		return fmt.Errorf("replace contact details: %w", err)
	}
	return writeDetails(ctx, tx, owner, id, details)
}

// writeDetails writes the contact details of a client (owner client_id) or of a contact (contact_id).
func writeDetails(ctx context.Context, tx pgx.Tx, owner string, id uuid.UUID, details []crm.ContactDetail) error {
	batch := &pgx.Batch{}
	for position, detail := range details {
		detailID, err := newID()
		if err != nil {
			return err
		}
		batch.Queue("insert into contact_details (id, "+owner+", kind, value, position) values ($1, $2, $3, $4, $5)",
			detailID, id, detail.Kind, detail.Value, position)
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("write contact details: %w", err)
	}
	return nil
}

// Contact reads a contact; crm.KindNotFound when there is none.
func (db *DB) Contact(ctx context.Context, id uuid.UUID) (*crm.Contact, error) {
	return readContact(ctx, db.pool, id, "")
}

func readContact(ctx context.Context, q querier, id uuid.UUID, lock string) (*crm.Contact, error) {
	c, err := scanContact(q.QueryRow(ctx, "select "+contactColumns+" from contacts p where p.id = $1 "+lock, id))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, crm.Errorf(crm.KindNotFound, "contact_not_found", "no such contact")
	}
	if err != nil {
		return nil, fmt.Errorf("read a contact: %w", err)
	}
	return c, nil
}

// ListContacts lists contacts, oldest first.
func (db *DB) ListContacts(ctx context.Context, f crm.ContactFilter) (crm.Page[crm.Contact], error) {
	var w where
	w.equalID("p.client_id", f.ClientID)
	if f.After != nil {
		w.add("p.id > %s", f.After.ID)
	}
	rows, err := db.pool.Query(ctx, "select "+contactColumns+" from contacts p"+w.sql()+" order by p.id limit "+w.arg(f.Limit+1), w.args...)
	if err != nil {
		return crm.Page[crm.Contact]{}, fmt.Errorf("list contacts: %w", err)
	}
	items, err := collectRows(rows, "list contacts", scanContact)
	if err != nil {
		return crm.Page[crm.Contact]{}, err
	}
	return cut(items, f.Limit, func(c *crm.Contact) crm.Cursor { return crm.Cursor{ID: c.ID} }), nil
}

// CreateContact makes a contact with its contact details.
func (db *DB) CreateContact(ctx context.Context, c crm.Contact) (*crm.Contact, error) {
	var err error
	if c.ID, err = idOr(c.ID); err != nil {
		return nil, err
	}
	var made *crm.Contact
	err = db.inTx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `insert into contacts (id, client_id, name, position, created_at, created_by)
			values ($1, $2, $3, $4, $5, $6) on conflict (id) do nothing`,
			c.ID, c.ClientID, c.Name, c.Position, db.now(), nullID(c.CreatedBy))
		if violates(err, "contacts_client_id_fkey") {
			return invalidField("/client_id", "not_found")
		}
		if err != nil {
			return fmt.Errorf("write a contact: %w", err)
		}
		if tag.RowsAffected() == 1 {
			err = writeDetails(ctx, tx, "contact_id", c.ID, c.Details)
		}
		if err != nil {
			return err
		}
		made, err = readContact(ctx, tx, c.ID, "")
		return err
	})
	return made, err
}

// PatchContact changes a contact of this version; crm.KindStale when it has another.
func (db *DB) PatchContact(ctx context.Context, id uuid.UUID, version int, p crm.ContactPatch, _ uuid.UUID) (*crm.Contact, error) {
	var patched *crm.Contact
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		c, err := readContact(ctx, tx, id, "for update")
		if err != nil {
			return err
		}
		if c.Version != version {
			return stale()
		}
		if p == (crm.ContactPatch{}) {
			patched = c
			return nil
		}
		set(&c.Name, p.Name)
		set(&c.Position, p.Position)
		if _, err := tx.Exec(ctx, "update contacts set name = $2, position = $3, version = version + 1 where id = $1", id, c.Name, c.Position); err != nil {
			return fmt.Errorf("write a contact: %w", err)
		}
		if p.Details != nil {
			if err := replaceDetails(ctx, tx, "contact_id", id, *p.Details); err != nil {
				return err
			}
		}
		patched, err = readContact(ctx, tx, id, "")
		return err
	})
	return patched, err
}
