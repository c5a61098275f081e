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

	"github.com/google/uuid"

	"marshrut/crm"
)

// maxFileName is the longest name of a file, in characters.
const maxFileName = 255

// fileView is a file attached to a case; its content is at GET /files/{id}.
type fileView struct {
	ID        uuid.UUID `json:"id" format:"uuid"`
	CaseID    uuid.UUID `json:"case_id" format:"uuid"`
	Name      string    `json:"name"`
	MediaType string    `json:"media_type"`
	Size      int64     `json:"size" doc:"Bytes"`
	SHA256    string    `json:"sha256" doc:"Of the content, hex"`
	CreatedAt time.Time `json:"created_at"`
	CreatedBy uuid.UUID `json:"created_by,omitzero" format:"uuid"`
}

func viewFile(f *crm.File) fileView {
	return fileView{
		ID: f.ID, CaseID: f.CaseID, Name: f.Name, MediaType: f.MediaType, Size: f.Size, SHA256: hex.EncodeToString(f.SHA256),
		CreatedAt: f.CreatedAt, CreatedBy: f.CreatedBy,
	}
}

func (s *Server) listFiles(ctx context.Context, in *CaseInput) (*listOutput[fileView], error) {
	c, err := s.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	files, err := s.services.Files.ListFiles(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	return listOf(files, viewFile), nil
}

type newFileInput struct {
	CaseInput
	ContentType string `header:"Content-Type" hidden:"true"`
	RawBody     []byte `contentType:"multipart/form-data"`
}

type newFileOutput struct {
	Location string `header:"Location"`
	Body     fileView
}

func (s *Server) createFile(ctx context.Context, in *newFileInput) (*newFileOutput, error) {
	file, content, err := filePart(in.ContentType, in.RawBody)
	if err != nil {
		return nil, err
	}
	c, err := s.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	file.ID, file.CaseID, file.CreatedBy = recordID(ctx), c.ID, userOf(ctx).ID
	stored, err := s.services.Files.CreateFile(ctx, *file, content)
	if err != nil {
		return nil, err
	}
	s.tellRoute(ctx, c.ID)
	return &newFileOutput{Location: apiPrefix + "/files/" + stored.ID.String(), Body: viewFile(stored)}, nil
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
		return &crm.File{Name: name, MediaType: mediaTypeOf(part.Header.Get("Content-Type"), content), Size: int64(len(content))}, content, nil
	}
}

// fileName is the last part of a path, without what cannot be in a name.
func fileName(sent string) string {
	name := path.Base(strings.ReplaceAll(strings.ToValidUTF8(sent, ""), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '/' {
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

func mediaTypeOf(sent string, content []byte) string {
	kind, _, err := mime.ParseMediaType(sent)
	if err == nil && kind != "application/octet-stream" && cleanText(kind) {
		return kind
	}
	kind, _, _ = mime.ParseMediaType(http.DetectContentType(content))
	return kind
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
