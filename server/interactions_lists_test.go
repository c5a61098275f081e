package server

import (
	"net/http"
	"slices"
	"testing"
	"time"
)

// topics lists what is at a path, by topic.
func (r *rig) topics(path string) []string {
	r.t.Helper()
	var topics []string
	for _, one := range r.do(request{as: "manager", method: get, path: path}).want(http.StatusOK).at("items").([]any) {
		topics = append(topics, one.(map[string]any)["topic"].(string))
	}
	return topics
}

// TestR47_ListsOfACompanyAndOfAPerson: what is with them, and what they take part in, in pages of any size; by one kind or several.
func TestR47_ListsOfACompanyAndOfAPerson(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ours, other := r.client(), r.client()
	person := func(client string) string {
		return r.act("manager", "/contacts", map[string]any{"client_id": client, "name": "Мария"}).want(http.StatusCreated).text("id")
	}
	maria, peter := person(ours), person(ours)
	hour := 0
	record := func(kind, topic string, body map[string]any) {
		hour++
		body["kind"], body["topic"], body["at"], body["alone"] = kind, topic, r.now.now().Add(time.Duration(hour-20)*time.Hour), true
		r.act("manager", "/interactions", body).want(http.StatusCreated)
	}
	with := func(field, id string) []any { return []any{map[string]any{field: id}} }
	record("call", "with the company", map[string]any{"client_id": ours})
	record("meeting", "with Maria", map[string]any{"contact_id": maria})
	record("email", "with Maria, who takes part", map[string]any{"contact_id": maria, "participants": with("contact_id", maria)})
	record("meeting", "Maria at another's", map[string]any{"client_id": other, "participants": with("contact_id", maria)})
	record("call", "the company at another's", map[string]any{"client_id": other, "participants": with("client_id", ours)})
	record("call", "another's", map[string]any{"client_id": other})
	record("call", "with Peter", map[string]any{"contact_id": peter})

	marias := []string{"with Maria", "with Maria, who takes part", "Maria at another's"}
	all := append(append([]string{"with the company"}, marias...), "the company at another's", "with Peter")
	for path, want := range map[string][]string{
		"?client=" + ours: all, "?contact=" + maria: marias, "?contact=" + maria + "&client=" + other: {"Maria at another's"},
		"?client=" + ours + "&kind=call,email":             {"with the company", "with Maria, who takes part", "the company at another's", "with Peter"},
		"?contact=" + maria + "&kind=meeting&order=newest": {"Maria at another's", "with Maria"},
		"?kind=email,meeting":                              marias,
		"?contact=" + maria + "&status=planned":            nil,
	} {
		if got := r.topics("/interactions" + path); !slices.Equal(got, want) {
			t.Errorf("%s lists %q, want %q", path, got, want)
		}
	}
	var paged []string
	for next := ""; ; {
		page := r.do(request{as: "manager", method: get, path: "/interactions?limit=2&client=" + ours + "&after=" + next}).want(http.StatusOK)
		for _, one := range page.at("items").([]any) {
			paged = append(paged, one.(map[string]any)["topic"].(string))
		}
		if next, _ = page.at("next").(string); next == "" {
			break
		}
	}
	if !slices.Equal(paged, all) {
		t.Errorf("in pages %q", paged)
	}
	r.do(request{as: "manager", method: get, path: "/interactions?contact=7"}).problem(http.StatusUnprocessableEntity, "validation_failed")
	r.do(request{as: "manager", method: get, path: "/interactions?kind=call,letter"}).problem(http.StatusUnprocessableEntity, "validation_failed")

	// R7: the client's whole history has the same, each once.
	var told []string
	for _, one := range r.do(request{as: "manager", method: get, path: "/clients/" + ours + "/feed"}).want(http.StatusOK).at("items").([]any) {
		told = append(told, one.(map[string]any)["interaction"].(map[string]any)["topic"].(string))
	}
	if !slices.Equal(told, all) {
		t.Errorf("the client's feed has %q", told)
	}
}

// TestR46_WhoAnInteractionIsWithTakesPart: with the address that was used, where it is known.
func TestR46_WhoAnInteractionIsWithTakesPart(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.do(request{as: "admin", method: patch, path: "/users/" + r.users["manager"].ID.String(), body: `{"email":"manager@office.example"}`, headers: map[string]string{"If-Match": "*"}}).want(http.StatusOK)
	client := r.client()
	contact := r.act("manager", "/contacts", map[string]any{
		"client_id": client, "name": "Мария", "details": []map[string]string{{"kind": "mailing", "value": "maria@romashka.example"}},
	}).want(http.StatusCreated).text("id")
	accepted := r.act("manager", "/acceptance", map[string]any{
		"as": "interest", "kind": "call", "topic": "Доски", "source": "site", "client_id": client, "contact_id": contact,
	}).want(http.StatusCreated)
	if accepted.text("interaction.participants.0.contact_id") != contact {
		t.Errorf("R41: the call by which it came: %s", accepted.body)
	}
	for to, want := range map[string]map[string]any{
		"Maria@romashka.example": {"contact_id": contact, "detail_kind": "mailing", "detail": "maria@romashka.example"},
		"info@romashka.example":  {"client_id": client, "detail_kind": "email", "detail": "info@romashka.example"},
	} {
		letter := r.act("manager", "/cases/"+accepted.text("case.id")+"/letters", map[string]any{"to": to, "subject": "Счёт", "text": "Здравствуйте!"}).want(http.StatusCreated)
		written := r.do(request{as: "manager", method: get, path: "/interactions/" + letter.text("interaction_id")}).want(http.StatusOK)
		for field, value := range want {
			if written.at("participants.0."+field) != value {
				t.Errorf("a letter to %s: %s", to, written.body)
			}
		}
	}
	// R32: what a form of the route registers is with the case's contact, and about the deal.
	deal := r.act("manager", "/deals", map[string]any{"contact_id": contact, "topic": "Доски", "source": "site", "kind": "process"}).want(http.StatusCreated)
	done := r.act("manager", "/tasks/"+deal.text("next_tasks.0.id")+"/complete", map[string]any{
		"outcome": "made", "fields": map[string]any{"interaction": map[string]any{"kind": "call", "at": r.now.now(), "topic": "Первый звонок"}},
	}).want(http.StatusOK)
	made := r.do(request{as: "manager", method: get, path: "/interactions/" + done.text("case.fields.interaction")}).want(http.StatusOK)
	if made.text("contact_id") != contact || made.text("participants.0.contact_id") != contact || made.text("deal_id") != deal.text("case.id") {
		t.Errorf("registered in a form: %s", made.body)
	}
}

