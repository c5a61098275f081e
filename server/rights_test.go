package server

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

// TestEveryChangeOfARecordSaysWhoMayMakeIt: a route that changes what its path names, and does not say what one has to be to it, fails.
func TestEveryChangeOfARecordSaysWhoMayMakeIt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for name, route := range r.routes {
		method, pattern, _ := strings.Cut(name, " "+apiPrefix+"/")
		first, rest, _ := strings.Cut(pattern, "/")
		record := strings.Contains(rest, ":") && (paths[first] == hidden || first == "absences")
		if changes := method != get && record; changes != (route.to != undeclared) {
			t.Errorf("%s: changes a record %v, says who may %v", name, changes, route.to != undeclared)
		}
	}
}

// What somebody is to the records of the walk.
const (
	isResponsible = "responsible" // for the case, and author of what is written there
	isPerformer   = "performer"   // of its tasks
	isParticipant = "participant"
	isHead        = "head" // of the responsible's department
	isOther       = "other"
)

var walkers = []string{isResponsible, isPerformer, isParticipant, isHead, isOther}

// clerk is a role that a company has added: it works, and sees what is its own.
const clerk = "clerk"

// walk is a company in which everybody of every role is everything to some record.
type walk struct {
	*rig
	client string // of all its cases
	days   *atomic.Int64
	kept   map[string]walked // deals that records are made on, by role and how they stand; of one part
	shared *sharedRecords
}

// sharedRecords are those that no request of the walk changes in what it looks at, for all its parts.
type sharedRecords struct {
	mu   sync.Mutex
	made map[string]walked
}

// get is the record of a name; the first who asks for it makes it.
func (s *sharedRecords) get(name string, build func() walked) walked {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.made[name]; !known {
		s.made[name] = build()
	}
	return s.made[name]
}

// in is the walk with the failures of a part of the test.
func (w *walk) in(t *testing.T) *walk {
	t.Helper()
	part, r := *w, *w.rig
	r.t, part.rig, part.kept = t, &r, map[string]walked{}
	return &part
}

func login(role, relation string) string { return role + "-" + relation }

func newWalk(t *testing.T) *walk {
	t.Helper()
	w := &walk{rig: newRig(t), days: &atomic.Int64{}, shared: &sharedRecords{made: map[string]walked{}}}
	w.do(request{as: "admin", method: put, path: "/roles/" + clerk, headers: map[string]string{"If-None-Match": "*"}, body: map[string]any{
		"name": map[string]any{"en": "Clerk"}, "rights": []string{"work"}, "visibility": "own",
	}}).want(http.StatusOK)
	for _, role := range append(crm.Roles(), clerk) {
		for _, relation := range append(slices.Clone(walkers), "fellow") {
			w.hire(login(role, relation), role)
		}
		desk := w.add("/departments", map[string]any{"key": role + "-desk", "name": map[string]any{"en": role}})
		sales := w.add("/departments", map[string]any{"key": role + "-sales", "name": map[string]any{"en": role}})
		// Who only reads is made no head any more; one may have been before.
		w.exec("update departments set head_id = $2 where id = $1", sales, w.users[login(role, isHead)].ID)
		w.exec("update users set department_id = $1 where login in ($2, $3)", desk, login(role, isPerformer), login(role, "fellow"))
		w.exec("update users set department_id = $1 where login = $2", sales, login(role, isResponsible))
	}
	w.exec("update users set email = login || '@office.example'")
	w.client = w.do(request{as: "manager", method: post, path: "/clients", body: map[string]any{
		"name": "ООО Лампа", "owner_id": w.users["manager"].ID,
		"details": []map[string]string{{"kind": "email", "value": "office@lamp.example"}, {"kind": "mobile", "value": "+7 916 123-45-67"}},
	}}).want(http.StatusCreated).text("id")
	w.do(request{as: "manager", method: post, path: "/contacts", body: map[string]any{
		"client_id": w.client, "name": "Анна", "details": []map[string]string{{"kind": "mobile", "value": "+7 916 123-45-68"}},
	}}).want(http.StatusCreated)
	return w
}

// walked is a record of the walk: what its path names, and of what case it is.
type walked struct{ id, participant, caseID, incident string }

