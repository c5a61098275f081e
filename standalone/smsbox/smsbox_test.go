package smsbox

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"marshrut/standalone/webpage"
)

func openStore(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func texts(list []Message) []string {
	var all []string
	for _, message := range list {
		all = append(all, message.Text)
	}
	return all
}

func TestStoreSurvivesReopening(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir)
	for _, text := range []string{"первое", "второе", "повтор второго"} {
		id := "2"
		if text == "первое" {
			id = "1"
		}
		if err := s.Add(id, "+79161234567", text); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	file, err := os.OpenFile(filepath.Join(dir, "messages.jsonl"), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString(`{"id":"3","te`); err != nil {
		t.Fatal(err)
	}
	file.Close()

	s = openStore(t, dir)
	if err := s.Add("4", "+79161234568", "после"); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = openStore(t, dir)
	if got, want := texts(s.List(Query{})), []string{"после", "второе", "первое"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if second, err := s.Get("2"); err != nil || second.Attempts != 2 {
		t.Errorf("got %+v, %v, want 2 attempts", second, err)
	}
	if got := texts(s.List(Query{To: "4568"})); !slices.Equal(got, []string{"после"}) {
		t.Errorf("by phone: %q", got)
	}
	if got := texts(s.List(Query{Any: "ВТОРОЕ"})); !slices.Equal(got, []string{"второе"}) {
		t.Errorf("by text: %q", got)
	}
}

func serve(t *testing.T, token string) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	site := webpage.New(Tab("/sms/"))
	site.Register(mux)
	if err := Register(mux, "/sms/", site, openStore(t, t.TempDir()), token); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func do(t *testing.T, method, address, body string, header ...string) (status int, answer string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, strings.TrimSpace(string(text))
}

func TestAcceptsOnce(t *testing.T) {
	server := serve(t, "")
	for range 2 {
		status, answer := do(t, http.MethodPost, server.URL+"/sms/messages", `{"id":"n-1","to":"+79161234567","text":"Ваше обращение <b>принято</b>"}`)
		if status != http.StatusOK || answer != `{"id":"n-1","status":"accepted"}` {
			t.Fatalf("got %d %s", status, answer)
		}
	}
	var list struct {
		Items []Message
		Total int
	}
	_, answer := do(t, http.MethodGet, server.URL+"/sms/api/messages?to=+79161234567&text=ПРИНЯТО", "")
	if err := json.Unmarshal([]byte(answer), &list); err != nil || list.Total != 1 || list.Items[0].Attempts != 2 {
		t.Errorf("got %s (%v), want one message that arrived twice", answer, err)
	}
	if status, answer := do(t, http.MethodGet, server.URL+"/sms/api/messages/n-1", ""); status != http.StatusOK || !strings.Contains(answer, "принято") {
		t.Errorf("got %d %s", status, answer)
	}
	_, page := do(t, http.MethodGet, server.URL+"/sms/", "", "Accept-Language", "ru")
	for _, want := range []string{"+79161234567", "Ваше обращение &lt;b&gt;принято", "приходило раз: 2"} {
		if !strings.Contains(strings.ReplaceAll(page, "&#43;", "+"), want) {
			t.Errorf("%q is missing in:\n%s", want, page)
		}
	}
}

func TestRefuses(t *testing.T) {
	server := serve(t, "secret")
	const good = `{"id":"1","to":"+79161234567","text":"x"}`
	for name, test := range map[string]struct {
		token, body string
		status      int
	}{
		"no token":    {"", good, http.StatusUnauthorized},
		"wrong token": {"Bearer wrong", good, http.StatusUnauthorized},
		"no JSON":     {"Bearer secret", "x", http.StatusBadRequest},
		"too large":   {"Bearer secret", `{"text":"` + strings.Repeat("x", maxBody) + `"}`, http.StatusBadRequest},
		"no id":       {"Bearer secret", `{"to":"+79161234567","text":"x"}`, http.StatusUnprocessableEntity},
		"no phone":    {"Bearer secret", `{"id":"1","to":"89161234567","text":"x"}`, http.StatusUnprocessableEntity},
		"no text":     {"Bearer secret", `{"id":"1","to":"+79161234567","text":" "}`, http.StatusUnprocessableEntity},
		"long text":   {"Bearer secret", `{"id":"1","to":"+79161234567","text":"` + strings.Repeat("ы", maxText+1) + `"}`, http.StatusUnprocessableEntity},
	} {
		t.Run(name, func(t *testing.T) {
			status, answer := do(t, http.MethodPost, server.URL+"/sms/messages", test.body, "Authorization", test.token)
			if status != test.status || !strings.Contains(answer, `"error"`) {
				t.Errorf("got %d %s, want %d", status, answer, test.status)
			}
		})
	}
	if status, _ := do(t, http.MethodPost, server.URL+"/sms/messages", good, "Authorization", "Bearer secret"); status != http.StatusOK {
		t.Errorf("the right token: %d", status)
	}
	if _, answer := do(t, http.MethodGet, server.URL+"/sms/api/messages", ""); !strings.Contains(answer, `"total":1`) {
		t.Errorf("refused messages are kept: %s", answer)
	}
}

func TestDeleteAllAsksFirst(t *testing.T) {
	server := serve(t, "")
	do(t, http.MethodPost, server.URL+"/sms/messages", `{"id":"1","to":"+79161234567","text":"x"}`)
	if _, page := do(t, http.MethodGet, server.URL+"/sms/delete", "", "Accept-Language", "ru"); !strings.Contains(page, "Будет удалено сообщений: 1") {
		t.Errorf("the question:\n%s", page)
	}
	do(t, http.MethodPost, server.URL+"/sms/delete", "")
	if _, page := do(t, http.MethodGet, server.URL+"/sms/", ""); !strings.Contains(page, "No SMS yet") {
		t.Errorf("after the deletion:\n%s", page)
	}
	do(t, http.MethodPost, server.URL+"/sms/messages", `{"id":"2","to":"+79161234567","text":"x"}`)
	if status, _ := do(t, http.MethodDelete, server.URL+"/sms/api/messages", ""); status != http.StatusNoContent {
		t.Errorf("status %d", status)
	}
	if status, answer := do(t, http.MethodGet, server.URL+"/sms/api/messages/2", ""); status != http.StatusNotFound {
		t.Errorf("a deleted message: %d %s", status, answer)
	}
}
