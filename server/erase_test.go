package server

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"marshrut/postgres"
)

// markers are texts that occur nowhere else, each given once.
type markers struct{ all []string }

// mark is a new text to be found again, which says what it is for.
func (m *markers) mark(what string) string {
	text := fmt.Sprintf("kz7q%03d%s", len(m.all), what)
	m.all = append(m.all, text)
	return text
}

// markerPattern finds all of them.
const markerPattern = "kz7q[0-9]{3}"

// told fills everything that may hold something about a client, through the API, and ends its cases.
func (r *rig) told(m *markers) (client string) {
	must := func(as, method, path string, body any) *answer {
		r.t.Helper()
		return r.do(request{as: as, method: method, path: path, body: body, headers: map[string]string{"If-Match": "*"}}).want(http.StatusOK)
	}
	made := func(as, path string, body any) *answer {
		r.t.Helper()
		return r.do(request{as: as, method: post, path: path, body: body, headers: map[string]string{"Idempotency-Key": m.mark("key")}}).want(http.StatusCreated)
	}
	for _, subject := range []string{"client", "contact", "appeal", "deal"} {
		r.attribute(subject+"/remark", `{"name":{"en":"Remark","ru":"Заметка"},"type":"text","searchable":true}`)
	}
	remark := func(of string) map[string]any { return map[string]any{"remark": m.mark(of)} }
	must("admin", patch, "/users/"+r.users["manager"].ID.String(), `{"email":"manager@office.example"}`)

	// The card, its people, and a card that turns out to be the same client.
	client = made("manager", "/clients", map[string]any{
		"kind": "individual", "name": m.mark("Ёжикобратов"), "attributes": remark("client"), "source": "exhibition", "details": []map[string]any{
			{"kind": "email", "value": m.mark("mail") + "@client.example"},
			{"kind": "mobile", "value": "+7 913 757-43-21 доб. 753197531"},
			{"kind": "postal_address", "address": map[string]string{"postcode": "644043", "city": m.mark("city"), "street": m.mark("street")}},
		},
	}).text("id")
	m.all = append(m.all, "9137574321", "913 757-43-21", "жикобратов", "zhikobratov", "753197531")
	made("manager", "/clients/"+client+"/legal-entities", map[string]any{"name": m.mark("legal"), "inn": "500100732259"})
	made("manager", "/clients/"+client+"/legal-entities", map[string]any{"name": m.mark("company"), "inn": "7707083893", "kpp": "773601001"})
	m.all = append(m.all, "500100732259", "7707083893", "773601001")
	contact := made("manager", "/contacts", map[string]any{
		"client_id": client, "name": m.mark("person"), "position": m.mark("position"), "birth_date": "1971-07-17", "attributes": remark("contact"),
		"details": []map[string]any{{"kind": "mailing", "value": m.mark("person") + "@client.example"}, {"kind": "messenger", "value": m.mark("messenger")}},
	}).text("id")
	m.all = append(m.all, "1971-07-17")
	must("manager", patch, "/clients/"+client, map[string]any{"name": m.mark("renamed")})
	same := made("manager", "/clients", map[string]any{"name": m.mark("same"), "attributes": remark("same"), "create_anyway": true}).text("id")
	must("manager", post, "/clients/"+client+"/merge", map[string]any{"from": same})
	table := r.table("client", "people.csv", "Название;Телефон\n"+m.mark("imported")+";+79137574322\n"+strings.TrimSpace(r.nameOf(client))+";12\n").want(http.StatusCreated).text("id")
	must("manager", post, "/imports/"+table+"/run", map[string]any{})
	require.NoError(r.t, r.runner(r.db).Pass(r.t.Context()))
	imported := r.importedClient(table)
	must("manager", post, "/clients/"+client+"/merge", map[string]any{"from": imported})
	m.all = append(m.all, "9137574322")

	r.toldOfDeals(m, client, contact, made, must)
	r.toldOfAppeals(m, client, made, must)
	for _, card := range []string{"/clients/" + client, "/contacts/" + contact} {
		r.uploadAs("manager", card, m.mark("file")+".txt", m.mark("content")).want(http.StatusCreated)
	}
	return client
}

