package postgres_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/postgres"
)

// salesMap publishes a map of deals that wants the next interaction planned and listens for calls.
func (of *office) salesMap() string {
	of.t.Helper()
	of.publish(`id: planned-sale
process: deal
name: {en: Planned sale, ru: Продажа по плану}
settings: {next_interaction: mandatory}
outcomes:
  - {id: lost, name: {en: Lost, ru: Проиграна}, finish: negative}
stages:
  - id: talk
    name: {en: Talk, ru: Переговоры}
    performer: responsible
    on_event:
      - {event: call, outcome: on}
    outcomes:
      - {id: on, name: {en: Go on, ru: Дальше}, to: offer}
  - id: offer
    name: {en: Offer, ru: Предложение}
    performer: responsible
    outcomes:
      - {id: done, name: {en: Done, ru: Готово}, finish: positive}
`)
	return "planned-sale"
}

// TestR2_R25_WhatIsPlannedInADealsChainIsPlannedForTheDeal: though it is recorded in no case, the deal has its next step, it shows in
// lists, a call that comes moves the deal on, and the deal's end takes it out of the register (R11, R13, R17).
func TestR2_R25_WhatIsPlannedInADealsChainIsPlannedForTheDeal(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	first := of.record(crm.Interaction{ClientID: of.client, Alone: true})
	next := of.record(crm.Interaction{SubjectID: first.ID, Alone: true, Status: crm.InteractionPlanned, Topic: "Обсудить"})
	deal := of.create(crm.NewCase{Kind: crm.Deal, MapID: of.salesMap(), InteractionID: first.ID, By: of.manager.ID})
	if got := of.interaction(next.ID); got.CaseID != uuid.Nil || got.DealID != deal.ID {
		t.Fatalf("the rest of the chain is in case %s with the deal %s", got.CaseID, got.DealID)
	}
	listed := func(f crm.CaseFilter) *crm.CaseItem {
		f.Kinds, f.Limit = []crm.Kind{crm.Deal}, 10
		page, err := of.ListCases(ctx, f)
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Items) == 0 {
			return nil
		}
		return &page.Items[0]
	}
	if item := listed(crm.CaseFilter{Sort: crm.SortPlanned}); item == nil || item.Next == nil || item.Next.ID != next.ID {
		t.Errorf("next is %+v", item)
	}
	if item := listed(crm.CaseFilter{Unplanned: true}); item != nil {
		t.Errorf("it is listed as unplanned: %+v", item)
	}
	if rows, err := of.Control(ctx, crm.ReportFilter{Kind: crm.Deal}); err != nil || len(rows) != 1 || rows[0].Open != 1 || rows[0].Unplanned != 0 {
		t.Errorf("the managers' report has %+v, %v", rows, err)
	}
	if page, err := of.ReportCases(ctx, crm.ReportFigure{Report: crm.ReportControl, Column: "unplanned", Limit: 10}); err != nil || len(page.Items) > 0 {
		t.Errorf("behind the report's figure of unplanned cases are %+v, %v", page.Items, err)
	}
	topic := "Доски"
	saved, err := of.PatchCase(ctx, deal.ID, deal.Version, crm.CasePatch{Topic: &topic}, of.manager.ID)
	if err != nil {
		t.Fatalf("saved with a plan: %v", err)
	}
	cancelled, planned := crm.InteractionCancelled, crm.InteractionPlanned
	if _, err := of.patch(next.ID, crm.InteractionPatch{Status: &cancelled}, of.manager); err != nil {
		t.Fatal(err)
	}
	topic = "Брус"
	_, err = of.PatchCase(ctx, deal.ID, saved.Version, crm.CasePatch{Topic: &topic}, of.manager.ID)
	wantCode(t, err, crm.KindConflict, "", "interaction_not_planned")

	of.record(crm.Interaction{DealID: deal.ID, Kind: crm.InteractionCall, Direction: "in", Alone: true})
	of.bring(deal)
	if got := of.reload(deal); got.Stage != "offer" {
		t.Fatalf("R11: the deal is at %s", got.Stage)
	}
	if _, err := of.patch(next.ID, crm.InteractionPatch{Status: &planned}, of.manager); err != nil {
		t.Fatal(err)
	}
	tasks, err := of.ListTasks(ctx, crm.TaskFilter{CaseID: deal.ID, Kinds: []string{"plan"}, Limit: 10})
	if err != nil || len(tasks.Items) != 1 || tasks.Items[0].Status != crm.TaskCompleted {
		t.Errorf("the task to plan is %+v, %v", tasks.Items, err)
	}
	if done := of.complete(deal, of.manager, "done", nil); done.Status != crm.CommandApplied {
		t.Fatal(done.Refusal)
	}
	if got := of.interaction(next.ID); got.OffRegisterAt == nil {
		t.Error("R17: it is in the register after the deal's end")
	}
}

