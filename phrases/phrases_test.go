package phrases_test

import (
	"testing"

	"marshrut/phrases"
)

func TestASentenceKeepsItsValues(t *testing.T) {
	t.Parallel()
	book := phrases.New(map[string]string{
		"{1} has no {2}":        "у {1} нет {2}",
		"did you mean {1}?":     "может быть, {1}?",
		"{1} needs the key {2}": "нужен ключ {2}: {1}",
	}, map[string]string{"the stage {1}": "этапа {1}"})
	for english, russian := range map[string]string{
		"the stage one has no name":         "у этапа one нет name",
		"did you mean $1 or {1}?":           "может быть, $1 or {1}?",
		"the stage a.b (c) needs the key x": "нужен ключ x: этапа a.b (c)",
		"something new":                     "something new",
		"":                                  "",
	} {
		if got := book.Russian(english); got != russian {
			t.Errorf("%q: got %q, want %q", english, got, russian)
		}
	}
}

func FuzzRussianAlwaysAnswers(f *testing.F) {
	book := phrases.New(map[string]string{"{1} has no {2}": "у {1} нет {2}"}, map[string]string{"the stage {1}": "этапа {1}"})
	f.Add("the stage x has no y")
	f.Fuzz(func(t *testing.T, english string) {
		if english != "" && book.Russian(english) == "" {
			t.Errorf("%q became nothing", english)
		}
	})
}
