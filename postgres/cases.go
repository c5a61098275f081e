package postgres

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
	"marshrut/engine"
	"marshrut/routemaps"
)

// caseColumns are what scanCase reads, in its order.
const caseColumns = `c.id, c.kind, c.number, c.client_id, c.responsible_id, c.topic, c.source, c.fields,
	c.map_id, c.map_version, c.mode, c.status, c.outcome, c.stage, c.stage_since, c.state, c.seq, c.wake_at, c.due_at, c.overdue,
	c.manual_at, c.manual_by, c.manual_reason, c.parent_id, c.version, c.created_at, c.created_by, c.closed_at, c.last_activity_at,
	c.attributes, c.contact_id, c.interaction_id`

func scanCase(row pgx.Row) (*crm.Case, error) {
	var c crm.Case
	var manualAt *time.Time
	var manual crm.ManualMode
	err := row.Scan(
		&c.ID, &c.Kind, &c.Number, (*zeronull.UUID)(&c.ClientID), (*zeronull.UUID)(&c.ResponsibleID), &c.Topic, &c.Source, &c.Fields,
		(*zeronull.Text)(&c.MapID), (*zeroInt)(&c.MapVersion), &c.Mode, &c.Status, &c.Outcome, &c.Stage, &c.StageSince,
		&c.State, &c.Seq, &c.WakeAt, &c.DueAt, &c.Overdue,
		&manualAt, (*zeronull.UUID)(&manual.By), (*zeronull.Text)(&manual.Reason), (*zeronull.UUID)(&c.Parent), &c.Version,
		&c.CreatedAt, (*zeronull.UUID)(&c.CreatedBy), &c.ClosedAt, &c.LastActivityAt, &c.Attributes,
		(*zeronull.UUID)(&c.ContactID), (*zeronull.UUID)(&c.InteractionID))
	if err != nil {
		return nil, err
	}
	if manualAt != nil {
		manual.At = *manualAt
		c.Manual = &manual
	}
	return &c, nil
}

// Case reads a case; crm.KindNotFound when there is none.
func (db *DB) Case(ctx context.Context, id uuid.UUID) (*crm.Case, error) {
	return db.oneCase(ctx, "c.id = $1", id)
}

// CaseByNumber reads a case by its number, "A-000123"; crm.KindNotFound when there is none.
func (db *DB) CaseByNumber(ctx context.Context, number string) (*crm.Case, error) {
	return db.oneCase(ctx, "c.number = $1", strings.ToUpper(number))
}

// CasesByID reads cases in no order; those that are not there are left out.
func (db *DB) CasesByID(ctx context.Context, ids []uuid.UUID) ([]crm.Case, error) {
	rows, err := db.pool.Query(ctx, "select "+caseColumns+" from cases c where c.id = any($1)", ids)
	if err != nil {
		return nil, fmt.Errorf("read cases: %w", err)
	}
	return collectRows(rows, "read cases", scanCase)
}

func (db *DB) oneCase(ctx context.Context, where string, value any) (*crm.Case, error) {
	c, err := scanCase(db.pool.QueryRow(ctx, "select "+caseColumns+" from cases c where "+where, value))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, caseNotFound()
	}
	if err != nil {
		return nil, fmt.Errorf("read a case: %w", err)
	}
	return c, nil
}

func caseNotFound() *crm.Error {
	return crm.Errorf(crm.KindNotFound, "case_not_found", "no such case")
}

// PatchCase changes a case outside its route (R65) and writes what changed into its feed. A new responsible gets the open tasks
// of the route that lay with the former one as such (R62), and the feed names them. Where the map wants the next interaction
// planned, one has to be (R2). What conditions may read, and who has the tasks now, is told to the route. not_on_the_case: only
// who works on the case may change it.
func (db *DB) PatchCase(ctx context.Context, id uuid.UUID, version int, p crm.CasePatch, by uuid.UUID) (*crm.Case, error) {
	var patched *crm.Case
	err := db.inOrder(ctx, func(tx pgx.Tx) error {
		var err error
		patched, err = db.changeCase(ctx, tx, id, version, p, by)
		return err
	})
	return patched, err
}

