package crm

import (
	"time"

	"github.com/google/uuid"
)

// Client is a company or a person the cases are about (клиент).
type Client struct {
	ID        uuid.UUID
	Kind      ClientKind
	Name      string
	Status    ClientStatus
	Lang      Lang   // the language it is written to in
	TimeZone  string // IANA name (R8)
	Source    string
	OwnerID   uuid.UUID // client ownership; zero: nobody's
	Details   []ContactDetail
	Version   int
	CreatedAt time.Time
	CreatedBy uuid.UUID
}

// ClientKind tells companies from people.
type ClientKind string

// The kinds of client.
const (
	ClientCompany    ClientKind = "company"
	ClientIndividual ClientKind = "individual"
)

// ClientStatus says whether a client has bought already.
type ClientStatus string

// The statuses of a client.
const (
	ClientPotential ClientStatus = "potential"
	ClientActive    ClientStatus = "active"
)

// ContactDetail is an address or a number of a client or a contact (R44).
type ContactDetail struct {
	Kind  DetailKind `json:"kind"`
	Value string     `json:"value"`
}

// DetailKind is what a contact detail is for.
type DetailKind string

// The kinds of contact detail. Notifications go to a client's e-mail, and to a contact's "mailing" and "mobile" only (R40).
const (
	DetailEmail   DetailKind = "email"
	DetailMailing DetailKind = "mailing"
	DetailMobile  DetailKind = "mobile"
	DetailPhone   DetailKind = "phone"
	DetailOther   DetailKind = "other"
)

// ClientPatch is what changes of a client; nil: stays.
type ClientPatch struct {
	Kind     *ClientKind
	Name     *string
	Status   *ClientStatus
	Lang     *Lang
	TimeZone *string
	Source   *string
	OwnerID  *uuid.UUID // zero: nobody's any more
	Details  *[]ContactDetail
}

// Contact is a person at a client (контактное лицо).
type Contact struct {
	ID        uuid.UUID
	ClientID  uuid.UUID
	Name      string
	Position  string
	Details   []ContactDetail
	Version   int
	CreatedAt time.Time
	CreatedBy uuid.UUID
}

// ContactPatch is what changes of a contact; nil: stays.
type ContactPatch struct {
	Name     *string
	Position *string
	Details  *[]ContactDetail
}
