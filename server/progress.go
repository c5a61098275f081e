package server

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/engine"
	"marshrut/routemaps"
	"marshrut/routemaps/render"
)

// routeView is a case on its route map (R33).
type routeView struct {
	Mode     crm.Mode      `json:"mode" enum:"process,manual,none"`
	Manual   *manualView   `json:"manual,omitempty" doc:"When, by whom and why it went to manual mode (R34)"`
	Status   crm.Status    `json:"status" enum:"open,positive,negative,cancelled"`
	Map      *mapRef       `json:"map,omitempty"`
	Stages   []stageView   `json:"stages"`
	Outcomes []outcomeView `json:"outcomes" doc:"Outcomes of the whole map, possible from any stage while the case is open"`
	MayMove  bool          `json:"may_move" doc:"Moved by hand to any stage (POST /deals/{id}/move)"`
	Fields   []itemView    `json:"fields" doc:"What the case has among its fields, filled in or not: what its map asks for, and the figures of a sale or the matter of a claim. PATCH /cases/{id} changes them"`
}

type stageView struct {
	ID        string              `json:"id" example:"classification"`
	Path      string              `json:"path" doc:"With the branch or the nested map it stands in" example:"classification"`
	Name      string              `json:"name"`
	Names     crm.Text            `json:"names"`
	Kind      string              `json:"kind" enum:"task,choice,parallel,route,action,wait"`
	Depth     int                 `json:"depth" doc:"0 on the map's own level"`
	State     string              `json:"state" enum:"done,current,ahead"`
	Visits    int                 `json:"visits" doc:"How often the case entered it, cyclic outcomes included"`
	Performer *stagePerformerView `json:"performer,omitempty" doc:"Whom its task is addressed to, or, where the case is not, whom the map names"`
	Due       *time.Time          `json:"due,omitempty"`
	Overdue   bool                `json:"overdue"`
	Paused    *time.Time          `json:"paused_until,omitempty" doc:"Its clock stands still until then"`
	Failed    string              `json:"failed,omitempty" doc:"Code of the incident that holds it"`
}

// stagePerformerView is whom a stage's task is addressed to, as the map or the task says it.
type stagePerformerView struct {
	Kind string `json:"kind" enum:"user,user_id,role,department,responsible,from,head_of_department"`
	Key  string `json:"key,omitempty" doc:"Login, id, role, department, or the outcome whose form gives the performer"`
	Name string `json:"name,omitempty" doc:"Of the person, the role or the department, or in words whom the map names: head of department"`
}

type routeOutput struct {
	Body routeView
}

// mapOf is the case's map and where it stands on it; a deal without stages has neither.
func (s *Server) mapOf(ctx context.Context, c *crm.Case) (*routemaps.Map, *routemaps.State, error) {
	if c.MapID == "" {
		return nil, nil, crm.Errorf(crm.KindConflict, "no_route", "the case has no stages")
	}
	m, err := s.services.Maps.Map(ctx, c.MapID, c.MapVersion)
	if err != nil {
		return nil, nil, err
	}
	state := &routemaps.State{}
	if len(c.State) > 0 && !emptyObject(c.State) {
		decoded, err := routemaps.DecodeState(c.State)
		if err != nil {
			return nil, nil, err
		}
		state = &decoded
	}
	return m, state, nil
}

// position is mapOf with the tasks' performers as they are now: a task that was taken or delegated is another's than the
// step that opened it says.
func (s *Server) position(ctx context.Context, c *crm.Case) (*routemaps.Map, *routemaps.State, error) {
	m, state, err := s.mapOf(ctx, c)
	if err != nil || c.Status.Closed() {
		return m, state, err
	}
	_, tasks, err := s.services.Tasks.CaseWithTasks(ctx, c.ID, 0)
	if err != nil {
		return nil, nil, err
	}
	for _, place := range routemaps.Current(m, *state) {
		for i := range tasks {
			t := &tasks[i]
			if t.Path != place.Path || t.Visit != place.Position.Visit || t.Kind != taskOfStage {
				continue
			}
			if id := cmp.Or(t.TakenBy, t.UserID); id != uuid.Nil {
				place.Position.Performer = &routemaps.Performer{Kind: routemaps.PerformUserID, Key: id.String()}
			}
		}
	}
	return m, state, nil
}

