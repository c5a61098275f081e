package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/activities"
	"marshrut/crm"
	"marshrut/engine"
	"marshrut/routemaps"
)

// createCommand is the kind of the command that keeps a creation's idempotency key. It is decided as it is written.
const createCommand crm.CommandKind = "create"

// CreateCase makes a case with its first transition, so that it has its first task at once; its workflow is started
// afterwards. The bool is false when the key's case existed already. A client given inline is made with it;
// *crm.DuplicatesError: that client may be there already.
func (db *DB) CreateCase(ctx context.Context, n crm.NewCase) (*crm.Case, bool, error) {
	made, _, created, err := db.CreateCaseAndPosition(ctx, n)
	return made, created, err
}

// CreateCaseAndPosition is CreateCase that also tells where a new case stands, as Advance would: that is what its
// workflow is started with.
func (db *DB) CreateCaseAndPosition(ctx context.Context, n crm.NewCase) (*crm.Case, activities.AdvanceResult, bool, error) {
	var nowhere activities.AdvanceResult
	if known, err := db.caseOfKey(ctx, &n); known != nil || err != nil {
		return known, nowhere, false, err
	}
	w, err := db.writeNewCase(ctx, &n)
	if err == nil {
		return w.c, db.view(w.start()), true, nil
	}
	refusal := refusedCreation(err)
	if refusal != nil || violates(err, "commands_key") {
		// The same request may have been at work beside this one and quicker: what is in the way is then its own.
		if known, err := db.caseOfKey(ctx, &n); known != nil || err != nil {
			return known, nowhere, false, err
		}
	}
	if refusal != nil {
		return nil, nowhere, false, refusal
	}
	return nil, nowhere, false, fmt.Errorf("make a case: %w", err)
}

// refusedCreation is the refusal that an error means; nil: it is of another sort.
func refusedCreation(err error) error {
	if duplicates, ok := errors.AsType[*crm.DuplicatesError](err); ok {
		return duplicates
	}
	if violates(err, "cases_interaction") {
		return crm.Errorf(crm.KindConflict, "interaction_has_case", "a case of this kind was made from the interaction already")
	}
	if refusal := refusedReference(err); refusal != nil {
		return refusal
	}
	return nil
}

// writeNewCase makes the case, and its client before it where one is given inline.
func (db *DB) writeNewCase(ctx context.Context, n *crm.NewCase) (*writer, error) {
	var w *writer
	if n.Client == nil {
		// Nothing has been locked, as nobody knows of the case yet; statements sent together are one transaction.
		err := repeated(func(err error) bool { return deadlocked(err) || contactElsewhere(err) }, func() (err error) {
			asked := *n // what is filled in is of that attempt
			w, err = db.sendNewCase(ctx, db.pool, &asked)
			return err
		})
		return w, err
	}
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		var err error
		if n.ClientID, err = db.createInline(ctx, tx, n); err != nil {
			return err
		}
		w, err = db.sendNewCase(ctx, tx, n)
		return err
	})
	return w, err
}

func (db *DB) sendNewCase(ctx context.Context, q querier, n *crm.NewCase) (*writer, error) {
	w, err := db.newCase(ctx, q, n, 0)
	if err != nil {
		return nil, err
	}
	if err := w.queueCreateCommand(n); err != nil {
		return nil, err
	}
	return w, q.SendBatch(ctx, stamped(crm.OriginOf(ctx), w.batch)).Close()
}

// createInline makes the client of a new case, which passes the checks of every card.
func (db *DB) createInline(ctx context.Context, tx pgx.Tx, n *crm.NewCase) (uuid.UUID, error) {
	client := n.Client.Client
	client.CreatedBy = n.By
	var made *crm.Client
	var known []crm.Duplicate
	var err error
	if n.Client.Anyway {
		made, err = db.createClient(ctx, tx, client)
	} else {
		made, known, err = db.createUnique(ctx, tx, client, nil)
	}
	if refusal, ok := crm.AsError(err); ok {
		for i := range refusal.Fields {
			refusal.Fields[i].Pointer = "/client" + refusal.Fields[i].Pointer
		}
	}
	switch {
	case err != nil:
		return uuid.Nil, err
	case len(known) > 0:
		return uuid.Nil, &crm.DuplicatesError{Known: known}
	}
	return made.ID, nil
}

