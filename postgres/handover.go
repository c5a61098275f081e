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

// errPreview ends a handover that was only to be looked at.
var errPreview = errors.New("a preview writes nothing")

// OpenWork counts what a user has that somebody would have to go on with (R61).
func (db *DB) OpenWork(ctx context.Context, user uuid.UUID) (crm.OpenWork, error) {
	if _, err := db.User(ctx, user); err != nil {
		return nil, err
	}
	if err := seesWorkOf(ctx, user); err != nil {
		return nil, err
	}
	return openWork(ctx, db.pool, user)
}

// seesWorkOf refuses who might not see something of what a user has. Whoever has him among his viewers sees all of it; others are told no
// more than that, whatever he has.
func seesWorkOf(ctx context.Context, user uuid.UUID) error {
	if crm.SightOf(ctx).Sees(user) {
		return nil
	}
	return crm.Errorf(crm.KindForbidden, "not_your_people", "only who sees all that the user has may look at it and hand it over")
}

// openWorkQuery counts the kinds of crm.WorkKinds, in their order. Each count has an index of its own.
const openWorkQuery = `select
	(select count(*) from (select id from clients where owner_id = $1 union select client_id from client_owners where user_id = $1) k),
	(select count(*) from cases where responsible_id = $1 and status = 'open'),
	(select count(*) from interactions where coalesce(responsible_id, created_by) = $1 and status = 'planned'),
	(select count(*) from (select id from tasks where user_id = $1 and status = 'open' and kind in ('stage', 'rule', 'plan')
		union select id from tasks where taken_by = $1 and status = 'open') t),
	(select count(*) from tasks where user_id = $1 and status = 'open' and kind = 'personal'),
	(select count(*) from tasks where assignee_id = $1 and status = 'open'),
	(select count(*) from tasks where author_id = $1 and status = 'open' and kind = 'assignment' and assignee_id <> $1),
	(select count(*) from departments where head_id = $1)`

func openWork(ctx context.Context, q querier, user uuid.UUID) (crm.OpenWork, error) {
	kinds := crm.WorkKinds()
	counts, targets := make([]int, len(kinds)), make([]any, len(kinds))
	for i := range counts {
		targets[i] = &counts[i]
	}
	if err := q.QueryRow(ctx, openWorkQuery, user).Scan(targets...); err != nil {
		return nil, fmt.Errorf("count a user's open work: %w", err)
	}
	work := crm.OpenWork{}
	for i, kind := range kinds {
		if counts[i] > 0 {
			work[kind] = counts[i]
		}
	}
	return work, nil
}

// Handover hands a user's work over to others (R61), all of it in one transaction or nothing, and tells the histories of what
// goes from one to another. Cases, then clients, tasks and interactions are locked by their ids, so that nothing waits in a
// circle. Routes hear who has their tasks now by commands left with the change. not_your_people: it is not certain that whoever asks sees
// all of it. One that was done already, by its id, is only
// told of again. user_has_open_work: the account was to end, and something would be left lying.
func (db *DB) Handover(ctx context.Context, h crm.Handover) (*crm.HandedOver, error) {
	var err error
	if h.ID, err = idOr(h.ID); err != nil {
		return nil, err
	}
	var done *crm.HandedOver
	err = db.inOrder(ctx, func(tx pgx.Tx) error {
		var err error
		if done, err = handoverDone(ctx, tx, &h); done != nil || err != nil {
			return err
		}
		if h.Deactivate {
			if err := lockRoles(ctx, tx); err != nil { // before any user
				return err
			}
		}
		if err := db.mayTakeOver(ctx, tx, &h); err != nil {
			return err
		}
		handing := newHanding(db, &h)
		err = handing.run(ctx, tx)
		if violates(err, "handovers_pkey") {
			return errMoved // the same one was done meanwhile: it is told of
		}
		if err != nil {
			return err
		}
		done = handing.done
		if h.Preview {
			return errPreview
		}
		return nil
	})
	if err != nil && !errors.Is(err, errPreview) {
		return nil, err
	}
	return done, nil
}

