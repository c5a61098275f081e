package postgres

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"
)

// What in the database is personal to clients, and what takes its place when a client is erased. This one list seals the audit,
// gathers what is held on a client, and erases it; a test holds it against the database's columns, so that no new one is forgotten.

// holding is a table that holds texts: everything else is ids, numbers, times and flags.
type holding struct {
	table string
	// of tells which rows t are a client's, by the arrays @clients, @contacts, @cases, @interactions, which hold the ids of its
	// cards, of its people, of its cases and of what was talked with it; empty: nobody's.
	of string
	// personal are the columns that tell of a person, each with the SQL of what takes its place; derived: it follows from the others.
	personal map[string]string
	// open are the columns of texts that tell of no client.
	open []string
	// gone: rows are removed instead, for without what is personal they say nothing.
	gone bool
}

const (
	derived = "" // of a column that the database computes from others
	dash    = "'—'"
	empty   = "''"
	object  = "'{}'"
)

var holdings = []holding{
	// What a client is.
	{
		table: "clients", of: "t.id = any(@clients)",
		personal: map[string]string{"name": dash, "attributes": object, "search_extra": empty, "name_key": derived, "words": derived},
		open:     []string{"kind", "status", "lang", "time_zone", "source", "region", "without"},
	},
	{
		table: "contacts", of: "t.id = any(@contacts)",
		personal: map[string]string{
			"name": dash, "position": empty, "birth_date": "null", "attributes": object, "search_extra": empty, "name_key": derived, "words": derived,
		},
		open: []string{"source"},
	},
	{
		table: "contact_details", of: "t.client_id = any(@clients) or t.contact_id = any(@contacts)", gone: true,
		personal: map[string]string{"value": dash, "number": empty, "extension": empty, "address": "null", "search_key": derived},
		open:     []string{"kind"},
	},
	{
		table: "legal_entities", of: "t.client_id = any(@clients)",
		personal: map[string]string{"name": dash, "inn": empty, "kpp": empty, "name_key": derived, "words": derived},
	},
	{
		// A contact who came from another client is told of there, too.
		table: "client_history", of: "t.client_id = any(@clients) or t.data->>'contact_id' = any(@people)",
		personal: map[string]string{"data": object}, open: []string{"kind"},
	},
	{
		table: "merges", of: "t.into_id = any(@clients) or t.from_id = any(@clients) or t.into_id = any(@contacts) or t.from_id = any(@contacts)",
		personal: map[string]string{"taken": object}, open: []string{"subject"},
	},
	{table: "merged_rows", open: []string{"place"}},
	{table: "imports", open: []string{"subject", "file_name", "format", "encoding", "delimiter", "columns", "mapping", "duplicates", "status", "counts"}},
	{
		table: "import_rows", of: "t.record_id = any(@clients) or t.record_id = any(@contacts) or t.cells && @values",
		personal: map[string]string{"cells": object, "problems": "'[]'"}, open: []string{"result"},
	},

	// The dictionary of search: a word leaves it with the last card that has it, so it needs no erasing.
	{table: "search_words", open: []string{"word", "latin", "lexeme"}},

	// What was done with it. The fields of cases are erased by their types, which the route map knows.
	{
		table: "cases", of: "t.id = any(@cases)",
		personal: map[string]string{
			"topic": empty, "fields": derived, "attributes": object, "search_extra": empty, "words": derived,
			"manual_reason": "case when t.manual_reason is not null then '' end",
			// Reports count by it. What is none of the company's list was typed by somebody, and may name a person.
			"source": "coalesce((select s.key from acquisition_sources s where s.key = t.source), '')",
		},
		open: []string{"kind", "number", "map_id", "mode", "status", "outcome", "stage", "state", "channel", "currency"},
	},
	{
		table: "commands", of: "t.case_id = any(@cases)",
		personal: map[string]string{
			"payload": object, "idempotency_key": "'erased:' || t.id", // the key of an event has its number in the other system
			"refusal": "case when t.refusal is not null then jsonb_build_object('code', t.refusal -> 'code') end",
		},
		open: []string{"body_hash", "kind", "status", "address", "request_id", "scopes"},
	},
	{
		table: "transitions", of: "t.case_id = any(@cases)",
		personal: map[string]string{"event": "jsonb_strip_nulls(jsonb_build_object('kind', t.event -> 'kind', 'at', t.event -> 'at'))", "facts": object, "effects": "'[]'"},
		open:     []string{"event_id", "kind"},
	},
	{
		table: "tasks", of: "t.case_id = any(@cases)",
		personal: map[string]string{
			"title": orNothing("title", dash), "description": orNothing("description", empty), "report": orNothing("report", empty),
			"return_reason": orNothing("return_reason", empty),
		},
		open: []string{"path", "kind", "name", "status", "role", "outcome", "withdrawn_reason", "phase"},
	},
	{
		table: "task_history", of: "t.task_id in (select k.id from tasks k where k.case_id = any(@cases))",
		personal: map[string]string{"data": object}, open: []string{"action"},
	},
	{
		table: "feed", of: "t.case_id = any(@cases)",
		personal: map[string]string{"data": keptOf("t.data")}, open: []string{"kind"},
	},
	{
		table: "notifications", of: "t.case_id = any(@cases)",
		personal: map[string]string{"detail": empty},
		open:     []string{"rule", "path", "channel", "template", "url", "recipient", "status", "reason", "sender"},
	},
	{
		table: "incidents", of: "t.case_id = any(@cases)",
		personal: map[string]string{"detail": empty}, open: []string{"path", "code"},
	},
	{
		table: "case_events", of: "t.case_id = any(@cases)",
		personal: map[string]string{"external_id": empty, "data": object}, open: []string{"name"},
	},
	{
		table: "case_participants", of: "t.case_id = any(@cases) or t.client_id = any(@clients) or t.contact_id = any(@contacts)",
		personal: map[string]string{"comment": empty}, open: []string{"role"},
	},
	{table: "case_stages", open: []string{"stage", "map_id", "result"}},
	{table: "stage_outcomes", open: []string{"stage", "outcome", "kind", "map_id"}},
	{
		table: "comments", of: "t.case_id = any(@cases)",
		personal: map[string]string{"text": dash}, open: []string{"kind"},
	},
	{
		table: "comment_versions", of: "t.comment_id in (select k.id from comments k where k.case_id = any(@cases))",
		personal: map[string]string{"text": dash},
	},
	{
		table: "payments", of: "t.case_id = any(@cases)",
		personal: map[string]string{"document": empty}, open: []string{"currency", "paid_on"},
	},
	{
		table: "interactions", of: "t.id = any(@interactions)",
		personal: map[string]string{"topic": empty, "content": empty, "result": empty},
		open:     []string{"kind", "direction", "status", "lost_reason", "lost_list"},
	},
	{
		table: "interaction_participants", of: "t.interaction_id = any(@interactions) or t.contact_id = any(@contacts) or t.client_id = any(@clients)",
		personal: map[string]string{"name": "case when t.name <> '' then '—' else '' end", "detail_kind": empty, "detail_value": empty},
	},
	{
		table: "letters", of: "t.case_id = any(@cases)",
		personal: map[string]string{"to_name": empty, "to_email": "'erased@invalid'", "subject": dash, "body": dash, "signature": empty},
	},
	{
		table: "files", of: "t.case_id = any(@cases) or t.client_id = any(@clients) or t.contact_id = any(@contacts) or t.interaction_id = any(@interactions)",
		personal: map[string]string{"name": dash, "content": empty, "sha256": empty}, open: []string{"media_type"},
	},
	{table: "user_notices", open: []string{"kind", "email", "sender"}},
	{table: "notice_events", open: []string{"kind"}},
	{table: "changes", open: []string{"topic", "role"}},
	{
		// Answers to requests are kept for a day; those that speak of the client go.
		table: "idempotency", of: "exists (select from regexp_matches(encode(t.body, 'escape'), '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}', 'g') named where named[1] = any(@texts))", gone: true,
		personal: map[string]string{"body": "null", "headers": "null"}, open: []string{"key", "body_hash"},
	},

	// Who works here. This is personal too, and sealed in the audit, but it is no client's.
	{
		table: "users", personal: map[string]string{"login": derived, "name": derived, "email": derived, "phone": derived, "signature": derived},
		open: []string{"lang", "time_zone", "roles", "password_hash", "muted", "digest", "digest_at", "quiet_from", "quiet_to"},
	},
	{table: "absences", open: []string{"tasks_to"}},
	{table: "tokens", personal: map[string]string{"name": derived}, open: []string{"hash", "kind", "scopes"}},
	{table: "saved_filters", personal: map[string]string{"name": derived, "query": derived}, open: []string{"list"}},
	{table: "token_uses", personal: map[string]string{"address": derived, "agent": derived}},
	{table: "erasures", open: []string{"reason", "counts"}},
	{table: "identities", personal: map[string]string{"subject": derived}, open: []string{"issuer"}},
	{table: "handovers", personal: map[string]string{"reason": derived}, open: []string{"counts"}},

	// Settings, and the program's own.
	{table: "departments", open: []string{"key", "name", "calendar"}},
	{table: "offices", open: []string{"key", "name", "time_zone", "calendar"}},
	{table: "roles", open: []string{"key", "name", "rights", "visibility"}},
	{table: "settings", open: []string{"off"}},
	{table: "mailboxes", open: []string{"name", "email", "reply_to"}},
	{table: "webhooks", open: []string{"name", "url", "kinds", "told_xid"}},
	{table: "webhook_deliveries", open: []string{"kind", "case_kind", "status", "problem"}},
	{table: "route_maps", open: []string{"id", "process", "state", "available_to"}},
	{table: "route_map_versions", open: []string{"map_id", "sha256", "source", "nested", "negotiation_stages"}},
	{table: "route_map_tests", open: []string{"map_id", "source"}},
	{table: "templates", open: []string{"key", "lang", "channel", "subject", "body_text", "body_html"}},
	{table: "calendars", open: []string{"id", "source"}},
	{table: "attributes", open: []string{"subject", "key", "type", "name", "options"}},
	{table: "reference_items", open: []string{"list", "key", "name"}},
	{table: "acquisition_sources", open: []string{"key", "name"}},
	{table: "regions", open: []string{"key", "name", "time_zone"}},
	{table: "zone_corrections", open: []string{"region"}},
	{table: "recounting", open: []string{"calendars"}},
	{table: "goose_db_version"},

	// The audit: sealed, and read with keys that are destroyed. What waits to be sealed is sealed before a client is erased.
	{table: "audit", open: []string{"chain", "address", "request_id", "program", "db_role", "place", "action", "record_id", "facts", "sealed", "hash"}},
	{table: "audit_pending", open: []string{"address", "request_id", "program", "db_role", "place", "action", "refs", "before", "after"}},
	{table: "data_keys", open: []string{"wrapped", "master"}},
}

