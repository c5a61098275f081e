package server

import (
	"context"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

// MailboxView is an address that the company writes from.
type MailboxView struct {
	ID           uuid.UUID `json:"id" format:"uuid"`
	Name         string    `json:"name" doc:"What clients see as the sender"`
	Email        string    `json:"email" format:"email"`
	ReplyTo      string    `json:"reply_to,omitempty" format:"email" doc:"Where answers go; missing: to email"`
	DepartmentID uuid.UUID `json:"department_id,omitzero" format:"uuid" doc:"Letters of cases go from it whose responsible is of this department or of one below that has no mailbox of its own"`
	Active       bool      `json:"active" doc:"false: nothing goes from it"`
	Default      bool      `json:"default" doc:"What has no mailbox of a department goes from it, and so do letters to those who work here"`
	CreatedAt    time.Time `json:"created_at"`
	CreatedBy    uuid.UUID `json:"created_by,omitzero" format:"uuid"`
}

func viewMailbox(m *crm.Mailbox) MailboxView {
	return MailboxView{
		ID: m.ID, Name: m.Name, Email: m.Email, ReplyTo: m.ReplyTo, DepartmentID: m.DepartmentID, Active: m.Active, Default: m.Default,
		CreatedAt: m.CreatedAt, CreatedBy: m.CreatedBy,
	}
}

// senderView is what letters go from.
type senderView struct {
	Name  string `json:"name,omitempty"`
	Email string `json:"email" format:"email"`
}

type mailboxesOutput struct {
	Body struct {
		List[MailboxView]

		Otherwise *senderView `json:"otherwise,omitempty" doc:"What letters go from that none of them is for: the address of the program's own settings; missing: none is set up, and without a mail server nothing is sent"`
	}
}

func (s *Server) listMailboxes(ctx context.Context, _ *struct{}) (*mailboxesOutput, error) {
	all, err := s.services.Mailboxes.ListMailboxes(ctx)
	if err != nil {
		return nil, err
	}
	out := &mailboxesOutput{}
	out.Body.List = listOf(all, viewMailbox).Body
	if from := s.services.Mail.Configured(); !from.IsZero() {
		out.Body.Otherwise = &senderView{Name: from.Name, Email: from.Email}
	}
	return out, nil
}

// MailboxPath names a mailbox.
type MailboxPath struct {
	ID string `path:"id" doc:"Id of the mailbox"`
}

func (p MailboxPath) id() (uuid.UUID, error) { return idOf(p.ID, "mailbox_not_found") }

type mailboxOutput struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     MailboxView
}

func showMailbox(m *crm.Mailbox) *mailboxOutput {
	return &mailboxOutput{Location: apiPrefix + "/mailboxes/" + m.ID.String(), ETag: etag(m.Version), Body: viewMailbox(m)}
}

func (s *Server) mailbox(ctx context.Context, path MailboxPath) (*crm.Mailbox, error) {
	id, err := path.id()
	if err != nil {
		return nil, err
	}
	return s.services.Mailboxes.Mailbox(ctx, id)
}

func (s *Server) getMailbox(ctx context.Context, in *MailboxPath) (*mailboxOutput, error) {
	m, err := s.mailbox(ctx, *in)
	if err != nil {
		return nil, err
	}
	return showMailbox(m), nil
}

type newMailboxInput struct {
	Body struct {
		Name         string    `json:"name" minLength:"1" maxLength:"200" doc:"What clients see as the sender" example:"Ferry Crossing, sales"`
		Email        string    `json:"email" minLength:"3" maxLength:"254" example:"sales@ferry.example"`
		ReplyTo      string    `json:"reply_to,omitempty" maxLength:"254" doc:"Where answers go; without it: to email"`
		DepartmentID uuid.UUID `json:"department_id,omitzero" format:"uuid" doc:"One mailbox of a department at most is active"`
		Active       *bool     `json:"active,omitempty" doc:"Without it: true"`
		Default      bool      `json:"default,omitempty" doc:"true: in the place of the one before"`
	}
}

func (s *Server) createMailbox(ctx context.Context, in *newMailboxInput) (*mailboxOutput, error) {
	b := &in.Body
	p := crm.MailboxPatch{Name: trimmed(&b.Name), Email: trimmed(&b.Email), ReplyTo: trimmed(&b.ReplyTo)}
	if err := s.checkMailbox(&p); err != nil {
		return nil, err
	}
	made, err := s.services.Mailboxes.CreateMailbox(ctx, crm.Mailbox{
		ID: recordID(ctx), Name: *p.Name, Email: *p.Email, ReplyTo: *p.ReplyTo, DepartmentID: b.DepartmentID, Active: b.Active == nil || *b.Active,
		Default: b.Default, CreatedBy: userOf(ctx).ID,
	})
	if err != nil {
		return nil, err
	}
	return showMailbox(made), nil
}

