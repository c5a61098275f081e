package postgres_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"marshrut/crm"
	"marshrut/postgres"
)

// TestR15_ShippedRolesAreStored: the migration and the program say the same of every shipped role.
func TestR15_ShippedRolesAreStored(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	stored, err := of.ListRoles(t.Context())
	require.NoError(t, err)
	require.ElementsMatch(t, crm.ShippedRoles(), stored)
	for _, u := range []*crm.User{of.director, of.manager} {
		read, err := of.User(t.Context(), u.ID)
		require.NoError(t, err)
		want := crm.Grant(crm.ShippedRoles(), u.Roles...)
		require.ElementsMatch(t, want.Rights, read.Granted.Rights)
		require.Equal(t, want.Visibility, read.Granted.Visibility)
	}
}

func refusedWith(t *testing.T, err error, code string) {
	t.Helper()
	known, ok := crm.AsError(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, code, known.Code)
}

func TestR15_RolesAreAddedChangedAndDeleted(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	accountant := crm.Role{Key: "accountant", Name: crm.Text{EN: "Accountant"}, Visibility: crm.SeesOwn}
	_, err := of.CreateUser(ctx, crm.User{Login: "vera", Name: "x", Lang: crm.RU, Roles: []string{"manager", "accountant"}}, "")
	refusedWith(t, err, "validation_failed")
	added, err := of.PutRole(ctx, accountant, of.director.ID)
	require.NoError(t, err)
	require.Equal(t, 1, added.Version)
	_, err = of.PutRole(ctx, accountant, of.director.ID)
	refusedWith(t, err, "stale")

	vera := of.user("vera", uuid.Nil, "accountant")
	require.True(t, vera.ReadsOnly())
	added.Rights, added.Visibility = []crm.Right{crm.RightWork}, crm.SeesDepartment
	changed, err := of.PutRole(ctx, *added, of.director.ID)
	require.NoError(t, err)
	require.Equal(t, 2, changed.Version)
	vera, err = of.User(ctx, vera.ID)
	require.NoError(t, err)
	require.False(t, vera.ReadsOnly())
	require.Equal(t, crm.SeesDepartment, vera.Granted.Visibility)

	refusedWith(t, of.DeleteRole(ctx, "accountant", 2), "role_in_use")
	refusedWith(t, of.DeleteRole(ctx, "manager", 1), "shipped_role")
	refusedWith(t, of.DeleteRole(ctx, "chef", 1), "role_not_found")
	roles := []string{"manager"}
	_, err = of.PatchUser(ctx, vera.ID, vera.Version, crm.UserPatch{Roles: &roles}, of.director.ID, nil)
	require.NoError(t, err)
	refusedWith(t, of.DeleteRole(ctx, "accountant", 1), "stale")
	require.NoError(t, of.DeleteRole(ctx, "accountant", 2))
}

// TestR15_SomebodyAlwaysAdministers: neither by a user nor by a role does the last one who administers lose that, nor two
// administrators each other at once.
func TestR15_SomebodyAlwaysAdministers(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	admin := of.user("admin", uuid.Nil, crm.RoleAdmin)
	role, err := of.Role(ctx, crm.RoleAdmin)
	require.NoError(t, err)
	role.Rights = []crm.Right{crm.RightWork}
	_, err = of.PutRole(ctx, *role, admin.ID)
	refusedWith(t, err, "own_account")
	_, err = of.PutRole(ctx, *role, of.director.ID)
	refusedWith(t, err, "last_admin")

	second := of.user("second", uuid.Nil, crm.RoleAdmin)
	roles := []string{crm.RoleManager}
	var together sync.WaitGroup
	results := make([]error, 2)
	for i, pair := range [][2]*crm.User{{admin, second}, {second, admin}} {
		together.Go(func() {
			_, results[i] = of.PatchUser(context.WithoutCancel(ctx), pair[0].ID, pair[0].Version, crm.UserPatch{Roles: &roles}, pair[1].ID, nil)
		})
	}
	together.Wait()
	failed := errors.Join(results...)
	refusedWith(t, failed, "last_admin")
	if results[0] != nil && results[1] != nil {
		t.Errorf("neither could: %v", failed)
	}
}

// TestR61_ARoleThatLosesItsWorkLeavesNoneLying: who has open work is not made a reader by way of his role.
func TestR61_ARoleThatLosesItsWorkLeavesNoneLying(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	of.create(crm.NewCase{Kind: crm.Deal, MapID: "typical-sale", ResponsibleID: of.manager.ID, By: of.manager.ID})
	role, err := of.Role(t.Context(), crm.RoleManager)
	require.NoError(t, err)
	role.Rights = nil
	_, err = of.PutRole(t.Context(), *role, of.director.ID)
	refusedWith(t, err, "user_has_open_work")
}
