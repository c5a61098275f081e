// Package calendar counts time limits in calendar and in working time (R43).
//
// A Calendar is a time zone, a plain week of working intervals, and exceptions by year: holidays, moved days off, shortened
// and special days. It answers when a limit runs out, how much working time lies between two moments, and how much of a
// limit is left when a clock is paused. The package reads no clock and keeps no state but its calendars' own tables.
package calendar

import (
	"encoding/json"
	"fmt"
	"sort"
	"sync/atomic"
	"time"

	"github.com/goccy/go-yaml"
)

// The years a calendar covers; moments outside them are refused or clamped, as each method says.
const (
	FirstYear = 1970
	LastYear  = 2199
)

// Calendar tells working time from the rest. It never changes after New and is safe for concurrent use.
// Make one with New, Parse, Shipped or Default; the zero value is not usable.
type Calendar struct {
	definition  Definition
	zone        *time.Location
	schedule    schedule
	first, last time.Time // the beginning of FirstYear and the end of LastYear in zone

	// tables holds one year each, worked out when first asked for: a table depends on the schedule alone, so that two
	// goroutines that build the same one at once build equal ones, and either may stay.
	tables [LastYear - FirstYear + 1]atomic.Pointer[table]
}

// New checks the definition and makes a calendar of it. The error is an Errors with every problem found.
// The definition's slices must not be changed afterwards.
func New(definition Definition) (*Calendar, error) {
	zone, plan, problems := compile(definition)
	if len(problems) > 0 {
		return nil, problems
	}
	c := build(definition, zone, plan)
	for i, year := range definition.Years {
		if len(c.table(year.Year).spans) == 0 {
			problems = append(problems, &Error{
				Pointer: fmt.Sprintf("/years/%d", i),
				Problem: fmt.Sprintf("the year %d has no working time at all", year.Year),
				Hint:    "check the runs of holidays",
			})
		}
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return c, nil
}

func build(definition Definition, zone *time.Location, plan schedule) *Calendar {
	c := &Calendar{definition: definition, zone: zone, schedule: plan}
	c.first = c.local(time.Date(FirstYear, time.January, 1, 0, 0, 0, 0, time.UTC))
	c.last = c.local(time.Date(LastYear+1, time.January, 1, 0, 0, 0, 0, time.UTC))
	return c
}

// ID is the calendar's name for machines.
func (c *Calendar) ID() string { return c.definition.ID }

// Name is the calendar's name for people.
func (c *Calendar) Name() Text { return c.definition.Name }

// Zone is the time zone of the calendar's days and intervals.
func (c *Calendar) Zone() *time.Location { return c.zone }

// Definition is what the calendar was made from. Its slices must not be changed.
func (c *Calendar) Definition() Definition { return c.definition }

// MarshalJSON writes the calendar's Definition; read it back with json.Unmarshal into a Definition and New.
func (c *Calendar) MarshalJSON() ([]byte, error) {
	data, err := json.Marshal(c.definition)
	if err != nil {
		return nil, fmt.Errorf("write calendar %s: %w", c.definition.ID, err)
	}
	return data, nil
}

// YAML writes the calendar as Parse reads it.
func (c *Calendar) YAML() ([]byte, error) {
	data, err := yaml.Marshal(c.definition)
	if err != nil {
		return nil, fmt.Errorf("write calendar %s: %w", c.definition.ID, err)
	}
	return data, nil
}

// KnownYear tells whether the calendar lists the year's exceptions. Any other year follows the plain week, without
// holidays: limits that reach into it may come out too short.
func (c *Calendar) KnownYear(year int) bool {
	_, known := c.schedule.years[year]
	return known
}

// ProvisionalYear tells whether the year is listed, but marked as still to be confirmed.
func (c *Calendar) ProvisionalYear(year int) bool { return c.schedule.years[year].provisional }

// WorkingDays counts the days of a year with working time; 0 outside FirstYear to LastYear.
func (c *Calendar) WorkingDays(year int) int { return len(c.table(year).days) }

// span is one uninterrupted piece of working time, from start up to end (Unix seconds).
type span struct {
	start, end int64
	before     time.Duration // the year's working time before start
}

func (s span) length() time.Duration { return time.Duration(s.end-s.start) * time.Second }

// day is a day with working time: its number in the year, from 0, and its spans [first, end) in the table.
type day struct{ number, first, end int }

// table is one year's working time, in order.
type table struct {
	spans []span
	days  []day
	total time.Duration
}

// table returns the year's table, an empty one for a year outside FirstYear to LastYear.
func (c *Calendar) table(year int) *table {
	if year < FirstYear || year > LastYear {
		return &table{}
	}
	slot := &c.tables[year-FirstYear]
	if known := slot.Load(); known != nil {
		return known
	}
	built := c.buildTable(year)
	slot.Store(built)
	return built
}

func (c *Calendar) buildTable(year int) *table {
	built := &table{}
	newYear := time.Date(year, time.January, 1, 0, 0, 0, 0, time.UTC)
	for date := newYear; date.Year() == year; date = date.AddDate(0, 0, 1) {
		first := len(built.spans)
		for _, hours := range c.schedule.hours(date) {
			start, end := c.local(hours.begin(date)).Unix(), c.local(hours.finish(date)).Unix()
			if start >= end { // the whole interval falls into an hour that a clock change skips
				continue
			}
			s := span{start: start, end: end, before: built.total}
			built.spans = append(built.spans, s)
			built.total += s.length()
		}
		if len(built.spans) > first {
			built.days = append(built.days, day{number: date.YearDay() - 1, first: first, end: len(built.spans)})
		}
	}
	return built
}

// after is the index of the first span that ends after t: the one t is in, or else the next; len(spans) if there is none.
func (y *table) after(t time.Time) int {
	second := t.Unix()
	return sort.Search(len(y.spans), func(i int) bool { return y.spans[i].end > second })
}

// workedBy is the year's working time before t.
func (y *table) workedBy(t time.Time) time.Duration {
	i := y.after(t)
	if i == len(y.spans) {
		return y.total
	}
	s := y.spans[i]
	return s.before + max(0, sinceSecond(t, s.start))
}

// dayOf is the index of the day that the span belongs to.
func (y *table) dayOf(spanIndex int) int {
	return sort.Search(len(y.days), func(i int) bool { return y.days[i].end > spanIndex })
}

func sinceSecond(t time.Time, second int64) time.Duration {
	return time.Duration(t.Unix()-second)*time.Second + time.Duration(t.Nanosecond())
}

func atSecond(second int64, offset time.Duration) time.Time {
	return time.Unix(second, 0).Add(offset)
}

// local is the moment when the clocks of the calendar's zone show what wall shows in UTC. time.Date leaves two cases open:
// a reading that a clock change skips is taken as the moment of the change, one that comes twice as the first.
func (c *Calendar) local(wall time.Time) time.Time {
	year, month, date := wall.Date()
	hour, minute, second := wall.Clock()
	t := time.Date(year, month, date, hour, minute, second, wall.Nanosecond(), c.zone)
	began, ends := t.ZoneBounds()
	_, offset := t.Zone()
	switch shown := t.Unix() + int64(offset); {
	case shown > wall.Unix():
		return began
	case shown < wall.Unix():
		return ends
	}
	if began.IsZero() {
		return t
	}
	_, previous := began.Add(-1).Zone()
	if earlier := t.Add(time.Duration(offset-previous) * time.Second); earlier.Before(began) {
		return earlier
	}
	return t
}

// wall is what the clocks of the calendar's zone show at t, as a time in UTC; the inverse of local.
func (c *Calendar) wall(t time.Time) time.Time {
	_, offset := t.In(c.zone).Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}
