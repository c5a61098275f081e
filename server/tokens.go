package server

import (
	"context"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

// tokenLife is how long a program's token lasts when nothing else is asked for.
const tokenLife = 365 * 24 * time.Hour

// tokenView is a program's token, without its secret.
type tokenView struct {
	ID        uuid.UUID `json:"id" format:"uuid"`
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

func viewToken(t *crm.Token) tokenView {
	return tokenView{ID: t.ID, Name: t.Name, CreatedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt}
}

type newTokenInput struct {
	Body struct {
		Name      string    `json:"name" minLength:"1" maxLength:"200" doc:"What it is for, to tell it from others" example:"Shop"`
		ExpiresAt time.Time `json:"expires_at,omitzero" doc:"Without it: in a year"`
	}
}

type newTokenOutput struct {
	Body struct {
		tokenView
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
	secret := newSecret()
	made, known, err := s.services.Tokens.CreateToken(ctx, crm.Token{
		ID: secretID(ctx), Hash: hashSecret(secret), UserID: userOf(ctx).ID, Kind: crm.TokenAPI, Name: name,
		ExpiresAt: expires,
	})
	if known != nil && (known.Name != name || !in.Body.ExpiresAt.IsZero() && !known.ExpiresAt.Equal(expires)) {
		return nil, keyReused()
	}
	if err != nil {
		return nil, err
	}
	out := &newTokenOutput{}
	out.Body.tokenView, out.Body.Token = viewToken(made), secret
	return out, nil
}

func (s *Server) listTokens(ctx context.Context, _ *struct{}) (*listOutput[tokenView], error) {
	all, err := s.services.Tokens.Tokens(ctx, userOf(ctx).ID)
	if err != nil {
		return nil, err
	}
	return listOf(all, viewToken), nil
}

// TokenInput names a token.
type TokenInput struct {
	ID string `path:"id" doc:"Id of the token"`
}

func (s *Server) revokeToken(ctx context.Context, in *TokenInput) (*struct{}, error) {
	id, err := idOf(in.ID, "token_not_found")
	if err != nil {
		return nil, err
	}
	return nil, s.services.Tokens.RevokeTokenOf(ctx, userOf(ctx).ID, id)
}
