// Package openidtest starts an OpenID Connect provider for a test: the program testprovider, a module of its own beside this
// one, so that what it is made of is no part of the product's go.mod.
package openidtest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// As whom the provider knows us.
const (
	ClientID     = "marshrut"
	ClientSecret = "a secret of the test"
)

// patience bounds each question to the provider.
const patience = 30 * time.Second

// Mood is how the provider behaves, and whom it knows.
type Mood struct {
	People []Person `json:"people"`
	// Thin: ID tokens have no claims about the person; they are at the provider's userinfo endpoint.
	Thin bool `json:"thin"`
	// Claims are put over those of ID tokens, and UserInfo over the answers of the userinfo endpoint; nil takes a claim away.
	Claims   map[string]any `json:"claims"`
	UserInfo map[string]any `json:"userinfo"`
	// ForeignKey: ID tokens are signed with a key that is not published.
	ForeignKey bool `json:"foreign_key"`
	// NoSignOut: the provider does not say where to sign out.
	NoSignOut bool `json:"no_sign_out"`
}

// Person is somebody with an account there. His login is his subject, and his password too.
type Person struct {
	Subject string         `json:"subject"`
	Claims  map[string]any `json:"claims"` // email, email_verified, name
}

// MarshalJSON writes a person as the program reads one.
func (p Person) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{"login": p.Subject, "password": p.Subject, "subject": p.Subject, "claims": p.Claims})
}

// Known is a person with a verified e-mail.
func Known(subject, email string) Person {
	return Person{Subject: subject, Claims: map[string]any{"email": email, "email_verified": true, "name": subject}}
}

// Provider is a running provider.
type Provider struct {
	Issuer string

	t       testing.TB
	setup   map[string]any
	input   io.Closer
	process *exec.Cmd
}

// Start builds the provider and starts it; it ends with the test. It sends people back to baseURL with backPath, and to baseURL
// with "/" when they have signed out.
func Start(t testing.TB, baseURL, backPath string, m Mood) *Provider {
	t.Helper()
	p := &Provider{t: t, setup: map[string]any{
		"client_id": ClientID, "client_secret": ClientSecret, "redirect_uris": []string{baseURL + backPath}, "signed_out_uri": baseURL + "/", "mood": m,
	}}
	p.start("127.0.0.1:0")
	t.Cleanup(p.Stop)
	return p
}

// program builds the provider, once for all tests of a package, among the project's other programs.
var program = sync.OnceValues(func() (string, error) {
	out, err := exec.CommandContext(context.Background(), "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	root := filepath.Dir(strings.TrimSpace(string(out)))
	path := filepath.Join(root, "bin", "testprovider")
	built := fmt.Sprint(path, "-", os.Getpid())                                                                                              // packages are tested side by side: each puts a whole program into place
	build := exec.CommandContext(context.Background(), "go", "build", "-C", filepath.Join(root, "openid", "testprovider"), "-o", built, ".") //nolint:gosec // a path made here
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the provider: %w\n%s", err, out)
	}
	if err := os.Rename(built, path); err != nil {
		return "", fmt.Errorf("put the provider into place: %w", err)
	}
	return path, nil
})

func (p *Provider) start(address string) {
	p.t.Helper()
	path, err := program()
	if err != nil {
		p.t.Fatal(err)
	}
	p.process = exec.CommandContext(context.Background(), path, "-addr", address) //nolint:gosec // the program built above
	p.process.Stderr = os.Stderr
	input, err := p.process.StdinPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	output, err := p.process.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.process.Start(); err != nil {
		p.t.Fatalf("start the provider: %v", err)
	}
	p.input = input
	if err := json.NewEncoder(input).Encode(p.setup); err != nil {
		p.t.Fatalf("tell the provider its setup: %v", err)
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		p.t.Fatalf("the provider does not start: %v", err)
	}
	p.Issuer = strings.TrimSpace(line)
}

// Stop ends the provider, as when it is away.
func (p *Provider) Stop() {
	if p.input == nil {
		return
	}
	err := errors.Join(p.input.Close(), p.process.Wait())
	if p.input = nil; err != nil {
		p.t.Errorf("stop the provider: %v", err)
	}
}

// Return starts the provider again at its address; it has forgotten its keys and codes.
func (p *Provider) Return() {
	p.t.Helper()
	p.start(strings.TrimPrefix(p.Issuer, "http://"))
}

// Become changes how the provider behaves.
func (p *Provider) Become(m Mood) {
	p.t.Helper()
	body, err := json.Marshal(m)
	if err != nil {
		p.t.Fatal(err)
	}
	p.tell(http.MethodPut, "/control", body)
}

// Rotate lets the provider sign with a new key; it still publishes the one before.
func (p *Provider) Rotate() {
	p.t.Helper()
	p.tell(http.MethodPost, "/control/keys", nil)
}

func (p *Provider) tell(method, path string, body []byte) {
	p.t.Helper()
	answer := ask(p.t, http.DefaultClient, method, p.Issuer+path, bytes.NewReader(body), "application/json")
	if answer.Status != http.StatusOK {
		p.t.Fatalf("the provider answers %d %s", answer.Status, answer.Page)
	}
}

func ask(t testing.TB, client *http.Client, method, to string, body io.Reader, mediaType string) Visited {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, method, to, body)
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Content-Type", mediaType)
	q.Header.Set("Accept", "text/html,application/json;q=0.9,*/*;q=0.8")
	answer, err := client.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	page, err := io.ReadAll(answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		t.Fatal(err)
	}
	sent, err := answer.Location()
	if err != nil && !errors.Is(err, http.ErrNoLocation) {
		t.Fatal(err)
	}
	return Visited{Status: answer.StatusCode, To: sent, Page: string(page)}
}

// Visited is what a browser was answered.
type Visited struct {
	Status int
	To     *url.URL // where it is sent on; nil: nowhere
	Page   string
}

// Browser is what somebody sits at: it keeps cookies, and goes where it is told and no further.
type Browser struct {
	t      testing.TB
	client *http.Client
}

// NewBrowser is one that nobody has used.
func NewBrowser(t testing.TB) *Browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Browser{t: t, client: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// Visit goes to an address.
func (b *Browser) Visit(to string) Visited {
	b.t.Helper()
	return ask(b.t, b.client, http.MethodGet, to, http.NoBody, "")
}

// SignIn fills in the provider's form, which is at the address; somebody unknown there is asked again.
func (b *Browser) SignIn(at, subject string) Visited {
	b.t.Helper()
	form := url.Values{"login": {subject}, "password": {subject}}
	return ask(b.t, b.client, http.MethodPost, at, strings.NewReader(form.Encode()), "application/x-www-form-urlencoded")
}
