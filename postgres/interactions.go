package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
)

const interactionColumns = `i.id, i.case_id, i.client_id, i.contact_id, i.kind, i.direction, i.status, i.at, i.ends_at, i.topic, i.content,
	i.result, i.subject_id, i.chain_id, i.deal_id, i.lost, i.lost_reason, i.responsible_id, i.review_after, i.remind_at, i.reminded_at,
	i.reviewed_at, i.reviewed_by, i.off_register_at, i.created_at, i.created_by, i.version, ` + negotiatingOf

func scanInteraction(row pgx.Row) (*crm.Interaction, error) {
	var i crm.Interaction
	err := row.Scan(&i.ID, (*zeronull.UUID)(&i.CaseID), (*zeronull.UUID)(&i.ClientID), (*zeronull.UUID)(&i.ContactID), &i.Kind,
		&i.Direction, &i.Status, &i.At, &i.EndsAt, &i.Topic, &i.Content, &i.Result, (*zeronull.UUID)(&i.SubjectID),
		(*zeronull.UUID)(&i.ChainID), (*zeronull.UUID)(&i.DealID), &i.Lost, &i.LostReason, (*zeronull.UUID)(&i.ResponsibleID),
		&i.ReviewAfter, &i.RemindAt, &i.RemindedAt, &i.ReviewedAt, (*zeronull.UUID)(&i.ReviewedBy), &i.OffRegisterAt, &i.CreatedAt,
		(*zeronull.UUID)(&i.CreatedBy), &i.Version, &i.Negotiating)
	return &i, err
}

// Interaction reads one with its participants; crm.KindNotFound when there is none.
func (db *DB) Interaction(ctx context.Context, id uuid.UUID) (*crm.Interaction, error) {
	i, err := wholeInteraction(ctx, db.pool, id)
	if err != nil {
		return nil, err
	}
	one := []crm.Interaction{*i}
	err = db.showMade(ctx, one)
	return &one[0], err
}

// wholeInteraction is an interaction with its participants.
func wholeInteraction(ctx context.Context, q querier, id uuid.UUID) (*crm.Interaction, error) {
	i, err := readInteraction(ctx, q, id, "")
	if err != nil {
		return nil, err
	}
	one := []crm.Interaction{*i}
	if err := readParticipants(ctx, q, one); err != nil {
		return nil, err
	}
	return &one[0], nil
}

func readInteraction(ctx context.Context, q querier, id uuid.UUID, lock string) (*crm.Interaction, error) {
	i, err := scanInteraction(q.QueryRow(ctx, "select "+interactionColumns+" from interactions i where i.id = $1 "+lock, id))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, interactionNotFound()
	}
	if err != nil {
		return nil, fmt.Errorf("read an interaction: %w", err)
	}
	return i, nil
}

func interactionNotFound() *crm.Error {
	return crm.Errorf(crm.KindNotFound, "interaction_not_found", "no such interaction")
}

