package crm

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// The kinds of task that people make themselves (R10). Those of the route are stage, rule and plan.
const (
	TaskPersonal   = "personal"   // личная задача: of its author alone
	TaskAssignment = "assignment" // поручение: to a colleague; its author looks at the result
)

// TaskPhase is where an open assignment stands between its author and its assignee.
type TaskPhase string

// The phases of an assignment.
const (
	PhaseNew      TaskPhase = "new"
	PhaseAccepted TaskPhase = "accepted" // the assignee has said that he will do it
	PhaseReview   TaskPhase = "review"   // done, and on its author's desk
	PhaseRework   TaskPhase = "rework"   // the author has given it back
)

// TaskAction is what somebody does with a personal task or an assignment.
type TaskAction string

// The actions. Which are possible when, and to whom, Task.Actions tells.
const (
	TaskAccept   TaskAction = "accept"
	TaskComplete TaskAction = "complete"
	TaskApprove  TaskAction = "approve"
	TaskReturn   TaskAction = "return" // for rework, with a reason
	TaskReopen   TaskAction = "reopen"
	TaskCancel   TaskAction = "cancel"
)

// OutcomeDone and OutcomeApproved are what tasks of people's own are completed with; WithdrawnByAuthor is why one was withdrawn.
const (
	OutcomeDone       = "done"
	OutcomeApproved   = "approved"
	WithdrawnByAuthor = "cancelled"
)

// Own tells whether the task is a person's and not its case's route's.
func (t *Task) Own() bool { return t.Kind == TaskPersonal || t.Kind == TaskAssignment }

// Actions are what the user can do with a task of people's own as it is. Those who lead may do what its people may.
func (t *Task) Actions(u *User) []TaskAction {
	if !t.Own() {
		return nil
	}
	return slices.DeleteFunc(t.nextActions(), func(action TaskAction) bool { return !t.allows(action, u) })
}

// allows tells whether the action is the user's, however the task stands.
func (t *Task) allows(action TaskAction, u *User) bool {
	doer := t.AuthorID
	if t.Kind == TaskAssignment && (action == TaskAccept || action == TaskComplete) {
		doer = t.AssigneeID
	}
	instead := t.Kind == TaskAssignment && slices.Contains(u.StandsInFor, doer)
	return doer == u.ID || u.Leads() || instead
}

// nextActions are those possible with the task as it is, whoever does them.
func (t *Task) nextActions() []TaskAction {
	switch {
	case t.Status != TaskOpen:
		return []TaskAction{TaskReopen}
	case t.Phase == PhaseReview:
		return []TaskAction{TaskApprove, TaskReturn, TaskCancel}
	case t.Phase == PhaseNew:
		return []TaskAction{TaskAccept, TaskComplete, TaskCancel}
	}
	return []TaskAction{TaskComplete, TaskCancel}
}

// Do changes the task by the action of the user; text is the report of what has been done, or the reason. The task is left
// as it was when the action is refused: not_your_task, action_not_possible, or validation_failed where a reason is missing.
func (t *Task) Do(action TaskAction, u *User, text string, at time.Time) *Error {
	if refusal := t.refuses(action, u, text); refusal != nil {
		return refusal
	}
	switch action {
	case TaskAccept:
		t.Phase = PhaseAccepted
	case TaskComplete:
		t.Report = text
		if t.Kind == TaskAssignment && t.Controlled && t.AuthorID != t.AssigneeID {
			t.Phase, t.UserID = PhaseReview, t.AuthorID
			return nil
		}
		t.end(TaskCompleted, OutcomeDone, u.ID, at)
	case TaskApprove:
		t.end(TaskCompleted, OutcomeApproved, u.ID, at)
	case TaskCancel:
		t.end(TaskWithdrawn, "", u.ID, at)
		t.WithdrawnReason = WithdrawnByAuthor
	case TaskReturn, TaskReopen:
		t.again(text)
	}
	return nil
}

func (t *Task) refuses(action TaskAction, u *User, text string) *Error {
	if !t.allows(action, u) {
		return Errorf(KindForbidden, "not_your_task", "the task is addressed to somebody else")
	}
	if !slices.Contains(t.nextActions(), action) {
		return Errorf(KindConflict, "action_not_possible", "the task is not in a state for this")
	}
	wantsReason := action == TaskReturn || action == TaskReopen && t.Kind == TaskAssignment
	if wantsReason && Blank(text) {
		return &Error{
			Kind: KindUnprocessed, Code: "validation_failed", Detail: "a reason is missing",
			Fields: []FieldError{{Pointer: "/text", Code: "required"}},
		}
	}
	return nil
}

