package server

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func (r *rig) add(path string, body map[string]any) string {
	r.t.Helper()
	return r.do(request{as: "admin", method: post, path: path, body: body}).want(http.StatusCreated).text("id")
}

func (r *rig) change(path, version string, body any) *answer {
	r.t.Helper()
	return r.do(request{as: "admin", method: patch, path: path, body: body, headers: map[string]string{"If-Match": version}})
}

func TestR38_OfficesAreKeptByAdministrators(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	body := map[string]any{"key": "omsk", "name": map[string]string{"en": "Omsk", "ru": "Омск"}, "time_zone": "Asia/Omsk", "calendar": "ru"}
	for _, login := range []string{"director", "manager", "auditor"} {
		r.do(request{as: login, method: post, path: "/offices", body: body}).problem(http.StatusForbidden, "not_allowed")
	}
	made := r.do(request{as: "admin", method: post, path: "/offices", body: body}).want(http.StatusCreated)
	id := made.text("id")
	if made.header.Get("ETag") != `"1"` || made.header.Get("Location") != apiPrefix+"/offices/"+id || made.text("name") != "Omsk" || made.text("local_time") != "2026-03-02T15:00:00+06:00" {
		t.Errorf("%v %s", made.header, made.body)
	}
	r.do(request{as: "admin", method: post, path: "/offices", body: `{"key":"omsk","name":{"ru":"x"},"time_zone":"Asia/Omsk"}`}).problem(http.StatusConflict, "office_key_taken")
	for wrong, pointer := range map[string]string{
		`{"key":"North","name":{"ru":"x"},"time_zone":"Asia/Omsk"}`:                   "/key",
		`{"key":"north","name":{"ru":" "},"time_zone":"Asia/Omsk"}`:                   "/name",
		`{"key":"north","name":{"ru":"x"},"time_zone":"Asia/Osmk"}`:                   "/time_zone",
		`{"key":"north","name":{"ru":"x"},"time_zone":"Asia/Omsk","calendar":"moon"}`: "/calendar",
	} {
		p := r.do(request{as: "admin", method: post, path: "/offices", body: wrong}).problem(http.StatusUnprocessableEntity, "validation_failed")
		if len(p.Errors) != 1 || p.Errors[0].Pointer != pointer {
			t.Errorf("%s: %+v", wrong, p.Errors)
		}
	}
	nowhere := r.do(request{as: "admin", method: patch, path: "/offices/" + id, body: `{"calendar":"moon"}`, headers: map[string]string{"If-Match": "*"}}).problem(http.StatusUnprocessableEntity, "validation_failed")
	if !strings.Contains(nowhere.Errors[0].Detail, "default, ru") {
		t.Errorf("the calendars there are are not told: %+v", nowhere.Errors)
	}
	r.do(request{as: "admin", method: patch, path: "/offices/" + id, body: `{}`}).problem(http.StatusPreconditionRequired, "if_match_required")
	changed := r.change("/offices/"+id, `"1"`, `{"name":{"en":"Omsk II"},"calendar":null}`).want(http.StatusOK)
	if changed.header.Get("ETag") != `"2"` || changed.text("names.en") != "Omsk II" || changed.text("names.ru") != "" {
		t.Errorf("%s", changed.body)
	}
	r.change("/offices/"+id, `"1"`, `{"active":false}`).problem(http.StatusPreconditionFailed, "stale")
	r.change("/offices/"+id, "*", `{"time_zone":"Asia/Tomsk"}`).want(http.StatusOK)
	if got := r.do(request{as: "auditor", path: "/offices/" + id}).want(http.StatusOK); got.header.Get("ETag") != `"3"` || got.text("time_zone") != "Asia/Tomsk" {
		t.Errorf("%s", got.body)
	}
	r.do(request{as: "manager", path: "/offices/" + r.users["admin"].ID.String()}).problem(http.StatusNotFound, "office_not_found")
	r.do(request{as: "manager", path: "/offices/moon"}).problem(http.StatusNotFound, "office_not_found")
}

// TestR38_R40_R44_AnEmptyFormIsToldOfAllItsFields at once, not of one after the other.
func TestR38_R40_R44_AnEmptyFormIsToldOfAllItsFields(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, form := range []struct {
		method, path, body string
		pointers           []string
	}{
		{post, "/offices", `{"key":"","name":{},"time_zone":""}`, []string{"/name", "/key", "/time_zone"}},
		{post, "/departments", `{"key":" ","name":{"ru":" "}}`, []string{"/name", "/key"}},
		{put, "/roles/%20", `{"name":{},"rights":[],"visibility":"own"}`, []string{"/name", "/key"}},
		{put, "/attributes/client/%20", `{"name":{},"type":"choice"}`, []string{"/name", "/key", "/options"}},
		{put, "/reference-lists/loss_reason/%20", `{"name":{}}`, []string{"/name", "/key"}},
		{put, "/acquisition-sources/%20", `{"name":{}}`, []string{"/name", "/key"}},
		{put, "/regions/%20", `{"name":{},"time_zone":"Moon"}`, []string{"/name", "/key", "/time_zone"}},
		{put, "/calendars/%20", `{"content":{"name":{"ru":"x","en":"x"},"time_zone":"UTC","week":{"monday":["09:00-18:00"]}}}`, []string{"/content/id"}},
		{put, "/attributes/client/segment", `{"name":{},"type":"choice","options":[{"id":"","name":{}}]}`, []string{"/name", "/options/0/name", "/options/0/id"}},
		{put, "/roles/clerk", `{"name":{},"rights":["fly"],"visibility":"own"}`, []string{"/name", "/rights/0"}},
	} {
		in := request{as: "admin", method: form.method, path: form.path, body: form.body}
		if form.method == put {
			in.headers = map[string]string{"If-None-Match": "*"}
		}
		code := "validation_failed"
		if strings.HasPrefix(form.path, "/calendars/") {
			code = "calendar_invalid"
		}
		p := r.do(in).problem(http.StatusUnprocessableEntity, code)
		var told []string
		for _, one := range p.Errors {
			told = append(told, one.Pointer)
			if (one.Pointer == "/key" || one.Pointer == "/content/id") && one.Code != "required" {
				t.Errorf("%s: %+v", form.path, one)
			}
		}
		if !slices.Equal(told, form.pointers) {
			t.Errorf("%s tells of %v, not of %v", form.path, told, form.pointers)
		}
	}
	for _, key := range []string{"omsk", "omsk-region"} {
		p := r.put("/regions/"+key, `{"name":{"ru":"Омск"},"time_zone":"Asia/Omsk"}`, "If-None-Match", "*").problem(http.StatusUnprocessableEntity, "validation_failed")
		if len(p.Errors) != 1 || p.Errors[0].Code != "not_a_region_key" || p.Errors[0].Pointer != "/key" {
			t.Errorf("%s: %+v", key, p.Errors)
		}
	}
}

