package notify_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"

	"marshrut/notify"
)

func shipped(t testing.TB) *notify.Library {
	t.Helper()
	library, err := notify.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	return library
}

// TestR39_ShippedSubjects holds the subjects the shipped route maps promise.
func TestR39_ShippedSubjects(t *testing.T) {
	tests := []struct{ key, process, en, ru string }{
		{"appeal-accepted", "appeal", "Request No. A-000123 received", "Обращение № A-000123 принято"},
		{"appeal-closed", "appeal", "Request No. A-000123 closed", "Обращение № A-000123 закрыто"},
		{"overdue", "any", "Overdue: No. A-000123, stage “Processing”", "Просрочено: № A-000123, этап «Отработка»"},
		{"offer-sent", "deal", "Offer No. D-000045", "Коммерческое предложение № D-000045"},
		{"order-placed", "deal", "Order No. 2026-117 placed", "Заказ № 2026-117 оформлен"},
		{"order-completed", "deal", "Order No. 2026-117 completed", "Заказ № 2026-117 выполнен"},
		{"deal-idle", "deal", "Deal No. D-000045: no activity", "Сделка № D-000045: нет активности"},
		{"invoice-issued", "interest", "Invoice No. 2026-117", "Счёт № 2026-117 на оплату"},
		{"payment-received", "interest", "Payment received", "Оплата получена"},
		{"order-shipped", "interest", "Order shipped", "Заказ отгружен"},
		{"claim-registered", "claim", "Claim No. C-000009 registered", "Претензия № C-000009 зарегистрирована"},
		{"claim-decision", "claim", "Decision on claim No. C-000009", "Решение по претензии № C-000009"},
		{"manual-mode-withdrawn", "deal", "Task withdrawn: No. D-000045, stage “Order”", "Задача отозвана: № D-000045, этап «Заказ»"},
		{"task-assigned", "any", "New task: No. A-000123, stage “Processing”", "Новая задача: № A-000123, этап «Отработка»"},
		{"staff-reminder", "any", "Reminder: Order, D-000045", "Напоминание: Заказ, D-000045"},
		{"staff-task", "any", "New task: Order, D-000045", "Новая задача: Заказ, D-000045"},
		{"staff-overdue", "any", "Overdue: Order, D-000045", "Просрочено: Заказ, D-000045"},
		{"staff-assignment", "any", "New assignment: Order, D-000045", "Новое поручение: Заказ, D-000045"},
		{"staff-mention", "any", "You are mentioned: Order, D-000045", "Вас упомянули: Заказ, D-000045"},
		{"staff-substitution", "any", "You stand in: Order, D-000045", "Замещение: Заказ, D-000045"},
		{"staff-digest", "any", "Your digest: 2", "Ваша сводка: 2"},
	}
	library := shipped(t)
	for _, test := range tests {
		for lang, want := range map[string]string{"en": test.en, "ru": test.ru} {
			out, err := library.Preview(test.key, lang, notify.Brand{})
			if err != nil {
				t.Errorf("%s, %s: %v", test.key, lang, err)
				continue
			}
			if out.Subject != want {
				t.Errorf("%s, %s: subject %q, want %q", test.key, lang, out.Subject, want)
			}
		}
		if info, _ := library.Info(test.key); info.Process != test.process {
			t.Errorf("%s is for process %q, want %q", test.key, info.Process, test.process)
		}
	}
	if want := len(tests) + 2; len(library.Keys()) != want {
		t.Errorf("%d templates are shipped, want these and two SMS: %v", len(library.Keys()), library.Keys())
	}
}

func TestR51_ShippedSMS(t *testing.T) {
	tests := map[string]map[string]string{
		"order-placed-sms": {
			"en": "Camomile Trading: Order No. 2026-117 has been placed, amount RUB 184,500.00.",
			"ru": "ООО «Ромашка»: заказ № 2026-117 оформлен, сумма 184 500,00 ₽.",
		},
		"order-shipped-sms": {
			"en": "Camomile Trading: Your order was shipped on 23 November 2026, document No. 318.",
			"ru": "ООО «Ромашка»: ваш заказ отгружен 23 ноября 2026 г., документ № 318.",
		},
	}
	for key, texts := range tests {
		for lang, want := range texts {
			out, err := shipped(t).Preview(key, lang, notify.Brand{})
			if err != nil || out != (notify.Rendered{Text: want}) {
				t.Errorf("%s, %s: got %+v, %v", key, lang, out, err)
			}
		}
	}
}

