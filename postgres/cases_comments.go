package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
)

const commentColumns = `m.id, m.case_id, m.kind, m.text, m.author_id, m.created_at, m.edited_at, m.removed_at, m.removed_by, m.version,
	array(select user_id from mentions where comment_id = m.id order by user_id)`

func scanComment(row pgx.Row) (*crm.Comment, error) {
	var c crm.Comment
	err := row.Scan(&c.ID, &c.CaseID, &c.Kind, &c.Text, &c.AuthorID, &c.CreatedAt, &c.EditedAt, &c.RemovedAt, (*zeronull.UUID)(&c.RemovedBy), &c.Version, &c.Mentions)
	return &c, err
}

// Comments lists notes and comments of a case, oldest first; after: ID. Those that were removed are left out.
func (db *DB) Comments(ctx context.Context, caseID uuid.UUID, after *crm.Cursor, limit int) (crm.Page[crm.Comment], error) {
	w := where{}
	w.equalID("m.case_id", caseID)
	w.plain("m.removed_at is null")
	if after != nil {
		w.add("m.id > %s", after.ID)
	}
	rows, err := db.pool.Query(ctx, "select "+commentColumns+" from comments m"+w.sql()+" order by m.id limit "+w.arg(limit+1), w.args...)
	if err != nil {
		return crm.Page[crm.Comment]{}, fmt.Errorf("list comments: %w", err)
	}
	items, err := collectRows(rows, "list comments", scanComment)
	return cut(items, limit, func(c *crm.Comment) crm.Cursor { return crm.Cursor{ID: c.ID} }), err
}

// Comment reads one; crm.KindNotFound when there is none, or it was removed.
func (db *DB) Comment(ctx context.Context, id uuid.UUID) (*crm.Comment, error) {
	c, err := readComment(ctx, db.pool, id)
	if err == nil && c.RemovedAt != nil {
		return nil, noSuchComment()
	}
	return c, err
}

func noSuchComment() error {
	return crm.Errorf(crm.KindNotFound, "comment_not_found", "no such comment")
}

func readComment(ctx context.Context, q querier, id uuid.UUID) (*crm.Comment, error) {
	c, err := scanComment(q.QueryRow(ctx, "select "+commentColumns+" from comments m where m.id = $1", id))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, noSuchComment()
	}
	if err != nil {
		return nil, fmt.Errorf("read a comment: %w", err)
	}
	return c, nil
}

// CreateComment adds a note or a comment to a case, closed ones too, and keeps whom it names. One of this id is given as it is.
func (db *DB) CreateComment(ctx context.Context, c crm.Comment) (*crm.Comment, error) {
	id, err := idOr(c.ID)
	if err != nil {
		return nil, err
	}
	var made *crm.Comment
	err = db.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := lockCase(ctx, tx, c.CaseID); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, "insert into comments (id, case_id, kind, text, author_id, created_at) values ($1, $2, $3, $4, $5, $6) on conflict (id) do nothing",
			id, c.CaseID, c.Kind, c.Text, c.AuthorID, db.now())
		if err != nil {
			return fmt.Errorf("add a comment: %w", err)
		}
		if tag.RowsAffected() == 1 {
			if err := db.keepMentions(ctx, tx, id, c.Text, c.AuthorID); err != nil {
				return err
			}
			if err := db.tellCase(ctx, tx, c.CaseID, string(c.Kind), c.AuthorID, map[string]any{"comment_id": id}); err != nil {
				return err
			}
		}
		made, err = readComment(ctx, tx, id)
		return err
	})
	return made, err
}

// keepMentions keeps whom the text names, but for its author. Whom it names no longer is taken back, read or not, and with that what he sees
// of the case by it; of what he was to be told, or has been told and has not read, there is nothing left.
func (db *DB) keepMentions(ctx context.Context, tx pgx.Tx, comment uuid.UUID, text string, author uuid.UUID) error {
	logins := append([]string{}, crm.Mentions(text)...)
	batch := &pgx.Batch{}
	const gone = "comment_id = $1 and user_id in (select id from users where login <> all($2))"
	batch.Queue("delete from notice_events where kind = 'mention' and "+gone, comment, logins)
	batch.Queue("delete from user_notices where kind = 'mention' and read_at is null and email <> 'sending' and "+gone, comment, logins)
	batch.Queue("delete from mentions where "+gone, comment, logins)
	batch.Queue(`insert into mentions (comment_id, user_id, at) select $1, id, $3 from users where login = any($2) and active and id <> $4
		on conflict do nothing`, comment, logins, db.now(), author)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("keep mentions: %w", err)
	}
	return nil
}

// EditComment changes what a comment of this version says: its author may. What it said before is kept.
func (db *DB) EditComment(ctx context.Context, id uuid.UUID, version int, text string, by uuid.UUID) (*crm.Comment, error) {
	var edited *crm.Comment
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		old, err := lockComment(ctx, tx, id)
		if err != nil {
			return err
		}
		switch {
		case old.RemovedAt != nil:
			return noSuchComment()
		case old.AuthorID != by:
			return crm.Errorf(crm.KindForbidden, "not_your_comment", "only its author may edit a comment")
		case old.Version != version:
			return crm.Errorf(crm.KindStale, "stale", "the comment was changed by somebody else")
		case old.Text == text:
			edited = old
			return nil
		}
		if err := db.writeEdit(ctx, tx, old, text, by); err != nil {
			return err
		}
		edited, err = readComment(ctx, tx, id)
		return err
	})
	return edited, err
}

