package server

import (
	"bytes"
	"context"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/xuri/excelize/v2"

	"marshrut/crm"
)

// report asks for a report as JSON, and for the same as a spreadsheet, which has a row for each of its items.
func (r *rig) report(as, path, items string) *answer {
	r.t.Helper()
	a := r.do(request{as: as, method: get, path: "/reports/" + path}).want(http.StatusOK)
	name, query, _ := bytes.Cut([]byte(path), []byte("?"))
	file := r.do(request{as: as, method: get, path: "/reports/" + string(name) + ".xlsx?" + string(query)}).want(http.StatusOK)
	if kind := file.header.Get("Content-Disposition"); kind != `attachment; filename="`+string(name)+`.xlsx"` {
		r.t.Errorf("Content-Disposition %q", kind)
	}
	book, err := excelize.OpenReader(bytes.NewReader(file.body))
	if err != nil {
		r.t.Fatal(err)
	}
	rows, err := book.GetRows(book.GetSheetName(0))
	if want := 1 + len(a.at(items).([]any)); err != nil || len(rows) != want {
		r.t.Errorf("%s: %d rows, %v, want %d", path, len(rows), err, want)
	}
	return a
}

func TestR14_R30_R36_R43_ReportsByAPI(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.do(request{as: "manager", method: post, path: "/deals", body: `{"client":{"name":"Ромашка"},"topic":"Станок","source":"site","kind":"process"}`}).want(http.StatusCreated)
	r.appeal()

	funnel := r.report("director", "funnel?map=typical-sale", "stages")
	if funnel.text("stages.0.id") != "primary-contact" || funnel.at("stages.0.entered").(float64) != 1 || funnel.at("stages.0.here").(float64) != 1 || funnel.at("stages.1.entered").(float64) != 0 {
		t.Errorf("funnel %s", funnel.body)
	}
	control := r.report("director", "control", "items")
	if control.text("items.0.responsible") != r.users["manager"].Name || control.at("items.0.unplanned").(float64) != 1 {
		t.Errorf("control %s", control.body)
	}
	for _, path := range []string{"losses", "claims", "demand"} {
		if a := r.report("director", path, "items"); len(a.at("items").([]any)) != 0 {
			t.Errorf("%s: %s", path, a.body)
		}
	}
	if channels := r.report("director", "channels", "items"); channels.at("items.0.cases").(float64) == 0 {
		t.Errorf("channels %s", channels.body)
	}
	if standards := r.report("director", "standards", "items"); standards.at("items.0.tasks").(float64) != 1 || standards.text("items.0.name") == "classification" {
		t.Errorf("standards %s", standards.body)
	}
}

func TestR14_AManagerSeesHisOwnFiguresOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.do(request{as: "manager", method: post, path: "/deals", body: `{"client":{"name":"Ромашка"},"topic":"Станок","source":"site","kind":"process"}`}).want(http.StatusCreated)
	stranger := r.hire("stranger", "manager")
	if own := r.report("stranger", "funnel?map=typical-sale", "stages"); own.at("stages.0.entered").(float64) != 0 {
		t.Errorf("another's deal is counted: %s", own.body)
	}
	if own := r.report("manager", "funnel?map=typical-sale&responsible=me", "stages"); own.at("stages.0.entered").(float64) != 1 {
		t.Errorf("his own deal is not counted: %s", own.body)
	}
	r.do(request{as: "manager", method: get, path: "/reports/control?responsible=" + stranger.ID.String()}).problem(http.StatusForbidden, "not_allowed")
}

