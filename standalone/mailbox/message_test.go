package mailbox

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
)

func crlf(lines ...string) []byte { return []byte(strings.Join(lines, "\r\n") + "\r\n") }

func encoded(t *testing.T, charset *charmap.Charmap, text string) string {
	t.Helper()
	out, err := charset.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestParseText(t *testing.T) {
	for name, test := range map[string]struct {
		raw           []byte
		subject, text string
	}{
		"utf-8 as it is": {
			crlf("Subject: Привет", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit", "", "Добрый день"),
			"Привет", "Добрый день\r\n",
		},
		"utf-8 base64": {
			crlf("Subject: =?UTF-8?B?0J/RgNC40LLQtdGC?= =?UTF-8?Q?,_=D0=BC=D0=B8=D1=80?=", "Content-Type: text/plain; charset=utf-8",
				"Content-Transfer-Encoding: base64", "", "0JTQvtCx0YDRi9C5INC00LXQvdGM"),
			"Привет, мир", "Добрый день",
		},
		"koi8-r quoted-printable": {
			crlf("Subject: =?koi8-r?Q?=F0=D2=C9=D7=C5=D4?=", "Content-Type: text/plain; charset=koi8-r",
				"Content-Transfer-Encoding: quoted-printable", "", "=E4=CF=C2=D2=D9=CA =C4=C5=CE=D8"),
			"Привет", "Добрый день\r\n",
		},
		"windows-1251 as it is": {
			crlf("Subject: =?windows-1251?B?z/Do4uXy?=", "Content-Type: text/plain; charset=windows-1251", "",
				encoded(t, charmap.Windows1251, "Добрый день")),
			"Привет", "Добрый день\r\n",
		},
		"no charset and no UTF-8": {
			crlf("Subject: x", "", encoded(t, charmap.Windows1251, "Да")), "x", "\ufffd\r\n",
		},
		"unknown charset":  {crlf("Subject: x", "Content-Type: text/plain; charset=martian", "", "text"), "x", "text\r\n"},
		"unknown encoding": {crlf("Subject: x", "Content-Transfer-Encoding: martian", "", "text"), "x", "text\r\n"},
		"no header":        {[]byte("just a line that is no header\r\n"), "", "just a line that is no header\r\n"},
		"nothing":          {nil, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := parse(test.raw)
			if got := m.header("subject"); got != test.subject {
				t.Errorf("subject %q, want %q", got, test.subject)
			}
			if m.Text != test.text {
				t.Errorf("text %q, want %q", m.Text, test.text)
			}
		})
	}
}

func mixed() []byte {
	return crlf(
		"From: =?utf-8?b?0JzQsNGA0YjRgNGD0YI=?= <crm@example.com>", "To: client@example.com", "Subject: Документы", "Message-Id: <1@example.com>",
		"MIME-Version: 1.0", `Content-Type: multipart/mixed; boundary="outer"`, "",
		"--outer", `Content-Type: multipart/alternative; boundary="inner"`, "",
		"--inner", "Content-Type: text/plain; charset=utf-8", "", "Текст",
		"--inner", "Content-Type: text/html; charset=windows-1251", "Content-Transfer-Encoding: quoted-printable", "",
		`<html><head><title>x</title></head><body><p>=CF=F0=E8=E2=E5=F2</p><img src=3D"cid:logo@x"><script>alert(1)</script></body></html>`,
		"--inner--",
		"--outer", "Content-Type: image/png", "Content-Id: <logo@x>", "Content-Disposition: inline; filename=logo.png",
		"Content-Transfer-Encoding: base64", "", "iVBORw==",
		"--outer", "Content-Type: application/pdf", "Content-Transfer-Encoding: base64",
		"Content-Disposition: attachment; filename*=utf-8''%D0%94%D0%BE%D0%B3%D0%BE%D0%B2%D0%BE%D1%80.pdf", "", "JVBERg==",
		"--outer", `Content-Type: text/html; name="=?utf-8?b?0KHRh9GR0YI=?=.html"`, "Content-Disposition: attachment", "", "<script>alert(2)</script>",
		"--outer--",
	)
}

func TestParseParts(t *testing.T) {
	m := parse(mixed())
	if m.Text != "Текст" {
		t.Errorf("text %q", m.Text)
	}
	if !strings.Contains(m.HTML, "<p>Привет</p>") || strings.Contains(m.HTML, "alert(2)") {
		t.Errorf("HTML %q", m.HTML)
	}
	var names []string
	for _, file := range m.Attachments {
		names = append(names, file.Name)
	}
	if got, want := strings.Join(names, ", "), "logo.png, Договор.pdf, Счёт.html"; got != want {
		t.Errorf("files %q, want %q", got, want)
	}
	if got := string(m.Attachments[1].Data); got != "%PDF" {
		t.Errorf("contents %q", got)
	}
	page := string(m.page())
	if !strings.Contains(page, `src="data:image/png;base64,iVBORw=="`) {
		t.Errorf("the image that came along is not put in: %s", page)
	}
	if !strings.HasPrefix(page, `<html><head><base target="_blank">`) {
		t.Errorf("links open inside the frame: %s", page)
	}
}

func TestParseCutShort(t *testing.T) {
	whole := mixed()
	cut := parse(whole[:len(whole)-len("--outer--\r\n")-10])
	if cut.Text != "Текст" || len(cut.Attachments) < 2 {
		t.Errorf("got %q and %d files, want what came before the cut", cut.Text, len(cut.Attachments))
	}
}

func TestParseDeepNesting(t *testing.T) {
	var raw strings.Builder
	for i := range 200 {
		fmt.Fprintf(&raw, "Content-Type: multipart/mixed; boundary=x%d\r\n\r\n--x%d\r\n", i, i)
	}
	raw.WriteString("Content-Type: text/plain\r\n\r\nbottom\r\n")
	if m := parse([]byte(raw.String())); m.parts > maxDepth+2 {
		t.Errorf("%d parts of a message nested without end", m.parts)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(mixed())
	f.Add(crlf("Subject: =?koi8-r?Q?=F0?=", "Content-Type: multipart/mixed", "", "--", "x"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := parse(raw)
		if m.parts > maxParts+1 {
			t.Errorf("%d parts", m.parts)
		}
		m.page()
	})
}
