package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// week is the beginning of a calendar; everyHour is a calendar without a free hour.
const (
	week = `id: moving
name: {en: Moving, ru: Переменный}
time_zone: UTC
week:
`
	everyHour = week + `  monday: ["00:00-24:00"]
  tuesday: ["00:00-24:00"]
  wednesday: ["00:00-24:00"]
  thursday: ["00:00-24:00"]
  friday: ["00:00-24:00"]
  saturday: ["00:00-24:00"]
  sunday: ["00:00-24:00"]
`
)

// A deadline that lay days ahead comes at once when the calendar says so: only a timer that has moved fires then.
func TestR43_AChangedCalendarMovesTheTimerOfACaseUnderWay(t *testing.T) {
	t.Parallel()
	boss := as(admin)
	yesterday := strings.ToLower(time.Now().UTC().Add(-day).Weekday().String())
	seldom := week + "  " + yesterday + ": [\"09:00-10:00\"]\n"
	written := boss.call(t, http.MethodPut, "/calendars/moving", object{"source": seldom}, header{"If-None-Match", "*"})
	require.Equal(t, http.StatusOK, written.status, "%s", written.body)
	quick := `id: moving-limit
process: appeal
name: {en: Moving limit, ru: Подвижный срок}
calendar: moving
stages:
  - id: answer
    name: {en: Answer, ru: Ответ}
    performer: responsible
    time_limit: 2 working minutes
    outcomes:
      - {id: done, name: {en: Done, ru: Готово}, finish: positive}
`
	published := boss.call(t, http.MethodPost, "/route-maps", object{"source": quick})
	require.Equal(t, http.StatusCreated, published.status, "%s", published.body)
	seller := as(manager)
	made := seller.open(t, "appeals", newClient(), object{"map": "moving-limit"})
	task := made.task(t, "answer")
	require.True(t, task.DueAt.After(time.Now().Add(4*day)), "%s", task.DueAt)

	written = boss.call(t, http.MethodPut, "/calendars/moving", object{"source": everyHour}, header{"If-Match", `"1"`})
	require.Equal(t, http.StatusOK, written.status, "%s", written.body)
	patient(t, 4*time.Minute, "the stage is overdue by the new calendar", func() bool {
		return slices.Contains(seller.story(t, made.Case.ID), "overdue answer")
	})
	require.Contains(t, seller.story(t, made.Case.ID), "dues_recounted")
	late := seller.tasks(t, made.Case.ID, "open")
	require.Len(t, late, 1)
	require.True(t, late[0].Overdue)
	require.True(t, late[0].DueAt.Before(task.DueAt.Add(-4*day)))
	seller.complete(t, late[0], "done", object{})
	completed(t, made.Case.WorkflowID)
}
