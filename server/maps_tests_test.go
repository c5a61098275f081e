package server

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"marshrut/routemaps"
)

const hookTests = `map: hook
calendar: ru
tests:
  - name: a case begins
    start: {at: 2026-03-02T10:00:00+03:00, expect: {status: open}}
`

// testsOf are the tests of a map: they are read without a match, written with one, and deleted where the text is empty.
func (r *rig) testsOf(as, id, match, source string) *answer {
	r.t.Helper()
	asked := request{as: as, method: get, path: "/route-maps/" + id + "/tests"}
	switch {
	case source != "":
		asked.method, asked.body = put, map[string]any{"source": source}
	case match != "":
		asked.method = remove
	}
	if match != "" {
		asked.headers = map[string]string{"If-Match": match}
	}
	return r.do(asked)
}

// hooks publishes a map that comes with no tests.
func (r *rig) hooks() string {
	r.t.Helper()
	return r.do(request{as: "designer", method: post, path: "/route-maps", body: map[string]any{"source": hookMap}}).want(http.StatusCreated).text("map")
}

// TestR53_TheTestsOfAMapBelongToTheMap: what one designer keeps another one reads and changes, and whoever may read the map reads them.
func TestR53_TheTestsOfAMapBelongToTheMap(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.hooks()
	tests := strings.Replace(hookTests, "hook", id, 1)
	none := r.testsOf("manager", id, "", "").want(http.StatusOK)
	if none.text("origin") != "none" || none.text("source") != "" || none.header.Get("ETag") != `"0"` || none.says("updated") {
		t.Errorf("none yet: %s", none.body)
	}
	r.testsOf("manager", id, `"0"`, tests).problem(http.StatusForbidden, "not_allowed")
	r.testsOf("designer", id, "", tests).problem(http.StatusPreconditionRequired, "if_match_required")
	kept := r.testsOf("designer", id, `"0"`, tests).want(http.StatusOK)
	if kept.header.Get("ETag") != `"1"` || kept.text("updated_by") != r.users["designer"].ID.String() || !kept.says(`"errors":[]`) {
		t.Errorf("%s", kept.body)
	}
	more := tests + "    steps: []\n"
	r.testsOf("director", id, `"1"`, more).want(http.StatusOK)
	read := r.testsOf("manager", id, "", "").want(http.StatusOK)
	if read.text("source") != more || read.text("origin") != "own" || read.text("updated_by") != r.users["director"].ID.String() || read.header.Get("ETag") != `"2"` {
		t.Errorf("%s", read.body)
	}
	// The same once more is no change of his.
	if same := r.testsOf("designer", id, `"2"`, more).want(http.StatusOK); same.header.Get("ETag") != `"2"` || same.text("updated_by") != r.users["director"].ID.String() {
		t.Errorf("%s", same.body)
	}
	r.testsOf("designer", "nowhere", "", "").problem(http.StatusNotFound, "route_map_not_found")
	r.testsOf("designer", "nowhere", `"0"`, tests).problem(http.StatusNotFound, "route_map_not_found")
}

// TestR53_TestsAreWrittenOverNoColleagues: of several who have read the same text one changes it, the others are told, and a number is never given twice.
func TestR53_TestsAreWrittenOverNoColleagues(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.hooks()
	tests := strings.Replace(hookTests, "hook", id, 1)
	statuses := make([]int, 4)
	var all sync.WaitGroup
	for k := range statuses {
		all.Go(func() { statuses[k] = r.testsOf("designer", id, `"0"`, fmt.Sprintf("%s# %d\n", tests, k)).status })
	}
	all.Wait()
	slices.Sort(statuses)
	if want := []int{http.StatusOK, http.StatusPreconditionFailed, http.StatusPreconditionFailed, http.StatusPreconditionFailed}; !slices.Equal(statuses, want) {
		t.Errorf("%d", statuses)
	}
	r.testsOf("designer", id, `"7"`, tests).problem(http.StatusPreconditionFailed, "stale")
	r.testsOf("designer", id, `"0"`, "").problem(http.StatusPreconditionFailed, "stale")
	r.testsOf("designer", id, `"1"`, "").want(http.StatusNoContent)
	r.testsOf("designer", id, `"1"`, tests).problem(http.StatusPreconditionFailed, "stale")
	if again := r.testsOf("designer", id, `"0"`, tests).want(http.StatusOK); again.header.Get("ETag") != `"3"` {
		t.Errorf("a number is given twice: %s", again.header.Get("ETag"))
	}
	r.testsOf("director", id, "*", tests+"# insisted\n").want(http.StatusOK)
}

