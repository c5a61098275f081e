package calendar

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"
	"time"
)

// russianCalendar is the shipped calendar "ru".
func russianCalendar(t testing.TB) *Calendar {
	t.Helper()
	shipped, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range shipped {
		if c.ID() == "ru" {
			return c
		}
	}
	t.Fatal("no calendar ru among the shipped ones")
	return nil
}

func newCalendar(t testing.TB, definition Definition) *Calendar {
	t.Helper()
	definition.ID, definition.Name = "test", Text{En: "Test", Ru: "Проверка"}
	c, err := New(definition)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func everyDay(hours ...string) WeekHours {
	return WeekHours{Monday: hours, Tuesday: hours, Wednesday: hours, Thursday: hours, Friday: hours, Saturday: hours, Sunday: hours}
}

// at reads "2026-03-10 11:00" (seconds if wanted) in the calendar's zone.
func at(t testing.TB, c *Calendar, text string) time.Time {
	t.Helper()
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02 15:04:05"} {
		if moment, err := time.ParseInLocation(layout, text, c.Zone()); err == nil {
			return moment
		}
	}
	t.Fatalf("not a time: %q", text)
	return time.Time{}
}

func TestR43_RussianYears(t *testing.T) {
	c := russianCalendar(t)
	for _, year := range []struct {
		year, days  int
		known       bool
		provisional bool
	}{{2026, 247, true, false}, {2027, 249, true, true}, {2028, 260, false, false}} {
		if got := c.WorkingDays(year.year); got != year.days {
			t.Errorf("%d has %d working days, want %d", year.year, got, year.days)
		}
		if c.KnownYear(year.year) != year.known || c.ProvisionalYear(year.year) != year.provisional {
			t.Errorf("%d: known %v, provisional %v", year.year, c.KnownYear(year.year), c.ProvisionalYear(year.year))
		}
	}
	if got, want := c.Between(at(t, c, "2026-01-01 00:00"), at(t, c, "2027-01-01 00:00")), (247*8-4)*time.Hour; got != want {
		t.Errorf("2026 has %v of working time, want the published norm of %v", got, want)
	}
}

func TestR43_RussianDays(t *testing.T) {
	c := russianCalendar(t)
	worked := map[string]time.Duration{
		"2026-01-08": 0, "2026-01-09": 0, "2026-01-12": 8 * time.Hour,
		"2026-02-20": 8 * time.Hour, "2026-02-23": 0, "2026-03-06": 8 * time.Hour, "2026-03-09": 0,
		"2026-04-30": 7 * time.Hour, "2026-05-01": 0, "2026-05-08": 7 * time.Hour, "2026-05-11": 0,
		"2026-06-11": 7 * time.Hour, "2026-06-12": 0, "2026-11-03": 7 * time.Hour, "2026-11-04": 0,
		"2026-12-30": 8 * time.Hour, "2026-12-31": 0,
		"2027-01-08": 0, "2027-01-11": 8 * time.Hour, "2027-02-22": 7 * time.Hour, "2027-02-23": 0, "2027-03-08": 0,
		"2027-05-03": 0, "2027-05-10": 0, "2027-06-14": 0, "2027-11-04": 0,
		"2028-05-01": 8 * time.Hour, // not known: the plain week
	}
	for date, want := range worked {
		from := at(t, c, date+" 00:00")
		if got := c.Between(from, from.AddDate(0, 0, 1)); got != want {
			t.Errorf("%s: %v of working time, want %v", date, got, want)
		}
	}
}

