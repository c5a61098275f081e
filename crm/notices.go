package crm

import (
	"time"

	"github.com/google/uuid"
)

// Notice is what a user is told: a reminder of an interaction (R28) or of a task of his own (R10), a task that has come to him or is
// overdue, an assignment, a comment that names him, or somebody's absence in which he stands in.
type Notice struct {
	ID            uuid.UUID
	UserID        uuid.UUID
	Kind          string    // of Subjects
	InteractionID uuid.UUID // it is about one of these four
	TaskID        uuid.UUID
	CommentID     uuid.UUID
	AbsenceID     uuid.UUID
	CaseID        uuid.UUID // zero: it is of no case
	CaseNumber    string
	CaseTopic     string
	DueAt         time.Time // when it was to be reminded of, or when it happened
	CreatedAt     time.Time
	ReadAt        *time.Time
	Email         LetterStatus
	Digest        bool // its letter goes together with others
	// What it is about, as it is now.
	Interaction NoticeInteraction
	Task        NoticeTask
	Comment     NoticeComment
	Absence     NoticeAbsence
}

// NoticeComment is what a notice shows of the comment that names its user.
type NoticeComment struct {
	Author string
	Text   string
}

// NoticeAbsence is what a notice shows of the absence in which its user stands in.
type NoticeAbsence struct {
	Who    string
	EndsAt *time.Time
}

// NoticeTask is what a notice shows of its task.
type NoticeTask struct {
	Kind string
	Name *Text // of a task of a route, or of its stage; nil: it has a title
	// Where it stands on its route; empty: on none.
	MapID      string
	MapVersion int
	Path       string
	Status     TaskStatus
	Title      string
	DueAt      *time.Time
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

// NoticeLetter is a letter about notices that has been taken up to be sent: about one, or a digest of several.
type NoticeLetter struct {
	ID      uuid.UUID // of the first notice
	Notices []Notice
	To      User
	From    Sender // the same at every attempt
	PutOff  int    // how often the reader's mailbox took no letter for the time being
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
