package postgres_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"marshrut/activities"
	"marshrut/crm"
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
		"truncate data_keys",
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
	"directory_version": "a number", "recounting": "how far a round is", "changes": "ids for live pages", "changes_pruned": "a number",
	"idempotency": "answers, kept for a day",
	"commands":    "decided once; its step is in transitions", "transitions": "append-only itself", "case_stages": "follows from transitions",
	"feed": "append-only itself", "incidents": "opened and closed by steps", "notifications": "a ledger of its own", "user_notices": "reminders of what is in the audit",
	"client_history": "append-only itself", "task_history": "append-only itself", "comment_versions": "append-only itself",
	"mentions": "follows from comments", "merged_rows": "part of a merge", "import_rows": "what an import makes is in the audit",
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
