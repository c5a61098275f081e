package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
	"marshrut/engine"
)

// Locks are taken in this order, so that no two changes wait for each other: the rows of cases by id, then clients, then chains of
// interactions by the keys of their locks, then the rows of interactions by id. Rule R2 reads the planned interactions of a
// case under the case's lock; the links of a chain are changed under the chain's.

// errMoved: what was to be locked has changed before it was; the transaction begins anew.
var errMoved = errors.New("the records have moved")

// maxMoves bounds how often a transaction begins anew.
const maxMoves = 10

// inOrder runs work in a transaction, again when others were first to move what it is about. records_moving: they were too often.
func (db *DB) inOrder(ctx context.Context, work func(tx pgx.Tx) error) error {
	return repeated(func(err error) bool { return errors.Is(err, errMoved) }, func() error { return db.inTx(ctx, work) })
}

// repeated does the work again as long as its error is passing. records_moving: it was too often.
func repeated(passing func(error) bool, work func() error) error {
	for attempt := 1; ; attempt++ {
		err := work()
		switch {
		case !passing(err):
			return err
		case attempt == maxMoves:
			return crm.Errorf(crm.KindUnavailable, "records_moving", "others keep changing the records; nothing was written")
		}
	}
}

// deadlocked tells whether Postgres chose this transaction to let another one go on.
func deadlocked(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "40P01"
}

