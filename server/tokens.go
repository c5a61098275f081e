package server

import (
	"context"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"marshrut/crm"
)

// tokenLife is how long a program's token lasts when nothing else is asked for.
const tokenLife = 365 * 24 * time.Hour

// TokenView is a program's token, without its secret.
type TokenView struct {
	ID        uuid.UUID `json:"id" format:"uuid"`
	Name      string    `json:"name"`
	Scopes    []scope   `json:"scopes,omitempty" doc:"What it may do, as far as its user may; missing: all that he may"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
	UseView
}

// UseView is from where a token was last used. It is written down about every ten minutes.
type UseView struct {
	LastUsedAt *time.Time `json:"last_used_at,omitempty"`
	Address    string     `json:"address,omitempty" doc:"The address it was last used from"`
	Agent      string     `json:"agent,omitempty" doc:"The program that used it, as it calls itself"`
}

func viewUse(u *crm.TokenUse) UseView {
	if u == nil {
		return UseView{}
	}
	return UseView{LastUsedAt: &u.At, Address: u.Address, Agent: u.Agent}
}

func viewToken(t *crm.Token) TokenView {
	v := TokenView{ID: t.ID, Name: t.Name, CreatedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt, UseView: viewUse(t.LastUse)}
	if t.Scopes != nil {
		v.Scopes = append(v.Scopes, scopeRead)
		for _, right := range *t.Scopes {
			v.Scopes = append(v.Scopes, scope(right))
		}
	}
	return v
}

// scope is what a token may do: read, and what a right lets.
type scope string

// scopeRead is in every token: what its user sees, it sees.
const scopeRead scope = "read"

// Schema names what scopes there are.
func (scope) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString, Enum: []any{string(scopeRead)}}
	for _, right := range crm.Rights() {
		s.Enum = append(s.Enum, string(right))
	}
	return s
}

// rightsOf are the rights among the scopes asked for; nil: none are asked for, and the token is as good as its user. Nobody gives
// away what he has not.
func rightsOf(scopes []scope, user *crm.User) (*[]crm.Right, error) {
	if scopes == nil {
		return nil, nil //nolint:nilnil // no limit is an answer here
	}
	rights := []crm.Right{}
	for i, one := range scopes {
		switch right := crm.Right(one); {
		case one == scopeRead || slices.Contains(rights, right):
		case !user.Can(right):
			return nil, invalid("/scopes/"+strconv.Itoa(i), "not_your_right")
		default:
			rights = append(rights, right)
		}
	}
	return &rights, nil
}

type newTokenInput struct {
	Body struct {
		Name      string    `json:"name" minLength:"1" maxLength:"200" doc:"What it is for, to tell it from others" example:"Shop"`
		ExpiresAt time.Time `json:"expires_at,omitzero" doc:"Without it: in a year"`
		Scopes    []scope   `json:"scopes,omitempty" minItems:"1" maxItems:"20" doc:"What it may do, of what you may; without it, all that. It may always read, and with scopes it changes nothing of your account"`
	}
}

type newTokenOutput struct {
	Body struct {
		TokenView
		Token string `json:"token" doc:"For the header “Authorization: Bearer”. It is not kept and cannot be shown again."`
	}
}

// createToken makes a token for a program that acts for the user. Its secret leaves this function in the answer alone.
func (s *Server) createToken(ctx context.Context, in *newTokenInput) (*newTokenOutput, error) {
	name, now := crm.OneLine(in.Body.Name), s.clock()
	expires := in.Body.ExpiresAt
	if expires.IsZero() {
		expires = now.Add(tokenLife)
	}
	expires = expires.UTC().Truncate(time.Second)
	switch {
	case name == "":
		return nil, invalid("/name", codeRequired)
	case !expires.After(now):
		return nil, invalid("/expires_at", "in_the_past")
	}
	scopes, err := rightsOf(in.Body.Scopes, userOf(ctx))
	if err != nil {
		return nil, err
	}
	secret := newSecret()
	made, known, err := s.services.Tokens.CreateToken(ctx, crm.Token{
		ID: secretID(ctx), Hash: hashSecret(secret), UserID: userOf(ctx).ID, Kind: crm.TokenAPI, Name: name,
		Scopes: scopes, ExpiresAt: expires,
	})
	if known != nil && (known.Name != name || !reflect.DeepEqual(known.Scopes, scopes) || !in.Body.ExpiresAt.IsZero() && !known.ExpiresAt.Equal(expires)) {
		return nil, keyReused()
	}
	if err != nil {
		return nil, err
	}
	out := &newTokenOutput{}
	out.Body.TokenView, out.Body.Token = viewToken(made), secret
	return out, nil
}

func (s *Server) listTokens(ctx context.Context, _ *struct{}) (*listOutput[TokenView], error) {
	return s.tokensOf(ctx, userOf(ctx).ID)
}

func (s *Server) listUserTokens(ctx context.Context, in *UserInput) (*listOutput[TokenView], error) {
	id, err := s.userThere(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return s.tokensOf(ctx, id)
}

func (s *Server) tokensOf(ctx context.Context, user uuid.UUID) (*listOutput[TokenView], error) {
	all, err := s.services.Tokens.Tokens(ctx, user, crm.TokenAPI)
	if err != nil {
		return nil, err
	}
	return listOf(all, viewToken), nil
}

// TokenInput names a token of one's own.
type TokenInput struct {
	ID string `path:"id" doc:"Id of the token"`
}

// UserTokenInput names a token of a user.
type UserTokenInput struct {
	UserInput
	Token string `path:"token" doc:"Id of the token"`
}

func (s *Server) revokeToken(ctx context.Context, in *TokenInput) (*struct{}, error) {
	return nil, s.revoke(ctx, userOf(ctx).ID, crm.TokenAPI, in.ID)
}

func (s *Server) revokeUserToken(ctx context.Context, in *UserTokenInput) (*struct{}, error) {
	user, err := s.userThere(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return nil, s.revoke(ctx, user, crm.TokenAPI, in.Token)
}

func (s *Server) revoke(ctx context.Context, user uuid.UUID, kind crm.TokenKind, token string) error {
	notFound := "token_not_found"
	if kind == crm.TokenSession {
		notFound = "session_not_found"
	}
	id, err := idOf(token, notFound)
	if err != nil {
		return err
	}
	err = s.services.Tokens.RevokeTokenOf(ctx, user, kind, id)
	if known, ok := crm.AsError(err); ok && known.Kind == crm.KindNotFound {
		return failed(http.StatusNotFound, notFound)
	}
	return err
}

// userThere reads the id of a user who exists.
func (s *Server) userThere(ctx context.Context, text string) (uuid.UUID, error) {
	id, err := idOf(text, "user_not_found")
	if err != nil {
		return id, err
	}
	_, err = s.services.Users.User(ctx, id)
	return id, err
}
