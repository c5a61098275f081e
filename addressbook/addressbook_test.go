package addressbook

import (
	"testing"

	"marshrut/crm"
)

func TestR44_PhonesComeIntoOneForm(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{
		"+7 (495) 123-45-67":        {"+74951234567", ""},
		"8 495 123 45 67":           {"+74951234567", ""},
		"84951234567":               {"+74951234567", ""},
		"(495) 123-45-67":           {"+74951234567", ""},
		"+7 495 123-45-67 доб. 12":  {"+74951234567", "12"},
		"8 (495) 123-45-67 ext. 12": {"+74951234567", "12"},
		"+7 916 000 11 22":          {"+79160001122", ""},
		"+1 212 555 0123":           {"+12125550123", ""},
		"+375 29 123-45-67":         {"+375291234567", ""},
		"112":                       {"", ""},
	} {
		number, extension, ok := Phone(text)
		if !ok || number != want[0] || extension != want[1] {
			t.Errorf("%q: %q, %q, %v", text, number, extension, ok)
		}
	}
	for _, wrong := range []string{"", "call me", "12", "+7", "+7 495 123", "1-800-FLOWERS", "12345678901234567890123456", "<b>495</b>"} {
		if number, _, ok := Phone(wrong); ok {
			t.Errorf("%q is taken for %q", wrong, number)
		}
	}
}

func TestR44_DetailsByKind(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind        crm.DetailKind
		value, code string
	}{
		{crm.DetailEmail, "a@b.example", ""},
		{crm.DetailMailing, "Anna <a@b.example>", CodeEmail},
		{crm.DetailEmail, "a@b", CodeEmail},
		{crm.DetailEmail, "a.b@localhost", CodeEmail},
		{crm.DetailMobile, "8 916 000 11 22", ""},
		{crm.DetailFax, "нет", CodePhone},
		{crm.DetailSite, "romashka.example/shop", ""},
		{crm.DetailSite, "javascript://romashka.example", CodeSite},
		{crm.DetailSite, "romashka", CodeSite},
		{crm.DetailMessenger, "@romashka", ""},
		{crm.DetailOther, " \n ", CodeRequired},
		{crm.DetailLegalAddress, "Москва, ул. Ленина, 1", ""},
	} {
		if _, code := Normal(crm.ContactDetail{Kind: c.kind, Value: c.value}); code != c.code {
			t.Errorf("%s %q: %q, want %q", c.kind, c.value, code, c.code)
		}
	}
	written, code := Normal(crm.ContactDetail{Kind: crm.DetailPostalAddress, Address: &crm.PostalAddress{
		Postcode: "101000", City: "Москва", Street: "ул. Ленина", Building: "1",
	}})
	if code != "" || written.Value != "101000, Москва, ул. Ленина, 1" {
		t.Errorf("written as %q (%s)", written.Value, code)
	}
	if _, code := Normal(crm.ContactDetail{Kind: crm.DetailPhone, Value: "112", Address: &crm.PostalAddress{}}); code != CodeAddress {
		t.Errorf("a number with a postal address: %q", code)
	}
}

func FuzzPhone(f *testing.F) {
	for _, seed := range []string{"+7 (495) 123-45-67 доб. 12", "112", "8", "+", "доб.", "٤٩٥"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		number, _, ok := Phone(text)
		if number == "" {
			return
		}
		again, _, known := Phone(number)
		if !ok || !known || again != number {
			t.Errorf("%q gives %q, which gives %q", text, number, again)
		}
	})
}
