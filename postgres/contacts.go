package postgres

import (
	"context"
	"errors"
	"fmt"
	"math"
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

// listedContact is a contact with the key by which lists are in order.
type listedContact struct {
	crm.ContactOfClient
	sort string
}

const (
	listedColumns = contactColumns + `, k.name, coalesce((select e.inn from legal_entities e where e.client_id = k.id and e.main), ''), lower(p.name)`
	listedFrom    = " from contacts p join clients k on k.id = p.client_id"
)

func scanListedContact(row pgx.Row) (*listedContact, error) {
	var l listedContact
	err := row.Scan(append(contactTargets(&l.Contact), &l.ClientName, &l.ClientINN, &l.sort)...)
	return &l, err
}

func contactsOf(listed []listedContact) []crm.ContactOfClient {
	contacts := make([]crm.ContactOfClient, len(listed))
	for i := range listed {
		contacts[i] = listed[i].ContactOfClient
	}
	return contacts
}

// narrowContacts leaves of the contacts p those that the filter asks for and ctx may see.
func (w *where) narrowContacts(ctx context.Context, f *crm.ContactFilter) {
	w.seen(ctx, crm.CardClient, "p.client_id")
	w.equalID("p.client_id", f.ClientID)
	w.equal("p.source", f.Source)
	if len(f.Attributes) > 0 {
		w.add("p.attributes @> %s", f.Attributes)
	}
}

// ListContacts lists contacts with what their clients are known by, by name.
func (db *DB) ListContacts(ctx context.Context, f crm.ContactFilter) (crm.Page[crm.ContactOfClient], error) {
	w := where{conditions: []string{"p.merged_into is null"}}
	w.narrowContacts(ctx, &f)
	if f.After != nil {
		w.plain("(lower(p.name), p.id) > (" + w.arg(f.After.Text) + ", " + w.arg(f.After.ID) + ")")
	}
	rows, err := db.pool.Query(ctx, "select "+listedColumns+listedFrom+w.sql()+" order by lower(p.name), p.id limit "+w.arg(f.Limit+1), w.args...)
	if err != nil {
		return crm.Page[crm.ContactOfClient]{}, fmt.Errorf("list contacts: %w", err)
	}
	items, err := collectRows(rows, "list contacts", scanListedContact)
	if err != nil {
		return crm.Page[crm.ContactOfClient]{}, err
	}
	page := cut(items, f.Limit, func(l *listedContact) crm.Cursor { return crm.Cursor{Text: l.sort, ID: l.ID} })
	return crm.Page[crm.ContactOfClient]{Items: contactsOf(page.Items), Next: page.Next}, nil
}

// foundContacts ranks the contacts found.
const foundContacts = `, contacts_found as (
	select f.id, max(f.score) as score from found f where f.kind = 'contact' group by 1 order by 2 desc, 1 limit 5000
)
select ` + listedColumns + ` from contacts_found f join contacts p on p.id = f.id and p.merged_into is null join clients k on k.id = p.client_id`

// SearchContacts is Search for contacts alone, narrowed by the filter; the best first, f.Limit of them at most. Of one client's they are few:
// all of them are looked through.
func (db *DB) SearchContacts(ctx context.Context, text string, f crm.ContactFilter) ([]crm.ContactOfClient, error) {
	if f.ClientID != uuid.Nil {
		return db.searchContactsOf(ctx, text, f)
	}
	var narrowed where
	narrowed.narrowContacts(ctx, &f)
	enough := max(enoughCards, f.Limit)
	switch {
	case f.Whole:
		enough = math.MaxInt32
	case len(narrowed.conditions) > 0:
		enough = enoughToNarrow
	}
	found, err := searching(ctx, db, text, f.Limit, searchForContacts.as(ctx, searchOfContacts, enough), func(query string, args []any) ([]listedContact, error) {
		w := where{args: args}
		w.narrowContacts(ctx, &f)
		rows, err := db.pool.Query(ctx, query+foundContacts+w.sql()+" order by f.score desc, p.id limit (select $3::bigint)", w.args...)
		if err != nil {
			return nil, fmt.Errorf("search contacts: %w", err)
		}
		return collectRows(rows, "search contacts", scanListedContact)
	})
	return contactsOf(found), err
}

// searchContactsOf looks for a text in the names, positions, numbers and addresses of one client's contacts.
func (db *DB) searchContactsOf(ctx context.Context, text string, f crm.ContactFilter) ([]crm.ContactOfClient, error) {
	w := where{conditions: []string{"p.merged_into is null"}}
	w.narrowContacts(ctx, &f)
	typed, digits := w.arg(text), w.arg(phoneDigits(text))
	w.plain(`(name_key(` + typed + `) <> '' and strpos(' ' || p.name_key, ' ' || name_key(` + typed + `)) > 0 or strpos(lower(p.position), lower(` + typed + `)) > 0
		or name_key(` + typed + `) <% p.name_key or exists (select from contact_details d where d.contact_id = p.id
			and (starts_with(d.search_key, lower(` + typed + `)) or ` + digits + ` <> '' and strpos(d.search_key, ` + digits + `) > 0)))`)
	rows, err := db.pool.Query(ctx, "select "+listedColumns+listedFrom+w.sql()+" order by lower(p.name), p.id limit "+w.arg(f.Limit), w.args...)
	if err != nil {
		return nil, fmt.Errorf("search the contacts of a client: %w", err)
	}
	found, err := collectRows(rows, "search the contacts of a client", scanListedContact)
	return contactsOf(found), err
}

// contactDuplicates finds the contacts of a client ($1) with one of the numbers ($2), one of the e-mails ($3), or nearly the same name ($4),
// but the contact $5.
const contactDuplicates = `with alike as (
	select p.id, array_remove(array[
			case when exists (select from contact_details d where d.contact_id = p.id and d.number <> '' and d.number = any($2)) then 'phone' end,
			case when exists (select from contact_details d where d.contact_id = p.id and d.kind in ('email', 'mailing') and d.search_key = any($3)) then 'email' end,
			case when similarity(p.name_key, name_key($4)) >= ` + near + ` then 'name' end
		], null) as reasons, similarity(p.name_key, name_key($4)) as score
	from contacts p where p.client_id = $1 and p.merged_into is null and p.id <> $5
)
select a.reasons, ` + contactColumns + ` from alike a join contacts p on p.id = a.id
where a.reasons <> '{}' order by cardinality(a.reasons) desc, a.score desc, p.id limit 20`

// DuplicatesOfContact finds contacts of the same client that may be the same person: by a phone number, an e-mail or a near name, the most
// alike first, 20 at most.
func (db *DB) DuplicatesOfContact(ctx context.Context, c *crm.Contact) ([]crm.ContactDuplicate, error) {
	numbers, emails, _ := (&crm.Client{}).Identities(c.Details)
	rows, err := db.pool.Query(ctx, contactDuplicates, c.ClientID, numbers, emails, c.Name, c.ID)
	if err != nil {
		return nil, fmt.Errorf("look for duplicates of a contact: %w", err)
	}
	return collectRows(rows, "look for duplicates of a contact", func(row pgx.Row) (*crm.ContactDuplicate, error) {
		var d crm.ContactDuplicate
		err := row.Scan(append([]any{&d.Reasons}, contactTargets(&d.Contact)...)...)
		return &d, err
	})
}

// ContactHistory lists what became of a contact's card, oldest first; after: At, ID. It is told in the histories of his clients.
func (db *DB) ContactHistory(ctx context.Context, contact uuid.UUID, after *crm.Cursor, limit int) (crm.Page[crm.ClientChange], error) {
	w := where{conditions: []string{"data->>'contact_id' is not null"}}
	w.add("data->>'contact_id' = %s", contact.String())
	return db.clientChanges(ctx, w, after, limit)
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
		return nil, crm.Errorf(crm.KindConflict, "contact_merged", "the contact was merged into another")
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
