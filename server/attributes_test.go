package server

import (
	"net/http"
	"strings"
	"testing"
)

// attribute adds an own attribute.
func (r *rig) attribute(path, body string) *answer {
	r.t.Helper()
	return r.do(request{as: "director", method: put, path: "/attributes/" + path, body: body, headers: map[string]string{"If-None-Match": "*"}}).want(http.StatusOK)
}

const segment = `{"type":"choice","name":{"en":"Segment","ru":"Сегмент"},"searchable":true,
	"options":[{"id":"vip","name":{"en":"Very important","ru":"Важнейший"}},{"id":"small","name":{"en":"Small","ru":"Малый"}}]}`

func TestR45_Attributes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	path := "/attributes/client/segment"
	for _, who := range []string{"manager", "designer", "auditor"} {
		r.do(request{as: who, method: put, path: path, body: segment, headers: map[string]string{"If-None-Match": "*"}}).problem(http.StatusForbidden, "not_allowed")
	}
	made := r.attribute("client/segment", segment)
	if made.header.Get("ETag") != `"1"` || made.text("options.0.id") != "vip" {
		t.Errorf("made %s", made.body)
	}
	change := func(body, version string) *answer {
		return r.do(request{as: "admin", method: put, path: path, body: body, headers: map[string]string{"If-Match": version}})
	}
	r.do(request{as: "director", method: put, path: path, body: segment, headers: map[string]string{"If-None-Match": "*"}}).problem(http.StatusPreconditionFailed, "stale")
	change(segment, `"7"`).problem(http.StatusPreconditionFailed, "stale")
	change(`{"type":"text","name":{"ru":"Сегмент"}}`, `"1"`).problem(http.StatusConflict, "attribute_type_stays")
	change(`{"type":"choice","name":{"ru":"Сегмент"},"options":[{"id":"vip","name":{"ru":"x"}}]}`, `"1"`).problem(http.StatusConflict, "option_stays")
	for body, wrong := range map[string][2]string{
		`{"type":"choice","name":{"ru":"x"}}`:                                            {"/options", "required"},
		`{"type":"text","name":{"ru":"x"},"options":[{"id":"a","name":{"ru":"x"}}]}`:     {"/options", "options_of_a_choice"},
		`{"type":"date","name":{"ru":"x"},"searchable":true}`:                            {"/searchable", "only_texts_are_searched"},
		`{"type":"date","name":{"ru":" "}}`:                                              {"/name", "required"},
		`{"type":"choice","name":{"ru":"x"},"options":[{"id":"A b","name":{"ru":"x"}}]}`: {"/options/0/id", "wrong_form"},
	} {
		p := r.do(request{as: "admin", method: put, path: "/attributes/client/other", body: body, headers: map[string]string{"If-None-Match": "*"}}).problem(http.StatusUnprocessableEntity, "validation_failed")
		if p.Errors[0].Pointer != wrong[0] || p.Errors[0].Code != wrong[1] {
			t.Errorf("%s: %+v", body, p.Errors)
		}
	}
	changed := change(strings.Replace(segment, "Сегмент", "Доля", 1), `"1"`).want(http.StatusOK)
	if changed.text("names.ru") != "Доля" || changed.header.Get("ETag") != `"2"` {
		t.Errorf("changed %s", changed.body)
	}
	if items := r.do(request{as: "auditor", method: get, path: "/attributes?subject=client"}).at("items").([]any); len(items) != 1 {
		t.Errorf("%d attributes", len(items))
	}
	change(segment, "*").want(http.StatusOK)
}

