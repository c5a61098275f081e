package mailbox

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"marshrut/standalone/webpage"
)

func site(t *testing.T) (*Store, *httptest.Server) {
	t.Helper()
	store := openStore(t, t.TempDir())
	mux := http.NewServeMux()
	pages := webpage.New(Tab("/mail/"))
	pages.Register(mux)
	if err := Register(mux, "/mail/", pages, store); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return store, server
}

func get(t *testing.T, server *httptest.Server, path, language string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept-Language", language)
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

func has(t *testing.T, body string, wanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(body, want) {
			t.Errorf("%q is missing in:\n%s", want, body)
		}
	}
}

func hasNot(t *testing.T, body string, unwanted ...string) {
	t.Helper()
	for _, text := range unwanted {
		if strings.Contains(body, text) {
			t.Errorf("%q must not be in:\n%s", text, body)
		}
	}
}

func TestPageOfAnEmptyMailbox(t *testing.T) {
	_, server := site(t)
	_, russian := get(t, server, "/mail/", "ru-RU,ru;q=0.9,en;q=0.8")
	has(t, russian, `<html lang="ru">`, "Писем пока нет", `lang="en" hreflang="en"`)
	_, english := get(t, server, "/mail/", "de")
	has(t, english, `<html lang="en">`, "No mail yet")
	hasNot(t, english, "Delete all", "Писем")
	_, none := get(t, server, "/mail/?q=x", "en")
	has(t, none, "Nothing is found", "Show all")
	response, home := get(t, server, "/", "en")
	if response.Request.URL.Path != "/mail/" {
		t.Errorf("/ leads to %s:\n%s", response.Request.URL.Path, home)
	}
}

func TestPageListsNewestFirstByPages(t *testing.T) {
	store, server := site(t)
	for i := range webpage.PageSize + 1 {
		add(t, store, "a@example.com", fmt.Sprintf("letter %d.", i))
	}
	_, first := get(t, server, "/mail/", "en")
	has(t, first, "letter 50.", "letter 1.", `href="?page=2"`, "Page 1 of 2", "Messages: 51")
	hasNot(t, first, "letter 0.")
	if strings.Index(first, "letter 50.") > strings.Index(first, "letter 49.") {
		t.Error("the newest is not the first")
	}
	_, second := get(t, server, "/mail/?page=2", "en")
	has(t, second, "letter 0.", `href="?page=1"`)
	hasNot(t, second, "letter 1.")
	_, found := get(t, server, "/mail/?q="+url.QueryEscape("Letter 7."), "en")
	has(t, found, "letter 7.", "Found: 1")
	hasNot(t, found, "letter 8.", "Page 1")
}

func TestPageOfAMessage(t *testing.T) {
	store, server := site(t)
	summary, err := store.Add("crm@example.com", []string{"client@example.com", "hidden@example.com"}, mixed())
	if err != nil {
		t.Fatal(err)
	}
	page := "/mail/messages/" + summary.ID
	for language, want := range map[string]string{"ru": "Заголовки", "en": "Headers"} {
		response, body := get(t, server, page, language)
		has(t, body, want, "<h1>Документы</h1>", "Маршрут &lt;crm@example.com&gt;", "hidden@example.com", "Договор.pdf", "Текст",
			`sandbox="allow-popups allow-popups-to-escape-sandbox"`, `src="`+page+`/html"`, "Content-Type")
		hasNot(t, body, "alert(1)")
		if policy := response.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "script") {
			t.Errorf("policy %q lets scripts run", policy)
		}
	}

	response, body := get(t, server, page+"/html", "en")
	has(t, body, "<p>Привет</p>", "data:image/png")
	policy := response.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "sandbox allow-popups allow-popups-to-escape-sandbox;") || !strings.Contains(policy, "default-src 'none'") ||
		strings.Contains(policy, "script") || strings.Contains(policy, "allow-same-origin") {
		t.Errorf("policy %q of the message's HTML", policy)
	}

	response, body = get(t, server, page+"/attachments/2", "en")
	if body != "%PDF" || response.Header.Get("Content-Type") != "application/pdf" ||
		response.Header.Get("Content-Disposition") != "attachment; filename*=utf-8''%D0%94%D0%BE%D0%B3%D0%BE%D0%B2%D0%BE%D1%80.pdf" {
		t.Errorf("got %q with %v", body, response.Header)
	}
	response, _ = get(t, server, page+"/attachments/3", "en")
	if got := response.Header; !strings.HasPrefix(got.Get("Content-Disposition"), "attachment") || !strings.HasPrefix(got.Get("Content-Security-Policy"), "sandbox;") {
		t.Errorf("an HTML file is sent as %v", got)
	}
	if _, body = get(t, server, page+"/source", "en"); body != string(mixed()) {
		t.Errorf("the source is changed: %q", body)
	}
	for _, missing := range []string{"/mail/messages/none", page + "/attachments/9", page + "/attachments/0", "/mail/messages/none/html"} {
		response, body := get(t, server, missing, "ru")
		if response.StatusCode != http.StatusNotFound {
			t.Errorf("%s: status %d", missing, response.StatusCode)
		}
		has(t, body, "Такого письма нет")
	}
}

