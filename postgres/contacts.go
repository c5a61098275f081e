package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
)

// contactColumns are what scanContact reads, in its order.
const contactColumns = `p.id, p.client_id, p.name, p.position, p.birth_date, p.source, p.attributes, p.merged_into, p.version, p.created_at, p.created_by, ` +
	detailsOf + `d.contact_id = p.id)`

func contactTargets(c *crm.Contact) []any {
	return []any{
		&c.ID, &c.ClientID, &c.Name, &c.Position, &c.BirthDate, (*zeronull.Text)(&c.Source), &c.Attributes, (*zeronull.UUID)(&c.MergedInto), &c.Version,
		&c.CreatedAt, (*zeronull.UUID)(&c.CreatedBy), &c.Details,
	}
}

func scanContact(row pgx.Row) (*crm.Contact, error) {
	var c crm.Contact
	err := row.Scan(contactTargets(&c)...)
	return &c, err
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
	items, err := listContacts(ctx, db.pool, &f, "", "", scanContact)
	if err != nil {
		return crm.Page[crm.Contact]{}, err
	}
	return cut(items, f.Limit, func(c *crm.Contact) crm.Cursor { return crm.Cursor{ID: c.ID} }), nil
}

// ListContactsOfClients is ListContacts with what their clients are known by.
func (db *DB) ListContactsOfClients(ctx context.Context, f crm.ContactFilter) (crm.Page[crm.ContactOfClient], error) {
	items, err := listContacts(ctx, db.pool, &f, ", k.name, coalesce((select e.inn from legal_entities e where e.client_id = k.id and e.main), '')",
		" join clients k on k.id = p.client_id", func(row pgx.Row) (*crm.ContactOfClient, error) {
			var c crm.ContactOfClient
			err := row.Scan(append(contactTargets(&c.Contact), &c.ClientName, &c.ClientINN)...)
			return &c, err
		})
	if err != nil {
		return crm.Page[crm.ContactOfClient]{}, err
	}
	return cut(items, f.Limit, func(c *crm.ContactOfClient) crm.Cursor { return crm.Cursor{ID: c.ID} }), nil
}

// listContacts reads a page of contacts and one more, with more columns of what is joined to them.
func listContacts[T any](ctx context.Context, q querier, f *crm.ContactFilter, columns, join string, scan func(pgx.Row) (*T, error)) ([]T, error) {
	w := where{conditions: []string{"p.merged_into is null"}}
	w.seen(ctx, crm.CardClient, "p.client_id")
	w.equalID("p.client_id", f.ClientID)
	if len(f.Attributes) > 0 {
		w.add("p.attributes @> %s", f.Attributes)
	}
	if f.After != nil {
		w.add("p.id > %s", f.After.ID)
	}
	rows, err := q.Query(ctx, "select "+contactColumns+columns+" from contacts p"+join+w.sql()+" order by p.id limit "+w.arg(f.Limit+1), w.args...)
	if err != nil {
		return nil, fmt.Errorf("list contacts: %w", err)
	}
	return collectRows(rows, "list contacts", scan)
}

// CreateContact makes a contact with its contact details.
func (db *DB) CreateContact(ctx context.Context, c crm.Contact) (*crm.Contact, error) {
	var made *crm.Contact
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		var err error
		made, err = db.createContact(ctx, tx, c)
		return err
	})
	return made, err
}

func (db *DB) createContact(ctx context.Context, tx pgx.Tx, c crm.Contact) (*crm.Contact, error) {
	var err error
	if c.ID, err = idOr(c.ID); err != nil {
		return nil, err
	}
	if c.Attributes, err = mergeAttributes(ctx, tx, crm.AttributeOfContact, nil, c.Attributes); err != nil {
		return nil, err
	}
	tag, err := tx.Exec(ctx, `insert into contacts (id, client_id, name, position, birth_date, source, created_at, created_by, attributes)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (id) do nothing`,
		c.ID, c.ClientID, c.Name, c.Position, c.BirthDate, zeronull.Text(c.Source), db.now(), nullID(c.CreatedBy), c.Attributes)
	if err != nil {
		return nil, contactRefused(err)
	}
	if tag.RowsAffected() == 1 {
		if err := writeDetails(ctx, tx, "contact_id", c.ID, c.Details); err != nil {
			return nil, err
		}
	}
	made, err := readContact(ctx, tx, c.ID, "")
	if err != nil || tag.RowsAffected() == 0 {
		return made, err
	}
	return made, db.tellClient(ctx, tx, made.ClientID, "contact_added", c.CreatedBy, map[string]any{"contact_id": c.ID, "name": c.Name})
}

func contactRefused(err error) error {
	switch {
	case violates(err, "contacts_client_id_fkey"):
		return invalidField("/client_id", "not_found")
	case violates(err, "contacts_source_fkey"):
		return invalidField("/source", "not_found")
	}
	return fmt.Errorf("write a contact: %w", err)
}

// PatchContact changes a contact of this version; crm.KindStale when it has another. contact_has_records: one with whom something is
// recorded stays with his client.
func (db *DB) PatchContact(ctx context.Context, id uuid.UUID, version int, p crm.ContactPatch, by uuid.UUID) (*crm.Contact, error) {
	var patched *crm.Contact
	err := db.inOrder(ctx, func(tx pgx.Tx) error {
		clients, err := lockClientsOf(ctx, tx, id, p.ClientID)
		if err != nil {
			return err
		}
		c, err := lockContact(ctx, tx, id)
		if err != nil {
			return err
		}
		if !slices.Contains(clients, c.ClientID) {
			return errMoved // he has come to another client, which is not locked
		}
		if c.Version != version {
			return stale()
		}
		if p == (crm.ContactPatch{}) {
			patched = c
			return nil
		}
		patched, err = db.changeContact(ctx, tx, c, p, by)
		return err
	})
	return patched, err
}

