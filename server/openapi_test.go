package server

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestTheContractDescribesEveryRoute: what gin serves under /api/v1 and what /openapi.json describes is the same.
func TestTheContractDescribesEveryRoute(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := r.do(request{method: get, path: "//openapi.json"}).want(http.StatusOK)
	var spec struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string
			Summary     string
			Tags        []string
			Responses   map[string]struct {
				Content map[string]any
			}
			Parameters []struct {
				Ref string `json:"$ref"`
			}
		}
	}
	a.into(&spec)
	if spec.OpenAPI != "3.1.0" {
		t.Errorf("OpenAPI %s", spec.OpenAPI)
	}
	served := 0
	for _, route := range r.engine.Routes() {
		if !strings.HasPrefix(route.Path, apiPrefix) {
			continue
		}
		served++
		parts := strings.Split(route.Path, "/")
		for i, part := range parts {
			if name, ok := strings.CutPrefix(part, ":"); ok {
				parts[i] = "{" + name + "}"
			}
		}
		path := strings.Join(parts, "/")
		operation, ok := spec.Paths[path][strings.ToLower(route.Method)]
		if !ok {
			t.Errorf("%s %s is not described", route.Method, path)
			continue
		}
		if operation.OperationID == "" || operation.Summary == "" || len(operation.Tags) != 1 {
			t.Errorf("%s %s is described poorly: %+v", route.Method, path, operation)
		}
		if _, ok := operation.Responses["default"].Content[problemType]; !ok {
			t.Errorf("%s %s does not describe its problems: %v", route.Method, path, operation.Responses)
		}
		keyed := len(operation.Parameters) > 0 && operation.Parameters[0].Ref == "#/components/parameters/IdempotencyKey"
		if want := route.Method == post && path != apiPrefix+"/sessions"; keyed != want {
			t.Errorf("%s %s describes an Idempotency-Key: %v", route.Method, path, keyed)
		}
	}
	described := 0
	for _, operations := range spec.Paths {
		described += len(operations)
	}
	if described != served {
		t.Errorf("%d operations are described, %d served", described, served)
	}
	if yaml := string(r.do(request{method: get, path: "//openapi.yaml"}).want(http.StatusOK).body); !strings.Contains(yaml, "/api/v1/tasks/{id}/complete:") {
		t.Errorf("the YAML lacks a route: %.300s", yaml)
	}
}

// TestTheContractHasWhatIsEmbedded: huma leaves out the fields of an embedded type that is not exported, which JSON has.
func TestTheContractHasWhatIsEmbedded(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	seen := 0
	for name := range r.schemas.Map() {
		typ := r.schemas.TypeFromRef("#/components/schemas/" + name)
		for typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct {
			continue
		}
		seen++
		for field := range typ.Fields() {
			if field.Anonymous && !field.IsExported() && field.Tag.Get("json") == "" {
				t.Errorf("%s embeds %s: its fields are missing in the contract, export it", typ, field.Name)
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d schemas were looked at", seen)
	}
}

// TestReferencesOfTheContractLead somewhere.
func TestReferencesOfTheContractLead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var spec map[string]any
	if err := json.Unmarshal(r.do(request{method: get, path: "//openapi.json"}).body, &spec); err != nil {
		t.Fatal(err)
	}
	found := 0
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok {
				found++
				var target any = spec
				for part := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
					m, _ := target.(map[string]any)
					target = m[part]
				}
				if target == nil {
					t.Errorf("%s leads nowhere", ref)
				}
			}
			for _, inner := range v {
				walk(inner)
			}
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		}
	}
	walk(spec)
	if found < 50 {
		t.Errorf("%d references", found)
	}
}

// TestEveryChangeWantsTheVersionThatWasRead: a change of a record or a setting takes If-Match, so that nobody writes over what he has not
// seen. One's own profile and the columns of one's own import are nobody else's to change.
func TestEveryChangeWantsTheVersionThatWasRead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var spec struct {
		Paths map[string]map[string]struct {
			Parameters []struct{ Name, In string }
		}
	}
	r.do(request{method: get, path: "//openapi.json"}).want(http.StatusOK).into(&spec)
	own := []string{apiPrefix + "/me", apiPrefix + "/imports/{id}/mapping"}
	changes := 0
	for path, operations := range spec.Paths {
		for method, operation := range operations {
			if method != "put" && method != "patch" || slices.Contains(own, path) {
				continue
			}
			changes++
			if !slices.ContainsFunc(operation.Parameters, func(p struct{ Name, In string }) bool { return p.In == "header" && p.Name == "If-Match" }) {
				t.Errorf("%s %s takes no If-Match", method, path)
			}
		}
	}
	if changes < 20 {
		t.Errorf("only %d changes were found", changes)
	}
}