func TestR38_DepartmentsMoveInTheTree(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	office := r.add("/offices", map[string]any{"key": "omsk", "name": map[string]string{"en": "Omsk"}, "time_zone": "Asia/Omsk"})
	sales := r.add("/departments", map[string]any{"key": "sales", "name": map[string]string{"en": "Sales"}, "office_id": office})
	retail := r.add("/departments", map[string]any{"key": "retail", "name": map[string]string{"en": "Retail"}, "parent_id": sales, "head_id": r.users["manager"].ID})
	p := r.change("/departments/"+sales, `"1"`, map[string]any{"parent_id": retail}).problem(http.StatusUnprocessableEntity, "validation_failed")
	if len(p.Errors) != 1 || p.Errors[0].Code != "department_cycle" || p.Errors[0].Pointer != "/parent_id" {
		t.Errorf("%+v", p.Errors)
	}
	p = r.change("/departments/"+sales, `"1"`, `{"active":false}`).problem(http.StatusConflict, "department_in_use")
	if p.Params["departments"] != "1" || p.Params["users"] != "0" {
		t.Errorf("%+v", p.Params)
	}
	r.change("/offices/"+office, `"1"`, `{"active":false}`).problem(http.StatusConflict, "office_in_use")
	seller := r.do(request{as: "admin", method: post, path: "/users", body: map[string]any{
		"login": "seller", "name": "Seller", "roles": []string{"manager"}, "department_id": retail,
	}}).want(http.StatusCreated)
	if seller.text("time_zone") != "Asia/Omsk" {
		t.Errorf("a newcomer lives where his department's office is: %s", seller.body)
	}
	moved := r.change("/departments/"+retail, `"1"`, `{"parent_id":null,"head_id":null,"calendar":"ru"}`).want(http.StatusOK)
	if moved.header.Get("ETag") != `"2"` || moved.at("parent_id") != nil || moved.at("head_id") != nil || moved.text("calendar") != "ru" {
		t.Errorf("%s", moved.body)
	}
	r.change("/departments/"+sales, `"1"`, `{"active":false}`).want(http.StatusOK)
	p = r.change("/departments/"+retail, `"2"`, map[string]any{"parent_id": sales}).problem(http.StatusUnprocessableEntity, "validation_failed")
	if len(p.Errors) != 1 || p.Errors[0].Code != "out_of_use" {
		t.Errorf("%+v", p.Errors)
	}
	r.do(request{as: "director", method: patch, path: "/departments/" + sales, body: `{"active":true}`, headers: map[string]string{"If-Match": "*"}}).
		problem(http.StatusForbidden, "not_allowed")
	r.do(request{as: "manager", path: "/departments/" + office}).problem(http.StatusNotFound, "department_not_found")
}

// TestR38_AMapForAnOfficeIsOfferedThere by the acceptance wizard, and can be chosen for a case by nobody else.
func TestR38_AMapForAnOfficeIsOfferedThere(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	office := r.add("/offices", map[string]any{"key": "omsk", "name": map[string]string{"en": "Omsk"}, "time_zone": "Asia/Omsk"})
	sales := r.add("/departments", map[string]any{"key": "sales", "name": map[string]string{"en": "Sales"}, "office_id": office})
	r.exec("update users set department_id = $1 where login = 'manager'", sales)
	r.do(request{as: "designer", method: patch, path: "/route-maps/appeal", body: `{"available_to":{"offices":["omsk"],"departments":[],"users":[]}}`, headers: map[string]string{"If-Match": "*"}}).want(http.StatusOK)
	if got := r.ways("manager"); got == r.ways("manager2") {
		t.Errorf("offered to both: %s", got)
	}
	body := map[string]any{"client_id": r.client(), "topic": "?", "source": "site"}
	r.do(request{as: "manager", method: post, path: "/appeals", body: body}).want(http.StatusCreated)
	p := r.do(request{as: "manager2", method: post, path: "/appeals", body: body}).problem(http.StatusUnprocessableEntity, "map_not_available")
	if len(p.Errors) != 1 || p.Errors[0].Pointer != "/map" {
		t.Errorf("%+v", p)
	}
	p = r.do(request{as: "designer", method: patch, path: "/route-maps/appeal", body: `{"available_to":{"offices":["tomsk"],"departments":[],"users":[]}}`, headers: map[string]string{"If-Match": "*"}}).
		problem(http.StatusUnprocessableEntity, "validation_failed")
	if len(p.Errors) != 1 || p.Errors[0].Pointer != "/available_to/offices/0" {
		t.Errorf("%+v", p.Errors)
	}
}
