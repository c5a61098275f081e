package crm

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// CaseParticipant is who takes part in a case, and as what (R30, R36): a client, a contact or a user.
type CaseParticipant struct {
	ID        uuid.UUID
	CaseID    uuid.UUID
	ClientID  uuid.UUID // exactly one of the three
	ContactID uuid.UUID
	UserID    uuid.UUID
	Role      ParticipantRole
	Comment   string
	Name      string // of whoever it is, as it is now
	CreatedAt time.Time
	CreatedBy uuid.UUID // zero: the program, as when a competitor is named at the end
}

// ParticipantRole is what somebody is in a case.
type ParticipantRole string

// The roles of participants. Only a client can be a competitor, only a user a colleague.
const (
	ParticipantCustomer      ParticipantRole = "customer"
	ParticipantCompetitor    ParticipantRole = "competitor"
	ParticipantPartner       ParticipantRole = "partner"
	ParticipantSupplier      ParticipantRole = "supplier"
	ParticipantExpert        ParticipantRole = "expert"
	ParticipantDecisionMaker ParticipantRole = "decision-maker"
	ParticipantObserver      ParticipantRole = "observer"
	ParticipantColleague     ParticipantRole = "colleague"
	ParticipantOther         ParticipantRole = "other"
)

// ParticipantRoles lists the roles.
func ParticipantRoles() []ParticipantRole {
	return []ParticipantRole{
		ParticipantCustomer, ParticipantCompetitor, ParticipantPartner, ParticipantSupplier, ParticipantExpert,
		ParticipantDecisionMaker, ParticipantObserver, ParticipantColleague, ParticipantOther,
	}
}

// Problem is what is wrong with a participant that is to be added to a case of the client: the name of the field and the
// code, both empty when nothing is.
func (p *CaseParticipant) Problem(client uuid.UUID) (field, code string) {
	named := 0
	for _, id := range []uuid.UUID{p.ClientID, p.ContactID, p.UserID} {
		if id != uuid.Nil {
			named++
		}
	}
	switch {
	case named != 1:
		return "", "one_party"
	case !slices.Contains(ParticipantRoles(), p.Role):
		return "role", "bad_role"
	case p.Role == ParticipantCompetitor && p.ClientID == uuid.Nil, p.Role == ParticipantColleague && p.UserID == uuid.Nil:
		return "role", "role_does_not_fit"
	case p.Role == ParticipantCompetitor && p.ClientID == client:
		return "client_id", "own_client"
	}
	return "", ""
}

// ClientOwner is one of those who share a client since a case of theirs with it ended (R18).
type ClientOwner struct {
	UserID uuid.UUID
	CaseID uuid.UUID // whose end it was
	Since  time.Time
	First  bool // the client is his (clients.owner_id)
}