// lockCases locks cases in the order of their ids; zero ids are left out.
func lockCases(ctx context.Context, tx pgx.Tx, ids ...uuid.UUID) (map[uuid.UUID]*crm.Case, error) {
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	locked := map[uuid.UUID]*crm.Case{}
	for _, id := range slices.Compact(ids) {
		if id == uuid.Nil {
			continue
		}
		c, err := lockCase(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		locked[id] = c
	}
	return locked, nil
}

// casesKnown refuses a case or a deal that a request names and that does not exist. Cases are never deleted, so it is asked before
// they are locked; nil and zero: none is named.
func casesKnown(ctx context.Context, tx pgx.Tx, caseID, dealID *uuid.UUID) error {
	for _, named := range []struct {
		pointer string
		id      *uuid.UUID
	}{{"/case_id", caseID}, {"/deal_id", dealID}} {
		if named.id == nil || *named.id == uuid.Nil {
			continue
		}
		var known bool
		if err := tx.QueryRow(ctx, "select exists (select from cases where id = $1)", *named.id).Scan(&known); err != nil {
			return fmt.Errorf("look for the case of an interaction: %w", err)
		}
		if !known {
			return invalidField(named.pointer, "not_found")
		}
	}
	return nil
}

// CreateInteraction records or plans an interaction. One of a case is written under the case's lock: rule R2 reads it.
// Unless it is lost at acceptance or to stand alone, one with a client that has exactly one open interest is recorded there (R1).
func (db *DB) CreateInteraction(ctx context.Context, i crm.Interaction) (*crm.Interaction, error) {
	var err error
	if i.ID, err = idOr(i.ID); err != nil {
		return nil, err
	}
	if problem := i.Status.TimeProblem(i.At, db.now()); problem != "" {
		return nil, invalidField("/at", problem)
	}
	asked := i
	var made *crm.Interaction
	err = db.inOrder(ctx, func(tx pgx.Tx) error {
		i := asked
		if err := db.place(ctx, tx, &i); err != nil {
			return err
		}
		made, err = db.insertInteraction(ctx, tx, &i)
		return err
	})
	return made, err
}

// place finds where a new interaction belongs: after its subject, in a case, with a deal. It locks the cases and the chain.
func (db *DB) place(ctx context.Context, tx pgx.Tx, i *crm.Interaction) error {
	if err := fitLostReason(ctx, tx, i); err != nil {
		return err
	}
	if err := copySubject(ctx, tx, i); err != nil {
		return err
	}
	var err error
	if i.ClientID, err = fitClient(ctx, tx, i.ClientID, crm.BlockInteractions); err != nil {
		return err
	}
	if err := fitContact(ctx, tx, i); err != nil {
		return err
	}
	if err := findInterest(ctx, tx, i); err != nil {
		return err
	}
	if err := casesKnown(ctx, tx, &i.CaseID, &i.DealID); err != nil {
		return err
	}
	locked, err := lockCases(ctx, tx, i.CaseID, i.DealID)
	if err != nil {
		return err
	}
	if err := fitCases(i, locked); err != nil {
		return err
	}
	if i.ClientID, err = fitClient(ctx, tx, i.ClientID, crm.BlockInteractions); err != nil {
		return err
	}
	if err := keepContact(ctx, tx, i.ContactID, i.ClientID); err != nil {
		return err
	}
	return db.fitResponsible(ctx, tx, i.ResponsibleID)
}

// fitLostReason refuses a request lost for a reason that the company's list does not have in use (R41): they are counted by it
// together with lost deals.
func fitLostReason(ctx context.Context, q querier, i *crm.Interaction) error {
	if !i.Lost {
		return nil
	}
	keys, err := keysInUse(ctx, q, crm.LossReasons)
	if err != nil || slices.Contains(keys, i.LostReason) {
		return err
	}
	refused := invalidField("/lost_reason", "expected_one_of")
	refused.Fields[0].Params = map[string]string{"value": strings.Join(keys, ", ")}
	return refused
}

// copySubject is R26: what is made from another interaction takes it as its subject, is with the same client about the same
// case and deal, and a planned one has the same participants, unless others are named.
func copySubject(ctx context.Context, tx pgx.Tx, i *crm.Interaction) error {
	if i.SubjectID == uuid.Nil {
		return nil
	}
	subject, err := wholeInteraction(ctx, tx, i.SubjectID)
	if known, ok := crm.AsError(err); ok && known.Kind == crm.KindNotFound {
		return invalidField("/subject_id", "not_found")
	}
	if err != nil {
		return err
	}
	if i.CaseID == uuid.Nil && !i.Alone {
		i.CaseID = subject.CaseID
	}
	if i.ClientID == uuid.Nil {
		if i.ClientID, err = clientAfter(ctx, tx, subject, i.CaseID); err != nil {
			return err
		}
	}
	if i.ContactID == uuid.Nil && i.ClientID == subject.ClientID {
		i.ContactID = subject.ContactID
	}
	if i.DealID == uuid.Nil {
		i.DealID = subject.DealID
	}
	if i.Status == crm.InteractionPlanned && i.Participants == nil {
		i.Participants = subject.Participants
	}
	return nil
}

// clientAfter is whom the next interaction after a subject is with: the subject's client, or, in the same case, the one that the
// case is with now (R65).
func clientAfter(ctx context.Context, tx pgx.Tx, subject *crm.Interaction, caseID uuid.UUID) (uuid.UUID, error) {
	if caseID == uuid.Nil || caseID != subject.CaseID {
		return subject.ClientID, nil
	}
	var client uuid.UUID
	err := tx.QueryRow(ctx, "select coalesce(client_id, $2) from cases where id = $1", caseID, nullID(subject.ClientID)).Scan((*zeronull.UUID)(&client))
	if err != nil {
		return client, fmt.Errorf("look for the client of a subject's case: %w", err)
	}
	return client, nil
}

// findInterest is R1: everything with a client is in one interest. Where the client has several open ones, or none, somebody
// has to say which.
func findInterest(ctx context.Context, tx pgx.Tx, i *crm.Interaction) error {
	if i.Home() != uuid.Nil || i.Lost || i.Alone {
		return nil
	}
	var err error
	i.CaseID, err = interestOf(ctx, tx, i.ClientID)
	return err
}

// interestOf is the client's open interest; zero: it has none, or several.
func interestOf(ctx context.Context, tx pgx.Tx, client uuid.UUID) (uuid.UUID, error) {
	if client == uuid.Nil {
		return uuid.Nil, nil
	}
	rows, err := tx.Query(ctx, "select id from cases where client_id = client_now($1) and kind = 'interest' and status = 'open' limit 2", client)
	if err != nil {
		return uuid.Nil, fmt.Errorf("look for the client's interest: %w", err)
	}
	open, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return uuid.Nil, fmt.Errorf("look for the client's interest: %w", err)
	}
	if len(open) != 1 {
		return uuid.Nil, nil
	}
	return open[0], nil
}

