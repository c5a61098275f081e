package postgres_test

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"marshrut/crm"
	"marshrut/postgres"
)

func (of *office) newClient(name string) uuid.UUID {
	of.t.Helper()
	c, err := of.CreateClient(context.Background(), crm.Client{Kind: crm.ClientCompany, Name: name, Lang: crm.RU, TimeZone: "Europe/Moscow"})
	if err != nil {
		of.t.Fatal(err)
	}
	return c.ID
}

func (of *office) participants(c *crm.Case) map[uuid.UUID]crm.ParticipantRole {
	of.t.Helper()
	all, err := of.Participants(context.Background(), c.ID)
	require.NoError(of.t, err)
	roles := map[uuid.UUID]crm.ParticipantRole{}
	for _, p := range all {
		for _, id := range []uuid.UUID{p.ClientID, p.ContactID, p.UserID} {
			if id != uuid.Nil {
				roles[id] = p.Role
			}
		}
	}
	return roles
}

func TestR30_ADealFromAnInteractionCopiesClientAndResponsible(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	contact, err := of.CreateContact(ctx, crm.Contact{ClientID: of.client, Name: "Мария Кузнецова"})
	require.NoError(t, err)
	call, err := of.CreateInteraction(ctx, crm.Interaction{
		ClientID: of.client, ContactID: contact.ID, Kind: crm.InteractionCall, Status: crm.InteractionCompleted, At: of.now(),
		Topic: "Нужна оргтехника", ResponsibleID: of.other.ID, CreatedBy: of.dispatcher.ID,
	})
	require.NoError(t, err)
	made, _, err := of.CreateCase(ctx, crm.NewCase{Kind: crm.Deal, NoStages: true, InteractionID: call.ID, By: of.dispatcher.ID})
	require.NoError(t, err)
	require.Equal(t, of.client, made.ClientID)
	require.Equal(t, of.other.ID, made.ResponsibleID)
	require.Equal(t, "Нужна оргтехника", made.Topic)
	require.Equal(t, map[uuid.UUID]crm.ParticipantRole{contact.ID: crm.ParticipantCustomer}, of.participants(made))
	tied, err := of.Interaction(ctx, call.ID)
	require.NoError(t, err)
	require.Equal(t, made.ID, tied.CaseID)

	_, _, err = of.CreateCase(ctx, crm.NewCase{Kind: crm.Claim, InteractionID: uuid.New(), By: of.dispatcher.ID, Source: "site"})
	wantCode(t, err, crm.KindUnprocessed, "/interaction_id", "not_found")
}

func TestR30_R36_ACaseFromAnotherCarriesWhatMeansTheSame(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	interest := of.create(crm.NewCase{Kind: crm.Interest, By: of.manager.ID, Fields: map[string]any{
		"potential": "150000", "currency": "USD", "channel": "exhibition", "demand": []any{map[string]any{"name": "Принтер", "quantity": "2", "unit": "шт.", "price": "75000"}},
	}})
	deal, _, err := of.CreateCase(ctx, crm.NewCase{Kind: crm.Deal, Parent: interest.ID, By: of.other.ID, Fields: map[string]any{"potential": "90000"}})
	require.NoError(t, err)
	require.Equal(t, of.client, deal.ClientID)
	require.Equal(t, interest.Topic, deal.Topic)
	require.Equal(t, interest.Source, deal.Source)
	require.Equal(t, of.other.ID, deal.ResponsibleID, "whoever makes it, not whoever had the other")
	require.Equal(t, "90000", deal.Fields["potential"], "what is given stands")
	require.Equal(t, "USD", deal.Fields["currency"])
	require.Equal(t, "exhibition", deal.Fields["channel"])
	require.Equal(t, interest.Fields["demand"], deal.Fields["demand"])
	require.Contains(t, of.feedKinds(interest), "case_created")

	claim, _, err := of.CreateCase(ctx, crm.NewCase{Kind: crm.Claim, Parent: deal.ID, By: of.dispatcher.ID})
	require.NoError(t, err)
	require.Equal(t, of.client, claim.ClientID)
	require.Empty(t, claim.Fields)
}

