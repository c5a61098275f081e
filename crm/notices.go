package crm

import (
	"time"

	"github.com/google/uuid"
)

// Notice is what a user is told besides his tasks: a reminder of an interaction (R28), or of a task of his own (R10).
type Notice struct {
	ID            uuid.UUID
	UserID        uuid.UUID
	Kind          string    // "reminder"
	InteractionID uuid.UUID // zero: of a task
	TaskID        uuid.UUID // zero: of an interaction
	CaseID        uuid.UUID // zero: what is reminded of is of no case
	DueAt         time.Time // when it was to be reminded of
	CreatedAt     time.Time
	ReadAt        *time.Time
	Email         LetterStatus
	// Interaction or Task is what is reminded of, as it is now.
	Interaction NoticeInteraction
	Task        NoticeTask
}

// NoticeTask is what a reminder shows of its task.
type NoticeTask struct {
	Kind   string // TaskPersonal or TaskAssignment
	Status TaskStatus
	Title  string
	DueAt  *time.Time
}

// NoticeInteraction is what a reminder shows of its interaction.
type NoticeInteraction struct {
	Kind   InteractionKind
	Status InteractionStatus
	At     time.Time
	Topic  string
}

// LetterStatus is what became of a notice's letter.
type LetterStatus string

// The statuses of a notice's letter. Only what is pending is sent: one whose sending was broken off may have arrived.
const (
	LetterNone    LetterStatus = "none" // the user does not want it, or has no address
	LetterPending LetterStatus = "pending"
	LetterSending LetterStatus = "sending"
	LetterSent    LetterStatus = "sent"
	LetterFailed  LetterStatus = "failed"
	LetterUnknown LetterStatus = "unknown"
)

// NoticeLetter is a letter about a notice that has been taken up to be sent.
type NoticeLetter struct {
	Notice Notice
	To     User
	PutOff int // how often the reader's mailbox took no letter for the time being
}

// The patience with a mailbox that takes no letters for the time being: 1, 2, 4, 8, 16, 32 minutes and then an hour each time,
// about half a day in all. A reminder that comes later is none.
const (
	maxPutOff    = 16
	firstPutOff  = time.Minute
	longestDelay = time.Hour
)

// NextTry tells how long a letter rests that its mailbox has put off once more; false: it is given up.
func (l *NoticeLetter) NextTry() (time.Duration, bool) {
	if l.PutOff >= maxPutOff {
		return 0, false
	}
	delay := firstPutOff
	for range l.PutOff {
		delay = min(2*delay, longestDelay)
	}
	return delay, true
}

// NoticeFilter says which notices are listed, newest first.
type NoticeFilter struct {
	UserID uuid.UUID
	Unread bool
	After  *Cursor // ID
	Limit  int
}
