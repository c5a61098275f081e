package postgres

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"marshrut/crm"
	"marshrut/engine"
	"marshrut/routemaps"
)

// writer turns one change into the statements of its transaction and sends them in one round trip.
type writer struct {
	db      *DB
	batch   *pgx.Batch
	c       *crm.Case // as it is after the change
	eventID string
	at      time.Time
	command *crm.Command // that the change decides; nil: none
	// A case being made has no row yet.
	isNew    bool
	snapshot *engine.Snapshot // that a new case's start was decided on; nil for one without a route
	// generation counts cases made by cases: 0 is the one a person or its workflow asked about.
	generation int

	change        *engine.Change
	opened        []crm.Task
	notifications []uuid.UUID
	incidents     []crm.Incident
}

func newWriter(db *DB, c *crm.Case, eventID string, at time.Time) *writer {
	return &writer{db: db, batch: &pgx.Batch{}, c: c, eventID: eventID, at: at}
}

// write queues what the change says. Only a case made along with it is read for, through q.
func (w *writer) write(ctx context.Context, q querier, change *engine.Change) error {
	w.change = change
	if change.Refusal != nil {
		w.queueDecision(crm.CommandRefused)
		return nil //nolint:nilerr // a refusal is a result to be stored, not a failure
	}
	moved, err := w.moved()
	if err != nil {
		return err
	}
	if moved {
		if err := w.queueStep(ctx, q); err != nil {
			return err
		}
	}
	w.queueDecision(crm.CommandApplied)
	return nil
}

// moved tells whether anything happened that is worth a transition. A timer with nothing due, or a changed field that no
// condition cares for, is not.
func (w *writer) moved() (bool, error) {
	if len(w.change.Effects)+len(w.change.Feed) > 0 {
		return true, nil
	}
	state, err := json.Marshal(w.change.State)
	if err != nil {
		return false, fmt.Errorf("encode a state: %w", err)
	}
	var before routemaps.State
	if len(w.c.State) > 0 {
		if before, err = routemaps.DecodeState(w.c.State); err != nil {
			return false, fmt.Errorf("decode a state: %w", err)
		}
	}
	old, err := json.Marshal(before)
	if err != nil {
		return false, fmt.Errorf("encode a state: %w", err)
	}
	return !bytes.Equal(state, old), nil
}

func (w *writer) queueStep(ctx context.Context, q querier) error {
	w.c.Seq++
	if err := w.queueWithdrawals(); err != nil {
		return err
	}
	interactions, err := w.nameInteractions()
	if err != nil {
		return err
	}
	if err := w.adopt(); err != nil {
		return err
	}
	if w.isNew {
		w.queueNewCase()
	} else {
		w.queueCase()
	}
	w.queueInteractions(interactions)
	w.tellInteractions(interactions)
	w.queueRegister()
	if err := w.queueTransition(); err != nil {
		return err
	}
	w.queueStages()
	if err := w.queueTasks(); err != nil {
		return err
	}
	if err := w.queueNotifications(); err != nil {
		return err
	}
	if err := w.queueParties(ctx, q); err != nil {
		return err
	}
	if err := w.createCases(ctx, q); err != nil {
		return err
	}
	if err := w.queueIncidents(); err != nil {
		return err
	}
	return queueFeed(w.batch, w.change.Feed, w.c.Seq)
}

// adopt makes the case what it is after the change.
func (w *writer) adopt() error {
	c, change, state := w.c, w.change, &w.change.State
	encoded, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("encode a state: %w", err)
	}
	if stage := state.BoardStage(); stage != c.Stage || c.StageSince == nil {
		c.Stage, c.StageSince = stage, &w.at
	}
	switch {
	case !state.Status.Closed():
		c.ClosedAt = nil
	case c.ClosedAt == nil:
		c.ClosedAt = &w.at
	}
	if change.Manual != nil {
		c.Manual = change.Manual
	}
	if change.Responsible != uuid.Nil {
		c.ResponsibleID = change.Responsible
	}
	if change.Activity {
		c.LastActivityAt = w.at
	}
	c.State, c.Fields, c.Mode, c.Status, c.Outcome = encoded, change.Fields, state.Mode, state.Status, state.Outcome
	c.DueAt, c.Overdue, c.WakeAt = state.Due, state.Overdue, nil
	if wake, ok := state.NextWake(); ok {
		c.WakeAt = &wake
	}
	c.Version++
	return nil
}

