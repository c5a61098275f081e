package calendar

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// mostBytes bounds a calendar's file, because the YAML parser takes time by the square of the nesting: twenty-five years with all
// holidays named fit, and the worst file of this size is refused within a second.
const mostBytes = 32 << 10

const keysHint = "the keys of a calendar are id, name, time_zone, week, shortened_by, years; " +
	"of a year: year, provisional, holidays, moved, shortened, special"

// Parse reads a calendar from YAML, strictly: unknown and repeated keys, anchors, aliases and tags are refused.
// The file's name is only for messages. The error is an Errors with line and column of every problem.
func Parse(file string, data []byte) (*Calendar, error) {
	definition, tree, problem := decode(data)
	if problem != nil {
		problem.File = file
		return nil, Errors{problem}
	}
	made, err := New(definition)
	if problems, ok := errors.AsType[Errors](err); ok {
		for _, p := range problems {
			p.File = file
			p.Line, p.Column = locate(tree, p.Pointer)
		}
	}
	return made, err
}

func decode(data []byte) (Definition, ast.Node, *Error) {
	if len(data) > mostBytes {
		return Definition{}, nil, &Error{Problem: "the file is too large for a calendar", Hint: fmt.Sprintf("the most is %d bytes", mostBytes)}
	}
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		problem := yamlError(err, "check indentation, quotes and brackets")
		problem.Problem = "not valid YAML: " + problem.Problem
		return Definition{}, nil, problem
	}
	if len(file.Docs) > 1 {
		return Definition{}, nil, &Error{Problem: fmt.Sprintf("the file has %d YAML documents", len(file.Docs)), Hint: "put one calendar into a file"}
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return Definition{}, nil, &Error{Problem: "the file is empty", Hint: keysHint}
	}
	tree := file.Docs[0].Body
	if problem := refuseReferences(tree); problem != nil {
		return Definition{}, nil, problem
	}
	var definition Definition
	if err := yaml.NodeToValue(tree, &definition, yaml.Strict()); err != nil {
		return Definition{}, nil, yamlError(err, keysHint)
	}
	if problem := refuseOddYears(tree, len(definition.Years)); problem != nil {
		return Definition{}, nil, problem
	}
	return definition, tree, nil
}

// yamlError keeps the library's short message and the place it names, without its picture of the source and its Go types.
func yamlError(err error, hint string) *Error {
	problem := &Error{Problem: err.Error(), Hint: hint}
	if placed, ok := errors.AsType[yaml.Error](err); ok {
		problem.Problem = placed.GetMessage()
		if token := placed.GetToken(); token != nil && token.Position != nil {
			problem.Line, problem.Column = token.Position.Line, token.Position.Column
		}
	}
	if wrongKind, ok := errors.AsType[*yaml.TypeError](err); ok {
		problem.Problem = kind(wrongKind.SrcType) + " stands where " + kind(wrongKind.DstType) + " belongs"
	}
	if _, ok := errors.AsType[*yaml.OverflowError](err); ok {
		problem.Problem = "the number is too large"
	}
	return problem
}

// kind says in a designer's words what a value is.
func kind(t reflect.Type) string {
	if t == nil {
		return "nothing"
	}
	switch t.Kind() {
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list"
	case reflect.Map, reflect.Struct, reflect.Pointer:
		return "a group of keys"
	default:
		return "a number"
	}
}

// refuseOddYears closes a gap of the decoder, that reads a year of 2026.9 as 2026.
func refuseOddYears(tree ast.Node, years int) *Error {
	for i := range years {
		pointer := fmt.Sprintf("/years/%d/year", i)
		node := find(tree, pointer)
		if node == nil || node.Type() == ast.IntegerType {
			continue
		}
		problem := &Error{Pointer: pointer, Problem: "the year is not a whole number", Hint: "write it plainly, for example 2026"}
		problem.Line, problem.Column = locate(tree, pointer)
		return problem
	}
	return nil
}

// referenceFinder looks for what lets a small file unfold into a large one, or a value be something else than it looks.
type referenceFinder struct{ found *Error }

// Visit is called by ast.Walk for each node.
func (f *referenceFinder) Visit(node ast.Node) ast.Visitor {
	if f.found != nil {
		return nil
	}
	var kind string
	switch node.Type() {
	case ast.AnchorType:
		kind = "an anchor"
	case ast.AliasType:
		kind = "an alias"
	case ast.MergeKeyType:
		kind = "a merge key"
	case ast.TagType:
		kind = "a tag"
	default:
		return f
	}
	f.found = &Error{Problem: kind + " is not allowed in a calendar", Hint: "write the value out"}
	if token := node.GetToken(); token != nil && token.Position != nil {
		f.found.Line, f.found.Column = token.Position.Line, token.Position.Column
	}
	return nil
}

func refuseReferences(tree ast.Node) *Error {
	finder := &referenceFinder{}
	ast.Walk(finder, tree)
	return finder.found
}

// locate finds the line and column of the field at the JSON pointer, or of the nearest one around it that is there.
func locate(tree ast.Node, pointer string) (line, column int) {
	for ; pointer != ""; pointer = pointer[:strings.LastIndex(pointer, "/")] {
		if node := find(tree, pointer); node != nil && node.GetToken() != nil && node.GetToken().Position != nil {
			return node.GetToken().Position.Line, node.GetToken().Position.Column
		}
	}
	return 1, 1
}

// find returns the node at the JSON pointer, nil if there is none.
func find(tree ast.Node, pointer string) ast.Node {
	path := (&yaml.PathBuilder{}).Root()
	for _, step := range strings.Split(pointer, "/")[1:] {
		if index, err := strconv.ParseUint(step, 10, 16); err == nil {
			path = path.Index(uint(index))
		} else {
			path = path.Child(step)
		}
	}
	node, err := path.Build().FilterNode(tree)
	if err != nil {
		return nil
	}
	return node
}