func TestR51_ShippedTemplatesAreFit(t *testing.T) {
	library := shipped(t)
	for _, source := range library.Sources() {
		t.Run(source.Key+" "+source.Lang, func(t *testing.T) {
			info, ok := library.Info(source.Key)
			if !ok || info.Title["en"] == "" || info.Title["ru"] == "" || len(info.To) == 0 || len(info.Variables) == 0 {
				t.Errorf("incomplete description %+v", info)
			}
			if source.Channel == notify.Email && source.HTML == "" && !notify.ForStaff(source.Key) {
				t.Error("no HTML part")
			}
			template, err := notify.Parse(source)
			if err != nil {
				t.Fatal(err)
			}
			for name, data := range map[string]notify.Data{"sample": notify.Sample(info.Process, source.Lang), "notice": notify.SampleNotice(source.Lang), "empty": {}} {
				out, err := template.Render(data)
				if err != nil {
					t.Fatalf("%s data: %v", name, err)
				}
				if source.Channel == notify.Email {
					wellFormed(t, out.HTML)
				}
				if strings.Contains(out.Text, "\n\n\n") || strings.HasPrefix(out.Text, "\n") || strings.Contains(out.Text, "{{") {
					t.Errorf("%s data: untidy text:\n%s", name, out.Text)
				}
				if source.Lang == "en" && strings.ContainsFunc(out.Subject+out.Text, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) }) {
					t.Errorf("%s data: Russian letters in English text:\n%s", name, out.Text)
				}
			}
		})
	}
}

func TestR51_ClientsNeverGetInternalLinks(t *testing.T) {
	library := shipped(t)
	for _, key := range library.Keys() {
		info, _ := library.Info(key)
		for _, to := range info.To {
			for _, variable := range info.Variables {
				if (to == "client" || to == "contact") && (variable == "URL" || variable == "Performer" || variable == "Stage") {
					t.Errorf("%s is for a %s and shows .%s", key, to, variable)
				}
			}
		}
	}
}

// wellFormed checks that every tag is closed by its own end tag, which mail programs are picky about.
func wellFormed(t testing.TB, page string) {
	t.Helper()
	void := map[string]bool{"meta": true, "br": true, "hr": true, "img": true}
	var open []string
	tokenizer := html.NewTokenizer(strings.NewReader(page))
	for {
		switch tokenizer.Next() {
		case html.ErrorToken:
			if len(open) > 0 {
				t.Errorf("tags left open: %v", open)
			}
			return
		case html.StartTagToken:
			name, _ := tokenizer.TagName()
			if !void[string(name)] {
				open = append(open, string(name))
			}
		case html.EndTagToken:
			name, _ := tokenizer.TagName()
			if len(open) == 0 || open[len(open)-1] != string(name) {
				t.Fatalf("</%s> closes %v", name, open)
			}
			open = open[:len(open)-1]
		}
	}
}

func mail(subject, text, html string) notify.Source {
	return notify.Source{Key: "test", Lang: "ru", Channel: notify.Email, Subject: subject, Text: text, HTML: html}
}

var cyrillic = regexp.MustCompile(`\p{Cyrillic}`)

