package server

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

const officeHours = `id: office
name: {en: Office, ru: Офис}
time_zone: Asia/Omsk
week:
  monday: ["08:00-20:00"]
`

func putCalendar(r *rig, as, id, source string, headers map[string]string) *answer {
	return r.do(request{as: as, method: put, path: "/calendars/" + id, body: map[string]any{"source": source}, headers: headers})
}

func TestR43_CalendarsAreWrittenByThoseWhoLead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	isNew := map[string]string{"If-None-Match": "*"}
	putCalendar(r, "manager", "office", officeHours, isNew).problem(http.StatusForbidden, "not_allowed")
	putCalendar(r, "director", "office", officeHours, nil).problem(http.StatusPreconditionRequired, "if_match_required")
	putCalendar(r, "director", "office", officeHours, map[string]string{"If-Match": "*"}).problem(http.StatusNotFound, "calendar_not_found")
	putCalendar(r, "director", "office", officeHours, map[string]string{"If-Match": `"0"`}).problem(http.StatusNotFound, "calendar_not_found")
	made := putCalendar(r, "director", "office", officeHours, isNew).want(http.StatusOK)
	if made.header.Get("ETag") != `"1"` || made.text("name") != "Office" || made.text("time_zone") != "Asia/Omsk" || made.text("created_by") != r.users["director"].ID.String() {
		t.Errorf("%s", made.body)
	}
	putCalendar(r, "director", "office", officeHours, isNew).problem(http.StatusPreconditionFailed, "stale")
	longer := strings.Replace(officeHours, "20:00", "21:00", 1)
	first := map[string]string{"If-Match": `"1"`}
	putCalendar(r, "admin", "office", longer, first).want(http.StatusOK)
	putCalendar(r, "director", "office", officeHours, first).problem(http.StatusPreconditionFailed, "stale")

	if got := r.do(request{as: "manager", path: "/calendars/office"}).want(http.StatusOK); got.header.Get("ETag") != `"2"` || got.text("source") != longer {
		t.Errorf("%s", got.body)
	}
	versions := r.do(request{as: "manager", path: "/calendars/office/versions"}).want(http.StatusOK)
	if versions.text("items.0.source") != longer || versions.text("items.1.source") != officeHours {
		t.Errorf("%s", versions.body)
	}
	all := r.do(request{as: "auditor", path: "/calendars"}).want(http.StatusOK)
	if all.text("items.0.id") != "default" || all.text("items.1.id") != "office" || all.text("items.2.id") != "ru" {
		t.Errorf("%s", all.body)
	}
	r.do(request{as: "manager", path: "/calendars/nowhere"}).problem(http.StatusNotFound, "calendar_not_found")
}

func TestR43_AShippedCalendarIsReplacedByAnOwnOne(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	shipped := r.do(request{as: "director", path: "/calendars/ru"}).want(http.StatusOK)
	if shipped.header.Get("ETag") != `"0"` {
		t.Fatalf("ETag %s", shipped.header.Get("ETag"))
	}
	own := strings.Replace(officeHours, "id: office", "id: ru", 1)
	putCalendar(r, "director", "ru", own, map[string]string{"If-None-Match": "*"}).problem(http.StatusPreconditionFailed, "stale")
	putCalendar(r, "director", "ru", own, map[string]string{"If-Match": `"0"`}).want(http.StatusOK)
	// Who has read the shipped one knows nothing of what has replaced it.
	putCalendar(r, "director", "ru", own, map[string]string{"If-Match": `"0"`}).problem(http.StatusPreconditionFailed, "stale")
	// What was shipped is there to go back to.
	putCalendar(r, "director", "ru", shipped.text("source"), map[string]string{"If-Match": `"1"`}).want(http.StatusOK)
	if got := r.do(request{as: "director", path: "/calendars/ru/versions"}).want(http.StatusOK); got.text("items.0.source") != got.text("items.2.source") {
		t.Errorf("%s", got.body)
	}
}

