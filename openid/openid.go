// Package openid signs people in with an OpenID Connect provider: the authorization code flow with PKCE, state and nonce. Who
// a person is here is decided elsewhere.
package openid

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"marshrut/crm"
)

// Config says which provider it is, and as whom it knows us.
type Config struct {
	Issuer       string
	ClientID     string
	ClientSecret string
	RedirectURL  string // where it sends people back to
	Log          *slog.Logger
}

// answerTime bounds what is asked of the provider, and after a failure it is left alone for retryAfter.
const (
	answerTime = 10 * time.Second
	retryAfter = 5 * time.Second
)

// Provider is an OpenID Connect provider. It is looked up when it is first needed, so that we start without it.
type Provider struct {
	config Config
	client *http.Client

	mu     sync.Mutex
	known  *discovered
	failed time.Time // when it was last looked up in vain
}

// discovered is what the provider says of itself.
type discovered struct {
	oauth    oauth2.Config
	verifier *oidc.IDTokenVerifier
}

// New makes a Provider; nothing is asked of it yet.
func New(config Config) *Provider {
	return &Provider{config: config, client: &http.Client{Timeout: answerTime}}
}

// AuthURL is where the browser goes to sign in. provider_away: the provider does not answer.
func (p *Provider) AuthURL(ctx context.Context, a crm.SignInAttempt) (string, error) {
	known, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	return known.oauth.AuthCodeURL(a.State, oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)), nil
}

// Identify redeems the code that the browser came back with. sign_in_elsewhere_failed: it is not good, or what it brings is not
// for us, not signed or not of this attempt; provider_away: the provider does not answer.
func (p *Provider) Identify(ctx context.Context, code string, a crm.SignInAttempt) (*crm.Identity, error) {
	known, err := p.discover(ctx)
	if err != nil {
		return nil, err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	tokens, err := known.oauth.Exchange(ctx, code, oauth2.VerifierOption(a.Verifier))
	if err != nil {
		return nil, p.refused(ctx, "redeem a code", err)
	}
	raw, _ := tokens.Extra("id_token").(string)
	token, err := known.verifier.Verify(ctx, raw)
	if err != nil {
		return nil, p.refused(ctx, "verify an ID token", err)
	}
	if token.Nonce != a.Nonce {
		return nil, p.refused(ctx, "verify an ID token", errors.New("it has another nonce"))
	}
	return identityOf(token)
}

func identityOf(token *oidc.IDToken) (*crm.Identity, error) {
	var claims struct {
		Email    string `json:"email"`
		Verified any    `json:"email_verified"` // some providers write it as a text
		Name     string `json:"name"`
	}
	if err := token.Claims(&claims); err != nil {
		return nil, failedSignIn()
	}
	who := &crm.Identity{Issuer: token.Issuer, Subject: token.Subject, Name: crm.OneLine(claims.Name)}
	if claims.Verified == true || claims.Verified == "true" {
		who.Email = crm.OneLine(claims.Email)
	}
	return who, nil
}

func (p *Provider) discover(ctx context.Context) (*discovered, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known != nil {
		return p.known, nil
	}
	if time.Since(p.failed) < retryAfter {
		return nil, away()
	}
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.config.Issuer)
	if err != nil {
		p.failed = time.Now()
		p.config.Log.WarnContext(ctx, "the OpenID Connect provider cannot be looked up", "error", crm.Scrub(err))
		return nil, away()
	}
	p.known = &discovered{
		oauth: oauth2.Config{
			ClientID: p.config.ClientID, ClientSecret: p.config.ClientSecret, RedirectURL: p.config.RedirectURL,
			Endpoint: provider.Endpoint(), Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
		},
		verifier: provider.Verifier(&oidc.Config{ClientID: p.config.ClientID}),
	}
	return p.known, nil
}

// refused tells the log why, and the person that it did not work. An answer of the provider may be about the person: of it the
// log has its code alone.
func (p *Provider) refused(ctx context.Context, doing string, err error) error {
	if answer, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		err = fmt.Errorf("the provider answers %d %s", answer.Response.StatusCode, answer.ErrorCode)
	}
	p.config.Log.WarnContext(ctx, "a sign-in by OpenID Connect failed", "doing", doing, "error", crm.Scrub(err))
	if _, ok := errors.AsType[*url.Error](err); ok {
		return away()
	}
	return failedSignIn()
}

func failedSignIn() *crm.Error {
	return crm.Errorf(crm.KindForbidden, "sign_in_elsewhere_failed", "what the provider sent is not good")
}

func away() *crm.Error {
	return crm.Errorf(crm.KindUnavailable, "provider_away", "the provider does not answer")
}
