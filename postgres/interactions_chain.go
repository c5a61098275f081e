package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"marshrut/crm"
)

// The interactions of a chain hang together by their subjects (R24): each has one at most, and the first has none. The id of
// the first is the key of the chain.

// lockChains locks the chains that the interactions belong to until the transaction ends. Somebody who was first may have
// joined or parted chains in the meantime: the transaction then begins anew.
func lockChains(ctx context.Context, tx pgx.Tx, interactions ...uuid.UUID) error {
	keys, err := chainKeys(ctx, tx, interactions)
	if err != nil || len(keys) == 0 {
		return err
	}
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(k) from (select distinct hashtextextended('chain/' || c, 0) as k
		from unnest($1::text[]) c order by k) sorted`, keys); err != nil {
		return fmt.Errorf("lock chains of interactions: %w", err)
	}
	now, err := chainKeys(ctx, tx, interactions)
	if err != nil {
		return err
	}
	if !slices.Equal(now, keys) {
		return errMoved
	}
	return nil
}

func chainKeys(ctx context.Context, tx pgx.Tx, interactions []uuid.UUID) ([]string, error) {
	rows, err := tx.Query(ctx, "select distinct coalesce(chain_id, id)::text from interactions where id = any($1) order by 1", interactions)
	if err != nil {
		return nil, fmt.Errorf("look for chains: %w", err)
	}
	keys, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("look for chains: %w", err)
	}
	return keys, nil
}

// followSubject puts the interaction into the chain of its subject, whose lock is held, and takes over the chain's deal.
func followSubject(ctx context.Context, tx pgx.Tx, i *crm.Interaction) error {
	if i.SubjectID == uuid.Nil {
		i.ChainID = uuid.Nil
		return nil
	}
	subject, err := readInteraction(ctx, tx, i.SubjectID, "")
	if known, ok := crm.AsError(err); ok && known.Kind == crm.KindNotFound {
		return invalidField("/subject_id", "not_found")
	}
	if err != nil {
		return err
	}
	if apart(i, subject) {
		return invalidField("/subject_id", "other_client")
	}
	i.ChainID = subject.ChainKey()
	return takeDeal(ctx, tx, i, subject.DealID)
}

// apart tells whether two interactions are with different clients, so that neither is about the other (R24). One with nobody known
// yet goes with any; so do two of one case, whose client may have been corrected between them (R65).
func apart(i, other *crm.Interaction) bool {
	return i.ClientID != uuid.Nil && other.ClientID != uuid.Nil && i.ClientID != other.ClientID && (i.CaseID == uuid.Nil || i.CaseID != other.CaseID)
}

// takeDeal gives an interaction that has no deal the one of its chain, which is of the same client.
func takeDeal(ctx context.Context, tx pgx.Tx, i *crm.Interaction, deal uuid.UUID) error {
	if i.DealID != uuid.Nil || deal == uuid.Nil {
		return nil
	}
	var fits bool
	err := tx.QueryRow(ctx, "select client_id is null or $2::uuid is null or client_id = $2 from cases where id = $1", deal, nullID(i.ClientID)).Scan(&fits)
	if err != nil {
		return fmt.Errorf("look for the deal of a chain: %w", err)
	}
	if !fits {
		return invalidField("/subject_id", "other_client")
	}
	i.DealID = deal
	return nil
}

// fitChain refuses another client for an interaction whose chain is locked, while its subject, or one that it is the subject of,
// stays with the former.
func fitChain(ctx context.Context, tx pgx.Tx, i *crm.Interaction) error {
	var apart bool
	err := tx.QueryRow(ctx, `select exists (select from interactions o where (o.id = $2 or o.subject_id = $1) and o.client_id <> $3
			and (o.case_id = $4) is not true)`, i.ID, nullID(i.SubjectID), nullID(i.ClientID), nullID(i.CaseID)).Scan(&apart)
	if err != nil {
		return fmt.Errorf("compare an interaction with its chain: %w", err)
	}
	if apart {
		return invalidField("/client_id", "other_client")
	}
	return nil
}

// relink gives an interaction, whose chain and whose new subject's chain are locked, that subject. What hangs on it comes
// along. A chain that would lead back to itself is refused.
func relink(ctx context.Context, tx pgx.Tx, i *crm.Interaction) error {
	if i.SubjectID == i.ID {
		return cycle()
	}
	var leadsBack bool
	err := tx.QueryRow(ctx, `with recursive up (id, subject_id) as (
			select id, subject_id from interactions where id = $1
			union all select s.id, s.subject_id from up join interactions s on s.id = up.subject_id)
		select exists (select from up where id = $2)`, nullID(i.SubjectID), i.ID).Scan(&leadsBack)
	if err != nil {
		return fmt.Errorf("follow a chain: %w", err)
	}
	if leadsBack {
		return cycle()
	}
	if err := followSubject(ctx, tx, i); err != nil {
		return err
	}
	// The rows below are locked in the order of their ids, as everywhere.
	_, err = tx.Exec(ctx, `with recursive below (id) as (
			select id from interactions where subject_id = $1
			union all select s.id from below join interactions s on s.subject_id = below.id),
		mine as materialized (select id from interactions where id in (select id from below) order by id for update)
		update interactions set chain_id = $2, version = version + 1 where id in (select id from mine)`, i.ID, i.ChainKey())
	if err != nil {
		return fmt.Errorf("move a chain: %w", err)
	}
	return nil
}

func cycle() *crm.Error { return invalidField("/subject_id", "subject_cycle") }

// spreadDeal is R25: the deal of one interaction becomes the deal of all those of its chain that have none, and are not with
// another client than the deal. Links stay, and no other deal is overwritten.
func (db *DB) spreadDeal(ctx context.Context, tx pgx.Tx, i *crm.Interaction, by uuid.UUID) error {
	if i.DealID == uuid.Nil {
		return nil
	}
	tag, err := tx.Exec(ctx, `with empty as materialized (
			select id from interactions where (id = $1 or chain_id = $1) and deal_id is null and not lost
				and (client_id = (select client_id from cases where id = $2)) is not false order by id for update)
		update interactions set deal_id = $2, version = version + 1 where id in (select id from empty)`, i.ChainKey(), i.DealID)
	if err != nil {
		return fmt.Errorf("set the deal of a chain: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	batch := &pgx.Batch{}
	err = queueFeed(batch, []crm.FeedEntry{{CaseID: i.DealID, At: db.now(), Kind: "interactions_joined", ActorID: by, Data: map[string]any{
		"interaction_id": i.ID, "count": tag.RowsAffected(),
	}}}, 0)
	if err != nil {
		return err
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("tell the deal of its chain: %w", err)
	}
	return nil
}
