package routemaps

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"
)

// Every key and plain value of the shipped maps stands where its node says it does.
func TestNodesKnowTheirPlaces(t *testing.T) {
	files, err := fs.Glob(Shipped(), "*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		src, err := fs.ReadFile(Shipped(), file)
		if err != nil {
			t.Fatal(err)
		}
		root, problem := parseYAML(src)
		if problem != nil {
			t.Fatal(file, problem)
		}
		checkPlaces(t, file, strings.Split(string(src), "\n"), root)
	}
}

func checkPlaces(t *testing.T, file string, lines []string, n *node) {
	t.Helper()
	at := func(p Pos) string {
		if p.Line < 1 || p.Line > len(lines) {
			return fmt.Sprintf("line %d", p.Line)
		}
		line := []rune(lines[p.Line-1])
		if p.Column < 1 || p.Column > len(line) {
			return fmt.Sprintf("column %d of %q", p.Column, string(line))
		}
		return string(line[p.Column-1:])
	}
	switch n.kind {
	case scalarNode:
		first, _, _ := strings.Cut(n.text, "\n")
		if words := strings.Fields(first); len(words) > 0 && !strings.HasPrefix(at(n.textPos), words[0]) {
			t.Errorf("%s:%d:%d: %q where %q should be", file, n.textPos.Line, n.textPos.Column, at(n.textPos), words[0])
		}
	case listNode:
		if c := at(n.pos)[0]; c != '-' && c != '[' {
			t.Errorf("%s:%v: a list begins with %q", file, n.pos, at(n.pos))
		}
		for _, item := range n.items {
			checkPlaces(t, file, lines, item)
		}
	case mappingNode:
		if got := at(n.pos); !strings.HasPrefix(got, "{") && !strings.HasPrefix(got, n.entries[0].key) {
			t.Errorf("%s:%v: a mapping begins with %q", file, n.pos, got)
		}
		for _, e := range n.entries {
			if !strings.HasPrefix(at(e.keyPos), e.key) {
				t.Errorf("%s:%v: %q where the key %q should be", file, e.keyPos, at(e.keyPos), e.key)
			}
			checkPlaces(t, file, lines, e.value)
		}
	}
}

// Each of these would take a parser's time, memory or stack; each is refused quickly. The limit leaves room for a busy
// machine: without the guards the time grows with the square of the size, or the stack runs out.
func TestBombsAreRefusedQuickly(t *testing.T) {
	const size = 1 << 19
	fill := func(unit string) string { return strings.Repeat(unit, size/len(unit)) }
	distinct := func(format string) string {
		var b strings.Builder
		for i := 0; b.Len() < size; i++ {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	indented := func(levels int) string {
		var b strings.Builder
		for i := range levels {
			b.WriteString(strings.Repeat(" ", i) + "a:\n")
		}
		return b.String()
	}
	tests := []struct{ name, src, code string }{
		{"too long", strings.Repeat("a", maxSource+1), "too_large"},
		{"anchors", "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n", "yaml_feature"},
		{"alias", "a: *b\n", "yaml_feature"},
		{"merge", "a: {b: c}\nd:\n  <<: {e: f}\n", "yaml_feature"},
		{"tag", "a: !!binary aGVsbG8=\n", "yaml_feature"},
		{"explicit key", "? a\n: b\n", "yaml_feature"},
		{"directive", "%YAML 1.2\n---\na: b\n", "yaml_feature"},
		{"two documents", "a: b\n---\nc: d\n", "yaml_feature"},
		{"brackets", fill("["), "too_deep"},
		{"braces", fill("{a: "), "too_deep"},
		{"dashes", fill("- "), "too_deep"},
		{"indentation", indented(1000), "too_deep"},
		{"colons", fill(": "), ""},
		{"keys", distinct("key-%d: v\n"), "too_large"},
		{"keys of a list", distinct("- a: b\n  key-%d: v\n"), ""},
		{"keys in braces", "a: {" + distinct("k%d: v, ") + "}", ""},
		{"items", "a: [" + fill("a,") + "]", "too_large"},
		{"lines", fill("- a\n"), "too_large"},
		{"quotes", `a: "` + fill(`\n`), ""},
		{"percent", fill("%"), "yaml_feature"},
		{"at", fill("@"), "too_large"},
		{"tabs", fill("\t"), ""},
		{"folded", "a: >\n" + fill("  x\n"), ""},
		{"comments", fill("# x\n"), ""},
		{"empty", "", "empty"},
		{"blank", "\n\n  \n", "empty"},
		{"only a comment", "# nothing\n", "empty"},
		{"not UTF-8", "id: \xff\n", "not_utf8"},
		{"null character", "id: a\x00b\n", "invisible_character"},
		{"direction override", "name: {en: \"a\u202eb\", ru: я}\n", "invisible_character"},
		{"twice", "id: a\nid: b\n", "duplicate_key"},
		{"list", "- a\n", "wrong_type"},
		{"text", "hello\n", "wrong_type"},
		{"null", "null\n", "wrong_type"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			begun := time.Now()
			m, err := Load("bomb.yaml", []byte(tt.src))
			if took := time.Since(begun); took > 15*time.Second {
				t.Errorf("took %v", took)
			}
			errs, ok := errors.AsType[Errors](err)
			if !ok || m != nil {
				t.Fatalf("got %v, %T", m, err)
			}
			if tt.code != "" && errs[0].Code != tt.code {
				t.Errorf("got %v, want %s", cut(errs[0].Error()), tt.code)
			}
			if len(errs) > maxErrors || errs[0].Line < 1 || errs[0].File != "bomb.yaml" {
				t.Errorf("%d errors, the first %v", len(errs), errs[0])
			}
		})
	}
}
