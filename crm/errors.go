package crm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"regexp"
	"runtime"
	"strings"
	"syscall"
)

// ErrorKind says what sort of answer an error is; the API maps each to one HTTP status.
type ErrorKind string

// The kinds of error.
const (
	KindInvalid      ErrorKind = "invalid"      // 400: the request itself is malformed
	KindUnauthorized ErrorKind = "unauthorized" // 401
	KindForbidden    ErrorKind = "forbidden"    // 403
	KindNotFound     ErrorKind = "not_found"    // 404
	KindConflict     ErrorKind = "conflict"     // 409: the record's state does not allow it
	KindStale        ErrorKind = "stale"        // 412: somebody changed the record first
	KindTooLarge     ErrorKind = "too_large"    // 413
	KindUnprocessed  ErrorKind = "unprocessed"  // 422: well-formed, but a field's value is wrong
	KindUnavailable  ErrorKind = "unavailable"  // 503: try again later
)

// Error is an answer to the caller: a stable code, what it is about, and nothing internal. The text for people is made
// from Code and Params in the caller's language by the API; Detail is the English text for logs and for callers
// without a catalogue. Neither Params nor Detail may carry personal data.
type Error struct {
	Kind   ErrorKind         `json:"kind"`
	Code   string            `json:"code"`             // stable, snake_case, never reused for something else
	Detail string            `json:"detail,omitempty"` // English
	Params map[string]string `json:"params,omitempty"` // values named by the texts of the code
	Names  map[string]Text   `json:"names,omitempty"`  // what the texts say in the place of a value that is a key
	Fields []FieldError      `json:"fields,omitempty"` // what is wrong with which field
}

// FieldError says what is wrong with one field of a request.
type FieldError struct {
	Pointer string            `json:"pointer"` // JSON pointer into the request's body, "/fields/reason"
	Code    string            `json:"code"`
	Detail  string            `json:"detail,omitempty"`
	Params  map[string]string `json:"params,omitempty"`
	// Of a text that somebody wrote (a template): the line that is meant (from 1), what is wrong there, and what to do.
	Line int   `json:"line,omitempty"`
	Text *Text `json:"text,omitempty"`
	Hint *Text `json:"hint,omitempty"`
}

// Error gives the code and the English detail.
func (e *Error) Error() string {
	var s strings.Builder
	s.WriteString(e.Code)
	if e.Detail != "" {
		s.WriteString(": " + e.Detail)
	}
	for _, f := range e.Fields {
		fmt.Fprintf(&s, "; %s: %s %s", f.Pointer, f.Code, f.Detail)
	}
	return s.String()
}

// Errorf makes an Error with an English detail.
func Errorf(kind ErrorKind, code, format string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Detail: fmt.Sprintf(format, args...)}
}

// With adds a value that the text of the code names.
func (e *Error) With(name, value string) *Error {
	if e.Params == nil {
		e.Params = map[string]string{}
	}
	e.Params[name] = value
	return e
}

// Naming is With for a key that people know by a name; empty: by the key itself.
func (e *Error) Naming(name, key string, text Text) *Error {
	if !text.Empty() {
		if e.Names == nil {
			e.Names = map[string]Text{}
		}
		e.Names[name] = text
	}
	return e.With(name, key)
}

// AsError finds the Error in err's chain.
func AsError(err error) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}

// Scrub is an error as logs may have it: what was being done, as the program's own words say, and of what went wrong only the
// class (an SQLSTATE, a reply's number, a type). Databases and mail servers repeat values in their texts, and values are
// personal data.
func Scrub(err error) string {
	if err == nil {
		return ""
	}
	if known, ok := err.(*Error); ok { //nolint:errorlint // the chain is walked here, one error at a time
		return known.Code
	}
	if class := classOf(err); class != "" {
		return class
	}
	switch e := err.(type) { //nolint:errorlint // as above
	case interface{ Unwrap() error }:
		inner := e.Unwrap()
		if inner == nil {
			break
		}
		doing, wraps := strings.CutSuffix(err.Error(), inner.Error())
		if !wraps || !plainWords.MatchString(doing) {
			doing = ""
		}
		return doing + Scrub(inner)
	case interface{ Unwrap() []error }:
		var all []string
		for _, one := range e.Unwrap() {
			all = append(all, Scrub(one))
		}
		return strings.Join(all, "; ")
	}
	return fmt.Sprintf("%T", err)
}

// plainWords are what the program itself says before a colon: words, not values.
var plainWords = regexp.MustCompile(`^[A-Za-z ,'-]{1,100}: $`)

func classOf(err error) string {
	switch e := err.(type) { //nolint:errorlint // the chain is walked by Scrub
	case interface{ SQLState() string }:
		return "SQLSTATE " + e.SQLState()
	case *textproto.Error:
		return fmt.Sprintf("reply %03d", e.Code)
	case syscall.Errno:
		return e.Error()
	case runtime.Error:
		return e.Error()
	}
	for _, plain := range []error{
		context.Canceled, context.DeadlineExceeded, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, os.ErrDeadlineExceeded,
	} {
		if err == plain { //nolint:errorlint // as above
			return plain.Error()
		}
	}
	return ""
}
