package server

import (
	"net/http"
	"strings"
	"testing"
)

func TestTasksOfACaseByItsNumber(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	caseID, taskID := r.appeal()
	number := r.do(request{as: "manager", method: get, path: "/cases/" + caseID}).text("number")
	found := r.do(request{as: "manager", method: get, path: "/tasks?performer=all&case=" + strings.ToLower(number)}).want(http.StatusOK)
	if found.text("items.0.id") != taskID {
		t.Errorf("tasks of %s: %s", number, found.body)
	}
	r.do(request{as: "manager", method: get, path: "/tasks?case=A-999999"}).problem(http.StatusNotFound, "case_not_found")
}

func TestAProgramsAcceptLanguageComesBeforeTheProfile(t *testing.T) {
	t.Parallel()
	r := newRig(t) // everybody's profile is English
	const en, ru = "There is no such case", "Такой карточки нет"
	for accepted, want := range map[string]string{"": en, "*": en, "fr": en, "ru": ru, "en;q=0.5, ru": ru} {
		a := r.do(request{as: "manager", method: get, path: "/cases/A-999999", headers: map[string]string{"Accept-Language": accepted}})
		if got := a.text("title"); got != want {
			t.Errorf("%q is answered with %q, want %q", accepted, got, want)
		}
	}
}

func TestAPatchThatChangesNothingMakesNoVersion(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	caseID, _ := r.appeal()
	client := r.client()
	contact := r.do(request{as: "manager", method: post, path: "/contacts", body: map[string]any{"client_id": client, "name": "Анна"}}).want(http.StatusCreated)
	call := r.do(request{as: "manager", method: post, path: "/interactions", body: map[string]any{
		"case_id": caseID, "kind": "call", "status": "completed", "at": r.now.now(),
	}}).want(http.StatusCreated)
	for _, path := range []string{"/cases/" + caseID, "/clients/" + client, "/contacts/" + contact.text("id"), "/interactions/" + call.text("id")} {
		before := r.do(request{as: "manager", method: get, path: path}).want(http.StatusOK)
		after := r.do(request{as: "manager", method: patch, path: path, body: "{}", headers: map[string]string{"If-Match": before.header.Get("ETag")}}).want(http.StatusOK)
		if before.header.Get("ETag") != after.header.Get("ETag") {
			t.Errorf("%s: version %s became %s", path, before.header.Get("ETag"), after.header.Get("ETag"))
		}
	}
}

func TestAnEmptyFileIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	caseID, _ := r.appeal()
	kind, body := form(t, "x.txt", "text/plain", nil)
	r.do(request{as: "manager", method: post, path: "/cases/" + caseID + "/files", body: body, headers: map[string]string{"Content-Type": kind}}).
		problem(http.StatusUnprocessableEntity, "validation_failed")
}
