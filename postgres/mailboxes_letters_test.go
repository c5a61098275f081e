package postgres_test

import (
	"bytes"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/mail"
	"testing"

	"github.com/emersion/go-smtp"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"marshrut/activities"
	"marshrut/crm"
	"marshrut/notify"
	"marshrut/postgres"
)

// arrived is a letter as the mail server took it.
type arrived struct {
	envelope, from, name, replyTo, sender, id string
}

// postOffice delivers an office's letters through a real mail server, which says to each sender what refuses says.
type postOffice struct {
	*activities.Activities
	*office

	refuses map[string]*smtp.SMTPError // by the envelope's sender
	asked   int
	mails   []arrived
}

// mailSession is one letter to the mail server; the sessions of a test come one after the other.
type mailSession struct {
	to       *postOffice
	envelope string
}

// Mail begins a letter.
func (s *mailSession) Mail(from string, _ *smtp.MailOptions) error {
	s.envelope, s.to.asked = from, s.to.asked+1
	if refused, ok := s.to.refuses[from]; ok {
		return refused
	}
	return nil
}

// Rcpt takes everybody.
func (*mailSession) Rcpt(string, *smtp.RcptOptions) error { return nil }

// Data takes the letter.
func (s *mailSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	from, err := (&mail.AddressParser{WordDecoder: &mime.WordDecoder{}}).Parse(m.Header.Get("From"))
	if err != nil {
		return err
	}
	s.to.mails = append(s.to.mails, arrived{
		envelope: s.envelope, from: from.Address, name: from.Name, replyTo: m.Header.Get("Reply-To"), sender: m.Header.Get("Sender"), id: m.Header.Get("Message-Id"),
	})
	return nil
}

// Reset does nothing.
func (*mailSession) Reset() {}

// Logout does nothing.
func (*mailSession) Logout() error { return nil }

func newPostOffice(t *testing.T) *postOffice {
	t.Helper()
	of := &postOffice{office: newOffice(t, postgres.Options{}), refuses: map[string]*smtp.SMTPError{}}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &mailSession{to: of}, nil }))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() { _, _ = server.Close(), listener.Close(); <-served })
	config, err := notify.ParseSMTPURL("smtp://" + listener.Addr().String() + "?starttls=off&from=Marshrut%20<robot@firm.example>")
	require.NoError(t, err)
	mailer, err := notify.NewMailer(config)
	require.NoError(t, err)
	t.Cleanup(mailer.Close)
	shipped, err := notify.Shipped()
	require.NoError(t, err)
	of.Activities = &activities.Activities{
		Store: of.DB, Mailer: mailer, Writer: &activities.Writer{Maps: of.DB, Shipped: shipped, Domain: "firm.example"}, Log: slog.New(slog.DiscardHandler),
	}
	return of
}

// accepted is the letter that tells a client that his request has been accepted, of a case that the user is responsible for.
func (of *postOffice) accepted(responsible *crm.User) uuid.UUID {
	of.t.Helper()
	c := of.create(crm.NewCase{Kind: crm.Appeal, By: responsible.ID})
	of.exec("update cases set responsible_id = $2 where id = $1", c.ID, responsible.ID)
	var id uuid.UUID
	require.NoError(of.t, of.Pool().QueryRow(of.t.Context(), "select id from notifications where case_id = $1 and template = 'appeal-accepted'", c.ID).Scan(&id))
	return id
}

// deliver makes one attempt, and gives what has arrived; nil: nothing.
func (of *postOffice) deliver(id uuid.UUID) *arrived {
	of.t.Helper()
	before := len(of.mails)
	if _, err := of.Deliver(of.t.Context(), activities.DeliverRequest{Notification: id}); err != nil && len(of.mails) == before {
		return nil
	}
	if len(of.mails) == before {
		return nil
	}
	return &of.mails[before]
}

// TestR39_ALetterGoesFromTheMailboxOfTheDepartment of the case's responsible, or of the nearest one above it, else from the default
// one, else from the configured address; the envelope's sender is of the same domain.
func TestR39_ALetterGoesFromTheMailboxOfTheDepartment(t *testing.T) {
	t.Parallel()
	of := newPostOffice(t)
	sales := of.manager.DepartmentID
	south, err := of.CreateDepartment(t.Context(), crm.Department{Key: "south", Name: crm.Text{RU: "Юг"}, ParentID: sales})
	require.NoError(t, err)
	service, err := of.CreateDepartment(t.Context(), crm.Department{Key: "service", Name: crm.Text{RU: "Сервис"}})
	require.NoError(t, err)
	ofSouth, ofService := of.user("south", south.ID, crm.RoleManager), of.user("service", service.ID, crm.RoleManager)

	require.Equal(t, []string{"robot@firm.example", "robot@firm.example", ""}, of.from(of.accepted(of.manager)), "without any mailbox")
	of.mailbox(crm.Mailbox{Name: "ООО «Фирма»", Email: "office@brand.example", Default: true})
	require.Equal(t, []string{"office@brand.example", "office@brand.example", ""}, of.from(of.accepted(of.manager)), "from the default one")
	of.mailbox(crm.Mailbox{Name: "Отдел продаж", Email: "sales@brand.example", ReplyTo: "answers@brand.example", DepartmentID: sales})
	require.Equal(t, []string{"sales@brand.example", "sales@brand.example", "<answers@brand.example>"}, of.from(of.accepted(of.manager)), "from the department's")
	require.Equal(t, "Отдел продаж", of.mails[len(of.mails)-1].name)
	require.Equal(t, "sales@brand.example", of.from(of.accepted(ofSouth))[0], "from that of the department above")
	require.Equal(t, "office@brand.example", of.from(of.accepted(ofService))[0], "a department beside has none")

	toStaff := of.accepted(of.manager)
	of.exec("update notifications set recipient = $2 where id = $1", toStaff, "user:"+of.director.ID.String())
	require.Equal(t, "office@brand.example", of.from(toStaff)[0], "colleagues hear from the default one")
}

