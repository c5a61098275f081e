package notify_test

import (
	"testing"
	"unicode"

	"marshrut/notify"
)

func TestR40_Eligible(t *testing.T) {
	email := func(kind, value string) notify.Detail {
		return notify.Detail{Type: notify.EmailDetail, Kind: kind, Value: value}
	}
	phone := func(kind, value string) notify.Detail {
		return notify.Detail{Type: notify.PhoneDetail, Kind: kind, Value: value}
	}
	const client, contact, staff = notify.ClientRecipient, notify.ContactRecipient, notify.StaffRecipient
	tests := []struct {
		name    string
		channel notify.Channel
		kind    notify.RecipientKind
		details []notify.Detail
		to      string
		reason  notify.ReasonCode
	}{
		{"client at any e-mail", notify.Email, client, []notify.Detail{phone("work", "1"), email("office", "a@b.example")}, "a@b.example", ""},
		{"client without e-mail", notify.Email, client, []notify.Detail{phone("mobile", "+79161234567")}, "", notify.CodeNoEmail},
		{"client with nothing", notify.Email, client, nil, "", notify.CodeNoEmail},
		{"client with an empty e-mail", notify.Email, client, []notify.Detail{email("", "")}, "", notify.CodeNoEmail},
		{"client with a wrong e-mail", notify.Email, client, []notify.Detail{email("", "a@b@c"), email("", "a at b")}, "", notify.CodeInvalidAddress},
		{"client with a wrong and a right e-mail", notify.Email, client, []notify.Detail{email("", "a@@b"), email("", "a@b.example")}, "a@b.example", ""},
		{"contact at mailing", notify.Email, contact, []notify.Detail{email("work", "w@b.example"), email("mailing", "m@b.example")}, "m@b.example", ""},
		{"contact without mailing", notify.Email, contact, []notify.Detail{email("work", "w@b.example")}, "", notify.CodeNoMailingEmail},
		{"contact with wrong mailing", notify.Email, contact, []notify.Detail{email("mailing", "nobody"), email("work", "w@b.example")}, "", notify.CodeInvalidAddress},
		{"mailing phone is no e-mail", notify.Email, contact, []notify.Detail{phone("mailing", "+79161234567")}, "", notify.CodeNoMailingEmail},
		{"staff", notify.Email, staff, []notify.Detail{email("", "Boss@Example.COM")}, "Boss@example.com", ""},
		{"staff without e-mail", notify.Email, staff, nil, "", notify.CodeNoEmail},
		{"SMS to a mobile", notify.SMSChannel, contact, []notify.Detail{phone("work", "+74951234567"), phone("mobile", "8 (916) 123-45-67")}, "+79161234567", ""},
		{"SMS without a mobile", notify.SMSChannel, contact, []notify.Detail{phone("work", "+74951234567"), email("mailing", "m@b.example")}, "", notify.CodeNoMobile},
		{"SMS to a wrong mobile", notify.SMSChannel, contact, []notify.Detail{phone("mobile", "ask Anna")}, "", notify.CodeInvalidAddress},
		{"SMS to a client", notify.SMSChannel, client, []notify.Detail{phone("mobile", "+79161234567")}, "", notify.CodeSMSContactsOnly},
		{"SMS to staff", notify.SMSChannel, staff, []notify.Detail{phone("mobile", "+79161234567")}, "", notify.CodeSMSContactsOnly},
		{"nobody", notify.Email, "", []notify.Detail{email("mailing", "m@b.example")}, "", notify.CodeNoRecipient},
		{"nobody for an SMS", notify.SMSChannel, "", nil, "", notify.CodeNoRecipient},
		{"unknown channel", "fax", contact, nil, "", notify.CodeUnknownChannel},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			to, reason := notify.Eligible(test.channel, notify.Recipient{Kind: test.kind, Details: test.details})
			if to != test.to || reason != test.reason {
				t.Errorf("got %q, %q; want %q, %q", to, reason, test.to, test.reason)
			}
		})
	}
}

func TestR40_ReasonsHaveTexts(t *testing.T) {
	for _, code := range notify.ReasonCodes() {
		en, ru := notify.ReasonText(code, "en"), notify.ReasonText(code, "ru")
		cyrillic := 0
		for _, r := range ru {
			if unicode.Is(unicode.Cyrillic, r) {
				cyrillic++
			}
		}
		if en == "" || en == string(code) || cyrillic == 0 {
			t.Errorf("%s: %q, %q", code, en, ru)
		}
	}
	if got := notify.ReasonText("something_newer", "ru"); got != "something_newer" {
		t.Errorf("an unknown code became %q", got)
	}
}

func TestParseEmail(t *testing.T) {
	tests := map[string]string{
		"anna@client.example":          "anna@client.example",
		"  anna@client.example\n":      "anna@client.example",
		"Anna.P+crm@Client.Example":    "Anna.P+crm@client.example",
		"анна@пример.рф":               "анна@xn--e1afmkfd.xn--p1ai",
		"root@localhost":               "root@localhost",
		"":                             "",
		"anna":                         "",
		"anna@":                        "",
		"@client.example":              "",
		"anna@client":                  "",
		"anna@client..example":         "",
		"anna@-client.example":         "",
		"anna@[127.0.0.1]":             "",
		"an na@client.example":         "",
		`"an na"@client.example`:       "",
		"a@b@client.example":           "",
		"Anna <a@client.example>":      "",
		"<a@client.example>":           "",
		"a@client.example,b@c.example": "",
		"a@client.example\x00":         "",
		"a..b@client.example":          "",
		"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmn@client.example": "",
	}
	for text, want := range tests {
		got, err := notify.ParseEmail(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestParsePhone(t *testing.T) {
	tests := map[string]string{
		"+79161234567":            "+79161234567",
		"+7 (916) 123-45-67":      "+79161234567",
		"8 916 123 45 67":         "+79161234567",
		"79161234567":             "+79161234567",
		"+375 29 123 45 67":       "+375291234567",
		"":                        "",
		"123":                     "",
		"+0123456789":             "",
		"9161234567":              "",
		"+7916123456789012":       "",
		"+7916123456x":            "",
		"79161234567+":            "",
		"+7 916 123-45-67 доб. 5": "",
	}
	for text, want := range tests {
		got, err := notify.ParsePhone(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v; want %q", text, got, err, want)
		}
	}
}
