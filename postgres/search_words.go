package postgres

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"marshrut/crm"
)

const (
	askedWords  = 10  // of a text that are looked for
	completions = 100 // words that begin as the last one does, in the order of their letters
	nearWords   = 300 // words that are compared with one that may have a mistake
	nearest     = 10  // of their forms that are taken for it
)

// wordsQuery looks the words of a text ($1) up in the dictionary: those that begin as the last one does, and those that are near
// to one of them. Legal forms and words such as "the" are marked: they
// say nothing beside others. A word of hard and soft signs alone has no sound, and is like every short one: it is left out.
var wordsQuery = fmt.Sprintf(`with asked as materialized (
	select word, n, latin(word) as latin, lexeme(word) as lexeme, name_key('x ' || word) = 'x' or words_of(word) = '' as common
	from string_to_table(plain($1), ' ') with ordinality w (word, n) where length(word) between 1 and 60 and latin(word) <> '' order by n limit %d),
answer as (
	select a.n, d.word, d.latin, d.lexeme from (select * from asked order by n desc limit 1) a cross join lateral (
		select word, latin, lexeme from search_words where latin ~>=~ a.latin and latin ~<~ (a.latin || chr(65533))
		order by latin using ~<~, word limit %d) d
	union all
	select a.n, d.word, d.latin, d.lexeme from asked a cross join lateral (
		select word, latin, lexeme from search_words where spellings(word) && spellings(a.word) order by word limit %d) d
)
select a.n, a.word, a.latin, a.lexeme, a.common, coalesce(d.word, ''), coalesce(d.latin, ''), coalesce(d.lexeme, '')
from asked a left join answer d on d.n = a.n order by a.n`, askedWords, completions, nearWords)

// dictionaryWord is a word of names: as it is written, in Latin letters, and in the form by which cards have it.
type dictionaryWord struct{ word, latin, lexeme string }

// askedWord is a word of a text that is looked for.
type askedWord struct {
	dictionaryWord
	common    bool     // it says nothing beside others
	sure      []string // lexemes that it stands for as it was typed: its own, other forms', what it begins
	corrected []string // and those of words that it would be without a mistake
}

// lookUp reads what the words of a text may stand for. Those that say nothing beside others are left out.
func (db *DB) lookUp(ctx context.Context, text string) ([]askedWord, error) {
	rows, err := db.pool.Query(ctx, wordsQuery, text)
	if err != nil {
		return nil, fmt.Errorf("look words up: %w", err)
	}
	var words []askedWord
	var near [][]dictionaryWord
	var n, last int
	var asked askedWord
	var known dictionaryWord
	_, err = pgx.ForEachRow(rows, []any{&n, &asked.word, &asked.latin, &asked.lexeme, &asked.common, &known.word, &known.latin, &known.lexeme}, func() error {
		if n != last {
			words, near, last = append(words, asked), append(near, nil), n
		}
		if known.word != "" {
			near[len(near)-1] = append(near[len(near)-1], known)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look words up: %w", err)
	}
	for i := range words {
		words[i].understand(near[i], i == len(words)-1)
	}
	if slices.ContainsFunc(words, func(w askedWord) bool { return !w.common }) {
		words = slices.DeleteFunc(words, func(w askedWord) bool { return w.common })
	}
	return words, nil
}

// understand sorts words of the dictionary into those that the asked one stands for and those that it stands for with a mistake,
// the nearest of these. Of the last word of a text the beginning will do.
func (w *askedWord) understand(words []dictionaryWord, last bool) {
	w.sure = []string{w.lexeme}
	type guess struct {
		lexeme   string
		mistakes int
	}
	var guesses []guess
	for i := range words {
		d := &words[i]
		if d.lexeme == w.lexeme || w.latin != "" && (d.latin == w.latin || last && strings.HasPrefix(d.latin, w.latin)) {
			w.sure = append(w.sure, d.lexeme)
		} else if mistakes := w.mistakes(d); mistakes <= crm.MistakesForgiven(w.word) {
			guesses = append(guesses, guess{d.lexeme, mistakes})
		}
	}
	slices.SortFunc(guesses, func(a, b guess) int { return cmp.Or(a.mistakes-b.mistakes, strings.Compare(a.lexeme, b.lexeme)) })
	guesses = slices.CompactFunc(guesses, func(a, b guess) bool { return a.lexeme == b.lexeme })
	w.corrected = slices.Clone(w.sure)
	for _, g := range guesses[:min(len(guesses), nearest)] {
		w.corrected = append(w.corrected, g.lexeme)
	}
}

// mistakes counts those between two words, in their own letters, in Latin ones, or without their endings, if that leaves enough.
func (w *askedWord) mistakes(d *dictionaryWord) int {
	const telling = 4 // letters
	fewest := min(crm.Mistakes(w.word, d.word), crm.Mistakes(w.latin, d.latin))
	if min(utf8.RuneCountInString(w.lexeme), utf8.RuneCountInString(d.lexeme)) >= telling {
		fewest = min(fewest, crm.Mistakes(w.lexeme, d.lexeme))
	}
	return fewest
}

// lexemeQuery asks for cards that have one of the lexemes of each word.
func lexemeQuery(words []askedWord, lexemes func(*askedWord) []string) string {
	all := make([]string, len(words))
	for i := range words {
		one := slices.Compact(slices.Sorted(slices.Values(lexemes(&words[i]))))
		for j, lexeme := range one {
			one[j] = "'" + strings.NewReplacer(`'`, `''`, `\`, `\\`).Replace(lexeme) + "'"
		}
		all[i] = "(" + strings.Join(one, "|") + ")"
	}
	return strings.Join(all, "&")
}

func asTyped(w *askedWord) []string   { return w.sure }
func forgiving(w *askedWord) []string { return w.corrected }

// withoutOne asks for cards that have all words but one, one of some length at least; empty: there is nothing to leave out.
func withoutOne(words []askedWord) string {
	if len(words) < 2 {
		return ""
	}
	const telling = 4 // letters
	var ways []string
	for i := range words {
		others := slices.Delete(slices.Clone(words), i, i+1)
		if slices.ContainsFunc(others, func(w askedWord) bool { return utf8.RuneCountInString(w.word) >= telling }) {
			ways = append(ways, "("+lexemeQuery(others, forgiving)+")")
		}
	}
	return strings.Join(ways, "|")
}
