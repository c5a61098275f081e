// Package imports makes clients and contacts out of the rows of a table. What a row means is decided here, without a
// database; the rows lie in Postgres, so that an import goes on after a crash where it was.
package imports

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"marshrut/addressbook"
	"marshrut/crm"
)

// Where a column may go. A column may also go to an own attribute: "attribute:KEY".
const (
	toName     = "name"
	toKind     = "kind"
	toStatus   = "status"
	toLang     = "lang"
	toRegion   = "region"
	toSource   = "source"
	toZone     = "time_zone"
	toOwner    = "owner_login"
	toEmail    = "email"
	toMailing  = "mailing"
	toPhone    = "phone"
	toMobile   = "mobile"
	toSite     = "site"
	toAddress  = "address"
	toLegal    = "legal_name"
	toINN      = "inn"
	toKPP      = "kpp"
	toPerson   = "contact_name"
	toRole     = "contact_position"
	toLetters  = "contact_email"
	toNews     = "contact_mailing"
	toPocket   = "contact_mobile"
	toClient   = "client"
	toPosition = "position"
	toBirth    = "birth_date"

	attributePrefix = "attribute:"
)

// Targets are where the columns of a table of clients, or of contacts, may go, besides own attributes.
func Targets(of crm.AttributeSubject) []string {
	if of == crm.AttributeOfContact {
		return []string{toName, toClient, toINN, toPosition, toBirth, toSource, toEmail, toMailing, toPhone, toMobile, toAddress}
	}
	return []string{
		toName, toKind, toStatus, toLang, toRegion, toZone, toSource, toOwner, toEmail, toMailing, toPhone, toMobile, toSite, toAddress,
		toLegal, toINN, toKPP, toPerson, toRole, toLetters, toNews, toPocket,
	}
}

// Known is what rows may name.
type Known struct {
	Regions    []crm.Region
	Sources    []crm.AcquisitionSource
	Users      []crm.User      // owners of clients; of contacts none are read
	Attributes []crm.Attribute // of the subject
}

// CheckMapping gives the index of a column and the code of what is wrong with where it goes; empty: nothing.
func CheckMapping(of crm.AttributeSubject, mapping []string, known *Known) (column int, code string) {
	seen := map[string]bool{}
	for i, target := range mapping {
		key, own := strings.CutPrefix(target, attributePrefix)
		switch {
		case target == "":
			continue
		case own && !slices.ContainsFunc(known.Attributes, func(a crm.Attribute) bool { return a.Key == key && !a.Archived }):
			return i, "unknown_attribute"
		case !own && !slices.Contains(Targets(of), target):
			return i, "not_an_option"
		case seen[target]:
			return i, "repeated_item"
		}
		seen[target] = true
	}
	if !seen[toName] {
		return -1, "name_not_mapped"
	}
	if of == crm.AttributeOfContact && !seen[toClient] && !seen[toINN] {
		return -1, "client_not_mapped"
	}
	return 0, ""
}

// headings are how columns are called, in small letters.
var headings = map[string][]string{
	toName:     {"name", "наименование", "название", "клиент", "контрагент", "партнер", "фио", "имя"},
	toKind:     {"kind", "вид", "тип"},
	toStatus:   {"status", "статус"},
	toLang:     {"lang", "language", "язык"},
	toRegion:   {"region", "регион", "область"},
	toSource:   {"source", "источник", "источник привлечения"},
	toZone:     {"time_zone", "time zone", "часовой пояс"},
	toOwner:    {"owner_login", "owner login", "логин ответственного"},
	toEmail:    {"email", "e-mail", "почта", "эл. почта", "электронная почта"},
	toMailing:  {"mailing", "mailing email", "почта для рассылки"},
	toPhone:    {"phone", "телефон", "рабочий телефон"},
	toMobile:   {"mobile", "мобильный", "мобильный телефон", "сотовый"},
	toSite:     {"site", "сайт"},
	toAddress:  {"address", "адрес", "почтовый адрес"},
	toLegal:    {"legal_name", "legal name", "юридическое лицо", "юрлицо", "полное наименование"},
	toINN:      {"inn", "инн"},
	toKPP:      {"kpp", "кпп"},
	toPerson:   {"contact_name", "contact name", "contact", "контактное лицо", "контакт"},
	toRole:     {"contact_position", "contact position", "должность контактного лица"},
	toLetters:  {"contact_email", "contact email", "почта контактного лица"},
	toNews:     {"contact_mailing", "contact mailing", "почта контактного лица для рассылки"},
	toPocket:   {"contact_mobile", "contact mobile", "мобильный контактного лица"},
	toClient:   {"client", "клиент", "организация", "компания", "контрагент"},
	toPosition: {"position", "должность"},
	toBirth:    {"birth_date", "birth date", "дата рождения", "день рождения"},
}

