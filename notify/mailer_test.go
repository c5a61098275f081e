package notify_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"marshrut/notify"
)

func TestR51_MailArrivesWhole(t *testing.T) {
	server := startServer(t)
	mailer := server.mailer()
	m := letter()
	m.ReplyTo = notify.Address{Name: "Иван", Email: "ivan@example.com"}
	m.Headers = map[string]string{"X-Marshrut-Case": "A-000123"}
	if err := mailer.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	mails := server.received()
	if len(mails) != 1 {
		t.Fatalf("%d mails arrived, want 1", len(mails))
	}
	got := mails[0]
	if got.from != "crm@example.com" || got.to != "anna@client.example" {
		t.Errorf("envelope %s → %s", got.from, got.to)
	}
	message := parseMail(t, got.raw)
	for name, want := range map[string]string{
		"Message-Id":       "<n-17@example.com>",
		"Auto-Submitted":   "auto-generated",
		"Content-Language": "ru",
		"X-Marshrut-Case":  "A-000123",
		"Subject":          "Обращение № A-000123 принято",
	} {
		decoded, err := new(mime.WordDecoder).DecodeHeader(message.Header.Get(name))
		if err != nil || decoded != want {
			t.Errorf("%s is %q (%v), want %q", name, decoded, err, want)
		}
	}
	for name, want := range map[string]netmail.Address{
		"From":     {Name: "Ромашка", Address: "crm@example.com"},
		"To":       {Name: "Анна Петрова", Address: "anna@client.example"},
		"Reply-To": {Name: "Иван", Address: "ivan@example.com"},
	} {
		list, err := message.Header.AddressList(name)
		if err != nil || len(list) != 1 || *list[0] != want {
			t.Errorf("%s is %v (%v), want %v", name, list, err, want)
		}
	}
	parts := readParts(t, message)
	if text := strings.ReplaceAll(parts["text/plain"], "\r\n", "\n"); text != m.Text {
		t.Errorf("text part is %q, want %q", text, m.Text)
	}
	if parts["text/html"] != m.HTML {
		t.Errorf("HTML part is %q", parts["text/html"])
	}
	for i, line := range strings.Split(string(got.raw), "\r\n") {
		if len(line) > 998 || strings.ContainsFunc(line, func(r rune) bool { return r > 126 || r < ' ' && r != '\t' }) {
			t.Errorf("line %d is not mail: %q", i+1, line)
		}
	}
}

func readParts(t *testing.T, message *netmail.Message) map[string]string {
	t.Helper()
	kind, params, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("content type %q (%v)", kind, err)
	}
	parts := map[string]string{}
	reader := multipart.NewReader(message.Body, params["boundary"])
	for {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return parts
		}
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		var body io.Reader = part
		switch part.Header.Get("Content-Transfer-Encoding") {
		case "base64":
			body = base64.NewDecoder(base64.StdEncoding, part)
		case "quoted-printable":
			body = quotedprintable.NewReader(part)
		}
		content, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		parts[kind] = string(content)
	}
}

