package server

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"marshrut/crm"
)

func TestFiltersOfAListAreKeptForOneself(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	keep := func(as string, body map[string]any) *answer {
		return r.do(request{as: as, method: post, path: "/me/filters", body: body})
	}
	list := func(as, of string) *answer {
		return r.do(request{as: as, method: get, path: "/me/filters?list=" + of}).want(http.StatusOK)
	}
	mine := map[string]any{"list": "clients", "name": " Мои ", "query": "status=active"}
	made := keep("manager", mine).want(http.StatusCreated)
	if made.text("name") != "Мои" || made.text("query") != "status=active" {
		t.Errorf("kept %s", made.body)
	}
	if again := keep("manager", mine).want(http.StatusCreated); again.text("id") != made.text("id") {
		t.Errorf("the same filter twice: %s", again.body)
	}
	if got := list("manager", "clients"); len(got.at("items").([]any)) != 1 || got.text("items.0.id") != made.text("id") {
		t.Errorf("listed %s", got.body)
	}
	for what, other := range map[string]*answer{"another list": list("manager", "cases"), "a colleague": list("director", "clients")} {
		if strings.Contains(string(other.body), made.text("id")) {
			t.Errorf("%s has it: %s", what, other.body)
		}
	}
	one := request{as: "director", method: remove, path: "/me/filters/" + made.text("id")}
	r.do(one).problem(http.StatusNotFound, "saved_filter_not_found")
	one.as = "manager"
	r.do(one).want(http.StatusNoContent)
	r.do(one).problem(http.StatusNotFound, "saved_filter_not_found")
}

func TestAFilterIsWrittenOverOnlyByWhoSaysSo(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	keep := func(query string, replace bool) *answer {
		return r.do(request{as: "manager", method: post, path: "/me/filters", body: map[string]any{"list": "cases", "name": "Срочные", "query": query, "replace": replace}})
	}
	made := keep("overdue=true", false).want(http.StatusCreated)
	keep("status=open", false).problem(http.StatusConflict, "saved_filter_exists")
	if got := keep("status=open", true).want(http.StatusCreated); got.text("id") != made.text("id") || got.text("query") != "status=open" {
		t.Errorf("written over: %s", got.body)
	}
}

func TestFiltersThatCannotBeKept(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, wrong := range []map[string]any{
		{"list": "clients", "name": " ", "query": "a=b"},
		{"list": "clients", "name": strings.Repeat("я", 101), "query": "a=b"},
		{"list": "clients", "name": "x", "query": ""},
		{"list": "secrets", "name": "x", "query": "a=b"},
	} {
		r.do(request{as: "manager", method: post, path: "/me/filters", body: wrong}).problem(http.StatusUnprocessableEntity, "validation_failed")
	}
	full := func(i int) *answer {
		return r.do(request{as: "manager", method: post, path: "/me/filters", body: map[string]any{"list": "clients", "name": fmt.Sprint("n", i), "query": "a=b"}})
	}
	for i := range crm.MaxSavedFilters {
		full(i).want(http.StatusCreated)
	}
	full(crm.MaxSavedFilters).problem(http.StatusConflict, "too_many_saved_filters")
	full(0).want(http.StatusCreated)
}
