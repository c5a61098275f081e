package calendar

// Definition is a calendar as it is written down, in a YAML file or in the API's JSON. New checks it.
// Dates are "2026-12-31", intervals "09:00-13:00" in the local time of TimeZone; 24:00 may end an interval.
type Definition struct {
	// ID names the calendar for ever: small letters, digits and hyphens.
	ID string `json:"id" yaml:"id"`
	// Name is shown to people.
	Name Text `json:"name" yaml:"name"`
	// TimeZone is a name of the IANA database, for example Europe/Moscow.
	TimeZone string `json:"time_zone" yaml:"time_zone"`
	// Week is the plain week, before the exceptions of Years.
	Week WeekHours `json:"week" yaml:"week"`
	// ShortenedBy is how much earlier a shortened day ends, in minutes or hours; "1 hour" when left out.
	ShortenedBy string `json:"shortened_by,omitempty" yaml:"shortened_by,omitempty"`
	// Years lists the exceptions. A year not listed follows the plain week, see Calendar.KnownYear.
	Years []Year `json:"years,omitempty" yaml:"years,omitempty"`
}

// Text is a text in the two languages of the product.
type Text struct {
	En string `json:"en" yaml:"en"`
	Ru string `json:"ru" yaml:"ru"`
}

// WeekHours lists the working intervals of each weekday, in order and without overlap. A day without intervals is a day off.
// Work through midnight is written as an interval up to 24:00 and one from 00:00 on the next day.
type WeekHours struct {
	Monday    []string `json:"monday,omitempty" yaml:"monday,omitempty"`
	Tuesday   []string `json:"tuesday,omitempty" yaml:"tuesday,omitempty"`
	Wednesday []string `json:"wednesday,omitempty" yaml:"wednesday,omitempty"`
	Thursday  []string `json:"thursday,omitempty" yaml:"thursday,omitempty"`
	Friday    []string `json:"friday,omitempty" yaml:"friday,omitempty"`
	Saturday  []string `json:"saturday,omitempty" yaml:"saturday,omitempty"`
	Sunday    []string `json:"sunday,omitempty" yaml:"sunday,omitempty"`
}

// Year lists the exceptions of one year; an entry may be empty, which says that the year has none.
type Year struct {
	// Year is the year that every date below belongs to.
	Year int `json:"year" yaml:"year"`
	// Provisional marks data that an authority has still to confirm, see Calendar.ProvisionalYear.
	Provisional bool `json:"provisional,omitempty" yaml:"provisional,omitempty"`
	// Holidays are days off, whatever the weekday.
	Holidays []Holiday `json:"holidays,omitempty" yaml:"holidays,omitempty"`
	// Moved are days off moved to another date.
	Moved []Move `json:"moved,omitempty" yaml:"moved,omitempty"`
	// Shortened are the dates of working days that end earlier, by ShortenedBy.
	Shortened []string `json:"shortened,omitempty" yaml:"shortened,omitempty"`
	// Special are days with hours of their own.
	Special []SpecialDay `json:"special,omitempty" yaml:"special,omitempty"`
}

// Holiday is a day off, or a run of them.
type Holiday struct {
	Date string `json:"date" yaml:"date"`
	// To is the last day of a run; left out for a single day.
	To   string `json:"to,omitempty" yaml:"to,omitempty"`
	Name *Text  `json:"name,omitempty" yaml:"name,omitempty"`
}

// Move moves a day off: To, a working day, becomes a day off; From, a day off of the week, becomes a working day with To's
// hours. When From is a holiday too (a holiday that fell on a weekend) it stays a day off.
type Move struct {
	From string `json:"from" yaml:"from"`
	To   string `json:"to" yaml:"to"`
}

// SpecialDay is a working day with hours of its own, whatever the weekday.
type SpecialDay struct {
	Date  string   `json:"date" yaml:"date"`
	Hours []string `json:"hours" yaml:"hours"`
	Name  *Text    `json:"name,omitempty" yaml:"name,omitempty"`
}

// days lists the week from Sunday, as time.Weekday counts, with the names used in pointers.
func (w WeekHours) days() [7]weekday {
	return [7]weekday{
		{"sunday", w.Sunday},
		{"monday", w.Monday},
		{"tuesday", w.Tuesday},
		{"wednesday", w.Wednesday},
		{"thursday", w.Thursday},
		{"friday", w.Friday},
		{"saturday", w.Saturday},
	}
}

type weekday struct {
	name  string
	hours []string
}
