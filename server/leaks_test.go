package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/sheets"
)

// insider is somebody with every right who sees no more than his own.
const insider = "insider"

// hireInsider makes the role and its one user.
func (r *rig) hireInsider() {
	r.t.Helper()
	r.do(request{as: "admin", method: put, path: "/roles/" + insider, headers: map[string]string{"If-None-Match": "*"}, body: map[string]any{
		"name": map[string]any{"en": "Insider"}, "rights": crm.Rights(), "visibility": "own",
	}}).want(http.StatusOK)
	r.hire(insider, insider)
}

// contents is what an answer says, be it packed into a spreadsheet.
func (a *answer) contents() string {
	a.t.Helper()
	if a.header.Get("Content-Type") != sheets.MediaType {
		return a.plain()
	}
	table, err := sheets.Read(a.t.Context(), a.body)
	if err != nil {
		return fmt.Sprint(a.status, " ", err)
	}
	return fmt.Sprint(a.status, " ", table.Columns, table.Rows)
}

// all is every event until that one, as it was sent.
func (l *live) all(until func(e event) bool) string {
	l.t.Helper()
	var sent strings.Builder
	for {
		e := l.next("change", "reset", "end")
		text, err := json.Marshal(e.data)
		if err != nil {
			l.t.Fatal(err)
		}
		sent.WriteString(e.name + " " + string(text) + "\n")
		if e.name != "change" || until(e) {
			return sent.String()
		}
	}
}

// TestR15_NoEventIsToldOfAHiddenRecord: neither live nor after a break does a stream say anything of what its reader does not see.
func TestR15_NoEventIsToldOfAHiddenRecord(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	server := r.liveServer()
	r.hireInsider()
	r.hire("dispatcher2", crm.RoleDispatcher)
	r.narrow(crm.RoleDispatcher, crm.SeesOwn)
	secrets := r.secrets()
	query := "?topics=inbox,notices,interactions&cases=" + secrets["cases"][0] + "," + secrets["cases"][2]
	readers := map[string]*live{insider: r.listen(server, insider, query, ""), "dispatcher": r.listen(server, "dispatcher", query, "")}
	begun := map[string]string{}
	for as, l := range readers {
		begun[as] = l.next("ready").id
	}

	// Everything that makes an event, on hidden records.
	r.act("manager", "/cases/"+secrets["cases"][0]+"/comments", map[string]any{"kind": "note", "text": "@director"}).want(http.StatusCreated)
	called := r.called(map[string]any{"case_id": secrets["cases"][0]}).text("id")
	r.act("manager", "/tasks/"+secrets["tasks"][0]+"/delegate", map[string]any{"user_id": r.users["manager2"].ID}).want(http.StatusOK)
	more := r.act("manager2", "/tasks", map[string]any{"kind": "assignment", "title": "x", "assignee_id": r.users["manager"].ID}).want(http.StatusCreated).text("id")
	hidden := append(slices.Concat(secrets["cases"], secrets["tasks"], secrets["interactions"], secrets["clients"]), called, more)
	// What is in a pool of his is seen until a colleague takes it.
	appeal := r.act("manager", "/appeals", map[string]any{"client": map[string]any{"name": "x", "create_anyway": true}, "topic": "x", "source": "site"}).want(http.StatusCreated)
	pooled, pooledCase := appeal.text("next_tasks.0.id"), appeal.text("case.id")
	r.act("dispatcher2", "/tasks/"+pooled+"/take", nil).want(http.StatusOK)
	marks := map[string]string{}
	for as := range readers {
		marks[as] = r.act("director", "/tasks", map[string]any{"kind": "assignment", "title": "x", "assignee_id": r.users[as].ID}).want(http.StatusCreated).text("id")
	}

	for as, l := range readers {
		last := func(e event) bool { return e.data["id"] == marks[as] }
		again := r.listen(server, as, query, begun[as])
		// By now the task is a colleague's: after a break it is one of those that are hidden.
		for how, sent := range map[string]string{"live": l.all(last), "after a break": again.all(last)} {
			for _, id := range hidden {
				if strings.Contains(sent, id) {
					t.Errorf("%s is told %s of %s:\n%s", as, how, id, sent)
				}
			}
			if how == "after a break" && (strings.Contains(sent, pooled) || strings.Contains(sent, pooledCase)) {
				t.Errorf("%s is told %s of a colleague's task:\n%s", as, how, sent)
			}
			if as == "dispatcher" && strings.Count(sent, "\n") < 2 {
				t.Errorf("%s is not told that his inbox has changed:\n%s", as, sent)
			}
		}
	}
	// Who sees everything is told.
	r.listen(server, "director", query, begun[insider]).all(func(e event) bool { return e.data["topic"] == "feed" && e.data["case_id"] == secrets["cases"][0] })
}

