// Package openid signs people in with an OpenID Connect provider: the authorization code flow with PKCE, state and nonce. Who
// a person is here is decided elsewhere.
package openid

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
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
	SignedOutURL string // where it sends people who have signed out
	Log          *slog.Logger
	Clock        func() time.Time // nil: time.Now
}

// answerTime bounds what is asked of the provider, and after a failure it is left alone for retryAfter. What it says of itself is
// asked again after freshFor, before somebody is sent there: he is to be told here when it is away.
const (
	answerTime = 10 * time.Second
	retryAfter = 5 * time.Second
	freshFor   = time.Minute
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
	provider *oidc.Provider
	oauth    oauth2.Config
	verifier *oidc.IDTokenVerifier
	signOut  *url.URL // nil: one cannot sign out there
	at       time.Time
}

// New makes a Provider; nothing is asked of it yet.
func New(config Config) *Provider {
	if config.Clock == nil {
		config.Clock = time.Now
	}
	return &Provider{config: config, client: &http.Client{Timeout: answerTime}}
}

// AuthURL is where the browser goes to sign in. provider_away: the provider does not answer.
func (p *Provider) AuthURL(ctx context.Context, a crm.SignInAttempt) (string, error) {
	known, err := p.discover(ctx, freshFor)
	if err != nil {
		return "", err
	}
	return known.oauth.AuthCodeURL(a.State, oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)), nil
}

// SignOutURL is where the browser goes to sign out at the provider too (OpenID Connect RP-Initiated Logout 1.0); empty: it has no
// such place. idToken is that of the sign-in, if it is at hand. provider_away: the provider does not answer.
func (p *Provider) SignOutURL(ctx context.Context, idToken string) (string, error) {
	known, err := p.discover(ctx, freshFor)
	if err != nil || known.signOut == nil {
		return "", err
	}
	to := *known.signOut
	q := to.Query()
	q.Set("client_id", p.config.ClientID)
	q.Set("post_logout_redirect_uri", p.config.SignedOutURL)
	if idToken != "" {
		q.Set("id_token_hint", idToken)
	}
	to.RawQuery = q.Encode()
	return to.String(), nil
}

// Identify redeems the code that the browser came back with. sign_in_elsewhere_failed: it is not good, or what it brings is not
// for us, not signed or not of this attempt; provider_away: the provider does not answer.
func (p *Provider) Identify(ctx context.Context, code string, a crm.SignInAttempt) (*crm.Identity, error) {
	known, err := p.discover(ctx, math.MaxInt64)
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
	var claims personClaims
	if err := token.Claims(&claims); err != nil {
		return nil, p.refused(ctx, "read an ID token", err)
	}
	if claims.Email == "" && known.provider.UserInfoEndpoint() != "" {
		if claims, err = p.ask(ctx, known, tokens, token.Subject); err != nil {
			return nil, err
		}
	}
	who := &crm.Identity{Issuer: token.Issuer, Subject: token.Subject, Name: crm.OneLine(claims.Name), IDToken: raw}
	if claims.Verified == true || claims.Verified == "true" {
		who.Email = crm.OneLine(claims.Email)
	}
	return who, nil
}

// personClaims are what a provider says about a person.
type personClaims struct {
	Email    string `json:"email"`
	Verified any    `json:"email_verified"` // some providers write it as a text
	Name     string `json:"name"`
}

// ask asks the provider what its ID token does not say. An answer about somebody else is refused (OpenID Connect Core 1.0, 5.3.2).
func (p *Provider) ask(ctx context.Context, known *discovered, tokens *oauth2.Token, subject string) (personClaims, error) {
	var claims personClaims
	info, err := known.provider.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
	if err != nil {
		if _, ok := errors.AsType[*url.Error](err); !ok {
			err = errors.New("the provider does not tell") // what it says instead may be about the person
		}
		return claims, p.refused(ctx, "ask about a person", err)
	}
	if info.Subject != subject {
		return claims, p.refused(ctx, "ask about a person", errors.New("the answer is about somebody else"))
	}
	if err := info.Claims(&claims); err != nil {
		return claims, p.refused(ctx, "ask about a person", err)
	}
	return claims, nil
}

// discover gives what the provider says of itself, asked no longer ago than that.
func (p *Provider) discover(ctx context.Context, ago time.Duration) (*discovered, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.config.Clock()
	if p.known != nil && now.Sub(p.known.at) < ago {
		return p.known, nil
	}
	if now.Sub(p.failed) < retryAfter {
		return nil, away()
	}
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.config.Issuer)
	if err != nil {
		p.failed = now
		p.config.Log.WarnContext(ctx, "the OpenID Connect provider cannot be looked up", "error", crm.Scrub(err))
		return nil, away()
	}
	p.known = &discovered{
		provider: provider, signOut: signOutOf(provider), at: now,
		oauth: oauth2.Config{
			ClientID: p.config.ClientID, ClientSecret: p.config.ClientSecret, RedirectURL: p.config.RedirectURL,
			Endpoint: provider.Endpoint(), Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
		},
		verifier: provider.Verifier(&oidc.Config{ClientID: p.config.ClientID}),
	}
	return p.known, nil
}

// signOutOf is where one signs out at a provider; nil: it does not say.
func signOutOf(provider *oidc.Provider) *url.URL {
	var document struct {
		SignOut string `json:"end_session_endpoint"`
	}
	if err := provider.Claims(&document); err != nil || document.SignOut == "" {
		return nil
	}
	to, err := url.Parse(document.SignOut)
	if err != nil || to.Scheme != "https" && to.Scheme != "http" {
		return nil
	}
	return to
}

// refused tells the log why, and the person that it did not work. An answer of the provider may be about the person: of it the
// log has its code alone.
func (p *Provider) refused(ctx context.Context, doing string, err error) error {
	_, unreachable := errors.AsType[*url.Error](err)
	if answer, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		unreachable = answer.Response.StatusCode >= http.StatusInternalServerError
		err = fmt.Errorf("the provider answers %d %s", answer.Response.StatusCode, answer.ErrorCode)
	}
	p.config.Log.WarnContext(ctx, "a sign-in by OpenID Connect failed", "doing", doing, "error", crm.Scrub(err))
	if unreachable {
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
