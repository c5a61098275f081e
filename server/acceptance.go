package server

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/routemaps"
)

// The ways to accept a request (R41).
const (
	acceptInterest = "interest"
	acceptAppeal   = "appeal"
	acceptLost     = "lost"
)

// acceptanceView is what the acceptance wizard offers the caller.
type acceptanceView struct {
	As   string           `json:"as" enum:"interest,appeal,lost" doc:"As an interest, as an appeal, or as lost: recorded without a case (R1)"`
	Maps []offeredMapView `json:"maps" doc:"That the caller may choose, the usual one first; none for what is lost"`
	// Reasons are those that can be chosen.
	Reasons []offeredReasonView `json:"reasons,omitempty" doc:"Of what is lost: why (lost_reason)"`
}

type offeredReasonView struct {
	Key   string   `json:"key" example:"price"`
	Name  string   `json:"name"`
	Names crm.Text `json:"names"`
}

type offeredMapView struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	Names   crm.Text   `json:"names"`
	Comment string     `json:"comment,omitempty"`
	Version int        `json:"version"`
	Intake  []itemView `json:"intake" doc:"What is asked at the beginning"`
}

// getAcceptance lists the ways that are open to the caller.
func (s *Server) getAcceptance(ctx context.Context, _ *struct{}) (*listOutput[acceptanceView], error) {
	out, off := &listOutput[acceptanceView]{}, slices.Contains(userOf(ctx).Off, crm.BlockInteractions)
	for _, as := range []string{acceptInterest, acceptAppeal} {
		maps, err := s.acceptanceMaps(ctx, crm.Kind(as))
		if err != nil {
			return nil, err
		}
		if len(maps) == 0 {
			continue
		}
		v := acceptanceView{As: as}
		for i := range maps {
			offered := viewOffered(&maps[i], langOf(ctx))
			if off {
				offered.Intake = withoutInteractions(offered.Intake)
			}
			v.Maps = append(v.Maps, offered)
		}
		out.Body.Items = append(out.Body.Items, v)
	}
	if off {
		return out, nil // what is lost is an interaction and nothing else
	}
	reasons, err := s.lossReasons(ctx)
	if err != nil {
		return nil, err
	}
	out.Body.Items = append(out.Body.Items, acceptanceView{As: acceptLost, Maps: []offeredMapView{}, Reasons: reasons})
	return out, nil
}

// lossReasons are those that can be chosen for a request that is lost.
func (s *Server) lossReasons(ctx context.Context) ([]offeredReasonView, error) {
	items, err := s.services.Cases.ReferenceItems(ctx, crm.LossReasons)
	if err != nil {
		return nil, err
	}
	var offered []offeredReasonView
	for i := range items {
		if items[i].Active {
			offered = append(offered, offeredReasonView{Key: items[i].Key, Name: items[i].Name.In(langOf(ctx)), Names: items[i].Name})
		}
	}
	return offered, nil
}

// offeredMap is a map that may be chosen for a new case, in its newest version.
type offeredMap struct {
	version int
	*routemaps.Map
}

// acceptanceMaps are those that the wizard offers the caller (R38): active, available to him and meant for it, of appeals
// independent ones; the usual one first.
func (s *Server) acceptanceMaps(ctx context.Context, kind crm.Kind) ([]offeredMap, error) {
	records, err := s.services.Maps.OfferedMaps(ctx, kind, userOf(ctx).ID)
	if err != nil {
		return nil, err
	}
	var offered []offeredMap
	for i := range records {
		m, err := s.services.Maps.Map(ctx, records[i].ID, records[i].Latest)
		if err != nil {
			return nil, err
		}
		switch one := (offeredMap{records[i].Latest, m}); {
		case !m.AcceptanceWizard || kind == crm.Appeal && !m.Independent:
		case m.ID == crm.UsualMap(kind):
			offered = append([]offeredMap{one}, offered...)
		default:
			offered = append(offered, one)
		}
	}
	return offered, nil
}

