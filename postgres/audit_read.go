package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"marshrut/audit"
	"marshrut/crm"
)

// Auditor reads the audit, which takes its keys, and does what destroys them.
type Auditor struct {
	db   *DB
	keys *audit.Keys
}

// NewAuditor puts a database and its keys together.
func NewAuditor(db *DB, keys *audit.Keys) *Auditor { return &Auditor{db: db, keys: keys} }

// RecordEvent records something that happens without a record that changes.
func (a *Auditor) RecordEvent(ctx context.Context, e crm.AuditEvent) error {
	return a.db.RecordEvent(ctx, e)
}

// RecordEvent records something that happens without a record that changes.
func (db *DB) RecordEvent(ctx context.Context, e crm.AuditEvent) error {
	refs := map[string]uuid.UUID{}
	if e.RecordID != uuid.Nil {
		refs["id"] = e.RecordID
	}
	if e.ClientID != uuid.Nil {
		refs["client_id"] = e.ClientID
	}
	facts := e.Facts
	if facts == nil {
		facts = map[string]string{}
	}
	if _, err := db.exec(ctx, "select record_event($1, $2, $3, $4)", e.Table, e.Action, refs, facts); err != nil {
		return fmt.Errorf("record an event: %w", err)
	}
	return nil
}

// dateSlack is by how many places the order of sealing may differ from that of time.
const dateSlack = 10_000

// ListAudit reads the audit, newest first. What has just happened is sealed first, so that one reads one's own changes.
func (a *Auditor) ListAudit(ctx context.Context, f crm.AuditFilter) ([]crm.AuditEntry, error) {
	if _, err := a.db.SealAudit(ctx, a.keys); err != nil {
		return nil, err
	}
	var w where
	w.audited(ctx)
	w.equalID("a.case_id", f.CaseID)
	w.equalID("a.client_id", f.ClientID)
	w.equalID("a.actor_id", f.ActorID)
	w.equal("a.place", f.Table)
	w.equal("a.action", f.Action)
	w.equal("a.record_id", f.RecordID)
	// Numbers follow time but for a little, so that a time bounds the numbers that are looked at.
	if f.From != nil {
		w.add("a.at >= %[1]s and a.n >= coalesce((select n from audit where at >= %[1]s order by at, n limit 1), 1) - "+fmt.Sprint(dateSlack), *f.From)
	}
	if f.Until != nil {
		w.add("a.at < %[1]s and a.n <= coalesce((select n from audit where at < %[1]s order by at desc, n desc limit 1), 0) + "+fmt.Sprint(dateSlack), *f.Until)
	}
	if f.Before > 0 {
		w.add("a.n < %s", f.Before)
	}
	limit := w.arg(f.Limit)
	records, err := readAudit(ctx, a.db.pool, w.sql()+" order by a.n desc limit "+limit, w.args...)
	if err != nil {
		return nil, err
	}
	return a.entries(ctx, a.db.pool, records)
}

// audited narrows the audit to what the work of ctx may see: the changes of cases and clients that it sees, and of the rest those that
// its own people have made.
func (w *where) audited(ctx context.Context) {
	s := w.sight(ctx)
	if s == nil || s.All { // what was done is kept, whatever is switched off since
		return
	}
	w.plain("case when a.case_id is not null then " + s.record(crm.CardCase, "a.case_id") + " when a.client_id is not null then " +
		s.record(crm.CardClient, "a.client_id") + " else coalesce(a.actor_id = any(" + s.parameter() + "), false) end")
}

func readAudit(ctx context.Context, q querier, tail string, args ...any) ([]audit.Record, error) {
	rows, err := q.Query(ctx, "select "+auditRecordColumns+" from audit a "+tail, args...)
	if err != nil {
		return nil, fmt.Errorf("read the audit: %w", err)
	}
	return collectRows(rows, "read the audit", scanAuditRecord)
}

// entries opens records with the keys that there still are.
func (a *Auditor) entries(ctx context.Context, q querier, records []audit.Record) ([]crm.AuditEntry, error) {
	var owners []uuid.UUID
	for i := range records {
		if records[i].KeyID != uuid.Nil {
			owners = append(owners, records[i].KeyID)
		}
	}
	keys, err := readDataKeys(ctx, q, a.keys, owners)
	if err != nil {
		return nil, err
	}
	entries := make([]crm.AuditEntry, len(records))
	for i := range records {
		if entries[i], err = opened(&records[i], keys[records[i].KeyID]); err != nil {
			return nil, err
		}
	}
	return entries, nil
}

// opened is a record as people read it.
func opened(r *audit.Record, key audit.DataKey) (crm.AuditEntry, error) {
	e := crm.AuditEntry{
		N: r.N, Chain: r.Chain, Seq: r.Seq, Hash: r.Hash, At: r.At, ActorID: r.Actor, Address: r.Address, RequestID: r.RequestID, Program: r.Program,
		Table: r.Place, Action: r.Action, CaseID: r.CaseID, ClientID: r.ClientID, RecordID: r.RecordID,
		Erased: r.KeyID != uuid.Nil && (key == nil || r.Sealed == nil),
	}
	var facts values
	if err := json.Unmarshal(r.Facts, &facts); err != nil {
		return e, fmt.Errorf("read record %d of the audit: %w", r.N, err)
	}
	e.Before, e.After = facts.Before, facts.After
	if r.KeyID == uuid.Nil || e.Erased {
		return e, nil
	}
	plain, err := key.Open(r.ID, r.Sealed)
	if err != nil {
		return e, err
	}
	var personal values
	if err := json.Unmarshal(plain, &personal); err != nil {
		return e, fmt.Errorf("read record %d of the audit: %w", r.N, err)
	}
	e.Before, e.After = joined(e.Before, personal.Before), joined(e.After, personal.After)
	return e, nil
}

func joined(a, b map[string]json.RawMessage) map[string]json.RawMessage {
	all := map[string]json.RawMessage{}
	maps.Copy(all, a)
	maps.Copy(all, b)
	return all
}

// CaseStory reads everything that is recorded of a case, and the audit of it.
func (a *Auditor) CaseStory(ctx context.Context, id uuid.UUID) (*crm.Story, error) {
	if _, err := a.db.SealAudit(ctx, a.keys); err != nil {
		return nil, err
	}
	var story crm.Story
	err := a.db.inTx(ctx, func(tx pgx.Tx) error {
		c, err := scanCase(tx.QueryRow(ctx, "select "+caseColumns+" from cases c where c.id = $1", id))
		if err != nil {
			return fmt.Errorf("read a case: %w", err)
		}
		story.Case = *c
		s := &scope{cases: []uuid.UUID{id}}
		rows, err := tx.Query(ctx, "select id from interactions where case_id = $1 union select id from interactions where deal_id = $1", id)
		if err == nil {
			s.interactions, err = pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
		}
		if err != nil {
			return fmt.Errorf("read a case's interactions: %w", err)
		}
		if story.Records, err = gather(ctx, tx, s); err != nil {
			return err
		}
		records, err := readAudit(ctx, tx, "where a.case_id = $1 order by a.n", id)
		if err != nil {
			return err
		}
		story.Entries, err = a.entries(ctx, tx, records)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &story, a.db.RecordEvent(ctx, crm.AuditEvent{Table: "cases", Action: "story_exported", RecordID: id})
}
