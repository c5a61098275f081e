package postgres_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"marshrut/activities"
	"marshrut/crm"
	"marshrut/postgres"
)

// busy gives the manager something of every kind.
type busy struct {
	*office
	c           *crm.Case // his
	colleagues  *crm.Case // of other, with a task of the manager's
	planned     *crm.Interaction
	personal    *crm.TaskItem
	assignment  *crm.TaskItem // from the director
	given       *crm.TaskItem // to the dispatcher
	borrowed    crm.TaskItem  // the colleague's case's task, delegated to him
	routeTaskID uuid.UUID
}

func newBusy(t *testing.T) *busy {
	t.Helper()
	b := &busy{office: newOffice(t, postgres.Options{})}
	ctx := context.Background()
	b.exec("update clients set owner_id = $1 where id = $2", b.manager.ID, b.client)
	b.c = b.create(crm.NewCase{Kind: crm.Deal, By: b.manager.ID})
	b.routeTaskID = b.open(b.c).ID
	b.colleagues = b.create(crm.NewCase{Kind: crm.Deal, By: b.other.ID})
	b.borrowed = b.open(b.colleagues)
	_, err := b.DelegateTask(ctx, b.borrowed.ID, b.manager.ID, b.other)
	require.NoError(t, err)
	b.planned, err = b.CreateInteraction(ctx, crm.Interaction{
		CaseID: b.c.ID, ClientID: b.client, Kind: crm.InteractionCall, Status: crm.InteractionPlanned, At: b.now().Add(time.Hour),
		Topic: "Позвонить", ResponsibleID: b.manager.ID, CreatedBy: b.manager.ID,
	})
	require.NoError(t, err)
	b.personal = b.ownTask(crm.TaskPersonal, nil, b.manager, nil)
	b.assignment = b.ownTask(crm.TaskAssignment, b.c, b.director, b.manager)
	_, err = b.ActOnTask(ctx, b.assignment.ID, crm.TaskAccept, "", b.manager)
	require.NoError(t, err)
	b.given = b.ownTask(crm.TaskAssignment, nil, b.manager, b.dispatcher)
	b.exec("update departments set head_id = $1", b.manager.ID)
	return b
}

func (of *office) work(u *crm.User) crm.OpenWork {
	of.t.Helper()
	work, err := of.OpenWork(context.Background(), u.ID)
	require.NoError(of.t, err)
	return work
}

func allOfIt() crm.OpenWork {
	return crm.OpenWork{
		crm.WorkClients: 1, crm.WorkCases: 1, crm.WorkInteractions: 1, crm.WorkTasks: 2, crm.WorkPersonal: 1, crm.WorkAssignments: 1,
		crm.WorkGiven: 1, crm.WorkDepartments: 1,
	}
}

func TestR61_ALeaversWorkIsHandedOverInOneAction(t *testing.T) {
	t.Parallel()
	b := newBusy(t)
	ctx := t.Context()
	require.Equal(t, allOfIt(), b.work(b.manager))

	done, err := b.Handover(ctx, crm.Handover{
		FromID: b.manager.ID, To: []crm.Share{{UserID: b.other.ID, Weight: 1}}, Reason: "Увольнение", Deactivate: true, By: b.director.ID,
	})
	require.NoError(t, err)
	require.Equal(t, allOfIt(), done.Counts)
	require.Equal(t, map[uuid.UUID]crm.OpenWork{b.other.ID: allOfIt()}, done.ByUser)
	require.Empty(t, done.Left)
	require.Empty(t, b.work(b.manager))

	client, err := b.Client(ctx, b.client)
	require.NoError(t, err)
	require.Equal(t, b.other.ID, client.OwnerID)
	history, err := b.ClientHistory(ctx, b.client, nil, 10)
	require.NoError(t, err)
	require.Equal(t, "changed", history.Items[len(history.Items)-1].Kind)
	require.Equal(t, b.other.ID, b.reload(b.c).ResponsibleID)
	require.Equal(t, b.other.ID, b.task(b.routeTaskID).UserID)
	require.Equal(t, b.other.ID, b.task(b.borrowed.ID).UserID)
	personal := b.task(b.personal.ID)
	require.Equal(t, []uuid.UUID{b.other.ID, b.other.ID}, []uuid.UUID{personal.AuthorID, personal.UserID})
	assignment := b.task(b.assignment.ID)
	require.Equal(t, []uuid.UUID{b.director.ID, b.other.ID, b.other.ID}, []uuid.UUID{assignment.AuthorID, assignment.AssigneeID, assignment.UserID})
	require.Equal(t, crm.PhaseNew, assignment.Phase, "its new assignee has not accepted it yet")
	given := b.task(b.given.ID)
	require.Equal(t, []uuid.UUID{b.other.ID, b.dispatcher.ID, b.dispatcher.ID}, []uuid.UUID{given.AuthorID, given.AssigneeID, given.UserID})
	planned, err := b.Interaction(ctx, b.planned.ID)
	require.NoError(t, err)
	require.Equal(t, b.other.ID, planned.ResponsibleID)

	require.Contains(t, b.feedKinds(b.c), "handed_over")
	require.Contains(t, b.feedKinds(b.colleagues), "handed_over")
	events, err := b.TaskHistory(ctx, b.given.ID)
	require.NoError(t, err)
	require.Equal(t, "handed_over", events[len(events)-1].Action)
	gone, err := b.User(ctx, b.manager.ID)
	require.NoError(t, err)
	require.False(t, gone.Active)
}

