package server

import (
	"maps"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestR63_LettersOverTheAPI(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	made := r.act("manager", "/deals", map[string]any{
		"client": map[string]any{"name": "ООО Лампа", "email": "office@lamp.example"}, "topic": "Станок", "source": "site", "kind": "process",
	}).want(http.StatusCreated)
	path := "/cases/" + made.text("case.id") + "/letters"
	letter := map[string]any{"to": "Office@lamp.example", "subject": "Предложение", "text": "Здравствуйте!"}
	r.act("manager", path, letter).problem(http.StatusConflict, "no_own_address")
	r.do(request{as: "admin", method: patch, path: "/users/" + r.users["manager"].ID.String(), body: `{"email":"manager@office.example"}`, headers: map[string]string{"If-Match": "*"}}).want(http.StatusOK)
	r.patchMe("manager", "*", `{"signature":"С уважением,\nИван"}`).want(http.StatusOK)

	r.act("manager2", path, letter).problem(http.StatusForbidden, "not_on_the_case")
	for pointer, change := range map[string]map[string]any{
		"/to": {"to": "somebody@else.example"}, "/subject": {"subject": " "}, "/reply_to": {"reply_to": r.users["manager"].ID},
		"/file_ids/0": {"file_ids": []any{r.users["manager"].ID}},
	} {
		wrong := map[string]any{"to": "office@lamp.example", "subject": "x", "text": "y"}
		maps.Copy(wrong, change)
		p := r.act("manager", path, wrong).problem(http.StatusUnprocessableEntity, "validation_failed")
		require.Equal(t, pointer, p.Errors[0].Pointer)
	}
	sent := r.act("manager", path, letter).want(http.StatusCreated)
	require.Equal(t, "С уважением,\nИван", sent.text("signature"))
	require.Equal(t, "office@lamp.example", sent.text("to"))
	require.Equal(t, "pending", sent.text("status"))
	letter["reply_to"] = sent.text("id")
	again := r.act("manager", path, letter).want(http.StatusCreated)
	all := r.do(request{as: "auditor", method: get, path: path}).want(http.StatusOK)
	require.Len(t, all.at("items"), 2)
	require.Equal(t, sent.text("id"), again.text("reply_to"))
}

// listening is a map whose stage is left when something comes from outside.
const listening = `
id: listening
process: interest
name: {en: Listening, ru: Слушает}
stages:
  - id: first
    name: {en: First, ru: Первый}
    performer: responsible
    on_event:
      - {event: call, outcome: came}
      - {event: inbound_email, outcome: came}
      - {event: payment, outcome: came}
      - {event: document, outcome: came}
    outcomes:
      - {id: came, name: {en: Came, ru: Пришло}, to: second}
  - id: second
    name: {en: Second, ru: Второй}
    performer: responsible
    on_entry: [{create_task: {name: {en: Thank the client, ru: Поблагодарить клиента}, performer: responsible}}]
    outcomes:
      - {id: done, name: {en: Done, ru: Готово}, finish: positive}
      - {id: no, name: {en: No, ru: Нет}, finish: negative}
`

func (r *rig) listener() string {
	r.t.Helper()
	r.act("admin", "/route-maps", map[string]any{"source": listening}).want(http.StatusCreated)
	return r.act("manager", "/interests", map[string]any{
		"client": map[string]any{"name": "ООО Лампа", "email": "office@lamp.example"}, "topic": "Лампы", "source": "site", "map": "listening",
	}).want(http.StatusCreated).text("case.id")
}

// TestR11_WhatIsRecordedMovesTheInterestOnOnce: the stage is entered once, with its task for the responsible and the one that
// its rule makes.
func TestR11_WhatIsRecordedMovesTheInterestOnOnce(t *testing.T) {
	t.Parallel()
	for name, record := range map[string]func(r *rig, id string){
		"a payment": func(r *rig, id string) {
			r.do(request{as: "manager", method: post, path: "/cases/" + id + "/payments", body: map[string]any{"amount": "12500.50"}, headers: map[string]string{"Idempotency-Key": "one"}}).want(http.StatusCreated)
		},
		"a call": func(r *rig, id string) {
			r.do(request{as: "manager", method: post, path: "/interactions", body: map[string]any{
				"kind": "call", "direction": "in", "at": "2026-03-02T08:00:00Z", "topic": "Вопрос", "case_id": id,
			}, headers: map[string]string{"Idempotency-Key": "one"}}).want(http.StatusCreated)
		},
		"a letter": func(r *rig, id string) {
			r.do(request{as: "manager", method: post, path: "/interactions", body: map[string]any{
				"kind": "email", "direction": "in", "at": "2026-03-02T08:00:00Z", "topic": "Вопрос", "case_id": id,
			}, headers: map[string]string{"Idempotency-Key": "one"}}).want(http.StatusCreated)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			id := r.listener()
			record(r, id)
			record(r, id)
			c := r.do(request{as: "manager", method: get, path: "/cases/" + id}).want(http.StatusOK)
			require.Equal(t, "second", c.text("stage"))
			tasks := r.do(request{as: "manager", method: get, path: "/tasks?case=" + id + "&status=open"}).want(http.StatusOK)
			require.Len(t, tasks.at("items"), 2)
			for _, at := range []string{"items.0", "items.1"} {
				require.Equal(t, r.users["manager"].ID.String(), tasks.text(at+".performer.user_id"))
			}
		})
	}
}