func TestR51_ServerTroubles(t *testing.T) {
	t.Parallel()
	const gone = "%d 5.1.1 <anna@client.example> Анна is unknown here"
	refusal := func(code int) string { return fmt.Sprintf(gone, code) }
	tests := []struct {
		name  string
		fault trouble
		class notify.Class
		code  notify.ReasonCode
	}{
		{"greeting 4xx", trouble{at: atGreeting, reply: refusal(450)}, notify.Retry, notify.CodeServerRefused},
		{"greeting 5xx", trouble{at: atGreeting, reply: refusal(554)}, notify.Retry, notify.CodeServerRefused},
		{"MAIL 4xx", trouble{at: atMail, reply: refusal(451)}, notify.Retry, notify.CodeDeferred},
		{"MAIL 421", trouble{at: atMail, reply: refusal(421)}, notify.Retry, notify.CodeServerBusy},
		{"MAIL 5xx", trouble{at: atMail, reply: refusal(550)}, notify.Permanent, notify.CodeSenderRefused},
		{"MAIL wants sign-in", trouble{at: atMail, reply: refusal(530)}, notify.Retry, notify.CodeAuthRefused},
		{"MAIL nonsense", trouble{at: atMail, reply: "hello there"}, notify.Retry, notify.CodeProtocol},
		{"RCPT 4xx", trouble{at: atRcpt, reply: refusal(450)}, notify.Retry, notify.CodeDeferred},
		{"RCPT 5xx", trouble{at: atRcpt, reply: refusal(550)}, notify.Permanent, notify.CodeRecipientRefused},
		{"DATA 4xx", trouble{at: atData, reply: refusal(451)}, notify.Retry, notify.CodeDeferred},
		{"DATA 5xx", trouble{at: atData, reply: refusal(554)}, notify.Permanent, notify.CodeMessageRefused},
		{"dot 4xx", trouble{at: atEnd, reply: refusal(452)}, notify.Retry, notify.CodeDeferred},
		{"dot 421", trouble{at: atEnd, reply: refusal(421)}, notify.Retry, notify.CodeServerBusy},
		{"dot 5xx", trouble{at: atEnd, reply: refusal(552)}, notify.Permanent, notify.CodeMessageRefused},
		{"dot nonsense", trouble{at: atEnd, reply: "hello there"}, notify.Unknown, notify.CodeProtocol},
		{"dot 3xx", trouble{at: atEnd, reply: "354 go on"}, notify.Unknown, notify.CodeProtocol},

		{"greeting drops", trouble{at: atGreeting, drop: true}, notify.Retry, notify.CodeConnectionLost},
		{"EHLO drops", trouble{at: atHello, drop: true}, notify.Retry, notify.CodeConnectionLost},
		{"MAIL drops", trouble{at: atMail, drop: true}, notify.Retry, notify.CodeConnectionLost},
		{"RCPT drops", trouble{at: atRcpt, drop: true}, notify.Retry, notify.CodeConnectionLost},
		{"DATA drops", trouble{at: atData, drop: true}, notify.Retry, notify.CodeConnectionLost},
		{"dot drops", trouble{at: atEnd, drop: true}, notify.Unknown, notify.CodeConnectionLost},

		{"greeting hangs", trouble{at: atGreeting}, notify.Retry, notify.CodeTimeout},
		{"EHLO hangs", trouble{at: atHello}, notify.Retry, notify.CodeTimeout},
		{"MAIL hangs", trouble{at: atMail}, notify.Retry, notify.CodeTimeout},
		{"RCPT hangs", trouble{at: atRcpt}, notify.Retry, notify.CodeTimeout},
		{"DATA hangs", trouble{at: atData}, notify.Retry, notify.CodeTimeout},
		{"dot hangs", trouble{at: atEnd}, notify.Unknown, notify.CodeTimeout},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := startServer(t)
			server.trouble(test.fault)
			mailer := server.mailer()
			err := mailer.Send(server.impatient(), letter())
			hasClass(t, err, test.class, test.code)
			for _, secret := range []string{"anna", "Анна", "client.example", "unknown here"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error names the recipient: %s", err)
				}
			}
			server.trouble()
			if err := mailer.Send(t.Context(), letter()); err != nil {
				t.Errorf("the next mail, the trouble being over: %v", err)
			}
		})
	}
}

func TestR51_ReasonKeepsTheNumbersOfTheReply(t *testing.T) {
	server := startServer(t)
	server.trouble(trouble{at: atRcpt, reply: "550 5.2.2 the box of Anna is full"})
	err := server.mailer().Send(t.Context(), letter())
	var failure *notify.DeliveryError
	if !errors.As(err, &failure) || failure.Reason != "recipient_refused: 550 5.2.2, mailbox full" {
		t.Errorf("got %v", err)
	}
}

func TestR51_ServerThatStopsReadingMeansRetry(t *testing.T) {
	server := startServer(t, stalling)
	m := letter()
	m.Text = strings.Repeat("a line that fills the buffers of both sides\n", 1<<19)
	hasClass(t, server.mailer().Send(server.impatient(), m), notify.Retry, notify.CodeTimeout)
}

func TestR51_DeadlineEndsTheSend(t *testing.T) {
	server := startServer(t)
	server.trouble(trouble{at: atGreeting})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	hasClass(t, server.mailer().Send(ctx, letter()), notify.Retry, notify.CodeTimeout)
	own := server.mailer(func(c *notify.Config) { c.Timeout = 50 * time.Millisecond })
	hasClass(t, own.Send(t.Context(), letter()), notify.Retry, notify.CodeTimeout)
}

func TestR51_CancelledSendReturnsAtOnce(t *testing.T) {
	server := startServer(t)
	server.trouble(trouble{at: atEnd})
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	mailer := server.mailer()
	go func() { result <- mailer.Send(ctx, letter()) }()
	waitFor(t, "the message is with the server", func() bool { return len(server.received()) == 1 })
	cancel()
	hasClass(t, <-result, notify.Unknown, notify.CodeTimeout)
}