// TestR43_ACalendarIsDeleted by those who may write it, as they have read it; the audit tells who did, and what it said can still be read.
func TestR43_ACalendarIsDeleted(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	putCalendar(r, "director", "office", officeHours, map[string]string{"If-None-Match": "*"}).want(http.StatusOK)
	if got := r.do(request{as: "manager", path: "/calendars/office"}).want(http.StatusOK).text("origin"); got != "own" {
		t.Errorf("origin %s", got)
	}
	gone := func(as, id, match string) *answer {
		headers := map[string]string{}
		if match != "" {
			headers["If-Match"] = match
		}
		return r.do(request{as: as, method: remove, path: "/calendars/" + id, headers: headers})
	}
	gone("manager", "office", `"1"`).problem(http.StatusForbidden, "not_allowed")
	gone("director", "office", "").problem(http.StatusPreconditionRequired, "if_match_required")
	gone("director", "office", `"7"`).problem(http.StatusPreconditionFailed, "stale")
	office := r.do(request{as: "admin", method: post, path: "/offices", body: map[string]any{
		"key": "omsk", "name": map[string]any{"en": "Omsk"}, "time_zone": "Asia/Omsk", "calendar": "office",
	}}).want(http.StatusCreated).text("id")
	r.speaksRussian("director")
	kept := gone("director", "office", `"1"`).problem(http.StatusConflict, "calendar_in_use")
	if kept.Detail != "Офисы: omsk; подразделения: —; карты маршрута: —. Сначала назначьте им другой календарь; у карты учитываются новейшая версия и те, по которым идут открытые карточки." {
		t.Errorf("%s", kept.Detail)
	}
	r.do(request{as: "admin", method: patch, path: "/offices/" + office, body: map[string]any{"calendar": nil}, headers: map[string]string{"If-Match": "*"}}).want(http.StatusOK)
	gone("director", "office", `"1"`).want(http.StatusNoContent)
	gone("director", "office", `"1"`).problem(http.StatusNotFound, "calendar_not_found")
	gone("director", "office", "*").problem(http.StatusNotFound, "calendar_not_found")
	r.do(request{as: "manager", path: "/calendars/office"}).problem(http.StatusNotFound, "calendar_not_found")
	versions := r.do(request{as: "manager", path: "/calendars/office/versions"}).want(http.StatusOK)
	if versions.at("items.0.deleted") != true || versions.text("items.0.created_by") != r.users["director"].ID.String() || versions.text("items.1.source") != officeHours {
		t.Errorf("%s", versions.body)
	}
	told := r.do(request{as: "admin", path: "/audit?table=calendars"}).want(http.StatusOK)
	if told.at("items.0.after.deleted") != true || told.text("items.0.actor_id") != r.users["director"].ID.String() || told.at("items.1.after.deleted") != false {
		t.Errorf("%s", told.body)
	}

	gone("director", "ru", `"0"`).problem(http.StatusNotFound, "no_own_calendar")
	putCalendar(r, "director", "ru", strings.Replace(officeHours, "id: office", "id: ru", 1), map[string]string{"If-Match": `"0"`}).want(http.StatusOK)
	if got := r.do(request{as: "manager", path: "/calendars/ru"}).want(http.StatusOK).text("origin"); got != "changed" {
		t.Errorf("origin %s", got)
	}
	gone("director", "ru", "*").want(http.StatusNoContent)
	if got := r.do(request{as: "manager", path: "/calendars/ru"}).want(http.StatusOK); got.text("origin") != "shipped" || got.header.Get("ETag") != `"0"` {
		t.Errorf("%s", got.body)
	}
	gone("director", "ru", `"1"`).problem(http.StatusNotFound, "no_own_calendar")
}

