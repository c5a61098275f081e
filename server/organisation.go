package server

import (
	"context"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

// textBody is a text in one language or both.
type textBody struct {
	EN string `json:"en,omitempty" maxLength:"200"`
	RU string `json:"ru,omitempty" maxLength:"200"`
}

// text is it as it is kept.
func (b textBody) text() crm.Text { return crm.Text{EN: crm.OneLine(b.EN), RU: crm.OneLine(b.RU)} }

// nameIn reads a name in one language or both; it replaces the old one whole.
func (b *textBody) nameIn() (*crm.Text, error) {
	if b == nil {
		return nil, nil //nolint:nilnil // no new name is an answer
	}
	name := b.text()
	if name.Empty() {
		return nil, invalid("/name", codeRequired)
	}
	return &name, nil
}

// officeView is a place where people of the company work.
type officeView struct {
	ID        uuid.UUID `json:"id" format:"uuid"`
	Key       string    `json:"key" doc:"As route maps name it"`
	Name      string    `json:"name"`
	Names     crm.Text  `json:"names"`
	TimeZone  string    `json:"time_zone"`
	LocalTime string    `json:"local_time" example:"2026-11-20T14:05:00+03:00"`
	Calendar  string    `json:"calendar,omitempty" doc:"Its business calendar; missing: the map's or the default one"`
	Active    bool      `json:"active" doc:"false: out of use"`
}

func (s *Server) viewOffice(lang crm.Lang, o *crm.Office) officeView {
	v := officeView{
		ID: o.ID, Key: o.Key, Name: o.Name.In(lang), Names: o.Name, TimeZone: o.TimeZone, Calendar: o.Calendar, Active: o.Active,
	}
	if zone, err := time.LoadLocation(o.TimeZone); err == nil {
		v.LocalTime = s.clock().In(zone).Format(time.RFC3339)
	}
	return v
}

func (s *Server) listOffices(ctx context.Context, _ *struct{}) (*listOutput[officeView], error) {
	all, err := s.services.Organisation.ListOffices(ctx)
	if err != nil {
		return nil, err
	}
	return listOf(all, func(o *crm.Office) officeView { return s.viewOffice(langOf(ctx), o) }), nil
}

// OfficePath names an office.
type OfficePath struct {
	ID string `path:"id" doc:"Id of the office"`
}

type officeOutput struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     officeView
}

func (s *Server) showOffice(ctx context.Context, o *crm.Office) *officeOutput {
	return &officeOutput{Location: apiPrefix + "/offices/" + o.ID.String(), ETag: etag(o.Version), Body: s.viewOffice(langOf(ctx), o)}
}

