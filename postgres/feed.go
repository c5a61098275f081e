package postgres

import (
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
)

// performerField is where an entry keeps who had the task at the time.
const performerField = "performer"

// feedColumns are what scanFeedEntry reads, in its order: with an entry, what caused it, what came with an outside event, and
// who had the stage's task that it tells of then, and where that was not written down, who has it now.
const feedColumns = `f.id, f.case_id, f.at, f.kind, f.actor_id, f.data,
	(select t.kind from transitions t where t.case_id = f.case_id and t.seq = f.seq),
	case when f.kind = 'event' then (select nullif(e.data, '{}') from commands k join case_events e on e.id = (k.payload->>'event_id')::uuid
		where k.case_id = f.case_id and k.seq = f.seq and k.kind = 'event' limit 1) end,
	coalesce(t.taken_by, t.user_id), t.role, t.department_id, f.data->'performer'`

// scanFeedEntry puts what came with an outside event beside its name, under "data".
func scanFeedEntry(row pgx.Row) (*crm.FeedEntry, error) {
	var e crm.FeedEntry
	var came map[string]any
	var p crm.FeedPerformer
	var then *crm.FeedPerformer
	err := row.Scan(&e.ID, &e.CaseID, &e.At, &e.Kind, (*zeronull.UUID)(&e.ActorID), &e.Data, (*zeronull.Text)(&e.Cause), &came,
		(*zeronull.UUID)(&p.UserID), (*zeronull.Text)(&p.Role), (*zeronull.UUID)(&p.DepartmentID), &then)
	if came != nil && e.Data != nil {
		e.Data["data"] = came
	}
	delete(e.Data, performerField)
	switch {
	case then != nil:
		e.Performer = then
	case p != crm.FeedPerformer{}:
		e.Performer = &p
	}
	return &e, err
}

// tellInteractions adds a line for each interaction that was planned or registered in a form.
func (w *writer) tellInteractions(ids []uuid.UUID) {
	for i := range w.change.Interactions {
		interaction := &w.change.Interactions[i]
		w.change.Feed = append(w.change.Feed, crm.FeedEntry{CaseID: w.c.ID, At: w.at, Kind: "interaction", ActorID: w.actor(), Data: map[string]any{
			"interaction_id": ids[i], "kind": interaction.Kind, "status": interaction.Status, "at": interaction.At, "topic": interaction.Topic,
		}})
	}
}
