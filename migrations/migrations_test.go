package migrations_test

import (
	"io/fs"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"marshrut/crm"
	"marshrut/migrations"
	"marshrut/postgres"
	"marshrut/postgres/postgrestest"
	"marshrut/routemaps"
)

var server *postgrestest.Server

func TestMain(m *testing.M) { os.Exit(postgrestest.Main(m, &server)) }

// schema is everything that the migrations make, in one text: tables with columns, constraints, indexes, triggers and functions.
const schema = `select coalesce(string_agg(line, E'\n' order by line), '') from (
	select 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '') || coalesce(generation_expression, '') as line
		from information_schema.columns where table_schema = 'public'
	union all select 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace
	union all select 'index ' || indexdef from pg_indexes where schemaname = 'public'
	union all select 'trigger ' || pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
	union all select 'function ' || pg_get_functiondef(p.oid) from pg_proc p where pronamespace = 'public'::regnamespace and prokind = 'f'
		and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
	union all select 'sequence ' || sequencename from pg_sequences where schemaname = 'public'
	) everything where line not like '%goose_db_version%'`

// TestTheWayDownAndUpAgain: every migration can be undone, the last one first, until nothing is left, and done again with the same
// outcome.
func TestTheWayDownAndUpAgain(t *testing.T) {
	t.Parallel()
	db := server.New(t, postgres.Options{})
	ctx := t.Context()
	read := func() string {
		var all string
		require.NoError(t, db.Pool().QueryRow(ctx, schema).Scan(&all))
		return all
	}
	before := read()
	require.NotEmpty(t, before)
	undone, err := migrations.Down(ctx, db.Pool())
	require.NoError(t, err)
	require.Empty(t, read(), "what is left when all is undone")
	done, err := migrations.Up(ctx, db.Pool())
	require.NoError(t, err)
	require.Equal(t, undone, done)
	require.Equal(t, before, read())
}

// TestTheWayDownWithData: what is in the tables keeps no migration from being undone.
func TestTheWayDownWithData(t *testing.T) {
	t.Parallel()
	db := server.New(t, postgres.Options{EmailTemplates: templates})
	ctx := t.Context()
	fill(t, db)
	undone, err := migrations.Down(ctx, db.Pool())
	require.NoError(t, err)
	done, err := migrations.Up(ctx, db.Pool())
	require.NoError(t, err)
	require.Equal(t, undone, done)
}

// templates are those that the shipped map of claims names.
var templates = []string{"overdue", "claim-registered", "claim-decision"}

// fill writes something of what each migration has brought: people, cards that were merged, cases, plans, tasks of people's own,
// files and attributes.
func fill(t *testing.T, db *postgres.DB) {
	t.Helper()
	ctx := t.Context()
	user, err := db.CreateUser(ctx, crm.User{Login: "anna", Name: "Анна", Lang: crm.RU, TimeZone: "Europe/Moscow", Roles: []string{crm.RoleDirector}, Active: true}, "")
	require.NoError(t, err)
	var clients []*crm.Client
	for _, name := range []string{"Ромашка", "Лампа"} {
		client, err := db.CreateClient(ctx, crm.Client{
			Kind: crm.ClientCompany, Name: name, Lang: crm.RU, Region: "RU-OMS", Source: "exhibition", OwnerID: user.ID,
			Details: []crm.ContactDetail{{Kind: crm.DetailPhone, Value: "+7 495 000-00-01"}}, CreatedBy: user.ID,
		})
		require.NoError(t, err)
		clients = append(clients, client)
	}
	contact, err := db.CreateContact(ctx, crm.Contact{ClientID: clients[1].ID, Name: "Ольга", CreatedBy: user.ID})
	require.NoError(t, err)
	_, err = db.MergeClients(ctx, clients[0].ID, clients[1].ID, user.ID)
	require.NoError(t, err)
	source, err := fs.ReadFile(routemaps.Shipped(), "claim.yaml")
	require.NoError(t, err)
	_, _, err = db.PublishRouteMap(ctx, source, user.ID)
	require.NoError(t, err)
	c, _, err := db.CreateCase(ctx, crm.NewCase{Kind: crm.Claim, ContactID: contact.ID, Topic: "Брак", Source: "site", By: user.ID})
	require.NoError(t, err)
	planned, err := db.CreateInteraction(ctx, crm.Interaction{
		CaseID: c.ID, Kind: crm.InteractionCall, Status: crm.InteractionPlanned, At: time.Now().Add(time.Hour), Topic: "Звонок", ResponsibleID: user.ID, CreatedBy: user.ID,
	})
	require.NoError(t, err)
	for _, card := range []crm.Card{{Kind: crm.CardCase, ID: c.ID}, {Kind: crm.CardClient, ID: clients[0].ID}, {Kind: crm.CardInteraction, ID: planned.ID}} {
		_, err = db.CreateFile(ctx, crm.File{Card: card, Name: "a.txt", MediaType: "text/plain", CreatedBy: user.ID}, []byte("a"))
		require.NoError(t, err)
	}
	_, err = db.CreateTask(ctx, crm.NewTask{Kind: crm.TaskPersonal, Title: "Позвонить", By: user.ID})
	require.NoError(t, err)
	_, err = db.CreatePayment(ctx, crm.Payment{CaseID: c.ID, Amount: "10.00", Currency: "RUB", PaidOn: time.Now(), CreatedBy: user.ID})
	require.NoError(t, err)
	_, err = db.PutAttribute(ctx, crm.Attribute{Subject: crm.AttributeOfClient, Key: "segment", Type: crm.AttributeText, Name: crm.Text{RU: "Сегмент"}}, 0)
	require.NoError(t, err)
}

// TestNobodyIsThereByDefault: the first administrator is made by whoever installs the program, with a password of his own.
func TestNobodyIsThereByDefault(t *testing.T) {
	t.Parallel()
	db := server.New(t, postgres.Options{})
	var users int
	if err := db.Pool().QueryRow(t.Context(), "select count(*) from users").Scan(&users); err != nil || users != 0 {
		t.Errorf("%d users are there, %v", users, err)
	}
}
