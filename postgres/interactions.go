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
	"marshrut/engine"
)

const interactionColumns = `i.id, i.case_id, i.client_id, i.contact_id, i.kind, i.direction, i.status, i.at, i.topic, i.content,
	i.responsible_id, i.created_at, i.created_by, i.version`

func scanInteraction(row pgx.Row) (*crm.Interaction, error) {
	var i crm.Interaction
	err := row.Scan(&i.ID, (*zeronull.UUID)(&i.CaseID), (*zeronull.UUID)(&i.ClientID), (*zeronull.UUID)(&i.ContactID), &i.Kind,
		&i.Direction, &i.Status, &i.At, &i.Topic, &i.Content, (*zeronull.UUID)(&i.ResponsibleID), &i.CreatedAt,
		(*zeronull.UUID)(&i.CreatedBy), &i.Version)
	return &i, err
}

// Interaction reads one; crm.KindNotFound when there is none.
func (db *DB) Interaction(ctx context.Context, id uuid.UUID) (*crm.Interaction, error) {
	return readInteraction(ctx, db.pool, id, "")
}

func readInteraction(ctx context.Context, q querier, id uuid.UUID, lock string) (*crm.Interaction, error) {
	i, err := scanInteraction(q.QueryRow(ctx, "select "+interactionColumns+" from interactions i where i.id = $1 "+lock, id))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, crm.Errorf(crm.KindNotFound, "interaction_not_found", "no such interaction")
	}
	if err != nil {
		return nil, fmt.Errorf("read an interaction: %w", err)
	}
	return i, nil
}

// ListInteractions lists interactions in the order of their times.
func (db *DB) ListInteractions(ctx context.Context, f crm.InteractionFilter) (crm.Page[crm.Interaction], error) {
	var w where
	w.equalID("i.case_id", f.CaseID)
	w.equalID("i.client_id", f.ClientID)
	w.equalID("i.responsible_id", f.Responsible)
	w.equal("i.kind", string(f.Kind))
	w.equal("i.status", string(f.Status))
	if f.After != nil {
		w.plain("(i.at, i.id) > (" + w.arg(f.After.At) + ", " + w.arg(f.After.ID) + ")")
	}
	rows, err := db.pool.Query(ctx, "select "+interactionColumns+" from interactions i"+w.sql()+" order by i.at, i.id limit "+w.arg(f.Limit+1), w.args...)
	if err != nil {
		return crm.Page[crm.Interaction]{}, fmt.Errorf("list interactions: %w", err)
	}
	items, err := collectRows(rows, "list interactions", scanInteraction)
	if err != nil {
		return crm.Page[crm.Interaction]{}, err
	}
	return cut(items, f.Limit, func(i *crm.Interaction) crm.Cursor { return crm.Cursor{At: &i.At, ID: i.ID} }), nil
}

// CreateInteraction records or plans an interaction. One of a case is written under the case's lock: rule R2 reads it.
func (db *DB) CreateInteraction(ctx context.Context, i crm.Interaction) (*crm.Interaction, error) {
	var err error
	if i.ID, err = idOr(i.ID); err != nil {
		return nil, err
	}
	if problem := i.Status.TimeProblem(i.At, db.now()); problem != "" {
		return nil, invalidField("/at", problem)
	}
	var made *crm.Interaction
	err = db.inTx(ctx, func(tx pgx.Tx) error {
		if i.CaseID != uuid.Nil {
			c, err := lockCase(ctx, tx, i.CaseID)
			if err != nil {
				return err
			}
			if i.ClientID == uuid.Nil {
				i.ClientID = c.ClientID
			}
		}
		made, err = scanInteraction(tx.QueryRow(ctx, `insert into interactions as i (id, case_id, client_id, contact_id, kind, direction, status,
				at, topic, content, responsible_id, created_at, created_by)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict (id) do nothing returning `+interactionColumns,
			i.ID, nullID(i.CaseID), nullID(i.ClientID), nullID(i.ContactID), i.Kind, i.Direction, i.Status, i.At, i.Topic, i.Content,
			nullID(i.ResponsibleID), db.now(), nullID(i.CreatedBy)))
		if errors.Is(err, pgx.ErrNoRows) {
			made, err = readInteraction(ctx, tx, i.ID, "")
			return err
		}
		if err != nil {
			return interactionRefused(err)
		}
		if err := db.tellInteraction(ctx, tx, made, "interaction", i.CreatedBy); err != nil {
			return err
		}
		return db.closePlanTasks(ctx, tx, made, i.CreatedBy)
	})
	return made, err
}

func interactionRefused(err error) error {
	for constraint, pointer := range map[string]string{
		"interactions_client_id_fkey": "/client_id", "interactions_contact_id_fkey": "/contact_id",
		"interactions_responsible_id_fkey": "/responsible_id",
	} {
		if violates(err, constraint) {
			return invalidField(pointer, "not_found")
		}
	}
	return fmt.Errorf("write an interaction: %w", err)
}