func TestR30_WhoeverADealIsLostToTakesPartInIt(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	rival := of.newClient("ООО Соперник")
	c := of.create(crm.NewCase{Kind: crm.Deal, NoStages: true, By: of.manager.ID})
	lose := func(fields map[string]any) *crm.Command {
		return of.submit(crm.Command{CaseID: c.ID, UserID: of.manager.ID, Kind: crm.CommandClose, Payload: crm.CommandPayload{Result: crm.StatusNegative, Fields: fields}})
	}
	unlisted := lose(map[string]any{"reason": "because"})
	require.NotNil(t, unlisted.Refusal, "the reason is one of the list's")
	require.Equal(t, []crm.FieldError{{Pointer: "/fields/reason", Code: "not_an_option"}}, unlisted.Refusal.Fields)
	require.Equal(t, "/fields/competitor", lose(map[string]any{"reason": "competitor", "competitor": of.client.String()}).Refusal.Fields[0].Pointer, "nobody loses a deal to its own client")
	require.Equal(t, crm.CommandApplied, lose(map[string]any{"reason": "competitor", "competitor": rival.String()}).Status)
	require.Equal(t, map[uuid.UUID]crm.ParticipantRole{rival: crm.ParticipantCompetitor}, of.participants(c))

	all, err := of.Participants(ctx, c.ID)
	require.NoError(t, err)
	wantCode(t, of.RemoveParticipant(ctx, c.ID, all[0].ID, of.manager.ID), crm.KindConflict, "", "competitor_named")

	_, err = of.MergeClients(ctx, of.newClient("Соперник, ООО"), rival, of.manager.ID)
	require.NoError(t, err)
	wantCode(t, of.RemoveParticipant(ctx, c.ID, all[0].ID, of.manager.ID), crm.KindConflict, "", "competitor_named")
}

func TestR30_ParticipantsOfACase(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	c := of.create(crm.NewCase{Kind: crm.Deal, By: of.manager.ID, Participants: []crm.CaseParticipant{{UserID: of.dispatcher.ID, Role: crm.ParticipantColleague}}})
	partner := of.newClient("ООО Партнёр")
	add := func(p crm.CaseParticipant, by uuid.UUID) (*crm.CaseParticipant, error) {
		p.CaseID, p.CreatedBy = c.ID, by
		return of.AddParticipant(ctx, p)
	}
	first, err := add(crm.CaseParticipant{ClientID: partner, Role: crm.ParticipantPartner}, of.dispatcher.ID)
	require.NoError(t, err, "who takes part works on the case")
	require.Equal(t, "ООО Партнёр", first.Name)
	again, err := add(crm.CaseParticipant{ClientID: partner, Role: crm.ParticipantPartner}, of.manager.ID)
	require.NoError(t, err)
	require.Equal(t, first.ID, again.ID)

	_, err = add(crm.CaseParticipant{ClientID: partner, Role: crm.ParticipantObserver}, of.other.ID)
	wantCode(t, err, crm.KindForbidden, "", "not_on_the_case")
	_, err = add(crm.CaseParticipant{ClientID: of.client, Role: crm.ParticipantCompetitor}, of.manager.ID)
	wantCode(t, err, crm.KindUnprocessed, "/client_id", "own_client")
	_, err = add(crm.CaseParticipant{ClientID: uuid.New(), Role: crm.ParticipantPartner}, of.manager.ID)
	wantCode(t, err, crm.KindUnprocessed, "/client_id", "not_found")
	_, err = add(crm.CaseParticipant{ClientID: partner, UserID: of.other.ID, Role: crm.ParticipantPartner}, of.manager.ID)
	if refused, _ := crm.AsError(err); refused == nil || len(refused.Fields) != 1 || refused.Fields[0].Pointer != "" || refused.Fields[0].Code != "one_party" {
		t.Errorf("error %v, want one_party of the whole body", err)
	}

	require.NoError(t, of.RemoveParticipant(ctx, c.ID, first.ID, of.manager.ID))
	wantCode(t, of.RemoveParticipant(ctx, c.ID, first.ID, of.manager.ID), crm.KindNotFound, "", "participant_not_found")
	require.Contains(t, of.feedKinds(c), "participant_added participant_removed")
}

