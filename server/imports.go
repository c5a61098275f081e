package server

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/imports"
	"marshrut/sheets"
)

// maxImport is the largest table that is read, in bytes.
const maxImport = 10 << 20

// importView is a table of clients or contacts on its way in.
type importView struct {
	ID         uuid.UUID            `json:"id" format:"uuid"`
	Of         crm.AttributeSubject `json:"of" enum:"client,contact"`
	FileName   string               `json:"file_name"`
	Format     string               `json:"format" enum:"csv,xlsx"`
	Encoding   string               `json:"encoding,omitempty" enum:"utf-8,utf-16,windows-1251" doc:"Of a CSV file"`
	Delimiter  string               `json:"delimiter,omitempty" doc:"Of a CSV file"`
	Columns    []string             `json:"columns"`
	Mapping    []string             `json:"mapping" doc:"Where each column goes: one of targets, or empty"`
	Targets    []string             `json:"targets" doc:"Where columns can go, besides attribute:KEY of own attributes"`
	Duplicates crm.DuplicatePolicy  `json:"duplicates" enum:"skip,create"`
	Status     crm.ImportStatus     `json:"status" enum:"uploaded,running,stopped,finished"`
	Rows       importCountsView     `json:"rows"`
	CreatedAt  time.Time            `json:"created_at"`
	CreatedBy  uuid.UUID            `json:"created_by,omitzero" format:"uuid"`
	FinishedAt *time.Time           `json:"finished_at,omitempty"`
}

type importCountsView struct {
	Total     int `json:"total"`
	Done      int `json:"done"`
	Made      int `json:"made"`
	Duplicate int `json:"duplicate"`
	Failed    int `json:"failed"`
}

func viewImport(i *crm.Import) importView {
	done := i.Counts.Made + i.Counts.Duplicate + i.Counts.Failed
	return importView{
		ID: i.ID, Of: i.Of, FileName: i.FileName, Format: i.Format, Encoding: i.Encoding, Delimiter: i.Delimiter, Columns: i.Columns,
		Mapping: i.Mapping, Targets: imports.Targets(i.Of), Duplicates: i.Duplicates, Status: i.Status, CreatedAt: i.CreatedAt,
		CreatedBy: i.CreatedBy, FinishedAt: i.FinishedAt,
		Rows: importCountsView{Total: done + i.Counts.Pending, Done: done, Made: i.Counts.Made, Duplicate: i.Counts.Duplicate, Failed: i.Counts.Failed},
	}
}

type newImportInput struct {
	Of          crm.AttributeSubject `query:"of" required:"true" enum:"client,contact"`
	ContentType string               `header:"Content-Type" hidden:"true"`
	RawBody     []byte               `contentType:"multipart/form-data"`
}

type importOutput struct {
	Location string `header:"Location"`
	Body     importView
}

func (s *Server) createImport(ctx context.Context, in *newImportInput) (*importOutput, error) {
	file, content, err := filePart(in.ContentType, in.RawBody)
	if err != nil {
		return nil, err
	}
	if len(content) > maxImport {
		return nil, failed(http.StatusRequestEntityTooLarge, "body_too_large").with("limit", "10 MiB")
	}
	found, err := sheets.Read(ctx, content)
	if err != nil {
		return nil, unreadable(err)
	}
	known, err := s.known(ctx, in.Of)
	if err != nil {
		return nil, err
	}
	made, err := s.services.Imports.CreateImport(ctx, crm.Import{
		ID: recordID(ctx), Of: in.Of, FileName: file.Name, Format: found.Format, Encoding: found.Encoding, Delimiter: found.Delimiter,
		Columns: found.Columns, Mapping: imports.Guess(in.Of, found.Columns, known), CreatedBy: userOf(ctx).ID,
	}, found.Rows)
	if err != nil {
		return nil, err
	}
	return &importOutput{Location: apiPrefix + "/imports/" + made.ID.String(), Body: viewImport(made)}, nil
}

// known is what the rows of a table may name.
func (s *Server) known(ctx context.Context, of crm.AttributeSubject) (*imports.Known, error) {
	return imports.KnownFrom(ctx, struct { //nolint:wrapcheck // it says what was being done
		Clients
		Users
	}{s.services.Clients, s.services.Users}, of)
}

// unreadable says what is wrong with a table.
func unreadable(err error) error {
	for known, code := range map[error]string{
		sheets.ErrNotATable: "not_a_table", sheets.ErrTooManyRows: "table_too_long", sheets.ErrTooWide: "table_too_wide",
		sheets.ErrLongCell: "cell_too_long", sheets.ErrTooLarge: "table_too_large", sheets.ErrEmpty: "table_empty",
	} {
		if errors.Is(err, known) {
			return invalid("/file", code)
		}
	}
	return err
}