type making = func(as, path string, body any) *answer

type calling = func(as, method, path string, body any) *answer

func (r *rig) toldOfDeals(m *markers, client, contact string, made making, must calling) {
	deal := made("manager", "/deals", map[string]any{
		"client_id": client, "topic": m.mark("deal"), "source": "site", "kind": "process", "potential": "120000.50", "probability": 40,
		"channel": "email", "demand": []map[string]any{{"name": "Станок", "quantity": "2", "price": "100"}}, "attributes": map[string]any{"remark": m.mark("deal")},
	})
	id := deal.text("case.id")
	path := "/cases/" + id
	must("manager", post, "/tasks/"+deal.text("next_tasks.0.id")+"/complete", map[string]any{"outcome": "made", "fields": map[string]any{
		"interaction": map[string]any{"kind": "call", "at": r.now.now().Add(-time.Hour), "topic": m.mark("talk"), "content": m.mark("said")},
	}})
	comment := made("manager", path+"/comments", map[string]any{"kind": "note", "text": m.mark("note")}).text("id")
	must("manager", patch, "/comments/"+comment, map[string]any{"text": m.mark("note again")})
	made("manager", path+"/participants", map[string]any{"user_id": r.users["manager2"].ID, "role": "observer", "comment": m.mark("observer")})
	made("manager", path+"/payments", map[string]any{"amount": "12500.50", "document": m.mark("invoice")})
	r.uploadAs("manager", path, m.mark("offer")+".txt", m.mark("offered")).want(http.StatusCreated)
	letter := made("manager", path+"/letters", map[string]any{"to": r.mailOf(contact), "subject": m.mark("subject"), "text": m.mark("letter")})
	require.NotEmpty(r.t, letter.text("id"))
	planned := made("manager", "/interactions", map[string]any{
		"case_id": id, "client_id": client, "contact_id": contact, "kind": "meeting", "status": "planned", "at": r.now.now().Add(72 * time.Hour), "topic": m.mark("meeting"),
		"content": m.mark("agenda"), "participants": []any{map[string]any{"name": m.mark("stranger"), "detail_kind": "messenger", "detail": m.mark("by")}, map[string]any{"contact_id": contact}},
	}).text("id")
	require.NotEmpty(r.t, planned)
	talk := made("manager", "/interactions", map[string]any{"client_id": client, "kind": "call", "at": r.now.now().Add(-time.Hour), "topic": m.mark("alone")}).text("id")
	must("manager", patch, "/interactions/"+talk, map[string]any{"result": m.mark("result")})
	made("manager", "/interactions", map[string]any{
		"client_id": client, "kind": "call", "status": "completed", "at": r.now.now().Add(-time.Hour), "topic": m.mark("lost"), "content": m.mark("why lost"),
		"lost": true, "lost_reason": "price",
	})
	r.uploadAs("manager", "/interactions/"+talk, m.mark("record")+".txt", m.mark("recorded")).want(http.StatusCreated)
	task := made("manager", "/tasks", map[string]any{
		"kind": "assignment", "title": m.mark("assignment"), "description": m.mark("described"), "case_id": id, "assignee_id": r.users["manager2"].ID,
		"due_at": "2026-03-05T12:00:00Z", "controlled": true,
	}).text("id")
	must("manager2", post, "/tasks/"+task+"/accept", map[string]any{})
	must("manager2", post, "/tasks/"+task+"/complete", map[string]any{"report": m.mark("report")})
	must("manager", post, "/tasks/"+task+"/return", map[string]any{"text": m.mark("rework")})
	must("manager", post, "/deals/"+id+"/switch-to-manual", map[string]any{"reason": m.mark("manual")})
	must("manager", post, "/deals/"+id+"/close", map[string]any{"result": "lost", "reason": "price"})
}

