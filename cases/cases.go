// Package cases is what the API asks of a case's route: it stores what somebody wants in Postgres, has Temporal carry it
// out, and waits for what became of it.
package cases

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"

	"marshrut/activities"
	"marshrut/crm"
	"marshrut/dispatch"
	"marshrut/routemaps"
	"marshrut/workflows"
)

// patience is how long a request waits for its command; then it is answered that the command is at work.
const patience = 5 * time.Second

// startPatience is how long a request waits for a new case's workflow. The case exists already, and the reconciler starts
// what this does not.
const startPatience = 2 * time.Second

// Records are the database's part.
type Records interface {
	// CreateCaseAndPosition makes a case and tells where it stands.
	CreateCaseAndPosition(ctx context.Context, n crm.NewCase) (*crm.Case, activities.AdvanceResult, bool, error)
	Case(ctx context.Context, id uuid.UUID) (*crm.Case, error)
	PatchCase(ctx context.Context, id uuid.UUID, version int, p crm.CasePatch, by uuid.UUID) (*crm.Case, error)
	CaseWithTasks(ctx context.Context, id uuid.UUID, seq int) (*crm.Case, []crm.TaskItem, error)
	InsertCommand(ctx context.Context, c crm.Command) (*crm.Command, *crm.Case, error)
	InsertEvent(ctx context.Context, e crm.OutsideEvent) (*crm.Command, error)
	Command(ctx context.Context, id uuid.UUID) (*crm.Command, error)
	Unacknowledged(ctx context.Context, before time.Time, limit int) ([]crm.Command, error)
	UnacknowledgedOf(ctx context.Context, caseID uuid.UUID) ([]crm.Command, error)
	Unstarted(ctx context.Context, before time.Time, limit int) ([]crm.Case, error)
	MarkStarted(ctx context.Context, ids []uuid.UUID) error
	TakeLostCases(ctx context.Context, overslept, idle, rest time.Duration, limit int) ([]crm.Case, error)
	TakeStuckNotifications(ctx context.Context, idle time.Duration, limit int) ([]crm.Notification, error)
	RecountDues(ctx context.Context, settle time.Duration, limit int) (int, error)
	CorrectZones(ctx context.Context, limit int) (int, error)
	Acknowledge(ctx context.Context, ids []uuid.UUID) error
	Advance(ctx context.Context, request activities.AdvanceRequest) (activities.AdvanceResult, error)
	Letters(ctx context.Context, caseID uuid.UUID) ([]crm.Letter, error)
	CreateLetter(ctx context.Context, l crm.Letter) (*crm.Letter, error)
	CreateSMS(ctx context.Context, m crm.SMS) (*crm.SMS, error)
	ReopenNotification(ctx context.Context, id, by uuid.UUID) (*crm.Notification, error)
	Map(ctx context.Context, id string, version int) (*routemaps.Map, error)
}

// Dispatcher is Temporal's part.
type Dispatcher interface {
	Start(ctx context.Context, c dispatch.Case) error
	Send(ctx context.Context, c dispatch.Case, command uuid.UUID) (workflows.CommandReply, error)
	Revive(ctx context.Context, c dispatch.Case, command uuid.UUID) (workflows.CommandReply, error)
	Resend(ctx context.Context, notification uuid.UUID, attempt int) error
}

// Acker notes what has come through.
type Acker interface {
	Started(id uuid.UUID)
	Acknowledge(id uuid.UUID)
}

// Service carries out what is asked of routes. It is safe for concurrent use.
type Service struct {
	Records
	dispatcher Dispatcher
	acker      Acker
	log        *slog.Logger
}

// New gives a Service.
func New(records Records, dispatcher Dispatcher, acker Acker, log *slog.Logger) *Service {
	return &Service{Records: records, dispatcher: dispatcher, acker: acker, log: log}
}

