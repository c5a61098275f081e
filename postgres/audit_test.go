package postgres_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"marshrut/activities"
	"marshrut/audit"
	"marshrut/crm"
	"marshrut/migrations"
	"marshrut/postgres"
)

// pending is a change that waits to be sealed.
type pending struct {
	Actor                 *uuid.UUID
	Address, Request      *string
	Program, Place        string
	Action                string
	Refs, Before, After   map[string]any
	beforeText, afterText []byte
}

// unsealed are the changes of one table that wait to be sealed, in their order.
func (of *office) unsealed(place string) []pending {
	of.t.Helper()
	rows, err := of.Pool().Query(context.Background(), `select actor_id, address, request_id, program, place, action, refs, coalesce(before, '{}'), coalesce(after, '{}')
		from audit_pending where place = $1 order by id`, place)
	require.NoError(of.t, err)
	defer rows.Close()
	var all []pending
	for rows.Next() {
		var p pending
		var refs []byte
		require.NoError(of.t, rows.Scan(&p.Actor, &p.Address, &p.Request, &p.Program, &p.Place, &p.Action, &refs, &p.beforeText, &p.afterText))
		require.NoError(of.t, json.Unmarshal(refs, &p.Refs))
		require.NoError(of.t, json.Unmarshal(p.beforeText, &p.Before))
		require.NoError(of.t, json.Unmarshal(p.afterText, &p.After))
		all = append(all, p)
	}
	require.NoError(of.t, rows.Err())
	return all
}

func TestAuditKeepsWhoChangedWhatFromWhere(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := crm.WithOrigin(t.Context(), &crm.Origin{User: of.manager.ID, Address: "192.0.2.7", RequestID: "r-'1", Program: "api"})
	client, err := of.CreateClient(ctx, crm.Client{Kind: crm.ClientCompany, Name: "ООО Сирень", Lang: crm.RU, TimeZone: "Europe/Moscow"})
	require.NoError(t, err)
	name := "ООО Сирень и партнёры"
	_, err = of.PatchClient(ctx, client.ID, client.Version, crm.ClientPatch{Name: &name}, of.manager.ID)
	require.NoError(t, err)

	changes := of.unsealed("clients")
	made, changed := changes[len(changes)-2], changes[len(changes)-1]
	require.Equal(t, "insert", made.Action)
	require.Equal(t, "ООО Сирень", made.After["name"])
	require.Empty(t, made.Before)
	require.Equal(t, "update", changed.Action)
	require.Equal(t, map[string]any{"name": "ООО Сирень"}, changed.Before, "only what has changed")
	require.Equal(t, map[string]any{"name": name}, changed.After)
	for _, p := range []pending{made, changed} {
		require.Equal(t, of.manager.ID, *p.Actor)
		require.Equal(t, "192.0.2.7", *p.Address)
		require.Equal(t, "r-1", *p.Request)
		require.Equal(t, "api", p.Program)
		require.Equal(t, client.ID.String(), p.Refs["id"])
	}
}

func TestAuditOfAStepNamesWhoGaveTheCommand(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	c := of.create(crm.NewCase{Kind: crm.Appeal, MapID: "appeal"})
	ctx := crm.WithOrigin(t.Context(), &crm.Origin{User: of.dispatcher.ID, Address: "192.0.2.8", RequestID: "hand-over"})
	command, _, err := of.InsertCommand(ctx, crm.Command{
		CaseID: c.ID, UserID: of.dispatcher.ID, Kind: crm.CommandComplete, IdempotencyKey: "one",
		Payload: crm.CommandPayload{
			TaskID: of.open(c).ID, Outcome: "hand-over",
			Fields: map[string]any{"purpose": "question", "performer": of.manager.ID.String()},
		},
	})
	require.NoError(t, err)
	// The worker knows nothing of the request.
	result, err := of.Advance(t.Context(), activities.AdvanceRequest{Case: c.ID, Seq: 1, EventID: command.ID.String(), Kind: activities.EventCommand, Ref: command.ID})
	require.NoError(t, err)
	require.Empty(t, result.Refused)
	tasks := of.unsealed("tasks")
	last := tasks[len(tasks)-1]
	require.Equal(t, of.dispatcher.ID, *last.Actor)
	require.Equal(t, "192.0.2.8", *last.Address)
	require.Equal(t, "hand-over", *last.Request)
	require.Equal(t, "route: command", last.Program)
}

