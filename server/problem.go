package server

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"marshrut/crm"
)

// Problem is the answer to a request that failed (RFC 9457).
type Problem struct {
	Type      string            `json:"type" doc:"Where the code is explained" example:"/problems#task_closed"`
	Title     string            `json:"title" doc:"What went wrong, in the caller's language" example:"The task is closed"`
	Status    int               `json:"status" example:"409"`
	Detail    string            `json:"detail,omitempty" doc:"What happened this time and what to do about it"`
	Code      string            `json:"code" doc:"Stable name of the problem, for programs" example:"task_closed"`
	Errors    []ProblemField    `json:"errors,omitempty" doc:"What is wrong with which part of the request"`
	Params    map[string]string `json:"params,omitempty" doc:"Values that the detail names, for programs: by is the id of a user"`
	RequestID string            `json:"request_id,omitempty" doc:"Names the request in the server's log"`

	headers http.Header
}

// ProblemField says what is wrong with one part of a request.
type ProblemField struct {
	Pointer   string `json:"pointer,omitempty" doc:"JSON pointer into the body" example:"/fields/reason"`
	Parameter string `json:"parameter,omitempty" doc:"Name of a parameter of the query, the path or the headers" example:"limit"`
	Code      string `json:"code" example:"required"`
	Detail    string `json:"detail" example:"This field must be filled in."`
	Line      int    `json:"line,omitempty" doc:"Line of a route map's or a template's text, from 1"`
	Column    int    `json:"column,omitempty" doc:"Column of a route map's text, from 1"`
	Record    string `json:"record,omitempty" doc:"Path of the record that is meant" example:"/api/v1/clients/0190d2c4-5b1f-7c3e-9a8b-1c2d3e4f5a6b"`
	Hint      string `json:"hint,omitempty" doc:"What to do about an error in a route map or a template"`

	params map[string]string // values that the text of the code names
	worded bool              // Detail says it in the caller's language already
}

// problemType is the media type of a Problem.
const problemType = "application/problem+json"

// Error gives the code; Problem is an error so that huma can answer with it.
func (p *Problem) Error() string { return p.Code }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders are the headers that go with the problem, such as Retry-After.
func (p *Problem) GetHeaders() http.Header { return p.headers }

// ContentType tells huma the media type.
func (p *Problem) ContentType(string) string { return problemType }

// requestError is an answer that only HTTP knows, with a status of its own. Its other parts are as crm.Error's.
type requestError struct {
	status  int
	code    string
	params  map[string]string
	fields  []ProblemField
	headers map[string]string
}

// Error gives the code.
func (e *requestError) Error() string { return e.code }

func failed(status int, code string) *requestError { return &requestError{status: status, code: code} }

func (e *requestError) with(name, value string) *requestError {
	if e.params == nil {
		e.params = map[string]string{}
	}
	e.params[name] = value
	return e
}

func (e *requestError) header(name, value string) *requestError {
	if e.headers == nil {
		e.headers = map[string]string{}
	}
	e.headers[name] = value
	return e
}

func (e *requestError) field(f ProblemField) *requestError {
	e.fields = append(e.fields, f)
	return e
}

