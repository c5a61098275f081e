// Package docs_test keeps the documentation true: its examples are run, its links followed, and what it lists is compared
// with the code.
package docs_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"marshrut/crm"
	"marshrut/notify"
	"marshrut/routemaps"
	"marshrut/routemaps/calendar"
	"marshrut/routemaps/routemapcli"
)

var update = flag.Bool("update", false, "write the schema of route maps anew")

func TestExamplesLintAndPass(t *testing.T) {
	library, err := notify.Shipped()
	require.NoError(t, err)
	calendars, err := calendar.Shipped()
	require.NoError(t, err)
	var out, errOut bytes.Buffer
	commands := routemapcli.Commands{
		Out: &out, Err: &errOut, Calendars: map[string]*calendar.Calendar{}, Known: routemaps.Known{Roles: crm.Roles()},
	}
	for _, key := range library.Keys() {
		if info, ok := library.Info(key); ok && info.Channel == notify.SMSChannel {
			commands.Known.SMSTemplates = append(commands.Known.SMSTemplates, key)
		} else {
			commands.Known.EmailTemplates = append(commands.Known.EmailTemplates, key)
		}
	}
	for _, one := range calendars {
		commands.Calendars[one.ID()] = one
	}

	require.Equal(t, routemapcli.ExitOK, commands.Lint([]string{"examples"}, true), "lint: %s%s", &out, &errOut)
	require.Equal(t, routemapcli.ExitOK, commands.Test([]string{"examples"}, true), "test: %s%s", &out, &errOut)
}

// TestTutorialShowsItsExample: the guide prints the example without its comments and instructions, and no line that is not in it.
func TestTutorialShowsItsExample(t *testing.T) {
	guide := read(t, "route-maps.md")
	for marker, file := range map[string]string{"id: refund\n": "examples/refund.yaml", "map: refund\n": "examples/refund_test.yaml"} {
		_, block, found := strings.Cut(guide, "```yaml\n"+marker)
		require.True(t, found, "the guide shows %s", file)
		block, _, _ = strings.Cut(marker+block, "```")
		example := tokens(read(t, file))
		for line := range strings.SplitSeq(strings.TrimSpace(block), "\n") {
			if !strings.Contains(example, tokens(line)) {
				t.Errorf("%s does not have: %s", file, line)
			}
		}
	}
}

// tokens leaves out what YAML writes in several ways: comments, spaces, and the brackets of mappings on one line.
func tokens(text string) string {
	text = regexp.MustCompile(`(?m)(^|\s)#.*$`).ReplaceAllString(text, "")
	return regexp.MustCompile(`[\s{},]+`).ReplaceAllString(text, "")
}

func TestSchemaIsTheLoaders(t *testing.T) {
	schema, err := routemaps.Schema()
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile("route-map.schema.json", schema, 0o600))
	}
	require.Equal(t, string(schema), read(t, "route-map.schema.json"), "run: go test ./docs -run Schema -update")
}

func TestGuideListsTheStandardFields(t *testing.T) {
	_, list, found := strings.Cut(read(t, "route-maps.md"), "<!-- standard fields -->")
	require.True(t, found)
	list, _, _ = strings.Cut(list, "\n\n")
	var listed, known []string
	for _, match := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(list, -1) {
		listed = append(listed, match[1])
	}
	for _, field := range routemaps.StandardFields() {
		known = append(known, field.ID)
	}
	require.Equal(t, known, listed)
}

// TestGuideNamesEveryKey: each key that the schema knows is explained.
func TestGuideNamesEveryKey(t *testing.T) {
	var schema any
	require.NoError(t, json.Unmarshal([]byte(read(t, "route-map.schema.json")), &schema))
	keys := properties(schema)
	require.Contains(t, keys, "time_limit", "the schema was read")
	guide := read(t, "route-maps.md")
	for _, key := range keys {
		require.True(t, regexp.MustCompile(`\b`+key+`\b`).MatchString(guide), "the guide does not name %s", key)
	}
}

