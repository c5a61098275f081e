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

// Delivery reads what the message of a notification is made of, in one round trip.
func (db *DB) Delivery(ctx context.Context, n *crm.Notification) (*crm.Delivery, error) {
	batch := &pgx.Batch{}
	batch.Queue("select "+caseColumns+" from cases c where c.id = $1", n.CaseID)
	batch.Queue(`select coalesce(k.name, ''), coalesce(u.name, ''), coalesce(u.email, ''), coalesce(u.phone, ''),
			exists (select from settings where c.kind || 's' = any(off)) from cases c
		left join clients k on k.id = c.client_id left join users u on u.id = c.responsible_id where c.id = $1`, n.CaseID)
	batch.Queue(`select u.name, u.email, u.phone, t.role, coalesce(r.name, '{}'), coalesce(d.name, '{}'), t.due_at, coalesce(t.outcome, '') from tasks t
		left join users u on u.id = coalesce(t.taken_by, t.user_id, t.closed_by) left join departments d on d.id = t.department_id left join roles r on r.key = t.role
		where t.case_id = $1 and t.path = $2 and t.visit = $3 and t.kind = 'stage'`, n.CaseID, n.Path, n.Visit)
	batch.Queue("select key, lang, version, channel, subject, body_text, body_html from "+ownTemplates+" and key = $1 order by lang", n.Template)
	readRecipient := queueRecipient(batch, n)
	results := db.pool.SendBatch(ctx, batch)
	d, err := scanDelivery(results)
	if err == nil {
		err = readRecipient(results, &d.Recipient)
	}
	if closeErr := results.Close(); err == nil && closeErr != nil {
		err = closeErr
	}
	if err != nil {
		return nil, fmt.Errorf("read what a notification says: %w", err)
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
	err = results.QueryRow().Scan(&d.ClientName, &d.Responsible.Name, &d.Responsible.Email, &d.Responsible.Phone, &d.Off)
	if err != nil {
		return nil, err
	}
	p := &d.Performer
	if err := optional(results.QueryRow().Scan((*zeronull.Text)(&p.Person.Name), (*zeronull.Text)(&p.Person.Email),
		(*zeronull.Text)(&p.Person.Phone), (*zeronull.Text)(&p.Role), &p.RoleName, &p.Department, &d.Due, &d.Outcome)); err != nil {
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

// recipientReader reads what queueRecipient has queued.
type recipientReader func(results pgx.BatchResults, to *crm.DeliveryRecipient) error

// queueRecipient asks whom the ledger's key means; nobody is found for a deleted one, an unreadable key, or where the step
// found nobody, and the ledger says so.
func queueRecipient(batch *pgx.Batch, n *crm.Notification) recipientReader {
	kind, key, _ := strings.Cut(n.Recipient, ":")
	if kind == "client" {
		batch.Queue("select k.id, k.name, k.lang, "+zoneOfClient+" from clients k join cases c on c.client_id = k.id where c.id = $1", n.CaseID)
		batch.Queue(`select d.kind, d.value from contact_details d join cases c on c.client_id = d.client_id
			where c.id = $1 order by d.position`, n.CaseID)
		return readParty("client")
	}
	id, err := uuid.Parse(key)
	switch {
	case err != nil:
	case kind == "contact":
		batch.Queue("select p.id, p.name, k.lang, "+zoneOfClient+" from contacts p join clients k on k.id = p.client_id where p.id = $1", id)
		batch.Queue("select kind, value from contact_details where contact_id = $1 order by position", id)
		return readParty("contact")
	case kind == "user":
		batch.Queue("select id, name, lang, time_zone, not active, muted, email, phone from users where id = $1", id)
		return readUser
	}
	return func(pgx.BatchResults, *crm.DeliveryRecipient) error { return nil }
}

// readParty reads a client or a contact, with what belongs to it.
func readParty(kind string) recipientReader {
	return func(results pgx.BatchResults, to *crm.DeliveryRecipient) error {
		err := results.QueryRow().Scan(&to.ID, &to.Name, &to.Lang, &to.TimeZone)
		if err == nil {
			to.Kind = kind
		}
		if err := optional(err); err != nil {
			return err
		}
		to.Details, err = collect(results, func(row pgx.Row) (*crm.ContactDetail, error) {
			var detail crm.ContactDetail
			err := row.Scan(&detail.Kind, &detail.Value)
			return &detail, err
		})
		return err
	}
}

func readUser(results pgx.BatchResults, to *crm.DeliveryRecipient) error {
	var email, phone string
	err := results.QueryRow().Scan(&to.ID, &to.Name, &to.Lang, &to.TimeZone, &to.Inactive, &to.Muted, &email, (*zeronull.Text)(&phone))
	if err == nil {
		to.Kind = "user"
		to.Details = []crm.ContactDetail{{Kind: crm.DetailEmail, Value: email}, {Kind: crm.DetailMobile, Value: phone}}
	}
	return optional(err)
}