// How the records of the walk stand.
const (
	led, byHand, finished, cancelled      = "led by its process", "led by hand", "finished", "cancelled"
	pooled, taken, theirs, done           = "in a pool", "taken", "taken by a fellow", "done"
	toAccept, accepted, reviewed, approve = "to be accepted", "accepted", "up for review", "approved"
	coming, over                          = "coming", "over"
	failing, sent                         = "failed", "sent"
)

// deal makes a case that stands so, with its people of a role.
func (w *walk) deal(role, stands, client string) walked {
	w.t.Helper()
	kind := map[bool]string{true: "manual", false: "process"}[stands == byHand]
	id := w.act("manager", "/deals", map[string]any{"client_id": client, "topic": "Станок", "source": "site", "kind": kind}).want(http.StatusCreated).text("case.id")
	if stands == finished {
		w.act("director", "/deals/"+id+"/close", map[string]any{"result": "lost", "reason": "price"}).want(http.StatusOK)
	}
	if stands == cancelled {
		w.act("director", "/cases/"+id+"/cancel", map[string]any{"reason": "x"}).want(http.StatusOK)
	}
	// Everybody of a role that only reads could not be given work by the API.
	w.exec("update cases set responsible_id = $2 where id = $1", id, w.users[login(role, isResponsible)].ID)
	w.exec("update tasks set user_id = $2, role = null, as_responsible = false where case_id = $1 and status = 'open'", id, w.users[login(role, isPerformer)].ID)
	made := walked{id: id, caseID: id, participant: uuid.NewString(), incident: uuid.NewString()}
	w.exec("insert into case_participants (id, case_id, user_id, role) values ($1, $2, $3, 'colleague')", made.participant, id, w.users[login(role, isParticipant)].ID)
	w.exec("insert into incidents (id, case_id, code, blocking, opened_at) values ($1, $2, 'webhook_failed', false, now())", made.incident, id)
	// An assignment keeps the performer at work on cases that have no route any more.
	w.exec(`insert into tasks (id, case_id, path, visit, kind, user_id, opened_seq, opened_at, title, description, author_id, assignee_id, phase, controlled)
		values (gen_random_uuid(), $1, '', 0, 'assignment', $3, 0, now(), 'x', '', $2, $3, 'new', false)`, id, w.users[login(role, isResponsible)].ID, w.users[login(role, isPerformer)].ID)
	return made
}

// keptDeal is a deal that no request of the walk changes: other records are made on it.
func (w *walk) keptDeal(role, stands string) walked {
	w.t.Helper()
	name := role + " " + stands
	if _, known := w.kept[name]; !known {
		w.kept[name] = w.deal(role, stands, w.client)
	}
	return w.kept[name]
}

// observed adds an observer to a deal.
func (w *walk) observed(role, stands string) walked {
	w.t.Helper()
	of := w.keptDeal(role, stands)
	of.participant = uuid.NewString()
	w.exec("insert into case_participants (id, case_id, user_id, role) values ($1, $2, $3, 'observer')", of.participant, of.id, w.users["manager2"].ID)
	return of
}

// assignment gives the performer an assignment of the responsible, on which so much has been done.
func (w *walk) assignment(role, caseID string, actions ...string) string {
	w.t.Helper()
	id := w.act("director", "/tasks", map[string]any{
		"kind": "assignment", "title": "x", "assignee_id": w.users["manager"].ID, "case_id": caseID, "controlled": true,
	}).want(http.StatusCreated).text("id")
	for _, action := range actions {
		w.act("director", "/tasks/"+id+"/"+action, map[string]any{}).want(http.StatusOK)
	}
	w.exec("update tasks set author_id = $2::uuid, assignee_id = $3::uuid, user_id = case phase when 'review' then $2::uuid else $3::uuid end where id = $1",
		id, w.users[login(role, isResponsible)].ID, w.users[login(role, isPerformer)].ID)
	return id
}

func (w *walk) ownTask(role, stands string) walked {
	w.t.Helper()
	of := w.keptDeal(role, led).id
	actions := map[string][]string{accepted: {"accept"}, reviewed: {"complete"}, approve: {"complete", "approve"}}[stands]
	return walked{id: w.assignment(role, of, actions...), caseID: of}
}

