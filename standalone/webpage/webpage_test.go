package webpage

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func TestLanguageOf(t *testing.T) {
	for name, test := range map[string]struct {
		cookie, accept string
		want           Language
	}{
		"russian":         {"", "ru-RU,ru;q=0.9,en;q=0.8", Russian},
		"english":         {"", "en-GB", English},
		"prefers russian": {"", "en;q=0.5,ru;q=0.7", Russian},
		"unknown":         {"", "ja", English},
		"nothing":         {"", "", English},
		"nonsense":        {"", ";;;q=,", English},
		"chosen":          {"en", "ru", English},
		"chosen russian":  {"ru", "en", Russian},
		"bad choice":      {"xx", "ru", Russian},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header.Set("Accept-Language", test.accept)
			if test.cookie != "" {
				r.AddCookie(&http.Cookie{Name: languageCookie, Value: test.cookie})
			}
			if got := LanguageOf(r); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestLanguageSwitchStaysOnTheSite(t *testing.T) {
	mux := http.NewServeMux()
	New(Tab{Path: "/mail/"}).Register(mux)
	for back, want := range map[string]string{
		"/mail/?q=1&page=2": "/mail/?q=1&page=2", "//evil.example": "/", "https://evil.example/": "/",
		`/\evil.example`: "/", "": "/", "javascript:alert(1)": "/", "/%zz": "/",
	} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/language?"+url.Values{"to": {"ru"}, "back": {back}}.Encode(), nil))
		if got := w.Header().Get("Location"); got != want {
			t.Errorf("back to %q: went to %q, want %q", back, got, want)
		}
		if cookie := w.Header().Get("Set-Cookie"); !strings.HasPrefix(cookie, "language=ru;") {
			t.Errorf("cookie %q", cookie)
		}
	}
}

func TestPaginate(t *testing.T) {
	for name, test := range map[string]struct {
		query           string
		total, from, to int
		newer, older    string
	}{
		"empty":        {"", 0, 0, 0, "", ""},
		"one page":     {"", 50, 0, 50, "", ""},
		"first of two": {"", 51, 0, 50, "", "?page=2"},
		"last of two":  {"page=2&q=а+б", 51, 50, 51, "?page=1&q=%D0%B0+%D0%B1", ""},
		"beyond":       {"page=99", 51, 50, 51, "?page=1", ""},
		"before":       {"page=-1", 51, 0, 50, "", "?page=2"},
		"nonsense":     {"page=x", 51, 0, 50, "", "?page=2"},
	} {
		t.Run(name, func(t *testing.T) {
			query, err := url.ParseQuery(test.query)
			if err != nil {
				t.Fatal(err)
			}
			paging, from, to := Paginate(query, test.total)
			if from != test.from || to != test.to || paging.Newer != test.newer || paging.Older != test.older {
				t.Errorf("got %d to %d, %+v", from, to, paging)
			}
		})
	}
}

func TestViewFormats(t *testing.T) {
	english, russian := View{Lang: English}, View{Lang: Russian}
	for bytes, want := range map[int][2]string{0: {"0 B", "0 Б"}, 1023: {"1023 B", "1023 Б"}, 1536: {"1.5 KB", "1,5 КБ"}, 20 << 20: {"20 MB", "20 МБ"}, 5 << 30: {"5120 MB", "5120 МБ"}} {
		if got := [2]string{english.Size(bytes), russian.Size(bytes)}; got != want {
			t.Errorf("%d bytes: got %q, want %q", bytes, got, want)
		}
	}
	at := time.Date(2026, 3, 8, 9, 5, 0, 0, time.Local)
	if got := russian.Time(at); got != "08.03.2026 09:05:00" {
		t.Errorf("got %q", got)
	}
	if got := english.Time(at); got != "8 Mar 2026 09:05:00" {
		t.Errorf("got %q", got)
	}
}

func TestMissingTextIsNotHidden(t *testing.T) {
	pages, err := New().Pages("/", fstest.MapFS{"one.html": {Data: []byte(`{{define "content"}}{{.T "forgotten"}}{{end}}`)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	pages.Write(w, "one", pages.View(httptest.NewRequest(http.MethodGet, "/", nil)))
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "forgotten") {
		t.Errorf("got %d: %s", w.Code, w.Body)
	}
}