func TestParseRefuses(t *testing.T) {
	tests := []struct {
		name   string
		source notify.Source
		part   string
		line   int
		says   string
	}{
		{"misspelt variable", mail("s", "a\nb {{.Nubmer}}", ""), "text", 2, "did you mean .Number?"},
		{"case of letters", mail("s", "{{.number}}", ""), "text", 1, "did you mean .Number?"},
		{"a field as variable", mail("s", "{{.contract_term}}", ""), "text", 1, `{{.Field "contract_term"}}`},
		{"unknown variable", mail("{{.Password}}", "t", ""), "subject", 1, "known are .Number"},
		{"misspelt function", mail("s", "\n\n{{nott .Due}}", ""), "text", 3, "did you mean not?"},
		{"printf", mail("s", `{{printf "%9999999d" 1}}`, ""), "text", 1, "unknown function printf"},
		{"call", mail("s", "{{call .Number}}", ""), "text", 1, "unknown function call"},
		{"js", mail("s", "t", "<p>{{js .Number}}</p>"), "html", 1, "unknown function js"},
		{"range", mail("s", "{{range .Number}}x{{end}}", ""), "text", 1, "{{range}} is not available"},
		{"with", mail("s", "{{with .Number}}x{{end}}", ""), "text", 1, "is not available"},
		{"template", mail("s", `{{template "text"}}`, ""), "text", 1, "is not available"},
		{"define", mail("s", `{{define "body"}}x{{end}}`, ""), "text", 0, "{{define}} and {{block}} are not available"},
		{"block", mail("s", `{{block "x" .}}x{{end}}`, ""), "text", 0, "{{define}} and {{block}} are not available"},
		{"own variable", mail("s", `{{$x := .Number}}{{$x}}`, ""), "text", 1, "no variables of their own"},
		{"dollar", mail("s", `{{$.Number}}`, ""), "text", 1, "is not available"},
		{"the whole", mail("s", `{{.}}`, ""), "text", 1, "is not available"},
		{"number", mail("s", `{{1}}`, ""), "text", 1, "is not available"},
		{"pipe", mail("s", `{{.Number | eq "x"}}`, ""), "text", 1, "| is not available"},
		{"parts of a value", mail("s", `{{.Number.Length}}`, ""), "text", 1, "values have no parts"},
		{"arguments", mail("s", `{{.Number "x"}}`, ""), "text", 1, "takes no arguments"},
		{"layout's own", mail("s", `{{.LayoutColour}}`, ""), "text", 1, "unknown variable"},
		{"field without id", mail("s", `{{.Field}}`, ""), "text", 1, ".Field needs"},
		{"field by value", mail("s", `{{.Field .Number}}`, ""), "text", 1, "in quotes"},
		{"field id", mail("s", `{{.Field "Amount!"}}`, ""), "text", 1, "is not a field id"},
		{"not", mail("s", `{{if not .Due .Due}}x{{end}}`, ""), "text", 1, "not needs one argument"},
		{"eq of one", mail("s", `{{if eq .Due}}x{{end}}`, ""), "text", 1, "eq compares"},
		{"eq of unlike", mail("s", `{{if eq .Due (not .Due)}}x{{end}}`, ""), "text", 1, "of one sort"},
		{"and of nothing", mail("s", `{{if and}}x{{end}}`, ""), "text", 1, "of one sort"},
		{"yes or no", mail("s", `{{not .Due}}`, ""), "text", 1, "nothing to print"},
		{"unclosed action", mail("s", "x\n{{.Number", ""), "text", 2, "an action looks like"},
		{"unclosed if", mail("s", "{{if .Due}}x", ""), "text", 1, "{{end}} is missing"},
		{"empty action", mail("s", "{{}}", ""), "text", 1, "missing value"},

		{"script", mail("s", "t", "<p>\n<script>alert(1)</script>"), "html", 2, "<script> is not allowed"},
		{"frame", mail("s", "t", `<iframe src="https://x.example"></iframe>`), "html", 1, "<iframe> is not allowed"},
		{"form", mail("s", "t", "<form></form>"), "html", 1, "<form> is not allowed"},
		{"drawing", mail("s", "t", "<svg></svg>"), "html", 1, "<svg> is not allowed"},
		{"page", mail("s", "t", "<html><body>x</body></html>"), "html", 1, "the layout brings the page"},
		{"doctype", mail("s", "t", "<!DOCTYPE html>x"), "html", 1, "the layout brings the page"},
		{"stray bracket", mail("s", "t", "<p>a</p>\nb\nif a < b"), "html", 3, "write &lt;"},
		{"stray brackets", mail("s", "t", strings.Repeat("<", notify.MaxSource)), "html", 1, "write &lt;"},
		{"instruction", mail("s", "t", "<?xml?>"), "html", 1, "write &lt;"},
		{"handler", mail("s", "t", `<p onclick="x()">x</p>`), "html", 1, "attribute onclick"},
		{"handler in a condition", mail("s", "t", `<p {{if .Due}}onclick="x()"{{end}}>x</p>`), "html", 1, "attribute onclick"},
		{"script link", mail("s", "t", `<a href="javascript:x()">x</a>`), "html", 1, "whole address"},
		{"entity script link", mail("s", "t", `<a href="&#106;avascript:x()">x</a>`), "html", 1, "whole address"},
		{"split script link", mail("s", "t", `<a href="java{{.Topic}}">x</a>`), "html", 1, "whole address"},
		{"hidden script link", mail("s", "t", `<a href="{{if .Due}}{{end}}java{{.Topic}}">x</a>`), "html", 1, "whole address"},
		{"relative link", mail("s", "t", `<a href="/cases">x</a>`), "html", 1, "whole address"},
		{"image from data", mail("s", "t", `<img src="data:image/svg+xml,x">`), "html", 1, "whole address"},
		{"acting style", mail("s", "t", `<p style="background:url(https://x.example)">x</p>`), "html", 1, "style is not allowed"},
		{"quote left open", mail("s", "t", "<p>a</p>\n<p title=\"{{if .Due}}x\">{{end}}b</p>"), "html", 2, "in the branch that opens it"},

		{"no subject", mail(" ", "t", ""), "subject", 0, "subject is missing"},
		{"no text", mail("s", "\n", "<p>x</p>"), "text", 0, "text is missing"},
		{"too long", mail("s", strings.Repeat("x", notify.MaxSource+1), ""), "text", 0, "too long"},
		{"not UTF-8", mail("s", "\xff", ""), "text", 0, "UTF-8"},
		{"key", notify.Source{Key: "Bad Key", Lang: "ru", Channel: notify.Email, Subject: "s", Text: "t"}, "", 0, "key is not valid"},
		{"language", notify.Source{Key: "k", Lang: "de", Channel: notify.Email, Subject: "s", Text: "t"}, "", 0, "must be en or ru"},
		{"channel", notify.Source{Key: "k", Lang: "ru", Channel: "fax", Subject: "s", Text: "t"}, "", 0, "must be email or sms"},
		{"SMS too long", notify.Source{Key: "k", Lang: "ru", Channel: notify.SMSChannel, Text: strings.Repeat("ы", notify.MaxSMS+1)}, "text", 0, "670 characters"},
		{"SMS with HTML", notify.Source{Key: "k", Lang: "ru", Channel: notify.SMSChannel, Text: "t", HTML: "<p>"}, "", 0, "text only"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := notify.Parse(test.source)
			var fault *notify.SourceError
			if !errors.As(err, &fault) {
				t.Fatalf("got %v, want a SourceError", err)
			}
			if fault.Part != test.part || fault.Line != test.line || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %q (part %q, line %d); want part %q, line %d, %q", err, fault.Part, fault.Line, test.part, test.line, test.says)
			}
			problem, hint := fault.In(notify.Russian)
			if !cyrillic.MatchString(problem) || hint != "" && !cyrillic.MatchString(hint) {
				t.Errorf("in Russian: %q, %q", problem, hint)
			}
			if problem, hint := fault.In(notify.English); problem != fault.Problem || hint != fault.Hint {
				t.Errorf("in English: %q, %q", problem, hint)
			}
		})
	}
}

