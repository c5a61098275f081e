package webpage

import (
	"net/http"

	"golang.org/x/text/language"
)

// Language is a language of the pages.
type Language string

// The languages there are.
const (
	English Language = "en"
	Russian Language = "ru"
)

const languageCookie = "language"

// LanguageOf is the language the reader has chosen, or else the one his browser asks for.
func LanguageOf(r *http.Request) Language {
	if cookie, err := r.Cookie(languageCookie); err == nil {
		switch chosen := Language(cookie.Value); chosen {
		case English, Russian:
			return chosen
		}
	}
	asked, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil {
		return English
	}
	_, at, _ := language.NewMatcher([]language.Tag{language.English, language.Russian}).Match(asked...)
	if at == 1 {
		return Russian
	}
	return English
}

// Other is the language the switch offers.
func (l Language) Other() Language {
	if l == Russian {
		return English
	}
	return Russian
}

// In is the text in a language.
func (t Text) In(l Language) string {
	if l == Russian {
		return t.RU
	}
	return t.EN
}
