package server

import (
	"context"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

// homeCurrency is taken where none is named.
const homeCurrency = "RUB"

type paymentView struct {
	ID          uuid.UUID  `json:"id" format:"uuid"`
	CaseID      uuid.UUID  `json:"case_id" format:"uuid"`
	Amount      string     `json:"amount" doc:"Decimal" example:"12500.50"`
	Currency    string     `json:"currency" example:"RUB"`
	PaidOn      string     `json:"paid_on" format:"date"`
	Document    string     `json:"document,omitempty" doc:"Number of the payment order"`
	WithdrawnAt *time.Time `json:"withdrawn_at,omitempty" doc:"When it was found to be recorded by mistake"`
	WithdrawnBy uuid.UUID  `json:"withdrawn_by,omitzero" format:"uuid"`
	CreatedAt   time.Time  `json:"created_at"`
	CreatedBy   uuid.UUID  `json:"created_by,omitzero" format:"uuid"`
}

func viewPayment(p *crm.Payment) paymentView {
	return paymentView{
		ID: p.ID, CaseID: p.CaseID, Amount: p.Amount, Currency: p.Currency, PaidOn: p.PaidOn.Format(time.DateOnly),
		Document: p.Document, WithdrawnAt: p.WithdrawnAt, WithdrawnBy: p.WithdrawnBy, CreatedAt: p.CreatedAt, CreatedBy: p.CreatedBy,
	}
}

func (s *Server) listPayments(ctx context.Context, in *CaseInput) (*listOutput[paymentView], error) {
	c, err := s.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	payments, err := s.services.Payments.Payments(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	return pageOf(crm.Page[crm.Payment]{Items: payments}, viewPayment)
}

type newPaymentInput struct {
	CaseInput
	Body struct {
		Amount   string `json:"amount" doc:"Decimal text, above zero; at most 13 digits and 2 decimals" example:"12500.50"`
		Currency string `json:"currency,omitempty" pattern:"^[A-Z]{3}$" patternDescription:"currency" doc:"ISO 4217; without it RUB" example:"RUB"`
		PaidOn   string `json:"paid_on,omitempty" format:"date" doc:"Without it: today"`
		Document string `json:"document,omitempty" maxLength:"200" doc:"Number of the payment order"`
	}
}

type paymentOutput struct {
	Body paymentView
}

// createPayment records money that came in; a route that waits for it goes on at once (R11).
func (s *Server) createPayment(ctx context.Context, in *newPaymentInput) (*paymentOutput, error) {
	b := &in.Body
	paidOn := s.clock().UTC().Truncate(24 * time.Hour)
	if b.PaidOn != "" {
		day, err := time.Parse(time.DateOnly, b.PaidOn)
		if err != nil {
			return nil, invalid("/paid_on", "expected_date")
		}
		if crm.NotYet(day, s.clock()) {
			return nil, invalid("/paid_on", "in_the_future")
		}
		if err := sensibleTime("/paid_on", day); err != nil {
			return nil, err
		}
		paidOn = day
	}
	c, err := s.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	currency := b.Currency
	if currency == "" {
		currency = homeCurrency
	}
	made, err := s.services.Payments.CreatePayment(ctx, crm.Payment{
		ID: recordID(ctx), CaseID: c.ID, Amount: b.Amount, Currency: currency, PaidOn: paidOn, Document: crm.OneLine(b.Document), CreatedBy: userOf(ctx).ID,
	})
	if err != nil {
		return nil, err
	}
	s.tellRoute(ctx, c.ID)
	return &paymentOutput{Body: viewPayment(made)}, nil
}

type paymentInput struct {
	ID string `path:"id" doc:"Id of the payment"`
}

// withdrawPayment marks a payment that was recorded by mistake.
func (s *Server) withdrawPayment(ctx context.Context, in *paymentInput) (*paymentOutput, error) {
	id, err := idOf(in.ID, "payment_not_found")
	if err != nil {
		return nil, err
	}
	p, err := s.services.Payments.WithdrawPayment(ctx, id, userOf(ctx).ID)
	if err != nil {
		return nil, err
	}
	return &paymentOutput{Body: viewPayment(p)}, nil
}