// tellInteraction writes a line into the case's feed and counts as activity on it.
func (db *DB) tellInteraction(ctx context.Context, tx pgx.Tx, i *crm.Interaction, kind string, by uuid.UUID) error {
	if i.CaseID == uuid.Nil {
		return nil
	}
	now := db.now()
	batch := &pgx.Batch{}
	err := queueFeed(batch, []crm.FeedEntry{{CaseID: i.CaseID, At: now, Kind: kind, ActorID: by, Data: map[string]any{
		"interaction_id": i.ID, "kind": i.Kind, "status": i.Status, "at": i.At, "topic": i.Topic,
	}}}, 0)
	if err != nil {
		return err
	}
	batch.Queue("update cases set last_activity_at = $2 where id = $1", i.CaseID, now)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("tell an interaction in the feed: %w", err)
	}
	return nil
}

// PatchInteraction changes an interaction of this version; crm.KindStale when it has another.
func (db *DB) PatchInteraction(ctx context.Context, id uuid.UUID, version int, p crm.InteractionPatch, by uuid.UUID) (*crm.Interaction, error) {
	var patched *crm.Interaction
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		i, err := readInteraction(ctx, tx, id, "")
		if err != nil {
			return err
		}
		if i.CaseID != uuid.Nil {
			// The case's lock comes before the row's, as everywhere.
			if _, err := lockCase(ctx, tx, i.CaseID); err != nil {
				return err
			}
		}
		if i, err = readInteraction(ctx, tx, id, "for update"); err != nil {
			return err
		}
		if i.Version != version {
			return stale()
		}
		if p == (crm.InteractionPatch{}) {
			patched = i
			return nil
		}
		set(&i.ContactID, p.ContactID)
		set(&i.Kind, p.Kind)
		set(&i.Direction, p.Direction)
		set(&i.Status, p.Status)
		set(&i.At, p.At)
		set(&i.Topic, p.Topic)
		set(&i.Content, p.Content)
		set(&i.ResponsibleID, p.ResponsibleID)
		if problem := changedTime(i, p, db.now()); problem != "" {
			return invalidField("/at", problem)
		}
		patched, err = scanInteraction(tx.QueryRow(ctx, `update interactions i set contact_id = $2, kind = $3, direction = $4, status = $5, at = $6,
			topic = $7, content = $8, responsible_id = $9, version = version + 1 where i.id = $1 returning `+interactionColumns,
			id, nullID(i.ContactID), i.Kind, i.Direction, i.Status, i.At, i.Topic, i.Content, nullID(i.ResponsibleID)))
		if err != nil {
			return interactionRefused(err)
		}
		if err := db.tellInteraction(ctx, tx, patched, "interaction_changed", by); err != nil {
			return err
		}
		return db.closePlanTasks(ctx, tx, patched, by)
	})
	return patched, err
}

// changedTime is what is wrong with the time of a changed interaction. One that is planned already may have been missed, and
// one that is restored (R4) keeps the time it had: only a new time has to lie ahead.
func changedTime(i *crm.Interaction, p crm.InteractionPatch, now time.Time) string {
	if p.At == nil && (p.Status == nil || i.Status == crm.InteractionPlanned) {
		return ""
	}
	return i.Status.TimeProblem(i.At, now)
}

// closePlanTasks completes the tasks that asked for a plan (R2) when an interaction of their case is one.
func (db *DB) closePlanTasks(ctx context.Context, tx pgx.Tx, i *crm.Interaction, by uuid.UUID) error {
	now := db.now()
	if i.CaseID == uuid.Nil || i.Status != crm.InteractionPlanned || i.Status.TimeProblem(i.At, now) != "" {
		return nil
	}
	rows, err := tx.Query(ctx, `update tasks set status = 'completed', outcome = $2, closed_at = $3, closed_by = $4, version = version + 1
		where case_id = $1 and kind = $5 and status = 'open' returning name`, i.CaseID, engine.PlannedOutcome, now, nullID(by), engine.TaskOfPlan)
	if err != nil {
		return fmt.Errorf("complete the tasks to plan: %w", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[*crm.Text])
	if err != nil {
		return fmt.Errorf("complete the tasks to plan: %w", err)
	}
	entries := make([]crm.FeedEntry, len(names))
	for k, name := range names {
		entries[k] = crm.FeedEntry{CaseID: i.CaseID, At: now, Kind: "task_completed", ActorID: by, Data: map[string]any{
			"path": "", "visit": 0, "outcome": engine.PlannedOutcome, "name": name,
		}}
	}
	batch := &pgx.Batch{}
	if err := queueFeed(batch, entries, 0); err != nil {
		return err
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("tell that the tasks to plan are done: %w", err)
	}
	return nil
}
