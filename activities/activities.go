package activities

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/temporal"

	"marshrut/crm"
	"marshrut/notify"
)

// Store is what the activities need of the database.
type Store interface {
	// Advance takes one step of a case in one transaction; idempotent by event id.
	Advance(ctx context.Context, request AdvanceRequest) (AdvanceResult, error)
	// ClaimNotification takes a pending notification for one attempt. False: it is final, or another attempt is at work; a
	// claim older than stale has become unknown.
	ClaimNotification(ctx context.Context, id uuid.UUID, stale time.Duration) (*crm.Notification, bool, error)
	// FinishNotification stores what the attempt of this number came to.
	FinishNotification(ctx context.Context, n *crm.Notification) error
	// Delivery reads what a message is made of.
	Delivery(ctx context.Context, n *crm.Notification) (*crm.Delivery, error)
	// OutgoingSMS reads the text message of a notification of that rule whose channel is SMS.
	OutgoingSMS(ctx context.Context, notification uuid.UUID) (*crm.SMS, error)
	// OutgoingLetter reads the letter of a notification whose rule is crm.LetterRule.
	OutgoingLetter(ctx context.Context, notification uuid.UUID) (*crm.OutgoingLetter, error)
	// SenderOf is what the letter of a claimed notification goes from, the same at every attempt.
	SenderOf(ctx context.Context, n *crm.Notification) (crm.Sender, error)
}

// Mailer sends e-mail. Its errors are *notify.DeliveryError.
type Mailer interface {
	Send(ctx context.Context, mail notify.Mail) error
}

// Activities are the activities of the worker.
type Activities struct {
	Store  Store
	Mailer Mailer           // nil: e-mail is switched off, and its notifications are skipped with that reason
	SMS    notify.SMSSender // nil: the same for SMS
	Hooks  Hooks
	Writer *Writer
	Log    *slog.Logger
}

// Advance takes one step of a case. Whatever fails for the moment is retried by the workflow for ever; a case that does
// not exist fails for good. What goes into the history as a failure names no one.
func (a *Activities) Advance(ctx context.Context, request AdvanceRequest) (AdvanceResult, error) {
	result, err := a.Store.Advance(ctx, request)
	if err == nil {
		return result, nil
	}
	if e, ok := crm.AsError(err); ok && e.Kind == crm.KindNotFound {
		return AdvanceResult{}, temporal.NewNonRetryableApplicationError(e.Code, "NotFound", nil)
	}
	a.Log.WarnContext(ctx, "a step was not taken and is tried again", "case", request.Case, "event", request.EventID, "error", crm.Scrub(err))
	return AdvanceResult{}, passing(err)
}

// passing is a failure worth another attempt, without its text: a database repeats values in its messages.
func passing(err error) error {
	reason := "the database did not answer as expected"
	if errors.Is(err, context.DeadlineExceeded) {
		reason = "the database did not answer in time"
	}
	return temporal.NewApplicationError(reason, "Passing")
}