func (db *DB) caseOfKey(ctx context.Context, n *crm.NewCase) (*crm.Case, error) {
	if n.IdempotencyKey == "" {
		return nil, nil //nolint:nilnil // nobody can have asked for the case before
	}
	command, err := db.commandByKey(ctx, n.By, n.IdempotencyKey)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // no case yet is the common answer here, and not an error
	}
	if err != nil {
		return nil, fmt.Errorf("look for the request's key: %w", err)
	}
	if command.Kind != createCommand || !bytes.Equal(command.BodyHash, n.BodyHash) {
		return nil, keyReused()
	}
	return db.Case(ctx, command.CaseID)
}

func (w *writer) queueCreateCommand(n *crm.NewCase) error {
	if n.IdempotencyKey == "" {
		return nil
	}
	id, err := newID()
	if err != nil {
		return err
	}
	w.batch.Queue(`insert into commands (id, case_id, user_id, idempotency_key, body_hash, kind, payload, created_at, status, seq,
			decided_at, acknowledged_at)
		values ($1, $2, $3, $4, $5, $6, '{}', $7, 'applied', $8, $7, $7)`,
		id, w.c.ID, nullID(n.By), n.IdempotencyKey, orNoBytes(n.BodyHash), createCommand, w.at, w.c.Seq)
	return nil
}

// newCase decides the start of a case and queues its rows; the caller sends them.
func (db *DB) newCase(ctx context.Context, q querier, n *crm.NewCase, generation int) (*writer, error) {
	from, err := db.fillIn(ctx, q, n)
	if err != nil {
		return nil, err
	}
	if n.ClientID == uuid.Nil && n.Kind != crm.Deal {
		return nil, invalidField("/client_id", "required") // R22: only a deal may do without a client
	}
	start, err := readStart(ctx, q, n)
	if err != nil {
		return nil, err
	}
	if err := start.refusal; err != nil {
		return nil, err
	}
	c, err := db.blankCase(n)
	if err != nil {
		return nil, err
	}
	if err := start.giveAttributes(c, n); err != nil {
		return nil, err
	}
	w := newWriter(db, c, "start", c.CreatedAt)
	w.isNew, w.generation = true, generation
	if from.interaction != uuid.Nil {
		w.queueOnlyCase(ctx, from.interaction)
	}
	if from.contact != uuid.Nil {
		w.batch.Queue("select keep_contact_at($1, $2)", from.contact, c.ClientID)
	}
	if n.NoStages && n.Stage != "" {
		return nil, invalidField("/stage", "not_asked")
	}
	if n.NoStages {
		from.carryFields(n, nil)
		err = w.queueStageless(ctx, q, n, start)
	} else {
		err = w.queueStart(ctx, q, n, start, &from)
	}
	if err != nil {
		return nil, err
	}
	if err := w.queueOrigin(ctx, q, n, &from); err != nil {
		return nil, err
	}
	return w, nil
}

