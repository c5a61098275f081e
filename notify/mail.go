package notify

import (
	"bytes"
	"fmt"
	"mime"
	netmail "net/mail"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"
)

// Mail is one message to one recipient.
type Mail struct {
	// MessageID is "<key@domain>", made by the caller from the notification's key, so that a message sent twice
	// carries the same one and mail programs can show it once.
	MessageID string
	From      Address // shown as the sender; absent: the sender of the [Config]
	ReplyTo   Address // where answers go; may be absent
	// Sender is the envelope's sender, to whom the server returns what cannot be delivered; absent: that of the [Config]. Receivers
	// compare its domain with From's (SPF, DMARC), so that a mail from a mailbox of its own has it there too.
	Sender  Address
	To      Address
	Subject string // line breaks become spaces
	Text    string // the plain text part; required
	HTML    string // the HTML part; may be empty
	Lang    string // "en" or "ru", for Content-Language; may be empty
	// Headers are further header fields (In-Reply-To, X-...). Those that this package sets itself are refused.
	Headers map[string]string
	// Personal says that a person wrote it and awaits an answer: it is not marked as a machine's. Where From is not the envelope's
	// sender, a header Sender names that one (RFC 5322, 3.6.2).
	Personal bool
	// Attachments go with it, in their order.
	Attachments []Attachment
}

// SendFrom lets the mail go from a mailbox, with answers to replyTo, or to the mailbox itself where that is empty. Without a mailbox it
// goes from the address of the [Config].
func (m *Mail) SendFrom(from Address, replyTo string) {
	m.From, m.Sender, m.ReplyTo = from, from, Address{Email: replyTo}
}

// Attachment is a file that goes with a mail.
type Attachment struct {
	Name    string // line breaks become spaces
	Type    string // its media type; empty: unknown
	Content []byte
}

// envelope is a message ready for the wire.
type envelope struct {
	from, to string
	utf8     bool // an address has non-ASCII letters before the @: the server must support SMTPUTF8
	data     []byte
}

