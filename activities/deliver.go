package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"

	"marshrut/crm"
	"marshrut/notify"
)

const (
	// sendTimeout bounds one sending; it is shorter than the activity's StartToClose, so that an attempt always gets to write
	// down what became of it.
	sendTimeout = 40 * time.Second
	// staleClaim is when an attempt without a result is given up as lost with its worker. It is longer than sendTimeout and
	// not longer than StartToClose: when the activity is run again, the lost attempt is stale.
	staleClaim = 55 * time.Second
	// maxAttempts is when a message that certainly did not go is given up: with the workflow's pauses, after some 6 hours.
	maxAttempts = 40
	// maxHookAttempts is smaller, as a stage may wait for the webhook: after some 10 minutes a person hears of it.
	maxHookAttempts = 8
)

// ReasonStageLeft is the ledger's reason of a webhook that was withdrawn: the case left the stage that waited for it.
const ReasonStageLeft = string(notify.CodeStageLeft)

// Deliver sends one notification and writes down what became of it. Only what was certainly not accepted is tried again.
func (a *Activities) Deliver(ctx context.Context, request DeliverRequest) (DeliverResult, error) {
	n, mine, err := a.Store.ClaimNotification(ctx, request.Notification, staleClaim)
	if err != nil {
		if e, ok := crm.AsError(err); ok && e.Kind == crm.KindNotFound {
			return DeliverResult{}, temporal.NewNonRetryableApplicationError(e.Code, "NotFound", nil)
		}
		return DeliverResult{}, passing(err)
	}
	if !mine {
		if n.Status.Final() {
			return resultOf(n), nil
		}
		return DeliverResult{}, temporal.NewApplicationError("another attempt is at work", "Busy")
	}
	a.attempt(ctx, n)
	// The attempt has happened, whatever becomes of the request's context: its result must be written.
	finishCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := a.finish(finishCtx, n); err != nil {
		return DeliverResult{}, passing(err)
	}
	a.Log.InfoContext(ctx, "notification", "notification", n.ID, "case", n.CaseID, "channel", n.Channel, "template", n.Template,
		"status", n.Status, "reason", n.Reason, "attempt", n.Attempt)
	if !n.Status.Final() {
		return DeliverResult{}, temporal.NewApplicationErrorWithOptions("not accepted yet: "+n.Reason, "NotAccepted",
			temporal.ApplicationErrorOptions{NextRetryDelay: Pause(n.Tries())})
	}
	return resultOf(n), nil
}

// Pause is how long after an attempt that was not accepted the next one comes: five seconds after the first, twice as long
// each time, at most ten minutes. Deliver keeps to it, and the ledger tells it.
func Pause(attempt int) time.Duration {
	const first, longest = 5 * time.Second, 10 * time.Minute
	pause := first
	for range attempt - 1 {
		if pause *= 2; pause >= longest {
			return longest
		}
	}
	return pause
}