func viewOffered(m *offeredMap, lang crm.Lang) offeredMapView {
	return offeredMapView{
		ID: m.ID, Name: m.Name.In(lang), Names: m.Name, Comment: m.Comment.In(lang), Version: m.version, Intake: viewForm(m.Map, m.Intake, lang),
	}
}

type acceptInput struct {
	Body struct {
		As            string              `json:"as" enum:"interest,appeal,lost"`
		Map           string              `json:"map,omitempty" maxLength:"200" doc:"One of those offered; without it, the usual one"`
		ClientID      uuid.UUID           `json:"client_id,omitzero" format:"uuid" doc:"An existing client; or give client"`
		Client        *inlineClient       `json:"client,omitempty" doc:"A client made together with the case; of what is lost, only taken down with the interaction"`
		ContactID     uuid.UUID           `json:"contact_id,omitzero" format:"uuid" doc:"Who turned to us, a contact of the client"`
		Kind          crm.InteractionKind `json:"kind" enum:"call,meeting,email,sms,calendar,other" doc:"How the request came"`
		Direction     string              `json:"direction,omitempty" enum:"in,out" doc:"in, unless said otherwise"`
		At            *time.Time          `json:"at,omitempty" doc:"When; without it, now"`
		Topic         string              `json:"topic" minLength:"1" maxLength:"500"`
		Content       string              `json:"content,omitempty" maxLength:"20000" doc:"What was said; where no interactions are kept there is no place for it"`
		Source        string              `json:"source,omitempty" maxLength:"200" doc:"Where the client came from"`
		Fields        map[string]any      `json:"fields,omitempty" doc:"Values of the map's intake form; null: not filled in"`
		ResponsibleID uuid.UUID           `json:"responsible_id,omitzero" format:"uuid" doc:"Without it: whoever accepts the request"`
		LostReason    string              `json:"lost_reason,omitempty" maxLength:"63" example:"price" doc:"Of what is lost: one of the reasons offered; remarks belong into content"`
	}
}

type acceptOutput struct {
	Location string `header:"Location"`
	Body     struct {
		Case        *CaseView        `json:"case,omitempty" doc:"Missing: the request is lost"`
		NextTasks   []taskView       `json:"next_tasks,omitempty" doc:"The tasks this has opened"`
		Interaction *interactionView `json:"interaction,omitempty" doc:"By which the request came; missing: none is kept, of the company or the client (R22)"`
	}
}

// accept registers a request in one transaction: as a case with the interaction by which it came, or, when it is lost, as that
// interaction alone (R1, R41).
func (s *Server) accept(ctx context.Context, in *acceptInput) (*acceptOutput, error) {
	b := &in.Body
	if b.At == nil {
		b.At = new(s.clock())
	}
	if b.Direction == "" {
		b.Direction = "in"
	}
	if err := sensibleTime("/at", *b.At); err != nil {
		return nil, err
	}
	if b.As == acceptLost {
		return s.acceptLost(ctx, in)
	}
	if b.LostReason != "" {
		return nil, invalid("/lost_reason", "not_asked")
	}
	c, err := s.acceptedCase(ctx, in)
	if err != nil {
		return nil, err
	}
	made, err := s.create(ctx, c)
	if err != nil {
		return nil, err
	}
	out := &acceptOutput{Location: made.Location}
	out.Body.Case, out.Body.NextTasks = &made.Body.Case, made.Body.NextTasks
	first, err := s.services.Interactions.Interaction(ctx, c.First.ID)
	if known, ok := crm.AsError(err); ok && known.Kind == crm.KindNotFound {
		return out, nil // none is kept of the client (R22)
	}
	if err != nil {
		return nil, err
	}
	out.Body.Interaction = new(viewInteraction(first))
	return out, nil
}

