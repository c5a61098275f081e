package server

import (
	"errors"
	"net/http"
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
)

// requestErrorOf turns what huma found wrong with a request into codes of ours, which have texts in both languages. The
// values huma echoes are left out: they may be personal.
func requestErrorOf(status int, errs []error) error {
	switch status {
	case http.StatusUnsupportedMediaType:
		return failed(status, "unsupported_media_type")
	case http.StatusNotAcceptable:
		return failed(status, "not_acceptable")
	case http.StatusRequestTimeout:
		return failed(status, "request_timeout")
	case http.StatusInternalServerError:
		return errors.Join(append([]error{errors.New("answer the request")}, errs...)...)
	}
	code := "validation_failed"
	if status == http.StatusBadRequest {
		code = "malformed_body"
		if len(errs) == 0 {
			code = "body_required"
		}
	}
	e := failed(status, code)
	for _, err := range errs {
		var detail *huma.ErrorDetail
		if !errors.As(err, &detail) {
			continue
		}
		rule, value := matchRule(detail.Message)
		if form, ok := forms[value]; ok && rule.code == "wrong_form" {
			rule.code = form
		}
		if rule.code == "too_short" && value == "1" {
			rule.code, value = codeRequired, "" // what is there and empty is missing as well
		}
		f := ProblemField{Code: rule.code, params: map[string]string{"value": value}}
		f.Pointer, f.Parameter = locate(detail, rule.code, value)
		e.fields = append(e.fields, f)
	}
	return e
}

// codeRequired is the code of a missing field.
const codeRequired = "required"

// rule recognises one of huma's messages.
type rule struct {
	code    string
	pattern *regexp.Regexp
}

// rules are made of huma's own formats, so that a new wording in huma does not go unrecognised.
var rules = newRules(map[string]string{
	validation.MsgExpectedRequiredProperty:     codeRequired,
	validation.MsgUnexpectedProperty:           "unknown_field",
	validation.MsgExpectedRFC3339DateTime:      "expected_datetime",
	validation.MsgExpectedRFC3339Date:          "expected_date",
	validation.MsgExpectedRFC5322Email:         "expected_email",
	validation.MsgExpectedRFC4122UUID:          "expected_id",
	validation.MsgExpectedBoolean:              "expected_flag",
	validation.MsgExpectedNumber:               "expected_number",
	validation.MsgExpectedInteger:              "expected_integer",
	validation.MsgExpectedString:               "expected_text",
	validation.MsgExpectedArray:                "expected_array",
	validation.MsgExpectedObject:               "expected_object",
	validation.MsgExpectedOneOf:                "expected_one_of",
	validation.MsgExpectedMinimumNumber:        "too_small",
	validation.MsgExpectedMaximumNumber:        "too_great",
	validation.MsgExpectedMinLength:            "too_short",
	validation.MsgExpectedMaxLength:            "too_long",
	validation.MsgExpectedMinItems:             "too_few",
	validation.MsgExpectedMaxItems:             "too_many",
	validation.MsgExpectedBePattern:            "wrong_form",
	validation.MsgExpectedMatchPattern:         "wrong_form",
	validation.MsgExpectedArrayItemsUnique:     "repeated_item",
	"unknown query parameter":                  "unknown_parameter",
	"required query parameter is missing":      "required_parameter",
	"required header parameter is missing":     "required_parameter",
	"invalid integer":                          "expected_integer",
	"invalid boolean":                          "expected_flag",
	"invalid date/time for format %s":          "expected_datetime",
	"expected at most one value, but received": "wrong_value",
})

// forms are the codes of what is not as the pattern of its field says, by the pattern's description.
var forms = map[string]string{"currency": "not_a_currency"}

func newRules(formats map[string]string) []rule {
	verb := regexp.MustCompile(`%[a-z]`)
	all := make([]rule, 0, len(formats))
	for format, code := range formats {
		pattern := verb.ReplaceAllLiteralString(regexp.QuoteMeta(format), "(.*)")
		all = append(all, rule{code: code, pattern: regexp.MustCompile("^" + pattern)})
	}
	return all
}

// matchRule finds the rule of a message and the value it names. Of several the one with the longest pattern counts.
func matchRule(text string) (rule, string) {
	best, value := rule{code: "wrong_value"}, ""
	for _, r := range rules {
		m := r.pattern.FindStringSubmatch(text)
		if m == nil || best.pattern != nil && len(best.pattern.String()) > len(r.pattern.String()) {
			continue
		}
		best, value = r, ""
		if len(m) > 1 {
			value = m[1]
		}
	}
	return best, value
}

// locate turns huma's "body.details[0].kind" into a JSON pointer, and "query.limit" into the parameter's name.
func locate(d *huma.ErrorDetail, code, found string) (pointer, parameter string) {
	place, rest, _ := strings.Cut(d.Location, ".")
	if place != "body" && !strings.HasPrefix(place, "body[") {
		return "", rest
	}
	path := strings.TrimPrefix(d.Location, "body")
	last := ""
	switch code {
	case codeRequired:
		last = found
	case "unknown_field":
		last = unknownName(path, d.Value)
		path = strings.TrimSuffix(path, "."+last)
	}
	var b strings.Builder
	for part := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		b.WriteString("/" + escapePointer(part))
	}
	if last != "" {
		b.WriteString("/" + escapePointer(last))
	}
	return b.String(), ""
}

// unknownName is the name that path ends with. It is the caller's and may contain dots, so it is looked for among those
// the caller sent.
func unknownName(path string, sent any) string {
	longest := ""
	fields, _ := sent.(map[string]any)
	for name := range fields {
		if strings.HasSuffix(path, "."+name) && len(name) > len(longest) {
			longest = name
		}
	}
	return longest
}

// escapePointer writes a name as a part of a JSON pointer (RFC 6901).
func escapePointer(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}