func (r *rig) toldOfAppeals(m *markers, client string, made making, must calling) {
	appeal := made("dispatcher", "/appeals", map[string]any{
		"client_id": client, "topic": m.mark("appeal"), "source": "site", "attributes": map[string]any{"remark": m.mark("appeal")},
	})
	handed := must("dispatcher", post, "/tasks/"+appeal.text("next_tasks.0.id")+"/complete", map[string]any{
		"outcome": "hand-over", "fields": map[string]any{"purpose": "complaint", "performer": r.users["manager"].ID},
	})
	path := "/cases/" + appeal.text("case.id")
	must("manager", post, path+"/events", map[string]any{"event": "call", "external_id": m.mark("external"), "data": map[string]any{"said": m.mark("event")}})
	must("manager", patch, path, map[string]any{"topic": m.mark("retold")})
	must("manager", post, "/tasks/"+handed.text("next_tasks.0.id")+"/complete", map[string]any{
		"outcome": "declined", "fields": map[string]any{"reason": m.mark("declined"), "answer": m.mark("answer")},
	})
	claim := made("manager", "/claims", map[string]any{
		"client_id": client, "topic": m.mark("claim"), "source": m.mark("heard of us from"), "description": m.mark("description"), "reason": "quality",
	})
	must("manager", post, "/cases/"+claim.text("case.id")+"/cancel", map[string]any{"reason": m.mark("mistake")})
}

func (r *rig) nameOf(client string) string {
	return r.do(request{as: "manager", method: get, path: "/clients/" + client}).want(http.StatusOK).text("name")
}

func (r *rig) mailOf(contact string) string {
	return r.do(request{as: "manager", method: get, path: "/contacts/" + contact}).want(http.StatusOK).text("details.0.value")
}

// importedClient is the one that a table has made.
func (r *rig) importedClient(table string) string {
	var id string
	require.NoError(r.t, r.db.Pool().QueryRow(r.t.Context(), "select record_id::text from import_rows where import_id = $1 and record_id is not null", table).Scan(&id))
	return id
}

// dump is what pg_dump writes of the database.
func (r *rig) dump() []byte {
	r.t.Helper()
	var bin string
	require.NoError(r.t, r.db.Pool().QueryRow(r.t.Context(), "select setting from pg_config where name = 'BINDIR'").Scan(&bin))
	cmd := exec.CommandContext(r.t.Context(), filepath.Join(bin, "pg_dump"), "--dbname", r.db.Pool().Config().ConnString())
	text, err := cmd.Output()
	require.NoError(r.t, err)
	return text
}

// found are the markers in a text, also as Postgres writes bytes.
func (m *markers) found(text []byte) []string {
	text = bytes.ToLower(text)
	var all []string
	for _, marker := range m.all {
		marker = strings.ToLower(marker)
		if bytes.Contains(text, []byte(marker)) || bytes.Contains(text, []byte(hex.EncodeToString([]byte(marker)))) {
			all = append(all, marker)
		}
	}
	return all
}

// reports are the answers of all reports.
func (r *rig) reports() map[string]string {
	all := map[string]string{}
	for name := range r.routes {
		path, isReport := strings.CutPrefix(name, get+" "+apiPrefix+"/reports/")
		if !isReport || strings.HasSuffix(path, ".xlsx") || strings.Contains(path, "/") { // nor the lists behind their figures, which name clients
			continue
		}
		query := ""
		if path == "funnel" || path == "outcomes" {
			query = "?map=typical-sale"
		}
		all[path] = string(r.do(request{as: "director", method: get, path: "/reports/" + path + query}).want(http.StatusOK).body)
	}
	return all
}

