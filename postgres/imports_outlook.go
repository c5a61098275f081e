package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
)

// ImportOutlook looks the records of a page of rows up among those there, all in one round trip and as an import looks them
// up: the answer has one entry for each. A record without a name is not looked up.
func (db *DB) ImportOutlook(ctx context.Context, records []crm.ImportRecord) ([]crm.RowOutlook, error) {
	outlook := make([]crm.RowOutlook, len(records))
	batch := &pgx.Batch{}
	batch.Queue("select set_config('pg_trgm.similarity_threshold', $1, true)", near)
	for i := range records {
		switch r := &records[i]; {
		case r.Client != nil && r.Client.Name != "":
			numbers, emails, inns := r.Client.Identities(r.Personal())
			batch.Queue(duplicateQuery, numbers, emails, inns, r.Client.Name, nullID(r.Client.ID)).Query(func(rows pgx.Rows) error {
				found, err := collectRows(rows, "look for duplicates", scanDuplicate)
				outlook[i].Known = knownRecords(found)
				return err
			})
		case r.Client == nil && r.Contact.Name != "" && (r.ClientName != "" || r.ClientINN != ""):
			var w where
			batch.Queue(`select p.id, p.name from (`+w.clientMeant(ctx, r)+`) k left join lateral (select id, name from contacts
				where client_id = k.id and name_key = name_key(`+w.arg(r.Contact.Name)+`) and merged_into is null order by id limit 1) p on true`, w.args...).
				Query(func(rows pgx.Rows) error { return contactOutlook(rows, &outlook[i]) })
		}
	}
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return err
		}
		return keepSeen(ctx, tx, outlook)
	})
	if err != nil {
		return nil, fmt.Errorf("look up the rows of a table: %w", err)
	}
	return outlook, nil
}

// keepSeen leaves out what the work of ctx may not see: a table tells its author no more than he could look up (R15).
func keepSeen(ctx context.Context, q querier, outlook []crm.RowOutlook) error {
	var ids []uuid.UUID
	for i := range outlook {
		for _, known := range outlook[i].Known {
			ids = append(ids, known.ID)
		}
	}
	hidden, err := hiddenAmong(ctx, q, ids)
	if err != nil || len(hidden) == 0 {
		return err
	}
	for i := range outlook {
		outlook[i].Known = slices.DeleteFunc(outlook[i].Known, func(known crm.KnownRecord) bool { return slices.Contains(hidden, known.ID) })
	}
	return nil
}

func scanDuplicate(row pgx.Row) (*crm.Duplicate, error) {
	var d crm.Duplicate
	err := row.Scan(append([]any{&d.Reasons}, clientTargets(&d.Client)...)...)
	return &d, err
}

func knownRecords(found []crm.Duplicate) []crm.KnownRecord {
	known := make([]crm.KnownRecord, len(found))
	for i := range found {
		known[i] = crm.KnownRecord{ID: found[i].Client.ID, Name: found[i].Client.Name, Reasons: found[i].Reasons}
	}
	return known
}

// contactOutlook reads a row for each client that a contact may be of, with the client's contact of this name, if it has one.
func contactOutlook(rows pgx.Rows, o *crm.RowOutlook) error {
	found, err := collectRows(rows, "look for a contact's client", func(row pgx.Row) (*crm.KnownRecord, error) {
		var k crm.KnownRecord
		err := row.Scan((*zeronull.UUID)(&k.ID), (*zeronull.Text)(&k.Name))
		return &k, err
	})
	if err != nil {
		return err
	}
	o.Code = unsureClient(len(found))
	if o.Code == "" && found[0].ID != uuid.Nil {
		found[0].Reasons = []string{"name"}
		o.Known = found
	}
	return nil
}