func emptyObject(text json.RawMessage) bool { return string(text) == "{}" }

func (s *Server) getRoute(ctx context.Context, in *CaseInput) (*routeOutput, error) {
	c, err := s.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	shown := viewCase(c)
	out := &routeOutput{Body: routeView{
		Mode: c.Mode, Manual: shown.Manual, Status: c.Status, Map: shown.Map, Stages: []stageView{}, Outcomes: []outcomeView{},
		MayMove: c.Mode == crm.ModeManual && !c.Status.Closed(),
	}}
	if c.MapID == "" {
		out.Body.Fields = fieldsOf(c.Kind, &routemaps.Map{}, langOf(ctx))
		return out, nil
	}
	m, state, err := s.position(ctx, c)
	if err != nil {
		return nil, err
	}
	lang := langOf(ctx)
	out.Body.Fields = fieldsOf(c.Kind, m, lang)
	rows := render.Rows(m, state)
	name, err := s.performerNames(ctx, c, rows)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		out.Body.Stages = append(out.Body.Stages, viewStage(&rows[i], lang, func(p *routemaps.Performer) string {
			return render.PerformerName(m, lang, p, render.WithPerformers(name))
		}))
	}
	if !c.Status.Closed() {
		for i := range m.Outcomes {
			v := viewOutcome(m, &routemaps.Stage{}, &m.Outcomes[i], lang)
			if slices.Contains(userOf(ctx).Off, crm.BlockInteractions) {
				v.Form = withoutInteractions(v.Form)
			}
			out.Body.Outcomes = append(out.Body.Outcomes, v)
		}
	}
	return out, nil
}

// fieldsOf are the fields of a kind's cases on a map that their cards show: not what a case has a place of its own for, nor what
// belongs to a step (an interaction) or to a card's own attributes.
func fieldsOf(kind crm.Kind, m *routemaps.Map, lang crm.Lang) []itemView {
	all := &routemaps.Map{Fields: slices.Clone(m.Fields)}
	for _, field := range engine.KindFields(kind) {
		if _, declared := m.Field(field.ID); !declared {
			all.Fields = append(all.Fields, field)
		}
	}
	var items []routemaps.FormItem
	for i := range all.Fields {
		field := &all.Fields[i]
		if field.Attribute != "" || field.Type.ForInteraction() || slices.Contains([]string{"client", "contact", "topic", "source"}, field.ID) {
			continue
		}
		item := routemaps.FormItem{Field: field.ID}
		for j := range m.Intake {
			if m.Intake[j].Field == field.ID {
				item.Required = m.Intake[j].Required && m.Intake[j].When == nil
			}
		}
		items = append(items, item)
	}
	return viewForm(all, items, lang)
}

func viewStage(row *render.Row, lang crm.Lang, name func(*routemaps.Performer) string) stageView {
	v := stageView{
		ID: row.Stage.ID, Path: row.Path, Name: row.Stage.Name.In(lang), Names: row.Stage.Name, Kind: string(row.Stage.Kind),
		Depth: row.Depth, State: string(row.Mark), Visits: row.Visit, Due: row.Due, Overdue: row.Overdue,
		Paused: row.Paused, Failed: row.Failed,
	}
	if row.Performer != nil {
		v.Performer = &stagePerformerView{Kind: string(row.Performer.Kind), Key: row.Performer.Key, Name: name(row.Performer)}
	}
	return v
}

// performerNames names the performers of rows: people, roles and departments; of others the map's own words do.
func (s *Server) performerNames(ctx context.Context, c *crm.Case, rows []render.Row) (func(routemaps.Performer) string, error) {
	names, err := s.names(ctx, append(performers(rows), c.ResponsibleID))
	if err != nil {
		return nil, err
	}
	some := func(kind routemaps.PerformerKind) bool {
		return slices.ContainsFunc(rows, func(r render.Row) bool { return r.Performer != nil && r.Performer.Kind == kind })
	}
	var roles, departments map[string]string
	if some(routemaps.PerformRole) {
		if roles, err = s.roleNames(ctx); err != nil {
			return nil, err
		}
	}
	if some(routemaps.PerformDepartment) {
		if departments, err = s.departmentNames(ctx); err != nil {
			return nil, err
		}
	}
	return func(p routemaps.Performer) string {
		switch p.Kind {
		case routemaps.PerformUserID:
			return names[p.Key]
		case routemaps.PerformResponsible:
			return names[c.ResponsibleID.String()]
		case routemaps.PerformRole:
			return cmp.Or(roles[p.Key], p.Key)
		case routemaps.PerformDepartment:
			return departments[p.Key]
		default:
			return ""
		}
	}, nil
}

