package server

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

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

// behind are the numbers of the cases that a figure opens as.
func (r *rig) behind(as, path string) []string {
	r.t.Helper()
	var numbers []string
	for _, item := range r.do(request{as: as, method: get, path: "/reports/" + path}).want(http.StatusOK).at("items").([]any) {
		number, _ := item.(map[string]any)["number"].(string) // a client has none
		numbers = append(numbers, number)
	}
	return numbers
}

// TestR14_R20_R30_FiguresOpenAsTheirCases: each report's figure as the list behind it, and the same in groups.
func TestR14_R20_R30_FiguresOpenAsTheirCases(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	made := r.do(request{as: "manager", method: post, path: "/deals", body: `{"client":{"name":"Ромашка"},"topic":"Станок","source":"site","kind":"process",
		"fields":{"potential":"100.50","probability":"50","channel":"phone","demand":[{"name":"Станок","quantity":"2"}]}}`}).want(http.StatusCreated)
	deal := made.text("case.number")
	call := map[string]any{"kind": "call", "at": r.now.now().Add(-time.Hour), "topic": "Разговор"}
	r.do(request{as: "manager", method: post, path: "/tasks/" + made.text("next_tasks.0.id") + "/complete", body: map[string]any{"outcome": "made", "fields": map[string]any{"interaction": call}}}).want(http.StatusOK)
	lost := r.do(request{as: "manager2", method: post, path: "/deals", body: `{"client":{"name":"Василёк"},"topic":"Насос","source":"call","kind":"manual"}`}).want(http.StatusCreated)
	r.do(request{as: "manager2", method: post, path: "/deals/" + lost.text("case.id") + "/close", body: `{"result":"lost","reason":"price"}`}).want(http.StatusOK)
	claim := r.do(request{as: "manager", method: post, path: "/claims", body: `{"client":{"name":"Ландыш"},"topic":"Брак","source":"site","description":"Скол"}`}).want(http.StatusCreated).text("case.number")
	r.appeal()

	outcomes := r.report("director", "outcomes?map=typical-sale", "items")
	if outcomes.text("items.0.outcome") != "made" || outcomes.text("items.0.kind") != "on" || outcomes.at("items.0.share").(float64) != 1 || outcomes.text("items.0.name") == "made" {
		t.Errorf("outcomes %s", outcomes.body)
	}
	potential := r.report("director", "potential", "items")
	if potential.text("items.0.sums.0.potential") != "100.50" || potential.text("items.0.sums.0.weighted") != "50.25" || !strings.Contains(potential.text("items.0.name"), ": ") {
		t.Errorf("potential %s", potential.body)
	}
	funnel := r.report("director", "funnel?map=typical-sale&by=responsible", "groups.0.stages")
	if funnel.text("groups.0.name") != r.users["manager"].Name || funnel.at("groups.0.stages.0.passed").(float64) != 1 || funnel.at("groups.0.stages.0.left").(float64) != 0 {
		t.Errorf("funnel %s", funnel.body)
	}
	manager := r.users["manager"].ID.String()
	for path, want := range map[string][]string{
		"funnel/cases?map=typical-sale&stage=primary-contact":                                 {deal},
		"funnel/cases?map=typical-sale&stage=primary-contact&figure=passed":                   {deal},
		"funnel/cases?map=typical-sale&stage=primary-contact&figure=lost":                     nil,
		"funnel/cases?map=typical-sale&stage=primary-contact&by=responsible&group=" + manager: {deal},
		"funnel/cases?map=typical-sale&stage=primary-contact&by=channel&group=-":              nil,
		"outcomes/cases?map=typical-sale&stage=primary-contact&outcome=made":                  {deal},
		"outcomes/cases?map=typical-sale&stage=primary-contact&leads=cyclic":                  nil,
		"control/cases?responsible=" + manager:                                                {claim, deal},
		"control/cases?figure=unplanned&kind=deal":                                            {deal},
		"losses/cases?reason=price&competitor=-":                                              {lost.text("case.number")},
		"losses/cases?reason=-":                                                               nil,
		"claims/cases?figure=under_review&reason=-&department_at_fault=-&employee_at_fault=-": {claim},
		"claims/cases?figure=satisfied":                                                       nil,
		"channels/cases?channel=phone&source=site&figure=deals":                               {deal},
		"channels/cases?figure=won":                                                           nil,
		"demand/cases?name=%D1%81%D1%82%D0%B0%D0%BD%D0%BE%D0%BA":                              {deal},
		"standards/cases?map=appeal&stage=classification&purpose=-":                           {"A-000001"},
		"potential/cases?by=source&group=site":                                                {deal},
		"potential/cases?figure=unknown":                                                      nil,
	} {
		if got := r.behind("director", path); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
	if tasks := r.do(request{as: "director", method: get, path: "/reports/control/tasks?responsible=" + manager}).want(http.StatusOK).at("items").([]any); len(tasks) == 0 {
		t.Error("no task lies on the manager's desk")
	}
	if calls := r.do(request{as: "director", method: get, path: "/reports/communication/interactions?means=call"}).want(http.StatusOK).at("items").([]any); len(calls) != 1 {
		t.Errorf("%d calls", len(calls))
	}
	for query, want := range map[string]string{"?channel=phone&source=site": "Ромашка", "?channel=-&source=call": "Василёк", "?channel=phone&source=call": ""} {
		named := ""
		for _, item := range r.do(request{as: "director", method: get, path: "/reports/channels/clients" + query}).want(http.StatusOK).at("items").([]any) {
			named += item.(map[string]any)["name"].(string)
		}
		if named != want {
			t.Errorf("channels/clients%s: %q, want %q", query, named, want)
		}
	}
	// Nobody opens more than the figure shows him.
	stranger := r.hire("stranger", "manager")
	for _, path := range []string{"funnel/cases?map=typical-sale&stage=primary-contact", "control/cases", "channels/cases", "potential/cases", "channels/clients"} {
		if got := r.behind("stranger", path); len(got) > 0 {
			t.Errorf("%s: %s sees %v", path, stranger.Login, got)
		}
	}
	for _, path := range []string{"control/cases?responsible=none", "losses/cases?responsible=" + manager, "control/tasks?responsible=" + manager} {
		r.do(request{as: "stranger", method: get, path: "/reports/" + path}).problem(http.StatusForbidden, "not_allowed")
	}
	for _, path := range []string{"funnel/cases?map=typical-sale&stage=x&group=y", "funnel/cases?map=typical-sale", "control/cases?figure=x", "claims/cases", "potential?by=version"} {
		r.do(request{as: "director", method: get, path: "/reports/" + path}).problem(http.StatusUnprocessableEntity, "validation_failed")
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