func (w *writer) queueCase() {
	c := w.c
	manual := manualOf(c)
	w.batch.Queue(`update cases set fields = $2, mode = $3, status = $4, outcome = $5, stage = $6, stage_since = $7, state = $8,
		seq = $9, wake_at = $10, due_at = $11, overdue = $12, manual_at = $13, manual_by = $14, manual_reason = $15,
		closed_at = $16, last_activity_at = $17, responsible_id = $18, version = version + 1 where id = $1`,
		c.ID, c.Fields, c.Mode, c.Status, c.Outcome, c.Stage, c.StageSince, c.State, c.Seq, c.WakeAt, c.DueAt, c.Overdue,
		manual.at, manual.by, manual.reason, c.ClosedAt, c.LastActivityAt, nullID(c.ResponsibleID))
}

// manualColumns are null until a case is switched.
type manualColumns struct {
	at     *time.Time
	by     *uuid.UUID
	reason *string
}

func manualOf(c *crm.Case) manualColumns {
	if c.Manual == nil {
		return manualColumns{}
	}
	return manualColumns{at: &c.Manual.At, by: nullID(c.Manual.By), reason: &c.Manual.Reason}
}

func (w *writer) queueNewCase() {
	c := w.c
	var mapID *string
	var version *int
	if c.MapID != "" {
		mapID, version = &c.MapID, &c.MapVersion
	}
	w.batch.Queue(`insert into cases (id, kind, number, client_id, responsible_id, topic, source, fields, map_id, map_version, mode,
			status, outcome, stage, stage_since, state, seq, wake_at, due_at, parent_id, created_at, created_by, closed_at, last_activity_at, attributes,
			interaction_id, contact_id)
		values ($1, $2, coalesce(nullif($3, ''), `+numberOf("$25", "$26")+`), $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $27, $28, $29)
		returning number`,
		c.ID, c.Kind, c.Number, nullID(c.ClientID), nullID(c.ResponsibleID), c.Topic, c.Source, c.Fields, mapID, version, c.Mode,
		c.Status, c.Outcome, c.Stage, c.StageSince, c.State, c.Seq, c.WakeAt, c.DueAt, nullID(c.Parent), c.CreatedAt,
		nullID(c.CreatedBy), c.ClosedAt, c.LastActivityAt, c.Kind.NumberPrefix(), numbers(c.Kind), c.Attributes, nullID(c.InteractionID), nullID(c.ContactID)).
		QueryRow(func(row pgx.Row) error { return row.Scan(&c.Number) })
}

func (w *writer) queueTransition() error {
	event, err := json.Marshal(w.change.Event)
	if err != nil {
		return fmt.Errorf("encode an event: %w", err)
	}
	facts, err := json.Marshal(w.change.Facts)
	if err != nil {
		return fmt.Errorf("encode facts: %w", err)
	}
	effects := w.change.Effects
	if effects == nil {
		effects = []routemaps.Effect{}
	}
	encoded, err := json.Marshal(effects)
	if err != nil {
		return fmt.Errorf("encode effects: %w", err)
	}
	w.batch.Queue(`insert into transitions (case_id, seq, event_id, kind, event, facts, effects, actor_id, at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		w.c.ID, w.c.Seq, w.eventID, w.change.Event.Kind, event, facts, encoded, nullID(w.actor()), w.at)
	return nil
}

// queueStages keeps what funnels (R35) and the report of outcomes (R20) count. Leaving one stage for the next, which is nearly every step, is one statement. The
// times of two steps may be of two clocks: a stage is not left before it was entered.
func (w *writer) queueStages() {
	for moves := w.change.Stages; len(moves) > 0; moves = moves[1:] {
		from, to := engine.StageMove{}, moves[0].Stage
		if moves[0].Result != "" {
			from, to = moves[0], ""
			if len(moves) > 1 && moves[1].Result == "" && moves[1].Stage != from.Stage {
				to, moves = moves[1].Stage, moves[1:]
			}
		}
		w.batch.Queue(`with leaving as (
				update case_stages set left_at = greatest($2, entered_at), result = $4, passed = passed or $4 = 'passed',
					spent = spent + greatest(extract(epoch from $2 - entered_at), 0)::bigint
				where case_id = $1 and stage = $3)
			insert into case_stages as s (case_id, stage, map_id, map_version, came_at, entered_at)
			select $1, $5, $6, $7, $2, $2 where $5 <> ''
			on conflict (case_id, stage) do update set entered_at = greatest($2, s.came_at), left_at = null, result = null, visits = s.visits + 1`,
			w.c.ID, w.at, from.Stage, from.Result, to, w.c.MapID, w.c.MapVersion)
	}
	for _, o := range w.change.Outcomes {
		w.batch.Queue(`insert into stage_outcomes (case_id, seq, stage, outcome, kind, map_id, map_version, at) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
			w.c.ID, w.c.Seq, o.Path, o.Outcome, o.Kind, w.c.MapID, w.c.MapVersion, w.at)
	}
}

