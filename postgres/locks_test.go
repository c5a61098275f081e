package postgres_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"marshrut/crm"
	"marshrut/postgres"
)

// whileHeld begins a transaction with the statement, lets work wait for it, and then does the second statement, which work must not be
// in the way of. It ends with what work has answered.
func (of *office) whileHeld(first, second string, user uuid.UUID, work func() error) {
	of.t.Helper()
	ctx := context.Background()
	tx, err := of.Pool().Begin(ctx)
	require.NoError(of.t, err)
	defer func() { _ = tx.Rollback(ctx) }()
	_, err = tx.Exec(ctx, first)
	require.NoError(of.t, err)
	done := make(chan error, 1)
	go func() { done <- work() }()
	of.waiting(1)
	if second != "" {
		_, err = tx.Exec(ctx, second, user)
		require.NoError(of.t, err, "both would wait for each other")
	}
	require.NoError(of.t, tx.Commit(ctx))
	require.NoError(of.t, <-done)
}

// TestR15_RolesAreLockedBeforeUsers: PutRole locks the roles, then their users; nobody does it the other way round.
func TestR15_RolesAreLockedBeforeUsers(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	const roles, user = "lock table roles in share row exclusive mode", "select from users where id = $1 for update nowait"
	admin := of.user("first-admin", uuid.Nil, crm.RoleAdmin)
	of.user("second-admin", uuid.Nil, crm.RoleAdmin)
	now := []string{crm.RoleManager}
	of.whileHeld(roles, user, admin.ID, func() error {
		_, err := of.PatchUser(ctx, admin.ID, admin.Version, crm.UserPatch{Roles: &now}, of.director.ID, nil)
		return err
	})
	of.whileHeld(roles, user, admin.ID, func() error {
		_, err := of.Handover(ctx, crm.Handover{FromID: admin.ID, By: of.director.ID, Deactivate: true})
		return err
	})
}

// TestAnAdministratorsOwnSettingsWaitForNoRoles: only who changes roles or ends an account needs them to stand still.
func TestAnAdministratorsOwnSettingsWaitForNoRoles(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	admin := of.user("an-admin", uuid.Nil, crm.RoleAdmin)
	tx, err := of.Pool().Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(context.Background()) }()
	_, err = tx.Exec(t.Context(), "lock table roles in share row exclusive mode")
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	name := "Анна"
	_, err = of.PatchUser(ctx, admin.ID, admin.Version, crm.UserPatch{Name: &name}, admin.ID, nil)
	require.NoError(t, err)
}

// TestR24_ADepartmentIsLockedBeforeItsHead, by whoever moves the head to it or changes him otherwise.
func TestR24_ADepartmentIsLockedBeforeItsHead(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	department := uuid.New()
	of.exec("insert into departments (id, key, name) values ($1, 'anew', '{}')", department)
	head := of.user("its-head", uuid.Nil, crm.RoleManager)
	name, version := "Борис", head.Version
	for _, p := range []crm.UserPatch{{DepartmentID: &department}, {Name: &name}} {
		of.whileHeld("update departments set version = version + 1 where key = 'anew'", "select from users where id = $1 for key share nowait", head.ID, func() error {
			u, err := of.PatchUser(ctx, head.ID, version, p, of.director.ID, nil)
			if err == nil {
				version = u.Version
			}
			return err
		})
	}
}

// TestR61_ARoleStandsStillWhileSomebodyGetsIt: what it gives is not taken away at that moment.
func TestR61_ARoleStandsStillWhileSomebodyGetsIt(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	of.exec(`insert into roles (key, name, rights, visibility) values ('clerk', '{"ru":"Делопроизводитель"}', '{work}', 'own')`)
	of.whileHeld("update roles set rights = '{}' where key = 'clerk'", "", uuid.Nil, func() error {
		u, err := of.CreateUser(context.Background(), crm.User{Login: "vera", Name: "Вера", Lang: crm.RU, Roles: []string{"clerk"}}, "")
		if err == nil {
			require.True(t, u.ReadsOnly())
		}
		return err
	})
}

