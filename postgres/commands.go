package postgres

import (
	"bytes"
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

const commandColumns = `id, case_id, user_id, scopes, idempotency_key, body_hash, kind, payload, created_at, status, refusal, seq,
	coalesce(address, '') as address, coalesce(request_id, '') as request_id`

func scanCommand(row pgx.Row) (*crm.Command, error) {
	var c crm.Command
	err := row.Scan(&c.ID, &c.CaseID, (*zeronull.UUID)(&c.UserID), &c.Scopes, &c.IdempotencyKey, &c.BodyHash, &c.Kind, &c.Payload,
		&c.CreatedAt, &c.Status, &c.Refusal, (*zeroInt)(&c.Seq), &c.Address, &c.RequestID)
	if err != nil {
		return nil, err
	}
	return &c, nil
}

// InsertCommand stores a command before it is sent. A key used already gives the command it made: the same answer again,
// or idempotency_key_reused when the body was another. An automatic key ("auto:…", made from the request itself) does not
// outlive a refusal: what was refused once may be allowed now. With the command comes its case as it is now, in the same
// round trip.
func (db *DB) InsertCommand(ctx context.Context, c crm.Command) (*crm.Command, *crm.Case, error) {
	id, err := newID()
	if err != nil {
		return nil, nil, err
	}
	batch := &pgx.Batch{}
	// In the one statement: an insert, and where the key is taken, the row that took it. The row is read by a second
	// statement only in the race where it was inserted between the two halves.
	batch.Queue(`
		with old as (
			select `+commandColumns+` from commands where user_id is not distinct from $3 and idempotency_key = $4
		), new as (
			insert into commands (id, case_id, user_id, idempotency_key, body_hash, kind, payload, created_at, scopes)
			select $1, $2, $3, $4, $5, $6, $7, $8, $9 where not exists (select from old)
			on conflict (user_id, idempotency_key) do nothing
			returning `+commandColumns+`
		)
		select * from new union all select * from old`,
		id, c.CaseID, nullID(c.UserID), c.IdempotencyKey, orNoBytes(c.BodyHash), c.Kind, c.Payload, db.now(), c.Scopes)
	batch.Queue("select "+caseColumns+" from cases c where c.id = $1", c.CaseID)
	results := db.sendBatch(ctx, batch)
	inserted, of, err := scanCommandAndCase(results)
	// Only now is the command sure to be there.
	if closeErr := results.Close(); err == nil && closeErr != nil {
		err = closeErr
	}
	if err == nil && inserted == nil {
		inserted, err = db.commandByKey(ctx, c.UserID, c.IdempotencyKey)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("store a command: %w", err)
	}
	if inserted.ID == id {
		return inserted, of, nil
	}
	return db.repeated(ctx, inserted, of, c)
}

// scanCommandAndCase reads InsertCommand's answers; the command is nil where another request has just taken the key.
func scanCommandAndCase(results pgx.BatchResults) (*crm.Command, *crm.Case, error) {
	command, err := scanCommand(results.QueryRow())
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, nil, err
	}
	of, err := scanCase(results.QueryRow())
	if errors.Is(err, pgx.ErrNoRows) {
		err = caseNotFound()
	}
	return command, of, err
}

func (db *DB) commandByKey(ctx context.Context, user uuid.UUID, key string) (*crm.Command, error) {
	return scanCommand(db.pool.QueryRow(ctx, `select `+commandColumns+` from commands
		where user_id is not distinct from $1 and idempotency_key = $2`, nullID(user), key))
}

// repeated answers a request whose key is known.
func (db *DB) repeated(ctx context.Context, old *crm.Command, of *crm.Case, c crm.Command) (*crm.Command, *crm.Case, error) {
	if !bytes.Equal(old.BodyHash, c.BodyHash) || old.CaseID != c.CaseID || old.Kind != c.Kind {
		return nil, nil, keyReused()
	}
	if old.Status == crm.CommandRefused && crm.IsAutomaticKey(c.IdempotencyKey) {
		// The refused one gives the key back: what was refused once may be allowed now.
		_, err := db.pool.Exec(ctx, "update commands set idempotency_key = $3 || id where id = $1 and idempotency_key = $2",
			old.ID, c.IdempotencyKey, crm.RefusedKey)
		if err != nil {
			return nil, nil, fmt.Errorf("give a refused command's key back: %w", err)
		}
		return db.InsertCommand(ctx, c)
	}
	return old, of, nil
}

