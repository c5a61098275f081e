package maptest_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"marshrut/crm"
	"marshrut/routemaps"
	"marshrut/routemaps/calendar"
	"marshrut/routemaps/maptest"
)

var monday = time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)

const rehearsed = `
id: m
process: deal
name: {en: M, ru: М}
fields: {amount: money}
intake: [{field: client, required: true}, amount]
outcomes:
  - {id: lost, name: {en: Lost, ru: Потеряна}, finish: negative}
on_overdue: [{email: overdue, to: performer}]
stages:
  - id: work
    name: {en: Work, ru: Работа}
    performer: responsible
    time_limit: 2 hours
    on_entry: [{email: order-placed, to: client}]
    outcomes:
      - {id: again, name: {en: Again, ru: Ещё}, ask: [comment], to: work}
      - {id: later, name: {en: Later, ru: Позже}, require: [until], pause: until, to: work}
      - {id: large, name: {en: Large, ru: Крупная}, when: amount > 1000, to: paid}
      - {id: give, name: {en: Give, ru: Передать}, require: [performer, reason], to: given}
  - id: given
    name: {en: Given, ru: Передано}
    performer: {from: give}
    outcomes:
      - {id: on, name: {en: On, ru: Дальше}, to: paid}
  - id: paid
    kind: wait
    name: {en: Paid, ru: Оплата}
    wait: {event: payment, timeout: {after: 5 days, to: work}}
    outcomes:
      - {id: done, name: {en: Done, ru: Готово}, finish: positive}
`

func rehearse(t *testing.T, fields map[string]any, choices ...maptest.Choice) (*maptest.Rehearsal, error) {
	t.Helper()
	m, err := routemaps.Load("m.yaml", []byte(rehearsed))
	if err != nil {
		t.Fatal(err)
	}
	return maptest.Rehearse(t.Context(), m, calendars(t)["ru"], monday, fields, choices)
}

func done(path, outcome string, fields map[string]any) maptest.Choice {
	return maptest.Choice{Complete: &maptest.Completion{Path: path, Outcome: outcome, Fields: fields}}
}

// kinds are the effects of a story, in order.
func kinds(r *maptest.Rehearsal) []routemaps.EffectKind {
	var all []routemaps.EffectKind
	for _, moment := range r.Story {
		for i := range moment.Effects {
			all = append(all, moment.Effects[i].Kind)
		}
	}
	return all
}

