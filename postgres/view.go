package postgres

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"marshrut/activities"
	"marshrut/crm"
	"marshrut/engine"
	"marshrut/routemaps"
	"marshrut/routemaps/render"
)

// view is where the case stands, as the workflow and Temporal UI are told. Nothing of the client is in it.
func (db *DB) view(read *reading) activities.AdvanceResult {
	c := read.Case
	result := activities.AdvanceResult{
		Seq: c.Seq, Wake: c.WakeAt, Pending: read.pending, Closed: c.Status.Closed(), Map: c.MapID, MapVersion: c.MapVersion,
		Status: c.Status, Mode: c.Mode, Stage: c.Stage,
	}
	var performers []string
	for i := range read.Tasks {
		task := &read.Tasks[i]
		if task.Status != crm.TaskOpen || task.Kind != engine.TaskOfStage {
			continue
		}
		performers = append(performers, performerKey(task))
		if task.DueAt != nil && (result.Due == nil || task.DueAt.Before(*result.Due)) {
			result.Due = task.DueAt
		}
	}
	slices.Sort(performers)
	result.Performer = strings.Join(slices.Compact(performers), ",")
	result.Details = db.details(read)
	return result
}

// performerKey names a task's performer by key or id, never by name.
func performerKey(t *crm.Task) string {
	switch {
	case t.TakenBy != uuid.Nil:
		return "user:" + t.TakenBy.String()
	case t.UserID != uuid.Nil:
		return "user:" + t.UserID.String()
	case t.Role != "":
		return "role:" + t.Role
	}
	return "department:" + t.DepartmentID.String()
}

// details is the route as Markdown (R53): what the operator sees in Temporal UI.
func (db *DB) details(read *reading) string {
	if read.Map == nil {
		return ""
	}
	var state routemaps.State
	if decoded, err := routemaps.DecodeState(read.Case.State); err == nil {
		state = decoded
	}
	var b strings.Builder
	fmt.Fprintf(&b, "### %s · %s v%d\n\n", read.Case.Number, read.Case.MapID, read.Case.MapVersion)
	if db.baseURL != "" {
		fmt.Fprintf(&b, "[%s](%s/cases/%s)\n\n", openCaseText.In(db.lang), db.baseURL, read.Case.Number)
	}
	b.WriteString(render.Markdown(read.Map, db.lang, render.Rows(read.Map, &state), render.WithPerformers(db.performerName(read))))
	for i := range read.Incidents {
		incident := &read.Incidents[i]
		fmt.Fprintf(&b, "\n- **%s** `%s`: %s %s", incidentText.In(db.lang), incident.Path, incident.Code, incident.Detail)
	}
	return b.String()
}

var (
	openCaseText = crm.Text{EN: "Open the case", RU: "Открыть карточку"}
	incidentText = crm.Text{EN: "Incident", RU: "Сбой"}
)

// performerName shows a person by login: the operator knows it, and a history holds no one's name.
func (db *DB) performerName(read *reading) func(routemaps.Performer) string {
	return func(p routemaps.Performer) string {
		switch p.Kind { //nolint:exhaustive // the others are shown by their key
		case routemaps.PerformUserID:
			if id, err := uuid.Parse(p.Key); err == nil {
				return loginOf(read, id)
			}
		case routemaps.PerformResponsible:
			return loginOf(read, read.Case.ResponsibleID)
		case routemaps.PerformHead:
			if head, ok := read.Directory.HeadOf(read.Case.ResponsibleID); ok {
				return loginOf(read, head)
			}
			return crm.RoleDirector
		}
		return p.Key
	}
}

func loginOf(read *reading, id uuid.UUID) string {
	if user, ok := read.Directory.Users[id]; ok {
		return user.Login
	}
	return ""
}