// Guess maps columns by what they are called. A name that is taken by a column before may still be that of an own attribute.
func Guess(of crm.AttributeSubject, columns []string, known *Known) []string {
	mapping := make([]string, len(columns))
	taken := map[string]bool{"": true}
	for i, name := range columns {
		for _, target := range guesses(of, heading(name), known) {
			if !taken[target] {
				mapping[i], taken[target] = target, true
				break
			}
		}
	}
	return mapping
}

// heading is a column's name in the form of headings.
func heading(name string) string {
	return strings.ReplaceAll(strings.ToLower(crm.OneLine(name)), "ё", "е")
}

// guesses are where a column of this heading may go, the likeliest first.
func guesses(of crm.AttributeSubject, name string, known *Known) []string {
	targets := Targets(of)
	if of == crm.AttributeOfContact {
		targets = append([]string{toClient}, targets...) // "клиент" is not the contact's own name
	}
	var all []string
	for _, target := range targets {
		if slices.Contains(headings[target], name) {
			all = append(all, target)
			break
		}
	}
	for i := range known.Attributes {
		a := &known.Attributes[i]
		if !a.Archived && (heading(a.Key) == name || heading(a.Name.RU) == name || heading(a.Name.EN) == name) {
			all = append(all, attributePrefix+a.Key)
		}
	}
	return all
}

// row reads one row.
type row struct {
	known  *Known
	now    time.Time
	wrong  []crm.CellError
	record crm.ImportRecord

	details, personal []crm.ContactDetail // of the record, and of a client's contact
	entity            crm.LegalEntity
	columns           map[string]int
	attributes        map[string]any
}

// Read makes the record that a row is about, or says what is wrong with its cells.
func Read(of crm.AttributeSubject, mapping, cells []string, known *Known, now time.Time) (crm.ImportRecord, []crm.CellError) {
	r := &row{known: known, now: now, columns: map[string]int{}, attributes: map[string]any{}}
	if of == crm.AttributeOfContact {
		r.record.Contact = &crm.Contact{}
	} else {
		r.record.Client = &crm.Client{Kind: crm.ClientCompany, Status: crm.ClientPotential, Lang: crm.RU}
	}
	for i, target := range mapping {
		if target == "" || i >= len(cells) {
			continue
		}
		r.columns[target] = i
		if text := crm.OneLine(cells[i]); text != "" {
			r.cell(of, i, target, text)
		}
	}
	r.finish()
	return r.record, r.wrong
}

func (r *row) refuse(column int, code string) {
	if code != "" {
		r.wrong = append(r.wrong, crm.CellError{Column: column, Code: code})
	}
}

func (r *row) cell(of crm.AttributeSubject, column int, target, text string) {
	if key, own := strings.CutPrefix(target, attributePrefix); own {
		r.attribute(column, key, text)
		return
	}
	if kind, ok := detailKinds[target]; ok {
		r.detail(column, target, kind, text)
		return
	}
	if of == crm.AttributeOfContact {
		r.ofContact(column, target, text)
		return
	}
	r.ofClient(column, target, text)
}

// detailKinds are the kinds of contact detail that columns hold. Only what is called mailing is written to as such (R40).
var detailKinds = map[string]crm.DetailKind{
	toEmail: crm.DetailEmail, toMailing: crm.DetailMailing, toPhone: crm.DetailPhone, toMobile: crm.DetailMobile, toSite: crm.DetailSite,
	toAddress: crm.DetailPostalAddress, toLetters: crm.DetailEmail, toNews: crm.DetailMailing, toPocket: crm.DetailMobile,
}

