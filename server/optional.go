package server

import (
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"
)

// optional is a value of a request's body that may be left out, or be null to empty what is there.
type optional[T any] struct {
	sent  bool
	value *T // nil: null
}

// UnmarshalJSON notes that the value was sent.
func (o *optional[T]) UnmarshalJSON(text []byte) error {
	o.sent = true
	return json.Unmarshal(text, &o.value) //nolint:wrapcheck // huma has checked the value against its schema
}

// Schema is the value's own, or null.
func (*optional[T]) Schema(r huma.Registry) *huma.Schema {
	schema := *r.Schema(reflect.TypeFor[T](), true, "")
	schema.Nullable = true
	return &schema
}

// orNone is what a patch takes: nil, nothing was sent; to nil, the field is to be emptied.
func (o *optional[T]) orNone() **T {
	if !o.sent {
		return nil
	}
	return &o.value
}

// orZero is the same for fields whose zero value is "none".
func (o *optional[T]) orZero() *T {
	switch {
	case !o.sent:
		return nil
	case o.value == nil:
		return new(T)
	}
	return o.value
}

// ids are ids of records, as a request lists them. Their schema names the form of each, so that a wrong one is told with its
// place.
type ids []uuid.UUID

// Schema describes them in OpenAPI.
func (ids) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString, Format: "uuid"}}
}
