package notify

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"text/template/parse"

	"golang.org/x/net/html"
)

// What HTML a template may have: what mail programs show, and nothing that acts. The page around it is the layout's.
var (
	allowedTags = []string{
		"a", "b", "blockquote", "br", "code", "div", "em", "h1", "h2", "h3", "hr", "i", "img", "li", "ol", "p", "pre", "s",
		"small", "span", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
	}
	allowedAttributes = []string{
		"align", "alt", "bgcolor", "border", "cellpadding", "cellspacing", "class", "colspan", "dir", "height", "href", "lang",
		"role", "rowspan", "src", "style", "title", "valign", "width",
	}
	actingStyle = regexp.MustCompile(`(?i)url\s*\(|expression|behaviou?r|@import|-moz-binding|position\s*:|\\`)
	// An action at the start of a link is checked when it is filled in; what follows it may only continue the address.
	linkForm = regexp.MustCompile(`^(?i:https?://|mailto:|tel:|\x01+($|[/?#]))`)
)

const actionMark = "\x01"

// checkHTML refuses markup that is not allowed, with its line.
func checkHTML(source string, tree *parse.Tree) *SourceError {
	if strings.Contains(source, actionMark) {
		return &SourceError{Problem: "there is a control character in the text", Hint: "remove it"}
	}
	markup := maskActions(source, tree)
	tokenizer := html.NewTokenizer(bytes.NewReader(markup))
	line := 1
	for {
		kind := tokenizer.Next()
		raw := tokenizer.Raw()
		switch kind {
		case html.ErrorToken:
			if errors.Is(tokenizer.Err(), io.EOF) {
				return nil
			}
			return &SourceError{Line: line, Problem: "this is not HTML"}
		case html.TextToken, html.CommentToken:
			// html/template takes quadratic time over angle brackets that open nothing.
			if at := bytes.IndexByte(raw, '<'); at >= 0 && !bytes.HasPrefix(raw, []byte("<!--")) {
				line += bytes.Count(raw[:at], []byte("\n"))
				return &SourceError{Line: line, Problem: "this < begins no tag", Hint: "write &lt; to show a <"}
			}
		case html.DoctypeToken:
			return &SourceError{Line: line, Problem: "<!DOCTYPE> does not belong here", Hint: "the layout brings the page around the text"}
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			if fault := checkTag(tokenizer.Token()); fault != nil {
				fault.Line = line
				return fault
			}
		}
		line += bytes.Count(raw, []byte("\n"))
	}
}

// maskActions replaces everything that is not literal text by marks, keeping line breaks, so that lines still count.
func maskActions(source string, tree *parse.Tree) []byte {
	masked := bytes.Repeat([]byte(actionMark), len(source))
	for i := range len(source) {
		if source[i] == '\n' {
			masked[i] = '\n'
		}
	}
	var reveal func(*parse.ListNode)
	reveal = func(list *parse.ListNode) {
		if list == nil {
			return
		}
		for _, node := range list.Nodes {
			switch n := node.(type) {
			case *parse.TextNode:
				copy(masked[n.Pos:], n.Text)
			case *parse.IfNode:
				reveal(n.List)
				reveal(n.ElseList)
			}
		}
	}
	reveal(tree.Root)
	return masked
}

func checkTag(tag html.Token) *SourceError {
	name := strings.Trim(tag.Data, actionMark)
	if !slices.Contains(allowedTags, name) {
		hint := "allowed are " + strings.Join(allowedTags, ", ")
		if slices.Contains([]string{"html", "head", "body", "title", "meta"}, name) {
			hint = "the layout brings the page around the text"
		}
		return &SourceError{Problem: "<" + printable(name) + "> is not allowed", Hint: hint}
	}
	for _, attribute := range tag.Attr {
		if fault := checkAttribute(name, strings.Trim(attribute.Key, actionMark), attribute.Val); fault != nil {
			return fault
		}
	}
	return nil
}

func checkAttribute(tag, name, value string) *SourceError {
	switch {
	case name == "":
		return nil
	case !slices.Contains(allowedAttributes, name):
		return &SourceError{
			Problem: "attribute " + printable(name) + " of <" + tag + "> is not allowed",
			Hint:    "allowed are " + strings.Join(allowedAttributes, ", "),
		}
	case (name == "href" || name == "src") && !linkForm.MatchString(strings.TrimSpace(value)):
		return &SourceError{Problem: name + " must be a whole address", Hint: "begin it with https:// or mailto:, or write {{.URL}}"}
	case name == "style" && actingStyle.MatchString(value):
		return &SourceError{Problem: "this style is not allowed", Hint: "no url(), position or imports in mails"}
	}
	return nil
}

func printable(s string) string { return shorten(headerText(s), 40) }
