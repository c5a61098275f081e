package server

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

// participantView is who takes part in an interaction: one of the ids, or the name of somebody in no directory (R23, R46).
type participantView struct {
	UserID     uuid.UUID      `json:"user_id,omitzero" format:"uuid"`
	ContactID  uuid.UUID      `json:"contact_id,omitzero" format:"uuid"`
	ClientID   uuid.UUID      `json:"client_id,omitzero" format:"uuid"`
	Name       string         `json:"name,omitempty" maxLength:"300" doc:"Of somebody who is in no directory"`
	DetailKind crm.DetailKind `json:"detail_kind,omitempty" enum:"email,mailing,mobile,phone,fax,legal_address,postal_address,actual_address,messenger,site,other" doc:"With detail: the kind of it"`
	Detail     string         `json:"detail,omitempty" maxLength:"300" doc:"The address or number he was reached by"`
}

// interactionView is a call, a meeting or a message, planned or done.
type interactionView struct {
	ID            uuid.UUID             `json:"id" format:"uuid"`
	CaseID        uuid.UUID             `json:"case_id,omitzero" format:"uuid"`
	ClientID      uuid.UUID             `json:"client_id,omitzero" format:"uuid"`
	ContactID     uuid.UUID             `json:"contact_id,omitzero" format:"uuid"`
	Kind          crm.InteractionKind   `json:"kind" enum:"call,meeting,email,sms,calendar,other"`
	Direction     string                `json:"direction,omitempty" enum:"in,out"`
	Status        crm.InteractionStatus `json:"status" enum:"planned,completed,cancelled"`
	At            time.Time             `json:"at"`
	EndsAt        *time.Time            `json:"ends_at,omitempty"`
	Topic         string                `json:"topic"`
	Content       string                `json:"content,omitempty"`
	Result        string                `json:"result,omitempty" doc:"What came of it"`
	Participants  []participantView     `json:"participants"`
	SubjectID     uuid.UUID             `json:"subject_id,omitzero" format:"uuid" doc:"The interaction that this one is about (R24); without it: the case is"`
	ChainID       uuid.UUID             `json:"chain_id" format:"uuid" doc:"The first interaction of the chain; chain=ID lists the whole of it"`
	DealID        uuid.UUID             `json:"deal_id,omitzero" format:"uuid" doc:"The deal of the whole chain (R25)"`
	Lost          bool                  `json:"lost,omitempty" doc:"Seen to be lost when it was accepted: no interest was made (R1, R41)"`
	LostReason    string                `json:"lost_reason,omitempty" doc:"Key of the reference list loss_reason"`
	ResponsibleID uuid.UUID             `json:"responsible_id,omitzero" format:"uuid"`
	ReviewAfter   *time.Time            `json:"review_after,omitempty" doc:"When it is to be looked at (R28)"`
	RemindAt      *time.Time            `json:"remind_at,omitempty"`
	RemindedAt    *time.Time            `json:"reminded_at,omitempty" doc:"The reminder has been given"`
	ReviewedAt    *time.Time            `json:"reviewed_at,omitempty"`
	ReviewedBy    uuid.UUID             `json:"reviewed_by,omitzero" format:"uuid"`
	OffRegisterAt *time.Time            `json:"off_register_at,omitempty" doc:"Its case was closed: it is in the register of planned events no more (R17)"`
	Negotiations  bool                  `json:"negotiations,omitempty" doc:"Its case is one of negotiations under way: reports leave both out (R21)"`
	Version       int                   `json:"version"`
	CreatedAt     time.Time             `json:"created_at"`
	CreatedBy     uuid.UUID             `json:"created_by,omitzero" format:"uuid" doc:"The author"`
}

