package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
)

// longestThread is how many letters before one its headers name.
const longestThread = 20

const letterColumns = `l.id, l.case_id, l.interaction_id, l.notification_id, l.author_id, l.to_name, l.to_email, l.subject, l.body,
	l.signature, l.reply_to_id, l.created_at, n.status, n.reason,
	array(select a.file_id from letter_files a where a.letter_id = l.id order by a.position)`

const lettersFrom = " from letters l join notifications n on n.id = l.notification_id "

func scanLetter(row pgx.Row) (*crm.Letter, error) {
	var l crm.Letter
	err := row.Scan(&l.ID, &l.CaseID, &l.InteractionID, &l.NotificationID, &l.AuthorID, &l.ToName, &l.ToEmail, &l.Subject, &l.Body,
		&l.Signature, (*zeronull.UUID)(&l.ReplyTo), &l.CreatedAt, &l.Status, &l.Reason, &l.Files)
	if err != nil {
		return nil, err
	}
	return &l, nil
}

// Letters lists the letters written from a case, oldest first.
func (db *DB) Letters(ctx context.Context, caseID uuid.UUID) ([]crm.Letter, error) {
	rows, err := db.pool.Query(ctx, "select "+letterColumns+lettersFrom+"where l.case_id = $1 order by l.created_at, l.id", caseID)
	if err != nil {
		return nil, fmt.Errorf("list letters: %w", err)
	}
	return collectRows(rows, "list letters", scanLetter)
}

