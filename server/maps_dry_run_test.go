package server

import (
	"bytes"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"marshrut/routemaps"
)

// TestR53_ADryRunShowsWhereACaseWouldStand on a published map and on a text, in the caller's language, and keeps nothing.
func TestR53_ADryRunShowsWhereACaseWouldStand(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	run := func(body map[string]any) *answer {
		return r.do(request{as: "designer", method: post, path: "/route-maps/dry-run", body: body})
	}
	begun := run(map[string]any{"map": "appeal"}).want(http.StatusOK)
	if begun.text("stage") != "classification" || begun.text("tasks.0.name") != "Classification" || begun.text("tasks.0.outcomes.0.id") == "" || begun.text("next_at") == "" {
		t.Fatalf("at the start: %s", begun.body)
	}
	if got := begun.text("tasks.0.performer.name"); got != "Dispatcher" {
		t.Errorf("performed by %q", got)
	}
	if !begun.says(`"kind":"notify"`) || !begun.says(`"template":"appeal-accepted"`) {
		t.Errorf("no letter to the client: %s", begun.body)
	}
	source, err := fs.ReadFile(routemaps.Shipped(), "appeal.yaml")
	if err != nil {
		t.Fatal(err)
	}
	again := run(map[string]any{"source": string(source), "at": begun.text("started_at")}).want(http.StatusOK)
	if !bytes.Equal(again.body, begun.body) {
		t.Errorf("the same text goes otherwise:\n%s\n%s", again.body, begun.body)
	}
	choices := []map[string]any{{"complete": map[string]any{
		"path": "classification", "outcome": "hand-over", "fields": map[string]any{"performer": r.users["manager"].ID},
	}}}
	on := run(map[string]any{"map": "appeal", "version": 1, "at": begun.text("started_at"), "choices": choices}).want(http.StatusOK)
	if on.text("stage") == "classification" || on.text("tasks.0.performer.name") != r.users["manager"].Name {
		t.Errorf("handed over: %s", on.body)
	}
	late := run(map[string]any{"map": "appeal", "at": begun.text("started_at"), "choices": []map[string]any{{"pass": true}}}).want(http.StatusOK)
	if !late.says(`"kind":"overdue"`) || late.text("at") == late.text("started_at") {
		t.Errorf("time passed: %s", late.body)
	}
	if cases := r.do(request{as: "admin", method: get, path: "/cases"}).want(http.StatusOK); cases.says(`"number"`) {
		t.Errorf("a dry run made a case: %s", cases.body)
	}
}

// TestR53_ADryRunSaysWhatCannotBe with its place in the request.
func TestR53_ADryRunSaysWhatCannotBe(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	run := func(login string, body map[string]any) *answer {
		return r.do(request{as: login, method: post, path: "/route-maps/dry-run", body: body})
	}
	done := func(outcome string, fields map[string]any) []map[string]any {
		return []map[string]any{{"complete": map[string]any{"path": "classification", "outcome": outcome, "fields": fields}}}
	}
	run("manager", map[string]any{"map": "appeal"}).problem(http.StatusForbidden, "not_allowed")
	run("designer", map[string]any{}).problem(http.StatusUnprocessableEntity, "validation_failed")
	run("designer", map[string]any{"map": "nowhere"}).problem(http.StatusNotFound, "route_map_not_found")
	run("designer", map[string]any{"source": "id: m"}).problem(http.StatusUnprocessableEntity, "route_map_invalid")
	run("designer", map[string]any{"map": "appeal", "choices": done("fly", map[string]any{})}).problem(http.StatusConflict, "unknown_outcome")
	run("designer", map[string]any{"map": "appeal", "choices": []map[string]any{{"move": "processing"}}}).problem(http.StatusConflict, "not_manual")
	run("designer", map[string]any{"map": "appeal", "choices": slices.Repeat([]map[string]any{{"pass": true}}, 201)}).problem(http.StatusUnprocessableEntity, "validation_failed")
	for _, one := range []struct {
		body          map[string]any
		pointer, code string
	}{
		{map[string]any{"choices": []map[string]any{{"wait": "a while"}}}, "/choices/0/wait", "not_a_duration"},
		{map[string]any{"fields": map[string]any{"colour": "red"}}, "/fields/colour", "unknown_field"},
		{map[string]any{"choices": done("hand-over", map[string]any{"colour": "red"})}, "/choices/0/complete/fields/colour", "unknown_field"},
		{map[string]any{"choices": []map[string]any{{"set": map[string]any{"colour": "red"}}}}, "/choices/0/set/colour", "unknown_field"},
	} {
		one.body["map"] = "appeal"
		p := run("designer", one.body).problem(http.StatusUnprocessableEntity, "validation_failed")
		if len(p.Errors) != 1 || p.Errors[0].Pointer != one.pointer || p.Errors[0].Code != one.code {
			t.Errorf("%v: %+v", one.body, p.Errors)
		}
	}
}

