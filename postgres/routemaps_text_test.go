package postgres_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"marshrut/postgres"
)

// TestR53_ATextWithBackslashesIsReadAsItWasPublished: in YAML they stand for other characters, for the database they must not.
func TestR53_ATextWithBackslashesIsReadAsItWasPublished(t *testing.T) {
	t.Parallel()
	o := newOffice(t, postgres.Options{})
	source := strings.Replace(backslashed, "NAME", `"A \"map\" \\ with \x41"`, 1)
	v, fresh, err := o.PublishRouteMap(t.Context(), []byte(source), uuid.Nil)
	if err != nil || !fresh {
		t.Fatalf("publish: %v, %v", fresh, err)
	}
	read, err := o.RouteMapVersion(t.Context(), v.MapID, v.Version)
	if err != nil || string(read.Source) != source {
		t.Errorf("read as %s, %v", read.Source, err)
	}
	m, err := o.Map(t.Context(), v.MapID, v.Version)
	if err != nil || m.Name.EN != `A "map" \ with A` {
		t.Errorf("called %q, %v", m.Name.EN, err)
	}
}

const backslashed = `
id: backslashed
process: deal
name: {en: NAME, ru: Карта}
stages:
  - id: work
    name: {en: Work, ru: Работа}
    performer: responsible
    outcomes: [{id: done, name: {en: Done, ru: Готово}, finish: positive}]
`
