package server

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

// narrow changes what the people of a role see.
func (r *rig) narrow(role string, v crm.Visibility) {
	r.t.Helper()
	r.exec("update roles set visibility = $2 where key = $1", role, v)
}

// secretWord is in every text of a record that is to be hidden.
const secretWord = "Сокровенный"

// secrets makes records of every kind that have to do with the manager only, and gives their ids by the first word of their paths.
func (r *rig) secrets() map[string][]string {
	r.t.Helper()
	client := r.do(request{as: "manager", method: post, path: "/clients", body: map[string]any{
		"name": secretWord + " клиент", "owner_id": r.users["manager"].ID, "details": []map[string]string{{"kind": "phone", "value": "+7 495 111-22-33"}},
	}}).want(http.StatusCreated).text("id")
	entity := r.do(request{as: "manager", method: post, path: "/clients/" + client + "/legal-entities", body: map[string]any{"name": secretWord, "inn": "7707083893"}}).
		want(http.StatusCreated).text("id")
	contact := r.do(request{as: "manager", method: post, path: "/contacts", body: map[string]any{"client_id": client, "name": secretWord + " человек"}}).
		want(http.StatusCreated).text("id")
	deal := r.do(request{as: "manager", method: post, path: "/deals", body: map[string]any{
		"client_id": client, "topic": secretWord + " станок", "source": "site", "kind": "process",
	}}).want(http.StatusCreated)
	caseID, number, task := deal.text("case.id"), deal.text("case.number"), deal.text("next_tasks.0.id")
	manual := r.do(request{as: "manager", method: post, path: "/deals", body: map[string]any{
		"client_id": client, "topic": secretWord + " пресс", "source": "site", "kind": "manual",
	}}).want(http.StatusCreated).text("case.id")
	closed := r.do(request{as: "manager", method: post, path: "/deals", body: map[string]any{
		"client_id": client, "topic": secretWord + " шкаф", "source": "site", "kind": "no_stages",
	}}).want(http.StatusCreated).text("case.id")
	command := r.do(request{as: "manager", method: post, path: "/deals/" + closed + "/close", body: map[string]any{"result": "lost", "reason": "price"}})
	command.want(http.StatusOK)
	interaction := r.do(request{as: "manager", method: post, path: "/interactions", body: map[string]any{
		"case_id": caseID, "kind": "call", "status": "planned", "at": r.now.now().Add(time.Hour), "topic": secretWord,
	}}).want(http.StatusCreated).text("id")
	alone := r.do(request{as: "manager", method: post, path: "/interactions", body: map[string]any{
		"client_id": client, "kind": "call", "status": "completed", "at": r.now.now(), "topic": secretWord,
	}}).want(http.StatusCreated).text("id")
	personal := r.do(request{as: "manager", method: post, path: "/tasks", body: map[string]any{"kind": "personal", "title": secretWord}}).want(http.StatusCreated).text("id")
	comment := r.do(request{as: "manager", method: post, path: "/cases/" + caseID + "/comments", body: map[string]any{"kind": "note", "text": secretWord}}).
		want(http.StatusCreated).text("id")
	payment := r.do(request{as: "manager", method: post, path: "/cases/" + caseID + "/payments", body: map[string]any{"amount": "10.00", "currency": "RUB", "paid_on": "2026-03-01"}}).
		want(http.StatusCreated).text("id")
	var files []string
	for _, card := range []string{"/cases/" + caseID, "/clients/" + client, "/contacts/" + contact, "/interactions/" + alone} {
		files = append(files, r.uploadAs("manager", card, "a.txt", secretWord).want(http.StatusCreated).text("id"))
	}
	imported := r.table("client", "a.csv", "Название\n"+secretWord+"\n").want(http.StatusCreated).text("id")
	var commandID string
	if err := r.db.Pool().QueryRow(r.t.Context(), "select id::text from commands where case_id = $1 limit 1", closed).Scan(&commandID); err != nil {
		r.t.Fatal(err)
	}
	notification := uuid.NewString()
	r.exec(`insert into notifications (id, case_id, seq, rule, channel, recipient, status, created_at) values ($1, $2, 1, 'x', 'email', 'client', 'failed', now())`, notification, caseID)
	cases := []string{caseID, strings.ToLower(number), manual, closed}
	return map[string][]string{
		"cases": cases, "deals": {caseID, manual, closed}, "clients": {client}, "contacts": {contact}, "legal-entities": {entity},
		"interactions": {interaction, alone}, "tasks": {task, personal}, "files": files, "comments": {comment}, "payments": {payment},
		"notifications": {notification}, "commands": {commandID}, "imports": {imported},
	}
}

