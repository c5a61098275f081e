package postgres_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"marshrut/crm"
	"marshrut/postgres"
)

// absentOffice is an office at a time that the test moves.
func absentOffice(t *testing.T) (*office, *recordsClock) {
	t.Helper()
	clock := newRecordsClock()
	return newOffice(t, postgres.Options{Clock: clock.now}), clock
}

func (of *office) away(who *crm.User, from, to time.Time, substitute *crm.User) *crm.Absence {
	of.t.Helper()
	a := crm.Absence{UserID: who.ID, StartsAt: from, EndsAt: to, TasksTo: crm.TasksToHead}
	if substitute != nil {
		a.TasksTo, a.SubstituteID = crm.TasksToSubstitute, substitute.ID
	}
	made, err := of.CreateAbsence(context.Background(), a, who.ID)
	require.NoError(of.t, err)
	return made
}

// inbox are the open tasks that a user finds on his page, signed in at this moment.
func (of *office) inbox(who *crm.User, at time.Time) []uuid.UUID {
	of.t.Helper()
	ctx := context.Background()
	hash := []byte(uuid.NewString())
	_, _, err := of.CreateToken(ctx, crm.Token{Hash: hash, UserID: who.ID, Kind: crm.TokenAPI, ExpiresAt: at.AddDate(1, 0, 0)})
	require.NoError(of.t, err)
	user, _, err := of.TokenUser(ctx, hash, at)
	require.NoError(of.t, err)
	page, err := of.ListTasks(ctx, crm.TaskFilter{Status: crm.TaskOpen, Performer: user, Limit: 50})
	require.NoError(of.t, err)
	ids := make([]uuid.UUID, len(page.Items))
	for i := range page.Items {
		ids[i] = page.Items[i].ID
	}
	return ids
}

func TestAbsence_TasksAreSeenByTheSubstituteAndComeBack(t *testing.T) {
	t.Parallel()
	of, clock := absentOffice(t)
	c := of.create(crm.NewCase{Kind: crm.Deal, MapID: "typical-sale", ResponsibleID: of.manager.ID})
	task := of.open(c)
	require.Equal(t, of.manager.ID, task.UserID)
	start, end := clock.now().Add(time.Hour), clock.now().Add(3*time.Hour)
	of.away(of.manager, start, end, of.other)
	require.NotContains(t, of.inbox(of.other, start.Add(-time.Microsecond)), task.ID)
	require.Contains(t, of.inbox(of.other, start), task.ID)
	require.Contains(t, of.inbox(of.manager, start), task.ID, "his desk is not taken from him")
	require.NotContains(t, of.inbox(of.other, end), task.ID)
	require.Equal(t, of.manager.ID, of.open(c).UserID, "it has been his all the time")
}

func TestAbsence_TheFeedTellsWhoDidItInWhosePlace(t *testing.T) {
	t.Parallel()
	of, clock := absentOffice(t)
	c := of.create(crm.NewCase{Kind: crm.Deal, MapID: "typical-sale", ResponsibleID: of.manager.ID})
	form := map[string]any{"interaction": map[string]any{"kind": "call", "at": clock.now().Format(time.RFC3339), "topic": "Знакомство"}}
	refused := of.complete(c, of.other, "made", form)
	require.Equal(t, "not_your_task", refused.Refusal.Code)
	of.away(of.manager, clock.now(), clock.now().AddDate(0, 0, 14), of.other)
	done := of.complete(c, of.other, "made", form)
	require.Equal(t, crm.CommandApplied, done.Status, "%v", done.Refusal)

	feed := of.feed(c)
	completed := feed[slices.IndexFunc(feed, func(e crm.FeedEntry) bool { return e.Kind == "task_completed" })]
	require.Equal(t, of.other.ID, completed.ActorID)
	require.Equal(t, of.manager.ID.String(), completed.Data["in_place_of"])

	next := of.open(c)
	require.Equal(t, of.other.ID, next.UserID, "what is opened meanwhile goes to the substitute")
	require.Equal(t, of.manager.ID, next.InPlaceOf)
	slices.Reverse(feed)
	entered := feed[slices.IndexFunc(feed, func(e crm.FeedEntry) bool { return e.Kind == "stage_entered" })]
	require.Equal(t, of.manager.ID.String(), entered.Data["in_place_of"])
	require.Equal(t, of.other.ID, entered.Performer.UserID)
}

