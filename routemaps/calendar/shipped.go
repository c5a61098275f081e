package calendar

import (
	_ "embed"
	"fmt"
	"time"
)

// DefaultID is the id of the calendar that counts where no other is set.
const DefaultID = "default"

//go:embed shipped/ru.yaml
var russia []byte

// Shipped are the calendars that come with the program: Default first, then Russia's ("ru").
func Shipped() ([]*Calendar, error) {
	ru, err := Parse("shipped/ru.yaml", russia)
	if err != nil {
		return nil, fmt.Errorf("load the shipped calendars: %w", err)
	}
	return []*Calendar{Default(), ru}, nil
}

// Default is the calendar of an installation that has set up none: Monday to Friday from 9:00 to 18:00, UTC, no holidays.
func Default() *Calendar {
	text := []string{"09:00-18:00"}
	hours := []interval{{from: 9 * 60, to: 18 * 60}}
	plan := schedule{}
	for day := time.Monday; day <= time.Friday; day++ {
		plan.week[day] = hours
	}
	return build(Definition{
		ID:       DefaultID,
		Name:     Text{En: "Default", Ru: "По умолчанию"},
		TimeZone: "UTC",
		Week:     WeekHours{Monday: text, Tuesday: text, Wednesday: text, Thursday: text, Friday: text},
	}, time.UTC, plan)
}