func TestR18_TheEndOfACaseSharesItsClient(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	c := of.create(crm.NewCase{Kind: crm.Deal, MapID: "free-sale", By: of.manager.ID, Participants: []crm.CaseParticipant{
		{UserID: of.other.ID, Role: crm.ParticipantColleague}, {UserID: of.manager.ID, Role: crm.ParticipantExpert},
	}})
	won := of.submit(crm.Command{CaseID: c.ID, UserID: of.manager.ID, Kind: crm.CommandClose, Payload: crm.CommandPayload{Result: crm.StatusPositive, Fields: map[string]any{"amount": "10"}}})
	require.Equal(t, crm.CommandApplied, won.Status, won.Refusal)
	client, err := of.Client(ctx, of.client)
	require.NoError(t, err)
	require.Equal(t, of.manager.ID, client.OwnerID)
	owners, err := of.ClientOwners(ctx, of.client)
	require.NoError(t, err)
	shares := map[uuid.UUID]bool{}
	for _, o := range owners {
		shares[o.UserID] = o.First
		require.Equal(t, c.ID, o.CaseID)
	}
	require.Equal(t, map[uuid.UUID]bool{of.manager.ID: true, of.other.ID: false}, shares)
	require.Contains(t, of.feedKinds(c), "client_owned")

	// The client is given to somebody else later. What is done on the old deal does not take it back.
	_, err = of.PatchClient(ctx, of.client, client.Version, crm.ClientPatch{OwnerID: &of.other.ID}, of.director.ID)
	require.NoError(t, err)
	incident := uuid.New()
	of.exec("insert into incidents (id, case_id, code, blocking, opened_at) values ($1, $2, 'rule_failed', false, now())", incident, c.ID)
	settled := of.submit(crm.Command{CaseID: c.ID, UserID: of.director.ID, Kind: crm.CommandRetry, Payload: crm.CommandPayload{IncidentID: incident}})
	require.Equal(t, crm.CommandApplied, settled.Status, settled.Refusal)
	client, err = of.Client(ctx, of.client)
	require.NoError(t, err)
	require.Equal(t, of.other.ID, client.OwnerID)
	require.Equal(t, 1, strings.Count(of.feedKinds(c), "client_owned"))

	cancelled := of.create(crm.NewCase{Kind: crm.Deal, MapID: "free-sale", ClientID: of.newClient("ООО Другой"), By: of.manager.ID})
	of.submit(crm.Command{CaseID: cancelled.ID, UserID: of.manager.ID, Kind: crm.CommandCancel, Payload: crm.CommandPayload{Reason: "Ошибка"}})
	owners, err = of.ClientOwners(ctx, cancelled.ClientID)
	require.NoError(t, err)
	require.Empty(t, owners)
}

