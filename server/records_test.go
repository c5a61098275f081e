package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"

	"marshrut/crm"
)

func TestR44_ClientsAndContacts(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	made := r.do(request{as: "manager", method: post, path: "/clients", body: map[string]any{
		"name": " ООО Ромашка ", "time_zone": "Asia/Omsk", "details": []map[string]string{
			{"kind": "email", "value": "info@romashka.example"}, {"kind": "phone", "value": "+7 (495) 000-00-00 доб. 7"},
		},
	}}).want(http.StatusCreated)
	id := made.text("id")
	if made.text("name") != "ООО Ромашка" || made.text("status") != "potential" || made.header.Get("Location") != apiPrefix+"/clients/"+id {
		t.Errorf("answer %s", made.body)
	}
	r.do(request{as: "manager", method: patch, path: "/clients/" + id, body: `{"status":"active"}`}).problem(http.StatusPreconditionRequired, "if_match_required")
	changed := r.do(request{as: "manager", method: patch, path: "/clients/" + id, headers: map[string]string{"If-Match": made.header.Get("ETag")}, body: map[string]any{
		"status": "active", "owner_id": r.users["manager"].ID, "details": []map[string]string{{"kind": "email", "value": "new@romashka.example"}},
	}}).want(http.StatusOK)
	if changed.text("details.0.value") != "new@romashka.example" || len(changed.at("details").([]any)) != 1 || changed.text("name") != "ООО Ромашка" {
		t.Errorf("answer %s", changed.body)
	}
	r.do(request{as: "manager", method: patch, path: "/clients/" + id, headers: map[string]string{"If-Match": made.header.Get("ETag")}, body: `{"name":"x"}`}).
		problem(http.StatusPreconditionFailed, "stale")

	contact := r.do(request{as: "manager", method: post, path: "/contacts", body: map[string]any{
		"client_id": id, "name": "Анна", "position": "Директор", "details": []map[string]string{{"kind": "mailing", "value": "anna@romashka.example"}},
	}}).want(http.StatusCreated)
	r.do(request{as: "manager", method: patch, path: "/contacts/" + contact.text("id"), headers: map[string]string{"If-Match": "*"}, body: `{"position":""}`}).want(http.StatusOK)
	listed := r.do(request{as: "manager", method: get, path: "/contacts?client=" + id}).want(http.StatusOK)
	if listed.text("items.0.name") != "Анна" || len(listed.at("items").([]any)) != 1 {
		t.Errorf("contacts %s", listed.body)
	}
}

