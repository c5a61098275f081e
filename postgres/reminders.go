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
	interaction, task, caseID, user uuid.UUID // of an interaction or of a task
	at                              time.Time
}

// dueQueries find reminders whose time has come, the oldest first. Of an interaction one for the responsible; where there is
// none, for the author. Of a task of people's own one for whoever has it on his desk.
var dueQueries = []string{
	`select i.id, null::uuid, i.case_id, coalesce(i.responsible_id, i.created_by), i.remind_at from interactions i
		where i.remind_at <= $1 and i.remind_at is not null and i.reminded_at is null and i.status <> 'cancelled'
		order by i.remind_at, i.id limit $2 for update of i skip locked`,
	`select null::uuid, t.id, t.case_id, t.user_id, t.remind_at from tasks t
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
			return db.giveReminders(ctx, tx, due, now)
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
		err := row.Scan((*zeronull.UUID)(&d.interaction), (*zeronull.UUID)(&d.task), (*zeronull.UUID)(&d.caseID), (*zeronull.UUID)(&d.user), &d.at)
		return &d, err
	})
}

func (db *DB) giveReminders(ctx context.Context, tx pgx.Tx, due []dueReminder, now time.Time) error {
	if len(due) == 0 {
		return nil
	}
	notices := make([]newNotice, len(due))
	var interactions, tasks []uuid.UUID
	for i, d := range due {
		if d.task != uuid.Nil {
			tasks = append(tasks, d.task)
		} else {
			interactions = append(interactions, d.interaction)
		}
		notices[i] = newNotice{kind: crm.SubjectReminder, user: d.user, interaction: d.interaction, task: d.task, ofC: d.caseID, due: d.at}
	}
	if err := db.writeNotices(ctx, tx, notices); err != nil {
		return err
	}
	batch := &pgx.Batch{}
	// The version stays: whoever is at work on the record loses nothing by the reminder.
	batch.Queue("update interactions set reminded_at = $2 where id = any($1)", interactions, now)
	batch.Queue("update tasks set reminded_at = $2 where id = any($1)", tasks, now)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("give reminders: %w", err)
	}
	return nil
}

const noticeColumns = `n.id, n.user_id, n.kind, n.interaction_id, n.task_id, n.case_id, n.due_at, n.created_at, n.read_at, n.email, n.digest,
	i.kind, i.status, i.at, i.topic, t.kind, t.status, t.title, t.due_at, t.name, t.path, c.map_id, c.map_version,
	n.comment_id, case when k.removed_at is null then k.text end, w.name, n.absence_id, y.name, a.ends_at, c.number, c.topic`

// noticeSubjects join what a notice n is about.
const noticeSubjects = ` left join interactions i on i.id = n.interaction_id left join tasks t on t.id = n.task_id
	left join comments k on k.id = n.comment_id left join users w on w.id = k.author_id
	left join absences a on a.id = n.absence_id left join users y on y.id = a.user_id left join cases c on c.id = n.case_id`

func noticeTargets(n *crm.Notice) []any {
	return []any{
		&n.ID, &n.UserID, &n.Kind, (*zeronull.UUID)(&n.InteractionID), (*zeronull.UUID)(&n.TaskID), (*zeronull.UUID)(&n.CaseID), &n.DueAt,
		&n.CreatedAt, &n.ReadAt, &n.Email, &n.Digest,
		(*zeronull.Text)(&n.Interaction.Kind), (*zeronull.Text)(&n.Interaction.Status), (*zeronull.Timestamptz)(&n.Interaction.At),
		(*zeronull.Text)(&n.Interaction.Topic),
		(*zeronull.Text)(&n.Task.Kind), (*zeronull.Text)(&n.Task.Status), (*zeronull.Text)(&n.Task.Title), &n.Task.DueAt, &n.Task.Name, (*zeronull.Text)(&n.Task.Path), (*zeronull.Text)(&n.Task.MapID), (*zeroInt)(&n.Task.MapVersion),
		(*zeronull.UUID)(&n.CommentID), (*zeronull.Text)(&n.Comment.Text), (*zeronull.Text)(&n.Comment.Author), (*zeronull.UUID)(&n.AbsenceID),
		(*zeronull.Text)(&n.Absence.Who), &n.Absence.EndsAt, (*zeronull.Text)(&n.CaseNumber), (*zeronull.Text)(&n.CaseTopic),
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
	if s := w.sight(ctx); s != nil { // what one is told of may have gone to somebody else
		w.plain("(n.absence_id is not null or n.comment_id is not null and " + s.record(crm.CardCase, "n.case_id") +
			" or " + s.record(crm.CardInteraction, "n.interaction_id") +
			" or exists (select from tasks t where t.id = n.task_id and " + s.task() + "))")
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
	for i := range items {
		if err := db.nameTask(ctx, &items[i]); err != nil {
			return crm.Page[crm.Notice]{}, err
		}
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
