package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"marshrut/crm"
	"marshrut/postgres"
)

// givings are the ways in which somebody comes to have work; each is to fail when its user has left.
func (b *busy) givings(to *crm.User) map[string]func() error {
	ctx := context.Background()
	director := b.director
	plan := b.record(crm.Interaction{CaseID: b.c.ID, Status: crm.InteractionPlanned, ResponsibleID: b.manager.ID, CreatedBy: director.ID})
	version := func() int { return b.reload(b.c).Version }
	client, err := b.Client(ctx, b.client)
	require.NoError(b.t, err)
	department := uuid.New()
	b.exec(`insert into departments (id, key, name) values ($1, 'other-one', '{}')`, department)
	return map[string]func() error{
		"a case": func() error {
			_, err := b.PatchCase(ctx, b.c.ID, version(), crm.CasePatch{ResponsibleID: &to.ID}, director.ID)
			return err
		},
		"a new case": func() error {
			_, _, err := b.CreateCase(ctx, crm.NewCase{
				Kind: crm.Deal, ClientID: b.client, Topic: "Станок", Source: "site", By: director.ID, ResponsibleID: to.ID,
			})
			return err
		},
		"a task": func() error {
			_, err := b.DelegateTask(ctx, b.routeTaskID, to.ID, director)
			return err
		},
		"an assignment": func() error {
			_, err := b.CreateTask(ctx, crm.NewTask{Kind: crm.TaskAssignment, Title: "Сверить", By: director.ID, AssigneeID: to.ID})
			return err
		},
		"a plan": func() error {
			_, err := b.CreateInteraction(ctx, crm.Interaction{
				CaseID: b.c.ID, ClientID: b.client, Kind: crm.InteractionCall, Status: crm.InteractionPlanned, At: b.now().Add(time.Hour),
				Topic: "Позвонить", ResponsibleID: to.ID, CreatedBy: director.ID,
			})
			return err
		},
		"somebody's plan": func() error {
			_, err := b.patch(plan.ID, crm.InteractionPatch{ResponsibleID: &to.ID}, director)
			return err
		},
		"a client": func() error {
			_, err := b.PatchClient(ctx, b.client, client.Version, crm.ClientPatch{OwnerID: &to.ID}, director.ID)
			return err
		},
		"a department": func() error { return b.SetHead(ctx, department, to.ID) },
		"all of a leaver's": func() error {
			_, err := b.Handover(ctx, crm.Handover{FromID: b.manager.ID, To: []crm.Share{{UserID: to.ID}}, By: director.ID})
			return err
		},
	}
}

// refusedForALeaver is the answer to who gave work to somebody whose account had ended, as the database or the program saw first.
func refusedForALeaver(t *testing.T, err error, what string) {
	t.Helper()
	refusal, ok := crm.AsError(err)
	require.True(t, ok, "%s: %v", what, err)
	if refusal.Code == "user_not_active" {
		require.Equal(t, crm.KindConflict, refusal.Kind, what)
		return
	}
	require.Len(t, refusal.Fields, 1, what)
	require.Equal(t, "user_not_active", refusal.Fields[0].Code, what)
}

// TestR61_WhoEndsAnAccountIsFirst: whoever gives work at the same moment has seen an active user, waits, and is refused.
func TestR61_WhoEndsAnAccountIsFirst(t *testing.T) {
	t.Parallel()
	b := newBusy(t)
	ctx := t.Context()
	leaver := b.user("leaver", uuid.Nil, crm.RoleManager)
	before := b.work(b.manager)
	for what, give := range b.givings(leaver) {
		tx, err := b.Pool().Begin(ctx)
		require.NoError(t, err)
		_, err = tx.Exec(ctx, "select from users where id = $1 for update", leaver.ID)
		require.NoError(t, err)
		_, err = tx.Exec(ctx, "update users set active = false where id = $1", leaver.ID)
		require.NoError(t, err)
		given := make(chan error, 1)
		go func() { given <- give() }()
		b.waiting(1)
		require.NoError(t, tx.Commit(ctx))
		refusedForALeaver(t, <-given, what)
		require.Empty(t, b.work(leaver), what)
		b.exec("update users set active = true where id = $1", leaver.ID)
	}
	require.Equal(t, before[crm.WorkCases], b.work(b.manager)[crm.WorkCases], "nothing of his has gone")
}

