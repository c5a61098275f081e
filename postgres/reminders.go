package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
)

// dueReminder is a reminder whose time has come.
type dueReminder struct {
	interaction, caseID, user uuid.UUID
	at                        time.Time
	letter                    bool // the user is here, has an address and wants letters
	here                      bool
}

// GiveReminders gives the reminders whose time has come (R28), the oldest first, and tells how many. Marking one as given and
// putting the notice in front of its user is one transaction, and what another program is giving is passed over: so each is
// given once, whatever breaks off. One for the responsible; where there is none, for the author.
func (db *DB) GiveReminders(ctx context.Context, limit int) (int, error) {
	given := 0
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		now := db.now()
		rows, err := tx.Query(ctx, `select i.id, i.case_id, u.id, i.remind_at, coalesce(u.active, false),
				coalesce(u.email <> '' and not 'reminder' = any(u.muted), false)
			from interactions i left join users u on u.id = coalesce(i.responsible_id, i.created_by)
			where i.remind_at <= $1 and i.remind_at is not null and i.reminded_at is null
			order by i.remind_at, i.id limit $2 for update of i skip locked`, now, limit)
		if err != nil {
			return fmt.Errorf("look for due reminders: %w", err)
		}
		due, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (dueReminder, error) {
			var d dueReminder
			err := row.Scan(&d.interaction, (*zeronull.UUID)(&d.caseID), (*zeronull.UUID)(&d.user), &d.at, &d.here, &d.letter)
			return d, err
		})
		if err != nil {
			return fmt.Errorf("look for due reminders: %w", err)
		}
		given = len(due)
		return giveReminders(ctx, tx, due, now)
	})
	return given, err
}

func giveReminders(ctx context.Context, tx pgx.Tx, due []dueReminder, now time.Time) error {
	if len(due) == 0 {
		return nil
	}
	batch := &pgx.Batch{}
	ids := make([]uuid.UUID, len(due))
	for k, d := range due {
		ids[k] = d.interaction
		if !d.here {
			continue // nobody is there to be told
		}
		id, err := newID()
		if err != nil {
			return err
		}
		email := crm.LetterNone
		if d.letter {
			email = crm.LetterPending
		}
		batch.Queue(`insert into user_notices (id, user_id, kind, interaction_id, case_id, due_at, created_at, email)
			values ($1, $2, 'reminder', $3, $4, $5, $6, $7) on conflict (interaction_id, user_id, due_at) do nothing`,
			id, d.user, d.interaction, nullID(d.caseID), d.at, now, email)
	}
	// The version stays: whoever is at work on the interaction loses nothing by the reminder.
	batch.Queue("update interactions set reminded_at = $2 where id = any($1)", ids, now)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("give reminders: %w", err)
	}
	return nil
}

const noticeColumns = `n.id, n.user_id, n.kind, n.interaction_id, n.case_id, n.due_at, n.created_at, n.read_at, n.email,
	i.kind, i.status, i.at, i.topic`

func noticeTargets(n *crm.Notice) []any {
	return []any{
		&n.ID, &n.UserID, &n.Kind, &n.InteractionID, (*zeronull.UUID)(&n.CaseID), &n.DueAt, &n.CreatedAt, &n.ReadAt, &n.Email,
		&n.Interaction.Kind, &n.Interaction.Status, &n.Interaction.At, &n.Interaction.Topic,
	}
}

func scanNotice(row pgx.Row) (*crm.Notice, error) {
	var n crm.Notice
	err := row.Scan(noticeTargets(&n)...)
	return &n, err
}

// Notices lists a user's notices, newest first.
func (db *DB) Notices(ctx context.Context, f crm.NoticeFilter) (crm.Page[crm.Notice], error) {
	w := where{}
	w.equalID("n.user_id", f.UserID)
	if f.Unread {
		w.plain("n.read_at is null")
	}
	if f.After != nil {
		w.add("n.id < %s", f.After.ID)
	}
	rows, err := db.pool.Query(ctx, "select "+noticeColumns+" from user_notices n join interactions i on i.id = n.interaction_id"+w.sql()+
		" order by n.id desc limit "+w.arg(f.Limit+1), w.args...)
	if err != nil {
		return crm.Page[crm.Notice]{}, fmt.Errorf("list notices: %w", err)
	}
	items, err := collectRows(rows, "list notices", scanNotice)
	if err != nil {
		return crm.Page[crm.Notice]{}, err
	}
	return cut(items, f.Limit, func(n *crm.Notice) crm.Cursor { return crm.Cursor{ID: n.ID} }), nil
}

// ReadNotices marks a user's notices as read, all of them where none are named, and tells how many were not before.
func (db *DB) ReadNotices(ctx context.Context, user uuid.UUID, ids []uuid.UUID) (int, error) {
	tag, err := db.pool.Exec(ctx, `update user_notices set read_at = $3 where user_id = $1 and read_at is null and ($2::uuid[] is null or id = any($2))`,
		user, ids, db.now())
	if err != nil {
		return 0, fmt.Errorf("mark notices as read: %w", err)
	}
	return int(tag.RowsAffected()), nil
}

// ClaimNoticeLetters takes up letters about notices: each comes once. One that was taken up so long ago that its sending must
// have been broken off may have arrived: it becomes unknown and is not sent again.
func (db *DB) ClaimNoticeLetters(ctx context.Context, stale time.Duration, limit int) ([]crm.NoticeLetter, error) {
	now := db.now()
	_, err := db.pool.Exec(ctx, "update user_notices set email = 'unknown' where email = 'sending' and claimed_at < $1", now.Add(-stale))
	if err != nil {
		return nil, fmt.Errorf("give up letters that were broken off: %w", err)
	}
	rows, err := db.pool.Query(ctx, `with taken as (
			update user_notices set email = 'sending', claimed_at = $1 where id in (
				select id from user_notices where email = 'pending' order by id limit $2 for update skip locked) returning *)
		select `+noticeColumns+", "+userColumns+` from taken n join interactions i on i.id = n.interaction_id join users u on u.id = n.user_id`,
		now, limit)
	if err != nil {
		return nil, fmt.Errorf("take up letters about notices: %w", err)
	}
	return collectRows(rows, "take up letters about notices", func(row pgx.Row) (*crm.NoticeLetter, error) {
		var l crm.NoticeLetter
		err := row.Scan(append(noticeTargets(&l.Notice), userTargets(&l.To)...)...)
		return &l, err
	})
}

// FinishNoticeLetter stores what became of a letter that was taken up; pending: it certainly did not go and is tried again.
func (db *DB) FinishNoticeLetter(ctx context.Context, id uuid.UUID, status crm.LetterStatus) error {
	_, err := db.pool.Exec(ctx, `update user_notices set email = $2, claimed_at = case when $2 = 'pending' then null else claimed_at end
		where id = $1 and email = 'sending'`, id, status)
	if err != nil {
		return fmt.Errorf("finish a letter about a notice: %w", err)
	}
	return nil
}
