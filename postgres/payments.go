package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
	"marshrut/engine"
	"marshrut/routemaps"
)

const paymentColumns = `p.id, p.case_id, p.amount::text, p.currency, p.paid_on, p.document, p.withdrawn_at, p.withdrawn_by, p.created_at, p.created_by`

func scanPayment(row pgx.Row) (*crm.Payment, error) {
	var p crm.Payment
	err := row.Scan(&p.ID, &p.CaseID, &p.Amount, &p.Currency, &p.PaidOn, &p.Document, &p.WithdrawnAt, (*zeronull.UUID)(&p.WithdrawnBy),
		&p.CreatedAt, (*zeronull.UUID)(&p.CreatedBy))
	if err != nil {
		return nil, err
	}
	return &p, nil
}

// Payments lists a case's payments by their days, withdrawn ones too.
func (db *DB) Payments(ctx context.Context, caseID uuid.UUID) ([]crm.Payment, error) {
	rows, err := db.pool.Query(ctx, "select "+paymentColumns+" from payments p where p.case_id = $1 order by p.paid_on, p.id", caseID)
	if err != nil {
		return nil, fmt.Errorf("list payments: %w", err)
	}
	return collectRows(rows, "list payments", scanPayment)
}

// CreatePayment records a payment and brings it to the case's route (R11), both or neither. The amount is to be one that
// engine.ReadAmount takes, the currency one that crm.Currency knows.
func (db *DB) CreatePayment(ctx context.Context, p crm.Payment) (*crm.Payment, error) {
	var err error
	if p.ID, err = idOr(p.ID); err != nil {
		return nil, err
	}
	amount, problem := engine.ReadAmount(p.Amount)
	if problem != "" {
		return nil, invalidField("/amount", problem)
	}
	if !crm.Currency(p.Currency) {
		return nil, invalidField("/currency", "not_a_currency")
	}
	var made *crm.Payment
	err = db.inTx(ctx, func(tx pgx.Tx) error {
		c, err := lockCase(ctx, tx, p.CaseID)
		if err != nil {
			return err
		}
		if err := db.mayTell(ctx, tx, c, p.CreatedBy); err != nil {
			return err
		}
		made, err = scanPayment(tx.QueryRow(ctx, `insert into payments as p (id, case_id, amount, currency, paid_on, document, created_at, created_by)
			values ($1, $2, $3::text::numeric, $4, $5, $6, $7, $8) on conflict (id) do nothing returning `+paymentColumns,
			p.ID, p.CaseID, amount, p.Currency, p.PaidOn, p.Document, db.now(), nullID(p.CreatedBy)))
		if errors.Is(err, pgx.ErrNoRows) {
			made, err = readPayment(ctx, tx, p.ID)
			return err
		}
		if err != nil {
			return fmt.Errorf("record a payment: %w", err)
		}
		if err := db.tellPayment(ctx, tx, made, "payment", p.CreatedBy); err != nil {
			return err
		}
		return db.happened(ctx, tx, c, routemaps.EventPayment, made.ID, p.CreatedBy)
	})
	return made, err
}

// WithdrawPayment marks a payment that was recorded by mistake. What it has moved stays moved: that is for a person to right.
func (db *DB) WithdrawPayment(ctx context.Context, id, by uuid.UUID) (*crm.Payment, error) {
	var p *crm.Payment
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		found, err := readPayment(ctx, tx, id)
		if err != nil {
			return err
		}
		c, err := lockCase(ctx, tx, found.CaseID)
		if err != nil {
			return err
		}
		if err := db.mayTell(ctx, tx, c, by); err != nil {
			return err
		}
		p, err = scanPayment(tx.QueryRow(ctx, `update payments p set withdrawn_at = $2, withdrawn_by = $3
			where p.id = $1 and p.withdrawn_at is null returning `+paymentColumns, id, db.now(), by))
		if errors.Is(err, pgx.ErrNoRows) {
			p, err = readPayment(ctx, tx, id)
			return err
		}
		if err != nil {
			return fmt.Errorf("withdraw a payment: %w", err)
		}
		if err := forgetHappened(ctx, tx, p.CaseID, p.ID); err != nil {
			return err
		}
		return db.tellPayment(ctx, tx, p, "payment_withdrawn", by)
	})
	return p, err
}

func readPayment(ctx context.Context, q querier, id uuid.UUID) (*crm.Payment, error) {
	p, err := scanPayment(q.QueryRow(ctx, "select "+paymentColumns+" from payments p where p.id = $1", id))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, crm.Errorf(crm.KindNotFound, "payment_not_found", "no such payment")
	}
	if err != nil {
		return nil, fmt.Errorf("read a payment: %w", err)
	}
	return p, nil
}

// tellPayment writes a line into the case's feed and counts as activity on it.
func (db *DB) tellPayment(ctx context.Context, tx pgx.Tx, p *crm.Payment, kind string, by uuid.UUID) error {
	now := db.now()
	batch := &pgx.Batch{}
	err := queueFeed(batch, []crm.FeedEntry{{CaseID: p.CaseID, At: now, Kind: kind, ActorID: by, Data: map[string]any{
		"payment_id": p.ID, "amount": p.Amount, "currency": p.Currency, "paid_on": p.PaidOn.Format("2006-01-02"), "document": p.Document,
	}}}, 0)
	if err != nil {
		return err
	}
	batch.Queue("update cases set last_activity_at = $2 where id = $1", p.CaseID, now)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("tell a payment in the feed: %w", err)
	}
	return nil
}