func TestParseReportsEveryPart(t *testing.T) {
	_, err := notify.Parse(mail("{{.A1}}", "{{.B2}}", "{{.C3}}"))
	for _, part := range []string{"subject, line 1", "text, line 1", "html, line 1"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%q is missing in %v", part, err)
		}
	}
}

func render(t testing.TB, s notify.Source, d notify.Data) notify.Rendered {
	t.Helper()
	template, err := notify.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	out, err := template.Render(d)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestR51_ValuesCannotBreakOut(t *testing.T) {
	hostile := "x\r\nBcc: all@example.com\u2028</title></td><script>alert(1)</script>\x00\u202e\"' onclick='x'"
	data := notify.Data{Topic: hostile, URL: "javascript:alert(1)", Fields: map[string]string{"note": "javascript:alert(2)"}}
	out := render(t, mail(
		"Тема: {{.Topic}}", "{{.Topic}} {{.URL}}",
		`<p title="{{.Topic}}">{{.Topic}}</p><a href="{{.URL}}">1</a><a href="{{.Field "note"}}">2</a><p style="color:{{.Topic}}">3</p>`,
	), data)
	if strings.ContainsAny(out.Subject, "\r\n\u2028\u202e\x00") {
		t.Errorf("subject %q", out.Subject)
	}
	if strings.ContainsAny(out.Text, "\r\u2028\u202e\x00") || strings.Contains(out.Text, "javascript:") {
		t.Errorf("text %q", out.Text)
	}
	for _, bad := range []string{"<script", "javascript:", "' onclick", "\x00", "\u202e"} {
		if strings.Contains(out.HTML, bad) {
			t.Errorf("HTML contains %q:\n%s", bad, out.HTML)
		}
	}
	wellFormed(t, out.HTML)
}

func TestR51_HTMLFromText(t *testing.T) {
	out := render(t, mail("s", "Здравствуйте!\n\n{{.Topic}}\nвторая строка\n", ""), notify.Data{Topic: "<b>не жирный</b> & прочее"})
	for _, want := range []string{"Здравствуйте!</p>", "&lt;b&gt;не жирный&lt;/b&gt; &amp; прочее<br>\nвторая строка</p>", `lang="ru"`} {
		if !strings.Contains(out.HTML, want) {
			t.Errorf("%q is missing in:\n%s", want, out.HTML)
		}
	}
	wellFormed(t, out.HTML)
}

func TestR51_BrandInLayout(t *testing.T) {
	source := mail("s", "t", `<p><a class="button" href="{{.URL}}">x</a></p>`)
	for _, test := range []struct{ colour, background, ink string }{
		{"#ffe500", "#ffe500", "#1b1b1b"},
		{"#102040", "#102040", "#ffffff"},
		{"red;}</style>", "#1f5f99", "#ffffff"},
		{"", "#1f5f99", "#ffffff"},
	} {
		out := render(t, source, notify.Data{URL: "https://crm.example.com/1", Brand: notify.Brand{Company: "A & B", Colour: test.colour}})
		for _, want := range []string{"background-color:" + test.background + ";color:" + test.ink, "A &amp; B", `href="https://crm.example.com/1"`} {
			if !strings.Contains(out.HTML, want) {
				t.Errorf("colour %q: %q is missing in:\n%s", test.colour, want, out.HTML)
			}
		}
	}
}

func TestRenderIsBounded(t *testing.T) {
	template, err := notify.Parse(mail("{{.Topic}}", strings.Repeat("{{.Topic}}", 6000), ""))
	if err != nil {
		t.Fatal(err)
	}
	_, err = template.Render(notify.Data{Topic: strings.Repeat("личное ", 1000)})
	if err == nil || !strings.Contains(err.Error(), "too long") || strings.Contains(err.Error(), "личное") {
		t.Errorf("got %v", err)
	}
	out := render(t, mail("{{.Topic}}", "t", ""), notify.Data{Topic: strings.Repeat("ы", 5000)})
	if n := utf8.RuneCountInString(out.Subject); n != notify.MaxSubject {
		t.Errorf("the subject has %d characters, want %d", n, notify.MaxSubject)
	}
}

func TestRenderedSMSFits(t *testing.T) {
	source := notify.Source{Key: "k", Lang: "ru", Channel: notify.SMSChannel, Text: "{{.Topic}} и {{.Client}}"}
	out := render(t, source, notify.Data{Topic: strings.Repeat("ы", 500), Client: strings.Repeat("ю", 500)})
	if n := utf8.RuneCountInString(out.Text); n > notify.MaxSMS || n < 200 {
		t.Errorf("%d characters: %s", n, out.Text)
	}
	source.Text = strings.Repeat("{{.Topic}}", 10)
	template, err := notify.Parse(source)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := template.Render(notify.Data{Topic: strings.Repeat("ы", 500)}); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("got %v", err)
	}
}

