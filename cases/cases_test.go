package cases_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"

	"marshrut/activities"
	"marshrut/cases"
	"marshrut/crm"
	"marshrut/dispatch"
	"marshrut/routemaps"
	"marshrut/workflows"
)

// desk is a database with one case and one command, and a Temporal that does as it is told. Whole-system tests use the real
// ones; this is for what they cannot be brought to do at will.
type desk struct {
	cases.Records
	target  crm.Case
	command crm.Command

	send, revive, start error
	ends                int // how often a workflow that is started ends before it has heard the command
	reply               workflows.CommandReply
	reads               int  // of the command
	decides             bool // sending decides the command
	behind              int  // how often Advance answers that it is behind
	asked               []string
	acknowledged        []uuid.UUID
	started             []uuid.UUID
	deadlines           map[time.Time]int // how often something was sent that had to be answered by then
}

func newDesk() *desk {
	c := crm.Case{ID: uuid.New(), Kind: crm.Appeal, Number: "A-000001", MapID: "appeal", MapVersion: 1, Mode: crm.ModeProcess, Status: crm.StatusOpen, Seq: 1}
	return &desk{target: c, command: crm.Command{ID: uuid.New(), CaseID: c.ID, Status: crm.CommandReceived}, decides: true}
}

func (d *desk) InsertCommand(context.Context, crm.Command) (*crm.Command, *crm.Case, error) {
	c := d.command
	return &c, &d.target, nil
}

func (d *desk) Case(context.Context, uuid.UUID) (*crm.Case, error) { return &d.target, nil }

func (d *desk) Command(context.Context, uuid.UUID) (*crm.Command, error) {
	d.reads++
	return &d.command, nil
}

func (d *desk) CreateCaseAndPosition(context.Context, crm.NewCase) (*crm.Case, activities.AdvanceResult, bool, error) {
	return &d.target, activities.AdvanceResult{Seq: 1, Stage: "classification", Mode: crm.ModeProcess}, true, nil
}

func (d *desk) Map(context.Context, string, int) (*routemaps.Map, error) {
	return &routemaps.Map{SHA256: "abc"}, nil
}

func (d *desk) Advance(_ context.Context, request activities.AdvanceRequest) (activities.AdvanceResult, error) {
	if request.Kind == activities.EventSync {
		return activities.AdvanceResult{Seq: 1}, nil
	}
	d.asked = append(d.asked, "advance")
	if d.behind > 0 {
		d.behind--
		return activities.AdvanceResult{Behind: true, Seq: request.Seq + 1}, nil
	}
	d.command.Status = crm.CommandApplied
	return activities.AdvanceResult{Seq: request.Seq + 1}, nil
}

func (d *desk) Start(context.Context, dispatch.Case) error {
	d.asked = append(d.asked, "start")
	return d.start
}

func (d *desk) Send(ctx context.Context, _ dispatch.Case, _ uuid.UUID) (workflows.CommandReply, error) {
	if deadline, ok := ctx.Deadline(); ok && d.deadlines != nil {
		d.deadlines[deadline]++
	}
	d.asked = append(d.asked, "send")
	return d.reply, d.decided(d.send)
}

func (d *desk) Revive(_ context.Context, c dispatch.Case, _ uuid.UUID) (workflows.CommandReply, error) {
	d.asked = append(d.asked, "revive")
	if c.SHA256 != "abc" {
		return workflows.CommandReply{}, errors.New("a workflow is started without its map")
	}
	err := d.revive
	if d.ends > 0 {
		d.ends--
		err = fmt.Errorf("revive: %w", dispatch.ErrNoWorkflow)
	}
	return workflows.CommandReply{}, d.decided(err)
}

func (d *desk) decided(err error) error {
	if err == nil && d.decides {
		d.command.Status = crm.CommandApplied
	}
	return err
}

func (d *desk) Resend(context.Context, uuid.UUID, int) error { return nil }

// acker notes what came through; the store has a method of the same name for whole lists.
type acker struct{ desk *desk }

func (a acker) Started(id uuid.UUID) { a.desk.started = append(a.desk.started, id) }

func (a acker) Acknowledge(id uuid.UUID) { a.desk.acknowledged = append(a.desk.acknowledged, id) }

