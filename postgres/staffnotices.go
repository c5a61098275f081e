package postgres

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
	"marshrut/engine"
)

// maxTold bounds how many people of a pool are told of a task: what comes to a larger one is seen in its inbox.
const maxTold = 50

// noticeEvent is something that has happened and that people are to be told of.
type noticeEvent struct {
	id                           int64
	kind                         string
	task, comment, user, actorID uuid.UUID
}

// newNotice is a notice for one user.
type newNotice struct {
	kind                                     string
	user                                     uuid.UUID
	interaction, task, comment, absence, ofC uuid.UUID // ofC: the case
	due                                      time.Time
	noLetter                                 bool // another one tells the same
}

// GiveNotices tells people of what has happened to them: new tasks, overdue ones, assignments, mentions, and absences that have
// begun, and tells how many of one sort at most. Finding out whom it concerns, putting it in front of them and forgetting it is one
// transaction, and what another program is giving is passed over: so each is told once, whatever breaks off.
func (db *DB) GiveNotices(ctx context.Context, limit int) (int, error) {
	given := 0
	for _, give := range []func(context.Context, pgx.Tx, int) (int, error){db.giveEvents, db.giveSubstitutions} {
		err := db.inTx(ctx, func(tx pgx.Tx) error {
			count, err := give(ctx, tx, limit)
			given = max(given, count)
			return err
		})
		if err != nil {
			return given, err
		}
	}
	return given, nil
}

func (db *DB) giveEvents(ctx context.Context, tx pgx.Tx, limit int) (int, error) {
	rows, err := tx.Query(ctx, `select id, kind, task_id, comment_id, user_id, actor_id from notice_events order by id limit $1 for update skip locked`, limit)
	if err != nil {
		return 0, fmt.Errorf("look for what people are to be told: %w", err)
	}
	events, err := collectRows(rows, "look for what people are to be told", func(row pgx.Row) (*noticeEvent, error) {
		var e noticeEvent
		err := row.Scan(&e.id, &e.kind, (*zeronull.UUID)(&e.task), (*zeronull.UUID)(&e.comment), (*zeronull.UUID)(&e.user), (*zeronull.UUID)(&e.actorID))
		return &e, err
	})
	if err != nil || len(events) == 0 {
		return 0, err
	}
	directory, err := db.directory(ctx, tx)
	if err != nil {
		return 0, err
	}
	var notices []newNotice
	ids := make([]int64, len(events))
	for i := range events {
		ids[i] = events[i].id
		concerned, err := db.noticesOf(ctx, tx, directory, &events[i])
		if err != nil {
			return 0, err
		}
		notices = append(notices, concerned...)
	}
	if err := db.writeNotices(ctx, tx, notices); err != nil {
		return 0, err
	}
	if _, err := tx.Exec(ctx, "delete from notice_events where id = any($1)", ids); err != nil {
		return 0, fmt.Errorf("note what people have been told: %w", err)
	}
	return len(events), nil
}

// noticesOf finds out whom an event concerns. Nobody is told of what he has done himself, nor of a task that is over.
func (db *DB) noticesOf(ctx context.Context, tx pgx.Tx, directory *engine.Directory, e *noticeEvent) ([]newNotice, error) {
	now := db.now()
	if e.kind == crm.SubjectMention {
		var caseID uuid.UUID
		if err := tx.QueryRow(ctx, "select case_id from comments where id = $1", e.comment).Scan(&caseID); err != nil {
			return nil, fmt.Errorf("read the comment that names somebody: %w", err)
		}
		if e.user == e.actorID {
			return nil, nil
		}
		return []newNotice{{kind: e.kind, user: e.user, comment: e.comment, ofC: caseID, due: now}}, nil
	}
	t, err := readTask(ctx, tx, e.task)
	if err != nil {
		return nil, err
	}
	if t.Status != crm.TaskOpen {
		return nil, nil
	}
	var notices []newNotice
	for _, user := range engine.Doers(directory, &t.Task, now) {
		if user == e.actorID && e.kind != crm.SubjectOverdue {
			continue
		}
		n := newNotice{kind: e.kind, user: user, task: t.ID, ofC: t.CaseID, due: now}
		if e.kind == crm.SubjectOverdue {
			if n.noLetter, err = toldByRoute(ctx, tx, &t.Task, user); err != nil {
				return nil, err
			}
		}
		notices = append(notices, n)
	}
	if len(notices) > maxTold {
		return nil, nil
	}
	return notices, nil
}

