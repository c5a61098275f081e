package routemapcli_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"marshrut/crm"
	"marshrut/routemaps"
	"marshrut/routemaps/calendar"
	"marshrut/routemaps/routemapcli"
)

type console struct {
	routemapcli.Commands
	out, err bytes.Buffer
}

func newConsole(t *testing.T) *console {
	t.Helper()
	all, err := calendar.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	c := &console{}
	c.Commands = routemapcli.Commands{
		Out: &c.out, Err: &c.err,
		Known:     routemaps.Known{Roles: []string{crm.RoleDispatcher}},
		Calendars: map[string]*calendar.Calendar{},
	}
	for _, one := range all {
		c.Calendars[one.ID()] = one
	}
	return c
}

// expect compares an exit code and looks for words in what was written.
func (c *console) expect(t *testing.T, got, want int, words ...string) {
	t.Helper()
	written := c.out.String() + c.err.String()
	if got != want {
		t.Errorf("exit code %d, want %d: %s", got, want, written)
	}
	for _, w := range words {
		if !strings.Contains(written, w) {
			t.Errorf("%q is not in: %s", w, written)
		}
	}
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

const unsound = `id: unsound
process: deal
name: {en: Unsound, ru: Негодная}
stages:
  - id: first
    name: {en: First, ru: Первый}
    performer: {role: dispacher}
    outcomes:
      - {id: again, name: {en: Again, ru: Снова}, to: first}
`

func TestLintShippedMaps(t *testing.T) {
	c := newConsole(t)
	c.expect(t, c.Lint([]string{".."}, true), routemapcli.ExitOK, "5 maps, 0 errors, 0 warnings")
}

func TestLintSaysWhereAndWhat(t *testing.T) {
	c := newConsole(t)
	file := write(t, "unsound.yaml", unsound)
	c.expect(t, c.Lint([]string{file}, false), routemapcli.ExitFound, file+":5:9: ", file+":7:23: ", "did you mean dispatcher?", "1 map, 2 errors")
}

func TestLintStrictCountsWarnings(t *testing.T) {
	text := strings.Replace(unsound, "dispacher", "dispatcher", 1) + "      - {id: done, name: {en: Done, ru: Готово}, finish: positive}\ncalendar: ru\ncomment: {en: Only English}\n"
	c := newConsole(t)
	file := write(t, "map.yaml", text)
	c.expect(t, c.Lint([]string{file}, false), routemapcli.ExitOK, "warning: ", "0 errors, 1 warning")
	c.expect(t, c.Lint([]string{file}, true), routemapcli.ExitFound)
}

func TestCommandsSayWhatTheyCannotDo(t *testing.T) {
	empty := t.TempDir()
	broken := write(t, "broken.yaml", "id: broken\nstages: 5\n")
	for name, run := range map[string]func(c *console) int{
		"lint a missing file":     func(c *console) int { return c.Lint([]string{"missing.yaml"}, false) },
		"lint an empty folder":    func(c *console) int { return c.Lint([]string{empty}, false) },
		"render a missing file":   func(c *console) int { return c.Render("missing.yaml", routemapcli.FormatSVG, crm.RU) },
		"render in no language":   func(c *console) int { return c.Render("../appeal.yaml", routemapcli.FormatSVG, "de") },
		"render in no format":     func(c *console) int { return c.Render("../appeal.yaml", "gif", crm.RU) },
		"test a missing file":     func(c *console) int { return c.Test([]string{"missing_test.yaml"}, false) },
		"test a folder with none": func(c *console) int { return c.Test([]string{empty}, false) },
	} {
		t.Run(name, func(t *testing.T) {
			c := newConsole(t)
			if code := run(c); code != routemapcli.ExitCannot || c.err.Len() == 0 {
				t.Errorf("exit code %d, %q", code, c.err.String())
			}
		})
	}
	c := newConsole(t)
	c.expect(t, c.Render(broken, routemapcli.FormatSVG, crm.RU), routemapcli.ExitFound, broken+":2:9: ")
}

func TestRenderFormats(t *testing.T) {
	for format, word := range map[routemapcli.Format]string{
		routemapcli.FormatSVG: "<svg", routemapcli.FormatMermaid: "flowchart TD", routemapcli.FormatMarkdown: "| Классификация |",
	} {
		c := newConsole(t)
		c.expect(t, c.Render("../appeal.yaml", format, crm.RU), routemapcli.ExitOK, word)
		if format == routemapcli.FormatSVG {
			wellFormed(t, c.out.Bytes())
		}
	}
}

func wellFormed(t *testing.T, doc []byte) {
	t.Helper()
	for d := xml.NewDecoder(bytes.NewReader(doc)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestTestRunsShippedTests(t *testing.T) {
	c := newConsole(t)
	c.expect(t, c.Test([]string{".."}, true), routemapcli.ExitOK, ", 0 failed")
	if strings.HasPrefix(c.out.String(), "0 passed") {
		t.Error("no test ran")
	}
}

func TestTestSaysWhatFailed(t *testing.T) {
	c := newConsole(t)
	file := write(t, "appeal_test.yaml", `map: appeal
tests:
  - name: wrong on purpose
    start: {at: 2026-03-02T10:00:00Z, expect: {stage: classification}}
    steps:
      - complete: {outcome: sales-enquiry}
        expect: {status: negative}
  - name: right
    start: {at: 2026-03-02T10:00:00Z}
`)
	c.expect(t, c.Test([]string{file}, true), routemapcli.ExitFound,
		file+":7: wrong on purpose: status: expected negative, got positive", "1 passed, 1 failed", "no test chooses classification: hand-over")
}

func TestTestOfABrokenMapSaysWhatIsWrongWithIt(t *testing.T) {
	c := newConsole(t)
	dir := t.TempDir()
	for name, text := range map[string]string{
		"odd.yaml":      "id: odd\nprocess: deal\nstages: 5\n",
		"odd_test.yaml": "map: odd\ntests: [{name: any, start: {at: 2026-03-02T10:00:00Z}}]\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c.expect(t, c.Test([]string{dir}, false), routemapcli.ExitFound, filepath.Join(dir, "odd.yaml")+":", "0 passed, 1 failed")
}

func TestAFileThatIsTooLongOrNeverEndsIsRefused(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	c.expect(t, c.Lint([]string{"/dev/zero"}, false), routemapcli.ExitFound, "/dev/zero:1:1: the file is more than 1048576 bytes long")
	c = newConsole(t)
	c.expect(t, c.Test([]string{"/dev/zero"}, false), routemapcli.ExitFound, "the file is more than 1048576 bytes long")

	sparse := write(t, "sparse.yaml", "")
	if err := os.Truncate(sparse, 1<<40); err != nil {
		t.Fatal(err)
	}
	c = newConsole(t)
	c.expect(t, c.Lint([]string{sparse}, false), routemapcli.ExitFound, "the file is 1099511627776 bytes long, the most is 1048576")
}
