package mailbox

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"marshrut/standalone/webpage"
)

//go:embed pages/*.html
var pageFiles embed.FS

const (
	// frame and framePolicy shut a message's HTML up: it runs nothing, loads nothing from anywhere, and its links open
	// elsewhere.
	frame       = "allow-popups allow-popups-to-escape-sandbox"
	framePolicy = "sandbox " + frame + "; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; " +
		"form-action 'none'; frame-ancestors 'self'"
	// filePolicy keeps a file that a browser shows all the same from running anything.
	filePolicy = "sandbox; default-src 'none'"

	defaultLimit = 100
	maxLimit     = 1000
)

// Tab is the mailbox's entry in the menu, for a handler mounted at path.
func Tab(path string) webpage.Tab {
	return webpage.Tab{Path: path, Name: webpage.Text{EN: "Mail", RU: "Почта"}}
}

type handler struct {
	store *Store
	path  string
	pages *webpage.Pages
}

// Register mounts the mailbox on mux at path, which ends with a slash: the page to read mail, and the API.
//
//	GET    path/api/messages?to=&subject=&limit=  {"items": [...], "total": n}, newest first, to and subject as in Query
//	GET    path/api/messages/{id}                 one message with text, html, headers and attachments
//	DELETE path/api/messages                      204
func Register(mux *http.ServeMux, path string, site *webpage.Site, store *Store) error {
	sources, err := fs.Sub(pageFiles, "pages")
	if err != nil {
		return fmt.Errorf("find the mailbox's pages: %w", err)
	}
	pages, err := site.Pages(path, sources, words())
	if err != nil {
		return err
	}
	h := &handler{store: store, path: path, pages: pages}
	mux.HandleFunc("GET "+path+"{$}", h.list)
	mux.HandleFunc("GET "+path+"messages/{id}", h.message)
	mux.HandleFunc("GET "+path+"messages/{id}/html", h.html)
	mux.HandleFunc("GET "+path+"messages/{id}/source", h.source)
	mux.HandleFunc("GET "+path+"messages/{id}/attachments/{number}", h.attachment)
	mux.HandleFunc("GET "+path+"delete", h.confirmDelete)
	mux.HandleFunc("POST "+path+"delete", h.deleteAll)
	mux.HandleFunc("GET "+path+"api/messages", h.apiList)
	mux.HandleFunc("GET "+path+"api/messages/{id}", h.apiMessage)
	mux.HandleFunc("DELETE "+path+"api/messages", h.apiDelete)
	return nil
}

// listContent is what the list page shows.
type listContent struct {
	Path   string
	Any    string
	Total  int
	Items  []Summary
	Paging webpage.Paging
}

func (h *handler) list(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	found := h.store.List(Query{Any: query.Get("q")})
	paging, from, to := webpage.Paginate(query, len(found))
	view := h.pages.View(r)
	view.Title = words()["mail"].In(view.Lang)
	view.Content = listContent{Path: h.path, Any: query.Get("q"), Total: len(found), Items: found[from:to], Paging: paging}
	h.pages.Write(w, "list", view)
}

// messageContent is what the page of one message shows.
type messageContent struct {
	Summary
	*Message
	Files []apiAttachment
	Path  string
	Frame string
}

// Envelope names everybody the message was delivered to, blind copies too.
func (c messageContent) Envelope() string { return strings.Join(c.Recipients, ", ") }

func (h *handler) message(w http.ResponseWriter, r *http.Request) {
	summary, raw, err := h.store.Get(r.PathValue("id"))
	if err != nil {
		h.fail(w, r, err)
		return
	}
	view := h.pages.View(r)
	view.Title = summary.Subject
	if view.Title == "" {
		view.Title = words()["no_subject"].In(view.Lang)
	}
	message := parse(raw)
	view.Content = messageContent{
		Summary: summary, Message: message, Files: h.files(summary.ID, message), Path: h.path + "messages/" + summary.ID, Frame: frame,
	}
	h.pages.Write(w, "message", view)
}

func (h *handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	view := h.pages.View(r)
	view.Status, view.Title, view.Content = http.StatusInternalServerError, err.Error(), h.path
	if errors.Is(err, ErrNotFound) {
		view.Status, view.Title = http.StatusNotFound, words()["not_found"].In(view.Lang)
	}
	h.pages.Write(w, "error", view)
}

