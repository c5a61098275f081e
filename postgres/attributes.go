package postgres

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"marshrut/crm"
	"marshrut/routemaps"
)

const attributeColumns = "subject, key, type, name, options, required, searchable, archived, position, version"

func scanAttribute(row pgx.Row) (*crm.Attribute, error) {
	var a crm.Attribute
	err := row.Scan(&a.Subject, &a.Key, &a.Type, &a.Name, &a.Options, &a.Required, &a.Searchable, &a.Archived, &a.Position, &a.Version)
	return &a, err
}

// Attributes lists the own attributes of a subject in their order, archived ones too; an empty subject: of all.
func (db *DB) Attributes(ctx context.Context, subject crm.AttributeSubject) ([]crm.Attribute, error) {
	return readAttributes(ctx, db.pool, subject)
}

func readAttributes(ctx context.Context, q querier, subject crm.AttributeSubject) ([]crm.Attribute, error) {
	rows, err := q.Query(ctx, "select "+attributeColumns+" from attributes where $1 in ('', subject) order by subject, position, key", subject)
	if err != nil {
		return nil, fmt.Errorf("list attributes: %w", err)
	}
	return collectRows(rows, "list attributes", scanAttribute)
}

// PutAttribute adds an attribute (version 0) or changes the one of this version; crm.KindStale when it has another. What
// crm.Attribute.FitsAfter finds is refused. One that becomes searchable, or is no longer, has its records indexed anew in
// the same transaction.
func (db *DB) PutAttribute(ctx context.Context, a crm.Attribute, version int) (*crm.Attribute, error) {
	if a.Options == nil {
		a.Options = []crm.AttributeOption{}
	}
	var put *crm.Attribute
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		var err error
		if version == 0 {
			put, err = insertAttribute(ctx, tx, &a)
			return err
		}
		put, err = changeAttribute(ctx, tx, &a, version)
		return err
	})
	return put, err
}

func insertAttribute(ctx context.Context, tx pgx.Tx, a *crm.Attribute) (*crm.Attribute, error) {
	put, err := scanAttribute(tx.QueryRow(ctx, `insert into attributes (subject, key, type, name, options, required, searchable, archived, position)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing returning `+attributeColumns,
		a.Subject, a.Key, a.Type, a.Name, a.Options, a.Required, a.Searchable, a.Archived, a.Position))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, stale()
	}
	if err != nil {
		return nil, fmt.Errorf("add an attribute: %w", err)
	}
	return put, nil
}

func changeAttribute(ctx context.Context, tx pgx.Tx, a *crm.Attribute, version int) (*crm.Attribute, error) {
	before, err := scanAttribute(tx.QueryRow(ctx, "select "+attributeColumns+" from attributes where subject = $1 and key = $2 for update", a.Subject, a.Key))
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, crm.Errorf(crm.KindNotFound, "attribute_not_found", "no such attribute")
	case err != nil:
		return nil, fmt.Errorf("read an attribute: %w", err)
	case before.Version != version:
		return nil, stale()
	}
	if code := a.FitsAfter(before); code != "" {
		return nil, crm.Errorf(crm.KindConflict, code, "records may have values of the attribute")
	}
	put, err := scanAttribute(tx.QueryRow(ctx, `update attributes set name = $3, options = $4, required = $5, searchable = $6, archived = $7,
		position = $8, version = version + 1 where subject = $1 and key = $2 returning `+attributeColumns,
		a.Subject, a.Key, a.Name, a.Options, a.Required, a.Searchable, a.Archived, a.Position))
	if err != nil {
		return nil, fmt.Errorf("change an attribute: %w", err)
	}
	if before.Searchable == put.Searchable && (!put.Searchable || reflect.DeepEqual(before.Options, put.Options)) {
		return put, nil
	}
	return put, indexAnew(ctx, tx, put)
}

