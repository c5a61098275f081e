package calendar

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // the calendars' zones must be there on any machine, also in a container without a zone database
	"unicode/utf8"
)

const (
	minutesADay   = 24 * 60
	mostIntervals = 8   // a day
	longestName   = 200 // characters
	leastWeek     = 60  // minutes of work, so that no limit can take for ever
	maxShortening = 12 * 60
)

var (
	validID       = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)
	intervalShape = regexp.MustCompile(`^(\d\d):(\d\d)-(\d\d):(\d\d)$`)
)

// interval is a piece of a day's working time, in minutes from local midnight.
type interval struct{ from, to int }

func (i interval) begin(date time.Time) time.Time {
	return date.Add(time.Duration(i.from) * time.Minute)
}

func (i interval) finish(date time.Time) time.Time {
	return date.Add(time.Duration(i.to) * time.Minute)
}

// schedule is a checked Definition: the hours of every weekday from Sunday, and of the exceptional days.
type schedule struct {
	week  [7][]interval
	years map[int]yearSchedule
}

type yearSchedule struct {
	provisional bool
	days        map[int][]interval // by the day's number in the year, from 1; no intervals: a day off
}

// hours are the intervals of a date, given as a time in UTC.
func (s schedule) hours(date time.Time) []interval {
	if special, exceptional := s.years[date.Year()].days[date.YearDay()]; exceptional {
		return special
	}
	return s.week[date.Weekday()]
}

// compiler turns a Definition into a schedule, collecting every problem on the way.
type compiler struct {
	problems    Errors
	plan        schedule
	shortenedBy int // minutes
}

func compile(definition Definition) (*time.Location, schedule, Errors) {
	c := &compiler{plan: schedule{years: make(map[int]yearSchedule, len(definition.Years))}}
	if !validID.MatchString(definition.ID) {
		c.report("/id", "the id "+quote(definition.ID)+" is not usable", "use 1 to 63 small letters, digits and hyphens, a letter first")
	}
	c.text("/name", definition.Name)
	zone := c.zone(definition.TimeZone)
	c.week(definition.Week)
	c.shortening(definition.ShortenedBy)
	for i, year := range definition.Years {
		c.year("/years/"+strconv.Itoa(i), year)
	}
	return zone, c.plan, c.problems
}

func (c *compiler) report(pointer, problem, hint string) {
	c.problems = append(c.problems, &Error{Pointer: pointer, Problem: problem, Hint: hint})
}

func (c *compiler) text(pointer string, text Text) {
	for _, part := range []struct{ language, text string }{{"en", text.En}, {"ru", text.Ru}} {
		switch {
		case strings.TrimSpace(part.text) == "":
			c.report(pointer+"/"+part.language, "the name is missing", "give it in both languages: {en: ..., ru: ...}")
		case utf8.RuneCountInString(part.text) > longestName:
			c.report(pointer+"/"+part.language, "the name is too long", fmt.Sprintf("the most is %d characters", longestName))
		}
	}
}

func (c *compiler) zone(name string) *time.Location {
	const hint = "use a name of the IANA time zone database, for example Europe/Moscow or UTC"
	// Go takes "" for UTC and "Local" for whatever the machine is set to; neither belongs in a definition.
	if name == "" || name == "Local" {
		c.report("/time_zone", "the time zone is missing", hint)
		return nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		c.report("/time_zone", "the time zone "+quote(name)+" is not known", hint)
		return nil
	}
	return zone
}

func (c *compiler) week(week WeekHours) {
	total := 0
	broken := len(c.problems)
	for i, weekday := range week.days() {
		c.plan.week[i] = c.intervals("/week/"+weekday.name, weekday.hours)
		total += minutes(c.plan.week[i])
	}
	if total < leastWeek && len(c.problems) == broken {
		c.report("/week", fmt.Sprintf("the week has %d minutes of working time", total),
			`give at least an hour, for example monday: ["09:00-13:00", "14:00-18:00"]`)
	}
}

func minutes(hours []interval) int {
	total := 0
	for _, i := range hours {
		total += i.to - i.from
	}
	return total
}