// ImportPath names an import.
type ImportPath struct {
	ID string `path:"id" doc:"Id of the import"`
}

// ownImport reads an import: that of whoever began it, or of those who lead.
func (s *Server) ownImport(ctx context.Context, text string) (*crm.Import, error) {
	id, err := idOf(text, "import_not_found")
	if err != nil {
		return nil, err
	}
	i, err := s.services.Imports.Import(ctx, id)
	if err != nil {
		return nil, err
	}
	if i.CreatedBy != userOf(ctx).ID && !leaders.allows(userOf(ctx)) {
		return nil, failed(http.StatusNotFound, "import_not_found")
	}
	return i, nil
}

func showImport(i *crm.Import, err error) (*importOutput, error) {
	if err != nil {
		return nil, err
	}
	return &importOutput{Body: viewImport(i)}, nil
}

func (s *Server) getImport(ctx context.Context, in *ImportPath) (*importOutput, error) {
	return showImport(s.ownImport(ctx, in.ID))
}

// ImportsInput narrows the list of imports.
type ImportsInput struct {
	PageInput
	Of        crm.AttributeSubject `query:"of" enum:"client,contact"`
	Status    crm.ImportStatus     `query:"status" enum:"uploaded,running,stopped,finished"`
	CreatedBy string               `query:"created_by" maxLength:"36" doc:"Id of a user, or me. Administrators and directors see those of all, others their own"`
}

// listImports lists one's own imports, or those of all for whoever leads, the newest first.
func (s *Server) listImports(ctx context.Context, in *ImportsInput) (*listOutput[importView], error) {
	f := crm.ImportFilter{Of: in.Of, Status: in.Status, Limit: in.limit()}
	var err error
	if f.After, err = in.cursor(); err != nil {
		return nil, err
	}
	if f.CreatedBy, err = userParameter(ctx, "created_by", in.CreatedBy); err != nil {
		return nil, err
	}
	if by := userOf(ctx); !leaders.allows(by) {
		if f.CreatedBy != uuid.Nil && f.CreatedBy != by.ID {
			return listOf(nil, viewImport), nil
		}
		f.CreatedBy = by.ID
	}
	page, err := s.services.Imports.ListImports(ctx, f)
	if err != nil {
		return nil, err
	}
	return pageOf(page, viewImport)
}

type mapImportInput struct {
	ImportPath
	Body struct {
		Mapping []string `json:"mapping" maxItems:"100" doc:"Where each column goes, in the order of the columns; empty: nowhere"`
	}
}