func keyReused() *crm.Error {
	return crm.Errorf(crm.KindUnprocessed, "idempotency_key_reused", "this Idempotency-Key came before with another request")
}

// InsertEvent stores an outside event with the command that brings it to the route. The same event of another system (name
// and external id) counts once: it gives the command it made. not_on_the_case: only who works on the case may tell its events;
// case_closed: nothing is stored.
func (db *DB) InsertEvent(ctx context.Context, e crm.OutsideEvent) (*crm.Command, error) {
	if e.ExternalID != "" {
		e.IdempotencyKey = crm.EventKey + e.CaseID.String() + ":" + e.Name + ":" + e.ExternalID
	}
	id, err := newID()
	if err != nil {
		return nil, err
	}
	if e.IdempotencyKey == "" {
		e.IdempotencyKey = crm.EventKey + id.String()
	}
	var stored *crm.Command
	err = db.inTx(ctx, func(tx pgx.Tx) error {
		c, err := lockCase(ctx, tx, e.CaseID)
		if err != nil {
			return err
		}
		old, err := scanCommand(tx.QueryRow(ctx, `select `+commandColumns+` from commands
			where case_id = $1 and idempotency_key = $2 and kind = 'event'
				and (user_id is not distinct from $3 or idempotency_key like 'event:%')`,
			e.CaseID, e.IdempotencyKey, nullID(e.By)))
		if err == nil {
			if e.ExternalID == "" && !bytes.Equal(old.BodyHash, e.BodyHash) {
				return keyReused()
			}
			stored = old
			return nil
		}
		if !errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("look for the same event: %w", err)
		}
		if err := db.mayTell(ctx, tx, c, e.By); err != nil {
			return err
		}
		if c.Status.Closed() {
			return crm.Errorf(crm.KindConflict, "case_closed", "the case is closed").With("status", string(c.Status))
		}
		if _, err := tx.Exec(ctx, `insert into case_events (id, case_id, name, external_id, data, at, created_by)
			values ($1, $2, $3, $4, $5, $6, $7)`, id, e.CaseID, e.Name, e.ExternalID, orEmptyObject(e.Data), db.now(), nullID(e.By)); err != nil {
			return fmt.Errorf("store an event: %w", err)
		}
		stored, err = db.insertEventCommand(ctx, tx, id, &e)
		return err
	})
	if violates(err, "commands_key") {
		return nil, keyReused()
	}
	return stored, err
}

// mayTell refuses who has nothing to do with the case.
func (db *DB) mayTell(ctx context.Context, tx pgx.Tx, c *crm.Case, by uuid.UUID) error {
	directory, err := db.directory(ctx, tx)
	if err != nil {
		return err
	}
	rows, err := tx.Query(ctx, "select "+taskColumns+" from tasks t where t.case_id = $1 and t.status = 'open'", c.ID)
	if err != nil {
		return fmt.Errorf("read a case's open tasks: %w", err)
	}
	open, err := collectRows(rows, "read a case's open tasks", scanTask)
	if err != nil {
		return err
	}
	if !engine.MayWork(directory, c, open, by, db.now()) {
		return crm.Errorf(crm.KindForbidden, "not_on_the_case", "only who works on the case may do this")
	}
	return nil
}

// mayWrite is mayTell for letters and text messages, which are interactions of the case: where none are kept, none is written (R22).
func (db *DB) mayWrite(ctx context.Context, tx pgx.Tx, c *crm.Case, by uuid.UUID) error {
	if err := db.mayTell(ctx, tx, c, by); err != nil {
		return err
	}
	_, err := fitClient(ctx, tx, c.ClientID, crm.BlockInteractions)
	return err
}

