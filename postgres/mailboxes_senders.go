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

// SenderOf is what the letter of a notification that has been claimed goes from: what its first attempt went from, or what the rule of
// mailboxes says now, which is fixed with that. Letters to those who work here go from the default mailbox, all others from that of
// the case. A claim that has been lost meanwhile is given nothing.
func (db *DB) SenderOf(ctx context.Context, n *crm.Notification) (crm.Sender, error) {
	if n.Sender != nil {
		return *n.Sender, nil
	}
	of := n.CaseID
	if strings.HasPrefix(n.Recipient, "user:") {
		of = uuid.Nil
	}
	from, err := senderFor(ctx, db.pool, of)
	if err != nil {
		return crm.Sender{}, err
	}
	fixed, err := db.pool.Exec(ctx, "update notifications set sender = $3 where id = $1 and attempt = $2 and status = 'sending'", n.ID, n.Attempt, from)
	switch {
	case err != nil:
		return crm.Sender{}, fmt.Errorf("fix what a letter goes from: %w", err)
	case fixed.RowsAffected() == 0:
		return crm.Sender{}, errors.New("fix what a letter goes from: another attempt is at work")
	}
	n.Sender = &from
	return from, nil
}

// senderOfNotices is the same of a letter about notices that has been taken up.
func (db *DB) senderOfNotices(ctx context.Context, l *crm.NoticeLetter, fixed *crm.Sender) error {
	if fixed != nil {
		l.From = *fixed
		return nil
	}
	var err error
	if l.From, err = senderFor(ctx, db.pool, uuid.Nil); err != nil {
		return err
	}
	if _, err = db.pool.Exec(ctx, "update user_notices set sender = $2 where letter_id = $1 and email = 'sending'", l.ID, l.From); err != nil {
		return fmt.Errorf("fix what a letter about notices goes from: %w", err)
	}
	return nil
}

// senderFor is what a letter of a case goes from, by the department of its responsible; of no case (zero) the default mailbox.
func senderFor(ctx context.Context, q querier, caseID uuid.UUID) (crm.Sender, error) {
	var department uuid.UUID
	batch := &pgx.Batch{}
	batch.Queue("select " + mailboxColumns + " from mailboxes where active")
	batch.Queue("select " + departmentColumns + " from departments where exists (select from mailboxes)")
	batch.Queue("select u.department_id from cases c join users u on u.id = c.responsible_id where c.id = $1", nullID(caseID))
	results := q.SendBatch(ctx, batch)
	mailboxes, err := collect(results, scanMailbox)
	var departments []crm.Department
	if err == nil {
		departments, err = collect(results, scanDepartment)
	}
	if err == nil {
		err = optional(results.QueryRow().Scan((*zeronull.UUID)(&department)))
	}
	if closeErr := results.Close(); err == nil && closeErr != nil {
		err = closeErr
	}
	if err != nil {
		return crm.Sender{}, fmt.Errorf("find what a letter goes from: %w", err)
	}
	tree := make(map[uuid.UUID]*crm.Department, len(departments))
	for i := range departments {
		tree[departments[i].ID] = &departments[i]
	}
	return crm.SenderFor(mailboxes, tree, department), nil
}