func TestR14_AHeadSeesTheFiguresOfHisDepartments(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	department := func(key, head string) string {
		body := map[string]any{"key": key, "name": map[string]any{"en": key}, "head_id": r.users[head].ID}
		return r.do(request{as: "admin", method: post, path: "/departments", body: body}).want(http.StatusCreated).text("id")
	}
	sales, support := department("sales", "head"), department("support", "director")
	for login, id := range map[string]string{"manager": sales, "manager2": support} {
		q := request{as: "admin", method: patch, path: "/users/" + r.users[login].ID.String(), body: map[string]any{"department_id": id}, headers: map[string]string{"If-Match": "*"}}
		r.do(q).want(http.StatusOK)
		body := `{"client":{"name":"` + login + `","create_anyway":true},"topic":"Станок","source":"site","kind":"process"}`
		r.do(request{as: login, method: post, path: "/deals", body: body}).want(http.StatusCreated)
	}
	for query, want := range map[string]float64{
		"": 1, "&department=" + sales: 1, "&responsible=" + r.users["manager"].ID.String(): 1, "&responsible=me": 0,
	} {
		if got := r.report("head", "funnel?map=typical-sale"+query, "stages").at("stages.0.entered"); got != want {
			t.Errorf("%q: %v deals, want %v", query, got, want)
		}
	}
	// What is below his department is his too (R38).
	retail := r.add("/departments", map[string]any{"key": "retail", "name": map[string]any{"en": "Retail"}, "parent_id": sales})
	r.exec("update users set department_id = $1 where login = 'manager'", retail)
	for _, query := range []string{"", "&department=" + sales, "&department=" + retail, "&responsible=" + r.users["manager"].ID.String()} {
		if got := r.report("head", "funnel?map=typical-sale"+query, "stages").at("stages.0.entered"); got != 1.0 {
			t.Errorf("%q: %v deals of the department below, want 1", query, got)
		}
	}
	if got := r.do(request{as: "head", method: get, path: "/deals?department=" + sales}).want(http.StatusOK).at("items").([]any); len(got) != 1 {
		t.Errorf("%d deals in the list of the department and those below it, want 1", len(got))
	}
	for _, query := range []string{"department=" + support, "responsible=" + r.users["manager2"].ID.String(), "responsible=" + support} {
		r.do(request{as: "head", method: get, path: "/reports/control?" + query}).problem(http.StatusForbidden, "not_allowed")
	}
}

// countedMaps counts how often a map is asked for.
type countedMaps struct {
	Maps
	asked atomic.Int64
}

// RouteMap counts.
func (m *countedMaps) RouteMap(ctx context.Context, id string) (*crm.RouteMap, error) {
	m.asked.Add(1)
	return m.Maps.RouteMap(ctx, id)
}

func TestR43_AMapIsReadOnceForItsRows(t *testing.T) {
	t.Parallel()
	maps := &countedMaps{}
	r := newRig(t, func(s *Services) { maps.Maps, s.Maps = s.Maps, maps })
	names := map[any]string{"question": "Question", "consultation": "consultation"} // the map has one of these purposes
	for purpose := range names {
		id, _ := r.appeal()
		_, err := r.db.Pool().Exec(t.Context(), "update cases set fields = fields || jsonb_build_object('purpose', $2::text) where id = $1", id, purpose)
		if err != nil {
			t.Fatal(err)
		}
	}
	maps.asked.Store(0)
	items := r.do(request{as: "director", method: get, path: "/reports/standards"}).want(http.StatusOK).at("items").([]any)
	if asked := maps.asked.Load(); len(items) != 2 || asked != 1 {
		t.Errorf("%d rows of one map, which was asked for %d times", len(items), asked)
	}
	for _, item := range items {
		if row := item.(map[string]any); row["purpose_name"] != names[row["purpose"]] {
			t.Errorf("the purpose %v is named %v", row["purpose"], row["purpose_name"])
		}
	}
}

func TestReportsRefuseWhatMakesNoSense(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for path, parameter := range map[string]string{
		"funnel?map=typical-sale&from=2026-03-02&to=2026-03-01": "to", "losses?from=yesterday": "from", "losses?to=2026-02-30": "to",
		"losses?from=0001-01-01": "from", "claims?responsible=x": "responsible", "claims?department=x": "department", "channels?kind=x": "kind", "funnel": "map",
	} {
		for _, form := range []string{path, withSheet(path)} {
			p := r.do(request{as: "director", method: get, path: "/reports/" + form}).problem(http.StatusUnprocessableEntity, "validation_failed")
			if len(p.Errors) != 1 || p.Errors[0].Parameter != parameter {
				t.Errorf("%s: %+v", form, p.Errors)
			}
		}
	}
	r.do(request{as: "director", method: get, path: "/reports/funnel?map=nothing"}).problem(http.StatusNotFound, "route_map_not_found")
	r.do(request{as: "director", method: get, path: "/reports/funnel?map=typical-sale&version=99"}).problem(http.StatusNotFound, "route_map_not_found")
}

func withSheet(path string) string {
	name, query, found := bytes.Cut([]byte(path), []byte("?"))
	if !found {
		return string(name) + ".xlsx"
	}
	return string(name) + ".xlsx?" + string(query)
}
