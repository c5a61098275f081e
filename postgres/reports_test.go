package postgres_test

import (
	"context"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/postgres"
)

// newOfficeOn is an office whose time stands still until the test moves it on.
func newOfficeOn(t *testing.T, begin time.Time) (of *office, pass func(time.Duration)) {
	t.Helper()
	var now atomic.Pointer[time.Time]
	now.Store(&begin)
	of = newOffice(t, postgres.Options{Clock: func() time.Time { return *now.Load() }})
	return of, func(d time.Duration) {
		later := now.Load().Add(d)
		now.Store(&later)
	}
}

// walked is what a test saw one case do: the log that reports are checked against.
type walked struct {
	c           *crm.Case
	responsible uuid.UUID
	source      string
	steps       []walkedStep
	end         crm.Status
	ended       time.Time
}

type walkedStep struct {
	stage string
	at    time.Time
}

// expectFunnel counts a funnel the slow way: case by case and stage by stage.
func expectFunnel(stages []string, all []*walked, f *crm.ReportFilter) []crm.FunnelStage {
	var funnel []crm.FunnelStage
	for position, stage := range stages {
		row := crm.FunnelStage{Stage: stage}
		var spent []time.Duration
		for _, w := range all {
			if f.ResponsibleID != uuid.Nil && w.responsible != f.ResponsibleID || f.Source != "" && w.source != f.Source {
				continue
			}
			var first time.Time
			var passed, left bool
			var last string
			var sum time.Duration
			for i, step := range w.steps {
				if step.stage != stage {
					continue
				}
				if first.IsZero() {
					first = step.at
				}
				left, last = true, ""
				switch {
				case i+1 < len(w.steps):
					sum += w.steps[i+1].at.Sub(step.at)
					last = "returned"
					if slices.Index(stages, w.steps[i+1].stage) > position {
						last = "passed"
					}
				case w.end == crm.StatusOpen:
					left = false
				default:
					sum += w.ended.Sub(step.at)
					last = map[crm.Status]string{crm.StatusPositive: "passed", crm.StatusNegative: "lost", crm.StatusCancelled: "cancelled"}[w.end]
				}
				passed = passed || last == "passed"
			}
			if first.IsZero() || first.Before(f.From) || !first.Before(f.To) {
				continue
			}
			row.Entered++
			switch {
			case passed:
				row.Passed++
			case last == "":
				row.Here++
			case last == "returned":
				row.Returned++
			case last == "lost":
				row.Lost++
			case last == "cancelled":
				row.Cancelled++
			}
			if left {
				spent = append(spent, sum)
			}
		}
		if row.Entered == 0 {
			continue
		}
		slices.Sort(spent)
		if n := len(spent); n > 0 {
			row.Median, row.P90 = spent[(n+1)/2-1], spent[(n*9+9)/10-1]
		}
		funnel = append(funnel, row)
	}
	return funnel
}