func (of *office) feed(c *crm.Case) []crm.FeedEntry {
	of.t.Helper()
	rows, err := of.Pool().Query(context.Background(), "select kind, actor_id, data from feed where case_id = $1 order by at, id", c.ID)
	require.NoError(of.t, err)
	defer rows.Close()
	var all []crm.FeedEntry
	for rows.Next() {
		var e crm.FeedEntry
		var actor *uuid.UUID
		require.NoError(of.t, rows.Scan(&e.Kind, &actor, &e.Data))
		if actor != nil {
			e.ActorID = *actor
		}
		if p, ok := e.Data["performer"].(map[string]any); ok {
			id, _ := p["user_id"].(string)
			e.Performer = &crm.FeedPerformer{UserID: uuid.MustParse(id)}
		}
		all = append(all, e)
	}
	require.NoError(of.t, rows.Err())
	return all
}

func TestAbsence_ASubstituteMayTellOfACaseAndHandsOnATask(t *testing.T) {
	t.Parallel()
	of, clock := absentOffice(t)
	c := of.create(crm.NewCase{Kind: crm.Deal, MapID: "typical-sale", ResponsibleID: of.manager.ID})
	third := of.user("third", of.manager.DepartmentID, crm.RoleManager)
	_, err := of.DelegateTask(t.Context(), of.open(c).ID, third.ID, of.other)
	wantCode(t, err, crm.KindForbidden, "", "not_your_task")
	of.away(of.manager, clock.now(), clock.now().AddDate(0, 0, 14), of.other)
	of.other.StandsInFor = []uuid.UUID{of.manager.ID}
	_, err = of.DelegateTask(t.Context(), of.open(c).ID, third.ID, of.other)
	require.NoError(t, err)
	require.Equal(t, third.ID, of.open(c).UserID)
	feed := of.feed(c)
	require.Equal(t, of.manager.ID.String(), feed[len(feed)-1].Data["in_place_of"])
}

func TestAbsence_IsOneAtATime(t *testing.T) {
	t.Parallel()
	of, clock := absentOffice(t)
	ctx := t.Context()
	now := clock.now()
	of.away(of.manager, now.AddDate(0, 0, 1), now.AddDate(0, 0, 8), nil)
	var group sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		group.Go(func() {
			_, errs[i] = of.CreateAbsence(context.Background(), crm.Absence{
				UserID: of.manager.ID, StartsAt: now.AddDate(0, 0, 8+i), EndsAt: now.AddDate(0, 0, 20), TasksTo: crm.TasksToHead,
			}, of.manager.ID)
		})
	}
	group.Wait()
	made := 0
	for _, err := range errs {
		if err == nil {
			made++
			continue
		}
		wantCode(t, err, crm.KindConflict, "", "absent_already")
	}
	require.Equal(t, 1, made, "%v", errs)

	plan := func(by *crm.User, change func(*crm.Absence)) error {
		a := crm.Absence{UserID: of.other.ID, StartsAt: now, EndsAt: now.Add(time.Hour), TasksTo: crm.TasksToHead}
		change(&a)
		_, err := of.CreateAbsence(ctx, a, by.ID)
		return err
	}
	wantCode(t, plan(of.manager, func(*crm.Absence) {}), crm.KindForbidden, "", "not_your_absence")
	wantCode(t, plan(of.other, func(a *crm.Absence) { a.EndsAt = a.StartsAt }), crm.KindUnprocessed, "/ends_at", "ends_before_it_begins")
	wantCode(t, plan(of.other, func(a *crm.Absence) { a.StartsAt, a.EndsAt = now.Add(-2*time.Hour), now }), crm.KindUnprocessed, "/ends_at", "in_the_past")
	wantCode(t, plan(of.other, func(a *crm.Absence) { a.TasksTo = crm.TasksToSubstitute }), crm.KindUnprocessed, "/substitute_id", "required")
	wantCode(t, plan(of.other, func(a *crm.Absence) { a.TasksTo, a.SubstituteID = crm.TasksToSubstitute, of.other.ID }),
		crm.KindUnprocessed, "/substitute_id", "substitute_of_himself")
	wantCode(t, plan(of.other, func(a *crm.Absence) { a.TasksTo, a.SubstituteID = crm.TasksToSubstitute, uuid.New() }),
		crm.KindUnprocessed, "/substitute_id", "user_not_active")
	require.NoError(t, plan(of.director, func(*crm.Absence) {}), "a head plans it")
}

