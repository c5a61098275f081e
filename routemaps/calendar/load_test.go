package calendar

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"marshrut/crm"
)

const head = `id: office
name: {en: Office, ru: Офис}
time_zone: Europe/Moscow
`

const week = `week:
  monday: ["09:00-13:00", "14:00-24:00"]
  friday: [09:00-18:00]
`

func TestR43_ParseCalendar(t *testing.T) {
	c, err := Parse("office.yaml", []byte(head+week+`years:
  - year: 2026
    moved: [{from: 2026-03-08, to: 2026-03-09}]   # the Sunday becomes a working day with Monday's hours
    shortened: [2026-03-08]
    special: [{date: 2026-03-11, hours: ["10:00-11:00"], name: {en: Stocktaking, ru: Инвентаризация}}]
`))
	if err != nil {
		t.Fatal(err)
	}
	for date, want := range map[string]time.Duration{
		"2026-03-02": 14 * time.Hour, "2026-03-08": 13 * time.Hour, "2026-03-09": 0, "2026-03-11": time.Hour, "2026-03-13": 9 * time.Hour,
	} {
		from := at(t, c, date+" 00:00")
		if got := c.Between(from, from.AddDate(0, 0, 1)); got != want {
			t.Errorf("%s: %v of working time, want %v", date, got, want)
		}
	}
	if !c.IsWorking(at(t, c, "2026-03-02 23:59")) || c.IsWorking(at(t, c, "2026-03-03 00:00")) {
		t.Error("an interval up to 24:00 does not end at midnight")
	}
}

func TestR43_ShorteningReachesIntoEarlierIntervals(t *testing.T) {
	c, err := Parse("", []byte(head+`week: {friday: ["09:00-13:00", "14:00-14:30"]}
shortened_by: 90 minutes
years: [{year: 2026, shortened: [2026-03-13]}]
`))
	if err != nil {
		t.Fatal(err)
	}
	if c.IsWorking(at(t, c, "2026-03-13 12:00")) || !c.IsWorking(at(t, c, "2026-03-13 11:59")) || !c.IsWorking(at(t, c, "2026-03-20 14:15")) {
		t.Error("ninety minutes off a day whose last interval has thirty do not end it at 12:00")
	}
}

