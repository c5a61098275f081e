package server

import (
	"net/http"
	"testing"
)

func TestMergesThroughTheAPI(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	into, from := r.clientNamed("Ромашка", nil), r.clientNamed("Ромашка ООО", nil)
	call := func(as, path string, body any) *answer {
		return r.do(request{as: as, method: post, path: path, body: body})
	}
	contact := func(name string) string {
		return call("manager", "/contacts", map[string]any{"client_id": from, "name": name}).want(http.StatusCreated).text("id")
	}
	anna, same := contact("Анна"), contact("Анна П.")
	call("auditor", "/clients/"+into+"/merge", map[string]any{"from": from}).problem(http.StatusForbidden, "not_allowed")
	call("manager", "/clients/"+from+"/unmerge", nil).problem(http.StatusConflict, "not_merged")
	merged := call("manager", "/clients/"+into+"/merge", map[string]any{"from": from}).want(http.StatusOK)
	if merged.text("id") != into {
		t.Errorf("merged %s", merged.body)
	}
	if gone := r.do(request{as: "manager", method: get, path: "/clients/" + from}).want(http.StatusOK); gone.text("merged_into") != into {
		t.Errorf("gone %s", gone.body)
	}
	r.do(request{as: "manager", method: patch, path: "/clients/" + from, headers: map[string]string{"If-Match": "*"}, body: `{"name":"x"}`}).problem(http.StatusConflict, "client_merged")
	r.do(request{as: "manager", method: patch, path: "/clients/" + into, headers: map[string]string{"If-Match": `"1"`}, body: `{"name":"x"}`}).problem(http.StatusPreconditionFailed, "stale")
	if kept := call("manager", "/contacts/"+anna+"/merge", map[string]any{"from": same}).want(http.StatusOK); kept.text("client_id") != into {
		t.Errorf("kept %s", kept.body)
	}
	if items := r.do(request{as: "manager", method: get, path: "/contacts?client=" + into}).at("items").([]any); len(items) != 1 {
		t.Errorf("%d contacts", len(items))
	}
	call("manager", "/contacts/"+same+"/unmerge", nil).want(http.StatusOK)
	if back := call("manager", "/clients/"+from+"/unmerge", nil).want(http.StatusOK); back.text("id") != from || back.at("merged_into") != nil {
		t.Errorf("back %s", back.body)
	}
	history := r.do(request{as: "manager", path: "/clients/" + from + "/history"}).want(http.StatusOK)
	last := history.at("items").([]any)
	if told := last[len(last)-1].(map[string]any); told["kind"] != "unmerged" || len(told["data"].(map[string]any)["moved"].(map[string]any)) == 0 {
		t.Errorf("what went back: %v", told)
	}
}
