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
	w := &where{}
	from := w.arg(f.From) + "::timestamptz"
	step := from
	if f.Step != "" {
		step = "date_trunc(" + w.arg(string(f.Step)) + ", i.at, " + w.arg(f.Zone) + ")"
	}
	w.seen(ctx, crm.CardInteraction, "i.id")
	w.plain("i.status = 'completed'")
	w.plain("i.at >= " + from)
	w.add("i.at < %s", f.To)
	w.equalID("i.client_id", f.ClientID)
	w.equalID("i.responsible_id", f.ResponsibleID)
	w.ofDepartments("i.responsible_id", f.Departments)
	if f.Kind != "" || f.Source != "" || f.Channel != "" {
		of := where{args: w.args}
		of.narrowCases(ctx, &crm.ReportFilter{Kind: f.Kind, Source: f.Source, Channel: f.Channel})
		w.args = of.args
		w.plain("i.case_id in (select c.id from cases c" + of.sql() + ")")
	}
	w.plain("not exists (select from cases c where c.id = i.case_id and " + atNegotiations + ")")
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
