package crm

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// Attribute is what users keep of clients, contacts or cases besides what the program knows of them (R45).
type Attribute struct {
	Subject    AttributeSubject
	Key        string // small Latin letters, digits and underscores
	Type       AttributeType
	Name       Text
	Options    []AttributeOption // of a choice
	Required   bool              // a new record has it, and it is not taken away
	Searchable bool              // texts and choices: the record is found by it
	Archived   bool              // not offered any more; the values stay, and conditions of maps go on reading them
	Position   int               // where it stands among the others
	Version    int
}

// AttributeOption is one value of a choice. It is never deleted, as records may have it.
type AttributeOption struct {
	ID       string `json:"id"`
	Name     Text   `json:"name"`
	Archived bool   `json:"archived,omitempty"` // cannot be chosen any more
}

// AttributeSubject is what has an attribute: a client, a contact, or a kind of case.
type AttributeSubject string

// The subjects of attributes besides the kinds of case.
const (
	AttributeOfClient  AttributeSubject = "client"
	AttributeOfContact AttributeSubject = "contact"
)

// AttributeOfCase is the subject that a kind of case is.
func AttributeOfCase(k Kind) AttributeSubject { return AttributeSubject(k) }

// AttributeType is what an attribute's values are.
type AttributeType string

// The types of attribute, with the JSON of their values.
const (
	AttributeText   AttributeType = "text"   // a string of up to 1,000 characters
	AttributeNumber AttributeType = "number" // a number
	AttributeDate   AttributeType = "date"   // "2026-11-22"
	AttributeFlag   AttributeType = "flag"   // true or false
	AttributeChoice AttributeType = "choice" // the id of an option
)

const maxAttributeText = 1000

// Check brings a value to the form in which it is kept, or gives the code of what is wrong with it. had is what the record has
// now: an option that has been put away may stay.
func (a *Attribute) Check(value, had any) (kept any, code string) {
	if a.Type == AttributeNumber {
		return attributeNumber(value)
	}
	if a.Type == AttributeFlag {
		flag, ok := value.(bool)
		return flag, codeUnless(ok, "not_a_flag")
	}
	text, ok := value.(string)
	if !ok {
		return nil, "not_a_text"
	}
	switch a.Type { //nolint:exhaustive // the others are no texts
	case AttributeDate:
		day, err := time.Parse(time.DateOnly, text)
		return text, codeUnless(err == nil && day.Year() > 0, "expected_date")
	case AttributeChoice:
		known := slices.ContainsFunc(a.Options, func(o AttributeOption) bool { return o.ID == text && (!o.Archived || text == had) })
		return text, codeUnless(known, "not_an_option")
	}
	text = OneLine(text)
	return text, codeUnless(utf8.RuneCountInString(text) <= maxAttributeText, "too_long")
}

func attributeNumber(value any) (any, string) {
	switch v := value.(type) {
	case float64:
		return v, codeUnless(!math.IsNaN(v) && !math.IsInf(v, 0), "not_a_number")
	case string:
		number, err := strconv.ParseFloat(v, 64)
		return number, codeUnless(err == nil && !math.IsNaN(number) && !math.IsInf(number, 0), "not_a_number")
	}
	return nil, "not_a_number"
}

func codeUnless(right bool, code string) string {
	if right {
		return ""
	}
	return code
}

// Parse reads a value out of a text, as it stands in a list's filter or a table's cell.
func (a *Attribute) Parse(text string) (value any, code string) {
	if a.Type != AttributeFlag {
		return a.Check(text, text)
	}
	switch text {
	case "true":
		return true, ""
	case "false":
		return false, ""
	}
	return nil, "not_a_flag"
}

// MergeAttributes merges a patch into a record's attributes: nil or an empty text removes a value. defined are those of the
// record's subject. An attribute that is required cannot be missing afterwards.
func MergeAttributes(defined []Attribute, have, patch map[string]any) (map[string]any, []FieldError) {
	merged := maps.Clone(have)
	if merged == nil {
		merged = map[string]any{}
	}
	var wrong []FieldError
	for _, key := range slices.Sorted(maps.Keys(patch)) {
		pointer := "/attributes/" + key
		i := slices.IndexFunc(defined, func(a Attribute) bool { return a.Key == key })
		switch value := patch[key]; {
		case i < 0:
			wrong = append(wrong, FieldError{Pointer: pointer, Code: "unknown_attribute"})
		case value == nil || value == "":
			delete(merged, key)
		case defined[i].Archived && value != have[key]:
			wrong = append(wrong, FieldError{Pointer: pointer, Code: "attribute_archived"})
		default:
			kept, code := defined[i].Check(value, have[key])
			if code != "" {
				wrong = append(wrong, FieldError{Pointer: pointer, Code: code})
			}
			merged[key] = kept
		}
	}
	for i := range defined {
		a := &defined[i]
		if a.Required && !a.Archived && (merged[a.Key] == nil || merged[a.Key] == "") {
			wrong = append(wrong, FieldError{Pointer: "/attributes/" + a.Key, Code: "required"})
		}
	}
	return merged, wrong
}

// FitsAfter gives the code of what cannot become of an attribute, as records may have values of it; empty: it can.
func (a *Attribute) FitsAfter(before *Attribute) string {
	if a.Type != before.Type {
		return "attribute_type_stays"
	}
	for _, o := range before.Options {
		if !slices.ContainsFunc(a.Options, func(kept AttributeOption) bool { return kept.ID == o.ID }) {
			return "option_stays"
		}
	}
	return ""
}
