package crm

import (
	"time"

	"github.com/google/uuid"
)

// FeedGroup is what a feed can be narrowed to (R6).
type FeedGroup string

// The groups of a feed's entries. Which one an entry is of, the first word of its kind says.
const (
	FeedInteractions FeedGroup = "interactions"
	FeedLetters      FeedGroup = "letters" // e-mail, SMS and what was to be told to whom
	FeedTasks        FeedGroup = "tasks"
	FeedRoute        FeedGroup = "route" // the case's way: stages, events, ends
	FeedNotes        FeedGroup = "notes"
	FeedFiles        FeedGroup = "files"
	FeedChanges      FeedGroup = "changes" // everything else
)

// FeedGroups lists the groups with the first words of their kinds; what is in none of them is a change.
func FeedGroups() map[FeedGroup][]string {
	return map[FeedGroup][]string{
		FeedInteractions: {"interaction", "interactions"},
		FeedLetters:      {"notification", "letter"},
		FeedTasks:        {"task", "assignment"},
		FeedRoute:        {"created", "stage", "closed", "reopened", "moved", "manual", "overdue", "pause", "event", "incident", "case", "payment"},
		FeedNotes:        {"note", "comment", "mention"},
		FeedFiles:        {"file"},
	}
}

// HistoryFilter says which entries of a feed are listed: of one case, or of everything with one client (R7). Done interactions
// are among them, at their own times; planned ones are not (R5).
type HistoryFilter struct {
	CaseID   uuid.UUID // or, or with
	ClientID uuid.UUID
	Groups   []FeedGroup       // empty: all
	Kinds    []InteractionKind // only interactions of these kinds; empty: whatever there is
	Actor    uuid.UUID         // only what this user did, recorded or wrote; zero: anybody's
	From     *time.Time        // From ≤ time < Through
	Through  *time.Time
	Newest   bool    // newest first; otherwise oldest first (R5)
	After    *Cursor // At, ID: the entries that follow it
	Before   *Cursor // At, ID: the entries that precede it
	Limit    int     // at least 1
}

// History is a page of a feed.
type History struct {
	Entries        []FeedEntry
	Next, Previous *Cursor // where the neighbouring pages begin; nil: there are none
}
