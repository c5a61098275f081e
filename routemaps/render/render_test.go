package render_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"marshrut/crm"
	"marshrut/routemaps"
	"marshrut/routemaps/calendar"
	"marshrut/routemaps/render"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// parse loads and links a map over the shipped ones.
func parse(tb testing.TB, src string) *routemaps.Map {
	tb.Helper()
	all, err := routemaps.LoadAll(routemaps.Shipped())
	if err != nil {
		tb.Fatal(err)
	}
	m, err := routemaps.Load("map.yaml", []byte(src))
	if err != nil {
		tb.Fatal(err)
	}
	if err := routemaps.Link(m, func(id string) (*routemaps.Map, bool) { n, ok := all[id]; return n, ok }); err != nil {
		tb.Fatal(err)
	}
	return m
}

func read(tb testing.TB, folder fs.FS, name string) string {
	tb.Helper()
	src, err := fs.ReadFile(folder, name)
	if err != nil {
		tb.Fatal(err)
	}
	return string(src)
}

// samples are the shipped maps and one with everything that a map can have.
func samples(tb testing.TB) map[string]*routemaps.Map {
	tb.Helper()
	names, err := fs.Glob(routemaps.Shipped(), "*.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	maps := map[string]*routemaps.Map{"tender": parse(tb, read(tb, os.DirFS("testdata"), "tender.yaml"))}
	for _, name := range names {
		maps[strings.TrimSuffix(name, ".yaml")] = parse(tb, read(tb, routemaps.Shipped(), name))
	}
	return maps
}

// midway takes a case through the events, from its start on a Monday morning.
func midway(tb testing.TB, m *routemaps.Map, events ...routemaps.Event) *routemaps.State {
	tb.Helper()
	facts := routemaps.Facts{Calendar: calendar.Default(), Values: map[string]any{}}
	var s routemaps.State
	at := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	for _, e := range append([]routemaps.Event{{Kind: routemaps.OnStart}}, events...) {
		if e.At.IsZero() {
			e.At = at
		}
		if e.Path != "" {
			e.Visit = s.Visits[e.Path]
		}
		var err error
		if s, _, err = routemaps.Step(m, s, e, facts); err != nil {
			tb.Fatal(err)
		}
	}
	return &s
}

func choose(path, outcome string) routemaps.Event {
	return routemaps.Event{Kind: routemaps.OnOutcome, Path: path, Outcome: outcome, Performer: "0190f5a2-0000-7000-8000-000000000001"}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("%s is not what is drawn now; look at the new picture, and if it is right run go test -update", file)
	}
}

func TestR33_Golden(t *testing.T) {
	all := samples(t)
	for id, m := range all {
		golden(t, id+".svg", render.SVG(m, crm.RU, nil))
		golden(t, id+".mmd", []byte(render.Mermaid(m, crm.EN, nil)))
	}
	appeal := midway(t, all["appeal"], choose("classification", "hand-over"))
	golden(t, "appeal-live.svg", render.SVG(all["appeal"], crm.RU, appeal))
	golden(t, "appeal-live.md", []byte(render.Markdown(all["appeal"], crm.EN, render.Rows(all["appeal"], appeal))))
	tender := midway(t, all["tender"], choose("intake", "accepted"), choose("prepare/technical/draft", "ready"))
	golden(t, "tender-live.svg", render.SVG(all["tender"], crm.EN, tender, render.WithLocation(time.FixedZone("", 3*3600))))
	golden(t, "tender-live.mmd", []byte(render.Mermaid(all["tender"], crm.RU, tender)))
	golden(t, "tender-live.md", []byte(render.Markdown(all["tender"], crm.RU, render.Rows(all["tender"], tender))))
}

// names lists every name a reader must find in a rendering.
func names(m *routemaps.Map, lang crm.Lang, outcomes bool) []string {
	all := []string{}
	var scope func(stages []routemaps.Stage)
	add := func(list []routemaps.Outcome) {
		for i := range list {
			if outcomes && !list[i].Name.Empty() {
				all = append(all, list[i].Name.In(lang))
			}
		}
	}
	scope = func(stages []routemaps.Stage) {
		for i := range stages {
			all = append(all, stages[i].Name.In(lang))
			add(stages[i].Outcomes)
			for b := range stages[i].Branches {
				scope(stages[i].Branches[b].Stages)
			}
		}
	}
	scope(m.Stages)
	add(m.Outcomes)
	return all
}

// texts are all texts of an XML document, as a reader of it gets them.
func texts(tb testing.TB, doc []byte) string {
	tb.Helper()
	var b strings.Builder
	for d := xml.NewDecoder(bytes.NewReader(doc)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return b.String()
		}
		if err != nil {
			tb.Fatalf("not well formed: %v", err)
		}
		if text, ok := token.(xml.CharData); ok {
			b.Write(text)
			b.WriteByte('\n')
		}
	}
}

