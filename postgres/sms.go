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

const smsQuery = `select i.id, n.case_id, n.id, i.responsible_id, p.contact_id, coalesce(k.name, ''), p.detail_value, i.content, n.created_at, n.status, n.reason
	from notifications n join interactions i on i.id = substr(n.recipient, length($2) + 2)::uuid
	join interaction_participants p on p.interaction_id = i.id and p.detail_kind = 'mobile' left join contacts k on k.id = p.contact_id
	where n.rule = $2 and n.channel = 'sms' and `

func scanSMS(row pgx.Row) (*crm.SMS, error) {
	var m crm.SMS
	err := row.Scan(&m.ID, &m.CaseID, &m.NotificationID, (*zeronull.UUID)(&m.AuthorID), (*zeronull.UUID)(&m.ContactID), &m.ToName, &m.To, &m.Text,
		&m.CreatedAt, &m.Status, (*zeronull.Text)(&m.Reason))
	return &m, err
}

// OutgoingSMS reads the text message of a notification.
func (db *DB) OutgoingSMS(ctx context.Context, notification uuid.UUID) (*crm.SMS, error) {
	m, err := scanSMS(db.pool.QueryRow(ctx, smsQuery+"n.id = $1", notification, crm.LetterRule))
	if err != nil {
		return nil, fmt.Errorf("read a text message: %w", err)
	}
	return m, nil
}

// CreateSMS stores a text message as an interaction of its case, with its line in the ledger; it is not sent yet. The number is
// the mobile of a contact of the case's client (R40).
func (db *DB) CreateSMS(ctx context.Context, m crm.SMS) (*crm.SMS, error) {
	var err error
	if m.ID, err = idOr(m.ID); err != nil {
		return nil, err
	}
	var made *crm.SMS
	err = db.inOrder(ctx, func(tx pgx.Tx) error {
		c, err := lockCase(ctx, tx, m.CaseID)
		if err != nil {
			return err
		}
		known := smsQuery + "n.case_id = $1 and n.recipient = $3"
		made, err = scanSMS(tx.QueryRow(ctx, known, c.ID, crm.LetterRule, smsRecipient(m.ID)))
		if !errors.Is(err, pgx.ErrNoRows) {
			return err // it came before with the same key
		}
		if err := db.mayWrite(ctx, tx, c, m.AuthorID); err != nil {
			return err
		}
		if err := db.writeSMS(ctx, tx, c, &m); err != nil {
			return err
		}
		made, err = scanSMS(tx.QueryRow(ctx, known, c.ID, crm.LetterRule, smsRecipient(m.ID)))
		return err
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

func smsRecipient(id uuid.UUID) string { return crm.LetterRule + ":" + id.String() }

func (db *DB) writeSMS(ctx context.Context, tx pgx.Tx, c *crm.Case, m *crm.SMS) error {
	contact, err := findMobile(ctx, tx, c, m.To)
	if err != nil {
		return err
	}
	notification, err := newID()
	if err != nil {
		return err
	}
	now := db.now()
	if _, err := db.insertInteraction(ctx, tx, &crm.Interaction{
		ID: m.ID, CaseID: c.ID, ClientID: c.ClientID, ContactID: contact, Kind: crm.InteractionSMS, Direction: "out",
		Status: crm.InteractionCompleted, At: now, Content: m.Text, ResponsibleID: m.AuthorID, CreatedBy: m.AuthorID,
		Participants: []crm.Participant{{ContactID: contact, DetailKind: crm.DetailMobile, Detail: m.To}},
	}); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into notifications (id, case_id, seq, rule, channel, recipient, created_at) values ($1, $2, $3, $4, 'sms', $5, $6)`,
		notification, c.ID, c.Seq, crm.LetterRule, smsRecipient(m.ID), now)
	if err != nil {
		return fmt.Errorf("store a text message: %w", err)
	}
	return nil
}

// findMobile finds whose mobile the number is: text messages go to contacts only (R40).
func findMobile(ctx context.Context, q querier, c *crm.Case, number string) (contact uuid.UUID, err error) {
	err = q.QueryRow(ctx, `select k.id from contact_details d join contacts k on k.id = d.contact_id
		where d.number = $2 and d.kind = 'mobile' and k.client_id = $1 and k.merged_into is null order by k.id limit 1`, nullID(c.ClientID), number).Scan(&contact)
	if errors.Is(err, pgx.ErrNoRows) {
		return uuid.Nil, invalidField("/to", "not_a_contacts_mobile")
	}
	if err != nil {
		return uuid.Nil, fmt.Errorf("look for a text message's number: %w", err)
	}
	return contact, nil
}
