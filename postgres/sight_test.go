package postgres_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"marshrut/crm"
	"marshrut/postgres"
)

// viewersAreRight compares the tables of viewers with the reasons they follow from. Every test of an office ends with it, so that
// whatever changes records is tried.
func (of *office) viewersAreRight() {
	of.t.Helper()
	for _, card := range []string{"case", "interaction", "client"} {
		var missing, tooMany int
		err := of.Pool().QueryRow(context.Background(), `select
			(select count(*) from (select `+card+`_id, viewer from `+card+`_reasons except select `+card+`_id, viewer from `+card+`_viewers) m),
			(select count(*) from (select `+card+`_id, viewer from `+card+`_viewers except select `+card+`_id, viewer from `+card+`_reasons) m)`).
			Scan(&missing, &tooMany)
		if err != nil || missing > 0 || tooMany > 0 {
			of.t.Errorf("viewers of %ss: %d are missing, %d are too many, %v", card, missing, tooMany, err)
		}
	}
}

// seeing is ctx of the user, whose roles are to see no more than that.
func (of *office) seeing(u *crm.User, v crm.Visibility) context.Context {
	of.t.Helper()
	read, err := of.User(context.Background(), u.ID)
	require.NoError(of.t, err)
	read.Granted.Visibility = v
	sight, err := of.SightOf(context.Background(), read)
	require.NoError(of.t, err)
	return crm.WithSight(context.Background(), sight)
}

func (of *office) hides(u *crm.User, v crm.Visibility, id uuid.UUID) bool {
	of.t.Helper()
	hidden, err := of.Hidden(of.seeing(u, v), []uuid.UUID{id})
	require.NoError(of.t, err)
	return slices.Contains(hidden, id)
}

// TestR15_ACaseIsSeenByThoseWhoHaveToDoWithIt: its responsible, its author, whoever has, had or can take a task of it, whoever shares
// its client, takes part or is mentioned; and nobody else.
func TestR15_ACaseIsSeenByThoseWhoHaveToDoWithIt(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	stranger := of.user("stranger", uuid.Nil, crm.RoleManager)
	c := of.create(crm.NewCase{Kind: crm.Appeal, MapID: "appeal", By: of.director.ID})
	require.False(t, of.hides(of.dispatcher, crm.SeesOwn, c.ID), "the task lies in the dispatchers' pool")
	require.False(t, of.hides(of.director, crm.SeesOwn, c.ID), "he wrote it")
	require.True(t, of.hides(of.manager, crm.SeesOwn, c.ID))
	require.False(t, of.hides(of.manager, crm.SeesDepartment, c.ID), "a colleague can take its task")
	require.True(t, of.hides(stranger, crm.SeesDepartment, c.ID))

	task := of.open(c)
	_, err := of.TakeTask(ctx, task.ID, of.dispatcher)
	require.NoError(t, err)
	second := of.user("second", uuid.Nil, crm.RoleDispatcher)
	require.True(t, of.hides(second, crm.SeesOwn, c.ID), "another has taken it out of the pool")
	require.True(t, of.hides(second, crm.SeesOwn, task.ID))
	_, err = of.DelegateTask(ctx, task.ID, of.manager.ID, of.dispatcher)
	require.NoError(t, err)
	require.True(t, of.hides(of.dispatcher, crm.SeesOwn, c.ID), "it was given away")
	require.False(t, of.hides(of.manager, crm.SeesOwn, task.ID))

	_, err = of.Pool().Exec(ctx, "update clients set owner_id = $2 where id = $1", of.client, stranger.ID)
	require.NoError(t, err)
	require.False(t, of.hides(stranger, crm.SeesOwn, c.ID), "his client's")
	require.True(t, of.hides(second, crm.SeesOwn, of.client), "it is somebody's client now")
	_, err = of.Pool().Exec(ctx, "update clients set owner_id = null where id = $1", of.client)
	require.NoError(t, err)
	require.True(t, of.hides(stranger, crm.SeesOwn, c.ID))
	require.False(t, of.hides(second, crm.SeesOwn, of.client), "nobody's client is everybody's")
	require.False(t, of.hides(stranger, crm.SeesAll, c.ID))
	require.False(t, of.hides(stranger, crm.SeesOwn, uuid.New()), "what is not there is not hidden")
}

