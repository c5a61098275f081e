package maptest_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"

	"marshrut/routemaps"
	"marshrut/routemaps/calendar"
	"marshrut/routemaps/maptest"
)

func calendars(t *testing.T) map[string]*calendar.Calendar {
	t.Helper()
	all, err := calendar.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]*calendar.Calendar{}
	for _, c := range all {
		byID[c.ID()] = c
	}
	return byID
}

// Every shipped map has tests, they pass, and together they choose every outcome of it.
func TestR37_ShippedMapsDoWhatTheirTestsSay(t *testing.T) {
	all, err := routemaps.LoadAll(routemaps.Shipped())
	if err != nil {
		t.Fatal(err)
	}
	find := func(id string) (*routemaps.Map, bool) { m, ok := all[id]; return m, ok }
	folder := os.DirFS("..")
	maps, err := fs.Glob(routemaps.Shipped(), "*.yaml")
	if err != nil || len(maps) != 5 {
		t.Fatalf("shipped maps: %v, %v", maps, err)
	}
	for _, name := range maps {
		t.Run(name, func(t *testing.T) {
			file := strings.TrimSuffix(name, ".yaml") + "_test.yaml"
			src, err := fs.ReadFile(folder, file)
			if err != nil {
				t.Fatal(err)
			}
			report, err := maptest.Run(t.Context(), file, src, find, calendars(t))
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range report.Results {
				for _, f := range r.Failures {
					t.Errorf("%s:%d: %s: %s", file, f.Line, r.Name, f.Message)
				}
			}
			if len(report.Untried) > 0 {
				t.Errorf("outcomes that no test chooses: %v", report.Untried)
			}
		})
	}
}

// routes is a map with what the shipped ones do not have: branches, a nested map, waits, webhooks, fields that rules set.
const routes = `id: routes
process: deal
name: {en: Routes, ru: Маршруты}
time_limit: 20 working days
settings: {manual_mode: allowed}
fields:
  hurry: {type: flag, name: {en: Hurry, ru: Срочно}}
  size: {type: choice, name: {en: Size, ru: Размер}, options: [{id: small, name: {en: Small, ru: Малый}}, {id: large, name: {en: Large, ru: Большой}}]}
outcomes:
  - {id: lost, name: {en: Lost, ru: Проиграна}, finish: negative}
stages:
  - id: both
    kind: parallel
    name: {en: Both, ru: Оба}
    branches:
      - id: one
        name: {en: One, ru: Первая}
        stages:
          - id: work
            name: {en: Work, ru: Работа}
            performer: {user: petrova}
            on_entry: [{set: amount, value: 5}]
            outcomes:
              - {id: done, name: {en: Done, ru: Готово}, require: [amount, hurry, date, size, comment]}
      - id: two
        name: {en: Two, ru: Вторая}
        stages:
          - id: work
            name: {en: Work, ru: Работа}
            performer: {department: sales}
            outcomes:
              - {id: done, name: {en: Done, ru: Готово}}
  - id: call
    kind: action
    name: {en: Call, ru: Вызов}
    action: {webhook: "https://example.com/hook"}
  - id: answer
    kind: wait
    name: {en: Answer, ru: Ответ}
    wait: {event: inbound_email, timeout: {after: 3 days, to: last}}
  - id: last
    name: {en: Last, ru: Последний}
    performer: {role: director}
    on_completion: [{email: done, to: [responsible, {user: petrova}, {role: director}]}]
    outcomes:
      - {id: good, name: {en: Good, ru: Хорошо}, when: amount > 1, finish: positive}
      - {id: again, name: {en: Again, ru: Снова}, to: both}
`

func run(t *testing.T, tests string) (*maptest.Report, error) {
	t.Helper()
	m, err := routemaps.Load("routes.yaml", []byte(routes))
	if err != nil {
		t.Fatal(err)
	}
	return maptest.Run(t.Context(), "routes_test.yaml", []byte(tests), func(id string) (*routemaps.Map, bool) { return m, id == m.ID }, calendars(t))
}