func (w *writer) queueTasks() error {
	// First of all: a stage whose event came early is left in the step that enters it, and its task is over with it.
	for i := range w.change.Open {
		if err := w.queueNewTask(w.change.Open[i]); err != nil {
			return err
		}
	}
	for _, end := range w.change.Complete {
		w.batch.Queue(`update tasks set status = 'completed', outcome = $4, closed_at = $5, closed_by = $6, version = version + 1
			where case_id = $1 and status = 'open' and (id = $7 or $7 is null and path = $2 and visit = $3 and kind = 'stage')`,
			w.c.ID, end.Path, end.Visit, end.Outcome, w.at, nullID(end.By), nullID(end.ID))
	}
	for _, end := range w.change.Withdraw {
		w.batch.Queue(`update tasks set status = 'withdrawn', withdrawn_reason = $4, closed_at = $5, version = version + 1
			where case_id = $1 and status = 'open' and (id = $6 or $6 is null and path = $2 and visit = $3 and kind = 'stage')`,
			w.c.ID, end.Path, end.Visit, end.Reason, w.at, nullID(end.ID))
	}
	for _, due := range w.change.MoveDue {
		w.batch.Queue(`update tasks set due_at = $4, overdue = false, version = version + 1
			where case_id = $1 and status = 'open' and (id = $5 or $5 is null and path = $2 and visit = $3 and kind = 'stage')`,
			w.c.ID, due.Path, due.Visit, due.Due, nullID(due.ID))
	}
	for _, ref := range w.change.Overdue {
		w.batch.Queue(`update tasks set overdue = true, version = version + 1
			where case_id = $1 and path = $2 and visit = $3 and kind = 'stage' and status = 'open'`, w.c.ID, ref.Path, ref.Visit)
	}
	return nil
}

func (w *writer) queueNewTask(t crm.Task) error {
	id, err := newID()
	if err != nil {
		return err
	}
	t.ID, t.CaseID, t.OpenedSeq, t.Version = id, w.c.ID, w.c.Seq, 1
	w.batch.Queue(`insert into tasks (id, case_id, path, visit, kind, name, user_id, role, department_id, cyclic, due_at, opened_seq, opened_at, taken_by,
			as_responsible, in_place_of)
		values ($1, $2, $3, $4, $5, $6, $7, nullif($8, ''), $9, $10, $11, $12, $13, $14, $15, $16)`,
		t.ID, t.CaseID, t.Path, t.Visit, t.Kind, t.Name, nullID(t.UserID), t.Role, nullID(t.DepartmentID), t.Cyclic, t.DueAt,
		t.OpenedSeq, t.OpenedAt, nullID(t.TakenBy), t.AsResponsible, nullID(t.InPlaceOf))
	w.opened = append(w.opened, t)
	return nil
}

