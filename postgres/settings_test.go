package postgres_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"marshrut/activities"
	"marshrut/crm"
	"marshrut/postgres"
)

// switchOff switches these blocks off, whatever is open, and all others on.
func (of *office) switchOff(blocks ...crm.Block) *crm.Settings {
	of.t.Helper()
	before, err := of.Settings(context.Background())
	require.NoError(of.t, err)
	put, err := of.PutSettings(context.Background(), before.Version, crm.SettingsChange{Off: blocks, Confirmed: blocks})
	require.NoError(of.t, err)
	return put
}

// signedIn is ctx of the user as a request of his has it.
func (of *office) signedIn(u *crm.User) context.Context {
	of.t.Helper()
	ctx, hash := context.Background(), []byte(uuid.NewString())
	_, _, err := of.CreateToken(ctx, crm.Token{Hash: hash, UserID: u.ID, Kind: crm.TokenSession, ExpiresAt: time.Now().Add(1000 * time.Hour)})
	require.NoError(of.t, err)
	user, _, err := of.TokenUser(ctx, hash, time.Now())
	require.NoError(of.t, err)
	sight, err := of.SightOf(ctx, user)
	require.NoError(of.t, err)
	if sight == nil {
		return ctx
	}
	return crm.WithSight(ctx, sight)
}

// TestR22_WhatIsOffGoesOnByItself: a case of a block that is switched off keeps its timers and its letters, and comes back as far as it
// has got.
func TestR22_WhatIsOffGoesOnByItself(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	claim := of.create(crm.NewCase{Kind: crm.Claim, MapID: "claim", By: of.manager.ID, ClientID: of.client, Fields: map[string]any{"date": "2026-03-01", "description": "Треснул корпус"}})
	task, before := of.open(claim), of.reload(claim).Seq
	of.switchOff(crm.BlockClaims)
	view := of.advance(activities.AdvanceRequest{Case: claim.ID, EventID: "timer/1", Kind: activities.EventTimer, Seq: before, At: *task.DueAt})
	require.Greater(t, view.Seq, before)
	require.True(t, of.task(task.ID).Overdue)
	hidden, err := of.Hidden(of.signedIn(of.director), []uuid.UUID{claim.ID, task.ID, of.client})
	require.NoError(t, err)
	require.ElementsMatch(t, []uuid.UUID{claim.ID, task.ID}, hidden)
	of.switchOff()
	hidden, err = of.Hidden(of.signedIn(of.director), []uuid.UUID{claim.ID, task.ID, of.client})
	require.NoError(t, err)
	require.Empty(t, hidden)
}

// TestR22_TwoChangesOfTheSettings at once: one is told that it was late.
func TestR22_TwoChangesOfTheSettings(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	results := make(chan error, 2)
	for _, block := range []crm.Block{crm.BlockDeals, crm.BlockClaims} {
		go func() {
			_, err := of.PutSettings(context.Background(), 1, crm.SettingsChange{Off: []crm.Block{block}})
			results <- err
		}()
	}
	first, second := <-results, <-results
	if first == nil {
		first, second = second, first
	}
	require.NoError(t, second)
	refusal, ok := crm.AsError(first)
	require.True(t, ok)
	require.Equal(t, crm.KindStale, refusal.Kind)
	settings, err := of.Settings(t.Context())
	require.NoError(t, err)
	require.Len(t, settings.Off, 1)
	require.Len(t, of.unsealed("settings"), 1, "the audit has the change that was made")
}

// TestR22_ListsWithoutABlockAreReadAlongIndexes: the kind of a task's case is looked up by its key, and lists of all kinds leave out
// the parts of those that are off.
func TestR22_ListsWithoutABlockAreReadAlongIndexes(t *testing.T) {
	t.Parallel()
	asked := &lastQuery{}
	of := newOffice(t, postgres.Options{Tracer: asked, MaxConns: 1})
	of.switchOff(crm.Blocks()...)
	manager, err := of.User(t.Context(), of.manager.ID)
	require.NoError(t, err)
	ctx := of.signedIn(of.manager)
	of.exec("set enable_seqscan = off")
	for name, list := range map[string]func() error{
		"cases": func() error {
			_, err := of.ListCases(ctx, crm.CaseFilter{Limit: 50})
			return err
		},
		"desk": func() error {
			_, err := of.ListTasks(ctx, crm.TaskFilter{Status: crm.TaskOpen, Performer: manager, Limit: 50})
			return err
		},
		"tasks": func() error {
			_, err := of.ListTasks(ctx, crm.TaskFilter{Status: crm.TaskOpen, Limit: 50})
			return err
		},
		"notices": func() error {
			_, err := of.Notices(ctx, crm.NoticeFilter{UserID: of.manager.ID, Limit: 50})
			return err
		},
	} {
		require.NoError(t, list(), name)
		rows, err := of.Pool().Query(context.Background(), "explain "+asked.sql, asked.args...)
		require.NoError(t, err)
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		plan := strings.Join(lines, "\n")
		require.NotContains(t, plan, "Seq Scan", name)
		require.NotContains(t, plan, "hashed SubPlan", name)
		require.NotContains(t, plan, "kind = 'claim'", name+": a part of what is off")
	}
}
