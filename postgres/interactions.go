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

const interactionColumns = `i.id, i.case_id, i.client_id, i.contact_id, i.kind, i.direction, i.status, i.at, i.topic, i.content,
	i.responsible_id, i.created_at, i.created_by, i.version`

func interactionTargets(i *crm.Interaction) []any {
	return []any{
		&i.ID, (*zeronull.UUID)(&i.CaseID), (*zeronull.UUID)(&i.ClientID), (*zeronull.UUID)(&i.ContactID), &i.Kind, &i.Direction,
		&i.Status, &i.At, &i.Topic, &i.Content, (*zeronull.UUID)(&i.ResponsibleID), &i.CreatedAt, (*zeronull.UUID)(&i.CreatedBy), &i.Version,
	}
}

func interactionNotFound() *crm.Error {
	return crm.Errorf(crm.KindNotFound, "interaction_not_found", "no such interaction")
}

// Interaction reads an interaction; crm.KindNotFound when there is none.
func (db *DB) Interaction(ctx context.Context, id uuid.UUID) (*crm.Interaction, error) {
	return oneInteraction(db.pool.QueryRow(ctx, "select "+interactionColumns+" from interactions i where i.id = $1", id))
}

func oneInteraction(row pgx.Row) (*crm.Interaction, error) {
	var i crm.Interaction
	err := row.Scan(interactionTargets(&i)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, interactionNotFound()
	}
	if err != nil {
		return nil, fmt.Errorf("read an interaction: %w", err)
	}
	return &i, nil
}

// ListInteractions lists interactions in the order of their times.
func (db *DB) ListInteractions(ctx context.Context, f crm.InteractionFilter) (crm.Page[crm.Interaction], error) {
	w := where{}
	w.equalID("i.case_id", f.CaseID)
	w.equalID("i.client_id", f.ClientID)
	w.equalID("i.responsible_id", f.Responsible)
	w.equal("i.kind", string(f.Kind))
	w.equal("i.status", string(f.Status))
	if f.After != nil && f.After.At != nil {
		w.plain("(i.at, i.id) > (" + w.arg(*f.After.At) + ", " + w.arg(f.After.ID) + ")")
	}
	rows, err := db.pool.Query(ctx, "select "+interactionColumns+" from interactions i"+w.sql()+" order by i.at, i.id limit "+w.arg(f.Limit+1), w.args...)
	if err != nil {
		return crm.Page[crm.Interaction]{}, fmt.Errorf("list interactions: %w", err)
	}
	items, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (crm.Interaction, error) {
		var i crm.Interaction
		err := row.Scan(interactionTargets(&i)...)
		return i, err
	})
	if err != nil {
		return crm.Page[crm.Interaction]{}, fmt.Errorf("list interactions: %w", err)
	}
	return cut(items, f.Limit, func(i *crm.Interaction) crm.Cursor { return crm.Cursor{At: &i.At, ID: i.ID} }), nil
}

