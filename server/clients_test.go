package server

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// clientNamed adds a client and gives its id.
func (r *rig) clientNamed(name string, more map[string]any) string {
	r.t.Helper()
	body := map[string]any{"name": name, "create_anyway": true}
	maps.Copy(body, more)
	return r.do(request{as: "manager", method: post, path: "/clients", body: body}).want(http.StatusCreated).text("id")
}

func TestR8_LocalTimeByRegion(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	made := r.do(request{as: "manager", method: post, path: "/clients", body: `{"name":"Омск","region":"RU-OMS"}`}).want(http.StatusCreated)
	if made.text("time_zone") != "Asia/Omsk" || made.text("local_time") != "2026-03-02T15:00:00+06:00" {
		t.Errorf("answer %s", made.body)
	}
	r.now.pass(time.Hour)
	path := "/clients/" + made.text("id")
	if now := r.do(request{as: "manager", method: get, path: path}).text("local_time"); now != "2026-03-02T16:00:00+06:00" {
		t.Errorf("an hour later it is %s", now)
	}
	change := func(body string) *answer {
		return r.do(request{as: "manager", method: patch, path: path, headers: map[string]string{"If-Match": "*"}, body: body})
	}
	if moved := change(`{"region":"RU-KGD"}`).want(http.StatusOK); moved.text("time_zone") != "Europe/Kaliningrad" {
		t.Errorf("a new region: %s", moved.body)
	}
	if own := change(`{"region":"RU-OMS","time_zone":"Asia/Tokyo"}`).want(http.StatusOK); own.text("time_zone") != "Asia/Tokyo" {
		t.Errorf("a zone of its own: %s", own.body)
	}
	if p := change(`{"region":"RU-XYZ"}`).problem(http.StatusUnprocessableEntity, "validation_failed"); p.Errors[0].Pointer != "/region" {
		t.Errorf("%+v", p.Errors)
	}
	r.do(request{as: "manager", method: put, path: "/regions/TR", body: `{"name":{"en":"Turkey","ru":"Турция"},"time_zone":"Europe/Istanbul"}`}).problem(http.StatusForbidden, "not_allowed")
	r.do(request{as: "director", method: put, path: "/regions/TR", body: `{"name":{"en":"Turkey","ru":"Турция"},"time_zone":"Moon/Crater"}`}).problem(http.StatusUnprocessableEntity, "validation_failed")
	r.do(request{
		as: "director", method: put, path: "/regions/TR", body: `{"name":{"en":"Turkey","ru":"Турция"},"time_zone":"Europe/Istanbul"}`, headers: map[string]string{"If-None-Match": "*"},
	}).want(http.StatusOK)
	change(`{"region":"TR"}`).want(http.StatusOK)
	// Every region's zone is one that this program knows.
	for _, region := range r.do(request{as: "manager", method: get, path: "/regions"}).at("items").([]any) {
		zone := region.(map[string]any)["time_zone"].(string)
		if _, err := time.LoadLocation(zone); err != nil {
			t.Errorf("%v", err)
		}
	}
}

