package server

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/routemaps"
)

// commandOutput is what became of a command: with 200 the case and its next tasks, with 202 the command alone.
type commandOutput struct {
	Status   int
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     commandResult
}

type commandResult struct {
	Command   commandView `json:"command,omitzero" doc:"Missing for a personal task or an assignment: nothing moves with it"`
	Task      *taskView   `json:"task,omitempty" doc:"The personal task or the assignment, as it is now"`
	Case      *CaseView   `json:"case,omitempty" doc:"The case as it is now; missing while the command is not decided"`
	NextTasks []taskView  `json:"next_tasks,omitempty" doc:"The tasks this step has opened"`
}

type commandView struct {
	ID        uuid.UUID         `json:"id" format:"uuid"`
	CaseID    uuid.UUID         `json:"case_id" format:"uuid"`
	Kind      crm.CommandKind   `json:"kind"`
	Status    crm.CommandStatus `json:"status" enum:"received,applied,refused"`
	Seq       int               `json:"seq,omitempty" doc:"Number of the case's transition it became"`
	CreatedAt time.Time         `json:"created_at"`
	Refusal   *Problem          `json:"refusal,omitempty" doc:"Why it was refused"`
}

func (s *Server) viewCommand(ctx context.Context, c *crm.Command) commandView {
	v := commandView{ID: c.ID, CaseID: c.CaseID, Kind: c.Kind, Status: c.Status, Seq: c.Seq, CreatedAt: c.CreatedAt}
	if c.Refusal != nil {
		v.Refusal, _ = s.problemOf(ctx, c.Refusal)
		v.Refusal.RequestID = ""
	}
	return v
}

// submit sends a command through the case's route and shows what became of it.
func (s *Server) submit(ctx context.Context, c crm.Command) (*commandOutput, error) {
	call := callOf(ctx)
	c.UserID, c.Scopes, c.BodyHash = call.user.ID, call.token.Scopes, call.hash
	if c.IdempotencyKey == "" {
		c.IdempotencyKey = call.key
	}
	if c.IdempotencyKey == "" {
		c.IdempotencyKey = crm.OnceKey + uuid.NewString()
	}
	decided, err := s.services.Routes.Submit(ctx, c)
	if err != nil {
		return nil, err
	}
	return s.showDecision(ctx, &decided)
}

func (s *Server) showDecision(ctx context.Context, c *crm.Command) (*commandOutput, error) {
	switch c.Status {
	case crm.CommandReceived:
		return &commandOutput{
			Status: http.StatusAccepted, Location: apiPrefix + "/commands/" + c.ID.String(),
			Body: commandResult{Command: s.viewCommand(ctx, c)},
		}, nil
	case crm.CommandRefused:
		if c.Refusal == nil {
			return nil, crm.Errorf(crm.KindConflict, "refused", "the route refused the command")
		}
		return nil, c.Refusal
	case crm.CommandApplied:
	}
	shown, tasks, err := s.services.Tasks.CaseWithTasks(ctx, c.CaseID, c.Seq)
	if err != nil {
		return nil, err
	}
	views, err := s.viewTasks(ctx, tasks)
	if err != nil {
		return nil, err
	}
	view, err := s.viewCaseHere(ctx, shown)
	if err != nil {
		return nil, err
	}
	return &commandOutput{
		Status: http.StatusOK, ETag: etag(shown.Version),
		Body: commandResult{Command: s.viewCommand(ctx, c), Case: &view, NextTasks: views},
	}, nil
}

type commandInput struct {
	ID string `path:"id" doc:"Id of the command"`
}

type getCommandOutput struct {
	Body commandView
}

func (s *Server) getCommand(ctx context.Context, in *commandInput) (*getCommandOutput, error) {
	id, err := idOf(in.ID, "command_not_found")
	if err != nil {
		return nil, err
	}
	c, err := s.services.Cases.Command(ctx, id)
	if err != nil {
		return nil, err
	}
	return &getCommandOutput{Body: s.viewCommand(ctx, c)}, nil
}

type eventInput struct {
	CaseInput
	Body struct {
		Event      string         `json:"event" enum:"inbound_email,call,payment,document,webhook"`
		ExternalID string         `json:"external_id,omitempty" maxLength:"200" doc:"Of the other system: the same event told twice counts once"`
		Data       map[string]any `json:"data,omitempty" doc:"What came with it, kept with the case as it is, null too"`
	}
}

func (s *Server) postEvent(ctx context.Context, in *eventInput) (*commandOutput, error) {
	c, err := s.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	call := callOf(ctx)
	key := call.key
	if key == "" {
		key = crm.OnceKey + uuid.NewString()
	}
	decided, err := s.services.Routes.SubmitEvent(ctx, crm.OutsideEvent{
		CaseID: c.ID, Name: in.Body.Event, ExternalID: in.Body.ExternalID, Data: in.Body.Data, By: call.user.ID,
		IdempotencyKey: key, BodyHash: call.hash,
	})
	if err != nil {
		return nil, err
	}
	return s.showDecision(ctx, &decided)
}

type reasonBody struct {
	Reason string `json:"reason" minLength:"1" maxLength:"1000"`
}

type retryInput struct {
	CaseInput
	Body struct {
		IncidentID uuid.UUID `json:"incident_id" format:"uuid" doc:"The incident of GET /cases/{id}/why"`
	}
}

func (s *Server) retryCase(ctx context.Context, in *retryInput) (*commandOutput, error) {
	return s.command(ctx, in.ID, "", crm.CommandRetry, crm.CommandPayload{IncidentID: in.Body.IncidentID})
}

