// Package temporalserver runs a Temporal server and its web UI inside this process, on a PostgreSQL server.
package temporalserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"time"

	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/temporal"
)

const (
	// Namespace is the namespace made for the application.
	Namespace = "default"
	// Retention is how long a closed workflow's history is kept, when the namespace is made; an operator may change it.
	Retention = 90 * 24 * time.Hour

	clusterName = "active"
	// shards bound how many histories are written at the same time; the number cannot change once there are data.
	shards = 4
	// poolSize bounds the connections of each of the four services to each of the two databases.
	poolSize = 20

	startTimeout = time.Minute
	stopTimeout  = 15 * time.Second
)

// Config says where a server listens and keeps its data.
type Config struct {
	// DatabaseURL names a PostgreSQL server, as postgres://user:password@host:port/database?...; databases `temporal` and
	// `temporal_visibility` are made beside the one named.
	DatabaseURL string
	// Address is the host:port the frontend listens on.
	Address string
	// Dynamic is dynamic configuration by name, over what suits one small machine.
	Dynamic map[string]any
	// Log takes warnings and errors, also those of the UI.
	Log *slog.Logger
}

// Server is a running Temporal server.
type Server struct {
	address string
	server  temporal.Server
	guard   *guard
	log     *logger
}

// Start brings the databases' schemas up to date, starts the server and returns when it answers and the namespace has its
// search attributes.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	s := &Server{address: dialAddress(cfg.Address), log: newLogger(cfg.Log)}
	guard, err := prepareDatabases(ctx, cfg.DatabaseURL, s.log)
	if err != nil {
		s.log.gate.failed()
		return nil, err
	}
	s.guard = guard
	if err := s.start(ctx, cfg); err != nil {
		s.log.gate.failed()
		guard.release(ctx)
		return nil, err
	}
	s.log.gate.started()
	return s, nil
}

func (s *Server) start(ctx context.Context, cfg Config) error {
	settings, hosts, err := serverConfig(ctx, cfg)
	if err != nil {
		return err
	}
	s.server, err = temporal.NewServer(
		temporal.WithConfig(settings),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(hosts),
		temporal.WithLogger(s.log),
		temporal.WithDynamicConfigClient(dynamicConfig(cfg.Dynamic)),
		temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return authorization.NewNoopClaimMapper() }),
	)
	if err != nil {
		return fmt.Errorf("set up Temporal: %w", err)
	}
	if err := s.startServices(ctx); err != nil {
		return err
	}
	return s.ready(ctx)
}

// startServices waits for the server's start or for the first fatal error, after which the goroutine that met it is gone.
func (s *Server) startServices(ctx context.Context) error {
	started := make(chan error, 1)
	go func() { started <- s.server.Start() }()
	select {
	case err := <-started:
		if err != nil {
			return fmt.Errorf("start Temporal: %w", err)
		}
		return nil
	case err := <-s.log.fatal:
		return fmt.Errorf("start Temporal: %w", err)
	case <-ctx.Done():
		return fmt.Errorf("start Temporal: %w", context.Cause(ctx))
	}
}