// TestR61_WhoGivesWorkIsFirst: the end of an account waits for what is being given, and finds it.
func TestR61_WhoGivesWorkIsFirst(t *testing.T) {
	t.Parallel()
	b := newBusy(t)
	ctx := t.Context()
	no := false
	for what, sql := range map[string]string{
		"cases":        "update cases set responsible_id = $1 where id = $2",
		"tasks":        "update tasks set user_id = $1, as_responsible = false where case_id = $2 and kind = 'stage'",
		"interactions": "update interactions set responsible_id = $1 where case_id = $2",
		"clients":      "insert into client_owners (client_id, user_id) select client_id, $1 from cases where id = $2",
	} {
		leaver := b.user("leaver-"+what, uuid.Nil, crm.RoleManager)
		tx, err := b.Pool().Begin(ctx)
		require.NoError(t, err)
		_, err = tx.Exec(ctx, sql, leaver.ID, b.c.ID)
		require.NoError(t, err, what)
		ended := make(chan error, 1)
		go func() {
			_, err := b.PatchUser(ctx, leaver.ID, leaver.Version, crm.UserPatch{Active: &no}, b.director.ID, nil)
			ended <- err
		}()
		b.waiting(1)
		require.NoError(t, tx.Commit(ctx))
		wantCode(t, <-ended, crm.KindConflict, "", "user_has_open_work")
		require.Equal(t, crm.OpenWork{crm.WorkKind(what): 1}, b.work(leaver))
	}
}

// TestR61_AStepFindsWhoWorksHereNow: a step that was to give a task to somebody whose account ends is decided anew.
func TestR61_AStepFindsWhoWorksHereNow(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	c := of.create(crm.NewCase{Kind: crm.Appeal})
	tx, err := of.Pool().Begin(ctx)
	require.NoError(t, err)
	_, err = tx.Exec(ctx, "select from users where id = $1 for update", of.other.ID)
	require.NoError(t, err)
	_, err = tx.Exec(ctx, "update users set active = false where id = $1", of.other.ID)
	require.NoError(t, err)
	decided := make(chan *crm.Command, 1)
	go func() {
		decided <- of.complete(c, of.dispatcher, "hand-over", map[string]any{"purpose": "question", "performer": of.other.ID.String()})
	}()
	of.waiting(1)
	require.NoError(t, tx.Commit(ctx))
	command := <-decided
	require.Equal(t, crm.CommandRefused, command.Status)
	require.Equal(t, "/fields/performer", command.Refusal.Fields[0].Pointer)
	require.Empty(t, of.work(of.other))
}

// TestR61_TheDatabaseGivesALeaverNothing: whoever writes, and however.
func TestR61_TheDatabaseGivesALeaverNothing(t *testing.T) {
	t.Parallel()
	b := newBusy(t)
	leaver := b.user("leaver", uuid.Nil, crm.RoleManager)
	b.exec("update users set active = false where id = $1", leaver.ID)
	for _, sql := range []string{
		"update cases set responsible_id = $1",
		"insert into cases (id, kind, number, mode, responsible_id) values (gen_random_uuid(), 'deal', 'D-1', 'none', $1)",
		"update tasks set user_id = $1 where user_id is not null", "update tasks set taken_by = $1", "update tasks set author_id = $1 where author_id is not null",
		"update tasks set assignee_id = $1 where assignee_id is not null",
		"update interactions set responsible_id = $1", "update clients set owner_id = $1",
		"insert into client_owners (client_id, user_id) select id, $1 from clients", "update departments set head_id = $1",
	} {
		_, err := b.Pool().Exec(t.Context(), sql, leaver.ID)
		require.ErrorContains(t, err, "work is given to active users only", sql)
	}
	// What has ended may name him.
	b.exec(`insert into interactions (id, kind, status, at, responsible_id) values (gen_random_uuid(), 'call', 'completed', now(), $1)`, leaver.ID)
	_, err := b.Pool().Exec(t.Context(), "update interactions set status = 'planned' where responsible_id = $1", leaver.ID)
	require.ErrorContains(t, err, "work is given to active users only", "what is restored")
}

