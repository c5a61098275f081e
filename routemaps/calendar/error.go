package calendar

import (
	"errors"
	"strconv"
	"strings"
)

// ErrOutOfRange is returned, wrapped, when a moment falls outside the years that calendars cover (FirstYear to LastYear).
var ErrOutOfRange = errors.New("outside the years 1970 to 2199")

// Error says what is wrong with a calendar or a duration, where, and what to write instead.
type Error struct {
	// File is the name given to Parse; empty when the calendar did not come from a file.
	File string
	// Line and Column count from 1; both are 0 when there is no place in a file to point to.
	Line, Column int
	// Pointer is the JSON pointer (RFC 6901) of the field at fault, "" for the whole document.
	Pointer string
	// Problem says what is wrong, Hint what to do about it.
	Problem, Hint string
}

// Error renders file:line:column, the field, the problem and the hint, leaving out what is not known.
func (e *Error) Error() string {
	var text strings.Builder
	if e.File != "" {
		text.WriteString(e.File + ":")
	}
	if e.Line > 0 {
		text.WriteString(strconv.Itoa(e.Line) + ":" + strconv.Itoa(e.Column) + ":")
	}
	if text.Len() > 0 {
		text.WriteString(" ")
	}
	if e.Pointer != "" {
		text.WriteString(e.Pointer + ": ")
	}
	text.WriteString(e.Problem)
	if e.Hint != "" {
		text.WriteString("; " + e.Hint)
	}
	return text.String()
}

// Errors is every problem found in one calendar, in the order of its fields. It is never empty when returned as an error.
type Errors []*Error

// Error renders one problem a line.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, problem := range e {
		lines[i] = problem.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.As find the single problems.
func (e Errors) Unwrap() []error {
	all := make([]error, len(e))
	for i, problem := range e {
		all[i] = problem
	}
	return all
}

// quote shows bad input in a message, cut to a length that fits on a line.
func quote(input string) string {
	const longest = 40
	if runes := []rune(input); len(runes) > longest {
		input = string(runes[:longest]) + "…"
	}
	return strconv.Quote(input)
}
