package server

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestR36_AClaimIsAboutWhatHasHappened: its day lies in no future, wherever it is given; today is still tomorrow in the east.
func TestR36_AClaimIsAboutWhatHasHappened(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	client := r.client()
	claim := func(day string) *answer {
		return r.act("manager", "/claims", `{"client_id":"`+client+`","topic":"Брак","source":"site","fields":{"description":"Не горит","reason":"quality","date":"`+day+`"}}`)
	}
	for _, day := range []string{"2099-01-01", "2026-03-04"} {
		p := claim(day).problem(http.StatusUnprocessableEntity, "validation_failed")
		require.Equal(t, "in_the_future", p.Errors[0].Code, day)
		require.Equal(t, "/fields/date", p.Errors[0].Pointer, day)
	}
	made := claim("2026-03-02").want(http.StatusCreated)
	change := func(day string) *answer {
		return r.do(request{
			as: "manager", method: patch, path: "/cases/" + made.text("case.id"), body: `{"fields":{"date":"` + day + `"}}`, headers: map[string]string{"If-Match": "*"},
		})
	}
	require.Equal(t, "in_the_future", change("2026-03-10").problem(http.StatusUnprocessableEntity, "validation_failed").Errors[0].Code)
	require.Equal(t, "expected_date", change("2026-02-30").problem(http.StatusUnprocessableEntity, "validation_failed").Errors[0].Code)
	change("2026-02-20").want(http.StatusOK)
	p := r.act("manager", "/tasks/"+made.text("next_tasks.0.id")+"/complete", `{"outcome":"accepted","fields":{"description":"Не горит","reason":"quality","date":"2027-01-01"}}`).
		problem(http.StatusUnprocessableEntity, "validation_failed")
	require.Equal(t, "in_the_future", p.Errors[0].Code)
}