// TestR11_ADocumentOfAColleagueMovesTheInterestOn: not the responsible's own, and once, though the file is taken off and put back.
func TestR11_ADocumentOfAColleagueMovesTheInterestOn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.listener()
	path := "/cases/" + id
	stage := func() string {
		return r.do(request{as: "manager", path: path}).want(http.StatusOK).text("stage")
	}
	r.uploadAs("manager", path, "свой.txt", "проект").want(http.StatusCreated)
	require.Equal(t, "first", stage(), "the responsible knows of his own")
	file := r.uploadAs("director", path, "договор.txt", "подписан").want(http.StatusCreated).text("id")
	require.Equal(t, "second", stage())
	tasks := r.do(request{as: "manager", path: "/tasks?status=open&case=" + id}).want(http.StatusOK)
	require.Len(t, tasks.at("items"), 2, "the stage's, and that of its rule")
	for _, at := range []string{"items.0", "items.1"} {
		require.Equal(t, r.users["manager"].ID.String(), tasks.text(at+".performer.user_id"))
	}
	r.do(request{as: "director", method: remove, path: "/files/" + file}).want(http.StatusOK)
	r.act("director", "/files/"+file+"/restore", nil).want(http.StatusOK)
	feed := r.feedTexts("manager", id)
	told := 0
	for _, text := range feed {
		if text == "The route took note: a document has come." {
			told++
		}
	}
	require.Equal(t, 1, told, feed)
}

func TestR11_PaymentsOverTheAPI(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.listener()
	path := "/cases/" + id + "/payments"
	for body, pointer := range map[string]string{
		`{"amount":"0"}`: "/amount", `{"amount":"-5"}`: "/amount", `{"amount":5}`: "/amount", `{"amount":"5","paid_on":"0001-01-01"}`: "/paid_on", `{"amount":"12.345"}`: "/amount", `{"amount":"many"}`: "/amount",
		`{"amount":"5","paid_on":"2026-03-20"}`: "/paid_on", `{"amount":"5","currency":"rub"}`: "/currency",
		`{"amount":"5","currency":"RUR"}`: "/currency",
	} {
		p := r.act("manager", path, body).problem(http.StatusUnprocessableEntity, "validation_failed")
		require.Equal(t, pointer, p.Errors[0].Pointer, body)
		if pointer == "/currency" {
			require.Equal(t, "not_a_currency", p.Errors[0].Code)
		}
	}
	r.act("manager2", path, `{"amount":"5"}`).problem(http.StatusForbidden, "not_on_the_case")
	made := r.act("manager", path, `{"amount":"12500.5","document":"№ 17"}`).want(http.StatusCreated)
	require.Equal(t, []any{"12500.50", "RUB", "2026-03-02", "№ 17"}, []any{made.at("amount"), made.at("currency"), made.at("paid_on"), made.at("document")})
	gone := r.act("manager", "/payments/"+made.text("id")+"/withdraw", nil).want(http.StatusOK)
	require.NotNil(t, gone.at("withdrawn_at"))
	r.act("manager", "/payments/"+made.text("id")+"/withdraw", nil).want(http.StatusOK)
	all := r.do(request{as: "auditor", method: get, path: path}).want(http.StatusOK)
	require.Len(t, all.at("items"), 1)
	require.Equal(t, "second", r.do(request{as: "manager", method: get, path: "/cases/" + id}).text("stage"), "what it has moved stays moved")
	feed := string(r.do(request{as: "manager", method: get, path: "/cases/" + id + "/feed"}).want(http.StatusOK).body)
	require.Contains(t, feed, "recorded a payment of 12500.50 RUB")
	require.Contains(t, feed, "it was a mistake")
	require.Contains(t, feed, "The route took note: a payment has come.")
	require.NotContains(t, feed, "Told from outside")
}
