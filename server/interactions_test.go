package server

import (
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

// called registers a call of an hour ago and gives its id.
func (r *rig) called(body map[string]any) *answer {
	r.t.Helper()
	all := map[string]any{"kind": "call", "at": r.now.now().Add(-time.Hour)}
	maps.Copy(all, body)
	return r.do(request{as: "manager", method: post, path: "/interactions", body: all}).want(http.StatusCreated)
}

func (r *rig) changeInteraction(id string, body any) *answer {
	r.t.Helper()
	return r.do(request{as: "manager", method: patch, path: "/interactions/" + id, headers: map[string]string{"If-Match": "*"}, body: body})
}

func TestR27_R28_ManyAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	mine, nobodys := r.called(map[string]any{"participants": []any{map[string]any{"name": "Кто-то"}}}), r.called(map[string]any{"participants": []any{map[string]any{"name": "Кто-то"}}, "responsible_id": nil})
	if mine.text("responsible_id") != r.users["manager"].ID.String() || nobodys.at("responsible_id") != nil {
		t.Errorf("responsible: %s, %s", mine.body, nobodys.body)
	}
	gone := uuid.NewString()
	bulk := func(body map[string]any) *answer {
		body["ids"] = []string{mine.text("id"), gone, nobodys.text("id")}
		return r.do(request{as: "manager", method: post, path: "/interactions/bulk", body: body})
	}
	given := bulk(map[string]any{"responsible_id": r.users["manager2"].ID}).want(http.StatusOK)
	if given.at("changed") != 2.0 || given.text("items.1.code") != "interaction_not_found" || given.text("items.1.id") != gone || given.text("items.1.text") == "" {
		t.Errorf("answer %s", given.body)
	}
	bulk(map[string]any{"reviewed": true}).want(http.StatusOK)
	listed := r.do(request{as: "manager2", method: get, path: "/interactions?responsible=me&reviewed=true"}).want(http.StatusOK)
	if items := listed.at("items").([]any); len(items) != 2 || listed.text("items.0.reviewed_by") != r.users["manager"].ID.String() {
		t.Errorf("listed %s", listed.body)
	}
	bulk(map[string]any{"responsible_id": nil}).want(http.StatusOK)
	if items := r.do(request{as: "manager", method: get, path: "/interactions?responsible=none"}).at("items").([]any); len(items) != 2 {
		t.Errorf("%d without a responsible", len(items))
	}
	for _, item := range []any{[]any{}, map[string]any{"id": gone}, 1, nil} {
		r.do(request{as: "manager", method: post, path: "/interactions/bulk", body: map[string]any{"ids": []any{item}, "reviewed": true}}).
			problem(http.StatusUnprocessableEntity, "validation_failed")
	}
	twice := r.do(request{as: "manager", method: post, path: "/interactions/bulk", body: map[string]any{"ids": []string{gone, strings.ToUpper(gone)}, "reviewed": true}}).
		problem(http.StatusUnprocessableEntity, "validation_failed")
	if len(twice.Errors) != 1 || twice.Errors[0].Pointer != "/ids/1" || twice.Errors[0].Code != "repeated_item" {
		t.Errorf("the same twice: %+v", twice.Errors)
	}
	bulk(map[string]any{}).problem(http.StatusUnprocessableEntity, "validation_failed")
	bulk(map[string]any{"responsible_id": r.users["auditor"].ID}).problem(http.StatusUnprocessableEntity, "validation_failed")
	p := r.do(request{as: "manager", method: post, path: "/interactions/bulk", body: map[string]any{"ids": []string{gone, "nonsense"}, "reviewed": true}}).
		problem(http.StatusUnprocessableEntity, "validation_failed")
	if p.Errors[0].Pointer != "/ids/1" || p.Errors[0].Code != "expected_id" {
		t.Errorf("a wrong id: %+v", p.Errors)
	}
	many := make([]string, 201)
	for i := range many {
		many[i] = uuid.NewString()
	}
	r.do(request{as: "manager", method: post, path: "/interactions/bulk", body: map[string]any{"ids": many, "reviewed": true}}).problem(http.StatusUnprocessableEntity, "validation_failed")
}

