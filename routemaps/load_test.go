package routemaps

import (
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"marshrut/crm"
	"marshrut/routemaps/calendar"
)

// everyKind is a sound map that uses everything the format has.
const everyKind = `id: every-kind
process: deal
control: process
independent: true
name: {en: Every kind, ru: Все виды}
group: {en: Tests, ru: Проверки}
comment: {en: "For tests", ru: "Для проверок"}
state: draft
acceptance_wizard: true
available_to: {offices: [north], departments: [sales], users: [ivanov]}
time_limit: 30 working days
calendar: ru
settings: {next_interaction: mandatory, close_others_interactions: forbidden, client_ownership_on_finish: shared, manual_mode: allowed}
fields:
  urgent: {type: flag, name: {en: Urgent, ru: Срочно}}
  discount: {type: number, name: {en: Discount, ru: Скидка}}
  channel:
    type: choice
    name: {en: Channel, ru: Канал}
    options: [{id: web, name: {en: Web, ru: Сайт}}, {id: phone, name: {en: Phone, ru: Телефон}}]
  size:
    type: choice
    name: {en: Size, ru: Размер}
    options:
      small: {en: Small, ru: Малый}
      large: {en: Large, ru: Большой}
  reason: long_text
intake:
  - client
  - urgent
  - {field: channel, required: true}
  - {field: size, when: channel == "web"}
outcomes:
  - {id: lost, name: {en: Lost, ru: Проиграна}, require: [reason], finish: negative}
on_overdue:
  - {email: overdue, to: [performer, head_of_department, {role: director}, {user: petrov}]}
on_idle:
  after: 5 working days
  rules:
    - {sms: idle, to: responsible, when: urgent}
stages:
  - id: call
    name: {en: Call, ru: Звонок}
    instructions: {en: Call them., ru: Позвоните.}
    performer: {role: dispatcher}
    time_limit: 2 working hours
    on_entry:
      - {email: accepted, to: client, when: has("client")}
      - {set: discount, value: "urgent ? 0 : 5"}
    on_completion:
      - {webhook: "https://example.com/hook", when: outcome == "hand-over"}
    on_overdue:
      - {create_task: {name: {en: Hurry, ru: Поспешить}, performer: head_of_department, time_limit: 1 hour}}
    on_event:
      - {event: call, outcome: hand-over, early: true, when: urgent}
      - event: payment
        rules: [{sms: paid, to: contacts}]
    outcomes:
      - id: hand-over
        name: {en: Hand over, ru: Передать}
        comment: {en: To a colleague, ru: Коллеге}
        require: [performer, {field: amount, when: urgent}]
        ask: [comment]
        create: {process: claim, map: claim}
      - {id: later, name: {en: Later, ru: Позже}, require: [until], pause: until, to: call}
  - id: which
    kind: choice
    name: {en: Which, ru: Какой}
    switch: size
    outcomes:
      - {id: small, case: small, to: mail}
      - {id: other, to: both}
  - id: mail
    kind: action
    name: {en: Mail, ru: Письмо}
    action: {email: offer, to: client}
  - id: pause
    kind: wait
    name: {en: Pause, ru: Пауза}
    wait: {event: inbound_email, when: urgent, timeout: {after: 3 days, to: both}}
  - id: both
    kind: parallel
    name: {en: Both, ru: Оба}
    join: any
    time_limit: 5 days
    branches:
      - id: goods
        name: {en: Goods, ru: Товар}
        stages:
          - id: pack
            name: {en: Pack, ru: Собрать}
            performer: {from: hand-over}
            outcomes:
              - {id: packed, name: {en: Packed, ru: Собрано}}
          - id: ship
            name: {en: Ship, ru: Отправить}
            performer: {department: stock}
            outcomes:
              - {id: shipped, name: {en: Shipped, ru: Отправлено}, to: join}
              - {id: repack, name: {en: Repack, ru: Заново}, to: pack}
      - id: money
        name: {en: Money, ru: Деньги}
        stages:
          - id: due
            kind: wait
            name: {en: Due, ru: Срок}
            wait: {until: until}
  - id: check
    kind: route
    name: {en: Check, ru: Проверка}
    map: credit-check
    outcomes:
      - {id: good, case: positive, to: end}
      - {id: bad, case: negative, finish: negative}
  - id: end
    name: {en: End, ru: Конец}
    performer: {user: ivanov}
    outcomes:
      - {id: won, name: {en: Won, ru: Выиграна}, when: discount < 50, finish: positive}
      - {id: back, name: {en: Back, ru: Назад}, to: call}
`

// creditCheck is the map nested in everyKind.
const creditCheck = `id: credit-check
process: deal
name: {en: Credit check, ru: Проверка платёжеспособности}
stages:
  - id: look
    name: {en: Look, ru: Посмотреть}
    performer: responsible
    outcomes:
      - {id: can-pay, name: {en: Can pay, ru: Может}, finish: positive}
      - {id: cannot-pay, name: {en: Cannot pay, ru: Не может}, finish: negative}
`

// knownToTests is what exists outside of everyKind.
func knownToTests(t *testing.T) Known {
	t.Helper()
	claim := loadShipped(t)["claim"]
	return Known{
		EmailTemplates: []string{"accepted", "offer", "overdue"},
		SMSTemplates:   []string{"idle", "paid"},
		Users:          []string{"ivanov", "petrov"},
		Roles:          []string{"dispatcher", "director"},
		Departments:    []string{"sales", "stock"},
		Offices:        []string{"north"},
		Calendars:      []string{"ru"},
		Maps: func(id string) (*Map, bool) {
			return claim, id == "claim"
		},
	}
}

