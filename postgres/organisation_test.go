package postgres_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"marshrut/activities"
	"marshrut/crm"
	"marshrut/postgres"
)

func (of *office) department(key string, above uuid.UUID) *crm.Department {
	of.t.Helper()
	return of.must(of.CreateDepartment(context.Background(), crm.Department{Key: key, Name: crm.Text{EN: key}, ParentID: above}))
}

func (of *office) changeDepartment(d *crm.Department, p crm.DepartmentPatch) *crm.Department {
	of.t.Helper()
	current := of.must(of.Department(context.Background(), d.ID))
	return of.must(of.PatchDepartment(context.Background(), d.ID, current.Version, p))
}

func (of *office) place(key, calendar string) *crm.Office {
	of.t.Helper()
	o, err := of.CreateOffice(context.Background(), crm.Office{Key: key, Name: crm.Text{EN: key}, TimeZone: "Asia/Omsk", Calendar: calendar})
	require.NoError(of.t, err)
	return o
}

func TestR38_AMapForAnOfficeIsForItsPeople(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	north := of.place("north", "")
	branch := of.department("branch", uuid.Nil)
	retail := of.department("retail", branch.ID)
	seller := of.user("seller", retail.ID, crm.RoleManager)
	offered := func(to crm.Availability, user uuid.UUID) bool {
		t.Helper()
		_, err := of.PatchRouteMap(ctx, "appeal", of.revision("appeal"), crm.RouteMapPatch{AvailableTo: &to})
		require.NoError(t, err)
		maps, err := of.OfferedMaps(ctx, crm.Appeal, user)
		require.NoError(t, err)
		_, _, err = of.CreateCase(ctx, crm.NewCase{Kind: crm.Appeal, MapID: "appeal", ClientID: of.client, By: user, Topic: "?", Source: "site"})
		if err != nil {
			wantCode(t, err, crm.KindUnprocessed, "/map", "map_not_available")
		}
		require.Equal(t, len(maps) > 0, err == nil, "what is offered can be chosen, and nothing else")
		return err == nil
	}
	forNorth := crm.Availability{Offices: []string{"north"}}
	require.False(t, offered(forNorth, seller.ID), "his department is in no office")
	of.changeDepartment(branch, crm.DepartmentPatch{OfficeID: &north.ID})
	require.True(t, offered(forNorth, seller.ID), "the department above is in it")
	require.True(t, offered(crm.Availability{Offices: []string{north.ID.String()}}, seller.ID))
	require.False(t, offered(forNorth, of.manager.ID))
	require.True(t, offered(crm.Availability{Offices: []string{"north"}, Users: []string{"manager"}}, of.manager.ID))
	require.True(t, offered(crm.Availability{Departments: []string{"branch"}}, seller.ID), "his department is below it")
	require.False(t, offered(crm.Availability{Departments: []string{"retail"}}, of.manager.ID))

	_, err := of.PatchRouteMap(ctx, "appeal", of.revision("appeal"), crm.RouteMapPatch{AvailableTo: &crm.Availability{Offices: []string{"north", "south"}}})
	wantCode(t, err, crm.KindUnprocessed, "/available_to/offices/1", "not_found")
}

func TestR38_AMapsTextNamesOfficesThereAre(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	source := strings.Replace(workingMap, "time_limit: 20", "available_to: {offices: [north]}\ntime_limit: 20", 1)
	_, _, err := of.PublishRouteMap(t.Context(), []byte(source), of.director.ID)
	require.ErrorContains(t, err, `the office "north" is unknown`)
	of.place("north", "")
	_, _, err = of.PublishRouteMap(t.Context(), []byte(source), of.director.ID)
	require.NoError(t, err)
	maps, err := of.OfferedMaps(t.Context(), crm.Appeal, of.manager.ID)
	require.NoError(t, err)
	for i := range maps {
		require.NotEqual(t, "recount", maps[i].ID)
	}
}

