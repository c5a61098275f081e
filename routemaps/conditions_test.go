package routemaps

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

// conditionFields is a map's declared fields, one of every type that conditions treat differently.
func conditionFields() []Field {
	return []Field{
		{ID: "amount", Type: FieldMoney},
		{ID: "count", Type: FieldNumber}, // expr has a builtin of this name
		{ID: "date", Type: FieldDate},    // and of this
		{ID: "until", Type: FieldDateTime},
		{ID: "urgent", Type: FieldFlag},
		{ID: "purpose", Type: FieldChoice, Options: []Option{{ID: "service"}, {ID: "purchase"}, {ID: "other"}}},
		{ID: "comment", Type: FieldLongText},
		{ID: "performer", Type: FieldUser},
		{ID: "demand", Type: FieldLines},
		{ID: "planned_call", Type: FieldPlannedInteraction},
	}
}

func TestConditionBool(t *testing.T) {
	now := time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)
	values := map[string]any{
		"amount": 1500.5, "count": 3.0, "date": now.Truncate(24 * time.Hour), "until": now.Add(50 * time.Hour),
		"urgent": true, "purpose": "service", "comment": " Позвонить Утром ", "demand": []any{1},
		"now": now, "outcome": "closed",
	}
	tests := []struct {
		src  string
		want bool
	}{
		{`amount > 1000`, true},
		{`amount > 1000 and purpose == "service"`, true},
		{`1000 < amount and amount < 1500`, false},
		{`0 < count < 5`, true},
		{`purpose in ["purchase", "other"]`, false},
		{`purpose not in ["purchase", "other"]`, true},
		{`not urgent`, false},
		{`!urgent || amount / 3 < 600`, true},
		{`outcome == "closed"`, true},
		{`until > now and until - now > days(2) and until - now < hours(51)`, true},
		{`date == day("2026-11-20")`, true},
		{`now >= day("2026-11-20T12:30:00+03:00")`, true},
		{`lower(trim(comment)) == "позвонить утром"`, true},
		{`comment contains "Утром" and comment startsWith " "`, true},
		{`len(comment) == 17`, true},
		{`min(amount, 10, count) == 3 and max(1, 2) == 2`, true},
		{`abs(0 - count) == 3 and round(amount) == 1501 and floor(amount) == ceil(amount) - 1`, true},
		{`has("amount") and has("demand") and not has("planned_call") and not has("performer")`, true},
		{`performer == ""`, true},
		{`urgent ? amount > 1 : count > 100`, true},
		{"amount > 1 and // a comment\n count > 1", true},
	}
	for _, tt := range tests {
		t.Run(cut(tt.src), func(t *testing.T) {
			c, err := CompileCondition(tt.src, conditionFields(), FieldFlag, Pos{})
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.Bool(values)
			if err != nil || got != tt.want {
				t.Fatalf("got %v, %v, want %v", got, err, tt.want)
			}
		})
	}
}

func TestConditionMissingValuesAreZero(t *testing.T) {
	c, err := CompileCondition(`amount == 0 and count == 0 and not urgent and purpose == "" and until < now and date < now and outcome == ""`,
		conditionFields(), FieldFlag, Pos{})
	if err != nil {
		t.Fatal(err)
	}
	for _, values := range []map[string]any{
		{"now": time.Unix(0, 0)},
		{"now": time.Unix(0, 0), "amount": nil, "until": nil, "purpose": ""},
	} {
		if holds, err := c.Bool(values); err != nil || !holds {
			t.Errorf("values %v: got %v, %v", values, holds, err)
		}
	}
}

func TestConditionReadsJSONForms(t *testing.T) {
	c, err := CompileCondition(`amount == 12.5 and count == 2 and date == day("2026-01-31") and until == day("2026-01-31T10:00:00Z")`,
		conditionFields(), FieldFlag, Pos{})
	if err != nil {
		t.Fatal(err)
	}
	holds, err := c.Bool(map[string]any{"amount": "12.50", "count": 2, "date": "2026-01-31", "until": "2026-01-31T13:00:00+03:00"})
	if err != nil || !holds {
		t.Fatalf("got %v, %v", holds, err)
	}
}

func TestConditionValue(t *testing.T) {
	now := time.Date(2026, 11, 20, 9, 30, 0, 1234, time.FixedZone("", 3*3600))
	tests := []struct {
		src  string
		typ  FieldType
		want any
	}{
		{`5`, FieldNumber, 5.0},
		{`amount * 2`, FieldMoney, 3.0},
		{`len(comment)`, FieldNumber, 2.0},
		{`now + days(3)`, FieldDateTime, time.Date(2026, 11, 23, 6, 30, 0, 1000, time.UTC)},
		{`now`, FieldDate, time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)},
		{`"purchase"`, FieldChoice, "purchase"},
		{`comment + "!"`, FieldText, "hm!"},
		{`true`, FieldFlag, true},
	}
	for _, tt := range tests {
		t.Run(cut(tt.src), func(t *testing.T) {
			c, err := CompileCondition(tt.src, conditionFields(), tt.typ, Pos{})
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.Value(map[string]any{"amount": 1.5, "comment": "hm", "now": now})
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Fatalf("got %v, %v, want %v", got, err, tt.want)
			}
		})
	}
}

