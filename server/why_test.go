package server

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

// hookMap waits for another system at once.
const hookMap = `id: hook
process: deal
control: process
name: {en: Hook, ru: Вызов}
state: active
stages:
  - id: order
    kind: action
    name: {en: Order, ru: Заказ}
    action: {webhook: "https://other.example/orders"}
  - id: after
    name: {en: After, ru: После}
    performer: responsible
    outcomes:
      - {id: done, name: {en: Done, ru: Готово}, finish: positive}
`

// TestR51_WhyTellsOfAWebhookThatDoesNotGetThrough long before it is an incident: how often it was tried, what came of it in
// words, and when it is tried again.
func TestR51_WhyTellsOfAWebhookThatDoesNotGetThrough(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.config.ReasonText = func(code string, lang crm.Lang) string { return code + " in words of " + string(lang) }
	r.do(request{as: "designer", method: post, path: "/route-maps", body: map[string]any{"source": hookMap}}).want(http.StatusCreated)
	made := r.do(request{as: "manager", method: post, path: "/deals", body: map[string]any{
		"client_id": r.client(), "topic": "Станок", "source": "site", "map": "hook",
	}}).want(http.StatusCreated)
	id := made.text("case.id")
	r.speaksRussian("director")
	why := func(login string) *answer {
		return r.do(request{as: login, method: get, path: "/cases/" + id + "/why"}).want(http.StatusOK)
	}
	if first := why("manager").text("waiting_for.0.text"); first != "“Order” waits for an answer of another system." {
		t.Errorf("before the first attempt: %s", first)
	}
	ledger := r.do(request{as: "manager", method: get, path: "/cases/" + id + "/notifications"}).want(http.StatusOK)
	n, mine, err := r.db.ClaimNotification(t.Context(), uuid.MustParse(ledger.text("items.0.id")), time.Minute)
	if err != nil || !mine {
		t.Fatal(mine, err)
	}
	n.Status, n.Reason = crm.NotificationPending, "webhook_unreachable"
	if err := r.db.FinishNotification(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	en := why("manager")
	if got := en.text("waiting_for.0.text"); got != "“Order” waits for another system. Attempts so far: 1; the last one: "+
		"webhook_unreachable in words of en. Next try at 2 Mar 2026 12:00 MSK." {
		t.Errorf("after an attempt: %s", got)
	}
	if en.at("waiting_for.0.attempts") != 1.0 || en.text("waiting_for.0.reason") != "webhook_unreachable" || en.text("waiting_for.0.until") != "2026-03-02T09:00:05Z" {
		t.Errorf("after an attempt: %s", en.body)
	}
	if ru := why("director").text("waiting_for.0.text"); !strings.HasPrefix(ru, "«Заказ» ждёт другую систему. Попыток: 1; последняя: webhook_unreachable in words of ru.") {
		t.Errorf("in Russian: %s", ru)
	}
	r.now.pass(time.Minute)
	late := why("manager")
	if got := late.text("waiting_for.0.text"); !strings.HasSuffix(got, "The next try was due at 2 Mar 2026 12:00 MSK and has not begun yet.") {
		t.Errorf("after the next try was due: %s", got)
	}
	if strings.Contains(string(late.body), `"until"`) || late.at("waiting_for.0.attempts") != 1.0 {
		t.Errorf("a time that has passed is told as one to come: %s", late.body)
	}
	if again := r.do(request{as: "manager", method: get, path: "/cases/" + id + "/notifications"}); again.text("items.0.next_try_at") != "2026-03-02T09:00:05Z" {
		t.Errorf("the ledger: %s", again.body)
	}
}

// TestR51_WhyTellsOfAnEventInWords, not by the word that maps write for it.
func TestR51_WhyTellsOfAnEventInWords(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	source := strings.Replace(hookMap, "    kind: action\n", "    kind: wait\n", 1)
	source = strings.Replace(source, `action: {webhook: "https://other.example/orders"}`, "wait: {event: document, timeout: {after: 3 days, to: after}}", 1)
	r.do(request{as: "designer", method: post, path: "/route-maps", body: map[string]any{"source": source}}).want(http.StatusCreated)
	id := r.do(request{as: "manager", method: post, path: "/deals", body: map[string]any{
		"client_id": r.client(), "topic": "Станок", "source": "site", "map": "hook",
	}}).want(http.StatusCreated).text("case.id")
	r.speaksRussian("director")
	for login, begins := range map[string]string{"manager": "“Order” waits for this: a document has come, until ", "director": "«Заказ» ждёт события: пришёл документ, не дольше чем до "} {
		why := r.do(request{as: login, method: get, path: "/cases/" + id + "/why"}).want(http.StatusOK)
		if got := why.text("waiting_for.0.text"); !strings.HasPrefix(got, begins) || why.text("waiting_for.0.event") != "document" {
			t.Errorf("%s reads %s", login, why.body)
		}
	}
}

func TestR33_R39_TheRouteNamesAPoolAndTheFeedACallOfAnotherSystem(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.add("/departments", map[string]any{"key": "service", "name": map[string]any{"en": "Service", "ru": "Сервис"}})
	source := strings.Replace(hookMap, "performer: responsible", "performer: {department: service}", 1)
	r.do(request{as: "designer", method: post, path: "/route-maps", body: map[string]any{"source": source}}).want(http.StatusCreated)
	id := r.do(request{as: "manager", method: post, path: "/deals", body: map[string]any{
		"client_id": r.client(), "topic": "Станок", "source": "site", "map": "hook",
	}}).want(http.StatusCreated).text("case.id")
	route := r.do(request{as: "manager", method: get, path: "/cases/" + id + "/route"}).want(http.StatusOK)
	if route.text("stages.1.performer.kind") != "department" || route.text("stages.1.performer.name") != "Service" {
		t.Errorf("the stages are performed by %s", route.body)
	}
	if drawn := r.do(request{as: "designer", method: get, path: "/route-maps/hook/versions/1"}).want(http.StatusOK); drawn.text("diagram.stages.1.performer") != "Service" {
		t.Errorf("the map is drawn with %s", drawn.body)
	}
	if _, err := r.db.Pool().Exec(t.Context(), `insert into feed (id, case_id, kind, at, data)
		values ($1, $2, 'notification', $3, '{"status": "failed", "channel": "webhook", "reason": "webhook_unreachable", "recipient": "webhook"}')`,
		uuid.New(), id, r.now.now()); err != nil {
		t.Fatal(err)
	}
	for _, text := range r.feedTexts("manager", id) {
		if strings.ContainsAny(text, "{}") {
			t.Errorf("the feed says %q", text)
		}
	}
}
