package server

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/routemaps"
	"marshrut/routemaps/calendar"
	"marshrut/routemaps/maptest"
	"marshrut/routemaps/render"
)

// maxRehearsal is how long tests and dry runs of maps may take: they are done while somebody waits.
const maxRehearsal = 5 * time.Second

type dryRunInput struct {
	Body struct {
		Source  string         `json:"source,omitempty" maxLength:"500000" doc:"The route map's YAML; or name a published one with map and version"`
		Map     string         `json:"map,omitempty" maxLength:"200" doc:"Id of a published map"`
		Version int            `json:"version,omitempty" minimum:"1" doc:"Missing: the newest one"`
		At      *time.Time     `json:"at,omitempty" format:"date-time" doc:"When the case begins; missing: now, which the answer names, to be sent with the next choice"`
		Fields  map[string]any `json:"fields,omitempty" doc:"What the case begins with. What its intake requires is filled in with examples; null: not filled in"`
		Choices []dryChoice    `json:"choices,omitempty" maxItems:"200" doc:"What happens then, in order: everything so far is sent each time"`
	}
}

// dryChoice is one thing that happens; exactly one of its parts is given.
type dryChoice struct {
	Complete  *dryCompletion      `json:"complete,omitempty" doc:"A task is completed"`
	Event     routemaps.EventName `json:"event,omitempty" enum:"inbound_email,call,payment,document,webhook" doc:"An outside event comes"`
	Pass      bool                `json:"pass,omitempty" doc:"Time passes until something is due"`
	Wait      string              `json:"wait,omitempty" maxLength:"40" doc:"So much time passes" example:"2 working days"`
	Set       map[string]any      `json:"set,omitempty" doc:"Fields of the case change; null: emptied"`
	Delivered string              `json:"delivered,omitempty" maxLength:"1000" doc:"The webhook of the stage at this path arrives"`
	Failed    string              `json:"failed,omitempty" maxLength:"1000" doc:"It finally fails"`
	Retry     string              `json:"retry,omitempty" maxLength:"1000" doc:"The failed stage at this path is tried again"`
	Move      string              `json:"move,omitempty" maxLength:"200" doc:"Of a map whose cases people move: to this stage"`
	Close     string              `json:"close,omitempty" maxLength:"200" doc:"The case is closed with an outcome of the map, won or lost"`
	Cancel    bool                `json:"cancel,omitempty" doc:"The case is cancelled"`
}

type dryCompletion struct {
	Path    string         `json:"path" maxLength:"1000" doc:"Of the task's stage"`
	Outcome string         `json:"outcome" maxLength:"200"`
	Fields  map[string]any `json:"fields,omitempty" doc:"Of its form; what it requires is filled in with examples; null: not filled in"`
}

// dryRunView is where a rehearsed case stands after all choices, and what has happened.
type dryRunView struct {
	StartedAt time.Time        `json:"started_at" doc:"To be sent as at with the next choice"`
	At        time.Time        `json:"at" doc:"What time it is for the case now"`
	Status    crm.Status       `json:"status" enum:"open,positive,negative,cancelled"`
	Mode      crm.Mode         `json:"mode" enum:"process,manual"`
	Stage     string           `json:"stage" doc:"The outermost one it stands at, or ended at"`
	Due       *time.Time       `json:"due,omitempty" doc:"Of the case"`
	Overdue   bool             `json:"overdue"`
	NextAt    *time.Time       `json:"next_at,omitempty" doc:"When something is due next; missing: time alone changes nothing"`
	Places    []dryPlaceView   `json:"places" doc:"Where it stands, outer stages before those inside them"`
	Visited   []dryVisitView   `json:"visited" doc:"How often each stage has been entered"`
	Tasks     []dryTaskView    `json:"tasks" doc:"Open ones"`
	Outcomes  []outcomeView    `json:"outcomes" doc:"Of the whole map: ways to close the case by hand"`
	Events    []string         `json:"events" doc:"Outside events that the map looks at"`
	Fields    []itemView       `json:"fields" doc:"The map's own fields, which set can change"`
	Values    map[string]any   `json:"values"`
	Story     []dryMomentView  `json:"story" doc:"What happened, the oldest first; the last 500 moments"`
	Stages    []dryStageChoice `json:"stages" doc:"Stages that the case can be moved to by hand"`
}

type dryStageChoice struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type dryVisitView struct {
	Path   string `json:"path"`
	Visits int    `json:"visits"`
}

