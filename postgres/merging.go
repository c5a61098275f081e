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

// mergedPlace is a column that points at a card, which a merge moves to the card that stays.
type mergedPlace struct {
	table, column string
	id, position  string // columns of the row's key
	unless        string // a condition on t under which the row stays: the card that stays ($2) has one like it
	versioned     bool   // a row that people edit: whoever has it open is told that it has changed
}

// clientPlaces are in the order in which their rows are locked.
var clientPlaces = []mergedPlace{
	{table: "cases", column: "client_id", id: "id", position: "0", versioned: true},
	{table: "interactions", column: "client_id", id: "id", position: "0", versioned: true},
	{table: "interaction_participants", column: "client_id", id: "interaction_id", position: "t.position"},
	{
		table: "case_participants", column: "client_id", id: "id", position: "0",
		unless: "exists (select from case_participants o where o.case_id = t.case_id and o.client_id = $2 and o.role = t.role)",
	},
	{table: "files", column: "client_id", id: "id", position: "0"},
	{table: "contacts", column: "client_id", id: "id", position: "0", versioned: true},
	{
		table: "legal_entities", column: "client_id", id: "id", position: "0", versioned: true,
		unless: "t.inn <> '' and exists (select from legal_entities o where o.client_id = $2 and o.inn = t.inn and o.kpp = t.kpp)",
	},
}

var contactPlaces = []mergedPlace{
	{table: "cases", column: "contact_id", id: "id", position: "0", versioned: true},
	{table: "interactions", column: "contact_id", id: "id", position: "0", versioned: true},
	{table: "interaction_participants", column: "contact_id", id: "interaction_id", position: "t.position"},
	{table: "files", column: "contact_id", id: "id", position: "0"},
	{
		table: "case_participants", column: "contact_id", id: "id", position: "0",
		unless: "exists (select from case_participants o where o.case_id = t.case_id and o.contact_id = $2 and o.role = t.role)",
	},
}

func (p *mergedPlace) bump() string {
	if p.versioned {
		return ", version = t.version + 1"
	}
	return ""
}

// move moves the rows from one card ($1) to another ($2) and notes which under the merge ($3).
func (p *mergedPlace) move(ctx context.Context, tx pgx.Tx, from, into, merge uuid.UUID) (int64, error) {
	unless := ""
	if p.unless != "" {
		unless = " and not (" + p.unless + ")"
	}
	tag, err := tx.Exec(ctx, `with moved as (update `+p.table+` t set `+p.column+` = $2`+p.bump()+` where t.`+p.column+` = $1`+unless+`
			returning t.`+p.id+` as row_id, `+p.position+` as position)
		insert into merged_rows (merge_id, place, row_id, position) select $3, '`+p.table+`', row_id, position from moved`, from, into, merge)
	if err != nil {
		return 0, fmt.Errorf("move %s to another card: %w", p.table, err)
	}
	return tag.RowsAffected(), nil
}

// putBack is move undone: rows that have gone to a third card meanwhile, or have gone altogether, are let alone.
func (p *mergedPlace) putBack(ctx context.Context, tx pgx.Tx, from, into, merge uuid.UUID) (int64, error) {
	unless := ""
	if p.table == "legal_entities" { // one that was changed meanwhile into what the card has
		unless = " and not (t.inn <> '' and exists (select from legal_entities o where o.client_id = $1 and o.inn = t.inn and o.kpp = t.kpp))"
	}
	tag, err := tx.Exec(ctx, `update `+p.table+` t set `+p.column+` = $1`+p.bump()+` from merged_rows r
		where r.merge_id = $3 and r.place = '`+p.table+`' and t.`+p.id+` = r.row_id and r.position = `+p.position+` and t.`+p.column+` = $2`+unless, from, into, merge)
	if err != nil {
		return 0, fmt.Errorf("put %s back to their card: %w", p.table, err)
	}
	return tag.RowsAffected(), nil
}

// MergeClients makes one client of two: what belongs to from belongs to into afterwards, which also takes over what it has
// nothing of itself. from remains, and says where it went. Repeated, it is done once. Refused is what would go in a circle:
// either has been merged into another (client_merged), or both are one (same_record).
func (db *DB) MergeClients(ctx context.Context, into, from, by uuid.UUID) (*crm.Client, error) {
	var merged *crm.Client
	err := db.inOrder(ctx, func(tx pgx.Tx) error {
		target, source, err := db.lockClients(ctx, tx, into, from)
		if err != nil {
			return err
		}
		if source.MergedInto == target.ID {
			merged = target
			return nil
		}
		if err := mergeable(source.MergedInto, target.MergedInto, "client_merged"); err != nil {
			return err
		}
		merged, err = db.mergeClients(ctx, tx, target, source, by)
		return err
	})
	return merged, err
}