func TestFormatTime(t *testing.T) {
	moment := time.Date(2026, time.May, 9, 21, 5, 0, 0, time.UTC)
	zone := func(name string) *time.Location {
		location, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return location
	}
	tests := []struct {
		lang     string
		location *time.Location
		want     string
	}{
		{"ru", zone("Europe/Moscow"), "10 мая 2026 г., 00:05 (МСК)"},
		{"en", zone("Europe/Moscow"), "10 May 2026, 00:05 (MSK)"},
		{"ru", zone("Asia/Yekaterinburg"), "10 мая 2026 г., 02:05 (UTC+5)"},
		{"en", zone("Asia/Kathmandu"), "10 May 2026, 02:50 (UTC+5:45)"},
		{"en", nil, "9 May 2026, 21:05 (UTC)"},
	}
	for _, test := range tests {
		if got := notify.FormatTime(moment, test.lang, test.location); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
	if got := notify.FormatTime(time.Time{}, "ru", nil); got != "" {
		t.Errorf("no deadline is written %q", got)
	}
}

func TestLibraryOverrides(t *testing.T) {
	library := shipped(t)
	own, err := library.With([]notify.Source{
		{Key: "appeal-accepted", Lang: "ru", Channel: notify.Email, Subject: "Своё: {{.Number}}", Text: "t", Version: 3},
		{Key: "welcome", Lang: "en", Channel: notify.Email, Subject: "Welcome", Text: "t", Version: 1},
		{Key: "broken", Lang: "en", Channel: notify.Email, Subject: "{{.Oops}}", Text: "t", Version: 1},
		{Key: "appeal-closed", Lang: "ru", Channel: notify.SMSChannel, Text: "t", Version: 1},
	})
	if err == nil || !strings.Contains(err.Error(), "template broken (en)") || !strings.Contains(err.Error(), "another key for another channel") {
		t.Errorf("got %v", err)
	}
	subject := func(l *notify.Library, key, lang string) string {
		out, err := l.Preview(key, lang, notify.Brand{})
		if err != nil {
			t.Errorf("%s %s: %v", key, lang, err)
		}
		return out.Subject
	}
	for got, want := range map[string]string{
		subject(own, "appeal-accepted", "ru"):     "Своё: A-000123",
		subject(own, "appeal-accepted", "en"):     "Request No. A-000123 received",
		subject(own, "welcome", "ru"):             "Welcome",
		subject(own, "appeal-closed", "ru"):       "Обращение № A-000123 закрыто",
		subject(library, "appeal-accepted", "ru"): "Обращение № A-000123 принято",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if _, err := own.Template("broken", "en"); !errors.Is(err, notify.ErrNoTemplate) {
		t.Errorf("got %v", err)
	}
	if _, err := library.Template("apeal-accepted", "ru"); !errors.Is(err, notify.ErrNoTemplate) || !strings.Contains(err.Error(), `did you mean "appeal-accepted"`) {
		t.Errorf("got %v", err)
	}
}

func TestVariablesAreDescribed(t *testing.T) {
	for _, v := range notify.VariablesOf("appeal-accepted") {
		if v.EN == "" || v.RU == "" {
			t.Errorf("%s is not described", v.Name)
		}
		out := render(t, mail("s", "{{."+v.Name+"}}", ""), notify.Sample("deal", "ru"))
		if strings.TrimSpace(out.Text) == "" {
			t.Errorf("the sample has no %s", v.Name)
		}
	}
}

// TestLettersToStaffHaveValuesOfTheirOwn: what a letter to a client shows they do not know, nor the other way round, and they have no
// fields of a case.
func TestLettersToStaffHaveValuesOfTheirOwn(t *testing.T) {
	source := func(key, text string) notify.Source {
		return notify.Source{Key: key, Lang: "en", Channel: notify.Email, Subject: "x", Text: text}
	}
	for _, key := range []string{notify.StaffKey("task"), notify.StaffKey(notify.Digest)} {
		for _, v := range notify.VariablesOf(key) {
			if _, err := notify.Parse(source(key, "{{."+v.Name+"}}")); err != nil {
				t.Error(err)
			}
			if v.EN == "" || v.RU == "" {
				t.Errorf("%s is not described", v.Name)
			}
		}
	}
	if _, err := notify.Parse(source(notify.StaffKey(notify.Digest), "{{.Items}}{{.What}}")); err == nil || !strings.Contains(err.Error(), "unknown variable .What; known are .Count, .Items, .Recipient, .Company") {
		t.Errorf("a digest of several: %v", err)
	}
	for text, want := range map[string]string{"{{.Items}}": "unknown variable .Items", "{{.Count}}": "unknown variable .Count", "{{.Client}}": "unknown variable .Client", `{{.Field "amount"}}`: "no fields of a case", "{{.Whaat}}": "did you mean .What?"} {
		if _, err := notify.Parse(source("staff-task", text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	if _, err := notify.Parse(source("appeal-accepted", "{{.What}}")); err == nil {
		t.Error("a letter to a client knows .What")
	}
}