type dryPlaceView struct {
	Path     string     `json:"path"`
	Name     string     `json:"name"`
	Kind     string     `json:"kind" enum:"task,choice,parallel,route,action,wait"`
	Due      *time.Time `json:"due,omitempty"`
	Overdue  bool       `json:"overdue"`
	Paused   *time.Time `json:"paused_until,omitempty"`
	Failed   string     `json:"failed,omitempty" doc:"Code of what holds it; retry tries again"`
	Awaiting bool       `json:"awaiting" doc:"It waits for the delivery of its webhook: delivered or failed"`
}

type dryTaskView struct {
	Path         string              `json:"path"`
	Visit        int                 `json:"visit"`
	Name         string              `json:"name"`
	Instructions string              `json:"instructions,omitempty"`
	Performer    *stagePerformerView `json:"performer,omitempty"`
	Due          *time.Time          `json:"due,omitempty"`
	Overdue      bool                `json:"overdue"`
	Outcomes     []outcomeView       `json:"outcomes"`
	Offered      []string            `json:"offered" doc:"Ids of the outcomes whose conditions hold"`
}

type dryMomentView struct {
	Choice  int            `json:"choice" doc:"Number of the choice that it came of, from 0; -1: the start"`
	At      time.Time      `json:"at"`
	Entries []dryEntryView `json:"entries"`
}

// dryEntryView is one thing that happened, or that would go out.
type dryEntryView struct {
	Kind      string              `json:"kind" enum:"enter_stage,leave_stage,open_task,complete_task,withdraw_task,move_due,overdue,notify,webhook,set_field,create_task,create_case,open_incident,close_incident,manual,finish"`
	Path      string              `json:"path,omitempty"`
	Stage     string              `json:"stage,omitempty" doc:"Name of the stage"`
	Outcome   string              `json:"outcome,omitempty" doc:"Name of the outcome"`
	Performer *stagePerformerView `json:"performer,omitempty"`
	Due       *time.Time          `json:"due,omitempty"`
	Cyclic    bool                `json:"cyclic,omitempty"`
	Reason    string              `json:"reason,omitempty" enum:"branch,stage,closed,manual,cancelled"`
	Channel   string              `json:"channel,omitempty" enum:"email,sms" doc:"Of a notification"`
	Template  string              `json:"template,omitempty"`
	To        []dryRecipient      `json:"to,omitempty"`
	URL       string              `json:"url,omitempty"`
	Field     string              `json:"field,omitempty" doc:"Name of the field"`
	Value     any                 `json:"value,omitempty"`
	Task      string              `json:"task,omitempty" doc:"Name of a task beside the route"`
	Create    string              `json:"create,omitempty" enum:"appeal,deal,interest,claim" doc:"Kind of another case"`
	CreateMap string              `json:"create_map,omitempty"`
	Code      string              `json:"code,omitempty" doc:"Of an incident"`
	Status    crm.Status          `json:"status,omitempty" enum:"positive,negative,cancelled"`
}

type dryRecipient struct {
	Kind string `json:"kind" enum:"client,contacts,performer,responsible,head_of_department,user,role"`
	Key  string `json:"key,omitempty" doc:"Login or role"`
	Name string `json:"name,omitempty" doc:"Of the role"`
}

type dryRunOutput struct {
	Body dryRunView
}

// dryRun lets a case go its way on a map, published or not.
func (s *Server) dryRun(ctx context.Context, in *dryRunInput) (*dryRunOutput, error) {
	m, err := s.mapToTry(ctx, in)
	if err != nil {
		return nil, err
	}
	choices, err := readChoices(in.Body.Choices)
	if err != nil {
		return nil, err
	}
	cal, err := s.calendarOf(ctx, m)
	if err != nil {
		return nil, err
	}
	at := s.clock().UTC().Truncate(time.Second)
	if in.Body.At != nil {
		at = in.Body.At.UTC()
	}
	bounded, cancel := context.WithTimeout(ctx, maxRehearsal)
	defer cancel()
	rehearsal, err := maptest.Rehearse(bounded, m, cal, at, in.Body.Fields, choices)
	if wrong, ok := errors.AsType[*maptest.Wrong](err); ok {
		return nil, wrongChoice(wrong, in.Body.Choices)
	}
	if err != nil {
		return nil, err
	}
	name, err := s.nameOf(ctx)
	if err != nil {
		return nil, err
	}
	v := &rehearsalView{m: m, run: rehearsal, lang: langOf(ctx), name: name}
	return &dryRunOutput{Body: v.view(at)}, nil
}

