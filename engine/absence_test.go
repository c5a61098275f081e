package engine

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"marshrut/crm"
	"marshrut/routemaps"
)

var holidays = time.Date(2026, 7, 1, 9, 0, 0, 0, time.UTC)

// staff is a directory of three sellers under lead, and of lead under chief.
type staff struct {
	*Directory
	sales, region *crm.Department
	id            map[string]uuid.UUID
}

func newStaff() *staff {
	s := &staff{
		Directory: &Directory{Users: map[uuid.UUID]*crm.User{}, Departments: map[uuid.UUID]*crm.Department{}, Absences: map[uuid.UUID][]crm.Absence{}},
		id:        map[string]uuid.UUID{},
	}
	s.region = &crm.Department{ID: uuid.New()}
	s.sales = &crm.Department{ID: uuid.New(), ParentID: s.region.ID}
	s.Departments[s.sales.ID], s.Departments[s.region.ID] = s.sales, s.region
	for _, login := range []string{"anna", "boris", "vera", "lead", "chief", "director"} {
		u := &crm.User{ID: uuid.New(), Login: login, DepartmentID: s.sales.ID, Roles: []string{crm.RoleManager}, Active: true}
		s.Users[u.ID], s.id[login] = u, u.ID
	}
	s.Users[s.id["chief"]].DepartmentID = s.region.ID
	s.Users[s.id["director"]].DepartmentID, s.Users[s.id["director"]].Roles = uuid.Nil, []string{crm.RoleDirector}
	s.sales.HeadID, s.region.HeadID = s.id["lead"], s.id["chief"]
	return s
}

// away makes somebody absent for a day from the first of July, nine o'clock.
func (s *staff) away(login string, to crm.TasksTo, substitute string) {
	a := crm.Absence{UserID: s.id[login], StartsAt: holidays, EndsAt: holidays.AddDate(0, 0, 1), TasksTo: to, SubstituteID: s.id[substitute]}
	s.Absences[a.UserID] = append(s.Absences[a.UserID], a)
}

func TestTasksOfSomebodyAbsentGoToWhoeverStandsIn(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		change func(s *staff)
		want   func(s *staff) Desk
	}{
		"nobody is absent": {func(*staff) {}, func(s *staff) Desk { return Desk{UserID: s.id["anna"]} }},
		"to the substitute": {
			func(s *staff) { s.away("anna", crm.TasksToSubstitute, "boris") }, func(s *staff) Desk { return Desk{UserID: s.id["boris"]} },
		},
		"to the substitute's substitute": {func(s *staff) {
			s.away("anna", crm.TasksToSubstitute, "boris")
			s.away("boris", crm.TasksToSubstitute, "vera")
		}, func(s *staff) Desk { return Desk{UserID: s.id["vera"]} }},
		"round in a circle, to the head": {func(s *staff) {
			s.away("anna", crm.TasksToSubstitute, "boris")
			s.away("boris", crm.TasksToSubstitute, "anna")
		}, func(s *staff) Desk { return Desk{UserID: s.id["lead"]} }},
		"the substitute has left": {func(s *staff) {
			s.away("anna", crm.TasksToSubstitute, "boris")
			s.Users[s.id["boris"]].Active = false
		}, func(s *staff) Desk { return Desk{UserID: s.id["lead"]} }},
		"to the pool": {func(s *staff) { s.away("anna", crm.TasksToPool, "") }, func(s *staff) Desk { return Desk{DepartmentID: s.sales.ID} }},
		"to a pool of which nobody is there": {func(s *staff) {
			for _, login := range []string{"anna", "boris", "vera", "lead"} {
				s.away(login, crm.TasksToPool, "")
			}
		}, func(s *staff) Desk { return Desk{UserID: s.id["chief"]} }},
		"to the head": {func(s *staff) { s.away("anna", crm.TasksToHead, "") }, func(s *staff) Desk { return Desk{UserID: s.id["lead"]} }},
		"to the head above one who is absent too": {func(s *staff) {
			s.away("anna", crm.TasksToHead, "")
			s.away("lead", crm.TasksToSubstitute, "boris")
		}, func(s *staff) Desk { return Desk{UserID: s.id["chief"]} }},
		"no head is there": {func(s *staff) {
			s.away("anna", crm.TasksToHead, "")
			s.sales.HeadID, s.region.HeadID = uuid.Nil, uuid.Nil
		}, func(*staff) Desk { return Desk{Role: crm.RoleDirector} }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStaff()
			one.change(s)
			require.Equal(t, one.want(s), s.DeskOf(s.id["anna"], holidays))
		})
	}
}

// TestAnAbsenceBeginsAndEndsAtItsMoment: nothing has to run for that.
func TestAnAbsenceBeginsAndEndsAtItsMoment(t *testing.T) {
	t.Parallel()
	s := newStaff()
	s.away("anna", crm.TasksToSubstitute, "boris")
	end := holidays.AddDate(0, 0, 1)
	for at, stands := range map[time.Time]bool{
		holidays.Add(-time.Microsecond): false, holidays: true, end.Add(-time.Microsecond): true, end: false,
	} {
		require.Equal(t, stands, len(s.StandsInFor(s.id["boris"], at)) == 1, "%s", at)
		require.Equal(t, stands, s.DeskOf(s.id["anna"], at).UserID == s.id["boris"], "%s", at)
	}
	cancelled := holidays
	s.Absences[s.id["anna"]][0].CancelledAt = &cancelled
	require.Empty(t, s.StandsInFor(s.id["boris"], holidays))
}