// TestR15_CompletionsForOneClientDoNotWaitForEachOther: who leaves a case leaves its client at the end of the transaction, so that the
// client's one row of a pool is not held while the rest of a completion is written; the last one to go takes it along.
func TestR15_CompletionsForOneClientDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	owner := of.user("owner", uuid.Nil, crm.RoleManager)
	of.exec("update clients set owner_id = $2 where id = $1", of.client, owner.ID) // else he is everybody's to see
	const completed = "update tasks set status = 'completed', closed_at = now(), closed_by = $2, outcome = 'hand-over' where case_id = $1"
	var ends [2]pgx.Tx
	for i := range ends {
		c := of.create(crm.NewCase{Kind: crm.Appeal, MapID: "appeal", ClientID: of.client, By: of.director.ID})
		tx, err := of.Pool().Begin(ctx)
		require.NoError(t, err)
		t.Cleanup(func() { _ = tx.Rollback(context.WithoutCancel(ctx)) })
		ends[i] = tx
		_, err = tx.Exec(ctx, "set local lock_timeout = '10s'") // of a second that waits for the first, which waits for this test
		require.NoError(t, err)
		_, err = tx.Exec(ctx, completed, c.ID, of.director.ID)
		require.NoError(t, err, "completion %d", i+1)
	}
	require.False(t, of.hides(of.dispatcher, crm.SeesOwn, of.client), "nothing is committed")
	require.NoError(t, ends[0].Commit(ctx))
	require.False(t, of.hides(of.dispatcher, crm.SeesOwn, of.client), "there is another task in the pool")
	require.NoError(t, ends[1].Commit(ctx))
	require.True(t, of.hides(of.dispatcher, crm.SeesOwn, of.client))
}

// TestR15_AClientIsKeptByAnotherCase: completions leave the client's row of a pool alone as long as another case of the client is there to
// be held instead, and so do not wait for each other. Whoever takes that case away waits for them, and the row goes with him.
func TestR15_AClientIsKeptByAnotherCase(t *testing.T) {
	t.Parallel()
	const completed = "update tasks set status = 'completed', closed_at = now(), closed_by = '%[2]s', outcome = 'hand-over' where case_id = '%[1]s'"
	for name, taken := range map[string]string{"completed": completed, "another client's": "update cases set client_id = '%[3]s' where id = '%[1]s'"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			of := newOffice(t, postgres.Options{MaxConns: 8})
			ctx := t.Context()
			owner := of.user("owner", uuid.Nil, crm.RoleManager)
			of.exec("update clients set owner_id = $2 where id = $1", of.client, owner.ID) // else he is everybody's to see
			other := of.newClient("Другой")
			var cases [3]*crm.Case
			for i := range cases {
				cases[i] = of.create(crm.NewCase{Kind: crm.Appeal, MapID: "appeal", ClientID: of.client, By: of.director.ID})
			}
			var ends [2]pgx.Tx
			for i := range ends {
				tx, err := of.Pool().Begin(ctx)
				require.NoError(t, err)
				t.Cleanup(func() { _ = tx.Rollback(context.WithoutCancel(ctx)) })
				ends[i] = tx
				for _, sql := range []string{"set local lock_timeout = '10s'", fmt.Sprintf(completed, cases[i].ID, of.director.ID), "set constraints all immediate"} {
					_, err = tx.Exec(ctx, sql)
					require.NoError(t, err, "completion %d", i+1)
				}
			}
			gone := make(chan error, 1)
			go func() {
				_, err := of.Pool().Exec(context.WithoutCancel(ctx), fmt.Sprintf(taken, cases[2].ID, of.director.ID, other))
				gone <- err
			}()
			of.waiting(1)
			require.NoError(t, ends[0].Commit(ctx))
			require.NoError(t, ends[1].Commit(ctx))
			require.NoError(t, <-gone)
			require.True(t, of.hides(of.dispatcher, crm.SeesOwn, of.client), "no case of the client's is in the pool")
		})
	}
}
