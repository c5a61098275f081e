package routemaps_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"marshrut/crm"
	"marshrut/routemaps"
)

// wantLine is the first line of a broken map: where the error is (the column may be left out where it is the parser's
// business), a part of its message, and a part of its hint.
var wantLine = regexp.MustCompile(`^# want: (\d+(?::\d+)?): (.*) \| (.*)$`)

// Each map of testdata/broken is refused at the place and with the words that its first line names, and with a hint.
func TestBrokenMaps(t *testing.T) {
	files, err := filepath.Glob("testdata/broken/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 45 {
		t.Fatalf("only %d broken maps", len(files))
	}
	find, known := knownToBrokenMaps(t)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			first, _, _ := bytes.Cut(src, []byte("\n"))
			want := wantLine.FindStringSubmatch(string(first))
			if want == nil {
				t.Fatalf("the first line is %q", first)
			}
			_, _, err = routemaps.LoadChecked(file, src, find, known)
			var errs routemaps.Errors
			if !errors.As(err, &errs) || len(errs) == 0 {
				t.Fatalf("not refused: %v", err)
			}
			found := false
			for _, e := range errs {
				if e.File == "" || e.Code == "" || e.Hint == "" {
					t.Errorf("without file, code or hint: %v", e)
				}
				inRussian(t, e)
				at := fmt.Sprintf("%d:%d", e.Line, e.Column)
				if !strings.Contains(want[1], ":") {
					at = fmt.Sprint(e.Line)
				}
				found = found || at == want[1] && strings.Contains(e.Message, want[2]) && strings.Contains(e.Hint, want[3])
			}
			if !found {
				t.Errorf("want %s: %s (%s)\ngot  %v", want[1], want[2], want[3], errs)
			}
		})
	}
}

var (
	cyrillic = regexp.MustCompile(`\p{Cyrillic}`)
	// asWritten are hints that show what to write in the map.
	asWritten = regexp.MustCompile(`^[a-z_{]+(: |, | — )`)
	quoted    = regexp.MustCompile(`"[^"]*"`)
)

// inRussian checks that an error is told in Russian too, with the values that it names.
func inRussian(t *testing.T, e *routemaps.Error) {
	t.Helper()
	message, hint := e.Texts(crm.RU)
	if !cyrillic.MatchString(message) || !cyrillic.MatchString(hint) && !asWritten.MatchString(hint) {
		t.Errorf("in Russian: %s (%s)", message, hint)
	}
	for _, value := range quoted.FindAllString(e.Message, -1) {
		if !strings.Contains(message, strings.Trim(value, `"`)) {
			t.Errorf("%s is missing in Russian: %s", value, message)
		}
	}
	if message, hint := e.Texts(crm.EN); message != e.Message || hint != e.Hint {
		t.Errorf("in English: %s (%s)", message, hint)
	}
}

// knownToBrokenMaps is what exists besides the broken maps: the shipped ones, a helper that nests the map named "broken",
// and a few names.
func knownToBrokenMaps(t *testing.T) (find func(id string) (*routemaps.Map, bool), known routemaps.Known) {
	t.Helper()
	all, err := routemaps.LoadAll(routemaps.Shipped())
	if err != nil {
		t.Fatal(err)
	}
	src, err := os.ReadFile("testdata/broken/nested/helper.yaml")
	if err != nil {
		t.Fatal(err)
	}
	helper, err := routemaps.Load("helper.yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	all[helper.ID] = helper
	find = func(id string) (*routemaps.Map, bool) {
		m, ok := all[id]
		return m, ok
	}
	return find, routemaps.Known{
		EmailTemplates: []string{"offer-sent", "order-placed"},
		SMSTemplates:   []string{"order-placed"},
		Users:          []string{"petrova"},
		Roles:          []string{crm.RoleAdmin, crm.RoleDirector, crm.RoleDispatcher, crm.RoleManager},
		Departments:    []string{"sales", "service"},
		Offices:        []string{"moscow"},
		Calendars:      []string{"default", "ru"},
		Maps:           find,
	}
}

// What is too large for a file of its own is refused as well, at once.
func TestBrokenMapsThatAreTooLarge(t *testing.T) {
	const head = "id: broken\nprocess: deal\nname: {en: Broken, ru: Сломанная}\n"
	stage := func(i int) string {
		return fmt.Sprintf("  - {id: s%d, name: {en: S, ru: Э}, performer: responsible, outcomes: [{id: done, name: {en: D, ru: Г}, finish: positive}]}\n", i)
	}
	var stages strings.Builder
	for i := range 2_001 {
		stages.WriteString(stage(i))
	}
	tests := []struct {
		name, src, message string
		line               int
	}{
		{"too many stages", head + "stages:\n" + stages.String(), "too many stages", 2_005},
		{"nested too deep", head + "stages: " + strings.Repeat("[", 200) + strings.Repeat("]", 200) + "\n", "deep", 4},
		{"too many bytes", head + "# " + strings.Repeat("x", 2<<20) + "\nstages:\n" + stage(1), "bytes", 1},
		{"too many outcomes", head + "outcomes:\n" + strings.Repeat("  - {id: lost, name: {en: L, ru: П}, finish: negative}\n", 60) + "stages:\n" + stage(1), "outcomes", 5},
		{"too long a name", strings.Replace(head, "en: Broken", "en: "+strings.Repeat("Broken", 1_000), 1) + "stages:\n" + stage(1), "6000 characters", 3},
		{"too long an expression", head + "stages:\n" + strings.Replace(stage(1), "finish", "when: "+strings.Repeat("1 == 1 and ", 500)+"true, finish", 1), "longer than", 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := routemaps.Load("broken.yaml", []byte(tt.src))
			var errs routemaps.Errors
			if !errors.As(err, &errs) || len(errs) == 0 {
				t.Fatalf("not refused: %v", err)
			}
			for _, e := range errs {
				if e.Line == tt.line && strings.Contains(e.Message, tt.message) {
					return
				}
			}
			t.Errorf("want line %d: %s\ngot %v", tt.line, tt.message, errs[0])
		})
	}
}
