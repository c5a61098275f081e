package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"slices"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"marshrut/crm"
)

// hide keeps from a request the records that its user may not see, in whatever part of it they are named: their ids are exchanged for
// ids that nobody has. Everything behind it does and answers what it does for an unknown id, by the same path, so that no answer can
// tell the one from the other. Whoever sees everything passes at once.
func (s *Server) hide(c *gin.Context) {
	ctx := c.Request.Context()
	if crm.SightOf(ctx) == nil {
		c.Next()
		return
	}
	if err := s.hideNumbers(c); err != nil {
		s.abort(c, err)
		return
	}
	named, err := s.idsIn(c)
	if err != nil {
		s.abort(c, err)
		return
	}
	hidden, err := s.services.Users.Hidden(ctx, named.ids)
	if err != nil {
		s.abort(c, err)
		return
	}
	if len(hidden) > 0 {
		callOf(ctx).hides = true
		if err := named.exchange(c, hidden); err != nil {
			s.abort(c, err)
			return
		}
	}
	c.Next()
}

// hideNumbers does it for cases that are named by their numbers, in the path or the query.
func (s *Server) hideNumbers(c *gin.Context) error {
	for i, param := range c.Params {
		hidden, err := s.hiddenNumber(c, param.Value)
		if err != nil {
			return err
		}
		if hidden {
			callOf(c.Request.Context()).hides = true
			c.Params[i].Value = uuid.NewString()
		}
	}
	query := c.Request.URL.Query()
	for name, values := range query {
		hidden, err := s.hiddenNumber(c, values[0])
		if err != nil {
			return err
		}
		if hidden {
			callOf(c.Request.Context()).hides = true
			query.Set(name, uuid.NewString())
			c.Request.URL.RawQuery = query.Encode()
		}
	}
	return nil
}

func (s *Server) hiddenNumber(c *gin.Context, text string) (bool, error) {
	number := strings.ToUpper(text)
	if !caseNumber.MatchString(number) {
		return false, nil
	}
	return s.services.Users.HiddenNumber(c.Request.Context(), number)
}

// namedIDs are the ids that a request names, and its body where it names any there.
type namedIDs struct {
	ids    []uuid.UUID
	body   any // nil: of another kind than JSON, or none
	places *idPlaces
}

func (s *Server) idsIn(c *gin.Context) (*namedIDs, error) {
	n := &namedIDs{places: s.idPlaces(c.Request.Context())}
	for _, param := range c.Params {
		n.note(param.Value)
	}
	for _, values := range c.Request.URL.Query() {
		n.note(values[0])
	}
	if kind, _, _ := mime.ParseMediaType(c.GetHeader("Content-Type")); kind != "application/json" {
		return n, nil // checkBody lets no other JSON through
	}
	body, err := io.ReadAll(c.Request.Body)
	if err != nil {
		return nil, fmt.Errorf("read the body again: %w", err)
	}
	c.Request.Body = io.NopCloser(bytes.NewReader(body))
	n.body = decoded(body)
	n.places.exchange(n.body, false, false, func(id string) string {
		n.note(id)
		return id
	})
	return n, n.places.failed
}

// decoded is what a body of JSON says; nil for a wrong one: what is wrong with it is told later.
func decoded(body []byte) any {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var said any
	if err := decoder.Decode(&said); err != nil {
		return nil
	}
	return said
}

func (n *namedIDs) note(text string) {
	if id, err := uuid.Parse(text); err == nil {
		n.ids = append(n.ids, id)
	}
}

// exchange puts ids that nobody has in the place of the hidden ones, the same for the same.
func (n *namedIDs) exchange(c *gin.Context, hidden []uuid.UUID) error {
	instead, sent := map[uuid.UUID]string{}, map[string]string{}
	for _, id := range hidden {
		instead[id] = uuid.NewString()
		sent[instead[id]] = id.String()
	}
	callOf(c.Request.Context()).sent = sent
	other := func(text string) string {
		if id, err := uuid.Parse(text); err == nil && slices.Contains(hidden, id) {
			return instead[id]
		}
		return text
	}
	for i, param := range c.Params {
		c.Params[i].Value = other(param.Value)
	}
	query := c.Request.URL.Query()
	for name, values := range query {
		query.Set(name, other(values[0]))
	}
	c.Request.URL.RawQuery = query.Encode()
	if n.body == nil {
		return nil
	}
	body, err := json.Marshal(n.places.exchange(n.body, false, false, other))
	if err != nil {
		return fmt.Errorf("write the body anew: %w", err)
	}
	c.Request.Body, c.Request.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return nil
}

// idPlaces tells which texts of a JSON value are ids of records: those under names of ids, and of a form those of the fields that name
// records. Other texts are people's own and stay, whatever they look like.
type idPlaces struct {
	load   func() (map[string]bool, error) // asked when a form is met
	failed error                           // that load gave
}

func (s *Server) idPlaces(ctx context.Context) *idPlaces {
	return &idPlaces{load: sync.OnceValues(func() (map[string]bool, error) { return s.services.Maps.RecordFields(ctx) })}
}

// isID tells whether what is under the name is an id, when that it is a part of is one or not, or is a form's values.
func (p *idPlaces) isID(name string, isID, isForm bool) bool {
	if !isForm {
		return isID || namesID(name)
	}
	fields, err := p.load()
	p.failed = err
	return fields[name] || namesID(name)
}

// exchange goes through the ids of a JSON value, and puts others in their place.
func (p *idPlaces) exchange(value any, isID, isForm bool, other func(string) string) any {
	switch v := value.(type) {
	case string:
		if isID {
			return other(v)
		}
	case []any:
		for i := range v {
			v[i] = p.exchange(v[i], isID, false, other)
		}
	case map[string]any:
		for name := range v {
			v[name] = p.exchange(v[name], p.isID(name, isID, isForm), name == "fields", other)
		}
	}
	return value
}

// namesID tells whether what is under the name is an id of a record; a test holds it against the API's description.
func namesID(name string) bool {
	switch name {
	case "id", "ids", "fields", "from", "reply_to", "department_at_fault", "employee_at_fault":
		return true
	case "external_id": // of another system, in whatever form
		return false
	}
	return strings.HasSuffix(name, "_id") || strings.HasSuffix(name, "_ids")
}