// CreateLetter stores a letter with its interaction and its line in the ledger; it is not sent yet. The address is one of the
// case's client or of a contact of it.
func (db *DB) CreateLetter(ctx context.Context, l crm.Letter) (*crm.Letter, error) {
	var err error
	if l.ID, err = idOr(l.ID); err != nil {
		return nil, err
	}
	var made *crm.Letter
	err = db.inOrder(ctx, func(tx pgx.Tx) error {
		c, err := lockCase(ctx, tx, l.CaseID)
		if err != nil {
			return err
		}
		made, err = scanLetter(tx.QueryRow(ctx, "select "+letterColumns+lettersFrom+"where l.id = $1", l.ID))
		if !errors.Is(err, pgx.ErrNoRows) {
			return err // it came before with the same key
		}
		if err := db.mayWrite(ctx, tx, c, l.AuthorID); err != nil {
			return err
		}
		made, err = db.writeLetter(ctx, tx, c, &l)
		return err
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

func (db *DB) writeLetter(ctx context.Context, tx pgx.Tx, c *crm.Case, l *crm.Letter) (*crm.Letter, error) {
	addressee, err := findAddress(ctx, tx, c, l)
	if err != nil {
		return nil, err
	}
	if err := findReplied(ctx, tx, l); err != nil {
		return nil, err
	}
	var address string
	if err := tx.QueryRow(ctx, "select signature, email from users where id = $1", l.AuthorID).Scan(&l.Signature, &address); err != nil {
		return nil, fmt.Errorf("read a signature: %w", err)
	}
	if address == "" {
		from, err := senderFor(ctx, tx, c.ID)
		if err != nil {
			return nil, err
		}
		if from.IsZero() { // answers to the configured address would reach nobody
			return nil, crm.Errorf(crm.KindConflict, "no_own_address", "letters go out from one's own address or from a mailbox, and there is neither")
		}
	}
	if err := fitFiles(ctx, tx, c, l.Files); err != nil {
		return nil, err
	}
	if l.InteractionID, err = newID(); err != nil {
		return nil, err
	}
	if l.NotificationID, err = newID(); err != nil {
		return nil, err
	}
	now := db.now()
	if _, err := db.insertInteraction(ctx, tx, &crm.Interaction{
		ID: l.InteractionID, CaseID: c.ID, ClientID: c.ClientID, ContactID: addressee.ContactID, Kind: crm.InteractionEmail, Direction: "out",
		Status: crm.InteractionCompleted, At: now, Topic: l.Subject, Content: l.Body, ResponsibleID: l.AuthorID, CreatedBy: l.AuthorID,
		Participants: []crm.Participant{addressee},
	}); err != nil {
		return nil, err
	}
	batch := &pgx.Batch{}
	batch.Queue(`insert into notifications (id, case_id, seq, rule, channel, recipient, created_at)
		values ($1, $2, $3, $4, 'email', $5, $6)`, l.NotificationID, c.ID, c.Seq, crm.LetterRule, crm.LetterRule+":"+l.ID.String(), now)
	batch.Queue(`insert into letters (id, case_id, interaction_id, notification_id, author_id, to_name, to_email, subject, body, signature,
			reply_to_id, created_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		l.ID, c.ID, l.InteractionID, l.NotificationID, l.AuthorID, l.ToName, l.ToEmail, l.Subject, l.Body, l.Signature, nullID(l.ReplyTo), now)
	batch.Queue(`insert into letter_files (letter_id, file_id, position)
		select $1, id, number - 1 from unnest($2::uuid[]) with ordinality as f (id, number)`, l.ID, l.Files)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return nil, fmt.Errorf("store a letter: %w", err)
	}
	l.CreatedAt, l.Status = now, crm.NotificationPending
	return l, nil
}

// findAddress finds whose the letter's address is, the client's own or a contact's, and makes him a participant (R46).
func findAddress(ctx context.Context, q querier, c *crm.Case, l *crm.Letter) (to crm.Participant, err error) {
	err = q.QueryRow(ctx, `select coalesce(k.name, p.name), d.client_id, d.contact_id, d.kind, d.value from contact_details d
		left join clients k on k.id = d.client_id left join contacts p on p.id = d.contact_id
		where lower(d.value) = lower($2) and d.kind in ('email', 'mailing') and (d.client_id = $1 or p.client_id = $1)
		order by d.contact_id nulls first limit 1`, nullID(c.ClientID), strings.TrimSpace(l.ToEmail)).
		Scan(&l.ToName, (*zeronull.UUID)(&to.ClientID), (*zeronull.UUID)(&to.ContactID), &to.DetailKind, &l.ToEmail)
	if errors.Is(err, pgx.ErrNoRows) {
		return to, invalidField("/to", "not_the_clients_address")
	}
	if err != nil {
		return to, fmt.Errorf("look for a letter's address: %w", err)
	}
	to.Detail = l.ToEmail
	return to, nil
}

// fitFiles refuses files that are not on the case's card or its client's, or that are too large together.
func fitFiles(ctx context.Context, q querier, c *crm.Case, ids []uuid.UUID) error {
	if len(ids) == 0 {
		return nil
	}
	kept, err := keptElsewhere(ctx, q, c.ID, caseColumn, dealColumn)
	if err != nil {
		return err
	}
	total := int64(0)
	for i, id := range ids {
		pointer := fmt.Sprintf("/file_ids/%d", i)
		if slices.Contains(ids[:i], id) {
			return invalidField(pointer, "repeated_item")
		}
		var size int64
		err := q.QueryRow(ctx, "select size from files where id = $1 and removed_at is null and (id in ("+fmt.Sprintf(filesOfCase, "$2")+") or client_id = $3 or interaction_id = any($4))",
			id, c.ID, nullID(c.ClientID), kept).Scan(&size)
		if errors.Is(err, pgx.ErrNoRows) {
			return invalidField(pointer, "not_found")
		}
		if err != nil {
			return fmt.Errorf("look for a letter's file: %w", err)
		}
		if total += size; total > crm.MaxAttached {
			return invalidField(pointer, "attachments_too_large")
		}
	}
	return nil
}

// findReplied makes sure that the letter goes on from one of the same case.
func findReplied(ctx context.Context, q querier, l *crm.Letter) error {
	if l.ReplyTo == uuid.Nil {
		return nil
	}
	var found bool
	if err := q.QueryRow(ctx, "select exists (select from letters where id = $1 and case_id = $2)", l.ReplyTo, l.CaseID).Scan(&found); err != nil {
		return fmt.Errorf("look for the letter before: %w", err)
	}
	if !found {
		return invalidField("/reply_to", "not_found")
	}
	return nil
}

// OutgoingLetter reads the letter of a notification as it is to be sent.
func (db *DB) OutgoingLetter(ctx context.Context, notification uuid.UUID) (*crm.OutgoingLetter, error) {
	var out crm.OutgoingLetter
	batch := &pgx.Batch{}
	batch.Queue("select "+letterColumns+lettersFrom+"where n.id = $1", notification)
	batch.Queue("select u.name, u.email from users u join letters l on l.author_id = u.id where l.notification_id = $1", notification)
	batch.Queue(`with recursive before as (
			select l.reply_to_id, 0 as steps from letters l where l.notification_id = $1
			union all
			select l.reply_to_id, before.steps + 1 from before join letters l on l.id = before.reply_to_id where before.steps < $2
		)
		select l.notification_id from before join letters l on l.id = before.reply_to_id order by before.steps desc`, notification, longestThread)
	batch.Queue(`select f.name, f.media_type, f.content from letter_files a join letters l on l.id = a.letter_id join files f on f.id = a.file_id
		where l.notification_id = $1 order by a.position`, notification)
	results := db.pool.SendBatch(ctx, batch)
	l, err := scanLetter(results.QueryRow())
	if err == nil {
		out.Letter = *l
		err = results.QueryRow().Scan(&out.AuthorName, &out.AuthorEmail)
	}
	if err == nil {
		out.Thread, err = collectIDs(results)
	}
	if err == nil {
		out.Attached, err = collect(results, func(row pgx.Row) (*crm.AttachedFile, error) {
			var f crm.AttachedFile
			err := row.Scan(&f.Name, &f.MediaType, &f.Content)
			return &f, err
		})
	}
	if closeErr := results.Close(); err == nil && closeErr != nil {
		err = closeErr
	}
	if err != nil {
		return nil, fmt.Errorf("read a letter: %w", err)
	}
	return &out, nil
}