func TestR3_R4_Interactions(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	caseID, _ := r.deal()
	planned := r.do(request{as: "manager", method: post, path: "/interactions", body: map[string]any{
		"case_id": caseID, "kind": "call", "status": "planned", "at": "2026-03-05T10:00:00+03:00", "topic": "Перезвонить",
	}}).want(http.StatusCreated)
	if planned.text("at") != "2026-03-05T07:00:00Z" || planned.text("client_id") == "" || planned.text("responsible_id") != r.users["manager"].ID.String() {
		t.Errorf("answer %s", planned.body)
	}
	id := planned.text("id")
	change := func(body string) *answer {
		return r.do(request{as: "manager", method: patch, path: "/interactions/" + id, headers: map[string]string{"If-Match": "*"}, body: body})
	}
	// What is still to come has not been held, and what is put off is not put into the past.
	for _, body := range []string{`{"status":"completed","at":"2026-03-05T07:00:00Z"}`, `{"at":"2026-03-01T10:00:00Z"}`} {
		if p := change(body).problem(http.StatusUnprocessableEntity, "validation_failed"); p.Errors[0].Pointer != "/at" {
			t.Errorf("%s: %+v", body, p.Errors)
		}
	}
	for body, code := range map[string]string{
		`{"client_id":"` + planned.text("client_id") + `","kind":"call","status":"planned","at":"2026-03-02T08:58:00Z"}`: "in_the_past",
		`{"client_id":"` + planned.text("client_id") + `","kind":"call","at":"2026-03-02T09:02:00Z"}`:                    "in_the_future",
	} {
		p := r.do(request{as: "manager", method: post, path: "/interactions", body: body}).problem(http.StatusUnprocessableEntity, "validation_failed")
		if len(p.Errors) != 1 || p.Errors[0].Pointer != "/at" || p.Errors[0].Code != code {
			t.Errorf("%s: %+v", body, p.Errors)
		}
	}
	r.now.pass(4 * 24 * time.Hour) // it has been missed: what is recorded of it may change all the same
	change(`{"topic":"Перезвонить ещё раз"}`).want(http.StatusOK)
	for _, status := range []string{"cancelled", "planned", "completed"} {
		a := r.do(request{as: "manager", method: patch, path: "/interactions/" + id, headers: map[string]string{"If-Match": "*"}, body: map[string]string{"status": status}}).want(http.StatusOK)
		if a.text("status") != status {
			t.Errorf("answer %s", a.body)
		}
	}
	r.do(request{as: "manager", method: patch, path: "/interactions/" + id, headers: map[string]string{"If-Match": `"1"`}, body: `{"topic":"x"}`}).problem(http.StatusPreconditionFailed, "stale")
	r.do(request{as: "manager", method: post, path: "/interactions", body: `{"kind":"call","at":"2026-03-05T10:00:00Z"}`}).problem(http.StatusUnprocessableEntity, "validation_failed")
	if items := r.do(request{as: "manager", method: get, path: "/interactions?responsible=me&status=completed&case=" + caseID}).at("items").([]any); len(items) != 1 {
		t.Errorf("%d interactions", len(items))
	}
}

