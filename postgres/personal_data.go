package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"marshrut/crm"
	"marshrut/engine"
	"marshrut/routemaps"
)

// scope are the ids that rows belong to.
type scope struct {
	clients      []uuid.UUID // the card, and all that have been merged with it
	contacts     []uuid.UUID
	cases        []uuid.UUID
	interactions []uuid.UUID
	rows         []uuid.UUID // what hangs on all these, by which answers to requests are known
	values       []string    // names, numbers and addresses, as a table to be imported may hold them
}

// clientScopeQuery gathers what belongs to a client. $1 the client.
const clientScopeQuery = `with recursive cards as (
	select client_now($1) as id union select k.id from clients k join cards c on k.merged_into = c.id
), people as (select id from contacts where client_id in (select id from cards)),
own as (select id from cases where client_id in (select id from cards)),
talks as (
	select id from interactions where client_id in (select id from cards)
	union select id from interactions where contact_id in (select id from people)
	union select id from interactions where case_id in (select id from own)
	union select id from interactions where deal_id in (select id from own)
)
select array(select id from cards where id is not null order by id), array(select id from people order by id), array(select id from own order by id),
	array(select id from talks order by id),
	array(select name from clients where id in (select id from cards) union select name from contacts where id in (select id from people)
		union select unnest(array[value, number]) from contact_details where client_id in (select id from cards) or contact_id in (select id from people)
		union select unnest(array[name, inn]) from legal_entities where client_id in (select id from cards)),
	array(select id from case_participants where case_id in (select id from own) union select id from payments where case_id in (select id from own)
		union select id from tasks where case_id in (select id from own) union select id from letters where case_id in (select id from own)
		union select id from comments where case_id in (select id from own) union select id from legal_entities where client_id in (select id from cards)
		union select id from files where case_id in (select id from own) or client_id in (select id from cards) or contact_id in (select id from people)
			or interaction_id in (select id from talks)
		union select import_id from import_rows where record_id in (select id from cards) or record_id in (select id from people))`

func readClientScope(ctx context.Context, q querier, client uuid.UUID) (*scope, error) {
	var s scope
	if err := q.QueryRow(ctx, clientScopeQuery, client).Scan(&s.clients, &s.contacts, &s.cases, &s.interactions, &s.values, &s.rows); err != nil {
		return nil, fmt.Errorf("gather what belongs to a client: %w", err)
	}
	if len(s.clients) == 0 {
		return nil, crm.Errorf(crm.KindNotFound, "client_not_found", "no such client")
	}
	s.values = slices.DeleteFunc(s.values, func(v string) bool { return v == "" || v == "—" })
	return &s, nil
}

// owners are those whose data keys seal what is personal.
func (s *scope) owners() []uuid.UUID {
	return slices.Concat(s.clients, s.contacts, s.cases, s.interactions)
}

// args are the names that conditions of holdings use.
func (s *scope) args() pgx.NamedArgs {
	texts := make([]string, 0, len(s.clients))
	for _, id := range slices.Concat(s.owners(), s.rows) {
		texts = append(texts, id.String())
	}
	people := make([]string, len(s.contacts))
	for i, id := range s.contacts {
		people[i] = id.String()
	}
	return pgx.NamedArgs{
		"clients": anyOf(s.clients), "contacts": anyOf(s.contacts), "cases": anyOf(s.cases), "interactions": anyOf(s.interactions),
		"values": append([]string{}, s.values...), "texts": texts, "people": people,
	}
}

// anyOf is an empty array in the place of null, which nothing is compared with.
func anyOf(ids []uuid.UUID) []uuid.UUID { return append([]uuid.UUID{}, ids...) }

