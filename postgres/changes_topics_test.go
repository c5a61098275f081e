package postgres_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"marshrut/crm"
	"marshrut/postgres"
)

// changesOf is what the work has written into the log of changes besides feeds and tasks: "topic", or "topic id".
func (of *office) changesOf(work func()) []string {
	of.t.Helper()
	of.exec("delete from changes")
	work()
	rows, err := of.Pool().Query(of.t.Context(), "select topic, ref_id from changes where topic not in ('feed', 'inbox') order by topic, ref_id")
	require.NoError(of.t, err)
	defer rows.Close()
	got := []string{}
	for rows.Next() {
		var topic string
		var id uuid.UUID
		require.NoError(of.t, rows.Scan(&topic, &id))
		if id != uuid.Nil {
			topic += " " + id.String()
		}
		got = append(got, topic)
	}
	require.NoError(of.t, rows.Err())
	return got
}

func TestLive_AClientIsToldOfOnceATransaction(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	require.NotEmpty(t, of.changesOf(func() { of.newClient("Новый") }), "a new one")
	client, err := of.Client(ctx, of.client)
	require.NoError(t, err)
	phone := []crm.ContactDetail{{Kind: crm.DetailPhone, Value: "+7 495 111-22-33"}}
	of1 := "clients " + of.client.String()
	require.Equal(t, []string{of1}, of.changesOf(func() {
		_, err := of.PatchClient(ctx, of.client, client.Version, crm.ClientPatch{Details: &phone}, of.manager.ID)
		require.NoError(t, err)
	}), "its phone")
	contact, err := of.CreateContact(ctx, crm.Contact{ClientID: of.client, Name: "Ольга", CreatedBy: of.manager.ID})
	require.NoError(t, err)
	require.Equal(t, []string{of1}, of.changesOf(func() {
		_, err := of.PatchContact(ctx, contact.ID, contact.Version, crm.ContactPatch{Details: &phone}, of.manager.ID)
		require.NoError(t, err)
	}), "its contact's phone")
	require.Equal(t, []string{of1}, of.changesOf(func() {
		_, err := of.CreateFile(ctx, crm.File{Card: crm.Card{Kind: crm.CardContact, ID: contact.ID}, Name: "a.txt", MediaType: "text/plain", CreatedBy: of.manager.ID}, []byte("a"))
		require.NoError(t, err)
	}), "a file of its contact")
	require.Equal(t, []string{of1}, of.changesOf(func() {
		of.exec(fmt.Sprintf("insert into client_owners (client_id, user_id) values ('%s', '%s')", of.client, of.other.ID))
	}), "who shares it")
	other := of.newClient("Другой")
	both := []string{of1, "clients " + other.String()}
	slices.Sort(both)
	require.Equal(t, both, of.changesOf(func() {
		of.exec(fmt.Sprintf("update contacts set client_id = '%s', version = version + 1 where id = '%s'", other, contact.ID))
	}), "a contact that goes to another client is news to both")
	require.Empty(t, of.changesOf(func() { of.exec("update clients set attributes = attributes") }), "what does not show on the card")
}

// TestLive_WhomSomethingIsTakenFromHears, once a transaction and not what it was, as he may not see it any more; the others hear of it as before.
func TestLive_WhomSomethingIsTakenFromHears(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	of.publishShipped()
	c := of.create(crm.NewCase{Kind: crm.Appeal, ClientID: of.client, By: of.manager.ID})
	clients, cases := "update clients set owner_id = '%s'", "update cases set responsible_id = '%s' where id = '"+c.ID.String()+"'"
	of.exec(fmt.Sprintf(clients, of.manager.ID))
	of.exec(fmt.Sprintf(cases, of.manager.ID))
	_, err := of.CreateInteraction(t.Context(), crm.Interaction{ClientID: of.client, Kind: crm.InteractionCall, Status: crm.InteractionPlanned, At: of.now().Add(time.Hour), Topic: "call", Alone: true, ResponsibleID: of.manager.ID, CreatedBy: of.manager.ID})
	require.NoError(t, err)
	second := of.newClient("И ещё один")
	both := []string{"clients " + of.client.String(), "clients " + second.String()}
	slices.Sort(both)
	told, cardOf := strings.Join(both, ", "), "interactions "
	of.exec("delete from clients where id not in ('" + of.client.String() + "', '" + second.String() + "')")
	for _, step := range []struct{ sql, want string }{
		{"update clients set version = version + 1", told},
		{fmt.Sprintf(clients, of.other.ID) + ", version = version + 1", told + ", clients from manager"},
		{fmt.Sprintf(clients, of.manager.ID) + "; update clients set owner_id = null, version = version + 1", told + ", clients from manager, clients from other"},
		{"insert into client_owners (client_id, user_id) select id, '" + of.other.ID.String() + "' from clients", told},
		{"delete from client_owners", told + ", clients from other"},
		{fmt.Sprintf(clients, of.manager.ID), ""},
		{"set local marshrut.untold = 'clients'; update clients set owner_id = null, version = version + 1", ""},
		{fmt.Sprintf(cases, of.manager.ID), ""},
		{fmt.Sprintf(cases, of.other.ID), "feed from manager"},
		{"update interactions set responsible_id = '" + of.other.ID.String() + "'", cardOf + "*, " + cardOf + "from manager"},
	} {
		of.exec("delete from changes")
		of.exec(step.sql)
		rows, err := of.Pool().Query(t.Context(), `select topic, case when ref_id = $1 then 'from ' || coalesce((select login from users where id = user_ids[1]), '')
			when topic = 'interactions' then '*' else ref_id::text end from changes`, uuid.Nil)
		require.NoError(t, err)
		got := []string{}
		for rows.Next() {
			var topic, what string
			require.NoError(t, rows.Scan(&topic, &what))
			got = append(got, topic+" "+what)
		}
		require.NoError(t, rows.Err())
		slices.Sort(got)
		require.Equal(t, step.want, strings.Join(got, ", "), step.sql)
	}
}