// acceptedCase is the case of a request, on one of the maps that the wizard offers the caller.
func (s *Server) acceptedCase(ctx context.Context, in *acceptInput) (crm.NewCase, error) {
	b := &in.Body
	c, err := s.caseOf(ctx, crm.Kind(b.As), &NewCase{
		ClientID: b.ClientID, Client: b.Client, Topic: b.Topic, Source: b.Source, Fields: b.Fields, ResponsibleID: b.ResponsibleID,
	})
	if err != nil {
		return c, err
	}
	if b.ClientID == uuid.Nil && b.Client == nil && b.ContactID != uuid.Nil {
		contact, err := s.services.Clients.Contact(ctx, b.ContactID)
		if err != nil {
			return c, invalidUnlessFound(err, "/contact_id")
		}
		c.ClientID = contact.ClientID
	}
	c.First = &crm.FirstInteraction{ID: recordID(ctx), Kind: b.Kind, Direction: b.Direction, At: *b.At, Content: b.Content, ContactID: b.ContactID}
	offered, err := s.acceptanceMaps(ctx, c.Kind)
	if err != nil {
		return c, err
	}
	for i := range offered {
		if b.Map == "" || b.Map == offered[i].ID {
			c.MapID = offered[i].ID
			return c, nil
		}
	}
	return c, invalid("/map", "map_not_available")
}

// invalidUnlessFound names the field whose record does not exist; other errors stay as they are.
func invalidUnlessFound(err error, pointer string) error {
	if known, ok := crm.AsError(err); ok && known.Kind == crm.KindNotFound {
		return invalid(pointer, "not_found")
	}
	return err
}

// acceptLost records a request that is lost. No card is made of somebody unknown: he takes part by his name.
func (s *Server) acceptLost(ctx context.Context, in *acceptInput) (*acceptOutput, error) {
	b, by := &in.Body, userOf(ctx).ID
	i := crm.Interaction{
		ID: recordID(ctx), ClientID: b.ClientID, ContactID: b.ContactID, Kind: b.Kind, Direction: b.Direction, Status: crm.InteractionCompleted, At: *b.At,
		Topic: crm.OneLine(b.Topic), Content: b.Content, Lost: true, LostReason: crm.OneLine(b.LostReason), ResponsibleID: by, CreatedBy: by,
	}
	switch {
	case b.Map != "":
		return nil, invalid("/map", "not_asked")
	case len(b.Fields) > 0:
		return nil, invalid("/fields", "not_asked")
	case b.Source != "":
		return nil, invalid("/source", "not_asked")
	case b.Client != nil && b.ClientID != uuid.Nil:
		return nil, invalid("/client", "client_given_twice")
	case b.Client == nil && b.ClientID == uuid.Nil && b.ContactID == uuid.Nil:
		return nil, invalid("/client_id", codeRequired)
	}
	if b.ResponsibleID != uuid.Nil {
		i.ResponsibleID = b.ResponsibleID
	}
	if b.Client != nil {
		who, err := strangerOf(b.Client)
		if err != nil {
			return nil, err
		}
		i.Participants = who
	}
	if i.LostReason == "" {
		return nil, invalid("/lost_reason", codeRequired)
	}
	made, err := s.services.Interactions.CreateInteraction(ctx, i)
	if err != nil {
		return nil, err
	}
	out := &acceptOutput{Location: apiPrefix + "/interactions/" + made.ID.String()}
	out.Body.Interaction = new(viewInteraction(made))
	return out, nil
}

// strangerOf is somebody in no directory, with the number or address that he can be reached by.
func strangerOf(c *inlineClient) ([]crm.Participant, error) {
	p := crm.Participant{Name: crm.OneLine(c.Name)}
	switch {
	case p.Name == "":
		return nil, invalid("/client/name", codeRequired)
	case crm.OneLine(c.Phone) != "":
		p.DetailKind, p.Detail = crm.DetailPhone, crm.OneLine(c.Phone)
	case crm.OneLine(c.Email) != "":
		p.DetailKind, p.Detail = crm.DetailEmail, crm.OneLine(c.Email)
	}
	return []crm.Participant{p}, nil
}