// fitCases makes the interaction fit its case and its deal: of the same client, the deal a deal. What is recorded in a deal
// is about that deal (R25).
func fitCases(i *crm.Interaction, locked map[uuid.UUID]*crm.Case) error {
	c, deal := locked[i.CaseID], locked[i.DealID]
	if i.Lost && (c != nil || deal != nil) {
		return invalidField("/lost", "lost_has_no_case")
	}
	if deal != nil && deal.Kind != crm.Deal {
		return invalidField("/deal_id", "not_a_deal")
	}
	if c != nil && c.Kind == crm.Deal && deal == nil {
		i.DealID, deal = c.ID, c
	}
	for pointer, of := range map[string]*crm.Case{"/case_id": c, "/deal_id": deal} {
		switch {
		case of == nil || of.ClientID == uuid.Nil:
		case i.ClientID == uuid.Nil:
			i.ClientID = of.ClientID
		case i.ClientID != of.ClientID:
			return invalidField(pointer, "other_client")
		}
	}
	return nil
}

// fitContact refuses a contact of another client; where no client is named, it is the contact's.
func fitContact(ctx context.Context, q querier, i *crm.Interaction) error {
	if i.ContactID == uuid.Nil {
		return nil
	}
	var client uuid.UUID
	err := q.QueryRow(ctx, "select client_id from contacts where id = $1", i.ContactID).Scan((*zeronull.UUID)(&client))
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return invalidField("/contact_id", "not_found")
	case err != nil:
		return fmt.Errorf("look for a contact: %w", err)
	case i.ClientID == uuid.Nil:
		i.ClientID = client
	case client != i.ClientID:
		return invalidField("/contact_id", "other_client")
	}
	return nil
}

// keepContact holds a contact (zero: nobody) at his client until the end, and the client before him. errMoved: he has gone to another one
// since he was looked at.
func keepContact(ctx context.Context, tx pgx.Tx, contact, client uuid.UUID) error {
	if contact == uuid.Nil {
		return nil
	}
	_, err := tx.Exec(ctx, "select keep_contact_at($1, $2)", contact, nullID(client))
	switch {
	case contactElsewhere(err):
		return errMoved
	case err != nil:
		return fmt.Errorf("hold a contact: %w", err)
	}
	return nil
}

// contactElsewhere tells whether an error is of a contact who has gone to another client since he was looked at.
func contactElsewhere(err error) bool { return violates(err, "contact_elsewhere") }

// fitResponsible refuses somebody who does not work here, or only reads.
func (db *DB) fitResponsible(ctx context.Context, tx pgx.Tx, id uuid.UUID) error {
	if id == uuid.Nil {
		return nil
	}
	directory, err := db.directory(ctx, tx)
	if err != nil {
		return err
	}
	if _, known := directory.Users[id]; !known {
		return invalidField("/responsible_id", "not_found")
	}
	return fitOwner(directory, "/responsible_id", id)
}

