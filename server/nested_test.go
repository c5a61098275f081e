package server

import (
	"net/http"
	"testing"

	"github.com/google/uuid"
)

// TestR52_ATaskOfANestedMapShowsItsWholeForm, fields that only the nested map declares too, and takes what is filled in.
func TestR52_ATaskOfANestedMapShowsItsWholeForm(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, source := range []string{`id: inner
process: deal
name: {en: Inner, ru: Внутренняя}
fields:
  shade: {type: choice, name: {en: Shade, ru: Оттенок}, options: {light: {en: Light, ru: Светлый}}}
  bill: {type: money, name: {en: Bill, ru: Счёт}, currency: EUR}
stages:
  - id: paint
    name: {en: Paint, ru: Покраска}
    performer: responsible
    outcomes:
      - {id: painted, name: {en: Painted, ru: Покрашено}, require: [shade, bill], finish: positive}
`, `id: outer
process: deal
name: {en: Outer, ru: Внешняя}
stages:
  - {id: inside, kind: route, name: {en: Inside, ru: Внутри}, map: inner}
  - id: last
    name: {en: Last, ru: Последний}
    performer: responsible
    outcomes:
      - {id: done, name: {en: Done, ru: Готово}, finish: positive}
`} {
		if _, _, err := r.db.PublishRouteMap(t.Context(), []byte(source), uuid.Nil); err != nil {
			t.Fatal(err)
		}
	}
	made := r.do(request{as: "manager", method: post, path: "/deals", body: map[string]any{"client_id": r.client(), "topic": "x", "map": "outer"}}).want(http.StatusCreated)
	form, _ := made.at("next_tasks.0.outcomes.0.form").([]any)
	if len(form) != 2 || made.text("next_tasks.0.outcomes.0.form.0.options.0.id") != "light" || made.text("next_tasks.0.outcomes.0.form.1.currency") != "EUR" {
		t.Fatalf("form %v", form)
	}
	done := r.do(request{as: "manager", method: post, path: "/tasks/" + made.text("next_tasks.0.id") + "/complete", body: map[string]any{
		"outcome": "painted", "fields": map[string]any{"shade": "light", "bill": "12.50"},
	}}).want(http.StatusOK)
	if done.text("case.stage") != "last" || done.text("case.fields.shade") != "light" {
		t.Errorf("answer %s", done.body)
	}
}