// orNothing replaces a text where there is one.
func orNothing(column, replacement string) string {
	return "case when t." + column + " is not null then " + replacement + " end"
}

// keptOf is what stays of an entry of a feed: where on its route the case was, in words of the map, and the ids of what it speaks of.
func keptOf(data string) string {
	return "(select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(" + data + `) where
		key in ('path', 'visit', 'outcome', 'status', 'code', 'event', 'map', 'template', 'channel', 'kind')
			and (jsonb_typeof(value) = 'number' or value #>> '{}' ~ '^[a-z][a-z0-9_/-]*$')
		or jsonb_typeof(value) = 'string' and value #>> '{}' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')`
}

// UndeclaredTexts compares the declarations above with the database: columns that may hold texts and are declared neither personal
// nor open, and declared columns that there are not. Empty: everything is declared.
func (db *DB) UndeclaredTexts(ctx context.Context) ([]string, error) {
	rows, err := db.pool.Query(ctx, `select table_name, column_name, data_type in ('text', 'character varying', 'json', 'jsonb', 'bytea', 'ARRAY', 'tsvector', 'date', 'USER-DEFINED', 'xml')
		and udt_name not in ('_uuid', '_int4', '_int8') from information_schema.columns
		where table_schema = 'public' and table_name in (select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE')
		order by table_name, ordinal_position`)
	if err != nil {
		return nil, fmt.Errorf("list the columns of texts: %w", err)
	}
	var problems []string
	found := map[string]bool{}
	var table, column string
	var text bool
	_, err = pgx.ForEachRow(rows, []any{&table, &column, &text}, func() error {
		found[table+"."+column] = true
		i := slices.IndexFunc(holdings, func(h holding) bool { return h.table == table })
		if i < 0 {
			if text {
				problems = append(problems, table+"."+column+" is not declared")
			}
			return nil
		}
		_, personal := holdings[i].personal[column]
		if open := slices.Contains(holdings[i].open, column); text && !personal && !open || personal && open {
			problems = append(problems, table+"."+column+" must be declared either personal or open")
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the columns of texts: %w", err)
	}
	for _, h := range holdings {
		for _, name := range append(slices.Collect(maps.Keys(h.personal)), h.open...) {
			if !found[h.table+"."+name] {
				problems = append(problems, h.table+"."+name+" is declared, and is not there")
			}
		}
	}
	slices.Sort(problems)
	return problems, nil
}

// PersonalColumns are the columns, as table.column, of what may be personal to a client and is not derived from others.
func PersonalColumns() []string {
	var all []string
	for i := range holdings {
		if holdings[i].of == "" {
			continue
		}
		for column, replacement := range holdings[i].personal {
			if replacement != derived || column == "fields" {
				all = append(all, holdings[i].table+"."+column)
			}
		}
	}
	slices.Sort(all)
	return all
}
