package server

import (
	"context"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

type reopenInput struct {
	CaseInput
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"1000"`
		Stage  string `json:"stage,omitempty" maxLength:"200" doc:"Id of the stage to go on at; without it the one the case ended at"`
	}
}

// reopenCase opens a closed case again (R60).
func (s *Server) reopenCase(ctx context.Context, in *reopenInput) (*commandOutput, error) {
	return s.command(ctx, in.ID, "", crm.CommandReopen, crm.CommandPayload{Reason: in.Body.Reason, Stage: in.Body.Stage})
}

// deadlineBody is a deadline that is moved by hand.
type deadlineBody struct {
	DueAt  optional[time.Time] `json:"due_at" format:"date-time" doc:"null: no deadline any more"`
	Reason string              `json:"reason" minLength:"1" maxLength:"1000"`
}

func (b *deadlineBody) payload(version int) (crm.CommandPayload, error) {
	p := crm.CommandPayload{DueAt: b.DueAt.value, Reason: b.Reason, Version: version}
	if p.DueAt == nil {
		return p, nil
	}
	p.DueAt = given(*p.DueAt)
	return p, sensibleTime("/due_at", *b.DueAt.value)
}

type caseDeadlineInput struct {
	CaseInput
	MatchInput
	Body deadlineBody
}

// moveCaseDeadline moves the case's own deadline (R65).
func (s *Server) moveCaseDeadline(ctx context.Context, in *caseDeadlineInput) (*commandOutput, error) {
	c, err := s.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	version, err := in.version(func() (int, error) { return c.Version, nil })
	if err != nil {
		return nil, err
	}
	return s.moveDeadline(ctx, c.ID, uuid.Nil, version, &in.Body)
}

type taskDeadlineInput struct {
	TaskInput
	MatchInput
	Body deadlineBody
}

// moveTaskDeadline moves the deadline of a task of the route (R65). People's own tasks have theirs in PATCH /tasks/{id}.
func (s *Server) moveTaskDeadline(ctx context.Context, in *taskDeadlineInput) (*commandOutput, error) {
	task, err := s.task(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if task.Own() {
		return nil, crm.Errorf(crm.KindConflict, "own_task", "a personal task or an assignment is no part of a route")
	}
	version, err := in.version(func() (int, error) { return task.Version, nil })
	if err != nil {
		return nil, err
	}
	return s.moveDeadline(ctx, task.CaseID, task.ID, version, &in.Body)
}

func (s *Server) moveDeadline(ctx context.Context, caseID, task uuid.UUID, version int, body *deadlineBody) (*commandOutput, error) {
	payload, err := body.payload(version)
	if err != nil {
		return nil, err
	}
	payload.TaskID = task
	return s.submit(ctx, crm.Command{CaseID: caseID, Kind: crm.CommandSetDue, Payload: payload})
}