func TestR14_R35_AFunnelIsRightAgainstItsCasesOneByOne(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	of, pass := newOfficeOn(t, begin)
	stages := []string{"new", "in-progress", "offer"}
	random := rand.New(rand.NewPCG(14, 35)) // the same cases every time
	var all []*walked
	now := begin
	for range 25 {
		w := &walked{responsible: []uuid.UUID{of.manager.ID, of.other.ID}[random.IntN(2)], source: []string{"site", "call"}[random.IntN(2)], end: crm.StatusOpen}
		w.c = of.create(crm.NewCase{Kind: crm.Deal, MapID: "free-sale", By: w.responsible, ResponsibleID: w.responsible, Topic: "Продажа", Source: w.source})
		w.steps = []walkedStep{{w.c.Stage, now}}
		for range random.IntN(5) {
			d := time.Duration(1+random.IntN(72)) * time.Hour
			pass(d)
			now = now.Add(d)
			at := w.steps[len(w.steps)-1].stage
			to := stages[random.IntN(len(stages))]
			if to == at {
				continue
			}
			of.applied(crm.Command{CaseID: w.c.ID, UserID: w.responsible, Kind: crm.CommandMove, Payload: crm.CommandPayload{Stage: to}})
			w.steps = append(w.steps, walkedStep{to, now})
		}
		switch random.IntN(4) {
		case 0:
			w.end = crm.StatusPositive
			of.applied(crm.Command{CaseID: w.c.ID, UserID: w.responsible, Kind: crm.CommandClose, Payload: crm.CommandPayload{Outcome: "won", Fields: map[string]any{"amount": "100"}}})
		case 1:
			w.end = crm.StatusNegative
			of.applied(crm.Command{CaseID: w.c.ID, UserID: w.responsible, Kind: crm.CommandClose, Payload: crm.CommandPayload{Outcome: "lost", Fields: map[string]any{"reason": "price"}}})
		case 2:
			w.end = crm.StatusCancelled
			of.applied(crm.Command{CaseID: w.c.ID, UserID: of.director.ID, Kind: crm.CommandCancel, Payload: crm.CommandPayload{Reason: "ошибка"}})
		}
		w.ended = now
		all = append(all, w)
	}
	for name, f := range map[string]crm.ReportFilter{
		"all":           {From: begin, To: now.Add(time.Hour)},
		"a week":        {From: begin.AddDate(0, 0, 7), To: begin.AddDate(0, 0, 14)},
		"one's own":     {From: begin, To: now.Add(time.Hour), ResponsibleID: of.manager.ID},
		"from one site": {From: begin.AddDate(0, 0, 3), To: now, Source: "site", Departments: []uuid.UUID{of.departmentID()}},
		"nothing":       {From: begin.AddDate(-1, 0, 0), To: begin},
	} {
		got, err := of.Funnel(context.Background(), "free-sale", 0, f)
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(got, func(a, b crm.FunnelStage) int { return slices.Index(stages, a.Stage) - slices.Index(stages, b.Stage) })
		want := expectFunnel(stages, all, &f)
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, want)
		}
	}
}

// TestR35_AClockThatGoesBackKeepsNoCaseFromGoingOn: the times of two steps may be of two machines.
func TestR35_AClockThatGoesBackKeepsNoCaseFromGoingOn(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	of, pass := newOfficeOn(t, begin)
	c := of.create(crm.NewCase{Kind: crm.Deal, MapID: "free-sale", By: of.manager.ID})
	for _, stage := range []string{"offer", "new", "offer"} {
		pass(-time.Hour)
		of.applied(crm.Command{CaseID: c.ID, UserID: of.manager.ID, Kind: crm.CommandMove, Payload: crm.CommandPayload{Stage: stage}})
	}
	got, err := of.Funnel(context.Background(), "free-sale", 0, crm.ReportFilter{From: begin.AddDate(0, 0, -1), To: begin.AddDate(0, 0, 1)})
	if err != nil || len(got) != 2 {
		t.Errorf("got %+v, %v", got, err)
	}
}

// applied is submit for what must not be refused.
func (of *office) applied(c crm.Command) {
	of.t.Helper()
	if done := of.submit(c); done.Status != crm.CommandApplied {
		of.t.Fatalf("%s was %s: %v", c.Kind, done.Status, done.Refusal)
	}
}

func (of *office) departmentID() uuid.UUID { return of.manager.DepartmentID }