// statusOf is the one place that turns the domain's kinds of error into HTTP.
func statusOf(kind crm.ErrorKind) int {
	switch kind {
	case crm.KindInvalid:
		return http.StatusBadRequest
	case crm.KindUnauthorized:
		return http.StatusUnauthorized
	case crm.KindForbidden:
		return http.StatusForbidden
	case crm.KindNotFound:
		return http.StatusNotFound
	case crm.KindConflict:
		return http.StatusConflict
	case crm.KindStale:
		return http.StatusPreconditionFailed
	case crm.KindTooLarge:
		return http.StatusRequestEntityTooLarge
	case crm.KindUnprocessed:
		return http.StatusUnprocessableEntity
	case crm.KindUnavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// retryAfter is what callers are told to wait when something passes by itself, in seconds.
const retryAfter = "2"

// codeInternal is all that a caller learns of an error nobody foresaw; the log has the rest under the request's id.
const codeInternal = "internal"

// problemOf makes the answer to err in the caller's language. Errors that are not meant for callers become "internal";
// the second result is then true, and the error is to be logged.
func (s *Server) problemOf(ctx context.Context, err error) (*Problem, bool) {
	if problem, ok := errors.AsType[*Problem](err); ok {
		return problem, false
	}
	call := callOf(ctx)
	lang := call.lang
	p := &Problem{RequestID: call.id, headers: http.Header{}}
	if request, ok := errors.AsType[*requestError](err); ok {
		p.Status, p.Code = request.status, request.code
		s.describe(p, lang, "", request.params)
		for _, f := range request.fields {
			p.Errors = append(p.Errors, s.texts.describe(lang, f))
		}
		for name, value := range request.headers {
			p.headers.Set(name, value)
		}
		return p, false
	}
	if domain, ok := crm.AsError(err); ok {
		p.Status, p.Code = statusOf(domain.Kind), domain.Code
		p.Params = domain.Params
		s.describe(p, lang, domain.Detail, s.namedParams(ctx, domain))
		for _, f := range domain.Fields {
			p.Errors = append(p.Errors, s.fieldOf(lang, &f))
		}
		if p.Status == http.StatusServiceUnavailable {
			p.headers.Set("Retry-After", retryAfter)
		}
		return p, false
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		// The caller went away, or the database did not answer in time: neither is a fault of the request.
		p.Status, p.Code = http.StatusServiceUnavailable, "timeout"
		p.headers.Set("Retry-After", retryAfter)
		s.describe(p, lang, "", nil)
		return p, true
	}
	if s.config.Away != nil && s.config.Away(err) {
		p.Status, p.Code = http.StatusServiceUnavailable, "database_unavailable"
		p.headers.Set("Retry-After", retryAfter)
		s.describe(p, lang, "", nil)
		return p, true
	}
	p.Status, p.Code = http.StatusInternalServerError, codeInternal
	s.describe(p, lang, "", map[string]string{"request_id": p.RequestID})
	return p, true
}

// fieldOf says what is wrong with one part in the caller's language: in the words that came with it, or in the catalogue's.
func (s *Server) fieldOf(lang crm.Lang, f *crm.FieldError) ProblemField {
	shown := ProblemField{Pointer: f.Pointer, Code: f.Code, Detail: f.Detail, Line: f.Line, params: f.Params}
	if f.Hint != nil {
		shown.Hint = f.Hint.In(lang)
	}
	if f.Text == nil {
		return s.texts.describe(lang, shown)
	}
	shown.Detail = f.Text.In(lang)
	return shown
}

// namedParams shows people and what has a name by their names where the text names them.
func (s *Server) namedParams(ctx context.Context, e *crm.Error) map[string]string {
	named := maps.Clone(e.Params)
	for name, text := range e.Names {
		named[name] = text.In(callOf(ctx).lang)
	}
	id, err := uuid.Parse(named["by"])
	if err != nil {
		return named
	}
	if user, err := s.services.Users.User(ctx, id); err == nil { // else the id: less to read, but true
		named["by"] = user.Name
	}
	return named
}

// describe fills in the texts. A code that the catalogue does not know shows the English detail.
func (s *Server) describe(p *Problem, lang crm.Lang, detail string, params map[string]string) {
	p.Type = "/problems#" + p.Code
	message, ok := s.texts.find(lang, p.Code)
	if !ok {
		p.Title, p.Detail = http.StatusText(p.Status), detail
		return
	}
	p.Title, p.Detail = message.Title, fill(message.Detail, params)
}

// answerError is problemOf for huma: an internal error is logged on the way.
func (s *Server) answerError(ctx context.Context, err error) *Problem {
	p, internal := s.problemOf(ctx, err)
	if internal {
		s.logFailure(ctx, err)
	}
	return p
}

// writeProblem answers outside huma: in middleware, for unknown routes and after a panic.
func (s *Server) writeProblem(w http.ResponseWriter, r *http.Request, err error) {
	p := s.answerError(r.Context(), err)
	maps.Copy(w.Header(), p.headers)
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the caller is gone when this fails
}

// init tells the two libraries, once and before anything of theirs exists, what they keep in variables of their packages:
// huma answers with our problems and refuses names in the wrong case; gin does not write to standard output by itself.
//
//nolint:gochecknoinits // there is no other way to set them without a race
func init() {
	gin.SetMode(gin.ReleaseMode)
	huma.ValidateStrictCasing = true
	huma.NewError = func(status int, _ string, _ ...error) huma.StatusError { return &Problem{Status: status} }
	huma.NewErrorWithContext = func(ctx huma.Context, status int, _ string, errs ...error) huma.StatusError {
		return callOf(ctx.Context()).server.answerError(ctx.Context(), requestErrorOf(status, errs))
	}
}