// ready waits until the frontend serves the namespace, and completes its search attributes.
func (s *Server) ready(ctx context.Context) error {
	c, err := client.NewLazyClient(client.Options{HostPort: s.address, Namespace: Namespace, Logger: sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	if err != nil {
		return fmt.Errorf("connect to Temporal: %w", err)
	}
	defer c.Close()
	for {
		err := addSearchAttributes(ctx, c)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for Temporal on %s: %w", s.address, errors.Join(context.Cause(ctx), err))
		case err := <-s.log.fatal:
			return fmt.Errorf("start Temporal: %w", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Address is the host:port a client of this machine connects to.
func (s *Server) Address() string { return s.address }

// Failed delivers the error that has made the server unable to go on.
func (s *Server) Failed() <-chan error { return s.log.fatal }

// Stop stops the server. Workflows go on where they were at the next start.
func (s *Server) Stop(ctx context.Context) error {
	s.log.gate.stopping()
	stopped := make(chan error, 1)
	go func() { stopped <- s.server.Stop() }()
	defer s.guard.release(ctx)
	select {
	case err := <-stopped:
		if err != nil {
			return fmt.Errorf("stop Temporal: %w", err)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop Temporal: %w", context.Cause(ctx))
	case <-time.After(stopTimeout):
		return fmt.Errorf("stop Temporal: it did not within %v", stopTimeout)
	}
}

// dynamicConfig suits one small machine, unless told otherwise.
func dynamicConfig(wanted map[string]any) dynamicconfig.Client {
	all := dynamicconfig.StaticClient{
		// One partition: a task needs no forwarding between partitions to meet its worker.
		dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
		dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,
		// Operators and tests list more often than the 30 a second allowed.
		dynamicconfig.FrontendMaxNamespaceVisibilityRPSPerInstance.Key(): 100,
	}
	for name, value := range wanted {
		all[dynamicconfig.MakeKey(name)] = value
	}
	return all
}

// serverConfig puts the frontend on the wanted address and the other services on free ports of the loopback interface.
func serverConfig(ctx context.Context, cfg Config) (*config.Config, map[primitives.ServiceName]static.Hosts, error) {
	host, portText, err := net.SplitHostPort(cfg.Address)
	if err != nil {
		return nil, nil, fmt.Errorf("read Temporal's address %q: %w", cfg.Address, err)
	}
	frontendPort, err := strconv.Atoi(portText)
	if err != nil {
		return nil, nil, fmt.Errorf("read Temporal's address %q: %w", cfg.Address, err)
	}
	bind, err := bindIP(host)
	if err != nil {
		return nil, nil, err
	}
	ports, err := freePorts(ctx, 3)
	if err != nil {
		return nil, nil, err
	}
	frontend := dialAddress(cfg.Address)
	services := map[string]config.Service{
		string(primitives.FrontendService): {RPC: config.RPC{GRPCPort: frontendPort, BindOnIP: bind}},
	}
	hosts := map[primitives.ServiceName]static.Hosts{primitives.FrontendService: static.SingleLocalHost(frontend)}
	for i, name := range []primitives.ServiceName{primitives.HistoryService, primitives.MatchingService, primitives.WorkerService} {
		services[string(name)] = config.Service{RPC: config.RPC{GRPCPort: ports[i], BindOnLocalHost: true}}
		hosts[name] = static.SingleLocalHost(net.JoinHostPort("127.0.0.1", strconv.Itoa(ports[i])))
	}
	stores := map[string]config.DataStore{}
	for _, name := range []string{mainDatabase, visibilityDatabase} {
		sql, err := sqlConfig(cfg.DatabaseURL, name)
		if err != nil {
			return nil, nil, err
		}
		stores[name] = config.DataStore{SQL: sql}
	}
	return &config.Config{
		Persistence: config.Persistence{
			DefaultStore: mainDatabase, VisibilityStore: visibilityDatabase, NumHistoryShards: shards, DataStores: stores,
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10, MasterClusterName: clusterName, CurrentClusterName: clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{
				clusterName: {Enabled: true, InitialFailoverVersion: 1, RPCAddress: frontend},
			},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services:            services,
		Archival: config.Archival{
			History: config.HistoryArchival{State: "disabled"}, Visibility: config.VisibilityArchival{State: "disabled"},
		},
		NamespaceDefaults: config.NamespaceDefaults{Archival: config.ArchivalNamespaceDefaults{
			History:    config.HistoryArchivalNamespaceDefaults{State: "disabled"},
			Visibility: config.VisibilityArchivalNamespaceDefaults{State: "disabled"},
		}},
		PublicClient: config.PublicClient{HostPort: frontend},
	}, hosts, nil
}

// bindIP is the number of a host name, as Temporal wants it.
func bindIP(host string) (string, error) {
	switch host {
	case "":
		return "0.0.0.0", nil
	case "localhost":
		return "127.0.0.1", nil
	}
	if net.ParseIP(host) == nil {
		return "", fmt.Errorf("read Temporal's address: %q is not an IP address", host)
	}
	return host, nil
}

// dialAddress is where to connect to a server that listens on address: one that listens everywhere is found here.
func dialAddress(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if host == "" || host == "localhost" || net.ParseIP(host).IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// freePorts holds each port until it has them all, lest one be given twice.
func freePorts(ctx context.Context, n int) (ports []int, err error) {
	var listeners []net.Listener
	defer func() {
		for _, listener := range listeners {
			listener.Close()
		}
	}()
	for range n {
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		listeners = append(listeners, listener)
		_, port, err := net.SplitHostPort(listener.Addr().String())
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		number, err := strconv.Atoi(port)
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		ports = append(ports, number)
	}
	return ports, nil
}
