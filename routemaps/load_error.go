package routemaps

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// maxErrors is how many errors of one map are reported; the rest would only be noise.
const maxErrors = 50

// Error says what is wrong with a route map, where, and what to do about it.
type Error struct {
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`   // from 1; 0: not known
	Column  int    `json:"column,omitempty"` // from 1, in characters; 0: not known
	Code    string `json:"code"`             // stable, snake_case
	Message string `json:"message"`          // English
	Hint    string `json:"hint,omitempty"`   // English
}

// Error gives "file:line:column: message (hint)", leaving out what is not known.
func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File)
		b.WriteByte(':')
	}
	if e.Line > 0 {
		b.WriteString(strconv.Itoa(e.Line))
		b.WriteByte(':')
		b.WriteString(strconv.Itoa(max(e.Column, 1)))
		b.WriteByte(':')
	}
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	b.WriteString(e.Message)
	if e.Hint != "" {
		b.WriteString(" (")
		b.WriteString(e.Hint)
		b.WriteByte(')')
	}
	return b.String()
}

// Pos is where the error is.
func (e *Error) Pos() Pos { return Pos{Line: e.Line, Column: e.Column} }

// Errors is everything wrong with one map or several, in the order of file and line; at most 50, the last of which then
// says how many more there are.
type Errors []*Error

// Error gives one error a line.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.As find a single *Error.
func (e Errors) Unwrap() []error {
	all := make([]error, len(e))
	for i, one := range e {
		all[i] = one
	}
	return all
}

// sorted is the errors in the order of the files, each once, and no more than maxErrors of them.
func (e Errors) sorted() Errors {
	slices.SortStableFunc(e, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	e = slices.CompactFunc(e, func(a, b *Error) bool { return *a == *b })
	if len(e) <= maxErrors {
		return e
	}
	rest := len(e) - maxErrors + 1
	return append(slices.Clone(e[:maxErrors-1]), &Error{
		File: e[0].File, Code: "too_many_errors",
		Message: "and " + strconv.Itoa(rest) + " more errors", Hint: "correct these first",
	})
}
