package server

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
)

const warehouse = `{"name":"Warehouse","url":"https://warehouse.example/hook","kinds":["created","closed"]}`

func TestWebhooksAreKeptByAdministrators(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, login := range []string{"director", "manager", "designer", "auditor"} {
		r.do(request{as: login, method: post, path: "/webhooks", body: warehouse}).problem(http.StatusForbidden, "not_allowed")
		r.do(request{as: login, path: "/webhooks"}).problem(http.StatusForbidden, "not_allowed")
	}
	key := map[string]string{"Idempotency-Key": "once"}
	made := r.do(request{as: "admin", method: post, path: "/webhooks", body: warehouse, headers: key}).want(http.StatusCreated)
	id := made.text("id")
	secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(made.text("secret"), "whsec_"))
	if err != nil || len(secret) != 32 || made.header.Get("ETag") != `"1"` || made.header.Get("Location") != apiPrefix+"/webhooks/"+id || made.at("enabled") != true {
		t.Errorf("%v %s", made.header, made.body)
	}
	r.do(request{as: "admin", method: post, path: "/webhooks", body: warehouse, headers: key}).problem(http.StatusConflict, "webhook_secret_shown")
	for _, path := range []string{"/webhooks", "/webhooks/" + id} {
		if shown := r.do(request{as: "admin", path: path}).want(http.StatusOK); strings.Contains(string(shown.body), "secret") || !strings.Contains(string(shown.body), id) {
			t.Errorf("%s: %s", path, shown.body)
		}
	}
	if strings.Contains(r.log.String(), made.text("secret")) {
		t.Error("the secret is in the log")
	}
	for wrong, pointer := range map[string]string{
		`{"name":" ","url":"https://a.example","kinds":["created"]}`:                      "/name",
		`{"name":"x","url":"http://a.example","kinds":["created"]}`:                       "/url",
		`{"name":"x","url":"https://me:word@a.example","kinds":["created"]}`:              "/url",
		`{"name":"x","url":"ftp://a.example","kinds":["created"]}`:                        "/url",
		`{"name":"x","url":"http://127.0.0.1.example/hook","kinds":["created"]}`:          "/url",
		`{"name":"x","url":"https://a.example/\u202e","kinds":["created"]}`:               "/url",
		`{"name":"x","url":"https://a.example","kinds":[]}`:                               "/kinds",
		`{"name":"x","url":"https://a.example","kinds":["created","everything"]}`:         "/kinds/1",
		`{"name":"x","url":"https://a.example","kinds":["created"],"secret":"whsec_AAA"}`: "/secret",
	} {
		p := r.do(request{as: "admin", method: post, path: "/webhooks", body: wrong}).problem(http.StatusUnprocessableEntity, "validation_failed")
		if len(p.Errors) != 1 || p.Errors[0].Pointer != pointer {
			t.Errorf("%s: %+v", wrong, p.Errors)
		}
	}
	path := "/webhooks/" + id
	r.do(request{as: "admin", method: patch, path: path, body: `{}`}).problem(http.StatusPreconditionRequired, "if_match_required")
	r.change(path, "*", `{"url":"http://a.example"}`).problem(http.StatusUnprocessableEntity, "validation_failed")
	changed := r.change(path, `"1"`, `{"name":"Stores","enabled":false,"kinds":["payment"],"url":"http://127.0.0.1:9000/hook"}`).want(http.StatusOK)
	if changed.header.Get("ETag") != `"2"` || changed.text("name") != "Stores" || changed.at("enabled") != false || changed.text("kinds.0") != "payment" {
		t.Errorf("%s", changed.body)
	}
	r.change(path, `"1"`, `{"enabled":true}`).problem(http.StatusPreconditionFailed, "stale")
	renew := request{as: "admin", method: post, path: path + "/secret"}
	r.do(renew).problem(http.StatusPreconditionRequired, "if_match_required")
	renew.headers = map[string]string{"If-Match": `"2"`}
	renewed := r.do(renew).want(http.StatusOK)
	if renewed.header.Get("ETag") != `"3"` || renewed.text("secret") == made.text("secret") {
		t.Errorf("%v %s", renewed.header, renewed.body)
	}
	r.do(renew).problem(http.StatusPreconditionFailed, "stale")
	r.do(request{as: "admin", method: remove, path: path, headers: map[string]string{"If-Match": `"2"`}}).problem(http.StatusPreconditionFailed, "stale")
	r.do(request{as: "admin", method: remove, path: path, headers: map[string]string{"If-Match": `"3"`}}).want(http.StatusNoContent)
	r.do(request{as: "admin", path: path}).problem(http.StatusNotFound, "webhook_not_found")
	r.do(request{as: "admin", path: "/webhooks/moon"}).problem(http.StatusNotFound, "webhook_not_found")
}