// Remind sets when to remind of the task; nil: not at all. The same time again is no other reminder.
func (t *Task) Remind(at *time.Time) {
	if at == nil || t.RemindAt == nil || !at.Equal(*t.RemindAt) {
		t.RemindAt, t.RemindedAt = at, nil
	}
}

// MoveDue puts the task off, with its reminder where it has one that is still to come or would be again.
func (t *Task) MoveDue(to *time.Time, now time.Time) {
	if t.DueAt != nil && to != nil && t.RemindAt != nil {
		if remind := t.RemindAt.Add(to.Sub(*t.DueAt)); t.RemindedAt == nil || remind.After(now) {
			t.Remind(&remind)
		}
	}
	t.DueAt = to
}

func (t *Task) end(status TaskStatus, outcome string, by uuid.UUID, at time.Time) {
	t.Status, t.Outcome, t.ClosedBy, t.ClosedAt = status, outcome, by, &at
	t.Remind(nil)
}

// again puts the task back on the desk of whoever is to do it.
func (t *Task) again(reason string) {
	t.Status, t.Outcome, t.WithdrawnReason, t.ClosedBy, t.ClosedAt, t.ReturnReason = TaskOpen, "", "", uuid.Nil, nil, reason
	if t.Kind == TaskAssignment {
		t.Phase, t.UserID = PhaseRework, t.AssigneeID
	}
}

// NewTask is a task that somebody makes for himself or a colleague.
type NewTask struct {
	ID          uuid.UUID // zero: a new one
	Kind        string    // TaskPersonal or TaskAssignment
	CaseID      uuid.UUID // zero: of no case
	Title       string
	Description string
	AssigneeID  uuid.UUID // of an assignment
	Controlled  bool      // the author looks at the result of an assignment
	DueAt       *time.Time
	RemindAt    *time.Time
	By          uuid.UUID
}

// TaskPatch is what changes of a task of people's own; nil: stays. A zero time takes a date away.
type TaskPatch struct {
	Title       *string
	Description *string
	AssigneeID  *uuid.UUID
	DueAt       *time.Time
	RemindAt    *time.Time
}

// TaskEvent is a line of the history of a task of people's own.
type TaskEvent struct {
	At      time.Time
	ActorID uuid.UUID
	Action  string
	Data    map[string]any
}

// Comment is a note or a comment on a case (R10, R42).
type Comment struct {
	ID        uuid.UUID
	CaseID    uuid.UUID
	Kind      CommentKind
	Text      string
	AuthorID  uuid.UUID
	Mentions  []uuid.UUID // users named by @login
	CreatedAt time.Time
	EditedAt  *time.Time
	RemovedAt *time.Time // nil: it is there
	RemovedBy uuid.UUID
	Version   int
}

// CommentKind tells notes on a case from what people say to each other about it.
type CommentKind string

// The kinds of comment.
const (
	CommentNote CommentKind = "note"    // примечание
	CommentTalk CommentKind = "comment" // комментарий
)

// CommentVersion is what a comment said before.
type CommentVersion struct {
	Version int
	Text    string
	At      time.Time // since when it said so
}

// Mention is somebody's being named in a comment.
type Mention struct {
	CommentID uuid.UUID
	CaseID    uuid.UUID
	Number    string
	AuthorID  uuid.UUID
	Text      string
	At        time.Time
}

// mentionForm is a login after an @ that does not follow a word, as the one of an e-mail address does.
var mentionForm = regexp.MustCompile(`(?:^|[^\pL\pN._@-])@([A-Za-z0-9][A-Za-z0-9._@-]{0,62})`)

// Mentions lists the logins that a text names with an @, each once, in their order. Whether there are such users is for the
// reader to find out. A stop or a hyphen that ends a login is the sentence's.
func Mentions(text string) []string {
	var logins []string
	for _, match := range mentionForm.FindAllStringSubmatch(text, -1) {
		login := strings.ToLower(strings.TrimRight(match[1], "._-@"))
		if login != "" && !slices.Contains(logins, login) {
			logins = append(logins, login)
		}
	}
	return logins
}