// intervals reads one day's hours; what is wrong with one is reported and the rest still checked.
func (c *compiler) intervals(pointer string, texts []string) []interval {
	if len(texts) > mostIntervals {
		c.report(pointer, fmt.Sprintf("a day has %d intervals", len(texts)), fmt.Sprintf("the most is %d", mostIntervals))
		return nil
	}
	var hours []interval
	for i, text := range texts {
		at := pointer + "/" + strconv.Itoa(i)
		next, problem := parseInterval(text)
		if problem != nil {
			problem.Pointer = at
			c.problems = append(c.problems, problem)
			continue
		}
		if last := len(hours) - 1; last >= 0 && next.from < hours[last].to {
			c.report(at, "the interval "+quote(text)+" begins before the one above it has ended", "list intervals in order and without overlap")
			continue
		}
		hours = append(hours, next)
	}
	return hours
}

func parseInterval(text string) (interval, *Error) {
	parts := intervalShape.FindStringSubmatch(text)
	if parts == nil {
		return interval{}, &Error{Problem: quote(text) + " is not an interval", Hint: `write "09:00-13:00", with two digits each and no spaces`}
	}
	from, fromFits := clock(parts[1], parts[2])
	to, toFits := clock(parts[3], parts[4])
	switch {
	case !fromFits || !toFits:
		return interval{}, &Error{Problem: "the interval " + quote(text) + " has an impossible time", Hint: "times go from 00:00 to 24:00"}
	case from >= to:
		return interval{}, &Error{
			Problem: "the interval " + quote(text) + " does not end after its beginning",
			Hint:    "work through midnight is an interval up to 24:00 and one from 00:00 on the next day",
		}
	default:
		return interval{from, to}, nil
	}
}

// clock turns two pairs of digits into minutes from midnight.
func clock(hour, minute string) (int, bool) {
	h, hourErr := strconv.Atoi(hour)
	m, minuteErr := strconv.Atoi(minute)
	total := h*60 + m
	return total, hourErr == nil && minuteErr == nil && m < 60 && total <= minutesADay
}

func (c *compiler) shortening(text string) {
	c.shortenedBy = 60
	if text == "" {
		return
	}
	const hint = `write minutes or hours up to 12 hours, for example "1 hour"`
	d, err := ParseDuration(text)
	if err != nil {
		c.report("/shortened_by", quote(text)+" is not a length of time", hint)
		return
	}
	c.shortenedBy = d.N
	if d.Unit == Hour {
		c.shortenedBy = d.N * 60
	}
	if d.Working || d.Unit > Hour || c.shortenedBy > maxShortening {
		c.report("/shortened_by", "a day cannot be shortened by "+quote(text), hint)
	}
}

// yearCompiler collects the exceptional days of one year.
type yearCompiler struct {
	*compiler
	year    int
	pointer string
	days    map[int][]interval
	claims  map[int]claim // which entry set the day
}

type claim struct{ kind, pointer string }

const (
	holidayClaim = "a holiday"
	movedClaim   = "a moved day"
	specialClaim = "a special day"
)

func (c *compiler) year(pointer string, year Year) {
	if year.Year < FirstYear || year.Year > LastYear {
		c.report(pointer+"/year", fmt.Sprintf("the year %d cannot be used", year.Year), fmt.Sprintf("years go from %d to %d", FirstYear, LastYear))
		return
	}
	if _, twice := c.plan.years[year.Year]; twice {
		c.report(pointer+"/year", fmt.Sprintf("the year %d is listed twice", year.Year), "put all of a year's exceptions into one entry")
		return
	}
	y := &yearCompiler{compiler: c, year: year.Year, pointer: pointer, days: map[int][]interval{}, claims: map[int]claim{}}
	y.holidays(year.Holidays)
	y.special(year.Special)
	y.moved(year.Moved)
	y.shortened(year.Shortened)
	c.plan.years[year.Year] = yearSchedule{provisional: year.Provisional, days: y.days}
}

// date reads a date of the year; what is wrong with it is reported.
func (y *yearCompiler) date(pointer, text string) (time.Time, bool) {
	date, err := time.Parse(time.DateOnly, text)
	if err != nil {
		y.report(pointer, quote(text)+" is not a date", fmt.Sprintf("write year-month-day, for example %d-01-08", y.year))
		return time.Time{}, false
	}
	if date.Year() != y.year {
		y.report(pointer, "the date "+text+" is not in "+strconv.Itoa(y.year), "list it under its own year")
		return time.Time{}, false
	}
	return date, true
}

