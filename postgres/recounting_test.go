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
	"marshrut/routemaps"
	"marshrut/routemaps/calendar"
)

// ownRu is a calendar in the place of Russia's, with these hours on every day.
func ownRu(hours string) []byte {
	week := "week:\n"
	for _, day := range []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"} {
		week += "  " + day + ": [\"" + hours + "\"]\n"
	}
	return []byte("id: ru\nname: {en: Office, ru: Офис}\ntime_zone: Europe/Moscow\n" + week)
}

const workingMap = `
id: recount
process: appeal
name: {en: Recount, ru: Пересчёт}
time_limit: 20 working hours
stages:
  - id: answer
    name: {en: Answer, ru: Ответ}
    performer: responsible
    time_limit: 4 working hours
    outcomes:
      - {id: done, name: {en: Done, ru: Готово}, finish: positive}
`

// recountedOffice has cases with deadlines in working time, and has looked at its calendars.
func recountedOffice(t *testing.T, cases int) (*office, []*crm.Case, *recordsClock) {
	t.Helper()
	clock := newRecordsClock()
	of := newOffice(t, postgres.Options{Clock: clock.now})
	_, _, err := of.PublishRouteMap(t.Context(), []byte(workingMap), of.director.ID)
	require.NoError(t, err)
	made := make([]*crm.Case, cases)
	for i := range made {
		made[i] = of.create(crm.NewCase{Kind: crm.Appeal, MapID: "recount", ResponsibleID: of.manager.ID})
	}
	require.Zero(t, of.recount(100), "nothing has changed yet")
	return of, made, clock
}

func (of *office) recount(limit int) int {
	of.t.Helper()
	told, err := of.RecountDues(context.Background(), 0, limit)
	require.NoError(of.t, err)
	return told
}

func (of *office) putRu(hours string, version int) {
	of.t.Helper()
	_, err := of.PutCalendar(context.Background(), "ru", ownRu(hours), version, of.director.ID)
	require.NoError(of.t, err)
}

// again is another server at the same database.
func (of *office) again() *postgres.DB {
	of.t.Helper()
	db, err := postgres.Open(context.Background(), of.Pool().Config().ConnString(), postgres.Options{})
	require.NoError(of.t, err)
	of.t.Cleanup(db.Close)
	return db
}

// recounts are the commands that were left for a case.
func (of *office) recounts(c *crm.Case) []crm.Command {
	of.t.Helper()
	left, err := of.UnacknowledgedOf(context.Background(), c.ID)
	require.NoError(of.t, err)
	for i := range left {
		require.Equal(of.t, crm.CommandRecomputeDues, left[i].Kind)
	}
	return left
}

func TestR43_AChangedCalendarMovesDeadlinesAndTheWorkflowsWake(t *testing.T) {
	t.Parallel()
	of, cases, _ := recountedOffice(t, 1)
	c, task := cases[0], of.open(cases[0])
	of.putRu("00:00-24:00", 0)
	require.Equal(t, 1, of.recount(100))
	left := of.recounts(c)
	require.Len(t, left, 1)

	command := left[0]
	answer := of.advance(activities.AdvanceRequest{Case: c.ID, EventID: "command/" + command.ID.String(), Kind: activities.EventCommand, Ref: command.ID})
	require.Empty(t, answer.Refused)
	moved := of.open(c)
	want := c.CreatedAt.Add(4 * time.Hour)
	require.NotEqual(t, want, *task.DueAt)
	require.Equal(t, want, *moved.DueAt, "every hour is a working hour now")
	after := of.reload(c)
	require.True(t, after.DueAt.Before(*c.DueAt), "the case's own deadline moves too: %s, was %s", after.DueAt, c.DueAt)
	require.Equal(t, want, *after.WakeAt)
	require.Equal(t, want, *answer.Wake, "the workflow's timer moves")
	require.Equal(t, want, *answer.Due, "operators see the new deadline")
	require.True(t, strings.HasSuffix(of.feedKinds(c), "dues_recounted"), of.feedKinds(c))
	require.Equal(t, c.LastActivityAt, after.LastActivityAt, "nobody did anything")

	seq := after.Seq
	of.advance(activities.AdvanceRequest{Case: c.ID, EventID: "command/" + command.ID.String(), Kind: activities.EventCommand, Ref: command.ID})
	require.Equal(t, seq, of.reload(c).Seq, "told again, it is done once")
}