// task makes a task of a route, in the pool of the performer's department.
func (w *walk) task(role, stands string) walked {
	w.t.Helper()
	of := w.deal(role, led, w.client).id
	var id string
	if err := w.db.Pool().QueryRow(w.t.Context(), "select id::text from tasks where case_id = $1 and kind = 'stage'", of).Scan(&id); err != nil {
		w.t.Fatal(err)
	}
	holder := map[string]string{taken: isPerformer, done: isPerformer, theirs: "fellow"}[stands]
	var takenBy any
	if holder != "" {
		takenBy = w.users[login(role, holder)].ID
	}
	w.exec("update tasks set user_id = null, department_id = (select id from departments where key = $2), taken_by = $3 where id = $1", id, role+"-desk", takenBy)
	if stands == done {
		w.exec("update tasks set status = 'completed', outcome = 'made', closed_at = now(), closed_by = taken_by where id = $1", id)
	}
	return walked{id: id, caseID: of}
}

// onCase makes a record of a case that stands so.
func (w *walk) onCase(build func(role string, of walked) string) func(role, stands string) walked {
	return func(role, stands string) walked {
		of := w.keptDeal(role, stands)
		return walked{id: build(role, of), caseID: of.id}
	}
}

func (w *walk) comment(role string, of walked) string {
	w.t.Helper()
	id := w.act("manager", "/cases/"+of.id+"/comments", map[string]any{"kind": "note", "text": "x"}).want(http.StatusCreated).text("id")
	w.exec("update comments set author_id = $2 where id = $1", id, w.users[login(role, isResponsible)].ID)
	return id
}

func (w *walk) file(role string, of walked) string {
	w.t.Helper()
	id := w.uploadAs("director", "/cases/"+of.id, "a.txt", "x").want(http.StatusCreated).text("id")
	w.exec("update files set created_by = $2 where id = $1", id, w.users[login(role, isResponsible)].ID)
	return id
}

func (w *walk) payment(_ string, of walked) string {
	w.t.Helper()
	return w.act("director", "/cases/"+of.id+"/payments", map[string]any{"amount": "10.00", "currency": "RUB", "paid_on": "2026-03-01"}).want(http.StatusCreated).text("id")
}

func (w *walk) notification(role, stands string) walked {
	w.t.Helper()
	id, of := uuid.NewString(), w.keptDeal(role, led).id
	w.exec(`insert into notifications (id, case_id, seq, rule, channel, recipient, status, attempt, created_at)
		values ($1::uuid, $2, 1, $1::text, 'email', 'client', $3, 1, now())`, id, of, stands)
	return walked{id: id, caseID: of}
}

func (w *walk) interaction(_ string, of walked) string {
	w.t.Helper()
	return w.act("director", "/interactions", map[string]any{"case_id": of.id, "kind": "call", "status": "completed", "at": w.now.now(), "topic": "x"}).
		want(http.StatusCreated).text("id")
}

func (w *walk) command(_ string, of walked) string {
	w.t.Helper()
	id := uuid.NewString()
	w.exec(`insert into commands (id, case_id, kind, idempotency_key, body_hash, payload, created_at, acknowledged_at)
		values ($1::uuid, $2, 'cancel', $1::text, '', '{}', now(), now())`, id, of.id)
	return id
}

// card makes a client of its own for a case, and what belongs to it.
func (w *walk) card(build func(client string) string) func(role, stands string) walked {
	return func(role, stands string) walked {
		client := w.act("manager", "/clients", map[string]any{"name": "x", "owner_id": w.users["manager"].ID, "create_anyway": true}).want(http.StatusCreated).text("id")
		return walked{id: build(client), caseID: w.deal(role, stands, client).id}
	}
}

func (w *walk) entity(client string) string {
	w.t.Helper()
	return w.act("manager", "/clients/"+client+"/legal-entities", map[string]any{"name": "x"}).want(http.StatusCreated).text("id")
}

func (w *walk) person(client string) string {
	w.t.Helper()
	return w.act("manager", "/contacts", map[string]any{"client_id": client, "name": "x"}).want(http.StatusCreated).text("id")
}

func (w *walk) imported(role, _ string) walked {
	w.t.Helper()
	id := w.table("client", "a.csv", "Название\nx\n").want(http.StatusCreated).text("id")
	w.exec("update imports set created_by = $2 where id = $1", id, w.users[login(role, isResponsible)].ID)
	return walked{id: id}
}