// TestR37_R53_AShippedMapShowsItsShippedTests until the company has its own, and again when those are deleted; they can be run as they are.
func TestR37_R53_AShippedMapShowsItsShippedTests(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, id := range []string{"appeal", "claim", "free-sale", "new-clients", "typical-sale"} {
		source, ok := routemaps.ShippedTests(id)
		shown := r.testsOf("manager", id, "", "").want(http.StatusOK)
		if !ok || shown.text("source") != source || shown.text("origin") != "shipped" || shown.header.Get("ETag") != `"0"` {
			t.Errorf("%s: %s", id, shown.body)
		}
		m := r.do(request{as: "designer", method: get, path: "/route-maps/" + id + "/versions/1"}).want(http.StatusOK)
		run := r.do(request{as: "designer", method: post, path: "/route-maps/test", body: map[string]any{"source": m.text("source"), "tests": source}}).want(http.StatusOK)
		if !run.says(`"failed":0`) || run.says(`"passed":0`) {
			t.Errorf("%s: %s", id, run.body)
		}
	}
	r.testsOf("designer", "appeal", `"0"`, "").problem(http.StatusNotFound, "no_own_tests")
	own := strings.Replace(hookTests, "hook", "appeal", 1)
	if kept := r.testsOf("designer", "appeal", `"0"`, own).want(http.StatusOK); kept.text("origin") != "changed" {
		t.Errorf("%s", kept.body)
	}
	r.testsOf("manager", "appeal", `"1"`, "").problem(http.StatusForbidden, "not_allowed")
	r.testsOf("designer", "appeal", `"1"`, "").want(http.StatusNoContent)
	if back := r.testsOf("manager", "appeal", "", "").want(http.StatusOK); back.text("origin") != "shipped" || back.says("updated") {
		t.Errorf("%s", back.body)
	}
	r.testsOf("designer", "appeal", `"1"`, "").problem(http.StatusNotFound, "no_own_tests")
}

// TestR53_TestsThatAreNotFinishedAreKept, and what is wrong is told with its line; those of another map are refused.
func TestR53_TestsThatAreNotFinishedAreKept(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.speaksRussian("director")
	id := r.hooks()
	tests := strings.Replace(hookTests, "hook", id, 1)
	unfinished := r.testsOf("designer", id, `"0"`, tests+"    steps:\n      - {complete: {}}\n").want(http.StatusOK)
	if unfinished.at("errors.0.line") != 7.0 || unfinished.text("errors.0.pointer") != "/source" {
		t.Errorf("%s", unfinished.body)
	}
	if read := r.testsOf("manager", id, "", "").want(http.StatusOK); read.at("errors.0.line") != 7.0 {
		t.Errorf("%s", read.body)
	}
	r.testsOf("designer", id, `"1"`, "map: "+id+"\ntests: [\n").want(http.StatusOK)
	// Whatever else is wrong with it, a text says whose tests it has.
	for i, source := range []string{"# mine\nmap: claim # not hook\n", "# mine\nmap: 'claim'\ntests: [", "\n{map: claim, tests: [{name: a, start: {at: 2026-03-02T10:00:00+03:00}}]}"} {
		p := r.testsOf("designer", id, `"2"`, source).problem(http.StatusUnprocessableEntity, "tests_of_another_map")
		if len(p.Errors) != 1 || p.Errors[0].Pointer != "/source" || i < 2 && p.Errors[0].Line != 2 || !strings.Contains(p.Detail, "claim") {
			t.Errorf("%q: %+v", source, p)
		}
	}
	if p := r.testsOf("director", id, `"2"`, "map: claim\n").problem(http.StatusUnprocessableEntity, "tests_of_another_map"); p.Title != "Это тесты другой карты" {
		t.Errorf("%+v", p)
	}
	write := func(body string) *answer {
		return r.do(request{as: "designer", method: put, path: "/route-maps/" + id + "/tests", body: body, headers: map[string]string{"If-Match": `"2"`}})
	}
	write(`{"source":""}`).problem(http.StatusUnprocessableEntity, "validation_failed")
	write(`{"source":"map: a\u0000"}`).problem(http.StatusBadRequest, "invalid_text")
	write(`{"source":"`+strings.Repeat("#", 500_001)+`"}`).problem(http.StatusUnprocessableEntity, "validation_failed")
	if after := r.testsOf("designer", id, "", "").want(http.StatusOK); after.header.Get("ETag") != `"2"` {
		t.Errorf("%s", after.body)
	}
}

// TestR53_WhoChangedTheTestsIsInTheAudit with what they said before.
func TestR53_WhoChangedTheTestsIsInTheAudit(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	own := strings.Replace(hookTests, "hook", "appeal", 1)
	r.testsOf("designer", "appeal", `"0"`, own).want(http.StatusOK)
	r.testsOf("director", "appeal", `"1"`, own+"# more\n").want(http.StatusOK)
	r.testsOf("designer", "appeal", `"2"`, "").want(http.StatusNoContent)
	told := r.do(request{as: "admin", path: "/audit?table=route_map_tests"}).want(http.StatusOK)
	for i, want := range []struct{ action, by, part string }{
		{"update", "designer", `"deleted":true`}, {"update", "director", `# more`}, {"insert", "designer", `a case begins`},
	} {
		at := fmt.Sprintf("items.%d.", i)
		if told.text(at+"action") != want.action || told.text(at+"actor_id") != r.users[want.by].ID.String() || !told.says(want.part) || !strings.HasPrefix(told.text(at+"record_id"), "appeal/") {
			t.Errorf("%d: %s", i, told.body)
		}
	}
}