// detail reads one number or address, or several with commas or semicolons between them.
func (r *row) detail(column int, target string, kind crm.DetailKind, text string) {
	for _, part := range severalOf(kind, text) {
		normal, code := addressbook.Normal(crm.ContactDetail{Kind: kind, Value: part})
		switch {
		case tooLong(part, maxDetail):
			r.refuse(column, "too_long")
		case code != "":
			r.refuse(column, code)
		case target == toLetters || target == toNews || target == toPocket:
			r.personal = append(r.personal, normal)
		default:
			r.details = append(r.details, normal)
		}
	}
}

// severalOf takes a cell apart. A comma may also stand before the extension of one number.
func severalOf(kind crm.DetailKind, text string) []string {
	if !kind.IsEmail() && !kind.IsPhone() {
		return []string{text}
	}
	var parts []string
	for part := range strings.SplitSeq(text, ";") {
		if _, code := addressbook.Normal(crm.ContactDetail{Kind: kind, Value: part}); code == "" {
			parts = append(parts, part)
			continue
		}
		for piece := range strings.SplitSeq(part, ",") {
			if strings.TrimSpace(piece) != "" {
				parts = append(parts, piece)
			}
		}
	}
	return parts
}

func (r *row) attribute(column int, key, text string) {
	i := slices.IndexFunc(r.known.Attributes, func(a crm.Attribute) bool { return a.Key == key })
	if i < 0 {
		r.refuse(column, "unknown_attribute")
		return
	}
	value, code := r.known.Attributes[i].Parse(attributeText(&r.known.Attributes[i], text))
	r.refuse(column, code)
	r.attributes[key] = value
}

// attributeText is a cell in the form of an attribute's value: people write names of options, days and numbers in their way.
func attributeText(a *crm.Attribute, text string) string {
	switch a.Type {
	case crm.AttributeText:
	case crm.AttributeChoice:
		for _, o := range a.Options {
			if strings.EqualFold(o.Name.RU, text) || strings.EqualFold(o.Name.EN, text) {
				return o.ID
			}
		}
	case crm.AttributeFlag:
		switch strings.ToLower(text) {
		case "да", "yes", "1", "true", "истина":
			return "true"
		case "нет", "no", "0", "false", "ложь":
			return "false"
		}
	case crm.AttributeNumber:
		return strings.NewReplacer(" ", "", "\u00a0", "", ",", ".").Replace(text)
	case crm.AttributeDate:
		if day, ok := parseDay(text); ok {
			return day.Format(time.DateOnly)
		}
	}
	return text
}

func parseDay(text string) (time.Time, bool) {
	for _, layout := range []string{time.DateOnly, "02.01.2006", "2.1.2006"} {
		if day, err := time.Parse(layout, text); err == nil {
			return day, true
		}
	}
	return time.Time{}, false
}

func (r *row) ofClient(column int, target, text string) {
	c := r.record.Client
	switch target {
	case toName:
		c.Name = text
	case toKind:
		c.Kind = choose(r, column, text, map[crm.ClientKind][]string{crm.ClientCompany: {"компания", "юрлицо", "юридическое лицо"}, crm.ClientIndividual: {"физлицо", "физическое лицо", "человек"}})
	case toStatus:
		c.Status = choose(r, column, text, map[crm.ClientStatus][]string{crm.ClientPotential: {"потенциальный"}, crm.ClientActive: {"действующий", "активный"}})
	case toLang:
		c.Lang = choose(r, column, text, map[crm.Lang][]string{crm.RU: {"русский"}, crm.EN: {"английский", "english"}})
	case toRegion:
		c.Region = r.region(column, text)
	case toSource:
		c.Source = r.source(column, text)
	case toZone:
		if !crm.IsTimeZone(text) {
			r.refuse(column, "unknown_time_zone")
		}
		c.TimeZone = text
	case toOwner:
		c.OwnerID = r.user(column, text)
	case toLegal:
		r.entity.Name = r.short(column, text, maxName)
	case toINN:
		r.entity.INN = text
	case toKPP:
		r.entity.KPP = text
	case toPerson:
		r.person().Name = text
	case toRole:
		r.person().Position = r.short(column, text, maxPosition)
	}
}

