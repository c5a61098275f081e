package server

import (
	"context"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/routemaps"
)

// taskOfStage is the kind of the tasks that stages open; the others are made by rules.
const taskOfStage = "stage"

// taskView is a task with all a client program needs to show it and to complete it.
type taskView struct {
	ID           uuid.UUID      `json:"id" format:"uuid"`
	CaseID       uuid.UUID      `json:"case_id,omitzero" format:"uuid"`
	Case         *taskCaseView  `json:"case,omitempty" doc:"Missing: a person's own task of no case"`
	Kind         string         `json:"kind" enum:"stage,rule,plan,personal,assignment" doc:"Of a stage of the route, made by a rule (R11), to plan the next interaction (R2); somebody's own, or given to a colleague (R10)"`
	Stage        string         `json:"stage,omitempty" doc:"Path of the stage on the map" example:"classification"`
	Name         string         `json:"name" doc:"What it is called, in the caller's language"`
	Names        crm.Text       `json:"names" doc:"The same in both languages"`
	Instructions string         `json:"instructions,omitempty" doc:"What to do (R19)"`
	Status       crm.TaskStatus `json:"status" enum:"open,completed,withdrawn"`
	Performer    performerView  `json:"performer" doc:"Whom it is addressed to"`
	TakenBy      uuid.UUID      `json:"taken_by,omitzero" format:"uuid" doc:"Who took it out of the pool"`
	InPlaceOf    uuid.UUID      `json:"in_place_of,omitzero" format:"uuid" doc:"Who is absent: the caller, or whoever has the task, does it in his place"`
	Cyclic       bool           `json:"cyclic" doc:"Opened again by a cyclic outcome (R20)"`
	DueAt        *time.Time     `json:"due_at,omitempty"`
	Overdue      bool           `json:"overdue"`
	OpenedAt     time.Time      `json:"opened_at"`
	ClosedAt     *time.Time     `json:"closed_at,omitempty"`
	ClosedBy     uuid.UUID      `json:"closed_by,omitzero" format:"uuid"`
	Outcome      string         `json:"outcome,omitempty" doc:"The outcome it was completed with"`
	Withdrawn    string         `json:"withdrawn_reason,omitempty"`
	Version      int            `json:"version"`
	Outcomes     []outcomeView  `json:"outcomes" doc:"Ways to complete it, while it is open"`

	// Of personal tasks and assignments only.
	AuthorID     uuid.UUID        `json:"author_id,omitzero" format:"uuid"`
	AssigneeID   uuid.UUID        `json:"assignee_id,omitzero" format:"uuid" doc:"Who is to do an assignment; performer is on whose desk it lies now"`
	Phase        crm.TaskPhase    `json:"phase,omitempty" enum:"new,accepted,review,rework" doc:"Of an open assignment; in review it lies on its author's desk"`
	Controlled   *bool            `json:"controlled,omitempty" doc:"The author looks at what has been done"`
	RemindAt     *time.Time       `json:"remind_at,omitempty"`
	Report       string           `json:"report,omitempty" doc:"What the assignee says has been done"`
	ReturnReason string           `json:"return_reason,omitempty" doc:"Why it was given back or opened again, the last time"`
	Actions      []crm.TaskAction `json:"actions,omitempty" doc:"What the caller can do with it now: accept, complete, approve, return, reopen, cancel"`
}

type taskCaseView struct {
	Kind          crm.Kind  `json:"kind" enum:"appeal,deal,interest,claim"`
	Number        string    `json:"number"`
	Topic         string    `json:"topic"`
	ClientID      uuid.UUID `json:"client_id,omitzero" format:"uuid"`
	ClientName    string    `json:"client_name,omitempty"`
	ResponsibleID uuid.UUID `json:"responsible_id,omitzero" format:"uuid"`
	Map           *mapRef   `json:"map,omitempty"`
}

// performerView is whom a task is addressed to: one of the three.
type performerView struct {
	UserID       uuid.UUID `json:"user_id,omitzero" format:"uuid"`
	Role         string    `json:"role,omitempty"`
	DepartmentID uuid.UUID `json:"department_id,omitzero" format:"uuid"`
}

