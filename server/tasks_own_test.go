package server

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestR10_R12_AssignmentsOverTheAPI(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	caseID, _ := r.deal()
	made := r.do(request{as: "manager", method: post, path: "/tasks", body: map[string]any{
		"kind": "assignment", "title": "Проверить договор", "case_id": caseID, "assignee_id": r.users["manager2"].ID, "due_at": "2026-03-05T12:00:00Z",
	}}).want(http.StatusCreated)
	path := "/tasks/" + made.text("id")
	require.Equal(t, "Проверить договор", made.text("name"))
	require.Equal(t, []any{"cancel"}, made.at("actions"), "what its author can do with it")
	require.Equal(t, true, made.at("controlled"))

	inbox := r.do(request{as: "manager2", method: get, path: "/tasks?kind=assignment"}).want(http.StatusOK)
	require.Equal(t, []any{"accept", "complete"}, inbox.at("items.0.actions"))
	r.do(request{as: "manager2", method: post, path: path + "/accept", body: map[string]any{}}).want(http.StatusOK)
	done := r.do(request{as: "manager2", method: post, path: path + "/complete", body: map[string]any{"report": "Проверен"}}).want(http.StatusOK)
	require.Equal(t, "review", done.text("task.phase"))
	r.do(request{as: "manager", method: post, path: path + "/return", body: map[string]any{}}).problem(http.StatusUnprocessableEntity, "validation_failed")
	r.do(request{as: "manager", method: post, path: path + "/return", body: map[string]any{"text": "Нет приложения"}}).want(http.StatusOK)
	r.do(request{as: "manager2", method: post, path: path + "/complete", body: map[string]any{"outcome": "made"}}).problem(http.StatusUnprocessableEntity, "unknown_outcome")
	r.do(request{as: "manager2", method: post, path: path + "/complete", body: map[string]any{}}).want(http.StatusOK)
	r.do(request{as: "dispatcher", method: post, path: path + "/approve", body: map[string]any{}}).problem(http.StatusForbidden, "not_your_task")
	approved := r.do(request{as: "manager", method: post, path: path + "/approve", body: map[string]any{}}).want(http.StatusOK)
	require.Equal(t, "completed", approved.text("status"))

	card := r.do(request{as: "auditor", method: get, path: "/cases/" + caseID + "/tasks"}).want(http.StatusOK)
	require.Len(t, card.at("items"), 2, "what is done too")
	history := r.do(request{as: "manager", method: get, path: path + "/history"}).want(http.StatusOK)
	require.Len(t, history.at("items"), 6)
	feed := string(r.do(request{as: "manager", method: get, path: "/cases/" + caseID + "/feed"}).want(http.StatusOK).body)
	require.Contains(t, feed, "gave Имя manager2 an assignment: Проверить договор")
	require.Contains(t, feed, "gave “Проверить договор” back for rework")
}

func TestR10_APersonalTaskIsItsAuthors(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	create := func(body map[string]any) *answer {
		return r.do(request{as: "manager", method: post, path: "/tasks", body: body, headers: map[string]string{"Idempotency-Key": "one"}})
	}
	made := create(map[string]any{"kind": "personal", "title": "Купить скрепки"}).want(http.StatusCreated)
	again := create(map[string]any{"kind": "personal", "title": "Купить скрепки"}).want(http.StatusCreated)
	require.Equal(t, made.text("id"), again.text("id"))
	path := "/tasks/" + made.text("id")
	r.do(request{as: "manager2", method: get, path: path}).problem(http.StatusNotFound, "task_not_found")
	r.do(request{as: "director", method: get, path: path}).want(http.StatusOK)
	r.do(request{as: "manager", method: patch, path: path, body: map[string]any{"title": "Купить степлер"}}).problem(http.StatusPreconditionRequired, "if_match_required")
	changed := r.do(request{as: "manager", method: patch, path: path, body: map[string]any{"title": "Купить степлер", "remind_at": "2026-03-03T09:00:00Z"}, headers: map[string]string{"If-Match": made.header.Get("ETag")}}).want(http.StatusOK)
	require.Equal(t, "2026-03-03T09:00:00Z", changed.text("remind_at"))
	r.do(request{as: "manager", method: patch, path: path, body: map[string]any{"title": "Ещё"}, headers: map[string]string{"If-Match": made.header.Get("ETag")}}).problem(http.StatusPreconditionFailed, "stale")
	given := r.do(request{as: "manager", method: patch, path: path, body: map[string]any{"assignee_id": r.users["manager2"].ID}, headers: map[string]string{"If-Match": "*"}}).
		problem(http.StatusUnprocessableEntity, "validation_failed")
	require.Equal(t, ProblemField{Pointer: "/assignee_id", Code: "not_asked", Detail: given.Errors[0].Detail}, given.Errors[0])

	for _, wrong := range []struct {
		body    map[string]any
		pointer string
	}{
		{map[string]any{"kind": "assignment", "title": "Х"}, "/assignee_id"},
		{map[string]any{"kind": "assignment", "title": "Х", "assignee_id": r.users["auditor"].ID}, "/assignee_id"},
		{map[string]any{"kind": "personal", "title": "Х", "assignee_id": r.users["manager2"].ID}, "/assignee_id"},
		{map[string]any{"kind": "personal", "title": " "}, "/title"},
		{map[string]any{"kind": "personal", "title": "Х", "remind_at": "2020-01-01T00:00:00Z"}, "/remind_at"},
		{map[string]any{"kind": "personal", "title": "Х", "case_id": made.text("id")}, "/case_id"},
	} {
		p := r.do(request{as: "manager", method: post, path: "/tasks", body: wrong.body}).problem(http.StatusUnprocessableEntity, "validation_failed")
		require.Equal(t, wrong.pointer, p.Errors[0].Pointer)
	}
	r.do(request{as: "auditor", method: post, path: "/tasks", body: map[string]any{"kind": "personal", "title": "Х"}}).problem(http.StatusForbidden, "not_allowed")
}

