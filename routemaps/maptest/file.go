// Package maptest runs the tests of route maps: files *_test.yaml beside a map that say what is to be after which steps
// and how much time. Time is skipped, not waited for; the maps run on the same Step that moves cases.
package maptest

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"marshrut/routemaps"
	"marshrut/routemaps/calendar"
)

// testFile is a file of tests. The format, keys of each mapping in the order they are read:
//
//	file:   map calendar tests
//	test:   name start steps
//	start:  at stage fields expect
//	step:   one of complete event wait until set manual move close cancel delivered failed retry; and expect
//	expect: stage status mode tasks due overdue notifications fields created incidents refused
type testFile struct {
	Map      string `yaml:"map"`
	Calendar string `yaml:"calendar"`
	Tests    []test `yaml:"tests"`
}

type test struct {
	Name  string `yaml:"name"`
	Start start  `yaml:"start"`
	Steps []step `yaml:"steps"`

	line int
}

type start struct {
	At     instant        `yaml:"at"`
	Stage  string         `yaml:"stage"`
	Fields map[string]any `yaml:"fields"`
	Expect *expect        `yaml:"expect"`

	line int
}

// step is one thing that happens; exactly one of its keys besides expect is given.
type step struct {
	Complete  *complete      `yaml:"complete"`
	Event     string         `yaml:"event"`
	Wait      span           `yaml:"wait"`
	Until     instant        `yaml:"until"`
	Set       map[string]any `yaml:"set"`
	Manual    bool           `yaml:"manual"`
	Move      string         `yaml:"move"`
	Close     string         `yaml:"close"`
	Cancel    bool           `yaml:"cancel"`
	Delivered string         `yaml:"delivered"`
	Failed    string         `yaml:"failed"`
	Retry     string         `yaml:"retry"`
	Expect    *expect        `yaml:"expect"`

	line int
}

// complete completes a task; the stage may be left out where only one task is open.
type complete struct {
	Stage   string         `yaml:"stage"`
	Outcome string         `yaml:"outcome"`
	Fields  map[string]any `yaml:"fields"`
}

// expect says what is to be after a step; what it leaves out is not looked at.
type expect struct {
	Stage         *string         `yaml:"stage"`
	Status        *string         `yaml:"status"`
	Mode          *string         `yaml:"mode"`
	Tasks         *[]task         `yaml:"tasks"`
	Due           *instant        `yaml:"due"`
	Overdue       *[]string       `yaml:"overdue"`
	Notifications *[]notification `yaml:"notifications"`
	Fields        map[string]any  `yaml:"fields"`
	Created       *[]created      `yaml:"created"`
	Incidents     *[]string       `yaml:"incidents"`
	Refused       *string         `yaml:"refused"`

	line int
}

type task struct {
	Stage     string  `yaml:"stage"`
	Performer string  `yaml:"performer"`
	Due       instant `yaml:"due"`
}

type notification struct {
	Template string     `yaml:"template"`
	To       recipients `yaml:"to"`
}

type created struct {
	Process string `yaml:"process"`
	Map     string `yaml:"map"`
}

// instant is a time in RFC 3339.
type instant struct{ time.Time }

// span is a duration as maps write it.
type span struct{ calendar.Duration }

// recipients are one or several words, "role:director" and "user:petrov" among them.
type recipients []string

func (t *test) UnmarshalYAML(n ast.Node) error {
	type plain test
	t.line = n.GetToken().Position.Line
	return strict(n, (*plain)(t), "name, start, steps")
}

func (s *start) UnmarshalYAML(n ast.Node) error {
	type plain start
	s.line = n.GetToken().Position.Line
	return strict(n, (*plain)(s), "at, stage, fields, expect")
}

func (s *step) UnmarshalYAML(n ast.Node) error {
	type plain step
	s.line = n.GetToken().Position.Line
	if err := strict(n, (*plain)(s), actions+" and expect"); err != nil {
		return err
	}
	return s.oneAction(n)
}

func (c *complete) UnmarshalYAML(n ast.Node) error {
	type plain complete
	if err := strict(n, (*plain)(c), "stage, outcome, fields"); err != nil {
		return err
	}
	if c.Outcome == "" {
		return errorAt(n, "a completed task has no outcome", "add outcome: and the id of one")
	}
	return nil
}

func (e *expect) UnmarshalYAML(n ast.Node) error {
	type plain expect
	e.line = n.GetToken().Position.Line
	return strict(n, (*plain)(e), "stage, status, mode, tasks, due, overdue, notifications, fields, created, incidents, refused")
}

func (t *task) UnmarshalYAML(n ast.Node) error {
	type plain task
	return strict(n, (*plain)(t), "stage, performer, due")
}

func (x *notification) UnmarshalYAML(n ast.Node) error {
	type plain notification
	return strict(n, (*plain)(x), "template, to")
}

func (c *created) UnmarshalYAML(n ast.Node) error {
	type plain created
	return strict(n, (*plain)(c), "process, map")
}

func (t *instant) UnmarshalYAML(n ast.Node) error {
	text := scalar(n)
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return errorAt(n, fmt.Sprintf("%q is no time", text), "write it with the offset, for example 2026-03-02T10:00:00+03:00")
	}
	t.Time = at
	return nil
}

