package crm

import (
	"time"

	"github.com/google/uuid"
)

// RouteMap is what belongs to a route map and not to one version of it (R38).
type RouteMap struct {
	ID          string
	Process     Kind
	State       string // draft, active or archived
	AvailableTo Availability
	Latest      int  // number of its newest version
	Shipped     bool // it came with the program or from its folder
	Replaced    bool // its newest version is one that somebody has published
	Revision    int  // raised by each change of what is above
	UpdatedAt   time.Time
}

// Availability lists who may choose a route map for a new case (R38); all empty: everyone. Entries are ids, keys or logins.
type Availability struct {
	Offices     []string `json:"offices,omitempty"`
	Departments []string `json:"departments,omitempty"`
	Users       []string `json:"users,omitempty"`
}

// RouteMapVersion is one published version of a route map; it never changes.
type RouteMapVersion struct {
	MapID       string
	Version     int
	SHA256      string // hex
	Source      []byte // the YAML as published
	PublishedAt time.Time
	PublishedBy uuid.UUID // zero: came with the program or from its folder
}

// RouteMapTests are the tests of a route map (R53): a text that belongs to the map and to none of its versions.
type RouteMapTests struct {
	MapID     string
	Version   int       // 0: as they come with the program, or none yet
	Shipped   bool      // some come with the program
	Deleted   bool      // with this version the company's own were deleted; Source is what they said last
	Source    string    // YAML, in the format of maptest or still on its way there; empty: there are none
	UpdatedAt time.Time // zero for shipped ones, and where there are none
	UpdatedBy uuid.UUID // zero for shipped ones, and where there are none
}

// MapCases is how many open cases stand at a stage of a version of a route map.
type MapCases struct {
	Version int
	Stage   string
	Cases   int
}

// RouteMapPatch is what changes of a route map; nil: stays.
type RouteMapPatch struct {
	State       *string
	AvailableTo *Availability
}

// UsualMap is the id of the shipped map that cases of a kind follow where nobody chooses another one.
func UsualMap(kind Kind) string {
	switch kind {
	case Appeal:
		return "appeal"
	case Deal:
		return "typical-sale"
	case Interest:
		return "new-clients"
	case Claim:
		return "claim"
	}
	return ""
}
