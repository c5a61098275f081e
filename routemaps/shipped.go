package routemaps

import (
	"embed"
	"io/fs"
)

//go:embed appeal.yaml typical-sale.yaml free-sale.yaml new-clients.yaml claim.yaml
var shipped embed.FS

//go:embed *_test.yaml
var shippedTests embed.FS

// Shipped is the folder of the route maps that come with the program, one file a map, named after the map's id. Their
// tests beside them are not part of it.
func Shipped() fs.FS { return shipped }

// ShippedTests is the text of the tests that come with the shipped map of an id; false: none do.
func ShippedTests(id string) (string, bool) {
	source, err := shippedTests.ReadFile(id + "_test.yaml")
	return string(source), err == nil
}