func (s *Server) getOffice(ctx context.Context, in *OfficePath) (*officeOutput, error) {
	id, err := idOf(in.ID, "office_not_found")
	if err != nil {
		return nil, err
	}
	o, err := s.services.Organisation.Office(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.showOffice(ctx, o), nil
}

type newOfficeInput struct {
	Body struct {
		Key      string   `json:"key" maxLength:"63" example:"omsk"`
		Name     textBody `json:"name"`
		TimeZone string   `json:"time_zone" maxLength:"64" example:"Asia/Omsk"`
		Calendar string   `json:"calendar,omitempty" maxLength:"63" doc:"Id of a business calendar; without it: the map's or the default one"`
	}
}

func (s *Server) createOffice(ctx context.Context, in *newOfficeInput) (*officeOutput, error) {
	b := &in.Body
	name, noName := b.Name.nameIn()
	if err := allInvalid(noName, keyError(b.Key, keyForm, "wrong_form"), timeZone(b.TimeZone)); err != nil {
		return nil, err
	}
	o, err := s.services.Organisation.CreateOffice(ctx, crm.Office{
		ID: recordID(ctx), Key: b.Key, Name: *name, TimeZone: b.TimeZone, Calendar: b.Calendar,
	})
	if err != nil {
		return nil, err
	}
	return s.showOffice(ctx, o), nil
}

type patchOfficeInput struct {
	OfficePath
	MatchInput
	Body struct {
		Name     *textBody        `json:"name,omitempty" doc:"Replaces the name in both languages"`
		TimeZone *string          `json:"time_zone,omitempty" maxLength:"64"`
		Calendar optional[string] `json:"calendar,omitzero" maxLength:"63" doc:"null: none of its own. Open deadlines are counted anew"`
		Active   *bool            `json:"active,omitempty" doc:"false: out of use; refused while departments are in it"`
	}
}

func (s *Server) patchOffice(ctx context.Context, in *patchOfficeInput) (*officeOutput, error) {
	id, err := idOf(in.ID, "office_not_found")
	if err != nil {
		return nil, err
	}
	p := crm.OfficePatch{TimeZone: in.Body.TimeZone, Calendar: in.Body.Calendar.orZero(), Active: in.Body.Active}
	if p.Name, err = in.Body.Name.nameIn(); err != nil {
		return nil, err
	}
	if p.TimeZone != nil {
		if err := timeZone(*p.TimeZone); err != nil {
			return nil, err
		}
	}
	version, err := versionOf(ctx, in.MatchInput, id, s.services.Organisation.Office, func(o *crm.Office) int { return o.Version })
	if err != nil {
		return nil, err
	}
	o, err := s.services.Organisation.PatchOffice(ctx, id, version, p)
	if err != nil {
		return nil, err
	}
	return s.showOffice(ctx, o), nil
}

// departmentView is a part of the company.
type departmentView struct {
	ID       uuid.UUID `json:"id" format:"uuid"`
	Key      string    `json:"key" doc:"As route maps name it"`
	Name     string    `json:"name"`
	Names    crm.Text  `json:"names"`
	ParentID uuid.UUID `json:"parent_id,omitzero" format:"uuid" doc:"The department above; missing: at the top"`
	OfficeID uuid.UUID `json:"office_id,omitzero" format:"uuid" doc:"Where it is; missing: where the department above is"`
	HeadID   uuid.UUID `json:"head_id,omitzero" format:"uuid" doc:"Heads all below it too, hears of what is overdue there (R43) and sees its reports"`
	Calendar string    `json:"calendar,omitempty" doc:"Its business calendar; missing: its office's, or that of the department above"`
	Active   bool      `json:"active" doc:"false: out of use"`
}

func viewDepartment(lang crm.Lang, d *crm.Department) departmentView {
	return departmentView{
		ID: d.ID, Key: d.Key, Name: d.Name.In(lang), Names: d.Name, ParentID: d.ParentID, OfficeID: d.OfficeID, HeadID: d.HeadID,
		Calendar: d.Calendar, Active: d.Active,
	}
}

func (s *Server) listDepartments(ctx context.Context, _ *struct{}) (*listOutput[departmentView], error) {
	all, err := s.services.Organisation.ListDepartments(ctx)
	if err != nil {
		return nil, err
	}
	return listOf(all, func(d *crm.Department) departmentView { return viewDepartment(langOf(ctx), d) }), nil
}

func (s *Server) departmentName(ctx context.Context, id uuid.UUID) (string, error) {
	all, err := s.services.Organisation.ListDepartments(ctx)
	if err != nil {
		return "", err
	}
	for i := range all {
		if all[i].ID == id {
			return all[i].Name.In(langOf(ctx)), nil
		}
	}
	return "", nil
}

// departmentNames are the names of departments by the keys that route maps know.
func (s *Server) departmentNames(ctx context.Context) (map[string]string, error) {
	all, err := s.services.Organisation.ListDepartments(ctx)
	if err != nil {
		return nil, err
	}
	names := make(map[string]string, len(all))
	for i := range all {
		names[all[i].Key] = all[i].Name.In(langOf(ctx))
	}
	return names, nil
}

// zoneOfDepartment is the time zone of a department's office, or the one where the program was made.
func (s *Server) zoneOfDepartment(ctx context.Context, id uuid.UUID) (string, error) {
	const without = "Europe/Moscow"
	if id == uuid.Nil {
		return without, nil
	}
	all, err := s.services.Organisation.ListDepartments(ctx)
	if err != nil {
		return "", err
	}
	tree := make(map[uuid.UUID]*crm.Department, len(all))
	for i := range all {
		tree[all[i].ID] = &all[i]
	}
	office := crm.OfficeOf(tree, id)
	if office == uuid.Nil {
		return without, nil
	}
	o, err := s.services.Organisation.Office(ctx, office)
	if err != nil {
		return "", err
	}
	return o.TimeZone, nil
}

// DepartmentPath names a department.
type DepartmentPath struct {
	ID string `path:"id" doc:"Id of the department"`
}

type departmentOutput struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     departmentView
}