func (db *DB) insertEventCommand(ctx context.Context, tx pgx.Tx, event uuid.UUID, e *crm.OutsideEvent) (*crm.Command, error) {
	id, err := newID()
	if err != nil {
		return nil, err
	}
	payload := crm.CommandPayload{Event: e.Name, EventID: event}
	c, err := scanCommand(tx.QueryRow(ctx, `insert into commands (id, case_id, user_id, idempotency_key, body_hash, kind, payload, created_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8) returning `+commandColumns,
		id, e.CaseID, nullID(e.By), e.IdempotencyKey, orNoBytes(e.BodyHash), crm.CommandEvent, payload, db.now()))
	if err != nil {
		return nil, fmt.Errorf("store an event's command: %w", err)
	}
	return c, nil
}

func orEmptyObject(data map[string]any) map[string]any {
	if data == nil {
		return map[string]any{}
	}
	return data
}

func orNoBytes(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// Command reads a command; crm.KindNotFound when there is none.
func (db *DB) Command(ctx context.Context, id uuid.UUID) (*crm.Command, error) {
	c, err := scanCommand(db.pool.QueryRow(ctx, `select `+commandColumns+` from commands where id = $1`, id))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, crm.Errorf(crm.KindNotFound, "command_not_found", "no such command")
	}
	if err != nil {
		return nil, fmt.Errorf("read a command: %w", err)
	}
	return c, nil
}

// Acknowledge marks commands whose Update has returned: the reconciler leaves them alone.
func (db *DB) Acknowledge(ctx context.Context, ids []uuid.UUID) error {
	_, err := db.pool.Exec(ctx, `update commands set acknowledged_at = $2 where id = any($1) and acknowledged_at is null`, ids, db.now())
	if err != nil {
		return fmt.Errorf("acknowledge commands: %w", err)
	}
	return nil
}

// Unacknowledged lists commands that were stored before the time and whose Update is not known to have returned, oldest
// first.
func (db *DB) Unacknowledged(ctx context.Context, before time.Time, limit int) ([]crm.Command, error) {
	return db.listCommands(ctx, "where acknowledged_at is null and created_at < $1 order by created_at limit $2", before, limit)
}

// UnacknowledgedOf is Unacknowledged for one case, whatever their age.
func (db *DB) UnacknowledgedOf(ctx context.Context, caseID uuid.UUID) ([]crm.Command, error) {
	return db.listCommands(ctx, "where acknowledged_at is null and case_id = $1 order by created_at limit 100", caseID)
}

func (db *DB) listCommands(ctx context.Context, tail string, args ...any) ([]crm.Command, error) {
	rows, err := db.pool.Query(ctx, `select `+commandColumns+` from commands `+tail, args...)
	if err != nil {
		return nil, fmt.Errorf("list unacknowledged commands: %w", err)
	}
	commands, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (crm.Command, error) {
		c, err := scanCommand(row)
		if err != nil {
			return crm.Command{}, err
		}
		return *c, nil
	})
	if err != nil {
		return nil, fmt.Errorf("list unacknowledged commands: %w", err)
	}
	return commands, nil
}

// MarkStarted marks cases whose workflow has been started.
func (db *DB) MarkStarted(ctx context.Context, ids []uuid.UUID) error {
	_, err := db.pool.Exec(ctx, `update cases set workflow_started_at = $2 where id = any($1) and workflow_started_at is null`, ids, db.now())
	if err != nil {
		return fmt.Errorf("mark cases as started: %w", err)
	}
	return nil
}

// Unstarted lists cases made before the time whose workflow is not known to be started, oldest first.
func (db *DB) Unstarted(ctx context.Context, before time.Time, limit int) ([]crm.Case, error) {
	rows, err := db.pool.Query(ctx, `select `+caseColumns+` from cases c
		where c.workflow_started_at is null and c.mode <> 'none' and c.created_at < $1 order by c.created_at limit $2`,
		before, limit)
	if err != nil {
		return nil, fmt.Errorf("list unstarted cases: %w", err)
	}
	cases, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (crm.Case, error) {
		c, err := scanCase(row)
		if err != nil {
			return crm.Case{}, err
		}
		return *c, nil
	})
	if err != nil {
		return nil, fmt.Errorf("list unstarted cases: %w", err)
	}
	return cases, nil
}