var requestIDLine = regexp.MustCompile(`"request_id":"[^"]*"`)

// plain is an answer without what differs from request to request.
func (a *answer) plain() string {
	return fmt.Sprint(a.status, " ", a.header.Get("Content-Type"), " ", a.header.Get("ETag"), " ", requestIDLine.ReplaceAllString(string(a.body), ""))
}

// bodies are requests that are right but for the record that they name, by the last words of their paths; others get an empty one.
var bodies = map[string]any{
	"comments": map[string]any{"kind": "note", "text": "x"}, "participants": map[string]any{"user_id": uuid.Nil, "role": "colleague"},
	"payments": map[string]any{"amount": "10.00", "currency": "RUB", "paid_on": "2026-03-01"}, "close": map[string]any{"result": "won"},
	"reopen": map[string]any{"reason": "x"}, "switch-to-manual": map[string]any{"reason": "x"}, "move": map[string]any{"stage": "x"},
	"complete": map[string]any{"outcome": "x"}, "delegate": map[string]any{"user_id": uuid.Nil}, "mapping": map[string]any{"columns": []string{"name"}},
	"deadline": map[string]any{"due_at": "2026-04-01T00:00:00Z", "reason": "x"}, "events": map[string]any{"event": "payment"},
}

// TestR15_AHiddenRecordAnswersLikeNone walks every route with an id of a record: the answer for one that the user may not see is to
// the byte the one for an id that nobody has; and an auditor changes nothing even of what he sees.
func TestR15_AHiddenRecordAnswersLikeNone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	secrets := r.secrets()
	r.narrow(crm.RoleHead, crm.SeesDepartment)
	r.hireInsider()
	if tried := r.tryHidden(secrets, insider, "head"); tried < 200 {
		t.Errorf("only %d requests were tried", tried)
	}
}

// tryHidden asks every route that names a record by its id for each of the secrets, and counts the requests.
func (r *rig) tryHidden(secrets map[string][]string, people ...string) (tried int) {
	t := r.t
	t.Helper()
	for name, route := range r.routes {
		method, pattern, _ := strings.Cut(name, " "+apiPrefix)
		first, _, _ := strings.Cut(strings.TrimPrefix(pattern, "/"), "/")
		if paths[first] != hidden || !strings.Contains(pattern, ":") {
			continue
		}
		if _, known := secrets[first]; !known {
			t.Errorf("%s: make a record of %q in secrets, so that the route can be tried", name, first)
		}
		var body any
		if method != get {
			body = "{}"
			if known, ok := bodies[pattern[strings.LastIndex(pattern, "/")+1:]]; ok {
				body = known
			}
		}
		try := func(as, id string) *answer {
			path := strings.NewReplacer(":id", id, ":participant", uuid.NewString()).Replace(pattern)
			return r.do(request{as: as, method: method, path: path, body: body, headers: map[string]string{"If-Match": "*"}})
		}
		for _, as := range people {
			none := try(as, uuid.NewString()).plain()
			for _, id := range secrets[first] {
				tried++
				if got := try(as, id).plain(); got != none {
					t.Errorf("%s as %s of a hidden record:\n%s\nof none:\n%s", name, as, got, none)
				}
			}
		}
		if route.who != everyone && method != get {
			for _, id := range secrets[first] {
				try("auditor", id).problem(http.StatusForbidden, "not_allowed")
			}
		}
	}
	return tried
}

