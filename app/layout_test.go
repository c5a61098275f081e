package app_test

import (
	"os"
	"path/filepath"
	"testing"
)

// The customer's design names what stands at the top level.
func TestR54_TopLevelIsAsTheDesignNamesIt(t *testing.T) {
	t.Parallel()
	for name, folder := range map[string]bool{
		"workflows": true, "activities": true, "worker": true, "server": true, "routemaps": true, "migrations": true,
		"docker-compose.yml": false, "go.mod": false, "README.md": false,
	} {
		info, err := os.Stat(filepath.Join("..", name))
		if err != nil || info.IsDir() != folder {
			t.Errorf("%s: %v", name, err)
		}
	}
}