// gather reads the rows of a scope as JSON, by table. The contents of files and what the database derives are left out, and
// answers to requests, which only repeat the rest.
func gather(ctx context.Context, q querier, s *scope) (map[string][]json.RawMessage, error) {
	batch := &pgx.Batch{}
	var tables []string
	for i := range holdings {
		h := &holdings[i]
		if h.of == "" || h.table == "idempotency" {
			continue
		}
		left := []string{"content", "body_hash", "search_extra", "name_key", "words", "search_key"}
		tables = append(tables, h.table)
		row := "to_jsonb(t)"
		if h.table == "files" {
			row = "jsonb_build_object('id', t.id, 'case_id', t.case_id, 'client_id', t.client_id, 'contact_id', t.contact_id, 'interaction_id', t.interaction_id," +
				" 'name', t.name, 'media_type', t.media_type, 'size', t.size, 'sha256', encode(t.sha256, 'hex'), 'created_at', t.created_at, 'removed_at', t.removed_at)"
		}
		of := h.of
		if h.table == "client_history" {
			of = "(" + of + ")" + historyOfClient
		}
		batch.Queue("select jsonb_strip_nulls("+row+" - '{"+strings.Join(left, ",")+"}'::text[])::text from "+h.table+" t where "+of, s.args())
	}
	results := q.SendBatch(ctx, batch)
	found := map[string][]json.RawMessage{}
	var err error
	for _, table := range tables {
		var rows pgx.Rows
		var lines []string
		if rows, err = results.Query(); err != nil {
			break
		}
		if lines, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
			break
		}
		for _, line := range lines {
			found[table] = append(found[table], json.RawMessage(line))
		}
	}
	if closeErr := results.Close(); err == nil && closeErr != nil {
		err = closeErr
	}
	if err != nil {
		return nil, fmt.Errorf("read what is recorded: %w", err)
	}
	return found, nil
}

// auditOfClient is the audit of a scope. What is told of a contact (sealed with a key of his own) is his data, and goes with him: it is
// not the client's whom he has left, and it is that of the client whom he has come to, from the time before as well.
// Each of the three is read along an index of its own.
const auditOfClient = `where a.n in (select n from audit where client_id = any(@clients)
		union all select n from audit where case_id = any(@cases)
		union all select n from audit where key_id = any(@contacts) and client_id = any(array(
			select (h.data->>'from_client_id')::uuid from client_history h
			where h.data->>'contact_id' is not null and h.data->>'contact_id' = any(@people) and h.kind = 'contact_added' and h.data ? 'from_client_id')))
		and not exists (select from contacts k where k.id = a.key_id and k.id <> all(@contacts))
	order by a.n`

// historyOfClient is what the history of a client's card has of the client's own: a contact who has left took his lines along.
const historyOfClient = " and (t.data->>'contact_id' is null or t.data->>'contact_id' = any(@people))"

