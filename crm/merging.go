package crm

import (
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Taken is what the card that stays has taken over in a merge besides what points at it, so that it can be given back.
type Taken struct {
	Details    []ContactDetail `json:"details,omitempty"`
	Attributes map[string]any  `json:"attributes,omitempty"`
	Region     string          `json:"region,omitempty"`
	TimeZone   string          `json:"time_zone,omitempty"` // with the region; before: ZoneBefore
	ZoneBefore string          `json:"zone_before,omitempty"`
	Source     string          `json:"source,omitempty"`
	OwnerID    uuid.UUID       `json:"owner_id,omitzero"`
	Active     bool            `json:"active,omitempty"` // a potential client has become active
	Owners     []uuid.UUID     `json:"owners,omitempty"` // who share the client now, too
	Position   string          `json:"position,omitempty"`
	BirthDate  *time.Time      `json:"birth_date,omitempty"`
	MainEntity uuid.UUID       `json:"main_entity,omitzero"` // the main legal entity of the card that was merged
}

// MergeClients says what a client takes over of another one: what it has nothing of itself.
func MergeClients(into, from *Client) (*Client, Taken) {
	merged, taken := *into, Taken{}
	merged.Details, taken.Details = mergeDetails(into.Details, from.Details)
	merged.Attributes, taken.Attributes = mergeMissing(into.Attributes, from.Attributes)
	if into.Region == "" && from.Region != "" {
		taken.Region, taken.TimeZone, taken.ZoneBefore = from.Region, from.TimeZone, into.TimeZone
		merged.Region, merged.TimeZone = from.Region, from.TimeZone
	}
	if into.Source == "" {
		merged.Source, taken.Source = from.Source, from.Source
	}
	if into.OwnerID == uuid.Nil {
		merged.OwnerID, taken.OwnerID = from.OwnerID, from.OwnerID
	}
	if into.Status == ClientPotential && from.Status == ClientActive {
		merged.Status, taken.Active = ClientActive, true
	}
	if i := slices.IndexFunc(from.LegalEntities, func(e LegalEntity) bool { return e.Main }); i >= 0 {
		taken.MainEntity = from.LegalEntities[i].ID
	}
	return &merged, taken
}

// UnmergeClient gives back what was taken. What has been changed since stays as it is.
func UnmergeClient(into *Client, taken *Taken) *Client {
	left := *into
	left.Details = leaveDetails(into.Details, taken.Details)
	left.Attributes = leaveAttributes(into.Attributes, taken.Attributes)
	if taken.Region != "" && into.Region == taken.Region {
		left.Region = ""
		if into.TimeZone == taken.TimeZone {
			left.TimeZone = taken.ZoneBefore
		}
	}
	if taken.Source != "" && into.Source == taken.Source {
		left.Source = ""
	}
	if taken.OwnerID != uuid.Nil && into.OwnerID == taken.OwnerID {
		left.OwnerID = uuid.Nil
	}
	if taken.Active && into.Status == ClientActive {
		left.Status = ClientPotential
	}
	return &left
}

// MergeContacts is MergeClients for contacts.
func MergeContacts(into, from *Contact) (*Contact, Taken) {
	merged, taken := *into, Taken{}
	merged.Details, taken.Details = mergeDetails(into.Details, from.Details)
	merged.Attributes, taken.Attributes = mergeMissing(into.Attributes, from.Attributes)
	if into.Position == "" {
		merged.Position, taken.Position = from.Position, from.Position
	}
	if into.BirthDate == nil {
		merged.BirthDate, taken.BirthDate = from.BirthDate, from.BirthDate
	}
	if into.Source == "" {
		merged.Source, taken.Source = from.Source, from.Source
	}
	return &merged, taken
}

// UnmergeContact is UnmergeClient for contacts.
func UnmergeContact(into *Contact, taken *Taken) *Contact {
	left := *into
	left.Details = leaveDetails(into.Details, taken.Details)
	left.Attributes = leaveAttributes(into.Attributes, taken.Attributes)
	if taken.Position != "" && into.Position == taken.Position {
		left.Position = ""
	}
	if taken.BirthDate != nil && into.BirthDate != nil && into.BirthDate.Equal(*taken.BirthDate) {
		left.BirthDate = nil
	}
	if taken.Source != "" && into.Source == taken.Source {
		left.Source = ""
	}
	return &left
}

func (d *ContactDetail) same(other *ContactDetail) bool {
	return d.Kind == other.Kind && (d.Value == other.Value || d.Number != "" && d.Number == other.Number && d.Extension == other.Extension)
}

// mergeDetails adds those that are not there yet.
func mergeDetails(have, others []ContactDetail) (all, added []ContactDetail) {
	all = slices.Clone(have)
	for i := range others {
		if !slices.ContainsFunc(all, func(d ContactDetail) bool { return d.same(&others[i]) }) {
			all, added = append(all, others[i]), append(added, others[i])
		}
	}
	return all, added
}

func leaveDetails(have, taken []ContactDetail) []ContactDetail {
	return slices.DeleteFunc(slices.Clone(have), func(d ContactDetail) bool {
		return slices.ContainsFunc(taken, func(t ContactDetail) bool { return t.same(&d) })
	})
}

func mergeMissing(have, others map[string]any) (all, added map[string]any) {
	all, added = maps.Clone(have), map[string]any{}
	if all == nil {
		all = map[string]any{}
	}
	for key, value := range others {
		if _, ok := all[key]; !ok {
			all[key], added[key] = value, value
		}
	}
	return all, added
}

func leaveAttributes(have, taken map[string]any) map[string]any {
	left := maps.Clone(have)
	for key, value := range taken {
		if left[key] == value {
			delete(left, key)
		}
	}
	return left
}
