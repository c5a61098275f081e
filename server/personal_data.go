package server

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

// personalData is the file data.json of everything that is held on a client.
type personalData struct {
	At       time.Time                    `json:"at"`
	ClientID uuid.UUID                    `json:"client_id"`
	Records  map[string][]json.RawMessage `json:"records"` // rows by table
	Audit    []auditView                  `json:"audit"`
}

// getPersonalData gathers everything that is held on a client: what a person may ask for.
func (s *Server) getPersonalData(ctx context.Context, in *ClientPath) (*fileOutput, error) {
	id, err := idOf(in.ID, "client_not_found")
	if err != nil {
		return nil, err
	}
	data, err := s.services.Audit.PersonalData(ctx, id)
	if err != nil {
		return nil, err
	}
	packed, err := packPersonalData(data)
	if err != nil {
		return nil, fmt.Errorf("pack what is held on a client: %w", err)
	}
	return &fileOutput{
		ContentType: "application/zip", Disposition: `attachment; filename="personal-data-` + id.String() + `.zip"`, CSP: "sandbox; default-src 'none'", Body: packed,
	}, nil
}

func packPersonalData(data *crm.PersonalData) ([]byte, error) {
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	text, err := json.MarshalIndent(personalData{
		At: data.At, ClientID: data.Client, Records: data.Records, Audit: listOf(data.Entries, viewAudit).Body.Items,
	}, "", "  ")
	if err == nil {
		err = addToArchive(archive, "data.json", text, data.At)
	}
	for i := range data.Files {
		if err == nil {
			err = addToArchive(archive, "files/"+strings.ReplaceAll(data.Files[i].Name, "/", "_"), data.Files[i].Content, data.At)
		}
	}
	err = errors.Join(err, archive.Close())
	return packed.Bytes(), err
}

func addToArchive(archive *zip.Writer, name string, content []byte, at time.Time) error {
	w, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: at})
	if err != nil {
		return err
	}
	_, err = w.Write(content)
	return err
}

type eraseInput struct {
	ClientPath
	Body struct {
		Reason       string `json:"reason" minLength:"1" maxLength:"1000" doc:"Why, without anything personal: it is kept" example:"Request of 3 March 2026"`
		Confirmation string `json:"confirmation" maxLength:"1000" doc:"The client's name, exactly as on its card"`
	}
}

type erasedOutput struct {
	Body struct {
		ErasedAt time.Time        `json:"erased_at"`
		Counts   map[string]int64 `json:"counts" doc:"How many rows lost what was personal in them, by table"`
	}
}

// eraseClient cannot be undone, so it asks for the name once more.
func (s *Server) eraseClient(ctx context.Context, in *eraseInput) (*erasedOutput, error) {
	id, err := idOf(in.ID, "client_not_found")
	if err != nil {
		return nil, err
	}
	reason := strings.TrimSpace(in.Body.Reason)
	if reason == "" {
		return nil, invalid("/reason", codeRequired)
	}
	erased, err := s.services.Audit.EraseClient(ctx, crm.Erasure{ClientID: id, By: userOf(ctx).ID, Reason: reason, Confirmation: in.Body.Confirmation})
	if err != nil {
		return nil, err
	}
	out := &erasedOutput{}
	out.Body.ErasedAt, out.Body.Counts = erased.At, erased.Counts
	return out, nil
}