func viewInteraction(i *crm.Interaction) interactionView {
	v := interactionView{
		ID: i.ID, CaseID: i.CaseID, ClientID: i.ClientID, ContactID: i.ContactID, Kind: i.Kind, Direction: i.Direction,
		Status: i.Status, At: i.At, EndsAt: i.EndsAt, Topic: i.Topic, Content: i.Content, Result: i.Result,
		Participants: make([]participantView, 0, len(i.Participants)), SubjectID: i.SubjectID, ChainID: i.ChainKey(), DealID: i.DealID,
		Lost: i.Lost, LostReason: i.LostReason, ResponsibleID: i.ResponsibleID, ReviewAfter: i.ReviewAfter, RemindAt: i.RemindAt,
		RemindedAt: i.RemindedAt, ReviewedAt: i.ReviewedAt, ReviewedBy: i.ReviewedBy, OffRegisterAt: i.OffRegisterAt, Negotiations: i.Negotiating,
		Version: i.Version, CreatedAt: i.CreatedAt, CreatedBy: i.CreatedBy,
	}
	for _, p := range i.Participants {
		v.Participants = append(v.Participants, participantView(p))
	}
	return v
}

// participantsOf checks who is said to take part.
func participantsOf(sent []participantView) ([]crm.Participant, error) {
	all := make([]crm.Participant, 0, len(sent))
	for k, v := range sent {
		p := crm.Participant(v)
		p.Name, p.Detail = crm.OneLine(p.Name), crm.OneLine(p.Detail)
		pointer := "/participants/" + strconv.Itoa(k)
		switch {
		case !p.Named():
			return nil, invalid(pointer, "one_participant")
		case (p.DetailKind == "") != (p.Detail == ""):
			return nil, invalid(pointer+"/detail", "detail_incomplete")
		}
		all = append(all, p)
	}
	return all, nil
}

type interactionFilter struct {
	PageInput
	Case        string                `query:"case" doc:"Id of a case" maxLength:"36"`
	Client      string                `query:"client" doc:"Id of a client: with it, or with it or a contact of it taking part (R47)" maxLength:"36"`
	Contact     string                `query:"contact" doc:"Id of a contact: with him, or with him taking part (R47)" maxLength:"36"`
	Deal        string                `query:"deal" doc:"Id of a deal (R25)" maxLength:"36"`
	Chain       string                `query:"chain" doc:"Chain id of an interaction: the whole chain (R24)" maxLength:"36"`
	Responsible string                `query:"responsible" doc:"Id of a user, me, or none (R27)" maxLength:"36"`
	Department  string                `query:"department" doc:"Id of a department: that of the responsible, or one above it" maxLength:"36"`
	Author      string                `query:"author" doc:"Id of a user, or me" maxLength:"36"`
	Kind        []crm.InteractionKind `query:"kind" enum:"call,meeting,email,sms,calendar,other" maxItems:"6" doc:"One kind or several: call,meeting"`
	Status      crm.InteractionStatus `query:"status" enum:"planned,completed,cancelled"`
	Register    bool                  `query:"register" doc:"The register of planned events: planned, and not taken out of it by the end of their cases (R17)"`
	Reviewed    string                `query:"reviewed" enum:"true,false" doc:"R28"`
	ReviewDue   string                `query:"review_due" doc:"Not reviewed, with a review-after up to this time (R28)" format:"date-time"`
	Lost        bool                  `query:"lost" doc:"Only those lost at acceptance (R41)"`
	LostReason  string                `query:"lost_reason" maxLength:"63" doc:"Only those lost at acceptance for this reason: key of an item of the reference list loss_reason"`
	Negotiation string                `query:"negotiations" enum:"true,false" doc:"Of cases that are negotiations under way, or all others (R21)"`
	From        string                `query:"from" doc:"The first time" format:"date-time"`
	To          string                `query:"to" doc:"Before this time" format:"date-time"`
	Order       string                `query:"order" enum:"oldest,newest" default:"oldest"`
}