// lockClients locks the cases that two clients have or take part in, in the order that everything keeps to, and then both clients, so
// that nothing can be written for either of them.
func (db *DB) lockClients(ctx context.Context, tx pgx.Tx, into, from uuid.UUID) (target, source *crm.Client, err error) {
	_, err = tx.Exec(ctx, `with people as (select id from contacts where client_id = any($1))
		select from cases where id in (select id from cases where client_id = any($1)
			union select case_id from case_participants where client_id = any($1) or contact_id in (select id from people)
			union select i.case_id from interaction_participants p join interactions i on i.id = p.interaction_id
				where p.client_id = any($1) or p.contact_id in (select id from people))
		order by id for no key update`, []uuid.UUID{into, from})
	if err != nil {
		return nil, nil, fmt.Errorf("lock the cases of two clients: %w", err)
	}
	if _, err := tx.Exec(ctx, "select from clients where id = any($1) order by id for update", []uuid.UUID{into, from}); err != nil {
		return nil, nil, fmt.Errorf("lock two clients: %w", err)
	}
	if target, err = readClient(ctx, tx, into, ""); err != nil {
		return nil, nil, err
	}
	if into == from {
		return nil, nil, crm.Errorf(crm.KindConflict, "same_record", "a card cannot be merged into itself")
	}
	source, err = readClient(ctx, tx, from, "")
	if known, ok := crm.AsError(err); ok && known.Kind == crm.KindNotFound {
		return nil, nil, invalidField("/from", "not_found")
	}
	if err != nil {
		return nil, nil, err
	}
	if target, err = db.inRegionsZone(ctx, tx, target); err != nil {
		return nil, nil, err
	}
	source, err = db.inRegionsZone(ctx, tx, source)
	return target, source, err
}

// mergeable refuses cards that have been merged into others.
func mergeable(source, target uuid.UUID, code string) error {
	for _, elsewhere := range []uuid.UUID{target, source} {
		if elsewhere != uuid.Nil {
			return crm.Errorf(crm.KindConflict, code, "the card was merged into another")
		}
	}
	return nil
}

func (db *DB) mergeClients(ctx context.Context, tx pgx.Tx, target, source *crm.Client, by uuid.UUID) (*crm.Client, error) {
	merged, taken := crm.MergeClients(target, source)
	var err error
	if taken.Owners, err = shareOwners(ctx, tx, target.ID, source.ID, db.now()); err != nil {
		return nil, err
	}
	merge, err := db.insertMerge(ctx, tx, "client", target.ID, source.ID, &taken, by)
	if err != nil {
		return nil, err
	}
	if len(target.LegalEntities) > 0 {
		if _, err := tx.Exec(ctx, "update legal_entities set main = false where client_id = $1 and main", source.ID); err != nil {
			return nil, fmt.Errorf("keep the main legal entity: %w", err)
		}
	}
	moved := map[string]any{}
	for i := range clientPlaces {
		n, err := clientPlaces[i].move(ctx, tx, source.ID, target.ID, merge)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			moved[clientPlaces[i].table] = n
		}
	}
	if _, err := tx.Exec(ctx, "update clients set merged_into = $2, version = version + 1 where id = $1", source.ID, target.ID); err != nil {
		return nil, fmt.Errorf("merge a client: %w", err)
	}
	if err := db.storeMerged(ctx, tx, merged, len(taken.Details) > 0); err != nil {
		return nil, err
	}
	if err := db.tellMerge(ctx, tx, "merged", target.ID, source.ID, by, moved); err != nil {
		return nil, err
	}
	for _, before := range []*crm.Client{target, source} {
		if err := db.clientFactsChanged(ctx, tx, target.ID, by, before.Attributes, merged.Attributes); err != nil {
			return nil, err
		}
	}
	return readClient(ctx, tx, target.ID, "")
}

