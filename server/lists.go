package server

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"marshrut/crm"
)

// maxPage is the most a list gives at once.
const maxPage = 200

// PageInput is what every list takes.
type PageInput struct {
	After string `query:"after" doc:"The next of the page before" maxLength:"2000"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Rows at most"`
}

func (p PageInput) cursor() (*crm.Cursor, error) {
	if p.After == "" {
		return nil, nil //nolint:nilnil // no cursor is the first page
	}
	wrong := failed(http.StatusBadRequest, "invalid_cursor").field(ProblemField{Parameter: "after", Code: "invalid_cursor"})
	text, err := base64.RawURLEncoding.DecodeString(p.After)
	if err != nil {
		return nil, wrong
	}
	var c crm.Cursor
	if err := json.Unmarshal(text, &c); err != nil || c.ID == uuid.Nil || !cleanText(c.Text) {
		return nil, wrong
	}
	return &c, nil
}

func (p PageInput) limit() int { return min(max(p.Limit, 1), maxPage) }

// List is a page of a list.
type List[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"Pass as after to get the next page; missing: this is the last one"`
}

type listOutput[T any] struct {
	Body List[T]
}

// pageOf shows a page of records.
func pageOf[R, V any](page crm.Page[R], view func(*R) V) (*listOutput[V], error) {
	out := &listOutput[V]{Body: List[V]{Items: make([]V, 0, len(page.Items))}}
	for i := range page.Items {
		out.Body.Items = append(out.Body.Items, view(&page.Items[i]))
	}
	var err error
	out.Body.Next, err = cursorText(page.Next)
	return out, err
}

// cursorText is a cursor as callers pass it back; empty: none.
func cursorText(c *crm.Cursor) (string, error) {
	if c == nil {
		return "", nil
	}
	text, err := json.Marshal(c)
	if err != nil {
		return "", err //nolint:wrapcheck // cannot fail: a cursor is plain data
	}
	return base64.RawURLEncoding.EncodeToString(text), nil
}

// listOf shows records that come all at once.
func listOf[R, V any](records []R, view func(*R) V) *listOutput[V] {
	out := &listOutput[V]{Body: List[V]{Items: make([]V, 0, len(records))}}
	for i := range records {
		out.Body.Items = append(out.Body.Items, view(&records[i]))
	}
	return out
}

// idOf reads an id of a path. What is not an id names nothing, and is not found.
func idOf(text, notFound string) (uuid.UUID, error) {
	id, err := uuid.Parse(text)
	if err != nil || len(text) != 36 {
		return uuid.Nil, failed(http.StatusNotFound, notFound)
	}
	return id, nil
}

// idParameter reads an id of a query; empty: zero.
func idParameter(name, text string) (uuid.UUID, error) {
	if text == "" {
		return uuid.Nil, nil
	}
	id, err := uuid.Parse(text)
	if err != nil || len(text) != 36 {
		return uuid.Nil, failed(http.StatusUnprocessableEntity, "validation_failed").field(ProblemField{Parameter: name, Code: "expected_id"})
	}
	return id, nil
}

// etag is a record's version as an entity tag.
func etag(version int) string { return `"` + strconv.Itoa(version) + `"` }

// MatchInput is what every change of a record takes.
type MatchInput struct {
	IfMatch string `header:"If-Match" doc:"The ETag of the record as it was read; * changes whatever is there"`
}

// version is the one the caller has read; current reads the record's for "*".
func (m MatchInput) version(current func() (int, error)) (int, error) {
	text := strings.TrimSpace(m.IfMatch)
	if text == "" {
		return 0, failed(http.StatusPreconditionRequired, "if_match_required")
	}
	if text == "*" {
		return current()
	}
	// A proxy that compresses answers makes their tags weak, W/"2". Ours count a record's versions, whatever the bytes of an answer
	// are: such a tag means the same version, and refusing it as RFC 9110 does would end all changes through that proxy.
	text = strings.TrimPrefix(text, "W/")
	version, err := strconv.Atoi(strings.Trim(text, `"`))
	if err != nil || text != etag(version) {
		return 0, failed(http.StatusPreconditionFailed, "stale")
	}
	return version, nil
}

// insistent is a change that may be asked for whatever is there.
type insistent interface{ insists() bool }

// insists tells whether the record's version does not matter.
func (m MatchInput) insists() bool { return strings.TrimSpace(m.IfMatch) == "*" }

