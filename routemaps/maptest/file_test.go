package maptest

import (
	"strings"
	"testing"
)

func TestTestedIsWhatTheTextSaysAsYAML(t *testing.T) {
	for name, one := range map[string]struct {
		text, id string
		line     int
	}{
		"plain":                  {"# tests\nmap: claim\ntests: []\n", "claim", 2},
		"quoted":                 {"\"map\": 'claim'\n", "claim", 1},
		"a comment after a tab":  {"map: claim\t# ours\ntests: []\n", "claim", 1},
		"on the next line":       {"map: >-\n  claim\ntests: []\n", "claim", 1},
		"a byte order mark":      {"\ufeffmap: claim\n", "claim", 1},
		"a line of another text": {"map: claim\nnote: |\n  x\n\n  map: appeal\n", "claim", 1},
		"not YAML yet":           {"tests: [\nmap: claim # ours\n", "claim", 2},
		"nothing":                {"tests: []\n", "", 1},
		"empty":                  {"", "", 1},
	} {
		if id, line := Tested([]byte(one.text)); id != one.id || line != one.line {
			t.Errorf("%s: %q in line %d, want %q in line %d", name, id, line, one.id, one.line)
		}
	}
}

// What is nested without end is refused before it is parsed, which would take minutes.
func TestTestsThatAreNestedTooDeepAreRefused(t *testing.T) {
	for _, deep := range []string{strings.Repeat("[", 500_000), strings.Repeat("{a: ", 100_000), strings.Repeat("- ", 200_000)} {
		if err := Check("deep", []byte("map: claim\ntests: "+deep)); err == nil {
			t.Errorf("%.20s… is taken", deep)
		}
		Tested([]byte("tests: " + deep))
	}
}