// insertInteraction writes a new interaction. One that is there already, made by the same request, is only read.
func (db *DB) insertInteraction(ctx context.Context, tx pgx.Tx, i *crm.Interaction) (*crm.Interaction, error) {
	if err := lockChains(ctx, tx, i.SubjectID); err != nil {
		return nil, err
	}
	deal := i.DealID
	if err := followSubject(ctx, tx, i); err != nil {
		return nil, err
	}
	if i.DealID != deal {
		return nil, errMoved // its chain has come to a deal, which is not locked
	}
	made, err := scanInteraction(tx.QueryRow(ctx, `insert into interactions as i (id, case_id, client_id, contact_id, kind, direction, status,
			at, ends_at, topic, content, result, subject_id, chain_id, deal_id, lost, lost_reason, responsible_id, review_after, remind_at,
			created_at, created_by)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
		on conflict (id) do nothing returning `+interactionColumns,
		i.ID, nullID(i.CaseID), nullID(i.ClientID), nullID(i.ContactID), i.Kind, i.Direction, i.Status, i.At, i.EndsAt, i.Topic, i.Content,
		i.Result, nullID(i.SubjectID), nullID(i.ChainID), nullID(i.DealID), i.Lost, i.LostReason, nullID(i.ResponsibleID), i.ReviewAfter,
		i.RemindAt, db.now(), nullID(i.CreatedBy)))
	if errors.Is(err, pgx.ErrNoRows) {
		return wholeInteraction(ctx, tx, i.ID)
	}
	if err != nil {
		return nil, interactionRefused(err)
	}
	made.Participants = i.Participants
	if err := writeParticipants(ctx, tx, made); err != nil {
		return nil, err
	}
	if err := db.spreadDeal(ctx, tx, made, i.CreatedBy); err != nil {
		return nil, err
	}
	if err := db.tellInteraction(ctx, tx, made, "interaction", cmp.Or(planning(made), crm.ChangeCompleted), i.CreatedBy); err != nil {
		return nil, err
	}
	return made, db.closePlanTasks(ctx, tx, made, i.CreatedBy)
}

func planning(i *crm.Interaction) string {
	if i.Status == crm.InteractionPlanned {
		return crm.ChangePlanned
	}
	return ""
}

func interactionRefused(err error) error {
	for constraint, field := range map[string][2]string{
		"interactions_client_id_fkey": {"/client_id", "not_found"}, "interactions_contact_id_fkey": {"/contact_id", "not_found"},
		"interactions_responsible_id_fkey": {"/responsible_id", "not_found"}, "interactions_ends_check": {"/ends_at", "ends_before_it_begins"},
		"interactions_lost_check":                  {"/lost", "lost_has_no_case"},
		"interaction_participants_user_id_fkey":    {"/participants", "not_found"},
		"interaction_participants_contact_id_fkey": {"/participants", "not_found"},
		"interaction_participants_client_id_fkey":  {"/participants", "not_found"},
	} {
		if violates(err, constraint) {
			return invalidField(field[0], field[1])
		}
	}
	return fmt.Errorf("write an interaction: %w", err)
}

// writeParticipants replaces who took part. Of a merged card the one that stands for it takes part: i gets that one.
func writeParticipants(ctx context.Context, tx pgx.Tx, i *crm.Interaction) error {
	batch := &pgx.Batch{}
	batch.Queue("delete from interaction_participants where interaction_id = $1", i.ID)
	i.Participants = slices.Clone(i.Participants)
	for k := range i.Participants {
		p := &i.Participants[k]
		batch.Queue(`insert into interaction_participants (interaction_id, position, user_id, contact_id, client_id, name, detail_kind, detail_value)
			values ($1, $2, $3, $4, $5, $6, $7, $8) returning contact_id, client_id`,
			i.ID, k, nullID(p.UserID), nullID(p.ContactID), nullID(p.ClientID), p.Name, p.DetailKind, p.Detail).QueryRow(func(row pgx.Row) error {
			return row.Scan((*zeronull.UUID)(&p.ContactID), (*zeronull.UUID)(&p.ClientID))
		})
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return interactionRefused(err)
	}
	return nil
}

