package notify

import (
	"errors"
	"net/mail"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Limits of RFC 5321 §4.5.3.1, in octets.
const (
	maxLocalPart = 64
	maxAddress   = 254
)

// ErrInvalidAddress is returned for text that is not one plain e-mail address.
var ErrInvalidAddress = errors.New("not an e-mail address of the form name@domain")

// ErrInvalidPhone is returned for text that is not a phone number an SMS can be sent to.
var ErrInvalidPhone = errors.New("not an international phone number of the form +79161234567")

// Address is a mailbox with the name shown beside it.
type Address struct {
	Name  string // shown to people; any text, line breaks become spaces when sent
	Email string // name@domain, the domain in ASCII form
}

// IsZero reports whether the address is absent.
func (a Address) IsZero() bool { return a.Email == "" }

// ParseEmail checks one bare address (no display name, no comment, no quoted local part) and returns it with its
// domain in lower case and in ASCII form, so that addresses such as "info@пример.рф" can be delivered.
func ParseEmail(text string) (string, error) {
	text = strings.TrimSpace(text)
	if !utf8.ValidString(text) || strings.ContainsFunc(text, isControlOrSpace) {
		return "", ErrInvalidAddress
	}
	at := strings.LastIndexByte(text, '@')
	if at < 1 || at > maxLocalPart {
		return "", ErrInvalidAddress
	}
	domain, err := idna.Lookup.ToASCII(text[at+1:])
	if err != nil || !plausibleDomain(domain) {
		return "", ErrInvalidAddress
	}
	email := text[:at] + "@" + domain
	parsed, err := mail.ParseAddress(email)
	if err != nil || parsed.Address != email || parsed.Name != "" || len(email) > maxAddress {
		return "", ErrInvalidAddress
	}
	return email, nil
}

// plausibleDomain asks for at least two labels: a name without a dot is a slip of the pen, except on the local machine.
func plausibleDomain(domain string) bool {
	if domain == "localhost" {
		return true
	}
	labels := strings.Split(domain, ".")
	if len(labels) < 2 {
		return false
	}
	for _, label := range labels {
		if label == "" || len(label) > 63 {
			return false
		}
	}
	return true
}

// ParsePhone strips what people put between digits and returns the number in E.164 form. Russian numbers may be
// written from inside the country (8 916 ...) or without the plus.
func ParsePhone(text string) (string, error) {
	digits := make([]byte, 0, 16)
	plus := false
	for i, r := range strings.TrimSpace(text) {
		switch {
		case r >= '0' && r <= '9':
			digits = append(digits, byte(r))
		case r == '+' && i == 0:
			plus = true
		case strings.ContainsRune(" -()\u00a0\u2011\u2013.", r):
		default:
			return "", ErrInvalidPhone
		}
	}
	if !plus && len(digits) == 11 && (digits[0] == '8' || digits[0] == '7') {
		digits[0], plus = '7', true
	}
	if !plus || !isE164(digits) {
		return "", ErrInvalidPhone
	}
	return "+" + string(digits), nil
}

// isE164 tells whether the digits can be an international number.
func isE164(digits []byte) bool { return len(digits) >= 8 && len(digits) <= 15 && digits[0] != '0' }

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// ParseAddress reads "name@domain" or "Shown Name <name@domain>".
func ParseAddress(text string) (Address, error) {
	text = strings.TrimSpace(text)
	name := ""
	if open := strings.LastIndexByte(text, '<'); open >= 0 && strings.HasSuffix(text, ">") {
		name = strings.Trim(strings.TrimSpace(text[:open]), `"`)
		text = text[open+1 : len(text)-1]
	}
	email, err := ParseEmail(text)
	if err != nil {
		return Address{}, err
	}
	return Address{Name: headerText(name), Email: email}, nil
}
