// Package crm is the domain of Marshrut: cases, tasks, notifications, clients, users, and the errors every layer speaks.
// It does no input or output and imports nothing of the project.
package crm

import (
	"strings"
	"time"
	"unicode"
)

// Kind is one of the four kinds of case. It is also the prefix of the workflow's id and the process a route map describes.
type Kind string

// The four kinds of case.
const (
	Appeal   Kind = "appeal"   // обращение
	Deal     Kind = "deal"     // сделка
	Interest Kind = "interest" // интерес
	Claim    Kind = "claim"    // претензия
)

// Kinds lists the kinds of case in the order pages and reports show them.
func Kinds() []Kind { return []Kind{Appeal, Deal, Interest, Claim} }

// Valid tells whether k is one of the four kinds.
func (k Kind) Valid() bool {
	switch k {
	case Appeal, Deal, Interest, Claim:
		return true
	}
	return false
}

// NumberPrefix is the letter that case numbers of this kind begin with: A-000123.
func (k Kind) NumberPrefix() string {
	switch k {
	case Appeal:
		return "A"
	case Deal:
		return "D"
	case Interest:
		return "I"
	case Claim:
		return "C"
	}
	return ""
}

// Lang is a language of the product: "ru" or "en".
type Lang string

// The languages of the product; Russian is the default.
const (
	RU Lang = "ru"
	EN Lang = "en"
)

// Text is a text in both languages.
type Text struct {
	EN string `json:"en" yaml:"en"`
	RU string `json:"ru" yaml:"ru"`
}

// In returns the text in the language asked for, or in the other one where it is missing.
func (t Text) In(lang Lang) string {
	if lang == EN && t.EN != "" || t.RU == "" {
		return t.EN
	}
	return t.RU
}

// Empty tells whether the text is missing in both languages.
func (t Text) Empty() bool { return t.EN == "" && t.RU == "" }

// Mode tells who moves a case along its route map.
type Mode string

// The modes of a case. Manual is final (R34): a case that is manual never becomes ModeProcess.
const (
	ModeProcess Mode = "process" // the route map controls the case (R32)
	ModeManual  Mode = "manual"  // people move the case by hand (R31)
	ModeNone    Mode = "none"    // a deal without stages (R31): no route map, no workflow
)

// Status is where a case stands in its life.
type Status string

// The statuses of a case. Deals show positive as won and negative as lost, claims as satisfied and not satisfied.
const (
	StatusOpen      Status = "open"
	StatusPositive  Status = "positive"
	StatusNegative  Status = "negative"
	StatusCancelled Status = "cancelled"
)

// Closed tells whether a case of this status has ended.
func (s Status) Closed() bool { return s != StatusOpen }

// The keys of the shipped roles. Companies may add their own.
const (
	RoleAdmin      = "admin"
	RoleDirector   = "director"
	RoleHead       = "head" // of a department
	RoleDispatcher = "dispatcher"
	RoleManager    = "manager"
	RoleDesigner   = "designer" // process designer (R15)
	RoleAuditor    = "auditor"  // reads everything, changes nothing
)

// Clock gives the current time; the running program passes time.Now.
type Clock func() time.Time

// eastmost is how far ahead of Greenwich a day begins first.
const eastmost = 14 * time.Hour

// NotYet tells whether a day, its midnight in UTC, has begun nowhere on earth.
func NotYet(day, now time.Time) bool { return day.After(now.Add(eastmost)) }

// Roles lists the keys of the shipped roles.
func Roles() []string {
	var keys []string
	for _, role := range ShippedRoles() {
		keys = append(keys, role.Key)
	}
	return keys
}

// lineBreaks are what ends a line, in any of the ways that Unicode knows.
var lineBreaks = strings.NewReplacer("\r\n", " ", "\r", " ", "\n", " ", "\v", " ", "\f", " ", "\u0085", " ", "\u2028", " ", "\u2029", " ")

// OneLine is a name, a topic or another text of one line as it is kept: with spaces for line breaks, none around it, and without
// control characters or marks that turn the direction of writing. A text of which nothing would be seen is empty.
func OneLine(text string) string {
	return seen(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Bidi_Control, r) {
			return -1 // a name that reads “gnp.exe” one way is another one the other way
		}
		return r
	}, lineBreaks.Replace(text)), "")
}

// Lines is a text of several lines as it is kept: like OneLine, but with its line breaks and tabs, and the direction of
// writing as its author has it.
func Lines(text string) string { return seen(text, "\r\n\t") }

// Blank tells whether nothing of the text would be seen: spaces, control characters and characters without a picture.
func Blank(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S) && !strings.ContainsRune(fillers, r)
	})
}

// fillers are letters and signs that are drawn as nothing: the Hangul fillers and the empty Braille pattern.
const fillers = "\u115f\u1160\u2800\u3164\uffa0"

// seen is the text without control characters but those of keep, and nothing where nothing would be seen.
func seen(text, keep string) string {
	if Blank(text) {
		return ""
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && !strings.ContainsRune(keep, r) {
			return -1
		}
		return r
	}, text))
}