func TestAuditTakesWhatGoesPastTheProgram(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	_, err := of.Pool().Exec(t.Context(), "update users set password_hash = 'another' where id = $1", of.manager.ID)
	require.NoError(t, err)
	users := of.unsealed("users")
	last := users[len(users)-1]
	require.Nil(t, last.Actor, "nobody has said who")
	require.Equal(t, "marshrut", last.Program, "the connection's own name")
	require.Equal(t, map[string]any{"password_hash": "***"}, last.After, "a secret is no part of the audit")
	for _, p := range append(of.unsealed("tokens"), users...) {
		require.NotContains(t, string(p.afterText)+string(p.beforeText), "another")
		require.NotContains(t, p.After, "hash")
	}
}

func TestAuditIsAppendOnly(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	for _, statement := range []string{
		"update audit_pending set actor_id = null",
		"delete from audit_pending",
		"truncate audit_pending",
		"update audit set actor_id = null",
		"delete from audit",
		"truncate audit",
		"truncate clients cascade",
		"truncate data_keys cascade",
	} {
		if strings.HasSuffix(statement, " audit") || strings.Contains(statement, "update audit ") {
			_, err := of.Pool().Exec(t.Context(), `insert into audit (n, id, chain, seq, at, address, request_id, program, db_role, place, action, record_id, facts, hash)
				values (1, 0, 'settings', 1, now(), '', '', '', '', 'users', 'update', '', '{}', sha256('')) on conflict do nothing`)
			require.NoError(t, err)
		}
		_, err := of.Pool().Exec(t.Context(), statement)
		var refused *pgconn.PgError
		require.ErrorAs(t, err, &refused, statement)
		require.Contains(t, []string{"23000", "42501"}, refused.Code, statement)
	}
}

// auditedNot are the tables whose changes are not in the audit, with the reason.
var auditedNot = map[string]string{
	"audit": "the audit itself", "audit_pending": "the audit itself", "data_keys": "its keys",
	"goose_db_version":  "of the migrations",
	"directory_version": "a number", "recounting": "how far a round is", "zone_corrections": "which round is under way", "changes": "ids for live pages", "changes_pruned": "a number",
	"idempotency": "answers, kept for a day", "token_uses": "a note of when and from where",
	"commands": "decided once; its step is in transitions", "transitions": "append-only itself", "case_stages": "follows from transitions",
	"stage_outcomes": "follows from transitions",
	"feed":           "append-only itself", "incidents": "opened and closed by steps", "notifications": "a ledger of its own", "user_notices": "reminders of what is in the audit",
	"notice_events":  "what people are still to be told of, gone when they have been",
	"client_history": "append-only itself", "task_history": "append-only itself", "comment_versions": "append-only itself",
	"case_viewers": "follows from cases", "interaction_viewers": "follows from interactions", "client_viewers": "follows from clients",
	"webhook_deliveries": "what becomes of them is in them",
	"search_words":       "follows from names", "mentions": "follows from comments", "merged_rows": "part of a merge", "import_rows": "what an import makes is in the audit",
}

func TestAuditOfEveryTable(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	rows, err := of.Pool().Query(t.Context(), `select c.relname, array(select t.tgname::text from pg_trigger t where t.tgrelid = c.oid and t.tgname in (c.relname || '_audit', c.relname || '_whole'))
		from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')`)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var table string
		var triggers []string
		require.NoError(t, rows.Scan(&table, &triggers))
		if _, left := auditedNot[table]; !left && len(triggers) != 2 {
			t.Errorf("changes of %s are not in the audit: give it the triggers of 00023_audit.sql, or say in auditedNot why not", table)
		}
		if _, left := auditedNot[table]; left && strings.Contains(strings.Join(triggers, " "), "_audit") {
			t.Errorf("%s is in the audit and in auditedNot", table)
		}
	}
	require.NoError(t, rows.Err())
}

// sealedAll seals everything that waits.
func (of *office) sealedAll(keys *audit.Keys) int {
	of.t.Helper()
	all := 0
	for {
		n, err := of.SealAudit(of.t.Context(), keys)
		require.NoError(of.t, err)
		all += n
		if n == 0 {
			return all
		}
	}
}