func TestR45_ValuesOnClientsContactsAndCases(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.attribute("client/segment", segment)
	r.attribute("client/employees", `{"type":"number","name":{"ru":"Сотрудников"},"required":true}`)
	r.attribute("contact/hobby", `{"type":"text","name":{"ru":"Увлечение"},"searchable":true}`)
	for _, kind := range []string{"appeal", "deal", "interest", "claim"} {
		r.attribute(kind+"/tender", `{"type":"text","name":{"ru":"Тендер"},"searchable":true}`)
	}
	for body, wrong := range map[string][2]string{
		`{"name":"a"}`: {"/attributes/employees", "required"},
		`{"name":"a","attributes":{"employees":1,"segment":"x"}}`: {"/attributes/segment", "not_an_option"},
		`{"name":"a","attributes":{"employees":"many"}}`:          {"/attributes/employees", "not_a_number"},
		`{"name":"a","attributes":{"employees":1,"colour":"x"}}`:  {"/attributes/colour", "unknown_attribute"},
	} {
		p := r.do(request{as: "manager", method: post, path: "/clients", body: body}).problem(http.StatusUnprocessableEntity, "validation_failed")
		if p.Errors[0].Pointer != wrong[0] || p.Errors[0].Code != wrong[1] {
			t.Errorf("%s: %+v", body, p.Errors)
		}
	}
	id := r.clientNamed("Ромашка", map[string]any{"attributes": map[string]any{"employees": 12, "segment": "vip"}})
	r.clientNamed("Лютик", map[string]any{"attributes": map[string]any{"employees": 12}})
	found := func(path string) []any {
		return r.do(request{as: "manager", method: get, path: path}).want(http.StatusOK).at("items").([]any)
	}
	for path, want := range map[string]int{
		"/clients?attributes=" + escapedQuery(`{"segment":"vip"}`):                  1,
		"/clients?attributes=" + escapedQuery(`{"employees":12}`):                   2,
		"/clients?attributes=" + escapedQuery(`{"employees":12,"segment":"small"}`): 0,
		"/clients?q=" + escapedQuery("важнейший"):                                   1,
	} {
		if got := len(found(path)); got != want {
			t.Errorf("%s finds %d, want %d", path, got, want)
		}
	}
	for filter, code := range map[string]string{`{"segment":"x"}`: "not_an_option", `{"colour":1}`: "unknown_attribute", `[1]`: "expected_object"} {
		p := r.do(request{as: "manager", method: get, path: "/clients?attributes=" + escapedQuery(filter)}).problem(http.StatusUnprocessableEntity, "validation_failed")
		if p.Errors[0].Parameter != "attributes" || p.Errors[0].Code != code {
			t.Errorf("%s: %+v", filter, p.Errors)
		}
	}
	patched := r.do(request{as: "manager", method: patch, path: "/clients/" + id, headers: map[string]string{"If-Match": `"1"`}, body: `{"attributes":{"segment":null,"employees":13}}`}).want(http.StatusOK)
	if patched.at("attributes.segment") != nil || patched.at("attributes.employees") != 13.0 {
		t.Errorf("patched %s", patched.body)
	}
	if len(found("/clients?q="+escapedQuery("важнейший"))) != 0 {
		t.Error("a value that was removed is still found")
	}
	history := r.do(request{as: "manager", method: get, path: "/clients/" + id + "/history"})
	if history.at("items.1.data.fields.attributes.from.segment") != "vip" {
		t.Errorf("history %s", history.body)
	}
	contact := r.do(request{as: "manager", method: post, path: "/contacts", body: map[string]any{"client_id": id, "name": "Анна", "attributes": map[string]any{"hobby": "рыбалка"}}}).want(http.StatusCreated)
	if items := found("/search?q=" + escapedQuery("рыбалка")); len(items) != 1 || items[0].(map[string]any)["id"] != contact.text("id") {
		t.Errorf("found %v", items)
	}
	for _, kind := range []string{"appeal", "deal", "interest", "claim"} {
		made := r.do(request{as: "dispatcher", method: post, path: "/" + kind + "s", body: map[string]any{
			"client_id": id, "topic": "x", "source": "site", "attributes": map[string]any{"tender": "Метрополитен " + kind},
		}}).want(http.StatusCreated)
		list := "/cases?kind=" + kind + "&attributes=" + escapedQuery(`{"tender":"Метрополитен `+kind+`"}`)
		if items := found(list); len(items) != 1 {
			t.Errorf("%s: %d in the list", kind, len(items))
		}
		r.do(request{
			as: "director", method: patch, path: "/cases/" + made.text("case.id"), headers: map[string]string{"If-Match": "*"}, body: `{"attributes":{"colour":"x"}}`,
		}).problem(http.StatusUnprocessableEntity, "validation_failed")
	}
	if items := found("/search?q=" + escapedQuery("метрополитеном")); len(items) != 4 {
		t.Errorf("%d cases found", len(items))
	}
}