// set gives a day its hours, unless another entry has done so.
func (y *yearCompiler) set(pointer string, date time.Time, kind string, hours []interval) {
	number := date.YearDay()
	if earlier, taken := y.claims[number]; taken {
		y.report(pointer, fmt.Sprintf("%s is %s already, in %s", date.Format(time.DateOnly), earlier.kind, earlier.pointer), "list a day once")
		return
	}
	y.claims[number] = claim{kind, pointer}
	y.days[number] = hours
}

func (y *yearCompiler) holidays(holidays []Holiday) {
	for i, holiday := range holidays {
		pointer := y.pointer + "/holidays/" + strconv.Itoa(i)
		if holiday.Name != nil {
			y.text(pointer+"/name", *holiday.Name)
		}
		first, fits := y.date(pointer+"/date", holiday.Date)
		if !fits {
			continue
		}
		last := first
		if holiday.To != "" {
			if last, fits = y.date(pointer+"/to", holiday.To); !fits {
				continue
			}
		}
		if last.Before(first) {
			y.report(pointer+"/to", "the run of holidays ends before it begins", "put the earlier date first")
			continue
		}
		for date := first; !date.After(last); date = date.AddDate(0, 0, 1) {
			y.set(pointer, date, holidayClaim, nil)
		}
	}
}

func (y *yearCompiler) special(days []SpecialDay) {
	for i, special := range days {
		pointer := y.pointer + "/special/" + strconv.Itoa(i)
		if special.Name != nil {
			y.text(pointer+"/name", *special.Name)
		}
		if len(special.Hours) == 0 {
			y.report(pointer+"/hours", "a special day has no hours", "list a day off under holidays")
			continue
		}
		hours := y.intervals(pointer+"/hours", special.Hours)
		if date, fits := y.date(pointer+"/date", special.Date); fits {
			y.set(pointer, date, specialClaim, hours)
		}
	}
}

func (y *yearCompiler) moved(moves []Move) {
	for i, move := range moves {
		pointer := y.pointer + "/moved/" + strconv.Itoa(i)
		from, fromFits := y.date(pointer+"/from", move.From)
		to, toFits := y.date(pointer+"/to", move.To)
		if !fromFits || !toFits {
			continue
		}
		hours := y.plan.week[to.Weekday()]
		if len(hours) == 0 {
			y.report(pointer+"/to", move.To+" is a day off of the week anyway", "a day off moves to a working day")
			continue
		}
		y.set(pointer+"/to", to, movedClaim, nil)
		switch {
		case y.claims[from.YearDay()].kind == holidayClaim: // a holiday on a weekend: it stays a day off
		case len(y.plan.week[from.Weekday()]) > 0:
			y.report(pointer+"/from", move.From+" is a working day of the week", "only a weekend or a holiday can move")
		default:
			y.set(pointer+"/from", from, movedClaim, hours)
		}
	}
}

func (y *yearCompiler) shortened(dates []string) {
	done := make(map[int]bool, len(dates))
	for i, text := range dates {
		pointer := y.pointer + "/shortened/" + strconv.Itoa(i)
		date, fits := y.date(pointer, text)
		if !fits {
			continue
		}
		number := date.YearDay()
		hours, exceptional := y.days[number]
		if !exceptional {
			hours = y.plan.week[date.Weekday()]
		}
		switch {
		case done[number]:
			y.report(pointer, text+" is shortened twice", "list a day once")
		case y.claims[number].kind == specialClaim:
			y.report(pointer, text+" is a special day with hours of its own", "change its hours there")
		case len(hours) == 0:
			y.report(pointer, text+" is a day off", "only a working day can be shortened")
		case minutes(hours) <= y.shortenedBy:
			y.report(pointer, text+" would have no working time left", "list it under holidays, or give it hours under special")
		default:
			y.days[number] = shorten(hours, y.shortenedBy)
		}
		done[number] = true
	}
}

// shorten takes the minutes off the end of a day, that has more of them.
func shorten(hours []interval, by int) []interval {
	for i := len(hours) - 1; ; i-- {
		last := hours[i]
		if length := last.to - last.from; length <= by {
			by -= length
			continue
		}
		kept := append([]interval(nil), hours[:i]...)
		return append(kept, interval{last.from, last.to - by})
	}
}