func (d *span) UnmarshalYAML(n ast.Node) error {
	parsed, err := calendar.ParseDuration(scalar(n))
	if err != nil {
		return errorAt(n, err.Error(), "")
	}
	d.Duration = parsed
	return nil
}

func (r *recipients) UnmarshalYAML(n ast.Node) error {
	if list, ok := n.(*ast.SequenceNode); ok {
		for _, item := range list.Values {
			*r = append(*r, scalar(item))
		}
		return nil
	}
	*r = recipients{scalar(n)}
	return nil
}

func scalar(n ast.Node) string {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value
	case *ast.LiteralNode:
		return strings.TrimSpace(n.Value.Value)
	default:
		return n.String()
	}
}

// actions names the keys of a step that do something.
const actions = "complete, event, wait, until, set, manual, move, close, cancel, delivered, failed, retry"

func (s *step) oneAction(n ast.Node) error {
	given := 0
	for _, is := range []bool{
		s.Complete != nil, s.Event != "", !s.Wait.IsZero(), !s.Until.IsZero(), s.Set != nil, s.Manual, s.Move != "",
		s.Close != "", s.Cancel, s.Delivered != "", s.Failed != "", s.Retry != "",
	} {
		if is {
			given++
		}
	}
	if given != 1 {
		return errorAt(n, fmt.Sprintf("a step does one thing, this one does %d", given), "give exactly one of "+actions)
	}
	return nil
}

// strict decodes a mapping whose every key must be known.
func strict(n ast.Node, into any, keys string) error {
	err := yaml.NodeToValue(n, into, yaml.Strict())
	var known *routemaps.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return toError(err, "the keys are "+keys)
}

// toError gives a decoder's error its place.
func toError(err error, hint string) error {
	out := &routemaps.Error{Code: "test_file", Message: err.Error(), Hint: hint}
	if located, ok := errors.AsType[yaml.Error](err); ok {
		out.Message = located.GetMessage()
		if t := located.GetToken(); t != nil && t.Position != nil {
			out.Line, out.Column = t.Position.Line, t.Position.Column
		}
	}
	return out
}

func errorAt(n ast.Node, message, hint string) error {
	p := n.GetToken().Position
	return &routemaps.Error{Line: p.Line, Column: p.Column, Code: "test_file", Message: message, Hint: hint}
}

// parse reads a file of tests. The error is a *routemaps.Error with line and column.
func parse(name string, src []byte) (*testFile, error) {
	f := &testFile{}
	err := decode(src, f)
	if err == nil && f.Map == "" {
		err = &routemaps.Error{Line: 1, Column: 1, Code: "test_file", Message: "the file does not say which map it tests", Hint: "add map: and the map's id"}
	}
	if err == nil && len(f.Tests) == 0 {
		err = &routemaps.Error{Line: 1, Column: 1, Code: "test_file", Message: "the file has no tests", Hint: "add them under tests:"}
	}
	if located, ok := errors.AsType[*routemaps.Error](err); ok {
		located.File = name
		return nil, located
	}
	return f, err
}

func decode(src []byte, f *testFile) error {
	if wrong := routemaps.CheckYAML(src); wrong != nil {
		if wrong.Code == "too_large" {
			wrong.Hint = "leave out tests that others contain"
		}
		return wrong
	}
	parsed, err := parser.ParseBytes(src, 0)
	if err != nil {
		return toError(err, "")
	}
	if len(parsed.Docs) != 1 || parsed.Docs[0].Body == nil {
		return &routemaps.Error{Line: 1, Column: 1, Code: "test_file", Message: "the file is empty or holds several documents", Hint: "one file, one document"}
	}
	return strict(parsed.Docs[0].Body, f, "map, calendar, tests")
}

// Check tells what keeps the tests in src from being run, whatever map they are for: a *routemaps.Error with line and column.
func Check(file string, src []byte) error {
	_, err := parse(file, src)
	return err
}

// Tested is the id of the map that the tests in src are for and the line that says so, from 1; empty: they do not say. What cannot be
// read as YAML yet says it with a line that begins with map.
func Tested(src []byte) (id string, line int) {
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	if entries, ok := topEntries(src); ok {
		for _, entry := range entries {
			if key := entry.Key.GetToken(); key != nil && key.Value == "map" {
				return scalar(entry.Value), key.Position.Line
			}
		}
		return "", 1
	}
	line = 1
	for text := range strings.Lines(string(src)) {
		if value, ok := strings.CutPrefix(text, "map:"); ok {
			value, _, _ = strings.Cut(value, " #")
			return strings.Trim(strings.TrimSpace(value), `"'`), line
		}
		line++
	}
	return "", 1
}

// topEntries are the keys of the file with their values, where it can be read.
func topEntries(src []byte) ([]*ast.MappingValueNode, bool) {
	if routemaps.CheckYAML(src) != nil {
		return nil, false
	}
	parsed, err := parser.ParseBytes(src, 0)
	if err != nil || len(parsed.Docs) == 0 {
		return nil, false
	}
	top, ok := parsed.Docs[0].Body.(*ast.MappingNode)
	if !ok {
		return nil, false
	}
	return top.Values, true
}