func TestR43_Add(t *testing.T) {
	c := russianCalendar(t)
	for _, row := range []struct{ from, add, want string }{
		{"2026-03-10 11:00", "2 working hours", "2026-03-10 13:00"},
		{"2026-03-10 12:00", "2 working hours", "2026-03-10 15:00"},        // over lunch
		{"2026-03-10 13:30", "2 working hours", "2026-03-10 16:00"},        // from lunch
		{"2026-03-10 16:00", "2 working hours", "2026-03-10 18:00"},        // to the very end of the day
		{"2026-03-10 17:30", "2 working hours", "2026-03-11 10:30"},        // over night
		{"2026-03-10 22:00", "2 working hours", "2026-03-11 11:00"},        // from the night
		{"2026-03-06 17:00", "2 working hours", "2026-03-10 10:00"},        // over a weekend and a moved day off
		{"2026-12-30 17:00", "2 working hours", "2027-01-11 10:00"},        // over the New Year
		{"2026-04-30 16:00", "90 working minutes", "2026-05-04 09:30"},     // the shortened day ends at 17:00
		{"2026-03-10 17:59:59", "1 working minute", "2026-03-11 09:00:59"}, // seconds count
		{"2026-03-10 11:00", "1 working day", "2026-03-11 11:00"},
		{"2026-03-10 11:00", "5 working days", "2026-03-17 11:00"},
		{"2026-03-06 17:30", "1 working day", "2026-03-10 17:30"},
		{"2026-04-29 17:30", "1 working day", "2026-04-30 17:00"}, // cut to the end of the shortened day
		{"2026-04-30 17:30", "1 working day", "2026-05-04 18:00"}, // the shortened day is over: the whole of Monday
		{"2026-03-10 13:20", "1 working day", "2026-03-11 13:00"}, // from and to lunch: when it begins
		{"2026-03-10 13:00", "1 working day", "2026-03-11 13:00"},
		{"2026-03-10 20:00", "1 working day", "2026-03-11 18:00"}, // the whole of the next day
		{"2026-03-10 09:00", "1 working day", "2026-03-10 18:00"}, // a day that begins with work ends with it
		{"2026-03-08 12:00", "1 working day", "2026-03-10 18:00"}, // from a holiday
		{"2026-12-30 10:00", "1 working day", "2027-01-11 10:00"},
		{"2026-03-10 11:00", "2 hours", "2026-03-10 13:00"},
		{"2026-03-10 23:30", "90 minutes", "2026-03-11 01:00"},
		{"2026-03-06 20:15", "2 days", "2026-03-08 20:15"},
		{"2026-03-06 20:15", "1 week", "2026-03-13 20:15"},
		{"2026-03-06 20:15", "30 calendar days", "2026-04-05 20:15"},
	} {
		d, err := ParseDuration(row.add)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Add(at(t, c, row.from), d)
		if want := at(t, c, row.want); err != nil || !got.Equal(want) {
			t.Errorf("%s + %s = %v, %v; want %v", row.from, row.add, got, err, want)
		}
	}
}

func TestR43_AddOnDaysOfDifferentHours(t *testing.T) {
	c := newCalendar(t, Definition{
		TimeZone: "UTC",
		Week:     WeekHours{Monday: []string{"08:00-20:00"}, Tuesday: []string{"10:00-12:00", "15:00-16:00"}},
		Years:    []Year{{Year: 2026, Special: []SpecialDay{{Date: "2026-03-07", Hours: []string{"22:00-24:00"}}}}},
	})
	for from, want := range map[string]string{
		"2026-03-09 09:00": "2026-03-09 20:00", // before the next day begins
		"2026-03-09 12:00": "2026-03-10 12:00", // at an interval's end: still inside
		"2026-03-09 13:00": "2026-03-10 12:00", // in the next day's break
		"2026-03-09 19:00": "2026-03-10 16:00", // after the next day's end
		"2026-03-07 23:30": "2026-03-09 20:00", // from a special Saturday that lasts until midnight
	} {
		got, err := c.Add(at(t, c, from), Duration{1, Day, true})
		if err != nil || !got.Equal(at(t, c, want)) {
			t.Errorf("%s + 1 working day = %v, %v; want %s", from, got, err, want)
		}
	}
}

func TestR43_AddRefusals(t *testing.T) {
	c := russianCalendar(t)
	now := at(t, c, "2026-03-10 11:00")
	for _, d := range []Duration{{}, {0, Hour, true}, {-5, Day, false}, {1, Week, true}, {1, Week + 1, false}, {10_001, Hour, true}} {
		var problem *Error
		if due, err := c.Add(now, d); !errors.As(err, &problem) {
			t.Errorf("Add(%v) = %v, %v", d, due, err)
		}
	}
	seldom := newCalendar(t, Definition{TimeZone: "UTC", Week: WeekHours{Sunday: []string{"00:00-01:00"}}})
	if due, err := seldom.Add(now, Duration{10_000, Hour, true}); !errors.Is(err, ErrOutOfRange) {
		t.Errorf("10,000 hours at one a week = %v, %v; want ErrOutOfRange", due, err)
	}
	for _, moment := range []time.Time{{}, time.Date(1969, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2400, 1, 1, 0, 0, 0, 0, time.UTC), time.Unix(1<<60, 0)} {
		if due, err := c.Add(moment, Duration{1, Day, true}); !errors.Is(err, ErrOutOfRange) {
			t.Errorf("Add from %v = %v, %v", moment, due, err)
		}
		if next, err := c.NextWorking(moment); !errors.Is(err, ErrOutOfRange) {
			t.Errorf("NextWorking(%v) = %v, %v", moment, next, err)
		}
		if c.IsWorking(moment) {
			t.Errorf("%v is taken for working time", moment)
		}
	}
	lastDay := at(t, c, "2199-12-31 17:00")
	for _, d := range []Duration{{2, Hour, true}, {1, Day, true}, {2, Day, false}, {10_000, Minute, false}} {
		if due, err := c.Add(lastDay, d); !errors.Is(err, ErrOutOfRange) {
			t.Errorf("%v + %v = %v, %v", lastDay, d, due, err)
		}
	}
}