func (in *interactionFilter) filter(ctx context.Context) (crm.InteractionFilter, error) {
	f := crm.InteractionFilter{
		Kinds: in.Kind, Status: in.Status, Register: in.Register, Lost: in.Lost || in.LostReason != "", LostReason: in.LostReason,
		Newest: in.Order == "newest", Limit: in.limit(),
	}
	var err error
	if f.After, err = in.cursor(); err != nil {
		return f, err
	}
	if f.After != nil && f.After.At == nil {
		return f, failed(http.StatusBadRequest, "invalid_cursor").field(ProblemField{Parameter: "after", Code: "invalid_cursor"})
	}
	for name, one := range map[string]struct {
		text string
		id   *uuid.UUID
	}{
		"case": {in.Case, &f.CaseID}, "client": {in.Client, &f.ClientID}, "contact": {in.Contact, &f.ContactID}, "deal": {in.Deal, &f.DealID},
		"department": {in.Department, &f.Department},
		"chain":      {in.Chain, &f.ChainID},
	} {
		if *one.id, err = idParameter(name, one.text); err != nil {
			return f, err
		}
	}
	if in.Responsible == "none" {
		f.Unassigned = true
	} else if f.Responsible, err = userParameter(ctx, "responsible", in.Responsible); err != nil {
		return f, err
	}
	if f.Author, err = userParameter(ctx, "author", in.Author); err != nil {
		return f, err
	}
	if in.Reviewed != "" {
		reviewed := in.Reviewed == "true"
		f.Reviewed = &reviewed
	}
	if in.Negotiation != "" {
		negotiating := in.Negotiation == "true"
		f.Negotiating = &negotiating
	}
	err = in.times(&f)
	return f, err
}

func (in *interactionFilter) times(f *crm.InteractionFilter) error {
	for name, one := range map[string]struct {
		text string
		to   **time.Time
	}{"review_due": {in.ReviewDue, &f.ReviewDue}, "from": {in.From, &f.From}, "to": {in.To, &f.Through}} {
		at, err := timeParameter(name, one.text)
		if err != nil {
			return err
		}
		*one.to = at
	}
	return nil
}

// timeParameter reads a time of a query; empty: nil.
func timeParameter(name, text string) (*time.Time, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // no time, nothing to narrow by
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || sensibleTime("", at) != nil {
		return nil, failed(http.StatusUnprocessableEntity, "validation_failed").field(ProblemField{Parameter: name, Code: "expected_time"})
	}
	return &at, nil
}

func (s *Server) listInteractions(ctx context.Context, in *interactionFilter) (*listOutput[interactionView], error) {
	f, err := in.filter(ctx)
	if err != nil {
		return nil, err
	}
	page, err := s.services.Interactions.ListInteractions(ctx, f)
	if err != nil {
		return nil, err
	}
	return pageOf(page, viewInteraction)
}

// InteractionPath names an interaction.
type InteractionPath struct {
	ID string `path:"id" doc:"Id of the interaction"`
}

type interactionOutput struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     interactionView
}

func showInteraction(i *crm.Interaction) *interactionOutput {
	return &interactionOutput{ETag: etag(i.Version), Body: viewInteraction(i)}
}

func (s *Server) getInteraction(ctx context.Context, in *InteractionPath) (*interactionOutput, error) {
	id, err := idOf(in.ID, "interaction_not_found")
	if err != nil {
		return nil, err
	}
	i, err := s.services.Interactions.Interaction(ctx, id)
	if err != nil {
		return nil, err
	}
	return showInteraction(i), nil
}