func TestConditionRefused(t *testing.T) {
	tests := []struct {
		src, code, says string
		column          int
	}{
		{``, "condition_source", "empty", 11},
		{"\xff", "condition_source", "UTF-8", 11},
		{strings.Repeat(" ", 2000) + "urgent", "condition_source", "longer than 2000", 11},
		{`amuont > 5`, "condition_name", "did you mean amount?", 11},
		{`urgent and plannedCall`, "condition_name", "did you mean planned_call?", 22},
		{`purpose == service`, "condition_name", `"service"`, 22},
		{`has("amnt")`, "condition_name", "did you mean amount?", 15},
		{`has(amount)`, "condition_forbidden", `has("amount")`, 11},
		{`lennn(comment) > 1`, "condition_name", "did you mean len?", 11},
		{`purpose == "servce"`, "condition_option", "did you mean service?", 22},
		{`"repair" != purpose`, "condition_option", "possible: service, purchase, other", 11},
		{`purpose in ["service", "repair"]`, "condition_option", `"repair" is not an option of purpose`, 34},
		{`purpose not in ["repair"]`, "condition_option", `"repair"`, 27},
		{`amount`, "condition_type", "a number where true or false", 11},
		{`amount > "5"`, "condition_type", "amount is money", 18},
		{`purpose in [1, "service"]`, "condition_forbidden", "of one type", 26},
		{`purpose in comment`, "condition_forbidden", "in needs a list", 19},
		{`demand > 1`, "condition_type", `has("demand")`, 11},
		{`comment matches "a+"`, "condition_forbidden", "not available", 19},
		{`1 in 1..10`, "condition_forbidden", "in needs a list", 13},
		{`all([1], # > 0)`, "condition_forbidden", "all is not available", 11},
		{`len([1, 2]) > 0`, "condition_forbidden", "after in", 15},
		{`{"a": 1} == {"a": 1}`, "condition_forbidden", "not available", 11},
		{`let x = 1; x > 0`, "condition_forbidden", "not available", 15},
		{`urgent; urgent`, "condition_forbidden", "not available", 11},
		{`now.Unix() > 1`, "condition_forbidden", "no methods", 15},
		{`comment[0:1] == "a"`, "condition_forbidden", "no parts", 18},
		{`$env == 1`, "condition_name", "unknown", 11},
		{`now() > until`, "condition_forbidden", "without parentheses", 11},
		{`repeat(comment, 1000000) == ""`, "condition_name", "unknown", 11},
		{`until == nil`, "condition_forbidden", `has("field")`, 20},
		{`day("31.12.2026") > now`, "condition_forbidden", "2026-12-31", 11},
		{`day(comment) > now`, "condition_forbidden", "in quotes", 11},
		{`count % 2 == 1`, "condition_type", "count is number", 17},
		{`amount = 5`, "condition_syntax", "equal is written ==", 18},
		{`urgent AND urgent`, "condition_syntax", "small letters", 18},
		{`purpose == «service»`, "condition_syntax", "straight quotes", 22},
		{`amount > `, "condition_syntax", "unexpected", 19},
		{"urgent and\n  amuont > 5", "condition_name", "amount", 3},
		{strings.Repeat("urgent && ", 190) + "urgent", "condition_syntax", "maximum allowed nodes", 0},
		{`urgent ? 1 : "a"`, "condition_type", "different types", 11},
		{`min() > 1`, "condition_type", "not enough arguments", 11},
	}
	for _, tt := range tests {
		t.Run(cut(tt.src), func(t *testing.T) {
			c, err := CompileCondition(tt.src, conditionFields(), FieldFlag, Pos{Line: 7, Column: 11})
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, %v, want an *Error", c, err)
			}
			if e.Code != tt.code || !strings.Contains(e.Message+" / "+e.Hint, tt.says) {
				t.Errorf("got %s %q (%s), want %s with %q", e.Code, e.Message, e.Hint, tt.code, tt.says)
			}
			if tt.column != 0 && e.Column != tt.column {
				t.Errorf("column %d, want %d", e.Column, tt.column)
			}
			if want := 7 + strings.Count(tt.src, "\n"); e.Line != want {
				t.Errorf("line %d, want %d", e.Line, want)
			}
		})
	}
}

func TestConditionSetTargets(t *testing.T) {
	scope := newConditionScope(conditionFields())
	purpose := conditionFields()[5]
	for _, src := range []string{`"repair"`, `urgent ? "service" : (amount > 5 ? "repair" : "other")`} {
		_, err := scope.compile(src, purpose, Pos{})
		var e *Error
		if !errors.As(err, &e) || e.Code != "condition_option" {
			t.Errorf("%s: got %v", src, err)
		}
	}
	if _, err := scope.compile(`urgent ? "service" : ""`, purpose, Pos{}); err != nil {
		t.Error(err)
	}
	for _, typ := range []FieldType{FieldLines, FieldPlannedInteraction, FieldInteraction} {
		if _, err := CompileCondition(`"a"`, nil, typ, Pos{}); err == nil || !strings.Contains(err.Error(), "cannot be computed") {
			t.Errorf("%s: got %v", typ, err)
		}
	}
}

