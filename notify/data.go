package notify

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Data is everything a template can show. Every value is plain text as a person would read it, in the recipient's
// language where it has one; absent values are empty.
type Data struct {
	Number           string         // of the case, such as A-000123
	Kind             string         // of the case in words: "Request", «Обращение»
	Map              string         // name of the route map
	Stage            string         // name of the stage the notification is about
	Outcome          string         // name of the outcome chosen, on completion
	Due              time.Time      // when the stage is due; zero: no deadline
	Location         *time.Location // the recipient's time zone; nil: UTC
	Client           string         // name of the client
	Contact          string         // name of the contact person
	Recipient        string         // name of the person or client addressed
	Responsible      string         // the user who owns the case
	ResponsiblePhone string
	ResponsibleEmail string
	Handler          string // the person who does the stage's task, or did it; without one, the responsible
	HandlerPhone     string
	HandlerEmail     string
	Performer        string            // the user, role or department the task is addressed to
	Topic            string            // of the case
	URL              string            // page of the case; http or https, anything else is left out
	Fields           map[string]string // values of the case's fields by id, formatted
	Brand            Brand
	Notice           Notice // of letters to those who work here, which have no other values of a case than Number, Topic, Due and URL
}

// Notice is what a letter to somebody who works here tells of (see [ForStaff]).
type Notice struct {
	What   string // in a few words, with its time: "call, 02.03.2026 17:00"
	About  string // what there is to say about it: a topic, a deadline, a comment
	Person string // who has written the comment, or is absent
	Count  int    // of a digest: how many notices there are
	Items  string // of a digest: one paragraph for each
}

// Brand is the company's look, from the settings.
type Brand struct {
	Company string // its name
	Colour  string // #rrggbb; anything else: a calm blue
}

// Variable describes one value for whoever writes templates.
type Variable struct {
	Name         string // as written after the dot: {{.Name}}
	EN, RU       string // what it is
	PersonalData bool   // names, phones, addresses of people
	value        func(Data, string) string
}

// variables is the one list of what templates may use besides {{.Field "id"}}, the value of a field of the case; Data's fields reach a template through it alone.
var variables = []Variable{
	{"Number", "number of the case", "номер карточки", false, func(d Data, _ string) string { return d.Number }},
	{"Kind", "kind of the case: request, deal, ...", "вид карточки: обращение, сделка, ...", false, func(d Data, _ string) string { return d.Kind }},
	{"Map", "name of the route map", "название карты маршрута", false, func(d Data, _ string) string { return d.Map }},
	{"Stage", "name of the stage", "название этапа", false, func(d Data, _ string) string { return d.Stage }},
	{"Outcome", "name of the outcome", "название итога", false, func(d Data, _ string) string { return d.Outcome }},
	{"Due", "deadline of the stage, in the recipient's time zone", "срок этапа по времени получателя", false, func(d Data, lang string) string { return FormatTime(d.Due, lang, d.Location) }},
	{"Client", "name of the client", "название клиента", true, func(d Data, _ string) string { return d.Client }},
	{"Contact", "name of the contact person", "имя контактного лица", true, func(d Data, _ string) string { return d.Contact }},
	{"Recipient", "name of the person or client written to", "имя или название получателя", true, func(d Data, _ string) string { return d.Recipient }},
	{"Responsible", "name of the responsible", "имя ответственного", true, func(d Data, _ string) string { return d.Responsible }},
	{"ResponsiblePhone", "phone of the responsible", "телефон ответственного", true, func(d Data, _ string) string { return d.ResponsiblePhone }},
	{"ResponsibleEmail", "e-mail of the responsible", "почта ответственного", true, func(d Data, _ string) string { return d.ResponsibleEmail }},
	{"Handler", "name of the person who deals with the client at this stage: its performer, or else the responsible", "имя того, кто работает с клиентом на этом этапе: исполнитель, а если его нет — ответственный", true, func(d Data, _ string) string { return d.Handler }},
	{"HandlerPhone", "phone of the one who deals with the client", "телефон того, кто работает с клиентом", true, func(d Data, _ string) string { return d.HandlerPhone }},
	{"HandlerEmail", "e-mail of the one who deals with the client", "почта того, кто работает с клиентом", true, func(d Data, _ string) string { return d.HandlerEmail }},
	{"Performer", "performer of the task", "исполнитель задачи", true, func(d Data, _ string) string { return d.Performer }},
	{"Topic", "topic of the case", "тема карточки", false, func(d Data, _ string) string { return d.Topic }},
	{"URL", "link to the case's page", "ссылка на карточку", false, func(d Data, _ string) string { return webURL(d.URL) }},
	{"Company", "name of our company", "название нашей компании", false, func(d Data, _ string) string { return d.Brand.Company }},
}