func TestR43_BrokenCalendars(t *testing.T) {
	year := func(lines string) string { return head + week + "years:\n  - year: 2026\n" + lines }
	for name, row := range map[string]struct{ text, where, says, hint string }{
		"empty":                {"", "c.yaml:", "the file is empty", "keys of a calendar"},
		"only a comment":       {"# nothing\n", "c.yaml:", "the file is empty", "keys of a calendar"},
		"two documents":        {head + week + "---\n" + head, "c.yaml:", "2 YAML documents", "one calendar"},
		"not a mapping":        {"[1, 2]", "c.yaml:1:1:", "", "keys of a calendar"},
		"bad YAML":             {"id: [", "c.yaml:1:5:", "", "brackets"},
		"unknown key":          {head + week + "holiday: []\n", "c.yaml:7:1:", `unknown field "holiday"`, "keys of a calendar"},
		"unknown nested key":   {year("    days_off: []\n"), "c.yaml:9:5:", `unknown field "days_off"`, "keys of a calendar"},
		"repeated key":         {head + head, "c.yaml:4:1:", "already defined", ""},
		"wrong kind":           {head + "week: soon\n", "c.yaml:4:7:", "", "keys of a calendar"},
		"anchor":               {"id: &a office\n" + week, "c.yaml:1:5:", "an anchor", "write the value out"},
		"alias":                {"id: *a\n" + week, "c.yaml:1:5:", "", "write the value out"},
		"tag":                  {"id: !!str office\n" + week, "c.yaml:1:5:", "a tag", "write the value out"},
		"no id":                {head[len("id: office\n"):] + week, "c.yaml:1:", "/id: the id \"\"", "small letters"},
		"bad id":               {"id: Офис\n" + head[len("id: office\n"):] + week, "c.yaml:1:5:", "/id", "small letters"},
		"one language":         {"id: a\nname: {en: A}\ntime_zone: UTC\n" + week, "c.yaml:2:", "/name/ru: the name is missing", "both languages"},
		"no zone":              {"id: a\nname: {en: A, ru: А}\n" + week, "c.yaml:1:", "/time_zone: the time zone is missing", "Europe/Moscow"},
		"machine's zone":       {"id: a\nname: {en: A, ru: А}\ntime_zone: Local\n" + week, "c.yaml:3:12:", "/time_zone", "Europe/Moscow"},
		"bad zone":             {"id: a\nname: {en: A, ru: А}\ntime_zone: Mars/Olympus\n" + week, "c.yaml:3:12:", `"Mars/Olympus" is not known`, "Europe/Moscow"},
		"zone from a path":     {"id: a\nname: {en: A, ru: А}\ntime_zone: ../../etc/passwd\n" + week, "c.yaml:3:12:", "is not known", "Europe/Moscow"},
		"no week":              {head, "c.yaml:1:", "/week: the week has 0 minutes", "at least an hour"},
		"idle week":            {head + "week: {monday: []}\n", "c.yaml:4:", "the week has 0 minutes", "at least an hour"},
		"half an hour a week":  {head + "week: {monday: [\"09:00-09:30\"]}\n", "c.yaml:4:", "the week has 30 minutes", "at least an hour"},
		"not an interval":      {head + "week:\n  monday: [9-18]\n", "c.yaml:5:12:", `"9-18" is not an interval`, "09:00-13:00"},
		"impossible time":      {head + "week:\n  monday: [\"09:60-18:00\"]\n", "c.yaml:5:12:", "impossible time", "24:00"},
		"past midnight":        {head + "week:\n  monday: [\"09:00-24:01\"]\n", "c.yaml:5:12:", "impossible time", "24:00"},
		"over midnight":        {head + "week:\n  monday: [\"22:00-06:00\"]\n", "c.yaml:5:12:", "does not end after", "from 00:00 on the next day"},
		"empty interval":       {head + "week:\n  monday: [\"09:00-09:00\"]\n", "c.yaml:5:12:", "does not end after", ""},
		"overlap":              {head + "week:\n  monday: [\"09:00-13:00\", \"12:00-18:00\"]\n", "c.yaml:5:27:", "before the one above it has ended", "without overlap"},
		"out of order":         {head + "week:\n  monday: [\"14:00-18:00\", \"09:00-13:00\"]\n", "c.yaml:5:27:", "before the one above", "in order"},
		"too many intervals":   {head + "week:\n  monday: [" + strings.Repeat(`"09:00-10:00",`, 9) + "]\n", "c.yaml:5:", "9 intervals", "the most is 8"},
		"bad shortening":       {head + week + "shortened_by: a bit\n", "c.yaml:7:15:", "not a length of time", "1 hour"},
		"shortened by days":    {head + week + "shortened_by: 1 day\n", "c.yaml:7:15:", "cannot be shortened", "1 hour"},
		"list for a text":      {"id: [a]", "c.yaml:1:5:", "a list stands where a text belongs", ""},
		"text for a number":    {"years: [{year: soon}]", "c.yaml:1:16:", "a text stands where a number belongs", ""},
		"text for a switch":    {"years: [{year: 2026, provisional: maybe}]", "c.yaml:1:35:", "a text stands where true or false belongs", ""},
		"list for a group":     {"week: [a]", "c.yaml:1:7:", "", "keys of a calendar"},
		"huge year":            {"years: [{year: 99999999999999999999}]", "c.yaml:1:16:", "too large", ""},
		"part of a year":       {head + week + "years: [{year: 2026.9}]\n", "c.yaml:7:16:", "not a whole number", "2026"},
		"year as text":         {head + week + "years: [{year: \"2026\"}]\n", "c.yaml:7:16:", "not a whole number", "2026"},
		"year missing":         {head + week + "years: [{provisional: true}]\n", "c.yaml:7:", "the year 0 cannot be used", "1970"},
		"empty year":           {head + week + "years: [null]\n", "c.yaml:7:", "the year 0 cannot be used", "1970"},
		"year twice":           {year("  - year: 2026\n"), "c.yaml:9:11:", "listed twice", "one entry"},
		"ancient year":         {head + week + "years: [{year: 1812}]\n", "c.yaml:7:16:", "1812 cannot be used", "1970"},
		"not a date":           {year("    shortened: [2026-02-30]\n"), "c.yaml:9:17:", "is not a date", "2026-01-08"},
		"another year's date":  {year("    shortened: [2027-02-26]\n"), "c.yaml:9:17:", "is not in 2026", "own year"},
		"backward run":         {year("    holidays: [{date: 2026-01-08, to: 2026-01-01}]\n"), "c.yaml:9:39:", "ends before it begins", "earlier date first"},
		"run into next year":   {year("    holidays: [{date: 2026-12-30, to: 2027-01-08}]\n"), "c.yaml:9:39:", "is not in 2026", "own year"},
		"holiday twice":        {year("    holidays: [{date: 2026-01-01, to: 2026-01-08}, {date: 2026-01-07}]\n"), "c.yaml:9:", "2026-01-07 is a holiday already", "once"},
		"holiday without name": {year("    holidays: [{date: 2026-01-01, name: {en: X, ru: ' '}}]\n"), "c.yaml:9:", "name/ru: the name is missing", ""},
		"special holiday":      {year("    holidays: [{date: 2026-01-05}]\n    special: [{date: 2026-01-05, hours: [\"10:00-11:00\"]}]\n"), "c.yaml:10:", "a holiday already", "once"},
		"special without time": {year("    special: [{date: 2026-01-05, hours: []}]\n"), "c.yaml:9:", "has no hours", "holidays"},
		"moved to a day off":   {year("    moved: [{from: 2026-03-07, to: 2026-03-08}]\n"), "c.yaml:9:36:", "a day off of the week anyway", "working day"},
		"moved a working day":  {year("    moved: [{from: 2026-03-06, to: 2026-03-09}]\n"), "c.yaml:9:20:", "is a working day", "weekend or a holiday"},
		"moved on a holiday":   {year("    holidays: [{date: 2026-03-09}]\n    moved: [{from: 2026-03-08, to: 2026-03-09}]\n"), "c.yaml:10:36:", "a holiday already", "once"},
		"shortened twice":      {year("    shortened: [2026-03-09, 2026-03-09]\n"), "c.yaml:9:29:", "shortened twice", "once"},
		"shortened day off":    {year("    shortened: [2026-03-08]\n"), "c.yaml:9:17:", "is a day off", "only a working day"},
		"shortened special":    {year("    special: [{date: 2026-03-08, hours: [\"10:00-12:00\"]}]\n    shortened: [2026-03-08]\n"), "c.yaml:10:17:", "hours of its own", "change its hours"},
		"shortened to nothing": {head + week + "shortened_by: 9 hours\nyears: [{year: 2026, shortened: [2026-03-06]}]\n", "c.yaml:8:34:", "no working time left", "holidays"},
		"a year off":           {year("    holidays: [{date: 2026-01-01, to: 2026-12-31}]\n"), "c.yaml:8:", "no working time at all", "holidays"},
		"too large":            {head + strings.Repeat("#", 33<<10), "c.yaml:", "too large", "bytes"},
		"deep":                 {strings.Repeat("[", 2_000), "c.yaml:", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := Parse("c.yaml", []byte(row.text))
			var problems Errors
			if c != nil || !errors.As(err, &problems) {
				t.Fatalf("parsed, or another kind of error: %v", err)
			}
			if !strings.HasPrefix(err.Error(), row.where) || !strings.Contains(err.Error(), row.says) || !strings.Contains(problems[0].Hint, row.hint) {
				t.Errorf("%v\nwant it to begin with %q, to say %q and to hint at %q", err, row.where, row.says, row.hint)
			}
			for _, problem := range problems {
				toldInRussian(t, problem)
			}
		})
	}
}

