package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"marshrut/crm"
)

// requestIDs are the ids that are taken over from a caller: what is safe in a log and a header.
var requestIDs = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// observe begins every request: its id, its call, its line in the log, its time in the metrics.
func (s *Server) observe(c *gin.Context) {
	id := c.GetHeader("X-Request-Id")
	if !requestIDs.MatchString(id) {
		id = uuid.NewString()
	}
	call := &call{server: s, id: id, lang: negotiate(c.GetHeader("Accept-Language"), crm.RU), address: c.ClientIP()}
	call.origin = crm.Origin{Address: call.address, RequestID: id, Program: "api"}
	c.Request = c.Request.WithContext(withCall(crm.WithOrigin(c.Request.Context(), &call.origin), call))
	c.Header("X-Request-Id", id)

	start := time.Now()
	s.metrics.inFlight.Inc()
	defer func() {
		s.metrics.inFlight.Dec()
		s.account(c, call, time.Since(start))
	}()
	c.Next()
}

// account writes the log's line and the metric. Neither has a path's or a query's values in it: a search is often for a
// person.
func (s *Server) account(c *gin.Context, call *call, took time.Duration) {
	pattern := c.FullPath()
	if pattern == "" {
		pattern = "unknown"
	}
	method := knownMethod(c.Request.Method)
	status := c.Writer.Status()
	s.metrics.duration.WithLabelValues(method, pattern, strconv.Itoa(status)).Observe(took.Seconds())
	attributes := []slog.Attr{
		slog.String("request_id", call.id), slog.String("method", method), slog.String("route", pattern),
		slog.Int("status", status), slog.Duration("took", took), slog.Int("bytes", max(0, c.Writer.Size())),
	}
	if call.user != nil {
		attributes = append(attributes, slog.String("user_id", call.user.ID.String()))
	}
	level := slog.LevelInfo
	if quiet(pattern) {
		level = slog.LevelDebug
	}
	s.log.LogAttrs(c.Request.Context(), level, "http", attributes...)
}

// quiet are the routes that machines ask all the time.
func quiet(pattern string) bool {
	switch pattern {
	case "/livez", "/readyz", "/metrics":
		return true
	}
	return false
}

// knownMethod keeps made-up methods out of the metrics' labels.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// recover turns a panic into a 500. One panic is not ours to keep: http.ErrAbortHandler breaks the connection off.
func (s *Server) recover(c *gin.Context) {
	defer func() {
		cause := recover()
		if cause == nil {
			return
		}
		if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(cause) //nolint:forbidigo // net/http takes it for what it is
		}
		ctx := c.Request.Context()
		s.log.LogAttrs(ctx, slog.LevelError, "panic", slog.String("request_id", callOf(ctx).id),
			slog.String("route", c.FullPath()), slog.String("cause", causeOf(cause)), slog.String("stack", string(debug.Stack())))
		if !c.Writer.Written() {
			s.writeProblem(c.Writer, c.Request, errPanic)
		}
		c.Abort()
	}()
	c.Next()
}

// causeOf is what a panic says, unless it may be somebody's data.
func causeOf(cause any) string {
	if err, ok := cause.(error); ok {
		return crm.Scrub(err)
	}
	return fmt.Sprintf("%T", cause)
}

var errPanic = errors.New("the handler panicked")

// logFailure notes an error that the caller does not get to see.
func (s *Server) logFailure(ctx context.Context, err error) {
	level := slog.LevelError
	if errors.Is(err, context.Canceled) {
		level = slog.LevelInfo // the caller went away
	}
	s.log.LogAttrs(ctx, level, "request failed", slog.String("request_id", callOf(ctx).id), slog.String("error", crm.Scrub(err)))
}

// pageCSP is the policy of everything but the explorer: nothing may be loaded from anywhere else.
const pageCSP = "default-src 'none'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// secure sets the headers that keep browsers careful.
func secure(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", pageCSP)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	if strings.HasPrefix(c.Request.URL.Path, apiPrefix) {
		h.Set("Cache-Control", "no-store") // answers are of one user
	}
	c.Next()
}

// withImplied adds what every path answers besides what is registered.
func withImplied(allow string) string {
	if strings.Contains(allow, http.MethodGet) && !strings.Contains(allow, http.MethodHead) {
		allow += ", " + http.MethodHead
	}
	return allow + ", " + http.MethodOptions
}
