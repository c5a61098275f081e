package engine

import (
	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/routemaps"
)

// Register says what the end of a case takes out of the register of planned events (R17).
type Register int

// What leaves the register.
const (
	RegisterKept  Register = iota // nothing: the case has not ended
	RegisterOwn                   // what was planned by, or given to, whoever ended the case
	RegisterWhole                 // all that was planned for the case
	RegisterBack                  // what the case's end took out comes back: it was reopened (R60)
)

// AtEnd is R17 for the interaction that ends a case: where employees may close what others have planned, everybody's planned
// interactions of the case leave the register, whoever ends it; where they may not, only those of whoever ends it.
func AtEnd(m *routemaps.Map) Register {
	if m != nil && m.Settings.CloseOthersInteractions == routemaps.Forbidden {
		return RegisterOwn
	}
	return RegisterWhole
}

// MayClose is R17 for one planned interaction of a case with this map: its author closes it, and whom it has been given to as
// the responsible; others where the map allows it, and everybody where there is no map.
func MayClose(m *routemaps.Map, i *crm.Interaction, by uuid.UUID) *crm.Error {
	if m == nil || m.Settings.CloseOthersInteractions != routemaps.Forbidden || by == i.CreatedBy || by == i.ResponsibleID {
		return nil
	}
	return crm.Errorf(crm.KindForbidden, "others_interaction", "in cases of this map only the author closes a planned interaction")
}

// MayGive is R17 for giving one planned interaction of a case with this map to another responsible, who closes it then: who may
// close it may, and those who lead (R27): a director, and the head of its responsible's department.
func MayGive(m *routemaps.Map, d *Directory, i *crm.Interaction, by uuid.UUID) *crm.Error {
	if user, ok := d.Users[by]; ok && user.Active && user.Leads() {
		return nil
	}
	if d.Heads(by, i.ResponsibleID) {
		return nil
	}
	return MayClose(m, i, by)
}