func TestAuditIsSealed(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	keys, err := audit.RandomKeys()
	require.NoError(t, err)
	c := of.create(crm.NewCase{Kind: crm.Appeal, MapID: "appeal", Topic: "Секрет обращения", Source: "site"})
	_, err = of.CreateComment(t.Context(), crm.Comment{CaseID: c.ID, Kind: crm.CommentNote, Text: "Секрет заметки", AuthorID: of.manager.ID})
	require.NoError(t, err)
	require.Greater(t, of.sealedAll(keys), 10)
	var left, chains int
	var text string
	require.NoError(t, of.Pool().QueryRow(t.Context(), `select (select count(*) from audit_pending), count(distinct chain), string_agg(to_jsonb(a)::text, '') from audit a`).
		Scan(&left, &chains, &text))
	require.Zero(t, left)
	require.Greater(t, chains, 3)
	for _, secret := range []string{"Секрет", "Ромашка", "info@romashka", "director@office"} {
		require.NotContains(t, text, secret)
	}
	require.Contains(t, text, "case:"+c.ID.String())
	require.Contains(t, text, "client:"+of.client.String())
	require.Contains(t, text, "hand-over", "maps are settings, and open")

	v := audit.NewVerifier(nil)
	waiting, err := of.VerifyAudit(t.Context(), v)
	require.NoError(t, err)
	require.Zero(t, waiting)
	require.Empty(t, v.Problems)
}

// TestAuditOfAMergeIsSealedWithTheKeyOfTheCardThatStays: whoever erases that client erases what it has taken over.
func TestAuditOfAMergeIsSealedWithTheKeyOfTheCardThatStays(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	keys, err := audit.RandomKeys()
	require.NoError(t, err)
	from := of.newClient("Ромашка, тот же")
	_, err = of.MergeClients(t.Context(), of.client, from, of.manager.ID)
	require.NoError(t, err)
	of.sealedAll(keys)
	var client, key uuid.UUID
	require.NoError(t, of.Pool().QueryRow(t.Context(), "select client_id, key_id from audit where place = 'merges'").Scan(&client, &key))
	require.Equal(t, of.client, client)
	require.Equal(t, of.client, key)
}

func TestAuditTamperedWithByASuperuserIsFound(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	keys, err := audit.RandomKeys()
	require.NoError(t, err)
	x := &audit.Exporter{Folder: t.TempDir(), Keys: keys}
	c := of.create(crm.NewCase{Kind: crm.Appeal, MapID: "appeal"})
	of.sealedAll(keys)
	heads, err := of.ExportAudit(t.Context(), x)
	require.NoError(t, err)
	require.Greater(t, heads, 3)
	heads, err = of.ExportAudit(t.Context(), x)
	require.NoError(t, err)
	require.Zero(t, heads, "nothing has happened since")

	verify := func() string {
		exports, problems, err := audit.ReadHeads(x.Folder, keys.Public())
		require.NoError(t, err)
		require.Empty(t, problems)
		v := audit.NewVerifier(exports)
		_, err = of.VerifyAudit(t.Context(), v)
		require.NoError(t, err)
		return fmt.Sprint(v.Problems)
	}
	require.Equal(t, "[]", verify())
	_, err = of.Pool().Exec(t.Context(), `begin; set local session_replication_role = replica;
		update audit set actor_id = null, address = '203.0.113.9' where chain = 'case:`+c.ID.String()+`' and seq = 1; commit`)
	require.NoError(t, err)
	require.Contains(t, verify(), "case:"+c.ID.String()+"#1: the record is not what was sealed")
	_, err = of.Pool().Exec(t.Context(), `begin; set local session_replication_role = replica;
		delete from audit where chain = 'case:`+c.ID.String()+`'; commit`)
	require.NoError(t, err)
	require.Contains(t, verify(), "the chain is gone")
}

func TestAuditIsSealedByOneAtATime(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	keys, err := audit.RandomKeys()
	require.NoError(t, err)
	var group errgroup.Group
	for range 4 {
		group.Go(func() error {
			for range 20 {
				if _, err := of.SealAudit(t.Context(), keys); err != nil {
					return err
				}
			}
			return nil
		})
	}
	for range 5 {
		of.create(crm.NewCase{Kind: crm.Appeal, MapID: "appeal"})
	}
	require.NoError(t, group.Wait())
	of.sealedAll(keys)
	var n, last int64
	require.NoError(t, of.Pool().QueryRow(t.Context(), "select count(*), max(n) from audit").Scan(&n, &last))
	require.Equal(t, last, n, "numbers without a gap")
	v := audit.NewVerifier(nil)
	_, err = of.VerifyAudit(t.Context(), v)
	require.NoError(t, err)
	require.Empty(t, v.Problems)
}

