package mailbox

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"regexp"
	"strings"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // koi8-r, windows-1251 and the like
	"github.com/emersion/go-message/mail"
)

// What a message may be made of; the rest is shown in its source only.
const (
	maxDepth = 16
	maxParts = 500
)

var headTag = regexp.MustCompile(`(?i)<head(\s[^>]*)?>`)

// Header is one line of a message's head, decoded.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Attachment is a part of a message that is a file.
type Attachment struct {
	Name string `json:"name"`
	Type string `json:"type"`
	Size int    `json:"size"` // bytes
	// Data is what is in the file.
	Data []byte `json:"-"`
	// contentID is what the message's HTML calls an image by.
	contentID string
}

// Message is a message taken apart. Whatever cannot be decoded is left as it came.
type Message struct {
	Headers     []Header
	Text        string
	HTML        string
	Attachments []Attachment

	parts int
}

func (m *Message) header(name string) string {
	for _, header := range m.Headers {
		if strings.EqualFold(header.Name, name) {
			return header.Value
		}
	}
	return ""
}

// parse never fails: what is no message by the rules is shown as text.
func parse(raw []byte) *Message {
	m := new(Message)
	entity, err := message.ReadWithOptions(bytes.NewReader(raw), &message.ReadOptions{MaxHeaderBytes: maxMessage})
	if err != nil && !readable(err) {
		m.Text = string(bytes.ToValidUTF8(raw, []byte("�")))
		return m
	}
	for fields := entity.Header.Fields(); fields.Next(); {
		m.Headers = append(m.Headers, Header{fields.Key(), decoded(fields.Text, fields.Value())})
	}
	m.add(entity, 0)
	return m
}

// readable tells whether an entity came with the error: its charset or encoding is unknown, and it is left undecoded.
func readable(err error) bool {
	return message.IsUnknownCharset(err) || message.IsUnknownEncoding(err)
}

func decoded(decode func() (string, error), raw string) string {
	text, err := decode()
	if err != nil {
		text = raw
	}
	return strings.ToValidUTF8(text, "�")
}

func (m *Message) add(entity *message.Entity, depth int) {
	m.parts++
	if m.parts > maxParts || depth > maxDepth {
		return
	}
	parts := entity.MultipartReader()
	if parts == nil {
		m.addLeaf(entity)
		return
	}
	for {
		part, err := parts.NextPart()
		// Anything but the end is a message cut short: what was read is shown.
		if err != nil && !readable(err) {
			return
		}
		m.add(part, depth+1)
	}
}

func (m *Message) addLeaf(entity *message.Entity) {
	mediaType, _, err := entity.Header.ContentType()
	if err != nil || mediaType == "" {
		mediaType = "text/plain"
	}
	name := decoded((&mail.AttachmentHeader{Header: entity.Header}).Filename, "")
	disposition, _, err := entity.Header.ContentDisposition()
	if err != nil {
		disposition = ""
	}
	body, err := io.ReadAll(entity.Body)
	if err != nil && len(body) == 0 && !errors.Is(err, io.ErrUnexpectedEOF) {
		body = []byte(err.Error())
	}
	isText := mediaType == "text/plain" || mediaType == "text/html"
	if !isText || disposition == "attachment" || name != "" {
		m.attach(entity, name, mediaType, body)
		return
	}
	text := strings.ToValidUTF8(string(body), "�")
	if mediaType == "text/html" {
		m.HTML += text
		return
	}
	if m.Text != "" && !strings.HasSuffix(m.Text, "\n") {
		m.Text += "\n"
	}
	m.Text += text
}

func (m *Message) attach(entity *message.Entity, name, mediaType string, body []byte) {
	if name == "" {
		name = fmt.Sprintf("part-%d", len(m.Attachments)+1)
		if extensions, err := mime.ExtensionsByType(mediaType); err == nil && len(extensions) > 0 {
			name += extensions[0]
		}
	}
	m.Attachments = append(m.Attachments, Attachment{
		Name: name, Type: mediaType, Size: len(body), Data: body,
		contentID: strings.Trim(entity.Header.Get("Content-Id"), "<> "),
	})
}

// page is the message's HTML with the images that came with it put in, as a document of its own that opens its links in
// another window.
func (m *Message) page() []byte {
	html := m.HTML
	for _, file := range m.Attachments {
		if file.contentID == "" || !strings.HasPrefix(file.Type, "image/") {
			continue
		}
		image := "data:" + file.Type + ";base64," + base64.StdEncoding.EncodeToString(file.Data)
		for _, quote := range []string{`"`, `'`} {
			html = strings.ReplaceAll(html, quote+"cid:"+file.contentID+quote, quote+image+quote)
		}
	}
	const base = `<base target="_blank">`
	if head := headTag.FindStringIndex(html); head != nil {
		return []byte(html[:head[1]] + base + html[head[1]:])
	}
	return []byte(base + html)
}
