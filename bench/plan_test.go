package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadPlan(t *testing.T) {
	t.Parallel()
	whole, err := readPlan(nil, io.Discard)
	if err != nil || whole.rounds != 5 || whole.sizes.Tasks != 1_000_000 || whole.clients != 16 || whole.strict || !whole.has("scale") {
		t.Errorf("without arguments: %+v, %v", whole, err)
	}
	short, err := readPlan([]string{"-short", "-strict", "-only", "load,heap"}, io.Discard)
	if err != nil || short.rounds >= whole.rounds || short.sizes.Tasks != 100_000 || !short.strict || short.has("scale") || !short.has("heap") {
		t.Errorf("short: %+v, %v", short, err)
	}
	for _, c := range []struct {
		arguments []string
		says      string
	}{
		{[]string{"-only", "inbx"}, "inbx"},
		{[]string{"-clients", "0"}, "--clients"},
		{[]string{"-clients", "20", "-cases", "10"}, "--cases"},
		{[]string{"-rounds"}, "rounds"},
		{[]string{"-feed-entries", "0"}, "--feed-entries"},
	} {
		if _, err := readPlan(c.arguments, io.Discard); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v: %v, want an error that names %s", c.arguments, err, c.says)
		}
	}
}

func TestReadEnv(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "env")
	text := "DATABASE_URL=postgres://u:p@h/d?sslmode=disable\nTEMPORAL_ADDRESS=127.0.0.1:7233\nMARSHRUT_SMTP_URL='smtp://it'\\''s:p@h:25'\nMARSHRUT_ROUTEMAPS=\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	env, err := readEnv(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"DATABASE_URL": "postgres://u:p@h/d?sslmode=disable", "TEMPORAL_ADDRESS": "127.0.0.1:7233",
		"MARSHRUT_SMTP_URL": "smtp://it's:p@h:25", "MARSHRUT_ROUTEMAPS": "",
	} {
		if env[name] != want {
			t.Errorf("%s is %q, want %q", name, env[name], want)
		}
	}
	if _, err := readEnv(path + "-missing"); err == nil {
		t.Error("a missing file is read")
	}
}
