package server

import (
	"context"
	"slices"

	"marshrut/crm"
)

// clientStageView is a stage with the clients that stand at it (R16).
type clientStageView struct {
	Stage        string    `json:"stage"`
	Name         string    `json:"name"`
	Names        crm.Text  `json:"names"`
	Former       bool      `json:"former,omitempty" doc:"A stage of earlier versions of the map, at which cases still stand"`
	Negotiations bool      `json:"negotiations,omitempty" doc:"No outcome leads on from it (R21)"`
	Found        countView `json:"found" doc:"Clients, counted up to 10000: GET /clients?map=…&stage=… lists them"`
}

type clientStagesInput struct {
	Map string `query:"map" required:"true" maxLength:"63" example:"new-clients" doc:"Id of a route map"`
}

type clientStagesOutput struct {
	Body struct {
		Map    mapRef            `json:"map"`
		Name   string            `json:"name"`
		Stages []clientStageView `json:"stages" doc:"In the order of the map"`
	}
}

// clientStages is the register of clients by the stages of a map (R16). A client with several open cases counts at each stage.
func (s *Server) clientStages(ctx context.Context, in *clientStagesInput) (*clientStagesOutput, error) {
	record, m, err := s.boardMap(ctx, in.Map)
	if err != nil {
		return nil, err
	}
	columns, err := s.boardColumns(ctx, record, m)
	if err != nil {
		return nil, err
	}
	stages := make([]string, len(columns))
	for i := range columns {
		stages[i] = columns[i].stage.ID
	}
	found, err := s.services.Cases.ClientStages(ctx, record.Process, record.ID, stages)
	if err != nil {
		return nil, err
	}
	out := &clientStagesOutput{}
	out.Body.Map, out.Body.Name = mapRef{ID: record.ID, Version: record.Latest}, m.Name.In(langOf(ctx))
	out.Body.Stages = []clientStageView{}
	for i := range columns {
		c := &columns[i]
		out.Body.Stages = append(out.Body.Stages, clientStageView{
			Stage: c.stage.ID, Name: c.stage.Name.In(langOf(ctx)), Names: c.stage.Name, Former: c.former,
			Negotiations: slices.Contains(c.of.NegotiationStages(), c.stage.ID), Found: countView{Count: found[i].N, More: found[i].More},
		})
	}
	return out, nil
}