func TestR61_RoutesHearWhoHasTheirTasks(t *testing.T) {
	t.Parallel()
	b := newBusy(t)
	_, err := b.Handover(t.Context(), crm.Handover{FromID: b.manager.ID, To: []crm.Share{{UserID: b.other.ID}}, By: b.director.ID})
	require.NoError(t, err)
	for _, c := range []*crm.Case{b.c, b.colleagues} {
		waiting, err := b.UnacknowledgedOf(t.Context(), c.ID)
		require.NoError(t, err)
		require.Len(t, waiting, 1)
		shown := b.advance(activities.AdvanceRequest{
			Case: c.ID, EventID: "command/" + waiting[0].ID.String(), Kind: activities.EventCommand, Ref: waiting[0].ID,
		})
		require.Equal(t, "user:"+b.other.ID.String(), shown.Performer)
	}
	b.handTo(b.c, b.other, b.dispatcher)
	require.Equal(t, b.dispatcher.ID, b.task(b.routeTaskID).UserID, "it is still the responsible's, and goes on with the case (R62)")
	b.handTo(b.colleagues, b.other, b.dispatcher)
	require.Equal(t, b.other.ID, b.task(b.borrowed.ID).UserID, "it was given to a person")
}

func TestR61_APreviewWritesNothing(t *testing.T) {
	t.Parallel()
	b := newBusy(t)
	feed := b.feedKinds(b.c)
	seen, err := b.Handover(t.Context(), crm.Handover{FromID: b.manager.ID, To: []crm.Share{{UserID: b.other.ID}}, Preview: true, Deactivate: true, By: b.director.ID})
	require.NoError(t, err)
	require.Equal(t, allOfIt(), seen.Counts)
	require.Equal(t, allOfIt(), b.work(b.manager))
	require.Equal(t, feed, b.feedKinds(b.c))
}

func TestR61_KindsGoToDifferentPeople(t *testing.T) {
	t.Parallel()
	b := newBusy(t)
	done, err := b.Handover(t.Context(), crm.Handover{FromID: b.manager.ID, By: b.director.ID, ByKind: map[crm.WorkKind][]crm.Share{
		crm.WorkCases: {{UserID: b.other.ID}}, crm.WorkPersonal: {{UserID: b.dispatcher.ID}},
	}})
	require.NoError(t, err)
	require.Equal(t, crm.OpenWork{crm.WorkPersonal: 1}, done.ByUser[b.dispatcher.ID])
	require.Equal(t, crm.OpenWork{crm.WorkCases: 1, crm.WorkInteractions: 1, crm.WorkTasks: 1, crm.WorkAssignments: 1}, done.ByUser[b.other.ID],
		"work on a case goes with the case")
	require.Equal(t, crm.OpenWork{crm.WorkClients: 1, crm.WorkTasks: 1, crm.WorkGiven: 1, crm.WorkDepartments: 1}, done.Left)
	require.Equal(t, done.Left, b.work(b.manager))
}

func TestR61_NobodyIsLetGoWithOpenWork(t *testing.T) {
	t.Parallel()
	b := newBusy(t)
	ctx := t.Context()
	active, roles := false, []string{crm.RoleAuditor}
	for name, p := range map[string]crm.UserPatch{"deactivated": {Active: &active}, "reading only": {Roles: &roles}} {
		_, err := b.PatchUser(ctx, b.manager.ID, b.manager.Version, p, b.director.ID, nil)
		refusal, ok := crm.AsError(err)
		require.True(t, ok, name)
		require.Equal(t, "user_has_open_work", refusal.Code, name)
		require.Equal(t, "2", refusal.Params["tasks"], name)
	}
	_, err := b.Handover(ctx, crm.Handover{FromID: b.manager.ID, Deactivate: true, By: b.director.ID, ByKind: map[crm.WorkKind][]crm.Share{crm.WorkCases: {{UserID: b.other.ID}}}})
	refusal, ok := crm.AsError(err)
	require.True(t, ok)
	require.Equal(t, "user_has_open_work", refusal.Code)
	require.Equal(t, allOfIt(), b.work(b.manager), "nothing was handed over by halves")
}

