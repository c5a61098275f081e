package crm

import (
	"strings"
	"unicode/utf8"
)

// MistakesForgiven is how many mistakes a search forgives in a word: none in the shortest, since others would be met by chance,
// two in long ones.
func MistakesForgiven(word string) int {
	const short, long = 3, 8 // letters
	switch letters := utf8.RuneCountInString(word); {
	case letters < short:
		return 0
	case letters < long:
		return 1
	default:
		return 2
	}
}

// Mistakes counts the letters that are missing, too many, wrong, or have changed places with their neighbours, between a word as
// it was typed and one as it is written.
func Mistakes(typed, written string) int {
	a, b := []rune(typed), []rune(written)
	// Rows of the table of distances between the beginnings of both words: the last but one, the last, and the new one.
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			wrong := 1
			if a[i-1] == b[j-1] {
				wrong = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+wrong)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// The letters of a Russian and an English keyboard, key by key.
const (
	russianKeys = "ёйцукенгшщзхъфывапролджэячсмитьбю"
	englishKeys = "`qwertyuiop[]asdfghjkl;'zxcvbnm,."
)

// SwitchLayout is what the keys give under the other keyboard layout, in small letters: "hjvfirf" is "ромашка". Empty: the text
// has no letters of one of the two alone.
func SwitchLayout(text string) string {
	text = strings.ToLower(text)
	latin, cyrillic := strings.ContainsAny(text, "abcdefghijklmnopqrstuvwxyz"), strings.ContainsAny(text, russianKeys)
	if latin == cyrillic {
		return ""
	}
	from, to := []rune(englishKeys), []rune(russianKeys)
	if cyrillic {
		from, to = to, from
	}
	keys := make(map[rune]rune, len(from))
	for i, r := range from {
		keys[r] = to[i]
	}
	return strings.Map(func(r rune) rune {
		if other, is := keys[r]; is {
			return other
		}
		return r
	}, text)
}
