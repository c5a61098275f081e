package server

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"marshrut/crm"
	"marshrut/routemaps/calendar"
)

// calendarContent is what a business calendar says, for forms: the same as its YAML without the id.
type calendarContent struct {
	Name        crm.Text       `json:"name"`
	TimeZone    string         `json:"time_zone" maxLength:"64" example:"Europe/Moscow"`
	Week        calendarWeek   `json:"week"`
	ShortenedBy string         `json:"shortened_by,omitempty" maxLength:"40" doc:"How much earlier a shortened day ends; without it, an hour" example:"1 hour"`
	Years       []calendarYear `json:"years,omitempty" maxItems:"230" doc:"A year that is not listed follows the plain week"`
}

// calendarWeek is the plain week: intervals such as 09:00-13:00, in order; a day without any is a day off.
type calendarWeek struct {
	Monday    []string `json:"monday,omitempty" maxItems:"8" example:"09:00-18:00"`
	Tuesday   []string `json:"tuesday,omitempty" maxItems:"8"`
	Wednesday []string `json:"wednesday,omitempty" maxItems:"8"`
	Thursday  []string `json:"thursday,omitempty" maxItems:"8"`
	Friday    []string `json:"friday,omitempty" maxItems:"8"`
	Saturday  []string `json:"saturday,omitempty" maxItems:"8"`
	Sunday    []string `json:"sunday,omitempty" maxItems:"8"`
}

// calendarYear is the exceptions of a year.
type calendarYear struct {
	Year        int                  `json:"year" example:"2026"`
	Provisional bool                 `json:"provisional,omitempty" doc:"Still to be confirmed by an authority"`
	Holidays    []calendarHoliday    `json:"holidays,omitempty" maxItems:"366"`
	Moved       []calendarMove       `json:"moved,omitempty" maxItems:"366"`
	Shortened   []string             `json:"shortened,omitempty" maxItems:"366" doc:"Working days that end earlier by shortened_by"`
	Special     []calendarSpecialDay `json:"special,omitempty" maxItems:"366"`
}

// calendarHoliday is a day off, or a run of them.
type calendarHoliday struct {
	Date string    `json:"date" maxLength:"10" example:"2026-01-01"`
	To   string    `json:"to,omitempty" maxLength:"10" doc:"The last day of a run"`
	Name *crm.Text `json:"name,omitempty"`
}

// calendarMove moves a day off to another date.
type calendarMove struct {
	From string `json:"from" maxLength:"10" doc:"A day off of the week, which is worked; a holiday stays off"`
	To   string `json:"to" maxLength:"10" doc:"A working day, which is off"`
}

// calendarSpecialDay is a working day with hours of its own.
type calendarSpecialDay struct {
	Date  string    `json:"date" maxLength:"10"`
	Hours []string  `json:"hours" maxItems:"8"`
	Name  *crm.Text `json:"name,omitempty"`
}

func viewCalendarContent(d *calendar.Definition) calendarContent {
	c := calendarContent{
		Name: crm.Text{EN: d.Name.En, RU: d.Name.Ru}, TimeZone: d.TimeZone, Week: calendarWeek(d.Week), ShortenedBy: d.ShortenedBy,
	}
	for i := range d.Years {
		y := &d.Years[i]
		view := calendarYear{Year: y.Year, Provisional: y.Provisional, Shortened: y.Shortened}
		for _, h := range y.Holidays {
			view.Holidays = append(view.Holidays, calendarHoliday{Date: h.Date, To: h.To, Name: viewDayName(h.Name)})
		}
		for _, m := range y.Moved {
			view.Moved = append(view.Moved, calendarMove(m))
		}
		for _, s := range y.Special {
			view.Special = append(view.Special, calendarSpecialDay{Date: s.Date, Hours: s.Hours, Name: viewDayName(s.Name)})
		}
		c.Years = append(c.Years, view)
	}
	return c
}

func viewDayName(name *calendar.Text) *crm.Text {
	if name == nil {
		return nil
	}
	return &crm.Text{EN: name.En, RU: name.Ru}
}

// definition is the calendar of this id that the content describes.
func (c *calendarContent) definition(id string) calendar.Definition {
	d := calendar.Definition{
		ID: id, Name: calendar.Text{En: c.Name.EN, Ru: c.Name.RU}, TimeZone: c.TimeZone, Week: calendar.WeekHours(c.Week), ShortenedBy: c.ShortenedBy,
	}
	for i := range c.Years {
		y := &c.Years[i]
		year := calendar.Year{Year: y.Year, Provisional: y.Provisional, Shortened: y.Shortened}
		for _, h := range y.Holidays {
			year.Holidays = append(year.Holidays, calendar.Holiday{Date: h.Date, To: h.To, Name: dayName(h.Name)})
		}
		for _, m := range y.Moved {
			year.Moved = append(year.Moved, calendar.Move(m))
		}
		for _, s := range y.Special {
			year.Special = append(year.Special, calendar.SpecialDay{Date: s.Date, Hours: s.Hours, Name: dayName(s.Name)})
		}
		d.Years = append(d.Years, year)
	}
	return d
}

func dayName(name *crm.Text) *calendar.Text {
	if name == nil {
		return nil
	}
	return &calendar.Text{En: name.EN, Ru: name.RU}
}

// writtenContent writes a calendar's content as the YAML that is kept. What is wrong with it is told with the field it is in.
func writtenContent(id string, content *calendarContent, lang crm.Lang) ([]byte, error) {
	made, err := calendar.New(content.definition(id))
	if err != nil {
		return nil, contentErrors(id, err, lang)
	}
	return made.YAML()
}

// contentErrors is the answer to a content of the calendar id that cannot be used: every error with its field.
func contentErrors(id string, err error, lang crm.Lang) error {
	wrong, ok := errors.AsType[calendar.Errors](err)
	if !ok {
		return err
	}
	e := failed(http.StatusUnprocessableEntity, "calendar_invalid").with("count", strconv.Itoa(len(wrong)))
	for _, one := range wrong {
		if one.Pointer == "/id" && strings.TrimSpace(id) == "" {
			e.fields = append(e.fields, ProblemField{Pointer: "/content/id", Code: codeRequired})
			continue
		}
		problem, hint := one.Texts(lang)
		e.fields = append(e.fields, ProblemField{Pointer: "/content" + one.Pointer, Code: "calendar_invalid", Detail: problem, Hint: hint, worded: true})
	}
	return e
}
