package server

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

// IdentityProvider signs people in elsewhere: an OpenID Connect provider.
type IdentityProvider interface {
	// AuthURL is where the browser goes to sign in; crm.KindUnavailable: the provider does not answer.
	AuthURL(ctx context.Context, a crm.SignInAttempt) (string, error)
	// Identify redeems the code that the browser came back with; crm.KindForbidden: it is not good.
	Identify(ctx context.Context, code string, a crm.SignInAttempt) (*crm.Identity, error)
	// SignOutURL is where the browser goes to sign out there too, empty where that cannot be; crm.KindUnavailable: the provider does
	// not answer. idToken may be empty.
	SignOutURL(ctx context.Context, idToken string) (string, error)
}

// attemptCookie keeps an attempt to sign in elsewhere in the browser that makes it: whoever has only the link back gets nowhere.
const (
	attemptCookie = "marshrut_sign_in"
	attemptPath   = apiPrefix + "/sessions/oidc"
	attemptLife   = 10 * time.Minute
)

// signOutCookie keeps in the browser what it signs out with at the provider: we store nothing of it. Of a longer one browsers
// keep nothing, and the provider then asks whether it is meant.
const (
	signOutCookie   = "marshrut_sign_out"
	maxCookieSecret = 3500
)

// SignInBackPath is where a provider sends people back to.
const SignInBackPath = attemptPath + "/callback"

// signInAttempt is what the cookie says.
type signInAttempt struct {
	crm.SignInAttempt
	ReturnTo string
}

type waysOutput struct {
	Body struct {
		Password bool   `json:"password" doc:"By POST /sessions"`
		OIDC     string `json:"oidc,omitempty" doc:"Where a browser goes to sign in with the OpenID Connect provider; missing: there is none"`
		SignOut  string `json:"oidc_sign_out,omitempty" doc:"Where a browser goes, after DELETE /sessions/current, to sign out at the provider too"`
		Name     string `json:"name,omitempty" doc:"What the provider is called"`
	}
}

// waysToSignIn says what a page can offer.
func (s *Server) waysToSignIn(context.Context, *struct{}) (*waysOutput, error) {
	out := &waysOutput{}
	out.Body.Password = true
	if s.services.Provider != nil {
		out.Body.OIDC, out.Body.SignOut, out.Body.Name = attemptPath, attemptPath+"/sign-out", s.config.ProviderName
	}
	return out, nil
}

type elsewhereInput struct {
	ReturnTo string `query:"return_to" doc:"Path of the page to come back to, of 500 characters at most" example:"/"`
	AcceptInput
}

// AcceptInput tells a person's browser, which is shown a page, from a program, which gets a problem.
type AcceptInput struct {
	Accept string `header:"Accept" hidden:"true"`
}

// redirectOutput sends a browser on.
type redirectOutput struct {
	Status       int
	Location     string   `header:"Location"`
	CacheControl string   `header:"Cache-Control"`
	SetCookie    []string `header:"Set-Cookie"`
	ContentType  string   `header:"Content-Type"`
	Body         []byte   // a page that says what went wrong
}

func redirect(to string, cookies ...string) *redirectOutput {
	return &redirectOutput{Status: http.StatusFound, Location: to, CacheControl: "no-store", SetCookie: cookies}
}

type failedSignInPage struct {
	Lang    crm.Lang
	Problem *Problem
	Again   string // where to begin again; empty: that helps nothing
}

// toldTo shows a person who signs in with a browser a page that says what went wrong, with the ways to go on, to where he wanted to go
// after all; programs get the problem.
func (s *Server) toldTo(ctx context.Context, in AcceptInput, returnTo string, err error) (*redirectOutput, error) {
	if !strings.Contains(in.Accept, "text/html") {
		return nil, err
	}
	problem, unforeseen := s.problemOf(ctx, err)
	if unforeseen {
		return nil, err // the log is to have it
	}
	data := failedSignInPage{Lang: langOf(ctx), Problem: problem}
	if s.services.Provider != nil {
		data.Again = attemptPath
		if localPath(returnTo) {
			data.Again += "?" + url.Values{"return_to": {returnTo}}.Encode()
		}
	}
	var page bytes.Buffer
	if err := templates.ExecuteTemplate(&page, "sign-in-failed.html", data); err != nil {
		return nil, fmt.Errorf("make the page of a sign-in that failed: %w", err)
	}
	return &redirectOutput{Status: problem.Status, CacheControl: "no-store", ContentType: "text/html; charset=utf-8", Body: page.Bytes()}, nil
}

