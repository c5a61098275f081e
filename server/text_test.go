package server

import (
	"net/http"
	"strings"
	"testing"
)

// TestTextsOfOneLineStayOnIt: a line break in a name or a topic would break a letter's subject and a list's row.
func TestTextsOfOneLineStayOnIt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	client := r.do(request{as: "manager", method: post, path: "/clients", body: `{"name":"ООО\r\nРомашка\u2028","source":"Web\nsite"}`}).want(http.StatusCreated)
	if client.text("name") != "ООО Ромашка" || client.text("source") != "site" {
		t.Errorf("client %s", client.body)
	}
	for path, body := range map[string]string{
		"/users":       `{"login":"anna","name":"Анна\nИванова","roles":["manager"]}`,
		"/departments": `{"key":"spares","name":{"en":"Spare\r\nparts","ru":"Зап\nчасти"}}`,
		"/me/tokens":   `{"name":"Web\nshop"}`,
	} {
		if named := r.do(request{as: "admin", method: post, path: path, body: body}).want(http.StatusCreated); strings.Contains(string(named.body), `\n`) {
			t.Errorf("%s: %s", path, named.body)
		}
	}
	made := r.do(request{as: "manager", method: post, path: "/deals", body: `{"client":{"name":"A\nB"},"topic":"Два\nстанка","source":"s"}`}).want(http.StatusCreated)
	if made.text("case.topic") != "Два станка" || made.text("next_tasks.0.case.client_name") != "A B" {
		t.Errorf("deal %s", made.body)
	}
	changed := r.do(request{
		as: "manager", method: patch, path: "/cases/" + made.text("case.id"), body: `{"topic":" Три\r\nстанка "}`, headers: map[string]string{"If-Match": "*"},
	}).want(http.StatusOK)
	if changed.text("topic") != "Три станка" {
		t.Errorf("changed %s", changed.body)
	}
}

// TestHalfACharacterIsRefused: what encoding/json would replace in silence.
func TestHalfACharacterIsRefused(t *testing.T) {
	t.Parallel()
	for body, lone := range map[string]bool{
		`{"a":"\ud800"}`: true, `{"a":"\udc00"}`: true, `{"a":"\ud83dx"}`: true, `{"a":"\ud83d\ud83d\ude00"}`: true, `{"\uD800":1}`: true,
		`{"a":"\ud83d\n"}`: true, `{"a":"\ud83d\ude00"}`: false, `{"a":"\\ud800"}`: false, `{"a":"\u0041\\"}`: false, "{\"a\":\"\uFFFD\"}": false,
	} {
		if err := checkJSON([]byte(body)); (err != nil) != lone {
			t.Errorf("%s: %v", body, err)
		}
	}
}
