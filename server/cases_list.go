package server

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

// CaseItemView is a case as lists and boards show it.
type CaseItemView struct {
	CaseView
	ResponsibleName string               `json:"responsible_name,omitempty"`
	NextInteraction *nextInteractionView `json:"next_interaction,omitempty" doc:"The planned interaction that comes next; missing: none is planned"`
}

type nextInteractionView struct {
	ID    uuid.UUID           `json:"id" format:"uuid"`
	Kind  crm.InteractionKind `json:"kind" enum:"call,meeting,email,sms,calendar,other"`
	At    time.Time           `json:"at"`
	Topic string              `json:"topic"`
}

func (s *Server) viewCaseItem(item *crm.CaseItem) CaseItemView {
	v := CaseItemView{CaseView: viewCase(&item.Case), ResponsibleName: item.ResponsibleName}
	v.Negotiations, v.ClientName = item.Negotiating, item.ClientName
	if item.ClientID != uuid.Nil {
		v.ClientTime = s.timeAt(&crm.Client{TimeZone: item.ClientTimeZone})
	}
	if item.Next != nil {
		v.NextInteraction = &nextInteractionView{ID: item.Next.ID, Kind: item.Next.Kind, At: item.Next.At, Topic: item.Next.Topic}
	}
	return v
}

// CaseNarrowing is what lists of cases and boards are narrowed by.
type CaseNarrowing struct {
	Responsible string `query:"responsible" doc:"Id of a user, or me" maxLength:"36"`
	Department  string `query:"department" doc:"Id of a department: that of the responsible, or one above it" maxLength:"36"`
	Participant string `query:"participant" doc:"Id of a user, a client or a contact that takes part" maxLength:"36"`
	Client      string `query:"client" doc:"Id of a client" maxLength:"36"`
	Contact     string `query:"contact" doc:"Id of a contact that takes part in the case or in its interactions" maxLength:"36"`
	Source      string `query:"source" maxLength:"200"`
	Channel     string `query:"channel" doc:"A key of GET /reference-lists/channel" maxLength:"63"`
	Currency    string `query:"currency" pattern:"^([A-Z]{3})?$" patternDescription:"currency" doc:"Of the potential amount" example:"RUB"`
	CreatedFrom string `query:"created_from" doc:"The first time" format:"date-time"`
	CreatedTo   string `query:"created_to" doc:"Before this time" format:"date-time"`
	Overdue     bool   `query:"overdue" doc:"Only those past their own deadline"`
	Unplanned   bool   `query:"unplanned" doc:"Only those without a planned interaction that is still to come (R2)"`
	Q           string `query:"q" doc:"A number or its beginning; words of the topic or of the client's name" maxLength:"200"`
}

func (in *CaseNarrowing) narrow(ctx context.Context, f *crm.CaseFilter) error {
	f.Source, f.Channel, f.Currency, f.Overdue, f.Unplanned = in.Source, in.Channel, in.Currency, in.Overdue, in.Unplanned
	f.Query = strings.TrimSpace(in.Q)
	var err error
	if f.Responsible, err = userParameter(ctx, "responsible", in.Responsible); err != nil {
		return err
	}
	for _, one := range []struct {
		name, text string
		id         *uuid.UUID
	}{
		{"department", in.Department, &f.Department},
		{"participant", in.Participant, &f.Participant},
		{"client", in.Client, &f.Client},
		{"contact", in.Contact, &f.Contact},
	} {
		if *one.id, err = idParameter(one.name, one.text); err != nil {
			return err
		}
	}
	if f.CreatedFrom, err = timeParameter("created_from", in.CreatedFrom); err != nil {
		return err
	}
	f.CreatedThrough, err = timeParameter("created_to", in.CreatedTo)
	return err
}

// KindlessFilter is what lists of one kind take.
type KindlessFilter struct {
	PageInput
	CaseNarrowing
	AttributesInput
	Status       crm.Status   `query:"status" enum:"open,positive,negative,cancelled"`
	Mode         crm.Mode     `query:"mode" enum:"process,manual,none" doc:"Who moves it: its process, people, or nobody"`
	Stage        string       `query:"stage" doc:"Id of a stage" maxLength:"200"`
	Map          string       `query:"map" doc:"Id of a route map" maxLength:"200"`
	Version      int          `query:"version" minimum:"1" maximum:"2147483647" doc:"Of a route map: those that began by this version of it"`
	Parent       string       `query:"parent" doc:"Id of the case that they were made from" maxLength:"36"`
	Number       []string     `query:"number" doc:"Exactly these numbers" maxItems:"200"`
	ClosedFrom   string       `query:"closed_from" doc:"The first time" format:"date-time"`
	ClosedTo     string       `query:"closed_to" doc:"Before this time" format:"date-time"`
	Negotiations string       `query:"negotiations" enum:"true,false" doc:"Negotiations under way, or all others (R21)"`
	Sort         crm.CaseSort `query:"sort" enum:"created,activity,due,amount" default:"created" doc:"created, activity, amount: the greatest first; due: the soonest first. What has no deadline or amount comes last. Amounts are compared whatever their currencies"`
	Reverse      bool         `query:"reverse" doc:"The other way round"`
	Count        bool         `query:"count" doc:"Count those found, up to 1000"`
}

