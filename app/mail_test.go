package app //nolint:testpackage // what the API is given is made inside

import (
	"errors"
	"io"
	"net"
	"net/mail"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"marshrut/crm"
	"marshrut/notify"
)

// box is a mail server with one letter in it.
type box struct {
	says error // to who wants to send
	from string
	raw  string
}

// Mail begins a letter.
func (b *box) Mail(from string, _ *smtp.MailOptions) error {
	b.from = from
	return b.says
}

// Rcpt takes everybody.
func (*box) Rcpt(string, *smtp.RcptOptions) error { return nil }

// Data takes the letter.
func (b *box) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	b.raw = string(raw)
	return err
}

// Reset does nothing.
func (*box) Reset() {}

// Logout does nothing.
func (*box) Logout() error { return nil }

// serve answers at an address of its own.
func (b *box) serve(t *testing.T) *mailServer {
	t.Helper()
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return b, nil }))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() { _, _ = server.Close(), listener.Close(); <-served })
	return through(t, listener.Addr().String())
}

func through(t *testing.T, address string) *mailServer {
	t.Helper()
	config, err := notify.ParseSMTPURL("smtp://" + address + "?starttls=off&from=Marshrut%20<robot@firm.example>")
	require.NoError(t, err)
	mailer, err := notify.NewMailer(config)
	require.NoError(t, err)
	t.Cleanup(mailer.Close)
	return &mailServer{mailer: mailer, from: config.From, domain: "firm.example"}
}

func testLetter(lang crm.Lang) crm.TestLetter {
	return crm.TestLetter{
		ID: uuid.New(), From: crm.Sender{Name: "Sales", Email: "sales@brand.example", ReplyTo: "answers@brand.example"}, To: "admin@brand.example", Lang: lang,
	}
}

func TestATestLetterGoesFromTheMailbox(t *testing.T) {
	t.Parallel()
	b := &box{}
	letter := testLetter(crm.EN)
	require.NoError(t, b.serve(t).SendTest(t.Context(), letter))
	require.Equal(t, "sales@brand.example", b.from)
	m, err := mail.ReadMessage(strings.NewReader(b.raw))
	require.NoError(t, err)
	for name, want := range map[string]string{
		"From": `"Sales" <sales@brand.example>`, "To": "<admin@brand.example>", "Reply-To": "<answers@brand.example>", "Message-Id": "<test-" + letter.ID.String() + "@firm.example>",
		"Content-Language": "en",
	} {
		require.Equal(t, want, m.Header.Get(name), name)
	}
	text, err := io.ReadAll(m.Body)
	require.NoError(t, err)
	require.Contains(t, string(text), "letters can be sent from sales@brand.example")
}

// TestATestLetterTellsWhatTheServerRefused, in both languages, with its numbers and none of its words.
func TestATestLetterTellsWhatTheServerRefused(t *testing.T) {
	t.Parallel()
	b := &box{says: &smtp.SMTPError{Code: 553, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "sales@brand.example is not owned by robot"}}
	err := b.serve(t).SendTest(t.Context(), testLetter(crm.RU))
	refused, ok := errors.AsType[*crm.Error](err)
	require.True(t, ok)
	require.Equal(t, []string{"letter_refused", "sender_refused", "553 5.7.1", "сервер не принял отправителя"}, []string{refused.Code, refused.Params["reason"], refused.Params["reply"], refused.Names["reason"].RU})
	require.NotContains(t, err.Error(), "brand.example")
}

func TestATestLetterTellsThatThereIsNoServer(t *testing.T) {
	t.Parallel()
	err := (&mailServer{}).SendTest(t.Context(), testLetter(crm.RU))
	none, ok := errors.AsType[*crm.Error](err)
	require.True(t, ok)
	require.Equal(t, "mail_not_set_up", none.Code)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	nobody := through(t, listener.Addr().String())
	require.NoError(t, listener.Close())
	away, ok := errors.AsType[*crm.Error](nobody.SendTest(t.Context(), testLetter(crm.RU)))
	require.True(t, ok)
	require.Equal(t, []string{"letter_not_sent", "connect_failed"}, []string{away.Code, away.Params["reason"]})
}
