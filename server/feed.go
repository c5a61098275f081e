package server

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

// feedView is one line of a history.
type feedView struct {
	ID      uuid.UUID `json:"id" format:"uuid"`
	CaseID  uuid.UUID `json:"case_id,omitzero" format:"uuid" doc:"Missing: of an interaction that is of no case"`
	At      time.Time `json:"at"`
	Kind    string    `json:"kind" example:"stage_entered"`
	Text    string    `json:"text" doc:"The same in a sentence, in the caller's language" example:"The case came to “Classification”. Performer: dispatcher."`
	ActorID uuid.UUID `json:"actor_id,omitzero" format:"uuid" doc:"Who did it; missing: the route itself"`
	Cause   string    `json:"cause,omitempty" doc:"What moved the route when it was written: outcome, move, close, cancel, timer, trigger, ..." example:"outcome"`
	// Performer is whom the task is addressed to now, or was when it ended.
	Performer   *performerView   `json:"performer,omitempty" doc:"Of an entry about a stage: whom its task is addressed to"`
	Interaction *interactionView `json:"interaction,omitempty" doc:"Of an entry that is an interaction: as it is now. A cancelled one is shown grey and struck through (R4)"`
	Data        map[string]any   `json:"data"`
}

// FeedQuery is what the feeds of cases and of clients take.
type FeedQuery struct {
	Groups string                `query:"groups" doc:"Only these, separated by commas: interactions, letters, tasks, route, notes, files, changes. What is planned is shown whatever they are (R6)" maxLength:"200"`
	Kind   []crm.InteractionKind `query:"kind" enum:"call,meeting,email,sms,calendar,other" maxItems:"6" doc:"Only interactions of this kind, or of these: call,meeting (R6)"`
	Actor  string                `query:"actor" doc:"Id of a user, or me: only what he did or recorded (R6)" maxLength:"36"`
	From   string                `query:"from" doc:"The first time (R6)" format:"date-time"`
	To     string                `query:"to" doc:"Before this time (R6)" format:"date-time"`
	Order  string                `query:"order" enum:"oldest,newest" default:"oldest"`
	After  string                `query:"after" doc:"The next of a page: what follows it" maxLength:"2000"`
	Before string                `query:"before" doc:"The previous of a page: what precedes it" maxLength:"2000"`
	Limit  int                   `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Rows at most"`
}

type feedInput struct {
	CaseInput
	FeedQuery
	Client bool `query:"client" doc:"The whole history of the case's client: all cases and interactions with him (R7)"`
}

// feedOutput is a page of a feed: what is planned on top, what has been below (R5).
type feedOutput struct {
	Body struct {
		Planned  []interactionView `json:"planned" doc:"What is planned, soonest first, 200 at most; on the first page only"`
		Items    []feedView        `json:"items"`
		Next     string            `json:"next,omitempty" doc:"Pass as after to get what follows"`
		Previous string            `json:"previous,omitempty" doc:"Pass as before to get what precedes"`
	}
}

func (q *FeedQuery) filter(ctx context.Context) (crm.HistoryFilter, error) {
	f := crm.HistoryFilter{Kinds: q.Kind, Newest: q.Order == "newest", Limit: PageInput{Limit: q.Limit}.limit()}
	var err error
	if f.Actor, err = userParameter(ctx, "actor", q.Actor); err != nil {
		return f, err
	}
	if f.From, err = timeParameter("from", q.From); err != nil {
		return f, err
	}
	if f.Through, err = timeParameter("to", q.To); err != nil {
		return f, err
	}
	for name, one := range map[string]struct {
		text string
		to   **crm.Cursor
	}{"after": {q.After, &f.After}, "before": {q.Before, &f.Before}} {
		cursor, err := PageInput{After: one.text}.cursor()
		if err != nil || cursor != nil && cursor.At == nil {
			return f, failed(http.StatusBadRequest, "invalid_cursor").field(ProblemField{Parameter: name, Code: "invalid_cursor"})
		}
		*one.to = cursor
	}
	if f.After != nil && f.Before != nil {
		return f, failed(http.StatusBadRequest, "invalid_cursor").field(ProblemField{Parameter: "before", Code: "invalid_cursor"})
	}
	known := crm.FeedGroups()
	for name := range strings.SplitSeq(q.Groups, ",") {
		group := crm.FeedGroup(strings.TrimSpace(name))
		if _, ok := known[group]; !ok && group != crm.FeedChanges && q.Groups != "" {
			return f, failed(http.StatusUnprocessableEntity, "validation_failed").field(ProblemField{Parameter: "groups", Code: "not_an_option"})
		}
		if q.Groups != "" {
			f.Groups = append(f.Groups, group)
		}
	}
	return f, nil
}