// TestR15_WhoseAClientIsChangesBesideWhatItGets: the new owner sees a case and an interaction that was being made for the client, and
// nobody's client is everybody's only as long as nobody shares it.
func TestR15_WhoseAClientIsChangesBesideWhatItGets(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	boris := of.user("boris", uuid.Nil, crm.RoleManager)
	of.user("sharing", uuid.Nil, crm.RoleManager)
	for what, first := range map[string]string{
		"a new case": `insert into cases (id, kind, number, mode, client_id)
			select gen_random_uuid(), 'deal', 'D-9' || (select count(*) from cases), 'none', $1`,
		"a case that had none": "update cases set client_id = $1 where number = 'D-8'",
		"a new interaction":    "insert into interactions (id, kind, status, at, client_id) values (gen_random_uuid(), 'call', 'completed', now(), $1)",
		"one that had none":    "update interactions set client_id = $1 where topic = 'D-8'",
		"a sharer":             "insert into client_owners (client_id, user_id) select $1, id from users where login = 'sharing'",
	} {
		for _, owner := range []*uuid.UUID{&boris.ID, nil} {
			of.exec("delete from client_owners")
			of.exec("delete from cases where number = 'D-8'")
			of.exec("delete from interactions where topic = 'D-8'")
			of.exec("insert into cases (id, kind, number, mode) values (gen_random_uuid(), 'deal', 'D-8', 'none')")
			of.exec("insert into interactions (id, kind, status, at, topic) values (gen_random_uuid(), 'call', 'completed', now(), 'D-8')")
			of.exec("update clients set owner_id = $2 where id = $1", of.client, of.manager.ID)
			tx, err := of.Pool().Begin(ctx)
			require.NoError(t, err)
			_, err = tx.Exec(ctx, first, of.client)
			require.NoError(t, err, what)
			changed := make(chan error, 1)
			go func() {
				_, err := of.Pool().Exec(ctx, "update clients set owner_id = $2 where id = $1", of.client, owner)
				changed <- err
			}()
			of.waiting(1)
			require.NoError(t, tx.Commit(ctx))
			require.NoError(t, <-changed)
			of.viewersAreRight()
		}
	}
}

// TestR15_WhoSeesACardChangesBesideWhatItNames: whoever comes to see a case or an interaction sees the clients that it is made to name
// at that moment, and nobody sees a client that is named no more. Every two changes are tried in both orders, the second while the
// first has not been committed.
func TestR15_WhoSeesACardChangesBesideWhatItNames(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	boris, vera := of.user("boris", uuid.Nil, crm.RoleManager), of.user("vera", uuid.Nil, crm.RoleManager)
	changes := map[string]string{
		"a comment":        "insert into comments (id, case_id, kind, text, author_id) values (gen_random_uuid(), {case}, 'note', 'x', {boris})",
		"a mention":        "insert into mentions (comment_id, user_id, at) values ({comment}, {boris}, now())",
		"a mention less":   "delete from mentions where comment_id = {comment} and user_id = {vera}",
		"a task":           "insert into tasks (id, case_id, path, visit, kind, user_id, opened_seq, opened_at) values (gen_random_uuid(), {case}, 'x', 1, 'rule', {boris}, 1, now())",
		"a responsible":    "update cases set responsible_id = {boris} where id = {case}",
		"an owner":         "update clients set owner_id = {boris} where id = {client}",
		"a sharer less":    "delete from client_owners where client_id = {client}",
		"a party":          "insert into case_participants (id, case_id, client_id, role) values (gen_random_uuid(), {case}, {new}, 'partner')",
		"a party less":     "delete from case_participants where case_id = {case} and client_id = {old}",
		"a contact":        "insert into case_participants (id, case_id, contact_id, role) values (gen_random_uuid(), {case}, {contact}, 'expert')",
		"a contact moves":  "update contacts set client_id = {old} where id in ({contact}, {partaking})",
		"an interaction":   "insert into interactions (id, kind, status, at, case_id, contact_id) values (gen_random_uuid(), 'call', 'completed', now(), {case}, {contact})",
		"somebody met":     "insert into interaction_participants (interaction_id, position, client_id) values ({talk}, 1, {new})",
		"somebody unmet":   "delete from interaction_participants where interaction_id = {talk}",
		"a talk's case":    "update interactions set case_id = {case} where id = {talk}",
		"a talk's manager": "update interactions set responsible_id = {boris} where id = {talk}",
	}
	for first := range changes {
		for second := range changes {
			if first == second {
				continue
			}
			ids := of.seenCards(boris, vera)
			tx, err := of.Pool().Begin(t.Context())
			require.NoError(t, err)
			_, err = tx.Exec(t.Context(), ids.Replace(changes[first]))
			require.NoError(t, err, first)
			changed := make(chan error, 1)
			go func() {
				_, err := of.Pool().Exec(context.Background(), ids.Replace(changes[second]))
				changed <- err
			}()
			err = of.waitsOr(changed)
			require.NoError(t, tx.Commit(t.Context()))
			if err == errWaits { //nolint:errorlint // made here
				err = <-changed
			}
			require.NoError(t, err, second)
			of.viewersAreRight()
			if t.Failed() {
				t.Fatalf("%s while %s is being written", second, first)
			}
		}
	}
}