func (h *handler) html(w http.ResponseWriter, r *http.Request) {
	_, raw, err := h.store.Get(r.PathValue("id"))
	if err != nil {
		h.fail(w, r, err)
		return
	}
	write(w, "text/html; charset=utf-8", framePolicy, parse(raw).page())
}

func (h *handler) source(w http.ResponseWriter, r *http.Request) {
	summary, raw, err := h.store.Get(r.PathValue("id"))
	if err != nil {
		h.fail(w, r, err)
		return
	}
	download(w, summary.ID+".eml")
	write(w, "message/rfc822", filePolicy, raw)
}

func (h *handler) attachment(w http.ResponseWriter, r *http.Request) {
	_, raw, err := h.store.Get(r.PathValue("id"))
	if err != nil {
		h.fail(w, r, err)
		return
	}
	files := parse(raw).Attachments
	number, err := strconv.Atoi(r.PathValue("number"))
	if err != nil || number < 1 || number > len(files) {
		h.fail(w, r, ErrNotFound)
		return
	}
	file := files[number-1]
	download(w, file.Name)
	write(w, file.Type, filePolicy, file.Data)
}

func download(w http.ResponseWriter, name string) {
	disposition := mime.FormatMediaType("attachment", map[string]string{"filename": name})
	if disposition == "" {
		disposition = "attachment"
	}
	w.Header().Set("Content-Disposition", disposition)
}

func write(w http.ResponseWriter, contentType, policy string, body []byte) {
	header := w.Header()
	header.Set("Content-Type", contentType)
	header.Set("Content-Security-Policy", policy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "no-store")
	// The reader may have gone; there is nobody else to tell.
	_, _ = w.Write(body) //nolint:gosec // showing foreign HTML is the purpose; policy keeps it from doing anything
}

func (h *handler) confirmDelete(w http.ResponseWriter, r *http.Request) {
	view := h.pages.View(r)
	view.Title = words()["delete_title"].In(view.Lang)
	view.Content = listContent{Path: h.path, Total: len(h.store.List(Query{}))}
	h.pages.Write(w, "delete", view)
}

func (h *handler) deleteAll(w http.ResponseWriter, r *http.Request) {
	if err := h.store.DeleteAll(); err != nil {
		h.fail(w, r, err)
		return
	}
	http.Redirect(w, r, h.path, http.StatusSeeOther)
}

// apiMessage is one message in the API.
type apiMessage struct {
	Summary
	Text    string          `json:"text"`
	HTML    string          `json:"html"`
	Headers []Header        `json:"headers"`
	Files   []apiAttachment `json:"files"`
}

// apiAttachment is a file of a message and where it can be had.
type apiAttachment struct {
	Attachment
	URL string `json:"url"`
}

func (h *handler) apiList(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	limit := defaultLimit
	if text := query.Get("limit"); text != "" {
		var err error
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > maxLimit {
			writeJSON(w, http.StatusBadRequest, map[string]string{"error": fmt.Sprintf("limit must be a number from 1 to %d", maxLimit)})
			return
		}
	}
	found := h.store.List(Query{To: query.Get("to"), Subject: query.Get("subject")})
	items := append([]Summary{}, found[:min(limit, len(found))]...) // an empty list, not null
	writeJSON(w, http.StatusOK, map[string]any{"items": items, "total": len(found)})
}

func (h *handler) apiMessage(w http.ResponseWriter, r *http.Request) {
	summary, raw, err := h.store.Get(r.PathValue("id"))
	if err != nil {
		apiFail(w, err)
		return
	}
	message := parse(raw)
	writeJSON(w, http.StatusOK, apiMessage{
		Summary: summary, Text: message.Text, HTML: message.HTML, Headers: message.Headers, Files: h.files(summary.ID, message),
	})
}

func (h *handler) files(id string, message *Message) []apiAttachment {
	files := []apiAttachment{} // an empty list, not null
	for i, file := range message.Attachments {
		files = append(files, apiAttachment{file, fmt.Sprintf("%smessages/%s/attachments/%d", h.path, id, i+1)})
	}
	return files
}

func (h *handler) apiDelete(w http.ResponseWriter, _ *http.Request) {
	if err := h.store.DeleteAll(); err != nil {
		apiFail(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func apiFail(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	if errors.Is(err, ErrNotFound) {
		status = http.StatusNotFound
	}
	writeJSON(w, status, map[string]string{"error": err.Error()})
}

func writeJSON(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	// The reader may have gone; there is nobody else to tell.
	_ = encoder.Encode(answer)
}