// indexAnew lets the triggers write anew what the records that have the attribute are searched by. It reads all of them: it is
// done as seldom as somebody makes an attribute searchable.
func indexAnew(ctx context.Context, tx pgx.Tx, a *crm.Attribute) error {
	sql := "update cases set attributes = attributes where kind = $2 and attributes @? $1::jsonpath"
	args := []any{"$." + a.Key, a.Subject}
	switch a.Subject {
	case crm.AttributeOfClient:
		sql, args = "update clients set attributes = attributes where attributes @? $1::jsonpath", args[:1]
	case crm.AttributeOfContact:
		sql, args = "update contacts set attributes = attributes where attributes @? $1::jsonpath", args[:1]
	}
	if _, err := tx.Exec(ctx, sql, args...); err != nil {
		return fmt.Errorf("index an attribute: %w", err)
	}
	return nil
}

// mergeAttributes merges a patch into a record's attributes by what is defined now; a *crm.Error names what is wrong.
func mergeAttributes(ctx context.Context, q querier, subject crm.AttributeSubject, have, patch map[string]any) (map[string]any, error) {
	defined, err := readAttributes(ctx, q, subject)
	if err != nil {
		return nil, err
	}
	merged, wrong := crm.MergeAttributes(defined, have, patch)
	if wrong != nil {
		return nil, &crm.Error{Kind: crm.KindUnprocessed, Code: "validation_failed", Detail: "the attributes are not right", Fields: wrong}
	}
	return merged, nil
}

// knownAttributes are what conditions of maps may read: attributes in use.
func knownAttributes(ctx context.Context, q querier) ([]routemaps.KnownAttribute, error) {
	all, err := readAttributes(ctx, q, "")
	if err != nil {
		return nil, err
	}
	known := []routemaps.KnownAttribute{}
	for i := range all {
		a := &all[i]
		if a.Archived || a.Subject == crm.AttributeOfContact {
			continue
		}
		of := routemaps.KnownAttribute{Subject: a.Subject, Key: a.Key, Type: routemaps.FieldType(a.Type)}
		for _, o := range a.Options {
			of.Options = append(of.Options, o.ID)
		}
		known = append(known, of)
	}
	return known, nil
}

// clientFactsChanged tells the routes of a client's open cases whose maps read what has changed of it, in the transaction
// that changes it. Cases come in the order of their ids.
func (db *DB) clientFactsChanged(ctx context.Context, tx pgx.Tx, client, by uuid.UUID, before, after map[string]any) error {
	changed := changedKeys(before, after)
	if len(changed) == 0 {
		return nil
	}
	type open struct {
		id      uuid.UUID
		mapID   string
		version int
	}
	rows, err := tx.Query(ctx, "select id, map_id, map_version from cases where client_id = $1 and status = 'open' and mode = 'process' order by id", client)
	if err != nil {
		return fmt.Errorf("list a client's open cases: %w", err)
	}
	cases, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (open, error) {
		var o open
		err := row.Scan(&o.id, &o.mapID, &o.version)
		return o, err
	})
	if err != nil {
		return fmt.Errorf("list a client's open cases: %w", err)
	}
	batch := &pgx.Batch{}
	for _, o := range cases {
		m, err := db.mapVersion(ctx, tx, o.mapID, o.version)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(changed, m.ReadsOfClient) {
			continue
		}
		if err := queueFactsChanged(batch, o.id, by, db.now()); err != nil {
			return err
		}
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("tell a client's cases what has changed: %w", err)
	}
	return nil
}

// changedKeys are the attributes that one record has and the other has not, or has otherwise.
func changedKeys(before, after map[string]any) []string {
	var changed []string
	for key, value := range after {
		if had, ok := before[key]; !ok || had != value {
			changed = append(changed, key)
		}
	}
	for key := range before {
		if _, ok := after[key]; !ok {
			changed = append(changed, key)
		}
	}
	return changed
}

// CasesToTell are a client's cases, ten at most, whose routes have not heard yet what has changed.
func (db *DB) CasesToTell(ctx context.Context, client uuid.UUID) ([]uuid.UUID, error) {
	rows, err := db.pool.Query(ctx, `select distinct c.id from cases c join commands k on k.case_id = c.id and k.status = 'received' and k.kind = $2
		where c.client_id = $1 and c.status = 'open' order by c.id limit 10`, client, crm.CommandFactsChanged)
	if err != nil {
		return nil, fmt.Errorf("list cases to tell: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("list cases to tell: %w", err)
	}
	return ids, nil
}
