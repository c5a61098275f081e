package server

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gabriel-vasile/mimetype"
	"github.com/google/uuid"

	"marshrut/crm"
)

// maxFileName is the longest name of a file, in characters.
const maxFileName = 255

// fileView is a file on a card; its content is at GET /files/{id}.
type fileView struct {
	ID            uuid.UUID  `json:"id" format:"uuid"`
	CaseID        uuid.UUID  `json:"case_id,omitzero" format:"uuid" doc:"What it lies on: one of the four"`
	ClientID      uuid.UUID  `json:"client_id,omitzero" format:"uuid"`
	ContactID     uuid.UUID  `json:"contact_id,omitzero" format:"uuid"`
	InteractionID uuid.UUID  `json:"interaction_id,omitzero" format:"uuid"`
	Name          string     `json:"name"`
	MediaType     string     `json:"media_type" doc:"As its content shows it"`
	Size          int64      `json:"size" doc:"Bytes"`
	SHA256        string     `json:"sha256" doc:"Of the content, hex"`
	CreatedAt     time.Time  `json:"created_at"`
	CreatedBy     uuid.UUID  `json:"created_by,omitzero" format:"uuid"`
	RemovedAt     *time.Time `json:"removed_at,omitempty" doc:"Missing: it lies there"`
	RemovedBy     uuid.UUID  `json:"removed_by,omitzero" format:"uuid"`
}

func viewFile(f *crm.File) fileView {
	v := fileView{
		ID: f.ID, Name: f.Name, MediaType: f.MediaType, Size: f.Size, SHA256: hex.EncodeToString(f.SHA256),
		CreatedAt: f.CreatedAt, CreatedBy: f.CreatedBy, RemovedAt: f.RemovedAt, RemovedBy: f.RemovedBy,
	}
	switch f.Card.Kind {
	case crm.CardCase:
		v.CaseID = f.Card.ID
	case crm.CardClient:
		v.ClientID = f.Card.ID
	case crm.CardContact:
		v.ContactID = f.Card.ID
	case crm.CardInteraction:
		v.InteractionID = f.Card.ID
	}
	return v
}

// CardInput names a card, and which of its files are wanted.
type CardInput struct {
	ID      string `path:"id" doc:"Id of the card, of a case also its number"`
	Removed bool   `query:"removed" doc:"Removed ones too"`
}

// cardOf finds the card that a path names.
func (s *Server) cardOf(ctx context.Context, kind crm.CardKind, text string) (crm.Card, error) {
	switch kind {
	case crm.CardClient:
		id, err := idOf(text, "client_not_found")
		if err != nil {
			return crm.Card{}, err
		}
		_, err = s.services.Clients.Client(ctx, id)
		return crm.Card{Kind: kind, ID: id}, err
	case crm.CardContact:
		id, err := idOf(text, "contact_not_found")
		if err != nil {
			return crm.Card{}, err
		}
		_, err = s.services.Clients.Contact(ctx, id)
		return crm.Card{Kind: kind, ID: id}, err
	case crm.CardInteraction:
		id, err := idOf(text, "interaction_not_found")
		if err != nil {
			return crm.Card{}, err
		}
		_, err = s.services.Interactions.Interaction(ctx, id)
		return crm.Card{Kind: kind, ID: id}, err
	case crm.CardCase:
	}
	c, err := s.find(ctx, text)
	if err != nil {
		return crm.Card{}, err
	}
	return crm.Card{Kind: crm.CardCase, ID: c.ID}, nil
}

// filesOn lists the files on cards of a kind.
func (s *Server) filesOn(kind crm.CardKind) func(context.Context, *CardInput) (*listOutput[fileView], error) {
	return func(ctx context.Context, in *CardInput) (*listOutput[fileView], error) {
		card, err := s.cardOf(ctx, kind, in.ID)
		if err != nil {
			return nil, err
		}
		files, err := s.services.Files.ListFiles(ctx, card, in.Removed)
		if err != nil {
			return nil, err
		}
		return listOf(files, viewFile), nil
	}
}

type newFileInput struct {
	ID          string `path:"id" doc:"Id of the card, of a case also its number"`
	ContentType string `header:"Content-Type" hidden:"true"`
	RawBody     []byte `contentType:"multipart/form-data"`
}

type newFileOutput struct {
	Location string `header:"Location"`
	Body     fileView
}