func TestR43_WhatIsWrongWithACalendarIsToldWithItsLine(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	isNew := map[string]string{"If-None-Match": "*"}
	for name, one := range map[string]struct {
		source string
		line   int
	}{
		"hours":     {strings.Replace(officeHours, "08:00", "28:00", 1), 5},
		"time zone": {strings.Replace(officeHours, "Asia/Omsk", "Asia/Osmk", 1), 3},
		"a key":     {strings.Replace(officeHours, "week:", "weak:", 1), 4},
		"not YAML":  {officeHours + "years: [", 6},
	} {
		p := putCalendar(r, "director", "office", one.source, isNew).problem(http.StatusUnprocessableEntity, "calendar_invalid")
		if len(p.Errors) == 0 || p.Errors[0].Line != one.line || p.Errors[0].Pointer != "/source" || p.Errors[0].Hint == "" {
			t.Errorf("%s: %+v", name, p.Errors)
		}
	}
	r.speaksRussian("director")
	p := putCalendar(r, "director", "office", strings.Replace(officeHours, "Asia/Omsk", "Asia/Osmk", 1), isNew).problem(http.StatusUnprocessableEntity, "calendar_invalid")
	if p.Errors[0].Detail != `часовой пояс "Asia/Osmk" неизвестен` || !strings.HasPrefix(p.Errors[0].Hint, "возьмите имя из базы") {
		t.Errorf("in Russian: %+v", p.Errors)
	}
	putCalendar(r, "director", "other", officeHours, isNew).problem(http.StatusUnprocessableEntity, "calendar_id_differs")
	putCalendar(r, "director", "office", "", isNew).problem(http.StatusUnprocessableEntity, "validation_failed")
	putCalendar(r, "director", "office", strings.Repeat("#", 40_000), isNew).problem(http.StatusUnprocessableEntity, "validation_failed")
	r.do(request{as: "director", path: "/calendars/office"}).problem(http.StatusNotFound, "calendar_not_found")
}

// TestR43_ACalendarIsWrittenByAForm as its content; what is wrong is told with the field it is in.
func TestR43_ACalendarIsWrittenByAForm(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	write := func(body string, match string) *answer {
		return r.do(request{as: "director", method: put, path: "/calendars/ru", body: body, headers: map[string]string{"If-Match": match}})
	}
	shipped := r.do(request{as: "director", path: "/calendars/ru"}).want(http.StatusOK)
	if shipped.text("content.week.monday.0") != "09:00-13:00" || shipped.text("content.years.0.holidays.0.to") != "2026-01-08" || shipped.text("content.years.0.moved.0.from") != "2026-01-03" {
		t.Fatalf("%s", shipped.body)
	}
	var read struct {
		Content json.RawMessage `json:"content"`
	}
	if err := json.Unmarshal(shipped.body, &read); err != nil {
		t.Fatal(err)
	}
	same := write(`{"content":`+string(read.Content)+`}`, `"0"`).want(http.StatusOK)
	if same.text("source") != shipped.text("source") || same.text("origin") != "changed" {
		t.Errorf("what was read and sent back says\n%s", same.text("source"))
	}
	const week = `{"content":{"name":{"en":"Russia","ru":"Россия"},"time_zone":"Europe/Moscow","week":{"monday":["09:00-18:00"]},"years":[{"year":2026,`
	own := write(week+`"holidays":[{"date":"2026-03-08","name":{"en":"Day","ru":"День"}}],"moved":[],"shortened":["2026-03-02"],"special":[{"date":"2026-03-07","hours":["10:00-12:00"]}]}]}}`, `"1"`).want(http.StatusOK)
	if own.text("content.years.0.special.0.hours.0") != "10:00-12:00" || own.text("content.years.0.holidays.0.name.ru") != "День" || !strings.Contains(own.text("source"), "shortened:") {
		t.Errorf("%s", own.body)
	}
	wrong := write(week+`"holidays":[{"date":"soon"}]}]}}`, `"2"`).problem(http.StatusUnprocessableEntity, "calendar_invalid")
	if len(wrong.Errors) != 1 || wrong.Errors[0].Pointer != "/content/years/0/holidays/0/date" || wrong.Errors[0].Detail == "" {
		t.Errorf("%+v", wrong.Errors)
	}
	none := write(`{}`, `"2"`).problem(http.StatusUnprocessableEntity, "validation_failed")
	twice := write(`{"source":"x",`+strings.TrimPrefix(week, "{")+`"holidays":[]}]}}`, `"2"`).problem(http.StatusUnprocessableEntity, "validation_failed")
	if none.Errors[0].Pointer != "/source" || twice.Errors[0].Pointer != "/content" || twice.Errors[0].Code != "calendar_told_twice" {
		t.Errorf("%+v %+v", none.Errors, twice.Errors)
	}
}