var (
	messageIDForm  = regexp.MustCompile(`^<([A-Za-z0-9!#$%&'*+/=?^_{|}~.-]+@[A-Za-z0-9.-]+)>$`)
	headerNameForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*$`)
	languageForm   = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)
	ownHeaders     = regexp.MustCompile(`(?i)^(from|sender|to|cc|bcc|reply-to|return-path|subject|date|message-id|` +
		`mime-version|content-.*|auto-submitted|x-auto-response-suppress|received|dkim-signature)$`)
)

// compose turns the mail into an envelope. sender is the envelope's sender where the mail names none, and the default From. Its errors are
// Permanent: the same mail will never do.
func compose(m Mail, sender Address) (envelope, error) {
	from, err := mailbox(orElse(m.From, sender))
	if err != nil {
		return envelope{}, deliveryError(Permanent, CodeInvalidAddress, "From")
	}
	to, err := mailbox(m.To)
	if err != nil {
		return envelope{}, deliveryError(Permanent, CodeInvalidAddress, "To")
	}
	envelopeFrom, err := mailbox(orElse(m.Sender, orElse(sender, m.From)))
	if err != nil {
		return envelope{}, deliveryError(Permanent, CodeInvalidAddress, "sender")
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithEncoding(encodingFor(m.Text)))
	msg.FromMailAddress(from)
	msg.ToMailAddress(to)
	if m.Personal && from.Address != envelopeFrom.Address {
		msg.SetGenHeader("Sender", envelopeFrom.String())
	}
	replyTo := &netmail.Address{}
	if !m.ReplyTo.IsZero() {
		if replyTo, err = mailbox(m.ReplyTo); err != nil {
			return envelope{}, deliveryError(Permanent, CodeInvalidAddress, "Reply-To")
		}
		msg.ReplyToMailAddress(replyTo)
	}
	if err := setHeaders(msg, m); err != nil {
		return envelope{}, err
	}
	if err := setBody(msg, m); err != nil {
		return envelope{}, err
	}
	var data bytes.Buffer
	if _, err := msg.WriteTo(&data); err != nil {
		return envelope{}, deliveryError(Permanent, CodeBadMessage, "cannot be written as MIME")
	}
	return envelope{
		from: envelopeFrom.Address,
		to:   to.Address,
		utf8: !isASCII(envelopeFrom.Address + from.Address + to.Address + replyTo.Address),
		data: data.Bytes(),
	}, nil
}

func setHeaders(msg *gomail.Msg, m Mail) error {
	id := messageIDForm.FindStringSubmatch(m.MessageID)
	if id == nil {
		return deliveryError(Permanent, CodeBadMessage, "Message-ID must have the form <key@domain>")
	}
	msg.SetMessageIDWithValue(id[1])
	msg.Subject(headerText(m.Subject))
	if !m.Personal {
		// RFC 3834: a machine wrote this, so out-of-office programs must not answer it.
		msg.SetGenHeader("Auto-Submitted", "auto-generated")
		msg.SetGenHeader(gomail.HeaderXAutoResponseSuppress, "All")
	}
	if m.Lang != "" {
		if !languageForm.MatchString(m.Lang) {
			return deliveryError(Permanent, CodeBadMessage, "language must be a tag such as en or ru")
		}
		msg.SetGenHeader(gomail.HeaderContentLang, m.Lang)
	}
	for name, value := range m.Headers {
		if !headerNameForm.MatchString(name) || ownHeaders.MatchString(name) {
			return deliveryError(Permanent, CodeBadMessage, "a header of this name may not be set")
		}
		msg.SetGenHeader(gomail.Header(name), headerText(value))
	}
	return nil
}

func setBody(msg *gomail.Msg, m Mail) error {
	if strings.TrimSpace(m.Text) == "" {
		return deliveryError(Permanent, CodeBadMessage, "the text is empty")
	}
	msg.SetBodyString(gomail.TypeTextPlain, crlf(m.Text))
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, crlf(m.HTML))
	}
	return attach(msg, m.Attachments)
}

func attach(msg *gomail.Msg, files []Attachment) error {
	for i := range files {
		kind := files[i].Type
		if _, _, err := mime.ParseMediaType(kind); err != nil {
			kind = "application/octet-stream"
		}
		err := msg.AttachReader(headerText(files[i].Name), bytes.NewReader(files[i].Content),
			gomail.WithFileContentType(gomail.ContentType(kind)), gomail.WithFileEncoding(gomail.EncodingB64))
		if err != nil {
			return deliveryError(Permanent, CodeBadMessage, "a file cannot be attached")
		}
	}
	return nil
}

func orElse(a, b Address) Address {
	if a.IsZero() {
		return b
	}
	return a
}

func mailbox(a Address) (*netmail.Address, error) {
	email, err := ParseEmail(a.Email)
	if err != nil {
		return nil, err
	}
	return &netmail.Address{Name: headerText(a.Name), Address: email}, nil
}

// encodingFor picks quoted-printable, legible in the raw message, for texts mostly in ASCII, and base64, a third of
// the size, for the others.
func encodingFor(text string) gomail.Encoding {
	if 4*utf8.RuneCountInString(text) > 3*len(text) {
		return gomail.EncodingQP
	}
	return gomail.EncodingB64
}

// headerText makes a value safe for one header line: runs of white space, line breaks included, become one space,
// other control and direction-changing characters vanish, and what looks like an encoded word does so no longer: a reader's
// program would decode it, and show another name than was checked.
func headerText(s string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(cleanText(s)), " "), "=?", "= ?")
}

// cleanText drops what no reader should get: invalid UTF-8, control characters except tab and line breaks, and the
// characters that turn the direction of text, which can make one address look like another.
func cleanText(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n").Replace(s)
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
			return -1
		default:
			return r
		}
	}, s)
}

func isControlOrSpace(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }

func crlf(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "\r\n")
}

// String describes the mail without its recipient or content, so that it can be logged.
func (m Mail) String() string { return fmt.Sprintf("mail %s", m.MessageID) }