// shareOwners lets those whose one client is, and those who share it, share the other, unless it is theirs; it gives those who had not. The
// owner of the one is the other's too where that has none (crm.MergeClients).
func shareOwners(ctx context.Context, tx pgx.Tx, into, from uuid.UUID, at time.Time) ([]uuid.UUID, error) {
	rows, err := tx.Query(ctx, `insert into client_owners (client_id, user_id, case_id, since)
		select $1, user_id, case_id, since from client_owners where client_id = $2
		union all
		select $1, s.owner_id, null, $3 from clients s join clients t on t.id = $1
			where s.id = $2 and s.owner_id <> t.owner_id and not exists (select from client_owners o where o.client_id = $2 and o.user_id = s.owner_id)
		on conflict do nothing returning user_id`, into, from, at)
	if err != nil {
		return nil, fmt.Errorf("share a client: %w", err)
	}
	owners, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("share a client: %w", err)
	}
	return owners, nil
}

func (db *DB) insertMerge(ctx context.Context, tx pgx.Tx, subject string, into, from uuid.UUID, taken *crm.Taken, by uuid.UUID) (uuid.UUID, error) {
	id, err := newID()
	if err != nil {
		return id, err
	}
	_, err = tx.Exec(ctx, "insert into merges (id, subject, into_id, from_id, taken, at, by) values ($1, $2, $3, $4, $5, $6, $7)",
		id, subject, into, from, taken, db.now(), nullID(by))
	if err != nil {
		return id, fmt.Errorf("note a merge: %w", err)
	}
	return id, nil
}

// storeMerged writes what a merge, or its undoing, has made of a client.
func (db *DB) storeMerged(ctx context.Context, tx pgx.Tx, c *crm.Client, details bool) error {
	_, err := tx.Exec(ctx, `update clients set status = $2, region = $3, time_zone = $4, source = $5, owner_id = $6, attributes = $7,
		version = version + 1 where id = $1`,
		c.ID, c.Status, zeronull.Text(c.Region), c.TimeZone, c.Source, nullID(c.OwnerID), c.Attributes)
	if err != nil {
		return fmt.Errorf("write a merged client: %w", err)
	}
	if !details {
		return nil
	}
	return replaceDetails(ctx, tx, "client_id", c.ID, c.Details)
}

// tellMerge tells the histories of both cards.
func (db *DB) tellMerge(ctx context.Context, tx pgx.Tx, kind string, into, from, by uuid.UUID, moved map[string]any) error {
	if err := db.tellClient(ctx, tx, into, kind, by, map[string]any{"from": from, "moved": moved}); err != nil {
		return err
	}
	return db.tellClient(ctx, tx, from, kind, by, map[string]any{"into": into, "moved": moved})
}

// standingMerge is the merge that a card was merged by.
func standingMerge(ctx context.Context, tx pgx.Tx, from uuid.UUID) (id uuid.UUID, taken crm.Taken, err error) {
	err = tx.QueryRow(ctx, "select id, taken from merges where from_id = $1 and undone_at is null for update", from).Scan(&id, &taken)
	if errors.Is(err, pgx.ErrNoRows) {
		return id, taken, crm.Errorf(crm.KindConflict, "not_merged", "the card has not been merged")
	}
	if err != nil {
		return id, taken, fmt.Errorf("read a merge: %w", err)
	}
	return id, taken, nil
}

func (db *DB) endMerge(ctx context.Context, tx pgx.Tx, id, by uuid.UUID) error {
	if _, err := tx.Exec(ctx, "update merges set undone_at = $2, undone_by = $3 where id = $1", id, db.now(), nullID(by)); err != nil {
		return fmt.Errorf("undo a merge: %w", err)
	}
	return nil
}

// UnmergeClient undoes the merge of a client (from): what was moved goes back, unless it has gone elsewhere meanwhile, and what
// was taken over is given back, unless it was changed. What came after the merge stays where it was written. Refused while the
// other one is merged itself (client_merged), and for a client that is not merged (not_merged).
func (db *DB) UnmergeClient(ctx context.Context, from, by uuid.UUID) (*crm.Client, error) {
	var left *crm.Client
	err := db.inOrder(ctx, func(tx pgx.Tx) error {
		source, err := readClient(ctx, tx, from, "")
		if err != nil {
			return err
		}
		if source.MergedInto == uuid.Nil {
			return crm.Errorf(crm.KindConflict, "not_merged", "the card has not been merged")
		}
		target, source, err := db.lockClients(ctx, tx, source.MergedInto, from)
		if err != nil {
			return err
		}
		if source.MergedInto != target.ID {
			return errMoved
		}
		if err := mergeable(uuid.Nil, target.MergedInto, "client_merged"); err != nil {
			return err
		}
		left, err = db.unmergeClient(ctx, tx, target, source, by)
		return err
	})
	return left, err
}