func (s *Server) mapImport(ctx context.Context, in *mapImportInput) (*importOutput, error) {
	i, err := s.ownImport(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if len(in.Body.Mapping) != len(i.Columns) {
		return nil, invalid("/mapping", "mapping_of_other_columns")
	}
	i.Mapping = in.Body.Mapping
	if err := s.checkMapping(ctx, i); err != nil {
		return nil, err
	}
	return showImport(s.services.Imports.MapImport(ctx, i.ID, i.Mapping))
}

// checkMapping refuses a mapping that rows cannot be read by.
func (s *Server) checkMapping(ctx context.Context, i *crm.Import) error {
	known, err := s.known(ctx, i.Of)
	if err != nil {
		return err
	}
	switch column, code := imports.CheckMapping(i.Of, i.Mapping, known); {
	case code == "":
		return nil
	case column < 0:
		return invalid("/mapping", code)
	default:
		return invalid("/mapping/"+strconv.Itoa(column), code)
	}
}

type runImportInput struct {
	ImportPath
	Body struct {
		Duplicates crm.DuplicatePolicy `json:"duplicates,omitempty" enum:"skip,create" default:"skip" doc:"What becomes of rows whose record may be there already"`
	}
}

func (s *Server) runImport(ctx context.Context, in *runImportInput) (*importOutput, error) {
	i, err := s.ownImport(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.checkMapping(ctx, i); err != nil {
		return nil, err
	}
	return showImport(s.services.Imports.RunImport(ctx, i.ID, in.Body.Duplicates))
}

func (s *Server) stopImport(ctx context.Context, in *ImportPath) (*importOutput, error) {
	i, err := s.ownImport(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return showImport(s.services.Imports.StopImport(ctx, i.ID))
}

// importRowView is a row: what it says, what is wrong with it, and what became of it.
type importRowView struct {
	Row        int              `json:"row" doc:"From 1, the names of the columns not counted"`
	Cells      []string         `json:"cells"`
	Result     crm.ImportResult `json:"result" enum:"pending,made,duplicate,failed"`
	RecordID   uuid.UUID        `json:"record_id,omitzero" format:"uuid" doc:"The record made, or the one that it may be"`
	Problems   []cellProblem    `json:"problems"`
	Duplicates []rowDuplicate   `json:"duplicates,omitempty" doc:"Of a pending row: the records that it may be, clients or contacts of the client meant"`
	RepeatsRow int              `json:"repeats_row,omitempty" doc:"Before the import, of a pending row: the first earlier row that says the same name, number, e-mail or ИНН, of a contact the same name of the same client"`
}

type cellProblem struct {
	Column *int   `json:"column,omitempty" doc:"From 0; missing: the row itself"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

type rowDuplicate struct {
	ID      uuid.UUID `json:"id" format:"uuid"`
	Name    string    `json:"name"`
	Reasons []string  `json:"reasons"`
}

type importRowsInput struct {
	ImportPath
	Result crm.ImportResult `query:"result" enum:"pending,made,duplicate,failed"`
	After  int              `query:"after" minimum:"0" doc:"The next of the page before: the row after which the page begins"`
	Limit  int              `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Rows at most"`
}

// listImportRows shows rows. Those that are pending are looked at as the run will look at them: that is the preview.
func (s *Server) listImportRows(ctx context.Context, in *importRowsInput) (*listOutput[importRowView], error) {
	i, err := s.ownImport(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	rows, err := s.services.Imports.ImportRows(ctx, i.ID, in.Result, in.After, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &listOutput[importRowView]{Body: List[importRowView]{Items: []importRowView{}}}
	if len(rows) > in.Limit {
		rows = rows[:in.Limit]
		out.Body.Next = strconv.Itoa(rows[in.Limit-1].N)
	}
	outlook, err := s.outlook(ctx, i, rows)
	if err != nil {
		return nil, err
	}
	repeats, err := s.repeats(ctx, i, rows)
	if err != nil {
		return nil, err
	}
	for n := range rows {
		r := &rows[n]
		v := importRowView{Row: r.N, Cells: r.Cells, Result: r.Result, RecordID: r.RecordID, Problems: s.cellProblems(ctx, r.Problems), RepeatsRow: repeats[r.N]}
		for _, known := range outlook[r.N].Known {
			v.Duplicates = append(v.Duplicates, rowDuplicate(known))
		}
		out.Body.Items = append(out.Body.Items, v)
	}
	return out, nil
}

// outlook previews the pending rows among these: it notes their problems, and gives by a row's number what it may double.
func (s *Server) outlook(ctx context.Context, of *crm.Import, rows []crm.ImportRow) (map[int]crm.RowOutlook, error) {
	known, err := s.known(ctx, of.Of)
	if err != nil {
		return nil, err
	}
	var pending []*crm.ImportRow
	var records []crm.ImportRecord
	for n := range rows {
		if rows[n].Result == crm.RowPending {
			record, wrong := imports.Read(of.Of, of.Mapping, rows[n].Cells, known, s.clock())
			rows[n].Problems = wrong
			pending, records = append(pending, &rows[n]), append(records, record)
		}
	}
	found, err := s.services.Imports.ImportOutlook(ctx, records)
	if err != nil {
		return nil, err
	}
	outlook := map[int]crm.RowOutlook{}
	for n, row := range pending {
		outlook[row.N] = found[n]
		if code := found[n].Code; code != "" {
			row.Problems = append(row.Problems, crm.CellError{Column: of.ClientColumn(&records[n]), Code: code})
		}
	}
	return outlook, nil
}

// repeats says which of these rows, before they are imported, say what an earlier one of the table says. What cannot be made is no record
// that another could repeat.
func (s *Server) repeats(ctx context.Context, of *crm.Import, rows []crm.ImportRow) (map[int]int, error) {
	found := map[int]int{}
	if of.Status != crm.ImportUploaded || len(rows) == 0 {
		return found, nil
	}
	known, err := s.known(ctx, of.Of)
	if err != nil {
		return nil, err
	}
	earlier, err := s.services.Imports.ImportRows(ctx, of.ID, crm.RowPending, 0, rows[0].N-1)
	if err != nil {
		return nil, err
	}
	said := imports.NewRepeats()
	for _, row := range slices.Concat(earlier, rows) {
		record, wrong := imports.Read(of.Of, of.Mapping, row.Cells, known, s.clock())
		if len(wrong) == 0 {
			found[row.N] = said.Of(row.N, &record)
		}
	}
	return found, nil
}

// cellProblems says what is wrong in the caller's language.
func (s *Server) cellProblems(ctx context.Context, wrong []crm.CellError) []cellProblem {
	all := []cellProblem{}
	for _, w := range wrong {
		p := cellProblem{Code: w.Code, Detail: s.texts.describe(langOf(ctx), ProblemField{Code: w.Code}).Detail}
		if w.Column >= 0 {
			p.Column = &w.Column
		}
		all = append(all, p)
	}
	return all
}