func TestR36_AClaimIsDecidedWithTheResultsOfItsReview(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	// A company's own map of claims that forgets to ask for the results.
	_, _, err := of.PublishRouteMap(ctx, []byte(`id: short-claim
process: claim
name: {en: Short claim, ru: Короткая претензия}
stages:
  - id: decide
    name: {en: Decide, ru: Решить}
    performer: responsible
    outcomes:
      - {id: satisfied, name: {en: Satisfied, ru: Удовлетворена}, finish: positive}
      - {id: refused, name: {en: Refused, ru: Не удовлетворена}, finish: negative}
`), uuid.Nil)
	require.NoError(t, err)
	department := of.must(of.CreateDepartment(ctx, crm.Department{Key: "stores", Name: crm.Text{EN: "Stores", RU: "Склад"}}))
	c := of.create(crm.NewCase{Kind: crm.Claim, MapID: "short-claim", By: of.manager.ID, Fields: map[string]any{
		"date": "2026-03-01", "description": "Пришло разбитым", "reason": "quality", "department_at_fault": department.ID.String(), "employee_at_fault": of.other.ID.String(),
	}})
	require.Equal(t, department.ID.String(), c.Fields["department_at_fault"])
	for _, outcome := range []string{"satisfied", "refused"} {
		refused := of.complete(c, of.manager, outcome, nil)
		require.NotNil(t, refused.Refusal, outcome)
		require.Equal(t, []crm.FieldError{{Pointer: "/fields/results_of_review", Code: "required"}}, refused.Refusal.Fields)
	}
	_, err = of.PatchCase(ctx, c.ID, c.Version, crm.CasePatch{Fields: map[string]any{"results_of_review": "Заменим за наш счёт"}}, of.manager.ID)
	require.NoError(t, err)
	require.Equal(t, crm.CommandApplied, of.complete(c, of.manager, "satisfied", nil).Status)

	_, _, err = of.CreateCase(ctx, crm.NewCase{Kind: crm.Claim, ClientID: of.client, Topic: "Х", Source: "site", By: of.manager.ID, Fields: map[string]any{"reason": "weather"}})
	wantCode(t, err, crm.KindUnprocessed, "/fields/reason", "not_an_option")
}

func TestAReferenceListIsChangedByOneAtATime(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	item := crm.ReferenceItem{List: crm.LossReasons, Key: "too-late", Name: crm.Text{EN: "Too late", RU: "Опоздали"}, Active: true}
	added, err := of.PutReferenceItem(ctx, item, 0)
	require.NoError(t, err)
	_, err = of.PutReferenceItem(ctx, item, 0)
	wantCode(t, err, crm.KindStale, "", "stale")
	item.Active = false
	changed, err := of.PutReferenceItem(ctx, item, added.Version)
	require.NoError(t, err)
	_, err = of.PutReferenceItem(ctx, item, added.Version)
	wantCode(t, err, crm.KindStale, "", "stale")
	require.False(t, changed.Active)

	c := of.create(crm.NewCase{Kind: crm.Deal, NoStages: true, By: of.manager.ID})
	lost := of.submit(crm.Command{CaseID: c.ID, UserID: of.manager.ID, Kind: crm.CommandClose, Payload: crm.CommandPayload{
		Result: crm.StatusNegative, Fields: map[string]any{"reason": "too-late"},
	}})
	require.NotNil(t, lost.Refusal, "what is out of use is chosen no more")
}

// TestR30_R36_OneInteractionMakesOneCaseOfAKind: whoever asks at the same moment is refused, and leaves nothing; another kind is
// made, and knows what it was made from though the interaction is recorded elsewhere.
func TestR30_R36_OneInteractionMakesOneCaseOfAKind(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	call, err := of.CreateInteraction(ctx, crm.Interaction{
		ClientID: of.client, Kind: crm.InteractionCall, Status: crm.InteractionCompleted, At: of.now(), Topic: "Звонок", CreatedBy: of.manager.ID,
	})
	require.NoError(t, err)
	ask := func(kind crm.Kind, key string) (*crm.Case, error) {
		made, _, err := of.CreateCase(ctx, crm.NewCase{Kind: kind, InteractionID: call.ID, By: of.manager.ID, Topic: "Вопрос", Source: "site", IdempotencyKey: key})
		return made, err
	}
	const askers = 4
	var done sync.WaitGroup
	made, refusals := make([]*crm.Case, askers), make([]error, askers)
	for i := range askers {
		done.Go(func() { made[i], refusals[i] = ask(crm.Appeal, strconv.Itoa(i%2)) })
	}
	done.Wait()
	var first *crm.Case
	for i, refusal := range refusals {
		if refusal != nil {
			wantCode(t, refusal, crm.KindConflict, "", "interaction_has_case")
			continue
		}
		if first != nil {
			require.Equal(t, first.ID, made[i].ID, "the repeated request has its own answer")
		}
		first = made[i]
	}
	require.NotNil(t, first)
	require.Equal(t, call.ID, first.InteractionID)
	claim, err := ask(crm.Claim, "")
	require.NoError(t, err)
	now, err := of.Interaction(ctx, call.ID)
	require.NoError(t, err)
	require.Equal(t, []uuid.UUID{first.ID, call.ID}, []uuid.UUID{now.CaseID, claim.InteractionID})
	var cases int
	require.NoError(t, of.Pool().QueryRow(ctx, "select count(*) from cases").Scan(&cases))
	require.Equal(t, 2, cases)
}