func TestR61_WhoCannotWorkTakesNothingOver(t *testing.T) {
	t.Parallel()
	b := newBusy(t)
	auditor := b.user("auditor", uuid.Nil, crm.RoleAuditor)
	for want, h := range map[[2]string]crm.Handover{
		{"/to/1/user_id", "user_reads_only"}:            {To: []crm.Share{{UserID: b.other.ID}, {UserID: auditor.ID}}},
		{"/to/0/user_id", "handed_to_himself"}:          {To: []crm.Share{{UserID: b.manager.ID}}},
		{"/by_kind/cases/0/user_id", "user_not_active"}: {ByKind: map[crm.WorkKind][]crm.Share{crm.WorkCases: {{UserID: uuid.New()}}}},
	} {
		h.FromID, h.By = b.manager.ID, b.director.ID
		_, err := b.Handover(t.Context(), h)
		wantCode(t, err, crm.KindUnprocessed, want[0], want[1])
	}
	_, err := b.Handover(t.Context(), crm.Handover{FromID: uuid.New(), To: []crm.Share{{UserID: b.other.ID}}, By: b.director.ID})
	refusal, _ := crm.AsError(err)
	require.Equal(t, crm.KindNotFound, refusal.Kind)
	require.Equal(t, allOfIt(), b.work(b.manager))
}

// TestR61_AHandoverMeetsWorkBeingDone: nothing is lost or given twice while others work on the same cases.
func TestR61_AHandoverMeetsWorkBeingDone(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	var cases []*crm.Case
	for range 8 {
		cases = append(cases, of.create(crm.NewCase{Kind: crm.Deal, By: of.manager.ID}))
	}
	var both sync.WaitGroup
	both.Go(func() {
		for _, c := range cases {
			of.ownTask(crm.TaskAssignment, c, of.director, of.manager)
		}
	})
	both.Go(func() {
		for range 3 {
			_, err := of.Handover(context.Background(), crm.Handover{FromID: of.manager.ID, To: []crm.Share{{UserID: of.other.ID}}, By: of.director.ID})
			if err != nil {
				t.Error(err)
			}
		}
	})
	both.Wait()
	_, err := of.Handover(t.Context(), crm.Handover{FromID: of.manager.ID, To: []crm.Share{{UserID: of.other.ID}}, Deactivate: true, By: of.director.ID})
	require.NoError(t, err)
	require.Empty(t, of.work(of.manager))
	require.Equal(t, crm.OpenWork{crm.WorkCases: 8, crm.WorkTasks: 8, crm.WorkAssignments: 8}, of.work(of.other))
}

func TestR61_ThousandsOfRecordsAreHandedOver(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	of.exec(`insert into clients (id, name, owner_id) select gen_random_uuid(), 'Клиент ' || n, $1 from generate_series(1, 3000) n`, of.manager.ID)
	of.exec(`insert into cases (id, kind, number, client_id, responsible_id, mode, seq)
		select gen_random_uuid(), 'deal', 'D-9' || lpad(n::text, 6, '0'), k.id, $1, 'none', 1
		from (select id, row_number() over (order by id) n from clients where owner_id = $1) k`, of.manager.ID)
	done, err := of.Handover(t.Context(), crm.Handover{
		FromID: of.manager.ID, To: []crm.Share{{UserID: of.other.ID, Weight: 2}, {UserID: of.dispatcher.ID, Weight: 1}}, By: of.director.ID,
	})
	require.NoError(t, err)
	require.Equal(t, crm.OpenWork{crm.WorkClients: 2000, crm.WorkCases: 2000}, done.ByUser[of.other.ID])
	var astray int
	require.NoError(t, of.Pool().QueryRow(t.Context(), `select count(*) from cases c join clients k on k.id = c.client_id
		where c.responsible_id <> k.owner_id`).Scan(&astray))
	require.Zero(t, astray, "a case goes with its client")
}

// TestR61_ARepeatedHandoverIsToldOfAgain: an answer that was lost is asked for again, with the same id.
func TestR61_ARepeatedHandoverIsToldOfAgain(t *testing.T) {
	t.Parallel()
	b := newBusy(t)
	ctx := t.Context()
	h := crm.Handover{ID: uuid.New(), FromID: b.manager.ID, To: []crm.Share{{UserID: b.other.ID}}, Reason: "Увольнение", Deactivate: true, By: b.director.ID}
	first, err := b.Handover(ctx, h)
	require.NoError(t, err)
	feed := b.feedKinds(b.c)
	again, err := b.Handover(ctx, h)
	require.NoError(t, err)
	require.Equal(t, first.Counts, again.Counts)
	require.Equal(t, first.ByUser, again.ByUser)
	require.Equal(t, first.At, again.At)
	require.Empty(t, again.Left)
	require.Equal(t, feed, b.feedKinds(b.c), "it was done once")
	h.FromID = b.other.ID
	_, err = b.Handover(ctx, h)
	wantCode(t, err, crm.KindUnprocessed, "", "idempotency_key_reused")
}

// TestR61_TwoOfOneHandoverAtOnceAreOne: a client that repeats too soon is given the same answer.
func TestR61_TwoOfOneHandoverAtOnceAreOne(t *testing.T) {
	t.Parallel()
	b := newBusy(t)
	h := crm.Handover{ID: uuid.New(), FromID: b.manager.ID, To: []crm.Share{{UserID: b.other.ID}}, By: b.director.ID}
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			done, err := b.Handover(context.Background(), h)
			if err != nil {
				t.Error(err)
				return
			}
			if done.Counts[crm.WorkCases] != 1 {
				t.Errorf("handed over: %v", done.Counts)
			}
		})
	}
	both.Wait()
}