func TestDeliveriesOfAWebhookAreShownAndTriedAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	path := "/webhooks/" + r.do(request{as: "admin", method: post, path: "/webhooks", body: warehouse}).want(http.StatusCreated).text("id")
	other := "/webhooks/" + r.do(request{as: "admin", method: post, path: "/webhooks", body: warehouse}).want(http.StatusCreated).text("id")
	key := map[string]string{"Idempotency-Key": "test"}
	made := r.do(request{as: "admin", method: post, path: path + "/test", headers: key}).want(http.StatusCreated)
	id := made.text("id")
	if made.text("kind") != "test" || made.text("status") != "pending" || made.at("may_retry") != true || made.at("case_id") != nil {
		t.Errorf("%s", made.body)
	}
	if again := r.do(request{as: "admin", method: post, path: path + "/test", headers: key}).want(http.StatusCreated); again.text("id") != id {
		t.Errorf("a repeated request makes another test: %s", again.body)
	}
	r.do(request{as: "admin", method: post, path: path + "/test"}).want(http.StatusCreated)
	if all := r.do(request{as: "admin", path: path + "/deliveries?limit=1"}).want(http.StatusOK); all.text("next") == "" {
		t.Errorf("%s", all.body)
	} else if rest := r.do(request{as: "admin", path: path + "/deliveries?limit=1&after=" + all.text("next")}).want(http.StatusOK); rest.text("items.0.id") == all.text("items.0.id") || rest.at("next") != nil {
		t.Errorf("%s", rest.body)
	}
	if shown := r.do(request{as: "admin", path: path}).want(http.StatusOK); shown.at("waiting.count") != 2.0 {
		t.Errorf("%s", shown.body)
	}
	r.exec("update webhook_deliveries set status = 'failed', problem = 'webhook_refused', answer = 500, attempt = 15, next_at = null, finished_at = now() where id = $1", id)
	failed := r.do(request{as: "admin", path: path + "/deliveries?status=failed"}).want(http.StatusOK)
	if failed.text("items.0.id") != id || failed.text("items.0.problem") != "webhook_refused" || failed.at("items.0.answer") != 500.0 || failed.at("items.0.attempts") != 15.0 {
		t.Errorf("%s", failed.body)
	}
	retry := path + "/deliveries/" + id + "/retry"
	if again := r.do(request{as: "admin", method: post, path: retry}).want(http.StatusOK); again.text("status") != "pending" {
		t.Errorf("%s", again.body)
	}
	r.exec("update webhook_deliveries set status = 'delivered', problem = '', answer = 200, next_at = null, finished_at = now() where id = $1", id)
	r.do(request{as: "admin", method: post, path: retry}).problem(http.StatusConflict, "delivery_not_repeatable")
	for _, nowhere := range []string{other + "/deliveries/" + id, path + "/deliveries/" + uuid.NewString(), path + "/deliveries/moon"} {
		r.do(request{as: "admin", path: nowhere}).problem(http.StatusNotFound, "webhook_delivery_not_found")
		r.do(request{as: "admin", method: post, path: nowhere + "/retry"}).problem(http.StatusNotFound, "webhook_delivery_not_found")
	}
	for _, path := range []string{"/webhooks/" + uuid.NewString() + "/deliveries", "/webhooks/moon/deliveries"} {
		r.do(request{as: "admin", path: path}).problem(http.StatusNotFound, "webhook_not_found")
	}
	r.do(request{as: "admin", method: post, path: "/webhooks/" + uuid.NewString() + "/test"}).problem(http.StatusNotFound, "webhook_not_found")
	r.do(request{as: "director", path: path + "/deliveries"}).problem(http.StatusForbidden, "not_allowed")
	r.do(request{as: "director", method: post, path: retry}).problem(http.StatusForbidden, "not_allowed")
}
