package crm

import (
	"regexp"
	"strings"

	"github.com/google/uuid"
)

// Found is a record that a search has found.
type Found struct {
	Kind       FoundKind
	ID         uuid.UUID
	Title      string // the name, or the case's number and topic
	ClientID   uuid.UUID
	ClientName string
	Phone      string  // the first of the client's or the contact's, as it was written; it and the two below tell namesakes apart
	INN        string  // of the client's main legal entity that has one
	City       string  // of the client's first address that names one, or else of the contact's
	Score      float64 // the greater the better; comparable within one answer only
}

// FoundKind is what a search finds.
type FoundKind string

// The kinds of record that a search finds.
const (
	FoundClient  FoundKind = "client"
	FoundContact FoundKind = "contact"
	FoundCase    FoundKind = "case"
)

// Duplicate is a client that may be the same as another one.
type Duplicate struct {
	Client  Client
	Reasons []string // what they have in common: "phone", "email", "inn", "name"
}

// ContactDuplicate is a contact that may be the same as another one.
type ContactDuplicate struct {
	Contact Contact
	Reasons []string // what they have in common: "phone", "email", "name"
}

// DuplicatesError refuses to make a client that may be there already.
type DuplicatesError struct {
	Known []Duplicate // that it may be
}

// Error says nothing of who they are.
func (e *DuplicatesError) Error() string { return "the client may be there already" }

var caseNumber = regexp.MustCompile(`^(?i)(?:№ ?)?([adicасіфвшди])[-–— ]?([0-9]{1,18})$`)

// prefixes are the letters of cases' numbers as people type them: letters that look alike, the same keys of a Russian keyboard,
// and the same sounds.
var prefixes = map[string]string{
	"A": "A", "А": "A", "Ф": "A", "D": "D", "В": "D", "Д": "D", "I": "I", "І": "I", "Ш": "I", "И": "I", "C": "C", "С": "C",
}

// CaseNumber reads a case's number, "A-000123", as people type it: in small letters, with Russian ones, without its zeros or its
// dash ("а-123"). It tells whether the text has that form at all.
func CaseNumber(text string) (string, bool) {
	parts := caseNumber.FindStringSubmatch(strings.TrimSpace(text))
	if parts == nil {
		return "", false
	}
	const digits = 6 // at least
	n := strings.TrimLeft(parts[2], "0")
	return prefixes[strings.ToUpper(parts[1])] + "-" + strings.Repeat("0", max(digits-len(n), 0)) + n, true
}
