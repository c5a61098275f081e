package crm_test

import (
	"slices"
	"testing"

	"marshrut/crm"
)

// TestR15_RolesGiveTheUnionOfRightsAndTheWidestVisibility is the table of what several roles give together.
func TestR15_RolesGiveTheUnionOfRightsAndTheWidestVisibility(t *testing.T) {
	t.Parallel()
	roles := append(crm.ShippedRoles(), crm.Role{Key: "courier", Visibility: crm.SeesOwn},
		crm.Role{Key: "keeper", Rights: []crm.Right{crm.RightWork}, Visibility: crm.SeesDepartment})
	for name, c := range map[string]struct {
		keys []string
		want crm.Granted
	}{
		"none":         {nil, crm.Granted{Visibility: crm.SeesOwn}},
		"of no rights": {[]string{"courier"}, crm.Granted{Visibility: crm.SeesOwn}},
		"unknown":      {[]string{"chef"}, crm.Granted{Visibility: crm.SeesOwn}},
		"one":          {[]string{"keeper"}, crm.Granted{Rights: []crm.Right{crm.RightWork}, Visibility: crm.SeesDepartment}},
		"the widest":   {[]string{"keeper", "courier"}, crm.Granted{Rights: []crm.Right{crm.RightWork}, Visibility: crm.SeesDepartment}},
		"an auditor who works": {
			[]string{crm.RoleAuditor, "keeper"},
			crm.Granted{Rights: []crm.Right{crm.RightWork, crm.RightReport, crm.RightExport, crm.RightAudit}, Visibility: crm.SeesAll},
		},
		"administrators have every right": {[]string{crm.RoleAdmin, "courier"}, crm.Granted{Rights: crm.Rights(), Visibility: crm.SeesAll}},
	} {
		got := crm.Grant(roles, c.keys...)
		if !slices.Equal(got.Rights, c.want.Rights) || got.Visibility != c.want.Visibility {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestRightsAreOrderedAndKnown(t *testing.T) {
	t.Parallel()
	got := crm.OrderedRights([]crm.Right{crm.RightExport, crm.RightWork, "fly", crm.RightWork})
	if !slices.Equal(got, []crm.Right{crm.RightWork, crm.RightExport}) {
		t.Errorf("%v", got)
	}
	if crm.Right("fly").Known() || !crm.RightLead.Known() || crm.Visibility("none").Known() || !crm.SeesDepartment.Known() {
		t.Error("an unknown right is known, or a known one is not")
	}
}
