package crm

import (
	"regexp"

	"github.com/google/uuid"
)

// Found is a record that a search has found.
type Found struct {
	Kind       FoundKind
	ID         uuid.UUID
	Title      string // the name, or the case's number and topic
	ClientID   uuid.UUID
	ClientName string
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

// DuplicatesError refuses to make a client that may be there already.
type DuplicatesError struct {
	Known []Duplicate // that it may be
}

// Error says nothing of who they are.
func (e *DuplicatesError) Error() string { return "the client may be there already" }

var caseNumber = regexp.MustCompile(`^(?i)[adic]-[0-9]{1,18}$`)

// IsCaseNumber tells whether the text has the form of a case's number, "A-000123".
func IsCaseNumber(text string) bool { return caseNumber.MatchString(text) }
