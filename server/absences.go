package server

import (
	"context"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

// absenceView is a time in which somebody is not at work.
type absenceView struct {
	ID           uuid.UUID   `json:"id" format:"uuid"`
	UserID       uuid.UUID   `json:"user_id" format:"uuid"`
	StartsAt     time.Time   `json:"starts_at"`
	EndsAt       time.Time   `json:"ends_at" doc:"The first moment he is back"`
	TasksTo      crm.TasksTo `json:"tasks_to" enum:"substitute,pool,head" doc:"Where his tasks go: to the substitute, to the pool of his department, to the nearest head who is there"`
	SubstituteID uuid.UUID   `json:"substitute_id,omitzero" format:"uuid"`
	State        string      `json:"state" enum:"planned,now,over,cancelled"`
	CreatedAt    time.Time   `json:"created_at"`
	CreatedBy    uuid.UUID   `json:"created_by,omitzero" format:"uuid"`
}

func (s *Server) viewAbsence(a *crm.Absence) absenceView {
	v := absenceView{
		ID: a.ID, UserID: a.UserID, StartsAt: a.StartsAt, EndsAt: a.EndsAt, TasksTo: a.TasksTo, SubstituteID: a.SubstituteID,
		State: "planned", CreatedAt: a.CreatedAt, CreatedBy: a.CreatedBy,
	}
	switch now := s.clock(); {
	case a.CancelledAt != nil:
		v.State = "cancelled"
	case a.At(now):
		v.State = "now"
	case !now.Before(a.EndsAt):
		v.State = "over"
	}
	return v
}

type absencesInput struct {
	PageInput
	User string `query:"user" maxLength:"36" doc:"Id of a user, or me; without it, everybody"`
}

func (s *Server) listAbsences(ctx context.Context, in *absencesInput) (*listOutput[absenceView], error) {
	after, err := in.cursor()
	if err != nil {
		return nil, err
	}
	f := crm.AbsenceFilter{After: after, Limit: in.limit()}
	if f.UserID, err = userParameter(ctx, "user", in.User); err != nil {
		return nil, err
	}
	page, err := s.services.Absences.Absences(ctx, f)
	if err != nil {
		return nil, err
	}
	return pageOf(page, s.viewAbsence)
}

// AbsencePath names an absence.
type AbsencePath struct {
	ID string `path:"id" doc:"Id of the absence"`
}

type absenceOutput struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     absenceView
}

func (s *Server) showAbsence(a *crm.Absence) *absenceOutput {
	return &absenceOutput{Location: apiPrefix + "/absences/" + a.ID.String(), ETag: etag(a.Version), Body: s.viewAbsence(a)}
}

func (s *Server) getAbsence(ctx context.Context, in *AbsencePath) (*absenceOutput, error) {
	id, err := idOf(in.ID, "absence_not_found")
	if err != nil {
		return nil, err
	}
	a, err := s.services.Absences.Absence(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.showAbsence(a), nil
}

type newAbsenceInput struct {
	Body struct {
		UserID       uuid.UUID   `json:"user_id,omitzero" format:"uuid" doc:"Without it: the caller himself"`
		StartsAt     time.Time   `json:"starts_at"`
		EndsAt       time.Time   `json:"ends_at"`
		TasksTo      crm.TasksTo `json:"tasks_to,omitempty" enum:"substitute,pool,head" doc:"Without it: to the substitute if one is named, else to the head"`
		SubstituteID uuid.UUID   `json:"substitute_id,omitzero" format:"uuid"`
	}
}

func (s *Server) createAbsence(ctx context.Context, in *newAbsenceInput) (*absenceOutput, error) {
	b, me := &in.Body, userOf(ctx).ID
	if b.UserID == uuid.Nil {
		b.UserID = me
	}
	if b.TasksTo == "" {
		b.TasksTo = crm.TasksToHead
		if b.SubstituteID != uuid.Nil {
			b.TasksTo = crm.TasksToSubstitute
		}
	}
	if err := sensiblePeriod(&b.StartsAt, &b.EndsAt); err != nil {
		return nil, err
	}
	a, err := s.services.Absences.CreateAbsence(ctx, crm.Absence{
		ID: recordID(ctx), UserID: b.UserID, StartsAt: b.StartsAt, EndsAt: b.EndsAt, TasksTo: b.TasksTo, SubstituteID: b.SubstituteID,
	}, me)
	if err != nil {
		return nil, err
	}
	return s.showAbsence(a), nil
}

func sensiblePeriod(starts, ends *time.Time) error {
	for pointer, at := range map[string]*time.Time{"/starts_at": starts, "/ends_at": ends} {
		if at == nil {
			continue
		}
		if err := sensibleTime(pointer, *at); err != nil {
			return err
		}
	}
	return nil
}

type patchAbsenceInput struct {
	AbsencePath
	MatchInput
	Body struct {
		StartsAt     *time.Time          `json:"starts_at,omitempty" doc:"Only before it begins"`
		EndsAt       *time.Time          `json:"ends_at,omitempty"`
		TasksTo      *crm.TasksTo        `json:"tasks_to,omitempty" enum:"substitute,pool,head"`
		SubstituteID optional[uuid.UUID] `json:"substitute_id,omitzero" format:"uuid" doc:"null: nobody"`
	}
}

func (s *Server) patchAbsence(ctx context.Context, in *patchAbsenceInput) (*absenceOutput, error) {
	id, err := idOf(in.ID, "absence_not_found")
	if err != nil {
		return nil, err
	}
	b := &in.Body
	if err := sensiblePeriod(b.StartsAt, b.EndsAt); err != nil {
		return nil, err
	}
	version, err := s.absenceVersion(ctx, in.MatchInput, id)
	if err != nil {
		return nil, err
	}
	if b.TasksTo != nil && *b.TasksTo != crm.TasksToSubstitute && !b.SubstituteID.sent {
		b.SubstituteID.sent = true // there is none any more
	}
	p := crm.AbsencePatch{StartsAt: b.StartsAt, EndsAt: b.EndsAt, TasksTo: b.TasksTo, SubstituteID: b.SubstituteID.orZero()}
	a, err := s.services.Absences.PatchAbsence(ctx, id, version, p, userOf(ctx).ID)
	if err != nil {
		return nil, err
	}
	return s.showAbsence(a), nil
}

func (s *Server) absenceVersion(ctx context.Context, m MatchInput, id uuid.UUID) (int, error) {
	return versionOf(ctx, m, id, s.services.Absences.Absence, func(a *crm.Absence) int { return a.Version })
}

type endAbsenceInput struct {
	AbsencePath
	MatchInput
}

func (s *Server) endAbsence(ctx context.Context, in *endAbsenceInput) (*absenceOutput, error) {
	id, err := idOf(in.ID, "absence_not_found")
	if err != nil {
		return nil, err
	}
	version, err := s.absenceVersion(ctx, in.MatchInput, id)
	if err != nil {
		return nil, err
	}
	a, err := s.services.Absences.EndAbsence(ctx, id, version, userOf(ctx).ID)
	if err != nil {
		return nil, err
	}
	return s.showAbsence(a), nil
}

// listUnattended is for those who can do something about it.
func (s *Server) listUnattended(ctx context.Context, in *PageInput) (*listOutput[taskView], error) {
	after, err := in.cursor()
	if err != nil {
		return nil, err
	}
	page, err := s.services.Tasks.Unattended(ctx, crm.TaskFilter{After: after, Limit: in.limit()})
	if err != nil {
		return nil, err
	}
	return s.showTasks(ctx, page)
}
