package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
)

const clientColumns = `k.id, k.kind, k.name, k.status, k.lang, k.time_zone, k.source, k.owner_id, k.version, k.created_at, k.created_by,
	coalesce((select jsonb_agg(jsonb_build_object('kind', d.kind, 'value', d.value) order by d.position)
		from contact_details d where d.client_id = k.id), '[]')`

func clientTargets(c *crm.Client) []any {
	return []any{
		&c.ID, &c.Kind, &c.Name, &c.Status, &c.Lang, &c.TimeZone, &c.Source, (*zeronull.UUID)(&c.OwnerID), &c.Version, &c.CreatedAt,
		(*zeronull.UUID)(&c.CreatedBy), &c.Details,
	}
}

func clientNotFound() *crm.Error {
	return crm.Errorf(crm.KindNotFound, "client_not_found", "no such client")
}

// Client reads a client; crm.KindNotFound when there is none.
func (db *DB) Client(ctx context.Context, id uuid.UUID) (*crm.Client, error) {
	var c crm.Client
	err := db.pool.QueryRow(ctx, "select "+clientColumns+" from clients k where k.id = $1", id).Scan(clientTargets(&c)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, clientNotFound()
	}
	if err != nil {
		return nil, fmt.Errorf("read a client: %w", err)
	}
	return &c, nil
}

// ListClients lists clients by name.
func (db *DB) ListClients(ctx context.Context, f crm.ClientFilter) (crm.Page[crm.Client], error) {
	w := where{}
	if f.Query != "" {
		w.add(`(lower(k.name) like %[1]s or exists (select 1 from contact_details d where d.client_id = k.id and lower(d.value) like %[1]s))`,
			"%"+escapeLike(strings.ToLower(f.Query))+"%")
	}
	if f.After != nil {
		w.plain("(lower(k.name), k.id) > (" + w.arg(f.After.Text) + ", " + w.arg(f.After.ID) + ")")
	}
	// The name in lower case comes from Postgres, which sorts by it: Go's idea of it may differ.
	type row struct {
		crm.Client
		lower string
	}
	rows, err := db.pool.Query(ctx, "select "+clientColumns+", lower(k.name) from clients k"+w.sql()+
		" order by lower(k.name), k.id limit "+w.arg(f.Limit+1), w.args...)
	if err != nil {
		return crm.Page[crm.Client]{}, fmt.Errorf("list clients: %w", err)
	}
	found, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (row, error) {
		var c row
		err := r.Scan(append(clientTargets(&c.Client), &c.lower)...)
		return c, err
	})
	if err != nil {
		return crm.Page[crm.Client]{}, fmt.Errorf("list clients: %w", err)
	}
	page := cut(found, f.Limit, func(c *row) crm.Cursor { return crm.Cursor{Text: c.lower, ID: c.ID} })
	clients := make([]crm.Client, len(page.Items))
	for i := range page.Items {
		clients[i] = page.Items[i].Client
	}
	return crm.Page[crm.Client]{Items: clients, Next: page.Next}, nil
}

// CreateClient adds a client with its contact details.
func (db *DB) CreateClient(ctx context.Context, c crm.Client) (*crm.Client, error) {
	id, err := newID()
	if err != nil {
		return nil, err
	}
	c.ID, c.CreatedAt, c.Version = id, db.now(), 1
	if c.Kind == "" {
		c.Kind = crm.ClientCompany
	}
	if c.Status == "" {
		c.Status = crm.ClientPotential
	}
	if c.Lang == "" {
		c.Lang = crm.RU
	}
	if c.TimeZone == "" {
		c.TimeZone = defaultTimeZone
	}
	batch := &pgx.Batch{}
	batch.Queue(`insert into clients (id, kind, name, status, lang, time_zone, source, owner_id, created_at, created_by)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		c.ID, c.Kind, c.Name, c.Status, c.Lang, c.TimeZone, c.Source, nullID(c.OwnerID), c.CreatedAt, nullID(c.CreatedBy))
	if err := queueDetails(batch, "client_id", c.ID, c.Details); err != nil {
		return nil, err
	}
	if err := db.pool.SendBatch(ctx, batch).Close(); err != nil {
		return nil, clientRefusal(err, "add a client")
	}
	return &c, nil
}

// defaultTimeZone is a client's when nothing is known of it.
const defaultTimeZone = "Europe/Moscow"

func clientRefusal(err error, doing string) error {
	switch {
	case violates(err, "clients_owner_id_fkey"):
		return wrongField("/owner_id", "not_found", "no such user")
	case violates(err, "contacts_client_id_fkey"):
		return wrongField("/client_id", "not_found", "no such client")
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// queueDetails writes the contact details of a client or a contact, in their order.
func queueDetails(batch *pgx.Batch, column string, owner uuid.UUID, details []crm.ContactDetail) error {
	for i, d := range details {
		id, err := newID()
		if err != nil {
			return err
		}
		batch.Queue("insert into contact_details (id, "+column+", kind, value, position) values ($1, $2, $3, $4, $5)", id, owner, d.Kind, d.Value, i)
	}
	return nil
}

func queueReplaceDetails(batch *pgx.Batch, column string, owner uuid.UUID, details *[]crm.ContactDetail) error {
	if details == nil {
		return nil
	}
	batch.Queue("delete from contact_details where "+column+" = $1", owner)
	return queueDetails(batch, column, owner, *details)
}

// PatchClient changes a client of this version; crm.KindStale when it has another.
func (db *DB) PatchClient(ctx context.Context, id uuid.UUID, version int, p crm.ClientPatch, _ uuid.UUID) (*crm.Client, error) {
	var owner *uuid.UUID
	if p.OwnerID != nil {
		owner = nullID(*p.OwnerID)
	}
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		if err := lockVersion(ctx, tx, "clients", id, version, clientNotFound()); err != nil {
			return err
		}
		batch := &pgx.Batch{}
		batch.Queue(`update clients set kind = coalesce($2, kind), name = coalesce($3, name), status = coalesce($4, status),
			lang = coalesce($5, lang), time_zone = coalesce($6, time_zone), source = coalesce($7, source),
			owner_id = case when $8 then $9 else owner_id end, version = version + 1 where id = $1`,
			id, p.Kind, p.Name, p.Status, p.Lang, p.TimeZone, p.Source, p.OwnerID != nil, owner)
		if err := queueReplaceDetails(batch, "client_id", id, p.Details); err != nil {
			return err
		}
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return clientRefusal(err, "change a client")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return db.Client(ctx, id)
}

// lockVersion locks a record for a change that was made from its version.
func lockVersion(ctx context.Context, tx pgx.Tx, table string, id uuid.UUID, version int, missing *crm.Error) error {
	var current int
	err := tx.QueryRow(ctx, "select version from "+table+" where id = $1 for update", id).Scan(&current)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return missing
	case err != nil:
		return fmt.Errorf("lock a record of %s: %w", table, err)
	case current != version:
		return crm.Errorf(crm.KindStale, "stale", "the record was changed by somebody else")
	}
	return nil
}
