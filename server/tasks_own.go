package server

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

type newTaskInput struct {
	Body struct {
		Kind        string    `json:"kind" enum:"personal,assignment"`
		Title       string    `json:"title" minLength:"1" maxLength:"500"`
		Description string    `json:"description,omitempty" maxLength:"20000"`
		CaseID      uuid.UUID `json:"case_id,omitzero" format:"uuid" doc:"The case it is about, if it is about one"`
		AssigneeID  uuid.UUID `json:"assignee_id,omitzero" format:"uuid" doc:"Who is to do an assignment"`
		Controlled  *bool     `json:"controlled,omitempty" doc:"The author looks at what has been done of an assignment: true, unless said otherwise"`
		DueAt       time.Time `json:"due_at,omitzero"`
		RemindAt    time.Time `json:"remind_at,omitzero"`
	}
}

type newTaskOutput struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     taskView
}

func (s *Server) createTask(ctx context.Context, in *newTaskInput) (*newTaskOutput, error) {
	b := &in.Body
	n := crm.NewTask{
		ID: recordID(ctx), Kind: b.Kind, CaseID: b.CaseID, Title: crm.OneLine(b.Title), Description: crm.Lines(b.Description),
		AssigneeID: b.AssigneeID, Controlled: b.Controlled == nil || *b.Controlled, DueAt: given(b.DueAt), RemindAt: given(b.RemindAt),
		By: userOf(ctx).ID,
	}
	switch assignment := b.Kind == crm.TaskAssignment; {
	case n.Title == "":
		return nil, invalid("/title", codeRequired)
	case assignment && b.AssigneeID == uuid.Nil:
		return nil, invalid("/assignee_id", codeRequired)
	case !assignment && b.AssigneeID != uuid.Nil:
		return nil, invalid("/assignee_id", "not_asked")
	case !assignment && b.Controlled != nil:
		return nil, invalid("/controlled", "not_asked")
	}
	if err := s.taskTimes(n.DueAt, n.RemindAt); err != nil {
		return nil, err
	}
	made, err := s.services.Tasks.CreateTask(ctx, n)
	if err != nil {
		return nil, err
	}
	v, err := s.viewTask(ctx, made)
	return &newTaskOutput{Location: apiPrefix + "/tasks/" + made.ID.String(), ETag: etag(made.Version), Body: v}, err
}

// taskTimes looks at a deadline and a reminder; nil: not given.
func (s *Server) taskTimes(due, remind *time.Time) error {
	if due != nil {
		if err := sensibleTime("/due_at", *due); err != nil {
			return err
		}
	}
	if remind == nil {
		return nil
	}
	if err := sensibleTime("/remind_at", *remind); err != nil {
		return err
	}
	return s.remindLater(remind)
}

// given is the time, or nil for none, as records keep it.
func given(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	at = at.UTC().Truncate(time.Microsecond)
	return &at
}

type patchTaskInput struct {
	TaskInput
	MatchInput
	Body struct {
		Title       *string             `json:"title,omitempty" minLength:"1" maxLength:"500"`
		Description *string             `json:"description,omitempty" maxLength:"20000"`
		AssigneeID  *uuid.UUID          `json:"assignee_id,omitempty" format:"uuid"`
		DueAt       optional[time.Time] `json:"due_at,omitzero" format:"date-time" doc:"null takes it away"`
		RemindAt    optional[time.Time] `json:"remind_at,omitzero" format:"date-time" doc:"null takes it away"`
	}
}

