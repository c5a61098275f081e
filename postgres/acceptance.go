package postgres

import (
	"context"

	"github.com/google/uuid"

	"marshrut/crm"
)

// OfferedMaps lists the maps that the user may choose for a new case of the kind (R38): active, and available to him.
func (db *DB) OfferedMaps(ctx context.Context, kind crm.Kind, user uuid.UUID) ([]crm.RouteMap, error) {
	maps, err := db.keptMaps(ctx, "process = %s and state = 'active'", kind)
	if err != nil {
		return nil, err
	}
	directory, err := db.directory(ctx, db.pool)
	if err != nil {
		return nil, err
	}
	offered := maps[:0]
	for i := range maps {
		if availableTo(&maps[i].AvailableTo, directory, user) {
			offered = append(offered, maps[i])
		}
	}
	return offered, nil
}

// fitFirst makes the interaction that a case comes with fit its client, and puts its contact among the participants.
func (db *DB) fitFirst(ctx context.Context, q querier, n *crm.NewCase) error {
	if n.First == nil {
		return nil
	}
	if problem := crm.InteractionCompleted.TimeProblem(n.First.At, db.now()); problem != "" {
		return invalidField("/at", problem)
	}
	var err error
	if n.First.ID, err = idOr(n.First.ID); err != nil {
		return err
	}
	if n.First.ContactID != uuid.Nil {
		n.ContactID = n.First.ContactID
		if err := fitCaseContact(ctx, q, n); err != nil {
			return err
		}
		n.Participants = append(n.Participants, crm.CaseParticipant{ContactID: n.First.ContactID, Role: crm.ParticipantCustomer, CreatedBy: n.By})
	}
	// R22: where no interactions are kept, the request is accepted without the one by which it came.
	n.ClientID, err = fitClient(ctx, q, n.ClientID, crm.BlockInteractions)
	if isWithout(err) && n.First.Content == "" {
		n.First = nil
		return nil
	}
	return err
}

// queueFirst records the interaction that the case comes with, in the transaction that makes the case. It is no news to the
// route, which has only begun.
func (w *writer) queueFirst(first *crm.FirstInteraction, by uuid.UUID) error {
	w.batch.Queue(`insert into interactions (id, case_id, client_id, contact_id, kind, direction, status, at, topic, content, responsible_id, created_at, created_by)
		values ($1, $2, $3, $4, $5, $6, 'completed', $7, $8, $9, $10, $11, $12)`,
		first.ID, w.c.ID, nullID(w.c.ClientID), nullID(first.ContactID), first.Kind, first.Direction, first.At, w.c.Topic, first.Content,
		nullID(w.c.ResponsibleID), w.at, nullID(by))
	w.queueParty(first.ID, first.ContactID)
	return queueFeed(w.batch, []crm.FeedEntry{{CaseID: w.c.ID, At: w.at, Kind: "interaction", ActorID: by, Data: map[string]any{
		"interaction_id": first.ID, "kind": first.Kind, "status": crm.InteractionCompleted, "at": first.At, "topic": w.c.Topic, "change": crm.ChangeCompleted,
	}}}, 0)
}
