package postgres_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"marshrut/crm"
	"marshrut/postgres"
)

// card makes a client with one of everything that points at one.
func (of *office) card(name, inn string) *crm.Client {
	of.t.Helper()
	ctx := context.Background()
	c, err := of.CreateClient(ctx, crm.Client{
		Kind: crm.ClientCompany, Name: name, Details: []crm.ContactDetail{{Kind: crm.DetailEmail, Value: "info@same.example"}, {Kind: crm.DetailSite, Value: inn + ".example"}},
		LegalEntities: []crm.LegalEntity{{Name: "ООО", INN: "7707083893", KPP: "773601001"}, {Name: name, INN: inn}}, CreatedBy: of.manager.ID,
	})
	if err != nil {
		of.t.Fatal(err)
	}
	contact, err := of.CreateContact(ctx, crm.Contact{ClientID: c.ID, Name: "Анна " + name, Details: []crm.ContactDetail{{Kind: crm.DetailMobile, Value: "+79160001122"}}})
	if err != nil {
		of.t.Fatal(err)
	}
	claim := of.create(crm.NewCase{
		Kind: crm.Claim, ClientID: c.ID, Topic: name, Source: "site", By: of.manager.ID,
		Participants: []crm.CaseParticipant{{ClientID: c.ID, Role: "customer"}, {ContactID: contact.ID, Role: "expert"}},
	})
	_, err = of.CreateInteraction(ctx, crm.Interaction{
		Kind: crm.InteractionCall, Status: crm.InteractionCompleted, At: time.Now().Add(-time.Hour), ClientID: c.ID, ContactID: contact.ID, CaseID: claim.ID,
		Participants: []crm.Participant{{ClientID: c.ID}, {ContactID: contact.ID}}, CreatedBy: of.manager.ID,
	})
	if err != nil {
		of.t.Fatal(err)
	}
	for kind, id := range map[crm.CardKind]uuid.UUID{crm.CardClient: c.ID, crm.CardContact: contact.ID} {
		if _, err := of.CreateFile(ctx, crm.File{Card: crm.Card{Kind: kind, ID: id}, Name: name, MediaType: "text/plain"}, []byte(name)); err != nil {
			of.t.Fatal(err)
		}
	}
	return c
}

// belongings tells to which cards everything belongs, but one case.
func (of *office) belongings(except uuid.UUID) string {
	of.t.Helper()
	var all string
	err := of.Pool().QueryRow(context.Background(), `select string_agg(line, E'\n' order by line) from (
		select format('case %s: %s', id, client_id) as line from cases where id <> $1
		union all select format('interaction %s: %s %s', id, client_id, contact_id) from interactions
		union all select format('in interaction %s %s: %s %s', interaction_id, position, client_id, contact_id) from interaction_participants
		union all select format('in case %s: %s %s', id, client_id, contact_id) from case_participants
		union all select format('contact %s %s: %s %s %s', id, merged_into, client_id, position, attributes) from contacts
		union all select format('file %s: %s %s', id, client_id, contact_id) from files
		union all select format('entity %s: %s %s', id, client_id, main) from legal_entities
		union all select format('detail %s: %s %s %s', value, client_id, contact_id, position) from contact_details
		union all select format('owner %s: %s', user_id, client_id) from client_owners
		union all select format('client %s: %s %s %s %s %s %s', id, merged_into, status, region, time_zone, owner_id, attributes) from clients) lines`, except).Scan(&all)
	if err != nil {
		of.t.Fatal(err)
	}
	return all
}