// unmarked are the columns that only the program writes, and what it writes tells of nobody unless something fails.
var unmarked = []string{
	"commands.refusal", "contact_details.extension", "contact_details.number", "contact_details.address", "files.sha256", "idempotency.headers",
	"import_rows.problems", "incidents.detail", "interaction_participants.detail_kind", "legal_entities.inn", "legal_entities.kpp", "letters.signature", "notifications.detail",
	"transitions.event", "transitions.effects", "contacts.birth_date", "letters.to_name", "files.content", "idempotency.body", "merges.taken",
}

func TestAnErasedClientIsNowhereAnyMore(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var m markers
	client := r.told(&m)
	// Everything that is declared personal has been filled, so that nothing is erased for want of a test.
	for _, column := range postgres.PersonalColumns() {
		table, name, _ := strings.Cut(column, ".")
		var filled bool
		sql := fmt.Sprintf("select exists (select from %s where convert_from(convert_to(%s::text, 'UTF8'), 'UTF8') ~ $1)", pgx.Identifier{table}.Sanitize(), pgx.Identifier{name}.Sanitize())
		require.NoError(t, r.db.Pool().QueryRow(t.Context(), sql, markerPattern).Scan(&filled))
		if !filled && !slices.Contains(unmarked, column) {
			t.Errorf("the test fills nothing into %s", column)
		}
	}
	keys := regexp.MustCompile("^kz7q[0-9]{3}key$")
	m.all = slices.DeleteFunc(m.all, keys.MatchString) // of requests; they are no client's
	require.Greater(t, len(m.found(r.dump())), 50)
	packed := r.do(request{as: "director", method: get, path: "/clients/" + client + "/personal-data"}).want(http.StatusOK)
	require.Equal(t, "application/zip", packed.header.Get("Content-Type"))
	held := unpack(t, packed.body)
	missing := map[string]bool{}
	for _, marker := range m.all {
		missing[strings.ToLower(marker)] = true
	}
	for _, marker := range m.found(held) {
		delete(missing, marker)
	}
	delete(missing, "zhikobratov") // a derived form
	require.Empty(t, missing, "a person who asks is given everything that is held on him")

	before := r.reports()
	require.NotEmpty(t, before)
	r.do(request{as: "director", method: post, path: "/clients/" + client + "/erase", body: map[string]any{"reason": "x", "confirmation": "x"}}).problem(http.StatusForbidden, "not_allowed")
	wrong := r.do(request{as: "admin", method: post, path: "/clients/" + client + "/erase", body: map[string]any{"reason": "x", "confirmation": "Ромашка"}})
	require.Equal(t, "confirmation_mismatch", wrong.problem(http.StatusUnprocessableEntity, "validation_failed").Errors[0].Code)
	require.NotEmpty(t, m.found(r.dump()))
	r.do(request{as: "admin", method: post, path: "/clients/" + client + "/erase", body: map[string]any{
		"reason": "Request of 2 March", "confirmation": r.nameOf(client),
	}}).want(http.StatusOK)

	dump := r.dump()
	for _, marker := range m.found(dump) {
		for line := range strings.Lines(string(dump)) {
			if len(m.found([]byte(line))) > 0 {
				t.Log(line)
			}
		}
		t.Errorf("the database still holds %s", marker)
	}
	require.Equal(t, before, r.reports(), "reports add up as before")
	after := r.do(request{as: "director", method: get, path: "/clients/" + client + "/personal-data"}).want(http.StatusOK)
	require.Empty(t, m.found(unpack(t, after.body)))
	card := r.do(request{as: "manager", method: get, path: "/clients/" + client}).want(http.StatusOK)
	require.Equal(t, "—", card.text("name"))
	require.NotEmpty(t, card.text("erased_at"))
	for _, path := range []string{"/clients/" + client + "/feed", "/clients/" + client + "/history", "/interactions?client=" + client, "/cases?client=" + client} {
		require.Empty(t, m.found(r.do(request{as: "manager", method: get, path: path}).want(http.StatusOK).body), path)
	}
	require.Empty(t, m.found([]byte(r.log.String())), "in the log")

	// The card is closed.
	r.do(request{as: "manager", method: patch, path: "/clients/" + client, headers: map[string]string{"If-Match": "*"}, body: `{"name":"x"}`}).problem(http.StatusConflict, "client_erased")
	r.do(request{as: "manager", method: post, path: "/contacts", body: map[string]any{"client_id": client, "name": "x"}}).problem(http.StatusConflict, "client_erased")
	// That it was erased is known, and by whom.
	told := r.do(request{as: "auditor", method: get, path: "/audit?table=erasures"}).want(http.StatusOK)
	require.Equal(t, r.users["admin"].ID.String(), told.text("items.0.actor_id"))
	of := r.do(request{as: "auditor", method: get, path: "/audit?limit=200&client=" + client}).want(http.StatusOK)
	require.Empty(t, m.found(of.body))
	require.Contains(t, string(of.body), `"erased":true`)
}

