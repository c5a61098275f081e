package server

import (
	"context"

	"github.com/google/uuid"

	"marshrut/crm"
)

// SavedFilterView is a filter of a list that one keeps under a name.
type SavedFilterView struct {
	ID    uuid.UUID        `json:"id" format:"uuid"`
	List  crm.FilteredList `json:"list" enum:"clients,contacts,cases,interactions"`
	Name  string           `json:"name"`
	Query string           `json:"query" doc:"What stands behind the question mark of the list's address on the page" example:"status=open"`
}

func viewSavedFilter(f *crm.SavedFilter) SavedFilterView {
	return SavedFilterView{ID: f.ID, List: f.List, Name: f.Name, Query: f.Query}
}

type savedFiltersInput struct {
	List crm.FilteredList `query:"list" required:"true" enum:"clients,contacts,cases,interactions" doc:"The list that they narrow"`
}

func (s *Server) listSavedFilters(ctx context.Context, in *savedFiltersInput) (*listOutput[SavedFilterView], error) {
	all, err := s.services.Filters.SavedFilters(ctx, userOf(ctx).ID, in.List)
	if err != nil {
		return nil, err
	}
	return listOf(all, viewSavedFilter), nil
}

type newSavedFilterInput struct {
	Body struct {
		List    crm.FilteredList `json:"list" enum:"clients,contacts,cases,interactions"`
		Name    string           `json:"name" minLength:"1" maxLength:"100" example:"My open deals"`
		Query   string           `json:"query" minLength:"1" maxLength:"4000" doc:"What stands behind the question mark of the list's address on the page" example:"status=open"`
		Replace bool             `json:"replace,omitempty" doc:"Write over one of this name that narrows otherwise; without it that is 409 saved_filter_exists"`
	}
}

type savedFilterOutput struct {
	Body SavedFilterView
}

func (s *Server) saveFilter(ctx context.Context, in *newSavedFilterInput) (*savedFilterOutput, error) {
	name := crm.OneLine(in.Body.Name)
	if name == "" {
		return nil, invalid("/name", codeRequired)
	}
	saved, err := s.services.Filters.SaveFilter(ctx, crm.SavedFilter{UserID: userOf(ctx).ID, List: in.Body.List, Name: name, Query: in.Body.Query}, in.Body.Replace)
	if err != nil {
		return nil, err
	}
	return &savedFilterOutput{Body: viewSavedFilter(saved)}, nil
}

type savedFilterInput struct {
	ID string `path:"id" doc:"Id of the filter"`
}

func (s *Server) deleteSavedFilter(ctx context.Context, in *savedFilterInput) (*struct{}, error) {
	id, err := idOf(in.ID, "saved_filter_not_found")
	if err != nil {
		return nil, err
	}
	return nil, s.services.Filters.DeleteSavedFilter(ctx, userOf(ctx).ID, id)
}