// lockContact reads a contact to be changed. One that was merged into another is changed there.
func lockContact(ctx context.Context, tx pgx.Tx, id uuid.UUID) (*crm.Contact, error) {
	c, err := readContact(ctx, tx, id, "for no key update of p")
	if err != nil {
		return nil, err
	}
	if c.MergedInto != uuid.Nil {
		return nil, crm.Errorf(crm.KindConflict, "contact_merged", "the contact was merged into another").With("into", c.MergedInto.String())
	}
	return c, nil
}

// lockClientsOf keeps the client of a contact who is to be changed: clients come before contacts, as in a merge or an erasure. When he goes
// to another one (to), both are locked, and the contact himself so that nothing can be recorded with him meanwhile. It gives those locked.
func lockClientsOf(ctx context.Context, tx pgx.Tx, id uuid.UUID, to *uuid.UUID) ([]uuid.UUID, error) {
	lock := "for key share"
	if to != nil {
		lock = "for no key update" // whoever records with the contact holds his client, and then him (keep_contact_at)
	}
	rows, err := tx.Query(ctx, "select id from clients where id in ($2, (select client_id from contacts where id = $1)) order by id "+lock, id, to)
	if err != nil {
		return nil, fmt.Errorf("lock the clients of a contact: %w", err)
	}
	locked, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("lock the clients of a contact: %w", err)
	}
	if to == nil {
		return locked, nil
	}
	_, err = lockClient(ctx, tx, *to)
	if known, ok := crm.AsError(err); ok && known.Kind == crm.KindNotFound {
		return nil, invalidField("/client_id", "not_found")
	}
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, "select from contacts where id = $1 for update", id); err != nil {
		return nil, fmt.Errorf("lock a contact: %w", err)
	}
	return locked, nil
}

// moveContact corrects the client of a contact with whom nothing is recorded yet: what is recorded was with the client he had.
func (db *DB) moveContact(ctx context.Context, tx pgx.Tx, c *crm.Contact, to, by uuid.UUID) error {
	var recorded bool
	err := tx.QueryRow(ctx, `select exists (select from cases where contact_id = $1) or exists (select from interactions where contact_id = $1)
		or exists (select from interaction_participants where contact_id = $1) or exists (select from case_participants where contact_id = $1)
		or exists (select from files where contact_id = $1)`, c.ID).Scan(&recorded)
	if err != nil {
		return fmt.Errorf("look for what is recorded with a contact: %w", err)
	}
	if recorded {
		return crm.Errorf(crm.KindConflict, "contact_has_records", "something is recorded with the contact, who stays with his client")
	}
	if err := db.tellClient(ctx, tx, c.ClientID, "contact_left", by, map[string]any{"contact_id": c.ID, "name": c.Name, "to_client_id": to}); err != nil {
		return err
	}
	if err := db.tellClient(ctx, tx, to, "contact_added", by, map[string]any{"contact_id": c.ID, "name": c.Name, "from_client_id": c.ClientID}); err != nil {
		return err
	}
	// Those merged into him are the same person: undone, the merge leaves them beside him.
	_, err = tx.Exec(ctx, `with recursive same as (select id from contacts where merged_into = $1
			union select k.id from contacts k join same s on k.merged_into = s.id)
		update contacts set client_id = $2, version = version + 1 where id in (select id from same)`, c.ID, to)
	if err != nil {
		return fmt.Errorf("take along who was merged into a contact: %w", err)
	}
	c.ClientID = to
	return nil
}

func (db *DB) changeContact(ctx context.Context, tx pgx.Tx, before *crm.Contact, p crm.ContactPatch, by uuid.UUID) (*crm.Contact, error) {
	c := *before
	if p.ClientID != nil && *p.ClientID != c.ClientID {
		if err := db.moveContact(ctx, tx, &c, *p.ClientID, by); err != nil {
			return nil, err
		}
	}
	set(&c.Name, p.Name)
	set(&c.Position, p.Position)
	set(&c.BirthDate, p.BirthDate)
	set(&c.Source, p.Source)
	if p.Attributes != nil {
		var err error
		if c.Attributes, err = mergeAttributes(ctx, tx, crm.AttributeOfContact, before.Attributes, *p.Attributes); err != nil {
			return nil, err
		}
	}
	_, err := tx.Exec(ctx, `update contacts set name = $2, position = $3, birth_date = $4, source = $5, attributes = $6, client_id = $7, version = version + 1
		where id = $1`, c.ID, c.Name, c.Position, c.BirthDate, zeronull.Text(c.Source), c.Attributes, c.ClientID)
	if err != nil {
		return nil, contactRefused(err)
	}
	if p.Details != nil {
		if err := replaceDetails(ctx, tx, "contact_id", c.ID, *p.Details); err != nil {
			return nil, err
		}
	}
	after, err := readContact(ctx, tx, c.ID, "")
	if err != nil {
		return nil, err
	}
	changed := differences(contactFields(before), contactFields(after))
	if fields, _ := changed["fields"].(map[string]any); len(fields) == 0 && c.ClientID != before.ClientID {
		return after, nil // he has only come to another client, which is told
	}
	changed["contact_id"] = c.ID
	return after, db.tellClient(ctx, tx, c.ClientID, "contact_changed", by, changed)
}

// contactFields are what the history of a client's card tells changes of.
func contactFields(c *crm.Contact) map[string]any {
	return map[string]any{
		"name": c.Name, "position": c.Position, "birth_date": c.BirthDate, "source": c.Source, "details": c.Details, "attributes": c.Attributes,
	}
}
