package server

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"marshrut/crm"
)

// TestEveryCodeHasBothTexts walks the sources of the program: every code an answer can carry has a text in both languages,
// and both name the same values.
func TestEveryCodeHasBothTexts(t *testing.T) {
	texts, err := loadCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	codes := codesInSources(t)
	if len(codes) < 50 {
		t.Fatalf("only %d codes found in the sources: the search is broken", len(codes))
	}
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		for _, lang := range []crm.Lang{crm.EN, crm.RU} {
			if m, ok := texts.find(lang, code); !ok || strings.TrimSpace(m.Title) == "" {
				t.Errorf("%s has no text in %s (%s)", code, lang, codes[code])
			}
		}
	}
}

func TestTextsNameTheSameValues(t *testing.T) {
	texts, err := loadCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	if len(texts[crm.EN]) != len(texts[crm.RU]) {
		t.Errorf("%d texts in English, %d in Russian", len(texts[crm.EN]), len(texts[crm.RU]))
	}
	value := regexp.MustCompile(`\{[a-z_]+\}`)
	cyrillic := regexp.MustCompile(`\p{Cyrillic}`)
	for code, en := range texts[crm.EN] {
		ru := texts[crm.RU][code]
		inEN, inRU := value.FindAllString(en.Detail, -1), value.FindAllString(ru.Detail, -1)
		slices.Sort(inEN)
		slices.Sort(inRU)
		if !slices.Equal(inEN, inRU) {
			t.Errorf("%s names %v in English and %v in Russian", code, inEN, inRU)
		}
		if !cyrillic.MatchString(ru.Title) {
			t.Errorf("%s: the Russian title is not Russian: %q", code, ru.Title)
		}
		if cyrillic.MatchString(en.Title + en.Detail) {
			t.Errorf("%s: the English text is not English", code)
		}
	}
}

// codesInSources finds the codes that the sources give to errors, with where they were found.
func codesInSources(t *testing.T) map[string]string {
	t.Helper()
	search := &codeSearch{t: t, found: map[string]string{}}
	for _, folder := range []string{".", "../crm", "../engine", "../postgres", "../cases", "../dispatch", "../app", "../activities", "../routemaps"} {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if !strings.HasSuffix(name, "_test.go") {
				search.file(name)
			}
		}
	}
	for _, r := range rules {
		search.found[r.code] = "validation.go"
	}
	for _, kind := range []string{"task", "task_until", "time", "time_until", "event", "event_until", "delivery", "delivery_again", "delivery_again_until", "incident", "person"} {
		search.found["why_"+kind] = "progress.go"
	}
	return search.found
}

// codeArguments are the functions that take a code, and which of their arguments it is.
var codeArguments = map[string]int{
	"crm.Errorf": 1, "failed": 1, "invalid": 1, "wrongField": 1, "conflictOn": 0, "idOf": 1,
}

var codeForm = regexp.MustCompile(`^[a-z][a-z_0-9]*$`)

type codeSearch struct {
	t     *testing.T
	set   *token.FileSet
	found map[string]string
}

func (s *codeSearch) file(name string) {
	s.set = token.NewFileSet()
	file, err := parser.ParseFile(s.set, name, nil, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	inRouteMaps := strings.HasPrefix(name, "../routemaps")
	inForm := strings.HasSuffix(name, "engine/form.go")
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if at, ok := codeArguments[sourceOf(n.Fun)]; ok && len(n.Args) > at {
				s.note(n.Args[at])
			}
		case *ast.CompositeLit:
			s.literal(n)
		case *ast.ValueSpec: // the refusals of routemaps.Step are constants
			if inRouteMaps && strings.HasPrefix(n.Names[0].Name, "Refused") && len(n.Values) == 1 {
				s.note(n.Values[0])
			}
		case *ast.ReturnStmt: // the readers of a form's values return the code of what is wrong
			if inForm && len(n.Results) == 2 {
				s.note(n.Results[1])
			}
		}
		return true
	})
}

func (s *codeSearch) literal(n *ast.CompositeLit) {
	switch sourceOf(n.Type) {
	case "crm.Error", "crm.FieldError", "ProblemField":
	default:
		return
	}
	for _, element := range n.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok && sourceOf(pair.Key) == "Code" {
			s.note(pair.Value)
		}
	}
}

func (s *codeSearch) note(e ast.Expr) {
	literal, ok := e.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return
	}
	if code, err := strconv.Unquote(literal.Value); err == nil && codeForm.MatchString(code) {
		s.found[code] = s.set.Position(literal.Pos()).String()
	}
}

func sourceOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return sourceOf(e.X) + "." + e.Sel.Name
	}
	return ""
}