// changeCase has a patch of its own: a transaction that begins anew begins with what was asked for.
func (db *DB) changeCase(ctx context.Context, tx pgx.Tx, id uuid.UUID, version int, p crm.CasePatch, by uuid.UUID) (*crm.Case, error) {
	c, err := lockCase(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	if p.Topic != nil || p.Source != nil || len(p.Fields) > 0 || len(p.Attributes) > 0 { // who may hand it over is checkPatch's
		if err := db.mayWork(ctx, tx, c, by); err != nil {
			return nil, err
		}
	}
	if c.Version != version {
		return nil, crm.Errorf(crm.KindStale, "stale", "the case was changed by somebody else")
	}
	if c.Status.Closed() {
		return nil, crm.Errorf(crm.KindConflict, "case_closed", "the case is closed").With("status", string(c.Status))
	}
	if p.Fields, err = db.checkPatch(ctx, tx, c, &p, by); err != nil {
		return nil, err
	}
	if len(p.Attributes) > 0 {
		if p.Attributes, err = mergeAttributes(ctx, tx, crm.AttributeOfCase(c.Kind), c.Attributes, p.Attributes); err != nil {
			return nil, err
		}
	}
	changes := patchCase(c, p)
	if len(changes) == 0 {
		return c, nil
	}
	if err := db.requirePlan(ctx, tx, c); err != nil {
		return nil, err
	}
	if err := db.writePatch(ctx, tx, c, p, changes, by); err != nil {
		return nil, err
	}
	return lockCase(ctx, tx, id)
}

// requirePlan is R2 for the saving of a case.
func (db *DB) requirePlan(ctx context.Context, tx pgx.Tx, c *crm.Case) error {
	if c.Mode != crm.ModeProcess {
		return nil
	}
	m, err := db.mapVersion(ctx, tx, c.MapID, c.MapVersion)
	if err != nil {
		return err
	}
	directory, err := db.directory(ctx, tx)
	if err != nil {
		return err
	}
	s := &engine.Snapshot{Case: c, Map: m, Directory: directory}
	err = tx.QueryRow(ctx, `select (select count(*) from interactions where (case_id = $1 or deal_id = $1) and status = 'planned' and at > $2),
		coalesce((select without from clients where id = $3), '{}')`, c.ID, crm.PlannedAfter(db.now()), nullID(c.ClientID)).Scan(&s.Planned, &s.Without)
	if err != nil {
		return fmt.Errorf("count planned interactions: %w", err)
	}
	if refusal := engine.RequirePlan(s); refusal != nil {
		return refusal
	}
	return nil
}

// directory is who works here now. Whoever ctx's work comes from has no more rights in it than his token leaves him.
func (db *DB) directory(ctx context.Context, q querier) (*engine.Directory, error) {
	var version int64
	if err := q.QueryRow(ctx, "select version from directory_version").Scan(&version); err != nil {
		return nil, fmt.Errorf("read the directory's version: %w", err)
	}
	directory, _, err := db.people.at(ctx, q, version)
	if err != nil {
		return nil, err
	}
	from := crm.OriginOf(ctx)
	return directory.Narrowed(from.User, from.Scopes), nil
}

// checkPatch checks a new responsible, new parties, and changed values against the fields of the case's map and what it asks for at
// intake; it gives the values in the shapes they are stored in.
func (db *DB) checkPatch(ctx context.Context, tx pgx.Tx, c *crm.Case, p *crm.CasePatch, by uuid.UUID) (map[string]any, error) {
	directory, err := db.directory(ctx, tx)
	if err != nil {
		return nil, err
	}
	if p.ResponsibleID != nil && *p.ResponsibleID != c.ResponsibleID {
		if !engine.MayDirect(directory, c, by) {
			return nil, crm.Errorf(crm.KindForbidden, "not_your_case", "only the responsible, the head of his department or a director may do this")
		}
		if err := fitOwner(directory, "/responsible_id", *p.ResponsibleID); err != nil {
			return nil, err
		}
	}
	if err := db.fitParties(ctx, tx, directory, c, p, by); err != nil {
		return nil, err
	}
	var m *routemaps.Map
	if c.MapID != "" {
		if m, err = db.mapVersion(ctx, tx, c.MapID, c.MapVersion); err != nil {
			return nil, err
		}
	}
	missing, own, err := lookReferencesUp(ctx, tx, c, engine.References(c.Kind, m, p.Fields))
	if err != nil {
		return nil, err
	}
	checked, refusal := engine.CheckFields(&engine.Snapshot{Case: c, Map: m, Directory: directory}, p.Fields, engine.Input{At: db.now(), Missing: missing, Own: own})
	if refusal != nil {
		return nil, refusal
	}
	if refusal := engine.KeepIntake(m, c, crm.CasePatch{Topic: p.Topic, Source: p.Source, Fields: checked}); refusal != nil {
		return nil, refusal
	}
	return checked, nil
}

func lockCase(ctx context.Context, tx pgx.Tx, id uuid.UUID) (*crm.Case, error) {
	c, err := scanCase(tx.QueryRow(ctx, "select "+caseColumns+" from cases c where c.id = $1 for no key update", id))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, caseNotFound()
	}
	if err != nil {
		return nil, fmt.Errorf("lock a case: %w", err)
	}
	return c, nil
}

// patchCase applies the patch and tells what it changed, as {field: {from, to}} for the feed.
func patchCase(c *crm.Case, p crm.CasePatch) map[string]any {
	changes := map[string]any{}
	change := func(name string, from, to any) { changes[name] = map[string]any{"from": from, "to": to} }
	if p.Topic != nil && *p.Topic != c.Topic {
		change("topic", c.Topic, *p.Topic)
		c.Topic = *p.Topic
	}
	if p.Source != nil && *p.Source != c.Source {
		change("source", c.Source, *p.Source)
		c.Source = *p.Source
	}
	if p.ResponsibleID != nil && *p.ResponsibleID != c.ResponsibleID {
		change("responsible", c.ResponsibleID, *p.ResponsibleID)
		c.ResponsibleID = *p.ResponsibleID
	}
	patchParties(c, p, change)
	for key, value := range p.Fields {
		if sameJSON(c.Fields[key], value) {
			continue
		}
		change("fields."+key, c.Fields[key], value)
		if value == nil {
			delete(c.Fields, key)
			continue
		}
		c.Fields[key] = value
	}
	if p.Attributes != nil {
		for _, key := range changedKeys(c.Attributes, p.Attributes) {
			change("attributes."+key, c.Attributes[key], p.Attributes[key])
		}
		c.Attributes = p.Attributes
	}
	return changes
}