// properties gathers the names of all properties of a JSON Schema.
func properties(schema any) []string {
	var names []string
	switch schema := schema.(type) {
	case map[string]any:
		for key, value := range schema {
			if members, ok := value.(map[string]any); ok && key == "properties" {
				names = slices.AppendSeq(names, maps.Keys(members))
			}
			names = append(names, properties(value)...)
		}
	case []any:
		for _, item := range schema {
			names = append(names, properties(item)...)
		}
	}
	return names
}

// TestEverySettingIsDocumented compares the environment variables of the programs with the table of operations.md.
func TestEverySettingIsDocumented(t *testing.T) {
	page := read(t, "operations.md")
	named := regexp.MustCompile(`"((?:MARSHRUT|TEMPORAL|DATABASE)_[A-Z_]+)"`)
	found := map[string]bool{}
	for _, file := range []string{"../app/settings.go", "../worker/worker.go", "../standalone/settings.go"} {
		for _, match := range named.FindAllStringSubmatch(read(t, file), -1) {
			found[match[1]] = true
		}
	}
	require.Greater(t, len(found), 15, "the settings were read")
	for name := range found {
		if !strings.Contains(page, "`"+name+"`") {
			t.Errorf("%s is not documented", name)
		}
	}
	for _, match := range regexp.MustCompile("`(MARSHRUT_[A-Z_]+)`").FindAllStringSubmatch(page, -1) {
		require.Contains(t, found, match[1], "%s is documented and does not exist", match[1])
	}
}

// TestEveryRouteInTheAPIGuideExists: requests that the guide names are in the server's one list of routes.
func TestEveryRouteInTheAPIGuideExists(t *testing.T) {
	routes := read(t, "../server/routes.go")
	verbs := map[string]string{"GET": "get", "POST": "post", "PUT": "put", "PATCH": "patch", "DELETE": "remove"}
	count := 0
	for _, match := range regexp.MustCompile("`(GET|POST|PUT|PATCH|DELETE) (/[a-z-]+[^`? ]*)").FindAllStringSubmatch(read(t, "api.md"), -1) {
		path := strings.TrimPrefix(match[2], "/api/v1")
		if !strings.Contains(routes, "add(r, "+verbs[match[1]]+`, "`+path+`"`) {
			t.Errorf("there is no route %s %s", match[1], match[2])
		}
		count++
	}
	require.Greater(t, count, 15, "the guide's requests were read")
}

// TestExamplesMakeDifferentClients: who pastes the pages' requests one after the other is not told that the client is there.
func TestExamplesMakeDifferentClients(t *testing.T) {
	pages, err := filepath.Glob("*.md")
	require.NoError(t, err)
	client := regexp.MustCompile(`"client": *\{"name": *"([^"]+)", *"email": *"([^"]+)"`)
	seen := map[string]string{}
	for _, page := range append(pages, "../README.md") {
		for _, match := range client.FindAllStringSubmatch(read(t, page), -1) {
			for _, known := range match[1:] {
				require.Empty(t, seen[known], "%s makes %s again", page, known)
				seen[known] = page
			}
		}
	}
	require.GreaterOrEqual(t, len(seen), 6, "the pages' clients were read")
}

func TestLinksLeadSomewhere(t *testing.T) {
	pages, err := filepath.Glob("*.md")
	require.NoError(t, err)
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	for _, page := range append(pages, "../README.md", "../CONTRIBUTING.md") {
		for _, match := range link.FindAllStringSubmatch(read(t, page), -1) {
			target, err := url.Parse(match[1])
			require.NoError(t, err, "%s: %s", page, match[1])
			if target.Scheme != "" || target.Path == "" {
				continue
			}
			_, err = os.Stat(filepath.Join(filepath.Dir(page), target.Path))
			require.NoError(t, err, "%s: %s", page, match[1])
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(content)
}
