package server

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// feedTexts are the sentences of a case's feed as a user reads it.
func (r *rig) feedTexts(login, id string) []string {
	r.t.Helper()
	var list struct{ Items []feedView }
	r.do(request{as: login, method: get, path: "/cases/" + id + "/feed?limit=200"}).want(http.StatusOK).into(&list)
	texts := make([]string, len(list.Items))
	for i, entry := range list.Items {
		if texts[i] = entry.Text; entry.Text == entry.Kind || entry.Text == "" || strings.Contains(entry.Text, "{") {
			r.t.Errorf("an entry without words: %+v", entry)
		}
	}
	return texts
}

// TestR7_APageOfAFeedIsReadAtOnce: the database is asked as often for the history of a client with many cases as for that of a
// client with one.
func TestR7_APageOfAFeedIsReadAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	opened := func(client string, as, kind string) string {
		body := map[string]any{"client_id": client, "topic": "Станок", "source": "site"}
		if kind == "deals" {
			body["kind"] = "process"
		}
		return r.do(request{as: as, method: post, path: "/" + kind, body: body}).want(http.StatusCreated).text("case.id")
	}
	asked := func(client string) (questions int64, entries int) {
		var list struct{ Items []feedView }
		before := r.asked.n.Load()
		r.do(request{as: "director", method: get, path: "/clients/" + client + "/feed?limit=200"}).want(http.StatusOK).into(&list)
		for _, e := range list.Items {
			if e.Text == "" || strings.Contains(e.Text, "Somebody who is gone") {
				t.Errorf("an entry without its names: %+v", e)
			}
		}
		return r.asked.n.Load() - before, len(list.Items)
	}
	small, large := r.clientNamed("Маяк", nil), r.clientNamed("Якорь", nil)
	opened(small, "manager", "deals")
	for i, as := range []string{"manager", "director", "manager2", "admin", "manager", "director"} {
		kind := "deals"
		if i%3 == 2 {
			kind = "appeals"
		}
		id := opened(large, as, kind)
		r.do(request{as: as, method: post, path: "/cases/" + id + "/comments", body: map[string]any{"text": "Перезвонить"}}).want(http.StatusCreated)
	}
	// Somebody of a department is the performer of one stage of each.
	if _, err := r.db.Pool().Exec(t.Context(), `with made as (insert into departments (id, key, name) values (gen_random_uuid(), 'lab', '{"en": "Lab", "ru": "Лаборатория"}') returning id)
		update tasks set department_id = (select id from made), user_id = null, role = null, as_responsible = false
		where kind = 'stage' and case_id in (select id from cases where client_id = any($1::uuid[]))`, []string{small, large}); err != nil {
		t.Fatal(err)
	}
	asked(small) // what a session reads once is read now
	few, some := asked(small)
	many, all := asked(large)
	if all < 5*some || few == 0 || many != few {
		t.Errorf("%d entries in %d questions, and %d in %d", some, few, all, many)
	}
}

func TestR5_AFeedTellsAnAppealInWords(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.speaksRussian("director")
	id, task := r.appeal()
	done := r.do(request{as: "dispatcher", method: post, path: "/tasks/" + task + "/complete", body: map[string]any{
		"outcome": "hand-over", "fields": map[string]any{"purpose": "question", "performer": r.users["manager"].ID},
	}}).want(http.StatusOK)
	r.do(request{as: "manager", method: post, path: "/cases/" + id + "/events", body: map[string]any{
		"event": "payment", "external_id": "p-1", "data": map[string]any{"amount": 1200, "bank": "Север"},
	}}).want(http.StatusOK)
	r.do(request{as: "manager", method: post, path: "/tasks/" + done.text("next_tasks.0.id") + "/complete", body: map[string]any{
		"outcome": "resolved", "fields": map[string]any{"result": "Заказ в пути"},
	}}).want(http.StatusOK)
	en := []string{
		"Имя dispatcher opened the case.",
		"The case came to “Classification”. Performer: Dispatcher.",
		"Имя dispatcher completed “Classification”: Hand over.",
		"The case came to “Processing”. Performer: Имя manager.",
		"Told from outside: a payment has come (amount: 1200, bank: Север).",
		"Имя manager completed “Processing”: Resolved.",
		"The case is closed: Resolved (positive).",
	}
	if got := r.feedTexts("admin", id); !slices.Equal(got, en) {
		t.Errorf("in English:\n%s", strings.Join(got, "\n"))
	}
	ru := r.feedTexts("director", id)
	for i, says := range map[int]string{
		0: "Имя dispatcher: карточка создана.", 1: "Карточка пришла на этап «Классификация». Исполнитель: Диспетчер.",
		4: "Сообщение извне: пришла оплата (amount: 1200, bank: Север).",
	} {
		if i >= len(ru) || ru[i] != says {
			t.Errorf("in Russian:\n%s", strings.Join(ru, "\n"))
		}
	}
}