func TestR25_R30_ADealFromAnInteractionIsTheDealOfItsChain(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	record := func(subject uuid.UUID) *crm.Interaction {
		made, err := of.CreateInteraction(ctx, crm.Interaction{
			ClientID: of.client, SubjectID: subject, Kind: crm.InteractionCall, Status: crm.InteractionCompleted, At: of.now(), Topic: "Звонок",
			CreatedBy: of.manager.ID,
		})
		require.NoError(t, err)
		return made
	}
	first := record(uuid.Nil)
	second := record(first.ID)
	alone := record(uuid.Nil)
	deal, _, err := of.CreateCase(ctx, crm.NewCase{Kind: crm.Deal, NoStages: true, InteractionID: second.ID, By: of.manager.ID})
	require.NoError(t, err)
	deals := map[uuid.UUID]uuid.UUID{}
	for _, i := range []*crm.Interaction{first, second, alone} {
		now, err := of.Interaction(ctx, i.ID)
		require.NoError(t, err)
		deals[i.ID] = now.DealID
	}
	require.Equal(t, map[uuid.UUID]uuid.UUID{first.ID: deal.ID, second.ID: deal.ID, alone.ID: uuid.Nil}, deals)

	_, _, err = of.CreateCase(ctx, crm.NewCase{Kind: crm.Deal, NoStages: true, InteractionID: alone.ID, ClientID: of.newClient("ООО Другой"), By: of.manager.ID})
	wantCode(t, err, crm.KindUnprocessed, "/interaction_id", "other_client")
}

// TestR10_WhoIsNamedNoLongerSeesNoMore: an edit takes a mention back, read or not, with what its user saw of the case by it and what he was to
// be told; named again, he is told again.
func TestR10_WhoIsNamedNoLongerSeesNoMore(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	of.exec("update clients set owner_id = $1", of.manager.ID)
	c := of.create(crm.NewCase{Kind: crm.Deal, NoStages: true, By: of.manager.ID})
	sees := func(want int) {
		t.Helper()
		found, err := of.CountCases(of.seeing(of.other, crm.SeesOwn), crm.CaseFilter{}, 10)
		require.NoError(t, err)
		require.Equal(t, want, found.N)
		named, err := of.Mentions(ctx, of.other.ID, nil, 10)
		require.NoError(t, err)
		require.Len(t, named.Items, want)
		require.Equal(t, want, of.count("select (select count(*) from notice_events where kind = 'mention') + (select count(*) from user_notices where kind = 'mention')"))
	}
	comment, err := of.CreateComment(ctx, crm.Comment{CaseID: c.ID, Kind: crm.CommentTalk, Text: "@other и @director, посмотрите", AuthorID: of.manager.ID})
	require.NoError(t, err)
	edit := func(text string) {
		t.Helper()
		comment, err = of.EditComment(ctx, comment.ID, comment.Version, text, of.manager.ID)
		require.NoError(t, err)
	}
	edit("@other, посмотрите")
	sees(1)
	edit("посмотрю сам")
	sees(0)
	edit("@other, всё же посмотрите")
	sees(1)
	_, err = of.GiveNotices(ctx, 10)
	require.NoError(t, err)
	sees(1)
	edit("нет, не надо")
	sees(0)
}
