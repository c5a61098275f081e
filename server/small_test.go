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

func TestR10_EverybodysTasksAreNarrowedToADeskAPoolAndAClient(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	caseID, pooled := r.appeal()
	_, dealt := r.deal()
	r.do(request{as: "manager", method: post, path: "/tasks", body: map[string]any{"kind": "personal", "title": "Своё"}}).want(http.StatusCreated)
	client := r.do(request{as: "manager", method: get, path: "/cases/" + caseID}).text("client_id")
	for query, want := range map[string]string{
		"performer=" + r.users["manager"].ID.String():  dealt,
		"performer=" + r.users["manager2"].ID.String(): "",
		"role=dispatcher":                                pooled,
		"performer=all&client=" + client:                 pooled,
		"performer=all&role=dispatcher&client=" + client: pooled,
	} {
		var got string
		for _, item := range r.do(request{as: "director", method: get, path: "/tasks?" + query}).want(http.StatusOK).at("items").([]any) {
			got += item.(map[string]any)["id"].(string)
		}
		if got != want {
			t.Errorf("?%s lists %q, want %q", query, got, want)
		}
	}
	r.act("dispatcher", "/tasks/"+pooled+"/take", nil).want(http.StatusOK)
	if a := r.do(request{as: "director", method: get, path: "/tasks?role=dispatcher"}).want(http.StatusOK); len(a.at("items").([]any)) != 0 {
		t.Errorf("what has been taken lies in the pool still: %s", a.body)
	}
	if a := r.do(request{as: "director", method: get, path: "/tasks?performer=" + r.users["dispatcher"].ID.String()}).want(http.StatusOK); a.text("items.0.id") != pooled {
		t.Errorf("what has been taken is on his desk: %s", a.body)
	}
	r.do(request{as: "director", method: get, path: "/tasks?performer=x"}).problem(http.StatusUnprocessableEntity, "validation_failed")
}