// patchParties is the part of patchCase that is about whom the case is with.
func patchParties(c *crm.Case, p crm.CasePatch, change func(name string, from, to any)) {
	if p.ClientID != nil && *p.ClientID != c.ClientID {
		change("client", c.ClientID, *p.ClientID)
		c.ClientID = *p.ClientID
	}
	if p.ContactID != nil && *p.ContactID != c.ContactID {
		change("contact", nullID(c.ContactID), nullID(*p.ContactID))
		c.ContactID = *p.ContactID
	}
}

func sameJSON(a, b any) bool {
	left, errLeft := json.Marshal(a)
	right, errRight := json.Marshal(b)
	return errLeft == nil && errRight == nil && bytes.Equal(left, right)
}

func (db *DB) writePatch(ctx context.Context, tx pgx.Tx, c *crm.Case, p crm.CasePatch, changes map[string]any, by uuid.UUID) error {
	now := db.now()
	batch := &pgx.Batch{}
	batch.Queue(`update cases set topic = $2, source = $3, responsible_id = $4, fields = $5, attributes = $7, client_id = $8,
		contact_id = $9, version = version + 1, last_activity_at = $6 where id = $1`,
		c.ID, c.Topic, c.Source, nullID(c.ResponsibleID), c.Fields, now, c.Attributes, nullID(c.ClientID), nullID(c.ContactID))
	told := []crm.FeedEntry{{CaseID: c.ID, At: now, Kind: "changed", ActorID: by, Data: map[string]any{"changes": changes}}}
	readdressed := 0
	if changes["responsible"] != nil {
		moved, err := readdress(ctx, tx, c)
		if err != nil {
			return err
		}
		readdressed = len(moved)
		told = append(told, tellReaddressed(c, moved, by, now)...)
	}
	if err := queueFeed(batch, told, 0); err != nil {
		return err
	}
	if err := queueCompetitor(batch, c, now, by); err != nil {
		return err
	}
	if (len(p.Fields)+len(p.Attributes)+readdressed > 0 || changes["client"] != nil) && c.Mode == crm.ModeProcess {
		if err := queueFactsChanged(batch, c.ID, by, now); err != nil {
			return err
		}
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		if violates(err, "cases_responsible_id_fkey") {
			return &crm.Error{
				Kind: crm.KindUnprocessed, Code: "validation_failed", Detail: "no such user",
				Fields: []crm.FieldError{{Pointer: "/responsible_id", Code: "not_found"}},
			}
		}
		return fmt.Errorf("change a case: %w", err)
	}
	return nil
}

// readdress gives the new responsible of a case the open tasks that lay with the former one as the responsible (R62): not what
// somebody was given by name, nor tasks of people's own.
func readdress(ctx context.Context, tx pgx.Tx, c *crm.Case) ([]crm.Task, error) {
	rows, err := tx.Query(ctx, `update tasks t set user_id = $2, role = null, department_id = null, in_place_of = null, version = version + 1
		where t.case_id = $1 and t.status = 'open' and t.as_responsible and t.taken_by is null and t.user_id is distinct from $2
		returning `+taskColumns, c.ID, c.ResponsibleID)
	if err != nil {
		return nil, fmt.Errorf("re-address a case's tasks: %w", err)
	}
	return collectRows(rows, "re-address a case's tasks", scanTask)
}

func tellReaddressed(c *crm.Case, tasks []crm.Task, by uuid.UUID, at time.Time) []crm.FeedEntry {
	told := make([]crm.FeedEntry, 0, len(tasks))
	for i := range tasks {
		t := &tasks[i]
		told = append(told, crm.FeedEntry{CaseID: c.ID, At: at, Kind: "task_readdressed", ActorID: by, Data: map[string]any{
			"task_id": t.ID, "path": t.Path, "visit": t.Visit, "name": t.Name, "to": c.ResponsibleID,
		}})
	}
	return told
}

// queueFactsChanged tells the route, durably, that what its conditions read, or who has its tasks, has changed.
func queueFactsChanged(batch *pgx.Batch, caseID, by uuid.UUID, at time.Time) error {
	id, err := newID()
	if err != nil {
		return err
	}
	batch.Queue(`insert into commands (id, case_id, user_id, idempotency_key, body_hash, kind, payload, created_at)
		values ($1, $2, $3, $4, '', $5, '{}', $6)`, id, caseID, nullID(by), crm.FactsKey+id.String(), crm.CommandFactsChanged, at)
	return nil
}
