package render_test

import (
	"slices"
	"testing"

	"marshrut/crm"
	"marshrut/routemaps"
	"marshrut/routemaps/render"
)

// TestR53_TheDiagramOfEveryShippedMapIsWhole: every way leads from a stage that is there to one that is there, or to an end.
func TestR53_TheDiagramOfEveryShippedMapIsWhole(t *testing.T) {
	t.Parallel()
	maps, err := routemaps.LoadAll(routemaps.Shipped())
	if err != nil {
		t.Fatal(err)
	}
	for id, m := range maps {
		for _, lang := range []crm.Lang{crm.EN, crm.RU} {
			d := render.Draw(m, lang)
			has := func(path string) bool {
				return slices.ContainsFunc(d.Stages, func(s render.DiagramStage) bool { return s.Path == path && s.Name != "" })
			}
			if len(d.Stages) < len(m.Stages) || len(d.Ways) == 0 {
				t.Errorf("%s: %d stages, %d ways", id, len(d.Stages), len(d.Ways))
			}
			for _, s := range d.Stages {
				if s.Parent != "" && !has(s.Parent) {
					t.Errorf("%s: %s stands in %s, which is not there", id, s.Path, s.Parent)
				}
			}
			for _, w := range d.Ways {
				if w.From != "" && !has(w.From) || w.To != "" && !has(w.To) || (w.To == "") == (w.End == "") {
					t.Errorf("%s: %+v leads nowhere", id, w)
				}
			}
		}
	}
}

// TestR53_TheDiagramTellsWaysApart: what leads on, round, out of a branch, out of the case, and what nobody chooses.
func TestR53_TheDiagramTellsWaysApart(t *testing.T) {
	t.Parallel()
	m, err := routemaps.Load("m.yaml", []byte(`
id: m
process: deal
name: {en: M, ru: М}
outcomes:
  - {id: lost, name: {en: Lost, ru: Потеряна}, finish: negative}
stages:
  - id: work
    name: {en: Work, ru: Работа}
    performer: responsible
    time_limit: 2 working days
    outcomes:
      - {id: again, name: {en: Again, ru: Ещё}, to: work}
      - {id: on, name: {en: On, ru: Дальше}, to: both}
  - id: both
    kind: parallel
    name: {en: Both, ru: Оба}
    branches:
      - id: left
        name: {en: Left, ru: Левая}
        stages:
          - {id: sign, name: {en: Sign, ru: Подпись}, performer: responsible, outcomes: [{id: signed, name: {en: Signed, ru: Подписано}}]}
      - id: right
        name: {en: Right, ru: Правая}
        stages:
          - {id: sign, name: {en: Sign, ru: Подпись}, performer: responsible, outcomes: [{id: signed, name: {en: Signed, ru: Подписано}}]}
  - id: paid
    kind: wait
    name: {en: Paid, ru: Оплата}
    wait: {event: payment, timeout: {after: 5 days, to: work}}
    outcomes:
      - {id: done, name: {en: Done, ru: Готово}, finish: positive}
`))
	if err != nil {
		t.Fatal(err)
	}
	d := render.Draw(m, crm.EN)
	for _, want := range []render.DiagramWay{
		{From: "work", To: "work", Outcome: "again", Name: "Again", Kind: "cyclic"},
		{From: "work", To: "both", Outcome: "on", Name: "On", Kind: "plain"},
		{From: "both/left/sign", End: "join", Outcome: "signed", Name: "Signed", Kind: "plain"},
		{From: "both", To: "paid", Kind: "plain"},
		{From: "paid", To: "work", Name: "no answer in 5 days", Kind: "timeout"},
		{From: "paid", End: "positive", Outcome: "done", Name: "Done", Kind: "plain"},
		{End: "negative", Outcome: "lost", Name: "Lost", Kind: "plain"},
	} {
		if !slices.Contains(d.Ways, want) {
			t.Errorf("no way %+v among %+v", want, d.Ways)
		}
	}
	for _, want := range []render.DiagramStage{
		{Path: "work", Name: "Work", Kind: "task", Performer: "Responsible", Limit: "2 working days", Line: 8},
		{Path: "both/left", Parent: "both", Name: "Left", Kind: render.DiagramBranch, Line: 19},
		{Path: "both/right/sign", Parent: "both/right", Name: "Sign", Kind: "task", Performer: "Responsible", Line: 26},
		{Path: "paid", Name: "Paid", Kind: "wait", Does: "for: payment", Line: 27},
	} {
		if !slices.Contains(d.Stages, want) {
			t.Errorf("no stage %+v among %+v", want, d.Stages)
		}
	}
}