func TestWhoStandsInForWhom(t *testing.T) {
	t.Parallel()
	s := newStaff()
	s.away("anna", crm.TasksToSubstitute, "boris")
	s.away("vera", crm.TasksToPool, "")
	require.ElementsMatch(t, []uuid.UUID{s.id["anna"], s.id["vera"]}, s.StandsInFor(s.id["boris"], holidays))
	require.Equal(t, []uuid.UUID{s.id["vera"]}, s.StandsInFor(s.id["lead"], holidays))
	require.Empty(t, s.StandsInFor(s.id["chief"], holidays))
	require.Empty(t, s.StandsInFor(s.id["director"], holidays))
	s.Users[s.id["boris"]].Active = false
	require.Empty(t, s.StandsInFor(s.id["boris"], holidays))
	require.True(t, MayPlanAbsence(s.Directory, s.id["anna"], s.id["anna"]))
	require.True(t, MayPlanAbsence(s.Directory, s.id["anna"], s.id["chief"]), "he heads all below")
	require.False(t, MayPlanAbsence(s.Directory, s.id["anna"], s.id["vera"]))
}

func TestWhatNobodyCoversIsKnown(t *testing.T) {
	t.Parallel()
	s := newStaff()
	s.away("anna", crm.TasksToSubstitute, "boris")
	require.Empty(t, s.Uncovered(holidays), "boris does it")
	s.away("boris", crm.TasksToHead, "")
	s.away("lead", crm.TasksToHead, "")
	require.Empty(t, s.Uncovered(holidays), "the chief does it")
	s.away("chief", crm.TasksToPool, "")
	require.Empty(t, s.Uncovered(holidays), "a director does it")
	s.away("director", crm.TasksToHead, "")
	all := s.Uncovered(holidays)
	require.Len(t, all, 5, "there are no heads, no directors")
	require.NotContains(t, all, s.id["vera"], "she is there")
	require.Empty(t, s.Uncovered(holidays.AddDate(0, 0, 1)), "they are back")
}

func TestAPoolsTasksAreForThoseWhoAreThere(t *testing.T) {
	t.Parallel()
	s := newStaff()
	s.away("anna", crm.TasksToSubstitute, "boris")
	s.away("lead", crm.TasksToHead, "")
	pool := crm.Task{Status: crm.TaskOpen, DepartmentID: s.sales.ID}
	require.ElementsMatch(t, []uuid.UUID{s.id["boris"], s.id["vera"]}, Doers(s.Directory, &pool, holidays))
	role := crm.Task{Status: crm.TaskOpen, Role: crm.RoleDirector}
	require.Equal(t, []uuid.UUID{s.id["director"]}, Doers(s.Directory, &role, holidays))
	s.away("director", crm.TasksToHead, "")
	require.Empty(t, Doers(s.Directory, &role, holidays))
	require.Empty(t, Doers(s.Directory, &crm.Task{Status: crm.TaskOpen, UserID: s.id["director"]}, holidays), "the directors' pool, with nobody there")
}

func TestR43_EscalationsFindWhoIsThere(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		change func(s *staff)
		want   []string
	}{
		"the head":                         {func(*staff) {}, []string{"lead"}},
		"his substitute":                   {func(s *staff) { s.away("lead", crm.TasksToSubstitute, "vera") }, []string{"vera"}},
		"up":                               {func(s *staff) { s.away("lead", crm.TasksToHead, "") }, []string{"chief"}},
		"those of his department there":    {func(s *staff) { s.away("lead", crm.TasksToPool, ""); s.away("boris", crm.TasksToHead, "") }, []string{"anna", "vera"}},
		"the directors, when all are away": {func(s *staff) { s.away("lead", crm.TasksToHead, ""); s.away("chief", crm.TasksToHead, "") }, []string{"director"}},
		"the directors all the same": {func(s *staff) {
			for _, login := range []string{"lead", "chief", "director"} {
				s.away(login, crm.TasksToHead, "")
			}
		}, []string{"director"}},
	} {
		s := newStaff()
		one.change(s)
		var want []uuid.UUID
		for _, login := range one.want {
			want = append(want, s.id[login])
		}
		d := &decision{
			snapshot: &Snapshot{
				Directory: s.Directory, Case: &crm.Case{ResponsibleID: s.id["anna"]},
				Tasks: []crm.Task{{Kind: TaskOfStage, Path: "first", Visit: 1, Status: crm.TaskOpen, UserID: s.id["anna"]}},
			},
			in: Input{At: holidays}, change: &Change{},
		}
		require.ElementsMatch(t, want, d.headsAt(&routemaps.Effect{Path: "first", Visit: 1}), name)
	}
}
