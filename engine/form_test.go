package engine

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/routemaps"
)

// at is when the tests take place.
func at() time.Time { return time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC) }

func formDecision(t *testing.T) (*decision, uuid.UUID) {
	t.Helper()
	user := &crm.User{ID: uuid.New(), Login: "anna", Roles: []string{crm.RoleManager}, Granted: crm.Grant(crm.ShippedRoles(), crm.RoleManager), Active: true}
	m := &routemaps.Map{Fields: append(routemaps.StandardFields(), routemaps.Field{
		ID: "colour", Type: routemaps.FieldChoice, Options: []routemaps.Option{{ID: "red"}, {ID: "blue"}},
	}, routemaps.Field{ID: "urgent", Type: routemaps.FieldFlag}, routemaps.Field{ID: "count", Type: routemaps.FieldNumber},
		routemaps.Field{ID: "chance", Type: routemaps.FieldPercent}, routemaps.Field{ID: "correction", Type: routemaps.FieldMoney, Negative: true})}
	s := &Snapshot{Case: &crm.Case{}, Map: m, Directory: &Directory{Users: map[uuid.UUID]*crm.User{user.ID: user}}}
	return &decision{snapshot: s, in: Input{At: at()}, change: &Change{Fields: map[string]any{}}}, user.ID
}

func TestFormTakesEveryTypeInItsStoredShape(t *testing.T) {
	t.Parallel()
	d, user := formDecision(t)
	file := uuid.New().String()
	for _, c := range []struct {
		field string
		value any
		want  any
	}{
		{"topic", "  Вопрос  ", "Вопрос"},
		{"topic", "Две\r\nстроки\u2028и ещё\n", "Две строки и ещё"},
		{"comment", "Две\nстроки", "Две\nстроки"},
		{"amount", 184500.5, "184500.5"},
		{"amount", "0.10", "0.10"},
		{"correction", "-12.50", "-12.50"},
		{"count", "-0.000001", "-0.000001"},
		{"chance", "100", "100"},
		{"chance", 0.0, "0"},
		{"date", "2026-11-30", "2026-11-30"},
		{"until", "2026-11-30T12:00:00+03:00", "2026-11-30T09:00:00Z"},
		{"urgent", false, false},
		{"colour", "red", "red"},
		{"performer", strings.ToUpper(user.String()), user.String()},
		{"file", file, file},
	} {
		form, refusal := d.readForm([]routemaps.FormItem{{Field: c.field, Required: true}}, map[string]any{c.field: c.value}, nil)
		if refusal != nil {
			t.Errorf("%s = %v is refused: %v", c.field, c.value, refusal)
			continue
		}
		if form.values[c.field] != c.want {
			t.Errorf("%s = %v is kept as %#v, want %#v", c.field, c.value, form.values[c.field], c.want)
		}
	}
}

func TestFormSaysWhatIsWrongWithEachField(t *testing.T) {
	t.Parallel()
	d, _ := formDecision(t)
	missing := uuid.New()
	d.in.Missing = map[string]bool{Reference{Type: routemaps.FieldFile, Value: missing.String()}.Key(): true}
	for _, c := range []struct {
		name  string
		field string
		value any
		want  string
	}{
		{"a number for a text", "topic", 12.0, "not_a_text"},
		{"an endless text", "topic", strings.Repeat("я", maxText+1), "too_long"},
		{"a NUL", "topic", "a\x00b", "bad_text"},
		{"a word for an amount", "amount", "много", "not_an_amount"},
		{"an amount beyond all accounts", "amount", "1e300", "not_an_amount"},
		{"fourteen digits", "amount", "12345678901234", "not_an_amount"},
		{"a third of a kopeck", "amount", "0.333", "not_an_amount"},
		{"a debt for an amount", "amount", "-5", "negative_amount"},
		{"infinity", "amount", 1e300, "not_an_amount"},
		{"a number beyond all sizes", "count", 1e300, "not_a_number"},
		{"more than all", "chance", "100.5", "not_a_percent"},
		{"less than nothing", "chance", -1.0, "not_a_percent"},
		{"nothing of something", "demand", []any{map[string]any{"name": "Чай", "quantity": 0.0}}, "not_positive"},
		{"a price below nothing", "demand", []any{map[string]any{"name": "Чай", "price": "-1"}}, "negative_amount"},
		{"a date that is none", "date", "2026-02-30", "expected_date"},
		{"a date of another age", "date", "0001-01-01", "expected_date"},
		{"a text for a flag", "urgent", "yes", "not_a_flag"},
		{"no such option", "colour", "green", "not_an_option"},
		{"no such user", "performer", uuid.New().String(), "not_found"},
		{"no id", "file", "1", "not_an_id"},
		{"a file of nobody", "file", missing.String(), "not_found"},
		{"nothing", "topic", "   ", "required"},
		{"unasked", "comment", "x", "unknown_field"},
		{"lines without a name", "demand", []any{map[string]any{"quantity": 1.0}}, "line_without_name"},
		{"an interaction in the past", "planned_call", map[string]any{"kind": "call", "at": "2026-11-22T09:00:00Z"}, "in_the_past"},
		{"an interaction to come, as held", "interaction", map[string]any{"kind": "call", "at": "2026-11-24T09:00:00Z"}, "in_the_future"},
		{"a meeting for a call", "planned_call", map[string]any{"kind": "meeting", "at": "2026-11-24T09:00:00Z"}, "wrong_interaction_kind"},
		{"a dance", "planned_call", map[string]any{"kind": "dance", "at": "2026-11-24T09:00:00Z"}, "bad_interaction_kind"},
	} {
		items := []routemaps.FormItem{{Field: c.field, Required: true}}
		if c.want == "unknown_field" {
			items = nil
		}
		_, refusal := d.readForm(items, map[string]any{c.field: c.value}, nil)
		if refusal == nil || refusal.Code != "validation_failed" || len(refusal.Fields) == 0 {
			t.Errorf("%s: %v", c.name, refusal)
			continue
		}
		if got := refusal.Fields[0]; got.Code != c.want || got.Pointer != "/fields/"+c.field {
			t.Errorf("%s: %s at %s, want %s", c.name, got.Code, got.Pointer, c.want)
		}
	}
}

func TestR30_FormAsksForTheCompetitorOnlyWhenLostToOne(t *testing.T) {
	t.Parallel()
	d, _ := formDecision(t)
	when, err := routemaps.CompileCondition(`colour == "red"`, d.snapshot.Map.Fields, routemaps.FieldFlag, routemaps.Pos{})
	if err != nil {
		t.Fatal(err)
	}
	items := []routemaps.FormItem{{Field: "colour", Required: true}, {Field: "comment", Required: true, When: when}}
	if _, refusal := d.readForm(items, map[string]any{"colour": "blue"}, nil); refusal != nil {
		t.Errorf("a field that is not asked for is missed: %v", refusal)
	}
	if _, refusal := d.readForm(items, map[string]any{"colour": "red"}, nil); refusal == nil {
		t.Error("a field that is asked for is not missed")
	}
}

func FuzzReadForm(f *testing.F) {
	f.Add("amount", "1e309")
	f.Add("date", "2026-11-30")
	f.Add("../topic", "\xff")
	f.Fuzz(func(t *testing.T, field, value string) {
		d, _ := formDecision(t)
		form, refusal := d.readForm([]routemaps.FormItem{{Field: field}}, map[string]any{field: value}, nil)
		if (form == nil) == (refusal == nil) {
			t.Fatalf("neither a form nor a refusal, or both: %v %v", form, refusal)
		}
	})
}
