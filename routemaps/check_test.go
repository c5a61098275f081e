package routemaps

import (
	"slices"
	"strings"
	"testing"
)

// checkedEdit loads everyKind with old replaced and checks it.
func checkedEdit(t *testing.T, known Known, old, replacement string) (Errors, []Warning, Pos) {
	t.Helper()
	src, at := edited(t, old, replacement)
	m, err := Load("m.yaml", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	if err := Link(m, findCreditCheck(t)); err != nil {
		t.Fatal(err)
	}
	errs, warnings := Check(m, known)
	return errs, warnings, at
}

// Every row changes everyKind; ▸ marks where the error is to be reported.
func TestCheckRefuses(t *testing.T) {
	const (
		endOutcomes = "      - {id: won, name: {en: Won, ru: Выиграна}, when: discount < 50, finish: positive}\n"
		mapOutcomes = "outcomes:\n  - {id: lost, name: {en: Lost, ru: Проиграна}, require: [reason], finish: negative}\n"
	)
	tests := []struct{ old, new, want string }{
		{"calendar: ru\n", "calendar: ▸de\n", `the calendar "de" is unknown (possible: ru)`},
		{"offices: [north]", "offices: ▸[nort]", `the office "nort" is unknown (did you mean north?)`},
		{"departments: [sales]", "departments: ▸[sale]", `the department "sale" is unknown (did you mean sales?)`},
		{"users: [ivanov]", "users: ▸[ivanow]", `the user "ivanow" is unknown (did you mean ivanov?)`},
		{"{email: overdue, to", "{email: ▸overdu, to", `the template "overdu" is unknown (did you mean overdue?)`},
		{"{sms: idle,", "{sms: ▸offer,", `the template "offer" is unknown (possible: idle, paid)`},
		{"{email: accepted,", "{email: ▸acepted,", `the template "acepted" is unknown`},
		{"rules: [{sms: paid,", "rules: [{sms: ▸payd,", `the template "payd" is unknown`},
		{"action: {email: offer,", "action: {email: ▸offers,", `the template "offers" is unknown`},
		{"to: [performer, head_of_department, {role: director}", "to: ▸[performer, head_of_department, {role: directors}", `the role "directors" is unknown (did you mean director?)`},
		{"{user: petrov}]", "{user: sidorov}]", `the user "sidorov" is unknown`},
		{"performer: {role: dispatcher}", "performer: {role: ▸dispacher}", `the role "dispacher" is unknown (did you mean dispatcher?)`},
		{"performer: {user: ivanov}", "performer: {user: ▸nobody}", `the user "nobody" is unknown`},
		{"performer: {department: stock}", "performer: {department: ▸stocks}", `the department "stocks" is unknown`},
		{"performer: head_of_department, time_limit: 1 hour", "performer: {role: ▸x}, time_limit: 1 hour", `the role "x" is unknown`},
		{"    performer: {role: dispatcher}\n", "", "the stage call has no performer"},
		{"performer: {from: hand-over}", "performer: {from: ▸handover}", `the outcome "handover", which is in no stage (did you mean hand-over?)`},
		{"performer: {from: hand-over}", "performer: {from: ▸later}", `the outcome "later" does not require a performer (require: [performer])`},
		{"require: [performer, {field", "require: [{field: performer, when: urgent}, {field", `the outcome "hand-over" does not require a performer`},
		{"  reason: long_text", "  reason: long_text\n  ▸performer: {type: text, name: {en: Who, ru: Кто}}", "the field performer is not a user"},
		{"to: call}\n  - id: which", "to: ▸calls}\n  - id: which", `there is no stage "calls" here (did you mean call?)`},
		{"case: small, to: mail}", "case: small, to: ▸join}", `there is no stage "join" here (only the stages of a branch lead to its join)`},
		{"ru: Отправлено}, to: join}", "ru: Отправлено}, to: ▸end}", `there is no stage "end" here (an outcome inside a branch leads to a stage of the same branch, or to join)`},
		{"ru: Отправлено}, to: join}", "ru: Отправлено}, finish: ▸positive}", "the outcome shipped finishes the case from inside a branch"},
		{"{after: 3 days, to: both}", "{after: 3 days, to: ▸boths}", `there is no stage "boths" here (did you mean both?)`},
		{"- {id: won,", "- {id: ▸lost,", "has the id of an outcome of the map"},
		{"{event: call, outcome: hand-over,", "{event: call, outcome: ▸handover,", `the stage call has no outcome "handover" (did you mean hand-over?)`},
		{"{event: call, outcome: hand-over,", "{event: call, outcome: ▸later,", "a trigger cannot choose the outcome later, which pauses"},
		{"pause: until, to: call}", "pause: ▸until, to: end}", "the outcome later pauses but leads on"},
		{"require: [until], pause: until,", "require: [comment], pause: ▸comment,", `the field "comment" is not a datetime`},
		{"require: [until], pause: until,", "ask: [until], pause: ▸until,", "pauses until until but does not require it"},
		{"create: {process: claim, map: claim}", "create: {process: claim, map: ▸clame}", `the map "clame" is unknown`},
		{"create: {process: claim, map: claim}", "create: {process: ▸deal, map: claim}", "the map claim is of the process claim (process: claim)"},
		{"    switch: size\n", "", "the choice which has cases but no switch"},
		{"    switch: size\n", "    switch: ▸discount\n", "the field discount of type number cannot be switched on"},
		{"case: small, to: mail}", "case: ▸[small, medium], to: mail}", `"medium" is not an option of size`},
		{"case: small, to: mail}", "case: ▸[small, small], to: mail}", `the case "small" stands twice`},
		{"      - {id: other, to: both}\n", "      - {id: other, to: both}\n      - ▸{id: more, to: end}\n", "the outcome more is never taken: other before it always is"},
		{"{id: good, case: positive,", "{id: good, case: ▸won,", `"won" is not positive or negative`},
		{"      - {id: bad, case: negative", "      - {id: any, to: end}\n      - ▸{id: bad, to: call}\n      - {id: worse, case: negative", "the outcome bad is never taken"},
		{"wait: {until: until}", "wait: {until: ▸discount}", `the stage due cannot wait until "discount"`},
		{"case: small, to: mail}", "case: small, to: both}", "no outcome leads to the stage mail (lead an outcome to it (to: mail), or delete it)"},
		{"ru: Отправлено}, to: join}", "ru: Отправлено}, to: pack}", "the branch goods cannot reach its join from the stage pack"},
		{
			"            outcomes:\n              - {id: packed, name: {en: Packed, ru: Собрано}}\n", "",
			"the branch goods cannot reach its join: pack has no outcomes (give the stage an outcome)",
		},
		{"wait: {event: inbound_email, when: urgent, timeout: {after: 3 days, to: both}}", "wait: {until: until, timeout: {after: 3 days, to: mail}}\n    outcomes: [{id: again, to: mail}]", "run in a circle with nobody to stop them: mail → pause → mail"},
		{endOutcomes, "      - {id: won, name: {en: Won, ru: Выиграна}, to: call}\n", ""},
		{mapOutcomes, "", ""},
	}
	known := knownToTests(t)
	for _, tt := range tests {
		t.Run(cut(strings.TrimSpace(tt.old+" → "+tt.new)), func(t *testing.T) {
			errs, _, at := checkedEdit(t, known, tt.old, tt.new)
			if tt.want == "" {
				if len(errs) > 0 {
					t.Errorf("got %v, want none", errs)
				}
				return
			}
			if !slices.ContainsFunc(errs, func(e *Error) bool {
				return strings.Contains(e.Error(), tt.want) && (at == Pos{} || e.Pos() == at) && e.Code != "" && e.Hint != "" && e.Line > 0
			}) {
				t.Errorf("got\n%v\nwant %v %q", errs, at, tt.want)
			}
		})
	}
}

func TestCheckWarns(t *testing.T) {
	tests := []struct{ old, new, want string }{
		{"process: deal", "process: deal", ""},
		{`comment: {en: "For tests", ru: "Для проверок"}`, `comment: ▸{en: "For tests"}`, "the comment is missing in Russian"},
		{"instructions: {en: Call them., ru: Позвоните.}", "instructions: ▸{ru: Позвоните.}", "the instructions is missing in English"},
		{"    time_limit: 2 working hours\n", "", "on_overdue of call never fires: it has no time limit"},
		{
			"      - {id: won, name: {en: Won, ru: Выиграна}, when: discount < 50, finish: positive}\n      - {id: back, name: {en: Back, ru: Назад}, to: call}\n",
			"", "end has no outcomes: its cases count as negotiations under way",
		},
		{"      - {id: other, to: both}\n", "", `no outcome of which is for "large"`},
		{"{id: small, case: small,", "{id: small, case: [small, large],", ""},
		{"      - {id: other, to: both}\n", "      - {id: large, case: large, to: both}\n", "no outcome of which is for an empty size"},
		{
			"    switch: size\n    outcomes:\n      - {id: small, case: small, to: mail}\n      - {id: other, to: both}\n",
			"    outcomes:\n      - {id: small, when: 'size == \"small\"', to: mail}\n      - {id: other, when: urgent, to: both}\n", "the case stops at which",
		},
		{"wait: {event: inbound_email, when: urgent, timeout: {after: 3 days, to: both}}", "wait: ▸{when: urgent}", "the stage pause may wait for ever"},
		{"  reason: long_text\n", "  reason: long_text\n  ▸color: {type: text, name: {en: Colour, ru: Цвет}}\n", "the field color is not used"},
		{"  - urgent\n", "", "urgent is read here, but no form of this map asks for it"},
		{"- {id: won,", "- {id: can-pay,", ""},
		{"  - {id: lost, name", "  - {id: can-pay, name", `the nested map credit-check has an outcome "can-pay", and so has this map`},
		{"process: deal\n", "process: deal\n", ""},
	}
	known := knownToTests(t)
	for _, tt := range tests {
		t.Run(cut(strings.TrimSpace(tt.old+" → "+tt.new)), func(t *testing.T) {
			errs, warnings, at := checkedEdit(t, known, tt.old, tt.new)
			if len(errs) > 0 {
				t.Fatal(errs)
			}
			if tt.want == "" {
				if len(warnings) > 0 {
					t.Errorf("got %v, want none", warnings)
				}
				return
			}
			if !slices.ContainsFunc(warnings, func(w Warning) bool {
				return strings.Contains(w.String(), tt.want) && (at == Pos{} || at == Pos{Line: w.Line, Column: w.Column}) && w.Line > 0 && w.Code != ""
			}) {
				t.Errorf("got %v, want %v %q", warnings, at, tt.want)
			}
		})
	}
}

// head begins the small maps of the tests below.
const head = "id: m\nprocess: interest\nname: {en: M, ru: М}\nfields: {n: {type: number, name: {en: N, ru: Н}}}\nintake: [n, until]\nstages:\n"

func checkSmall(t *testing.T, stages string) (Errors, []Warning) {
	t.Helper()
	m, err := Load("m.yaml", []byte(head+stages))
	if err != nil {
		t.Fatal(err)
	}
	if err := Link(m, findInstant(t)); err != nil {
		t.Fatal(err)
	}
	return Check(m, Known{})
}

// findInstant knows a map that is passed within one step, and one that has a task.
func findInstant(t *testing.T) func(id string) (*Map, bool) {
	t.Helper()
	load := func(src string) *Map {
		m, err := Load("nested.yaml", []byte(src))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	instant := load("id: instant\nprocess: interest\nname: {en: M, ru: М}\nstages:\n" +
		"- {id: a, kind: choice, name: {en: A, ru: А}, outcomes: [{id: x, finish: positive}]}\n")
	slow := load("id: slow\nprocess: interest\nname: {en: M, ru: М}\nstages:\n" +
		"- {id: a, performer: responsible, name: {en: A, ru: А}, outcomes: [{id: x, name: {en: A, ru: А}, finish: positive}]}\n")
	return func(id string) (*Map, bool) {
		m := map[string]*Map{"instant": instant, "slow": slow}[id]
		return m, m != nil
	}
}

func TestCheckFindsMapsThatNeverEndOrNeverStop(t *testing.T) {
	const (
		name   = "name: {en: A, ru: А}"
		task   = "performer: responsible, " + name
		finish = "- {id: z, " + task + ", outcomes: [{id: done, " + name + ", finish: positive}]}\n"
	)
	choice := func(id, outcomes string) string {
		return "- {id: " + id + ", kind: choice, " + name + ", outcomes: [" + outcomes + "]}\n"
	}
	tests := []struct{ name, stages, want string }{
		{"sound", choice("a", "{id: x, when: n > 1, to: z}, {id: y, to: z}") + finish, ""},
		{"to itself", choice("a", "{id: x, when: n > 1, to: a}, {id: y, to: z}") + finish, "7:8: these stages run in a circle with nobody to stop them: a → a"},
		{"two choices", choice("a", "{id: x, to: b}") + choice("b", "{id: x, when: n > 1, to: a}, {id: y, to: z}") + finish, "a → b → a"},
		{"through a mail", choice("a", "{id: x, to: b}") + "- {id: b, kind: action, action: {email: e, to: client}, " + name + ", outcomes: [{id: q, to: a, when: n > 1}]}\n" + finish, "a → b → a"},
		{"through a webhook", choice("a", "{id: x, to: b}") + "- {id: b, kind: action, action: {webhook: 'https://a.b'}, " + name + ", outcomes: [{id: q, to: a, when: n > 1}]}\n" + finish, ""},
		{"through a length of time", choice("a", "{id: x, to: b}") + "- {id: b, kind: wait, wait: {for: 1 day}, " + name + ", outcomes: [{id: q, to: a, when: n > 1}]}\n" + finish, ""},
		{"through an event", choice("a", "{id: x, to: b}") + "- {id: b, kind: wait, wait: {event: call}, " + name + ", outcomes: [{id: q, to: a, when: n > 1}]}\n" + finish, ""},
		{"through a time that may be past", choice("a", "{id: x, to: b}") + "- {id: b, kind: wait, wait: {until: until}, " + name + ", outcomes: [{id: q, to: a, when: n > 1}]}\n" + finish, "a → b → a"},
		{"through a condition", choice("a", "{id: x, to: b}") + "- {id: b, kind: wait, wait: {when: n > 1}, " + name + ", outcomes: [{id: q, to: a, when: n > 1}]}\n" + finish, "a → b → a"},
		{"timeout is no circle", "- {id: b, kind: wait, wait: {when: n > 1, timeout: {after: 1 day, to: b}}, " + name + "}\n" + finish, ""},
		{"through a nested map", "- {id: b, kind: route, map: instant, " + name + ", outcomes: [{id: q, to: b, when: n > 1}]}\n" + finish, "b → b"},
		{"through a nested task", "- {id: b, kind: route, map: slow, " + name + ", outcomes: [{id: q, to: b, when: n > 1}]}\n" + finish, ""},
		{"through all branches", parallel("all", choice("p", "{id: x, to: join}"), choice("q", "{id: x, to: join}")) + finish, "b → b"},
		{"one branch has a task", parallel("all", choice("p", "{id: x, to: join}"), "- {id: q, "+task+", outcomes: [{id: x, "+name+"}]}\n") + finish, ""},
		{"any branch", parallel("any", choice("p", "{id: x, to: join}"), "- {id: q, "+task+", outcomes: [{id: x, "+name+"}]}\n") + finish, "b → b"},
		{"no branch at once", parallel("any", "- {id: p, "+task+", outcomes: [{id: x, "+name+"}]}\n", "- {id: q, "+task+", outcomes: [{id: x, "+name+"}]}\n") + finish, ""},
		{"no end", "- {id: a, " + task + ", outcomes: [{id: x, " + name + ", to: b}]}\n- {id: b, " + task + ", outcomes: [{id: y, " + name + ", to: a}, {id: z, " + name + ", to: b}]}\n", "7:8: no end can be reached from the stage a"},
		{"cyclic only", "- {id: a, " + task + ", outcomes: [{id: x, " + name + ", to: a}]}\n", "no end can be reached from the stage a"},
		{"last may be left by nothing", "- {id: b, kind: wait, wait: {for: 1 day}, " + name + ", outcomes: [{id: q, finish: positive, when: n > 1}]}\n", "may be left by none of its outcomes"},
		{"results of a nested map are all", "- {id: b, kind: route, map: slow, " + name + ", outcomes: [{id: q, case: positive, finish: positive}, {id: r, case: negative, finish: negative}]}\n", ""},
		{"results of a nested map are not all", "- {id: b, kind: route, map: slow, " + name + ", outcomes: [{id: q, case: positive, finish: positive}]}\n", "may be left by none of its outcomes"},
		{"choice without outcomes", "- {id: b, kind: choice, " + name + "}\n" + finish, "the choice b has no outcomes"},
		{"island", "- {id: a, " + task + ", outcomes: [{id: x, " + name + ", to: z}]}\n- {id: b, " + task + ", outcomes: [{id: y, " + name + ", to: b}, {id: z, " + name + ", finish: positive}]}\n" + finish, "8:8: no outcome leads to the stage b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			errs, _ := checkSmall(t, tt.stages)
			switch {
			case tt.want == "" && len(errs) > 0:
				t.Errorf("got %v, want none", errs)
			case tt.want != "" && !strings.Contains(errs.Error(), tt.want):
				t.Errorf("got %v, want %q", errs, tt.want)
			}
		})
	}
}

// parallel is a stage b of two branches that may lead back to itself.
func parallel(join, first, second string) string {
	indent := func(s string) string { return "    " + strings.TrimSuffix(s, "\n") + "\n" }
	return "- id: b\n  kind: parallel\n  join: " + join + "\n  name: {en: A, ru: А}\n  outcomes: [{id: q, to: b, when: n > 1}]\n  branches:\n" +
		"  - id: one\n    name: {en: A, ru: А}\n    stages:\n" + indent(first) +
		"  - id: two\n    name: {en: A, ru: А}\n    stages:\n" + indent(second)
}

func TestR21_StageWithoutOutcomesIsAWarning(t *testing.T) {
	errs, warnings := checkSmall(t, "- {id: a, performer: responsible, name: {en: A, ru: А}}\n")
	if len(errs) > 0 || len(warnings) != 1 || warnings[0].Code != "negotiations" {
		t.Errorf("got %v, %v", errs, warnings)
	}
}

func TestR31_ManualMapsNeedNoEnds(t *testing.T) {
	check := func(stages string) (Errors, []Warning) {
		t.Helper()
		m, err := Load("m.yaml", []byte("id: m\nprocess: deal\ncontrol: manual\nname: {en: M, ru: М}\nstages:\n"+stages))
		if err != nil {
			t.Fatal(err)
		}
		return Check(m, Known{})
	}
	errs, warnings := check("- {id: a, name: {en: A, ru: А}}\n- {id: b, name: {en: B, ru: Б}}\n")
	if len(errs) > 0 || len(warnings) > 0 {
		t.Errorf("got %v, %v", errs, warnings)
	}
	errs, warnings = check("- {id: a, name: {en: A, ru: А}, performer: responsible, time_limit: 1 day}\n- {id: b, kind: wait, wait: {for: 1 day}, name: {en: B, ru: Б}}\n- {id: c, name: {en: B, ru: Б}}\n")
	if len(errs) != 1 || errs[0].Code != "manual_kind" || len(warnings) != 2 || warnings[0].Code != "manual_unused" {
		t.Errorf("got %v, %v", errs, warnings)
	}
}

// TestR36_TheResultsOfAReviewAreAText, which can be seen to be empty.
func TestR36_TheResultsOfAReviewAreAText(t *testing.T) {
	for field, wrong := range map[string]bool{"long_text": false, "text": false, "flag": true, "number": true} {
		for _, process := range []string{"claim", "appeal"} {
			m, err := Load("m.yaml", []byte("id: m\nprocess: "+process+"\nname: {en: M, ru: М}\nfields:\n  results_of_review: {type: "+field+", name: {en: R, ru: Р}}\nstages:\n"+
				"- {id: a, performer: responsible, name: {en: A, ru: А}, outcomes: [{id: x, name: {en: A, ru: А}, finish: positive}]}\n"))
			if err != nil {
				t.Fatal(err)
			}
			errs, _ := Check(m, Known{})
			if refused := len(errs) > 0; refused != (wrong && process == "claim") || refused && (errs[0].Code != "results_type" || errs[0].Line != 5) {
				t.Errorf("%s of %s: %v", field, process, errs)
			}
		}
	}
}

func TestR34_OnlyDealsAreSwitchedToManualMode(t *testing.T) {
	m, err := Load("m.yaml", []byte("settings: {manual_mode: allowed}\n"+head+
		"- {id: a, performer: responsible, name: {en: A, ru: А}, outcomes: [{id: x, name: {en: A, ru: А}, finish: positive}]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	_, warnings := Check(m, Known{})
	if len(warnings) != 1 || warnings[0].Code != "manual_mode_deals_only" || warnings[0].Line != 1 || warnings[0].Column != 25 {
		t.Errorf("got %v", warnings)
	}
}

func BenchmarkCheck(b *testing.B) {
	all := loadShipped(b)
	b.ReportAllocs()
	for b.Loop() {
		for _, m := range all {
			if errs, _ := Check(m, Known{}); len(errs) > 0 {
				b.Fatal(errs)
			}
		}
	}
}