// mapToTry is the map that a dry run names, or whose text it brings.
func (s *Server) mapToTry(ctx context.Context, in *dryRunInput) (*routemaps.Map, error) {
	if (in.Body.Source == "") == (in.Body.Map == "") {
		return nil, failed(http.StatusUnprocessableEntity, "validation_failed").field(ProblemField{Pointer: "/source", Code: "one_map_to_try"})
	}
	if in.Body.Source != "" {
		return s.soundMap(ctx, in.Body.Source)
	}
	record, err := s.services.Maps.RouteMap(ctx, in.Body.Map)
	if err != nil {
		return nil, err
	}
	return s.services.Maps.Map(ctx, record.ID, cmp.Or(in.Body.Version, record.Latest))
}

// soundMap is the map of a text; one that could not be published is refused.
func (s *Server) soundMap(ctx context.Context, source string) (*routemaps.Map, error) {
	m, _, wrong, err := s.services.Maps.LintRouteMap(ctx, []byte(source))
	if err != nil {
		return nil, err
	}
	if len(wrong) > 0 {
		return nil, mapErrors(wrong, langOf(ctx))
	}
	return m, nil
}

// calendars are those in force, by id.
func (s *Server) calendars(ctx context.Context) (map[string]*calendar.Calendar, error) {
	all, err := s.services.Calendars.Calendars(ctx)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]*calendar.Calendar, len(all))
	for i := range all {
		if byID[all[i].ID], err = calendar.Parse(all[i].ID, []byte(all[i].Source)); err != nil {
			return nil, err
		}
	}
	return byID, nil
}

