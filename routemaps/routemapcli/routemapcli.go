// Package routemapcli is what the commands marshrut routemap lint, render and test do, for designers at their desks and
// for CI: no server and no database is needed.
package routemapcli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"marshrut/crm"
	"marshrut/routemaps"
	"marshrut/routemaps/calendar"
	"marshrut/routemaps/maptest"
	"marshrut/routemaps/render"
)

// Exit codes of the commands.
const (
	ExitOK     = 0
	ExitFound  = 1 // a map is not sound, or a test failed
	ExitCannot = 2 // a file cannot be read, or the command was called wrongly
)

// Commands are the commands and what they know.
type Commands struct {
	Out io.Writer // results
	Err io.Writer // what kept a command from running
	// Known is what exists outside the maps; a nil list is not checked. Its Maps is not used: the commands find maps
	// themselves, beside those named and among the shipped ones.
	Known routemaps.Known
	// Calendars are the calendars that tests count on, by id.
	Calendars map[string]*calendar.Calendar
}

// Lint checks the maps in paths, files or folders, and writes what is wrong as "file:line:column: message (hint)". With
// strict, warnings count as errors. It returns the exit code.
func (c Commands) Lint(paths []string, strict bool) int {
	files, err := expand(paths, isMap)
	if err != nil {
		return c.cannot(err)
	}
	shelf, err := c.shelve(files)
	if err != nil {
		return c.cannot(err)
	}
	problems, warnings := 0, 0
	for _, file := range files {
		_, warned, err := shelf.check(file, c.Known)
		var errs routemaps.Errors
		switch {
		case errors.As(err, &errs):
			problems += len(errs)
			fmt.Fprintln(c.Out, errs)
		case err != nil:
			return c.cannot(err)
		}
		warnings += len(warned)
		for _, w := range warned {
			fmt.Fprintln(c.Out, strings.Replace(w.String(), ": ", ": warning: ", 1))
		}
	}
	fmt.Fprintf(c.Out, "%s, %s, %s\n", count(len(files), "map"), count(problems, "error"), count(warnings, "warning"))
	if problems > 0 || strict && warnings > 0 {
		return ExitFound
	}
	return ExitOK
}

// Format is what Render writes.
type Format string

// The formats.
const (
	FormatSVG      Format = "svg"
	FormatMermaid  Format = "mermaid"
	FormatMarkdown Format = "markdown"
)

// Render draws the map in a file in a language. It returns the exit code.
func (c Commands) Render(path string, format Format, lang crm.Lang) int {
	if lang != crm.RU && lang != crm.EN {
		return c.cannot(fmt.Errorf("there is no language %q: the languages are ru and en", lang))
	}
	shelf, err := c.shelve([]string{path})
	if err != nil {
		return c.cannot(err)
	}
	m, _, err := shelf.check(path, routemaps.Known{})
	var errs routemaps.Errors
	switch {
	case errors.As(err, &errs) && m == nil:
		fmt.Fprintln(c.Err, errs)
		return ExitFound
	case err != nil && m == nil:
		return c.cannot(err)
	}
	switch format {
	case FormatSVG:
		_, err = c.Out.Write(render.SVG(m, lang, nil))
	case FormatMermaid:
		_, err = io.WriteString(c.Out, render.Mermaid(m, lang, nil))
	case FormatMarkdown:
		_, err = io.WriteString(c.Out, render.Markdown(m, lang, render.Rows(m, nil)))
	default:
		return c.cannot(fmt.Errorf("there is no format %q: the formats are %s, %s and %s", format, FormatSVG, FormatMermaid, FormatMarkdown))
	}
	if err != nil {
		return c.cannot(fmt.Errorf("write the map: %w", err))
	}
	return ExitOK
}

// Test runs the tests in paths, files or folders with files *_test.yaml, and writes what failed, as
// "file:line: test: expected ..., got ...". With verbose it also names the outcomes that no test chooses. It returns the
// exit code.
func (c Commands) Test(paths []string, verbose bool) int {
	files, err := expand(paths, isTest)
	if err != nil {
		return c.cannot(err)
	}
	shelf, err := c.shelve(files)
	if err != nil {
		return c.cannot(err)
	}
	passed, failed := 0, 0
	for _, file := range files {
		report, err := c.testFile(shelf, file)
		var located *routemaps.Error
		switch {
		case errors.As(err, &located):
			fmt.Fprintln(c.Out, located)
			failed++
			continue
		case err != nil:
			return c.cannot(err)
		}
		for i := range report.Results {
			if c.result(file, &report.Results[i]) {
				passed++
			} else {
				failed++
			}
		}
		if verbose && len(report.Untried) > 0 {
			fmt.Fprintf(c.Out, "%s: no test chooses %s\n", file, strings.Join(report.Untried, ", "))
		}
	}
	fmt.Fprintf(c.Out, "%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		return ExitFound
	}
	return ExitOK
}