// TestR1_AnInterestTakesInTheChainItIsMadeFrom: what was planned after the first call is planned for the interest; what is lost or of
// another case stays as it is.
func TestR1_AnInterestTakesInTheChainItIsMadeFrom(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	elsewhere := of.create(crm.NewCase{Kind: crm.Appeal, By: of.manager.ID})
	first := of.record(crm.Interaction{ClientID: of.client, Alone: true})
	next := of.record(crm.Interaction{SubjectID: first.ID, Alone: true, Status: crm.InteractionPlanned})
	other := of.record(crm.Interaction{SubjectID: first.ID, CaseID: elsewhere.ID})
	lost := of.record(crm.Interaction{SubjectID: first.ID, Lost: true, LostReason: "product"})
	interest := of.create(crm.NewCase{Kind: crm.Interest, InteractionID: next.ID, By: of.manager.ID})
	for _, want := range []struct {
		name     string
		id, home uuid.UUID
	}{{"the first", first.ID, interest.ID}, {"the planned one", next.ID, interest.ID}, {"another case's", other.ID, elsewhere.ID}, {"what is lost", lost.ID, uuid.Nil}} {
		if got := of.interaction(want.id); got.CaseID != want.home {
			t.Errorf("%s is in %s, want %s", want.name, got.CaseID, want.home)
		}
	}
	topic := "Доски"
	if _, err := of.PatchCase(context.Background(), interest.ID, interest.Version, crm.CasePatch{Topic: &topic}, of.manager.ID); err != nil {
		t.Errorf("R2: what is planned in the chain is planned for the interest: %v", err)
	}
}

// TestR1_WhomAnInteractionWasWithIsLearntLater: it goes into the client's interest as it would have at once.
func TestR1_WhomAnInteractionWasWithIsLearntLater(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	interest := of.create(crm.NewCase{Kind: crm.Interest, By: of.manager.ID})
	contact, err := of.CreateContact(context.Background(), crm.Contact{ClientID: of.client, Name: "Мария Кузнецова"})
	if err != nil {
		t.Fatal(err)
	}
	stranger := []crm.Participant{{Name: "Кто-то"}}
	none := uuid.Nil
	for name, p := range map[string]crm.InteractionPatch{"the client": {ClientID: &of.client}, "a contact": {ContactID: &contact.ID}} {
		i := of.record(crm.Interaction{Participants: stranger})
		if got, err := of.patch(i.ID, p, of.manager); err != nil || got.CaseID != interest.ID || got.ClientID != of.client {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	i := of.record(crm.Interaction{Participants: stranger})
	if got, err := of.patch(i.ID, crm.InteractionPatch{ClientID: &of.client, CaseID: &none}, of.manager); err != nil || got.CaseID != uuid.Nil {
		t.Errorf("R22: wanted alone: %+v, %v", got, err)
	}
	lost := of.record(crm.Interaction{Participants: stranger, Lost: true, LostReason: "product"})
	if got, err := of.patch(lost.ID, crm.InteractionPatch{ClientID: &of.client}, of.manager); err != nil || got.CaseID != uuid.Nil {
		t.Errorf("what is lost has no interest: %+v, %v", got, err)
	}
}

// TestR32_R25_ASelectedInteractionIsTheDeals: what a form of the deal names belongs to the deal, with its chain; what is lost, planned
// or about another deal cannot be named.
func TestR32_R25_ASelectedInteractionIsTheDeals(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	first := of.record(crm.Interaction{ClientID: of.client, Alone: true})
	after := of.record(crm.Interaction{SubjectID: first.ID, Alone: true})
	interest := of.create(crm.NewCase{Kind: crm.Interest, By: of.manager.ID})
	inside := of.record(crm.Interaction{CaseID: interest.ID})
	other := of.create(crm.NewCase{Kind: crm.Deal, By: of.manager.ID})
	for name, i := range map[string]*crm.Interaction{
		"lost":               of.record(crm.Interaction{ClientID: of.client, Lost: true, LostReason: "product"}),
		"planned":            of.record(crm.Interaction{ClientID: of.client, Alone: true, Status: crm.InteractionPlanned}),
		"about another deal": of.record(crm.Interaction{CaseID: interest.ID, DealID: other.ID}),
	} {
		deal := of.create(crm.NewCase{Kind: crm.Deal, By: of.manager.ID})
		done := of.complete(deal, of.manager, "made", map[string]any{"interaction": i.ID.String()})
		if done.Refusal == nil || len(done.Refusal.Fields) != 1 || done.Refusal.Fields[0].Code != "no_such_interaction" {
			t.Errorf("one that is %s was %s: %v", name, done.Status, done.Refusal)
		}
	}
	for name, c := range map[string]struct {
		named *crm.Interaction
		home  func(deal uuid.UUID) uuid.UUID
		chain *crm.Interaction
	}{
		"of no case":     {after, func(deal uuid.UUID) uuid.UUID { return deal }, first},
		"of an interest": {inside, func(uuid.UUID) uuid.UUID { return interest.ID }, nil},
	} {
		deal := of.create(crm.NewCase{Kind: crm.Deal, By: of.manager.ID})
		if done := of.complete(deal, of.manager, "made", map[string]any{"interaction": c.named.ID.String()}); done.Status != crm.CommandApplied {
			t.Fatalf("%s: %v", name, done.Refusal)
		}
		if got := of.interaction(c.named.ID); got.CaseID != c.home(deal.ID) || got.DealID != deal.ID {
			t.Errorf("%s: in case %s with the deal %s", name, got.CaseID, got.DealID)
		}
		if c.chain != nil && of.interaction(c.chain.ID).DealID != deal.ID {
			t.Errorf("%s: the rest of its chain is without the deal", name)
		}
	}
}

func TestR65_ACaseTellsWhatHasLeftIt(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	left, joined := of.create(crm.NewCase{Kind: crm.Interest, By: of.manager.ID}), of.create(crm.NewCase{Kind: crm.Interest, By: of.manager.ID})
	i := of.record(crm.Interaction{CaseID: left.ID})
	if _, err := of.patch(i.ID, crm.InteractionPatch{CaseID: &joined.ID}, of.manager); err != nil {
		t.Fatal(err)
	}
	changes := func(c *crm.Case) []any {
		h, err := of.History(context.Background(), crm.HistoryFilter{CaseID: c.ID, Limit: 50})
		if err != nil {
			t.Fatal(err)
		}
		var all []any
		for k := range h.Entries {
			if h.Entries[k].Kind == "interaction_changed" {
				all = append(all, h.Entries[k].Data["change"])
			}
		}
		return all
	}
	if got := changes(left); !slices.Equal(got, []any{crm.ChangeMoved}) {
		t.Errorf("the case it was in tells %v", got)
	}
	if got := changes(joined); !slices.Equal(got, []any{crm.ChangeEdited}) {
		t.Errorf("the case it is in tells %v", got)
	}
}

// TestR25_ADealComesToAChainWhileItIsGoneOnWith: what is made from an interaction whose chain comes to a deal at that moment waits for
// it, and has the deal.
func TestR25_ADealComesToAChainWhileItIsGoneOnWith(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{MaxConns: 6})
	ctx := context.Background()
	deal := of.create(crm.NewCase{Kind: crm.Deal, By: of.manager.ID})
	first := of.record(crm.Interaction{ClientID: of.client, Alone: true})
	held, err := of.Pool().Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = held.Rollback(ctx) }()
	if _, err := held.Exec(ctx, "select pg_advisory_xact_lock(hashtextextended('chain/' || $1, 0))", first.ID.String()); err != nil {
		t.Fatal(err)
	}
	made := make(chan *crm.Interaction, 1)
	go func() {
		i, err := of.CreateInteraction(ctx, crm.Interaction{
			SubjectID: first.ID, Alone: true, Kind: crm.InteractionCall, Status: crm.InteractionCompleted, At: of.now().Add(-time.Minute), CreatedBy: of.manager.ID,
		})
		if err != nil {
			t.Error(err)
		}
		made <- i
	}()
	of.waiting(1)
	if _, err := held.Exec(ctx, "update interactions set deal_id = $2 where id = $1", first.ID, deal.ID); err != nil {
		t.Fatal(err)
	}
	if err := held.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	if i := <-made; i != nil && i.DealID != deal.ID {
		t.Errorf("what was made has the deal %s", i.DealID)
	}
}

