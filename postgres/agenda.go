package postgres

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
)

// agendaParts are what an agenda is put together from; $1 is the user. Each names the time and the place that it is ordered by,
// so that it is read along its own index. An appeal stands where the first of the user's tasks on it does.
var agendaParts = []struct {
	at, place, columns string
	card               crm.CardKind // whether it is seen goes by the record of this kind
	id, from           string
}{
	{"i.at", "i.id", "i.id, null::uuid", crm.CardInteraction, "i.id", `interactions i where i.responsible_id = $1 and i.status = 'planned' and i.off_register_at is null`},
	{"i.at", "i.id", "i.id, null", crm.CardInteraction, "i.id", `interaction_participants p join interactions i on i.id = p.interaction_id
		where p.user_id = $1 and i.status = 'planned' and i.off_register_at is null and i.responsible_id is distinct from $1`},
	{"i.at", "i.id", "i.id, null", crm.CardInteraction, "i.id", `interactions i where i.created_by = $1 and i.responsible_id is null and i.status = 'planned' and i.off_register_at is null
		and not exists (select from interaction_participants p where p.interaction_id = i.id and p.user_id = $1)`},
	{"t.due_at", "t.id", "null, t.case_id", crm.CardCase, "c.id", ownTasksOfAppeals + `t.user_id = $1 and t.taken_by is null and t.due_at is not null` + firstOfItsAppeal},
	{"t.due_at", "t.id", "null, t.case_id", crm.CardCase, "c.id", ownTasksOfAppeals + `t.taken_by = $1 and t.due_at is not null` + firstOfItsAppeal},
	{"t.opened_at", "t.id", "null, t.case_id", crm.CardCase, "c.id", ownTasksOfAppeals + `(t.user_id = $1 and t.taken_by is null or t.taken_by = $1) and t.due_at is null` + firstOfItsAppeal},
	{"coalesce(c.due_at, c.created_at)", "c.id", "null, c.id", crm.CardCase, "c.id", `cases c where c.responsible_id = $1 and c.status = 'open' and c.kind = 'appeal'
		and not exists (select from tasks o where o.case_id = c.id and o.status = 'open' and (o.user_id = $1 and o.taken_by is null or o.taken_by = $1))`},
}

const (
	ownTasksOfAppeals = `tasks t join cases c on c.id = t.case_id and c.kind = 'appeal' where t.status = 'open' and `
	firstOfItsAppeal  = ` and not exists (select from tasks o where o.case_id = t.case_id and o.status = 'open'
		and (o.user_id = $1 and o.taken_by is null or o.taken_by = $1) and (coalesce(o.due_at, 'infinity'), o.id) < (coalesce(t.due_at, 'infinity'), t.id))`
)

// Agenda lists what a user has before him (R13): planned interactions that he is responsible for or takes part in, those of his
// that nobody is responsible for yet, and open appeals that he is responsible for or has a task on.
func (db *DB) Agenda(ctx context.Context, f crm.AgendaFilter) (crm.Page[crm.AgendaItem], error) {
	w := &where{}
	w.arg(f.User)
	limit := w.arg(f.Limit + 1)
	parts := make([]string, len(agendaParts))
	for i, part := range agendaParts {
		parts[i] = "(select " + part.at + " as at, " + part.place + " as place, " + part.columns + " from " + part.from + w.andSeen(ctx, part.card, part.id) + agendaRange(w, &f, part.at, part.place) +
			" order by " + part.at + ", " + part.place + " limit " + limit + ")"
	}
	rows, err := db.pool.Query(ctx, strings.Join(parts, " union all ")+" order by at, place limit "+limit, w.args...)
	if err != nil {
		return crm.Page[crm.AgendaItem]{}, fmt.Errorf("read an agenda: %w", err)
	}
	places, err := collectRows(rows, "read an agenda", func(row pgx.Row) (*agendaPlace, error) {
		var p agendaPlace
		err := row.Scan(&p.at, &p.place, (*zeronull.UUID)(&p.interaction), (*zeronull.UUID)(&p.appeal))
		return &p, err
	})
	if err != nil {
		return crm.Page[crm.AgendaItem]{}, err
	}
	page := cut(places, f.Limit, func(p *agendaPlace) crm.Cursor { return crm.Cursor{At: &p.at, ID: p.place} })
	items, err := db.agendaItems(ctx, page.Items)
	return crm.Page[crm.AgendaItem]{Items: items, Next: page.Next}, err
}

// agendaPlace is where something stands in an agenda: an interaction or an appeal.
type agendaPlace struct {
	at                         time.Time
	place, interaction, appeal uuid.UUID
}

func agendaRange(w *where, f *crm.AgendaFilter, at, place string) string {
	var narrowed strings.Builder
	if f.From != nil {
		narrowed.WriteString(" and " + at + " >= " + w.arg(*f.From))
	}
	if f.Through != nil {
		narrowed.WriteString(" and " + at + " < " + w.arg(*f.Through))
	}
	if f.After != nil {
		narrowed.WriteString(" and (" + at + ", " + place + ") > (" + w.arg(*f.After.At) + ", " + w.arg(f.After.ID) + ")")
	}
	return narrowed.String()
}

// agendaItems reads what stands at the places, in their order, in one round trip and one for participants. What has gone in
// between is left out.
func (db *DB) agendaItems(ctx context.Context, places []agendaPlace) ([]crm.AgendaItem, error) {
	var interactionIDs, appealIDs []uuid.UUID
	for _, p := range places {
		if p.interaction != uuid.Nil {
			interactionIDs = append(interactionIDs, p.interaction)
		} else {
			appealIDs = append(appealIDs, p.appeal)
		}
	}
	batch := &pgx.Batch{}
	batch.Queue("select "+interactionColumns+" from interactions i where i.id = any($1)", interactionIDs)
	batch.Queue("select "+caseItemColumns+" from cases c"+caseItemJoins+" where c.id = any($1)", appealIDs)
	results := db.pool.SendBatch(ctx, batch)
	interactions, err := collect(results, scanInteraction)
	var appeals []crm.CaseItem
	if err == nil {
		appeals, err = collect(results, scanCaseItem)
	}
	if closeErr := results.Close(); err == nil {
		err = closeErr
	}
	if err == nil && len(interactions) > 0 {
		err = readParticipants(ctx, db.pool, interactions)
	}
	if err != nil {
		return nil, fmt.Errorf("read what an agenda shows: %w", err)
	}
	return inPlaces(places, interactions, appeals), nil
}

func inPlaces(places []agendaPlace, interactions []crm.Interaction, appeals []crm.CaseItem) []crm.AgendaItem {
	interactionOf, appealOf := map[uuid.UUID]*crm.Interaction{}, map[uuid.UUID]*crm.CaseItem{}
	for i := range interactions {
		interactionOf[interactions[i].ID] = &interactions[i]
	}
	for i := range appeals {
		appealOf[appeals[i].ID] = &appeals[i]
	}
	items := make([]crm.AgendaItem, 0, len(places))
	for _, p := range places {
		item := crm.AgendaItem{At: p.at, Place: p.place, Interaction: interactionOf[p.interaction], Appeal: appealOf[p.appeal]}
		if item.Interaction != nil || item.Appeal != nil {
			items = append(items, item)
		}
	}
	return items
}