func (c Commands) testFile(shelf *shelf, file string) (*maptest.Report, error) {
	src, err := read(file)
	if errs, ok := errors.AsType[routemaps.Errors](err); ok {
		return nil, errs[0]
	}
	if err != nil {
		return nil, fmt.Errorf("read the tests: %w", err)
	}
	var broken error
	report, err := maptest.Run(context.Background(), file, src, func(id string) (*routemaps.Map, bool) {
		m, ok := shelf.find(id)
		if !ok {
			broken = shelf.broken[id]
			return nil, false
		}
		if err := routemaps.Link(m, shelf.find); err != nil {
			broken = err
			return nil, false
		}
		return m, true
	}, c.Calendars)
	if errs, ok := errors.AsType[routemaps.Errors](broken); ok {
		return nil, errs[0]
	}
	return report, err
}

func (c Commands) result(file string, r *maptest.Result) bool {
	for _, f := range r.Failures {
		fmt.Fprintf(c.Out, "%s:%d: %s: %s\n", file, f.Line, r.Name, f.Message)
	}
	return len(r.Failures) == 0
}

func (c Commands) cannot(err error) int {
	fmt.Fprintln(c.Err, err)
	return ExitCannot
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// read reads a file that the designer names, no further than a map may be long.
func read(name string) ([]byte, error) {
	file, err := os.Open(name) //nolint:gosec // the designer names the files
	if err != nil {
		return nil, err //nolint:wrapcheck // the callers say what it was to be read for
	}
	defer file.Close()
	return routemaps.ReadSource(file, name)
}

func isYAML(name string) bool {
	return strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")
}

func isTest(name string) bool {
	return strings.HasSuffix(name, "_test.yaml") || strings.HasSuffix(name, "_test.yml")
}

func isMap(name string) bool { return isYAML(name) && !isTest(name) }

// expand turns folders into the files in them that are wanted; files are taken as they are.
func expand(paths []string, wanted func(name string) bool) ([]string, error) {
	var files []string
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return nil, fmt.Errorf("find the files: %w", err)
		}
		if !info.IsDir() {
			files = append(files, p)
			continue
		}
		inside, err := filesIn(p, wanted)
		if err != nil {
			return nil, err
		}
		files = append(files, inside...)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no files of that kind in %s", strings.Join(paths, ", "))
	}
	return files, nil
}

func filesIn(folder string, wanted func(name string) bool) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("read the folder: %w", err)
	}
	var files []string
	for _, e := range entries {
		if !e.IsDir() && wanted(e.Name()) {
			files = append(files, filepath.Join(folder, e.Name()))
		}
	}
	return files, nil
}

// shelf holds the maps that others may name: the shipped ones, and over them those beside the files in hand.
type shelf struct {
	maps   map[string]*routemaps.Map
	broken map[string]error // by the file's name without .yaml, which should be the map's id
}

func (c Commands) shelve(files []string) (*shelf, error) {
	shipped, err := routemaps.LoadAll(routemaps.Shipped())
	if err != nil {
		return nil, fmt.Errorf("load the shipped maps: %w", err)
	}
	s := &shelf{maps: shipped, broken: map[string]error{}}
	var folders []string
	for _, f := range files {
		if dir := filepath.Dir(f); !slices.Contains(folders, dir) {
			folders = append(folders, dir)
		}
	}
	for _, dir := range folders {
		beside, err := filesIn(dir, isMap)
		if err != nil {
			return nil, err
		}
		for _, f := range beside {
			s.put(f)
		}
	}
	return s, nil
}

// put loads one map. What is wrong with it matters only when somebody asks for it.
func (s *shelf) put(file string) {
	src, err := read(file)
	if err != nil {
		return
	}
	m, err := routemaps.Load(file, src)
	if err != nil {
		s.broken[strings.TrimSuffix(strings.TrimSuffix(filepath.Base(file), ".yaml"), ".yml")] = err
		return
	}
	s.maps[m.ID] = m
}

func (s *shelf) find(id string) (*routemaps.Map, bool) {
	m, ok := s.maps[id]
	return m, ok
}

// check loads, links and proves the map in a file. A map that is unsound, but could be loaded, is returned with the error.
func (s *shelf) check(file string, known routemaps.Known) (*routemaps.Map, []routemaps.Warning, error) {
	src, err := read(file)
	if _, ok := errors.AsType[routemaps.Errors](err); ok {
		return nil, nil, err
	}
	if err != nil {
		if path, ok := errors.AsType[*fs.PathError](err); ok {
			err = path.Err
		}
		return nil, nil, fmt.Errorf("read the map %s: %w", file, err)
	}
	m, err := routemaps.Load(file, src)
	if err != nil {
		return nil, nil, err
	}
	if err := routemaps.Link(m, s.find); err != nil {
		return m, nil, err
	}
	known.Maps = s.find
	errs, warnings := routemaps.Check(m, known)
	if len(errs) > 0 {
		return m, warnings, errs
	}
	return m, warnings, nil
}
