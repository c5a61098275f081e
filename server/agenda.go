package server

import (
	"context"
	"net/http"
	"time"

	"marshrut/crm"
)

type salesFilter struct {
	PageInput
	CaseNarrowing
	Kind    crm.Kind     `query:"kind" enum:"interest,deal" doc:"Without it: both"`
	Map     string       `query:"map" doc:"Id of a route map" maxLength:"200"`
	Stage   string       `query:"stage" doc:"Id of a stage" maxLength:"200"`
	Sort    crm.CaseSort `query:"sort" enum:"planned,created,activity,due,amount" default:"planned" doc:"planned: the soonest next interaction first, what has none planned last"`
	Reverse bool         `query:"reverse" doc:"The other way round"`
	Count   bool         `query:"count" doc:"Count those found, up to 1000"`
}

// listSales is the workplace “My sales” (R13): open interests and deals, each with its next planned interaction.
func (s *Server) listSales(ctx context.Context, in *salesFilter) (*caseListOutput, error) {
	f := crm.CaseFilter{
		Kinds: []crm.Kind{crm.Interest, crm.Deal}, Status: crm.StatusOpen, MapID: in.Map, Stage: in.Stage, Sort: in.Sort, Reverse: in.Reverse, Limit: in.limit(),
	}
	if in.Kind != "" {
		f.Kinds = []crm.Kind{in.Kind}
	}
	var err error
	if f.After, err = in.caseCursor(f.Sort); err != nil {
		return nil, err
	}
	if in.Responsible == "" {
		in.Responsible = "me"
	}
	if err := in.narrow(ctx, &f); err != nil {
		return nil, err
	}
	return s.showCases(ctx, f, in.Count)
}

// agendaView is what somebody has before him at a time.
type agendaView struct {
	At          time.Time        `json:"at" doc:"Of the interaction; of an appeal, when one's task on it is due, or else the appeal itself"`
	Kind        string           `json:"kind" enum:"interaction,appeal"`
	Interaction *interactionView `json:"interaction,omitempty"`
	Appeal      *CaseItemView    `json:"appeal,omitempty"`
}

type agendaFilter struct {
	PageInput
	User string `query:"user" default:"me" doc:"Id of a user, or me" maxLength:"36"`
	From string `query:"from" doc:"The first time; without it, what has been left lying comes too" format:"date-time"`
	To   string `query:"to" doc:"Before this time" format:"date-time"`
}

// listAgenda is the workplace “My affairs” (R13, R41): planned interactions and open appeals, in the order of time.
func (s *Server) listAgenda(ctx context.Context, in *agendaFilter) (*listOutput[agendaView], error) {
	f := crm.AgendaFilter{Limit: in.limit()}
	var err error
	if f.User, err = userParameter(ctx, "user", in.User); err != nil {
		return nil, err
	}
	if f.From, err = timeParameter("from", in.From); err != nil {
		return nil, err
	}
	if f.Through, err = timeParameter("to", in.To); err != nil {
		return nil, err
	}
	if f.After, err = in.cursor(); err != nil {
		return nil, err
	}
	if f.After != nil && f.After.At == nil {
		return nil, failed(http.StatusBadRequest, "invalid_cursor").field(ProblemField{Parameter: "after", Code: "invalid_cursor"})
	}
	page, err := s.services.Cases.Agenda(ctx, f)
	if err != nil {
		return nil, err
	}
	return pageOf(page, s.viewAgenda)
}

func (s *Server) viewAgenda(item *crm.AgendaItem) agendaView {
	v := agendaView{At: item.At, Kind: "appeal"}
	if item.Interaction != nil {
		v.Kind, v.Interaction = "interaction", new(viewInteraction(item.Interaction))
	} else {
		v.Appeal = new(s.viewCaseItem(item.Appeal))
	}
	return v
}
