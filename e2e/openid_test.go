package e2e

import (
	"bytes"
	"encoding/json"
	"maps"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"marshrut/openid/openidtest"
)

// openIDServer is a server of its own that people sign in to with a provider.
type openIDServer struct {
	t        *testing.T
	base     string
	provider *openidtest.Provider
	process  *process
}

func newOpenIDServer(t *testing.T, people ...openidtest.Person) *openIDServer {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := free.Addr().String()
	require.NoError(t, free.Close())
	s := &openIDServer{t: t, base: "http://" + address}
	s.provider = openidtest.Start(t, s.base, api+"/sessions/oidc/callback", openidtest.Mood{People: people})
	env := maps.Clone(system.env)
	env["MARSHRUT_ADDR"], env["MARSHRUT_BASE_URL"] = address, s.base
	env["MARSHRUT_OIDC_ISSUER"], env["MARSHRUT_OIDC_NAME"] = s.provider.Issuer, "Корпоративный вход"
	env["MARSHRUT_OIDC_CLIENT_ID"], env["MARSHRUT_OIDC_CLIENT_SECRET"] = openidtest.ClientID, openidtest.ClientSecret
	s.process = &process{name: "server-openid", path: system.server.path, args: []string{"server"}, env: env, folder: system.folder}
	t.Cleanup(func() { require.NoError(t, s.process.stop()) })
	s.start()
	return s
}

func (s *openIDServer) start() {
	s.t.Helper()
	require.NoError(s.t, s.process.start())
	until(s.t, "the server answers", func() bool {
		response, err := http.Get(s.base + "/livez")
		if err != nil {
			return false
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
}

// signIn goes the whole way with a browser; what it gives is the last answer of the server's callback.
func (s *openIDServer) signIn(b *openidtest.Browser, subject string) openidtest.Visited {
	s.t.Helper()
	sent := b.Visit(s.base + api + "/sessions/oidc?return_to=/docs")
	require.Equal(s.t, http.StatusFound, sent.Status, sent.Page)
	asked := b.Visit(sent.To.String())
	require.Equal(s.t, http.StatusOK, asked.Status, "the provider does not ask who it is: %s", asked.Page)
	signed := b.SignIn(sent.To.String(), subject)
	require.NotNil(s.t, signed.To, signed.Page)
	return b.Visit(signed.To.String())
}

func TestPeopleSignInWithAnOpenIDProvider(t *testing.T) {
	t.Parallel()
	s := newOpenIDServer(t, openidtest.Known("anna", strings.ToUpper(as(englishManager).email)), openidtest.Known("stranger", "stranger@"+privateDomain))
	browser := openidtest.NewBrowser(t)
	back := s.signIn(browser, "anna")
	require.Equal(t, http.StatusFound, back.Status, back.Page)
	require.Equal(t, s.base+"/docs", back.To.String())
	me := browser.Visit(s.base + api + "/me")
	require.Equal(t, http.StatusOK, me.Status)
	require.Contains(t, me.Page, `"login":"`+englishManager+`"`)

	// Whoever signs out there is asked again.
	out := browser.Visit(s.base + api + "/sessions/oidc/sign-out")
	require.Equal(t, http.StatusFound, out.Status, out.Page)
	require.Equal(t, s.base+"/", browser.Visit(out.To.String()).To.String())
	require.Equal(t, http.StatusFound, s.signIn(browser, "anna").Status)

	refused := s.signIn(openidtest.NewBrowser(t), "stranger")
	require.Equal(t, http.StatusForbidden, refused.Status)
	require.Contains(t, refused.Page, "<!doctype html>")
	require.Contains(t, refused.Page, "identity_unknown")
}

func TestPasswordsGoOnWhileTheOpenIDProviderIsAway(t *testing.T) {
	t.Parallel()
	s := newOpenIDServer(t, openidtest.Known("anna", as(englishManager).email))
	s.provider.Stop()
	require.NoError(t, s.process.stop())
	s.start() // it starts without the provider
	browser := openidtest.NewBrowser(t)
	told := browser.Visit(s.base + api + "/sessions/oidc")
	require.Equal(t, http.StatusServiceUnavailable, told.Status)
	require.Contains(t, told.Page, "<!doctype html>")
	require.Contains(t, told.Page, "provider_away")
	body, err := json.Marshal(object{"login": englishManager, "password": password})
	require.NoError(t, err)
	response, err := http.Post(s.base+api+"/sessions", "application/json", bytes.NewReader(body))
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusCreated, response.StatusCode)

	s.provider.Return()
	until(t, "the provider is asked again", func() bool {
		return browser.Visit(s.base+api+"/sessions/oidc").Status == http.StatusFound
	})
	require.Equal(t, http.StatusFound, s.signIn(browser, "anna").Status)
}
