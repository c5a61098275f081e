package routemaps

import (
	"embed"
	"io/fs"
)

//go:embed appeal.yaml typical-sale.yaml free-sale.yaml new-clients.yaml claim.yaml
var shipped embed.FS

// Shipped is the folder of the route maps that come with the program, one file a map, named after the map's id. Their
// tests beside them are not part of it.
func Shipped() fs.FS { return shipped }