func TestEverythingATestMayDo(t *testing.T) {
	report, err := run(t, `map: routes
calendar: ru
tests:
  - name: branches, a webhook that fails and is tried again, a wait that gives up
    start:
      at: 2026-03-02T10:00:00+03:00
      expect:
        stage: both
        fields: {amount: 5}
        tasks:
          - {stage: both/one/work, performer: petrova}
          - {stage: both/two/work, performer: "department:sales"}
    steps:
      - complete: {stage: both/two/work, outcome: done}
        expect: {stage: both, tasks: [{stage: both/one/work}]}
      - complete: {stage: one/work, outcome: done, fields: {amount: "7.50", hurry: true, date: 2026-03-02, size: small, comment: 5}}
        expect: {stage: call, tasks: [], fields: {amount: 7.5, hurry: true, size: small}}
      - failed: call
        expect: {stage: call, incidents: [webhook_failed]}
      - retry: call
      - delivered: call
        expect: {stage: answer}
      - wait: 2 days
        expect: {stage: answer}
      - wait: 1 day
        expect: {stage: last, tasks: [{stage: last, performer: "role:director"}]}
      - complete: {outcome: good}
        expect: {status: positive, notifications: [{template: done, to: [responsible, "user:petrova", "role:director"]}]}
  - name: facts decide what is offered
    start: {at: 2026-03-02T10:00:00+03:00}
    steps:
      - complete: {stage: one/work, outcome: done, fields: {amount: 0, hurry: false, date: 2026-03-02, size: large, comment: none}}
      - complete: {stage: two/work, outcome: done}
      - delivered: call
      - event: inbound_email
        expect: {stage: last}
      - complete: {outcome: good}
        expect: {refused: outcome_not_offered}
      - set: {amount: 2}
      - complete: {outcome: again}
        expect: {stage: both}
      - close: lost
        expect: {status: negative}
`)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range report.Results {
		for _, f := range r.Failures {
			t.Errorf("line %d: %s: %s", f.Line, r.Name, f.Message)
		}
	}
	if !report.Passed() || len(report.Untried) != 0 {
		t.Errorf("untried: %v", report.Untried)
	}
}

// Whatever is not as expected is said with its line, what was expected and what came.
func TestFailuresSayWhatWasExpected(t *testing.T) {
	tests := map[string]string{
		"expect: {stage: last}": "stage: expected last, got both", "expect: {status: positive}": "status: expected positive, got open",
		"expect: {mode: manual}":                                "mode: expected manual, got process",
		"expect: {due: 2026-03-02T10:00:00Z}":                   "due of the case: expected 2026-03-02T10:00:00Z, got 2026-03-31T07:00:00Z",
		"expect: {tasks: []}":                                   "tasks: expected 0, got 2: both/one/work; both/two/work",
		"expect: {tasks: [{stage: a}, {stage: both/two/work}]}": "task 1: stage: expected a, got both/one/work",
		"expect: {tasks: [{stage: both/one/work, performer: ivanov}, {stage: both/two/work}]}":         "task 1: performer: expected ivanov, got user:petrova",
		"expect: {tasks: [{stage: both/one/work, due: 2026-03-02T10:00:00Z}, {stage: both/two/work}]}": "task 1: due: expected 2026-03-02T10:00:00Z, got none",
		"expect: {notifications: [{template: done}]}":                                                  "notifications: expected 1, got 0: none",
		"expect: {overdue: [case]}":                                                         "overdue: expected case, got none",
		"expect: {incidents: [no_due]}":                                                     "incidents: expected no_due, got none",
		"expect: {created: [{process: deal, map: routes}]}":                                 "created: expected deal on routes, got none",
		"expect: {fields: {amount: 6}}":                                                     "field amount: expected 6, got 5",
		"expect: {fields: {nothing: 6}}":                                                    `no field "nothing"`,
		"expect: {refused: case_closed}":                                                    "refused: expected case_closed, but it was accepted",
		"steps: [{move: last}]":                                                             "refused: not_manual",
		"steps: [{move: last, expect: {refused: case_closed}}]":                             "refused: expected case_closed, got not_manual",
		"steps: [{complete: {outcome: done}}]":                                              "there are 2 open",
		"steps: [{complete: {stage: work, outcome: done}}]":                                 `several open tasks end in "work"`,
		"steps: [{complete: {stage: nowhere, outcome: done}}]":                              "refused: unknown_task",
		"steps: [{complete: {stage: two/work, outcome: done, fields: {date: 2026-03-02}}}]": "does not ask for date",
		"steps: [{set: {nothing: 5}}]":                                                      `no field "nothing"`,
		"steps: [{set: {amount: many}}]":                                                    "many is no number",
		"steps: [{set: {date: soon}}]":                                                      "is not written like 2026-03-02",
		"steps: [{set: {hurry: very}}]":                                                     "is not true or false",
		"steps: [{set: {size: medium}}]":                                                    "is not one of its options",
		"steps: [{event: telegram}]":                                                        `no event "telegram"`,
		"steps: [{until: 2026-03-01T10:00:00Z}]":                                            "time cannot go back",
	}
	for text, want := range tests {
		file := "map: routes\ncalendar: ru\ntests:\n  - name: it\n    start:\n      at: 2026-03-02T10:00:00+03:00\n"
		if strings.HasPrefix(text, "steps") {
			file += "    " + text + "\n"
		} else {
			file += "      " + text + "\n"
		}
		report, err := run(t, file)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		failures := report.Results[0].Failures
		if len(failures) == 0 || failures[0].Line != 7 || !strings.Contains(failures[0].Message, want) {
			t.Errorf("%s: want line 7: %s, got %v", text, want, failures)
		}
	}
}

