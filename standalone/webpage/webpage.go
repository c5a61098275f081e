// Package webpage is what the pages of the mailbox and of the SMS simulator have in common: their frame, their look, the
// reader's language, and the rules a browser is given for them. They work without scripts.
package webpage

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"
)

//go:embed layout.html style.css
var files embed.FS

// policy lets a page show itself and its own frames, run nothing and send forms nowhere else.
const policy = "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Text is a text in both languages.
type Text struct{ EN, RU string }

// Words are texts by key.
type Words map[string]Text

// Tab is one entry of the page's menu.
type Tab struct {
	Path string
	Name Text
}

// Site is a set of pages reached by tabs.
type Site struct {
	tabs []Tab
}

// New makes a site; the first tab is its home page.
func New(tabs ...Tab) *Site { return &Site{tabs} }

// Register adds what all pages need to mux: the style sheet, the language switch, the way from / to the first tab.
func (s *Site) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET /assets/style.css", serveStyle)
	mux.HandleFunc("GET /language", switchLanguage)
	if len(s.tabs) > 0 {
		mux.Handle("GET /{$}", http.RedirectHandler(s.tabs[0].Path, http.StatusFound))
	}
}

func serveStyle(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-cache")
	http.ServeFileFS(w, r, files, "style.css")
}

func switchLanguage(w http.ResponseWriter, r *http.Request) {
	language := English
	if r.FormValue("to") == string(Russian) {
		language = Russian
	}
	http.SetCookie(w, &http.Cookie{
		Name: languageCookie, Value: string(language), Path: "/", MaxAge: int((365 * 24 * time.Hour).Seconds()),
		HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	http.Redirect(w, r, localPath(r.FormValue("back")), http.StatusSeeOther) //nolint:gosec // localPath keeps it on this site
}

// localPath keeps a redirect on this site.
func localPath(back string) string {
	u, err := url.Parse(back)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(back, "/") ||
		strings.HasPrefix(back, "//") || strings.Contains(back, `\`) {
		return "/"
	}
	return back
}

// Pages are the templates of one tab.
type Pages struct {
	site      *Site
	tab       string
	words     Words
	templates map[string]*template.Template
}

// Pages reads the templates of the tab at path: each *.html file of sources defines the block "content" for one page. Its
// data are a View; words are what View.T finds, besides the frame's own.
func (s *Site) Pages(path string, sources fs.FS, words Words) (*Pages, error) {
	names, err := fs.Glob(sources, "*.html")
	if err != nil {
		return nil, fmt.Errorf("list page templates: %w", err)
	}
	p := &Pages{site: s, tab: path, words: maps.Clone(frameWords()), templates: map[string]*template.Template{}}
	maps.Copy(p.words, words)
	for _, name := range names {
		page, err := template.ParseFS(files, "layout.html")
		if err == nil {
			page, err = page.ParseFS(sources, name)
		}
		if err != nil {
			return nil, fmt.Errorf("read page template %s: %w", name, err)
		}
		p.templates[strings.TrimSuffix(name, ".html")] = page
	}
	return p, nil
}

// View is what a template works on.
type View struct {
	Lang Language
	// Title is the page's title, Content what the page is about.
	Title   string
	Content any
	// Tab is the path of the current tab, Here the address of the page itself.
	Tab  string
	Here string
	// Status is the HTTP status sent with the page; 0 means 200.
	Status int

	tabs  []Tab
	words Words
}

// View begins a view for the request. The caller sets Title and Content.
func (p *Pages) View(r *http.Request) View {
	return View{Lang: LanguageOf(r), Tab: p.tab, Here: r.URL.RequestURI(), tabs: p.site.tabs, words: p.words}
}

// Write renders a page and sends it; a failure becomes status 500.
func (p *Pages) Write(w http.ResponseWriter, page string, view View) {
	var out bytes.Buffer
	if err := p.templates[page].ExecuteTemplate(&out, "layout.html", view); err != nil {
		http.Error(w, "the page could not be made: "+err.Error(), http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Language", string(view.Lang))
	header.Set("Content-Security-Policy", policy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "no-store")
	if view.Status != 0 {
		w.WriteHeader(view.Status)
	}
	// The reader may have gone; there is nobody else to tell.
	_, _ = w.Write(out.Bytes())
}

// T is the text of a key in the reader's language, with args put into its verbs.
func (v View) T(key string, args ...any) (string, error) {
	text, ok := v.words[key]
	if !ok {
		return "", fmt.Errorf("no text %q", key)
	}
	format := text.In(v.Lang)
	if len(args) == 0 {
		return format, nil
	}
	return fmt.Sprintf(format, args...), nil
}

// MenuItem is a tab as the menu shows it.
type MenuItem struct {
	Path, Name string
	Current    bool
}

// Menu lists the tabs.
func (v View) Menu() []MenuItem {
	var menu []MenuItem
	for _, tab := range v.tabs {
		menu = append(menu, MenuItem{tab.Path, tab.Name.In(v.Lang), tab.Path == v.Tab})
	}
	return menu
}

// Time is how a moment is shown, in the time zone of this machine.
func (v View) Time(t time.Time) string {
	if v.Lang == Russian {
		return t.Local().Format("02.01.2006 15:04:05")
	}
	return t.Local().Format("2 Jan 2006 15:04:05")
}

// Size is how a number of bytes is shown.
func (v View) Size(bytes int) string {
	units := []Text{{"B", "Б"}, {"KB", "КБ"}, {"MB", "МБ"}}
	amount, unit := float64(bytes), 0
	for amount >= 1024 && unit < len(units)-1 {
		amount, unit = amount/1024, unit+1
	}
	format := "%.0f %s"
	if unit > 0 && amount < 10 {
		format = "%.1f %s"
	}
	text := fmt.Sprintf(format, amount, units[unit].In(v.Lang))
	if v.Lang == Russian {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}

func frameWords() Words {
	return Words{
		"menu":           {"Sections", "Разделы"},
		"language":       {"Русский", "English"},
		"newer":          {"Newer", "Новее"},
		"older":          {"Older", "Старше"},
		"pages":          {"Pages", "Страницы"},
		"page_of":        {"Page %d of %d", "Страница %d из %d"},
		"search":         {"Search", "Найти"},
		"search_all":     {"Show all", "Показать все"},
		"refresh":        {"Refresh", "Обновить"},
		"delete_all":     {"Delete all", "Удалить все"},
		"delete_confirm": {"Delete", "Удалить"},
		"cancel":         {"Cancel", "Отмена"},
		"back":           {"Back to the list", "К списку"},
		"to":             {"To", "Кому"},
		"received":       {"Received", "Получено"},
	}
}