// outcomeView is one way to complete a task.
type outcomeView struct {
	ID      string     `json:"id" example:"hand-over"`
	Name    string     `json:"name"`
	Names   crm.Text   `json:"names"`
	Comment string     `json:"comment,omitempty"`
	To      string     `json:"to,omitempty" doc:"The stage it leads to; missing: it ends the case or the branch"`
	Cyclic  bool       `json:"cyclic" doc:"It leads back to the same stage (R20)"`
	Finish  string     `json:"finish,omitempty" enum:"positive,negative" doc:"It ends the case this way"`
	Scope   string     `json:"scope" enum:"stage,map" doc:"Of this stage, or possible from any stage"`
	When    string     `json:"when,omitempty" doc:"Possible only while this condition holds"`
	Form    []itemView `json:"form" doc:"What has to be filled in"`
}

// itemView is a field of a form.
type itemView struct {
	Field    string       `json:"field" example:"reason"`
	Type     string       `json:"type" doc:"text, long_text, number, money, percent, date, datetime, flag, choice, user, department, client, contact, competitor, interaction, planned_interaction, file, lines, currency, loss_reason, claim_reason, channel, purpose"`
	Name     string       `json:"name"`
	Names    crm.Text     `json:"names"`
	Required bool         `json:"required" doc:"Where it is shown, whatever else is filled in"`
	When     string       `json:"when,omitempty" doc:"Shown only while this condition over case and form holds"`
	Options  []optionView `json:"options,omitempty" doc:"Of a choice"`
	Currency string       `json:"currency,omitempty" doc:"Of money, and of lines' prices: ISO 4217" example:"RUB"`
	Negative bool         `json:"negative,omitempty" doc:"Of money: may be less than nothing"`
	Kind     string       `json:"interaction_kind,omitempty" enum:"call,meeting,email,sms,calendar,other" doc:"Of an interaction: the only kind that fits"`

	RequiredUnless string `json:"required_unless,omitempty" doc:"Field of the same form, of the type purpose: this one is required unless the purpose chosen there has a performer_id (GET /reference-lists/purpose) of somebody who still works here; he is taken then" example:"purpose"`
}

type optionView struct {
	ID    string   `json:"id"`
	Name  string   `json:"name"`
	Names crm.Text `json:"names"`
}

func (s *Server) viewTasks(ctx context.Context, items []crm.TaskItem) ([]taskView, error) {
	views := make([]taskView, 0, len(items))
	for i := range items {
		v, err := s.viewTask(ctx, &items[i])
		if err != nil {
			return nil, err
		}
		views = append(views, v)
	}
	return views, nil
}

// inPlaceOf is in whose place the user has the task; else in whose place anybody has it.
func inPlaceOf(t *crm.TaskItem, u *crm.User) uuid.UUID {
	for _, absent := range []uuid.UUID{t.TakenBy, t.UserID} {
		if slices.Contains(u.StandsInFor, absent) {
			return absent
		}
	}
	return t.InPlaceOf
}

func (s *Server) viewTask(ctx context.Context, t *crm.TaskItem) (taskView, error) {
	v := taskView{
		ID: t.ID, CaseID: t.CaseID, Kind: t.Kind, Stage: t.Path, Name: t.Path, Status: t.Status,
		Performer: performerView{UserID: t.UserID, Role: t.Role, DepartmentID: t.DepartmentID}, TakenBy: t.TakenBy, InPlaceOf: inPlaceOf(t, userOf(ctx)),
		Cyclic: t.Cyclic, DueAt: t.DueAt, Overdue: t.Overdue, OpenedAt: t.OpenedAt, ClosedAt: t.ClosedAt, ClosedBy: t.ClosedBy,
		Outcome: t.Outcome, Withdrawn: t.WithdrawnReason, Version: t.Version, Outcomes: []outcomeView{},
	}
	if t.CaseID != uuid.Nil {
		v.Case = &taskCaseView{
			Kind: t.Case.Kind, Number: t.Case.Number, Topic: t.Case.Topic, ClientID: t.Case.ClientID,
			ClientName: t.Case.ClientName, ResponsibleID: t.Case.ResponsibleID,
		}
	}
	if t.Own() {
		v.ownTask(t, userOf(ctx), s.clock())
	}
	if t.Name != nil {
		v.Name, v.Names = t.Name.In(langOf(ctx)), *t.Name
	}
	if t.Case.MapID == "" || v.Case == nil {
		return v, nil
	}
	v.Case.Map = &mapRef{ID: t.Case.MapID, Version: t.Case.MapVersion}
	m, err := s.services.Maps.Map(ctx, t.Case.MapID, t.Case.MapVersion)
	if err != nil {
		return v, err
	}
	v.fromMap(m, t, langOf(ctx))
	if slices.Contains(userOf(ctx).Off, crm.BlockInteractions) || slices.Contains(t.Case.Without, crm.BlockInteractions) {
		for i := range v.Outcomes {
			v.Outcomes[i].Form = withoutInteractions(v.Outcomes[i].Form)
		}
	}
	return v, nil
}

