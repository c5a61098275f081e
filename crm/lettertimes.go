package crm

import (
	"slices"
	"time"
)

// The subjects that a user can be written to about (R66). Those of notices are their kinds.
const (
	SubjectTask         = "task"         // a task of a route has come to him
	SubjectOverdue      = "overdue"      // a task of his is overdue
	SubjectAssignment   = "assignment"   // a colleague has given him one
	SubjectMention      = "mention"      // a comment names him
	SubjectSubstitution = "substitution" // he stands in for somebody from now on
	SubjectReminder     = "reminder"     // of an interaction or of a task of his own
)

// Subjects are what a user can be written to about, or not (R66); those of letters that route maps send are keys of templates.
func Subjects() []string {
	return []string{SubjectOverdue, SubjectTask, SubjectAssignment, SubjectMention, SubjectSubstitution, SubjectReminder}
}

// LetterTimes say when a user's letters go. Times of day are "15:04" in his time zone.
type LetterTimes struct {
	Muted     []string // what he wants no letters about: of Subjects
	Digest    []string // what he wants together, once a day: of Subjects
	DigestAt  string
	QuietFrom string // letters wait from then until QuietTo; empty: they never wait
	QuietTo   string
}

// LetterAt tells when a letter about the subject goes to the user: at once, with others in his digest, or, false, not at all.
// A letter of a quiet hour goes at its end.
func (u *User) LetterAt(subject string, now time.Time) (at time.Time, digest, wanted bool) {
	if u.Email == "" || !u.Active || slices.Contains(u.Muted, subject) {
		return time.Time{}, false, false
	}
	zone, err := time.LoadLocation(u.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	at = now
	if digest = slices.Contains(u.Digest, subject); digest {
		at = nextClock(now, zone, u.DigestAt)
	}
	return u.afterQuiet(at, zone).UTC(), digest, true
}

// afterQuiet is the time, or the end of the quiet hours that it lies in.
func (u *User) afterQuiet(at time.Time, zone *time.Location) time.Time {
	if u.QuietFrom == "" || u.QuietTo == "" {
		return at
	}
	clock := at.In(zone).Format(clockForm)
	quiet := u.QuietFrom <= clock && clock < u.QuietTo
	if u.QuietTo < u.QuietFrom { // over midnight
		quiet = clock >= u.QuietFrom || clock < u.QuietTo
	}
	if !quiet {
		return at
	}
	return nextClock(at, zone, u.QuietTo)
}

const clockForm = "15:04"

// nextClock is the next time that clocks of the zone show this; one that is not there on the day, as they are put forward, is as
// much later as they are.
func nextClock(after time.Time, zone *time.Location, clock string) time.Time {
	shown, err := time.Parse(clockForm, clock)
	if err != nil {
		return after
	}
	local := after.In(zone)
	for day := 0; ; day++ {
		next := time.Date(local.Year(), local.Month(), local.Day()+day, shown.Hour(), shown.Minute(), 0, 0, zone)
		if next.After(after) {
			return next
		}
	}
}

// IsClock tells whether the text is a time of day such as "09:00".
func IsClock(text string) bool {
	_, err := time.Parse(clockForm, text)
	return err == nil && len(text) == len(clockForm)
}
