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

const mailboxColumns = "id, name, email, reply_to, department_id, active, is_default, created_at, created_by, version"

func scanMailbox(row pgx.Row) (*crm.Mailbox, error) {
	var m crm.Mailbox
	err := row.Scan(&m.ID, &m.Name, &m.Email, &m.ReplyTo, (*zeronull.UUID)(&m.DepartmentID), &m.Active, &m.Default, &m.CreatedAt, (*zeronull.UUID)(&m.CreatedBy), &m.Version)
	return &m, err
}

// ListMailboxes lists all mailboxes, the default one first, then by name.
func (db *DB) ListMailboxes(ctx context.Context) ([]crm.Mailbox, error) {
	rows, err := db.pool.Query(ctx, "select "+mailboxColumns+" from mailboxes order by not is_default, lower(name), id")
	if err != nil {
		return nil, fmt.Errorf("list mailboxes: %w", err)
	}
	return collectRows(rows, "list mailboxes", scanMailbox)
}

// Mailbox reads a mailbox; crm.KindNotFound when there is none.
func (db *DB) Mailbox(ctx context.Context, id uuid.UUID) (*crm.Mailbox, error) {
	return oneMailbox(db.pool.QueryRow(ctx, "select "+mailboxColumns+" from mailboxes where id = $1", id))
}

func oneMailbox(row pgx.Row) (*crm.Mailbox, error) {
	m, err := scanMailbox(row)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, crm.Errorf(crm.KindNotFound, "mailbox_not_found", "no such mailbox")
	}
	if err != nil {
		return nil, fmt.Errorf("read a mailbox: %w", err)
	}
	return m, nil
}

// lockMailbox reads a mailbox of this version until the end of the transaction; crm.KindStale when it has another.
func lockMailbox(ctx context.Context, tx pgx.Tx, id uuid.UUID, version int) (*crm.Mailbox, error) {
	m, err := oneMailbox(tx.QueryRow(ctx, "select "+mailboxColumns+" from mailboxes where id = $1 for update", id))
	if err == nil && m.Version != version {
		return nil, stale()
	}
	return m, err
}

// inMailboxes changes mailboxes: one change at a time, so that the place of the default one is never seen taken twice.
func (db *DB) inMailboxes(ctx context.Context, change func(tx pgx.Tx) error) error {
	return db.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock(hashtextextended('mailboxes', 0))"); err != nil {
			return fmt.Errorf("wait for other mailboxes: %w", err)
		}
		return change(tx)
	})
}

// CreateMailbox makes a mailbox, or gives the one that its id has made already. A default one takes the place of the one before. What
// cannot be is told with its field: mailbox_email_taken, mailbox_of_department_taken, default_mailbox_off, not_found, out_of_use.
func (db *DB) CreateMailbox(ctx context.Context, m crm.Mailbox) (*crm.Mailbox, error) {
	var err error
	if m.ID, err = idOr(m.ID); err != nil {
		return nil, err
	}
	var made *crm.Mailbox
	err = db.inMailboxes(ctx, func(tx pgx.Tx) error {
		made, err = oneMailbox(tx.QueryRow(ctx, "select "+mailboxColumns+" from mailboxes where id = $1", m.ID))
		if known, ok := crm.AsError(err); !ok || known.Kind != crm.KindNotFound {
			return err
		}
		if err := fitMailbox(ctx, tx, &crm.Mailbox{}, &m); err != nil {
			return err
		}
		made, err = scanMailbox(tx.QueryRow(ctx, `insert into mailboxes (id, name, email, reply_to, department_id, active, is_default, created_at, created_by)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning `+mailboxColumns,
			m.ID, m.Name, m.Email, m.ReplyTo, nullID(m.DepartmentID), m.Active, m.Default, db.now(), nullID(m.CreatedBy)))
		return err
	})
	if err != nil {
		return nil, unfitMailbox(err, "make a mailbox")
	}
	return made, nil
}