// fromMap fills in what the map says of the task's stage.
func (v *taskView) fromMap(m *routemaps.Map, t *crm.TaskItem, lang crm.Lang) {
	stage, ok := m.StageAt(t.Path)
	if !ok {
		return
	}
	if t.Name == nil && !t.Own() {
		v.Name, v.Names = stage.Name.In(lang), stage.Name
		v.Instructions = stage.Instructions.In(lang)
	}
	if t.Status != crm.TaskOpen || t.Kind != taskOfStage {
		return
	}
	for _, outcome := range m.OutcomesAt(t.Path) {
		v.Outcomes = append(v.Outcomes, viewOutcome(m.OwnerAt(t.Path, outcome), stage, outcome, lang))
	}
}

// withoutInteractions is a form where no interactions are kept: what it asks of them it does not ask (R22).
func withoutInteractions(form []itemView) []itemView {
	return slices.DeleteFunc(form, func(i itemView) bool { return routemaps.FieldType(i.Type).ForInteraction() })
}

// viewOutcome shows an outcome of the map m.
func viewOutcome(m *routemaps.Map, stage *routemaps.Stage, o *routemaps.Outcome, lang crm.Lang) outcomeView {
	v := outcomeView{
		ID: o.ID, Name: o.Name.In(lang), Names: o.Name, Comment: o.Comment.In(lang), To: o.To, Cyclic: o.Cyclic(stage.ID),
		Finish: string(o.Finish), Scope: "map", Form: viewForm(m, o.Form, lang),
	}
	if own, ok := stage.Outcome(o.ID); ok && own == o {
		v.Scope = "stage"
	}
	if o.To == routemaps.ToJoin {
		v.To = ""
	}
	if o.When != nil {
		v.When = o.When.Source
	}
	if purpose := purposeField(m, o.Form); purpose != "" {
		for i := range v.Form {
			if item := &v.Form[i]; item.Field == performerField && item.Required {
				item.Required, item.RequiredUnless = false, purpose
			}
		}
	}
	return v
}

func viewForm(m *routemaps.Map, items []routemaps.FormItem, lang crm.Lang) []itemView {
	views := make([]itemView, 0, len(items))
	for i := range items {
		item := &items[i]
		field, ok := m.Field(item.Field)
		if !ok {
			continue
		}
		v := itemView{
			Field: item.Field, Type: string(field.Type), Name: field.Name.In(lang), Names: field.Name, Required: item.Required,
			Currency: field.Currency, Negative: field.Negative, Kind: string(field.Kind),
		}
		if item.When != nil {
			v.When = item.When.Source
		}
		for _, o := range field.Options {
			v.Options = append(v.Options, optionView{ID: o.ID, Name: o.Name.In(lang), Names: o.Name})
		}
		views = append(views, v)
	}
	return views
}

type taskFilter struct {
	PageInput
	Performer string         `query:"performer" default:"me" maxLength:"36" doc:"me: mine, taken by me and in my pools; all: everybody's; or the id of a user: what lies on his desk"`
	Role      string         `query:"role" maxLength:"63" doc:"Key of a role, of everybody's work: what nobody has taken out of its pool"`
	Client    string         `query:"client" maxLength:"36" doc:"Id of a client: tasks of his cases"`
	Status    crm.TaskStatus `query:"status" enum:"open,completed,withdrawn" doc:"Without it: open ones; with a case: all"`
	Case      string         `query:"case" doc:"Id or number of a case" maxLength:"36"`
	Kind      string         `query:"kind" enum:"stage,rule,plan,personal,assignment"`
	Author    string         `query:"author" doc:"Id of a user, or me: personal tasks and assignments of his, on whosever desk they lie" maxLength:"36"`
	Overdue   bool           `query:"overdue" doc:"Only those past their deadline"`
}