// CreateCase makes a case with its first task and starts its workflow. It succeeds without Temporal: the reconciler starts
// what could not be started. The bool is false when the key's case existed already.
func (s *Service) CreateCase(ctx context.Context, n crm.NewCase) (*crm.Case, bool, error) {
	c, position, created, err := s.CreateCaseAndPosition(ctx, n)
	if err != nil || !created || c.Mode == crm.ModeNone {
		return c, created, err
	}
	startCtx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	described, err := s.describeAt(startCtx, c, position)
	if err == nil {
		err = s.dispatcher.Start(startCtx, described)
	}
	if err != nil {
		s.log.WarnContext(ctx, "a new case's workflow was not started and is left to the reconciler", "case", c.ID, "error", err)
		return c, created, nil
	}
	s.acker.Started(c.ID)
	return c, created, nil
}

// Submit stores the command, sends it and waits up to 5 seconds. A command still received then is at work; a refused one is
// not an error of Submit. temporal_unavailable: safe to repeat.
func (s *Service) Submit(ctx context.Context, c crm.Command) (crm.Command, error) {
	stored, target, err := s.InsertCommand(ctx, c)
	if err != nil {
		return crm.Command{}, err
	}
	return s.carryOut(ctx, stored, target)
}

// SubmitEvent is Submit for what another system tells about a case (R11).
func (s *Service) SubmitEvent(ctx context.Context, e crm.OutsideEvent) (crm.Command, error) {
	stored, err := s.InsertEvent(ctx, e)
	if err != nil {
		return crm.Command{}, err
	}
	target, err := s.Case(ctx, stored.CaseID)
	if err != nil {
		return crm.Command{}, err
	}
	return s.carryOut(ctx, stored, target)
}

// PatchCase changes a case outside its route. What conditions may read is told to the route at once, or, when that fails,
// by the reconciler: the request waits no longer than for a command, however many changes the route has not heard of.
func (s *Service) PatchCase(ctx context.Context, id uuid.UUID, version int, p crm.CasePatch, by uuid.UUID) (*crm.Case, error) {
	c, err := s.Records.PatchCase(ctx, id, version, p, by)
	if err != nil || len(p.Fields)+len(p.Attributes) == 0 && p.ResponsibleID == nil && p.ClientID == nil || c.Mode != crm.ModeProcess {
		return c, err
	}
	s.Tell(ctx, id)
	return s.Case(ctx, id)
}

// Tell brings to the case's route what its records have left for it in the command table: facts that conditions read have
// changed, a payment has come (R11). What cannot be brought now is left to the reconciler.
func (s *Service) Tell(ctx context.Context, id uuid.UUID) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	waiting, err := s.UnacknowledgedOf(ctx, id)
	if err != nil {
		s.log.WarnContext(ctx, "a changed case's commands were not read and are left to the reconciler", "case", id, "error", crm.Scrub(err))
		return
	}
	waiting = slices.DeleteFunc(waiting, func(c crm.Command) bool { return !c.OfRecord() }) // somebody's request is waiting for the others
	if len(waiting) == 0 {
		return
	}
	c, err := s.Case(ctx, id)
	for i := range waiting {
		var told crm.Command
		if err == nil {
			told, err = s.carryOut(ctx, &waiting[i], c)
		}
		if err != nil || told.Status == crm.CommandReceived {
			s.log.WarnContext(ctx, "a changed case's route was not told and is left to the reconciler", "case", id, "error", crm.Scrub(err))
			return
		}
	}
}

// CreateLetter stores a letter and has it sent (R63). It succeeds without Temporal: the reconciler hands on what lies.
func (s *Service) CreateLetter(ctx context.Context, l crm.Letter) (*crm.Letter, error) {
	made, err := s.Records.CreateLetter(ctx, l)
	if err != nil {
		return nil, err
	}
	s.handOn(ctx, made.NotificationID, made.Status)
	return made, nil
}

