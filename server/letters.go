package server

import (
	"context"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

type letterView struct {
	ID             uuid.UUID              `json:"id" format:"uuid"`
	CaseID         uuid.UUID              `json:"case_id" format:"uuid"`
	InteractionID  uuid.UUID              `json:"interaction_id" format:"uuid" doc:"The letter in the case's feed"`
	NotificationID uuid.UUID              `json:"notification_id" format:"uuid" doc:"Its delivery in the case's ledger"`
	AuthorID       uuid.UUID              `json:"author_id" format:"uuid"`
	ToName         string                 `json:"to_name"`
	To             string                 `json:"to" format:"email"`
	Subject        string                 `json:"subject"`
	Text           string                 `json:"text"`
	Signature      string                 `json:"signature,omitempty"`
	ReplyTo        uuid.UUID              `json:"reply_to,omitzero" format:"uuid" doc:"The letter that it goes on from"`
	FileIDs        []uuid.UUID            `json:"file_ids,omitempty" doc:"What goes with it"`
	Status         crm.NotificationStatus `json:"status" enum:"pending,sending,sent,failed,unknown,skipped"`
	Reason         string                 `json:"reason,omitempty"`
	CreatedAt      time.Time              `json:"created_at"`
}

func viewLetter(l *crm.Letter) letterView {
	return letterView{
		ID: l.ID, CaseID: l.CaseID, InteractionID: l.InteractionID, NotificationID: l.NotificationID, AuthorID: l.AuthorID, ToName: l.ToName,
		To: l.ToEmail, Subject: l.Subject, Text: l.Body, Signature: l.Signature, ReplyTo: l.ReplyTo, FileIDs: l.Files, Status: l.Status, Reason: l.Reason,
		CreatedAt: l.CreatedAt,
	}
}

func (s *Server) listLetters(ctx context.Context, in *CaseInput) (*listOutput[letterView], error) {
	c, err := s.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	letters, err := s.services.Letters.Letters(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	return pageOf(crm.Page[crm.Letter]{Items: letters}, viewLetter)
}

type newLetterInput struct {
	CaseInput
	Body struct {
		To      string    `json:"to" minLength:"3" maxLength:"320" doc:"An e-mail address of the client or of one of its contacts" example:"olga@example.com"`
		Subject string    `json:"subject" minLength:"1" maxLength:"300"`
		Text    string    `json:"text" minLength:"1" maxLength:"100000" doc:"Plain text; the author's signature is added"`
		ReplyTo uuid.UUID `json:"reply_to,omitzero" format:"uuid" doc:"Id of the letter that it goes on from, for the thread in mail programs"`
		FileIDs ids       `json:"file_ids,omitempty" maxItems:"20" doc:"Files of the case or its client that go with it, 20 MiB at most together"`
	}
}

type letterOutput struct {
	Location string `header:"Location"`
	Body     letterView
}

// createLetter sends an e-mail that the user has written, from his own address. The answer does not wait for its delivery.
func (s *Server) createLetter(ctx context.Context, in *newLetterInput) (*letterOutput, error) {
	b := &in.Body
	subject := crm.OneLine(b.Subject)
	switch {
	case subject == "":
		return nil, invalid("/subject", codeRequired)
	case crm.Blank(b.Text):
		return nil, invalid("/text", codeRequired)
	}
	c, err := s.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	made, err := s.services.Letters.CreateLetter(ctx, crm.Letter{
		ID: recordID(ctx), CaseID: c.ID, AuthorID: userOf(ctx).ID, ToEmail: b.To, Subject: subject, Body: b.Text, ReplyTo: b.ReplyTo,
		Files: b.FileIDs,
	})
	if err != nil {
		return nil, err
	}
	return &letterOutput{Location: apiPrefix + "/cases/" + c.ID.String() + "/letters", Body: viewLetter(made)}, nil
}
