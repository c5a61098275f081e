package routemaps

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/scanner"
	"github.com/goccy/go-yaml/token"
)

// Limits of a map's file as YAML. The parser's time grows with the square of the keys of one mapping and its stack with
// the nesting, so both are held before it runs.
const (
	maxSource      = 1 << 20 // bytes
	maxTokens      = 250_000
	maxNesting     = 40
	maxMappingKeys = 500
)

type nodeKind int

const (
	scalarNode nodeKind = iota
	listNode
	mappingNode
)

// String is the kind as messages name it.
func (k nodeKind) String() string {
	switch k {
	case listNode:
		return "a list"
	case mappingNode:
		return "a mapping"
	case scalarNode:
	}
	return "a text"
}

// node is a value of the file with its place.
type node struct {
	kind    nodeKind
	pos     Pos
	text    string // of a scalar, as written: "5", "true"
	textPos Pos    // where the text begins, behind a quote or on the line below a | sign
	null    bool   // nothing is written, or null
	items   []*node
	entries []entry
}

type entry struct {
	key    string
	keyPos Pos
	value  *node
}

// parseYAML reads a file into nodes. What it refuses stops the loading: the rest of the file cannot be relied on.
func parseYAML(src []byte) (*node, *Error) {
	if err := checkSource(src); err != nil {
		return nil, err
	}
	text := strings.TrimPrefix(string(src), "\ufeff")
	tokens, err := scanTokens(text)
	if err != nil {
		return nil, err
	}
	parsed, err := parseTokens(tokens)
	if err != nil {
		return nil, err
	}
	body, err := onlyDocument(parsed)
	if err != nil {
		return nil, err
	}
	b := nodeBuilder{lines: strings.Split(text, "\n")}
	return b.node(body)
}

// CheckYAML refuses, before a file beside maps is parsed, what maps do not have either: too much, invisible characters, anchors, tags,
// and nesting so deep that parsing it would take minutes. It says nothing of the file's content; the problem has a line and a column.
func CheckYAML(src []byte) *Error {
	if err := checkSource(src); err != nil {
		return err
	}
	_, err := scanTokens(strings.TrimPrefix(string(src), "\ufeff"))
	return err
}