func showDepartment(ctx context.Context, d *crm.Department) *departmentOutput {
	return &departmentOutput{
		Location: apiPrefix + "/departments/" + d.ID.String(), ETag: etag(d.Version), Body: viewDepartment(langOf(ctx), d),
	}
}

func (s *Server) getDepartment(ctx context.Context, in *DepartmentPath) (*departmentOutput, error) {
	id, err := idOf(in.ID, "department_not_found")
	if err != nil {
		return nil, err
	}
	d, err := s.services.Organisation.Department(ctx, id)
	if err != nil {
		return nil, err
	}
	return showDepartment(ctx, d), nil
}

type newDepartmentInput struct {
	Body struct {
		Key      string    `json:"key" maxLength:"63" example:"sales"`
		Name     textBody  `json:"name"`
		ParentID uuid.UUID `json:"parent_id,omitzero" format:"uuid" doc:"The department above"`
		OfficeID uuid.UUID `json:"office_id,omitzero" format:"uuid"`
		HeadID   uuid.UUID `json:"head_id,omitzero" format:"uuid"`
		Calendar string    `json:"calendar,omitempty" maxLength:"63"`
	}
}

func (s *Server) createDepartment(ctx context.Context, in *newDepartmentInput) (*departmentOutput, error) {
	b := &in.Body
	name, noName := b.Name.nameIn()
	if err := allInvalid(noName, keyError(b.Key, keyForm, "wrong_form")); err != nil {
		return nil, err
	}
	d, err := s.services.Organisation.CreateDepartment(ctx, crm.Department{
		ID: recordID(ctx), Key: b.Key, Name: *name, ParentID: b.ParentID, OfficeID: b.OfficeID, HeadID: b.HeadID, Calendar: b.Calendar,
	})
	if err != nil {
		return nil, err
	}
	return showDepartment(ctx, d), nil
}

type patchDepartmentInput struct {
	DepartmentPath
	MatchInput
	Body struct {
		Name     *textBody           `json:"name,omitempty" doc:"Replaces the name in both languages"`
		ParentID optional[uuid.UUID] `json:"parent_id,omitzero" format:"uuid" doc:"null: to the top"`
		OfficeID optional[uuid.UUID] `json:"office_id,omitzero" format:"uuid" doc:"null: where the department above is"`
		HeadID   optional[uuid.UUID] `json:"head_id,omitzero" format:"uuid" doc:"null: nobody"`
		Calendar optional[string]    `json:"calendar,omitzero" maxLength:"63" doc:"null: none of its own. Open deadlines are counted anew"`
		Active   *bool               `json:"active,omitempty" doc:"false: out of use; refused while anybody or anything is in it"`
	}
}

func (s *Server) patchDepartment(ctx context.Context, in *patchDepartmentInput) (*departmentOutput, error) {
	id, err := idOf(in.ID, "department_not_found")
	if err != nil {
		return nil, err
	}
	b := &in.Body
	p := crm.DepartmentPatch{
		ParentID: b.ParentID.orZero(), OfficeID: b.OfficeID.orZero(), HeadID: b.HeadID.orZero(), Calendar: b.Calendar.orZero(), Active: b.Active,
	}
	if p.Name, err = b.Name.nameIn(); err != nil {
		return nil, err
	}
	version, err := versionOf(ctx, in.MatchInput, id, s.services.Organisation.Department, func(d *crm.Department) int { return d.Version })
	if err != nil {
		return nil, err
	}
	d, err := s.services.Organisation.PatchDepartment(ctx, id, version, p)
	if err != nil {
		return nil, err
	}
	return showDepartment(ctx, d), nil
}