func TestR44_DetailsAndSources(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	made := r.do(request{as: "manager", method: post, path: "/clients", body: map[string]any{
		"name": "Анна", "kind": "individual", "source": "Выставка", "details": []map[string]any{
			{"kind": "mobile", "value": "8 (916) 000-11-22"},
			{"kind": "phone", "value": "+7 495 123-45-67 доб. 12"},
			{"kind": "postal_address", "address": map[string]string{"postcode": "101000", "city": "Москва"}},
			{"kind": "messenger", "value": "@anna"},
			{"kind": "site", "value": "anna.example"},
		},
	}}).want(http.StatusCreated)
	for path, want := range map[string]string{
		"details.0.number": "+79160001122", "details.0.value": "8 (916) 000-11-22", "details.1.number": "+74951234567", "details.1.extension": "12",
		"details.2.value": "101000, Москва", "details.2.address.city": "Москва", "source": "exhibition",
	} {
		if made.text(path) != want {
			t.Errorf("%s is %s, want %s", path, made.text(path), want)
		}
	}
	id := made.text("id")
	// What is shown can be sent back.
	r.do(request{as: "manager", method: patch, path: "/clients/" + id, headers: map[string]string{"If-Match": `"1"`}, body: map[string]any{"details": made.at("details")}}).want(http.StatusOK)
	p := r.do(request{as: "manager", method: post, path: "/clients", body: `{"name":"x","source":"по объявлению"}`}).problem(http.StatusUnprocessableEntity, "validation_failed")
	if p.Errors[0].Pointer != "/source" || p.Errors[0].Code != "not_found" {
		t.Errorf("%+v", p.Errors)
	}
	r.do(request{
		as: "director", method: put, path: "/acquisition-sources/ad", body: `{"name":{"en":"An advertisement","ru":"По объявлению"}}`, headers: map[string]string{"If-None-Match": "*"},
	}).want(http.StatusOK)
	r.do(request{as: "manager", method: post, path: "/clients", body: `{"name":"x","source":"по объявлению"}`}).want(http.StatusCreated)

	contact := r.do(request{as: "manager", method: post, path: "/contacts", body: map[string]any{
		"client_id": id, "name": "Пётр", "position": "Секретарь", "birth_date": "1990-02-28", "source": "recommendation",
		"details": []map[string]string{{"kind": "mobile", "value": "89160001123"}},
	}}).want(http.StatusCreated)
	if contact.text("birth_date") != "1990-02-28" || contact.text("source") != "recommendation" || contact.text("details.0.number") != "+79160001123" {
		t.Errorf("contact %s", contact.body)
	}
	path := "/contacts/" + contact.text("id")
	for body, code := range map[string]string{`{"birth_date":"1990-02-30"}`: "expected_date", `{"birth_date":"2030-01-01"}`: "in_the_future", `{"birth_date":"1200-01-01"}`: "time_out_of_range", `{"source":"x"}`: "not_found"} {
		p := r.do(request{as: "manager", method: patch, path: path, headers: map[string]string{"If-Match": "*"}, body: body}).problem(http.StatusUnprocessableEntity, "validation_failed")
		if len(p.Errors) != 1 || p.Errors[0].Code != code {
			t.Errorf("%s: %+v", body, p.Errors)
		}
	}
	cleared := r.do(request{as: "manager", method: patch, path: path, headers: map[string]string{"If-Match": "*"}, body: `{"birth_date":"","source":""}`}).want(http.StatusOK)
	if strings.Contains(string(cleared.body), "birth_date") || strings.Contains(string(cleared.body), `"source"`) {
		t.Errorf("cleared %s", cleared.body)
	}
}

func TestR64_LegalEntities(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.clientNamed("Ромашка", map[string]any{"legal_entities": []map[string]string{{"name": "ООО «Ромашка»", "inn": "7707083893", "kpp": "773601001"}}})
	add := func(body string) *answer {
		return r.do(request{as: "manager", method: post, path: "/clients/" + id + "/legal-entities", body: body})
	}
	for body, code := range map[string]string{
		`{"name":"x","inn":"7707083894"}`: "wrong_inn", `{"name":"x","kpp":"1"}`: "wrong_kpp",
		`{"name":"x","inn":"500100732259","kpp":"773601001"}`: "kpp_of_a_person", `{"name":" "}`: "required",
	} {
		if p := add(body).problem(http.StatusUnprocessableEntity, "validation_failed"); p.Errors[0].Code != code {
			t.Errorf("%s: %+v", body, p.Errors)
		}
	}
	add(`{"name":"Ещё раз","inn":"7707083893","kpp":"773601001"}`).problem(http.StatusConflict, "legal_entity_known")
	second := add(`{"name":"ИП Иванов","inn":"500100732259"}`).want(http.StatusCreated)
	if second.at("main") != false {
		t.Errorf("second %s", second.body)
	}
	r.do(request{as: "manager", method: patch, path: "/legal-entities/" + second.text("id"), headers: map[string]string{"If-Match": `"7"`}, body: `{"main":true}`}).problem(http.StatusPreconditionFailed, "stale")
	r.do(request{as: "manager", method: patch, path: "/legal-entities/" + second.text("id"), headers: map[string]string{"If-Match": `"1"`}, body: `{"main":true}`}).want(http.StatusOK)
	p := r.do(request{as: "manager", method: patch, path: "/legal-entities/" + second.text("id"), headers: map[string]string{"If-Match": "*"}, body: `{"kpp":"773601001"}`}).problem(http.StatusUnprocessableEntity, "validation_failed")
	if p.Errors[0].Code != "kpp_of_a_person" {
		t.Errorf("%+v", p.Errors)
	}
	client := r.do(request{as: "manager", method: get, path: "/clients/" + id}).want(http.StatusOK)
	if client.text("legal_entities.0.inn") != "500100732259" || client.at("legal_entities.0.main") != true || client.at("legal_entities.1.main") != false {
		t.Errorf("client %s", client.body)
	}
	r.do(request{as: "manager", method: remove, path: "/legal-entities/" + second.text("id"), headers: map[string]string{"If-Match": "*"}}).want(http.StatusNoContent)
	r.do(request{as: "manager", method: get, path: "/legal-entities/" + second.text("id")}).problem(http.StatusNotFound, "legal_entity_not_found")
	if left := r.do(request{as: "manager", method: get, path: "/clients/" + id}); left.at("legal_entities.0.main") != true {
		t.Errorf("the one that is left is not the main one: %s", left.body)
	}
	history := r.do(request{as: "manager", method: get, path: "/clients/" + id + "/history"}).want(http.StatusOK)
	for i, kind := range []string{"created", "legal_entity_added", "legal_entity_changed", "legal_entity_deleted"} {
		if history.at("items."+string(rune('0'+i))+".kind") != kind {
			t.Errorf("history %s", history.body)
		}
	}
}