func (of *postOffice) from(id uuid.UUID) []string {
	of.t.Helper()
	a := of.deliver(id)
	require.NotNil(of.t, a)
	require.Empty(of.t, a.sender, "an automatic letter has no other sender")
	return []string{a.from, a.envelope, a.replyTo}
}

// TestR51_AnotherAttemptIsTheSameLetter: what it goes from is fixed with the first attempt, whatever the mailboxes and the case are by
// then. When that address is gone, and when a person has a refused one sent again, it is found anew.
func TestR51_AnotherAttemptIsTheSameLetter(t *testing.T) {
	t.Parallel()
	of := newPostOffice(t)
	ctx := t.Context()
	of.mailbox(crm.Mailbox{Email: "office@firm.example", Default: true})
	later := &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "later"}
	of.refuses["office@firm.example"] = later
	first, second, third := of.accepted(of.manager), of.accepted(of.manager), of.accepted(of.manager)
	for _, id := range []uuid.UUID{first, second, third} {
		require.Nil(t, of.deliver(id))
	}
	ofSales := of.mailbox(crm.Mailbox{Email: "sales@firm.example", DepartmentID: of.manager.DepartmentID})
	delete(of.refuses, "office@firm.example")
	again := of.deliver(first)
	require.NotNil(t, again)
	require.Equal(t, []string{"office@firm.example", "office@firm.example", "<" + first.String() + "@firm.example>"}, []string{again.from, again.envelope, again.id})
	ledger, err := of.Notification(ctx, first)
	require.NoError(t, err)
	require.Equal(t, "office@firm.example", ledger.Sender.Email)

	all, err := of.ListMailboxes(ctx)
	require.NoError(t, err)
	require.NoError(t, of.DeleteMailbox(ctx, all[0].ID, all[0].Version))
	require.Equal(t, "sales@firm.example", of.deliver(second).from, "its mailbox is deleted")

	of.refuses["sales@firm.example"] = &smtp.SMTPError{Code: 553, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "not yours"}
	require.Nil(t, of.deliver(third))
	refused, err := of.Notification(ctx, third)
	require.NoError(t, err)
	require.Equal(t, []any{crm.NotificationFailed, "sender_refused"}, []any{refused.Status, refused.Reason})
	right := "right@firm.example"
	_, err = of.PatchMailbox(ctx, ofSales.ID, ofSales.Version, crm.MailboxPatch{Email: &right})
	require.NoError(t, err)
	_, err = of.ReopenNotification(ctx, third, of.manager.ID)
	require.NoError(t, err)
	require.Equal(t, right, of.deliver(third).from, "sent again from the address as it is now")
}

// TestAMailboxThatIsCorrectedOrSwitchedOffLetsWaitingLettersGo on by the rule as it is then.
func TestAMailboxThatIsCorrectedOrSwitchedOffLetsWaitingLettersGo(t *testing.T) {
	t.Parallel()
	of := newPostOffice(t)
	ctx := t.Context()
	m := of.mailbox(crm.Mailbox{Email: "offfice@firm.example", DepartmentID: of.manager.DepartmentID})
	of.refuses["offfice@firm.example"] = &smtp.SMTPError{Code: 450, Message: "unknown for the time being"}
	first, second := of.accepted(of.manager), of.accepted(of.manager)
	require.Nil(t, of.deliver(first))
	require.Nil(t, of.deliver(second))
	email, off := "office@firm.example", false
	m, err := of.PatchMailbox(ctx, m.ID, m.Version, crm.MailboxPatch{Email: &email})
	require.NoError(t, err)
	require.Equal(t, email, of.deliver(first).from)
	_, err = of.PatchMailbox(ctx, m.ID, m.Version, crm.MailboxPatch{Active: &off})
	require.NoError(t, err)
	require.Equal(t, "robot@firm.example", of.deliver(second).from)
}

// TestR63_WhoHasNoAddressWritesFromTheMailbox; all others from their own, whatever mailboxes there are.
func TestR63_WhoHasNoAddressWritesFromTheMailbox(t *testing.T) {
	t.Parallel()
	of := newPostOffice(t)
	c := of.create(crm.NewCase{Kind: crm.Interest, MapID: "new-clients", ResponsibleID: of.manager.ID})
	of.exec("update users set email = '' where login = 'manager'")
	_, err := of.CreateLetter(t.Context(), crm.Letter{CaseID: c.ID, AuthorID: of.manager.ID, ToEmail: "info@romashka.example", Subject: "x", Body: "y"})
	require.True(t, isCode(err, "no_own_address"), "%v", err)
	of.mailbox(crm.Mailbox{Name: "Отдел продаж", Email: "sales@brand.example", ReplyTo: "answers@brand.example", DepartmentID: of.manager.DepartmentID})
	a := of.deliver(of.write(c, "info@romashka.example", uuid.Nil).NotificationID)
	require.Equal(t, arrived{envelope: "sales@brand.example", from: "sales@brand.example", name: "Отдел продаж", replyTo: "<answers@brand.example>", id: a.id}, *a)
	of.exec("update users set email = 'manager@brand.example' where login = 'manager'")
	a = of.deliver(of.write(c, "info@romashka.example", uuid.Nil).NotificationID)
	require.Equal(t, []string{"manager@brand.example", "robot@firm.example", "", `"Marshrut" <robot@firm.example>`}, []string{a.from, a.envelope, a.replyTo, a.sender})
}
