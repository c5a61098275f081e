package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"marshrut/crm"
)

// redact takes out of an answer the ids of records that the user may not see: a case he sees may have been made from one that he does
// not, and an interaction go on from another. Lists are narrowed where they are read; here a record that a list has all the same is
// left out of it. Whoever sees everything passes at once.
func (s *Server) redact(c *gin.Context) {
	ctx := c.Request.Context()
	if crm.SightOf(ctx) == nil || s.routes[routeOf(c)].streams {
		c.Next()
		return
	}
	held := &recorder{ResponseWriter: c.Writer}
	c.Writer = held
	defer func() { c.Writer = held.ResponseWriter }()
	c.Next()
	redacted := func(*gin.Context, *recorder) error { return nil }
	switch kind := held.Header().Get("Content-Type"); {
	case strings.Contains(kind, "json"):
		redacted = s.redactBody
	case strings.HasPrefix(kind, "text/") && !strings.HasPrefix(routeOf(c), get+" "+apiPrefix+"/files/"): // a file is what somebody has written
		redacted = s.redactText
	}
	if err := redacted(c, held); err != nil {
		c.Writer = held.ResponseWriter
		s.abort(c, err)
		return
	}
	held.name(callOf(ctx).sent)
	held.send()
}

// name calls the records that the request named as it did: an answer that repeats an id must not tell that it was exchanged.
func (r *recorder) name(sent map[string]string) {
	body := r.body.Bytes()
	for other, id := range sent {
		body = bytes.ReplaceAll(body, []byte(other), []byte(id))
	}
	if len(sent) > 0 {
		r.rewrite(body)
	}
}

// idForm is an id in a text.
var idForm = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// redactText puts a dash in the place of the hidden ids of a text.
func (s *Server) redactText(c *gin.Context, held *recorder) error {
	var ids []uuid.UUID
	for _, text := range idForm.FindAllString(held.body.String(), -1) {
		if id, err := uuid.Parse(text); err == nil {
			ids = append(ids, id)
		}
	}
	hidden, err := s.services.Users.Hidden(c.Request.Context(), ids)
	if err != nil || len(hidden) == 0 {
		return err
	}
	held.rewrite(idForm.ReplaceAllFunc(held.body.Bytes(), func(text []byte) []byte {
		if id, err := uuid.ParseBytes(text); err == nil && slices.Contains(hidden, id) {
			return []byte("—")
		}
		return text
	}))
	return nil
}

// rewrite puts another body in the place of the one that is held.
func (r *recorder) rewrite(body []byte) {
	r.body = *bytes.NewBuffer(body)
	if r.Header().Get("Content-Length") != "" {
		r.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
}

func (s *Server) redactBody(c *gin.Context, held *recorder) error {
	decoder := json.NewDecoder(bytes.NewReader(held.body.Bytes()))
	decoder.UseNumber()
	var body any
	if err := decoder.Decode(&body); err != nil {
		if errors.Is(err, io.EOF) {
			return nil
		}
		return fmt.Errorf("read an answer again: %w", err)
	}
	var ids []uuid.UUID
	places := s.idPlaces(c.Request.Context())
	places.redact(body, false, false, func(id uuid.UUID) bool {
		ids = append(ids, id)
		return false
	})
	if places.failed != nil {
		return places.failed
	}
	hidden, err := s.services.Users.Hidden(c.Request.Context(), ids)
	if err != nil || len(hidden) == 0 {
		return err
	}
	body, gone := places.redact(body, false, false, func(id uuid.UUID) bool { return slices.Contains(hidden, id) })
	if gone {
		return crm.Errorf(crm.KindNotFound, "not_found", "nothing of the answer may be seen")
	}
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("write an answer anew: %w", err)
	}
	held.rewrite(text)
	return nil
}

// redact takes the hidden ids out of a JSON value: a field that names one, an item of a list, and a record whose own id it is. The
// bool tells that nothing of the value is left.
func (p *idPlaces) redact(value any, isID, isForm bool, hidden func(uuid.UUID) bool) (any, bool) {
	switch v := value.(type) {
	case string:
		if id, err := uuid.Parse(v); isID && err == nil {
			return v, hidden(id)
		}
	case []any:
		kept := v[:0:0]
		for _, one := range v {
			if one, gone := p.redact(one, isID, false, hidden); !gone {
				kept = append(kept, one)
			}
		}
		if kept == nil {
			kept = []any{}
		}
		return kept, false
	case map[string]any:
		for name, one := range v {
			one, gone := p.redact(one, p.isID(name, isID, isForm), name == "fields", hidden)
			if gone && name == "id" {
				return nil, true
			}
			v[name] = one
			if gone {
				delete(v, name)
			}
		}
	}
	return value, false
}