func TestR22_AClientWithoutDealsOrInteractions(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.clientNamed("Тихий", map[string]any{"without": []string{"deals", "interactions", "deals"}})
	if got := fmt.Sprint(r.do(request{as: "manager", method: get, path: "/clients/" + id}).at("without")); got != "[interactions deals]" {
		t.Errorf("without %s: want each block once", got)
	}
	deal := map[string]any{"client_id": id, "topic": "x", "source": "site", "kind": "process"}
	r.do(request{as: "manager", method: post, path: "/deals", body: deal}).problem(http.StatusConflict, "client_without")
	r.do(request{as: "manager", method: post, path: "/interactions", body: map[string]any{"client_id": id, "kind": "call", "at": "2026-03-02T08:00:00Z"}}).problem(http.StatusConflict, "client_without")
	r.do(request{as: "manager", method: post, path: "/claims", body: map[string]any{"client_id": id, "topic": "x", "source": "site"}}).want(http.StatusCreated)
	elsewhere := r.called(map[string]any{"client_id": r.clientNamed("Громкий", nil)})
	r.changeInteraction(elsewhere.text("id"), map[string]any{"client_id": id}).problem(http.StatusConflict, "client_without")
	r.do(request{as: "manager", method: patch, path: "/clients/" + id, headers: map[string]string{"If-Match": "*"}, body: `{"without":[]}`}).want(http.StatusOK)
	r.do(request{as: "manager", method: post, path: "/deals", body: deal}).want(http.StatusCreated)
}

func TestDuplicatesAreShownBeforeAClientIsMade(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	known := r.clientNamed("ООО «Ромашка»", map[string]any{
		"details":        []map[string]string{{"kind": "email", "value": "Info@romashka.example"}, {"kind": "phone", "value": "8 (495) 123-45-67"}},
		"legal_entities": []map[string]string{{"name": "Ромашка", "inn": "7707083893"}},
	})
	for body, word := range map[string]string{
		`{"name":"Другая","details":[{"kind":"mailing","value":"info@ROMASHKA.example"}]}`: "та же почта",
		`{"name":"Другая","details":[{"kind":"mobile","value":"+7 495 1234567"}]}`:         "тот же телефон",
		`{"name":"Другая","legal_entities":[{"name":"x","inn":"7707083893"}]}`:             "тот же ИНН",
		`{"name":"Romashka LLC"}`: "похожее название", `{"name":"АО Рамашка"}`: "похожее название",
	} {
		p := r.do(request{as: "manager", method: post, path: "/clients", body: body, headers: map[string]string{"Accept-Language": "ru"}}).problem(http.StatusConflict, "possible_duplicates")
		if len(p.Errors) != 1 || p.Errors[0].Record != apiPrefix+"/clients/"+known || !strings.Contains(p.Errors[0].Detail, "Ромашка") || !strings.HasSuffix(p.Errors[0].Detail, ": "+word+".") {
			t.Errorf("%s: %+v", body, p.Errors)
		}
	}
	for _, body := range []string{`{"name":"ООО Лютик"}`, `{"name":"ООО"}`, `{"name":"АО"}`} {
		r.do(request{as: "manager", method: post, path: "/clients", body: body}).want(http.StatusCreated)
	}
	twin := r.do(request{as: "manager", method: post, path: "/clients", body: `{"name":"Ромашка","create_anyway":true}`}).want(http.StatusCreated)
	found := r.do(request{as: "manager", method: get, path: "/clients/" + twin.text("id") + "/duplicates"}).want(http.StatusOK)
	if len(found.at("items").([]any)) != 1 || found.text("items.0.client.id") != known || found.text("items.0.reasons.0") != "name" {
		t.Errorf("duplicates %s", found.body)
	}
	// Both requests of a double click are answered with the one client that is made.
	once := request{as: "manager", method: post, path: "/clients", body: `{"name":"Василёк"}`, headers: map[string]string{"Idempotency-Key": "v"}}
	if a, b := r.do(once).want(http.StatusCreated), r.do(once).want(http.StatusCreated); a.text("id") != b.text("id") {
		t.Error("two clients were made")
	}
}

