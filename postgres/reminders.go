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

// dueReminder is a reminder whose time has come.
type dueReminder struct {
	interaction, task, caseID, user uuid.UUID // of an interaction or of a task
	at                              time.Time
	letter                          bool // the user is here, has an address and wants letters
	here                            bool
}

// dueQueries find reminders whose time has come, the oldest first. Of an interaction one for the responsible; where there is
// none, for the author. Of a task of people's own one for whoever has it on his desk.
var dueQueries = []string{
	`select i.id, null::uuid, i.case_id, u.id, i.remind_at, coalesce(u.active, false),
			coalesce(u.email <> '' and not 'reminder' = any(u.muted), false)
		from interactions i left join users u on u.id = coalesce(i.responsible_id, i.created_by)
		where i.remind_at <= $1 and i.remind_at is not null and i.reminded_at is null
		order by i.remind_at, i.id limit $2 for update of i skip locked`,
	`select null::uuid, t.id, t.case_id, u.id, t.remind_at, u.active, u.email <> '' and not 'reminder' = any(u.muted)
		from tasks t join users u on u.id = t.user_id
		where t.remind_at <= $1 and t.remind_at is not null and t.reminded_at is null and t.status = 'open'
		order by t.remind_at, t.id limit $2 for update of t skip locked`,
}

// GiveReminders gives the reminders whose time has come (R10, R28), and tells how many of one sort at most. Marking one as given and
// putting the notice in front of its user is one transaction, and what another program is giving is passed over: so each is
// given once, whatever breaks off.
func (db *DB) GiveReminders(ctx context.Context, limit int) (int, error) {
	given := 0
	for _, query := range dueQueries {
		err := db.inTx(ctx, func(tx pgx.Tx) error {
			now := db.now()
			due, err := dueReminders(ctx, tx, query, now, limit)
			if err != nil {
				return err
			}
			given = max(given, len(due))
			return giveReminders(ctx, tx, due, now)
		})
		if err != nil {
			return given, err
		}
	}
	return given, nil
}

func dueReminders(ctx context.Context, tx pgx.Tx, query string, now time.Time, limit int) ([]dueReminder, error) {
	rows, err := tx.Query(ctx, query, now, limit)
	if err != nil {
		return nil, fmt.Errorf("look for due reminders: %w", err)
	}
	return collectRows(rows, "look for due reminders", func(row pgx.Row) (*dueReminder, error) {
		var d dueReminder
		err := row.Scan((*zeronull.UUID)(&d.interaction), (*zeronull.UUID)(&d.task), (*zeronull.UUID)(&d.caseID), (*zeronull.UUID)(&d.user), &d.at,
			&d.here, &d.letter)
		return &d, err
	})
}

func giveReminders(ctx context.Context, tx pgx.Tx, due []dueReminder, now time.Time) error {
	if len(due) == 0 {
		return nil
	}
	batch := &pgx.Batch{}
	var interactions, tasks []uuid.UUID
	for _, d := range due {
		if d.task != uuid.Nil {
			tasks = append(tasks, d.task)
		} else {
			interactions = append(interactions, d.interaction)
		}
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
		batch.Queue(`insert into user_notices (id, user_id, kind, interaction_id, task_id, case_id, due_at, created_at, email, next_at)
			values ($1, $2, 'reminder', $3, $4, $5, $6, $7, $8, case when $8 = 'pending' then $7::timestamptz end) on conflict do nothing`,
			id, d.user, nullID(d.interaction), nullID(d.task), nullID(d.caseID), d.at, now, email)
	}
	// The version stays: whoever is at work on the record loses nothing by the reminder.
	batch.Queue("update interactions set reminded_at = $2 where id = any($1)", interactions, now)
	batch.Queue("update tasks set reminded_at = $2 where id = any($1)", tasks, now)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("give reminders: %w", err)
	}
	return nil
}

const noticeColumns = `n.id, n.user_id, n.kind, n.interaction_id, n.task_id, n.case_id, n.due_at, n.created_at, n.read_at, n.email,
	i.kind, i.status, i.at, i.topic, t.kind, t.status, t.title, t.due_at`

