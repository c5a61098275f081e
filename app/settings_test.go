package app_test

import (
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
