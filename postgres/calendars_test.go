package postgres_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"marshrut/activities"
	"marshrut/crm"
	"marshrut/postgres"
)

// ownOmsk is a calendar of the company's, in the place of no shipped one.
func ownOmsk() []byte {
	return []byte(strings.Replace(string(ownRu("09:00-18:00")), "id: ru", "id: omsk", 1))
}

// onOmsk is a map whose time is counted on it.
const onOmsk = `
id: local
process: appeal
name: {en: Local, ru: Местная}
calendar: omsk
stages:
  - id: answer
    name: {en: Answer, ru: Ответ}
    performer: responsible
    time_limit: 4 working hours
    outcomes:
      - {id: done, name: {en: Done, ru: Готово}, finish: positive}
`

func (of *office) putOmsk(version int) *crm.Calendar {
	of.t.Helper()
	stored, err := of.PutCalendar(of.t.Context(), "omsk", ownOmsk(), version, of.director.ID)
	require.NoError(of.t, err)
	return stored
}

func (of *office) deleteCalendar(id string, version int) error {
	of.t.Helper()
	return of.DeleteCalendar(of.t.Context(), id, version, of.director.ID)
}

// inUse tells what keeps a calendar or a template, as refusals do.
func inUse(t *testing.T, err error, code string) map[string]string {
	t.Helper()
	wantCode(t, err, crm.KindConflict, "", code)
	refused, _ := crm.AsError(err)
	return refused.Params
}

func TestR43_ACalendarIsDeletedWhenNothingNamesIt(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	of.putOmsk(0)
	made, err := of.CreateOffice(ctx, crm.Office{Key: "omsk", Name: crm.Text{EN: "Omsk"}, TimeZone: "Asia/Omsk", Calendar: "omsk"})
	require.NoError(t, err)
	shop := of.must(of.CreateDepartment(ctx, crm.Department{Key: "shop", Name: crm.Text{EN: "Shop"}, Calendar: "omsk"}))
	_, _, err = of.PublishRouteMap(ctx, []byte(onOmsk), of.director.ID)
	require.NoError(t, err)
	c := of.create(crm.NewCase{Kind: crm.Appeal, MapID: "local", ResponsibleID: of.manager.ID})
	require.Equal(t, map[string]string{"offices": "omsk", "departments": "shop", "maps": "local"}, inUse(t, of.deleteCalendar("omsk", 1), "calendar_in_use"))

	none, out := "", false
	_, err = of.PatchOffice(ctx, made.ID, made.Version, crm.OfficePatch{Active: &out})
	require.NoError(t, err)
	_, err = of.PatchDepartment(ctx, shop.ID, shop.Version, crm.DepartmentPatch{Calendar: &none})
	require.NoError(t, err)
	_, _, err = of.PublishRouteMap(ctx, []byte(strings.Replace(onOmsk, "calendar: omsk\n", "", 1)), of.director.ID)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"offices": "omsk", "departments": "—", "maps": "local"}, inUse(t, of.deleteCalendar("omsk", 1), "calendar_in_use"),
		"an office out of use may come back, and a case goes by the former version")

	_, err = of.PatchOffice(ctx, made.ID, made.Version+1, crm.OfficePatch{Calendar: &none})
	require.NoError(t, err)
	require.Equal(t, crm.CommandApplied, of.complete(c, of.manager, "done", nil).Status)
	wantCode(t, of.deleteCalendar("omsk", 2), crm.KindStale, "", "stale")
	require.NoError(t, of.deleteCalendar("omsk", 1))
	wantCode(t, of.deleteCalendar("omsk", 1), crm.KindNotFound, "", "calendar_not_found")
	wantCode(t, of.deleteCalendar("omsk", 2), crm.KindNotFound, "", "calendar_not_found")
	_, err = of.Calendar(ctx, "omsk")
	wantCode(t, err, crm.KindNotFound, "", "calendar_not_found")
	_, err = of.CreateOffice(ctx, crm.Office{Key: "tara", Name: crm.Text{EN: "Tara"}, TimeZone: "Asia/Omsk", Calendar: "omsk"})
	wantCode(t, err, crm.KindUnprocessed, "/calendar", "expected_one_of")
	_, _, err = of.PublishRouteMap(ctx, []byte(onOmsk), of.director.ID)
	require.ErrorContains(t, err, "omsk", "no map comes to name it")

	versions, err := of.CalendarVersions(ctx, "omsk")
	require.NoError(t, err)
	require.Len(t, versions, 2)
	require.True(t, versions[0].Deleted)
	require.Equal(t, of.director.ID, versions[0].CreatedBy)
	require.Equal(t, string(ownOmsk()), versions[1].Source)
	require.Equal(t, 3, of.putOmsk(0).Version, "numbers go on")
	wantCode(t, of.deleteCalendar("omsk", 1), crm.KindStale, "", "stale")
}

