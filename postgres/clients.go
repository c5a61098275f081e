package postgres

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
)

// defaultTimeZone is a client's who has neither a region nor a zone of his own.
const defaultTimeZone = "Europe/Moscow"

// detailsOf gathers contact details into one JSON array with the row they belong to.
const detailsOf = `(select coalesce(jsonb_agg(jsonb_build_object('kind', d.kind, 'value', d.value, 'number', d.number,
	'extension', d.extension, 'address', d.address) order by d.position), '[]') from contact_details d where `

// zoneOfClient is the time zone of client k: the region's, unless he was given one of his own (R8). The copy in his row may still be
// the one that the region had.
const zoneOfClient = `case when k.own_zone or k.region is null then k.time_zone else (select r.time_zone from regions r where r.key = k.region) end`

// clientColumns are what scanClient reads, in its order.
const clientColumns = `k.id, k.kind, k.name, k.status, k.lang, k.region, ` + zoneOfClient + `, k.source, k.owner_id, k.attributes, k.without,
	k.merged_into, k.version, k.created_at, k.created_by, k.erased_at, ` + detailsOf + `d.client_id = k.id),
	(select coalesce(jsonb_agg(jsonb_build_object('id', e.id, 'client_id', e.client_id, 'name', e.name, 'inn', e.inn, 'kpp', e.kpp,
		'main', e.main, 'version', e.version, 'created_at', e.created_at) order by e.main desc, e.id), '[]')
		from legal_entities e where e.client_id = k.id)`

func clientTargets(c *crm.Client) []any {
	return []any{
		&c.ID, &c.Kind, &c.Name, &c.Status, &c.Lang, (*zeronull.Text)(&c.Region), &c.TimeZone, (*zeronull.Text)(&c.Source),
		(*zeronull.UUID)(&c.OwnerID), &c.Attributes, &c.Without, (*zeronull.UUID)(&c.MergedInto), &c.Version, &c.CreatedAt,
		(*zeronull.UUID)(&c.CreatedBy), &c.ErasedAt, &c.Details, &c.LegalEntities,
	}
}

func scanClient(row pgx.Row) (*crm.Client, error) {
	var c crm.Client
	err := row.Scan(clientTargets(&c)...)
	return &c, err
}

// Client reads a client; crm.KindNotFound when there is none. One that was merged into another is still there and says so.
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

// ListClients lists clients by name, those that were merged into others left out.
func (db *DB) ListClients(ctx context.Context, f crm.ClientFilter) (crm.Page[crm.Client], error) {
	w := where{conditions: []string{"k.merged_into is null"}}
	w.narrowClients(ctx, &f)
	return db.clientsPage(ctx, w, f.After, f.Limit)
}

// clientsPage is a page of the clients k, by name.
func (db *DB) clientsPage(ctx context.Context, w where, after *crm.Cursor, limit int) (crm.Page[crm.Client], error) {
	if after != nil {
		w.plain("(lower(k.name), k.id) > (" + w.arg(after.Text) + ", " + w.arg(after.ID) + ")")
	}
	rows, err := db.pool.Query(ctx, "select "+clientColumns+", lower(k.name) from clients k"+w.sql()+
		" order by lower(k.name), k.id limit "+w.arg(limit+1), w.args...)
	if err != nil {
		return crm.Page[crm.Client]{}, fmt.Errorf("list clients: %w", err)
	}
	type listed struct {
		crm.Client
		sort string
	}
	items, err := collectRows(rows, "list clients", func(row pgx.Row) (*listed, error) {
		var l listed
		err := row.Scan(append(clientTargets(&l.Client), &l.sort)...)
		return &l, err
	})
	if err != nil {
		return crm.Page[crm.Client]{}, err
	}
	page := cut(items, limit, func(l *listed) crm.Cursor { return crm.Cursor{Text: l.sort, ID: l.ID} })
	clients := make([]crm.Client, len(page.Items))
	for i := range page.Items {
		clients[i] = page.Items[i].Client
	}
	return crm.Page[crm.Client]{Items: clients, Next: page.Next}, nil
}

// CreateClient makes a client with its contact details and legal entities.
func (db *DB) CreateClient(ctx context.Context, c crm.Client) (*crm.Client, error) {
	var made *crm.Client
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		var err error
		made, err = db.createClient(ctx, tx, c)
		return err
	})
	return made, err
}

