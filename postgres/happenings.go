package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"marshrut/crm"
	"marshrut/routemaps"
)

// happened brings a record to its case's route (R11): an incoming call or letter, a payment, a colleague's document. It is
// written with the record, in its transaction, once for each record and event however often it is told, and only where the
// route heeds it: a stage may react, or a clock stands still until the client answers. The case is locked.
func (db *DB) happened(ctx context.Context, tx pgx.Tx, c *crm.Case, event routemaps.EventName, record, by uuid.UUID) error {
	if c.Mode != crm.ModeProcess {
		return nil
	}
	m, err := db.mapVersion(ctx, tx, c.MapID, c.MapVersion)
	if err != nil {
		return err
	}
	state, err := routemaps.DecodeState(c.State)
	if err != nil {
		return fmt.Errorf("read where a case stands: %w", err)
	}
	if !m.Heeds(event, &state) {
		return nil
	}
	id, err := newID()
	if err != nil {
		return err
	}
	err = tx.QueryRow(ctx, `insert into case_events (id, case_id, name, external_id, data, at, created_by)
		values ($1, $2, $3, $4, $5, $6, $7) on conflict (case_id, name, external_id) where external_id <> '' do nothing returning id`,
		id, c.ID, event, crm.RecordKey+record.String(), map[string]any{"record_id": record}, db.now(), nullID(by)).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("store an event: %w", err)
	}
	if c.Status.Closed() {
		return nil // nothing moves now; after a reopening (R60) it counts as having come early
	}
	_, err = db.insertEventCommand(ctx, tx, id, &crm.OutsideEvent{
		CaseID: c.ID, Name: string(event), By: by, IdempotencyKey: crm.RecordKey + string(event) + ":" + record.String(),
	})
	return err
}

// forgetHappened lets a record that has been withdrawn count no more for stages that the case comes to. What it has moved stays
// moved.
func forgetHappened(ctx context.Context, tx pgx.Tx, caseID, record uuid.UUID) error {
	_, err := tx.Exec(ctx, "update case_events set withdrawn = true where case_id = $1 and external_id = $2", caseID, crm.RecordKey+record.String())
	if err != nil {
		return fmt.Errorf("withdraw an event: %w", err)
	}
	return nil
}

// interactionHappened is happened for an interaction that the client began: a call or a letter that has come.
func (db *DB) interactionHappened(ctx context.Context, tx pgx.Tx, i *crm.Interaction, by uuid.UUID) error {
	event, ok := map[crm.InteractionKind]routemaps.EventName{
		crm.InteractionCall: routemaps.EventCall, crm.InteractionEmail: routemaps.EventInboundEmail,
	}[i.Kind]
	if !ok || i.Home() == uuid.Nil || i.Direction != "in" || i.Status != crm.InteractionCompleted {
		return nil
	}
	c, err := lockCase(ctx, tx, i.Home())
	if err != nil {
		return err
	}
	return db.happened(ctx, tx, c, event, i.ID, by)
}

// documentHappened is happened for a file; what the responsible adds himself is no news to him.
func (db *DB) documentHappened(ctx context.Context, tx pgx.Tx, c *crm.Case, file, by uuid.UUID) error {
	if by == c.ResponsibleID {
		return nil
	}
	return db.happened(ctx, tx, c, routemaps.EventDocument, file, by)
}