func TestR10_NotesAndCommentsOverTheAPI(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	caseID, _ := r.appeal()
	made := r.do(request{as: "manager", method: post, path: "/cases/" + caseID + "/comments", body: map[string]any{"text": "@manager2, посмотри"}}).want(http.StatusCreated)
	require.Equal(t, "comment", made.text("kind"))
	require.Equal(t, []any{r.users["manager2"].ID.String()}, made.at("mentions"))
	edit := request{as: "manager", method: patch, path: "/comments/" + made.text("id"), body: map[string]any{"text": "Уже не надо"}, headers: map[string]string{"If-Match": made.header.Get("ETag")}}
	others := edit
	others.as = "director"
	r.do(others).problem(http.StatusForbidden, "not_your_comment")
	r.do(edit).want(http.StatusOK)
	edit.body = map[string]any{"text": "И ещё"}
	r.do(edit).problem(http.StatusPreconditionFailed, "stale")
	said := r.do(request{as: "auditor", method: get, path: "/comments/" + made.text("id") + "/versions"}).want(http.StatusOK)
	require.Equal(t, "@manager2, посмотри", said.text("items.0.text"))
	mine := r.do(request{as: "manager2", method: get, path: "/me/mentions"}).want(http.StatusOK)
	require.Empty(t, mine.at("items"), "what names him no longer")
	r.do(request{as: "manager", method: post, path: "/cases/" + caseID + "/comments", body: map[string]any{"kind": "note", "text": "  "}}).problem(http.StatusUnprocessableEntity, "validation_failed")
	listed := r.do(request{as: "manager", method: get, path: "/cases/" + caseID + "/comments"}).want(http.StatusOK)
	require.Equal(t, "Уже не надо", listed.text("items.0.text"))
}

// TestR10_ACommentIsTakenAwayAndPutBack: by its author, and by who leads. While it is away nobody reads it, what it said before neither, and
// whom it named is not named any more; the feed and the audit tell of both.
func TestR10_ACommentIsTakenAwayAndPutBack(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	caseID, _ := r.appeal()
	comments := request{as: "auditor", method: get, path: "/cases/" + caseID + "/comments"}
	id := r.do(request{as: "manager", method: post, path: comments.path, body: map[string]any{"text": "Пароль 12345"}}).want(http.StatusCreated).text("id")
	path := "/comments/" + id
	edit := request{as: "manager", method: patch, path: path, body: map[string]any{"text": "@manager2, пароль 12345"}, headers: map[string]string{"If-Match": "*"}}
	r.do(edit).want(http.StatusOK)
	mentions := func() []any {
		return r.do(request{as: "manager2", method: get, path: "/me/mentions"}).want(http.StatusOK).at("items").([]any)
	}
	require.Len(t, mentions(), 1)

	r.do(request{as: "dispatcher", method: remove, path: path}).problem(http.StatusForbidden, "not_your_comment_to_remove")
	gone := r.do(request{as: "manager", method: remove, path: path}).want(http.StatusOK)
	require.Equal(t, r.users["manager"].ID.String(), gone.text("removed_by"))
	require.NotContains(t, string(gone.body), "12345")
	require.Empty(t, r.do(comments).want(http.StatusOK).at("items"))
	r.do(request{as: "manager", method: get, path: path + "/versions"}).problem(http.StatusNotFound, "comment_not_found")
	r.do(edit).problem(http.StatusNotFound, "comment_not_found")
	require.Empty(t, mentions())

	r.do(request{as: "director", method: post, path: path + "/restore"}).want(http.StatusOK)
	require.Equal(t, "@manager2, пароль 12345", r.do(comments).want(http.StatusOK).text("items.0.text"))
	require.Equal(t, "Пароль 12345", r.do(request{as: "auditor", method: get, path: path + "/versions"}).want(http.StatusOK).text("items.0.text"))
	require.Len(t, mentions(), 1)
	told := strings.Join(r.feedTexts("manager", caseID), "\n")
	require.Contains(t, told, "removed a note or a comment")
	require.Contains(t, told, "put a note or a comment back")
	kept := string(r.do(request{as: "auditor", method: get, path: "/audit?table=comments"}).want(http.StatusOK).body)
	require.Contains(t, kept, `"removed_by"`)
}

// TestATaskIsReadWithTheVersionThatItsChangesWant: its ETag goes back as it came.
func TestATaskIsReadWithTheVersionThatItsChangesWant(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	_, task := r.appeal()
	read := r.do(request{as: "director", method: get, path: "/tasks/" + task}).want(http.StatusOK)
	require.Equal(t, fmt.Sprintf(`"%v"`, read.at("version")), read.header.Get("ETag"))
	moved := map[string]any{"due_at": r.now.now().Add(72 * time.Hour), "reason": "Ждём ответа"}
	r.do(request{as: "director", method: post, path: "/tasks/" + task + "/deadline", body: moved, headers: map[string]string{"If-Match": read.header.Get("ETag")}}).
		want(http.StatusOK)
}
