package e2e

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestR39_AChangedTextGoesBackToTheShippedOne: it is seen what comes with the program, and what the company has made of it.
func TestR39_AChangedTextGoesBackToTheShippedOne(t *testing.T) {
	t.Parallel()
	type text struct {
		Lang, Origin, Subject, Text string
		Version                     int
		Shipped                     *struct{ Subject, Text, HTML string }
	}
	boss := as(admin)
	russian := func() text {
		var all struct{ Items []text }
		boss.call(t, http.MethodGet, "/templates/claim-decision", nil).into(t, http.StatusOK, &all)
		for _, one := range all.Items {
			if one.Lang == "ru" {
				return one
			}
		}
		t.Fatal("there is no Russian text")
		return text{}
	}
	before := russian()
	require.Equal(t, "shipped", before.Origin)
	require.Nil(t, before.Shipped)
	none := boss.call(t, http.MethodDelete, "/templates/claim-decision?lang=ru", nil, header{"If-Match", `"0"`})
	require.Equal(t, http.StatusNotFound, none.status, "%s", none.body)
	require.Contains(t, string(none.body), "no_own_template")

	own := object{"lang": "ru", "channel": "email", "subject": "Решение", "text": "Решение принято"}
	written := boss.call(t, http.MethodPut, "/templates/claim-decision", own, header{"If-Match", `"0"`})
	require.Equal(t, http.StatusOK, written.status, "%s", written.body)
	require.Contains(t, string(written.body), `"origin":"changed"`)
	changed := russian()
	require.Equal(t, "changed", changed.Origin)
	require.Equal(t, before.Subject, changed.Shipped.Subject)
	require.Equal(t, before.Text, changed.Shipped.Text)

	gone := boss.call(t, http.MethodDelete, "/templates/claim-decision?lang=ru", nil, header{"If-Match", `"1"`})
	require.Equal(t, http.StatusNoContent, gone.status, "%s", gone.body)
	require.Equal(t, before, russian())
}
