package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
)

// maxParticipants bounds those of one case.
const maxParticipants = 200

const participantQuery = `select p.id, p.case_id, p.client_id, p.contact_id, p.user_id, p.role, p.comment, coalesce(k.name, t.name, u.name),
		p.created_at, p.created_by
	from case_participants p left join clients k on k.id = p.client_id left join contacts t on t.id = p.contact_id
		left join users u on u.id = p.user_id`

func scanParticipant(row pgx.Row) (*crm.CaseParticipant, error) {
	var p crm.CaseParticipant
	err := row.Scan(&p.ID, &p.CaseID, (*zeronull.UUID)(&p.ClientID), (*zeronull.UUID)(&p.ContactID), (*zeronull.UUID)(&p.UserID),
		&p.Role, &p.Comment, &p.Name, &p.CreatedAt, (*zeronull.UUID)(&p.CreatedBy))
	return &p, err
}

// Participants lists those of a case, in the order in which they were added.
func (db *DB) Participants(ctx context.Context, caseID uuid.UUID) ([]crm.CaseParticipant, error) {
	rows, err := db.pool.Query(ctx, participantQuery+" where p.case_id = $1 order by p.created_at, p.id", caseID)
	if err != nil {
		return nil, fmt.Errorf("list participants: %w", err)
	}
	return collectRows(rows, "list participants", scanParticipant)
}

// AddParticipant adds one to a case and tells its feed; whoever takes part in the role already is given as he is.
func (db *DB) AddParticipant(ctx context.Context, p crm.CaseParticipant) (*crm.CaseParticipant, error) {
	var added *crm.CaseParticipant
	err := db.inOrder(ctx, func(tx pgx.Tx) error {
		c, err := lockCase(ctx, tx, p.CaseID)
		if err != nil {
			return err
		}
		if err := db.mayWork(ctx, tx, c, p.CreatedBy); err != nil {
			return err
		}
		field, code, err := participantProblem(ctx, tx, &p, c.ClientID)
		if err != nil {
			return err
		}
		if code != "" {
			return invalidField(strings.TrimSuffix("/"+field, "/"), code)
		}
		if err := db.requirePlan(ctx, tx, c); err != nil {
			return err
		}
		var many bool
		if err := tx.QueryRow(ctx, "select count(*) >= $2 from case_participants where case_id = $1", c.ID, maxParticipants).Scan(&many); err != nil {
			return fmt.Errorf("count participants: %w", err)
		}
		if many {
			return crm.Errorf(crm.KindUnprocessed, "too_many_participants", "the case has too many participants")
		}
		added, err = db.writeParticipant(ctx, tx, c, p)
		return err
	})
	return added, participantRefusal(err)
}

// participantProblem is crm.CaseParticipant.Problem of a competitor as he stands now: his card may have been merged, even into the case's
// own client's.
func participantProblem(ctx context.Context, q querier, p *crm.CaseParticipant, client uuid.UUID) (field, code string, err error) {
	now := *p
	if p.Role == crm.ParticipantCompetitor && p.ClientID != uuid.Nil {
		if err := q.QueryRow(ctx, "select coalesce(client_now($1), $1)", p.ClientID).Scan(&now.ClientID); err != nil {
			return "", "", fmt.Errorf("look for a competitor: %w", err)
		}
	}
	field, code = now.Problem(client)
	return field, code, nil
}

