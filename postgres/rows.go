package postgres

import (
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
)

// taskColumns are what scanTask reads, in its order.
const taskColumns = `t.id, t.case_id, t.path, t.visit, t.kind, t.name, t.status, t.user_id, t.role, t.department_id, t.taken_by, t.in_place_of, t.as_responsible, t.cyclic,
	t.due_at, t.overdue, t.opened_seq, t.opened_at, t.closed_at, t.closed_by, t.outcome, t.withdrawn_reason, t.version,
	t.title, t.description, t.author_id, t.assignee_id, t.phase, coalesce(t.controlled, false), t.remind_at, t.reminded_at, t.report, t.return_reason`

func taskTargets(t *crm.Task) []any {
	return []any{
		&t.ID, (*zeronull.UUID)(&t.CaseID), &t.Path, &t.Visit, &t.Kind, &t.Name, &t.Status, (*zeronull.UUID)(&t.UserID), (*zeronull.Text)(&t.Role),
		(*zeronull.UUID)(&t.DepartmentID), (*zeronull.UUID)(&t.TakenBy), (*zeronull.UUID)(&t.InPlaceOf), &t.AsResponsible, &t.Cyclic, &t.DueAt, &t.Overdue, &t.OpenedSeq, &t.OpenedAt,
		&t.ClosedAt, (*zeronull.UUID)(&t.ClosedBy), (*zeronull.Text)(&t.Outcome), (*zeronull.Text)(&t.WithdrawnReason), &t.Version,
		(*zeronull.Text)(&t.Title), (*zeronull.Text)(&t.Description), (*zeronull.UUID)(&t.AuthorID), (*zeronull.UUID)(&t.AssigneeID),
		(*zeronull.Text)(&t.Phase), &t.Controlled, &t.RemindAt, &t.RemindedAt, (*zeronull.Text)(&t.Report), (*zeronull.Text)(&t.ReturnReason),
	}
}

func scanTask(row pgx.Row) (*crm.Task, error) {
	var t crm.Task
	err := row.Scan(taskTargets(&t)...)
	return &t, err
}

const incidentColumns = `id, case_id, path, visit, code, detail, blocking, opened_at, resolved_at`

func scanIncident(row pgx.Row) (*crm.Incident, error) {
	var i crm.Incident
	err := row.Scan(&i.ID, &i.CaseID, &i.Path, &i.Visit, &i.Code, &i.Detail, &i.Blocking, &i.OpenedAt, &i.ResolvedAt)
	return &i, err
}

const notificationColumns = `id, case_id, seq, rule, path, visit, channel, template, url, recipient, await, status, reason, detail,
	attempt, given_up, claimed_at, next_try_at, created_at, finished_at, sender`

func scanNotification(row pgx.Row) (*crm.Notification, error) {
	var n crm.Notification
	err := row.Scan(&n.ID, &n.CaseID, &n.Seq, &n.Rule, &n.Path, &n.Visit, &n.Channel, &n.Template, &n.URL, &n.Recipient,
		&n.Await, &n.Status, &n.Reason, &n.Detail, &n.Attempt, &n.GivenUp, &n.ClaimedAt, &n.NextTryAt, &n.CreatedAt, &n.FinishedAt, &n.Sender)
	return &n, err
}