func TestAKeyThatWasDestroyedStaysSo(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	keys, err := audit.RandomKeys()
	require.NoError(t, err)
	of.sealedAll(keys)
	_, err = of.Pool().Exec(t.Context(), "update data_keys set wrapped = null, destroyed_at = now() where id = $1", of.client)
	require.NoError(t, err)
	for _, statement := range []string{
		"update data_keys set wrapped = '\\x00', destroyed_at = null", "delete from data_keys",
	} {
		_, err := of.Pool().Exec(t.Context(), statement)
		require.Error(t, err, statement)
	}
	// What is changed afterwards is recorded, without what is personal.
	name := "Секрет"
	client, err := of.Client(t.Context(), of.client)
	require.NoError(t, err)
	_, err = of.PatchClient(t.Context(), of.client, client.Version, crm.ClientPatch{Name: &name}, of.manager.ID)
	require.NoError(t, err)
	of.sealedAll(keys)
	var sealed []byte
	require.NoError(t, of.Pool().QueryRow(t.Context(), "select sealed from audit where place = 'clients' order by n desc limit 1").Scan(&sealed))
	require.Nil(t, sealed)
}

// Every column that may hold a text is declared: a new one is either personal, and then it is known how it is erased, or not.
func TestEveryTextIsDeclaredPersonalOrNot(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	problems, err := of.UndeclaredTexts(t.Context())
	require.NoError(t, err)
	require.Empty(t, problems)
}

func TestTheProgramsRoleAddsToTheAuditAndAltersNothing(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	keys, err := audit.RandomKeys()
	require.NoError(t, err)
	role := "program_" + strings.ReplaceAll(uuid.NewString(), "-", "")[:12]
	_, err = of.Pool().Exec(t.Context(), "create role "+role+" login password 'program'")
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := of.Pool().Exec(context.Background(), "drop owned by "+role+"; drop role "+role)
		require.NoError(t, err)
	})
	require.NoError(t, migrations.Grant(t.Context(), of.Pool(), role))

	of.sealedAll(keys)
	conn, err := of.Pool().Acquire(t.Context())
	require.NoError(t, err)
	defer conn.Release()
	_, err = conn.Exec(t.Context(), "set role "+role)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), "update clients set name = 'ООО Сирень' where id = $1", of.client)
	require.NoError(t, err, "the trigger writes for the role what it may not write itself")
	for _, statement := range []string{
		"update audit set actor_id = null", "delete from audit", "truncate audit", "update audit_pending set actor_id = null", "truncate audit_pending",
		"insert into audit_pending (place, action) values ('clients', 'update')", "delete from data_keys", "update transitions set kind = ''",
		"alter table audit disable trigger all", "drop trigger clients_audit on clients", "set session_replication_role = replica",
	} {
		_, err := conn.Exec(t.Context(), statement)
		var refused *pgconn.PgError
		require.ErrorAs(t, err, &refused, statement)
		require.Equal(t, "42501", refused.Code, statement)
	}
	_, err = conn.Exec(t.Context(), "delete from audit_pending")
	require.ErrorContains(t, err, "what is not sealed yet stays")
	_, err = conn.Exec(t.Context(), "update route_map_versions set source = ''")
	require.Error(t, err)
	_, err = conn.Exec(t.Context(), "reset role")
	require.NoError(t, err)
	require.Equal(t, 1, of.sealedAll(keys))
}

// sealedOf is what the last change of the client's card says, opened.
func (of *office) sealedOf(keys *audit.Keys) string {
	of.t.Helper()
	var id int64
	var sealed, wrapped []byte
	require.NoError(of.t, of.Pool().QueryRow(of.t.Context(), `select a.id, a.sealed, k.wrapped from audit a join data_keys k on k.id = a.key_id
		where a.place = 'clients' and a.client_id = $1 order by a.n desc limit 1`, of.client).Scan(&id, &sealed, &wrapped))
	key, err := keys.Unwrap(of.client, wrapped)
	require.NoError(of.t, err)
	plain, err := key.Open(id, sealed)
	require.NoError(of.t, err)
	return string(plain)
}