// checkSource refuses what no editor writes: too much of it, other encodings, invisible characters.
func checkSource(src []byte) *Error {
	if len(src) > maxSource {
		return &Error{
			Line: 1, Column: 1, Code: "too_large", Message: fmt.Sprintf("the file is %d bytes long, the most is %d", len(src), maxSource),
			Hint: "split it into nested maps (kind: route)",
		}
	}
	pos := Pos{Line: 1, Column: 1}
	for i := 0; i < len(src); {
		r, size := utf8.DecodeRune(src[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return &Error{Line: pos.Line, Column: pos.Column, Code: "not_utf8", Message: "the file is not valid UTF-8", Hint: "save it as UTF-8"}
		case invisible(r) && r != '\t' && (r != '\ufeff' || i > 0):
			return &Error{
				Line: pos.Line, Column: pos.Column, Code: "invisible_character",
				Message: fmt.Sprintf("the invisible character U+%04X", r), Hint: "delete it",
			}
		}
		i += size
		pos.Column++
		if r == '\n' {
			pos = Pos{Line: pos.Line + 1, Column: 1}
		}
	}
	return nil
}

// invisible tells the characters that make a text look different from what it is: control characters, overrides of the
// direction of writing, separators of lines. Line breaks are not among them, tabs are.
func invisible(r rune) bool {
	switch {
	case r == '\n' || r == '\r':
		return false
	case r < 0x20, r >= 0x7f && r <= 0x9f:
		return true
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x200e, r == 0x200f, r == 0x061c:
		return true
	case r == 0x2028, r == 0x2029, r == 0x200b, r == 0x2060, r == 0xfeff, r == 0x00ad:
		return true
	}
	return false
}

// scanTokens splits the text and refuses, before anything is built of it, what would be too deep, too wide, or is not
// part of the format: anchors, aliases, tags, merged keys, explicit keys, directives.
func scanTokens(text string) (token.Tokens, *Error) {
	var s scanner.Scanner
	s.Init(text)
	var tokens token.Tokens
	var shape shape
	for {
		found, err := s.Scan()
		if errors.Is(err, io.EOF) {
			return tokens, nil
		}
		for _, t := range found {
			if problem := refusedToken(t); problem != nil {
				return nil, problem
			}
			tokens.Add(t)
			if problem := shape.add(t); problem != nil {
				return nil, problem
			}
		}
		if len(tokens) > maxTokens {
			return nil, tokenError(tokens[len(tokens)-1], "too_large", "the file has too many parts", "split it into nested maps (kind: route)")
		}
	}
}

func refusedToken(t *token.Token) *Error {
	switch t.Type {
	case token.AnchorType, token.AliasType:
		return tokenError(t, "yaml_feature", "anchors (&) and aliases (*) are not available", "write the value out; a text with & or * stands in quotes")
	case token.TagType:
		return tokenError(t, "yaml_feature", "tags (!) are not available", "leave it out; a text with ! stands in quotes")
	case token.MergeKeyType:
		return tokenError(t, "yaml_feature", "merging mappings (<<) is not available", "write the keys out")
	case token.MappingKeyType:
		return tokenError(t, "yaml_feature", "keys marked with ? are not available", "write key: value")
	case token.DirectiveType:
		return tokenError(t, "yaml_feature", "directives (%) are not available", "leave the line out; a text with % stands in quotes")
	default: // what the format is made of
		return nil
	}
}

func tokenError(t *token.Token, code, message, hint string) *Error {
	pos := tokenPos(t)
	return &Error{Line: pos.Line, Column: pos.Column, Code: code, Message: message, Hint: hint}
}

func tokenPos(t *token.Token) Pos {
	if t == nil || t.Position == nil {
		return Pos{Line: 1, Column: 1}
	}
	return Pos{Line: max(t.Position.Line, 1), Column: max(t.Position.Column, 1)}
}

// shape follows the nesting of the tokens of a file.
type shape struct {
	flow  int     // open brackets and braces
	block []level // open lists and mappings by indentation
}

type level struct{ column, keys int }

func (s *shape) add(t *token.Token) *Error {
	switch t.Type {
	case token.SequenceStartType, token.MappingStartType:
		s.flow++
	case token.SequenceEndType, token.MappingEndType:
		s.flow = max(s.flow-1, 0)
	case token.SequenceEntryType:
		s.open(t.Position.Column)
	case token.MappingValueType:
		if s.flow == 0 && t.Prev != nil {
			if keys := s.open(t.Prev.Position.Column); keys > maxMappingKeys {
				return tokenError(t.Prev, "too_large", fmt.Sprintf("more than %d keys in one mapping", maxMappingKeys), "")
			}
		}
	default: // no part of the structure
	}
	if s.flow+len(s.block) > maxNesting {
		return tokenError(t, "too_deep", fmt.Sprintf("nested more than %d levels deep", maxNesting), "use a nested map (kind: route)")
	}
	return nil
}

// open counts one more entry of the list or mapping that stands at a column, closing those further to the right.
func (s *shape) open(column int) int {
	for len(s.block) > 0 && s.block[len(s.block)-1].column > column {
		s.block = s.block[:len(s.block)-1]
	}
	if len(s.block) == 0 || s.block[len(s.block)-1].column < column {
		s.block = append(s.block, level{column: column})
	}
	top := &s.block[len(s.block)-1]
	top.keys++
	return top.keys
}

// parseTokens runs the parser. It guards against a panic in it: a file is input from outside.
func parseTokens(tokens token.Tokens) (parsed *ast.File, problem *Error) {
	defer func() {
		if recover() != nil {
			parsed, problem = nil, &Error{Line: 1, Column: 1, Code: "yaml_syntax", Message: "the file cannot be read as YAML"}
		}
	}()
	parsed, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err == nil {
		return parsed, nil
	}
	var located yaml.Error
	if !errors.As(err, &located) {
		return nil, &Error{Line: 1, Column: 1, Code: "yaml_syntax", Message: "the file cannot be read as YAML"}
	}
	return nil, tokenError(located.GetToken(), "yaml_syntax", "not valid YAML: "+located.GetMessage(),
		"check the indentation, colons, brackets and quotes here and on the line above")
}

// onlyDocument is the content of a file that has one document.
func onlyDocument(parsed *ast.File) (ast.Node, *Error) {
	var body ast.Node
	for _, doc := range parsed.Docs {
		switch {
		case doc.Body == nil || doc.Body.Type() == ast.CommentType:
			continue
		case body != nil:
			return nil, tokenError(doc.Body.GetToken(), "yaml_feature", "a second document in the file", "one file holds one map")
		}
		body = doc.Body
	}
	if body == nil {
		return nil, &Error{Line: 1, Column: 1, Code: "empty", Message: "the file is empty", Hint: "begin with id, process, name and stages"}
	}
	return body, nil
}

// nodeBuilder turns the parser's tree into nodes.
type nodeBuilder struct {
	lines []string
}

func (b *nodeBuilder) node(n ast.Node) (*node, *Error) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return b.mapping(n)
	case *ast.SequenceNode:
		return b.list(n)
	case *ast.LiteralNode:
		pos := tokenPos(n.Start)
		return &node{pos: pos, text: n.Value.Value, textPos: b.blockText(pos.Line)}, nil
	case *ast.StringNode:
		pos, textPos := tokenPos(n.Token), tokenPos(n.Token)
		if n.Token.Type == token.SingleQuoteType || n.Token.Type == token.DoubleQuoteType {
			textPos.Column++
		}
		return &node{pos: pos, text: n.Value, textPos: textPos}, nil
	case *ast.NullNode:
		return &node{pos: tokenPos(n.Token), textPos: tokenPos(n.Token), null: true}, nil
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		t := n.GetToken()
		return &node{pos: tokenPos(t), text: t.Value, textPos: tokenPos(t)}, nil
	}
	return nil, tokenError(n.GetToken(), "yaml_feature", "this part of YAML is not available", "use lists, mappings and texts")
}