func TestR33_EveryNameAppears(t *testing.T) {
	for id, m := range samples(t) {
		for _, lang := range []crm.Lang{crm.RU, crm.EN} {
			svg := texts(t, render.SVG(m, lang, nil))
			mermaid := strings.ReplaceAll(strings.ReplaceAll(render.Mermaid(m, lang, nil), "#63;", "?"), "#39;", "'")
			for _, name := range names(m, lang, true) {
				if !strings.Contains(svg, name) {
					t.Errorf("%s in %s: %q is not in the picture", id, lang, name)
				}
				if !strings.Contains(mermaid, name) {
					t.Errorf("%s in %s: %q is not in the Mermaid text", id, lang, name)
				}
			}
			table := strings.ReplaceAll(render.Markdown(m, lang, render.Rows(m, nil)), `\`, "")
			for _, name := range names(m, lang, false) {
				if !strings.Contains(table, name) {
					t.Errorf("%s in %s: %q is not in the table", id, lang, name)
				}
			}
		}
	}
}

func TestRenderingIsDeterministic(t *testing.T) {
	for id, m := range samples(t) {
		first := render.SVG(m, crm.RU, nil)
		for range 5 {
			if !bytes.Equal(first, render.SVG(m, crm.RU, nil)) {
				t.Fatalf("%s is drawn differently each time", id)
			}
		}
	}
}

// hostile are texts that could break out of where they stand.
func hostile() []string {
	return []string{
		`</text><script>alert(1)</script>`, `" onload="alert(1)`, `'><img src=x>`, `]]>`, `<!--`, `&lt;`, `a|b`, "a\nb", "`code`",
		`**bold**`, `[link](javascript:alert(1))`, `![x](http://evil)`, `https://evil.example`, `end`, `subgraph`, `%%{init: {}}%%`,
		`"]; click n1 "javascript:alert(1)"`, `#quot;`, `1. first`, `- item`, `<br/>`, "\u202eevil", "tab\tbed", `\|`, `~~gone~~`, `$x$`, `me@evil.example`,
		"ÿ\xff", "\x00\x07", "\ufffe", strings.Repeat("оченьдлинноеслово", 30), strings.Repeat("много слов ", 60), "漢字かな交じり文", "👩‍👩‍👧‍👦", "é̂̃", "",
	}
}

// withName is a map whose every text is name; it is built past the loader, which would refuse most of them.
func withName(name string) *routemaps.Map {
	text := crm.Text{EN: name, RU: name}
	day := calendar.Duration{N: 1, Unit: calendar.Day}
	return &routemaps.Map{
		ID: "hostile", Process: crm.Deal, Control: routemaps.ControlProcess, Name: text, TimeLimit: &day,
		Outcomes: []routemaps.Outcome{{ID: "lost", Name: text, Finish: routemaps.FinishNegative}},
		Stages: []routemaps.Stage{
			{
				ID: "one", Kind: routemaps.StageTask, Name: text, TimeLimit: &day, Performer: &routemaps.Performer{Kind: routemaps.PerformRole, Key: name},
				Outcomes: []routemaps.Outcome{
					{ID: "next", Name: text, To: "both"},
					{ID: "again", Name: text, To: "one"},
					{ID: "end", Name: text, Finish: routemaps.FinishPositive},
				},
			},
			{
				ID: "both", Kind: routemaps.StageParallel, Name: text, Join: routemaps.JoinAll,
				Branches: []routemaps.Branch{
					{ID: "a", Name: text, Stages: []routemaps.Stage{{
						ID: "x", Kind: routemaps.StageTask, Name: text,
						Outcomes: []routemaps.Outcome{{ID: "ok", Name: text, To: routemaps.ToJoin}},
					}}},
					{ID: "b", Name: text, Stages: []routemaps.Stage{{ID: "y", Kind: routemaps.StageWait, Name: text, Wait: &routemaps.Wait{Until: name}}}},
				},
				Outcomes: []routemaps.Outcome{{ID: "back", Name: text, To: "one"}},
			},
		},
	}
}

func TestHostileNames(t *testing.T) {
	elements := len(tags(t, render.SVG(withName("plain"), crm.RU, nil)))
	for _, name := range hostile() {
		m := withName(name)
		s := &routemaps.State{
			Status: crm.StatusOpen, Visits: map[string]int{"one": 1},
			At: &routemaps.Position{Stage: "one", Visit: 1, Failed: name, Performer: &routemaps.Performer{Kind: routemaps.PerformUser, Key: name}},
		}
		svg := render.SVG(m, crm.RU, s)
		for tag := range tags(t, svg) {
			if tag == "script" || tag == "img" || tag == "a" {
				t.Errorf("%q puts <%s> into the picture", name, tag)
			}
		}
		if len(tags(t, svg)) > elements+3 {
			t.Errorf("%q brings elements of its own: %v", name, tags(t, svg))
		}
		checkTable(t, name, render.Markdown(m, crm.RU, render.Rows(m, s)))
		checkMermaid(t, name, render.Mermaid(m, crm.RU, s))
	}
}

// tags are the elements and attributes of a document.
func tags(tb testing.TB, doc []byte) map[string]bool {
	tb.Helper()
	all := map[string]bool{}
	for d := xml.NewDecoder(bytes.NewReader(doc)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			tb.Fatalf("not well formed: %v\n%s", err, doc)
		}
		if start, ok := token.(xml.StartElement); ok {
			all[start.Name.Local] = true
			for _, a := range start.Attr {
				all["@"+a.Name.Local] = true
			}
		}
	}
}

// checkTable checks that every line is a row of four cells, and that nothing in it has a meaning of its own.
func checkTable(t *testing.T, name, table string) {
	t.Helper()
	for i, line := range strings.Split(strings.TrimSuffix(table, "\n"), "\n") {
		bare := strings.ReplaceAll(line, `\\`, "")
		if cells := strings.Count(bare, "|") - strings.Count(bare, `\|`); cells != 5 {
			t.Errorf("%q: line %d has %d bars: %s", name, i+1, cells, line)
		}
		for _, sign := range []string{"`", "[", "<", "&", "~", "!", "@", "$", "://"} {
			if strings.Count(bare, sign) != strings.Count(bare, `\`+sign) {
				t.Errorf("%q: %s stands unescaped: %s", name, sign, line)
			}
		}
	}
	if len(table) > 4096 {
		t.Errorf("%q: the table has %d bytes", name, len(table))
	}
}

// checkMermaid checks that every quote on a line belongs to a label, and that labels hold nothing but text and entities.
func checkMermaid(t *testing.T, name, text string) {
	t.Helper()
	lines := strings.Count(render.Mermaid(withName("plain"), crm.RU, nil), "\n")
	if got := strings.Count(text, "\n"); got > lines+4 {
		t.Errorf("%q adds lines: %d, not %d", name, got, lines)
	}
	for line := range strings.SplitSeq(text, "\n") {
		parts := strings.Split(line, `"`)
		if len(parts)%2 == 0 {
			t.Errorf("%q: a quote too many: %s", name, line)
			continue
		}
		for i := 1; i < len(parts); i += 2 {
			label := strings.ReplaceAll(parts[i], "<br/>", "")
			if strings.ContainsAny(label, "<>[]{}|`%&") {
				t.Errorf("%q: the label %q", name, label)
			}
		}
	}
}

func TestR53_LongTablesShowWhatIsAroundTheCurrentStage(t *testing.T) {
	m := longMap(t, 300)
	s := &routemaps.State{Status: crm.StatusOpen, Visits: map[string]int{}, At: &routemaps.Position{Stage: "stage-150", Visit: 1}}
	for i := range 150 {
		s.Visits[fmt.Sprintf("stage-%d", i)] = 1
	}
	table := render.Markdown(m, crm.RU, render.Rows(m, s))
	if len(table) > 4096 {
		t.Errorf("%d bytes", len(table))
	}
	for _, want := range []string{"**Этап номер 150**", "| ✓ | Этап номер 149 |", "|  | Этап номер 151 |", "не показано этапов: "} {
		if !strings.Contains(table, want) {
			t.Errorf("%q is not in\n%s", want, table)
		}
	}
}

// longMap is a map of n stages with ways ahead and back.
func longMap(tb testing.TB, n int) *routemaps.Map {
	tb.Helper()
	var b strings.Builder
	b.WriteString("id: long\nprocess: deal\nname: {en: Long, ru: Длинная}\nstages:\n")
	for i := range n {
		fmt.Fprintf(&b, "  - id: stage-%d\n    name: {en: Stage number %[1]d, ru: Этап номер %[1]d}\n    performer: responsible\n    time_limit: 1 day\n    outcomes:\n", i)
		fmt.Fprintf(&b, "      - {id: again, name: {en: Again, ru: Ещё раз}, to: stage-%d}\n", i)
		if i%7 == 3 {
			fmt.Fprintf(&b, "      - {id: skip, name: {en: Skip, ru: Пропустить}, to: stage-%d}\n", min(i+3, n-1))
		}
		if i%5 == 4 {
			fmt.Fprintf(&b, "      - {id: back, name: {en: Back, ru: Вернуть}, to: stage-%d}\n", i-4)
		}
		if i < n-1 {
			b.WriteString("      - {id: next, name: {en: Next, ru: Дальше}}\n")
		} else {
			b.WriteString("      - {id: done, name: {en: Done, ru: Готово}, finish: positive}\n")
		}
	}
	return parse(tb, b.String())
}

func BenchmarkSVG200Stages(b *testing.B) {
	m := longMap(b, 200)
	for b.Loop() {
		render.SVG(m, crm.RU, nil)
	}
}

func TestRowsFollowParallelBranches(t *testing.T) {
	m := samples(t)["tender"]
	s := midway(t, m, choose("intake", "accepted"), choose("prepare/technical/draft", "ready"))
	marks := map[string]routemaps.StageState{}
	for _, row := range render.Rows(m, s) {
		marks[row.Path] = row.Mark
	}
	for path, want := range map[string]routemaps.StageState{
		"intake": routemaps.StageDone, "prepare": routemaps.StageCurrent, "prepare/technical/draft": routemaps.StageDone,
		"prepare/technical/check": routemaps.StageCurrent, "prepare/money/price": routemaps.StageCurrent, "contract": routemaps.StageAhead,
	} {
		if marks[path] != want {
			t.Errorf("%s is %q, want %q", path, marks[path], want)
		}
	}
}