// The parser shares nodes in chains of comparisons and in "a ?: b": a nest of them must not take time that doubles with
// each level.
func TestConditionNestsAreBounded(t *testing.T) {
	chain, elvis := "count", "urgent"
	for range 60 {
		chain = "0 < (" + chain + ") < 9"
		elvis = "(" + elvis + ") ?: urgent"
	}
	for _, src := range []string{chain, elvis, strings.Repeat("(", 999) + "urgent" + strings.Repeat(")", 990), strings.Repeat("-", 1990) + "1 > 0"} {
		begun := time.Now()
		if _, err := CompileCondition(src, conditionFields(), FieldFlag, Pos{}); err == nil {
			t.Errorf("accepted %s", cut(src))
		}
		if took := time.Since(begun); took > 30*time.Second {
			t.Errorf("%s took %v", cut(src), took)
		}
	}
}

func TestConditionRunFailures(t *testing.T) {
	secret := "Иванов"
	tests := []struct {
		src    string
		typ    FieldType
		values map[string]any
	}{
		{`amount / 0`, FieldNumber, map[string]any{"amount": 1.0}},
		{`amount * 1e300 * 1e300`, FieldNumber, map[string]any{"amount": 1.0}},
		{`amount > 1`, FieldFlag, map[string]any{"amount": secret}},
		{`urgent`, FieldFlag, map[string]any{"urgent": secret}},
		{`until > now`, FieldFlag, map[string]any{"until": secret}},
		{`comment == ""`, FieldFlag, map[string]any{"comment": []string{secret}}},
		{`now + days(amount) > now`, FieldFlag, map[string]any{"amount": 1e30}},
		{`now + days(100000)`, FieldDate, map[string]any{"now": time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}},
		{`comment + comment`, FieldText, map[string]any{"comment": strings.Repeat(secret, 5000)}},
	}
	for _, tt := range tests {
		t.Run(cut(tt.src), func(t *testing.T) {
			c, err := CompileCondition(tt.src, conditionFields(), tt.typ, Pos{Line: 3})
			if err != nil {
				t.Fatal(err)
			}
			v, err := c.Value(tt.values)
			if err == nil {
				t.Fatalf("got %v", v)
			}
			if strings.Contains(err.Error(), secret) || !strings.Contains(err.Error(), "line 3") {
				t.Errorf("error %q", err)
			}
		})
	}
}

func TestConditionIsSafeForConcurrentUse(t *testing.T) {
	c, err := CompileCondition(`amount > 10 and purpose in ["service", "other"] and lower(comment) == "a"`, conditionFields(), FieldFlag, Pos{})
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for range 200 {
				holds, err := c.Bool(map[string]any{"amount": float64(i * 10), "purpose": "other", "comment": "A"})
				if err != nil || holds != (i > 1) {
					t.Errorf("%d: got %v, %v", i, holds, err)
					return
				}
			}
		})
	}
	group.Wait()
}

func TestConditionReads(t *testing.T) {
	c, err := CompileCondition(`amount > 5 and has("demand") and amount < 9 and until > now and outcome != "x"`, conditionFields(), FieldFlag, Pos{})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(c.Reads()); got != "[amount demand until]" {
		t.Errorf("got %s", got)
	}
}

func FuzzCondition(f *testing.F) {
	for _, src := range []string{`amount > 1000 and purpose == "service"`, `until - now > days(2)`, `has("demand") ? 1 < count < 3 : lower(comment) in ["a"]`, `0 ?: 1`} {
		f.Add(src)
	}
	fields := conditionFields()
	f.Fuzz(func(t *testing.T, src string) {
		c, err := CompileCondition(src, fields, FieldFlag, Pos{Line: 1, Column: 1})
		var e *Error
		if err != nil && (!errors.As(err, &e) || e.Code == "" || e.Line < 1) {
			t.Fatalf("not a located error: %v", err)
		}
		if err == nil {
			_, _ = c.Bool(map[string]any{"now": time.Unix(0, 0)})
		}
	})
}

func BenchmarkCondition(b *testing.B) {
	b.Run("compile", func(b *testing.B) {
		scope := newConditionScope(conditionFields())
		for b.Loop() {
			if _, err := scope.compile(`amount > 1000 and purpose == "service" and until > now + days(2)`, Field{Type: FieldFlag}, Pos{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("run", func(b *testing.B) {
		c, err := CompileCondition(`amount > 1000 and purpose == "service" and until > now + days(2)`, conditionFields(), FieldFlag, Pos{})
		if err != nil {
			b.Fatal(err)
		}
		values := map[string]any{"amount": 2000.0, "purpose": "service", "until": time.Unix(1e9, 0), "now": time.Unix(0, 0)}
		for b.Loop() {
			if _, err := c.Bool(values); err != nil {
				b.Fatal(err)
			}
		}
	})
}