// absence plans one of the responsible, each time on other days.
func (w *walk) absence(role, stands string) walked {
	w.t.Helper()
	from := w.now.now().AddDate(0, 0, 2*int(w.days.Add(1)))
	id := uuid.NewString()
	w.exec("insert into absences (id, user_id, starts_at, ends_at, tasks_to, created_at) values ($1, $2, $3, $4, 'head', now())",
		id, w.users[login(role, isResponsible)].ID, from, from.Add(24*time.Hour))
	if stands == over {
		w.exec("update absences set cancelled_at = now() where id = $1", id)
	}
	return walked{id: id}
}

// kindOfRecord is how the walk makes the records that paths name, and how these can stand.
type kindOfRecord struct {
	make   func(role, stands string) walked
	stands []string
}

// records gives the kinds by the first words of paths, with the last ones where that makes a difference.
func (w *walk) records() map[string]kindOfRecord {
	cases, some := []string{led, byHand, finished, cancelled}, []string{led, finished}
	deal := kindOfRecord{func(role, stands string) walked { return w.deal(role, stands, w.client) }, cases}
	own := kindOfRecord{w.ownTask, []string{toAccept, accepted, reviewed, approve}}
	kinds := map[string]kindOfRecord{
		"cases": deal, "deals": deal, "tasks": {w.task, []string{pooled, taken, theirs, done}},
		"clients": {w.card(func(client string) string { return client }), some}, "contacts": {w.card(w.person), some}, "legal-entities": {w.card(w.entity), some},
		"interactions": {w.onCase(w.interaction), some}, "files": {w.onCase(w.file), some}, "comments": {w.onCase(w.comment), some},
		"payments": {w.onCase(w.payment), some}, "notifications": {w.notification, []string{failing, sent}}, "commands": {w.onCase(w.command), some},
		"imports": {w.imported, []string{""}}, "absences": {w.absence, []string{coming, over}},
	}
	for _, action := range []string{"accept", "approve", "return", "reopen", "cancel", "history"} {
		kinds["tasks/"+action] = own
	}
	kinds["PATCH tasks"], kinds["DELETE cases/participants"] = own, kindOfRecord{w.observed, cases}
	return kinds
}

// attempt is a request that is right, whoever makes it. also is the code of what is wrong with it, where that is looked at after who may
// do it: nothing changes by it.
type attempt struct {
	body  map[string]any // nil: {}, where there is to be one
	also  string
	stays bool // the record stands as before when it is done
}

// attempts are those that need more than an empty body, by the names of their operations' paths.
func (w *walk) attempts() map[string]attempt {
	user, later := w.users["manager2"].ID, map[string]any{"due_at": w.now.now().Add(1000 * time.Hour), "reason": "x"}
	reason := attempt{body: map[string]any{"reason": "x"}}
	return map[string]attempt{
		"PATCH cases": {body: map[string]any{"topic": "y"}, stays: true}, "cases/comments": {body: map[string]any{"kind": "note", "text": "x"}},
		"cases/letters":      {body: map[string]any{"to": "office@lamp.example", "subject": "x", "text": "y"}},
		"cases/sms":          {body: map[string]any{"to": "+7 916 123-45-68", "text": "y"}},
		"cases/payments":     {body: map[string]any{"amount": "10.00", "currency": "RUB", "paid_on": "2026-03-01"}},
		"cases/participants": {body: map[string]any{"user_id": user, "role": "observer"}},
		"cases/events":       {body: map[string]any{"event": "call"}, stays: true}, "cases/cancel": reason, "cases/reopen": reason, "deals/switch-to-manual": reason,
		"cases/deadline": {body: later, stays: true}, "tasks/deadline": {body: later, stays: true}, "cases/close": {body: map[string]any{"outcome": "none"}, also: "unknown_outcome"},
		"deals/move": {body: map[string]any{"stage": "none"}, also: "unknown_stage"}, "deals/close": {body: map[string]any{"result": "lost", "reason": "none"}, also: "validation_failed"},
		"tasks/delegate": {body: map[string]any{"user_id": user}}, "tasks/complete": {body: map[string]any{"outcome": "none"}, also: "unknown_outcome"},
		"PATCH tasks": {body: map[string]any{"title": "y"}, stays: true}, "tasks/return": {body: map[string]any{"text": "y"}}, "tasks/reopen": {body: map[string]any{"text": "y"}},
		"PATCH comments": {body: map[string]any{"text": "y"}}, "PATCH clients": {body: map[string]any{"name": "y"}}, "PATCH contacts": {body: map[string]any{"position": "y"}},
		"PATCH legal-entities": {body: map[string]any{"name": "y"}}, "PATCH interactions": {body: map[string]any{"topic": "y"}},
		"clients/legal-entities": {body: map[string]any{"name": "z"}}, "interactions/contact": {body: map[string]any{"as": "individual", "name": "x"}, also: "interaction_has_client"},
		"clients/merge": {body: map[string]any{"from": "itself"}, also: "same_record"}, "clients/unmerge": {also: "not_merged"},
		"contacts/merge": {body: map[string]any{"from": "itself"}, also: "same_record"}, "contacts/unmerge": {also: "not_merged"},
		"clients/erase": {body: map[string]any{"reason": "x", "confirmation": "x"}},
		// The imports are the same for all three, which are tried beside each other.
		"imports/mapping": {body: map[string]any{"mapping": []string{"name"}}, also: "import_status"}, "imports/stop": {also: "import_status"}, "imports/run": {also: "import_status"},
		"PATCH absences": {body: map[string]any{"tasks_to": "head"}, stays: true},
	}
}