// TestR8_TheClientsTimeIsBesideTheClient: on the case's card and in lists, not only on the client's.
func TestR8_TheClientsTimeIsBesideTheClient(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	client := r.act("manager", "/clients", map[string]any{"name": "ООО Омские доски", "time_zone": "Asia/Omsk"}).want(http.StatusCreated).text("id")
	made := r.act("manager", "/interests", map[string]any{"client_id": client, "topic": "Доски", "source": "site"}).want(http.StatusCreated).text("case.id")
	want := r.now.now().In(time.FixedZone("", 6*60*60)).Format(time.RFC3339)
	card := r.do(request{as: "manager", method: get, path: "/cases/" + made}).want(http.StatusOK)
	if card.text("client_time") != want || card.text("client_name") != "ООО Омские доски" {
		t.Errorf("the case has %s", card.body)
	}
	for _, path := range []string{"/sales", "/interests", "/boards/new-clients/columns/" + card.text("stage")} {
		list := r.do(request{as: "manager", method: get, path: path}).want(http.StatusOK)
		if list.text("items.0.client_time") != want || list.text("items.0.client_name") != "ООО Омские доски" {
			t.Errorf("%s has %s", path, list.body)
		}
	}
}

func TestR28_WhatHasBeenReviewedIsNotPutOff(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	later := r.now.now().Add(time.Hour)
	id := r.called(map[string]any{"client_id": r.client(), "alone": true}).text("id")
	r.changeInteraction(id, map[string]any{"reviewed": true}).want(http.StatusOK)
	r.changeInteraction(id, map[string]any{"review_after": later}).wrongAt("/review_after", "not_asked")
	r.changeInteraction(id, map[string]any{"review_after": later, "reviewed": false}).want(http.StatusOK)
	if due := r.topics("/interactions?review_due=" + later.Format(time.RFC3339)); len(due) != 1 {
		t.Errorf("to be looked at: %q", due)
	}
}

// TestR6_AFeedIsNarrowedByKindPersonAndTime: the events below, and never what is planned.
func TestR6_AFeedIsNarrowedByKindPersonAndTime(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	made := r.act("manager", "/interests", map[string]any{"client_id": r.client(), "topic": "Доски", "source": "site"}).want(http.StatusCreated).text("case.id")
	record := func(as, kind, status string, hours int) {
		r.act(as, "/interactions", map[string]any{
			"case_id": made, "kind": kind, "status": status, "at": r.now.now().Add(time.Duration(hours) * time.Hour), "topic": kind + " by " + as,
		}).want(http.StatusCreated)
	}
	record("manager", "call", "completed", -5)
	record("director", "call", "completed", -4)
	record("manager", "meeting", "completed", -3)
	record("director", "meeting", "planned", 5)
	at := func(hours int) string { return r.now.now().Add(time.Duration(hours) * time.Hour).Format(time.RFC3339) }
	for filter, want := range map[string][]string{
		"kind=call":                          {"call by manager", "call by director"},
		"kind=call,meeting&actor=me":         {"call by manager", "meeting by manager"},
		"groups=interactions&from=" + at(-4): {"call by director", "meeting by manager", "meeting by director"},
		"kind=call&to=" + at(-4):             {"call by manager"},
		"kind=email":                         nil,
		"groups=interactions&actor=" + r.users["director"].ID.String(): {"call by director", "meeting by director"},
	} {
		feed := r.do(request{as: "manager", method: get, path: "/cases/" + made + "/feed?" + filter}).want(http.StatusOK)
		var got []string
		for _, one := range feed.at("items").([]any) {
			got = append(got, one.(map[string]any)["data"].(map[string]any)["topic"].(string))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s has %q, want %q", filter, got, want)
		}
		if len(feed.at("planned").([]any)) != 1 {
			t.Errorf("%s hides what is planned: %s", filter, feed.body)
		}
	}
	for _, filter := range []string{"kind=letter", "actor=nobody", "from=yesterday", "to=2026-13-01T00:00:00Z"} {
		r.do(request{as: "manager", method: get, path: "/cases/" + made + "/feed?" + filter}).problem(http.StatusUnprocessableEntity, "validation_failed")
	}
}