func (db *DB) createClient(ctx context.Context, tx pgx.Tx, c crm.Client) (*crm.Client, error) {
	var err error
	if c.ID, err = idOr(c.ID); err != nil {
		return nil, err
	}
	if c.Status == "" {
		c.Status = crm.ClientPotential
	}
	if c.Lang == "" {
		c.Lang = crm.RU
	}
	if c.TimeZone, err = zoneFor(ctx, tx, c.Region, c.TimeZone); err != nil {
		return nil, err
	}
	if c.Attributes, err = mergeAttributes(ctx, tx, crm.AttributeOfClient, nil, c.Attributes); err != nil {
		return nil, err
	}
	if err := fitWorker(ctx, tx, "/owner_id", c.OwnerID); err != nil {
		return nil, err
	}
	tag, err := tx.Exec(ctx, `insert into clients (id, kind, name, status, lang, region, time_zone, source, owner_id, without, created_at, created_by,
			attributes)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict (id) do nothing`,
		c.ID, c.Kind, c.Name, c.Status, c.Lang, zeronull.Text(c.Region), c.TimeZone, c.Source, nullID(c.OwnerID), orderedBlocks(c.Without),
		db.now(), nullID(c.CreatedBy), c.Attributes)
	if err != nil {
		return nil, clientRefused(err)
	}
	if tag.RowsAffected() == 1 {
		if err := writeDetails(ctx, tx, "client_id", c.ID, c.Details); err != nil {
			return nil, err
		}
		for i := range c.LegalEntities {
			entity := c.LegalEntities[i]
			entity.ClientID, entity.Main = c.ID, i == 0
			if _, err := db.insertLegalEntity(ctx, tx, entity, c.CreatedBy); err != nil {
				return nil, err
			}
		}
		if err := db.tellClient(ctx, tx, c.ID, "created", c.CreatedBy, nil); err != nil {
			return nil, err
		}
	}
	return readClient(ctx, tx, c.ID, "")
}

// zoneFor is the zone given, or the region's, or the default one.
func zoneFor(ctx context.Context, q querier, region, zone string) (string, error) {
	if zone != "" || region == "" {
		if zone == "" {
			zone = defaultTimeZone
		}
		return zone, nil
	}
	// The lock makes a correction of the region's zone at work finish first, or wait for this client.
	err := q.QueryRow(ctx, "select time_zone from regions where key = $1 for share", region).Scan(&zone)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", invalidField("/region", "not_found")
	}
	if err != nil {
		return "", fmt.Errorf("read a region: %w", err)
	}
	return zone, nil
}

func clientRefused(err error) error {
	switch {
	case violates(err, "clients_owner_id_fkey"):
		return invalidField("/owner_id", "not_found")
	case violates(err, "work_of_active_users"):
		return invalidField("/owner_id", "user_not_active")
	case violates(err, "clients_region_fkey"):
		return invalidField("/region", "not_found")
	}
	return fmt.Errorf("write a client: %w", err)
}

// refusedByClient is the answer to a request for what is not kept of its client (R22).
func refusedByClient() *crm.Error {
	return crm.Errorf(crm.KindConflict, "client_without", "this is not kept of the client")
}

// fitClient refuses what the company or the client does without (R22), and gives the client that has taken this one in, or itself, also
// with a refusal. A zero id is no client.
func fitClient(ctx context.Context, q querier, id uuid.UUID, block crm.Block) (uuid.UUID, error) {
	var off, without bool
	var now uuid.UUID
	err := q.QueryRow(ctx, `select $2 = any(s.off), k.id, coalesce($2 = any(k.without), false)
		from settings s left join clients old on old.id = $1 left join clients k on k.id = client_now(old.id)`, nullID(id), block).
		Scan(&off, (*zeronull.UUID)(&now), &without)
	switch {
	case err != nil:
		return id, fmt.Errorf("look for a client: %w", err)
	case id != uuid.Nil && now == uuid.Nil:
		return id, invalidField("/client_id", "not_found")
	case off:
		return now, refusedBlock()
	case without:
		return now, refusedByClient()
	}
	return now, nil
}

// isWithout tells whether an error refuses what the company or the client does without.
func isWithout(err error) bool {
	refusal, ok := crm.AsError(err)
	return ok && (refusal.Code == refusedBlock().Code || refusal.Code == refusedByClient().Code)
}

// PatchClient changes a client of this version; crm.KindStale when it has another.
func (db *DB) PatchClient(ctx context.Context, id uuid.UUID, version int, p crm.ClientPatch, by uuid.UUID) (*crm.Client, error) {
	var patched *crm.Client
	err := db.inOrder(ctx, func(tx pgx.Tx) error {
		c, err := lockClient(ctx, tx, id)
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
		if c, err = db.inRegionsZone(ctx, tx, c); err != nil {
			return err
		}
		patched, err = db.changeClient(ctx, tx, c, p, by)
		return err
	})
	return patched, err
}