func (w *writer) queueNotifications() error {
	for i := range w.change.Notify {
		n := &w.change.Notify[i]
		id, err := newID()
		if err != nil {
			return err
		}
		w.batch.Queue(`insert into notifications (id, case_id, seq, rule, path, visit, channel, template, url, recipient, await, created_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			id, w.c.ID, w.c.Seq, n.Rule, n.Path, n.Visit, n.Channel, n.Template, n.URL, n.Recipient, n.Await, w.at)
		w.notifications = append(w.notifications, id)
	}
	return nil
}

func (w *writer) queueIncidents() error {
	for _, ref := range w.change.EndIncident {
		w.batch.Queue(`update incidents set resolved_at = $4, resolved_by = $5
			where case_id = $1 and path = $2 and visit = $3 and blocking and resolved_at is null`, w.c.ID, ref.Path, ref.Visit, w.at, nullID(w.actor()))
	}
	for _, id := range w.change.Dismiss {
		w.batch.Queue("update incidents set resolved_at = $2, resolved_by = $3 where id = $1", id, w.at, nullID(w.actor()))
	}
	for i := range w.change.OpenIncident {
		incident := w.change.OpenIncident[i]
		id, err := newID()
		if err != nil {
			return err
		}
		incident.ID = id
		w.batch.Queue(`insert into incidents (id, case_id, path, visit, code, detail, blocking, opened_seq, opened_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			on conflict (case_id, path, visit) where blocking and resolved_at is null
				do update set code = excluded.code, detail = excluded.detail, opened_at = excluded.opened_at`,
			id, w.c.ID, incident.Path, incident.Visit, incident.Code, incident.Detail, incident.Blocking, w.c.Seq, w.at)
		w.incidents = append(w.incidents, incident)
	}
	return nil
}

// nameInteractions gives the interactions planned or registered in a form their ids, and puts these where the form had the
// interactions.
func (w *writer) nameInteractions() ([]uuid.UUID, error) {
	ids := make([]uuid.UUID, len(w.change.Interactions))
	for i := range w.change.Interactions {
		id, err := newID()
		if err != nil {
			return nil, err
		}
		field := w.change.Interactions[i].Field
		ids[i], w.change.Fields[field] = id, id.String()
		for _, entry := range w.change.Feed {
			if form, ok := entry.Data["fields"].(map[string]any); ok && form[field] != nil {
				form[field] = id.String()
			}
		}
	}
	return ids, nil
}

func (w *writer) queueInteractions(ids []uuid.UUID) {
	for i := range w.change.Interactions {
		interaction := &w.change.Interactions[i]
		w.batch.Queue(`insert into interactions (id, case_id, client_id, contact_id, deal_id, kind, status, at, topic, content, responsible_id, created_at,
				created_by)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $11)`,
			ids[i], w.c.ID, nullID(w.c.ClientID), nullID(w.c.ContactID), w.ownDeal(), interaction.Kind, interaction.Status, interaction.At,
			interaction.Topic, interaction.Content, nullID(w.actor()), w.at)
		w.queueParty(ids[i], w.c.ContactID)
	}
	for _, id := range w.change.Selected {
		w.queueInteractionOf(id)
	}
}

// ownDeal is the deal of what is recorded in the case (R25): itself, where it is one.
func (w *writer) ownDeal() *uuid.UUID {
	if w.c.Kind != crm.Deal {
		return nil
	}
	return &w.c.ID
}

// queueParty makes whom an interaction of the case is with its participant (R46): the contact, or else the client.
func (w *writer) queueParty(interaction, contact uuid.UUID) {
	if contact == uuid.Nil && w.c.ClientID == uuid.Nil {
		return
	}
	client := w.c.ClientID
	if contact != uuid.Nil {
		client = uuid.Nil
	}
	w.batch.Queue("insert into interaction_participants (interaction_id, position, contact_id, client_id) values ($1, 0, $2, $3)",
		interaction, nullID(contact), nullID(client))
}

// actor is who made the change; zero: the route itself.
func (w *writer) actor() uuid.UUID {
	switch {
	case w.command != nil:
		return w.command.UserID
	case w.isNew:
		return w.c.CreatedBy
	}
	return uuid.Nil
}

// createCases makes the cases an outcome asks for, in the same transaction.
func (w *writer) createCases(ctx context.Context, q querier) error {
	for i := range w.change.Create {
		created, err := w.createCase(ctx, q, &w.change.Create[i])
		if refusal, ok := crm.AsError(err); ok {
			// The step stands; that the other case could not be made is for a person to mend.
			w.incident("case_not_created", refusal.Code)
			continue
		}
		if err != nil {
			return fmt.Errorf("make the case an outcome asks for: %w", err)
		}
		w.append(created)
		w.change.Feed = append(w.change.Feed, crm.FeedEntry{CaseID: w.c.ID, At: w.at, Kind: "case_created", ActorID: w.actor(), Data: map[string]any{
			"case_id": created.c.ID, "number": created.c.Number, "kind": created.c.Kind,
		}})
	}
	return nil
}

// maxGenerations bounds cases that make cases by themselves, all in one transaction.
const maxGenerations = 3

func (w *writer) createCase(ctx context.Context, q querier, n *crm.NewCase) (*writer, error) {
	if w.generation >= maxGenerations {
		return nil, crm.Errorf(crm.KindUnprocessed, "cases_without_end", "cases make each other without end")
	}
	return w.db.newCase(ctx, q, n, w.generation+1)
}

// incident notes what went wrong while the change was written and keeps no stage from going on.
func (w *writer) incident(code, detail string) {
	w.change.OpenIncident = append(w.change.OpenIncident, crm.Incident{
		CaseID: w.c.ID, Path: w.change.Event.Path, Visit: w.change.Event.Visit, Code: code, Detail: detail, OpenedAt: w.at,
	})
	w.change.Feed = append(w.change.Feed, crm.FeedEntry{CaseID: w.c.ID, At: w.at, Kind: "incident", Data: map[string]any{"code": code, "detail": detail}})
}

// append takes over another writer's statements.
func (w *writer) append(other *writer) {
	w.batch.QueuedQueries = append(w.batch.QueuedQueries, other.batch.QueuedQueries...)
}

// queueDecision stores what became of the command.
func (w *writer) queueDecision(status crm.CommandStatus) {
	if w.command == nil {
		return
	}
	var seq *int
	if status == crm.CommandApplied {
		seq = &w.c.Seq
	}
	w.batch.Queue(`update commands set status = $2, refusal = $3, seq = $4, decided_at = $5 where id = $1`,
		w.command.ID, status, w.change.Refusal, seq, w.at)
}

// commit sends everything. The connection must be in the transaction that read the case.
func (w *writer) commit(ctx context.Context, conn *pgxpool.Conn) error {
	w.batch.Queue("commit")
	if err := conn.SendBatch(ctx, w.batch).Close(); err != nil {
		return fmt.Errorf("write a step: %w", err)
	}
	return nil
}

// incidentsAfter are the incidents that are open once the change is written.
func (w *writer) incidentsAfter(before []crm.Incident) []crm.Incident {
	after := slices.DeleteFunc(before, func(i crm.Incident) bool {
		ended := i.Blocking && slices.Contains(w.change.EndIncident, engine.TaskRef{Path: i.Path, Visit: i.Visit})
		return ended || slices.Contains(w.change.Dismiss, i.ID)
	})
	return append(after, w.incidents...)
}

// tasksAfter are the tasks that are open once the change is written.
func (w *writer) tasksAfter(before []crm.Task) []crm.Task {
	open := map[engine.TaskRef]bool{}
	for _, ref := range w.change.State.Open() {
		open[engine.TaskRef(ref)] = true
	}
	var after []crm.Task
	for _, end := range w.change.Complete {
		before = slices.DeleteFunc(before, func(t crm.Task) bool { return t.ID == end.ID })
	}
	for _, task := range append(before, w.opened...) {
		ref := engine.TaskRef{Path: task.Path, Visit: task.Visit}
		if at := slices.IndexFunc(w.change.MoveDue, func(due engine.TaskDue) bool { return due.TaskRef == ref }); at >= 0 && task.Kind == engine.TaskOfStage {
			task.DueAt = w.change.MoveDue[at].Due
		}
		if w.change.Refusal != nil || task.Kind != engine.TaskOfStage || open[ref] {
			after = append(after, task)
		}
	}
	return after
}

// queueFeed adds entries to a case's feed, all in one statement; seq 0: not of a transition.
func queueFeed(batch *pgx.Batch, entries []crm.FeedEntry, seq int) error {
	if len(entries) == 0 {
		return nil
	}
	rows := feedRows{}
	for i := range entries {
		if err := rows.add(&entries[i]); err != nil {
			return err
		}
	}
	batch.Queue(`insert into feed (id, case_id, seq, at, kind, actor_id, data)
		select id, case_id, nullif($1, 0), at, kind, actor_id, data
		from unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::text[], $6::uuid[], $7::jsonb[]) as e (id, case_id, at, kind, actor_id, data)`,
		seq, rows.ids, rows.cases, rows.at, rows.kinds, rows.actors, rows.data)
	return nil
}

// feedRows are entries of the feed, column by column.
type feedRows struct {
	ids, cases []uuid.UUID
	at         []time.Time
	kinds      []string
	actors     []*uuid.UUID
	data       []map[string]any
}

func (r *feedRows) add(e *crm.FeedEntry) error {
	id, err := newID()
	if err != nil {
		return err
	}
	data := e.Data
	if data == nil {
		data = map[string]any{}
	}
	if e.Performer != nil {
		data = maps.Clone(data)
		data[performerField] = e.Performer
	}
	r.ids, r.cases, r.at, r.kinds = append(r.ids, id), append(r.cases, e.CaseID), append(r.at, e.At), append(r.kinds, e.Kind)
	r.actors, r.data = append(r.actors, nullID(e.ActorID)), append(r.data, data)
	return nil
}
