package notify

import (
	"bytes"
	_ "embed"
	"errors"
	htmltemplate "html/template"
	"regexp"
	"slices"
	"strconv"
	"strings"
	texttemplate "text/template"
	"unicode/utf8"
)

// Limits of templates.
const (
	MaxSource   = 64 << 10  // bytes of each part of a source
	MaxSubject  = 200       // characters of a rendered subject; longer ones are cut
	MaxRendered = 256 << 10 // bytes of each rendered part
)

// Source is what a designer writes: one template in one language.
type Source struct {
	Key     string // small Latin letters, digits and dashes, such as appeal-accepted
	Lang    string // "en" or "ru"
	Channel Channel
	Subject string // e-mail only
	Text    string
	HTML    string // e-mail only; empty: made from the text
	Version int    // of the stored source; 0: shipped with the program
}

// Rendered is a message ready to be sent.
type Rendered struct {
	Subject string // one line; empty for an SMS
	Text    string
	HTML    string // a whole page; empty for an SMS
}

// Template is a source that has been found sound. It is safe for concurrent use.
type Template struct {
	source    Source
	subject   *texttemplate.Template
	text      *texttemplate.Template
	html      *htmltemplate.Template
	variables []string
	fields    []string
}

var errTooLong = errors.New("the rendered text is too long")

var keyForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// Parse checks a source and makes a template of it. All faults are reported at once, each a [*SourceError] with its
// line and a hint, joined by [errors.Join]. What it accepts can be rendered with any [Data].
func Parse(s Source) (*Template, error) {
	if err := checkSource(s); err != nil {
		return nil, err
	}
	t := &Template{source: s}
	var faults []error
	accept := func(name string, p *part, fault *SourceError) *part {
		if fault == nil {
			t.variables = append(t.variables, p.variables...)
			t.fields = append(t.fields, p.fields...)
			return p
		}
		fault.Key, fault.Lang, fault.Part = s.Key, s.Lang, name
		faults = append(faults, fault)
		return nil
	}
	parseText := func(name, text string) *texttemplate.Template {
		p, fault := parsePart(text, VariablesOf(s.Key))
		if p = accept(name, p, fault); p == nil {
			return nil
		}
		parsed, err := texttemplate.New(name).AddParseTree(name, p.tree)
		if err != nil {
			accept(name, nil, &SourceError{Problem: err.Error()})
		}
		return parsed
	}
	t.text = parseText("text", s.Text)
	if s.Channel == Email {
		t.subject = parseText("subject", s.Subject)
		parsed, p, fault := parseHTML(s.HTML, VariablesOf(s.Key))
		if accept("html", p, fault) != nil {
			t.html = parsed
		}
	}
	if s.Channel == SMSChannel && t.text != nil {
		// What is too long without any value would never go.
		if _, err := t.renderSMS(Data{}); err != nil {
			accept("text", nil, &SourceError{Problem: "the SMS is too long", Hint: "at most " + strconv.Itoa(MaxSMS) + " characters, values included"})
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	slices.Sort(t.variables)
	slices.Sort(t.fields)
	t.variables, t.fields = slices.Compact(t.variables), slices.Compact(t.fields)
	return t, nil
}

func checkSource(s Source) error {
	fault := func(part, problem, hint string) error {
		return &SourceError{Key: printable(s.Key), Lang: printable(s.Lang), Part: part, Problem: problem, Hint: hint}
	}
	switch {
	case !keyForm.MatchString(s.Key) || len(s.Key) > 64:
		return fault("", "the key is not valid", "use small Latin letters, digits and single dashes, 64 at most")
	case s.Lang != English && s.Lang != Russian:
		return fault("", "the language is not known", "it must be en or ru")
	case s.Channel != Email && s.Channel != SMSChannel:
		return fault("", "the channel is not known", "it must be email or sms")
	case s.Channel == SMSChannel && (s.Subject != "" || s.HTML != ""):
		return fault("", "an SMS has neither subject nor HTML", "write the text only")
	case s.Channel == Email && strings.TrimSpace(s.Subject) == "":
		return fault("subject", "the subject is missing", "write one line")
	case strings.TrimSpace(s.Text) == "":
		return fault("text", "the text is missing", "every message needs a plain text")
	}
	return checkParts(s, fault)
}

func checkParts(s Source, fault func(part, problem, hint string) error) error {
	for _, p := range []struct{ name, text string }{{"subject", s.Subject}, {"text", s.Text}, {"html", s.HTML}} {
		if len(p.text) > MaxSource {
			return fault(p.name, "it is too long", "64 KB at most")
		}
		if !utf8.ValidString(p.text) {
			return fault(p.name, "it is not UTF-8", "save it as UTF-8")
		}
	}
	return nil
}

//go:embed templates/layout.html
var layoutSource string

// derivedBody is the body of a template without HTML of its own.
const derivedBody = "{{derived .LayoutText}}"

func parseHTML(source string, known []Variable) (*htmltemplate.Template, *part, *SourceError) {
	p, fault := parsePart(source, known)
	if fault != nil {
		return nil, nil, fault
	}
	if fault := checkHTML(source, p.tree); fault != nil {
		return nil, nil, fault
	}
	body := derivedBody
	if strings.TrimSpace(source) != "" {
		body = addStyles(source)
	}
	page := htmltemplate.New("layout").Funcs(htmltemplate.FuncMap{"derived": deriveHTML})
	if _, err := page.Parse(layoutSource); err != nil {
		return nil, nil, &SourceError{Problem: "the layout is broken: " + err.Error()}
	}
	if _, err := page.New("body").Parse(body); err != nil {
		return nil, nil, parseError(err)
	}
	// The first execution works out how each value must be escaped, and fails if that depends on a condition.
	if err := page.Execute(&limited{limit: MaxRendered}, newView(known, Data{}, English, maxValue)); err != nil {
		return nil, nil, escapingFault(err, body)
	}
	return page, p, nil
}

// escapingFault explains why values cannot be escaped safely in this HTML.
func escapingFault(err error, body string) *SourceError {
	var escaping *htmltemplate.Error
	if !errors.As(err, &escaping) {
		return &SourceError{Problem: err.Error()}
	}
	fault := &SourceError{Line: escaping.Line, Problem: escaping.Description, Hint: "write values between tags or in quoted attributes only"}
	if escaping.Node != nil {
		at := min(int(escaping.Node.Position()), len(body))
		fault.Line = 1 + strings.Count(body[:at], "\n")
	}
	if escaping.ErrorCode == htmltemplate.ErrBranchEnd || escaping.ErrorCode == htmltemplate.ErrEndContext {
		fault.Problem = "a tag or a quote is left open"
		fault.Hint = "close every tag and quote in the branch that opens it"
	}
	return fault
}

// Source returns what the template was made from.
func (t *Template) Source() Source { return t.source }

// Variables returns the names of the variables used, sorted.
func (t *Template) Variables() []string { return slices.Clone(t.variables) }

// Fields returns the ids of the case's fields used, sorted, so that a route map that will not have them can be warned.
func (t *Template) Fields() []string { return slices.Clone(t.fields) }

// Render fills the template in. Its only error is a result too long to be sent.
func (t *Template) Render(d Data) (Rendered, error) {
	if t.source.Channel == SMSChannel {
		return t.renderSMS(d)
	}
	v := newView(VariablesOf(t.source.Key), d, t.source.Lang, maxValue)
	subject, err := execute(t.subject, v)
	if err != nil {
		return Rendered{}, t.renderError("subject", err)
	}
	text, err := execute(t.text, v)
	if err != nil {
		return Rendered{}, t.renderError("text", err)
	}
	out := Rendered{Subject: shorten(headerText(subject), MaxSubject), Text: tidyText(text)}
	t.addLayout(v, d.Brand, out)
	page := &limited{limit: MaxRendered}
	if err := t.html.Execute(page, v); err != nil {
		return Rendered{}, t.renderError("html", err)
	}
	out.HTML = page.String()
	return out, nil
}

func (t *Template) renderSMS(d Data) (Rendered, error) {
	text, err := execute(t.text, newView(VariablesOf(t.source.Key), d, t.source.Lang, maxSMSValue))
	if err != nil {
		return Rendered{}, t.renderError("text", err)
	}
	text = strings.TrimSpace(tidyText(text))
	if utf8.RuneCountInString(text) > MaxSMS {
		return Rendered{}, t.renderError("text", errTooLong)
	}
	return Rendered{Text: text}, nil
}

// renderError tells where it went wrong without the values, which may be personal data.
func (t *Template) renderError(part string, err error) error {
	problem := "it cannot be rendered"
	if errors.Is(err, errTooLong) {
		problem = errTooLong.Error()
	}
	return &SourceError{Key: t.source.Key, Lang: t.source.Lang, Part: part, Problem: problem}
}

func execute(t *texttemplate.Template, v view) (string, error) {
	out := &limited{limit: MaxRendered}
	if err := t.Execute(out, v); err != nil {
		return "", err
	}
	return out.String(), nil
}

// tidyText removes the gaps that absent values leave: blanks at line ends, and more than one empty line in a row.
func tidyText(s string) string {
	lines := strings.Split(s, "\n")
	kept := make([]string, 0, len(lines))
	for _, line := range lines {
		line = strings.TrimRight(line, " \t")
		if line == "" && (len(kept) == 0 || kept[len(kept)-1] == "") {
			continue
		}
		kept = append(kept, line)
	}
	return strings.TrimRight(strings.Join(kept, "\n"), "\n") + "\n"
}

// limited collects output up to a limit.
type limited struct {
	bytes.Buffer
	limit int
}

// Write refuses what would exceed the limit.
func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > l.limit {
		return 0, errTooLong
	}
	return l.Buffer.Write(p)
}

// WriteString refuses what would exceed the limit.
func (l *limited) WriteString(s string) (int, error) {
	return l.Write([]byte(s)) //nolint:gocritic // WriteString is this very method
}