// toldByRoute tells whether a rule of the map writes the user a letter that the task is overdue: one is enough.
func toldByRoute(ctx context.Context, tx pgx.Tx, t *crm.Task, user uuid.UUID) (bool, error) {
	var told bool
	err := tx.QueryRow(ctx, `select exists (select from notifications
		where case_id = $1 and path = $2 and visit = $3 and recipient = $4 and template = 'overdue' and channel = 'email')`,
		t.CaseID, t.Path, t.Visit, "user:"+user.String()).Scan(&told)
	if err != nil {
		return false, fmt.Errorf("look for a letter of the route: %w", err)
	}
	return told, nil
}

// giveSubstitutions tells those who stand in for somebody from now on.
func (db *DB) giveSubstitutions(ctx context.Context, tx pgx.Tx, limit int) (int, error) {
	now := db.now()
	rows, err := tx.Query(ctx, "select "+absenceColumns+` from absences a where a.told_at is null and a.cancelled_at is null and a.starts_at <= $1
		order by a.starts_at limit $2 for update skip locked`, now, limit)
	if err != nil {
		return 0, fmt.Errorf("look for absences that have begun: %w", err)
	}
	begun, err := collectRows(rows, "look for absences that have begun", scanAbsence)
	if err != nil || len(begun) == 0 {
		return 0, err
	}
	var notices []newNotice
	ids := make([]uuid.UUID, len(begun))
	for i := range begun {
		ids[i] = begun[i].ID
		if begun[i].SubstituteID != uuid.Nil && begun[i].At(now) {
			notices = append(notices, newNotice{kind: crm.SubjectSubstitution, user: begun[i].SubstituteID, absence: begun[i].ID, due: begun[i].StartsAt})
		}
	}
	if err := db.writeNotices(ctx, tx, notices); err != nil {
		return 0, err
	}
	if _, err := tx.Exec(ctx, "update absences set told_at = $2 where id = any($1)", ids, now); err != nil {
		return 0, fmt.Errorf("note absences that have begun: %w", err)
	}
	return len(begun), nil
}

// writeNotices puts notices in front of their users, with letters as they want them; who is gone is told nothing.
func (db *DB) writeNotices(ctx context.Context, tx pgx.Tx, notices []newNotice) error {
	if len(notices) == 0 {
		return nil
	}
	readers, err := usersOf(ctx, tx, notices)
	if err != nil {
		return err
	}
	now, batch := db.now(), &pgx.Batch{}
	for i := range notices {
		n := &notices[i]
		reader, ok := readers[n.user]
		if !ok || !reader.Active {
			continue
		}
		id, err := newID()
		if err != nil {
			return err
		}
		email, next := crm.LetterNone, (*time.Time)(nil)
		at, digest, wanted := reader.LetterAt(n.kind, now)
		if wanted = wanted && !n.noLetter; wanted {
			email, next = crm.LetterPending, &at
		}
		batch.Queue(`insert into user_notices (id, user_id, kind, interaction_id, task_id, comment_id, absence_id, case_id, due_at, created_at, email, next_at, digest)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict do nothing`,
			id, n.user, n.kind, nullID(n.interaction), nullID(n.task), nullID(n.comment), nullID(n.absence), nullID(n.ofC), n.due, now, email, next,
			wanted && digest)
	}
	if batch.Len() == 0 {
		return nil
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("put notices in front of people: %w", err)
	}
	return nil
}

