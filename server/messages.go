package server

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"marshrut/crm"
)

//go:embed messages_en.json messages_ru.json
var messageFiles embed.FS

// message is the text of a code in one language. Values in braces are filled in: {until}.
type message struct {
	Title  string `json:"title"`
	Detail string `json:"detail,omitempty"`
}

// text is what a field's error shows: it has room for one sentence only.
func (m message) text() string {
	if m.Detail != "" {
		return m.Detail
	}
	return m.Title
}

// catalogue holds the texts of every code in both languages.
type catalogue map[crm.Lang]map[string]message

func loadCatalogue() (catalogue, error) {
	c := catalogue{}
	for _, lang := range []crm.Lang{crm.EN, crm.RU} {
		name := "messages_" + string(lang) + ".json"
		source, err := messageFiles.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read the texts: %w", err)
		}
		texts := map[string]message{}
		if err := json.Unmarshal(source, &texts); err != nil {
			return nil, fmt.Errorf("read the texts of %s: %w", name, err)
		}
		c[lang] = texts
	}
	return c, nil
}

func (c catalogue) find(lang crm.Lang, code string) (message, bool) {
	m, ok := c[lang][code]
	return m, ok
}

// describe fills in the text of a field's error. A code without a text keeps the English detail it came with.
func (c catalogue) describe(lang crm.Lang, f ProblemField) ProblemField {
	if m, ok := c.find(lang, f.Code); ok && !f.worded {
		f.Detail = fill(m.text(), f.params)
	}
	return f
}

// codes lists every code that has a text, sorted.
func (c catalogue) codes() []string {
	all := make([]string, 0, len(c[crm.EN]))
	for code := range c[crm.EN] {
		all = append(all, code)
	}
	slices.Sort(all)
	return all
}

// fill puts the values into a text. A value that is missing leaves its name, which tells more than a gap.
func fill(text string, params map[string]string) string {
	if len(params) == 0 || !strings.Contains(text, "{") {
		return text
	}
	pairs := make([]string, 0, 2*len(params))
	for name, value := range params {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// negotiate picks the language of an Accept-Language header: the one of the two with the higher weight; Russian when
// neither is named.
func negotiate(header string, otherwise crm.Lang) crm.Lang {
	best, weight := otherwise, -1.0
	for part := range strings.SplitSeq(header, ",") {
		tag, parameter, _ := strings.Cut(strings.TrimSpace(part), ";")
		q := 1.0
		if value, ok := strings.CutPrefix(strings.TrimSpace(parameter), "q="); ok {
			if _, err := fmt.Sscanf(value, "%g", &q); err != nil {
				continue
			}
		}
		primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
		lang := crm.Lang(primary)
		if (lang == crm.RU || lang == crm.EN) && q > weight && q > 0 {
			best, weight = lang, q
		}
	}
	return best
}