func (s *Server) listTasks(ctx context.Context, in *taskFilter) (*listOutput[taskView], error) {
	after, err := in.cursor()
	if err != nil {
		return nil, err
	}
	caseID, err := s.caseParameter(ctx, in.Case)
	if err != nil {
		return nil, err
	}
	f := crm.TaskFilter{Status: in.Status, CaseID: caseID, Overdue: in.Overdue, After: after, Limit: in.limit()}
	if f.Author, err = userParameter(ctx, "author", in.Author); err != nil {
		return nil, err
	}
	if f.Author != uuid.Nil && f.Author != userOf(ctx).ID && !userOf(ctx).Leads() {
		return nil, crm.Errorf(crm.KindForbidden, "not_your_task", "what somebody else has given out is his")
	}
	if in.Kind != "" {
		f.Kinds = []string{in.Kind}
	}
	if f.ClientID, err = idParameter("client", in.Client); err != nil {
		return nil, err
	}
	if err := in.whose(ctx, &f); err != nil {
		return nil, err
	}
	if f.Status == "" && caseID == uuid.Nil {
		f.Status = crm.TaskOpen
	}
	return s.pageOfTasks(ctx, f)
}

// whose narrows a list to somebody's work, to that of a pool, or not at all.
func (in *taskFilter) whose(ctx context.Context, f *crm.TaskFilter) error {
	f.Pool = in.Role
	switch in.Performer {
	case "me", "":
		if f.Author == uuid.Nil && f.Pool == "" {
			f.Performer = userOf(ctx)
		}
		return nil
	case "all":
		return nil
	}
	desk, err := idParameter("performer", in.Performer)
	f.Desk = desk
	return err
}

func (s *Server) pageOfTasks(ctx context.Context, f crm.TaskFilter) (*listOutput[taskView], error) {
	page, err := s.services.Tasks.ListTasks(ctx, f)
	if err != nil {
		return nil, err
	}
	return s.showTasks(ctx, page)
}

func (s *Server) showTasks(ctx context.Context, page crm.Page[crm.TaskItem]) (*listOutput[taskView], error) {
	views, err := s.viewTasks(ctx, page.Items)
	if err != nil {
		return nil, err
	}
	return pageOf(crm.Page[taskView]{Items: views, Next: page.Next}, func(v *taskView) taskView { return *v })
}

// caseParameter reads the id or the number of a case.
func (s *Server) caseParameter(ctx context.Context, text string) (uuid.UUID, error) {
	if !caseNumber.MatchString(strings.ToUpper(text)) {
		return idParameter("case", text)
	}
	c, err := s.find(ctx, text)
	if err != nil {
		return uuid.Nil, err
	}
	return c.ID, nil
}

// TaskInput names a task.
type TaskInput struct {
	ID string `path:"id" doc:"Id of the task"`
}

type taskOutput struct {
	ETag string `header:"ETag"`
	Body taskView
}

