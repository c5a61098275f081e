package engine

import (
	"testing"
	"time"

	"marshrut/routemaps"
)

// TestWhatRulesSetIsStoredAsFormsAre: a value that a rule has computed is read by the next condition like one from a form.
func TestWhatRulesSetIsStoredAsFormsAre(t *testing.T) {
	t.Parallel()
	d, _ := formDecision(t)
	for _, c := range []struct {
		field string
		value any
		want  any
	}{
		{"amount", 1200.0 / 7, "171.43"},
		{"count", 2.5, "2.5"},
		{"date", time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), "2026-03-02"},
		{"until", time.Date(2026, 3, 2, 12, 0, 0, 0, time.FixedZone("MSK", 3*3600)), "2026-03-02T09:00:00Z"},
		{"urgent", true, true},
		{"topic", "Вопрос", "Вопрос"},
	} {
		d.doing(&routemaps.Effect{Kind: routemaps.EffectSetField, Field: c.field, Value: c.value})
		got := d.change.Fields[c.field]
		if got != c.want {
			t.Errorf("%s = %v is kept as %#v, want %#v", c.field, c.value, got, c.want)
		}
		if _, read := d.values()[c.field]; !read {
			t.Errorf("%s = %v cannot be read", c.field, got)
		}
	}
}