// TestR15_NoListTellsOfAHiddenRecord asks every route without an id, and those with a setting's: what a user may not see is in no list,
// count, search, export or report.
func TestR15_NoListTellsOfAHiddenRecord(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ask := r.askLists
	r.hireInsider()
	before := ask(insider)
	ids := r.secrets()
	after := ask(insider)
	for path, answer := range after {
		if strings.Contains(answer, secretWord) {
			t.Errorf("%s tells of a hidden record: %s", path, answer)
		}
		for _, some := range ids {
			for _, id := range some {
				if strings.Contains(answer, id) {
					t.Errorf("%s has the id of a hidden record: %s", path, answer)
				}
			}
		}
		if answer != before[path] && !strings.HasPrefix(path, "/audit") { // his own exports are in it
			t.Errorf("%s was\n%s\nand is, now that there is something hidden,\n%s", path, before[path], answer)
		}
	}
	if len(after) < 40 {
		t.Errorf("only %d lists were asked", len(after))
	}
	told := ask("director")
	for _, path := range []string{"/clients/export", "/clients/export?format=xlsx", "/contacts/export?format=xlsx"} {
		if !strings.Contains(told[path], secretWord) {
			t.Errorf("%s does not tell who sees everything: the test tries nothing: %s", path, told[path])
		}
	}
	if told["/reports/control.xlsx"] == after["/reports/control.xlsx"] {
		t.Error("a report as a spreadsheet is the same for all: the test tries nothing")
	}
	if !strings.Contains(told["/search?q="+secretWord], secretWord) || !strings.Contains(told["/deals"], secretWord) {
		t.Error("who sees everything is not told either: the test tries nothing")
	}
}

// askLists gives the answers of every route without an id of a record.
func (r *rig) askLists(as string) map[string]string {
	answers := map[string]string{}
	for name := range r.routes {
		method, pattern, found := strings.Cut(name, " "+apiPrefix)
		first, rest, _ := strings.Cut(strings.TrimPrefix(pattern, "/"), "/")
		if method != get || !found || strings.Contains(rest, ":") && paths[first] == hidden || pattern == "/events" || first == "me" || first == "" {
			continue
		}
		for _, query := range []string{"", "?q=" + secretWord} {
			path := strings.NewReplacer(":map", "typical-sale", ":stage", "primary-contact", ":list", "channel", ":id", "typical-sale", ":version", "1", ":key", "manager").Replace(pattern) + query
			if strings.HasPrefix(path, "/reports/funnel") {
				path += "?map=typical-sale"
			}
			answers[path] = r.do(request{as: as, method: get, path: path}).contents()
			if strings.HasSuffix(pattern, "/export") {
				xlsx := path + map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")] + "format=xlsx"
				answers[xlsx] = r.do(request{as: as, method: get, path: xlsx}).contents()
			}
		}
	}
	return answers
}

// TestR15_WhatADepartmentHasItsPeopleSee: the same records are all there for a colleague who sees the department's, and for its head.
func TestR15_WhatADepartmentHasItsPeopleSee(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	secrets := r.secrets()
	r.narrow(crm.RoleManager, crm.SeesDepartment)
	department := r.do(request{as: "admin", method: post, path: "/departments", body: map[string]any{
		"key": "sales", "name": map[string]any{"en": "Sales"}, "head_id": r.users["head"].ID,
	}}).want(http.StatusCreated).text("id")
	see := func(as string, status int) {
		t.Helper()
		for first, ids := range secrets {
			for _, id := range ids {
				if _, readable := r.routes[get+" "+apiPrefix+"/"+first+"/:id"]; readable && first != "imports" && id != secrets["tasks"][1] {
					if a := r.do(request{as: as, method: get, path: "/" + first + "/" + id}); a.status != status {
						t.Errorf("%s: /%s/%s: %d %s, want %d", as, first, id, a.status, a.body, status)
					}
				}
			}
		}
	}
	see("manager", http.StatusOK)
	see("manager2", http.StatusNotFound)
	see("head", http.StatusNotFound)
	r.exec("update users set department_id = $1 where login in ('manager', 'manager2')", department)
	see("manager2", http.StatusOK)
	see("head", http.StatusOK)
}

