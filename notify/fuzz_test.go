package notify_test

import (
	"bytes"
	"errors"
	netmail "net/mail"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"

	"marshrut/notify"
)

// FuzzR51_HeaderInjection sends hostile values through a real server: whatever they are, the mail that arrives has one
// recipient, the headers we set, and no others.
func FuzzR51_HeaderInjection(f *testing.F) {
	for _, bad := range []string{
		"plain", "тема", "a\r\nBcc: x@y.example", "a\nX-Evil: 1", "a\r\n\r\nbody", "\r", "=?utf-8?q?x=0D=0ABcc:_a@b.example?=", "a\u2028b", "\x00\x1b[2J",
		"\xff\xfe", strings.Repeat("длинная ", 200), strings.Repeat("x", 2000), `"quoted" <a@b.example>, c@d.example`, ".", "..\r\n.\r\nQUIT\r\n", "(comment)",
	} {
		f.Add(bad, bad, bad)
	}
	f.Fuzz(func(t *testing.T, subject, name, value string) {
		server := startServer(t)
		mailer := server.mailer()
		m := letter()
		m.Subject, m.To.Name, m.From = subject, name, notify.Address{Name: value, Email: "from@example.com"}
		m.Headers = map[string]string{"X-Marshrut-Note": value}
		m.Text += subject
		if err := mailer.Send(t.Context(), m); err != nil {
			t.Fatalf("a mail with a valid address was refused: %v", err)
		}
		mails := server.received()
		if len(mails) != 1 || mails[0].to != m.To.Email || mails[0].from != "crm@example.com" {
			t.Fatalf("arrived: %+v", mails)
		}
		message := parseMail(t, mails[0].raw)
		for header := range message.Header {
			if !strings.Contains("|Auto-Submitted|Content-Language|Content-Type|Date|From|Message-Id|Mime-Version|Subject|To|X-Auto-Response-Suppress|X-Marshrut-Note|", "|"+header+"|") {
				t.Errorf("header %s appeared", header)
			}
		}
		for header, want := range map[string]string{"To": m.To.Email, "From": "from@example.com"} {
			list, err := message.Header.AddressList(header)
			if err != nil || len(list) != 1 || list[0].Address != want {
				t.Errorf("%s became %v (%v)", header, list, err)
			}
		}
		head, _, _ := bytes.Cut(mails[0].raw, []byte("\r\n\r\n"))
		if bytes.ContainsFunc(bytes.ReplaceAll(head, []byte("\r\n"), nil), func(r rune) bool { return r < ' ' && r != '\t' || r > 126 }) {
			t.Errorf("the head holds raw control or 8-bit characters: %q", head)
		}
		readParts(t, message)
	})
}

// FuzzParse feeds hostile sources: each is refused with an error that names its place, or can be rendered.
func FuzzParse(f *testing.F) {
	for _, source := range []string{
		"{{.Number}}", `{{.Field "amount"}}`, "{{if .Due}}a{{else}}b{{end}}", "{{range .}}{{end}}", "{{define \"x\"}}{{end}}", "{{", "}}", "{{/*", "{{- -}}",
		`<a href="{{.URL}}">x</a>`, "<p {{.Topic}}=1>", "<{{.Topic}}>", "<script>{{.Topic}}</script>", "<!--{{.Topic}}-->", "<p title={{.Topic}}>", "<p>{{if .Due}}</p>{{end}}",
		`{{if eq .Stage "a" "b"}}x{{end}}`, `{{or (and .Due .Stage) .Number}}`, "<textarea>{{.Topic}}", "<plaintext>", `<a href="{{.Topic}}:{{.Topic}}">`, "\x01", "<table class=\"facts\"><tr><td>{{.Topic}}",
		strings.Repeat("{{if .Due}}", 200) + strings.Repeat("{{end}}", 200), "{{if (((((.Due)))))}}x{{end}}",
	} {
		f.Add(source, "javascript:alert(1)//<script>\r\n")
	}
	f.Fuzz(func(t *testing.T, text, value string) {
		template, err := notify.Parse(mail(text, text, text))
		if err != nil {
			var fault *notify.SourceError
			if !errors.As(err, &fault) || fault.Problem == "" {
				t.Fatalf("got %#v", err)
			}
			return
		}
		out, err := template.Render(notify.Data{
			Number: value, Stage: value, Topic: value, URL: value, Client: value, Fields: map[string]string{"amount": value},
		})
		if err != nil {
			if !strings.Contains(err.Error(), "too long") {
				t.Fatal(err)
			}
			return
		}
		if strings.ContainsAny(out.Subject, "\r\n\x00") || !utf8.ValidString(out.Subject) {
			t.Errorf("subject %q", out.Subject)
		}
		harmless(t, out.HTML)
	})
}