// passes tells whether the table lets somebody pass who is that to the record: by what he is (it is his), and by how it stands.
func (r *route) passes(leads bool, relation, stands string) (his, fits bool) {
	has := func(who ...string) bool { return slices.Contains(who, relation) }
	switch r.to {
	case undeclared, sees:
		his = true
	case directs:
		his = leads || has(isResponsible, isHead)
	case heads:
		his = leads || has(isHead)
	case worksOn:
		his = leads || has(isResponsible, isHead, isPerformer)
	case partakes:
		his = leads || has(isResponsible, isHead, isPerformer, isParticipant)
	case performs, inPool, assigned:
		his = leads || has(isPerformer)
	case took:
		his = leads || has(isPerformer) && stands != theirs
	case handsOver:
		his = leads || has(isResponsible, isHead) || has(isPerformer) && stands != theirs
	case author:
		his = leads || has(isResponsible)
	case wrote:
		his = has(isResponsible)
	case heOrHead:
		his = leads || has(isResponsible, isHead)
	}
	fits = len(r.when) == 0
	for _, when := range r.when {
		fits = slices.Contains(map[state][]string{
			whileOpen: {led, byHand, pooled, taken, theirs, toAccept, accepted, reviewed}, whileLed: {led}, whileManual: {byHand}, onceClosed: {finished, cancelled, approve}, casesClosed: {finished}, leftToRoute: {led},
			onceTaken: {taken, theirs}, onceDone: {reviewed}, untilTaken: {toAccept}, unsent: {failing}, untilOver: {coming},
		}[when], stands)
	}
	switch {
	case r.to == inPool && stands == taken:
		fits = relation == isPerformer // what he has taken he may take again
	case r.to == inPool && stands == theirs, r.to == performs && stands == theirs && !leads:
		fits = false
	}
	return his, fits
}

// sawIt tells whether somebody sees a record of the walk.
func sawIt(role, relation, first string) bool {
	switch first {
	case "absences":
		return true
	case "imports":
		return relation == isResponsible || role == crm.RoleAdmin || role == crm.RoleDirector // what is in a table that somebody brings is his
	}
	own := slices.Contains([]string{isResponsible, isPerformer, isParticipant}, relation)
	switch role {
	case clerk:
		return own
	case crm.RoleHead:
		return own || relation == isHead
	}
	return true
}

// TestR15_EveryoneOnEveryRecordInEveryState walks every route that names a record, as everybody of every role, what he may be to the
// record, and as the record may stand: what is answered is what the table in routes.go says.
func TestR15_EveryoneOnEveryRecordInEveryState(t *testing.T) {
	t.Parallel()
	w := newWalk(t)
	routes := maps.Clone(w.routes)
	for name, route := range routes {
		method, pattern, found := strings.Cut(name, " "+apiPrefix+"/")
		first, rest, _ := strings.Cut(pattern, "/")
		if !found || !strings.Contains(rest, ":") || paths[first] != hidden && route.to == undeclared {
			continue
		}
		t.Run(strings.ReplaceAll(name, "/", "_"), func(t *testing.T) {
			t.Parallel()
			w.in(t).route(method, pattern, &route)
		})
	}
}