// handoverDone tells of a handover whose id was used before; nil: there is none. Its shares are not kept: whom it named is seen
// in who got what. idempotency_key_reused: that one was another's, or of another leaver.
func handoverDone(ctx context.Context, tx pgx.Tx, h *crm.Handover) (*crm.HandedOver, error) {
	done := &crm.HandedOver{Handover: crm.Handover{ID: h.ID}, Counts: crm.OpenWork{}}
	err := tx.QueryRow(ctx, "select from_id, at, by_id, reason, deactivated, counts from handovers where id = $1", h.ID).
		Scan(&done.FromID, &done.At, &done.By, &done.Reason, &done.Deactivate, &done.ByUser)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, nil //nolint:nilnil // there is none, and nothing is wrong
	case err != nil:
		return nil, fmt.Errorf("look for an earlier handover: %w", err)
	case done.FromID != h.FromID || done.By != h.By:
		return nil, keyReused()
	}
	for _, work := range done.ByUser {
		for kind, n := range work {
			done.Counts[kind] += n
		}
	}
	if done.Left, err = openWork(ctx, tx, h.FromID); err != nil {
		return nil, err
	}
	return done, nil
}

// mayTakeOver refuses a user who is unknown, and whoever cannot go on with his work.
func (db *DB) mayTakeOver(ctx context.Context, tx pgx.Tx, h *crm.Handover) error {
	directory, err := db.directory(ctx, tx)
	if err != nil {
		return err
	}
	if _, known := directory.Users[h.FromID]; !known {
		return userNotFound()
	}
	if err := seesWorkOf(ctx, h.FromID); err != nil {
		return err
	}
	check := func(pointer string, shares []crm.Share) error {
		for i, share := range shares {
			at := fmt.Sprintf("%s/%d/user_id", pointer, i)
			if share.UserID == h.FromID {
				return invalidField(at, "handed_to_himself")
			}
			if err := fitOwner(directory, at, share.UserID); err != nil {
				return err
			}
		}
		return nil
	}
	if err := check("/to", h.To); err != nil {
		return err
	}
	for _, kind := range crm.WorkKinds() {
		if err := check("/by_kind/"+string(kind), h.ByKind[kind]); err != nil {
			return err
		}
	}
	return nil
}

// handing is one handover at work.
type handing struct {
	db     *DB
	h      *crm.Handover
	dealer *crm.Dealer
	batch  *pgx.Batch
	now    time.Time
	done   *crm.HandedOver
	cases  map[uuid.UUID]*handedCase
	told   []caseShare // in the order in which they came up
	counts map[caseShare]crm.OpenWork
	tell   map[uuid.UUID]bool // cases whose workflows have to hear who has their tasks
}

// handedCase is a case that is locked: one of the leaver's, or one that he works on.
type handedCase struct {
	client uuid.UUID
	mode   crm.Mode
	his    bool
	to     uuid.UUID // its next responsible; zero: it stays
}

// caseShare is what one colleague gets of one case.
type caseShare struct{ caseID, to uuid.UUID }

func newHanding(db *DB, h *crm.Handover) *handing {
	now := db.now()
	return &handing{
		db: db, h: h, dealer: crm.NewDealer(h), batch: &pgx.Batch{}, now: now,
		done:  &crm.HandedOver{Handover: *h, At: now, Counts: crm.OpenWork{}, ByUser: map[uuid.UUID]crm.OpenWork{}},
		cases: map[uuid.UUID]*handedCase{}, counts: map[caseShare]crm.OpenWork{}, tell: map[uuid.UUID]bool{},
	}
}

func (g *handing) run(ctx context.Context, tx pgx.Tx) error {
	caseIDs, err := g.lockCases(ctx, tx)
	if err != nil {
		return err
	}
	if err := g.clients(ctx, tx); err != nil {
		return err
	}
	if err := g.ownCases(caseIDs); err != nil {
		return err
	}
	if err := g.interactions(ctx, tx); err != nil {
		return err
	}
	if err := g.tasks(ctx, tx); err != nil {
		return err
	}
	if err := g.departments(ctx, tx); err != nil {
		return err
	}
	if err := g.tellAll(); err != nil {
		return err
	}
	if err := tx.SendBatch(ctx, g.batch).Close(); err != nil {
		return fmt.Errorf("hand over a user's work: %w", err)
	}
	if g.done.Left, err = openWork(ctx, tx, g.h.FromID); err != nil {
		return err
	}
	if !g.h.Deactivate {
		return nil
	}
	return g.deactivate(ctx, tx)
}

