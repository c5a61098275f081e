package notify

import (
	"html"
	htmltemplate "html/template"
	"strings"
)

// Names of the values only the layout uses; designers cannot name them, for they are not among the variables.
const (
	layoutLang    = "LayoutLang"
	layoutColour  = "LayoutColour"
	layoutInk     = "LayoutInk"
	layoutSubject = "LayoutSubject"
	layoutText    = "LayoutText"
	layoutFooter  = "LayoutFooter"
)

var layoutNames = []string{layoutLang, layoutColour, layoutInk, layoutSubject, layoutText, layoutFooter}

var footer = bilingual{
	en: "This message was sent automatically.",
	ru: "Это письмо отправлено автоматически.",
}

func (t *Template) addLayout(v view, brand Brand, out Rendered) {
	v[layoutLang] = t.source.Lang
	v[layoutColour], v[layoutInk] = brand.colours()
	v[layoutSubject] = out.Subject
	v[layoutText] = out.Text
	v[layoutFooter] = footer.in(t.source.Lang)
}

const (
	paragraphStyle = `margin:0 0 16px 0;font-size:16px;line-height:24px;color:#1b1b1b`
	headingStyle   = `margin:0 0 16px 0;font-size:22px;line-height:28px;font-weight:bold;color:#1b1b1b`
)

// plainTags gives tags written without attributes the inline styles that mail programs need, so that designers can
// write plain HTML. Tags with attributes are left as they are.
var plainTags = strings.NewReplacer(
	`<p>`, `<p style="`+paragraphStyle+`">`,
	`<h1>`, `<h1 style="`+headingStyle+`">`,
	`<h2>`, `<h2 style="margin:24px 0 12px 0;font-size:18px;line-height:24px;font-weight:bold;color:#1b1b1b">`,
	`<ul>`, `<ul style="margin:0 0 16px 0;padding:0 0 0 24px">`,
	`<ol>`, `<ol style="margin:0 0 16px 0;padding:0 0 0 24px">`,
	`<li>`, `<li style="margin:0 0 8px 0;font-size:16px;line-height:24px;color:#1b1b1b">`,
	`<hr>`, `<hr style="border:0;border-top:1px solid #e0e3e8;margin:24px 0">`,
	`<small>`, `<small style="font-size:13px;line-height:18px;color:#5b6470">`,
	`<table class="facts">`, `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" `+
		`style="margin:0 0 24px 0;border-top:1px solid #e0e3e8">`,
	`<th>`, `<th align="left" valign="top" width="38%" style="padding:10px 12px 10px 0;border-bottom:1px solid #e0e3e8;`+
		`font-size:14px;line-height:20px;font-weight:normal;color:#5b6470">`,
	`<td>`, `<td align="left" valign="top" style="padding:10px 0;border-bottom:1px solid #e0e3e8;`+
		`font-size:16px;line-height:20px;color:#1b1b1b;white-space:pre-line;word-break:break-word">`,
	`<a class="button" `, `<a style="display:inline-block;padding:12px 24px;border-radius:6px;font-size:16px;`+
		`line-height:20px;font-weight:bold;text-decoration:none;background-color:{{.`+layoutColour+`}};color:{{.`+layoutInk+`}}" `,
)

func addStyles(source string) string { return plainTags.Replace(source) }

// deriveHTML turns a rendered text into the body of a page: paragraphs at empty lines, everything else as it is.
func deriveHTML(text string) htmltemplate.HTML {
	var body strings.Builder
	for paragraph := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		escaped := strings.ReplaceAll(html.EscapeString(strings.TrimSpace(paragraph)), "\n", "<br>\n")
		body.WriteString(`<p style="` + paragraphStyle + `">` + escaped + "</p>\n")
	}
	return htmltemplate.HTML(body.String()) //nolint:gosec // every character of the text has been escaped above
}