// tellInteraction writes a line into the case's feed, counts as activity on it and brings it to the route (R11).
func (db *DB) tellInteraction(ctx context.Context, tx pgx.Tx, i *crm.Interaction, kind, change string, by uuid.UUID) error {
	home := i.Home()
	if home == uuid.Nil {
		return nil
	}
	now := db.now()
	batch := &pgx.Batch{}
	err := queueFeed(batch, []crm.FeedEntry{{CaseID: home, At: now, Kind: kind, ActorID: by, Data: map[string]any{
		"interaction_id": i.ID, "kind": i.Kind, "status": i.Status, "at": i.At, "topic": i.Topic, "change": change,
	}}}, 0)
	if err != nil {
		return err
	}
	batch.Queue("update cases set last_activity_at = $2 where id = $1", home, now)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("tell an interaction in the feed: %w", err)
	}
	return db.interactionHappened(ctx, tx, i, by)
}

// AnyVersion changes a record whatever version it has: the change is merged into what is there.
const AnyVersion = 0

// PatchInteraction changes an interaction of this version; crm.KindStale when it has another, crm.KindForbidden when only its
// author closes it (R17).
func (db *DB) PatchInteraction(ctx context.Context, id uuid.UUID, version int, p crm.InteractionPatch, by uuid.UUID) (*crm.Interaction, error) {
	var patched *crm.Interaction
	err := db.inOrder(ctx, func(tx pgx.Tx) error {
		p := p
		interested, err := intoInterest(ctx, tx, id, &p)
		if err != nil {
			return err
		}
		i, locked, err := db.lockInteraction(ctx, tx, id, &p)
		if err != nil {
			return err
		}
		if interested != uuid.Nil && p.ClientID == nil { // it was found by the contact
			if err := keepContact(ctx, tx, *p.ContactID, interested); err != nil {
				return err
			}
		}
		if version != AnyVersion && i.Version != version {
			return stale()
		}
		patched = i
		if p == (crm.InteractionPatch{}) {
			return nil
		}
		patched, err = db.changeInteraction(ctx, tx, i, locked, p, by)
		return err
	})
	if err != nil {
		return nil, err
	}
	one := []crm.Interaction{*patched}
	err = db.showMade(ctx, one)
	return &one[0], err
}

// intoInterest is R1 for an interaction of no case of which only the patch says whom it was with: it goes into the client's interest,
// as it would have if that had been known when it was recorded. It gives that client; zero: it goes into no interest.
func intoInterest(ctx context.Context, tx pgx.Tx, id uuid.UUID, p *crm.InteractionPatch) (client uuid.UUID, err error) {
	if p.ClientID == nil && p.ContactID == nil || p.CaseID != nil || p.DealID != nil || p.SubjectID != nil {
		return uuid.Nil, nil
	}
	i, err := readInteraction(ctx, tx, id, "")
	if err != nil || i.ClientID != uuid.Nil || i.Home() != uuid.Nil || i.Lost {
		return uuid.Nil, err
	}
	if p.ClientID != nil {
		client = *p.ClientID
	} else if err := tx.QueryRow(ctx, "select client_id from contacts where id = $1", *p.ContactID).Scan(&client); err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return uuid.Nil, fmt.Errorf("look for a contact's client: %w", err)
	}
	interest, err := interestOf(ctx, tx, client)
	if err != nil || interest == uuid.Nil {
		return uuid.Nil, err
	}
	p.CaseID = &interest
	return client, nil
}

// lockInteraction locks what the patch of an interaction touches: its cases, the chains that it links, and its row.
func (db *DB) lockInteraction(ctx context.Context, tx pgx.Tx, id uuid.UUID, p *crm.InteractionPatch) (*crm.Interaction, map[uuid.UUID]*crm.Case, error) {
	before, err := readInteraction(ctx, tx, id, "")
	if err != nil {
		return nil, nil, err
	}
	deal, err := dealOf(ctx, tx, p.SubjectID)
	if err != nil {
		return nil, nil, err
	}
	locked, err := lockAround(ctx, tx, before, p, deal)
	if err != nil {
		return nil, nil, err
	}
	if _, err := readInteraction(ctx, tx, id, "for update"); err != nil {
		return nil, nil, err
	}
	i, err := wholeInteraction(ctx, tx, id)
	if err != nil {
		return nil, nil, err
	}
	now, err := dealOf(ctx, tx, p.SubjectID)
	if err != nil {
		return nil, nil, err
	}
	if i.CaseID != before.CaseID || i.DealID != before.DealID || deal != now {
		return nil, nil, errMoved
	}
	return i, locked, nil
}

