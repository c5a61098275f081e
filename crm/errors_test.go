package crm_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"strings"
	"syscall"
	"testing"

	"marshrut/crm"
)

// told is a database's error: it repeats a value.
type told struct{}

func (told) Error() string    { return `invalid input: "ann@example.org" (SQLSTATE 22P02)` }
func (told) SQLState() string { return "22P02" }

func TestScrubKeepsTheClassAndNoValue(t *testing.T) {
	t.Parallel()
	for scrubbed, err := range map[string]error{
		"":                                            nil,
		"read a case for a step: SQLSTATE 22P02":      fmt.Errorf("read a case for a step: %w", told{}),
		"SQLSTATE 22P02":                              fmt.Errorf("encode ann@example.org: %w", told{}),
		"send: reply 550":                             fmt.Errorf("send: %w", &textproto.Error{Code: 550, Msg: "<ann@example.org> Ann is unknown"}),
		"*errors.errorString":                         errors.New("no such mailbox: ann@example.org"),
		"read: *errors.errorString":                   fmt.Errorf("read: %w", errors.New("ann@example.org")),
		"ask: context deadline exceeded":              fmt.Errorf("ask: %w", context.DeadlineExceeded),
		"case_not_found":                              crm.Errorf(crm.KindNotFound, "case_not_found", "no case of ann@example.org"),
		"SQLSTATE 22P02; *errors.errorString":         errors.Join(told{}, errors.New("ann@example.org")),
		"connect: dial: connection refused":           fmt.Errorf("connect: %w", &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}),
		"read what it says: read: connection refused": fmt.Errorf("read what it says: %w", fmt.Errorf("read: %w", syscall.ECONNREFUSED)),
	} {
		got := crm.Scrub(err)
		if got != scrubbed || strings.Contains(got, "ann") {
			t.Errorf("%v became %q, want %q", err, got, scrubbed)
		}
	}
}
