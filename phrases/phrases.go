// Package phrases says in Russian what a checker says in English: it knows sentences by their form and carries over the
// values in them. So a checker has one sentence for each fault, and whoever shows it chooses the language.
package phrases

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// Book holds sentences. It does not change and is safe for concurrent use.
type Book struct{ sentences, nouns []phrase }

type phrase struct {
	literal int // characters of the English form that are no values: the more, the closer it fits
	form    *regexp.Regexp
	russian string
}

var valueMark = regexp.MustCompile(`\{\d\}`)

// New makes a book of English forms and what they are in Russian. {1} to {9} stand for values, at any place of either. Nouns
// are forms that only values take ("the stage {1}"); a value may be a sentence too.
func New(sentences, nouns map[string]string) *Book {
	return &Book{sentences: compile(sentences), nouns: compile(nouns)}
}

func compile(forms map[string]string) []phrase {
	phrases := make([]phrase, 0, len(forms))
	for english, russian := range forms {
		var pattern strings.Builder
		literal, last := 0, 0
		for _, at := range valueMark.FindAllStringIndex(english, -1) {
			pattern.WriteString(regexp.QuoteMeta(english[last:at[0]]))
			pattern.WriteString("(?P<v" + english[at[0]+1:at[0]+2] + ">.+?)")
			literal, last = literal+at[0]-last, at[1]
		}
		pattern.WriteString(regexp.QuoteMeta(english[last:]))
		phrases = append(phrases, phrase{
			literal: literal + len(english) - last, form: regexp.MustCompile("(?s)^" + pattern.String() + "$"), russian: russian,
		})
	}
	slices.SortFunc(phrases, func(x, y phrase) int {
		return cmp.Or(cmp.Compare(y.literal, x.literal), cmp.Compare(x.form.String(), y.form.String()))
	})
	return phrases
}

// Russian is the sentence in Russian; one that the book does not know stays as it is.
func (b *Book) Russian(english string) string {
	const depth = 3 // of sentences in sentences
	return b.say(english, depth, b.sentences)
}

func (b *Book) say(english string, depth int, from ...[]phrase) string {
	if english == "" || depth == 0 {
		return english
	}
	for _, p := range slices.Concat(from...) {
		match := p.form.FindStringSubmatch(english)
		if match == nil {
			continue
		}
		return valueMark.ReplaceAllStringFunc(p.russian, func(mark string) string {
			if at := p.form.SubexpIndex("v" + mark[1:2]); at > 0 {
				return b.say(match[at], depth-1, b.nouns, b.sentences)
			}
			return mark
		})
	}
	return english
}