// insists tells whether the item's version does not matter.
func (p PutInput) insists() bool { return strings.TrimSpace(p.IfMatch) == "*" && p.IfNoneMatch == "" }

// mostTurns is how often a change of whatever is there is tried while others are quicker.
const mostTurns = 20

// inItsTurn does a change. With “If-Match: *” the version was read for it, and somebody may have changed the record since: that is
// nothing to whoever changes whatever is there, so it is done again, on what is there by then. What a POST does once stays done as it was.
func inItsTurn[I, O any](ctx context.Context, in *I, method string, change func(context.Context, *I) (*O, error)) (*O, error) {
	out, err := change(ctx, in)
	asked, is := any(in).(insistent)
	for turn := 1; is && method != post && asked.insists() && isStale(err) && turn < mostTurns && ctx.Err() == nil; turn++ {
		out, err = change(ctx, in)
	}
	return out, err
}

// isStale tells whether a change was refused because the record is another by now.
func isStale(err error) bool {
	known, ok := crm.AsError(err)
	return ok && known.Kind == crm.KindStale
}

// versionOf is the version of the record of a key that is to be changed; for “*” the record is read.
func versionOf[K, T any](ctx context.Context, m MatchInput, key K, read func(context.Context, K) (*T, error), version func(*T) int) (int, error) {
	return m.version(func() (int, error) {
		record, err := read(ctx, key)
		if err != nil {
			return 0, err
		}
		return version(record), nil
	})
}

// PutInput is what every item of a list takes that is put under a key of its own.
type PutInput struct {
	IfMatch     string `header:"If-Match" doc:"The item's version as an ETag; * changes whatever is there. For an item that is there"`
	IfNoneMatch string `header:"If-None-Match" doc:"*: the item is a new one" enum:"*"`
}

// itemVersion is the version of the item to be changed, 0 for a new one. items are those that there are, read for “If-Match: *”;
// is tells the one meant, and version gives its version.
func itemVersion[T any](p PutInput, items func() ([]T, error), is func(*T) bool, version func(*T) int) (int, error) {
	if p.IfNoneMatch != "" {
		return 0, nil
	}
	stale := failed(http.StatusPreconditionFailed, "stale") // also where there is nothing to match (RFC 9110, 13.1.1)
	asked, err := MatchInput{IfMatch: p.IfMatch}.version(func() (int, error) {
		all, err := items()
		if err != nil {
			return 0, err
		}
		for i := range all {
			if is(&all[i]) {
				return version(&all[i]), nil
			}
		}
		return 0, stale
	})
	if err == nil && asked == 0 {
		return 0, stale
	}
	return asked, err
}

// shippedVersion is itemVersion for what the program ships as version 0: an item that is there may have that version, too. current
// gives the item's, crm.KindNotFound where there is none.
func (p PutInput) shippedVersion(current func() (int, error)) (int, error) {
	if p.IfNoneMatch == "" {
		version, err := MatchInput{IfMatch: p.IfMatch}.version(current)
		if err != nil || version > 0 || p.insists() {
			return version, err
		}
		there, err := current()
		if err == nil && there != 0 { // somebody has replaced the shipped one since it was read
			err = failed(http.StatusPreconditionFailed, "stale")
		}
		return 0, err
	}
	_, err := current()
	if known, ok := crm.AsError(err); ok && known.Kind == crm.KindNotFound {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return 0, failed(http.StatusPreconditionFailed, "stale")
}

// origin tells whose a setting is that the program may ship.
type origin string

func originOf(version int, shipped bool) origin {
	switch {
	case version == 0:
		return "shipped"
	case shipped:
		return "changed"
	default:
		return "own"
	}
}

// schemaName names the types of the API in its description: "CaseView" is "Case".
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name := t.Name()
	if name == "" {
		name = hint
	}
	if name == "" {
		return "" // a list of a query: it is described in its place
	}
	if kind, inner, ok := strings.Cut(name, "["); ok {
		inner = strings.TrimSuffix(inner[strings.LastIndex(inner, ".")+1:], "]")
		name = strings.TrimSuffix(inner, "View") + strings.ToUpper(kind[:1]) + kind[1:]
	}
	name = strings.TrimSuffix(name, "View")
	return strings.ToUpper(name[:1]) + name[1:]
}