func TestR5_AFeedTellsAMoveFromAnEntryAndNamesTheResult(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id, task := r.deal()
	r.do(request{as: "manager", method: post, path: "/tasks/" + task + "/complete", body: map[string]any{
		"outcome": "no-answer", "fields": map[string]any{"planned_call": map[string]any{"kind": "call", "at": "2026-03-05T09:00:00Z", "topic": "Ещё раз"}},
	}}).want(http.StatusOK)
	r.do(request{as: "manager", method: post, path: "/deals/" + id + "/switch-to-manual", body: map[string]any{"reason": "Особый случай"}}).want(http.StatusOK)
	r.do(request{as: "manager", method: post, path: "/deals/" + id + "/move", body: map[string]any{"stage": "offer"}}).want(http.StatusOK)
	r.do(request{as: "manager", method: post, path: "/deals/" + id + "/close", body: map[string]any{
		"result": "won", "fields": map[string]any{"amount": "1000"},
	}}).want(http.StatusOK)
	got := r.feedTexts("manager", id)
	for _, says := range []string{
		"Имя manager planned a call for 5 Mar 2026 12:00 MSK: Ещё раз.",
		"Имя manager switched the case to manual mode. Reason: Особый случай.",
		"Имя manager closed the case by hand: won.",
	} {
		if !slices.Contains(got, says) {
			t.Errorf("nothing says %q:\n%s", says, strings.Join(got, "\n"))
		}
	}
	if !slices.ContainsFunc(got, func(text string) bool { return strings.HasPrefix(text, "Имя manager moved the case by hand to “") }) {
		t.Errorf("no move:\n%s", strings.Join(got, "\n"))
	}
}

// speaksRussian changes a user's language.
func (r *rig) speaksRussian(login string) {
	r.t.Helper()
	if _, err := r.db.Pool().Exec(r.t.Context(), "update users set lang = 'ru' where login = $1", login); err != nil {
		r.t.Fatal(err)
	}
}

var valueForm = regexp.MustCompile(`\{[a-z]+\}`)

// TestFeedTextsAreInBothLanguages and name the same values.
func TestFeedTextsAreInBothLanguages(t *testing.T) {
	t.Parallel()
	for key, text := range feedTexts {
		en, ru := valueForm.FindAllString(text.EN, -1), valueForm.FindAllString(text.RU, -1)
		slices.Sort(en)
		slices.Sort(ru)
		if text.EN == "" || text.RU == "" || !slices.Equal(en, ru) {
			t.Errorf("%s: %q and %q", key, text.EN, text.RU)
		}
	}
}

// TestR5_AnEndByHandTellsWhoAndHow, and why the task went.
func TestR5_AnEndByHandTellsWhoAndHow(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id, _ := r.deal()
	r.do(request{as: "manager", method: post, path: "/cases/" + id + "/close", body: map[string]any{
		"outcome": "lost", "fields": map[string]any{"reason": "price"},
	}}).want(http.StatusOK)
	texts := r.feedTexts("manager", id)
	for _, want := range []string{"The task “Primary contact” was withdrawn: the case was closed.", "Имя manager closed the case by hand: Lost (lost)."} {
		if !slices.ContainsFunc(texts, func(text string) bool { return strings.HasPrefix(text, want) }) {
			t.Errorf("%q is not in:\n%s", want, strings.Join(texts, "\n"))
		}
	}
}