func TestR38_OfficesAreChangedByVersions(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	north := of.place("north", "ru")
	_, err := of.CreateOffice(ctx, crm.Office{Key: "north", TimeZone: "Asia/Omsk"})
	wantCode(t, err, crm.KindConflict, "", "office_key_taken")
	_, err = of.CreateOffice(ctx, crm.Office{Key: "N", TimeZone: "Asia/Omsk"})
	wantCode(t, err, crm.KindUnprocessed, "/key", "bad_key")
	_, err = of.CreateOffice(ctx, crm.Office{Key: "south", TimeZone: "Asia/Omsk", Calendar: "moon"})
	wantCode(t, err, crm.KindUnprocessed, "/calendar", "expected_one_of")
	again, err := of.CreateOffice(ctx, *north)
	require.NoError(t, err)
	require.Equal(t, north, again, "the same request again")

	zone := "Asia/Tomsk"
	changed, err := of.PatchOffice(ctx, north.ID, 1, crm.OfficePatch{TimeZone: &zone, Calendar: new("")})
	require.NoError(t, err)
	require.Equal(t, []any{2, zone, ""}, []any{changed.Version, changed.TimeZone, changed.Calendar})
	_, err = of.PatchOffice(ctx, north.ID, 1, crm.OfficePatch{TimeZone: &zone})
	wantCode(t, err, crm.KindStale, "", "stale")
	_, err = of.PatchOffice(ctx, north.ID, 2, crm.OfficePatch{Calendar: new("moon")})
	wantCode(t, err, crm.KindUnprocessed, "/calendar", "expected_one_of")
	_, err = of.PatchOffice(ctx, uuid.New(), 1, crm.OfficePatch{})
	wantCode(t, err, crm.KindNotFound, "", "office_not_found")

	branch := of.department("branch", uuid.Nil)
	of.changeDepartment(branch, crm.DepartmentPatch{OfficeID: &north.ID})
	_, err = of.PatchOffice(ctx, north.ID, 2, crm.OfficePatch{Active: new(false)})
	wantCode(t, err, crm.KindConflict, "", "office_in_use")
	of.changeDepartment(branch, crm.DepartmentPatch{OfficeID: new(uuid.Nil)})
	_, err = of.PatchOffice(ctx, north.ID, 2, crm.OfficePatch{Active: new(false)})
	require.NoError(t, err)
	_, err = of.PatchDepartment(ctx, branch.ID, 3, crm.DepartmentPatch{OfficeID: &north.ID})
	wantCode(t, err, crm.KindUnprocessed, "/office_id", "out_of_use")
	_, err = of.PatchDepartment(ctx, branch.ID, 3, crm.DepartmentPatch{OfficeID: new(uuid.New())})
	wantCode(t, err, crm.KindUnprocessed, "/office_id", "not_found")
}

func TestR38_DepartmentsAreATree(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	top := of.department("top", uuid.Nil)
	middle := of.department("middle", top.ID)
	bottom := of.department("bottom", middle.ID)
	for _, below := range []uuid.UUID{top.ID, middle.ID, bottom.ID} {
		_, err := of.PatchDepartment(ctx, top.ID, 1, crm.DepartmentPatch{ParentID: &below})
		wantCode(t, err, crm.KindUnprocessed, "/parent_id", "department_cycle")
	}
	_, err := of.PatchDepartment(ctx, top.ID, 1, crm.DepartmentPatch{ParentID: new(uuid.New())})
	wantCode(t, err, crm.KindUnprocessed, "/parent_id", "not_found")
	_, err = of.PatchDepartment(ctx, top.ID, 1, crm.DepartmentPatch{HeadID: new(uuid.New())})
	wantCode(t, err, crm.KindUnprocessed, "/head_id", "not_found")
	of.exec("update users set active = false where login = 'other'")
	_, err = of.PatchDepartment(ctx, top.ID, 1, crm.DepartmentPatch{HeadID: &of.other.ID})
	wantCode(t, err, crm.KindUnprocessed, "/head_id", "user_not_active")
	_, err = of.PatchDepartment(ctx, uuid.New(), 1, crm.DepartmentPatch{})
	wantCode(t, err, crm.KindNotFound, "", "department_not_found")
	of.changeDepartment(bottom, crm.DepartmentPatch{ParentID: &top.ID})
	_, err = of.PatchDepartment(ctx, bottom.ID, 1, crm.DepartmentPatch{})
	wantCode(t, err, crm.KindStale, "", "stale")
	require.Equal(t, top.ID, of.must(of.Department(ctx, bottom.ID)).ParentID)
}