// TestR60_R61_WhatALeaverHadIsReopenedByAnother: a case whose responsible has left goes to the head who opens it again.
func TestR60_R61_WhatALeaverHadIsReopenedByAnother(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	c := of.create(crm.NewCase{Kind: crm.Deal, By: of.other.ID})
	lost := crm.Command{CaseID: c.ID, UserID: of.other.ID, Kind: crm.CommandClose, Payload: crm.CommandPayload{Outcome: "lost", Fields: map[string]any{"reason": "price"}}}
	require.Equal(t, crm.CommandApplied, of.submit(lost).Status)
	of.exec("delete from client_owners")
	of.exec("update clients set owner_id = null")
	no := false
	leaver, err := of.User(ctx, of.other.ID)
	require.NoError(t, err)
	_, err = of.PatchUser(ctx, leaver.ID, leaver.Version, crm.UserPatch{Active: &no}, of.director.ID, nil)
	require.NoError(t, err)

	again := of.submit(crm.Command{CaseID: c.ID, UserID: of.director.ID, Kind: crm.CommandReopen, Payload: crm.CommandPayload{Reason: "Клиент вернулся"}})
	require.Equal(t, crm.CommandApplied, again.Status, again.Refusal)
	require.Equal(t, of.director.ID, of.reload(c).ResponsibleID)
	require.Equal(t, of.director.ID, of.open(c).UserID)
	require.Contains(t, of.feedKinds(c), "reopened changed")
	require.Empty(t, of.work(of.other))
}

// TestR61_WhoReadsOnlyIsGivenNothing to do, and he who has something all the same does not leave with it.
func TestR61_WhoReadsOnlyIsGivenNothing(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	reader := of.user("reader", uuid.Nil, crm.RoleAuditor)
	client, err := of.CreateClient(ctx, crm.Client{Kind: crm.ClientCompany, Name: "ООО Лампа"})
	require.NoError(t, err)
	department := of.department("anew", uuid.Nil)
	purpose := crm.ReferenceItem{List: crm.Purposes, Key: "guarantee", Name: crm.Text{EN: "Guarantee", RU: "Гарантия"}, Active: true, PerformerID: reader.ID}
	for pointer, give := range map[string]func() error{
		"/owner_id": func() error {
			_, err := of.CreateClient(ctx, crm.Client{Kind: crm.ClientCompany, Name: "ООО Лютик", OwnerID: reader.ID})
			if e, ok := crm.AsError(err); !ok || e.Kind != crm.KindUnprocessed {
				t.Errorf("a new client: %v", err)
			}
			_, err = of.PatchClient(ctx, client.ID, client.Version, crm.ClientPatch{OwnerID: &reader.ID}, of.director.ID)
			return err
		},
		"/head_id": func() error {
			_, err := of.PatchDepartment(ctx, department.ID, department.Version, crm.DepartmentPatch{HeadID: &reader.ID})
			return err
		},
		"/performer_id": func() error {
			_, err := of.PutReferenceItem(ctx, purpose, 0)
			return err
		},
	} {
		wantCode(t, give(), crm.KindUnprocessed, pointer, "user_reads_only")
	}
	of.exec("update clients set owner_id = $2 where id = $1", client.ID, reader.ID)
	no, name := false, "Рита"
	_, err = of.PatchUser(ctx, reader.ID, reader.Version, crm.UserPatch{Active: &no}, of.director.ID, nil)
	wantCode(t, err, crm.KindConflict, "", "user_has_open_work")
	renamed, err := of.PatchUser(ctx, reader.ID, reader.Version, crm.UserPatch{Name: &name}, of.director.ID, nil)
	require.NoError(t, err)
	require.Equal(t, name, renamed.Name)

	// Whom a purpose has named stays named there.
	purpose.PerformerID = of.other.ID
	put, err := of.PutReferenceItem(ctx, purpose, 0)
	require.NoError(t, err)
	of.exec("update users set roles = '{auditor}' where id = $1", of.other.ID)
	_, err = of.PutReferenceItem(ctx, purpose, put.Version)
	require.NoError(t, err)
}
