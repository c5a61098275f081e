package postgres

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/audit"
)

// sealBatch is how many changes are sealed in one transaction.
const sealBatch = 500

// sealLock and exportLock are advisory locks: there is one sealer at a time, and one exporter.
const (
	sealLock   = 0x6d617264_73656c // arbitrary, and ours
	exportLock = 0x6d617264_657870
)

// SealAudit seals changes that wait for it, at most a batch, and tells how many. Where somebody else is at it, it does nothing.
func (db *DB) SealAudit(ctx context.Context, keys *audit.Keys) (int, error) {
	return db.sealAudit(ctx, keys, "select pg_try_advisory_xact_lock($1)")
}

// sealAll seals everything that is waiting now, after whoever is at it.
func (db *DB) sealAll(ctx context.Context, keys *audit.Keys) error {
	for {
		sealed, err := db.sealAudit(ctx, keys, "select pg_advisory_xact_lock($1) is not null")
		if err != nil || sealed < sealBatch {
			return err
		}
	}
}

func (db *DB) sealAudit(ctx context.Context, keys *audit.Keys, lock string) (int, error) {
	sealed := 0
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		var mine bool
		if err := tx.QueryRow(ctx, lock, int64(sealLock)).Scan(&mine); err != nil || !mine {
			return err
		}
		waiting, err := readUnsealed(ctx, tx)
		if err != nil || len(waiting) == 0 {
			return err
		}
		sealed = len(waiting)
		return db.seal(ctx, tx, keys, waiting)
	})
	if err != nil {
		return 0, fmt.Errorf("seal the audit: %w", err)
	}
	return sealed, nil
}

// unsealed is a change that waits to be sealed.
type unsealed struct {
	audit.Record
	refs, before, after map[string]json.RawMessage
}

// unsealedQuery finds the case and the client that a change belongs to: those of its own row, or of the row that this one hangs on.
const unsealedQuery = `with waiting as (
	select p.*, (p.refs->>'contact_id')::uuid as contact, (p.refs->>'interaction_id')::uuid as interaction,
		case p.place when 'cases' then (p.refs->>'id')::uuid
			when 'letter_files' then (select l.case_id from letters l where l.id = (p.refs->>'letter_id')::uuid)
			else (p.refs->>'case_id')::uuid end as own_case,
		case p.place when 'clients' then (p.refs->>'id')::uuid else (p.refs->>'client_id')::uuid end as own_client
	from audit_pending p order by p.id limit $1
), with_case as (
	select w.*, coalesce(w.own_case, i.case_id) as of_case, coalesce(i.client_id, ic.client_id) as of_interaction
	from waiting w left join interactions i on i.id = w.interaction left join contacts ic on ic.id = i.contact_id
)
select w.id, w.at, w.actor_id, coalesce(w.address, ''), coalesce(w.request_id, ''), w.program, w.db_role, w.place, w.action, w.refs,
	coalesce(w.before, '{}'), coalesce(w.after, '{}'), w.of_case, coalesce(c.client_id, w.own_client, k.client_id, w.of_interaction)
from with_case w left join cases c on c.id = w.of_case left join contacts k on k.id = coalesce(w.contact, case when w.place = 'contacts' then (w.refs->>'id')::uuid end)
order by w.id`

func readUnsealed(ctx context.Context, tx pgx.Tx) ([]unsealed, error) {
	rows, err := tx.Query(ctx, unsealedQuery, sealBatch)
	if err != nil {
		return nil, fmt.Errorf("read what waits to be sealed: %w", err)
	}
	waiting, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (unsealed, error) {
		var u unsealed
		err := row.Scan(&u.ID, &u.At, (*zeronull.UUID)(&u.Actor), &u.Address, &u.RequestID, &u.Program, &u.DBRole, &u.Place, &u.Action, &u.refs,
			&u.before, &u.after, (*zeronull.UUID)(&u.CaseID), (*zeronull.UUID)(&u.ClientID))
		return u, err
	})
	if err != nil {
		return nil, fmt.Errorf("read what waits to be sealed: %w", err)
	}
	return waiting, nil
}