func TestPageEscapesWhatItShows(t *testing.T) {
	store, server := site(t)
	const script = "<script>alert(1)</script>"
	summary, err := store.Add(script, []string{script}, []byte("Subject: "+script+"\r\nTo: \"><img src=x>\r\n\r\n"+script+"\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/mail/", "/mail/?q=" + url.QueryEscape(script), "/mail/messages/" + summary.ID} {
		_, body := get(t, server, path, "en")
		hasNot(t, body, script, "<img")
	}
}

func TestDeleteAllAsksFirst(t *testing.T) {
	store, server := site(t)
	add(t, store, "a@example.com", "x")
	_, list := get(t, server, "/mail/", "ru")
	has(t, list, `href="/mail/delete"`)
	_, question := get(t, server, "/mail/delete", "ru")
	has(t, question, "Будет удалено писем: 1", `method="post" action="/mail/delete"`)
	if got := len(store.List(Query{})); got != 1 {
		t.Fatalf("%d messages after the question", got)
	}
	response, err := server.Client().PostForm(server.URL+"/mail/delete", nil)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if got := len(store.List(Query{})); got != 0 || response.Request.URL.Path != "/mail/" {
		t.Errorf("%d messages left, now at %s", got, response.Request.URL)
	}
}

func TestAPI(t *testing.T) {
	store, server := site(t)
	add(t, store, "a@example.com", "first")
	kept, err := store.Add("crm@example.com", []string{"client@example.com"}, mixed())
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Items []Summary
		Total int
	}
	decode := func(path string, into any) int {
		t.Helper()
		response, body := get(t, server, path, "")
		if err := json.Unmarshal([]byte(body), into); err != nil {
			t.Fatalf("%s: %v: %s", path, err, body)
		}
		return response.StatusCode
	}
	decode("/mail/api/messages?limit=1", &list)
	if list.Total != 2 || len(list.Items) != 1 || list.Items[0].ID != kept.ID {
		t.Errorf("got %+v, want the newest of two", list)
	}
	decode("/mail/api/messages?to=client@example.com&subject="+url.QueryEscape("документ"), &list)
	if list.Total != 1 || list.Items[0].Subject != "Документы" {
		t.Errorf("got %+v", list)
	}
	if _, body := get(t, server, "/mail/api/messages?to=nobody", ""); strings.TrimSpace(body) != `{"items":[],"total":0}` {
		t.Errorf("nothing found: %s", body)
	}
	var problem map[string]string
	if status := decode("/mail/api/messages?limit=many", &problem); status != http.StatusBadRequest || problem["error"] == "" {
		t.Errorf("a wrong limit: %d %v", status, problem)
	}
	if status := decode("/mail/api/messages/none", &problem); status != http.StatusNotFound {
		t.Errorf("no such message: %d", status)
	}

	var message apiMessage
	decode("/mail/api/messages/"+kept.ID, &message)
	if message.Text != "Текст" || !strings.Contains(message.HTML, "Привет") || message.Subject != "Документы" ||
		message.Headers[0] != (Header{"From", "Маршрут <crm@example.com>"}) || len(message.Files) != 3 {
		t.Errorf("got %+v", message)
	}
	if _, body := get(t, server, message.Files[1].URL, ""); body != "%PDF" {
		t.Errorf("%s holds %q", message.Files[1].URL, body)
	}

	request, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, server.URL+"/mail/api/messages", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if got := len(store.List(Query{})); response.StatusCode != http.StatusNoContent || got != 0 {
		t.Errorf("status %d, %d messages left", response.StatusCode, got)
	}
}