// queueStart decides the first step of a case on its route.
func (w *writer) queueStart(ctx context.Context, q querier, n *crm.NewCase, start *startReading, from *origin) error {
	c := w.c
	read, err := w.db.startSnapshot(ctx, q, c, n, start)
	if err != nil {
		return err
	}
	if n.Stage != "" && read.Map.Control == routemaps.ControlProcess { // its process says where it begins
		return invalidField("/stage", "not_asked")
	}
	if err := mayOwn(read.Directory, c); err != nil {
		return err
	}
	if err := from.fits(n, read.Map); err != nil {
		return err
	}
	from.carryFields(n, read.Map)
	missing, own, err := lookReferencesUp(ctx, q, c, engine.References(n.Kind, read.Map, n.Fields))
	if err != nil {
		return err
	}
	change := engine.Decide(read, engine.Input{At: c.CreatedAt, Start: n, Missing: missing, Own: own})
	if change.Refusal != nil {
		return change.Refusal
	}
	w.snapshot = read
	if w.generation > 0 {
		// The case that makes this one tells its number.
		if err := q.QueryRow(ctx, "select "+numberOf("$1", "$2"), c.Kind.NumberPrefix(), numbers(c.Kind)).Scan(&c.Number); err != nil {
			return fmt.Errorf("take a number: %w", err)
		}
	}
	return w.write(ctx, q, change)
}

// numberOf is the next number of a kind, "A-000123", in SQL. It is taken when the case is written and not before: what is
// refused uses none up.
func numberOf(prefix, sequence string) string {
	return "(select " + prefix + "::text || '-' || lpad(n, greatest(6, length(n)), '0') from (select nextval(" + sequence + "::regclass)::text as n) next)"
}

// numbers is the sequence of a kind's numbers.
func numbers(kind crm.Kind) string { return string(kind) + "_numbers" }

// start is where a new case stands once the writer's statements are through.
func (w *writer) start() *reading {
	made := &reading{Snapshot: engine.Snapshot{Case: w.c}, pending: w.notifications}
	if w.snapshot != nil {
		made.Snapshot = *w.snapshot
	}
	made.Tasks = w.opened
	return made
}

// startReading is what a case's start is decided on.
type startReading struct {
	directoryVersion int64
	refusal          error           // the case names a record that does not exist, or is not kept of its client
	client           uuid.UUID       // the one named, or that which has taken it in
	maps             []crm.RouteMap  // active ones of the process
	contacts         []uuid.UUID     // of the client
	attributes       []crm.Attribute // of this kind of case
	clientAttributes map[string]any
	without          []crm.Block // of the client
}

// giveAttributes gives a new case its own attributes (R45). What a route makes has none, and is not asked for those required.
func (r *startReading) giveAttributes(c *crm.Case, n *crm.NewCase) error {
	if n.ByRoute {
		return nil
	}
	given, wrong := crm.MergeAttributes(r.attributes, nil, n.Attributes)
	if wrong != nil {
		return &crm.Error{Kind: crm.KindUnprocessed, Code: "validation_failed", Detail: "the attributes are not right", Fields: wrong}
	}
	c.Attributes = given
	return nil
}

// readStart takes one round trip.
func readStart(ctx context.Context, q querier, n *crm.NewCase) (*startReading, error) {
	if !n.Kind.Valid() {
		return nil, crm.Errorf(crm.KindInvalid, "unknown_kind", "no kind of case is called %q", n.Kind)
	}
	batch := &pgx.Batch{}
	batch.Queue(`select $1::uuid is null or k.id is not null, coalesce(k.without, '{}'), k.id, k.attributes,
			$2::uuid is null or exists (select from cases where id = $2), s.off
		from settings s left join clients old on old.id = $1 left join clients k on k.id = client_now(old.id)`,
		nullID(n.ClientID), nullID(n.Parent))
	batch.Queue("select version from directory_version")
	batch.Queue("select "+routeMapColumns+" from route_maps where process = $1 and state = 'active' order by id", n.Kind)
	batch.Queue(`select id from contacts where client_id = client_now($1) and merged_into is null
		order by id limit $2`, nullID(n.ClientID), engine.MaxContacts+1)
	batch.Queue("select "+attributeColumns+" from attributes where subject = $1 order by position, key", n.Kind)
	results := q.SendBatch(ctx, batch)
	start, err := scanStart(results, crm.BlockOf(n.Kind))
	if closeErr := results.Close(); err == nil && closeErr != nil {
		err = closeErr
	}
	if err != nil {
		return nil, fmt.Errorf("read what a case starts with: %w", err)
	}
	n.ClientID = start.client
	return start, nil
}

