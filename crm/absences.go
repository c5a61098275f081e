package crm

import (
	"time"

	"github.com/google/uuid"
)

// Absence is a time in which somebody is not at work. What is addressed to him meanwhile goes to others, and they see and do what
// lies on his desk; when it ends, his desk is his again.
type Absence struct {
	ID           uuid.UUID
	UserID       uuid.UUID
	StartsAt     time.Time
	EndsAt       time.Time // the first moment he is back
	TasksTo      TasksTo
	SubstituteID uuid.UUID // of TasksToSubstitute
	CancelledAt  *time.Time
	Version      int
	CreatedAt    time.Time
	CreatedBy    uuid.UUID
}

// At tells whether the absence is under way at a time.
func (a *Absence) At(t time.Time) bool {
	return a.CancelledAt == nil && !t.Before(a.StartsAt) && t.Before(a.EndsAt)
}

// TasksTo says where the tasks of somebody absent go.
type TasksTo string

// The ways that tasks of somebody absent can go.
const (
	TasksToSubstitute TasksTo = "substitute"
	TasksToPool       TasksTo = "pool" // of his department
	TasksToHead       TasksTo = "head" // the nearest one above him who is there
)

// AbsencePatch is what changes of an absence; nil: stays.
type AbsencePatch struct {
	StartsAt     *time.Time
	EndsAt       *time.Time
	TasksTo      *TasksTo
	SubstituteID *uuid.UUID // zero: nobody
}

// Apply makes the absence what it is after the change.
func (p *AbsencePatch) Apply(a *Absence) {
	set(&a.StartsAt, p.StartsAt)
	set(&a.EndsAt, p.EndsAt)
	set(&a.TasksTo, p.TasksTo)
	set(&a.SubstituteID, p.SubstituteID)
}

// Check refuses an absence that cannot be: it ends before it begins, has ended already, or its tasks go to nobody.
func (a *Absence) Check(now time.Time) *Error {
	wrong := func(pointer, code string) *Error {
		return &Error{
			Kind: KindUnprocessed, Code: "validation_failed", Detail: "the absence cannot be so",
			Fields: []FieldError{{Pointer: pointer, Code: code}},
		}
	}
	switch {
	case !a.EndsAt.After(a.StartsAt):
		return wrong("/ends_at", "ends_before_it_begins")
	case !a.EndsAt.After(now):
		return wrong("/ends_at", "in_the_past")
	case a.TasksTo == TasksToSubstitute && a.SubstituteID == uuid.Nil:
		return wrong("/substitute_id", "required")
	case a.TasksTo != TasksToSubstitute && a.SubstituteID != uuid.Nil:
		return wrong("/substitute_id", "not_asked")
	case a.SubstituteID == a.UserID:
		return wrong("/substitute_id", "substitute_of_himself")
	}
	return nil
}

// AbsenceFilter says which absences are listed: those that have not ended, the first to end first.
type AbsenceFilter struct {
	UserID uuid.UUID // zero: everybody's
	After  *Cursor   // At: the end; ID
	Limit  int
}