// seal puts changes into the chains of their records.
func (db *DB) seal(ctx context.Context, tx pgx.Tx, keys *audit.Keys, waiting []unsealed) error {
	personal := make([]values, len(waiting))
	for i := range waiting {
		var err error
		if personal[i], err = waiting[i].divide(); err != nil {
			return err
		}
	}
	var owners []uuid.UUID
	for i := range waiting {
		if !personal[i].none() {
			owners = append(owners, waiting[i].keyOwner())
		}
	}
	data, err := dataKeys(ctx, tx, keys, owners)
	if err != nil {
		return err
	}
	heads, last, err := readHeads(ctx, tx, waiting)
	if err != nil {
		return err
	}
	ids := make([]int64, len(waiting))
	for i := range waiting {
		u := &waiting[i]
		if err := u.encrypt(personal[i], data); err != nil {
			return err
		}
		head := heads[u.Chain]
		last++
		u.N, u.Seq = last, head.Seq+1
		u.Hash = u.HashAfter(head.Hash)
		heads[u.Chain] = u.Record
		ids[i] = u.ID
	}
	_, err = tx.CopyFrom(ctx, pgx.Identifier{"audit"}, auditColumns, pgx.CopyFromSlice(len(waiting), func(i int) ([]any, error) {
		r := &waiting[i].Record
		return []any{
			r.N, r.ID, r.Chain, r.Seq, r.At, nullID(r.Actor), r.Address, r.RequestID, r.Program, r.DBRole, r.Place, r.Action, nullID(r.CaseID),
			nullID(r.ClientID), r.RecordID, r.Facts, nullID(r.KeyID), r.Sealed, r.Hash,
		}, nil
	}))
	if err != nil {
		return fmt.Errorf("write sealed changes: %w", err)
	}
	if _, err := tx.Exec(ctx, "delete from audit_pending where id = any($1)", ids); err != nil {
		return fmt.Errorf("take sealed changes off the queue: %w", err)
	}
	return nil
}

var auditColumns = []string{
	"n", "id", "chain", "seq", "at", "actor_id", "address", "request_id", "program", "db_role", "place", "action", "case_id", "client_id",
	"record_id", "facts", "key_id", "sealed", "hash",
}

// values are columns of a record before and after a change.
type values struct {
	Refs   map[string]json.RawMessage `json:"refs,omitempty"`
	Before map[string]json.RawMessage `json:"before,omitempty"`
	After  map[string]json.RawMessage `json:"after,omitempty"`
}

func (v *values) none() bool { return len(v.Before)+len(v.After) == 0 }

// divide names the record and its chain, puts what is personal to nobody into the facts, and gives back the rest.
func (u *unsealed) divide() (values, error) {
	u.RecordID = recordID(u.refs)
	u.Chain = u.chain()
	facts := values{Refs: u.refs, Before: map[string]json.RawMessage{}, After: map[string]json.RawMessage{}}
	personal := values{Before: map[string]json.RawMessage{}, After: map[string]json.RawMessage{}}
	for _, side := range []struct{ all, facts, personal map[string]json.RawMessage }{
		{u.before, facts.Before, personal.Before}, {u.after, facts.After, personal.After},
	} {
		for column, value := range side.all {
			if isOpen(u.Place, column, value) {
				side.facts[column] = value
			} else {
				side.personal[column] = value
			}
		}
	}
	var err error
	if u.Facts, err = json.Marshal(facts); err != nil {
		return values{}, fmt.Errorf("encode a change: %w", err)
	}
	return personal, nil
}

// recordID is the id of a record in its table, or its key.
func recordID(refs map[string]json.RawMessage) string {
	id := ""
	for _, name := range []string{"id", "list", "subject", "map_id", "key", "lang", "version", "interaction_id", "letter_id", "client_id", "user_id"} {
		raw, ok := refs[name]
		if !ok {
			continue
		}
		var text string
		if json.Unmarshal(raw, &text) != nil {
			text = string(raw)
		}
		if name == "id" {
			return text
		}
		if id != "" {
			id += "/"
		}
		id += text
	}
	return id
}