// seenCards makes a case of a client, with a comment that mentions vera, a client and a contact who partake, and a talk beside it;
// their ids stand for what is in braces.
func (of *office) seenCards(boris, vera *crm.User) *strings.Replacer {
	of.t.Helper()
	named := []string{"{boris}", "'" + boris.ID.String() + "'", "{vera}", "'" + vera.ID.String() + "'"}
	for _, card := range []struct{ name, sql string }{
		{"{client}", "insert into clients (id, kind, name, status, lang, time_zone, owner_id) values ({id}, 'company', 'К', 'potential', 'ru', 'Europe/Moscow', {vera})"},
		{"{old}", "insert into clients (id, kind, name, status, lang, time_zone, owner_id) values ({id}, 'company', 'С', 'potential', 'ru', 'Europe/Moscow', {vera})"},
		{"{new}", "insert into clients (id, kind, name, status, lang, time_zone, owner_id) values ({id}, 'company', 'Н', 'potential', 'ru', 'Europe/Moscow', {vera})"},
		{"{share}", "insert into client_owners (client_id, user_id) values ({client}, (select id from users where login = 'other'))"},
		{"{contact}", "insert into contacts (id, client_id, name) values ({id}, {new}, 'Анна')"},
		{"{partaking}", "insert into contacts (id, client_id, name) values ({id}, {new}, 'Пётр')"},
		{"{case}", "insert into cases (id, kind, number, mode, client_id) values ({id}, 'deal', 'S-' || {id}, 'none', {client})"},
		{"{party}", "insert into case_participants (id, case_id, client_id, role) values ({id}, {case}, {old}, 'partner')"},
		{"{expert}", "insert into case_participants (id, case_id, contact_id, role) values ({id}, {case}, {partaking}, 'expert')"},
		{"{comment}", "insert into comments (id, case_id, kind, text, author_id) values ({id}, {case}, 'note', 'x', (select id from users where login = 'other'))"},
		{"{mention}", "insert into mentions (comment_id, user_id, at) values ({comment}, {vera}, now())"},
		{"{talk}", "insert into interactions (id, kind, status, at, client_id) values ({id}, 'call', 'completed', now(), {client})"},
		{"{met}", "insert into interaction_participants (interaction_id, position, client_id) values ({talk}, 0, {old})"},
	} {
		id := "'" + uuid.NewString() + "'"
		of.exec(strings.NewReplacer(append(named, "{id}", id)...).Replace(card.sql))
		named = append(named, card.name, id)
	}
	return strings.NewReplacer(named...)
}