func TestR43_ClockChanges(t *testing.T) {
	berlin := newCalendar(t, Definition{TimeZone: "Europe/Berlin", Week: everyDay("00:00-24:00")})
	for _, row := range []struct {
		from string
		add  Duration
		want string // RFC 3339
	}{
		{"2026-03-28 12:00", Duration{1, Day, false}, "2026-03-29T12:00:00+02:00"}, // 23 hours
		{"2026-03-28 12:00", Duration{24, Hour, false}, "2026-03-29T13:00:00+02:00"},
		{"2026-03-28 12:00", Duration{24, Hour, true}, "2026-03-29T13:00:00+02:00"}, // a round-the-clock calendar counts real hours
		{"2026-03-28 02:30", Duration{1, Day, false}, "2026-03-29T03:00:00+02:00"},  // 02:30 is skipped
		{"2026-03-28 02:30", Duration{1, Day, true}, "2026-03-29T03:00:00+02:00"},
		{"2026-10-24 12:00", Duration{1, Day, false}, "2026-10-25T12:00:00+01:00"}, // 25 hours
		{"2026-10-24 12:00", Duration{24, Hour, false}, "2026-10-25T11:00:00+01:00"},
		{"2026-10-24 02:30", Duration{1, Day, false}, "2026-10-25T02:30:00+02:00"}, // 02:30 comes twice: the first
		{"2026-10-23 00:00", Duration{1, Week, false}, "2026-10-30T00:00:00+01:00"},
	} {
		got, err := berlin.Add(at(t, berlin, row.from), row.add)
		if err != nil || got.Format(time.RFC3339) != row.want {
			t.Errorf("%s + %v = %v, %v; want %s", row.from, row.add, got.Format(time.RFC3339), err, row.want)
		}
	}
	day := func(date string) time.Duration {
		from := at(t, berlin, date+" 00:00")
		return berlin.Between(from, from.AddDate(0, 0, 1))
	}
	if short, long := day("2026-03-29"), day("2026-10-25"); short != 23*time.Hour || long != 25*time.Hour {
		t.Errorf("the days of the clock changes have %v and %v", short, long)
	}

	// Midnight itself does not exist in Beirut on the day the clocks go forward.
	beirut := newCalendar(t, Definition{TimeZone: "Asia/Beirut", Week: everyDay("00:00-01:00", "09:00-18:00")})
	from := at(t, beirut, "2026-03-28 12:00")
	if got := beirut.Between(from, from.AddDate(0, 0, 1)); got != 9*time.Hour {
		t.Errorf("the skipped first hour was counted: %v", got)
	}
	due, err := beirut.Add(at(t, beirut, "2026-03-28 00:00"), Duration{1, Day, false})
	if err != nil || due.Format(time.RFC3339) != "2026-03-29T01:00:00+03:00" {
		t.Errorf("a day from midnight = %v, %v", due, err)
	}
}

func TestR43_ResultKeepsTheCallersZone(t *testing.T) {
	c := russianCalendar(t)
	from := time.Date(2026, 3, 10, 8, 0, 0, 0, time.UTC) // 11:00 in Moscow
	due, err := c.Add(from, Duration{1, Day, true})
	if err != nil || due != time.Date(2026, 3, 11, 8, 0, 0, 0, time.UTC) {
		t.Errorf("due %v, %v", due, err)
	}
	next, err := c.NextWorking(from.Add(12 * time.Hour))
	if err != nil || next != time.Date(2026, 3, 11, 6, 0, 0, 0, time.UTC) {
		t.Errorf("next %v, %v", next, err)
	}
	if due := c.AddTime(from, time.Hour, true); due != time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC) {
		t.Errorf("due %v", due)
	}
}