func TestSubmit(t *testing.T) {
	t.Parallel()
	unavailable := crm.Errorf(crm.KindUnavailable, dispatch.CodeUnavailable, "Temporal is away")
	for _, c := range []struct {
		name         string
		prepare      func(d *desk)
		asked        []string
		status       crm.CommandStatus
		fails        bool
		acknowledged bool
	}{
		{"sends and acknowledges", func(*desk) {}, []string{"send"}, crm.CommandApplied, false, true},
		{"sends no decided command again", func(d *desk) { d.command.Status = crm.CommandRefused }, nil, crm.CommandRefused, false, false},
		{"starts the workflow that is not there", func(d *desk) { d.send = dispatch.ErrNoWorkflow }, []string{"send", "revive"}, crm.CommandApplied, false, true},
		{"starts a workflow again that ends at once", func(d *desk) { d.send, d.ends = dispatch.ErrNoWorkflow, 1 }, []string{"send", "revive", "revive"}, crm.CommandApplied, false, true},
		{"leaves one that ends at once twice to the reconciler", func(d *desk) { d.send, d.ends = dispatch.ErrNoWorkflow, 9 }, []string{"send", "revive", "revive"}, crm.CommandReceived, false, false},
		{"answers that it takes longer", func(d *desk) { d.send = dispatch.ErrPending }, []string{"send"}, crm.CommandReceived, false, false},
		{"says that Temporal is away", func(d *desk) { d.send = unavailable }, []string{"send"}, "", true, false},
		{"starts no workflow for a case that has ended", func(d *desk) { d.target.Status = crm.StatusPositive }, []string{"advance"}, crm.CommandApplied, false, true},
		{"decides by itself where there is no workflow", func(d *desk) { d.target.Mode = crm.ModeNone; d.behind = 1 }, []string{"advance", "advance"}, crm.CommandApplied, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk()
			c.prepare(d)
			got, err := cases.New(d, d, acker{d}, slog.New(slog.DiscardHandler)).Submit(context.Background(), d.command)
			if (err != nil) != c.fails {
				t.Fatalf("Submit: %v", err)
			}
			if got.Status != c.status || len(d.asked) != len(c.asked) || (len(d.acknowledged) == 1) != c.acknowledged {
				t.Errorf("status %q, asked %v, acknowledged %v", got.Status, d.asked, d.acknowledged)
			}
		})
	}
}

func TestWhatTemporalAnswersIsNotReadAgain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		reply workflows.CommandReply
		want  crm.Command
		reads int
	}{
		{"applied", workflows.CommandReply{Seq: 7}, crm.Command{Status: crm.CommandApplied, Seq: 7}, 0},
		{"decided before, so that the case may have gone on since", workflows.CommandReply{Seq: 9, Again: true}, crm.Command{Status: crm.CommandApplied, Seq: 4}, 1},
		{"refused, for a reason that only the row tells", workflows.CommandReply{Seq: 7, Refused: "task_completed"}, crm.Command{Status: crm.CommandRefused}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk()
			d.reply = c.reply
			stored := d.command
			d.decides, d.command.Status, d.command.Seq = false, c.want.Status, c.want.Seq
			got, err := cases.New(received{d, stored}, d, acker{d}, slog.New(slog.DiscardHandler)).Submit(context.Background(), stored)
			if err != nil || got.Status != c.want.Status || got.Seq != c.want.Seq || d.reads != c.reads {
				t.Errorf("status %q, seq %d, %d reads, %v; want %q, %d, %d", got.Status, got.Seq, d.reads, err, c.want.Status, c.want.Seq, c.reads)
			}
		})
	}
}

// received is a desk where the command has only been stored, whatever becomes of it afterwards.
type received struct {
	*desk
	command crm.Command
}

func (r received) InsertCommand(context.Context, crm.Command) (*crm.Command, *crm.Case, error) {
	return &r.command, &r.target, nil
}

func (d *desk) PatchCase(context.Context, uuid.UUID, int, crm.CasePatch, uuid.UUID) (*crm.Case, error) {
	return &d.target, nil
}

func (d *desk) UnacknowledgedOf(context.Context, uuid.UUID) ([]crm.Command, error) {
	c := crm.Command{CaseID: d.target.ID, Kind: crm.CommandFactsChanged, Status: crm.CommandReceived}
	return []crm.Command{c, c, c}, nil
}

func TestAChangedCaseWaitsForItsRouteOnceOverall(t *testing.T) {
	t.Parallel()
	d := newDesk()
	d.deadlines = map[time.Time]int{}
	patch := crm.CasePatch{Fields: map[string]any{"size": "big"}}
	_, err := cases.New(d, d, acker{d}, slog.New(slog.DiscardHandler)).PatchCase(context.Background(), d.target.ID, 1, patch, uuid.New())
	if err != nil || len(d.asked) != 3 {
		t.Fatalf("asked %v, %v", d.asked, err)
	}
	if len(d.deadlines) != 1 {
		t.Errorf("the three changes are waited for until %v, want one end for all", d.deadlines)
	}
}

func TestACaseIsMadeWithoutTemporal(t *testing.T) {
	t.Parallel()
	d := newDesk()
	d.start = dispatch.ErrPending
	c, created, err := cases.New(d, d, acker{d}, slog.New(slog.DiscardHandler)).CreateCase(context.Background(), crm.NewCase{Kind: crm.Appeal})
	if err != nil || !created || c.ID != d.target.ID {
		t.Fatalf("CreateCase: %v %v %v", c, created, err)
	}
	if len(d.started) != 0 {
		t.Error("a workflow that was not started is marked as started: the reconciler would never start it")
	}
}
