package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"marshrut/activities"
	"marshrut/crm"
	"marshrut/engine"
	"marshrut/routemaps"
)

// Advance takes one step of a case, or tells where it stands: it locks the case's row, reads what the step needs, lets the
// engine decide, and writes everything in that one transaction. It is idempotent by event id. Two round trips: one to lock
// and read, one to write and commit; a look at where the case stands takes one. Where somebody's account ended while the step
// gave him work (R61), it is decided anew: it finds who works here now.
func (db *DB) Advance(ctx context.Context, req activities.AdvanceRequest) (activities.AdvanceResult, error) {
	for attempt := 1; ; attempt++ {
		result, err := db.advance(ctx, req)
		if givenToALeaver(err) == nil || attempt == maxMoves {
			return result, err
		}
	}
}

func (db *DB) advance(ctx context.Context, req activities.AdvanceRequest) (activities.AdvanceResult, error) {
	conn, err := db.pool.Acquire(ctx)
	if err != nil {
		return activities.AdvanceResult{}, fmt.Errorf("take a connection: %w", err)
	}
	// A connection given back inside a transaction is closed by the pool, and Postgres rolls back.
	defer conn.Release()
	read, err := db.read(ctx, conn, req)
	if err != nil {
		return activities.AdvanceResult{}, err
	}
	done, behind := read.settled(req)
	if !done {
		return db.decide(ctx, conn, req, read)
	}
	if req.Kind != activities.EventSync {
		if err := rollback(ctx, conn); err != nil {
			return activities.AdvanceResult{}, err
		}
	}
	result := db.view(read)
	result.Behind, result.Refused = behind, read.refusedBefore()
	result.Again = !behind && req.Kind != activities.EventSync
	return result, nil
}

// reading is a snapshot with what only Advance needs.
type reading struct {
	engine.Snapshot
	command      *crm.Command
	notification *crm.Notification
	known        bool // the event has been applied before
	pending      []uuid.UUID
}

// settled tells whether there is nothing to decide: nothing happened, the event is known, or the workflow is behind.
func (r *reading) settled(req activities.AdvanceRequest) (done, behind bool) {
	switch {
	case req.Kind == activities.EventSync, r.known, r.command != nil && r.command.Status != crm.CommandReceived:
		return true, false
	case r.Case.Seq != req.Seq:
		return true, true
	}
	return false, false
}

// refusedBefore is the code of the stored refusal of a command that has been decided.
func (r *reading) refusedBefore() string {
	if r.command != nil && r.command.Status == crm.CommandRefused && r.command.Refusal != nil {
		return r.command.Refusal.Code
	}
	return ""
}

// decide lets the engine decide and writes what it says.
func (db *DB) decide(ctx context.Context, conn *pgxpool.Conn, req activities.AdvanceRequest, read *reading) (activities.AdvanceResult, error) {
	in, refusal, err := db.input(ctx, conn, req, read)
	if err != nil {
		return activities.AdvanceResult{}, err
	}
	change := &engine.Change{Refusal: refusal}
	if refusal == nil {
		change = engine.Decide(&read.Snapshot, in)
	}
	w := newWriter(db, read.Case, req.EventID, in.At)
	w.command = read.command
	w.batch.Queue(stampQuery, stampOf(originOf(req, read)))
	if err := w.write(ctx, conn, change); err != nil {
		return activities.AdvanceResult{}, err
	}
	if in.Delivered != nil {
		w.batch.Queue("update notifications set told = true where id = $1", in.Delivered.ID)
	}
	if err := w.commit(ctx, conn); err != nil {
		return activities.AdvanceResult{}, err
	}
	read.pending = append(read.pending, w.notifications...)
	read.Tasks = w.tasksAfter(read.Tasks)
	read.Incidents = w.incidentsAfter(read.Incidents)
	result := db.view(read)
	if change.Refusal != nil {
		result.Refused = change.Refusal.Code
	}
	return result, nil
}

// originOf is who makes a step: whoever gave the command, from where he gave it.
func originOf(req activities.AdvanceRequest, read *reading) crm.Origin {
	o := crm.Origin{Program: "route: " + string(req.Kind)}
	if c := read.command; c != nil {
		o.User, o.Address, o.RequestID = c.UserID, c.Address, c.RequestID
	}
	return o
}