func (db *DB) writeParticipant(ctx context.Context, tx pgx.Tx, c *crm.Case, p crm.CaseParticipant) (*crm.CaseParticipant, error) {
	batch := &pgx.Batch{}
	now := db.now()
	if err := queueParticipant(batch, c.ID, &p, now); err != nil {
		return nil, err
	}
	results := tx.SendBatch(ctx, batch)
	tag, err := results.Exec()
	if closeErr := results.Close(); err == nil && closeErr != nil {
		err = closeErr
	}
	if err != nil {
		return nil, fmt.Errorf("add a participant: %w", err)
	}
	// A card that was merged takes part as the one that stands for it.
	added, err := scanParticipant(tx.QueryRow(ctx, participantQuery+` where p.case_id = $1 and p.client_id is not distinct from client_now($2)
		and p.contact_id is not distinct from contact_now($3) and p.user_id is not distinct from $4 and p.role = $5`,
		c.ID, nullID(p.ClientID), nullID(p.ContactID), nullID(p.UserID), p.Role))
	if err != nil {
		return nil, fmt.Errorf("read a participant: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return added, nil
	}
	return added, db.tellCase(ctx, tx, c.ID, "participant_added", p.CreatedBy, map[string]any{"name": added.Name, "role": added.Role, "participant_id": added.ID})
}

// queueParticipant adds one, unless he takes part in the role already.
func queueParticipant(batch *pgx.Batch, caseID uuid.UUID, p *crm.CaseParticipant, at time.Time) error {
	id, err := newID()
	if err != nil {
		return err
	}
	batch.Queue(`insert into case_participants (id, case_id, client_id, contact_id, user_id, role, comment, created_at, created_by)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (case_id, client_id, contact_id, user_id, role) do nothing`,
		id, caseID, nullID(p.ClientID), nullID(p.ContactID), nullID(p.UserID), p.Role, p.Comment, at, nullID(p.CreatedBy))
	return nil
}

// RemoveParticipant takes one off a case and tells its feed.
func (db *DB) RemoveParticipant(ctx context.Context, caseID, id, by uuid.UUID) error {
	return db.inTx(ctx, func(tx pgx.Tx) error {
		c, err := lockCase(ctx, tx, caseID)
		if err != nil {
			return err
		}
		if err := db.mayWork(ctx, tx, c, by); err != nil {
			return err
		}
		p, err := scanParticipant(tx.QueryRow(ctx, participantQuery+" where p.case_id = $1 and p.id = $2", caseID, id))
		if errors.Is(err, pgx.ErrNoRows) {
			return crm.Errorf(crm.KindNotFound, "participant_not_found", "no such participant")
		}
		if err != nil {
			return fmt.Errorf("read a participant: %w", err)
		}
		if err := keepCompetitor(ctx, tx, c, p); err != nil {
			return err
		}
		if err := db.requirePlan(ctx, tx, c); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "delete from case_participants where id = $1", id); err != nil {
			return fmt.Errorf("remove a participant: %w", err)
		}
		return db.tellCase(ctx, tx, caseID, "participant_removed", by, map[string]any{"name": p.Name, "role": p.Role})
	})
}

// keepCompetitor refuses to take off the competitor that the case was lost to. A merge moves the participant to the card that
// stays, while the value of the field remains: both are compared as they stand now.
func keepCompetitor(ctx context.Context, tx pgx.Tx, c *crm.Case, p *crm.CaseParticipant) error {
	value, _ := c.Fields["competitor"].(string)
	named, err := uuid.Parse(value)
	if p.Role != crm.ParticipantCompetitor || err != nil {
		return nil //nolint:nilerr // what is no id names nobody
	}
	var same bool
	if err := tx.QueryRow(ctx, "select coalesce(client_now($1) = client_now($2), false)", named, p.ClientID).Scan(&same); err != nil {
		return fmt.Errorf("compare a participant with the competitor: %w", err)
	}
	if same {
		return crm.Errorf(crm.KindConflict, "competitor_named", "the case names him as the competitor it was lost to")
	}
	return nil
}

// tellCase adds a line to a case's feed and notes that somebody did something on it.
func (db *DB) tellCase(ctx context.Context, tx pgx.Tx, caseID uuid.UUID, kind string, by uuid.UUID, data map[string]any) error {
	now := db.now()
	batch := &pgx.Batch{}
	batch.Queue("update cases set last_activity_at = $2 where id = $1", caseID, now)
	if err := queueFeed(batch, []crm.FeedEntry{{CaseID: caseID, At: now, Kind: kind, ActorID: by, Data: data}}, 0); err != nil {
		return err
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("tell a case's feed: %w", err)
	}
	return nil
}

// mayWork refuses who has nothing to do with the case.
func (db *DB) mayWork(ctx context.Context, tx pgx.Tx, c *crm.Case, by uuid.UUID) error {
	err := db.mayTell(ctx, tx, c, by)
	if refusal, ok := crm.AsError(err); ok && refusal.Code == "not_on_the_case" {
		var partakes bool
		if err := tx.QueryRow(ctx, "select exists (select from case_participants where case_id = $1 and user_id = $2)", c.ID, by).Scan(&partakes); err != nil {
			return fmt.Errorf("look for a participant: %w", err)
		}
		if partakes {
			return nil
		}
	}
	return err
}

// participantRefusal is the answer to a participant who does not exist.
func participantRefusal(err error) error {
	for constraint, pointer := range map[string]string{
		"case_participants_client_id_fkey": "/client_id", "case_participants_contact_id_fkey": "/contact_id", "case_participants_user_id_fkey": "/user_id",
	} {
		if violates(err, constraint) {
			return invalidField(pointer, "not_found")
		}
	}
	return err
}