// route asks one route as everybody.
func (w *walk) route(method, pattern string, route *route) {
	words := slices.DeleteFunc(strings.Split(pattern, "/"), func(word string) bool { return strings.HasPrefix(word, ":") })
	name := strings.Join(words, "/")
	try := w.attempts()[name]
	if known, ok := w.attempts()[method+" "+name]; ok {
		try = known
	}
	kinds := w.records()
	kindName := words[0]
	for _, better := range []string{name, method + " " + name} {
		if _, ok := kinds[better]; ok {
			kindName = better
		}
	}
	kind := kinds[kindName]
	if kind.make == nil {
		w.t.Fatalf("say in records how to make one of %q, so that the route can be walked", words[0])
	}
	stands := kind.stands
	if method == get {
		stands = stands[:1]
	}
	spoils := !try.stays && (len(route.when) > 0 || method == remove || strings.HasSuffix(pattern, "/retry"))
	for _, role := range append(crm.Roles(), clerk) {
		for _, how := range stands {
			var record walked
			for _, relation := range walkers {
				switch {
				case method == get || len(route.when) == 0 && !spoils:
					record = w.shared.get(kindName+" "+role+" "+how, func() walked { return kind.make(role, how) })
				case record.id == "":
					record = kind.make(role, how)
				}
				who := login(role, relation)
				a := w.ask(who, method, pattern, route, try, record)
				done := w.check(a, route, try, who, role, relation, how, words[0])
				if a.status == http.StatusNotFound {
					if none := w.ask(who, method, pattern, route, try, walked{id: uuid.NewString(), participant: record.participant, incident: record.incident}); none.plain() != a.plain() {
						w.t.Errorf("%s: %s, of none: %s", who, a.plain(), none.plain())
					}
				}
				if done && spoils {
					record = walked{} // it does not stand so any more
				}
			}
		}
	}
}

func (w *walk) ask(as, method, pattern string, route *route, try attempt, record walked) *answer {
	path := "/" + strings.NewReplacer(":id", record.id, ":participant", record.participant).Replace(pattern)
	q := request{as: as, method: method, path: path, headers: map[string]string{"If-Match": "*"}}
	switch {
	case strings.HasSuffix(pattern, "/files"):
		q.body = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nx\r\n--b--\r\n"
		q.headers["Content-Type"] = "multipart/form-data; boundary=b"
	case strings.HasSuffix(pattern, "/retry"):
		q.body = map[string]any{"incident_id": record.incident}
	case try.body != nil && try.body["from"] != nil:
		q.body = map[string]any{"from": record.id}
	case try.body != nil:
		q.body = try.body
	case route.body != nil:
		q.body = "{}"
	}
	return w.do(q)
}

// check compares an answer with the table; it tells whether the request did something.
func (w *walk) check(a *answer, route *route, try attempt, who, role, relation, stands, first string) bool {
	w.t.Helper()
	var p Problem
	if a.status >= http.StatusBadRequest {
		a.into(&p)
	}
	his, fits := route.passes(slices.Contains([]string{crm.RoleAdmin, crm.RoleDirector}, role), relation, stands)
	want := "it is done"
	var ok bool
	switch {
	case !route.who.allows(w.users[who]):
		want, ok = "403 not_allowed", a.status == http.StatusForbidden && p.Code == "not_allowed"
	case !sawIt(role, relation, first):
		want, ok = "404", a.status == http.StatusNotFound
	case !his:
		want, ok = "403 for what he is to it", a.status == http.StatusForbidden && p.Code != "not_allowed"
	case !fits:
		want, ok = "409", a.status == http.StatusConflict
	default:
		ok = a.status < http.StatusMultipleChoices || try.also != "" && p.Code == try.also
	}
	if !ok {
		w.t.Errorf("%s, %q: %d %s, want %s", who, stands, a.status, fmt.Sprint(p.Code, p.Errors), want)
	}
	return a.status < http.StatusMultipleChoices
}