// PersonalData reads everything that is held on a client: its card and those merged with it, its people, what was done with
// it, the audit of all that, and the files.
func (a *Auditor) PersonalData(ctx context.Context, client uuid.UUID) (*crm.PersonalData, error) {
	if _, err := a.db.SealAudit(ctx, a.keys); err != nil {
		return nil, err
	}
	data := &crm.PersonalData{At: a.db.now(), Client: client}
	err := a.db.inTx(ctx, func(tx pgx.Tx) error {
		s, err := readClientScope(ctx, tx, client)
		if err != nil {
			return err
		}
		if data.Records, err = gather(ctx, tx, s); err != nil {
			return err
		}
		records, err := readAudit(ctx, tx, auditOfClient, s.args())
		if err != nil {
			return err
		}
		if data.Entries, err = a.entries(ctx, tx, records); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `select t.id || '-' || t.name, t.media_type, t.content from files t where `+fileHolding().of+" order by t.id", s.args())
		if err != nil {
			return fmt.Errorf("read files: %w", err)
		}
		data.Files, err = collectRows(rows, "read files", func(row pgx.Row) (*crm.AttachedFile, error) {
			var f crm.AttachedFile
			err := row.Scan(&f.Name, &f.MediaType, &f.Content)
			return &f, err
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return data, a.db.RecordEvent(ctx, crm.AuditEvent{Table: "clients", Action: "personal_data_exported", RecordID: client, ClientID: client})
}

func fileHolding() *holding {
	return &holdings[slices.IndexFunc(holdings, func(h holding) bool { return h.table == "files" })]
}

// EraseClient takes away for good everything that is personal to a client: its key in the audit is destroyed, and texts in all
// tables make place for dashes. What reports count stays. confirmation_mismatch: not the client's name; client_has_open_cases: they
// have to be ended first, for a route cannot go on without what it is about. It may be done again.
func (a *Auditor) EraseClient(ctx context.Context, e crm.Erasure) (*crm.Erased, error) {
	if err := a.db.sealAll(ctx, a.keys); err != nil {
		return nil, err
	}
	var erased *crm.Erased
	err := a.db.inOrder(ctx, func(tx pgx.Tx) error {
		s, err := lockClientScope(ctx, tx, e)
		if err != nil {
			return err
		}
		erased, err = a.db.erase(ctx, tx, s, e)
		return err
	})
	if err != nil {
		return nil, err
	}
	// What others changed meanwhile is sealed without the key, that is without what is personal.
	return erased, a.db.sealAll(ctx, a.keys)
}

// ErasedClients lists the cards that have been erased, those merged into others too, in the order of their ids.
func (db *DB) ErasedClients(ctx context.Context) ([]crm.ErasedClient, error) {
	rows, err := db.pool.Query(ctx, "select c.id, "+erasedLast+" from clients c where c.erased_at is not null order by c.id")
	if err != nil {
		return nil, fmt.Errorf("list erased clients: %w", err)
	}
	return collectRows(rows, "list erased clients", func(row pgx.Row) (*crm.ErasedClient, error) {
		var e crm.ErasedClient
		err := row.Scan(&e.ID, &e.At)
		return &e, err
	})
}

// erasedLast is when a client c was erased last.
const erasedLast = "greatest(c.erased_at, (select max(e.at) from erasures e where e.client_id = c.id))"

// EraseAgain is EraseClient for a client that a newer database has erased, at e.LastAt, after an older one was restored. It tells
// whether there was anything to do: a client that came later, or has been erased since, is left alone.
func (a *Auditor) EraseAgain(ctx context.Context, e crm.Erasure) (bool, error) {
	var due bool
	err := a.db.pool.QueryRow(ctx, "select coalesce("+erasedLast+" < $2, true) from clients c where c.id = $1", e.ClientID, e.LastAt).Scan(&due)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && !due {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for a client that was erased: %w", err)
	}
	_, err = a.EraseClient(ctx, e)
	return err == nil, err
}

// lockClientScope locks the client's cases and cards and looks whether it may be erased.
func lockClientScope(ctx context.Context, tx pgx.Tx, e crm.Erasure) (*scope, error) {
	s, err := readClientScope(ctx, tx, e.ClientID)
	if err != nil {
		return nil, err
	}
	var open int
	var name string
	err = tx.QueryRow(ctx, `select count(*) filter (where status = 'open') from (select status from cases where id = any($1) order by id for update) c`, anyOf(s.cases)).Scan(&open)
	if err != nil {
		return nil, fmt.Errorf("lock a client's cases: %w", err)
	}
	if _, err := tx.Exec(ctx, "select from clients where id = any($1) order by id for update", s.clients); err != nil {
		return nil, fmt.Errorf("lock a client: %w", err)
	}
	if err := tx.QueryRow(ctx, "select name from clients where id = $1", e.ClientID).Scan(&name); err != nil {
		return nil, fmt.Errorf("read a client: %w", err)
	}
	now, err := readClientScope(ctx, tx, e.ClientID)
	switch {
	case err != nil:
		return nil, err
	case !slices.Equal(now.clients, s.clients) || !slices.Equal(now.cases, s.cases):
		return nil, errMoved
	case e.LastAt.IsZero() && strings.TrimSpace(e.Confirmation) != strings.TrimSpace(name):
		return nil, invalidField("/confirmation", "confirmation_mismatch")
	case open > 0:
		return nil, crm.Errorf(crm.KindConflict, "client_has_open_cases", "the client has open cases; end them first").With("count", fmt.Sprint(open))
	}
	return now, nil
}

// erase takes away what is personal in a transaction that holds the locks.
func (db *DB) erase(ctx context.Context, tx pgx.Tx, s *scope, e crm.Erasure) (*crm.Erased, error) {
	id, err := newID()
	if err != nil {
		return nil, err
	}
	erased := &crm.Erased{At: db.now(), Counts: map[string]int64{}}
	_, err = tx.Exec(ctx, "insert into erasures (id, client_id, at, by_id, reason) values ($1, $2, $3, $4, $5)", id, e.ClientID, erased.At, e.By, e.Reason)
	if err == nil {
		_, err = tx.Exec(ctx, "select set_config('marshrut.erasing', $1, true)", id.String())
	}
	if err != nil {
		return nil, fmt.Errorf("begin to erase: %w", err)
	}
	if err := db.eraseFields(ctx, tx, s); err != nil {
		return nil, err
	}
	for i := range holdings {
		h := &holdings[i]
		if h.of == "" {
			continue
		}
		tag, err := tx.Exec(ctx, h.eraseQuery(), s.args())
		if err != nil {
			return nil, fmt.Errorf("erase what is in %s: %w", h.table, err)
		}
		if tag.RowsAffected() > 0 {
			erased.Counts[h.table] = tag.RowsAffected()
		}
	}
	for _, statement := range []string{
		"update interactions t set status = 'cancelled', remind_at = null, reminded_at = null, off_register_at = null where t.id = any(@interactions) and t.status = 'planned'",
		"update files t set size = 0 where " + fileHolding().of,
		"update clients t set erased_at = coalesce(t.erased_at, @at), version = version + 1 where t.id = any(@clients)",
		"update contacts t set erased_at = coalesce(t.erased_at, @at), version = version + 1 where t.id = any(@contacts)",
		"update data_keys set wrapped = null, destroyed_at = @at where id = any(@owners) and destroyed_at is null",
		"insert into data_keys (id, master, destroyed_at) select owner, '', @at from unnest(@owners::uuid[]) owner on conflict do nothing",
		"update erasures set counts = @counts where id = @id",
	} {
		args := s.args()
		args["at"], args["owners"], args["counts"], args["id"] = erased.At, s.owners(), erased.Counts, id
		if _, err := tx.Exec(ctx, statement, args); err != nil {
			return nil, fmt.Errorf("finish erasing: %w", err)
		}
	}
	return erased, nil
}

// eraseQuery takes away what is personal in a client's rows.
func (h *holding) eraseQuery() string {
	if h.gone {
		return "delete from " + h.table + " t where " + h.of
	}
	var sets []string
	for column, replacement := range h.personal {
		if replacement != derived {
			sets = append(sets, column+" = "+replacement)
		}
	}
	slices.Sort(sets)
	return "update " + h.table + " t set " + strings.Join(sets, ", ") + " where " + h.of
}

// eraseFields leaves of cases' fields what reports count: choices, people of ours, amounts, the goods of a demand.
func (db *DB) eraseFields(ctx context.Context, tx pgx.Tx, s *scope) error {
	rows, err := tx.Query(ctx, "select "+caseColumns+" from cases c where c.id = any($1)", anyOf(s.cases))
	if err != nil {
		return fmt.Errorf("read the fields of cases: %w", err)
	}
	cases, err := collectRows(rows, "read the fields of cases", scanCase)
	if err != nil {
		return err
	}
	reasons, err := db.listedReasons(ctx, tx)
	if err != nil {
		return err
	}
	batch := &pgx.Batch{}
	for i := range cases {
		types, err := db.fieldTypes(ctx, tx, &cases[i])
		if err != nil {
			return err
		}
		left := map[string]any{}
		for name, value := range cases[i].Fields {
			if staysInReports(types[name], value) || name == reasonField && slices.Contains(reasons, value) {
				left[name] = value
			}
		}
		batch.Queue("update cases set fields = $2 where id = $1", cases[i].ID, left)
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("erase the fields of cases: %w", err)
	}
	return nil
}

// reasonField is the field that reports count losses and claims by, whatever its type in a map.
const reasonField = "reason"

// listedReasons are the keys of the company's own reasons. A map may ask for the reason as a text: one of these in it tells of nobody.
func (db *DB) listedReasons(ctx context.Context, q querier) ([]any, error) {
	rows, err := q.Query(ctx, "select key from reference_items where list in ('loss_reason', 'claim_reason')")
	if err != nil {
		return nil, fmt.Errorf("read the reasons: %w", err)
	}
	reasons, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (any, error) { return pgx.RowTo[string](row) })
	if err != nil {
		return nil, fmt.Errorf("read the reasons: %w", err)
	}
	return reasons, nil
}

// fieldTypes are the types of a case's fields by their names.
func (db *DB) fieldTypes(ctx context.Context, q querier, c *crm.Case) (map[string]routemaps.FieldType, error) {
	fields := append(routemaps.StandardFields(), engine.KindFields(c.Kind)...)
	if c.MapID != "" {
		m, err := db.mapVersion(ctx, q, c.MapID, c.MapVersion)
		if err != nil {
			return nil, err
		}
		fields = append(fields, m.Fields...)
	}
	types := map[string]routemaps.FieldType{}
	for i := range fields {
		types[fields[i].ID] = fields[i].Type
	}
	return types, nil
}

// staysInReports tells whether a field's value tells of nobody but us. Of fields that no map knows only ids do.
func staysInReports(of routemaps.FieldType, value any) bool {
	switch of { //nolint:exhaustive // all others may hold what somebody has written
	case routemaps.FieldMoney, routemaps.FieldPercent, routemaps.FieldFlag, routemaps.FieldChoice, routemaps.FieldLossReason,
		routemaps.FieldClaimReason, routemaps.FieldChannel, routemaps.FieldPurpose, routemaps.FieldCurrency, routemaps.FieldLines:
		return true
	}
	text, isText := value.(string)
	_, err := uuid.Parse(text)
	return isText && err == nil
}