// signInElsewhere sends the browser to the provider.
func (s *Server) signInElsewhere(ctx context.Context, in *elsewhereInput) (*redirectOutput, error) {
	out, err := s.toProvider(ctx, in)
	if err != nil {
		return s.toldTo(ctx, in.AcceptInput, in.ReturnTo, err)
	}
	return out, nil
}

func (s *Server) toProvider(ctx context.Context, in *elsewhereInput) (*redirectOutput, error) {
	if s.services.Provider == nil {
		return nil, failed(http.StatusNotFound, "sign_in_elsewhere_off")
	}
	if in.ReturnTo != "" && !localPath(in.ReturnTo) {
		return nil, failed(http.StatusUnprocessableEntity, "return_to_elsewhere").field(ProblemField{Parameter: "return_to", Code: "expected_path"})
	}
	a := signInAttempt{SignInAttempt: crm.SignInAttempt{State: newSecret(), Nonce: newSecret(), Verifier: newSecret()}, ReturnTo: in.ReturnTo}
	to, err := s.services.Provider.AuthURL(ctx, a.SignInAttempt)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(a)
	if err != nil {
		return nil, err //nolint:wrapcheck // cannot fail: an attempt is plain data
	}
	return redirect(to, s.attemptCookie(base64.RawURLEncoding.EncodeToString(text))), nil
}

// maxReturnTo is how long a path may be that an attempt's cookie keeps.
const maxReturnTo = 500

// localPath tells whether a browser that is sent there stays with us.
func localPath(path string) bool {
	return len(path) <= maxReturnTo && strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "//") && !strings.ContainsAny(path, "\\\r\n\t")
}

func (s *Server) attemptCookie(value string) string {
	cookie := http.Cookie{
		Name: attemptCookie, Value: value, Path: attemptPath, MaxAge: int(attemptLife / time.Second),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.config.SecureCookies,
	}
	if value == "" {
		cookie.MaxAge = -1
	}
	return cookie.String()
}

type backInput struct {
	State   string `query:"state" maxLength:"500"`
	Code    string `query:"code" maxLength:"4000"`
	Error   string `query:"error" maxLength:"200"`
	Attempt string `cookie:"marshrut_sign_in" hidden:"true"`
	Agent   string `header:"User-Agent" hidden:"true"`
	AcceptInput
}

// signInBack signs in whom the provider sends back: in the browser that was sent there, and only once.
func (s *Server) signInBack(ctx context.Context, in *backInput) (*redirectOutput, error) {
	a := attemptOf(in.Attempt)
	out, err := s.fromProvider(ctx, in, a)
	if err != nil {
		return s.toldTo(ctx, in.AcceptInput, a.ReturnTo, err)
	}
	return out, nil
}

func (s *Server) fromProvider(ctx context.Context, in *backInput, a *signInAttempt) (*redirectOutput, error) {
	if s.services.Provider == nil {
		return nil, failed(http.StatusNotFound, "sign_in_elsewhere_off")
	}
	switch {
	case a.State == "" || subtle.ConstantTimeCompare([]byte(a.State), []byte(in.State)) != 1:
		return nil, failed(http.StatusBadRequest, "sign_in_attempt_unknown")
	case in.Error != "":
		return nil, failed(http.StatusForbidden, "sign_in_elsewhere_refused")
	case in.Code == "":
		return nil, failed(http.StatusForbidden, "sign_in_elsewhere_failed")
	}
	user, idToken, err := s.identified(ctx, in.Code, a)
	if err != nil {
		return nil, err
	}
	session, err := s.startSession(ctx, user, in.Agent)
	if err != nil {
		return nil, err
	}
	to := a.ReturnTo
	if !localPath(to) {
		to = "/"
	}
	return redirect(to, session.SetCookie, s.attemptCookie(""), s.signOutCookie(idToken)), nil
}

func (s *Server) signOutCookie(idToken string) string {
	cookie := http.Cookie{
		Name: signOutCookie, Value: idToken, Path: attemptPath, MaxAge: int(sessionLife / time.Second),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.config.SecureCookies,
	}
	if idToken == "" || len(idToken) > maxCookieSecret {
		cookie.Value, cookie.MaxAge = "", -1
	}
	return cookie.String()
}

