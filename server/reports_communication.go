package server

import (
	"context"
	"time"

	"marshrut/crm"
	"marshrut/sheets"
)

type communicationInput struct {
	ReportInput
	Client string                `query:"client" maxLength:"36" doc:"Id of a client"`
	Step   crm.CommunicationStep `query:"step" enum:"day,week,month" doc:"Count each by itself; without it, the period as a whole"`
}

type communicationView struct {
	From      string              `json:"from" format:"date" doc:"The first day of the step"`
	Kind      crm.InteractionKind `json:"kind" enum:"call,meeting,email,sms,calendar,other"`
	Direction string              `json:"direction,omitempty" enum:"in,out" doc:"Missing: not known"`
	Count     int                 `json:"count" doc:"Completed interactions"`
	Clients   int                 `json:"clients" doc:"Different ones"`
}

// communication is by which means people talk with clients (R47); how clients came is the report of channels.
func (s *Server) communication(ctx context.Context, in *communicationInput) (*reportOutput[reportBody[communicationView]], error) {
	f, period, err := s.reportFilter(ctx, &in.ReportInput)
	if err != nil {
		return nil, err
	}
	asked := crm.CommunicationFilter{ReportFilter: f, Step: in.Step}
	if asked.ClientID, err = idParameter("client", in.Client); err != nil {
		return nil, err
	}
	rows, err := s.services.Reports.Communication(ctx, asked)
	if err != nil {
		return nil, err
	}
	return tableOf(&period, rows, func(r *crm.CommunicationRow) communicationView {
		return communicationView{
			From: r.From.In(f.From.Location()).Format(time.DateOnly), Kind: r.Kind, Direction: r.Direction, Count: r.Count, Clients: r.Clients,
		}
	}), nil
}

func communicationSheet(b *reportBody[communicationView], lang crm.Lang) sheets.Table {
	return sheet(lang, crm.Text{EN: "Communication", RU: "Каналы коммуникаций"}, []crm.Text{
		{EN: "From", RU: "С даты"},
		{EN: "Kind", RU: "Вид"},
		{EN: "Direction", RU: "Направление"},
		{EN: "Interactions", RU: "Взаимодействия"},
		{EN: "Clients", RU: "Клиенты"},
	}, b.Items, func(v *communicationView) []any {
		return []any{v.From, kindTexts[v.Kind].In(lang), directionTexts[v.Direction].In(lang), v.Count, v.Clients}
	})
}

// What kinds and directions are called in a spreadsheet.
var (
	kindTexts = map[crm.InteractionKind]crm.Text{
		crm.InteractionCall: {EN: "Call", RU: "Звонок"}, crm.InteractionMeeting: {EN: "Meeting", RU: "Встреча"}, crm.InteractionEmail: {EN: "E-mail", RU: "Письмо"},
		crm.InteractionSMS: {EN: "SMS", RU: "SMS"}, crm.InteractionCalendar: {EN: "Calendar record", RU: "Запись календаря"}, crm.InteractionOther: {EN: "Other", RU: "Другое"},
	}
	directionTexts = map[string]crm.Text{"in": {EN: "Incoming", RU: "Входящее"}, "out": {EN: "Outgoing", RU: "Исходящее"}, "": {}}
)
