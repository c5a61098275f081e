package postgres_test

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/postgres"
)

// forkMap has a choice that knows two of three sizes.
const forkMap = `id: fork
process: appeal
name: {en: Fork, ru: Развилка}
state: active
fields:
  size:
    type: choice
    name: {en: Size, ru: Размер}
    options:
      - {id: small, name: {en: Small, ru: Малый}}
      - {id: big, name: {en: Big, ru: Большой}}
      - {id: odd, name: {en: Odd, ru: Странный}}
stages:
  - id: ask
    name: {en: Ask, ru: Вопрос}
    performer: responsible
    outcomes:
      - {id: asked, name: {en: Asked, ru: Спросили}, require: [size], to: fork}
  - id: fork
    kind: choice
    name: {en: Fork, ru: Развилка}
    switch: size
    outcomes:
      - {id: small, name: {en: Small, ru: Малый}, case: small, to: act}
      - {id: big, name: {en: Big, ru: Большой}, case: big, to: act}
  - id: act
    name: {en: Act, ru: Действие}
    performer: responsible
    outcomes:
      - {id: done, name: {en: Done, ru: Готово}, finish: positive}
`

func TestAnIncidentHoldsTheStageUntilARetryPasses(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	if _, _, err := of.PublishRouteMap(ctx, []byte(forkMap), uuid.Nil); err != nil {
		t.Fatal(err)
	}
	c := of.create(crm.NewCase{Kind: crm.Appeal, MapID: "fork", By: of.manager.ID})
	if done := of.complete(c, of.manager, "asked", map[string]any{"size": "odd"}); done.Status != crm.CommandApplied {
		t.Fatalf("the outcome was %s: %v", done.Status, done.Refusal)
	}
	open, err := of.OpenIncidents(ctx, nil, 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(open.Items) != 1 || open.Items[0].Code != "no_outcome" || !open.Items[0].Blocking || open.Items[0].CaseID != c.ID {
		t.Fatalf("the incidents are %+v", open.Items)
	}
	retry := crm.Command{CaseID: c.ID, UserID: of.manager.ID, Kind: crm.CommandRetry, Payload: crm.CommandPayload{IncidentID: open.Items[0].ID}}
	if again := of.submit(retry); again.Status != crm.CommandRefused || again.Refusal.Code != "still_failing" {
		t.Fatalf("a retry that fails again was %s: %v", again.Status, again.Refusal)
	}
	c = of.reload(c)
	if _, err := of.PatchCase(ctx, c.ID, c.Version, crm.CasePatch{Fields: map[string]any{"size": "gigantic"}}, of.manager.ID); err == nil {
		t.Error("a value that is no option is accepted")
	}
	if _, err := of.PatchCase(ctx, c.ID, c.Version, crm.CasePatch{Fields: map[string]any{"size": "big"}}, of.manager.ID); err != nil {
		t.Fatal(err)
	}
	if passed := of.submit(retry); passed.Status != crm.CommandApplied {
		t.Fatalf("a retry that passes was %s: %v", passed.Status, passed.Refusal)
	}
	if task := of.open(c); task.Path != "act" {
		t.Errorf("after the retry the task is %+v", task.Task)
	}
	if open, err = of.OpenIncidents(ctx, nil, 10); err != nil || len(open.Items) != 0 {
		t.Errorf("after the retry the incidents are %+v, %v", open.Items, err)
	}
	if once := of.submit(retry); once.Status != crm.CommandRefused || once.Refusal.Code != "nothing_failed" {
		t.Errorf("a retry of what is resolved was %s: %v", once.Status, once.Refusal)
	}
}
