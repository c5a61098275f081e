package crm_test

import (
	"testing"

	"marshrut/crm"
)

func TestMistakes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		typed, written string
		want           int
	}{
		{"", "", 0},
		{"", "маяк", 4},
		{"вектор", "вектор", 0},
		{"веткор", "вектор", 1}, // two changed places
		{"ромшака", "ромашка", 1},
		{"оврмашка", "ромашка", 3},
		{"рамашка", "ромашка", 1},
		{"омашка", "ромашка", 1},
		{"ромашкаа", "ромашка", 1},
		{"паинтерс", "painters", 8},
		{"kitten", "sitting", 3},
		{"ca", "abc", 3}, // no letter is moved twice
	} {
		if got, back := crm.Mistakes(tt.typed, tt.written), crm.Mistakes(tt.written, tt.typed); got != tt.want || back != tt.want {
			t.Errorf("%q for %q: %d mistakes, and %d the other way round, want %d", tt.typed, tt.written, got, back, tt.want)
		}
	}
}

func TestShortWordsAreForgivenLess(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]int{"": 0, "юг": 0, "мир": 1, "ромашка": 1, "ромашкой": 2, "александров": 2} {
		if got := crm.MistakesForgiven(word); got != want {
			t.Errorf("%q: %d, want %d", word, got, want)
		}
	}
}

func TestKeyboardLayouts(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"hjvfirf": "ромашка", "Dtrnjh Cthdbc": "вектор сервис", ";eh,f": "журба", "кщьфырлф": "romashka", "34": "", "": "", "вектор plus": "", "'nfkjy 5": "эталон 5",
	} {
		if got := crm.SwitchLayout(typed); got != want {
			t.Errorf("%q becomes %q, want %q", typed, got, want)
		}
	}
}

func TestCaseNumbersAsPeopleTypeThem(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"A-000003": "A-000003", "a-000003": "A-000003", "а-000003": "A-000003", "D-3": "D-000003", "д-3": "D-000003", "в-3": "D-000003", "С-12": "C-000012",
		"и 7": "I-000007", "№ A-3": "A-000003", "A000003": "A-000003", "A–3": "A-000003", "D-0000003": "D-000003", "D-1234567": "D-1234567",
		"A-": "", "3": "", "X-3": "", "A-3b": "", "A--3": "", "вектор": "", "": "",
	} {
		if got, is := crm.CaseNumber(typed); got != want || is != (want != "") {
			t.Errorf("%q is %q, %v, want %q", typed, got, is, want)
		}
	}
}
