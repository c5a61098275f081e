package reminders_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"marshrut/crm"
)

// jot makes a personal task due in two hours, with a reminder in one.
func (d *desk) jot() *crm.TaskItem {
	d.t.Helper()
	due, remind := d.now().Add(2*time.Hour), d.now().Add(time.Hour)
	made, err := d.CreateTask(d.t.Context(), crm.NewTask{
		Kind: crm.TaskPersonal, Title: "Купить скрепки", DueAt: &due, RemindAt: &remind, By: d.user.ID,
	})
	require.NoError(d.t, err)
	return made
}

func TestR10_OneIsRemindedOfATaskOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	task := d.jot()
	require.Zero(t, d.ring(), "before its time")
	d.pass(time.Hour)
	for range 3 {
		require.Equal(t, 1, d.ring())
	}
	n := d.notices()[0]
	require.Equal(t, task.ID, n.TaskID)
	require.Equal(t, crm.NoticeTask{Kind: crm.TaskPersonal, Status: crm.TaskOpen, Title: "Купить скрепки", DueAt: task.DueAt}, n.Task)
	letters := d.letters()
	require.Len(t, letters, 1)
	require.Equal(t, "Напоминание: личная задача, 02.03.2026 17:00", letters[0].Subject)
	require.Contains(t, letters[0].Text, "Купить скрепки")
}

func TestR10_AReminderMovesAndGoesWithItsTask(t *testing.T) {
	t.Parallel()
	later := 24 * time.Hour
	patch := func(d *desk, task *crm.TaskItem, p crm.TaskPatch) {
		_, err := d.PatchTask(d.t.Context(), task.ID, d.read(task).Version, p, d.user)
		require.NoError(d.t, err)
	}
	act := func(action crm.TaskAction) func(*desk, *crm.TaskItem) {
		return func(d *desk, task *crm.TaskItem) {
			_, err := d.ActOnTask(d.t.Context(), task.ID, action, "", d.user)
			require.NoError(d.t, err)
		}
	}
	putOff := func(d *desk, task *crm.TaskItem) {
		due := task.DueAt.Add(later)
		patch(d, task, crm.TaskPatch{DueAt: &due})
	}
	for name, c := range map[string]struct {
		change func(*desk, *crm.TaskItem)
		after  time.Duration
		want   int
	}{
		"put off: not yet": {putOff, later, 0},
		"put off":          {putOff, later + time.Hour, 1},
		"given, then put off: given again": {func(d *desk, task *crm.TaskItem) {
			d.pass(time.Hour)
			d.ring()
			putOff(d, task)
		}, later, 2},
		"taken away": {func(d *desk, task *crm.TaskItem) { patch(d, task, crm.TaskPatch{RemindAt: &time.Time{}}) }, later, 0},
		"done":       {act(crm.TaskComplete), later, 0},
		"cancelled":  {act(crm.TaskCancel), later, 0},
		"done and opened again: it has to be set anew": {func(d *desk, task *crm.TaskItem) {
			act(crm.TaskComplete)(d, task)
			act(crm.TaskReopen)(d, task)
		}, later, 0},
		"muted: a notice all the same": {func(d *desk, _ *crm.TaskItem) {
			muted := crm.LetterTimes{Muted: []string{crm.SubjectReminder}, DigestAt: "09:00"}
			_, err := d.PatchUser(d.t.Context(), d.user.ID, d.user.Version, crm.UserPatch{Letters: &muted}, d.user.ID, nil)
			require.NoError(d.t, err)
		}, later, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			c.change(d, d.jot())
			d.pass(c.after)
			require.Equal(t, c.want, d.ring())
			if strings.HasPrefix(name, "muted") {
				require.Empty(t, d.letters())
			}
		})
	}
}

func (d *desk) read(task *crm.TaskItem) *crm.TaskItem {
	d.t.Helper()
	read, err := d.Task(d.t.Context(), task.ID)
	require.NoError(d.t, err)
	return read
}