func usersOf(ctx context.Context, tx pgx.Tx, notices []newNotice) (map[uuid.UUID]*crm.User, error) {
	ids := make([]uuid.UUID, len(notices))
	for i := range notices {
		ids[i] = notices[i].user
	}
	rows, err := tx.Query(ctx, "select "+userColumns+" from users u where u.id = any($1)", ids)
	if err != nil {
		return nil, fmt.Errorf("read who is told: %w", err)
	}
	all, err := collectRows(rows, "read who is told", scanUser)
	if err != nil {
		return nil, err
	}
	users := make(map[uuid.UUID]*crm.User, len(all))
	for i := range all {
		users[all[i].ID] = &all[i]
	}
	return users, nil
}

// ClaimNoticeLetter takes up the letter whose turn it is, of one notice or a digest of several; nil: none is due. Each comes once,
// and alone: what has not been handed to the mail server yet is not lost with the program. One that was taken up longer than stale
// ago must have been broken off and may have arrived: it becomes unknown and is not sent again. What has come to nothing meanwhile,
// or its reader may not see any more, is left out.
func (db *DB) ClaimNoticeLetter(ctx context.Context, stale time.Duration) (*crm.NoticeLetter, error) {
	for {
		l, from, err := db.claimLetter(ctx, stale)
		if l == nil || err != nil {
			return nil, err
		}
		if err := db.dropStale(ctx, l); err != nil {
			return nil, err
		}
		if len(l.Notices) > 0 {
			return l, db.senderOfNotices(ctx, l, from)
		}
	}
}

