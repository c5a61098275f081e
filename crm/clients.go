package crm

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Client is a company or a person the cases are about (клиент).
type Client struct {
	ID            uuid.UUID
	Kind          ClientKind
	Name          string
	Status        ClientStatus
	Lang          Lang      // the language it is written to in
	Region        string    // key of a Region; empty: not known
	TimeZone      string    // IANA name (R8)
	Source        string    // key of an AcquisitionSource; empty: not known
	OwnerID       uuid.UUID // client ownership; zero: nobody's
	Details       []ContactDetail
	LegalEntities []LegalEntity
	Attributes    map[string]any // own attributes (R45), by key
	Without       []Block        // what is not kept of this client (R22)
	MergedInto    uuid.UUID      // the client that took this one in; zero: none
	Version       int
	CreatedAt     time.Time
	CreatedBy     uuid.UUID
	ErasedAt      *time.Time // when all that was personal to it was taken away; nil: never
}

// Identities are what two clients that are one would have in common; people: the details of contacts that come with him.
func (c *Client) Identities(people []ContactDetail) (numbers, emails, inns []string) {
	numbers, emails, inns = []string{}, []string{}, []string{}
	for _, d := range slices.Concat(c.Details, people) {
		switch {
		case d.Number != "":
			numbers = append(numbers, d.Number)
		case d.Kind.IsEmail():
			emails = append(emails, strings.ToLower(d.Value))
		}
	}
	for _, e := range c.LegalEntities {
		if e.INN != "" {
			inns = append(inns, e.INN)
		}
	}
	return numbers, emails, inns
}

// LocalTime is what time it is at the client's (R8). An unknown zone is UTC.
func (c *Client) LocalTime(now time.Time) time.Time {
	zone, err := time.LoadLocation(c.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	return now.In(zone)
}

// IsTimeZone tells whether the text is the IANA name of a time zone (R8).
func IsTimeZone(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil && name != "" && name != "Local"
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
	Value string     `json:"value"` // as it was typed
	// Number is a phone number in E.164, "+74951234567"; empty for what is no number and for numbers inside an office.
	Number    string         `json:"number,omitempty"`
	Extension string         `json:"extension,omitempty"` // digits to dial after the number
	Address   *PostalAddress `json:"address,omitempty"`   // the parts of a postal address, where they are known
}

// DetailKind is what a contact detail is for.
type DetailKind string

// The kinds of contact detail. Notifications go to a client's e-mail, and to a contact's "mailing" and "mobile" only (R40).
const (
	DetailEmail         DetailKind = "email"
	DetailMailing       DetailKind = "mailing"
	DetailMobile        DetailKind = "mobile"
	DetailPhone         DetailKind = "phone"
	DetailFax           DetailKind = "fax"
	DetailLegalAddress  DetailKind = "legal_address"
	DetailPostalAddress DetailKind = "postal_address"
	DetailActualAddress DetailKind = "actual_address"
	DetailMessenger     DetailKind = "messenger"
	DetailSite          DetailKind = "site"
	DetailOther         DetailKind = "other"
)

// IsEmail tells whether letters can be sent to a detail of this kind.
func (k DetailKind) IsEmail() bool { return k == DetailEmail || k == DetailMailing }

// IsPhone tells whether a detail of this kind is a phone number.
func (k DetailKind) IsPhone() bool { return k == DetailMobile || k == DetailPhone || k == DetailFax }

// IsAddress tells whether a detail of this kind is a postal address.
func (k DetailKind) IsAddress() bool {
	return k == DetailLegalAddress || k == DetailPostalAddress || k == DetailActualAddress
}

// PostalAddress are the parts of a postal address; all may be empty.
type PostalAddress struct {
	Country  string `json:"country,omitempty" maxLength:"100"`
	Postcode string `json:"postcode,omitempty" maxLength:"20"`
	Region   string `json:"region,omitempty" maxLength:"100"`
	City     string `json:"city,omitempty" maxLength:"100"`
	Street   string `json:"street,omitempty" maxLength:"200"`
	Building string `json:"building,omitempty" maxLength:"50" doc:"House, block and flat"`
}

// ClientPatch is what changes of a client; nil: stays.
type ClientPatch struct {
	Kind       *ClientKind
	Name       *string
	Status     *ClientStatus
	Lang       *Lang
	Region     *string // empty: not known any more
	TimeZone   *string // nil with a new region: the region's
	Source     *string
	OwnerID    *uuid.UUID // zero: nobody's any more
	Details    *[]ContactDetail
	Attributes *map[string]any // merged into the client's; a nil value removes one
	Without    *[]Block
}

// Contact is a person at a client (контактное лицо).
type Contact struct {
	ID         uuid.UUID
	ClientID   uuid.UUID
	Name       string
	Position   string
	BirthDate  *time.Time // a day, at midnight UTC; nil: not known
	Source     string     // key of an AcquisitionSource
	Details    []ContactDetail
	Attributes map[string]any // own attributes (R45), by key
	MergedInto uuid.UUID      // the contact that took this one in; zero: none
	Version    int
	CreatedAt  time.Time
	CreatedBy  uuid.UUID
}

// ContactOfClient is a contact with what its client is known by.
type ContactOfClient struct {
	Contact
	ClientName string
	ClientINN  string // of the main legal entity; empty: not known
}

// ContactPatch is what changes of a contact; nil: stays.
type ContactPatch struct {
	ClientID   *uuid.UUID // another one, as long as nothing is recorded with the contact
	Name       *string
	Position   *string
	BirthDate  **time.Time
	Source     *string
	Details    *[]ContactDetail
	Attributes *map[string]any // merged into the contact's; a nil value removes one
}

// Region is where clients are: a part of a country with one time zone (R8).
type Region struct {
	Key      string // as in ISO 3166-2, "RU-OMS"
	Name     Text
	TimeZone string // IANA name
	Archived bool   // not offered any more
	// Correcting: not all its clients' cards have been given the corrected zone yet. What is read of them is right already.
	Correcting bool
	Version    int
}

// AcquisitionSource is how clients learn of the company: advertising, a recommendation, an exhibition (источник привлечения).
type AcquisitionSource struct {
	Key      string
	Name     Text
	Archived bool // not offered any more
	Version  int
}

// LegalEntity is a legal person that a client acts as (R64). A client may have several; one of them is the main one.
type LegalEntity struct {
	ID        uuid.UUID `json:"id"`
	ClientID  uuid.UUID `json:"client_id"`
	Name      string    `json:"name"`
	INN       string    `json:"inn"`
	KPP       string    `json:"kpp"`
	Main      bool      `json:"main"`
	Version   int       `json:"version"`
	CreatedAt time.Time `json:"created_at"`
}

// LegalEntityPatch is what changes of a legal entity; nil: stays. Main can only become true: the main one changes by naming
// another.
type LegalEntityPatch struct {
	Name *string
	INN  *string
	KPP  *string
	Main *bool
}

// ClientChange is a line of the history of a client's card (R65).
type ClientChange struct {
	ID       uuid.UUID
	ClientID uuid.UUID
	At       time.Time
	Kind     string // "created", "changed", "contact_added", "contact_changed", "merged", "unmerged", ...
	ActorID  uuid.UUID
	Data     map[string]any // of "changed": {"fields": {name: {"from", "to"}}}
}
