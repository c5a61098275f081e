package main

import (
	"fmt"
	"path/filepath"

	"marshrut/audit"
)

// Where the keys of the audit and its exported heads lie in the data folder: beside the database, which is all that one machine
// can do. In earnest both are elsewhere.

func keysPath(data string) string { return filepath.Join(data, "keys") }

func headsPath(data string) string { return filepath.Join(data, "audit") }

// makeKeys makes the keys of a new data folder.
func makeKeys(data string) error {
	if audit.HasKeys(keysPath(data)) {
		return nil
	}
	if err := audit.CreateKeys(keysPath(data)); err != nil {
		return fmt.Errorf("make the keys of the audit: %w", err)
	}
	return nil
}