// lockClient reads a client to be changed. One that was merged into another is changed there.
func lockClient(ctx context.Context, tx pgx.Tx, id uuid.UUID) (*crm.Client, error) {
	c, err := readClient(ctx, tx, id, "for no key update of k")
	if err != nil {
		return nil, err
	}
	if c.MergedInto != uuid.Nil {
		return nil, crm.Errorf(crm.KindConflict, "client_merged", "the client was merged into another")
	}
	return c, nil
}

// changeClient writes what a patch changes of a locked client, with a line of its history.
func (db *DB) changeClient(ctx context.Context, tx pgx.Tx, before *crm.Client, p crm.ClientPatch, by uuid.UUID) (*crm.Client, error) {
	c := *before
	set(&c.Kind, p.Kind)
	set(&c.Name, p.Name)
	set(&c.Status, p.Status)
	set(&c.Lang, p.Lang)
	set(&c.Region, p.Region)
	set(&c.Source, p.Source)
	set(&c.OwnerID, p.OwnerID)
	if p.Without != nil {
		c.Without = orderedBlocks(*p.Without)
	}
	set(&c.TimeZone, p.TimeZone)
	if p.TimeZone == nil && p.Region != nil && c.Region != "" {
		var err error
		if c.TimeZone, err = zoneFor(ctx, tx, c.Region, ""); err != nil {
			return nil, err
		}
	}
	if p.Attributes != nil {
		var err error
		if c.Attributes, err = mergeAttributes(ctx, tx, crm.AttributeOfClient, before.Attributes, *p.Attributes); err != nil {
			return nil, err
		}
	}
	if c.OwnerID != before.OwnerID {
		if err := fitWorker(ctx, tx, "/owner_id", c.OwnerID); err != nil {
			return nil, err
		}
	}
	_, err := tx.Exec(ctx, `update clients set kind = $2, name = $3, status = $4, lang = $5, region = $6, time_zone = $7, source = $8,
		owner_id = $9, without = $10, attributes = $11, version = version + 1 where id = $1`,
		c.ID, c.Kind, c.Name, c.Status, c.Lang, zeronull.Text(c.Region), c.TimeZone, c.Source, nullID(c.OwnerID), orderedBlocks(c.Without), c.Attributes)
	if err != nil {
		return nil, clientRefused(err)
	}
	if p.Details != nil {
		if err := replaceDetails(ctx, tx, "client_id", c.ID, *p.Details); err != nil {
			return nil, err
		}
	}
	after, err := readClient(ctx, tx, c.ID, "")
	if err != nil {
		return nil, err
	}
	if err := db.clientFactsChanged(ctx, tx, c.ID, by, before.Attributes, after.Attributes); err != nil {
		return nil, err
	}
	return after, db.tellClient(ctx, tx, c.ID, "changed", by, differences(clientFields(before), clientFields(after)))
}

// clientFields are what the history of a card tells changes of.
func clientFields(c *crm.Client) map[string]any {
	return map[string]any{
		"kind": c.Kind, "name": c.Name, "status": c.Status, "lang": c.Lang, "region": c.Region, "time_zone": c.TimeZone,
		"source": c.Source, "owner_id": nullID(c.OwnerID), "details": c.Details, "attributes": c.Attributes, "without": c.Without,
	}
}

// differences are the fields that differ, each with its value before and after.
func differences(before, after map[string]any) map[string]any {
	changed := map[string]any{}
	for name, value := range after {
		if !reflect.DeepEqual(before[name], value) {
			changed[name] = map[string]any{"from": before[name], "to": value}
		}
	}
	return map[string]any{"fields": changed}
}

// tellClient adds a line to the history of a client's card.
func (db *DB) tellClient(ctx context.Context, q querier, client uuid.UUID, kind string, by uuid.UUID, data map[string]any) error {
	id, err := newID()
	if err != nil {
		return err
	}
	if data == nil {
		data = map[string]any{}
	}
	_, err = q.Exec(ctx, "insert into client_history (id, client_id, at, kind, actor_id, data) values ($1, $2, $3, $4, $5, $6)",
		id, client, db.now(), kind, nullID(by), data)
	if err != nil {
		return fmt.Errorf("tell a client's history: %w", err)
	}
	return nil
}

