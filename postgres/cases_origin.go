package postgres

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
	"marshrut/engine"
	"marshrut/routemaps"
)

// origin is what a new case is made from; its zero value is nothing.
type origin struct {
	parent      *crm.Case
	parentMap   *routemaps.Map
	interaction uuid.UUID
	contact     uuid.UUID // whom the request names, or the interaction; not the parent's, who stays with it
}

// fillIn copies into a new case what its parent and its interaction say and the request does not (R30, R36).
func (db *DB) fillIn(ctx context.Context, q querier, n *crm.NewCase) (origin, error) {
	var from origin
	if n.InteractionID != uuid.Nil {
		if err := fillFromInteraction(ctx, q, n); err != nil {
			return from, err
		}
		from.interaction = n.InteractionID
	}
	if err := db.fitFirst(ctx, q, n); err != nil {
		return from, err
	}
	if err := fitCaseContact(ctx, q, n); err != nil {
		return from, err
	}
	from.contact = n.ContactID
	if n.Parent == uuid.Nil {
		return from, nil
	}
	parent, err := scanCase(q.QueryRow(ctx, "select "+caseColumns+" from cases c where c.id = $1", n.Parent))
	if errors.Is(err, pgx.ErrNoRows) {
		return from, invalidField("/parent_id", "not_found")
	}
	if err != nil {
		return from, fmt.Errorf("read the case that another is made from: %w", err)
	}
	from.parent = parent
	if parent.MapID != "" {
		if from.parentMap, err = db.mapVersion(ctx, q, parent.MapID, parent.MapVersion); err != nil {
			return from, err
		}
	}
	if n.ClientID == uuid.Nil && n.Client == nil {
		n.ClientID = parent.ClientID
	}
	if n.ContactID == uuid.Nil && n.ClientID == parent.ClientID {
		n.ContactID = parent.ContactID
	}
	n.Topic, n.Source = orText(n.Topic, parent.Topic), orText(n.Source, parent.Source)
	return from, nil
}

// fitCaseContact refuses a contact of another client (R44). A client who is only made with the case has none yet.
func fitCaseContact(ctx context.Context, q querier, n *crm.NewCase) error {
	if n.ContactID == uuid.Nil {
		return nil
	}
	if n.Client != nil {
		return invalidField("/contact_id", "other_client")
	}
	var of, client uuid.UUID // those that stand for them now: either may have been merged into another
	err := q.QueryRow(ctx, "select client_id, client_now($2) from contacts where id = contact_now($1)", n.ContactID, nullID(n.ClientID)).
		Scan(&of, (*zeronull.UUID)(&client))
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return invalidField("/contact_id", "not_found")
	case err != nil:
		return fmt.Errorf("look for the contact of a new case: %w", err)
	case n.ClientID != uuid.Nil && client != of:
		return invalidField("/contact_id", "other_client")
	}
	n.ClientID = of
	return nil
}

func orText(given, other string) string {
	if given != "" {
		return given
	}
	return other
}

// fillFromInteraction copies client, topic, contact and, where he works here, the responsible.
func fillFromInteraction(ctx context.Context, q querier, n *crm.NewCase) error {
	var client, contact, responsible uuid.UUID
	var topic, content string
	var lost bool
	err := q.QueryRow(ctx, `select i.client_id, i.contact_id, u.id, i.topic, i.content, i.lost from interactions i
		left join users u on u.id = i.responsible_id and u.active where i.id = $1`, n.InteractionID).
		Scan((*zeronull.UUID)(&client), (*zeronull.UUID)(&contact), (*zeronull.UUID)(&responsible), &topic, &content, &lost)
	if errors.Is(err, pgx.ErrNoRows) {
		return invalidField("/interaction_id", "not_found")
	}
	if err != nil {
		return fmt.Errorf("read the interaction that a case is made from: %w", err)
	}
	switch {
	case lost:
		return invalidField("/interaction_id", "lost_has_no_case") // R1
	case client != uuid.Nil && (n.Client != nil || n.ClientID != uuid.Nil && n.ClientID != client):
		return invalidField("/interaction_id", "other_client")
	}
	if n.Client == nil && n.ClientID == uuid.Nil {
		n.ClientID = client
	}
	if n.ResponsibleID == uuid.Nil {
		n.ResponsibleID = responsible
	}
	n.Topic = orText(n.Topic, topic)
	if contact != uuid.Nil && client == n.ClientID {
		if n.ContactID == uuid.Nil {
			n.ContactID = contact
		}
		n.Participants = append(n.Participants, crm.CaseParticipant{ContactID: contact, Role: crm.ParticipantCustomer, CreatedBy: n.By})
	}
	describeClaim(n, content)
	return nil
}