func (s *Server) patchTask(ctx context.Context, in *patchTaskInput) (*newTaskOutput, error) {
	task, err := s.task(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	version, err := in.version(func() (int, error) { return task.Version, nil })
	if err != nil {
		return nil, err
	}
	p := crm.TaskPatch{
		Title: trimmed(in.Body.Title), Description: trimmedLines(in.Body.Description), AssigneeID: in.Body.AssigneeID,
		DueAt: in.Body.DueAt.orZero(), RemindAt: in.Body.RemindAt.orZero(),
	}
	if p.Title != nil && *p.Title == "" {
		return nil, invalid("/title", codeRequired)
	}
	if err := s.taskTimes(in.Body.DueAt.value, in.Body.RemindAt.value); err != nil {
		return nil, err
	}
	if task, err = s.services.Tasks.PatchTask(ctx, task.ID, version, p, userOf(ctx)); err != nil {
		return nil, err
	}
	v, err := s.viewTask(ctx, task)
	return &newTaskOutput{ETag: etag(task.Version), Body: v}, err
}

// trimmedLines is trimmed for a text of several lines.
func trimmedLines(text *string) *string {
	if text == nil {
		return nil
	}
	t := crm.Lines(*text)
	return &t
}

type taskActionInput struct {
	TaskInput
	Body struct {
		Text string `json:"text,omitempty" maxLength:"5000" doc:"The reason, where the author gives an assignment back or opens it again; it is told to the assignee"`
	}
}

// act is a handler that does the action.
func (s *Server) act(action crm.TaskAction) func(context.Context, *taskActionInput) (*newTaskOutput, error) {
	return func(ctx context.Context, in *taskActionInput) (*newTaskOutput, error) {
		task, err := s.task(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		if task, err = s.services.Tasks.ActOnTask(ctx, task.ID, action, crm.Lines(in.Body.Text), userOf(ctx)); err != nil {
			return nil, err
		}
		v, err := s.viewTask(ctx, task)
		return &newTaskOutput{ETag: etag(task.Version), Body: v}, err
	}
}

// completeOwn says that a personal task or an assignment is done. It is no command: nothing moves.
func (s *Server) completeOwn(ctx context.Context, task *crm.TaskItem, in *completeInput) (*commandOutput, error) {
	if in.Body.Outcome != "" || len(in.Body.Fields) > 0 {
		return nil, crm.Errorf(crm.KindUnprocessed, "unknown_outcome", "a task that is not of the route has no outcomes and no form: leave both out")
	}
	done, err := s.services.Tasks.ActOnTask(ctx, task.ID, crm.TaskComplete, crm.Lines(in.Body.Report), userOf(ctx))
	if err != nil {
		return nil, err
	}
	v, err := s.viewTask(ctx, done)
	return &commandOutput{Status: http.StatusOK, ETag: etag(done.Version), Body: commandResult{Task: &v}}, err
}

type taskEventView struct {
	At      time.Time      `json:"at"`
	ActorID uuid.UUID      `json:"actor_id,omitzero" format:"uuid"`
	Action  string         `json:"action" enum:"created,changed,accepted,done,approved,returned,reopened,cancelled,handed_over"`
	Data    map[string]any `json:"data"`
}

func (s *Server) getTaskHistory(ctx context.Context, in *TaskInput) (*listOutput[taskEventView], error) {
	task, err := s.task(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	events, err := s.services.Tasks.TaskHistory(ctx, task.ID)
	if err != nil {
		return nil, err
	}
	return listOf(events, func(e *crm.TaskEvent) taskEventView {
		return taskEventView{At: e.At, ActorID: e.ActorID, Action: e.Action, Data: e.Data}
	}), nil
}

type caseTasksInput struct {
	CaseInput
	PageInput
	Status crm.TaskStatus `query:"status" enum:"open,completed,withdrawn" doc:"Without it: all"`
}

// listCaseTasks shows all work on a case: its route's, assignments and personal tasks, what is done included (R12).
func (s *Server) listCaseTasks(ctx context.Context, in *caseTasksInput) (*listOutput[taskView], error) {
	c, err := s.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	after, err := in.cursor()
	if err != nil {
		return nil, err
	}
	return s.pageOfTasks(ctx, crm.TaskFilter{CaseID: c.ID, Status: in.Status, After: after, Limit: in.limit()})
}

// ownTask fills in what only a person's own task has.
func (v *taskView) ownTask(t *crm.TaskItem, u *crm.User, now time.Time) {
	v.Name, v.Names = t.Title, crm.Text{EN: t.Title, RU: t.Title}
	v.Instructions, v.AuthorID, v.AssigneeID, v.Phase, v.RemindAt = t.Description, t.AuthorID, t.AssigneeID, t.Phase, t.RemindAt
	v.Report, v.ReturnReason, v.Actions = t.Report, t.ReturnReason, t.Actions(u)
	v.Overdue = t.Status == crm.TaskOpen && t.DueAt != nil && t.DueAt.Before(now)
	if t.Kind == crm.TaskAssignment {
		v.Controlled = &t.Controlled
	}
}

// mayRead keeps personal tasks of no case to their authors and those who lead.
func mayRead(t *crm.TaskItem, u *crm.User) bool {
	return t.Kind != crm.TaskPersonal || t.CaseID != uuid.Nil || t.AuthorID == u.ID || u.Leads()
}
