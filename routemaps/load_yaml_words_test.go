package routemaps

import (
	"errors"
	"regexp"
	"testing"

	"marshrut/crm"
)

// Whoever reads Russian is told in Russian what the parser of YAML found.
func TestFaultsOfYAMLAreToldInRussian(t *testing.T) {
	english := regexp.MustCompile(`[a-z]{3,}`)
	for name, text := range map[string]string{
		"a word alone":  "id: one\nprocess\n",
		"an open list":  "id: one\nstages: [a, b\nname: c\n",
		"an open brace": "id: one\nname: {en: One, ru: Один\n",
		"an open quote": "id: one\nname: \"One\n",
		"a tab":         "id: one\nname:\n\ten: One\n",
		"two colons":    "id: one: two\n",
	} {
		_, err := Load("map.yaml", []byte(text))
		var faults Errors
		if !errors.As(err, &faults) || len(faults) == 0 {
			t.Fatalf("%s: %v", name, err)
		}
		if message, _ := faults[0].Texts(crm.RU); english.MatchString(message) {
			t.Errorf("%s: %s", name, message)
		}
	}
}
