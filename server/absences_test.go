package server

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestAbsence_ASubstituteDoesTheTasks(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	_, task := r.deal()
	now := r.now.now()
	body := map[string]any{"starts_at": now.Add(time.Hour), "ends_at": now.Add(3 * time.Hour), "substitute_id": r.users["manager2"].ID}
	made := r.do(request{as: "manager", method: post, path: "/absences", body: body}).want(http.StatusCreated)
	if made.text("state") != "planned" || made.text("tasks_to") != "substitute" || made.text("user_id") != r.users["manager"].ID.String() {
		t.Errorf("%s", made.body)
	}
	tasks := func(as string) string {
		return string(r.do(request{as: as, path: "/tasks"}).want(http.StatusOK).body)
	}
	complete := request{as: "manager2", method: post, path: "/tasks/" + task + "/complete", body: map[string]any{
		"outcome": "made", "fields": map[string]any{"interaction": map[string]any{"kind": "call", "at": now, "topic": "Знакомство"}},
	}}
	if strings.Contains(tasks("manager2"), task) {
		t.Error("seen before it begins")
	}
	r.do(complete).problem(http.StatusForbidden, "not_your_task")
	r.now.pass(time.Hour)
	if got := tasks("manager2"); !strings.Contains(got, task) || !strings.Contains(got, `"in_place_of":"`+r.users["manager"].ID.String()) {
		t.Errorf("the substitute does not see the task: %s", got)
	}
	if strings.Contains(tasks("dispatcher"), task) {
		t.Error("somebody else sees it")
	}
	done := r.do(complete).want(http.StatusOK)
	number := done.text("case.number")
	if got := strings.Join(r.feedTexts("manager2", number), "\n"); !strings.Contains(got, "In place of Имя manager.") {
		t.Errorf("the feed does not tell in whose place it was done: %s", got)
	}
	r.now.pass(2 * time.Hour)
	if strings.Contains(tasks("manager2"), `"in_place_of":"`+r.users["manager"].ID.String()) != true {
		t.Error("what was opened meanwhile stays with him")
	}
	if got := r.do(request{as: "auditor", path: "/absences/" + made.text("id")}).want(http.StatusOK); got.text("state") != "over" {
		t.Errorf("%s", got.body)
	}
}

func TestAbsence_IsPlannedByOneselfOrAHead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.hire("boss", "manager")
	sales := r.add("/departments", map[string]any{"key": "sales", "name": map[string]any{"en": "Sales"}, "head_id": r.users["boss"].ID})
	r.exec("update users set department_id = $1 where login = 'manager'", sales)
	now := r.now.now()
	body := map[string]any{"user_id": r.users["manager"].ID, "starts_at": now, "ends_at": now.Add(time.Hour)}
	r.do(request{as: "manager2", method: post, path: "/absences", body: body}).problem(http.StatusForbidden, "not_your_absence")
	r.do(request{as: "auditor", method: post, path: "/absences", body: body}).problem(http.StatusForbidden, "not_allowed")
	made := r.do(request{as: "boss", method: post, path: "/absences", body: body}).want(http.StatusCreated)
	if made.text("state") != "now" || made.text("tasks_to") != "head" || made.header.Get("ETag") != `"1"` {
		t.Errorf("%s", made.body)
	}
	path := "/absences/" + made.text("id")
	r.do(request{as: "manager", method: post, path: "/absences", body: map[string]any{"starts_at": now, "ends_at": now.Add(2 * time.Hour)}}).
		problem(http.StatusConflict, "absent_already")
	change := func(as, match, body string) *answer {
		return r.do(request{as: as, method: patch, path: path, body: body, headers: map[string]string{"If-Match": match}})
	}
	change("manager", "", `{}`).problem(http.StatusPreconditionRequired, "if_match_required")
	change("manager", `"1"`, `{"tasks_to":"substitute","substitute_id":"`+r.users["manager2"].ID.String()+`"}`).want(http.StatusOK)
	change("manager", `"1"`, `{"tasks_to":"pool"}`).problem(http.StatusPreconditionFailed, "stale")
	if got := change("manager", `"2"`, `{"tasks_to":"pool"}`).want(http.StatusOK); got.at("substitute_id") != nil {
		t.Errorf("%s", got.body)
	}
	p := change("manager", `"3"`, `{"ends_at":"2026-03-01T00:00:00Z"}`).problem(http.StatusUnprocessableEntity, "validation_failed")
	if len(p.Errors) != 1 || p.Errors[0].Pointer != "/ends_at" {
		t.Errorf("%+v", p.Errors)
	}
	if got := r.do(request{as: "manager2", path: "/absences?user=" + r.users["manager"].ID.String()}).want(http.StatusOK); got.text("items.0.state") != "now" {
		t.Errorf("%s", got.body)
	}
	r.now.pass(time.Minute)
	ended := r.do(request{as: "manager", method: remove, path: path, headers: map[string]string{"If-Match": `"3"`}}).want(http.StatusOK)
	if ended.text("state") != "over" {
		t.Errorf("%s", ended.body)
	}
	r.do(request{as: "manager", path: "/absences/nowhere"}).problem(http.StatusNotFound, "absence_not_found")
}

func TestAbsence_WhatNobodyWouldDoIsForThoseWhoLead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	_, task := r.appeal()
	r.do(request{as: "manager", path: "/tasks/unattended"}).problem(http.StatusForbidden, "not_allowed")
	if got := r.do(request{as: "director", path: "/tasks/unattended"}).want(http.StatusOK).at("items").([]any); len(got) != 0 {
		t.Errorf("%v", got)
	}
	r.exec("update users set roles = '{manager}' where login = 'dispatcher'")
	if got := r.do(request{as: "director", path: "/tasks/unattended"}).want(http.StatusOK); got.text("items.0.id") != task {
		t.Errorf("%s", got.body)
	}
}
