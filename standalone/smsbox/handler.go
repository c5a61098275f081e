package smsbox

import (
	"crypto/subtle"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"marshrut/standalone/webpage"
)

//go:embed pages/*.html
var pageFiles embed.FS

const (
	// maxText is ten segments of Cyrillic, in characters.
	maxText = 670
	maxBody = 64 << 10
	maxID   = 200

	defaultLimit = 100
	maxLimit     = 1000
)

var phonePattern = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// Tab is the simulator's entry in the menu, for a handler mounted at path.
func Tab(path string) webpage.Tab {
	return webpage.Tab{Path: path, Name: webpage.Text{EN: "SMS", RU: "SMS"}}
}

type handler struct {
	store *Store
	token string
	path  string
	pages *webpage.Pages
}

// Register mounts the simulator on mux at path, which ends with a slash: where a provider's messages are posted to, the
// page to read them, and the API. With a token, messages must carry it as `Authorization: Bearer`.
//
//	POST   path/messages {"id", "to", "text"}  {"id", "status": "accepted"}, the same again for a repeated id
//	GET    path/api/messages?to=&text=&limit=  {"items": [...], "total": n}, newest first
//	GET    path/api/messages/{id}              one message
//	DELETE path/api/messages                   204
func Register(mux *http.ServeMux, path string, site *webpage.Site, store *Store, token string) error {
	sources, err := fs.Sub(pageFiles, "pages")
	if err != nil {
		return fmt.Errorf("find the SMS simulator's pages: %w", err)
	}
	pages, err := site.Pages(path, sources, words())
	if err != nil {
		return err
	}
	h := &handler{store: store, token: token, path: path, pages: pages}
	mux.HandleFunc("GET "+path+"{$}", h.list)
	mux.HandleFunc("GET "+path+"delete", h.confirmDelete)
	mux.HandleFunc("POST "+path+"delete", h.deleteAll)
	mux.HandleFunc("POST "+path+"messages", h.accept)
	mux.HandleFunc("GET "+path+"api/messages", h.apiList)
	mux.HandleFunc("GET "+path+"api/messages/{id}", h.apiMessage)
	mux.HandleFunc("DELETE "+path+"api/messages", h.apiDelete)
	return nil
}

// incoming is a message as it is posted.
type incoming struct {
	ID   string `json:"id"`
	To   string `json:"to"`
	Text string `json:"text"`
}

func (m incoming) check() error {
	switch {
	case m.ID == "" || len(m.ID) > maxID:
		return fmt.Errorf("id must have 1 to %d characters", maxID)
	case !phonePattern.MatchString(m.To):
		return errors.New("to must be a phone number like +79161234567")
	case strings.TrimSpace(m.Text) == "" || utf8.RuneCountInString(m.Text) > maxText:
		return fmt.Errorf("text must have 1 to %d characters", maxText)
	}
	return nil
}

func (h *handler) accept(w http.ResponseWriter, r *http.Request) {
	if !h.allowed(r) {
		w.Header().Set("WWW-Authenticate", "Bearer")
		apiError(w, http.StatusUnauthorized, "the token is missing or wrong")
		return
	}
	var message incoming
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	if err := decoder.Decode(&message); err != nil {
		apiError(w, http.StatusBadRequest, `the body must be JSON {"id", "to", "text"}: `+err.Error())
		return
	}
	if err := message.check(); err != nil {
		apiError(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	if err := h.store.Add(message.ID, message.To, message.Text); err != nil {
		apiError(w, http.StatusInternalServerError, err.Error())
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"id": message.ID, "status": "accepted"})
}

func (h *handler) allowed(r *http.Request) bool {
	given, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return h.token == "" || subtle.ConstantTimeCompare([]byte(given), []byte(h.token)) == 1
}

// listContent is what the list page shows.
type listContent struct {
	Path   string
	Any    string
	Total  int
	Items  []Message
	Paging webpage.Paging
}

func (h *handler) list(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	found := h.store.List(Query{Any: query.Get("q")})
	paging, from, to := webpage.Paginate(query, len(found))
	view := h.pages.View(r)
	view.Title = "SMS"
	view.Content = listContent{Path: h.path, Any: query.Get("q"), Total: len(found), Items: found[from:to], Paging: paging}
	h.pages.Write(w, "list", view)
}

func (h *handler) confirmDelete(w http.ResponseWriter, r *http.Request) {
	view := h.pages.View(r)
	view.Title = words()["delete_title"].In(view.Lang)
	view.Content = listContent{Path: h.path, Total: len(h.store.List(Query{}))}
	h.pages.Write(w, "delete", view)
}

func (h *handler) deleteAll(w http.ResponseWriter, r *http.Request) {
	if err := h.store.DeleteAll(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	http.Redirect(w, r, h.path, http.StatusSeeOther)
}

func (h *handler) apiList(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	limit := defaultLimit
	if text := query.Get("limit"); text != "" {
		var err error
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > maxLimit {
			apiError(w, http.StatusBadRequest, fmt.Sprintf("limit must be a number from 1 to %d", maxLimit))
			return
		}
	}
	// A plus sign left as it is in an address means a space.
	found := h.store.List(Query{To: strings.Replace(query.Get("to"), " ", "+", 1), Text: query.Get("text")})
	items := append([]Message{}, found[:min(limit, len(found))]...) // an empty list, not null
	writeJSON(w, http.StatusOK, map[string]any{"items": items, "total": len(found)})
}

func (h *handler) apiMessage(w http.ResponseWriter, r *http.Request) {
	message, err := h.store.Get(r.PathValue("id"))
	if err != nil {
		apiError(w, http.StatusNotFound, err.Error())
		return
	}
	writeJSON(w, http.StatusOK, message)
}

func (h *handler) apiDelete(w http.ResponseWriter, _ *http.Request) {
	if err := h.store.DeleteAll(); err != nil {
		apiError(w, http.StatusInternalServerError, err.Error())
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func apiError(w http.ResponseWriter, status int, text string) {
	writeJSON(w, status, map[string]string{"error": text})
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