var (
	cyrillic = regexp.MustCompile(`\p{Cyrillic}`)
	quoted   = regexp.MustCompile(`"[^"]*"`)
)

// toldInRussian checks that a problem is told in Russian too, with the values that it names.
func toldInRussian(t *testing.T, e *Error) {
	t.Helper()
	problem, hint := e.Texts(crm.RU)
	if !cyrillic.MatchString(problem) || !cyrillic.MatchString(hint) {
		t.Errorf("in Russian: %s (%s)", problem, hint)
	}
	for _, value := range quoted.FindAllString(e.Problem, -1) {
		if !strings.Contains(problem, value) {
			t.Errorf("%s is missing in Russian: %s", value, problem)
		}
	}
	if problem, hint := e.Texts(crm.EN); problem != e.Problem || hint != e.Hint {
		t.Errorf("in English: %s (%s)", problem, hint)
	}
}

func TestR43_EveryProblemIsReported(t *testing.T) {
	_, err := Parse("c.yaml", []byte("id: ?\nname: {en: A}\ntime_zone: Nowhere\nweek: {monday: [x]}\n"))
	var problems Errors
	if !errors.As(err, &problems) || len(problems) != 4 {
		t.Fatalf("%d problems: %v", len(problems), err)
	}
	var first *Error
	if !errors.As(err, &first) || first.Pointer != "/id" {
		t.Errorf("the first problem is %v", first)
	}
}

func FuzzParse(f *testing.F) {
	shipped, err := os.ReadFile("shipped/ru.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(shipped))
	for _, seed := range []string{
		head + week, "a: &a [*a, *a]", "years: [{year: 2026}]", "{", "- -", "? :", "\xff", "id: |\n  x\n", "<<: {id: x}", head + "week: {monday: null}",
	} {
		f.Add(seed)
	}
	now := time.Date(2026, 3, 10, 11, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse("fuzz.yaml", []byte(text))
		if err != nil {
			var problems Errors
			if !errors.As(err, &problems) || len(problems) == 0 || c != nil {
				t.Fatalf("not an Errors: %v", err)
			}
			return
		}
		due, err := c.Add(now, Duration{1, Day, true})
		if err != nil || !due.After(now) {
			t.Errorf("a sound calendar, but a working day from %v is %v, %v", now, due, err)
		}
	})
}