func TestSearchForgivesMistakesAndWordForms(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	romashka := r.clientNamed("ООО «Ромашка»", map[string]any{
		"details":        []map[string]string{{"kind": "phone", "value": "8 (495) 123-45-67"}, {"kind": "email", "value": "zakaz@romashka.example"}},
		"legal_entities": []map[string]string{{"name": "Ромашка", "inn": "7707083893"}},
	})
	furniture := r.clientNamed("Фабрика мягкой мебели", nil)
	ivanov := r.clientNamed("Иванов Пётр", map[string]any{"kind": "individual"})
	workshop := r.clientNamed("Painters and Sons", nil)
	if made := r.do(request{as: "manager", method: post, path: "/contacts", body: map[string]any{"client_id": furniture, "name": "Семёнова Анна", "details": []map[string]string{{"kind": "mobile", "value": "+79160001122"}}}}); made.status != http.StatusCreated {
		t.Fatalf("%s", made.body)
	}
	for text, want := range map[string]string{
		"ромашка": romashka, "Рамашка": romashka, "ромшка": romashka, "romashka": romashka, "ромашкой": romashka, "ООО Ромашка": romashka,
		"495 123": romashka, "84951234567": romashka, "1234567": romashka, "zakaz@romashka.example": romashka, "7707083893": romashka, "77070": romashka,
		"мебель": furniture, "фабрики мебели": furniture, "семенова": furniture, "Семенова Анна": furniture, "916 000": furniture,
		"ивонов": ivanov, "петр иванов": ivanov, "иванова": ivanov, "painter": workshop, "paintrs": workshop,
	} {
		found := r.do(request{as: "manager", method: get, path: "/clients?q=" + escapedQuery(text)}).want(http.StatusOK)
		items := found.at("items").([]any)
		if len(items) == 0 || items[0].(map[string]any)["id"] != want {
			t.Errorf("%q finds %d clients: %.200s", text, len(items), found.body)
		}
	}
	for _, nothing := range []string{"!!!", "' or 1=1 --", "%", "_____", "хрюндель", "999 999 99"} {
		if items := r.do(request{as: "manager", method: get, path: "/clients?q=" + escapedQuery(nothing)}).want(http.StatusOK).at("items").([]any); len(items) != 0 {
			t.Errorf("%q finds %v", nothing, items)
		}
	}
	if items := r.do(request{as: "manager", method: get, path: "/clients?kind=individual&q=" + escapedQuery("ромашка")}).at("items").([]any); len(items) != 0 {
		t.Errorf("the kind does not narrow: %v", items)
	}
	caseID, _ := r.appeal()
	for text, kind := range map[string]string{"A-000001": "case", "000001": "case", "Семёнова": "contact", "ромашка": "client", "вопросы": "case"} {
		found := r.do(request{as: "manager", method: get, path: "/search?q=" + escapedQuery(text)}).want(http.StatusOK)
		if items := found.at("items").([]any); len(items) == 0 || items[0].(map[string]any)["kind"] != kind || kind == "case" && items[0].(map[string]any)["id"] != caseID {
			t.Errorf("%q finds %s", text, found.body)
		}
	}
}

// Of what is found enough is said to tell namesakes apart.
func TestR41_ASearchTellsNamesakesApart(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	known := r.clientNamed("Двойник", map[string]any{
		"details":        []map[string]any{{"kind": "email", "value": "a@twin.example"}, {"kind": "phone", "value": "+7 812 555-01-02"}, {"kind": "actual_address", "address": map[string]string{"city": "Псков"}}},
		"legal_entities": []map[string]string{{"name": "Двойник", "inn": "7707083893"}},
	})
	r.do(request{as: "manager", method: post, path: "/contacts", body: map[string]any{"client_id": known, "name": "Двойникова", "details": []map[string]string{{"kind": "mobile", "value": "+7 916 555-03-04"}}}}).want(http.StatusCreated)
	for text, want := range map[string][3]string{"Двойник": {"+7 812 555-01-02", "7707083893", "Псков"}, "Двойникова": {"+7 916 555-03-04"}} {
		first := r.do(request{as: "manager", method: get, path: "/search?q=" + escapedQuery(text)}).want(http.StatusOK).at("items").([]any)[0].(map[string]any)
		for i, field := range []string{"phone", "inn", "city"} {
			if said, _ := first[field].(string); said != want[i] {
				t.Errorf("%s: %s is %q, want %q", text, field, said, want[i])
			}
		}
	}
}

func escapedQuery(text string) string { return url.QueryEscape(text) }