// finish writes the result down, again and again while the database is away: a message that went out must not come to be
// taken for lost. Repeating is safe: the attempt's number fences it.
func (a *Activities) finish(ctx context.Context, n *crm.Notification) error {
	const pause = 500 * time.Millisecond
	for {
		err := a.Store.FinishNotification(ctx, n)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

func resultOf(n *crm.Notification) DeliverResult {
	return DeliverResult{Status: string(n.Status), Reason: n.Reason, Await: n.Await}
}

// attempt makes and sends the message, and puts the outcome into n.
func (a *Activities) attempt(ctx context.Context, n *crm.Notification) {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	if n.Rule == crm.LetterRule {
		settle(n, a.personal(ctx, n))
		return
	}
	delivery, err := a.Store.Delivery(ctx, n)
	if err != nil {
		a.Log.WarnContext(ctx, "a notification's content was not read", "notification", n.ID, "error", crm.Scrub(err))
		again(n, string(notify.CodeDatabase), "")
		return
	}
	switch n.Channel {
	case string(notify.Email):
		err = a.mail(ctx, n, delivery)
	case string(notify.SMSChannel):
		err = a.sms(ctx, n, delivery)
	default:
		err = a.Hooks.Call(ctx, n, delivery)
	}
	settle(n, err)
}

// skip says why a notification cannot go (R40).
type skip struct{ reason notify.ReasonCode }

func (s skip) Error() string { return "skipped: " + string(s.reason) }

// badTemplate is a template that cannot be rendered: a person has to mend it.
type badTemplate struct{ err error }

func (b badTemplate) Error() string { return fmt.Sprintf("template: %v", b.err) }

// settle turns the attempt's error into the notification's state.
func settle(n *crm.Notification, err error) {
	var delivery *notify.DeliveryError
	var skipped skip
	var template badTemplate
	switch {
	case err == nil:
		n.Status, n.Reason, n.Detail = crm.NotificationSent, "", ""
	case errors.As(err, &skipped):
		n.Status, n.Reason, n.Detail = crm.NotificationSkipped, string(skipped.reason), ""
	case errors.As(err, &template):
		n.Status, n.Reason, n.Detail = crm.NotificationFailed, string(notify.CodeTemplateFailed), template.err.Error()
	case !errors.As(err, &delivery):
		again(n, string(notify.CodeNotSent), "")
	case delivery.Class == notify.Permanent:
		n.Status, n.Reason, n.Detail = crm.NotificationFailed, string(delivery.Code), delivery.Reason
	case delivery.Class == notify.Unknown:
		n.Status, n.Reason, n.Detail = crm.NotificationUnknown, string(delivery.Code), delivery.Reason
	default:
		again(n, string(delivery.Code), delivery.Reason)
	}
}

// again leaves the notification pending for another attempt, or gives it up after the last.
func again(n *crm.Notification, reason, detail string) {
	n.Status, n.Reason, n.Detail = crm.NotificationPending, reason, detail
	most := maxAttempts
	if n.Channel == "webhook" {
		most = maxHookAttempts
	}
	if n.Tries() >= most {
		n.Status = crm.NotificationFailed
	}
}

// personal sends what a person has written.
func (a *Activities) personal(ctx context.Context, n *crm.Notification) error {
	if n.Channel == string(notify.SMSChannel) {
		return a.text(ctx, n)
	}
	return a.letter(ctx, n)
}

// text sends a text message that a person has written (R42).
func (a *Activities) text(ctx context.Context, n *crm.Notification) error {
	if a.SMS == nil {
		return skip{notify.CodeNoSMSProvider}
	}
	m, err := a.Store.OutgoingSMS(ctx, n.ID)
	if err != nil {
		return fmt.Errorf("read a text message: %w", err)
	}
	return a.SMS.SendSMS(ctx, notify.SMS{ID: n.ID.String(), To: m.To, Text: m.Text})
}

// letter sends what a person has written (R63), from his own address, with an answer to it going to him. Who has none writes from the
// company's mailbox.
func (a *Activities) letter(ctx context.Context, n *crm.Notification) error {
	if a.Mailer == nil {
		return skip{notify.CodeNoMailServer}
	}
	l, err := a.Store.OutgoingLetter(ctx, n.ID)
	if err != nil {
		return fmt.Errorf("read a letter: %w", err)
	}
	author := notify.Address{Name: l.AuthorName, Email: l.AuthorEmail}
	attached := make([]notify.Attachment, len(l.Attached))
	for i, f := range l.Attached {
		attached[i] = notify.Attachment{Name: f.Name, Type: f.MediaType, Content: f.Content}
	}
	mail := notify.Mail{
		MessageID: a.Writer.messageID(n.ID), From: author, To: notify.Address{Name: l.ToName, Email: l.ToEmail},
		Subject: l.Subject, Text: signed(l.Body, l.Signature), Headers: a.Writer.threadOf(l.Thread), Personal: true, Attachments: attached,
	}
	if author.IsZero() || n.Sender != nil {
		if err := a.sendFrom(ctx, n, &mail); err != nil {
			return err
		}
	}
	return a.Mailer.Send(ctx, mail)
}

// sendFrom lets a letter go from the mailbox that is for it.
func (a *Activities) sendFrom(ctx context.Context, n *crm.Notification, mail *notify.Mail) error {
	from, err := a.Store.SenderOf(ctx, n)
	if err != nil {
		return fmt.Errorf("find what a letter goes from: %w", err)
	}
	mail.SendFrom(notify.Address{Name: from.Name, Email: from.Email}, from.ReplyTo)
	return nil
}

// signed is the text with its signature, set off as mail programs expect it.
func signed(text, signature string) string {
	if signature == "" {
		return text
	}
	return text + "\n\n-- \n" + signature
}

func (a *Activities) mail(ctx context.Context, n *crm.Notification, d *crm.Delivery) error {
	if slices.Contains(d.Recipient.Muted, n.Template) {
		return skip{notify.CodeRecipientMuted}
	}
	to, reason := addressOf(notify.Email, d)
	if reason != "" {
		return skip{reason}
	}
	if a.Mailer == nil {
		return skip{notify.CodeNoMailServer}
	}
	message, err := a.Writer.Write(ctx, n, d)
	if err != nil {
		return badTemplate{err}
	}
	mail := notify.Mail{
		MessageID: a.Writer.messageID(n.ID), To: notify.Address{Name: d.Recipient.Name, Email: to},
		Subject: message.Subject, Text: message.Text, HTML: message.HTML, Lang: string(d.Recipient.Lang),
	}
	if err := a.sendFrom(ctx, n, &mail); err != nil {
		return err
	}
	return a.Mailer.Send(ctx, mail)
}

func (a *Activities) sms(ctx context.Context, n *crm.Notification, d *crm.Delivery) error {
	to, reason := addressOf(notify.SMSChannel, d)
	if reason != "" {
		return skip{reason}
	}
	if a.SMS == nil {
		return skip{notify.CodeNoSMSProvider}
	}
	message, err := a.Writer.Write(ctx, n, d)
	if err != nil {
		return badTemplate{err}
	}
	return a.SMS.SendSMS(ctx, notify.SMS{ID: n.ID.String(), To: to, Text: message.Text})
}

// addressOf is where the message goes, or why it cannot go (R40). Whoever has left since the step was taken hears no more of
// its cases, and those who work here nothing of what the company has switched off (R22): to its clients the cases go on.
func addressOf(channel notify.Channel, d *crm.Delivery) (string, notify.ReasonCode) {
	switch {
	case d.Recipient.Inactive:
		return "", notify.CodeRecipientInactive
	case d.Off && d.Recipient.Kind == "user":
		return "", notify.CodeBlockOff
	}
	return notify.Eligible(channel, recipientOf(d))
}

// recipientOf puts the recipient's contact details into the shape that the rules of R40 read.
func recipientOf(d *crm.Delivery) notify.Recipient {
	kinds := map[string]notify.RecipientKind{
		"client": notify.ClientRecipient, "contact": notify.ContactRecipient, "user": notify.StaffRecipient,
	}
	r := notify.Recipient{Kind: kinds[d.Recipient.Kind]}
	for _, detail := range d.Recipient.Details {
		kind := notify.PhoneDetail
		if detail.Kind == crm.DetailEmail || detail.Kind == crm.DetailMailing {
			kind = notify.EmailDetail
		}
		r.Details = append(r.Details, notify.Detail{Type: kind, Kind: string(detail.Kind), Value: detail.Value})
	}
	return r
}