// What letters to those who work here may show: those about one notice, digests, and both.
var (
	noticeVariables = append([]Variable{
		{"What", "what the letter tells of, with its time", "о чём письмо, со временем", true, func(d Data, _ string) string { return d.Notice.What }},
		{"About", "more about it: topic, deadline, comment", "подробности: тема, срок, комментарий", true, func(d Data, _ string) string { return d.Notice.About }},
		{"Person", "who has written the comment, or is absent", "автор комментария или отсутствующий", true, func(d Data, _ string) string { return d.Notice.Person }},
		{"Number", "number of the case", "номер карточки", false, func(d Data, _ string) string { return d.Number }},
		{"Topic", "topic of the case", "тема карточки", false, func(d Data, _ string) string { return d.Topic }},
		{"Due", "deadline of the task, in the reader's time zone", "срок задачи по времени получателя", false, func(d Data, lang string) string { return FormatTime(d.Due, lang, d.Location) }},
		{"URL", "link to the case's page", "ссылка на карточку", false, func(d Data, _ string) string { return webURL(d.URL) }},
	}, readerVariables...)
	digestVariables = append([]Variable{
		{"Count", "how many notices there are", "сколько в сводке сообщений", false, func(d Data, _ string) string { return countText(d.Notice.Count) }},
		{itemsVariable, "the notices, a paragraph for each", "сами сообщения, по абзацу на каждое", true, func(d Data, _ string) string { return d.Notice.Items }},
	}, readerVariables...)
	readerVariables = []Variable{
		{"Recipient", "name of the reader", "имя получателя", true, func(d Data, _ string) string { return d.Recipient }},
		{"Company", "name of our company", "название нашей компании", false, func(d Data, _ string) string { return d.Brand.Company }},
	}
)

// itemsVariable may be longer than other values: it is bounded by how many notices a digest has.
const itemsVariable = "Items"

func countText(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// staffPrefix begins the keys of templates of letters to those who work here.
const staffPrefix = "staff-"

// ForStaff tells whether the key is of a template for letters to those who work here: of new tasks, overdue ones, mentions and so on.
// Route maps cannot name it.
func ForStaff(key string) bool { return strings.HasPrefix(key, staffPrefix) }

// StaffKey is the key of the template for letters about a subject, such as "mention", or of "digest".
func StaffKey(subject string) string { return staffPrefix + subject }

// Digest is the subject of the letter that tells of several notices at once.
const Digest = "digest"

// VariablesOf lists what the template of a key may use. Those of letters to those who work here have no fields of a case.
func VariablesOf(key string) []Variable {
	switch {
	case key == StaffKey(Digest):
		return slices.Clone(digestVariables)
	case ForStaff(key):
		return slices.Clone(noticeVariables)
	default:
		return slices.Clone(variables)
	}
}

const (
	maxValue    = 4000 // characters of one value in an e-mail
	maxSMSValue = 100  // characters of one value in an SMS
)

// view is what templates see: texts by variable name, and nothing with behaviour but Field.
type view map[string]string

// Field returns the value of the case's field with this id, empty when it has none.
func (v view) Field(id string) string { return v[fieldKey(id)] }

// fieldKey keeps fields and variables apart in one map; no variable's name has a colon.
func fieldKey(id string) string { return "field:" + id }

func newView(known []Variable, d Data, lang string, limit int) view {
	v := make(view, len(known)+len(layoutNames)+len(d.Fields))
	for _, name := range layoutNames {
		v[name] = ""
	}
	for _, variable := range known {
		text := cleanText(variable.value(d, lang))
		if variable.Name != itemsVariable {
			text = shorten(text, limit)
		}
		v[variable.Name] = text
	}
	for id, value := range d.Fields {
		v[fieldKey(id)] = shorten(cleanText(value), limit)
	}
	return v
}

func shorten(s string, limit int) string {
	if len(s) <= limit || utf8.RuneCountInString(s) <= limit {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:limit-1])) + "…"
}

// webURL returns the address if it is one of the web, and nothing otherwise: no other scheme belongs into a letter.
func webURL(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return ""
	}
	return u.String()
}

var russianMonths = [...]string{
	"января", "февраля", "марта", "апреля", "мая", "июня",
	"июля", "августа", "сентября", "октября", "ноября", "декабря",
}

// FormatTime writes a moment for a reader of the language in the time zone (nil: UTC), with the zone, for the reader
// may be travelling: "25 November 2026, 18:00 (MSK)", «25 ноября 2026 г., 18:00 (МСК)». The zero time is empty.
func FormatTime(t time.Time, lang string, location *time.Location) string {
	if t.IsZero() {
		return ""
	}
	if location == nil {
		location = time.UTC
	}
	t = t.In(location)
	if lang == Russian {
		return fmt.Sprintf("%d %s %d г., %s (%s)", t.Day(), russianMonths[t.Month()-1], t.Year(), t.Format("15:04"), zoneName(t, lang))
	}
	return t.Format("2 January 2006, 15:04 ") + "(" + zoneName(t, lang) + ")"
}

func zoneName(t time.Time, lang string) string {
	name, offset := t.Zone()
	switch {
	case name == "MSK" && lang == Russian:
		return "МСК"
	case strings.HasPrefix(name, "+") || strings.HasPrefix(name, "-"):
		hours, minutes := offset/3600, offset%3600/60
		if minutes == 0 {
			return fmt.Sprintf("UTC%+d", hours)
		}
		return fmt.Sprintf("UTC%+d:%02d", hours, max(minutes, -minutes))
	default:
		return name
	}
}

const defaultColour = "#1f5f99"

var colourForm = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// colours returns the brand's colour and black or white, whichever is legible on it.
func (b Brand) colours() (colour, ink string) {
	colour = b.Colour
	if !colourForm.MatchString(colour) {
		colour = defaultColour
	}
	var red, green, blue int
	if _, err := fmt.Sscanf(colour, "#%02x%02x%02x", &red, &green, &blue); err != nil {
		return defaultColour, "#ffffff"
	}
	if 299*red+587*green+114*blue > 150_000 {
		return colour, "#1b1b1b"
	}
	return colour, "#ffffff"
}
