package server

import (
	"context"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

// noticeView is what a user is told besides his tasks.
type noticeView struct {
	ID            uuid.UUID            `json:"id" format:"uuid"`
	Kind          string               `json:"kind" enum:"reminder,task,overdue,assignment,mention,substitution"`
	InteractionID uuid.UUID            `json:"interaction_id,omitzero" format:"uuid" doc:"It is about an interaction, a task, a comment or an absence"`
	TaskID        uuid.UUID            `json:"task_id,omitzero" format:"uuid"`
	CommentID     uuid.UUID            `json:"comment_id,omitzero" format:"uuid" doc:"That names the user"`
	AbsenceID     uuid.UUID            `json:"absence_id,omitzero" format:"uuid" doc:"In which he stands in"`
	CaseID        uuid.UUID            `json:"case_id,omitzero" format:"uuid"`
	CaseNumber    string               `json:"case_number,omitempty"`
	CaseTopic     string               `json:"case_topic,omitempty"`
	DueAt         time.Time            `json:"due_at" doc:"When it was to be reminded of, or when it happened"`
	CreatedAt     time.Time            `json:"created_at"`
	ReadAt        *time.Time           `json:"read_at,omitempty"`
	Email         crm.LetterStatus     `json:"email" enum:"none,pending,sending,sent,failed,unknown" doc:"What became of the letter about it"`
	Interaction   *reminderInteraction `json:"interaction,omitempty" doc:"As it is now"`
	Task          *reminderTask        `json:"task,omitempty" doc:"As it is now"`
	Comment       *noticeComment       `json:"comment,omitempty"`
	Absence       *noticeAbsence       `json:"absence,omitempty"`
}

// noticeComment is what a notice shows of the comment that names its user.
type noticeComment struct {
	Author string `json:"author" doc:"His name"`
	Text   string `json:"text"`
}

// noticeAbsence is what a notice shows of the absence in which its user stands in.
type noticeAbsence struct {
	Who    string     `json:"who" doc:"The name of whoever is absent"`
	EndsAt *time.Time `json:"ends_at,omitempty"`
}

// reminderTask is what a notice shows of its task.
type reminderTask struct {
	Kind   string         `json:"kind" enum:"personal,assignment,stage,rule,plan"`
	Status crm.TaskStatus `json:"status" enum:"open,completed,withdrawn"`
	Title  string         `json:"title" doc:"Of a task of a route its name, or its stage's"`
	DueAt  *time.Time     `json:"due_at,omitempty"`
}

// reminderInteraction is what a reminder shows of its interaction.
type reminderInteraction struct {
	Kind   crm.InteractionKind   `json:"kind" enum:"call,meeting,email,sms,calendar,other"`
	Status crm.InteractionStatus `json:"status" enum:"planned,completed,cancelled"`
	At     time.Time             `json:"at"`
	Topic  string                `json:"topic"`
}

func viewNotice(lang crm.Lang, n *crm.Notice) noticeView {
	v := noticeView{
		ID: n.ID, Kind: n.Kind, InteractionID: n.InteractionID, TaskID: n.TaskID, CaseID: n.CaseID, DueAt: n.DueAt, CreatedAt: n.CreatedAt,
		ReadAt: n.ReadAt, Email: n.Email,
		CommentID: n.CommentID, AbsenceID: n.AbsenceID, CaseNumber: n.CaseNumber, CaseTopic: n.CaseTopic,
	}
	switch {
	case n.TaskID != uuid.Nil:
		v.Task = &reminderTask{Kind: n.Task.Kind, Status: n.Task.Status, Title: n.Task.Title, DueAt: n.Task.DueAt}
		if n.Task.Name != nil {
			v.Task.Title = n.Task.Name.In(lang)
		}
	case n.CommentID != uuid.Nil:
		v.Comment = &noticeComment{Author: n.Comment.Author, Text: n.Comment.Text}
	case n.AbsenceID != uuid.Nil:
		v.Absence = &noticeAbsence{Who: n.Absence.Who, EndsAt: n.Absence.EndsAt}
	default:
		interaction := reminderInteraction(n.Interaction)
		v.Interaction = &interaction
	}
	return v
}

type noticesInput struct {
	PageInput
	Unread bool `query:"unread" doc:"Only those not read yet"`
}

func (s *Server) listNotices(ctx context.Context, in *noticesInput) (*listOutput[noticeView], error) {
	after, err := in.cursor()
	if err != nil {
		return nil, err
	}
	page, err := s.services.Notices.Notices(ctx, crm.NoticeFilter{UserID: userOf(ctx).ID, Unread: in.Unread, After: after, Limit: in.limit()})
	if err != nil {
		return nil, err
	}
	return pageOf(page, func(n *crm.Notice) noticeView { return viewNotice(langOf(ctx), n) })
}

type readNoticesInput struct {
	Body struct {
		IDs ids `json:"ids,omitempty" maxItems:"200" doc:"Without them: all"`
	}
}

type readNoticesOutput struct {
	Body struct {
		Read int `json:"read" doc:"How many were not read before"`
	}
}

func (s *Server) readNotices(ctx context.Context, in *readNoticesInput) (*readNoticesOutput, error) {
	read, err := s.services.Notices.ReadNotices(ctx, userOf(ctx).ID, in.Body.IDs)
	if err != nil {
		return nil, err
	}
	out := &readNoticesOutput{}
	out.Body.Read = read
	return out, nil
}