// TestR53_TheTestsOfAMapAreRun: which pass, which fail and where, what no test chooses.
func TestR53_TheTestsOfAMapAreRun(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	source, err := fs.ReadFile(routemaps.Shipped(), "appeal.yaml")
	if err != nil {
		t.Fatal(err)
	}
	tests, err := os.ReadFile("../routemaps/appeal_test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	run := func(tests string) *answer {
		return r.do(request{as: "designer", method: post, path: "/route-maps/test", body: map[string]any{"source": string(source), "tests": tests}})
	}
	all := run(string(tests)).want(http.StatusOK)
	if !all.says(`"failed":0`) || all.says(`"passed":0`) || !all.says(`"untried":[]`) {
		t.Errorf("the shipped tests: %s", all.body)
	}
	const wrong = `
map: appeal
calendar: ru
tests:
  - name: wrong
    start: {at: 2026-03-02T10:00:00+03:00, expect: {stage: processing}}
`
	failing := run(wrong).want(http.StatusOK)
	if !failing.says(`"failed":1`) || !failing.says(`"failures":[{"line":6,`) || failing.text("untried.0") == "" {
		t.Errorf("a failing test: %s", failing.body)
	}
	p := run(strings.Replace(wrong, "start:", "begin:", 1)).problem(http.StatusUnprocessableEntity, "route_map_tests_invalid")
	if len(p.Errors) != 1 || p.Errors[0].Line != 6 || p.Errors[0].Pointer != "/tests" {
		t.Errorf("tests that cannot be read: %+v", p.Errors)
	}
	run(strings.Replace(wrong, "map: appeal", "map: claim", 1)).problem(http.StatusUnprocessableEntity, "route_map_tests_invalid")
}

// TestR53_WhoPublishesOverAColleaguesVersionIsTold, and nothing of his is lost.
func TestR53_WhoPublishesOverAColleaguesVersionIsTold(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	publish := func(source string, after int) *answer {
		return r.do(request{as: "designer", method: post, path: "/route-maps", body: map[string]any{"source": source, "after": after}})
	}
	publish(hookMap, 1).problem(http.StatusPreconditionFailed, "stale")
	publish(hookMap, 0).want(http.StatusCreated)
	changed := strings.Replace(hookMap, "performer: responsible", "performer: head_of_department", 1)
	publish(changed, 0).problem(http.StatusPreconditionFailed, "stale")
	if got := publish(changed, 1).want(http.StatusCreated); !got.says(`"version":2`) {
		t.Errorf("published as %s", got.body)
	}
	publish(hookMap, 1).problem(http.StatusPreconditionFailed, "stale")
}

// TestR38_OpenCasesAreCountedByVersionAndStage, those that the caller may see.
func TestR38_OpenCasesAreCountedByVersionAndStage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	count := func() *answer {
		return r.do(request{as: "manager", method: get, path: "/route-maps/free-sale/cases"}).want(http.StatusOK)
	}
	if got := count(); !got.says(`{"items":[],"more":false}`) {
		t.Errorf("without cases: %s", got.body)
	}
	for range 2 {
		r.do(request{as: "manager", method: post, path: "/deals", body: map[string]any{"map": "free-sale", "topic": "Lamps", "source": "Web", "client": map[string]any{"name": "Beacon", "create_anyway": true}}}).
			want(http.StatusCreated)
	}
	if got := count(); !got.says(`{"items":[{"version":1,"stage":"new","cases":2}],"more":false}`) {
		t.Errorf("with two: %s", got.body)
	}
	r.do(request{as: "manager", method: get, path: "/route-maps/nowhere/cases"}).problem(http.StatusNotFound, "route_map_not_found")
}

// TestR53_AVersionAndACheckedTextComeWithTheirDiagram, a text as soon as it can be read as a map.
func TestR53_AVersionAndACheckedTextComeWithTheirDiagram(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	version := r.do(request{as: "manager", method: get, path: "/route-maps/appeal/versions/1"}).want(http.StatusOK)
	if version.text("diagram.stages.0.path") != "classification" || version.text("diagram.ways.0.name") == "" {
		t.Errorf("a version: %s", version.body)
	}
	lint := func(source string) *answer {
		return r.do(request{as: "designer", method: post, path: "/route-maps/lint", body: map[string]any{"source": source}}).want(http.StatusOK)
	}
	if got := lint(hookMap); got.text("diagram.stages.0.path") == "" || got.text("process") == "" {
		t.Errorf("a text: %s", got.body)
	}
	// What can be read is drawn, though it cannot be published.
	if got := lint(strings.Replace(hookMap, "performer: responsible", "performer: {role: nobody}", 1)); !got.says(`"valid":false`) || got.text("diagram.stages.0.path") == "" {
		t.Errorf("an unsound text: %s", got.body)
	}
	if got := lint("id: m"); !got.says(`"valid":false`) || got.says(`"diagram"`) {
		t.Errorf("a broken text: %s", got.body)
	}
}

// says tells whether the answer has these very words.
func (a *answer) says(words string) bool { return strings.Contains(string(a.body), words) }