// TestR43_ACalendarChangedRightAfterItWasMadeCounts: nobody has looked at the calendars in between.
func TestR43_ACalendarChangedRightAfterItWasMadeCounts(t *testing.T) {
	t.Parallel()
	of, cases, _ := recountedOffice(t, 1)
	source := func(hours string) []byte {
		return []byte(strings.Replace(string(ownRu(hours)), "id: ru", "id: moving", 1))
	}
	for version, hours := range []string{"09:00-10:00", "00:00-24:00"} {
		_, err := of.PutCalendar(context.Background(), "moving", source(hours), version, of.director.ID)
		require.NoError(t, err)
	}
	require.Equal(t, 1, of.recount(100))
	require.Len(t, of.recounts(cases[0]), 1)
}

func TestR43_ARoundGoesInBatchesAndOnAfterACrash(t *testing.T) {
	t.Parallel()
	of, cases, _ := recountedOffice(t, 5)
	of.putRu("08:00-20:00", 0)
	require.Equal(t, 2, of.recount(2))

	other := of.again() // as after a crash, or another server beside this one
	told, err := other.RecountDues(t.Context(), 0, 2)
	require.NoError(t, err)
	require.Equal(t, 2, told)
	require.Equal(t, 1, of.recount(2))
	require.Zero(t, of.recount(2), "the round is over")
	for _, c := range cases {
		require.Len(t, of.recounts(c), 1)
	}
}

func TestR43_ABatchThatIsNotCommittedIsTakenAgain(t *testing.T) {
	t.Parallel()
	of, cases, _ := recountedOffice(t, 3)
	of.putRu("08:00-20:00", 0)
	of.exec(`create function fail() returns trigger language plpgsql as $$ begin raise exception 'the machine is gone'; end $$`)
	of.exec(`create trigger fail before update of told_to on recounting for each row when (new.told_to is not null) execute function fail()`)
	_, err := of.RecountDues(t.Context(), 0, 2)
	require.ErrorContains(t, err, "the machine is gone")
	require.Empty(t, of.recounts(cases[0]), "its commands went with it")
	of.exec("drop trigger fail on recounting")
	require.Equal(t, 2, of.recount(2))
	require.Equal(t, 1, of.recount(2))
	for _, c := range cases {
		require.Len(t, of.recounts(c), 1)
	}
}