// TestLive_NothingIsToldOnceASessionIsOver, before the next heartbeat would find out.
func TestLive_NothingIsToldOnceASessionIsOver(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	server := r.liveServer()
	r.config.Heartbeat = time.Hour
	id, _ := r.deal()
	l := r.listen(server, "manager", "?cases="+id, "")
	l.next("ready")
	if err := r.db.RevokeToken(t.Context(), hashSecret(r.token["manager"])); err != nil {
		t.Fatal(err)
	}
	r.act("director", "/cases/"+id+"/comments", map[string]any{"kind": "note", "text": "x"}).want(http.StatusCreated)
	if e := l.next("change", "end"); e.name != "end" || e.data["code"] != "session_expired" {
		t.Errorf("after the end of the session: %+v", e)
	}
}

// TestR15_AnAnswerThatWasKeptIsNotForOthers: neither for another user with the same key, nor for the same one when he does not see the
// record any more; and what becomes of a key does not tell of a hidden record.
func TestR15_AnAnswerThatWasKeptIsNotForOthers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	secrets := r.secrets()
	r.hireInsider()
	upload := func(as, card, key, content string) *answer {
		body := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n" + content + "\r\n--b--\r\n"
		return r.do(request{as: as, method: post, path: card + "/files", body: body, headers: map[string]string{
			"Content-Type": "multipart/form-data; boundary=b", "Idempotency-Key": key,
		}})
	}
	told := func(a *answer) string { return a.plain() + " " + a.header.Get("Idempotency-Replayed") }
	card, none := "/cases/"+secrets["cases"][0], "/cases/"+uuid.NewString()

	upload("manager", card, "k", "x").want(http.StatusCreated)
	if got, want := told(upload(insider, card, "k", "x")), told(upload(insider, none, "k2", "x")); got != want {
		t.Errorf("another user with the key is told\n%s\nof none\n%s", got, want)
	}
	// The same user, who has seen it.
	r.exec("update roles set visibility = 'all' where key = $1", insider)
	upload(insider, card, "mine", "x").want(http.StatusCreated)
	if again := upload(insider, card, "mine", "x").want(http.StatusCreated); again.header.Get("Idempotency-Replayed") == "" {
		t.Error("a repeated request is not answered again: the test tries nothing")
	}
	r.narrow(insider, crm.SeesOwn)
	for range 2 {
		if got, want := told(upload(insider, card, "mine", "x")), told(upload(insider, none, "never", "x")); got != want {
			t.Errorf("who sees it no more is told\n%s\nof none\n%s", got, want)
		}
	}
	// A key that stands for one record tells nothing of another.
	for _, key := range []string{"mine", "never"} {
		other := secrets["cases"][2]
		if got, want := told(upload(insider, "/cases/"+other, key, "x")), told(upload(insider, "/cases/"+uuid.NewString(), key, "x")); got != want {
			t.Errorf("with key %s of a hidden record:\n%s\nof none:\n%s", key, got, want)
		}
	}
}

// TestR15_AVersionTellsNothingOfAHiddenRecord: without If-Match, with a wrong one and with the right one.
func TestR15_AVersionTellsNothingOfAHiddenRecord(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	secrets := r.secrets()
	r.hireInsider()
	tried := 0
	for name, route := range r.routes {
		method, pattern, _ := strings.Cut(name, " "+apiPrefix)
		first, rest, _ := strings.Cut(strings.TrimPrefix(pattern, "/"), "/")
		if method == get || paths[first] != hidden || !strings.Contains(rest, ":id") && !strings.HasPrefix(rest, ":id") {
			continue
		}
		var body any
		if route.body != nil {
			body = "{}"
			if known, ok := bodies[pattern[strings.LastIndex(pattern, "/")+1:]]; ok {
				body = known
			}
		}
		for _, match := range []string{"", `"1"`, `"999"`, `W/"1"`, "*", "x"} {
			try := func(id string) string {
				path := strings.NewReplacer(":id", id, ":participant", uuid.Nil.String()).Replace(pattern)
				headers := map[string]string{}
				if match != "" {
					headers["If-Match"] = match
				}
				return r.do(request{as: insider, method: method, path: path, body: body, headers: headers}).plain()
			}
			for _, id := range secrets[first] {
				tried++
				if got, none := try(id), try(uuid.NewString()); got != none {
					t.Errorf("%s with %q of a hidden record:\n%s\nof none:\n%s", name, match, got, none)
				}
			}
		}
	}
	if tried < 200 {
		t.Errorf("only %d requests were tried", tried)
	}
}