func TestClientsAreMergedAndUnmergedWithoutLoss(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	into, from := of.card("Ромашка", "7736050003"), of.card("Ромашка, ООО", "7728168971")
	active, region := crm.ClientActive, "RU-OMS"
	if _, err := of.PatchClient(ctx, from.ID, 1, crm.ClientPatch{Status: &active, Region: &region, OwnerID: &of.other.ID}, of.manager.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := of.Pool().Exec(ctx, "insert into client_owners (client_id, user_id) values ($1, $2)", from.ID, of.other.ID); err != nil {
		t.Fatal(err)
	}
	before := of.belongings(uuid.Nil)

	merged, err := of.MergeClients(ctx, into.ID, from.ID, of.manager.ID)
	if err != nil {
		t.Fatal(err)
	}
	if merged.Status != crm.ClientActive || merged.Region != region || merged.TimeZone != "Asia/Omsk" || merged.OwnerID != of.other.ID || merged.Version != 2 {
		t.Errorf("merged: %+v", merged)
	}
	// The e-mail and the first legal entity are the same in both.
	if len(merged.Details) != 3 || len(merged.LegalEntities) != 3 {
		t.Errorf("%d details and %d legal entities", len(merged.Details), len(merged.LegalEntities))
	}
	for table, want := range map[string]int{"cases": 2, "interactions": 2, "interaction_participants": 2, "case_participants": 2, "contacts": 2, "files": 2} {
		var n int
		if err := of.Pool().QueryRow(ctx, "select count(*) from "+table+" where client_id = $1", into.ID).Scan(&n); err != nil || n != want {
			t.Errorf("%s: %d, %v", table, n, err)
		}
	}
	if again, err := of.MergeClients(ctx, into.ID, from.ID, of.manager.ID); err != nil || again.Version != merged.Version {
		t.Errorf("a repeated merge is another one: %v", err)
	}
	gone, err := of.Client(ctx, from.ID)
	if err != nil || gone.MergedInto != into.ID {
		t.Errorf("from: %+v, %v", gone, err)
	}
	// Whoever has the old card open writes for the new one.
	late := of.create(crm.NewCase{Kind: crm.Claim, ClientID: from.ID, Topic: "Поздно", Source: "site", By: of.manager.ID})
	if shown, err := of.Case(ctx, late.ID); err != nil || shown.ClientID != into.ID {
		t.Errorf("late: %+v, %v", shown, err)
	}
	made, err := of.CreateInteraction(ctx, crm.Interaction{
		Kind: crm.InteractionCall, Status: crm.InteractionCompleted, At: time.Now().Add(-time.Hour), ClientID: from.ID, CaseID: late.ID, CreatedBy: of.manager.ID,
	})
	if err != nil || made.ClientID != into.ID {
		t.Errorf("a late interaction: %+v, %v", made, err)
	}
	if _, err := of.Pool().Exec(ctx, "delete from interactions where id = $1", made.ID); err != nil {
		t.Fatal(err)
	}
	_, err = of.PatchClient(ctx, from.ID, gone.Version, crm.ClientPatch{Name: &region}, of.manager.ID)
	wantCode(t, err, crm.KindConflict, "", "client_merged")

	if _, err := of.UnmergeClient(ctx, from.ID, of.manager.ID); err != nil {
		t.Fatal(err)
	}
	if after := of.belongings(late.ID); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
	_, err = of.UnmergeClient(ctx, from.ID, of.manager.ID)
	wantCode(t, err, crm.KindConflict, "", "not_merged")
	page, err := of.ClientHistory(ctx, from.ID, nil, 50)
	if err != nil || len(page.Items) < 2 || page.Items[len(page.Items)-2].Kind != "merged" || page.Items[len(page.Items)-1].Kind != "unmerged" {
		t.Errorf("history: %+v, %v", page.Items, err)
	}
}

func TestWhatChangedSinceAMergeStays(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	into, from := of.card("Ромашка", "7736050003"), of.card("Лютик", "7728168971")
	region := "RU-OMS"
	if _, err := of.PatchClient(ctx, from.ID, 1, crm.ClientPatch{Region: &region}, of.manager.ID); err != nil {
		t.Fatal(err)
	}
	merged, err := of.MergeClients(ctx, into.ID, from.ID, of.manager.ID)
	if err != nil {
		t.Fatal(err)
	}
	region = "RU-TOM"
	details := append(slices.Clone(merged.Details), crm.ContactDetail{Kind: crm.DetailSite, Value: "new.example"})
	if _, err := of.PatchClient(ctx, into.ID, merged.Version, crm.ClientPatch{Region: &region, Details: &details}, of.manager.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := of.UnmergeClient(ctx, from.ID, of.manager.ID); err != nil {
		t.Fatal(err)
	}
	left, err := of.Client(ctx, into.ID)
	if err != nil || left.Region != "RU-TOM" || left.TimeZone != "Asia/Tomsk" || len(left.Details) != 3 || left.Details[2].Value != "new.example" {
		t.Errorf("left: %+v, %v", left, err)
	}
	back, err := of.Client(ctx, from.ID)
	if err != nil || back.Region != "RU-OMS" || len(back.Details) != 2 || len(back.LegalEntities) != 2 || !back.LegalEntities[0].Main {
		t.Errorf("back: %+v, %v", back, err)
	}
}

func TestMergesDoNotGoInACircle(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	a, b, c := of.newClient("А"), of.newClient("Б"), of.newClient("В")
	merge := func(into, from uuid.UUID) error {
		_, err := of.MergeClients(ctx, into, from, of.manager.ID)
		return err
	}
	wantCode(t, merge(a, a), crm.KindConflict, "", "same_record")
	wantCode(t, merge(a, uuid.New()), crm.KindUnprocessed, "/from", "not_found")
	if err := merge(b, a); err != nil {
		t.Fatal(err)
	}
	wantCode(t, merge(a, b), crm.KindConflict, "", "client_merged")
	wantCode(t, merge(c, a), crm.KindConflict, "", "client_merged")
	if err := merge(c, b); err != nil {
		t.Fatal(err)
	}
	wantCode(t, merge(a, c), crm.KindConflict, "", "client_merged")
	if made := of.create(crm.NewCase{Kind: crm.Claim, ClientID: a, Topic: "x", Source: "site", By: of.manager.ID}); of.reload(made).ClientID != c {
		t.Error("a case of the first client is not the last one's")
	}
	_, err := of.UnmergeClient(ctx, a, of.manager.ID)
	wantCode(t, err, crm.KindConflict, "", "client_merged")
	for _, id := range []uuid.UUID{b, a} {
		if _, err := of.UnmergeClient(ctx, id, of.manager.ID); err != nil {
			t.Error(err)
		}
	}
}

func TestMergesAtOnce(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	for range 5 {
		into, from := of.newClient("Ромашка"), of.newClient("Лютик")
		claim := of.create(crm.NewCase{Kind: crm.Claim, ClientID: from, Topic: "x", Source: "site", By: of.manager.ID})
		var all sync.WaitGroup
		errs := make([]error, 2)
		name, topic := "Новое имя", "Новая тема"
		all.Go(func() { _, errs[0] = of.MergeClients(ctx, into, from, of.manager.ID) })
		all.Go(func() { _, errs[1] = of.MergeClients(ctx, from, into, of.manager.ID) })
		all.Go(func() {
			_, err := of.PatchClient(ctx, from, 1, crm.ClientPatch{Name: &name}, of.manager.ID)
			if known, ok := crm.AsError(err); err != nil && (!ok || known.Code != "stale" && known.Code != "client_merged") {
				t.Errorf("an edit at the same time: %v", err)
			}
		})
		all.Go(func() {
			_, err := of.PatchCase(ctx, claim.ID, claim.Version, crm.CasePatch{Topic: &topic}, of.manager.ID)
			if known, ok := crm.AsError(err); err != nil && (!ok || known.Code != "stale") {
				t.Errorf("an edit of a case at the same time: %v", err)
			}
		})
		late := make([]uuid.UUID, 3)
		for i := range late {
			all.Go(func() {
				made, err := of.CreateContact(ctx, crm.Contact{ClientID: from, Name: "Анна"})
				if err != nil {
					t.Error(err)
					return
				}
				late[i] = made.ID
			})
		}
		all.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("two merges at once: %v, %v", errs[0], errs[1])
		}
		for _, stays := range of.clientsOf(slices.Concat(late, []uuid.UUID{claim.ID})) {
			if errs[0] == nil && stays != into || errs[1] == nil && stays != from {
				t.Errorf("something was left at %s, which has been merged", stays)
			}
		}
	}
}

// clientsOf are the clients of contacts and cases.
func (of *office) clientsOf(ids []uuid.UUID) []uuid.UUID {
	of.t.Helper()
	var clients []uuid.UUID
	err := of.Pool().QueryRow(context.Background(), `select array_agg(client_id) from (select client_id from contacts where id = any($1)
		union all select client_id from cases where id = any($1)) all_of_them`, ids).Scan(&clients)
	if err != nil || len(clients) != len(ids) {
		of.t.Fatalf("%d of %d records: %v", len(clients), len(ids), err)
	}
	return clients
}

func TestContactsAreMergedAndUnmergedWithoutLoss(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	client := of.card("Ромашка", "7736050003")
	page, err := of.ListContacts(ctx, crm.ContactFilter{ClientID: client.ID, Limit: 10})
	if err != nil || len(page.Items) != 1 {
		t.Fatalf("%+v, %v", page, err)
	}
	from := page.Items[0]
	born := time.Date(1990, 2, 28, 0, 0, 0, 0, time.UTC)
	position := "Секретарь"
	if _, err := of.PatchContact(ctx, from.ID, 1, crm.ContactPatch{Position: &position, BirthDate: new(&born)}, of.manager.ID); err != nil {
		t.Fatal(err)
	}
	into, err := of.CreateContact(ctx, crm.Contact{ClientID: client.ID, Name: "Анна П."})
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := of.CreateContact(ctx, crm.Contact{ClientID: of.client, Name: "Чужая"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = of.MergeContacts(ctx, stranger.ID, from.ID, of.manager.ID)
	wantCode(t, err, crm.KindUnprocessed, "/from", "other_client")
	before := of.belongings(uuid.Nil)
	merged, err := of.MergeContacts(ctx, into.ID, from.ID, of.manager.ID)
	if err != nil {
		t.Fatal(err)
	}
	if merged.Position != position || merged.BirthDate == nil || !merged.BirthDate.Equal(born) || len(merged.Details) != 1 {
		t.Errorf("merged: %+v", merged)
	}
	for _, table := range []string{"interactions", "interaction_participants", "case_participants"} {
		if n := of.count("select count(*) from " + table + " where contact_id = '" + into.ID.String() + "'"); n != 1 {
			t.Errorf("%s: %d", table, n)
		}
	}
	if page, err := of.ListContacts(ctx, crm.ContactFilter{ClientID: client.ID, Limit: 10}); err != nil || len(page.Items) != 1 {
		t.Errorf("%d contacts are listed, %v", len(page.Items), err)
	}
	_, err = of.PatchContact(ctx, from.ID, 3, crm.ContactPatch{Position: &position}, of.manager.ID)
	wantCode(t, err, crm.KindConflict, "", "contact_merged")
	_, err = of.MergeContacts(ctx, from.ID, into.ID, of.manager.ID)
	wantCode(t, err, crm.KindConflict, "", "contact_merged")
	if _, err := of.UnmergeContact(ctx, from.ID, of.manager.ID); err != nil {
		t.Fatal(err)
	}
	if after := of.belongings(uuid.Nil); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

// TestACaseIsNeverGivenAMergedCard: whatever writes a case for a card that was merged writes it for the one that stays.
func TestACaseIsNeverGivenAMergedCard(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	c := of.create(crm.NewCase{Kind: crm.Deal, ClientID: of.client, By: of.manager.ID})
	contact := func(name string) uuid.UUID {
		made, err := of.CreateContact(ctx, crm.Contact{ClientID: of.client, Name: name})
		if err != nil {
			t.Fatal(err)
		}
		return made.ID
	}
	into, from := contact("Анна"), contact("Аня")
	if _, err := of.MergeContacts(ctx, into, from, of.manager.ID); err != nil {
		t.Fatal(err)
	}
	patched, err := of.PatchCase(ctx, c.ID, c.Version, crm.CasePatch{ContactID: &from}, of.manager.ID)
	if err != nil || patched.ContactID != into {
		t.Errorf("patched: %+v, %v", patched, err)
	}
	stays, gone := of.newClient("Ромашка"), of.newClient("Ромашка, ООО")
	if _, err := of.MergeClients(ctx, stays, gone, of.manager.ID); err != nil {
		t.Fatal(err)
	}
	// As a change does that had looked at the client before it was merged.
	of.exec("update cases set client_id = $2, contact_id = null where id = $1", c.ID, gone)
	if got := of.reload(c).ClientID; got != stays {
		t.Errorf("the case is of %s, want %s", got, stays)
	}
}

// TestR44_WhoseClientIsTakenInSharesTheOther, unless it is his, and no longer once the merge is undone.
func TestR44_WhoseClientIsTakenInSharesTheOther(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	owned := func(by *crm.User) uuid.UUID {
		c, err := of.CreateClient(ctx, crm.Client{Kind: crm.ClientCompany, Name: "К", OwnerID: by.ID})
		require.NoError(t, err)
		return c.ID
	}
	sharing := func(client uuid.UUID) []uuid.UUID {
		owners, err := of.ClientOwners(ctx, client)
		require.NoError(t, err)
		ids := []uuid.UUID{}
		for _, o := range owners {
			ids = append(ids, o.UserID)
		}
		return ids
	}
	into, from, same := owned(of.manager), owned(of.other), owned(of.manager)
	before := sharing(into)
	_, err := of.MergeClients(ctx, into, from, of.director.ID)
	require.NoError(t, err)
	require.ElementsMatch(t, append(before, of.other.ID), sharing(into))
	_, err = of.MergeClients(ctx, into, same, of.director.ID)
	require.NoError(t, err)
	require.ElementsMatch(t, append(before, of.other.ID), sharing(into))
	for _, undone := range []uuid.UUID{same, from} {
		_, err = of.UnmergeClient(ctx, undone, of.director.ID)
		require.NoError(t, err)
	}
	require.ElementsMatch(t, before, sharing(into))
}

// TestR44_AMergedCardIsNamedForTheOneThatStandsForIt: it takes part as that one, and is no competitor of its own client.
func TestR44_AMergedCardIsNamedForTheOneThatStandsForIt(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	into, from := of.newClient("ООО Лампа"), of.newClient("ООО Лютик")
	_, err := of.MergeClients(ctx, into, from, of.manager.ID)
	require.NoError(t, err)
	deal := of.create(crm.NewCase{Kind: crm.Deal, By: of.manager.ID})
	added, err := of.AddParticipant(ctx, crm.CaseParticipant{CaseID: deal.ID, ClientID: from, Role: crm.ParticipantPartner, CreatedBy: of.manager.ID})
	require.NoError(t, err)
	require.Equal(t, into, added.ClientID)
	talk := of.record(crm.Interaction{ClientID: of.client, Participants: []crm.Participant{{ClientID: from}}})
	require.Equal(t, into, talk.Participants[0].ClientID)

	own := of.create(crm.NewCase{Kind: crm.Deal, NoStages: true, ClientID: into, By: of.manager.ID})
	competitor := crm.CaseParticipant{CaseID: own.ID, ClientID: from, Role: crm.ParticipantCompetitor, CreatedBy: of.manager.ID}
	_, err = of.AddParticipant(ctx, competitor)
	wantCode(t, err, crm.KindUnprocessed, "/client_id", "own_client")
	_, _, err = of.CreateCase(ctx, crm.NewCase{Kind: crm.Deal, ClientID: into, By: of.manager.ID, Topic: "x", Source: "site", Participants: []crm.CaseParticipant{competitor}})
	wantCode(t, err, crm.KindUnprocessed, "/participants/0/client_id", "own_client")
	_, _, err = of.CreateCase(ctx, crm.NewCase{
		Kind: crm.Deal, ClientID: into, By: of.manager.ID, Topic: "x", Source: "site", NoStages: true, Fields: map[string]any{"competitor": from.String()},
	})
	wantCode(t, err, crm.KindUnprocessed, "/fields/competitor", "own_client")
	lost := of.submit(crm.Command{CaseID: own.ID, UserID: of.manager.ID, Kind: crm.CommandClose, Payload: crm.CommandPayload{
		Result: crm.StatusNegative, Fields: map[string]any{"reason": "competitor", "competitor": from.String()},
	}})
	require.NotNil(t, lost.Refusal)
	require.Equal(t, "own_client", lost.Refusal.Fields[0].Code)
}