func form(t *testing.T, name, mediaType string, content []byte) (contentType string, body []byte) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.WriteField("comment", "ignored"); err != nil {
		t.Fatal(err)
	}
	part, err := w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="file"; filename="` + name + `"`}, "Content-Type": {mediaType},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), b.Bytes()
}

func TestR10_Files(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	caseID, _ := r.deal()
	attach := func(name, mediaType string, content []byte, key string) *answer {
		contentType, body := form(t, name, mediaType, content)
		return r.do(request{as: "manager", method: post, path: "/cases/" + caseID + "/files", body: body, headers: map[string]string{"Content-Type": contentType, "Idempotency-Key": key}})
	}
	content := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte{0, 1, 2, 0xff}, 400_000)...)
	first := attach(`../..\\Предложение №1.pdf`, "application/pdf", content, "k").want(http.StatusCreated)
	// The boundary of a repeated form differs; the file does not.
	again := attach(`../..\\Предложение №1.pdf`, "application/pdf", content, "k").want(http.StatusCreated)
	if first.text("id") != again.text("id") || first.text("name") != "Предложение №1.pdf" {
		t.Errorf("answers %s and %s", first.body, again.body)
	}
	read := r.do(request{as: "manager", method: get, path: "/files/" + first.text("id")}).want(http.StatusOK)
	if !bytes.Equal(read.body, content) || read.header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(read.header.Get("Content-Disposition"), "attachment; filename*=utf-8''") {
		t.Errorf("%d bytes, headers %v", len(read.body), read.header)
	}
	page := attach("page.html", "text/html", []byte("<script>alert(1)</script>"), "k2").want(http.StatusCreated)
	if csp := r.do(request{as: "manager", method: get, path: "/files/" + page.text("id")}).header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "sandbox") {
		t.Errorf("policy %q", csp)
	}
	if items := r.do(request{as: "manager", method: get, path: "/cases/" + caseID + "/files"}).at("items").([]any); len(items) != 2 {
		t.Errorf("%d files", len(items))
	}

	attach("", "text/plain", []byte("x"), "").problem(http.StatusUnprocessableEntity, "validation_failed")
	attach("big.bin", "application/octet-stream", make([]byte, maxFile+1), "").problem(http.StatusRequestEntityTooLarge, "body_too_large")
	attach("bigger.bin", "application/octet-stream", make([]byte, maxFileBody), "").problem(http.StatusRequestEntityTooLarge, "body_too_large")
	if limit := attach("largest.bin", "application/octet-stream", make([]byte, maxFile), ""); limit.status != http.StatusCreated {
		t.Errorf("a file of 25 MiB: %d %s", limit.status, limit.body)
	}
	for _, c := range []struct {
		contentType, body string
		status            int
		code              string
	}{
		{"application/pdf", "%PDF", http.StatusUnsupportedMediaType, "unsupported_media_type"},
		{"multipart/form-data; boundary=x", "--x--\r\n", http.StatusUnprocessableEntity, "validation_failed"},
		{
			"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\ncut off",
			http.StatusBadRequest, "malformed_form",
		},
	} {
		r.do(request{
			as: "manager", method: post, path: "/cases/" + caseID + "/files", body: c.body, headers: map[string]string{"Content-Type": c.contentType},
		}).problem(c.status, c.code)
	}
}

func TestR15_R38_R53_RouteMaps(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	listed := r.do(request{as: "manager", method: get, path: "/route-maps?process=deal&state=active"}).want(http.StatusOK)
	if len(listed.at("items").([]any)) != 2 {
		t.Errorf("maps %s", listed.body)
	}
	origin := func() string {
		return r.do(request{as: "manager", method: get, path: "/route-maps/appeal"}).want(http.StatusOK).text("origin")
	}
	if got := origin(); got != "shipped" {
		t.Errorf("a map that came with the program is %q", got)
	}
	source := r.do(request{as: "manager", method: get, path: "/route-maps/appeal/versions/1"}).want(http.StatusOK).text("source")
	publish := func(as, text string) *answer {
		return r.do(request{as: as, method: post, path: "/route-maps", body: map[string]string{"source": text}})
	}
	publish("manager", source).problem(http.StatusForbidden, "not_allowed")
	if same := publish("designer", source).want(http.StatusOK); same.at("version") != 1.0 {
		t.Errorf("answer %s", same.body)
	}
	fresh := publish("designer", strings.Replace(source, "2 working hours", "3 working hours", 1)).want(http.StatusCreated)
	if fresh.at("version") != 2.0 || fresh.header.Get("Location") != apiPrefix+"/route-maps/appeal/versions/2" {
		t.Errorf("answer %s", fresh.body)
	}
	if got := origin(); got != "changed" {
		t.Errorf("one that the company has changed is %q", got)
	}
	if own := publish("designer", strings.Replace(source, "id: appeal", "id: appeal-of-ours", 1)).want(http.StatusCreated); r.do(request{as: "manager", method: get, path: "/route-maps/appeal-of-ours"}).want(http.StatusOK).text("origin") != "own" {
		t.Errorf("one that the company has made: %s", own.body)
	}
	if n := len(r.do(request{as: "manager", method: get, path: "/route-maps/appeal/versions"}).at("items").([]any)); n != 2 {
		t.Errorf("%d versions", n)
	}
	broken := strings.Replace(source, "to: processing", "to: procesing", 1)
	p := publish("director", broken).problem(http.StatusUnprocessableEntity, "route_map_invalid")
	if len(p.Errors) == 0 || p.Errors[0].Line == 0 || p.Errors[0].Pointer != "/source" || p.Errors[0].Detail == "" {
		t.Errorf("errors %+v", p.Errors)
	}
	lint := r.do(request{as: "designer", method: post, path: "/route-maps/lint", body: map[string]string{"source": broken}}).want(http.StatusOK)
	if lint.at("valid") != false || lint.at("errors.0.line") != float64(p.Errors[0].Line) {
		t.Errorf("lint %s", lint.body)
	}
	if good := r.do(request{as: "designer", method: post, path: "/route-maps/lint", body: map[string]string{"source": source}}).want(http.StatusOK); good.at("valid") != true {
		t.Errorf("lint %s", good.body)
	}

	// R38: an archived map cannot be chosen, nor one that is for others.
	appeal := map[string]any{"map": "appeal", "client": map[string]any{"name": "x", "create_anyway": true}, "topic": "x", "source": "s"}
	set := func(body string) {
		r.do(request{as: "director", method: patch, path: "/route-maps/appeal", body: body, headers: map[string]string{"If-Match": "*"}}).want(http.StatusOK)
	}
	set(`{"available_to":{"users":["manager"]}}`)
	r.do(request{as: "dispatcher", method: post, path: "/appeals", body: appeal}).problem(http.StatusUnprocessableEntity, "map_not_available")
	r.do(request{as: "manager", method: post, path: "/appeals", body: appeal}).want(http.StatusCreated)
	set(`{"available_to":{},"state":"archived"}`)
	r.do(request{as: "manager", method: post, path: "/appeals", body: appeal}).problem(http.StatusUnprocessableEntity, "map_not_available")
	r.do(request{as: "director", method: patch, path: "/route-maps/nothing", body: `{"state":"draft"}`, headers: map[string]string{"If-Match": "*"}}).problem(http.StatusNotFound, "route_map_not_found")
}

func TestR39_Templates(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	body := map[string]any{"lang": "ru", "channel": "email", "subject": "Принято", "text": "Здравствуйте!"}
	r.do(request{as: "manager", method: put, path: "/templates/appeal-accepted", body: body}).problem(http.StatusForbidden, "not_allowed")
	write := func(key, header, value string) *answer {
		return r.do(request{as: "designer", method: put, path: "/templates/" + key, body: body, headers: map[string]string{header: value}})
	}
	write("appeal-accepted", "If-Match", "").problem(http.StatusPreconditionRequired, "if_match_required")
	write("appeal-accepted", "If-Match", `"0"`).problem(http.StatusNotFound, "template_not_found")
	if a := write("appeal-accepted", "If-None-Match", "*").want(http.StatusOK); a.at("version") != 1.0 || a.header.Get("ETag") != `"1"` {
		t.Errorf("answer %s", a.body)
	}
	write("appeal-accepted", "If-None-Match", "*").problem(http.StatusPreconditionFailed, "stale")
	if a := write("appeal-accepted", "If-Match", `"1"`).want(http.StatusOK); a.at("version") != 2.0 {
		t.Errorf("answer %s", a.body)
	}
	write("appeal-accepted", "If-Match", `"1"`).problem(http.StatusPreconditionFailed, "stale")
	write("Appeal", "If-None-Match", "*").problem(http.StatusNotFound, "template_not_found")
	delete(body, "subject")
	write("appeal-accepted", "If-Match", `"2"`).problem(http.StatusUnprocessableEntity, "validation_failed")
	preview := r.do(request{as: "designer", method: post, path: "/templates/appeal-accepted/preview", body: `{"lang":"ru"}`}).want(http.StatusOK)
	if preview.text("subject") != "Принято" {
		t.Errorf("preview %s", preview.body)
	}
	r.do(request{as: "designer", method: post, path: "/templates/appeal-accepted/preview", body: `{}`}).problem(http.StatusNotFound, "template_not_found")
	unsaved := r.do(request{as: "designer", method: post, path: "/templates/new/preview", body: `{"template":{"lang":"en","channel":"sms","text":"Hello"}}`}).want(http.StatusOK)
	if unsaved.text("text") != "Hello" {
		t.Errorf("preview %s", unsaved.body)
	}
	if n := len(r.do(request{as: "manager", method: get, path: "/templates"}).at("items").([]any)); n != 1 {
		t.Errorf("%d templates", n)
	}
}

func TestUsersAndDepartments(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	department := r.do(request{as: "admin", method: post, path: "/departments", body: map[string]any{"key": "sales", "name": map[string]string{"ru": "Продажи"}, "head_id": r.users["director"].ID}}).want(http.StatusCreated)
	r.do(request{as: "admin", method: post, path: "/departments", body: `{"key":"sales","name":{"ru":"x"}}`}).problem(http.StatusConflict, "department_key_taken")
	r.do(request{as: "admin", method: post, path: "/departments", body: `{"key":"Sales","name":{"ru":"x"}}`}).problem(http.StatusUnprocessableEntity, "validation_failed")
	r.do(request{as: "admin", method: post, path: "/departments", body: `{"key":"x","name":{}}`}).problem(http.StatusUnprocessableEntity, "validation_failed")
	body := map[string]any{
		"login": "Ivan.Petrov", "name": "Иван", "password": "long enough", "roles": []string{"manager", "manager"}, "department_id": department.text("id"), "lang": "ru",
	}
	r.do(request{as: "director", method: post, path: "/users", body: body}).problem(http.StatusForbidden, "not_allowed")
	made := r.do(request{as: "admin", method: post, path: "/users", body: body}).want(http.StatusCreated)
	if made.text("login") != "ivan.petrov" || len(made.at("roles").([]any)) != 1 {
		t.Errorf("answer %s", made.body)
	}
	r.signInAs("ivan.petrov", "long enough").want(http.StatusCreated)
	for _, wrong := range []string{`{"login":"a b","name":"x","roles":["manager"]}`, `{"login":"x","name":"x","roles":[]}`, `{"login":"x","name":"x","roles":["The Boss"]}`, `{"login":"x","name":"x","roles":["manager"],"password":"short"}`, `{"login":"x","name":"x","roles":["manager"],"email":"x"}`} {
		r.do(request{as: "admin", method: post, path: "/users", body: wrong}).problem(http.StatusUnprocessableEntity, "validation_failed")
	}
	roles := r.do(request{as: "manager", method: get, path: "/roles"}).want(http.StatusOK)
	if roles.text("items.0.key") != "admin" || roles.text("items.0.name") != "Administrator" || len(roles.at("items.1.rights").([]any)) != 3 {
		t.Errorf("roles %s", roles.body)
	}
}

func TestResending(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	caseID, _ := r.appeal()
	id := r.do(request{as: "manager", method: get, path: "/cases/" + caseID + "/notifications"}).text("items.0.id")
	r.do(request{as: "manager", method: post, path: "/notifications/" + id + "/resend"}).problem(http.StatusConflict, "notification_not_resendable")
	if _, err := r.db.Pool().Exec(t.Context(), "update notifications set status = 'unknown', reason = 'lost' where id = $1", id); err != nil {
		t.Fatal(err)
	}
	r.config.ReasonText = func(code string, _ crm.Lang) string { return "because " + code }
	if got := r.do(request{as: "manager", method: get, path: "/cases/" + caseID + "/notifications"}).text("items.0.reason_text"); got != "because lost" {
		t.Errorf("reason %q", got)
	}
	if again := r.do(request{as: "manager", method: post, path: "/notifications/" + id + "/resend"}).want(http.StatusOK); again.text("status") != "pending" {
		t.Errorf("answer %s", again.body)
	}
	// Until it is begun, asking again is harmless; one that is tried since waits for its next try.
	for sql, want := range map[string]int{
		"status = 'pending', reason = '', next_try_at = null":                                     http.StatusOK,
		"status = 'pending', reason = 'smtp_unreachable', next_try_at = now() + interval '1 min'": http.StatusConflict,
		"status = 'sending', reason = '', next_try_at = null":                                     http.StatusConflict,
	} {
		if _, err := r.db.Pool().Exec(t.Context(), "update notifications set attempt = 3, "+sql+" where id = $1", id); err != nil {
			t.Fatal(err)
		}
		r.do(request{as: "manager", method: post, path: "/notifications/" + id + "/resend"}).want(want)
	}
}

func TestTheInboxOfIncidents(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	caseID, _ := r.appeal()
	const open = "019aa000-0000-7000-8000-000000000001"
	for id, resolved := range map[string]any{open: nil, "019aa000-0000-7000-8000-000000000002": r.now.now()} {
		_, err := r.db.Pool().Exec(t.Context(), `insert into incidents (id, case_id, path, code, opened_at, resolved_at)
			values ($1, $2, 'classification', 'webhook_failed', $3, $4)`, id, caseID, r.now.now(), resolved)
		if err != nil {
			t.Fatal(err)
		}
	}
	inbox := r.do(request{as: "director", method: get, path: "/incidents"}).want(http.StatusOK)
	if items := inbox.at("items").([]any); len(items) != 1 || inbox.text("items.0.id") != open || inbox.text("items.0.case_id") != caseID {
		t.Errorf("inbox %s", inbox.body)
	}
	if inbox.text("items.0.code") != "webhook_failed" || inbox.text("items.0.text") != "the other system has not taken the call" {
		t.Errorf("an incident in words: %s", inbox.body)
	}
	r.do(request{as: "manager", method: get, path: "/incidents"}).problem(http.StatusForbidden, "not_allowed")
	why := r.do(request{as: "manager", method: get, path: "/cases/" + caseID + "/why"}).want(http.StatusOK)
	if len(why.at("incidents").([]any)) != 2 || why.text("waiting_for.1.kind") != "incident" || why.text("waiting_for.1.incident_id") != open {
		t.Errorf("why: %s", why.body)
	}
}

// TestR65_WhoeverInsistsChangesWhatIsThere: “If-Match: *” is refused to nobody because somebody else was quicker.
func TestR65_WhoeverInsistsChangesWhatIsThere(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	caseID, _ := r.deal()
	client := r.clientNamed("Ромашка", nil)
	contact := r.do(request{as: "manager", method: post, path: "/contacts", body: map[string]any{"client_id": client, "name": "Анна"}}).want(http.StatusCreated).text("id")
	channel := map[string]any{"name": map[string]string{"ru": "Голубь"}}
	r.do(request{as: "director", method: put, path: "/reference-lists/channel/pigeon", body: channel, headers: map[string]string{"If-None-Match": "*"}}).want(http.StatusOK)
	for path, body := range map[string]string{
		"/cases/" + caseID:                `{"topic":"%d"}`,
		"/clients/" + client:              `{"name":"%d"}`,
		"/contacts/" + contact:            `{"name":"%d"}`,
		"/reference-lists/channel/pigeon": `{"name":{"ru":"Голубь %d"}}`,
		"/calendars/ru":                   "",
	} {
		method := patch
		if !strings.HasPrefix(path, "/c") || strings.HasPrefix(path, "/calendars") {
			method = put
		}
		before := r.do(request{as: "director", method: get, path: "/calendars/ru"}).text("source")
		var all sync.WaitGroup
		for i := range 6 {
			all.Go(func() {
				text := fmt.Sprintf(body, i)
				if body == "" {
					sent, err := json.Marshal(map[string]string{"source": fmt.Sprintf("%s\n# %d\n", before, i)})
					if err != nil {
						t.Error(err)
					}
					text = string(sent)
				}
				if a := r.do(request{as: "director", method: method, path: path, body: text, headers: map[string]string{"If-Match": "*"}}); a.status != http.StatusOK {
					t.Errorf("%s: %d %s", path, a.status, a.body)
				}
			})
		}
		all.Wait()
	}
	// What is not there cannot be insisted on.
	r.do(request{as: "director", method: put, path: "/reference-lists/channel/dove", body: channel, headers: map[string]string{"If-Match": "*"}}).
		problem(http.StatusPreconditionFailed, "stale")
}
