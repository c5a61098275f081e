package crm

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Position is a place in the change log. Places are ordered, and no change ever appears before one that has been read.
type Position struct {
	Transaction uint64
	Number      int64
}

// String is the position as the id of an event.
func (p Position) String() string { return fmt.Sprintf("%d-%d", p.Transaction, p.Number) }

// Compare is negative when p comes before q, 0 when they are the same.
func (p Position) Compare(q Position) int {
	return cmp.Or(cmp.Compare(p.Transaction, q.Transaction), cmp.Compare(p.Number, q.Number))
}

// ParsePosition reads what String wrote.
func ParsePosition(text string) (Position, bool) {
	before, after, ok := strings.Cut(text, "-")
	transaction, errTransaction := strconv.ParseUint(before, 10, 63)
	number, errNumber := strconv.ParseInt(after, 10, 64)
	return Position{Transaction: transaction, Number: number}, ok && errTransaction == nil && errNumber == nil && number >= 0
}

// ChangeTopic is what a change is about.
type ChangeTopic string

// The topics of changes.
const (
	TopicFeed         ChangeTopic = "feed"         // an entry of a case's history
	TopicInbox        ChangeTopic = "inbox"        // a task that came, went or changed
	TopicInteractions ChangeTopic = "interactions" // an interaction, for the register
	TopicNotices      ChangeTopic = "notices"      // a reminder
	TopicClients      ChangeTopic = "clients"      // a client's card, its contacts, who shares it; without an id: many of them
	TopicMaps         ChangeTopic = "maps"         // a route map, a version or the tests of one
	TopicTemplates    ChangeTopic = "templates"    // a template
	TopicSettings     ChangeTopic = "settings"     // people, roles, offices, calendars, lists and whatever else the company sets up
)

// ChangeRecord is one change: ids only.
type ChangeRecord struct {
	Position     Position
	At           time.Time
	Topic        ChangeTopic
	RefID        uuid.UUID // of the entry, task, interaction, notice or client; nil: of many, of none that could be named, or of one that was taken from UserIDs
	CaseID       uuid.UUID
	UserIDs      []uuid.UUID // whom it is about
	Role         string
	DepartmentID uuid.UUID
}

// Open tells whether everybody may hear of such changes, as far as he sees what they name.
func (t ChangeTopic) Open() bool {
	return slices.Contains([]ChangeTopic{TopicInteractions, TopicClients, TopicMaps, TopicTemplates, TopicSettings}, t)
}

// TakenAway tells whether something was taken from those it is about, whom it alone is for: it is not named, as they may not see it now.
func (c *ChangeRecord) TakenAway() bool { return c.RefID == uuid.Nil && len(c.UserIDs) > 0 }

// Concerns tells whether the change is about the user: it names him, or a role or the department he has.
func (c *ChangeRecord) Concerns(u *User) bool {
	return slices.Contains(c.UserIDs, u.ID) || c.Role != "" && u.Has(c.Role) || c.DepartmentID != uuid.Nil && c.DepartmentID == u.DepartmentID
}

// ChangeBatch is a part of the change log.
type ChangeBatch struct {
	Changes []ChangeRecord
	Through Position // everything up to here has been read
	Lost    bool     // what followed the position asked for is not kept any more, or the position is none of this log's
}