func TestR21_CasesUnderNegotiationAreLeftOutOfReports(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	of, _ := newOfficeOn(t, begin)
	of.publish(`
id: talks
process: interest
name: {en: Talks, ru: Переговоры}
stages:
  - id: first
    name: {en: First, ru: Первый}
    performer: responsible
    outcomes:
      - {id: talk, name: {en: Talk, ru: Говорим}, to: talking}
      - {id: done, name: {en: Done, ru: Готово}, finish: positive}
  - id: talking
    name: {en: Talking, ru: Идут переговоры}
    performer: responsible
`)
	ctx, period := context.Background(), crm.ReportFilter{From: begin.Add(-time.Hour), To: begin.Add(time.Hour)}
	open := of.create(crm.NewCase{Kind: crm.Interest, MapID: "talks", By: of.manager.ID})
	of.create(crm.NewCase{Kind: crm.Interest, MapID: "talks", By: of.manager.ID})
	counted := func() (funnel, control, channels int) {
		stages, err := of.Funnel(ctx, "talks", 1, period)
		if err != nil {
			t.Fatal(err)
		}
		for _, stage := range stages {
			funnel += stage.Entered
		}
		rows, err := of.Control(ctx, period)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			control += row.Open
		}
		ways, err := of.Channels(ctx, period)
		if err != nil {
			t.Fatal(err)
		}
		for _, way := range ways {
			channels += way.Cases
		}
		return funnel, control, channels
	}
	if funnel, control, channels := counted(); funnel != 2 || control != 2 || channels != 2 {
		t.Fatalf("before: %d in the funnel, %d under control, %d by channels", funnel, control, channels)
	}
	if done := of.complete(open, of.manager, "talk", nil); done.Status != crm.CommandApplied {
		t.Fatal(done.Refusal)
	}
	if funnel, control, channels := counted(); funnel != 1 || control != 1 || channels != 1 {
		t.Errorf("with one under negotiation: %d in the funnel, %d under control, %d by channels", funnel, control, channels)
	}
}