// TestR44_AContactWhoCameFromAnotherClientIsErasedWithHisClient: from the history and the audit of the one that he was entered at, too; when
// that one is erased, he stays.
func TestR44_AContactWhoCameFromAnotherClientIsErasedWithHisClient(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	wrong, right, stays := r.client(), r.client(), r.client()
	entered := func(name string) string {
		return r.act("manager", "/contacts", map[string]any{"client_id": wrong, "name": name, "details": []any{map[string]any{"kind": "email", "value": name + "@kz7q.example"}}}).
			want(http.StatusCreated).text("id")
	}
	told := func() string {
		audited := r.do(request{as: "auditor", method: get, path: "/audit?limit=200&client=" + wrong}).want(http.StatusOK)
		return string(r.do(request{as: "manager", method: get, path: "/clients/" + wrong + "/history"}).want(http.StatusOK).body) + string(audited.body)
	}
	gone, other := entered("Kz7qgone"), entered("Kz7qother")
	require.Contains(t, told(), "Kz7qgone") // and sealed
	for contact, to := range map[string]string{gone: right, other: stays} {
		r.do(request{as: "manager", method: patch, path: "/contacts/" + contact, headers: map[string]string{"If-Match": "*"}, body: map[string]any{"client_id": to}}).want(http.StatusOK)
	}
	erase := func(client string) {
		r.do(request{as: "admin", method: post, path: "/clients/" + client + "/erase", body: map[string]any{"reason": "x", "confirmation": r.nameOf(client)}}).want(http.StatusOK)
	}
	erase(right)
	require.NotContains(t, strings.ToLower(told()), "kz7qgone")
	require.NotContains(t, strings.ToLower(string(r.dump())), "kz7qgone")
	require.Contains(t, told(), "Kz7qother")
	erase(wrong)
	require.Equal(t, "Kz7qother@kz7q.example", strings.ReplaceAll(r.mailOf(other), "kz7qother", "Kz7qother"))
	require.Contains(t, string(r.do(request{as: "auditor", method: get, path: "/audit?limit=200&table=contacts"}).want(http.StatusOK).body), "Kz7qother", "what was entered of him")
}

