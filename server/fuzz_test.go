package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"marshrut/crm"
)

// FuzzBody: what checkBody lets through is JSON that encoding/json reads the same way, and what it refuses is answered with
// a 4xx that has a text.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{"", "{}", `{"a":1}`, `{"a":1,"a":2}`, `{"a":"\u0000"}`, "{\"a\":\"\xff\"}", "[1,2", "null", `{"a":{"b":[{"c":"d"}]}} x`, strings.Repeat("[", 70), `"\ud800"`, "1e999", "\xef\xbb\xbf{}"} {
		f.Add(seed)
	}
	texts, err := loadCatalogue()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest(http.MethodPost, "/x", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		hash, err := checkBody(r, []byte(body))
		if err != nil {
			var refused *requestError
			if !errors.As(err, &refused) || refused.status < 400 || refused.status > 499 {
				t.Fatalf("%q: %v", body, err)
			}
			if _, ok := texts.find(crm.EN, refused.code); !ok {
				t.Fatalf("%q: no text for %s", body, refused.code)
			}
			return
		}
		if body == "" {
			return
		}
		if !utf8.ValidString(body) || !json.Valid([]byte(body)) {
			t.Fatalf("%q was let through", body)
		}
		var value any
		if err := json.Unmarshal([]byte(body), &value); err == nil {
			written, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(written), `\u0000`) && !strings.Contains(string(written), `\\u0000`) {
				t.Fatalf("%q: a NUL was let through", body)
			}
		}
		again, err := checkBody(r, []byte(" "+body+"\n"))
		if err != nil || !bytes.Equal(again, hash) {
			t.Fatalf("%q: blanks change the hash (%v)", body, err)
		}
	})
}

// FuzzQuery: no query makes the parsing of parameters panic, and what checkURL lets through can be stored.
func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"", "q=a", "q=%00", "q=%ff", "a=1&a=2", "%zz", "limit=x&after=y", "after=eyJpZCI6IjEifQ", ";", "=&=", "q=%D0%BA"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		err := checkURL(&url.URL{Path: "/x", RawQuery: query})
		if err != nil {
			var refused *requestError
			if !errors.As(err, &refused) || refused.status != http.StatusBadRequest {
				t.Fatalf("%q: %v", query, err)
			}
			return
		}
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatalf("%q was let through: %v", query, err)
		}
		for name, all := range values {
			if len(all) != 1 || !cleanText(name) || !cleanText(all[0]) {
				t.Fatalf("%q was let through", query)
			}
		}
		cursor, err := PageInput{After: values.Get("after")}.cursor()
		if err == nil && cursor != nil && !cleanText(cursor.Text) {
			t.Fatalf("%q: a cursor that cannot be stored", query)
		}
	})
}

// FuzzFileName: a stored name is one that a file can have.
func FuzzFileName(f *testing.F) {
	for _, seed := range []string{"a.pdf", "../../etc/passwd", `C:\Users\x.doc`, "..", "", "\x00", "a\nb", strings.Repeat("я", 300), "\xff\xfe", " . "} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sent string) {
		name := fileName(sent)
		if !cleanText(name) || strings.ContainsAny(name, "/\\\r\n") || name == "." || name == ".." || utf8.RuneCountInString(name) > maxFileName {
			t.Fatalf("%q became %q", sent, name)
		}
	})
}