func findCreditCheck(t *testing.T) func(id string) (*Map, bool) {
	t.Helper()
	nested, err := Load("credit-check.yaml", []byte(creditCheck))
	if err != nil {
		t.Fatal(err)
	}
	return func(id string) (*Map, bool) { return nested, id == nested.ID }
}

func loadShipped(tb testing.TB) map[string]*Map {
	tb.Helper()
	all, err := LoadAll(Shipped())
	if err != nil {
		tb.Fatal(err)
	}
	return all
}

func TestShippedMapsAreSound(t *testing.T) {
	all := loadShipped(t)
	ids := []string{"appeal", "claim", "free-sale", "new-clients", "typical-sale"}
	for _, id := range ids {
		m := all[id]
		if m == nil {
			t.Fatalf("the map %s is not shipped", id)
		}
		errs, warnings := Check(m, Known{Maps: func(id string) (*Map, bool) { found, ok := all[id]; return found, ok }})
		if len(errs) > 0 || len(warnings) > 0 {
			t.Errorf("%s: %v %v", id, errs, warnings)
		}
	}
}

func TestLoadReadsEverything(t *testing.T) {
	m, warnings, err := LoadChecked("every-kind.yaml", []byte(everyKind), findCreditCheck(t), knownToTests(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(warnings) > 0 {
		t.Errorf("warnings %v", warnings)
	}
	days := func(n int, working bool) calendar.Duration {
		return calendar.Duration{N: n, Unit: calendar.Day, Working: working}
	}
	call, _ := m.Stage("call")
	which, _ := m.Stage("which")
	pause, _ := m.Stage("pause")
	both, _ := m.Stage("both")
	check, _ := m.Stage("check")
	last, _ := m.Stage("end")
	size, _ := m.Field("size")
	reason, _ := m.Field("reason")
	goods := both.Branches[0].Stages
	nested, linked := m.Nested("credit-check")

	var fields []string
	for _, f := range m.Fields {
		fields = append(fields, f.ID+":"+string(f.Type))
	}
	for what, pair := range map[string][2]any{
		"head": {words(m.ID, m.Process, m.Control, m.Independent, m.AcceptanceWizard, m.InitialState, m.Calendar), "every-kind deal process true true draft ru"},
		"name": {m.Name, crm.Text{EN: "Every kind", RU: "Все виды"}},
		"settings": {m.Settings, Settings{
			NextInteraction: PlanningMandatory, CloseOthersInteractions: Forbidden, ClientOwnershipOnFinish: OwnershipShared, ManualMode: Allowed,
		}},
		"available to":    {words(m.AvailableTo), "{[north] [sales] [ivanov]}"},
		"time limit":      {*m.TimeLimit, days(30, true)},
		"fields":          {strings.Join(fields, " "), "urgent:flag discount:number channel:choice size:choice reason:long_text client:client performer:user amount:money comment:long_text until:datetime"},
		"options":         {words(size.Options), "[{small {Small Малый}} {large {Large Большой}}]"},
		"standard name":   {reason.Name.RU, "Причина"},
		"intake":          {words(m.Intake[0].Required, m.Intake[2].Required, m.Intake[3].When.Source), `false true channel == "web"`},
		"map outcome":     {words(m.Outcomes[0].ID, m.Outcomes[0].Finish, m.Outcomes[0].Form[0]), "lost negative {reason true <nil>}"},
		"recipients":      {words(m.OnOverdue[0].To), "[{performer } {head_of_department } {role director} {user petrov}]"},
		"idle":            {words(m.OnIdle.After, m.OnIdle.Rules[0].ID, m.OnIdle.Rules[0].Kind, m.OnIdle.Rules[0].Template), "5 working days on_idle/1 sms idle"},
		"rule ids":        {words(call.OnEntry[1].ID, call.OnCompletion[0].ID, call.OnOverdue[0].ID), "call/on_entry/2 call/on_completion/1 call/on_overdue/1"},
		"set":             {words(call.OnEntry[1].Field, call.OnEntry[1].Value.Source), "discount urgent ? 0 : 5"},
		"webhook":         {call.OnCompletion[0].URL, "https://example.com/hook"},
		"task":            {words(call.OnOverdue[0].Task.Name.EN, call.OnOverdue[0].Task.Performer, call.OnOverdue[0].Task.TimeLimit), "Hurry head_of_department 1 hour"},
		"trigger":         {words(call.OnEvent[0].ID, call.OnEvent[0].Event, call.OnEvent[0].Outcome, call.OnEvent[0].Early), "call/on_event/1 call hand-over true"},
		"trigger rules":   {words(call.OnEvent[1].Rules[0].ID, call.OnEvent[1].Rules[0].To), "call/on_event/2/1 [{contacts }]"},
		"form":            {words(len(call.Outcomes[0].Form), call.Outcomes[0].Form[1].Required, call.Outcomes[0].Form[2].Required), "3 true false"},
		"next":            {call.Outcomes[0].To, "which"},
		"create":          {*call.Outcomes[0].Create, CreateCase{Process: crm.Claim, Map: "claim"}},
		"cyclic":          {words(call.Outcomes[1].Cyclic("call"), call.Outcomes[1].Pause), "true until"},
		"switch":          {words(which.Kind, which.Switch, which.Outcomes[0].Case), "choice size [small]"},
		"wait":            {words(pause.Wait.Event, pause.Wait.When.Source, pause.Wait.Timeout.After, pause.Wait.Timeout.To), "inbound_email urgent 3 days both"},
		"join":            {both.Join, JoinAny},
		"branch":          {words(goods[0].Outcomes[0].To, goods[1].Outcomes[0].To, goods[0].Performer), "ship join from:hand-over"},
		"wait in branch":  {both.Branches[1].Stages[0].Wait.Until, "until"},
		"route":           {words(check.Route, check.Outcomes[0].Case, check.Outcomes[1].Finish), "credit-check [positive] negative"},
		"nested":          {linked && nested.ID == "credit-check", true},
		"last":            {words(last.Performer, last.Outcomes[0].When.Source), "user:ivanov discount < 50"},
		"place of a rule": {call.OnEntry[1].Pos, Pos{Line: 49, Column: 9}},
		"source and file": {words(string(m.Source) == everyKind, m.File), "true every-kind.yaml"},
	} {
		if fmt.Sprint(pair[0]) != fmt.Sprint(pair[1]) {
			t.Errorf("%s: got %v, want %v", what, pair[0], pair[1])
		}
	}
}

func words(values ...any) string { return strings.TrimSpace(fmt.Sprintln(values...)) }

// edit changes everyKind: old becomes new, in which ▸ marks where the error is to be reported.
type edit struct{ old, new, want string }

func refusedEdits() []edit {
	return []edit{
		{"id: every-kind", "id: ▸Every_Kind", `the map's id "Every_Kind" is not an id`},
		{"id: every-kind\n", "▸", `the map needs the key "id"`},
		{"process: deal\n", "process: ▸sale\n", `the map's process cannot be "sale" (possible: appeal, deal, interest, claim)`},
		{"process: deal\n", "process:\n", `the map needs the key "process"`},
		{"control: process", "control: ▸auto", `possible: process, manual`},
		{"independent: true", "independent: ▸yes", `write true or false`},
		{"independent: true", "▸indepedent: true", `the map has no key "indepedent" (did you mean independent?)`},
		{"independent: true", "independent: ▸[true]", `the map's independent must be a text, found a list`},
		{"name: {en: Every kind, ru: Все виды}", "name: ▸Every kind", "the map's name must be in both languages, found a text (write {en: ..., ru: ...})"},
		{"name: {en: Every kind, ru: Все виды}", "name: ▸{en: Every kind}", "the map's name is missing in Russian"},
		{"name: {en: Every kind, ru: Все виды}", "name: ▸{ru: Все виды, de: Alle}", "the map's name is missing in English"},
		{"name: {en: Every kind, ru: Все виды}", "name: {en: Every kind, ru: Все виды, ▸de: Alle}", `the map's name has no key "de"`},
		{"name: {en: Every kind,", `name: {en: ▸"Every\u202ekind",`, "U+202E"},
		{"name: {en: Every kind,", `name: {en: ▸"Every\nkind",`, "U+000A"},
		{"name: {en: Every kind,", "name: {en: ▸" + strings.Repeat("я", 201) + ",", "has 201 characters (at most 200)"},
		{`comment: {en: "For tests",`, `comment: {en: ▸"` + strings.Repeat("x", 2001) + `",`, "has 2001 characters"},
		{"state: draft", "state: ▸live", "possible: draft, active, archived"},
		{"offices: [north]", "offices: ▸north", "available_to's offices must be a list, found a text"},
		{"offices: [north]", "offices: [▸north pole]", `"north pole" is not a key`},
		{"available_to: {offices", "available_to: {▸office: [], offices", "did you mean offices?"},
		{"time_limit: 30 working days", "time_limit: ▸30 workdays", "the duration"},
		{"time_limit: 30 working days", "time_limit: ▸30", "the duration"},
		{"next_interaction: mandatory", "next_interaction: ▸obligatory", "possible: recommended, mandatory"},
		{"settings: {", "settings: ▸[] #{", "settings must be a mapping, found a list"},
		{"  discount: {type: number,", "  ▸Discount: {type: number,", `the field's id "Discount" is not an id`},
		{"  discount: {type: number,", "  ▸outcome: {type: number,", "has a meaning of its own in expressions"},
		{"  discount: {type: number,", "  ▸days: {type: number,", "has a meaning of its own in expressions"},
		{"  discount: {type: number,", "  discount: {type: ▸integer,", `the field discount's type cannot be "integer"`},
		{"  discount: {type: number, name: {en: Discount, ru: Скидка}}", "  discount: ▸number", "the field discount needs a name ({type: number, name: {en: ..., ru: ...}})"},
		{"  discount: {type: number, name: {en: Discount, ru: Скидка}}", "  discount: ▸{type: number}", `the field discount needs the key "name"`},
		{"  discount: {type: number, name: {en: Discount, ru: Скидка}}", "  discount: ▸[]", "the field discount must be a mapping, found a list"},
		{"  discount: {type: number,", "  discount: {type: number, options: ▸{a: {en: A, ru: А}},", "is not a choice and cannot have options"},
		{"    options: [{id: web", "    options: [] #", "the field channel is a choice without options"},
		{"{id: phone, name", "▸{id: web, name", `the option "web" stands twice`},
		{"{id: phone, name", "{id: ▸1phone, name", `"1phone" is not an id`},
		{"      large: {en", "      ▸Large: {en", `the option "Large" is not an id`},
		{"  - client\n", "  - ▸clinet\n", `the field "clinet" is unknown (did you mean client?)`},
		{"  - client\n", "  - ▸now\n", `the field "now" is unknown`},
		{"{field: channel, required: true}", "{field: channel, ▸requird: true}", "did you mean required?"},
		{"{field: channel, required: true}", "▸{required: true}", `the form item needs the key "field"`},
		{`when: channel == "web"`, `when: channel == ▸"wep"`, `"wep" is not an option of channel (did you mean web?)`},
		{`when: channel == "web"`, `when: 'chanel == "web"'`, `the field "chanel" is unknown (did you mean channel?)`},
		{"require: [reason], finish: negative}\n", "require: [reason], to: call}\n", "does not finish the case"},
		{"- {id: lost,", "- {id: ▸lost!,", `the outcome's id "lost!" is not an id`},
		{"  after: 5 working days\n", "", `on_idle needs the key "after"`},
		{"{sms: idle, to: responsible,", "{sms: idle, to: ▸respnsible,", `"respnsible" is no recipient (did you mean responsible?)`},
		{"{sms: idle, to: responsible,", "▸{sms: idle,", `the sms rule needs the key "to"`},
		{"{sms: idle, to: responsible,", "{sms: idle, to: ▸[],", "the sms rule is for nobody"},
		{"[performer, head", "[performer, ▸performer, head", "a recipient stands twice"},
		{"{role: director}", "▸{role: director, user: x}", "the recipient is not one user or role"},
		{"{role: director}", "{▸rolle: director}", "did you mean role?"},
		{"  - id: call\n", "  - id: ▸join\n", `"join" is the end of a branch`},
		{"  - id: which\n", "  - id: ▸call\n", `the stage "call" stands twice in the map (the first is on line 42)`},
		{"    kind: choice", "    kind: ▸chioce", "did you mean choice?"},
		{"    kind: choice\n", "", "is of the kind task and has no switch (it belongs to kind: choice)"},
		{"    performer: {role: dispatcher}", "    performer: ▸dispatcher", `the stage call's performer cannot be "dispatcher" (possible: responsible, head_of_department)`},
		{"    performer: {role: dispatcher}", "    performer: ▸{role: dispatcher, user: x}", "the performer is not one user, role or department"},
		{"    performer: {role: dispatcher}", "    performer: ▸[]", "the performer must be a mapping, found a list"},
		{"    performer: {role: dispatcher}", "    performer: ▸{role: }", "the performer's role is missing"},
		{"    performer: {role: dispatcher}", "    performer: {▸rule: dispatcher}", "did you mean role?"},
		{"    performer: {role: dispatcher}", "    ▸perfomer: {role: dispatcher}", "did you mean performer?"},
		{"time_limit: 2 working hours", "time_limit: ▸2 working weeks", "working weeks"},
		{"{email: accepted, to: client,", "▸{email: accepted, sms: paid, to: client,", "the rule does 2 things"},
		{"{email: accepted, to: client,", "▸{to: client,", "the rule does 0 things"},
		{"{email: accepted, to: client,", "{email: accepted, to: client, ▸value: 5,", "the email rule has no value"},
		{"{email: accepted, to: client,", "{▸emial: accepted, to: client,", `the rule has no key "emial" (did you mean email?)`},
		{`when: has("client")`, `when: has(▸"clinet")`, "did you mean client?"},
		{`{set: discount, value: "urgent ? 0 : 5"}`, `{set: discount, value: ▸outcome}`, "outcome is known only to rules of on_completion"},
		{`{set: discount, value: "urgent ? 0 : 5"}`, `{set: discount, value: '▸channel'}`, "the expression gives a text where a number is needed"},
		{`{set: discount, value: "urgent ? 0 : 5"}`, `{set: channel, value: '▸"fax"'}`, `"fax" is not an option of channel`},
		{`{set: discount, value: "urgent ? 0 : 5"}`, `{set: client, value: ▸5}`, "a number where a text is needed"},
		{`{set: discount, value: "urgent ? 0 : 5"}`, `{set: demand, value: ▸5}`, "cannot be computed"},
		{`{set: discount, value: "urgent ? 0 : 5"}`, `▸{set: discount}`, `the set rule needs the key "value"`},
		{`{set: discount, value: "urgent ? 0 : 5"}`, "set: discount\n        value: |\n          ▸discuont + 5\n", `did you mean discount?`},
		{`webhook: "https://example.com/hook"`, `webhook: ▸"http://example.com/hook"`, "does not begin with https"},
		{`webhook: "https://example.com/hook"`, `webhook: ▸"https://a:b@example.com/hook"`, "holds a password"},
		{`webhook: "https://example.com/hook"`, `webhook: ▸example`, "is not an address"},
		{`when: outcome == "hand-over"`, `when: outcome == ▸"handover"`, `"handover" is not an option of outcome (did you mean hand-over?)`},
		{"{event: call, outcome", "{event: ▸cal, outcome", "did you mean call?"},
		{"      - event: payment\n        rules: [{sms: paid, to: contacts}]", "      - ▸event: payment", "the trigger does nothing"},
		{"        rules: [{sms: paid, to: contacts}]", "        rules: ▸{sms: paid, to: contacts}", "the trigger's rules must be a list, found a mapping"},
		{"require: [performer, {field", "require: [performer, performer, {field", "the outcome hand-over asks for performer twice"},
		{"        ask: [comment]", "        ask: ▸comment", "must be a list"},
		{"create: {process: claim, map: claim}", "create: ▸{process: claim}", `create needs the key "map"`},
		{"create: {process: claim, map: claim}", "create: {process: ▸complaint, map: claim}", `create's process cannot be "complaint"`},
		{"{id: later,", "{id: ▸hand-over,", `the outcome "hand-over" stands twice`},
		{"{id: small, case: small,", "{id: small, require: ▸[comment],", "the outcome small cannot have require (only the outcomes of a task have a form)"},
		{"finish: positive}\n      - {id: back,", "finish: positive, to: ▸call}\n      - {id: back,", "the outcome won both leads on and finishes"},
		{"when: discount < 50, finish: positive}", "when: discount < ▸fifty, finish: positive}", `"fifty" is unknown`},
		{"name: {en: Back, ru: Назад}, to: call}", "name: {en: Back, ru: Назад}}", "the outcome back is in the last stage and leads nowhere"},
		{"    action: {email: offer, to: client}\n", "", `the stage mail needs the key "action"`},
		{"wait: {event: inbound_email, when", "wait: {event: inbound_email, for: 3 days, when", "waits for several things: for, event"},
		{"wait: {until: until}", "wait: ▸{}", "does not say what it waits for"},
		{"wait: {until: until}", "wait: {until: until, when: ▸urgent}", "cannot have both until and when"},
		{"wait: {until: until}", "wait: {for: 2 days, timeout: ▸{after: 3 days}}", "needs no timeout"},
		{"timeout: {after: 3 days, to: both}", "timeout: ▸{to: both}", `the timeout needs the key "after"`},
		{"    join: any", "    join: ▸first", "possible: all, any"},
		{"      - id: money\n", "      - id: ▸goods\n", `the branch "goods" stands twice`},
		{"    map: credit-check\n", "", `the stage check needs the key "map"`},
		{"stages:\n  - id: call", "stages: ▸call\nfieldz:\n  - id: call", "must be a list"},
		{"    name: {en: End, ru: Конец}\n", "    name: {en: End, ru: Конец\n", "not valid YAML"},
		{"    name: {en: End, ru: Конец}\n", "    name: {en: End, ru: Конец}\n   ▸foo: bar\n", "not valid YAML"},
		{"    name: {en: End, ru: Конец}\n", "    name: {en: End, ru: Конец}\n    ▸name: {en: End, ru: Конец}\n", `the key "name" stands twice in one mapping`},
	}
}

func TestLoadRefuses(t *testing.T) {
	for _, tt := range refusedEdits() {
		t.Run(cut(strings.TrimSpace(tt.old+" → "+tt.new)), func(t *testing.T) {
			src, at := edited(t, tt.old, tt.new)
			m, err := Load("m.yaml", []byte(src))
			var errs Errors
			if !errors.As(err, &errs) {
				t.Fatalf("got %v, %v", m, err)
			}
			if !slices.ContainsFunc(errs, func(e *Error) bool {
				return strings.Contains(e.Error(), tt.want) && (at == Pos{} || e.Pos() == at) && e.Code != "" && e.File == "m.yaml"
			}) {
				t.Errorf("got\n%v\nwant %v %q", errs, at, tt.want)
			}
		})
	}
}

// edited replaces the first occurrence of old in everyKind and tells where in the result the mark of new was; nowhere
// when new has none.
func edited(t *testing.T, old, replacement string) (src string, at Pos) {
	t.Helper()
	if !strings.Contains(everyKind, old) {
		t.Fatalf("%q is not in the map", old)
	}
	src = strings.Replace(everyKind, old, replacement, 1)
	before, _, marked := strings.Cut(src, "▸")
	if !marked {
		return src, Pos{}
	}
	line := before[strings.LastIndex(before, "\n")+1:]
	return strings.Replace(src, "▸", "", 1), Pos{Line: strings.Count(before, "\n") + 1, Column: len([]rune(line)) + 1}
}

func TestLoadDesignExample(t *testing.T) {
	m, warnings, err := LoadChecked("appeal.yaml", []byte(`
id: appeal
process: appeal              # appeal | deal | interest | claim
independent: true
name: {en: Appeal, ru: Обращение}
group: {en: Service, ru: Сервис}
state: active
acceptance_wizard: true
available_to: {offices: [], departments: [], users: []}
time_limit: 5 working days
settings: {next_interaction: recommended, close_others_interactions: allowed, client_ownership_on_finish: none, manual_mode: forbidden}
fields: {purpose: choice}
outcomes: [{id: lost, name: {en: Lost, ru: Потеряно}, finish: negative}]
stages:
  - id: classification
    name: {en: Classification, ru: Классификация обращения}
    instructions: {en: Find out what it is about., ru: Выясните суть.}
    performer: {role: dispatcher}
    time_limit: 2 working hours
    on_entry:   [{email: appeal-accepted, to: client}]
    on_overdue: [{email: overdue, to: head_of_department}]
    outcomes:
      - {id: hand-over, name: {en: Hand over, ru: Передать}, require: [performer, purpose], to: processing}
      - {id: reject, name: {en: Reject, ru: Отклонить}, require: [reason], finish: negative}
  - id: processing
    name: {en: Processing, ru: Отработка}
    performer: {from: hand-over}
    on_completion: [{email: appeal-closed, to: client}]
    outcomes:
      - {id: continue, name: {en: Continue, ru: Продолжаем}, to: processing}
      - {id: resolved, name: {en: Resolved, ru: Решено}, require: [result], finish: positive}
`), nil, Known{})
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	if purpose, ok := m.Field("purpose"); !ok || purpose.Type != FieldChoice || len(purpose.Options) == 0 {
		t.Errorf("purpose: %v", purpose)
	}
}

func TestR38_InitialStateAndAvailabilityAreNoNewVersion(t *testing.T) {
	hash := func(src string) string {
		m, err := Load("m.yaml", []byte(src))
		if err != nil {
			t.Fatal(err)
		}
		return m.SHA256
	}
	first := hash(everyKind)
	if len(first) != 64 {
		t.Errorf("hash %q", first)
	}
	for _, tt := range []struct {
		old, new string
		same     bool
	}{
		{"state: draft", "state: archived", true},
		{"offices: [north]", "offices: []", true},
		{"id: every-kind\nprocess: deal", "# a comment\nprocess:   deal # and another\nid: every-kind", true},
		{"time_limit: 30 working days", "time_limit: \"30  Working days\"", true},
		{"    kind: choice\n", "    kind: \"choice\"\n\n", true},
		{"{id: small, case: small,", "{id: small, case: [small],", true},
		{"Все виды", "Все  виды", false},
		{"discount < 50", "discount < 51", false},
		{"time_limit: 30 working days", "time_limit: 30 days", false},
		{"join: any", "join: all", false},
		{"[performer, head_of_department,", "[head_of_department, performer,", false},
		{"{field: amount, when: urgent}]\n        ask: [comment]", "{field: amount, when: urgent}, comment]", false},
	} {
		src, _ := edited(t, tt.old, tt.new)
		if got := hash(src); (got == first) != tt.same {
			t.Errorf("%q → %q: same hash %v", tt.old, tt.new, got == first)
		}
	}
	if hash(strings.ReplaceAll(everyKind, "\n", "\r\n")) != first || hash("\ufeff"+everyKind) != first {
		t.Error("line ends or a byte order mark change the hash")
	}
}

// The hash sees every part of a map that is of a kind it knows; a part of another kind would change unseen.
func TestContentHashKnowsEveryKindInAMap(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var visit func(at string, typ reflect.Type)
	visit = func(at string, typ reflect.Type) {
		if seen[typ] || typ == reflect.TypeFor[calendar.Duration]() || typ == reflect.TypeFor[*Condition]() {
			return
		}
		seen[typ] = true
		switch typ.Kind() {
		case reflect.String, reflect.Bool, reflect.Int, reflect.Uint8: // bytes are only in Source
		case reflect.Pointer, reflect.Slice:
			visit(at, typ.Elem())
		case reflect.Struct:
			for f := range typ.Fields() {
				if f.IsExported() {
					visit(at+"."+f.Name, f.Type)
				}
			}
		default:
			t.Errorf("%s is a %s, which contentHash does not know", at, typ)
		}
	}
	visit("Map", reflect.TypeFor[Map]())
}

func TestLoadAll(t *testing.T) {
	folder := fstest.MapFS{
		"every-kind.yaml":      {Data: []byte(everyKind)},
		"credit-check.yml":     {Data: []byte(creditCheck)},
		"every-kind_test.yaml": {Data: []byte("not: a map")},
		"readme.md":            {Data: []byte("nothing")},
		"old/broken.yaml":      {Data: []byte("not: a map")},
	}
	all, err := LoadAll(folder)
	if err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	if _, ok := all["every-kind"].Nested("credit-check"); !ok {
		t.Error("not linked")
	}

	folder["again.yaml"] = &fstest.MapFile{Data: []byte(creditCheck)}
	folder["broken.yaml"] = &fstest.MapFile{Data: []byte("not: a map")}
	folder["large.yaml"] = &fstest.MapFile{Data: make([]byte, maxSource+1)}
	_, err = LoadAll(folder)
	if _, ok := errors.AsType[Errors](err); !ok {
		t.Fatal(err)
	}
	for _, want := range []string{"credit-check.yml:1:5: the map \"credit-check\" is already in again.yaml", "broken.yaml:1:1:", "large.yaml:1:1: the file is"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in\n%v", want, err)
		}
	}
	if _, err := LoadAll(fstest.MapFS{"dir.yaml": {Mode: fs.ModeDir}}); err != nil {
		t.Error(err)
	}
}

func TestLinkRefuses(t *testing.T) {
	small := func(id, process, control, nested string) *Map {
		t.Helper()
		kind := "performer: responsible\n    outcomes: [{id: done, name: {en: D, ru: Д}, finish: positive}]"
		if control == "manual" {
			kind = ""
		}
		if nested != "" {
			kind = "kind: route\n    map: " + nested + "\n    outcomes: [{id: done, finish: positive}]"
		}
		m, err := Load(id+".yaml", fmt.Appendf(nil, "id: %s\nprocess: %s\ncontrol: %s\nname: {en: N, ru: Н}\nstages:\n  - id: a\n    name: {en: A, ru: А}\n    %s\n",
			id, process, control, kind))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	var many strings.Builder
	many.WriteString("id: many\nprocess: deal\nname: {en: N, ru: Н}\nstages:\n")
	for i := range 700 {
		fmt.Fprintf(&many, "  - {id: s%d, name: {en: A, ru: А}, performer: responsible, outcomes: [{id: o, name: {en: A, ru: А}, finish: positive}]}\n", i)
	}
	large, err := Load("many.yaml", []byte(many.String()))
	if err != nil {
		t.Fatal(err)
	}
	thrice, err := Load("thrice.yaml", []byte(`
id: thrice
process: deal
name: {en: N, ru: Н}
stages:
  - {id: a, kind: route, map: many, name: {en: A, ru: А}}
  - {id: b, kind: route, map: many, name: {en: A, ru: А}}
  - {id: c, kind: route, map: many, name: {en: A, ru: А}, outcomes: [{id: done, finish: positive}]}
`))
	if err != nil {
		t.Fatal(err)
	}
	maps := map[string]*Map{"many": large, "thrice": thrice}
	for _, m := range []*Map{
		small("unknown", "deal", "process", "nowhere"),
		small("self", "deal", "process", "self"),
		small("ring-a", "deal", "process", "ring-b"), small("ring-b", "deal", "process", "ring-a"),
		small("over-manual", "deal", "process", "manual"), small("manual", "deal", "manual", ""),
		small("over-claim", "deal", "process", "claim"), small("claim", "claim", "process", ""),
		small("d1", "deal", "process", "d2"), small("d2", "deal", "process", "d3"), small("d3", "deal", "process", "d4"),
		small("d4", "deal", "process", "d5"), small("d5", "deal", "process", "d6"), small("d6", "deal", "process", "d7"), small("d7", "deal", "process", ""),
	} {
		maps[m.ID] = m
	}
	find := func(id string) (*Map, bool) { m, ok := maps[id]; return m, ok }
	for id, want := range map[string]string{
		"unknown":     "unknown.yaml:9:10: the map \"nowhere\" is unknown",
		"self":        "the nested maps form a circle: self → self",
		"ring-a":      "ring-b.yaml:9:10: the nested maps form a circle: ring-a → ring-b → ring-a",
		"over-manual": "the map \"manual\" is moved by hand",
		"over-claim":  "the map \"claim\" is of the process claim, this one of deal",
		"d1":          "the map is too large",
		"d2":          "",
		"thrice":      "thrice.yaml:8:31: with the nested map \"many\" the map is too large",
	} {
		t.Run(id, func(t *testing.T) {
			for _, m := range maps {
				m.nested = nil
			}
			err := Link(maps[id], find)
			if want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			var errs Errors
			if !errors.As(err, &errs) || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q", err, want)
			}
		})
	}
}

func TestManyStages(t *testing.T) {
	many := func(n int) []byte {
		var b strings.Builder
		b.WriteString("id: many\nprocess: deal\nname: {en: Many, ru: Много}\nstages:\n")
		for i := range n {
			fmt.Fprintf(&b, "- {id: s%d, name: {en: S, ru: Э}, performer: responsible, outcomes: [{id: o, name: {en: N, ru: Д}}]}\n", i)
		}
		b.WriteString("- {id: last, name: {en: S, ru: Э}, performer: responsible, outcomes: [{id: o, name: {en: N, ru: Д}, finish: positive}]}\n")
		return []byte(b.String())
	}
	begun := time.Now()
	m, err := Load("many.yaml", many(maxStages-1))
	if err != nil {
		t.Fatal(err)
	}
	if errs, warnings := Check(m, Known{}); len(errs) > 0 || len(warnings) > 0 {
		t.Error(errs, warnings)
	}
	t.Logf("%d stages: %v", maxStages, time.Since(begun))

	var short strings.Builder
	short.WriteString("id: many\nprocess: deal\nname: {en: Many, ru: Много}\nstages:\n")
	for i := range 10_000 {
		fmt.Fprintf(&short, "- {id: s%d, name: {en: S, ru: Э}}\n", i)
	}
	begun = time.Now()
	_, err = Load("many.yaml", []byte(short.String()))
	t.Logf("10,000 stages: %v", time.Since(begun))
	var errs Errors
	if !errors.As(err, &errs) || len(errs) != 1 || errs[0].Line != 5+maxStages || !strings.Contains(errs[0].Error(), "at most 2000 in all") {
		t.Errorf("got %v", err)
	}
}

func TestOddUnicodeIsKept(t *testing.T) {
	name := "Ё́ e\u0301 👩‍👩‍👧 中文 ﷽"
	src, _ := edited(t, "en: Every kind, ru: Все виды", "en: '"+name+"', ru: Ёж")
	m, err := Load("m.yaml", []byte(src))
	if err != nil || m.Name.EN != name || m.Name.RU != "Ёж" {
		t.Errorf("got %+v, %v", m, err)
	}
}

func TestErrorsAreSortedAndCapped(t *testing.T) {
	var b strings.Builder
	for i := range 100 {
		fmt.Fprintf(&b, "key%d: x\n", i)
	}
	_, err := Load("m.yaml", []byte(b.String()))
	var errs Errors
	if !errors.As(err, &errs) || len(errs) != maxErrors {
		t.Fatalf("got %v", err)
	}
	for i := 1; i < len(errs)-1; i++ {
		if errs[i].Line < errs[i-1].Line {
			t.Errorf("line %d after %d", errs[i].Line, errs[i-1].Line)
		}
	}
	if lastOne := errs[len(errs)-1]; !strings.Contains(lastOne.Message, "more errors") {
		t.Errorf("the last is %v", lastOne)
	}
	var one *Error
	if !errors.As(err, &one) || one != errs[0] {
		t.Error("errors.As does not find the first")
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(everyKind)
	f.Add(creditCheck)
	files, err := fs.Glob(Shipped(), "*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		src, err := fs.ReadFile(Shipped(), file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(src))
	}
	f.Add("a: |\n  b\n? c\n: [d, {e: f}]\n")
	f.Fuzz(func(t *testing.T, src string) {
		begun := time.Now()
		m, err := Load("m.yaml", []byte(src))
		var errs Errors
		switch {
		case err == nil:
			if errs, _ := Check(m, Known{}); len(errs) > maxErrors {
				t.Errorf("%d errors", len(errs))
			}
			again, err := Load("m.yaml", m.Source)
			if err != nil || again.SHA256 != m.SHA256 {
				t.Errorf("loaded again: %v", err)
			}
		case !errors.As(err, &errs) || len(errs) == 0 || m != nil:
			t.Errorf("got %v, %v", m, err)
		default:
			for _, e := range errs {
				if e.Code == "" || e.Message == "" || e.Line < 1 && e.Code != "too_many_errors" {
					t.Errorf("not a located error: %+v", e)
				}
			}
		}
		if took := time.Since(begun); took > time.Minute {
			t.Errorf("took %v", took)
		}
	})
}

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Load("every-kind.yaml", []byte(everyKind)); err != nil {
			b.Fatal(err)
		}
	}
}