func TestR51_ConnectionRefused(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	_ = listener.Close()
	mailer, err := notify.NewMailer(notify.Config{Host: "127.0.0.1", Port: port, From: notify.Address{Email: "crm@example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	defer mailer.Close()
	hasClass(t, mailer.Send(t.Context(), letter()), notify.Retry, notify.CodeConnectFailed)
}

func TestR51_MailerConnectionsAreReused(t *testing.T) {
	server := startServer(t)
	mailer := server.mailer()
	for range 20 {
		if err := mailer.Send(t.Context(), letter()); err != nil {
			t.Fatal(err)
		}
	}
	dialled, _ := server.connections()
	if dialled != 1 {
		t.Errorf("20 mails took %d connections, want 1", dialled)
	}
	if server.resets != 19 {
		t.Errorf("%d RSET between 20 mails, want 19", server.resets)
	}
}

func TestR51_RefusedRecipientLeavesConnectionUsable(t *testing.T) {
	server := startServer(t)
	mailer := server.mailer()
	server.trouble(trouble{at: atRcpt, reply: "550 5.1.1 no"})
	hasClass(t, mailer.Send(t.Context(), letter()), notify.Permanent, notify.CodeRecipientRefused)
	server.trouble()
	if err := mailer.Send(t.Context(), letter()); err != nil {
		t.Fatal(err)
	}
	if dialled, _ := server.connections(); dialled != 1 {
		t.Errorf("%d connections, want 1", dialled)
	}
}

func TestR51_StaleConnectionIsReplaced(t *testing.T) {
	server := startServer(t)
	mailer := server.mailer()
	if err := mailer.Send(t.Context(), letter()); err != nil {
		t.Fatal(err)
	}
	server.cutAll()
	if err := mailer.Send(t.Context(), letter()); err != nil {
		t.Fatal(err)
	}
	if dialled, _ := server.connections(); dialled != 2 || len(server.received()) != 2 {
		t.Errorf("%d connections, %d mails; want 2 and 2", dialled, len(server.received()))
	}
}

func TestR51_IdleConnectionIsClosed(t *testing.T) {
	server := startServer(t)
	mailer := server.mailer(func(c *notify.Config) { c.IdleTimeout = 50 * time.Millisecond })
	if err := mailer.Send(t.Context(), letter()); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the idle connection is closed", func() bool {
		dialled, open := server.connections()
		return dialled == 1 && open == 0
	})
}

func TestR51_ClosedMailerRefuses(t *testing.T) {
	server := startServer(t)
	mailer := server.mailer()
	if err := mailer.Send(t.Context(), letter()); err != nil {
		t.Fatal(err)
	}
	mailer.Close()
	waitFor(t, "no connection is left", func() bool { _, open := server.connections(); return open == 0 })
	hasClass(t, mailer.Send(t.Context(), letter()), notify.Retry, notify.CodeMailerClosed)
}

func TestR51_PoolBoundsConnections(t *testing.T) {
	server := startServer(t)
	mailer := server.mailer(func(c *notify.Config) { c.Pool = 3 })
	var group sync.WaitGroup
	for range 60 {
		group.Go(func() {
			if err := mailer.Send(t.Context(), letter()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if dialled, _ := server.connections(); dialled > 3 || len(server.received()) != 60 {
		t.Errorf("%d connections and %d mails, want at most 3 and 60", dialled, len(server.received()))
	}
}

func TestR51_BusyPoolMeansRetry(t *testing.T) {
	server := startServer(t)
	server.trouble(trouble{at: atEnd})
	mailer := server.mailer(func(c *notify.Config) { c.Pool = 1 })
	hold, release := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() { result <- mailer.Send(hold, letter()) }()
	waitFor(t, "the only connection is in use", func() bool { return len(server.received()) == 1 })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	hasClass(t, mailer.Send(ctx, letter()), notify.Retry, notify.CodePoolBusy)
	release()
	if err := <-result; err == nil {
		t.Error("a mail broken off is said to be sent")
	}
}

func TestR51_StartTLSWithOwnAuthority(t *testing.T) {
	server := startServer(t, withTLS, withAuth("PLAIN"))
	mailer := server.mailer(signedIn, func(c *notify.Config) {
		c.StartTLS, c.RootCAs, c.CAFile = notify.StartTLSRequired, nil, server.caFile
	})
	if err := mailer.Send(t.Context(), letter()); err != nil {
		t.Fatal(err)
	}
	if len(server.authed) != 1 {
		t.Errorf("signed in %d times, want 1", len(server.authed))
	}
}

func TestR51_UntrustedCertificateIsRefused(t *testing.T) {
	server := startServer(t, withTLS)
	mailer := server.mailer(func(c *notify.Config) { c.StartTLS, c.RootCAs = notify.StartTLSOpportunistic, nil })
	hasClass(t, mailer.Send(t.Context(), letter()), notify.Retry, notify.CodeTLSFailed)
}

func TestR51_MissingStartTLS(t *testing.T) {
	server := startServer(t)
	required := server.mailer(func(c *notify.Config) { c.StartTLS = notify.StartTLSRequired })
	hasClass(t, required.Send(t.Context(), letter()), notify.Retry, notify.CodeTLSUnavailable)
	opportunistic := server.mailer(func(c *notify.Config) { c.StartTLS = notify.StartTLSOpportunistic })
	if err := opportunistic.Send(t.Context(), letter()); err != nil {
		t.Error(err)
	}
}

func TestR51_SignIn(t *testing.T) {
	t.Parallel()
	for _, mechanism := range []string{"PLAIN", "LOGIN", "CRAM-MD5"} {
		t.Run(mechanism, func(t *testing.T) {
			t.Parallel()
			server := startServer(t, withAuth(mechanism))
			if err := server.mailer(signedIn).Send(t.Context(), letter()); err != nil {
				t.Fatal(err)
			}
			if len(server.authed) != 1 || server.authed[0] != mechanism {
				t.Errorf("signed in by %v, want %s", server.authed, mechanism)
			}
		})
	}
}

func TestR51_WrongPasswordIsNotTriedAgainAtOnce(t *testing.T) {
	t.Parallel()
	for _, mechanism := range []string{"PLAIN", "LOGIN", "CRAM-MD5"} {
		t.Run(mechanism, func(t *testing.T) {
			t.Parallel()
			server := startServer(t, withAuth(mechanism))
			mailer := server.mailer(signedIn, func(c *notify.Config) { c.Password = "wrong" })
			for range 3 {
				hasClass(t, mailer.Send(t.Context(), letter()), notify.Retry, notify.CodeAuthRefused)
			}
			if server.attempts != 1 {
				t.Errorf("%d sign-ins tried in a row, want 1: more could lock the account", server.attempts)
			}
		})
	}
}

func TestR51_NoWayToSignIn(t *testing.T) {
	server := startServer(t)
	hasClass(t, server.mailer(signedIn).Send(t.Context(), letter()), notify.Retry, notify.CodeAuthUnavailable)
}

func signedIn(c *notify.Config) { c.Username, c.Password = rightUser, rightPassword }

func TestR51_AddressesBeyondASCII(t *testing.T) {
	m := letter()
	m.To.Email = "анна@пример.рф"
	plain := startServer(t)
	hasClass(t, plain.mailer().Send(t.Context(), m), notify.Permanent, notify.CodeAddressNotSupported)
	modern := startServer(t, withSMTPUTF8)
	if err := modern.mailer().Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if to := modern.received()[0].to; to != "анна@xn--e1afmkfd.xn--p1ai" {
		t.Errorf("sent to %s", to)
	}
}

func TestR51_MalformedMailIsRefusedBeforeConnecting(t *testing.T) {
	tests := map[string]struct {
		change func(*notify.Mail)
		code   notify.ReasonCode
	}{
		"no recipient":         {func(m *notify.Mail) { m.To.Email = "" }, notify.CodeInvalidAddress},
		"two recipients":       {func(m *notify.Mail) { m.To.Email = "a@b.example, c@d.example" }, notify.CodeInvalidAddress},
		"line break in To":     {func(m *notify.Mail) { m.To.Email = "a@b.example\r\nRCPT TO:<x@y.example>" }, notify.CodeInvalidAddress},
		"parameters in To":     {func(m *notify.Mail) { m.To.Email = "a@b.example> SIZE=1" }, notify.CodeInvalidAddress},
		"bad From":             {func(m *notify.Mail) { m.From.Email = "nobody" }, notify.CodeInvalidAddress},
		"bad Reply-To":         {func(m *notify.Mail) { m.ReplyTo.Email = "nobody" }, notify.CodeInvalidAddress},
		"no Message-ID":        {func(m *notify.Mail) { m.MessageID = "" }, notify.CodeBadMessage},
		"broken Message-ID":    {func(m *notify.Mail) { m.MessageID = "<a@b>\r\nBcc: <x@y.example>" }, notify.CodeBadMessage},
		"no text":              {func(m *notify.Mail) { m.Text = " \n" }, notify.CodeBadMessage},
		"header name with CR":  {func(m *notify.Mail) { m.Headers = map[string]string{"X-A\r\nBcc": "x"} }, notify.CodeBadMessage},
		"header of our own":    {func(m *notify.Mail) { m.Headers = map[string]string{"bCC": "x@y.example"} }, notify.CodeBadMessage},
		"content header":       {func(m *notify.Mail) { m.Headers = map[string]string{"Content-Type": "text/html"} }, notify.CodeBadMessage},
		"language with breaks": {func(m *notify.Mail) { m.Lang = "ru\r\nX: y" }, notify.CodeBadMessage},
	}
	server := startServer(t)
	mailer := server.mailer()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m := letter()
			test.change(&m)
			hasClass(t, mailer.Send(t.Context(), m), notify.Permanent, test.code)
		})
	}
	if dialled, _ := server.connections(); dialled != 0 {
		t.Errorf("%d connections were made for mail that cannot be sent", dialled)
	}
}

func TestParseSMTPURL(t *testing.T) {
	tests := []struct {
		url  string
		want notify.Config
	}{
		{"smtp://127.0.0.1:1025", notify.Config{Host: "127.0.0.1", Port: 1025, StartTLS: notify.StartTLSOpportunistic}},
		{"smtp://mail.example.com", notify.Config{Host: "mail.example.com", Port: 25, StartTLS: notify.StartTLSOpportunistic}},
		{"smtp://u:p%40ss@mail.example.com", notify.Config{
			Host: "mail.example.com", Port: 587, Username: "u", Password: "p@ss", StartTLS: notify.StartTLSRequired,
		}},
		{"smtps://u:p@mail.example.com", notify.Config{
			Host: "mail.example.com", Port: 465, Username: "u", Password: "p", ImplicitTLS: true,
		}},
		{"smtp://[::1]:2525?starttls=off&pool=7&timeout=5s&idle=1m&helo=crm.test&ca=/etc/ca.pem&from=Acme%20%3Ccrm@example.com%3E", notify.Config{
			Host: "::1", Port: 2525, StartTLS: notify.StartTLSOff, Pool: 7, Timeout: 5 * time.Second, IdleTimeout: time.Minute,
			LocalName: "crm.test", CAFile: "/etc/ca.pem", From: notify.Address{Name: "Acme", Email: "crm@example.com"},
		}},
	}
	for _, test := range tests {
		got, err := notify.ParseSMTPURL(test.url)
		if err != nil || got != test.want {
			t.Errorf("%s: got %+v, %v", test.url, got, err)
		}
	}
}

func TestParseSMTPURLRefuses(t *testing.T) {
	const secret = "s3cret"
	for _, url := range []string{
		"", "mail.example.com:25", "http://mail.example.com", "smtp://", "smtp://u:" + secret + "@host:0", "smtp://u:" + secret + "@host:99999",
		"smtp://u:" + secret + "@host:abc", "smtp://user@host", "smtp://u:" + secret + "@host/path", "smtp://u:" + secret + "@host?starttls=maybe",
		"smtp://u:" + secret + "@host?starttls=off", "smtps://u:" + secret + "@host?starttls=required", "smtp://u:" + secret + "@host?pool=0",
		"smtp://u:" + secret + "@host?pool=x", "smtp://u:" + secret + "@host?timeout=5", "smtp://u:" + secret + "@host?from=nobody",
		"smtp://u:" + secret + "@host?colour=red", "smtp://u:" + secret + "@host?pool=1&pool=2", "smtp://u:" + secret + "%zz@host", "smtp://u:" + secret + "@host?a=%zz",
	} {
		_, err := notify.ParseSMTPURL(url)
		if err == nil {
			t.Errorf("%q was accepted", url)
		} else if strings.Contains(err.Error(), secret) {
			t.Errorf("%q: the error tells the password: %v", url, err)
		}
	}
}

func TestConfigHidesPassword(t *testing.T) {
	c, err := notify.ParseSMTPURL("smtp://u:s3cret@mail.example.com")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{c.String(), fmt.Sprintf("%+v", c), fmt.Sprintf("%q", c), c.LogValue().String()} {
		if strings.Contains(text, "s3cret") || !strings.Contains(text, "mail.example.com:587") {
			t.Errorf("got %q", text)
		}
	}
}
