package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"marshrut/activities"
	"marshrut/crm"
	"marshrut/postgres"
)

// record makes an interaction of an hour ago.
func (of *office) record(i crm.Interaction) *crm.Interaction {
	of.t.Helper()
	if i.Kind == "" {
		i.Kind = crm.InteractionCall
	}
	if i.Status == "" {
		i.Status = crm.InteractionCompleted
	}
	if i.At.IsZero() {
		i.At = of.now().Add(-time.Hour)
		if i.Status == crm.InteractionPlanned {
			i.At = of.now().Add(time.Hour)
		}
	}
	if i.CreatedBy == uuid.Nil {
		i.CreatedBy = of.manager.ID
	}
	made, err := of.CreateInteraction(context.Background(), i)
	if err != nil {
		of.t.Fatal(err)
	}
	return made
}

// patch changes an interaction whatever its version.
func (of *office) patch(id uuid.UUID, p crm.InteractionPatch, by *crm.User) (*crm.Interaction, error) {
	of.t.Helper()
	return of.PatchInteraction(context.Background(), id, postgres.AnyVersion, p, by.ID)
}

func (of *office) interaction(id uuid.UUID) *crm.Interaction {
	of.t.Helper()
	i, err := of.Interaction(context.Background(), id)
	if err != nil {
		of.t.Fatal(err)
	}
	return i
}

// settle publishes the free sale with a setting of its own, and gives the id of the map.
func (of *office) settle(settings string) string {
	of.t.Helper()
	_, _, err := of.PublishRouteMap(context.Background(), []byte(`id: settled
process: interest
name: {en: Settled, ru: С настройкой}
settings: {`+settings+`}
outcomes:
  - {id: lost, name: {en: Lost, ru: Потерян}, finish: negative}
stages:
  - id: talk
    name: {en: Talk, ru: Переговоры}
    performer: responsible
    outcomes:
      - {id: on, name: {en: Go on, ru: Дальше}, to: talk}
      - {id: done, name: {en: Done, ru: Готово}, finish: positive}
`), uuid.Nil)
	if err != nil {
		of.t.Fatal(err)
	}
	return "settled"
}

