package notify

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
)

// ErrNoTemplate is returned for a key that no template has.
var ErrNoTemplate = errors.New("no such template")

// Processes a template can be made for, as in route maps; AnyProcess suits all.
const AnyProcess = "any"

// Info describes a template to whoever picks or edits one.
type Info struct {
	Key       string
	Title     map[string]string // by language
	Channel   Channel
	Process   string   // appeal, deal, interest, claim or any
	To        []string // whom it is written for: client, contact, performer, responsible, head_of_department; staff (see [ForStaff])
	Variables []string // used in any language, sorted
	Fields    []string // ids of the case's fields used in any language, sorted
	Languages []string // sorted
}

// Library is a set of templates, the shipped ones or those and the company's own. It does not change and is safe for
// concurrent use.
type Library struct {
	infos     map[string]Info
	templates map[string]map[string]*Template // by key and language
}

//go:embed templates/*.yaml
var shippedFiles embed.FS

// file is the form of the shipped template files.
type file struct {
	Title   map[string]string `yaml:"title"`
	Channel Channel           `yaml:"channel"`
	Process string            `yaml:"process"`
	To      []string          `yaml:"to"`
	EN      texts             `yaml:"en"`
	RU      texts             `yaml:"ru"`
}

type texts struct {
	Subject string `yaml:"subject"`
	Text    string `yaml:"text"`
	HTML    string `yaml:"html"`
}

var loadShipped = sync.OnceValues(func() (*Library, error) { return loadLibrary(shippedFiles) })

// Shipped returns the templates that come with the program.
func Shipped() (*Library, error) { return loadShipped() }

func loadLibrary(files fs.FS) (*Library, error) {
	names, err := fs.Glob(files, "templates/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list shipped templates: %w", err)
	}
	library := &Library{infos: map[string]Info{}, templates: map[string]map[string]*Template{}}
	for _, name := range names {
		if err := library.load(files, name); err != nil {
			return nil, fmt.Errorf("load %s: %w", name, err)
		}
	}
	return library, nil
}

func (l *Library) load(files fs.FS, name string) error {
	content, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	var f file
	if err := yaml.NewDecoder(bytes.NewReader(content), yaml.Strict()).Decode(&f); err != nil {
		return err
	}
	key := strings.TrimSuffix(path.Base(name), ".yaml")
	l.infos[key] = Info{Key: key, Title: f.Title, Channel: f.Channel, Process: f.Process, To: f.To}
	for lang, t := range map[string]texts{English: f.EN, Russian: f.RU} {
		source := Source{Key: key, Lang: lang, Channel: f.Channel, Subject: t.Subject, Text: t.Text, HTML: t.HTML}
		if err := l.add(source); err != nil {
			return err
		}
	}
	return nil
}

// add parses a source and puts it into the library in place of an earlier one.
func (l *Library) add(s Source) error {
	t, err := Parse(s)
	if err != nil {
		return err
	}
	info, known := l.infos[s.Key]
	switch {
	case !known:
		info = Info{Key: s.Key, Channel: s.Channel, Title: map[string]string{English: s.Key, Russian: s.Key}, Process: AnyProcess}
	case info.Channel != s.Channel:
		return &SourceError{
			Key: s.Key, Lang: s.Lang,
			Problem: fmt.Sprintf("the template is for %s", info.Channel), Hint: "use another key for another channel",
		}
	}
	if l.templates[s.Key] == nil {
		l.templates[s.Key] = map[string]*Template{}
	}
	l.templates[s.Key][s.Lang] = t
	l.infos[s.Key] = info
	return nil
}

// With returns a library in which the sources replace or join the templates of this one. A source that does not parse
// is left out, so that one bad text does not silence the others; the error then names every such fault, and the
// library can be used all the same.
func (l *Library) With(sources []Source) (*Library, error) {
	out := &Library{infos: maps.Clone(l.infos), templates: make(map[string]map[string]*Template, len(l.templates))}
	for key, byLang := range l.templates {
		out.templates[key] = maps.Clone(byLang)
	}
	var faults []error
	for _, s := range sources {
		if err := out.add(s); err != nil {
			faults = append(faults, err)
		}
	}
	return out, errors.Join(faults...)
}

// Template returns the template in the language or, if it is written in the other one only, in that.
func (l *Library) Template(key, lang string) (*Template, error) {
	byLang, ok := l.templates[key]
	if !ok {
		if near := nearest(key, l.Keys()); near != "" {
			return nil, fmt.Errorf("template %q: %w; did you mean %q?", printable(key), ErrNoTemplate, near)
		}
		return nil, fmt.Errorf("template %q: %w", printable(key), ErrNoTemplate)
	}
	if t, ok := byLang[lang]; ok {
		return t, nil
	}
	for _, other := range []string{English, Russian} {
		if t, ok := byLang[other]; ok {
			return t, nil
		}
	}
	return nil, fmt.Errorf("template %q: %w", printable(key), ErrNoTemplate)
}

// Keys returns the keys of all templates, sorted.
func (l *Library) Keys() []string { return slices.Sorted(maps.Keys(l.templates)) }

// Info describes the template with the key.
func (l *Library) Info(key string) (Info, bool) {
	info, ok := l.infos[key]
	if !ok {
		return Info{}, false
	}
	for _, t := range l.templates[key] {
		info.Variables = append(info.Variables, t.variables...)
		info.Fields = append(info.Fields, t.fields...)
	}
	slices.Sort(info.Variables)
	slices.Sort(info.Fields)
	info.Variables, info.Fields = slices.Compact(info.Variables), slices.Compact(info.Fields)
	info.Languages = slices.Sorted(maps.Keys(l.templates[key]))
	return info, true
}

// Sources returns every source of the library, by key and language: what an editor starts from.
func (l *Library) Sources() []Source {
	var out []Source
	for _, key := range l.Keys() {
		for _, lang := range slices.Sorted(maps.Keys(l.templates[key])) {
			out = append(out, l.templates[key][lang].source)
		}
	}
	return out
}

// Preview renders the template in the language with invented data, or with the brand given where it has a company.
func (l *Library) Preview(key, lang string, brand Brand) (Rendered, error) {
	t, err := l.Template(key, lang)
	if err != nil {
		return Rendered{}, err
	}
	data := Sample(l.infos[key].Process, t.source.Lang)
	if ForStaff(key) {
		data = SampleNotice(t.source.Lang)
	}
	if brand.Company != "" {
		data.Brand = brand
	}
	return t.Render(data)
}