// lockAround locks the cases and chains that the patch of an interaction touches; deal is that of its new subject.
func lockAround(ctx context.Context, tx pgx.Tx, i *crm.Interaction, p *crm.InteractionPatch, deal uuid.UUID) (map[uuid.UUID]*crm.Case, error) {
	cases := []uuid.UUID{i.CaseID, i.DealID, deal}
	for _, changed := range []*uuid.UUID{p.CaseID, p.DealID} {
		if changed != nil {
			cases = append(cases, *changed)
		}
	}
	if err := casesKnown(ctx, tx, p.CaseID, p.DealID); err != nil {
		return nil, err
	}
	locked, err := lockCases(ctx, tx, cases...)
	if err != nil {
		return nil, err
	}
	if err := holdClients(ctx, tx, i, p); err != nil {
		return nil, err
	}
	return locked, lockLinks(ctx, tx, i.ID, p)
}

// holdClients holds, before the interaction, the clients that its patch is going to hold because of who sees what (00019_viewers.sql): the one
// it is with, and the one it will be with. A merge locks them before what is theirs, too.
func holdClients(ctx context.Context, tx pgx.Tx, i *crm.Interaction, p *crm.InteractionPatch) error {
	if p.Participants == nil && p.ClientID == nil && p.ContactID == nil && p.CaseID == nil && p.DealID == nil && p.SubjectID == nil {
		return nil
	}
	_, err := tx.Exec(ctx, "select keep_clients($1::uuid, $2::uuid, (select client_id from contacts where id = $3))", nullID(i.ClientID), p.ClientID, p.ContactID)
	if err != nil {
		return fmt.Errorf("hold the clients of an interaction: %w", err)
	}
	return nil
}

// dealOf is the deal of an interaction that is to be a subject, as its chain brings it (R25); zero: it has none, or there is none.
func dealOf(ctx context.Context, tx pgx.Tx, subject *uuid.UUID) (uuid.UUID, error) {
	var deal uuid.UUID
	if subject == nil || *subject == uuid.Nil {
		return deal, nil
	}
	err := tx.QueryRow(ctx, "select deal_id from interactions where id = $1", *subject).Scan((*zeronull.UUID)(&deal))
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return deal, fmt.Errorf("look for the deal of a subject: %w", err)
	}
	return deal, nil
}

// lockLinks locks the chains that a patch of an interaction links, or whose client it may change.
func lockLinks(ctx context.Context, tx pgx.Tx, id uuid.UUID, p *crm.InteractionPatch) error {
	if p.SubjectID != nil {
		return lockChains(ctx, tx, id, *p.SubjectID)
	}
	if p.DealID != nil || p.CaseID != nil || p.ClientID != nil || p.ContactID != nil {
		return lockChains(ctx, tx, id)
	}
	return nil
}

// changeInteraction applies the patch to a locked interaction.
func (db *DB) changeInteraction(
	ctx context.Context, tx pgx.Tx, i *crm.Interaction, locked map[uuid.UUID]*crm.Case, p crm.InteractionPatch, by uuid.UUID,
) (*crm.Interaction, error) {
	before, now := *i, db.now()
	change := i.Apply(&p, by, now)
	if err := db.mayReplan(ctx, tx, &before, i, locked[before.Home()], by); err != nil {
		return nil, err
	}
	if problem := changedTime(i, p, now); problem != "" {
		return nil, invalidField("/at", problem)
	}
	if p.RemindAt != nil && *p.RemindAt != nil && !i.Remindable() {
		return nil, invalidField("/remind_at", "not_asked")
	}
	if p.ReviewAfter != nil && *p.ReviewAfter != nil && i.ReviewedAt != nil {
		return nil, invalidField("/review_after", "not_asked") // it has been looked at
	}
	if err := db.refit(ctx, tx, &before, i, locked, &p); err != nil {
		return nil, err
	}
	patched, err := updateInteraction(ctx, tx, i)
	if err != nil {
		return nil, err
	}
	if p.Participants != nil {
		if err := writeParticipants(ctx, tx, patched); err != nil {
			return nil, err
		}
	}
	if err := db.tellLeft(ctx, tx, &before, patched, by); err != nil {
		return nil, err
	}
	return patched, db.followChange(ctx, tx, patched, change, p, by)
}

