// Command testprovider is an OpenID Connect provider for tests: github.com/ory/fosite decides about codes, PKCE, clients and
// tokens, as it does in Ory Hydra; here are its people, its keys and its pages. It reads its Setup as one line of JSON from the
// standard input, prints its issuer as a line, and ends when the input does, so that none outlives its test.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

// Setup is the one client that the provider knows, and how it begins.
type Setup struct {
	ClientID     string   `json:"client_id"`
	ClientSecret string   `json:"client_secret"`
	RedirectURIs []string `json:"redirect_uris"`
	SignedOutURI string   `json:"signed_out_uri"` // where people may be sent after signing out
	Mood         Mood     `json:"mood"`
}

// Mood is what a test may change while the provider runs, by PUT /control.
type Mood struct {
	People []Person `json:"people"`
	// Thin: ID tokens have no claims about the person; they are at /userinfo.
	Thin bool `json:"thin"`
	// Claims are put over those of ID tokens, and UserInfo over the answers of /userinfo; null takes a claim away.
	Claims   map[string]any `json:"claims"`
	UserInfo map[string]any `json:"userinfo"`
	// ForeignKey: ID tokens are signed with a key that is not published.
	ForeignKey bool `json:"foreign_key"`
	// NoSignOut: the provider does not say where to sign out.
	NoSignOut bool `json:"no_sign_out"`
}

// Person is somebody who has an account.
type Person struct {
	Login    string         `json:"login"`
	Password string         `json:"password"`
	Subject  string         `json:"subject"`
	Claims   map[string]any `json:"claims"` // email, email_verified, name
}

func main() {
	address := flag.String("addr", "127.0.0.1:0", "where to listen")
	flag.Parse()
	if err := run(context.Background(), *address, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "testprovider:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, address string, in io.Reader, out io.Writer) error {
	input := bufio.NewReader(in)
	line, err := input.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("read the setup: %w", err)
	}
	var setup Setup
	if err := json.Unmarshal(line, &setup); err != nil {
		return fmt.Errorf("read the setup: %w", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	issuer := "http://" + listener.Addr().String()
	p, err := newProvider(issuer, setup)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: p.routes(), ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	if _, err := fmt.Fprintln(out, issuer); err != nil {
		return fmt.Errorf("tell the issuer: %w", err)
	}
	if _, err := io.Copy(io.Discard, input); err != nil {
		return fmt.Errorf("wait for the end: %w", err)
	}
	if err := server.Close(); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}