var errWaits = errors.New("it waits for a lock")

// waitsOr gives what the work has answered, or errWaits.
func (of *office) waitsOr(done <-chan error) error {
	of.t.Helper()
	for {
		select {
		case err := <-done:
			return err
		default:
			if of.count("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") > 0 {
				return errWaits
			}
		}
	}
}

// TestR44_TheClientIsLockedBeforeHisContact, be it that the contact comes to another one while he is waited for.
func TestR44_TheClientIsLockedBeforeHisContact(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	client := func(name string) uuid.UUID {
		made, err := of.CreateClient(ctx, crm.Client{Kind: crm.ClientCompany, Name: name, Lang: crm.RU, TimeZone: "Europe/Moscow"})
		require.NoError(t, err)
		return made.ID
	}
	from, between, to := client("ООО Лампа"), client("ООО Василёк"), client("ООО Лютик")
	contact, err := of.CreateContact(ctx, crm.Contact{ClientID: from, Name: "Анна"})
	require.NoError(t, err)
	name := "Анна Орлова"
	of.whileHeld("select from clients where id = '"+from.String()+"' for update", "select from contacts where id = $1 for update nowait", contact.ID, func() error {
		var err error
		contact, err = of.PatchContact(ctx, contact.ID, contact.Version, crm.ContactPatch{Name: &name}, of.manager.ID)
		return err
	})
	held, err := of.Pool().Begin(ctx)
	require.NoError(t, err)
	defer func() { _ = held.Rollback(context.WithoutCancel(ctx)) }()
	_, err = held.Exec(ctx, "select from clients where id = $1 for no key update", between)
	require.NoError(t, err)
	first, err := of.Pool().Begin(ctx)
	require.NoError(t, err)
	defer func() { _ = first.Rollback(context.WithoutCancel(ctx)) }()
	_, err = first.Exec(ctx, "select from clients where id = $1 for update", from)
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() {
		var err error
		contact, err = of.PatchContact(ctx, contact.ID, contact.Version, crm.ContactPatch{ClientID: &to}, of.manager.ID)
		done <- err
	}()
	of.waiting(1)
	_, err = first.Exec(ctx, "update contacts set client_id = $2 where id = $1", contact.ID, between)
	require.NoError(t, err)
	require.NoError(t, first.Commit(ctx))
	require.Eventually(t, func() bool {
		var waits bool
		err := of.Pool().QueryRow(ctx, "select exists (select from pg_stat_activity where $1 = any(pg_blocking_pids(pid)))", int32(held.Conn().PgConn().PID())).Scan(&waits)
		return err == nil && waits
	}, 20*time.Second, 10*time.Millisecond, "nobody waits for the client whose the contact is now")
	require.NoError(t, held.Commit(ctx))
	require.NoError(t, <-done)
	require.Equal(t, to, contact.ClientID)
}

