package server

import (
	"context"

	"github.com/google/uuid"
)

type mergeBody struct {
	From uuid.UUID `json:"from" format:"uuid" doc:"The card that is taken in. It remains, and says where it went"`
}

type mergeClientsInput struct {
	ClientPath
	Body mergeBody
}

func (s *Server) mergeClients(ctx context.Context, in *mergeClientsInput) (*clientOutput, error) {
	id, err := idOf(in.ID, "client_not_found")
	if err != nil {
		return nil, err
	}
	c, err := s.services.Clients.MergeClients(ctx, id, in.Body.From, userOf(ctx).ID)
	if err != nil {
		return nil, err
	}
	s.tellClientsCases(ctx, id)
	return s.showClient(c), nil
}

func (s *Server) unmergeClient(ctx context.Context, in *ClientPath) (*clientOutput, error) {
	id, err := idOf(in.ID, "client_not_found")
	if err != nil {
		return nil, err
	}
	c, err := s.services.Clients.UnmergeClient(ctx, id, userOf(ctx).ID)
	if err != nil {
		return nil, err
	}
	s.tellClientsCases(ctx, id)
	return s.showClient(c), nil
}

type mergeContactsInput struct {
	ContactPath
	Body mergeBody
}

func (s *Server) mergeContacts(ctx context.Context, in *mergeContactsInput) (*contactOutput, error) {
	id, err := idOf(in.ID, "contact_not_found")
	if err != nil {
		return nil, err
	}
	c, err := s.services.Clients.MergeContacts(ctx, id, in.Body.From, userOf(ctx).ID)
	if err != nil {
		return nil, err
	}
	return showContact(c), nil
}

func (s *Server) unmergeContact(ctx context.Context, in *ContactPath) (*contactOutput, error) {
	id, err := idOf(in.ID, "contact_not_found")
	if err != nil {
		return nil, err
	}
	c, err := s.services.Clients.UnmergeContact(ctx, id, userOf(ctx).ID)
	if err != nil {
		return nil, err
	}
	return showContact(c), nil
}
