package server

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"marshrut/crm"
)

// access says who may make a request: nobody, anyone, who is signed in, or who has a right. Every route names one in routes.go;
// records may narrow it further, as a task does to those it is addressed to.
type access string

// The kinds of access. Their zero value lets nobody in.
const (
	nobody    access = ""
	public    access = "public"    // without signing in
	everyone  access = "signed in" // reading, and what is one's own
	workers          = access(crm.RightWork)
	leaders          = access(crm.RightLead)
	designers        = access(crm.RightDesign) // R15
	admins           = access(crm.RightAdminister)
	deciders         = access(crm.RightSettings) // R22
	exporters        = access(crm.RightExport)
	auditors         = access(crm.RightAudit)
)

// String names the access, for the API's description.
func (a access) String() string {
	if a == nobody {
		return "nobody"
	}
	if a == public {
		return "anyone, without signing in"
	}
	if a == everyone {
		return "everyone signed in"
	}
	return "who has the right `" + string(a) + "`"
}

// allows tells whether the user has this access.
func (a access) allows(u *crm.User) bool {
	if a == nobody || a == public {
		return a == public
	}
	return u != nil && (a == everyone || u.Can(crm.Right(a)))
}

// refuses is the code of why the user may not do this with this token; empty: he may. One's own account is nothing for a program
// with scopes, by whatever path: own tells that the path names the user himself.
func (a access) refuses(u *crm.User, token *crm.Token, method string, own bool) string {
	switch {
	case !a.allows(u):
		return "not_allowed"
	case token.Scopes != nil && (a == everyone || a == admins && own) && !onlyReads(method):
		return "beyond_scopes"
	}
	return ""
}

// ownAccount tells whether the path of the request names the user as the one whose account it is about.
func ownAccount(c *gin.Context, u *crm.User) bool {
	id, err := uuid.Parse(c.Param("id"))
	return err == nil && id == u.ID && strings.HasPrefix(c.FullPath(), apiPrefix+"/users/")
}

// authorize signs the request in and refuses it when its route's access does not allow the user.
func (s *Server) authorize(c *gin.Context) {
	who := s.routes[routeOf(c)].who
	if who == public {
		if fromElsewhere(c.Request) {
			s.abort(c, failed(http.StatusForbidden, "cross_origin")) // nobody is signed in by another site
			return
		}
		c.Next()
		return
	}
	call := callOf(c.Request.Context())
	secret, cookie := secretOf(c.Request)
	if secret == "" {
		s.abort(c, failed(http.StatusUnauthorized, "not_signed_in").header("WWW-Authenticate", "Bearer"))
		return
	}
	if cookie && !s.sameOrigin(c.Request) {
		s.abort(c, failed(http.StatusForbidden, "cross_origin"))
		return
	}
	user, token, err := s.tokenUser(c.Request.Context(), secret)
	if known, ok := crm.AsError(err); ok && known.Kind == crm.KindNotFound {
		s.abort(c, failed(http.StatusUnauthorized, "session_expired").header("WWW-Authenticate", `Bearer error="invalid_token"`))
		return
	}
	if err != nil {
		s.abort(c, err)
		return
	}
	call.user, call.lang, call.secret, call.token = user, user.Lang, secret, token
	call.origin.User, call.origin.Scopes = user.ID, token.Scopes
	if !cookie {
		// A program says what it wants; a browser sends the header without being asked, and its user has said what he wants.
		call.lang = negotiate(c.GetHeader("Accept-Language"), user.Lang)
	}
	if code := who.refuses(user, token, c.Request.Method, ownAccount(c, user)); code != "" {
		s.abort(c, failed(http.StatusForbidden, code))
		return
	}
	sight, err := s.services.Users.SightOf(c.Request.Context(), user)
	if err != nil {
		s.abort(c, err)
		return
	}
	if sight != nil {
		c.Request = c.Request.WithContext(crm.WithSight(c.Request.Context(), sight))
	}
	s.noteUse(c.Request.Context(), token, c.Request.UserAgent())
	c.Next()
}

// tokenUser finds whose token it is, with the rights that the token leaves him.
func (s *Server) tokenUser(ctx context.Context, secret string) (*crm.User, *crm.Token, error) {
	ctx, cancel := context.WithTimeout(ctx, handlerTimeout)
	defer cancel()
	user, token, err := s.services.Tokens.TokenUser(ctx, hashSecret(secret), s.clock())
	if err != nil {
		return nil, nil, err
	}
	token.Narrow(user)
	return user, token, nil
}

// noteUse writes down from where a token is used, where that is worth it. A request does not fail for it.
func (s *Server) noteUse(ctx context.Context, token *crm.Token, agent string) {
	use := useNow(ctx, s.clock(), agent)
	if !use.Worth(token.LastUse) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, handlerTimeout)
	defer cancel()
	if err := s.services.Tokens.NoteTokenUse(ctx, token.ID, use); err != nil {
		s.log.WarnContext(ctx, "the use of a token is not noted", "token_id", token.ID, "error", crm.Scrub(err))
	}
}

// What is kept of an address and of a program's name for itself at most, in characters.
const (
	maxAddress = 45
	maxAgent   = 200
)

func useNow(ctx context.Context, now time.Time, agent string) crm.TokenUse {
	cut := func(text string, most int) string {
		runes := []rune(crm.OneLine(strings.ToValidUTF8(text, "")))
		return string(runes[:min(len(runes), most)])
	}
	return crm.TokenUse{At: now, Address: cut(addressOf(ctx), maxAddress), Agent: cut(agent, maxAgent)}
}

// onlyReads tells whether a method changes nothing.
func onlyReads(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// fromElsewhere tells whether a browser sends a request that changes something for a page of another site.
func fromElsewhere(r *http.Request) bool {
	if onlyReads(r.Method) {
		return false
	}
	switch site := r.Header.Get("Sec-Fetch-Site"); site {
	case "", "none", "same-origin":
	default:
		return true
	}
	origin := r.Header.Get("Origin")
	from, err := url.Parse(origin)
	return origin != "" && (err != nil || !strings.EqualFold(from.Host, r.Host))
}

// sameOrigin keeps other sites from using a browser's cookie: a request that changes something must come from one of our
// own pages. Browsers say where from; a request that does not is no browser's, but then it has no business with a cookie.
func (s *Server) sameOrigin(r *http.Request) bool {
	if onlyReads(r.Method) {
		return true
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	origin, err := url.Parse(r.Header.Get("Origin"))
	return err == nil && origin.Host != "" && strings.EqualFold(origin.Host, r.Host)
}
