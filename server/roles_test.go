package server

import (
	"net/http"
	"testing"

	"marshrut/crm"
)

// TestR15_RolesByAPI: an administrator adds a role, narrows a shipped one and deletes his own; nobody else does.
func TestR15_RolesByAPI(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	body := map[string]any{"name": map[string]string{"en": "Accountant", "ru": "Бухгалтер"}, "rights": []string{"export", "work"}, "visibility": "own"}
	newRole := map[string]string{"If-None-Match": "*"}
	r.do(request{as: "director", method: put, path: "/roles/accountant", body: body, headers: newRole}).problem(http.StatusForbidden, "not_allowed")
	r.do(request{as: "admin", method: put, path: "/roles/accountant", body: body}).problem(http.StatusPreconditionRequired, "if_match_required")
	r.do(request{as: "admin", method: put, path: "/roles/Accountant", body: body, headers: newRole}).problem(http.StatusUnprocessableEntity, "validation_failed")
	r.do(request{
		as: "admin", method: put, path: "/roles/accountant", headers: newRole,
		body: map[string]any{"name": map[string]string{"en": "x"}, "rights": []string{"fly"}, "visibility": "own"},
	}).problem(http.StatusUnprocessableEntity, "validation_failed")
	a := r.do(request{as: "admin", method: put, path: "/roles/accountant", body: body, headers: newRole}).want(http.StatusOK)
	if a.text("rights.0") != "work" || a.header.Get("ETag") != `"1"` {
		t.Errorf("%s", a.body)
	}
	r.do(request{as: "admin", method: put, path: "/roles/accountant", body: body, headers: newRole}).problem(http.StatusPreconditionFailed, "stale")
	r.do(request{as: "admin", method: put, path: "/roles/accountant", body: body, headers: map[string]string{"If-Match": `"7"`}}).problem(http.StatusPreconditionFailed, "stale")

	if before := r.do(request{as: "manager", method: get, path: "/me"}).text("visibility"); before != "all" {
		t.Errorf("a manager sees %s", before)
	}
	r.do(request{
		as: "admin", method: put, path: "/roles/manager", headers: map[string]string{"If-Match": `"1"`},
		body: map[string]any{"name": map[string]string{"en": "Manager", "ru": "Менеджер"}, "rights": []string{"work"}, "visibility": "department"},
	}).want(http.StatusOK)
	if after := r.do(request{as: "manager", method: get, path: "/me"}).text("visibility"); after != string(crm.SeesDepartment) {
		t.Errorf("a narrowed manager sees %s", after)
	}
	r.do(request{as: "manager", method: get, path: "/clients/export"}).problem(http.StatusForbidden, "not_allowed")
	r.do(request{as: "admin", method: remove, path: "/roles/manager", headers: map[string]string{"If-Match": "*"}}).problem(http.StatusConflict, "shipped_role")
	r.do(request{as: "admin", method: remove, path: "/roles/accountant", headers: map[string]string{"If-Match": "*"}}).want(http.StatusNoContent)
	r.do(request{as: "auditor", method: get, path: "/roles/accountant"}).problem(http.StatusNotFound, "role_not_found")
}