func TestAbsence_ChangesAndEnds(t *testing.T) {
	t.Parallel()
	of, clock := absentOffice(t)
	ctx := t.Context()
	now := clock.now()
	a := of.away(of.manager, now.Add(time.Hour), now.Add(5*time.Hour), of.other)
	later := now.Add(2 * time.Hour)
	changed, err := of.PatchAbsence(ctx, a.ID, 1, crm.AbsencePatch{StartsAt: &later}, of.manager.ID)
	require.NoError(t, err)
	require.Equal(t, 2, changed.Version)
	_, err = of.PatchAbsence(ctx, a.ID, 1, crm.AbsencePatch{StartsAt: &later}, of.manager.ID)
	wantCode(t, err, crm.KindStale, "", "stale")
	_, err = of.EndAbsence(ctx, a.ID, 2, of.other.ID)
	wantCode(t, err, crm.KindForbidden, "", "not_your_absence")
	clock.pass(3 * time.Hour)
	_, err = of.PatchAbsence(ctx, a.ID, 2, crm.AbsencePatch{StartsAt: &now}, of.manager.ID)
	wantCode(t, err, crm.KindConflict, "", "absence_has_begun")
	ended, err := of.EndAbsence(ctx, a.ID, 2, of.manager.ID)
	require.NoError(t, err)
	require.Equal(t, clock.now(), ended.EndsAt, "he is back")
	_, err = of.EndAbsence(ctx, a.ID, 3, of.manager.ID)
	wantCode(t, err, crm.KindConflict, "", "absence_is_over")
	_, err = of.EndAbsence(ctx, uuid.New(), 3, of.manager.ID)
	wantCode(t, err, crm.KindNotFound, "", "absence_not_found")

	next := of.away(of.manager, clock.now().Add(time.Hour), clock.now().Add(2*time.Hour), nil)
	_, err = of.EndAbsence(ctx, next.ID, 1, of.director.ID)
	require.NoError(t, err)
	page, err := of.Absences(ctx, crm.AbsenceFilter{Limit: 10})
	require.NoError(t, err)
	require.Empty(t, page.Items)
	of.away(of.manager, clock.now().Add(time.Hour), clock.now().Add(2*time.Hour), nil) // the cancelled one is not in the way
	of.away(of.other, clock.now(), clock.now().Add(time.Hour), nil)
	page, err = of.Absences(ctx, crm.AbsenceFilter{Limit: 1})
	require.NoError(t, err)
	require.Equal(t, of.other.ID, page.Items[0].UserID)
	page, err = of.Absences(ctx, crm.AbsenceFilter{Limit: 1, After: page.Next})
	require.NoError(t, err)
	require.Equal(t, of.manager.ID, page.Items[0].UserID)
	require.Nil(t, page.Next)
}

// TestAbsence_WhatNobodyWouldDoIsSeen: a pool of which nobody is there.
func TestAbsence_WhatNobodyWouldDoIsSeen(t *testing.T) {
	t.Parallel()
	of, clock := absentOffice(t)
	c := of.create(crm.NewCase{Kind: crm.Appeal})
	unattended := func() []crm.TaskItem {
		t.Helper()
		page, err := of.Unattended(t.Context(), crm.TaskFilter{Limit: 10})
		require.NoError(t, err)
		return page.Items
	}
	require.Empty(t, unattended(), "the dispatcher is there")
	end := clock.now().Add(time.Hour)
	of.away(of.dispatcher, clock.now(), end, nil)
	require.Len(t, unattended(), 1, "all who have the role are absent")
	clock.pass(time.Hour)
	require.Empty(t, unattended())
	of.exec("update users set roles = '{manager}' where login = 'dispatcher'")
	found := unattended()
	require.Len(t, found, 1, "nobody has the role")
	require.Equal(t, of.open(c).ID, found[0].ID)
	empty := of.department("empty", uuid.Nil)
	of.exec("update tasks set role = null, department_id = '" + empty.ID.String() + "'")
	require.Len(t, unattended(), 1, "nobody is in the department")
	_, err := of.TakeTask(t.Context(), found[0].ID, of.director)
	require.NoError(t, err)
	require.Empty(t, unattended())

	// It lies with the director now, whom nobody covers.
	of.away(of.director, clock.now(), clock.now().Add(time.Hour), nil)
	require.Len(t, unattended(), 1, "it was taken by somebody absent")
	of.exec("update tasks set taken_by = null, department_id = null, user_id = '" + of.director.ID.String() + "'")
	require.Len(t, unattended(), 1, "it lies on the desk of somebody absent")
	of.exec("insert into users (id, login, name, roles) values (gen_random_uuid(), 'second', 'x', '{director}')")
	require.Empty(t, unattended(), "another director covers him")
	of.exec("update users set active = false where login = 'second'")
	require.Len(t, unattended(), 1)
	clock.pass(time.Hour)
	require.Empty(t, unattended())
}
