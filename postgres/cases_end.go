package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"marshrut/crm"
	"marshrut/engine"
)

// queueParties writes what a step means for those around the case: a competitor named in a form takes part (R30), and the
// end of a case may give its client to the responsible and those who took part (R18). It reads only where that is the matter.
func (w *writer) queueParties(ctx context.Context, q querier) error {
	if err := queueCompetitor(w.batch, w.c, w.at, w.actor()); err != nil {
		return err
	}
	// What is done on a case that has ended before, such as settling a failure, gives its client to nobody anew.
	if ends := w.change.Register == engine.RegisterOwn || w.change.Register == engine.RegisterWhole; !ends || w.c.MapID == "" {
		return nil
	}
	m, err := w.db.mapVersion(ctx, q, w.c.MapID, w.c.MapVersion)
	if err != nil {
		return err
	}
	if engine.Ownership(m, w.c, nil) == nil {
		return nil
	}
	rows, err := q.Query(ctx, `select p.user_id from case_participants p join users u on u.id = p.user_id
		where p.case_id = $1 and u.active order by p.created_at, p.id`, w.c.ID)
	if err != nil {
		return fmt.Errorf("read who took part: %w", err)
	}
	participants, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return fmt.Errorf("read who took part: %w", err)
	}
	owners := engine.Ownership(m, w.c, participants)
	queueOwners(w.batch, w.c.ClientID, owners, w.c.ID, w.at)
	w.change.Feed = append(w.change.Feed, crm.FeedEntry{
		CaseID: w.c.ID, At: w.at, Kind: "client_owned", Data: map[string]any{"to": owners[0], "shared": len(owners) - 1},
	})
	return nil
}

// queueCompetitor lets the competitor that the case names take part in it.
func queueCompetitor(batch *pgx.Batch, c *crm.Case, at time.Time, by uuid.UUID) error {
	text, _ := c.Fields["competitor"].(string)
	competitor, err := uuid.Parse(text)
	if err != nil {
		return nil //nolint:nilerr // none is named
	}
	return queueParticipant(batch, c.ID, &crm.CaseParticipant{ClientID: competitor, Role: crm.ParticipantCompetitor, CreatedBy: by}, at)
}

// queueOwners gives the client to the first owner, and lets all share it.
func queueOwners(batch *pgx.Batch, client uuid.UUID, owners []uuid.UUID, caseID uuid.UUID, at time.Time) {
	batch.Queue("update clients set owner_id = $2, version = version + 1 where id = $1 and owner_id is distinct from $2", client, owners[0])
	batch.Queue(`insert into client_owners (client_id, user_id, case_id, since) select $1, user_id, $3, $4 from unnest($2::uuid[]) as o (user_id)
		on conflict (client_id, user_id) do nothing`, client, owners, caseID, at)
}

// ClientOwners lists who shares a client (R18), in the order in which they came to.
func (db *DB) ClientOwners(ctx context.Context, client uuid.UUID) ([]crm.ClientOwner, error) {
	rows, err := db.pool.Query(ctx, `select o.user_id, coalesce(o.case_id, '00000000-0000-0000-0000-000000000000'), o.since, o.user_id = k.owner_id
		from client_owners o join clients k on k.id = o.client_id where o.client_id = $1 order by o.since, o.user_id`, client)
	if err != nil {
		return nil, fmt.Errorf("read a client's owners: %w", err)
	}
	return collectRows(rows, "read a client's owners", func(row pgx.Row) (*crm.ClientOwner, error) {
		var o crm.ClientOwner
		var first *bool
		err := row.Scan(&o.UserID, &o.CaseID, &o.Since, &first)
		o.First = first != nil && *first
		return &o, err
	})
}