// TestR53_ARehearsalGoesAsACaseWould: tasks, letters and deadlines are those of the map, and what forms require is filled in.
func TestR53_ARehearsalGoesAsACaseWould(t *testing.T) {
	r, err := rehearse(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.State.BoardStage() != "work" || !slices.Contains(kinds(r), routemaps.EffectNotify) || r.Values["client"] != maptest.Example {
		t.Errorf("at %s after %v with %v", r.State.BoardStage(), kinds(r), r.Values)
	}
	r, err = rehearse(t, nil, maptest.Choice{Pass: true})
	if err != nil || !r.At.Equal(monday.Add(2*time.Hour)) || !slices.Contains(kinds(r), routemaps.EffectOverdue) {
		t.Errorf("time passed to %v: %v, %v", r.At, kinds(r), err)
	}
	r, err = rehearse(t, nil, done("work", "later", nil))
	if err != nil || r.State.At.Paused == nil || !r.State.At.Paused.Until.Equal(monday.AddDate(0, 0, 1)) {
		t.Errorf("paused: %+v, %v", r, err)
	}
	r, err = rehearse(t, nil, done("work", "give", nil), done("given", "on", nil), maptest.Choice{Event: routemaps.EventPayment})
	if err != nil || r.State.Status != crm.StatusPositive || r.Values["reason"] != maptest.Example {
		t.Errorf("at the end: %+v, %v", r, err)
	}
	five := calendar.Duration{N: 5, Unit: calendar.Day}
	r, err = rehearse(t, nil, done("work", "give", nil), done("given", "on", nil), maptest.Choice{Wait: &five})
	if err != nil || r.State.BoardStage() != "work" || r.Story[len(r.Story)-1].Choice != 2 {
		t.Errorf("nobody paid: %+v, %v", r, err)
	}
	r, err = rehearse(t, nil, maptest.Choice{Set: map[string]any{"amount": "5000"}}, done("work", "large", nil))
	if err != nil || r.State.BoardStage() != "paid" {
		t.Errorf("a large one: %+v, %v", r, err)
	}
	again, _ := rehearse(t, nil, maptest.Choice{Set: map[string]any{"amount": "5000"}}, done("work", "large", nil))
	if !reflect.DeepEqual(r, again) {
		t.Error("the same choices gave another rehearsal")
	}
}

// TestR53_ARehearsalSaysWhichChoiceCannotBe and why.
func TestR53_ARehearsalSaysWhichChoiceCannotBe(t *testing.T) {
	for name, one := range map[string]struct {
		fields  map[string]any
		choices []maptest.Choice
		want    maptest.Wrong
	}{
		"no such field":        {map[string]any{"colour": "red"}, nil, maptest.Wrong{Choice: -1, Field: "colour", Code: maptest.WrongField}},
		"no number":            {map[string]any{"amount": "much"}, nil, maptest.Wrong{Choice: -1, Field: "amount", Code: maptest.WrongValue}},
		"no such outcome":      {nil, []maptest.Choice{done("work", "sold", nil)}, maptest.Wrong{Code: routemaps.RefusedUnknownOutcome}},
		"not offered":          {nil, []maptest.Choice{done("work", "large", nil)}, maptest.Wrong{Code: routemaps.RefusedOutcomeNotOpen}},
		"not there any more":   {nil, []maptest.Choice{done("work", "give", nil), done("work", "again", nil)}, maptest.Wrong{Choice: 1, Code: routemaps.RefusedUnknownTask}},
		"over":                 {nil, []maptest.Choice{done("work", "lost", nil), done("work", "again", nil)}, maptest.Wrong{Choice: 1, Code: routemaps.RefusedClosed}},
		"nothing to wait for":  {nil, []maptest.Choice{done("work", "lost", nil), {Pass: true}}, maptest.Wrong{Choice: 1, Code: maptest.WrongNothing}},
		"no such event":        {nil, []maptest.Choice{{Event: "storm"}}, maptest.Wrong{Code: maptest.WrongEvent}},
		"nothing at all":       {nil, []maptest.Choice{{}}, maptest.Wrong{Code: maptest.WrongEvent}},
		"the process leads it": {nil, []maptest.Choice{{Move: "paid"}}, maptest.Wrong{Code: routemaps.RefusedNotManual}},
		"nothing has failed":   {nil, []maptest.Choice{{Retry: "work"}}, maptest.Wrong{Code: routemaps.RefusedNothingFailed}},
		"too many":             {nil, make([]maptest.Choice, maptest.MaxChoices+1), maptest.Wrong{Choice: maptest.MaxChoices, Code: maptest.WrongTooMany}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := rehearse(t, one.fields, one.choices...)
			wrong, ok := errors.AsType[*maptest.Wrong](err)
			if !ok || *wrong != one.want {
				t.Errorf("%v, want %v", err, &one.want)
			}
		})
	}
	m, err := routemaps.Load("m.yaml", []byte(rehearsed))
	if err != nil {
		t.Fatal(err)
	}
	late, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := maptest.Rehearse(late, m, calendars(t)["ru"], monday, nil, nil); !errors.As(err, new(*maptest.Wrong)) {
		t.Errorf("without time: %v", err)
	}
}

// TestR53_EveryShippedMapCanBeRehearsedToItsEnd by choosing, wherever tasks are open, the outcome chosen least so far.
func TestR53_EveryShippedMapCanBeRehearsedToItsEnd(t *testing.T) {
	all, err := routemaps.LoadAll(routemaps.Shipped())
	if err != nil {
		t.Fatal(err)
	}
	for id, m := range all {
		t.Run(id, func(t *testing.T) {
			if m.Control == routemaps.ControlManual {
				r, err := maptest.Rehearse(t.Context(), m, calendars(t)["ru"], monday, nil, []maptest.Choice{{Move: m.Stages[1].ID}, {Close: "won"}})
				if err != nil || r.State.Status != crm.StatusPositive {
					t.Errorf("%+v, %v", r, err)
				}
				return
			}
			chosen := map[string]int{}
			var choices []maptest.Choice
			for range 60 {
				r, err := maptest.Rehearse(t.Context(), m, calendars(t)["ru"], monday, nil, choices)
				if err != nil {
					t.Fatalf("after %d choices: %v", len(choices), err)
				}
				if r.State.Status.Closed() {
					return
				}
				choices = append(choices, nextChoice(t, m, r, chosen))
			}
			t.Errorf("no end after %d choices", len(choices))
		})
	}
}

func nextChoice(t *testing.T, m *routemaps.Map, r *maptest.Rehearsal, chosen map[string]int) maptest.Choice {
	t.Helper()
	open := r.State.Open()
	if len(open) == 0 {
		if _, waits := r.State.NextWake(); waits {
			return maptest.Choice{Pass: true}
		}
		return maptest.Choice{Event: routemaps.EventPayment}
	}
	path := open[0].Path
	best := ""
	for _, o := range m.OutcomesAt(path) {
		key := path + ":" + o.ID
		if r.Offers(o) && (best == "" || chosen[key] < chosen[path+":"+best]) {
			best = o.ID
		}
	}
	if best == "" {
		t.Fatalf("nothing can be chosen at %s", path)
	}
	chosen[path+":"+best]++
	return done(path, best, nil)
}
