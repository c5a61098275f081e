package calendar

import (
	"fmt"
	"strconv"
	"strings"
)

// Unit is what a Duration counts.
type Unit int

// The units of a Duration. The zero value is no unit at all, so that an unset Duration is not taken for a valid one.
const (
	Minute Unit = iota + 1
	Hour
	Day
	Week
)

// String is the unit's name in the singular, as ParseDuration reads it.
func (u Unit) String() string {
	switch u {
	case Minute:
		return "minute"
	case Hour:
		return "hour"
	case Day:
		return "day"
	case Week:
		return "week"
	default:
		return "unit(" + strconv.Itoa(int(u)) + ")"
	}
}

// most is the largest N of each unit: no more than 10,000, and no more than about ten years.
func (u Unit) most(working bool) int {
	const (
		mostUnits        = 10_000
		tenYears         = 3_650 // days
		tenYearsOfWork   = 2_500 // working days, some 250 a year
		tenYearsOfSevens = 520   // weeks
	)
	switch {
	case u == Week:
		return tenYearsOfSevens
	case u == Day && working:
		return tenYearsOfWork
	case u == Day:
		return tenYears
	default:
		return mostUnits
	}
}

// Duration is a time limit as a process designer writes it (R43): "2 working hours", "5 working days", "30 days".
// What it comes to on the clock is known only to a Calendar, see Calendar.Add.
type Duration struct {
	// N is how many units, from 1.
	N int
	// Unit is minute, hour, day or week.
	Unit Unit
	// Working is true when only a calendar's working time counts. Weeks are never working.
	Working bool
}

const durationHint = `write for example "2 working hours", "5 working days", "90 minutes", "30 days" or "1 week"`

// ParseDuration reads a number, optionally "working" or "calendar" (the default), and minutes, hours, days or weeks.
// Case and the width of spaces do not matter. The error is an *Error with a hint.
func ParseDuration(text string) (Duration, error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return Duration{}, &Error{Problem: "the duration is empty", Hint: durationHint}
	}
	if len(words) == 1 || len(words) > 3 {
		return Duration{}, durationError(text, "is not a number and a unit", durationHint)
	}
	n, err := strconv.Atoi(words[0])
	if err != nil || words[0][0] == '+' || words[0][0] == '0' {
		return Duration{}, durationError(text, "does not begin with a whole number from 1", durationHint)
	}
	working := false
	if len(words) == 3 {
		switch strings.ToLower(words[1]) {
		case "working":
			working = true
		case "calendar":
		default:
			return Duration{}, durationError(text, "has "+quote(words[1])+" between number and unit",
				`only "working" or "calendar" may stand there`)
		}
	}
	unit, known := parseUnit(words[len(words)-1])
	if !known {
		return Duration{}, durationError(text, "has the unknown unit "+quote(words[len(words)-1]),
			"the units are minutes, hours, days and weeks")
	}
	d := Duration{N: n, Unit: unit, Working: working}
	if err := d.Validate(); err != nil {
		return Duration{}, err
	}
	return d, nil
}

func parseUnit(word string) (Unit, bool) {
	switch strings.ToLower(word) {
	case "minute", "minutes":
		return Minute, true
	case "hour", "hours":
		return Hour, true
	case "day", "days":
		return Day, true
	case "week", "weeks":
		return Week, true
	default:
		return 0, false
	}
}

func durationError(text, problem, hint string) *Error {
	return &Error{Problem: "the duration " + quote(text) + " " + problem, Hint: hint}
}

// Validate checks a Duration that did not come from ParseDuration: a known unit, N in bounds, no working weeks.
// The error is an *Error with a hint.
func (d Duration) Validate() error {
	switch {
	case d.Unit < Minute || d.Unit > Week:
		return durationError(d.String(), "has no known unit", durationHint)
	case d.Working && d.Unit == Week:
		return durationError(d.String(), "counts working weeks, which have no fixed length", `write working days, for example "5 working days"`)
	case d.N < 1:
		return durationError(d.String(), "is not at least 1 "+d.Unit.String(), "leave the limit out if there is none")
	case d.N > d.Unit.most(d.Working):
		return durationError(d.String(), "is too long", fmt.Sprintf("the most is %s", Duration{d.Unit.most(d.Working), d.Unit, d.Working}))
	default:
		return nil
	}
}

// IsZero tells an unset Duration from a set one.
func (d Duration) IsZero() bool { return d == Duration{} }

// String is the form ParseDuration reads: "1 working day", "90 minutes".
func (d Duration) String() string {
	text := strconv.Itoa(d.N) + " "
	if d.Working {
		text += "working "
	}
	text += d.Unit.String()
	if d.N != 1 {
		text += "s"
	}
	return text
}

// MarshalText is String for a valid Duration, and an error for any other.
func (d Duration) MarshalText() ([]byte, error) {
	if err := d.Validate(); err != nil {
		return nil, fmt.Errorf("write duration: %w", err)
	}
	return []byte(d.String()), nil
}

// UnmarshalText is ParseDuration.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := ParseDuration(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}