type newInteractionInput struct {
	Body struct {
		CaseID        uuid.UUID             `json:"case_id,omitzero" format:"uuid" doc:"Without it: the client's interest, where exactly one is open (R1)"`
		ClientID      uuid.UUID             `json:"client_id,omitzero" format:"uuid" doc:"Without it: the case's, the subject's or the contact's client"`
		ContactID     uuid.UUID             `json:"contact_id,omitzero" format:"uuid"`
		Kind          crm.InteractionKind   `json:"kind" enum:"call,meeting,email,sms,calendar,other"`
		Direction     string                `json:"direction,omitempty" enum:"in,out"`
		Status        crm.InteractionStatus `json:"status,omitempty" enum:"planned,completed" default:"completed"`
		At            time.Time             `json:"at" doc:"When it was, or is planned"`
		EndsAt        *time.Time            `json:"ends_at,omitempty"`
		Topic         string                `json:"topic,omitempty" maxLength:"500"`
		Content       string                `json:"content,omitempty" maxLength:"20000"`
		Result        string                `json:"result,omitempty" maxLength:"5000" doc:"What came of it"`
		Participants  *[]participantView    `json:"participants,omitempty" maxItems:"100" doc:"Without them, a planned one made from a subject has the subject's (R26)"`
		SubjectID     uuid.UUID             `json:"subject_id,omitzero" format:"uuid" doc:"The interaction that it is made from (R24, R26)"`
		DealID        uuid.UUID             `json:"deal_id,omitzero" format:"uuid" doc:"Set for all those of the chain that have none (R25)"`
		ResponsibleID optional[uuid.UUID]   `json:"responsible_id,omitzero" format:"uuid" doc:"Without it: whoever records it; null: nobody yet (R27)"`
		ReviewAfter   *time.Time            `json:"review_after,omitempty" doc:"R28"`
		RemindAt      *time.Time            `json:"remind_at,omitempty" doc:"When to remind the responsible of it (R28)"`
		Lost          bool                  `json:"lost,omitempty" doc:"Seen to be lost at acceptance: it is recorded without an interest (R1, R41)"`
		LostReason    string                `json:"lost_reason,omitempty" maxLength:"63" example:"price" doc:"Of what is lost: key of an item in use of the reference list loss_reason; remarks belong into content"`
		Alone         bool                  `json:"alone,omitempty" doc:"Not to be recorded in the client's interest (R22)"`
	}
}