// FuzzR51_RenderHostileValues fills every shipped template with hostile values: the page has the very tags it has with
// harmless ones.
func FuzzR51_RenderHostileValues(f *testing.F) {
	library := shipped(f)
	for _, value := range []string{
		"<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "javascript:alert(1)", "{{.Number}}", "</td></tr></table>", "\r\nBcc: x@y.example\r\n", "\u202eevil", "\xff\xfe\x00",
		"-->", "]]>", "&lt;script&gt;", "' onmouseover='x", "https://ok.example/\" onclick=\"x",
	} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for _, source := range library.Sources() {
			template, err := library.Template(source.Key, source.Lang)
			if err != nil {
				t.Fatal(err)
			}
			out, err := template.Render(filled(value))
			if err != nil {
				t.Fatalf("%s: %v", source.Key, err)
			}
			plain, err := template.Render(filled("x"))
			if err != nil {
				t.Fatal(err)
			}
			if strings.ContainsAny(out.Subject, "\r\n\x00\u202e") || strings.ContainsAny(out.Text, "\r\x00\u202e") {
				t.Errorf("%s: subject %q, text %q", source.Key, out.Subject, out.Text)
			}
			if visible(value) {
				if got, want := harmless(t, out.HTML), harmless(t, plain.HTML); got != want {
					t.Errorf("%s: tags changed from\n%s\nto\n%s", source.Key, want, got)
				}
			}
		}
	})
}

// visible reports whether the value shows as something, so that no {{if}} of a template takes another branch.
func visible(value string) bool {
	return strings.ContainsFunc(value, func(r rune) bool { return r > ' ' && r < 127 })
}

// filled gives every value but the link, whose absence removes the button.
func filled(value string) notify.Data {
	data := notify.Data{
		Number: value, Kind: value, Map: value, Stage: value, Outcome: value, Client: value, Contact: value, Recipient: value,
		Responsible: value, ResponsiblePhone: value, ResponsibleEmail: value, Performer: value, Topic: value,
		URL: "https://crm.example.com/", Brand: notify.Brand{Company: value, Colour: value}, Fields: map[string]string{},
	}
	for id := range notify.Sample("deal", "en").Fields {
		data.Fields[id] = value
	}
	return data
}

// harmless checks that nothing in the page acts, and returns its tags and attribute names.
func harmless(t *testing.T, page string) string {
	t.Helper()
	var tags strings.Builder
	tokenizer := html.NewTokenizer(strings.NewReader(page))
	for {
		kind := tokenizer.Next()
		if kind == html.ErrorToken {
			return tags.String()
		}
		token := tokenizer.Token()
		if kind == html.TextToken || kind == html.CommentToken {
			continue
		}
		tags.WriteString("<" + token.Data)
		for _, attribute := range token.Attr {
			tags.WriteString(" " + attribute.Key)
			value := strings.ToLower(strings.TrimSpace(attribute.Val))
			link := attribute.Key == "href" || attribute.Key == "src"
			if strings.HasPrefix(attribute.Key, "on") || link && (strings.HasPrefix(value, "javascript:") || strings.HasPrefix(value, "data:")) {
				t.Errorf("%s=%q in\n%s", attribute.Key, attribute.Val, page)
			}
		}
		if token.Data == "script" || token.Data == "iframe" || token.Data == "style" {
			t.Errorf("<%s> in\n%s", token.Data, page)
		}
	}
}

func FuzzParseEmail(f *testing.F) {
	for _, text := range []string{"a@b.example", "анна@пример.рф", "a@b\r\n", "\"a\"@b.example", "a@b.example>", "@", "a@xn--.example"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		email, err := notify.ParseEmail(text)
		if err != nil {
			return
		}
		if strings.ContainsAny(email, " \r\n\t<>,;\"\x00") || strings.Count(email, "@") != 1 {
			t.Errorf("%q became %q", text, email)
		}
		again, err := notify.ParseEmail(email)
		if err != nil || again != email {
			t.Errorf("%q became %q, then %q (%v)", text, email, again, err)
		}
		if parsed, err := netmail.ParseAddress((&netmail.Address{Address: email}).String()); err != nil || parsed.Address != email {
			t.Errorf("%q does not survive a header: %v", email, err)
		}
	})
}