// describeClaim takes what was said in the interaction for the claim's description where there is none.
func describeClaim(n *crm.NewCase, content string) {
	if n.Kind != crm.Claim || content == "" || n.Fields["description"] != nil {
		return
	}
	fields := map[string]any{"description": content}
	maps.Copy(fields, n.Fields)
	n.Fields = fields
}

// fits refuses an independent map for what is to stand under an interest (R38). What a route makes was its designer's choice.
func (from *origin) fits(n *crm.NewCase, m *routemaps.Map) error {
	if from.parent == nil || n.ByRoute || !m.Independent || from.parent.Kind != crm.Interest {
		return nil
	}
	return invalidField("/parent_id", "independent_map")
}

// carryFields adds to the fields given those of the parent that mean the same in the new case.
func (from *origin) carryFields(n *crm.NewCase, m *routemaps.Map) {
	if from.parent == nil {
		return
	}
	n.Fields = engine.CarryOver(n.Kind, m, from.parent.Fields, from.parentMap, from.parent.Kind, n.Fields)
}

// queueOrigin ties the new case to what it was made from: its number is known only when it is written.
func (w *writer) queueOrigin(ctx context.Context, q querier, n *crm.NewCase, from *origin) error {
	for i := range n.Participants {
		p := n.Participants[i]
		field, code, err := participantProblem(ctx, q, &p, w.c.ClientID)
		if err != nil {
			return err
		}
		if code != "" {
			return invalidField(strings.TrimSuffix(fmt.Sprintf("/participants/%d/%s", i, field), "/"), code)
		}
		p.CreatedBy = n.By
		if err := queueParticipant(w.batch, w.c.ID, &p, w.at); err != nil {
			return err
		}
	}
	if from.interaction != uuid.Nil {
		w.queueInteractionOf(from.interaction)
	}
	if n.First != nil {
		if err := w.queueFirst(n.First, n.By); err != nil {
			return err
		}
	}
	if from.parent == nil || w.generation > 0 {
		return nil // a case that the route makes is told of by the one that makes it
	}
	return queueFollowUp(w.batch, from.parent.ID, w.c, n.By, w.at)
}

// queueOnlyCase refuses, as the violation of cases_interaction, a second case of a kind that is made from an interaction (R30, R36), however
// many ask at once. A case that the user may not see does not count: the refusal would tell of it (R15).
func (w *writer) queueOnlyCase(ctx context.Context, interaction uuid.UUID) {
	w.batch.Queue("select pg_advisory_xact_lock(hashtextextended('cases of/' || $1::uuid::text, 0))", interaction)
	made := where{args: []any{interaction, w.c.Kind}}
	w.batch.Queue("select refuse_second_case() where exists (select from cases c where c.interaction_id = $1 and c.kind = $2"+
		made.andSeen(ctx, crm.CardCase, "c.id")+")", made.args...)
}

// queueInteractionOf ties an interaction that the case is made from, or that a form of it names, to the case, and of a deal the whole
// chain of it (R25). All that an interest is made from is in it: of the chain what is of no case yet (R1). The interaction's version is
// another then, whatever case it was of: what stays of a case that the user may not see must not be told by it (R15).
func (w *writer) queueInteractionOf(id uuid.UUID) {
	w.batch.Queue("select pg_advisory_xact_lock(hashtextextended('chain/' || coalesce(chain_id, id)::text, 0)) from interactions where id = $1", id)
	w.batch.Queue(`update interactions set version = version + 1, case_id = coalesce(case_id, $2),
			client_id = case when case_id is null then coalesce(client_id, $3) else client_id end where id = $1 and not lost`,
		id, w.c.ID, nullID(w.c.ClientID))
	var column string
	switch w.c.Kind {
	case crm.Deal:
		column = "deal_id"
	case crm.Interest:
		column = "case_id"
	case crm.Appeal, crm.Claim:
		return
	}
	w.batch.Queue(`with chain as materialized (select coalesce(chain_id, id) as id from interactions where id = $1),
		empty as materialized (select i.id from interactions i
			where (i.id = (select id from chain) or i.chain_id = (select id from chain)) and i.`+column+` is null and not i.lost
				and (i.client_id = $3) is not false order by i.id for update)
		update interactions set `+column+` = $2, version = version + 1 where id in (select id from empty)`, id, w.c.ID, nullID(w.c.ClientID))
}

// queueFollowUp tells the parent's feed of the case that was made from it.
func queueFollowUp(batch *pgx.Batch, parent uuid.UUID, c *crm.Case, by uuid.UUID, at time.Time) error {
	id, err := newID()
	if err != nil {
		return err
	}
	batch.Queue(`insert into feed (id, case_id, at, kind, actor_id, data)
		select $1, $2, $3, 'case_created', $4, jsonb_build_object('case_id', c.id, 'number', c.number, 'kind', c.kind) from cases c where c.id = $5`,
		id, parent, at, nullID(by), c.ID)
	return nil
}