// TestR32_AFieldSaysWhichInteraction: a map says what an interaction has to be, and the standard planned call is a call
// unless a map makes something else of it.
func TestR32_AFieldSaysWhichInteraction(t *testing.T) {
	t.Parallel()
	for declared, want := range map[string]crm.InteractionKind{
		"":                                  crm.InteractionCall,
		"planned_call: planned_interaction": crm.InteractionCall,
		"planned_call: interaction":         "",
		"planned_call: {type: interaction, name: {en: Visit, ru: Визит}, kind: meeting}": crm.InteractionMeeting,
	} {
		m, err := Load("m.yaml", []byte(`id: m
process: deal
name: {en: M, ru: М}
fields: {`+declared+`}
stages:
  - id: a
    name: {en: A, ru: А}
    performer: responsible
    outcomes: [{id: done, name: {en: Done, ru: Готово}, require: [planned_call], finish: positive}]
`))
		if err != nil {
			t.Fatalf("%q: %v", declared, err)
		}
		if field, _ := m.Field("planned_call"); field.Kind != want {
			t.Errorf("%q: kind %q, want %q", declared, field.Kind, want)
		}
	}
}

func TestMoneyIsCountedInTheCurrencyOfItsField(t *testing.T) {
	t.Parallel()
	m, err := Load("m.yaml", []byte(`id: m
process: deal
name: {en: M, ru: М}
fields:
  balance: {type: money, name: {en: Balance, ru: Остаток}, currency: EUR, negative: true}
  chance: {type: percent, name: {en: Chance, ru: Вероятность}}
stages:
  - id: a
    name: {en: A, ru: А}
    performer: responsible
    outcomes:
      - {id: done, name: {en: Done, ru: Готово}, require: [balance, chance, amount, demand], when: chance > 50 and amount > 0, finish: positive}
      - {id: no, name: {en: "No", ru: Нет}, finish: negative}
`))
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{"balance": "EUR true", "chance": "false", "amount": "RUB false", "demand": "RUB false"} {
		if f, _ := m.Field(id); words(f.Currency, f.Negative) != want {
			t.Errorf("%s: %q, want %q", id, words(f.Currency, f.Negative), want)
		}
	}
}

// TestR19_StagesAreOrderedAndSayWhatToDoAndByWhen, in a shipped map as in any.
func TestR19_StagesAreOrderedAndSayWhatToDoAndByWhen(t *testing.T) {
	t.Parallel()
	src, err := fs.ReadFile(Shipped(), "new-clients.yaml")
	if err != nil {
		t.Fatal(err)
	}
	m, err := Load("new-clients.yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]string, len(m.Stages))
	for i := range m.Stages {
		stage := &m.Stages[i]
		ids[i] = stage.ID
		if stage.Name.RU == "" || stage.Instructions.RU == "" || stage.Name.EN == "" || stage.Instructions.EN == "" || stage.TimeLimit == nil {
			t.Errorf("%s: name %v, what to do %v, limit %v", stage.ID, stage.Name, stage.Instructions, stage.TimeLimit)
		}
	}
	if got := strings.Join(ids, " "); got != "acquaintance commercial-offer invoice payment shipment" {
		t.Errorf("the stages are %s", got)
	}
	if limit := *m.Stages[0].TimeLimit; limit != (calendar.Duration{N: 2, Unit: calendar.Day}) {
		t.Errorf("the limit of the acquaintance is %v", limit)
	}
}
