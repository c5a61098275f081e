package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"marshrut/crm"
)

// Communication counts completed interactions by kind and direction (R47), in the order of time, the most frequent first.
// Those of cases under negotiation are left out (R21).
func (db *DB) Communication(ctx context.Context, f crm.CommunicationFilter) ([]crm.CommunicationRow, error) {
	w := communicationOf(ctx, &f)
	var step string
	if f.Step == "" {
		step = w.arg(f.From) + "::timestamptz"
	} else {
		step = "date_trunc(" + w.arg(string(f.Step)) + ", i.at, " + w.arg(f.Zone) + ")"
	}
	rows, err := db.pool.Query(ctx, "select "+step+", i.kind, i.direction, count(*), count(distinct i.client_id) from interactions i"+w.sql()+
		" group by 1, 2, 3 order by 1, 4 desc, 2, 3", w.args...)
	if err != nil {
		return nil, fmt.Errorf("count communication: %w", err)
	}
	return collectRows(rows, "count communication", func(row pgx.Row) (*crm.CommunicationRow, error) {
		var r crm.CommunicationRow
		err := row.Scan(&r.From, &r.Kind, &r.Direction, &r.Count, &r.Clients)
		return &r, err
	})
}

// communicationOf are the completed interactions i that the report counts.
func communicationOf(ctx context.Context, f *crm.CommunicationFilter) *where {
	w := &where{}
	w.seen(ctx, crm.CardInteraction, "i.id")
	w.plain("i.status = 'completed'")
	w.add("i.at >= %s", f.From)
	w.add("i.at < %s", f.To)
	w.equalID("i.client_id", f.ClientID)
	w.ofPeople("i.responsible_id", &f.ReportFilter)
	if f.Kind != "" || f.Source != "" || f.Channel != "" {
		of := where{args: w.args}
		of.narrowCases(ctx, &crm.ReportFilter{Kind: f.Kind, Source: f.Source, Channel: f.Channel})
		w.args = of.args
		w.plain("i.case_id in (select c.id from cases c" + of.sql() + ")")
	}
	w.plain("not exists (select from cases c where c.id = i.case_id and " + atNegotiations + ")")
	return w
}
