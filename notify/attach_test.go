package notify

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestR63_FilesGoWithALetter(t *testing.T) {
	t.Parallel()
	content := bytes.Repeat([]byte{0, 1, 0xff, '\n'}, 1000)
	e, err := compose(Mail{
		MessageID: "<one@office.example>", To: Address{Email: "anna@client.example"}, Subject: "Предложение", Text: "Во вложении.",
		Attachments: []Attachment{
			{Name: "Прайс\r\nX-Evil 1.pdf", Type: "application/pdf", Content: content}, {Name: "note", Type: "not a type\r\n", Content: []byte("x")},
		},
	}, Address{Email: "manager@office.example"})
	require.NoError(t, err)
	message, err := netmail.ReadMessage(bytes.NewReader(e.data))
	require.NoError(t, err)
	require.Empty(t, message.Header.Get("X-Evil"))
	kind, params, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	require.NoError(t, err)
	require.Equal(t, "multipart/mixed", kind)
	parts := multipart.NewReader(message.Body, params["boundary"])
	_, err = parts.NextPart() // the text
	require.NoError(t, err)
	for _, want := range []struct {
		name, kind string
		content    []byte
	}{{"Прайс X-Evil 1.pdf", "application/pdf", content}, {"note", "application/octet-stream", []byte("x")}} {
		part, err := parts.NextPart()
		require.NoError(t, err)
		kind, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		require.NoError(t, err)
		require.Equal(t, want.kind, kind)
		_, disposition, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
		require.NoError(t, err)
		name, err := new(mime.WordDecoder).DecodeHeader(disposition["filename"])
		require.NoError(t, err)
		require.Equal(t, want.name, name)
		got, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, part))
		require.NoError(t, err)
		require.Equal(t, want.content, got)
	}
	_, err = parts.NextPart()
	require.ErrorIs(t, err, io.EOF)
}