func TestR1_WithAClientsInterestEverythingIsInIt(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	if alone := of.record(crm.Interaction{ClientID: of.client}); alone.CaseID != uuid.Nil {
		t.Errorf("R22: without an interest it stands alone: %+v", alone)
	}
	interest := of.create(crm.NewCase{Kind: crm.Interest, By: of.manager.ID})
	for name, c := range map[string]struct {
		i    crm.Interaction
		want uuid.UUID
	}{
		"of the client":        {crm.Interaction{ClientID: of.client}, interest.ID},
		"lost at acceptance":   {crm.Interaction{ClientID: of.client, Lost: true, LostReason: "product"}, uuid.Nil},
		"wanted alone (R22)":   {crm.Interaction{ClientID: of.client, Alone: true}, uuid.Nil},
		"of somebody unknown":  {crm.Interaction{Participants: []crm.Participant{{Name: "Незнакомец"}}}, uuid.Nil},
		"with the case itself": {crm.Interaction{CaseID: interest.ID}, interest.ID},
	} {
		if made := of.record(c.i); made.CaseID != c.want {
			t.Errorf("%s: in case %s, want %s", name, made.CaseID, c.want)
		}
	}
	of.create(crm.NewCase{Kind: crm.Interest, By: of.manager.ID})
	if two := of.record(crm.Interaction{ClientID: of.client}); two.CaseID != uuid.Nil {
		t.Errorf("of two interests one was chosen: %+v", two)
	}
	_, err := of.CreateInteraction(ctx, crm.Interaction{
		CaseID: interest.ID, Lost: true, LostReason: "product", Kind: crm.InteractionCall, Status: crm.InteractionCompleted, At: of.now().Add(-time.Hour),
	})
	wantCode(t, err, crm.KindUnprocessed, "/lost", "lost_has_no_case")
	other, err := of.CreateClient(ctx, crm.Client{Kind: crm.ClientCompany, Name: "ООО Лютик", Lang: crm.RU, TimeZone: "Europe/Moscow"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = of.CreateInteraction(ctx, crm.Interaction{
		CaseID: interest.ID, ClientID: other.ID, Kind: crm.InteractionCall, Status: crm.InteractionCompleted, At: of.now().Add(-time.Hour),
	})
	wantCode(t, err, crm.KindUnprocessed, "/case_id", "other_client")
	stranger, err := of.CreateContact(ctx, crm.Contact{ClientID: other.ID, Name: "Пётр Чужой"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = of.CreateInteraction(ctx, crm.Interaction{
		CaseID: interest.ID, ContactID: stranger.ID, Kind: crm.InteractionCall, Status: crm.InteractionCompleted, At: of.now().Add(-time.Hour),
	})
	wantCode(t, err, crm.KindUnprocessed, "/case_id", "other_client")
	ours := of.record(crm.Interaction{CaseID: interest.ID})
	for pointer, p := range map[string]crm.InteractionPatch{"/contact_id": {ContactID: &stranger.ID}, "/case_id": {ClientID: &other.ID}} {
		_, err = of.PatchInteraction(ctx, ours.ID, ours.Version, p, of.manager.ID)
		wantCode(t, err, crm.KindUnprocessed, pointer, "other_client")
	}
}

func TestR23_R46_ParticipantsWithTheirDetails(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	contact, err := of.CreateContact(context.Background(), crm.Contact{ClientID: of.client, Name: "Мария Кузнецова"})
	if err != nil {
		t.Fatal(err)
	}
	all := []crm.Participant{
		{UserID: of.manager.ID},
		{ContactID: contact.ID, DetailKind: crm.DetailMobile, Detail: "+79031234567"},
		{ClientID: of.client},
		{Name: "Помощник"},
	}
	ends := of.now().Add(-30 * time.Minute)
	for _, kind := range crm.InteractionKinds() {
		made := of.record(crm.Interaction{ContactID: contact.ID, Kind: kind, Participants: all, EndsAt: &ends, Result: "Договорились", Content: "О чае"})
		read := of.interaction(made.ID)
		if !slices.Equal(read.Participants, all) || read.ClientID != of.client || read.Kind != kind || read.Result != "Договорились" || !read.EndsAt.Equal(ends) {
			t.Errorf("%s is kept as %+v", kind, read)
		}
	}
	one := of.record(crm.Interaction{ClientID: of.client, Participants: all})
	fewer := all[1:2]
	if _, err := of.patch(one.ID, crm.InteractionPatch{Participants: &fewer}, of.manager); err != nil {
		t.Fatal(err)
	}
	if got := of.interaction(one.ID).Participants; !slices.Equal(got, fewer) {
		t.Errorf("participants %+v", got)
	}
	nobody := []crm.Participant{{UserID: uuid.New()}}
	_, err = of.patch(one.ID, crm.InteractionPatch{Participants: &nobody}, of.manager)
	wantCode(t, err, crm.KindUnprocessed, "/participants", "not_found")
}

func TestR24_AChainNeverLeadsBack(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	first := of.record(crm.Interaction{ClientID: of.client})
	second := of.record(crm.Interaction{SubjectID: first.ID})
	third := of.record(crm.Interaction{SubjectID: second.ID})
	if third.ChainKey() != first.ID {
		t.Errorf("the chain is %s, want %s", third.ChainKey(), first.ID)
	}
	for _, subject := range []uuid.UUID{first.ID, second.ID, third.ID} {
		_, err := of.patch(first.ID, crm.InteractionPatch{SubjectID: &subject}, of.manager)
		wantCode(t, err, crm.KindUnprocessed, "/subject_id", "subject_cycle")
	}
	// A part of a chain that is taken off is a chain of its own.
	nothing := uuid.Nil
	if _, err := of.patch(second.ID, crm.InteractionPatch{SubjectID: &nothing}, of.manager); err != nil {
		t.Fatal(err)
	}
	if got := of.interaction(third.ID); got.ChainKey() != second.ID || got.SubjectID != second.ID {
		t.Errorf("after the parting %+v", got)
	}
	if _, err := of.patch(first.ID, crm.InteractionPatch{SubjectID: &third.ID}, of.manager); err != nil {
		t.Errorf("now it is no cycle: %v", err)
	}
	missing := uuid.New()
	_, err := of.patch(first.ID, crm.InteractionPatch{SubjectID: &missing}, of.manager)
	wantCode(t, err, crm.KindUnprocessed, "/subject_id", "not_found")
}

// TestR24_NoCycleComesOfChangesAtOnce links interactions at random, many at a time, and looks for cycles afterwards.
func TestR24_NoCycleComesOfChangesAtOnce(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{MaxConns: 8})
	const count = 8
	var ids []uuid.UUID
	for range count {
		ids = append(ids, of.record(crm.Interaction{ClientID: of.client}).ID)
	}
	results := make(chan error)
	for n := range count * count {
		go func() {
			_, err := of.PatchInteraction(context.Background(), ids[n%count], postgres.AnyVersion, crm.InteractionPatch{SubjectID: &ids[(n/count+n)%count]}, of.manager.ID)
			results <- err
		}()
	}
	linked := 0
	for range count * count {
		err := <-results
		var refused *crm.Error
		if err != nil && (!errors.As(err, &refused) || refused.Kind != crm.KindUnprocessed) {
			t.Error(err)
		}
		if err == nil {
			linked++
		}
	}
	if linked < count-1 {
		t.Errorf("only %d links were made", linked)
	}
	// Every chain ends, at the interaction that its members name.
	for _, id := range ids {
		i, steps := of.interaction(id), 0
		key := i.ChainKey()
		for i.SubjectID != uuid.Nil {
			if i = of.interaction(i.SubjectID); steps > count {
				t.Fatalf("%s is in a cycle", id)
			}
			steps++
		}
		if i.ID != key {
			t.Errorf("%s says that its chain begins with %s, it is %s", id, key, i.ID)
		}
	}
}

func TestR25_ADealFillsItsChainAndOverwritesNone(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	other := of.create(crm.NewCase{Kind: crm.Deal, By: of.manager.ID})
	deal := of.create(crm.NewCase{Kind: crm.Deal, By: of.manager.ID})
	first := of.record(crm.Interaction{ClientID: of.client})
	left := of.record(crm.Interaction{SubjectID: first.ID})
	right := of.record(crm.Interaction{SubjectID: first.ID})
	taken := of.record(crm.Interaction{SubjectID: left.ID})
	of.exec("update interactions set deal_id = '" + other.ID.String() + "' where id = '" + taken.ID.String() + "'")
	outside := of.record(crm.Interaction{ClientID: of.client})
	if _, err := of.patch(right.ID, crm.InteractionPatch{DealID: &deal.ID}, of.manager); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]struct {
		id, deal, subject uuid.UUID
	}{
		"the first":                    {first.ID, deal.ID, uuid.Nil},
		"another branch":               {left.ID, deal.ID, first.ID},
		"where it was set":             {right.ID, deal.ID, first.ID},
		"one that had another deal":    {taken.ID, other.ID, left.ID},
		"one that is not of the chain": {outside.ID, uuid.Nil, uuid.Nil},
	} {
		if got := of.interaction(want.id); got.DealID != want.deal || got.SubjectID != want.subject {
			t.Errorf("%s: deal %s, subject %s", name, got.DealID, got.SubjectID)
		}
	}
	// What comes into the chain later has its deal too, and brings its own where the chain has none.
	if later := of.record(crm.Interaction{SubjectID: left.ID}); later.DealID != deal.ID {
		t.Errorf("a later one has the deal %s", later.DealID)
	}
	if _, err := of.patch(outside.ID, crm.InteractionPatch{SubjectID: &right.ID}, of.manager); err != nil {
		t.Fatal(err)
	}
	if got := of.interaction(outside.ID); got.DealID != deal.ID {
		t.Errorf("what was joined to the chain has the deal %s", got.DealID)
	}
	appeal := of.create(crm.NewCase{Kind: crm.Appeal})
	_, err := of.patch(first.ID, crm.InteractionPatch{DealID: &appeal.ID}, of.manager)
	wantCode(t, err, crm.KindUnprocessed, "/deal_id", "not_a_deal")
	if kinds := of.feedKinds(deal); !strings.Contains(kinds, "interactions_joined") {
		t.Errorf("the deal's feed tells %s", kinds)
	}
}

func TestR26_APlannedOneTakesItsSubjectsParticipants(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	deal := of.create(crm.NewCase{Kind: crm.Deal, By: of.manager.ID})
	people := []crm.Participant{{UserID: of.other.ID}, {Name: "Помощник", DetailKind: crm.DetailPhone, Detail: "8 800 555-35-35"}}
	first := of.record(crm.Interaction{CaseID: deal.ID, Participants: people})
	next := of.record(crm.Interaction{SubjectID: first.ID, Status: crm.InteractionPlanned})
	if next.SubjectID != first.ID || next.CaseID != deal.ID || next.DealID != deal.ID || next.ClientID != of.client || !slices.Equal(of.interaction(next.ID).Participants, people) {
		t.Errorf("planned %+v", next)
	}
	own := of.record(crm.Interaction{SubjectID: first.ID, Status: crm.InteractionPlanned, Participants: people[:1]})
	if len(of.interaction(own.ID).Participants) != 1 {
		t.Errorf("participants that were named were replaced: %+v", own)
	}
}

func TestR17_WhoClosesAPlannedInteraction(t *testing.T) {
	t.Parallel()
	completed, cancelled := crm.InteractionCompleted, crm.InteractionCancelled
	for _, c := range []struct {
		setting string
		others  bool
	}{{"close_others_interactions: allowed", true}, {"close_others_interactions: forbidden", false}} {
		t.Run(c.setting, func(t *testing.T) {
			t.Parallel()
			of := newOffice(t, postgres.Options{})
			interest := of.create(crm.NewCase{Kind: crm.Interest, MapID: of.settle(c.setting), By: of.manager.ID})
			for _, status := range []*crm.InteractionStatus{&completed, &cancelled} {
				planned := of.plan(interest, of.now().Add(30*time.Second)) // so near that it may have been
				_, err := of.patch(planned.ID, crm.InteractionPatch{Status: status}, of.other)
				if c.others && err != nil {
					t.Errorf("%s by another: %v", *status, err)
				}
				if c.others {
					continue
				}
				wantCode(t, err, crm.KindForbidden, "", "others_interaction")
				later := of.now().Add(time.Hour)
				// Taken over, moved, and taken out of the case: it could be closed then.
				for _, p := range []crm.InteractionPatch{{ResponsibleID: &of.other.ID}, {At: &later}, {CaseID: new(uuid.UUID)}} {
					_, err := of.patch(planned.ID, p, of.other)
					wantCode(t, err, crm.KindForbidden, "", "others_interaction")
				}
				topic := "Уточнено"
				if _, err := of.patch(planned.ID, crm.InteractionPatch{Topic: &topic}, of.other); err != nil {
					t.Errorf("it is not closed by a change: %v", err)
				}
				if _, err := of.patch(planned.ID, crm.InteractionPatch{ResponsibleID: &of.dispatcher.ID}, of.director); err != nil {
					t.Errorf("given to another by who leads: %v", err)
				}
				if _, err := of.patch(planned.ID, crm.InteractionPatch{ResponsibleID: &of.other.ID}, of.manager); err != nil {
					t.Fatal(err)
				}
				if _, err := of.patch(planned.ID, crm.InteractionPatch{Status: status}, of.other); err != nil {
					t.Errorf("%s by whom it was given to: %v", *status, err)
				}
			}
		})
	}
}

func TestR17_TheEndOfACaseEmptiesTheRegister(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		setting      string
		byDirector   []string // who has plans left in the register when the director ends the case
		byItsManager []string // and when the manager does
	}{
		{"close_others_interactions: allowed", nil, nil},
		{"close_others_interactions: forbidden", []string{"manager", "other"}, []string{"other"}},
	} {
		t.Run(c.setting, func(t *testing.T) {
			t.Parallel()
			of := newOffice(t, postgres.Options{})
			id := of.settle(c.setting)
			for by, want := range map[*crm.User][]string{of.director: c.byDirector, of.manager: c.byItsManager} {
				of.exec("update interactions set off_register_at = now() where status = 'planned'")
				interest := of.create(crm.NewCase{Kind: crm.Interest, MapID: id, By: of.manager.ID})
				elsewhere := of.create(crm.NewCase{Kind: crm.Interest, MapID: id, By: of.manager.ID})
				remind := of.now().Add(time.Minute)
				for _, author := range []*crm.User{of.manager, of.other} {
					of.record(crm.Interaction{CaseID: interest.ID, Status: crm.InteractionPlanned, CreatedBy: author.ID, Topic: author.Login, RemindAt: &remind})
				}
				kept := of.record(crm.Interaction{CaseID: elsewhere.ID, Status: crm.InteractionPlanned})
				if done := of.complete(interest, by, "done", nil); done.Status != crm.CommandApplied {
					t.Fatal(done.Refusal)
				}
				page, err := of.ListInteractions(context.Background(), crm.InteractionFilter{Register: true, Limit: 10})
				if err != nil {
					t.Fatal(err)
				}
				var left []string
				for i := range page.Items {
					if page.Items[i].ID != kept.ID {
						left = append(left, page.Items[i].Topic)
					}
				}
				slices.Sort(left)
				if !slices.Equal(left, want) || len(page.Items) != len(left)+1 {
					t.Errorf("ended by %s: left in the register %v, want %v", by.Login, left, want)
				}
				all, err := of.ListInteractions(context.Background(), crm.InteractionFilter{CaseID: interest.ID, Status: crm.InteractionPlanned, Limit: 10})
				if err != nil || len(all.Items) != 2 {
					t.Fatalf("they are kept all the same: %d, %v", len(all.Items), err)
				}
				for i := range all.Items {
					if off := all.Items[i].OffRegisterAt != nil; off != (all.Items[i].RemindAt == nil) {
						t.Errorf("off the register %v, reminder %v", off, all.Items[i].RemindAt)
					}
				}
			}
		})
	}
}

// TestR2_TheLastPlanIsCancelledWhileAnOutcomeIsCompleted holds the cancelling open until the outcome waits for it.
func TestR2_TheLastPlanIsCancelledWhileAnOutcomeIsCompleted(t *testing.T) {
	t.Parallel()
	for _, cancelFirst := range []bool{true, false} {
		t.Run(fmt.Sprint("cancelled first: ", cancelFirst), func(t *testing.T) {
			t.Parallel()
			of := newOffice(t, postgres.Options{MaxConns: 6})
			ctx := context.Background()
			c := of.create(crm.NewCase{Kind: crm.Interest, MapID: of.settle("next_interaction: mandatory"), By: of.manager.ID})
			plan := of.plan(c, of.now().Add(time.Hour))
			held, err := of.Pool().Begin(ctx)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = held.Rollback(ctx) }()
			if _, err := held.Exec(ctx, "select from cases where id = $1 for no key update", c.ID); err != nil {
				t.Fatal(err)
			}
			cancelled := crm.InteractionCancelled
			step, _, err := of.InsertCommand(ctx, crm.Command{
				CaseID: c.ID, UserID: of.manager.ID, IdempotencyKey: uuid.NewString(), Kind: crm.CommandComplete,
				Payload: crm.CommandPayload{TaskID: of.open(c).ID, Outcome: "on"},
			})
			if err != nil {
				t.Fatal(err)
			}
			cancel := func() error {
				_, err := of.patch(plan.ID, crm.InteractionPatch{Status: &cancelled}, of.manager)
				return err
			}
			complete := func() error {
				// The seq is told at once: an event that finds the case ahead of its workflow would take the lock twice.
				_, err := of.Advance(ctx, activities.AdvanceRequest{
					Case: c.ID, EventID: "command/" + step.ID.String(), Kind: activities.EventCommand, Ref: step.ID, Seq: c.Seq,
				})
				return err
			}
			work := []func() error{cancel, complete}
			if !cancelFirst {
				slices.Reverse(work)
			}
			// Both wait for the case in this order, and get it in this order.
			done := make(chan error, 2)
			for k, one := range work {
				go func() { done <- one() }()
				of.waiting(k + 1)
			}
			if err := held.Commit(ctx); err != nil {
				t.Fatal(err)
			}
			for range work {
				if err := <-done; err != nil {
					t.Fatal(err)
				}
			}
			if step, err = of.Command(ctx, step.ID); err != nil {
				t.Fatal(err)
			}
			if refused := step.Refusal != nil && step.Refusal.Code == "interaction_not_planned"; refused != cancelFirst {
				t.Errorf("the step was %s: %v", step.Status, step.Refusal)
			}
		})
	}
}