// chain is the one a record belongs to: that of its case, its client or its user, or the one of everything else.
func (u *unsealed) chain() string {
	switch {
	case u.CaseID != uuid.Nil:
		return "case:" + u.CaseID.String()
	case u.ClientID != uuid.Nil:
		return "client:" + u.ClientID.String()
	case u.Place == "users":
		return "user:" + u.RecordID
	}
	var user uuid.UUID
	if raw, ok := u.refs["user_id"]; ok && json.Unmarshal(raw, &user) == nil {
		return "user:" + user.String()
	}
	return "office"
}

// plainValue are values that tell of nobody, whatever their column: null, numbers, flags, ids and times.
var plainValue = regexp.MustCompile(`^(null|true|false|-?[0-9.]+|"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"|"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9:]+)")$`)

// isOpen tells whether a value may be kept in the open. What nobody has declared is personal.
func isOpen(table, column string, value json.RawMessage) bool {
	h := slices.IndexFunc(holdings, func(h holding) bool { return h.table == table })
	if h < 0 {
		return false
	}
	if _, personal := holdings[h].personal[column]; personal {
		return false
	}
	return slices.Contains(holdings[h].open, column) || plainValue.Match(value)
}

// keyOwner is whose key seals what is personal in the change: its client's, or that of the case or record that has no client. A contact
// has a key of his own: he may go to another client, and what is told of him has to go with that one.
func (u *unsealed) keyOwner() uuid.UUID {
	own, err := uuid.Parse(u.RecordID)
	if err != nil {
		own = uuid.Nil
	}
	for _, name := range []string{"interaction_id", "user_id"} {
		if raw, ok := u.refs[name]; ok && own == uuid.Nil {
			_ = json.Unmarshal(raw, &own) // what is no id is nobody's
		}
	}
	switch u.Place {
	case "contacts":
		return own
	case "contact_details", "files":
		var contact uuid.UUID
		if raw, ok := u.refs["contact_id"]; ok && json.Unmarshal(raw, &contact) == nil {
			return contact
		}
	}
	return cmp.Or(u.ClientID, u.CaseID, own)
}

// encrypt seals what is personal. Of a client that has been erased it is not kept.
func (u *unsealed) encrypt(personal values, keys map[uuid.UUID]audit.DataKey) error {
	if personal.none() {
		return nil
	}
	u.KeyID = u.keyOwner()
	key := keys[u.KeyID]
	if key == nil {
		return nil
	}
	plain, err := json.Marshal(personal)
	if err != nil {
		return fmt.Errorf("encode a change: %w", err)
	}
	u.Sealed, err = key.Seal(u.ID, plain)
	return err
}