// TestR13_R27_WhatNobodyIsResponsibleForIsBeforeItsAuthor: once, until somebody is.
func TestR13_R27_WhatNobodyIsResponsibleForIsBeforeItsAuthor(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	agenda := func(u *crm.User) []uuid.UUID {
		page, err := of.Agenda(context.Background(), crm.AgendaFilter{User: u.ID, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		var ids []uuid.UUID
		for _, item := range page.Items {
			ids = append(ids, item.Interaction.ID)
		}
		return ids
	}
	alone := of.record(crm.Interaction{ClientID: of.client, Alone: true, Status: crm.InteractionPlanned})
	with := of.record(crm.Interaction{
		ClientID: of.client, Alone: true, Status: crm.InteractionPlanned, At: of.now().Add(2 * time.Hour), Participants: []crm.Participant{{UserID: of.manager.ID}},
	})
	if got := agenda(of.manager); !slices.Equal(got, []uuid.UUID{alone.ID, with.ID}) {
		t.Errorf("before the author lie %v", got)
	}
	if _, err := of.patch(alone.ID, crm.InteractionPatch{ResponsibleID: &of.other.ID}, of.manager); err != nil {
		t.Fatal(err)
	}
	if got := agenda(of.manager); !slices.Equal(got, []uuid.UUID{with.ID}) {
		t.Errorf("what another is responsible for lies before the author: %v", got)
	}
	if got := agenda(of.other); !slices.Equal(got, []uuid.UUID{alone.ID}) {
		t.Errorf("before the responsible lie %v", got)
	}
}
