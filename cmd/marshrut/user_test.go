package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestNobodyGetsADefaultPassword: without one that was typed no user is made.
func TestNobodyGetsADefaultPassword(t *testing.T) {
	t.Parallel()
	for _, typed := range []string{"", "\n", "short\n"} {
		var out bytes.Buffer
		root := Root(strings.NewReader(typed), &out, &out)
		root.SetArgs([]string{"user", "add", "anna", "--role", "admin"})
		require.ErrorContains(t, root.ExecuteContext(t.Context()), "too short", "%q", typed)
	}
}
