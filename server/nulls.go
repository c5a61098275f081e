package server

import (
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
)

// checkNulls refuses null where the description of the API knows none. huma would take it for a field that is not sent, and the
// caller would believe that he has emptied it. What is no JSON, or of no description, is for others to judge.
func (s *Server) checkNulls(schema *huma.Schema, body []byte) error {
	e := failed(http.StatusUnprocessableEntity, "validation_failed")
	if sent := decoded(body); schema != nil && sent != nil {
		s.findNulls(schema, sent, "", e)
	}
	if len(e.fields) == 0 {
		return nil
	}
	return e
}

// findNulls adds to e the fields below a place of the body that are null and may not be.
func (s *Server) findNulls(schema *huma.Schema, sent any, pointer string, e *requestError) {
	if schema.Ref != "" {
		schema = s.schemas.SchemaFromRef(schema.Ref)
	}
	switch v := sent.(type) {
	case nil:
		if schema.Type != "" && !schema.Nullable {
			e.field(ProblemField{Pointer: pointer, Code: "null_not_allowed"})
		}
	case []any:
		for i := range v {
			if schema.Items != nil {
				s.findNulls(schema.Items, v[i], pointer+"/"+strconv.Itoa(i), e)
			}
		}
	case map[string]any:
		s.findNullFields(schema, v, pointer, e)
	}
}

// findNullFields is findNulls for the fields of an object. A required one that may be anything is something.
func (s *Server) findNullFields(schema *huma.Schema, sent map[string]any, pointer string, e *requestError) {
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		field, at := schema.Properties[name], pointer+"/"+escapePointer(name)
		if field == nil {
			field, _ = schema.AdditionalProperties.(*huma.Schema)
		}
		switch {
		case field == nil:
		case sent[name] == nil && slices.Contains(schema.Required, name) && !field.Nullable:
			e.field(ProblemField{Pointer: at, Code: "null_not_allowed"})
		default:
			s.findNulls(field, sent[name], at, e)
		}
	}
}

// withoutNullLists describes the lists of a body as they are taken: huma lets null pass for every list, and a handler would not see it.
func (s *Server) withoutNullLists(schema *huma.Schema, seen map[*huma.Schema]bool) {
	if schema == nil {
		return
	}
	if schema.Ref != "" {
		schema = s.schemas.SchemaFromRef(schema.Ref)
	}
	if seen[schema] {
		return
	}
	seen[schema] = true
	if schema.Type == huma.TypeArray {
		schema.Nullable = false
	}
	s.withoutNullLists(schema.Items, seen)
	if others, ok := schema.AdditionalProperties.(*huma.Schema); ok {
		s.withoutNullLists(others, seen)
	}
	for _, field := range schema.Properties {
		s.withoutNullLists(field, seen)
	}
}