func (s *Server) getTask(ctx context.Context, in *TaskInput) (*taskOutput, error) {
	task, err := s.task(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return s.showTask(ctx, task)
}

func (s *Server) task(ctx context.Context, text string) (*crm.TaskItem, error) {
	id, err := idOf(text, "task_not_found")
	if err != nil {
		return nil, err
	}
	task, err := s.services.Tasks.Task(ctx, id)
	if err == nil && !mayRead(task, userOf(ctx)) {
		return nil, crm.Errorf(crm.KindNotFound, "task_not_found", "no such task")
	}
	return task, err
}

func (s *Server) showTask(ctx context.Context, task *crm.TaskItem) (*taskOutput, error) {
	v, err := s.viewTask(ctx, task)
	if err != nil {
		return nil, err
	}
	return &taskOutput{ETag: etag(task.Version), Body: v}, nil
}

func (s *Server) takeTask(ctx context.Context, in *TaskInput) (*taskOutput, error) {
	id, err := idOf(in.ID, "task_not_found")
	if err != nil {
		return nil, err
	}
	task, err := s.services.Tasks.TakeTask(ctx, id, userOf(ctx))
	if err != nil {
		return nil, err
	}
	return s.showTask(ctx, task)
}

func (s *Server) releaseTask(ctx context.Context, in *TaskInput) (*taskOutput, error) {
	id, err := idOf(in.ID, "task_not_found")
	if err != nil {
		return nil, err
	}
	task, err := s.services.Tasks.ReleaseTask(ctx, id, userOf(ctx))
	if err != nil {
		return nil, err
	}
	return s.showTask(ctx, task)
}

type delegateInput struct {
	TaskInput
	Body struct {
		UserID uuid.UUID `json:"user_id" format:"uuid" doc:"Who is to do it"`
	}
}

func (s *Server) delegateTask(ctx context.Context, in *delegateInput) (*taskOutput, error) {
	id, err := idOf(in.ID, "task_not_found")
	if err != nil {
		return nil, err
	}
	task, err := s.services.Tasks.DelegateTask(ctx, id, in.Body.UserID, userOf(ctx))
	if err != nil {
		return nil, err
	}
	return s.showTask(ctx, task)
}

type completeInput struct {
	TaskInput
	Body struct {
		Outcome string         `json:"outcome,omitempty" maxLength:"200" doc:"Id of one of the task's outcomes; a task made by a rule has none" example:"hand-over"`
		Fields  map[string]any `json:"fields,omitempty" doc:"Values of the outcome's form, by field; null: not filled in"`
		Report  string         `json:"report,omitempty" maxLength:"5000" doc:"Of a personal task or an assignment: what has been done"`
	}
}

// completeTask may be repeated without a key too: the same request of the same user is the same completion.
func (s *Server) completeTask(ctx context.Context, in *completeInput) (*commandOutput, error) {
	task, err := s.task(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if task.Own() {
		return s.completeOwn(ctx, task, in)
	}
	if in.Body.Report != "" {
		return nil, invalid("/report", "not_asked")
	}
	call := callOf(ctx)
	if !mayComplete(task, call.user) {
		return nil, crm.Errorf(crm.KindForbidden, "not_your_task", "the task is addressed to somebody else")
	}
	key := call.key
	if key == "" {
		key = crm.AutomaticKey(hex.EncodeToString(call.hash))
	}
	outcome := strings.TrimSpace(in.Body.Outcome)
	fields, err := s.handedByPurpose(ctx, task, outcome, in.Body.Fields)
	if err != nil {
		return nil, err
	}
	return s.submit(ctx, crm.Command{
		CaseID: task.CaseID, Kind: crm.CommandComplete, IdempotencyKey: key,
		Payload: crm.CommandPayload{TaskID: task.ID, Outcome: outcome, Fields: fields},
	})
}

// performerField is the field of a form that says who does the next stage.
const performerField = "performer"

// handedByPurpose is R37: a form that asks for a purpose and for a performer, and names no performer, gets the one who deals with the
// purpose, while he works here. The command says whom it was, as if he had been named.
func (s *Server) handedByPurpose(ctx context.Context, t *crm.TaskItem, outcome string, fields map[string]any) (map[string]any, error) {
	if t.Case.MapID == "" || fields[performerField] != nil {
		return fields, nil
	}
	m, err := s.services.Maps.Map(ctx, t.Case.MapID, t.Case.MapVersion)
	if err != nil {
		return nil, err
	}
	key := purposeIn(m, t.Path, outcome, fields)
	if key == "" {
		return fields, nil
	}
	purposes, err := s.services.Cases.ReferenceItems(ctx, crm.Purposes)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(purposes, func(p crm.ReferenceItem) bool { return p.Key == key })
	if i < 0 || purposes[i].PerformerID == uuid.Nil {
		return fields, nil
	}
	performer, err := s.services.Users.User(ctx, purposes[i].PerformerID)
	if err != nil || performer.WhyNotWork() != "" {
		return fields, err
	}
	filled := maps.Clone(fields)
	filled[performerField] = performer.ID.String()
	return filled, nil
}

// purposeIn is the purpose given in an outcome's form that asks for a performer, too; empty: there is none.
func purposeIn(m *routemaps.Map, path, outcome string, fields map[string]any) string {
	for _, o := range m.OutcomesAt(path) {
		if o.ID == outcome && slices.ContainsFunc(o.Form, func(i routemaps.FormItem) bool { return i.Field == performerField }) {
			key, _ := fields[purposeField(m.OwnerAt(path, o), o.Form)].(string)
			return key
		}
	}
	return ""
}

// purposeField is the field of a form of the map m that asks for a purpose; empty: none does.
func purposeField(m *routemaps.Map, items []routemaps.FormItem) string {
	for i := range items {
		if field, ok := m.Field(items[i].Field); ok && field.Type == routemaps.FieldPurpose {
			return field.ID
		}
	}
	return ""
}

// mayComplete tells whether the user may try: the step itself decides again, with the case locked. A closed task lets
// everybody of it through, to hear what became of it.
func mayComplete(t *crm.TaskItem, u *crm.User) bool {
	switch {
	case u.Leads(), t.UserID == u.ID, t.TakenBy == u.ID, t.ClosedBy == u.ID,
		slices.Contains(u.StandsInFor, t.UserID), slices.Contains(u.StandsInFor, t.TakenBy):
		return true
	case t.Role != "":
		return slices.Contains(u.Roles, t.Role)
	case t.DepartmentID != uuid.Nil:
		return t.DepartmentID == u.DepartmentID
	}
	return false
}