// byClient goes one way or another by what the client's attribute says, and waits for it to change.
const byClient = `id: by-client
process: appeal
independent: true
name: {en: By client, ru: По клиенту}
state: active
fields:
  segment:
    type: choice
    name: {en: Segment, ru: Сегмент}
    options: [{id: vip, name: {en: VIP, ru: VIP}}]
    attribute: client.segment
  tender: {type: text, name: {en: Tender, ru: Тендер}, attribute: case.tender}
stages:
  - id: hold
    name: {en: Hold, ru: Ожидание}
    kind: wait
    wait: {when: segment == "vip" and has("tender"), timeout: {after: 5 days, to: work}}
    outcomes: [{id: on, to: work}]
  - id: work
    name: {en: Work, ru: Работа}
    performer: responsible
    outcomes: [{id: done, name: {en: Done, ru: Готово}, finish: positive}]
`

func TestR45_ConditionsOfMapsReadAttributes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	publish := func(source string) *answer {
		return r.do(request{as: "designer", method: post, path: "/route-maps", body: map[string]any{"source": source}})
	}
	if p := publish(byClient).problem(http.StatusUnprocessableEntity, "route_map_invalid"); !strings.Contains(p.Errors[0].Detail, "client.segment") {
		t.Errorf("%+v", p.Errors)
	}
	r.attribute("client/segment", segment)
	r.attribute("appeal/tender", `{"type":"text","name":{"ru":"Тендер"}}`)
	for _, wrong := range []string{
		strings.Replace(byClient, "type: text, name: {en: Tender", "type: number, name: {en: Tender", 1),
		strings.Replace(byClient, "id: vip, name", "id: best, name", 1),
		strings.Replace(byClient, "stages:\n", "intake: [segment]\nstages:\n", 1),
		strings.Replace(byClient, "client.segment", "client.Segment", 1),
	} {
		publish(wrong).problem(http.StatusUnprocessableEntity, "route_map_invalid")
	}
	publish(byClient).want(http.StatusCreated)
	client := r.clientNamed("Ромашка", nil)
	stage := func(id string) string {
		return r.do(request{as: "manager", method: get, path: "/cases/" + id}).text("stage")
	}
	open := func() string {
		return r.do(request{as: "manager", method: post, path: "/appeals", body: map[string]any{
			"client_id": client, "map": "by-client", "topic": "x", "source": "site", "attributes": map[string]any{"tender": "7"},
		}}).want(http.StatusCreated).text("case.id")
	}
	waiting := open()
	if at := stage(waiting); at != "hold" {
		t.Fatalf("it stands at %s", at)
	}
	r.do(request{as: "manager", method: patch, path: "/cases/" + waiting, headers: map[string]string{"If-Match": "*"}, body: `{"fields":{"segment":"vip"}}`}).problem(http.StatusUnprocessableEntity, "validation_failed")
	r.do(request{as: "manager", method: patch, path: "/clients/" + client, headers: map[string]string{"If-Match": "*"}, body: `{"attributes":{"segment":"small"}}`}).want(http.StatusOK)
	if at := stage(waiting); at != "hold" {
		t.Errorf("another value has let it go to %s", at)
	}
	r.do(request{as: "manager", method: patch, path: "/clients/" + client, headers: map[string]string{"If-Match": "*"}, body: `{"attributes":{"segment":"vip"}}`}).want(http.StatusOK)
	if at := stage(waiting); at != "work" {
		t.Errorf("the client's attribute has not reached the case: it stands at %s", at)
	}
	if at := stage(open()); at != "work" {
		t.Errorf("a new case reads nothing of its client: it stands at %s", at)
	}
	// Archived, the attribute is read on, and can be named by no new map.
	r.do(request{as: "director", method: put, path: "/attributes/client/segment", headers: map[string]string{"If-Match": `"1"`}, body: strings.Replace(segment, `"searchable":true`, `"archived":true`, 1)}).want(http.StatusOK)
	if at := stage(open()); at != "work" {
		t.Errorf("an archived attribute is not read: the case stands at %s", at)
	}
	publish(strings.Replace(byClient, "id: by-client", "id: later", 1)).problem(http.StatusUnprocessableEntity, "route_map_invalid")
}