func TestLive_ManyClientsAreToldOfAsMany(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	many := "insert into clients (id, name) select gen_random_uuid(), 'К' || n from generate_series(1, %d) n"
	require.Len(t, of.changesOf(func() { of.exec(fmt.Sprintf(many, 20)) }), 20)
	require.Equal(t, []string{"clients"}, of.changesOf(func() { of.exec(fmt.Sprintf(many, 21)) }))
	require.Equal(t, []string{"clients"}, of.changesOf(func() { of.exec("update clients set version = version + 1") }))
	got := of.changesOf(func() {
		of.exec(`do $$ begin for n in 1..1000 loop insert into clients (id, name) values (gen_random_uuid(), 'По одному'); end loop; end $$`)
	})
	require.Len(t, got, 21, "twenty by their ids, and then of many")
	require.Contains(t, got, "clients")
}

// TestLive_AnImportIsToldOfWhenItEnds, not with each of its rows.
func TestLive_AnImportIsToldOfWhenItEnds(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	columns := []string{"Название"}
	made, err := of.CreateImport(ctx, crm.Import{Of: crm.AttributeOfClient, FileName: "a.csv", Format: "csv", Columns: columns, Mapping: []string{""}, CreatedBy: of.manager.ID}, [][]string{{"Один"}, {"Два"}, {"Три"}})
	require.NoError(t, err)
	_, err = of.MapImport(ctx, made.ID, []string{"name"})
	require.NoError(t, err)
	running, err := of.RunImport(ctx, made.ID, crm.DuplicatesCreate)
	require.NoError(t, err)
	require.Empty(t, of.changesOf(func() {
		for n, name := range []string{"Один", "Два", "Три"} {
			require.NoError(t, of.ApplyImportRow(ctx, running, n+1, crm.ImportRecord{Client: &crm.Client{Kind: crm.ClientCompany, Name: name}}, nil))
		}
	}))
	require.Equal(t, 3, of.count("select count(*) from import_rows where result = 'made'"))
	require.Equal(t, []string{"clients"}, of.changesOf(func() { require.NoError(t, of.FinishImport(ctx, made.ID)) }))
}

// TestLive_TheSetUpTellsThatItHasChanged, once a transaction and without an id; what changes of itself tells nothing.
func TestLive_TheSetUpTellsThatItHasChanged(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	hook, _, err := of.hooks().CreateWebhook(t.Context(), warehouse())
	require.NoError(t, err)
	token := func(kind string) string {
		return fmt.Sprintf("insert into tokens (hash, id, user_id, kind, expires_at) values (gen_random_uuid()::text::bytea, gen_random_uuid(), '%s', '%s', now())", of.manager.ID, kind)
	}
	tests := fmt.Sprintf(`insert into route_map_tests (map_id, version, source, updated_at, updated_by) values ('free-sale', %%d, 'a', now(), '%s')
		on conflict (map_id) do update set version = excluded.version`, of.manager.ID)
	for sql, want := range map[string]string{
		"update users set name = name || '!'":                         "settings",
		"update users set version = version + 1, password_hash = 'x'": "",
		"update users set name = name":                                "",
		"update roles set visibility = 'own'":                         "settings",
		"insert into offices (id, key, name, time_zone) values (gen_random_uuid(), 'omsk', '{}', 'Asia/Omsk')": "settings",
		"update departments set version = version + 1":                                                         "settings",
		"update reference_items set position = position + 1":                                                   "settings",
		"update acquisition_sources set archived = true":                                                       "settings",
		"update regions set archived = true":                                                                   "settings",
		"update settings set off = '{claims}'":                                                                 "settings",
		"insert into calendars (id, source) values ('mine', 'x')":                                              "settings",
		fmt.Sprintf("update webhooks set name = 'Другой' where id = '%s'", hook.ID):                            "settings",
		fmt.Sprintf("update webhooks set told_id = told_id + 1 where id = '%s'", hook.ID):                      "",
		token("api"):     "settings",
		token("session"): "",
		"update route_maps set state = 'archived' where id = 'free-sale'": "maps",
		fmt.Sprintf(tests, 1): "maps",
		"insert into templates (key, lang, version, channel, body_text) values ('mine', 'ru', 1, 'email', 'x')": "templates",
		"update idempotency set key = key; update directory_version set version = version + 1":                  "",
	} {
		got := of.changesOf(func() { of.exec(sql) })
		require.Equal(t, want, strings.Join(got, " "), sql)
	}
}

// TestLive_AStepTellsNothingMore: what a case's way costs in the log of changes is what it has cost.
func TestLive_AStepTellsNothingMore(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	of.publishShipped()
	c := of.create(crm.NewCase{Kind: crm.Appeal, By: of.manager.ID})
	require.Empty(t, of.changesOf(func() {
		of.complete(c, of.dispatcher, "hand-over", map[string]any{"purpose": "question", "performer": of.manager.ID.String()})
	}))
}
