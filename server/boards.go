package server

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"marshrut/crm"
	"marshrut/routemaps"
)

// boardView is the open cases of a route map, by its stages.
type boardView struct {
	Map     mapRef       `json:"map"`
	Name    string       `json:"name"`
	Kind    crm.Kind     `json:"kind" enum:"appeal,deal,interest,claim"`
	Columns []columnView `json:"columns" doc:"In the order of the stages"`
}

type columnView struct {
	Stage        string             `json:"stage"`
	Name         string             `json:"name"`
	Names        crm.Text           `json:"names"`
	Former       bool               `json:"former,omitempty" doc:"A stage of earlier versions of the map, at which cases still stand"`
	Negotiations bool               `json:"negotiations,omitempty" doc:"No outcome leads on from it (R21)"`
	Found        countView          `json:"found" doc:"Counted up to 10000"`
	Sums         []sumView          `json:"sums" doc:"By currency; none where more cases stand than are counted"`
	Cards        List[CaseItemView] `json:"cards" doc:"The first, newest first; next goes into after of …/columns/{stage}"`
}

type sumView struct {
	Currency  string `json:"currency" example:"RUB"`
	Potential string `json:"potential" example:"150000.00"`
	Weighted  string `json:"weighted" doc:"Each amount by its probability; one without a probability adds nothing" example:"90000.00"`
}

type boardInput struct {
	CaseNarrowing
	MapPath string `path:"map" doc:"Id of the route map" example:"typical-sale"`
	Cards   int    `query:"cards" minimum:"1" maximum:"100" default:"20" doc:"Cards of each column at most"`
}

type boardOutput struct {
	Body boardView
}

// getBoard shows the columns of the newest version, and of earlier ones those stages at which open cases still stand.
func (s *Server) getBoard(ctx context.Context, in *boardInput) (*boardOutput, error) {
	record, m, err := s.boardMap(ctx, in.MapPath)
	if err != nil {
		return nil, err
	}
	columns, err := s.boardColumns(ctx, record, m)
	if err != nil {
		return nil, err
	}
	f, err := boardFilter(ctx, record, &in.CaseNarrowing)
	if err != nil {
		return nil, err
	}
	f.Cards = in.Cards
	for i := range columns {
		f.Stages = append(f.Stages, columns[i].stage.ID)
	}
	filled, err := s.services.Cases.Board(ctx, f)
	if err != nil {
		return nil, err
	}
	out := &boardOutput{Body: boardView{
		Map: mapRef{ID: record.ID, Version: record.Latest}, Name: m.Name.In(langOf(ctx)), Kind: record.Process, Columns: []columnView{},
	}}
	for i := range columns {
		v, err := s.viewColumn(&columns[i], &filled[i], langOf(ctx))
		if err != nil {
			return nil, err
		}
		out.Body.Columns = append(out.Body.Columns, v)
	}
	return out, nil
}

func (s *Server) boardMap(ctx context.Context, id string) (*crm.RouteMap, *routemaps.Map, error) {
	record, err := s.services.Maps.RouteMap(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	m, err := s.services.Maps.Map(ctx, record.ID, record.Latest)
	return record, m, err
}

func boardFilter(ctx context.Context, record *crm.RouteMap, in *CaseNarrowing) (crm.BoardFilter, error) {
	f := crm.BoardFilter{Cases: crm.CaseFilter{Kinds: []crm.Kind{record.Process}, MapID: record.ID}}
	err := in.narrow(ctx, &f.Cases)
	return f, err
}

func (s *Server) viewColumn(c *boardColumn, filled *crm.BoardColumn, lang crm.Lang) (columnView, error) {
	v := columnView{
		Stage: c.stage.ID, Name: c.stage.Name.In(lang), Names: c.stage.Name, Former: c.former,
		Negotiations: slices.Contains(c.of.NegotiationStages(), c.stage.ID),
		Found:        countView{Count: filled.Count.N, More: filled.Count.More}, Sums: []sumView{},
	}
	for _, sum := range filled.Sums {
		v.Sums = append(v.Sums, sumView(sum))
	}
	cards, err := pageOf(filled.Cards, s.viewCaseItem)
	if err != nil {
		return v, err
	}
	v.Cards = cards.Body
	return v, nil
}

type columnInput struct {
	PageInput
	CaseNarrowing
	MapPath string `path:"map" doc:"Id of the route map" example:"typical-sale"`
	Stage   string `path:"stage" doc:"Id of the stage" example:"offer"`
}

func (s *Server) getBoardColumn(ctx context.Context, in *columnInput) (*listOutput[CaseItemView], error) {
	record, m, err := s.boardMap(ctx, in.MapPath)
	if err != nil {
		return nil, err
	}
	columns, err := s.boardColumns(ctx, record, m)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(columns, func(c boardColumn) bool { return c.stage.ID == in.Stage }) {
		return nil, failed(http.StatusNotFound, "stage_not_found")
	}
	f, err := boardFilter(ctx, record, &in.CaseNarrowing)
	if err != nil {
		return nil, err
	}
	if f.After, err = in.cursor(); err != nil {
		return nil, err
	}
	f.Stages, f.Cards = []string{in.Stage}, in.limit()
	page, err := s.services.Cases.BoardCards(ctx, f)
	if err != nil {
		return nil, err
	}
	return pageOf(page, s.viewCaseItem)
}

// boardColumn is a stage that a board shows.
type boardColumn struct {
	stage  *routemaps.Stage
	of     *routemaps.Map // the version it is taken from
	former bool           // the newest version does not have it
}

// boardColumns are the stages of the newest version m, and in their places those of earlier ones at which cases stand.
func (s *Server) boardColumns(ctx context.Context, record *crm.RouteMap, m *routemaps.Map) ([]boardColumn, error) {
	held, err := s.services.Cases.BoardStages(ctx, record.Process, record.ID)
	if err != nil {
		return nil, err
	}
	former := map[string]*routemaps.Map{}
	for _, one := range held {
		if former[one.Stage], err = s.services.Maps.Map(ctx, record.ID, one.Version); err != nil {
			return nil, err
		}
	}
	return columnsOf(m, former), nil
}

// columnsOf puts the columns in order. held names the stages at which cases stand, each with a version that has it: a stage
// that the newest version lost stands behind the one it came after. Stages that a case only passes are left out, unless one
// is held there.
func columnsOf(newest *routemaps.Map, held map[string]*routemaps.Map) []boardColumn {
	var columns []boardColumn
	for i := range newest.Stages {
		stage := &newest.Stages[i]
		passed := stage.Kind == routemaps.StageChoice || stage.Kind == routemaps.StageAction
		if _, stopped := held[stage.ID]; !passed || stopped {
			columns = append(columns, boardColumn{stage: stage, of: newest})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(held)) {
		if !slices.ContainsFunc(columns, func(c boardColumn) bool { return c.stage.ID == id }) {
			columns = insertFormer(columns, held[id], id)
		}
	}
	return columns
}

// insertFormer puts a stage of an earlier version behind the nearest stage before it that the board has.
func insertFormer(columns []boardColumn, m *routemaps.Map, id string) []boardColumn {
	place := 0
	for i := range m.Stages {
		stage := &m.Stages[i]
		if stage.ID == id {
			return slices.Insert(columns, place, boardColumn{stage: stage, of: m, former: true})
		}
		if at := slices.IndexFunc(columns, func(c boardColumn) bool { return c.stage.ID == stage.ID }); at >= 0 {
			place = at + 1
		}
	}
	return columns
}