// claimLetter takes up the letter whose turn it is, with what it went from before; nil: it has not been tried.
func (db *DB) claimLetter(ctx context.Context, stale time.Duration) (l *crm.NoticeLetter, from *crm.Sender, err error) {
	now := db.now()
	_, err = db.pool.Exec(ctx, "update user_notices set email = 'unknown' where email = 'sending' and claimed_at < $1", now.Add(-stale))
	if err != nil {
		return nil, nil, fmt.Errorf("give up letters that were broken off: %w", err)
	}
	rows, err := db.pool.Query(ctx, `with first as (
			select id, user_id, digest from user_notices where email = 'pending' and next_at <= $1 order by next_at, id limit 1 for update skip locked),
		taken as (
			update user_notices n set email = 'sending', claimed_at = $1, next_at = null, letter_id = f.id from first f
			where n.email = 'pending' and (n.id = f.id or f.digest and n.digest and n.user_id = f.user_id and n.next_at <= $1) returning n.*)
		select `+noticeColumns+", "+userColumns+", n.put_off, n.letter_id, n.sender from taken n"+noticeSubjects+" join users u on u.id = n.user_id order by n.id", now)
	if err != nil {
		return nil, nil, fmt.Errorf("take up a letter about notices: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var n crm.Notice
		if l == nil {
			l = &crm.NoticeLetter{}
		}
		var to crm.User
		var before *crm.Sender
		if err := rows.Scan(append(append(noticeTargets(&n), userTargets(&to)...), &l.PutOff, &l.ID, &before)...); err != nil {
			return nil, nil, fmt.Errorf("take up a letter about notices: %w", err)
		}
		l.To, l.Notices, from = to, append(l.Notices, n), cmp.Or(from, before)
	}
	if err := rows.Err(); err != nil {
		return nil, nil, fmt.Errorf("take up a letter about notices: %w", err)
	}
	return l, from, nil
}

// dropStale leaves out of a letter what is of no concern any more.
func (db *DB) dropStale(ctx context.Context, l *crm.NoticeLetter) error {
	directory, err := db.directory(ctx, db.pool)
	if err != nil {
		return err
	}
	l.To.StandsInFor, l.To.Off = directory.StandsInFor(l.To.ID, db.now()), directory.Off
	hidden, err := db.hiddenFrom(ctx, &l.To, l.Notices)
	if err != nil {
		return err
	}
	var dropped []uuid.UUID
	kept := l.Notices[:0]
	for i := range l.Notices {
		n := l.Notices[i]
		concerns, err := db.concerns(ctx, directory, &n)
		if err != nil {
			return err
		}
		if !concerns || slices.ContainsFunc([]uuid.UUID{n.CaseID, n.TaskID, n.InteractionID}, func(id uuid.UUID) bool { return slices.Contains(hidden, id) }) {
			dropped = append(dropped, n.ID)
			continue
		}
		if err := db.nameTask(ctx, &n); err != nil {
			return err
		}
		kept = append(kept, n)
	}
	l.Notices = kept
	if len(dropped) == 0 {
		return nil
	}
	_, err = db.pool.Exec(ctx, "update user_notices set email = 'none', claimed_at = null, letter_id = null where id = any($1) and email = 'sending'", dropped)
	if err != nil {
		return fmt.Errorf("leave a letter out: %w", err)
	}
	return nil
}

// hiddenFrom are the records of notices that their reader may not see.
func (db *DB) hiddenFrom(ctx context.Context, reader *crm.User, notices []crm.Notice) ([]uuid.UUID, error) {
	sight, err := db.SightOf(ctx, reader)
	if err != nil {
		return nil, err
	}
	var ids []uuid.UUID
	for i := range notices {
		for _, id := range []uuid.UUID{notices[i].CaseID, notices[i].TaskID, notices[i].InteractionID} {
			if id != uuid.Nil {
				ids = append(ids, id)
			}
		}
	}
	return db.Hidden(crm.WithSight(ctx, sight), ids)
}

// concerns tells whether a notice still is of concern to its reader: his task is open, the absence under way.
func (db *DB) concerns(ctx context.Context, directory *engine.Directory, n *crm.Notice) (bool, error) {
	switch n.Kind {
	case crm.SubjectTask, crm.SubjectOverdue, crm.SubjectAssignment:
		t, err := db.Task(ctx, n.TaskID)
		if err != nil {
			return false, err
		}
		return t.Status == crm.TaskOpen && slices.Contains(engine.Doers(directory, &t.Task, db.now()), n.UserID), nil
	case crm.SubjectSubstitution:
		a, err := db.Absence(ctx, n.AbsenceID)
		if err != nil {
			return false, err
		}
		return a.At(db.now()), nil
	}
	return true, nil
}

// nameTask finds the name of a route's task: its stage's, where it has none of its own.
func (db *DB) nameTask(ctx context.Context, n *crm.Notice) error {
	t := &n.Task
	if t.Name != nil || t.Path == "" || t.MapID == "" {
		return nil
	}
	m, err := db.Map(ctx, t.MapID, t.MapVersion)
	if err != nil {
		return err
	}
	if stage, ok := m.StageAt(t.Path); ok {
		t.Name = &stage.Name
	}
	return nil
}

// FinishNoticeLetter stores what became of a letter that was taken up.
func (db *DB) FinishNoticeLetter(ctx context.Context, id uuid.UUID, status crm.LetterStatus) error {
	_, err := db.pool.Exec(ctx, "update user_notices set email = $2 where letter_id = $1 and email = 'sending'", id, status)
	if err != nil {
		return fmt.Errorf("finish a letter about notices: %w", err)
	}
	return nil
}

// PutOffNoticeLetter lays a letter that was taken up, and certainly did not go, back until a time; putOff is how often its
// mailbox has put it off by now.
func (db *DB) PutOffNoticeLetter(ctx context.Context, id uuid.UUID, until time.Time, putOff int) error {
	_, err := db.pool.Exec(ctx, `update user_notices set email = 'pending', claimed_at = null, next_at = $2, put_off = $3
		where letter_id = $1 and email = 'sending'`, id, until, putOff)
	if err != nil {
		return fmt.Errorf("put off a letter about notices: %w", err)
	}
	return nil
}