// TestR15_TheAuditIsNarrowedToo: of hidden records it has nothing, whatever it is asked for.
func TestR15_TheAuditIsNarrowedToo(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	secrets := r.secrets()
	r.hireInsider()
	mine := r.do(request{as: insider, method: post, path: "/clients", body: map[string]any{"name": "Моё"}}).want(http.StatusCreated).text("id")
	for _, query := range []string{
		"?limit=200", "?table=cases", "?table=tasks", "?table=clients", "?table=imports", "?actor=" + r.users["manager"].ID.String(),
		"?case=" + secrets["cases"][0], "?client=" + secrets["clients"][0], "?record=" + secrets["tasks"][1], "?record=" + secrets["clients"][0],
	} {
		told := string(r.do(request{as: insider, method: get, path: "/audit" + query}).want(http.StatusOK).body)
		for _, some := range secrets {
			for _, id := range some {
				if strings.Contains(told, id) {
					t.Errorf("%s names %s", query, id)
				}
			}
		}
		if strings.Contains(told, secretWord) {
			t.Errorf("%s tells of hidden records: %s", query, told)
		}
	}
	if own := r.do(request{as: insider, method: get, path: "/audit?client=" + mine}).want(http.StatusOK); own.text("items.0.after.name") != "Моё" {
		t.Errorf("of his own client he is told %s", own.body)
	}
	if all := string(r.do(request{as: "auditor", method: get, path: "/audit?limit=200"}).want(http.StatusOK).body); !strings.Contains(all, secretWord) {
		t.Error("who sees everything is not told either: the test tries nothing")
	}
}

// TestR61_WhoSeesLessHandsOverHisOwnPeoplesWorkOnly: others are refused alike, whatever they have.
func TestR61_WhoSeesLessHandsOverHisOwnPeoplesWorkOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.hireInsider()
	idle := r.hire("idle", crm.RoleManager)
	r.secrets()
	path := func(login string) string { return "/users/" + r.users[login].ID.String() }
	to := []any{map[string]any{"user_id": r.users["manager2"].ID}}
	ask := func(login string) (string, string, string) {
		work := r.do(request{as: insider, method: get, path: path(login) + "/open-work"})
		preview := r.act(insider, path(login)+"/handover", map[string]any{"to": to, "preview": true})
		ended := r.do(request{as: insider, method: patch, path: path(login), body: `{"active":false}`, headers: map[string]string{"If-Match": "*"}})
		work.problem(http.StatusForbidden, "not_your_people")
		preview.problem(http.StatusForbidden, "not_your_people")
		ended.problem(http.StatusForbidden, "not_your_people")
		return work.plain(), preview.plain(), ended.plain()
	}
	busyWork, busyPreview, busyEnd := ask("manager")
	idleWork, idlePreview, idleEnd := ask("idle")
	if busyWork != idleWork || busyPreview != idlePreview || busyEnd != idleEnd {
		t.Errorf("it tells who has something:\n%s\n%s", busyWork, idleWork)
	}
	r.act(insider, "/users/"+uuid.NewString()+"/handover", map[string]any{"to": to}).problem(http.StatusNotFound, "user_not_found")

	// The head of a department sees all that its people have.
	r.narrow(insider, crm.SeesDepartment)
	department := r.add("/departments", map[string]any{"key": "sales", "name": map[string]any{"en": "Sales"}, "head_id": r.users[insider].ID})
	r.exec("update users set department_id = $1 where login = 'manager'", department)
	if work := r.do(request{as: insider, method: get, path: path("manager") + "/open-work"}).want(http.StatusOK); work.at("cases") == 0.0 {
		t.Errorf("of his own people's work he is told %s", work.body)
	}
	r.act(insider, path("manager")+"/handover", map[string]any{"to": to}).want(http.StatusOK)
	if _, err := r.db.User(t.Context(), idle.ID); err != nil {
		t.Error(err)
	}
}
