package routemaps

import (
	"fmt"
	"io/fs"
)

// Files lists the files of a folder that hold route maps: *.yaml and *.yml without the *_test ones, by name.
func Files(folder fs.FS) ([]string, error) {
	entries, err := fs.ReadDir(folder, ".")
	if err != nil {
		return nil, fmt.Errorf("read the folder of route maps: %w", err)
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() && isMapFile(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}