// input makes the engine's input of the request. A refusal is for what the request names and does not exist.
func (db *DB) input(ctx context.Context, q querier, req activities.AdvanceRequest, read *reading) (engine.Input, *crm.Error, error) {
	in := engine.Input{At: db.now()}
	switch req.Kind {
	case activities.EventCommand:
		if read.command == nil {
			return in, crm.Errorf(crm.KindNotFound, "command_not_found", "no such command"), nil
		}
		missing, own, err := lookReferencesUp(ctx, q, read.Case, engine.References(read.Case.Kind, read.Map, read.command.Payload.Fields))
		if err != nil {
			return in, nil, err
		}
		in.Command, in.Missing, in.Own = read.command, missing, own
	case activities.EventDelivered:
		if read.notification == nil || !read.notification.Status.Final() {
			return in, crm.Errorf(crm.KindConflict, "not_delivered", "the notification is not final"), nil
		}
		in.Delivered = read.notification
	default:
		in.Timer = true
		if req.At.After(in.At) {
			// The workflow's clock is Temporal's; ours may be a little behind it.
			in.At = req.At.UTC().Truncate(time.Microsecond)
		}
	}
	return in, nil, nil
}

// readingQuery gathers in one row what is counted and listed about a case: every statement of a batch costs as much again as
// what it reads. $1 the case, $2 the event, $3 from when on a planned interaction counts,
// $4 how many contacts. Besides the notifications that are
// not final it lists those that a stage waits for and was not told of, as its worker was lost between the two.
const readingQuery = `select
	(select version from directory_version),
	array(select n.id from notifications n join cases c on c.id = n.case_id
		where n.case_id = $1 and n.rule <> 'letter' and (n.status in ('pending', 'sending') or n.await and not n.withdrawn and not n.told)
			and (n.status in ('pending', 'sending') or c.status = 'open')
		order by n.id),
	exists (select from transitions where case_id = $1 and event_id = $2),
	(select jsonb_object_agg(name, times) from (select name, count(*) as times from case_events where case_id = $1 and not withdrawn group by name) e),
	(select count(*) from interactions where (case_id = $1 or deal_id = $1) and status = 'planned' and at > $3),
	array(select k.id from contacts k join cases c on c.client_id = k.client_id where c.id = $1 and k.merged_into is null order by k.id limit $4),
	k.attributes, coalesce(k.without, '{}')
	from (select 1) one left join (cases c join clients k on k.id = c.client_id) on c.id = $1`

// read locks the case and reads what the step may need, in one round trip. For a look only (EventSync) the lock, which waits
// for a step at work, and what is shown will do; the transaction ends with it, rolled back because a commit would wait for the disk.
func (db *DB) read(ctx context.Context, conn *pgxpool.Conn, req activities.AdvanceRequest) (*reading, error) {
	batch := &pgx.Batch{}
	batch.Queue("begin")
	// Not "for update": nobody changes a case's id, and what refers to a case must not wait for its step.
	batch.Queue("select "+caseColumns+" from cases c where c.id = $1 for no key update", req.Case)
	batch.Queue("select "+taskColumns+` from tasks t where t.case_id = $1 and (t.status = 'open' and t.kind in ('stage', 'rule', 'plan')
		or t.id = (select (payload->>'task_id')::uuid from commands where id = $2))`, req.Case, req.Ref)
	batch.Queue("select "+incidentColumns+" from incidents where case_id = $1 and resolved_at is null order by id", req.Case)
	batch.Queue(readingQuery, req.Case, req.EventID, crm.PlannedAfter(db.now()), engine.MaxContacts+1)
	if req.Kind == activities.EventSync {
		batch.Queue("rollback")
	}
	switch req.Kind { //nolint:exhaustive // the others are about nothing that has a row of its own
	case activities.EventCommand:
		batch.Queue("select "+commandColumns+" from commands where id = $1 and case_id = $2", req.Ref, req.Case)
	case activities.EventDelivered:
		batch.Queue("select "+notificationColumns+" from notifications where id = $1 and case_id = $2", req.Ref, req.Case)
	}
	results := conn.SendBatch(ctx, batch)
	read, version, err := scanReading(results, req.Kind)
	if closeErr := results.Close(); err == nil && closeErr != nil {
		err = closeErr
	}
	if err != nil {
		return nil, fmt.Errorf("read a case for a step: %w", err)
	}
	if read.Directory, read.Calendars, err = db.people.at(ctx, conn, version); err != nil {
		return nil, err
	}
	if read.Case.MapID != "" {
		if read.Map, err = db.mapVersion(ctx, conn, read.Case.MapID, read.Case.MapVersion); err != nil {
			return nil, err
		}
	}
	return read, nil
}

