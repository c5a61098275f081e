package notify

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template/parse"
)

// SourceError is one fault in the source of a template.
type SourceError struct {
	Key, Lang string
	Part      string // subject, text, html, or empty when the fault is in none of them
	Line      int    // in the part, from 1; 0 when the whole part is meant
	Problem   string
	Hint      string // what to do; may be empty
}

// Error names the place, the problem and the remedy.
func (e *SourceError) Error() string {
	place := fmt.Sprintf("template %s (%s)", e.Key, e.Lang)
	if e.Part != "" {
		place += ", " + e.Part
	}
	if e.Line > 0 {
		place += ", line " + strconv.Itoa(e.Line)
	}
	if e.Hint == "" {
		return place + ": " + e.Problem
	}
	return place + ": " + e.Problem + "; " + e.Hint
}

// part is one text of a template, parsed and found to use only what is allowed.
type part struct {
	tree      *parse.Tree
	variables []string // used, sorted
	fields    []string // ids of the case's fields used, sorted
}

var (
	parseErrorForm = regexp.MustCompile(`(?s)^template: [^:]*:(\d+)(?::\d+)?: (.*)$`)
	fieldIDForm    = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,63}$`)
)

const howActionsLook = `an action looks like {{.Number}}, {{.Field "amount"}} or {{if .Due}}...{{end}}`

// parsePart parses one text and checks every action in it.
//
// What is allowed cannot loop, call or recurse, so a rendering is as long as its source and the values in it.
func parsePart(text string, known []Variable) (*part, *SourceError) {
	tree := parse.New("source")
	tree.Mode = parse.SkipFuncCheck
	set := map[string]*parse.Tree{}
	if _, err := tree.Parse(text, "", "", set); err != nil {
		return nil, parseError(err)
	}
	if len(set) > 1 {
		return nil, &SourceError{Problem: "{{define}} and {{block}} are not available", Hint: "write the text where it is used"}
	}
	c := checker{text: text, known: known}
	if fault := c.list(tree.Root); fault != nil {
		return nil, fault
	}
	slices.Sort(c.variables)
	slices.Sort(c.fields)
	return &part{tree: tree, variables: slices.Compact(c.variables), fields: slices.Compact(c.fields)}, nil
}

// unclosedBlock is what the parser calls an unexpected end of the file.
const unclosedBlock = "the text ends, and an {{if}} or {{range}} is not closed: {{end}} is missing"

func parseError(err error) *SourceError {
	fault := &SourceError{Problem: err.Error(), Hint: howActionsLook}
	if match := parseErrorForm.FindStringSubmatch(err.Error()); match != nil {
		fault.Line, _ = strconv.Atoi(match[1])
		fault.Problem = match[2]
	}
	if fault.Problem == "unexpected EOF" {
		fault.Problem = unclosedBlock
	}
	return fault
}

type checker struct {
	text      string
	variables []string
	fields    []string
	known     []Variable
}

// valueType is what an expression yields; comparing different ones would fail when a mail is due.
type valueType int

const (
	textType valueType = iota
	truthType
)

func (c *checker) fault(node parse.Node, problem, hint string) *SourceError {
	at := min(int(node.Position()), len(c.text))
	return &SourceError{Line: 1 + strings.Count(c.text[:at], "\n"), Problem: problem, Hint: hint}
}

func (c *checker) list(list *parse.ListNode) *SourceError {
	if list == nil {
		return nil
	}
	for _, node := range list.Nodes {
		if fault := c.node(node); fault != nil {
			return fault
		}
	}
	return nil
}

func (c *checker) node(node parse.Node) *SourceError {
	switch n := node.(type) {
	case *parse.TextNode, *parse.CommentNode:
		return nil
	case *parse.ActionNode:
		typ, fault := c.pipe(n.Pipe)
		if fault == nil && typ == truthType {
			return c.fault(n, "this says yes or no and is nothing to print", "use it in {{if ...}}")
		}
		return fault
	case *parse.IfNode:
		if _, fault := c.pipe(n.Pipe); fault != nil {
			return fault
		}
		if fault := c.list(n.List); fault != nil {
			return fault
		}
		return c.list(n.ElseList)
	default:
		name, _, _ := strings.Cut(strings.Trim(node.String(), "{}"), " ")
		return c.fault(node, "{{"+name+"}} is not available", howActionsLook)
	}
}

func (c *checker) pipe(pipe *parse.PipeNode) (valueType, *SourceError) {
	if len(pipe.Decl) > 0 {
		return textType, c.fault(pipe, "templates have no variables of their own", howActionsLook)
	}
	if len(pipe.Cmds) != 1 {
		return textType, c.fault(pipe, "| is not available", "write (function argument) in parentheses")
	}
	return c.command(pipe.Cmds[0])
}

func (c *checker) command(command *parse.CommandNode) (valueType, *SourceError) {
	first, arguments := command.Args[0], command.Args[1:]
	if function, ok := first.(*parse.IdentifierNode); ok {
		return c.call(function, arguments)
	}
	if field, ok := first.(*parse.FieldNode); ok && len(field.Ident) == 1 && field.Ident[0] == "Field" {
		return c.caseField(field, arguments)
	}
	if len(arguments) > 0 {
		return textType, c.fault(command, strings.TrimSpace(first.String())+" takes no arguments", howActionsLook)
	}
	return c.argument(first)
}

func (c *checker) caseField(field *parse.FieldNode, arguments []parse.Node) (valueType, *SourceError) {
	const hint = `write {{.Field "amount"}} with the id of a field of the case`
	if !slices.ContainsFunc(c.known, func(v Variable) bool { return v.Name == "Client" }) {
		return textType, c.fault(field, "a letter to those who work here has no fields of a case", howActionsLook)
	}
	if len(arguments) != 1 {
		return textType, c.fault(field, ".Field needs one field id", hint)
	}
	id, ok := arguments[0].(*parse.StringNode)
	if !ok {
		return textType, c.fault(field, ".Field needs a field id in quotes", hint)
	}
	if !fieldIDForm.MatchString(id.Text) {
		return textType, c.fault(field, strconv.Quote(id.Text)+" is not a field id", "ids have small Latin letters, digits, - and _")
	}
	c.fields = append(c.fields, id.Text)
	return textType, nil
}

func (c *checker) argument(node parse.Node) (valueType, *SourceError) {
	switch n := node.(type) {
	case *parse.FieldNode:
		return textType, c.variable(n)
	case *parse.StringNode:
		return textType, nil
	case *parse.PipeNode:
		return c.pipe(n)
	default:
		return textType, c.fault(node, node.String()+" is not available", howActionsLook)
	}
}

func (c *checker) variable(n *parse.FieldNode) *SourceError {
	name := n.Ident[0]
	names := make([]string, 0, len(c.known)+1)
	for _, v := range c.known {
		names = append(names, v.Name)
	}
	switch {
	case len(n.Ident) > 1:
		return c.fault(n, "."+strings.Join(n.Ident, ".")+": values have no parts", "write {{."+name+"}}")
	case name == "Field":
		return c.fault(n, ".Field needs a field id", `write (.Field "amount")`)
	case !slices.Contains(names, name):
		hint := "known are ." + strings.Join(names, ", .")
		if near := nearest(name, names); near != "" {
			hint = "did you mean ." + near + "?"
		} else if fieldIDForm.MatchString(name) {
			hint = fmt.Sprintf("a field of the case is written {{.Field %q}}", name)
		}
		return c.fault(n, "unknown variable ."+name, hint)
	}
	c.variables = append(c.variables, name)
	return nil
}

var functions = []string{"and", "or", "not", "eq", "ne"}

func (c *checker) call(function *parse.IdentifierNode, arguments []parse.Node) (valueType, *SourceError) {
	if !slices.Contains(functions, function.Ident) {
		hint := "known are " + strings.Join(functions, ", ")
		if near := nearest(function.Ident, functions); near != "" {
			hint = "did you mean " + near + "?"
		}
		return textType, c.fault(function, "unknown function "+function.Ident, hint)
	}
	types := make([]valueType, len(arguments))
	for i, argument := range arguments {
		var fault *SourceError
		if types[i], fault = c.argument(argument); fault != nil {
			return textType, fault
		}
	}
	return c.signature(function, types)
}

// signature checks the number and types of a function's arguments and tells what it yields.
func (c *checker) signature(function *parse.IdentifierNode, types []valueType) (valueType, *SourceError) {
	name := function.Ident
	alike := len(types) > 0 && !slices.ContainsFunc(types, func(t valueType) bool { return t != types[0] })
	switch {
	case name == "not" && len(types) != 1:
		return truthType, c.fault(function, "not needs one argument", "write {{if not .Due}}")
	case name == "ne" && len(types) != 2, name == "eq" && len(types) < 2:
		return truthType, c.fault(function, name+" compares two values", `write {{if `+name+` .Stage "..."}}`)
	case !alike:
		return truthType, c.fault(function, name+" needs arguments of one sort", "give it texts only, or conditions only")
	case name == "and" || name == "or":
		return types[0], nil
	default:
		return truthType, nil
	}
}

// nearest returns the candidate most like the word, if any is like enough to be what was meant.
func nearest(word string, candidates []string) string {
	best, bestDistance := "", 1+len(word)/3
	for _, candidate := range candidates {
		if d := distance(strings.ToLower(word), strings.ToLower(candidate)); d <= bestDistance && (best == "" || d < bestDistance) {
			best, bestDistance = candidate, d
		}
	}
	return best
}

// distance counts the insertions, deletions and replacements between two words. Words too long to be slips of the pen
// are not compared.
func distance(a, b string) int {
	if len(a) > 64 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
