package routemaps

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"reflect"
	"strconv"

	"marshrut/routemaps/calendar"
)

// contentHash is the hash of what a map means. Comments, spacing, the order of keys and the file's name do not change it,
// nor do state and availability, which belong to the map and not to its version. Values left at their zero are not
// hashed, so that a field added to the format later leaves the hashes of older maps as they are.
func contentHash(m *Map) string {
	content := *m
	content.InitialState, content.AvailableTo = "", Availability{}
	content.SHA256, content.Source, content.File = "", nil, ""
	h := contentHasher{sha256.New()}
	h.value(reflect.ValueOf(content))
	return hex.EncodeToString(h.Sum(nil))
}

type contentHasher struct{ hash.Hash }

// text writes a text with its length before it, so that no two contents read the same.
func (h contentHasher) text(s string) {
	_, _ = io.WriteString(h, strconv.Itoa(len(s))+":"+s) // a hash takes everything
}

func (h contentHasher) value(v reflect.Value) {
	switch known := v.Interface().(type) {
	case calendar.Duration:
		h.text(known.String())
		return
	case *Condition:
		if known != nil {
			h.text(known.Source)
		}
		return
	}
	switch v.Kind() {
	case reflect.String:
		h.text(v.String())
	case reflect.Bool:
		h.text(strconv.FormatBool(v.Bool()))
	case reflect.Int:
		h.text(strconv.FormatInt(v.Int(), 10))
	case reflect.Pointer:
		if !v.IsNil() {
			h.value(v.Elem())
		}
	case reflect.Slice:
		h.text("[" + strconv.Itoa(v.Len()))
		for i := range v.Len() {
			h.value(v.Index(i))
		}
	case reflect.Struct:
		h.fields(v)
	default: // no other kind is in a map
	}
}

func (h contentHasher) fields(v reflect.Value) {
	h.text("{")
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() || f.Type == reflect.TypeFor[Pos]() || v.Field(i).IsZero() || v.Field(i).Kind() == reflect.Slice && v.Field(i).Len() == 0 {
			continue
		}
		h.text(f.Name)
		h.value(v.Field(i))
	}
	h.text("}")
}