func TestR43_WorkingMoments(t *testing.T) {
	c := russianCalendar(t)
	for moment, next := range map[string]string{
		"2026-03-10 09:00":    "2026-03-10 09:00",
		"2026-03-10 12:59:59": "2026-03-10 12:59:59",
		"2026-03-10 13:00":    "2026-03-10 14:00",
		"2026-03-10 08:59:59": "2026-03-10 09:00",
		"2026-03-10 18:00":    "2026-03-11 09:00",
		"2026-05-08 17:00":    "2026-05-12 09:00",
		"2026-12-31 10:00":    "2027-01-11 09:00",
	} {
		from := at(t, c, moment)
		got, err := c.NextWorking(from)
		if err != nil || !got.Equal(at(t, c, next)) {
			t.Errorf("NextWorking(%s) = %v, %v; want %s", moment, got, err, next)
		}
		if c.IsWorking(from) != (moment == next) {
			t.Errorf("IsWorking(%s) = %v", moment, c.IsWorking(from))
		}
	}
}

func TestR43_Between(t *testing.T) {
	c := russianCalendar(t)
	for _, row := range []struct {
		from, to string
		want     time.Duration
	}{
		{"2026-03-10 11:00", "2026-03-10 11:00", 0},
		{"2026-03-10 12:30", "2026-03-10 14:30", time.Hour},
		{"2026-03-10 00:00", "2026-03-11 00:00", 8 * time.Hour},
		{"2026-03-06 17:00", "2026-03-10 10:00", 2 * time.Hour},
		{"2026-12-30 17:00", "2027-01-11 10:00", 2 * time.Hour},
		{"2025-12-31 17:00", "2028-01-03 10:00", 247*8*time.Hour - 4*time.Hour + 249*8*time.Hour - 5*time.Hour + 2*time.Hour},
	} {
		a, b := at(t, c, row.from), at(t, c, row.to)
		if got, back := c.Between(a, b), c.Between(b, a); got != row.want || back != -row.want {
			t.Errorf("from %s to %s: %v, back %v; want %v", row.from, row.to, got, back, row.want)
		}
	}
	ages := Default().Between(time.Time{}, time.Unix(1<<40, 0))
	if years := ages / (2000 * time.Hour); years < 200 || years > 300 {
		t.Errorf("all covered time has %v", ages)
	}
}

func TestR43_PausedClock(t *testing.T) {
	c := russianCalendar(t)
	for _, row := range []struct {
		pause, due, resume, want string
		working                  bool
		left                     time.Duration
	}{
		{"2026-03-10 11:00", "2026-03-10 15:00", "2026-03-12 17:00", "2026-03-13 11:00", true, 3 * time.Hour},
		{"2026-03-10 22:00", "2026-03-11 10:00", "2026-03-14 12:00", "2026-03-16 10:00", true, time.Hour},
		{"2026-03-10 11:00", "2026-03-10 15:00", "2026-03-12 17:00", "2026-03-12 21:00", false, 4 * time.Hour},
		// Overdue by three working hours at the pause, and still so when the clock goes on.
		{"2026-03-11 11:00", "2026-03-10 17:00", "2026-03-16 10:00", "2026-03-13 16:00", true, -3 * time.Hour},
		{"2026-03-11 11:00", "2026-03-11 10:00", "2026-03-16 10:00", "2026-03-16 09:00", true, -time.Hour},
		{"2026-03-11 11:00", "2026-03-10 17:00", "2026-03-16 10:00", "2026-03-15 16:00", false, -18 * time.Hour},
		// Nothing left: due at once.
		{"2026-03-10 19:00", "2026-03-10 18:00", "2026-03-14 10:00", "2026-03-14 10:00", true, 0},
	} {
		left := c.Left(at(t, c, row.pause), at(t, c, row.due), row.working)
		if left != row.left {
			t.Errorf("at %s, due %s: %v left, want %v", row.pause, row.due, left, row.left)
		}
		if due := c.AddTime(at(t, c, row.resume), left, row.working); !due.Equal(at(t, c, row.want)) {
			t.Errorf("%v left at %s: due %v, want %s", left, row.resume, due, row.want)
		}
	}
	over := at(t, c, "2199-12-31 17:59")
	if due := c.AddTime(over, 48*time.Hour, true); !due.Equal(at(t, c, "2200-01-01 00:00")) {
		t.Errorf("past the last year: %v", due)
	}
	if due := c.AddTime(at(t, c, "1970-01-01 10:00"), -48*time.Hour, true); !due.Equal(at(t, c, "1970-01-01 00:00")) {
		t.Errorf("before the first year: %v", due)
	}
}

