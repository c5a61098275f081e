package server

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"marshrut/crm"
)

// UserView is a user as colleagues see him.
type UserView struct {
	ID           uuid.UUID `json:"id" format:"uuid"`
	Login        string    `json:"login"`
	Name         string    `json:"name"`
	Email        string    `json:"email,omitempty"`
	Phone        string    `json:"phone,omitempty"`
	Lang         crm.Lang  `json:"lang" enum:"ru,en"`
	TimeZone     string    `json:"time_zone"`
	DepartmentID uuid.UUID `json:"department_id,omitzero" format:"uuid"`
	Roles        []string  `json:"roles"`
	Active       bool      `json:"active"`
}

func viewUser(u *crm.User) UserView {
	v := UserView{
		ID: u.ID, Login: u.Login, Name: u.Name, Email: u.Email, Phone: u.Phone, Lang: u.Lang, TimeZone: u.TimeZone,
		DepartmentID: u.DepartmentID, Roles: u.Roles, Active: u.Active,
	}
	if v.Roles == nil {
		v.Roles = []string{}
	}
	return v
}

func (s *Server) listUsers(ctx context.Context, _ *struct{}) (*listOutput[UserView], error) {
	users, err := s.services.Users.ListUsers(ctx)
	if err != nil {
		return nil, err
	}
	return listOf(users, viewUser), nil
}

// UserInput names a user.
type UserInput struct {
	ID string `path:"id" doc:"Id of the user"`
}

func (s *Server) getUser(ctx context.Context, in *UserInput) (*fullUserOutput, error) {
	id, err := idOf(in.ID, "user_not_found")
	if err != nil {
		return nil, err
	}
	u, err := s.services.Users.User(ctx, id)
	if err != nil {
		return nil, err
	}
	return &fullUserOutput{ETag: etag(u.Version), Body: viewUser(u)}, nil
}

type newUserInput struct {
	Body struct {
		Login        string    `json:"login" minLength:"1" maxLength:"63" example:"manager"`
		Name         string    `json:"name" minLength:"1" maxLength:"200"`
		Password     string    `json:"password,omitempty" minLength:"8" maxLength:"1000" format:"password" doc:"Without it: cannot sign in with a password"`
		Email        string    `json:"email,omitempty" maxLength:"254"`
		Phone        string    `json:"phone,omitempty" maxLength:"40"`
		Lang         crm.Lang  `json:"lang,omitempty" enum:"ru,en" default:"ru"`
		TimeZone     string    `json:"time_zone,omitempty" maxLength:"64" doc:"Without it, that of the department's office, or Europe/Moscow"`
		DepartmentID uuid.UUID `json:"department_id,omitzero" format:"uuid"`
		Roles        []string  `json:"roles" minItems:"1" maxItems:"20" doc:"See GET /roles; others are a company's own, named by route maps"`
	}
}

type newUserOutput struct {
	Location string `header:"Location"`
	Body     UserView
}

var (
	loginForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._@-]{0,62}$`)
	keyForm   = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
)

func (s *Server) createUser(ctx context.Context, in *newUserInput) (*newUserOutput, error) {
	b := &in.Body
	b.Login, b.Name, b.Email, b.Phone = strings.ToLower(strings.TrimSpace(b.Login)), crm.OneLine(b.Name), strings.TrimSpace(b.Email), strings.TrimSpace(b.Phone)
	if !loginForm.MatchString(b.Login) {
		return nil, invalid("/login", "wrong_form")
	}
	if b.TimeZone == "" {
		var err error
		if b.TimeZone, err = s.zoneOfDepartment(ctx, b.DepartmentID); err != nil {
			return nil, err
		}
	}
	if err := checkPerson(&crm.UserPatch{Name: &b.Name, Email: &b.Email, Phone: &b.Phone, TimeZone: &b.TimeZone, Roles: &b.Roles}); err != nil {
		return nil, err
	}
	hash := ""
	if b.Password != "" {
		hash = HashPassword(b.Password)
	}
	u, err := s.services.Users.CreateUser(ctx, crm.User{
		ID: secretID(ctx), Login: b.Login, Name: b.Name, Email: b.Email, Phone: b.Phone, Lang: b.Lang, TimeZone: b.TimeZone,
		DepartmentID: b.DepartmentID, Roles: b.Roles, Active: true,
	}, hash)
	if err != nil {
		return nil, err
	}
	if u.Login != b.Login || u.Name != b.Name || u.DepartmentID != b.DepartmentID || !slices.Equal(u.Roles, b.Roles) {
		return nil, keyReused() // as far as can be told: of the password nothing is kept
	}
	return &newUserOutput{Location: apiPrefix + "/users/" + u.ID.String(), Body: viewUser(u)}, nil
}
