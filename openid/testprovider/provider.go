package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v3"
	"github.com/ory/fosite"
	"github.com/ory/fosite/compose"
	"github.com/ory/fosite/handler/openid"
	"github.com/ory/fosite/storage"
	"github.com/ory/fosite/token/jwt"
)

const keyBits = 2048

// provider is the provider's own part: people, sessions, keys.
type provider struct {
	issuer string
	setup  Setup
	oauth  fosite.OAuth2Provider

	mu       sync.Mutex
	mood     Mood
	keys     []*rsa.PrivateKey // the last one signs; the one before it is still published
	foreign  *rsa.PrivateKey
	sessions map[string]string // of cookies: logins
}

func newProvider(issuer string, setup Setup) (*provider, error) {
	p := &provider{issuer: issuer, setup: setup, mood: setup.Mood, sessions: map[string]string{}}
	if err := p.rotate(); err != nil {
		return nil, err
	}
	var err error
	if p.foreign, err = rsa.GenerateKey(rand.Reader, keyBits); err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	const cheap = 4 // one client, known to the test
	config := &fosite.Config{
		GlobalSecret: []byte(rand.Text() + rand.Text())[:32], IDTokenIssuer: issuer, EnforcePKCE: true, HashCost: cheap,
		AuthorizeCodeLifespan: time.Minute, AccessTokenLifespan: time.Minute, IDTokenLifespan: time.Hour,
	}
	secret, err := (&fosite.BCrypt{Config: config}).Hash(context.Background(), []byte(setup.ClientSecret))
	if err != nil {
		return nil, fmt.Errorf("keep the client's secret: %w", err)
	}
	store := storage.NewMemoryStore()
	store.Clients[setup.ClientID] = &fosite.DefaultClient{
		ID: setup.ClientID, Secret: secret, RedirectURIs: setup.RedirectURIs, ResponseTypes: []string{"code"},
		GrantTypes: []string{"authorization_code"}, Scopes: []string{"openid", "email", "profile"},
	}
	p.oauth = compose.Compose(config, store, &compose.CommonStrategy{
		CoreStrategy: compose.NewOAuth2HMACStrategy(config), Signer: p,
		OpenIDConnectTokenStrategy: &openid.DefaultStrategy{Signer: p, Config: config},
	}, compose.OAuth2AuthorizeExplicitFactory, compose.OpenIDConnectExplicitFactory, compose.OAuth2PKCEFactory, compose.OAuth2TokenIntrospectionFactory)
	return p, nil
}

func (p *provider) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /jwks", p.publicKeys)
	mux.HandleFunc("/authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /userinfo", p.userInfo)
	mux.HandleFunc("GET /sign-out", p.signOut)
	mux.HandleFunc("PUT /control", p.control)
	mux.HandleFunc("POST /control/keys", func(w http.ResponseWriter, _ *http.Request) {
		if err := p.rotate(); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	return mux
}

func (p *provider) rotate() error {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = append(p.keys, key)
	p.keys = p.keys[max(0, len(p.keys)-2):]
	return nil
}

func (p *provider) control(w http.ResponseWriter, r *http.Request) {
	var mood Mood
	if err := json.NewDecoder(r.Body).Decode(&mood); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	p.mu.Lock()
	p.mood = mood
	p.mu.Unlock()
}

func (p *provider) now() Mood {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mood
}

func (p *provider) discovery(w http.ResponseWriter, _ *http.Request) {
	document := map[string]any{
		"issuer": p.issuer, "authorization_endpoint": p.issuer + "/authorize", "token_endpoint": p.issuer + "/token",
		"userinfo_endpoint": p.issuer + "/userinfo", "jwks_uri": p.issuer + "/jwks", "response_types_supported": []string{"code"},
		"subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256"},
		"scopes_supported": []string{"openid", "email", "profile"}, "code_challenge_methods_supported": []string{"S256"},
	}
	if !p.now().NoSignOut {
		document["end_session_endpoint"] = p.issuer + "/sign-out"
	}
	answer(w, document)
}

func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body) // a client that is gone cannot be told so
}

func keyID(key *rsa.PrivateKey) string { return fmt.Sprintf("%x", key.N.Bytes()[:8]) }

func (p *provider) publicKeys(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var set jose.JSONWebKeySet
	for _, key := range p.keys {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: key.Public(), KeyID: keyID(key), Algorithm: "RS256", Use: "sig"})
	}
	answer(w, set)
}

// person finds whoever fits.
func (p *provider) person(fits func(*Person) bool) *Person {
	mood := p.now()
	at := slices.IndexFunc(mood.People, func(one Person) bool { return fits(&one) })
	if at < 0 {
		return nil
	}
	return &mood.People[at]
}

