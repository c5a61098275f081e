package routemaps

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	src, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(src))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("route-map.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("route-map.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// validate checks a map's source against the schema as an editor does: as the JSON that the YAML stands for.
func validate(t *testing.T, s *jsonschema.Schema, src string) error {
	t.Helper()
	converted, err := yaml.YAMLToJSON([]byte(src))
	if err != nil {
		return err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(converted))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(doc)
}

func TestSchemaAcceptsWhatLoadAccepts(t *testing.T) {
	s := compiledSchema(t)
	sources := map[string]string{"every-kind": everyKind, "credit-check": creditCheck}
	files, err := fs.Glob(Shipped(), "*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		src, err := fs.ReadFile(Shipped(), file)
		if err != nil {
			t.Fatal(err)
		}
		sources[file] = string(src)
	}
	for name, src := range sources {
		if err := validate(t, s, src); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is wrong in form is refused by the schema as by Load, so that an editor shows it.
func TestSchemaRefusesWrongForms(t *testing.T) {
	s := compiledSchema(t)
	forms := []string{
		"unknown_key", "missing_key", "unknown_word", "wrong_type", "bad_id", "key_not_here", "missing_language", "too_long", "bad_url",
		"wait_for_what", "rule_does_what", "bad_performer", "to_and_finish", "map_outcome_must_finish",
	}
	beyond := []string{ // form too, but told by other keys or by what words mean
		"has a meaning of its own", "is a choice without options", "cannot have options", "has no name", "holds a password", "needs a name", "field discount needs the key",
	}
	checked := 0
	for _, tt := range refusedEdits() {
		src, _ := edited(t, tt.old, tt.new)
		_, err := Load("m.yaml", []byte(src))
		var errs Errors
		if !errors.As(err, &errs) {
			t.Fatal(err)
		}
		isForm := slices.ContainsFunc(errs, func(e *Error) bool {
			return slices.Contains(forms, e.Code) && !slices.ContainsFunc(beyond, func(b string) bool { return strings.Contains(e.Message, b) })
		})
		if !isForm {
			continue
		}
		checked++
		if validate(t, s, src) == nil {
			t.Errorf("accepted %q → %q, for which Load says\n%v", tt.old, tt.new, errs)
		}
	}
	if checked < 50 {
		t.Errorf("only %d wrong forms", checked)
	}
}

func TestSchemaIsADocument(t *testing.T) {
	src, err := Schema()
	if err != nil || !json.Valid(src) || !bytes.Contains(src, []byte("2020-12")) {
		t.Errorf("%v\n%s", err, src)
	}
}
