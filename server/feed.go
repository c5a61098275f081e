package server

import (
	"context"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

// feedView is one line of a case's history.
type feedView struct {
	ID      uuid.UUID `json:"id" format:"uuid"`
	At      time.Time `json:"at"`
	Kind    string    `json:"kind" example:"stage_entered"`
	Text    string    `json:"text" doc:"The same in a sentence, in the caller's language" example:"The case came to “Classification”. Performer: dispatcher."`
	ActorID uuid.UUID `json:"actor_id,omitzero" format:"uuid" doc:"Who did it; missing: the route itself"`
	Cause   string    `json:"cause,omitempty" doc:"What moved the route when it was written: outcome, move, close, cancel, timer, trigger, ..." example:"outcome"`
	// Performer is whom the task is addressed to now, or was when it ended.
	Performer *performerView `json:"performer,omitempty" doc:"Of an entry about a stage: whom its task is addressed to"`
	Data      map[string]any `json:"data"`
}

type feedInput struct {
	CaseInput
	PageInput
}

func (s *Server) getFeed(ctx context.Context, in *feedInput) (*listOutput[feedView], error) {
	after, err := in.cursor()
	if err != nil {
		return nil, err
	}
	c, err := s.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	page, err := s.services.Cases.Feed(ctx, crm.FeedFilter{CaseID: c.ID, After: after, Limit: in.limit()})
	if err != nil {
		return nil, err
	}
	told, err := s.newStory(ctx, c, page.Items)
	if err != nil {
		return nil, err
	}
	return pageOf(page, func(e *crm.FeedEntry) feedView {
		v := feedView{ID: e.ID, At: e.At, Kind: e.Kind, Text: told.tell(e), ActorID: e.ActorID, Cause: e.Cause, Data: e.Data}
		if p := e.Performer; p != nil {
			v.Performer = &performerView{UserID: p.UserID, Role: p.Role, DepartmentID: p.DepartmentID}
		}
		if v.Data == nil {
			v.Data = map[string]any{}
		}
		return v
	})
}

// notificationView is a row of the ledger. It names the recipient by id; the address stays with the client.
type notificationView struct {
	ID         uuid.UUID              `json:"id" format:"uuid"`
	CaseID     uuid.UUID              `json:"case_id" format:"uuid"`
	Channel    string                 `json:"channel" enum:"email,sms,webhook"`
	Template   string                 `json:"template,omitempty"`
	URL        string                 `json:"url,omitempty"`
	Recipient  string                 `json:"recipient" doc:"client, contact:ID, user:ID, webhook, or none:WHY"`
	Stage      string                 `json:"stage,omitempty"`
	Rule       string                 `json:"rule"`
	Status     crm.NotificationStatus `json:"status" enum:"pending,sending,sent,failed,unknown,skipped"`
	Reason     string                 `json:"reason,omitempty" doc:"Code: why it was skipped, failed, is unknown, or is tried again"`
	ReasonText string                 `json:"reason_text,omitempty" doc:"The same in the caller's language"`
	Detail     string                 `json:"detail,omitempty" doc:"What the other side said"`
	Attempts   int                    `json:"attempts"`
	CreatedAt  time.Time              `json:"created_at"`
	NextTryAt  *time.Time             `json:"next_try_at,omitempty" doc:"Of one that was tried and waits for another attempt"`
	FinishedAt *time.Time             `json:"finished_at,omitempty"`
	MayResend  bool                   `json:"may_resend" doc:"POST /notifications/{id}/resend is possible"`
}

func (s *Server) viewNotification(lang crm.Lang, n *crm.Notification) notificationView {
	v := notificationView{
		ID: n.ID, CaseID: n.CaseID, Channel: n.Channel, Template: n.Template, URL: n.URL, Recipient: n.Recipient, Stage: n.Path,
		Rule: n.Rule, Status: n.Status, Reason: n.Reason, Detail: n.Detail, Attempts: n.Attempt, CreatedAt: n.CreatedAt,
		NextTryAt: n.NextTryAt, FinishedAt: n.FinishedAt,
		MayResend: !n.Await && (n.Status == crm.NotificationFailed || n.Status == crm.NotificationUnknown),
	}
	if n.Reason != "" && s.config.ReasonText != nil {
		v.ReasonText = s.config.ReasonText(n.Reason, lang)
	}
	return v
}

// reasonText says in words why a notification did not go; a code that nobody has words for is shown as it is.
func (s *Server) reasonText(lang crm.Lang, code string) string {
	if s.config.ReasonText == nil {
		return code
	}
	return s.config.ReasonText(code, lang)
}

func (s *Server) listNotifications(ctx context.Context, in *CaseInput) (*listOutput[notificationView], error) {
	c, err := s.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	all, err := s.services.Notifications.Notifications(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	return listOf(all, func(n *crm.Notification) notificationView { return s.viewNotification(langOf(ctx), n) }), nil
}

type notificationInput struct {
	ID string `path:"id" doc:"Id of the notification"`
}

type notificationOutput struct {
	Body notificationView
}

func (s *Server) resendNotification(ctx context.Context, in *notificationInput) (*notificationOutput, error) {
	id, err := idOf(in.ID, "notification_not_found")
	if err != nil {
		return nil, err
	}
	n, err := s.services.Routes.Resend(ctx, id, userOf(ctx).ID)
	if err != nil {
		return nil, err
	}
	return &notificationOutput{Body: s.viewNotification(langOf(ctx), n)}, nil
}