func scanStart(results pgx.BatchResults, block crm.Block) (*startReading, error) {
	var start startReading
	var client, parent bool
	var off []crm.Block
	err := results.QueryRow().Scan(&client, &start.without, (*zeronull.UUID)(&start.client), &start.clientAttributes, &parent, &off)
	if err != nil {
		return nil, err
	}
	switch {
	case slices.Contains(off, block):
		start.refusal = refusedBlock()
	case !client:
		start.refusal = invalidField("/client_id", "not_found")
	case slices.Contains(start.without, block):
		start.refusal = refusedByClient()
	case !parent:
		start.refusal = invalidField("/parent_id", "not_found")
	}
	if err := results.QueryRow().Scan(&start.directoryVersion); err != nil {
		return nil, err
	}
	if start.maps, err = collect(results, scanRouteMap); err != nil {
		return nil, err
	}
	if start.contacts, err = collectIDs(results); err != nil {
		return nil, err
	}
	start.attributes, err = collect(results, scanAttribute)
	return &start, err
}

// blankCase is the case before its first step: not yet on its route, nor numbered.
func (db *DB) blankCase(n *crm.NewCase) (*crm.Case, error) {
	id, err := newID()
	if err != nil {
		return nil, err
	}
	now := db.now()
	c := &crm.Case{
		ID: id, Kind: n.Kind, ClientID: n.ClientID, ContactID: n.ContactID,
		ResponsibleID: n.ResponsibleID, Topic: n.Topic, Source: n.Source, Fields: map[string]any{}, Attributes: map[string]any{}, Mode: crm.ModeProcess,
		Status: crm.StatusOpen, Parent: n.Parent, InteractionID: n.InteractionID, CreatedAt: now, CreatedBy: n.By, LastActivityAt: now,
	}
	if c.ResponsibleID == uuid.Nil {
		c.ResponsibleID = n.By
	}
	return c, nil
}

// mayOwn refuses a responsible who cannot do what the case will want of him.
func mayOwn(directory *engine.Directory, c *crm.Case) error {
	if c.ResponsibleID == uuid.Nil {
		return nil
	}
	return fitOwner(directory, "/responsible_id", c.ResponsibleID)
}

// fitOwner refuses, at the pointer, to give work to somebody who does not work here, or only reads.
func fitOwner(directory *engine.Directory, pointer string, id uuid.UUID) error {
	if code := engine.WhyNotOwn(directory, id); code != "" {
		return invalidField(pointer, code)
	}
	return nil
}

// queueStageless makes a deal without stages (R31): no route, no workflow.
func (w *writer) queueStageless(ctx context.Context, q querier, n *crm.NewCase, start *startReading) error {
	if n.Kind != crm.Deal {
		return crm.Errorf(crm.KindUnprocessed, "only_deals_without_stages", "only a deal can do without stages")
	}
	directory, _, err := w.db.people.at(ctx, q, start.directoryVersion)
	if err != nil {
		return err
	}
	if err := mayOwn(directory, w.c); err != nil {
		return err
	}
	missing, own, err := lookReferencesUp(ctx, q, w.c, engine.References(n.Kind, nil, n.Fields))
	if err != nil {
		return err
	}
	fields, refusal := engine.CheckFields(&engine.Snapshot{Case: w.c, Directory: directory}, n.Fields, engine.Input{At: w.at, Missing: missing, Own: own})
	if refusal != nil {
		return refusal
	}
	w.c.Mode, w.c.State, w.c.Seq = crm.ModeNone, []byte("{}"), 0
	maps.Copy(w.c.Fields, fields)
	w.queueNewCase()
	return queueFeed(w.batch, []crm.FeedEntry{{
		CaseID: w.c.ID, At: w.at, Kind: "created", ActorID: n.By, Data: map[string]any{"topic": n.Topic, "source": n.Source},
	}}, 0)
}