// calendarsForProperties differ in all that matters: breaks, clock changes, midnight, weekends.
func calendarsForProperties(tb testing.TB) map[string]*Calendar {
	tb.Helper()
	return map[string]*Calendar{
		"ru":      russianCalendar(tb),
		"default": Default(),
		"new-york": newCalendar(tb, Definition{
			TimeZone: "America/New_York",
			Week: WeekHours{
				Monday: []string{"08:30-12:00", "12:45-17:15"}, Wednesday: []string{"20:00-24:00"},
				Thursday: []string{"00:00-04:00"}, Saturday: []string{"10:00-11:00", "11:00-14:00"},
			},
			Years: []Year{{
				Year: 2026, Holidays: []Holiday{{Date: "2026-07-01", To: "2026-08-15"}},
				Special: []SpecialDay{{Date: "2026-03-08", Hours: []string{"01:00-04:00"}}, {Date: "2026-11-01", Hours: []string{"00:30-02:30"}}},
			}},
		}),
		"lord-howe": newCalendar(tb, Definition{TimeZone: "Australia/Lord_Howe", Week: everyDay("00:00-24:00")}),
	}
}

func randomMoment(random *rand.Rand) time.Time {
	start := time.Date(2025, 11, 1, 0, 0, 0, 0, time.UTC)
	moment := start.Add(time.Duration(random.Int64N(int64(800 * 24 * time.Hour))))
	if random.IntN(2) == 0 { // beginnings and ends of intervals are where mistakes live
		moment = moment.Truncate(15 * time.Minute)
	}
	return moment
}

func TestR43_PropertiesOfWorkingTime(t *testing.T) {
	for name, c := range calendarsForProperties(t) {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(43, 1))
			for range 5_000 {
				from := randomMoment(random)
				minutes := Duration{1 + random.IntN(10_000), Minute, true}
				due, err := c.Add(from, minutes)
				if err != nil {
					t.Fatal(err)
				}
				if got := c.Between(from, due); got != time.Duration(minutes.N)*time.Minute {
					t.Fatalf("%v + %v = %v, but %v lies between", from, minutes, due, got)
				}
				requireWithinWork(t, c, from, minutes, due)

				longer, err := c.Add(from, Duration{minutes.N%10_000 + 1, Minute, true})
				if err != nil || (minutes.N < 10_000 && !longer.After(due)) {
					t.Fatalf("%v + %v = %v, and one minute more = %v, %v", from, minutes, due, longer, err)
				}

				days := Duration{1 + random.IntN(400), Day, true}
				due, err = c.Add(from, days)
				if err != nil {
					t.Fatal(err)
				}
				if !due.After(from) {
					t.Fatalf("%v + %v = %v", from, days, due)
				}
				requireWithinWork(t, c, from, days, due)
				requireBackAndForth(t, c, from, randomMoment(random))
				// A pause of no length leaves a deadline where it was, not a night away.
				if again := c.AddTime(from, c.Left(from, due, true), true); !again.Equal(due) {
					t.Fatalf("%v + %v = %v, and after a pause %v", from, days, due, again)
				}
			}
		})
	}
}

// requireWithinWork fails if due is neither in working time nor just at the end of it.
func requireWithinWork(t *testing.T, c *Calendar, from time.Time, d Duration, due time.Time) {
	t.Helper()
	if !c.IsWorking(due) && !c.IsWorking(due.Add(-1)) {
		t.Fatalf("%v + %v = %v lands outside working time", from, d, due)
	}
}

// requireBackAndForth pauses a clock and lets it go on at the same moment: the due may move over free time only.
func requireBackAndForth(t *testing.T, c *Calendar, now, due time.Time) {
	t.Helper()
	again := c.AddTime(now, c.Left(now, due, true), true)
	if lost := c.Between(due, again); lost != 0 {
		t.Fatalf("paused and resumed at %v, the due %v became %v: %v of work off", now, due, again, lost)
	}
	if plain := c.AddTime(now, c.Left(now, due, false), false); !plain.Equal(due) {
		t.Fatalf("paused and resumed at %v, the due %v became %v", now, due, plain)
	}
}

