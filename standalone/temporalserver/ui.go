package temporalserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	uiserver "github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	"github.com/temporalio/ui-server/v2/server/server_options"
)

// UI is a running Temporal UI.
type UI struct {
	server *uiserver.Server
	url    string
}

// StartUI serves Temporal UI on address (host:port, the port not 0) for the server whose frontend is at frontend, and
// returns when it answers. The port must be free: Temporal UI ends the process when it cannot listen.
func StartUI(ctx context.Context, address, frontend string) (*UI, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("read the address of Temporal UI %q: %w", address, err)
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		return nil, fmt.Errorf("read the address of Temporal UI %q: %w", address, err)
	}
	ui := &UI{
		url: "http://" + dialAddress(address),
		server: uiserver.NewServer(server_options.WithConfigProvider(&uiconfig.Config{
			TemporalGRPCAddress: frontend,
			Host:                bracketed(host),
			Port:                port,
			EnableUI:            true,
			DefaultNamespace:    Namespace,
			HideLogs:            true,
			// It must work without the Internet, and not tell of itself.
			DisableNewsFetch: true,
			// It is served without TLS.
			CORS: uiconfig.CORS{CookieInsecure: true},
		})),
	}
	ended := make(chan error, 1)
	go func() { ended <- ui.server.Start() }()
	if err := ui.ready(ctx, ended); err != nil {
		ui.server.Stop()
		return nil, err
	}
	return ui, nil
}

func (ui *UI) ready(ctx context.Context, ended <-chan error) error {
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, ui.url+"/healthz", http.NoBody)
		if err != nil {
			return fmt.Errorf("ask Temporal UI for its health: %w", err)
		}
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			response.Body.Close()
			return nil
		}
		select {
		case ended := <-ended:
			return fmt.Errorf("start Temporal UI: %w", errors.Join(ended, err))
		case <-ctx.Done():
			return fmt.Errorf("wait for Temporal UI: %w", err)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// bracketed is how a host is written before a colon and a port, which Temporal UI puts behind it as they are.
func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// URL is where the UI is.
func (ui *UI) URL() string { return ui.url }

// Stop stops serving.
func (ui *UI) Stop() { ui.server.Stop() }
