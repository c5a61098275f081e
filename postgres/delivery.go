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

// Delivery reads what the message of a notification is made of, in one round trip and one more for the recipient.
func (db *DB) Delivery(ctx context.Context, n *crm.Notification) (*crm.Delivery, error) {
	batch := &pgx.Batch{}
	batch.Queue("select "+caseColumns+" from cases c where c.id = $1", n.CaseID)
	batch.Queue("select k.name from clients k join cases c on c.client_id = k.id where c.id = $1", n.CaseID)
	batch.Queue("select u.name, u.email, u.phone from users u join cases c on c.responsible_id = u.id where c.id = $1", n.CaseID)
	batch.Queue(`select coalesce(u.name, t.role, d.name->>'ru', ''), t.due_at, coalesce(t.outcome, '') from tasks t
		left join users u on u.id = coalesce(t.taken_by, t.user_id) left join departments d on d.id = t.department_id
		where t.case_id = $1 and t.path = $2 and t.visit = $3 and t.kind = 'stage'`, n.CaseID, n.Path, n.Visit)
	batch.Queue(`select distinct on (lang) key, lang, version, channel, subject, body_text, body_html from templates
		where key = $1 order by lang, version desc`, n.Template)
	results := db.pool.SendBatch(ctx, batch)
	d, err := scanDelivery(results)
	if closeErr := results.Close(); err == nil && closeErr != nil {
		err = closeErr
	}
	if err != nil {
		return nil, fmt.Errorf("read what a notification says: %w", err)
	}
	if err := db.readRecipient(ctx, n, d); err != nil {
		return nil, err
	}
	return d, nil
}

func scanDelivery(results pgx.BatchResults) (*crm.Delivery, error) {
	var d crm.Delivery
	c, err := scanCase(results.QueryRow())
	if err != nil {
		return nil, err
	}
	d.Case = *c
	if err := optional(results.QueryRow().Scan(&d.ClientName)); err != nil {
		return nil, err
	}
	if err := optional(results.QueryRow().Scan(&d.Responsible.Name, &d.Responsible.Email, &d.Responsible.Phone)); err != nil {
		return nil, err
	}
	if err := optional(results.QueryRow().Scan(&d.Performer, &d.Due, &d.Outcome)); err != nil {
		return nil, err
	}
	d.Templates, err = collect(results, func(row pgx.Row) (*crm.Template, error) {
		var t crm.Template
		err := row.Scan(&t.Key, &t.Lang, &t.Version, &t.Channel, &t.Subject, &t.Text, &t.HTML)
		return &t, err
	})
	return &d, err
}

// optional takes a missing row for nothing to read.
func optional(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}

// readRecipient finds whom the ledger's key means; nobody is found for a deleted one, or where the step found nobody.
func (db *DB) readRecipient(ctx context.Context, n *crm.Notification, d *crm.Delivery) error {
	kind, key, _ := strings.Cut(n.Recipient, ":")
	switch kind {
	case "client":
		return db.readClientRecipient(ctx, d)
	case "contact":
		return db.readContactRecipient(ctx, key, d)
	case "user":
		return db.readUserRecipient(ctx, key, d)
	}
	return nil
}

func (db *DB) readClientRecipient(ctx context.Context, d *crm.Delivery) error {
	if d.Case.ClientID == uuid.Nil {
		return nil
	}
	d.Recipient.Kind, d.Recipient.ID = "client", d.Case.ClientID
	err := db.pool.QueryRow(ctx, "select name, lang, time_zone from clients where id = $1", d.Case.ClientID).
		Scan(&d.Recipient.Name, &d.Recipient.Lang, &d.Recipient.TimeZone)
	if err != nil {
		return fmt.Errorf("read a client to write to: %w", err)
	}
	return db.readDetails(ctx, "client_id", d)
}

func (db *DB) readContactRecipient(ctx context.Context, key string, d *crm.Delivery) error {
	id, err := uuid.Parse(key)
	if err != nil {
		return nil //nolint:nilerr // an unreadable key is nobody, and the ledger says so
	}
	err = db.pool.QueryRow(ctx, "select p.name, k.lang, k.time_zone from contacts p join clients k on k.id = p.client_id where p.id = $1", id).
		Scan(&d.Recipient.Name, &d.Recipient.Lang, &d.Recipient.TimeZone)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read a contact to write to: %w", err)
	}
	d.Recipient.Kind, d.Recipient.ID = "contact", id
	return db.readDetails(ctx, "contact_id", d)
}

func (db *DB) readDetails(ctx context.Context, column string, d *crm.Delivery) error {
	rows, err := db.pool.Query(ctx, "select kind, value from contact_details where "+column+" = $1 order by position", d.Recipient.ID)
	if err != nil {
		return fmt.Errorf("read contact details: %w", err)
	}
	d.Recipient.Details, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (crm.ContactDetail, error) {
		var detail crm.ContactDetail
		err := row.Scan(&detail.Kind, &detail.Value)
		return detail, err
	})
	if err != nil {
		return fmt.Errorf("read contact details: %w", err)
	}
	return nil
}

func (db *DB) readUserRecipient(ctx context.Context, key string, d *crm.Delivery) error {
	id, err := uuid.Parse(key)
	if err != nil {
		return nil //nolint:nilerr // as for contacts
	}
	var email, phone string
	err = db.pool.QueryRow(ctx, "select name, lang, time_zone, email, phone from users where id = $1", id).
		Scan(&d.Recipient.Name, &d.Recipient.Lang, &d.Recipient.TimeZone, &email, (*zeronull.Text)(&phone))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read a user to write to: %w", err)
	}
	d.Recipient.Kind, d.Recipient.ID = "user", id
	d.Recipient.Details = []crm.ContactDetail{{Kind: crm.DetailEmail, Value: email}, {Kind: crm.DetailMobile, Value: phone}}
	return nil
}