// checkMailbox refuses what cannot be the name or an address of a mailbox.
func (s *Server) checkMailbox(p *crm.MailboxPatch) error {
	switch {
	case p.Name != nil && *p.Name == "":
		return invalid("/name", codeRequired)
	case p.Email != nil && !s.services.Mail.Carries(*p.Email):
		return invalid("/email", "expected_email")
	case p.ReplyTo != nil && *p.ReplyTo != "" && !s.services.Mail.Carries(*p.ReplyTo):
		return invalid("/reply_to", "expected_email")
	}
	return nil
}

type patchMailboxInput struct {
	MailboxPath
	MatchInput
	Body struct {
		Name         *string             `json:"name,omitempty" minLength:"1" maxLength:"200"`
		Email        *string             `json:"email,omitempty" minLength:"3" maxLength:"254"`
		ReplyTo      optional[string]    `json:"reply_to,omitzero" maxLength:"254" doc:"null: answers go to email"`
		DepartmentID optional[uuid.UUID] `json:"department_id,omitzero" format:"uuid" doc:"null: of none"`
		Active       *bool               `json:"active,omitempty" doc:"false: nothing goes from it; not of the default one"`
		Default      *bool               `json:"default,omitempty" doc:"true: in the place of the one before"`
	}
}

func (s *Server) patchMailbox(ctx context.Context, in *patchMailboxInput) (*mailboxOutput, error) {
	b := &in.Body
	p := crm.MailboxPatch{
		Name: trimmed(b.Name), Email: trimmed(b.Email), ReplyTo: trimmed(b.ReplyTo.orZero()), DepartmentID: b.DepartmentID.orZero(), Active: b.Active, Default: b.Default,
	}
	if err := s.checkMailbox(&p); err != nil {
		return nil, err
	}
	id, version, err := s.mailboxVersion(ctx, in.MailboxPath, in.MatchInput)
	if err != nil {
		return nil, err
	}
	m, err := s.services.Mailboxes.PatchMailbox(ctx, id, version, p)
	if err != nil {
		return nil, err
	}
	return showMailbox(m), nil
}

func (s *Server) mailboxVersion(ctx context.Context, path MailboxPath, match MatchInput) (uuid.UUID, int, error) {
	id, err := path.id()
	if err != nil {
		return id, 0, err
	}
	version, err := versionOf(ctx, match, id, s.services.Mailboxes.Mailbox, func(m *crm.Mailbox) int { return m.Version })
	return id, version, err
}

type matchMailboxInput struct {
	MailboxPath
	MatchInput
}

func (s *Server) deleteMailbox(ctx context.Context, in *matchMailboxInput) (*struct{}, error) {
	id, version, err := s.mailboxVersion(ctx, in.MailboxPath, in.MatchInput)
	if err != nil {
		return nil, err
	}
	return nil, s.services.Mailboxes.DeleteMailbox(ctx, id, version)
}

type testMailboxInput struct {
	MailboxPath
	Body struct {
		To string `json:"to,omitempty" maxLength:"254" doc:"Where it goes; without it: to one's own address"`
	}
}

type testMailboxOutput struct {
	Body struct {
		From senderView `json:"from"`
		To   string     `json:"to" format:"email"`
	}
}

// testMailbox sends a test letter. Nobody's letter leaves without its trace in the audit.
func (s *Server) testMailbox(ctx context.Context, in *testMailboxInput) (*testMailboxOutput, error) {
	m, err := s.mailbox(ctx, in.MailboxPath)
	if err != nil {
		return nil, err
	}
	to := crm.OneLine(in.Body.To)
	switch {
	case to != "" && !s.services.Mail.Carries(to):
		return nil, invalid("/to", "expected_email")
	case to == "" && userOf(ctx).Email == "":
		return nil, invalid("/to", "own_address_missing")
	case to == "":
		to = userOf(ctx).Email
	}
	letter := crm.TestLetter{ID: recordID(ctx), From: m.Sender(), To: to, Lang: langOf(ctx)}
	if letter.ID == uuid.Nil {
		letter.ID = uuid.New()
	}
	if err := s.services.Audit.RecordEvent(ctx, crm.AuditEvent{Table: "mailboxes", Action: "test_letter", RecordID: m.ID}); err != nil {
		return nil, err
	}
	if err := s.services.Mail.SendTest(ctx, letter); err != nil {
		return nil, err
	}
	out := &testMailboxOutput{}
	out.Body.From, out.Body.To = senderView{Name: m.Name, Email: m.Email}, to
	return out, nil
}