func (r *row) person() *crm.Contact {
	if r.record.Contact == nil {
		r.record.Contact = &crm.Contact{}
	}
	return r.record.Contact
}

func (r *row) ofContact(column int, target, text string) {
	c := r.record.Contact
	switch target {
	case toName:
		c.Name = text
	case toClient:
		r.record.ClientName = text
	case toINN:
		r.record.ClientINN = text
	case toPosition:
		c.Position = r.short(column, text, maxPosition)
	case toSource:
		c.Source = r.source(column, text)
	case toBirth:
		day, ok := parseDay(text)
		switch {
		case !ok:
			r.refuse(column, "expected_date")
		case day.Year() < 1850:
			r.refuse(column, "time_out_of_range")
		case day.After(r.now):
			r.refuse(column, "in_the_future")
		}
		c.BirthDate = &day
	}
}

// choose finds a value by its key or by one of its names.
func choose[T ~string](r *row, column int, text string, names map[T][]string) T {
	text = strings.ToLower(text)
	for value, called := range names {
		if text == string(value) || slices.Contains(called, text) {
			return value
		}
	}
	r.refuse(column, "not_an_option")
	return ""
}

func (r *row) region(column int, text string) string {
	for i := range r.known.Regions {
		if one := &r.known.Regions[i]; strings.EqualFold(one.Key, text) || strings.EqualFold(one.Name.RU, text) || strings.EqualFold(one.Name.EN, text) {
			return one.Key
		}
	}
	r.refuse(column, "not_found")
	return ""
}

func (r *row) source(column int, text string) string {
	for i := range r.known.Sources {
		one := &r.known.Sources[i]
		if !one.Archived && (one.Key == text || strings.EqualFold(one.Name.RU, text) || strings.EqualFold(one.Name.EN, text)) {
			return one.Key
		}
	}
	r.refuse(column, "not_found")
	return ""
}

// user is the user of a login.
func (r *row) user(column int, login string) uuid.UUID {
	for i := range r.known.Users {
		if strings.EqualFold(r.known.Users[i].Login, login) {
			r.refuse(column, r.known.Users[i].WhyNotWork())
			return r.known.Users[i].ID
		}
	}
	r.refuse(column, "user_not_found")
	return uuid.Nil
}

// finish puts the parts together and looks at what they are as a whole.
func (r *row) finish() {
	if c := r.record.Client; c != nil {
		r.named(toName, c.Name)
		c.Details, c.Attributes = r.details, r.attributes
		r.finishEntity()
		r.finishPerson()
		return
	}
	c := r.record.Contact
	r.named(toName, c.Name)
	if r.record.ClientName == "" && r.record.ClientINN == "" {
		r.refuse(-1, "client_missing")
	}
	c.Details, c.Attributes = r.details, r.attributes
}

// What texts may have at most, in characters; the API takes no more either.
const (
	maxName     = 300
	maxDetail   = 300
	maxPosition = 200
)

func tooLong(text string, limit int) bool { return utf8.RuneCountInString(text) > limit }

// short gives the text, after refusing one above the limit.
func (r *row) short(column int, text string, limit int) string {
	if tooLong(text, limit) {
		r.refuse(column, "too_long")
	}
	return text
}

func (r *row) named(target, name string) {
	column, ok := r.columns[target]
	switch {
	case !ok:
		r.refuse(-1, "name_not_mapped")
	case name == "":
		r.refuse(column, "required")
	case tooLong(name, maxName):
		r.refuse(column, "too_long")
	}
}

func (r *row) finishEntity() {
	e := &r.entity
	if e.Name == "" && e.INN == "" && e.KPP == "" {
		return
	}
	if e.Name == "" {
		e.Name = r.record.Client.Name
	}
	for _, wrong := range crm.CheckLegalEntity(e) {
		column, mapped := r.columns[strings.TrimPrefix(wrong.Pointer, "/")]
		if !mapped {
			column = -1
		}
		r.refuse(column, wrong.Code)
	}
	r.record.Client.LegalEntities = []crm.LegalEntity{*e}
}

func (r *row) finishPerson() {
	if r.record.Contact == nil && len(r.personal) == 0 {
		return
	}
	r.person().Details = r.personal
	r.named(toPerson, r.record.Contact.Name)
}