// lockComment reads a comment under the lock of its case.
func lockComment(ctx context.Context, tx pgx.Tx, id uuid.UUID) (*crm.Comment, error) {
	c, err := readComment(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	if _, err := lockCase(ctx, tx, c.CaseID); err != nil {
		return nil, err
	}
	return readComment(ctx, tx, id)
}

// RemoveComment takes a comment away, or puts it back: its author may, and who leads. While it is away nobody is named by it; who was, is
// not to be told of it, and sees no more of the case by it.
func (db *DB) RemoveComment(ctx context.Context, id uuid.UUID, removed bool, by *crm.User) (*crm.Comment, error) {
	var changed *crm.Comment
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		c, err := lockComment(ctx, tx, id)
		if err != nil {
			return err
		}
		if c.AuthorID != by.ID && !by.Leads() {
			return crm.Errorf(crm.KindForbidden, "not_your_comment_to_remove", "only its author removes a comment, and who leads")
		}
		if (c.RemovedAt != nil) != removed {
			if err := db.writeRemoval(ctx, tx, c, removed, by.ID); err != nil {
				return err
			}
		}
		changed, err = readComment(ctx, tx, id)
		return err
	})
	return changed, err
}

func (db *DB) writeRemoval(ctx context.Context, tx pgx.Tx, c *crm.Comment, removed bool, by uuid.UUID) error {
	kind, named, at, who := "comment_restored", c.Text, (*time.Time)(nil), uuid.Nil
	if removed {
		now := db.now()
		kind, named, at, who = "comment_removed", "", &now, by
	}
	if _, err := tx.Exec(ctx, "update comments set removed_at = $2, removed_by = $3, version = version + 1 where id = $1", c.ID, at, nullID(who)); err != nil {
		return fmt.Errorf("remove a comment: %w", err)
	}
	if err := db.keepMentions(ctx, tx, c.ID, named, c.AuthorID); err != nil {
		return err
	}
	return db.tellCase(ctx, tx, c.CaseID, kind, by, map[string]any{"comment_id": c.ID})
}

func (db *DB) writeEdit(ctx context.Context, tx pgx.Tx, old *crm.Comment, text string, by uuid.UUID) error {
	since := old.CreatedAt
	if old.EditedAt != nil {
		since = *old.EditedAt
	}
	batch := &pgx.Batch{}
	batch.Queue("insert into comment_versions (comment_id, version, text, at) values ($1, $2, $3, $4)", old.ID, old.Version, old.Text, since)
	batch.Queue("update comments set text = $2, edited_at = $3, version = version + 1 where id = $1", old.ID, text, db.now())
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("edit a comment: %w", err)
	}
	if err := db.keepMentions(ctx, tx, old.ID, text, old.AuthorID); err != nil {
		return err
	}
	return db.tellCase(ctx, tx, old.CaseID, "comment_edited", by, map[string]any{"comment_id": old.ID})
}

// CommentVersions lists what a comment said before it says what it says now, oldest first.
func (db *DB) CommentVersions(ctx context.Context, id uuid.UUID) ([]crm.CommentVersion, error) {
	rows, err := db.pool.Query(ctx, "select version, text, at from comment_versions where comment_id = $1 order by version", id)
	if err != nil {
		return nil, fmt.Errorf("read what a comment said: %w", err)
	}
	return collectRows(rows, "read what a comment said", func(row pgx.Row) (*crm.CommentVersion, error) {
		var v crm.CommentVersion
		err := row.Scan(&v.Version, &v.Text, &v.At)
		return &v, err
	})
}

// Mentions lists where a user is named on cases that the work of ctx sees, newest first; after: At, ID.
func (db *DB) Mentions(ctx context.Context, user uuid.UUID, after *crm.Cursor, limit int) (crm.Page[crm.Mention], error) {
	w := where{}
	w.equalID("n.user_id", user)
	w.seen(ctx, crm.CardCase, "c.id")
	if after != nil && after.At != nil {
		w.plain("(n.at, n.comment_id) < (" + w.arg(*after.At) + ", " + w.arg(after.ID) + ")")
	}
	rows, err := db.pool.Query(ctx, `select n.comment_id, m.case_id, c.number, m.author_id, m.text, n.at
		from mentions n join comments m on m.id = n.comment_id join cases c on c.id = m.case_id`+w.sql()+
		" order by n.at desc, n.comment_id desc limit "+w.arg(limit+1), w.args...)
	if err != nil {
		return crm.Page[crm.Mention]{}, fmt.Errorf("list mentions: %w", err)
	}
	items, err := collectRows(rows, "list mentions", func(row pgx.Row) (*crm.Mention, error) {
		var n crm.Mention
		err := row.Scan(&n.CommentID, &n.CaseID, &n.Number, &n.AuthorID, &n.Text, &n.At)
		return &n, err
	})
	return cut(items, limit, func(n *crm.Mention) crm.Cursor { return crm.Cursor{At: &n.At, ID: n.CommentID} }), err
}