// TestR38_TwoMovesBesideEachOtherMakeNoCircle: each alone would be right.
func TestR38_TwoMovesBesideEachOtherMakeNoCircle(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	for range 5 {
		one := of.department("one-"+uuid.NewString()[:4]+"x", uuid.Nil)
		two := of.department("two-"+uuid.NewString()[:4]+"x", uuid.Nil)
		var group sync.WaitGroup
		errs := make([]error, 2)
		for i, move := range [][2]*crm.Department{{one, two}, {two, one}} {
			group.Go(func() {
				_, errs[i] = of.PatchDepartment(context.Background(), move[0].ID, 1, crm.DepartmentPatch{ParentID: &move[1].ID})
			})
		}
		group.Wait()
		if errs[0] == nil {
			errs[0], errs[1] = errs[1], errs[0]
		}
		require.NoError(t, errs[1])
		wantCode(t, errs[0], crm.KindUnprocessed, "/parent_id", "department_cycle")
	}
}

func TestR38_ADepartmentIsPutOutOfUseWhenNothingIsInIt(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	top := of.department("top", uuid.Nil)
	below := of.department("below", top.ID)
	seller := of.user("seller", top.ID, crm.RoleManager)
	c := of.create(crm.NewCase{Kind: crm.Appeal})
	of.exec("update tasks set role = null, department_id = '" + top.ID.String() + "' where case_id = '" + c.ID.String() + "'")
	_, err := of.PatchDepartment(ctx, top.ID, 1, crm.DepartmentPatch{Active: new(false)})
	known, _ := crm.AsError(err)
	require.NotNil(t, known, "%v", err)
	require.Equal(t, "department_in_use", known.Code)
	require.Equal(t, map[string]string{"users": "1", "departments": "1", "tasks": "1"}, known.Params)

	of.exec("update tasks set department_id = null, role = 'dispatcher' where case_id = '" + c.ID.String() + "'")
	of.changeDepartment(below, crm.DepartmentPatch{Active: new(false)})
	sales := of.manager.DepartmentID
	_, err = of.PatchUser(ctx, seller.ID, 1, crm.UserPatch{DepartmentID: &sales}, of.director.ID, nil)
	require.NoError(t, err)
	of.changeDepartment(top, crm.DepartmentPatch{Active: new(false)})

	_, err = of.PatchUser(ctx, seller.ID, 2, crm.UserPatch{DepartmentID: &top.ID}, of.director.ID, nil)
	wantCode(t, err, crm.KindUnprocessed, "/department_id", "out_of_use")
	_, err = of.CreateUser(ctx, crm.User{Login: "x", Name: "x", Lang: crm.RU, DepartmentID: top.ID, Active: true, Roles: []string{"manager"}}, "")
	wantCode(t, err, crm.KindUnprocessed, "/department_id", "out_of_use")
	_, err = of.PatchDepartment(ctx, below.ID, 2, crm.DepartmentPatch{Active: new(true)})
	wantCode(t, err, crm.KindUnprocessed, "/parent_id", "out_of_use")
	of.changeDepartment(top, crm.DepartmentPatch{Active: new(true)})
	of.changeDepartment(below, crm.DepartmentPatch{Active: new(true)})
}

// TestR38_NobodyJoinsADepartmentThatGoesOutOfUse: whoever is quicker has it his way.
func TestR38_NobodyJoinsADepartmentThatGoesOutOfUse(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	for range 5 {
		d := of.department("d-"+uuid.NewString()[:4]+"x", uuid.Nil)
		var group sync.WaitGroup
		var joined, closed error
		group.Go(func() {
			_, joined = of.CreateUser(context.Background(), crm.User{
				Login: "u" + uuid.NewString(), Name: "x", Lang: crm.RU, DepartmentID: d.ID, Active: true, Roles: []string{"manager"},
			}, "")
		})
		group.Go(func() {
			_, closed = of.PatchDepartment(context.Background(), d.ID, 1, crm.DepartmentPatch{Active: new(false)})
		})
		group.Wait()
		require.NotEqual(t, joined == nil, closed == nil, "joined: %v, closed: %v", joined, closed)
	}
}

