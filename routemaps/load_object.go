package routemaps

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"marshrut/crm"
	"marshrut/routemaps/calendar"
)

// Limits of single values, in characters.
const (
	maxName = 200
	maxText = 2_000
	maxID   = 63
	maxKey  = 100 // logins, keys of roles and departments
)

var (
	kebabID = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	// currencyCode is the form of ISO 4217 codes.
	currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)

	snakeID = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
)

// object is a mapping of the file with the keys it may have.
type object struct {
	l    *loader
	n    *node
	what string // "the stage", in messages
}

// object takes a node as a mapping and reports the keys that it may not have. It is nil when n is something else.
func (l *loader) object(n *node, what string, keys ...string) *object {
	if n.kind != mappingNode {
		l.wrongKind(n, what, "a mapping", "keys: "+strings.Join(keys, ", "))
		return nil
	}
	for _, e := range n.entries {
		if !slices.Contains(keys, e.key) {
			l.error(e.keyPos, "unknown_key", suggest(e.key, keys), "%s has no key %s", what, quote(e.key))
		}
		l.places[place{owner: n.pos, key: e.key}] = e.value.pos
	}
	return &object{l: l, n: n, what: what}
}

// wrongKind reports a node that is not of the kind needed.
func (l *loader) wrongKind(n *node, what, need, hint string) {
	found := n.kind.String()
	if n.null {
		found = "nothing"
	}
	l.error(n.pos, "wrong_type", hint, "%s must be %s, found %s", what, need, found)
}

// get is the value of a key; nil when the key is missing or has nothing behind it.
func (o *object) get(key string) *node {
	for _, e := range o.n.entries {
		if e.key == key && !e.value.null {
			return e.value
		}
	}
	return nil
}

// need is get for a key that must be there.
func (o *object) need(key, hint string) *node {
	n := o.get(key)
	if n == nil {
		o.l.error(o.n.pos, "missing_key", hint, "%s needs the key %s", o.what, quote(key))
	}
	return n
}

// pos is where the value of a key stands, or the object itself.
func (o *object) pos(key string) Pos {
	if n := o.get(key); n != nil {
		return n.pos
	}
	return o.n.pos
}

// scalar takes a node as a plain text; it is empty, with an error, for anything else.
func (l *loader) scalar(n *node, what string) (string, bool) {
	if n.kind != scalarNode || n.null {
		l.wrongKind(n, what, "a text", "")
		return "", false
	}
	return strings.TrimSpace(n.text), true
}

// id takes the value of a key as an id in kebab case.
func (o *object) id(key string) string {
	n := o.need(key, "an id in small Latin letters: first-contact")
	if n == nil {
		return ""
	}
	return o.l.id(n, o.what+"'s "+key)
}

func (l *loader) id(n *node, what string) string {
	text, ok := l.scalar(n, what)
	if !ok {
		return ""
	}
	if !kebabID.MatchString(text) || len(text) > maxID {
		l.error(n.pos, "bad_id", fmt.Sprintf("small Latin letters, digits and hyphens, beginning with a letter, at most %d characters", maxID),
			"%s %s is not an id", what, quote(text))
		return ""
	}
	return text
}

// key takes a node as a key of something outside the map: a login, a role, a department.
func (l *loader) key(n *node, what string) string {
	text, ok := l.scalar(n, what)
	if !ok {
		return ""
	}
	if text == "" || utf8.RuneCountInString(text) > maxKey || strings.ContainsFunc(text, func(r rune) bool { return r == ' ' || r == '\n' || invisible(r) }) {
		l.error(n.pos, "bad_key", fmt.Sprintf("one word of at most %d characters", maxKey), "%s %s is not a key", what, quote(text))
		return ""
	}
	return text
}

// word takes the value of a key as one of the words allowed; absent is used when the key is missing.
func word[T ~string](o *object, key string, absent T, allowed ...T) T {
	n := o.get(key)
	if n == nil {
		return absent
	}
	text, ok := o.l.scalar(n, o.what+"'s "+key)
	if !ok {
		return absent
	}
	if slices.Contains(allowed, T(text)) {
		return T(text)
	}
	known := make([]string, len(allowed))
	for i, a := range allowed {
		known[i] = string(a)
	}
	hint := suggest(text, known)
	if hint == "" {
		hint = "possible: " + strings.Join(known, ", ")
	}
	o.l.error(n.pos, "unknown_word", hint, "%s's %s cannot be %s", o.what, key, quote(text))
	return absent
}