func (db *DB) unmergeClient(ctx context.Context, tx pgx.Tx, target, source *crm.Client, by uuid.UUID) (*crm.Client, error) {
	merge, taken, err := standingMerge(ctx, tx, source.ID)
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, "update clients set merged_into = null, version = version + 1 where id = $1", source.ID); err != nil {
		return nil, fmt.Errorf("undo a merge: %w", err)
	}
	if _, err := tx.Exec(ctx, `update legal_entities t set main = false from merged_rows r
		where r.merge_id = $1 and r.place = 'legal_entities' and t.id = r.row_id and t.client_id = $2 and t.main`, merge, target.ID); err != nil {
		return nil, fmt.Errorf("put legal entities back: %w", err)
	}
	moved := map[string]any{}
	for i := range clientPlaces {
		n, err := clientPlaces[i].putBack(ctx, tx, source.ID, target.ID, merge)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			moved[clientPlaces[i].table] = n
		}
	}
	if err := chooseMain(ctx, tx, target.ID, uuid.Nil); err != nil {
		return nil, err
	}
	if err := chooseMain(ctx, tx, source.ID, taken.MainEntity); err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, "delete from client_owners where client_id = $1 and user_id = any($2)", target.ID, orNoIDs(taken.Owners)); err != nil {
		return nil, fmt.Errorf("share a client no more: %w", err)
	}
	left := crm.UnmergeClient(target, &taken)
	if err := db.storeMerged(ctx, tx, left, len(taken.Details) > 0); err != nil {
		return nil, err
	}
	if err := db.endMerge(ctx, tx, merge, by); err != nil {
		return nil, err
	}
	if err := db.tellMerge(ctx, tx, "unmerged", target.ID, source.ID, by, moved); err != nil {
		return nil, err
	}
	if err := db.clientFactsChanged(ctx, tx, target.ID, by, target.Attributes, left.Attributes); err != nil {
		return nil, err
	}
	if err := db.clientFactsChanged(ctx, tx, source.ID, by, target.Attributes, source.Attributes); err != nil {
		return nil, err
	}
	return readClient(ctx, tx, source.ID, "")
}

func orNoIDs(ids []uuid.UUID) []uuid.UUID {
	if ids == nil {
		return []uuid.UUID{}
	}
	return ids
}

// chooseMain makes a legal entity the main one of a client that has none: the one preferred, or the oldest.
func chooseMain(ctx context.Context, tx pgx.Tx, client, preferred uuid.UUID) error {
	_, err := tx.Exec(ctx, `update legal_entities set main = true, version = version + 1
		where id = (select id from legal_entities where client_id = $1 order by (id = $2) desc, id limit 1)
			and not exists (select from legal_entities where client_id = $1 and main)`, client, preferred)
	if err != nil {
		return fmt.Errorf("choose the main legal entity: %w", err)
	}
	return nil
}

// MergeContacts is MergeClients for two contacts of one client; other_client for those of two.
func (db *DB) MergeContacts(ctx context.Context, into, from, by uuid.UUID) (*crm.Contact, error) {
	var merged *crm.Contact
	err := db.inOrder(ctx, func(tx pgx.Tx) error {
		target, source, err := lockContacts(ctx, tx, into, from)
		if err != nil {
			return err
		}
		if source.MergedInto == target.ID {
			merged = target
			return nil
		}
		if err := mergeable(source.MergedInto, target.MergedInto, "contact_merged"); err != nil {
			return err
		}
		if source.ClientID != target.ClientID {
			return invalidField("/from", "other_client")
		}
		merged, err = db.mergeContacts(ctx, tx, target, source, by)
		return err
	})
	return merged, err
}