// refit makes a changed interaction go with its client, its cases and its chain, or refuses it.
func (db *DB) refit(ctx context.Context, tx pgx.Tx, before, i *crm.Interaction, locked map[uuid.UUID]*crm.Case, p *crm.InteractionPatch) error {
	if p.ClientID != nil && *p.ClientID != before.ClientID {
		var err error
		if i.ClientID, err = fitClient(ctx, tx, i.ClientID, crm.BlockInteractions); err != nil {
			return err
		}
	}
	if err := db.fit(ctx, tx, i, locked, p); err != nil {
		return err
	}
	if p.SubjectID != nil {
		if err := relink(ctx, tx, i); err != nil {
			return err
		}
	}
	if i.ClientID != before.ClientID {
		return fitChain(ctx, tx, i)
	}
	return nil
}

// tellLeft tells the case in which an interaction was that it is so no more (R65).
func (db *DB) tellLeft(ctx context.Context, tx pgx.Tx, before, after *crm.Interaction, by uuid.UUID) error {
	left := before.Home()
	if left == uuid.Nil || left == after.Home() {
		return nil
	}
	batch := &pgx.Batch{}
	err := queueFeed(batch, []crm.FeedEntry{{CaseID: left, At: db.now(), Kind: "interaction_changed", ActorID: by, Data: map[string]any{
		"interaction_id": after.ID, "kind": after.Kind, "status": after.Status, "at": after.At, "topic": after.Topic, "change": crm.ChangeMoved,
	}}}, 0)
	if err != nil {
		return err
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("tell a case what has left it: %w", err)
	}
	return nil
}

// followChange does what a change of an interaction brings with it.
func (db *DB) followChange(ctx context.Context, tx pgx.Tx, i *crm.Interaction, change string, p crm.InteractionPatch, by uuid.UUID) error {
	if p.DealID != nil || p.CaseID != nil || p.SubjectID != nil {
		if err := db.spreadDeal(ctx, tx, i, by); err != nil {
			return err
		}
	}
	if err := db.tellInteraction(ctx, tx, i, "interaction_changed", change, by); err != nil {
		return err
	}
	return db.closePlanTasks(ctx, tx, i, by)
}

// fit refuses what does not go with the rest of a changed interaction.
func (db *DB) fit(ctx context.Context, tx pgx.Tx, i *crm.Interaction, locked map[uuid.UUID]*crm.Case, p *crm.InteractionPatch) error {
	if p.ContactID != nil || p.ClientID != nil {
		if err := fitContact(ctx, tx, i); err != nil {
			return err
		}
		if err := keepContact(ctx, tx, i.ContactID, i.ClientID); err != nil {
			return err
		}
	}
	if p.CaseID != nil || p.DealID != nil || p.ClientID != nil || p.ContactID != nil {
		if err := fitCases(i, locked); err != nil {
			return err
		}
	}
	if p.ResponsibleID == nil {
		return nil
	}
	return db.fitResponsible(ctx, tx, i.ResponsibleID)
}