// ClientHistory lists what became of a client's card, oldest first; after: At, ID.
func (db *DB) ClientHistory(ctx context.Context, client uuid.UUID, after *crm.Cursor, limit int) (crm.Page[crm.ClientChange], error) {
	var w where
	w.equalID("client_id", client)
	return db.clientChanges(ctx, w, after, limit)
}

// clientChanges is a page of the histories of clients' cards.
func (db *DB) clientChanges(ctx context.Context, w where, after *crm.Cursor, limit int) (crm.Page[crm.ClientChange], error) {
	if after != nil {
		w.plain("(at, id) > (" + w.arg(after.At) + ", " + w.arg(after.ID) + ")")
	}
	rows, err := db.pool.Query(ctx, "select id, client_id, at, kind, actor_id, data from client_history"+w.sql()+
		" order by at, id limit "+w.arg(limit+1), w.args...)
	if err != nil {
		return crm.Page[crm.ClientChange]{}, fmt.Errorf("read a client's history: %w", err)
	}
	items, err := collectRows(rows, "read a client's history", func(row pgx.Row) (*crm.ClientChange, error) {
		var c crm.ClientChange
		err := row.Scan(&c.ID, &c.ClientID, &c.At, &c.Kind, (*zeronull.UUID)(&c.ActorID), &c.Data)
		return &c, err
	})
	if err != nil {
		return crm.Page[crm.ClientChange]{}, err
	}
	return cut(items, limit, func(c *crm.ClientChange) crm.Cursor { return crm.Cursor{At: &c.At, ID: c.ID} }), nil
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
		batch.Queue("insert into contact_details (id, "+owner+`, kind, value, number, extension, address, position)
			values ($1, $2, $3, $4, $5, $6, $7, $8)`,
			detailID, id, detail.Kind, detail.Value, detail.Number, detail.Extension, detail.Address, position)
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("write contact details: %w", err)
	}
	return nil
}

const legalEntityColumns = "id, client_id, name, inn, kpp, main, version, created_at"

func scanLegalEntity(row pgx.Row) (*crm.LegalEntity, error) {
	var e crm.LegalEntity
	err := row.Scan(&e.ID, &e.ClientID, &e.Name, &e.INN, &e.KPP, &e.Main, &e.Version, &e.CreatedAt)
	return &e, err
}

// CreateLegalEntity adds a legal entity to a client (R64). The first one is the main one; a later one becomes it when asked.
func (db *DB) CreateLegalEntity(ctx context.Context, e crm.LegalEntity, by uuid.UUID) (*crm.LegalEntity, error) {
	var made *crm.LegalEntity
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		c, err := lockClient(ctx, tx, e.ClientID)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(c.LegalEntities, func(known crm.LegalEntity) bool { return known.ID == e.ID }); i >= 0 {
			made = &c.LegalEntities[i]
			return nil
		}
		if len(c.LegalEntities) == 0 {
			e.Main = true
		}
		if made, err = db.insertLegalEntity(ctx, tx, e, by); err != nil {
			return err
		}
		return db.touchClient(ctx, tx, e.ClientID, "legal_entity_added", by, map[string]any{"legal_entity_id": made.ID, "name": made.Name})
	})
	return made, err
}

func (db *DB) insertLegalEntity(ctx context.Context, tx pgx.Tx, e crm.LegalEntity, by uuid.UUID) (*crm.LegalEntity, error) {
	id, err := idOr(e.ID)
	if err != nil {
		return nil, err
	}
	if e.Main {
		if _, err := tx.Exec(ctx, "update legal_entities set main = false, version = version + 1 where client_id = $1 and main", e.ClientID); err != nil {
			return nil, fmt.Errorf("change the main legal entity: %w", err)
		}
	}
	made, err := scanLegalEntity(tx.QueryRow(ctx, `insert into legal_entities (id, client_id, name, inn, kpp, main, created_at, created_by)
		values ($1, $2, $3, $4, $5, $6, $7, $8) returning `+legalEntityColumns,
		id, e.ClientID, e.Name, e.INN, e.KPP, e.Main, db.now(), nullID(by)))
	return made, legalEntityRefused(err)
}

func legalEntityRefused(err error) error {
	if err == nil {
		return nil
	}
	if violates(err, "legal_entities_once") {
		return crm.Errorf(crm.KindConflict, "legal_entity_known", "the client has this legal entity already")
	}
	return fmt.Errorf("write a legal entity: %w", err)
}

