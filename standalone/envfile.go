package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// variable is one line of the environment file.
type variable struct{ name, value string }

func envPath(data string) string { return filepath.Join(data, "env") }

// writeEnv writes what another program needs to use what runs here, in a form a shell reads. The file appears whole.
func writeEnv(data string, variables []variable) error {
	var text strings.Builder
	for _, v := range variables {
		fmt.Fprintf(&text, "%s=%s\n", v.name, quote(v.value))
	}
	unfinished := envPath(data) + ".new"
	if err := os.WriteFile(unfinished, []byte(text.String()), 0o600); err != nil {
		return fmt.Errorf("write the environment file: %w", err)
	}
	if err := os.Rename(unfinished, envPath(data)); err != nil {
		return fmt.Errorf("write the environment file: %w", err)
	}
	return nil
}

// removeEnv takes the file away: it is there exactly while what it names runs.
func removeEnv(data string) error {
	if err := os.Remove(envPath(data)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the environment file: %w", err)
	}
	return nil
}

// quote leaves plain values as they are, which more programs than shells can read.
func quote(value string) string {
	special := func(r rune) bool {
		return !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:,@%+=-", r)
	}
	if !strings.ContainsFunc(value, special) {
		return value
	}
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}