type caseFilter struct {
	KindlessFilter
	Kind []crm.Kind `query:"kind" enum:"appeal,deal,interest,claim" maxItems:"4" doc:"One kind or several: deal,interest"`
}

// countBound is how far lists count.
const countBound = 1000

// countView is how many there are.
type countView struct {
	Count int  `json:"count"`
	More  bool `json:"more" doc:"There are more than that: show 1000+"`
}

type caseListOutput struct {
	Body struct {
		List[CaseItemView]
		Found *countView `json:"found,omitempty" doc:"How many there are, of a request with count"`
	}
}

func (s *Server) listCases(ctx context.Context, in *caseFilter) (*caseListOutput, error) {
	return s.listKinds(ctx, in.Kind, &in.KindlessFilter)
}

func (s *Server) listAppeals(ctx context.Context, in *KindlessFilter) (*caseListOutput, error) {
	return s.listKinds(ctx, []crm.Kind{crm.Appeal}, in)
}

func (s *Server) listDeals(ctx context.Context, in *KindlessFilter) (*caseListOutput, error) {
	return s.listKinds(ctx, []crm.Kind{crm.Deal}, in)
}

func (s *Server) listInterests(ctx context.Context, in *KindlessFilter) (*caseListOutput, error) {
	return s.listKinds(ctx, []crm.Kind{crm.Interest}, in)
}

func (s *Server) listClaims(ctx context.Context, in *KindlessFilter) (*caseListOutput, error) {
	return s.listKinds(ctx, []crm.Kind{crm.Claim}, in)
}

func (s *Server) listKinds(ctx context.Context, kinds []crm.Kind, in *KindlessFilter) (*caseListOutput, error) {
	f, err := in.filter(ctx)
	if err != nil {
		return nil, err
	}
	f.Kinds = kinds
	if f.Attributes, err = s.attributes(ctx, in.AttributesInput, ofKinds(kinds)...); err != nil {
		return nil, err
	}
	return s.showCases(ctx, f, in.Count)
}

// showCases answers with a page of cases, counted when that is wanted.
func (s *Server) showCases(ctx context.Context, f crm.CaseFilter, counted bool) (*caseListOutput, error) {
	page, err := s.services.Cases.ListCases(ctx, f)
	if err != nil {
		return nil, err
	}
	shown, err := pageOf(page, s.viewCaseItem)
	if err != nil {
		return nil, err
	}
	out := &caseListOutput{}
	out.Body.List = shown.Body
	if counted {
		count, err := s.services.Cases.CountCases(ctx, f, countBound)
		if err != nil {
			return nil, err
		}
		out.Body.Found = &countView{Count: count.N, More: count.More}
	}
	return out, nil
}

func (in *KindlessFilter) filter(ctx context.Context) (crm.CaseFilter, error) {
	f := crm.CaseFilter{
		Status: in.Status, Mode: in.Mode, Stage: in.Stage, MapID: in.Map, MapVersion: in.Version, Sort: in.Sort, Reverse: in.Reverse, Limit: in.limit(),
	}
	for _, number := range in.Number {
		f.Numbers = append(f.Numbers, strings.ToUpper(strings.TrimSpace(number)))
	}
	if in.Negotiations != "" {
		negotiating := in.Negotiations == "true"
		f.Negotiating = &negotiating
	}
	var err error
	if f.Parent, err = idParameter("parent", in.Parent); err != nil {
		return f, err
	}
	if f.ClosedFrom, err = timeParameter("closed_from", in.ClosedFrom); err != nil {
		return f, err
	}
	if f.ClosedThrough, err = timeParameter("closed_to", in.ClosedTo); err != nil {
		return f, err
	}
	if f.After, err = in.caseCursor(f.Sort); err != nil {
		return f, err
	}
	err = in.narrow(ctx, &f)
	return f, err
}

// amountCursor is an amount as a page's last row has it.
var amountCursor = regexp.MustCompile(`^[0-9]{1,13}(\.[0-9]{1,2})?$`)

// caseCursor is the cursor of a list in this order: one of another order would begin anywhere.
func (p PageInput) caseCursor(sort crm.CaseSort) (*crm.Cursor, error) {
	after, err := p.cursor()
	if err != nil || after == nil {
		return nil, err
	}
	nothing := after.At == nil && after.Text == ""
	fits := sort.Timed() && after.At != nil && after.Text == "" || !sort.Timed() && after.At == nil && amountCursor.MatchString(after.Text) ||
		nothing && sort.Nullable()
	if !fits {
		return nil, failed(http.StatusBadRequest, "invalid_cursor").field(ProblemField{Parameter: "after", Code: "invalid_cursor"})
	}
	return after, nil
}