// readParticipants fills in who took part in the interactions, in one question.
func readParticipants(ctx context.Context, q querier, interactions []crm.Interaction) error {
	ids := make([]uuid.UUID, len(interactions))
	for k := range interactions {
		ids[k] = interactions[k].ID
	}
	rows, err := q.Query(ctx, `select interaction_id, user_id, contact_id, client_id, name, detail_kind, detail_value
		from interaction_participants where interaction_id = any($1) order by interaction_id, position`, ids)
	if err != nil {
		return fmt.Errorf("read participants: %w", err)
	}
	var of uuid.UUID
	var p crm.Participant
	_, err = pgx.ForEachRow(rows, []any{
		&of, (*zeronull.UUID)(&p.UserID), (*zeronull.UUID)(&p.ContactID), (*zeronull.UUID)(&p.ClientID), &p.Name, &p.DetailKind, &p.Detail,
	}, func() error {
		k := slices.Index(ids, of)
		interactions[k].Participants = append(interactions[k].Participants, p)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read participants: %w", err)
	}
	return nil
}

// ListInteractions lists interactions in the order of their times.
func (db *DB) ListInteractions(ctx context.Context, f crm.InteractionFilter) (crm.Page[crm.Interaction], error) {
	w := interactionsWhere(&f)
	if err := db.narrowToCase(ctx, w, &f); err != nil {
		return crm.Page[crm.Interaction]{}, err
	}
	if err := db.seenInteractions(ctx, w); err != nil {
		return crm.Page[crm.Interaction]{}, err
	}
	rows, err := db.pool.Query(ctx, interactionsQuery(w, &f), w.args...)
	if err != nil {
		return crm.Page[crm.Interaction]{}, fmt.Errorf("list interactions: %w", err)
	}
	items, err := collectRows(rows, "list interactions", scanInteraction)
	if err != nil {
		return crm.Page[crm.Interaction]{}, err
	}
	page := cut(items, f.Limit, func(i *crm.Interaction) crm.Cursor { return crm.Cursor{At: &i.At, ID: i.ID} })
	if len(page.Items) == 0 {
		return page, nil
	}
	if err := readParticipants(ctx, db.pool, page.Items); err != nil {
		return page, err
	}
	return page, db.showMade(ctx, page.Items)
}

// interactionsQuery reads a page along an index. What is of a client or a contact is so in several ways, each with an index of its
// own: a page of each is put together.
func interactionsQuery(w *where, f *crm.InteractionFilter) string {
	order := " order by i.at, i.id limit " + w.arg(f.Limit+1)
	if f.Newest {
		order = strings.ReplaceAll(order, "i.at, i.id", "i.at desc, i.id desc")
	}
	ways := partyWays(w, f)
	if len(ways) == 0 {
		return "select " + interactionColumns + " from interactions i" + w.sql() + order
	}
	parts := make([]string, len(ways))
	for k, way := range ways {
		part := where{conditions: append([]string{way}, w.conditions...)}
		parts[k] = "(select i.at, i.id from interactions i" + part.sql() + order + ")"
	}
	return "select " + interactionColumns + " from (select i.id from (" + strings.Join(parts, " union ") + ") i" + order +
		") page join interactions i on i.id = page.id" + order
}

// partyWays are the ways in which interactions i are of the client and of the contact that a list is narrowed to (R47): with him, or
// with him taking part. None: it is narrowed to neither.
func partyWays(w *where, f *crm.InteractionFilter) []string {
	var ways []string
	if f.ClientID != uuid.Nil {
		client := w.arg(f.ClientID)
		ways = []string{"i.client_id = " + client, takingPart(client)}
	}
	if f.ContactID == uuid.Nil {
		return ways
	}
	contact := w.arg(f.ContactID)
	both := []string{}
	for _, way := range []string{"i.contact_id = " + contact, "i.id = any(array(select interaction_id from interaction_participants where contact_id = " + contact + "))"} {
		if len(ways) == 0 {
			both = append(both, way)
		}
		for _, other := range ways {
			both = append(both, way+" and "+other)
		}
	}
	return both
}

// takingPart is the condition that the client, a parameter, takes part in interactions i, itself or by one of its contacts. These are
// looked up first, and not among all interactions in the order of the list.
func takingPart(client string) string {
	return "i.id = any(array(select interaction_id from interaction_participants where client_id = " + client +
		" union all select p.interaction_id from contacts k join interaction_participants p on p.contact_id = k.id where k.client_id = " + client + "))"
}

// interactionsWhere narrows in the words of the partial indexes, so that each list is read along one of them.
func interactionsWhere(f *crm.InteractionFilter) *where {
	w := &where{}
	w.equalID("i.responsible_id", f.Responsible)
	w.equalID("i.created_by", f.Author)
	if f.Department != uuid.Nil {
		w.add("i.responsible_id in (select id from users where department_id in (select department_tree(%s)))", f.Department)
	}
	switch len(f.Kinds) {
	case 0:
	case 1:
		w.equal("i.kind", string(f.Kinds[0]))
	default:
		w.add("i.kind = any(%s)", f.Kinds)
	}
	if f.ChainID != uuid.Nil {
		w.add("(i.chain_id = %[1]s or i.id = %[1]s)", f.ChainID)
	}
	switch f.Status {
	case crm.InteractionPlanned, crm.InteractionCancelled: // spelled out for the partial indexes
		w.plain("i.status = '" + string(f.Status) + "'")
	default:
		w.equal("i.status", string(f.Status))
	}
	if f.Register {
		w.plain("i.status = 'planned' and i.off_register_at is null")
	}
	if f.Unassigned {
		w.plain("i.responsible_id is null")
	}
	if f.Negotiating != nil {
		if *f.Negotiating {
			w.plain("i.case_id in (select c.id from cases c where " + atNegotiations + ")")
		} else {
			w.plain("not " + negotiatingOf)
		}
	}
	if f.Lost {
		w.plain("i.lost")
		w.equal("i.lost_reason", f.LostReason)
	}
	interactionTimes(w, f)
	return w
}

func interactionTimes(w *where, f *crm.InteractionFilter) {
	if f.Reviewed != nil && *f.Reviewed {
		w.plain("i.reviewed_at is not null")
	}
	if f.Reviewed != nil && !*f.Reviewed {
		w.plain("i.reviewed_at is null")
	}
	if f.ReviewDue != nil {
		w.add("i.review_after is not null and i.reviewed_at is null and i.review_after <= %s", *f.ReviewDue)
	}
	if f.From != nil {
		w.add("i.at >= %s", *f.From)
	}
	if f.Through != nil {
		w.add("i.at < %s", *f.Through)
	}
	if f.After != nil {
		sign := ">"
		if f.Newest {
			sign = "<"
		}
		w.plain("(i.at, i.id) " + sign + " (" + w.arg(f.After.At) + ", " + w.arg(f.After.ID) + ")")
	}
}