// dataKeys are the keys of owners; nil: destroyed. Those that there are not yet are made.
func dataKeys(ctx context.Context, tx pgx.Tx, keys *audit.Keys, owners []uuid.UUID) (map[uuid.UUID]audit.DataKey, error) {
	// A key that is being destroyed is waited for: what is sealed with it afterwards could be read from nowhere, or worse, from memory.
	if _, err := tx.Exec(ctx, "select from data_keys where id = any($1) order by id for share", owners); err != nil {
		return nil, fmt.Errorf("lock data keys: %w", err)
	}
	slices.SortFunc(owners, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	owners = slices.Compact(owners)
	known, err := readDataKeys(ctx, tx, keys, owners)
	if err != nil {
		return nil, err
	}
	batch := &pgx.Batch{}
	for _, owner := range owners {
		if _, ok := known[owner]; !ok {
			known[owner] = audit.NewDataKey()
			batch.Queue("insert into data_keys (id, wrapped, master) values ($1, $2, $3)", owner, keys.Wrap(owner, known[owner]), keys.MasterID())
		}
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return nil, fmt.Errorf("write data keys: %w", err)
	}
	return known, nil
}

// readDataKeys are the keys of owners that have one; nil: it has been destroyed.
func readDataKeys(ctx context.Context, q querier, keys *audit.Keys, owners []uuid.UUID) (map[uuid.UUID]audit.DataKey, error) {
	rows, err := q.Query(ctx, "select id, wrapped from data_keys where id = any($1)", owners)
	if err != nil {
		return nil, fmt.Errorf("read data keys: %w", err)
	}
	known := map[uuid.UUID]audit.DataKey{}
	var owner uuid.UUID
	var wrapped []byte
	_, err = pgx.ForEachRow(rows, []any{&owner, &wrapped}, func() error {
		known[owner] = nil
		if wrapped == nil {
			return nil
		}
		key, err := keys.Unwrap(owner, wrapped)
		known[owner] = key
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read data keys: %w", err)
	}
	return known, nil
}

// rewrapBatch is how many keys are wrapped anew in one transaction.
const rewrapBatch = 500

// RewrapDataKeys wraps anew the data keys that another master key than that of keys has wrapped, and tells how many there were. What
// is sealed stays as it is. Broken off, it goes on with those that are left; keys that are made or destroyed meanwhile stay so.
func (db *DB) RewrapDataKeys(ctx context.Context, keys *audit.Keys) (int, error) {
	rewrapped, after := 0, uuid.Nil
	for {
		var n int
		err := db.inTx(ctx, func(tx pgx.Tx) error {
			var err error
			n, after, err = rewrapSome(ctx, tx, keys, after)
			return err
		})
		rewrapped += n
		if err != nil {
			return rewrapped, fmt.Errorf("wrap data keys anew: %w", err)
		}
		if n == 0 {
			return rewrapped, nil
		}
	}
}

func rewrapSome(ctx context.Context, tx pgx.Tx, keys *audit.Keys, after uuid.UUID) (n int, last uuid.UUID, err error) {
	rows, err := tx.Query(ctx, `select id, wrapped from data_keys where id > $1 and wrapped is not null and master <> $2
		order by id limit $3 for update`, after, keys.MasterID(), rewrapBatch)
	if err != nil {
		return 0, after, fmt.Errorf("read data keys: %w", err)
	}
	var owners []uuid.UUID
	var anew [][]byte
	var owner uuid.UUID
	var wrapped []byte
	_, err = pgx.ForEachRow(rows, []any{&owner, &wrapped}, func() error {
		key, err := keys.Unwrap(owner, wrapped)
		if err != nil {
			return err
		}
		owners, anew = append(owners, owner), append(anew, keys.Wrap(owner, key))
		return nil
	})
	if err != nil || len(owners) == 0 {
		return 0, after, err
	}
	_, err = tx.Exec(ctx, `update data_keys k set wrapped = n.wrapped, master = $3
		from unnest($1::uuid[], $2::bytea[]) n (id, wrapped) where k.id = n.id`, owners, anew, keys.MasterID())
	if err != nil {
		return 0, after, fmt.Errorf("write data keys: %w", err)
	}
	return len(owners), owners[len(owners)-1], nil
}

// readHeads are the last records of the changes' chains, of which only number and hash are read, and the last number of all.
func readHeads(ctx context.Context, tx pgx.Tx, waiting []unsealed) (map[string]audit.Record, int64, error) {
	chains := make([]string, len(waiting))
	for i := range waiting {
		chains[i] = waiting[i].Chain
	}
	slices.Sort(chains)
	rows, err := tx.Query(ctx, `select c.chain, a.seq, a.hash from unnest($1::text[]) c (chain)
		cross join lateral (select seq, hash from audit where chain = c.chain order by seq desc limit 1) a`, slices.Compact(chains))
	if err != nil {
		return nil, 0, fmt.Errorf("read the heads of the audit: %w", err)
	}
	heads := map[string]audit.Record{}
	var r audit.Record
	_, err = pgx.ForEachRow(rows, []any{&r.Chain, &r.Seq, &r.Hash}, func() error {
		heads[r.Chain] = audit.Record{Chain: r.Chain, Seq: r.Seq, Hash: slices.Clone(r.Hash)}
		return nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("read the heads of the audit: %w", err)
	}
	var last int64
	if err := tx.QueryRow(ctx, "select coalesce(max(n), 0) from audit").Scan(&last); err != nil {
		return nil, 0, fmt.Errorf("read the length of the audit: %w", err)
	}
	return heads, last, nil
}

// exportSpan is how many records one exported line vouches for at most.
const exportSpan = 50_000

// ExportAudit writes the heads of all chains that have grown since the last export into a folder, and tells how many. Where
// somebody else is at it, it does nothing.
func (db *DB) ExportAudit(ctx context.Context, x *audit.Exporter) (int, error) {
	written := 0
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		written = 0
		var mine bool
		if err := tx.QueryRow(ctx, "select pg_try_advisory_xact_lock($1)", int64(exportLock)).Scan(&mine); err != nil || !mine {
			return err
		}
		for {
			n, err := db.exportSome(ctx, tx, x)
			written += n
			if err != nil || n == 0 {
				return err
			}
		}
	})
	if err != nil {
		return written, fmt.Errorf("export the heads of the audit: %w", err)
	}
	return written, nil
}

func (db *DB) exportSome(ctx context.Context, tx pgx.Tx, x *audit.Exporter) (int, error) {
	after, hash, err := x.Last()
	if err != nil {
		return 0, err
	}
	heads := audit.Heads{At: db.now(), Before: hash}
	rows, err := tx.Query(ctx, `select chain, max(seq), (array_agg(hash order by seq desc))[1], max(max(n)) over () from audit
		where n > $1 and n <= $1 + $2 group by chain order by chain`, after, exportSpan)
	if err != nil {
		return 0, fmt.Errorf("read heads: %w", err)
	}
	var head audit.Head
	var sum []byte
	_, err = pgx.ForEachRow(rows, []any{&head.Chain, &head.Seq, &sum, &heads.N}, func() error {
		head.Hash = hex.EncodeToString(sum)
		heads.Heads = append(heads.Heads, head)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("read heads: %w", err)
	}
	if len(heads.Heads) == 0 {
		return 0, nil
	}
	return len(heads.Heads), x.Write(heads)
}

const auditRecordColumns = `a.n, a.id, a.chain, a.seq, a.at, a.actor_id, a.address, a.request_id, a.program, a.db_role, a.place, a.action,
	a.case_id, a.client_id, a.record_id, a.facts::text, a.key_id, a.sealed, a.hash`

func scanAuditRecord(row pgx.Row) (*audit.Record, error) {
	var r audit.Record
	var facts string
	err := row.Scan(&r.N, &r.ID, &r.Chain, &r.Seq, &r.At, (*zeronull.UUID)(&r.Actor), &r.Address, &r.RequestID, &r.Program, &r.DBRole, &r.Place,
		&r.Action, (*zeronull.UUID)(&r.CaseID), (*zeronull.UUID)(&r.ClientID), &r.RecordID, &facts, (*zeronull.UUID)(&r.KeyID), &r.Sealed, &r.Hash)
	if err != nil {
		return nil, err
	}
	r.Facts = []byte(facts)
	return &r, nil
}

// VerifyAudit gives every record to the verifier, chain by chain, and tells how long the oldest change has been waiting to be
// sealed; zero when none does.
func (db *DB) VerifyAudit(ctx context.Context, v *audit.Verifier) (time.Duration, error) {
	rows, err := db.pool.Query(ctx, "select "+auditRecordColumns+` from audit a order by a.chain, a.seq`)
	if err != nil {
		return 0, fmt.Errorf("read the audit: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		r, err := scanAuditRecord(rows)
		if err != nil {
			return 0, fmt.Errorf("read the audit: %w", err)
		}
		v.Take(r)
	}
	if err := rows.Err(); err != nil {
		return 0, fmt.Errorf("read the audit: %w", err)
	}
	v.End()
	var seconds float64
	if err := db.pool.QueryRow(ctx, "select coalesce(extract(epoch from clock_timestamp() - min(at)), 0) from audit_pending").Scan(&seconds); err != nil {
		return 0, fmt.Errorf("look at what waits to be sealed: %w", err)
	}
	return time.Duration(seconds * float64(time.Second)), nil
}