// performers are the people that rows name by id.
func performers(rows []render.Row) []uuid.UUID {
	var ids []uuid.UUID
	for i := range rows {
		if p := rows[i].Performer; p != nil && p.Kind == routemaps.PerformUserID {
			if id, err := uuid.Parse(p.Key); err == nil {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// names are the names of users, by id. One who is gone has none.
func (s *Server) names(ctx context.Context, ids []uuid.UUID) (map[string]string, error) {
	people, err := s.services.Users.UserNames(ctx, ids)
	if err != nil {
		return nil, err
	}
	names := make(map[string]string, len(people))
	for id, name := range people {
		names[id.String()] = name
	}
	return names, nil
}

type svgOutput struct {
	ContentType string `header:"Content-Type"`
	CSP         string `header:"Content-Security-Policy"`
	Body        []byte
}

// svgCSP lets a picture opened by itself use its own styles, and nothing else.
const svgCSP = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"

func (s *Server) getRouteSVG(ctx context.Context, in *CaseInput) (*svgOutput, error) {
	c, err := s.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	m, state, err := s.position(ctx, c)
	if err != nil {
		return nil, err
	}
	name, err := s.performerNames(ctx, c, render.Rows(m, state))
	if err != nil {
		return nil, err
	}
	zone := zoneOf(userOf(ctx).TimeZone)
	picture := render.SVG(m, langOf(ctx), state, render.WithPerformers(name), render.WithLocation(zone))
	return &svgOutput{ContentType: "image/svg+xml", CSP: svgCSP, Body: picture}, nil
}

// whyView is what a case waits for (never a silent stop).
type whyView struct {
	Status     crm.Status     `json:"status" enum:"open,positive,negative,cancelled"`
	Mode       crm.Mode       `json:"mode" enum:"process,manual,none"`
	WaitingFor []waitView     `json:"waiting_for" doc:"Empty: the case has ended"`
	Incidents  []incidentView `json:"incidents" doc:"What failed and waits for a person"`
}

type waitView struct {
	Kind      string         `json:"kind" enum:"pause,task,time,event,delivery,incident,person"`
	Text      string         `json:"text" doc:"The same in a sentence, in the caller's language"`
	Stage     string         `json:"stage,omitempty" doc:"Path of the stage"`
	TaskID    uuid.UUID      `json:"task_id,omitzero" format:"uuid"`
	Performer *performerView `json:"performer,omitempty"`
	Until     *time.Time     `json:"until,omitempty" doc:"The deadline, when it goes on by itself, or when it is tried again"`
	Overdue   bool           `json:"overdue"`
	Event     string         `json:"event,omitempty" doc:"The outside event it waits for"`
	Attempts  int            `json:"attempts,omitempty" doc:"How often another system was called without success so far"`
	Reason    string         `json:"reason,omitempty" doc:"Code of what the last attempt came to"`
	Incident  uuid.UUID      `json:"incident_id,omitzero" format:"uuid" doc:"For POST /cases/{id}/retry"`
}

type incidentView struct {
	ID         uuid.UUID  `json:"id" format:"uuid"`
	CaseID     uuid.UUID  `json:"case_id" format:"uuid"`
	Stage      string     `json:"stage,omitempty"`
	Code       string     `json:"code"`
	Text       string     `json:"text" doc:"What has failed, in words"`
	Detail     string     `json:"detail,omitempty" doc:"What failed exactly, as the program says it"`
	Blocking   bool       `json:"blocking" doc:"The route waits for a retry"`
	OpenedAt   time.Time  `json:"opened_at"`
	ResolvedAt *time.Time `json:"resolved_at,omitempty"`
}

func (s *Server) viewIncident(lang crm.Lang, i *crm.Incident) incidentView {
	return incidentView{
		ID: i.ID, CaseID: i.CaseID, Stage: i.Path, Code: i.Code, Text: s.incidentText(lang, i.Code), Detail: i.Detail, Blocking: i.Blocking, OpenedAt: i.OpenedAt, ResolvedAt: i.ResolvedAt,
	}
}

type whyOutput struct {
	Body whyView
}

func (s *Server) getWhy(ctx context.Context, in *CaseInput) (*whyOutput, error) {
	c, err := s.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &whyOutput{Body: whyView{Status: c.Status, Mode: c.Mode, WaitingFor: []waitView{}, Incidents: []incidentView{}}}
	incidents, err := s.services.Cases.Incidents(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	for i := range incidents {
		out.Body.Incidents = append(out.Body.Incidents, s.viewIncident(langOf(ctx), &incidents[i]))
	}
	if c.Status.Closed() {
		return out, nil
	}
	_, tasks, err := s.services.Tasks.CaseWithTasks(ctx, c.ID, 0)
	if err != nil {
		return nil, err
	}
	why := &reasons{server: s, lang: langOf(ctx), zone: userOf(ctx).TimeZone}
	if err := s.explain(ctx, c, why, tasks); err != nil {
		return nil, err
	}
	why.incidents(incidents)
	if len(why.waits) == 0 {
		why.add(waitView{Kind: "person"}, nil)
	}
	out.Body.WaitingFor = why.waits
	return out, nil
}

// explain tells what the case's tasks and stages wait for.
func (s *Server) explain(ctx context.Context, c *crm.Case, why *reasons, tasks []crm.TaskItem) error {
	if c.MapID == "" || c.Mode != crm.ModeProcess {
		return why.tasks(ctx, tasks)
	}
	m, state, err := s.mapOf(ctx, c)
	if err != nil {
		return err
	}
	why.pauses(m, state)
	if err := why.tasks(ctx, tasks); err != nil {
		return err
	}
	ledger, err := s.services.Notifications.Notifications(ctx, c.ID)
	if err != nil {
		return err
	}
	why.stages(m, state, ledger)
	return nil
}

// listIncidents is the administrators' inbox: whatever failed and waits for a person, of all cases, oldest first.
func (s *Server) listIncidents(ctx context.Context, in *PageInput) (*listOutput[incidentView], error) {
	after, err := in.cursor()
	if err != nil {
		return nil, err
	}
	page, err := s.services.Cases.OpenIncidents(ctx, after, in.limit())
	if err != nil {
		return nil, err
	}
	return pageOf(page, func(i *crm.Incident) incidentView { return s.viewIncident(langOf(ctx), i) })
}

// incidentText is what an incident's code means; a code without words is its own.
func (s *Server) incidentText(lang crm.Lang, code string) string {
	if m, ok := s.texts.find(lang, "incident_"+code); ok {
		return m.text()
	}
	return code
}

// reasons collects what a case waits for, and says it in a sentence.
type reasons struct {
	server *Server
	lang   crm.Lang
	zone   string
	waits  []waitView
}

// add writes the sentence "why_KIND" of the catalogue, or "why_KIND_until" where a time is known.
func (w *reasons) add(v waitView, params map[string]string) { w.addAs("why_"+v.Kind, v, params) }

func (w *reasons) addAs(code string, v waitView, params map[string]string) {
	if params == nil {
		params = map[string]string{}
	}
	if v.Until != nil {
		code += "_until"
		params["until"] = w.moment(*v.Until)
	}
	if m, ok := w.server.texts.find(w.lang, code); ok {
		v.Text = fill(m.text(), params)
	}
	w.waits = append(w.waits, v)
}

// zoneOf is the time zone of a name; UTC for one that is not known here.
func zoneOf(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return zone
}

// moment is a time as people of the user's zone write it.
func (w *reasons) moment(at time.Time) string {
	zone := zoneOf(w.zone)
	layout := "2 Jan 2006 15:04 MST"
	if w.lang == crm.RU {
		layout = "02.01.2006, 15:04" // in the reader's own zone, as everywhere on the page
	}
	return at.In(zone).Format(layout)
}

func (w *reasons) tasks(ctx context.Context, tasks []crm.TaskItem) error {
	for i := range tasks {
		t := &tasks[i]
		shown, err := w.server.viewTask(ctx, t)
		if err != nil {
			return err
		}
		performer, err := w.server.performerName(ctx, t)
		if err != nil {
			return err
		}
		w.add(waitView{
			Kind: "task", Stage: t.Path, TaskID: t.ID, Performer: &shown.Performer, Until: t.DueAt, Overdue: t.Overdue,
		}, map[string]string{"name": shown.Name, "performer": performer})
	}
	return nil
}

// performerName names whom a task waits for: a person, or the key of a role or department.
func (s *Server) performerName(ctx context.Context, t *crm.TaskItem) (string, error) {
	id := cmp.Or(t.TakenBy, t.UserID)
	if id == uuid.Nil && t.Role != "" {
		roles, err := s.roleNames(ctx)
		return cmp.Or(roles[t.Role], t.Role), err
	}
	if id == uuid.Nil {
		return s.departmentName(ctx, t.DepartmentID)
	}
	names, err := s.names(ctx, []uuid.UUID{id})
	return names[id.String()], err
}

// pauses tells which stages wait for the client, and until when: their time limits stand still.
func (w *reasons) pauses(m *routemaps.Map, state *routemaps.State) {
	for _, place := range routemaps.Current(m, *state) {
		if paused := place.Position.Paused; paused != nil {
			w.add(waitView{Kind: "pause", Stage: place.Path, Until: &paused.Until}, map[string]string{"name": place.Stage.Name.In(w.lang)})
		}
	}
}

// stages tells what the case waits for where nobody has a task.
func (w *reasons) stages(m *routemaps.Map, state *routemaps.State, ledger []crm.Notification) {
	for _, place := range routemaps.Current(m, *state) {
		at, stage := place.Position, place.Stage
		name := map[string]string{"name": stage.Name.In(w.lang)}
		switch {
		case at.Failed != "": // told with the incidents
		case at.Pending:
			w.delivery(place, name, ledger)
		case stage.Kind == routemaps.StageWait && stage.Wait != nil && stage.Wait.Event != "":
			name["event"] = feedTexts["event_"+string(stage.Wait.Event)].In(w.lang)
			w.add(waitView{Kind: "event", Stage: place.Path, Event: string(stage.Wait.Event), Until: at.Timeout}, name)
		case stage.Kind == routemaps.StageWait:
			until := at.Wake
			if until == nil {
				until = at.Timeout
			}
			w.add(waitView{Kind: "time", Stage: place.Path, Until: until}, name)
		}
	}
}

// delivery tells how the call that a stage waits for is getting on.
func (w *reasons) delivery(place routemaps.Place, params map[string]string, ledger []crm.Notification) {
	v := waitView{Kind: "delivery", Stage: place.Path}
	for i := range ledger {
		n := &ledger[i]
		if !n.Await || n.Path != place.Path || n.Visit != place.Position.Visit || n.Status.Final() || n.Attempt == 0 || n.Reason == "" {
			continue
		}
		v.Attempts, v.Reason = n.Attempt, n.Reason
		if n.Status == crm.NotificationSending {
			v.Attempts-- // the one at work has come to nothing yet
		}
		params["attempts"], params["reason"] = strconv.Itoa(v.Attempts), w.server.reasonText(w.lang, n.Reason)
		switch {
		case n.NextTryAt == nil:
			w.addAs("why_delivery_again", v, params)
		case n.NextTryAt.Before(w.server.clock()):
			// The worker is away, or so busy that nothing can be promised.
			params["since"] = w.moment(*n.NextTryAt)
			w.addAs("why_delivery_late", v, params)
		default:
			v.Until = n.NextTryAt
			w.addAs("why_delivery_again", v, params)
		}
		return
	}
	w.add(v, params)
}

func (w *reasons) incidents(incidents []crm.Incident) {
	for i := range incidents {
		if incident := &incidents[i]; incident.Blocking && incident.ResolvedAt == nil {
			w.add(waitView{Kind: "incident", Stage: incident.Path, Incident: incident.ID}, map[string]string{"code": w.server.incidentText(w.lang, incident.Code)})
		}
	}
}
