package e2e

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPagesForPeopleAndPrograms(t *testing.T) {
	t.Parallel()
	for path, want := range map[string][]string{
		"/livez":        nil,
		"/readyz":       {"postgres", "temporal"},
		"/metrics":      {"# HELP", "# TYPE", "go_goroutines"},
		"/openapi.yaml": {"openapi: 3.1", "/api/v1/appeals", "complete-task"},
		"/openapi.json": {`"openapi":"3.1`, "/api/v1/appeals"},
		"/docs":         {"<html"},
		"/problems":     {"<html", "task_completed"},
		"/":             {"<html", `<div id="root">`, "/assets/"},
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, page(path), http.NoBody)
			require.NoError(t, err)
			response, err := http.DefaultClient.Do(request)
			require.NoError(t, err)
			defer response.Body.Close()
			text, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			require.Equal(t, http.StatusOK, response.StatusCode, "%s", text)
			for _, part := range want {
				require.Contains(t, string(text), part)
			}
		})
	}
}
