// Package addressbook checks contact details before they are kept: phone numbers are brought into one form, addresses of
// e-mail and sites are looked at, and a postal address is written out of its parts.
package addressbook

import (
	"net/mail"
	"net/url"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"marshrut/crm"
)

// DefaultCountry is where a number without a country code is from.
const DefaultCountry = "RU"

// The codes of what can be wrong with a contact detail.
const (
	CodeRequired = "required"
	CodeEmail    = "expected_email"
	CodePhone    = "expected_phone"
	CodeSite     = "expected_site"
	CodeAddress  = "address_not_expected"
)

// shortest is the length of the shortest number inside an office.
const shortest = 3

// Normal is a contact detail as it is kept: the value as typed, in one line, and what can be read out of it. The code says
// what is wrong; empty: nothing.
func Normal(d crm.ContactDetail) (normal crm.ContactDetail, code string) {
	d.Value, d.Number, d.Extension = crm.OneLine(d.Value), "", ""
	switch {
	case d.Kind.IsAddress():
		if d.Address != nil && d.Value == "" {
			d.Value = Line(d.Address)
		}
	case d.Address != nil:
		return d, CodeAddress
	}
	if d.Value == "" {
		return d, CodeRequired
	}
	switch {
	case d.Kind.IsEmail():
		if !Email(d.Value) {
			return d, CodeEmail
		}
	case d.Kind.IsPhone():
		number, extension, ok := Phone(d.Value)
		if !ok {
			return d, CodePhone
		}
		d.Number, d.Extension = number, extension
	case d.Kind == crm.DetailSite:
		if !site(d.Value) {
			return d, CodeSite
		}
	}
	return d, ""
}

// Line is a postal address in one line, from the whole to the part, as it is written in Russia.
func Line(a *crm.PostalAddress) string {
	var parts []string
	for _, part := range []string{a.Postcode, a.Country, a.Region, a.City, a.Street, a.Building} {
		if part = crm.OneLine(part); part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}

// Email tells whether the text is a bare address, without a name or a comment.
func Email(text string) bool {
	address, err := mail.ParseAddress(text)
	if err != nil || address.Address != text || strings.ContainsAny(text, "\r\n ") {
		return false
	}
	_, domain, _ := strings.Cut(text, "@")
	return strings.Contains(domain, ".") && !strings.HasPrefix(domain, ".") && !strings.HasSuffix(domain, ".")
}

// Phone reads a number as people write it: in E.164 with the digits to dial after it. A short number inside an office is
// good, and has no E.164 form.
func Phone(text string) (number, extension string, ok bool) {
	digits := 0
	for _, r := range strings.ToLower(text) {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case !strings.ContainsRune("+-(). #,;:/*\u00a0–—доб.ext", r):
			return "", "", false
		}
	}
	if digits < shortest || digits > 25 {
		return "", "", false
	}
	parsed, err := phonenumbers.Parse(text, DefaultCountry)
	if err == nil && phonenumbers.IsPossibleNumber(parsed) {
		return phonenumbers.Format(parsed, phonenumbers.E164), parsed.GetExtension(), true
	}
	return "", "", digits < 7 && !strings.Contains(text, "+")
}

// site tells whether the text is the address of a site, with its scheme or without.
func site(text string) bool {
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && strings.Contains(u.Hostname(), ".") && u.User == nil && !strings.Contains(text, " ")
}
