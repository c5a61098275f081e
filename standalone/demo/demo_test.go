package demo

import (
	"os"
	"strings"
	"testing"
)

// TestEveryDemoUserIsShown on the console, which shows Logins, and on the page that tells how to begin.
func TestEveryDemoUserIsShown(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := Logins()
	if len(shown) != len(people) {
		t.Fatalf("%d people, %d shown", len(people), len(shown))
	}
	for i, p := range people {
		if shown[i] != p.login {
			t.Errorf("%s is shown as %s", p.login, shown[i])
		}
		if !strings.Contains(string(readme), "`"+p.login+"`") {
			t.Errorf("the README does not name %s", p.login)
		}
	}
}