var signInPage = template.Must(template.New("").Parse(`<!doctype html><title>Sign in</title>
<form method="post" action="{{.}}"><input name="login"><input name="password" type="password"><button>Sign in</button></form>`))

// authorize asks who it is, unless the browser is signed in, and sends him back with a code.
func (p *provider) authorize(w http.ResponseWriter, r *http.Request) {
	request, err := p.oauth.NewAuthorizeRequest(r.Context(), r)
	if err != nil {
		p.oauth.WriteAuthorizeError(r.Context(), w, request, err)
		return
	}
	who := p.signedIn(w, r)
	if who == nil {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = signInPage.Execute(w, r.URL.String()) // as above
		return
	}
	for _, scope := range request.GetRequestedScopes() {
		request.GrantScope(scope)
	}
	claims := &jwt.IDTokenClaims{Subject: who.Subject, Issuer: p.issuer, RequestedAt: time.Now(), AuthTime: time.Now()}
	if !p.now().Thin {
		claims.Extra = who.Claims
	}
	response, err := p.oauth.NewAuthorizeResponse(r.Context(), request, &openid.DefaultSession{Claims: claims, Subject: who.Subject, Headers: &jwt.Headers{}})
	if err != nil {
		p.oauth.WriteAuthorizeError(r.Context(), w, request, err)
		return
	}
	p.oauth.WriteAuthorizeResponse(r.Context(), w, request, response)
}

const sessionCookie = "testprovider"

// signedIn is who the browser is signed in as, or signs in as with this request; nil: nobody.
func (p *provider) signedIn(w http.ResponseWriter, r *http.Request) *Person {
	if r.Method == http.MethodPost {
		login, password := r.PostFormValue("login"), r.PostFormValue("password")
		who := p.person(func(one *Person) bool { return one.Login == login && one.Password == password })
		if who != nil {
			id := rand.Text()
			p.mu.Lock()
			p.sessions[id] = who.Login
			p.mu.Unlock()
			http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
		}
		return who
	}
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return nil
	}
	p.mu.Lock()
	login := p.sessions[cookie.Value]
	p.mu.Unlock()
	return p.person(func(one *Person) bool { return one.Login == login })
}

func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	request, err := p.oauth.NewAccessRequest(r.Context(), r, openid.NewDefaultSession())
	if err != nil {
		p.oauth.WriteAccessError(r.Context(), w, request, err)
		return
	}
	response, err := p.oauth.NewAccessResponse(r.Context(), request)
	if err != nil {
		p.oauth.WriteAccessError(r.Context(), w, request, err)
		return
	}
	p.oauth.WriteAccessResponse(r.Context(), w, request, response)
}

func (p *provider) userInfo(w http.ResponseWriter, r *http.Request) {
	_, request, err := p.oauth.IntrospectToken(r.Context(), fosite.AccessTokenFromRequest(r), fosite.AccessToken, openid.NewDefaultSession(), "openid")
	if err != nil {
		http.Error(w, "the access token is not good", http.StatusUnauthorized)
		return
	}
	subject := request.GetSession().GetSubject()
	who := p.person(func(one *Person) bool { return one.Subject == subject })
	if who == nil {
		http.Error(w, "there is nobody of that subject", http.StatusUnauthorized)
		return
	}
	claims := maps.Clone(who.Claims)
	if claims == nil {
		claims = map[string]any{}
	}
	claims["sub"] = subject
	put(claims, p.now().UserInfo)
	answer(w, claims)
}

// signOut ends the browser's session and sends it where the client wants it, if that is agreed on (OpenID Connect RP-Initiated
// Logout 1.0). Without a good ID token or the client's id it goes nowhere.
func (p *provider) signOut(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if hint := q.Get("id_token_hint"); hint != "" {
		if _, err := p.Decode(r.Context(), hint); err != nil {
			http.Error(w, "the ID token is not good", http.StatusBadRequest)
			return
		}
	} else if q.Get("client_id") != p.setup.ClientID {
		http.Error(w, "who wants that?", http.StatusBadRequest)
		return
	}
	if cookie, err := r.Cookie(sessionCookie); err == nil {
		p.mu.Lock()
		delete(p.sessions, cookie.Value)
		p.mu.Unlock()
	}
	if q.Get("post_logout_redirect_uri") != p.setup.SignedOutURI {
		http.Error(w, "not a place to go to", http.StatusBadRequest)
		return
	}
	to := p.setup.SignedOutURI
	if state := q.Get("state"); state != "" {
		to += "?state=" + url.QueryEscape(state)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}