// waiting waits until so many wait for locks.
func (of *office) waiting(want int) {
	of.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for n := -1; n < want; {
		err := of.Pool().QueryRow(context.Background(), `select count(*) from pg_stat_activity
			where datname = current_database() and wait_event_type = 'Lock'`).Scan(&n)
		if err != nil || time.Now().After(deadline) {
			of.t.Fatalf("%d wait, want %d: %v", n, want, err)
		}
	}
}

func TestR27_R28_R47_TheRegisterIsNarrowed(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	deal := of.create(crm.NewCase{Kind: crm.Deal, By: of.manager.ID})
	soon, late := of.now().Add(time.Hour), of.now().Add(48*time.Hour)
	of.record(crm.Interaction{ClientID: of.client, Topic: "nobody's", Kind: crm.InteractionEmail, ReviewAfter: &soon})
	of.record(crm.Interaction{CaseID: deal.ID, Topic: "planned", Status: crm.InteractionPlanned, ResponsibleID: of.manager.ID, ReviewAfter: &late, At: of.now().Add(24 * time.Hour)})
	of.record(crm.Interaction{ClientID: of.client, Topic: "lost", Lost: true, LostReason: "price", ResponsibleID: of.other.ID, CreatedBy: of.other.ID})
	seen := of.record(crm.Interaction{ClientID: of.client, Topic: "reviewed", ResponsibleID: of.manager.ID, ReviewAfter: &soon})
	yes, no, tomorrow := true, false, of.now().Add(20*time.Hour)
	if _, err := of.patch(seen.ID, crm.InteractionPatch{Reviewed: &yes}, of.manager); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		filter crm.InteractionFilter
		want   []string
	}{
		{crm.InteractionFilter{}, []string{"lost", "nobody's", "planned", "reviewed"}},
		{crm.InteractionFilter{Unassigned: true}, []string{"nobody's"}},
		{crm.InteractionFilter{Responsible: of.manager.ID}, []string{"planned", "reviewed"}},
		{crm.InteractionFilter{Author: of.other.ID}, []string{"lost"}},
		{crm.InteractionFilter{Kinds: []crm.InteractionKind{crm.InteractionEmail}}, []string{"nobody's"}},
		{crm.InteractionFilter{Status: crm.InteractionPlanned}, []string{"planned"}},
		{crm.InteractionFilter{Register: true, Responsible: of.manager.ID}, []string{"planned"}},
		{crm.InteractionFilter{Reviewed: &yes}, []string{"reviewed"}},
		{crm.InteractionFilter{Reviewed: &no, Responsible: of.manager.ID}, []string{"planned"}},
		{crm.InteractionFilter{ReviewDue: &tomorrow}, []string{"nobody's"}},
		{crm.InteractionFilter{DealID: deal.ID}, []string{"planned"}},
		{crm.InteractionFilter{Lost: true}, []string{"lost"}},
		{crm.InteractionFilter{From: &tomorrow}, []string{"planned"}},
		{crm.InteractionFilter{Through: &tomorrow, ClientID: of.client}, []string{"lost", "nobody's", "reviewed"}},
	} {
		for _, newest := range []bool{false, true} {
			f := c.filter
			f.Limit, f.Newest = 1, newest
			var got []string
			for {
				page, err := of.ListInteractions(ctx, f)
				if err != nil {
					t.Fatal(err)
				}
				for i := range page.Items {
					got = append(got, page.Items[i].Topic)
				}
				if f.After = page.Next; f.After == nil {
					break
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("%+v lists %v, want %v", c.filter, got, c.want)
			}
		}
	}
}

// TestTheSameInteractionChangedAtOnce: the second of two changes of one version is told so.
func TestTheSameInteractionChangedAtOnce(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{MaxConns: 6})
	ctx := context.Background()
	i := of.record(crm.Interaction{ClientID: of.client})
	held, err := of.Pool().Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = held.Rollback(ctx) }()
	if _, err := held.Exec(ctx, "select from interactions where id = $1 for update", i.ID); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 2)
	for _, topic := range []string{"Одна", "Другая"} {
		go func() {
			_, err := of.PatchInteraction(ctx, i.ID, i.Version, crm.InteractionPatch{Topic: &topic}, of.manager.ID)
			done <- err
		}()
	}
	of.waiting(2)
	if err := held.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	first, second := <-done, <-done
	if first == nil {
		first, second = second, first
	}
	if second != nil {
		t.Error(second)
	}
	wantCode(t, first, crm.KindStale, "", "stale")
}