// flag takes the value of a key as true or false.
func (o *object) flag(key string) bool {
	n := o.get(key)
	if n == nil {
		return false
	}
	text, ok := o.l.scalar(n, o.what+"'s "+key)
	if ok && text != "true" && text != "false" {
		o.l.error(n.pos, "wrong_type", "write true or false", "%s's %s cannot be %s", o.what, key, quote(text))
	}
	return text == "true"
}

// duration takes the value of a key as a length of time.
func (o *object) duration(key string) *calendar.Duration {
	n := o.get(key)
	if n == nil {
		return nil
	}
	text, ok := o.l.scalar(n, o.what+"'s "+key)
	if !ok {
		return nil
	}
	d, err := calendar.ParseDuration(text)
	if err == nil {
		return &d
	}
	problem, hint := err.Error(), ""
	if e, ok := errors.AsType[*calendar.Error](err); ok {
		problem, hint = e.Problem, e.Hint
	}
	o.l.error(n.pos, "bad_duration", hint, "%s", problem)
	return nil
}

// list is the items of a key's value: of a list, or the value itself where only one is written.
func (o *object) list(key string) []*node {
	n := o.get(key)
	switch {
	case n == nil:
		return nil
	case n.kind == listNode:
		return n.items
	}
	return []*node{n}
}

// strictList is the items of a key's value, which must be a list.
func (o *object) strictList(key, hint string) []*node {
	n := o.get(key)
	switch {
	case n == nil:
		return nil
	case n.kind != listNode:
		o.l.wrongKind(n, o.what+"'s "+key, "a list", hint)
		return nil
	}
	return n.items
}

const nameHint = "write {en: ..., ru: ...}"

// name takes the value of the key name as a text in both languages; it must be there.
func (o *object) name() crm.Text {
	n := o.need("name", nameHint)
	if n == nil {
		return crm.Text{}
	}
	return o.l.name(n, o.what+"'s name")
}

// nameIfAny is name for any key, which may be missing.
func (o *object) nameIfAny(key string) crm.Text {
	n := o.get(key)
	if n == nil {
		return crm.Text{}
	}
	return o.l.name(n, o.what+"'s "+key)
}

// name takes a node as a name: a short line in both languages.
func (l *loader) name(n *node, what string) crm.Text {
	t, ok := l.text(n, what, maxName, true)
	if ok && t.EN == "" {
		l.error(n.pos, "missing_language", nameHint, "%s is missing in English", what)
	}
	if ok && t.RU == "" {
		l.error(n.pos, "missing_language", nameHint, "%s is missing in Russian", what)
	}
	return t
}

// prose takes the value of a key as a longer text, which may be missing or be in one language only.
func (o *object) prose(key string) crm.Text {
	n := o.get(key)
	if n == nil {
		return crm.Text{}
	}
	t, _ := o.l.text(n, o.what+"'s "+key, maxText, false)
	return t
}

// text takes a node as {en, ru}.
func (l *loader) text(n *node, what string, longest int, oneLine bool) (crm.Text, bool) {
	if n.kind != mappingNode {
		l.wrongKind(n, what, "in both languages", nameHint)
		return crm.Text{}, false
	}
	o := l.object(n, what, "en", "ru")
	before := len(l.errs)
	t := crm.Text{EN: o.phrase("en", longest, oneLine), RU: o.phrase("ru", longest, oneLine)}
	return t, len(l.errs) == before
}

// phrase takes the value of a key as a text for people.
func (o *object) phrase(key string, longest int, oneLine bool) string {
	n := o.get(key)
	if n == nil {
		return ""
	}
	text, ok := o.l.scalar(n, o.what+" ("+key+")")
	if !ok {
		return ""
	}
	if length := utf8.RuneCountInString(text); length > longest {
		o.l.error(n.pos, "too_long", fmt.Sprintf("at most %d", longest), "%s (%s) has %d characters", o.what, key, length)
		return ""
	}
	for _, r := range text {
		if invisible(r) || oneLine && (r == '\n' || r == '\r') {
			o.l.error(n.pos, "invisible_character", "delete it", "%s (%s) holds the character U+%04X", o.what, key, r)
			return ""
		}
	}
	return text
}
