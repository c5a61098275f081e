package postgres_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"marshrut/crm"
	"marshrut/postgres"
)

// desk is what lies on a user's desk, by title.
func (of *office) desk(u *crm.User) map[string]crm.TaskItem {
	of.t.Helper()
	page, err := of.ListTasks(context.Background(), crm.TaskFilter{Performer: u, Status: crm.TaskOpen, Limit: 50})
	require.NoError(of.t, err)
	titles := map[string]crm.TaskItem{}
	for _, task := range page.Items {
		if task.Own() {
			titles[task.Title] = task
		}
	}
	return titles
}

func (of *office) assign(c *crm.Case, title string) *crm.TaskItem {
	of.t.Helper()
	n := crm.NewTask{Kind: crm.TaskAssignment, Title: title, AssigneeID: of.other.ID, Controlled: true, By: of.manager.ID}
	if c != nil {
		n.CaseID = c.ID
	}
	made, err := of.CreateTask(context.Background(), n)
	require.NoError(of.t, err)
	return made
}

func TestR10_R12_AnAssignmentGoesFromDeskToDesk(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	c := of.create(crm.NewCase{Kind: crm.Deal, By: of.manager.ID})
	task := of.assign(c, "Проверить договор")
	act := func(action crm.TaskAction, by *crm.User, text string) *crm.TaskItem {
		t.Helper()
		after, err := of.ActOnTask(ctx, task.ID, action, text, by)
		require.NoError(t, err)
		return after
	}
	require.Contains(t, of.desk(of.other), task.Title)
	act(crm.TaskAccept, of.other, "")
	act(crm.TaskComplete, of.other, "Проверен")
	require.Contains(t, of.desk(of.manager), task.Title, "its author looks at the result")
	require.NotContains(t, of.desk(of.other), task.Title)
	returned := act(crm.TaskReturn, of.manager, "Нет приложения")
	require.Equal(t, "Нет приложения", returned.ReturnReason)
	act(crm.TaskComplete, of.other, "Теперь всё")
	done := act(crm.TaskApprove, of.manager, "")
	require.Equal(t, crm.TaskCompleted, done.Status)
	require.NotContains(t, of.desk(of.manager), task.Title)

	all, err := of.ListTasks(ctx, crm.TaskFilter{CaseID: c.ID, Limit: 10})
	require.NoError(t, err)
	require.Len(t, all.Items, 2, "the route's task and the assignment, which is done")
	history, err := of.TaskHistory(ctx, task.ID)
	require.NoError(t, err)
	var actions []string
	for _, event := range history {
		actions = append(actions, event.Action)
	}
	require.Equal(t, []string{"created", "accepted", "done", "returned", "done", "approved"}, actions)
	require.Contains(t, of.feedKinds(c), "assignment_given task_own_accepted task_own_done task_own_returned task_own_done task_own_approved")
}

func TestR12_TheEndOfACaseLeavesPeoplesOwnTasks(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	c := of.create(crm.NewCase{Kind: crm.Deal, By: of.manager.ID})
	task := of.assign(c, "Вернуть образцы")
	route := of.submit(crm.Command{CaseID: c.ID, UserID: of.other.ID, Kind: crm.CommandComplete, Payload: crm.CommandPayload{TaskID: task.ID}})
	require.NotNil(t, route.Refusal, "an assignment is none of the route's business")
	lost := of.submit(crm.Command{CaseID: c.ID, UserID: of.manager.ID, Kind: crm.CommandClose, Payload: crm.CommandPayload{Outcome: "lost", Fields: map[string]any{"reason": "price"}}})
	require.Equal(t, crm.CommandApplied, lost.Status, lost.Refusal)
	require.Contains(t, of.desk(of.other), task.Title)
	_, err := of.ActOnTask(context.Background(), task.ID, crm.TaskComplete, "", of.other)
	require.NoError(t, err, "in a closed case too")
}

