package server

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"
)

// nullPlace is a place of a body, with the schema of what may stand there and a body that has null in it.
type nullPlace struct {
	pointer string
	schema  *huma.Schema
	body    any
}

// nullPlaces are the places below a schema. within puts a value of that schema into a whole body.
func (s *Server) nullPlaces(schema *huma.Schema, pointer string, within func(any) any, above []*huma.Schema) (places []nullPlace) {
	if schema.Ref != "" {
		schema = s.schemas.SchemaFromRef(schema.Ref)
	}
	if slices.Contains(above, schema) {
		return nil
	}
	above = append(slices.Clone(above), schema)
	if schema.Items != nil {
		inside := func(value any) any { return within([]any{value}) }
		places = append(places, nullPlace{pointer + "/0", schema.Items, inside(nil)})
		places = append(places, s.nullPlaces(schema.Items, pointer+"/0", inside, above)...)
	}
	properties := maps.Clone(schema.Properties)
	if others, ok := schema.AdditionalProperties.(*huma.Schema); ok && others.Type != "" {
		properties = map[string]*huma.Schema{"any": others}
	}
	for name, field := range properties {
		inside := func(value any) any { return within(map[string]any{name: value}) }
		places = append(places, nullPlace{pointer + "/" + name, field, inside(nil)})
		places = append(places, s.nullPlaces(field, pointer+"/"+name, inside, above)...)
	}
	return places
}

// TestR65_NullMeansSomethingOrIsRefused wherever a body may have it: at every field of every operation.
func TestR65_NullMeansSomethingOrIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	refused, allowed := 0, 0
	for name, route := range r.routes {
		if route.body == nil {
			continue
		}
		for _, place := range r.nullPlaces(route.body, "", func(value any) any { return value }, nil) {
			if place.schema.Type == huma.TypeArray && place.schema.Nullable {
				t.Errorf("%s: the contract lets %s be null", name, place.pointer)
			}
			body, err := json.Marshal(place.body)
			require.NoError(t, err)
			err = r.checkNulls(route.body, body)
			if err == nil {
				allowed++
				if says := place.schema.Description; !strings.Contains(says, "null") {
					t.Errorf("%s takes null at %s, and does not say what it means: %q", name, place.pointer, says)
				}
				continue
			}
			refused++
			wrong, ok := errors.AsType[*requestError](err)
			if !ok || len(wrong.fields) != 1 || wrong.fields[0].Code != "null_not_allowed" || wrong.fields[0].Pointer != place.pointer {
				t.Errorf("%s with null at %s: %+v", name, place.pointer, wrong)
			}
		}
		// Values by a name that the description does not know: of forms and of own attributes.
		for _, place := range r.nullPlaces(route.body, "", func(value any) any { return value }, nil) {
			if others, open := place.schema.AdditionalProperties.(*huma.Schema); open && others.Type == "" && !strings.Contains(place.schema.Description, "null") {
				t.Errorf("%s: what null means among %s is not said: %q", name, place.pointer, place.schema.Description)
			}
		}
	}
	require.Greater(t, refused, 300)
	require.Greater(t, allowed, 20)
}

// TestR65_AListIsNotNull: it may be empty.
func TestR65_AListIsNotNull(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	caseID, _ := r.deal()
	call := r.called(map[string]any{"case_id": caseID}).text("id")
	r.changeInteraction(call, `{"participants":null}`).wrongAt("/participants", "null_not_allowed")
	r.do(request{as: "manager", method: post, path: "/interactions", body: `{"kind":"call","at":"2026-03-02T08:00:00Z","participants":null}`}).wrongAt("/participants", "null_not_allowed")
	r.do(request{as: "manager", method: post, path: "/interactions/bulk", body: `{"ids":null,"reviewed":true}`}).wrongAt("/ids", "null_not_allowed")
	r.do(request{as: "manager", method: post, path: "/clients", body: `{"name":"Ромашка","details":null}`}).wrongAt("/details", "null_not_allowed")
	r.do(request{as: "manager", method: post, path: "/cases/" + caseID + "/payments", body: `{"amount":null}`}).wrongAt("/amount", "null_not_allowed")
}
