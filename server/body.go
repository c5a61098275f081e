package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
)

// What a request may weigh. The form around a file is small, so it gets a little more room than the file itself.
const (
	maxBody     = 1 << 20
	maxFile     = 25 << 20
	maxFileBody = maxFile + 64<<10
	maxNesting  = 64 // of JSON
)

// readBody reads the whole body before anything else looks at it, refuses what no handler could use, and leaves its hash
// for idempotency. It comes after the rights, so that a stranger cannot make us read 25 MiB.
func (s *Server) readBody(c *gin.Context) {
	if err := checkURL(c.Request.URL); err != nil {
		s.abort(c, err)
		return
	}
	limit := int64(maxBody)
	if s.routes[routeOf(c)].file {
		limit = maxFileBody
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, limit))
	if err != nil {
		s.abort(c, bodyError(err, limit))
		return
	}
	c.Request.Body = io.NopCloser(bytes.NewReader(body))
	hash, err := checkBody(c.Request, body)
	if err != nil {
		s.abort(c, err)
		return
	}
	if err := s.checkNulls(s.routes[routeOf(c)].body, body); err != nil {
		s.abort(c, err)
		return
	}
	call := callOf(c.Request.Context())
	call.target, call.hash = target(c.Request), hash
	c.Next()
}

func bodyError(err error, limit int64) error {
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return failed(http.StatusRequestEntityTooLarge, "body_too_large").with("limit", strconv.FormatInt(limit>>20, 10)+" MiB")
	}
	return failed(http.StatusBadRequest, "body_incomplete")
}

// checkURL refuses what Postgres cannot store and no name contains.
func checkURL(u *url.URL) error {
	if !cleanText(u.Path) {
		return failed(http.StatusBadRequest, "invalid_text")
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return failed(http.StatusBadRequest, "malformed_query")
	}
	for name, values := range query {
		if !cleanText(name) || !cleanText(strings.Join(values, "")) {
			return failed(http.StatusBadRequest, "invalid_text")
		}
		if len(values) > 1 {
			return failed(http.StatusBadRequest, "malformed_query").field(ProblemField{Parameter: name, Code: "repeated_parameter"})
		}
	}
	return nil
}

func cleanText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// target is what a request is about, but for its body. The order of its parameters is of no meaning.
func target(r *http.Request) string {
	return r.Method + " " + r.URL.Path + "?" + r.URL.Query().Encode()
}

// checkBody checks the form of a body and gives its hash: of the meaning, so that a repeated request may differ in
// spaces, the order of names, or the boundary of its parts.
func checkBody(r *http.Request, body []byte) ([]byte, error) {
	sum := sha256.New()
	_, _ = fmt.Fprintln(sum, target(r))
	if len(body) == 0 {
		return sum.Sum(nil), nil
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case err != nil:
		return nil, failed(http.StatusUnsupportedMediaType, "unsupported_media_type")
	case kind == "multipart/form-data":
		if err := hashParts(sum, body, params["boundary"]); err != nil {
			return nil, err
		}
	case kind == "application/json":
		if err := checkJSON(body); err != nil {
			return nil, err
		}
		canonical, err := canonicalJSON(body)
		if err != nil {
			return nil, err
		}
		_, _ = sum.Write(canonical)
	case strings.HasSuffix(kind, "json"):
		// An operation would take application/x+json for JSON, which nothing would have looked at here or in hide.
		return nil, failed(http.StatusUnsupportedMediaType, "unsupported_media_type")
	default:
		_, _ = sum.Write(body) // the operation says whether it takes this type
	}
	return sum.Sum(nil), nil
}

func hashParts(sum io.Writer, body []byte, boundary string) error {
	malformed := failed(http.StatusBadRequest, "malformed_form")
	parts := multipart.NewReader(bytes.NewReader(body), boundary)
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return malformed
		}
		_, _ = fmt.Fprintf(sum, "%q %q %q\n", part.FormName(), part.FileName(), part.Header.Get("Content-Type"))
		if _, err := io.Copy(sum, part); err != nil {
			return malformed
		}
	}
}

// canonicalJSON is the same for bodies that mean the same.
func canonicalJSON(body []byte) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, failed(http.StatusBadRequest, "malformed_json")
	}
	canonical, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("write the canonical body: %w", err)
	}
	return canonical, nil
}