// PatchMailbox changes a mailbox of this version; crm.KindStale when it has another. It refuses what CreateMailbox does. What has been
// tried from an address that it is no more, or from one that is switched off, goes on by the rule as it is then.
func (db *DB) PatchMailbox(ctx context.Context, id uuid.UUID, version int, p crm.MailboxPatch) (*crm.Mailbox, error) {
	var changed *crm.Mailbox
	err := db.inMailboxes(ctx, func(tx pgx.Tx) error {
		m, err := lockMailbox(ctx, tx, id, version)
		if err != nil {
			return err
		}
		before := *m
		p.Apply(m)
		if err := fitMailbox(ctx, tx, &before, m); err != nil {
			return err
		}
		if before.Email != m.Email || before.Active && !m.Active {
			if err := leaveMailbox(ctx, tx, id); err != nil {
				return err
			}
		}
		changed, err = scanMailbox(tx.QueryRow(ctx, `update mailboxes set name = $2, email = $3, reply_to = $4, department_id = $5, active = $6, is_default = $7,
			version = version + 1 where id = $1 returning `+mailboxColumns,
			id, m.Name, m.Email, m.ReplyTo, nullID(m.DepartmentID), m.Active, m.Default))
		return err
	})
	if err != nil {
		return nil, unfitMailbox(err, "change a mailbox")
	}
	return changed, nil
}

// DeleteMailbox removes a mailbox of this version; crm.KindStale when it has another. What waits goes on by the rule as it is then.
func (db *DB) DeleteMailbox(ctx context.Context, id uuid.UUID, version int) error {
	return db.inMailboxes(ctx, func(tx pgx.Tx) error {
		if _, err := lockMailbox(ctx, tx, id, version); err != nil {
			return err
		}
		if err := leaveMailbox(ctx, tx, id); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "delete from mailboxes where id = $1", id); err != nil {
			return fmt.Errorf("delete a mailbox: %w", err)
		}
		return nil
	})
}

// fitMailbox refuses what a mailbox cannot be, and takes the place of the default one for it.
func fitMailbox(ctx context.Context, tx pgx.Tx, before, m *crm.Mailbox) error {
	if m.Default && !m.Active {
		return invalidField("/default", "default_mailbox_off")
	}
	if m.DepartmentID != uuid.Nil && m.DepartmentID != before.DepartmentID {
		var inUse bool
		err := tx.QueryRow(ctx, "select active from departments where id = $1 for key share", m.DepartmentID).Scan(&inUse)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return invalidField("/department_id", "not_found")
		case err != nil:
			return fmt.Errorf("look for a mailbox's department: %w", err)
		case !inUse:
			return invalidField("/department_id", "out_of_use")
		}
	}
	if m.Default && !before.Default {
		if _, err := tx.Exec(ctx, "update mailboxes set is_default = false, version = version + 1 where is_default"); err != nil {
			return fmt.Errorf("take the place of the default mailbox: %w", err)
		}
	}
	return nil
}

func unfitMailbox(err error, doing string) error {
	if known, ok := crm.AsError(err); ok {
		return known
	}
	switch {
	case violates(err, "mailboxes_email"):
		return invalidField("/email", "mailbox_email_taken")
	case violates(err, "mailboxes_department"):
		return invalidField("/department_id", "mailbox_of_department_taken")
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// leaveMailbox lets letters that wait for another attempt, which were tried from a mailbox, find anew what they go from.
func leaveMailbox(ctx context.Context, tx pgx.Tx, id uuid.UUID) error {
	batch := &pgx.Batch{}
	batch.Queue("update notifications set sender = null where status = 'pending' and sender ->> 'mailbox' = $1", id.String())
	batch.Queue("update user_notices set sender = null where email = 'pending' and sender ->> 'mailbox' = $1", id.String())
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("let waiting letters leave a mailbox: %w", err)
	}
	return nil
}
