package maptest_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"

	"marshrut/routemaps"
	"marshrut/routemaps/calendar"
	"marshrut/routemaps/maptest"
)

func calendars(t *testing.T) map[string]*calendar.Calendar {
	t.Helper()
	all, err := calendar.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]*calendar.Calendar{}
	for _, c := range all {
		byID[c.ID()] = c
	}
	return byID
}

// Every shipped map has tests, they pass, and together they choose every outcome of it.
func TestR37_ShippedMapsDoWhatTheirTestsSay(t *testing.T) {
	all, err := routemaps.LoadAll(routemaps.Shipped())
	if err != nil {
		t.Fatal(err)
	}
	find := func(id string) (*routemaps.Map, bool) { m, ok := all[id]; return m, ok }
	folder := os.DirFS("..")
	maps, err := fs.Glob(routemaps.Shipped(), "*.yaml")
	if err != nil || len(maps) != 5 {
		t.Fatalf("shipped maps: %v, %v", maps, err)
	}
	for _, name := range maps {
		t.Run(name, func(t *testing.T) {
			file := strings.TrimSuffix(name, ".yaml") + "_test.yaml"
			src, err := fs.ReadFile(folder, file)
			if err != nil {
				t.Fatal(err)
			}
			report, err := maptest.Run(file, src, find, calendars(t))
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range report.Results {
				for _, f := range r.Failures {
					t.Errorf("%s:%d: %s: %s", file, f.Line, r.Name, f.Message)
				}
			}
			if len(report.Untried) > 0 {
				t.Errorf("outcomes that no test chooses: %v", report.Untried)
			}
		})
	}
}