// TestR5_R30_R36_R39_R45_WhatIsNamedByAKeyIsToldByItsName: reasons of the lists, templates and own attributes.
func TestR5_R30_R36_R39_R45_WhatIsNamedByAKeyIsToldByItsName(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.speaksRussian("director")
	r.put("/attributes/deal/region_of_use", `{"type":"text","name":{"en":"Where it is used","ru":"Где применяется"}}`, "If-None-Match", "*").want(http.StatusOK)
	r.put("/templates/offer-sent", `{"lang":"ru","channel":"email","subject":"Предложение по {{.Number}}","text":"x"}`, "If-None-Match", "*").want(http.StatusOK)
	id, _ := r.deal()
	r.do(request{
		as: "manager", method: patch, path: "/cases/" + id, body: `{"attributes":{"region_of_use":"Омск"}}`, headers: map[string]string{"If-Match": "*"},
	}).want(http.StatusOK)
	_, err := r.db.Pool().Exec(t.Context(), `insert into feed (id, case_id, at, kind, data) select gen_random_uuid(), $1, now(), 'notification', data from (values
			('{"template": "offer-sent", "channel": "email", "recipient": "client", "status": "sent"}'::jsonb),
			('{"template": "gone", "channel": "email", "recipient": "client", "status": "sent"}')) n (data)`, id)
	if err != nil {
		t.Fatal(err)
	}
	r.act("manager", "/cases/"+id+"/close", map[string]any{"outcome": "lost", "fields": map[string]any{"reason": "no-budget"}}).want(http.StatusOK)
	claim := r.act("manager", "/claims", `{"client":{"name":"ООО Лампа"},"topic":"Брак","source":"site","fields":{"description":"Не горит","reason":"quality","date":"2026-03-01"}}`).want(http.StatusCreated)
	r.act("manager", "/tasks/"+claim.text("next_tasks.0.id")+"/complete", `{"outcome":"accepted","fields":{"description":"Не горит","reason":"quality","date":"2026-03-01"}}`).want(http.StatusOK)
	wants := map[string][]string{
		id: {
			"Имя manager: изменения: Где применяется.", "Письмо «Предложение по …», кому: клиент: отправлено.", "Письмо «gone», кому: клиент: отправлено.",
			"Имя manager: карточка закрыта вручную: Проиграна (проиграна). Причина: Нет бюджета.",
		},
		claim.text("case.id"): {"Имя manager: задача «Регистрация» выполнена. Итог: Принята. Причина: Качество товара."},
	}
	for id, says := range wants {
		got := r.feedTexts("director", id)
		for _, want := range says {
			if !slices.Contains(got, want) {
				t.Errorf("%q is not in:\n%s", want, strings.Join(got, "\n"))
			}
		}
	}
}

// TestR5_HistoryStaysWhenATaskIsHandedOn: whoever had the task when the case came to its stage had it.
func TestR5_HistoryStaysWhenATaskIsHandedOn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id, task := r.deal()
	before := r.feedTexts("director", id)
	r.do(request{as: "manager", method: post, path: "/tasks/" + task + "/delegate", body: map[string]any{"user_id": r.users["director"].ID}}).want(http.StatusOK)
	after := r.feedTexts("director", id)
	if !slices.Equal(before, after[:len(before)]) || !strings.HasSuffix(before[len(before)-1], "Performer: Имя manager.") {
		t.Errorf("before:\n%s\nafter:\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
	}
}

func TestR5_ADismissedIncidentNamesWhoSettledIt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id, _ := r.deal()
	const incident = "019aa000-0000-7000-8000-000000000001"
	_, err := r.db.Pool().Exec(t.Context(), `insert into incidents (id, case_id, code, opened_at, blocking) values ($1, $2, 'rule_failed', $3, false)`,
		incident, id, r.now.now())
	if err != nil {
		t.Fatal(err)
	}
	r.do(request{as: "manager", method: post, path: "/cases/" + id + "/retry", body: map[string]any{"incident_id": incident}}).want(http.StatusOK)
	if texts := r.feedTexts("director", id); texts[len(texts)-1] != "Имя manager settled what had failed." {
		t.Errorf("the feed:\n%s", strings.Join(texts, "\n"))
	}
}