// TestR43_WhatWasShippedCountsAgain when the company's own calendar in its place is deleted, however many name it.
func TestR43_WhatWasShippedCountsAgain(t *testing.T) {
	t.Parallel()
	of, cases, _ := recountedOffice(t, 2)
	before := of.open(cases[0])
	wantCode(t, of.deleteCalendar("ru", 0), crm.KindNotFound, "", "no_own_calendar")
	of.putRu("00:00-24:00", 0)
	require.Equal(t, 2, of.recount(100))
	_, err := of.CreateOffice(t.Context(), crm.Office{Key: "omsk", Name: crm.Text{EN: "Omsk"}, TimeZone: "Asia/Omsk", Calendar: "ru"})
	require.NoError(t, err)

	require.NoError(t, of.deleteCalendar("ru", 1))
	again, err := of.Calendar(t.Context(), "ru")
	require.NoError(t, err)
	require.Zero(t, again.Version)
	require.True(t, again.Shipped)
	all, err := of.Calendars(t.Context())
	require.NoError(t, err)
	for _, one := range all {
		require.Zero(t, one.Version, one.ID)
	}
	require.Equal(t, 2, of.recount(100), "deadlines are counted anew")
	for _, left := range of.recounts(cases[0]) {
		of.advance(activities.AdvanceRequest{Case: left.CaseID, EventID: "command/" + left.ID.String(), Kind: activities.EventCommand, Ref: left.ID})
	}
	require.Equal(t, *before.DueAt, *of.open(cases[0]).DueAt)
	wantCode(t, of.deleteCalendar("ru", 1), crm.KindNotFound, "", "no_own_calendar")
	of.putRu("10:00-11:00", 0)
	back, err := of.Calendar(t.Context(), "ru")
	require.NoError(t, err)
	require.Equal(t, 3, back.Version)
}

// TestR43_NothingComesToNameACalendarThatIsDeleted: an office or a map that gets it at the same moment keeps it, or is refused.
func TestR43_NothingComesToNameACalendarThatIsDeleted(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	for round := range 6 {
		of.release()
		version := of.putOmsk(0).Version
		errs := make([]error, 3)
		var all sync.WaitGroup
		all.Go(func() { errs[0] = of.DeleteCalendar(ctx, "omsk", version, of.director.ID) })
		all.Go(func() {
			_, errs[1] = of.CreateOffice(ctx, crm.Office{Key: "o" + uuid.NewString()[:8], Name: crm.Text{EN: "O"}, TimeZone: "UTC", Calendar: "omsk"})
		})
		all.Go(func() { _, _, errs[2] = of.PublishRouteMap(ctx, []byte(onOmsk), of.director.ID) })
		all.Wait()
		if errs[0] != nil {
			wantCode(t, errs[0], crm.KindConflict, "", "calendar_in_use")
			require.False(t, errs[1] != nil && errs[2] != nil, "round %d: kept for nothing", round)
			of.release()
			require.NoError(t, of.deleteCalendar("omsk", version))
			continue
		}
		wantCode(t, errs[1], crm.KindUnprocessed, "/calendar", "expected_one_of")
		require.Error(t, errs[2], "round %d", round)
	}
}

// release has nothing name the calendar omsk.
func (of *office) release() {
	of.t.Helper()
	of.exec("update offices set calendar = null")
	_, _, err := of.PublishRouteMap(of.t.Context(), []byte(strings.Replace(onOmsk, "calendar: omsk\n", "", 1)), of.director.ID)
	require.NoError(of.t, err)
}