// CreateSMS stores a text message and has it sent (R42), as CreateLetter does a letter.
func (s *Service) CreateSMS(ctx context.Context, m crm.SMS) (*crm.SMS, error) {
	made, err := s.Records.CreateSMS(ctx, m)
	if err != nil {
		return nil, err
	}
	s.handOn(ctx, made.NotificationID, made.Status)
	return made, nil
}

// handOn has sent what a person has just written.
func (s *Service) handOn(ctx context.Context, notification uuid.UUID, status crm.NotificationStatus) {
	if status != crm.NotificationPending {
		return
	}
	startCtx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	if err := s.dispatcher.Resend(startCtx, notification, 0); err != nil {
		s.log.WarnContext(ctx, "what was written was not handed on and is left to the reconciler", "notification", notification, "error", crm.Scrub(err))
	}
}

// Resend sends a failed or unknown notification again; notification_not_resendable for others.
func (s *Service) Resend(ctx context.Context, notification, by uuid.UUID) (*crm.Notification, error) {
	n, err := s.ReopenNotification(ctx, notification, by)
	if err != nil {
		return nil, err
	}
	return n, s.dispatcher.Resend(ctx, n.ID, n.Attempt)
}

// carryOut has a stored command of the case decided, unless it is decided already.
func (s *Service) carryOut(ctx context.Context, c *crm.Command, target *crm.Case) (crm.Command, error) {
	if c.Status != crm.CommandReceived {
		return *c, nil
	}
	reply, err := s.decide(ctx, target, c)
	switch {
	case err == nil:
		s.acker.Acknowledge(c.ID)
		if reply.Refused == "" && !reply.Again {
			applied := *c
			applied.Status, applied.Seq = crm.CommandApplied, reply.Seq
			return applied, nil
		}
	case !errors.Is(err, dispatch.ErrPending):
		return crm.Command{}, err
	}
	decided, err := s.Command(context.WithoutCancel(ctx), c.ID)
	if err != nil {
		return crm.Command{}, err
	}
	return *decided, nil
}

func (s *Service) decide(ctx context.Context, target *crm.Case, c *crm.Command) (workflows.CommandReply, error) {
	if target.Mode == crm.ModeNone || target.Status.Closed() && c.Kind != crm.CommandReopen {
		// There is no workflow, or it has ended with its case: what is left to say, Postgres can say. To go on (R60) it takes one.
		return s.decideHere(ctx, target, c)
	}
	return s.send(ctx, target, c.ID)
}

func (s *Service) send(ctx context.Context, target *crm.Case, command uuid.UUID) (workflows.CommandReply, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	named := dispatch.Case{ID: target.ID, Kind: target.Kind, Number: target.Number}
	reply, err := s.dispatcher.Send(ctx, named, command)
	if !errors.Is(err, dispatch.ErrNoWorkflow) {
		return reply, err
	}
	// The workflow that is started may end with its case, or be terminated, before it has heard the command. Once more, then;
	// after that it is the reconciler's.
	for range 2 {
		described, err := s.describe(ctx, target)
		if err != nil {
			return reply, err
		}
		if reply, err = s.dispatcher.Revive(ctx, described, command); !errors.Is(err, dispatch.ErrNoWorkflow) {
			return reply, err
		}
	}
	return workflows.CommandReply{}, dispatch.ErrPending
}

// decideHere decides a command of a case that has no workflow: a deal without stages (R31).
func (s *Service) decideHere(ctx context.Context, target *crm.Case, c *crm.Command) (workflows.CommandReply, error) {
	request := activities.AdvanceRequest{
		Case: target.ID, EventID: "command/" + c.ID.String(), Kind: activities.EventCommand, Ref: c.ID, Seq: target.Seq,
	}
	for {
		result, err := s.Advance(ctx, request)
		if err != nil {
			return workflows.CommandReply{}, fmt.Errorf("decide a command: %w", err)
		}
		if !result.Behind {
			return workflows.CommandReply{Seq: result.Seq, Refused: result.Refused, Again: result.Again}, nil
		}
		request.Seq = result.Seq
	}
}