func TestR43_ManyServersTellEveryCaseOnce(t *testing.T) {
	t.Parallel()
	of, cases, _ := recountedOffice(t, 8)
	of.putRu("08:00-20:00", 0)
	var group sync.WaitGroup
	for range 4 {
		server := of.again()
		group.Go(func() {
			for range 8 {
				if _, err := server.RecountDues(context.Background(), 0, 1); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	for _, c := range cases {
		require.Len(t, of.recounts(c), 1)
	}
}

func TestR43_AnotherChangeBeginsTheRoundAnew(t *testing.T) {
	t.Parallel()
	of, cases, _ := recountedOffice(t, 3)
	of.putRu("08:00-20:00", 0)
	require.Equal(t, 2, of.recount(2))
	of.putRu("07:00-20:00", 1)
	require.Equal(t, 3, of.recount(10))
	require.Zero(t, of.recount(10))
	require.Len(t, of.recounts(cases[0]), 2)
	require.Len(t, of.recounts(cases[2]), 1)
}

func TestR43_OnlyAChangeOfHoursBeginsARound(t *testing.T) {
	t.Parallel()
	of, cases, clock := recountedOffice(t, 1)
	of.user("newcomer", of.manager.DepartmentID, crm.RoleManager) // the directory has another version
	require.Zero(t, of.recount(10))
	added := strings.NewReplacer("id: ru", "id: office").Replace(string(ownRu("08:00-20:00")))
	_, err := of.PutCalendar(t.Context(), "office", []byte(added), 0, of.director.ID)
	require.NoError(t, err)
	require.Zero(t, of.recount(10), "no deadline was counted on it")
	renamed := strings.Replace(added, "Офис", "Контора", 1)
	_, err = of.PutCalendar(t.Context(), "office", []byte(renamed), 1, of.director.ID)
	require.NoError(t, err)
	require.Zero(t, of.recount(10), "another name")
	require.Empty(t, of.recounts(cases[0]))

	of.putRu("08:00-20:00", 0)
	told, err := of.RecountDues(t.Context(), time.Minute, 10)
	require.NoError(t, err)
	require.Zero(t, told, "steps may be at work that began before")
	clock.pass(time.Minute)
	told, err = of.RecountDues(t.Context(), time.Minute, 10)
	require.NoError(t, err)
	require.Equal(t, 1, told)
}

func TestR43_CasesWithoutDeadlinesAreLeftAlone(t *testing.T) {
	t.Parallel()
	of, cases, _ := recountedOffice(t, 4)
	of.complete(cases[0], of.manager, "done", nil)
	of.exec("update cases set wake_at = null where id = '" + cases[1].ID.String() + "'")
	of.exec("update cases set wake_at = null where id = '" + cases[2].ID.String() + "'")
	of.exec("insert into incidents (id, case_id, path, visit, code, blocking, opened_at) values (gen_random_uuid(), '" +
		cases[2].ID.String() + "', 'answer', 1, '" + routemaps.IncidentNoDue + "', false, now())")
	of.putRu("08:00-20:00", 0)
	require.Equal(t, 2, of.recount(10))
	require.Len(t, of.recounts(cases[2]), 1, "its deadline could not be counted before")
	require.Len(t, of.recounts(cases[3]), 1)
}

func TestR43_CalendarsKeepTheirVersions(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	of.putRu("08:00-20:00", 0)
	of.putRu("09:00-20:00", 1)
	_, err := of.PutCalendar(ctx, "ru", ownRu("10:00-20:00"), 1, of.director.ID)
	require.ErrorContains(t, err, "stale")
	of.putRu("09:00-20:00", 2) // the same again
	versions, err := of.CalendarVersions(ctx, "ru")
	require.NoError(t, err)
	require.Len(t, versions, 3, "two own ones and the shipped one")
	require.Equal(t, []int{2, 1, 0}, []int{versions[0].Version, versions[1].Version, versions[2].Version})
	require.Equal(t, of.director.ID, versions[0].CreatedBy)
	inForce, err := of.Calendars(ctx)
	require.NoError(t, err)
	require.Len(t, inForce, 2)
	require.Equal(t, string(ownRu("09:00-20:00")), inForce[1].Source)
	shipped, err := calendar.Parse("default", []byte(inForce[0].Source))
	require.NoError(t, err)
	require.Equal(t, calendar.Default().Definition(), shipped.Definition())

	var wrong calendar.Errors
	_, err = of.PutCalendar(ctx, "ru", ownRu("20:00-08:00"), 2, of.director.ID)
	require.ErrorAs(t, err, &wrong)
	require.Len(t, wrong, 7)
	require.Equal(t, 11, wrong[0].Line, "Sunday's")
	_, err = of.PutCalendar(ctx, "other", ownRu("08:00-20:00"), 0, of.director.ID)
	require.ErrorContains(t, err, "calendar_id_differs")
	_, err = of.CalendarVersions(ctx, "other")
	require.ErrorContains(t, err, "calendar_not_found")
	_, err = of.Pool().Exec(ctx, "update calendars set source = 'x'")
	require.ErrorContains(t, err, "append", "what a calendar said stays")
}

func TestR43_R65_ADeadlineSetByHandStays(t *testing.T) {
	t.Parallel()
	of, cases, _ := recountedOffice(t, 1)
	c := cases[0]
	by := c.CreatedAt.Add(2 * time.Hour)
	set := of.submit(crm.Command{
		CaseID: c.ID, UserID: of.director.ID, Kind: crm.CommandSetDue,
		Payload: crm.CommandPayload{TaskID: of.open(c).ID, DueAt: &by, Reason: "Срочно", Version: of.open(c).Version},
	})
	require.Equal(t, crm.CommandApplied, set.Status, "%v", set.Refusal)
	require.NoError(t, of.Acknowledge(t.Context(), []uuid.UUID{set.ID}))
	of.putRu("00:00-24:00", 0)
	require.Equal(t, 1, of.recount(10))
	left := of.recounts(c)
	require.Len(t, left, 1)
	of.advance(activities.AdvanceRequest{Case: c.ID, EventID: "command/" + left[0].ID.String(), Kind: activities.EventCommand, Ref: left[0].ID})
	require.Equal(t, by, *of.open(c).DueAt)
	require.True(t, of.reload(c).DueAt.Before(*c.DueAt), "the case's own was counted, and moves")
}

// TestR43_OnlyWhatIsPerformedByWhoWorksOtherwiseIsCountedAnew: somebody who goes to a department with another calendar, or a
// department that gets one, moves the deadlines of what he performs. Nobody else's cases are touched.
func TestR43_OnlyWhatIsPerformedByWhoWorksOtherwiseIsCountedAnew(t *testing.T) {
	t.Parallel()
	of, _, _ := recountedOffice(t, 0)
	ctx := t.Context()
	_, err := of.PutCalendar(ctx, "round", []byte(strings.Replace(string(ownRu("00:00-24:00")), "id: ru", "id: round", 1)), 0, of.director.ID)
	require.NoError(t, err)
	night := of.must(of.CreateDepartment(ctx, crm.Department{Key: "night", Name: crm.Text{EN: "Night"}, Calendar: "round"}))
	service := of.department("service", uuid.Nil)
	made := map[string]*crm.Case{}
	for name, c := range map[string]struct {
		performer   string
		responsible *crm.User
	}{
		"of the mover by name":     {"{user: manager}", of.other},
		"of the mover's cases":     {"responsible", of.manager},
		"of his head":              {"head_of_department", of.manager},
		"of another by name":       {"{user: other}", of.manager},
		"of another's cases":       {"responsible", of.other},
		"of a pool":                {"{department: service}", of.manager},
		"of a role":                {"{role: dispatcher}", of.manager},
		"given on by the mover":    {"{user: manager}", of.other},
		"of the mover, but closed": {"{user: manager}", of.other},
	} {
		id := "recount-" + strings.ToLower(strings.NewReplacer(" ", "-", "'", "", ",", "").Replace(name))
		source := strings.NewReplacer("id: recount", "id: "+id, "performer: responsible", "performer: "+c.performer).Replace(workingMap)
		_, _, err := of.PublishRouteMap(ctx, []byte(source), of.director.ID)
		require.NoError(t, err)
		made[name] = of.create(crm.NewCase{Kind: crm.Appeal, MapID: id, ResponsibleID: c.responsible.ID})
	}
	of.exec("update tasks set user_id = $2 where case_id = $1", made["given on by the mover"].ID, of.other.ID)
	done := of.complete(made["of the mover, but closed"], of.manager, "done", nil)
	require.NoError(t, of.Acknowledge(ctx, []uuid.UUID{done.ID}))
	require.Zero(t, of.recount(100))
	told := func() (names []string) {
		of.recount(100)
		for name, c := range made {
			left := of.recounts(c)
			for i := range left {
				names = append(names, name)
				require.NoError(t, of.Acknowledge(ctx, []uuid.UUID{left[i].ID}))
			}
		}
		return names
	}
	move := func(department uuid.UUID) {
		t.Helper()
		mover, err := of.User(ctx, of.manager.ID)
		require.NoError(t, err)
		_, err = of.PatchUser(ctx, mover.ID, mover.Version, crm.UserPatch{DepartmentID: &department}, of.director.ID, nil)
		require.NoError(t, err)
	}
	performed := []string{"given on by the mover", "of his head", "of the mover by name", "of the mover's cases"}
	move(night.ID)
	require.ElementsMatch(t, performed, told())
	require.Empty(t, told(), "the round is over")
	of.changeDepartment(service, crm.DepartmentPatch{Calendar: new("round")})
	require.Equal(t, []string{"of a pool"}, told())

	// Two changes before the first has been told: both are.
	move(of.other.DepartmentID)
	of.changeDepartment(service, crm.DepartmentPatch{Calendar: new("")})
	require.ElementsMatch(t, append(performed, "of a pool"), told())
	// What a calendar says is everybody's affair.
	of.putRu("08:00-20:00", 0)
	require.Len(t, told(), len(made)-1)
}

// TestR43_ARoundOfFewLooksAtTheManyInBatches and goes on where it was.
func TestR43_ARoundOfFewLooksAtTheManyInBatches(t *testing.T) {
	t.Parallel()
	of, cases, _ := recountedOffice(t, 45)
	ctx := t.Context()
	_, err := of.PutCalendar(ctx, "round", []byte(strings.Replace(string(ownRu("00:00-24:00")), "id: ru", "id: round", 1)), 0, of.director.ID)
	require.NoError(t, err)
	night := of.must(of.CreateDepartment(ctx, crm.Department{Key: "night", Name: crm.Text{EN: "Night"}, Calendar: "round"}))
	require.Zero(t, of.recount(1))
	last := cases[len(cases)-1]
	of.exec("update cases set responsible_id = $2 where id = $1", last.ID, of.other.ID)
	of.exec("update users set department_id = $2 where id = $1", of.other.ID, night.ID)
	require.Zero(t, of.recount(1), "twenty cases")
	require.Zero(t, of.recount(1), "twenty more")
	require.Equal(t, 1, of.recount(1))
	require.Zero(t, of.recount(1))
	require.Len(t, of.recounts(last), 1)
	require.Equal(t, 1, of.count("select count(*) from commands where kind = 'recompute_dues'"))
}
