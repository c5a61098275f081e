package engine

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/routemaps"
	"marshrut/routemaps/calendar"
)

// planned is a map of interests that wants the next interaction planned (R2), with more outcomes of its stage.
func planned(t *testing.T, more string) *routemaps.Map {
	t.Helper()
	m, err := routemaps.Load("m.yaml", []byte(`id: m
process: interest
name: {en: M, ru: М}
settings: {next_interaction: mandatory}
stages:
  - id: call
    name: {en: Call, ru: Звонок}
    performer: responsible
    outcomes:
      - {id: again, name: {en: Again, ru: Ещё}, require: [next_interaction], to: call}
`+more))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestR2_AStepThatPlansEndsTheTaskToPlan: the form's own plan counts as well as one made from the feed, and a step that
// ends the case too does not withdraw what it has completed.
func TestR2_AStepThatPlansEndsTheTaskToPlan(t *testing.T) {
	t.Parallel()
	for _, outcome := range []string{"again", "over"} {
		m := planned(t, "      - {id: over, name: {en: Over, ru: Конец}, require: [next_interaction], finish: positive}\n")
		user := &crm.User{ID: uuid.New(), Roles: []string{crm.RoleManager}, Granted: crm.Grant(crm.ShippedRoles(), crm.RoleManager), Active: true}
		s := &Snapshot{
			Case: &crm.Case{ID: uuid.New(), ResponsibleID: user.ID, Fields: map[string]any{}, Status: crm.StatusOpen}, Map: m,
			Directory: &Directory{Users: map[uuid.UUID]*crm.User{user.ID: user}}, Calendars: &Calendars{Default: &calendar.Calendar{}},
		}
		started := Decide(s, Input{At: at(), Start: &crm.NewCase{By: user.ID}})
		if started.Refusal != nil {
			t.Fatal(started.Refusal)
		}
		state, err := started.State.Encode()
		if err != nil {
			t.Fatal(err)
		}
		s.Case.State = state
		stage, plan := started.Open[0], crm.Task{ID: uuid.New(), Kind: TaskOfPlan, Status: crm.TaskOpen, UserID: user.ID}
		stage.ID = uuid.New()
		s.Tasks = []crm.Task{stage, plan}
		change := Decide(s, Input{At: at(), Command: &crm.Command{UserID: user.ID, Kind: crm.CommandComplete, Payload: crm.CommandPayload{
			TaskID: stage.ID, Outcome: outcome,
			Fields: map[string]any{"next_interaction": map[string]any{"kind": "call", "at": at().Add(time.Hour).Format(time.RFC3339)}},
		}}})
		if change.Refusal != nil {
			t.Fatal(change.Refusal)
		}
		ended := 0
		for _, end := range change.Complete {
			if end.ID == plan.ID && end.Outcome == PlannedOutcome && end.By == user.ID {
				ended++
			}
		}
		if ended != 1 || len(change.Withdraw) != 0 {
			t.Errorf("%s: completed %+v, withdrawn %+v", outcome, change.Complete, change.Withdraw)
		}
	}
}

// TestR22_WhereNoInteractionsAreKeptNoneIsWanted: rule R2 rests, what a form asks of them it does not ask, and an automatic move leaves
// no task to plan; of the company, and of one client.
func TestR22_WhereNoInteractionsAreKeptNoneIsWanted(t *testing.T) {
	t.Parallel()
	m := planned(t, "")
	for name, c := range map[string]struct {
		off, without []crm.Block
		refused      string
	}{
		"kept":              {refused: "validation_failed"},
		"of the company":    {off: []crm.Block{crm.BlockInteractions}},
		"of the client":     {without: []crm.Block{crm.BlockInteractions}},
		"another block off": {off: []crm.Block{crm.BlockDeals}, refused: "validation_failed"},
	} {
		user := &crm.User{ID: uuid.New(), Roles: []string{crm.RoleManager}, Granted: crm.Grant(crm.ShippedRoles(), crm.RoleManager), Active: true}
		s := &Snapshot{
			Case: &crm.Case{ID: uuid.New(), ResponsibleID: user.ID, Fields: map[string]any{}, Status: crm.StatusOpen}, Map: m, Without: c.without,
			Directory: &Directory{Users: map[uuid.UUID]*crm.User{user.ID: user}, Off: c.off}, Calendars: &Calendars{Default: &calendar.Calendar{}},
		}
		started := Decide(s, Input{At: at(), Start: &crm.NewCase{By: user.ID}})
		if started.Refusal != nil {
			t.Fatal(started.Refusal)
		}
		state, err := started.State.Encode()
		if err != nil {
			t.Fatal(err)
		}
		s.Case.State = state
		task := started.Open[0]
		task.ID = uuid.New()
		s.Tasks = []crm.Task{task}
		change := Decide(s, Input{At: at(), Command: &crm.Command{UserID: user.ID, Kind: crm.CommandComplete, Payload: crm.CommandPayload{TaskID: task.ID, Outcome: "again"}}})
		got := ""
		if change.Refusal != nil {
			got = change.Refusal.Code
		}
		if got != c.refused {
			t.Errorf("%s: %q, want %q", name, got, c.refused)
		}
	}
}