// mayReplan is R17 by the settings of the map of the case that a planned interaction had before its change. It is asked not only
// when it is closed: who moves it to another time or out of the case, or makes himself the responsible, could close it then.
func (db *DB) mayReplan(ctx context.Context, tx pgx.Tx, before, after *crm.Interaction, c *crm.Case, by uuid.UUID) error {
	closed := after.Status != crm.InteractionPlanned || after.Home() != before.Home() || !after.At.Equal(before.At)
	given := after.ResponsibleID != before.ResponsibleID
	if before.Status != crm.InteractionPlanned || !closed && !given || c == nil || c.MapID == "" {
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
	refusal := engine.MayGive(m, directory, before, by)
	if closed {
		refusal = engine.MayClose(m, before, by)
	}
	if refusal != nil {
		return refusal
	}
	return nil
}

func updateInteraction(ctx context.Context, tx pgx.Tx, i *crm.Interaction) (*crm.Interaction, error) {
	patched, err := scanInteraction(tx.QueryRow(ctx, `update interactions i set case_id = $2, client_id = $3, contact_id = $4, kind = $5,
			direction = $6, status = $7, at = $8, ends_at = $9, topic = $10, content = $11, result = $12, subject_id = $13, chain_id = $14,
			deal_id = $15, responsible_id = $16, review_after = $17, remind_at = $18, reminded_at = $19, reviewed_at = $20, reviewed_by = $21,
			off_register_at = $22, version = version + 1 where i.id = $1 returning `+interactionColumns,
		i.ID, nullID(i.CaseID), nullID(i.ClientID), nullID(i.ContactID), i.Kind, i.Direction, i.Status, i.At, i.EndsAt, i.Topic, i.Content,
		i.Result, nullID(i.SubjectID), nullID(i.ChainID), nullID(i.DealID), nullID(i.ResponsibleID), i.ReviewAfter, i.RemindAt, i.RemindedAt,
		i.ReviewedAt, nullID(i.ReviewedBy), i.OffRegisterAt))
	if err != nil {
		return nil, interactionRefused(err)
	}
	patched.Participants = i.Participants
	return patched, nil
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
	planned := []uuid.UUID{i.CaseID, i.DealID}
	if i.Home() == uuid.Nil || i.Status != crm.InteractionPlanned || i.Status.TimeProblem(i.At, now) != "" {
		return nil
	}
	rows, err := tx.Query(ctx, `update tasks set status = 'completed', outcome = $2, closed_at = $3, closed_by = $4, version = version + 1
		where case_id = any($1) and kind = $5 and status = 'open' returning case_id, name`, planned, engine.PlannedOutcome, now, nullID(by), engine.TaskOfPlan)
	if err != nil {
		return fmt.Errorf("complete the tasks to plan: %w", err)
	}
	entries, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (crm.FeedEntry, error) {
		var of uuid.UUID
		var name *crm.Text
		err := row.Scan(&of, &name)
		return crm.FeedEntry{CaseID: of, At: now, Kind: "task_completed", ActorID: by, Data: map[string]any{
			"path": "", "visit": 0, "outcome": engine.PlannedOutcome, "name": name,
		}}, err
	})
	if err != nil {
		return fmt.Errorf("complete the tasks to plan: %w", err)
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

// homeIs is crm.Interaction.Home as a condition; $1 is the case.
const homeIs = "(case_id = $1 or deal_id = $1 and case_id is null)"

// queueRegister is R17: the end of a case takes planned interactions out of the register of planned events, with their reminders.
// Reopening it (R60) brings them back; their reminders have to be set again.
func (w *writer) queueRegister() {
	switch w.change.Register {
	case engine.RegisterKept:
		return
	case engine.RegisterBack:
		w.batch.Queue(`update interactions set off_register_at = null, version = version + 1
			where `+homeIs+` and status = 'planned' and off_register_at is not null`, w.c.ID)
		return
	case engine.RegisterOwn, engine.RegisterWhole:
	}
	w.batch.Queue(`update interactions set off_register_at = $2, remind_at = null, reminded_at = null, version = version + 1
		where `+homeIs+` and status = 'planned' and off_register_at is null and ($3 or created_by = $4 or responsible_id = $4)`,
		w.c.ID, w.at, w.change.Register == engine.RegisterWhole, nullID(w.actor()))
}