func TestBrokenTestFiles(t *testing.T) {
	const head = "map: routes\ntests:\n  - name: it\n    start: {at: 2026-03-02T10:00:00Z}\n"
	tests := map[string]string{
		"":                                  "routes_test.yaml:1:1: the file is empty",
		"tests: []\n":                       "does not say which map",
		"map: routes\n":                     "has no tests",
		"map: nowhere\ntests: [{name: it}]": `the map "nowhere"`,
		"map: routes\ncalendar: mars\ntests: [{name: it}]":                         `the calendar "mars"`,
		"map: routes\nmaps: routes\n":                                              "routes_test.yaml:2:1: ",
		head + "    step: []\n":                                                    "routes_test.yaml:5:5: ",
		head + "    steps: [{complete: {stage: a}}]\n":                             "routes_test.yaml:5:",
		head + "    steps:\n      - {wait: 1 day, event: call}\n":                  "does one thing, this one does 2",
		head + "    steps:\n      - {expect: {stage: both}}\n":                     "does one thing, this one does 0",
		head + "    steps:\n      - {wait: 1 fortnight}\n":                         "routes_test.yaml:6:16: ",
		head + "    steps:\n      - {until: tomorrow}\n":                           "is no time",
		head + "    steps:\n      - {wait: 1 day, expect: {stages: both}}\n":       "routes_test.yaml:6:32: ",
		head + "    steps:\n      - {move: [a]}\n":                                 "routes_test.yaml:6:",
		"map: &m routes\ntests: [{name: *m}]\n":                                    "anchors",
		"map: routes\n\ttests: []\n":                                               "routes_test.yaml:2:",
		"map: routes\n---\nmap: routes\n":                                          "several documents",
		"map: routes\ntests: [{name: it}]\n# " + strings.Repeat("x", 1<<20) + "\n": "the most is",
	}
	for text, want := range tests {
		_, err := run(t, text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80q: want %s, got %v", text, want, err)
		}
	}
	report, err := run(t, "map: routes\ntests: [{name: it, start: {fields: {amount: 5}}}]\n")
	if err != nil || report.Passed() {
		t.Errorf("a test without a beginning passed: %v", err)
	}
}

// Whatever is in the file: an answer with a line, or a report, and never a crash.
func FuzzRun(f *testing.F) {
	for _, name := range []string{"appeal", "typical-sale", "free-sale", "new-clients", "claim"} {
		src, err := os.ReadFile("../" + name + "_test.yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Add([]byte("map: appeal\ntests: [{name: x, start: {at: 2026-03-02T10:00:00Z}, steps: [{wait: 1 day}, {event: payment}]}]"))
	all, err := routemaps.LoadAll(routemaps.Shipped())
	if err != nil {
		f.Fatal(err)
	}
	find := func(id string) (*routemaps.Map, bool) { m, ok := all[id]; return m, ok }
	cal := map[string]*calendar.Calendar{"default": calendar.Default(), "ru": calendar.Default()}
	f.Fuzz(func(t *testing.T, src []byte) {
		report, err := maptest.Run(t.Context(), "x_test.yaml", src, find, cal)
		if (report == nil) == (err == nil) {
			t.Errorf("report %v, error %v", report, err)
		}
	})
}