// deactivate ends the account. What has come to the user while his work was handed over makes the handover begin anew.
func (g *handing) deactivate(ctx context.Context, tx pgx.Tx) error {
	err := g.db.deactivate(ctx, tx, g.h.FromID, g.h.By)
	if refusal, ok := crm.AsError(err); ok && refusal.Code == "user_has_open_work" && len(g.h.To) > 0 {
		return errMoved
	}
	return err
}

// give deals a thing out and counts it. Of a case: it is told there.
func (g *handing) give(kind crm.WorkKind, id, belongsTo, caseID uuid.UUID) uuid.UUID {
	to := g.dealer.Give(kind, id, belongsTo)
	if to == uuid.Nil {
		return to
	}
	g.done.Counts[kind]++
	if g.done.ByUser[to] == nil {
		g.done.ByUser[to] = crm.OpenWork{}
	}
	g.done.ByUser[to][kind]++
	if caseID == uuid.Nil {
		return to
	}
	share := caseShare{caseID, to}
	if g.counts[share] == nil {
		g.counts[share] = crm.OpenWork{}
		g.told = append(g.told, share)
	}
	g.counts[share][kind]++
	return to
}

// lockCases locks every case that the handover changes or changes something of, and gives those of the leaver himself.
func (g *handing) lockCases(ctx context.Context, tx pgx.Tx) ([]uuid.UUID, error) {
	rows, err := tx.Query(ctx, `select c.id, c.client_id, c.mode, c.responsible_id = $1 and c.status = 'open' from cases c where c.id in (
			select id from cases where responsible_id = $1 and status = 'open'
			union select case_id from tasks where user_id = $1 and status = 'open'
			union select case_id from tasks where taken_by = $1 and status = 'open'
			union select case_id from tasks where author_id = $1 and status = 'open'
			union select case_id from tasks where assignee_id = $1 and status = 'open'
			union select case_id from interactions where coalesce(responsible_id, created_by) = $1 and status = 'planned')
		order by c.id for no key update`, g.h.FromID)
	if err != nil {
		return nil, fmt.Errorf("lock the cases of a handover: %w", err)
	}
	var his []uuid.UUID
	var id uuid.UUID
	var c handedCase
	var isHis *bool
	_, err = pgx.ForEachRow(rows, []any{&id, (*zeronull.UUID)(&c.client), &c.mode, &isHis}, func() error {
		locked := c
		locked.his = isHis != nil && *isHis
		g.cases[id] = &locked
		if locked.his {
			his = append(his, id)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("lock the cases of a handover: %w", err)
	}
	return his, nil
}

// clients gives each client, and each share in one, to a colleague (R18).
func (g *handing) clients(ctx context.Context, tx pgx.Tx) error {
	rows, err := tx.Query(ctx, `select k.id, k.owner_id = $1 from clients k where k.id in (
			select id from clients where owner_id = $1 union select client_id from client_owners where user_id = $1)
		order by k.id for no key update`, g.h.FromID)
	if err != nil {
		return fmt.Errorf("lock the clients of a handover: %w", err)
	}
	var ids, tos, lines []uuid.UUID
	var changes []map[string]any
	var id uuid.UUID
	var first *bool
	_, err = pgx.ForEachRow(rows, []any{&id, &first}, func() error {
		to := g.give(crm.WorkClients, id, uuid.Nil, uuid.Nil)
		if to == uuid.Nil {
			return nil
		}
		line, err := newID()
		if err != nil {
			return err
		}
		field := "shared_with"
		if first != nil && *first {
			field = "owner_id"
		}
		ids, tos, lines = append(ids, id), append(tos, to), append(lines, line)
		changes = append(changes, map[string]any{"fields": map[string]any{field: map[string]any{"from": g.h.FromID, "to": to}}})
		return nil
	})
	if err != nil {
		return fmt.Errorf("lock the clients of a handover: %w", err)
	}
	if len(ids) > 0 {
		g.queueClients(ids, tos, lines, changes)
	}
	return nil
}

func (g *handing) queueClients(ids, tos, lines []uuid.UUID, changes []map[string]any) {
	g.batch.Queue(`update clients k set owner_id = x.to_id, version = version + 1
		from unnest($2::uuid[], $3::uuid[]) x (id, to_id) where k.id = x.id and k.owner_id = $1`, g.h.FromID, ids, tos)
	g.batch.Queue(`insert into client_owners (client_id, user_id, case_id, since)
		select o.client_id, x.to_id, o.case_id, $4 from client_owners o join unnest($2::uuid[], $3::uuid[]) x (id, to_id) on x.id = o.client_id
		where o.user_id = $1 on conflict (client_id, user_id) do nothing`, g.h.FromID, ids, tos, g.now)
	g.batch.Queue("delete from client_owners where user_id = $1 and client_id = any($2)", g.h.FromID, ids)
	g.batch.Queue(`insert into client_history (id, client_id, at, kind, actor_id, data)
		select id, client_id, $1, 'changed', $2, data from unnest($3::uuid[], $4::uuid[], $5::jsonb[]) x (id, client_id, data)`,
		g.now, nullID(g.h.By), lines, ids, changes)
}

// ownCases gives the leaver's open cases to their next responsibles.
func (g *handing) ownCases(his []uuid.UUID) error {
	var ids, tos []uuid.UUID
	for _, id := range his {
		c := g.cases[id]
		if c.to = g.give(crm.WorkCases, id, c.client, id); c.to != uuid.Nil {
			ids, tos = append(ids, id), append(tos, c.to)
		}
	}
	if len(ids) > 0 {
		g.batch.Queue(`update cases c set responsible_id = x.to_id, version = version + 1
			from unnest($1::uuid[], $2::uuid[]) x (id, to_id) where c.id = x.id`, ids, tos)
	}
	return nil
}

// interactions gives what is planned to others: to hold it, and to be reminded of it.
func (g *handing) interactions(ctx context.Context, tx pgx.Tx) error {
	rows, err := tx.Query(ctx, `select id, case_id from interactions where coalesce(responsible_id, created_by) = $1 and status = 'planned'
		order by id for update`, g.h.FromID)
	if err != nil {
		return fmt.Errorf("lock the interactions of a handover: %w", err)
	}
	var ids, tos []uuid.UUID
	var id, caseID uuid.UUID
	_, err = pgx.ForEachRow(rows, []any{&id, (*zeronull.UUID)(&caseID)}, func() error {
		if caseID != uuid.Nil && g.cases[caseID] == nil {
			return errMoved
		}
		if to := g.give(crm.WorkInteractions, id, caseID, caseID); to != uuid.Nil {
			ids, tos = append(ids, id), append(tos, to)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("lock the interactions of a handover: %w", err)
	}
	if len(ids) > 0 {
		g.batch.Queue(`update interactions i set responsible_id = x.to_id, version = version + 1
			from unnest($1::uuid[], $2::uuid[]) x (id, to_id) where i.id = x.id`, ids, tos)
	}
	return nil
}

// departments gets the departments that the leaver heads their next heads.
func (g *handing) departments(ctx context.Context, tx pgx.Tx) error {
	rows, err := tx.Query(ctx, "select id from departments where head_id = $1 order by id for update", g.h.FromID)
	if err != nil {
		return fmt.Errorf("lock the departments of a handover: %w", err)
	}
	headed, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return fmt.Errorf("lock the departments of a handover: %w", err)
	}
	for _, id := range headed {
		if to := g.give(crm.WorkDepartments, id, uuid.Nil, uuid.Nil); to != uuid.Nil {
			g.batch.Queue("update departments set head_id = $2 where id = $1", id, to)
		}
	}
	return nil
}

// tellAll writes what has changed hands into the feeds of the cases, tells their workflows, and notes the handover itself.
func (g *handing) tellAll() error {
	entries := make([]crm.FeedEntry, 0, len(g.told))
	for _, share := range g.told {
		entries = append(entries, crm.FeedEntry{
			CaseID: share.caseID, At: g.now, Kind: "handed_over", ActorID: g.h.By,
			Data: map[string]any{"from": g.h.FromID, "to": share.to, "work": g.counts[share]},
		})
	}
	if err := queueFeed(g.batch, entries, 0); err != nil {
		return err
	}
	for id := range g.tell {
		if err := queueFactsChanged(g.batch, id, g.h.By, g.now); err != nil {
			return err
		}
	}
	g.batch.Queue(`insert into handovers (id, from_id, at, by_id, reason, deactivated, counts) values ($1, $2, $3, $4, $5, $6, $7)`,
		g.h.ID, g.h.FromID, g.now, g.h.By, g.h.Reason, g.h.Deactivate, g.done.ByUser)
	return nil
}