// TestR15_AHiddenIDInABodyIsAnUnknownOne: a record that one may not see cannot be linked to, and is refused as one that is not there.
func TestR15_AHiddenIDInABodyIsAnUnknownOne(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	secrets := r.secrets()
	r.narrow(crm.RoleDispatcher, crm.SeesOwn)
	own := r.do(request{as: "dispatcher", method: post, path: "/appeals", body: map[string]any{
		"client": map[string]any{"name": "Анна"}, "topic": "Вопрос", "source": "site",
	}}).want(http.StatusCreated)
	mine, number := own.text("case.id"), own.text("case.number")
	for name, c := range map[string]struct {
		method, path, of string
		body             func(id string) map[string]any
	}{
		"a case's client": {post, "/appeals", "clients", func(id string) map[string]any {
			return map[string]any{"client_id": id, "topic": "x", "source": "site"}
		}},
		"a case's parent": {post, "/appeals", "cases", func(id string) map[string]any {
			return map[string]any{"parent_id": id, "client": map[string]any{"name": "Пётр"}, "topic": "x", "source": "site"}
		}},
		"a participant": {post, "/cases/" + mine + "/participants", "clients", func(id string) map[string]any {
			return map[string]any{"client_id": id, "role": "competitor"}
		}},
		"an interaction's case": {post, "/interactions", "deals", func(id string) map[string]any {
			return map[string]any{"case_id": id, "kind": "call", "status": "completed", "at": r.now.now()}
		}},
		"an interaction's subject": {post, "/interactions", "interactions", func(id string) map[string]any {
			return map[string]any{"subject_id": id, "kind": "call", "status": "completed", "at": r.now.now()}
		}},
		"a contact's client":   {post, "/contacts", "clients", func(id string) map[string]any { return map[string]any{"client_id": id, "name": "x"} }},
		"a case's new client":  {patch, "/cases/" + mine, "clients", func(id string) map[string]any { return map[string]any{"client_id": id} }},
		"a task's case":        {post, "/tasks", "cases", func(id string) map[string]any { return map[string]any{"kind": "personal", "title": "x", "case_id": id} }},
		"interactions in bulk": {post, "/interactions/bulk", "interactions", func(id string) map[string]any { return map[string]any{"ids": []string{id}, "reviewed": true} }},
		"a merge":              {post, "/clients/" + own.text("case.client_id") + "/merge", "clients", func(id string) map[string]any { return map[string]any{"from": id} }},
	} {
		ask := func(id string) string {
			a := r.do(request{as: "dispatcher", method: c.method, path: c.path, body: c.body(id), headers: map[string]string{"If-Match": "*"}})
			return regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`).ReplaceAllString(a.plain(), "ID")
		}
		none, hidden := ask(uuid.NewString()), ask(secrets[c.of][0])
		if none != hidden || strings.HasPrefix(none, "201") {
			t.Errorf("%s:\n%s\nof none:\n%s", name, hidden, none)
		}
	}
	bulk := r.do(request{as: "dispatcher", method: post, path: "/interactions/bulk", body: map[string]any{"ids": secrets["interactions"][:1], "reviewed": true}}).want(http.StatusOK)
	if bulk.text("items.0.id") != secrets["interactions"][0] {
		t.Errorf("of a hidden interaction the answer has another id than the request, as of none it has not: %s", bulk.body)
	}
	// A number of one's own case is a name as good as its id.
	r.do(request{as: "dispatcher", method: get, path: "/cases/" + number}).want(http.StatusOK)
}

// TestR15_ADuplicateThatOneMayNotSeeIsNotTold: neither a number nor a name tells that somebody is there, and who sees both cards is shown
// that they may be one.
func TestR15_ADuplicateThatOneMayNotSeeIsNotTold(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	secrets := r.secrets()
	r.narrow(crm.RoleDispatcher, crm.SeesOwn)
	made := func(name, phone string) *answer {
		return r.do(request{as: "dispatcher", method: post, path: "/clients", body: map[string]any{
			"name": name, "details": []map[string]string{{"kind": "phone", "value": phone}},
		}})
	}
	var same struct{ ID string }
	made("Другой", "8 495 1112233").want(http.StatusCreated).into(&same)
	made(secretWord+" клиент", "+7 495 999-88-77").want(http.StatusCreated)
	twins := "/clients/" + same.ID + "/duplicates"
	if a := r.do(request{as: "dispatcher", method: get, path: twins}).want(http.StatusOK); strings.Contains(string(a.body), secretWord) || strings.Contains(string(a.body), secrets["clients"][0]) {
		t.Errorf("it tells who: %s", a.body)
	}
	if a := r.do(request{as: "director", method: get, path: twins}).want(http.StatusOK); !strings.Contains(string(a.body), secrets["clients"][0]) {
		t.Errorf("the director is to be shown the one with the same number: %s", a.body)
	}
}

// TestR15_R30_ACaseThatOneMayNotSeeIsNotToldByMakingAnother: of an interaction that a colleague made a deal of, one makes a deal as of any
// other, and is shown the interaction with it; the colleague's keeps it.
func TestR15_R30_ACaseThatOneMayNotSeeIsNotToldByMakingAnother(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.narrow(crm.RoleManager, crm.SeesOwn)
	client := r.clientNamed("ООО Общий", nil)
	call := func() (first, id string) {
		record := func(more map[string]any) string {
			body := map[string]any{"client_id": client, "kind": "call", "status": "completed", "at": r.now.now(), "topic": "Станок", "responsible_id": r.users["manager2"].ID}
			maps.Copy(body, more)
			return r.do(request{as: "manager", method: post, path: "/interactions", body: body}).want(http.StatusCreated).text("id")
		}
		first = record(nil)
		id = record(map[string]any{"subject_id": first})
		r.uploadAs("manager", "/interactions/"+id, "a.txt", "Чертёж").want(http.StatusCreated)
		return first, id
	}
	ask := func(as, of string) *answer {
		return r.do(request{as: as, method: post, path: "/deals", body: map[string]any{
			"interaction_id": of, "kind": "no_stages", "responsible_id": r.users[as].ID, "topic": "Станок", "source": "site",
		}})
	}
	ids := regexp.MustCompile(`"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"|D-\d+`)
	told := func(first, of string) (deal, told string) {
		before := r.do(request{as: "manager2", method: get, path: "/interactions/" + of}).want(http.StatusOK)
		made := ask("manager2", of).want(http.StatusCreated)
		deal = made.text("case.id")
		told = made.plain() + ask("manager2", of).want(http.StatusConflict).plain()
		if after := r.do(request{as: "manager2", method: get, path: "/interactions/" + of}).want(http.StatusOK); after.header.Get("ETag") == before.header.Get("ETag") {
			t.Error("the interaction's version is the same, though a deal was made of it")
		}
		for _, path := range []string{
			"/interactions/" + of, "/interactions/" + first, "/interactions?case=" + deal, "/interactions?deal=" + deal, "/cases/" + deal + "/feed", "/cases/" + deal,
			"/cases/" + deal + "/files",
		} {
			told += "\n" + path + " " + string(r.do(request{as: "manager2", method: get, path: path}).want(http.StatusOK).body)
		}
		told = strings.NewReplacer(deal, "DEAL", of, "CALL", first, "FIRST").Replace(told)
		told = requestIDLine.ReplaceAllString(told, "")
		return deal, regexp.MustCompile(`"version":\d+`).ReplaceAllString(ids.ReplaceAllString(told, "ID"), "")
	}
	_, alone := told(call())
	first, of := call()
	hidden := ask("manager", of).want(http.StatusCreated).text("case.id")
	r.do(request{as: "manager2", method: get, path: "/cases/" + hidden}).want(http.StatusNotFound)
	mine, beside := told(first, of)
	if alone != beside {
		t.Errorf("of an interaction that a hidden deal was made of one is told\n%s\nof another\n%s", beside, alone)
	}
	for _, as := range []string{"manager", "director"} {
		for _, id := range []string{first, of} {
			if a := r.do(request{as: as, method: get, path: "/interactions/" + id}).want(http.StatusOK); a.text("deal_id") != hidden || mine == hidden {
				t.Errorf("%s is shown the interaction with another deal: %s", as, a.body)
			}
		}
	}
	ask("director", of).problem(http.StatusConflict, "interaction_has_case")
}

// TestR15_TheIDsOfEveryRequestAreLookedAt: a body's id under a name that hide does not know would let a hidden record be reached.
func TestR15_TheIDsOfEveryRequestAreLookedAt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var spec map[string]any
	r.do(request{method: get, path: "//openapi.json"}).want(http.StatusOK).into(&spec)
	schemas := spec["components"].(map[string]any)["schemas"].(map[string]any)
	found, walked := 0, map[string]bool{}
	var walk func(at string, known bool, schema any)
	walk = func(at string, known bool, schema any) {
		switch s := schema.(type) {
		case []any:
			for _, one := range s {
				walk(at, known, one)
			}
		case map[string]any:
			if s["format"] == "uuid" {
				found++
				if !known {
					t.Errorf("hide does not know that %s is an id", at)
				}
			}
			if ref, ok := s["$ref"].(string); ok && !walked[fmt.Sprint(ref, known)] {
				walked[fmt.Sprint(ref, known)] = true
				name := ref[strings.LastIndex(ref, "/")+1:]
				walk(name, known, schemas[name])
			}
			for name, property := range s {
				if name != "properties" {
					walk(at, known, property)
					continue
				}
				for name, property := range property.(map[string]any) {
					walk(at+"."+name, known || namesID(name), property)
				}
			}
		}
	}
	for path, operations := range spec["paths"].(map[string]any) {
		for method, operation := range operations.(map[string]any) {
			walk(method+" "+path, false, operation.(map[string]any)["requestBody"])
		}
	}
	if found < 20 {
		t.Errorf("only %d ids were found", found)
	}
}

// TestR15_ATextStaysWhateverItLooksLike: of a form only the fields that name records are looked at; what somebody writes is kept to the
// letter, also where it is the id of a record that he does not see.
func TestR15_ATextStaysWhateverItLooksLike(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	hidden := r.secrets()["clients"][0]
	r.narrow(crm.RoleDispatcher, crm.SeesOwn)
	mine := r.do(request{as: "dispatcher", method: post, path: "/clients", body: map[string]any{"name": "x"}}).want(http.StatusCreated).text("id")
	claim := r.do(request{as: "dispatcher", method: post, path: "/claims", body: map[string]any{
		"client_id": mine, "topic": "x", "source": "site", "description": "x", "reason": "quality",
	}}).want(http.StatusCreated).text("case.id")
	path := "/cases/" + claim
	version := map[string]string{"If-Match": "*"}
	r.do(request{as: "dispatcher", method: patch, path: path, body: map[string]any{"fields": map[string]any{"description": hidden}}, headers: version}).want(http.StatusOK)
	if got := r.do(request{as: "dispatcher", method: get, path: path}).want(http.StatusOK).text("fields.description"); got != hidden {
		t.Errorf("the description is %q, %q was written", got, hidden)
	}
	if got := r.do(request{as: "admin", method: get, path: path}).want(http.StatusOK).text("fields.description"); got != hidden {
		t.Errorf("kept is %q, %q was written", got, hidden)
	}
	name := func(id string) string {
		return r.do(request{as: "dispatcher", method: patch, path: path, body: map[string]any{"fields": map[string]any{"contact": id, "client": id, "competitor": id}}, headers: version}).plain()
	}
	if got, none := name(hidden), name(uuid.NewString()); got != none {
		t.Errorf("named in a field: %s, of none: %s", got, none)
	}
}

// TestR15_AHiddenCardIsNotMerged: the card that is taken in is named in the body only.
func TestR15_AHiddenCardIsNotMerged(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	secrets := r.secrets()
	r.narrow(crm.RoleDispatcher, crm.SeesOwn)
	mine := r.do(request{as: "dispatcher", method: post, path: "/clients", body: map[string]any{"name": "x"}}).want(http.StatusCreated).text("id")
	contact := r.do(request{as: "dispatcher", method: post, path: "/contacts", body: map[string]any{"client_id": mine, "name": "x"}}).want(http.StatusCreated).text("id")
	for path, hidden := range map[string]string{"/clients/" + mine: secrets["clients"][0], "/contacts/" + contact: secrets["contacts"][0]} {
		try := func(from, contentType string) *answer {
			return r.do(request{as: "dispatcher", method: post, path: path + "/merge", body: `{"from":"` + from + `"}`, headers: map[string]string{"Content-Type": contentType}})
		}
		for _, contentType := range []string{"application/json", "APPLICATION/JSON", "application/json; charset=utf-8", "application/x+json", "text/json"} {
			got, none := try(hidden, contentType), try(uuid.NewString(), contentType)
			if got.status < http.StatusBadRequest || got.plain() != none.plain() {
				t.Errorf("%s as %s: %s, of none: %s", path, contentType, got.plain(), none.plain())
			}
		}
	}
}