func TestR10_APersonalTaskOfNoCase(t *testing.T) {
	t.Parallel()
	clock := newRecordsClock()
	of := newOffice(t, postgres.Options{Clock: clock.now})
	ctx := context.Background()
	due := clock.now().Add(time.Hour)
	n := crm.NewTask{ID: uuid.New(), Kind: crm.TaskPersonal, Title: "Купить скрепки", DueAt: &due, By: of.manager.ID}
	made, err := of.CreateTask(ctx, n)
	require.NoError(t, err)
	again, err := of.CreateTask(ctx, n)
	require.NoError(t, err)
	require.Equal(t, made, again)
	require.Contains(t, of.desk(of.manager), n.Title)

	everybodys, err := of.ListTasks(ctx, crm.TaskFilter{Status: crm.TaskOpen, Limit: 10})
	require.NoError(t, err)
	require.Empty(t, everybodys.Items, "what one keeps for oneself")

	late := func() int {
		page, err := of.ListTasks(ctx, crm.TaskFilter{Performer: of.manager, Status: crm.TaskOpen, Overdue: true, Limit: 10})
		require.NoError(t, err)
		return len(page.Items)
	}
	require.Zero(t, late())
	clock.pass(2 * time.Hour)
	require.Equal(t, 1, late())

	title, none := "Купить степлер", time.Time{}
	changed, err := of.PatchTask(ctx, made.ID, made.Version, crm.TaskPatch{Title: &title, DueAt: &none}, of.manager)
	require.NoError(t, err)
	require.Equal(t, title, changed.Title)
	require.Nil(t, changed.DueAt)
	_, err = of.PatchTask(ctx, made.ID, made.Version, crm.TaskPatch{Title: &n.Title}, of.manager)
	wantCode(t, err, crm.KindStale, "", "stale")
	_, err = of.PatchTask(ctx, made.ID, changed.Version, crm.TaskPatch{Title: &n.Title}, of.other)
	wantCode(t, err, crm.KindForbidden, "", "not_your_task")
	_, err = of.TakeTask(ctx, made.ID, of.director)
	wantCode(t, err, crm.KindConflict, "", "own_task")
}

func TestR12_TwoWhoDoOneAssignmentAtOnce(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	task := of.assign(nil, "Позвонить")
	var both sync.WaitGroup
	errs := make([]error, 2)
	for i, by := range []*crm.User{of.other, of.director} {
		both.Go(func() { _, errs[i] = of.ActOnTask(context.Background(), task.ID, crm.TaskComplete, "", by) })
	}
	both.Wait()
	var refused error
	for _, err := range errs {
		if err != nil {
			require.NoError(t, refused, "one of them has done it")
			refused = err
		}
	}
	refusal, ok := crm.AsError(refused)
	require.True(t, ok, refused)
	require.Contains(t, []string{"action_not_possible", "not_your_task"}, refusal.Code)
	history, err := of.TaskHistory(context.Background(), task.ID)
	require.NoError(t, err)
	require.Len(t, history, 2, "made, and done once")
}

func TestR10_CommentsKeepWhatTheySaidAndWhomTheyName(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	c := of.create(crm.NewCase{Kind: crm.Appeal})
	made, err := of.CreateComment(ctx, crm.Comment{CaseID: c.ID, Kind: crm.CommentTalk, Text: "@other, @manager и @nobody: посмотрите", AuthorID: of.manager.ID})
	require.NoError(t, err)
	require.Equal(t, []uuid.UUID{of.other.ID}, made.Mentions, "its author knows, and nobody is nobody")

	_, err = of.EditComment(ctx, made.ID, made.Version, "Чужое", of.other.ID)
	wantCode(t, err, crm.KindForbidden, "", "not_your_comment")
	edited, err := of.EditComment(ctx, made.ID, made.Version, "Уже не надо, @dispatcher", of.manager.ID)
	require.NoError(t, err)
	require.Equal(t, []uuid.UUID{of.dispatcher.ID}, edited.Mentions)
	require.NotNil(t, edited.EditedAt)
	_, err = of.EditComment(ctx, made.ID, made.Version, "Вдогонку", of.manager.ID)
	wantCode(t, err, crm.KindStale, "", "stale")
	said, err := of.CommentVersions(ctx, made.ID)
	require.NoError(t, err)
	require.Len(t, said, 1)
	require.Equal(t, made.Text, said[0].Text)
	require.True(t, said[0].At.Equal(made.CreatedAt))

	var notes []uuid.UUID
	for range 3 {
		note, err := of.CreateComment(ctx, crm.Comment{CaseID: c.ID, Kind: crm.CommentNote, Text: "И ещё, @other", AuthorID: of.manager.ID})
		require.NoError(t, err)
		notes = append(notes, note.ID)
	}
	first, err := of.Mentions(ctx, of.other.ID, nil, 2)
	require.NoError(t, err)
	require.Len(t, first.Items, 2)
	rest, err := of.Mentions(ctx, of.other.ID, first.Next, 2)
	require.NoError(t, err)
	require.Len(t, rest.Items, 1)
	require.Equal(t, notes[0], rest.Items[0].CommentID)
	page, err := of.Comments(ctx, c.ID, nil, 2)
	require.NoError(t, err)
	require.Len(t, page.Items, 2)
	require.NotNil(t, page.Next)
	require.Contains(t, of.feedKinds(c), "comment comment_edited note note")
}