// A later start never gives an earlier end. Days are exempt where clocks go back within working hours: 01:59 and the 01:00
// that follows it end in that order of their readings.
func TestR43_AddIsMonotonic(t *testing.T) {
	for name, c := range calendarsForProperties(t) {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(43, 2))
			for range 5_000 {
				a := randomMoment(random)
				b := a.Add(time.Duration(random.Int64N(int64(100 * time.Hour))))
				limits := []Duration{{1 + random.IntN(10_000), Minute, true}, {1 + random.IntN(500), Hour, false}}
				if name == "ru" || name == "default" {
					limits = append(limits, Duration{1 + random.IntN(300), Day, true}, Duration{1 + random.IntN(300), Day, false})
				}
				for _, d := range limits {
					dueA, errA := c.Add(a, d)
					dueB, errB := c.Add(b, d)
					if errA != nil || errB != nil || dueB.Before(dueA) {
						t.Fatalf("%v: from %v due %v (%v), from the later %v due %v (%v)", d, a, dueA, errA, b, dueB, errB)
					}
				}
			}
		})
	}
}

// The tables against a count minute by minute.
func TestR43_BetweenAgreesWithCounting(t *testing.T) {
	for name, c := range calendarsForProperties(t) {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(43, 3))
			for range 20 {
				from := randomMoment(random).Truncate(time.Minute)
				to := from.Add(time.Duration(random.IntN(20*24*60)) * time.Minute)
				var counted time.Duration
				for minute := from; minute.Before(to); minute = minute.Add(time.Minute) {
					if isWorkingByDefinition(c, minute) {
						counted += time.Minute
					}
				}
				if got := c.Between(from, to); got != counted {
					t.Fatalf("from %v to %v: %v, counted %v", from, to, got, counted)
				}
			}
		})
	}
}

// isWorkingByDefinition reads the schedule without the tables.
func isWorkingByDefinition(c *Calendar, t time.Time) bool {
	local := t.In(c.Zone())
	minute := local.Hour()*60 + local.Minute()
	date := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
	for _, hours := range c.schedule.hours(date) {
		if hours.from <= minute && minute < hours.to {
			return true
		}
	}
	return false
}

func TestR43_ConcurrentUse(t *testing.T) {
	c := russianCalendar(t)
	from := at(t, c, "2026-03-10 11:00")
	want, err := russianCalendar(t).Add(from, Duration{2000, Day, true})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if got, err := c.Add(from, Duration{2000, Day, true}); err != nil || !got.Equal(want) {
				t.Errorf("due %v, %v; want %v", got, err, want)
			}
		})
	}
	all.Wait()
}

func TestR43_CalendarAsJSON(t *testing.T) {
	c := russianCalendar(t)
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var definition Definition
	if err := json.Unmarshal(data, &definition); err != nil {
		t.Fatal(err)
	}
	again, err := New(definition)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(again.Definition(), c.Definition()) || again.WorkingDays(2026) != 247 {
		t.Errorf("the calendar came back as %s", data)
	}
}

func TestR43_DefaultCalendar(t *testing.T) {
	c := Default()
	same, err := New(c.Definition())
	if err != nil {
		t.Fatalf("the default calendar's definition is refused: %v", err)
	}
	if c.ID() != DefaultID || c.Name().Ru == "" || c.Zone() != time.UTC || !reflect.DeepEqual(same.schedule.week, c.schedule.week) {
		t.Errorf("the default calendar %+v is not what its definition says", c.schedule.week)
	}
}

func BenchmarkAddWorkingHours(b *testing.B) { benchmarkAdd(b, Duration{20, Hour, true}) }

func BenchmarkAddWorkingDays(b *testing.B) { benchmarkAdd(b, Duration{250, Day, true}) }

func benchmarkAdd(b *testing.B, d Duration) {
	b.Helper()
	c := russianCalendar(b)
	from := at(b, c, "2026-03-10 11:00")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Add(from, d); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBetween(b *testing.B) {
	c := russianCalendar(b)
	from, to := at(b, c, "2026-03-10 11:00"), at(b, c, "2027-03-10 11:00")
	b.ReportAllocs()
	for b.Loop() {
		c.Between(from, to)
	}
}

func BenchmarkLoadRussia(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		russianCalendar(b)
	}
}
