package temporalserver

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"go.temporal.io/server/common/log/tag"
	"go.temporal.io/server/common/primitives"
)

func TestWithDatabaseKeepsTheRest(t *testing.T) {
	for url, want := range map[string]pgconn.Config{
		"postgres://marshrut@/marshrut?host=%2Ftmp%2Fa%20b&sslmode=disable":   {Host: "/tmp/a b", Port: 5432, User: "marshrut"},
		"postgresql://crm:p%40ss%2Fw@db.example.com:6432/crm?sslmode=disable": {Host: "db.example.com", Port: 6432, User: "crm", Password: "p@ss/w"},
		"postgres://c%20r%40m@localhost/crm":                                  {Host: "localhost", Port: 5432, User: "c r@m"},
		"postgres://localhost":                                                {Host: "localhost", Port: 5432, User: "nobody"},
	} {
		t.Setenv("PGUSER", "nobody")
		u, err := withDatabase(url, mainDatabase)
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		got, err := pgconn.ParseConfig(u.String())
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		if got.Database != "temporal" || got.Host != want.Host || got.Port != want.Port || got.User != want.User || got.Password != want.Password {
			t.Errorf("%s leads to %s, port %d, user %q, database %s", url, got.Host, got.Port, got.User, got.Database)
		}
	}
}

func TestDatabaseURLMustBeAURL(t *testing.T) {
	for _, bad := range []string{"host=localhost password=secret", "mysql://u:secret@h/d", "postgres://u:secret@h:x y/d", ""} {
		_, err := sqlConfig(bad, mainDatabase)
		if err == nil || !strings.Contains(err.Error(), "DATABASE_URL") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: got %v, want an error that names DATABASE_URL and not the password", bad, err)
		}
	}
}

func TestServerConfig(t *testing.T) {
	for address, want := range map[string]struct{ bind, dial string }{
		"127.0.0.1:7233": {"127.0.0.1", "127.0.0.1:7233"},
		"0.0.0.0:7233":   {"0.0.0.0", "127.0.0.1:7233"},
		":7233":          {"0.0.0.0", "127.0.0.1:7233"},
		"localhost:7233": {"127.0.0.1", "127.0.0.1:7233"},
		"[::1]:7233":     {"::1", "[::1]:7233"},
	} {
		cfg, hosts, err := serverConfig(t.Context(), Config{Address: address, DatabaseURL: "postgres://u@h/d"})
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		frontend := cfg.Services[string(primitives.FrontendService)].RPC
		if frontend.BindOnIP != want.bind || frontend.GRPCPort != 7233 || cfg.PublicClient.HostPort != want.dial ||
			hosts[primitives.FrontendService].Self != want.dial {
			t.Errorf("%s: listens on %s, is called at %s", address, frontend.BindOnIP, cfg.PublicClient.HostPort)
		}
		ports := map[string]bool{}
		for _, host := range hosts {
			ports[host.Self] = true
		}
		if len(ports) != 4 {
			t.Errorf("%s: the services share addresses: %v", address, hosts)
		}
	}
	for _, bad := range []string{"7233", "example.com:7233", "127.0.0.1:x"} {
		if _, _, err := serverConfig(t.Context(), Config{Address: bad, DatabaseURL: "postgres://u@h/d"}); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}

func TestLogger(t *testing.T) {
	var out bytes.Buffer
	l := newLogger(slog.New(slog.NewTextHandler(&out, nil)))
	l.Info("unimportant")
	l.Warn(nexusHint + ".")
	l.Warn("while starting")
	l.gate.started()
	l.With(tag.Service("history")).Error("while running", tag.Error(errors.New("cause")))
	l.gate.stopping()
	l.Warn("while stopping")
	if got := out.String(); !strings.Contains(got, "while running") || !strings.Contains(got, "history") || !strings.Contains(got, "cause") ||
		strings.Count(got, "\n") != 1 {
		t.Errorf("passed on: %s", got)
	}
}

func TestLoggerTellsWhyAStartFailed(t *testing.T) {
	var out bytes.Buffer
	l := newLogger(slog.New(slog.NewTextHandler(&out, nil)))
	l.Warn("a hint")
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		l.Fatal("cannot go on", tag.Error(errors.New("cause")))
		t.Error("Fatal returned")
	}()
	<-ended
	if err := <-l.fatal; err == nil || err.Error() != "cannot go on: cause" {
		t.Errorf("got %v", err)
	}
	l.gate.failed()
	if got := out.String(); !strings.Contains(got, "a hint") || !strings.Contains(got, "cannot go on") {
		t.Errorf("passed on: %s", got)
	}
}

func TestBracketed(t *testing.T) {
	for host, want := range map[string]string{"127.0.0.1": "127.0.0.1", "::": "[::]", "": ""} {
		if got := bracketed(host); got != want {
			t.Errorf("%q: got %q, want %q", host, got, want)
		}
	}
}
