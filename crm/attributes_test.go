package crm

import (
	"reflect"
	"strings"
	"testing"
)

func TestR45_ValuesOfAttributes(t *testing.T) {
	t.Parallel()
	options := []AttributeOption{{ID: "vip"}, {ID: "old", Archived: true}}
	for name, c := range map[string]struct {
		typ        AttributeType
		value, had any
		want       any
		code       string
	}{
		"text":                {AttributeText, " a\nb ", nil, "a b", ""},
		"no text":             {AttributeText, 1.0, nil, nil, "not_a_text"},
		"long text":           {AttributeText, strings.Repeat("я", 1001), nil, nil, "too_long"},
		"number":              {AttributeNumber, 1.5, nil, 1.5, ""},
		"number in text":      {AttributeNumber, "-2", nil, -2.0, ""},
		"no number":           {AttributeNumber, "NaN", nil, nil, "not_a_number"},
		"number of flags":     {AttributeNumber, true, nil, nil, "not_a_number"},
		"date":                {AttributeDate, "2024-02-29", nil, "2024-02-29", ""},
		"no date":             {AttributeDate, "2023-02-29", nil, nil, "expected_date"},
		"flag":                {AttributeFlag, false, nil, false, ""},
		"no flag":             {AttributeFlag, "true", nil, nil, "not_a_flag"},
		"choice":              {AttributeChoice, "vip", nil, "vip", ""},
		"no choice":           {AttributeChoice, "x", nil, nil, "not_an_option"},
		"choice put away":     {AttributeChoice, "old", "vip", nil, "not_an_option"},
		"choice kept":         {AttributeChoice, "old", "old", "old", ""},
		"a list for a choice": {AttributeChoice, []any{"vip"}, nil, nil, "not_a_text"},
	} {
		a := Attribute{Key: "x", Type: c.typ, Options: options}
		got, code := a.Check(c.value, c.had)
		if code != c.code || code == "" && got != c.want {
			t.Errorf("%s: %v, %q", name, got, code)
		}
	}
}

func TestR45_MergeAttributes(t *testing.T) {
	t.Parallel()
	defined := []Attribute{
		{Key: "a", Type: AttributeText, Required: true}, {Key: "b", Type: AttributeText}, {Key: "gone", Type: AttributeText, Archived: true, Required: true},
	}
	have := map[string]any{"a": "1", "b": "2", "gone": "3"}
	for name, c := range map[string]struct {
		have, patch, want map[string]any
		wrong             []FieldError
	}{
		"changed":              {have, map[string]any{"a": "x"}, map[string]any{"a": "x", "b": "2", "gone": "3"}, nil},
		"removed":              {have, map[string]any{"b": nil, "gone": ""}, map[string]any{"a": "1"}, nil},
		"required removed":     {have, map[string]any{"a": nil}, nil, []FieldError{{Pointer: "/attributes/a", Code: "required"}}},
		"required not given":   {nil, map[string]any{"b": "x"}, nil, []FieldError{{Pointer: "/attributes/a", Code: "required"}}},
		"unknown":              {have, map[string]any{"z": "x"}, nil, []FieldError{{Pointer: "/attributes/z", Code: "unknown_attribute"}}},
		"archived changed":     {have, map[string]any{"gone": "x"}, nil, []FieldError{{Pointer: "/attributes/gone", Code: "attribute_archived"}}},
		"archived sent back":   {have, map[string]any{"gone": "3"}, have, nil},
		"wrong, and not taken": {have, map[string]any{"b": 1.0}, nil, []FieldError{{Pointer: "/attributes/b", Code: "not_a_text"}}},
	} {
		got, wrong := MergeAttributes(defined, c.have, c.patch)
		if !reflect.DeepEqual(wrong, c.wrong) || wrong == nil && !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, %+v", name, got, wrong)
		}
	}
	if len(have) != 3 || have["a"] != "1" {
		t.Error("the record itself was changed")
	}
}

func TestR45_WhatCannotBecomeOfAnAttribute(t *testing.T) {
	t.Parallel()
	before := Attribute{Type: AttributeChoice, Options: []AttributeOption{{ID: "a"}, {ID: "b"}}}
	for want, after := range map[string]Attribute{
		"":                     {Type: AttributeChoice, Options: []AttributeOption{{ID: "c"}, {ID: "b", Archived: true}, {ID: "a"}}},
		"attribute_type_stays": {Type: AttributeText},
		"option_stays":         {Type: AttributeChoice, Options: []AttributeOption{{ID: "a"}}},
	} {
		if got := after.FitsAfter(&before); got != want {
			t.Errorf("%+v: %q, want %q", after, got, want)
		}
	}
}
