package calendar

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestR43_ParseDuration(t *testing.T) {
	for text, want := range map[string]Duration{
		"1 minute":            {1, Minute, false},
		"90 minutes":          {90, Minute, false},
		"30 working minutes":  {30, Minute, true},
		"1 hour":              {1, Hour, false},
		"1 working hour":      {1, Hour, true},
		"2 working hours":     {2, Hour, true},
		"5 working days":      {5, Day, true},
		"2 days":              {2, Day, false},
		"30 calendar days":    {30, Day, false},
		"1 week":              {1, Week, false},
		" 5  Working\tDAYS\n": {5, Day, true},
		"10000 working hours": {10_000, Hour, true},
		"3650 days":           {3650, Day, false},
		"2500 working days":   {2500, Day, true},
		"520 weeks":           {520, Week, false},
	} {
		got, err := ParseDuration(text)
		if err != nil || got != want {
			t.Errorf("ParseDuration(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
}

func TestR43_ParseDurationRefusals(t *testing.T) {
	for text, says := range map[string]string{
		"":                                "is empty",
		"   ":                             "is empty",
		"5":                               "not a number and a unit",
		"2h":                              "not a number and a unit",
		"two days":                        "whole number",
		"0 days":                          "whole number from 1",
		"-1 days":                         "at least 1 day",
		"+1 days":                         "whole number",
		"1.5 hours":                       "whole number",
		"007 days":                        "whole number",
		"99999999999999999999 days":       "whole number",
		"5 business days":                 `"business" between number and unit`,
		"5 months":                        `unknown unit "months"`,
		"2 working weeks":                 "5 working days",
		"10001 minutes":                   "the most is 10000 minutes",
		"3651 days":                       "the most is 3650 days",
		"2501 working days":               "the most is 2500 working days",
		"521 weeks":                       "the most is 520 weeks",
		"1 2 3 4":                         "not a number and a unit",
		strings.Repeat("x", 500) + " day": "…",
	} {
		got, err := ParseDuration(text)
		var problem *Error
		if !errors.As(err, &problem) || !strings.Contains(err.Error(), says) || problem.Hint == "" || got != (Duration{}) {
			t.Errorf("ParseDuration(%q) = %v, %v; want an error with a hint that says %q", text, got, err, says)
		}
		if len(err.Error()) > 400 {
			t.Errorf("ParseDuration(%.20q): a message of %d bytes", text, len(err.Error()))
		}
	}
}

func TestR43_DurationTextForms(t *testing.T) {
	type limit struct {
		Within Duration `json:"within"`
	}
	for d, text := range map[Duration]string{
		{1, Hour, true}:    "1 working hour",
		{2, Hour, true}:    "2 working hours",
		{30, Day, false}:   "30 days",
		{1, Week, false}:   "1 week",
		{90, Minute, true}: "90 working minutes",
	} {
		data, err := json.Marshal(limit{d})
		if err != nil || string(data) != `{"within":"`+text+`"}` {
			t.Errorf("marshal %v: %s, %v", d, data, err)
		}
		var back limit
		if err := json.Unmarshal(data, &back); err != nil || back.Within != d {
			t.Errorf("unmarshal %s: %v, %v", data, back.Within, err)
		}
	}
	if data, err := json.Marshal(limit{}); err == nil {
		t.Errorf("an unset duration was written as %s", data)
	}
	if err := json.Unmarshal([]byte(`{"within":"soon"}`), &limit{}); err == nil {
		t.Error("the duration \"soon\" was read")
	}
	if !(Duration{}).IsZero() || (Duration{1, Day, false}).IsZero() {
		t.Error("IsZero does not tell an unset duration from a set one")
	}
}

func FuzzParseDuration(f *testing.F) {
	for _, seed := range []string{"2 working hours", "30 calendar days", "1 week", "0 days", "5 рабочих дней", "9 9 9", "1\u00a0day"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseDuration(text)
		if err != nil {
			if d != (Duration{}) {
				t.Errorf("%q gave both %v and %v", text, d, err)
			}
			return
		}
		again, err := ParseDuration(d.String())
		if err != nil || again != d {
			t.Errorf("%q: %v does not survive its own form: %v, %v", text, d, again, err)
		}
		if err := d.Validate(); err != nil {
			t.Errorf("%q: parsed, but %v", text, err)
		}
	})
}
