// Package tools_test checks what no compiler reads.
package tools_test

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

// compose reads docker-compose.yml as Docker does, with nothing set in the environment: against the schema, with every
// service, volume and configuration that is referred to there.
func compose(t *testing.T) *types.Project {
	t.Helper()
	project, err := loader.LoadWithContext(context.Background(), types.ConfigDetails{
		WorkingDir:  "..",
		ConfigFiles: []types.ConfigFile{{Filename: "../docker-compose.yml"}},
		Environment: types.Mapping{},
	})
	if err != nil {
		t.Fatal(err)
	}
	return project
}

func TestComposeSetsOnlyWhatTheProgramReads(t *testing.T) {
	project := compose(t)
	settings := read(t, "../app/settings.go")
	for _, name := range []string{"server", "worker", "migrate"} {
		for variable, value := range project.Services[name].Environment {
			if strings.HasPrefix(variable, "TEMPORAL_") {
				continue // read by Temporal's SDK
			}
			if !strings.Contains(settings, `env:"`+variable+`"`) {
				t.Errorf("service %s: app/settings.go reads no %s", name, variable)
			}
			if value == nil {
				t.Errorf("service %s: %s has no default", name, variable)
			}
		}
	}
}

func TestComposeMakesTheSearchAttributesOfTheWorkflows(t *testing.T) {
	made := names(strings.Join(compose(t).Services["temporal-namespace"].Command, " "), `--name (\w+)`)
	used := names(read(t, "../workflows/attributes.go"), `"(Marshrut\w+)"`)
	if len(used) == 0 || !slices.Equal(made, used) {
		t.Errorf("docker-compose.yml makes %v, workflows/attributes.go uses %v", made, used)
	}
}

func TestComposePublishesOnThisMachineOnly(t *testing.T) {
	for _, service := range compose(t).Services {
		for _, port := range service.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("service %s: port %s is open to the network", service.Name, port.Published)
			}
		}
	}
}

// TestComposeRunsTheTemporalOfStandalone: what was tested in standalone is what a cluster runs.
func TestComposeRunsTheTemporalOfStandalone(t *testing.T) {
	project, module := compose(t), read(t, "../standalone/go.mod")
	for service, path := range map[string]string{
		"temporal":           "go.temporal.io/server",
		"temporal-schema":    "go.temporal.io/server",
		"temporal-namespace": "go.temporal.io/server",
		"temporal-ui":        "github.com/temporalio/ui-server/v2",
	} {
		_, version, _ := strings.Cut(project.Services[service].Image, ":")
		if want := path + " v" + version + "\n"; !strings.Contains(module, want) {
			t.Errorf("service %s runs %s, which is not the version of %s in standalone/go.mod", service, version, path)
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// names gives what the pattern's group matches, in order.
func names(text, pattern string) []string {
	var found []string
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	slices.Sort(found)
	return found
}
