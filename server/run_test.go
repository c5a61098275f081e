package server

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

// sendOver sends a request made for httptest over the network and gives the answer's status.
func sendOver(t *testing.T, url string, q *http.Request) int {
	t.Helper()
	body, err := io.ReadAll(q.Body)
	if err != nil {
		t.Error(err)
		return 0
	}
	req, err := http.NewRequest(q.Method, url, bytes.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0
	}
	req.Header = q.Header
	response, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer func() { _ = response.Body.Close() }()
	return response.StatusCode
}

// refused tells whether nobody listens any more.
func refused(base string) bool {
	conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		return true
	}
	_ = conn.Close()
	return false
}

func TestPagesAndHeaders(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for path, part := range map[string]string{
		"//": `<div id="root">`, "//docs": "/docs/start.js", "//docs/swagger-ui.css": "swagger-ui", "//docs/swagger-ui-bundle.js": "SwaggerUIBundle",
		"//docs/start.js": "/openapi.json", "//style.css": "main", "//favicon.ico": "<svg", "//problems": `id="manual_is_final"`, "//livez": "ok", "//readyz": "ok",
		"//docs/LICENSE.txt": "Apache License",
	} {
		a := r.do(request{method: get, path: path}).want(http.StatusOK)
		if !strings.Contains(string(a.body), part) {
			t.Errorf("%s lacks %q", path, part)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
		} {
			if got := a.header.Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		if csp := a.header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "http") {
			t.Errorf("%s: policy %q", path, csp)
		}
	}
	for _, path := range []string{"//docs/../server.go", "//docs/%2e%2e%2fserver.go", "//docs/README.md", "//docs/nothing.js"} {
		r.do(request{method: get, path: path}).problem(http.StatusNotFound, "unknown_route")
	}
	if got := r.do(request{as: "manager", method: get, path: "/me"}).header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control %q", got)
	}
}

// TestPagesLoadNothingFromElsewhere: the explorer works without a network.
func TestPagesLoadNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, path := range []string{"//", "//docs", "//docs/start.js", "//style.css", "//problems"} {
		body := string(r.do(request{method: get, path: path}).want(http.StatusOK).body)
		for _, outside := range []string{"http://", "https://", `src="//`, `href="//`} {
			if strings.Contains(body, outside) {
				t.Errorf("%s names %s", path, outside)
			}
		}
	}
}

func TestMetricsNameRoutesNotRecords(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	caseID, _ := r.appeal()
	r.do(request{as: "manager", method: get, path: "/cases/" + caseID}).want(http.StatusOK)
	r.do(request{method: "BREW", path: "/no/such/" + caseID})
	body := string(r.do(request{method: get, path: "//metrics"}).want(http.StatusOK).body)
	if !strings.Contains(body, `marshrut_http_request_duration_seconds_count{method="GET",route="/api/v1/cases/:id",status="200"} 1`) {
		t.Errorf("the request is not counted:\n%s", body)
	}
	for _, name := range []string{"marshrut_db_connections_open ", "go_goroutines ", "process_open_fds ", "marshrut_db_connection_waits_total "} {
		if !strings.Contains(body, "\n"+name) {
			t.Errorf("%s is missing", name)
		}
	}
	if !strings.Contains(body, `method="other",route="unknown"`) || strings.Contains(body, "BREW") || strings.Contains(body, caseID) {
		t.Error("the labels carry values of requests")
	}
}