func TestDataKeysAreWrappedByANewMasterKey(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	folder := t.TempDir()
	require.NoError(t, audit.CreateKeys(folder))
	before, err := audit.LoadKeys(folder)
	require.NoError(t, err)
	// More than are wrapped in one transaction, and one that is destroyed.
	_, err = of.Pool().Exec(t.Context(), "insert into data_keys (id, master, destroyed_at) values (gen_random_uuid(), '', now())")
	require.NoError(t, err)
	const many = 1200
	owners, wrapped := make([]uuid.UUID, many), make([][]byte, many)
	for i := range owners {
		owners[i] = uuid.New()
		wrapped[i] = before.Wrap(owners[i], audit.NewDataKey())
	}
	_, err = of.Pool().Exec(t.Context(), "insert into data_keys (id, wrapped, master) select o, w, $3 from unnest($1::uuid[], $2::bytea[]) k (o, w)", owners, wrapped, before.MasterID())
	require.NoError(t, err)
	of.sealedAll(before)
	said := of.sealedOf(before)

	require.NoError(t, audit.ReplaceMaster(folder))
	keys, err := audit.LoadKeys(folder)
	require.NoError(t, err)
	// One that is broken off half way: a key that no master key here has wrapped.
	last := uuid.Must(uuid.Parse("ffffffff-ffff-ffff-ffff-ffffffffffff"))
	others, err := audit.RandomKeys()
	require.NoError(t, err)
	_, err = of.Pool().Exec(t.Context(), "insert into data_keys (id, wrapped, master) values ($1, $2, 'x')", last, others.Wrap(last, audit.NewDataKey()))
	require.NoError(t, err)
	first, err := of.RewrapDataKeys(t.Context(), keys)
	require.ErrorContains(t, err, "another master key")
	require.Positive(t, first)
	_, err = of.Pool().Exec(t.Context(), "update data_keys set wrapped = $2 where id = $1", last, before.Wrap(last, audit.NewDataKey()))
	require.NoError(t, err)
	second, err := of.RewrapDataKeys(t.Context(), keys)
	require.NoError(t, err)
	require.Greater(t, first+second, many)
	none, err := of.RewrapDataKeys(t.Context(), keys)
	require.NoError(t, err)
	require.Zero(t, none)

	var left int
	require.NoError(t, of.Pool().QueryRow(t.Context(), "select count(*) from data_keys where wrapped is not null and master <> $1", keys.MasterID()).Scan(&left))
	require.Zero(t, left)
	require.Equal(t, said, of.sealedOf(keys), "what was sealed is read as before")
	v := audit.NewVerifier(nil)
	_, err = of.VerifyAudit(t.Context(), v)
	require.NoError(t, err)
	require.Empty(t, v.Problems)
	require.NoError(t, os.Remove(filepath.Join(folder, "master-old.key")))
	alone, err := audit.LoadKeys(folder)
	require.NoError(t, err)
	require.Equal(t, said, of.sealedOf(alone), "without the master key before")
}

// TestWhoWasErasedIsErasedAgain: a database is restored to before.
func TestWhoWasErasedIsErasedAgain(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	keys, err := audit.RandomKeys()
	require.NoError(t, err)
	auditor := postgres.NewAuditor(of.DB, keys)
	listed, err := of.ErasedClients(t.Context())
	require.NoError(t, err)
	require.Empty(t, listed)

	again := crm.Erasure{ClientID: of.client, By: of.manager.ID, Reason: "restored", LastAt: of.now()}
	c := of.create(crm.NewCase{Kind: crm.Appeal, MapID: "appeal"})
	_, err = auditor.EraseAgain(t.Context(), again)
	wantCode(t, err, crm.KindConflict, "", "client_has_open_cases")
	_, err = of.Pool().Exec(t.Context(), "update cases set status = 'cancelled', closed_at = now() where id = $1", c.ID)
	require.NoError(t, err)
	done, err := auditor.EraseAgain(t.Context(), again)
	require.NoError(t, err)
	require.True(t, done)
	client, err := of.Client(t.Context(), of.client)
	require.NoError(t, err)
	require.NotContains(t, client.Name, "Ромашка")
	done, err = auditor.EraseAgain(t.Context(), again)
	require.NoError(t, err)
	require.False(t, done, "it is erased already")
	listed, err = of.ErasedClients(t.Context())
	require.NoError(t, err)
	require.Len(t, listed, 1)
	require.Equal(t, of.client, listed[0].ID)
	again.LastAt = listed[0].At.Add(time.Hour)
	done, err = auditor.EraseAgain(t.Context(), again)
	require.NoError(t, err)
	require.True(t, done, "there it was erased once more, later")
	again.ClientID = uuid.New()
	done, err = auditor.EraseAgain(t.Context(), again)
	require.NoError(t, err)
	require.False(t, done, "it came after the backup")
}