func TestR14_ControlCountsWhatManagersHave(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	of, pass := newOfficeOn(t, begin)
	planned := of.create(crm.NewCase{Kind: crm.Deal, By: of.manager.ID, ResponsibleID: of.manager.ID})
	pass(time.Hour)
	of.create(crm.NewCase{Kind: crm.Deal, By: of.other.ID, ResponsibleID: of.other.ID})
	of.create(crm.NewCase{Kind: crm.Claim, By: of.manager.ID, ResponsibleID: of.manager.ID})
	of.record(crm.Interaction{CaseID: planned.ID, Kind: crm.InteractionCall, Status: crm.InteractionPlanned, At: begin.Add(48 * time.Hour), ResponsibleID: of.manager.ID, CreatedBy: of.manager.ID})
	of.exec("update cases set overdue = true where id = $1", planned.ID)
	of.exec("update tasks set overdue = true where case_id = $1", planned.ID)
	of.exec("update cases set last_activity_at = $2 where id = $1", planned.ID, begin)
	got, err := of.Control(context.Background(), crm.ReportFilter{})
	if err != nil {
		t.Fatal(err)
	}
	later := begin.Add(time.Hour)
	want := []crm.ControlRow{
		{ResponsibleID: of.manager.ID, Responsible: of.manager.Name, Open: 2, Overdue: 1, Unplanned: 1, OldestTouch: &begin, LastTouch: &later, Tasks: 2, OverdueTasks: 1},
		{ResponsibleID: of.other.ID, Responsible: of.other.Name, Open: 1, Unplanned: 1, OldestTouch: &later, LastTouch: &later, Tasks: 1},
	}
	for i := range got {
		oldest, last := got[i].OldestTouch.UTC(), got[i].LastTouch.UTC()
		got[i].OldestTouch, got[i].LastTouch = &oldest, &last
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if only, err := of.Control(context.Background(), crm.ReportFilter{ResponsibleID: of.other.ID}); err != nil || len(only) != 1 || only[0].Open != 1 {
		t.Errorf("of one: %+v, %v", only, err)
	}
}

func TestR14_ControlCountsOverdueTasksOfPeoplesOwn(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	of, pass := newOfficeOn(t, begin)
	ctx := context.Background()
	c := of.create(crm.NewCase{Kind: crm.Deal, NoStages: true, By: of.manager.ID, ResponsibleID: of.manager.ID, Source: "site", Fields: map[string]any{"channel": "phone"}})
	soon, later := begin.Add(time.Hour), begin.Add(24*time.Hour)
	for _, n := range []crm.NewTask{
		{Kind: crm.TaskPersonal, Title: "Позвонить", DueAt: &soon},
		{Kind: crm.TaskPersonal, Title: "Съездить", DueAt: &later},
		{Kind: crm.TaskAssignment, Title: "Проверить договор", DueAt: &soon, AssigneeID: of.manager.ID, CaseID: c.ID},
	} {
		n.By = of.manager.ID
		if _, err := of.CreateTask(ctx, n); err != nil {
			t.Fatal(err)
		}
	}
	pass(2 * time.Hour)
	for name, one := range map[string]struct {
		filter         crm.ReportFilter
		tasks, overdue int
	}{
		"of everything":   {crm.ReportFilter{}, 3, 2},
		"of deals":        {crm.ReportFilter{Kind: crm.Deal, Source: "site", Channel: "phone", ResponsibleID: of.manager.ID}, 1, 1},
		"of claims":       {crm.ReportFilter{Kind: crm.Claim}, 0, 0},
		"of another site": {crm.ReportFilter{Source: "call"}, 0, 0},
		"by letter":       {crm.ReportFilter{Channel: "email"}, 0, 0},
	} {
		rows, err := of.Control(ctx, one.filter)
		if err != nil {
			t.Fatal(name, err)
		}
		var tasks, overdue int
		for i := range rows {
			tasks, overdue = tasks+rows[i].Tasks, overdue+rows[i].OverdueTasks
		}
		if tasks != one.tasks || overdue != one.overdue {
			t.Errorf("%s: %d tasks, %d of them overdue; want %d and %d", name, tasks, overdue, one.tasks, one.overdue)
		}
	}
}

func TestR30_ACompetitorOfTwoCardsThatWereMergedIsOne(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	of, _ := newOfficeOn(t, begin)
	ctx := context.Background()
	rival, twin := of.newClient("Соперник"), of.newClient("Соперник и сыновья")
	for _, competitor := range []uuid.UUID{rival, twin} {
		fields := map[string]any{"potential": "50.25", "currency": "RUB"}
		c := of.create(crm.NewCase{Kind: crm.Deal, NoStages: true, By: of.manager.ID, Fields: fields})
		lost := map[string]any{"reason": "competitor", "competitor": competitor.String()}
		of.exec("update cases set status = 'negative', closed_at = $2, fields = fields || $3 where id = $1", c.ID, begin, lost)
	}
	if _, err := of.MergeClients(ctx, rival, twin, of.manager.ID); err != nil {
		t.Fatal(err)
	}
	got, err := of.Losses(ctx, crm.ReportFilter{From: begin, To: begin.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	want := crm.LossRow{Reason: "competitor", CompetitorID: rival, Competitor: "Соперник", Cases: 2, Potential: []crm.Amount{{Currency: "RUB", Sum: "100.50"}}}
	if len(got) == 1 {
		want.ReasonName = got[0].ReasonName
	}
	if !reflect.DeepEqual(got, []crm.LossRow{want}) {
		t.Errorf("losses %+v, want %+v", got, want)
	}
}

func TestR30_LossesChannelsAndDemand(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	of, _ := newOfficeOn(t, begin)
	ctx, period := context.Background(), crm.ReportFilter{From: begin.Add(-time.Hour), To: begin.Add(time.Hour)}
	rival := of.newClient("Соперник")
	deal := func(potential, currency, channel string, lines []any) *crm.Case {
		fields := map[string]any{"potential": potential, "currency": currency, "channel": channel, "demand": lines}
		return of.create(crm.NewCase{Kind: crm.Deal, NoStages: true, By: of.manager.ID, Fields: fields, Topic: "Продажа", Source: "site"})
	}
	line := func(name, quantity, price string) map[string]any {
		return map[string]any{"name": name, "quantity": quantity, "price": price}
	}
	first := deal("100.50", "RUB", "phone", []any{line("Станок", "2", "10.25"), line("станок", "1", "1")})
	second := deal("50", "USD", "phone", []any{line("Станок", "3", "5")})
	third := deal("7", "RUB", "website", nil)
	of.exec(`insert into case_participants (id, case_id, client_id, role) values ($1, $2, $3, 'competitor')`, uuid.New(), first.ID, rival)
	lose := func(c *crm.Case, fields map[string]any) {
		of.exec("update cases set status = 'negative', closed_at = $2, fields = fields || $3 where id = $1", c.ID, begin, fields)
	}
	lose(first, map[string]any{"reason": "competitor", "competitor": rival.String()})
	lose(second, map[string]any{"reason": "price"})
	// R41: requests that never became a case; one of them was cancelled, as it was recorded by mistake.
	for _, reason := range []string{"price", "no-need", "no-need", "other"} {
		made, err := of.CreateInteraction(ctx, crm.Interaction{
			Kind: crm.InteractionCall, Status: crm.InteractionCompleted, At: begin, Lost: true, LostReason: reason, ResponsibleID: of.manager.ID, CreatedBy: of.manager.ID,
			Participants: []crm.Participant{{Name: "Прохожий"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if reason == "other" {
			of.exec("update interactions set status = 'cancelled' where id = $1", made.ID)
		}
	}
	of.exec("update cases set status = 'positive', closed_at = $2, fields = fields || $3 where id = $1", third.ID, begin, map[string]any{"amount": "9.99"})

	losses, err := of.Losses(ctx, period)
	if err != nil {
		t.Fatal(err)
	}
	wantLosses := []crm.LossRow{
		{Reason: "no-need", ReasonName: &crm.Text{EN: "No need any more", RU: "Потребность отпала"}, Requests: 2, Potential: []crm.Amount{}},
		{Reason: "price", ReasonName: &crm.Text{EN: "Price", RU: "Цена"}, Cases: 1, Requests: 1, Potential: []crm.Amount{{Currency: "USD", Sum: "50.00"}}},
		{Reason: "competitor", ReasonName: &crm.Text{EN: "Lost to a competitor", RU: "Ушёл к конкуренту"}, CompetitorID: rival, Competitor: "Соперник", Cases: 1, Potential: []crm.Amount{{Currency: "RUB", Sum: "100.50"}}},
	}
	if !reflect.DeepEqual(losses, wantLosses) {
		t.Errorf("losses %+v, want %+v", losses, wantLosses)
	}
	for why, narrowed := range map[string]struct {
		filter crm.ReportFilter
		want   int
	}{
		"another's":             {crm.ReportFilter{From: period.From, To: period.To, ResponsibleID: of.other.ID}, 0},
		"the responsible's":     {crm.ReportFilter{From: period.From, To: period.To, ResponsibleID: of.manager.ID}, 3},
		"requests have no kind": {crm.ReportFilter{From: period.From, To: period.To, Kind: crm.Deal}, 0},
		"nor a channel":         {crm.ReportFilter{From: period.From, To: period.To, Channel: "phone"}, 0},
	} {
		rows, err := of.Losses(ctx, narrowed.filter)
		requests := 0
		for i := range rows {
			requests += rows[i].Requests
		}
		if err != nil || requests != narrowed.want {
			t.Errorf("%s: %d lost requests, %v, want %d", why, requests, err, narrowed.want)
		}
	}
	channels, err := of.Channels(ctx, period)
	if err != nil {
		t.Fatal(err)
	}
	site := &crm.Text{EN: "Web site", RU: "Сайт"}
	wantChannels := []crm.ChannelRow{
		{Channel: "phone", ChannelName: &crm.Text{EN: "Phone call", RU: "Телефонный звонок"}, Source: "site", SourceName: site, Cases: 2, Clients: 1, Deals: 2, Amounts: []crm.Amount{}},
		{Channel: "website", ChannelName: &crm.Text{EN: "Web site", RU: "Сайт"}, Source: "site", SourceName: site, Cases: 1, Clients: 1, Deals: 1, Won: 1, Amounts: []crm.Amount{{Currency: "RUB", Sum: "9.99"}}},
	}
	if !reflect.DeepEqual(channels, wantChannels) {
		t.Errorf("channels %+v, want %+v", channels, wantChannels)
	}
	demand, err := of.Demand(ctx, period, 10)
	if err != nil {
		t.Fatal(err)
	}
	wantDemand := []crm.DemandRow{{Name: demand[0].Name, Cases: 2, Quantity: "6", Amounts: []crm.Amount{{Currency: "RUB", Sum: "21.50"}, {Currency: "USD", Sum: "15.00"}}}}
	if !reflect.DeepEqual(demand, wantDemand) || !strings.EqualFold(demand[0].Name, "станок") {
		t.Errorf("demand %+v, want %+v", demand, wantDemand)
	}
	if none, err := of.Losses(ctx, crm.ReportFilter{From: begin.Add(time.Hour), To: begin.Add(2 * time.Hour)}); err != nil || len(none) != 0 {
		t.Errorf("in another period %+v, %v", none, err)
	}
}

func TestR36_ClaimsByReasonAndFault(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	of, _ := newOfficeOn(t, begin)
	claim := func(status crm.Status, fields map[string]any) {
		c := of.create(crm.NewCase{Kind: crm.Claim, By: of.manager.ID})
		of.exec("update cases set fields = $2 where id = $1", c.ID, fields)
		if status != crm.StatusOpen {
			of.exec("update cases set status = $2, closed_at = $3 where id = $1", c.ID, status, begin)
		}
	}
	fault := map[string]any{"reason": "quality", "department_at_fault": of.departmentID().String(), "employee_at_fault": of.other.ID.String()}
	claim(crm.StatusPositive, fault)
	claim(crm.StatusNegative, fault)
	claim(crm.StatusOpen, fault)
	claim(crm.StatusCancelled, map[string]any{"reason": "delivery"})
	got, err := of.Claims(context.Background(), crm.ReportFilter{From: begin, To: begin.Add(time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	want := []crm.ClaimRow{
		{Reason: "quality", ReasonName: &crm.Text{EN: "Quality of the goods", RU: "Качество товара"}, DepartmentID: of.departmentID(), Department: &crm.Text{EN: "Sales", RU: "Продажи"}, UserID: of.other.ID, User: of.other.Name, UnderReview: 1, Satisfied: 1, NotSatisfied: 1},
		{Reason: "delivery", ReasonName: &crm.Text{EN: "Late delivery", RU: "Нарушение сроков доставки"}, Cancelled: 1},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestR43_AppealsAgainstTheirStandards(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) // a Monday
	of, pass := newOfficeOn(t, begin)
	handOver := map[string]any{"purpose": "question", "performer": of.manager.ID.String()}
	inTime := of.create(crm.NewCase{Kind: crm.Appeal})
	late := of.create(crm.NewCase{Kind: crm.Appeal})
	of.create(crm.NewCase{Kind: crm.Appeal})
	pass(30 * time.Minute)
	of.complete(inTime, of.dispatcher, "hand-over", handOver)
	pass(24 * time.Hour)
	of.complete(late, of.dispatcher, "hand-over", handOver)
	now := begin.Add(24*time.Hour + 30*time.Minute)
	got, err := of.Standards(context.Background(), crm.ReportFilter{From: begin, To: now.Add(time.Second)}, now)
	if err != nil {
		t.Fatal(err)
	}
	want := []crm.StandardRow{
		{MapID: "appeal", Stage: "classification", Tasks: 1, Limited: 1, Overdue: 1},
		{MapID: "appeal", Stage: "classification", Purpose: "question", Tasks: 2, Limited: 2, InTime: 1, Late: 1, Median: 30 * time.Minute, P90: 24*time.Hour + 30*time.Minute},
		{MapID: "appeal", Stage: "processing", Purpose: "question", Tasks: 2, Limited: got[len(got)-1].Limited},
	}
	if !slices.Equal(got, want) || got[len(got)-1].Limited != 2 {
		t.Errorf("got %+v,\nwant %+v", got, want)
	}
}