// blockText is where the text below a | or > sign begins.
func (b *nodeBuilder) blockText(line int) Pos {
	for i := line; i < len(b.lines); i++ {
		if trimmed := strings.TrimLeft(b.lines[i], " "); strings.TrimSpace(trimmed) != "" {
			return Pos{Line: i + 1, Column: len(b.lines[i]) - len(trimmed) + 1}
		}
	}
	return Pos{Line: line, Column: 1}
}

func (b *nodeBuilder) list(n *ast.SequenceNode) (*node, *Error) {
	list := &node{kind: listNode, pos: tokenPos(n.Start)}
	for _, value := range n.Values {
		item, err := b.node(value)
		if err != nil {
			return nil, err
		}
		list.items = append(list.items, item)
	}
	return list, nil
}

func (b *nodeBuilder) mapping(n *ast.MappingNode) (*node, *Error) {
	mapping := &node{kind: mappingNode, pos: tokenPos(n.Start)}
	first := map[string]Pos{}
	for _, pair := range n.Values {
		key, err := b.node(pair.Key)
		if err != nil {
			return nil, err
		}
		if key.kind != scalarNode {
			return nil, &Error{Line: key.pos.Line, Column: key.pos.Column, Code: "yaml_feature", Message: "a key must be a text"}
		}
		if before, twice := first[key.text]; twice {
			return nil, &Error{
				Line: key.pos.Line, Column: key.pos.Column, Code: "duplicate_key",
				Message: "the key " + quote(key.text) + " stands twice in one mapping",
				Hint:    fmt.Sprintf("the first is on line %d", before.Line),
			}
		}
		first[key.text] = key.pos
		value, err := b.node(pair.Value)
		if err != nil {
			return nil, err
		}
		mapping.entries = append(mapping.entries, entry{key: key.text, keyPos: key.pos, value: value})
	}
	if !n.IsFlowStyle && len(mapping.entries) > 0 {
		mapping.pos = mapping.entries[0].keyPos
	}
	return mapping, nil
}
