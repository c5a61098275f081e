package calendar

import (
	"fmt"
	"sort"
	"time"
)

// Add returns when a limit of d that starts at from runs out (R43), in from's time zone. It never comes out before from.
//
// Working minutes and hours count inside working intervals only. Working days: a start outside working time is put off to the
// next working moment. The limit runs out on the N-th working day after the start's, at the same local clock time; if that is
// past the day's end, at the day's end. So one working day from Tuesday 11:00 is Wednesday 11:00.
//
// A working limit never runs out outside working time or at the beginning of an interval, but at the end of the interval
// before, in working time the same moment: one working day from Tuesday 9:00, when work begins, is Tuesday evening. AddTime
// gives the same, so that a pause does not move a deadline by a night.
//
// Calendar minutes and hours are elapsed time. Calendar days and weeks end at the same local clock time in the calendar's zone;
// a time that a clock change skips becomes the moment of the change, one that comes twice is the first.
//
// The error is d's own (see Duration.Validate), or wraps ErrOutOfRange.
func (c *Calendar) Add(from time.Time, d Duration) (time.Time, error) {
	if err := d.Validate(); err != nil {
		return time.Time{}, err
	}
	from = from.Round(0) // a time limit has nothing to do with the process's monotonic clock
	if !c.covers(from) {
		return time.Time{}, fmt.Errorf("add %s: the start is %w", d, ErrOutOfRange)
	}
	due, found := c.add(from, d)
	if !found || !c.covers(due) {
		return time.Time{}, fmt.Errorf("add %s on calendar %s: the end is %w", d, c.definition.ID, ErrOutOfRange)
	}
	return due.In(from.Location()), nil
}

func (c *Calendar) add(from time.Time, d Duration) (due time.Time, found bool) {
	switch {
	case d.Unit == Day && d.Working:
		return c.addWorkingDays(from, d.N)
	case d.Unit == Day:
		return c.addDays(from, d.N), true
	case d.Unit == Week:
		return c.addDays(from, 7*d.N), true
	}
	length := time.Duration(d.N) * time.Minute
	if d.Unit == Hour {
		length = time.Duration(d.N) * time.Hour
	}
	if d.Working {
		return c.forward(from, length)
	}
	return from.Add(length), true
}

// addDays never returns a moment before from: the earlier reading of an hour that comes twice cannot be a day back.
func (c *Calendar) addDays(from time.Time, n int) time.Time {
	return c.local(c.wall(from).AddDate(0, 0, n))
}

func (c *Calendar) addWorkingDays(from time.Time, n int) (due time.Time, found bool) {
	start, year, index, found := c.nextWorking(from)
	if !found {
		return time.Time{}, false
	}
	year, target, found := c.laterDay(year, c.table(year).dayOf(index), n)
	if !found {
		return time.Time{}, false
	}
	clock := c.wall(start)
	sinceMidnight := clock.Sub(clock.Truncate(24 * time.Hour))
	date := time.Date(year, time.January, 1+target.number, 0, 0, 0, 0, time.UTC)
	due = fit(c.local(date.Add(sinceMidnight)), c.table(year).spans[target.first:target.end])
	return c.forward(start, c.Between(start, due))
}

// laterDay finds the n-th working day after the one at the index in the year's table.
func (c *Calendar) laterDay(year, index, n int) (int, day, bool) {
	for index += n; year <= LastYear; year++ {
		days := c.table(year).days
		if index < len(days) {
			return year, days[index], true
		}
		index -= len(days)
	}
	return 0, day{}, false
}

// fit moves t into the spans of one day: forward into the next one when it is between two, back to the last one's end.
func fit(t time.Time, spans []span) time.Time {
	for _, s := range spans {
		if sinceSecond(t, s.end) > 0 {
			continue
		}
		if sinceSecond(t, s.start) < 0 {
			return time.Unix(s.start, 0)
		}
		return t
	}
	return time.Unix(spans[len(spans)-1].end, 0)
}

// IsWorking tells whether t is working time. An interval's beginning is, its end is not. Outside FirstYear to LastYear nothing is.
func (c *Calendar) IsWorking(t time.Time) bool {
	year := c.table(t.In(c.zone).Year())
	i := year.after(t)
	return i < len(year.spans) && year.spans[i].start <= t.Unix()
}