// calendarOf is the calendar that counts for a map where its performers have none.
func (s *Server) calendarOf(ctx context.Context, m *routemaps.Map) (*calendar.Calendar, error) {
	all, err := s.calendars(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range []string{m.Calendar, "ru"} {
		if c, ok := all[id]; ok {
			return c, nil
		}
	}
	return all[calendar.DefaultID], nil
}

func readChoices(given []dryChoice) ([]maptest.Choice, error) {
	choices := make([]maptest.Choice, len(given))
	for i := range given {
		g := &given[i]
		choices[i] = maptest.Choice{
			Event: g.Event, Pass: g.Pass, Set: g.Set, Delivered: g.Delivered, Failed: g.Failed, Retry: g.Retry, Move: g.Move, Close: g.Close, Cancel: g.Cancel,
		}
		if g.Complete != nil {
			choices[i].Complete = &maptest.Completion{Path: g.Complete.Path, Outcome: g.Complete.Outcome, Fields: g.Complete.Fields}
		}
		if g.Wait != "" {
			d, err := calendar.ParseDuration(g.Wait)
			if err != nil {
				return nil, failed(http.StatusUnprocessableEntity, "validation_failed").
					field(ProblemField{Pointer: "/choices/" + strconv.Itoa(i) + "/wait", Code: "not_a_duration"})
			}
			choices[i].Wait = &d
		}
	}
	return choices, nil
}

// wrongChoice is the answer to a choice that cannot be, with its place in the request.
func wrongChoice(wrong *maptest.Wrong, choices []dryChoice) error {
	if wrong.Field == "" {
		return crm.Errorf(crm.KindConflict, wrong.Code, "choice %d cannot be", wrong.Choice)
	}
	pointer := "/fields/"
	if wrong.Choice >= 0 {
		pointer = "/choices/" + strconv.Itoa(wrong.Choice) + "/set/"
		if choices[wrong.Choice].Complete != nil {
			pointer = "/choices/" + strconv.Itoa(wrong.Choice) + "/complete/fields/"
		}
	}
	return failed(http.StatusUnprocessableEntity, "validation_failed").field(ProblemField{Pointer: pointer + escapePointer(wrong.Field), Code: wrong.Code})
}

// rehearsalView shows a rehearsal in words of the language.
type rehearsalView struct {
	m    *routemaps.Map
	run  *maptest.Rehearsal
	lang crm.Lang
	name func(routemaps.Performer) string
}

// maxMoments is how many moments of a rehearsal are shown.
const maxMoments = 500

func (v *rehearsalView) view(began time.Time) dryRunView {
	state := &v.run.State
	out := dryRunView{
		StartedAt: began, At: v.run.At, Status: state.Status, Mode: state.Mode, Stage: state.BoardStage(), Due: state.Due, Overdue: state.Overdue,
		Places: []dryPlaceView{}, Visited: []dryVisitView{}, Tasks: []dryTaskView{}, Outcomes: []outcomeView{}, Events: []string{},
		Fields: []itemView{}, Values: v.run.Values, Story: []dryMomentView{}, Stages: []dryStageChoice{},
	}
	if at, ok := state.NextWake(); ok && !state.Status.Closed() {
		out.NextAt = &at
	}
	v.places(&out)
	for path, visits := range state.Visits {
		out.Visited = append(out.Visited, dryVisitView{Path: path, Visits: visits})
	}
	slices.SortFunc(out.Visited, func(a, b dryVisitView) int { return cmp.Compare(a.Path, b.Path) })
	for i := range v.m.Outcomes {
		out.Outcomes = append(out.Outcomes, viewOutcome(v.m, &routemaps.Stage{}, &v.m.Outcomes[i], v.lang))
	}
	for _, event := range []routemaps.EventName{routemaps.EventInboundEmail, routemaps.EventCall, routemaps.EventPayment, routemaps.EventDocument, routemaps.EventWebhook} {
		if v.m.Heeds(event, state) {
			out.Events = append(out.Events, string(event))
		}
	}
	items := make([]routemaps.FormItem, 0, len(v.m.Fields))
	for i := range v.m.Fields {
		items = append(items, routemaps.FormItem{Field: v.m.Fields[i].ID})
	}
	out.Fields = viewForm(v.m, items, v.lang)
	if state.Mode == crm.ModeManual && !state.Status.Closed() {
		for i := range v.m.Stages {
			out.Stages = append(out.Stages, dryStageChoice{ID: v.m.Stages[i].ID, Name: v.m.Stages[i].Name.In(v.lang)})
		}
	}
	story := v.run.Story[max(0, len(v.run.Story)-maxMoments):]
	for i := range story {
		out.Story = append(out.Story, v.moment(&story[i]))
	}
	return out
}

// places shows where the case stands, and its open tasks.
func (v *rehearsalView) places(out *dryRunView) {
	open := v.run.State.Open()
	for _, place := range routemaps.Current(v.m, v.run.State) {
		pos := place.Position
		shown := dryPlaceView{
			Path: place.Path, Name: place.Stage.Name.In(v.lang), Kind: string(place.Stage.Kind), Due: pos.Due, Overdue: pos.Overdue, Failed: pos.Failed, Awaiting: pos.Pending,
		}
		if pos.Paused != nil {
			shown.Paused = &pos.Paused.Until
		}
		out.Places = append(out.Places, shown)
		if slices.Contains(open, place.Ref) {
			out.Tasks = append(out.Tasks, v.task(&place))
		}
	}
}

func (v *rehearsalView) task(place *routemaps.Place) dryTaskView {
	task := dryTaskView{
		Path: place.Path, Visit: place.Position.Visit, Name: place.Stage.Name.In(v.lang), Instructions: place.Stage.Instructions.In(v.lang),
		Performer: v.performer(place.Position.Performer), Due: place.Position.Due, Overdue: place.Position.Overdue, Outcomes: []outcomeView{}, Offered: []string{},
	}
	for _, o := range v.m.OutcomesAt(place.Path) {
		owner := v.m.OwnerAt(place.Path, o)
		task.Outcomes = append(task.Outcomes, viewOutcome(owner, place.Stage, o, v.lang))
		if v.run.Offers(o) {
			task.Offered = append(task.Offered, o.ID)
		}
	}
	return task
}

func (v *rehearsalView) performer(p *routemaps.Performer) *stagePerformerView {
	if p == nil {
		return nil
	}
	return &stagePerformerView{Kind: string(p.Kind), Key: p.Key, Name: render.PerformerName(v.m, v.lang, p, render.WithPerformers(v.name))}
}

func (v *rehearsalView) moment(moment *maptest.Moment) dryMomentView {
	out := dryMomentView{Choice: moment.Choice, At: moment.At, Entries: make([]dryEntryView, 0, len(moment.Effects))}
	for i := range moment.Effects {
		out.Entries = append(out.Entries, v.entry(&moment.Effects[i]))
	}
	return out
}

func (v *rehearsalView) entry(e *routemaps.Effect) dryEntryView {
	out := dryEntryView{
		Kind: string(e.Kind), Path: e.Path, Performer: v.performer(e.Performer), Due: e.Due, Cyclic: e.Cyclic, Reason: e.Reason,
		Channel: string(e.Channel), Template: e.Template, URL: e.URL, Value: e.Value, Code: e.Code, Status: e.Status, Outcome: v.outcome(e),
	}
	if stage, ok := v.m.StageAt(e.Path); ok {
		out.Stage = stage.Name.In(v.lang)
	}
	if e.Kind != routemaps.EffectNotify {
		out.Channel = ""
	}
	for _, to := range e.To {
		recipient := dryRecipient{Kind: string(to.Kind), Key: to.Key}
		if to.Kind == routemaps.ToRole {
			recipient.Name = v.name(routemaps.Performer{Kind: routemaps.PerformRole, Key: to.Key})
		}
		out.To = append(out.To, recipient)
	}
	if field, ok := v.m.AnyField(e.Field); ok {
		out.Field = field.Name.In(v.lang)
	}
	if e.Task != nil {
		out.Task = e.Task.Name.In(v.lang)
	}
	if e.Create != nil {
		out.Create, out.CreateMap = string(e.Create.Process), e.Create.Map
	}
	return out
}

// outcome is the name of the outcome that an effect speaks of.
func (v *rehearsalView) outcome(e *routemaps.Effect) string {
	for _, o := range v.m.OutcomesAt(e.Path) {
		if o.ID == e.Outcome {
			return o.Name.In(v.lang)
		}
	}
	if o, ok := v.m.Outcome(e.Outcome); ok {
		return o.Name.In(v.lang)
	}
	return e.Outcome
}

// nameOf names the performers that a map may have: roles, departments, and people that forms have given.
func (s *Server) nameOf(ctx context.Context) (func(routemaps.Performer) string, error) {
	roles, err := s.roleNames(ctx)
	if err != nil {
		return nil, err
	}
	departments, err := s.departmentNames(ctx)
	if err != nil {
		return nil, err
	}
	return func(p routemaps.Performer) string {
		switch p.Kind {
		case routemaps.PerformRole:
			return cmp.Or(roles[p.Key], p.Key)
		case routemaps.PerformDepartment:
			return departments[p.Key]
		case routemaps.PerformUserID:
			id, err := uuid.Parse(p.Key)
			if err != nil {
				return "" // an example
			}
			names, err := s.names(ctx, []uuid.UUID{id})
			if err != nil {
				return "" // the map's own words do
			}
			return names[p.Key]
		default:
			return ""
		}
	}, nil
}

type testMapInput struct {
	Body struct {
		Source string `json:"source" minLength:"1" maxLength:"500000" doc:"The route map's YAML"`
		Tests  string `json:"tests" minLength:"1" maxLength:"500000" doc:"Its tests, YAML"`
	}
}

// testReport is what came of a map's tests.
type testReport struct {
	Passed  int              `json:"passed"`
	Failed  int              `json:"failed"`
	Tests   []testResultView `json:"tests"`
	Untried []string         `json:"untried" doc:"Outcomes of the map that no test chooses: stage: outcome, or the outcome alone for one of the whole map"`
}

type testResultView struct {
	Name     string            `json:"name"`
	Line     int               `json:"line" doc:"In the tests"`
	Passed   bool              `json:"passed"`
	Failures []testFailureView `json:"failures"`
}

type testFailureView struct {
	Line    int    `json:"line" doc:"In the tests"`
	Message string `json:"message" doc:"What was expected and what came, in English as the tests' own words are"`
}

type testMapOutput struct {
	Body testReport
}

// testRouteMap runs a map's tests on the same step that moves cases. What is wrong with the texts is a problem; a failed test is not.
func (s *Server) testRouteMap(ctx context.Context, in *testMapInput) (*testMapOutput, error) {
	m, err := s.soundMap(ctx, in.Body.Source)
	if err != nil {
		return nil, err
	}
	calendars, err := s.calendars(ctx)
	if err != nil {
		return nil, err
	}
	bounded, cancel := context.WithTimeout(ctx, maxRehearsal)
	defer cancel()
	report, err := maptest.Run(bounded, "tests", []byte(in.Body.Tests), func(id string) (*routemaps.Map, bool) { return m, id == m.ID }, calendars)
	if wrong, ok := errors.AsType[*routemaps.Error](err); ok {
		return nil, failed(http.StatusUnprocessableEntity, "route_map_tests_invalid").field(testsField("/tests", wrong))
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, crm.Errorf(crm.KindConflict, maptest.WrongTooLong, "the tests take too long")
	}
	if err != nil {
		return nil, err
	}
	return &testMapOutput{Body: viewReport(report)}, nil
}

func viewReport(report *maptest.Report) testReport {
	v := testReport{Tests: make([]testResultView, 0, len(report.Results)), Untried: append([]string{}, report.Untried...)}
	for _, r := range report.Results {
		result := testResultView{Name: r.Name, Line: r.Line, Passed: len(r.Failures) == 0, Failures: make([]testFailureView, 0, len(r.Failures))}
		for _, f := range r.Failures {
			result.Failures = append(result.Failures, testFailureView(f))
		}
		if result.Passed {
			v.Passed++
		} else {
			v.Failed++
		}
		v.Tests = append(v.Tests, result)
	}
	return v
}