func (s *Server) getFeed(ctx context.Context, in *feedInput) (*feedOutput, error) {
	f, err := in.filter(ctx)
	if err != nil {
		return nil, err
	}
	c, err := s.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	f.CaseID = c.ID
	if in.Client && c.ClientID != uuid.Nil {
		f.ClientID = c.ClientID
	}
	return s.feed(ctx, f)
}

type clientFeedInput struct {
	ID string `path:"id" doc:"Id of the client"`
	FeedQuery
}

func (s *Server) getClientFeed(ctx context.Context, in *clientFeedInput) (*feedOutput, error) {
	f, err := in.filter(ctx)
	if err != nil {
		return nil, err
	}
	id, err := idOf(in.ID, "client_not_found")
	if err != nil {
		return nil, err
	}
	if _, err := s.services.Clients.Client(ctx, id); err != nil {
		return nil, err
	}
	f.ClientID = id
	return s.feed(ctx, f)
}

func (s *Server) feed(ctx context.Context, f crm.HistoryFilter) (*feedOutput, error) {
	out := &feedOutput{}
	out.Body.Planned, out.Body.Items = []interactionView{}, []feedView{}
	if f.After == nil && f.Before == nil {
		planned, err := s.planned(ctx, f)
		if err != nil {
			return nil, err
		}
		out.Body.Planned = planned
	}
	h, err := s.services.Cases.History(ctx, f)
	if err != nil {
		return nil, err
	}
	if out.Body.Items, err = s.tellAll(ctx, h.Entries); err != nil {
		return nil, err
	}
	if out.Body.Next, err = cursorText(h.Next); err != nil {
		return nil, err
	}
	out.Body.Previous, err = cursorText(h.Previous)
	return out, err
}

// planned are the planned interactions of a case, its deal's chains among them, and of a client.
func (s *Server) planned(ctx context.Context, f crm.HistoryFilter) ([]interactionView, error) {
	var filters []crm.InteractionFilter
	if f.ClientID != uuid.Nil {
		filters = append(filters, crm.InteractionFilter{ClientID: f.ClientID, Status: crm.InteractionPlanned, Limit: maxPage})
	}
	if f.CaseID != uuid.Nil {
		filters = append(filters,
			crm.InteractionFilter{CaseID: f.CaseID, Status: crm.InteractionPlanned, Limit: maxPage},
			crm.InteractionFilter{DealID: f.CaseID, Status: crm.InteractionPlanned, Limit: maxPage})
	}
	all := []interactionView{}
	seen := map[uuid.UUID]bool{}
	for _, filter := range filters {
		page, err := s.services.Interactions.ListInteractions(ctx, filter)
		if err != nil {
			return nil, err
		}
		for i := range page.Items {
			if one := &page.Items[i]; !seen[one.ID] {
				seen[one.ID] = true
				all = append(all, viewInteraction(one))
			}
		}
	}
	slices.SortFunc(all, func(a, b interactionView) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID.String(), b.ID.String()))
	})
	return all, nil
}

// tellAll tells entries, which may be of several cases, in words. What they name is read for all of them at once.
func (s *Server) tellAll(ctx context.Context, entries []crm.FeedEntry) ([]feedView, error) {
	told, err := s.stories(ctx, entries)
	if err != nil {
		return nil, err
	}
	views := make([]feedView, 0, len(entries))
	for i := range entries {
		views = append(views, viewEntry(told[entries[i].CaseID], &entries[i]))
	}
	return views, nil
}

func viewEntry(told *story, e *crm.FeedEntry) feedView {
	v := feedView{ID: e.ID, CaseID: e.CaseID, At: e.At, Kind: e.Kind, Text: told.tell(e), ActorID: e.ActorID, Cause: e.Cause, Data: e.Data}
	if p := e.Performer; p != nil {
		v.Performer = &performerView{UserID: p.UserID, Role: p.Role, DepartmentID: p.DepartmentID}
	}
	if e.Interaction != nil {
		interaction := viewInteraction(e.Interaction)
		v.Interaction = &interaction
	}
	if v.Data == nil {
		v.Data = map[string]any{}
	}
	return v
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
	From       string                 `json:"from,omitempty" doc:"The mailbox's address that its letter goes from, the same at every attempt; missing: the author's own, the one of the program's settings, or nothing has been tried"`
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
	if n.Sender != nil {
		v.From = n.Sender.Email
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