// NextWorking returns t itself if it is working time, or else the beginning of the next working interval, in t's time zone.
// The error wraps ErrOutOfRange.
func (c *Calendar) NextWorking(t time.Time) (time.Time, error) {
	next, _, _, found := c.nextWorking(t)
	if !found || !c.covers(t) {
		return time.Time{}, fmt.Errorf("next working time on calendar %s: %w", c.definition.ID, ErrOutOfRange)
	}
	return next.In(t.Location()), nil
}

// nextWorking also gives the span that the moment is in: its year and its index in that year's table.
func (c *Calendar) nextWorking(t time.Time) (next time.Time, year, index int, found bool) {
	year = t.In(c.zone).Year()
	index = c.table(year).after(t)
	for ; year <= LastYear; year, index = year+1, 0 {
		spans := c.table(year).spans
		if index == len(spans) {
			continue
		}
		if spans[index].start <= t.Unix() {
			return t, year, index, true
		}
		return time.Unix(spans[index].start, 0), year, index, true
	}
	return time.Time{}, 0, 0, false
}

// Between is the working time from a to b, negative if b is before a. Time outside FirstYear to LastYear does not count.
func (c *Calendar) Between(a, b time.Time) time.Duration {
	if b.Before(a) {
		return -c.Between(b, a)
	}
	a, b = c.clamp(a), c.clamp(b)
	firstYear, lastYear := a.In(c.zone).Year(), b.In(c.zone).Year()
	total := c.table(lastYear).workedBy(b) - c.table(firstYear).workedBy(a)
	for year := firstYear; year < lastYear; year++ {
		total += c.table(year).total
	}
	return total
}

// Left is what a paused clock has to remember: the working or elapsed time from now to due, negative when due has passed.
// AddTime turns it into a new due when the clock goes on.
func (c *Calendar) Left(now, due time.Time, working bool) time.Duration {
	if working {
		return c.Between(now, due)
	}
	return due.Round(0).Sub(now.Round(0))
}

// AddTime returns the due of a clock that goes on at from with so much working or elapsed time left (see Left), in from's time
// zone. Nothing left is due at from; a negative rest, time overdrawn, is due before it. A working due stays within FirstYear to
// LastYear.
//
// Working time tells no difference between one interval's end and the next one's beginning: with something left, it is the end,
// as in Add.
func (c *Calendar) AddTime(from time.Time, left time.Duration, working bool) time.Time {
	from = from.Round(0)
	if !working || left == 0 {
		return from.Add(left)
	}
	var due time.Time
	var found bool
	if left > 0 {
		due, found = c.forward(c.clamp(from), left)
	} else {
		due, found = c.back(c.clamp(from), left)
	}
	switch {
	case found:
		return due.In(from.Location())
	case left > 0:
		return c.last.In(from.Location())
	default:
		return c.first.In(from.Location())
	}
}

// forward is the earliest moment with length > 0 more working time than at from: inside an interval or at its end.
func (c *Calendar) forward(from time.Time, length time.Duration) (time.Time, bool) {
	year := from.In(c.zone).Year()
	target := c.table(year).workedBy(from) + length
	for ; year <= LastYear; year++ {
		t := c.table(year)
		if target > t.total {
			target -= t.total
			continue
		}
		i := sort.Search(len(t.spans), func(i int) bool { return t.spans[i].before+t.spans[i].length() >= target })
		return atSecond(t.spans[i].start, target-t.spans[i].before), true
	}
	return time.Time{}, false
}

// back is the latest moment with less working time than at from, by length < 0: inside an interval or at its beginning.
func (c *Calendar) back(from time.Time, length time.Duration) (time.Time, bool) {
	year := from.In(c.zone).Year()
	target := c.table(year).workedBy(from) + length
	for target < 0 {
		year--
		if year < FirstYear {
			return time.Time{}, false
		}
		target += c.table(year).total
	}
	spans := c.table(year).spans
	next := sort.Search(len(spans), func(i int) bool { return spans[i].before > target })
	return atSecond(spans[next-1].start, target-spans[next-1].before), true
}

// covers tells whether t is within FirstYear to LastYear, in the calendar's zone.
func (c *Calendar) covers(t time.Time) bool { return !t.Before(c.first) && !t.After(c.last) }

func (c *Calendar) clamp(t time.Time) time.Time {
	switch {
	case t.Before(c.first):
		return c.first
	case t.After(c.last):
		return c.last
	default:
		return t
	}
}
