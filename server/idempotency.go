package server

import (
	"bytes"
	"context"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"marshrut/crm"
)

// maxKey is the longest Idempotency-Key, in characters.
const maxKey = 200

// storeTimeout is how long storing an answer may take after the caller has gone.
const storeTimeout = 5 * time.Second

// readKey takes the Idempotency-Key of a POST. Keys of the forms that the program makes by itself are not taken.
func (s *Server) readKey(c *gin.Context) {
	key := c.GetHeader("Idempotency-Key")
	if c.Request.Method != http.MethodPost || key == "" {
		c.Next()
		return
	}
	if !cleanText(key) || utf8.RuneCountInString(key) > maxKey || crm.IsOwnKey(key) {
		s.abort(c, failed(http.StatusBadRequest, "invalid_idempotency_key"))
		return
	}
	callOf(c.Request.Context()).key = key
	c.Next()
}

// recordID is the id of the record that this request makes: the same for a repetition with the same Idempotency-Key, so that
// it finds the record even where the answer was not kept. Another body never finds it: its answer would be about something
// else. Zero without a key.
func recordID(ctx context.Context) uuid.UUID {
	call := callOf(ctx)
	return keyedID(call, string(call.hash))
}

// secretID is recordID for bodies that nothing is to be kept of, not even a hash: whoever finds a record by it compares.
func secretID(ctx context.Context) uuid.UUID { return keyedID(callOf(ctx), "") }

func keyedID(call *call, body string) uuid.UUID {
	if call.key == "" {
		return uuid.Nil
	}
	return uuid.NewSHA1(call.user.ID, []byte(call.target+"\n"+call.key+"\n"+body))
}

// keyReused refuses a key that came before with another body.
func keyReused() error {
	return crm.Errorf(crm.KindUnprocessed, "idempotency_key_reused", "this Idempotency-Key came before with another request")
}

// remember gives a repeated POST the answer of the first one. Routes that make commands or cases remember by themselves:
// their key is stored with what they made. Nothing is kept of those with secrets in them.
func (s *Server) remember(c *gin.Context) {
	ctx := c.Request.Context()
	call := callOf(ctx)
	if known := s.routes[routeOf(c)]; call.key == "" || call.user == nil || known.remembers || known.secret {
		c.Next()
		return
	}
	answer, claimed, err := s.services.Answers.BeginRequest(ctx, call.user.ID, call.key, call.hash)
	if err != nil {
		s.abort(c, err)
		return
	}
	if answer != nil && call.hides {
		c.Next() // what he was told while he saw it is not told again
		return
	}
	if answer != nil {
		replay(c, answer)
		return
	}
	recorder := &recorder{ResponseWriter: c.Writer}
	c.Writer = recorder
	done := false
	defer func() {
		var answer *crm.Answer
		if done && worthKeeping(recorder.Status()) {
			answer = recorder.answer()
		}
		store, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
		defer cancel()
		if err := s.services.Answers.FinishRequest(store, call.user.ID, call.key, claimed, answer); err != nil {
			s.logFailure(ctx, err)
		}
		c.Writer = recorder.ResponseWriter
		if done {
			recorder.send()
		}
	}()
	c.Next()
	done = true
}

// worthKeeping tells whether a repetition should get this answer again. A server's failure leaves the key free, as nothing is
// known to have been done; so does a body that could not be taken: nothing was done, and the corrected one may come with the
// same key. That a record is not there is found anew each time, so that one that is hidden and one that there never was are alike.
func worthKeeping(status int) bool {
	switch status {
	case http.StatusNotFound, http.StatusBadRequest, http.StatusUnsupportedMediaType, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return false
	}
	return status < http.StatusInternalServerError
}

// kept are the headers of an answer that a repetition gets too.
var kept = []string{"Content-Type", "Content-Language", "Location", "ETag", "Retry-After"}

// recorder holds an answer back until it is stored: a caller who repeats the request the moment he has the answer finds
// it there.
type recorder struct {
	gin.ResponseWriter
	body bytes.Buffer
}

// Write keeps.
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) } //nolint:wrapcheck // never fails

// WriteString keeps.
func (r *recorder) WriteString(text string) (int, error) { return r.body.WriteString(text) } //nolint:wrapcheck // never fails

// WriteHeaderNow waits for send.
func (r *recorder) WriteHeaderNow() {}

// Written tells whether there is something to send.
func (r *recorder) Written() bool { return r.body.Len() > 0 }

func (r *recorder) send() {
	r.ResponseWriter.WriteHeaderNow()
	_, _ = r.ResponseWriter.Write(r.body.Bytes()) // the caller is gone when this fails
}

func (r *recorder) answer() *crm.Answer {
	a := &crm.Answer{Status: r.Status(), Headers: map[string]string{}, Body: r.body.Bytes()}
	for _, name := range kept {
		if value := r.Header().Get(name); value != "" {
			a.Headers[name] = value
		}
	}
	return a
}

func replay(c *gin.Context, a *crm.Answer) {
	for name, value := range a.Headers {
		c.Header(name, value)
	}
	c.Header("Idempotency-Replayed", "true")
	c.Status(a.Status)
	c.Writer.WriteHeaderNow()
	_, _ = c.Writer.Write(a.Body) // the caller is gone when this fails
	c.Abort()
}
