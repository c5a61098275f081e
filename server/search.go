package server

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"marshrut/crm"
)

// foundView is a record that a search has found.
type foundView struct {
	Kind       crm.FoundKind `json:"kind" enum:"client,contact,case"`
	ID         uuid.UUID     `json:"id" format:"uuid"`
	Title      string        `json:"title" doc:"The name, or the case's number and topic"`
	ClientID   uuid.UUID     `json:"client_id,omitzero" format:"uuid"`
	ClientName string        `json:"client_name,omitempty"`
	Phone      string        `json:"phone,omitempty" doc:"A client's or a contact's first number; it tells namesakes apart, as inn and city do"`
	INN        string        `json:"inn,omitempty" doc:"Of a client's main legal entity"`
	City       string        `json:"city,omitempty" doc:"Of a client's or a contact's first address that names one"`
}

type searchInput struct {
	Q     string `query:"q" required:"true" minLength:"1" maxLength:"200" doc:"A name with typing mistakes or in another form, a number or an end of it, an address, an ИНН, a case's number"`
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"Rows at most"`
}

func (s *Server) search(ctx context.Context, in *searchInput) (*listOutput[foundView], error) {
	found, err := s.services.Clients.Search(ctx, strings.TrimSpace(in.Q), in.Limit)
	if err != nil {
		return nil, err
	}
	return listOf(found, func(f *crm.Found) foundView {
		return foundView{Kind: f.Kind, ID: f.ID, Title: f.Title, ClientID: f.ClientID, ClientName: f.ClientName, Phone: f.Phone, INN: f.INN, City: f.City}
	}), nil
}
