package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/routemaps/calendar"
)

// calendarView is a version of a business calendar.
type calendarView struct {
	ID        string          `json:"id" example:"ru"`
	Version   int             `json:"version" doc:"0: as it comes with the program"`
	Origin    origin          `json:"origin" enum:"shipped,changed,own" doc:"shipped: as it comes with the program; changed: the company's, in the place of the shipped one; own: the company's alone"`
	Deleted   bool            `json:"deleted,omitempty" doc:"With this version the calendar was deleted; source is what it said last"`
	Name      string          `json:"name"`
	TimeZone  string          `json:"time_zone" example:"Europe/Moscow"`
	CreatedAt *time.Time      `json:"created_at,omitempty"`
	CreatedBy uuid.UUID       `json:"created_by,omitzero" format:"uuid"`
	Source    string          `json:"source" doc:"YAML"`
	Content   calendarContent `json:"content" doc:"The same for forms"`
}

func viewCalendar(lang crm.Lang, c *crm.Calendar) (calendarView, error) {
	parsed, err := calendar.Parse(c.ID, []byte(c.Source))
	if err != nil {
		return calendarView{}, fmt.Errorf("read a stored calendar: %w", err)
	}
	name := parsed.Name()
	v := calendarView{
		ID: c.ID, Version: c.Version, Origin: originOf(c.Version, c.Shipped), Deleted: c.Deleted, Name: crm.Text{EN: name.En, RU: name.Ru}.In(lang), TimeZone: parsed.Zone().String(),
		CreatedBy: c.CreatedBy, Source: c.Source,
	}
	definition := parsed.Definition()
	v.Content = viewCalendarContent(&definition)
	if !c.CreatedAt.IsZero() {
		v.CreatedAt = &c.CreatedAt
	}
	return v, nil
}

func viewCalendars(lang crm.Lang, all []crm.Calendar) (*listOutput[calendarView], error) {
	out := &listOutput[calendarView]{Body: List[calendarView]{Items: make([]calendarView, len(all))}}
	for i := range all {
		var err error
		if out.Body.Items[i], err = viewCalendar(lang, &all[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *Server) listCalendars(ctx context.Context, _ *struct{}) (*listOutput[calendarView], error) {
	all, err := s.services.Calendars.Calendars(ctx)
	if err != nil {
		return nil, err
	}
	return viewCalendars(langOf(ctx), all)
}

// CalendarPath names a business calendar.
type CalendarPath struct {
	ID string `path:"id" maxLength:"63" doc:"Id of the calendar, as maps name it" example:"ru"`
}

type calendarOutput struct {
	ETag string `header:"ETag"`
	Body calendarView
}

func (s *Server) getCalendar(ctx context.Context, in *CalendarPath) (*calendarOutput, error) {
	c, err := s.services.Calendars.Calendar(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return showCalendar(ctx, c)
}

func showCalendar(ctx context.Context, c *crm.Calendar) (*calendarOutput, error) {
	view, err := viewCalendar(langOf(ctx), c)
	if err != nil {
		return nil, err
	}
	return &calendarOutput{ETag: etag(c.Version), Body: view}, nil
}

func (s *Server) listCalendarVersions(ctx context.Context, in *CalendarPath) (*listOutput[calendarView], error) {
	versions, err := s.services.Calendars.CalendarVersions(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return viewCalendars(langOf(ctx), versions)
}

type putCalendarInput struct {
	CalendarPath
	IfMatch     string `header:"If-Match" doc:"The calendar's version as an ETag; for one that is there, a shipped one included"`
	IfNoneMatch string `header:"If-None-Match" doc:"*: the calendar is a new one" enum:"*"`
	Body        struct {
		Source  string           `json:"source,omitempty" minLength:"1" maxLength:"32768" doc:"The calendar's YAML"`
		Content *calendarContent `json:"content,omitempty" doc:"Instead of source: the same as a form has it"`
	}
}

// putCalendar adds a calendar with “If-None-Match: *” and changes one with If-Match.
func (s *Server) putCalendar(ctx context.Context, in *putCalendarInput) (*calendarOutput, error) {
	source, err := calendarSource(in, langOf(ctx))
	if err != nil {
		return nil, err
	}
	version, err := s.calendarVersion(ctx, in)
	if err != nil {
		return nil, err
	}
	stored, err := s.services.Calendars.PutCalendar(ctx, in.ID, source, version, userOf(ctx).ID)
	if wrong, ok := errors.AsType[calendar.Errors](err); ok {
		return nil, calendarErrors(wrong, langOf(ctx))
	}
	if err != nil {
		return nil, err
	}
	return showCalendar(ctx, stored)
}

// calendarSource is the YAML to be kept: what was sent, or what the content sent says.
func calendarSource(in *putCalendarInput, lang crm.Lang) ([]byte, error) {
	switch {
	case in.Body.Content == nil && in.Body.Source == "":
		return nil, invalid("/source", codeRequired)
	case in.Body.Content == nil:
		return []byte(in.Body.Source), nil
	case in.Body.Source != "":
		return nil, invalid("/content", "calendar_told_twice")
	}
	return writtenContent(in.ID, in.Body.Content, lang)
}

// calendarVersion is the version to be changed, 0 for a new calendar.
func (s *Server) calendarVersion(ctx context.Context, in *putCalendarInput) (int, error) {
	current := func() (int, error) {
		c, err := s.services.Calendars.Calendar(ctx, in.ID)
		if err != nil {
			return 0, err
		}
		return c.Version, nil
	}
	return in.asked().shippedVersion(current)
}

func (in *putCalendarInput) asked() PutInput {
	return PutInput{IfMatch: in.IfMatch, IfNoneMatch: in.IfNoneMatch}
}

func (in *putCalendarInput) insists() bool { return in.asked().insists() }

type deleteCalendarInput struct {
	CalendarPath
	MatchInput
}

func (s *Server) deleteCalendar(ctx context.Context, in *deleteCalendarInput) (*struct{}, error) {
	version, err := versionOf(ctx, in.MatchInput, in.ID, s.services.Calendars.Calendar, func(c *crm.Calendar) int { return c.Version })
	if err != nil {
		return nil, err
	}
	return nil, s.services.Calendars.DeleteCalendar(ctx, in.ID, version, userOf(ctx).ID)
}

// calendarErrors is the answer to a calendar that cannot be used: every error with its place in the text.
func calendarErrors(wrong calendar.Errors, lang crm.Lang) error {
	e := failed(http.StatusUnprocessableEntity, "calendar_invalid").with("count", strconv.Itoa(len(wrong)))
	for _, one := range wrong {
		problem, hint := one.Texts(lang)
		e.fields = append(e.fields, ProblemField{
			Pointer: "/source", Code: "calendar_invalid", Detail: problem, Line: one.Line, Column: one.Column, Hint: hint, worded: true,
		})
	}
	return e
}