// createFileOn puts a file on a card of a kind.
func (s *Server) createFileOn(kind crm.CardKind) func(context.Context, *newFileInput) (*newFileOutput, error) {
	return func(ctx context.Context, in *newFileInput) (*newFileOutput, error) {
		file, content, err := filePart(in.ContentType, in.RawBody)
		if err != nil {
			return nil, err
		}
		if file.Card, err = s.cardOf(ctx, kind, in.ID); err != nil {
			return nil, err
		}
		file.ID, file.CreatedBy = recordID(ctx), userOf(ctx).ID
		stored, err := s.services.Files.CreateFile(ctx, *file, content)
		if err != nil {
			return nil, err
		}
		if err := s.tellFilesRoute(ctx, stored.Card); err != nil {
			return nil, err
		}
		return &newFileOutput{Location: apiPrefix + "/files/" + stored.ID.String(), Body: viewFile(stored)}, nil
	}
}

// tellFilesRoute brings a new file to the route of its case, if it has one (R11).
func (s *Server) tellFilesRoute(ctx context.Context, on crm.Card) error {
	switch on.Kind {
	case crm.CardCase:
		s.tellRoute(ctx, on.ID)
	case crm.CardInteraction:
		i, err := s.services.Interactions.Interaction(ctx, on.ID)
		if err != nil {
			return err
		}
		s.tellRoute(ctx, i.Home())
	case crm.CardClient, crm.CardContact:
	}
	return nil
}

type changedFileOutput struct{ Body fileView }

// removeFile takes a file off its card, and restoreFile puts it back; what it holds is kept.
func (s *Server) removeFile(ctx context.Context, in *filePath) (*changedFileOutput, error) {
	return s.changeFile(ctx, in, true)
}

func (s *Server) restoreFile(ctx context.Context, in *filePath) (*changedFileOutput, error) {
	return s.changeFile(ctx, in, false)
}

func (s *Server) changeFile(ctx context.Context, in *filePath, removed bool) (*changedFileOutput, error) {
	id, err := idOf(in.ID, "file_not_found")
	if err != nil {
		return nil, err
	}
	f, err := s.services.Files.RemoveFile(ctx, id, removed, userOf(ctx))
	if err != nil {
		return nil, err
	}
	return &changedFileOutput{Body: viewFile(f)}, nil
}

// filePart takes the part "file" out of a form.
func filePart(contentType string, body []byte) (*crm.File, []byte, error) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil || kind != "multipart/form-data" {
		return nil, nil, failed(http.StatusUnsupportedMediaType, "unsupported_media_type")
	}
	parts := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, nil, invalid("/file", codeRequired)
		}
		if err != nil {
			return nil, nil, failed(http.StatusBadRequest, "malformed_form")
		}
		if part.FormName() != "file" {
			continue
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return nil, nil, failed(http.StatusBadRequest, "malformed_form")
		}
		if len(content) > maxFile {
			return nil, nil, failed(http.StatusRequestEntityTooLarge, "body_too_large").with("limit", "25 MiB")
		}
		if len(content) == 0 {
			return nil, nil, invalid("/file", "file_empty")
		}
		name := fileName(part.FileName())
		if name == "" {
			return nil, nil, invalid("/file", "file_without_name")
		}
		return &crm.File{Name: name, MediaType: mimetype.Detect(content).String(), Size: int64(len(content))}, content, nil
	}
}

// fileName is the last part of a path, without what cannot be in a name.
func fileName(sent string) string {
	name := path.Base(strings.ReplaceAll(strings.ToValidUTF8(sent, ""), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		// Marks that turn the direction of writing make a name look like another one.
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '/' {
			return -1
		}
		return r
	}, name)
	name = strings.TrimSpace(name)
	if name == "." || name == ".." {
		return ""
	}
	for utf8.RuneCountInString(name) > maxFileName {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return name
}

type filePath struct {
	ID string `path:"id" doc:"Id of the file"`
}

type fileOutput struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	CSP         string `header:"Content-Security-Policy"`
	Body        []byte
}

// getFile always offers the file for saving: a page somebody attached must not run as one of ours.
func (s *Server) getFile(ctx context.Context, in *filePath) (*fileOutput, error) {
	id, err := idOf(in.ID, "file_not_found")
	if err != nil {
		return nil, err
	}
	file, content, err := s.services.Files.File(ctx, id)
	if err != nil {
		return nil, err
	}
	return &fileOutput{
		ContentType: file.MediaType, Body: content, CSP: "sandbox; default-src 'none'",
		Disposition: mime.FormatMediaType("attachment", map[string]string{"filename": file.Name}),
	}, nil
}