// touchClient raises a client's version and adds a line to its history.
func (db *DB) touchClient(ctx context.Context, tx pgx.Tx, client uuid.UUID, kind string, by uuid.UUID, data map[string]any) error {
	if _, err := tx.Exec(ctx, "update clients set version = version + 1 where id = $1", client); err != nil {
		return fmt.Errorf("write a client: %w", err)
	}
	return db.tellClient(ctx, tx, client, kind, by, data)
}

// LegalEntity reads a legal entity; crm.KindNotFound when there is none.
func (db *DB) LegalEntity(ctx context.Context, id uuid.UUID) (*crm.LegalEntity, error) {
	return readLegalEntity(ctx, db.pool, id)
}

func readLegalEntity(ctx context.Context, q querier, id uuid.UUID) (*crm.LegalEntity, error) {
	e, err := scanLegalEntity(q.QueryRow(ctx, "select "+legalEntityColumns+" from legal_entities where id = $1", id))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, crm.Errorf(crm.KindNotFound, "legal_entity_not_found", "no such legal entity")
	}
	if err != nil {
		return nil, fmt.Errorf("read a legal entity: %w", err)
	}
	return e, nil
}

// lockLegalEntity locks the client of a legal entity, and reads both.
func lockLegalEntity(ctx context.Context, tx pgx.Tx, id uuid.UUID, version int) (*crm.LegalEntity, error) {
	e, err := readLegalEntity(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	if _, err := lockClient(ctx, tx, e.ClientID); err != nil {
		return nil, err
	}
	if e, err = readLegalEntity(ctx, tx, id); err != nil {
		return nil, err
	}
	if e.Version != version {
		return nil, stale()
	}
	return e, nil
}

// PatchLegalEntity changes a legal entity of this version; crm.KindStale when it has another, crm.KindUnprocessed with the
// fields that crm.CheckLegalEntity finds wrong.
func (db *DB) PatchLegalEntity(ctx context.Context, id uuid.UUID, version int, p crm.LegalEntityPatch, by uuid.UUID) (*crm.LegalEntity, error) {
	var patched *crm.LegalEntity
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		e, err := lockLegalEntity(ctx, tx, id, version)
		if err != nil {
			return err
		}
		before := *e
		set(&e.Name, p.Name)
		set(&e.INN, p.INN)
		set(&e.KPP, p.KPP)
		set(&e.Main, p.Main)
		if wrong := crm.CheckLegalEntity(e); wrong != nil {
			return &crm.Error{Kind: crm.KindUnprocessed, Code: "validation_failed", Detail: "the legal entity is not right", Fields: wrong}
		}
		if e.Main && !before.Main {
			if _, err := tx.Exec(ctx, "update legal_entities set main = false, version = version + 1 where client_id = $1 and main", e.ClientID); err != nil {
				return fmt.Errorf("change the main legal entity: %w", err)
			}
		}
		patched, err = scanLegalEntity(tx.QueryRow(ctx, `update legal_entities set name = $2, inn = $3, kpp = $4, main = $5, version = version + 1
			where id = $1 returning `+legalEntityColumns, id, e.Name, e.INN, e.KPP, e.Main))
		if err != nil {
			return legalEntityRefused(err)
		}
		return db.touchClient(ctx, tx, e.ClientID, "legal_entity_changed", by, differences(
			map[string]any{"name": before.Name, "inn": before.INN, "kpp": before.KPP, "main": before.Main},
			map[string]any{"name": e.Name, "inn": e.INN, "kpp": e.KPP, "main": e.Main}))
	})
	return patched, err
}

// DeleteLegalEntity takes a legal entity of this version off its client. Of those that are left the oldest becomes the main one.
func (db *DB) DeleteLegalEntity(ctx context.Context, id uuid.UUID, version int, by uuid.UUID) error {
	return db.inTx(ctx, func(tx pgx.Tx) error {
		e, err := lockLegalEntity(ctx, tx, id, version)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "delete from legal_entities where id = $1", id); err != nil {
			return fmt.Errorf("delete a legal entity: %w", err)
		}
		_, err = tx.Exec(ctx, `update legal_entities set main = true, version = version + 1
			where id = (select id from legal_entities where client_id = $1 order by main desc, id limit 1) and not main`, e.ClientID)
		if err != nil {
			return fmt.Errorf("choose the main legal entity: %w", err)
		}
		return db.touchClient(ctx, tx, e.ClientID, "legal_entity_deleted", by, map[string]any{"name": e.Name, "inn": e.INN, "kpp": e.KPP})
	})
}