type cancelInput struct {
	CaseInput
	Body reasonBody
}

func (s *Server) cancelCase(ctx context.Context, in *cancelInput) (*commandOutput, error) {
	return s.command(ctx, in.ID, "", crm.CommandCancel, crm.CommandPayload{Reason: in.Body.Reason})
}

type closeInput struct {
	CaseInput
	Body struct {
		Outcome string         `json:"outcome" minLength:"1" maxLength:"200" doc:"Id of an outcome of the whole map" example:"lost"`
		Fields  map[string]any `json:"fields,omitempty" doc:"Values of the outcome's form; null: not filled in"`
	}
}

func (s *Server) closeCase(ctx context.Context, in *closeInput) (*commandOutput, error) {
	return s.command(ctx, in.ID, "", crm.CommandClose, crm.CommandPayload{Outcome: in.Body.Outcome, Fields: in.Body.Fields})
}

// command sends a command for the case of a path, of this kind unless it is empty.
func (s *Server) command(ctx context.Context, text string, kind crm.Kind, what crm.CommandKind, p crm.CommandPayload) (*commandOutput, error) {
	c, err := s.find(ctx, text)
	if err != nil {
		return nil, err
	}
	if kind != "" && c.Kind != kind {
		return nil, crm.Errorf(crm.KindNotFound, "deal_not_found", "the case is not a deal")
	}
	return s.submit(ctx, crm.Command{CaseID: c.ID, Kind: what, Payload: p})
}

// DealInput names a deal by its id or its number.
type DealInput struct {
	ID string `path:"id" doc:"Id or number of the deal" example:"D-000123"`
}

type switchInput struct {
	DealInput
	Body reasonBody
}

func (s *Server) switchToManual(ctx context.Context, in *switchInput) (*commandOutput, error) {
	return s.command(ctx, in.ID, crm.Deal, crm.CommandSwitchToManual, crm.CommandPayload{Reason: crm.OneLine(in.Body.Reason)})
}

// switchToProcess exists to say no: whoever looks for the way back learns that there is none (R34).
func (s *Server) switchToProcess(ctx context.Context, in *DealInput) (*commandOutput, error) {
	c, err := s.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	switch {
	case c.Kind != crm.Deal:
		return nil, crm.Errorf(crm.KindNotFound, "deal_not_found", "the case is not a deal")
	case c.Mode == crm.ModeProcess:
		return nil, crm.Errorf(crm.KindConflict, "already_process", "the deal is led by its process already")
	case c.Mode == crm.ModeNone:
		return nil, crm.Errorf(crm.KindConflict, "no_route", "a deal without stages has no process")
	}
	return nil, crm.Errorf(crm.KindConflict, "manual_is_final", "a deal in manual mode never goes back to its process")
}

type moveInput struct {
	DealInput
	Body struct {
		Stage string `json:"stage" minLength:"1" maxLength:"200" doc:"Id of a stage of the deal's map"`
		From  string `json:"from,omitempty" maxLength:"200" doc:"Id of the stage that it is to be moved from; when it stands at another one by then, 409 moved_meanwhile. Without it the deal is moved from wherever it stands"`
	}
}

func (s *Server) moveDeal(ctx context.Context, in *moveInput) (*commandOutput, error) {
	return s.command(ctx, in.ID, crm.Deal, crm.CommandMove, crm.CommandPayload{Stage: in.Body.Stage, From: in.Body.From})
}

type closeDealInput struct {
	DealInput
	Body struct {
		Result       string         `json:"result" enum:"won,lost"`
		Reason       string         `json:"reason,omitempty" maxLength:"200" doc:"Why it was lost: an option of the map's field “reason”"`
		CompetitorID uuid.UUID      `json:"competitor_id,omitzero" format:"uuid" doc:"The participant it was lost to (R30)"`
		Fields       map[string]any `json:"fields,omitempty" doc:"Other values of the outcome's form, such as amount; null: not filled in"`
	}
}

func (s *Server) closeDeal(ctx context.Context, in *closeDealInput) (*commandOutput, error) {
	p := crm.CommandPayload{Result: crm.StatusPositive, Fields: map[string]any{}}
	maps.Copy(p.Fields, in.Body.Fields)
	if in.Body.Result == "lost" {
		p.Result = crm.StatusNegative
		if in.Body.Reason == "" && p.Fields["reason"] == nil {
			return nil, invalid("/reason", codeRequired)
		}
	}
	if in.Body.Reason != "" {
		p.Fields["reason"] = in.Body.Reason
	}
	if in.Body.CompetitorID != uuid.Nil {
		p.Fields[string(routemaps.FieldCompetitor)] = in.Body.CompetitorID.String()
	}
	out, err := s.command(ctx, in.ID, crm.Deal, crm.CommandClose, p)
	return out, asSent(err, map[string]string{"/fields/reason": "/reason", "/fields/competitor": "/competitor_id"}, in.Body.Fields)
}

// asSent makes the pointers of a refusal point into the body that was sent: values that the body has a place of its own for
// become fields on the way. Those sent among the fields are left there.
func asSent(err error, places map[string]string, fields map[string]any) error {
	refusal, ok := crm.AsError(err)
	if !ok {
		return err
	}
	told := *refusal
	told.Fields = slices.Clone(refusal.Fields)
	for i := range told.Fields {
		at := told.Fields[i].Pointer
		place, moved := places[at]
		if _, sent := fields[strings.TrimPrefix(at, "/fields/")]; moved && !sent {
			told.Fields[i].Pointer = place
		}
	}
	return &told
}
