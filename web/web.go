// Package web holds the workplace: the page that managers, designers and administrators work in, built from the sources beside it.
package web

import (
	"embed"
	"fmt"
	"io/fs"
)

// built is what `make web` made of the sources. It is committed, so that running Marshrut needs no Node.
//
//go:embed all:dist
var built embed.FS

// Files are the built page: index.html, and below assets what it loads.
func Files() (fs.FS, error) {
	files, err := fs.Sub(built, "dist")
	if err != nil {
		return nil, fmt.Errorf("open the built page: %w", err)
	}
	return files, nil
}