func TestR29_WhoWasMetIsEntered(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	call := r.called(map[string]any{"participants": []any{
		map[string]any{"name": "ООО Василёк", "detail_kind": "phone", "detail": "+7 495 123-45-67"}, map[string]any{"name": "Ирина Петрова"},
	}})
	enter := func(body map[string]any) *answer {
		return r.do(request{as: "manager", method: post, path: "/interactions/" + call.text("id") + "/contact", body: body})
	}
	enter(map[string]any{"as": "contact", "participant": 1}).problem(http.StatusUnprocessableEntity, "validation_failed") // of which client?
	partner := enter(map[string]any{"as": "partner", "participant": 0}).want(http.StatusOK)
	client := partner.text("client_id")
	if client == "" || partner.text("participants.0.client_id") != client || partner.text("participants.0.detail") == "" {
		t.Errorf("after the partner %s", partner.body)
	}
	if made := r.do(request{as: "manager", method: get, path: "/clients/" + client}); made.text("name") != "ООО Василёк" || made.text("kind") != "company" {
		t.Errorf("the client %s", made.body)
	}
	person := enter(map[string]any{"as": "contact", "participant": 1, "position": "Бухгалтер", "email": "irina@vasilek.example"}).want(http.StatusOK)
	contact := person.text("contact_id")
	if contact == "" || person.text("participants.1.contact_id") != contact || person.text("client_id") != client {
		t.Errorf("after the contact %s", person.body)
	}
	if made := r.do(request{as: "manager", method: get, path: "/contacts/" + contact}); made.text("client_id") != client || made.text("name") != "Ирина Петрова" || made.text("details.0.kind") != "mailing" {
		t.Errorf("the contact %s", made.body)
	}
	enter(map[string]any{"as": "individual", "name": "Ещё один"}).problem(http.StatusConflict, "interaction_has_client")
	enter(map[string]any{"as": "contact", "participant": 1}).problem(http.StatusUnprocessableEntity, "validation_failed") // he is no stranger any more

	alone := r.called(map[string]any{"participants": []any{map[string]any{"name": "Анна"}}})
	individual := r.do(request{as: "manager", method: post, path: "/interactions/" + alone.text("id") + "/contact", body: map[string]any{
		"as": "individual", "participant": 0, "phone": "8 903 123-45-67",
	}}).want(http.StatusOK)
	r.do(request{as: "manager", method: post, path: "/interactions/" + alone.text("id") + "/contact", body: `{"as":"contact","name":"x","phone":"x"}`}).problem(http.StatusUnprocessableEntity, "validation_failed")
	if made := r.do(request{as: "manager", method: get, path: "/clients/" + individual.text("client_id")}); made.text("kind") != "individual" || made.text("name") != "Анна" || made.text("details.0.number") != "+79031234567" {
		t.Errorf("the individual %s", made.body)
	}
}

func TestR24_R26_R41_InteractionsThroughTheAPI(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	caseID, _ := r.deal()
	first := r.called(map[string]any{"case_id": caseID, "participants": []any{map[string]any{"user_id": r.users["manager2"].ID}}})
	next := r.do(request{as: "manager", method: post, path: "/interactions", body: map[string]any{
		"kind": "meeting", "status": "planned", "at": r.now.now().Add(time.Hour), "ends_at": r.now.now().Add(2 * time.Hour), "subject_id": first.text("id"),
	}}).want(http.StatusCreated)
	if next.text("subject_id") != first.text("id") || next.text("chain_id") != first.text("id") || next.text("deal_id") != caseID || next.text("participants.0.user_id") == "" {
		t.Errorf("made from another: %s", next.body)
	}
	// Its end moves with it, and null empties a field.
	moved := r.changeInteraction(next.text("id"), map[string]any{"at": r.now.now().Add(3 * time.Hour)}).want(http.StatusOK)
	if moved.text("ends_at") != r.now.now().Add(4*time.Hour).Format(time.RFC3339) {
		t.Errorf("moved: %s", moved.body)
	}
	loose := r.changeInteraction(next.text("id"), `{"subject_id":null,"ends_at":null}`).want(http.StatusOK)
	if loose.at("subject_id") != nil || loose.at("ends_at") != nil {
		t.Errorf("loosened: %s", loose.body)
	}
	lost := r.called(map[string]any{"participants": []any{map[string]any{"name": "Кто-то"}}, "lost": true, "lost_reason": "product"})
	if listed := r.do(request{as: "manager", method: get, path: "/interactions?lost=true"}); listed.text("items.0.id") != lost.text("id") || lost.at("case_id") != nil {
		t.Errorf("lost at acceptance: %s", listed.body)
	}
	for body, pointer := range map[string]string{
		`{"kind":"call","at":"2026-03-02T08:00:00Z","client_id":"` + first.text("client_id") + `","lost_reason":"?"}`:                        "/lost_reason",
		`{"kind":"call","at":"2026-03-03T08:00:00Z","client_id":"` + first.text("client_id") + `","lost":true,"status":"planned"}`:           "/lost",
		`{"kind":"call","at":"2026-03-02T08:00:00Z","client_id":"` + first.text("client_id") + `","lost":true}`:                              "/lost_reason",
		`{"kind":"call","at":"2026-03-02T08:00:00Z","client_id":"` + first.text("client_id") + `","lost":true,"lost_reason":"Не наш товар"}`: "/lost_reason",
		`{"kind":"call","at":"2026-03-02T08:00:00Z","participants":[{}]}`:                                                                    "/participants/0",
		`{"kind":"call","at":"2026-03-02T08:00:00Z","participants":[{"name":"А","detail":"1"}]}`:                                             "/participants/0/detail",
		`{"kind":"call","at":"2026-03-02T08:00:00Z","client_id":"` + first.text("client_id") + `","ends_at":"2026-03-02T07:00:00Z"}`:         "/ends_at",
		`{"kind":"call","at":"2026-03-02T08:00:00Z","client_id":"` + first.text("client_id") + `","remind_at":"2026-03-02T08:30:00Z"}`:       "/remind_at",
		`{"kind":"call","at":"2026-03-02T08:00:00Z","client_id":"` + first.text("client_id") + `","subject_id":"` + uuid.NewString() + `"}`:  "/subject_id",
	} {
		p := r.do(request{as: "manager", method: post, path: "/interactions", body: body}).problem(http.StatusUnprocessableEntity, "validation_failed")
		if len(p.Errors) != 1 || p.Errors[0].Pointer != pointer {
			t.Errorf("%s: %+v", body, p.Errors)
		}
	}
	r.do(request{as: "manager", method: get, path: "/interactions?from=yesterday"}).problem(http.StatusUnprocessableEntity, "validation_failed")
}