// noticeSubjects join what a notice n is about.
const noticeSubjects = " left join interactions i on i.id = n.interaction_id left join tasks t on t.id = n.task_id"

func noticeTargets(n *crm.Notice) []any {
	return []any{
		&n.ID, &n.UserID, &n.Kind, (*zeronull.UUID)(&n.InteractionID), (*zeronull.UUID)(&n.TaskID), (*zeronull.UUID)(&n.CaseID), &n.DueAt,
		&n.CreatedAt, &n.ReadAt, &n.Email,
		(*zeronull.Text)(&n.Interaction.Kind), (*zeronull.Text)(&n.Interaction.Status), (*zeronull.Timestamptz)(&n.Interaction.At),
		(*zeronull.Text)(&n.Interaction.Topic),
		(*zeronull.Text)(&n.Task.Kind), (*zeronull.Text)(&n.Task.Status), (*zeronull.Text)(&n.Task.Title), &n.Task.DueAt,
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
	if s := crm.SightOf(ctx); s != nil { // what one is reminded of may have gone to somebody else
		viewers := w.arg(s.Viewers)
		w.plain("(" + seenBy(crm.CardInteraction, "n.interaction_id", viewers) + " or exists (select from tasks t where t.id = n.task_id and " + seenTask(viewers) + "))")
	}
	if f.Unread {
		w.plain("n.read_at is null")
	}
	if f.After != nil {
		w.add("n.id < %s", f.After.ID)
	}
	rows, err := db.pool.Query(ctx, "select "+noticeColumns+" from user_notices n"+noticeSubjects+w.sql()+
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

// ClaimNoticeLetter takes up the letter about a notice whose turn it is; nil: none is due. Each comes once, and alone: what has
// not been handed to the mail server yet is not lost with the program. One that was taken up longer than stale ago must have been
// broken off and may have arrived: it becomes unknown and is not sent again.
func (db *DB) ClaimNoticeLetter(ctx context.Context, stale time.Duration) (*crm.NoticeLetter, error) {
	now := db.now()
	_, err := db.pool.Exec(ctx, "update user_notices set email = 'unknown' where email = 'sending' and claimed_at < $1", now.Add(-stale))
	if err != nil {
		return nil, fmt.Errorf("give up letters that were broken off: %w", err)
	}
	var l crm.NoticeLetter
	targets := append(append(noticeTargets(&l.Notice), userTargets(&l.To)...), &l.PutOff)
	err = db.pool.QueryRow(ctx, `with taken as (
			update user_notices set email = 'sending', claimed_at = $1, next_at = null where id = (
				select id from user_notices where email = 'pending' and next_at <= $1 order by next_at, id limit 1 for update skip locked) returning *)
		select `+noticeColumns+", "+userColumns+", n.put_off from taken n"+noticeSubjects+" join users u on u.id = n.user_id", now).Scan(targets...)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // none is due, and nothing is wrong
	}
	if err != nil {
		return nil, fmt.Errorf("take up a letter about a notice: %w", err)
	}
	return &l, nil
}

// FinishNoticeLetter stores what became of a letter that was taken up.
func (db *DB) FinishNoticeLetter(ctx context.Context, id uuid.UUID, status crm.LetterStatus) error {
	_, err := db.pool.Exec(ctx, "update user_notices set email = $2 where id = $1 and email = 'sending'", id, status)
	if err != nil {
		return fmt.Errorf("finish a letter about a notice: %w", err)
	}
	return nil
}

// PutOffNoticeLetter lays a letter that was taken up, and certainly did not go, back until a time; putOff is how often its
// mailbox has put it off by now.
func (db *DB) PutOffNoticeLetter(ctx context.Context, id uuid.UUID, until time.Time, putOff int) error {
	_, err := db.pool.Exec(ctx, `update user_notices set email = 'pending', claimed_at = null, next_at = $2, put_off = $3
		where id = $1 and email = 'sending'`, id, until, putOff)
	if err != nil {
		return fmt.Errorf("put off a letter about a notice: %w", err)
	}
	return nil
}
