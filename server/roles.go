package server

import (
	"context"
	"net/http"
	"strconv"

	"marshrut/crm"
)

// roleView is a role: what its people may do, and whose records they see.
type roleView struct {
	Key        string         `json:"key"`
	Name       string         `json:"name"`
	Names      crm.Text       `json:"names"`
	Rights     []crm.Right    `json:"rights" enum:"work,lead,design,administer,settings,report,export,audit"`
	Visibility crm.Visibility `json:"visibility" enum:"own,department,all" doc:"Whose records its people see: their own, their departments', all"`
	Shipped    bool           `json:"shipped" doc:"Comes with the program: it can be changed, not deleted"`
	Version    int            `json:"version"`
}

func viewRole(lang crm.Lang, r *crm.Role) roleView {
	return roleView{
		Key: r.Key, Name: r.Name.In(lang), Names: r.Name, Rights: orNoRights(r.Rights), Visibility: r.Visibility, Shipped: r.Shipped, Version: r.Version,
	}
}

func orNoRights(rights []crm.Right) []crm.Right {
	if rights == nil {
		return []crm.Right{}
	}
	return rights
}

type roleOutput struct {
	ETag string `header:"ETag"`
	Body roleView
}

func showRole(ctx context.Context, r *crm.Role) *roleOutput {
	return &roleOutput{ETag: etag(r.Version), Body: viewRole(langOf(ctx), r)}
}

func (s *Server) listRoles(ctx context.Context, _ *struct{}) (*listOutput[roleView], error) {
	all, err := s.services.Users.ListRoles(ctx)
	if err != nil {
		return nil, err
	}
	return listOf(all, func(r *crm.Role) roleView { return viewRole(langOf(ctx), r) }), nil
}

// RoleInput names a role.
type RoleInput struct {
	Key string `path:"key" maxLength:"63" doc:"Key of the role, as users and route maps name it" example:"accountant"`
}

func (s *Server) getRole(ctx context.Context, in *RoleInput) (*roleOutput, error) {
	r, err := s.services.Users.Role(ctx, in.Key)
	if err != nil {
		return nil, err
	}
	return showRole(ctx, r), nil
}

type putRoleInput struct {
	RoleInput

	IfMatch     string `header:"If-Match" doc:"The role's version as an ETag, for one that is there"`
	IfNoneMatch string `header:"If-None-Match" doc:"*: the role is a new one" enum:"*"`
	Body        struct {
		Name       textBody       `json:"name"`
		Rights     []crm.Right    `json:"rights" maxItems:"20" nullable:"false" doc:"Of work, lead, design, administer, settings, report, export, audit. None: route maps can address tasks to the role all the same"`
		Visibility crm.Visibility `json:"visibility" enum:"own,department,all"`
	}
}

// putRole adds a role with “If-None-Match: *” and changes one with If-Match.
func (s *Server) putRole(ctx context.Context, in *putRoleInput) (*roleOutput, error) {
	b := &in.Body
	r := crm.Role{
		Key: in.Key, Name: crm.Text{EN: crm.OneLine(b.Name.EN), RU: crm.OneLine(b.Name.RU)},
		Rights: crm.OrderedRights(b.Rights), Visibility: b.Visibility,
	}
	refusals := []error{refusedIf(r.Name.Empty(), "/name", codeRequired), keyError(in.Key, keyForm, "wrong_form")}
	for i, right := range b.Rights {
		refusals = append(refusals, refusedIf(!right.Known(), "/rights/"+strconv.Itoa(i), "not_an_option"))
	}
	if err := allInvalid(refusals...); err != nil {
		return nil, err
	}
	if in.IfNoneMatch == "" {
		var err error
		if r.Version, err = s.roleVersion(ctx, in.Key, MatchInput{IfMatch: in.IfMatch}); err != nil {
			return nil, err
		}
	}
	put, err := s.services.Users.PutRole(ctx, r, userOf(ctx).ID)
	if err != nil {
		return nil, err
	}
	return showRole(ctx, put), nil
}

func (in *putRoleInput) insists() bool {
	return PutInput{IfMatch: in.IfMatch, IfNoneMatch: in.IfNoneMatch}.insists()
}

// roleVersion is the version that a role there is must have to be changed.
func (s *Server) roleVersion(ctx context.Context, key string, match MatchInput) (int, error) {
	version, err := versionOf(ctx, match, key, s.services.Users.Role, func(r *crm.Role) int { return r.Version })
	if err == nil && version < 1 {
		return 0, failed(http.StatusPreconditionFailed, "stale")
	}
	return version, err
}

type deleteRoleInput struct {
	RoleInput
	MatchInput
}

func (s *Server) deleteRole(ctx context.Context, in *deleteRoleInput) (*struct{}, error) {
	version, err := s.roleVersion(ctx, in.Key, in.MatchInput)
	if err != nil {
		return nil, err
	}
	return nil, s.services.Users.DeleteRole(ctx, in.Key, version)
}

// roleNames are the roles' names in the caller's language, by key.
func (s *Server) roleNames(ctx context.Context) (map[string]string, error) {
	all, err := s.services.Users.ListRoles(ctx)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for i := range all {
		names[all[i].Key] = all[i].Name.In(langOf(ctx))
	}
	return names, nil
}