// lockContacts is lockClients for two contacts.
func lockContacts(ctx context.Context, tx pgx.Tx, into, from uuid.UUID) (target, source *crm.Contact, err error) {
	if _, err := tx.Exec(ctx, "select from cases where contact_id = any($1) order by id for no key update", []uuid.UUID{into, from}); err != nil {
		return nil, nil, fmt.Errorf("lock the cases of two contacts: %w", err)
	}
	if _, err := tx.Exec(ctx, "select from contacts where id = any($1) order by id for update", []uuid.UUID{into, from}); err != nil {
		return nil, nil, fmt.Errorf("lock two contacts: %w", err)
	}
	if target, err = readContact(ctx, tx, into, ""); err != nil {
		return nil, nil, err
	}
	if into == from {
		return nil, nil, crm.Errorf(crm.KindConflict, "same_record", "a card cannot be merged into itself")
	}
	source, err = readContact(ctx, tx, from, "")
	if known, ok := crm.AsError(err); ok && known.Kind == crm.KindNotFound {
		return nil, nil, invalidField("/from", "not_found")
	}
	return target, source, err
}

func (db *DB) mergeContacts(ctx context.Context, tx pgx.Tx, target, source *crm.Contact, by uuid.UUID) (*crm.Contact, error) {
	merged, taken := crm.MergeContacts(target, source)
	merge, err := db.insertMerge(ctx, tx, "contact", target.ID, source.ID, &taken, by)
	if err != nil {
		return nil, err
	}
	for i := range contactPlaces {
		if _, err := contactPlaces[i].move(ctx, tx, source.ID, target.ID, merge); err != nil {
			return nil, err
		}
	}
	if _, err := tx.Exec(ctx, "update contacts set merged_into = $2, version = version + 1 where id = $1", source.ID, target.ID); err != nil {
		return nil, fmt.Errorf("merge a contact: %w", err)
	}
	if err := storeMergedContact(ctx, tx, merged, len(taken.Details) > 0); err != nil {
		return nil, err
	}
	err = db.tellClient(ctx, tx, target.ClientID, "contact_merged", by, map[string]any{"contact_id": target.ID, "from": source.ID})
	if err != nil {
		return nil, err
	}
	return readContact(ctx, tx, target.ID, "")
}

func storeMergedContact(ctx context.Context, tx pgx.Tx, c *crm.Contact, details bool) error {
	_, err := tx.Exec(ctx, "update contacts set position = $2, birth_date = $3, source = $4, attributes = $5, version = version + 1 where id = $1",
		c.ID, c.Position, c.BirthDate, zeronull.Text(c.Source), c.Attributes)
	if err != nil {
		return fmt.Errorf("write a merged contact: %w", err)
	}
	if !details {
		return nil
	}
	return replaceDetails(ctx, tx, "contact_id", c.ID, c.Details)
}

// UnmergeContact is UnmergeClient for contacts.
func (db *DB) UnmergeContact(ctx context.Context, from, by uuid.UUID) (*crm.Contact, error) {
	var left *crm.Contact
	err := db.inOrder(ctx, func(tx pgx.Tx) error {
		source, err := readContact(ctx, tx, from, "")
		if err != nil {
			return err
		}
		if source.MergedInto == uuid.Nil {
			return crm.Errorf(crm.KindConflict, "not_merged", "the card has not been merged")
		}
		target, source, err := lockContacts(ctx, tx, source.MergedInto, from)
		if err != nil {
			return err
		}
		if source.MergedInto != target.ID {
			return errMoved
		}
		if err := mergeable(uuid.Nil, target.MergedInto, "contact_merged"); err != nil {
			return err
		}
		left, err = db.unmergeContact(ctx, tx, target, source, by)
		return err
	})
	return left, err
}

func (db *DB) unmergeContact(ctx context.Context, tx pgx.Tx, target, source *crm.Contact, by uuid.UUID) (*crm.Contact, error) {
	merge, taken, err := standingMerge(ctx, tx, source.ID)
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, "update contacts set merged_into = null, version = version + 1 where id = $1", source.ID); err != nil {
		return nil, fmt.Errorf("undo a merge: %w", err)
	}
	for i := range contactPlaces {
		if _, err := contactPlaces[i].putBack(ctx, tx, source.ID, target.ID, merge); err != nil {
			return nil, err
		}
	}
	if err := storeMergedContact(ctx, tx, crm.UnmergeContact(target, &taken), len(taken.Details) > 0); err != nil {
		return nil, err
	}
	if err := db.endMerge(ctx, tx, merge, by); err != nil {
		return nil, err
	}
	err = db.tellClient(ctx, tx, source.ClientID, "contact_unmerged", by, map[string]any{"contact_id": source.ID, "from": target.ID})
	if err != nil {
		return nil, err
	}
	return readContact(ctx, tx, source.ID, "")
}
