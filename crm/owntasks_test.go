package crm_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

func TestR12_TheLifeOfAnAssignment(t *testing.T) {
	t.Parallel()
	author, assignee := &crm.User{ID: uuid.New(), Granted: crm.Grant(crm.ShippedRoles(), crm.RoleManager)}, &crm.User{ID: uuid.New(), Granted: crm.Grant(crm.ShippedRoles(), crm.RoleManager)}
	stranger, head := &crm.User{ID: uuid.New(), Granted: crm.Grant(crm.ShippedRoles(), crm.RoleManager)}, &crm.User{ID: uuid.New(), Granted: crm.Grant(crm.ShippedRoles(), crm.RoleDirector)}
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	task := crm.Task{
		Kind: crm.TaskAssignment, Status: crm.TaskOpen, AuthorID: author.ID, AssigneeID: assignee.ID, UserID: assignee.ID,
		Phase: crm.PhaseNew, Controlled: true,
	}
	for i, step := range []struct {
		action crm.TaskAction
		by     *crm.User
		text   string
		code   string // empty: done
		phase  crm.TaskPhase
		desk   uuid.UUID
		status crm.TaskStatus
	}{
		{crm.TaskComplete, stranger, "", "not_your_task", crm.PhaseNew, assignee.ID, crm.TaskOpen},
		{crm.TaskAccept, author, "", "not_your_task", crm.PhaseNew, assignee.ID, crm.TaskOpen},
		{crm.TaskAccept, assignee, "", "", crm.PhaseAccepted, assignee.ID, crm.TaskOpen},
		{crm.TaskAccept, assignee, "", "action_not_possible", crm.PhaseAccepted, assignee.ID, crm.TaskOpen},
		{crm.TaskApprove, author, "", "action_not_possible", crm.PhaseAccepted, assignee.ID, crm.TaskOpen},
		{crm.TaskComplete, assignee, "Отправлено", "", crm.PhaseReview, author.ID, crm.TaskOpen},
		{crm.TaskComplete, assignee, "", "action_not_possible", crm.PhaseReview, author.ID, crm.TaskOpen},
		{crm.TaskApprove, assignee, "", "not_your_task", crm.PhaseReview, author.ID, crm.TaskOpen},
		{crm.TaskReturn, author, " ", "validation_failed", crm.PhaseReview, author.ID, crm.TaskOpen},
		{crm.TaskReturn, author, "Не тот файл", "", crm.PhaseRework, assignee.ID, crm.TaskOpen},
		{crm.TaskComplete, head, "Исправлено", "", crm.PhaseReview, author.ID, crm.TaskOpen},
		{crm.TaskApprove, author, "", "", crm.PhaseReview, author.ID, crm.TaskCompleted},
		{crm.TaskCancel, author, "", "action_not_possible", crm.PhaseReview, author.ID, crm.TaskCompleted},
		{crm.TaskReopen, assignee, "Ещё раз", "not_your_task", crm.PhaseReview, author.ID, crm.TaskCompleted},
		{crm.TaskReopen, author, "Ещё раз", "", crm.PhaseRework, assignee.ID, crm.TaskOpen},
		{crm.TaskCancel, author, "", "", crm.PhaseRework, assignee.ID, crm.TaskWithdrawn},
	} {
		code := ""
		if refusal := task.Do(step.action, step.by, step.text, at); refusal != nil {
			code = refusal.Code
		}
		if code != step.code || task.Phase != step.phase || task.UserID != step.desk || task.Status != step.status {
			t.Fatalf("step %d, %s: %q; %+v", i, step.action, code, task)
		}
		if (task.ClosedAt != nil) != (task.Status != crm.TaskOpen) {
			t.Fatalf("step %d, %s: closed at %v while it is %s", i, step.action, task.ClosedAt, task.Status)
		}
	}
}

func TestR12_AnAssignmentNobodyControlsIsDoneAtOnce(t *testing.T) {
	t.Parallel()
	author, assignee := uuid.New(), &crm.User{ID: uuid.New()}
	task := crm.Task{Kind: crm.TaskAssignment, Status: crm.TaskOpen, AuthorID: author, AssigneeID: assignee.ID, UserID: assignee.ID, Phase: crm.PhaseNew}
	if refusal := task.Do(crm.TaskComplete, assignee, "", time.Now()); refusal != nil || task.Status != crm.TaskCompleted || task.Outcome != crm.OutcomeDone {
		t.Errorf("%v, %+v", refusal, task)
	}
}

func TestR10_TheLifeOfAPersonalTask(t *testing.T) {
	t.Parallel()
	owner, other := &crm.User{ID: uuid.New()}, &crm.User{ID: uuid.New()}
	task := crm.Task{Kind: crm.TaskPersonal, Status: crm.TaskOpen, AuthorID: owner.ID, UserID: owner.ID}
	for _, action := range []crm.TaskAction{crm.TaskComplete, crm.TaskReopen, crm.TaskCancel, crm.TaskReopen} {
		if got := task.Actions(other); len(got) != 0 {
			t.Errorf("somebody else can %v", got)
		}
		if refusal := task.Do(action, owner, "", time.Now()); refusal != nil {
			t.Fatalf("%s: %v", action, refusal)
		}
	}
	if task.Status != crm.TaskOpen || task.ClosedAt != nil || task.Outcome != "" || task.WithdrawnReason != "" {
		t.Errorf("opened again it is %+v", task)
	}
}

func TestMentions(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"":                          nil,
		"@manager, посмотри":        {"manager"},
		"Спроси у @Anna.Petrova.":   {"anna.petrova"},
		"(@a) и «@b»; @a снова":     {"a", "b"},
		"пиши на anna@example.org":  nil,
		"почта x@y@z — не имя":      nil,
		"@ один и @@ два":           nil,
		"строка\n@manager\n@other-": {"manager", "other"},
		"@0123456789012345678901234567890123456789012345678901234567890123456789": {"012345678901234567890123456789012345678901234567890123456789012"},
	} {
		if got := crm.Mentions(text); !slices.Equal(got, want) {
			t.Errorf("%q names %v, want %v", text, got, want)
		}
	}
}
