package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	if strings.Contains(held.Header().Get("Content-Type"), "json") {
		if err := s.redactBody(c, held); err != nil {
			c.Writer = held.ResponseWriter
			s.abort(c, err)
			return
		}
	}
	held.send()
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
	redactIDs(body, false, func(id uuid.UUID) bool {
		ids = append(ids, id)
		return false
	})
	hidden, err := s.services.Users.Hidden(c.Request.Context(), ids)
	if err != nil || len(hidden) == 0 {
		return err
	}
	body, gone := redactIDs(body, false, func(id uuid.UUID) bool { return slices.Contains(hidden, id) })
	if gone {
		return crm.Errorf(crm.KindNotFound, "not_found", "nothing of the answer may be seen")
	}
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("write an answer anew: %w", err)
	}
	held.body.Reset()
	held.body.Write(text)
	if held.Header().Get("Content-Length") != "" {
		held.Header().Set("Content-Length", strconv.Itoa(len(text)))
	}
	return nil
}

// redactIDs takes the hidden ids out of a JSON value: a field that names one, an item of a list, and a record whose own id it is. The
// bool tells that nothing of the value is left.
func redactIDs(value any, isID bool, hidden func(uuid.UUID) bool) (any, bool) {
	switch v := value.(type) {
	case string:
		if id, err := uuid.Parse(v); isID && err == nil {
			return v, hidden(id)
		}
	case []any:
		kept := v[:0:0]
		for _, one := range v {
			if one, gone := redactIDs(one, isID, hidden); !gone {
				kept = append(kept, one)
			}
		}
		if kept == nil {
			kept = []any{}
		}
		return kept, false
	case map[string]any:
		for name, one := range v {
			one, gone := redactIDs(one, isID || namesID(name), hidden)
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