// TestR44_R15_WhatIsRecordedWithAContactIsWithWhoseHeIs, even if he goes to another client just then: what named the client he has left
// is refused, what named him alone comes to the client he has come to, and whoever records with him holds his client first.
func TestR44_R15_WhatIsRecordedWithAContactIsWithWhoseHeIs(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	from, to := of.card("ООО Лампа", "").ID, of.card("ООО Лютик", "").ID
	interest := map[uuid.UUID]uuid.UUID{}
	for _, client := range []uuid.UUID{from, to} {
		interest[client] = of.create(crm.NewCase{Kind: crm.Interest, ClientID: client, By: of.manager.ID}).ID
	}
	contact := func() uuid.UUID {
		made, err := of.CreateContact(ctx, crm.Contact{ClientID: from, Name: "Анна"})
		require.NoError(t, err)
		return made.ID
	}
	recordings := map[string]func(contact, client uuid.UUID) (with uuid.UUID, err error){
		"an interaction": func(contact, client uuid.UUID) (uuid.UUID, error) {
			i, err := of.CreateInteraction(ctx, crm.Interaction{
				Kind: crm.InteractionCall, Status: crm.InteractionCompleted, At: of.now().Add(-time.Hour),
				ClientID: client, ContactID: contact, CreatedBy: of.manager.ID,
			})
			if err != nil {
				return uuid.Nil, err
			}
			require.Equal(t, interest[i.ClientID], i.CaseID)
			return i.ClientID, nil
		},
		"one of which it is said later": func(contact, client uuid.UUID) (uuid.UUID, error) {
			i := of.record(crm.Interaction{})
			p := crm.InteractionPatch{ContactID: &contact}
			if client != uuid.Nil {
				p.ClientID = &client
			}
			i, err := of.patch(i.ID, p, of.manager)
			if err != nil {
				return uuid.Nil, err
			}
			require.Equal(t, interest[i.ClientID], i.CaseID)
			return i.ClientID, nil
		},
		"an appeal": func(contact, client uuid.UUID) (uuid.UUID, error) {
			c, _, err := of.CreateCase(ctx, crm.NewCase{Kind: crm.Appeal, Topic: "x", Source: "site", ClientID: client, ContactID: contact, By: of.manager.ID})
			if err != nil {
				return uuid.Nil, err
			}
			return c.ClientID, nil
		},
		"an accepted request": func(contact, client uuid.UUID) (uuid.UUID, error) {
			c, _, err := of.CreateCase(ctx, crm.NewCase{
				Kind: crm.Deal, Topic: "x", Source: "site", ClientID: client, By: of.manager.ID,
				First: &crm.FirstInteraction{Kind: crm.InteractionCall, Direction: "in", At: of.now().Add(-time.Hour), Content: "c", ContactID: contact},
			})
			if err != nil {
				return uuid.Nil, err
			}
			require.Equal(t, 1, of.count("select count(*) from interactions where case_id = '"+c.ID.String()+"' and client_id = '"+c.ClientID.String()+"'"))
			return c.ClientID, nil
		},
	}
	for what, record := range recordings {
		for _, named := range []uuid.UUID{from, uuid.Nil} {
			who := contact()
			held, err := of.Pool().Begin(ctx)
			require.NoError(t, err)
			_, err = held.Exec(ctx, "select from clients where id = $1 or id = $2 order by id for no key update", from, to)
			require.NoError(t, err)
			var with uuid.UUID
			done := make(chan error, 1)
			go func() {
				var err error
				with, err = record(who, named)
				done <- err
			}()
			of.waiting(1)
			_, err = held.Exec(ctx, "select from contacts where id = $1 for update nowait", who)
			require.NoError(t, err, "%s: both would wait for each other", what)
			_, err = held.Exec(ctx, "update contacts set client_id = $2 where id = $1", who, to)
			require.NoError(t, err)
			require.NoError(t, held.Commit(ctx))
			err = <-done
			if named == uuid.Nil {
				require.NoError(t, err, what)
				require.Equal(t, to, with, what)
				continue
			}
			refusal, ok := crm.AsError(err)
			require.True(t, ok, "%s: %v", what, err)
			require.Equal(t, []crm.FieldError{{Pointer: "/contact_id", Code: "other_client"}}, refusal.Fields, what)
		}
	}
}

// TestR24_TheClientIsHeldBeforeHisInteraction by whoever moves it, as a merge does.
func TestR24_TheClientIsHeldBeforeHisInteraction(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	deal := of.create(crm.NewCase{Kind: crm.Deal, By: of.manager.ID})
	talk := of.record(crm.Interaction{ClientID: of.client, Alone: true})
	of.whileHeld("select from clients where id = '"+of.client.String()+"' for update", "select from interactions where id = $1 for update nowait", talk.ID, func() error {
		_, err := of.patch(talk.ID, crm.InteractionPatch{CaseID: &deal.ID}, of.manager)
		return err
	})
}
