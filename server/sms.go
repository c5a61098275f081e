package server

import (
	"context"
	"time"

	"github.com/google/uuid"

	"marshrut/addressbook"
	"marshrut/crm"
)

type smsView struct {
	InteractionID  uuid.UUID              `json:"interaction_id" format:"uuid" doc:"The text message in the case's feed"`
	NotificationID uuid.UUID              `json:"notification_id" format:"uuid" doc:"Its delivery in the case's ledger"`
	CaseID         uuid.UUID              `json:"case_id" format:"uuid"`
	AuthorID       uuid.UUID              `json:"author_id" format:"uuid"`
	ContactID      uuid.UUID              `json:"contact_id" format:"uuid"`
	ToName         string                 `json:"to_name"`
	To             string                 `json:"to" doc:"E.164" example:"+79161234567"`
	Text           string                 `json:"text"`
	Status         crm.NotificationStatus `json:"status" enum:"pending,sending,sent,failed,unknown,skipped"`
	Reason         string                 `json:"reason,omitempty"`
	CreatedAt      time.Time              `json:"created_at"`
}

type newSMSInput struct {
	CaseInput
	Body struct {
		To   string `json:"to" minLength:"3" maxLength:"50" doc:"The mobile of a contact of the client, however it is written (R40)" example:"+7 916 123-45-67"`
		Text string `json:"text" minLength:"1" maxLength:"670"`
	}
}

type smsOutput struct {
	Location string `header:"Location"`
	Body     smsView
}

// createSMS sends a text message that the user has written (R42). The answer does not wait for its delivery.
func (s *Server) createSMS(ctx context.Context, in *newSMSInput) (*smsOutput, error) {
	text := crm.Lines(in.Body.Text)
	if text == "" {
		return nil, invalid("/text", codeRequired)
	}
	to, code := addressbook.Normal(crm.ContactDetail{Kind: crm.DetailMobile, Value: in.Body.To})
	if code != "" {
		return nil, invalid("/to", code)
	}
	c, err := s.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	m, err := s.services.Letters.CreateSMS(ctx, crm.SMS{ID: recordID(ctx), CaseID: c.ID, AuthorID: userOf(ctx).ID, To: to.Number, Text: text})
	if err != nil {
		return nil, err
	}
	return &smsOutput{Location: apiPrefix + "/interactions/" + m.ID.String(), Body: smsView{
		InteractionID: m.ID, NotificationID: m.NotificationID, CaseID: m.CaseID, AuthorID: m.AuthorID, ContactID: m.ContactID, ToName: m.ToName,
		To: m.To, Text: m.Text, Status: m.Status, Reason: m.Reason, CreatedAt: m.CreatedAt,
	}}, nil
}