// describe is what Temporal is told of a case when its workflow starts.
func (s *Service) describe(ctx context.Context, c *crm.Case) (dispatch.Case, error) {
	position, err := s.Advance(ctx, activities.AdvanceRequest{Case: c.ID, EventID: "sync", Kind: activities.EventSync})
	if err != nil {
		return dispatch.Case{}, err
	}
	return s.describeAt(ctx, c, position)
}

// describeAt is describe where the case's position is known.
func (s *Service) describeAt(ctx context.Context, c *crm.Case, position activities.AdvanceResult) (dispatch.Case, error) {
	m, err := s.Map(ctx, c.MapID, c.MapVersion)
	if err != nil {
		return dispatch.Case{}, err
	}
	return dispatch.Case{
		ID: c.ID, Kind: c.Kind, Number: c.Number, Map: c.MapID, Version: c.MapVersion, SHA256: m.SHA256, Position: position,
	}, nil
}

// UnstartedCases, TakeLostCases and UnacknowledgedCommands make the Service the reconciler's store.

// UnstartedCases lists cases that were made before the time and are not known to have a workflow.
func (s *Service) UnstartedCases(ctx context.Context, before time.Time, limit int) (dispatch.Found[dispatch.Case], error) {
	unstarted, err := s.Unstarted(ctx, before, limit)
	return s.describeAll(ctx, unstarted), err
}

// TakeLostCases gives cases that no workflow can be at work on, and marks them as started.
func (s *Service) TakeLostCases(ctx context.Context, overslept, idle, rest time.Duration, limit int) (dispatch.Found[dispatch.Case], error) {
	lost, err := s.Records.TakeLostCases(ctx, overslept, idle, rest, limit)
	return s.describeAll(ctx, lost), err
}

func (s *Service) describeAll(ctx context.Context, all []crm.Case) dispatch.Found[dispatch.Case] {
	found := dispatch.Found[dispatch.Case]{Rows: len(all)}
	for i := range all {
		described, err := s.describe(ctx, &all[i])
		if err != nil {
			// One that cannot be read must not keep the others from being started.
			s.log.WarnContext(ctx, "a case cannot be described and is passed over", "case", all[i].ID, "error", err)
			continue
		}
		found.Items = append(found.Items, described)
	}
	return found
}

// UnacknowledgedCommands lists commands that came before the time and are not known to be decided. Those of cases without a
// workflow are decided on the way.
func (s *Service) UnacknowledgedCommands(ctx context.Context, before time.Time, limit int) (dispatch.Found[dispatch.PendingCommand], error) {
	commands, err := s.Unacknowledged(ctx, before, limit)
	pending := dispatch.Found[dispatch.PendingCommand]{Rows: len(commands)}
	if err != nil {
		return pending, err
	}
	for i := range commands {
		target, err := s.Case(ctx, commands[i].CaseID)
		if err != nil {
			return pending, err
		}
		if target.Mode == crm.ModeNone {
			s.settle(ctx, &commands[i], target)
			continue
		}
		described, err := s.describe(ctx, target)
		if err != nil {
			s.log.WarnContext(ctx, "a case cannot be described and is passed over", "case", target.ID, "error", err)
			continue
		}
		pending.Items = append(pending.Items, dispatch.PendingCommand{ID: commands[i].ID, Case: described})
	}
	return pending, nil
}

// settle decides a forgotten command of a case without a workflow. One that was decided already only wants its
// acknowledgement, without which it would come up again for ever.
func (s *Service) settle(ctx context.Context, c *crm.Command, target *crm.Case) {
	decided, err := s.carryOut(ctx, c, target)
	switch {
	case err != nil:
		s.log.WarnContext(ctx, "a command was not decided", "command", c.ID, "error", err)
	case decided.Status != crm.CommandReceived:
		s.acker.Acknowledge(decided.ID)
	}
}