// CreateInteraction records or plans an interaction. One of a case is told in its feed (R1, R3); without a client it takes
// the case's.
func (db *DB) CreateInteraction(ctx context.Context, i crm.Interaction) (*crm.Interaction, error) {
	id, err := newID()
	if err != nil {
		return nil, err
	}
	i.ID, i.CreatedAt, i.Version, i.At = id, db.now(), 1, i.At.UTC().Truncate(time.Microsecond)
	err = db.inTx(ctx, func(tx pgx.Tx) error {
		if err := adoptClient(ctx, tx, &i); err != nil {
			return err
		}
		batch := &pgx.Batch{}
		batch.Queue(`insert into interactions (id, case_id, client_id, contact_id, kind, direction, status, at, topic, content,
				responsible_id, created_at, created_by)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
			i.ID, nullID(i.CaseID), nullID(i.ClientID), nullID(i.ContactID), i.Kind, i.Direction, i.Status, i.At, i.Topic, i.Content,
			nullID(i.ResponsibleID), i.CreatedAt, nullID(i.CreatedBy))
		if err := queueTold(batch, &i, "interaction_"+string(i.Status), i.CreatedBy, i.CreatedAt); err != nil {
			return err
		}
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return interactionRefusal(err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &i, nil
}

// adoptClient locks the interaction's case, and fills in its client.
func adoptClient(ctx context.Context, tx pgx.Tx, i *crm.Interaction) error {
	if i.CaseID == uuid.Nil {
		return nil
	}
	c, err := lockCase(ctx, tx, i.CaseID)
	if known, ok := crm.AsError(err); ok && known.Kind == crm.KindNotFound {
		return wrongField("/case_id", "not_found", "no such case")
	}
	if err != nil {
		return err
	}
	if i.ClientID == uuid.Nil {
		i.ClientID = c.ClientID
	}
	return nil
}

// queueTold tells a case's feed of an interaction; that counts as activity on the case.
func queueTold(batch *pgx.Batch, i *crm.Interaction, kind string, by uuid.UUID, at time.Time) error {
	if i.CaseID == uuid.Nil {
		return nil
	}
	batch.Queue("update cases set last_activity_at = $2 where id = $1", i.CaseID, at)
	return queueFeed(batch, []crm.FeedEntry{{
		CaseID: i.CaseID, At: at, Kind: kind, ActorID: by,
		Data: map[string]any{"interaction_id": i.ID, "kind": i.Kind, "at": i.At, "topic": i.Topic},
	}}, 0)
}

func interactionRefusal(err error) error {
	for constraint, pointer := range map[string]string{
		"interactions_client_id_fkey": "/client_id", "interactions_contact_id_fkey": "/contact_id",
		"interactions_responsible_id_fkey": "/responsible_id",
	} {
		if violates(err, constraint) {
			return wrongField(pointer, "not_found", "no such record")
		}
	}
	return fmt.Errorf("store an interaction: %w", err)
}

// PatchInteraction changes an interaction of this version; crm.KindStale when it has another. A cancelled one stays where it
// was (R4).
func (db *DB) PatchInteraction(ctx context.Context, id uuid.UUID, version int, p crm.InteractionPatch, by uuid.UUID) (*crm.Interaction, error) {
	var patched *crm.Interaction
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		i, err := db.lockInteraction(ctx, tx, id)
		if err != nil {
			return err
		}
		if i.Version != version {
			return crm.Errorf(crm.KindStale, "stale", "the interaction was changed by somebody else")
		}
		before := i.Status
		applyInteraction(i, p)
		batch := &pgx.Batch{}
		batch.Queue(`update interactions set contact_id = $2, kind = $3, direction = $4, status = $5, at = $6, topic = $7, content = $8,
			responsible_id = $9, version = version + 1 where id = $1`,
			id, nullID(i.ContactID), i.Kind, i.Direction, i.Status, i.At, i.Topic, i.Content, nullID(i.ResponsibleID))
		kind := "interaction_changed"
		if i.Status != before {
			kind = "interaction_" + string(i.Status)
		}
		if err := queueTold(batch, i, kind, by, db.now()); err != nil {
			return err
		}
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return interactionRefusal(err)
		}
		i.Version++
		patched = i
		return nil
	})
	return patched, err
}

// lockInteraction locks the interaction's case before the interaction itself: the order that steps lock in.
func (db *DB) lockInteraction(ctx context.Context, tx pgx.Tx, id uuid.UUID) (*crm.Interaction, error) {
	if _, err := tx.Exec(ctx, "select c.id from cases c join interactions i on i.case_id = c.id where i.id = $1 for update of c", id); err != nil {
		return nil, fmt.Errorf("lock an interaction's case: %w", err)
	}
	return oneInteraction(tx.QueryRow(ctx, "select "+interactionColumns+" from interactions i where i.id = $1 for update", id))
}

func applyInteraction(i *crm.Interaction, p crm.InteractionPatch) {
	set(&i.ContactID, p.ContactID)
	set(&i.Kind, p.Kind)
	set(&i.Direction, p.Direction)
	set(&i.Status, p.Status)
	set(&i.At, p.At)
	set(&i.Topic, p.Topic)
	set(&i.Content, p.Content)
	set(&i.ResponsibleID, p.ResponsibleID)
	i.At = i.At.UTC().Truncate(time.Microsecond)
}

// set changes a value, unless nothing was given.
func set[T any](target, given *T) {
	if given != nil {
		*target = *given
	}
}
