package server

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// unpack is everything in a ZIP, one file after the other.
func unpack(t *testing.T, packed []byte) []byte {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	require.NoError(t, err)
	var all bytes.Buffer
	for _, file := range archive.File {
		all.WriteString(file.Name + "\n")
		content, err := file.Open()
		require.NoError(t, err)
		_, err = io.Copy(&all, content)
		require.NoError(t, err)
	}
	return all.Bytes()
}

func TestAuditOverTheAPI(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	client := r.client()
	r.do(request{as: "manager", method: patch, path: "/clients/" + client, headers: map[string]string{"If-Match": "*", "X-Request-Id": "renaming"}, body: `{"name":"ООО Лютик"}`}).want(http.StatusOK)
	r.do(request{as: "manager", method: get, path: "/audit"}).problem(http.StatusForbidden, "not_allowed")
	all := r.do(request{as: "auditor", method: get, path: "/audit?table=clients&client=" + client}).want(http.StatusOK)
	require.Len(t, all.at("items"), 2)
	require.Equal(t, "update", all.text("items.0.action"), "newest first")
	require.Equal(t, "ООО Ромашка", all.text("items.0.before.name"))
	require.Equal(t, "ООО Лютик", all.text("items.0.after.name"))
	require.Equal(t, r.users["manager"].ID.String(), all.text("items.0.actor_id"))
	require.Equal(t, "renaming", all.text("items.0.request_id"))
	require.Equal(t, "192.0.2.1", all.text("items.0.address"))
	require.Equal(t, "insert", all.text("items.1.action"))

	// Pages join without a gap.
	seen := map[any]bool{}
	path := "/audit?limit=3"
	for pages := 0; ; pages++ {
		page := r.do(request{as: "admin", method: get, path: path}).want(http.StatusOK)
		for _, item := range page.at("items").([]any) {
			n := item.(map[string]any)["n"]
			require.False(t, seen[n])
			seen[n] = true
		}
		var list struct{ Next string }
		page.into(&list)
		if list.Next == "" {
			require.Greater(t, pages, 3)
			break
		}
		path = "/audit?limit=3&after=" + list.Next
	}
	var n int
	require.NoError(t, r.db.Pool().QueryRow(t.Context(), "select count(*) from audit").Scan(&n))
	require.Len(t, seen, n)

	for query, want := range map[string]int{
		"?actor=" + r.users["manager2"].ID.String(): 0, "?action=delete": 0, "?record=" + client: 2, "?until=2000-01-01T00:00:00Z": 0, "?from=2000-01-01T00:00:00Z&table=clients": 2,
	} {
		got := r.do(request{as: "auditor", method: get, path: "/audit" + query}).want(http.StatusOK)
		require.Len(t, got.at("items"), want, query)
	}
	for _, query := range []string{"?client=x", "?after=x", "?from=yesterday", "?limit=1000"} {
		answer := r.do(request{as: "auditor", method: get, path: "/audit" + query})
		require.GreaterOrEqual(t, answer.status, 400, query)
		require.Less(t, answer.status, 500, query)
	}
}

func TestAuditOfSignInsAndExports(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.signInAs("manager", "wrong").problem(http.StatusUnauthorized, "wrong_login_or_password")
	r.atWork.Wait()
	failed := r.do(request{as: "auditor", method: get, path: "/audit?action=sign_in_failed"}).want(http.StatusOK)
	require.Equal(t, r.users["manager"].ID.String(), failed.text("items.0.record_id"))
	require.NotContains(t, string(failed.body), "wrong")
	r.signInAs("manager", password).want(http.StatusCreated)
	signed := r.do(request{as: "auditor", method: get, path: "/audit?table=tokens&actor=" + r.users["manager"].ID.String()}).want(http.StatusOK)
	require.Equal(t, "session", signed.text("items.0.after.kind"))
	require.Equal(t, "192.0.2.1", signed.text("items.0.address"))
	r.do(request{as: "manager", method: get, path: "/clients/export"}).want(http.StatusOK)
	exported := r.do(request{as: "auditor", method: get, path: "/audit?table=exports"}).want(http.StatusOK)
	require.Equal(t, "export-clients", exported.text("items.0.action"))
	require.Equal(t, r.users["manager"].ID.String(), exported.text("items.0.actor_id"))
}

func TestTheStoryOfACase(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id, task := r.appeal()
	r.do(request{as: "dispatcher", method: post, path: "/tasks/" + task + "/complete", body: map[string]any{
		"outcome": "hand-over", "fields": map[string]any{"purpose": "complaint", "performer": r.users["manager"].ID},
	}}).want(http.StatusOK)
	r.do(request{as: "manager", method: get, path: "/cases/" + id + "/story"}).problem(http.StatusForbidden, "not_allowed")
	story := r.do(request{as: "director", method: get, path: "/cases/" + id + "/story"}).want(http.StatusOK)
	require.Equal(t, id, story.text("case.id"))
	require.Len(t, story.at("records.tasks"), 2)
	require.NotEmpty(t, story.at("records.transitions"))
	require.Equal(t, "insert", story.text("audit.0.action"))
	require.Equal(t, "Вопрос", story.text("audit.0.after.topic"))
	text := r.do(request{as: "auditor", method: get, path: "/cases/" + id + "/story.txt"}).want(http.StatusOK)
	require.Equal(t, "text/plain; charset=utf-8", text.header.Get("Content-Type"))
	for _, line := range []string{"Case A-000001", "Имя dispatcher, from 192.0.2.1", "status: open → completed", "topic: nothing → Вопрос"} {
		require.Contains(t, string(text.body), line)
	}
	r.do(request{as: "auditor", method: get, path: "/cases/A-999999/story"}).problem(http.StatusNotFound, "case_not_found")
	taken := r.do(request{as: "auditor", method: get, path: "/audit?action=story_exported"}).want(http.StatusOK)
	require.Len(t, taken.at("items"), 2)
}