func (db *DB) startSnapshot(ctx context.Context, q querier, c *crm.Case, n *crm.NewCase, start *startReading) (*engine.Snapshot, error) {
	directory, calendars, err := db.people.at(ctx, q, start.directoryVersion)
	if err != nil {
		return nil, err
	}
	chosen, err := mapForNewCase(start.maps, directory, n)
	if err != nil {
		return nil, err
	}
	m, err := db.mapVersion(ctx, q, chosen.ID, chosen.Latest)
	if err != nil {
		return nil, err
	}
	c.MapID, c.MapVersion = m.ID, chosen.Latest
	return &engine.Snapshot{
		Case: c, Map: m, Received: map[routemaps.EventName]int{}, Directory: directory, Calendars: calendars, Contacts: start.contacts,
		ClientAttributes: start.clientAttributes, Without: start.without,
	}, nil
}

// mapForNewCase is the map asked for, or the process's default one. Only active maps that are available to the user can be
// chosen (R38).
func mapForNewCase(maps []crm.RouteMap, d *engine.Directory, n *crm.NewCase) (*crm.RouteMap, error) {
	wanted := n.MapID
	if wanted == "" {
		wanted = defaultMap(n.Kind, maps)
	}
	i := slices.IndexFunc(maps, func(m crm.RouteMap) bool { return m.ID == wanted })
	if i < 0 || !n.ByRoute && !availableTo(&maps[i].AvailableTo, d, n.By) {
		return nil, &crm.Error{
			Kind: crm.KindUnprocessed, Code: "map_not_available", Detail: "no active route map of this kind and id is available to the user",
			Fields: []crm.FieldError{{Pointer: "/map", Code: "map_not_available"}},
		}
	}
	return &maps[i], nil
}

func defaultMap(kind crm.Kind, maps []crm.RouteMap) string {
	preferred := crm.UsualMap(kind)
	if len(maps) == 0 || slices.ContainsFunc(maps, func(m crm.RouteMap) bool { return m.ID == preferred }) {
		return preferred
	}
	return maps[0].ID
}

// availableTo tells whether the user may choose the map (R38): it is for everyone, for him, for his office, or for his department
// or one above it.
func availableTo(a *crm.Availability, d *engine.Directory, by uuid.UUID) bool {
	if len(a.Offices)+len(a.Departments)+len(a.Users) == 0 {
		return true
	}
	user, ok := d.Users[by]
	if !ok {
		return false
	}
	if named(a.Users, user.Login, user.ID) {
		return true
	}
	if office := d.OfficeOf(by); office != nil && named(a.Offices, office.Key, office.ID) {
		return true
	}
	return slices.ContainsFunc(crm.Above(d.Departments, user.DepartmentID), func(department *crm.Department) bool {
		return named(a.Departments, department.Key, department.ID)
	})
}

// named tells whether a list has the record by its key or its id.
func named(list []string, key string, id uuid.UUID) bool {
	return slices.Contains(list, key) || slices.Contains(list, id.String())
}

// refusedReference is the answer to a request that names a record that does not exist, or somebody who does not work here.
func refusedReference(err error) *crm.Error {
	if refusal := givenToALeaver(err); refusal != nil {
		return refusal
	}
	for constraint, pointer := range map[string]string{
		"case_participants_client_id_fkey": "/participants", "case_participants_contact_id_fkey": "/participants",
		"case_participants_user_id_fkey": "/participants",
		"cases_client_id_fkey":           "/client_id", "cases_responsible_id_fkey": "/responsible_id", "cases_parent_id_fkey": "/parent_id",
	} {
		if violates(err, constraint) {
			return &crm.Error{
				Kind: crm.KindUnprocessed, Code: "validation_failed", Detail: "no such record",
				Fields: []crm.FieldError{{Pointer: pointer, Code: "not_found"}},
			}
		}
	}
	return nil
}
