package engine

import (
	"testing"

	"github.com/google/uuid"

	"marshrut/routemaps"
)

// TestR40_NoContactIsLeftOutInSilence: of more contacts than a rule can tell, the case says that some were not told.
func TestR40_NoContactIsLeftOutInSilence(t *testing.T) {
	t.Parallel()
	for count, told := range map[int]int{150: 150, MaxContacts: MaxContacts, MaxContacts + 1: MaxContacts} {
		d, _ := formDecision(t)
		for range count {
			d.snapshot.Contacts = append(d.snapshot.Contacts, uuid.New())
		}
		d.notify(&routemaps.Effect{
			Kind: routemaps.EffectNotify, Rule: "a/on_entry/1", Channel: routemaps.RuleEmail, Template: "x",
			To: []routemaps.Recipient{{Kind: routemaps.ToContacts}},
		})
		incident := len(d.change.OpenIncident) == 1 && d.change.OpenIncident[0].Code == "too_many_contacts" && !d.change.OpenIncident[0].Blocking
		if len(d.change.Notify) != told || incident != (count > MaxContacts) || (len(d.change.Feed) == 1) != incident {
			t.Errorf("of %d contacts %d are told, incidents %+v", count, len(d.change.Notify), d.change.OpenIncident)
		}
	}
}