// TestR44_AContactsDataGoesWithHim: the client with whom he was entered by mistake gets none of it in its export, his own one all.
func TestR44_AContactsDataGoesWithHim(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	wrong, right := r.client(), r.client()
	entered := func(name string) string {
		return r.act("manager", "/contacts", map[string]any{"client_id": wrong, "name": name, "details": []any{map[string]any{"kind": "email", "value": name + "@kz7q.example"}}}).
			want(http.StatusCreated).text("id")
	}
	gone := entered("Kz7qgone")
	entered("Kz7qstays")
	change := func(body map[string]any) {
		r.do(request{as: "manager", method: patch, path: "/contacts/" + gone, headers: map[string]string{"If-Match": "*"}, body: body}).want(http.StatusOK)
	}
	change(map[string]any{"position": "Kz7qbefore"})
	r.do(request{as: "auditor", method: get, path: "/audit?limit=1"}).want(http.StatusOK) // all that is sealed now
	change(map[string]any{"client_id": right})
	change(map[string]any{"position": "Kz7qafter"})

	exported := func(client string) string {
		archive := r.do(request{as: "admin", method: get, path: "/clients/" + client + "/personal-data"}).want(http.StatusOK)
		return strings.TrimPrefix(string(unpack(t, archive.body)), "data.json\n")
	}
	former, now := exported(wrong), exported(right)
	for _, his := range []string{"Kz7qgone", "kz7qgone@", "Kz7qbefore", "Kz7qafter"} {
		require.NotContains(t, former, his, "the client whom he has left")
	}
	require.NotContains(t, former, right, "nor where he has gone")
	require.Contains(t, former, "Kz7qstays")
	var data struct {
		Audit []struct{ Before, After map[string]any }
	}
	require.NoError(t, json.Unmarshal([]byte(now), &data))
	audited, err := json.Marshal(data.Audit)
	require.NoError(t, err)
	for _, his := range []string{"Kz7qgone", "@kz7q.example", "Kz7qbefore", "Kz7qafter"} {
		require.Contains(t, string(audited), his, "the audit of the time before and after")
	}
	require.NotContains(t, now, "Kz7qstays")
}

func TestAClientWithOpenCasesIsNotErased(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	client := r.client()
	made := r.do(request{as: "manager", method: post, path: "/deals", body: map[string]any{"client_id": client, "topic": "Станок", "source": "site", "kind": "process"}}).want(http.StatusCreated)
	erase := request{as: "admin", method: post, path: "/clients/" + client + "/erase", body: map[string]any{"reason": "x", "confirmation": "ООО Ромашка"}}
	r.do(erase).problem(http.StatusConflict, "client_has_open_cases")
	require.Equal(t, "ООО Ромашка", r.nameOf(client))
	r.do(request{as: "manager", method: post, path: "/cases/" + made.text("case.id") + "/cancel", body: map[string]any{"reason": "x"}}).want(http.StatusOK)
	r.do(erase).want(http.StatusOK)
	require.Equal(t, "—", r.nameOf(client))
	missing := "/clients/00000000-0000-4000-8000-000000000000"
	r.do(request{as: "admin", method: post, path: missing + "/erase", body: map[string]any{"reason": "x", "confirmation": "x"}}).problem(http.StatusNotFound, "client_not_found")
	r.do(request{as: "admin", method: get, path: missing + "/personal-data"}).problem(http.StatusNotFound, "client_not_found")
}

// TestR30_LossesAddUpWhenAClientIsErased: a map may ask for the reason as a text. One of the company's list in it stays, as reports count
// by it; what somebody has written goes.
func TestR30_LossesAddUpWhenAClientIsErased(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	client := r.clientNamed("Ромашка", nil)
	for _, reason := range []string{"price", "Анна заболела"} {
		made := r.act("manager", "/interests", map[string]any{"client_id": client, "topic": "Станок", "source": "site"}).want(http.StatusCreated)
		r.act("manager", "/cases/"+made.text("case.id")+"/close", map[string]any{"outcome": "refused", "fields": map[string]string{"reason": reason}}).want(http.StatusOK)
	}
	r.act("admin", "/clients/"+client+"/erase", map[string]any{"reason": "Request", "confirmation": "Ромашка"}).want(http.StatusOK)
	losses := r.do(request{as: "director", method: get, path: "/reports/losses"}).want(http.StatusOK)
	require.Len(t, losses.at("items"), 2, string(losses.body))
	require.Contains(t, string(losses.body), `"reason":"price"`)
	require.NotContains(t, string(losses.body), "заболела")
}
