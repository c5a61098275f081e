package server

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

var asBrowser = map[string]string{"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}

// TestTheWorkplaceIsAtEveryPlaceOfIt: links of letters lead to the page, which knows its places; programs are told what is not there.
func TestTheWorkplaceIsAtEveryPlaceOfIt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, path := range []string{"//", "//cases/A-000001", "//inbox", "//no/such/place"} {
		a := r.do(request{method: get, path: path, headers: asBrowser}).want(http.StatusOK)
		if !strings.Contains(string(a.body), `<div id="root">`) {
			t.Errorf("%s is not the workplace: %.200s", path, a.body)
		}
		if got := a.header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s: Cache-Control %q", path, got)
		}
	}
	r.do(request{method: get, path: "//cases/A-000001"}).problem(http.StatusNotFound, "unknown_route")
	for _, path := range []string{"//assets/nothing.js", "//assets/..%2findex.html", "//picture.png", "//api/v1/nothing"} {
		r.do(request{method: get, path: path, headers: asBrowser}).problem(http.StatusNotFound, "unknown_route")
	}
	if got := r.do(request{method: get, path: "//assets/nothing.js"}).header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("what there may be later: Cache-Control %q", got)
	}
}

// TestTheWorkplaceRunsUnderAStrictPolicy: its own scripts only, and styles that carry a nonce made for this one answer.
func TestTheWorkplaceRunsUnderAStrictPolicy(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	nonce := func() string {
		a := r.do(request{method: get, path: "//", headers: asBrowser}).want(http.StatusOK)
		policy := a.header.Get("Content-Security-Policy")
		found := regexp.MustCompile(`'nonce-([A-Za-z0-9_-]{20,})'`).FindStringSubmatch(policy)
		if len(found) != 2 || !strings.Contains(string(a.body), fmt.Sprintf("content=%q", found[1])) || strings.Contains(string(a.body), noncePlace) {
			t.Fatalf("the policy %q and the page have no nonce in common", policy)
		}
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") || !strings.Contains(policy, "script-src 'self';") {
			t.Errorf("policy %q", policy)
		}
		return found[1]
	}
	if first, second := nonce(), nonce(); first == second {
		t.Error("the nonce is the same twice")
	}
}

// TestFilesOfTheWorkplaceAreKeptByBrowsers: their names change with their content, and they come packed.
func TestFilesOfTheWorkplaceAreKeptByBrowsers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	index := string(r.do(request{method: get, path: "//", headers: asBrowser}).body)
	names := regexp.MustCompile(`/assets/[^"]+`).FindAllString(index, -1)
	if len(names) < 2 {
		t.Fatalf("the page loads %v", names)
	}
	for _, name := range names {
		plain := r.do(request{method: get, path: "/" + name, headers: map[string]string{"Accept-Encoding": "identity"}}).want(http.StatusOK)
		if got := plain.header.Get("Cache-Control"); !strings.Contains(got, "immutable") {
			t.Errorf("%s: Cache-Control %q", name, got)
		}
		want := map[bool]string{true: "text/javascript; charset=utf-8", false: "text/css; charset=utf-8"}[strings.HasSuffix(name, ".js")]
		if got := plain.header.Get("Content-Type"); got != want {
			t.Errorf("%s is %q", name, got)
		}
		packed := r.do(request{method: get, path: "/" + name, headers: map[string]string{"Accept-Encoding": "gzip"}}).want(http.StatusOK)
		if packed.header.Get("Content-Encoding") != "gzip" || packed.header.Get("Vary") != "Accept-Encoding" {
			t.Fatalf("%s is not packed: %v", name, packed.header)
		}
		unpacker, err := gzip.NewReader(bytes.NewReader(packed.body))
		if err != nil {
			t.Fatal(err)
		}
		unpacked, err := io.ReadAll(unpacker)
		if err != nil || !bytes.Equal(unpacked, plain.body) {
			t.Errorf("%s unpacked is something else (%v)", name, err)
		}
	}
}

func TestFilesArePackedForWhoUnpacksThem(t *testing.T) {
	t.Parallel()
	for accepted, want := range map[string]bool{
		"gzip": true, "br, GZIP;q=0.5": true, "*": true, "deflate, *;q=0.1": true,
		"": false, "identity": false, "gzip;q=0": false, "gzip; q=0.000, *": false, "*;q=0": false, "gzip;q=x": false, "xgzip": false,
	} {
		if got := unpacks(accepted); got != want {
			t.Errorf("%q: %v", accepted, got)
		}
	}
}

func TestAboutTellsWhatThereIs(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if a := r.do(request{method: get, path: "/about"}).want(http.StatusOK); strings.Contains(string(a.body), "demo") || strings.Contains(string(a.body), "temporal_ui") {
		t.Errorf("something that is not there: %s", a.body)
	}
	r.config.About = About{TemporalUI: "http://127.0.0.1:8233/", Namespace: "crm", Mailbox: "http://127.0.0.1:8025/", Demo: &Demo{Logins: []string{"anna"}, Password: "demo"}}
	body := string(r.do(request{method: get, path: "/about"}).body)
	for _, part := range []string{`"temporal_ui":"http://127.0.0.1:8233/"`, `"temporal_namespace":"crm"`, `"mailbox":"http://127.0.0.1:8025/"`, `"logins":["anna"]`} {
		if !strings.Contains(body, part) {
			t.Errorf("%s is missing: %s", part, body)
		}
	}
}
