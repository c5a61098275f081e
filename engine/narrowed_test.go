package engine

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"marshrut/crm"
)

// TestR15_ScopesNarrowWhoLeads: what a token leaves of the right to lead counts for its user alone.
func TestR15_ScopesNarrowWhoLeads(t *testing.T) {
	t.Parallel()
	s := newStaff()
	director, other, anna := s.id["director"], s.id["boris"], s.id["anna"]
	for _, id := range []uuid.UUID{director, other} {
		s.Users[id].Granted.Rights = []crm.Right{crm.RightWork, crm.RightLead}
	}
	c := &crm.Case{ResponsibleID: anna, Status: crm.StatusPositive}
	for name, one := range map[string]struct {
		scopes *[]crm.Right
		want   bool
	}{
		"all rights":   {nil, true},
		"with lead":    {&[]crm.Right{crm.RightLead}, true},
		"without lead": {&[]crm.Right{crm.RightWork}, false},
		"nothing":      {&[]crm.Right{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := s.Narrowed(director, one.scopes)
			require.Equal(t, one.want, MayDirect(d, c, director))
			require.Equal(t, one.want, MayReopen(d, c, director))
			require.Equal(t, one.want, MayPlanAbsence(d, anna, director))
			require.True(t, MayOwn(d, director), "he works here all the same")
			require.True(t, MayDirect(d, c, other), "another's rights are his own")
			require.True(t, MayDirect(s.Directory, c, director), "the directory itself is as it was")
			command := &crm.Command{UserID: director, Scopes: one.scopes, Kind: crm.CommandReopen, Payload: crm.CommandPayload{Reason: "x"}}
			change := Decide(&Snapshot{Case: c, Directory: s.Directory}, Input{Command: command, At: holidays})
			require.Equal(t, one.want, change.Refusal == nil, change.Refusal)
		})
	}
}
