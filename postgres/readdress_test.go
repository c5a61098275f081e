package postgres_test

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"marshrut/activities"
	"marshrut/crm"
	"marshrut/postgres"
)

// handTo changes the responsible of a case.
func (of *office) handTo(c *crm.Case, by, to *crm.User) {
	of.t.Helper()
	_, err := of.PatchCase(context.Background(), c.ID, of.reload(c).Version, crm.CasePatch{ResponsibleID: &to.ID}, by.ID)
	require.NoError(of.t, err)
}

func (of *office) ownTask(kind string, c *crm.Case, by, assignee *crm.User) *crm.TaskItem {
	of.t.Helper()
	n := crm.NewTask{Kind: kind, Title: kind + " of " + by.Login, By: by.ID}
	if c != nil {
		n.CaseID = c.ID
	}
	if kind == crm.TaskAssignment {
		n.AssigneeID, n.Controlled = assignee.ID, true
	}
	made, err := of.CreateTask(context.Background(), n)
	require.NoError(of.t, err)
	return made
}

func (of *office) task(id uuid.UUID) *crm.TaskItem {
	of.t.Helper()
	task, err := of.Task(context.Background(), id)
	require.NoError(of.t, err)
	return task
}

func TestR62_TasksOfTheResponsibleGoWithTheCase(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	c := of.create(crm.NewCase{Kind: crm.Deal, By: of.manager.ID})
	route := of.open(c)
	require.Equal(t, of.manager.ID, route.UserID)
	personal := of.ownTask(crm.TaskPersonal, c, of.manager, nil)
	assignment := of.ownTask(crm.TaskAssignment, c, of.director, of.manager)

	of.handTo(c, of.manager, of.other)
	require.Equal(t, of.other.ID, of.task(route.ID).UserID)
	require.Equal(t, of.manager.ID, of.task(personal.ID).UserID, "what one keeps for oneself stays")
	require.Equal(t, of.manager.ID, of.task(assignment.ID).UserID, "an assignment was given to a person")
	require.Contains(t, of.feedKinds(c), "changed task_readdressed")

	waiting, err := of.UnacknowledgedOf(t.Context(), c.ID)
	require.NoError(t, err)
	require.Len(t, waiting, 1, "the workflow is to hear who has the task")
	shown := of.advance(activities.AdvanceRequest{
		Case: c.ID, EventID: "command/" + waiting[0].ID.String(), Kind: activities.EventCommand, Ref: waiting[0].ID,
	})
	require.Equal(t, "user:"+of.other.ID.String(), shown.Performer)
}

func TestR62_WhatSomebodyWasGivenByNameStaysHis(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	c := of.create(crm.NewCase{Kind: crm.Deal, By: of.manager.ID})
	task := of.open(c)
	_, err := of.DelegateTask(t.Context(), task.ID, of.dispatcher.ID, of.manager)
	require.NoError(t, err)
	of.handTo(c, of.manager, of.other)
	require.Equal(t, of.dispatcher.ID, of.task(task.ID).UserID)

	_, err = of.DelegateTask(t.Context(), task.ID, of.other.ID, of.dispatcher)
	require.NoError(t, err)
	of.handTo(c, of.director, of.manager)
	require.Equal(t, of.other.ID, of.task(task.ID).UserID, "he has it because it was given to him, not as the responsible")
	require.NotContains(t, of.feedKinds(c), "task_readdressed")
}