// TestR43_DeadlinesFollowTheCalendarOfTheOffice: the department's own, its office's, the map's, the default one.
func TestR43_DeadlinesFollowTheCalendarOfTheOffice(t *testing.T) {
	t.Parallel()
	of, cases, _ := recountedOffice(t, 1)
	c := cases[0]
	ctx := t.Context()
	put := func(id, hours string) {
		t.Helper()
		_, err := of.PutCalendar(ctx, id, []byte(strings.Replace(string(ownRu(hours)), "id: ru", "id: "+id, 1)), 0, of.director.ID)
		require.NoError(t, err)
	}
	put("round", "00:00-24:00")
	put("evening", "20:00-24:00")
	require.Zero(t, of.recount(100))
	recounted := func() time.Time {
		t.Helper()
		require.Equal(t, 1, of.recount(100), "as when a calendar changes")
		left := of.recounts(c)
		command := left[len(left)-1]
		of.advance(activities.AdvanceRequest{Case: c.ID, EventID: "command/" + command.ID.String(), Kind: activities.EventCommand, Ref: command.ID})
		require.NoError(t, of.Acknowledge(ctx, []uuid.UUID{command.ID}))
		return *of.open(c).DueAt
	}
	plain := *of.open(c).DueAt
	sales := of.must(of.Department(ctx, of.manager.DepartmentID))
	north := of.place("north", "")
	of.changeDepartment(sales, crm.DepartmentPatch{OfficeID: &north.ID})
	require.Zero(t, of.recount(100), "an office without a calendar changes nothing")
	_, err := of.PatchOffice(ctx, north.ID, 1, crm.OfficePatch{Calendar: new("round")})
	require.NoError(t, err)
	require.Equal(t, c.CreatedAt.Add(4*time.Hour), recounted(), "every hour of the office's calendar")
	of.changeDepartment(sales, crm.DepartmentPatch{Calendar: new("evening")})
	evening := recounted()
	require.Equal(t, "21:00", evening.UTC().Format("15:04"), "the four hours from 20:00 to midnight in Moscow")
	of.changeDepartment(sales, crm.DepartmentPatch{Calendar: new("")})
	require.Equal(t, c.CreatedAt.Add(4*time.Hour), recounted())

	elsewhere := of.department("elsewhere", uuid.Nil)
	_, err = of.PatchUser(ctx, of.manager.ID, 1, crm.UserPatch{DepartmentID: &elsewhere.ID}, of.director.ID, nil)
	require.NoError(t, err)
	require.Equal(t, plain, recounted(), "he has moved away, and works by the default calendar again")
}

// TestR43_TheHeadOfTheDepartmentAboveIsToldWhereThereIsNone, and may direct what is below him.
func TestR43_TheHeadOfTheDepartmentAboveIsToldWhereThereIsNone(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	region := of.department("region", uuid.Nil)
	chief := of.user("chief", region.ID, crm.RoleManager)
	of.changeDepartment(region, crm.DepartmentPatch{HeadID: &chief.ID})
	sales := of.must(of.Department(ctx, of.manager.DepartmentID))
	lead := of.user("lead", sales.ID, crm.RoleManager)
	of.changeDepartment(sales, crm.DepartmentPatch{HeadID: &lead.ID, ParentID: &region.ID})
	c := of.create(crm.NewCase{Kind: crm.Deal, MapID: "free-sale", ResponsibleID: of.manager.ID})
	topic := "Новая тема"
	for _, who := range []*crm.User{lead, chief} {
		_, err := of.PatchCase(ctx, c.ID, of.reload(c).Version, crm.CasePatch{ResponsibleID: &of.manager.ID, Topic: &topic}, who.ID)
		require.NoError(t, err, who.Login)
	}
	_, err := of.PatchCase(ctx, c.ID, of.reload(c).Version, crm.CasePatch{ResponsibleID: &of.other.ID}, of.other.ID)
	wantCode(t, err, crm.KindForbidden, "", "not_your_case")

	mine := of.create(crm.NewCase{Kind: crm.Deal, MapID: "free-sale", ResponsibleID: lead.ID})
	_, err = of.PatchCase(ctx, mine.ID, mine.Version, crm.CasePatch{ResponsibleID: &of.manager.ID}, chief.ID)
	require.NoError(t, err, "the head of a department has a head above him")
}