type signOutElsewhereInput struct {
	IDToken string `cookie:"marshrut_sign_out" hidden:"true"`
}

// signOutElsewhere sends the browser to sign out at the provider; where that cannot be, back to us. Sessions here are ended by
// themselves: a link from elsewhere must not end them.
func (s *Server) signOutElsewhere(ctx context.Context, in *signOutElsewhereInput) (*redirectOutput, error) {
	if s.services.Provider == nil {
		return nil, failed(http.StatusNotFound, "sign_in_elsewhere_off")
	}
	to, err := s.services.Provider.SignOutURL(ctx, in.IDToken)
	if known, ok := crm.AsError(err); err != nil && (!ok || known.Kind != crm.KindUnavailable) {
		return nil, err
	}
	if to == "" {
		to = "/"
	}
	return redirect(to, s.signOutCookie("")), nil
}

// attemptOf reads the attempt out of the cookie; without a state: there is none.
func attemptOf(cookie string) *signInAttempt {
	text, err := base64.RawURLEncoding.DecodeString(cookie)
	if err != nil {
		return &signInAttempt{}
	}
	var a signInAttempt
	if err := json.Unmarshal(text, &a); err != nil || a.State == "" || a.Nonce == "" || a.Verifier == "" {
		return &signInAttempt{}
	}
	return &a
}

// identified is the user whom a code is about, and the ID token that says so. Codes that are not good are throttled like wrong
// passwords.
func (s *Server) identified(ctx context.Context, code string, a *signInAttempt) (*crm.User, string, error) {
	attempt := throttleKey{login: "oidc", address: addressOf(ctx)}
	if err := s.throttled(attempt); err != nil {
		return nil, "", err
	}
	who, err := s.services.Provider.Identify(ctx, code, a.SignInAttempt)
	known, ok := crm.AsError(err)
	s.throttle.end(attempt, err == nil, ok && known.Kind == crm.KindForbidden)
	if err != nil {
		return nil, "", err
	}
	user, err := s.services.Users.UserOfIdentity(ctx, *who, s.config.ProviderRoles)
	return user, who.IDToken, err
}

// identityView is an identity that a user signs in with.
type identityView struct {
	ID       uuid.UUID `json:"id" format:"uuid"`
	Issuer   string    `json:"issuer"`
	Subject  string    `json:"subject" doc:"Who the user is there"`
	LinkedAt time.Time `json:"linked_at"`
}

func viewIdentity(i *crm.LinkedIdentity) identityView {
	return identityView{ID: i.ID, Issuer: i.Issuer, Subject: i.Subject, LinkedAt: i.LinkedAt}
}

func (s *Server) listIdentities(ctx context.Context, in *UserInput) (*listOutput[identityView], error) {
	user, err := s.userThere(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	all, err := s.services.Users.Identities(ctx, user)
	if err != nil {
		return nil, err
	}
	return listOf(all, viewIdentity), nil
}

type linkIdentityInput struct {
	UserInput
	Body struct {
		Issuer  string `json:"issuer" minLength:"1" maxLength:"500" example:"https://id.example.com"`
		Subject string `json:"subject" minLength:"1" maxLength:"255"`
	}
}

type identityOutput struct {
	Body identityView
}

func (s *Server) linkIdentity(ctx context.Context, in *linkIdentityInput) (*identityOutput, error) {
	user, err := s.userThere(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	made, err := s.services.Users.LinkIdentity(ctx, crm.LinkedIdentity{ID: recordID(ctx), UserID: user, Issuer: in.Body.Issuer, Subject: in.Body.Subject})
	if err != nil {
		return nil, err
	}
	return &identityOutput{Body: viewIdentity(made)}, nil
}

// UserIdentityInput names an identity of a user.
type UserIdentityInput struct {
	UserInput
	Identity string `path:"identity" doc:"Id of the identity"`
}

func (s *Server) unlinkIdentity(ctx context.Context, in *UserIdentityInput) (*struct{}, error) {
	user, err := s.userThere(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	id, err := idOf(in.Identity, "identity_not_found")
	if err != nil {
		return nil, err
	}
	return nil, s.services.Users.UnlinkIdentity(ctx, user, id)
}
