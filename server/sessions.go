package server

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

// cookieName is the cookie of a session of the page.
const cookieName = "marshrut_session"

// sessionLife is how long a session lasts after signing in.
const sessionLife = 14 * 24 * time.Hour

// secretOf finds the token of a request: in Authorization, or in the cookie. The bool tells that it was the cookie.
func secretOf(r *http.Request) (string, bool) {
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, secret, _ := strings.Cut(header, " ")
		if strings.EqualFold(scheme, "Bearer") {
			return strings.TrimSpace(secret), false
		}
		return "", false
	}
	if cookie, err := r.Cookie(cookieName); err == nil {
		return cookie.Value, true
	}
	return "", false
}

// hashSecret is what is stored of a token: whoever reads the table cannot sign in with it. The secret has 256 random
// bits, so that a plain hash will do.
func hashSecret(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

func newSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

type signInInput struct {
	Agent string `header:"User-Agent" hidden:"true"`
	Body  struct {
		Login    string `json:"login" minLength:"1" maxLength:"63" example:"manager"`
		Password string `json:"password" minLength:"1" maxLength:"1000" format:"password"`
	}
}

type signInOutput struct {
	SetCookie string `header:"Set-Cookie"`
	Body      struct {
		Token     string    `json:"token" doc:"For the header “Authorization: Bearer”"`
		ExpiresAt time.Time `json:"expires_at"`
		User      UserView  `json:"user"`
	}
}

// signIn takes as long for a login that does not exist as for a wrong password, and answers the same.
func (s *Server) signIn(ctx context.Context, in *signInInput) (*signInOutput, error) {
	login := strings.ToLower(strings.TrimSpace(in.Body.Login))
	attempt := throttleKey{login: login, address: addressOf(ctx)}
	if err := s.throttled(attempt); err != nil {
		return nil, err
	}
	user, err := s.checkPassword(ctx, login, in.Body.Password)
	s.throttle.end(attempt, user != nil, err == nil && user == nil)
	if err != nil {
		return nil, err
	}
	if user == nil {
		return nil, failed(http.StatusUnauthorized, "wrong_login_or_password")
	}
	return s.startSession(ctx, user, in.Agent)
}

// throttled counts an attempt at a password, and refuses one too many.
func (s *Server) throttled(attempt throttleKey) error {
	wait := s.throttle.begin(attempt, s.clock())
	if wait <= 0 {
		return nil
	}
	seconds := strconv.Itoa(int(wait/time.Second) + 1)
	return failed(http.StatusTooManyRequests, "too_many_attempts").with("seconds", seconds).header("Retry-After", seconds)
}

// checkPassword gives the user, or nil when login and password do not belong together.
func (s *Server) checkPassword(ctx context.Context, login, password string) (*crm.User, error) {
	credentials, err := s.services.Users.Credentials(ctx, login)
	if known, ok := crm.AsError(err); ok && known.Kind == crm.KindNotFound {
		credentials, err = &crm.Credentials{}, nil
	}
	if err != nil {
		return nil, err
	}
	nobodys := s.nobodysHash() // also when it is not needed: the first sign-in takes as long for every login
	hash := cmp.Or(credentials.PasswordHash, nobodys)
	ok, err := s.passwords.verify(ctx, password, hash)
	if err != nil {
		return nil, err
	}
	if !ok || credentials.User == nil || credentials.PasswordHash == "" || !credentials.User.Active {
		if user := credentials.User; user != nil {
			// Beside the answer: what is written for known logins only would tell by its time that they are known.
			s.beside(ctx, func(ctx context.Context) error {
				return s.services.Audit.RecordEvent(ctx, crm.AuditEvent{Table: "users", Action: "sign_in_failed", RecordID: user.ID})
			})
		}
		return nil, nil //nolint:nilnil // no user is an answer here, not a failure
	}
	return credentials.User, nil
}

// startSession makes a session of the user, used with this program.
func (s *Server) startSession(ctx context.Context, user *crm.User, agent string) (*signInOutput, error) {
	callOf(ctx).origin.User = user.ID
	secret, expires := newSecret(), s.clock().Add(sessionLife).UTC().Truncate(time.Second)
	token, _, err := s.services.Tokens.CreateToken(ctx, crm.Token{
		Hash: hashSecret(secret), UserID: user.ID, Kind: crm.TokenSession, ExpiresAt: expires,
	})
	if err != nil {
		return nil, err
	}
	s.noteUse(ctx, token, agent)
	callOf(ctx).lang = user.Lang
	out := &signInOutput{SetCookie: s.sessionCookie(secret, expires)}
	out.Body.Token, out.Body.ExpiresAt, out.Body.User = secret, expires, viewUser(user)
	return out, nil
}

func (s *Server) sessionCookie(secret string, expires time.Time) string {
	cookie := http.Cookie{
		Name: cookieName, Value: secret, Path: "/", Expires: expires,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.config.SecureCookies,
	}
	if secret == "" {
		cookie.MaxAge = -1
	}
	return cookie.String()
}

type signOutOutput struct {
	SetCookie string `header:"Set-Cookie"`
}

func (s *Server) signOut(ctx context.Context, _ *struct{}) (*signOutOutput, error) {
	if err := s.services.Tokens.RevokeToken(ctx, hashSecret(callOf(ctx).secret)); err != nil {
		return nil, err
	}
	return &signOutOutput{SetCookie: s.sessionCookie("", time.Unix(0, 0))}, nil
}

// sessionView is a sign-in to the page that is still good.
type sessionView struct {
	ID        uuid.UUID `json:"id" format:"uuid"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
	Current   bool      `json:"current" doc:"The one of this request"`
	UseView
}

func (s *Server) sessionsOf(ctx context.Context, user uuid.UUID) (*listOutput[sessionView], error) {
	all, err := s.services.Tokens.Tokens(ctx, user, crm.TokenSession)
	if err != nil {
		return nil, err
	}
	current := callOf(ctx).token.ID
	return listOf(all, func(t *crm.Token) sessionView {
		return sessionView{ID: t.ID, CreatedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt, Current: t.ID == current, UseView: viewUse(t.LastUse)}
	}), nil
}

func (s *Server) listSessions(ctx context.Context, _ *struct{}) (*listOutput[sessionView], error) {
	return s.sessionsOf(ctx, userOf(ctx).ID)
}

func (s *Server) listUserSessions(ctx context.Context, in *UserInput) (*listOutput[sessionView], error) {
	id, err := s.userThere(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return s.sessionsOf(ctx, id)
}

// SessionInput names a session of one's own.
type SessionInput struct {
	ID string `path:"id" doc:"Id of the session"`
}

// UserSessionInput names a session of a user.
type UserSessionInput struct {
	UserInput
	Session string `path:"session" doc:"Id of the session"`
}

func (s *Server) endSession(ctx context.Context, in *SessionInput) (*struct{}, error) {
	return nil, s.revoke(ctx, userOf(ctx).ID, crm.TokenSession, in.ID)
}

// endOtherSessions signs out everywhere but here.
func (s *Server) endOtherSessions(ctx context.Context, _ *struct{}) (*struct{}, error) {
	return nil, s.services.Tokens.EndSessions(ctx, userOf(ctx).ID, hashSecret(callOf(ctx).secret))
}

func (s *Server) endUserSession(ctx context.Context, in *UserSessionInput) (*struct{}, error) {
	user, err := s.userThere(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return nil, s.revoke(ctx, user, crm.TokenSession, in.Session)
}

func (s *Server) endUserSessions(ctx context.Context, in *UserInput) (*struct{}, error) {
	user, err := s.userThere(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return nil, s.services.Tokens.EndSessions(ctx, user, nil)
}
