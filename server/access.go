package server

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

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
	exporters        = access(crm.RightExport)
)

// String names the access, for the API's description.
func (a access) String() string {
	switch a {
	case nobody:
		return "nobody"
	case public:
		return "anyone, without signing in"
	case everyone:
		return "everyone signed in"
	}
	return "who has the right `" + string(a) + "`"
}

// allows tells whether the user has this access.
func (a access) allows(u *crm.User) bool {
	switch a {
	case nobody:
		return false
	case public:
		return true
	case everyone:
		return u != nil
	}
	return u != nil && u.Can(crm.Right(a))
}

// authorize signs the request in and refuses it when its route's access does not allow the user.
func (s *Server) authorize(c *gin.Context) {
	who := s.routes[routeOf(c)].who
	if who == public {
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
	user, err := s.tokenUser(c.Request.Context(), secret)
	if known, ok := crm.AsError(err); ok && known.Kind == crm.KindNotFound {
		s.abort(c, failed(http.StatusUnauthorized, "session_expired").header("WWW-Authenticate", `Bearer error="invalid_token"`))
		return
	}
	if err != nil {
		s.abort(c, err)
		return
	}
	call.user, call.lang, call.secret = user, user.Lang, secret
	call.origin.User = user.ID
	if !cookie {
		// A program says what it wants; a browser sends the header without being asked, and its user has said what he wants.
		call.lang = negotiate(c.GetHeader("Accept-Language"), user.Lang)
	}
	if !who.allows(user) {
		s.abort(c, failed(http.StatusForbidden, "not_allowed"))
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
	c.Next()
}

func (s *Server) tokenUser(ctx context.Context, secret string) (*crm.User, error) {
	ctx, cancel := context.WithTimeout(ctx, handlerTimeout)
	defer cancel()
	return s.services.Tokens.TokenUser(ctx, hashSecret(secret), s.clock())
}

// sameOrigin keeps other sites from using a browser's cookie: a request that changes something must come from one of our
// own pages. Browsers say where from; a request that does not is no browser's, but then it has no business with a cookie.
func (s *Server) sameOrigin(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return true
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	origin, err := url.Parse(r.Header.Get("Origin"))
	return err == nil && origin.Host != "" && strings.EqualFold(origin.Host, r.Host)
}
