package app_test

import (
	"strings"
	"testing"

	"go.temporal.io/sdk/client"

	"marshrut/app"
)

func TestNothingIsCompressedForATemporalOnThisMachine(t *testing.T) {
	t.Parallel()
	for address, here := range map[string]bool{
		"127.0.0.1:7233": true, "localhost:7233": true, "[::1]:7233": true,
		"temporal:7233": false, "10.0.0.5:7233": false, "eu.tmprl.cloud:7233": false, "": false, "nonsense": false,
	} {
		options := app.TemporalOptions(client.Options{HostPort: address})
		_, none := options.ConnectionOptions.GrpcCompression.(*client.GrpcCompressionNone)
		if none != here || options.HostPort != address {
			t.Errorf("%q: compression off %v, want %v", address, none, here)
		}
	}
}

func TestSettingsOfAProviderOfSignIns(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		settings app.Settings
		names    string // what the error is about
	}{
		"none":                {app.Settings{}, ""},
		"whole":               {app.Settings{OIDCIssuer: "https://id.example.com", OIDCClient: "marshrut", OIDCRoles: []string{"manager"}}, ""},
		"on this machine":     {app.Settings{OIDCIssuer: "http://127.0.0.1:5556/dex", OIDCClient: "marshrut"}, ""},
		"in the open":         {app.Settings{OIDCIssuer: "http://id.example.com", OIDCClient: "marshrut"}, "MARSHRUT_OIDC_ISSUER"},
		"no address":          {app.Settings{OIDCIssuer: "id.example.com", OIDCClient: "marshrut"}, "MARSHRUT_OIDC_ISSUER"},
		"unknown there":       {app.Settings{OIDCIssuer: "https://id.example.com"}, "MARSHRUT_OIDC_CLIENT_ID"},
		"roles of nobody":     {app.Settings{OIDCRoles: []string{"manager"}}, "MARSHRUT_OIDC_ISSUER"},
		"a secret of nothing": {app.Settings{OIDCSecret: "x"}, "MARSHRUT_OIDC_ISSUER"},
	} {
		s := c.settings
		s.Addr, s.DatabaseURL, s.Connections, s.Lang = "127.0.0.1:8080", "postgres://x", 2, "ru"
		if err := s.Check(); (err == nil) != (c.names == "") || err != nil && !strings.Contains(err.Error(), c.names) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