func (s *Server) createInteraction(ctx context.Context, in *newInteractionInput) (*interactionOutput, error) {
	i, err := in.interaction(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.remindLater(i.RemindAt); err != nil {
		return nil, err
	}
	made, err := s.services.Interactions.CreateInteraction(ctx, *i)
	if err != nil {
		return nil, err
	}
	s.tellRoute(ctx, made.Home())
	out := showInteraction(made)
	out.Location = apiPrefix + "/interactions/" + made.ID.String()
	return out, nil
}

func (in *newInteractionInput) interaction(ctx context.Context) (*crm.Interaction, error) {
	b, by := &in.Body, userOf(ctx).ID
	i := &crm.Interaction{
		ID: recordID(ctx), CaseID: b.CaseID, ClientID: b.ClientID, ContactID: b.ContactID, Kind: b.Kind, Direction: b.Direction,
		Status: b.Status, At: b.At, EndsAt: b.EndsAt, Topic: crm.OneLine(b.Topic), Content: b.Content, Result: b.Result,
		SubjectID: b.SubjectID, DealID: b.DealID, Lost: b.Lost, LostReason: crm.OneLine(b.LostReason), Alone: b.Alone,
		ResponsibleID: by, ReviewAfter: b.ReviewAfter, RemindAt: b.RemindAt, CreatedBy: by,
	}
	if responsible := b.ResponsibleID.orZero(); responsible != nil {
		i.ResponsibleID = *responsible
	}
	if err := sensibleTimes(&b.At, b.EndsAt, b.ReviewAfter, b.RemindAt); err != nil {
		return nil, err
	}
	if b.Participants != nil {
		var err error
		if i.Participants, err = participantsOf(*b.Participants); err != nil {
			return nil, err
		}
	}
	return i, in.complete(i)
}

// complete refuses what belongs to nobody and what contradicts itself.
func (in *newInteractionInput) complete(i *crm.Interaction) error {
	known := i.CaseID != uuid.Nil || i.ClientID != uuid.Nil || i.ContactID != uuid.Nil || i.SubjectID != uuid.Nil ||
		i.DealID != uuid.Nil || len(i.Participants) > 0
	switch {
	case !known:
		return invalid("/client_id", codeRequired)
	case i.Lost && i.Status == crm.InteractionPlanned:
		return invalid("/lost", "lost_is_over")
	case i.LostReason != "" && !i.Lost:
		return invalid("/lost_reason", "not_asked")
	case i.LostReason == "" && i.Lost:
		return invalid("/lost_reason", codeRequired)
	}
	return nil
}

// sensibleTime refuses years that are typing errors, and that Postgres may not hold.
func sensibleTime(pointer string, at time.Time) error {
	if at.Year() < 1900 || at.Year() > 2200 {
		return invalid(pointer, "time_out_of_range")
	}
	return nil
}

// sensibleTimes looks at the times of an interaction; nil: not given.
func sensibleTimes(at, ends, review, remind *time.Time) error {
	for _, one := range []struct {
		pointer string
		at      *time.Time
	}{{"/at", at}, {"/ends_at", ends}, {"/review_after", review}, {"/remind_at", remind}} {
		if one.at == nil {
			continue
		}
		if err := sensibleTime(one.pointer, *one.at); err != nil {
			return err
		}
	}
	return nil
}

// remindLater refuses a reminder that lies behind.
func (s *Server) remindLater(at *time.Time) error {
	if at != nil && !at.After(s.clock()) {
		return invalid("/remind_at", "in_the_past")
	}
	return nil
}

type patchInteractionInput struct {
	InteractionPath
	MatchInput
	Body struct {
		CaseID        optional[uuid.UUID]    `json:"case_id,omitzero" format:"uuid" doc:"null: of no case"`
		ClientID      optional[uuid.UUID]    `json:"client_id,omitzero" format:"uuid" doc:"null: not known"`
		ContactID     optional[uuid.UUID]    `json:"contact_id,omitzero" format:"uuid" doc:"null: not known"`
		Kind          *crm.InteractionKind   `json:"kind,omitempty" enum:"call,meeting,email,sms,calendar,other"`
		Direction     *string                `json:"direction,omitempty" enum:"in,out"`
		Status        *crm.InteractionStatus `json:"status,omitempty" enum:"planned,completed,cancelled" doc:"Cancelled ones stay in the feed; planned restores one (R4)"`
		At            *time.Time             `json:"at,omitempty" doc:"Its end and its reminder move with it"`
		EndsAt        optional[time.Time]    `json:"ends_at,omitzero" format:"date-time" doc:"null: open"`
		Topic         *string                `json:"topic,omitempty" maxLength:"500"`
		Content       *string                `json:"content,omitempty" maxLength:"20000"`
		Result        *string                `json:"result,omitempty" maxLength:"5000"`
		Participants  *[]participantView     `json:"participants,omitempty" maxItems:"100" doc:"All of them"`
		SubjectID     optional[uuid.UUID]    `json:"subject_id,omitzero" format:"uuid" doc:"R24; null: none"`
		DealID        optional[uuid.UUID]    `json:"deal_id,omitzero" format:"uuid" doc:"Set for all those of the chain that have none (R25); null takes it off this one"`
		ResponsibleID optional[uuid.UUID]    `json:"responsible_id,omitzero" format:"uuid" doc:"null: nobody"`
		ReviewAfter   optional[time.Time]    `json:"review_after,omitzero" format:"date-time" doc:"R28; null: none"`
		RemindAt      optional[time.Time]    `json:"remind_at,omitzero" format:"date-time" doc:"R28; null: none"`
		Reviewed      *bool                  `json:"reviewed,omitempty" doc:"R28"`
	}
}

func (in *patchInteractionInput) patch() (crm.InteractionPatch, error) {
	b := &in.Body
	p := crm.InteractionPatch{
		CaseID: b.CaseID.orZero(), ClientID: b.ClientID.orZero(), ContactID: b.ContactID.orZero(), Kind: b.Kind, Direction: b.Direction,
		Status: b.Status, At: b.At, EndsAt: b.EndsAt.orNone(), Topic: trimmed(b.Topic), Content: b.Content, Result: b.Result,
		SubjectID: b.SubjectID.orZero(), DealID: b.DealID.orZero(), ResponsibleID: b.ResponsibleID.orZero(),
		ReviewAfter: b.ReviewAfter.orNone(), RemindAt: b.RemindAt.orNone(), Reviewed: b.Reviewed,
	}
	if err := sensibleTimes(b.At, b.EndsAt.value, b.ReviewAfter.value, b.RemindAt.value); err != nil {
		return p, err
	}
	if b.Participants != nil {
		all, err := participantsOf(*b.Participants)
		if err != nil {
			return p, err
		}
		p.Participants = &all
	}
	return p, nil
}

func (s *Server) patchInteraction(ctx context.Context, in *patchInteractionInput) (*interactionOutput, error) {
	id, err := idOf(in.ID, "interaction_not_found")
	if err != nil {
		return nil, err
	}
	version, err := s.interactionVersion(ctx, id, in.MatchInput)
	if err != nil {
		return nil, err
	}
	p, err := in.patch()
	if err != nil {
		return nil, err
	}
	if err := s.remindLater(in.Body.RemindAt.value); err != nil {
		return nil, err
	}
	i, err := s.services.Interactions.PatchInteraction(ctx, id, version, p, userOf(ctx).ID)
	if err != nil {
		return nil, err
	}
	s.tellRoute(ctx, i.Home())
	return showInteraction(i), nil
}

// tellRoute brings a record that may have moved its case on to the case's route (R11); uuid.Nil: it is of no case.
func (s *Server) tellRoute(ctx context.Context, caseID uuid.UUID) {
	if caseID != uuid.Nil {
		s.services.Routes.Tell(ctx, caseID)
	}
}

func (s *Server) interactionVersion(ctx context.Context, id uuid.UUID, match MatchInput) (int, error) {
	return versionOf(ctx, match, id, s.services.Interactions.Interaction, func(i *crm.Interaction) int { return i.Version })
}

// anyVersion changes an interaction whatever version it has: only what is sent is changed.
const anyVersion = 0

type bulkInput struct {
	Body struct {
		IDs           ids                 `json:"ids" minItems:"1" maxItems:"200" doc:"Each once"`
		ResponsibleID optional[uuid.UUID] `json:"responsible_id,omitzero" format:"uuid" doc:"R27; null: nobody"`
		Reviewed      *bool               `json:"reviewed,omitempty" doc:"R28"`
	}
}

// bulkItem is what became of one interaction of many.
type bulkItem struct {
	ID      uuid.UUID `json:"id" format:"uuid"`
	Version int       `json:"version,omitempty" doc:"Of one that was changed"`
	Code    string    `json:"code,omitempty" doc:"Why one was not changed"`
	Text    string    `json:"text,omitempty" doc:"The same in the caller's language"`
}

type bulkOutput struct {
	Body struct {
		Changed int        `json:"changed"`
		Items   []bulkItem `json:"items" doc:"One for each of the ids, in their order"`
	}
}

// changeInteractions sets the responsible or the flag "reviewed" of many (R27, R28). Each is changed by itself: that one of
// them cannot be is said beside it, and the others are.
func (s *Server) changeInteractions(ctx context.Context, in *bulkInput) (*bulkOutput, error) {
	p := crm.InteractionPatch{ResponsibleID: in.Body.ResponsibleID.orZero(), Reviewed: in.Body.Reviewed}
	if p == (crm.InteractionPatch{}) {
		return nil, invalid("/responsible_id", codeRequired)
	}
	for n, id := range in.Body.IDs {
		if slices.Contains(in.Body.IDs[:n], id) {
			return nil, invalid("/ids/"+strconv.Itoa(n), "repeated_item")
		}
	}
	out := &bulkOutput{}
	for _, id := range in.Body.IDs {
		item := bulkItem{ID: id}
		i, err := s.services.Interactions.PatchInteraction(ctx, id, anyVersion, p, userOf(ctx).ID)
		known, refused := crm.AsError(err)
		switch {
		case refused && len(known.Fields) > 0 && out.Body.Changed == 0:
			return nil, err // the value is wrong, for all of them
		case refused:
			item.Code = known.Code
			if len(known.Fields) > 0 { // the value was right for those before: they stay changed
				item.Code = known.Fields[0].Code
			}
			said, _ := s.texts.find(langOf(ctx), item.Code)
			item.Text = said.Title
		case err != nil:
			return nil, fmt.Errorf("change interaction %s: %w", id, err)
		default:
			item.Version = i.Version
			out.Body.Changed++
		}
		out.Body.Items = append(out.Body.Items, item)
	}
	return out, nil
}
