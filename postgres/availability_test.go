package postgres_test

import (
	"context"
	"testing"

	"marshrut/crm"
	"marshrut/postgres"
)

func TestR38_AMapIsForPeopleThereAre(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	patch := func(a crm.Availability) error {
		_, err := of.PatchRouteMap(context.Background(), "appeal", of.revision("appeal"), crm.RouteMapPatch{AvailableTo: &a})
		return err
	}
	wantCode(t, patch(crm.Availability{Users: []string{"manager", "nobody"}}), crm.KindUnprocessed, "/available_to/users/1", "not_found")
	wantCode(t, patch(crm.Availability{Departments: []string{"moon"}}), crm.KindUnprocessed, "/available_to/departments/0", "not_found")
	if err := patch(crm.Availability{Users: []string{"manager", of.other.ID.String()}, Departments: []string{"sales"}}); err != nil {
		t.Error(err)
	}
}

// revision is that of a map as it is now.
func (of *office) revision(id string) int {
	of.t.Helper()
	m, err := of.RouteMap(context.Background(), id)
	if err != nil {
		of.t.Fatal(err)
	}
	return m.Revision
}