// checkJSON refuses bodies that encoding/json would read in a way the caller did not mean or that Postgres cannot store:
// names given twice, invalid UTF-8, NUL, a second value after the first, nesting without end.
func checkJSON(body []byte) error {
	if !utf8.Valid(body) {
		return failed(http.StatusBadRequest, "invalid_text")
	}
	w := jsonWalk{decoder: json.NewDecoder(bytes.NewReader(body))}
	w.decoder.UseNumber()
	if err := w.value("", 0); err != nil {
		if known, ok := errors.AsType[*requestError](err); ok {
			return known
		}
		return malformedJSON(body, w.decoder.InputOffset(), err)
	}
	if _, err := w.decoder.Token(); !errors.Is(err, io.EOF) {
		return malformedJSON(body, w.decoder.InputOffset(), err)
	}
	if loneSurrogate(body) {
		return failed(http.StatusBadRequest, "invalid_text")
	}
	return nil
}

// loneSurrogate tells whether a text of the JSON has half of a character, as in "\ud83d" alone. encoding/json would put
// U+FFFD in its place, and something else would be kept than was sent.
func loneSurrogate(body []byte) bool {
	for {
		i := bytes.IndexByte(body, '\\')
		if i < 0 {
			return false
		}
		body = body[i:]
		unit, ok := escapedUnit(body)
		if !ok {
			body = body[2:]
			continue
		}
		body = body[6:]
		if !utf16.IsSurrogate(unit) {
			continue
		}
		second, ok := escapedUnit(body)
		if !ok || utf16.DecodeRune(unit, second) == utf8.RuneError {
			return true
		}
		body = body[6:]
	}
}

// escapedUnit reads the "\u0041" that valid JSON begins with, if it does.
func escapedUnit(json []byte) (rune, bool) {
	if len(json) < 6 || json[0] != '\\' || json[1] != 'u' {
		return 0, false
	}
	unit, err := strconv.ParseUint(string(json[2:6]), 16, 16)
	return rune(unit), err == nil
}

// malformedJSON says where the text stops being JSON.
func malformedJSON(body []byte, offset int64, err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) && syntax.Offset > 0 {
		offset = syntax.Offset
	}
	before := body[:min(int64(len(body)), offset)]
	line := bytes.Count(before, []byte{'\n'}) + 1
	column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	return failed(http.StatusBadRequest, "malformed_json").with("line", strconv.Itoa(line)).with("column", strconv.Itoa(max(column, 1)))
}

// jsonWalk goes through a body's tokens, knowing where it is.
type jsonWalk struct{ decoder *json.Decoder }

func (w *jsonWalk) value(pointer string, depth int) error {
	token, err := w.decoder.Token()
	if err != nil {
		return fmt.Errorf("read the body: %w", err)
	}
	if depth > maxNesting {
		return failed(http.StatusBadRequest, "nested_too_deeply").field(ProblemField{Pointer: pointer, Code: "nested_too_deeply"})
	}
	switch t := token.(type) {
	case json.Delim:
		if t == '{' {
			return w.object(pointer, depth)
		}
		return w.array(pointer, depth)
	case string:
		return checkString(pointer, t)
	}
	return nil
}

func (w *jsonWalk) object(pointer string, depth int) error {
	seen := map[string]bool{}
	for w.decoder.More() {
		token, err := w.decoder.Token()
		if err != nil {
			return fmt.Errorf("read the body: %w", err)
		}
		name, _ := token.(string) // a name is a string, or Token has failed
		at := pointer + "/" + escapePointer(name)
		if err := checkString(at, name); err != nil {
			return err
		}
		if seen[name] {
			return failed(http.StatusBadRequest, "malformed_body").field(ProblemField{Pointer: at, Code: "repeated_field"})
		}
		seen[name] = true
		if err := w.value(at, depth+1); err != nil {
			return err
		}
	}
	return w.end()
}

func (w *jsonWalk) array(pointer string, depth int) error {
	for i := 0; w.decoder.More(); i++ {
		if err := w.value(pointer+"/"+strconv.Itoa(i), depth+1); err != nil {
			return err
		}
	}
	return w.end()
}

// end reads the closing bracket.
func (w *jsonWalk) end() error {
	if _, err := w.decoder.Token(); err != nil {
		return fmt.Errorf("read the body: %w", err)
	}
	return nil
}

func checkString(pointer, text string) error {
	if strings.ContainsRune(text, 0) {
		return failed(http.StatusBadRequest, "invalid_text").field(ProblemField{Pointer: strings.ReplaceAll(pointer, "\x00", ""), Code: "invalid_text"})
	}
	return nil
}