func scanReading(results pgx.BatchResults, kind activities.EventKind) (*reading, int64, error) {
	var read reading
	var version int64
	if _, err := results.Exec(); err != nil {
		return nil, 0, err
	}
	var err error
	if read.Case, err = scanCase(results.QueryRow()); err != nil {
		if errors.Is(err, pgx.ErrNoRows) {
			err = caseNotFound()
		}
		return nil, 0, err
	}
	if read.Tasks, err = collect(results, scanTask); err != nil {
		return nil, 0, err
	}
	if read.Incidents, err = collect(results, scanIncident); err != nil {
		return nil, 0, err
	}
	err = results.QueryRow().Scan(&version, &read.pending, &read.known, &read.Received, &read.Planned, &read.Contacts, &read.ClientAttributes, &read.Without)
	if err != nil || kind == activities.EventSync {
		return &read, version, err
	}
	return &read, version, scanSubject(results, kind, &read)
}

// scanSubject reads what the event is about; a missing one stays nil.
func scanSubject(results pgx.BatchResults, kind activities.EventKind, read *reading) error {
	var err error
	switch kind {
	case activities.EventCommand:
		read.command, err = scanCommand(results.QueryRow())
	case activities.EventDelivered:
		read.notification, err = scanNotification(results.QueryRow())
	default:
		return nil
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}

// collect reads one query's rows of a batch.
func collect[T any](results pgx.BatchResults, scan func(pgx.Row) (*T, error)) ([]T, error) {
	rows, err := results.Query()
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (T, error) {
		value, err := scan(row)
		if err != nil {
			var zero T
			return zero, err
		}
		return *value, nil
	})
}

func collectIDs(results pgx.BatchResults) ([]uuid.UUID, error) {
	rows, err := results.Query()
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
}

// lookReferencesUp tells which records named in a form do not exist, or belong to another case, and which competitors are the case's own
// client by now, who has taken their cards in.
func lookReferencesUp(ctx context.Context, q querier, c *crm.Case, references []engine.Reference) (missing, own map[string]bool, err error) {
	missing, own = map[string]bool{}, map[string]bool{}
	for _, reference := range references {
		sql, ok := referenceQueries[reference.Type]
		if !ok {
			continue
		}
		var found bool
		named := pgx.NamedArgs{"id": reference.Value, "case": c.ID, "client": nullID(c.ClientID), "kind": reference.Kind}
		if err := q.QueryRow(ctx, sql, named).Scan(&found); err != nil {
			return nil, nil, fmt.Errorf("look for a record named in a form: %w", err)
		}
		if !found {
			missing[reference.Key()] = true
		}
		if reference.Type != routemaps.FieldCompetitor {
			continue
		}
		var same bool
		if err := q.QueryRow(ctx, "select coalesce(client_now(@id::uuid) = @client, false)", named).Scan(&same); err != nil {
			return nil, nil, fmt.Errorf("compare a competitor with the client: %w", err)
		}
		if same {
			own[reference.Key()] = true
		}
	}
	return missing, own, nil
}

// referenceQueries tell whether a record exists (@id) and may be named in a form of the case (@case) of the client (@client);
// an interaction is to be of the field's kind (@kind), where it has one. One of no case may be named, and in a deal one that is of no
// deal: it is the case's from then on.
var referenceQueries = map[routemaps.FieldType]string{
	routemaps.FieldDepartment: "select exists (select from departments where id = @id::uuid)",
	routemaps.FieldClient:     "select exists (select from clients where id = @id::uuid)",
	routemaps.FieldCompetitor: "select exists (select from clients where id = @id::uuid)",
	routemaps.FieldContact:    "select exists (select from contacts where id = @id::uuid and (@client::uuid is null or client_id = @client))",
	routemaps.FieldInteraction: `select exists (select from interactions where id = @id::uuid and status = 'completed' and not lost
		and @kind in ('', kind) and (client_id is null or client_id = @client) and (case_id is null or @case in (case_id, deal_id)
			or deal_id is null and exists (select from cases where id = @case and kind = 'deal')))`,
	routemaps.FieldPlannedInteraction: `select exists (select from interactions
		where id = @id::uuid and status = 'planned' and @kind in ('', kind) and @case in (case_id, deal_id))`,
	routemaps.FieldLossReason:  listedQuery(crm.LossReasons),
	routemaps.FieldClaimReason: listedQuery(crm.ClaimReasons),
	routemaps.FieldChannel:     listedQuery(crm.Channels),
	routemaps.FieldPurpose:     listedQuery(crm.Purposes),
	routemaps.FieldFile:        "select exists (select from files where id = @id::uuid and case_id = @case and removed_at is null)",
}

func rollback(ctx context.Context, conn *pgxpool.Conn) error {
	if _, err := conn.Exec(ctx, "rollback"); err != nil {
		return fmt.Errorf("let the case go: %w", err)
	}
	return nil
}
