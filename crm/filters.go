package crm

import (
	"time"

	"github.com/google/uuid"
)

// MaxSavedFilters is how many filters of one list a person may keep.
const MaxSavedFilters = 100

// FilteredList is a list whose filters can be kept.
type FilteredList string

// The lists whose filters can be kept.
const (
	FilteredClients      FilteredList = "clients"
	FilteredContacts     FilteredList = "contacts"
	FilteredCases        FilteredList = "cases"
	FilteredInteractions FilteredList = "interactions"
)

// SavedFilter is a filter of a list that a person keeps under a name.
type SavedFilter struct {
	ID        uuid.UUID
	UserID    uuid.UUID
	List      FilteredList
	Name      string // 1 to 100 characters, no other of the person's list bears it
	Query     string // what stands behind the question mark of the list's address
	CreatedAt time.Time
}
