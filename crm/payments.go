package crm

import (
	"time"

	"github.com/google/uuid"
)

// Payment is money that came in for a case. Recording one moves a route that waits for it (R11).
type Payment struct {
	ID       uuid.UUID
	CaseID   uuid.UUID
	Amount   string    // decimal, above zero
	Currency string    // ISO 4217: "RUB"
	PaidOn   time.Time // the day, at midnight UTC
	Document string    // number of the payment order, if any
	// WithdrawnAt is when it was found to be recorded by mistake; nil: it stands.
	WithdrawnAt *time.Time
	WithdrawnBy uuid.UUID
	CreatedAt   time.Time
	CreatedBy   uuid.UUID
}
