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
	Kind          string               `json:"kind" enum:"reminder"`
	InteractionID uuid.UUID            `json:"interaction_id,omitzero" format:"uuid" doc:"Missing: it is of a task"`
	TaskID        uuid.UUID            `json:"task_id,omitzero" format:"uuid" doc:"Of a personal task or an assignment (R10); missing: it is of an interaction"`
	CaseID        uuid.UUID            `json:"case_id,omitzero" format:"uuid"`
	DueAt         time.Time            `json:"due_at" doc:"When it was to be reminded of"`
	CreatedAt     time.Time            `json:"created_at"`
	ReadAt        *time.Time           `json:"read_at,omitempty"`
	Email         crm.LetterStatus     `json:"email" enum:"none,pending,sending,sent,failed,unknown" doc:"What became of the letter about it"`
	Interaction   *reminderInteraction `json:"interaction,omitempty" doc:"As it is now"`
	Task          *reminderTask        `json:"task,omitempty" doc:"As it is now"`
}

// reminderTask is what a reminder shows of its task.
type reminderTask struct {
	Kind   string         `json:"kind" enum:"personal,assignment"`
	Status crm.TaskStatus `json:"status" enum:"open,completed,withdrawn"`
	Title  string         `json:"title"`
	DueAt  *time.Time     `json:"due_at,omitempty"`
}

// reminderInteraction is what a reminder shows of its interaction.
type reminderInteraction struct {
	Kind   crm.InteractionKind   `json:"kind" enum:"call,meeting,email,sms,calendar,other"`
	Status crm.InteractionStatus `json:"status" enum:"planned,completed,cancelled"`
	At     time.Time             `json:"at"`
	Topic  string                `json:"topic"`
}

func viewNotice(n *crm.Notice) noticeView {
	v := noticeView{
		ID: n.ID, Kind: n.Kind, InteractionID: n.InteractionID, TaskID: n.TaskID, CaseID: n.CaseID, DueAt: n.DueAt, CreatedAt: n.CreatedAt,
		ReadAt: n.ReadAt, Email: n.Email,
	}
	if n.TaskID != uuid.Nil {
		task := reminderTask(n.Task)
		v.Task = &task
		return v
	}
	interaction := reminderInteraction(n.Interaction)
	v.Interaction = &interaction
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
	return pageOf(page, viewNotice)
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
